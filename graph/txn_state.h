/* graph/txn_state.h: what the files of a transaction share: its terms, its log, its net effect. Nobody else
 * includes it.
 *
 *   txn_ops.c     lists of operations, the floor under the others
 *   txn.c         begin, log of operations, end          txn_intern.c   terms of the transaction, and which
 * are stored txn_net.c     log -> net effect against the base      txn_view.c     net effect -> overlay for
 * its own statements txn_terms.c   final ids of new terms                  txn_commit.c   net effect -> one
 * batch, or bulk.c's files txn_records.c the records beside the rows
 *
 * A quad in the log is four words; a delete has KG_OP_DELETE set in the graph's word (no graph id uses that
 * bit).
 */
#ifndef KG_GRAPH_TXN_STATE_H
#define KG_GRAPH_TXN_STATE_H

#include "core/map.h"
#include "graph/overlay.h"
#include "graph/txn.h"

#define KG_OP_DELETE ((kg_id)1 << 63)
#define KG_OP_WORDS  4

/* Next number of a blank node made by kg_txn_new_bnode, 8 bytes big-endian. */
#define KG_META_BNODES                                                                                       \
  "\x01"                                                                                                     \
  "bnodes"

/* A term of the transaction; its number is the payload of its KG_TAG_LOCAL id. */
typedef struct kg_local {
  kgq_str key; /* term key, or for a triple term its three ids, 8 bytes each in memory order */
  bool triple;
} kg_local;

typedef struct kg_ops { /* quads with flags; capacity in quads */
  uint64_t *words;
  size_t count, capacity;
} kg_ops;

typedef struct kg_prefix_entry {
  kgq_str name, iri;
} kg_prefix_entry;

/* The difference that a log makes, sorted by s, p, o, g. */
typedef struct kg_net {
  kg_ops rows;
  uint64_t inserted, deleted;
  int64_t triples, named_quads; /* changes of these counts */
  kg_graph_change *graphs;      /* of named graphs, sorted by id */
  size_t graph_count, graph_capacity;
} kg_net;

struct kg_txn {
  kgq_db *db;
  const kgq_allocator *allocator;
  kg_cancel *cancel;
  kg_snap *base;
  kg_snap *unsettled; /* what `base` was before the commit settled the log; NULL: that is not so */
  uint64_t memory_bytes;
  kg_arena arena;
  kg_buf scratch;
  /* terms */
  kg_map terms, triples,
      stored_triples; /* key -> local number + 1; triples by ids as interned, and by actual ids */
  kg_local *locals;
  size_t local_count, local_capacity;
  kg_id *actual; /* by local number: the stored id, or a LOCAL one (equal triple terms share one) */
  size_t actual_count, actual_capacity;
  uint64_t bnode_next;
  bool bnode_used;
  /* changes */
  kg_ops ops;
  kg_idmap graphs_touched; /* graph ids as they stand in the log */
  uint64_t graph_quads;    /* of the last graph that the commit changes, after it */
  kg_id last_graph;
  kg_id *new_graphs; /* local ones among them that nobody has looked up in the base yet */
  size_t new_graph_count, new_graph_capacity;
  kg_prefix_entry *prefixes;
  size_t prefix_count, prefix_capacity;
  /* view */
  kg_overlay overlay;
  kg_net view_net;
  kg_change *view_changes;
  size_t view_capacity;
  bool ended;      /* committed */
  unsigned untidy; /* what the commit leaves to kg_bulk_tidy */
  /* what does not fit into memory (spill.h) */
  bool may_spill, has_long; /* has_long: a term that a load must append (KG_DICT_LONG_BYTES) */
  struct kg_spilled *spilled;
  uint64_t epoch;
  kg_txn_progress_fn progress;
  void *progress_arg;
};

/* The tell of a kg_written, with the transaction as its argument. */
kgq_status kg_txn_tell_written(void *txn, uint64_t done, uint64_t total, kgq_error **err);
/* Asks whoever wants to know, and who may say stop. */
static inline kgq_status kg_txn_tell(const kg_txn *txn, const char *what, uint64_t done, uint64_t total,
                                     kgq_error **err) {
  return txn->progress ? txn->progress(txn->progress_arg, what, done, total, err) : KGQ_OK;
}

void kg_ops_free(kg_ops *ops, const kgq_allocator *a);
kgq_status kg_ops_add(kg_ops *ops, const kgq_allocator *a, const kg_id quad[4], kg_id flag, kgq_error **err);

/* txn_intern.c: fills actual[] for all terms so far. */
kgq_status kg_txn_resolve(kg_txn *txn, kgq_error **err);
/* The local number of a term that is interned already; false if it is not. */
bool kg_txn_local(kg_txn *txn, const kg_term *term, kg_id *out);
static inline bool kg_id_is_local(kg_id id) {
  return kg_id_tag(id) == KG_TAG_LOCAL;
}
static inline kg_id kg_id_mapped(const kg_id *map, kg_id id) {
  return kg_id_is_local(id) ? map[kg_id_payload(id)] : id;
}
/* A term that the state with these counts does not have. */
bool kg_id_is_new(const kg_counts *counts, kg_id id);

/* txn_net.c: takes the operations over (they become net->rows), with ids mapped through `map`. */
kgq_status kg_net_compute(kg_txn *txn, kg_ops *ops, const kg_id *map, kg_net *net, kgq_error **err);
void kg_net_free(kg_net *net, const kgq_allocator *a);
bool kg_op_same_quad(const uint64_t *a, const uint64_t *b);
/* The same as a stream: operations in the order of s, p, o, g, one a quad; `emit` gets those that change
 * something, in that order. net->rows stays empty; counts and graphs are complete after the end. */
typedef kgq_status (*kg_net_emit)(void *arg, const uint64_t word[KG_OP_WORDS], kgq_error **err);
typedef struct kg_net_walk kg_net_walk;
/* *out is to be freed also after a failure. */
kgq_status kg_net_walk_new(kg_txn *txn, kg_net *net, kg_net_emit emit, void *arg, kg_net_walk **out,
                           kgq_error **err);
kgq_status kg_net_walk_op(kg_net_walk *w, const uint64_t word[KG_OP_WORDS], kgq_error **err);
kgq_status kg_net_walk_end(kg_net_walk *w, kgq_error **err);
void kg_net_walk_free(kg_net_walk *w);

/* txn_terms.c: new terms of a commit. */
typedef struct kg_new_terms {
  bool base_range;   /* they become the base range of the dictionary */
  uint32_t *locals;  /* local numbers of new plain terms, in the order of their ids */
  uint32_t *triples; /* the same of new triple terms, inner before outer */
  size_t local_count, triple_count, capacity;
  kg_id *map; /* by local number: the final id */
  size_t map_count;
} kg_new_terms;
/* Ids as if every new term were used; then, with the net effect known, without those that are not. */
kgq_status kg_new_terms_plan(kg_txn *txn, bool base_range, kg_new_terms *terms, kgq_error **err);
kgq_status kg_new_terms_settle(kg_txn *txn, kg_new_terms *terms, kg_net *net, kgq_error **err);
void kg_new_terms_free(kg_new_terms *terms, const kgq_allocator *a);
/* The key of new plain term number i (in the order of ids). */
static inline kgq_str kg_new_term_key(const kg_txn *txn, const kg_new_terms *terms, size_t i) {
  return txn->locals[terms->locals[i]].key;
}
void kg_new_triple_row(const kg_txn *txn, const kg_new_terms *terms, size_t i, kg_id quad[4]);
kgq_status kg_new_term_get(kg_txn *txn, const kg_new_terms *terms, kg_id id, kg_arena *arena, kg_term *out,
                           kgq_error **err);

/* txn_records.c: everything that is no row and no term: one sorted list of puts and deletes. */
typedef struct kg_record {
  kgq_str key, value;
  bool put;
  uint32_t order; /* a later one of the same key stands */
} kg_record;
typedef struct kg_records {
  kg_arena arena;
  const kgq_allocator *allocator;
  kg_record *items;
  size_t count, capacity;
} kg_records;
void kg_records_init(kg_records *r, const kgq_allocator *a);
void kg_records_free(kg_records *r);
kgq_status kg_records_add(kg_records *r, kgq_str key, kgq_str value, bool put, kgq_error **err);
kgq_status kg_records_sort(kg_records *r, kgq_error **err); /* by key, one record a key */
/* Graph counts, prefixes, blank node numbers; kg_records_of_commit: and names. `logged`: graph counts follow
 * from the rows. kg_records_of_log: counts of the graphs in which the log of a state changes anything. */
kgq_status kg_records_of_net(kg_records *r, kg_txn *txn, const kg_net *net, bool logged, kgq_error **err);
kgq_status kg_records_of_commit(kg_records *r, kg_txn *txn, const kg_new_terms *terms, const kg_net *net,
                                bool logged, kgq_error **err);
kgq_status kg_records_of_log(kg_records *r, kg_snap *base, kgq_error **err);
/* Counts and commit number, added last. */
kgq_status kg_records_of_state(kg_records *r, const kg_counts *counts, uint64_t commit, kgq_error **err);

/* A whole commit, handed to one of the two ways of writing it. Both set counts->delta_rows and
 * delta_term_rows. */
typedef struct kg_commit {
  kg_txn *txn;
  kg_net net;
  kg_new_terms terms;
  kg_records records;
  kg_counts counts; /* of the new state */
  uint64_t number;
  bool bulk, logged; /* as files; as a record of the log; neither: as delta keys */
} kg_commit;
kgq_status kg_commit_small(kg_commit *c, kgq_error **err); /* txn_small.c */
/* The log becomes delta keys, by a commit of its own if there is one. With the writer's place held. */
kgq_status kg_settle_held(kgq_db *db, kgq_error **err);
kgq_status kg_commit_bulk(kg_commit *c, kgq_error **err); /* bulk.c */

/* spill_commit.c: of a transaction that has spilled. */
kgq_status kg_commit_spilled(kg_txn *txn, kg_txn_result *result, kgq_error **err);
/* spill_collect.c: what the transaction holds goes this way even if memory is not full: by the insert that
 * finds it full, or by the commit. */
kgq_status kg_spill_begin(kg_txn *txn, kgq_error **err);

/* fold.c: with the writer's place held. */
kgq_status kg_fold_held(kgq_db *db, uint64_t budget_rows, kg_cancel *cancel, kgq_error **err);
/* Is the delta so large that a commit should fold some of it? */
bool kg_fold_due(const kg_counts *counts);

#endif
