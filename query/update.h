/* query/update.h: one update request under way, as the files update*.c share it.
 *
 * The whole request is one transaction; each operation sees what earlier ones did through a view of it.
 * Changes are worked out completely before the first is made (SPARQL Update 3.1.3: the WHERE sees the state
 * before the operation).
 */
#ifndef KG_QUERY_UPDATE_H
#define KG_QUERY_UPDATE_H

#include "query/statement.h"
#include "query/template.h"

typedef struct kg_update {
  kgq_stmt *stmt;
  kg_txn *txn;
  const kgq_allocator *allocator; /* counts the budget */
  kg_terms *terms;                /* of the operation's solutions; NULL: none are being turned into quads */
  kg_map own_bnodes;      /* label of a blank node that only the statement knows -> id in the transaction */
  kg_rows remove, insert; /* quads of the operation, width 4 */
  bool only_named_match;  /* an operation found nothing, but would have in named graphs */
} kg_update;

/* update_data.c: INSERT DATA, DELETE DATA, DELETE WHERE, DELETE/INSERT WHERE. */
kgq_status kg_update_data(kg_update *u, const kg_update_op *op, kgq_error **err);
kgq_status kg_update_modify(kg_update *u, const kg_update_op *op, kgq_error **err);
/* Plans the pattern of such an operation on `snap`, for explain; to be ended by kg_execution_end. */
kgq_status kg_update_plan(kgq_stmt *stmt, const kg_update_op *op, kg_snap *snap, kg_execution *out,
                          kgq_error **err);
/* update_graph.c: CLEAR, DROP, CREATE, ADD, MOVE, COPY, LOAD. */
kgq_status kg_update_graphs(kg_update *u, const kg_update_op *op, kgq_error **err);

/* update_quads.c. Makes the changes gathered in `remove`, then those in `insert`, and empties both. */
kgq_status kg_update_apply(kg_update *u, kgq_error **err);
/* Id in the transaction of a graph's name; the default graph for no name. */
kgq_status kg_update_graph_id(kg_update *u, const kgq_str *name, kg_id *out, kgq_error **err);

#endif
