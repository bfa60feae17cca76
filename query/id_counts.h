/* query/id_counts.h: how often each id came, in an array by id where ids lie close together.
 *
 * Ids of a dictionary's base range that stand in one place of a pattern mostly do: articles, persons. A
 * number is then one place of memory, with nothing to hash or to compare. Knows no operators.
 *
 * Ownership: the array comes from the allocator given, and goes with kg_id_counts_free.
 */
#ifndef KG_QUERY_ID_COUNTS_H
#define KG_QUERY_ID_COUNTS_H

#include "core/memory.h"
#include "graph/id.h"

typedef struct kg_id_counts {
  const kgq_allocator *allocator;
  uint32_t *counts; /* of low, low + 1, ... */
  kg_id low;
  size_t size;
} kg_id_counts;

void kg_id_counts_free(kg_id_counts *c); /* empty again */
/* Room for the ids, in at most `most` places; false: they lie too far apart, or there is no memory. */
bool kg_id_counts_room(kg_id_counts *c, const kg_id *ids, uint32_t count, size_t most);
/* Adds one for each of the ids, which there is room for. Numbers end at UINT32_MAX, which is for the caller
 * to see to. */
void kg_id_counts_add(kg_id_counts *c, const kg_id *ids, uint32_t count);

#endif
