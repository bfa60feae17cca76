/* tests/model/generate_internal.h: what the parts of the query generator share. */
#ifndef KG_MODEL_GENERATE_INTERNAL_H
#define KG_MODEL_GENERATE_INTERNAL_H

#include "tests/model/generate.h"

typedef struct model_writer {
  kg_buf *out;
  model_random random;
  uint32_t scope; /* bit a variable: those that the group at hand may have bound */
  uint32_t outer; /* those of groups around it */
  uint32_t keys;  /* of GROUP BY, while aggregates are written */
  uint32_t fresh; /* next new variable */
  int budget;     /* triple patterns that may still be written */
  const model_quad *quads;
  size_t quad_count;
  bool strict;             /* the default graph is one of its own */
  bool named;              /* inside GRAPH */
  model_value graph;       /* inside GRAPH <iri>: the graph; NULL: any */
  model_value witness[32]; /* a value from the data that each variable could have; NULL: not known */
} model_writer;

/* What an expression should come to; it may well be an error instead. HAVING and AGGREGATE: of groups.
 * ORDERED: a value of a type that < orders. */
typedef enum {
  MODEL_ANY,
  MODEL_BOOLEAN,
  MODEL_NUMERIC,
  MODEL_STRING,
  MODEL_ORDERED,
  MODEL_AGGREGATE,
  MODEL_HAVING
} model_sort;

void model_say(model_writer *w, const char *format, ...) KG_PRINTF(2, 3);
void model_say_var(model_writer *w, uint32_t var);
uint32_t model_one_of(model_writer *w, uint32_t set); /* set is not empty */
uint32_t model_some_var(model_writer *w);
/* generate_query.c */
void model_group_text(model_writer *w, unsigned depth);
void model_values_text(model_writer *w);
void model_exists_text(model_writer *w, unsigned depth); /* the group of an EXISTS */
/* generate_expr.c */
void model_expression(model_writer *w, model_sort sort, unsigned depth);

#endif
