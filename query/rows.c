/* query/rows.c: rows kept by an operator, and hash tables over them. See rows.h. */
#include "query/rows.h"

#include <assert.h>

#include "core/map.h"

/* ---- rows --------------------------------------------------------------------------------------- */

void kg_rows_init(kg_rows *rows, const kgq_allocator *a, uint32_t width) {
  *rows = (kg_rows){ .allocator = a, .width = width };
}

static size_t chunk_bytes(const kg_rows *rows) {
  return (size_t)KG_ROWS_CHUNK * (rows->width ? rows->width : 1) * sizeof(kg_id);
}

void kg_rows_free(kg_rows *rows) {
  for (size_t i = 0; i < rows->chunk_count; i++) {
    kg_free(rows->allocator, rows->chunks[i], chunk_bytes(rows));
  }
  kg_free(rows->allocator, rows->chunks, rows->chunk_capacity * sizeof(kg_id *));
  kg_rows_init(rows, rows->allocator, rows->width);
}

static kgq_status add_chunk(kg_rows *rows, kgq_error **err) {
  void *chunks = rows->chunks;
  KGQ_TRY(
      kg_grow(rows->allocator, &chunks, &rows->chunk_capacity, rows->chunk_count + 1, sizeof(kg_id *), err));
  rows->chunks = (kg_id **)chunks;
  kg_id *chunk = (kg_id *)kg_alloc(rows->allocator, chunk_bytes(rows));
  if (!chunk) {
    return kg_fail_memory(err);
  }
  rows->chunks[rows->chunk_count++] = chunk;
  return KGQ_OK;
}

kgq_status kg_rows_add(kg_rows *rows, kg_id **row, kgq_error **err) {
  if (rows->count == UINT32_MAX - 1) {
    return kg_fail(err, KGQ_LIMIT, "an intermediate result has more than four thousand million rows");
  }
  if (rows->count / KG_ROWS_CHUNK == rows->chunk_count) {
    KGQ_TRY(add_chunk(rows, err));
  }
  *row = kg_rows_at(rows, rows->count++);
  return KGQ_OK;
}

kgq_status kg_rows_add_batch(kg_rows *rows, const kg_batch *batch, kgq_error **err) {
  assert(batch->column_count == rows->width);
  for (uint32_t r = 0; r < batch->row_count; r++) {
    kg_id *row = NULL;
    KGQ_TRY(kg_rows_add(rows, &row, err));
    for (uint32_t c = 0; c < rows->width; c++) {
      row[c] = batch->columns[c][r];
    }
  }
  return KGQ_OK;
}

/* ---- hashing ------------------------------------------------------------------------------------ */

static uint64_t process_seed(void) {
  return kg_hash("rows", 4);
}

/* The finaliser of MurmurHash3, once an id. */
static uint64_t hash_more(uint64_t h, kg_id id) {
  h ^= id;
  h *= 0xff51afd7ed558ccdu;
  h ^= h >> 32;
  h *= 0xc4ceb9fe1a85ec53u;
  return h ^ h >> 29;
}

static uint64_t hash_seed(void) {
  static _Thread_local uint64_t seed;
  if (seed == 0) {
    seed = process_seed() | 1;
  }
  return seed;
}

uint64_t kg_ids_hash(const kg_id *ids, uint32_t count) {
  uint64_t h = hash_seed();
  for (uint32_t i = 0; i < count; i++) {
    h = hash_more(h, ids[i]);
  }
  return h;
}

void kg_row_hashes(kg_id *const *columns, uint32_t key_count, uint32_t row_count, uint32_t *out) {
  const uint64_t seed = hash_seed();
  for (uint32_t r = 0; r < row_count; r++) {
    uint64_t h = seed;
    for (uint32_t k = 0; k < key_count; k++) {
      h = hash_more(h, columns[k][r]);
    }
    out[r] = (uint32_t)h;
  }
}

/* ---- index -------------------------------------------------------------------------------------- */

void kg_row_index_free(kg_row_index *index) {
  if (index->rows) {
    const kgq_allocator *a = index->rows->allocator;
    kg_free(a, index->heads, ((size_t)index->mask + 1) * sizeof(uint32_t));
    kg_free(a, index->next, (size_t)index->next_capacity * sizeof(uint32_t));
  }
  *index = (kg_row_index){ 0 };
}

static uint32_t power_of_two_over(uint64_t n) {
  uint32_t p = 16;
  while (p < n && p < 1u << 31) {
    p *= 2;
  }
  return p;
}

kgq_status kg_row_index_build(kg_row_index *index, const kg_rows *rows, const uint32_t *keys,
                              uint32_t key_count, kgq_error **err) {
  assert(key_count <= KG_ROW_INDEX_KEYS);
  kg_row_index_free(index);
  const uint32_t buckets = power_of_two_over((uint64_t)rows->count);
  *index = (kg_row_index){ .rows = rows, .keys = keys, .key_count = key_count, .mask = buckets - 1 };
  index->heads = (uint32_t *)kg_alloc_zero(rows->allocator, buckets, sizeof(uint32_t));
  index->next_capacity = rows->count ? rows->count : 1;
  index->next = (uint32_t *)kg_alloc(rows->allocator, (size_t)index->next_capacity * sizeof(uint32_t));
  if (!index->heads || !index->next) {
    kg_row_index_free(index);
    return kg_fail_memory(err);
  }
  for (uint32_t i = rows->count; i-- > 0;) { /* backwards: chains then give rows in their order */
    kg_id key[KG_ROW_INDEX_KEYS];
    const kg_id *row = kg_rows_at(rows, i);
    for (uint32_t k = 0; k < key_count; k++) {
      key[k] = row[keys[k]];
    }
    uint32_t *head = &index->heads[kg_ids_hash(key, key_count) & index->mask];
    index->next[i] = *head;
    *head = i + 1;
  }
  return KGQ_OK;
}

/* ---- set ---------------------------------------------------------------------------------------- */

void kg_row_set_init(kg_row_set *set, const kgq_allocator *a, uint32_t key_count, uint32_t width) {
  assert(key_count <= width);
  *set = (kg_row_set){ .key_count = key_count };
  kg_rows_init(&set->rows, a, width);
}

static void free_slots(kg_row_set *set) {
  kg_free(set->rows.allocator, set->slots, (size_t)set->capacity * sizeof(uint64_t));
  set->slots = NULL;
  set->capacity = 0;
}

void kg_row_set_free(kg_row_set *set) {
  free_slots(set);
  kg_rows_free(&set->rows);
}

void kg_row_set_clear(kg_row_set *set) {
  kg_rows_clear(&set->rows);
  if (set->slots) {
    memset(set->slots, 0, (size_t)set->capacity * sizeof(uint64_t));
  }
}

static void place(uint64_t *slots, uint32_t capacity, uint64_t slot) {
  uint32_t i = (uint32_t)(slot >> 32) & (capacity - 1);
  while (slots[i] != 0) {
    i = (i + 1) & (capacity - 1);
  }
  slots[i] = slot;
}

static kgq_status grow_slots(kg_row_set *set, kgq_error **err) {
  if (set->capacity >= 1u << 31) {
    return kg_fail(err, KGQ_LIMIT,
                   "an intermediate result has more than two thousand million different rows");
  }
  const uint32_t capacity = set->capacity ? set->capacity * 2 : 64;
  const kgq_allocator *a = set->rows.allocator;
  uint64_t *slots = (uint64_t *)kg_alloc_zero(a, capacity, sizeof(uint64_t));
  if (!slots) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < set->capacity; i++) {
    if (set->slots[i] != 0) {
      place(slots, capacity, set->slots[i]);
    }
  }
  free_slots(set);
  set->slots = slots;
  set->capacity = capacity;
  return KGQ_OK;
}

static bool keys_equal(const kg_row_set *set, const kg_id *a, const kg_id *b) {
  for (uint32_t k = 0; k < set->key_count; k++) {
    if (a[k] != b[k]) {
      return false;
    }
  }
  return true;
}

/* The slot of the key, or the empty one where it would be; the table has empty ones. */
static uint32_t find_slot(const kg_row_set *set, const kg_id *key, uint32_t hash) {
  uint32_t i = hash & (set->capacity - 1);
  for (; set->slots[i] != 0; i = (i + 1) & (set->capacity - 1)) {
    if (set->slots[i] >> 32 == hash &&
        keys_equal(set, kg_rows_at(&set->rows, (uint32_t)set->slots[i] - 1), key)) {
      break;
    }
  }
  return i;
}

bool kg_row_set_find_hashed(const kg_row_set *set, const kg_id *key, uint32_t hash, uint32_t *row) {
  if (set->capacity == 0) {
    return false;
  }
  const uint64_t slot = set->slots[find_slot(set, key, hash)];
  *row = (uint32_t)slot - 1;
  return slot != 0;
}

bool kg_row_set_find(const kg_row_set *set, const kg_id *key, uint32_t *row) {
  return kg_row_set_find_hashed(set, key, (uint32_t)kg_ids_hash(key, set->key_count), row);
}

/* A table of slots and the next one are there at once while it grows. */
size_t kg_row_set_bytes(const kg_row_set *set, uint32_t more) {
  const uint64_t count = (uint64_t)set->rows.count + more;
  const bool grows = count * 4 >= (uint64_t)set->capacity * 3;
  return (size_t)count * set->rows.width * sizeof(kg_id) +
         (grows ? 3 : 1) * (size_t)set->capacity * sizeof(uint64_t);
}

kgq_status kg_row_set_put_hashed(kg_row_set *set, const kg_id *key, uint32_t hash, uint32_t *row, bool *added,
                                 kgq_error **err) {
  if ((uint64_t)set->rows.count * 4 >= (uint64_t)set->capacity * 3) {
    KGQ_TRY(grow_slots(set, err));
  }
  uint64_t *slot = &set->slots[find_slot(set, key, hash)];
  *added = *slot == 0;
  if (!*added) {
    *row = (uint32_t)*slot - 1;
    return KGQ_OK;
  }
  kg_id *fresh = NULL;
  KGQ_TRY(kg_rows_add(&set->rows, &fresh, err));
  for (uint32_t i = 0; i < set->rows.width; i++) {
    fresh[i] = i < set->key_count ? key[i] : 0;
  }
  *row = set->rows.count - 1;
  *slot = (uint64_t)hash << 32 | (*row + 1);
  return KGQ_OK;
}

kgq_status kg_row_set_put(kg_row_set *set, const kg_id *key, uint32_t *row, bool *added, kgq_error **err) {
  return kg_row_set_put_hashed(set, key, (uint32_t)kg_ids_hash(key, set->key_count), row, added, err);
}
