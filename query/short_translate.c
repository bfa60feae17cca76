/* query/short_translate.c: clauses of the short language as groups of the tree (SHORT-LANGUAGE 4.2).
 *
 * Decides between statements and conditions: a condition is an expression, `or` of statements a UNION.
 * Statements themselves are in short_fact.c, comparisons in short_value.c.
 */
#include "query/short_internal.h"

static kgq_status unit_condition(kg_short *s, const kg_short_unit *unit, kg_expr **out);
static kgq_status add_unit(kg_short *s, kg_short_group *to, const kg_short_unit *unit);

/* ---- conditions --------------------------------------------------------------------------------- */

/* EXISTS { group } or NOT EXISTS { group } */
static kgq_status exists(kg_short *s, bool negated, kg_short_group *group, kg_expr **out) {
  KGQ_TRY(kg_expr_new(&s->p, negated ? KG_EXPR_NOT_EXISTS : KG_EXPR_EXISTS, group->offset, out));
  return kg_short_close(s, group, &(*out)->pattern);
}

/* What is hidden inside `not` and EXISTS makes no rows. */
static kgq_status not_exists(kg_short *s, const kg_short_unit *unit, kg_expr **out) {
  kg_short_group group;
  const bool hidden = s->hidden;
  kg_short_open(s, &group, unit->offset);
  KGQ_TRY(add_unit(s, &group, unit));
  s->hidden = hidden;
  return exists(s, true, &group, out);
}

static kgq_status search_condition(kg_short *s, const kg_short_fact *fact, kg_expr **out) {
  kg_short_group group;
  kg_short_open(s, &group, fact->offset);
  KGQ_TRY(kg_short_add_search(s, &group, fact));
  return exists(s, fact->compare == KG_ST_NOT_LIKE, &group, out);
}

static kgq_status fact_condition(kg_short *s, const kg_short_fact *fact, kg_expr **out) {
  if (fact->compare == KG_ST_LIKE || fact->compare == KG_ST_NOT_LIKE) {
    return search_condition(s, fact, out);
  }
  return fact->compare == KG_ST_END ? kg_short_expr(s, fact->subject, out)
                                    : kg_short_comparison(s, fact, out);
}

static kgq_status not_condition(kg_short *s, const kg_short_unit *unit, kg_expr **out) {
  kg_expr *inner = NULL;
  if (!kg_short_is_condition(unit)) {
    return not_exists(s, unit, out);
  }
  KGQ_TRY(unit_condition(s, unit, &inner));
  KGQ_TRY(kg_expr_new(&s->p, KG_EXPR_NOT, unit->offset, out));
  return kg_expr_set_args(&s->p, *out, inner);
}

/* A clause of conditions: `not`, or one, or several joined by `or`. */
kgq_status kg_short_clause_condition(kg_short *s, const kg_short_clause *clause, kg_expr **out) {
  kg_expr *sides = NULL;
  kg_expr **end = &sides;
  if (clause->kind == KG_ST_NOT) {
    return not_condition(s, clause->units, out);
  }
  for (const kg_short_unit *unit = clause->units; unit; unit = unit->next) {
    KGQ_TRY(unit_condition(s, unit, end));
    end = &(*end)->next;
  }
  return kg_expr_join(&s->p, KG_EXPR_OR, sides, out);
}

/* {A, B} among conditions is (A && B). */
static kgq_status unit_condition(kg_short *s, const kg_short_unit *unit, kg_expr **out) {
  kg_expr *all = NULL;
  kg_expr **end = &all;
  if (unit->fact) {
    return fact_condition(s, unit->fact, out);
  }
  for (const kg_short_clause *clause = unit->clauses; clause; clause = clause->next) {
    KGQ_TRY(kg_short_clause_condition(s, clause, end));
    end = &(*end)->next;
  }
  return kg_expr_join(&s->p, KG_EXPR_AND, all, out);
}

/* ---- statements --------------------------------------------------------------------------------- */

/* {A, B} @ G is GRAPH G { A B }; without G it is the same as A, B. */
static kgq_status add_group(kg_short *s, kg_short_group *to, const kg_short_unit *unit) {
  const kgq_str around = s->article;
  kg_short_group inner;
  kg_node graph;
  if (!unit->source.there) {
    return kg_short_add_clauses(s, to, unit->clauses);
  }
  KGQ_TRY(kg_short_article(s, &unit->source, &graph));
  if (graph.kind == KG_NODE_TERM) {
    s->article = graph.term.text;
  }
  kg_short_open(s, &inner, unit->offset);
  KGQ_TRY(kg_short_add_clauses(s, &inner, unit->clauses));
  s->article = around;
  return kg_short_add_graph(s, to, &graph, &inner);
}

static kgq_status add_unit(kg_short *s, kg_short_group *to, const kg_short_unit *unit) {
  kg_expr *condition = NULL;
  if (unit->fact && unit->fact->compare == KG_ST_LIKE) {
    return kg_short_add_search(s, to, unit->fact);
  }
  if (unit->fact && unit->fact->has_verb) {
    return kg_short_add_statement(s, to, unit->fact);
  }
  if (!unit->fact) {
    return add_group(s, to, unit);
  }
  KGQ_TRY(fact_condition(s, unit->fact, &condition));
  return kg_short_add_filter(s, to, condition);
}

/* { A } UNION { B } */
static kgq_status add_union(kg_short *s, kg_short_group *to, const kg_short_clause *clause) {
  kg_pattern *sides = NULL;
  kg_pattern **end = &sides;
  kg_pattern *either = NULL;
  for (const kg_short_unit *unit = clause->units; unit; unit = unit->next) {
    kg_short_group side;
    kg_short_open(s, &side, unit->offset);
    KGQ_TRY(add_unit(s, &side, unit));
    KGQ_TRY(kg_short_close(s, &side, end));
    end = &(*end)->next;
  }
  KGQ_TRY(kg_short_add(s, &to->patterns, KG_PATTERN_UNION, clause->offset, &either));
  KG_NEED(&s->p, either);
  either->first = sides;
  s->hidden = true;
  return KGQ_OK;
}

static kgq_status add_maybe(kg_short *s, kg_short_group *to, const kg_short_clause *clause) {
  kg_pattern *optional = NULL;
  kg_pattern *group = NULL;
  kg_short_group inner;
  kg_short_open(s, &inner, clause->offset);
  KGQ_TRY(add_unit(s, &inner, clause->units));
  KGQ_TRY(kg_short_close(s, &inner, &group));
  KGQ_TRY(kg_short_add(s, &to->optionals, KG_PATTERN_OPTIONAL, clause->offset, &optional));
  KG_NEED(&s->p, optional);
  optional->first = group;
  return KGQ_OK;
}

static kgq_status add_clause(kg_short *s, kg_short_group *to, const kg_short_clause *clause) {
  kg_expr *condition = NULL;
  if (clause->kind == KG_ST_MAYBE) {
    return add_maybe(s, to, clause);
  }
  if (clause->kind == KG_ST_END && !clause->units->next) {
    return add_unit(s, to, clause->units);
  }
  if (clause->kind == KG_ST_END && !kg_short_is_condition(clause->units)) {
    return add_union(s, to, clause);
  }
  KGQ_TRY(kg_short_clause_condition(s, clause, &condition));
  return kg_short_add_filter(s, to, condition);
}

kgq_status kg_short_add_clauses(kg_short *s, kg_short_group *to, const kg_short_clause *clauses) {
  for (; clauses; clauses = clauses->next) {
    KGQ_TRY(add_clause(s, to, clauses));
  }
  return KGQ_OK;
}
