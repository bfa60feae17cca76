/* query/op_merge_join.c: inner join of two inputs that rise by the same variable.
 *
 * Rows of the right side with the key at hand are kept; each left row with that key meets them. Where one
 * side is behind, it skips: within its batch by doubling steps, then by seeking, which lets scans pass over
 * whole blocks.
 */
#include <assert.h>

#include "query/join.h"

typedef struct side {
  kg_op *op;
  kg_batch *batch;
  uint32_t row, column;
  bool ended;
} side;

typedef struct merge_op {
  kg_op op;
  kg_join_layout layout;
  kg_var key;
  side left, right;
  kg_rows group; /* right rows of group_key */
  kg_id group_key;
  uint32_t at; /* next of the group for the left row */
} merge_op;

static kgq_status fetch(side *s, kgq_error **err) {
  KGQ_TRY(kg_op_next(s->op, &s->batch, err));
  s->row = 0;
  s->ended = s->batch->row_count == 0;
  return KGQ_OK;
}

static kg_id key_of(const side *s) {
  return s->batch->columns[s->column][s->row];
}

/* First row from s->row on whose key is at least `id`, or row_count. */
static uint32_t gallop(const side *s, kg_id id) {
  const kg_id *column = s->batch->columns[s->column];
  uint32_t step = 1, low = s->row, high = s->row;
  while (high < s->batch->row_count && column[high] < id) {
    low = high;
    high = high + step < s->batch->row_count ? high + step : s->batch->row_count;
    step *= 2;
  }
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (column[middle] < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static kgq_status skip_to(side *s, kg_id id, kgq_error **err) {
  while (!s->ended) {
    s->row = gallop(s, id);
    if (s->row < s->batch->row_count) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_op_seek(s->op, id, err));
    KGQ_TRY(fetch(s, err));
  }
  return KGQ_OK;
}

static kgq_status step(side *s, kgq_error **err) {
  s->row++;
  return s->row < s->batch->row_count ? KGQ_OK : fetch(s, err);
}

static kgq_status keep_group(merge_op *m, kgq_error **err) {
  m->group_key = key_of(&m->right);
  kg_rows_clear(&m->group);
  while (!m->right.ended && key_of(&m->right) == m->group_key) {
    kg_id *row = NULL;
    KGQ_TRY(kg_rows_add(&m->group, &row, err));
    for (uint32_t c = 0; c < m->group.width; c++) {
      row[c] = m->right.batch->columns[c][m->right.row];
    }
    KGQ_TRY(step(&m->right, err));
  }
  return KGQ_OK;
}

/* Brings both sides to a common key; the right side's rows with it are in `group` then. */
static kgq_status find_common(merge_op *m, kgq_error **err) {
  while (!m->left.ended && !m->right.ended) {
    const kg_id left = key_of(&m->left), right = key_of(&m->right);
    if (left == right) {
      return keep_group(m, err);
    }
    KGQ_TRY(left < right ? skip_to(&m->left, right, err) : skip_to(&m->right, left, err));
  }
  m->group_key = KG_ID_NONE;
  return KGQ_OK;
}

static void pair_row(merge_op *m, kg_batch *out) {
  for (; m->at < m->group.count && out->row_count < out->capacity; m->at++) {
    const kg_id *right = kg_rows_at(&m->group, m->at);
    if (kg_join_keys_equal(&m->layout, m->left.batch, m->left.row, right) &&
        kg_join_compatible(&m->layout, m->left.batch, m->left.row, right)) {
      kg_join_emit(&m->layout, out, m->left.batch, m->left.row, right);
    }
  }
}

static kgq_status merge_next(kg_op *op, kgq_error **err) {
  merge_op *m = (merge_op *)op;
  kg_batch *out = &op->own;
  out->row_count = 0;
  if (!m->left.batch) {
    KGQ_TRY(fetch(&m->left, err));
    if (!m->left.ended) {
      KGQ_TRY(fetch(&m->right, err));
    }
  }
  while (out->row_count < out->capacity && !m->left.ended) {
    if (key_of(&m->left) != m->group_key) {
      KGQ_TRY(find_common(m, err));
      m->at = 0;
      if (m->group_key == KG_ID_NONE) {
        m->left.ended = true;
        break;
      }
    }
    pair_row(m, out);
    if (m->at == m->group.count) {
      m->at = 0;
      KGQ_TRY(step(&m->left, err));
    }
  }
  return KGQ_OK;
}

static kgq_status merge_reset(kg_op *op, kgq_error **err) {
  merge_op *m = (merge_op *)op;
  m->left.batch = m->right.batch = NULL;
  m->left.ended = m->right.ended = false;
  m->group_key = KG_ID_NONE;
  m->at = 0;
  kg_rows_clear(&m->group);
  KGQ_TRY(kg_op_reset(op->children[0], err));
  return kg_op_reset(op->children[1], err);
}

static kgq_status merge_seek(kg_op *op, kg_id id, kgq_error **err) {
  merge_op *m = (merge_op *)op;
  return m->left.batch ? KGQ_OK : kg_op_seek(op->children[0], id, err);
}

/* Rows of both sides have the key; another column one of them has. */
static bool merge_narrow(kg_op *op, kg_var v, const kg_narrow *wanted) {
  const bool left = kg_op_narrow(op->children[0], v, wanted);
  return kg_op_narrow(op->children[1], v, wanted) || left;
}

static void merge_close(kg_op *op) {
  kg_rows_free(&((merge_op *)op)->group);
}

static kgq_status merge_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  KGQ_TRY(kg_buf_add_text(out, " on ", err));
  return kg_var_print(op->run, ((const merge_op *)op)->key, out, err);
}

static const kg_op_class merge_class = { .name = "merge join",
                                         .reset = merge_reset,
                                         .next = merge_next,
                                         .close = merge_close,
                                         .explain = merge_explain,
                                         .seek = merge_seek,
                                         .narrow = merge_narrow };

kgq_status kg_make_merge_join(kg_run *run, const kg_frame *frame, kg_op *left, kg_op *right, kg_var key,
                              const uint64_t *needed, kg_op **out, kgq_error **err) {
  merge_op *m = (merge_op *)kg_op_new(run, frame, &merge_class, sizeof(merge_op), 2, err);
  if (!m) {
    return KGQ_NOMEM;
  }
  assert(left->sorted_by == key && right->sorted_by == key);
  m->op.children[0] = left;
  m->op.children[1] = right;
  m->key = key;
  m->left = (side){ .op = left, .column = kg_op_column(left, key) };
  m->right = (side){ .op = right, .column = kg_op_column(right, key) };
  kg_rows_init(&m->group, &m->op.memory, right->var_count);
  KGQ_TRY(kg_join_layout_make(run, left, right->vars, right->var_count, right->certain, needed, true,
                              &m->layout, err));
  KGQ_TRY(kg_op_columns(&m->op, m->layout.vars, m->layout.count, err));
  KGQ_TRY(kg_join_certain(&m->op, left->certain, right->certain, err));
  m->op.sorted_by = kg_op_column(&m->op, key) == UINT32_MAX ? KG_NO_VAR : key;
  *out = &m->op;
  return kg_op_own_batch(&m->op, err);
}
