/* query/algebra_pattern.c: group graph patterns to algebra (SPARQL 1.2, 18.2.2).
 *
 * Goes through a group in written order and builds the expression of 18.2.2.6: triples and paths join,
 * OPTIONAL takes the filters of its group as conditions of the left join, filters of the group itself come
 * last. Triple terms with variables become a relation of their own, joined by a fresh variable. Calls
 * subselects through kg_algebra.subselect.
 */
#include <assert.h>

#include "core/limits.h"
#include "query/algebra.h"

/* The group under construction. */
typedef struct builder {
  kg_algebra *a;
  const kg_scope *scope;
  kg_alg *alg;
  const kg_expr **filters;
  uint32_t filter_count;
} builder;

static kgq_status build_join(builder *b, kg_alg *more, kgq_error **err) {
  return kg_alg_join(b->a, b->alg, more, &b->alg, err);
}

/* ---- triples ------------------------------------------------------------------------------------ */

/* <<( s p o )>> with variables inside: a fresh variable in its place, and what it stands for joined to the
 * group. */
static kgq_status plain_node(builder *b, const kg_node *in, unsigned depth, kg_node *out, kgq_error **err) {
  *out = *in;
  if (in->kind != KG_NODE_TRIPLE) {
    return KGQ_OK;
  }
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms are nested more than %d deep", KG_LIMIT_NESTING);
  }
  kg_alg *term = kg_alg_new(b->a, KG_ALG_TERM, 0, err);
  if (!term) {
    return KGQ_NOMEM;
  }
  KGQ_TRY(plain_node(b, &in->triple[0], depth + 1, &term->subject, err));
  KGQ_TRY(plain_node(b, &in->triple[1], depth + 1, &term->predicate, err));
  KGQ_TRY(plain_node(b, &in->triple[2], depth + 1, &term->object, err));
  KGQ_TRY(kg_alg_fresh(b->a, &term->var, err));
  *out = (kg_node){ .kind = KG_NODE_VAR, .var = term->var, .offset = in->offset };
  return build_join(b, term, err);
}

static kgq_status build_triple(builder *b, const kg_pattern *p, kgq_error **err) {
  kg_alg *alg = kg_alg_new(b->a, KG_ALG_TRIPLE, 0, err);
  if (!alg) {
    return KGQ_NOMEM;
  }
  alg->scope = *b->scope;
  alg->text_offset = p->offset;
  KGQ_TRY(plain_node(b, &p->subject, 0, &alg->subject, err));
  KGQ_TRY(plain_node(b, &p->predicate, 0, &alg->predicate, err));
  KGQ_TRY(plain_node(b, &p->object, 0, &alg->object, err));
  return build_join(b, alg, err);
}

static kgq_status build_path(builder *b, const kg_pattern *p, kgq_error **err) {
  kg_node subject, object;
  kg_alg *alg = NULL;
  KGQ_TRY(plain_node(b, &p->subject, 0, &subject, err));
  KGQ_TRY(plain_node(b, &p->object, 0, &object, err));
  KGQ_TRY(kg_alg_path(b->a, &subject, p->path, &object, b->scope, &alg, err));
  if (alg->kind != KG_ALG_JOIN) {
    return build_join(b, alg, err);
  }
  for (uint32_t i = 0; i < alg->child_count; i++) { /* a sequence: its steps are joined in any order */
    KGQ_TRY(build_join(b, alg->children[i], err));
  }
  return KGQ_OK;
}

static kgq_status build_matches(builder *b, const kg_pattern *p, kgq_error **err) {
  kg_alg *alg = kg_alg_new(b->a, KG_ALG_MATCHES, 0, err);
  if (!alg) {
    return KGQ_NOMEM;
  }
  KGQ_TRY(plain_node(b, &p->subject, 0, &alg->subject, err));
  alg->object = p->object;
  alg->text_offset = p->offset;
  return build_join(b, alg, err);
}

/* ---- expressions: EXISTS ------------------------------------------------------------------------ */

kgq_status kg_alg_register_exists(kg_algebra *a, const kg_expr *expr, const kg_scope *scope,
                                  kgq_error **err) {
  if (expr->pattern && !kg_algebra_exists(a, expr->pattern)) {
    kg_alg_exists *e = (kg_alg_exists *)kg_arena_zero(&a->ast->arena, sizeof(kg_alg_exists));
    if (!e) {
      return kg_fail_memory(err);
    }
    e->pattern = expr->pattern;
    KGQ_TRY(kg_alg_group(a, expr->pattern, scope, &e->alg, err));
    *a->exists_end = e;
    a->exists_end = &e->next;
  }
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    KGQ_TRY(kg_alg_register_exists(a, arg, scope, err));
  }
  return KGQ_OK;
}

/* ---- the other members of a group --------------------------------------------------------------- */

/* Has the group filters of its own? A filter of a group inside it stays where it is. */
static bool has_filter(const kg_pattern *group) {
  for (const kg_pattern *p = group->first; p; p = p->next) {
    if (p->kind == KG_PATTERN_FILTER) {
      return true;
    }
  }
  return false;
}

/* OPTIONAL { P FILTER F }: LeftJoin(G, P, F); F sees the variables of G too (18.2.2.6). */
static kgq_status build_optional(builder *b, const kg_pattern *p, kgq_error **err) {
  kg_alg *right = NULL;
  KGQ_TRY(kg_alg_group(b->a, p->first, b->scope, &right, err));
  const kg_expr **exprs = NULL;
  uint32_t expr_count = 0;
  if (has_filter(p->first)) {
    assert(right->kind == KG_ALG_FILTER);
    exprs = right->exprs;
    expr_count = right->expr_count;
    right = right->children[0];
  }
  KGQ_TRY(kg_alg_pair(b->a, KG_ALG_LEFT_JOIN, b->alg, right, &b->alg, err));
  b->alg->exprs = exprs;
  b->alg->expr_count = expr_count;
  return KGQ_OK;
}

static kgq_status build_minus(builder *b, const kg_pattern *p, kgq_error **err) {
  kg_alg *right = NULL;
  KGQ_TRY(kg_alg_group(b->a, p->first, b->scope, &right, err));
  KGQ_TRY(kg_alg_pair(b->a, KG_ALG_MINUS, b->alg, right, &b->alg, err));
  b->alg->scope = *b->scope;
  return KGQ_OK;
}

static kgq_status build_union(builder *b, const kg_pattern *p, kgq_error **err) {
  uint32_t count = 0, i = 0;
  for (const kg_pattern *branch = p->first; branch; branch = branch->next) {
    count++;
  }
  kg_alg *alg = kg_alg_new(b->a, KG_ALG_UNION, count, err);
  if (!alg) {
    return KGQ_NOMEM;
  }
  for (const kg_pattern *branch = p->first; branch; branch = branch->next, i++) {
    KGQ_TRY(kg_alg_group(b->a, branch, b->scope, &alg->children[i], err));
    if (alg->depth <= alg->children[i]->depth) {
      alg->depth = alg->children[i]->depth + 1;
    }
  }
  return build_join(b, alg, err);
}

static kgq_status build_graph(builder *b, const kg_pattern *p, kgq_error **err) {
  kg_scope scope = { .kind = KG_SCOPE_IRI, .iri = p->graph.term.text, .var = KG_NO_VAR };
  if (p->graph.kind == KG_NODE_VAR) {
    scope.kind = KG_SCOPE_VAR;
    KGQ_TRY(kg_alg_fresh(b->a, &scope.var, err));
  }
  kg_alg *inside = NULL, *alg = NULL;
  KGQ_TRY(kg_alg_group(b->a, p->first, &scope, &inside, err));
  KGQ_TRY(kg_alg_graph(b->a, &p->graph, inside, &scope, &alg, err));
  return build_join(b, alg, err);
}

static kgq_status build_bind(builder *b, const kg_pattern *p, kgq_error **err) {
  KGQ_TRY(kg_alg_register_exists(b->a, p->expr, b->scope, err));
  return kg_alg_extend(b->a, b->alg, p->var, p->expr, &b->alg, err);
}

static kgq_status build_values(builder *b, const kg_values *values, kgq_error **err) {
  kg_alg *alg = kg_alg_new(b->a, KG_ALG_VALUES, 0, err);
  if (!alg) {
    return KGQ_NOMEM;
  }
  alg->values = values;
  return build_join(b, alg, err);
}

static kgq_status build_subselect(builder *b, const kg_pattern *p, kgq_error **err) {
  kg_alg *alg = NULL;
  KGQ_TRY(b->a->subselect(b->a, p->select, b->scope, &alg, err));
  return build_join(b, alg, err);
}

/* Filters hold for the whole group, wherever they stand in it. */
static kgq_status keep_filter(builder *b, const kg_expr *expr, kgq_error **err) {
  const uint32_t n = b->filter_count;
  if ((n & (n - 1)) == 0) {
    const kg_expr **more =
        (const kg_expr **)kg_arena_zero(&b->a->ast->arena, (n ? (size_t)n * 2 : 1) * sizeof(kg_expr *));
    if (!more) {
      return kg_fail_memory(err);
    }
    if (n) {
      memcpy(more, b->filters, n * sizeof(kg_expr *));
    }
    b->filters = more;
  }
  b->filters[b->filter_count++] = expr;
  return kg_alg_register_exists(b->a, expr, b->scope, err);
}

/* SERVICE contacts the outside, which only the host may switch on; SILENT makes a failure one empty solution.
 */
static kgq_status refuse_service(const kg_pattern *p, kgq_error **err) {
  if (p->silent) {
    return KGQ_OK;
  }
  (void)kg_fail(err, KGQ_REFUSED, "SERVICE is refused: this program has not switched access to endpoints on");
  kg_hint(err, "load the data of the endpoint, or write SERVICE SILENT to go on without its answers");
  return KGQ_REFUSED;
}

static kgq_status build_member(builder *b, const kg_pattern *p, kgq_error **err) {
  switch (p->kind) {
  case KG_PATTERN_GROUP: {
    kg_alg *alg = NULL;
    KGQ_TRY(kg_alg_group(b->a, p, b->scope, &alg, err));
    return build_join(b, alg, err);
  }
  case KG_PATTERN_TRIPLE: return build_triple(b, p, err);
  case KG_PATTERN_PATH: return build_path(b, p, err);
  case KG_PATTERN_OPTIONAL: return build_optional(b, p, err);
  case KG_PATTERN_MINUS: return build_minus(b, p, err);
  case KG_PATTERN_UNION: return build_union(b, p, err);
  case KG_PATTERN_GRAPH: return build_graph(b, p, err);
  case KG_PATTERN_SERVICE: return refuse_service(p, err);
  case KG_PATTERN_FILTER: return keep_filter(b, p->expr, err);
  case KG_PATTERN_BIND: return build_bind(b, p, err);
  case KG_PATTERN_VALUES: return build_values(b, p->values, err);
  case KG_PATTERN_SUBSELECT: return build_subselect(b, p, err);
  case KG_PATTERN_MATCHES: return build_matches(b, p, err);
  }
  return kg_fail(err, KGQ_SYNTAX, "a pattern of an unknown kind");
}

kgq_status kg_alg_group(kg_algebra *a, const kg_pattern *group, const kg_scope *scope, kg_alg **out,
                        kgq_error **err) {
  assert(group->kind == KG_PATTERN_GROUP);
  if (++a->depth > 2 * KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "groups are nested more than %d deep", 2 * KG_LIMIT_NESTING);
  }
  builder b = { .a = a, .scope = scope };
  b.alg = kg_alg_new(a, KG_ALG_UNIT, 0, err);
  if (!b.alg) {
    return KGQ_NOMEM;
  }
  for (const kg_pattern *p = group->first; p; p = p->next) {
    KGQ_TRY(build_member(&b, p, err));
  }
  if (b.filter_count > 0) {
    KGQ_TRY(kg_alg_over(a, KG_ALG_FILTER, b.alg, &b.alg, err));
    b.alg->exprs = b.filters;
    b.alg->expr_count = b.filter_count;
  }
  *out = b.alg;
  a->depth--;
  return KGQ_OK;
}
