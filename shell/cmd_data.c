/* shell/cmd_data.c: the commands about the database as a whole: load, export, parse, check, info, compact,
 * backup. Checks of facts files: cmd_check.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/shell.h"

int cmd_load(const options *o) {
  session s;
  int status = session_open(&s, o->words.items[0], KGQ_OPEN_CREATE, o);
  if (status) {
    return status;
  }
  if (!o->keep_going) {
    status = load_files(&s, o, o->graph, o->words.items + 1, o->words.count - 1, false);
  }
  for (size_t i = 1; o->keep_going && i < o->words.count; i++) { /* each file is a transaction of its own */
    const int one = load_files(&s, o, o->graph, &o->words.items[i], 1, false);
    if (one == EXIT_FINE || one == EXIT_SKIPPED) {
      printf("loaded %s\n", o->words.items[i]);
      (void)fflush(stdout);
    }
    status = one == EXIT_FINE ? status : one == EXIT_SKIPPED || one == EXIT_WRONG ? EXIT_SKIPPED : one;
    if (one == EXIT_INTERRUPTED || one == EXIT_OPEN) {
      break;
    }
  }
  session_close(&s);
  return status;
}

int export_stream(session *s, const options *o, const char *format, FILE *file) {
  kgq_export_options e = KGQ_EXPORT_OPTIONS_INIT;
  e.format = format;
  e.graph = o->graph;
  e.rdf_version = o->rdf && strcmp(o->rdf, "1.1") == 0 ? 11 : 12;
  kgq_error *err = NULL;
  const kgq_status st = kgq_export(s->conn, &e, write_stdout, file, &err);
  return report(st, err);
}

int export_to(session *s, const options *o, const char *format, const char *path) {
  FILE *file = path ? fopen(path, "wb") : NULL;
  if (path && !file) {
    (void)fprintf(stderr, "kgq: cannot write %s: ", path);
    perror(NULL);
    return EXIT_WRONG;
  }
  int status = export_stream(s, o, format, file);
  if (file && fclose(file) != 0 && status == EXIT_FINE) {
    perror(path);
    status = EXIT_WRONG;
  }
  return status;
}

int cmd_export(const options *o) {
  session s;
  int status = session_open(&s, o->words.items[0], KGQ_OPEN_READONLY, o);
  if (status == EXIT_FINE) {
    status = export_to(&s, o, o->format ? o->format : "nq", o->output);
    session_close(&s);
  }
  return status;
}

/* `kgq parse --query FILE`: is the text a query (--update: an update)? Prefixes are the built-in ones. */
static int parse_text(const options *o) {
  size_t bytes;
  session s;
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  options sparql = *o;
  sparql.language = "sparql";
  char *text = read_whole_file(o->words.items[0], &bytes);
  int status = text ? session_open(&s, ":memory:", KGQ_OPEN_CREATE, &sparql) : EXIT_WRONG;
  if (status == EXIT_FINE) {
    status = report(kgq_prepare(s.conn, text, bytes, &stmt, &err), err);
    if (status == EXIT_FINE && (kgq_stmt_form(stmt) == KGQ_FORM_UPDATE) != o->as_update) {
      (void)fprintf(stderr, "kgq: %s is %s\n", o->words.items[0], o->as_update ? "a query" : "an update");
      status = EXIT_WRONG;
    }
    kgq_finalize(stmt);
    session_close(&s);
  }
  free(text);
  return status;
}

int cmd_parse(const options *o) {
  if (o->as_query || o->as_update) {
    return parse_text(o);
  }
  kgq_load_options l = KGQ_LOAD_OPTIONS_INIT;
  l.format = o->format;
  l.base = o->base;
  l.graph = o->graph;
  l.keep_going = o->keep_going;
  kgq_error *err = NULL;
  const kgq_status st = kgq_parse(o->words.items[0], &l, o->canonical, write_stdout, NULL, &err);
  /* Skipped lines: an error without a place that counts them stands before theirs (kgq.h). */
  const bool skipped = st == KGQ_DATA && o->keep_going && kgq_error_line(err) == 0 && kgq_error_next(err);
  const int status = report(st, err);
  return skipped ? EXIT_SKIPPED : status;
}

static int print_info(void *arg, const char *key, const char *value) {
  (void)arg;
  printf("%-24s %s\n", key, value);
  return 0;
}

int info_print(session *s) {
  kgq_error *err = NULL;
  const kgq_status st = kgq_info(s->conn, print_info, NULL, &err);
  return report(st, err);
}

/* Opens the database of a command with one, does `work`, closes. */
static int with_database(const options *o, uint32_t flags, int (*work)(session *s, const options *o)) {
  session s;
  int status = session_open(&s, o->words.items[0], flags, o);
  if (status == EXIT_FINE) {
    status = work(&s, o);
    session_close(&s);
  }
  return status;
}

static int work_info(session *s, const options *o) {
  (void)o;
  return info_print(s);
}

static int work_check(session *s, const options *o) {
  (void)o;
  kgq_error *err = NULL;
  const kgq_status st = kgq_check(s->conn, &err);
  if (st == KGQ_OK) {
    puts("ok");
  }
  return st == KGQ_CORRUPT ? (void)report(st, err), EXIT_WRONG : report(st, err);
}

static int work_compact(session *s, const options *o) {
  (void)o;
  kgq_error *err = NULL;
  const kgq_status st = kgq_compact(s->conn, &err);
  return report(st, err);
}

static int work_backup(session *s, const options *o) {
  kgq_error *err = NULL;
  const kgq_status st = kgq_backup(s->conn, o->words.items[1], &err);
  return report(st, err);
}

/* What there is now and what could not be brought back. */
static int print_recovered(void *arg, const char *key, const char *value) {
  (void)arg;
  if (strcmp(key, "commit") == 0 || strcmp(key, "commits lost") == 0) {
    printf("%s: %s\n", key, value);
  }
  return 0;
}

static int work_recover(session *s, const options *o) {
  kgq_error *err = NULL;
  const kgq_status st = kgq_info(s->conn, print_recovered, NULL, &err);
  return st == KGQ_OK ? work_check(s, o) : report(st, err);
}

static int print_rescued(void *arg, const char *key, const char *value) {
  (void)arg;
  printf("%s: %s\n", key, value);
  return 0;
}

static int work_rescue(session *s, const options *o) {
  kgq_error *err = NULL;
  const kgq_status st = kgq_rescue(s->conn, o->words.items[1], print_rescued, NULL, &err);
  return report(st, err);
}

/* With a second folder: into that one, and the damaged one stays as it is. */
int cmd_recover(const options *o) {
  return o->words.count > 1 ? with_database(o, KGQ_OPEN_READONLY, work_rescue)
                            : with_database(o, KGQ_OPEN_RECOVER, work_recover);
}
int cmd_info(const options *o) {
  return with_database(o, KGQ_OPEN_READONLY, work_info);
}
int cmd_check(const options *o) {
  if (o->words.count > 1 || is_facts_file(o->words.items[0])) {
    return check_files(o);
  }
  return with_database(o, KGQ_OPEN_READONLY, work_check);
}
int cmd_compact(const options *o) {
  return with_database(o, 0, work_compact);
}
int cmd_backup(const options *o) {
  return with_database(o, KGQ_OPEN_READONLY, work_backup);
}
