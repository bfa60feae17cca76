/* query/rewrite_filter.c: filters closer to what they filter.
 *
 * A condition may move below an operation if it reads the same values there: every variable of it that the
 * operation may bind must be bound for certain where it goes. Conditions with EXISTS stay, since their
 * pattern is matched with all that is known of a row; so do volatile ones. Filters directly on a join are
 * left to the join planner, which applies each as early as it can; here they only move into parts of the join
 * that are not plain patterns.
 */
#include <assert.h>

#include "query/rewrite.h"

typedef struct mover {
  kg_algebra *a;
  uint32_t off;
} mover;

/* ---- conditions --------------------------------------------------------------------------------- */

typedef struct expr_list {
  const kg_expr **exprs;
  uint32_t count, capacity;
} expr_list;

static kgq_status add_expr(mover *m, expr_list *list, const kg_expr *expr, kgq_error **err) {
  if (list->count == list->capacity) {
    const uint32_t capacity = list->capacity ? list->capacity * 2 : 4;
    const kg_expr **exprs = (const kg_expr **)kg_arena_zero(&m->a->ast->arena, capacity * sizeof(kg_expr *));
    if (!exprs) {
      return kg_fail_memory(err);
    }
    if (list->count) {
      memcpy(exprs, list->exprs, list->count * sizeof(kg_expr *));
    }
    list->exprs = exprs;
    list->capacity = capacity;
  }
  list->exprs[list->count++] = expr;
  return KGQ_OK;
}

/* A && B passes exactly the rows that A passes and B passes (17.2: an error is not true). Depth: the parser's
 * limit. */
static kgq_status split(mover *m, const kg_expr *expr, expr_list *out, kgq_error **err) {
  if (expr->kind != KG_EXPR_AND || (m->off & KG_OFF_PUSH_FILTERS) != 0) {
    return add_expr(m, out, expr, err);
  }
  for (const kg_expr *part = expr->args; part; part = part->next) {
    KGQ_TRY(split(m, part, out, err));
  }
  return KGQ_OK;
}

static kgq_status vars_of(mover *m, const kg_expr *expr, uint64_t **out, kgq_error **err) {
  *out = (uint64_t *)kg_arena_zero(&m->a->ast->arena, m->a->set_words * sizeof(uint64_t));
  if (!*out) {
    return kg_fail_memory(err);
  }
  kg_expr_vars(m->a, expr, *out);
  return KGQ_OK;
}

/* ---- ?x = constant ------------------------------------------------------------------------------ */

/* Terms for which = is true of the very same term only: IRIs and plain strings (17.4.1.7). */
static bool equal_means_same(const kg_term *term) {
  return term->kind == KG_TERM_IRI ||
         (term->kind == KG_TERM_LITERAL && term->datatype.len == 0 && term->lang.len == 0);
}

static bool constants_only(const kg_expr *first) {
  for (const kg_expr *e = first; e; e = e->next) {
    if (e->kind != KG_EXPR_TERM || e->term.kind != KG_TERM_IRI) {
      return false;
    }
  }
  return first != NULL;
}

/* The variable and first constant of ?x = c, c = ?x, sameTerm(?x, c), ?x IN (c, d ...). */
static bool is_selection(const kg_expr *expr, kg_var *var, const kg_expr **first) {
  const kg_expr *left = expr->args, *right = left ? left->next : NULL;
  if (!right) {
    return false;
  }
  if (expr->kind == KG_EXPR_IN) {
    *var = left->var;
    *first = right;
    return left->kind == KG_EXPR_VAR && constants_only(right);
  }
  const bool same = expr->kind == KG_EXPR_CALL && expr->function == KG_FN_SAMETERM;
  if (!same && expr->kind != KG_EXPR_EQUAL) {
    return false;
  }
  const kg_expr *constant = left->kind == KG_EXPR_TERM ? left : right;
  const kg_expr *variable = left->kind == KG_EXPR_TERM ? right : left;
  *var = variable->var;
  *first = constant;
  return variable->kind == KG_EXPR_VAR && constant->kind == KG_EXPR_TERM &&
         constant->term.kind != KG_TERM_BNODE && (same || equal_means_same(&constant->term));
}

static bool is_before(const kg_expr *first, const kg_expr *expr) {
  for (const kg_expr *e = first; e != expr; e = e->next) {
    if (kg_term_equal(&e->term, &expr->term)) {
      return true;
    }
  }
  return false;
}

/* VALUES ?x { c d ... }, each constant once. */
static kgq_status values_node(mover *m, kg_var var, const kg_expr *first, bool list, kg_alg **out,
                              kgq_error **err) {
  kg_arena *arena = &m->a->ast->arena;
  uint32_t most = 1, count = 0;
  for (const kg_expr *e = first->next; list && e; e = e->next) {
    most++;
  }
  kg_values *values = (kg_values *)kg_arena_zero(arena, sizeof(kg_values));
  kg_var *vars = (kg_var *)kg_arena_zero(arena, sizeof(kg_var));
  kg_node *nodes = (kg_node *)kg_arena_zero(arena, most * sizeof(kg_node));
  const kg_node **cells = (const kg_node **)kg_arena_zero(arena, most * sizeof(kg_node *));
  *out = kg_alg_new(m->a, KG_ALG_VALUES, 0, err);
  if (!values || !vars || !nodes || !cells || !*out) {
    return kg_fail_memory(err);
  }
  vars[0] = var;
  for (const kg_expr *e = first; e && count < most; e = list ? e->next : NULL) {
    if (!list || !is_before(first, e)) {
      nodes[count] = (kg_node){ .kind = KG_NODE_TERM, .term = e->term, .offset = e->offset };
      cells[count] = &nodes[count];
      count++;
    }
  }
  *values = (kg_values){ .vars = vars, .var_count = 1, .row_count = count, .cells = cells };
  (*out)->values = values;
  return kg_alg_analyse_node(m->a, *out, err);
}

static bool is_joinable(const kg_alg *alg) {
  const int kind = (int)alg->kind;
  return kind == KG_ALG_JOIN || kind == KG_ALG_TRIPLE || kind == KG_ALG_TERM || kind == KG_ALG_PATH ||
         kind == KG_ALG_MATCHES || kind == KG_ALG_GRAPHS;
}

/* A selection of a variable that each row binds is a join with its constants, which can be looked up. */
static kgq_status try_constants(mover *m, kg_alg **alg, const kg_expr *expr, bool *done, kgq_error **err) {
  kg_var var = KG_NO_VAR;
  const kg_expr *first = NULL;
  kg_alg *values = NULL;
  *done = false;
  if ((m->off & KG_OFF_EQUAL_CONSTANT) != 0 || !is_joinable(*alg) || !is_selection(expr, &var, &first) ||
      !kg_set_has((*alg)->certain, var)) {
    return KGQ_OK;
  }
  KGQ_TRY(values_node(m, var, first, expr->kind == KG_EXPR_IN, &values, err));
  KGQ_TRY(kg_alg_pair(m->a, KG_ALG_JOIN, values, *alg, alg, err));
  *done = true;
  return kg_alg_analyse_node(m->a, *alg, err);
}

/* ---- moving down -------------------------------------------------------------------------------- */

static kgq_status place(mover *m, kg_alg *alg, const kg_expr *expr, kg_alg **out, kgq_error **err);

static kgq_status place_in_child(mover *m, kg_alg *alg, uint32_t child, const kg_expr *expr, kg_alg **out,
                                 kgq_error **err) {
  kg_alg *copy = NULL;
  KGQ_TRY(kg_alg_copy(m->a, alg, &copy, err));
  KGQ_TRY(place(m, alg->children[child], expr, &copy->children[child], err));
  copy->depth = copy->children[child]->depth >= copy->depth ? copy->children[child]->depth + 1 : copy->depth;
  *out = copy;
  return kg_alg_analyse_node(m->a, copy, err);
}

static kgq_status place_in_all(mover *m, kg_alg *alg, const kg_expr *expr, kg_alg **out, kgq_error **err) {
  *out = alg;
  for (uint32_t i = 0; i < alg->child_count; i++) {
    KGQ_TRY(place_in_child(m, *out, i, expr, out, err));
  }
  return KGQ_OK;
}

static kgq_status keep_on_top(mover *m, kg_alg *alg, const kg_expr *expr, kg_alg **out, kgq_error **err) {
  kg_alg *filter = NULL;
  expr_list list = { 0 };
  if (alg->kind == KG_ALG_FILTER) {
    KGQ_TRY(kg_alg_copy(m->a, alg, &filter, err));
    for (uint32_t i = 0; i < alg->expr_count; i++) {
      KGQ_TRY(add_expr(m, &list, alg->exprs[i], err));
    }
  } else {
    KGQ_TRY(kg_alg_over(m->a, KG_ALG_FILTER, alg, &filter, err));
  }
  KGQ_TRY(add_expr(m, &list, expr, err));
  filter->exprs = list.exprs;
  filter->expr_count = list.count;
  *out = filter;
  return kg_alg_analyse_node(m->a, filter, err);
}

/* The part of a join that binds all the condition reads; UINT32_MAX: none, or a plain pattern. */
static uint32_t part_for(const mover *m, const kg_alg *join, const uint64_t *read) {
  for (uint32_t i = 0; i < join->child_count; i++) {
    const kg_alg *part = join->children[i];
    if (!is_joinable(part) && part->kind != KG_ALG_VALUES &&
        kg_set_meets(read, part->bound, m->a->set_words) &&
        kg_set_common_in(read, join->bound, part->certain, m->a->set_words)) {
      return i;
    }
  }
  return UINT32_MAX;
}

static bool listed(const kg_alg *alg, kg_var v) {
  for (uint32_t i = 0; i < alg->var_count; i++) {
    if (alg->vars[i] == v) {
      return true;
    }
  }
  return false;
}

/* Every variable read is in the node's list or unknown below: then it means the same there. */
static bool only_listed(const mover *m, const kg_alg *alg, const uint64_t *read) {
  for (kg_var v = 0; v < m->a->ast->var_count; v++) {
    if (kg_set_has(read, v) && !listed(alg, v) && kg_set_has(alg->children[0]->mentioned, v)) {
      return false;
    }
  }
  return true;
}

static bool reads_a_key(const mover *m, const kg_alg *group, const uint64_t *read) {
  for (kg_var v = 0; v < m->a->ast->var_count; v++) {
    if (kg_set_has(read, v) && listed(group, v)) {
      return true;
    }
  }
  return false;
}

static bool reads_an_aggregate(const kg_alg *group, const uint64_t *read) {
  for (uint32_t i = 0; i < group->aggregate_count; i++) {
    if (kg_set_has(read, group->aggregates[i].out)) {
      return true;
    }
  }
  return false;
}

/* Which child the condition may go into; UINT32_MAX: it stays on top. */
static uint32_t child_for(const mover *m, const kg_alg *alg, const uint64_t *read) {
  switch (alg->kind) {
  case KG_ALG_JOIN: return part_for(m, alg, read);
  case KG_ALG_LEFT_JOIN: /* what the right side cannot bind is as it is on the left */
    return kg_set_common_in(read, alg->children[1]->bound, alg->children[0]->certain, m->a->set_words)
               ? 0
               : UINT32_MAX;
  case KG_ALG_EXTEND: return kg_set_has(read, alg->var) ? UINT32_MAX : 0;
  case KG_ALG_GRAPH: return kg_set_has(read, alg->scope.var) ? UINT32_MAX : 0;
  case KG_ALG_MINUS:
  case KG_ALG_ORDER:
  case KG_ALG_DISTINCT:
  case KG_ALG_REDUCED: return 0;
  case KG_ALG_PROJECT: return only_listed(m, alg, read) ? 0 : UINT32_MAX;
  case KG_ALG_GROUP:
    return only_listed(m, alg, read) && reads_a_key(m, alg, read) && !reads_an_aggregate(alg, read)
               ? 0
               : UINT32_MAX;
  case KG_ALG_UNIT:
  case KG_ALG_TRIPLE:
  case KG_ALG_TERM:
  case KG_ALG_PATH:
  case KG_ALG_MATCHES:
  case KG_ALG_GRAPHS:
  case KG_ALG_UNION:
  case KG_ALG_FILTER:
  case KG_ALG_VALUES:
  case KG_ALG_SAME:
  case KG_ALG_SLICE: break;
  }
  return UINT32_MAX;
}

static bool is_fixed(const mover *m, const kg_expr *expr) {
  return kg_expr_has_exists(expr) || kg_expr_volatile(expr) || (m->off & KG_OFF_PUSH_FILTERS) != 0;
}

static int pass_of(const mover *m, const kg_expr *expr) {
  kg_var var = KG_NO_VAR;
  const kg_expr *first = NULL;
  return is_selection(expr, &var, &first) ? 0 : is_fixed(m, expr) ? 2 : 1;
}

/* OPTIONAL whose variable must be unbound: FILTER(!bound(?v)) with ?v bound in each row of the right side and
 * by none of the left one passes the left rows that found no partner, and these only. */
static kgq_status try_alone(mover *m, kg_alg **alg, const kg_expr *expr, bool *done, kgq_error **err) {
  const kg_alg *left_join = *alg;
  kg_var var = KG_NO_VAR;
  if (left_join->kind != KG_ALG_LEFT_JOIN || left_join->alone || (m->off & KG_OFF_SEMI_JOIN) != 0 ||
      !kg_expr_is_unbound(expr, &var) || !kg_set_has(left_join->children[1]->certain, var) ||
      kg_set_has(left_join->children[0]->bound, var)) {
    return KGQ_OK;
  }
  *done = true;
  KGQ_TRY(kg_alg_copy(m->a, left_join, alg, err));
  (*alg)->alone = expr;
  return kg_alg_analyse_node(m->a, *alg, err);
}

static kgq_status place(mover *m, kg_alg *alg, const kg_expr *expr, kg_alg **out, kgq_error **err) {
  uint64_t *read = NULL;
  bool done = false;
  const bool fixed = is_fixed(m, expr);
  KGQ_TRY(vars_of(m, expr, &read, err));
  *out = alg;
  KGQ_TRY(try_constants(m, out, expr, &done, err));
  if (!done) {
    KGQ_TRY(try_alone(m, out, expr, &done, err));
  }
  if (done) {
    return KGQ_OK;
  }
  if (alg->kind == KG_ALG_UNION && !fixed) {
    return place_in_all(m, alg, expr, out, err);
  }
  const uint32_t child = fixed ? UINT32_MAX : child_for(m, alg, read);
  return child == UINT32_MAX ? keep_on_top(m, alg, expr, out, err)
                             : place_in_child(m, alg, child, expr, out, err);
}

kgq_status kg_rewrite_filter(kg_algebra *a, uint32_t off, kg_alg *alg, const kg_expr *const *exprs,
                             uint32_t count, kg_alg **out, kgq_error **err) {
  mover m = { .a = a, .off = off };
  expr_list list = { 0 };
  for (uint32_t i = 0; i < count; i++) {
    KGQ_TRY(split(&m, exprs[i], &list, err));
  }
  /* Selections first: the join they make takes the other conditions with it. What cannot move comes last, on
   * top. */
  for (int pass = 0; pass < 3; pass++) {
    for (uint32_t i = 0; i < list.count; i++) {
      if (pass_of(&m, list.exprs[i]) == pass) {
        KGQ_TRY(place(&m, alg, list.exprs[i], &alg, err));
      }
    }
  }
  *out = alg;
  return KGQ_OK;
}

/* May a condition of LeftJoin(A, B, F) be one of B alone? What it reads of A must be bound by B too. */
static bool belongs_right(const mover *m, const kg_alg *left_join, const kg_expr *expr,
                          const uint64_t *read) {
  const kg_alg *left = left_join->children[0], *right = left_join->children[1];
  return !is_fixed(m, expr) && kg_set_meets(read, right->bound, m->a->set_words) &&
         kg_set_common_in(read, left->bound, right->certain, m->a->set_words);
}

kgq_status kg_rewrite_optional(kg_algebra *a, uint32_t off, kg_alg *alg, kgq_error **err) {
  mover m = { .a = a, .off = off };
  expr_list list = { 0 }, rest = { 0 };
  for (uint32_t i = 0; i < alg->expr_count; i++) {
    KGQ_TRY(split(&m, alg->exprs[i], &list, err));
  }
  for (uint32_t i = 0; i < list.count; i++) {
    uint64_t *read = NULL;
    KGQ_TRY(vars_of(&m, list.exprs[i], &read, err));
    if (belongs_right(&m, alg, list.exprs[i], read)) {
      KGQ_TRY(place(&m, alg->children[1], list.exprs[i], &alg->children[1], err));
    } else {
      KGQ_TRY(add_expr(&m, &rest, list.exprs[i], err));
    }
  }
  const uint32_t below = alg->children[1]->depth;
  alg->depth = below >= alg->depth ? below + 1 : alg->depth;
  alg->exprs = rest.exprs;
  alg->expr_count = rest.count;
  return kg_alg_analyse_node(a, alg, err);
}
