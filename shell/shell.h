/* shell/shell.h: what the parts of the kgq program share: options, exit codes, output, sessions.
 *
 * The program is a host like any other: it includes kgq.h and nothing else of ours. Flow: main.c picks the
 * command, options.c reads its flags, cmd_*.c do the work over a session, box.c, lines.c and output.c print,
 * prompt.c is the shell (prompt.h).
 */
#ifndef KGQ_SHELL_H
#define KGQ_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "include/kgq.h"

enum { /* exit status: a contract with scripts (kgq(1)) */
       EXIT_FINE = 0,
       EXIT_WRONG = 1, /* the query or the data is wrong */
       EXIT_USAGE = 2,
       EXIT_OPEN = 3,    /* the database cannot be opened */
       EXIT_LIMIT = 4,   /* a limit stopped it */
       EXIT_SKIPPED = 5, /* done, with items skipped under --keep-going */
       EXIT_EMPTY = 10,  /* no rows, or ASK is false, under --exit-empty */
       EXIT_INTERRUPTED = 130
};

#define LIST_MAX 1000000 /* of one repeatable option, or files: 2 MiB of arguments hold about that many */

typedef struct text_list {
  const char **items;
  size_t count;
} text_list;

typedef struct options {
  const char *format, *graph, *base, *output, *explain, *language, *default_graph, *export_after, *rdf;
  const char *label_language;
  uint64_t time_ms, memory_bytes;
  const char *color;
  uint64_t rows_max, rows_shown, columns_shown; /* 0: no limit; the width of the terminal */
  bool time_given, keep_going, canonical, as_query, as_update, readonly, no_init, no_history, exit_empty,
      quiet, stats, params_may_miss;          /* .set: a query need not have the variable */
  text_list data, named, maps, params, words; /* words: what is no option */
  FILE *out;                                  /* of -o, for answers; NULL: standard output */
  text_list asked, asked_how;                 /* -c TEXT and -f FILE in the order given; how: "c" or "f" */
} options;

/* ---- options.c ---------------------------------------------------------------------------------- */

/* Reads flags and words of a command; prints and returns EXIT_USAGE on a mistake, else 0. */
int options_read(options *o, int argc, char **argv);
void options_free(options *o);
void usage_print(bool to_stdout);
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- output.c ------------------------------------------------------------------------------------ */

/* Prints an error chain to stderr, frees it, and returns the exit status that fits. */
int report(kgq_status status, kgq_error *err);
/* One line on standard error, a terminal, that the next one is written over; it goes before anything else is
 * printed there. */
void line_show(const char *text);
void line_clear(void);
int write_stdout(void *arg, const char *bytes, size_t count); /* a kgq_write_fn; arg NULL or a FILE* */
bool stdout_is_terminal(void);
size_t terminal_columns(void); /* 0: standard output is no terminal */
size_t terminal_rows(void);
/* $KGQ_PAGER, $PAGER or `less -FRSX`, for an answer of `rows` lines that the screen cannot hold; else NULL.
 */
FILE *pager_open(size_t rows);
void pager_close(FILE *pager);
/* The format of answers that a file name asks for, such as "csv"; NULL: none. */
const char *format_of_ending(const char *path);
/* "1,234 rows so far, 5 s" of a query that takes more than a second, on a terminal. The line is cleared at
 * the end, and when rows begin to come there. */
void watch_begin(void);
void watch_tell(uint64_t rows);
void watch_printing(const FILE *out);
void watch_end(void);
/* --color, NO_COLOR, CLICOLOR_FORCE, TERM=dumb: once, before printing. */
void color_choose(const char *when);
const char *bold_on(const FILE *out); /* "" without colours */
const char *bold_off(const FILE *out);
/* "1,084,078" */
const char *with_commas(uint64_t number, char buffer[32]);
char *read_whole_file(const char *path, size_t *bytes); /* "-": stdin. NULL after printing why */

/* ---- progress.c ----------------------------------------------------------------------------------- */

/* For kgq_set_progress: one line on standard error, if that is a terminal, written over and over. */
int progress_tell(void *arg, const char *what, uint64_t done, uint64_t total);
/* The file that a load reads from now on, number `number` of `count`; NULL: none, phases follow. */
void progress_file(const char *path, size_t number, size_t count);
/* ---- session.c ------------------------------------------------------------------------------------ */

typedef struct session {
  kgq_db *db;
  kgq_conn *conn;
  bool readonly, quiet; /* quiet: no notes, no progress */
} session;

/* Opens and connects, applies the options to the connection. flags: KGQ_OPEN_...; prints and returns an exit
 * status. */
int session_open(session *s, const char *path, uint32_t flags, const options *o);
/* The same for the shell: to write if that can be, to read beside another writer, which it says. */
int session_open_or_read(session *s, const char *path, const options *o);
void session_close(session *s);
/* Notes and warnings are printed, or not. */
void session_set_quiet(session *s, bool quiet);
/* Ctrl-C stops what this session's connection does. */
void session_catch_interrupts(session *s);
int load_files(session *s, const options *o, const char *graph, const char *const *paths, size_t count,
               bool quiet);

/* ---- commands -------------------------------------------------------------------------------------- */

int cmd_load(const options *o);
int cmd_query(const options *o); /* also `kgq DB TEXT` */
int cmd_update(const options *o);
int cmd_parse(const options *o);
int cmd_export(const options *o);
int cmd_check(const options *o);
/* cmd_check.c: `kgq check [DB] FILE.yaml...` */
bool is_facts_file(const char *path);
int check_files(const options *o);
/* cmd_names.c: `kgq names DB FILE...` */
int cmd_names(const options *o);
int cmd_info(const options *o);
int cmd_compact(const options *o);
int cmd_recover(const options *o);
int cmd_backup(const options *o);

/* How rows are shown. */
typedef struct view {
  const char *format;   /* NULL: box on a terminal, tsv (nt for graphs) elsewhere */
  const char *language; /* of names in tables; NULL: the locale's */
  FILE *out;
  bool page, ids;                     /* through a pager when taller than the screen; ids behind names */
  bool reason;                        /* why there are no rows is told at once */
  uint64_t rows_shown, columns_shown; /* of tables; 0: all rows, the terminal's width */
} view;

/* Prepares, runs and prints one statement. */
/* How the options of the command line want rows, on standard output. */
view option_view(const options *o);
int run_text(session *s, const options *o, const char *text, size_t bytes, const view *v);
int run_statement(kgq_stmt *stmt, const options *o, const view *v);
/* -p NAME=TERM, .set: values of variables. */
kgq_status bind_params(kgq_stmt *stmt, const options *o, kgq_error **err);
/* `.export`, `--export`, `kgq export`. */
int export_to(session *s, const options *o, const char *format, const char *path);
/* The same to an open stream; NULL: standard output. */
int export_stream(session *s, const options *o, const char *format, FILE *file);
int info_print(session *s);

/* ---- box.c, lines.c ---------------------------------------------------------------------------------- */

/* All rows as a table with rules, columns lined up by display width, at most as wide as the terminal;
 * `ascii`: rules of + - |. */
kgq_status box_print(kgq_stmt *stmt, bool ascii, const view *v, kgq_error **err);
/* Formats for people that need no widths: "line" "markdown" "html" "null"; false: it is none of them. */
bool lines_format(const char *format);
kgq_status lines_print(kgq_stmt *stmt, const char *format, const view *v, kgq_error **err);
/* A cell: the value as a person reads it, control characters as spaces, its id behind if the view says so.
 * Allocated with malloc. */
char *cell_text(kgq_stmt *stmt, int column, const view *v);

/* ---- prompt.c ----------------------------------------------------------------------------------------- */

int prompt_run(const char *path, const options *o);
/* Runs texts as a script of the shell does, commands with a dot included: `-c .schema`. */
int prompt_run_asked(const char *path, const options *o);
/* A line that is a command of the shell. */
bool is_command_line(const char *text);

#endif
