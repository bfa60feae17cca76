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

/* Where records go: one of the three. With `replace` the changes are all there is: stored blocks and delta
 * are not looked at. */
typedef struct kg_sink {
  kg_store_batch *batch;
  kg_store_file *file;
  struct kg_replace *replace;
} kg_sink;
kgq_status kg_sink_put(kg_sink *sink, kgq_str key, kgq_str value, kgq_error **err);
kgq_status kg_sink_delete(kg_sink *sink, kgq_str key, kgq_error **err);

/* Changes: quads as four words, a delete flagged with KG_OP_DELETE in the graph's word; sorted in the order
 * of the permutation. */
typedef struct kg_row_source {
  const uint64_t *words;
  size_t count; /* of quads at hand */
  /* More of them, into words and count; count 0: the end. NULL: there are no more. */
  kgq_status (*refill)(void *arg, const uint64_t **words, size_t *count, kgq_error **err);
  void *arg;
  bool permuted; /* the words stand in the order of the permutation, not as s, p, o, g */
} kg_row_source;

/* Who hears how many changes are written, of all permutations together. */
typedef struct kg_written {
  kgq_status (*tell)(void *arg, uint64_t done, uint64_t total, kgq_error **err);
  void *arg;
  uint64_t done, total;
} kg_written;

typedef struct kg_merge_spec {
  kg_perm perm;
  kg_row_source rows;
  bool named_only;       /* leave out the default graph */
  uint64_t delta_limit;  /* most delta keys to fold (0: all) ... */
  kg_row delta_from;     /* ... from this row on */
  kg_sink blocks, delta; /* delta: for deletes of folded keys */
  kg_written *written;   /* NULL: nobody */
} kg_merge_spec;

typedef struct kg_merge_result {
  uint64_t folded;      /* delta keys */
  kg_row last;          /* of the last of them */
  uint64_t replaced;    /* rows of the blocks that were written anew */
  bool delta_exhausted; /* none is left behind it */
} kg_merge_result;

kgq_status kg_merge_run(kg_snap *snap, const kg_merge_spec *spec, kg_cancel *cancel, kg_merge_result *result,
                        kgq_error **err);

#endif
