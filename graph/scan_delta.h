/* graph/scan_delta.h: a cursor over what differs from the blocks: delta keys and a transaction's overlay.
 *
 * The other lower half of scan.c. Shows one change at a time in row order; where delta and overlay both name
 * a row, the overlay stands. Does not look at blocks.
 */
#ifndef KG_GRAPH_SCAN_DELTA_H
#define KG_GRAPH_SCAN_DELTA_H

#include "graph/delta.h"
#include "graph/overlay.h"
#include "graph/scan_base.h"

typedef struct kg_changes {
  kg_snap *snap;
  kg_perm perm;
  kg_store_iter *iter; /* over the delta keys in the store; NULL: there are none, or they are in memory */
  kg_delta_view *view; /* in memory */
  const kg_delta_view *log;                    /* what the log changes (log.h); NULL: there is none */
  const kg_delta_run *runs[2 * KG_DELTA_RUNS]; /* of both, oldest first */
  size_t at[2 * KG_DELTA_RUNS];
  unsigned run_count;
  bool has_stored;  /* the iterator is at a key ... */
  kg_change stored; /* ... which is this */
  uint64_t uses;    /* seeks and steps of the iterator */
  const kg_change *overlay;
  size_t overlay_at, overlay_count;
  kg_bounds bounds;
  bool in_delta; /* delta_row is the next of the delta */
  kg_change delta;
  bool valid; /* the change at hand */
  kg_change now;
  int difference; /* to the number of block rows: -1, 0 (an overlay takes a delta row back) or 1 */
} kg_changes;

/* Are there delta keys of that permutation's kind, or changes in the log? */
bool kg_delta_any(const kg_snap *snap, kg_perm perm);
kgq_status kg_changes_open(kg_changes *c, kg_snap *snap, kg_perm perm, kgq_error **err);
void kg_changes_close(kg_changes *c); /* fine on a zeroed one */
kgq_status kg_changes_bind(kg_changes *c, const kg_bounds *bounds, kgq_error **err);
kgq_status kg_changes_seek(kg_changes *c, const kg_row *row, kgq_error **err);
kgq_status kg_changes_next(kg_changes *c, kgq_error **err);
/* Could there ever be a change? Then scans must compare whole rows. */
static inline bool kg_changes_possible(const kg_changes *c) {
  return c->iter || c->run_count > 0 || c->overlay_count > 0;
}

#endif
