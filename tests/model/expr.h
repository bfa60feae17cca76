/* tests/model/expr.h: expressions of the syntax tree over one solution (SPARQL 1.2 section 17). */
#ifndef KG_MODEL_EXPR_H
#define KG_MODEL_EXPR_H

#include "tests/model/model.h"

/* NULL: an error, or unbound. */
model_value model_expr(model *m, const kg_expr *e, const model_place *place);
/* Does a condition hold: is its effective boolean value true? */
bool model_holds(model *m, const kg_expr *e, const model_place *place);

#endif
