/* graph/rdf11.h: quads of RDF 1.2 as quads that RDF 1.1 can say: a one-way projection (docs/EXPORT.md).
 *
 *   r rdf:reifies <<( s p o )>>   a statement node: rdf:Statement, rdf:subject, rdf:predicate, rdf:object
 *   "..."^^kgq:quantity           stays, and beside it its node in schema.org's terms
 *   "..."@ar--rtl                 a literal of the i18n namespace
 *   _:b                           a skolem IRI
 *
 * A triple term anywhere else stops it. Quads may come out more than once. Used by export.c, which orders.
 */
#ifndef KG_GRAPH_RDF11_H
#define KG_GRAPH_RDF11_H

#include "graph/term.h"

/* A quad; g of kind NONE: the default graph. Terms live during the call. */
typedef kgq_status (*kg_quad_fn)(void *arg, const kg_term *s, const kg_term *p, const kg_term *o,
                                 const kg_term *g, kgq_error **err);

typedef struct kg_rdf11 {
  kg_quad_fn write;
  void *arg;
  kg_arena arena;
  kgq_str salt; /* in each skolem IRI: tells blank nodes of one dataset from those of others */
} kg_rdf11;

void kg_rdf11_init(kg_rdf11 *projection, const kgq_allocator *a);
void kg_rdf11_free(kg_rdf11 *projection);
kgq_status kg_rdf11_quad(kg_rdf11 *projection, const kg_term *s, const kg_term *p, const kg_term *o,
                         const kg_term *g, kgq_error **err);

#endif
