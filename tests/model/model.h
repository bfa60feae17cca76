/* tests/model/model.h: what the parts of the naive evaluator pass to each other: data, solutions, the run.
 *
 * A dataset is plain arrays of triples of terms. A solution is an array of values by variable of the syntax
 * tree, a multiset of solutions an array of such arrays. Files stand on each other in this order: value,
 * function, expr, path, pattern, aggregate, eval; the two calls that go back up (EXISTS from expressions,
 * SELECT from patterns) are function pointers of the run.
 */
#ifndef KG_MODEL_MODEL_H
#define KG_MODEL_MODEL_H

#include "query/ast.h"
#include "tests/model/value.h"

typedef struct model_triple {
  model_value part[3];
} model_triple;

typedef struct model_graph { /* a set of triples */
  const model_triple *triples;
  size_t count;
} model_graph;

typedef struct model_named {
  model_value name;
  model_graph graph;
} model_named;

typedef struct model_dataset {
  model_graph default_graph;
  const model_named *named;
  size_t named_count;
} model_dataset;

typedef model_value *model_row; /* as many cells as the syntax tree has variables */

typedef struct model_bag {
  model_row *rows;
  size_t count, capacity;
} model_bag;

/* What aggregates came to in one group, by their place in the syntax tree. */
typedef struct model_answer {
  const kg_expr *call;
  model_value value;
  const struct model_answer *next;
} model_answer;

typedef struct model {
  kg_arena *arena;
  const kg_ast *ast;
  const model_dataset *dataset;
  uint64_t steps;    /* rows made and triples looked at */
  bool too_big;      /* more than MODEL_STEPS_MAX: the answer is incomplete and must not be used */
  bool undetermined; /* the specification does not say what this query's answer is */
  bool (*exists)(struct model *m, const kg_pattern *group, const model_graph *graph, model_row row);
  model_bag (*select)(struct model *m, const kg_select *select, const model_graph *graph, model_row context);
} model;

/* A few seconds at most: the model multiplies what it meets. */
#define MODEL_STEPS_MAX 2000000

/* Where an expression is evaluated: the solution, the active graph, the group's aggregates. */
typedef struct model_place {
  model_row row;
  const model_graph *graph;
  const model_answer *answers;
} model_place;

static inline bool model_step(model *m) {
  m->steps++;
  m->too_big = m->too_big || m->steps > MODEL_STEPS_MAX;
  return !m->too_big;
}

#endif
