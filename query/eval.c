/* query/eval.c: expressions over the batches of an operator, and EXISTS inside them.
 *
 * A compiled expression reads columns; variables that come from the frame get columns of their own behind
 * those of the operator, filled before each evaluation. EXISTS (17.4.1.4, 18.2.2.6): each group of the
 * pattern begins with the row as its first solution, subselects included. The pattern is planned with the
 * variables that the row binds as given ones, once for each set of them, and evaluated until its first row;
 * answers are remembered by the values of the variables that the pattern mentions.
 */
#include <assert.h>

#include "query/ops.h"

/* Answers remembered a plan: at 24 to 40 bytes each a few megabytes. */
#define MEMO_ROWS_MAX 200000

typedef struct exists_plan {
  const kg_pattern *pattern;
  kg_frame frame;
  uint64_t *given;
  kg_op *op;
  uint32_t *columns; /* of the row, that are given to the pattern */
  uint32_t column_count;
  bool repeatable; /* the same values give the same answer */
  kg_row_set memo; /* values -> answer + 1 */
  struct exists_plan *next;
} exists_plan;

struct kg_eval {
  kg_run *run;
  const kg_frame *frame;
  const kg_var *vars;
  uint32_t var_count; /* columns of the operator */
  kg_var *extra;      /* variables of the frame behind them */
  uint32_t extra_count;
  kg_batch view;
  kg_cexpr *code;
  void *nodes;   /* that BNODE("x") has given in a row */
  void **shared; /* those of the first expression over the same rows */
  exists_plan *plans;
  uint32_t plan_count;
};

/* ---- EXISTS ------------------------------------------------------------------------------------- */

static bool relevant(const kg_eval *e, const kg_alg *alg, uint32_t column, const kg_batch *batch,
                     uint32_t row) {
  return kg_set_has(alg->mentioned, e->vars[column]) && batch->columns[column][row] != KG_ID_NONE;
}

/* 18.2.2.6: each group of the pattern begins with the row (ContextSolution). Has that a value? */
static bool has_context(const kg_eval *e, const kg_batch *batch, uint32_t row) {
  for (uint32_t c = 0; c < e->var_count; c++) {
    if (!e->run->algebra->ast->vars[e->vars[c]].hidden && batch->columns[c][row] != KG_ID_NONE) {
      return true;
    }
  }
  return e->frame->context;
}

static bool plan_fits(const kg_eval *e, const exists_plan *p, const kg_alg *alg, const kg_batch *batch,
                      uint32_t row) {
  uint32_t n = 0;
  for (uint32_t c = 0; c < e->var_count; c++) {
    if (relevant(e, alg, c, batch, row)) {
      if (n >= p->column_count || p->columns[n] != c) {
        return false;
      }
      n++;
    }
  }
  return n == p->column_count && p->frame.context == has_context(e, batch, row);
}

static bool tree_is_volatile(const kg_alg *alg) {
  if (alg->expr && kg_expr_volatile(alg->expr)) {
    return true;
  }
  for (uint32_t i = 0; i < alg->expr_count; i++) {
    if (kg_expr_volatile(alg->exprs[i])) {
      return true;
    }
  }
  for (uint32_t i = 0; i < alg->child_count; i++) {
    if (tree_is_volatile(alg->children[i])) {
      return true;
    }
  }
  return false;
}

static void set_values(const kg_eval *e, exists_plan *p, const kg_batch *batch, uint32_t row) {
  const kg_frame *outer = e->frame;
  memcpy(p->frame.values, outer->values, e->run->algebra->ast->var_count * sizeof(kg_id));
  for (uint32_t i = 0; i < p->column_count; i++) {
    p->frame.values[e->vars[p->columns[i]]] = batch->columns[p->columns[i]][row];
  }
}

static kgq_status note_columns(kg_eval *e, exists_plan *p, const kg_alg *alg, const kg_batch *batch,
                               uint32_t row, kgq_error **err) {
  p->columns = (uint32_t *)kg_arena_zero(e->run->arena, (e->var_count + 1) * sizeof(uint32_t));
  p->given = kg_run_set(e->run, err);
  p->frame.values =
      (kg_id *)kg_arena_zero(e->run->arena, (e->run->algebra->ast->var_count + 1) * sizeof(kg_id));
  if (!p->columns || !p->given || !p->frame.values) {
    return kg_fail_memory(err);
  }
  kg_set_or(p->given, e->frame->given, e->run->algebra->set_words);
  for (uint32_t c = 0; c < e->var_count; c++) {
    if (relevant(e, alg, c, batch, row)) {
      p->columns[p->column_count++] = c;
      kg_set_add(p->given, e->vars[c]);
    }
  }
  p->frame.given = p->given;
  return KGQ_OK;
}

static kgq_status make_plan(kg_eval *e, const kg_pattern *pattern, kg_alg *alg, const kg_batch *batch,
                            uint32_t row, exists_plan **out, kgq_error **err) {
  if (e->plan_count++ >= KG_LIMIT_EXISTS_PLANS) {
    return kg_fail(err, KGQ_LIMIT, "an EXISTS sees more than %d different sets of bound variables",
                   KG_LIMIT_EXISTS_PLANS);
  }
  exists_plan *p = (exists_plan *)kg_arena_zero(e->run->arena, sizeof(exists_plan));
  if (!p) {
    return kg_fail_memory(err);
  }
  p->pattern = pattern;
  KGQ_TRY(note_columns(e, p, alg, batch, row, err));
  p->repeatable = p->column_count <= 16 && !tree_is_volatile(alg);
  kg_row_set_init(&p->memo, e->run->allocator, p->column_count, p->column_count + 1);
  set_values(e, p, batch, row);
  p->frame.context = has_context(e, batch, row);
  KGQ_TRY(e->run->plan(e->run, &p->frame, alg, &p->op, err));
  p->next = e->plans;
  e->plans = p;
  *out = p;
  return KGQ_OK;
}

static kgq_status run_plan(kg_eval *e, exists_plan *p, const kg_batch *batch, uint32_t row, bool *out,
                           kgq_error **err) {
  kg_batch *found = NULL;
  set_values(e, p, batch, row);
  e->run->exists_count++;
  KGQ_TRY(kg_op_reset(p->op, err));
  KGQ_TRY(kg_op_next(p->op, &found, err));
  *out = found->row_count > 0;
  return KGQ_OK;
}

static kgq_status remembered(kg_eval *e, exists_plan *p, const kg_batch *batch, uint32_t row, bool *out,
                             kgq_error **err) {
  kg_id key[16];
  uint32_t at = 0;
  bool added = false;
  for (uint32_t i = 0; i < p->column_count; i++) {
    key[i] = batch->columns[p->columns[i]][row];
  }
  if (kg_row_set_find(&p->memo, key, &at)) {
    *out = kg_rows_at(&p->memo.rows, at)[p->column_count] == 2;
    return KGQ_OK;
  }
  KGQ_TRY(run_plan(e, p, batch, row, out, err));
  if (p->memo.rows.count >= MEMO_ROWS_MAX) {
    kg_row_set_clear(&p->memo);
  }
  KGQ_TRY(kg_row_set_put(&p->memo, key, &at, &added, err));
  kg_rows_at(&p->memo.rows, at)[p->column_count] = *out ? 2 : 1;
  return KGQ_OK;
}

static kgq_status exists(void *arg, const kg_pattern *pattern, const kg_batch *batch, uint32_t row, bool *out,
                         kgq_error **err) {
  kg_eval *e = (kg_eval *)arg;
  const kg_alg_exists *registered = kg_algebra_exists(e->run->algebra, pattern);
  assert(registered != NULL);
  exists_plan *p = e->plans;
  while (p && (p->pattern != pattern || !plan_fits(e, p, registered->planned, batch, row))) {
    p = p->next;
  }
  if (!p) {
    KGQ_TRY(make_plan(e, pattern, registered->planned, batch, row, &p, err));
  }
  /* Answers depend on the outer frame too, which is the same only within one reset of it. */
  const bool outer_given = !kg_set_empty(e->frame->given, e->run->algebra->set_words);
  return p->repeatable && !outer_given ? remembered(e, p, batch, row, out, err)
                                       : run_plan(e, p, batch, row, out, err);
}

/* The memo is freed with the operators of the run: a tiny operator that only has a close. */
typedef struct memo_op {
  kg_op op;
  kg_eval *eval;
} memo_op;

static void memo_close(kg_op *op) {
  kg_eval *e = ((memo_op *)op)->eval;
  for (exists_plan *p = e->plans; p; p = p->next) {
    kg_row_set_free(&p->memo);
  }
}

static const kg_op_class memo_class = { .name = "exists", .close = memo_close };

/* ---- expressions -------------------------------------------------------------------------------- */

static kgq_status find_extra(kg_eval *e, const kg_expr *expr, kgq_error **err) {
  uint64_t *read = kg_run_set(e->run, err);
  e->extra = (kg_var *)kg_arena_zero(e->run->arena, (e->run->algebra->ast->var_count + 1) * sizeof(kg_var));
  if (!read || !e->extra) {
    return kg_fail_memory(err);
  }
  kg_expr_vars(e->run->algebra, expr, read);
  for (uint32_t i = 0; i < e->var_count; i++) {
    if (!kg_frame_gives(e->frame, e->vars[i])) { /* else it holds even where the column is unbound */
      kg_set_remove(read, e->vars[i]);
    }
  }
  for (kg_var v = 0; v < e->run->algebra->ast->var_count; v++) {
    if (kg_set_has(read, v) && kg_frame_gives(e->frame, v)) {
      e->extra[e->extra_count++] = v;
    }
  }
  return KGQ_OK;
}

static kgq_status make_view(kg_eval *e, kgq_error **err) {
  kg_batch own;
  KGQ_TRY(kg_batch_init(&own, e->run->arena, e->extra_count, KG_BATCH_ROWS, err));
  KGQ_TRY(kg_batch_init(&e->view, e->run->arena, 0, KG_BATCH_ROWS, err));
  e->view.column_count = e->var_count + e->extra_count;
  e->view.columns = (kg_id **)kg_arena_zero(e->run->arena, (e->view.column_count + 1) * sizeof(kg_id *));
  if (!e->view.columns) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < e->extra_count; i++) {
    e->view.columns[e->var_count + i] = own.columns[i];
  }
  return KGQ_OK;
}

static kgq_status compile(kg_eval *e, const kg_expr *expr, kgq_error **err) {
  kg_run *run = e->run;
  const uint32_t var_count = run->algebra->ast->var_count;
  uint32_t *var_column = (uint32_t *)kg_arena_alloc(run->arena, (var_count + 1) * sizeof(uint32_t));
  if (!var_column) {
    return kg_fail_memory(err);
  }
  for (uint32_t v = 0; v < var_count; v++) {
    var_column[v] = UINT32_MAX;
  }
  for (uint32_t i = 0; i < e->var_count; i++) {
    var_column[e->vars[i]] = i;
  }
  for (uint32_t i = 0; i < e->extra_count;
       i++) { /* the frame's value, also where OPTIONAL or UNION gave none */
    var_column[e->extra[i]] = e->var_count + i;
  }
  const kg_expr_env env = {
    .ast = run->algebra->ast,
    .terms = run->terms,
    .cancel = run->cancel,
    .arena = run->arena,
    .var_column = var_column,
    .var_count = var_count,
    .base = run->base,
    .exists = exists,
    .exists_arg = e,
    .now = run->now,
    .shared = e->shared,
  };
  return kg_expr_compile(expr, &env, &e->code, err);
}

kgq_status kg_eval_make(kg_run *run, const kg_frame *frame, const kg_var *vars, uint32_t var_count,
                        const kg_expr *expr, kg_eval **out, kgq_error **err) {
  return kg_eval_make_above(run, frame, vars, var_count, expr, NULL, out, err);
}

kgq_status kg_eval_make_above(kg_run *run, const kg_frame *frame, const kg_var *vars, uint32_t var_count,
                              const kg_expr *expr, const kg_eval *below, kg_eval **out, kgq_error **err) {
  kg_eval *e = (kg_eval *)kg_arena_zero(run->arena, sizeof(kg_eval));
  if (!e) {
    return kg_fail_memory(err);
  }
  e->run = run;
  e->frame = frame;
  e->vars = vars;
  e->var_count = var_count;
  e->shared = below ? below->shared : &e->nodes;
  KGQ_TRY(find_extra(e, expr, err));
  KGQ_TRY(make_view(e, err));
  if (kg_expr_has_exists(expr)) {
    memo_op *op = (memo_op *)kg_op_new(run, frame, &memo_class, sizeof(memo_op), 0, err);
    if (!op) {
      return KGQ_NOMEM;
    }
    op->eval = e;
  }
  *out = e;
  return compile(e, expr, err);
}

static const kg_batch *view_of(kg_eval *e, const kg_batch *batch) {
  for (uint32_t i = 0; i < e->var_count; i++) {
    e->view.columns[i] = batch->columns[i];
  }
  for (uint32_t i = 0; i < e->extra_count; i++) {
    kg_fill(e->view.columns[e->var_count + i], e->frame->values[e->extra[i]], batch->row_count);
  }
  e->view.row_count = batch->row_count;
  e->view.capacity = batch->capacity;
  return &e->view;
}

kgq_status kg_eval_values(kg_eval *e, const kg_batch *batch, kg_id *out, kgq_error **err) {
  return kg_expr_eval(e->code, view_of(e, batch), out, err);
}

kgq_status kg_eval_keep(kg_eval *e, const kg_batch *batch, uint16_t *keep, uint32_t *count, kgq_error **err) {
  return kg_expr_filter(e->code, view_of(e, batch), keep, count, err);
}

void kg_batch_keep(kg_batch *batch, const uint16_t *keep, uint32_t count) {
  if (count == batch->row_count) {
    return;
  }
  for (uint32_t c = 0; c < batch->column_count; c++) {
    kg_id *column = batch->columns[c];
    for (uint32_t i = 0; i < count; i++) {
      column[i] = column[keep[i]];
    }
  }
  batch->row_count = count;
}

kgq_status kg_eval_filter(kg_eval **evals, uint32_t eval_count, kg_batch *batch, uint16_t *along,
                          kgq_error **err) {
  uint16_t keep[KG_BATCH_ROWS];
  for (uint32_t i = 0; i < eval_count && batch->row_count > 0; i++) {
    uint32_t count = 0;
    KGQ_TRY(kg_eval_keep(evals[i], batch, keep, &count, err));
    for (uint32_t r = 0; along && r < count; r++) {
      along[r] = along[keep[r]];
    }
    kg_batch_keep(batch, keep, count);
  }
  return KGQ_OK;
}
