/* shell/cmd_query.c: kgq query, kgq update and `kgq DB TEXT`: prepare, bind, run, print. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shell/shell.h"

static bool is_graph(const kgq_stmt *stmt) {
  const int32_t form = kgq_stmt_form(stmt);
  return form == KGQ_FORM_CONSTRUCT || form == KGQ_FORM_DESCRIBE;
}

/* Row formats make no sense for graphs and the other way round: nt then, or tsv. */
static const char *fitting_format(const kgq_stmt *stmt, const view *v) {
  const char *format = v->format ? v->format : v->out == stdout && stdout_is_terminal() ? "box" : "tsv";
  const bool graph_format = strcmp(format, "nt") == 0 || strcmp(format, "ttl") == 0;
  if (is_graph(stmt)) {
    return graph_format ? format : "nt";
  }
  return graph_format ? "tsv" : format;
}

kgq_status bind_params(kgq_stmt *stmt, const options *o, kgq_error **err) {
  kgq_status st = KGQ_OK;
  for (size_t i = 0; !st && i < o->params.count; i++) {
    const char *item = o->params.items[i];
    const char *equal = strchr(item, '=');
    char name[256];
    if (!equal || (size_t)(equal - item) >= sizeof name) {
      (void)usage_error("-p takes NAME=TERM, not '%s'", item);
      return KGQ_MISUSE;
    }
    memcpy(name, item, (size_t)(equal - item));
    name[equal - item] = '\0';
    st = kgq_bind_term(stmt, name[0] == '?' ? name + 1 : name, equal + 1, strlen(equal + 1), err);
    if (st == KGQ_MISUSE && o->params_may_miss) {
      kgq_error_free(*err);
      *err = NULL;
      st = KGQ_OK;
    }
  }
  return st;
}

static kgq_status run_update(kgq_stmt *stmt, bool quiet, kgq_error **err) {
  const kgq_status st = kgq_step(stmt, err);
  uint64_t inserted = 0, deleted = 0;
  if (st == KGQ_DONE && !quiet && kgq_update_counts(stmt, &inserted, &deleted) == KGQ_OK) {
    char a[32], b[32];
    (void)fprintf(stderr, "%s quads added, %s removed\n", with_commas(inserted, a), with_commas(deleted, b));
  }
  return st;
}

/* Why there are no rows, in one sentence; what it cannot tell in a moment it leaves. */
static void tell_reason(kgq_stmt *stmt) {
  kgq_error *err = NULL;
  (void)kgq_explain(stmt, "reason", write_stdout, stderr, &err);
  kgq_error_free(err);
}

static kgq_status print_rows(kgq_stmt *stmt, const view *v, kgq_error **err) {
  const char *fitting = fitting_format(stmt, v);
  if (strcmp(fitting, "box") == 0 || strcmp(fitting, "table") == 0) {
    return box_print(stmt, *fitting == 't', v, err);
  }
  return lines_format(fitting) ? lines_print(stmt, fitting, v, err)
                               : kgq_write_results(stmt, fitting, write_stdout, v->out, err);
}

static void print_stats(kgq_stmt *stmt, const struct timespec *start) {
  struct timespec now;
  char text[32];
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  (void)fprintf(stderr, "%s %s in %.3f s\n", with_commas(kgq_row_count(stmt), text),
                kgq_row_count(stmt) == 1 ? "row" : "rows",
                (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9);
}

int run_statement(kgq_stmt *stmt, const options *o, const view *v) {
  kgq_error *err = NULL;
  struct timespec start;
  (void)clock_gettime(CLOCK_MONOTONIC, &start);
  kgq_status st = bind_params(stmt, o, &err);
  if (st) {
    return report(st, err);
  }
  const bool update = kgq_stmt_form(stmt) == KGQ_FORM_UPDATE;
  watch_begin();
  st = o->explain ? kgq_explain(stmt, o->explain, write_stdout, v->out, &err)
       : update   ? run_update(stmt, o->quiet, &err)
                  : print_rows(stmt, v, &err);
  watch_end();
  const bool empty = st == KGQ_DONE || st == KGQ_OK ? !o->explain && !update && !kgq_row_count(stmt) : false;
  if (empty && v->reason) {
    tell_reason(stmt);
  }
  if (o->stats && !update && !o->explain) {
    print_stats(stmt, &start);
  }
  const int status = report(st, err);
  return status == EXIT_FINE && empty && o->exit_empty ? EXIT_EMPTY : status;
}

view option_view(const options *o) {
  return (view){ .format = o->format,
                 .language = o->label_language,
                 .out = o->out ? o->out : stdout,
                 .rows_shown = o->rows_shown,
                 .columns_shown = o->columns_shown };
}

int run_text(session *s, const options *o, const char *text, size_t bytes, const view *v) {
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  const kgq_status st = kgq_prepare(s->conn, text, bytes, &stmt, &err);
  if (st) {
    return report(st, err);
  }
  const int status = run_statement(stmt, o, v);
  kgq_finalize(stmt);
  return status;
}

/* --data FILE and --named IRI=FILE: loaded before the query. */
static int load_given(session *s, const options *o) {
  options plain = *o;
  plain.format = NULL; /* --format is the output's */
  int status = EXIT_FINE;
  if (o->data.count) {
    status = load_files(s, &plain, NULL, o->data.items, o->data.count, true);
  }
  for (size_t i = 0; status == EXIT_FINE && i < o->named.count; i++) {
    const char *item = o->named.items[i];
    const char *equal = strrchr(item, '=');
    if (!equal || equal == item) {
      return usage_error("--named takes IRI=FILE, not '%s'", item);
    }
    char *iri = strndup(item, (size_t)(equal - item));
    const char *path = equal + 1;
    status = iri ? load_files(s, &plain, iri, &path, 1, true) : EXIT_WRONG;
    free(iri);
  }
  return status;
}

/* ---- the texts of a command line ---------------------------------------------------------------- */

typedef struct query_text {
  const char *text;
  size_t bytes;
  char *owned;
} query_text;

/* TEXT, or one of -c TEXT and -f FILE. */
static int find_text(const options *o, size_t number, query_text *q) {
  memset(q, 0, sizeof *q);
  const char *item = o->asked.count ? o->asked.items[number] : o->words.items[1];
  const bool is_file = o->asked.count ? *o->asked_how.items[number] == 'f' : strcmp(item, "-") == 0;
  if (is_file) {
    q->owned = read_whole_file(item, &q->bytes);
    q->text = q->owned;
    return q->owned ? EXIT_FINE : EXIT_WRONG;
  }
  q->text = item;
  q->bytes = strlen(item);
  return EXIT_FINE;
}

/* Queries open for reading; an update needs the writer's place: the session is opened again for it. */
static int run_one(session *s, const options *o, size_t number) {
  query_text q;
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  int status = find_text(o, number, &q);
  for (bool again = status == EXIT_FINE; again;) {
    again = false;
    const kgq_status st = kgq_prepare(s->conn, q.text, q.bytes, &stmt, &err);
    if (st) {
      status = report(st, err);
    } else if (kgq_stmt_form(stmt) == KGQ_FORM_UPDATE && s->readonly && !o->readonly) {
      kgq_finalize(stmt);
      stmt = NULL;
      session_close(s);
      status = session_open(s, o->words.items[0], KGQ_OPEN_CREATE, o);
      again = status == EXIT_FINE;
    } else {
      const view v = option_view(o);
      status = run_statement(stmt, o, &v);
    }
  }
  kgq_finalize(stmt);
  free(q.owned);
  return status;
}

/* One after the other, up to the first that fails; an empty answer is no failure. */
static int run_texts(session *s, const options *o) {
  const size_t count = o->asked.count ? o->asked.count : 1;
  int status = load_given(s, o);
  bool empty = false;
  for (size_t i = 0; i < count && status == EXIT_FINE; i++) {
    status = run_one(s, o, i);
    empty = empty || status == EXIT_EMPTY;
    status = status == EXIT_EMPTY ? EXIT_FINE : status;
  }
  if (status == EXIT_FINE && o->export_after) {
    status = export_to(s, o, o->export_after, NULL);
  }
  return status == EXIT_FINE && empty ? EXIT_EMPTY : status;
}

static int check_texts(const options *o) {
  if (o->asked.count) {
    return o->words.count > 1 ? usage_error("a query text and -c or -f together") : EXIT_FINE;
  }
  if (o->words.count != 2) {
    return usage_error(o->words.count < 2 ? "which query? (a text, -c TEXT or -f FILE)"
                                          : "more than one text; put the query in quotes");
  }
  return EXIT_FINE;
}

static int run_on(const options *o, uint32_t flags) {
  session s;
  int status = session_open(&s, o->words.items[0], flags, o);
  if (status == EXIT_FINE) {
    status = run_texts(&s, o);
    session_close(&s);
  }
  return status;
}

/* With -o FILE answers go there, in the format that its ending says unless one is given. */
static int run_with(const options *o, uint32_t flags) {
  options to_file = *o;
  int status = check_texts(o);
  if (status || !o->output) {
    return status ? status : run_on(o, flags);
  }
  to_file.format = o->format ? o->format : format_of_ending(o->output);
  to_file.out = fopen(o->output, "wb");
  if (!to_file.out) {
    (void)fprintf(stderr, "kgq: cannot write %s: ", o->output);
    perror(NULL);
    return EXIT_WRONG;
  }
  status = run_on(&to_file, flags);
  if (fclose(to_file.out) != 0 && status == EXIT_FINE) {
    perror(o->output);
    status = EXIT_WRONG;
  }
  return status;
}

int cmd_query(const options *o) {
  const bool must_write = (o->data.count || o->named.count) && !o->readonly;
  return run_with(o, must_write ? KGQ_OPEN_CREATE : KGQ_OPEN_READONLY);
}

int cmd_update(const options *o) {
  return run_with(o, o->readonly ? KGQ_OPEN_READONLY : KGQ_OPEN_CREATE);
}
