/* query/short_check.c: the side conditions of the short language that need more than one clause
 * (SHORT-LANGUAGE 2.3).
 *
 * What is a condition and what a statement; lone names; `or` of one kind; and that every variable of a
 * condition gets a value from a statement it can see (SPARQL looks into a group of `or` or GRAPH before it
 * joins it).
 */
#include "core/text.h"
#include "query/short_internal.h"

#define KG_CHECK_LEVELS (2 * KG_LIMIT_NESTING + 4)

typedef struct kg_given { /* variables that have a value, one set a level */
  uint64_t *sets[KG_CHECK_LEVELS];
  size_t words;
} kg_given;

static kgq_status check_clauses(kg_short *s, kg_given *g, const kg_short_clause *clauses, unsigned level);

/* ---- kinds -------------------------------------------------------------------------------------- */

static bool clause_is_condition(const kg_short_clause *clause) {
  return clause->kind == KG_ST_NOT || (clause->kind == KG_ST_END && kg_short_is_condition(clause->units));
}

/* A comparison or call, or a group of nothing else. `not` counts as one: it gives no values. */
bool kg_short_is_condition(const kg_short_unit *unit) {
  if (unit->fact) {
    return !unit->fact->has_verb;
  }
  for (const kg_short_clause *clause = unit->clauses; clause; clause = clause->next) {
    if (!clause_is_condition(clause)) {
      return false;
    }
  }
  return !unit->source.there;
}

/* ---- sets --------------------------------------------------------------------------------------- */

static bool has(const uint64_t *set, kg_var var) {
  return (set[var / 64] >> (var % 64) & 1) != 0;
}

static void add(uint64_t *set, kg_var var) {
  if (var != KG_NO_VAR) {
    set[var / 64] |= (uint64_t)1 << (var % 64);
  }
}

static kgq_status level_set(kg_short *s, kg_given *g, unsigned level, const uint64_t *from) {
  if (level >= KG_CHECK_LEVELS) {
    return kg_short_fail(s, 0, "the query is nested too deeply");
  }
  if (!g->sets[level]) {
    g->sets[level] = kg_arena_alloc(&s->p.ast->arena, g->words * sizeof(uint64_t));
    KG_NEED(&s->p, g->sets[level]);
  }
  if (from) {
    memcpy(g->sets[level], from, g->words * sizeof(uint64_t));
  } else {
    memset(g->sets[level], 0, g->words * sizeof(uint64_t));
  }
  return KGQ_OK;
}

/* ---- what statements give ----------------------------------------------------------------------- */

static void give_value(uint64_t *set, const kg_short_value *value) {
  while (value && value->kind == KG_SV_LIST && !value->args->next) {
    value = value->args;
  }
  if (value && value->kind == KG_SV_VARIABLE) {
    add(set, value->var);
  }
}

static void give_source(uint64_t *set, const kg_short_source *source) {
  if (!source->there) {
    return;
  }
  if (source->has_article && source->article.kind == KG_ST_VARIABLE) {
    add(set, source->var);
  }
  for (const kg_short_detail *detail = source->details; detail; detail = detail->next) {
    add(set, detail->verb.var);
    give_value(set, detail->object);
  }
}

static void give_clauses(uint64_t *set, const kg_short_clause *clauses);

static void give_unit(uint64_t *set, const kg_short_unit *unit, bool alone) {
  if (!unit->fact) {
    give_source(set, &unit->source);
    give_clauses(set, unit->clauses);
    return;
  }
  if (unit->fact->has_verb) {
    give_value(set, unit->fact->subject);
    add(set, unit->fact->verb.var);
    give_value(set, unit->fact->object);
    give_source(set, &unit->fact->source);
  } else if (unit->fact->compare == KG_ST_LIKE && alone) { /* a pattern unless it stands beside `or` */
    add(set, unit->fact->subject->var);
  }
}

static void give_clauses(uint64_t *set, const kg_short_clause *clauses) { /* as deep as the parser allowed */
  for (; clauses; clauses = clauses->next) {
    for (const kg_short_unit *unit = clauses->units; unit && clauses->kind != KG_ST_NOT; unit = unit->next) {
      give_unit(set, unit, clauses->units->next == NULL);
    }
  }
}

/* ---- what conditions need ----------------------------------------------------------------------- */

static kgq_status fail_ungiven(kg_short *s, const uint64_t *set, const kg_short_token *token) {
  const kgq_status st = kg_short_fail(s, token->offset, "nothing gives ?%.*s a value", KG_ARG(token->text));
  const size_t limit = kg_utf8_count(token->text) / 3 + 1;
  for (size_t distance = 1; distance <= limit; distance++) {
    for (kg_var var = 0; var < s->p.ast->var_count; var++) {
      const kgq_str name = s->p.ast->vars[var].name;
      if (has(set, var) && kg_edit_distance(token->text, name, distance) == distance) {
        kg_hint(s->p.err, "it occurs only here; did you mean ?%.*s?", KG_ARG(name));
        return st;
      }
    }
  }
  kg_hint(s->p.err, "a statement must give it one, such as _ gets ?%.*s", KG_ARG(token->text));
  return st;
}

static kgq_status check_value(kg_short *s, const uint64_t *set, const kg_short_value *value) {
  if (value->kind == KG_SV_VARIABLE && !has(set, value->var)) {
    return fail_ungiven(s, set, &value->token);
  }
  for (const kg_short_value *arg = value->args; arg; arg = arg->next) {
    KGQ_TRY(check_value(s, set, arg));
  }
  return KGQ_OK;
}

/* Rule 2.3 (1): a statement alone is a call; a name alone is the whole query. */
static kgq_status check_alone(kg_short *s, const kg_short_fact *fact) {
  const kg_short_value *value = fact->subject;
  if (value->kind == KG_SV_CALL) {
    return KGQ_OK;
  }
  if (value->kind == KG_SV_NAME || value->kind == KG_SV_EACH) {
    const kgq_status st =
        kg_short_fail(s, fact->offset, "%.*s alone says nothing here", KG_ARG(value->token.text));
    kg_short_hint(s, "write a verb behind it; a name alone is a whole query");
    return st;
  }
  const kgq_status st = kg_short_fail(s, fact->offset, "this is no statement");
  kg_short_hint(s, "write who does what, such as ?x gets ?n, or compare it, such as ?n > 5");
  return st;
}

static kgq_status check_fact(kg_short *s, const uint64_t *set, const kg_short_fact *fact, bool alone) {
  if (fact->has_verb) {
    return KGQ_OK;
  }
  KGQ_TRY(fact->compare == KG_ST_END ? check_alone(s, fact) : KGQ_OK);
  KGQ_TRY(fact->compare == KG_ST_LIKE && alone ? KGQ_OK : check_value(s, set, fact->subject));
  return fact->right ? check_value(s, set, fact->right) : KGQ_OK;
}

/* `own`: the unit's statements are looked at before they are joined with the rest. */
static kgq_status check_unit(kg_short *s, kg_given *g, const kg_short_unit *unit, bool own, bool alone,
                             unsigned level) {
  if (unit->fact) {
    return check_fact(s, g->sets[level], unit->fact, alone);
  }
  if (!own && !unit->source.there) {
    return check_clauses(s, g, unit->clauses, level);
  }
  KGQ_TRY(level_set(s, g, level + 1, NULL));
  give_clauses(g->sets[level + 1], unit->clauses);
  return check_clauses(s, g, unit->clauses, level + 1);
}

/* `not` and `maybe` see what is around them as well. */
static kgq_status check_inner(kg_short *s, kg_given *g, const kg_short_unit *unit, unsigned level) {
  KGQ_TRY(level_set(s, g, level + 1, g->sets[level]));
  give_unit(g->sets[level + 1], unit, true);
  return check_unit(s, g, unit, false, true, level + 1);
}

static kgq_status check_sides(kg_short *s, const kg_short_clause *clause) {
  const bool first = kg_short_is_condition(clause->units);
  for (const kg_short_unit *unit = clause->units->next; unit; unit = unit->next) {
    if (kg_short_is_condition(unit) != first) {
      const kgq_status st =
          kg_short_fail(s, unit->offset, "one side of \"or\" is a statement, the other only a condition");
      kg_short_hint(s, "{?x a ?y, ?y > 1} or ...");
      return st;
    }
  }
  return KGQ_OK;
}

static kgq_status check_or(kg_short *s, kg_given *g, const kg_short_clause *clause, unsigned level) {
  KGQ_TRY(check_sides(s, clause));
  const bool conditions = kg_short_is_condition(clause->units);
  for (const kg_short_unit *unit = clause->units; unit; unit = unit->next) {
    KGQ_TRY(check_unit(s, g, unit, !conditions, false, level));
  }
  return KGQ_OK;
}

static kgq_status check_clause(kg_short *s, kg_given *g, const kg_short_clause *clause, unsigned level) {
  if (clause->kind == KG_ST_MAYBE && kg_short_is_condition(clause->units)) {
    const kgq_status st = kg_short_fail(s, clause->offset, "maybe takes a statement, not only a condition");
    kg_short_hint(s, "maybe {?x gets ?n, ?n > 5}");
    return st;
  }
  if (clause->kind != KG_ST_END) {
    return check_inner(s, g, clause->units, level);
  }
  return clause->units->next ? check_or(s, g, clause, level)
                             : check_unit(s, g, clause->units, false, true, level);
}

static kgq_status check_clauses(kg_short *s, kg_given *g, const kg_short_clause *clauses, unsigned level) {
  for (; clauses; clauses = clauses->next) {
    KGQ_TRY(check_clause(s, g, clauses, level));
  }
  return KGQ_OK;
}

/* Rule 2.3 (5): behind `where` stand only conditions. */
static kgq_status check_where(kg_short *s, const kg_short_clause *clauses) {
  for (; clauses; clauses = clauses->next) {
    if (!clause_is_condition(clauses) ||
        (clauses->kind == KG_ST_NOT && !kg_short_is_condition(clauses->units))) {
      const kgq_status st = kg_short_fail(s, clauses->offset, "behind where stand only conditions");
      kg_short_hint(s, "statements come before the first |");
      return st;
    }
    KGQ_TRY(clauses->kind == KG_ST_END ? check_sides(s, clauses) : KGQ_OK);
    for (const kg_short_unit *unit = clauses->units; unit; unit = unit->next) {
      const bool alone = unit->fact && unit->fact->compare == KG_ST_END && !unit->fact->has_verb;
      KGQ_TRY(alone ? check_alone(s, unit->fact) : KGQ_OK);
      KGQ_TRY(unit->fact ? KGQ_OK : check_where(s, unit->clauses));
    }
  }
  return KGQ_OK;
}

static bool is_name_alone(const kg_short *s) {
  const kg_short_clause *clause = s->clauses;
  const kg_short_fact *fact = clause->units->fact;
  return !clause->next && clause->kind == KG_ST_END && !clause->units->next && fact && !fact->has_verb &&
         fact->compare == KG_ST_END &&
         (fact->subject->kind == KG_SV_NAME || fact->subject->kind == KG_SV_EACH);
}

kgq_status kg_short_check(kg_short *s) {
  kg_given g = { .words = (size_t)s->p.ast->var_count / 64 + 1 };
  for (const kg_short_stage *stage = s->stages; stage; stage = stage->next) {
    KGQ_TRY(check_where(s, stage->clauses));
  }
  s->everything = is_name_alone(s);
  if (s->everything) {
    return KGQ_OK;
  }
  KGQ_TRY(level_set(s, &g, 0, NULL));
  give_clauses(g.sets[0], s->clauses);
  return check_clauses(s, &g, s->clauses, 0);
}
