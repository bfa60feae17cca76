/* query/row_runs.h: sorted runs of rows of ids in a temporary file, and merging them.
 *
 * What sorts and sets put aside when a statement's memory budget does not hold them: runs are written one
 * after the other, each sorted by the owner's comparison, and then read together in that order. Rows lie in
 * small blocks as differences from the row before, which for sorted ids is a fourth of their size.
 *
 * The file has no name (core/spill.h), so it is gone with the statement however that ends. How large it may
 * grow is in core/limits.h. One thread.
 */
#ifndef KG_QUERY_ROW_RUNS_H
#define KG_QUERY_ROW_RUNS_H

#include "query/op.h"

typedef struct kg_row_runs kg_row_runs;

typedef kgq_status (*kg_row_compare_fn)(void *arg, const kg_id *a, const kg_id *b, int *out, kgq_error **err);

/* May a statement spill at all? Not in a database that lies in memory, where it would gain nothing. */
bool kg_row_runs_possible(const kg_run *run);
/* What others leave of the budget for all that an operator holds, or what it may take without a budget. Half
 * of it is for rows: the rest is for the terms that comparing reads, for growing, and for who comes later. */
size_t kg_row_runs_left(const kg_op *op);
/* That half, for who holds `own` bytes. */
size_t kg_row_runs_room(const kg_run *run, size_t own);
/* Is one of the `parts` tables of an operator too large, with `bytes`, to take more rows? */
bool kg_row_runs_full(const kg_op *op, size_t bytes, uint32_t parts);

/* Rows of `width` ids for `op`, whose memory it takes; `what` names the work in messages: "a sort". */
kgq_status kg_row_runs_new(kg_op *op, uint32_t width, const char *what, kg_row_compare_fn compare, void *arg,
                           kg_row_runs **out, kgq_error **err);
void kg_row_runs_free(kg_row_runs *r); /* NULL is fine */
/* A new run begins; then its rows in order; then the next run or the merge. */
kgq_status kg_row_runs_begin(kg_row_runs *r, kgq_error **err);
kgq_status kg_row_runs_add(kg_row_runs *r, const kg_id *row, kgq_error **err);
/* No more are added. `keys`: columns whose terms the comparison reads, for reading them many at once. */
kgq_status kg_row_runs_merge(kg_row_runs *r, const uint32_t *keys, uint32_t key_count, kgq_error **err);
/* The next row in order, valid until the next call; NULL: the end. */
kgq_status kg_row_runs_next(kg_row_runs *r, const kg_id **row, kgq_error **err);

#endif
