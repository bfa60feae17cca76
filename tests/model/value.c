/* tests/model/value.c: terms as values: numbers, truth, comparison, order, arithmetic. The contract: value.h.
 *
 * Lexical forms are read with core/decimal.h and core/date.h; all rules on top of them are written here anew.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "graph/vocab.h"
#include "tests/model/value.h"

/* Digits of a quotient of decimals behind the point: implementation-defined (XPath functions 4.2.4). */
#define QUOTIENT_DIGITS 18

void *model_alloc(kg_arena *arena, size_t bytes) {
  void *p = kg_arena_zero(arena, bytes ? bytes : 1);
  if (!p) {
    fputs("the model has no memory left\n", stderr);
    exit(2);
  }
  return p;
}

/* ---- making terms ------------------------------------------------------------------------------- */

static kgq_str copy_text(kg_arena *arena, kgq_str text) {
  char *p = model_alloc(arena, text.len + 1);
  if (text.len) {
    memcpy(p, text.ptr, text.len);
  }
  return kg_str_n(p, text.len);
}

model_value model_term(kg_arena *arena, kg_term term) {
  kg_term *t = model_alloc(arena, sizeof *t);
  *t = term;
  return t;
}

model_value model_text(kg_arena *arena, kgq_str text) {
  return model_term(arena, kg_term_string(copy_text(arena, text)));
}

model_value model_boolean(kg_arena *arena, bool value) {
  return model_term(arena, kg_term_typed(value ? KG_STR("true") : KG_STR("false"), KG_STR(KG_XSD_BOOLEAN)));
}

model_value model_whole(kg_arena *arena, int64_t value) {
  const model_number n = { .rank = MODEL_INTEGER, .exact = kg_decimal_from_int(value) };
  return model_number_term(arena, &n);
}

static size_t print_decimal(kg_decimal d, char *out) { /* XSD 1.1, 3.3.3.1: a decimal keeps its point */
  size_t n = kg_decimal_print(d, out);
  if (!memchr(out, '.', n)) {
    out[n++] = '.';
    out[n++] = '0';
  }
  return n;
}

model_value model_number_term(kg_arena *arena, const model_number *number) {
  char text[KG_DECIMAL_TEXT_MAX + 8];
  kgq_str type = KG_STR(KG_XSD_INTEGER);
  size_t n = 0;
  if (number->rank == MODEL_INTEGER) {
    n = kg_decimal_print(number->exact, text);
  } else if (number->rank == MODEL_DECIMAL) {
    n = print_decimal(number->exact, text);
    type = KG_STR(KG_XSD_DECIMAL);
  } else {
    n = kg_double_print(number->real, number->rank == MODEL_FLOAT, text);
    type = number->rank == MODEL_FLOAT ? KG_STR(KG_XSD_FLOAT) : KG_STR(KG_XSD_DOUBLE);
  }
  return model_term(arena, kg_term_typed(copy_text(arena, kg_str_n(text, n)), type));
}

/* ---- reading terms ------------------------------------------------------------------------------ */

bool model_is_string(model_value v) {
  return v && v->kind == KG_TERM_LITERAL && v->lang.len == 0 && v->datatype.len == 0;
}

bool model_is_text(model_value v) {
  return model_is_string(v) || (v && v->kind == KG_TERM_LITERAL && v->lang.len > 0);
}

bool model_datatype_is(model_value v, const char *iri) {
  return v && v->kind == KG_TERM_LITERAL && kg_str_equal(v->datatype, kg_str(iri));
}

/* The types derived from xsd:integer with their bounds ("" for none), XSD 1.1 3.4.13 to 3.4.25. */
static const struct {
  const char *iri, *low, *high;
} integer_types[] = {
  { KG_XSD_INTEGER, "", "" },
  { KG_NS_XSD "nonPositiveInteger", "", "0" },
  { KG_NS_XSD "negativeInteger", "", "-1" },
  { KG_NS_XSD "long", "-9223372036854775808", "9223372036854775807" },
  { KG_NS_XSD "int", "-2147483648", "2147483647" },
  { KG_NS_XSD "short", "-32768", "32767" },
  { KG_NS_XSD "byte", "-128", "127" },
  { KG_NS_XSD "nonNegativeInteger", "0", "" },
  { KG_NS_XSD "unsignedLong", "0", "18446744073709551615" },
  { KG_NS_XSD "unsignedInt", "0", "4294967295" },
  { KG_NS_XSD "unsignedShort", "0", "65535" },
  { KG_NS_XSD "unsignedByte", "0", "255" },
  { KG_NS_XSD "positiveInteger", "1", "" },
};
#define INTEGER_TYPE_COUNT (sizeof integer_types / sizeof integer_types[0])

static bool past_bound(kg_decimal value, const char *bound, int direction) {
  kg_decimal limit;
  return *bound && kg_decimal_parse(kg_str(bound), &limit) && kg_decimal_compare(value, limit) == direction;
}

/* Index of an integer type, or -1. */
static int integer_type(model_value v) {
  for (size_t i = 0; i < INTEGER_TYPE_COUNT; i++) {
    if (model_datatype_is(v, integer_types[i].iri)) {
      return (int)i;
    }
  }
  return -1;
}

static bool read_integer(model_value v, int type, kg_decimal *out) {
  const size_t sign = v->text.len && (v->text.ptr[0] == '+' || v->text.ptr[0] == '-');
  for (size_t i = sign; i < v->text.len; i++) {
    if (v->text.ptr[i] < '0' || v->text.ptr[i] > '9') {
      return false;
    }
  }
  return kg_decimal_parse(v->text, out) && !past_bound(*out, integer_types[type].low, -1) &&
         !past_bound(*out, integer_types[type].high, 1);
}

model_number model_number_of(model_value v) {
  model_number n = { .rank = MODEL_NO_NUMBER };
  const int type = integer_type(v);
  if (type >= 0) {
    n.rank = read_integer(v, type, &n.exact) ? MODEL_INTEGER : MODEL_NO_NUMBER;
  } else if (model_datatype_is(v, KG_XSD_DECIMAL)) {
    n.rank = kg_decimal_parse(v->text, &n.exact) ? MODEL_DECIMAL : MODEL_NO_NUMBER;
  } else if (model_datatype_is(v, KG_XSD_FLOAT)) {
    n.rank = kg_double_parse(v->text, true, &n.real) ? MODEL_FLOAT : MODEL_NO_NUMBER;
  } else if (model_datatype_is(v, KG_XSD_DOUBLE)) {
    n.rank = kg_double_parse(v->text, false, &n.real) ? MODEL_DOUBLE : MODEL_NO_NUMBER;
  }
  return n;
}

int model_boolean_of(model_value v) {
  if (!model_datatype_is(v, KG_XSD_BOOLEAN)) {
    return -1;
  }
  if (kg_str_equal(v->text, KG_STR("true")) || kg_str_equal(v->text, KG_STR("1"))) {
    return 1;
  }
  return kg_str_equal(v->text, KG_STR("false")) || kg_str_equal(v->text, KG_STR("0")) ? 0 : -1;
}

bool model_datetime_of(model_value v, kg_date *out) {
  return model_datatype_is(v, KG_XSD_DATETIME) && kg_date_parse(v->text, KG_DATE_DATETIME, out);
}

bool model_same(model_value a, model_value b) {
  return a == b || (a && b && kg_term_equal(a, b));
}

/* ---- truth -------------------------------------------------------------------------------------- */

model_truth model_ebv(model_value v) {
  const model_number n = model_number_of(v);
  if (!v || v->kind != KG_TERM_LITERAL) {
    return MODEL_ERROR;
  }
  if (model_datatype_is(v, KG_XSD_BOOLEAN)) {
    return (model_truth)model_boolean_of(v);
  }
  if (model_is_string(v)) {
    return v->text.len > 0 ? MODEL_TRUE : MODEL_FALSE;
  }
  switch (n.rank) {
  case MODEL_INTEGER:
  case MODEL_DECIMAL: return n.exact.mantissa != 0 ? MODEL_TRUE : MODEL_FALSE;
  case MODEL_FLOAT:
  case MODEL_DOUBLE: return n.real != 0 && !isnan(n.real) ? MODEL_TRUE : MODEL_FALSE;
  case MODEL_NO_NUMBER: break;
  }
  return MODEL_ERROR;
}

/* ---- comparing numbers and moments -------------------------------------------------------------- */

static double as_real(const model_number *n, model_rank rank) {
  const double d = n->rank >= MODEL_FLOAT ? n->real : kg_decimal_to_double(n->exact);
  return rank == MODEL_FLOAT ? (double)(float)d : d;
}

/* -1, 0, 1; MODEL_UNORDERED with NaN. */
static int compare_numbers(const model_number *a, const model_number *b) {
  const model_rank rank = a->rank > b->rank ? a->rank : b->rank;
  if (rank <= MODEL_DECIMAL) {
    return kg_decimal_compare(a->exact, b->exact);
  }
  const double x = as_real(a, rank), y = as_real(b, rank);
  if (isnan(x) || isnan(y)) {
    return MODEL_UNORDERED;
  }
  return (x > y) - (x < y);
}

/* Order of two literals for which 17.3 has an operator: true, and -1, 0, 1 or MODEL_UNORDERED. */
static bool compare_literals(model_value a, model_value b, int *out) {
  const model_number x = model_number_of(a), y = model_number_of(b);
  kg_date d, e;
  if (x.rank != MODEL_NO_NUMBER && y.rank != MODEL_NO_NUMBER) {
    *out = compare_numbers(&x, &y);
    return true;
  }
  if (model_is_string(a) && model_is_string(b)) {
    const int c = kg_str_compare(a->text, b->text); /* UTF-8 keeps the order of code points */
    *out = (c > 0) - (c < 0);
    return true;
  }
  if (model_boolean_of(a) >= 0 && model_boolean_of(b) >= 0) {
    *out = model_boolean_of(a) - model_boolean_of(b);
    return true;
  }
  if (model_datetime_of(a, &d) && model_datetime_of(b, &e)) {
    *out = kg_date_compare(&d, &e);
    return *out != MODEL_UNORDERED;
  }
  return false;
}

/* ---- equality ----------------------------------------------------------------------------------- */

/* Value spaces of the datatypes that are handled; 0: not handled; -1: handled, and the literal is ill-typed.
 */
static int value_space(model_value v) {
  kg_date d;
  if (model_is_string(v)) {
    return 1;
  }
  if (v->lang.len) {
    return 2;
  }
  if (model_datatype_is(v, KG_XSD_BOOLEAN)) {
    return model_boolean_of(v) < 0 ? -1 : 3;
  }
  if (model_datatype_is(v, KG_XSD_DATETIME)) {
    return model_datetime_of(v, &d) ? 4 : -1;
  }
  const bool numeric = integer_type(v) >= 0 || model_datatype_is(v, KG_XSD_DECIMAL) ||
                       model_datatype_is(v, KG_XSD_FLOAT) || model_datatype_is(v, KG_XSD_DOUBLE);
  if (!numeric) {
    return 0;
  }
  return model_number_of(v).rank == MODEL_NO_NUMBER ? -1 : 5;
}

/* 17.4.2.2 sameValue for two literals that are not the same term and have no operator of their own. */
static model_truth same_value_of_literals(model_value a, model_value b) {
  const int s = value_space(a), t = value_space(b);
  if (s == 2 || t == 2) { /* a language string differs from all that is no language string: W3C open-eq-10 */
    return MODEL_FALSE;
  }
  if (s < 0 || t < 0 || s == 0 || t == 0) {
    return MODEL_ERROR;
  }
  return s == t ? MODEL_ERROR : MODEL_FALSE;
}

static model_truth truth_and(model_truth a, model_truth b) {
  if (a == MODEL_FALSE || b == MODEL_FALSE) {
    return MODEL_FALSE;
  }
  return a == MODEL_ERROR || b == MODEL_ERROR ? MODEL_ERROR : MODEL_TRUE;
}

model_truth model_equal(model_value a, model_value b) {
  int c = 0;
  if (!a || !b) {
    return MODEL_ERROR;
  }
  if (a->kind == KG_TERM_LITERAL && b->kind == KG_TERM_LITERAL) {
    if (compare_literals(a, b, &c)) {
      return c == 0 ? MODEL_TRUE : MODEL_FALSE;
    }
    return kg_term_equal(a, b) ? MODEL_TRUE : same_value_of_literals(a, b);
  }
  if (a->kind != KG_TERM_TRIPLE || b->kind != KG_TERM_TRIPLE) {
    return kg_term_equal(a, b) ? MODEL_TRUE : MODEL_FALSE;
  }
  model_truth all = MODEL_TRUE;
  for (int i = 0; i < 3; i++) {
    all = truth_and(all, model_equal(&a->triple[i], &b->triple[i]));
  }
  return all;
}

model_truth model_not_equal(model_value a, model_value b) {
  const model_truth equal = model_equal(a, b);
  return equal == MODEL_ERROR ? MODEL_ERROR : (model_truth)!equal;
}

/* ---- order -------------------------------------------------------------------------------------- */

static bool both_literals(model_value a, model_value b) {
  return a && b && a->kind == KG_TERM_LITERAL && b->kind == KG_TERM_LITERAL;
}

model_truth model_less(model_value a, model_value b) {
  int c = 0;
  if (!both_literals(a, b) || !compare_literals(a, b, &c)) {
    return MODEL_ERROR;
  }
  return c == -1 ? MODEL_TRUE : MODEL_FALSE;
}

model_truth model_less_equal(model_value a, model_value b) {
  int c = 0;
  if (!both_literals(a, b) || !compare_literals(a, b, &c)) {
    return MODEL_ERROR;
  }
  return c == -1 || c == 0 ? MODEL_TRUE : MODEL_FALSE;
}

/* 15.1: no value, blank nodes, IRIs, literals, triple terms. */
static int order_rank(model_value v) {
  static const int ranks[] = {
    [KG_TERM_NONE] = 0, [KG_TERM_BNODE] = 1, [KG_TERM_IRI] = 2, [KG_TERM_LITERAL] = 3, [KG_TERM_TRIPLE] = 4
  };
  return v ? ranks[v->kind] : 0;
}

int model_order(model_value a, model_value b) {
  const int x = order_rank(a), y = order_rank(b);
  int c = 0;
  if (x != y) {
    return x < y ? -1 : 1;
  }
  if (model_same(a, b)) {
    return 0;
  }
  if (x == 2) {
    return kg_str_compare(a->text, b->text) < 0 ? -1 : 1;
  }
  if (x == 3 && compare_literals(a, b, &c) && c != 0) {
    return c;
  }
  return MODEL_UNORDERED;
}

/* ---- arithmetic --------------------------------------------------------------------------------- */

static bool exact_result(char operation, const model_number *a, const model_number *b, model_number *out) {
  out->rank = a->rank > b->rank ? a->rank : b->rank;
  switch (operation) {
  case '+': return kg_decimal_add(a->exact, b->exact, &out->exact);
  case '-': return kg_decimal_subtract(a->exact, b->exact, &out->exact);
  case '*': return kg_decimal_multiply(a->exact, b->exact, &out->exact);
  default: break;
  }
  out->rank = MODEL_DECIMAL; /* 17.3: xsd:decimal if both are xsd:integer */
  return b->exact.mantissa != 0 && kg_decimal_divide(a->exact, b->exact, QUOTIENT_DIGITS, &out->exact);
}

static double real_result(char operation, double a, double b) {
  switch (operation) {
  case '+': return a + b;
  case '-': return a - b;
  case '*': return a * b;
  default: return a / b;
  }
}

model_value model_arithmetic(kg_arena *arena, char operation, model_value a, model_value b) {
  const model_number x = model_number_of(a), y = model_number_of(b);
  model_number out = { .rank = x.rank > y.rank ? x.rank : y.rank };
  if (x.rank == MODEL_NO_NUMBER || y.rank == MODEL_NO_NUMBER) {
    return NULL;
  }
  if (out.rank <= MODEL_DECIMAL) {
    return exact_result(operation, &x, &y, &out) ? model_number_term(arena, &out) : NULL;
  }
  out.real = real_result(operation, as_real(&x, out.rank), as_real(&y, out.rank));
  if (out.rank == MODEL_FLOAT) {
    out.real = (double)(float)out.real;
  }
  return model_number_term(arena, &out);
}
