/* query/short_notes.c: notes about short queries that run but may not mean what was meant
 * (SHORT-LANGUAGE 3.2).
 *
 * `top` without `sort`, sums over statements of several articles, clauses that share no variable, 260.000
 * read as 260, a unit that no amount of the verb has. Sent to the connection's message function; without one
 * nothing is looked at.
 */
#include "query/short_internal.h"

static void send(kg_short *s, size_t offset, const char *message, const char *hint) {
  kgq_error *note = NULL;
  const kg_place place = kg_place_in_text(s->lexer.name, s->lexer.text, offset);
  (void)kg_fail_at(&note, KGQ_OK, &place, "%s", message);
  kg_hint(&note, "%s", hint);
  kg_conn_message(s->p.options->conn, KGQ_NOTE, note);
}

/* ---- stages ------------------------------------------------------------------------------------- */

static void note_top(kg_short *s) {
  bool sorted = false;
  for (const kg_short_stage *stage = s->stages; stage; stage = stage->next) {
    sorted = sorted || stage->kind == KG_STAGE_SORT;
    if (stage->kind == KG_STAGE_TOP && !sorted) {
      send(s, stage->offset, "top without sort leaves open which rows these are", "put | sort ?x before it");
      return;
    }
  }
}

/* Is ?name the object of a statement without "@"? */
static bool without_article(const kg_short_clause *clauses, kgq_str name) {
  for (; clauses; clauses = clauses->next) {
    for (const kg_short_unit *unit = clauses->units; unit && clauses->kind != KG_ST_NOT; unit = unit->next) {
      const kg_short_fact *fact = unit->fact;
      if (!fact && !unit->source.there && without_article(unit->clauses, name)) {
        return true;
      }
      if (fact && fact->has_verb && !fact->source.there && fact->object->kind == KG_SV_VARIABLE &&
          kg_str_equal(fact->object->token.text, name)) {
        return true;
      }
    }
  }
  return false;
}

static void note_sums(kg_short *s) {
  for (const kg_short_stage *stage = s->stages; stage; stage = stage->next) {
    for (const kg_short_item *item = stage->items; item && stage->kind == KG_STAGE_AGGREGATE;
         item = item->next) {
      const bool adds =
          kg_str_equal(item->word.text, KG_STR("sum")) || kg_str_equal(item->word.text, KG_STR("avg"));
      if (adds && without_article(s->clauses, item->variable.text)) {
        send(s, item->word.offset, "this adds what different articles say of one thing",
             "add @ ?a and by ..., ?a");
        return;
      }
    }
  }
}

/* ---- clauses that share nothing ----------------------------------------------------------------- */

/* Sets of variables that clauses connect: parent[v] leads to the set's first member. */
typedef struct kg_sets {
  kg_var *parent;
  kg_var last; /* variable met before in the clause being read */
  bool *used;
} kg_sets;

static kg_var root(const kg_sets *sets, kg_var var) {
  while (sets->parent[var] != var) {
    var = sets->parent[var];
  }
  return var;
}

static void meet(kg_sets *sets, kg_var var) {
  if (var == KG_NO_VAR) {
    return;
  }
  sets->used[var] = true;
  if (sets->last != KG_NO_VAR) {
    sets->parent[root(sets, var)] = root(sets, sets->last);
  }
  sets->last = var;
}

static void meet_value(kg_sets *sets, const kg_short_value *value) {
  if (value) {
    meet(sets, value->kind == KG_SV_VARIABLE ? value->var : KG_NO_VAR);
    for (const kg_short_value *arg = value->args; arg; arg = arg->next) {
      meet_value(sets, arg);
    }
  }
}

static void meet_source(kg_sets *sets, const kg_short_source *source) {
  if (source->there && source->has_article && source->article.kind == KG_ST_VARIABLE) {
    meet(sets, source->var);
  }
  for (const kg_short_detail *detail = source->details; detail; detail = detail->next) {
    meet(sets, detail->verb.var);
    meet_value(sets, detail->object);
  }
}

static void meet_clauses(kg_sets *sets, const kg_short_clause *clauses, bool together);

static void meet_unit(kg_sets *sets, const kg_short_unit *unit, bool together) {
  if (!unit->fact) {
    meet_source(sets, &unit->source);
    meet_clauses(sets, unit->clauses, together || unit->source.there);
    return;
  }
  meet_value(sets, unit->fact->subject);
  meet(sets, unit->fact->has_verb ? unit->fact->verb.var : KG_NO_VAR);
  meet_value(sets, unit->fact->object);
  meet_value(sets, unit->fact->right);
  meet_source(sets, &unit->fact->source);
}

/* `together`: what holds the clauses connects them. */
static void meet_clauses(kg_sets *sets, const kg_short_clause *clauses, bool together) {
  for (; clauses; clauses = clauses->next) {
    const kg_var before = sets->last;
    for (const kg_short_unit *unit = clauses->units; unit && clauses->kind != KG_ST_NOT; unit = unit->next) {
      meet_unit(sets, unit, together || clauses->units->next != NULL);
    }
    sets->last = together ? sets->last : before;
  }
}

static kgq_status note_product(kg_short *s) {
  const uint32_t count = s->p.ast->var_count;
  kg_sets sets = { .last = KG_NO_VAR };
  size_t groups = 0;
  sets.parent = kg_arena_alloc(&s->p.ast->arena, ((size_t)count + 1) * sizeof *sets.parent);
  sets.used = kg_arena_zero(&s->p.ast->arena, (size_t)count + 1);
  KG_NEED(&s->p, sets.parent);
  KG_NEED(&s->p, sets.used);
  for (kg_var var = 0; var < count; var++) {
    sets.parent[var] = var;
  }
  meet_clauses(&sets, s->clauses, false);
  for (kg_var var = 0; var < count; var++) {
    groups += sets.used[var] && root(&sets, var) == var;
  }
  if (groups > 1) {
    send(s, s->clauses->offset,
         "some clauses share no variable: every row of one meets every row of the other",
         "connect them with a common ?variable");
  }
  return KGQ_OK;
}

/* ---- units -------------------------------------------------------------------------------------- */

/* A comparison of ?name with an amount, anywhere in the clauses; NULL: none. */
static const kg_short_token *compared_amount(const kg_short_clause *clauses, kgq_str name) {
  const kg_short_token *found = NULL;
  for (; clauses && !found; clauses = clauses->next) {
    for (const kg_short_unit *unit = clauses->units; unit && !found; unit = unit->next) {
      const kg_short_fact *fact = unit->fact;
      if (!fact) {
        found = compared_amount(unit->clauses, name);
      } else if (fact->compare != KG_ST_END && fact->right && fact->right->kind == KG_SV_QUANTITY &&
                 fact->subject->kind == KG_SV_VARIABLE && kg_str_equal(fact->subject->token.text, name)) {
        found = &fact->right->token;
      }
    }
  }
  return found;
}

static const kg_short_token *asked_amount(const kg_short *s, const kg_short_value *object) {
  if (object->kind == KG_SV_VARIABLE) {
    const kg_short_token *found = compared_amount(s->clauses, object->token.text);
    for (const kg_short_stage *stage = s->stages; stage && !found; stage = stage->next) {
      found = compared_amount(stage->clauses, object->token.text);
    }
    return found;
  }
  return object->kind == KG_SV_QUANTITY ? &object->token : NULL;
}

static kgq_status note_unit(kg_short *s, const kg_short_fact *fact, const kg_short_token *amount) {
  const kg_resolver *r = s->p.resolver;
  kg_arena *arena = &s->p.ast->arena;
  const kg_short_token *word = &fact->verb.path->token;
  kg_short_names verb;
  kgq_str unit, other, message, hint = KG_STR("no amount is stored with this verb");
  bool known = false, found = false;
  KGQ_TRY(kg_short_verb_names(s, word, &verb));
  KGQ_TRY(kg_short_unit_name(s, amount, &unit));
  if (verb.count != 1) {
    return KGQ_OK;
  }
  KGQ_TRY(r->has_unit(r->arg, verb.iris[0], unit, arena, &known, &found, &other, s->p.err));
  if (found || !known) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arena_print(arena, &message, s->p.err, "the unit %.*s is never used with %.*s", KG_ARG(unit),
                         KG_ARG(word->text)));
  if (other.len) {
    KGQ_TRY(kg_arena_print(arena, &hint, s->p.err, "an amount of it has the unit %.*s", KG_ARG(other)));
  }
  send(s, amount->unit_offset, message.ptr, hint.ptr);
  return KGQ_OK;
}

static kgq_status note_units(kg_short *s, const kg_short_clause *clauses) {
  for (; clauses; clauses = clauses->next) {
    for (const kg_short_unit *unit = clauses->units; unit; unit = unit->next) {
      const kg_short_fact *fact = unit->fact;
      if (!fact) {
        KGQ_TRY(note_units(s, unit->clauses));
      } else if (fact->has_verb && fact->verb.path && fact->verb.path->kind == KG_PATH_LINK) {
        const kg_short_token *amount = asked_amount(s, fact->object);
        KGQ_TRY(amount ? note_unit(s, fact, amount) : KGQ_OK);
      }
    }
  }
  return KGQ_OK;
}

kgq_status kg_short_notes(kg_short *s) {
  if (!s->p.options->conn || s->everything) {
    return KGQ_OK;
  }
  note_top(s);
  note_sums(s);
  if (s->note_thousands) {
    send(s, s->note_thousands->offset, "the dot is a decimal point here",
         "260.000 is 260; write 260_000 for thousands");
  }
  if (s->p.resolver->has_unit) {
    KGQ_TRY(note_units(s, s->clauses));
  }
  return note_product(s);
}
