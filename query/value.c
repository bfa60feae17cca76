/* query/value.c: typed values of terms: from ids and terms, and back. What a value is: value.h.
 *
 * Inline ids give their value from the bits. Other literals are parsed by the lexical space of their
 * datatype, XSD 1.1 part 2, without the white space that XML processors would remove: RDF has none (RDF 1.2
 * Concepts, 3.4).
 */
#include "query/value.h"

#include <assert.h>
#include <math.h>

#include "graph/vocab.h"

/* ---- datatypes ---------------------------------------------------------------------------------- */

static const struct {
  kgq_str iri;
  kg_value_kind kind;
} datatypes[KG_TYPE_OTHER] = {
#define KG_TYPE_ROW(name, text, value_kind)                                                                  \
  [KG_TYPE_##name] = { { KG_NS_XSD text, sizeof(KG_NS_XSD text) - 1 }, value_kind },
  KG_DATATYPES(KG_TYPE_ROW)
#undef KG_TYPE_ROW
      [KG_TYPE_QUANTITY] = { { KG_KGQ_QUANTITY, sizeof(KG_KGQ_QUANTITY) - 1 }, KG_VALUE_QUANTITY }
};

kg_datatype kg_datatype_of(kgq_str iri) {
  for (int i = 0; i < KG_TYPE_OTHER; i++) {
    /* local names differ in length or near the end: compare the lengths first */
    if (iri.len == datatypes[i].iri.len && kg_str_equal(iri, datatypes[i].iri)) {
      return (kg_datatype)i;
    }
  }
  return KG_TYPE_OTHER;
}

kgq_str kg_datatype_iri(kg_datatype type) {
  return type < KG_TYPE_OTHER ? datatypes[type].iri : KG_STR("");
}

/* Bounds of the types derived from xsd:integer; INT64_MIN and INT64_MAX stand for none. */
static bool in_range(kg_int128 v, kg_datatype type) {
  switch ((int)type) {
  case KG_TYPE_INT: return v >= INT32_MIN && v <= INT32_MAX;
  case KG_TYPE_LONG: return v >= INT64_MIN && v <= INT64_MAX;
  case KG_TYPE_SHORT: return v >= INT16_MIN && v <= INT16_MAX;
  case KG_TYPE_BYTE: return v >= INT8_MIN && v <= INT8_MAX;
  case KG_TYPE_NON_NEGATIVE: return v >= 0;
  case KG_TYPE_POSITIVE: return v > 0;
  case KG_TYPE_NON_POSITIVE: return v <= 0;
  case KG_TYPE_NEGATIVE: return v < 0;
  case KG_TYPE_UNSIGNED_LONG: return v >= 0 && v <= UINT64_MAX;
  case KG_TYPE_UNSIGNED_INT: return v >= 0 && v <= UINT32_MAX;
  case KG_TYPE_UNSIGNED_SHORT: return v >= 0 && v <= UINT16_MAX;
  case KG_TYPE_UNSIGNED_BYTE: return v >= 0 && v <= UINT8_MAX;
  default: return true;
  }
}

static bool parse_boolean(kgq_str text, kg_value *out) {
  const bool yes = kg_str_equal(text, KG_STR("true")) || kg_str_equal(text, KG_STR("1"));
  out->as.boolean = yes;
  return yes || kg_str_equal(text, KG_STR("false")) || kg_str_equal(text, KG_STR("0"));
}

static bool parse_integer(kgq_str text, kg_datatype type, kg_value *out) {
  const bool point = text.len > 0 && memchr(text.ptr, '.', text.len) != NULL;
  return !point && kg_decimal_parse(text, &out->as.decimal) && in_range(out->as.decimal.mantissa, type);
}

static bool parse_date(kgq_str text, kg_datatype type, kg_value *out) {
  switch ((int)type) {
  case KG_TYPE_DATE: return kg_date_parse(text, KG_DATE_DAY, &out->as.date);
  case KG_TYPE_TIME: return kg_date_parse(text, KG_DATE_TIME, &out->as.date);
  case KG_TYPE_GYEAR: return kg_date_parse(text, KG_DATE_YEAR, &out->as.date);
  case KG_TYPE_GYEARMONTH: return kg_date_parse(text, KG_DATE_YEAR_MONTH, &out->as.date);
  case KG_TYPE_DATETIMESTAMP:
    return kg_date_parse(text, KG_DATE_DATETIME, &out->as.date) && out->as.date.zone_minutes != KG_NO_ZONE;
  default: return kg_date_parse(text, KG_DATE_DATETIME, &out->as.date);
  }
}

/* The two derived types differ from xsd:duration by the letters they allow. */
static bool parse_duration(kgq_str text, kg_datatype type, kg_value *out) {
  const char *time = text.len > 0 ? (const char *)memchr(text.ptr, 'T', text.len) : NULL;
  const size_t head = time ? (size_t)(time - text.ptr) : text.len;
  const bool has_year_month =
      head > 0 && (memchr(text.ptr, 'Y', head) != NULL || memchr(text.ptr, 'M', head) != NULL);
  const bool has_day = head > 0 && memchr(text.ptr, 'D', head) != NULL;
  if ((type == KG_TYPE_DAY_TIME_DURATION && has_year_month) ||
      (type == KG_TYPE_YEAR_MONTH_DURATION && (has_day || time))) {
    return false;
  }
  return kg_duration_parse(text, &out->as.duration);
}

bool kg_value_parse(kgq_str text, kg_datatype type, kg_value *out) {
  assert(type < KG_TYPE_QUANTITY);
  out->kind = datatypes[type].kind;
  switch ((int)out->kind) {
  case KG_VALUE_BOOLEAN: return parse_boolean(text, out);
  case KG_VALUE_INTEGER: return parse_integer(text, type, out);
  case KG_VALUE_DECIMAL: return kg_decimal_parse(text, &out->as.decimal);
  case KG_VALUE_FLOAT: return kg_double_parse(text, true, &out->as.number);
  case KG_VALUE_DOUBLE: return kg_double_parse(text, false, &out->as.number);
  case KG_VALUE_DATE: return parse_date(text, type, out);
  case KG_VALUE_DURATION: return parse_duration(text, type, out);
  default: return true; /* xsd:string */
  }
}

/* ---- from terms and ids ------------------------------------------------------------------------- */

static void value_of_literal(const kg_term *term, kg_value *out) {
  if (term->lang.len > 0) {
    out->kind = KG_VALUE_LANG;
    return;
  }
  if (term->datatype.len == 0) {
    out->kind = KG_VALUE_STRING;
    return;
  }
  const kg_datatype type = kg_datatype_of(term->datatype);
  if (type == KG_TYPE_OTHER) {
    out->kind = KG_VALUE_OTHER;
  } else if (type == KG_TYPE_QUANTITY) {
    out->kind = kg_quantity_parse(term->text, &out->as.quantity) ? KG_VALUE_QUANTITY : KG_VALUE_ILL;
  } else if (!kg_value_parse(term->text, type, out)) {
    out->kind = KG_VALUE_ILL;
  }
}

void kg_value_from_term(const kg_term *term, kg_value *out) {
  out->id = KG_ID_NONE;
  out->term = term;
  switch (term->kind) {
  case KG_TERM_NONE: out->kind = KG_VALUE_NONE; return;
  case KG_TERM_IRI: out->kind = KG_VALUE_IRI; return;
  case KG_TERM_BNODE: out->kind = KG_VALUE_BNODE; return;
  case KG_TERM_TRIPLE: out->kind = KG_VALUE_TRIPLE; return;
  case KG_TERM_LITERAL: value_of_literal(term, out); return;
  }
}

static void value_of_inline(kg_id id, kg_value *out) {
  switch ((int)kg_id_tag(id)) {
  case KG_TAG_INTEGER:
    out->kind = KG_VALUE_INTEGER;
    out->as.decimal = kg_decimal_from_int(kg_id_integer(id));
    return;
  case KG_TAG_DECIMAL:
    out->kind = KG_VALUE_DECIMAL;
    out->as.decimal = kg_id_decimal(id);
    return;
  case KG_TAG_BOOLEAN:
    out->kind = KG_VALUE_BOOLEAN;
    out->as.boolean = kg_id_boolean(id);
    return;
  default:
    out->kind = KG_VALUE_DATE;
    kg_id_date(id, &out->as.date);
    return;
  }
}

kgq_status kg_value_load(kg_terms *terms, kg_id id, kg_value *out, kgq_error **err) {
  out->id = id;
  out->term = NULL;
  switch ((int)kg_id_tag(id)) {
  case KG_TAG_NONE: out->kind = KG_VALUE_NONE; return KGQ_OK; /* the default graph has no term either */
  case KG_TAG_IRI: out->kind = KG_VALUE_IRI; return KGQ_OK;
  case KG_TAG_BNODE: out->kind = KG_VALUE_BNODE; return KGQ_OK;
  case KG_TAG_STRING: out->kind = KG_VALUE_STRING; return KGQ_OK;
  case KG_TAG_LANG: out->kind = KG_VALUE_LANG; return KGQ_OK;
  case KG_TAG_TRIPLE: out->kind = KG_VALUE_TRIPLE; return KGQ_OK;
  case KG_TAG_TYPED:
  case KG_TAG_LOCAL: {
    const kg_term *term = NULL;
    KGQ_TRY(kg_terms_get(terms, id, &term, err));
    kg_value_from_term(term, out);
    out->id = id;
    return KGQ_OK;
  }
  default:
    if (!kg_id_is_inline(id) || kg_id_tag(id) > KG_TAG_YEAR_MONTH) {
      return kg_fail(err, KGQ_CORRUPT, "a term id has the unknown tag %d", (int)kg_id_tag(id));
    }
    value_of_inline(id, out);
    return KGQ_OK;
  }
}

/* ---- back to terms and ids ---------------------------------------------------------------------- */

size_t kg_value_number_text(const kg_value *v, char out[KG_NUMBER_TEXT_MAX]) {
  assert(kg_value_is_number(v->kind));
  if (kg_value_is_exact(v->kind)) {
    return kg_decimal_print(v->as.decimal, out);
  }
  const double size = fabs(v->as.number);
  kg_decimal d;
  if (size == 0) {
    out[0] = '-';
    out[signbit(v->as.number) ? 1 : 0] = '0';
    return signbit(v->as.number) ? 2 : 1;
  }
  if (size >= 0.000001 && size < 1000000) {
    char text[KG_DOUBLE_TEXT_MAX];
    const size_t n = kg_double_print(v->as.number, v->kind == KG_VALUE_FLOAT, text);
    double shortest = 0; /* a float's own digits, not those of the double that holds it */
    if (kg_double_parse(kg_str_n(text, n), false, &shortest) && kg_decimal_from_double(shortest, &d)) {
      return kg_decimal_print(d, out);
    }
  }
  return kg_double_print(v->as.number, v->kind == KG_VALUE_FLOAT, out);
}

/* Lexical forms of computed literals are canonical as XSD 1.0 has them: integral decimals keep a ".0", so
 * that the form says what the datatype is. */
static size_t literal_text(const kg_value *v, char out[KG_NUMBER_TEXT_MAX]) {
  size_t n = 0;
  switch ((int)v->kind) {
  case KG_VALUE_BOOLEAN:
    n = v->as.boolean ? 4 : 5;
    memcpy(out, v->as.boolean ? "true" : "false", n);
    return n;
  case KG_VALUE_DECIMAL:
    n = kg_decimal_print(v->as.decimal, out);
    if (!memchr(out, '.', n)) {
      out[n++] = '.';
      out[n++] = '0';
    }
    return n;
  case KG_VALUE_FLOAT:
  case KG_VALUE_DOUBLE: return kg_double_print(v->as.number, v->kind == KG_VALUE_FLOAT, out);
  case KG_VALUE_DATE: return kg_date_print(&v->as.date, out);
  case KG_VALUE_DURATION: return kg_duration_print(&v->as.duration, out);
  default: return kg_decimal_print(v->as.decimal, out);
  }
}

static kg_datatype computed_type(const kg_value *v) {
  static const kg_datatype dates[] = { [KG_DATE_YEAR] = KG_TYPE_GYEAR,
                                       [KG_DATE_YEAR_MONTH] = KG_TYPE_GYEARMONTH,
                                       [KG_DATE_DAY] = KG_TYPE_DATE,
                                       [KG_DATE_TIME] = KG_TYPE_TIME,
                                       [KG_DATE_DATETIME] = KG_TYPE_DATETIME };
  switch ((int)v->kind) {
  case KG_VALUE_BOOLEAN: return KG_TYPE_BOOLEAN;
  case KG_VALUE_DECIMAL: return KG_TYPE_DECIMAL;
  case KG_VALUE_FLOAT: return KG_TYPE_FLOAT;
  case KG_VALUE_DOUBLE: return KG_TYPE_DOUBLE;
  case KG_VALUE_DATE: return dates[v->as.date.kind];
  case KG_VALUE_DURATION: return KG_TYPE_DAY_TIME_DURATION; /* the only ones that are computed: TIMEZONE */
  case KG_VALUE_QUANTITY: return KG_TYPE_QUANTITY;
  default: return KG_TYPE_INTEGER;
  }
}

static kgq_status quantity_text(const kg_value *v, kg_arena *arena, kgq_str *out, kgq_error **err) {
  kg_buf buf;
  kg_buf_init(&buf, arena->allocator);
  kgq_status st = kg_quantity_print(&v->as.quantity, &buf, err);
  if (st == KGQ_OK) {
    st = kg_arena_copy(arena, kg_buf_str(&buf), out, err);
  }
  kg_buf_free(&buf);
  return st;
}

/* The canonical term of a computed value. */
static kgq_status write_term(kg_value *v, kg_arena *arena, kgq_error **err) {
  kg_term *term = (kg_term *)kg_arena_zero(arena, sizeof(kg_term));
  if (!term) {
    return kg_fail_memory(err);
  }
  term->kind = KG_TERM_LITERAL;
  term->datatype = kg_datatype_iri(computed_type(v));
  if (v->kind == KG_VALUE_QUANTITY) {
    KGQ_TRY(quantity_text(v, arena, &term->text, err));
  } else {
    char text[KG_NUMBER_TEXT_MAX];
    KGQ_TRY(kg_arena_copy(arena, kg_str_n(text, literal_text(v, text)), &term->text, err));
  }
  v->term = term;
  return KGQ_OK;
}

/* Numbers would only crowd the cache of terms. */
static kgq_status print_inline(kg_value *v, kg_arena *arena, kgq_error **err) {
  kg_term *term = (kg_term *)kg_arena_zero(arena, sizeof(kg_term));
  char *text = (char *)kg_arena_alloc(arena, KG_INLINE_TEXT_MAX);
  if (!term || !text) {
    return kg_fail_memory(err);
  }
  kg_id_inline_term(v->id, text, term);
  v->term = term;
  return KGQ_OK;
}

kgq_status kg_value_read(kg_terms *terms, kg_arena *arena, kg_value *v, kgq_error **err) {
  assert(v->kind != KG_VALUE_NONE);
  if (v->term) {
    return KGQ_OK;
  }
  if (v->id == KG_ID_NONE) {
    return write_term(v, arena, err);
  }
  return kg_id_is_inline(v->id) ? print_inline(v, arena, err) : kg_terms_get(terms, v->id, &v->term, err);
}

kgq_status kg_value_id(kg_terms *terms, kg_arena *arena, kg_value *v, kg_id *out, kgq_error **err) {
  int64_t whole = 0;
  if (v->kind == KG_VALUE_NONE || v->id != KG_ID_NONE) {
    *out = v->kind == KG_VALUE_NONE ? KG_ID_NONE : v->id;
    return KGQ_OK;
  }
  if (!v->term && v->kind == KG_VALUE_BOOLEAN) {
    *out = kg_id_make(KG_TAG_BOOLEAN, v->as.boolean ? 1 : 0);
    return KGQ_OK;
  }
  if (!v->term && v->kind == KG_VALUE_INTEGER && kg_decimal_to_int(v->as.decimal, &whole) &&
      kg_id_from_int(whole, out)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_value_read(terms, arena, v, err));
  return kg_terms_intern(terms, v->term, out, err);
}

/* ---- computed values ---------------------------------------------------------------------------- */

void kg_value_set_boolean(kg_value *v, bool b) {
  kg_value_set_none(v);
  v->kind = KG_VALUE_BOOLEAN;
  v->as.boolean = b;
}

void kg_value_set_int(kg_value *v, int64_t i) {
  kg_value_set_decimal(v, kg_decimal_from_int(i), KG_VALUE_INTEGER);
}

void kg_value_set_decimal(kg_value *v, kg_decimal d, kg_value_kind kind) {
  assert(kg_value_is_exact(kind));
  kg_value_set_none(v);
  v->kind = kind;
  v->as.decimal = kind == KG_VALUE_INTEGER ? kg_decimal_normal(d) : d;
}

void kg_value_set_double(kg_value *v, double d, kg_value_kind kind) {
  assert(kind == KG_VALUE_FLOAT || kind == KG_VALUE_DOUBLE);
  kg_value_set_none(v);
  v->kind = kind;
  v->as.number = kind == KG_VALUE_FLOAT ? (double)(float)d : d;
}

kgq_status kg_value_set_term(kg_value *v, const kg_term *term, kg_arena *arena, kgq_error **err) {
  kg_term *copy = (kg_term *)kg_arena_zero(arena, sizeof(kg_term));
  if (!copy) {
    return kg_fail_memory(err);
  }
  *copy = *term;
  kg_value_from_term(copy, v);
  return KGQ_OK;
}

double kg_value_double(const kg_value *v) {
  assert(kg_value_is_number(v->kind));
  return kg_value_is_exact(v->kind) ? kg_decimal_to_double(v->as.decimal) : v->as.number;
}

kgq_status kg_value_truth(kg_terms *terms, kg_value *v, int *out, kgq_error **err) {
  switch ((int)v->kind) {
  case KG_VALUE_BOOLEAN: *out = v->as.boolean; return KGQ_OK;
  case KG_VALUE_INTEGER:
  case KG_VALUE_DECIMAL: *out = v->as.decimal.mantissa != 0; return KGQ_OK;
  case KG_VALUE_FLOAT:
  case KG_VALUE_DOUBLE: *out = v->as.number != 0 && !isnan(v->as.number); return KGQ_OK;
  case KG_VALUE_STRING:
    if (!v->term) {
      KGQ_TRY(kg_terms_get(terms, v->id, &v->term, err));
    }
    *out = v->term->text.len > 0;
    return KGQ_OK;
  default: *out = -1; return KGQ_OK; /* ill-typed ones too: SPARQL 1.2 test expression#not-not */
  }
}
