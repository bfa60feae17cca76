/* query/execution.h: one evaluation of an algebra on a snapshot: dataset, terms, parameters, plan.
 *
 * Between the statement (or an update's WHERE) and the operators: makes the kg_run that operators share and
 * plans into it.
 *
 * Ownership: begin takes nothing over; end frees what begin made and closes all operators. The snapshot, the
 * cancel and the algebra must outlive it.
 */
#ifndef KG_QUERY_EXECUTION_H
#define KG_QUERY_EXECUTION_H

#include "query/op.h"

typedef struct kg_execution {
  kg_run run;
  kg_arena arena;
  kg_frame frame;
  kg_op *root;
} kg_execution;

typedef struct kg_execution_options {
  kgq_conn *conn;
  kg_snap *snap;
  kg_cancel *cancel;
  kg_algebra *algebra;
  const kg_dataset *dataset;
  bool strict;                      /* the default graph is the unnamed one, not the union */
  const kg_term *const *parameters; /* by variable of the tree as parsed; NULL: none is set */
  uint32_t parameter_count;
  kg_plan_options plan;
  bool analyze;
} kg_execution_options;

kgq_status kg_execution_begin(kg_execution *e, const kg_execution_options *options, kgq_error **err);
void kg_execution_end(kg_execution *e); /* also fine on a zeroed one */

#endif
