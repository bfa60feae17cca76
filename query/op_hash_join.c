/* query/op_hash_join.c: inner, left, semi and anti joins and MINUS: the right side in a hash table, the left
 * side streams.
 *
 * The table is keyed by the columns that both sides bind for certain. Where these are all that both have,
 * pairs are found and copied a batch at a time (join_table.h); else the other columns are compared pair by
 * pair, so that rows with unbound columns find their partners (compatible mappings). With a seed the right
 * side is evaluated anew for each batch of the left side, restricted to the keys in it.
 *
 * Where the left side is the larger one, the right side is read first, and scans below the left side are told
 * which keys have a partner at all (narrow.h): of inner and semi joins, whose other rows are of no use.
 *
 * A left batch is worked off in two steps: pairs, tested by the conditions of a left join; then the rows that
 * found nothing (left, anti) or something (semi).
 */
#include <assert.h>

#include "query/join.h"
#include "query/join_table.h"
#include "query/value_class.h"

typedef enum { NEED_LEFT, PAIRS, REST } phase;

/* Hints given to the left side, one a key, and taken for the right side until it is read. */
#define HINTS_GIVEN 2u
#define HINTS_TAKEN 4u
/* Times the right side's rows, from which on the left side drops enough to be worth it. */
#define NARROW_FROM 1.5

typedef struct hash_op {
  kg_op op;
  kg_join_kind kind;
  kg_var except;
  kg_join_layout layout;
  kg_eval **evals;
  uint32_t eval_count;
  kg_seed *seed;
  uint32_t *seed_columns; /* of the left side */
  kg_row_set seed_keys;
  kg_rows rows; /* the right side; behind its columns the classes of its `equal` columns */
  kg_row_index index;
  uint32_t *equal_left, *equal_right; /* columns */
  uint32_t equal_count;
  uint32_t *index_keys; /* columns of rows: keys, then classes */
  bool built;
  phase phase;
  kg_batch *in;
  uint32_t row;   /* of the left batch */
  uint32_t match; /* next candidate + 1 */
  bool started;   /* match belongs to row */
  uint8_t matched[KG_BATCH_ROWS];
  uint16_t origin[KG_BATCH_ROWS];
  uint32_t steps;
  bool keyed; /* all is said by keys and classes: `table` is used, and not rows and index */
  bool alone; /* LEFT, but only rows without a partner come out */
  kg_join_table table;
  const kg_id **keys;    /* of the left batch: its columns, then the classes made for it */
  kg_id **class_columns; /* equal_count */
  uint32_t *at, *end;    /* by row of the left batch: its candidates in the table */
  uint32_t *place;       /* by row of the result: its partner in the table */
  uint32_t right_rows;
  kg_narrow given[HINTS_GIVEN];
  const kg_narrow *taken[HINTS_TAKEN];
  kg_var taken_vars[HINTS_TAKEN];
  uint32_t taken_count;
} hash_op;

/* ---- ?l = ?r -------------------------------------------------------------------------------------- */

/* Rows are pairs only where these columns are of one class, also that of other values (value_class.h). */
static kgq_status classify_left(hash_op *h, kgq_error **err) {
  for (uint32_t i = 0; i < h->equal_count; i++) {
    KGQ_TRY(kg_value_classes(h->op.run->terms, h->in->columns[h->equal_left[i]], h->in->row_count,
                             h->class_columns[i], err));
  }
  return KGQ_OK;
}

static bool classes_equal(const hash_op *h, const kg_id *right) {
  const uint32_t first = h->rows.width - h->equal_count;
  for (uint32_t i = 0; i < h->equal_count; i++) {
    if (h->class_columns[i][h->row] != right[first + i]) {
      return false;
    }
  }
  return true;
}

static kgq_status keep_right(hash_op *h, const kg_batch *b, kgq_error **err) {
  const uint32_t width = h->rows.width - h->equal_count, before = h->rows.count;
  kg_id classes[KG_BATCH_ROWS];
  for (uint32_t r = 0; r < b->row_count; r++) {
    kg_id *row = NULL;
    KGQ_TRY(kg_rows_add(&h->rows, &row, err));
    for (uint32_t c = 0; c < width; c++) {
      row[c] = b->columns[c][r];
    }
  }
  for (uint32_t i = 0; i < h->equal_count; i++) {
    KGQ_TRY(kg_value_classes(h->op.run->terms, b->columns[h->equal_right[i]], b->row_count, classes, err));
    for (uint32_t r = 0; r < b->row_count; r++) {
      kg_rows_at(&h->rows, before + r)[width + i] = classes[r];
    }
  }
  return KGQ_OK;
}

/* ---- the right side ----------------------------------------------------------------------------- */

/* Is the right side read before any of the left? Then keys can be told to it. An empty left side would have
 * saved it, so it must not be the smaller one. */
static bool right_first(const hash_op *h) {
  const kg_op *left = h->op.children[0], *right = h->op.children[1];
  return (h->kind == KG_JOIN_INNER || h->kind == KG_JOIN_SEMI) && !h->seed && h->layout.key_count > 0 &&
         left->estimate >= right->estimate && !kg_run_off(h->op.run, KG_OFF_SIDEWAYS);
}

static void narrow_left(hash_op *h) {
  kg_op *left = h->op.children[0];
  const bool larger = h->rows.count > 0 && left->estimate >= NARROW_FROM * (double)h->rows.count;
  for (uint32_t k = 0; k < h->layout.key_count && k < HINTS_GIVEN && larger; k++) {
    const kg_var v = h->layout.key_vars[k];
    if (kg_op_narrow(left, v, NULL)) {
      kg_narrow_make(&h->given[k], &h->rows, h->layout.key_right[k]);
      (void)kg_op_narrow(left, v, &h->given[k]);
    }
  }
}

/* The left side is told at once, the right side when it is read. Right rows of a column that only they have
 * are rows of an inner join's result; those of a key are of use only to left rows with that key. */
static bool hash_narrow(kg_op *op, kg_var v, const kg_narrow *wanted) {
  hash_op *h = (hash_op *)op;
  const bool left = kg_op_narrow(op->children[0], v, wanted);
  const bool of_right = h->kind == KG_JOIN_INNER || kg_set_has(op->children[0]->certain, v);
  if (h->built || h->seed || !of_right || !kg_op_narrow(op->children[1], v, NULL) ||
      h->taken_count == HINTS_TAKEN) {
    return left;
  }
  if (wanted) {
    h->taken[h->taken_count] = wanted;
    h->taken_vars[h->taken_count++] = v;
  }
  return true;
}

static kgq_status read_right(hash_op *h, kgq_error **err) {
  kg_op *right = h->op.children[1];
  kg_rows_clear(&h->rows);
  KGQ_TRY(kg_op_reset(right, err));
  for (uint32_t i = 0; i < h->taken_count; i++) {
    (void)kg_op_narrow(right, h->taken_vars[i], h->taken[i]);
  }
  for (;;) {
    kg_batch *b = NULL;
    KGQ_TRY(kg_op_next(right, &b, err));
    if (b->row_count == 0) {
      break;
    }
    KGQ_TRY(keep_right(h, b, err));
  }
  h->built = true;
  h->right_rows = h->rows.count;
  if (right_first(h)) {
    narrow_left(h);
  }
  const uint32_t key_count = h->layout.key_count + h->equal_count;
  if (!h->keyed) {
    return kg_row_index_build(&h->index, &h->rows, h->index_keys, key_count, err);
  }
  KGQ_TRY(kg_join_table_build(&h->table, &h->rows, h->index_keys, key_count, h->op.run->cancel, err));
  if (!h->seed) {
    kg_rows_free(&h->rows);
  }
  return KGQ_OK;
}

static kgq_status fill_seed(hash_op *h, kgq_error **err) {
  kg_id key[64];
  kg_seed *seed = h->seed;
  kg_row_set_clear(&h->seed_keys);
  kg_rows_clear(&seed->rows);
  for (uint32_t r = 0; r < h->in->row_count; r++) {
    uint32_t at = 0;
    bool added = false;
    for (uint32_t i = 0; i < seed->var_count; i++) {
      key[i] = h->in->columns[h->seed_columns[i]][r];
    }
    KGQ_TRY(kg_row_set_put(&h->seed_keys, key, &at, &added, err));
    if (added) {
      kg_id *row = NULL;
      KGQ_TRY(kg_rows_add(&seed->rows, &row, err));
      memcpy(row, key, seed->var_count * sizeof(kg_id));
    }
  }
  return KGQ_OK;
}

static void find_candidates(hash_op *h) {
  for (uint32_t i = 0; i < h->layout.key_count; i++) {
    h->keys[i] = h->in->columns[h->layout.key_left[i]];
  }
  for (uint32_t i = 0; i < h->equal_count; i++) {
    h->keys[h->layout.key_count + i] = h->class_columns[i];
  }
  kg_join_table_probe(&h->table, h->keys, h->in->row_count, h->at, h->end);
}

static kgq_status next_left(hash_op *h, bool *ended, kgq_error **err) {
  if (right_first(h)) {
    KGQ_TRY(h->built ? KGQ_OK : read_right(h, err));
    *ended = h->right_rows == 0;
    if (*ended) {
      return KGQ_OK;
    }
  }
  KGQ_TRY(kg_op_next(h->op.children[0], &h->in, err));
  *ended = h->in->row_count == 0;
  if (*ended) {
    return KGQ_OK;
  }
  if (h->seed) {
    KGQ_TRY(fill_seed(h, err));
    h->built = false;
  }
  if (!h->built) {
    KGQ_TRY(read_right(h, err));
  }
  if (h->kind == KG_JOIN_INNER && h->right_rows == 0 && !h->seed) {
    *ended = true;
    return KGQ_OK;
  }
  memset(h->matched, 0, h->in->row_count);
  h->row = 0;
  h->started = false;
  h->phase = PAIRS;
  KGQ_TRY(classify_left(h, err));
  if (h->keyed) {
    find_candidates(h);
  }
  return KGQ_OK;
}

/* ---- pairs -------------------------------------------------------------------------------------- */

static uint32_t first_candidate(hash_op *h) {
  kg_id key[64 + 8];
  for (uint32_t i = 0; i < h->layout.key_count; i++) {
    key[i] = h->in->columns[h->layout.key_left[i]][h->row];
  }
  for (uint32_t i = 0; i < h->equal_count; i++) {
    key[h->layout.key_count + i] = h->class_columns[i][h->row];
  }
  return kg_row_index_head(&h->index, key);
}

/* MINUS (18.5): only rows that share a bound variable count as found. */
static bool overlaps(const hash_op *h, const kg_id *right) {
  for (uint32_t i = 0; i < h->layout.key_count; i++) {
    if (h->layout.key_vars[i] != h->except) {
      return true;
    }
  }
  for (uint32_t i = 0; i < h->layout.loose_count; i++) {
    if (h->layout.loose_vars[i] != h->except &&
        h->in->columns[h->layout.loose_left[i]][h->row] != KG_ID_NONE &&
        right[h->layout.loose_right[i]] != KG_ID_NONE) {
      return true;
    }
  }
  return false;
}

static bool is_pair(const hash_op *h, const kg_id *right) {
  return kg_join_keys_equal(&h->layout, h->in, h->row, right) && classes_equal(h, right) &&
         kg_join_compatible(&h->layout, h->in, h->row, right) &&
         (h->kind != KG_JOIN_MINUS || overlaps(h, right));
}

/* Next partner of the row; NULL: no more. */
static const kg_id *next_partner(hash_op *h) {
  while (h->match != 0) {
    const uint32_t at = h->match - 1;
    h->match = h->index.next[at];
    h->steps++;
    const kg_id *right = kg_rows_at(&h->rows, at);
    if (is_pair(h, right)) {
      return right;
    }
    if ((h->steps & 0xffff) == 0) {
      return NULL; /* give the caller a chance to stop; match says that there is more */
    }
  }
  return NULL;
}

static bool gives_pairs(const hash_op *h) {
  return h->kind == KG_JOIN_INNER || h->kind == KG_JOIN_LEFT;
}

static kgq_status pair_rows(hash_op *h, kg_batch *out, kgq_error **err) {
  while (h->row < h->in->row_count && out->row_count < out->capacity) {
    if (!h->started) {
      h->match = first_candidate(h);
      h->started = true;
    }
    const kg_id *right = next_partner(h);
    if (right && gives_pairs(h)) {
      h->origin[out->row_count] = (uint16_t)h->row;
      kg_join_emit(&h->layout, out, h->in, h->row, right);
      continue;
    }
    if (right) {
      h->matched[h->row] = 1;
    } else if (h->match != 0) {
      KGQ_TRY(kg_cancel_check(h->op.run->cancel, err));
      continue;
    }
    h->row++;
    h->started = false;
  }
  return KGQ_OK;
}

/* ---- pairs by keys alone -------------------------------------------------------------------------- */

/* SEMI, ANTI, MINUS: whether there is a partner. */
static void match_rows(hash_op *h) {
  for (; h->row < h->in->row_count; h->row++) {
    uint32_t place = 0;
    h->matched[h->row] =
        kg_join_table_partners(&h->table, h->keys, h->row, &h->at[h->row], h->end[h->row], &place, 1) > 0;
  }
}

static void copy_pairs(const hash_op *h, kg_batch *out, uint32_t count) {
  for (uint32_t c = 0; c < h->layout.count; c++) {
    kg_id *to = out->columns[c];
    if (h->layout.left[c] != UINT32_MAX) {
      const kg_id *from = h->in->columns[h->layout.left[c]];
      for (uint32_t i = 0; i < count; i++) {
        to[i] = from[h->origin[i]];
      }
    } else {
      const kg_id *from = h->table.columns[h->layout.right[c]];
      for (uint32_t i = 0; i < count; i++) {
        to[i] = from[h->place[i]];
      }
    }
  }
  out->row_count = count;
}

static void pair_by_keys(hash_op *h, kg_batch *out) {
  uint32_t count = 0;
  assert(out->row_count == 0);
  while (h->row < h->in->row_count) {
    const uint32_t row = h->row;
    if (h->at[row] < h->end[row] && !(h->alone && h->matched[row])) {
      const uint32_t found = kg_join_table_partners(&h->table, h->keys, row, &h->at[row], h->end[row],
                                                    h->place + count, out->capacity - count);
      for (uint32_t i = 0; i < found; i++) {
        h->origin[count++] = (uint16_t)row;
      }
      if (count == out->capacity) {
        break; /* the row may have more */
      }
    }
    h->row++;
  }
  if (count > 0) {
    copy_pairs(h, out, count);
  }
}

static kgq_status pairs(hash_op *h, kg_batch *out, kgq_error **err) {
  if (!h->keyed) {
    KGQ_TRY(pair_rows(h, out, err));
  } else if (gives_pairs(h)) {
    pair_by_keys(h, out);
  } else {
    match_rows(h);
  }
  if (h->kind == KG_JOIN_LEFT) {
    KGQ_TRY(kg_eval_filter(h->evals, h->eval_count, out, h->origin, err));
    for (uint32_t i = 0; i < out->row_count; i++) {
      h->matched[h->origin[i]] = 1;
    }
    out->row_count = h->alone ? 0 : out->row_count;
  }
  if (h->row == h->in->row_count) {
    h->phase = h->kind == KG_JOIN_INNER ? NEED_LEFT : REST;
  }
  return KGQ_OK;
}

static void rest(hash_op *h, kg_batch *out) {
  const uint8_t wanted = h->kind == KG_JOIN_SEMI ? 1 : 0;
  for (uint32_t r = 0; r < h->in->row_count; r++) {
    if (h->matched[r] == wanted) {
      kg_join_emit(&h->layout, out, h->in, r, NULL);
    }
  }
  h->phase = NEED_LEFT;
}

/* ---- the operator ------------------------------------------------------------------------------- */

static kgq_status hash_reset(kg_op *op, kgq_error **err) {
  hash_op *h = (hash_op *)op;
  h->built = false;
  h->taken_count = 0;
  h->phase = NEED_LEFT;
  return kg_op_reset(op->children[0], err);
}

static kgq_status hash_next(kg_op *op, kgq_error **err) {
  hash_op *h = (hash_op *)op;
  kg_batch *out = &op->own;
  out->row_count = 0;
  while (out->row_count == 0) {
    if (h->phase == NEED_LEFT) {
      bool ended = false;
      KGQ_TRY(next_left(h, &ended, err));
      if (ended) {
        return KGQ_OK;
      }
    }
    if (h->phase == PAIRS) {
      kg_terms_breathe(op->run->terms);
      KGQ_TRY(pairs(h, out, err));
    } else {
      rest(h, out);
    }
  }
  return KGQ_OK;
}

static void hash_close(kg_op *op) {
  hash_op *h = (hash_op *)op;
  kg_row_index_free(&h->index);
  kg_join_table_free(&h->table);
  kg_rows_free(&h->rows);
  for (uint32_t k = 0; k < HINTS_GIVEN; k++) {
    kg_narrow_free(&h->given[k]);
  }
  if (h->seed) {
    kg_row_set_free(&h->seed_keys);
    kg_rows_free(&h->seed->rows);
  }
}

static kgq_status hash_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  static const char *const names[] = { " inner", " left", " semi", " anti", " minus" };
  const hash_op *h = (const hash_op *)op;
  KGQ_TRY(kg_buf_add_text(out, h->alone ? " left without partner" : names[h->kind], err));
  KGQ_TRY(kg_buf_add_text(
      out, h->layout.key_count + h->layout.loose_count ? " on" : " without common variables", err));
  for (uint32_t i = 0; i < h->layout.key_count; i++) {
    KGQ_TRY(kg_buf_add_byte(out, ' ', err));
    KGQ_TRY(kg_var_print(op->run, h->layout.key_vars[i], out, err));
  }
  for (uint32_t i = 0; i < h->layout.loose_count; i++) {
    KGQ_TRY(kg_buf_add_text(out, " perhaps ", err));
    KGQ_TRY(kg_var_print(op->run, h->layout.loose_vars[i], out, err));
  }
  for (uint32_t i = 0; i < h->equal_count; i++) {
    KGQ_TRY(kg_buf_add_text(out, i ? " and " : " where ", err));
    KGQ_TRY(kg_var_print(op->run, op->children[0]->vars[h->equal_left[i]], out, err));
    KGQ_TRY(kg_buf_add_text(out, " = ", err));
    KGQ_TRY(kg_var_print(op->run, op->children[1]->vars[h->equal_right[i]], out, err));
  }
  return h->seed ? kg_buf_add_text(out, ", right side for each batch of keys", err) : KGQ_OK;
}

static const kg_op_class hash_class = { .name = "hash join",
                                        .reset = hash_reset,
                                        .next = hash_next,
                                        .close = hash_close,
                                        .explain = hash_explain,
                                        .narrow = hash_narrow };

static kgq_status prepare_keys(hash_op *h, const kg_join_spec *spec, kgq_error **err) {
  const size_t count = (size_t)h->layout.key_count + h->equal_count + 1;
  uint32_t *memory = (uint32_t *)kg_arena_zero(h->op.run->arena, 3 * count * sizeof(uint32_t));
  if (!memory) {
    return kg_fail_memory(err);
  }
  h->index_keys = memory;
  h->equal_left = memory + count;
  h->equal_right = memory + 2 * count;
  for (uint32_t i = 0; i < h->layout.key_count; i++) {
    h->index_keys[i] = h->layout.key_right[i];
  }
  for (uint32_t i = 0; i < h->equal_count; i++) {
    h->index_keys[h->layout.key_count + i] = h->op.children[1]->var_count + i;
    h->equal_left[i] = kg_op_column(h->op.children[0], spec->equal_left[i]);
    h->equal_right[i] = kg_op_column(h->op.children[1], spec->equal_right[i]);
    assert(h->equal_left[i] != UINT32_MAX && h->equal_right[i] != UINT32_MAX);
  }
  return KGQ_OK;
}

/* Rows of MINUS that agree in keys always share a variable if one of them counts. */
static bool keys_overlap(const hash_op *h) {
  for (uint32_t i = 0; i < h->layout.key_count; i++) {
    if (h->layout.key_vars[i] != h->except) {
      return true;
    }
  }
  return false;
}

static kgq_status prepare_table(hash_op *h, kgq_error **err) {
  kg_arena *arena = h->op.run->arena;
  const uint32_t key_count = h->layout.key_count + h->equal_count;
  h->keyed = key_count > 0 && h->layout.loose_count == 0 && (h->kind != KG_JOIN_MINUS || keys_overlap(h));
  h->class_columns = (kg_id **)kg_arena_zero(arena, ((size_t)h->equal_count + 1) * sizeof(kg_id *));
  if (!h->class_columns) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < h->equal_count; i++) {
    h->class_columns[i] = (kg_id *)kg_arena_alloc(arena, KG_BATCH_ROWS * sizeof(kg_id));
    if (!h->class_columns[i]) {
      return kg_fail_memory(err);
    }
  }
  if (!h->keyed) {
    return KGQ_OK;
  }
  h->keys = (const kg_id **)kg_arena_zero(arena, key_count * sizeof(kg_id *));
  h->at = (uint32_t *)kg_arena_alloc(arena, (size_t)3 * KG_BATCH_ROWS * sizeof(uint32_t));
  if (!h->keys || !h->at) {
    return kg_fail_memory(err);
  }
  h->end = h->at + KG_BATCH_ROWS;
  h->place = h->end + KG_BATCH_ROWS;
  return KGQ_OK;
}

static kgq_status prepare_seed(hash_op *h, kgq_error **err) {
  kg_run *run = h->op.run;
  const kg_seed *seed = h->seed;
  assert(seed->var_count <= 64);
  h->seed_columns = (uint32_t *)kg_arena_zero(run->arena, ((size_t)seed->var_count + 1) * sizeof(uint32_t));
  if (!h->seed_columns) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < seed->var_count; i++) {
    h->seed_columns[i] = kg_op_column(h->op.children[0], seed->vars[i]);
    assert(h->seed_columns[i] != UINT32_MAX);
  }
  kg_row_set_init(&h->seed_keys, &h->op.memory, seed->var_count, seed->var_count);
  return KGQ_OK;
}

kgq_status kg_make_hash_join(kg_run *run, const kg_frame *frame, kg_op *left, kg_op *right,
                             const kg_join_spec *spec, kg_op **out, kgq_error **err) {
  hash_op *h = (hash_op *)kg_op_new(run, frame, &hash_class, sizeof(hash_op), 2, err);
  kg_eval **evals = (kg_eval **)kg_arena_zero(run->arena, ((size_t)spec->expr_count + 1) * sizeof(kg_eval *));
  if (!h || !evals) {
    return kg_fail_memory(err);
  }
  h->op.children[0] = left;
  h->op.children[1] = right;
  h->kind = spec->kind;
  h->except = spec->except;
  h->alone = spec->alone;
  assert(!h->alone || h->kind == KG_JOIN_LEFT);
  h->seed = spec->seed;
  h->evals = evals;
  h->eval_count = spec->expr_count;
  h->equal_count = spec->equal_count < 8 ? spec->equal_count : 8;
  kg_rows_init(&h->rows, &h->op.memory, right->var_count + h->equal_count);
  KGQ_TRY(kg_join_layout_make(run, left, right->vars, right->var_count, right->certain, spec->needed,
                              gives_pairs(h), &h->layout, err));
  KGQ_TRY(kg_op_columns(&h->op, h->layout.vars, h->layout.count, err));
  h->op.sorted_by = kg_op_column(&h->op, left->sorted_by) == UINT32_MAX ? KG_NO_VAR : left->sorted_by;
  if (!gives_pairs(h) || spec->kind == KG_JOIN_LEFT) {
    h->op.sorted_by = KG_NO_VAR;
  }
  KGQ_TRY(kg_join_certain(&h->op, left->certain, spec->kind == KG_JOIN_INNER ? right->certain : NULL, err));
  for (uint32_t i = 0; i < spec->expr_count; i++) {
    KGQ_TRY(kg_eval_make(run, frame, h->op.vars, h->op.var_count, spec->exprs[i], &evals[i], err));
  }
  KGQ_TRY(prepare_keys(h, spec, err));
  KGQ_TRY(prepare_table(h, err));
  if (h->seed) {
    KGQ_TRY(prepare_seed(h, err));
  }
  *out = &h->op;
  return kg_op_own_batch(&h->op, err);
}
