/* query/inquiry.h: asking again about a statement: what is behind a row, why there is none.
 *
 * Both make SPARQL text out of pieces of the statement's tree and run it on the same connection, quietly.
 * behind.c and why.c use it. Ownership: statements made here are the caller's to finalize.
 */
#ifndef KG_QUERY_INQUIRY_H
#define KG_QUERY_INQUIRY_H

#include "query/statement.h"

/* What a connection had before it was made quiet: no messages, no limit on rows, SPARQL. */
typedef struct kg_quiet {
  kgq_message_fn message;
  uint64_t limit_rows;
  int32_t language;
} kg_quiet;

kg_quiet kg_quiet_begin(kgq_conn *conn);
void kg_quiet_end(kgq_conn *conn, const kg_quiet *before);

/* Adds PREFIX lines, `head` and `WHERE { ... }` of the group to out. */
kgq_status kg_inquiry_text(const kg_ast *ast, const kg_pattern *group, const char *head, kg_buf *out,
                           kgq_error **err);
/* Adds a member of a group as a person would write it. */
kgq_status kg_inquiry_show(const kg_ast *ast, kg_pattern *member, kg_buf *out, kgq_error **err);
/* How many rows a text has, counting up to `most`. */
kgq_status kg_inquiry_count(kgq_conn *conn, kgq_str text, uint64_t most, uint64_t *count, kgq_error **err);
/* Below a sub-select at the top the statement finds its rows: the group there. */
const kg_pattern *kg_inquiry_where(const kg_ast *ast);

/* why.c: why a query has no rows, for kgq_explain. */
kgq_status kg_explain_why(kgq_stmt *stmt, kg_buf *out, kgq_error **err);
/* The same in one sentence, for a statement that has just had no rows; nothing if it takes too long. */
kgq_status kg_explain_reason(kgq_stmt *stmt, kg_buf *out, kgq_error **err);

#endif
