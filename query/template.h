/* query/template.h: triples and quads made from a template and a solution: CONSTRUCT, INSERT, DELETE.
 *
 * Who gives terms their ids is the caller's business, through a table of functions: a statement's own terms,
 * or those of a transaction. A blank node of the template is a new node for each solution. What would be no
 * RDF triple (an unbound part, a literal as subject) is left out (SPARQL 16.2.1).
 */
#ifndef KG_QUERY_TEMPLATE_H
#define KG_QUERY_TEMPLATE_H

#include "core/map.h"
#include "query/algebra.h"
#include "query/batch.h"
#include "query/terms.h"

/* Ids of the target; `arg` is the template's. */
typedef struct kg_template_target {
  kgq_status (*keep)(void *arg, kg_id id, kg_id *out, kgq_error **err); /* a value of the solution */
  kgq_status (*intern)(void *arg, const kg_term *term, kg_id *out, kgq_error **err);
  kgq_status (*new_bnode)(void *arg, kg_id *out, kgq_error **err);
  kgq_status (*term)(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err);
} kg_template_target;

typedef struct kg_template {
  const kg_template_target *target;
  void *arg;
  kg_terms *terms;            /* of ids in solutions */
  const uint32_t *var_column; /* variable -> column; UINT32_MAX: none */
  kg_map bnodes;              /* label in the template -> id, for the solution at hand */
  kg_arena arena;             /* for the solution at hand */
} kg_template;

void kg_template_init(kg_template *t, const kg_template_target *target, void *arg, kg_terms *terms,
                      const uint32_t *var_column, const kgq_allocator *a);
void kg_template_free(kg_template *t);
/* Before each solution. */
void kg_template_next(kg_template *t);
/* Subject, predicate, object and, if the template names one, graph; *valid false: nothing to make from this
 * solution. */
kgq_status kg_template_quad(kg_template *t, const kg_quad_template *quad, const kg_batch *batch, uint32_t row,
                            kg_id out[4], bool *valid, kgq_error **err);
/* Column of each variable for an operator's columns; in `arena`. */
kgq_status kg_template_columns(kg_arena *arena, const kg_var *vars, uint32_t count, uint32_t var_count,
                               uint32_t **out, kgq_error **err);

#endif
