/* query/op_group.c: GROUP BY and aggregates (SPARQL 18.5.1): a hash table from key columns to a block of
 * states.
 *
 * Keys are ids, so terms that are equal but not the same make two groups. Without keys there is one group,
 * also of no rows. Values of an aggregate with DISTINCT are told apart here, by group and term (unique.h),
 * and solutions of COUNT(DISTINCT *) by the variables that the query names. What an aggregate does with its
 * values is its own business (kg_agg_*).
 *
 * Groups are made and given by windows: the whole input, if the table has room for it. Where rows come sorted
 * by a key, a window ends when the table has many groups and the key changes. When there is no room for more
 * groups, rows of other groups are put aside (aside.h); these make the windows that follow, sorted by all
 * keys.
 */
#include <assert.h>

#include "query/ops.h"
#include "query/unique.h"

#define NO_COLUMN UINT32_MAX
#define NO_GROUP  UINT64_MAX
/* A table of many groups is far from the processor: so many rows' places are on their way at a time. */
#define ROWS_AHEAD 16
/* Groups of a window of sorted rows, at least: such a table stays in the processor's cache. */
#define WINDOW_GROUPS 4096u
#define FEW_WINDOW    2u
/* What an arena takes at a time. */
#define CHUNK_BYTES ((size_t)1 << 20)

typedef struct aggregate {
  kg_agg *code;
  uint32_t column; /* of its argument; NO_COLUMN: COUNT(*), or nothing binds it */
  bool star, distinct;
  bool plain;          /* its states own nothing and begin as zeroes */
  size_t state_offset; /* in a group's block */
  kg_unique values;    /* distinct: all met, with their group in front */
  uint32_t *told_by;   /* distinct: columns that tell values, or solutions, apart */
  uint32_t told_by_count;
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
  kg_id **key_values;       /* of the rows at hand; also of what an aggregate with DISTINCT tells apart */
  kg_id *unbound_column;    /* for keys that nothing binds */
  kg_id *group_of;          /* of the rows at hand */
  char **row_blocks;        /* their groups' blocks; NULL: put aside */
  uint64_t *times;          /* how many solutions each stands for */
  uint32_t *weight_columns; /* the product of which that is */
  uint32_t weight_count;
  kg_id *scratch; /* a row */
  /* where rows come from */
  kg_batch *in;
  uint32_t row;        /* the next of `in` */
  uint32_t sorted_key; /* rows of the input are sorted by this key; NO_COLUMN: by none */
  bool from_aside, ended;
  /* the window */
  uint32_t at; /* the next group to give */
  bool begun, giving;
  bool tight;  /* the table has hardly room: the window ends where it may */
  bool frozen; /* it takes no more groups */
  uint32_t most, window;
  uint32_t parts; /* tables that share the operator's memory */
  /* rows put aside */
  kg_aside *aside;
  uint32_t *stored; /* columns of the input that are kept of them, keys first */
  uint32_t stored_keys, stored_count;
  kg_batch again; /* such rows; other columns are NULL */
} group_op;

/* ---- groups and their states -------------------------------------------------------------------- */

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
}

static void end_window(group_op *g) {
  end_states(g);
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    if (g->aggregates[k].distinct) {
      kg_unique_clear(&g->aggregates[k].values);
    }
  }
  g->at = 0;
  g->giving = g->tight = g->frozen = false;
}

static kgq_status start_group(group_op *g, uint32_t group, kgq_error **err) {
  void *block = kg_arena_zero(&g->blocks, g->block_bytes);
  if (!block) {
    return kg_fail_memory(err);
  }
  kg_rows_at(&g->groups.rows, group)[g->key_count] = (kg_id)(uintptr_t)block;
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    if (!g->aggregates[k].plain) { /* else zeroes are its start */
      kg_agg_start(g->aggregates[k].code, state_of(g, group, &g->aggregates[k]));
    }
  }
  return KGQ_OK;
}

/* ---- rows put aside ----------------------------------------------------------------------------- */

static void store_column(group_op *g, uint32_t column) {
  bool known = column == NO_COLUMN;
  for (uint32_t i = 0; i < g->stored_count; i++) {
    known = known || g->stored[i] == column;
  }
  if (!known) {
    g->stored[g->stored_count++] = column;
  }
}

/* What keys, aggregates and weights read. */
static void find_stored(group_op *g) {
  for (uint32_t k = 0; k < g->key_count; k++) {
    store_column(g, g->key_columns[k]);
  }
  g->stored_keys = g->stored_count;
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    store_column(g, g->aggregates[k].column);
    for (uint32_t i = 0; i < g->aggregates[k].told_by_count; i++) {
      store_column(g, g->aggregates[k].told_by[i]);
    }
  }
  for (uint32_t i = 0; i < g->weight_count; i++) {
    store_column(g, g->weight_columns[i]);
  }
}

static kgq_status prepare_stored(group_op *g, kgq_error **err) {
  const uint32_t columns = g->op.children[0]->var_count;
  kg_batch all;
  if (g->stored) {
    return KGQ_OK;
  }
  g->stored = (uint32_t *)kg_arena_zero(g->op.run->arena, ((size_t)columns + 1) * sizeof(uint32_t));
  g->again.columns = (kg_id **)kg_arena_zero(g->op.run->arena, ((size_t)columns + 1) * sizeof(kg_id *));
  if (!g->stored || !g->again.columns) {
    return kg_fail_memory(err);
  }
  find_stored(g);
  KGQ_TRY(kg_batch_init(&all, g->op.run->arena, g->stored_count, kg_run_rows(g->op.run), err));
  g->again.column_count = columns;
  g->again.capacity = all.capacity;
  for (uint32_t i = 0; i < g->stored_count; i++) {
    g->again.columns[g->stored[i]] = all.columns[i];
  }
  return KGQ_OK;
}

static kgq_status put_aside(group_op *g, uint32_t r, kgq_error **err) {
  if (!g->aside) {
    KGQ_TRY(prepare_stored(g, err));
    const kg_aside_spec spec = { .width = g->stored_count,
                                 .key_count = g->stored_keys,
                                 .bytes_max = kg_row_runs_left(&g->op) / 4 / g->parts,
                                 .what = "GROUP BY" };
    KGQ_TRY(kg_aside_new(&g->op, &spec, &g->aside, err));
  }
  for (uint32_t i = 0; i < g->stored_count; i++) {
    g->scratch[i] = g->in->columns[g->stored[i]][r];
  }
  return kg_aside_add(g->aside, g->scratch, err);
}

static kgq_status read_aside(group_op *g, kgq_error **err) {
  kg_batch *b = &g->again;
  g->in = b;
  b->row_count = 0;
  while (b->row_count < b->capacity) {
    const kg_id *row = NULL;
    KGQ_TRY(kg_aside_next(g->aside, &row, err));
    if (!row) {
      return KGQ_OK;
    }
    for (uint32_t i = 0; i < g->stored_count; i++) {
      b->columns[g->stored[i]][b->row_count] = row[i];
    }
    b->row_count++;
  }
  return KGQ_OK;
}

/* ---- rows to groups ----------------------------------------------------------------------------- */

/* Is there room for a batch of new groups? */
static void look_for_room(group_op *g) {
  const size_t chunk = g->blocks.bytes < CHUNK_BYTES ? g->blocks.bytes : CHUNK_BYTES;
  const size_t bytes = kg_row_set_bytes(&g->groups, KG_BATCH_ROWS) + g->blocks.bytes + chunk;
  const bool ends_early = g->from_aside || g->sorted_key != NO_COLUMN;
  if (g->key_count > 0 && !g->frozen && kg_row_runs_full(&g->op, bytes, g->parts)) {
    g->frozen = !g->from_aside && (g->tight || !ends_early);
    g->tight = true;
  }
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    if (g->aggregates[k].distinct) {
      kg_unique_look(&g->aggregates[k].values);
    }
  }
}

/* Do all rows from this key on belong to other groups than those of the window, which has enough of them? The
 * last group is that of the row before, as far as rows are sorted. */
static bool is_behind(const group_op *g, const kg_id *key) {
  const uint32_t count = g->groups.rows.count;
  if (count == 0 || (count < g->window && !g->tight)) {
    return false;
  }
  const kg_id *last = kg_rows_at(&g->groups.rows, count - 1);
  if (!g->from_aside) {
    return g->sorted_key != NO_COLUMN && last[g->sorted_key] != key[g->sorted_key];
  }
  return memcmp(last, key, g->key_count * sizeof(kg_id)) != 0;
}

static kgq_status find_group(group_op *g, const kg_id *key, uint32_t hash, uint32_t r, kg_id *out,
                             kgq_error **err) {
  uint32_t group = 0;
  bool added = false;
  if (g->frozen) {
    const bool found = kg_row_set_find_hashed(&g->groups, key, hash, &group);
    *out = found ? group : NO_GROUP;
    return found ? KGQ_OK : put_aside(g, r, err);
  }
  KGQ_TRY(kg_row_set_put_hashed(&g->groups, key, hash, &group, &added, err));
  *out = group;
  if (added) {
    g->frozen = !g->from_aside && g->groups.rows.count >= g->most;
    return start_group(g, group, err);
  }
  return KGQ_OK;
}

/* Groups of the rows from g->row on, up to where the window ends. */
static kgq_status find_groups(group_op *g, uint32_t *count, kgq_error **err) {
  uint32_t hashes[KG_BATCH_ROWS];
  kg_id *const key = g->scratch + g->op.children[0]->var_count; /* put_aside uses what is before it */
  const uint32_t rows = g->in->row_count - g->row;
  *count = 0;
  if (g->key_count == 0) {
    memset(g->group_of, 0, rows * sizeof(kg_id));
    for (uint32_t r = 0; r < rows; r++) {
      g->row_blocks[r] = (char *)block_of(g, 0);
    }
    *count = rows;
    return KGQ_OK;
  }
  for (uint32_t k = 0; k < g->key_count; k++) {
    g->key_values[k] =
        g->key_columns[k] == NO_COLUMN ? g->unbound_column : g->in->columns[g->key_columns[k]] + g->row;
  }
  kg_row_hashes(g->key_values, g->key_count, rows, hashes);
  for (uint32_t r = 0; r < rows; r++) {
    if (r + ROWS_AHEAD < rows) {
      kg_row_set_expect(&g->groups, hashes[r + ROWS_AHEAD]);
    }
    for (uint32_t k = 0; k < g->key_count; k++) {
      key[k] = g->key_values[k][r];
    }
    if (is_behind(g, key)) {
      g->giving = true;
      return KGQ_OK;
    }
    KGQ_TRY(find_group(g, key, hashes[r], g->row + r, &g->group_of[r], err));
    g->row_blocks[r] = g->group_of[r] == NO_GROUP ? NULL : (char *)block_of(g, (uint32_t)g->group_of[r]);
    __builtin_prefetch(g->row_blocks[r]);
    *count = r + 1;
  }
  return KGQ_OK;
}

/* ---- values to states --------------------------------------------------------------------------- */

static kgq_status find_times(group_op *g, uint32_t count, kgq_error **err) {
  for (uint32_t r = 0; r < count; r++) {
    uint64_t times = 1;
    for (uint32_t i = 0; i < g->weight_count; i++) {
      const uint64_t factor = (uint64_t)kg_id_integer(g->in->columns[g->weight_columns[i]][g->row + r]);
      if (__builtin_mul_overflow(times, factor, &times)) {
        return kg_fail(err, KGQ_LIMIT, "a group has more solutions than can be counted");
      }
    }
    g->times[r] = times;
  }
  return KGQ_OK;
}

static kgq_status add_all(group_op *g, const aggregate *a, uint32_t count, kgq_error **err) {
  const kg_id *values = a->column == NO_COLUMN ? NULL : g->in->columns[a->column] + g->row;
  const kg_id value = a->star ? g->one : KG_ID_NONE;
  for (uint32_t r = 0; r < count; r++) {
    if (g->row_blocks[r]) {
      KGQ_TRY(kg_agg_add(a->code, (kg_agg_state *)(g->row_blocks[r] + a->state_offset),
                         values ? values[r] : value, g->weight_count ? g->times[r] : 1, err));
    }
  }
  return KGQ_OK;
}

/* Each value, or solution, once in its group; errors always. */
static kgq_status add_different(group_op *g, aggregate *a, uint32_t count, kgq_error **err) {
  uint32_t hashes[KG_BATCH_ROWS];
  kg_id *row = g->scratch;
  const kg_id *values = a->column == NO_COLUMN ? NULL : g->in->columns[a->column] + g->row;
  g->key_values[0] = g->group_of;
  for (uint32_t i = 0; i < a->told_by_count; i++) {
    g->key_values[i + 1] = g->in->columns[a->told_by[i]] + g->row;
  }
  kg_row_hashes(g->key_values, a->told_by_count + 1, count, hashes);
  for (uint32_t r = 0; r < count; r++) {
    const kg_id value = a->star ? g->one : values ? values[r] : KG_ID_NONE;
    bool fresh = true;
    if (r + ROWS_AHEAD < count) {
      kg_row_set_expect(&a->values.seen, hashes[r + ROWS_AHEAD]);
    }
    if (!g->row_blocks[r]) {
      continue;
    }
    for (uint32_t i = 0; i <= a->told_by_count; i++) {
      row[i] = g->key_values[i][r];
    }
    if (value != KG_ID_NONE) {
      KGQ_TRY(kg_unique_add(&a->values, row, hashes[r], &fresh, err));
    }
    if (fresh) {
      KGQ_TRY(kg_agg_add(a->code, (kg_agg_state *)(g->row_blocks[r] + a->state_offset), value, 1, err));
    }
  }
  return KGQ_OK;
}

/* Values that were put aside, when all rows of the window are in. */
static kgq_status add_late(group_op *g, aggregate *a, kgq_error **err) {
  KGQ_TRY(kg_unique_finish(&a->values, err));
  for (;;) {
    const kg_id *row = NULL;
    KGQ_TRY(kg_unique_next_late(&a->values, &row, err));
    if (!row) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_agg_add(a->code, state_of(g, (uint32_t)row[0], a), a->star ? g->one : row[1], 1, err));
  }
}

/* ---- windows ------------------------------------------------------------------------------------ */

static kgq_status add_rows(group_op *g, kgq_error **err) {
  uint32_t count = 0;
  look_for_room(g);
  KGQ_TRY(find_groups(g, &count, err));
  if (g->weight_count > 0) {
    KGQ_TRY(find_times(g, count, err));
  }
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    aggregate *a = &g->aggregates[k];
    KGQ_TRY(a->distinct ? add_different(g, a, count, err) : add_all(g, a, count, err));
  }
  g->row += count;
  return KGQ_OK;
}

static kgq_status next_rows(group_op *g, kgq_error **err) {
  kg_terms_breathe(g->op.run->terms);
  g->row = 0;
  KGQ_TRY(g->from_aside ? read_aside(g, err) : kg_op_next(g->op.children[0], &g->in, err));
  g->ended = g->in->row_count == 0;
  return g->ended && g->aside && !g->from_aside ? kg_aside_rest(g->aside, err) : KGQ_OK;
}

/* The one group that is there without a row. */
static kgq_status start_only(group_op *g, kgq_error **err) {
  uint32_t group = 0;
  bool added = false;
  g->begun = true;
  if (g->key_count > 0) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_row_set_put_hashed(&g->groups, g->scratch, 0, &group, &added, err));
  return start_group(g, group, err);
}

static kgq_status read_window(group_op *g, kgq_error **err) {
  if (!g->begun) {
    KGQ_TRY(start_only(g, err));
  }
  while (!g->giving) {
    if (!g->in || g->row == g->in->row_count) {
      KGQ_TRY(next_rows(g, err));
      g->giving = g->ended;
    } else {
      KGQ_TRY(add_rows(g, err));
    }
  }
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    if (g->aggregates[k].distinct) {
      KGQ_TRY(add_late(g, &g->aggregates[k], err));
    }
  }
  return KGQ_OK;
}

static kgq_status give_groups(group_op *g, kg_batch *b, kgq_error **err) {
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

/* The window has been given. *more: another one follows. */
static kgq_status next_window(group_op *g, bool *more, kgq_error **err) {
  end_window(g);
  *more = !g->ended || (g->aside && !g->from_aside);
  if (*more && g->ended) {
    g->from_aside = true;
    g->ended = false;
    g->in = NULL;
    kg_row_set_free(&g->groups); /* it was large */
    return kg_aside_sort(g->aside, err);
  }
  return KGQ_OK;
}

static kgq_status group_next(kg_op *op, kgq_error **err) {
  group_op *g = (group_op *)op;
  kg_batch *b = &op->own;
  b->row_count = 0;
  for (;;) {
    bool more = true;
    if (g->giving) {
      KGQ_TRY(give_groups(g, b, err));
      if (b->row_count > 0) {
        return KGQ_OK;
      }
      KGQ_TRY(next_window(g, &more, err));
    }
    if (!more) {
      g->giving = true; /* nothing, from now on */
      return KGQ_OK;
    }
    KGQ_TRY(read_window(g, err));
  }
}

static kgq_status group_reset(kg_op *op, kgq_error **err) {
  group_op *g = (group_op *)op;
  end_window(g);
  kg_aside_free(g->aside);
  g->aside = NULL;
  g->in = NULL;
  g->row = 0;
  g->begun = g->from_aside = g->ended = false;
  return kg_op_reset(op->children[0], err);
}

static void group_close(kg_op *op) {
  group_op *g = (group_op *)op;
  end_states(g);
  kg_aside_free(g->aside);
  kg_arena_free(&g->blocks);
  kg_row_set_free(&g->groups);
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    kg_unique_free(&g->aggregates[k].values);
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
  a->column = a->star ? NO_COLUMN : kg_op_column(child, alg->argument);
  a->distinct = kg_agg_is_distinct(a->code);
  kg_agg_use_memory(a->code, &g->op.memory);
  a->plain = kg_agg_is_plain(a->code);
  a->state_offset = g->block_bytes;
  g->block_bytes += (kg_agg_state_bytes(a->code) + 15) & ~(size_t)15;
  if (!a->distinct) {
    return KGQ_OK;
  }
  a->told_by = a->star ? g->visible : &a->column;
  a->told_by_count = a->star ? g->visible_count : a->column != NO_COLUMN;
  return kg_unique_init(&a->values, &g->op, a->told_by_count + 1, "an aggregate with DISTINCT", err);
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
  const size_t widest = columns + g->op.children[0]->var_count + 1;
  g->key_values = (kg_id **)kg_arena_zero(arena, widest * sizeof(kg_id *));
  g->scratch = (kg_id *)kg_arena_zero(arena, 2 * widest * sizeof(kg_id));
  g->unbound_column = (kg_id *)kg_arena_zero(arena, KG_BATCH_ROWS * sizeof(kg_id)); /* KG_ID_NONE */
  g->group_of = (kg_id *)kg_arena_alloc(arena, KG_BATCH_ROWS * sizeof(kg_id));
  g->row_blocks = (char **)kg_arena_alloc(arena, KG_BATCH_ROWS * sizeof(char *));
  g->times = (uint64_t *)kg_arena_alloc(arena, KG_BATCH_ROWS * sizeof(uint64_t));
  if (!g->key_values || !g->unbound_column || !vars || !g->key_columns || !g->visible || !g->aggregates ||
      !g->scratch || !g->group_of || !g->row_blocks || !g->times) {
    return kg_fail_memory(err);
  }
  for (uint32_t k = 0; k < alg->var_count; k++) {
    vars[k] = alg->vars[k];
    g->key_columns[k] = kg_op_column(g->op.children[0], alg->vars[k]);
    g->sorted_key = alg->vars[k] == g->op.children[0]->sorted_by ? k : g->sorted_key;
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

/* Between groups and what each aggregate with DISTINCT tells apart. */
static void share_memory(group_op *g) {
  g->parts = g->key_count > 0;
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    g->parts += g->aggregates[k].distinct;
  }
  for (uint32_t k = 0; k < g->aggregate_count; k++) {
    g->aggregates[k].values.parts = g->parts;
  }
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
  g->sorted_key = NO_COLUMN;
  g->most = kg_run_off(run, KG_OFF_SORT_MEMORY) ? KG_FEW_ROWS : UINT32_MAX;
  g->window = kg_run_off(run, KG_OFF_SORT_MEMORY) ? FEW_WINDOW : WINDOW_GROUPS;
  kg_arena_init(&g->blocks, &g->op.memory);
  kg_row_set_init(&g->groups, &g->op.memory, alg->var_count, alg->var_count + 1);
  KGQ_TRY(make_arrays(g, alg, err));
  find_visible(g);
  g->block_bytes = 16; /* never empty */
  for (uint32_t k = 0; k < alg->aggregate_count; k++) {
    KGQ_TRY(make_aggregate(g, &alg->aggregates[k], &g->aggregates[k], err));
    g->aggregate_count++;
  }
  share_memory(g);
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
