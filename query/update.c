/* query/update.c: an update request: one transaction, its operations in order (SPARQL 1.2 Update, section 3).
 */
#include "query/update.h"

#include <assert.h>

static kgq_status run_operation(kg_update *u, const kg_update_op *op, kgq_error **err) {
  switch (op->kind) {
  case KG_UPDATE_INSERT_DATA:
  case KG_UPDATE_DELETE_DATA: return kg_update_data(u, op, err);
  case KG_UPDATE_DELETE_WHERE:
  case KG_UPDATE_MODIFY: return kg_update_modify(u, op, err);
  case KG_UPDATE_LOAD:
  case KG_UPDATE_CLEAR:
  case KG_UPDATE_DROP:
  case KG_UPDATE_CREATE:
  case KG_UPDATE_ADD:
  case KG_UPDATE_MOVE:
  case KG_UPDATE_COPY: return kg_update_graphs(u, op, err);
  }
  return kg_fail(err, KGQ_UNSUPPORTED, "an update operation of an unknown kind");
}

static kgq_status run_operations(kg_update *u, kgq_error **err) {
  for (const kg_update_op *op = u->stmt->ast->updates; op; op = op->next) {
    KGQ_TRY(kg_cancel_check(&u->stmt->cancel, err));
    KGQ_TRY(run_operation(u, op, err));
    assert(u->remove.count == 0 && u->insert.count == 0);
  }
  return kg_txn_commit(u->txn, &u->stmt->changed, err);
}

kgq_status kg_update_run(kgq_stmt *stmt, kgq_error **err) {
  kgq_conn *conn = stmt->conn;
  kg_update u = { .stmt = stmt, .allocator = &stmt->cancel.budget };
  stmt->changed = (kg_txn_result){ 0 };
  atomic_store(&conn->interrupt, 0);
  kg_cancel_start(&stmt->cancel, conn->limit_time_ms, (size_t)conn->limit_memory_bytes);
  KGQ_TRY(kg_txn_begin(conn->db, 0, &stmt->cancel, &u.txn, err));
  kg_map_init(&u.own_bnodes, u.allocator);
  kg_rows_init(&u.remove, u.allocator, 4);
  kg_rows_init(&u.insert, u.allocator, 4);
  const kgq_status st = run_operations(&u, err);
  kg_rows_free(&u.remove);
  kg_rows_free(&u.insert);
  kg_map_free(&u.own_bnodes);
  kg_txn_end(u.txn);
  if (st == KGQ_OK && stmt->changed.inserted + stmt->changed.deleted == 0) {
    kg_hint_no_change(stmt, u.only_named_match);
  }
  return st;
}
