/* query/op_slice.c: OFFSET and LIMIT. Stops reading once it has enough. */
#include "query/ops.h"

typedef struct slice_op {
  kg_op op;
  bool has_limit;
  uint64_t limit, offset;
  uint64_t skipped, given;
} slice_op;

static kgq_status slice_reset(kg_op *op, kgq_error **err) {
  slice_op *s = (slice_op *)op;
  s->skipped = s->given = 0;
  return kg_op_reset(op->children[0], err);
}

/* Drops the first rows by moving the others down. */
static void drop_front(kg_batch *b, uint32_t count) {
  for (uint32_t c = 0; c < b->column_count; c++) {
    memmove(b->columns[c], b->columns[c] + count, (b->row_count - count) * sizeof(kg_id));
  }
  b->row_count -= count;
}

static kgq_status slice_next(kg_op *op, kgq_error **err) {
  slice_op *s = (slice_op *)op;
  op->own.row_count = 0;
  op->out = &op->own;
  if (s->has_limit && s->given >= s->limit) {
    return KGQ_OK;
  }
  do {
    KGQ_TRY(kg_op_next(op->children[0], &op->out, err));
    if (op->out->row_count == 0) {
      return KGQ_OK;
    }
    const uint64_t to_skip = s->offset - s->skipped;
    const uint32_t skip = to_skip < op->out->row_count ? (uint32_t)to_skip : op->out->row_count;
    s->skipped += skip;
    if (skip > 0) {
      drop_front(op->out, skip);
    }
  } while (op->out->row_count == 0);
  if (s->has_limit && op->out->row_count > s->limit - s->given) {
    op->out->row_count = (uint32_t)(s->limit - s->given);
  }
  s->given += op->out->row_count;
  return KGQ_OK;
}

static kgq_status slice_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const slice_op *s = (const slice_op *)op;
  if (s->has_limit) {
    KGQ_TRY(kg_buf_print(out, err, " limit %llu", (unsigned long long)s->limit));
  }
  return s->offset ? kg_buf_print(out, err, " offset %llu", (unsigned long long)s->offset) : KGQ_OK;
}

static const kg_op_class slice_class = {
  .name = "slice", .reset = slice_reset, .next = slice_next, .explain = slice_explain
};

kgq_status kg_make_slice(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, kg_op **out,
                         kgq_error **err) {
  slice_op *s = (slice_op *)kg_op_new(run, frame, &slice_class, sizeof(slice_op), 1, err);
  if (!s) {
    return KGQ_NOMEM;
  }
  s->op.children[0] = child;
  s->op.certain = child->certain;
  s->op.sorted_by = child->sorted_by;
  s->op.estimate = child->estimate;
  if (alg->has_limit && s->op.estimate > (double)alg->limit) {
    s->op.estimate = (double)alg->limit;
  }
  s->has_limit = alg->has_limit;
  s->limit = alg->limit;
  s->offset = alg->offset;
  KGQ_TRY(kg_op_columns(&s->op, child->vars, child->var_count, err));
  KGQ_TRY(kg_op_own_batch(&s->op, err));
  *out = &s->op;
  return KGQ_OK;
}
