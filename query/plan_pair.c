/* query/plan_pair.c: OPTIONAL, MINUS and EXISTS as joins: how the right side meets the left one.
 *
 * Three ways, by estimated cost: a single pattern is looked up for each left row; the right side is evaluated
 * for each batch of left keys (seed); or it is evaluated once, whole. Look-ups and seeds need the common
 * variables to be bound for certain, since a key that is unbound would be a wildcard.
 */
#include <assert.h>

#include "query/estimate.h"
#include "query/plan.h"

#define COST_LOOK_UP 25.0
#define COST_BUILD   3.0
/* Right sides inside right sides for which both ways are planned and compared: each level doubles the work.
 */
#define COMPARE_DEPTH 4
/* Work below which a right side is simply evaluated whole. */
#define COST_SMALL 5000.0
/* Half of the rows find a partner, as far as is known. */
#define ROWS_A_RESULT 2.0

typedef struct pairing {
  kg_planner *p;
  kg_op *left;
  kg_alg *right;
  uint64_t *right_needed;
  kg_join_spec spec;
} pairing;

/* ---- seeds -------------------------------------------------------------------------------------- */

bool kg_plan_seedable(const kg_alg *alg, const kg_seed *seed) {
  switch (alg->kind) {
  case KG_ALG_TRIPLE:
  case KG_ALG_TERM:
  case KG_ALG_PATH:
  case KG_ALG_MATCHES:
  case KG_ALG_GRAPHS:
  case KG_ALG_VALUES:
  case KG_ALG_JOIN: return true;
  case KG_ALG_FILTER:
  case KG_ALG_LEFT_JOIN:
  case KG_ALG_MINUS: return kg_plan_seedable(alg->children[0], seed);
  case KG_ALG_EXTEND:
    for (uint32_t i = 0; i < seed->var_count; i++) {
      if (seed->vars[i] == alg->var) {
        return false;
      }
    }
    return kg_plan_seedable(alg->children[0], seed);
  case KG_ALG_UNION:
    for (uint32_t i = 0; i < alg->child_count; i++) {
      if (!kg_plan_seedable(alg->children[i], seed)) {
        return false;
      }
    }
    return true;
  case KG_ALG_UNIT:
  case KG_ALG_GRAPH:
  case KG_ALG_SAME:
  case KG_ALG_GROUP:
  case KG_ALG_ORDER:
  case KG_ALG_PROJECT:
  case KG_ALG_DISTINCT:
  case KG_ALG_REDUCED:
  case KG_ALG_SLICE: return false;
  }
  return false;
}

/* Variables that both sides bind for certain; NULL in *out: none, or too many. */
static kgq_status make_seed(const pairing *g, kg_seed **out, kgq_error **err) {
  kg_run *run = g->p->run;
  *out = NULL;
  kg_seed *seed = (kg_seed *)kg_arena_zero(run->arena, sizeof(kg_seed));
  kg_var *vars = (kg_var *)kg_arena_zero(run->arena, ((size_t)g->left->var_count + 1) * sizeof(kg_var));
  if (!seed || !vars) {
    return kg_fail_memory(err);
  }
  seed->vars = vars;
  for (uint32_t i = 0; i < g->left->var_count; i++) {
    const kg_var v = g->left->vars[i];
    if (kg_set_has(g->left->certain, v) && kg_set_has(g->right->certain, v) &&
        !kg_frame_gives(g->p->frame, v)) {
      vars[seed->var_count++] = v;
    }
  }
  if (seed->var_count == 0 || seed->var_count > 64 || !kg_plan_seedable(g->right, seed)) {
    return KGQ_OK;
  }
  const double batch = kg_run_rows(run);
  seed->expected = g->left->estimate < batch ? g->left->estimate + 1 : batch;
  kg_rows_init(&seed->rows, run->allocator, seed->var_count);
  *out = seed;
  return KGQ_OK;
}

/* ---- the three ways ----------------------------------------------------------------------------- */

static bool is_pattern(const kg_alg *alg) {
  return alg->kind == KG_ALG_TRIPLE || alg->kind == KG_ALG_TERM;
}

/* Every common column certain on the left, and at least one. */
static bool can_look_up(const pairing *g) {
  bool common = false;
  if (!is_pattern(g->right) || kg_run_off(g->p->run, KG_OFF_INDEX_JOIN)) {
    return false;
  }
  for (uint32_t i = 0; i < g->left->var_count; i++) {
    const kg_var v = g->left->vars[i];
    if (!kg_set_has(g->right->bound, v)) {
      continue;
    }
    if (!kg_set_has(g->left->certain, v)) {
      return false;
    }
    common = common || v != g->spec.except;
  }
  return common;
}

/* With each common variable certain and one that counts, every compatible row of MINUS also overlaps. */
static kg_join_kind look_up_kind(kg_join_kind kind) {
  return kind == KG_JOIN_MINUS ? KG_JOIN_ANTI : kind;
}

/* Left rows that are read for the goal. */
static double left_rows(const pairing *g) {
  return kg_plan_rows_read(g->p, g->left->estimate);
}

static void set_estimates(pairing *g, kg_op *op, double right_cost) {
  op->estimate = g->left->estimate;
  if (g->spec.kind == KG_JOIN_SEMI || g->spec.kind == KG_JOIN_ANTI || g->spec.kind == KG_JOIN_MINUS ||
      g->spec.alone) {
    op->estimate *= 0.5;
  }
  op->cost = g->left->cost + right_cost + g->left->estimate;
  op->startup = g->left->startup + (op->child_count > 1 ? right_cost : COST_LOOK_UP);
}

static kgq_status by_look_up(pairing *g, const kg_leaf *leaf, kg_op **out, kgq_error **err) {
  kg_join_spec spec = g->spec;
  spec.kind = look_up_kind(spec.kind);
  KGQ_TRY(kg_make_index_join(g->p->run, g->p->frame, g->left, leaf, &spec, out, err));
  set_estimates(g, *out, g->left->estimate * COST_LOOK_UP);
  return KGQ_OK;
}

static kgq_status plan_right(pairing *g, kg_seed *seed, kg_op **out, kgq_error **err) {
  g->p->seed = seed;
  g->p->most = UINT64_MAX;
  g->p->pair_depth++;
  KGQ_TRY(kg_plan_all(g->p, g->right, g->right_needed, out, err));
  g->p->pair_depth--;
  assert(g->p->seed == NULL);
  return KGQ_OK;
}

static double table_cost(const kg_op *right) {
  return right->cost + right->estimate * COST_BUILD;
}

/* The right side whole, or for each batch of keys, whichever costs less; *cost of it. */
static kgq_status choose_right(pairing *g, kg_op **right, double *cost, kgq_error **err) {
  kg_op *whole = NULL, *seeded = NULL;
  kg_seed *seed = NULL;
  const bool deep = g->p->pair_depth >= COMPARE_DEPTH;
  const double batches = left_rows(g) / kg_run_rows(g->p->run) + 1;
  if (!deep) {
    KGQ_TRY(plan_right(g, NULL, &whole, err));
    *right = whole;
    *cost = table_cost(whole);
  }
  if ((deep || *cost > COST_SMALL) && !kg_run_off(g->p->run, KG_OFF_SEEDS)) {
    KGQ_TRY(make_seed(g, &seed, err));
  }
  if (!seed) {
    return whole ? KGQ_OK : plan_right(g, NULL, right, err);
  }
  KGQ_TRY(plan_right(g, seed, &seeded, err));
  if (!whole || batches * table_cost(seeded) < *cost) {
    *right = seeded;
    *cost = batches * table_cost(seeded);
    g->spec.seed = seed;
  }
  return KGQ_OK;
}

static kgq_status by_table(pairing *g, kg_op **out, kgq_error **err) {
  kg_op *right = NULL;
  double cost = 0;
  KGQ_TRY(choose_right(g, &right, &cost, err));
  KGQ_TRY(kg_plan_equal_pairs(g->p, g->left, right, g->spec.exprs, NULL, g->spec.expr_count, &g->spec, err));
  KGQ_TRY(kg_make_hash_join(g->p->run, g->p->frame, g->left, right, &g->spec, out, err));
  set_estimates(g, *out, cost);
  return KGQ_OK;
}

static kgq_status plan_pair(pairing *g, kg_op **out, kgq_error **err) {
  kg_leaf leaf;
  if (can_look_up(g)) {
    kg_estimate e;
    KGQ_TRY(kg_leaf_make(g->p->run, g->right, &leaf, err));
    if (!leaf.missing) {
      KGQ_TRY(kg_estimate_leaf(g->p->run, g->p->frame, &leaf, false, &e, err));
      if (left_rows(g) * COST_LOOK_UP < e.rows * (1 + COST_BUILD) + 1000 ||
          kg_run_off(g->p->run, KG_OFF_HASH_JOIN)) {
        return by_look_up(g, &leaf, out, err);
      }
    }
  }
  return by_table(g, out, err);
}

/* ---- OPTIONAL ----------------------------------------------------------------------------------- */

/* The variable that must be unbound has a value from outside: then it is for the condition to say. */
static bool alone_is_given(const kg_planner *p, const kg_alg *alg) {
  kg_var v = KG_NO_VAR;
  return alg->alone && kg_expr_is_unbound(alg->alone, &v) && kg_frame_gives(p->frame, v);
}

kgq_status kg_plan_left_join(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                             kgq_error **err) {
  kg_alg *left = alg->children[0], *right = alg->children[1];
  uint64_t *wanted = kg_plan_union(p, needed, NULL, err);
  if (!wanted) {
    return KGQ_NOMEM;
  }
  kg_plan_expr_vars(p, alg->exprs, alg->expr_count, wanted);
  uint64_t *left_needed = kg_plan_union(p, wanted, right->bound, err);
  uint64_t *right_needed = kg_plan_union(p, wanted, left->bound, err);
  if (!left_needed || !right_needed) {
    return KGQ_NOMEM;
  }
  pairing g = { .p = p, .right = right, .right_needed = right_needed };
  g.spec = (kg_join_spec){ .kind = KG_JOIN_LEFT,
                           .exprs = alg->exprs,
                           .expr_count = alg->expr_count,
                           .except = KG_NO_VAR,
                           .needed = wanted };
  const bool test_alone = alone_is_given(p, alg);
  g.spec.alone = alg->alone && !test_alone;
  p->most = UINT64_MAX;
  p->goal *= g.spec.alone ? ROWS_A_RESULT : 1;
  KGQ_TRY(p->node(p, left, left_needed, &g.left, err)); /* takes the seed, if there is one */
  KGQ_TRY(plan_pair(&g, out, err));
  KGQ_TRY(kg_plan_fill_given(p, out, err));
  return test_alone ? kg_make_filter(p->run, p->frame, *out, &alg->alone, 1, out, err) : KGQ_OK;
}

/* ---- MINUS -------------------------------------------------------------------------------------- */

/* Can a row of the right side share a variable with one of the left? Else MINUS removes nothing (18.5). */
static bool may_overlap(const kg_alg *alg, uint32_t words) {
  const uint64_t *a = alg->children[0]->bound, *b = alg->children[1]->bound;
  for (uint32_t w = 0; w < words; w++) {
    uint64_t common = a[w] & b[w];
    if (alg->scope.var != KG_NO_VAR && alg->scope.var / 64 == w) {
      common &= ~((uint64_t)1 << (alg->scope.var % 64));
    }
    if (common != 0) {
      return true;
    }
  }
  return false;
}

kgq_status kg_plan_minus(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out, kgq_error **err) {
  kg_alg *left = alg->children[0], *right = alg->children[1];
  uint64_t *left_needed = kg_plan_union(p, needed, right->bound, err);
  p->most = UINT64_MAX;
  if (!left_needed) {
    return KGQ_NOMEM;
  }
  if (!p->frame->context && !may_overlap(alg, p->words)) {
    return p->node(p, left, needed, out, err);
  }
  p->goal *= ROWS_A_RESULT;
  pairing g = { .p = p, .right = right, .right_needed = left->bound };
  g.spec = (kg_join_spec){ .kind = KG_JOIN_MINUS, .except = alg->scope.var, .needed = needed };
  if (p->frame
          ->context) { /* in an EXISTS both sides have the values of its row, so that they always overlap */
    g.spec.kind = KG_JOIN_ANTI;
    g.spec.except = KG_NO_VAR;
  }
  KGQ_TRY(p->node(p, left, left_needed, &g.left, err));
  return plan_pair(&g, out, err);
}

/* ---- EXISTS ------------------------------------------------------------------------------------- */

/* Substituting a row's values into these is joining with the row (no part of them hides variables or asks
 * whether one is bound), and terms that are not in the graph match nothing. */
static bool is_plain(const kg_alg *alg) {
  switch (alg->kind) {
  case KG_ALG_TRIPLE:
  case KG_ALG_TERM:
  case KG_ALG_GRAPHS:
  case KG_ALG_MATCHES: return true;
  case KG_ALG_JOIN:
  case KG_ALG_UNION:
    for (uint32_t i = 0; i < alg->child_count; i++) {
      if (!is_plain(alg->children[i])) {
        return false;
      }
    }
    return true;
  case KG_ALG_FILTER:
    for (uint32_t i = 0; i < alg->expr_count; i++) {
      if (kg_expr_has_exists(alg->exprs[i]) || kg_expr_volatile(alg->exprs[i])) {
        return false;
      }
    }
    return is_plain(alg->children[0]);
  case KG_ALG_UNIT:
  case KG_ALG_PATH:
  case KG_ALG_LEFT_JOIN:
  case KG_ALG_MINUS:
  case KG_ALG_EXTEND:
  case KG_ALG_VALUES:
  case KG_ALG_GRAPH:
  case KG_ALG_SAME:
  case KG_ALG_GROUP:
  case KG_ALG_ORDER:
  case KG_ALG_PROJECT:
  case KG_ALG_DISTINCT:
  case KG_ALG_REDUCED:
  case KG_ALG_SLICE: return false;
  }
  return false;
}

bool kg_plan_can_semi_join(const kg_planner *p, const uint64_t *bound, const uint64_t *certain,
                           const kg_expr *expr) {
  if ((expr->kind != KG_EXPR_EXISTS && expr->kind != KG_EXPR_NOT_EXISTS) ||
      kg_run_off(p->run, KG_OFF_SEMI_JOIN)) {
    return false;
  }
  const kg_alg *alg = kg_algebra_exists(p->run->algebra, expr->pattern)->planned;
  return is_plain(alg) && kg_set_common_in(alg->mentioned, bound, certain, p->words) &&
         kg_set_common_in(alg->mentioned, bound, alg->certain, p->words) &&
         kg_set_meets(alg->mentioned, bound, p->words);
}

kgq_status kg_plan_semi_join(kg_planner *p, kg_op *left, const uint64_t *outer_bound, const kg_expr *expr,
                             kg_op **out, kgq_error **err) {
  *out = NULL;
  if (!kg_plan_can_semi_join(p, outer_bound, left->certain, expr)) {
    return KGQ_OK;
  }
  pairing g = { .p = p, .left = left, .right = kg_algebra_exists(p->run->algebra, expr->pattern)->planned };
  g.right_needed = kg_run_set(p->run, err);
  if (!g.right_needed) {
    return KGQ_NOMEM;
  }
  for (uint32_t i = 0; i < left->var_count; i++) {
    kg_set_add(g.right_needed, left->vars[i]);
  }
  g.spec = (kg_join_spec){ .kind = expr->kind == KG_EXPR_EXISTS ? KG_JOIN_SEMI : KG_JOIN_ANTI,
                           .except = KG_NO_VAR };
  const double goal = p->goal;
  p->goal *= ROWS_A_RESULT;
  KGQ_TRY(plan_pair(&g, out, err));
  p->goal = goal;
  return KGQ_OK;
}
