/* graph/quantity_node.h: a kgq:quantity literal as a node of schema.org's terms (docs/EXPORT.md).
 *
 * For tools that do not know the datatype: a schema:QuantitativeValue, or a schema:MonetaryAmount when the
 * unit is a currency of ISO 4217. One literal is one node, whatever says it. Describes only; rdf11.c writes.
 */
#ifndef KG_GRAPH_QUANTITY_NODE_H
#define KG_GRAPH_QUANTITY_NODE_H

#include "graph/term.h"

/* Well-known IRIs for nodes that have no name of their own (RDF 1.1 Concepts, 3.5; RFC 8615). */
#define KG_GENID "https://w3id.org/.well-known/genid/kgq-"

enum { KG_QUANTITY_NODE_PROPERTIES = 16 };

typedef struct kg_node_property {
  kg_term predicate, object;
} kg_node_property;

typedef struct kg_quantity_node {
  kg_term iri;
  kg_node_property properties[KG_QUANTITY_NODE_PROPERTIES];
  size_t count;
} kg_quantity_node;

/* *found false: not a literal of kgq:quantity, or an ill-typed one. Texts are in `arena`, in the literal, or
 * constants. */
kgq_status kg_quantity_node_of(const kg_term *literal, kg_arena *arena, kg_quantity_node *out, bool *found,
                               kgq_error **err);

#endif
