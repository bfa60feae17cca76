/* query/plan_equal.h: variables with one value, and two with the same. Called by plan_join.c before it looks
 * for an order. */
#ifndef KG_QUERY_PLAN_EQUAL_H
#define KG_QUERY_PLAN_EQUAL_H

#include "query/order.h"
#include "query/plan.h"

/* Variables of the pattern that a part of its join, VALUES of one row, binds become constants; `fixed` gets
 * them. */
kgq_status kg_plan_fix_values(const kg_planner *p, kg_alg *const *parts, uint32_t count, kg_leaf *leaf,
                              uint64_t *fixed, kgq_error **err);

/* For a condition ?keep = ?drop on the join of the inputs: *done if it is the same as binding `keep` wherever
 * an input bound `drop`, and that has been done. The result does not have `drop` then. */
kgq_status kg_plan_replace_equal(const kg_planner *p, kg_input *inputs, uint32_t count, kg_var keep,
                                 kg_var drop, bool *done, kgq_error **err);

#endif
