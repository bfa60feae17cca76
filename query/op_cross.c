/* query/op_cross.c: every row of the left side with every row of the right one, which is kept. For joins
 * without common variables; hints.c warns of large ones.
 */
#include "query/join.h"

typedef struct cross_op {
  kg_op op;
  kg_join_layout layout;
  kg_rows rows;
  bool built;
  kg_batch *in;
  uint32_t row, at;
} cross_op;

static kgq_status cross_reset(kg_op *op, kgq_error **err) {
  cross_op *x = (cross_op *)op;
  x->built = false;
  x->in = NULL;
  kg_rows_clear(&x->rows);
  return kg_op_reset(op->children[0], err);
}

static kgq_status read_right(cross_op *x, kgq_error **err) {
  kg_batch *b = NULL;
  KGQ_TRY(kg_op_reset(x->op.children[1], err));
  do {
    KGQ_TRY(kg_op_next(x->op.children[1], &b, err));
    KGQ_TRY(kg_rows_add_batch(&x->rows, b, err));
  } while (b->row_count > 0);
  x->built = true;
  return KGQ_OK;
}

static kgq_status cross_next(kg_op *op, kgq_error **err) {
  cross_op *x = (cross_op *)op;
  kg_batch *out = &op->own;
  out->row_count = 0;
  while (out->row_count < out->capacity) {
    if (!x->in || x->row == x->in->row_count) {
      if (out->row_count > 0) {
        return KGQ_OK; /* the left batch may not be asked for again while its rows are wanted */
      }
      KGQ_TRY(kg_op_next(op->children[0], &x->in, err));
      x->row = x->at = 0;
      if (x->in->row_count == 0) {
        return KGQ_OK;
      }
      if (!x->built) {
        KGQ_TRY(read_right(x, err));
      }
      if (x->rows.count == 0) {
        return KGQ_OK;
      }
    }
    for (; x->at < x->rows.count && out->row_count < out->capacity; x->at++) {
      kg_join_emit(&x->layout, out, x->in, x->row, kg_rows_at(&x->rows, x->at));
    }
    if (x->at == x->rows.count) {
      x->row++;
      x->at = 0;
    }
  }
  return KGQ_OK;
}

static void cross_close(kg_op *op) {
  kg_rows_free(&((cross_op *)op)->rows);
}

static const kg_op_class cross_class = {
  .name = "cross product", .reset = cross_reset, .next = cross_next, .close = cross_close
};

kgq_status kg_make_cross(kg_run *run, const kg_frame *frame, kg_op *left, kg_op *right,
                         const uint64_t *needed, kg_op **out, kgq_error **err) {
  cross_op *x = (cross_op *)kg_op_new(run, frame, &cross_class, sizeof(cross_op), 2, err);
  if (!x) {
    return KGQ_NOMEM;
  }
  x->op.children[0] = left;
  x->op.children[1] = right;
  kg_rows_init(&x->rows, &x->op.memory, right->var_count);
  KGQ_TRY(kg_join_layout_make(run, left, right->vars, right->var_count, right->certain, needed, true,
                              &x->layout, err));
  KGQ_TRY(kg_op_columns(&x->op, x->layout.vars, x->layout.count, err));
  x->op.sorted_by = kg_op_column(&x->op, left->sorted_by) == UINT32_MAX ? KG_NO_VAR : left->sorted_by;
  KGQ_TRY(kg_join_certain(&x->op, left->certain, right->certain, err));
  *out = &x->op;
  return kg_op_own_batch(&x->op, err);
}
