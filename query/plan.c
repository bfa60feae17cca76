/* query/plan.c: each kind of algebra node to its operator. See plan.h. */
#include "query/plan.h"

#include <assert.h>

/* Half of the rows pass a condition, as far as is known. */
#define ROWS_A_RESULT 2.0
/* The first batch of an operator has at least so many rows. */
#define FIRST_ROWS_LEAST 16.0

static void add_work(kg_op *op, const kg_op *child, double per_row) {
  op->cost = child->cost + child->estimate * per_row;
  op->startup = child->startup;
}

/* Nothing comes out before all is read. */
static void add_work_first(kg_op *op, const kg_op *child, double per_row) {
  add_work(op, child, per_row);
  op->startup = op->cost;
}

/* ---- nodes that hold others --------------------------------------------------------------------- */

/* Nodes that a join can be made of, also a join of one: the join planner finds their place. */
static bool joins(const kg_alg *alg) {
  const int kind = (int)alg->kind;
  return kind == KG_ALG_UNIT || kind == KG_ALG_TRIPLE || kind == KG_ALG_TERM || kind == KG_ALG_PATH ||
         kind == KG_ALG_MATCHES || kind == KG_ALG_GRAPHS || kind == KG_ALG_VALUES || kind == KG_ALG_JOIN;
}

static bool any_exists(const kg_alg *filter) {
  for (uint32_t i = 0; i < filter->expr_count; i++) {
    if (kg_expr_has_exists(filter->exprs[i])) {
      return true;
    }
  }
  return false;
}

/* A filter goes to the join planner with what it filters: with a join, or, for EXISTS, with a join of one. */
static kgq_status plan_filter(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                              kgq_error **err) {
  kg_alg *child = alg->children[0];
  if (joins(child) || (any_exists(alg) && !p->seed)) {
    return kg_plan_join(p, child, alg->exprs, alg->expr_count, needed, out, err);
  }
  uint64_t *wanted = kg_plan_union(p, needed, NULL, err);
  if (!wanted) {
    return KGQ_NOMEM;
  }
  kg_op *op = NULL;
  kg_plan_expr_vars(p, alg->exprs, alg->expr_count, wanted);
  p->goal *= ROWS_A_RESULT;
  KGQ_TRY(p->node(p, child, wanted, &op, err));
  KGQ_TRY(kg_make_filter(p->run, p->frame, op, alg->exprs, alg->expr_count, out, err));
  add_work(*out, op, 2);
  return KGQ_OK;
}

static kgq_status plan_union(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                             kgq_error **err) {
  kg_seed *seed = p->seed;
  double cost = 0;
  kg_op **children = (kg_op **)kg_arena_zero(p->run->arena, ((size_t)alg->child_count + 1) * sizeof(kg_op *));
  if (!children) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < alg->child_count; i++) {
    p->seed = seed;
    p->most = UINT64_MAX;
    KGQ_TRY(p->node(p, alg->children[i], needed, &children[i], err));
    cost += children[i]->cost;
  }
  KGQ_TRY(kg_make_union(p->run, p->frame, children, alg->child_count, out, err));
  (*out)->cost = cost;
  (*out)->startup = alg->child_count ? children[0]->startup : 0;
  return kg_plan_fill_given(p, out, err);
}

static kgq_status plan_extend(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                              kgq_error **err) {
  kg_op *child = NULL;
  if (!kg_set_has(needed, alg->var) && !kg_run_off(p->run, KG_OFF_PRUNE)) {
    return p->node(p, alg->children[0], needed, out, err);
  }
  uint64_t *wanted = kg_plan_union(p, needed, NULL, err);
  if (!wanted) {
    return KGQ_NOMEM;
  }
  kg_expr_vars(p->run->algebra, alg->expr, wanted);
  kg_set_remove(wanted, alg->var);
  KGQ_TRY(p->node(p, alg->children[0], wanted, &child, err));
  KGQ_TRY(kg_make_extend(p->run, p->frame, child, alg->var, alg->expr, out, err));
  add_work(*out, child, 2);
  return KGQ_OK;
}

static kgq_status plan_same(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                            kgq_error **err) {
  kg_op *child = NULL;
  uint64_t *wanted = kg_plan_union(p, needed, NULL, err);
  if (!wanted) {
    return KGQ_NOMEM;
  }
  kg_set_add(wanted, alg->var);
  kg_set_add(wanted, alg->from);
  KGQ_TRY(p->node(p, alg->children[0], wanted, &child, err));
  KGQ_TRY(kg_make_same(p->run, p->frame, child, alg->var, alg->from, out, err));
  if (kg_frame_gives(p->frame, alg->var)) { /* a join above would take either side's column */
    KGQ_TRY(kg_make_same(p->run, p->frame, *out, alg->var, alg->var, out, err));
  }
  add_work(*out, child, 1);
  return KGQ_OK;
}

/* ---- GRAPH -------------------------------------------------------------------------------------- */

static kgq_status inner_frame(kg_planner *p, kg_var graph, kg_frame **out, kgq_error **err) {
  kg_frame *frame = (kg_frame *)kg_arena_zero(p->run->arena, sizeof(kg_frame));
  uint64_t *given = kg_plan_union(p, p->frame->given, NULL, err);
  if (!frame || !given) {
    return kg_fail_memory(err);
  }
  kg_set_add(given, graph);
  *frame = (kg_frame){ .values = p->frame->values, .given = given, .context = p->frame->context };
  *out = frame;
  return KGQ_OK;
}

static kgq_status plan_graph(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                             kgq_error **err) {
  kg_frame *inner = NULL;
  kg_op *child = NULL;
  KGQ_TRY(inner_frame(p, alg->scope.var, &inner, err));
  kg_planner below = *p;
  below.frame = inner;
  below.seed = NULL;
  below.most = UINT64_MAX;
  KGQ_TRY(p->node(&below, alg->children[0], needed, &child, err));
  KGQ_TRY(kg_make_graph(p->run, p->frame, inner, child, alg->scope.var, out, err));
  (*out)->cost = child->cost * 10;
  (*out)->startup = child->startup;
  return KGQ_OK;
}

/* ---- variables with a value from outside ------------------------------------------------------------ */

/* Does a node below make values of `v` by itself, so that they may differ from the given one? */
static bool makes_values(const kg_alg *alg, kg_var v) {
  if ((alg->kind == KG_ALG_EXTEND || alg->kind == KG_ALG_SAME) && alg->var == v) {
    return true;
  }
  for (uint32_t i = 0; alg->kind == KG_ALG_VALUES && i < alg->values->var_count; i++) {
    if (alg->values->vars[i] == v) {
      return true;
    }
  }
  for (uint32_t i = 0; i < alg->child_count; i++) {
    if (makes_values(alg->children[i], v)) {
      return true;
    }
  }
  return false;
}

static bool is_key(const kg_alg *group, kg_var v) {
  for (uint32_t i = 0; i < group->var_count; i++) {
    if (group->vars[i] == v) {
      return true;
    }
  }
  return false;
}

/* Solutions of a group have its keys and aggregates alone (18.2.4.1), not the values from outside. A select
 * expression above may give `v` any value: only ToMultiset(...) is joined with those, after OFFSET and LIMIT.
 */
static bool made_after_group(const kg_alg *alg, kg_var v) {
  bool made = false;
  while (alg->kind == KG_ALG_EXTEND || alg->kind == KG_ALG_ORDER || alg->kind == KG_ALG_FILTER) {
    made = made || (alg->kind == KG_ALG_EXTEND && alg->var == v);
    alg = alg->children[0];
  }
  return made && alg->kind == KG_ALG_GROUP && !is_key(alg, v);
}

/* Given variables come out of every plan as columns, when wanted, and with no other value. `sliced`: those
 * made after a group wait for plan_slice. */
static kgq_status enforce_given(kg_planner *p, const kg_alg *alg, bool sliced, const uint64_t *wanted,
                                kg_op **op, kgq_error **err) {
  const uint32_t all = p->run->algebra->ast->var_count;
  for (kg_var v = 0; v < all && !kg_set_empty(p->frame->given, p->words); v++) {
    if (!kg_set_has(p->frame->given, v) || (sliced && made_after_group(alg, v))) {
      continue;
    }
    const bool there = kg_op_column(*op, v) != UINT32_MAX;
    if (there ? makes_values(alg, v) || !kg_set_has((*op)->certain, v) : kg_set_has(wanted, v)) {
      const double cost = (*op)->cost;
      const double rows = (*op)->estimate;
      const double startup = (*op)->startup;
      KGQ_TRY(kg_make_same(p->run, p->frame, *op, v, v, op, err));
      (*op)->cost = cost + rows;
      (*op)->startup = startup;
    }
  }
  return KGQ_OK;
}

/* Given variables that the pattern itself makes must be there to be compared. */
static void want_made(const kg_planner *p, const kg_alg *alg, uint64_t *wanted) {
  const uint32_t all = p->run->algebra->ast->var_count;
  for (kg_var v = 0; v < all && !kg_set_empty(p->frame->given, p->words); v++) {
    if (kg_set_has(p->frame->given, v) && kg_set_has(alg->bound, v) && makes_values(alg, v)) {
      kg_set_add(wanted, v);
    }
  }
}

/* ---- solution modifiers ------------------------------------------------------------------------- */

static bool counts_solutions(const kg_alg *group) {
  for (uint32_t i = 0; i < group->aggregate_count; i++) {
    if (group->aggregates[i].argument == KG_NO_VAR && group->aggregates[i].call->distinct) {
      return true;
    }
  }
  return false;
}

/* Only COUNT(*) of one pattern: the number stands in block headers. */
static kgq_status count_from_headers(kg_planner *p, const kg_alg *alg, kg_op **out, kgq_error **err) {
  kg_leaf leaf;
  *out = NULL;
  if (alg->var_count > 0 || alg->aggregate_count != 1 || alg->aggregates[0].argument != KG_NO_VAR ||
      alg->aggregates[0].call->distinct || kg_run_off(p->run, KG_OFF_HEADER_COUNTS) ||
      (alg->children[0]->kind != KG_ALG_TRIPLE && alg->children[0]->kind != KG_ALG_TERM)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_leaf_make(p->run, alg->children[0], &leaf, err));
  return leaf.missing ? KGQ_OK : kg_make_count(p->run, p->frame, &leaf, alg->aggregates[0].out, out, err);
}

static kgq_status plan_group(kg_planner *p, kg_alg *alg, kg_op **out, kgq_error **err) {
  kg_op *child = NULL;
  kg_weights weights = { NULL, 0 };
  uint64_t *wanted = kg_run_set(p->run, err);
  if (!wanted) {
    return KGQ_NOMEM;
  }
  KGQ_TRY(kg_plan_group_start(p, &alg, wanted, out, err));
  if (!*out) {
    KGQ_TRY(count_from_headers(p, alg, out, err));
  }
  if (*out) {
    return KGQ_OK;
  }
  for (uint32_t i = 0; i < alg->var_count; i++) {
    kg_set_add(wanted, alg->vars[i]);
  }
  for (uint32_t i = 0; i < alg->aggregate_count; i++) {
    if (alg->aggregates[i].argument != KG_NO_VAR) {
      kg_set_add(wanted, alg->aggregates[i].argument);
    }
  }
  if (counts_solutions(alg)) {
    kg_set_or(wanted, alg->children[0]->bound, p->words);
  }
  want_made(p, alg->children[0], wanted);
  KGQ_TRY(kg_plan_all(p, alg->children[0], wanted, &child, err));
  KGQ_TRY(enforce_given(p, alg->children[0], false, wanted, &child, err));
  KGQ_TRY(kg_plan_count_first(p, alg, wanted, &child, &weights, err));
  KGQ_TRY(kg_make_group(p->run, p->frame, child, alg, out, err));
  add_work_first(*out, child, 4);
  return kg_group_weigh(*out, &weights, err);
}

static kgq_status plan_order(kg_planner *p, kg_alg *alg, uint64_t most, const uint64_t *needed, kg_op **out,
                             kgq_error **err) {
  kg_op *child = NULL;
  uint64_t *wanted = kg_plan_union(p, needed, NULL, err);
  if (!wanted) {
    return KGQ_NOMEM;
  }
  for (uint32_t i = 0; i < alg->order_count; i++) {
    kg_set_add(wanted, alg->order[i].var);
  }
  KGQ_TRY(kg_plan_all(p, alg->children[0], wanted, &child, err));
  KGQ_TRY(kg_make_sort(p->run, p->frame, child, alg, most, out, err));
  add_work_first(*out, child, 10);
  return KGQ_OK;
}

static kgq_status plan_project(kg_planner *p, kg_alg *alg, uint64_t most, const uint64_t *needed, kg_op **out,
                               kgq_error **err) {
  kg_planner below = *p;
  kg_op *child = NULL;
  kg_var *vars = (kg_var *)kg_arena_zero(p->run->arena, ((size_t)alg->var_count + 1) * sizeof(kg_var));
  uint64_t *wanted = kg_run_set(p->run, err);
  if (!vars || !wanted) {
    return kg_fail_memory(err);
  }
  uint32_t count = 0;
  for (uint32_t i = 0; i < alg->var_count; i++) {
    if (!alg->subselect || kg_set_has(needed, alg->vars[i])) {
      vars[count++] = alg->vars[i];
      kg_set_add(wanted, alg->vars[i]);
    }
  }
  below.most =
      kg_set_empty(below.frame->given, p->words) ? most : UINT64_MAX; /* rows may still go: enforce_given */
  want_made(&below, alg->children[0], wanted);
  KGQ_TRY(p->node(&below, alg->children[0], wanted, &child, err));
  KGQ_TRY(enforce_given(&below, alg->children[0], alg->sliced, wanted, &child, err));
  KGQ_TRY(kg_make_project(p->run, p->frame, child, vars, count, out, err));
  add_work(*out, child, 0);
  return KGQ_OK;
}

/* All columns count when rows are told apart. */
static kgq_status plan_distinct(kg_planner *p, kg_alg *alg, kg_op **out, kgq_error **err) {
  kg_op *child = NULL;
  KGQ_TRY(kg_plan_distinct_values(p, alg, out, err));
  if (*out) {
    return KGQ_OK;
  }
  uint64_t *wanted = kg_plan_union(p, alg->children[0]->mentioned, NULL, err);
  if (!wanted) {
    return KGQ_NOMEM;
  }
  if (alg->kind == KG_ALG_DISTINCT) { /* how many rows these are, a join below may know */
    p->values = p->goal;
    p->goal = KG_ALL_ROWS;
  }
  KGQ_TRY(p->node(p, alg->children[0], wanted, &child, err));
  KGQ_TRY(kg_make_distinct(p->run, p->frame, child, alg->kind == KG_ALG_REDUCED, out, err));
  add_work(*out, child, 3);
  return KGQ_OK;
}

/* Given variables that the selection below makes after its group: they are compared above the slice. */
static void find_late(const kg_planner *p, const kg_alg *alg, uint64_t *late) {
  while (alg->kind == KG_ALG_DISTINCT || alg->kind == KG_ALG_REDUCED) {
    alg = alg->children[0];
  }
  for (uint32_t i = 0; alg->kind == KG_ALG_PROJECT && i < alg->var_count; i++) {
    if (kg_frame_gives(p->frame, alg->vars[i]) && made_after_group(alg->children[0], alg->vars[i])) {
      kg_set_add(late, alg->vars[i]);
    }
  }
}

static kgq_status plan_slice(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                             kgq_error **err) {
  kg_op *child = NULL;
  uint64_t *late = kg_run_set(p->run, err);
  uint64_t *wanted = kg_plan_union(p, needed, NULL, err);
  if (!late || !wanted) {
    return KGQ_NOMEM;
  }
  find_late(p, alg->children[0], late);
  kg_set_or(wanted, late, p->words);
  if (alg->has_limit && alg->limit < UINT64_MAX - alg->offset && !kg_run_off(p->run, KG_OFF_TOP_K)) {
    p->most = alg->limit + alg->offset;
    p->goal = (double)p->most < p->goal ? (double)p->most : p->goal;
  }
  KGQ_TRY(p->node(p, alg->children[0], wanted, &child, err));
  KGQ_TRY(kg_make_slice(p->run, p->frame, child, alg, out, err));
  for (uint32_t i = 0; i < child->var_count; i++) {
    if (kg_set_has(late, child->vars[i])) {
      KGQ_TRY(kg_make_same(p->run, p->frame, *out, child->vars[i], child->vars[i], out, err));
    }
  }
  add_work(*out, child, 0);
  return KGQ_OK;
}

/* ---- the dispatch ------------------------------------------------------------------------------- */

static bool passes_seed(const kg_alg *alg) {
  const int kind = (int)alg->kind;
  return joins(alg) || kind == KG_ALG_FILTER || kind == KG_ALG_LEFT_JOIN || kind == KG_ALG_MINUS ||
         kind == KG_ALG_UNION || kind == KG_ALG_EXTEND;
}

static kgq_status plan_kind(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                            kgq_error **err) {
  const uint64_t most = p->most;
  const bool seed_fits = !p->seed || passes_seed(alg);
  assert(seed_fits);
  (void)seed_fits;
  p->most = UINT64_MAX; /* only directly below LIMIT */
  switch (alg->kind) {
  case KG_ALG_UNIT:
  case KG_ALG_TRIPLE:
  case KG_ALG_TERM:
  case KG_ALG_PATH:
  case KG_ALG_MATCHES:
  case KG_ALG_GRAPHS:
  case KG_ALG_VALUES:
  case KG_ALG_JOIN: return kg_plan_join(p, alg, NULL, 0, needed, out, err);
  case KG_ALG_LEFT_JOIN: return kg_plan_left_join(p, alg, needed, out, err);
  case KG_ALG_MINUS: return kg_plan_minus(p, alg, needed, out, err);
  case KG_ALG_UNION: return plan_union(p, alg, needed, out, err);
  case KG_ALG_FILTER: return plan_filter(p, alg, needed, out, err);
  case KG_ALG_EXTEND: return plan_extend(p, alg, needed, out, err);
  case KG_ALG_GRAPH: return plan_graph(p, alg, needed, out, err);
  case KG_ALG_SAME: return plan_same(p, alg, needed, out, err);
  case KG_ALG_GROUP: return plan_group(p, alg, out, err);
  case KG_ALG_ORDER: return plan_order(p, alg, most, needed, out, err);
  case KG_ALG_PROJECT: return plan_project(p, alg, most, needed, out, err);
  case KG_ALG_DISTINCT:
  case KG_ALG_REDUCED: return plan_distinct(p, alg, out, err);
  case KG_ALG_SLICE: return plan_slice(p, alg, needed, out, err);
  }
  return kg_fail(err, KGQ_UNSUPPORTED, "an operation of an unknown kind");
}

/* How many rows the first batches of operators have. */
static uint32_t first_rows(const kg_planner *p) {
  const double goal = p->goal < p->values ? p->goal : p->values;
  const double rows = goal < FIRST_ROWS_LEAST ? FIRST_ROWS_LEAST : goal;
  return rows < kg_run_rows(p->run) && !kg_run_off(p->run, KG_OFF_GOAL) ? (uint32_t)rows : 0;
}

static kgq_status plan_node(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                            kgq_error **err) {
  const double goal = p->goal, values = p->values;
  const uint32_t before = p->run->first_rows;
  p->values = alg->kind == KG_ALG_PROJECT || alg->kind == KG_ALG_FILTER || joins(alg) ? values : KG_ALL_ROWS;
  p->run->first_rows = first_rows(p);
  KGQ_TRY(plan_kind(p, alg, needed, out, err));
  p->goal = goal;
  p->values = values;
  p->run->first_rows = before;
  return KGQ_OK;
}

static kg_planner make_planner(kg_run *run, const kg_frame *frame, double goal) {
  run->first_rows = 0;
  goal = kg_run_off(run, KG_OFF_ALL_ROWS) ? 1 : goal;
  return (kg_planner){ .run = run,
                       .frame = frame,
                       .words = run->algebra->set_words,
                       .most = UINT64_MAX,
                       .goal = kg_run_off(run, KG_OFF_GOAL) ? KG_ALL_ROWS : goal,
                       .values = KG_ALL_ROWS,
                       .node = plan_node };
}

kgq_status kg_plan(kg_run *run, const kg_frame *frame, kg_alg *root, double goal, kg_op **out,
                   kgq_error **err) {
  kg_planner p = make_planner(run, frame, goal);
  kg_op *before = run->ops;
  KGQ_TRY(plan_node(&p, root, root->mentioned, out, err));
  return kg_op_open_all(run, before, err);
}

kgq_status kg_plan_exists(kg_run *run, const kg_frame *frame, kg_alg *alg, kg_op **out, kgq_error **err) {
  const uint32_t first = run->first_rows; /* a plan may be under way */
  kg_planner p = make_planner(run, frame, 1);
  kg_op *before = run->ops;
  uint64_t *wanted = kg_run_set(run, err);
  if (!wanted) {
    return KGQ_NOMEM;
  }
  want_made(&p, alg, wanted);
  KGQ_TRY(plan_node(&p, alg, wanted, out, err));
  KGQ_TRY(enforce_given(&p, alg, false, wanted, out, err));
  run->first_rows = first;
  return kg_op_open_all(run, before, err);
}
