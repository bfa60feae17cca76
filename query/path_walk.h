/* query/path_walk.h: the nodes that a property path reaches from one node: breadth first, each node once.
 *
 * Set semantics, as everything inside a repeated path has (SPARQL 18.5, ALP). Used by op_path.c, which
 * decides where to start and what counts. Readers for the links of the path are kept between walks.
 */
#ifndef KG_QUERY_PATH_WALK_H
#define KG_QUERY_PATH_WALK_H

#include "query/ops.h"

typedef struct kg_walk kg_walk;

/* For `op`, whose memory it takes. */
kgq_status kg_walk_new(kg_op *op, const kg_path *path, kg_walk **out, kgq_error **err);
/* The graph to walk in, before the first start. */
void kg_walk_in(kg_walk *w, const kg_source *source, kg_id graph);
void kg_walk_close(kg_walk *w); /* what it took; NULL is fine */
/* Finds all nodes reached from `start`, along the path or against it; they hold until the next start.
 * `wanted` not NONE: only whether that is among them. */
kgq_status kg_walk_from(kg_walk *w, kg_id start, bool backward, kg_id wanted, kgq_error **err);
uint32_t kg_walk_count(const kg_walk *w);
kg_id kg_walk_at(const kg_walk *w, uint32_t i);
bool kg_walk_has(const kg_walk *w, kg_id id);
/* Subjects and objects of the graph. */
kgq_status kg_walk_nodes(kg_walk *w, kg_row_set *out, kgq_error **err);
/* A set of nodes that has all from which a step is possible; from the others only a path of length zero is.
 */
kgq_status kg_walk_begins(kg_walk *w, bool backward, kg_row_set *out, kgq_error **err);
kgq_status kg_walk_is_node(kg_walk *w, kg_id id, bool *out, kgq_error **err);
/* Can the path be of length zero? */
bool kg_path_can_be_empty(const kg_path *path);
/* Does a constant that is no node of the graph match itself over it? Not over a sequence: the place between
 * its steps is a variable, which ranges over nodes of the graph (18.5). */
bool kg_path_matches_itself(const kg_path *path);

#endif
