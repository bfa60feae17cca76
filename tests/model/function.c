/* tests/model/function.c: functions on strings, numbers, terms and dates, and casts. The contract:
 * function.h.
 *
 * Each function is written from its paragraph of SPARQL 1.2 section 17.4 (XPath functions where that points
 * there). Upper and lower case are those of ASCII: generated data have no other letters with case.
 */
#include <math.h>

#include "graph/vocab.h"
#include "tests/model/function.h"

/* ---- texts -------------------------------------------------------------------------------------- */

/* A literal of the same kind as `like` (17.4.3): plain, or with its language and direction. */
static model_value text_like(kg_arena *arena, model_value like, kgq_str text) {
  kg_term t = *model_text(arena, text);
  t.lang = like->lang;
  t.direction = like->direction;
  return model_term(arena, t);
}

/* 17.4.3: which pairs of string literals go together. */
static bool compatible(model_value a, model_value b) {
  if (!model_is_text(a) || !model_is_text(b)) {
    return false;
  }
  return model_is_string(b) || (kg_str_equal(a->lang, b->lang) && a->direction == b->direction);
}

static const char *find_text(kgq_str in, kgq_str what) {
  for (size_t i = 0; i + what.len <= in.len; i++) {
    if (what.len == 0 || memcmp(in.ptr + i, what.ptr, what.len) == 0) {
      return in.ptr + i;
    }
  }
  return NULL;
}

static bool ends_with(kgq_str text, kgq_str end) {
  return text.len >= end.len &&
         (end.len == 0 || memcmp(text.ptr + text.len - end.len, end.ptr, end.len) == 0);
}

static bool continues(char c) { /* not the first byte of a character in UTF-8 */
  return ((unsigned char)c & 0xC0) == 0x80;
}

static int64_t characters(kgq_str text) {
  int64_t n = 0;
  for (size_t i = 0; i < text.len; i++) {
    n += !continues(text.ptr[i]);
  }
  return n;
}

/* fn:substring: the characters at positions p with start <= p < start + length. */
static model_value substring(kg_arena *arena, const model_value *args, size_t count) {
  const model_number start = model_number_of(args[1]);
  const model_number length = count == 3 ? model_number_of(args[2]) : start;
  if (!model_is_text(args[0]) || start.rank != MODEL_INTEGER || length.rank != MODEL_INTEGER) {
    return NULL;
  }
  const double from = kg_decimal_to_double(start.exact);
  const double to = count == 3 ? from + kg_decimal_to_double(length.exact) : HUGE_VAL;
  const kgq_str text = args[0]->text;
  char *kept = model_alloc(arena, text.len + 1);
  size_t n = 0;
  double position = 0;
  for (size_t i = 0; i < text.len; i++) {
    position += !continues(text.ptr[i]);
    if (position >= from && position < to) {
      kept[n++] = text.ptr[i];
    }
  }
  return text_like(arena, args[0], kg_str_n(kept, n));
}

static model_value change_case(kg_arena *arena, model_value v, char first, char last, int shift) {
  if (!model_is_text(v)) {
    return NULL;
  }
  char *copy = model_alloc(arena, v->text.len + 1);
  for (size_t i = 0; i < v->text.len; i++) {
    const char c = v->text.ptr[i];
    copy[i] = c >= first && c <= last ? (char)(c + shift) : c;
  }
  return text_like(arena, v, kg_str_n(copy, v->text.len));
}

static model_value encode_for_uri(kg_arena *arena, model_value v) {
  static const char digits[] = "0123456789ABCDEF";
  static const char kept[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
  if (!model_is_text(v)) {
    return NULL;
  }
  char *out = model_alloc(arena, v->text.len * 3 + 1);
  size_t n = 0;
  for (size_t i = 0; i < v->text.len; i++) {
    const unsigned char c = (unsigned char)v->text.ptr[i];
    if (c && strchr(kept, c)) {
      out[n++] = (char)c;
    } else {
      out[n++] = '%';
      out[n++] = digits[c >> 4];
      out[n++] = digits[c & 15];
    }
  }
  return model_text(arena, kg_str_n(out, n));
}

static model_value str_before(kg_arena *arena, model_value a, model_value b) {
  if (!compatible(a, b)) {
    return NULL;
  }
  const char *at = find_text(a->text, b->text);
  return at ? text_like(arena, a, kg_str_n(a->text.ptr, (size_t)(at - a->text.ptr)))
            : model_text(arena, KG_STR(""));
}

static model_value str_after(kg_arena *arena, model_value a, model_value b) {
  if (!compatible(a, b)) {
    return NULL;
  }
  const char *at = find_text(a->text, b->text);
  if (!at) {
    return model_text(arena, KG_STR(""));
  }
  const char *rest = at + b->text.len;
  return text_like(arena, a, kg_str_n(rest, (size_t)(a->text.ptr + a->text.len - rest)));
}

static model_value concat(kg_arena *arena, const model_value *args, size_t count) {
  size_t total = 0;
  bool alike = count > 0;
  for (size_t i = 0; i < count; i++) {
    if (!model_is_text(args[i])) {
      return NULL;
    }
    total += args[i]->text.len;
    alike = alike && kg_str_equal(args[i]->lang, args[0]->lang) && args[i]->direction == args[0]->direction;
  }
  char *joined = model_alloc(arena, total + 1);
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    if (args[i]->text.len) {
      memcpy(joined + n, args[i]->text.ptr, args[i]->text.len);
    }
    n += args[i]->text.len;
  }
  return alike ? text_like(arena, args[0], kg_str_n(joined, n)) : model_text(arena, kg_str_n(joined, n));
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* RFC 4647 3.3.1: equal, or a prefix that ends where a "-" follows. */
static model_value lang_matches(kg_arena *arena, model_value tag, model_value range) {
  if (!model_is_string(tag) || !model_is_string(range)) {
    return NULL;
  }
  const kgq_str t = tag->text, r = range->text;
  if (t.len == 0 || r.len == 0) {
    return model_boolean(arena, false);
  }
  if (kg_str_equal(r, KG_STR("*"))) {
    return model_boolean(arena, true);
  }
  bool match = t.len >= r.len && (t.len == r.len || t.ptr[r.len] == '-');
  for (size_t i = 0; match && i < r.len; i++) {
    match = lower(t.ptr[i]) == lower(r.ptr[i]);
  }
  return model_boolean(arena, match);
}

static model_value string_function(kg_arena *arena, kg_function f, const model_value *args, size_t count) {
  const model_value a = args[0], b = count > 1 ? args[1] : NULL;
  switch ((int)f) {
  case KG_FN_STRLEN: return model_is_text(a) ? model_whole(arena, characters(a->text)) : NULL;
  case KG_FN_SUBSTR: return substring(arena, args, count);
  case KG_FN_UCASE: return change_case(arena, a, 'a', 'z', -32);
  case KG_FN_LCASE: return change_case(arena, a, 'A', 'Z', 32);
  case KG_FN_ENCODE_FOR_URI: return encode_for_uri(arena, a);
  case KG_FN_CONTAINS:
    return compatible(a, b) ? model_boolean(arena, find_text(a->text, b->text) != NULL) : NULL;
  case KG_FN_STRSTARTS:
    return compatible(a, b) ? model_boolean(arena, kg_str_starts(a->text, b->text)) : NULL;
  case KG_FN_STRENDS: return compatible(a, b) ? model_boolean(arena, ends_with(a->text, b->text)) : NULL;
  case KG_FN_STRBEFORE: return str_before(arena, a, b);
  case KG_FN_STRAFTER: return str_after(arena, a, b);
  case KG_FN_CONCAT: return concat(arena, args, count);
  default: return lang_matches(arena, a, b);
  }
}

/* ---- terms -------------------------------------------------------------------------------------- */

static bool is_kind(model_value v, kg_term_kind kind) {
  return v->kind == kind;
}

static model_value str(kg_arena *arena, model_value v) {
  return is_kind(v, KG_TERM_IRI) || is_kind(v, KG_TERM_LITERAL) ? model_text(arena, v->text) : NULL;
}

static model_value direction_text(kg_arena *arena, model_value v) {
  static const char *const names[] = { "", "ltr", "rtl" };
  return is_kind(v, KG_TERM_LITERAL) ? model_text(arena, kg_str(names[v->direction])) : NULL;
}

static model_value str_lang(kg_arena *arena, model_value text, model_value lang, model_value direction) {
  if (!model_is_string(text) || !model_is_string(lang) || lang->text.len == 0) {
    return NULL;
  }
  kg_term t = kg_term_lang(text->text, lang->text);
  if (direction) {
    const bool ltr = model_is_string(direction) && kg_str_equal(direction->text, KG_STR("ltr"));
    const bool rtl = model_is_string(direction) && kg_str_equal(direction->text, KG_STR("rtl"));
    if (!ltr && !rtl) {
      return NULL;
    }
    t.direction = ltr ? KG_DIR_LTR : KG_DIR_RTL;
  }
  return model_term(arena, t);
}

static model_value str_dt(kg_arena *arena, model_value text, model_value type) {
  return model_is_string(text) && is_kind(type, KG_TERM_IRI)
             ? model_term(arena, kg_term_typed(text->text, type->text))
             : NULL;
}

static model_value make_iri(kg_arena *arena, model_value v) {
  if (is_kind(v, KG_TERM_IRI)) {
    return v;
  }
  return model_is_string(v) ? model_term(arena, kg_term_iri(v->text)) : NULL;
}

model_value model_triple_term(kg_arena *arena, const model_value *args) {
  const bool subject = is_kind(args[0], KG_TERM_IRI) || is_kind(args[0], KG_TERM_BNODE);
  if (!subject || !is_kind(args[1], KG_TERM_IRI)) {
    return NULL;
  }
  kg_term *parts = model_alloc(arena, 3 * sizeof *parts);
  for (int i = 0; i < 3; i++) {
    parts[i] = *args[i];
  }
  return model_term(arena, (kg_term){ .kind = KG_TERM_TRIPLE, .triple = parts });
}

static model_value test_function(kg_arena *arena, kg_function f, const model_value *args) {
  const model_value v = args[0];
  switch ((int)f) {
  case KG_FN_SAMETERM: return model_boolean(arena, model_same(v, args[1]));
  case KG_FN_ISIRI:
  case KG_FN_ISURI: return model_boolean(arena, is_kind(v, KG_TERM_IRI));
  case KG_FN_ISBLANK: return model_boolean(arena, is_kind(v, KG_TERM_BNODE));
  case KG_FN_ISLITERAL: return model_boolean(arena, is_kind(v, KG_TERM_LITERAL));
  case KG_FN_ISNUMERIC: return model_boolean(arena, model_number_of(v).rank != MODEL_NO_NUMBER);
  case KG_FN_ISTRIPLE: return model_boolean(arena, is_kind(v, KG_TERM_TRIPLE));
  case KG_FN_HASLANG: return model_boolean(arena, is_kind(v, KG_TERM_LITERAL) && v->lang.len > 0);
  default: return model_boolean(arena, is_kind(v, KG_TERM_LITERAL) && v->direction != KG_DIR_NONE);
  }
}

static model_value term_function(kg_arena *arena, kg_function f, const model_value *args, size_t count) {
  const model_value v = args[0];
  const bool literal = is_kind(v, KG_TERM_LITERAL), triple = is_kind(v, KG_TERM_TRIPLE);
  switch ((int)f) {
  case KG_FN_STR: return str(arena, v);
  case KG_FN_LANG: return literal ? model_text(arena, v->lang) : NULL;
  case KG_FN_LANGDIR: return direction_text(arena, v);
  case KG_FN_DATATYPE: return literal ? model_term(arena, kg_term_iri(kg_term_datatype(v))) : NULL;
  case KG_FN_IRI:
  case KG_FN_URI: return make_iri(arena, v);
  case KG_FN_STRLANG:
  case KG_FN_STRLANGDIR: return str_lang(arena, v, args[1], count > 2 ? args[2] : NULL);
  case KG_FN_STRDT: return str_dt(arena, v, args[1]);
  case KG_FN_TRIPLE: return model_triple_term(arena, args);
  case KG_FN_SUBJECT: return triple ? &v->triple[0] : NULL;
  case KG_FN_PREDICATE: return triple ? &v->triple[1] : NULL;
  case KG_FN_OBJECT: return triple ? &v->triple[2] : NULL;
  default: return test_function(arena, f, args);
  }
}

/* ---- numbers and moments ------------------------------------------------------------------------ */

static double round_real(kg_function f, double d) {
  switch ((int)f) {
  case KG_FN_ABS: return fabs(d);
  case KG_FN_CEIL: return ceil(d);
  case KG_FN_FLOOR: return floor(d);
  default: break; /* fn:round: halves go up, and the sign of zero stays */
  }
  return isfinite(d) ? copysign(fabs(floor(d + 0.5)), floor(d + 0.5) != 0 ? floor(d + 0.5) : d) : d;
}

static model_value number_function(kg_arena *arena, kg_function f, model_value v) {
  model_number n = model_number_of(v);
  if (n.rank == MODEL_NO_NUMBER) {
    return NULL;
  }
  if (n.rank >= MODEL_FLOAT) {
    n.real = round_real(f, n.real);
    return model_number_term(arena, &n);
  }
  switch ((int)f) {
  case KG_FN_ABS: n.exact.mantissa = n.exact.mantissa < 0 ? -n.exact.mantissa : n.exact.mantissa; break;
  case KG_FN_CEIL: n.exact = kg_decimal_round(n.exact, 0, KG_ROUND_CEILING); break;
  case KG_FN_FLOOR: n.exact = kg_decimal_round(n.exact, 0, KG_ROUND_FLOOR); break;
  default: n.exact = kg_decimal_round(n.exact, 0, KG_ROUND_HALF_UP); break;
  }
  return model_number_term(arena, &n);
}

static model_value date_function(kg_arena *arena, kg_function f, model_value v) {
  kg_date d;
  if (!model_datetime_of(v, &d)) {
    return NULL;
  }
  const model_number second = { .rank = MODEL_DECIMAL, .exact = d.second };
  switch ((int)f) {
  case KG_FN_YEAR: return model_whole(arena, d.year);
  case KG_FN_MONTH: return model_whole(arena, d.month);
  case KG_FN_DAY: return model_whole(arena, d.day);
  case KG_FN_HOURS: return model_whole(arena, d.hour);
  case KG_FN_MINUTES: return model_whole(arena, d.minute);
  default: return model_number_term(arena, &second);
  }
}

/* ---- casts, 17.5 -------------------------------------------------------------------------------- */

static const char *const cast_types[] = { KG_XSD_BOOLEAN, KG_XSD_DOUBLE,  KG_XSD_FLOAT,
                                          KG_XSD_DECIMAL, KG_XSD_INTEGER, KG_XSD_STRING };
#define CAST_COUNT (sizeof cast_types / sizeof cast_types[0])

/* XPath functions 19.1.2: numbers as text: 2, 2.5, 1.0E6. */
static model_value number_text(kg_arena *arena, const model_number *n) {
  char text[KG_DECIMAL_TEXT_MAX];
  kg_decimal d = n->exact;
  if (n->rank >= MODEL_FLOAT) {
    const double size = fabs(n->real);
    if (n->real == 0) {
      return model_text(arena, signbit(n->real) ? KG_STR("-0") : KG_STR("0"));
    }
    if (!(size >= 1e-6 && size < 1e6) || !kg_decimal_from_double(n->real, &d)) {
      return model_text(arena, model_number_term(arena, n)->text);
    }
  }
  return model_text(arena, kg_str_n(text, kg_decimal_print(d, text)));
}

static model_value cast_to_string(kg_arena *arena, model_value v) {
  const model_number n = model_number_of(v);
  if (is_kind(v, KG_TERM_IRI) || model_is_string(v)) {
    return model_text(arena, v->text);
  }
  if (n.rank != MODEL_NO_NUMBER) {
    return number_text(arena, &n);
  }
  const int b = model_boolean_of(v);
  if (b < 0) { /* no cast of 17.5; an extension, which 17.6 allows, gives the lexical form */
    return is_kind(v, KG_TERM_LITERAL) ? model_text(arena, v->text) : NULL;
  }
  return model_text(arena, b ? KG_STR("true") : KG_STR("false"));
}

static model_value cast_to_boolean(kg_arena *arena, model_value v) {
  if (model_is_string(v)) {
    const kg_term typed = kg_term_typed(v->text, KG_STR(KG_XSD_BOOLEAN));
    const int b = model_boolean_of(&typed);
    return b < 0 ? NULL : model_boolean(arena, b == 1);
  }
  const model_truth truth = model_ebv(v); /* of booleans and numbers it is the same */
  return truth == MODEL_ERROR ? NULL : model_boolean(arena, truth == MODEL_TRUE);
}

/* Number of a string, a boolean or a number; rank NO_NUMBER: none. */
static model_number number_from(model_value v, const char *type) {
  if (model_is_string(v)) {
    const kg_term typed = kg_term_typed(v->text, kg_str(type));
    return model_number_of(&typed);
  }
  if (model_boolean_of(v) >= 0) {
    return (model_number){ .rank = MODEL_INTEGER, .exact = kg_decimal_from_int(model_boolean_of(v)) };
  }
  return model_number_of(v);
}

static model_value cast_to_exact(kg_arena *arena, model_value v, bool whole) {
  model_number n = number_from(v, whole ? KG_XSD_INTEGER : KG_XSD_DECIMAL);
  if (n.rank == MODEL_NO_NUMBER || (n.rank >= MODEL_FLOAT && !kg_decimal_from_double(n.real, &n.exact))) {
    return NULL;
  }
  if (whole) { /* toward zero */
    n.exact = kg_decimal_round(n.exact, 0, n.exact.mantissa < 0 ? KG_ROUND_CEILING : KG_ROUND_FLOOR);
  }
  n.rank = whole ? MODEL_INTEGER : MODEL_DECIMAL;
  return model_number_term(arena, &n);
}

static model_value cast_to_real(kg_arena *arena, model_value v, bool single) {
  model_number n = number_from(v, single ? KG_XSD_FLOAT : KG_XSD_DOUBLE);
  if (n.rank == MODEL_NO_NUMBER) {
    return NULL;
  }
  n.real = n.rank >= MODEL_FLOAT ? n.real : kg_decimal_to_double(n.exact);
  n.real = single ? (double)(float)n.real : n.real;
  n.rank = single ? MODEL_FLOAT : MODEL_DOUBLE;
  return model_number_term(arena, &n);
}

static model_value cast(kg_arena *arena, kgq_str type, model_value v) {
  size_t i = 0;
  while (i < CAST_COUNT && !kg_str_equal(type, kg_str(cast_types[i]))) {
    i++;
  }
  switch (i) {
  case 0: return cast_to_boolean(arena, v);
  case 1:
  case 2: return cast_to_real(arena, v, i == 2);
  case 3:
  case 4: return cast_to_exact(arena, v, i == 4);
  default: return cast_to_string(arena, v);
  }
}

/* ---- which is which ----------------------------------------------------------------------------- */

typedef enum { FAMILY_NONE, FAMILY_STRING, FAMILY_TERM, FAMILY_NUMBER, FAMILY_DATE, FAMILY_CAST } family;

static family family_of(const kg_expr *call) {
  switch ((int)call->function) {
  case KG_FN_STRLEN:
  case KG_FN_SUBSTR:
  case KG_FN_UCASE:
  case KG_FN_LCASE:
  case KG_FN_ENCODE_FOR_URI:
  case KG_FN_CONTAINS:
  case KG_FN_STRSTARTS:
  case KG_FN_STRENDS:
  case KG_FN_STRBEFORE:
  case KG_FN_STRAFTER:
  case KG_FN_CONCAT:
  case KG_FN_LANGMATCHES: return FAMILY_STRING;
  case KG_FN_STR:
  case KG_FN_LANG:
  case KG_FN_LANGDIR:
  case KG_FN_DATATYPE:
  case KG_FN_IRI:
  case KG_FN_URI:
  case KG_FN_STRLANG:
  case KG_FN_STRLANGDIR:
  case KG_FN_STRDT:
  case KG_FN_TRIPLE:
  case KG_FN_SUBJECT:
  case KG_FN_PREDICATE:
  case KG_FN_OBJECT:
  case KG_FN_SAMETERM:
  case KG_FN_ISIRI:
  case KG_FN_ISURI:
  case KG_FN_ISBLANK:
  case KG_FN_ISLITERAL:
  case KG_FN_ISNUMERIC:
  case KG_FN_ISTRIPLE:
  case KG_FN_HASLANG:
  case KG_FN_HASLANGDIR: return FAMILY_TERM;
  case KG_FN_ABS:
  case KG_FN_CEIL:
  case KG_FN_FLOOR:
  case KG_FN_ROUND: return FAMILY_NUMBER;
  case KG_FN_YEAR:
  case KG_FN_MONTH:
  case KG_FN_DAY:
  case KG_FN_HOURS:
  case KG_FN_MINUTES:
  case KG_FN_SECONDS: return FAMILY_DATE;
  default: break;
  }
  for (size_t i = 0; call->function == KG_FN_IRI_CALL && i < CAST_COUNT; i++) {
    if (kg_str_equal(call->iri, kg_str(cast_types[i]))) {
      return FAMILY_CAST;
    }
  }
  return FAMILY_NONE;
}

bool model_function_known(const kg_expr *call) {
  return family_of(call) != FAMILY_NONE;
}

model_value model_function(kg_arena *arena, const kg_expr *call, const model_value *args, size_t count) {
  switch (family_of(call)) {
  case FAMILY_STRING: return string_function(arena, call->function, args, count);
  case FAMILY_TERM: return term_function(arena, call->function, args, count);
  case FAMILY_NUMBER: return number_function(arena, call->function, args[0]);
  case FAMILY_DATE: return date_function(arena, call->function, args[0]);
  case FAMILY_CAST: return cast(arena, call->iri, args[0]);
  case FAMILY_NONE: break;
  }
  return NULL;
}
