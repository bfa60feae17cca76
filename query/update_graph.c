/* query/update_graph.c: operations on whole graphs (SPARQL Update 3.1.4 and 3.2).
 *
 * A graph exists as long as it holds quads: CREATE makes nothing, and clearing a graph that is not there
 * succeeds. COPY, MOVE and ADD from a graph that is not there fail unless SILENT, so that a misspelt source
 * does not empty the target.
 */
#include <assert.h>

#include "query/update.h"

static kgq_status graph_of(kg_update *u, const kg_graph_target *target, kg_id *out, kgq_error **err) {
  return kg_update_graph_id(u, target->kind == KG_TARGET_GRAPH ? &target->iri : NULL, out, err);
}

/* ---- CLEAR and DROP ----------------------------------------------------------------------------- */

static kgq_status add_graph(void *arg, kg_id graph, uint64_t quads, kgq_error **err) {
  kg_id *row = NULL;
  (void)quads;
  KGQ_TRY(kg_rows_add((kg_rows *)arg, &row, err));
  row[0] = graph;
  return KGQ_OK;
}

static kgq_status clear_named(kg_update *u, kgq_error **err) {
  kg_rows graphs;
  kg_snap *view = NULL;
  kg_rows_init(&graphs, u->allocator, 1);
  kgq_status st = kg_txn_view(u->txn, &view, err);
  if (st == KGQ_OK) {
    st = kg_graphs(view, add_graph, &graphs, err);
    kg_snap_drop(view);
  }
  for (uint32_t i = 0; st == KGQ_OK && i < graphs.count; i++) {
    const kg_id graph = kg_rows_at(&graphs, i)[0];
    st = graph == KG_ID_DEFAULT_GRAPH ? KGQ_OK : kg_txn_clear_graph(u->txn, graph, err);
  }
  kg_rows_free(&graphs);
  return st;
}

static kgq_status clear(kg_update *u, const kg_graph_target *target, kgq_error **err) {
  if (target->kind == KG_TARGET_NAMED || target->kind == KG_TARGET_ALL) {
    KGQ_TRY(clear_named(u, err));
    return target->kind == KG_TARGET_ALL ? kg_txn_clear_graph(u->txn, KG_ID_DEFAULT_GRAPH, err) : KGQ_OK;
  }
  kg_id graph = KG_ID_NONE;
  KGQ_TRY(graph_of(u, target, &graph, err));
  return kg_txn_clear_graph(u->txn, graph, err);
}

/* ---- CREATE ------------------------------------------------------------------------------------- */

static kgq_status holds_quads(kg_update *u, kg_id graph, bool *out, kgq_error **err) {
  kg_snap *view = NULL;
  uint64_t quads = 0;
  KGQ_TRY(kg_txn_view(u->txn, &view, err));
  const kgq_status st = kg_graph_count(view, graph, &quads, err);
  kg_snap_drop(view);
  *out = quads > 0;
  return st;
}

static kgq_status create(kg_update *u, const kg_update_op *op, kgq_error **err) {
  kg_id graph = KG_ID_NONE;
  bool there = false;
  KGQ_TRY(graph_of(u, &op->to, &graph, err));
  KGQ_TRY(holds_quads(u, graph, &there, err));
  if (!there || op->silent) {
    return KGQ_OK;
  }
  (void)kg_fail(err, KGQ_DATA, "CREATE: the graph <%.*s> is there already", KG_ARG(op->to.iri));
  kg_hint(err, "write CREATE SILENT to go on in that case");
  return KGQ_DATA;
}

/* ---- ADD, COPY, MOVE ---------------------------------------------------------------------------- */

static kgq_status read_graph(kg_update *u, kg_snap *view, kg_id from, kg_id to, kgq_error **err) {
  const kg_source source = { .kind = KG_SOURCE_ONE, .one = from };
  kg_quads_spec spec;
  kg_quads *q = NULL;
  kgq_status st = KGQ_OK;
  uint32_t count = 0;
  const size_t bytes = 4 * (size_t)KG_BATCH_ROWS * sizeof(kg_id);
  kg_id *memory = (kg_id *)kg_alloc(u->allocator, bytes);
  if (!memory) {
    return kg_fail_memory(err);
  }
  kg_id *const columns[4] = { memory, memory + KG_BATCH_ROWS, memory + 2 * KG_BATCH_ROWS, NULL };
  kg_quads_spec_init(&spec, &source);
  KGQ_TRY_DONE(kg_quads_open(view, &spec, &u->stmt->cancel, u->allocator, &q, err));
  do {
    KGQ_TRY_DONE(kg_quads_next(q, columns, KG_BATCH_ROWS, &count, err));
    for (uint32_t r = 0; r < count; r++) {
      kg_id *quad = NULL;
      KGQ_TRY_DONE(kg_rows_add(&u->insert, &quad, err));
      quad[0] = columns[0][r];
      quad[1] = columns[1][r];
      quad[2] = columns[2][r];
      quad[3] = to;
    }
  } while (count > 0);
done:
  kg_quads_close(q);
  kg_free(u->allocator, memory, bytes);
  return st;
}

static kgq_status refuse_missing(const kg_update_op *op, kgq_error **err) {
  if (op->silent) {
    return KGQ_OK;
  }
  (void)kg_fail(err, KGQ_DATA, "there is no graph <%.*s> to take from", KG_ARG(op->from.iri));
  kg_hint(err, "write SILENT to go on in that case");
  return KGQ_DATA;
}

static kgq_status transfer(kg_update *u, const kg_update_op *op, kgq_error **err) {
  kg_id from = KG_ID_NONE, to = KG_ID_NONE;
  kg_snap *view = NULL;
  bool there = true;
  KGQ_TRY(graph_of(u, &op->from, &from, err));
  KGQ_TRY(graph_of(u, &op->to, &to, err));
  if (from != KG_ID_DEFAULT_GRAPH) {
    KGQ_TRY(holds_quads(u, from, &there, err));
  }
  if (!there) {
    return refuse_missing(op, err);
  }
  if (from == to) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_txn_view(u->txn, &view, err));
  const kgq_status st = read_graph(u, view, from, to, err);
  kg_snap_drop(view);
  KGQ_TRY(st);
  if (op->kind != KG_UPDATE_ADD) {
    KGQ_TRY(kg_txn_clear_graph(u->txn, to, err));
  }
  KGQ_TRY(kg_update_apply(u, err));
  return op->kind == KG_UPDATE_MOVE ? kg_txn_clear_graph(u->txn, from, err) : KGQ_OK;
}

/* ---- LOAD --------------------------------------------------------------------------------------- */

/* What SILENT is about: the document. A limit, an interrupt or damage ends the request all the same; a limit
 * with a place is one of the document's own, such as a line too long. */
static bool silenced(kgq_status status, const kgq_error *fault) {
  switch (status) {
  case KGQ_SYNTAX:
  case KGQ_DATA:
  case KGQ_REFUSED:
  case KGQ_NOTFOUND:
  case KGQ_IO: return true;
  case KGQ_LIMIT: return kgq_error_line(fault) > 0;
  default: return false;
  }
}

/* SPARQL 1.2 Update 3.1.4. Who maps folders brings the reader of documents: conn->document. */
static kgq_status load(kg_update *u, const kg_update_op *op, kgq_error **err) {
  kgq_conn *conn = u->stmt->conn;
  const kgq_str *into = op->to.kind == KG_TARGET_GRAPH ? &op->to.iri : NULL;
  const size_t mark = kg_txn_mark(u->txn);
  kgq_error *fault = NULL;
  const kgq_status st = conn->document
                            ? conn->document(conn, u->txn, &u->stmt->cancel, op->source, into, &fault)
                            : kg_conn_refuse_document(op->source, &fault);
  if (st == KGQ_OK) {
    return KGQ_OK;
  }
  kg_txn_rewind(u->txn, mark);
  if (op->silent && silenced(st, fault)) {
    kgq_error_free(fault);
    return KGQ_OK;
  }
  kg_error_append(err, fault);
  return st;
}

kgq_status kg_update_graphs(kg_update *u, const kg_update_op *op, kgq_error **err) {
  switch (op->kind) {
  case KG_UPDATE_CLEAR:
  case KG_UPDATE_DROP: return clear(u, &op->to, err);
  case KG_UPDATE_CREATE: return create(u, op, err);
  case KG_UPDATE_ADD:
  case KG_UPDATE_MOVE:
  case KG_UPDATE_COPY: return transfer(u, op, err);
  case KG_UPDATE_LOAD: return load(u, op, err);
  case KG_UPDATE_INSERT_DATA:
  case KG_UPDATE_DELETE_DATA:
  case KG_UPDATE_DELETE_WHERE:
  case KG_UPDATE_MODIFY: break;
  }
  assert(false);
  return KGQ_OK;
}
