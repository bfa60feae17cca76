/* query/batch.c: making batches. What a batch is: batch.h. */
#include "query/batch.h"

kgq_status kg_batch_init(kg_batch *b, kg_arena *arena, uint32_t column_count, uint32_t capacity,
                         kgq_error **err) {
  *b = (kg_batch){ .column_count = column_count, .capacity = capacity };
  b->columns = (kg_id **)kg_arena_zero(arena, (column_count + 1) * sizeof(kg_id *));
  if (!b->columns) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < column_count; i++) {
    b->columns[i] =
        (kg_id *)kg_arena_alloc(arena, capacity * sizeof(kg_id)); /* zeroing would touch the pages */
    if (!b->columns[i]) {
      return kg_fail_memory(err);
    }
  }
  return KGQ_OK;
}
