/* query/adjacency.h: one link of a property path in memory: the neighbours of each node, side by side.
 *
 * A look-up in the store costs as much as reading some hundred rows in order, so a walk that has followed a
 * link often reads the whole link once (path_walk.c decides when). Does not know directions or paths.
 */
#ifndef KG_QUERY_ADJACENCY_H
#define KG_QUERY_ADJACENCY_H

#include "core/map.h"
#include "query/quads.h"

#define KG_ADJACENCY_ROWS_MAX (1u << 20) /* 8 MiB, and four times that while they are read */

typedef struct kg_adjacency {
  const kgq_allocator *allocator;
  kg_idmap numbers;  /* node -> its number from 0 */
  uint32_t *offsets; /* number -> where its neighbours begin; one more than there are nodes */
  size_t offset_count;
  kg_id *neighbours;
  size_t neighbour_count;
} kg_adjacency;

/* Reads the rows of `spec`: column `from` has the nodes, column `to` their neighbours. *fits false: there are
 * more than KG_ADJACENCY_ROWS_MAX, and nothing is kept. */
kgq_status kg_adjacency_read(kg_adjacency *a, kg_snap *snap, const kg_quads_spec *spec, int from, int to,
                             kg_cancel *cancel, const kgq_allocator *allocator, bool *fits, kgq_error **err);
/* The neighbours of a node; *count 0 if it has none. */
const kg_id *kg_adjacency_of(const kg_adjacency *a, kg_id node, uint32_t *count);
void kg_adjacency_free(kg_adjacency *a);

#endif
