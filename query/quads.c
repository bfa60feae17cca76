/* query/quads.c: rows of quads that match constants. See quads.h.
 *
 * A permutation that has all constants in its prefix is always right; where none has (a graph and a
 * predicate), the one whose prefix matches fewest rows is taken and the rest is checked row by row.
 */
#include "query/quads.h"

#include <assert.h>

struct kg_quads {
  kg_snap *snap;
  kg_cancel *cancel;
  const kgq_allocator *allocator;
  kg_quads_spec spec;
  unsigned bound; /* mask of constants */
  kg_perm perm;
  unsigned prefix;
  unsigned checked; /* mask of columns that have to be looked at row by row */
  bool sorted, ended, merged;
  kg_scan *scan;
  kg_id *scratch[4]; /* for checked columns that the caller does not want */
  kg_id last[3];     /* the triple given last, when merging graphs */
};

/* ---- graphs ------------------------------------------------------------------------------------- */

bool kg_source_holds(const kg_source *source, kg_id graph) {
  uint32_t low = 0, high = source->set_count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (source->set[middle] < graph) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < source->set_count && source->set[low] == graph;
}

void kg_quads_spec_init(kg_quads_spec *spec, const kg_source *source) {
  *spec = (kg_quads_spec){ .source = source, .same = { 0, 1, 2, 3 }, .sorted_by = -1 };
}

static bool is_named(kg_id graph) {
  return graph != KG_ID_DEFAULT_GRAPH;
}

/* Constants with the graph among them where it is fixed. False: nothing can match. */
static bool complete(kg_quads_spec *spec) {
  const kg_source *g = spec->source;
  switch (g->kind) {
  case KG_SOURCE_NONE: return false;
  case KG_SOURCE_SET: return g->set_count > 0;
  case KG_SOURCE_ONE: spec->id[KG_G] = g->one; return true;
  case KG_SOURCE_NAMED:
    return spec->id[KG_G] == KG_ID_NONE ||
           (is_named(spec->id[KG_G]) && (!g->limited || kg_source_holds(g, spec->id[KG_G])));
  case KG_SOURCE_UNION:
  case KG_SOURCE_TERMS: return true;
  }
  return false;
}

static unsigned mask_of(const kg_quads_spec *spec) {
  unsigned mask = 0;
  for (unsigned i = 0; i < 4; i++) {
    mask |= spec->id[i] != KG_ID_NONE ? 1u << i : 0;
  }
  return mask;
}

/* ---- choosing a permutation --------------------------------------------------------------------- */

/* GSPO has named graphs only, and does not bring equal triples together. */
static bool allowed(const kg_quads_spec *spec, kg_perm perm) {
  if (perm != KG_GSPO) {
    return true;
  }
  return spec->source->kind == KG_SOURCE_NAMED ||
         (spec->source->kind == KG_SOURCE_ONE && is_named(spec->source->one));
}

static unsigned prefix_of(kg_perm perm, unsigned mask) {
  unsigned n = 0;
  while (n < 4 && (mask >> kg_perm_column[perm][n] & 1) != 0) {
    n++;
  }
  return n;
}

static unsigned bits(unsigned mask) {
  unsigned n = 0;
  for (; mask; mask &= mask - 1) {
    n++;
  }
  return n;
}

static bool gives_order(kg_perm perm, unsigned prefix, int column) {
  return column >= 0 && prefix < 4 && kg_perm_column[perm][prefix] == column;
}

static void fill_scan(const kg_quads_spec *spec, kg_perm perm, unsigned prefix, kg_scan_spec *out) {
  *out = (kg_scan_spec){ .perm = perm,
                         .prefix_length = prefix,
                         .distinct = spec->source->kind == KG_SOURCE_UNION };
  for (unsigned i = 0; i < prefix; i++) {
    out->prefix[i] = spec->id[kg_perm_column[perm][i]];
  }
}

typedef struct choice {
  kg_perm perm;
  unsigned prefix;
  bool covers, sorted;
  uint64_t rows; /* of the prefix; only when nothing covers */
} choice;

static bool better(const choice *a, const choice *b) {
  if (a->covers != b->covers) {
    return a->covers;
  }
  if (a->covers) {
    return a->sorted && !b->sorted;
  }
  return a->rows < b->rows;
}

static kgq_status choose(kg_snap *snap, const kg_quads_spec *spec, unsigned mask, choice *best,
                         kgq_error **err) {
  const int first = spec->source->kind == KG_SOURCE_TERMS ? KG_SPOT : KG_SPOG;
  bool have = false, any_covers = false;
  for (int i = 0; i < KG_QUAD_PERMS; i++) {
    const kg_perm perm = (kg_perm)(first + i);
    any_covers = any_covers || (allowed(spec, perm) && prefix_of(perm, mask) == bits(mask));
  }
  for (int i = 0; i < KG_QUAD_PERMS; i++) {
    choice c = { .perm = (kg_perm)(first + i) };
    if (!allowed(spec, c.perm)) {
      continue;
    }
    c.prefix = prefix_of(c.perm, mask);
    c.covers = c.prefix == bits(mask);
    c.sorted = gives_order(c.perm, c.prefix, spec->sorted_by);
    if (!any_covers) {
      kg_scan_spec scan;
      fill_scan(spec, c.perm, c.prefix, &scan);
      KGQ_TRY(kg_scan_estimate(snap, &scan, &c.rows, err));
    }
    if (!have || better(&c, best)) {
      *best = c;
      have = true;
    }
  }
  assert(have);
  /* All named graphs and nothing else: the permutation without the default graph has nothing to skip. */
  if (mask == 0 && spec->source->kind == KG_SOURCE_NAMED && spec->sorted_by < 0) {
    best->perm = KG_GSPO;
  }
  return KGQ_OK;
}

bool kg_quads_can_sort(const kg_quads_spec *spec, int column) {
  kg_quads_spec full = *spec;
  if (!complete(&full)) {
    return true;
  }
  const unsigned mask = mask_of(&full);
  const int first = spec->source->kind == KG_SOURCE_TERMS ? KG_SPOT : KG_SPOG;
  for (int i = 0; i < KG_QUAD_PERMS; i++) {
    const kg_perm perm = (kg_perm)(first + i);
    const unsigned prefix = prefix_of(perm, mask);
    if (allowed(&full, perm) && prefix == bits(mask) && gives_order(perm, prefix, column)) {
      return true;
    }
  }
  return false;
}

/* ---- reading ------------------------------------------------------------------------------------ */

/* Columns that a row must be tested on: constants behind the prefix, repeated variables, the graph. */
static unsigned columns_to_check(const kg_quads *q) {
  unsigned mask = q->bound;
  for (unsigned i = 0; i < q->prefix; i++) {
    mask &= ~(1u << kg_perm_column[q->perm][i]);
  }
  for (unsigned i = 0; i < 4; i++) {
    if (q->spec.same[i] != i) {
      mask |= 1u << i | 1u << q->spec.same[i];
    }
  }
  const kg_source *g = q->spec.source;
  const bool graph_free = (q->bound >> KG_G & 1) == 0;
  if (g->kind == KG_SOURCE_SET) {
    mask |= 15u; /* the graph to test, the triple to drop repetitions */
  } else if (g->kind == KG_SOURCE_NAMED && graph_free && (q->perm != KG_GSPO || g->limited)) {
    mask |= 1u << KG_G;
  }
  return mask;
}

static kgq_status make_scratch(kg_quads *q, kgq_error **err) {
  for (unsigned i = 0; i < 4; i++) {
    if ((q->checked >> i & 1) != 0) {
      q->scratch[i] = (kg_id *)kg_alloc(q->allocator, KG_BATCH_ROWS * sizeof(kg_id));
      if (!q->scratch[i]) {
        return kg_fail_memory(err);
      }
    }
  }
  return KGQ_OK;
}

static kgq_status begin(kg_quads *q, kgq_error **err) {
  q->last[0] = q->last[1] = q->last[2] = KG_ID_NONE;
  q->ended = !complete(&q->spec);
  if (q->ended) {
    return KGQ_OK;
  }
  if (!q->scan) {
    choice c = { 0 };
    q->bound = mask_of(&q->spec);
    KGQ_TRY(choose(q->snap, &q->spec, q->bound, &c, err));
    q->perm = c.perm;
    q->prefix = c.prefix;
    q->sorted = gives_order(c.perm, c.prefix, q->spec.sorted_by);
    q->merged = q->spec.source->kind == KG_SOURCE_SET;
    q->checked = columns_to_check(q);
    KGQ_TRY(make_scratch(q, err));
  }
  kg_scan_spec scan;
  fill_scan(&q->spec, q->perm, q->prefix, &scan);
  return q->scan ? kg_scan_restart(q->scan, &scan, err)
                 : kg_scan_open(q->snap, &scan, q->cancel, &q->scan, err);
}

kgq_status kg_quads_open(kg_snap *snap, const kg_quads_spec *spec, kg_cancel *cancel, const kgq_allocator *a,
                         kg_quads **out, kgq_error **err) {
  kg_quads *q = (kg_quads *)kg_alloc_zero(a, 1, sizeof(kg_quads));
  if (!q) {
    return kg_fail_memory(err);
  }
  q->snap = snap;
  q->cancel = cancel;
  q->allocator = a;
  q->spec = *spec;
  const kgq_status st = begin(q, err);
  if (st != KGQ_OK) {
    kg_quads_close(q);
    return st;
  }
  *out = q;
  return KGQ_OK;
}

kgq_status kg_quads_restart(kg_quads *q, const kg_id id[4], kgq_error **err) {
  memcpy(q->spec.id, id, sizeof q->spec.id);
  assert(!q->scan || q->spec.source->kind == KG_SOURCE_ONE || mask_of(&q->spec) == q->bound);
  return begin(q, err);
}

void kg_quads_close(kg_quads *q) {
  if (!q) {
    return;
  }
  kg_scan_close(q->scan);
  for (unsigned i = 0; i < 4; i++) {
    kg_free(q->allocator, q->scratch[i], KG_BATCH_ROWS * sizeof(kg_id));
  }
  kg_free(q->allocator, q, sizeof(kg_quads));
}

bool kg_quads_ended(const kg_quads *q) {
  return q->ended;
}

bool kg_quads_sorted(const kg_quads *q) {
  return q->sorted;
}
kg_perm kg_quads_perm(const kg_quads *q) {
  return q->perm;
}

kgq_status kg_quads_seek(kg_quads *q, kg_id id, kgq_error **err) {
  assert(q->ended || q->sorted);
  if (q->ended) {
    return KGQ_OK;
  }
  kg_row row = { { 0 } };
  for (unsigned i = 0; i < q->prefix; i++) {
    row.c[i] = q->spec.id[kg_perm_column[q->perm][i]];
  }
  row.c[q->prefix] = id;
  return kg_scan_seek(q->scan, &row, err);
}

static bool graph_passes(const kg_quads *q, kg_id graph) {
  const kg_source *g = q->spec.source;
  if (g->kind == KG_SOURCE_SET) {
    return kg_source_holds(g, graph);
  }
  if (g->kind != KG_SOURCE_NAMED) {
    return true;
  }
  return is_named(graph) && (!g->limited || kg_source_holds(g, graph));
}

static bool row_passes(const kg_quads *q, kg_id *const at[4], uint32_t r) {
  for (unsigned i = 0; i < 4; i++) {
    if ((q->checked >> i & 1) == 0) {
      continue;
    }
    const kg_id id = at[i][r];
    if (q->spec.id[i] != KG_ID_NONE && id != q->spec.id[i]) {
      return false;
    }
    if (q->spec.same[i] != i && id != at[q->spec.same[i]][r]) {
      return false;
    }
    if (i == KG_G && q->spec.id[i] == KG_ID_NONE && !graph_passes(q, id)) {
      return false;
    }
  }
  return true;
}

/* Rows with the same triple follow each other in all permutations that a merge may use. */
static bool repeats(kg_quads *q, kg_id *const at[4], uint32_t r) {
  if (q->last[0] == at[0][r] && q->last[1] == at[1][r] && q->last[2] == at[2][r]) {
    return true;
  }
  for (unsigned i = 0; i < 3; i++) {
    q->last[i] = at[i][r];
  }
  return false;
}

static uint32_t keep_passing(kg_quads *q, kg_id *const at[4], uint32_t count) {
  uint32_t kept = 0;
  for (uint32_t r = 0; r < count; r++) {
    if (!row_passes(q, at, r) || (q->merged && repeats(q, at, r))) {
      continue;
    }
    for (unsigned i = 0; i < 4 && kept != r; i++) {
      if (at[i]) {
        at[i][kept] = at[i][r];
      }
    }
    kept++;
  }
  return kept;
}

kgq_status kg_quads_next(kg_quads *q, kg_id *const columns[4], uint32_t capacity, uint32_t *count,
                         kgq_error **err) {
  kg_id *at[4], *ordered[4];
  *count = 0;
  for (unsigned i = 0; i < 4; i++) {
    at[i] = columns[i] || (q->checked >> i & 1) == 0 ? columns[i] : q->scratch[i];
  }
  for (unsigned i = 0; i < 4 && !q->ended; i++) {
    ordered[i] = at[kg_perm_column[q->perm][i]];
  }
  while (*count == 0 && !q->ended) {
    uint32_t read = 0;
    const uint32_t asked = capacity < KG_BATCH_ROWS ? capacity : KG_BATCH_ROWS;
    KGQ_TRY(kg_scan_next(q->scan, ordered, asked, &read, err));
    q->ended = read < asked;
    *count = q->checked ? keep_passing(q, at, read) : read;
  }
  return KGQ_OK;
}

/* ---- how many ----------------------------------------------------------------------------------- */

kgq_status kg_quads_estimate(kg_snap *snap, const kg_quads_spec *spec, double *out, kgq_error **err) {
  kg_quads_spec full = *spec;
  *out = 0;
  if (!complete(&full)) {
    return KGQ_OK;
  }
  const unsigned mask = mask_of(&full);
  choice c = { 0 };
  uint64_t rows = 0;
  kg_scan_spec scan;
  KGQ_TRY(choose(snap, &full, mask, &c, err));
  fill_scan(&full, c.perm, c.prefix, &scan);
  KGQ_TRY(kg_scan_estimate(snap, &scan, &rows, err));
  *out = (double)rows;
  for (unsigned i = c.prefix; i < bits(mask); i++) {
    *out *= 0.3; /* a constant that no prefix covers: nothing is known of how it goes with the others */
  }
  return KGQ_OK;
}

kgq_status kg_quads_estimate_range(kg_snap *snap, const kg_quads_spec *spec, int column,
                                   const kg_id_range *range, double *out, bool *whole, kgq_error **err) {
  kg_quads_spec full = *spec;
  full.sorted_by = column;
  *out = 0;
  *whole = true;
  if (!complete(&full)) {
    return KGQ_OK;
  }
  choice c = { 0 };
  uint64_t rows = 0;
  kg_scan_spec scan;
  KGQ_TRY(choose(snap, &full, mask_of(&full), &c, err));
  fill_scan(&full, c.perm, c.prefix, &scan);
  if (c.sorted) {
    scan.low = range->low;
    scan.high = range->high;
  }
  KGQ_TRY(kg_scan_estimate(snap, &scan, &rows, err));
  *out = (double)rows;
  *whole = c.sorted && rows <= 2 * KG_BLOCK_ROWS;
  return KGQ_OK;
}

kgq_status kg_quads_count(kg_snap *snap, const kg_quads_spec *spec, uint64_t *out, bool *exact,
                          kgq_error **err) {
  kg_quads_spec full = *spec;
  *exact = true;
  if (out) {
    *out = 0;
  }
  if (!complete(&full)) {
    return KGQ_OK;
  }
  kg_quads probe = { .spec = full, .bound = mask_of(&full) };
  choice c = { 0 };
  KGQ_TRY(choose(snap, &full, probe.bound, &c, err));
  probe.perm = c.perm;
  probe.prefix = c.prefix;
  *exact = columns_to_check(&probe) == 0;
  if (!*exact || !out) {
    return KGQ_OK;
  }
  kg_scan_spec scan;
  fill_scan(&full, c.perm, c.prefix, &scan);
  return kg_scan_count(snap, &scan, out, err);
}

kgq_status kg_quads_exists(kg_snap *snap, const kg_quads_spec *spec, kg_cancel *cancel,
                           const kgq_allocator *a, bool *out, kgq_error **err) {
  kg_quads *q = NULL;
  kg_id row[4];
  kg_id *const columns[4] = { &row[0], &row[1], &row[2], &row[3] };
  uint32_t count = 0;
  KGQ_TRY(kg_quads_open(snap, spec, cancel, a, &q, err));
  const kgq_status st = kg_quads_next(q, columns, 1, &count, err);
  kg_quads_close(q);
  *out = count > 0;
  return st;
}
