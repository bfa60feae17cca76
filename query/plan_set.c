/* query/plan_set.c: sets of variables while planning: what is wanted of a node. */
#include "query/plan.h"

uint64_t *kg_plan_union(const kg_planner *p, const uint64_t *a, const uint64_t *b, kgq_error **err) {
  uint64_t *set = kg_run_set(p->run, err);
  if (set) {
    kg_set_or(set, a, p->words);
    if (b) {
      kg_set_or(set, b, p->words);
    }
  }
  return set;
}

void kg_plan_expr_vars(const kg_planner *p, const kg_expr *const *exprs, uint32_t count, uint64_t *set) {
  for (uint32_t i = 0; i < count; i++) {
    kg_expr_vars(p->run->algebra, exprs[i], set);
  }
}
