/* query/order_key.c: a value's place in the order of ORDER BY as a number. See order_key.h.
 *
 *   63..60                            59..0
 *   family, as kg_expr_order has it   numbers, dates: 64ths or seconds, rounded down; texts: first seven
 * bytes
 *
 * Rounding down keeps the order, and what it makes equal is compared in full. Numbers too large to be told
 * apart as doubles count as equal.
 */
#include "query/order_key.h"

#include <math.h>

#include "query/compare.h"

#define FAMILY_SHIFT 60
#define MIDDLE       ((uint64_t)1 << 59)
/* Beyond, neighbouring integers may be one double, and an exact number comes before a double of that value.
 */
#define LARGEST ((int64_t)1 << 47)

bool kg_ids_all_in_order(const kg_id *ids, uint32_t count) {
  for (uint32_t i = 1; i < count; i++) {
    if (ids[i] != ids[0] && !kg_ids_in_order(ids[0], ids[i])) {
      return false;
    }
  }
  return count == 0 || kg_ids_in_order(ids[0], ids[0]);
}

static int64_t between(int64_t v) {
  return v < -LARGEST ? -LARGEST : v > LARGEST ? LARGEST : v;
}

static int64_t floor_of(kg_decimal d) {
  int64_t v = 0;
  const kg_decimal whole = kg_decimal_round(d, 0, KG_ROUND_FLOOR);
  if (kg_decimal_to_int(whole, &v)) {
    return v;
  }
  return d.mantissa < 0 ? INT64_MIN : INT64_MAX;
}

/* In 64ths; NaN before all. */
static uint64_t number_key(const kg_value *v) {
  if (kg_value_is_exact(v->kind)) {
    kg_decimal d = v->as.decimal;
    const int64_t whole = between(floor_of(d));
    const bool fine = kg_decimal_multiply(d, kg_decimal_from_int(64), &d);
    return MIDDLE + (uint64_t)(fine && whole > -LARGEST && whole < LARGEST ? floor_of(d) : whole * 64);
  }
  const double x = kg_value_double(v);
  if (isnan(x)) {
    return 0;
  }
  if (x >= (double)LARGEST || x <= -(double)LARGEST) {
    return MIDDLE + (uint64_t)((x < 0 ? -LARGEST : LARGEST) * 64);
  }
  return MIDDLE + (uint64_t)(int64_t)floor(x * 64);
}

/* Times of day behind all dates. */
static uint64_t date_key(const kg_date *d) {
  return MIDDLE +
         (uint64_t)(between(floor_of(kg_date_seconds(d))) + (d->kind == KG_DATE_TIME ? 4 * LARGEST : 0));
}

static uint64_t text_key(kgq_str text) {
  uint64_t key = 0;
  for (size_t i = 0; i < 7; i++) {
    key = key << 8 | (i < text.len ? (unsigned char)text.ptr[i] : 0);
  }
  return key;
}

kgq_status kg_order_key(kg_terms *terms, kg_id id, uint64_t *out, kgq_error **err) {
  kg_value v;
  KGQ_TRY(kg_value_load(terms, id, &v, err));
  const uint64_t family = (uint64_t)kg_order_family(v.kind) << FAMILY_SHIFT;
  *out = family;
  if (kg_value_is_number(v.kind)) {
    *out = family | number_key(&v);
  } else if (v.kind == KG_VALUE_DATE) {
    *out = family | date_key(&v.as.date);
  } else if (kg_value_is_text(v.kind)) {
    const kg_term *term = NULL;
    KGQ_TRY(kg_terms_get(terms, id, &term, err));
    *out = family | text_key(term->text);
  }
  return KGQ_OK;
}
