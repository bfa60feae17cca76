/* query/results.h: the results of a statement as JSON, XML, CSV or TSV (SPARQL 1.2 results), as N-Triples or
 * Turtle.
 *
 * results.c runs the statement through the public functions and drives one format; the formats only write.
 * Private to query/results*.c: everybody else calls kgq_write_results.
 */
#ifndef KG_QUERY_RESULTS_H
#define KG_QUERY_RESULTS_H

#include "graph/writer.h"

typedef struct kg_results {
  kgq_stmt *stmt;
  kg_out out;
  int column_count;
  uint64_t row_count; /* rows written so far */
} kg_results;

typedef struct kg_result_format {
  const char *name;
  kgq_status (*begin)(kg_results *r, kgq_error **err); /* head and what opens the rows */
  kgq_status (*row)(kg_results *r, kgq_error **err);
  kgq_status (*end)(kg_results *r, kgq_error **err);
  kgq_status (*boolean)(kg_results *r, bool answer, kgq_error **err); /* the whole document of ASK */
} kg_result_format;

extern const kg_result_format kg_results_json, kg_results_xml, kg_results_csv, kg_results_tsv;

/* The term in a column of the row; kind NONE: unbound. It lives until the next row. */
kgq_status kg_results_term(kg_results *r, int column, kg_term *out, kgq_error **err);
/* Tells a Turtle writer the stored prefixes; it prints those it uses. */
kgq_status kg_results_prefixes(const kgq_stmt *stmt, kg_turtle_writer *writer, kgq_error **err);
kgq_status kg_results_add(kg_results *r, const char *text, kgq_error **err);

#endif
