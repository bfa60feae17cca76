/* graph/txn_commit.c: what a commit decides, and the small way of writing it: delta keys in one batch.
 *
 * Order: resolve terms, plan ids of new ones, net effect, drop unused terms, records, then write. Delta keys
 * hold net differences to the blocks: an insert takes a tombstone of the same row away, a delete takes an
 * inserted row away. A fold may have reached one permutation and not yet another, so each permutation's delta
 * is asked for itself.
 */
#include <assert.h>

#include "graph/dict.h"
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
#define FOLD_BUDGET_ROWS 50000

/* ---- small: one batch ------------------------------------------------------------------------------ */

/* One delta key; *change: what becomes of the number of delta keys. */
static kgq_status put_delta(kg_commit *c, kg_store_batch *batch, kg_perm perm, const kg_id quad[4],
                            bool present, bool ask, uint64_t *delta_rows, kgq_error **err) {
  const kg_row row = kg_perm_row(perm, quad);
  char bytes[KG_ROW_KEY_BYTES];
  kg_row_key(KG_KEY_DELTA, perm, &row, bytes);
  const kgq_str key = kg_str_n(bytes, sizeof bytes);
  kg_pin pin = { 0 };
  if (ask) {
    KGQ_TRY(kg_store_get(c->txn->base->store, key, &pin, err));
  }
  const bool known = pin.value.ptr != NULL;
  kg_pin_free(&pin);
  if (known) {
    kg_store_batch_delete(batch, key);
    --*delta_rows;
    return KGQ_OK;
  }
  const char value = present;
  kg_store_batch_put(batch, key, kg_str_n(&value, 1));
  ++*delta_rows;
  return KGQ_OK;
}

static kgq_status put_quads(kg_commit *c, kg_store_batch *batch, kgq_error **err) {
  const bool ask = c->txn->base->counts.delta_rows > 0;
  for (size_t i = 0; i < c->net.rows.count; i++) {
    const uint64_t *word = c->net.rows.words + i * KG_OP_WORDS;
    const kg_id quad[4] = { word[0], word[1], word[2], word[3] & ~KG_OP_DELETE };
    for (int p = KG_SPOG; p <= KG_GSPO; p++) {
      if (p != KG_GSPO || quad[KG_G] != KG_ID_DEFAULT_GRAPH) {
        KGQ_TRY(put_delta(c, batch, (kg_perm)p, quad, !(word[3] & KG_OP_DELETE), ask, &c->counts.delta_rows,
                          err));
      }
    }
  }
  return KGQ_OK;
}

static kgq_status put_terms(kg_commit *c, kg_store_batch *batch, kgq_error **err) {
  const kg_counts *before = &c->txn->base->counts;
  for (size_t i = 0; i < c->terms.local_count; i++) {
    kg_id id;
    KGQ_TRY(kg_dict_append(c->txn->base, batch, kg_new_term_key(c->txn, &c->terms, i),
                           before->append_terms + i, &id, err));
    assert(id == c->terms.map[c->terms.locals[i]]);
  }
  for (size_t i = 0; i < c->terms.triple_count; i++) {
    kg_id quad[4];
    kg_new_triple_row(c->txn, &c->terms, i, quad);
    for (int p = KG_SPOT; p <= KG_TSPO; p++) {
      KGQ_TRY(put_delta(c, batch, (kg_perm)p, quad, true, false, &c->counts.delta_term_rows, err));
    }
  }
  return KGQ_OK;
}

kgq_status kg_commit_small(kg_commit *c, kgq_error **err) {
  kg_store *store = c->txn->db->store;
  kg_store_batch *batch;
  KGQ_TRY(kg_store_batch_new(store, &batch, err));
  kgq_status st;
  KGQ_TRY_DONE(put_quads(c, batch, err));
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
  st = kg_store_commit(store, batch, c->number, err);
done:
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

/* Terms, net effect and records; *nothing: the transaction changes nothing. */
static kgq_status prepare(kg_commit *c, bool *nothing, kgq_error **err) {
  kg_txn *txn = c->txn;
  const kg_counts *before = &txn->base->counts;
  KGQ_TRY(kg_txn_resolve(txn, err));
  const bool base_range = dictionary_empty(before) && before->quads == 0 && txn->ops.count >= FIRST_LOAD_ROWS;
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
  if (kg_fold_due(counts)) {
    kgq_error *ignored = NULL;
    (void)kg_fold_held(txn->db, FOLD_BUDGET_ROWS, NULL, &ignored);
    kgq_error_free(ignored);
  }
}

kgq_status kg_txn_commit(kg_txn *txn, kg_txn_result *result, kgq_error **err) {
  assert(!txn->ended);
  if (txn->spilled) {
    txn->ended = true;
    return kg_commit_spilled(txn, result, err);
  }
  kg_commit c = { .txn = txn, .number = txn->base->commit + 1 };
  kg_records_init(&c.records, txn->allocator);
  bool nothing = false;
  kgq_status st = prepare(&c, &nothing, err);
  if (st == KGQ_OK && !nothing) {
    st = wants_bulk(&c) ? kg_commit_bulk(&c, err) : kg_commit_small(&c, err);
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
