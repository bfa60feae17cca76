/* query/op_group.c: GROUP BY and aggregates (SPARQL 18.5.1): a hash table from key columns to a block of
 * states.
 *
 * Keys are ids, so terms that are equal but not the same make two groups. Without keys there is one group,
 * also of no rows. COUNT(DISTINCT *) tells solutions apart by the variables that the query names. What an
 * aggregate does with its values is its own business (kg_agg_*).
 */
#include <assert.h>

#include "query/ops.h"

#define NO_COLUMN UINT32_MAX
/* A table of many groups is far from the processor: so many rows' places are on their way at a time. */
#define ROWS_AHEAD 16

typedef struct aggregate {
  kg_agg *code;
  uint32_t column; /* of its argument; NO_COLUMN: COUNT(*), or nothing binds it */
  bool star, star_distinct;
  bool plain;           /* its states own nothing and begin as zeroes */
  size_t state_offset;  /* in a group's block */
  kg_row_set solutions; /* COUNT(DISTINCT *): all met, with their group in front */
} aggregate;

typedef struct group_op {
  kg_op op;
  uint32_t key_count;
  uint32_t *key_columns; /* NO_COLUMN: unbound in all rows */
  aggregate *aggregates;
  uint32_t aggregate_count;
  uint32_t *visible; /* columns that count for COUNT(DISTINCT *) */
  uint32_t visible_count;
  kg_row_set groups; /* keys, then the address of the block of states */
  size_t block_bytes;
  kg_arena blocks;
  kg_id one;                /* a value for COUNT(*) */
  kg_id **key_values;       /* columns of the batch at hand */
  kg_id *unbound_column;    /* for keys that nothing binds */
  uint32_t *weight_columns; /* their product: how many solutions a row stands for */
  uint32_t weight_count;
  uint32_t at;
  bool grouped;
} group_op;

static void *block_of(const group_op *g, uint32_t group) {
  return (void *)(uintptr_t)kg_rows_at(&g->groups.rows, group)[g->key_count];
}

static kg_agg_state *state_of(const group_op *g, uint32_t group, const aggregate *a) {
  return (kg_agg_state *)((char *)block_of(g, group) + a->state_offset);
}

static bool owns_nothing(const group_op *g) {
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    if (!g->aggregates[k].plain) {
      return false;
    }
  }
  return true;
}

static void end_states(group_op *g) {
  const uint32_t count = owns_nothing(g) ? 0 : g->groups.rows.count;
  for (uint32_t i = 0; i < count; i++) {
    void *block = block_of(g, i);
    if (!block) {
      continue; /* its allocation failed */
    }
    for (uint32_t k = 0; k < g->aggregate_count; k++) {
      if (!g->aggregates[k].plain) {
        kg_agg_end(g->aggregates[k].code, state_of(g, i, &g->aggregates[k]));
      }
    }
  }
  kg_arena_reset(&g->blocks);
  kg_row_set_clear(&g->groups);
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    if (g->aggregates[k].star_distinct) {
      kg_row_set_clear(&g->aggregates[k].solutions);
    }
  }
}

static kgq_status group_reset(kg_op *op, kgq_error **err) {
  group_op *g = (group_op *)op;
  end_states(g);
  g->at = 0;
  g->grouped = false;
  return kg_op_reset(op->children[0], err);
}

static kgq_status find_group(group_op *g, const kg_id *key, uint32_t hash, uint32_t *group, kgq_error **err) {
  bool added = false;
  KGQ_TRY(kg_row_set_put_hashed(&g->groups, key, hash, group, &added, err));
  if (!added) {
    return KGQ_OK;
  }
  void *block = kg_arena_zero(&g->blocks, g->block_bytes);
  if (!block) {
    return kg_fail_memory(err);
  }
  kg_rows_at(&g->groups.rows, *group)[g->key_count] = (kg_id)(uintptr_t)block;
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    if (!g->aggregates[k].plain) { /* else zeroes are its start */
      kg_agg_start(g->aggregates[k].code, state_of(g, *group, &g->aggregates[k]));
    }
  }
  return KGQ_OK;
}

/* Was this solution met in this group before? A new one gets a small integer as id, different from all
 * others. */
static kgq_status new_solution(group_op *g, aggregate *a, const kg_batch *in, uint32_t r, uint32_t group,
                               kg_id *row, kg_id *out, bool *added, kgq_error **err) {
  row[0] = group;
  for (uint32_t i = 0; i < g->visible_count; i++) {
    row[i + 1] = in->columns[g->visible[i]][r];
  }
  uint32_t number = 0;
  KGQ_TRY(kg_row_set_put(&a->solutions, row, &number, added, err));
  const bool fits = kg_id_from_int((int64_t)number, out);
  assert(fits);
  (void)fits;
  return KGQ_OK;
}

static kgq_status weight_of(const group_op *g, const kg_batch *in, uint32_t r, uint64_t *out,
                            kgq_error **err) {
  *out = 1;
  for (uint32_t i = 0; i < g->weight_count; i++) {
    const uint64_t factor = (uint64_t)kg_id_integer(in->columns[g->weight_columns[i]][r]);
    if (__builtin_mul_overflow(*out, factor, out)) {
      return kg_fail(err, KGQ_LIMIT, "a group has more solutions than can be counted");
    }
  }
  return KGQ_OK;
}

static kgq_status add_row(group_op *g, const kg_batch *in, uint32_t r, uint32_t hash, kg_id *scratch,
                          kgq_error **err) {
  uint32_t group = 0;
  uint64_t times = 1;
  KGQ_TRY(weight_of(g, in, r, &times, err));
  for (uint32_t k = 0; k < g->key_count; k++) {
    scratch[k] = g->key_values[k][r];
  }
  if (g->key_count > 0) {
    KGQ_TRY(find_group(g, scratch, hash, &group, err));
  }
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    aggregate *a = &g->aggregates[k];
    kg_id value = KG_ID_NONE;
    bool counts = true;
    if (a->star_distinct) {
      KGQ_TRY(new_solution(g, a, in, r, group, scratch, &value, &counts, err));
    } else if (a->star) {
      value = g->one;
    } else if (a->column != NO_COLUMN) {
      value = in->columns[a->column][r];
    }
    if (counts) {
      KGQ_TRY(kg_agg_add(a->code, state_of(g, group, a), value, times, err));
    }
  }
  return KGQ_OK;
}

static kgq_status add_batch(group_op *g, const kg_batch *in, kg_id *scratch, kgq_error **err) {
  uint32_t hashes[KG_BATCH_ROWS];
  for (uint32_t k = 0; k < g->key_count; k++) {
    g->key_values[k] = g->key_columns[k] == NO_COLUMN ? g->unbound_column : in->columns[g->key_columns[k]];
  }
  kg_row_hashes(g->key_values, g->key_count, in->row_count, hashes);
  for (uint32_t r = 0; r < in->row_count; r++) {
    if (r + ROWS_AHEAD < in->row_count) {
      kg_row_set_expect(&g->groups, hashes[r + ROWS_AHEAD]);
    }
    KGQ_TRY(add_row(g, in, r, hashes[r], scratch, err));
  }
  return KGQ_OK;
}

static kgq_status read_all(group_op *g, kgq_error **err) {
  const size_t width = (size_t)g->key_count + g->visible_count + 2;
  kg_id *scratch = (kg_id *)kg_alloc(g->op.run->allocator, width * sizeof(kg_id));
  if (!scratch) {
    return kg_fail_memory(err);
  }
  kgq_status st = KGQ_OK;
  uint32_t group = 0;
  if (g->key_count == 0) {
    KGQ_TRY_DONE(find_group(g, scratch, 0, &group, err));
  }
  for (;;) {
    kg_batch *in = NULL;
    kg_terms_breathe(g->op.run->terms);
    KGQ_TRY_DONE(kg_op_next(g->op.children[0], &in, err));
    if (in->row_count == 0) {
      break;
    }
    KGQ_TRY_DONE(add_batch(g, in, scratch, err));
  }
  g->grouped = true;
done:
  kg_free(g->op.run->allocator, scratch, width * sizeof(kg_id));
  return st;
}

static kgq_status group_next(kg_op *op, kgq_error **err) {
  group_op *g = (group_op *)op;
  kg_batch *b = &op->own;
  if (!g->grouped) {
    KGQ_TRY(read_all(g, err));
  }
  b->row_count = 0;
  for (; g->at < g->groups.rows.count && b->row_count < b->capacity; g->at++, b->row_count++) {
    const kg_id *key = kg_rows_at(&g->groups.rows, g->at);
    for (uint32_t k = 0; k < g->key_count; k++) {
      b->columns[k][b->row_count] = key[k];
    }
    for (uint32_t k = 0; k < g->aggregate_count; k++) {
      aggregate *a = &g->aggregates[k];
      KGQ_TRY(
          kg_agg_result(a->code, state_of(g, g->at, a), &b->columns[g->key_count + k][b->row_count], err));
    }
  }
  return KGQ_OK;
}

static void group_close(kg_op *op) {
  group_op *g = (group_op *)op;
  end_states(g);
  kg_arena_free(&g->blocks);
  kg_row_set_free(&g->groups);
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    if (g->aggregates[k].star_distinct) {
      kg_row_set_free(&g->aggregates[k].solutions);
    }
  }
}

static kgq_status group_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const group_op *g = (const group_op *)op;
  for (uint32_t k = 0; k < g->key_count; k++) {
    KGQ_TRY(kg_buf_add_byte(out, ' ', err));
    KGQ_TRY(kg_var_print(op->run, op->vars[k], out, err));
  }
  return kg_buf_print(out, err, " %u aggregate%s", g->aggregate_count, g->aggregate_count == 1 ? "" : "s");
}

static const kg_op_class group_class = {
  .name = "group", .reset = group_reset, .next = group_next, .close = group_close, .explain = group_explain
};

/* ---- making ------------------------------------------------------------------------------------- */

static kgq_status make_aggregate(group_op *g, const kg_alg_aggregate *alg, aggregate *a, kgq_error **err) {
  kg_run *run = g->op.run;
  const kg_op *child = g->op.children[0];
  const kg_expr_env env = {
    .ast = run->algebra->ast,
    .terms = run->terms,
    .cancel = run->cancel,
    .arena = run->arena,
    .base = run->base,
    .now = run->now,
  };
  KGQ_TRY(kg_agg_compile(alg->call, &env, &a->code, err));
  a->star = alg->argument == KG_NO_VAR;
  a->star_distinct = a->star && alg->call->distinct;
  a->column = a->star ? NO_COLUMN : kg_op_column(child, alg->argument);
  a->plain = kg_agg_is_plain(a->code);
  a->state_offset = g->block_bytes;
  g->block_bytes += (kg_agg_state_bytes(a->code) + 15) & ~(size_t)15;
  if (a->star_distinct) {
    kg_row_set_init(&a->solutions, run->allocator, g->visible_count + 1, g->visible_count + 1);
  }
  return KGQ_OK;
}

static void find_visible(group_op *g) {
  const kg_op *child = g->op.children[0];
  for (uint32_t c = 0; c < child->var_count; c++) {
    if (!g->op.run->algebra->ast->vars[child->vars[c]].hidden) {
      g->visible[g->visible_count++] = c;
    }
  }
}

static kgq_status make_arrays(group_op *g, const kg_alg *alg, kgq_error **err) {
  kg_arena *arena = g->op.run->arena;
  const size_t columns = (size_t)alg->var_count + alg->aggregate_count + 1;
  kg_var *vars = (kg_var *)kg_arena_zero(arena, columns * sizeof(kg_var));
  g->key_columns = (uint32_t *)kg_arena_zero(arena, columns * sizeof(uint32_t));
  g->visible =
      (uint32_t *)kg_arena_zero(arena, ((size_t)g->op.children[0]->var_count + 1) * sizeof(uint32_t));
  g->aggregates = (aggregate *)kg_arena_zero(arena, columns * sizeof(aggregate));
  g->key_values = (kg_id **)kg_arena_zero(arena, columns * sizeof(kg_id *));
  g->unbound_column = (kg_id *)kg_arena_zero(arena, KG_BATCH_ROWS * sizeof(kg_id)); /* KG_ID_NONE */
  if (!g->key_values || !g->unbound_column || !vars || !g->key_columns || !g->visible || !g->aggregates) {
    return kg_fail_memory(err);
  }
  for (uint32_t k = 0; k < alg->var_count; k++) {
    vars[k] = alg->vars[k];
    g->key_columns[k] = kg_op_column(g->op.children[0], alg->vars[k]);
  }
  for (uint32_t k = 0; k < alg->aggregate_count; k++) {
    vars[alg->var_count + k] = alg->aggregates[k].out;
  }
  return kg_op_columns(&g->op, vars, alg->var_count + alg->aggregate_count, err);
}

static kgq_status group_certain(group_op *g, const kg_alg *alg, kgq_error **err) {
  uint64_t *certain = kg_run_set(g->op.run, err);
  if (!certain) {
    return KGQ_NOMEM;
  }
  for (uint32_t k = 0; k < alg->var_count; k++) {
    if (kg_set_has(g->op.children[0]->certain, alg->vars[k])) {
      kg_set_add(certain, alg->vars[k]);
    }
  }
  for (uint32_t k = 0; k < alg->aggregate_count; k++) {
    if (alg->aggregates[k].call->aggregate == KG_AGG_COUNT) {
      kg_set_add(certain, alg->aggregates[k].out);
    }
  }
  g->op.certain = certain;
  return KGQ_OK;
}

kgq_status kg_make_group(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, kg_op **out,
                         kgq_error **err) {
  group_op *g = (group_op *)kg_op_new(run, frame, &group_class, sizeof(group_op), 1, err);
  if (!g) {
    return KGQ_NOMEM;
  }
  g->op.children[0] = child;
  g->key_count = alg->var_count;
  g->op.estimate = alg->var_count ? child->estimate * 0.1 + 1 : 1;
  (void)kg_id_from_int(1, &g->one);
  kg_arena_init(&g->blocks, run->allocator);
  kg_row_set_init(&g->groups, run->allocator, alg->var_count, alg->var_count + 1);
  KGQ_TRY(make_arrays(g, alg, err));
  find_visible(g);
  g->block_bytes = 16; /* never empty */
  for (uint32_t k = 0; k < alg->aggregate_count; k++) {
    KGQ_TRY(make_aggregate(g, &alg->aggregates[k], &g->aggregates[k], err));
    g->aggregate_count++;
  }
  KGQ_TRY(group_certain(g, alg, err));
  *out = &g->op;
  return kg_op_own_batch(&g->op, err);
}

kgq_status kg_group_weigh(kg_op *group, const kg_weights *weights, kgq_error **err) {
  group_op *g = (group_op *)group;
  if (weights->count == 0) {
    return KGQ_OK;
  }
  g->weight_columns = (uint32_t *)kg_arena_zero(group->run->arena, weights->count * sizeof(uint32_t));
  if (!g->weight_columns) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < weights->count; i++) {
    const uint32_t column = kg_op_column(group->children[0], weights->vars[i]);
    if (column != UINT32_MAX) { /* else the child is empty */
      g->weight_columns[g->weight_count++] = column;
    }
  }
  return KGQ_OK;
}
