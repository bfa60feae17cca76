/* query/op_sort.c: ORDER BY: all rows kept, then put in order by value (SPARQL 15.1, kg_expr_order).
 *
 * With a LIMIT above, only as many rows as that are kept in a heap whose top is the last of them. Rows that
 * compare equal keep the order in which they came.
 */
#include <assert.h>

#include "query/ops.h"

typedef struct sort_op {
  kg_op op;
  uint32_t *columns; /* keys */
  bool *descending;
  uint32_t key_count;
  uint64_t most;
  kg_rows rows; /* width + 1: the last column counts arrivals */
  uint32_t *order, *spare;
  uint32_t capacity;
  uint32_t heap_count; /* top-k: order[0 .. heap_count) is a heap */
  uint64_t arrivals;
  uint32_t at;
  bool sorted;
  uint64_t compared;
} sort_op;

static void free_order(sort_op *s) {
  kg_free(s->op.run->allocator, s->order, s->capacity * sizeof(uint32_t));
  kg_free(s->op.run->allocator, s->spare, s->capacity * sizeof(uint32_t));
  s->order = s->spare = NULL;
  s->capacity = 0;
}

static kgq_status reserve_order(sort_op *s, uint32_t count, kgq_error **err) {
  if (count <= s->capacity) {
    return KGQ_OK;
  }
  assert(s->heap_count == 0);
  free_order(s);
  s->capacity = count;
  s->order = (uint32_t *)kg_alloc(s->op.run->allocator, count * sizeof(uint32_t));
  s->spare = (uint32_t *)kg_alloc(s->op.run->allocator, count * sizeof(uint32_t));
  return s->order && s->spare ? KGQ_OK : kg_fail_memory(err);
}

/* ---- comparing ---------------------------------------------------------------------------------- */

static kgq_status compare_rows(sort_op *s, const kg_id *a, const kg_id *b, int *out, kgq_error **err) {
  if ((++s->compared & 1023) == 0) {
    KGQ_TRY(kg_cancel_check(s->op.run->cancel, err));
  }
  for (uint32_t k = 0; k < s->key_count; k++) {
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

static kgq_status merge_runs(sort_op *s, uint32_t from, uint32_t middle, uint32_t to, kgq_error **err) {
  uint32_t i = from, j = middle, k = from;
  while (i < middle && j < to) {
    int c = 0;
    KGQ_TRY(compare_rows(s, kg_rows_at(&s->rows, s->order[i]), kg_rows_at(&s->rows, s->order[j]), &c, err));
    s->spare[k++] = c <= 0 ? s->order[i++] : s->order[j++];
  }
  while (i < middle) {
    s->spare[k++] = s->order[i++];
  }
  while (j < to) {
    s->spare[k++] = s->order[j++];
  }
  return KGQ_OK;
}

/* Merge sort from runs of one upwards: no recursion, stable, and it can stop with an error. */
static kgq_status sort_order(sort_op *s, uint32_t count, kgq_error **err) {
  for (uint64_t run = 1; run < count; run *= 2) {
    for (uint64_t from = 0; from < count; from += 2 * run) {
      const uint64_t middle = from + run < count ? from + run : count;
      const uint64_t to = from + 2 * run < count ? from + 2 * run : count;
      KGQ_TRY(merge_runs(s, (uint32_t)from, (uint32_t)middle, (uint32_t)to, err));
      kg_terms_breathe(s->op.run->terms);
    }
    uint32_t *swap = s->order;
    s->order = s->spare;
    s->spare = swap;
  }
  return KGQ_OK;
}

/* ---- the first k -------------------------------------------------------------------------------- */

static kgq_status after(sort_op *s, uint32_t a, uint32_t b, bool *out, kgq_error **err) {
  int c = 0;
  KGQ_TRY(compare_rows(s, kg_rows_at(&s->rows, s->order[a]), kg_rows_at(&s->rows, s->order[b]), &c, err));
  *out = c > 0;
  return KGQ_OK;
}

static void swap_order(sort_op *s, uint32_t a, uint32_t b) {
  const uint32_t swap = s->order[a];
  s->order[a] = s->order[b];
  s->order[b] = swap;
}

static kgq_status sift_up(sort_op *s, kgq_error **err) {
  for (uint32_t i = s->heap_count - 1; i > 0; i = (i - 1) / 2) {
    bool above = false;
    KGQ_TRY(after(s, i, (i - 1) / 2, &above, err));
    if (!above) {
      break;
    }
    swap_order(s, i, (i - 1) / 2);
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
    swap_order(s, i, child);
    i = child;
  }
  return KGQ_OK;
}

/* The new last row goes into the heap, or replaces its top, or is dropped. */
static kgq_status keep_best(sort_op *s, kgq_error **err) {
  const uint32_t fresh = s->rows.count - 1;
  if (s->heap_count < s->most) {
    s->order[s->heap_count++] = fresh;
    return sift_up(s, err);
  }
  kg_id *top = kg_rows_at(&s->rows, s->order[0]);
  const kg_id *row = kg_rows_at(&s->rows, fresh);
  int c = 0;
  KGQ_TRY(compare_rows(s, row, top, &c, err));
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
    KGQ_TRY(kg_terms_prepare(s->op.run->terms, in->columns[s->columns[k]], in->row_count, err));
  }
  return KGQ_OK;
}

static kgq_status read_all(sort_op *s, kgq_error **err) {
  if (top_only(s)) {
    KGQ_TRY(reserve_order(s, (uint32_t)s->most + 1, err));
  }
  for (;;) {
    kg_batch *in = NULL;
    kg_terms_breathe(s->op.run->terms);
    KGQ_TRY(kg_op_next(s->op.children[0], &in, err));
    if (in->row_count == 0) {
      break;
    }
    KGQ_TRY(prepare_terms(s, in, err));
    KGQ_TRY(take_batch(s, in, err));
  }
  if (!top_only(s)) {
    KGQ_TRY(reserve_order(s, s->rows.count ? s->rows.count : 1, err));
    for (uint32_t i = 0; i < s->rows.count; i++) {
      s->order[i] = i;
    }
  }
  s->sorted = true;
  const uint32_t count = s->rows.count;
  s->heap_count = 0;
  return sort_order(s, count, err);
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
  for (; s->at < s->rows.count && b->row_count < b->capacity; s->at++, b->row_count++) {
    const kg_id *row = kg_rows_at(&s->rows, s->order[s->at]);
    for (uint32_t c = 0; c < b->column_count; c++) {
      b->columns[c][b->row_count] = row[c];
    }
  }
  return KGQ_OK;
}

static void sort_close(kg_op *op) {
  sort_op *s = (sort_op *)op;
  free_order(s);
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
  kg_rows_init(&s->rows, run->allocator, child->var_count + 1);
  *out = &s->op;
  return kg_op_own_batch(&s->op, err);
}
