/* core/key_sort.c: runs of keys and their merge; see key_sort.h.
 *
 * A record of a run: bytes shared with the key before, bytes of its own and their number, the value and its
 * length. The heap holds numbers of runs, the least key's on top; of equal keys the one of the earlier run
 * comes first.
 */
#include "core/key_sort.h"

#include <assert.h>
#include <stdlib.h>

#include "core/run_heap.h"
#include "core/sort.h"
#include "core/spill.h"

#define KEYS_MIN     256 /* of a run, however little memory there is */
#define READER_BYTES ((size_t)4 << 10)
#define READER_MOST  ((size_t)256 << 10)
/* What sorting takes for a record beside its bytes: the record, two words of the sort, its place. */
#define RECORD_COST (sizeof(record) + sizeof(kgq_str) + 24)

typedef struct record {
  kgq_str key, value;
} record;

typedef struct run {
  uint64_t from, to; /* bytes of the file */
  kg_spill_reader reader;
  kg_buf key, value; /* of the record at hand */
} run;

struct kg_key_sort {
  const kgq_allocator *allocator;
  const char *folder;
  size_t memory_bytes;
  kg_arena arena;
  record *records;
  size_t count, capacity;
  size_t at; /* next record to give, without runs */
  kg_spill *spill;
  kg_buf last; /* key put last */
  run *runs;
  size_t run_count, run_capacity;
  kg_run_heap heap;
  bool merging, held; /* held: the top of the heap was given */
};

kgq_status kg_key_sort_new(const kgq_allocator *a, const char *folder, size_t memory_bytes, kg_key_sort **out,
                           kgq_error **err) {
  kg_key_sort *s = kg_alloc_zero(a, 1, sizeof *s);
  *out = s;
  if (s == NULL) {
    return kg_fail_memory(err);
  }
  s->allocator = a;
  s->folder = folder;
  s->memory_bytes = memory_bytes;
  kg_arena_init(&s->arena, a);
  kg_buf_init(&s->last, a);
  return KGQ_OK;
}

static void free_records(kg_key_sort *s) {
  kg_free(s->allocator, s->records, s->capacity * sizeof *s->records);
  s->records = NULL;
  s->count = s->capacity = 0;
  kg_arena_free(&s->arena);
  kg_arena_init(&s->arena, s->allocator);
}

void kg_key_sort_free(kg_key_sort *s) {
  if (s == NULL) {
    return;
  }
  for (size_t i = 0; i < s->run_count; i++) {
    kg_spill_reader_close(&s->runs[i].reader);
    kg_buf_free(&s->runs[i].key);
    kg_buf_free(&s->runs[i].value);
  }
  free_records(s);
  kg_buf_free(&s->last);
  kg_free(s->allocator, s->heap.runs, s->run_count * sizeof *s->heap.runs);
  kg_free(s->allocator, s->runs, s->run_capacity * sizeof *s->runs);
  kg_spill_free(s->spill);
  kg_free(s->allocator, s, sizeof *s);
}

/* ---- runs --------------------------------------------------------------------------------------- */

kgq_status kg_key_sort_run(kg_key_sort *s, kgq_error **err) {
  assert(!s->merging && s->folder != NULL);
  void *runs = s->runs;
  KGQ_TRY(kg_grow(s->allocator, &runs, &s->run_capacity, s->run_count + 1, sizeof *s->runs, err));
  s->runs = runs;
  if (s->spill == NULL) {
    KGQ_TRY(kg_spill_new(s->allocator, s->folder, &s->spill, err));
  }
  const uint64_t at = kg_spill_bytes(s->spill);
  run *r = &s->runs[s->run_count++];
  *r = (run){ .from = at, .to = at };
  kg_buf_init(&r->key, s->allocator);
  kg_buf_init(&r->value, s->allocator);
  s->last.len = 0;
  return KGQ_OK;
}

static size_t shared_bytes(kgq_str a, kgq_str b) {
  const size_t least = a.len < b.len ? a.len : b.len;
  size_t at = 0;
  while (at < least && a.ptr[at] == b.ptr[at]) {
    at++;
  }
  return at;
}

kgq_status kg_key_sort_put(kg_key_sort *s, kgq_str key, kgq_str value, kgq_error **err) {
  assert(s->run_count > 0 && kg_str_compare(kg_buf_str(&s->last), key) <= 0);
  const size_t shared = shared_bytes(kg_buf_str(&s->last), key);
  KGQ_TRY(kg_spill_write_number(s->spill, shared, err));
  KGQ_TRY(kg_spill_write_number(s->spill, key.len - shared, err));
  KGQ_TRY(kg_spill_write(s->spill, key.ptr + shared, key.len - shared, err));
  KGQ_TRY(kg_spill_write_number(s->spill, value.len, err));
  KGQ_TRY(kg_spill_write(s->spill, value.ptr, value.len, err));
  s->runs[s->run_count - 1].to = kg_spill_bytes(s->spill);
  s->last.len = shared;
  return kg_buf_add(&s->last, key.ptr + shared, key.len - shared, err);
}

static int compare_places(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Equal keys lie side by side in any order: back to the order in which they came. */
static void order_equal(const kgq_str *keys, uint32_t *order, size_t count) {
  for (size_t from = 0, to; from < count; from = to) {
    for (to = from + 1; to < count && kg_str_equal(keys[order[from]], keys[order[to]]); to++) {
    }
    if (to - from > 1) {
      qsort(order + from, to - from, sizeof *order, compare_places);
    }
  }
}

static kgq_status sort_held(kg_key_sort *s, kgq_error **err) {
  const kgq_allocator *a = s->allocator;
  const size_t n = s->count;
  kgq_str *keys = kg_alloc(a, n * sizeof *keys);
  uint32_t *order = kg_alloc(a, n * sizeof *order);
  record *sorted = kg_alloc(a, s->capacity * sizeof *sorted);
  kgq_status st = n == 0 || (keys && order && sorted) ? KGQ_OK : kg_fail_memory(err);
  if (st == KGQ_OK) {
    for (size_t i = 0; i < n; i++) {
      keys[i] = s->records[i].key;
    }
    st = kg_sort_strings(a, keys, (uint32_t)n, order, err);
  }
  if (st == KGQ_OK && n > 0) {
    order_equal(keys, order, n);
    for (size_t i = 0; i < n; i++) {
      sorted[i] = s->records[order[i]];
    }
    record *swap = s->records;
    s->records = sorted;
    sorted = swap;
  }
  kg_free(a, sorted, s->capacity * sizeof *sorted);
  kg_free(a, order, n * sizeof *order);
  kg_free(a, keys, n * sizeof *keys);
  return st;
}

static kgq_status write_held(kg_key_sort *s, kgq_error **err) {
  KGQ_TRY(sort_held(s, err));
  KGQ_TRY(kg_key_sort_run(s, err));
  for (size_t i = 0; i < s->count; i++) {
    KGQ_TRY(kg_key_sort_put(s, s->records[i].key, s->records[i].value, err));
  }
  free_records(s);
  return KGQ_OK;
}

kgq_status kg_key_sort_add(kg_key_sort *s, kgq_str key, kgq_str value, kgq_error **err) {
  assert(!s->merging);
  const size_t cost = s->arena.bytes + 2 * s->count * RECORD_COST;
  if (s->count == UINT32_MAX || (s->folder != NULL && s->count >= KEYS_MIN && cost > s->memory_bytes)) {
    KGQ_TRY(write_held(s, err));
  }
  void *records = s->records;
  KGQ_TRY(kg_grow(s->allocator, &records, &s->capacity, s->count + 1, sizeof *s->records, err));
  s->records = records;
  record *r = &s->records[s->count];
  KGQ_TRY(kg_arena_copy(&s->arena, key, &r->key, err));
  KGQ_TRY(kg_arena_copy(&s->arena, value, &r->value, err));
  s->count++;
  return KGQ_OK;
}

/* ---- merging ------------------------------------------------------------------------------------- */

static bool comes_first(const void *sort, uint32_t a, uint32_t b) {
  const kg_key_sort *s = sort;
  const int c = kg_str_compare(kg_buf_str(&s->runs[a].key), kg_buf_str(&s->runs[b].key));
  return c != 0 ? c < 0 : a < b;
}

static kgq_status read_record(run *r, kgq_error **err) {
  uint64_t shared, rest, value;
  const char *bytes;
  KGQ_TRY(kg_spill_take_number(&r->reader, &shared, err));
  KGQ_TRY(kg_spill_take_number(&r->reader, &rest, err));
  if (shared > r->key.len) {
    return kg_fail(err, KGQ_IO, "a temporary file does not hold what was written to it");
  }
  KGQ_TRY(kg_spill_take(&r->reader, (size_t)rest, &bytes, err));
  r->key.len = (size_t)shared;
  KGQ_TRY(kg_buf_add(&r->key, bytes, (size_t)rest, err));
  KGQ_TRY(kg_spill_take_number(&r->reader, &value, err));
  KGQ_TRY(kg_spill_take(&r->reader, (size_t)value, &bytes, err));
  r->value.len = 0;
  return kg_buf_add(&r->value, bytes, (size_t)value, err);
}

static kgq_status open_runs(kg_key_sort *s, kgq_error **err) {
  size_t buffer = s->memory_bytes / s->run_count;
  buffer = buffer < READER_BYTES ? READER_BYTES : buffer > READER_MOST ? READER_MOST : buffer;
  s->heap.runs = kg_alloc(s->allocator, s->run_count * sizeof *s->heap.runs);
  if (s->heap.runs == NULL) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < s->run_count; i++) {
    run *r = &s->runs[i];
    if (r->from < r->to) {
      KGQ_TRY(kg_spill_reader_open(s->spill, r->from, r->to, buffer, &r->reader, err));
      KGQ_TRY(read_record(r, err));
      s->heap.runs[s->heap.count++] = (uint32_t)i;
    }
  }
  kg_run_heap_make(&s->heap, comes_first, s);
  return KGQ_OK;
}

kgq_status kg_key_sort_finish(kg_key_sort *s, kgq_error **err) {
  s->merging = true;
  if (s->run_count == 0) {
    return sort_held(s, err);
  }
  if (s->count > 0) {
    s->merging = false;
    KGQ_TRY(write_held(s, err));
    s->merging = true;
  }
  return open_runs(s, err);
}

/* Moves on from the record that was given last. */
static kgq_status advance(kg_key_sort *s, kgq_error **err) {
  run *r = &s->runs[s->heap.runs[0]];
  if (kg_spill_ended(&r->reader)) {
    kg_spill_reader_close(&r->reader);
    kg_run_heap_drop_first(&s->heap);
  } else {
    KGQ_TRY(read_record(r, err));
  }
  kg_run_heap_sift(&s->heap, 0, comes_first, s);
  s->held = false;
  return KGQ_OK;
}

kgq_status kg_key_sort_next(kg_key_sort *s, kgq_str *key, kgq_str *value, uint32_t *from, bool *more,
                            kgq_error **err) {
  assert(s->merging);
  if (s->run_count == 0) {
    *more = s->at < s->count;
    if (*more) {
      *key = s->records[s->at].key;
      *value = s->records[s->at++].value;
    }
    return KGQ_OK;
  }
  if (s->held) {
    KGQ_TRY(advance(s, err));
  }
  *more = s->heap.count > 0;
  if (*more) {
    const run *r = &s->runs[s->heap.runs[0]];
    *key = kg_buf_str(&r->key);
    *value = kg_buf_str(&r->value);
    s->held = true;
    if (from != NULL) {
      *from = s->heap.runs[0];
    }
  }
  return KGQ_OK;
}
