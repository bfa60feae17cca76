/* query/join_table.c: rows sorted by the hash of their keys. See join_table.h.
 *
 * A counting sort by bucket; there are about as many buckets as rows. Against chains through rows this took
 * the self-join of SP2Bench q4 (84,000 rows, 5.4 million pairs) from 290 to 110 ms of CPU time.
 */
#include "query/join_table.h"

#include "core/map.h"

#define LOOK_ROWS 4096u /* between two looks at the deadline: well under a millisecond */

static uint64_t hash_more(uint64_t h, kg_id id) {
  h = (h ^ id) * UINT64_C(0x9E3779B97F4A7C15);
  return h ^ h >> 32;
}

static size_t column_bytes(const kg_join_table *t) {
  return (size_t)t->width * t->count * sizeof(kg_id);
}

void kg_join_table_free(kg_join_table *t) {
  if (t->columns) {
    kg_free(t->allocator, t->columns[0], column_bytes(t));
    kg_free(t->allocator, t->columns, t->width * sizeof(kg_id *));
    kg_free(t->allocator, t->starts, ((size_t)t->mask + 2) * sizeof(uint32_t));
  }
  *t = (kg_join_table){ 0 };
}

static uint32_t buckets_for(uint32_t count) {
  uint32_t buckets = 64;
  while (buckets < count && buckets < 1u << 31) {
    buckets *= 2;
  }
  return buckets;
}

static kgq_status allocate(kg_join_table *t, const kg_rows *rows, kgq_error **err) {
  const kgq_allocator *a = rows->allocator;
  t->allocator = a;
  t->width = rows->width;
  t->count = rows->count;
  t->mask = buckets_for(rows->count) - 1;
  kg_id *ids = (kg_id *)kg_alloc(a, column_bytes(t));
  kg_id **columns = (kg_id **)kg_alloc(a, t->width * sizeof(kg_id *));
  uint32_t *starts = (uint32_t *)kg_alloc_zero(a, (size_t)t->mask + 2, sizeof(uint32_t));
  if (!ids || !columns || !starts) {
    kg_free(a, ids, ids ? column_bytes(t) : 0);
    kg_free(a, columns, columns ? t->width * sizeof(kg_id *) : 0);
    kg_free(a, starts, starts ? ((size_t)t->mask + 2) * sizeof(uint32_t) : 0);
    *t = (kg_join_table){ 0 };
    return kg_fail_memory(err);
  }
  for (uint32_t c = 0; c < t->width; c++) {
    columns[c] = ids + (size_t)c * t->count;
  }
  t->columns = columns;
  t->starts = starts;
  return KGQ_OK;
}

static uint32_t bucket_of_row(const kg_join_table *t, const kg_id *row) {
  uint64_t h = t->seed;
  for (uint32_t k = 0; k < t->key_count; k++) {
    h = hash_more(h, row[t->keys[k]]);
  }
  return (uint32_t)h & t->mask;
}

/* starts[b + 1] counts bucket b, then is where it begins, and when all rows are in, where it ends. */
static kgq_status fill(kg_join_table *t, const kg_rows *rows, uint32_t *buckets, kg_cancel *cancel,
                       kgq_error **err) {
  uint32_t *next = t->starts + 1, place = 0;
  for (uint32_t i = 0; i < t->count; i++) {
    if (i % LOOK_ROWS == 0) {
      KGQ_TRY(kg_cancel_check(cancel, err));
    }
    buckets[i] = bucket_of_row(t, kg_rows_at(rows, i));
    next[buckets[i]]++;
  }
  for (uint64_t b = 0; b <= t->mask; b++) {
    const uint32_t here = next[b];
    next[b] = place;
    place += here;
  }
  for (uint32_t i = 0; i < t->count; i++) {
    if (i % LOOK_ROWS == 0) {
      KGQ_TRY(kg_cancel_check(cancel, err));
    }
    const kg_id *row = kg_rows_at(rows, i);
    const uint32_t at = next[buckets[i]]++;
    for (uint32_t c = 0; c < t->width; c++) {
      t->columns[c][at] = row[c];
    }
  }
  return KGQ_OK;
}

kgq_status kg_join_table_build(kg_join_table *t, const kg_rows *rows, const uint32_t *keys,
                               uint32_t key_count, kg_cancel *cancel, kgq_error **err) {
  kg_join_table_free(t);
  if (rows->count == 0) {
    return KGQ_OK;
  }
  const size_t bytes = (size_t)rows->count * sizeof(uint32_t);
  uint32_t *buckets = (uint32_t *)kg_alloc(rows->allocator, bytes);
  if (!buckets) {
    return kg_fail_memory(err);
  }
  kgq_status st = allocate(t, rows, err);
  if (st == KGQ_OK) {
    t->keys = keys;
    t->key_count = key_count;
    t->seed = kg_hash("join", 4);
    st = fill(t, rows, buckets, cancel, err);
  }
  kg_free(rows->allocator, buckets, bytes);
  if (st != KGQ_OK) {
    kg_join_table_free(t);
  }
  return st;
}

void kg_join_table_probe(const kg_join_table *t, const kg_id *const *keys, uint32_t row_count, uint32_t *at,
                         uint32_t *end) {
  if (t->count == 0) {
    memset(at, 0, row_count * sizeof(uint32_t));
    memset(end, 0, row_count * sizeof(uint32_t));
    return;
  }
  for (uint32_t r = 0; r < row_count; r++) {
    uint64_t h = t->seed;
    for (uint32_t k = 0; k < t->key_count; k++) {
      h = hash_more(h, keys[k][r]);
    }
    at[r] = (uint32_t)h & t->mask;
    __builtin_prefetch(&t->starts[at[r]]);
  }
  const kg_id *first = t->columns[t->keys[0]];
  for (uint32_t r = 0; r < row_count; r++) {
    const uint32_t bucket = at[r];
    at[r] = t->starts[bucket];
    end[r] = t->starts[bucket + 1];
    __builtin_prefetch(&first[at[r] < t->count ? at[r] : 0]);
  }
}

static bool other_keys_equal(const kg_join_table *t, const kg_id *const *keys, uint32_t row, uint32_t at) {
  for (uint32_t k = 1; k < t->key_count; k++) {
    if (t->columns[t->keys[k]][at] != keys[k][row]) {
      return false;
    }
  }
  return true;
}

uint32_t kg_join_table_partners(const kg_join_table *t, const kg_id *const *keys, uint32_t row, uint32_t *at,
                                uint32_t end, uint32_t *place, uint32_t room) {
  uint32_t found = 0, i = *at;
  if (i == end) {
    return 0;
  }
  const kg_id *column = t->columns[t->keys[0]];
  const kg_id key = keys[0][row];
  if (t->key_count == 1) { /* no branch to guess wrong: what is no partner is written over */
    for (; i < end && found < room; i++) {
      place[found] = i;
      found += column[i] == key ? 1 : 0;
    }
  } else {
    for (; i < end && found < room; i++) {
      place[found] = i;
      found += column[i] == key && other_keys_equal(t, keys, row, i) ? 1 : 0;
    }
  }
  *at = i;
  return found;
}
