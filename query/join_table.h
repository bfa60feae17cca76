/* query/join_table.h: the rows of one side of a join, column by column in the order of their keys' hashes.
 *
 * Rows of one key lie side by side, so that a row with a thousand partners reads them in sequence, and a
 * result column is copied in one loop. Probing works on whole batches: the places of all rows are fetched
 * while the first are looked at. Knows nothing of kinds of joins.
 *
 * Ownership: memory comes from the allocator of the rows, and goes with kg_join_table_free.
 */
#ifndef KG_QUERY_JOIN_TABLE_H
#define KG_QUERY_JOIN_TABLE_H

#include "core/cancel.h"
#include "query/rows.h"

typedef struct kg_join_table {
  const kgq_allocator *allocator;
  kg_id **columns; /* width arrays of `count` */
  uint32_t width, count, key_count;
  const uint32_t *keys; /* columns */
  uint32_t *starts;     /* of each bucket, mask + 2 */
  uint32_t mask;
  uint64_t seed;
} kg_join_table;

/* Asks `cancel` as it goes; after an error the table is empty. The order of rows with equal keys is kept.
 * `keys` must live as long as the table. */
kgq_status kg_join_table_build(kg_join_table *t, const kg_rows *rows, const uint32_t *keys,
                               uint32_t key_count, kg_cancel *cancel, kgq_error **err);
void kg_join_table_free(kg_join_table *t); /* also fine on a zeroed one */

/* For each row of the key columns: where its candidates begin and end. */
void kg_join_table_probe(const kg_join_table *t, const kg_id *const *keys, uint32_t row_count, uint32_t *at,
                         uint32_t *end);

/* Partners of `row` among *at .. end, up to `room`: their places into `place`. *at: where to go on. */
uint32_t kg_join_table_partners(const kg_join_table *t, const kg_id *const *keys, uint32_t row, uint32_t *at,
                                uint32_t end, uint32_t *place, uint32_t room);

#endif
