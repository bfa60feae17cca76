/* query/value_class.c: terms by what they may be equal to. See value_class.h. */
#include "query/value_class.h"

#include <assert.h>
#include <math.h>

#include "query/value.h"

/* Of all that is none of the others: dates, durations, booleans, triple terms. No id. */
#define CLASS_OTHER ((kg_id)1)

/* Numbers are compared as decimals, as doubles, or as floats if none is a double: what is equal in one of
 * these ways is one number as float. Class ids are those of integers, which have none else. */
static kg_id class_of_number(double number) {
  const float rounded = (float)number + 0.0f; /* -0 = 0 */
  uint32_t bits = 0;
  memcpy(&bits, &rounded, sizeof bits);
  return kg_id_make(KG_TAG_INTEGER, bits);
}

static kg_id class_of_value(const kg_value *v, kg_id id) {
  switch ((int)v->kind) {
  case KG_VALUE_INTEGER:
  case KG_VALUE_DECIMAL:
  case KG_VALUE_FLOAT:
  case KG_VALUE_DOUBLE: return isnan(kg_value_double(v)) ? id : class_of_number(kg_value_double(v));
  case KG_VALUE_QUANTITY: /* equal to a number, if it says no more than that */
    return class_of_number(kg_decimal_to_double(v->as.quantity.number));
  case KG_VALUE_OTHER:
  case KG_VALUE_ILL: return id; /* nothing is known of the value: equal to the same term only */
  default: return CLASS_OTHER;
  }
}

static bool is_read(kg_id id) {
  return kg_id_tag(id) == KG_TAG_TYPED || kg_id_tag(id) == KG_TAG_LOCAL;
}

static kgq_status class_of(kg_terms *terms, kg_id id, kg_id *out, kgq_error **err) {
  kg_value v;
  switch ((int)kg_id_tag(id)) {
  case KG_TAG_NONE:
  case KG_TAG_IRI:
  case KG_TAG_BNODE:
  case KG_TAG_STRING:
  case KG_TAG_LANG: *out = id; return KGQ_OK; /* equal to itself only (17.4.1.7) */
  case KG_TAG_INTEGER: *out = class_of_number((double)kg_id_integer(id)); return KGQ_OK;
  case KG_TAG_DECIMAL:
  case KG_TAG_TYPED:
  case KG_TAG_LOCAL:
    KGQ_TRY(kg_value_load(terms, id, &v, err));
    *out = class_of_value(&v, id);
    return KGQ_OK;
  default: *out = CLASS_OTHER; return KGQ_OK;
  }
}

kgq_status kg_value_classes(kg_terms *terms, const kg_id *ids, uint32_t count, kg_id *out, kgq_error **err) {
  uint32_t read = 0;
  assert(count <= KG_BATCH_ROWS);
  for (uint32_t i = 0; i < count; i++) {
    out[read] = ids[i];
    read += is_read(ids[i]) ? 1 : 0;
  }
  if (read > 0) {
    KGQ_TRY(kg_terms_prepare(terms, out, read, err));
  }
  for (uint32_t i = 0; i < count; i++) {
    KGQ_TRY(class_of(terms, ids[i], &out[i], err));
  }
  return KGQ_OK;
}
