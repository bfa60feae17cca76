/* query/plan_equal.h: ?a = ?b as one variable. Called by plan_join.c before it looks for an order. */
#ifndef KG_QUERY_PLAN_EQUAL_H
#define KG_QUERY_PLAN_EQUAL_H

#include "query/order.h"
#include "query/plan.h"

/* For a condition ?keep = ?drop on the join of the inputs: *done if it is the same as binding `keep` wherever
 * an input bound `drop`, and that has been done. The result does not have `drop` then. */
kgq_status kg_plan_replace_equal(const kg_planner *p, kg_input *inputs, uint32_t count, kg_var keep,
                                 kg_var drop, bool *done, kgq_error **err);

#endif
