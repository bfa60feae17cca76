/* graph/txn.h: a write transaction: collect changes, work out their net effect, commit once.
 *
 * Terms are interned in memory and get stored ids at commit; the last operation on a quad wins. Small net
 * effects go as delta keys in one batch; large ones as a sorted, streaming merge into new files and one
 * ingest (bulk.c). Names, graph counts, prefixes and all permutations change together. What changes nothing
 * is not written; a transaction that changes nothing makes no commit.
 *
 * Ownership: one transaction at a time a process, in the thread that began it. kg_txn_end frees it in every
 * case.
 */
#ifndef KG_GRAPH_TXN_H
#define KG_GRAPH_TXN_H

#include "graph/scan.h"

typedef struct kg_txn kg_txn;

/* KGQ_LOCKED when another transaction of this process is under way, KGQ_READONLY on a reading handle.
 * memory_bytes 0: that of the database. */
kgq_status kg_txn_begin(kgq_db *db, uint64_t memory_bytes, kg_cancel *cancel, kg_txn **out, kgq_error **err);
/* A term's id within the transaction: inline, stored, or KG_TAG_LOCAL. Blank nodes: the caller has made
 * labels unique (kg_txn_bnode). Equal terms give equal ids within one transaction. */
kgq_status kg_txn_intern(kg_txn *txn, const kg_term *term, kg_id *out, kgq_error **err);
/* A new blank node that no file and no database has: label "b" + number. */
kgq_status kg_txn_new_bnode(kg_txn *txn, kg_id *out, kgq_error **err);
/* The same for blank node number `number` (from 1), which kg_txn_new_bnode_number gave: after the epoch has
 * changed its id is another. */
kgq_status kg_txn_bnode(kg_txn *txn, uint64_t number, kg_id *out, kgq_error **err);
kgq_status kg_txn_new_bnode_number(kg_txn *txn, uint64_t *out, kgq_error **err);
/* Are there blank nodes in the database, or has this transaction made some? While there are none, one file
 * may keep its labels, so that an export loads back as it was; numbers given later stay clear of them. */
kgq_status kg_txn_has_bnodes(kg_txn *txn, bool *out, kgq_error **err);
kgq_status kg_txn_keep_bnode(kg_txn *txn, kgq_str label, kg_id *out, kgq_error **err);
/* The term of an id of this transaction (or a stored one). */
kgq_status kg_txn_term(kg_txn *txn, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err);

/* g may be KG_ID_DEFAULT_GRAPH. Ids are stored, inline or from kg_txn_intern. */
kgq_status kg_txn_insert(kg_txn *txn, const kg_id quad[4], kgq_error **err);
kgq_status kg_txn_delete(kg_txn *txn, const kg_id quad[4], kgq_error **err);
/* Deletes all quads of a graph as it is now (earlier inserts of this transaction too). */
kgq_status kg_txn_clear_graph(kg_txn *txn, kg_id graph, kgq_error **err);
/* KGQ_DATA if the name already stands for another IRI. */
kgq_status kg_txn_prefix(kg_txn *txn, kgq_str name, kgq_str iri, kgq_error **err);

/* Takes back what was inserted since the mark. Only for inserts: between the two nothing was deleted, no view
 * was taken, and nothing can have been spilled. Terms stay known to the transaction; those that no quad uses
 * are not stored. */
size_t kg_txn_mark(const kg_txn *txn);
void kg_txn_rewind(kg_txn *txn, size_t mark);
/* What the transaction takes in memory now, with what its commit will need: an estimate, for who stops at a
 * limit. */
uint64_t kg_txn_bytes(const kg_txn *txn);
uint64_t kg_txn_memory(const kg_txn *txn); /* the most that it may take */

/* The state before the transaction; lives as long as it. */
kg_snap *kg_txn_base(kg_txn *txn);
/* A view of the state with the transaction's changes so far; drop it before the next change. Terms that the
 * database does not have yet show as KG_TAG_LOCAL ids in its rows; kg_dict_find and kg_dict_get on the view,
 * and kg_txn_term, know them (overlay.h). */
kgq_status kg_txn_view(kg_txn *txn, kg_snap **out, kgq_error **err);

/* Lets the transaction write what it collects to temporary files when its memory is full: for loads of any
 * size. Whoever allows it looks at the epoch after each insert: when that has changed, ids from kg_txn_intern
 * of before mean nothing any more (terms are to be interned anew). Does nothing in memory. */
void kg_txn_allow_spill(kg_txn *txn);
/* No more of it: for who keeps ids, deletes, or asks for a view. KGQ_LIMIT when it has happened already. */
kgq_status kg_txn_keep_whole(kg_txn *txn, kgq_error **err);
uint64_t kg_txn_epoch(const kg_txn *txn);
/* Told now and then what a long commit is doing; may say stop. */
typedef kgq_status (*kg_txn_progress_fn)(void *arg, const char *what, uint64_t done, uint64_t total,
                                         kgq_error **err);
void kg_txn_set_progress(kg_txn *txn, kg_txn_progress_fn fn, void *arg);

typedef struct kg_txn_result {
  uint64_t inserted, deleted; /* net quads */
  uint64_t commit;
} kg_txn_result;
kgq_status kg_txn_commit(kg_txn *txn, kg_txn_result *result, kgq_error **err); /* result may be NULL */
void kg_txn_end(kg_txn *txn); /* without a commit before, nothing remains */

/* Folds the delta into the blocks; `budget_rows` bounds the work of one call (0: all). */
kgq_status kg_fold_delta(kgq_db *db, uint64_t budget_rows, kg_cancel *cancel, kgq_error **err);

#endif
