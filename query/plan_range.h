/* query/plan_range.h: conditions on a pattern's variable as ranges of ids.
 *
 * Called by plan_join.c for each pattern with the filters of its join. What it finds goes into the leaf; the
 * scan passes over the rest, the filter stays and decides. Reads the dictionary's index, no triples.
 */
#ifndef KG_QUERY_PLAN_RANGE_H
#define KG_QUERY_PLAN_RANGE_H

#include "query/estimate.h"
#include "query/plan.h"

/* Sets leaf->ranges, and takes from the estimate what they leave out. `exprs` hold of every solution that the
 * pattern is part of. */
kgq_status kg_plan_ranges(const kg_planner *p, const kg_expr *const *exprs, uint32_t count, kg_leaf *leaf,
                          kg_estimate *estimate, kgq_error **err);

#endif
