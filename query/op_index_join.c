/* query/op_index_join.c: a pattern looked up for each row of the left side: inner, left, semi and anti.
 *
 * The rows of a left batch are put in the order of their keys, so that the look-ups walk forward through the
 * permutation and equal keys are looked up once. What a key finds meets all left
 * rows of the key piece by piece: it may be half of the database, of which one row is wanted.
 */
#include <assert.h>
#include <stdlib.h>

#include "query/join.h"

#define SORTED_BY_HAND 16

typedef enum { NEED_LEFT, LOOK_UP, PAIRS, REST } phase;

typedef struct lookup {
  kg_id key[4]; /* constants of the pattern, in the order of the permutation; NONE where free */
  uint32_t row; /* of the left batch */
} lookup;

typedef struct index_op {
  kg_op op;
  kg_join_kind kind;
  kg_leaf leaf;
  kg_join_layout layout;
  kg_eval **evals;
  uint32_t eval_count;
  uint32_t bound_column[4]; /* slot -> column of the left side; UINT32_MAX: constant or free */
  uint8_t order[4];         /* slots in the order of the permutation */
  bool ordered;
  kg_quads_spec spec;
  kg_quads *quads;
  kg_rows found;         /* of the key at hand: the pattern's new variables */
  uint8_t found_slot[4]; /* column of `found` -> slot */
  kg_id *read[4];        /* where the reader puts its columns */
  kg_batch *in;
  lookup *lookups;
  uint32_t at, group_start, group_end; /* lookups[group_start .. group_end) have the key at hand */
  uint32_t match;
  bool more; /* the reader may have more of the key than `found` holds */
  phase phase;
  uint8_t *matched; /* by row of the left batch */
  uint16_t *origin; /* by row given: that of the left batch */
  uint64_t look_ups;
  bool alone; /* LEFT, but only rows without a partner come out */
} index_op;

/* ---- keys --------------------------------------------------------------------------------------- */

static int compare_lookups(const void *a, const void *b) {
  const lookup *x = (const lookup *)a, *y = (const lookup *)b;
  for (unsigned i = 0; i < 4; i++) {
    if (x->key[i] != y->key[i]) {
      return x->key[i] < y->key[i] ? -1 : 1;
    }
  }
  return x->row < y->row ? -1 : x->row > y->row;
}

static bool same_key(const lookup *a, const lookup *b) {
  return memcmp(a->key, b->key, sizeof a->key) == 0;
}

static void ids_of(const index_op *x, const lookup *l, kg_id id[4]) {
  for (unsigned i = 0; i < 4; i++) {
    id[x->order[i]] = l->key[i];
  }
}

/* Few, as after a selective start, or in order already: no call for each pair. */
static void sort_lookups(lookup *list, uint32_t count) {
  uint32_t i = 1;
  while (i < count && compare_lookups(&list[i - 1], &list[i]) < 0) {
    i++;
  }
  if (count > SORTED_BY_HAND && i < count) {
    qsort(list, count, sizeof(lookup), compare_lookups);
    return;
  }
  for (; i < count; i++) {
    const lookup moved = list[i];
    uint32_t k = i;
    for (; k > 0 && compare_lookups(&moved, &list[k - 1]) < 0; k--) {
      list[k] = list[k - 1];
    }
    list[k] = moved;
  }
}

static void make_lookups(index_op *x) {
  for (uint32_t r = 0; r < x->in->row_count; r++) {
    lookup *l = &x->lookups[r];
    l->row = r;
    for (unsigned i = 0; i < 4; i++) {
      const unsigned slot = x->order[i];
      l->key[i] =
          x->bound_column[slot] == UINT32_MAX ? x->spec.id[slot] : x->in->columns[x->bound_column[slot]][r];
    }
  }
  sort_lookups(x->lookups, x->in->row_count);
}

static kgq_status start_batch(index_op *x, bool *ended, kgq_error **err) {
  KGQ_TRY(kg_op_next(x->op.children[0], &x->in, err));
  *ended = x->in->row_count == 0;
  if (*ended) {
    return KGQ_OK;
  }
  make_lookups(x);
  memset(x->matched, 0, x->in->row_count);
  x->at = x->group_end = 0;
  x->phase = LOOK_UP;
  return KGQ_OK;
}

/* ---- looking up --------------------------------------------------------------------------------- */

static kgq_status open_reader(index_op *x, const kg_id id[4], kgq_error **err) {
  x->look_ups++;
  kg_run_work(x->op.run, KG_WORK_LOOK_UP);
  if (x->quads) {
    return kg_quads_restart(x->quads, id, err);
  }
  kg_quads_spec spec = x->spec;
  memcpy(spec.id, id, sizeof spec.id);
  KGQ_TRY(kg_quads_open(x->op.run->snap, &spec, x->op.run->cancel, x->op.run->allocator, &x->quads, err));
  return KGQ_OK;
}

static kgq_status keep_found(index_op *x, uint32_t count, kgq_error **err) {
  for (uint32_t r = 0; r < count; r++) {
    kg_id *row = NULL;
    KGQ_TRY(kg_rows_add(&x->found, &row, err));
    for (uint32_t c = 0; c < x->found.width; c++) {
      row[c] = x->read[x->found_slot[c]][r];
    }
  }
  return KGQ_OK;
}

static bool only_asks(const index_op *x) {
  return x->kind == KG_JOIN_SEMI || x->kind == KG_JOIN_ANTI;
}

/* The next piece of what the key has: all left rows of the key meet it before the piece behind it is read. */
static kgq_status find_more(index_op *x, kgq_error **err) {
  const uint32_t piece = only_asks(x) ? 1 : x->op.own.capacity;
  uint32_t count = 0;
  KGQ_TRY(kg_quads_next(x->quads, x->read, piece, &count, err));
  kg_rows_clear(&x->found);
  KGQ_TRY(keep_found(x, count, err));
  x->more = count > 0 && !kg_quads_ended(x->quads);
  x->at = x->group_start;
  x->match = 0;
  return KGQ_OK;
}

static kgq_status look_up(index_op *x, kgq_error **err) {
  kg_id id[4];
  x->at = x->group_start = x->group_end;
  if (x->at == x->in->row_count) {
    x->phase = x->kind == KG_JOIN_INNER ? NEED_LEFT : REST;
    return KGQ_OK;
  }
  while (x->group_end < x->in->row_count && same_key(&x->lookups[x->at], &x->lookups[x->group_end])) {
    x->group_end++;
  }
  ids_of(x, &x->lookups[x->at], id);
  KGQ_TRY(open_reader(x, id, err));
  x->phase = PAIRS;
  return find_more(x, err);
}

/* ---- pairs -------------------------------------------------------------------------------------- */

static void mark_group(index_op *x) {
  for (uint32_t i = x->at; i < x->group_end && x->found.count > 0; i++) {
    x->matched[x->lookups[i].row] = 1;
  }
  x->phase = LOOK_UP;
}

static kgq_status pair_rows(index_op *x, kg_batch *out, kgq_error **err) {
  while (x->at < x->group_end && x->found.count > 0 && out->row_count < out->capacity) {
    if (x->match == x->found.count) {
      x->match = 0;
      x->at++;
      continue;
    }
    const uint32_t row = x->lookups[x->at].row;
    x->origin[out->row_count] = (uint16_t)row;
    kg_join_emit(&x->layout, out, x->in, row, kg_rows_at(&x->found, x->match++));
  }
  if (x->at < x->group_end && x->found.count > 0) {
    return KGQ_OK;
  }
  if (x->more) {
    return find_more(x, err);
  }
  x->phase = LOOK_UP;
  return KGQ_OK;
}

static kgq_status test_pairs(index_op *x, kg_batch *out, kgq_error **err) {
  if (x->kind != KG_JOIN_LEFT || out->row_count == 0) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_eval_filter(x->evals, x->eval_count, out, x->origin, err));
  for (uint32_t i = 0; i < out->row_count; i++) {
    x->matched[x->origin[i]] = 1;
  }
  out->row_count = x->alone ? 0 : out->row_count;
  return KGQ_OK;
}

static void rest(index_op *x, kg_batch *out) {
  const uint8_t wanted = x->kind == KG_JOIN_SEMI ? 1 : 0;
  for (uint32_t r = 0; r < x->in->row_count; r++) {
    if (x->matched[r] == wanted) {
      kg_join_emit(&x->layout, out, x->in, r, NULL);
    }
  }
  x->phase = NEED_LEFT;
}

/* Look-ups until the batch is full or the left batch is done. */
static kgq_status fill(index_op *x, kg_batch *out, kgq_error **err) {
  while (out->row_count < out->capacity && (x->phase == LOOK_UP || x->phase == PAIRS)) {
    if (x->phase == LOOK_UP) {
      KGQ_TRY(look_up(x, err));
    } else if (only_asks(x)) {
      mark_group(x);
    } else {
      KGQ_TRY(pair_rows(x, out, err));
    }
  }
  return test_pairs(x, out, err);
}

static kgq_status index_next(kg_op *op, kgq_error **err) {
  index_op *x = (index_op *)op;
  kg_batch *out = &op->own;
  out->row_count = 0;
  while (out->row_count == 0) {
    if (x->phase == NEED_LEFT) {
      bool ended = false;
      KGQ_TRY(start_batch(x, &ended, err));
      if (ended) {
        return KGQ_OK;
      }
    }
    if (x->phase == REST) {
      rest(x, out);
    } else {
      kg_terms_breathe(op->run->terms);
      KGQ_TRY(fill(x, out, err));
    }
  }
  return KGQ_OK;
}

/* ---- the operator ------------------------------------------------------------------------------- */

static kgq_status index_reset(kg_op *op, kgq_error **err) {
  index_op *x = (index_op *)op;
  x->phase = NEED_LEFT;
  for (unsigned i = 0; i < 4; i++) {
    const kg_var v = x->leaf.slot[i].var;
    if (x->bound_column[i] == UINT32_MAX && kg_frame_gives(op->frame, v)) {
      x->spec.id[i] = op->frame->values[v];
    }
  }
  return kg_op_reset(op->children[0], err);
}

static void index_close(kg_op *op) {
  index_op *x = (index_op *)op;
  kg_quads_close(x->quads);
  x->quads = NULL;
  kg_rows_free(&x->found);
}

static kgq_status index_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  static const char *const names[] = { "", " left", " semi", " anti", "" };
  const index_op *x = (const index_op *)op;
  KGQ_TRY(kg_buf_add_text(out, x->alone ? " left without partner" : names[x->kind], err));
  KGQ_TRY(kg_leaf_print(op->run, &x->leaf, out, err));
  if (x->quads) {
    KGQ_TRY(kg_buf_print(out, err, " by %s, %llu look-ups", kg_perm_name[kg_quads_perm(x->quads)],
                         (unsigned long long)x->look_ups));
  }
  return KGQ_OK;
}

static const kg_op_class index_class = { .name = "index join",
                                         .reset = index_reset,
                                         .next = index_next,
                                         .close = index_close,
                                         .explain = index_explain,
                                         .narrow = kg_op_narrow_first };

/* Which slots the left side binds, which are constant, which are new; repeated new variables must be equal.
 */
static uint32_t divide_slots(index_op *x, const kg_op *left, kg_var vars[4]) {
  uint32_t fresh = 0;
  kg_quads_spec_init(&x->spec, x->leaf.source);
  for (unsigned i = 0; i < 4; i++) {
    const kg_slot *slot = &x->leaf.slot[i];
    x->order[i] = (uint8_t)i;
    x->spec.id[i] = slot->id;
    x->bound_column[i] = slot->var == KG_NO_VAR ? UINT32_MAX : kg_op_column(left, slot->var);
    if (slot->var == KG_NO_VAR || x->bound_column[i] != UINT32_MAX) {
      assert(slot->var == KG_NO_VAR || kg_set_has(left->certain, slot->var)); /* else a wildcard */
      continue;
    }
    const int first = kg_leaf_slot(&x->leaf, slot->var);
    if (!kg_frame_gives(x->op.frame, slot->var)) {
      x->spec.same[i] = (uint8_t)first;
    }
    if (first == (int)i) {
      x->found_slot[fresh] = (uint8_t)i;
      vars[fresh++] = slot->var;
    }
  }
  return fresh;
}

/* The order in which keys are sorted: that of the permutation which has the bound slots in front. */
static void order_slots(index_op *x) {
  unsigned mask = 0, prefix = 0;
  for (unsigned i = 0; i < 4; i++) {
    const bool bound = x->bound_column[i] != UINT32_MAX || x->spec.id[i] != KG_ID_NONE ||
                       (x->leaf.slot[i].var != KG_NO_VAR && kg_frame_gives(x->op.frame, x->leaf.slot[i].var));
    mask |= bound ? 1u << i : 0;
  }
  const kg_perm perm = kg_perm_choose(mask, x->leaf.source->kind == KG_SOURCE_TERMS, -1, &prefix);
  memcpy(x->order, kg_perm_column[perm], sizeof x->order);
}

static kgq_status make_buffers(index_op *x, kgq_error **err) {
  kg_arena *arena = x->op.run->arena;
  for (uint32_t c = 0; c < x->found.width; c++) {
    x->read[x->found_slot[c]] = (kg_id *)kg_arena_alloc(arena, KG_BATCH_ROWS * sizeof(kg_id));
    if (!x->read[x->found_slot[c]]) {
      return kg_fail_memory(err);
    }
  }
  x->lookups = (lookup *)kg_arena_alloc(arena, KG_BATCH_ROWS * sizeof(lookup));
  x->matched = (uint8_t *)kg_arena_alloc(arena, KG_BATCH_ROWS * sizeof(uint8_t));
  x->origin = (uint16_t *)kg_arena_alloc(arena, KG_BATCH_ROWS * sizeof(uint16_t));
  return x->lookups && x->matched && x->origin ? KGQ_OK : kg_fail_memory(err);
}

static kgq_status make_layout(index_op *x, const kg_op *left, const kg_var *vars, uint32_t fresh,
                              const kg_join_spec *spec, kgq_error **err) {
  uint64_t *right_certain = kg_run_set(x->op.run, err);
  if (!right_certain) {
    return KGQ_NOMEM;
  }
  for (uint32_t i = 0; i < fresh; i++) {
    kg_set_add(right_certain, vars[i]);
  }
  KGQ_TRY(kg_join_layout_make(x->op.run, left, vars, fresh, right_certain, spec->needed, !only_asks(x),
                              &x->layout, err));
  KGQ_TRY(kg_op_columns(&x->op, x->layout.vars, x->layout.count, err));
  return kg_join_certain(&x->op, left->certain, x->kind == KG_JOIN_INNER ? right_certain : NULL, err);
}

kgq_status kg_make_index_join(kg_run *run, const kg_frame *frame, kg_op *left, const kg_leaf *leaf,
                              const kg_join_spec *spec, kg_op **out, kgq_error **err) {
  index_op *x = (index_op *)kg_op_new(run, frame, &index_class, sizeof(index_op), 1, err);
  kg_eval **evals = (kg_eval **)kg_arena_zero(run->arena, ((size_t)spec->expr_count + 1) * sizeof(kg_eval *));
  if (!x || !evals) {
    return kg_fail_memory(err);
  }
  assert(!leaf->missing && spec->kind != KG_JOIN_MINUS && !spec->seed);
  kg_var vars[4];
  x->op.children[0] = left;
  x->kind = spec->kind;
  x->alone = spec->alone;
  x->leaf = *leaf;
  x->evals = evals;
  x->eval_count = spec->expr_count;
  const uint32_t fresh = divide_slots(x, left, vars);
  order_slots(x);
  kg_rows_init(&x->found, &x->op.memory, fresh);
  KGQ_TRY(make_layout(x, left, vars, fresh, spec, err));
  KGQ_TRY(make_buffers(x, err));
  for (uint32_t i = 0; i < spec->expr_count; i++) {
    KGQ_TRY(kg_eval_make(run, frame, x->op.vars, x->op.var_count, spec->exprs[i], &evals[i], err));
  }
  *out = &x->op;
  return kg_op_own_batch(&x->op, err);
}
