/* tests/model/path.h: property paths (SPARQL 1.2 section 18.4) as multisets of pairs of terms. */
#ifndef KG_MODEL_PATH_H
#define KG_MODEL_PATH_H

#include "tests/model/model.h"

typedef struct model_pair {
  model_value from, to;
} model_pair;

typedef struct model_pairs {
  model_pair *list;
  size_t count, capacity;
} model_pairs;

/* ppeval(X, path, Y): `from` and `to` are terms, or NULL where X or Y is a variable. */
model_pairs model_path(model *m, const model_graph *graph, const kg_path *path, model_value from,
                       model_value to);

#endif
