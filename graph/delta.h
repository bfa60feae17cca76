/* graph/delta.h: the delta of a database in memory, beside its keys in the store.
 *
 * A seek among delta keys costs the store some ten microseconds, a step a fifth of one. Where many are asked
 * for, the changes of a permutation are held as a few sorted runs, newest last, each more than twice as long
 * as the next: a commit adds one and merges what has become too small. scan_delta.c reads them, txn_small.c
 * and fold.c keep them up. Whatever does not fit or cannot be had is done without: the store has it all.
 * The log (log.h) has views of its own, of what is not among the delta keys yet.
 *
 * Ownership: a view is counted, stands still, and outlives its snapshot. Threads: any.
 */
#ifndef KG_GRAPH_DELTA_H
#define KG_GRAPH_DELTA_H

#include "graph/overlay.h"

#define KG_DELTA_RUNS 24

typedef struct kg_delta_run {
  atomic_int refs;
  size_t count, capacity;
  size_t zeros;      /* items that say that a row is not there; set by who fills the run */
  kg_change items[]; /* sorted by row, no row twice */
} kg_delta_run;

/* Of equal rows of two runs the newer takes the older back; of three the newest stands. */
typedef struct kg_delta_view {
  atomic_int refs;
  const kgq_allocator *allocator;
  unsigned run_count;
  kg_delta_run *runs[KG_DELTA_RUNS]; /* oldest first */
} kg_delta_view;

/* NULL: no memory. */
kg_delta_run *kg_delta_run_new(const kgq_allocator *a, size_t capacity);
/* Before anybody else has it: only the first `count` items stay. */
void kg_delta_run_cut(const kgq_allocator *a, kg_delta_run **run, size_t count);
void kg_delta_run_sort(kg_delta_run *run);
/* The first item from `from` on that is not before the row; the count: there is none. */
size_t kg_delta_run_find(const kg_delta_run *run, size_t from, const kg_row *row);
void kg_delta_run_count(kg_delta_run *run);                        /* sets zeros */
void kg_delta_run_drop(const kgq_allocator *a, kg_delta_run *run); /* NULL is fine */

/* A view of the same runs; NULL: of none. NULL is returned where there is no memory, by these all. */
kg_delta_view *kg_delta_view_new(const kgq_allocator *a, const kg_delta_view *like);
/* The view with one run more, which is taken over even if that fails. */
kg_delta_view *kg_delta_view_add(const kgq_allocator *a, const kg_delta_view *old, kg_delta_run *run);
/* All runs in one. */
kg_delta_view *kg_delta_view_merged(const kgq_allocator *a, const kg_delta_view *old);
/* The same without so many rows from `from` on. */
kg_delta_view *kg_delta_view_without(const kgq_allocator *a, const kg_delta_view *old, const kg_row *from,
                                     uint64_t gone_rows);
kg_delta_view *kg_delta_hold(kg_delta_view *view);
void kg_delta_drop(kg_delta_view *view); /* NULL is fine */
/* Does it say of any row that it is not there? */
bool kg_delta_has_zeros(const kg_delta_view *view);
/* Does it change this row? */
bool kg_delta_has(const kg_delta_view *view, const kg_row *row);

/* The view of a snapshot's delta keys, or NULL: it is not in memory. `uses` seeks and steps have been made
 * without it; when they have come to more than loading costs, it is loaded. Damage is found by who reads the
 * store. */
kg_delta_view *kg_delta_take(kg_snap *snap, kg_perm perm, uint64_t uses);

typedef struct kg_delta kg_delta;
/* Commit `after` changed delta keys, the first to do so since `before`: runs[perm], taken over, are its
 * changes; NULL: none in that permutation. `counts`: those before it. */
void kg_delta_committed(kgq_db *db, const kg_counts *counts, uint64_t before, uint64_t after,
                        kg_delta_run *runs[KG_PERM_COUNT]);
/* The commit after `before` folded `folded` rows of one permutation, those from `from` on. */
void kg_delta_folded(kgq_db *db, uint64_t before, kg_perm perm, const kg_row *from, uint64_t folded);
/* Gives the memory back: the delta was rewritten. */
void kg_delta_forget(kgq_db *db);

#endif
