/* query/id_sort.h: ids with a number each, sorted by id.
 *
 * For work on ids in the order in which they are stored: terms to read, keys to look up. Knows nothing of
 * what the numbers mean. Ownership: works in arrays of the caller.
 */
#ifndef KG_QUERY_ID_SORT_H
#define KG_QUERY_ID_SORT_H

#include "graph/id.h"

typedef struct kg_id_pair {
  kg_id id;
  uint64_t number;
} kg_id_pair;

/* Stable. `pairs` and `scratch` hold `count` each; the one that holds the result is returned. */
kg_id_pair *kg_sort_ids(kg_id_pair *pairs, kg_id_pair *scratch, size_t count);

#endif
