/* query/hints.c: what the host is told when a statement gave nothing, or may give far too much.
 *
 * Notes and warnings go through kg_conn_message; nothing here changes an answer, and failing to make a
 * message is ignored.
 */
#include "query/leaf.h"
#include "query/statement.h"

/* A cross product of this many rows is hardly wanted. */
#define CROSS_ROWS_WARN 1e6
/* A query that took longer is not run again only for a note. */
#define RETRY_NS 200000000u

static void tell(kgq_conn *conn, int32_t severity, kgq_error *message) {
  if (message) {
    kg_conn_message(conn, severity, message);
  }
}

static void tell_unknown(kgq_stmt *stmt, const kg_node *node) {
  kg_buf text;
  kgq_error *message = NULL;
  kg_buf_init(&text, &stmt->conn->db->allocator);
  if (kg_term_print(&node->term, &text, NULL) == KGQ_OK) {
    const kgq_str shown = kg_buf_str(&text);
    const kg_place place = kg_place_in_text("query", stmt->ast->text, node->offset);
    const bool placed = node->offset < stmt->ast->text.len && node->offset > 0;
    if (placed) {
      (void)kg_fail_at(&message, KGQ_NAME, &place, "no rows: the database does not have %.*s", KG_ARG(shown));
    } else {
      (void)kg_fail(&message, KGQ_NAME, "no rows: the database does not have %.*s", KG_ARG(shown));
    }
    kg_hint(&message, "look for a different spelling or prefix");
    tell(stmt->conn, KGQ_NOTE, message);
  }
  kg_buf_free(&text);
}

/* The default graph was the unnamed one, or those of FROM: would all graphs together have had an answer? */
static bool others_match(kgq_stmt *stmt) {
  const kg_execution_options o = {
    .conn = stmt->conn,
    .snap = stmt->snap,
    .cancel = &stmt->cancel,
    .algebra = stmt->algebra,
    .parameters = stmt->parameters,
    .parameter_count = stmt->user_var_count,
    .plan = stmt->plan,
  };
  kg_execution e;
  kg_batch *batch = NULL;
  if (kg_execution_begin(&e, &o, NULL) != KGQ_OK) {
    return false;
  }
  const bool match = kg_op_next(e.root, &batch, NULL) == KGQ_OK && batch->row_count > 0;
  kg_execution_end(&e);
  return match;
}

void kg_hint_no_rows(kgq_stmt *stmt) {
  if (!stmt->conn->message || !stmt->algebra) {
    return;
  }
  if (stmt->execution.run.unknown) {
    tell_unknown(stmt, stmt->execution.run.unknown);
    return;
  }
  const bool limited = stmt->ast->dataset.given || stmt->conn->default_graph == KGQ_DEFAULT_GRAPH_STRICT;
  if (!limited || stmt->ended_ns - stmt->started_ns > RETRY_NS || !others_match(stmt)) {
    return;
  }
  kgq_error *message = NULL;
  (void)kg_fail(&message, KGQ_DATA, "no rows: other graphs than those asked have matches");
  kg_hint(&message, stmt->ast->dataset.given
                        ? "check the graphs behind FROM and FROM NAMED"
                        : "ask with GRAPH ?g { ... }, or with the union as default graph");
  tell(stmt->conn, KGQ_NOTE, message);
}

void kg_hint_plan(kgq_stmt *stmt) {
  const double rows = stmt->execution.run.cross_rows;
  kgq_error *message = NULL;
  if (!stmt->conn->message || rows < CROSS_ROWS_WARN) {
    return;
  }
  (void)kg_fail(&message, KGQ_LIMIT,
                "parts of the query have no variable in common: about %.0f rows are combined", rows);
  kg_hint(&message, "join them by a variable, or ask two queries");
  tell(stmt->conn, KGQ_WARNING, message);
}

void kg_hint_no_change(kgq_stmt *stmt, bool named_graphs_match) {
  kgq_error *message = NULL;
  if (!stmt->conn->message || !named_graphs_match) {
    return;
  }
  (void)kg_fail(&message, KGQ_DATA, "nothing was changed: what the pattern describes is in named graphs");
  kg_hint(&message, "an update works on the unnamed graph unless WITH, USING or GRAPH name another");
  tell(stmt->conn, KGQ_NOTE, message);
}
