/* query/algebra_path.c: property paths to algebra (SPARQL 1.2, 18.2.2.4 and 18.4).
 *
 * Links, sequences and alternatives become triple patterns, joins and unions, which keeps their
 * multiplicities; negated sets become triple patterns with a filter on the predicate, each pair of ends once;
 * what repeats stays a path, searched by op_path.c.
 */
#include "core/limits.h"
#include "query/algebra.h"

static kgq_status triple(kg_algebra *a, const kg_node *s, kg_node p, const kg_node *o, const kg_scope *scope,
                         kg_alg **out, kgq_error **err) {
  kg_alg *alg = kg_alg_new(a, KG_ALG_TRIPLE, 0, err);
  if (!alg) {
    return KGQ_NOMEM;
  }
  alg->subject = *s;
  alg->predicate = p;
  alg->object = *o;
  alg->scope = *scope;
  *out = alg;
  return KGQ_OK;
}

static kg_node var_node(kg_var v) {
  return (kg_node){ .kind = KG_NODE_VAR, .var = v };
}

static kgq_status translate(kg_algebra *a, const kg_node *s, const kg_path *path, const kg_node *o,
                            const kg_scope *scope, unsigned depth, kg_alg **out, kgq_error **err);

static kgq_status sequence(kg_algebra *a, const kg_node *s, const kg_path *path, const kg_node *o,
                           const kg_scope *scope, unsigned depth, kg_alg **out, kgq_error **err) {
  kg_alg *all = NULL;
  kg_node from = *s;
  for (const kg_path *step = path->first; step; step = step->next) {
    kg_node to = *o;
    if (step->next) {
      kg_var between = KG_NO_VAR;
      KGQ_TRY(kg_alg_fresh(a, &between, err));
      to = var_node(between);
    }
    kg_alg *part = NULL;
    KGQ_TRY(translate(a, &from, step, &to, scope, depth, &part, err));
    if (all) {
      KGQ_TRY(kg_alg_pair(a, KG_ALG_JOIN, all, part, &all, err));
    } else {
      all = part;
    }
    from = to;
  }
  *out = all;
  return KGQ_OK;
}

static kgq_status alternative(kg_algebra *a, const kg_node *s, const kg_path *path, const kg_node *o,
                              const kg_scope *scope, unsigned depth, kg_alg **out, kgq_error **err) {
  kg_alg *all = NULL;
  for (const kg_path *branch = path->first; branch; branch = branch->next) {
    kg_alg *part = NULL;
    KGQ_TRY(translate(a, s, branch, o, scope, depth, &part, err));
    if (all) {
      KGQ_TRY(kg_alg_pair(a, KG_ALG_UNION, all, part, &all, err));
    } else {
      all = part;
    }
  }
  *out = all;
  return KGQ_OK;
}

/* predicate NOT IN (the links, or the inverse links, of the set) */
static kgq_status not_in(kg_algebra *a, kg_var predicate, const kg_path *set, bool inverse, kg_expr **out,
                         kgq_error **err) {
  kg_expr *expr = (kg_expr *)kg_arena_zero(&a->ast->arena, sizeof(kg_expr));
  kg_expr *left = (kg_expr *)kg_arena_zero(&a->ast->arena, sizeof(kg_expr));
  if (!expr || !left) {
    return kg_fail_memory(err);
  }
  *expr = (kg_expr){ .kind = KG_EXPR_NOT_IN, .args = left };
  *left = (kg_expr){ .kind = KG_EXPR_VAR, .var = predicate };
  kg_expr **end = &left->next;
  for (const kg_path *p = set->first; p; p = p->next) {
    if ((p->kind == KG_PATH_INVERSE) != inverse) {
      continue;
    }
    *end = (kg_expr *)kg_arena_zero(&a->ast->arena, sizeof(kg_expr));
    if (!*end) {
      return kg_fail_memory(err);
    }
    (*end)->kind = KG_EXPR_TERM;
    (*end)->term = kg_term_iri(inverse ? p->first->iri : p->iri);
    end = &(*end)->next;
  }
  *out = expr;
  return KGQ_OK;
}

static uint32_t add_var(kg_var *vars, uint32_t count, kg_var v) {
  for (uint32_t i = 0; i < count; i++) {
    if (vars[i] == v) {
      return count;
    }
  }
  vars[count] = v;
  return count + 1;
}

/* 18.4: what a negated set matches is a set of solutions: two ends that several links connect are one. */
static kgq_status distinct_ends(kg_algebra *a, const kg_node *s, const kg_node *o, const kg_scope *scope,
                                kg_alg *alg, kg_alg **out, kgq_error **err) {
  kg_var *vars = (kg_var *)kg_arena_zero(&a->ast->arena, 3 * sizeof(kg_var));
  if (!vars) {
    return kg_fail_memory(err);
  }
  uint32_t count = 0;
  count = s->kind == KG_NODE_VAR ? add_var(vars, count, s->var) : count;
  count = o->kind == KG_NODE_VAR ? add_var(vars, count, o->var) : count;
  count = scope->kind == KG_SCOPE_VAR ? add_var(vars, count, scope->var) : count;
  KGQ_TRY(kg_alg_over(a, KG_ALG_PROJECT, alg, &alg, err));
  alg->vars = vars;
  alg->var_count = count;
  alg->subselect = true;
  return kg_alg_over(a, KG_ALG_DISTINCT, alg, out, err);
}

static kgq_status negated_half(kg_algebra *a, const kg_node *s, const kg_path *path, const kg_node *o,
                               bool inverse, const kg_scope *scope, kg_alg **out, kgq_error **err) {
  kg_var predicate = KG_NO_VAR;
  kg_alg *pattern = NULL;
  kg_expr *expr = NULL;
  KGQ_TRY(kg_alg_fresh(a, &predicate, err));
  KGQ_TRY(triple(a, inverse ? o : s, var_node(predicate), inverse ? s : o, scope, &pattern, err));
  KGQ_TRY(not_in(a, predicate, path, inverse, &expr, err));
  KGQ_TRY(kg_alg_over(a, KG_ALG_FILTER, pattern, out, err));
  const kg_expr **exprs = (const kg_expr **)kg_arena_zero(&a->ast->arena, sizeof(kg_expr *));
  if (!exprs) {
    return kg_fail_memory(err);
  }
  exprs[0] = expr;
  (*out)->exprs = exprs;
  (*out)->expr_count = 1;
  return distinct_ends(a, s, o, scope, *out, out, err);
}

/* !(a|^b): forward links but a, and backward links but b; a half that the set does not name is not there. */
static kgq_status negated(kg_algebra *a, const kg_node *s, const kg_path *path, const kg_node *o,
                          const kg_scope *scope, kg_alg **out, kgq_error **err) {
  bool forward = path->first == NULL, backward = false;
  for (const kg_path *p = path->first; p; p = p->next) {
    forward = forward || p->kind != KG_PATH_INVERSE;
    backward = backward || p->kind == KG_PATH_INVERSE;
  }
  kg_alg *one = NULL, *two = NULL;
  if (forward) {
    KGQ_TRY(negated_half(a, s, path, o, false, scope, &one, err));
  }
  if (backward) {
    KGQ_TRY(negated_half(a, s, path, o, true, scope, &two, err));
  }
  if (one && two) {
    return kg_alg_pair(a, KG_ALG_UNION, one, two, out, err);
  }
  *out = one ? one : two;
  return KGQ_OK;
}

static kgq_status closure(kg_algebra *a, const kg_node *s, const kg_path *path, const kg_node *o,
                          const kg_scope *scope, kg_alg **out, kgq_error **err) {
  kg_alg *alg = kg_alg_new(a, KG_ALG_PATH, 0, err);
  if (!alg) {
    return KGQ_NOMEM;
  }
  alg->subject = *s;
  alg->object = *o;
  alg->path = path;
  alg->scope = *scope;
  *out = alg;
  return KGQ_OK;
}

static kgq_status translate(kg_algebra *a, const kg_node *s, const kg_path *path, const kg_node *o,
                            const kg_scope *scope, unsigned depth, kg_alg **out, kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "a property path is nested more than %d deep", KG_LIMIT_NESTING);
  }
  switch (path->kind) {
  case KG_PATH_LINK:
    return triple(a, s, (kg_node){ .kind = KG_NODE_TERM, .term = kg_term_iri(path->iri) }, o, scope, out,
                  err);
  case KG_PATH_INVERSE: return translate(a, o, path->first, s, scope, depth + 1, out, err);
  case KG_PATH_SEQUENCE: return sequence(a, s, path, o, scope, depth + 1, out, err);
  case KG_PATH_ALTERNATIVE: return alternative(a, s, path, o, scope, depth + 1, out, err);
  case KG_PATH_NEGATED: return negated(a, s, path, o, scope, out, err);
  case KG_PATH_ZERO_OR_MORE:
  case KG_PATH_ONE_OR_MORE:
  case KG_PATH_ZERO_OR_ONE: return closure(a, s, path, o, scope, out, err);
  }
  return kg_fail(err, KGQ_SYNTAX, "a property path of an unknown kind");
}

kgq_status kg_alg_path(kg_algebra *a, const kg_node *subject, const kg_path *path, const kg_node *object,
                       const kg_scope *scope, kg_alg **out, kgq_error **err) {
  return translate(a, subject, path, object, scope, 0, out, err);
}
