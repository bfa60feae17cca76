/* query/algebra_select.c: grouping, aggregates, select expressions and solution modifiers
 * (SPARQL 1.2, 18.2.4, 18.2.5).
 *
 * Every aggregate in the select clause, HAVING and ORDER BY becomes a fresh variable computed by the group
 * node, and its argument a variable extended below it, so that operators above and below see columns only.
 */
#include <assert.h>

#include "query/algebra.h"

/* One SELECT under translation. */
typedef struct selection {
  kg_algebra *a;
  const kg_scope *scope;
  const kg_select *select;
  kg_alg *alg;
  kg_alg_aggregate *aggregates;
  uint32_t aggregate_count;
} selection;

static void *arena_zero(selection *s, size_t bytes, kgq_error **err) {
  void *p = kg_arena_zero(&s->a->ast->arena, bytes ? bytes : 1);
  if (!p) {
    (void)kg_fail_memory(err);
  }
  return p;
}

/* The variable that holds an expression's value: itself, or a fresh one extended now. */
static kgq_status column_of(selection *s, const kg_expr *expr, kg_var wanted, kg_var *out, kgq_error **err) {
  if (expr->kind == KG_EXPR_VAR && wanted == KG_NO_VAR) {
    *out = expr->var;
    return KGQ_OK;
  }
  KGQ_TRY(kg_alg_register_exists(s->a, expr, s->scope, err));
  if (wanted == KG_NO_VAR) {
    KGQ_TRY(kg_alg_fresh(s->a, &wanted, err));
  }
  *out = wanted;
  return kg_alg_extend(s->a, s->alg, wanted, expr, &s->alg, err);
}

/* ---- aggregates --------------------------------------------------------------------------------- */

static bool has_aggregate(const kg_expr *expr) {
  if (expr->kind == KG_EXPR_AGGREGATE) {
    return true;
  }
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    if (has_aggregate(arg)) {
      return true;
    }
  }
  return false;
}

static kgq_status add_aggregate(selection *s, const kg_expr *call, kg_var *out, kgq_error **err) {
  const uint32_t n = s->aggregate_count;
  if ((n & (n - 1)) == 0) {
    kg_alg_aggregate *more =
        (kg_alg_aggregate *)arena_zero(s, (n ? (size_t)n * 2 : 1) * sizeof(kg_alg_aggregate), err);
    if (!more) {
      return KGQ_NOMEM;
    }
    if (n) {
      memcpy(more, s->aggregates, n * sizeof(kg_alg_aggregate));
    }
    s->aggregates = more;
  }
  kg_alg_aggregate *g = &s->aggregates[n];
  *g = (kg_alg_aggregate){ .argument = KG_NO_VAR, .call = call };
  KGQ_TRY(kg_alg_fresh(s->a, &g->out, err));
  *out = g->out;
  s->aggregate_count++;
  return KGQ_OK;
}

/* A copy of `expr` in which aggregates are variables; expressions without any are shared. */
static kgq_status lift(selection *s, const kg_expr *expr, const kg_expr **out, kgq_error **err) {
  *out = expr;
  if (!has_aggregate(expr)) {
    return KGQ_OK;
  }
  kg_expr *copy = (kg_expr *)arena_zero(s, sizeof(kg_expr), err);
  if (!copy) {
    return KGQ_NOMEM;
  }
  *out = copy;
  if (expr->kind == KG_EXPR_AGGREGATE) {
    *copy = (kg_expr){ .kind = KG_EXPR_VAR, .offset = expr->offset };
    return add_aggregate(s, expr, &copy->var, err);
  }
  *copy = *expr;
  copy->next = NULL;
  kg_expr **end = &copy->args;
  *end = NULL;
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    const kg_expr *lifted = NULL;
    KGQ_TRY(lift(s, arg, &lifted, err));
    *end =
        (kg_expr *)arena_zero(s, sizeof(kg_expr), err); /* arguments are a list, so each needs its own node */
    if (!*end) {
      return KGQ_NOMEM;
    }
    **end = *lifted;
    (*end)->next = NULL;
    end = &(*end)->next;
  }
  return KGQ_OK;
}

/* What of the modifiers reads aggregates, lifted; arrays in the order of the lists. */
typedef struct lifted {
  const kg_expr **projection, **having, **order;
  uint32_t projection_count, having_count, order_count;
} lifted;

static kgq_status lift_all(selection *s, lifted *l, kgq_error **err) {
  uint32_t p = 0, h = 0, o = 0;
  for (const kg_projection *i = s->select->projection; i; i = i->next, p++) {
    if (i->expr) {
      KGQ_TRY(lift(s, i->expr, &l->projection[p], err));
    }
  }
  for (const kg_expr *i = s->select->having; i; i = i->next, h++) {
    KGQ_TRY(lift(s, i, &l->having[h], err));
  }
  for (const kg_order *i = s->select->order; i; i = i->next, o++) {
    KGQ_TRY(lift(s, i->expr, &l->order[o], err));
  }
  return KGQ_OK;
}

static kgq_status make_lifted(selection *s, lifted *l, kgq_error **err) {
  *l = (lifted){ 0 };
  for (const kg_projection *i = s->select->projection; i; i = i->next) {
    l->projection_count++;
  }
  for (const kg_expr *i = s->select->having; i; i = i->next) {
    l->having_count++;
  }
  for (const kg_order *i = s->select->order; i; i = i->next) {
    l->order_count++;
  }
  l->projection = (const kg_expr **)arena_zero(s, l->projection_count * sizeof(kg_expr *), err);
  l->having = (const kg_expr **)arena_zero(s, l->having_count * sizeof(kg_expr *), err);
  l->order = (const kg_expr **)arena_zero(s, l->order_count * sizeof(kg_expr *), err);
  return l->projection && l->having && l->order ? lift_all(s, l, err) : KGQ_NOMEM;
}

/* ---- grouping ----------------------------------------------------------------------------------- */

static kgq_status group_keys(selection *s, kg_var **keys, uint32_t *count, kgq_error **err) {
  uint32_t n = 0;
  for (const kg_group_key *k = s->select->group; k; k = k->next) {
    n++;
  }
  *keys = (kg_var *)arena_zero(s, (n + 1) * sizeof(kg_var), err);
  if (!*keys) {
    return KGQ_NOMEM;
  }
  for (const kg_group_key *k = s->select->group; k; k = k->next) {
    KGQ_TRY(column_of(s, k->expr, k->var, &(*keys)[*count], err));
    ++*count;
  }
  if (n > 0 && s->scope->kind == KG_SCOPE_VAR) {
    (*keys)[(*count)++] = s->scope->var; /* see algebra_graph.c */
  }
  return KGQ_OK;
}

static kgq_status group(selection *s, kgq_error **err) {
  kg_var *keys = NULL;
  uint32_t key_count = 0;
  KGQ_TRY(group_keys(s, &keys, &key_count, err));
  for (uint32_t i = 0; i < s->aggregate_count; i++) {
    kg_alg_aggregate *g = &s->aggregates[i];
    if (g->call->args) {
      KGQ_TRY(column_of(s, g->call->args, KG_NO_VAR, &g->argument, err));
    }
  }
  KGQ_TRY(kg_alg_over(s->a, KG_ALG_GROUP, s->alg, &s->alg, err));
  s->alg->vars = keys;
  s->alg->var_count = key_count;
  s->alg->aggregates = s->aggregates;
  s->alg->aggregate_count = s->aggregate_count;
  return KGQ_OK;
}

static kgq_status having(selection *s, const lifted *l, kgq_error **err) {
  if (l->having_count == 0) {
    return KGQ_OK;
  }
  for (uint32_t i = 0; i < l->having_count; i++) {
    KGQ_TRY(kg_alg_register_exists(s->a, l->having[i], s->scope, err));
  }
  KGQ_TRY(kg_alg_over(s->a, KG_ALG_FILTER, s->alg, &s->alg, err));
  s->alg->exprs = l->having;
  s->alg->expr_count = l->having_count;
  return KGQ_OK;
}

/* ---- VALUES behind, select expressions, order --------------------------------------------------- */

static kgq_status trailing_values(selection *s, kgq_error **err) {
  if (!s->select->values) {
    return KGQ_OK;
  }
  kg_alg *values = kg_alg_new(s->a, KG_ALG_VALUES, 0, err);
  if (!values) {
    return KGQ_NOMEM;
  }
  values->values = s->select->values;
  return kg_alg_pair(s->a, KG_ALG_JOIN, s->alg, values, &s->alg, err);
}

static kgq_status select_expressions(selection *s, const lifted *l, kgq_error **err) {
  uint32_t n = 0;
  for (const kg_projection *p = s->select->projection; p; p = p->next, n++) {
    if (p->expr) {
      kg_var var = KG_NO_VAR;
      KGQ_TRY(column_of(s, l->projection[n], p->var, &var, err));
    }
  }
  return KGQ_OK;
}

static kgq_status order_by(selection *s, const lifted *l, kgq_error **err) {
  if (l->order_count == 0) {
    return KGQ_OK;
  }
  kg_alg_order *keys = (kg_alg_order *)arena_zero(s, l->order_count * sizeof(kg_alg_order), err);
  if (!keys) {
    return KGQ_NOMEM;
  }
  uint32_t n = 0;
  for (const kg_order *o = s->select->order; o; o = o->next, n++) {
    keys[n].descending = o->descending;
    KGQ_TRY(column_of(s, l->order[n], KG_NO_VAR, &keys[n].var, err));
  }
  KGQ_TRY(kg_alg_over(s->a, KG_ALG_ORDER, s->alg, &s->alg, err));
  s->alg->order = keys;
  s->alg->order_count = n;
  return KGQ_OK;
}

static kgq_status project(selection *s, const kg_var *columns, uint32_t column_count,
                          uint32_t projection_count, kgq_error **err) {
  const uint32_t count = columns ? column_count : projection_count;
  kg_var *vars = (kg_var *)arena_zero(s, (count + 1) * sizeof(kg_var), err);
  if (!vars) {
    return KGQ_NOMEM;
  }
  uint32_t n = 0;
  for (const kg_projection *p = s->select->projection; p && !columns; p = p->next) {
    vars[n++] = p->var;
  }
  for (; columns && n < count; n++) {
    vars[n] = columns[n];
  }
  if (s->scope->kind == KG_SCOPE_VAR) {
    vars[n++] = s->scope->var; /* see algebra_graph.c */
  }
  KGQ_TRY(kg_alg_over(s->a, KG_ALG_PROJECT, s->alg, &s->alg, err));
  s->alg->vars = vars;
  s->alg->var_count = n;
  return KGQ_OK;
}

static kgq_status modifiers(selection *s, kgq_error **err) {
  const kg_select *select = s->select;
  s->alg->sliced = select->has_limit || select->offset > 0;
  if (select->distinct || select->reduced) {
    KGQ_TRY(kg_alg_over(s->a, select->distinct ? KG_ALG_DISTINCT : KG_ALG_REDUCED, s->alg, &s->alg, err));
  }
  if (select->has_limit || select->offset > 0) {
    KGQ_TRY(kg_alg_over(s->a, KG_ALG_SLICE, s->alg, &s->alg, err));
    s->alg->has_limit = select->has_limit;
    s->alg->limit = select->limit;
    s->alg->offset = select->offset;
  }
  return KGQ_OK;
}

kgq_status kg_alg_select(kg_algebra *a, const kg_select *select, const kg_scope *scope, const kg_var *columns,
                         uint32_t column_count, kg_alg **out, kgq_error **err) {
  assert(select->where != NULL);
  selection s = { .a = a, .scope = scope, .select = select };
  lifted l;
  KGQ_TRY(kg_alg_group(a, select->where, scope, &s.alg, err));
  KGQ_TRY(make_lifted(&s, &l, err));
  if (select->grouped) {
    KGQ_TRY(group(&s, err));
  }
  KGQ_TRY(having(&s, &l, err));
  KGQ_TRY(trailing_values(&s, err));
  KGQ_TRY(select_expressions(&s, &l, err));
  KGQ_TRY(order_by(&s, &l, err));
  KGQ_TRY(project(&s, columns, column_count, l.projection_count, err));
  KGQ_TRY(modifiers(&s, err));
  *out = s.alg;
  return KGQ_OK;
}
