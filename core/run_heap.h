/* core/run_heap.h: which of several sorted runs is next, as the sorts of core/ merge what they wrote to disk.
 *
 * A binary heap of numbers of runs. What comes first is the caller's to say, in a function that is inlined
 * with these; reading on and closing runs are its own too. Sorts of solutions (query/row_runs.c), whose
 * comparing may fail, do it themselves.
 */
#ifndef KG_CORE_RUN_HEAP_H
#define KG_CORE_RUN_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kg_run_heap {
  uint32_t *runs; /* the caller's; runs[0] is the one whose record comes first */
  size_t count;
} kg_run_heap;

/* Is the record at hand of run `a` to be given before that of `b`? Of equal ones the older run's is. */
typedef bool kg_run_before(const void *sort, uint32_t a, uint32_t b);

/* The run at `at` has another record now, or is another run. */
static inline void kg_run_heap_sift(kg_run_heap *h, size_t at, kg_run_before *before, const void *sort) {
  if (at >= h->count) {
    return;
  }
  const uint32_t moved = h->runs[at];
  for (size_t child = 2 * at + 1; child < h->count; child = 2 * at + 1) {
    if (child + 1 < h->count && before(sort, h->runs[child + 1], h->runs[child])) {
      child++;
    }
    if (!before(sort, h->runs[child], moved)) {
      break;
    }
    h->runs[at] = h->runs[child];
    at = child;
  }
  h->runs[at] = moved;
}

/* All runs are there, each with its first record. */
static inline void kg_run_heap_make(kg_run_heap *h, kg_run_before *before, const void *sort) {
  for (size_t at = h->count / 2; at-- > 0;) {
    kg_run_heap_sift(h, at, before, sort);
  }
}

/* The first run has come to its end: the caller sifts what takes its place. */
static inline void kg_run_heap_drop_first(kg_run_heap *h) {
  h->runs[0] = h->runs[--h->count];
}

#endif
