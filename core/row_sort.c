/* core/row_sort.c: runs of records and their merge; see row_sort.h.
 *
 * Half of the memory holds records, half is what the radix sort moves them to. When merging, the same memory
 * is the readers' buffers. The heap holds numbers of runs, the least record's on top; of equal records the
 * one of the earlier run comes first.
 */
#include "core/row_sort.h"

#include <assert.h>

#include "core/run_heap.h"
#include "core/spill.h"

#define RECORD_BYTES (KG_SORT_WORDS * sizeof(uint64_t))
#define RECORDS_MIN  256 /* of a run, however little memory there is */
#define WINDOW       1024
#define READER_BYTES ((size_t)4 << 10)
#define READER_MOST  ((size_t)1 << 20)

typedef struct run {
  uint64_t from, to; /* bytes of the file */
  kg_spill_reader reader;
  uint64_t head[KG_SORT_WORDS];
} run;

struct kg_row_sort {
  const kgq_allocator *allocator;
  const char *folder;
  size_t memory_bytes, most; /* most: records held */
  uint64_t order[KG_SORT_WORDS], changed[KG_SORT_WORDS];
  uint64_t *words;
  size_t count, capacity;
  uint64_t total;
  kg_spill *spill;
  run *runs;
  size_t run_count, run_capacity;
  kg_run_heap heap;
  bool given; /* the records in memory were handed out */
};

kgq_status kg_row_sort_new(const kgq_allocator *a, const char *folder, size_t memory_bytes,
                           const uint64_t order[KG_SORT_WORDS], kg_row_sort **out, kgq_error **err) {
  kg_row_sort *s = kg_alloc_zero(a, 1, sizeof *s);
  *out = s;
  if (s == NULL) {
    return kg_fail_memory(err);
  }
  s->allocator = a;
  s->folder = folder;
  s->memory_bytes = memory_bytes;
  s->most = memory_bytes / (2 * RECORD_BYTES);
  s->most = s->most < RECORDS_MIN ? RECORDS_MIN : s->most;
  memcpy(s->order, order, sizeof s->order);
  memcpy(s->changed, order, sizeof s->changed);
  return KGQ_OK;
}

void kg_row_sort_presorted(kg_row_sort *s, const uint64_t changed[KG_SORT_WORDS]) {
  memcpy(s->changed, changed, sizeof s->changed);
}

static void free_words(kg_row_sort *s) {
  kg_free(s->allocator, s->words, s->capacity * RECORD_BYTES);
  s->words = NULL;
  s->count = s->capacity = 0;
}

void kg_row_sort_free(kg_row_sort *s) {
  if (s == NULL) {
    return;
  }
  for (size_t i = 0; i < s->run_count; i++) {
    kg_spill_reader_close(&s->runs[i].reader);
  }
  free_words(s);
  kg_free(s->allocator, s->heap.runs, s->run_count * sizeof *s->heap.runs);
  kg_free(s->allocator, s->runs, s->run_capacity * sizeof *s->runs);
  kg_spill_free(s->spill);
  kg_free(s->allocator, s, sizeof *s);
}

uint64_t kg_row_sort_count(const kg_row_sort *s) {
  return s->total;
}

/* ---- runs --------------------------------------------------------------------------------------- */

/* Sorts what is held; the result is in `words`. */
static kgq_status sort_held(kg_row_sort *s, kgq_error **err) {
  if (s->count < 2) {
    return KGQ_OK;
  }
  uint64_t *scratch = kg_alloc(s->allocator, s->capacity * RECORD_BYTES);
  if (scratch == NULL) {
    return kg_fail_memory(err);
  }
  uint64_t *result = kg_sort_records(s->words, scratch, s->count, s->changed);
  uint64_t *rest = result == scratch ? s->words : scratch;
  kg_free(s->allocator, rest, s->capacity * RECORD_BYTES);
  s->words = result;
  return KGQ_OK;
}

static kgq_status write_run(kg_row_sort *s, kgq_error **err) {
  void *runs = s->runs;
  KGQ_TRY(kg_grow(s->allocator, &runs, &s->run_capacity, s->run_count + 1, sizeof *s->runs, err));
  s->runs = runs;
  if (s->spill == NULL) {
    KGQ_TRY(kg_spill_new(s->allocator, s->folder, &s->spill, err));
  }
  KGQ_TRY(sort_held(s, err));
  run r = { .from = kg_spill_bytes(s->spill) };
  KGQ_TRY(kg_spill_write(s->spill, s->words, s->count * RECORD_BYTES, err));
  r.to = kg_spill_bytes(s->spill);
  s->runs[s->run_count++] = r;
  s->count = 0;
  return KGQ_OK;
}

/* Doubles up to the most that may be held, so that the last step does not overshoot. */
static kgq_status grow_words(kg_row_sort *s, kgq_error **err) {
  size_t wanted = s->capacity ? 2 * s->capacity : RECORDS_MIN;
  wanted = s->folder != NULL && wanted > s->most ? s->most : wanted;
  uint64_t *words = kg_resize(s->allocator, s->words, s->capacity * RECORD_BYTES, wanted * RECORD_BYTES);
  if (words == NULL) {
    return kg_fail_memory(err);
  }
  s->words = words;
  s->capacity = wanted;
  return KGQ_OK;
}

kgq_status kg_row_sort_add(kg_row_sort *s, const uint64_t record[KG_SORT_WORDS], kgq_error **err) {
  assert(!s->given && s->heap.runs == NULL);
  if (s->count == s->capacity) {
    KGQ_TRY(s->folder != NULL && s->count == s->most ? write_run(s, err) : grow_words(s, err));
  }
  memcpy(s->words + s->count++ * KG_SORT_WORDS, record, RECORD_BYTES);
  s->total++;
  return KGQ_OK;
}

/* ---- merging ------------------------------------------------------------------------------------- */

static bool comes_first(const void *sort, uint32_t a, uint32_t b) {
  const kg_row_sort *s = sort;
  const uint64_t *x = s->runs[a].head, *y = s->runs[b].head;
  for (unsigned w = 0; w < KG_SORT_WORDS; w++) {
    const uint64_t p = x[w] & s->order[w], q = y[w] & s->order[w];
    if (p != q) {
      return p < q;
    }
  }
  return a < b;
}

static kgq_status read_head(run *r, kgq_error **err) {
  const char *bytes;
  KGQ_TRY(kg_spill_take(&r->reader, RECORD_BYTES, &bytes, err));
  memcpy(r->head, bytes, RECORD_BYTES);
  return KGQ_OK;
}

static kgq_status open_runs(kg_row_sort *s, kgq_error **err) {
  size_t buffer = s->memory_bytes / 2 / s->run_count;
  buffer = buffer < READER_BYTES ? READER_BYTES : buffer > READER_MOST ? READER_MOST : buffer;
  s->heap.runs = kg_alloc(s->allocator, s->run_count * sizeof *s->heap.runs);
  s->words = kg_alloc(s->allocator, WINDOW * RECORD_BYTES);
  s->capacity = s->words != NULL ? WINDOW : 0;
  if (s->heap.runs == NULL || s->words == NULL) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < s->run_count; i++) {
    run *r = &s->runs[i];
    KGQ_TRY(kg_spill_reader_open(s->spill, r->from, r->to, buffer / RECORD_BYTES * RECORD_BYTES, &r->reader,
                                 err));
    KGQ_TRY(read_head(r, err));
    s->heap.runs[s->heap.count++] = (uint32_t)i;
  }
  kg_run_heap_make(&s->heap, comes_first, s);
  return KGQ_OK;
}

kgq_status kg_row_sort_finish(kg_row_sort *s, kgq_error **err) {
  if (s->run_count == 0) {
    return sort_held(s, err);
  }
  if (s->count > 0) {
    KGQ_TRY(write_run(s, err));
  }
  free_words(s);
  return open_runs(s, err);
}

static kgq_status merge_window(kg_row_sort *s, size_t *count, kgq_error **err) {
  while (s->heap.count > 0 && *count < WINDOW) {
    run *r = &s->runs[s->heap.runs[0]];
    memcpy(s->words + *count * KG_SORT_WORDS, r->head, RECORD_BYTES);
    ++*count;
    if (kg_spill_ended(&r->reader)) {
      kg_spill_reader_close(&r->reader);
      kg_run_heap_drop_first(&s->heap);
    } else {
      KGQ_TRY(read_head(r, err));
    }
    kg_run_heap_sift(&s->heap, 0, comes_first, s);
  }
  return KGQ_OK;
}

kgq_status kg_row_sort_next(kg_row_sort *s, const uint64_t **words, size_t *count, kgq_error **err) {
  *count = 0;
  *words = s->words;
  if (s->run_count > 0) {
    return merge_window(s, count, err);
  }
  if (!s->given) {
    s->given = true;
    *count = s->count;
  }
  return KGQ_OK;
}
