/* graph/scan_delta.c: the cursor over delta keys and overlay; see scan_delta.h. */
#include "graph/scan_delta.h"

#include <assert.h>

#include "graph/keys.h"

/* Uses of the iterator after which it is asked again whether the delta is in memory by now. */
#define USES_TOLD 64

bool kg_delta_any(const kg_snap *snap, kg_perm perm) {
  return (perm < KG_QUAD_PERMS ? snap->counts.delta_rows : snap->counts.delta_term_rows) > 0;
}

kgq_status kg_changes_open(kg_changes *c, kg_snap *snap, kg_perm perm, kgq_error **err) {
  *c = (kg_changes){ .snap = snap, .perm = perm };
  if (snap->overlay) {
    c->overlay = snap->overlay->changes[perm];
    c->overlay_count = snap->overlay->counts[perm];
  }
  if (!kg_delta_any(snap, perm)) {
    return KGQ_OK;
  }
  c->view = kg_delta_take(snap, perm, 1);
  if (c->view) {
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

/* ---- in memory -------------------------------------------------------------------------------------- */

static void pass_row(kg_changes *c, const kg_row *row) {
  for (unsigned r = 0; r < c->view->run_count; r++) {
    const kg_delta_run *run = c->view->runs[r];
    c->at[r] += c->at[r] < run->count && kg_row_compare(&run->items[c->at[r]].row, row) == 0;
  }
}

/* The least row of all runs, as the newest of them has it; what is gone is passed over. */
static void read_view(kg_changes *c) {
  const kg_change *least;
  do {
    least = NULL;
    for (unsigned r = 0; r < c->view->run_count; r++) {
      const kg_delta_run *run = c->view->runs[r];
      const kg_change *item = c->at[r] < run->count ? &run->items[c->at[r]] : NULL;
      if (item && (!least || kg_row_compare(&item->row, &least->row) <= 0)) {
        least = item;
      }
    }
    c->in_delta = least && kg_row_compare(&least->row, &c->bounds.high) <= 0;
    if (c->in_delta && least->present == KG_DELTA_GONE) {
      pass_row(c, &least->row);
    }
  } while (c->in_delta && least->present == KG_DELTA_GONE);
  if (c->in_delta) {
    c->delta = *least;
  }
}

/* `forward`: the row is not before what is at hand. */
static void seek_view(kg_changes *c, const kg_row *row, bool forward) {
  for (unsigned r = 0; r < c->view->run_count; r++) {
    const kg_delta_run *run = c->view->runs[r];
    size_t from = forward ? c->at[r] : 0, to = run->count;
    while (from < to) {
      const size_t middle = from + (to - from) / 2;
      if (kg_row_compare(&run->items[middle].row, row) < 0) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    c->at[r] = from;
  }
  read_view(c);
}

/* ---- in the store ------------------------------------------------------------------------------------ */

static kgq_status read_delta(kg_changes *c, kgq_error **err) {
  c->uses++;
  c->in_delta = kg_store_iter_valid(c->iter);
  if (!c->in_delta) {
    return kg_store_iter_status(c->iter, err);
  }
  KGQ_TRY(kg_row_of_key(kg_store_iter_key(c->iter), &c->delta.row, err));
  const kgq_str value = kg_store_iter_value(c->iter);
  if (value.len != 1 || (unsigned char)value.ptr[0] > 1) {
    return kg_fail(err, KGQ_CORRUPT, "a stored change of facts in permutation %s has an unknown value",
                   kg_perm_name[c->perm]);
  }
  c->delta.present = (unsigned char)value.ptr[0];
  c->in_delta = kg_row_compare(&c->delta.row, &c->bounds.high) <= 0;
  return KGQ_OK;
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

static kgq_status seek_delta(kg_changes *c, const kg_row *row, bool forward, kgq_error **err) {
  if (c->view) {
    seek_view(c, row, forward);
    return KGQ_OK;
  }
  char key[KG_ROW_KEY_BYTES];
  kg_row_key(KG_KEY_DELTA, c->perm, row, key);
  kg_store_iter_seek(c->iter, kg_str_n(key, sizeof key));
  return read_delta(c, err);
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
  if (c->iter || c->view) {
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
    if (c->view) {
      pass_row(c, &done);
      read_view(c);
    } else {
      kg_store_iter_next(c->iter);
      KGQ_TRY(read_delta(c, err));
    }
  }
  choose(c);
  return KGQ_OK;
}
