/* graph/delta.c: the delta in memory; see delta.h.
 *
 * Each permutation has a view with the number of the commit whose delta it is. A reader of another commit
 * gets none; the writer moves views from commit to commit. Loading reads the delta keys of a snapshot once.
 * Under one lock, which is held for as long as merging or loading takes.
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
  uint64_t commit;
  uint64_t uses; /* since there was none */
} part;

struct kg_delta {
  part parts[KG_PERM_COUNT];
};

/* ---- runs and views ----------------------------------------------------------------------------------- */

static size_t run_bytes(size_t count) {
  return sizeof(kg_delta_run) + count * sizeof(kg_change);
}

static kg_delta_run *run_new(const kgq_allocator *a, size_t capacity) {
  kg_delta_run *run = kg_alloc(a, run_bytes(capacity));
  if (run) {
    atomic_init(&run->refs, 1);
    run->count = run->capacity = capacity;
    run->zeros = 0;
  }
  return run;
}

static void run_drop(const kgq_allocator *a, kg_delta_run *run) {
  if (run && atomic_fetch_sub(&run->refs, 1) == 1) {
    kg_free(a, run, run_bytes(run->capacity));
  }
}

/* Only the first `count` items stay; the memory of the others is given back if that can be done. */
static void run_cut(const kgq_allocator *a, kg_delta_run **run, size_t count) {
  const size_t had = (*run)->capacity;
  (*run)->count = count;
  kg_delta_run *less = count < had ? kg_resize(a, *run, run_bytes(had), run_bytes(count)) : NULL;
  if (less) {
    *run = less;
    less->capacity = count;
  }
}

kg_delta_run *kg_delta_run_new(kgq_db *db, size_t capacity) {
  return run_new(&db->allocator, capacity);
}

void kg_delta_run_drop(kgq_db *db, kg_delta_run *run) {
  run_drop(&db->allocator, run);
}

static void count_zeros(kg_delta_run *run) {
  for (size_t i = 0; i < run->count; i++) {
    run->zeros += run->items[i].present == 0;
  }
}

void kg_delta_drop(kg_delta_view *view) {
  if (view && atomic_fetch_sub(&view->refs, 1) == 1) {
    for (unsigned i = 0; i < view->run_count; i++) {
      run_drop(view->allocator, view->runs[i]);
    }
    kg_free(view->allocator, view, sizeof *view);
  }
}

/* A view of the same runs; NULL: of none. */
static kg_delta_view *view_new(const kgq_allocator *a, const kg_delta_view *like) {
  kg_delta_view *view = kg_alloc_zero(a, 1, sizeof *view);
  if (view) {
    atomic_init(&view->refs, 1);
    view->allocator = a;
    for (unsigned i = 0; like && i < like->run_count; i++) {
      atomic_fetch_add(&like->runs[i]->refs, 1);
      view->runs[view->run_count++] = like->runs[i];
    }
  }
  return view;
}

static size_t find_row(const kg_delta_run *run, const kg_row *row) {
  size_t from = 0, to = run->count;
  while (from < to) {
    const size_t middle = from + (to - from) / 2;
    if (kg_row_compare(&run->items[middle].row, row) < 0) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

bool kg_delta_has_zeros(const kg_delta_view *view) {
  for (unsigned i = 0; i < view->run_count; i++) {
    if (view->runs[i]->zeros > 0) {
      return true;
    }
  }
  return false;
}

unsigned kg_delta_state(const kg_delta_view *view, const kg_row *row) {
  for (unsigned i = view->run_count; i-- > 0;) {
    const kg_delta_run *run = view->runs[i];
    const size_t at = find_row(run, row);
    if (at < run->count && kg_row_compare(&run->items[at].row, row) == 0) {
      return (unsigned)run->items[at].present;
    }
  }
  return KG_DELTA_GONE;
}

/* Both in one, the newer standing; `oldest`: there is nothing below, so that what is gone falls away. */
static kg_delta_run *merge_runs(const kgq_allocator *a, const kg_delta_run *older, const kg_delta_run *newer,
                                bool oldest) {
  const size_t capacity = older->count + newer->count;
  kg_delta_run *run = run_new(a, capacity);
  size_t i = 0, k = 0, n = 0;
  while (run && (i < older->count || k < newer->count)) {
    const int order = i == older->count   ? 1
                      : k == newer->count ? -1
                                          : kg_row_compare(&older->items[i].row, &newer->items[k].row);
    const kg_change *change = order < 0 ? &older->items[i] : &newer->items[k];
    i += order <= 0;
    k += order >= 0;
    if (!oldest || change->present != KG_DELTA_GONE) {
      run->items[n++] = *change;
      run->zeros += change->present == 0;
    }
  }
  if (run) {
    run_cut(a, &run, n);
  }
  return run;
}

/* Merges the last two runs of a view that nobody else has yet. */
static bool merge_last(kg_delta_view *view) {
  const unsigned last = view->run_count - 1;
  kg_delta_run *both = merge_runs(view->allocator, view->runs[last - 1], view->runs[last], last == 1);
  if (!both) {
    return false;
  }
  run_drop(view->allocator, view->runs[last]);
  run_drop(view->allocator, view->runs[last - 1]);
  view->runs[last - 1] = both;
  view->run_count--;
  return true;
}

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
  kg_delta_view *view = good ? view_new(a, NULL) : NULL;
  kg_delta_run *run = view ? run_new(a, count) : NULL;
  if (run) {
    if (count > 0) {
      memcpy(run->items, items, count * sizeof *items);
      count_zeros(run);
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
  if (p && (!p->view || p->commit < snap->commit)) {
    p->uses += uses;
    if (p->uses * LOAD_RATIO > keys / 4) {
      part_set(p, load(snap, perm), snap->commit);
    }
  }
  if (p && p->view && p->commit == snap->commit) {
    view = p->view;
    atomic_fetch_add(&view->refs, 1);
  }
  pthread_mutex_unlock(&db->delta_mutex);
  return view;
}

/* ---- from commit to commit --------------------------------------------------------------------------- */

/* The view with one run more; takes `run` over. NULL: no memory. */
static kg_delta_view *add_run(const kgq_allocator *a, const kg_delta_view *old, kg_delta_run *run) {
  kg_delta_view *view = view_new(a, old);
  if (!view) {
    run_drop(a, run);
    return NULL;
  }
  if (view->run_count == KG_DELTA_RUNS && !merge_last(view)) { /* cannot be: each is twice the next */
    run_drop(a, run);
    kg_delta_drop(view);
    return NULL;
  }
  view->runs[view->run_count++] = run;
  while (view->run_count > 1 &&
         view->runs[view->run_count - 2]->count <= 2 * view->runs[view->run_count - 1]->count) {
    if (!merge_last(view)) {
      kg_delta_drop(view);
      return NULL;
    }
  }
  return view;
}

/* Moves one permutation on by a commit that made these changes (NULL: none). */
static void part_move(kgq_db *db, part *p, uint64_t before, kg_delta_run *run) {
  const bool follows = p->view && p->commit == before;
  if (!follows) {
    kg_delta_run_drop(db, run);
  } else if (run) {
    part_set(p, add_run(&db->allocator, p->view, run), before + 1);
  } else {
    p->commit = before + 1;
  }
}

void kg_delta_run_cut(kgq_db *db, kg_delta_run **run, size_t count) {
  run_cut(&db->allocator, run, count);
}

void kg_delta_committed(kgq_db *db, const kg_counts *counts, uint64_t before,
                        kg_delta_run *runs[KG_PERM_COUNT]) {
  pthread_mutex_lock(&db->delta_mutex);
  kg_delta *delta = the_delta(db);
  for (int i = 0; i < KG_PERM_COUNT; i++) {
    part *p = delta ? &delta->parts[i] : NULL;
    if (!p) {
      kg_delta_run_drop(db, runs[i]);
      continue;
    }
    const bool was_empty = (i < KG_QUAD_PERMS ? counts->delta_rows : counts->delta_term_rows) == 0;
    if (was_empty && runs[i] && p->commit <= before) {
      part_set(p, view_new(&db->allocator, NULL), before);
    }
    part_move(db, p, before, runs[i]);
  }
  pthread_mutex_unlock(&db->delta_mutex);
}

/* The view without `folded` rows from `from` on: one run. */
static kg_delta_view *without(const kgq_allocator *a, const kg_delta_view *old, const kg_row *from,
                              uint64_t folded) {
  kg_delta_view *view = view_new(a, old);
  while (view && view->run_count > 1) {
    if (!merge_last(view)) {
      kg_delta_drop(view);
      return NULL;
    }
  }
  if (!view || view->run_count == 0) {
    return view;
  }
  const kg_delta_run *all = view->runs[0];
  const size_t at = find_row(all, from), rest = all->count - at;
  const size_t gone = folded < rest ? (size_t)folded : rest;
  kg_delta_run *run = run_new(a, all->count - gone);
  if (!run) {
    kg_delta_drop(view);
    return NULL;
  }
  memcpy(run->items, all->items, at * sizeof *run->items);
  memcpy(run->items + at, all->items + at + gone, (rest - gone) * sizeof *run->items);
  count_zeros(run);
  run_drop(a, view->runs[0]);
  view->runs[0] = run;
  return view;
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
      part_set(p, without(&db->allocator, p->view, from, folded), before + 1);
    } else {
      p->commit = before + 1;
    }
  }
  pthread_mutex_unlock(&db->delta_mutex);
}
