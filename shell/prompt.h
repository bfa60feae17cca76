/* shell/prompt.h: what the parts of the interactive shell share.
 *
 * prompt.c reads lines with edit.c (completion: complete.c), script.c finds the statements in them, dot.c
 * runs the commands that begin with a dot (dot_ask.c, dot_data.c, dot_set.c). Calls go down only; `.read`
 * comes back up through the function in the state.
 */
#ifndef KGQ_PROMPT_H
#define KGQ_PROMPT_H

#include "shell/shell.h"

#define PARAMS_MAX 64 /* of .set: more than a person keeps in mind */

typedef struct prompt_state {
  session session;
  const options *options;                   /* of the command line */
  char *path, *mode, *once_mode, *language; /* mode NULL: box on a terminal */
  char *params[PARAMS_MAX];                 /* NAME=TERM */
  size_t param_count;
  FILE *output; /* NULL: standard output */
  bool output_once, output_is_pipe;
  bool timer, bail, echo, ids, interactive, done;
  char *last_query; /* for .sparql, .explain, .source, .why and lines that begin with | */
  int (*run_script)(struct prompt_state *state, const char *text, size_t bytes);
} prompt_state;

/* How this state shows rows, and what options a statement of it has. */
view state_view(const prompt_state *state);
options state_options(prompt_state *state);
/* Takes a copy; the one before is freed. */
void state_keep(char **place, const char *text);

/* ---- script.c ------------------------------------------------------------------------------------- */

/* Where the statement that begins a text ends: at a `;` outside of strings and brackets, or `bytes`. *open: a
 * string or bracket is open there. */
size_t statement_end(const char *text, size_t bytes, bool *open);
/* Nothing but white space and comments. */
bool is_blank(const char *text, size_t bytes);
/* Is the text typed so far, with `last` as its last line, ready to run? */
bool is_complete(const char *text, size_t bytes, const char *last);
size_t trimmed_bytes(const char *text, size_t bytes);

/* ---- dot.c and the commands ----------------------------------------------------------------------- */

typedef int (*dot_fn)(prompt_state *state, const char *argument);
typedef struct dot_entry {
  const char *name, *argument, *help;
  dot_fn run;
} dot_entry;
extern const dot_entry dot_entries[];
extern const size_t dot_count;

/* A line that begins with a dot. */
int dot_command(prompt_state *state, const char *line);

/* dot_ask.c */
int dot_agree(prompt_state *state, const char *argument);
int dot_conflicts(prompt_state *state, const char *argument);
int dot_ids(prompt_state *state, const char *argument);
int dot_explain(prompt_state *state, const char *argument);
int dot_info(prompt_state *state, const char *argument);
int dot_prefixes(prompt_state *state, const char *argument);
int dot_schema(prompt_state *state, const char *argument);
int dot_source(prompt_state *state, const char *argument);
int dot_sparql(prompt_state *state, const char *argument);
int dot_why(prompt_state *state, const char *argument);
/* dot_data.c */
int dot_backup(prompt_state *state, const char *argument);
int dot_check(prompt_state *state, const char *argument);
int dot_dump(prompt_state *state, const char *argument);
int dot_export(prompt_state *state, const char *argument);
int dot_load(prompt_state *state, const char *argument);
int dot_open(prompt_state *state, const char *argument);
int dot_quit(prompt_state *state, const char *argument);
int dot_read(prompt_state *state, const char *argument);
int dot_shell(prompt_state *state, const char *argument);
/* dot_set.c */
int dot_wants(const char *what); /* says what is missing; EXIT_WRONG */
int dot_bail(prompt_state *state, const char *argument);
int dot_echo(prompt_state *state, const char *argument);
int dot_lang(prompt_state *state, const char *argument);
int dot_mode(prompt_state *state, const char *argument);
int dot_once(prompt_state *state, const char *argument);
int dot_output(prompt_state *state, const char *argument);
int dot_set(prompt_state *state, const char *argument);
int dot_show(prompt_state *state, const char *argument);
int dot_timer(prompt_state *state, const char *argument);
void output_restore(prompt_state *state); /* back to standard output */

/* ---- complete.c, edit.c --------------------------------------------------------------------------- */

/* What a word can be completed to. `from`: where in the line the word begins. */
typedef struct completions {
  char **items;
  size_t count, from;
} completions;
void complete_line(prompt_state *state, const char *line, size_t bytes, completions *out);
void completions_free(completions *c);

typedef void (*complete_fn)(void *arg, const char *line, size_t bytes, completions *out);
typedef struct line_editor line_editor;
line_editor *editor_open(const char *history_path, complete_fn complete, void *arg);
/* The next line without its end, allocated with malloc; NULL at the end of input. *interrupted after Ctrl-C.
 */
char *editor_line(line_editor *e, const char *prompt, bool *interrupted);
void editor_remember(line_editor *e, const char *statement);
void editor_close(line_editor *e);

#endif
