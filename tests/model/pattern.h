/* tests/model/pattern.h: group graph patterns over a dataset (SPARQL 1.2 sections 18.2.2, 18.3, 18.5, 18.6).
 */
#ifndef KG_MODEL_PATTERN_H
#define KG_MODEL_PATTERN_H

#include "tests/model/model.h"

/* The solutions of a group. `context` is the solution in whose light an EXISTS is evaluated (ContextSolution
 * of 18.2.2.6), or NULL: none. */
model_bag model_group(model *m, const kg_pattern *group, const model_graph *graph, model_row context);

/* Multisets of solutions. */
model_row model_new_row(model *m, model_row from); /* a copy; from NULL: all unbound */
void model_add_row(model *m, model_bag *bag, model_row row);
model_bag model_join(model *m, const model_bag *left, const model_bag *right);
model_bag model_values(model *m, const kg_values *values);
bool model_same_rows(const model *m, model_row a, model_row b);
/* Blank nodes of patterns are no variables: their cells are emptied. */
void model_hide(const model *m, model_row row);

#endif
