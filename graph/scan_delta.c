/* graph/scan_delta.c: the cursor over delta keys, log and overlay; see scan_delta.h. */
#include "graph/scan_delta.h"

#include <assert.h>

#include "graph/keys.h"
#include "graph/log.h"

/* Uses of the iterator after which it is asked again whether the delta is in memory by now. */
#define USES_TOLD 64

static bool has_keys(const kg_snap *snap, kg_perm perm) {
  return (perm < KG_QUAD_PERMS ? snap->counts.delta_rows : snap->counts.delta_term_rows) > 0;
}

bool kg_delta_any(const kg_snap *snap, kg_perm perm) {
  return has_keys(snap, perm) || kg_log_any(snap, perm);
}

static void list_runs(kg_changes *c) {
  c->run_count = 0;
  for (unsigned r = 0; c->view && r < c->view->run_count; r++) {
    c->runs[c->run_count++] = c->view->runs[r];
  }
  for (unsigned r = 0; c->log && r < c->log->run_count; r++) {
    c->runs[c->run_count++] = c->log->runs[r];
  }
}

kgq_status kg_changes_open(kg_changes *c, kg_snap *snap, kg_perm perm, kgq_error **err) {
  *c = (kg_changes){ .snap = snap, .perm = perm };
  if (snap->overlay) {
    c->overlay = snap->overlay->changes[perm];
    c->overlay_count = snap->overlay->counts[perm];
  }
  if (kg_log_any(snap, perm)) {
    KGQ_TRY(kg_log_view(snap, perm, &c->log, err));
  }
  c->view = has_keys(snap, perm) ? kg_delta_take(snap, perm, 1) : NULL;
  list_runs(c);
  if (c->view || !has_keys(snap, perm)) {
    return KGQ_OK;
  }
  const char prefix[2] = { KG_KEY_DELTA, (char)perm };
  return kg_store_iter_open(snap->store, kg_str_n(prefix, sizeof prefix), &c->iter, err);
}

void kg_changes_close(kg_changes *c) {
  if (c->iter) {
    kg_store_iter_close(c->iter);
    c->iter = NULL;
    kg_delta_drop(kg_delta_take(c->snap, c->perm, c->uses));
  }
  kg_delta_drop(c->view);
  c->view = NULL;
}

/* ---- in the store ------------------------------------------------------------------------------------ */

static kgq_status read_stored(kg_changes *c, kgq_error **err) {
  c->uses++;
  c->has_stored = kg_store_iter_valid(c->iter);
  if (!c->has_stored) {
    return kg_store_iter_status(c->iter, err);
  }
  KGQ_TRY(kg_row_of_key(kg_store_iter_key(c->iter), &c->stored.row, err));
  const kgq_str value = kg_store_iter_value(c->iter);
  if (value.len != 1 || (unsigned char)value.ptr[0] > 1) {
    return kg_fail(err, KGQ_CORRUPT, "a stored change of facts in permutation %s has an unknown value",
                   kg_perm_name[c->perm]);
  }
  c->stored.present = (unsigned char)value.ptr[0];
  return KGQ_OK;
}

/* ---- store, memory and log together -------------------------------------------------------------------- */

static kgq_status pass_row(kg_changes *c, const kg_row *row, kgq_error **err) {
  for (unsigned r = 0; r < c->run_count; r++) {
    const kg_delta_run *run = c->runs[r];
    c->at[r] += c->at[r] < run->count && kg_row_compare(&run->items[c->at[r]].row, row) == 0;
  }
  if (c->has_stored && kg_row_compare(&c->stored.row, row) == 0) {
    kg_store_iter_next(c->iter);
    return read_stored(c, err);
  }
  return KGQ_OK;
}

/* The least row of all, as the newest has it; *odd: it is not taken back by another one. */
static const kg_change *least_change(const kg_changes *c, bool *odd) {
  const kg_change *least = c->has_stored ? &c->stored : NULL;
  *odd = least != NULL;
  for (unsigned r = 0; r < c->run_count; r++) {
    const kg_delta_run *run = c->runs[r];
    const kg_change *item = c->at[r] < run->count ? &run->items[c->at[r]] : NULL;
    const int order = !item ? 1 : !least ? -1 : kg_row_compare(&item->row, &least->row);
    if (order <= 0) {
      *odd = order < 0 || !*odd;
      least = item;
    }
  }
  return least;
}

static kgq_status read_delta(kg_changes *c, kgq_error **err) {
  for (;;) {
    bool odd;
    const kg_change *least = least_change(c, &odd);
    c->in_delta = least && kg_row_compare(&least->row, &c->bounds.high) <= 0;
    if (!c->in_delta) {
      return KGQ_OK;
    }
    c->delta = *least;
    if (odd) {
      return KGQ_OK;
    }
    KGQ_TRY(pass_row(c, &c->delta.row, err));
  }
}

/* `forward`: the row is not before what is at hand. */
static void seek_run(kg_changes *c, unsigned r, const kg_row *row, bool forward) {
  c->at[r] = kg_delta_run_find(c->runs[r], forward ? c->at[r] : 0, row);
}

static kgq_status seek_delta(kg_changes *c, const kg_row *row, bool forward, kgq_error **err) {
  for (unsigned r = 0; r < c->run_count; r++) {
    seek_run(c, r, row, forward);
  }
  if (c->iter) {
    char key[KG_ROW_KEY_BYTES];
    kg_row_key(KG_KEY_DELTA, c->perm, row, key);
    kg_store_iter_seek(c->iter, kg_str_n(key, sizeof key));
    KGQ_TRY(read_stored(c, err));
  }
  return read_delta(c, err);
}

/* Overlay row at hand inside the bounds, or NULL. */
static const kg_change *overlay_now(const kg_changes *c) {
  if (c->overlay_at >= c->overlay_count) {
    return NULL;
  }
  const kg_change *change = &c->overlay[c->overlay_at];
  return kg_row_compare(&change->row, &c->bounds.high) <= 0 ? change : NULL;
}

static void choose(kg_changes *c) {
  const kg_change *overlay = overlay_now(c);
  c->valid = c->in_delta || overlay;
  c->difference = 0;
  const int order = !overlay ? 1 : !c->in_delta ? -1 : kg_row_compare(&overlay->row, &c->delta.row);
  if (c->in_delta && order >= 0) {
    c->now = c->delta;
    c->difference += c->delta.present ? 1 : -1;
  }
  if (overlay && order <= 0) {
    c->now = *overlay;
    c->difference += overlay->present ? 1 : -1;
  }
}

static void seek_overlay(kg_changes *c, size_t from, const kg_row *row) {
  size_t to = c->overlay_count;
  while (from < to) {
    const size_t middle = from + (to - from) / 2;
    if (kg_row_compare(&c->overlay[middle].row, row) < 0) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  c->overlay_at = from;
}

/* A scan that began in the store goes on in memory once it has asked much. */
static void take_view(kg_changes *c) {
  c->view = kg_delta_take(c->snap, c->perm, c->uses);
  c->uses = 0;
  if (c->view) {
    kg_store_iter_close(c->iter);
    c->iter = NULL;
    c->has_stored = false;
    list_runs(c);
  }
}

kgq_status kg_changes_bind(kg_changes *c, const kg_bounds *bounds, kgq_error **err) {
  c->bounds = *bounds;
  c->in_delta = c->valid = false;
  if (bounds->empty) {
    c->overlay_at = c->overlay_count;
    return KGQ_OK;
  }
  if (c->iter && c->uses >= USES_TOLD) {
    take_view(c);
  }
  if (c->iter || c->run_count > 0) {
    KGQ_TRY(seek_delta(c, &bounds->low, false, err));
  }
  seek_overlay(c, 0, &bounds->low);
  choose(c);
  return KGQ_OK;
}

kgq_status kg_changes_seek(kg_changes *c, const kg_row *row, kgq_error **err) {
  if (!c->valid || kg_row_compare(&c->now.row, row) >= 0) {
    return KGQ_OK;
  }
  if (c->in_delta && kg_row_compare(&c->delta.row, row) < 0) {
    KGQ_TRY(seek_delta(c, row, true, err));
  }
  seek_overlay(c, c->overlay_at, row);
  choose(c);
  return KGQ_OK;
}

kgq_status kg_changes_next(kg_changes *c, kgq_error **err) {
  assert(c->valid);
  const kg_row done = c->now.row;
  const kg_change *overlay = overlay_now(c);
  if (overlay && kg_row_compare(&overlay->row, &done) == 0) {
    c->overlay_at++;
  }
  if (c->in_delta && kg_row_compare(&c->delta.row, &done) == 0) {
    KGQ_TRY(pass_row(c, &done, err));
    KGQ_TRY(read_delta(c, err));
  }
  choose(c);
  return KGQ_OK;
}
