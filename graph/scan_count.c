/* graph/scan_count.c: exact counts, estimates, and the table of graphs.
 *
 * Counts come from the counts record, block headers and skip indexes; rows are decoded only at the two ends
 * of a range and in blocks in which a triple has several graphs. Changes (delta, overlay) are differences, so
 * each row among them counts plus or minus one; distinct triples need a look at what surrounds each change.
 */
#include <assert.h>

#include "graph/keys.h"
#include "graph/log.h"
#include "graph/scan.h"
#include "graph/scan_base.h"
#include "graph/scan_delta.h"

/* Beyond this many blocks an estimate goes by stored bytes, which may be three times off: each block costs
 * about a microsecond to step over, once for a pattern and state (query/statistics.h). */
#define ESTIMATE_BLOCKS 256
/* With more changes than one in this many rows, merging is cheaper than asking around each change. */
#define CHANGE_LOOK_UP_ROWS 64

/* ---- blocks -------------------------------------------------------------------------------------- */

typedef struct tally {
  kg_base base;
  const kg_bounds *bounds;
  bool distinct;
  bool has_last;
  kg_row last; /* last row of the block before */
  uint64_t rows;
} tally;

static bool same_triple(const kg_row *a, const kg_row *b) {
  return memcmp(a->c, b->c, 3 * sizeof(kg_id)) == 0;
}

/* Distinct triples among rows [from, to) of the block at hand. */
static kgq_status distinct_rows(kg_base *b, uint32_t from, uint32_t to, uint64_t *out, kgq_error **err) {
  kg_id *const columns[4] = { b->own[0], b->own[1], b->own[2], NULL };
  kg_row last = { { 0 } };
  bool has_last = false;
  *out = 0;
  for (uint32_t m = from / KG_MINI_ROWS; m * KG_MINI_ROWS < to; m++) {
    KGQ_TRY(kg_block_decode(&b->block, m, columns, err));
    const uint32_t start = m * KG_MINI_ROWS, end = start + kg_block_mini_rows(&b->block, m);
    for (uint32_t i = from > start ? from : start; i < (to < end ? to : end); i++) {
      const kg_row row = { { b->own[0][i - start], b->own[1][i - start], b->own[2][i - start], 0 } };
      *out += !has_last || !same_triple(&row, &last);
      last = row;
      has_last = true;
    }
  }
  return KGQ_OK;
}

/* Adds the block at hand; *more: the range goes on behind it. */
static kgq_status tally_block(tally *t, bool *more, kgq_error **err) {
  kg_base *b = &t->base;
  kg_row first;
  kg_block_first_row(&b->block, 0, &first);
  *more = kg_row_compare(&b->block_last, &t->bounds->high) < 0;
  if (kg_row_compare(&first, &t->bounds->high) > 0) {
    return KGQ_OK;
  }
  uint32_t from = 0, to = b->block.row_count;
  if (kg_row_compare(&first, &t->bounds->low) < 0) {
    KGQ_TRY(kg_base_rank(b, &t->bounds->low, false, &from, err));
  }
  if (kg_row_compare(&b->block_last, &t->bounds->high) > 0) {
    KGQ_TRY(kg_base_rank(b, &t->bounds->high, true, &to, err));
  }
  uint64_t rows = to > from ? to - from : 0;
  if (t->distinct && b->block.triple_count != b->block.row_count) {
    rows = b->block.triple_count;
    if (from > 0 || to < b->block.row_count) {
      KGQ_TRY(distinct_rows(b, from, to, &rows, err));
    }
  }
  if (t->distinct && t->has_last && from == 0 && rows > 0 && same_triple(&first, &t->last)) {
    rows--;
  }
  t->rows += rows;
  t->last = b->block_last;
  t->has_last = true;
  return KGQ_OK;
}

/* Rows of the blocks alone; stops after block_limit blocks (0: never) with *whole false. */
static kgq_status count_blocks(kg_snap *snap, const kg_scan_spec *spec, const kg_bounds *bounds,
                               uint32_t block_limit, uint64_t *out, bool *whole, kgq_error **err) {
  tally t = { .bounds = bounds, .distinct = spec->distinct };
  *whole = true;
  *out = 0;
  if (bounds->empty) {
    return KGQ_OK;
  }
  kgq_status st = kg_base_open(&t.base, snap, spec->perm, err);
  if (st == KGQ_OK) {
    st = kg_base_seek_block(&t.base, &bounds->low, err);
  }
  bool more = true;
  for (uint32_t n = 1; st == KGQ_OK && !t.base.ended && more; n++) {
    st = tally_block(&t, &more, err);
    if (n == block_limit && more) {
      *whole = false;
      break;
    }
    if (st == KGQ_OK && more) {
      st = kg_base_next_block(&t.base, err);
    }
  }
  kg_base_close(&t.base);
  *out = t.rows;
  return st;
}

/* ---- changes ------------------------------------------------------------------------------------- */

/* All rows one by one: right in every case. */
static kgq_status count_by_scan(kg_snap *snap, const kg_scan_spec *spec, uint64_t *out, kgq_error **err) {
  kg_scan *scan;
  KGQ_TRY(kg_scan_open(snap, spec, NULL, &scan, err));
  kg_id *const none[4] = { NULL, NULL, NULL, NULL };
  kgq_status st;
  uint32_t n = 0;
  *out = 0;
  do {
    st = kg_scan_next(scan, none, KG_BATCH_ROWS, &n, err);
    *out += n;
  } while (st == KGQ_OK && n > 0);
  kg_scan_close(scan);
  return st;
}

static kgq_status has_triple(kg_scan *scan, kg_perm perm, const kg_row *row, bool *out, kgq_error **err) {
  const kg_scan_spec spec = { .perm = perm,
                              .prefix_length = 3,
                              .prefix = { row->c[0], row->c[1], row->c[2] } };
  kg_id *const none[4] = { NULL, NULL, NULL, NULL };
  uint32_t n;
  KGQ_TRY(kg_scan_restart(scan, &spec, err));
  KGQ_TRY(kg_scan_next(scan, none, 1, &n, err));
  *out = n > 0;
  return KGQ_OK;
}

/* Sum of what the changes add and take: rows, or with `distinct` triples, for which `before` looks at the
 * blocks only and `after` at everything. */
static kgq_status sum_changes(kg_changes *c, const kg_scan_spec *spec, kg_scan *before, kg_scan *after,
                              int64_t *out, uint64_t *seen, kgq_error **err) {
  kg_row last = { { 0 } };
  *out = 0;
  for (*seen = 0; c->valid; ++*seen) {
    if (!before) {
      *out += c->difference;
    } else if (*seen == 0 || !same_triple(&last, &c->now.row)) {
      bool was, is;
      KGQ_TRY(has_triple(before, spec->perm, &c->now.row, &was, err));
      KGQ_TRY(has_triple(after, spec->perm, &c->now.row, &is, err));
      *out += (int64_t)is - (int64_t)was;
    }
    last = c->now.row;
    KGQ_TRY(kg_changes_next(c, err));
  }
  return KGQ_OK;
}

static kgq_status changes_in_range(kg_snap *snap, const kg_scan_spec *spec, const kg_bounds *bounds,
                                   kg_scan *before, kg_scan *after, int64_t *out, uint64_t *seen,
                                   kgq_error **err) {
  kg_changes changes;
  kgq_status st = kg_changes_open(&changes, snap, spec->perm, err);
  if (st == KGQ_OK) {
    st = kg_changes_bind(&changes, bounds, err);
  }
  if (st == KGQ_OK) {
    st = sum_changes(&changes, spec, before, after, out, seen, err);
  }
  kg_changes_close(&changes);
  return st;
}

static kgq_status distinct_changes(kg_snap *snap, const kg_scan_spec *spec, const kg_bounds *bounds,
                                   int64_t *out, kgq_error **err) {
  kg_snap blocks_only = *snap;
  blocks_only.counts.delta_rows = blocks_only.counts.delta_term_rows = 0;
  blocks_only.log = NULL;
  blocks_only.overlay = NULL;
  const kg_scan_spec nothing = { .perm = spec->perm, .low = 2, .high = 1 }; /* an empty range */
  kg_scan *before = NULL, *after = NULL;
  uint64_t seen;
  kgq_status st = kg_scan_open(&blocks_only, &nothing, NULL, &before, err);
  if (st == KGQ_OK) {
    st = kg_scan_open(snap, &nothing, NULL, &after, err);
  }
  if (st == KGQ_OK) {
    st = changes_in_range(snap, spec, bounds, before, after, out, &seen, err);
  }
  kg_scan_close(after);
  kg_scan_close(before);
  return st;
}

/* ---- counting ------------------------------------------------------------------------------------ */

/* The counts record knows a whole permutation. */
static bool whole_permutation(kg_snap *snap, const kg_scan_spec *spec, uint64_t *out) {
  if (spec->prefix_length > 0 || spec->high != 0) {
    return false;
  }
  const kg_counts *counts = &snap->counts;
  if (spec->perm == KG_GSPO) {
    *out = counts->named_quads;
    return !spec->distinct;
  }
  *out = spec->perm > KG_GSPO ? counts->triple_terms : spec->distinct ? counts->triples : counts->quads;
  return true;
}

kgq_status kg_scan_count(kg_snap *snap, const kg_scan_spec *spec, uint64_t *out, kgq_error **err) {
  if (whole_permutation(snap, spec, out)) {
    return KGQ_OK;
  }
  const kg_bounds bounds = kg_bounds_of(spec);
  const bool distinct = spec->distinct && spec->prefix_length + (spec->high != 0) < 4;
  bool whole;
  uint64_t rows, seen = 0;
  KGQ_TRY(count_blocks(snap, spec, &bounds, 0, &rows, &whole, err));
  *out = rows;
  if (!kg_delta_any(snap, spec->perm) && !snap->overlay) {
    return KGQ_OK;
  }
  int64_t difference = 0;
  KGQ_TRY(changes_in_range(snap, spec, &bounds, NULL, NULL, &difference, &seen, err));
  if (spec->distinct && seen > 0) {
    if (!distinct || seen > rows / CHANGE_LOOK_UP_ROWS) {
      return count_by_scan(snap, spec, out, err);
    }
    KGQ_TRY(distinct_changes(snap, spec, &bounds, &difference, err));
  }
  *out = (uint64_t)((int64_t)rows + difference);
  return KGQ_OK;
}

kgq_status kg_scan_estimate(kg_snap *snap, const kg_scan_spec *spec, uint64_t *out, kgq_error **err) {
  if (whole_permutation(snap, spec, out)) {
    return KGQ_OK;
  }
  const kg_bounds bounds = kg_bounds_of(spec);
  bool whole;
  KGQ_TRY(count_blocks(snap, spec, &bounds, ESTIMATE_BLOCKS, out, &whole, err));
  if (!whole) {
    char key[KG_ROW_KEY_BYTES];
    kg_row_key(KG_KEY_BLOCK, spec->perm, &bounds.low, key);
    const double part =
        (double)kg_store_bytes(snap->store, kg_str_n(key, 2 + 8 * (size_t)spec->prefix_length));
    const double all = (double)kg_store_bytes(snap->store, kg_str_n(key, 2));
    const kg_scan_spec everything = { .perm = spec->perm };
    uint64_t total;
    whole_permutation(snap, &everything, &total);
    const uint64_t scaled = all > 0 && part < all ? (uint64_t)((double)total * (part / all)) : total;
    *out = scaled > *out ? scaled : *out;
  } else if (*out == 0 && (kg_delta_any(snap, spec->perm) || snap->overlay)) {
    bool any; /* a planner that hears 0 would stop there */
    KGQ_TRY(kg_scan_exists(snap, spec, &any, err));
    *out = any;
  }
  return KGQ_OK;
}

/* ---- graphs -------------------------------------------------------------------------------------- */

static const kg_graph_change *overlay_graph(const kg_snap *snap, kg_id graph) {
  for (size_t i = 0; snap->overlay && i < snap->overlay->graph_count; i++) {
    if (snap->overlay->graphs[i].graph == graph) {
      return &snap->overlay->graphs[i];
    }
  }
  return NULL;
}

kgq_status kg_graph_count(kg_snap *snap, kg_id graph, uint64_t *quads, kgq_error **err) {
  if (graph == KG_ID_DEFAULT_GRAPH) {
    *quads = snap->counts.quads - snap->counts.named_quads;
    return KGQ_OK;
  }
  char key[9] = { KG_KEY_GRAPH };
  kg_put_be64(key + 1, graph);
  kg_pin pin = { 0 };
  KGQ_TRY(kg_store_get(snap->store, kg_str_n(key, sizeof key), &pin, err));
  const bool damaged = pin.value.ptr && pin.value.len != 8;
  *quads = pin.value.ptr && !damaged ? kg_get_be64(pin.value.ptr) : 0;
  kg_pin_free(&pin);
  if (damaged) {
    return kg_fail(err, KGQ_CORRUPT, "a record of the table of graphs is damaged");
  }
  int64_t logged;
  KGQ_TRY(kg_log_graph(snap, graph, &logged, err));
  const kg_graph_change *change = overlay_graph(snap, graph);
  *quads += (uint64_t)logged + (change ? (uint64_t)change->quads : 0);
  return KGQ_OK;
}

/* By how much graphs differ from what the table says: by the log, and by the overlay. */
typedef struct graph_walk {
  kg_snap *snap;
  kg_graph_change *logged;
  size_t logged_count, logged_at, overlay_at;
  kg_graph_fn fn;
  void *arg;
} graph_walk;

/* The next graph that one of them knows; KG_ID_NONE: none is left before `until`. */
static kg_id next_changed(const graph_walk *w, kg_id until) {
  const kg_overlay *overlay = w->snap->overlay;
  kg_id next = until;
  if (w->logged_at < w->logged_count && w->logged[w->logged_at].graph < next) {
    next = w->logged[w->logged_at].graph;
  }
  if (overlay && w->overlay_at < overlay->graph_count && overlay->graphs[w->overlay_at].graph < next) {
    next = overlay->graphs[w->overlay_at].graph;
  }
  return next < until ? next : KG_ID_NONE;
}

static uint64_t change_of(graph_walk *w, kg_id graph) {
  const kg_overlay *overlay = w->snap->overlay;
  int64_t sum = 0;
  if (w->logged_at < w->logged_count && w->logged[w->logged_at].graph == graph) {
    sum += w->logged[w->logged_at++].quads;
  }
  if (overlay && w->overlay_at < overlay->graph_count && overlay->graphs[w->overlay_at].graph == graph) {
    sum += overlay->graphs[w->overlay_at++].quads;
  }
  return (uint64_t)sum;
}

/* Graphs that the table does not have, up to `until` (exclusive). */
static kgq_status new_graphs(graph_walk *w, kg_id until, kgq_error **err) {
  for (kg_id graph; (graph = next_changed(w, until)) != KG_ID_NONE;) {
    const uint64_t quads = change_of(w, graph);
    if (quads > 0) {
      KGQ_TRY(w->fn(w->arg, graph, quads, err));
    }
  }
  return KGQ_OK;
}

static kgq_status one_graph(graph_walk *w, const kg_store_iter *it, kgq_error **err) {
  const kgq_str key = kg_store_iter_key(it), value = kg_store_iter_value(it);
  if (key.len != 9 || value.len != 8) {
    return kg_fail(err, KGQ_CORRUPT, "a record of the table of graphs is damaged");
  }
  const kg_id graph = kg_get_be64(key.ptr + 1);
  KGQ_TRY(new_graphs(w, graph, err));
  const uint64_t quads = kg_get_be64(value.ptr) + change_of(w, graph);
  return quads ? w->fn(w->arg, graph, quads, err) : KGQ_OK;
}

static kgq_status walk_graphs(graph_walk *w, kgq_error **err) {
  const char prefix[1] = { KG_KEY_GRAPH };
  kg_store_iter *it;
  KGQ_TRY(kg_store_iter_open(w->snap->store, kg_str_n(prefix, 1), &it, err));
  kgq_status st = KGQ_OK;
  for (kg_store_iter_first(it); st == KGQ_OK && kg_store_iter_valid(it); kg_store_iter_next(it)) {
    st = one_graph(w, it, err);
  }
  if (st == KGQ_OK) {
    st = kg_store_iter_status(it, err);
  }
  kg_store_iter_close(it);
  return st == KGQ_OK ? new_graphs(w, ~(kg_id)0, err) : st;
}

kgq_status kg_graphs(kg_snap *snap, kg_graph_fn fn, void *arg, kgq_error **err) {
  graph_walk w = { .snap = snap, .fn = fn, .arg = arg };
  KGQ_TRY(kg_log_graphs(snap, &w.logged, &w.logged_count, err));
  const kgq_status st = walk_graphs(&w, err);
  kg_free(&snap->db->allocator, w.logged, w.logged_count * sizeof *w.logged);
  return st;
}
