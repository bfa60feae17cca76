/* query/short_parse.c: the upper half of the short language's grammar: statements, clauses, stages
 * (SHORT-LANGUAGE 2.1).
 *
 * LL(1): one token of look-ahead decides everywhere. Side conditions that a production can see are checked
 * here; what needs other clauses is in short_check.c. No name is looked up yet.
 */
#include "query/short_parse.h"
#include "core/text.h"

static kgq_status parse_clauses(kg_short *s, kg_short_clause **out);

/* ---- facts -------------------------------------------------------------------------------------- */

static bool at_value(const kg_short *s) {
  return kg_short_at(s, KG_ST_VARIABLE) || kg_short_at(s, KG_ST_ANY) || kg_short_at(s, KG_ST_LIKE) ||
         kg_short_at_name(s) || kg_short_at(s, KG_ST_LPAREN) ||
         (s->token.kind >= KG_ST_STRING && s->token.kind <= KG_ST_DATE) || kg_short_at(s, KG_ST_TRUE) ||
         kg_short_at(s, KG_ST_FALSE);
}

/* object = term | list ; */
static kgq_status parse_object(kg_short *s, kg_short_value **out) {
  if (!at_value(s)) {
    return kg_short_no_object(s);
  }
  return kg_short_at(s, KG_ST_LPAREN) ? kg_short_parse_list(s, out) : kg_short_parse_value_term(s, out);
}

/* detail = [ "maybe" ] verb object ; */
static kgq_status parse_detail(kg_short *s, kg_short_detail **out) {
  *out = KG_NEW(&s->p, kg_short_detail);
  KG_NEED(&s->p, *out);
  (*out)->maybe = kg_short_at(s, KG_ST_MAYBE);
  if ((*out)->maybe) {
    KGQ_TRY(kg_short_advance(s));
  }
  if (!kg_short_at_verb(s)) {
    return kg_short_unexpected(s, "what is said about the statement, such as status ?s");
  }
  KGQ_TRY(kg_short_parse_verb(s, &(*out)->verb));
  return parse_object(s, &(*out)->object);
}

/* about = "(" detail { "," detail } ")" ; */
static kgq_status parse_about(kg_short *s, kg_short_detail **end) {
  do {
    KGQ_TRY(kg_short_advance(s));
    KGQ_TRY(parse_detail(s, end));
    end = &(*end)->next;
  } while (kg_short_at(s, KG_ST_COMMA));
  return kg_short_expect(s, KG_ST_RPAREN);
}

/* article = VARIABLE | "_" | name ; */
static kgq_status parse_article(kg_short *s, kg_short_source *out) {
  out->has_article = true;
  out->article = s->token;
  if (kg_short_at(s, KG_ST_VARIABLE)) {
    return kg_short_take_variable(s, &out->var);
  }
  if (kg_short_at(s, KG_ST_ANY)) {
    return kg_short_advance(s);
  }
  return kg_short_at_name(s) ? kg_short_advance(s) : kg_short_unexpected(s, "an article, ?article or _");
}

/* source = "@" ( article [ about ] | about ) ; */
static kgq_status parse_source(kg_short *s, bool about_allowed, kg_short_source *out) {
  *out = (kg_short_source){ .there = true, .offset = s->token.offset, .var = KG_NO_VAR };
  KGQ_TRY(kg_short_advance(s));
  if (!kg_short_at(s, KG_ST_LPAREN)) {
    KGQ_TRY(parse_article(s, out));
  }
  return kg_short_at(s, KG_ST_LPAREN) && about_allowed ? parse_about(s, &out->details) : KGQ_OK;
}

static bool single_verb(const kg_short_verb *verb) {
  return !verb->path || (verb->path->kind == KG_PATH_LINK && !verb->path->inverse && !verb->path->modifier);
}

/* Rule 2.3 (1): what may stand before a verb. */
static kgq_status check_subject(kg_short *s, const kg_short_value *subject) {
  const bool literal = subject->kind >= KG_SV_TEXT && subject->kind <= KG_SV_BOOLEAN;
  if (literal) {
    const kgq_status st =
        kg_short_fail(s, subject->token.offset, "a number, date or text cannot do anything");
    kg_short_hint(s, "turn it round");
    return st;
  }
  if (subject->kind >= KG_SV_CALL && subject->kind != KG_SV_LIST) {
    return kg_short_fail(s, subject->token.offset,
                         "a calculation cannot stand before a verb; let gives it a name");
  }
  return KGQ_OK;
}

/* verb object [ source ], behind a subject */
static kgq_status parse_statement(kg_short *s, kg_short_fact *fact) {
  KGQ_TRY(check_subject(s, fact->subject));
  fact->has_verb = true;
  KGQ_TRY(kg_short_parse_verb(s, &fact->verb));
  KGQ_TRY(parse_object(s, &fact->object));
  if (!kg_short_at(s, KG_ST_AT)) {
    return KGQ_OK;
  }
  KGQ_TRY(parse_source(s, true, &fact->source));
  if (fact->source.details && !single_verb(&fact->verb)) {
    const kgq_status st =
        kg_short_fail(s, fact->source.offset, "qualifiers belong to one statement, a path has several");
    kg_short_hint(s, "write the steps as clauses");
    return st;
  }
  return KGQ_OK;
}

/* Rule 2.3 (2). */
static kgq_status check_search(kg_short *s, const kg_short_fact *fact) {
  if (fact->compare != KG_ST_LIKE && fact->compare != KG_ST_NOT_LIKE) {
    return KGQ_OK;
  }
  if (fact->subject->kind != KG_SV_VARIABLE) {
    return kg_short_fail(s, fact->subject->token.offset, "on the left of ~ stands a variable");
  }
  const bool text =
      fact->right->kind == KG_SV_TEXT && !fact->right->has_datatype && fact->right->token.lang.len == 0;
  return text ? KGQ_OK
              : kg_short_fail(s, fact->right->token.offset, "on the right of ~ stands a text in quotes");
}

/* compare sum, behind the left side */
static kgq_status parse_comparison(kg_short *s, kg_short_fact *fact) {
  const kg_short_token_kind first = s->token.kind;
  KGQ_TRY(kg_short_advance(s));
  if (!at_value(s) && !s->token.call) {
    return kg_short_unexpected(s, "a value to compare with");
  }
  fact->compare = first;
  KGQ_TRY(kg_short_parse_sum(s, &fact->right));
  if (kg_short_at_compare(s)) {
    const kgq_status st = kg_short_fail(s, s->token.offset, "two comparisons in a row");
    kg_short_hint(s, "?a < ?b, ?b < ?c");
    return st;
  }
  return check_search(s, fact);
}

/* fact = sum [ compare sum | verb object [ source ] ] ; */
static kgq_status parse_fact(kg_short *s, kg_short_fact **out) {
  kg_short_fact *fact = KG_NEW(&s->p, kg_short_fact);
  KG_NEED(&s->p, fact);
  *out = fact;
  fact->offset = s->token.offset;
  fact->compare = KG_ST_END;
  KGQ_TRY(kg_short_parse_sum(s, &fact->subject));
  if (kg_short_at_compare(s)) {
    return parse_comparison(s, fact);
  }
  return kg_short_at_verb(s) ? parse_statement(s, fact) : KGQ_OK;
}

/* ---- clauses ------------------------------------------------------------------------------------ */

/* group = "{" clauses "}" [ "@" article ] ; */
static kgq_status parse_group(kg_short *s, kg_short_unit *unit) {
  const size_t start = s->clause_start;
  KGQ_TRY(kg_enter(&s->p));
  KGQ_TRY(kg_short_advance(s));
  KGQ_TRY(parse_clauses(s, &unit->clauses));
  if (kg_short_at(s, KG_ST_END)) {
    const kgq_status st = kg_short_fail(s, unit->offset, "this { is never closed");
    kg_short_hint(s, "add }");
    return st;
  }
  if (!kg_short_at(s, KG_ST_RBRACE)) {
    return kg_short_misplaced(s);
  }
  kg_leave(&s->p);
  KGQ_TRY(kg_short_advance(s));
  s->clause_start = start;
  return kg_short_at(s, KG_ST_AT) ? parse_source(s, false, &unit->source) : KGQ_OK;
}

/* unit = group | fact ; */
static kgq_status parse_unit(kg_short *s, kg_short_unit **out) {
  kg_short_unit *unit = KG_NEW(&s->p, kg_short_unit);
  KG_NEED(&s->p, unit);
  *out = unit;
  unit->offset = s->token.offset;
  if (kg_short_at(s, KG_ST_LBRACE)) {
    return parse_group(s, unit);
  }
  if (!at_value(s)) {
    return kg_short_at(s, KG_ST_AND) ? kg_short_misplaced(s) : kg_short_unexpected(s, "a statement");
  }
  return parse_fact(s, &unit->fact);
}

/* clause = ( "not" | "maybe" ) unit | unit { "or" unit } ; */
static kgq_status parse_clause(kg_short *s, kg_short_clause **out) {
  kg_short_clause *clause = KG_NEW(&s->p, kg_short_clause);
  KG_NEED(&s->p, clause);
  *out = clause;
  clause->offset = s->clause_start = s->token.offset;
  clause->kind = kg_short_at(s, KG_ST_NOT) || kg_short_at(s, KG_ST_MAYBE) ? s->token.kind : KG_ST_END;
  if (clause->kind != KG_ST_END) {
    const unsigned negated = clause->kind == KG_ST_NOT;
    KGQ_TRY(kg_short_advance(s));
    s->clause_start = s->token.offset;
    s->negated += negated;
    KGQ_TRY(parse_unit(s, &clause->units));
    s->negated -= negated;
    return KGQ_OK;
  }
  kg_short_unit **end = &clause->units;
  KGQ_TRY(parse_unit(s, end));
  while (kg_short_at(s, KG_ST_OR)) {
    end = &(*end)->next;
    KGQ_TRY(kg_short_advance(s));
    s->clause_start = s->token.offset;
    KGQ_TRY(parse_unit(s, end));
  }
  return KGQ_OK;
}

/* clauses = clause [ "," [ clauses ] ] ; */
static kgq_status parse_clauses(kg_short *s, kg_short_clause **out) {
  for (;;) {
    KGQ_TRY(parse_clause(s, out));
    out = &(*out)->next;
    if (!kg_short_at(s, KG_ST_COMMA)) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_short_advance(s));
    if (kg_short_at(s, KG_ST_RBRACE) || kg_short_at(s, KG_ST_PIPE) || kg_short_at(s, KG_ST_SEMICOLON) ||
        kg_short_at(s, KG_ST_END)) {
      return KGQ_OK;
    }
  }
}

/* ---- stages ------------------------------------------------------------------------------------- */

static kgq_status new_item(kg_short *s, kg_short_item **out) {
  *out = KG_NEW(&s->p, kg_short_item);
  KG_NEED(&s->p, *out);
  (*out)->word = s->token;
  return KGQ_OK;
}

static kgq_status take_column(kg_short *s, kg_short_token *out) {
  if (!kg_short_at(s, KG_ST_VARIABLE)) {
    return kg_short_unexpected(s, "a variable");
  }
  *out = s->token;
  return kg_short_advance(s);
}

static kgq_status parse_as(kg_short *s, kg_short_item *item) {
  if (!kg_short_at(s, KG_ST_AS)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_short_advance(s));
  item->named = true;
  return take_column(s, &item->name);
}

/* column = sum [ "as" VARIABLE ] ; */
static kgq_status parse_column(kg_short *s, kg_short_item **out) {
  KGQ_TRY(new_item(s, out));
  KGQ_TRY(kg_short_parse_sum(s, &(*out)->value));
  KGQ_TRY(parse_as(s, *out));
  if ((*out)->value->kind != KG_SV_VARIABLE && !(*out)->named) {
    return kg_short_unexpected(s, "as ?name, since this column has no name");
  }
  return KGQ_OK;
}

/* let = "let" VARIABLE "=" sum ; */
static kgq_status parse_let(kg_short *s, kg_short_stage *stage) {
  KGQ_TRY(new_item(s, &stage->items));
  KGQ_TRY(take_column(s, &stage->items->name));
  KGQ_TRY(kg_short_expect(s, KG_ST_EQUAL));
  return kg_short_parse_sum(s, &stage->items->value);
}

/* measure = ( "count" [ VARIABLE ] | reducer VARIABLE ) [ "as" VARIABLE ] ; */
static kgq_status parse_measure(kg_short *s, kg_short_item **out) {
  KGQ_TRY(new_item(s, out));
  const bool count = kg_short_at_word(s, "count");
  KGQ_TRY(kg_short_advance(s));
  (*out)->has_variable = kg_short_at(s, KG_ST_VARIABLE);
  if ((*out)->has_variable || !count) {
    KGQ_TRY(take_column(s, &(*out)->variable));
  }
  return parse_as(s, *out);
}

/* VARIABLE { "," VARIABLE }, or key { "," key };  key = VARIABLE [ "asc" | "desc" ] ; */
static kgq_status parse_keys(kg_short *s, bool ordered, kg_short_item **end) {
  for (;;) {
    KGQ_TRY(new_item(s, end));
    KGQ_TRY(take_column(s, &(*end)->variable));
    if (ordered && (kg_short_at_word(s, "asc") || kg_short_at_word(s, "desc"))) {
      (*end)->descending = kg_short_at_word(s, "desc");
      KGQ_TRY(kg_short_advance(s));
    }
    if (!kg_short_at(s, KG_ST_COMMA)) {
      return KGQ_OK;
    }
    end = &(*end)->next;
    KGQ_TRY(kg_short_advance(s));
  }
}

static bool at_measure(const kg_short *s) {
  static const char *const words[] = { "count", "sum", "min", "max", "avg", "list", "agree" };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (kg_short_at_word(s, words[i])) {
      return true;
    }
  }
  return false;
}

/* aggregate = measure { "," measure } [ "by" VARIABLE { "," VARIABLE } ] ; */
static kgq_status parse_aggregate(kg_short *s, kg_short_stage *stage) {
  kg_short_item **end = &stage->items;
  stage->kind = KG_STAGE_AGGREGATE;
  KGQ_TRY(parse_measure(s, end));
  while (kg_short_at(s, KG_ST_COMMA)) {
    end = &(*end)->next;
    KGQ_TRY(kg_short_advance(s));
    if (!at_measure(s)) {
      return kg_short_unexpected(s, "count, sum, min, max, avg, list or agree");
    }
    KGQ_TRY(parse_measure(s, end));
  }
  if (!kg_short_at(s, KG_ST_BY)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_short_advance(s));
  return parse_keys(s, false, &stage->keys);
}

/* "top" NUMBER | "skip" NUMBER: whole numbers */
static kgq_status parse_number(kg_short *s, uint64_t *out) {
  if (!kg_short_at(s, KG_ST_NUMBER) || s->token.text.len > 18) {
    return kg_short_unexpected(s, "a whole number");
  }
  *out = 0;
  for (size_t i = 0; i < s->token.text.len; i++) {
    const char c = s->token.text.ptr[i];
    if (c < '0' || c > '9') {
      return kg_short_unexpected(s, "a whole number");
    }
    *out = *out * 10 + (uint64_t)(c - '0');
  }
  return kg_short_advance(s);
}

/* show = "show" column { "," column } ; */
static kgq_status parse_show(kg_short *s, kg_short_stage *stage) {
  kg_short_item **end = &stage->items;
  KGQ_TRY(parse_column(s, end));
  while (kg_short_at(s, KG_ST_COMMA)) {
    end = &(*end)->next;
    KGQ_TRY(kg_short_advance(s));
    KGQ_TRY(parse_column(s, end));
  }
  return KGQ_OK;
}

static kgq_status unknown_stage(kg_short *s) {
  static const char *const words[] = { "show", "let",  "where", "count", "sum", "min",  "max",
                                       "avg",  "list", "agree", "sort",  "top", "skip", "distinct" };
  static const char *const others[][2] = {
    { "limit", "top" },      { "first", "top" },    { "head", "top" },     { "take", "top" },
    { "offset", "skip" },    { "order", "sort" },   { "filter", "where" }, { "select", "show" },
    { "having", "where" },   { "project", "show" }, { "bind", "let" },     { "average", "avg" },
    { "unique", "distinct" }
  };
  const kgq_status st =
      kg_short_fail(s, s->token.offset,
                    "after | comes one of: show let where count sum min max avg list agree sort top "
                    "skip distinct");
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    if (kg_short_at_word(s, others[i][0])) {
      kg_hint(s->p.err, "did you mean %s?", others[i][1]);
    }
  }
  for (size_t i = 0; kg_short_at(s, KG_ST_WORD) && i < sizeof words / sizeof words[0]; i++) {
    if (kg_edit_distance(s->token.text, kg_str(words[i]), 2) <= (s->token.text.len > 4 ? 2 : 1)) {
      kg_hint(s->p.err, "did you mean %s?", words[i]);
    }
  }
  return st;
}

/* stage = show | let | where | aggregate | sort | "top" NUMBER | "skip" NUMBER | "distinct" ; */
static kgq_status parse_stage(kg_short *s, kg_short_stage **out) {
  static const struct {
    const char *word;
    kg_short_stage_kind kind;
  } words[] = { { "show", KG_STAGE_SHOW },        { "let", KG_STAGE_LET }, { "where", KG_STAGE_WHERE },
                { "sort", KG_STAGE_SORT },        { "top", KG_STAGE_TOP }, { "skip", KG_STAGE_SKIP },
                { "distinct", KG_STAGE_DISTINCT } };
  kg_short_stage *stage = KG_NEW(&s->p, kg_short_stage);
  KG_NEED(&s->p, stage);
  *out = stage;
  stage->offset = s->clause_start = s->token.offset;
  if (s->token.call && at_measure(s)) {
    const kgq_status st = kg_short_fail(s, s->token.offset, "stages take no parentheses");
    kg_hint(s->p.err, "write | %.*s ?x", KG_ARG(s->token.text));
    return st;
  }
  if (at_measure(s)) {
    return parse_aggregate(s, stage);
  }
  size_t i = 0;
  while (i < sizeof words / sizeof words[0] && !kg_short_at_word(s, words[i].word)) {
    i++;
  }
  if (i == sizeof words / sizeof words[0]) {
    return unknown_stage(s);
  }
  stage->kind = words[i].kind;
  KGQ_TRY(kg_short_advance(s));
  switch (stage->kind) {
  case KG_STAGE_SHOW: return parse_show(s, stage);
  case KG_STAGE_LET: return parse_let(s, stage);
  case KG_STAGE_WHERE: return parse_clauses(s, &stage->clauses); /* where = "where" clauses ; */
  case KG_STAGE_SORT: return parse_keys(s, true, &stage->items); /* sort = "sort" key { "," key } ; */
  case KG_STAGE_TOP:
  case KG_STAGE_SKIP: return parse_number(s, &stage->count);
  case KG_STAGE_DISTINCT:
  case KG_STAGE_AGGREGATE: return KGQ_OK;
  }
  return KGQ_OK;
}

/* query = clauses { "|" stage } [ ";" ] ; */
kgq_status kg_short_parse_query(kg_short *s) {
  kg_short_stage **end = &s->stages;
  KGQ_TRY(kg_short_advance(s));
  if (kg_short_at(s, KG_ST_END)) {
    return kg_short_fail(s, 0, "there is no query here");
  }
  KGQ_TRY(parse_clauses(s, &s->clauses));
  s->in_stages = true;
  while (kg_short_at(s, KG_ST_PIPE)) {
    KGQ_TRY(kg_short_advance(s));
    KGQ_TRY(parse_stage(s, end));
    end = &(*end)->next;
  }
  if (kg_short_at(s, KG_ST_SEMICOLON)) {
    KGQ_TRY(kg_short_advance(s));
    return kg_short_at(s, KG_ST_END)
               ? KGQ_OK
               : kg_short_fail(s, s->token.offset, "a second query follows; run one at a time");
  }
  return kg_short_at(s, KG_ST_END) ? KGQ_OK : kg_short_misplaced(s);
}

kgq_status kg_short_parse_term(kg_short *s, kg_short_value **out) {
  KGQ_TRY(kg_short_advance(s));
  KGQ_TRY(kg_short_parse_value_term(s, out));
  return kg_short_at(s, KG_ST_END) ? KGQ_OK : kg_short_unexpected(s, "the end of the term");
}
