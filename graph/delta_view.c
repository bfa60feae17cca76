/* graph/delta_view.c: changes of rows in memory: sorted runs, and views of a few of them; see delta.h.
 *
 * A change turns a row over: it is there, or not, after it was not, or there, before. Of two changes of one
 * row the second therefore takes the first back, wherever the two meet, and nothing need be known of what
 * lies below them.
 */
#include <stdlib.h>

#include "graph/delta.h"

/* ---- runs ---------------------------------------------------------------------------------------------- */

static size_t run_bytes(size_t count) {
  return sizeof(kg_delta_run) + count * sizeof(kg_change);
}

kg_delta_run *kg_delta_run_new(const kgq_allocator *a, size_t capacity) {
  kg_delta_run *run = kg_alloc(a, run_bytes(capacity));
  if (run) {
    atomic_init(&run->refs, 1);
    run->count = run->capacity = capacity;
    run->zeros = 0;
  }
  return run;
}

void kg_delta_run_drop(const kgq_allocator *a, kg_delta_run *run) {
  if (run && atomic_fetch_sub(&run->refs, 1) == 1) {
    kg_free(a, run, run_bytes(run->capacity));
  }
}

void kg_delta_run_cut(const kgq_allocator *a, kg_delta_run **run, size_t count) {
  const size_t had = (*run)->capacity;
  (*run)->count = count;
  kg_delta_run *less = count < had ? kg_resize(a, *run, run_bytes(had), run_bytes(count)) : NULL;
  if (less) {
    *run = less;
    less->capacity = count;
  }
}

void kg_delta_run_count(kg_delta_run *run) {
  run->zeros = 0;
  for (size_t i = 0; i < run->count; i++) {
    run->zeros += run->items[i].present == 0;
  }
}

static int compare_changes(const void *a, const void *b) {
  return kg_row_compare(&((const kg_change *)a)->row, &((const kg_change *)b)->row);
}

void kg_delta_run_sort(kg_delta_run *run) {
  if (run->count > 1) {
    qsort(run->items, run->count, sizeof *run->items, compare_changes);
  }
}

size_t kg_delta_run_find(const kg_delta_run *run, size_t from, const kg_row *row) {
  size_t to = run->count;
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

/* Both in one; what the newer takes back falls away. */
static kg_delta_run *merge_runs(const kgq_allocator *a, const kg_delta_run *older,
                                const kg_delta_run *newer) {
  kg_delta_run *run = kg_delta_run_new(a, older->count + newer->count);
  size_t i = 0, k = 0, n = 0;
  while (run && (i < older->count || k < newer->count)) {
    const int order = i == older->count   ? 1
                      : k == newer->count ? -1
                                          : kg_row_compare(&older->items[i].row, &newer->items[k].row);
    if (order != 0) {
      const kg_change *change = order < 0 ? &older->items[i] : &newer->items[k];
      run->items[n++] = *change;
      run->zeros += change->present == 0;
    }
    i += order <= 0;
    k += order >= 0;
  }
  if (run) {
    kg_delta_run_cut(a, &run, n);
  }
  return run;
}

/* ---- views --------------------------------------------------------------------------------------------- */

kg_delta_view *kg_delta_hold(kg_delta_view *view) {
  atomic_fetch_add(&view->refs, 1);
  return view;
}

void kg_delta_drop(kg_delta_view *view) {
  if (view && atomic_fetch_sub(&view->refs, 1) == 1) {
    for (unsigned i = 0; i < view->run_count; i++) {
      kg_delta_run_drop(view->allocator, view->runs[i]);
    }
    kg_free(view->allocator, view, sizeof *view);
  }
}

kg_delta_view *kg_delta_view_new(const kgq_allocator *a, const kg_delta_view *like) {
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

bool kg_delta_has_zeros(const kg_delta_view *view) {
  for (unsigned i = 0; i < view->run_count; i++) {
    if (view->runs[i]->zeros > 0) {
      return true;
    }
  }
  return false;
}

bool kg_delta_has(const kg_delta_view *view, const kg_row *row) {
  bool odd = false;
  for (unsigned i = 0; i < view->run_count; i++) {
    const kg_delta_run *run = view->runs[i];
    const size_t at = kg_delta_run_find(run, 0, row);
    odd ^= at < run->count && kg_row_compare(&run->items[at].row, row) == 0;
  }
  return odd;
}

/* Merges the last two runs of a view that nobody else has yet. */
static bool merge_last(kg_delta_view *view) {
  const unsigned last = view->run_count - 1;
  kg_delta_run *both = merge_runs(view->allocator, view->runs[last - 1], view->runs[last]);
  if (!both) {
    return false;
  }
  kg_delta_run_drop(view->allocator, view->runs[last]);
  kg_delta_run_drop(view->allocator, view->runs[last - 1]);
  view->runs[last - 1] = both;
  view->run_count--;
  return true;
}

/* The last run is less than half as long as the one before it. */
static bool in_shape(const kg_delta_view *view) {
  const unsigned n = view->run_count;
  return n < 2 || view->runs[n - 2]->count > 2 * view->runs[n - 1]->count;
}

kg_delta_view *kg_delta_view_add(const kgq_allocator *a, const kg_delta_view *old, kg_delta_run *run) {
  kg_delta_view *view = kg_delta_view_new(a, old);
  if (!view) {
    kg_delta_run_drop(a, run);
    return NULL;
  }
  if (view->run_count == KG_DELTA_RUNS && !merge_last(view)) { /* cannot be: each is twice the next */
    kg_delta_run_drop(a, run);
    kg_delta_drop(view);
    return NULL;
  }
  view->runs[view->run_count++] = run;
  while (!in_shape(view)) {
    if (!merge_last(view)) {
      kg_delta_drop(view);
      return NULL;
    }
  }
  return view;
}

kg_delta_view *kg_delta_view_merged(const kgq_allocator *a, const kg_delta_view *old) {
  kg_delta_view *view = kg_delta_view_new(a, old);
  while (view && view->run_count > 1) {
    if (!merge_last(view)) {
      kg_delta_drop(view);
      return NULL;
    }
  }
  return view;
}

kg_delta_view *kg_delta_view_without(const kgq_allocator *a, const kg_delta_view *old, const kg_row *from,
                                     uint64_t gone_rows) {
  kg_delta_view *view = kg_delta_view_merged(a, old);
  if (!view || view->run_count == 0) {
    return view;
  }
  const kg_delta_run *all = view->runs[0];
  const size_t at = kg_delta_run_find(all, 0, from), rest = all->count - at;
  const size_t gone = gone_rows < rest ? (size_t)gone_rows : rest;
  kg_delta_run *run = kg_delta_run_new(a, all->count - gone);
  if (!run) {
    kg_delta_drop(view);
    return NULL;
  }
  memcpy(run->items, all->items, at * sizeof *run->items);
  memcpy(run->items + at, all->items + at + gone, (rest - gone) * sizeof *run->items);
  kg_delta_run_count(run);
  kg_delta_run_drop(a, view->runs[0]);
  view->runs[0] = run;
  return view;
}
