/* query/leaf.h: a quad or triple-term pattern ready to be matched: constants as ids, variables with their
 * columns.
 *
 * What scans and index joins share: which columns of a row of quads are which variables, and the constants
 * that go into a reader, from the query or from the frame. Reads nothing.
 */
#ifndef KG_QUERY_LEAF_H
#define KG_QUERY_LEAF_H

#include "query/op.h"

typedef struct kg_slot {
  kg_var var; /* KG_NO_VAR: the constant `id`, or not asked for at all */
  kg_id id;
} kg_slot;

typedef struct kg_leaf {
  const kg_source *source;
  kg_slot slot[4]; /* s p o, graph or triple term */
  /* If not NULL, only rows with range_slot's id in one of these, rising ones, are wanted: a hint, which
   * scans follow. */
  const kg_id_range *ranges;
  uint32_t range_count;
  int range_slot;
  bool missing; /* a constant is not in the database: nothing matches */
} kg_leaf;

kgq_status kg_leaf_make(kg_run *run, const kg_alg *alg, kg_leaf *out, kgq_error **err);
/* Constants and equal columns; sorted_by stays -1. */
void kg_leaf_spec(const kg_leaf *leaf, const kg_frame *frame, kg_quads_spec *out);
/* Its variables, each once; at most 4. */
uint32_t kg_leaf_vars(const kg_leaf *leaf, kg_var vars[4]);
/* First slot with that variable, or -1. */
int kg_leaf_slot(const kg_leaf *leaf, kg_var v);
/* " ?s <p> ?o @ ?g" for plans. */
kgq_status kg_leaf_print(kg_run *run, const kg_leaf *leaf, kg_buf *out, kgq_error **err);
/* A variable or id as plans show it. */
kgq_status kg_var_print(const kg_run *run, kg_var v, kg_buf *out, kgq_error **err);
kgq_status kg_id_print(kg_run *run, kg_id id, kg_buf *out, kgq_error **err);

/* The source and the constant or variable of the graph for a scope. False in *there: it names an unknown
 * graph. */
kgq_status kg_scope_source(kg_run *run, const kg_scope *scope, const kg_source **source, kg_slot *graph,
                           bool *there, kgq_error **err);

#endif
