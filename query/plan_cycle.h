/* query/plan_cycle.h: patterns of a join that form a cycle.
 *
 * Called by plan_join.c, which compares the cost with that of joining two at a time. Reads no data.
 */
#ifndef KG_QUERY_PLAN_CYCLE_H
#define KG_QUERY_PLAN_CYCLE_H

#include "query/ops.h"
#include "query/order.h"

/* Variables of a cycle, at most: their orders are all tried. */
#define KG_CYCLE_VARS 7

/* Estimates of cycles are rough: by so much a leapfrog join must be the cheaper one. */
#define KG_CYCLE_MARGIN 2.0

typedef struct kg_cycle {
  bool found;
  const bool *members; /* by input */
  const kg_leaf **leaves;
  uint32_t leaf_count;
  kg_var vars[KG_CYCLE_VARS]; /* in the order to join by */
  uint32_t var_count;
  double rows, cost;
} kg_cycle;

/* The cost of `step`, with what merge joins of many rows cost in a cycle. */
double kg_cycle_pairwise(const kg_step *step);
kgq_status kg_plan_cycle(kg_run *run, const kg_frame *frame, const kg_input *inputs, uint32_t count,
                         kg_cycle *out, kgq_error **err);

#endif
