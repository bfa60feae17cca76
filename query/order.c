/* query/order.c: the search for a join order. See order.h.
 *
 * The number of rows of a set of inputs does not depend on how it is joined: the product of their rows,
 * divided for each variable by all but the smallest of its numbers of different values. Costs are in units of
 * one row read from a block (5 to 10 ns): a look-up is about 25 of them when keys come sorted, a row into a
 * hash table 3, a probe 1.5. A part of it comes before the first row: where only some rows are wanted, plans
 * are compared by that and by the same part of the rest.
 */
#include "query/order.h"

#include <assert.h>

#include "core/limits.h"

#define COST_LOOK_UP 25.0
#define COST_BUILD   3.0
#define COST_PROBE   1.5
#define COST_MERGE   0.8
#define COST_PATH    400.0
#define COST_TEST    60.0
/* Estimates of rows may be far off, and then all the work is done: so much of it counts in any case. */
#define SHARE_OF_ALL 0.02
/* What a complete search takes by the number of inputs, between 1 us for three and 200 for twelve: it has to
 * save as much to be worth it. */
static const double search_cost[KG_PLAN_DP_INPUTS + 1] = { 0,    0,    40,   120,   400,   700,  1300,
                                                           3000, 9000, 8000, 12000, 24000, 45000 };
/* Kept for one set: the cheapest, and the cheapest in the order of some variables. */
#define PLANS_PER_SET 4
/* Up to here every division of a set in two is tried; above, one side is a single input. */
#define BUSHY_INPUTS 8

typedef struct plan_set {
  kg_step *plans[PLANS_PER_SET];
  uint32_t count;
  uint32_t neighbours;       /* inputs that any of its own has a variable or a condition with */
  double rows, least;        /* least: no plan of it has a lower score */
  uint64_t *bound, *certain; /* NULL: nothing was asked of it yet */
  uint64_t *members;         /* of all its plans */
} plan_set;

typedef struct search {
  kg_run *run;
  const kg_input *inputs;
  uint32_t count, words; /* words of member sets */
  uint32_t set_words;    /* words of variable sets */
  plan_set *sets;
  const kg_edge *edges;
  uint32_t edge_count;
  double part;    /* of the rows is wanted: 1 all */
  double dearest; /* no plan that costs more can be part of the best one */
  double *least; /* by variable: fewest different values among the inputs joined so far; 0: in none of them */
  uint32_t *users; /* by variable: the inputs that have it */
  double *own;     /* by variable and input: its different values there */
  bool *alive;     /* by set: it has a plan */
} search;

double kg_order_score(double startup, double cost, double part) {
  return part < 1 ? startup + part * (cost - startup) + SHARE_OF_ALL * cost : cost;
}

double kg_order_part(const kg_goal *goal, double rows) {
  const double part = goal->rows < rows ? goal->rows / rows : 1;
  return goal->part < part ? goal->part : part;
}

/* ---- steps -------------------------------------------------------------------------------------- */

static uint64_t *new_members(search *s, const kg_step *left, const kg_step *right, kgq_error **err) {
  uint64_t *members = (uint64_t *)kg_arena_zero(s->run->arena, s->words * sizeof(uint64_t));
  if (!members) {
    (void)kg_fail_memory(err);
    return NULL;
  }
  if (left && right) {
    kg_set_or(members, left->members, s->words);
    kg_set_or(members, right->members, s->words);
  }
  return members;
}

static kg_step *new_step(search *s, kg_step_kind kind, const kg_step *left, const kg_step *right,
                         kgq_error **err) {
  kg_step *step = (kg_step *)kg_arena_zero(s->run->arena, sizeof(kg_step));
  uint64_t *members = new_members(s, left, right, err);
  if (!step || !members) {
    (void)kg_fail_memory(err);
    return NULL;
  }
  *step = (kg_step){ .kind = kind, .left = left, .right = right, .sorted_by = KG_NO_VAR, .members = members };
  return step;
}

static kgq_status input_step(search *s, uint32_t input, kg_var sorted_by, kg_step **out, kgq_error **err) {
  kg_step *step = new_step(s, KG_STEP_INPUT, NULL, NULL, err);
  if (!step) {
    return KGQ_NOMEM;
  }
  step->input = input;
  step->sorted_by = sorted_by;
  step->rows = s->inputs[input].rows;
  step->cost = s->inputs[input].cost;
  step->startup = s->inputs[input].startup;
  step->score = kg_order_score(step->startup, step->cost, s->part);
  kg_set_add(step->members, input);
  *out = step;
  return KGQ_OK;
}

/* ---- conditions ?a = ?b --------------------------------------------------------------------------- */

static bool spans(const kg_edge *e, const uint64_t *left, const uint64_t *right) {
  return (kg_set_has(left, e->a) && kg_set_has(right, e->b)) ||
         (kg_set_has(left, e->b) && kg_set_has(right, e->a));
}

/* Have two sides a variable, or a condition of equality, in common? */
static bool connected(const search *s, const uint64_t *left, const uint64_t *right) {
  bool edge = kg_set_meets(left, right, s->set_words);
  for (uint32_t i = 0; i < s->edge_count && !edge; i++) {
    edge = spans(&s->edges[i], left, right);
  }
  return edge;
}

/* ---- how two plans can be joined ---------------------------------------------------------------- */

/* Two sides of a join under consideration. */
typedef struct pair {
  const kg_step *left, *right;
  const uint64_t *left_bound, *left_certain, *right_bound, *right_certain;
  double rows; /* of the result */
} pair;

typedef struct candidate {
  kg_step_kind kind;
  double cost, startup;
  kg_var sorted_by;
} candidate;

static bool common_certain(const search *s, const pair *p, const uint64_t *bound) {
  return kg_set_common_in(p->left_bound, bound, p->left_certain, s->set_words);
}

static bool can_look_up(const search *s, const pair *p) {
  if (p->right->kind != KG_STEP_INPUT || kg_run_off(s->run, KG_OFF_INDEX_JOIN)) {
    return false;
  }
  const kg_input *in = &s->inputs[p->right->input];
  return in->kind == KG_INPUT_LEAF && common_certain(s, p, in->bound) &&
         kg_set_meets(p->left_bound, in->bound, s->set_words);
}

static bool can_go_along(const search *s, const pair *p) {
  if (p->right->kind != KG_STEP_INPUT) {
    return false;
  }
  const kg_input *in = &s->inputs[p->right->input];
  return (in->kind == KG_INPUT_PATH || in->kind == KG_INPUT_TEST) && common_certain(s, p, in->bound) &&
         kg_set_meets(p->left_bound, in->bound, s->set_words);
}

static bool can_merge(const search *s, const pair *p) {
  const kg_var v = p->left->sorted_by;
  return v != KG_NO_VAR && v == p->right->sorted_by && kg_set_has(p->left_certain, v) &&
         kg_set_has(p->right_certain, v) && !kg_run_off(s->run, KG_OFF_MERGE_JOIN);
}

/* Of a join whose right side is in a table before the first row comes. */
static double table_startup(const pair *p) {
  return p->left->startup + p->right->cost + p->right->rows * COST_BUILD;
}

enum { BY_INDEX = 1, ALONG_PATH = 2 };

/* How the right side, if it is an input, can be asked for the rows of the left one. */
static unsigned ways_to_ask(const search *s, const pair *p) {
  return can_look_up(s, p) ? BY_INDEX : can_go_along(s, p) ? ALONG_PATH : 0;
}

/* Of these the plan of the right side is no part. */
static uint32_t list_asking(const search *s, const pair *p, unsigned ways, candidate *out) {
  const double left_rows = p->left->rows;
  if ((ways & BY_INDEX) != 0) {
    const double cost = p->left->cost + left_rows * COST_LOOK_UP + p->rows;
    out[0] = (candidate){ KG_STEP_INDEX, cost, p->left->startup + COST_LOOK_UP, KG_NO_VAR };
  } else if ((ways & ALONG_PATH) != 0) {
    const double one = s->inputs[p->right->input].kind == KG_INPUT_PATH ? COST_PATH : COST_TEST;
    const double cost = p->left->cost + left_rows * one + p->rows;
    out[0] = (candidate){ KG_STEP_ALONG, cost, p->left->startup + one, KG_NO_VAR };
  }
  return ways != 0 ? 1 : 0;
}

static candidate merging(const pair *p) {
  const double cost =
      p->left->cost + p->right->cost + (p->left->rows + p->right->rows) * COST_MERGE + p->rows;
  return (candidate){ KG_STEP_MERGE, cost, p->left->startup + p->right->startup, p->left->sorted_by };
}

/* By a table of the right side. */
static candidate by_table(const pair *p, bool cross) {
  const double both = p->left->cost + p->right->cost + p->right->rows * COST_BUILD;
  if (cross) {
    return (candidate){ KG_STEP_CROSS, both + p->rows * 2, table_startup(p), p->left->sorted_by };
  }
  const double cost = both + p->left->rows * COST_PROBE + p->rows;
  return (candidate){ KG_STEP_HASH, cost, table_startup(p), p->left->sorted_by };
}

static uint32_t list_candidates(const search *s, const pair *p, candidate out[4]) {
  uint32_t n = list_asking(s, p, ways_to_ask(s, p), out);
  if (can_merge(s, p)) {
    out[n++] = merging(p);
  }
  const bool cross = !connected(s, p->left_bound, p->right_bound);
  if (cross || n == 0 || !kg_run_off(s->run, KG_OFF_HASH_JOIN)) {
    out[n++] = by_table(p, cross);
  }
  return n;
}

/* ---- sets of inputs ----------------------------------------------------------------------------- */

/* Is `candidate` better than what the set has for that order, or at all? *place: where it goes. */
static bool worth_keeping(const plan_set *set, double score, kg_var sorted_by, uint32_t *place) {
  uint32_t worst = 0;
  for (uint32_t i = 0; i < set->count; i++) {
    const kg_step *have = set->plans[i];
    if (have->sorted_by == sorted_by) {
      *place = i;
      return score < have->score;
    }
    if (have->score <= score && sorted_by == KG_NO_VAR) {
      return false; /* dearer than a plan that is sorted into the bargain */
    }
    if (set->plans[worst]->score < have->score) {
      worst = i;
    }
  }
  *place = set->count < PLANS_PER_SET ? set->count : worst;
  return set->count < PLANS_PER_SET || score < set->plans[worst]->score;
}

static void keep(plan_set *set, uint32_t place, kg_step *step) {
  set->least = set->count == 0 || step->score < set->least ? step->score : set->least;
  set->plans[place] = step;
  if (place == set->count) {
    set->count++;
  }
}

/* Puts the joined plan at that place. One that it displaces has no step above it yet: its memory is used. */
static kgq_status keep_pair(search *s, plan_set *set, uint32_t place, const kg_step *plan, kgq_error **err) {
  kg_step *step = place < set->count ? set->plans[place] : NULL;
  if (!set->members) {
    set->members = new_members(s, plan->left, plan->right, err);
  }
  if (!step) {
    step = (kg_step *)kg_arena_zero(s->run->arena, sizeof(kg_step));
  }
  if (!step || !set->members) {
    return kg_fail_memory(err);
  }
  *step = *plan;
  step->members = set->members;
  keep(set, place, step);
  return KGQ_OK;
}

static double at_least_one(double d) {
  return d < 1 ? 1 : d;
}

static void note_least(search *s, const kg_input *in) {
  for (uint32_t i = 0; i < in->var_count; i++) {
    double *least = &s->least[in->vars[i]];
    const double own = at_least_one(in->distinct[i]);
    *least = *least == 0.0 || own < *least ? own : *least;
  }
}

static void forget_least(search *s, const kg_input *in) {
  for (uint32_t i = 0; i < in->var_count; i++) {
    s->least[in->vars[i]] = 0;
  }
}

/* Rows of the inputs noted in s->least, `rows` together, with one more input. */
static double rows_with(const search *s, double rows, const kg_input *more) {
  double result = rows * more->rows;
  for (uint32_t i = 0; i < more->var_count; i++) {
    const double least = s->least[more->vars[i]], own = at_least_one(more->distinct[i]);
    if (least > 0) {
      result /= own > least ? own : least;
    }
  }
  for (uint32_t i = 0; i < s->edge_count; i++) {
    const kg_var a = s->edges[i].a, b = s->edges[i].b;
    const bool a_here = kg_set_has(more->bound, a);
    const double other = s->least[a_here ? b : a];
    if (a_here != kg_set_has(more->bound, b) && other > 0) {
      result /= other;
    }
  }
  return result < 0.01 ? 0.01 : result;
}

/* Fewest different values of `v` among the inputs of a set; 0: in none of them. */
static void note_least_in(search *s, uint32_t mask, kg_var v) {
  double least = 0;
  for (uint32_t users = s->users[v] & mask; users != 0; users &= users - 1) {
    const double own = s->own[v * s->count + (uint32_t)__builtin_ctz(users)];
    least = least == 0.0 || own < least ? own : least;
  }
  s->least[v] = least;
}

/* Notes what rows_with asks of the inputs of a set: the variables of one more, and those of conditions. */
static void note_for(search *s, uint32_t mask, const kg_input *more) {
  for (uint32_t i = 0; i < more->var_count; i++) {
    note_least_in(s, mask, more->vars[i]);
  }
  for (uint32_t i = 0; i < s->edge_count; i++) {
    note_least_in(s, mask, s->edges[i].a);
    note_least_in(s, mask, s->edges[i].b);
  }
}

/* A set whose last input is `last`; without it, the set is there, or empty. */
static kgq_status extend_set(search *s, uint32_t mask, uint32_t last, kgq_error **err) {
  plan_set *set = &s->sets[mask];
  const kg_input *in = &s->inputs[last];
  const uint32_t without = mask & ~(1u << last);
  const plan_set *smaller = &s->sets[without];
  set->bound = (uint64_t *)kg_arena_alloc(s->run->arena, 2 * (size_t)s->set_words * sizeof(uint64_t));
  if (!set->bound) {
    return kg_fail_memory(err);
  }
  set->certain = set->bound + s->set_words;
  for (uint32_t i = 0; i < s->set_words; i++) {
    set->bound[i] = in->bound[i] | (without ? smaller->bound[i] : 0);
    set->certain[i] = in->certain[i] | (without ? smaller->certain[i] : 0);
  }
  note_for(s, without, in);
  set->rows = without ? rows_with(s, smaller->rows, in) : in->rows;
  return KGQ_OK;
}

/* Rows are counted up input by input: the sets of the first ones are made too. */
static kgq_status make_set(search *s, uint32_t mask, kgq_error **err) {
  uint32_t last = 31 - (uint32_t)__builtin_clz(mask);
  if (mask == 1u << last || s->sets[mask & ~(1u << last)].bound) {
    return extend_set(s, mask, last, err);
  }
  uint32_t first_ones = 0;
  for (uint32_t i = 0; i <= last; i++) {
    first_ones |= mask & 1u << i;
    if ((mask >> i & 1) != 0 && !s->sets[first_ones].bound) {
      KGQ_TRY(extend_set(s, first_ones, i, err));
    }
  }
  return KGQ_OK;
}

static kgq_status single_plans(search *s, uint32_t input, kgq_error **err) {
  plan_set *set = &s->sets[1u << input];
  const kg_input *in = &s->inputs[input];
  kg_step *step = NULL;
  for (uint32_t i = 0; i < in->order_count && set->count + 1 < PLANS_PER_SET; i++) {
    KGQ_TRY(input_step(s, input, in->orders[i], &step, err));
    keep(set, set->count, step);
  }
  if (set->count == 0) {
    KGQ_TRY(input_step(s, input, in->op ? in->op->sorted_by : KG_NO_VAR, &step, err));
    keep(set, 0, step);
  }
  s->alive[1u << input] = true;
  return KGQ_OK;
}

static kgq_status try_candidate(search *s, plan_set *set, const pair *p, const candidate *c,
                                kgq_error **err) {
  uint32_t place = 0;
  const double score = kg_order_score(c->startup, c->cost, s->part);
  if (score > s->dearest || !worth_keeping(set, score, c->sorted_by, &place)) {
    return KGQ_OK;
  }
  const kg_step plan = { .kind = c->kind,
                         .left = p->left,
                         .right = p->right,
                         .rows = set->rows,
                         .cost = c->cost,
                         .startup = c->startup,
                         .score = score,
                         .sorted_by = c->sorted_by };
  return keep_pair(s, set, place, &plan, err);
}

static const kg_step *least_cost(const plan_set *set) {
  const kg_step *best = set->plans[0];
  for (uint32_t i = 1; i < set->count; i++) {
    best = set->plans[i]->cost < best->cost ? set->plans[i] : best;
  }
  return best;
}

/* All ways from one plan of the left side: of the right side's plans the cheapest serves for a table, and one
 * in the same order for merging. */
static kgq_status try_left(search *s, plan_set *set, pair *p, const plan_set *right, unsigned ways,
                           bool cross, kgq_error **err) {
  const kg_step *cheapest_right = p->right;
  candidate c = { KG_STEP_HASH, 0, 0, KG_NO_VAR };
  uint32_t n = list_asking(s, p, ways, &c);
  if (n > 0) {
    KGQ_TRY(try_candidate(s, set, p, &c, err));
  }
  for (uint32_t k = 0; k < right->count && p->left->sorted_by != KG_NO_VAR; k++) {
    p->right = right->plans[k];
    if (can_merge(s, p)) {
      n++;
      c = merging(p);
      KGQ_TRY(try_candidate(s, set, p, &c, err));
    }
  }
  p->right = cheapest_right;
  if (cross || n == 0 || !kg_run_off(s->run, KG_OFF_HASH_JOIN)) {
    c = by_table(p, cross);
    KGQ_TRY(try_candidate(s, set, p, &c, err));
  }
  return KGQ_OK;
}

/* Both sides have plans, and a common variable unless `cross`. What asks the right side does without its
 * plan; else each side costs at least what its cheapest plan does. */
static kgq_status try_division(search *s, uint32_t mask, uint32_t right_mask, bool cross, kgq_error **err) {
  const plan_set *left = &s->sets[mask & ~right_mask], *right = &s->sets[right_mask];
  pair p = { .left = left->plans[0],
             .right = least_cost(right),
             .left_bound = left->bound,
             .left_certain = left->certain,
             .right_bound = right->bound,
             .right_certain = right->certain };
  const unsigned ways = ways_to_ask(s, &p);
  if (left->least + (ways ? 0 : right->least) > s->dearest) {
    return KGQ_OK;
  }
  plan_set *set = &s->sets[mask];
  if (!set->bound) {
    KGQ_TRY(make_set(s, mask, err));
  }
  p.rows = set->rows;
  for (uint32_t i = 0; i < left->count; i++) {
    p.left = left->plans[i];
    if (p.left->score <= s->dearest) {
      KGQ_TRY(try_left(s, set, &p, right, ways, cross, err));
    }
  }
  s->alive[mask] = set->count > 0;
  return KGQ_OK;
}

/* Is it a division into two sides with plans, and with a common variable, or without one? */
static bool divides(const search *s, uint32_t left, uint32_t right, bool cross) {
  return s->alive[left] && s->alive[right] && ((s->sets[right].neighbours & left) != 0) != cross;
}

/* Divisions with a common variable; cross products only where there is none. */
static kgq_status fill_set(search *s, uint32_t mask, bool cross, kgq_error **err) {
  const uint32_t first = mask & (~mask + 1), others = mask & ~first;
  if (s->count <= BUSHY_INPUTS) {
    for (uint32_t part = others; part != 0; part = (part - 1) & others) {
      if (divides(s, mask & ~part, part, cross)) {
        KGQ_TRY(try_division(s, mask, part, cross, err));
        KGQ_TRY(try_division(s, mask, mask & ~part, cross, err));
      }
    }
    return KGQ_OK;
  }
  for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const uint32_t one = rest & (~rest + 1);
    if (divides(s, mask & ~one, one, cross)) {
      KGQ_TRY(try_division(s, mask, one, cross, err));
    }
  }
  return KGQ_OK;
}

static void find_neighbours(search *s, uint32_t all) {
  for (uint32_t i = 0; i < s->count; i++) {
    for (uint32_t k = 0; k < s->count; k++) {
      const bool together = i != k && connected(s, s->inputs[i].bound, s->inputs[k].bound);
      s->sets[1u << i].neighbours |= together ? 1u << k : 0;
    }
  }
  for (uint32_t mask = 1; mask <= all; mask++) {
    const uint32_t rest = mask & (mask - 1);
    s->sets[mask].neighbours |= rest ? s->sets[rest].neighbours | s->sets[mask & ~rest].neighbours : 0;
  }
}

static const kg_step *cheapest(const plan_set *set) {
  const kg_step *best = set->plans[0];
  for (uint32_t i = 1; i < set->count; i++) {
    best = set->plans[i]->score < best->score ? set->plans[i] : best;
  }
  return best;
}

static kgq_status note_users(search *s, kgq_error **err) {
  const size_t vars = (size_t)s->run->algebra->ast->var_count + 1;
  s->users = (uint32_t *)kg_arena_zero(s->run->arena, vars * sizeof(uint32_t));
  s->own = (double *)kg_arena_zero(s->run->arena, vars * s->count * sizeof(double));
  if (!s->users || !s->own) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < s->count; i++) {
    const kg_input *in = &s->inputs[i];
    for (uint32_t k = 0; k < in->var_count; k++) {
      s->users[in->vars[k]] |= 1u << i;
      s->own[in->vars[k] * s->count + i] = at_least_one(in->distinct[k]);
    }
  }
  return KGQ_OK;
}

/* `known`: a plan. The result is one that saves more than looking for it takes, or the same. */
static kgq_status complete_search(search *s, const kg_step *known, const kg_step **out, kgq_error **err) {
  const uint32_t all = (1u << s->count) - 1;
  s->dearest = kg_order_score(known->startup, known->cost, s->part) - search_cost[s->count];
  *out = known;
  if (s->dearest <= 0) {
    return KGQ_OK;
  }
  s->sets = (plan_set *)kg_arena_zero(s->run->arena, ((size_t)all + 1) * sizeof(plan_set));
  s->alive = (bool *)kg_arena_zero(s->run->arena, (size_t)all + 1);
  if (!s->sets || !s->alive) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(note_users(s, err));
  find_neighbours(s, all);
  for (uint32_t i = 0; i < s->count; i++) {
    KGQ_TRY(make_set(s, 1u << i, err));
    KGQ_TRY(single_plans(s, i, err));
  }
  for (uint32_t mask = 1; mask <= all; mask++) {
    if ((mask & (mask - 1)) != 0) {
      KGQ_TRY(fill_set(s, mask, (s->sets[mask].neighbours & mask) == 0, err));
    }
  }
  *out = s->sets[all].count > 0 ? cheapest(&s->sets[all]) : known;
  return KGQ_OK;
}

/* ---- greedy ------------------------------------------------------------------------------------- */

typedef struct joined {
  const kg_step *step;
  uint64_t *bound, *certain;
} joined;

/* The input that leaves fewest rows, connected ones first; as written when reordering is off. */
static uint32_t next_input(const search *s, const joined *j) {
  uint32_t best = UINT32_MAX;
  double best_rows = 0;
  bool best_connected = false;
  for (uint32_t i = 0; i < s->count; i++) {
    if (kg_set_has(j->step->members, i)) {
      continue;
    }
    if (kg_run_off(s->run, KG_OFF_REORDER)) {
      return i;
    }
    const bool connected = kg_set_meets(j->bound, s->inputs[i].bound, s->set_words);
    const double rows = rows_with(s, j->step->rows, &s->inputs[i]);
    if (best == UINT32_MAX || connected > best_connected ||
        (connected == best_connected && rows < best_rows)) {
      best = i;
      best_rows = rows;
      best_connected = connected;
    }
  }
  return best;
}

static kgq_status join_next(search *s, joined *j, uint32_t input, kgq_error **err) {
  kg_step *right = NULL;
  const kg_input *in = &s->inputs[input];
  KGQ_TRY(input_step(s, input, in->op ? in->op->sorted_by : KG_NO_VAR, &right, err));
  const double rows = rows_with(s, j->step->rows, in);
  const pair p = { j->step, right, j->bound, j->certain, in->bound, in->certain, rows };
  candidate candidates[4], best = { KG_STEP_HASH, 0, 0, KG_NO_VAR };
  const uint32_t n = list_candidates(s, &p, candidates);
  for (uint32_t i = 0; i < n; i++) {
    if (i == 0 || candidates[i].cost < best.cost) {
      best = candidates[i];
    }
  }
  kg_step *step = new_step(s, best.kind, j->step, right, err);
  if (!step) {
    return KGQ_NOMEM;
  }
  step->rows = rows;
  step->cost = step->score = best.cost;
  step->startup = best.startup;
  step->sorted_by = best.sorted_by;
  j->step = step;
  kg_set_or(j->bound, in->bound, s->set_words);
  kg_set_or(j->certain, in->certain, s->set_words);
  note_least(s, in);
  return KGQ_OK;
}

static uint32_t first_input(const search *s) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < s->count && !kg_run_off(s->run, KG_OFF_REORDER); i++) {
    best = s->inputs[i].rows < s->inputs[best].rows ? i : best;
  }
  return best;
}

static kgq_status greedy_search(search *s, const kg_step **out, kgq_error **err) {
  joined j = { 0 };
  kg_step *step = NULL;
  const uint32_t first = first_input(s);
  j.bound = (uint64_t *)kg_arena_zero(s->run->arena, 2 * (size_t)s->set_words * sizeof(uint64_t));
  if (!j.bound) {
    return kg_fail_memory(err);
  }
  j.certain = j.bound + s->set_words;
  KGQ_TRY(input_step(s, first, s->inputs[first].op ? s->inputs[first].op->sorted_by : KG_NO_VAR, &step, err));
  j.step = step;
  kg_set_or(j.bound, s->inputs[first].bound, s->set_words);
  kg_set_or(j.certain, s->inputs[first].certain, s->set_words);
  note_least(s, &s->inputs[first]);
  for (uint32_t n = 1; n < s->count; n++) {
    KGQ_TRY(kg_cancel_check(s->run->cancel, err));
    KGQ_TRY(join_next(s, &j, next_input(s, &j), err));
  }
  for (uint32_t i = 0; i < s->count; i++) {
    forget_least(s, &s->inputs[i]);
  }
  *out = j.step;
  return KGQ_OK;
}

kgq_status kg_order_join(kg_run *run, const kg_input *inputs, uint32_t count, const kg_edge *edges,
                         uint32_t edge_count, const kg_goal *goal, const kg_step **whole, const kg_step **out,
                         kgq_error **err) {
  assert(count > 0);
  search s = { .run = run,
               .inputs = inputs,
               .count = count,
               .words = count / 64 + 1,
               .set_words = run->algebra->set_words,
               .edges = edges,
               .edge_count = edge_count,
               .part = 1 };
  s.least = (double *)kg_arena_zero(run->arena, ((size_t)run->algebra->ast->var_count + 1) * sizeof(double));
  if (!s.least) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(greedy_search(&s, out, err));
  const bool complete = count > 1 && count <= KG_PLAN_DP_INPUTS && !kg_run_off(run, KG_OFF_REORDER);
  if (complete) {
    KGQ_TRY(complete_search(&s, *out, out, err));
  }
  *whole = *out;
  s.part = kg_order_part(goal, (*out)->rows);
  return complete && s.part < 1 ? complete_search(&s, *out, out, err) : KGQ_OK;
}
