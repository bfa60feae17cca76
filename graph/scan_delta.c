/* graph/scan_delta.c: the cursor over delta keys and overlay; see scan_delta.h. */
#include "graph/scan_delta.h"

#include <assert.h>

#include "graph/keys.h"

bool kg_delta_any(const kg_snap *snap, kg_perm perm) {
  return (perm < KG_QUAD_PERMS ? snap->counts.delta_rows : snap->counts.delta_term_rows) > 0;
}

kgq_status kg_changes_open(kg_changes *c, kg_snap *snap, kg_perm perm, kgq_error **err) {
  *c = (kg_changes){ .perm = perm };
  if (snap->overlay) {
    c->overlay = snap->overlay->changes[perm];
    c->overlay_count = snap->overlay->counts[perm];
  }
  if (!kg_delta_any(snap, perm)) {
    return KGQ_OK;
  }
  const char prefix[2] = { KG_KEY_DELTA, (char)perm };
  return kg_store_iter_open(snap->store, kg_str_n(prefix, sizeof prefix), &c->iter, err);
}

void kg_changes_close(kg_changes *c) {
  if (c->iter) {
    kg_store_iter_close(c->iter);
    c->iter = NULL;
  }
}

static kgq_status read_delta(kg_changes *c, kgq_error **err) {
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

static kgq_status seek_delta(kg_changes *c, const kg_row *row, kgq_error **err) {
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

kgq_status kg_changes_bind(kg_changes *c, const kg_bounds *bounds, kgq_error **err) {
  c->bounds = *bounds;
  c->in_delta = c->valid = false;
  if (bounds->empty) {
    c->overlay_at = c->overlay_count;
    return KGQ_OK;
  }
  if (c->iter) {
    KGQ_TRY(seek_delta(c, &bounds->low, err));
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
    KGQ_TRY(seek_delta(c, row, err));
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
    kg_store_iter_next(c->iter);
    KGQ_TRY(read_delta(c, err));
  }
  choose(c);
  return KGQ_OK;
}
