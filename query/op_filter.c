/* query/op_filter.c: rows for which all conditions are true; errors count as not true (SPARQL 17.2). Changes
 * the child's batch in place and reads on until a row passes.
 */
#include "query/ops.h"

typedef struct filter_op {
  kg_op op;
  kg_eval **evals;
  uint32_t eval_count;
  uint64_t rows_in;
} filter_op;

static kgq_status filter_reset(kg_op *op, kgq_error **err) {
  return kg_op_reset(op->children[0], err);
}

static kgq_status filter_next(kg_op *op, kgq_error **err) {
  filter_op *f = (filter_op *)op;
  for (;;) {
    kg_terms_breathe(op->run->terms);
    KGQ_TRY(kg_op_next(op->children[0], &op->out, err));
    f->rows_in += op->out->row_count;
    if (op->out->row_count == 0) {
      return KGQ_OK;
    }
    kg_run_work(op->run, (uint64_t)op->out->row_count * KG_WORK_FILTER);
    KGQ_TRY(kg_eval_filter(f->evals, f->eval_count, op->out, NULL, err));
    if (op->out->row_count > 0) {
      return KGQ_OK;
    }
  }
}

static kgq_status filter_seek(kg_op *op, kg_id id, kgq_error **err) {
  return kg_op_seek(op->children[0], id, err);
}

static kgq_status filter_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const filter_op *f = (const filter_op *)op;
  return kg_buf_print(out, err, " %u condition%s", f->eval_count, f->eval_count == 1 ? "" : "s");
}

static const kg_op_class filter_class = { .name = "filter",
                                          .reset = filter_reset,
                                          .next = filter_next,
                                          .explain = filter_explain,
                                          .seek = filter_seek,
                                          .narrow = kg_op_narrow_first };

kgq_status kg_make_filter(kg_run *run, const kg_frame *frame, kg_op *child, const kg_expr *const *exprs,
                          uint32_t count, kg_op **out, kgq_error **err) {
  filter_op *f = (filter_op *)kg_op_new(run, frame, &filter_class, sizeof(filter_op), 1, err);
  kg_eval **evals = (kg_eval **)kg_arena_zero(run->arena, (count + 1) * sizeof(kg_eval *));
  if (!f || !evals) {
    return kg_fail_memory(err);
  }
  f->op.children[0] = child;
  f->op.sorted_by = child->sorted_by;
  f->op.certain = child->certain;
  f->evals = evals;
  f->eval_count = count;
  KGQ_TRY(kg_op_columns(&f->op, child->vars, child->var_count, err));
  for (uint32_t i = 0; i < count; i++) {
    KGQ_TRY(kg_eval_make(run, frame, f->op.vars, f->op.var_count, exprs[i], &evals[i], err));
  }
  f->op.estimate = child->estimate;
  for (uint32_t i = 0; i < count; i++) {
    f->op.estimate *= 0.5;
  }
  *out = &f->op;
  return KGQ_OK;
}
