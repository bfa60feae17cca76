/* query/rows.h: rows kept by an operator, and hash tables over them.
 *
 * kg_rows keeps rows of ids, row after row, in chunks that never move, so that pointers to rows stay good
 * while more are added. kg_row_index finds all rows with equal key columns (joins); kg_row_set finds or adds
 * one (DISTINCT, groups).
 *
 * Ownership: memory comes from the allocator given, for a statement the one that counts its budget. Clearing
 * keeps the chunks for the next run.
 */
#ifndef KG_QUERY_ROWS_H
#define KG_QUERY_ROWS_H

#include "query/batch.h"

#define KG_ROWS_CHUNK     512
#define KG_ROW_INDEX_KEYS 80 /* columns of a key, at most */

typedef struct kg_rows {
  const kgq_allocator *allocator;
  uint32_t width, count;
  kg_id **chunks;
  size_t chunk_count, chunk_capacity;
} kg_rows;

void kg_rows_init(kg_rows *rows, const kgq_allocator *a, uint32_t width);
void kg_rows_free(kg_rows *rows);
static inline void kg_rows_clear(kg_rows *rows) {
  rows->count = 0;
}
static inline kg_id *kg_rows_at(const kg_rows *rows, uint32_t index) {
  return rows->chunks[index / KG_ROWS_CHUNK] + (size_t)(index % KG_ROWS_CHUNK) * rows->width;
}
/* A new last row, not filled. */
kgq_status kg_rows_add(kg_rows *rows, kg_id **row, kgq_error **err);
static inline void kg_rows_drop_last(kg_rows *rows) {
  rows->count--;
}
/* All rows of a batch; columns[i] of the batch goes to i. The batch has `width` columns. */
kgq_status kg_rows_add_batch(kg_rows *rows, const kg_batch *batch, kgq_error **err);

/* Hash of `count` ids, seeded per process. */
uint64_t kg_ids_hash(const kg_id *ids, uint32_t count);

/* For each row of columns, the hash that a set over them uses. */
void kg_row_hashes(kg_id *const *columns, uint32_t key_count, uint32_t row_count, uint32_t *out);

/* Chains of equal hash over key columns; built once over all rows. */
typedef struct kg_row_index {
  const kg_rows *rows;
  const uint32_t *keys; /* columns */
  uint32_t key_count;
  uint32_t *heads, *next; /* row + 1; 0: the end */
  uint32_t mask, next_capacity;
} kg_row_index;

kgq_status kg_row_index_build(kg_row_index *index, const kg_rows *rows, const uint32_t *keys,
                              uint32_t key_count, kgq_error **err);
void kg_row_index_free(kg_row_index *index);
/* First row that may have the key (its key columns still have to be compared), as row + 1; 0: none. */
static inline uint32_t kg_row_index_head(const kg_row_index *index, const kg_id *key) {
  return index->heads ? index->heads[kg_ids_hash(key, index->key_count) & index->mask] : 0;
}

/* Distinct rows by their first `key_count` columns. */
typedef struct kg_row_set {
  kg_rows rows;
  uint32_t key_count;
  uint64_t
      *slots; /* upper half: hash, lower half: row + 1; 0: empty. Side by side, so that a probe is one miss */
  uint32_t capacity; /* power of two */
} kg_row_set;

void kg_row_set_init(kg_row_set *set, const kgq_allocator *a, uint32_t key_count, uint32_t width);
void kg_row_set_free(kg_row_set *set);
void kg_row_set_clear(kg_row_set *set);
/* *row: the row with that key; *added: it is new, and columns behind the key are zero. */
kgq_status kg_row_set_put(kg_row_set *set, const kg_id *key, uint32_t *row, bool *added, kgq_error **err);
/* The same for a key whose hash is known. */
kgq_status kg_row_set_put_hashed(kg_row_set *set, const kg_id *key, uint32_t hash, uint32_t *row, bool *added,
                                 kgq_error **err);
/* The key with that hash will be asked for soon: its place is fetched into the processor's cache. */
static inline void kg_row_set_expect(const kg_row_set *set, uint32_t hash) {
  if (set->capacity > 0) {
    __builtin_prefetch(&set->slots[hash & (set->capacity - 1)]);
  }
}
bool kg_row_set_find(const kg_row_set *set, const kg_id *key, uint32_t *row);
bool kg_row_set_find_hashed(const kg_row_set *set, const kg_id *key, uint32_t hash, uint32_t *row);
/* Bytes that it takes, at the worst moment, while `more` rows are added. */
size_t kg_row_set_bytes(const kg_row_set *set, uint32_t more);

#endif
