/* shell/session.c: one open database for a command or the shell: opening, settings, interrupts, loading
 * files. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/shell.h"

static kgq_conn *volatile interrupt_target;

static void on_interrupt(int signal_number) {
  (void)signal_number;
  kgq_conn *conn = interrupt_target;
  if (conn) {
    kgq_interrupt(conn);
  }
}

void session_catch_interrupts(session *s) {
  interrupt_target = s->conn;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_interrupt;
  (void)sigaction(SIGINT, &action, NULL);
}

/* `place: note: message`, or `note: message`; those of facts files say themselves that they are warnings. */
static void print_message(void *arg, int32_t severity, const kgq_error *message) {
  (void)arg;
  line_clear();
  char text[4096], place[512] = "";
  (void)kgq_error_format(message, text, sizeof text);
  const char *word = severity == KGQ_WARNING ? "warning: " : "note: ";
  if (*kgq_error_file(message)) {
    (void)snprintf(place, sizeof place, "%s:%llu:%llu: ", kgq_error_file(message),
                   (unsigned long long)kgq_error_line(message),
                   (unsigned long long)kgq_error_column(message));
  }
  const size_t skip = strncmp(text, place, strlen(place)) == 0 ? strlen(place) : 0;
  const bool said = strncmp(text + skip, "warning: ", 9) == 0 || strncmp(text + skip, "note: ", 6) == 0;
  (void)fprintf(stderr, "%.*s%s%s", (int)skip, text, said ? "" : word, text + skip);
}

void session_set_quiet(session *s, bool quiet) {
  kgq_set_message(s->conn, quiet || s->quiet ? NULL : print_message, NULL);
}

/* --map IRI=DIR: options.c has seen to the '='. */
static kgq_status apply_maps(session *s, const options *o, kgq_error **err) {
  kgq_status st = KGQ_OK;
  for (size_t i = 0; !st && i < o->maps.count; i++) {
    const char *equal = strrchr(o->maps.items[i], '=');
    char *iri = strndup(o->maps.items[i], (size_t)(equal - o->maps.items[i]));
    st = iri ? kgq_map(s->conn, iri, equal + 1, err) : KGQ_NOMEM;
    free(iri);
  }
  return st;
}

static kgq_status apply_options(session *s, const options *o, kgq_error **err) {
  kgq_status st = KGQ_OK;
  if (o->time_given) {
    st = kgq_set_limit(s->conn, KGQ_LIMIT_TIME_MS, o->time_ms);
  }
  if (!st && o->rows_max) {
    st = kgq_set_limit(s->conn, KGQ_LIMIT_ROWS, o->rows_max);
  }
  if (!st && o->memory_bytes) {
    st = kgq_set_limit(s->conn, KGQ_LIMIT_MEMORY_BYTES, o->memory_bytes);
  }
  if (!st && o->default_graph) {
    const bool strict = strcmp(o->default_graph, "strict") == 0;
    st = kgq_set(s->conn, KGQ_SET_DEFAULT_GRAPH, strict ? KGQ_DEFAULT_GRAPH_STRICT : KGQ_DEFAULT_GRAPH_UNION);
  }
  if (!st && o->language) {
    const char l = o->language[1]; /* aUto, sParql, sHort */
    st = kgq_set(s->conn, KGQ_SET_LANGUAGE,
                 l == 'u'   ? KGQ_LANG_AUTO
                 : l == 'p' ? KGQ_LANG_SPARQL
                            : KGQ_LANG_SHORT);
  }
  if (!st && o->base) {
    st = kgq_set_base(s->conn, o->base, err);
  }
  if (!st) {
    st = apply_maps(s, o, err);
  }
  s->quiet = o->quiet;
  kgq_set_message(s->conn, o->quiet ? NULL : print_message, NULL);
  kgq_set_progress(s->conn, o->quiet ? NULL : progress_tell, NULL);
  return st;
}

static kgq_status open_database(session *s, const char *path, uint32_t flags, const options *o,
                                kgq_error **err) {
  kgq_options open_options = KGQ_OPTIONS_INIT;
  open_options.flags = strcmp(path, ":memory:") == 0 ? KGQ_OPEN_CREATE : flags;
  open_options.memory_bytes = o->memory_bytes;
  memset(s, 0, sizeof *s);
  return kgq_open(path, &open_options, &s->db, err);
}

/* The rest after opening, or the report of its failure. */
static int begin(session *s, const options *o, kgq_status st, kgq_error *err) {
  if (st) {
    (void)report(st, err);
    return st == KGQ_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_OPEN;
  }
  s->readonly = kgq_is_readonly(s->db) != 0;
  st = kgq_connect(s->db, &s->conn, &err);
  if (!st) {
    st = apply_options(s, o, &err);
  }
  if (st) {
    session_close(s);
    return report(st, err);
  }
  session_catch_interrupts(s);
  return EXIT_FINE;
}

int session_open(session *s, const char *path, uint32_t flags, const options *o) {
  kgq_error *err = NULL;
  const kgq_status st = open_database(s, path, flags, o, &err);
  return begin(s, o, st, err);
}

int session_open_or_read(session *s, const char *path, const options *o) {
  kgq_error *err = NULL;
  kgq_status st = open_database(s, path, o->readonly ? KGQ_OPEN_READONLY : KGQ_OPEN_CREATE, o, &err);
  if (!o->readonly && (st == KGQ_LOCKED || st == KGQ_READONLY)) {
    (void)fprintf(stderr, "note: %s; opened for reading only\n", kgq_error_message(err));
    kgq_error_free(err);
    err = NULL;
    st = open_database(s, path, KGQ_OPEN_READONLY, o, &err);
  }
  return begin(s, o, st, err);
}

void session_close(session *s) {
  if (interrupt_target == s->conn) {
    interrupt_target = NULL;
  }
  kgq_disconnect(s->conn);
  (void)kgq_close(s->db);
  s->conn = NULL;
  s->db = NULL;
}

static void print_stats(const kgq_load_stats *stats) {
  char a[32], b[32], c[32], d[32];
  (void)fprintf(stderr, "%s %s, %s statements: %s quads added, %s removed\n", with_commas(stats->files, a),
                stats->files == 1 ? "file" : "files", with_commas(stats->statements, b),
                with_commas(stats->quads_added, c), with_commas(stats->quads_removed, d));
}

int load_files(session *s, const options *o, const char *graph, const char *const *paths, size_t count,
               bool quiet) {
  kgq_load_options load_options = KGQ_LOAD_OPTIONS_INIT;
  load_options.keep_going = o->keep_going;
  load_options.format = o->format;
  load_options.graph = graph;
  load_options.base = o->base;
  load_options.memory_bytes = o->memory_bytes;
  kgq_load *load = NULL;
  kgq_error *err = NULL;
  kgq_load_stats stats;
  memset(&stats, 0, sizeof stats);
  kgq_status st = kgq_load_begin(s->conn, &load_options, &load, &err);
  for (size_t i = 0; !st && i < count; i++) {
    progress_file(paths[i], i + 1, count);
    st = kgq_load_file(load, paths[i], &err);
  }
  progress_file(NULL, 0, 0);
  if (!st) {
    st = kgq_load_commit(load, &stats, &err);
  }
  kgq_load_free(load);
  line_clear();
  if (st) {
    return report(st, err);
  }
  if (!quiet && !s->quiet) {
    print_stats(&stats);
  }
  return stats.skipped ? EXIT_SKIPPED : EXIT_FINE;
}
