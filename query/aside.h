/* query/aside.h: rows that an operator puts aside and gets back sorted by the ids of some columns.
 *
 * What a set or a table of groups has no room for: they are kept in memory as long as that holds them, and go
 * to a temporary file in sorted runs (row_runs.h) beyond. Rows with equal keys come back in the order in
 * which they were put aside. The order of ids means nothing but that equal ones lie side by side.
 *
 * Ownership: memory is the operator's (op->memory). One thread.
 */
#ifndef KG_QUERY_ASIDE_H
#define KG_QUERY_ASIDE_H

#include "query/row_runs.h"

/* With KG_OFF_SORT_MEMORY: rows that stay in memory. */
#define KG_FEW_ROWS 5u

typedef struct kg_aside kg_aside;

typedef struct kg_aside_spec {
  uint32_t width;
  uint32_t first, key_count; /* columns to sort by */
  bool once;                 /* of rows with equal keys only the first */
  size_t bytes_max;          /* of rows in memory */
  const char *what;          /* in messages: "DISTINCT" */
} kg_aside_spec;

kgq_status kg_aside_new(kg_op *op, const kg_aside_spec *spec, kg_aside **out, kgq_error **err);
void kg_aside_free(kg_aside *a); /* NULL is fine */
kgq_status kg_aside_add(kg_aside *a, const kg_id *row, kgq_error **err);
/* Nothing happens to it for a while: where rows are on disk already, the others go there too. */
kgq_status kg_aside_rest(kg_aside *a, kgq_error **err);
/* No more are added. */
kgq_status kg_aside_sort(kg_aside *a, kgq_error **err);
/* The next row, valid until the next call; NULL: the end. Asks the deadline now and then. */
kgq_status kg_aside_next(kg_aside *a, const kg_id **row, kgq_error **err);

#endif
