/* query/estimate.c: how many rows a pattern gives. See estimate.h.
 *
 * The number of different values of a variable is the number of rows divided by how many rows share a value,
 * averaged over a few values met in the first rows. That favours values with many rows, which makes plans
 * careful. What was found is kept for later statements (statistics.h).
 */
#include "query/estimate.h"

#include "query/statistics.h"

#define SAMPLE_ROWS   64
#define SAMPLE_VALUES 6
/* Below this, a wrong guess costs less than the look-ups. */
#define SAMPLE_FROM_ROWS 2000.0

/* Without samples: subjects repeat little, objects more, predicates and graphs a lot. */
static double guess(int slot, double rows) {
  static const double share[4] = { 0.6, 0.0, 0.4, 0.0 };
  const double few = rows < 30 ? rows : 30;
  const double many = rows * share[slot];
  return share[slot] == 0.0 ? few : many < 1 ? 1 : many;
}

/* Values of slot `slot` in the first rows, spread over them. */
static kgq_status sample_values(kg_run *run, const kg_quads_spec *spec, int slot, kg_id values[SAMPLE_VALUES],
                                uint32_t *count, kgq_error **err) {
  kg_id column[SAMPLE_ROWS];
  kg_id *columns[4] = { NULL, NULL, NULL, NULL };
  kg_quads *q = NULL;
  uint32_t rows = 0;
  columns[slot] = column;
  *count = 0;
  KGQ_TRY(kg_quads_open(run->snap, spec, run->cancel, run->allocator, &q, err));
  const kgq_status st = kg_quads_next(q, columns, SAMPLE_ROWS, &rows, err);
  kg_quads_close(q);
  for (uint32_t i = 0; st == KGQ_OK && i < rows && *count < SAMPLE_VALUES; i += SAMPLE_ROWS / SAMPLE_VALUES) {
    values[(*count)++] = column[i];
  }
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

static kgq_status sample_distinct(kg_run *run, const kg_quads_spec *spec, int slot, double rows, double *out,
                                  kgq_error **err) {
  if (kg_statistic_find(run->snap, spec, slot, out)) {
    return KGQ_OK;
  }
  kg_id values[SAMPLE_VALUES];
  uint32_t count = 0;
  double shared = 0;
  KGQ_TRY(sample_values(run, spec, slot, values, &count, err));
  for (uint32_t i = 0; i < count; i++) {
    kg_quads_spec one = *spec;
    double some = 0;
    one.id[slot] = values[i];
    KGQ_TRY(kg_quads_estimate(run->snap, &one, &some, err));
    shared += some < 1 ? 1 : some;
  }
  *out = count ? rows / (shared / count) : 1;
  *out = *out < 1 ? 1 : *out;
  kg_statistic_keep(run->snap, spec, slot, *out);
  return KGQ_OK;
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
    double distinct = guess(slot, out->rows);
    if (sample && out->rows >= SAMPLE_FROM_ROWS) {
      KGQ_TRY(sample_distinct(run, &spec, slot, out->rows, &distinct, err));
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
