/* query/plan_cycle.c: finds patterns that form a cycle, and the order of variables to join them by leapfrog.
 *
 * A pattern with two variables is an edge between them. What is left when edges with a loose end are taken
 * away, again and again, is the cyclic core; patterns with one of its variables only narrow it. All orders of
 * its variables are tried, cheapest first, with the cost that op_leapfrog.c would have. Whether that beats
 * joins of two at a time is for plan_join.c to say.
 */
#include "query/plan_cycle.h"

#include <assert.h>

/* In units of order.c: a list that is begun anew, one that is at hand or was kept, and a jump. */
#define COST_LIST  150.0
#define COST_AGAIN 10.0
#define COST_JUMP  0.7
/* What a row between two joins of a cycle costs above what order.c says: there are many, they fit no cache.
 */
#define COST_BETWEEN 4.0

typedef struct search {
  kg_run *run;
  const kg_frame *frame;
  const kg_input *inputs;
  uint32_t count;
  bool *in_core;    /* by input */
  uint32_t *degree; /* by variable: edges of the core */
  kg_var vars[KG_CYCLE_VARS];
  uint32_t var_count;
  kg_var order[KG_CYCLE_VARS]; /* under way */
  kg_var best[KG_CYCLE_VARS];
  double rows[KG_CYCLE_VARS + 1]; /* choices of the first n variables of `order` */
  double best_cost;
  bool found;
} search;

/* ---- the core ----------------------------------------------------------------------------------- */

/* A pattern whose triples come once each, without repeated variables or a graph to vary. */
static bool is_plain(const search *s, const kg_input *in) {
  kg_var vars[4];
  if (in->kind != KG_INPUT_LEAF || in->leaf.missing) {
    return false;
  }
  const int kind = (int)in->leaf.source->kind;
  const kg_var graph = in->leaf.slot[KG_G].var;
  if (kind == KG_SOURCE_TERMS || kind == KG_SOURCE_NONE ||
      (graph != KG_NO_VAR && !kg_frame_gives(s->frame, graph)) ||
      (kind == KG_SOURCE_NAMED && graph == KG_NO_VAR)) {
    return false;
  }
  uint32_t slots = 0;
  for (unsigned i = 0; i < 3; i++) {
    slots += in->leaf.slot[i].var != KG_NO_VAR && !kg_frame_gives(s->frame, in->leaf.slot[i].var) ? 1 : 0;
  }
  return kg_leaf_vars(&in->leaf, vars) > 0 && in->var_count == slots && slots <= 2;
}

static void add_degree(search *s, const kg_input *in, int more) {
  for (uint32_t i = 0; i < in->var_count; i++) {
    s->degree[in->vars[i]] = (uint32_t)((int)s->degree[in->vars[i]] + more);
  }
}

static bool has_loose_end(const search *s, const kg_input *in) {
  return s->degree[in->vars[0]] < 2 || s->degree[in->vars[1]] < 2;
}

static void strip(search *s) {
  for (bool again = true; again;) {
    again = false;
    for (uint32_t i = 0; i < s->count; i++) {
      if (s->in_core[i] && has_loose_end(s, &s->inputs[i])) {
        add_degree(s, &s->inputs[i], -1);
        s->in_core[i] = false;
        again = true;
      }
    }
  }
}

static uint32_t place_of(const search *s, kg_var v) {
  for (uint32_t i = 0; i < s->var_count; i++) {
    if (s->vars[i] == v) {
      return i;
    }
  }
  return UINT32_MAX;
}

static bool touches(const search *s, const kg_input *in) {
  return place_of(s, in->vars[0]) != UINT32_MAX || place_of(s, in->vars[1]) != UINT32_MAX;
}

/* The connected part with the first edge of the core; false: too many variables. */
static bool take_component(search *s) {
  for (bool again = true; again;) {
    again = false;
    for (uint32_t i = 0; i < s->count; i++) {
      const kg_input *in = &s->inputs[i];
      if (!s->in_core[i] || (s->var_count > 0 && !touches(s, in))) {
        continue;
      }
      for (unsigned k = 0; k < 2; k++) {
        if (place_of(s, in->vars[k]) == UINT32_MAX) {
          if (s->var_count == KG_CYCLE_VARS) {
            return false;
          }
          s->vars[s->var_count++] = in->vars[k];
          again = true;
        }
      }
    }
  }
  return s->var_count >= 3;
}

/* Edges of the component, and patterns with one variable of it. */
static void take_members(search *s) {
  for (uint32_t i = 0; i < s->count; i++) {
    const kg_input *in = &s->inputs[i];
    const bool edge = s->in_core[i] && place_of(s, in->vars[0]) != UINT32_MAX;
    const bool narrows = is_plain(s, in) && in->var_count == 1 && place_of(s, in->vars[0]) != UINT32_MAX;
    s->in_core[i] = edge || narrows;
  }
}

static bool find_core(search *s) {
  uint32_t edges = 0;
  for (uint32_t i = 0; i < s->count; i++) {
    s->in_core[i] = is_plain(s, &s->inputs[i]) && s->inputs[i].var_count == 2;
    if (s->in_core[i]) {
      add_degree(s, &s->inputs[i], 1);
      edges++;
    }
  }
  if (edges < 3) {
    return false;
  }
  strip(s);
  if (!take_component(s)) {
    return false;
  }
  take_members(s);
  return true;
}

/* ---- the order of its variables ------------------------------------------------------------------- */

static double distinct_of(const kg_input *in, kg_var v) {
  for (uint32_t i = 0; i < in->var_count; i++) {
    if (in->vars[i] == v) {
      return in->distinct[i] < 1 ? 1 : in->distinct[i];
    }
  }
  return 1;
}

/* Values of the last of `count` variables that the pattern gives under one choice of those before. */
static double values_of(const kg_input *in, const kg_var *vars, uint32_t count) {
  const kg_var v = vars[count - 1];
  double values = in->rows;
  bool all = true;
  for (uint32_t i = 0; i < in->var_count; i++) {
    bool above = false;
    for (uint32_t k = 0; k + 1 < count; k++) {
      above = above || vars[k] == in->vars[i];
    }
    if (above) {
      values /= distinct_of(in, in->vars[i]);
    } else if (in->vars[i] != v) {
      all = false;
    }
  }
  const double most = distinct_of(in, v);
  return !all || values > most ? most : values;
}

typedef struct step_cost {
  bool possible;
  double work; /* at this level, for all choices of the variables above */
  double rows; /* for one of them */
} step_cost;

/* How often the list of a pattern is begun anew at the level of the last of `count` variables. */
static double beginnings(const search *s, const kg_input *in, const uint32_t level_of[4], uint32_t count) {
  for (unsigned i = 0; i < 4; i++) {
    const uint32_t level = level_of[i];
    if (level != UINT32_MAX) {
      const double keys = distinct_of(in, s->order[level]), choices = s->rows[level + 1];
      return kg_leapfrog_keeps(level_of, count - 1) && keys < choices ? keys : choices;
    }
  }
  return 1;
}

static step_cost cost_of_level(const search *s, uint32_t count) {
  double least = 0, domain = 1, share = 1, work = 0;
  uint32_t lists = 0;
  for (uint32_t i = 0; i < s->count; i++) {
    const kg_input *in = &s->inputs[i];
    kg_quads_spec spec;
    uint32_t level_of[4];
    if (!s->in_core[i]) {
      continue;
    }
    const kg_leapfrog_part part = kg_leapfrog_part_of(s->frame, &in->leaf, s->order, count, &spec, level_of);
    if (part == KG_LEAPFROG_IMPOSSIBLE) {
      return (step_cost){ .possible = false };
    }
    if (part == KG_LEAPFROG_ABSENT) {
      continue;
    }
    const double values = values_of(in, s->order, count), most = distinct_of(in, s->order[count - 1]);
    least = lists == 0 || values < least ? values : least;
    domain = most > domain ? most : domain;
    share *= values;
    work += beginnings(s, in, level_of, count) * COST_LIST;
    lists++;
  }
  if (lists == 0) {
    return (step_cost){ .possible = false };
  }
  for (uint32_t i = 1; i < lists; i++) {
    share /= domain;
  }
  return (step_cost){ true, work + s->rows[count - 1] * lists * (COST_AGAIN + least * COST_JUMP), share };
}

/* Depth first, and no further where it is dearer than the best so far. */
static void try_orders(search *s, uint32_t count, double cost) {
  assert(count <= KG_CYCLE_VARS);
  if (count == s->var_count) {
    s->found = true;
    s->best_cost = cost;
    memcpy(s->best, s->order, sizeof s->best);
    return;
  }
  for (uint32_t i = 0; i < s->var_count; i++) {
    bool used = false;
    for (uint32_t k = 0; k < count; k++) {
      used = used || s->order[k] == s->vars[i];
    }
    s->order[count] = s->vars[i];
    step_cost step = { .possible = false };
    if (!used) {
      step = cost_of_level(s, count + 1);
    }
    const double total = cost + step.work;
    if (step.possible && (!s->found || total < s->best_cost)) {
      s->rows[count + 1] = s->rows[count] * step.rows;
      try_orders(s, count + 1, total);
    }
  }
}

static double rows_of_core(const search *s) {
  double rows = 1;
  for (uint32_t i = 0; i < s->count; i++) {
    rows *= s->in_core[i] ? s->inputs[i].rows : 1;
  }
  for (uint32_t k = 0; k < s->var_count; k++) {
    double least = 0;
    for (uint32_t i = 0; i < s->count; i++) {
      const kg_input *in = &s->inputs[i];
      if (s->in_core[i] && kg_set_has(in->bound, s->vars[k])) {
        const double distinct = distinct_of(in, s->vars[k]);
        rows /= distinct;
        least = least == 0.0 || distinct < least ? distinct : least;
      }
    }
    rows *= least;
  }
  return rows < 0.01 ? 0.01 : rows;
}

static double rows_into_merges(const kg_step *step, unsigned depth) {
  assert(depth <= KG_LIMIT_TRIPLE_PATTERNS + 2);
  if (step->kind == KG_STEP_INPUT) {
    return 0;
  }
  double rows = rows_into_merges(step->left, depth + 1) + rows_into_merges(step->right, depth + 1);
  if (step->kind == KG_STEP_MERGE) {
    rows += step->left->kind == KG_STEP_INPUT ? 0 : step->left->rows;
    rows += step->right->kind == KG_STEP_INPUT ? 0 : step->right->rows;
  }
  return rows;
}

double kg_cycle_pairwise(const kg_step *step) {
  return step->cost + rows_into_merges(step, 0) * COST_BETWEEN;
}

kgq_status kg_plan_cycle(kg_run *run, const kg_frame *frame, const kg_input *inputs, uint32_t count,
                         kg_cycle *out, kgq_error **err) {
  search s = { .run = run, .frame = frame, .inputs = inputs, .count = count };
  *out = (kg_cycle){ .found = false };
  if (count < 3 || kg_run_off(run, KG_OFF_LEAPFROG)) {
    return KGQ_OK;
  }
  s.in_core = (bool *)kg_arena_zero(run->arena, count);
  s.degree =
      (uint32_t *)kg_arena_zero(run->arena, ((size_t)run->algebra->ast->var_count + 1) * sizeof(uint32_t));
  if (!s.in_core || !s.degree) {
    return kg_fail_memory(err);
  }
  if (!find_core(&s)) {
    return KGQ_OK;
  }
  s.rows[0] = 1;
  try_orders(&s, 0, 0);
  if (!s.found) {
    return KGQ_OK;
  }
  out->leaves = (const kg_leaf **)kg_arena_zero(run->arena, count * sizeof(kg_leaf *));
  if (!out->leaves) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < count; i++) {
    if (s.in_core[i]) {
      out->leaves[out->leaf_count++] = &inputs[i].leaf;
    }
  }
  out->found = true;
  out->members = s.in_core;
  out->rows = rows_of_core(&s);
  out->cost = s.best_cost + out->rows;
  out->var_count = s.var_count;
  memcpy(out->vars, s.best, sizeof out->vars);
  return KGQ_OK;
}
