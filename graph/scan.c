/* graph/scan.c: rows under a prefix, in order, as columns of ids.
 *
 * Merges the block cursor (scan_base.c) with the cursor of changes (scan_delta.c). Runs of block rows between
 * two changes are copied whole; without changes nothing is compared at all. Counting is in scan_count.c.
 */
#include "graph/scan.h"

#include <assert.h>

#include "graph/scan_base.h"
#include "graph/scan_delta.h"

struct kg_scan {
  kg_snap *snap;
  kg_cancel *cancel;
  kg_perm perm;
  bool distinct, has_last;
  kg_id last[3]; /* the triple given last, for distinct */
  kg_changes changes;
  kg_base base; /* ends in decoded rows, which are not cleared */
};

/* Where rows go during one kg_scan_next. */
typedef struct output {
  kg_id *const *columns;
  uint32_t count, capacity;
} output;

kgq_status kg_scan_open(kg_snap *snap, const kg_scan_spec *spec, kg_cancel *cancel, kg_scan **out,
                        kgq_error **err) {
  const kgq_allocator *a = &snap->db->allocator;
  kg_scan *scan = kg_alloc(a, sizeof *scan);
  if (!scan) {
    return kg_fail_memory(err);
  }
  memset(scan, 0, offsetof(kg_scan, base) + offsetof(kg_base, own));
  scan->snap = snap;
  scan->cancel = cancel;
  scan->perm = spec->perm;
  kgq_status st = kg_base_open(&scan->base, snap, spec->perm, err);
  if (st == KGQ_OK) {
    st = kg_changes_open(&scan->changes, snap, spec->perm, err);
  }
  if (st == KGQ_OK) {
    st = kg_scan_restart(scan, spec, err);
  }
  if (st != KGQ_OK) {
    kg_scan_close(scan);
    return st;
  }
  *out = scan;
  return KGQ_OK;
}

void kg_scan_close(kg_scan *scan) {
  if (scan) {
    kg_changes_close(&scan->changes);
    kg_base_close(&scan->base);
    kg_free(&scan->snap->db->allocator, scan, sizeof *scan);
  }
}

kgq_status kg_scan_restart(kg_scan *scan, const kg_scan_spec *spec, kgq_error **err) {
  assert(spec->perm == scan->perm);
  const kg_bounds bounds = kg_bounds_of(spec);
  scan->distinct = spec->distinct;
  scan->has_last = false;
  KGQ_TRY(kg_base_bind(&scan->base, &bounds, err));
  return kg_changes_bind(&scan->changes, &bounds, err);
}

kgq_status kg_scan_seek(kg_scan *scan, const kg_row *row, kgq_error **err) {
  KGQ_TRY(kg_base_seek(&scan->base, row, err));
  return kg_changes_seek(&scan->changes, row, err);
}

/* ---- giving rows -------------------------------------------------------------------------------- */

static bool same_triple_as_last(const kg_scan *scan, kg_id a, kg_id b, kg_id c) {
  return scan->has_last && scan->last[0] == a && scan->last[1] == b && scan->last[2] == c;
}

static void remember(kg_scan *scan, kg_id a, kg_id b, kg_id c) {
  scan->last[0] = a;
  scan->last[1] = b;
  scan->last[2] = c;
  scan->has_last = true;
}

static void copy_run(const kg_base *base, uint32_t from, uint32_t n, output *out) {
  for (int c = 0; c < 4; c++) {
    if (out->columns[c]) {
      memcpy(out->columns[c] + out->count, base->ids[c] + from, n * sizeof(kg_id));
    }
  }
  out->count += n;
}

/* One row at a time: only in blocks in which a triple occurs in several graphs. */
static void copy_distinct(kg_scan *scan, uint32_t from, uint32_t n, output *out) {
  const kg_base *base = &scan->base;
  for (uint32_t i = from; i < from + n; i++) {
    const kg_id a = base->ids[0][i], b = base->ids[1][i], c = base->ids[2][i];
    if (!same_triple_as_last(scan, a, b, c)) {
      copy_run(base, i, 1, out);
      remember(scan, a, b, c);
    }
  }
}

/* Takes n rows of the run. */
static void give_run(kg_scan *scan, uint32_t n, output *out) {
  kg_base *base = &scan->base;
  uint32_t from = base->from;
  base->from += n;
  if (n == 0 || !scan->distinct) {
    copy_run(base, from, n, out);
    return;
  }
  if (base->block.triple_count != base->block.row_count) {
    copy_distinct(scan, from, n, out);
    return;
  }
  const uint32_t last = from + n - 1;
  if (same_triple_as_last(scan, base->ids[0][from], base->ids[1][from], base->ids[2][from])) {
    from++;
    n--;
  }
  copy_run(base, from, n, out);
  remember(scan, base->ids[0][last], base->ids[1][last], base->ids[2][last]);
}

static void give_row(kg_scan *scan, const kg_row *row, output *out) {
  if (scan->distinct) {
    if (same_triple_as_last(scan, row->c[0], row->c[1], row->c[2])) {
      return;
    }
    remember(scan, row->c[0], row->c[1], row->c[2]);
  }
  for (int c = 0; c < 4; c++) {
    if (out->columns[c]) {
      out->columns[c][out->count] = row->c[c];
    }
  }
  out->count++;
}

/* Block rows before the change at hand; then, if the run did not end first, the change itself. */
static kgq_status merge_step(kg_scan *scan, output *out, kgq_error **err) {
  kg_base *base = &scan->base;
  const kg_change change = scan->changes.now;
  if (!base->ended) {
    const uint32_t room = out->capacity - out->count;
    const uint32_t below = kg_base_below(base, &change.row);
    give_run(scan, below < room ? below : room, out);
    if (base->from == base->to || below > room || out->count == out->capacity) {
      return KGQ_OK;
    }
    const kg_row now = { { base->ids[0][base->from], base->ids[1][base->from], base->ids[2][base->from],
                           base->ids[3][base->from] } };
    if (kg_row_compare(&now, &change.row) == 0) {
      base->from++;
    }
  }
  if (change.present) {
    give_row(scan, &change.row, out);
  }
  return kg_changes_next(&scan->changes, err);
}

static unsigned wanted_columns(const kg_scan *scan, kg_id *const columns[4]) {
  if (kg_changes_possible(&scan->changes)) {
    return 15;
  }
  unsigned wanted = scan->distinct ? 7 : 0;
  for (unsigned c = 0; c < 4; c++) {
    wanted |= columns[c] ? 1u << c : 0;
  }
  return wanted;
}

kgq_status kg_scan_next(kg_scan *scan, kg_id *const columns[4], uint32_t capacity, uint32_t *count,
                        kgq_error **err) {
  *count = 0;
  KGQ_TRY(kg_cancel_check(scan->cancel, err));
  output out = { columns, 0, capacity };
  scan->base.wanted = wanted_columns(scan, columns);
  while (out.count < capacity) {
    KGQ_TRY(kg_base_fill(&scan->base, err));
    if (scan->changes.valid) {
      KGQ_TRY(merge_step(scan, &out, err));
    } else if (scan->base.ended) {
      break;
    } else {
      const uint32_t rows = scan->base.to - scan->base.from, room = capacity - out.count;
      give_run(scan, rows < room ? rows : room, &out);
    }
  }
  *count = out.count;
  return KGQ_OK;
}

kgq_status kg_scan_exists(kg_snap *snap, const kg_scan_spec *spec, bool *out, kgq_error **err) {
  kg_scan *scan;
  KGQ_TRY(kg_scan_open(snap, spec, NULL, &scan, err));
  kg_id *const none[4] = { NULL, NULL, NULL, NULL };
  uint32_t count = 0;
  const kgq_status st = kg_scan_next(scan, none, 1, &count, err);
  *out = count > 0;
  kg_scan_close(scan);
  return st;
}
