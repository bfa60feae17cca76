/* query/op_values.c: rows that are there before anything is read: VALUES, one empty row, none at all, and the
 * keys that a join hands to the plan on its right (seed). Cells that are UNDEF are unbound.
 */
#include <assert.h>

#include "query/ops.h"

typedef struct values_op {
  kg_op op;
  const kg_id *cells; /* row after row */
  kg_seed *seed;      /* instead of cells */
  uint32_t row_count, at;
} values_op;

static kgq_status values_reset(kg_op *op, kgq_error **err) {
  (void)err;
  values_op *v = (values_op *)op;
  v->at = 0;
  if (v->seed) {
    v->row_count = v->seed->rows.count;
  }
  return KGQ_OK;
}

static kgq_status values_next(kg_op *op, kgq_error **err) {
  (void)err;
  values_op *v = (values_op *)op;
  kg_batch *b = &op->own;
  b->row_count = 0;
  for (; v->at < v->row_count && b->row_count < b->capacity; v->at++, b->row_count++) {
    const kg_id *row = v->seed ? kg_rows_at(&v->seed->rows, v->at) : v->cells + (size_t)v->at * op->var_count;
    for (uint32_t c = 0; c < op->var_count; c++) {
      b->columns[c][b->row_count] = row[c];
    }
  }
  return KGQ_OK;
}

static kgq_status values_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const values_op *v = (const values_op *)op;
  return v->seed ? kg_buf_add_text(out, " keys of the left side", err)
                 : kg_buf_print(out, err, " %u rows", v->row_count);
}

static const kg_op_class values_class = {
  .name = "values", .reset = values_reset, .next = values_next, .explain = values_explain
};

static kgq_status make(kg_run *run, const kg_frame *frame, const kg_var *vars, uint32_t var_count,
                       values_op **out, kgq_error **err) {
  values_op *v = (values_op *)kg_op_new(run, frame, &values_class, sizeof(values_op), 0, err);
  if (!v) {
    return KGQ_NOMEM;
  }
  KGQ_TRY(kg_op_columns(&v->op, vars, var_count, err));
  *out = v;
  return kg_op_own_batch(&v->op, err);
}

static kgq_status all_certain(kg_op *op, kgq_error **err) {
  uint64_t *certain = kg_run_set(op->run, err);
  if (!certain) {
    return KGQ_NOMEM;
  }
  for (uint32_t i = 0; i < op->var_count; i++) {
    kg_set_add(certain, op->vars[i]);
  }
  op->certain = certain;
  return KGQ_OK;
}

kgq_status kg_make_empty(kg_run *run, const kg_frame *frame, const kg_var *vars, uint32_t var_count,
                         kg_op **out, kgq_error **err) {
  values_op *v = NULL;
  KGQ_TRY(make(run, frame, vars, var_count, &v, err));
  *out = &v->op;
  return all_certain(&v->op, err);
}

kgq_status kg_make_unit(kg_run *run, const kg_frame *frame, kg_op **out, kgq_error **err) {
  values_op *v = NULL;
  KGQ_TRY(make(run, frame, NULL, 0, &v, err));
  v->row_count = 1;
  v->op.estimate = 1;
  *out = &v->op;
  return KGQ_OK;
}

kgq_status kg_make_seed(kg_run *run, const kg_frame *frame, kg_seed *seed, kg_op **out, kgq_error **err) {
  values_op *v = NULL;
  KGQ_TRY(make(run, frame, seed->vars, seed->var_count, &v, err));
  v->seed = seed;
  *out = &v->op;
  return all_certain(&v->op, err);
}

static kgq_status intern_cells(kg_run *run, const kg_values *values, kg_id *cells, uint64_t *certain,
                               kgq_error **err) {
  for (uint32_t c = 0; c < values->var_count; c++) {
    bool all = true;
    for (uint32_t r = 0; r < values->row_count; r++) {
      const size_t at = (size_t)r * values->var_count + c;
      const kg_node *node = values->cells[at];
      if (node) {
        assert(node->kind == KG_NODE_TERM);
        KGQ_TRY(kg_terms_intern(run->terms, &node->term, &cells[at], err));
      }
      all = all && node;
    }
    if (all) {
      kg_set_add(certain, values->vars[c]);
    }
  }
  return KGQ_OK;
}

kgq_status kg_make_values(kg_run *run, const kg_frame *frame, const kg_values *values, kg_op **out,
                          kgq_error **err) {
  values_op *v = NULL;
  KGQ_TRY(make(run, frame, values->vars, values->var_count, &v, err));
  const size_t count = (size_t)values->row_count * values->var_count;
  kg_id *cells = (kg_id *)kg_arena_zero(run->arena, (count + 1) * sizeof(kg_id));
  uint64_t *certain = kg_run_set(run, err);
  if (!cells || !certain) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(intern_cells(run, values, cells, certain, err));
  v->cells = cells;
  v->row_count = values->row_count;
  v->op.certain = certain;
  v->op.estimate = (double)values->row_count;
  *out = &v->op;
  return KGQ_OK;
}
