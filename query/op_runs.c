/* query/op_runs.c: the different values of one variable in a pattern, each once, and in how many rows it is.
 *
 * What GROUP BY ?v with COUNT(*), DISTINCT ?v and joins of which only numbers are asked for need of a
 * pattern. Where the constants and ?v begin a permutation, equal values lie side by side: they are read run
 * by run, and behind the front of a long run the reader goes to the next value without reading the rest,
 * whose number block headers know. Elsewhere they are counted: in an array while their ids lie close together
 * (id_counts.h), else in a table.
 */
#include "query/id_counts.h"
#include "query/ops.h"

/* Rows of one value, in rows read at a time, after which going on costs more than a seek, or a seek and a
 * count. */
#define SKIP_BATCHES  1
#define COUNT_BATCHES 8
/* Of the largest batch: where values come once a few rows a larger piece follows. */
#define FIRST_PIECE 8
/* Places of the array for a row that is expected, and at most. */
#define PLACES_A_ROW 8.0
#define PLACES_LEAST 4096.0
#define PLACES_MOST  4194304.0
/* Bytes of the memory limit for each place. */
#define MEMORY_SHARE 64

typedef struct runs_op {
  kg_op op;
  kg_leaf leaf;
  kg_quads_spec spec;
  int slot;
  bool counts, sorted, countable, ended;
  kg_quads *quads;
  kg_id *values; /* of the rows read last */
  uint32_t piece, at, have;
  kg_id current;      /* sorted: the value whose rows are being read */
  uint64_t run_rows;  /* so far */
  kg_id_counts close; /* not sorted: numbers by value */
  bool apart;         /* or in the table */
  size_t places;      /* of the array, at most */
  kg_row_set table;   /* value, number */
  size_t given;       /* places, or rows of the table */
} runs_op;

static uint32_t first_piece(const kg_op *op) {
  return kg_run_rows(op->run) / FIRST_PIECE + 1;
}

static kgq_status runs_reset(kg_op *op, kgq_error **err) {
  runs_op *r = (runs_op *)op;
  r->at = r->have = 0;
  r->given = 0;
  r->piece = r->sorted ? first_piece(op) : KG_BATCH_ROWS;
  r->current = KG_ID_NONE;
  r->run_rows = 0;
  r->ended = false;
  kg_row_set_clear(&r->table);
  kg_id_counts_free(&r->close);
  r->apart = false;
  if (r->quads) {
    return kg_quads_restart(r->quads, r->spec.id, err);
  }
  return kg_quads_open(op->run->snap, &r->spec, op->run->cancel, op->run->allocator, &r->quads, err);
}

static kgq_status read_values(runs_op *r, kgq_error **err) {
  kg_id *columns[4] = { NULL, NULL, NULL, NULL };
  columns[r->slot] = r->values;
  r->at = 0;
  KGQ_TRY(kg_cancel_check(r->op.run->cancel, err));
  KGQ_TRY(kg_quads_next(r->quads, columns, r->piece, &r->have, err));
  r->ended = r->have == 0;
  return KGQ_OK;
}

static kgq_status give(runs_op *r, kg_id value, uint64_t rows, kgq_error **err) {
  kg_batch *b = &r->op.own;
  const uint32_t at = b->row_count++;
  b->columns[0][at] = value;
  if (r->counts && !kg_id_from_int((int64_t)rows, &b->columns[1][at])) {
    return kg_fail(err, KGQ_LIMIT, "a group has more rows than can be counted");
  }
  return KGQ_OK;
}

/* ---- in order ----------------------------------------------------------------------------------- */

/* All that was read last belongs to the run at hand. */
static bool long_run(const runs_op *r) {
  const uint64_t from = (uint64_t)first_piece(&r->op) * (r->counts ? COUNT_BATCHES : SKIP_BATCHES);
  return r->have > 0 && r->values[r->have - 1] == r->current && r->values[0] == r->current &&
         r->run_rows + r->have >= from && (!r->counts || r->countable);
}

/* To the first row of the next value. */
static kgq_status skip_run(runs_op *r, bool *skipped, kgq_error **err) {
  *skipped = true;
  if (r->counts) {
    kg_quads_spec one = r->spec;
    bool exact = false;
    one.id[r->slot] = r->current;
    one.sorted_by = -1;
    KGQ_TRY(kg_quads_count(r->op.run->snap, &one, NULL, &exact, err));
    *skipped = exact;
    if (!exact) {
      r->countable = false;
      return KGQ_OK;
    }
    KGQ_TRY(kg_quads_count(r->op.run->snap, &one, &r->run_rows, &exact, err));
  }
  r->at = r->have = 0;
  r->piece = first_piece(&r->op);
  return kg_quads_seek(r->quads, r->current + 1, err);
}

static kgq_status read_sorted(runs_op *r, bool *skipped, kgq_error **err) {
  *skipped = false;
  KGQ_TRY(read_values(r, err));
  if (r->have > 0 && r->current == KG_ID_NONE) {
    r->current = r->values[0];
  }
  if (long_run(r)) {
    return skip_run(r, skipped, err);
  }
  r->piece = r->piece * 2 < KG_BATCH_ROWS ? r->piece * 2 : KG_BATCH_ROWS;
  return KGQ_OK;
}

static kgq_status next_sorted(runs_op *r, kgq_error **err) {
  const kg_batch *b = &r->op.own;
  while (b->row_count < b->capacity && !r->ended) {
    bool complete = false;
    if (r->at == r->have) {
      KGQ_TRY(read_sorted(r, &complete, err));
    }
    const uint32_t from = r->at;
    while (r->at < r->have && r->values[r->at] == r->current) {
      r->at++;
    }
    r->run_rows += r->at - from;
    complete = complete || r->at < r->have || (r->ended && r->current != KG_ID_NONE);
    if (complete) {
      KGQ_TRY(give(r, r->current, r->run_rows, err));
      r->current = r->at < r->have ? r->values[r->at] : KG_ID_NONE;
      r->run_rows = 0;
    }
  }
  return KGQ_OK;
}

/* ---- by a table --------------------------------------------------------------------------------- */

#define ROWS_AHEAD 16

/* What the array holds into the table. */
static kgq_status move_apart(runs_op *r, kgq_error **err) {
  for (size_t i = 0; i < r->close.size; i++) {
    const kg_id id = r->close.low + i;
    uint32_t row = 0;
    bool added = false;
    if (r->close.counts[i] > 0) {
      KGQ_TRY(kg_row_set_put(&r->table, &id, &row, &added, err));
      kg_rows_at(&r->table.rows, row)[1] = r->close.counts[i];
    }
  }
  kg_id_counts_free(&r->close);
  r->apart = true;
  return KGQ_OK;
}

static kgq_status count_apart(runs_op *r, kgq_error **err) {
  uint32_t hashes[KG_BATCH_ROWS];
  uint32_t row = 0;
  bool added = false;
  kg_row_hashes(&r->values, 1, r->have, hashes);
  for (uint32_t i = 0; i < r->have; i++) {
    if (i + ROWS_AHEAD < r->have) {
      kg_row_set_expect(&r->table, hashes[i + ROWS_AHEAD]);
    }
    KGQ_TRY(kg_row_set_put_hashed(&r->table, &r->values[i], hashes[i], &row, &added, err));
    kg_rows_at(&r->table.rows, row)[1]++;
  }
  return KGQ_OK;
}

static kgq_status count_values(runs_op *r, kgq_error **err) {
  r->run_rows += r->have;
  if (!r->apart && r->run_rows < UINT32_MAX && kg_id_counts_room(&r->close, r->values, r->have, r->places)) {
    kg_id_counts_add(&r->close, r->values, r->have);
    return KGQ_OK;
  }
  if (!r->apart) {
    KGQ_TRY(move_apart(r, err));
  }
  return count_apart(r, err);
}

static kgq_status give_close(runs_op *r, kgq_error **err) {
  const kg_batch *b = &r->op.own;
  for (; r->given < r->close.size && b->row_count < b->capacity; r->given++) {
    if (r->close.counts[r->given] > 0) {
      KGQ_TRY(give(r, r->close.low + r->given, r->close.counts[r->given], err));
    }
  }
  return KGQ_OK;
}

static kgq_status next_of_table(runs_op *r, kgq_error **err) {
  const kg_batch *b = &r->op.own;
  while (!r->ended) {
    KGQ_TRY(read_values(r, err));
    KGQ_TRY(count_values(r, err));
  }
  if (!r->apart) {
    return give_close(r, err);
  }
  for (; r->given < r->table.rows.count && b->row_count < b->capacity; r->given++) {
    const kg_id *row = kg_rows_at(&r->table.rows, (uint32_t)r->given);
    KGQ_TRY(give(r, row[0], row[1], err));
  }
  return KGQ_OK;
}

/* ---- both --------------------------------------------------------------------------------------- */

static kgq_status runs_next(kg_op *op, kgq_error **err) {
  runs_op *r = (runs_op *)op;
  op->own.row_count = 0;
  return r->sorted ? next_sorted(r, err) : next_of_table(r, err);
}

static void runs_close(kg_op *op) {
  runs_op *r = (runs_op *)op;
  kg_quads_close(r->quads);
  r->quads = NULL;
  kg_row_set_free(&r->table);
  kg_id_counts_free(&r->close);
}

static kgq_status runs_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const runs_op *r = (const runs_op *)op;
  KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  KGQ_TRY(kg_var_print(op->run, op->vars[0], out, err));
  KGQ_TRY(kg_buf_add_text(out, " of", err));
  KGQ_TRY(kg_leaf_print(op->run, &r->leaf, out, err));
  return r->quads ? kg_buf_print(out, err, " by %s", kg_perm_name[kg_quads_perm(r->quads)]) : KGQ_OK;
}

static const kg_op_class values_class = {
  .name = "values",
  .reset = runs_reset,
  .next = runs_next,
  .close = runs_close,
  .explain = runs_explain,
};
static const kg_op_class counts_class = {
  .name = "count values",
  .reset = runs_reset,
  .next = runs_next,
  .close = runs_close,
  .explain = runs_explain,
};

/* A row of a table costs about three of a scan; one of a run is only compared. */
static void set_cost(runs_op *r, double rows, double values) {
  const double skipping = values * 40;
  const double reading = r->sorted ? rows : rows * 3;
  const double places = rows * PLACES_A_ROW + PLACES_LEAST;
  const size_t memory = r->op.run->cancel->bytes_max;
  r->places = (size_t)(places < PLACES_MOST ? places : PLACES_MOST);
  if (memory > 0 && r->places > memory / MEMORY_SHARE) {
    r->places = memory / MEMORY_SHARE;
  }
  r->op.estimate = values;
  r->op.cost = 10 + values + (r->sorted && skipping < reading ? skipping : reading);
}

kgq_status kg_make_runs(kg_run *run, const kg_frame *frame, const kg_leaf *leaf, kg_var var, kg_var count,
                        const kg_estimate *e, kg_op **out, kgq_error **err) {
  const kg_var vars[2] = { var, count };
  const bool counts = count != KG_NO_VAR;
  if (leaf->missing) {
    return kg_make_empty(run, frame, vars, counts ? 2 : 1, out, err);
  }
  runs_op *r =
      (runs_op *)kg_op_new(run, frame, counts ? &counts_class : &values_class, sizeof(runs_op), 0, err);
  uint64_t *certain = kg_run_set(run, err);
  if (!r || !certain) {
    return kg_fail_memory(err);
  }
  r->leaf = *leaf;
  r->slot = kg_leaf_slot(leaf, var);
  r->counts = counts;
  kg_leaf_spec(leaf, frame, &r->spec);
  r->sorted = kg_quads_can_sort(&r->spec, r->slot);
  r->spec.sorted_by = r->sorted ? r->slot : -1;
  r->countable = r->sorted;
  kg_row_set_init(&r->table, &r->op.memory, 1, 2);
  r->close.allocator = &r->op.memory;
  r->values = (kg_id *)kg_arena_alloc(run->arena, KG_BATCH_ROWS * sizeof(kg_id));
  if (!r->values) {
    return kg_fail_memory(err);
  }
  double values = e->rows;
  for (uint32_t i = 0; i < e->var_count; i++) {
    values = e->vars[i] == var ? e->distinct[i] : values;
  }
  set_cost(r, e->rows, values);
  kg_set_add(certain, var);
  if (counts) {
    kg_set_add(certain, count);
  }
  r->op.certain = certain;
  r->op.sorted_by = r->sorted ? var : KG_NO_VAR;
  KGQ_TRY(kg_op_columns(&r->op, vars, counts ? 2 : 1, err));
  *out = &r->op;
  return kg_op_own_batch(&r->op, err);
}
