/* tests/conformance/sparql_compare.c: are two answers of a SELECT the same? See results.h.
 *
 * Each answer becomes a dataset: a row is a node with one quad for each binding, so that isomorphism of
 * datasets finds the one renaming of blank nodes over all rows. Equal rows are one node with their count; in
 * ordered answers a row is named by its number instead.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/decimal.h"
#include "graph/vocab.h"
#include "tests/conformance/dataset.h"
#include "tests/conformance/results.h"

/* What a row says, with the names of variables and lowered tags: equal texts are equal rows. */
static kgq_status row_text(const results *r, size_t row, kg_buf *out, kgq_error **err) {
  kg_arena arena;
  kg_arena_init(&arena, NULL);
  kgq_status st = KGQ_OK;
  out->len = 0;
  for (size_t i = 0; i < r->var_count; i++) {
    const kg_term *cell = &r->cells[row * r->var_count + i];
    kg_term lowered;
    KGQ_TRY_DONE(kg_buf_add_byte(out, '\t', err));
    if (cell->kind != KG_TERM_NONE) {
      KGQ_TRY_DONE(kg_term_lower_tags(cell, &arena, &lowered, err));
      KGQ_TRY_DONE(kg_term_print(&lowered, out, err));
    }
  }
done:
  kg_arena_free(&arena);
  return st;
}

static kgq_status count_rows(const results *r, kg_map *counts, kgq_error **err) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  kgq_status st = KGQ_OK;
  for (size_t row = 0; st == KGQ_OK && row < r->row_count; row++) {
    uint64_t *slot = NULL;
    st = row_text(r, row, &text, err);
    st = st == KGQ_OK ? kg_map_put(counts, kg_buf_str(&text), &slot, NULL, NULL, err) : st;
    *(slot ? slot : &(uint64_t){ 0 }) += 1;
  }
  kg_buf_free(&text);
  return st;
}

static kgq_status add_quad(const kg_sink *sink, const kg_term *row, kgq_str property, const kg_term *value,
                           kgq_error **err) {
  char iri[300];
  (void)snprintf(iri, sizeof iri, "var:%.*s", KG_ARG(property));
  const kg_term predicate = kg_term_iri(kg_str(iri)), graph = { .kind = KG_TERM_NONE };
  return sink->quad(sink->arg, row, &predicate, value, &graph, err);
}

/* `name` has a space in it: no blank node of an answer can have that label. */
static kgq_status add_row(const results *r, size_t row, compare_mode mode, uint64_t count,
                          const kg_sink *sink, kgq_error **err) {
  char name[40], number[40];
  (void)snprintf(name, sizeof name, "row %zu", row);
  (void)snprintf(number, sizeof number, "%llu", (unsigned long long)count);
  const kg_term node = mode == COMPARE_ORDER ? kg_term_iri(kg_str(name)) : kg_term_bnode(kg_str(name));
  const kg_term counted = kg_term_string(kg_str(mode == COMPARE_LAX ? "some" : number));
  KGQ_TRY(add_quad(sink, &node, KG_STR(" count"), &counted, err));
  for (size_t i = 0; i < r->var_count; i++) {
    const kg_term *cell = &r->cells[row * r->var_count + i];
    KGQ_TRY(cell->kind == KG_TERM_NONE ? KGQ_OK : add_quad(sink, &node, r->vars[i], cell, err));
  }
  return KGQ_OK;
}

static kgq_status fill(const results *r, compare_mode mode, const kg_map *counts, dataset *out,
                       kgq_error **err) {
  kg_map seen;
  kg_map_init(&seen, NULL);
  kg_buf text;
  kg_buf_init(&text, NULL);
  const kg_sink sink = dataset_sink(out);
  kgq_status st = KGQ_OK;
  for (size_t row = 0; st == KGQ_OK && row < r->row_count; row++) {
    bool first = true;
    uint64_t *slot = NULL;
    KGQ_TRY_DONE(row_text(r, row, &text, err));
    KGQ_TRY_DONE(kg_map_put(&seen, kg_buf_str(&text), &slot, &first, NULL, err));
    if (first || mode == COMPARE_ORDER) {
      const uint64_t *count = kg_map_find(counts, kg_buf_str(&text));
      KGQ_TRY_DONE(add_row(r, row, mode, count ? *count : 0, &sink, err));
    }
  }
done:
  kg_buf_free(&text);
  kg_map_free(&seen);
  dataset_finish(out);
  return st;
}

static bool same_vars(const results *a, const results *b) {
  bool same = a->var_count == b->var_count;
  for (size_t i = 0; same && i < a->var_count; i++) {
    bool found = false;
    for (size_t j = 0; j < b->var_count; j++) {
      found = found || kg_str_equal(a->vars[i], b->vars[j]);
    }
    same = found;
  }
  return same;
}

/* No ground row more often than expected. */
static bool within(const results *got, const kg_map *counts, const kg_map *most) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  bool fits = true;
  for (size_t row = 0; fits && row < got->row_count; row++) {
    fits = row_text(got, row, &text, NULL) == KGQ_OK;
    const uint64_t *n = kg_map_find(counts, kg_buf_str(&text)), *limit = kg_map_find(most, kg_buf_str(&text));
    fits = fits && (!n || !limit || *n <= *limit);
  }
  kg_buf_free(&text);
  return fits;
}

/* The variables of `expected` in the order of `got`, so that texts of rows compare. */
static bool reordered(const results *got, const results *expected, results *out) {
  kgq_status st = KGQ_OK;
  for (size_t i = 0; st == KGQ_OK && i < got->var_count; i++) {
    st = results_add_var(out, got->vars[i], NULL);
  }
  for (size_t row = 0; st == KGQ_OK && row < expected->row_count; row++) {
    st = results_add_row(out, NULL);
    for (size_t i = 0; st == KGQ_OK && i < expected->var_count; i++) {
      const kg_term *cell = &expected->cells[row * expected->var_count + i];
      st = cell->kind == KG_TERM_NONE ? KGQ_OK : results_bind(out, expected->vars[i], cell, NULL);
    }
  }
  return st == KGQ_OK;
}

static bool same_rows(const results *got, const results *expected, compare_mode mode) {
  kg_map ours, theirs;
  kg_map_init(&ours, NULL);
  kg_map_init(&theirs, NULL);
  dataset a, b;
  dataset_init(&a);
  dataset_init(&b);
  bool same = count_rows(got, &ours, NULL) == KGQ_OK && count_rows(expected, &theirs, NULL) == KGQ_OK;
  same =
      same && fill(got, mode, &ours, &a, NULL) == KGQ_OK && fill(expected, mode, &theirs, &b, NULL) == KGQ_OK;
  same = same && dataset_isomorphic(&a, &b) && (mode != COMPARE_LAX || within(got, &ours, &theirs));
  dataset_free(&a);
  dataset_free(&b);
  kg_map_free(&ours);
  kg_map_free(&theirs);
  return same;
}

bool results_same(const results *got, const results *expected, compare_mode mode) {
  if (got->is_boolean || expected->is_boolean) {
    return got->is_boolean && expected->is_boolean && got->boolean == expected->boolean;
  }
  if (!same_vars(got, expected) || (mode != COMPARE_LAX && got->row_count != expected->row_count)) {
    return false;
  }
  results turned;
  results_init(&turned);
  const bool same = reordered(got, expected, &turned) && same_rows(got, &turned, mode);
  results_free(&turned);
  return same;
}

/* ---- numbers by value --------------------------------------------------------------------------- */

static size_t settled_text(const kg_term *term, char out[KG_DECIMAL_TEXT_MAX]) {
  kg_decimal exact;
  double number = 0;
  const bool single = kg_str_equal(term->datatype, KG_STR(KG_XSD_FLOAT));
  if (kg_str_equal(term->datatype, KG_STR(KG_XSD_DECIMAL)) && kg_decimal_parse(term->text, &exact)) {
    return kg_decimal_print(exact, out);
  }
  if ((single || kg_str_equal(term->datatype, KG_STR(KG_XSD_DOUBLE))) &&
      kg_double_parse(term->text, single, &number)) {
    return kg_double_print(number, single, out);
  }
  return 0;
}

kgq_status results_settle_numbers(results *r, kgq_error **err) {
  for (size_t i = 0; i < r->row_count * r->var_count; i++) {
    char text[KG_DECIMAL_TEXT_MAX];
    const size_t bytes = r->cells[i].kind == KG_TERM_LITERAL ? settled_text(&r->cells[i], text) : 0;
    if (bytes) {
      KGQ_TRY(kg_arena_copy(&r->arena, kg_str_n(text, bytes), &r->cells[i].text, err));
    }
  }
  return KGQ_OK;
}
