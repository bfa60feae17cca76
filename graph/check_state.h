/* graph/check_state.h: what the files of the check share; nobody else includes it.
 *
 *   check.c        the order of the walk, counts, graphs, the public function
 *   check_rows.c   blocks, delta and the rows of each permutation
 *   check_names.c  the index of names against the quads
 */
#ifndef KG_GRAPH_CHECK_STATE_H
#define KG_GRAPH_CHECK_STATE_H

#include "graph/check.h"
#include "graph/overlay.h"

typedef struct kg_check_state {
  kg_snap *snap;
  kg_report_fn report;
  void *arg;
  kg_cancel *cancel;
  uint64_t findings;
} kg_check_state;

/* What one permutation holds. */
typedef struct kg_check_sum {
  uint64_t rows, sum;             /* sum of hashes of logical quads: the same in every order */
  uint64_t named_rows, named_sum; /* of those in named graphs */
  uint64_t triples;               /* changes of the first three columns */
  uint64_t delta_rows;
} kg_check_sum;

void kg_check_report(kg_check_state *c, const char *format, ...) KG_PRINTF(2, 3);
/* Damage becomes a finding (KGQ_OK then), other failures pass through. Takes `found` over. */
kgq_status kg_check_found(kg_check_state *c, kgq_status st, kgq_error *found, kgq_error **err);

kgq_status kg_check_rows(kg_check_state *c, kg_perm perm, kg_check_sum *out, kgq_error **err);
kgq_status kg_check_names(kg_check_state *c, kgq_error **err);

#endif
