/* query/algebra_graph.c: GRAPH (SPARQL 1.2, 18.6: eval(D(G), Graph(var, P))).
 *
 * GRAPH ?g { P } is, for each named graph, P matched in it, joined with the graph's name as ?g. Inside P, ?g
 * itself has no value from this. Mostly that can be had without a loop over graphs: every pattern in P then
 * gives the name of its graph in a column of a fresh variable, on which all joins inside P join. Where it
 * cannot (LIMIT, aggregates over all of P, paths) a KG_ALG_GRAPH node evaluates P once for each graph.
 */
#include "query/algebra.h"

static kgq_status anchor(kg_algebra *a, const kg_scope *scope, kg_alg *inside, kg_alg **out,
                         kgq_error **err) {
  kg_alg *graphs = kg_alg_new(a, KG_ALG_GRAPHS, 0, err);
  if (!graphs) {
    return KGQ_NOMEM;
  }
  graphs->scope = *scope;
  if (inside->kind == KG_ALG_UNIT) {
    *out = graphs;
    return KGQ_OK;
  }
  return kg_alg_pair(a, KG_ALG_JOIN, graphs, inside, out, err);
}

static kgq_status bind_scope(kg_algebra *a, const kg_scope *scope, kg_alg *alg, kg_alg **out,
                             kgq_error **err);

static kgq_status bind_child(kg_algebra *a, const kg_scope *scope, kg_alg *alg, uint32_t child, bool *failed,
                             kgq_error **err) {
  kg_alg *bound = NULL;
  KGQ_TRY(bind_scope(a, scope, alg->children[child], &bound, err));
  if (bound) {
    alg->children[child] = bound;
    alg->depth = bound->depth >= alg->depth ? bound->depth + 1 : alg->depth;
  }
  *failed = *failed || !bound;
  return KGQ_OK;
}

/* In a join it is enough that those parts give the graph that depend on it. */
static kgq_status bind_dependent(kg_algebra *a, const kg_scope *scope, kg_alg *alg, uint32_t first,
                                 bool *failed, kgq_error **err) {
  for (uint32_t i = first; i < alg->child_count && !*failed; i++) {
    if (kg_alg_mentions(a, alg->children[i], scope->var)) {
      KGQ_TRY(bind_child(a, scope, alg, i, failed, err));
    }
  }
  return KGQ_OK;
}

static kgq_status bind_union(kg_algebra *a, const kg_scope *scope, kg_alg *alg, bool *failed,
                             kgq_error **err) {
  for (uint32_t i = 0; i < alg->child_count && !*failed; i++) {
    KGQ_TRY(bind_child(a, scope, alg, i, failed, err));
  }
  return KGQ_OK;
}

/* GROUP BY with keys has none for an empty graph, so the graph can be one more key (added by
 * algebra_select.c). */
static bool graph_is_key(const kg_alg *group, kg_var graph) {
  for (uint32_t i = 0; i < group->var_count; i++) {
    if (group->vars[i] == graph) {
      return true;
    }
  }
  return false;
}

/* *out: `alg`, changed so that each solution binds scope->var; NULL: only a loop over graphs can do it. */
static kgq_status bind_scope(kg_algebra *a, const kg_scope *scope, kg_alg *alg, kg_alg **out,
                             kgq_error **err) {
  bool failed = false;
  *out = NULL;
  if (!kg_alg_mentions(a, alg, scope->var)) {
    return anchor(a, scope, alg, out, err);
  }
  switch (alg->kind) {
  case KG_ALG_TRIPLE:
  case KG_ALG_GRAPHS: break;
  case KG_ALG_JOIN: KGQ_TRY(bind_dependent(a, scope, alg, 0, &failed, err)); break;
  case KG_ALG_LEFT_JOIN:
  case KG_ALG_MINUS:
    KGQ_TRY(bind_child(a, scope, alg, 0, &failed, err));
    KGQ_TRY(bind_dependent(a, scope, alg, 1, &failed, err));
    break;
  case KG_ALG_UNION: KGQ_TRY(bind_union(a, scope, alg, &failed, err)); break;
  case KG_ALG_GROUP:
    failed = !graph_is_key(alg, scope->var);
    if (!failed) {
      KGQ_TRY(bind_child(a, scope, alg, 0, &failed, err));
    }
    break;
  case KG_ALG_FILTER:
  case KG_ALG_EXTEND:
  case KG_ALG_ORDER:
  case KG_ALG_PROJECT:
  case KG_ALG_DISTINCT:
  case KG_ALG_REDUCED: KGQ_TRY(bind_child(a, scope, alg, 0, &failed, err)); break;
  case KG_ALG_UNIT:
  case KG_ALG_TERM:
  case KG_ALG_PATH:
  case KG_ALG_MATCHES:
  case KG_ALG_VALUES:
  case KG_ALG_GRAPH:
  case KG_ALG_SAME:
  case KG_ALG_SLICE: failed = true; break;
  }
  *out = failed ? NULL : alg;
  return KGQ_OK;
}

/* Does every solution of `alg` rest on a triple of the graph `iri`? Then the graph is there. Inside may be
 * others. */
static bool needs_graph(const kg_alg *alg, kgq_str iri) {
  switch (alg->kind) {
  case KG_ALG_TRIPLE:
  case KG_ALG_GRAPHS: return alg->scope.kind == KG_SCOPE_IRI && kg_str_equal(alg->scope.iri, iri);
  case KG_ALG_JOIN:
    for (uint32_t i = 0; i < alg->child_count; i++) {
      if (needs_graph(alg->children[i], iri)) {
        return true;
      }
    }
    return false;
  case KG_ALG_LEFT_JOIN:
  case KG_ALG_MINUS:
  case KG_ALG_FILTER:
  case KG_ALG_EXTEND: return needs_graph(alg->children[0], iri);
  case KG_ALG_UNIT:
  case KG_ALG_TERM:
  case KG_ALG_PATH:
  case KG_ALG_MATCHES:
  case KG_ALG_UNION:
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

static void rename_in(kg_alg *alg, kg_var from, kg_var to) {
  if (alg->scope.var == from) {
    alg->scope.var = to;
  }
  for (uint32_t i = 0; i < alg->var_count; i++) {
    if (alg->vars[i] == from) {
      alg->vars[i] = to;
    }
  }
  for (uint32_t i = 0; i < alg->child_count; i++) {
    rename_in(alg->children[i], from, to);
  }
}

static void rename_scope(kg_algebra *a, kg_alg *alg, kg_var from, kg_var to) {
  rename_in(alg, from, to);
  for (kg_alg_exists *e = a->exists; e; e = e->next) {
    rename_in(e->alg, from, to);
  }
}

static kgq_status graph_variable(kg_algebra *a, kg_var name, kg_alg *inside, const kg_scope *scope,
                                 kg_alg **out, kgq_error **err) {
  kg_alg *bound = NULL;
  const bool free_inside = kg_alg_mentions(a, inside, name);
  KGQ_TRY(bind_scope(a, scope, inside, &bound, err));
  if (!bound) {
    KGQ_TRY(kg_alg_over(a, KG_ALG_GRAPH, inside, &bound, err));
    bound->scope = *scope;
  }
  if (!free_inside) {
    rename_scope(a, bound, scope->var, name);
    *out = bound;
    return KGQ_OK;
  }
  KGQ_TRY(kg_alg_over(a, KG_ALG_SAME, bound, out, err));
  (*out)->var = name;
  (*out)->from = scope->var;
  return KGQ_OK;
}

kgq_status kg_alg_graph(kg_algebra *a, const kg_node *graph, kg_alg *inside, const kg_scope *scope,
                        kg_alg **out, kgq_error **err) {
  if (graph->kind == KG_NODE_VAR) {
    return graph_variable(a, graph->var, inside, scope, out, err);
  }
  if (needs_graph(inside, scope->iri)) {
    *out = inside;
    return KGQ_OK;
  }
  return anchor(a, scope, inside, out, err);
}
