/* graph/txn_commit.c: what a commit decides.
 *
 * Order: resolve terms, plan ids of new ones, net effect, drop unused terms, records, then write: as a record
 * of the log or delta keys (txn_small.c), or as files (bulk.c).
 */
#include <assert.h>

#include "graph/delta.h"
#include "graph/keys.h"
#include "graph/log.h"
#include "graph/renumber.h"
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

/* Whoever rewrites blocks or ids begins with the log settled: then each change is in one place. The state
 * before stays for who still holds it. */
static kgq_status begin_settled(kg_txn *txn, kgq_error **err) {
  if (!txn->base->log) {
    return KGQ_OK;
  }
  assert(!txn->unsettled);
  kg_snap *settled;
  KGQ_TRY(kg_settle_held(txn->db, err));
  KGQ_TRY(kg_snap_take(txn->db, &settled, err));
  txn->unsettled = txn->base;
  txn->base = settled;
  return KGQ_OK;
}

/* How it is written follows from what it changes. */
static kgq_status choose_way(kg_commit *c, kgq_error **err) {
  c->bulk = wants_bulk(c);
  c->logged = !c->bulk && kg_log_has_room(c->txn->base, c->net.rows.count + c->terms.triple_count);
  if (c->bulk) {
    KGQ_TRY(begin_settled(c->txn, err));
  }
  c->number = c->txn->base->commit + 1;
  return c->logged ? KGQ_OK : kg_records_of_log(&c->records, c->txn->base, err);
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
  KGQ_TRY(choose_way(c, err));
  new_counts(c);
  return kg_records_of_commit(&c->records, txn, &c->terms, &c->net, c->logged, err);
}

/* The commit stands; what a fold after it meets is told by the next write. */
static void fold_some(kg_txn *txn, const kg_counts *counts) {
  if (kg_fold_due(counts) && !txn->db->folds_late) {
    kgq_error *ignored = NULL;
    (void)kg_fold_held(txn->db, FOLD_BUDGET_ROWS, NULL, &ignored);
    kgq_error_free(ignored);
  }
}

/* Terms that came one by one take several times the space of terms in order. Where they are many beside
 * those, and the database is small, all are put in order: each time there are a third more, hence at little
 * cost a term. */
static bool many_appended(const kg_counts *counts) {
  return counts->append_terms >= KG_TIDY_TERMS && counts->append_terms > counts->base_terms / KG_TIDY_PART;
}

static bool tidy_due(const kgq_db *db, kg_snap *now) {
  static const char prefix = KG_KEY_APPEND_TERM;
  const kg_counts *counts = &now->counts;
  return many_appended(counts) && counts->append_terms / 2 >= db->tidied_terms &&
         counts->quads <= KG_TIDY_QUADS && counts->triple_terms <= KG_TIDY_QUADS &&
         kg_store_bytes(now->store, kg_str_n(&prefix, 1)) <= KG_TIDY_BYTES;
}

/* Like a fold, whatever comes of it. */
static void tidy_some(kgq_db *db, const kg_counts *counts) {
  kg_snap *now;
  kgq_error *ignored = NULL;
  if (!many_appended(counts) || db->folds_late || kg_snap_take(db, &now, &ignored) != KGQ_OK) {
    kgq_error_free(ignored);
    return;
  }
  const bool due = tidy_due(db, now);
  kg_snap_drop(now);
  if (due && kg_renumber_held(db, NULL, NULL, NULL, &ignored) == KGQ_OK &&
      kg_store_compact(db->store, &ignored) == KGQ_OK && kg_snap_take(db, &now, &ignored) == KGQ_OK) {
    db->tidied_terms = now->counts.append_terms;
    kg_snap_drop(now);
  }
  kgq_error_free(ignored);
}

kgq_status kg_txn_commit(kg_txn *txn, kg_txn_result *result, kgq_error **err) {
  assert(!txn->ended);
  if (!txn->spilled && txn->may_spill && txn->has_long && makes_base_range(txn)) {
    KGQ_TRY(
        kg_spill_begin(txn, err)); /* only that way keeps long terms out of the blocks of the dictionary */
  }
  if (txn->spilled) {
    txn->ended = true;
    KGQ_TRY(begin_settled(txn, err));
    return kg_commit_spilled(txn, result, err);
  }
  kg_commit c = { .txn = txn };
  kg_records_init(&c.records, txn->allocator);
  bool nothing = false;
  kgq_status st = prepare(&c, &nothing, err);
  if (st == KGQ_OK && !nothing) {
    st = c.bulk ? kg_commit_bulk(&c, err) : kg_commit_small(&c, err);
    if (c.bulk) {
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
  if (st == KGQ_OK && !nothing && !c.logged) { /* a record changes no delta keys */
    fold_some(txn, &c.counts);
  }
  if (st == KGQ_OK && !nothing) {
    tidy_some(txn->db, &c.counts);
  }
  return st;
}
