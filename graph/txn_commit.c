/* graph/txn_commit.c: what a commit decides, and the small way of writing it: delta keys in one batch.
 *
 * Order: resolve terms, plan ids of new ones, net effect, drop unused terms, records, then write. Delta keys
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
#include "graph/scan_base.h"
#include "graph/txn_state.h"

/* From this many quads on, an empty dictionary gets a base range and the rows go straight into blocks. */
#define FIRST_LOAD_ROWS 1000
/* Net rows from which blocks are rewritten instead of adding to the delta ... */
#define BULK_ROWS 50000
/* ... or fewer, when they are more than a twentieth of the quads. */
#define BULK_ROWS_LOW 5000
#define BULK_PART     20
/* Rows folded at the end of a commit: about a tenth of a second. */
#define FOLD_BUDGET_ROWS 100000

/* ---- small: one batch ------------------------------------------------------------------------------ */

/* The rows of one permutation of a small commit, on their way into the batch and into memory. */
typedef struct delta_rows {
  kg_commit *commit;
  kg_store_batch *batch;
  kg_perm perm;
  kg_delta_view *view; /* what there is, if it is in memory */
  bool ask;            /* there may be delta keys of these rows */
  bool ask_inserts;    /* also of those that are inserted: it has rows that are not there */
  kg_delta_run *run;
} delta_rows;

/* Is there a delta key of this row? */
static kgq_status delta_knows(const delta_rows *d, kgq_str key, const kg_change *change, bool *out,
                              kgq_error **err) {
  *out = false;
  if (change->present && !d->ask_inserts) {
    return KGQ_OK;
  }
  if (d->view) {
    *out = kg_delta_state(d->view, &change->row) != KG_DELTA_GONE;
  } else if (d->ask) {
    kg_pin pin = { 0 };
    KGQ_TRY(kg_store_get(d->commit->txn->base->store, key, &pin, err));
    *out = pin.value.ptr != NULL;
    kg_pin_free(&pin);
  }
  return KGQ_OK;
}

/* One delta key: an insert takes a tombstone of its row away, a delete an inserted row. */
static kgq_status put_change(const delta_rows *d, kg_change *change, uint64_t *rows, kgq_error **err) {
  char bytes[KG_ROW_KEY_BYTES];
  bool known;
  kg_row_key(KG_KEY_DELTA, d->perm, &change->row, bytes);
  const kgq_str key = kg_str_n(bytes, sizeof bytes);
  KGQ_TRY(delta_knows(d, key, change, &known, err));
  if (known) {
    kg_store_batch_delete(d->batch, key);
    change->present = KG_DELTA_GONE;
    --*rows;
    return KGQ_OK;
  }
  const char value = (char)change->present;
  kg_store_batch_put(d->batch, key, kg_str_n(&value, 1));
  ++*rows;
  return KGQ_OK;
}

static int compare_changes(const void *a, const void *b) {
  return kg_row_compare(&((const kg_change *)a)->row, &((const kg_change *)b)->row);
}

/* The changes of quads in one permutation, in its order: the store takes sorted keys twice as fast. */
static kgq_status list_changes(kg_commit *c, kg_perm perm, const uint64_t *words, size_t count,
                               kg_delta_run **out, kgq_error **err) {
  kg_delta_run *run = kg_delta_run_new(c->txn->db, count);
  size_t n = 0;
  *out = run;
  if (!run) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < count; i++) {
    const uint64_t *word = words + i * KG_OP_WORDS;
    const bool quads = perm < KG_QUAD_PERMS;
    const kg_id quad[4] = { word[0], word[1], word[2], quads ? word[3] & ~KG_OP_DELETE : word[3] };
    if (perm != KG_GSPO || quad[KG_G] != KG_ID_DEFAULT_GRAPH) {
      run->items[n++] = (kg_change){ kg_perm_row(perm, quad), !quads || !(word[3] & KG_OP_DELETE) };
    }
  }
  kg_delta_run_cut(c->txn->db, out, n);
  if (n > 1 && perm != KG_SPOG) {
    qsort((*out)->items, n, sizeof *(*out)->items, compare_changes);
  }
  return KGQ_OK;
}

static kgq_status put_perm(kg_commit *c, kg_store_batch *batch, kg_perm perm, const uint64_t *words,
                           size_t count, uint64_t *rows, kg_delta_run **run, kgq_error **err) {
  kg_snap *base = c->txn->base;
  const bool any = perm < KG_QUAD_PERMS && base->counts.delta_rows > 0; /* triple terms are always new */
  KGQ_TRY(list_changes(c, perm, words, count, run, err));
  delta_rows d = { .commit = c, .batch = batch, .perm = perm, .ask = any, .run = *run };
  d.view = any ? kg_delta_take(base, perm, count) : NULL;
  d.ask_inserts = d.view ? kg_delta_has_zeros(d.view) : any;
  kgq_status st = KGQ_OK;
  for (size_t i = 0; st == KGQ_OK && i < d.run->count; i++) {
    st = put_change(&d, &d.run->items[i], rows, err);
    d.run->zeros += d.run->items[i].present == 0;
  }
  kg_delta_drop(d.view);
  return st;
}

static kgq_status put_quads(kg_commit *c, kg_store_batch *batch, kg_delta_run **runs, kgq_error **err) {
  for (int p = KG_SPOG; p <= KG_GSPO && c->net.rows.count > 0; p++) {
    KGQ_TRY(put_perm(c, batch, (kg_perm)p, c->net.rows.words, c->net.rows.count, &c->counts.delta_rows,
                     &runs[p], err));
  }
  return KGQ_OK;
}

static kgq_status put_triple_terms(kg_commit *c, kg_store_batch *batch, kg_delta_run **runs,
                                   kgq_error **err) {
  const kgq_allocator *a = c->txn->allocator;
  kg_ops rows = { 0 };
  kgq_status st = KGQ_OK;
  for (size_t i = 0; st == KGQ_OK && i < c->terms.triple_count; i++) {
    kg_id quad[4];
    kg_new_triple_row(c->txn, &c->terms, i, quad);
    st = kg_ops_add(&rows, a, quad, 0, err);
  }
  for (int p = KG_SPOT; st == KGQ_OK && rows.count > 0 && p <= KG_TSPO; p++) {
    st = put_perm(c, batch, (kg_perm)p, rows.words, rows.count, &c->counts.delta_term_rows, &runs[p], err);
  }
  kg_ops_free(&rows, a);
  return st;
}

static kgq_status put_terms(kg_commit *c, kg_store_batch *batch, kgq_error **err) {
  const kg_counts *before = &c->txn->base->counts;
  for (size_t i = 0; i < c->terms.local_count; i++) {
    kg_id id;
    KGQ_TRY(kg_dict_append(c->txn->base, batch, kg_new_term_key(c->txn, &c->terms, i),
                           before->append_terms + i, &id, err));
    assert(id == c->terms.map[c->terms.locals[i]]);
  }
  return KGQ_OK;
}

/* What the next commit begins with, so that it need not ask the store. */
static void keep_state(const kg_commit *c) {
  kgq_db *db = c->txn->db;
  kg_db_keep_counts(db, c->number, &c->counts);
  if (c->net.graph_count > 0) {
    db->counted_graph = c->net.graphs[c->net.graph_count - 1].graph;
    db->counted_quads = c->txn->graph_quads;
    db->counted_commit = c->number;
  }
}

kgq_status kg_commit_small(kg_commit *c, kgq_error **err) {
  kg_store *store = c->txn->db->store;
  kg_store_batch *batch;
  kg_delta_run *runs[KG_PERM_COUNT] = { NULL };
  KGQ_TRY(kg_store_batch_new(store, &batch, err));
  kgq_status st;
  KGQ_TRY_DONE(put_quads(c, batch, runs, err));
  KGQ_TRY_DONE(put_triple_terms(c, batch, runs, err));
  KGQ_TRY_DONE(put_terms(c, batch, err));
  KGQ_TRY_DONE(kg_records_of_state(&c->records, &c->counts, c->number, err));
  KGQ_TRY_DONE(kg_records_sort(&c->records, err));
  for (size_t i = 0; i < c->records.count; i++) {
    const kg_record *record = &c->records.items[i];
    if (record->put) {
      kg_store_batch_put(batch, record->key, record->value);
    } else {
      kg_store_batch_delete(batch, record->key);
    }
  }
  KGQ_TRY_DONE(kg_store_commit(store, batch, c->number, err));
  kg_blocks_unchanged(c->txn->base, &c->counts);
  kg_shelf_unchanged(c->txn->base);
  kg_delta_committed(c->txn->db, &c->txn->base->counts, c->number - 1, runs);
  keep_state(c);
done:
  for (int p = 0; st != KGQ_OK && p < KG_PERM_COUNT; p++) {
    kg_delta_run_drop(c->txn->db, runs[p]);
  }
  kg_store_batch_free(batch);
  return st;
}

/* ---- deciding ---------------------------------------------------------------------------------------- */

static bool wants_bulk(const kg_commit *c) {
  const uint64_t rows = c->net.rows.count, quads = c->txn->base->counts.quads;
  return c->terms.base_range || rows >= BULK_ROWS || (rows >= BULK_ROWS_LOW && rows > quads / BULK_PART);
}

static bool dictionary_empty(const kg_counts *counts) {
  return counts->base_terms == 0 && counts->append_terms == 0 && counts->base_loaded == 0;
}

static void new_counts(kg_commit *c) {
  const kg_net *net = &c->net;
  c->counts = c->txn->base->counts;
  c->counts.quads += net->inserted - net->deleted;
  c->counts.triples += (uint64_t)net->triples;
  c->counts.named_quads += (uint64_t)net->named_quads;
  c->counts.triple_terms += c->terms.triple_count;
  if (c->terms.base_range) {
    c->counts.base_terms += c->terms.local_count;
    c->counts.base_loaded = c->terms.local_count > 0;
  } else {
    c->counts.append_terms += c->terms.local_count;
  }
}

static bool makes_base_range(const kg_txn *txn) {
  const kg_counts *before = &txn->base->counts;
  return dictionary_empty(before) && before->quads == 0 && txn->ops.count >= FIRST_LOAD_ROWS;
}

/* Terms, net effect and records; *nothing: the transaction changes nothing. */
static kgq_status prepare(kg_commit *c, bool *nothing, kgq_error **err) {
  kg_txn *txn = c->txn;
  KGQ_TRY(kg_txn_resolve(txn, err));
  const bool base_range = makes_base_range(txn);
  KGQ_TRY(kg_new_terms_plan(txn, base_range, &c->terms, err));
  KGQ_TRY(kg_net_compute(txn, &txn->ops, c->terms.map, &c->net, err));
  *nothing = c->net.rows.count == 0 && txn->prefix_count == 0;
  if (*nothing) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_new_terms_settle(txn, &c->terms, &c->net, err));
  new_counts(c);
  return kg_records_of_commit(&c->records, txn, &c->terms, &c->net, err);
}

/* The commit stands; what a fold after it meets is told by the next write. */
static void fold_some(kg_txn *txn, const kg_counts *counts) {
  if (kg_fold_due(counts) && !txn->db->folds_late) {
    kgq_error *ignored = NULL;
    (void)kg_fold_held(txn->db, FOLD_BUDGET_ROWS, NULL, &ignored);
    kgq_error_free(ignored);
  }
}

kgq_status kg_txn_commit(kg_txn *txn, kg_txn_result *result, kgq_error **err) {
  assert(!txn->ended);
  if (!txn->spilled && txn->may_spill && txn->has_long && makes_base_range(txn)) {
    KGQ_TRY(
        kg_spill_begin(txn, err)); /* only that way keeps long terms out of the blocks of the dictionary */
  }
  if (txn->spilled) {
    txn->ended = true;
    return kg_commit_spilled(txn, result, err);
  }
  kg_commit c = { .txn = txn, .number = txn->base->commit + 1 };
  kg_records_init(&c.records, txn->allocator);
  bool nothing = false;
  kgq_status st = prepare(&c, &nothing, err);
  if (st == KGQ_OK && !nothing) {
    const bool bulk = wants_bulk(&c);
    st = bulk ? kg_commit_bulk(&c, err) : kg_commit_small(&c, err);
    if (bulk) {
      kg_delta_forget(txn->db);
    }
  }
  txn->ended = true;
  if (st == KGQ_OK && result) {
    *result = (kg_txn_result){ c.net.inserted, c.net.deleted, nothing ? txn->base->commit : c.number };
  }
  kg_records_free(&c.records);
  kg_new_terms_free(&c.terms, txn->allocator);
  kg_net_free(&c.net, txn->allocator);
  if (st == KGQ_OK && !nothing) {
    fold_some(txn, &c.counts);
  }
  return st;
}
