/* graph/bulk_merge.h: rewrites the blocks of one permutation that changes touch, as a stream.
 *
 * Used by large commits (net rows and the whole delta) and by folds (a slice of the delta). Reads touched
 * blocks once, in order, and puts new blocks, deletes of replaced ones and deletes of folded delta keys into
 * sinks in rising key order. Memory: two blocks of rows. Does not commit, and does not count quads: changes
 * are known net effects.
 */
#ifndef KG_GRAPH_BULK_MERGE_H
#define KG_GRAPH_BULK_MERGE_H

#include "graph/scan_base.h"
#include "graph/scan_delta.h"

/* Where records go: one of the two. */
typedef struct kg_sink {
  kg_store_batch *batch;
  kg_store_file *file;
} kg_sink;
kgq_status kg_sink_put(kg_sink *sink, kgq_str key, kgq_str value, kgq_error **err);
kgq_status kg_sink_delete(kg_sink *sink, kgq_str key, kgq_error **err);

typedef struct kg_merge_spec {
  kg_perm perm;
  const uint64_t
      *words; /* changes: quads in the order of `perm`, deletes flagged with KG_OP_DELETE in word 3 */
  size_t count;
  bool named_only;       /* leave out the default graph */
  uint64_t delta_limit;  /* most delta keys to fold (0: all) */
  kg_sink blocks, delta; /* delta: for deletes of folded keys */
} kg_merge_spec;

typedef struct kg_merge_result {
  uint64_t folded;      /* delta keys */
  bool delta_exhausted; /* none is left */
} kg_merge_result;

kgq_status kg_merge_run(kg_snap *snap, const kg_merge_spec *spec, kg_cancel *cancel, kg_merge_result *result,
                        kgq_error **err);

#endif
