/* tests/model/eval.h: the naive reference evaluator: a query's syntax tree over an array of quads, to its
 * answer. */
#ifndef KG_MODEL_EVAL_H
#define KG_MODEL_EVAL_H

#include "tests/model/model.h"

typedef struct model_quad {
  model_value part[3];
  model_value graph; /* NULL: the default graph */
} model_quad;

typedef struct model_result {
  kg_form form;
  bool yes;           /* ASK */
  uint32_t width;     /* SELECT: columns; CONSTRUCT: 3 */
  kgq_str *names;     /* SELECT */
  model_value **rows; /* SELECT: a sequence; CONSTRUCT: a set of triples */
  size_t count;
  bool too_big;      /* given up: nothing to compare */
  bool undetermined; /* the specification leaves the answer open: nothing to compare */
} model_result;

/* `union_default`: the default graph holds the triples of all graphs, each once. FROM and FROM NAMED choose
 * among the graphs of the quads. Everything is made in `arena`. DESCRIBE and updates are undetermined. */
model_result model_query(kg_arena *arena, const kg_ast *ast, const model_quad *quads, size_t count,
                         bool union_default);
/* Does a sequence of rows (cells by column of the SELECT) break the order that ORDER BY asks for? Conditions
 * that need more than the columns are not looked at. */
bool model_breaks_order(kg_arena *arena, const kg_ast *ast, model_value **rows, size_t count);

#endif
