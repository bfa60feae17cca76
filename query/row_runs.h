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
/* How many bytes an operator that now holds `own` bytes may hold before it should spill. */
size_t kg_row_runs_room(const kg_run *run, size_t own);

/* Rows of `width` ids; `what` names the work in messages: "a sort". */
kgq_status kg_row_runs_new(kg_run *run, uint32_t width, const char *what, kg_row_compare_fn compare,
                           void *arg, kg_row_runs **out, kgq_error **err);
void kg_row_runs_free(kg_row_runs *r); /* NULL is fine */
/* A new run begins; then its rows in order; then the next run or the merge. */
kgq_status kg_row_runs_begin(kg_row_runs *r, kgq_error **err);
kgq_status kg_row_runs_add(kg_row_runs *r, const kg_id *row, kgq_error **err);
/* No more are added. `keys`: columns whose terms the comparison reads, for reading them many at once. */
kgq_status kg_row_runs_merge(kg_row_runs *r, const uint32_t *keys, uint32_t key_count, kgq_error **err);
/* The next row in order, valid until the next call; NULL: the end. */
kgq_status kg_row_runs_next(kg_row_runs *r, const kg_id **row, kgq_error **err);
uint32_t kg_row_runs_count(const kg_row_runs *r);
uint64_t kg_row_runs_bytes(const kg_row_runs *r); /* of the file */

#endif
