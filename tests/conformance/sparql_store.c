/* tests/conformance/sparql_store.c: loading, asking and exporting through the public interface. See
 * sparql_store.h. */
#include "tests/conformance/sparql_store.h"

#include <stdio.h>

#include "loaders/read.h"

#define PATH_BYTES (2 * MANIFEST_PATH_BYTES)

kgq_status store_open(store *s, kgq_error **err) {
  *s = (store){ .db = NULL };
  KGQ_TRY(kgq_open(":memory:", NULL, &s->db, err));
  KGQ_TRY(kgq_connect(s->db, &s->conn, err));
  KGQ_TRY(kgq_set(s->conn, KGQ_SET_DEFAULT_GRAPH, KGQ_DEFAULT_GRAPH_STRICT));
  return kgq_set(s->conn, KGQ_SET_LANGUAGE, KGQ_LANG_SPARQL);
}

void store_close(store *s) {
  kgq_disconnect(s->conn);
  if (s->db) {
    (void)kgq_close(s->db);
  }
}

static bool ends_with(const char *text, const char *ending) {
  const size_t n = strlen(text), e = strlen(ending);
  return n >= e && strcmp(text + n - e, ending) == 0;
}

kgq_status store_load(store *s, const test_root *root, const char *path, const char *graph, kgq_error **err) {
  char file[PATH_BYTES], base[PATH_BYTES];
  const bool converted = ends_with(path, ".rdf");
  (void)snprintf(base, sizeof base, "%s%s", W3C_BASE, path);
  (void)snprintf(file, sizeof file, "%s/%s%s%s", root->folder, converted ? "converted/" : "", path,
                 converted ? ".nt" : "");
  kgq_load_options options = KGQ_LOAD_OPTIONS_INIT;
  options.base = base;
  options.graph = graph;
  kgq_load *load = NULL;
  KGQ_TRY(kgq_load_begin(s->conn, &options, &load, err));
  kgq_status st = kgq_load_file(load, file, err);
  st = st == KGQ_OK ? kgq_load_commit(load, NULL, err) : st;
  kgq_load_free(load);
  return st;
}

kgq_status store_prepare(store *s, const char *path, kgq_str text, kgq_stmt **out, kgq_error **err) {
  char base[PATH_BYTES];
  (void)snprintf(base, sizeof base, "%s%s", W3C_BASE, path);
  KGQ_TRY(kgq_set_base(s->conn, base, err));
  return kgq_prepare(s->conn, text.ptr, text.len, out, err);
}

static int collect(void *arg, const char *bytes, size_t count) {
  return kg_buf_add(arg, bytes, count, NULL) == KGQ_OK ? 0 : 1;
}

static kgq_status read_quads(kgq_str text, kg_format format, dataset *out, kgq_error **err) {
  kg_input in;
  const kg_sink sink = dataset_sink(out);
  const kg_reader_options options = { .allocator = NULL };
  KGQ_TRY(kg_input_memory(&in, NULL, "what was written", text, err));
  const kgq_status st = kg_read_rdf(&in, format, &options, &sink, err);
  kg_input_close(&in);
  dataset_finish(out);
  return st;
}

kgq_status store_export(store *s, dataset *out, kgq_error **err) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  kgq_export_options options = KGQ_EXPORT_OPTIONS_INIT;
  kgq_status st = kgq_export(s->conn, &options, collect, &text, err);
  st = st == KGQ_OK ? read_quads(kg_buf_str(&text), KG_FORMAT_NQ, out, err) : st;
  kg_buf_free(&text);
  return st;
}

/* ---- answers ------------------------------------------------------------------------------------ */

void answer_init(answer *a) {
  a->form = 0;
  results_init(&a->table);
  dataset_init(&a->graph);
}

void answer_free(answer *a) {
  results_free(&a->table);
  dataset_free(&a->graph);
}

static kgq_status column_term(kgq_stmt *stmt, int column, kg_arena *arena, kg_term *out, kgq_error **err) {
  kgq_term term = { .kind = KGQ_UNBOUND };
  KGQ_TRY(kgq_column_term(stmt, column, &term));
  *out = (kg_term){ .kind = (kg_term_kind)term.kind, .text = term.text };
  if (term.kind == KGQ_TRIPLE) {
    return results_read_term(term.text, KG_FORMAT_NT, arena, out, err);
  }
  if (term.kind == KGQ_LITERAL) {
    *out = term.lang.len ? kg_term_lang(term.text, term.lang) : kg_term_typed(term.text, term.datatype);
    out->direction = (kg_direction)term.direction;
  }
  return KGQ_OK;
}

static kgq_status take_solution(kgq_stmt *stmt, results *r, kgq_error **err) {
  KGQ_TRY(results_add_row(r, err));
  for (size_t i = 0; i < r->var_count; i++) {
    kg_term term;
    KGQ_TRY(column_term(stmt, (int)i, &r->arena, &term, err));
    KGQ_TRY(term.kind == KG_TERM_NONE ? KGQ_OK : results_bind(r, r->vars[i], &term, err));
  }
  return KGQ_OK;
}

static kgq_status take_triple(kgq_stmt *stmt, dataset *d, kgq_error **err) {
  const kg_sink sink = dataset_sink(d);
  kg_term terms[4] = { { .kind = KG_TERM_NONE } };
  for (int i = 0; i < 3; i++) {
    KGQ_TRY(column_term(stmt, i, &d->arena, &terms[i], err));
  }
  terms[3] = (kg_term){ .kind = KG_TERM_NONE };
  return sink.quad(sink.arg, &terms[0], &terms[1], &terms[2], &terms[3], err);
}

static kgq_status take_boolean(kgq_stmt *stmt, results *r, kgq_error **err) {
  const kgq_str text = kgq_column_text(stmt, 0);
  r->is_boolean = true;
  r->boolean = kg_str_equal(text, KG_STR("true"));
  return r->boolean || kg_str_equal(text, KG_STR("false"))
             ? KGQ_OK
             : kg_fail(err, KGQ_DATA, "ASK gives '%.*s', not a boolean", KG_ARG(text));
}

static kgq_status take_row(kgq_stmt *stmt, answer *out, kgq_error **err) {
  switch (out->form) {
  case KGQ_FORM_SELECT: return take_solution(stmt, &out->table, err);
  case KGQ_FORM_ASK: return take_boolean(stmt, &out->table, err);
  default: return take_triple(stmt, &out->graph, err);
  }
}

kgq_status answer_step(kgq_stmt *stmt, answer *out, kgq_error **err) {
  out->form = kgq_stmt_form(stmt);
  for (int i = 0; out->form == KGQ_FORM_SELECT && i < kgq_column_count(stmt); i++) {
    KGQ_TRY(results_add_var(&out->table, kg_str(kgq_column_name(stmt, i)), err));
  }
  kgq_status st = kgq_step(stmt, err);
  for (; st == KGQ_ROW; st = kgq_step(stmt, err)) {
    KGQ_TRY(take_row(stmt, out, err));
  }
  dataset_finish(&out->graph);
  return st == KGQ_DONE ? KGQ_OK : st;
}

kgq_status answer_written(kgq_stmt *stmt, const char *format, answer *out, kgq_error **err) {
  out->form = kgq_stmt_form(stmt);
  const bool table = out->form == KGQ_FORM_SELECT || out->form == KGQ_FORM_ASK;
  kg_buf text;
  kg_buf_init(&text, NULL);
  kgq_status st = kgq_reset(stmt);
  st = st == KGQ_OK ? kgq_write_results(stmt, format, collect, &text, err) : st;
  if (st == KGQ_OK) {
    st = table ? results_read(&out->table, kg_buf_str(&text), format, err)
               : read_quads(kg_buf_str(&text), kg_format_named(format), &out->graph, err);
  }
  kg_buf_free(&text);
  return st;
}
