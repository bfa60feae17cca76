/* query/op_extend.c: one more column: the value of an expression (BIND, AS), or a variable that must equal
 * another.
 *
 * An error leaves the new variable unbound (18.6, Extend). The other columns are the child's own.
 */
#include <assert.h>

#include "query/ops.h"

typedef struct extend_op {
  kg_op op;
  kg_eval *eval;
  kg_id *column;     /* the new one; NULL: the child has a column for it (same) */
  uint32_t at, from; /* columns of the child; UINT32_MAX: none */
  kg_var from_var;   /* same: the frame's, if from is none */
  kg_batch view;
} extend_op;

static kgq_status extend_reset(kg_op *op, kgq_error **err) {
  return kg_op_reset(op->children[0], err);
}

static void share_columns(extend_op *e, const kg_batch *in) {
  for (uint32_t c = 0; c < in->column_count; c++) {
    e->view.columns[c] = in->columns[c];
  }
  e->view.row_count = in->row_count;
  e->view.capacity = in->capacity;
}

static kgq_status extend_next(kg_op *op, kgq_error **err) {
  extend_op *e = (extend_op *)op;
  kg_batch *in = NULL;
  kg_terms_breathe(op->run->terms);
  KGQ_TRY(kg_op_next(op->children[0], &in, err));
  share_columns(e, in);
  op->out = &e->view;
  return in->row_count ? kg_eval_values(e->eval, in, e->column, err) : KGQ_OK;
}

static kgq_status var_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const extend_op *e = (const extend_op *)op;
  KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  return kg_var_print(op->run, op->vars[e->column ? op->var_count - 1 : e->at], out, err);
}

static const kg_op_class extend_class = { .name = "extend",
                                          .reset = extend_reset,
                                          .next = extend_next,
                                          .explain = var_explain,
                                          .narrow = kg_op_narrow_first };

/* Columns of the child and, unless it is there already, one for `var`. */
static kgq_status make(kg_run *run, const kg_frame *frame, const kg_op_class *type, kg_op *child, kg_var var,
                       extend_op **out, kgq_error **err) {
  extend_op *e = (extend_op *)kg_op_new(run, frame, type, sizeof(extend_op), 1, err);
  kg_var *vars = (kg_var *)kg_arena_zero(run->arena, ((size_t)child->var_count + 1) * sizeof(kg_var));
  if (!e || !vars) {
    return kg_fail_memory(err);
  }
  e->op.children[0] = child;
  e->op.estimate = child->estimate;
  e->op.sorted_by = child->sorted_by;
  e->at = kg_op_column(child, var);
  memcpy(vars, child->vars, child->var_count * sizeof(kg_var));
  uint32_t count = child->var_count;
  if (e->at == UINT32_MAX) {
    vars[count++] = var;
    e->column = (kg_id *)kg_arena_alloc(run->arena, KG_BATCH_ROWS * sizeof(kg_id));
    if (!e->column) {
      return kg_fail_memory(err);
    }
  }
  KGQ_TRY(kg_op_columns(&e->op, vars, count, err));
  KGQ_TRY(kg_batch_init(&e->view, run->arena, 0, kg_run_rows(run), err));
  e->view.columns = (kg_id **)kg_arena_zero(run->arena, ((size_t)count + 1) * sizeof(kg_id *));
  if (!e->view.columns) {
    return kg_fail_memory(err);
  }
  e->view.column_count = count;
  if (e->column) {
    e->view.columns[count - 1] = e->column;
  }
  *out = e;
  return kg_op_certain(&e->op, child->certain, err);
}

static void set_certain(kg_op *op, kg_var v) {
  uint64_t *set = kg_run_set(op->run, NULL);
  if (set) { /* without memory it only stays less certain */
    kg_set_or(set, op->certain, op->run->algebra->set_words);
    kg_set_add(set, v);
    op->certain = set;
  }
}

kgq_status kg_make_extend(kg_run *run, const kg_frame *frame, kg_op *child, kg_var var, const kg_expr *expr,
                          kg_op **out, kgq_error **err) {
  extend_op *e = NULL;
  KGQ_TRY(make(run, frame, &extend_class, child, var, &e, err));
  assert(e->column != NULL); /* the parser refuses to bind a variable twice */
  const kg_eval *below = child->type == &extend_class ? ((extend_op *)child)->eval : NULL; /* the same rows */
  KGQ_TRY(kg_eval_make_above(run, frame, child->vars, child->var_count, expr, below, &e->eval, err));
  if (expr->kind == KG_EXPR_TERM || (expr->kind == KG_EXPR_VAR && kg_set_has(child->certain, expr->var))) {
    set_certain(&e->op, var);
  }
  *out = &e->op;
  return KGQ_OK;
}

/* ---- same --------------------------------------------------------------------------------------- */

static void copy_value(extend_op *e, const kg_batch *in) {
  if (e->from == UINT32_MAX) {
    kg_fill(e->column, e->op.frame->values[e->from_var], in->row_count);
  } else if (in->row_count) {
    memcpy(e->column, in->columns[e->from], in->row_count * sizeof(kg_id));
  }
}

/* Rows where the variable has another value go; where it has none it gets this one. */
static void unify_value(extend_op *e, kg_batch *in) {
  uint16_t keep[KG_BATCH_ROWS];
  uint32_t count = 0;
  kg_id *have = in->columns[e->at];
  for (uint32_t r = 0; r < in->row_count; r++) {
    const kg_id want = e->from == UINT32_MAX ? e->op.frame->values[e->from_var] : in->columns[e->from][r];
    if (have[r] == KG_ID_NONE) {
      have[r] = want;
    }
    if (have[r] == want) {
      keep[count++] = (uint16_t)r;
    }
  }
  kg_batch_keep(in, keep, count);
}

static kgq_status same_next(kg_op *op, kgq_error **err) {
  extend_op *e = (extend_op *)op;
  kg_batch *in = NULL;
  for (;;) {
    KGQ_TRY(kg_op_next(op->children[0], &in, err));
    const bool ended = in->row_count == 0;
    if (e->column) {
      copy_value(e, in);
    } else {
      unify_value(e, in);
    }
    if (ended || in->row_count > 0) {
      break;
    }
  }
  share_columns(e, in);
  op->out = &e->view;
  return KGQ_OK;
}

static const kg_op_class same_class = {
  .name = "same", .reset = extend_reset, .next = same_next, .explain = var_explain
};

kgq_status kg_make_same(kg_run *run, const kg_frame *frame, kg_op *child, kg_var var, kg_var from,
                        kg_op **out, kgq_error **err) {
  extend_op *e = NULL;
  KGQ_TRY(make(run, frame, &same_class, child, var, &e, err));
  e->from = from == var ? UINT32_MAX : kg_op_column(child, from);
  e->from_var = from;
  assert(e->from != UINT32_MAX || kg_frame_gives(frame, from));
  e->op.sorted_by = KG_NO_VAR;
  set_certain(&e->op, var);
  *out = &e->op;
  return KGQ_OK;
}
