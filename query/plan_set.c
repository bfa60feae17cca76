/* query/plan_set.c: small tools of the planner: sets of variables, columns of given ones, conditions ?a = ?b
 * that can choose candidates, and how many rows a goal reads. */
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

bool kg_plan_is_equality(const kg_expr *expr, kg_var *a, kg_var *b) {
  const kg_expr *left = expr->args, *right = left ? left->next : NULL;
  if (expr->kind != KG_EXPR_EQUAL || !right || left->kind != KG_EXPR_VAR || right->kind != KG_EXPR_VAR) {
    return false;
  }
  *a = left->var;
  *b = right->var;
  return *a != *b;
}

kgq_status kg_plan_fill_given(const kg_planner *p, kg_op **op, kgq_error **err) {
  const kg_op *bare = *op;
  const double cost = bare->cost, rows = bare->estimate;
  for (uint32_t i = 0; i < bare->var_count; i++) {
    const kg_var v = bare->vars[i];
    if (kg_frame_gives(p->frame, v) && !kg_set_has(bare->certain, v)) {
      KGQ_TRY(kg_make_same(p->run, p->frame, *op, v, v, op, err));
      (*op)->cost = cost + rows;
    }
  }
  return KGQ_OK;
}

/* What is not certain here may get its value from an input that is joined later. */
static bool only_in(const kg_op *op, const kg_op *other, kg_var v) {
  return kg_op_column(op, v) != UINT32_MAX && kg_set_has(op->certain, v) &&
         kg_op_column(other, v) == UINT32_MAX;
}

kgq_status kg_plan_equal_pairs(const kg_planner *p, const kg_op *left, const kg_op *right,
                               const kg_expr *const *exprs, const bool *skip, uint32_t count,
                               kg_join_spec *spec, kgq_error **err) {
  kg_var *vars = (kg_var *)kg_arena_zero(p->run->arena, 2 * ((size_t)count + 1) * sizeof(kg_var));
  if (!vars) {
    return kg_fail_memory(err);
  }
  uint32_t n = 0;
  for (uint32_t i = 0; i < count && !kg_run_off(p->run, KG_OFF_EQUAL_KEYS); i++) {
    kg_var a = KG_NO_VAR, b = KG_NO_VAR;
    if ((skip && skip[i]) || !kg_plan_is_equality(exprs[i], &a, &b)) {
      continue;
    }
    const bool forward = only_in(left, right, a) && only_in(right, left, b);
    if (forward || (only_in(left, right, b) && only_in(right, left, a))) {
      vars[n] = forward ? a : b;
      vars[count + 1 + n++] = forward ? b : a;
    }
  }
  spec->equal_left = vars;
  spec->equal_right = vars + count + 1;
  spec->equal_count = n;
  return KGQ_OK;
}

double kg_plan_rows_read(const kg_planner *p, double rows) {
  return p->goal < rows / KG_GOAL_MARGIN ? p->goal * KG_GOAL_MARGIN : rows;
}

kgq_status kg_plan_all(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out, kgq_error **err) {
  const double goal = p->goal, values = p->values;
  p->goal = p->values = KG_ALL_ROWS;
  KGQ_TRY(p->node(p, alg, needed, out, err));
  p->goal = goal;
  p->values = values;
  return KGQ_OK;
}
