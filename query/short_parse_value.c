/* query/short_parse_value.c: the lower half of the short language's grammar: tokens, values, calculations,
 * verbs (SHORT-LANGUAGE 2.1).
 *
 * One function a production. What stands in clauses and stages is in short_parse.c.
 */
#include "core/text.h"
#include "query/short_functions.h"
#include "query/short_parse.h"

static kgq_status parse_path(kg_short *s, kg_short_path **out);

/* ---- tools -------------------------------------------------------------------------------------- */

kgq_status kg_short_advance(kg_short *s) {
  s->before = s->token;
  return kg_short_lex(&s->lexer, &s->token, s->p.err);
}

bool kg_short_at_word(const kg_short *s, const char *word) {
  return kg_short_at(s, KG_ST_WORD) && kg_str_equal(s->token.text, kg_str(word));
}

kgq_status kg_short_unexpected(kg_short *s, const char *what) {
  if (kg_short_at(s, KG_ST_END)) {
    return kg_short_fail(s, s->token.offset, "the query ends where %s is expected", what);
  }
  const kgq_str seen = kg_str_n(s->lexer.text.ptr + s->token.offset, s->token.end - s->token.offset);
  return kg_short_fail(s, s->token.offset, "expected %s, not %.*s", what, KG_ARG(seen));
}

kgq_status kg_short_expect(kg_short *s, kg_short_token_kind kind) {
  return kg_short_at(s, kind) ? kg_short_advance(s) : kg_short_unexpected(s, kg_short_token_name(kind));
}

bool kg_short_at_name(const kg_short *s) {
  return kg_short_at(s, KG_ST_WORD) || kg_short_at(s, KG_ST_BRACKETED) || kg_short_at(s, KG_ST_PREFIXED) ||
         kg_short_at(s, KG_ST_IRI);
}

bool kg_short_at_compare(const kg_short *s) {
  return s->token.kind >= KG_ST_EQUAL && s->token.kind <= KG_ST_NOT_LIKE;
}

/* ---- variables ---------------------------------------------------------------------------------- */

/* A column is a variable that is mentioned outside `not`. */
static kgq_status mention(kg_short *s, kg_var var) {
  for (uint32_t i = 0; i < s->column_count; i++) {
    if (s->columns[i] == var) {
      return KGQ_OK;
    }
  }
  if (s->negated > 0) {
    return KGQ_OK;
  }
  if (s->column_count == s->column_capacity) {
    const uint32_t larger = s->column_capacity ? s->column_capacity * 2 : 8;
    kg_var *columns = kg_arena_alloc(&s->p.ast->arena, larger * sizeof *columns);
    KG_NEED(&s->p, columns);
    if (s->column_count) {
      memcpy(columns, s->columns, s->column_count * sizeof *columns);
    }
    s->columns = columns;
    s->column_capacity = larger;
  }
  s->columns[s->column_count++] = var;
  return KGQ_OK;
}

kgq_status kg_short_take_variable(kg_short *s, kg_var *out) {
  *out = KG_NO_VAR;
  if (!s->in_stages) {
    KGQ_TRY(kg_var_named(&s->p, s->token.text, false, s->token.offset, out));
    KGQ_TRY(mention(s, *out));
  }
  return kg_short_advance(s);
}

/* ---- values ------------------------------------------------------------------------------------- */

static kgq_status new_value(kg_short *s, kg_short_value_kind kind, kg_short_value **out) {
  *out = KG_NEW(&s->p, kg_short_value);
  KG_NEED(&s->p, *out);
  (*out)->kind = kind;
  (*out)->var = KG_NO_VAR;
  (*out)->token = s->token;
  return KGQ_OK;
}

/* name = WORD | BRACKETED | PREFIXED | IRI ; */
static kgq_status parse_name(kg_short *s, kg_short_token *out) {
  if (!kg_short_at_name(s)) {
    return kg_short_unexpected(s, "a name");
  }
  *out = s->token;
  return kg_short_advance(s);
}

/* text = STRING [ LANGTAG | "^^" name ] ; */
static kgq_status parse_text(kg_short *s, kg_short_value **out) {
  KGQ_TRY(new_value(s, KG_SV_TEXT, out));
  KGQ_TRY(kg_short_advance(s));
  if (!kg_short_at(s, KG_ST_DATATYPE)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_short_advance(s));
  (*out)->has_datatype = true;
  return parse_name(s, &(*out)->datatype);
}

/* Commas inside numbers: 50,000 GPU. Inside a list they part its values. */
static kgq_status check_commas(kg_short *s, const kg_short_token *number) {
  const kgq_str text = s->lexer.text;
  kg_short_token rest;
  kg_short_lexer ahead = s->lexer;
  if (s->lists > 0 || !kg_short_at(s, KG_ST_COMMA) || !s->token.touching ||
      number->end - number->offset > 3) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_short_lex(&ahead, &rest, s->p.err));
  size_t digits = 0;
  while (rest.offset + digits < text.len && text.ptr[rest.offset + digits] >= '0' &&
         text.ptr[rest.offset + digits] <= '9') {
    digits++;
  }
  if (!rest.touching || digits != 3 || (rest.kind != KG_ST_NUMBER && rest.kind != KG_ST_QUANTITY)) {
    return KGQ_OK;
  }
  const kgq_status st = kg_short_fail(s, number->offset, "commas do not group digits here");
  kg_hint(s->p.err, "write %.*s_%.*s or %.*s%.*s", KG_ARG(number->text), 3, text.ptr + rest.offset,
          KG_ARG(number->text), 3, text.ptr + rest.offset);
  return st;
}

/* literal = text | NUMBER | QUANTITY | DATE | "true" | "false" ; */
static kgq_status parse_literal(kg_short *s, kg_short_value **out) {
  static const struct {
    kg_short_token_kind token;
    kg_short_value_kind kind;
  } kinds[] = { { KG_ST_NUMBER, KG_SV_NUMBER },
                { KG_ST_QUANTITY, KG_SV_QUANTITY },
                { KG_ST_DATE, KG_SV_DATE },
                { KG_ST_TRUE, KG_SV_BOOLEAN },
                { KG_ST_FALSE, KG_SV_BOOLEAN } };
  if (kg_short_at(s, KG_ST_STRING)) {
    return parse_text(s, out);
  }
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (kg_short_at(s, kinds[i].token)) {
      const kg_short_token number = s->token;
      KGQ_TRY(new_value(s, kinds[i].kind, out));
      KGQ_TRY(kg_short_advance(s));
      return number.kind == KG_ST_NUMBER ? check_commas(s, &number) : KGQ_OK;
    }
  }
  return kg_short_unexpected(s, "a value");
}

/* term = VARIABLE | "_" | [ "~" ] name | literal ; */
kgq_status kg_short_parse_value_term(kg_short *s, kg_short_value **out) {
  if (kg_short_at(s, KG_ST_VARIABLE)) {
    KGQ_TRY(new_value(s, KG_SV_VARIABLE, out));
    return kg_short_take_variable(s, &(*out)->var);
  }
  if (kg_short_at(s, KG_ST_ANY)) {
    KGQ_TRY(new_value(s, KG_SV_ANY, out));
    return kg_short_advance(s);
  }
  if (kg_short_at(s, KG_ST_LIKE)) {
    KGQ_TRY(new_value(s, KG_SV_EACH, out));
    KGQ_TRY(kg_short_advance(s));
    return parse_name(s, &(*out)->token);
  }
  if (kg_short_at_name(s)) {
    KGQ_TRY(new_value(s, KG_SV_NAME, out));
    return kg_short_advance(s);
  }
  return parse_literal(s, out);
}

/* sum { "," sum } behind "(" and up to ")" */
static kgq_status parse_arguments(kg_short *s, kg_short_value **end) {
  KGQ_TRY(kg_enter(&s->p));
  s->lists++;
  KGQ_TRY(kg_short_parse_sum(s, end));
  while (kg_short_at(s, KG_ST_COMMA)) {
    end = &(*end)->next;
    KGQ_TRY(kg_short_advance(s));
    KGQ_TRY(kg_short_parse_sum(s, end));
  }
  if (kg_short_at_compare(s)) {
    const kgq_status st = kg_short_fail(s, s->token.offset, "a comparison cannot stand in parentheses");
    kg_short_hint(s, "use braces");
    return st;
  }
  s->lists--;
  kg_leave(&s->p);
  return kg_short_expect(s, KG_ST_RPAREN);
}

/* list = "(" sum { "," sum } ")" ; */
kgq_status kg_short_parse_list(kg_short *s, kg_short_value **out) {
  KGQ_TRY(new_value(s, KG_SV_LIST, out));
  KGQ_TRY(kg_short_advance(s));
  return parse_arguments(s, &(*out)->args);
}

/* call = FUNCTION "(" [ sum { "," sum } ] ")" ; */
static kgq_status parse_call(kg_short *s, kg_short_value **out) {
  KGQ_TRY(new_value(s, KG_SV_CALL, out));
  if (kg_short_at(s, KG_ST_WORD) && !kg_short_function_find(s->token.text)) {
    const kgq_status st =
        kg_short_fail(s, s->token.offset, "no function is called %.*s", KG_ARG(s->token.text));
    const kg_short_function *near = kg_short_function_near(s->token.text);
    kg_hint(s->p.err, near ? "did you mean %s?" : "put a space before (", near ? near->word : "");
    return st;
  }
  KGQ_TRY(kg_short_advance(s));
  KGQ_TRY(kg_short_expect(s, KG_ST_LPAREN));
  return kg_short_at(s, KG_ST_RPAREN) ? kg_short_advance(s) : parse_arguments(s, &(*out)->args);
}

/* value = term | call | list ; */
static kgq_status parse_value(kg_short *s, kg_short_value **out) {
  if (kg_short_at(s, KG_ST_LPAREN)) {
    return kg_short_parse_list(s, out);
  }
  return s->token.call ? parse_call(s, out) : kg_short_parse_value_term(s, out);
}

static kgq_status operate(kg_short *s, kg_short_value_kind kind, kg_short_value **left,
                          kgq_status (*parse_right)(kg_short *, kg_short_value **)) {
  kg_short_value *operation = NULL;
  KGQ_TRY(new_value(s, kind, &operation));
  KGQ_TRY(kg_short_advance(s));
  operation->args = *left;
  KGQ_TRY(parse_right(s, &(*left)->next));
  operation->token = (*left)->token;
  *left = operation;
  return KGQ_OK;
}

/* product = value { ( "*" | "/" ) value } ; */
static kgq_status parse_product(kg_short *s, kg_short_value **out) {
  unsigned steps = 0;
  KGQ_TRY(parse_value(s, out));
  while (kg_short_at(s, KG_ST_STAR) || kg_short_at(s, KG_ST_SLASH)) {
    if (++steps > KG_LIMIT_NESTING) {
      return kg_short_fail(s, s->token.offset, "a calculation has at most %d steps", KG_LIMIT_NESTING);
    }
    KGQ_TRY(operate(s, kg_short_at(s, KG_ST_STAR) ? KG_SV_MULTIPLY : KG_SV_DIVIDE, out, parse_value));
  }
  return KGQ_OK;
}

/* sum = product { ( "+" | "-" ) product } ; */
kgq_status kg_short_parse_sum(kg_short *s, kg_short_value **out) {
  unsigned steps = 0;
  KGQ_TRY(parse_product(s, out));
  while (kg_short_at(s, KG_ST_PLUS) || kg_short_at(s, KG_ST_MINUS)) {
    if (++steps > KG_LIMIT_NESTING) {
      return kg_short_fail(s, s->token.offset, "a calculation has at most %d steps", KG_LIMIT_NESTING);
    }
    KGQ_TRY(operate(s, kg_short_at(s, KG_ST_PLUS) ? KG_SV_ADD : KG_SV_SUBTRACT, out, parse_product));
  }
  return KGQ_OK;
}

/* ---- verbs -------------------------------------------------------------------------------------- */

static kgq_status parse_name_step(kg_short *s, kg_short_path *step) {
  step->kind = KG_PATH_LINK;
  if (s->token.call) {
    const kgq_status st =
        kg_short_fail(s, s->token.offset, "no function is called %.*s", KG_ARG(s->token.text));
    kg_short_hint(s, "put a space before (");
    return st;
  }
  if (!kg_short_at_name(s)) {
    return kg_short_unexpected(s, "a verb");
  }
  return parse_name(s, &step->token);
}

/* "(" path { "|" path } ")" */
static kgq_status parse_alternatives(kg_short *s, kg_short_path *step) {
  step->kind = KG_PATH_ALTERNATIVE;
  step->token = s->token;
  kg_short_path **end = &step->first;
  KGQ_TRY(kg_enter(&s->p));
  do {
    KGQ_TRY(kg_short_advance(s));
    KGQ_TRY(parse_path(s, end));
    end = &(*end)->next;
  } while (kg_short_at(s, KG_ST_PIPE));
  kg_leave(&s->p);
  return kg_short_expect(s, KG_ST_RPAREN);
}

/* step = [ "^" ] ( name | "(" path { "|" path } ")" ) [ "*" | "+" | "?" ] ; */
static kgq_status parse_step(kg_short *s, kg_short_path **out) {
  kg_short_path *step = KG_NEW(&s->p, kg_short_path);
  KG_NEED(&s->p, step);
  *out = step;
  if (kg_short_at(s, KG_ST_CARET)) {
    step->inverse = true;
    KGQ_TRY(kg_short_advance(s));
  }
  KGQ_TRY(kg_short_at(s, KG_ST_LPAREN) ? parse_alternatives(s, step) : parse_name_step(s, step));
  const char modifier = kg_short_at(s, KG_ST_STAR)       ? '*'
                        : kg_short_at(s, KG_ST_PLUS)     ? '+'
                        : kg_short_at(s, KG_ST_QUESTION) ? '?'
                                                         : '\0';
  step->modifier = modifier;
  return modifier ? kg_short_advance(s) : KGQ_OK;
}

/* path = step { "/" step } ; */
static kgq_status parse_path(kg_short *s, kg_short_path **out) {
  KGQ_TRY(parse_step(s, out));
  if (!kg_short_at(s, KG_ST_SLASH)) {
    return KGQ_OK;
  }
  kg_short_path *sequence = KG_NEW(&s->p, kg_short_path);
  KG_NEED(&s->p, sequence);
  sequence->kind = KG_PATH_SEQUENCE;
  sequence->first = *out;
  kg_short_path **end = &(*out)->next;
  while (kg_short_at(s, KG_ST_SLASH)) {
    KGQ_TRY(kg_short_advance(s));
    KGQ_TRY(parse_step(s, end));
    end = &(*end)->next;
  }
  *out = sequence;
  return KGQ_OK;
}

/* verb = VARIABLE | "_" | path ; */
kgq_status kg_short_parse_verb(kg_short *s, kg_short_verb *out) {
  *out = (kg_short_verb){ .token = s->token, .var = KG_NO_VAR };
  if (kg_short_at(s, KG_ST_VARIABLE)) {
    return kg_short_take_variable(s, &out->var);
  }
  return kg_short_at(s, KG_ST_ANY) ? kg_short_advance(s) : parse_path(s, &out->path);
}

bool kg_short_at_verb(const kg_short *s) {
  return kg_short_at(s, KG_ST_VARIABLE) || kg_short_at(s, KG_ST_ANY) || kg_short_at_name(s) ||
         kg_short_at(s, KG_ST_CARET) || kg_short_at(s, KG_ST_LPAREN);
}
