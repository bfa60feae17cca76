/* query/op_project.c: columns in another order, fewer, or unbound ones; and UNION, which lines up the columns
 * of several operators the same way. Nothing is copied but a column that is wanted twice: receivers drop rows
 * in place, column by column, so no two columns of a batch may be the same memory.
 */
#include "query/ops.h"

typedef struct project_op {
  kg_op op;
  uint32_t **maps; /* for each child: column of the child, UINT32_MAX: unbound */
  uint32_t at;     /* child being read */
  kg_id **spare;   /* memory for unbound and repeated columns; NULL: not needed */
} project_op;

static bool is_repeated(const uint32_t *map, uint32_t column) {
  for (uint32_t c = 0; c < column; c++) {
    if (map[c] == map[column]) {
      return true;
    }
  }
  return false;
}

static void line_up(project_op *p, const kg_batch *in) {
  const uint32_t *map = p->maps[p->at];
  for (uint32_t c = 0; c < p->op.var_count; c++) {
    kg_id *column = p->spare[c];
    if (map[c] == UINT32_MAX) {
      kg_fill(column, KG_ID_NONE, in->row_count);
    } else if (!column || !is_repeated(map, c)) {
      column = in->columns[map[c]];
    } else {
      memcpy(column, in->columns[map[c]], in->row_count * sizeof(kg_id));
    }
    p->op.own.columns[c] = column;
  }
  p->op.own.row_count = in->row_count;
  p->op.own.capacity = in->capacity;
}

static kgq_status project_reset(kg_op *op, kgq_error **err) {
  project_op *p = (project_op *)op;
  p->at = 0;
  return kg_op_reset(op->children[0], err);
}

static kgq_status project_next(kg_op *op, kgq_error **err) {
  project_op *p = (project_op *)op;
  for (;;) {
    kg_batch *in = NULL;
    KGQ_TRY(kg_op_next(op->children[p->at], &in, err));
    if (in->row_count > 0 || p->at + 1 == op->child_count) {
      line_up(p, in);
      return KGQ_OK;
    }
    p->at++;
    KGQ_TRY(kg_op_reset(op->children[p->at], err));
  }
}

static kgq_status project_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  for (uint32_t c = 0; c < op->var_count; c++) {
    KGQ_TRY(kg_buf_add_byte(out, ' ', err));
    KGQ_TRY(kg_var_print(op->run, op->vars[c], out, err));
  }
  return KGQ_OK;
}

static const kg_op_class project_class = { .name = "project",
                                           .reset = project_reset,
                                           .next = project_next,
                                           .explain = project_explain,
                                           .narrow = kg_op_narrow_first };
static const kg_op_class union_class = { .name = "union", .reset = project_reset, .next = project_next };

static kgq_status make_spare(project_op *p, kgq_error **err) {
  kg_arena *arena = p->op.run->arena;
  p->spare = (kg_id **)kg_arena_zero(arena, ((size_t)p->op.var_count + 1) * sizeof(kg_id *));
  if (!p->spare) {
    return kg_fail_memory(err);
  }
  for (uint32_t c = 0; c < p->op.var_count; c++) {
    bool needed = false;
    for (uint32_t i = 0; i < p->op.child_count; i++) {
      needed = needed || p->maps[i][c] == UINT32_MAX || is_repeated(p->maps[i], c);
    }
    if (needed) {
      p->spare[c] = (kg_id *)kg_arena_alloc(arena, KG_BATCH_ROWS * sizeof(kg_id));
      if (!p->spare[c]) {
        return kg_fail_memory(err);
      }
    }
  }
  return KGQ_OK;
}

static kgq_status make(kg_run *run, const kg_frame *frame, const kg_op_class *type, kg_op **children,
                       uint32_t count, const kg_var *vars, uint32_t var_count, project_op **out,
                       kgq_error **err) {
  project_op *p = (project_op *)kg_op_new(run, frame, type, sizeof(project_op), count, err);
  uint32_t **maps = (uint32_t **)kg_arena_zero(run->arena, (count + 1) * sizeof(uint32_t *));
  if (!p || !maps) {
    return kg_fail_memory(err);
  }
  p->maps = maps;
  KGQ_TRY(kg_op_columns(&p->op, vars, var_count, err));
  p->op.own.columns = (kg_id **)kg_arena_zero(run->arena, (var_count + 1) * sizeof(kg_id *));
  if (!p->op.own.columns) {
    return kg_fail_memory(err);
  }
  p->op.own.column_count = var_count;
  for (uint32_t i = 0; i < count; i++) {
    p->op.children[i] = children[i];
    p->op.estimate += children[i]->estimate;
    maps[i] = (uint32_t *)kg_arena_zero(run->arena, (var_count + 1) * sizeof(uint32_t));
    if (!maps[i]) {
      return kg_fail_memory(err);
    }
    for (uint32_t c = 0; c < var_count; c++) {
      maps[i][c] = kg_op_column(children[i], vars[c]);
    }
  }
  *out = p;
  return make_spare(p, err);
}

kgq_status kg_make_project(kg_run *run, const kg_frame *frame, kg_op *child, const kg_var *vars,
                           uint32_t count, kg_op **out, kgq_error **err) {
  project_op *p = NULL;
  KGQ_TRY(make(run, frame, &project_class, &child, 1, vars, count, &p, err));
  uint64_t *certain = kg_run_set(run, err);
  if (!certain) {
    return KGQ_NOMEM;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (kg_set_has(child->certain, vars[i])) {
      kg_set_add(certain, vars[i]);
    }
  }
  p->op.certain = certain;
  p->op.sorted_by = kg_op_column(&p->op, child->sorted_by) == UINT32_MAX ? KG_NO_VAR : child->sorted_by;
  *out = &p->op;
  return KGQ_OK;
}

kgq_status kg_make_union(kg_run *run, const kg_frame *frame, kg_op **children, uint32_t count, kg_op **out,
                         kgq_error **err) {
  uint64_t *seen = kg_run_set(run, err), *certain = kg_run_set(run, err);
  uint32_t total = 0, var_count = 0;
  for (uint32_t i = 0; i < count; i++) {
    total += children[i]->var_count;
  }
  kg_var *vars = (kg_var *)kg_arena_zero(run->arena, ((size_t)total + 1) * sizeof(kg_var));
  if (!seen || !certain || !vars) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t c = 0; c < children[i]->var_count; c++) {
      const kg_var v = children[i]->vars[c];
      if (!kg_set_has(seen, v)) {
        kg_set_add(seen, v);
        vars[var_count++] = v;
      }
    }
    if (i == 0) {
      kg_set_or(certain, children[i]->certain, run->algebra->set_words);
    } else {
      kg_set_and(certain, children[i]->certain, run->algebra->set_words);
    }
  }
  project_op *p = NULL;
  KGQ_TRY(make(run, frame, &union_class, children, count, vars, var_count, &p, err));
  p->op.certain = certain;
  *out = &p->op;
  return KGQ_OK;
}
