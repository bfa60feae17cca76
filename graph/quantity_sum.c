/* graph/quantity_sum.c: SUM and AVG of quantities (docs/FACTS.md 5.2, table "SUM").
 *
 * Adds the stated numbers of one unit, ranges by both ends, and remembers which bounds it saw; the result's
 * bound follows from that set alone, so the order of terms does not matter. Does not look at literals.
 */
#include <assert.h>

#include "graph/quantity.h"

/* kg_quantity_sum.seen: bit 1 << bound for single numbers, and these for ranges. */
enum { SEEN_RANGE = 1 << 10, SEEN_RANGE_ABOUT = 1 << 11, SEEN_LOW_OPEN = 1 << 12, SEEN_HIGH_OPEN = 1 << 13 };

#define BIT(bound) (1u << (unsigned)(bound))

static const unsigned from_above =
    BIT(KG_BOUND_LESS) | BIT(KG_BOUND_ALMOST) | BIT(KG_BOUND_UP_TO) | BIT(KG_BOUND_UP_TO_ABOUT);
static const unsigned from_below =
    BIT(KG_BOUND_MORE) | BIT(KG_BOUND_JUST_OVER) | BIT(KG_BOUND_AT_LEAST) | BIT(KG_BOUND_AT_LEAST_ABOUT);

void kg_quantity_sum_init(kg_quantity_sum *sum) {
  *sum = (kg_quantity_sum){ .unit = { "", 0 } };
  sum->low = sum->high = kg_decimal_from_int(0);
}

static unsigned bits_of(const kg_quantity *q) {
  if (!q->range) {
    return BIT(q->bound);
  }
  return SEEN_RANGE | (q->range_about ? SEEN_RANGE_ABOUT : 0u) | (q->low_open ? SEEN_LOW_OPEN : 0u) |
         (q->high_open ? SEEN_HIGH_OPEN : 0u);
}

void kg_quantity_sum_add(kg_quantity_sum *sum, const kg_quantity *q) {
  assert(sum != NULL && q != NULL);
  if (sum->count++ == 0) {
    sum->unit = q->unit;
  }
  const kg_decimal upper = q->range ? q->upper : q->number;
  if (!kg_str_equal(sum->unit, q->unit) || !kg_decimal_add(sum->low, q->number, &sum->low) ||
      !kg_decimal_add(sum->high, upper, &sum->high)) {
    sum->failed = true;
  }
  sum->seen |= bits_of(q);
}

/* One side's rows of the table. `almost`, `strict` and `near` are the bits of that side's bounds; `open_end`
 * is set by ranges that are open toward it. */
static kg_bound limited(unsigned seen, unsigned almost, unsigned strict, unsigned near, unsigned open_end,
                        const kg_bound results[4]) {
  const unsigned exact = BIT(KG_BOUND_EXACT);
  if (seen & (BIT(KG_BOUND_ABOUT) | near | SEEN_RANGE_ABOUT)) {
    return results[0];
  }
  if ((seen & almost) && !(seen & ~(almost | exact))) {
    return results[1];
  }
  if (seen & (strict | almost | open_end)) {
    return results[2];
  }
  return results[3];
}

static kg_bound limited_above(unsigned seen) {
  static const kg_bound results[4] = { KG_BOUND_UP_TO_ABOUT, KG_BOUND_ALMOST, KG_BOUND_LESS, KG_BOUND_UP_TO };
  return limited(seen, BIT(KG_BOUND_ALMOST), BIT(KG_BOUND_LESS), BIT(KG_BOUND_UP_TO_ABOUT), SEEN_HIGH_OPEN,
                 results);
}

static kg_bound limited_below(unsigned seen) {
  static const kg_bound results[4] = { KG_BOUND_AT_LEAST_ABOUT, KG_BOUND_JUST_OVER, KG_BOUND_MORE,
                                       KG_BOUND_AT_LEAST };
  return limited(seen, BIT(KG_BOUND_JUST_OVER), BIT(KG_BOUND_MORE), BIT(KG_BOUND_AT_LEAST_ABOUT),
                 SEEN_LOW_OPEN, results);
}

static kg_quantity sum_of_ranges(const kg_quantity_sum *sum) {
  return (kg_quantity){ .bound = KG_BOUND_EXACT,
                        .range = true,
                        .range_about = (sum->seen & (SEEN_RANGE_ABOUT | BIT(KG_BOUND_ABOUT))) != 0,
                        .low_open = (sum->seen & SEEN_LOW_OPEN) != 0,
                        .high_open = (sum->seen & SEEN_HIGH_OPEN) != 0,
                        .number = sum->low,
                        .upper = sum->high };
}

bool kg_quantity_sum_result(const kg_quantity_sum *sum, kg_quantity *out) {
  const bool above = (sum->seen & from_above) != 0, below = (sum->seen & from_below) != 0;
  if (sum->failed || (above && below)) {
    return false;
  }
  *out = (kg_quantity){ .bound = KG_BOUND_EXACT, .number = sum->low };
  if (above) {
    out->bound = limited_above(sum->seen);
    out->number = sum->high;
  } else if (below) {
    out->bound = limited_below(sum->seen);
  } else if (sum->seen & SEEN_RANGE) {
    *out = sum_of_ranges(sum);
  } else if (sum->seen & BIT(KG_BOUND_ABOUT)) {
    out->bound = KG_BOUND_ABOUT;
  }
  out->unit = sum->unit;
  return true;
}

bool kg_quantity_divide(const kg_quantity *q, uint64_t by, kg_quantity *out) {
  enum { digits_after_point = 18 }; /* FACTS 5.2: half even at 18 digits */
  if (by == 0 || by > INT64_MAX) {
    return false;
  }
  const kg_decimal divisor = kg_decimal_from_int((int64_t)by);
  *out = *q;
  if (!kg_decimal_divide(q->number, divisor, digits_after_point, &out->number)) {
    return false;
  }
  out->number = kg_decimal_normal(out->number);
  if (!q->range) {
    return true;
  }
  if (!kg_decimal_divide(q->upper, divisor, digits_after_point, &out->upper)) {
    return false;
  }
  out->upper = kg_decimal_normal(out->upper);
  return true;
}
