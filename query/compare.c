/* query/compare.c: equality, order relations and the total order of values. The contract: compare.h.
 *
 * Two literals of known types whose value spaces do not meet are different (the W3C tests open-world#date-2);
 * where a text says nothing about a value (unknown datatype, ill-typed), only the same term is equal and all
 * else an error.
 */
#include "query/compare.h"

#include <assert.h>
#include <math.h>

#include "query/expr.h"

/* ---- numbers ------------------------------------------------------------------------------------ */

/* -1, 0, 1; 2 when one is NaN. XPath functions B.1: exact with exact, else as float or double. */
static int compare_numbers(const kg_value *a, const kg_value *b) {
  if (kg_value_is_exact(a->kind) && kg_value_is_exact(b->kind)) {
    return kg_decimal_compare(a->as.decimal, b->as.decimal);
  }
  double x = kg_value_double(a), y = kg_value_double(b);
  if (a->kind != KG_VALUE_DOUBLE && b->kind != KG_VALUE_DOUBLE) {
    x = (double)(float)x;
    y = (double)(float)y;
  }
  return isnan(x) || isnan(y) ? 2 : (x > y) - (x < y);
}

static bool holds(int order, kg_relation relation) {
  switch (relation) {
  case KG_LESS: return order < 0;
  case KG_LESS_EQUAL: return order <= 0;
  case KG_GREATER: return order > 0;
  case KG_GREATER_EQUAL: return order >= 0;
  }
  return false;
}

bool kg_value_as_quantity(const kg_value *v, kg_quantity *out) {
  if (v->kind == KG_VALUE_QUANTITY) {
    *out = v->as.quantity;
    return true;
  }
  kg_quantity q = { .bound = KG_BOUND_EXACT, .unit = KG_STR("") };
  if (kg_value_is_exact(v->kind)) {
    q.number = v->as.decimal;
  } else if (!kg_value_is_number(v->kind) || !kg_decimal_from_double(v->as.number, &q.number)) {
    return false;
  }
  *out = q;
  return true;
}

static bool is_amount(kg_value_kind kind) {
  return kind == KG_VALUE_QUANTITY || kg_value_is_number(kind);
}

/* ---- texts -------------------------------------------------------------------------------------- */

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool kg_lang_equal(kgq_str a, kgq_str b) {
  if (a.len != b.len) {
    return false;
  }
  for (size_t i = 0; i < a.len; i++) {
    if (lower(a.ptr[i]) != lower(b.ptr[i])) {
      return false;
    }
  }
  return true;
}

static kgq_status read_both(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, kgq_error **err) {
  KGQ_TRY(kg_value_read(terms, arena, a, err));
  return kg_value_read(terms, arena, b, err);
}

kgq_status kg_value_same_term(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, bool *out,
                              kgq_error **err) {
  assert(a->kind != KG_VALUE_NONE && b->kind != KG_VALUE_NONE);
  if (a->id != KG_ID_NONE && b->id != KG_ID_NONE) {
    *out = a->id == b->id; /* one id a term within a statement */
    return KGQ_OK;
  }
  KGQ_TRY(read_both(terms, arena, a, b, err));
  *out = kg_term_equal(a->term, b->term);
  return KGQ_OK;
}

static kgq_status equal_texts(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, int *out,
                              kgq_error **err) {
  KGQ_TRY(read_both(terms, arena, a, b, err));
  *out = kg_str_equal(a->term->text, b->term->text) && kg_lang_equal(a->term->lang, b->term->lang) &&
         a->term->direction == b->term->direction;
  return KGQ_OK;
}

/* ---- equality ----------------------------------------------------------------------------------- */

static kgq_status equal_deep(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, unsigned depth,
                             int *out, kgq_error **err);

/* 17.3: (A.subject = B.subject) && (A.predicate = B.predicate) && (A.object = B.object) */
static kgq_status equal_triples(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, unsigned depth,
                                int *out, kgq_error **err) {
  if (depth >= KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms are nested more than %d deep", KG_LIMIT_NESTING);
  }
  KGQ_TRY(read_both(terms, arena, a, b, err));
  *out = 1;
  for (size_t i = 0; i < 3 && *out != 0; i++) {
    kg_value x, y;
    int part = 0;
    kg_value_from_term(&a->term->triple[i], &x);
    kg_value_from_term(&b->term->triple[i], &y);
    KGQ_TRY(equal_deep(terms, arena, &x, &y, depth + 1, &part, err));
    *out = part == 0 ? 0 : part < 0 ? -1 : *out;
  }
  return KGQ_OK;
}

static int equal_durations(const kg_duration *a, const kg_duration *b) {
  return a->months == b->months && kg_decimal_compare(a->seconds, b->seconds) == 0;
}

static int equal_dates(const kg_date *a, const kg_date *b) {
  if (a->kind != b->kind) {
    return 0;
  }
  const int order = kg_date_compare(a, b);
  return order == 2 ? -1 : order == 0;
}

static int equal_amounts(const kg_value *a, const kg_value *b) {
  kg_quantity x, y;
  if (kg_value_is_number(a->kind) && kg_value_is_number(b->kind)) {
    return compare_numbers(a, b) == 0;
  }
  return kg_value_as_quantity(a, &x) && kg_value_as_quantity(b, &y) ? kg_quantity_equal(&x, &y) : -1;
}

static bool says_nothing(kg_value_kind kind) {
  return kind == KG_VALUE_OTHER || kind == KG_VALUE_ILL;
}

static kgq_status equal_literals(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, int *out,
                                 kgq_error **err) {
  bool same = false;
  if (is_amount(a->kind) && is_amount(b->kind)) {
    *out = equal_amounts(a, b);
  } else if (a->kind == KG_VALUE_STRING && b->kind == KG_VALUE_STRING) {
    KGQ_TRY(kg_value_same_term(terms, arena, a, b, &same, err));
    *out = same;
  } else if (a->kind == KG_VALUE_LANG && b->kind == KG_VALUE_LANG) {
    return equal_texts(terms, arena, a, b, out, err);
  } else if (a->kind == KG_VALUE_LANG || b->kind == KG_VALUE_LANG) {
    *out = 0;
  } else if (says_nothing(a->kind) || says_nothing(b->kind)) {
    KGQ_TRY(kg_value_same_term(terms, arena, a, b, &same, err));
    *out = same ? 1 : -1;
  } else if (a->kind != b->kind) {
    *out = 0;
  } else if (a->kind == KG_VALUE_BOOLEAN) {
    *out = a->as.boolean == b->as.boolean;
  } else if (a->kind == KG_VALUE_DATE) {
    *out = equal_dates(&a->as.date, &b->as.date);
  } else {
    *out = equal_durations(&a->as.duration, &b->as.duration);
  }
  return KGQ_OK;
}

static kgq_status equal_deep(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, unsigned depth,
                             int *out, kgq_error **err) {
  if (a->kind == KG_VALUE_NONE || b->kind == KG_VALUE_NONE) {
    *out = -1;
    return KGQ_OK;
  }
  if (a->id != KG_ID_NONE && a->id == b->id && a->kind != KG_VALUE_FLOAT && a->kind != KG_VALUE_DOUBLE &&
      a->kind != KG_VALUE_TRIPLE) {
    *out = 1; /* the same term; only NaN is not equal to itself, also as a part */
    return KGQ_OK;
  }
  if (kg_value_is_literal(a->kind) && kg_value_is_literal(b->kind)) {
    return equal_literals(terms, arena, a, b, out, err);
  }
  if (a->kind != b->kind) {
    *out = 0;
    return KGQ_OK;
  }
  if (a->kind == KG_VALUE_TRIPLE) {
    return equal_triples(terms, arena, a, b, depth, out, err);
  }
  bool same = false;
  KGQ_TRY(kg_value_same_term(terms, arena, a, b, &same, err));
  *out = same;
  return KGQ_OK;
}

kgq_status kg_value_equal(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, int *out,
                          kgq_error **err) {
  return equal_deep(terms, arena, a, b, 0, out, err);
}

/* ---- order relations ---------------------------------------------------------------------------- */

static int test_durations(const kg_duration *a, kg_relation relation, const kg_duration *b) {
  if (a->months == 0 && b->months == 0) {
    return holds(kg_decimal_compare(a->seconds, b->seconds), relation);
  }
  if (a->seconds.mantissa == 0 && b->seconds.mantissa == 0) {
    return holds((a->months > b->months) - (a->months < b->months), relation);
  }
  return -1; /* a month has no fixed number of seconds */
}

static int test_amounts(const kg_value *a, kg_relation relation, const kg_value *b) {
  kg_quantity x, y;
  if (kg_value_is_number(a->kind) && kg_value_is_number(b->kind)) {
    const int order = compare_numbers(a, b);
    return order != 2 && holds(order, relation);
  }
  return kg_value_as_quantity(a, &x) && kg_value_as_quantity(b, &y) ? kg_quantity_test(&x, relation, &y) : -1;
}

static int test_dates(const kg_date *a, kg_relation relation, const kg_date *b) {
  const int order = a->kind == b->kind ? kg_date_compare(a, b) : 2;
  return order == 2 ? -1 : holds(order, relation);
}

kgq_status kg_value_test(kg_terms *terms, kg_arena *arena, kg_value *a, kg_relation relation, kg_value *b,
                         int *out, kgq_error **err) {
  *out = -1;
  if (is_amount(a->kind) && is_amount(b->kind)) {
    *out = test_amounts(a, relation, b);
  } else if (a->kind != b->kind) {
    return KGQ_OK;
  } else if (a->kind == KG_VALUE_STRING) {
    KGQ_TRY(read_both(terms, arena, a, b, err));
    *out = holds(kg_str_compare(a->term->text, b->term->text), relation);
  } else if (a->kind == KG_VALUE_BOOLEAN) {
    *out = holds((int)a->as.boolean - (int)b->as.boolean, relation);
  } else if (a->kind == KG_VALUE_DATE) {
    *out = test_dates(&a->as.date, relation, &b->as.date);
  } else if (a->kind == KG_VALUE_DURATION) {
    *out = test_durations(&a->as.duration, relation, &b->as.duration);
  }
  return KGQ_OK;
}

/* ---- total order -------------------------------------------------------------------------------- */

/* 15.1 and SPARQL 1.2: no value, blank nodes, IRIs, literals, triple terms. Literals by families of values.
 */
int kg_order_family(kg_value_kind kind) {
  switch (kind) {
  case KG_VALUE_NONE: return 0;
  case KG_VALUE_BNODE: return 1;
  case KG_VALUE_IRI: return 2;
  case KG_VALUE_INTEGER:
  case KG_VALUE_DECIMAL:
  case KG_VALUE_FLOAT:
  case KG_VALUE_DOUBLE: return 3;
  case KG_VALUE_QUANTITY: return 4;
  case KG_VALUE_DATE: return 5;
  case KG_VALUE_DURATION: return 6;
  case KG_VALUE_BOOLEAN: return 7;
  case KG_VALUE_STRING:
  case KG_VALUE_LANG: return 8;
  case KG_VALUE_OTHER:
  case KG_VALUE_ILL: return 9;
  case KG_VALUE_TRIPLE: return 10;
  }
  return 10;
}

static int compare_ints(int64_t a, int64_t b) {
  return (a > b) - (a < b);
}

/* By value as doubles first, then exact numbers before others, then exactly: transitive although a double
 * between two long decimals equals both. NaN comes first. */
static int order_numbers(const kg_value *a, const kg_value *b) {
  const bool exact_a = kg_value_is_exact(a->kind), exact_b = kg_value_is_exact(b->kind);
  if (exact_a && exact_b) {
    return kg_decimal_compare(a->as.decimal, b->as.decimal);
  }
  const double x = kg_value_double(a), y = kg_value_double(b);
  if (isnan(x) || isnan(y)) {
    return (int)isnan(y) - (int)isnan(x);
  }
  return x != y ? (x > y) - (x < y) : (int)exact_b - (int)exact_a;
}

/* On one time line, a date being its beginning; times of day apart from it. */
static int order_dates(const kg_date *a, const kg_date *b) {
  if ((a->kind == KG_DATE_TIME) != (b->kind == KG_DATE_TIME)) {
    return a->kind == KG_DATE_TIME ? 1 : -1;
  }
  const int order = kg_decimal_compare(kg_date_seconds(a), kg_date_seconds(b));
  return order != 0 ? order : compare_ints((int64_t)a->kind, (int64_t)b->kind);
}

/* Months of 30.436875 days on average, so that durations of both kinds have one order. */
static int order_durations(const kg_duration *a, const kg_duration *b) {
  kg_decimal x, y;
  const kg_decimal month = kg_decimal_from_int(2629746);
  if (!kg_decimal_multiply(kg_decimal_from_int(a->months), month, &x) || !kg_decimal_add(x, a->seconds, &x) ||
      !kg_decimal_multiply(kg_decimal_from_int(b->months), month, &y) || !kg_decimal_add(y, b->seconds, &y)) {
    return compare_ints(a->months, b->months);
  }
  return kg_decimal_compare(x, y);
}

static kgq_status order_deep(kg_terms *terms, kg_value *a, kg_value *b, unsigned depth, int *out,
                             kgq_error **err);

static kgq_status order_triples(kg_terms *terms, kg_value *a, kg_value *b, unsigned depth, int *out,
                                kgq_error **err) {
  if (depth >= KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms are nested more than %d deep", KG_LIMIT_NESTING);
  }
  *out = 0;
  for (size_t i = 0; i < 3 && *out == 0; i++) {
    kg_value x, y;
    kg_value_from_term(&a->term->triple[i], &x);
    kg_value_from_term(&b->term->triple[i], &y);
    KGQ_TRY(order_deep(terms, &x, &y, depth + 1, out, err));
  }
  return KGQ_OK;
}

/* Any order will do for what is left, as long as only the same term is equal. */
static int order_terms(const kg_term *a, const kg_term *b) {
  int order = kg_str_compare(a->datatype, b->datatype);
  order = order ? order : kg_str_compare(a->text, b->text);
  order = order ? order : kg_str_compare(a->lang, b->lang);
  return order ? order : compare_ints((int64_t)a->direction, (int64_t)b->direction);
}

static int order_texts(const kg_term *a, const kg_term *b) {
  const int order = kg_str_compare(a->text, b->text);
  return order ? order : order_terms(a, b);
}

static int order_values(const kg_value *a, const kg_value *b) {
  switch (kg_order_family(a->kind)) {
  case 3: return order_numbers(a, b);
  case 4: return kg_quantity_order(&a->as.quantity, &b->as.quantity);
  case 5: return order_dates(&a->as.date, &b->as.date);
  case 6: return order_durations(&a->as.duration, &b->as.duration);
  case 7: return (int)a->as.boolean - (int)b->as.boolean;
  default: return 0;
  }
}

static kgq_status order_deep(kg_terms *terms, kg_value *a, kg_value *b, unsigned depth, int *out,
                             kgq_error **err) {
  const int rank = kg_order_family(a->kind);
  *out = compare_ints(rank, kg_order_family(b->kind));
  if (*out != 0 || rank == 0 || (a->id != KG_ID_NONE && a->id == b->id)) {
    return KGQ_OK;
  }
  *out = order_values(a, b);
  if (*out != 0) {
    return KGQ_OK;
  }
  if (!a->term) {
    KGQ_TRY(kg_terms_get(terms, a->id, &a->term, err));
  }
  if (!b->term) {
    KGQ_TRY(kg_terms_get(terms, b->id, &b->term, err));
  }
  if (a->kind == KG_VALUE_TRIPLE) {
    return order_triples(terms, a, b, depth, out, err);
  }
  *out = kg_value_is_text(a->kind) ? order_texts(a->term, b->term) : order_terms(a->term, b->term);
  return KGQ_OK;
}

bool kg_ids_in_order(kg_id a, kg_id b) {
  const kg_tag tag = kg_id_tag(a);
  if (tag != kg_id_tag(b)) {
    return false;
  }
  if (tag == KG_TAG_INTEGER) {
    return true; /* the payload is the value above an offset */
  }
  return (tag == KG_TAG_IRI || tag == KG_TAG_BNODE || tag == KG_TAG_STRING) && kg_id_is_base(a) &&
         kg_id_is_base(b);
}

kgq_status kg_expr_order(kg_terms *terms, kg_id a, kg_id b, int *out, kgq_error **err) {
  kg_value x, y;
  if (a == b) {
    *out = 0;
    return KGQ_OK;
  }
  if (kg_ids_in_order(a, b)) {
    *out = a < b ? -1 : 1;
    return KGQ_OK;
  }
  KGQ_TRY(kg_value_load(terms, a, &x, err));
  KGQ_TRY(kg_value_load(terms, b, &y, err));
  return order_deep(terms, &x, &y, 0, out, err);
}
