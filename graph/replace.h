/* graph/replace.h: writes a table anew: what it had and does not get again is deleted, in one sorted file.
 *
 * For compaction. The iterator over the old keys walks beside the new ones, so that a delete stands in its
 * place among the puts.
 */
#ifndef KG_GRAPH_REPLACE_H
#define KG_GRAPH_REPLACE_H

#include "graph/db.h"

typedef struct kg_replace {
  kg_store_file *file;
  kg_store_iter *old;
} kg_replace;

/* Keys that begin with `prefix`, into a file that belongs to the caller. */
kgq_status kg_replace_open(kg_snap *snap, kgq_str prefix, kg_store_file *file, kg_replace *out,
                           kgq_error **err);
/* Keys in rising order. */
kgq_status kg_replace_put(kg_replace *r, kgq_str key, kgq_str value, kgq_error **err);
/* Deletes what is left. */
kgq_status kg_replace_rest(kg_replace *r, kgq_error **err);
void kg_replace_close(kg_replace *r); /* fine on a zeroed one */

#endif
