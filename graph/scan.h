/* graph/scan.h: reading a permutation: rows under a prefix, in order, as columns of ids; and counting them.
 *
 * Merges base blocks, the delta and a transaction's overlay; skips the delta when it is empty. Returns
 * batches and can jump forward. Does not choose permutations (perm.h) or join (query/).
 *
 * Ownership: a scan belongs to its caller and keeps nothing alive: drop it before its snapshot. One thread.
 */
#ifndef KG_GRAPH_SCAN_H
#define KG_GRAPH_SCAN_H

#include "graph/db.h"
#include "graph/perm.h"

typedef struct kg_scan kg_scan;

typedef struct kg_scan_spec {
  kg_perm perm;
  unsigned prefix_length; /* 0..4 leading columns that are fixed ... */
  kg_id prefix[4];        /* ... to these, in the order of the permutation */
  kg_id low, high;        /* inclusive range of the column behind the prefix; high 0: no range */
  bool distinct;          /* only the first of rows with equal first three columns: the union default graph */
} kg_scan_spec;

kgq_status kg_scan_open(kg_snap *snap, const kg_scan_spec *spec, kg_cancel *cancel, kg_scan **out,
                        kgq_error **err);
/* Up to `capacity` rows into the given columns (in the order of the permutation; NULL: not wanted). *count 0:
 * the end. */
kgq_status kg_scan_next(kg_scan *scan, kg_id *const columns[4], uint32_t capacity, uint32_t *count,
                        kgq_error **err);
/* Forward to the first row >= row (never back). Cheap when it is near: looks in the block at hand first. */
kgq_status kg_scan_seek(kg_scan *scan, const kg_row *row, kgq_error **err);
/* Forward: closes nothing, begins again with another prefix on the same permutation (index look-ups in
 * batches). */
kgq_status kg_scan_restart(kg_scan *scan, const kg_scan_spec *spec, kgq_error **err);
void kg_scan_close(kg_scan *scan);

/* Exact number of rows that the spec would give, from block headers and skip indexes where possible. */
kgq_status kg_scan_count(kg_snap *snap, const kg_scan_spec *spec, uint64_t *out, kgq_error **err);
/* For the planner: exact for up to a few hundred blocks, by stored bytes beyond. */
kgq_status kg_scan_estimate(kg_snap *snap, const kg_scan_spec *spec, uint64_t *out, kgq_error **err);
/* Is there a row? */
kgq_status kg_scan_exists(kg_snap *snap, const kg_scan_spec *spec, bool *out, kgq_error **err);

/* The named graphs that have quads, in id order, with their quad counts. */
typedef kgq_status (*kg_graph_fn)(void *arg, kg_id graph, uint64_t quads, kgq_error **err);
kgq_status kg_graphs(kg_snap *snap, kg_graph_fn fn, void *arg, kgq_error **err);
kgq_status kg_graph_count(kg_snap *snap, kg_id graph, uint64_t *quads,
                          kgq_error **err); /* DEFAULT_GRAPH too */

#endif
