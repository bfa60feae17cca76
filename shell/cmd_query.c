/* shell/cmd_query.c: kgq query, kgq update and `kgq DB TEXT`: prepare, bind, run, print. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static kgq_status run_update(kgq_stmt *stmt, kgq_error **err) {
  const kgq_status st = kgq_step(stmt, err);
  uint64_t inserted = 0, deleted = 0;
  if (st == KGQ_DONE && kgq_update_counts(stmt, &inserted, &deleted) == KGQ_OK) {
    char a[32], b[32];
    (void)fprintf(stderr, "%s quads added, %s removed\n", with_commas(inserted, a), with_commas(deleted, b));
  }
  return st;
}

int run_statement(session *s, kgq_stmt *stmt, const options *o, const view *v) {
  (void)s;
  kgq_error *err = NULL;
  kgq_status st = bind_params(stmt, o, &err);
  if (st) {
    return report(st, err);
  }
  if (o->explain) {
    st = kgq_explain(stmt, o->explain, write_stdout, v->out, &err);
  } else if (kgq_stmt_form(stmt) == KGQ_FORM_UPDATE) {
    st = run_update(stmt, &err);
  } else {
    const char *fitting = fitting_format(stmt, v);
    if (strcmp(fitting, "box") == 0) {
      st = box_print(stmt, v, &err);
    } else if (lines_format(fitting)) {
      st = lines_print(stmt, fitting, v, &err);
    } else {
      st = kgq_write_results(stmt, fitting, write_stdout, v->out, &err);
    }
  }
  return report(st, err);
}

int run_text(session *s, const options *o, const char *text, size_t bytes, const view *v) {
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  const kgq_status st = kgq_prepare(s->conn, text, bytes, &stmt, &err);
  if (st) {
    return report(st, err);
  }
  const int status = run_statement(s, stmt, o, v);
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

typedef struct query_text {
  const char *text;
  size_t bytes;
  char *owned;
} query_text;

static int find_text(const options *o, query_text *q) {
  memset(q, 0, sizeof *q);
  if (o->query_file && o->words.count > 1) {
    return usage_error("a query text and -f together");
  }
  if (o->query_file) {
    q->owned = read_whole_file(o->query_file, &q->bytes);
    q->text = q->owned;
    return q->owned ? EXIT_FINE : EXIT_WRONG;
  }
  if (o->words.count != 2) {
    return usage_error(o->words.count < 2 ? "which query? (a text, or -f FILE)"
                                          : "more than one text; put the query in quotes");
  }
  q->text = o->words.items[1];
  q->bytes = strlen(q->text);
  return EXIT_FINE;
}

/* Queries open for reading; a text that turns out to be an update, and --data, need the writer's place. */
static int run_on(const options *o, const query_text *q, uint32_t flags) {
  session s;
  int status = session_open(&s, o->words.items[0], flags, o);
  if (status) {
    return status;
  }
  status = load_given(&s, o);
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  if (status == EXIT_FINE) {
    const kgq_status st = kgq_prepare(s.conn, q->text, q->bytes, &stmt, &err);
    status = st ? report(st, err) : EXIT_FINE;
  }
  const bool must_write = status == EXIT_FINE && kgq_stmt_form(stmt) == KGQ_FORM_UPDATE && s.readonly;
  if (status == EXIT_FINE && !must_write) {
    const view v = { .format = o->format, .language = o->label_language, .out = stdout };
    status = run_statement(&s, stmt, o, &v);
  }
  kgq_finalize(stmt);
  if (status == EXIT_FINE && !must_write && o->export_after) {
    status = export_to(&s, o, o->export_after, NULL);
  }
  session_close(&s);
  return must_write ? run_on(o, q, KGQ_OPEN_CREATE) : status;
}

static int run_with(const options *o, uint32_t flags) {
  query_text q;
  int status = find_text(o, &q);
  if (status == EXIT_FINE) {
    status = run_on(o, &q, flags);
  }
  free(q.owned);
  return status;
}

int cmd_query(const options *o) {
  return run_with(o, o->data.count || o->named.count ? KGQ_OPEN_CREATE : KGQ_OPEN_READONLY);
}

int cmd_update(const options *o) {
  return run_with(o, KGQ_OPEN_CREATE);
}
