/* query/row_runs.c: sorted runs in a temporary file and their merge. See row_runs.h.
 *
 *   run    block*             where runs begin is kept in memory
 *   block  rows u32 | bytes u32 | rows, each: per column the difference from the row before, zigzag, 7 bits a
 * byte
 *
 * The merge holds one block of each run, unpacked, in a heap. Ties go to the earlier run, so that a merge of
 * runs that were sorted stably is stable.
 */
#include "query/row_runs.h"

#include <assert.h>

#include "core/spill.h"
#include "query/order_key.h"

/* A block ends with so many rows or bytes: what the merge holds of each run stays small. */
#define BLOCK_ROWS  128u
#define BLOCK_BYTES 4096u
#define VARINT_MAX  10u
/* Read buffer of a run in the merge. */
#define BUFFER_MIN ((size_t)16 << 10)
#define BUFFER_MAX ((size_t)256 << 10)
/* Rows compared between two looks at the deadline. */
#define LOOK_ROWS 1024u

typedef struct run_reader {
  kg_spill_reader reader;
  kg_id *rows; /* BLOCK_ROWS rows, unpacked */
  uint32_t count, at;
} run_reader;

struct kg_row_runs {
  kg_op *op;
  uint32_t width;
  const char *what;
  kg_row_compare_fn compare;
  void *arg;
  kg_spill *spill;
  uint64_t starts[KG_LIMIT_SORT_RUNS + 1];
  uint32_t run_count;
  uint64_t bytes_max;
  /* the block being written */
  kg_id *last;
  unsigned char *block;
  size_t block_bytes, block_capacity;
  uint32_t block_rows;
  /* the merge */
  run_reader *readers;
  uint32_t *heap;
  uint32_t heap_count;
  const uint32_t *keys;
  uint32_t key_count;
  bool started;
  uint64_t given;
};

/* ---- how much ----------------------------------------------------------------------------------- */

bool kg_row_runs_possible(const kg_run *run) {
  return kg_run_off(run, KG_OFF_SORT_MEMORY) || kg_store_folder(run->conn->db->store) != NULL;
}

static size_t left_to(const kg_run *run, size_t own) {
  const kg_cancel *c = run->cancel;
  const size_t others = c->bytes_used > own ? c->bytes_used - own : 0;
  const size_t left = c->bytes_max > others ? c->bytes_max - others : 0;
  return c->bytes_max && left < 2 * KG_SORT_ROWS_BYTES ? left : 2 * KG_SORT_ROWS_BYTES;
}

size_t kg_row_runs_left(const kg_op *op) {
  return left_to(op->run, op->bytes);
}

size_t kg_row_runs_room(const kg_run *run, size_t own) {
  return left_to(run, own) / 2;
}

bool kg_row_runs_full(const kg_op *op, size_t bytes, uint32_t parts) {
  return kg_row_runs_possible(op->run) && bytes >= kg_row_runs_left(op) / 2 / parts;
}

static uint64_t file_limit(const kg_run *run) {
  const uint64_t budget = run->cancel->bytes_max;
  return budget && budget < KG_LIMIT_SPILL_BYTES / KG_LIMIT_SPILL_TIMES ? budget * KG_LIMIT_SPILL_TIMES
                                                                        : KG_LIMIT_SPILL_BYTES;
}

static kgq_status fail_too_large(const kg_row_runs *r, kgq_error **err) {
  const uint64_t budget = r->op->run->cancel->bytes_max;
  if (budget) {
    (void)kg_fail(err, KGQ_LIMIT, "stopped at the memory limit of %llu MiB: %s needs over %u times as much",
                  (unsigned long long)(budget >> 20), r->what, KG_LIMIT_SPILL_TIMES);
  } else {
    (void)kg_fail(err, KGQ_LIMIT, "%s needs over %llu GiB of temporary files", r->what,
                  (unsigned long long)(KG_LIMIT_SPILL_BYTES >> 30));
  }
  kg_hint(err, "raise the limit with --memory, or make the query more selective");
  return KGQ_LIMIT;
}

/* ---- making and freeing ------------------------------------------------------------------------- */

kgq_status kg_row_runs_new(kg_op *op, uint32_t width, const char *what, kg_row_compare_fn compare, void *arg,
                           kg_row_runs **out, kgq_error **err) {
  const kgq_allocator *a = &op->memory;
  kg_row_runs *r = (kg_row_runs *)kg_alloc_zero(a, 1, sizeof(kg_row_runs));
  kgq_status st = KGQ_OK;
  if (!r) {
    return kg_fail_memory(err);
  }
  *r = (kg_row_runs){ .op = op, .width = width, .what = what, .compare = compare, .arg = arg };
  r->block_capacity = BLOCK_BYTES + (size_t)width * VARINT_MAX;
  r->bytes_max = file_limit(op->run);
  r->last = (kg_id *)kg_alloc_zero(a, (size_t)width + 1, sizeof(kg_id));
  r->block = (unsigned char *)kg_alloc(a, r->block_capacity);
  if (!r->last || !r->block) {
    kg_row_runs_free(r);
    return kg_fail_memory(err);
  }
  st = kg_spill_new(a, kg_store_folder(op->run->conn->db->store), &r->spill, err);
  if (st != KGQ_OK) {
    kg_row_runs_free(r);
    return st;
  }
  *out = r;
  return KGQ_OK;
}

static void free_readers(kg_row_runs *r) {
  const kgq_allocator *a = &r->op->memory;
  for (uint32_t i = 0; r->readers && i < r->run_count; i++) {
    kg_spill_reader_close(&r->readers[i].reader);
    kg_free(a, r->readers[i].rows, (size_t)BLOCK_ROWS * (r->width + 1) * sizeof(kg_id));
  }
  kg_free(a, r->readers, r->run_count * sizeof(run_reader));
  kg_free(a, r->heap, r->run_count * sizeof(uint32_t));
}

void kg_row_runs_free(kg_row_runs *r) {
  if (!r) {
    return;
  }
  const kgq_allocator *a = &r->op->memory;
  free_readers(r);
  kg_spill_free(r->spill);
  kg_free(a, r->last, ((size_t)r->width + 1) * sizeof(kg_id));
  kg_free(a, r->block, r->block_capacity);
  kg_free(a, r, sizeof(kg_row_runs));
}

/* ---- writing ------------------------------------------------------------------------------------ */

static kgq_status end_block(kg_row_runs *r, kgq_error **err) {
  char head[8];
  if (r->block_rows == 0) {
    return KGQ_OK;
  }
  kg_put_le32(head, r->block_rows);
  kg_put_le32(head + 4, (uint32_t)r->block_bytes);
  KGQ_TRY(kg_cancel_check(r->op->run->cancel, err));
  KGQ_TRY(kg_spill_write(r->spill, head, sizeof head, err));
  KGQ_TRY(kg_spill_write(r->spill, r->block, r->block_bytes, err));
  r->op->spilled_bytes += sizeof head + r->block_bytes;
  r->block_rows = 0;
  r->block_bytes = 0;
  memset(r->last, 0, r->width * sizeof(kg_id));
  return kg_spill_bytes(r->spill) > r->bytes_max ? fail_too_large(r, err) : KGQ_OK;
}

kgq_status kg_row_runs_begin(kg_row_runs *r, kgq_error **err) {
  assert(!r->readers);
  KGQ_TRY(end_block(r, err));
  if (r->run_count == KG_LIMIT_SORT_RUNS) {
    return fail_too_large(r, err);
  }
  r->starts[r->run_count++] = kg_spill_bytes(r->spill);
  return KGQ_OK;
}

/* Small differences of either sign become small numbers. */
static uint64_t zigzag(uint64_t difference) {
  return difference << 1 ^ (0 - (difference >> 63));
}

static uint64_t unzigzag(uint64_t v) {
  return v >> 1 ^ (0 - (v & 1));
}

kgq_status kg_row_runs_add(kg_row_runs *r, const kg_id *row, kgq_error **err) {
  unsigned char *to = r->block + r->block_bytes;
  assert(r->run_count > 0);
  for (uint32_t c = 0; c < r->width; c++) {
    uint64_t v = zigzag(row[c] - r->last[c]);
    r->last[c] = row[c];
    for (; v >= 0x80; v >>= 7) {
      *to++ = (unsigned char)(v | 0x80);
    }
    *to++ = (unsigned char)v;
  }
  r->block_bytes = (size_t)(to - r->block);
  r->block_rows++;
  return r->block_rows == BLOCK_ROWS || r->block_bytes >= BLOCK_BYTES ? end_block(r, err) : KGQ_OK;
}

/* ---- reading ------------------------------------------------------------------------------------ */

static kgq_status fail_damaged(kgq_error **err) {
  return kg_fail(err, KGQ_IO, "a temporary file does not hold what was written to it");
}

static kgq_status unpack(const kg_row_runs *r, run_reader *x, const char *bytes, size_t count,
                         kgq_error **err) {
  const unsigned char *at = (const unsigned char *)bytes, *end = at + count;
  for (uint32_t i = 0; i < x->count; i++) {
    kg_id *row = x->rows + (size_t)i * r->width;
    for (uint32_t c = 0; c < r->width; c++) {
      uint64_t v = 0;
      unsigned shift = 0;
      while (at < end && (*at & 0x80) != 0 && shift < 63) {
        v |= (uint64_t)(*at++ & 0x7f) << shift;
        shift += 7;
      }
      if (at == end) {
        return fail_damaged(err);
      }
      v |= (uint64_t)*at++ << shift;
      row[c] = unzigzag(v) + (i > 0 ? (row - r->width)[c] : 0);
    }
  }
  return at == end ? KGQ_OK : fail_damaged(err);
}

static kgq_status read_terms(const kg_row_runs *r, const run_reader *x, kgq_error **err) {
  kg_id ids[BLOCK_ROWS];
  for (uint32_t k = 0; k < r->key_count; k++) {
    for (uint32_t i = 0; i < x->count; i++) {
      ids[i] = x->rows[(size_t)i * r->width + r->keys[k]];
    }
    if (!kg_ids_all_in_order(ids, x->count)) {
      KGQ_TRY(kg_terms_prepare(r->op->run->terms, ids, x->count, err));
    }
  }
  return KGQ_OK;
}

/* The next block of a run; count 0: the run has ended. */
static kgq_status read_block(const kg_row_runs *r, run_reader *x, kgq_error **err) {
  const char *bytes = NULL;
  x->at = x->count = 0;
  if (kg_spill_ended(&x->reader)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_spill_take(&x->reader, 8, &bytes, err));
  const uint32_t rows = kg_get_le32(bytes), size = kg_get_le32(bytes + 4);
  if (rows == 0 || rows > BLOCK_ROWS || size > r->block_capacity) {
    return fail_damaged(err);
  }
  x->count = rows;
  KGQ_TRY(kg_spill_take(&x->reader, size, &bytes, err));
  KGQ_TRY(unpack(r, x, bytes, size, err));
  return read_terms(r, x, err);
}

static const kg_id *row_at(const kg_row_runs *r, uint32_t reader) {
  return r->readers[reader].rows + (size_t)r->readers[reader].at * r->width;
}

static kgq_status comes_first(kg_row_runs *r, uint32_t a, uint32_t b, bool *out, kgq_error **err) {
  int c = 0;
  KGQ_TRY(r->compare(r->arg, row_at(r, a), row_at(r, b), &c, err));
  *out = c < 0 || (c == 0 && a < b);
  return KGQ_OK;
}

static kgq_status sift_down(kg_row_runs *r, uint32_t i, kgq_error **err) {
  for (;;) {
    uint32_t child = 2 * i + 1;
    bool first = false;
    if (child >= r->heap_count) {
      return KGQ_OK;
    }
    if (child + 1 < r->heap_count) {
      KGQ_TRY(comes_first(r, r->heap[child + 1], r->heap[child], &first, err));
      child += first ? 1 : 0;
    }
    KGQ_TRY(comes_first(r, r->heap[child], r->heap[i], &first, err));
    if (!first) {
      return KGQ_OK;
    }
    const uint32_t swap = r->heap[i];
    r->heap[i] = r->heap[child];
    r->heap[child] = swap;
    i = child;
  }
}

static kgq_status open_reader(kg_row_runs *r, uint32_t i, size_t buffer, kgq_error **err) {
  run_reader *x = &r->readers[i];
  x->rows = (kg_id *)kg_alloc(&r->op->memory, (size_t)BLOCK_ROWS * (r->width + 1) * sizeof(kg_id));
  if (!x->rows) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(kg_spill_reader_open(r->spill, r->starts[i], r->starts[i + 1], buffer, &x->reader, err));
  KGQ_TRY(read_block(r, x, err));
  if (x->count > 0) {
    r->heap[r->heap_count++] = i;
  }
  return KGQ_OK;
}

kgq_status kg_row_runs_merge(kg_row_runs *r, const uint32_t *keys, uint32_t key_count, kgq_error **err) {
  const kgq_allocator *a = &r->op->memory;
  assert(r->run_count > 0 && !r->readers);
  KGQ_TRY(end_block(r, err));
  r->starts[r->run_count] = kg_spill_bytes(r->spill);
  r->keys = keys;
  r->key_count = key_count;
  r->readers = (run_reader *)kg_alloc_zero(a, r->run_count, sizeof(run_reader));
  r->heap = (uint32_t *)kg_alloc(a, r->run_count * sizeof(uint32_t));
  if (!r->readers || !r->heap) {
    return kg_fail_memory(err);
  }
  size_t buffer = kg_row_runs_left(r->op) / 8 / r->run_count;
  buffer = buffer < BUFFER_MIN ? BUFFER_MIN : buffer > BUFFER_MAX ? BUFFER_MAX : buffer;
  for (uint32_t i = 0; i < r->run_count; i++) {
    KGQ_TRY(open_reader(r, i, buffer, err));
  }
  for (uint32_t i = r->heap_count / 2; i-- > 0;) {
    KGQ_TRY(sift_down(r, i, err));
  }
  return KGQ_OK;
}

/* The row given last is let go first. */
kgq_status kg_row_runs_next(kg_row_runs *r, const kg_id **row, kgq_error **err) {
  *row = NULL;
  if (r->started && r->heap_count > 0) {
    run_reader *x = &r->readers[r->heap[0]];
    if (++x->at == x->count) {
      KGQ_TRY(read_block(r, x, err));
    }
    if (x->count == 0) {
      r->heap[0] = r->heap[--r->heap_count];
    }
    KGQ_TRY(sift_down(r, 0, err));
  }
  r->started = true;
  if ((++r->given & (LOOK_ROWS - 1)) == 0) {
    KGQ_TRY(kg_cancel_check(r->op->run->cancel, err));
  }
  if (r->heap_count > 0) {
    *row = row_at(r, r->heap[0]);
  }
  return KGQ_OK;
}
