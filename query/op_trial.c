/* query/op_trial.c: two plans of one join: that for the first rows, and if it takes too long, that for all.
 *
 * Which plan gives a few rows soonest rests on how many rows there are, which nobody knows: where there are
 * none, the plan for the first ones does all its look-ups in vain. So its rows are held back until there are
 * as many as are wanted; if before that it has done a part of the work of the plan for all, they are
 * forgotten and that one runs.
 */
#include <assert.h>

#include "query/ops.h"

enum { QUICK, WHOLE };

typedef struct trial_op {
  kg_op op;
  uint64_t rows_held, work; /* until so many rows; at most so much work */
  uint32_t *columns;        /* of the whole plan, by column */
  int plan;
  bool decided, ended;
  kg_rows held;
  uint32_t given; /* of those held */
} trial_op;

static kgq_status trial_reset(kg_op *op, kgq_error **err) {
  trial_op *t = (trial_op *)op;
  t->plan = QUICK;
  t->decided = t->ended = false;
  t->given = 0;
  kg_rows_clear(&t->held);
  return kg_op_reset(op->children[QUICK], err);
}

/* Until there are rows enough, or no more. */
static kgq_status hold_rows(trial_op *t, kgq_error **err) {
  kg_batch *b = NULL;
  do {
    KGQ_TRY(kg_op_next(t->op.children[QUICK], &b, err));
    KGQ_TRY(kg_rows_add_batch(&t->held, b, err));
  } while (b->row_count > 0 && t->held.count < t->rows_held);
  t->ended = b->row_count == 0;
  return KGQ_OK;
}

static kgq_status decide(trial_op *t, kgq_error **err) {
  kg_run *run = t->op.run;
  assert(!run->trial);
  run->trial = true;
  run->trial_over = false;
  run->trial_work = t->work;
  const kgq_status st = hold_rows(t, err);
  run->trial = false;
  t->decided = true;
  if (st == KGQ_OK || !run->trial_over) {
    return st;
  }
  t->plan = WHOLE;
  kg_rows_clear(&t->held);
  return kg_op_reset(t->op.children[WHOLE], err);
}

static void give_held(trial_op *t) {
  kg_batch *out = &t->op.own;
  for (; t->given < t->held.count && out->row_count < out->capacity; t->given++, out->row_count++) {
    for (uint32_t c = 0; c < t->op.var_count; c++) {
      out->columns[c][out->row_count] = kg_rows_at(&t->held, t->given)[c];
    }
  }
}

static kgq_status next_whole(trial_op *t, kgq_error **err) {
  kg_batch *b = NULL;
  kg_batch *out = &t->op.own;
  KGQ_TRY(kg_op_next(t->op.children[WHOLE], &b, err));
  assert(b->row_count <= kg_run_rows(t->op.run));
  for (uint32_t c = 0; c < t->op.var_count && b->row_count > 0; c++) {
    memcpy(out->columns[c], b->columns[t->columns[c]], b->row_count * sizeof(kg_id));
  }
  out->row_count = b->row_count;
  return KGQ_OK;
}

static kgq_status trial_next(kg_op *op, kgq_error **err) {
  trial_op *t = (trial_op *)op;
  op->own.row_count = 0;
  op->out = &op->own;
  if (!t->decided) {
    KGQ_TRY(decide(t, err));
  }
  if (t->plan == WHOLE) {
    return next_whole(t, err);
  }
  if (t->given < t->held.count || t->ended) {
    give_held(t);
    return KGQ_OK;
  }
  return kg_op_next(op->children[QUICK], &op->out, err);
}

static void trial_close(kg_op *op) {
  kg_rows_free(&((trial_op *)op)->held);
}

static kgq_status trial_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const trial_op *t = (const trial_op *)op;
  return kg_buf_add_text(out, t->plan == WHOLE ? " given up for the second plan" : " of the first plan", err);
}

static const kg_op_class trial_class = {
  .name = "trial", .reset = trial_reset, .next = trial_next, .close = trial_close, .explain = trial_explain
};

kgq_status kg_make_trial(kg_run *run, const kg_frame *frame, kg_op *quick, kg_op *whole, uint64_t rows,
                         uint64_t work, kg_op **out, kgq_error **err) {
  trial_op *t = (trial_op *)kg_op_new(run, frame, &trial_class, sizeof(trial_op), 2, err);
  uint32_t *columns =
      (uint32_t *)kg_arena_zero(run->arena, ((size_t)quick->var_count + 1) * sizeof(uint32_t));
  uint64_t *certain = kg_run_set(run, err);
  if (!t || !columns || !certain) {
    return kg_fail_memory(err);
  }
  assert(quick->var_count == whole->var_count && work > 0);
  for (uint32_t c = 0; c < quick->var_count; c++) {
    columns[c] = kg_op_column(whole, quick->vars[c]);
    assert(columns[c] != UINT32_MAX);
  }
  kg_set_or(certain, quick->certain, run->algebra->set_words);
  kg_set_and(certain, whole->certain, run->algebra->set_words);
  t->op.children[QUICK] = quick;
  t->op.children[WHOLE] = whole;
  t->op.certain = certain;
  t->op.estimate = quick->estimate;
  t->op.cost = quick->cost;
  t->op.startup = quick->startup;
  t->columns = columns;
  t->rows_held = rows;
  t->work = work;
  kg_rows_init(&t->held, run->allocator, quick->var_count);
  KGQ_TRY(kg_op_columns(&t->op, quick->vars, quick->var_count, err));
  *out = &t->op;
  return kg_op_own_batch(&t->op, err);
}
