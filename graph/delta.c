/* graph/delta.c: the stored delta of a database in memory; see delta.h.
 *
 * Each permutation has a view with the number of the commit that last changed the stored delta. A reader of
 * an older state gets none; the writer moves views from commit to commit. Loading reads the delta keys of a
 * snapshot once. Under one lock, which is held for as long as merging or loading takes.
 */
#include "graph/delta.h"

#include <assert.h>

#include "core/limits.h"
#include "graph/keys.h"
#include "graph/scan_base.h"

/* Seeks or steps in the store that are worth as much as loading this many keys. */
#define LOAD_RATIO 32

typedef struct part {
  kg_delta_view *view; /* NULL: not loaded */
  uint64_t commit;     /* the last that changed the keys of the permutation's kind */
  uint64_t uses;       /* since there was none */
} part;

struct kg_delta {
  part parts[KG_PERM_COUNT];
};

/* ---- what the database has --------------------------------------------------------------------------- */

static void part_forget(part *p) {
  kg_delta_drop(p->view);
  *p = (part){ .view = NULL };
}

static void part_set(part *p, kg_delta_view *view, uint64_t commit) {
  kg_delta_drop(p->view);
  *p = (part){ .view = view, .commit = commit };
}

static void forget_all(kg_delta *delta) {
  for (int i = 0; i < KG_PERM_COUNT; i++) {
    part_forget(&delta->parts[i]);
  }
}

/* Freed with the database. */
static void delta_free(kgq_db *db) {
  forget_all(db->delta);
  kg_free(&db->allocator, db->delta, sizeof *db->delta);
  db->delta = NULL;
}

/* With the lock held. NULL: no memory. */
static kg_delta *the_delta(kgq_db *db) {
  if (!db->delta) {
    db->delta = kg_alloc_zero(&db->allocator, 1, sizeof *db->delta);
    db->delta_free = db->delta ? delta_free : NULL;
  }
  return db->delta;
}

void kg_delta_forget(kgq_db *db) {
  pthread_mutex_lock(&db->delta_mutex);
  if (db->delta) {
    forget_all(db->delta);
  }
  pthread_mutex_unlock(&db->delta_mutex);
}

/* ---- loading ----------------------------------------------------------------------------------------- */

static bool read_change(const kg_store_iter *it, kg_change *out) {
  const kgq_str value = kg_store_iter_value(it);
  if (value.len != 1 || (unsigned char)value.ptr[0] > 1) {
    return false;
  }
  out->present = (unsigned char)value.ptr[0];
  return kg_row_of_key(kg_store_iter_key(it), &out->row, NULL) == KGQ_OK;
}

/* All delta keys of a permutation; false: something is wrong, and who reads the store will say what. */
static bool read_changes(kg_snap *snap, kg_perm perm, kg_change **items, size_t *capacity, size_t *count) {
  const char prefix[2] = { KG_KEY_DELTA, (char)perm };
  kg_store_iter *it;
  if (kg_store_iter_open(snap->store, kg_str_n(prefix, sizeof prefix), &it, NULL) != KGQ_OK) {
    return false;
  }
  bool good = true;
  for (kg_store_iter_first(it); good && kg_store_iter_valid(it); kg_store_iter_next(it)) {
    void *array = *items;
    good = *count < KG_DELTA_KEYS_MAX &&
           kg_grow(&snap->db->allocator, &array, capacity, *count + 1, sizeof **items, NULL) == KGQ_OK;
    *items = array;
    good = good && read_change(it, &(*items)[*count]);
    *count += good;
  }
  good = good && kg_store_iter_status(it, NULL) == KGQ_OK;
  kg_store_iter_close(it);
  return good;
}

static kg_delta_view *load(kg_snap *snap, kg_perm perm) {
  const kgq_allocator *a = &snap->db->allocator;
  kg_change *items = NULL;
  size_t capacity = 0, count = 0;
  const bool good = read_changes(snap, perm, &items, &capacity, &count);
  kg_delta_view *view = good ? kg_delta_view_new(a, NULL) : NULL;
  kg_delta_run *run = view ? kg_delta_run_new(a, count) : NULL;
  if (run) {
    if (count > 0) {
      memcpy(run->items, items, count * sizeof *items);
      kg_delta_run_count(run);
    }
    view->runs[view->run_count++] = run;
  } else {
    kg_delta_drop(view);
    view = NULL;
  }
  kg_free(a, items, capacity * sizeof *items);
  return view;
}

kg_delta_view *kg_delta_take(kg_snap *snap, kg_perm perm, uint64_t uses) {
  kgq_db *db = snap->db;
  const uint64_t keys = perm < KG_QUAD_PERMS ? snap->counts.delta_rows : snap->counts.delta_term_rows;
  if (snap->stored_only || keys > KG_DELTA_KEYS_MAX) {
    return NULL;
  }
  pthread_mutex_lock(&db->delta_mutex);
  kg_delta_view *view = NULL;
  kg_delta *delta = the_delta(db);
  part *p = delta ? &delta->parts[perm] : NULL;
  if (p && (!p->view || p->commit < snap->settled)) {
    p->uses += uses;
    if (p->uses * LOAD_RATIO > keys / 4) {
      part_set(p, load(snap, perm), snap->settled);
    }
  }
  if (p && p->view && p->commit == snap->settled) {
    view = p->view;
    atomic_fetch_add(&view->refs, 1);
  }
  pthread_mutex_unlock(&db->delta_mutex);
  return view;
}

/* ---- from commit to commit --------------------------------------------------------------------------- */

/* Moves one permutation on by a commit that made these changes (NULL: none). */
static void part_move(kgq_db *db, part *p, uint64_t before, uint64_t after, kg_delta_run *run) {
  const bool follows = p->view && p->commit == before;
  if (!follows) {
    kg_delta_run_drop(&db->allocator, run);
  } else if (run) {
    part_set(p, kg_delta_view_add(&db->allocator, p->view, run), after);
  } else {
    p->commit = after;
  }
}

void kg_delta_committed(kgq_db *db, const kg_counts *counts, uint64_t before, uint64_t after,
                        kg_delta_run *runs[KG_PERM_COUNT]) {
  pthread_mutex_lock(&db->delta_mutex);
  kg_delta *delta = the_delta(db);
  for (int i = 0; i < KG_PERM_COUNT; i++) {
    part *p = delta ? &delta->parts[i] : NULL;
    if (!p) {
      kg_delta_run_drop(&db->allocator, runs[i]);
      continue;
    }
    const bool was_empty = (i < KG_QUAD_PERMS ? counts->delta_rows : counts->delta_term_rows) == 0;
    if (was_empty && runs[i] && p->commit <= before) {
      part_set(p, kg_delta_view_new(&db->allocator, NULL), before);
    }
    part_move(db, p, before, after, runs[i]);
  }
  pthread_mutex_unlock(&db->delta_mutex);
}

void kg_delta_folded(kgq_db *db, uint64_t before, kg_perm perm, const kg_row *from, uint64_t folded) {
  pthread_mutex_lock(&db->delta_mutex);
  kg_delta *delta = db->delta;
  for (int i = 0; delta && i < KG_PERM_COUNT; i++) {
    part *p = &delta->parts[i];
    if (!p->view || p->commit != before) {
      continue;
    }
    if (i == (int)perm) {
      part_set(p, kg_delta_view_without(&db->allocator, p->view, from, folded), before + 1);
    } else {
      p->commit = before + 1;
    }
  }
  pthread_mutex_unlock(&db->delta_mutex);
}
