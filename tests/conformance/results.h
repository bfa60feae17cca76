/* tests/conformance/results.h: the answer of a SELECT or ASK as a table of terms, read back from the result
 * formats.
 *
 * Strict readers of SPARQL XML, JSON and TSV results, written for the tests alone: what they do not know they
 * refuse, so that they judge our writers as well as the expected files. sparql_compare.c says whether two
 * answers are one.
 */
#ifndef KG_TESTS_CONFORMANCE_RESULTS_H
#define KG_TESTS_CONFORMANCE_RESULTS_H

#include "graph/writer.h"

typedef struct results {
  kg_arena arena; /* of all strings and terms */
  bool is_boolean, boolean;
  kgq_str *vars;
  size_t var_count, var_capacity;
  kg_term *cells; /* row_count x var_count; KG_TERM_NONE: unbound */
  size_t row_count, cell_capacity;
} results;

void results_init(results *r);
void results_free(results *r);
/* KGQ_DATA for a second variable of the name. Before the first row. */
kgq_status results_add_var(results *r, kgq_str name, kgq_error **err);
kgq_status results_add_row(results *r, kgq_error **err); /* all unbound */
/* Binds in the last row. KGQ_DATA for an unknown variable and for a second binding. Copies the term. */
kgq_status results_bind(results *r, kgq_str name, const kg_term *term, kgq_error **err);
/* For people: a line a row. */
kgq_status results_print(const results *r, kg_buf *out, kgq_error **err);

/* format: "srx" or "xml", "srj" or "json", "tsv", "csv" (whose fields are kept as written). */
kgq_status results_read(results *r, kgq_str text, const char *format, kgq_error **err);
kgq_status results_read_json(results *r, kgq_str text, kgq_error **err);
kgq_status results_read_xml(results *r, kgq_str text, kgq_error **err);
/* The one term in a text of N-Triples (KG_FORMAT_NT) or Turtle (KG_FORMAT_TTL). Strings in the arena. */
kgq_status results_read_term(kgq_str text, kg_format format, kg_arena *arena, kg_term *out, kgq_error **err);

typedef enum {
  COMPARE_BAG,   /* the same solutions as often, in any order */
  COMPARE_ORDER, /* row by row */
  COMPARE_LAX    /* REDUCED: each at least once, and not more often (SPARQL 1.2 Query, section 15.4) */
} compare_mode;
/* Numbers that are no integers in one form a value: for expected files that write computed numbers as they
 * like. */
kgq_status results_settle_numbers(results *r, kgq_error **err);
/* Term-exact, but for one renaming of blank nodes over all rows and the case of language tags. Variables are
 * a set. */
bool results_same(const results *got, const results *expected, compare_mode mode);

#endif
