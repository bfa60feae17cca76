/* query/explain.c: kgq_explain: a statement as SPARQL, its plan with estimates, the plan as it ran, why no
 * rows.
 *
 * One operator a line, children indented below; what is read first stands deepest.
 */
#include "core/text.h"
#include "query/inquiry.h"
#include "query/update.h"

static kgq_status print_numbers(const kg_op *op, bool measured, kg_buf *out, kgq_error **err) {
  KGQ_TRY(kg_buf_print(out, err, "  [about %.0f rows", op->estimate));
  if (op->wanted > 0) {
    KGQ_TRY(kg_buf_print(out, err, ", planned for the first %.0f", op->wanted));
  }
  if (measured) {
    KGQ_TRY(kg_buf_print(out, err, "; %llu rows, %.3f ms", (unsigned long long)op->rows,
                         (double)op->time_ns / 1e6));
    if (op->resets > 1) {
      KGQ_TRY(kg_buf_print(out, err, ", %llu times", (unsigned long long)op->resets));
    }
    if (op->bytes_peak > 0) {
      KGQ_TRY(kg_buf_print(out, err, ", %zu KiB", (op->bytes_peak + 1023) / 1024));
    }
    if (op->spilled_bytes > 0) {
      KGQ_TRY(kg_buf_print(out, err, ", %llu KiB on disk",
                           (unsigned long long)(op->spilled_bytes + 1023) / 1024));
    }
  }
  return kg_buf_add_text(out, "]\n", err);
}

static kgq_status print_op(const kg_op *op, unsigned depth, bool measured, kg_buf *out, kgq_error **err) {
  for (unsigned i = 0; i < depth; i++) {
    KGQ_TRY(kg_buf_add_text(out, "  ", err));
  }
  KGQ_TRY(kg_buf_add_text(out, op->type->name, err));
  if (op->type->explain) {
    KGQ_TRY(op->type->explain(op, out, err));
  }
  KGQ_TRY(print_numbers(op, measured, out, err));
  for (uint32_t i = 0; i < op->child_count; i++) {
    KGQ_TRY(print_op(op->children[i], depth + 1, measured, out, err));
  }
  return KGQ_OK;
}

/* The plan of an operation's pattern, as it would be for the first operation of a request: later ones see
 * what those before have changed. */
static kgq_status explain_pattern(kgq_stmt *stmt, const kg_update_op *op, kg_snap *snap, kg_buf *out,
                                  kgq_error **err) {
  kg_execution e;
  KGQ_TRY(kg_stmt_limit(stmt, kg_update_plan(stmt, op, snap, &e, err), err));
  const kgq_status st = print_op(e.root, 1, false, out, err);
  kg_execution_end(&e);
  return st;
}

static const char *operation_name(kg_update_kind kind) {
  switch (kind) {
  case KG_UPDATE_INSERT_DATA: return "insert data";
  case KG_UPDATE_DELETE_DATA: return "delete data";
  case KG_UPDATE_DELETE_WHERE: return "delete what matches";
  case KG_UPDATE_MODIFY: return "delete and insert for each match of";
  case KG_UPDATE_LOAD: return "load";
  case KG_UPDATE_CLEAR: return "clear";
  case KG_UPDATE_DROP: return "drop";
  case KG_UPDATE_CREATE: return "create";
  case KG_UPDATE_ADD: return "add";
  case KG_UPDATE_MOVE: return "move";
  case KG_UPDATE_COPY: return "copy";
  }
  return "";
}

static kgq_status explain_update(kgq_stmt *stmt, kg_buf *out, kgq_error **err) {
  kg_snap *snap = NULL;
  kgq_status st = KGQ_OK;
  kg_cancel_start(&stmt->cancel, stmt->conn->limit_time_ms, stmt->conn->limit_memory_bytes);
  KGQ_TRY(kg_snap_take(stmt->conn->db, &snap, err));
  for (const kg_update_op *op = stmt->ast->updates; op; op = op->next) {
    KGQ_TRY_DONE(kg_buf_print(out, err, "update: %s\n", operation_name(op->kind)));
    if (op->kind == KG_UPDATE_MODIFY || op->kind == KG_UPDATE_DELETE_WHERE) {
      KGQ_TRY_DONE(explain_pattern(stmt, op, snap, out, err));
    }
  }
done:
  kg_snap_drop(snap);
  return st;
}

static kgq_status explain_plan(kgq_stmt *stmt, kg_buf *out, kgq_error **err) {
  if (!stmt->algebra) {
    return explain_update(stmt, out, err);
  }
  const bool ready = stmt->state == KG_STMT_READY;
  if (ready) {
    KGQ_TRY(kg_stmt_limit(stmt, kg_stmt_start(stmt, err), err));
  }
  const kgq_status st = stmt->source
                            ? print_op(stmt->source, 0, false, out, err)
                            : kg_fail(err, KGQ_MISUSE, "the statement failed before: call kgq_reset first");
  if (ready) {
    (void)kgq_reset(stmt);
  }
  return st;
}

static kgq_status run_all(kgq_stmt *stmt, kgq_error **err) {
  kgq_status st = KGQ_ROW;
  while (st == KGQ_ROW) {
    st = kgq_step(stmt, err);
  }
  return st == KGQ_DONE ? KGQ_OK : st;
}

static kgq_status print_measured(kgq_stmt *stmt, kg_buf *out, kgq_error **err) {
  if (!stmt->algebra) {
    return kg_buf_print(out, err, "update: %llu quads inserted, %llu deleted\n",
                        (unsigned long long)stmt->changed.inserted,
                        (unsigned long long)stmt->changed.deleted);
  }
  KGQ_TRY(print_op(stmt->source, 0, true, out, err));
  if (stmt->execution.run.exists_count > 0) {
    KGQ_TRY(kg_buf_print(out, err, "%llu evaluations of EXISTS\n",
                         (unsigned long long)stmt->execution.run.exists_count));
  }
  return kg_buf_print(out, err, "%llu rows in %.3f ms, %zu KiB held\n", (unsigned long long)stmt->rows_given,
                      (double)(stmt->ended_ns - stmt->started_ns) / 1e6, stmt->cancel.bytes_used / 1024);
}

static kgq_status explain_analyze(kgq_stmt *stmt, kg_buf *out, kgq_error **err) {
  (void)kgq_reset(stmt);
  stmt->analyze = true;
  kgq_status st = run_all(stmt, err);
  if (st == KGQ_OK) {
    st = print_measured(stmt, out, err);
  }
  stmt->analyze = false;
  (void)kgq_reset(stmt);
  return st;
}

/* The text of a short query with ids where it has names; SPARQL has ids already. */
static kgq_status explain_ids(kgq_stmt *stmt, kg_buf *out, kgq_error **err) {
  const kgq_str text = stmt->ast->text;
  for (size_t at = 0; at < text.len;) {
    const kg_name_use *next = NULL; /* the nearest from here on; one name can have been looked up twice */
    for (const kg_name_use *use = stmt->ast->names; use; use = use->next) {
      if (use->offset >= at && use->end <= text.len && (!next || use->offset < next->offset)) {
        next = use;
      }
    }
    const size_t end = next ? next->offset : text.len;
    KGQ_TRY(kg_buf_add(out, text.ptr + at, end - at, err));
    at = end;
    if (next) {
      KGQ_TRY(kg_buf_add_str(out, next->text, err));
      at = next->end;
    }
  }
  return kg_buf_add_byte(out, '\n', err);
}

static kgq_status explain(kgq_stmt *stmt, kgq_str what, kg_buf *out, kgq_error **err) {
  if (kg_str_equal(what, KG_STR("sparql"))) {
    KGQ_TRY(kg_ast_print(stmt->ast, true, out, err));
    return kg_buf_add_byte(out, '\n', err);
  }
  if (kg_str_equal(what, KG_STR("plan"))) {
    return explain_plan(stmt, out, err);
  }
  if (kg_str_equal(what, KG_STR("analyze"))) {
    return explain_analyze(stmt, out, err);
  }
  if (kg_str_equal(what, KG_STR("ids"))) {
    return explain_ids(stmt, out, err);
  }
  if (kg_str_equal(what, KG_STR("reason"))) {
    return kg_explain_reason(stmt, out, err);
  }
  if (kg_str_equal(what, KG_STR("why"))) {
    return kg_explain_why(stmt, out, err);
  }
  return kg_fail(err, KGQ_MISUSE, "\"%.*s\" is none of sparql, ids, plan, analyze, why, reason",
                 KG_ARG(what));
}

kgq_status kgq_explain(kgq_stmt *stmt, const char *what, kgq_write_fn write, void *arg, kgq_error **err) {
  if (!stmt || !what || !write) {
    return kg_fail(err, KGQ_MISUSE, "kgq_explain needs a statement, what to show and a function");
  }
  kg_buf text;
  KGQ_TRY(kg_conn_usable(stmt->conn, err));
  kg_buf_init(&text, &stmt->conn->db->allocator);
  kgq_status st = explain(stmt, kg_str(what), &text, err);
  if (st == KGQ_OK && text.len > 0 && write(arg, text.bytes, text.len) != 0) {
    st = kg_fail(err, KGQ_IO, "the receiver of the plan stopped");
  }
  kg_buf_free(&text);
  return st;
}
