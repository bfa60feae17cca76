/* loaders/facts_base.h: what the database knew before this command: keys, predicates, units, classes, labels.
 *
 * Looks only at graphs that stay: those that the command replaces count as gone from the moment they are
 * named. Knows nothing of YAML or of the command's own declarations (facts_world.h). Answers live in the
 * caller's arena.
 */
#ifndef KG_LOADERS_FACTS_BASE_H
#define KG_LOADERS_FACTS_BASE_H

#include "graph/txn.h"
#include "loaders/yaml_errors.h"

typedef struct kg_base kg_base;

kgq_status kg_base_new(const kgq_allocator *a, kg_txn *txn, kg_base **out, kgq_error **err);
void kg_base_free(kg_base *base); /* NULL is fine */

/* What stands in this graph no longer counts. */
kgq_status kg_base_replace(kg_base *base, kgq_str graph, kgq_error **err);
/* Has a graph that an earlier answer rested on been replaced since? KG_ID_NONE: no. */
bool kg_base_is_replaced(const kg_base *base, kg_id graph);

typedef struct kg_base_node {
  bool known, is_predicate;
  kgq_str range;                /* local name, such as "quantity"; empty: none given */
  kgq_str unit;                 /* default unit; empty: none */
  kgq_str graph;                /* the source whose declarations give range or unit; empty: none */
  kg_id witness, range_witness; /* graphs that the answer rests on */
} kg_base_node;
/* Known: a declarations graph speaks of it, or an article names it. */
kgq_status kg_base_find(kg_base *base, kgq_str iri, kg_arena *arena, kg_base_node *out, kgq_error **err);
/* The node with that kgq:key; empty: none. */
kgq_status kg_base_key(kg_base *base, kgq_str key, kg_arena *arena, kgq_str *iri, kgq_error **err);
/* The unit whose name or other spelling it is; empty: none. */
kgq_status kg_base_unit(kg_base *base, kgq_str spelling, kg_arena *arena, kgq_str *name, kgq_error **err);
/* A label of the node in that language that is not `text`; empty: none. */
kgq_status kg_base_other_label(kg_base *base, kgq_str iri, kgq_str lang, kgq_str text, kg_arena *arena,
                               kgq_str *other, kgq_error **err);
kgq_status kg_base_is_class(kg_base *base, kgq_str iri, bool *out, kgq_error **err);
kgq_status kg_base_prefix(kg_base *base, kgq_str name, kg_arena *arena, kgq_str *iri, kgq_error **err);

/* For hints. IRI of a node that has exactly that name, or of the nearest ones, through `fn`. */
typedef void (*kg_base_node_fn)(void *arg, kgq_str iri);
kgq_status kg_base_named(kg_base *base, kgq_str name, kg_arena *arena, kg_base_node_fn fn, void *arg,
                         kgq_error **err);
kgq_status kg_base_near(kg_base *base, kgq_str word, kg_arena *arena, kg_base_node_fn fn, void *arg,
                        kgq_error **err);
/* The same of classes: of nodes that something is an instance of. */
kgq_status kg_base_near_classes(kg_base *base, kgq_str word, kg_arena *arena, kg_base_node_fn fn, void *arg,
                                kgq_error **err);

#endif
