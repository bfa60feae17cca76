/* query/op_sort.c: ORDER BY: all rows kept, then put in order by value (SPARQL 15.1, kg_expr_order).
 *
 * With a LIMIT above, only as many rows as that are kept in a heap whose top is the last of them. Rows that
 * compare equal keep the order in which they came. What the memory budget does not hold goes to a temporary
 * file in sorted runs (row_runs.h), which are merged at the end.
 *
 * Rows are sorted as pairs of a number and a place: the number is the id itself where that has the order of
 * values, else the beginning of the value (order_key.h); the rest of the keys are read where numbers are
 * equal.
 */
#include <assert.h>

#include "query/ops.h"
#include "query/order_key.h"
#include "query/row_runs.h"

/* Rows between two looks at the deadline while nothing is compared in full. */
#define LOOK_ROWS (64u << 10)
/* Rows of a run with KG_OFF_SORT_MEMORY, and the least of any. */
#define FEW_ROWS 5u
#define RUN_ROWS 1024u

typedef struct entry {
  uint64_t key; /* of the first column */
  uint32_t row;
} entry;

typedef struct sort_op {
  kg_op op;
  uint32_t *columns; /* keys */
  bool *descending;
  uint32_t key_count;
  uint64_t most;
  kg_rows rows; /* width + 1: the last column counts arrivals */
  entry *entries, *spare;
  uint32_t capacity;
  bool exact;     /* keys of entries are the order, not only its beginning */
  uint32_t *heap; /* top-k: rows, the last one of the order on top */
  uint32_t heap_count, heap_capacity;
  uint64_t arrivals;
  uint32_t at;
  bool sorted;
  uint64_t compared;
  kg_row_runs *runs; /* NULL: all rows are in memory */
} sort_op;

static void free_entries(sort_op *s) {
  const kgq_allocator *a = &s->op.memory;
  kg_free(a, s->entries, s->capacity * sizeof(entry));
  kg_free(a, s->spare, s->capacity * sizeof(entry));
  s->entries = s->spare = NULL;
  s->capacity = 0;
}

static kgq_status reserve_entries(sort_op *s, uint32_t count, kgq_error **err) {
  if (count <= s->capacity) {
    return KGQ_OK;
  }
  free_entries(s);
  s->capacity = count;
  s->entries = (entry *)kg_alloc(&s->op.memory, count * sizeof(entry));
  s->spare = (entry *)kg_alloc(&s->op.memory, count * sizeof(entry));
  return s->entries && s->spare ? KGQ_OK : kg_fail_memory(err);
}

/* ---- comparing ---------------------------------------------------------------------------------- */

static kgq_status compare_keys(sort_op *s, uint32_t from, const kg_id *a, const kg_id *b, int *out,
                               kgq_error **err) {
  if ((++s->compared & 1023) == 0) {
    KGQ_TRY(kg_cancel_check(s->op.run->cancel, err));
  }
  for (uint32_t k = from; k < s->key_count; k++) {
    const kg_id left = a[s->columns[k]], right = b[s->columns[k]];
    if (left == right) {
      continue;
    }
    KGQ_TRY(kg_expr_order(s->op.run->terms, left, right, out, err));
    if (*out != 0) {
      *out = s->descending[k] ? -*out : *out;
      return KGQ_OK;
    }
  }
  const uint32_t last = s->rows.width - 1;
  *out = a[last] < b[last] ? -1 : a[last] > b[last];
  return KGQ_OK;
}

static kgq_status compare_rows(void *arg, const kg_id *a, const kg_id *b, int *out, kgq_error **err) {
  return compare_keys((sort_op *)arg, 0, a, b, out, err);
}

/* ---- all rows ----------------------------------------------------------------------------------- */

/* Is the order of the first column that of its ids? */
static bool first_in_order(const sort_op *s) {
  kg_id pair[2];
  for (uint32_t i = 0; i < s->rows.count; i++) {
    pair[i > 0] = kg_rows_at(&s->rows, i)[s->columns[0]];
    if (!kg_ids_all_in_order(pair, i > 0 ? 2 : 1)) {
      return false;
    }
  }
  return true;
}

/* Entries of a chunk of rows, whose terms are read together. */
static kgq_status fill_chunk(sort_op *s, uint32_t from, uint32_t count, kgq_error **err) {
  kg_terms *terms = s->op.run->terms;
  kg_id ids[KG_ROWS_CHUNK];
  for (uint32_t i = 0; i < count; i++) {
    ids[i] = s->key_count > 0 ? kg_rows_at(&s->rows, from + i)[s->columns[0]] : 0;
  }
  if (!s->exact) {
    kg_terms_breathe(terms);
    KGQ_TRY(kg_terms_prepare(terms, ids, count, err));
  }
  for (uint32_t i = 0; i < count; i++) {
    uint64_t key = ids[i];
    if (!s->exact) {
      KGQ_TRY(kg_order_key(terms, ids[i], &key, err));
    }
    s->entries[from + i] = (entry){ s->key_count > 0 && s->descending[0] ? ~key : key, from + i };
  }
  return KGQ_OK;
}

static kgq_status fill_entries(sort_op *s, kgq_error **err) {
  const uint32_t count = s->rows.count;
  KGQ_TRY(reserve_entries(s, count, err));
  s->exact = s->key_count == 0 || first_in_order(s);
  for (uint32_t from = 0; from < count; from += KG_ROWS_CHUNK) {
    KGQ_TRY(kg_cancel_check(s->op.run->cancel, err));
    KGQ_TRY(fill_chunk(s, from, count - from < KG_ROWS_CHUNK ? count - from : KG_ROWS_CHUNK, err));
  }
  return KGQ_OK;
}

/* Does the entry of the right run come before that of the left one? */
static inline kgq_status is_before(sort_op *s, const entry *right, const entry *left, bool *out,
                                   kgq_error **err) {
  *out = right->key < left->key;
  if (right->key != left->key || (s->exact && s->key_count <= 1)) {
    return KGQ_OK;
  }
  int c = 0;
  KGQ_TRY(compare_keys(s, s->exact ? 1 : 0, kg_rows_at(&s->rows, right->row), kg_rows_at(&s->rows, left->row),
                       &c, err));
  *out = c < 0;
  return KGQ_OK;
}

static kgq_status merge_runs(sort_op *s, uint32_t from, uint32_t middle, uint32_t to, kgq_error **err) {
  uint32_t i = from, j = middle, k = from;
  while (i < middle && j < to) {
    bool before = false;
    KGQ_TRY(is_before(s, &s->entries[j], &s->entries[i], &before, err));
    s->spare[k++] = before ? s->entries[j++] : s->entries[i++];
  }
  memcpy(s->spare + k, s->entries + i, (middle - i) * sizeof(entry));
  memcpy(s->spare + k + (middle - i), s->entries + j, (to - j) * sizeof(entry));
  return KGQ_OK;
}

/* Merge sort from runs of one upwards: no recursion, stable, and it can stop with an error. */
static kgq_status sort_entries(sort_op *s, kgq_error **err) {
  const uint64_t count = s->rows.count;
  uint64_t moved = 0;
  for (uint64_t run = 1; run < count; run *= 2) {
    for (uint64_t from = 0; from < count; from += 2 * run) {
      const uint64_t middle = from + run < count ? from + run : count;
      const uint64_t to = from + 2 * run < count ? from + 2 * run : count;
      KGQ_TRY(merge_runs(s, (uint32_t)from, (uint32_t)middle, (uint32_t)to, err));
      kg_terms_breathe(s->op.run->terms);
      moved += to - from;
      if (moved >= LOOK_ROWS) {
        KGQ_TRY(kg_cancel_check(s->op.run->cancel, err));
        moved = 0;
      }
    }
    entry *swap = s->entries;
    s->entries = s->spare;
    s->spare = swap;
  }
  return KGQ_OK;
}

static kgq_status sort_rows(sort_op *s, kgq_error **err) {
  KGQ_TRY(fill_entries(s, err));
  return sort_entries(s, err);
}

/* ---- more rows than memory ---------------------------------------------------------------------- */

static bool is_full(const sort_op *s) {
  const kg_run *run = s->op.run;
  if (kg_run_off(run, KG_OFF_SORT_MEMORY)) {
    return s->rows.count >= FEW_ROWS;
  }
  if (s->rows.count < RUN_ROWS || !kg_row_runs_possible(run)) {
    return false;
  }
  return s->rows.count * (s->rows.width * sizeof(kg_id) + 2 * sizeof(entry)) >= kg_row_runs_left(&s->op) / 2;
}

static kgq_status spill(sort_op *s, kgq_error **err) {
  if (!s->runs) {
    KGQ_TRY(kg_row_runs_new(&s->op, s->rows.width, "a sort", compare_rows, s, &s->runs, err));
  }
  KGQ_TRY(sort_rows(s, err));
  KGQ_TRY(kg_row_runs_begin(s->runs, err));
  for (uint32_t i = 0; i < s->rows.count; i++) {
    KGQ_TRY(kg_row_runs_add(s->runs, kg_rows_at(&s->rows, s->entries[i].row), err));
  }
  kg_rows_clear(&s->rows);
  return KGQ_OK;
}

static kgq_status merge_spilled(sort_op *s, kgq_error **err) {
  if (s->rows.count > 0) {
    KGQ_TRY(spill(s, err));
  }
  kg_rows_free(&s->rows);
  free_entries(s);
  return kg_row_runs_merge(s->runs, s->columns, s->key_count, err);
}

/* ---- the first k -------------------------------------------------------------------------------- */

static kgq_status after(sort_op *s, uint32_t a, uint32_t b, bool *out, kgq_error **err) {
  int c = 0;
  KGQ_TRY(compare_keys(s, 0, kg_rows_at(&s->rows, s->heap[a]), kg_rows_at(&s->rows, s->heap[b]), &c, err));
  *out = c > 0;
  return KGQ_OK;
}

static void swap_heap(sort_op *s, uint32_t a, uint32_t b) {
  const uint32_t swap = s->heap[a];
  s->heap[a] = s->heap[b];
  s->heap[b] = swap;
}

static kgq_status sift_up(sort_op *s, kgq_error **err) {
  for (uint32_t i = s->heap_count - 1; i > 0; i = (i - 1) / 2) {
    bool above = false;
    KGQ_TRY(after(s, i, (i - 1) / 2, &above, err));
    if (!above) {
      break;
    }
    swap_heap(s, i, (i - 1) / 2);
  }
  return KGQ_OK;
}

static kgq_status sift_down(sort_op *s, kgq_error **err) {
  for (uint32_t i = 0; 2 * i + 1 < s->heap_count;) {
    uint32_t child = 2 * i + 1;
    bool right = false, below = false;
    if (child + 1 < s->heap_count) {
      KGQ_TRY(after(s, child + 1, child, &right, err));
      child += right ? 1 : 0;
    }
    KGQ_TRY(after(s, child, i, &below, err));
    if (!below) {
      break;
    }
    swap_heap(s, i, child);
    i = child;
  }
  return KGQ_OK;
}

/* The new last row goes into the heap, or replaces its top, or is dropped. */
static kgq_status keep_best(sort_op *s, kgq_error **err) {
  const uint32_t fresh = s->rows.count - 1;
  if (s->heap_count < s->most) {
    s->heap[s->heap_count++] = fresh;
    return sift_up(s, err);
  }
  kg_id *top = kg_rows_at(&s->rows, s->heap[0]);
  const kg_id *row = kg_rows_at(&s->rows, fresh);
  int c = 0;
  KGQ_TRY(compare_keys(s, 0, row, top, &c, err));
  if (c < 0) {
    memcpy(top, row, s->rows.width * sizeof(kg_id));
  }
  kg_rows_drop_last(&s->rows);
  return c < 0 ? sift_down(s, err) : KGQ_OK;
}

/* ---- the operator ------------------------------------------------------------------------------- */

static bool top_only(const sort_op *s) {
  return s->most <= KG_BATCH_ROWS * 8;
}

static kgq_status sort_reset(kg_op *op, kgq_error **err) {
  sort_op *s = (sort_op *)op;
  kg_rows_clear(&s->rows);
  kg_row_runs_free(s->runs);
  s->runs = NULL;
  s->heap_count = 0;
  s->at = 0;
  s->arrivals = 0;
  s->sorted = false;
  return kg_op_reset(op->children[0], err);
}

static kgq_status take_batch(sort_op *s, const kg_batch *in, kgq_error **err) {
  const uint32_t width = s->rows.width - 1;
  for (uint32_t r = 0; r < in->row_count; r++) {
    kg_id *row = NULL;
    KGQ_TRY(kg_rows_add(&s->rows, &row, err));
    for (uint32_t c = 0; c < width; c++) {
      row[c] = in->columns[c][r];
    }
    row[width] = s->arrivals++;
    if (top_only(s)) {
      KGQ_TRY(keep_best(s, err));
    }
  }
  return KGQ_OK;
}

static kgq_status prepare_terms(sort_op *s, const kg_batch *in, kgq_error **err) {
  for (uint32_t k = 0; k < s->key_count; k++) {
    const kg_id *ids = in->columns[s->columns[k]];
    if (!kg_ids_all_in_order(ids, in->row_count)) {
      KGQ_TRY(kg_terms_prepare(s->op.run->terms, ids, in->row_count, err));
    }
  }
  return KGQ_OK;
}

static kgq_status reserve_heap(sort_op *s, kgq_error **err) {
  const uint32_t count = (uint32_t)s->most + 1;
  if (!s->heap) {
    s->heap = (uint32_t *)kg_alloc(&s->op.memory, count * sizeof(uint32_t));
    s->heap_capacity = count;
  }
  return s->heap ? KGQ_OK : kg_fail_memory(err);
}

static kgq_status read_all(sort_op *s, kgq_error **err) {
  if (top_only(s)) {
    KGQ_TRY(reserve_heap(s, err));
  }
  for (;;) {
    kg_batch *in = NULL;
    kg_terms_breathe(s->op.run->terms);
    KGQ_TRY(kg_op_next(s->op.children[0], &in, err));
    if (in->row_count == 0) {
      break;
    }
    if (top_only(s)) {
      KGQ_TRY(prepare_terms(s, in, err));
    }
    KGQ_TRY(take_batch(s, in, err));
    if (!top_only(s) && is_full(s)) {
      KGQ_TRY(spill(s, err));
    }
  }
  s->sorted = true;
  return s->runs ? merge_spilled(s, err) : sort_rows(s, err);
}

static void give_row(kg_batch *b, const kg_id *row) {
  for (uint32_t c = 0; c < b->column_count; c++) {
    b->columns[c][b->row_count] = row[c];
  }
  b->row_count++;
}

static kgq_status give_merged(sort_op *s, kg_batch *b, kgq_error **err) {
  kg_terms_breathe(s->op.run->terms);
  while (b->row_count < b->capacity) {
    const kg_id *row = NULL;
    KGQ_TRY(kg_row_runs_next(s->runs, &row, err));
    if (!row) {
      return KGQ_OK;
    }
    give_row(b, row);
  }
  return KGQ_OK;
}

static kgq_status sort_next(kg_op *op, kgq_error **err) {
  sort_op *s = (sort_op *)op;
  kg_batch *b = &op->own;
  if (!s->sorted) {
    if (s->most == 0) {
      s->sorted = true;
    } else {
      KGQ_TRY(read_all(s, err));
    }
  }
  b->row_count = 0;
  if (s->runs) {
    return give_merged(s, b, err);
  }
  for (; s->at < s->rows.count && b->row_count < b->capacity; s->at++) {
    give_row(b, kg_rows_at(&s->rows, s->entries[s->at].row));
  }
  return KGQ_OK;
}

static void sort_close(kg_op *op) {
  sort_op *s = (sort_op *)op;
  free_entries(s);
  kg_free(&op->memory, s->heap, s->heap_capacity * sizeof(uint32_t));
  kg_row_runs_free(s->runs);
  kg_rows_free(&s->rows);
}

static kgq_status sort_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const sort_op *s = (const sort_op *)op;
  for (uint32_t k = 0; k < s->key_count; k++) {
    KGQ_TRY(kg_buf_add_text(out, s->descending[k] ? " desc " : " ", err));
    KGQ_TRY(kg_var_print(op->run, op->vars[s->columns[k]], out, err));
  }
  return top_only(s) ? kg_buf_print(out, err, " first %llu", (unsigned long long)s->most) : KGQ_OK;
}

static const kg_op_class sort_class = {
  .name = "sort", .reset = sort_reset, .next = sort_next, .close = sort_close, .explain = sort_explain
};

kgq_status kg_make_sort(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, uint64_t most,
                        kg_op **out, kgq_error **err) {
  sort_op *s = (sort_op *)kg_op_new(run, frame, &sort_class, sizeof(sort_op), 1, err);
  uint32_t *columns = (uint32_t *)kg_arena_zero(run->arena, (alg->order_count + 1) * sizeof(uint32_t));
  bool *descending = (bool *)kg_arena_zero(run->arena, (alg->order_count + 1) * sizeof(bool));
  if (!s || !columns || !descending) {
    return kg_fail_memory(err);
  }
  s->op.children[0] = child;
  s->op.certain = child->certain;
  s->op.estimate = child->estimate;
  s->columns = columns;
  s->descending = descending;
  s->most = most;
  for (uint32_t i = 0; i < alg->order_count; i++) {
    const uint32_t column = kg_op_column(child, alg->order[i].var);
    if (column != UINT32_MAX) { /* a variable that nothing binds orders nothing */
      columns[s->key_count] = column;
      descending[s->key_count++] = alg->order[i].descending;
    }
  }
  KGQ_TRY(kg_op_columns(&s->op, child->vars, child->var_count, err));
  kg_rows_init(&s->rows, &s->op.memory, child->var_count + 1);
  *out = &s->op;
  return kg_op_own_batch(&s->op, err);
}
