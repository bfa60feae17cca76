/* query/value.h: typed values of terms: what expressions, comparisons and aggregates compute with.
 *
 * A value comes from an id (inline ids without reading a term), from a term, or from a computation, and goes
 * back to an id. Reading the term of an id waits until a function asks for its text. Here are also the
 * datatypes that KGQ knows and the effective boolean value. Does not compare (compare.h) and knows no
 * functions.
 *
 * Ownership: a value is a view. Its term belongs to kg_terms, or to the arena that made it.
 */
#ifndef KG_QUERY_VALUE_H
#define KG_QUERY_VALUE_H

#include "graph/quantity.h"
#include "query/terms.h"

typedef enum {
  KG_VALUE_NONE, /* unbound, or the error of SPARQL 17.2 */
  KG_VALUE_IRI,
  KG_VALUE_BNODE,
  KG_VALUE_TRIPLE,
  KG_VALUE_STRING, /* xsd:string */
  KG_VALUE_LANG,   /* rdf:langString, rdf:dirLangString */
  KG_VALUE_BOOLEAN,
  KG_VALUE_INTEGER, /* xsd:integer and all types derived from it */
  KG_VALUE_DECIMAL,
  KG_VALUE_FLOAT,
  KG_VALUE_DOUBLE,
  KG_VALUE_DATE, /* every kg_date_kind */
  KG_VALUE_DURATION,
  KG_VALUE_QUANTITY, /* kgq:quantity */
  KG_VALUE_OTHER,    /* a datatype KGQ does not know */
  KG_VALUE_ILL       /* a known datatype with a text that is not in its lexical space, or a number too long */
} kg_value_kind;

typedef struct kg_value {
  kg_value_kind kind;
  kg_id id;            /* KG_ID_NONE: computed */
  const kg_term *term; /* NULL: not read yet, or a computed value without text */
  union {
    bool boolean;
    kg_decimal decimal; /* INTEGER, DECIMAL */
    double number;      /* FLOAT, DOUBLE */
    kg_date date;
    kg_duration duration;
    kg_quantity quantity;
  } as;
} kg_value;

/* X(ENUM, local name in the XSD namespace, kind of value): datatypes with values. */
/* clang-format off */
#define KG_DATATYPES(X) \
  X(STRING, "string", KG_VALUE_STRING) \
  X(BOOLEAN, "boolean", KG_VALUE_BOOLEAN) \
  X(INTEGER, "integer", KG_VALUE_INTEGER) \
  X(DECIMAL, "decimal", KG_VALUE_DECIMAL) \
  X(DOUBLE, "double", KG_VALUE_DOUBLE) \
  X(FLOAT, "float", KG_VALUE_FLOAT) \
  X(DATE, "date", KG_VALUE_DATE) \
  X(DATETIME, "dateTime", KG_VALUE_DATE) \
  X(GYEAR, "gYear", KG_VALUE_DATE) \
  X(GYEARMONTH, "gYearMonth", KG_VALUE_DATE) \
  X(TIME, "time", KG_VALUE_DATE) \
  X(DATETIMESTAMP, "dateTimeStamp", KG_VALUE_DATE) \
  X(INT, "int", KG_VALUE_INTEGER) \
  X(LONG, "long", KG_VALUE_INTEGER) \
  X(SHORT, "short", KG_VALUE_INTEGER) \
  X(BYTE, "byte", KG_VALUE_INTEGER) \
  X(NON_NEGATIVE, "nonNegativeInteger", KG_VALUE_INTEGER) \
  X(POSITIVE, "positiveInteger", KG_VALUE_INTEGER) \
  X(NON_POSITIVE, "nonPositiveInteger", KG_VALUE_INTEGER) \
  X(NEGATIVE, "negativeInteger", KG_VALUE_INTEGER) \
  X(UNSIGNED_LONG, "unsignedLong", KG_VALUE_INTEGER) \
  X(UNSIGNED_INT, "unsignedInt", KG_VALUE_INTEGER) \
  X(UNSIGNED_SHORT, "unsignedShort", KG_VALUE_INTEGER) \
  X(UNSIGNED_BYTE, "unsignedByte", KG_VALUE_INTEGER) \
  X(DURATION, "duration", KG_VALUE_DURATION) \
  X(DAY_TIME_DURATION, "dayTimeDuration", KG_VALUE_DURATION) \
  X(YEAR_MONTH_DURATION, "yearMonthDuration", KG_VALUE_DURATION)
/* clang-format on */

typedef enum {
#define KG_TYPE_ENUM(name, text, kind) KG_TYPE_##name,
  KG_DATATYPES(KG_TYPE_ENUM)
#undef KG_TYPE_ENUM
      KG_TYPE_QUANTITY,
  KG_TYPE_OTHER
} kg_datatype;

kg_datatype kg_datatype_of(kgq_str iri);
kgq_str kg_datatype_iri(kg_datatype type); /* "" for OTHER */
/* Reads the lexical form of `type` into as and kind; false: not in the lexical space. Not for OTHER and
 * QUANTITY. */
bool kg_value_parse(kgq_str text, kg_datatype type, kg_value *out);

static inline bool kg_value_is_number(kg_value_kind kind) {
  return kind >= KG_VALUE_INTEGER && kind <= KG_VALUE_DOUBLE;
}
static inline bool kg_value_is_exact(kg_value_kind kind) {
  return kind == KG_VALUE_INTEGER || kind == KG_VALUE_DECIMAL;
}
static inline bool kg_value_is_text(kg_value_kind kind) {
  return kind == KG_VALUE_STRING || kind == KG_VALUE_LANG;
}
static inline bool kg_value_is_literal(kg_value_kind kind) {
  return kind >= KG_VALUE_STRING;
}

/* The value of an id; KG_ID_NONE gives NONE. Terms are read only where the kind depends on them. */
kgq_status kg_value_load(kg_terms *terms, kg_id id, kg_value *out, kgq_error **err);
void kg_value_from_term(const kg_term *term, kg_value *out);
/* Sets v->term: reads it, or writes the canonical form of a computed value into `arena`. Not for NONE. */
kgq_status kg_value_read(kg_terms *terms, kg_arena *arena, kg_value *v, kgq_error **err);
/* The id of the value; NONE gives KG_ID_NONE. */
kgq_status kg_value_id(kg_terms *terms, kg_arena *arena, kg_value *v, kg_id *out, kgq_error **err);

/* Computed values. */
static inline void kg_value_set_none(kg_value *v) {
  v->kind = KG_VALUE_NONE;
  v->id = KG_ID_NONE;
  v->term = NULL;
}
void kg_value_set_boolean(kg_value *v, bool b);
void kg_value_set_int(kg_value *v, int64_t i);
void kg_value_set_decimal(kg_value *v, kg_decimal d, kg_value_kind kind);
void kg_value_set_double(kg_value *v, double d, kg_value_kind kind);
/* The term is copied (not its strings) into the arena. */
kgq_status kg_value_set_term(kg_value *v, const kg_term *term, kg_arena *arena, kgq_error **err);

double kg_value_double(const kg_value *number); /* any number */
/* Effective boolean value (17.2.2): 1, 0, or -1 for an error. The texts of strings must have been read. */
kgq_status kg_value_truth(kg_terms *terms, kg_value *v, int *out, kgq_error **err);
/* Canonical text as cast to xsd:string (XPath functions 19.1): "2" for 2.0, "1000000" but "1.0E6" for
 * doubles. */
#define KG_NUMBER_TEXT_MAX 96
size_t kg_value_number_text(const kg_value *number, char out[KG_NUMBER_TEXT_MAX]);

#endif
