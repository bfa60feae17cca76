/* graph/quantity_compare.c: tests, equality, order and intervals of quantities (docs/FACTS.md 5.2).
 *
 * `< <= > >=` and `=` go by the stated number; kgq:compatible and kgq:both go by intervals, in which a near
 * end reaches a tenth of its number further. Does not parse (quantity.c) or add (quantity_sum.c).
 */
#include <assert.h>

#include "graph/quantity.h"

static bool same_unit(const kg_quantity *a, const kg_quantity *b) {
  return kg_str_equal(a->unit, b->unit);
}

static kg_decimal upper_number(const kg_quantity *q) {
  return q->range ? q->upper : q->number;
}

/* ---- by stated number ------------------------------------------------------------------------- */

static bool holds(kg_decimal a, kg_relation relation, kg_decimal b) {
  const int c = kg_decimal_compare(a, b);
  switch (relation) {
  case KG_LESS: return c < 0;
  case KG_LESS_EQUAL: return c <= 0;
  case KG_GREATER: return c > 0;
  case KG_GREATER_EQUAL: return c >= 0;
  }
  return false;
}

int kg_quantity_test(const kg_quantity *a, kg_relation relation, const kg_quantity *b) {
  if (!same_unit(a, b)) {
    return -1;
  }
  const bool first = holds(a->number, relation, b->number);
  const bool all_agree = holds(a->number, relation, upper_number(b)) == first &&
                         holds(upper_number(a), relation, b->number) == first &&
                         holds(upper_number(a), relation, upper_number(b)) == first;
  return all_agree ? first : -1;
}

int kg_quantity_equal(const kg_quantity *a, const kg_quantity *b) {
  if (!same_unit(a, b)) {
    return -1;
  }
  return kg_quantity_order(a, b) == 0;
}

static int order_flags(const kg_quantity *a, const kg_quantity *b) {
  const int left = a->range * 8 + a->range_about * 4 + a->low_open * 2 + a->high_open;
  const int right = b->range * 8 + b->range_about * 4 + b->low_open * 2 + b->high_open;
  return (left > right) - (left < right);
}

int kg_quantity_order(const kg_quantity *a, const kg_quantity *b) {
  int c = kg_str_compare(a->unit, b->unit);
  c = c ? (c > 0) - (c < 0) : kg_decimal_compare(a->number, b->number);
  c = c ? c : kg_decimal_compare(upper_number(a), upper_number(b));
  c = c ? c : (a->bound > b->bound) - (a->bound < b->bound);
  return c ? c : order_flags(a, b);
}

/* ---- ends ------------------------------------------------------------------------------------- */

typedef struct end {
  bool exists, open, near;
  kg_decimal stated; /* the number in the text */
  kg_decimal number; /* how far it reaches */
} end;

enum { decimal_scale_max = 38 }; /* of core/decimal.c */

/* A near end reaches 10 % of its number further; where that does not fit in 38 digits it stays where it is.
 */
static void reach(end *e, int direction) {
  const kg_decimal zero = kg_decimal_from_int(0);
  kg_decimal tenth = e->stated, moved;
  e->number = e->stated;
  if (!e->near || tenth.scale >= decimal_scale_max) {
    return;
  }
  tenth.scale++;
  const bool outward_adds = (direction > 0) == (kg_decimal_compare(e->stated, zero) >= 0);
  const bool fits =
      outward_adds ? kg_decimal_add(e->stated, tenth, &moved) : kg_decimal_subtract(e->stated, tenth, &moved);
  if (fits) {
    e->number = moved;
  }
}

/* Which ends a bound has, as in the table of 5.2. */
typedef struct bound_ends {
  bool low, low_open, low_near, high, high_open, high_near;
} bound_ends;

static const bound_ends ends_of[] = {
  [KG_BOUND_LESS] = { .high = true, .high_open = true },
  [KG_BOUND_ALMOST] = { .low = true, .low_near = true, .high = true, .high_open = true },
  [KG_BOUND_UP_TO] = { .high = true },
  [KG_BOUND_UP_TO_ABOUT] = { .high = true, .high_near = true },
  [KG_BOUND_ABOUT] = { .low = true, .low_near = true, .high = true, .high_near = true },
  [KG_BOUND_EXACT] = { .low = true, .high = true },
  [KG_BOUND_AT_LEAST_ABOUT] = { .low = true, .low_near = true },
  [KG_BOUND_AT_LEAST] = { .low = true },
  [KG_BOUND_JUST_OVER] = { .low = true, .low_open = true, .high = true, .high_near = true },
  [KG_BOUND_MORE] = { .low = true, .low_open = true },
};

static end low_end(const kg_quantity *q) {
  const bound_ends *b = &ends_of[q->bound];
  end e = { b->low, b->low_open, b->low_near, q->number, q->number };
  if (q->range) {
    e.open = q->low_open;
    e.near = q->range_about;
  }
  reach(&e, -1);
  return e;
}

static end high_end(const kg_quantity *q) {
  const bound_ends *b = &ends_of[q->bound];
  end e = { b->high, b->high_open, b->high_near, q->number, q->number };
  if (q->range) {
    e = (end){ true, q->high_open, q->range_about, q->upper, q->upper };
  }
  reach(&e, 1);
  return e;
}

bool kg_quantity_lower(const kg_quantity *q, kg_decimal *out) {
  const end e = low_end(q);
  *out = e.stated;
  return e.exists;
}

bool kg_quantity_upper(const kg_quantity *q, kg_decimal *out) {
  const end e = high_end(q);
  *out = e.stated;
  return e.exists;
}

/* ---- intervals -------------------------------------------------------------------------------- */

typedef struct interval {
  end low, high;
} interval;

static interval interval_of(const kg_quantity *q) {
  return (interval){ low_end(q), high_end(q) };
}

/* Is the lower end a at or above b? A missing one is below all. */
static bool low_within(const end *a, const end *b) {
  if (!a->exists || !b->exists) {
    return !b->exists;
  }
  const int c = kg_decimal_compare(a->number, b->number);
  return c > 0 || (c == 0 && (a->open || !b->open));
}

static bool high_within(const end *a, const end *b) {
  if (!a->exists || !b->exists) {
    return !b->exists;
  }
  const int c = kg_decimal_compare(a->number, b->number);
  return c < 0 || (c == 0 && (a->open || !b->open));
}

static interval meet(const interval *a, const interval *b) {
  return (interval){ low_within(&a->low, &b->low) ? a->low : b->low,
                     high_within(&a->high, &b->high) ? a->high : b->high };
}

static bool is_empty(const interval *i) {
  if (!i->low.exists || !i->high.exists) {
    return false;
  }
  const int c = kg_decimal_compare(i->low.number, i->high.number);
  return c > 0 || (c == 0 && (i->low.open || i->high.open));
}

int kg_quantity_compatible(const kg_quantity *a, const kg_quantity *b) {
  if (!same_unit(a, b)) {
    return -1;
  }
  const interval left = interval_of(a), right = interval_of(b);
  const interval both = meet(&left, &right);
  return !is_empty(&both);
}

static kg_quantity half_line(const interval *i) {
  const bool low = i->low.exists;
  const end *e = low ? &i->low : &i->high;
  kg_quantity q = { .number = e->stated };
  if (low) {
    q.bound = e->open ? KG_BOUND_MORE : e->near ? KG_BOUND_AT_LEAST_ABOUT : KG_BOUND_AT_LEAST;
  } else {
    q.bound = e->open ? KG_BOUND_LESS : e->near ? KG_BOUND_UP_TO_ABOUT : KG_BOUND_UP_TO;
  }
  return q;
}

/* Both ends there: a single number where both rest on the same one, else a range, with the numbers that near
 * ends reach, since a range cannot say "near" of one end only. */
static kg_quantity closed_piece(const interval *i) {
  kg_quantity q = { .bound = KG_BOUND_EXACT, .number = i->low.stated };
  if (kg_decimal_compare(i->low.stated, i->high.stated) == 0) {
    q.bound = i->low.near ? (i->high.near   ? KG_BOUND_ABOUT
                             : i->high.open ? KG_BOUND_ALMOST
                                            : KG_BOUND_EXACT)
                          : (i->high.near && i->low.open ? KG_BOUND_JUST_OVER : KG_BOUND_EXACT);
    if (q.bound != KG_BOUND_EXACT || (!i->low.near && !i->high.near)) {
      return q;
    }
  }
  q = (kg_quantity){
    .bound = KG_BOUND_EXACT, .range = true, .low_open = i->low.open, .high_open = i->high.open
  };
  q.range_about = i->low.near && i->high.near && kg_decimal_compare(i->low.stated, i->high.stated) < 0;
  q.number = q.range_about ? i->low.stated : kg_decimal_normal(i->low.number);
  q.upper = q.range_about ? i->high.stated : kg_decimal_normal(i->high.number);
  if (kg_decimal_compare(q.number, q.upper) == 0) {
    q.range = q.low_open = q.high_open = q.range_about = false;
  }
  return q;
}

bool kg_quantity_both(const kg_quantity *a, const kg_quantity *b, kg_quantity *out) {
  const interval left = interval_of(a), right = interval_of(b);
  const interval both = meet(&left, &right);
  if (!same_unit(a, b) || is_empty(&both)) {
    return false;
  }
  const bool left_inside = low_within(&left.low, &right.low) && high_within(&left.high, &right.high);
  const bool right_inside = low_within(&right.low, &left.low) && high_within(&right.high, &left.high);
  if (right_inside && !(left_inside && !a->range)) {
    *out = *b;
  } else if (left_inside) {
    *out = *a;
  } else {
    assert(both.low.exists || both.high.exists);
    *out = both.low.exists && both.high.exists ? closed_piece(&both) : half_line(&both);
    out->unit = a->unit;
  }
  return true;
}
