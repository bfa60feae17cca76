/* query/estimate.c: how many rows a pattern gives. See estimate.h.
 *
 * The number of different values of a variable is counted over the pattern's rows: exactly where rows come in
 * its order, else by a bitmap of hashes. Of a long pattern the front is read, and what is behind it goes on
 * as it did from the first half of the front to the second. What was found is kept for later statements
 * (statistics.h).
 */
#include "query/estimate.h"

#include <math.h>

#include "query/statistics.h"

/* Rows looked at for one figure: a tenth of a millisecond, once for a pattern and state. */
#define COUNT_ROWS 16384
/* Below this, a wrong guess costs less than counting. */
#define COUNT_FROM_ROWS 200.0
#define BITMAP_BITS     (1u << 15) /* twice the rows: one in a hundred is the error */

/* Without counting: subjects repeat little, objects more, predicates and graphs a lot. */
static double guess(int slot, double rows) {
  static const double share[4] = { 0.6, 0.0, 0.4, 0.0 };
  const double few = rows < 30 ? rows : 30;
  const double many = rows * share[slot];
  return share[slot] == 0.0 ? few : many < 1 ? 1 : many;
}

/* Different values so far. */
typedef struct counter {
  bool sorted;
  kg_id last;
  uint64_t changes;
  uint64_t *bitmap; /* not sorted */
  uint32_t ones;
} counter;

/* Mixed twice: one multiplication puts ids in steps on the same bits again and again. */
static uint64_t bit_of(kg_id id) {
  uint64_t x = (id ^ id >> 31) * 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
  return x >> 32 & (BITMAP_BITS - 1);
}

static void count_values(counter *c, const kg_id *ids, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    c->changes += ids[i] != c->last;
    c->last = ids[i];
    if (!c->sorted) {
      const uint64_t bit = bit_of(ids[i]);
      const uint64_t mask = (uint64_t)1 << (bit & 63);
      c->ones += (c->bitmap[bit / 64] & mask) == 0;
      c->bitmap[bit / 64] |= mask;
    }
  }
}

/* Linear counting: from how many bits are set to how many values set them. */
static double different(const counter *c) {
  const double bits = BITMAP_BITS;
  return c->sorted ? (double)c->changes : -bits * log(1 - (double)c->ones / (bits + 1));
}

/* Reads up to COUNT_ROWS rows. *half: different values in the first half of that. */
static kgq_status count_front(const kg_run *run, kg_quads *q, int slot, counter *c, double *half,
                              uint64_t *read, kgq_error **err) {
  kg_id column[KG_BATCH_ROWS];
  kg_id *columns[4] = { NULL, NULL, NULL, NULL };
  uint32_t rows = 0;
  columns[slot] = column;
  *read = 0;
  do {
    KGQ_TRY(kg_cancel_check(run->cancel, err));
    KGQ_TRY(kg_quads_next(q, columns, KG_BATCH_ROWS, &rows, err));
    count_values(c, column, rows);
    *read += rows;
    *half = *read <= COUNT_ROWS / 2 ? different(c) : *half;
  } while (rows > 0 && *read < COUNT_ROWS);
  return KGQ_OK;
}

/* All `rows`, from what the front has. */
static double extrapolate(double front, double half, double read, double rows) {
  const double growth = half > 0 && front > half ? front / half : 1;
  return rows <= read ? front : front * pow(rows / read, log2(growth < 2 ? growth : 2));
}

static kgq_status count_distinct(kg_run *run, const kg_quads_spec *spec, int slot, double rows, double *out,
                                 kgq_error **err) {
  kg_quads_spec wanted = *spec;
  counter c = { .sorted = kg_quads_can_sort(spec, slot) };
  const size_t bytes = c.sorted ? 0 : BITMAP_BITS / 8;
  kg_quads *q = NULL;
  double half = 0;
  uint64_t read = 0;
  kgq_status st = KGQ_OK;
  if (!c.sorted) {
    c.bitmap = (uint64_t *)kg_alloc_zero(run->allocator, 1, bytes);
    if (!c.bitmap) {
      return kg_fail_memory(err);
    }
  }
  wanted.sorted_by = c.sorted ? slot : -1;
  KGQ_TRY_DONE(kg_quads_open(run->snap, &wanted, run->cancel, run->allocator, &q, err));
  KGQ_TRY_DONE(count_front(run, q, slot, &c, &half, &read, err));
  *out = read >= COUNT_ROWS ? extrapolate(different(&c), half, (double)read, rows) : different(&c);
  *out = *out < 1 ? 1 : *out;
done:
  kg_quads_close(q);
  kg_free(run->allocator, c.bitmap, bytes);
  return st;
}

static kgq_status estimate_rows(kg_run *run, const kg_quads_spec *spec, double *out, kgq_error **err) {
  if (kg_statistic_find(run->snap, spec, KG_STATISTIC_ROWS, out)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_quads_estimate(run->snap, spec, out, err));
  kg_statistic_keep(run->snap, spec, KG_STATISTIC_ROWS, *out);
  return KGQ_OK;
}

static kgq_status distinct_of(kg_run *run, const kg_quads_spec *spec, int slot, double rows, double *out,
                              kgq_error **err) {
  if (kg_statistic_find(run->snap, spec, slot, out)) {
    return KGQ_OK;
  }
  KGQ_TRY(count_distinct(run, spec, slot, rows, out, err));
  kg_statistic_keep(run->snap, spec, slot, *out);
  return KGQ_OK;
}

/* Does each row have another value there, since everything else is fixed? */
static bool tells_rows_apart(const kg_quads_spec *spec, int slot) {
  for (int i = 0; i < 3; i++) {
    if (i != slot && spec->id[i] == KG_ID_NONE) {
      return false;
    }
  }
  return slot != KG_G && spec->source->kind != KG_SOURCE_NAMED;
}

kgq_status kg_estimate_leaf(kg_run *run, const kg_frame *frame, const kg_leaf *leaf, bool sample,
                            kg_estimate *out, kgq_error **err) {
  kg_quads_spec spec;
  *out = (kg_estimate){ .rows = 0 };
  if (leaf->missing) {
    return KGQ_OK;
  }
  kg_leaf_spec(leaf, frame, &spec);
  KGQ_TRY(estimate_rows(run, &spec, &out->rows, err));
  kg_var vars[4];
  const uint32_t count = kg_leaf_vars(leaf, vars);
  for (uint32_t i = 0; i < count; i++) {
    if (kg_frame_gives(frame, vars[i])) {
      continue;
    }
    const int slot = kg_leaf_slot(leaf, vars[i]);
    double distinct = tells_rows_apart(&spec, slot) ? out->rows : guess(slot, out->rows);
    if (sample && out->rows >= COUNT_FROM_ROWS && !tells_rows_apart(&spec, slot)) {
      KGQ_TRY(distinct_of(run, &spec, slot, out->rows, &distinct, err));
    }
    out->vars[out->var_count] = vars[i];
    out->distinct[out->var_count++] = distinct < out->rows ? distinct : out->rows;
  }
  for (int i = 0; i < 4; i++) {
    if (spec.same[i] != i) {
      out->rows *= 0.1; /* two places must be equal */
    }
  }
  return KGQ_OK;
}
