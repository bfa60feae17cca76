/* graph/delta.h: the delta of a database in memory, beside its keys in the store.
 *
 * A seek among delta keys costs the store some ten microseconds, a step a fifth of one. Where many are asked
 * for, the changes of a permutation are held as a few sorted runs, newest last, each more than twice as long
 * as the next: a commit adds one and merges what has become too small. scan_delta.c reads them, txn_commit.c
 * and fold.c keep them up. Whatever does not fit or cannot be had is done without: the store has it all.
 *
 * Ownership: a view is counted, stands still, and outlives its snapshot. Threads: any.
 */
#ifndef KG_GRAPH_DELTA_H
#define KG_GRAPH_DELTA_H

#include "graph/overlay.h"

#define KG_DELTA_RUNS 24
#define KG_DELTA_GONE 2 /* in kg_change.present: what older runs say of this row is no longer so */

typedef struct kg_delta_run {
  atomic_int refs;
  size_t count, capacity;
  size_t zeros;      /* items that say that a row is not there; set by who fills the run */
  kg_change items[]; /* sorted by row, no row twice */
} kg_delta_run;

typedef struct kg_delta_view {
  atomic_int refs;
  const kgq_allocator *allocator;
  unsigned run_count;
  kg_delta_run *runs[KG_DELTA_RUNS]; /* oldest first; of equal rows the newest stands */
} kg_delta_view;

/* The view of a snapshot's delta, or NULL: it is not in memory. `uses` seeks and steps have been made without
 * it; when they have come to more than loading costs, it is loaded. Damage is found by who reads the store.
 */
kg_delta_view *kg_delta_take(kg_snap *snap, kg_perm perm, uint64_t uses);
void kg_delta_drop(kg_delta_view *view); /* NULL is fine */
/* Does it say of any row that it is not there? */
bool kg_delta_has_zeros(const kg_delta_view *view);
/* What the view says of a row: 0, 1, or KG_DELTA_GONE for nothing. */
unsigned kg_delta_state(const kg_delta_view *view, const kg_row *row);

typedef struct kg_delta kg_delta;
/* Room for the changes of a commit; NULL: no memory, then the permutation is forgotten. */
kg_delta_run *kg_delta_run_new(kgq_db *db, size_t capacity);
void kg_delta_run_cut(kgq_db *db, kg_delta_run **run, size_t count); /* before anybody else has it */
void kg_delta_run_drop(kgq_db *db, kg_delta_run *run);               /* NULL is fine */
/* Commit `before` was followed by the next one: runs[perm], taken over, are its changes;
 * NULL: none in that permutation. `counts`: those before it. */
void kg_delta_committed(kgq_db *db, const kg_counts *counts, uint64_t before,
                        kg_delta_run *runs[KG_PERM_COUNT]);
/* The same where a fold took `folded` rows of one permutation away, those from `from` on. */
void kg_delta_folded(kgq_db *db, uint64_t before, kg_perm perm, const kg_row *from, uint64_t folded);
/* Gives the memory back: the delta was rewritten. */
void kg_delta_forget(kgq_db *db);

#endif
