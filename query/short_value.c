/* query/short_value.c: values, calculations and comparisons of the short language as expressions
 * (SHORT-LANGUAGE 4.3).
 *
 * Texts compare without their language, dates by their day, a month as all its days, a list as one of
 * several. Knows nothing of groups: searches (~) are patterns and in short_translate.c.
 */
#include <stdlib.h>

#include "core/date.h"
#include "graph/quantity.h"
#include "query/short_functions.h"
#include "query/short_internal.h"

/* ---- small expressions -------------------------------------------------------------------------- */

kgq_status kg_short_fresh(kg_short *s, kg_var *out) {
  kgq_str name;
  do { /* ?_1 may be a variable of the query: then the next number */
    KGQ_TRY(kg_arena_print(&s->p.ast->arena, &name, s->p.err, "._%u", ++s->fresh));
  } while (kg_map_find(&s->p.vars, kg_str_n(name.ptr + 1, name.len - 1)));
  return kg_var_named(&s->p, name, true, 0, out);
}

kgq_status kg_short_var_expr(kg_short *s, kg_var var, size_t offset, kg_expr **out) {
  KGQ_TRY(kg_expr_new(&s->p, KG_EXPR_VAR, offset, out));
  (*out)->var = var;
  return KGQ_OK;
}

static kgq_status term_expr(kg_short *s, kg_term term, size_t offset, kg_expr **out) {
  KGQ_TRY(kg_expr_new(&s->p, KG_EXPR_TERM, offset, out));
  (*out)->term = term;
  return KGQ_OK;
}

kgq_status kg_short_call(kg_short *s, const char *iri, kg_expr *args, size_t offset, kg_expr **out) {
  KGQ_TRY(kg_expr_new(&s->p, KG_EXPR_CALL, offset, out));
  (*out)->function = KG_FN_IRI_CALL;
  (*out)->iri = kg_str(iri);
  return kg_expr_set_args(&s->p, *out, args);
}

static kgq_status builtin_call(kg_short *s, kg_function function, kg_expr *args, size_t offset,
                               kg_expr **out) {
  KGQ_TRY(kg_expr_new(&s->p, KG_EXPR_CALL, offset, out));
  (*out)->function = function;
  return kg_expr_set_args(&s->p, *out, args);
}

/* A second use of an expression needs nodes of its own: args are linked through them. */
static kgq_status copy_expr(kg_short *s, const kg_expr *from, kg_expr **out) {
  kg_expr **end = NULL;
  KGQ_TRY(kg_expr_new(&s->p, from->kind, from->offset, out));
  **out = *from;
  (*out)->next = (*out)->args = NULL;
  end = &(*out)->args;
  for (const kg_expr *arg = from->args; arg; arg = arg->next) { /* no deeper than KG_LIMIT_EXPRESSION_DEPTH */
    KGQ_TRY(copy_expr(s, arg, end));
    end = &(*end)->next;
  }
  return KGQ_OK;
}

/* ---- literals ----------------------------------------------------------------------------------- */

typedef struct kg_digits { /* a number as written: digits without its point, and where that stands */
  char digits[512];
  size_t count;
  long point; /* digits before the point; can lie outside */
  bool negative;
} kg_digits;

static bool read_digits(kgq_str text, kg_digits *out) {
  size_t at = text.len > 0 && text.ptr[0] == '-';
  bool fraction = false;
  *out = (kg_digits){ .negative = at > 0 };
  for (; at < text.len && text.ptr[at] != 'e' && text.ptr[at] != 'E'; at++) {
    if (text.ptr[at] == '.') {
      fraction = true;
    } else if (out->count < KG_LIMIT_DIGITS) {
      out->digits[out->count++] = text.ptr[at];
      out->point += !fraction;
    } else {
      return false;
    }
  }
  const long exponent =
      at < text.len ? strtol(text.ptr + at + 1, NULL, 10) : 0; /* the arena's copy ends in NUL */
  if (exponent > KG_LIMIT_DIGITS || exponent < -KG_LIMIT_DIGITS) {
    return false;
  }
  out->point += exponent;
  return true;
}

/* Exact and plain: no exponent, no needless zeros. */
static kgq_status print_plain(kg_short *s, const kg_digits *d, kgq_str *out) {
  char text[512];
  size_t n = 0;
  long first = 0;
  long last = (long)d->count;
  while (first < last && first < d->point - 1 && d->digits[first] == '0') {
    first++;
  }
  while (last > d->point && last > first && d->digits[last - 1] == '0') {
    last--;
  }
  bool zero = true;
  for (long i = first; i < last; i++) {
    zero = zero && d->digits[i] == '0';
  }
  if (zero) {
    *out = KG_STR("0");
    return KGQ_OK;
  }
  if (d->negative) {
    text[n++] = '-';
  }
  const long start = d->point <= 0 ? d->point - 1 : first;
  const long end = last > d->point ? last : d->point;
  for (long i = start; i < end; i++) {
    if (i == d->point) {
      text[n++] = '.';
    }
    text[n++] = i >= 0 && i < (long)d->count ? d->digits[i] : '0';
  }
  return kg_arena_copy(&s->p.ast->arena, kg_str_n(text, n), out, s->p.err);
}

static kgq_status quantity_term(kg_short *s, const kg_short_token *token, kg_term *out) {
  kg_digits digits;
  kgq_str unit;
  kgq_str number;
  kgq_str text;
  KGQ_TRY(kg_short_unit_name(s, token, &unit));
  if (!read_digits(token->text, &digits)) {
    return kg_short_fail(s, token->offset, "a quantity has at most %d digits", KG_LIMIT_DIGITS);
  }
  KGQ_TRY(print_plain(s, &digits, &number));
  KGQ_TRY(kg_arena_print(&s->p.ast->arena, &text, s->p.err, "%.*s %.*s", (int)number.len, number.ptr,
                         (int)unit.len, unit.ptr));
  const char *dot = memchr(token->text.ptr, '.', token->text.len);
  if (dot && dot - token->text.ptr <= 3 && dot == token->text.ptr + token->text.len - 4) {
    s->note_thousands = token; /* 260.000 may have been meant as 260000 */
  }
  *out = kg_term_typed(text, KG_STR(KG_KGQ_QUANTITY));
  return KGQ_OK;
}

static kg_term number_term(kgq_str text) {
  const bool exponent = memchr(text.ptr, 'e', text.len) || memchr(text.ptr, 'E', text.len);
  const bool fraction = memchr(text.ptr, '.', text.len) != NULL;
  return kg_term_typed(text, exponent   ? KG_STR(KG_XSD_DOUBLE)
                             : fraction ? KG_STR(KG_XSD_DECIMAL)
                                        : KG_STR(KG_XSD_INTEGER));
}

/* YYYY-MM-DDThh:mm gets its seconds. */
static kgq_status complete_datetime(kg_short *s, kgq_str text, kgq_str *out) {
  const bool seconds = text.len > 16 && text.ptr[16] == ':';
  *out = text;
  return seconds ? KGQ_OK
                 : kg_arena_print(&s->p.ast->arena, out, s->p.err, "%.16s:00%.*s", text.ptr,
                                  (int)(text.len - 16), text.ptr + 16);
}

static kgq_status date_term(kg_short *s, const kg_short_token *token, kg_term *out) {
  kgq_str text = token->text;
  kg_date date;
  const kg_date_kind kind = text.len == 7    ? KG_DATE_YEAR_MONTH
                            : text.len == 10 ? KG_DATE_DAY
                                             : KG_DATE_DATETIME;
  if (kind == KG_DATE_DATETIME) {
    KGQ_TRY(complete_datetime(s, text, &text));
  }
  if (!kg_date_parse(text, kind, &date)) {
    return kg_short_fail(s, token->offset, "there is no such date");
  }
  *out = kg_term_typed(text, kind == KG_DATE_YEAR_MONTH ? KG_STR(KG_XSD_GYEARMONTH)
                             : kind == KG_DATE_DAY      ? KG_STR(KG_XSD_DATE)
                                                        : KG_STR(KG_XSD_DATETIME));
  return KGQ_OK;
}

static kgq_status text_term(kg_short *s, const kg_short_value *value, kg_term *out) {
  *out = kg_term_string(value->token.text);
  out->lang = value->token.lang;
  if (value->has_datatype) {
    kgq_str datatype;
    KGQ_TRY(kg_short_name(s, &value->datatype, KG_PLACE_DATATYPE, NULL, &datatype));
    *out = kg_term_typed(out->text, datatype);
  }
  return KGQ_OK;
}

static kgq_status name_term(kg_short *s, const kg_short_value *value, const kg_short_verb *verb,
                            kg_term *out) {
  const kg_short_place place = kg_short_verb_is(verb, "is") ? KG_PLACE_CLASS : KG_PLACE_NODE;
  kgq_str iri;
  KGQ_TRY(kg_short_name(s, &value->token, place, verb, &iri));
  *out = kg_term_iri(iri);
  return KGQ_OK;
}

kgq_status kg_short_term(kg_short *s, const kg_short_value *value, const kg_short_verb *verb, kg_term *out) {
  switch ((int)value->kind) {
  case KG_SV_NAME: return name_term(s, value, verb, out);
  case KG_SV_TEXT: return text_term(s, value, out);
  case KG_SV_NUMBER: *out = number_term(value->token.text); return KGQ_OK;
  case KG_SV_QUANTITY: return quantity_term(s, &value->token, out);
  case KG_SV_DATE: return date_term(s, &value->token, out);
  case KG_SV_BOOLEAN: *out = kg_term_typed(value->token.text, KG_STR(KG_XSD_BOOLEAN)); return KGQ_OK;
  case KG_SV_ANY: return kg_short_fail(s, value->token.offset, "_ has no value to calculate or compare with");
  case KG_SV_EACH: return kg_short_fail(s, value->token.offset, "~ stands before a subject or object only");
  default:
    return kg_short_fail(s, value->token.offset, "a list stands as subject, as object, or behind = or !=");
  }
}

static bool plain_text(const kg_short_value *value) {
  return value->kind == KG_SV_TEXT && !value->has_datatype && value->token.lang.len == 0;
}

bool kg_short_is_test(const kg_short_value *value) {
  return plain_text(value) || value->kind == KG_SV_NUMBER || value->kind == KG_SV_QUANTITY ||
         value->kind == KG_SV_DATE;
}

/* ---- calculations ------------------------------------------------------------------------------- */

static kgq_status args_of(kg_short *s, const kg_short_value *value, kg_expr **end) {
  for (const kg_short_value *arg = value->args; arg; arg = arg->next) {
    KGQ_TRY(kg_short_expr(s, arg, end));
    end = &(*end)->next;
  }
  return KGQ_OK;
}

static size_t count_args(const kg_short_value *value) {
  size_t count = 0;
  for (const kg_short_value *arg = value->args; arg; arg = arg->next) {
    count++;
  }
  return count;
}

static kgq_status check_count(kg_short *s, const kg_short_value *call, const kg_short_function *f) {
  const size_t count = count_args(call);
  if (count >= f->least && count <= f->most) {
    return KGQ_OK;
  }
  if (f->least == f->most) {
    return kg_short_fail(s, call->token.offset, "%s takes %zu value%s, not %zu", f->word, f->least,
                         f->least == 1 ? "" : "s", count);
  }
  return kg_short_fail(s, call->token.offset, "%s takes %zu or more values, not %zu", f->word, f->least,
                       count);
}

static kgq_status call_expr(kg_short *s, const kg_short_value *value, kg_expr **out) {
  kg_expr *args = NULL;
  kgq_str iri;
  const size_t offset = value->token.offset;
  if (value->token.kind == KG_ST_PREFIXED) {
    KGQ_TRY(kg_short_name(s, &value->token, KG_PLACE_NODE, NULL, &iri));
    KGQ_TRY(args_of(s, value, &args));
    return kg_short_call(s, iri.ptr, args, offset, out);
  }
  const kg_short_function *f = kg_short_function_find(value->token.text);
  if (!f) {
    return kg_short_fail(s, offset, "no function is called %.*s", KG_ARG(value->token.text));
  }
  KGQ_TRY(check_count(s, value, f));
  KGQ_TRY(args_of(s, value, &args));
  return f->iri ? kg_short_call(s, f->iri, args, offset, out)
                : builtin_call(s, f->function, args, offset, out);
}

static kgq_status operator_expr(kg_short *s, const kg_short_value *value, kg_expr **out) {
  static const kg_expr_kind kinds[] = { KG_EXPR_ADD, KG_EXPR_SUBTRACT, KG_EXPR_MULTIPLY, KG_EXPR_DIVIDE };
  kg_expr *left = NULL;
  kg_expr *right = NULL;
  KGQ_TRY(kg_short_expr(s, value->args, &left));
  KGQ_TRY(kg_short_expr(s, value->args->next, &right));
  return kg_expr_binary(&s->p, kinds[value->kind - KG_SV_ADD], left, right, out);
}

kgq_status kg_short_expr(kg_short *s, const kg_short_value *value, kg_expr **out) {
  kg_term term;
  if (value->kind == KG_SV_VARIABLE) {
    return kg_short_var_expr(s, value->var, value->token.offset, out);
  }
  if (value->kind == KG_SV_CALL) {
    return call_expr(s, value, out);
  }
  if (value->kind >= KG_SV_ADD) {
    return operator_expr(s, value, out);
  }
  if (value->kind == KG_SV_LIST && !value->args->next) { /* one value in parentheses is just that value */
    return kg_short_expr(s, value->args, out);
  }
  KGQ_TRY(kg_short_term(s, value, NULL, &term));
  return term_expr(s, term, value->token.offset, out);
}

/* ---- comparisons -------------------------------------------------------------------------------- */

static kg_expr_kind expr_kind(kg_short_token_kind op) {
  static const kg_expr_kind kinds[] = { KG_EXPR_EQUAL,      KG_EXPR_NOT_EQUAL, KG_EXPR_LESS,
                                        KG_EXPR_LESS_EQUAL, KG_EXPR_GREATER,   KG_EXPR_GREATER_EQUAL };
  return kinds[op - KG_ST_EQUAL];
}

static kg_short_token_kind mirrored(kg_short_token_kind op) {
  switch ((int)op) {
  case KG_ST_LESS: return KG_ST_GREATER;
  case KG_ST_LESS_EQUAL: return KG_ST_GREATER_EQUAL;
  case KG_ST_GREATER: return KG_ST_LESS;
  case KG_ST_GREATER_EQUAL: return KG_ST_LESS_EQUAL;
  default: return op;
  }
}

static kgq_status day_of(kg_short *s, kg_expr *value, kg_expr **out) {
  return kg_short_call(s, KG_NS_KGQ "day", value, value->offset, out);
}

/* kgq:day(left) OP "date"^^xsd:date */
static kgq_status compare_day(kg_short *s, kg_expr *left, kg_expr_kind kind, kgq_str date, kg_expr **out) {
  kg_expr *day = NULL;
  kg_expr *right = NULL;
  KGQ_TRY(day_of(s, left, &day));
  KGQ_TRY(term_expr(s, kg_term_typed(date, KG_STR(KG_XSD_DATE)), left->offset, &right));
  return kg_expr_binary(&s->p, kind, day, right, out);
}

/* A month: from its first day to before the next month's. */
static kgq_status compare_month(kg_short *s, kg_expr *left, kg_short_token_kind op, kgq_str month,
                                kg_expr **out) {
  const int year = (int)strtol(month.ptr, NULL, 10);
  const int number = (int)strtol(month.ptr + 5, NULL, 10);
  kgq_str first;
  kgq_str next;
  KGQ_TRY(kg_arena_print(&s->p.ast->arena, &first, s->p.err, "%04d-%02d-01", year, number));
  KGQ_TRY(kg_arena_print(&s->p.ast->arena, &next, s->p.err, "%04d-%02d-01", number == 12 ? year + 1 : year,
                         number == 12 ? 1 : number + 1));
  if (op == KG_ST_LESS || op == KG_ST_GREATER_EQUAL) {
    return compare_day(s, left, expr_kind(op), first, out);
  }
  if (op == KG_ST_LESS_EQUAL || op == KG_ST_GREATER) {
    return compare_day(s, left, op == KG_ST_GREATER ? KG_EXPR_GREATER_EQUAL : KG_EXPR_LESS, next, out);
  }
  kg_expr *again = NULL;
  kg_expr *from = NULL;
  KGQ_TRY(copy_expr(s, left, &again));
  KGQ_TRY(compare_day(s, left, op == KG_ST_EQUAL ? KG_EXPR_GREATER_EQUAL : KG_EXPR_LESS, first, &from));
  KGQ_TRY(compare_day(s, again, op == KG_ST_EQUAL ? KG_EXPR_LESS : KG_EXPR_GREATER_EQUAL, next, &from->next));
  return kg_expr_join(&s->p, op == KG_ST_EQUAL ? KG_EXPR_AND : KG_EXPR_OR, from, out);
}

static kgq_status compare_date(kg_short *s, kg_expr *left, kg_short_token_kind op,
                               const kg_short_value *right, kg_expr **out) {
  kg_term date;
  kg_expr *moment = NULL;
  KGQ_TRY(date_term(s, &right->token, &date));
  if (date.text.len == 7) {
    return compare_month(s, left, op, date.text, out);
  }
  if (date.text.len == 10) {
    return compare_day(s, left, expr_kind(op), date.text, out);
  }
  KGQ_TRY(term_expr(s, date, right->token.offset, &moment));
  return kg_expr_binary(&s->p, expr_kind(op), left, moment, out);
}

/* Do all values compare as the terms they are? Then IN can have them. */
static bool all_terms(const kg_short_value *list) {
  for (const kg_short_value *item = list->args; item; item = item->next) {
    if (plain_text(item) || item->kind == KG_SV_DATE || item->kind == KG_SV_LIST) {
      return false;
    }
  }
  return true;
}

static kgq_status compare_in(kg_short *s, kg_expr *left, bool negated, kg_expr *items, kg_expr **out) {
  KGQ_TRY(kg_expr_new(&s->p, negated ? KG_EXPR_NOT_IN : KG_EXPR_IN, left->offset, out));
  left->next = items;
  return kg_expr_set_args(&s->p, *out, left);
}

static kgq_status compare_each(kg_short *s, kg_expr *left, kg_short_token_kind op, const kg_short_value *list,
                               kg_expr **out) {
  kg_expr *tests = NULL;
  kg_expr **end = &tests;
  for (const kg_short_value *item = list->args; item; item = item->next) {
    kg_expr *again = NULL;
    KGQ_TRY(copy_expr(s, left, &again));
    KGQ_TRY(kg_short_compare(s, again, op, item, end));
    end = &(*end)->next;
  }
  return kg_expr_join(&s->p, op == KG_ST_EQUAL ? KG_EXPR_OR : KG_EXPR_AND, tests, out);
}

static kgq_status compare_list(kg_short *s, kg_expr *left, kg_short_token_kind op, const kg_short_value *list,
                               kg_expr **out) {
  kg_expr *items = NULL;
  if (op != KG_ST_EQUAL && op != KG_ST_NOT_EQUAL) {
    return kg_short_fail(s, list->token.offset, "a list stands as subject, as object, or behind = or !=");
  }
  if (!all_terms(list)) {
    return compare_each(s, left, op, list, out);
  }
  KGQ_TRY(args_of(s, list, &items));
  return compare_in(s, left, op == KG_ST_NOT_EQUAL, items, out);
}

/* ?x = ~Samsung: one of all that are called so. */
static kgq_status compare_nodes(kg_short *s, kg_expr *left, kg_short_token_kind op,
                                const kg_short_value *name, kg_expr **out) {
  kg_short_names names;
  kg_expr *items = NULL;
  kg_expr **end = &items;
  if (op != KG_ST_EQUAL && op != KG_ST_NOT_EQUAL) {
    return kg_short_fail(s, name->token.offset, "nodes are compared with = or != only");
  }
  KGQ_TRY(kg_short_each(s, &name->token, &names));
  for (size_t i = 0; i < names.count; i++) {
    KGQ_TRY(term_expr(s, kg_term_iri(names.iris[i]), name->token.offset, end));
    end = &(*end)->next;
  }
  return compare_in(s, left, op == KG_ST_NOT_EQUAL, items, out);
}

kgq_status kg_short_compare(kg_short *s, kg_expr *left, kg_short_token_kind op, const kg_short_value *right,
                            kg_expr **out) {
  kg_expr *value = NULL;
  if (right->kind == KG_SV_LIST && right->args->next) {
    return compare_list(s, left, op, right, out);
  }
  if (right->kind == KG_SV_LIST) {
    return kg_short_compare(s, left, op, right->args, out);
  }
  if (right->kind == KG_SV_EACH) {
    return compare_nodes(s, left, op, right, out);
  }
  if (right->kind == KG_SV_DATE) {
    return compare_date(s, left, op, right, out);
  }
  if (plain_text(right)) {
    kg_expr *inner = left;
    KGQ_TRY(builtin_call(s, KG_FN_STR, inner, inner->offset, &left));
  }
  KGQ_TRY(kg_short_expr(s, right, &value));
  return kg_expr_binary(&s->p, expr_kind(op), left, value, out);
}

kgq_status kg_short_comparison(kg_short *s, const kg_short_fact *fact, kg_expr **out) {
  const kg_short_value *left = fact->subject;
  const kg_short_value *right = fact->right;
  kg_short_token_kind op = fact->compare;
  kg_expr *value = NULL;
  if (left->kind == KG_SV_EACH || left->kind == KG_SV_DATE || plain_text(left) ||
      (left->kind == KG_SV_LIST && left->args->next)) {
    left = fact->right; /* what has a rule of its own stands on the right */
    right = fact->subject;
    op = mirrored(op);
  }
  KGQ_TRY(kg_short_expr(s, left, &value));
  return kg_short_compare(s, value, op, right, out);
}
