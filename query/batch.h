/* query/batch.h: rows on their way between operators: columns of ids.
 *
 * A batch holds up to KG_BATCH_ROWS rows, one id array a column, always compact: filters copy survivors down
 * instead of keeping a selection, which measured no slower for 8-byte columns and keeps every operator's
 * loops plain. KG_ID_NONE is unbound. Column numbers are the operator's own; its `vars` say which variable is
 * where.
 */
#ifndef KG_QUERY_BATCH_H
#define KG_QUERY_BATCH_H

#include "core/limits.h"
#include "graph/id.h"

typedef struct kg_batch {
  kg_id **columns; /* column_count arrays of `capacity` ids */
  uint32_t column_count, row_count, capacity;
} kg_batch;

kgq_status kg_batch_init(kg_batch *b, kg_arena *arena, uint32_t column_count, uint32_t capacity,
                         kgq_error **err);

#endif
