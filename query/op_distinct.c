/* query/op_distinct.c: each row once, in the order of first occurrence (DISTINCT), or without its direct
 * repetitions (REDUCED: 18.6 allows any number from one to all). Rows are told apart by ids: one term has one
 * id in a statement.
 *
 * Where rows come sorted by a column, those with smaller ids in it are forgotten now and then, so that the
 * set stays small. What it has no room for comes last (unique.h).
 */
#include "query/ops.h"
#include "query/unique.h"

/* A set of millions of rows is far from the processor: so many rows' places are on their way at a time. */
#define ROWS_AHEAD 16

/* Sorted rows that are kept before those that cannot come again are forgotten: the set stays in the cache. */
#define WINDOW_ROWS 4096u
#define FEW_WINDOW  2u

typedef struct distinct_op {
  kg_op op;
  bool reduced, has_last;
  bool ended; /* the child; what is late comes out */
  kg_unique rows;
  uint32_t sorted; /* column in whose order rows come; UINT32_MAX: none */
  uint32_t window;
  kg_id *row, *last;
} distinct_op;

static kgq_status distinct_reset(kg_op *op, kgq_error **err) {
  distinct_op *d = (distinct_op *)op;
  kg_unique_clear(&d->rows);
  d->has_last = false;
  d->ended = false;
  return kg_op_reset(op->children[0], err);
}

static void take_row(const kg_batch *b, uint32_t r, kg_id *row) {
  for (uint32_t c = 0; c < b->column_count; c++) {
    row[c] = b->columns[c][r];
  }
}

/* Does a row with that id in the sorted column come after all that the set holds? */
static bool is_behind(const distinct_op *d, kg_id id) {
  const kg_rows *rows = &d->rows.seen.rows;
  return rows->count >= d->window && !kg_unique_is_late(&d->rows) &&
         kg_rows_at(rows, rows->count - 1)[d->sorted] != id;
}

static kgq_status find_new(distinct_op *d, const kg_batch *b, uint16_t *keep, uint32_t *count,
                           kgq_error **err) {
  uint32_t hashes[KG_BATCH_ROWS];
  kg_unique_look(&d->rows);
  kg_row_hashes(b->columns, b->column_count, b->row_count, hashes);
  for (uint32_t r = 0; r < b->row_count; r++) {
    bool fresh = false;
    if (r + ROWS_AHEAD < b->row_count) {
      kg_row_set_expect(&d->rows.seen, hashes[r + ROWS_AHEAD]);
    }
    take_row(b, r, d->row);
    if (d->sorted != UINT32_MAX && is_behind(d, d->row[d->sorted])) {
      kg_unique_clear(&d->rows);
    }
    KGQ_TRY(kg_unique_add(&d->rows, d->row, hashes[r], &fresh, err));
    keep[*count] = (uint16_t)r;
    *count += fresh ? 1 : 0;
  }
  return KGQ_OK;
}

static void find_changed(distinct_op *d, const kg_batch *b, uint16_t *keep, uint32_t *count) {
  const size_t bytes = d->op.var_count * sizeof(kg_id);
  for (uint32_t r = 0; r < b->row_count; r++) {
    take_row(b, r, d->row);
    if (!d->has_last || (bytes > 0 && memcmp(d->row, d->last, bytes) != 0)) {
      keep[(*count)++] = (uint16_t)r;
    }
    memcpy(d->last, d->row, bytes);
    d->has_last = true;
  }
}

static kgq_status keep_new(distinct_op *d, kg_batch *b, kgq_error **err) {
  uint16_t keep[KG_BATCH_ROWS];
  uint32_t count = 0;
  if (d->reduced) {
    find_changed(d, b, keep, &count);
  } else {
    KGQ_TRY(find_new(d, b, keep, &count, err));
  }
  if (count < b->row_count) {
    kg_batch_keep(b, keep, count);
    b->row_count = count;
  }
  return KGQ_OK;
}

static kgq_status give_late(distinct_op *d, kgq_error **err) {
  kg_batch *b = &d->op.own;
  b->row_count = 0;
  d->op.out = b;
  while (b->row_count < b->capacity) {
    const kg_id *row = NULL;
    KGQ_TRY(kg_unique_next_late(&d->rows, &row, err));
    if (!row) {
      break;
    }
    for (uint32_t c = 0; c < b->column_count; c++) {
      b->columns[c][b->row_count] = row[c];
    }
    b->row_count++;
  }
  return KGQ_OK;
}

static kgq_status end_input(distinct_op *d, kgq_error **err) {
  d->ended = true;
  if (!kg_unique_is_late(&d->rows)) {
    return KGQ_OK;
  }
  if (!d->op.own.columns) {
    KGQ_TRY(kg_op_own_batch(&d->op, err));
  }
  return kg_unique_finish(&d->rows, err);
}

static kgq_status distinct_next(kg_op *op, kgq_error **err) {
  distinct_op *d = (distinct_op *)op;
  while (!d->ended) {
    KGQ_TRY(kg_op_next(op->children[0], &op->out, err));
    if (op->out->row_count == 0) {
      KGQ_TRY(end_input(d, err));
      break;
    }
    KGQ_TRY(keep_new(d, op->out, err));
    if (op->out->row_count > 0) {
      return KGQ_OK;
    }
  }
  return kg_unique_is_late(&d->rows) ? give_late(d, err) : KGQ_OK;
}

static void distinct_close(kg_op *op) {
  kg_unique_free(&((distinct_op *)op)->rows);
}

static const kg_op_class distinct_class = { .name = "distinct",
                                            .reset = distinct_reset,
                                            .next = distinct_next,
                                            .close = distinct_close,
                                            .narrow = kg_op_narrow_first };
static const kg_op_class reduced_class = { .name = "reduced",
                                           .reset = distinct_reset,
                                           .next = distinct_next,
                                           .close = distinct_close,
                                           .narrow = kg_op_narrow_first };

kgq_status kg_make_distinct(kg_run *run, const kg_frame *frame, kg_op *child, bool reduced, kg_op **out,
                            kgq_error **err) {
  distinct_op *d = (distinct_op *)kg_op_new(run, frame, reduced ? &reduced_class : &distinct_class,
                                            sizeof(distinct_op), 1, err);
  if (!d) {
    return KGQ_NOMEM;
  }
  d->op.children[0] = child;
  d->op.estimate = child->estimate;
  d->op.sorted_by = child->sorted_by;
  d->op.certain = child->certain;
  d->reduced = reduced;
  KGQ_TRY(kg_op_columns(&d->op, child->vars, child->var_count, err));
  KGQ_TRY(kg_unique_init(&d->rows, &d->op, child->var_count, "DISTINCT", err));
  d->sorted = kg_op_column(child, child->sorted_by);
  d->window = kg_run_off(run, KG_OFF_SORT_MEMORY) ? FEW_WINDOW : WINDOW_ROWS;
  d->row = (kg_id *)kg_arena_zero(run->arena, 2 * ((size_t)child->var_count + 1) * sizeof(kg_id));
  if (!d->row) {
    return kg_fail_memory(err);
  }
  d->last = d->row + child->var_count + 1;
  *out = &d->op;
  return KGQ_OK;
}
