/* query/op.c: what all operators have in common. See op.h. */
#include "query/op.h"

#include <assert.h>

#define BATCH_GROWTH 4u

static void *counting_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  kg_op *op = (kg_op *)arg;
  void *moved = kg_resize(op->run->allocator, ptr, old_bytes, new_bytes);
  if (moved || new_bytes == 0) {
    op->bytes = op->bytes + new_bytes - old_bytes;
    op->bytes_peak = op->bytes > op->bytes_peak ? op->bytes : op->bytes_peak;
  }
  return moved;
}

kg_op *kg_op_new(kg_run *run, const kg_frame *frame, const kg_op_class *type, size_t bytes,
                 uint32_t child_count, kgq_error **err) {
  assert(bytes >= sizeof(kg_op));
  kg_op *op = (kg_op *)kg_arena_zero(run->arena, bytes);
  kg_op **children = (kg_op **)kg_arena_zero(run->arena, (child_count + 1) * sizeof(kg_op *));
  uint64_t *certain = kg_run_set(run, err);
  if (!op || !children || !certain) {
    (void)kg_fail_memory(err);
    return NULL;
  }
  op->type = type;
  op->run = run;
  op->memory = (kgq_allocator){ counting_resize, op };
  op->frame = frame;
  op->children = children;
  op->child_count = child_count;
  op->certain = certain;
  op->sorted_by = KG_NO_VAR;
  op->out = &op->own;
  op->first_rows = op->rows_now = run->first_rows;
  op->next_of_run = run->ops;
  run->ops = op;
  return op;
}

uint64_t *kg_run_set(const kg_run *run, kgq_error **err) {
  uint64_t *set = (uint64_t *)kg_arena_zero(run->arena, run->algebra->set_words * sizeof(uint64_t));
  if (!set) {
    (void)kg_fail_memory(err);
  }
  return set;
}

kgq_status kg_op_columns(kg_op *op, const kg_var *vars, uint32_t count, kgq_error **err) {
  kg_var *copy = (kg_var *)kg_arena_zero(op->run->arena, (count + 1) * sizeof(kg_var));
  if (!copy) {
    return kg_fail_memory(err);
  }
  if (count) {
    memcpy(copy, vars, count * sizeof(kg_var));
  }
  op->vars = copy;
  op->var_count = count;
  return KGQ_OK;
}

kgq_status kg_op_certain(kg_op *op, const uint64_t *certain, kgq_error **err) {
  uint64_t *set = kg_run_set(op->run, err);
  if (!set) {
    return KGQ_NOMEM;
  }
  kg_set_or(set, certain, op->run->algebra->set_words);
  op->certain = set;
  return KGQ_OK;
}

kgq_status kg_op_own_batch(kg_op *op, kgq_error **err) {
  return kg_batch_init(&op->own, op->run->arena, op->var_count, kg_run_rows(op->run), err);
}

uint32_t kg_op_column(const kg_op *op, kg_var v) {
  for (uint32_t i = 0; i < op->var_count; i++) {
    if (op->vars[i] == v) {
      return i;
    }
  }
  return UINT32_MAX;
}

kgq_status kg_op_open_all(kg_run *run, kg_op *from, kgq_error **err) {
  for (kg_op *op = run->ops; op && op != from; op = op->next_of_run) {
    if (op->type->open) {
      KGQ_TRY(op->type->open(op, err));
    }
  }
  return KGQ_OK;
}

kgq_status kg_op_reset(kg_op *op, kgq_error **err) {
  op->resets++;
  op->rows_now = op->first_rows;
  return op->type->reset(op, err);
}

/* The batch to come is small where the first rows may be all that is wanted. */
static void grow_batch(kg_op *op) {
  const uint32_t most = kg_run_rows(op->run);
  op->own.capacity = op->rows_now < most ? op->rows_now : most;
  op->rows_now = op->own.capacity * BATCH_GROWTH;
}

kgq_status kg_op_next(kg_op *op, kg_batch **out, kgq_error **err) {
  KGQ_TRY(kg_cancel_check(op->run->cancel, err));
  if (op->rows_now > 0) {
    grow_batch(op);
  }
  if (op->run->trial && op->run->trial_work == 0) {
    op->run->trial_over = true;
    return KGQ_LIMIT;
  }
  const uint64_t start = op->run->analyze ? kg_clock_ns() : 0;
  KGQ_TRY(op->type->next(op, err));
  assert(op->out != NULL);
  kg_run_work(op->run, (uint64_t)op->out->row_count + 1);
  op->rows += op->out->row_count;
  op->batches++;
  if (op->run->analyze) {
    op->time_ns += kg_clock_ns() - start;
  }
  *out = op->out;
  return KGQ_OK;
}

kgq_status kg_op_seek(kg_op *op, kg_id id, kgq_error **err) {
  return op->type->seek ? op->type->seek(op, id, err) : KGQ_OK;
}

/* A column that may be unbound must give all its rows: they may get their value elsewhere. */
bool kg_op_narrow(kg_op *op, kg_var v, const kg_narrow *wanted) {
  const bool there = kg_op_column(op, v) != UINT32_MAX && kg_set_has(op->certain, v);
  return there && op->type->narrow && op->type->narrow(op, v, wanted);
}

bool kg_op_narrow_first(kg_op *op, kg_var v, const kg_narrow *wanted) {
  return kg_op_narrow(op->children[0], v, wanted);
}

void kg_run_close(kg_run *run) {
  for (kg_op *op = run->ops; op; op = op->next_of_run) {
    if (op->type->close) {
      op->type->close(op);
    }
  }
  run->ops = NULL;
}

void kg_fill(kg_id *column, kg_id value, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    column[i] = value;
  }
}
