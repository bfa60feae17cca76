/* graph/fold.c: moves the delta into the blocks, slice by slice, each slice one commit.
 *
 * Each permutation's delta stands for itself (txn_commit.c asks each one), and counts.delta_rows is the sum
 * over all of them. A slice holds the writer's place, hence no delete can come while it runs and be undone.
 */
#include <assert.h>

#include "graph/block_cache.h"
#include "graph/bulk_merge.h"
#include "graph/delta.h"
#include "graph/dict_shelf.h"
#include "graph/keys.h"
#include "graph/txn_state.h"

/* Delta keys of one commit; more go in several. */
#define SLICE_ROWS 100000
/* From this many on a slice goes as a file: blocks in a batch pass through the log. */
#define FILE_ROWS 2000
/* A commit folds when the delta has this many rows, and more than this part of the quads: what a fold costs
 * is the blocks that it rewrites, which are all of them from one row in a thousand on. Nor should it be too
 * large to be held in memory (delta.c). */
#define DUE_ROWS     2500
#define DUE_PART     4
#define DUE_ROWS_MAX 400000

static bool is_due(uint64_t rows, uint64_t of) {
  return rows > DUE_ROWS_MAX || (rows > DUE_ROWS && rows > of / DUE_PART);
}

bool kg_fold_due(const kg_counts *counts) {
  const uint64_t keys_a_row = counts->named_quads > 0 ? 4 : 3;
  const uint64_t rows = counts->delta_rows / keys_a_row, term_rows = counts->delta_term_rows / 4;
  return is_due(rows, counts->quads) || is_due(term_rows, counts->triple_terms);
}

static void new_state(const kg_snap *snap, kg_perm perm, uint64_t folded, kg_counts *out) {
  *out = snap->counts;
  uint64_t *rows = perm < KG_QUAD_PERMS ? &out->delta_rows : &out->delta_term_rows;
  *rows -= folded < *rows ? folded : *rows;
}

static void state_values(const kg_snap *snap, const kg_counts *counts, char counts_value[KG_COUNTS_BYTES],
                         char commit[8]) {
  kg_counts_write(counts, counts_value);
  kg_put_be64(commit, snap->commit + 1);
}

/* ---- one slice --------------------------------------------------------------------------------------- */

static kgq_status fold_by_batch(kg_snap *snap, kg_merge_spec *spec, kg_cancel *cancel,
                                kg_merge_result *result, kgq_error **err) {
  kg_store *store = snap->db->store;
  kg_store_batch *batch;
  KGQ_TRY(kg_store_batch_new(store, &batch, err));
  spec->blocks.batch = spec->delta.batch = batch;
  kgq_status st = kg_merge_run(snap, spec, cancel, result, err);
  if (st == KGQ_OK && result->folded > 0) {
    kg_counts counts;
    char value[KG_COUNTS_BYTES], commit[8];
    new_state(snap, spec->perm, result->folded, &counts);
    state_values(snap, &counts, value, commit);
    kg_store_batch_put(batch, KG_STR(KG_COUNTS_KEY), kg_str_n(value, sizeof value));
    st = kg_store_commit(store, batch, snap->commit + 1, err);
  }
  kg_store_batch_free(batch);
  return st;
}

static kgq_status write_state(const kg_snap *snap, const kg_counts *counts, kg_store_file *file,
                              kgq_error **err) {
  char value[KG_COUNTS_BYTES], commit[8];
  state_values(snap, counts, value, commit);
  KGQ_TRY(kg_store_file_put(file, KG_STR(KG_STORE_COMMIT_KEY), kg_str_n(commit, sizeof commit), err));
  KGQ_TRY(kg_store_file_put(file, KG_STR(KG_COUNTS_KEY), kg_str_n(value, sizeof value), err));
  return kg_store_file_finish(file, err);
}

static kgq_status fold_by_files(kg_snap *snap, kg_merge_spec *spec, kg_cancel *cancel,
                                kg_merge_result *result, kgq_error **err) {
  kg_store *store = snap->db->store;
  kg_store_file *files[3] = { NULL, NULL, NULL }; /* state, blocks, delta */
  kg_counts counts;
  kgq_status st = KGQ_OK;
  for (int i = 0; i < 3; i++) {
    KGQ_TRY_DONE(kg_store_file_new(store, i == 1, &files[i], err)); /* only blocks are worth compressing */
  }
  spec->blocks.file = files[1];
  spec->delta.file = files[2];
  KGQ_TRY_DONE(kg_merge_run(snap, spec, cancel, result, err));
  if (result->folded == 0) {
    goto done;
  }
  new_state(snap, spec->perm, result->folded, &counts);
  KGQ_TRY_DONE(write_state(snap, &counts, files[0], err));
  KGQ_TRY_DONE(kg_store_file_finish(files[1], err));
  KGQ_TRY_DONE(kg_store_file_finish(files[2], err));
  st = kg_store_ingest(store, files, 3, snap->commit + 1, err);
done:
  for (int i = 0; i < 3; i++) {
    kg_store_file_free(files[i]);
  }
  return st;
}

/* A place in the delta: row `from` of a permutation. */
typedef struct place {
  kg_perm perm;
  kg_row from;
} place;

/* One commit that folds up to `rows` delta keys behind a place, which it moves on; *done: to the end of the
 * permutation. */
static kgq_status fold_slice(kgq_db *db, place *at, uint64_t rows, kg_cancel *cancel, uint64_t *folded,
                             bool *done, kgq_error **err) {
  kg_snap *snap;
  KGQ_TRY(kg_snap_take(db, &snap, err));
  kgq_status st = KGQ_OK;
  kg_merge_result result = { .delta_exhausted = true };
  const uint64_t waiting = at->perm < KG_QUAD_PERMS ? snap->counts.delta_rows : snap->counts.delta_term_rows;
  if (waiting > 0) {
    kg_merge_spec spec = { .perm = at->perm, .delta_limit = rows, .delta_from = at->from };
    const bool by_files = waiting >= FILE_ROWS && rows >= FILE_ROWS;
    st = by_files ? fold_by_files(snap, &spec, cancel, &result, err)
                  : fold_by_batch(snap, &spec, cancel, &result, err);
  }
  *folded = result.folded;
  *done = result.delta_exhausted;
  if (st == KGQ_OK && result.folded > 0) {
    kg_blocks_folded(snap, at->perm);
    kg_shelf_unchanged(snap);
    kg_delta_folded(db, snap->commit, at->perm, &at->from, result.folded);
    kg_counts counts;
    new_state(snap, at->perm, result.folded, &counts);
    kg_db_committed(snap, snap->commit + 1, &counts, NULL);
    at->from = result.last;
  }
  kg_snap_drop(snap);
  return st;
}

/* From a place on to the end of its permutation, at most `*left` keys, which it lessens. */
static kgq_status fold_on(kgq_db *db, place *at, uint64_t *left, kg_cancel *cancel, bool *done,
                          kgq_error **err) {
  *done = false;
  while (!*done && *left > 0) {
    uint64_t folded;
    KGQ_TRY(fold_slice(db, at, *left < SLICE_ROWS ? *left : SLICE_ROWS, cancel, &folded, done, err));
    assert(folded > 0 || *done);
    *left -= folded < *left ? folded : *left;
  }
  return KGQ_OK;
}

static kgq_status fold_all(kgq_db *db, kg_cancel *cancel, kgq_error **err) {
  uint64_t left = UINT64_MAX;
  for (int i = 0; i < KG_PERM_COUNT; i++) {
    place at = { .perm = (kg_perm)i };
    bool done;
    KGQ_TRY(fold_on(db, &at, &left, cancel, &done, err));
  }
  return KGQ_OK;
}

/* Goes on where the last one ended, round and round: each part of a delta waits equally long, so that blocks
 * are rewritten for as many rows as can be. */
static kgq_status fold_some(kgq_db *db, uint64_t budget_rows, kg_cancel *cancel, kgq_error **err) {
  uint64_t left = budget_rows;
  place at = { .perm = (kg_perm)db->fold_cursor[0] };
  memcpy(&at.from, db->fold_cursor + 1, sizeof at.from);
  for (int i = 0; i <= KG_PERM_COUNT && left > 0; i++) {
    bool done;
    KGQ_TRY(fold_on(db, &at, &left, cancel, &done, err));
    if (done) {
      at = (place){ .perm = (kg_perm)((at.perm + 1) % KG_PERM_COUNT) };
    }
  }
  db->fold_cursor[0] = at.perm;
  memcpy(db->fold_cursor + 1, &at.from, sizeof at.from);
  return KGQ_OK;
}

kgq_status kg_fold_held(kgq_db *db, uint64_t budget_rows, kg_cancel *cancel, kgq_error **err) {
  KGQ_TRY(kg_settle_held(db, err));
  return budget_rows ? fold_some(db, budget_rows, cancel, err) : fold_all(db, cancel, err);
}

kgq_status kg_fold_delta(kgq_db *db, uint64_t budget_rows, kg_cancel *cancel, kgq_error **err) {
  if (db->readonly) {
    return kg_fail(err, KGQ_READONLY, "the database was opened for reading only");
  }
  if (pthread_mutex_trylock(&db->writer) != 0) {
    return kg_fail(err, KGQ_LOCKED, "another transaction of this process is under way");
  }
  const kgq_status st = kg_fold_held(db, budget_rows, cancel, err);
  pthread_mutex_unlock(&db->writer);
  return st;
}
