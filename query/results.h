/* query/results.h: the results of a statement as JSON, XML, CSV or TSV (SPARQL 1.2 results), as N-Triples or
 * Turtle.
 *
 * results.c runs the statement through the public functions and drives one format; the formats only write.
 * Private to query/results*.c: everybody else calls kgq_write_results.
 */
#ifndef KG_QUERY_RESULTS_H
#define KG_QUERY_RESULTS_H

#include "graph/writer.h"
#include "query/cells.h"

typedef struct kg_results {
  kgq_stmt *stmt;
  kg_out out;
  int column_count;
  uint64_t row_count; /* rows written so far */
  kg_cells cells;     /* the window of rows at hand */
  kg_terms *terms;    /* of the rows */
  kg_arena labels_arena;
  kgq_str *labels; /* what a format writes before the value of a column, if it prepared that */
} kg_results;

typedef struct kg_result_format {
  const char *name;
  kgq_status (*begin)(kg_results *r, kgq_error **err);           /* head and what opens the rows */
  kg_print_fn cell;                                              /* a value */
  kgq_status (*row)(kg_results *r, size_t row, kgq_error **err); /* of the window, from its cells */
  kgq_status (*end)(kg_results *r, kgq_error **err);
  kgq_status (*boolean)(kg_results *r, bool answer, kgq_error **err); /* the whole document of ASK */
} kg_result_format;

extern const kg_result_format kg_results_json, kg_results_jsonl, kg_results_xml, kg_results_csv,
    kg_results_tsv;

/* results_term.c. The next rows into r->cells: KGQ_ROW, KGQ_DONE or why not. */
kgq_status kg_results_window(kg_results *r, kg_print_fn cell, kgq_error **err);
/* Is there a value in the column of a row? */
static inline bool kg_results_has(const kg_results *r, int column, size_t row) {
  return kg_cells_at(&r->cells, (uint32_t)column, row) != r->cells.cells;
}
/* The value as it was printed. */
kgq_status kg_results_cell(kg_results *r, int column, size_t row, kgq_error **err);
/* All values with a byte between them and `end` behind. */
kgq_status kg_results_line(kg_results *r, size_t row, char between, kgq_str end, kgq_error **err);
/* Keeps what is in `text` as r->labels[column]. */
kgq_status kg_results_label(kg_results *r, int column, const kg_buf *text, kgq_error **err);
/* The term in a column of the row stepped to; kind NONE: unbound. It lives until the next row. */
kgq_status kg_results_term(kg_results *r, int column, kg_term *out, kgq_error **err);
/* Tells a Turtle writer the stored prefixes; it prints those it uses. */
kgq_status kg_results_prefixes(const kgq_stmt *stmt, kg_turtle_writer *writer, kgq_error **err);
kgq_status kg_results_add(kg_results *r, const char *text, kgq_error **err);

#endif
