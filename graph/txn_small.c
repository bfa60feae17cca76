/* graph/txn_small.c: the small ways of writing a commit: a record of the log, or delta keys in one batch.
 *
 * A record needs no look at anything that is there. A commit that finds the log full, or has too many rows
 * for it, writes delta keys for its rows and for those of the log together, which is then empty. Delta keys
 * hold net differences to the blocks: an insert takes a tombstone of the same row away, a delete takes an
 * inserted row away. A fold may have reached one permutation and not yet another, so each permutation's delta
 * is asked for itself.
 */
#include <assert.h>
#include <stdlib.h>

#include "graph/block_cache.h"
#include "graph/delta.h"
#include "graph/dict.h"
#include "graph/dict_shelf.h"
#include "graph/keys.h"
#include "graph/log.h"
#include "graph/scan_base.h"
#include "graph/txn_state.h"

/* A batch on its way. */
typedef struct writing {
  kgq_db *db;
  kg_snap *base;
  kg_store_batch *batch;
  kg_counts *counts; /* of the new state */
  kg_delta_run *runs[KG_PERM_COUNT];
} writing;

/* ---- delta keys ---------------------------------------------------------------------------------------- */

/* The rows of one permutation, on their way into the batch and into memory. */
typedef struct delta_rows {
  writing *w;
  kg_perm perm;
  kg_delta_view *view; /* the delta keys there are, if they are in memory */
  bool ask;            /* there may be delta keys of these rows */
  bool ask_inserts;    /* also of those that are inserted: it has rows that are not there */
} delta_rows;

/* Is there a delta key of this row? */
static kgq_status delta_knows(const delta_rows *d, kgq_str key, const kg_change *change, bool *out,
                              kgq_error **err) {
  *out = false;
  if (change->present && !d->ask_inserts) {
    return KGQ_OK;
  }
  if (d->view) {
    *out = kg_delta_has(d->view, &change->row);
  } else if (d->ask) {
    kg_pin pin = { 0 };
    KGQ_TRY(kg_store_get(d->w->base->store, key, &pin, err));
    *out = pin.value.ptr != NULL;
    kg_pin_free(&pin);
  }
  return KGQ_OK;
}

/* One delta key: an insert takes a tombstone of its row away, a delete an inserted row. */
static kgq_status put_change(const delta_rows *d, const kg_change *change, uint64_t *rows, kgq_error **err) {
  char bytes[KG_ROW_KEY_BYTES];
  bool known;
  kg_row_key(KG_KEY_DELTA, d->perm, &change->row, bytes);
  const kgq_str key = kg_str_n(bytes, sizeof bytes);
  KGQ_TRY(delta_knows(d, key, change, &known, err));
  if (known) {
    kg_store_batch_delete(d->w->batch, key);
    --*rows;
    return KGQ_OK;
  }
  const char value = (char)change->present;
  kg_store_batch_put(d->w->batch, key, kg_str_n(&value, 1));
  ++*rows;
  return KGQ_OK;
}

static kgq_status put_perm(writing *w, kg_perm perm, const kg_ops *ops, uint64_t *rows, kgq_error **err) {
  kg_snap *base = w->base;
  const bool any = perm < KG_QUAD_PERMS && base->counts.delta_rows > 0; /* triple terms are always new */
  KGQ_TRY(kg_log_run(w->db, perm, ops->words, ops->count, &w->runs[perm], err));
  delta_rows d = { .w = w, .perm = perm, .ask = any };
  d.view = any ? kg_delta_take(base, perm, ops->count) : NULL;
  d.ask_inserts = d.view ? kg_delta_has_zeros(d.view) : any;
  kgq_status st = KGQ_OK;
  for (size_t i = 0; st == KGQ_OK && i < w->runs[perm]->count; i++) {
    st = put_change(&d, &w->runs[perm]->items[i], rows, err);
  }
  kg_delta_drop(d.view);
  return st;
}

/* ---- rows of the log and of a commit --------------------------------------------------------------- */

static kgq_status add_change(kg_ops *out, const kgq_allocator *a, const kg_change *change, kgq_error **err) {
  return kg_ops_add(out, a, change->row.c, change->present ? 0 : KG_OP_DELETE, err);
}

/* Changes of the log and words of a commit, in the order of s, p, o, g; one row in both is in neither. */
static kgq_status join_rows(const kg_delta_run *logged, const uint64_t *words, size_t count, kg_ops *out,
                            const kgq_allocator *a, kgq_error **err) {
  const size_t logged_count = logged ? logged->count : 0;
  size_t i = 0, k = 0;
  while (i < logged_count || k < count) {
    const uint64_t *word = words + k * KG_OP_WORDS;
    int order = k == count ? -1 : 1;
    if (i < logged_count && k < count) {
      const kg_row row = { { word[0], word[1], word[2], word[3] & ~KG_OP_DELETE } };
      order = kg_row_compare(&logged->items[i].row, &row);
    }
    if (order < 0) {
      KGQ_TRY(add_change(out, a, &logged->items[i], err));
    } else if (order > 0) {
      KGQ_TRY(kg_ops_add(out, a, word, 0, err));
    }
    i += order <= 0;
    k += order >= 0;
  }
  return KGQ_OK;
}

static kgq_status put_rows(writing *w, kg_perm first, const uint64_t *words, size_t count, uint64_t *rows,
                           kgq_error **err) {
  const kgq_allocator *a = &w->db->allocator;
  const kg_log *log = w->base->log;
  kg_delta_view *all = log ? kg_delta_view_merged(a, log->views[first]) : NULL;
  kg_ops ops = { 0 };
  kgq_status st = log && !all ? kg_fail_memory(err) : KGQ_OK;
  if (st == KGQ_OK) {
    st = join_rows(all && all->run_count > 0 ? all->runs[0] : NULL, words, count, &ops, a, err);
  }
  for (unsigned p = first; st == KGQ_OK && ops.count > 0 && p < (unsigned)first + KG_QUAD_PERMS; p++) {
    st = put_perm(w, (kg_perm)p, &ops, rows, err);
  }
  kg_ops_free(&ops, a);
  kg_delta_drop(all);
  return st;
}

static void delete_log(const writing *w) {
  for (uint64_t number = w->base->settled + 1; number <= w->base->commit; number++) {
    char key[KG_STORE_LOG_KEY_BYTES];
    kg_store_log_key(number, key);
    kg_store_batch_delete(w->batch, kg_str_n(key, sizeof key));
  }
}

static kgq_status put_records(writing *w, kg_records *records, kgq_error **err) {
  KGQ_TRY(kg_records_sort(records, err));
  for (size_t i = 0; i < records->count; i++) {
    const kg_record *record = &records->items[i];
    if (record->put) {
      kg_store_batch_put(w->batch, record->key, record->value);
    } else {
      kg_store_batch_delete(w->batch, record->key);
    }
  }
  return KGQ_OK;
}

/* The log and these rows become delta keys. */
static kgq_status write_keys(writing *w, const kg_log_rows *rows, kg_records *records, uint64_t number,
                             kgq_error **err) {
  kg_counts *counts = w->counts;
  kgq_status st;
  KGQ_TRY_DONE(put_rows(w, KG_SPOG, rows->quads, rows->quad_count, &counts->delta_rows, err));
  KGQ_TRY_DONE(put_rows(w, KG_SPOT, rows->terms, rows->term_count, &counts->delta_term_rows, err));
  KGQ_TRY_DONE(kg_records_of_state(records, counts, number, err));
  KGQ_TRY_DONE(put_records(w, records, err));
  delete_log(w);
  KGQ_TRY_DONE(kg_store_commit(w->db->store, w->batch, number, err));
  kg_blocks_unchanged(w->base, counts);
  kg_shelf_unchanged(w->base);
  kg_delta_committed(w->db, &w->base->counts, w->base->settled, number, w->runs);
  kg_db_committed(w->base, number, counts, NULL);
done:
  for (int p = 0; st != KGQ_OK && p < KG_PERM_COUNT; p++) {
    kg_delta_run_drop(&w->db->allocator, w->runs[p]);
  }
  return st;
}

kgq_status kg_settle_held(kgq_db *db, kgq_error **err) {
  kg_snap *base;
  kg_store_batch *batch = NULL;
  kg_records records;
  kgq_status st = KGQ_OK;
  KGQ_TRY(kg_snap_take(db, &base, err));
  kg_counts counts = base->counts;
  kg_records_init(&records, &db->allocator);
  if (base->log) {
    KGQ_TRY_DONE(kg_records_of_log(&records, base, err));
    KGQ_TRY_DONE(kg_store_batch_new(db->store, &batch, err));
    writing w = { .db = db, .base = base, .batch = batch, .counts = &counts };
    st = write_keys(&w, &(kg_log_rows){ 0 }, &records, base->commit + 1, err);
  }
done:
  kg_store_batch_free(batch);
  kg_records_free(&records);
  kg_snap_drop(base);
  return st;
}

/* ---- a commit -------------------------------------------------------------------------------------- */

static kgq_status put_terms(const kg_commit *c, kg_store_batch *batch, kgq_error **err) {
  const kg_counts *before = &c->txn->base->counts;
  for (size_t i = 0; i < c->terms.local_count; i++) {
    kg_id id;
    KGQ_TRY(kg_dict_append(c->txn->base, batch, kg_new_term_key(c->txn, &c->terms, i),
                           before->append_terms + i, &id, err));
    assert(id == c->terms.map[c->terms.locals[i]]);
  }
  return KGQ_OK;
}

static int compare_words(const void *a, const void *b) {
  const uint64_t *x = a, *y = b;
  for (int c = 0; c < KG_OP_WORDS; c++) {
    if (x[c] != y[c]) {
      return x[c] < y[c] ? -1 : 1;
    }
  }
  return 0;
}

/* The rows of new triple terms, in the order of SPOT. */
static kgq_status list_triple_terms(const kg_commit *c, kg_ops *out, kgq_error **err) {
  for (size_t i = 0; i < c->terms.triple_count; i++) {
    kg_id quad[4];
    kg_new_triple_row(c->txn, &c->terms, i, quad);
    KGQ_TRY(kg_ops_add(out, c->txn->allocator, quad, 0, err));
  }
  if (out->count > 1) {
    qsort(out->words, out->count, KG_OP_WORDS * sizeof *out->words, compare_words);
  }
  return KGQ_OK;
}

/* One more record of the log, and beside it what does not follow from rows. */
static kgq_status write_record(kg_commit *c, writing *w, const kg_log_rows *rows, kgq_error **err) {
  kg_buf record;
  kg_log *log = NULL;
  kgq_status st;
  kg_buf_init(&record, c->txn->allocator);
  KGQ_TRY_DONE(kg_log_record(&record, c->number, &c->counts, rows, err));
  KGQ_TRY_DONE(put_records(w, &c->records, err));
  KGQ_TRY_DONE(kg_log_add(w->base, rows, &log, err));
  KGQ_TRY_DONE(kg_store_commit_logged(w->db->store, w->batch, c->number, kg_buf_str(&record), err));
  kg_blocks_unchanged(w->base, &c->counts);
  kg_shelf_unchanged(w->base);
  kg_db_committed(w->base, c->number, &c->counts, log);
  log = NULL;
done:
  kg_log_drop(log);
  kg_buf_free(&record);
  return st;
}

/* What the next commit begins with, so that it need not ask the store. */
static void keep_graph(const kg_commit *c) {
  kgq_db *db = c->txn->db;
  if (c->net.graph_count > 0 && !c->logged) {
    db->counted_graph = c->net.graphs[c->net.graph_count - 1].graph;
    db->counted_quads = c->txn->graph_quads;
    db->counted_commit = c->number;
  }
}

kgq_status kg_commit_small(kg_commit *c, kgq_error **err) {
  const kgq_allocator *a = c->txn->allocator;
  kg_store_batch *batch = NULL;
  kg_ops terms = { 0 };
  kgq_status st;
  KGQ_TRY_DONE(list_triple_terms(c, &terms, err));
  KGQ_TRY_DONE(kg_store_batch_new(c->txn->db->store, &batch, err));
  KGQ_TRY_DONE(put_terms(c, batch, err));
  writing w = { .db = c->txn->db, .base = c->txn->base, .batch = batch, .counts = &c->counts };
  const kg_log_rows rows = { c->net.rows.words, terms.words, c->net.rows.count, terms.count };
  st = c->logged ? write_record(c, &w, &rows, err) : write_keys(&w, &rows, &c->records, c->number, err);
  if (st == KGQ_OK) {
    keep_graph(c);
  }
done:
  kg_store_batch_free(batch);
  kg_ops_free(&terms, a);
  return st;
}
