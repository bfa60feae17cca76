/* query/plan_count.c: groups of which only numbers are asked for: counting before joining.
 *
 * GROUP BY ?v with COUNT(*) over one pattern reads its values run by run (op_runs.c), and so does DISTINCT.
 * In a join, a pattern of which nothing but one variable ?v is read by anybody else gives each value of ?v
 * once, with the number of its rows as a weight; a row of the join then stands for as many solutions as the
 * product of its weights says, and COUNT adds that. Where all aggregates give the same for repeated rows, no
 * weights are needed. The weight takes the place of another variable of the pattern, which nobody reads.
 */
#include "query/plan.h"

/* Joins that cost less are not worth a second plan. */
#define COST_SMALL 3000.0
/* Rows a value from which a pattern is counted first. */
#define ROWS_A_VALUE 1.3
/* A row that GROUP reads. */
#define COST_ROW 4.0

static bool is_pattern(const kg_alg *alg) {
  return alg->kind == KG_ALG_TRIPLE || alg->kind == KG_ALG_TERM;
}

/* Every row once, or as many times as its weight: for these it is the same, or known. */
static bool counts_only(const kg_alg *group) {
  for (uint32_t i = 0; i < group->aggregate_count; i++) {
    const kg_alg_aggregate *a = &group->aggregates[i];
    const int kind = (int)a->call->aggregate;
    const bool solutions = a->argument == KG_NO_VAR && a->call->distinct;
    if (solutions || (kind != KG_AGG_COUNT && kind != KG_AGG_MIN && kind != KG_AGG_MAX)) {
      return false;
    }
  }
  return true;
}

/* Does an aggregate count how often a row comes? */
static bool counts_rows(const kg_alg *group) {
  for (uint32_t i = 0; i < group->aggregate_count; i++) {
    if (group->aggregates[i].call->aggregate == KG_AGG_COUNT && !group->aggregates[i].call->distinct) {
      return true;
    }
  }
  return false;
}

static bool open_frame(const kg_planner *p) {
  return !kg_run_off(p->run, KG_OFF_COUNT_FIRST) && kg_set_empty(p->frame->given, p->words);
}

/* Different variables of the pattern: those in `read`, which is to be one, and one of the others. */
static uint32_t shared_vars(const kg_leaf *leaf, const uint64_t *read, kg_var *key, kg_var *other) {
  kg_var vars[4];
  uint32_t shared = 0;
  *other = KG_NO_VAR;
  const uint32_t count = kg_leaf_vars(leaf, vars);
  for (uint32_t i = 0; i < count; i++) {
    if (kg_set_has(read, vars[i])) {
      *key = vars[i];
      shared++;
    } else {
      *other = vars[i];
    }
  }
  return shared;
}

/* ---- one pattern -------------------------------------------------------------------------------- */

static kgq_status plan_values(kg_planner *p, kg_alg *pattern, const uint64_t *read, kg_var count, kg_op **out,
                              kgq_error **err) {
  kg_leaf leaf;
  kg_estimate e;
  kg_var key = KG_NO_VAR, other = KG_NO_VAR;
  KGQ_TRY(kg_leaf_make(p->run, pattern, &leaf, err));
  if (leaf.missing || shared_vars(&leaf, read, &key, &other) != 1) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_estimate_leaf(p->run, p->frame, &leaf, true, &e, err));
  return kg_make_runs(p->run, p->frame, &leaf, key, count, &e, out, err);
}

static kgq_status sorted_values(kg_planner *p, kg_alg *pattern, kg_var v, kg_op **out, kgq_error **err) {
  kg_leaf leaf;
  kg_estimate e;
  kg_quads_spec spec;
  KGQ_TRY(kg_leaf_make(p->run, pattern, &leaf, err));
  if (leaf.missing || kg_leaf_slot(&leaf, v) < 0) {
    return KGQ_OK;
  }
  kg_leaf_spec(&leaf, p->frame, &spec);
  if (!kg_quads_can_sort(&spec, kg_leaf_slot(&leaf, v))) {
    return KGQ_OK; /* DISTINCT gives its first rows sooner than a table of all */
  }
  KGQ_TRY(kg_estimate_leaf(p->run, p->frame, &leaf, false, &e, err));
  return kg_make_runs(p->run, p->frame, &leaf, v, KG_NO_VAR, &e, out, err);
}

kgq_status kg_plan_distinct_values(kg_planner *p, const kg_alg *distinct, kg_op **out, kgq_error **err) {
  const kg_alg *project = distinct->children[0];
  kg_op *values = NULL;
  *out = NULL;
  if (!open_frame(p) || project->kind != KG_ALG_PROJECT || project->var_count != 1 ||
      !is_pattern(project->children[0])) {
    return KGQ_OK;
  }
  KGQ_TRY(sorted_values(p, project->children[0], project->vars[0], &values, err));
  if (!values) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_make_project(p->run, p->frame, values, project->vars, 1, out, err));
  (*out)->cost = values->cost;
  return KGQ_OK;
}

/* COUNT(?x) counts rows where ?x has a value in each. */
static kgq_status count_rows_of_certain(kg_planner *p, kg_alg **group, kgq_error **err) {
  const kg_alg *alg = *group;
  kg_alg *copy = (kg_alg *)kg_arena_zero(p->run->arena, sizeof(kg_alg));
  kg_alg_aggregate *list = (kg_alg_aggregate *)kg_arena_zero(
      p->run->arena, ((size_t)alg->aggregate_count + 1) * sizeof(kg_alg_aggregate));
  if (!copy || !list) {
    return kg_fail_memory(err);
  }
  *copy = *alg;
  copy->aggregates = list;
  for (uint32_t i = 0; i < alg->aggregate_count; i++) {
    list[i] = alg->aggregates[i];
    if (list[i].argument != KG_NO_VAR && list[i].call->aggregate == KG_AGG_COUNT && !list[i].call->distinct &&
        kg_set_has(alg->children[0]->certain, list[i].argument)) {
      list[i].argument = KG_NO_VAR;
    }
  }
  *group = copy;
  return KGQ_OK;
}

kgq_status kg_plan_group_start(kg_planner *p, kg_alg **group, uint64_t *wanted, kg_op **out,
                               kgq_error **err) {
  *out = NULL;
  if (!open_frame(p)) {
    return KGQ_OK;
  }
  KGQ_TRY(count_rows_of_certain(p, group, err));
  const kg_alg *alg = *group;
  for (uint32_t i = 0; i < alg->var_count; i++) {
    kg_set_add(wanted, alg->vars[i]);
  }
  const bool one = alg->aggregate_count == 1 && alg->aggregates[0].argument == KG_NO_VAR &&
                   !alg->aggregates[0].call->distinct;
  if (alg->var_count != 1 || !one || !is_pattern(alg->children[0])) {
    return KGQ_OK;
  }
  return plan_values(p, alg->children[0], wanted, alg->aggregates[0].out, out, err);
}

/* ---- joins -------------------------------------------------------------------------------------- */

static const kg_expr count_star = { .kind = KG_EXPR_AGGREGATE, .aggregate = KG_AGG_COUNT, .star = true };

/* GROUP BY key over the pattern; `weight` NULL: without a number. */
static kgq_status make_counted(kg_planner *p, kg_alg *pattern, kg_var key, kg_var weight, kg_alg **out,
                               kgq_error **err) {
  kg_arena *arena = p->run->arena;
  kg_alg *group = (kg_alg *)kg_arena_zero(arena, sizeof(kg_alg));
  kg_alg **child = (kg_alg **)kg_arena_zero(arena, sizeof(kg_alg *));
  kg_var *vars = (kg_var *)kg_arena_zero(arena, sizeof(kg_var));
  kg_alg_aggregate *count = (kg_alg_aggregate *)kg_arena_zero(arena, sizeof(kg_alg_aggregate));
  uint64_t *set = kg_run_set(p->run, err);
  if (!group || !child || !vars || !count || !set) {
    return kg_fail_memory(err);
  }
  *group = *pattern;
  group->kind = KG_ALG_GROUP;
  *child = pattern;
  group->children = child;
  group->child_count = 1;
  *vars = key;
  group->vars = vars;
  group->var_count = 1;
  *count = (kg_alg_aggregate){ .out = weight, .argument = KG_NO_VAR, .call = &count_star };
  group->aggregates = count;
  group->aggregate_count = weight == KG_NO_VAR ? 0 : 1;
  kg_set_add(set, key);
  if (weight != KG_NO_VAR) {
    kg_set_add(set, weight);
  }
  group->bound = group->certain = group->mentioned = set;
  *out = group;
  return KGQ_OK;
}

/* What others read: those above the join, and its other parts. */
static kgq_status read_by_others(kg_planner *p, const kg_alg *join, uint32_t part, const uint64_t *wanted,
                                 uint64_t **out, kgq_error **err) {
  *out = kg_plan_union(p, wanted, NULL, err);
  for (uint32_t i = 0; *out && i < join->child_count; i++) {
    if (i != part) {
      kg_set_or(*out, join->children[i]->mentioned, p->words);
    }
  }
  return *out ? KGQ_OK : KGQ_NOMEM;
}

static bool repeats(const kg_estimate *e, kg_var key) {
  for (uint32_t i = 0; i < e->var_count; i++) {
    if (e->vars[i] == key) {
      return e->rows >= ROWS_A_VALUE * e->distinct[i];
    }
  }
  return false;
}

/* Are two patterns the same but for the names of variables that nobody else reads, all but those of the same
 * name? */
static kgq_status same_rows(kg_planner *p, const kg_alg *one, const kg_alg *other, bool *same,
                            kgq_error **err) {
  kg_leaf a, b;
  KGQ_TRY(kg_leaf_make(p->run, one, &a, err));
  KGQ_TRY(kg_leaf_make(p->run, other, &b, err));
  *same = a.source == b.source;
  for (unsigned i = 0; i < 4 && *same; i++) {
    const kg_var v = a.slot[i].var, w = b.slot[i].var;
    *same =
        v == w || (v != KG_NO_VAR && w != KG_NO_VAR && kg_leaf_slot(&b, v) < 0 && kg_leaf_slot(&a, w) < 0);
    *same = *same && a.slot[i].id == b.slot[i].id &&
            (v == KG_NO_VAR || kg_leaf_slot(&a, v) == kg_leaf_slot(&b, w));
  }
  return KGQ_OK;
}

static kgq_status has_twin(kg_planner *p, const kg_alg *join, uint32_t part, bool *twin, kgq_error **err) {
  *twin = false;
  for (uint32_t i = 0; i < join->child_count && !*twin; i++) {
    if (i != part && is_pattern(join->children[i])) {
      KGQ_TRY(same_rows(p, join->children[part], join->children[i], twin, err));
    }
  }
  return KGQ_OK;
}

/* A part of the join, or what takes its place. */
static kgq_status counted_part(kg_planner *p, const kg_alg *join, uint32_t part, const uint64_t *wanted,
                               bool weigh, kg_alg **out, kg_var *weight, kgq_error **err) {
  kg_alg *pattern = join->children[part];
  kg_var key = KG_NO_VAR, other = KG_NO_VAR;
  uint64_t *read = NULL;
  kg_leaf leaf;
  kg_estimate e;
  *out = pattern;
  *weight = KG_NO_VAR;
  if (!is_pattern(pattern)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_leaf_make(p->run, pattern, &leaf, err));
  KGQ_TRY(read_by_others(p, join, part, wanted, &read, err));
  if (leaf.missing || shared_vars(&leaf, read, &key, &other) != 1 || other == KG_NO_VAR) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_estimate_leaf(p->run, p->frame, &leaf, true, &e, err));
  bool twin = false;
  KGQ_TRY(has_twin(p, join, part, &twin, err));
  if (!repeats(&e, key) && !twin && !kg_run_off(p->run, KG_OFF_COUNT_LATE)) {
    return KGQ_OK;
  }
  *weight = weigh ? other : KG_NO_VAR;
  return make_counted(p, pattern, key, *weight, out, err);
}

/* The number of an earlier part that was counted and has the same rows, or of none: child_count. */
static kgq_status counted_before(kg_planner *p, const kg_alg *join, const kg_alg *counted, uint32_t part,
                                 const uint32_t *places, uint32_t *earlier, kgq_error **err) {
  for (*earlier = 0; *earlier < part; ++*earlier) {
    bool same = false;
    const uint32_t at = places[*earlier];
    if (counted->children[at] != join->children[*earlier]) {
      KGQ_TRY(same_rows(p, join->children[*earlier], join->children[part], &same, err));
    }
    if (same) {
      return KGQ_OK;
    }
  }
  *earlier = join->child_count;
  return KGQ_OK;
}

/* The join with patterns counted first; *changed: is there any? Of two with the same rows one is enough: its
 * number counts twice. */
static kgq_status counted_join(kg_planner *p, const kg_alg *join, const uint64_t *wanted, bool weigh,
                               kg_alg *out, kg_weights *weights, bool *changed, kgq_error **err) {
  *out = *join;
  out->children = (kg_alg **)kg_arena_zero(p->run->arena, ((size_t)join->child_count + 1) * sizeof(kg_alg *));
  weights->vars = (kg_var *)kg_arena_zero(p->run->arena, ((size_t)join->child_count + 1) * sizeof(kg_var));
  uint32_t *places = (uint32_t *)kg_arena_zero(p->run->arena, join->child_count * sizeof(uint32_t));
  kg_var *own = (kg_var *)kg_arena_zero(p->run->arena, join->child_count * sizeof(kg_var));
  if (!out->children || !weights->vars || !places || !own) {
    return kg_fail_memory(err);
  }
  out->child_count = 0;
  for (uint32_t i = 0; i < join->child_count; i++) {
    kg_alg *part = NULL;
    uint32_t earlier = join->child_count;
    KGQ_TRY(counted_part(p, join, i, wanted, weigh, &part, &own[i], err));
    if (part != join->children[i]) {
      *changed = true;
      KGQ_TRY(counted_before(p, join, out, i, places, &earlier, err));
    }
    if (earlier < join->child_count) {
      places[i] = places[earlier];
      own[i] = own[earlier];
    } else {
      places[i] = out->child_count;
      out->children[out->child_count++] = part;
    }
    if (own[i] != KG_NO_VAR) {
      weights->vars[weights->count++] = own[i];
    }
  }
  return KGQ_OK;
}

static double cost_of(const kg_op *op) {
  return op->cost + op->estimate * COST_ROW;
}

/* Only the variables that are read, each value once. */
static kgq_status values_below(kg_planner *p, const kg_alg *group, const uint64_t *wanted, kg_op **child,
                               kgq_error **err) {
  kg_op *values = NULL;
  if (counts_rows(group)) {
    return KGQ_OK;
  }
  KGQ_TRY(plan_values(p, group->children[0], wanted, KG_NO_VAR, &values, err));
  if (values && cost_of(values) < cost_of(*child)) {
    *child = values;
  }
  return KGQ_OK;
}

kgq_status kg_plan_count_first(kg_planner *p, const kg_alg *group, const uint64_t *wanted, kg_op **child,
                               kg_weights *weights, kgq_error **err) {
  const kg_alg *below = group->children[0];
  const bool forced = kg_run_off(p->run, KG_OFF_COUNT_LATE);
  kg_weights found = { NULL, 0 };
  bool changed = false;
  if (!open_frame(p) || !counts_only(group) || (cost_of(*child) < COST_SMALL && !forced)) {
    return KGQ_OK;
  }
  if (is_pattern(below)) {
    return values_below(p, group, wanted, child, err);
  }
  kg_alg *join = (kg_alg *)kg_arena_zero(p->run->arena, sizeof(kg_alg));
  uint64_t *with = kg_plan_union(p, wanted, NULL, err);
  kg_op *other = NULL;
  if (!join || !with) {
    return kg_fail_memory(err);
  }
  if (below->kind != KG_ALG_JOIN || below->child_count < 2) {
    return KGQ_OK;
  }
  KGQ_TRY(counted_join(p, below, wanted, counts_rows(group), join, &found, &changed, err));
  if (!changed) {
    return KGQ_OK;
  }
  for (uint32_t i = 0; i < found.count; i++) {
    kg_set_add(with, found.vars[i]);
  }
  KGQ_TRY(p->node(p, join, with, &other, err));
  if (cost_of(other) < cost_of(*child) || forced) {
    *child = other;
    *weights = found;
  }
  return KGQ_OK;
}
