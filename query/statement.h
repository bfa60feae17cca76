/* query/statement.h: a prepared statement, as the files that serve it see it.
 *
 * statement.c prepares, steps and resets; statement_bind.c sets parameters, statement_column.c gives values
 * of the current row, explain.c shows plans, construct.c and describe.c turn solutions into triples,
 * update*.c change the database.
 *
 * Ownership: the statement holds a reference to its connection, its tree with the algebra, and, between first
 * step and reset, a snapshot with everything that runs on it. One thread.
 */
#ifndef KG_QUERY_STATEMENT_H
#define KG_QUERY_STATEMENT_H

#include "graph/txn.h"
#include "query/execution.h"
#include "query/parse.h"

/* The WHERE of an update operation, translated once. */
typedef struct kg_where {
  const kg_update_op *op;
  kg_algebra *algebra;
  struct kg_where *next;
} kg_where;

typedef enum { KG_STMT_READY, KG_STMT_RUNNING, KG_STMT_DONE, KG_STMT_FAILED } kg_stmt_state;

struct kgq_stmt {
  kgq_conn *conn;
  kg_ast *ast;
  uint32_t user_var_count; /* variables of the text; those behind were made by the algebra */
  kg_algebra *algebra;     /* NULL: an update */
  kg_where *wheres;        /* of an update */
  kg_plan_options plan;
  kg_stmt_state state;
  const char **column_names;
  int column_count;
  kg_arena bind_arena;
  const kg_term **parameters; /* by variable; NULL: not set */
  /* while running */
  kg_cancel cancel;
  kg_snap *snap;
  kg_execution execution;
  kg_op *source; /* gives the rows of the statement: the plan's root, or what is on top of it */
  kg_batch *batch;
  uint32_t row;
  bool has_row;
  kg_id ask_answer;
  uint64_t rows_given;
  bool analyze;
  uint64_t started_ns, ended_ns;
  kg_arena row_arena;      /* texts of the current row */
  kgq_error *column_error; /* a value of the row could not be had: the next step fails with it */
  /* after an update */
  kg_txn_result changed;
};

/* KGQ_NOMEM because of the budget becomes KGQ_LIMIT with its message. */
kgq_status kg_stmt_limit(kgq_stmt *stmt, kgq_status status, kgq_error **err);
/* Options for tests that compare plans; before the first step. */
void kg_stmt_set_plan(kgq_stmt *stmt, const kg_plan_options *options);
/* statement_bind.c: gives a variable any term, blank nodes and triple terms too. Copied. */
kgq_status kg_stmt_bind(kgq_stmt *stmt, const char *name, const kg_term *term, kgq_error **err);
/* Takes a snapshot and plans; nothing is read yet but estimates. */
kgq_status kg_stmt_start(kgq_stmt *stmt, kgq_error **err);
void kg_stmt_stop(kgq_stmt *stmt);
/* The term in a column of the row, or NULL: unbound, or there is no such column. */
kgq_status kg_stmt_term(kgq_stmt *stmt, int column, const kg_term **out, kg_id *id, kgq_error **err);

/* As kgq_step over all rows that are at hand: KGQ_ROW, and stmt->batch has them, `count` of them, the last
 * one being stmt->row. Their terms are not read. Not for ASK. */
kgq_status kg_stmt_rows(kgq_stmt *stmt, uint32_t *count, kgq_error **err);

/* construct.c, describe.c: an operator of three columns over the plan's root. */
kgq_status kg_make_construct(kg_run *run, const kg_frame *frame, kg_op *child,
                             const kg_quad_template *templates, kg_op **out, kgq_error **err);
kgq_status kg_make_describe(kg_run *run, const kg_frame *frame, kg_op *child, const kg_ast *ast, kg_op **out,
                            kgq_error **err);
/* update.c */
kgq_status kg_update_run(kgq_stmt *stmt, kgq_error **err);
/* hints.c: messages for the host after a query gave no rows, and before one gives too many. */
void kg_hint_no_rows(kgq_stmt *stmt);
void kg_hint_plan(kgq_stmt *stmt);
void kg_hint_no_change(kgq_stmt *stmt, bool named_graphs_match);

#endif
