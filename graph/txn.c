/* graph/txn.c: a transaction's beginning, its log of operations, its end.
 *
 * Inserts and deletes are only written down here, as ids that may be local to the transaction; what they
 * amount to is worked out at a view or at the commit (txn_net.c). Clearing a graph writes down a delete for
 * each of its quads.
 */
#include "graph/txn.h"

#include <assert.h>

#include "graph/dict.h"
#include "graph/names.h"
#include "graph/spill.h"
#include "graph/txn_state.h"

/* ---- begin and end ------------------------------------------------------------------------------ */

static void init_txn(kg_txn *txn, kgq_db *db, uint64_t memory_bytes, kg_cancel *cancel) {
  const kgq_allocator *a = &db->allocator;
  txn->db = db;
  txn->allocator = a;
  txn->cancel = cancel;
  txn->memory_bytes = memory_bytes ? memory_bytes : db->memory_bytes;
  kg_arena_init(&txn->arena, a);
  kg_buf_init(&txn->scratch, a);
  kg_map_init(&txn->terms, a);
  kg_map_init(&txn->triples, a);
  kg_map_init(&txn->stored_triples, a);
  kg_idmap_init(&txn->graphs_touched, a);
}

kgq_status kg_txn_begin(kgq_db *db, uint64_t memory_bytes, kg_cancel *cancel, kg_txn **out, kgq_error **err) {
  if (db->readonly) {
    return kg_fail(err, KGQ_READONLY, "the database was opened for reading only");
  }
  if (pthread_mutex_trylock(&db->writer) != 0) {
    const kgq_status st = kg_fail(err, KGQ_LOCKED, "another transaction of this process is under way");
    kg_hint(err, "end it first: a database has one writer at a time");
    return st;
  }
  kg_txn *txn = kg_alloc_zero(&db->allocator, 1, sizeof *txn);
  if (!txn) {
    pthread_mutex_unlock(&db->writer);
    return kg_fail_memory(err);
  }
  init_txn(txn, db, memory_bytes, cancel);
  const kgq_status st = kg_snap_take(db, &txn->base, err);
  if (st != KGQ_OK) {
    kg_txn_end(txn);
    return st;
  }
  *out = txn;
  return KGQ_OK;
}

static void free_terms(kg_txn *txn) {
  kg_map_free(&txn->terms);
  kg_map_free(&txn->triples);
  kg_map_free(&txn->stored_triples);
  kg_free(txn->allocator, txn->locals, txn->local_capacity * sizeof *txn->locals);
  kg_free(txn->allocator, txn->actual, txn->actual_capacity * sizeof *txn->actual);
}

void kg_txn_end(kg_txn *txn) {
  if (!txn) {
    return;
  }
  kgq_db *db = txn->db;
  const kgq_allocator *a = txn->allocator;
  kg_spilled_free(txn->spilled);
  kg_snap_drop(txn->base);
  kg_snap_drop(txn->unsettled);
  kg_bulk_tidy(db->store, txn->untidy);
  free_terms(txn);
  kg_ops_free(&txn->ops, a);
  kg_net_free(&txn->view_net, a);
  kg_free(a, txn->view_changes, txn->view_capacity * sizeof *txn->view_changes);
  kg_free(a, txn->prefixes, txn->prefix_capacity * sizeof *txn->prefixes);
  kg_idmap_free(&txn->graphs_touched);
  kg_free(a, txn->new_graphs, txn->new_graph_capacity * sizeof *txn->new_graphs);
  kg_buf_free(&txn->scratch);
  kg_arena_free(&txn->arena);
  kg_free(a, txn, sizeof *txn);
  pthread_mutex_unlock(&db->writer);
}

kg_snap *kg_txn_base(kg_txn *txn) {
  return txn->base;
}

/* ---- what does not fit into memory --------------------------------------------------------------- */

void kg_txn_allow_spill(kg_txn *txn) {
  txn->may_spill = !kg_store_in_memory(txn->db->store);
}

uint64_t kg_txn_epoch(const kg_txn *txn) {
  return txn->epoch;
}

kgq_status kg_txn_tell_written(void *txn, uint64_t done, uint64_t total, kgq_error **err) {
  return kg_txn_tell(txn, "writing", done, total, err);
}

void kg_txn_set_progress(kg_txn *txn, kg_txn_progress_fn fn, void *arg) {
  txn->progress = fn;
  txn->progress_arg = arg;
}

/* ---- the log ------------------------------------------------------------------------------------ */

static kgq_status note_graph(kg_txn *txn, kg_id graph, kgq_error **err) {
  uint64_t *seen;
  bool added;
  KGQ_TRY(kg_idmap_put(&txn->graphs_touched, graph, &seen, &added, err));
  if (added && kg_id_is_local(graph)) {
    void *graphs = txn->new_graphs;
    KGQ_TRY(kg_grow(txn->allocator, &graphs, &txn->new_graph_capacity, txn->new_graph_count + 1,
                    sizeof *txn->new_graphs, err));
    txn->new_graphs = graphs;
    txn->new_graphs[txn->new_graph_count++] = graph;
  }
  txn->last_graph = graph;
  return KGQ_OK;
}

static kgq_status log_operation(kg_txn *txn, const kg_id quad[4], kg_id flag, kgq_error **err) {
  assert(!txn->ended && !(quad[KG_G] & KG_OP_DELETE));
  if (quad[KG_G] != txn->last_graph) {
    KGQ_TRY(note_graph(txn, quad[KG_G], err));
  }
  return kg_ops_add(&txn->ops, txn->allocator, quad, flag, err);
}

kgq_status kg_txn_insert(kg_txn *txn, const kg_id quad[4], kgq_error **err) {
  KGQ_TRY(log_operation(txn, quad, 0, err));
  return txn->may_spill || txn->spilled ? kg_spill_if_full(txn, err) : KGQ_OK;
}

size_t kg_txn_mark(const kg_txn *txn) {
  return txn->ops.count;
}

/* Graphs noted since stay noted: that only makes clearing one of them look closer. */
void kg_txn_rewind(kg_txn *txn, size_t mark) {
  assert(mark <= txn->ops.count && !txn->spilled && !txn->may_spill);
  txn->ops.count = mark;
}

kgq_status kg_txn_delete(kg_txn *txn, const kg_id quad[4], kgq_error **err) {
  KGQ_TRY(kg_txn_keep_whole(txn, err));
  return log_operation(txn, quad, KG_OP_DELETE, err);
}

/* ---- clearing a graph ---------------------------------------------------------------------------- */

/* The stored id of a graph, or a local one if the database does not have it. */
static kgq_status stored_graph(kg_txn *txn, kg_id graph, kg_id *out, kgq_error **err) {
  *out = graph;
  if (!kg_id_is_local(graph)) {
    return KGQ_OK;
  }
  kg_arena arena;
  kg_arena_init(&arena, txn->allocator);
  kg_term term;
  kg_id found = KG_ID_NONE;
  kgq_status st = kg_txn_term(txn, graph, &arena, &term, err);
  if (st == KGQ_OK) {
    st = kg_dict_find(txn->base, &term, &found, err);
  }
  *out = found != KG_ID_NONE ? found : graph;
  kg_arena_free(&arena);
  return st;
}

/* Graphs of the log that the base has, under the ids they have there: each looked up once, and only if the
 * transaction clears graphs at all. */
static kgq_status settle_new_graphs(kg_txn *txn, kgq_error **err) {
  while (txn->new_graph_count > 0) {
    kg_id stored;
    uint64_t *seen;
    KGQ_TRY(stored_graph(txn, txn->new_graphs[txn->new_graph_count - 1], &stored, err));
    KGQ_TRY(kg_idmap_put(&txn->graphs_touched, stored, &seen, NULL, err));
    txn->new_graph_count--;
  }
  return KGQ_OK;
}

/* Turns earlier inserts into that graph into deletes: whether the base has the quad or not, it is gone then.
 * The log is read only when it has such inserts: a load that replaces thousands of graphs stays linear.
 */
static kgq_status forget_inserts(kg_txn *txn, kg_id graph, kg_id stored, kgq_error **err) {
  KGQ_TRY(settle_new_graphs(txn, err));
  if (!kg_idmap_find(&txn->graphs_touched, graph) && !kg_idmap_find(&txn->graphs_touched, stored)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_txn_resolve(txn, err));
  for (size_t i = 0; i < txn->ops.count; i++) {
    uint64_t *word = txn->ops.words + i * KG_OP_WORDS + KG_G;
    if (kg_id_mapped(txn->actual, *word & ~KG_OP_DELETE) == stored) {
      *word |= KG_OP_DELETE;
    }
  }
  return KGQ_OK;
}

static kgq_status log_batch(kg_txn *txn, kg_perm perm, kg_id graph, kg_id ids[4][KG_BATCH_ROWS],
                            uint32_t count, kgq_error **err) {
  for (uint32_t i = 0; i < count; i++) {
    const kg_row row = { { ids[0][i], ids[1][i], ids[2][i], ids[3][i] } };
    kg_id quad[4];
    kg_perm_quad(perm, &row, quad);
    if (quad[KG_G] == graph) {
      KGQ_TRY(log_operation(txn, quad, KG_OP_DELETE, err));
    }
  }
  return KGQ_OK;
}

static kgq_status delete_base(kg_txn *txn, kg_id graph, kgq_error **err) {
  const bool named = graph != KG_ID_DEFAULT_GRAPH;
  const kg_scan_spec spec = { .perm = named ? KG_GSPO : KG_SPOG,
                              .prefix_length = named,
                              .prefix = { graph } };
  const size_t bytes = sizeof(kg_id[4][KG_BATCH_ROWS]);
  kg_scan *scan = NULL;
  kgq_status st = KGQ_OK;
  kg_id(*ids)[KG_BATCH_ROWS] = kg_alloc(txn->allocator, bytes);
  if (!ids) {
    return kg_fail_memory(err);
  }
  KGQ_TRY_DONE(kg_scan_open(txn->base, &spec, txn->cancel, &scan, err));
  for (uint32_t count = 1; count > 0;) {
    kg_id *const columns[4] = { ids[0], ids[1], ids[2], ids[3] };
    KGQ_TRY_DONE(kg_scan_next(scan, columns, KG_BATCH_ROWS, &count, err));
    KGQ_TRY_DONE(log_batch(txn, spec.perm, graph, ids, count, err));
  }
done:
  kg_scan_close(scan);
  kg_free(txn->allocator, ids, bytes);
  return st;
}

kgq_status kg_txn_clear_graph(kg_txn *txn, kg_id graph, kgq_error **err) {
  kg_id stored;
  KGQ_TRY(kg_txn_keep_whole(txn, err));
  KGQ_TRY(stored_graph(txn, graph, &stored, err));
  KGQ_TRY(forget_inserts(txn, graph, stored, err));
  return kg_id_is_local(stored) ? KGQ_OK : delete_base(txn, stored, err);
}

/* ---- prefixes ------------------------------------------------------------------------------------ */

static kgq_status prefix_taken(kgq_str name, kgq_str iri, kgq_error **err) {
  const kgq_status st =
      kg_fail(err, KGQ_DATA, "the prefix \"%.*s\" already stands for <%.*s>", KG_ARG(name), KG_ARG(iri));
  kg_hint(err, "use another prefix: names mean the same in the whole database");
  return st;
}

kgq_status kg_txn_prefix(kg_txn *txn, kgq_str name, kgq_str iri, kgq_error **err) {
  for (size_t i = 0; i < txn->prefix_count; i++) {
    if (kg_str_equal(txn->prefixes[i].name, name)) {
      return kg_str_equal(txn->prefixes[i].iri, iri) ? KGQ_OK : prefix_taken(name, txn->prefixes[i].iri, err);
    }
  }
  kgq_str stored;
  bool found;
  KGQ_TRY(kg_prefix_find(txn->base, name, &txn->arena, &stored, &found, err));
  if (found) {
    return kg_str_equal(stored, iri) ? KGQ_OK : prefix_taken(name, stored, err);
  }
  void *prefixes = txn->prefixes;
  KGQ_TRY(kg_grow(txn->allocator, &prefixes, &txn->prefix_capacity, txn->prefix_count + 1,
                  sizeof *txn->prefixes, err));
  txn->prefixes = prefixes;
  kg_prefix_entry entry;
  KGQ_TRY(kg_arena_copy(&txn->arena, name, &entry.name, err));
  KGQ_TRY(kg_arena_copy(&txn->arena, iri, &entry.iri, err));
  txn->prefixes[txn->prefix_count++] = entry;
  return KGQ_OK;
}
