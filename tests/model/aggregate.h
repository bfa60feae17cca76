/* tests/model/aggregate.h: groups and set functions (SPARQL 1.2 sections 18.2.4.1 and 18.5.1). */
#ifndef KG_MODEL_AGGREGATE_H
#define KG_MODEL_AGGREGATE_H

#include "tests/model/model.h"

typedef struct model_groups {
  model_bag *list;
  size_t count;
} model_groups;

/* Group(exprlist, solutions): by the keys of `select`; without keys one group, even of nothing. Solutions
 * have got the variables of GROUP BY (expr AS ?v). */
model_groups model_group_by(model *m, const kg_select *select, const model_graph *graph, const model_bag *in);
/* The solution of a group: its keys that are variables. */
model_row model_key_row(model *m, const kg_select *select, const model_bag *group);
/* Each aggregate in SELECT, HAVING and ORDER BY over one group. */
const model_answer *model_aggregates(model *m, const kg_select *select, const model_graph *graph,
                                     const model_bag *group);

#endif
