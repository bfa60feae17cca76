/* query/algebra_node.c: nodes of the algebra, and what can be said about them: which variables they may bind,
 * bind in each solution, and mention. Knows all kinds of nodes; does not decide how syntax becomes algebra.
 */
#include <assert.h>
#include <stdio.h>

#include "core/limits.h"
#include "query/algebra.h"

/* ---- making ------------------------------------------------------------------------------------- */

kg_alg *kg_alg_new(kg_algebra *a, kg_alg_kind kind, uint32_t child_count, kgq_error **err) {
  kg_alg *alg = (kg_alg *)kg_arena_zero(&a->ast->arena, sizeof(kg_alg));
  if (alg) {
    alg->children = (kg_alg **)kg_arena_zero(&a->ast->arena, (child_count + 1) * sizeof(kg_alg *));
  }
  if (!alg || !alg->children) {
    (void)kg_fail_memory(err);
    return NULL;
  }
  alg->kind = kind;
  alg->child_count = child_count;
  alg->var = alg->from = alg->scope.var = KG_NO_VAR;
  alg->subject.var = alg->predicate.var = alg->object.var = KG_NO_VAR; /* a zeroed node would be variable 0 */
  alg->depth = 1;
  return alg;
}

kgq_status kg_alg_copy(kg_algebra *a, const kg_alg *alg, kg_alg **out, kgq_error **err) {
  kg_alg *copy = kg_alg_new(a, alg->kind, alg->child_count, err);
  if (!copy) {
    return KGQ_NOMEM;
  }
  kg_alg **children = copy->children;
  *copy = *alg;
  copy->children = children;
  if (alg->child_count) {
    memcpy(children, alg->children, alg->child_count * sizeof(kg_alg *));
  }
  *out = copy;
  return KGQ_OK;
}

static kgq_status set_child(kg_alg *alg, uint32_t index, kg_alg *child, kgq_error **err) {
  alg->children[index] = child;
  if (alg->depth <= child->depth) {
    alg->depth = child->depth + 1;
  }
  if (alg->depth > KG_LIMIT_ALGEBRA_DEPTH) {
    return kg_fail(err, KGQ_LIMIT, "the query nests more than %d operations", KG_LIMIT_ALGEBRA_DEPTH);
  }
  return KGQ_OK;
}

kgq_status kg_alg_over(kg_algebra *a, kg_alg_kind kind, kg_alg *child, kg_alg **out, kgq_error **err) {
  kg_alg *alg = kg_alg_new(a, kind, 1, err);
  if (!alg) {
    return KGQ_NOMEM;
  }
  KGQ_TRY(set_child(alg, 0, child, err));
  *out = alg;
  return KGQ_OK;
}

kgq_status kg_alg_pair(kg_algebra *a, kg_alg_kind kind, kg_alg *left, kg_alg *right, kg_alg **out,
                       kgq_error **err) {
  kg_alg *alg = kg_alg_new(a, kind, 2, err);
  if (!alg) {
    return KGQ_NOMEM;
  }
  KGQ_TRY(set_child(alg, 0, left, err));
  KGQ_TRY(set_child(alg, 1, right, err));
  *out = alg;
  return KGQ_OK;
}

/* Room in `children` grows by doubling: it is full whenever the count is a power of two. */
static kgq_status append_child(kg_algebra *a, kg_alg *join, kg_alg *child, kgq_error **err) {
  const uint32_t n = join->child_count;
  if ((n & (n - 1)) == 0) {
    kg_alg **children = (kg_alg **)kg_arena_zero(&a->ast->arena, (size_t)n * 2 * sizeof(kg_alg *));
    if (!children) {
      return kg_fail_memory(err);
    }
    memcpy(children, join->children, n * sizeof(kg_alg *));
    join->children = children;
  }
  join->child_count++;
  return set_child(join, n, child, err);
}

kgq_status kg_alg_join(kg_algebra *a, kg_alg *left, kg_alg *right, kg_alg **out, kgq_error **err) {
  if (left->kind == KG_ALG_UNIT) {
    *out = right;
    return KGQ_OK;
  }
  if (right->kind == KG_ALG_UNIT) {
    *out = left;
    return KGQ_OK;
  }
  if (left->kind == KG_ALG_JOIN) {
    *out = left;
    return append_child(a, left, right, err);
  }
  return kg_alg_pair(a, KG_ALG_JOIN, left, right, out, err);
}

static kgq_status grow_vars(kg_algebra *a, kgq_error **err) {
  kg_ast *ast = a->ast;
  const uint32_t capacity = ast->var_count < 16 ? 32 : ast->var_count * 2;
  kg_ast_var *vars = (kg_ast_var *)kg_arena_zero(&ast->arena, capacity * sizeof(kg_ast_var));
  if (!vars) {
    return kg_fail_memory(err);
  }
  if (ast->var_count) {
    memcpy(vars, ast->vars, ast->var_count * sizeof(kg_ast_var));
  }
  ast->vars = vars;
  a->var_capacity = capacity;
  return KGQ_OK;
}

kgq_status kg_alg_fresh(kg_algebra *a, kg_var *out, kgq_error **err) {
  kg_ast *ast = a->ast;
  if (ast->var_count >= a->var_capacity) {
    KGQ_TRY(grow_vars(a, err));
  }
  kg_ast_var *var = &ast->vars[ast->var_count];
  *var = (kg_ast_var){ .hidden = true };
  KGQ_TRY(kg_arena_print(&ast->arena, &var->name, err, ".a%u", ast->var_count));
  *out = ast->var_count++;
  return KGQ_OK;
}

kgq_status kg_alg_extend(kg_algebra *a, kg_alg *child, kg_var var, const kg_expr *expr, kg_alg **out,
                         kgq_error **err) {
  KGQ_TRY(kg_alg_over(a, KG_ALG_EXTEND, child, out, err));
  (*out)->var = var;
  (*out)->expr = expr;
  return KGQ_OK;
}

/* ---- expressions -------------------------------------------------------------------------------- */

kg_alg_exists *kg_algebra_exists(const kg_algebra *a, const kg_pattern *pattern) {
  kg_alg_exists *e = a->exists;
  while (e && e->pattern != pattern) {
    e = e->next;
  }
  return e;
}

static bool has_minus(const kg_alg *alg) {
  for (uint32_t i = 0; i < alg->child_count; i++) {
    if (has_minus(alg->children[i])) {
      return true;
    }
  }
  return alg->kind == KG_ALG_MINUS;
}

static void add_visible(const kg_algebra *a, uint64_t *set) {
  for (kg_var v = 0; v < a->ast->var_count; v++) {
    if (!a->ast->vars[v].hidden) {
      kg_set_add(set, v);
    }
  }
}

void kg_expr_vars(const kg_algebra *a, const kg_expr *expr, uint64_t *set) {
  if (expr->kind == KG_EXPR_VAR) {
    kg_set_add(set, expr->var);
  }
  if (expr->pattern) {
    const kg_alg_exists *e = kg_algebra_exists(a, expr->pattern);
    if (e && e->alg->mentioned) { /* of what was written: rewrites do not change what a pattern asks */
      kg_set_or(set, e->alg->mentioned, a->set_words);
    }
    if (e && has_minus(e->alg)) { /* MINUS asks whether the row has any value: query/eval.c */
      add_visible(a, set);
    }
  }
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    kg_expr_vars(a, arg, set);
  }
}

bool kg_expr_has_exists(const kg_expr *expr) {
  if (expr->pattern) {
    return true;
  }
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    if (kg_expr_has_exists(arg)) {
      return true;
    }
  }
  return false;
}

static bool is_volatile_function(kg_function f) {
  return f == KG_FN_RAND || f == KG_FN_UUID || f == KG_FN_STRUUID || f == KG_FN_BNODE;
}

bool kg_expr_volatile(const kg_expr *expr) {
  if (expr->kind == KG_EXPR_CALL && is_volatile_function(expr->function)) {
    return true;
  }
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    if (kg_expr_volatile(arg)) {
      return true;
    }
  }
  return false;
}

bool kg_expr_is_unbound(const kg_expr *expr, kg_var *var) {
  const kg_expr *call = expr->kind == KG_EXPR_NOT ? expr->args : NULL;
  if (!call || call->kind != KG_EXPR_CALL || call->function != KG_FN_BOUND ||
      call->args->kind != KG_EXPR_VAR) {
    return false;
  }
  *var = call->args->var;
  return true;
}

/* ---- is a variable mentioned? Before sets have their size --------------------------------------- */

static bool expr_mentions(const kg_algebra *a, const kg_expr *expr, kg_var v) {
  if (expr->kind == KG_EXPR_VAR && expr->var == v) {
    return true;
  }
  if (expr->pattern) {
    const kg_alg_exists *e = kg_algebra_exists(a, expr->pattern);
    if (e && kg_alg_mentions(a, e->alg, v)) {
      return true;
    }
  }
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    if (expr_mentions(a, arg, v)) {
      return true;
    }
  }
  return false;
}

static bool node_is(const kg_node *node, kg_var v) {
  return node->kind == KG_NODE_VAR && node->var == v;
}

static bool is_leaf(const kg_alg *alg) {
  return alg->kind == KG_ALG_TRIPLE || alg->kind == KG_ALG_TERM || alg->kind == KG_ALG_PATH ||
         alg->kind == KG_ALG_MATCHES;
}

static bool lists_mention(const kg_algebra *a, const kg_alg *alg, kg_var v) {
  for (uint32_t i = 0; i < alg->var_count; i++) {
    if (alg->vars[i] == v) {
      return true;
    }
  }
  for (uint32_t i = 0; i < alg->expr_count; i++) {
    if (expr_mentions(a, alg->exprs[i], v)) {
      return true;
    }
  }
  for (uint32_t i = 0; i < alg->aggregate_count; i++) {
    if (alg->aggregates[i].out == v || alg->aggregates[i].argument == v) {
      return true;
    }
  }
  for (uint32_t i = 0; i < alg->order_count; i++) {
    if (alg->order[i].var == v) {
      return true;
    }
  }
  for (uint32_t i = 0; alg->values && i < alg->values->var_count; i++) {
    if (alg->values->vars[i] == v) {
      return true;
    }
  }
  return false;
}

bool kg_alg_mentions(const kg_algebra *a, const kg_alg *alg, kg_var v) {
  if (alg->scope.var == v || alg->var == v || alg->from == v) {
    return true;
  }
  if (is_leaf(alg) &&
      (node_is(&alg->subject, v) || node_is(&alg->predicate, v) || node_is(&alg->object, v))) {
    return true;
  }
  if ((alg->expr && expr_mentions(a, alg->expr, v)) || lists_mention(a, alg, v)) {
    return true;
  }
  for (uint32_t i = 0; i < alg->child_count; i++) {
    if (kg_alg_mentions(a, alg->children[i], v)) {
      return true;
    }
  }
  return false;
}

/* ---- bound, certain, mentioned ------------------------------------------------------------------ */

static void add_both(kg_alg *alg, kg_var v) {
  if (v != KG_NO_VAR) {
    kg_set_add(alg->bound, v);
    kg_set_add(alg->certain, v);
    kg_set_add(alg->mentioned, v);
  }
}

static void add_node(kg_alg *alg, const kg_node *node) {
  if (node->kind == KG_NODE_VAR) {
    add_both(alg, node->var);
  }
}

static void analyse_leaf(kg_alg *alg) {
  add_node(alg, &alg->subject);
  if (alg->kind == KG_ALG_TRIPLE || alg->kind == KG_ALG_TERM) {
    add_node(alg, &alg->predicate);
  }
  add_node(alg, &alg->object);
  add_both(alg, alg->var);
  add_both(alg, alg->scope.var);
}

static void analyse_values(kg_alg *alg) {
  const kg_values *v = alg->values;
  for (uint32_t c = 0; c < v->var_count; c++) {
    bool certain = true, bound = false;
    for (uint32_t r = 0; r < v->row_count; r++) {
      const bool here = v->cells[(size_t)r * v->var_count + c] != NULL;
      certain = certain && here;
      bound = bound || here;
    }
    kg_set_add(alg->mentioned, v->vars[c]);
    if (bound) {
      kg_set_add(alg->bound, v->vars[c]);
    }
    if (certain) {
      kg_set_add(alg->certain, v->vars[c]);
    }
  }
}

static void analyse_union(kg_alg *alg, uint32_t words) {
  for (uint32_t i = 0; i < alg->child_count; i++) {
    kg_set_or(alg->bound, alg->children[i]->bound, words);
    if (i == 0) {
      kg_set_or(alg->certain, alg->children[i]->certain, words);
    } else {
      kg_set_and(alg->certain, alg->children[i]->certain, words);
    }
  }
}

static void analyse_extend(const kg_algebra *a, kg_alg *alg) {
  const kg_alg *child = alg->children[0];
  kg_set_or(alg->bound, child->bound, a->set_words);
  kg_set_or(alg->certain, child->certain, a->set_words);
  kg_set_add(alg->bound, alg->var);
  if (alg->expr->kind == KG_EXPR_TERM ||
      (alg->expr->kind == KG_EXPR_VAR && kg_set_has(child->certain, alg->expr->var))) {
    kg_set_add(alg->certain, alg->var);
  }
}

static void analyse_group(kg_alg *alg) {
  const kg_alg *child = alg->children[0];
  for (uint32_t i = 0; i < alg->var_count; i++) {
    if (kg_set_has(child->bound, alg->vars[i])) {
      kg_set_add(alg->bound, alg->vars[i]);
    }
    if (kg_set_has(child->certain, alg->vars[i])) {
      kg_set_add(alg->certain, alg->vars[i]);
    }
  }
  for (uint32_t i = 0; i < alg->aggregate_count; i++) {
    kg_set_add(alg->bound, alg->aggregates[i].out);
    if (alg->aggregates[i].call->aggregate == KG_AGG_COUNT) {
      kg_set_add(alg->certain, alg->aggregates[i].out);
    }
  }
}

static void analyse_project(kg_alg *alg) {
  for (uint32_t i = 0; i < alg->var_count; i++) {
    if (kg_set_has(alg->children[0]->bound, alg->vars[i])) {
      kg_set_add(alg->bound, alg->vars[i]);
    }
    if (kg_set_has(alg->children[0]->certain, alg->vars[i])) {
      kg_set_add(alg->certain, alg->vars[i]);
    }
  }
}

static void add_children(kg_alg *alg, uint32_t certain_children, uint32_t words) {
  for (uint32_t i = 0; i < alg->child_count; i++) {
    kg_set_or(alg->bound, alg->children[i]->bound, words);
    if (i < certain_children) {
      kg_set_or(alg->certain, alg->children[i]->certain, words);
    }
  }
}

static void analyse_bound(const kg_algebra *a, kg_alg *alg) {
  const uint32_t words = a->set_words;
  switch (alg->kind) {
  case KG_ALG_UNIT: break;
  case KG_ALG_TRIPLE:
  case KG_ALG_TERM:
  case KG_ALG_PATH:
  case KG_ALG_MATCHES:
  case KG_ALG_GRAPHS: analyse_leaf(alg); break;
  case KG_ALG_VALUES: analyse_values(alg); break;
  case KG_ALG_JOIN: add_children(alg, alg->child_count, words); break;
  case KG_ALG_LEFT_JOIN:
    if (!alg->alone) {
      add_children(alg, 1, words);
      break;
    }
    kg_set_or(alg->bound, alg->children[0]->bound, words);
    kg_set_or(alg->certain, alg->children[0]->certain, words);
    break;
  case KG_ALG_MINUS:
    kg_set_or(alg->bound, alg->children[0]->bound, words);
    kg_set_or(alg->certain, alg->children[0]->certain, words);
    break;
  case KG_ALG_UNION: analyse_union(alg, words); break;
  case KG_ALG_EXTEND: analyse_extend(a, alg); break;
  case KG_ALG_GRAPH:
    add_children(alg, 1, words);
    add_both(alg, alg->scope.var);
    break;
  case KG_ALG_SAME:
    add_children(alg, 1, words);
    add_both(alg, alg->var);
    break;
  case KG_ALG_GROUP: analyse_group(alg); break;
  case KG_ALG_PROJECT: analyse_project(alg); break;
  case KG_ALG_FILTER:
  case KG_ALG_ORDER:
  case KG_ALG_DISTINCT:
  case KG_ALG_REDUCED:
  case KG_ALG_SLICE: add_children(alg, 1, words); break;
  }
}

static void analyse_mentioned(const kg_algebra *a, kg_alg *alg) {
  kg_set_or(alg->mentioned, alg->bound, a->set_words);
  if (alg->expr) {
    kg_expr_vars(a, alg->expr, alg->mentioned);
  }
  for (uint32_t i = 0; i < alg->expr_count; i++) {
    kg_expr_vars(a, alg->exprs[i], alg->mentioned);
  }
  for (uint32_t i = 0; i < alg->aggregate_count; i++) {
    if (alg->aggregates[i].argument != KG_NO_VAR) {
      kg_set_add(alg->mentioned, alg->aggregates[i].argument);
    }
  }
  for (uint32_t i = 0; i < alg->order_count; i++) {
    kg_set_add(alg->mentioned, alg->order[i].var);
  }
  for (uint32_t i = 0; i < alg->var_count; i++) {
    kg_set_add(alg->mentioned, alg->vars[i]);
  }
  for (uint32_t i = 0; i < alg->child_count; i++) {
    kg_set_or(alg->mentioned, alg->children[i]->mentioned, a->set_words);
  }
}

kgq_status kg_alg_analyse_node(kg_algebra *a, kg_alg *alg, kgq_error **err) {
  uint64_t *words = (uint64_t *)kg_arena_zero(&a->ast->arena, 3 * (size_t)a->set_words * sizeof(uint64_t));
  if (!words) {
    return kg_fail_memory(err);
  }
  alg->bound = words;
  alg->certain = words + a->set_words;
  alg->mentioned = words + 2 * (size_t)a->set_words;
  analyse_bound(a, alg);
  analyse_mentioned(a, alg);
  return KGQ_OK;
}

kgq_status kg_alg_analyse_tree(kg_algebra *a, kg_alg *alg, kgq_error **err) {
  assert(alg->depth <= KG_LIMIT_ALGEBRA_DEPTH);
  for (uint32_t i = 0; i < alg->child_count; i++) {
    KGQ_TRY(kg_alg_analyse_tree(a, alg->children[i], err));
  }
  return kg_alg_analyse_node(a, alg, err);
}

kgq_status kg_alg_analyse(kg_algebra *a, kgq_error **err) {
  a->set_words = a->ast->var_count / 64 + 1;
  for (kg_alg_exists *e = a->exists; e; e = e->next) {
    KGQ_TRY(kg_alg_analyse_tree(a, e->alg, err));
  }
  return kg_alg_analyse_tree(a, a->root, err);
}
