/* query/plan_join.c: joins: from patterns to inputs with estimates, and from the order found to operators.
 *
 * Filters on the join are applied as soon as what they read can no longer change: when each of their
 * variables is bound for certain, or is bound by no input of the join.
 */
#include <assert.h>
#include <stdlib.h>

#include "query/order.h"
#include "query/plan.h"
#include "query/plan_cycle.h"
#include "query/plan_equal.h"
#include "query/plan_range.h"

/* Half of the rows pass a condition, as far as is known. */
#define ROWS_A_RESULT 2.0
/* A plan for the first rows that costs so much more for all has the other one behind it. */
#define TRIAL_MARGIN 1.5
/* The part of what the first rows of the other one cost that it may do in vain. */
#define TRIAL_WORK        0.15
#define TRIAL_WORK_LEAST  3000
#define TRIAL_WORK_TESTED 20
#define TRIAL_ROWS_MOST   4096.0
/* So many times the part of the values is the part of the rows that DISTINCT may need for them. */
#define VALUES_MARGIN 2.0

typedef struct join_plan {
  kg_planner *p;
  kg_alg **parts; /* flattened */
  uint32_t part_count, part_capacity;
  kg_input *inputs;
  uint32_t count;
  const uint64_t *needed; /* by those above */
  const kg_expr *const *exprs;
  uint64_t **expr_sets;
  bool *applied;
  uint32_t expr_count;
  uint64_t *bound; /* by any input */
  bool empty;      /* an input has no rows at all */
  bool alone;      /* one input is the whole join */
  kg_goal goal;
} join_plan;

/* ---- inputs ------------------------------------------------------------------------------------- */

static kgq_status add_part(join_plan *j, kg_alg *alg, kgq_error **err) {
  if (alg->kind == KG_ALG_UNIT) {
    return KGQ_OK;
  }
  if (alg->kind == KG_ALG_JOIN && (j->part_count == 0 || !kg_run_off(j->p->run, KG_OFF_FLATTEN))) {
    for (uint32_t i = 0; i < alg->child_count; i++) {
      KGQ_TRY(add_part(j, alg->children[i], err));
    }
    return KGQ_OK;
  }
  if (j->part_count == j->part_capacity) {
    const uint32_t capacity = j->part_capacity ? j->part_capacity * 2 : 8;
    kg_alg **parts = (kg_alg **)kg_arena_zero(j->p->run->arena, capacity * sizeof(kg_alg *));
    if (!parts) {
      return kg_fail_memory(err);
    }
    if (j->part_count) {
      memcpy(parts, j->parts, j->part_count * sizeof(kg_alg *));
    }
    j->parts = parts;
    j->part_capacity = capacity;
  }
  j->parts[j->part_count++] = alg;
  return KGQ_OK;
}

static kgq_status make_sets(join_plan *j, kg_input *in, const uint64_t *bound, const uint64_t *certain,
                            kgq_error **err) {
  const kg_frame *frame = j->p->frame;
  in->bound = kg_plan_union(j->p, bound, NULL, err);
  in->certain = kg_plan_union(j->p, certain, NULL, err);
  if (!in->bound || !in->certain) {
    return KGQ_NOMEM;
  }
  for (uint32_t w = 0; w < j->p->words; w++) {
    in->bound[w] &= ~frame->given[w];
    in->certain[w] &= ~frame->given[w];
  }
  return KGQ_OK;
}

/* Variables of the set as a list, each with the same guess of different values. */
static kgq_status make_vars(join_plan *j, kg_input *in, double distinct, kgq_error **err) {
  const uint32_t all = j->p->run->algebra->ast->var_count;
  uint32_t count = 0;
  for (kg_var v = 0; v < all; v++) {
    count += kg_set_has(in->bound, v) ? 1 : 0;
  }
  in->vars = (kg_var *)kg_arena_zero(j->p->run->arena, ((size_t)count + 1) * sizeof(kg_var));
  in->distinct = (double *)kg_arena_zero(j->p->run->arena, ((size_t)count + 1) * sizeof(double));
  if (!in->vars || !in->distinct) {
    return kg_fail_memory(err);
  }
  for (kg_var v = 0; v < all; v++) {
    if (kg_set_has(in->bound, v)) {
      in->vars[in->var_count] = v;
      in->distinct[in->var_count++] = distinct;
    }
  }
  return KGQ_OK;
}

static kgq_status leaf_input(join_plan *j, kg_alg *alg, kg_input *in, kgq_error **err) {
  kg_run *run = j->p->run;
  kg_estimate e;
  in->kind = KG_INPUT_LEAF;
  uint64_t *fixed = kg_run_set(run, err);
  if (!fixed) {
    return KGQ_NOMEM;
  }
  KGQ_TRY(kg_leaf_make(run, alg, &in->leaf, err));
  KGQ_TRY(kg_plan_fix_values(j->p, j->parts, j->part_count, &in->leaf, fixed, err));
  KGQ_TRY(make_sets(j, in, alg->bound, alg->certain, err));
  for (uint32_t w = 0; w < j->p->words; w++) {
    in->bound[w] &= ~fixed[w];
    in->certain[w] &= ~fixed[w];
  }
  if (in->leaf.missing) {
    j->empty = true;
    return KGQ_OK;
  }
  KGQ_TRY(kg_estimate_leaf(run, j->p->frame, &in->leaf, j->part_count > 1, &e, err));
  KGQ_TRY(kg_plan_ranges(j->p, j->exprs, j->expr_count, &in->leaf, &e, err));
  KGQ_TRY(make_vars(j, in, 1, err));
  in->rows = e.rows;
  in->cost = e.rows + 10;
  in->startup = 10;
  kg_quads_spec spec;
  kg_leaf_spec(&in->leaf, j->p->frame, &spec);
  for (uint32_t i = 0; i < e.var_count; i++) {
    for (uint32_t k = 0; k < in->var_count; k++) {
      in->distinct[k] = in->vars[k] == e.vars[i] ? e.distinct[i] : in->distinct[k];
    }
    const int slot = kg_leaf_slot(&in->leaf, e.vars[i]);
    if (kg_quads_can_sort(&spec, slot) && (!in->leaf.ranges || slot == in->leaf.range_slot)) {
      in->orders[in->order_count++] = e.vars[i];
    }
  }
  return KGQ_OK;
}

static bool end_is_fixed(const join_plan *j, const kg_node *node) {
  return node->kind == KG_NODE_TERM || kg_frame_gives(j->p->frame, node->var);
}

static kgq_status path_input(join_plan *j, kg_alg *alg, kg_input *in, kgq_error **err) {
  const bool subject = end_is_fixed(j, &alg->subject), object = end_is_fixed(j, &alg->object);
  const double nodes = (double)j->p->run->snap->counts.triples + 1;
  in->kind = KG_INPUT_PATH;
  in->alg = alg;
  in->rows = subject && object ? 0.5 : subject || object ? 50 : nodes * 4;
  in->cost = subject || object ? 1000 : nodes * 400;
  in->startup = in->cost < 1000 ? in->cost : 1000;
  KGQ_TRY(make_sets(j, in, alg->bound, alg->certain, err));
  return make_vars(j, in, subject || object ? 50 : nodes, err);
}

static kgq_status test_input(join_plan *j, kg_alg *alg, kg_input *in, kgq_error **err) {
  in->kind = KG_INPUT_TEST;
  in->alg = alg;
  in->rows = 100;
  in->cost = in->startup = (double)j->p->run->snap->counts.triples * 20 + 10;
  KGQ_TRY(make_sets(j, in, alg->bound, alg->certain, err));
  return make_vars(j, in, 100, err);
}

static kgq_status set_op_input(join_plan *j, kg_op *op, kg_input *in, kgq_error **err) {
  uint64_t *bound = kg_run_set(j->p->run, err);
  if (!bound) {
    return KGQ_NOMEM;
  }
  for (uint32_t i = 0; i < op->var_count; i++) {
    kg_set_add(bound, op->vars[i]);
  }
  in->kind = KG_INPUT_OP;
  in->op = op;
  in->rows = op->estimate;
  in->cost = op->cost;
  in->startup = op->startup;
  KGQ_TRY(make_sets(j, in, bound, op->certain, err));
  return make_vars(j, in, op->estimate, err);
}

/* VALUES whose variables the frame may give: what has another value is no solution (EXISTS joins with its
 * row). */
static kgq_status values_input(join_plan *j, const kg_values *values, kg_op **op, kgq_error **err) {
  KGQ_TRY(kg_make_values(j->p->run, j->p->frame, values, op, err));
  for (uint32_t i = 0; i < values->var_count; i++) {
    if (kg_frame_gives(j->p->frame, values->vars[i])) {
      KGQ_TRY(kg_make_same(j->p->run, j->p->frame, *op, values->vars[i], values->vars[i], op, err));
    }
  }
  return KGQ_OK;
}

/* The conditions above it drop some of its rows. */
static kgq_status plan_alone(join_plan *j, kg_alg *alg, const uint64_t *wanted, kg_op **out,
                             kgq_error **err) {
  const double goal = j->p->goal;
  for (uint32_t i = 0; i < j->expr_count && j->p->goal < KG_ALL_ROWS; i++) {
    j->p->goal *= ROWS_A_RESULT;
  }
  KGQ_TRY(j->p->node(j->p, alg, wanted, out, err));
  j->p->goal = goal;
  return KGQ_OK;
}

/* What a part must give: what those above, the filters and the other parts read. */
static kgq_status op_input(join_plan *j, kg_alg *alg, const uint64_t *wanted, kg_input *in, kgq_error **err) {
  kg_op *op = NULL;
  if (alg->kind == KG_ALG_VALUES) {
    KGQ_TRY(values_input(j, alg->values, &op, err));
  } else if (alg->kind == KG_ALG_GRAPHS) {
    KGQ_TRY(kg_make_graphs(j->p->run, j->p->frame, &alg->scope, &op, err));
  } else {
    KGQ_TRY(j->alone ? plan_alone(j, alg, wanted, &op, err) : kg_plan_all(j->p, alg, wanted, &op, err));
    in->alg = alg;
  }
  return set_op_input(j, op, in, err);
}

static kgq_status wanted_of_parts(join_plan *j, uint64_t **out, kgq_error **err) {
  *out = kg_plan_union(j->p, j->needed, NULL, err);
  if (!*out) {
    return KGQ_NOMEM;
  }
  for (uint32_t i = 0; i < j->expr_count; i++) {
    kg_set_or(*out, j->expr_sets[i], j->p->words);
  }
  for (uint32_t i = 0; i < j->part_count; i++) {
    kg_set_or(*out, j->parts[i]->bound, j->p->words);
  }
  return KGQ_OK;
}

static kgq_status make_input(join_plan *j, kg_alg *alg, const uint64_t *wanted, kgq_error **err) {
  kg_input *in = &j->inputs[j->count++];
  const int kind = (int)alg->kind;
  if (kind == KG_ALG_TRIPLE || kind == KG_ALG_TERM) {
    return leaf_input(j, alg, in, err);
  }
  if (kind == KG_ALG_PATH) {
    return path_input(j, alg, in, err);
  }
  return kind == KG_ALG_MATCHES ? test_input(j, alg, in, err) : op_input(j, alg, wanted, in, err);
}

static kgq_status make_inputs(join_plan *j, kg_seed *seed, kgq_error **err) {
  uint64_t *wanted = NULL;
  j->inputs = (kg_input *)kg_arena_zero(j->p->run->arena, ((size_t)j->part_count + 2) * sizeof(kg_input));
  j->bound = kg_run_set(j->p->run, err);
  if (!j->inputs || !j->bound) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(wanted_of_parts(j, &wanted, err));
  if (seed) {
    kg_op *op = NULL;
    KGQ_TRY(kg_make_seed(j->p->run, j->p->frame, seed, &op, err));
    op->estimate = seed->expected;
    KGQ_TRY(set_op_input(j, op, &j->inputs[j->count++], err));
  }
  j->alone = j->part_count == 1 && !seed;
  for (uint32_t i = 0; i < j->part_count; i++) {
    KGQ_TRY(make_input(j, j->parts[i], wanted, err));
  }
  if (j->count == 0) {
    kg_op *op = NULL;
    KGQ_TRY(kg_make_unit(j->p->run, j->p->frame, &op, err));
    KGQ_TRY(set_op_input(j, op, &j->inputs[j->count++], err));
  }
  for (uint32_t i = 0; i < j->count; i++) {
    kg_set_or(j->bound, j->inputs[i].bound, j->p->words);
  }
  return KGQ_OK;
}

/* ---- filters ------------------------------------------------------------------------------------ */

static kgq_status make_expr_sets(join_plan *j, kgq_error **err) {
  kg_run *run = j->p->run;
  j->expr_sets = (uint64_t **)kg_arena_zero(run->arena, ((size_t)j->expr_count + 1) * sizeof(uint64_t *));
  j->applied = (bool *)kg_arena_zero(run->arena, (size_t)j->expr_count + 1);
  if (!j->expr_sets || !j->applied) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < j->expr_count; i++) {
    j->expr_sets[i] = kg_run_set(run, err);
    if (!j->expr_sets[i]) {
      return KGQ_NOMEM;
    }
    kg_expr_vars(run->algebra, j->exprs[i], j->expr_sets[i]);
  }
  return KGQ_OK;
}

/* Cheap conditions first: those with EXISTS or volatile functions only at the very end. */
static bool ready(const join_plan *j, uint32_t expr, const kg_op *op, bool last) {
  if (j->applied[expr]) {
    return false;
  }
  if (last) {
    return true;
  }
  if (kg_run_off(j->p->run, KG_OFF_PUSH_FILTERS) || kg_expr_volatile(j->exprs[expr]) ||
      kg_expr_has_exists(j->exprs[expr])) {
    return false;
  }
  return kg_set_common_in(j->expr_sets[expr], j->bound, op->certain, j->p->words);
}

static bool is_semi(const join_plan *j, uint32_t expr, const kg_op *op) {
  return kg_plan_can_semi_join(j->p, j->bound, op->certain, j->exprs[expr]);
}

static kgq_status apply_plain(join_plan *j, bool last, kg_op **op, kgq_error **err) {
  const kg_expr **exprs =
      (const kg_expr **)kg_arena_zero(j->p->run->arena, ((size_t)j->expr_count + 1) * sizeof(kg_expr *));
  if (!exprs) {
    return kg_fail_memory(err);
  }
  uint32_t count = 0;
  for (int pass = 0; pass < 2; pass++) { /* conditions without EXISTS first: they are cheaper */
    for (uint32_t i = 0; i < j->expr_count; i++) {
      if (kg_expr_has_exists(j->exprs[i]) == (pass == 1) && ready(j, i, *op, last) && !is_semi(j, i, *op)) {
        exprs[count++] = j->exprs[i];
        j->applied[i] = true;
      }
    }
  }
  if (count == 0) {
    return KGQ_OK;
  }
  const double cost = (*op)->cost + (*op)->estimate, startup = (*op)->startup;
  KGQ_TRY(kg_make_filter(j->p->run, j->p->frame, *op, exprs, count, op, err));
  (*op)->cost = cost;
  (*op)->startup = startup;
  return KGQ_OK;
}

static kgq_status apply_filters(join_plan *j, bool last, kg_op **op, kgq_error **err) {
  KGQ_TRY(apply_plain(j, last, op, err));
  for (uint32_t i = 0; i < j->expr_count && last; i++) {
    kg_op *semi = NULL;
    if (j->applied[i]) {
      continue;
    }
    KGQ_TRY(kg_plan_semi_join(j->p, *op, j->bound, j->exprs[i], &semi, err));
    assert(semi != NULL);
    j->applied[i] = true;
    *op = semi;
  }
  return KGQ_OK;
}

/* ---- operators ---------------------------------------------------------------------------------- */

/* What those above a step read: the query's wishes, filters to come, and inputs that are not below. */
static kgq_status needed_above(join_plan *j, const uint64_t *members, uint64_t **out, kgq_error **err) {
  *out = kg_plan_union(j->p, j->needed, NULL, err);
  if (!*out) {
    return KGQ_NOMEM;
  }
  for (uint32_t i = 0; i < j->expr_count; i++) {
    if (!j->applied[i]) {
      kg_set_or(*out, j->expr_sets[i], j->p->words);
    }
  }
  for (uint32_t i = 0; i < j->count; i++) {
    if (!kg_set_has(members, i)) {
      kg_set_or(*out, j->inputs[i].bound, j->p->words);
    }
  }
  return KGQ_OK;
}

static kgq_status build(join_plan *j, const kg_step *step, unsigned depth, kg_op **out, kgq_error **err);

static kgq_status build_input(join_plan *j, const kg_step *step, const uint64_t *needed, kg_op **out,
                              kgq_error **err) {
  const kg_input *in = &j->inputs[step->input];
  kg_run *run = j->p->run;
  switch (in->kind) {
  case KG_INPUT_LEAF: return kg_make_scan(run, j->p->frame, &in->leaf, needed, step->sorted_by, out, err);
  case KG_INPUT_PATH: return kg_make_path(run, j->p->frame, NULL, in->alg, out, err);
  case KG_INPUT_TEST: return kg_make_matches(run, j->p->frame, NULL, in->alg, out, err);
  case KG_INPUT_OP: *out = in->op; return KGQ_OK;
  }
  return KGQ_OK;
}

static kgq_status build_along(join_plan *j, const kg_step *step, kg_op *left, kg_op **out, kgq_error **err) {
  const kg_input *in = &j->inputs[step->right->input];
  return in->kind == KG_INPUT_PATH ? kg_make_path(j->p->run, j->p->frame, left, in->alg, out, err)
                                   : kg_make_matches(j->p->run, j->p->frame, left, in->alg, out, err);
}

/* What goes into a table is read to its end. */
static kgq_status build_right(join_plan *j, const kg_step *step, unsigned depth, kg_op **out,
                              kgq_error **err) {
  kg_run *run = j->p->run;
  const uint32_t first_rows = run->first_rows;
  run->first_rows = step->kind == KG_STEP_MERGE ? first_rows : 0;
  KGQ_TRY(build(j, step->right, depth + 1, out, err));
  run->first_rows = first_rows;
  return KGQ_OK;
}

static kgq_status build_pair(join_plan *j, const kg_step *step, const uint64_t *needed, unsigned depth,
                             kg_op **out, kgq_error **err) {
  kg_run *run = j->p->run;
  const kg_join_spec spec = { .kind = KG_JOIN_INNER, .except = KG_NO_VAR, .needed = needed };
  kg_op *left = NULL, *right = NULL;
  KGQ_TRY(build(j, step->left, depth + 1, &left, err));
  if (step->kind == KG_STEP_INDEX) {
    return kg_make_index_join(run, j->p->frame, left, &j->inputs[step->right->input].leaf, &spec, out, err);
  }
  if (step->kind == KG_STEP_ALONG) {
    return build_along(j, step, left, out, err);
  }
  KGQ_TRY(build_right(j, step, depth, &right, err));
  if (step->kind == KG_STEP_MERGE) {
    return kg_make_merge_join(run, j->p->frame, left, right, step->left->sorted_by, needed, out, err);
  }
  if (step->kind == KG_STEP_CROSS) {
    const double rows = step->left->rows * step->right->rows;
    run->cross_rows = rows > run->cross_rows ? rows : run->cross_rows;
    return kg_make_cross(run, j->p->frame, left, right, needed, out, err);
  }
  assert(step->kind == KG_STEP_HASH);
  kg_join_spec with_pairs = spec;
  KGQ_TRY(kg_plan_equal_pairs(j->p, left, right, j->exprs, j->applied, j->expr_count, &with_pairs, err));
  return kg_make_hash_join(run, j->p->frame, left, right, &with_pairs, out, err);
}

static kgq_status build(join_plan *j, const kg_step *step, unsigned depth, kg_op **out, kgq_error **err) {
  uint64_t *needed = NULL;
  assert(depth <= KG_LIMIT_TRIPLE_PATTERNS + 2);
  KGQ_TRY(needed_above(j, step->members, &needed, err));
  if (kg_run_off(j->p->run, KG_OFF_PRUNE)) {
    kg_set_or(needed, j->bound, j->p->words);
  }
  KGQ_TRY(step->kind == KG_STEP_INPUT ? build_input(j, step, needed, out, err)
                                      : build_pair(j, step, needed, depth, out, err));
  if (step->kind != KG_STEP_INPUT || j->inputs[step->input].kind != KG_INPUT_OP) {
    (*out)->estimate = step->rows;
    (*out)->cost = step->cost;
    (*out)->startup = step->startup;
  }
  return apply_filters(j, depth == 0, out, err);
}

static kgq_status build_empty(join_plan *j, kg_op **out, kgq_error **err) {
  const uint32_t all = j->p->run->algebra->ast->var_count;
  kg_var *vars = (kg_var *)kg_arena_zero(j->p->run->arena, ((size_t)all + 1) * sizeof(kg_var));
  if (!vars) {
    return kg_fail_memory(err);
  }
  uint32_t count = 0;
  for (kg_var v = 0; v < all; v++) {
    if (kg_set_has(j->bound, v) && kg_set_has(j->needed, v)) {
      vars[count++] = v;
    }
  }
  return kg_make_empty(j->p->run, j->p->frame, vars, count, out, err);
}

/* ---- conditions ?a = ?b ---------------------------------------------------------------------------- */

static bool read_by_another(const join_plan *j, uint32_t expr, kg_var v) {
  for (uint32_t i = 0; i < j->expr_count; i++) {
    if (i != expr && kg_set_has(j->expr_sets[i], v)) {
      return true;
    }
  }
  return false;
}

/* Two variables that must have one id become one. Those above get the other as a copy of it. */
static kgq_status join_equals(join_plan *j, uint64_t *needed, kg_edge *copies, uint32_t *copy_count,
                              kgq_error **err) {
  for (uint32_t i = 0; i < j->expr_count && !kg_run_off(j->p->run, KG_OFF_EQUAL_KEYS); i++) {
    kg_edge e;
    if (j->applied[i] || !kg_plan_is_equality(j->exprs[i], &e.a, &e.b)) {
      continue;
    }
    for (int way = 0; way < 2 && !j->applied[i]; way++) {
      const kg_edge try = way == 0 ? e : (kg_edge){ .a = e.b, .b = e.a };
      if (!read_by_another(j, i, try.b)) {
        KGQ_TRY(kg_plan_replace_equal(j->p, j->inputs, j->count, try.a, try.b, &j->applied[i], err));
        e = try;
      }
    }
    if (j->applied[i] && kg_set_has(needed, e.b)) {
      kg_set_add(needed, e.a);
      copies[(*copy_count)++] = e;
    }
  }
  return KGQ_OK;
}

static kgq_status add_copies(join_plan *j, const kg_edge *copies, uint32_t count, kg_op **op,
                             kgq_error **err) {
  for (uint32_t i = count; i-- > 0;) {
    const double cost = (*op)->cost, startup = (*op)->startup, rows = (*op)->estimate;
    KGQ_TRY(kg_make_same(j->p->run, j->p->frame, *op, copies[i].b, copies[i].a, op, err));
    (*op)->estimate = rows;
    (*op)->cost = cost + rows;
    (*op)->startup = startup;
  }
  return KGQ_OK;
}

static kgq_status find_edges(join_plan *j, kg_edge **edges, uint32_t *count, kgq_error **err) {
  *edges = (kg_edge *)kg_arena_zero(j->p->run->arena, ((size_t)j->expr_count + 1) * sizeof(kg_edge));
  if (!*edges) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < j->expr_count && !kg_run_off(j->p->run, KG_OFF_EQUAL_KEYS); i++) {
    kg_edge *e = &(*edges)[*count];
    *count += !j->applied[i] && kg_plan_is_equality(j->exprs[i], &e->a, &e->b) ? 1 : 0;
  }
  return KGQ_OK;
}

/* Different rows of what is needed of the join, at most. */
static double different_rows(const join_plan *j) {
  double all = 1;
  const uint32_t var_count = j->p->run->algebra->ast->var_count;
  for (kg_var v = 0; v < var_count; v++) {
    double least = KG_ALL_ROWS;
    for (uint32_t i = 0; i < j->count && kg_set_has(j->needed, v); i++) {
      for (uint32_t k = 0; k < j->inputs[i].var_count; k++) {
        const double own = j->inputs[i].distinct[k];
        least = j->inputs[i].vars[k] == v && own < least ? own : least;
      }
    }
    all *= least < KG_ALL_ROWS ? least : 1;
  }
  return all < 1 ? 1 : all;
}

/* Rows of the join to be read for the goal, as a number or a part; conditions that are no edges drop some.
 * Rows of one value may come side by side, so that as great a part of all as of the values may be needed. */
static kg_goal goal_of(const join_plan *j) {
  kg_goal goal = { kg_plan_rows_read(j->p, KG_ALL_ROWS), 1 };
  if (j->p->values < KG_ALL_ROWS) {
    goal.part = VALUES_MARGIN * j->p->values / different_rows(j);
  }
  for (uint32_t i = 0; i < j->expr_count; i++) {
    kg_edge e;
    const bool edge = j->applied[i] || kg_plan_is_equality(j->exprs[i], &e.a, &e.b);
    goal.rows *= edge || goal.rows >= KG_ALL_ROWS ? 1 : ROWS_A_RESULT;
    goal.part *= edge ? 1 : ROWS_A_RESULT;
  }
  goal.part = goal.part < 1 ? goal.part : 1;
  return goal;
}

static double part_read(const join_plan *j, const kg_step *step) {
  return kg_order_part(&j->goal, step->rows);
}

static double pairwise_cost(const join_plan *j, const kg_step *step) {
  const double part = part_read(j, step);
  return part < 1 ? kg_order_score(step->startup, step->cost, part) : kg_cycle_pairwise(step);
}

/* A cycle among the inputs becomes one input, if that is cheaper than `*step`; *whole goes along with it. */
static kgq_status join_cycle(join_plan *j, const kg_edge *edges, uint32_t edge_count, const kg_step **step,
                             const kg_step **whole, kgq_error **err) {
  kg_run *run = j->p->run;
  kg_cycle c;
  KGQ_TRY(kg_plan_cycle(run, j->p->frame, j->inputs, j->count, &c, err));
  const bool forced = kg_run_off(run, KG_OFF_PAIRWISE);
  const double pairwise = pairwise_cost(j, *step);
  if (!c.found || (kg_order_score(0, c.cost, part_read(j, *step)) * KG_CYCLE_MARGIN >= pairwise && !forced)) {
    return KGQ_OK;
  }
  join_plan with = *j;
  uint64_t *members = (uint64_t *)kg_arena_zero(run->arena, (j->count / 64 + 1) * sizeof(uint64_t));
  with.inputs = (kg_input *)kg_arena_zero(run->arena, ((size_t)j->count + 1) * sizeof(kg_input));
  if (!members || !with.inputs) {
    return kg_fail_memory(err);
  }
  with.count = 1;
  for (uint32_t i = 0; i < j->count; i++) {
    if (c.members[i]) {
      kg_set_add(members, i);
    } else {
      with.inputs[with.count++] = j->inputs[i];
    }
  }
  const kg_leapfrog_spec spec = { c.leaves, c.leaf_count, c.vars, c.var_count };
  uint64_t *needed = NULL;
  kg_op *op = NULL;
  const kg_step *other = NULL, *all = NULL;
  KGQ_TRY(needed_above(j, members, &needed, err));
  KGQ_TRY(kg_make_leapfrog(run, j->p->frame, &spec, needed, &op, err));
  op->estimate = c.rows;
  op->cost = c.cost;
  op->startup = 0;
  KGQ_TRY(set_op_input(j, op, &with.inputs[0], err));
  KGQ_TRY(kg_order_join(run, with.inputs, with.count, edges, edge_count, &j->goal, &all, &other, err));
  if (kg_order_score(other->startup, other->cost, part_read(j, other)) < pairwise || forced) {
    *j = with;
    *step = other;
    *whole = all;
  }
  return KGQ_OK;
}

/* ---- a part that gives the first rows ---------------------------------------------------------------- */

static uint32_t leftmost(const kg_step *step) {
  while (step->kind != KG_STEP_INPUT) {
    step = step->left;
  }
  return step->input;
}

/* Does the plan for the first rows begin with a part that was planned for all of its rows? */
static bool leads_with_part(const join_plan *j, const kg_step *step) {
  const kg_input *in = &j->inputs[leftmost(step)];
  return step->kind != KG_STEP_INPUT && in->kind == KG_INPUT_OP && in->alg && part_read(j, step) < 1;
}

static kgq_status plan_part_again(join_plan *j, uint32_t input, double part, kgq_error **err) {
  kg_planner *p = j->p;
  kg_input *in = &j->inputs[input];
  const double goal = p->goal, values = p->values;
  uint64_t *wanted = NULL;
  kg_op *op = NULL;
  KGQ_TRY(wanted_of_parts(j, &wanted, err));
  p->goal = part * in->rows / KG_GOAL_MARGIN;
  p->values = KG_ALL_ROWS;
  KGQ_TRY(p->node(p, in->alg, wanted, &op, err));
  p->goal = goal;
  p->values = values;
  return set_op_input(j, op, in, err);
}

/* ---- a plan for the first rows, and one for all ----------------------------------------------------- */

/* Is it worth it? An EXISTS begins again and again; operators that both plans hold must not be stopped. */
static bool can_try(const join_plan *j, const kg_step *step, const kg_step *whole) {
  for (uint32_t i = 0; i < j->count; i++) {
    if (j->inputs[i].kind == KG_INPUT_OP && j->inputs[i].op->child_count > 0) {
      return false;
    }
  }
  const bool tested = kg_run_off(j->p->run, KG_OFF_ALL_ROWS);
  return step != whole && kg_set_empty(j->p->frame->given, j->p->words) &&
         (step->cost > TRIAL_MARGIN * whole->cost || tested) && !kg_run_off(j->p->run, KG_OFF_TRIAL);
}

static kgq_status build_trial(join_plan *j, const kg_step *step, const kg_step *whole, kg_op **out,
                              kgq_error **err) {
  const double goal = j->p->goal < j->p->values ? j->p->goal : j->p->values;
  const double rows = goal < TRIAL_ROWS_MOST ? goal : TRIAL_ROWS_MOST;
  const double other = whole->startup + part_read(j, whole) * (whole->cost - whole->startup);
  bool *applied = (bool *)kg_arena_zero(j->p->run->arena, (size_t)j->expr_count + 1);
  kg_op *quick = NULL, *all = NULL;
  if (!applied) {
    return kg_fail_memory(err);
  }
  memcpy(applied, j->applied, j->expr_count * sizeof(bool));
  KGQ_TRY(build(j, step, 0, &quick, err));
  memcpy(j->applied, applied, j->expr_count * sizeof(bool));
  KGQ_TRY(build(j, whole, 0, &all, err));
  const uint64_t least = kg_run_off(j->p->run, KG_OFF_ALL_ROWS) ? TRIAL_WORK_TESTED : TRIAL_WORK_LEAST;
  return kg_make_trial(j->p->run, j->p->frame, quick, all, (uint64_t)rows,
                       (uint64_t)(other * TRIAL_WORK) + least, out, err);
}

kgq_status kg_plan_join(kg_planner *p, kg_alg *alg, const kg_expr *const *exprs, uint32_t expr_count,
                        const uint64_t *needed, kg_op **out, kgq_error **err) {
  join_plan j = { .p = p, .needed = needed, .exprs = exprs, .expr_count = expr_count };
  const kg_step *step = NULL, *whole = NULL;
  kg_seed *seed = p->seed;
  p->seed = NULL;
  p->most = UINT64_MAX;
  KGQ_TRY(make_expr_sets(&j, err));
  KGQ_TRY(add_part(&j, alg, err));
  KGQ_TRY(make_inputs(&j, seed, err));
  if (j.empty) {
    return build_empty(&j, out, err);
  }
  kg_edge *edges = NULL;
  uint32_t edge_count = 0, copy_count = 0;
  kg_edge *copies = (kg_edge *)kg_arena_zero(p->run->arena, ((size_t)expr_count + 1) * sizeof(kg_edge));
  uint64_t *with = kg_plan_union(p, needed, NULL, err);
  if (!copies || !with) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(join_equals(&j, with, copies, &copy_count, err));
  j.needed = with;
  j.goal = goal_of(&j);
  KGQ_TRY(find_edges(&j, &edges, &edge_count, err));
  KGQ_TRY(kg_order_join(p->run, j.inputs, j.count, edges, edge_count, &j.goal, &whole, &step, err));
  KGQ_TRY(join_cycle(&j, edges, edge_count, &step, &whole, err));
  if (leads_with_part(&j, step)) {
    KGQ_TRY(plan_part_again(&j, leftmost(step), part_read(&j, step), err));
    KGQ_TRY(kg_order_join(p->run, j.inputs, j.count, edges, edge_count, &j.goal, &whole, &step, err));
  }
  KGQ_TRY(can_try(&j, step, whole) ? build_trial(&j, step, whole, out, err) : build(&j, step, 0, out, err));
  const double part = part_read(&j, step);
  (*out)->wanted = part < 1 && j.count > 1 ? part * step->rows : 0;
  return add_copies(&j, copies, copy_count, out, err);
}
