/* query/join.c: what joins have in common. See join.h. */
#include "query/join.h"

#include <assert.h>

static uint32_t column_in(const kg_var *vars, uint32_t count, kg_var v) {
  for (uint32_t i = 0; i < count; i++) {
    if (vars[i] == v) {
      return i;
    }
  }
  return UINT32_MAX;
}

static kgq_status make_arrays(kg_run *run, kg_join_layout *l, size_t most, kgq_error **err) {
  uint32_t *numbers = (uint32_t *)kg_arena_zero(run->arena, 6 * (most + 1) * sizeof(uint32_t));
  l->vars = (kg_var *)kg_arena_zero(run->arena, 3 * (most + 1) * sizeof(kg_var));
  if (!numbers || !l->vars) {
    return kg_fail_memory(err);
  }
  l->left = numbers;
  l->right = numbers + most + 1;
  l->key_left = numbers + 2 * (most + 1);
  l->key_right = numbers + 3 * (most + 1);
  l->loose_left = numbers + 4 * (most + 1);
  l->loose_right = numbers + 5 * (most + 1);
  l->key_vars = l->vars + most + 1;
  l->loose_vars = l->vars + 2 * (most + 1);
  return KGQ_OK;
}

static void add_common(kg_join_layout *l, kg_var v, uint32_t left, uint32_t right, bool certain) {
  if (certain && l->key_count < 64) {
    l->key_vars[l->key_count] = v;
    l->key_left[l->key_count] = left;
    l->key_right[l->key_count++] = right;
  } else {
    l->loose_vars[l->loose_count] = v;
    l->loose_left[l->loose_count] = left;
    l->loose_right[l->loose_count++] = right;
  }
}

static void add_column(kg_join_layout *l, kg_var v, uint32_t left, uint32_t right) {
  l->vars[l->count] = v;
  l->left[l->count] = left;
  l->right[l->count++] = right;
}

kgq_status kg_join_layout_make(kg_run *run, const kg_op *left, const kg_var *right_vars, uint32_t right_count,
                               const uint64_t *right_certain, const uint64_t *needed, bool right_columns,
                               kg_join_layout *out, kgq_error **err) {
  *out = (kg_join_layout){ 0 };
  KGQ_TRY(make_arrays(run, out, (size_t)left->var_count + right_count, err));
  for (uint32_t i = 0; i < left->var_count; i++) {
    const kg_var v = left->vars[i];
    const uint32_t other = column_in(right_vars, right_count, v);
    if (other != UINT32_MAX) {
      add_common(out, v, i, other, kg_set_has(left->certain, v) && kg_set_has(right_certain, v));
    }
    if (!needed || kg_set_has(needed, v)) {
      add_column(out, v, i, right_columns ? other : UINT32_MAX);
    }
  }
  for (uint32_t i = 0; i < right_count && right_columns; i++) {
    const kg_var v = right_vars[i];
    if (kg_op_column(left, v) == UINT32_MAX && (!needed || kg_set_has(needed, v))) {
      add_column(out, v, UINT32_MAX, i);
    }
  }
  return KGQ_OK;
}

bool kg_join_compatible(const kg_join_layout *l, const kg_batch *left, uint32_t row, const kg_id *right) {
  for (uint32_t i = 0; i < l->loose_count; i++) {
    const kg_id a = left->columns[l->loose_left[i]][row], b = right[l->loose_right[i]];
    if (a != b && a != KG_ID_NONE && b != KG_ID_NONE) {
      return false;
    }
  }
  return true;
}

bool kg_join_keys_equal(const kg_join_layout *l, const kg_batch *left, uint32_t row, const kg_id *right) {
  for (uint32_t i = 0; i < l->key_count; i++) {
    if (left->columns[l->key_left[i]][row] != right[l->key_right[i]]) {
      return false;
    }
  }
  return true;
}

void kg_join_emit(const kg_join_layout *l, kg_batch *out, const kg_batch *left, uint32_t row,
                  const kg_id *right) {
  assert(out->row_count < out->capacity);
  for (uint32_t c = 0; c < l->count; c++) {
    kg_id id = l->left[c] == UINT32_MAX ? KG_ID_NONE : left->columns[l->left[c]][row];
    if (id == KG_ID_NONE && right && l->right[c] != UINT32_MAX) {
      id = right[l->right[c]];
    }
    out->columns[c][out->row_count] = id;
  }
  out->row_count++;
}

kgq_status kg_join_certain(kg_op *op, const uint64_t *left, const uint64_t *right, kgq_error **err) {
  uint64_t *set = kg_run_set(op->run, err);
  if (!set) {
    return KGQ_NOMEM;
  }
  for (uint32_t i = 0; i < op->var_count; i++) {
    const kg_var v = op->vars[i];
    if (kg_set_has(left, v) || (right && kg_set_has(right, v))) {
      kg_set_add(set, v);
    }
  }
  op->certain = set;
  return KGQ_OK;
}
