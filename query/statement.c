/* query/statement.c: the life of a statement: prepare, step, reset, finalize (include/kgq.h, "asking").
 *
 * Parses and translates when prepared, plans at the first step on the newest snapshot, then pulls batches and
 * gives them row by row. Errors of a step leave the statement failed until it is reset; the connection stays
 * usable.
 */
#include "query/statement.h"

#include <assert.h>

#include "core/text.h"

/* ---- prepare ------------------------------------------------------------------------------------ */

static kgq_status check_arguments(kgq_conn *conn, const char *text, kgq_stmt **out, kgq_error **err) {
  if (!conn || !text || !out) {
    return kg_fail(err, KGQ_MISUSE, "kgq_prepare needs a connection, a text and a place for the statement");
  }
  return kg_conn_usable(conn, err);
}

static kgq_status parse(kgq_stmt *stmt, kgq_str text, kgq_error **err) {
  kgq_conn *conn = stmt->conn;
  kg_snap *snap = NULL;
  KGQ_TRY(kg_snap_take(conn->db, &snap, err));
  const kg_parse_options options = {
    .allocator = &conn->db->allocator,
    .name = "query",
    .base = kg_str(conn->base),
    .snap = snap,
    .conn = conn,
    .update_allowed = true,
    .query_allowed = true,
  };
  const kgq_status st = kg_parse(text, conn->language, &options, &stmt->ast, err);
  kg_snap_drop(snap);
  return st;
}

static kgq_status name_columns(kgq_stmt *stmt, kgq_error **err) {
  static const char *const triple[] = { "subject", "predicate", "object" };
  static const char *const ask[] = { "answer" };
  kg_ast *ast = stmt->ast;
  uint32_t count = ast->form == KG_FORM_UPDATE ? 0 : ast->form == KG_FORM_ASK ? 1 : 3;
  if (ast->form == KG_FORM_SELECT) {
    count = 0;
    for (const kg_projection *p = ast->select.projection; p; p = p->next) {
      count++;
    }
  }
  stmt->column_names = (const char **)kg_arena_zero(&ast->arena, ((size_t)count + 1) * sizeof(char *));
  if (!stmt->column_names) {
    return kg_fail_memory(err);
  }
  stmt->column_count = (int)count;
  for (uint32_t i = 0; i < count && ast->form != KG_FORM_SELECT; i++) {
    stmt->column_names[i] = ast->form == KG_FORM_ASK ? ask[i] : triple[i];
  }
  uint32_t n = 0;
  for (const kg_projection *p = ast->select.projection; p && ast->form == KG_FORM_SELECT; p = p->next) {
    kgq_str name;
    KGQ_TRY(kg_arena_copy(&ast->arena, ast->vars[p->var].name, &name, err));
    stmt->column_names[n++] = name.ptr;
  }
  return KGQ_OK;
}

static kgq_status translate(kgq_stmt *stmt, kgq_error **err) {
  kg_ast *ast = stmt->ast;
  stmt->user_var_count = ast->var_count;
  stmt->parameters =
      (const kg_term **)kg_arena_zero(&ast->arena, ((size_t)ast->var_count + 1) * sizeof(kg_term *));
  if (!stmt->parameters) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(name_columns(stmt, err));
  return ast->form == KG_FORM_UPDATE ? KGQ_OK : kg_algebra_query(ast, &stmt->algebra, err);
}

kgq_status kgq_prepare(kgq_conn *conn, const char *text, size_t bytes, kgq_stmt **out, kgq_error **err) {
  KGQ_TRY(check_arguments(conn, text, out, err));
  const kgq_allocator *a = &conn->db->allocator;
  kgq_stmt *stmt = (kgq_stmt *)kg_alloc_zero(a, 1, sizeof(kgq_stmt));
  if (!stmt) {
    return kg_fail_memory(err);
  }
  stmt->conn = kg_conn_hold(conn);
  kg_arena_init(&stmt->bind_arena, a);
  kg_arena_init(&stmt->row_arena, a);
  kg_cancel_init(&stmt->cancel, &conn->spares.allocator, &conn->interrupt);
  kgq_status st = parse(stmt, bytes == KGQ_NUL_TERMINATED ? kg_str(text) : kg_str_n(text, bytes), err);
  if (st == KGQ_OK) {
    st = translate(stmt, err);
  }
  if (st != KGQ_OK) {
    kgq_finalize(stmt);
    return st;
  }
  *out = stmt;
  return KGQ_OK;
}

void kgq_finalize(kgq_stmt *stmt) {
  if (!stmt) {
    return;
  }
  kgq_conn *conn = stmt->conn;
  const kgq_allocator a = conn->db->allocator;
  kg_stmt_stop(stmt);
  kgq_error_free(stmt->column_error);
  kg_arena_free(&stmt->bind_arena);
  kg_arena_free(&stmt->row_arena);
  kg_ast_free(stmt->ast);
  kg_free(&a, stmt, sizeof(kgq_stmt));
  kg_conn_release(conn);
}

int32_t kgq_stmt_form(const kgq_stmt *stmt) {
  static const int32_t forms[] = { KGQ_FORM_SELECT, KGQ_FORM_ASK, KGQ_FORM_CONSTRUCT, KGQ_FORM_DESCRIBE,
                                   KGQ_FORM_UPDATE };
  return stmt ? forms[stmt->ast->form] : 0;
}

void kg_stmt_set_plan(kgq_stmt *stmt, const kg_plan_options *options) {
  stmt->plan = *options;
}

/* ---- running ------------------------------------------------------------------------------------ */

kgq_status kg_stmt_limit(kgq_stmt *stmt, kgq_status status, kgq_error **err) {
  if (status != KGQ_NOMEM || !stmt->cancel.exceeded) {
    return status;
  }
  if (err) {
    kgq_error_free(*err);
    *err = NULL;
  }
  return kg_cancel_memory(&stmt->cancel, err);
}

void kg_stmt_stop(kgq_stmt *stmt) {
  kg_execution_end(&stmt->execution);
  kg_snap_drop(stmt->snap);
  stmt->snap = NULL;
  stmt->source = NULL;
  stmt->batch = NULL;
  stmt->has_row = false;
  kg_arena_reset(&stmt->row_arena);
}

static kgq_status make_source(kgq_stmt *stmt, kgq_error **err) {
  kg_execution *e = &stmt->execution;
  stmt->source = e->root;
  if (stmt->ast->form == KG_FORM_CONSTRUCT) {
    KGQ_TRY(kg_make_construct(&e->run, &e->frame, e->root, stmt->ast->construct, &stmt->source, err));
  } else if (stmt->ast->form == KG_FORM_DESCRIBE) {
    KGQ_TRY(kg_make_describe(&e->run, &e->frame, e->root, stmt->ast, &stmt->source, err));
  }
  return stmt->source == e->root ? KGQ_OK : kg_op_reset(stmt->source, err);
}

/* For the cancel of a query: the rows that its operators have made so far, to the host's progress function.
 */
static kgq_status tell_progress(void *arg, kgq_error **err) {
  const kgq_stmt *stmt = (const kgq_stmt *)arg;
  uint64_t rows = 0;
  for (const kg_op *op = stmt->execution.run.ops; op; op = op->next_of_run) {
    rows += op->rows;
  }
  return kg_conn_progress(stmt->conn, "rows", rows, 0, err);
}

kgq_status kg_stmt_start(kgq_stmt *stmt, kgq_error **err) {
  kgq_conn *conn = stmt->conn;
  assert(stmt->algebra != NULL);
  const kg_execution_options options = {
    .conn = conn,
    .cancel = &stmt->cancel,
    .algebra = stmt->algebra,
    .dataset = &stmt->ast->dataset,
    .strict = conn->default_graph == KGQ_DEFAULT_GRAPH_STRICT,
    .parameters = stmt->parameters,
    .parameter_count = stmt->user_var_count,
    .plan = stmt->plan,
    .analyze = stmt->analyze,
  };
  kg_execution_options o = options;
  atomic_store(&conn->interrupt, 0); /* a wish to stop that came before there was work */
  kg_cancel_start(&stmt->cancel, conn->limit_time_ms, (size_t)conn->limit_memory_bytes);
  stmt->started_ns = kg_clock_ns();
  stmt->cancel.tell = conn->progress ? tell_progress : NULL;
  stmt->cancel.tell_arg = stmt;
  stmt->cancel.tell_ns = stmt->started_ns;
  stmt->rows_given = 0;
  KGQ_TRY(kg_snap_take(conn->db, &stmt->snap, err));
  o.snap = stmt->snap;
  kgq_status st = kg_execution_begin(&stmt->execution, &o, err);
  if (st == KGQ_OK) {
    st = make_source(stmt, err);
  }
  if (st != KGQ_OK) {
    kg_stmt_stop(stmt);
    return st;
  }
  kg_hint_plan(stmt);
  stmt->state = KG_STMT_RUNNING;
  return KGQ_OK;
}

static kgq_status end_rows(kgq_stmt *stmt) {
  stmt->state = KG_STMT_DONE;
  stmt->has_row = false;
  stmt->ended_ns = kg_clock_ns();
  if (stmt->rows_given == 0 && stmt->ast->form != KG_FORM_UPDATE) {
    kg_hint_no_rows(stmt);
  }
  return KGQ_DONE;
}

/* All terms of a batch are read together: stored ones in the order of their ids. */
static kgq_status read_terms(kgq_stmt *stmt, kgq_error **err) {
  kg_terms *terms = stmt->execution.run.terms;
  for (uint32_t c = 0; c < stmt->batch->column_count; c++) {
    KGQ_TRY(kg_terms_prepare(terms, stmt->batch->columns[c], stmt->batch->row_count, err));
  }
  return KGQ_OK;
}

static kgq_status next_row(kgq_stmt *stmt, kgq_error **err) {
  stmt->row++;
  if (stmt->batch && stmt->row < stmt->batch->row_count) {
    return KGQ_ROW;
  }
  kg_terms_breathe(stmt->execution.run.terms);
  KGQ_TRY(kg_op_next(stmt->source, &stmt->batch, err));
  stmt->row = 0;
  if (stmt->batch->row_count == 0) {
    return KGQ_DONE;
  }
  return KGQ_ROW;
}

static kgq_status check_row_limit(kgq_stmt *stmt, kgq_error **err) {
  const uint64_t most = stmt->conn->limit_rows;
  if (most == 0 || stmt->rows_given < most) {
    return KGQ_ROW;
  }
  (void)kg_fail(err, KGQ_LIMIT, "the query has more than the allowed %llu rows", (unsigned long long)most);
  kg_hint(err, "add LIMIT to the query, or raise the limit on rows");
  return KGQ_LIMIT;
}

static kgq_status answer_ask(kgq_stmt *stmt, kgq_error **err) {
  kg_batch *b = NULL;
  if (stmt->rows_given > 0) {
    return KGQ_DONE;
  }
  KGQ_TRY(kg_op_next(stmt->source, &b, err));
  stmt->ask_answer = kg_id_make(KG_TAG_BOOLEAN, b->row_count > 0 ? 1 : 0);
  return KGQ_ROW;
}

/* What kgq_column_text and its like could not tell. */
static kgq_status take_column_error(kgq_stmt *stmt, kgq_error **err) {
  const kgq_status st = kgq_error_status(stmt->column_error);
  kg_error_append(err, stmt->column_error);
  stmt->column_error = NULL;
  return st;
}

/* To the next row; `terms`: its terms will be asked for one by one. */
static kgq_status step(kgq_stmt *stmt, bool terms, kgq_error **err) {
  if (stmt->column_error) {
    return take_column_error(stmt, err);
  }
  if (stmt->ast->form == KG_FORM_UPDATE) {
    KGQ_TRY(kg_update_run(stmt, err));
    return KGQ_DONE;
  }
  if (stmt->state == KG_STMT_READY) {
    KGQ_TRY(kg_stmt_start(stmt, err));
  }
  kg_arena_reset(&stmt->row_arena);
  kgq_status st = stmt->ast->form == KG_FORM_ASK ? answer_ask(stmt, err) : next_row(stmt, err);
  if (st == KGQ_ROW && terms && stmt->batch && stmt->row == 0) {
    KGQ_TRY(read_terms(stmt, err));
  }
  return st == KGQ_ROW ? check_row_limit(stmt, err) : st;
}

static kgq_status step_checked(kgq_stmt *stmt, bool terms, kgq_error **err) {
  KGQ_TRY(kg_conn_usable(stmt->conn, err));
  if (stmt->state == KG_STMT_DONE) {
    return KGQ_DONE;
  }
  if (stmt->state == KG_STMT_FAILED) {
    return kg_fail(err, KGQ_MISUSE, "the statement failed before: call kgq_reset first");
  }
  const kgq_status st = kg_stmt_limit(stmt, step(stmt, terms, err), err);
  if (st == KGQ_ROW) {
    stmt->has_row = true;
    stmt->rows_given++;
    return KGQ_ROW;
  }
  if (st == KGQ_DONE) {
    return end_rows(stmt);
  }
  kg_stmt_stop(stmt);
  stmt->state = KG_STMT_FAILED;
  if (st == KGQ_INTERRUPTED) {
    atomic_store(&stmt->conn->interrupt, 0);
  }
  return st;
}

kgq_status kgq_step(kgq_stmt *stmt, kgq_error **err) {
  if (!stmt) {
    return kg_fail(err, KGQ_MISUSE, "kgq_step needs a statement");
  }
  return step_checked(stmt, true, err);
}

kgq_status kg_stmt_rows(kgq_stmt *stmt, uint32_t *count, kgq_error **err) {
  *count = 0;
  const kgq_status st = step_checked(stmt, false, err);
  if (st != KGQ_ROW) {
    return st;
  }
  const uint64_t most = stmt->conn->limit_rows;
  uint32_t more = stmt->batch->row_count - stmt->row - 1;
  if (most > 0 && stmt->rows_given + more > most) {
    more = (uint32_t)(most - stmt->rows_given);
  }
  *count = more + 1;
  stmt->row += more;
  stmt->rows_given += more;
  return KGQ_ROW;
}

kgq_status kgq_reset(kgq_stmt *stmt) {
  if (!stmt) {
    return KGQ_MISUSE;
  }
  kg_stmt_stop(stmt);
  kgq_error_free(stmt->column_error);
  stmt->column_error = NULL;
  stmt->state = KG_STMT_READY;
  stmt->rows_given = 0;
  return KGQ_OK;
}

uint64_t kgq_row_count(const kgq_stmt *stmt) {
  if (!stmt || stmt->ast->form == KG_FORM_UPDATE) {
    return 0;
  }
  const bool no = stmt->ast->form == KG_FORM_ASK && stmt->ask_answer == kg_id_make(KG_TAG_BOOLEAN, 0);
  return no ? 0 : stmt->rows_given;
}

kgq_status kgq_update_counts(const kgq_stmt *stmt, uint64_t *inserted, uint64_t *deleted) {
  if (!stmt || stmt->ast->form != KG_FORM_UPDATE || stmt->state != KG_STMT_DONE) {
    return KGQ_MISUSE;
  }
  if (inserted) {
    *inserted = stmt->changed.inserted;
  }
  if (deleted) {
    *deleted = stmt->changed.deleted;
  }
  return KGQ_OK;
}
