/* core/map.c: open-addressing hash tables. See map.h.
 *
 * The only place that names xxHash for tables. Tables grow at 3/4 full, so that probes stay short.
 */
#include "core/map.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/random.h>
#include <time.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static uint64_t process_seed;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void make_seed(void) {
  if (getrandom(&process_seed, sizeof process_seed, GRND_NONBLOCK) != (ssize_t)sizeof process_seed) {
    process_seed =
        (uint64_t)time(NULL) ^ (uint64_t)(uintptr_t)&process_seed; /* early boot: better than none */
  }
}

uint64_t kg_hash(const void *bytes, size_t count) {
  (void)pthread_once(&seed_once, make_seed);
  return XXH3_64bits_withSeed(bytes, count, process_seed);
}

/* ---- bytes -> number -------------------------------------------------------------------------- */

void kg_map_init(kg_map *map, const kgq_allocator *a) {
  memset(map, 0, sizeof *map);
  map->allocator = a;
  kg_arena_init(&map->keys, a);
}

void kg_map_free(kg_map *map) {
  kg_free(map->allocator, map->slots, map->capacity * sizeof *map->slots);
  kg_arena_free(&map->keys);
  kg_map_init(map, map->allocator);
}

static kg_map_slot *map_slot(const kg_map *map, kgq_str key, uint64_t hash) {
  const size_t mask = map->capacity - 1;
  const uint32_t tag = (uint32_t)(hash >> 32);
  for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
    kg_map_slot *slot = &map->slots[i];
    if (!slot->key ||
        (slot->hash == tag && slot->key_len == key.len && memcmp(slot->key, key.ptr, key.len) == 0)) {
      return slot;
    }
  }
}

uint64_t *kg_map_find(const kg_map *map, kgq_str key) {
  if (map->count == 0) {
    return NULL;
  }
  kg_map_slot *slot = map_slot(map, key, kg_hash(key.ptr, key.len));
  return slot->key ? &slot->value : NULL;
}

static kgq_status map_grow(kg_map *map, kgq_error **err) {
  kg_map larger = *map;
  larger.capacity = map->capacity ? map->capacity * 2 : 64;
  larger.slots = kg_alloc_zero(map->allocator, larger.capacity, sizeof *larger.slots);
  if (!larger.slots) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < map->capacity; i++) {
    const kg_map_slot *old = &map->slots[i];
    if (old->key) {
      const kgq_str key = kg_str_n(old->key, old->key_len);
      *map_slot(&larger, key, kg_hash(key.ptr, key.len)) = *old;
    }
  }
  kg_free(map->allocator, map->slots, map->capacity * sizeof *map->slots);
  *map = larger;
  return KGQ_OK;
}

kgq_status kg_map_put(kg_map *map, kgq_str key, uint64_t **value, bool *added, kgq_str *stored,
                      kgq_error **err) {
  if (key.len > UINT32_MAX) {
    return kg_fail(err, KGQ_LIMIT, "a key of %zu bytes is too long", key.len);
  }
  if (map->count + 1 > map->capacity / 4 * 3) {
    KGQ_TRY(map_grow(map, err));
  }
  const uint64_t hash = kg_hash(key.ptr, key.len);
  kg_map_slot *slot = map_slot(map, key, hash);
  const bool is_new = !slot->key;
  if (is_new) {
    kgq_str copy;
    KGQ_TRY(kg_arena_copy(&map->keys, key, &copy, err));
    *slot = (kg_map_slot){ copy.ptr, (uint32_t)key.len, (uint32_t)(hash >> 32), 0 };
    map->count++;
  }
  *value = &slot->value;
  if (added) {
    *added = is_new;
  }
  if (stored) {
    *stored = kg_str_n(slot->key, slot->key_len);
  }
  return KGQ_OK;
}

/* ---- number -> number ------------------------------------------------------------------------- */

void kg_idmap_init(kg_idmap *map, const kgq_allocator *a) {
  memset(map, 0, sizeof *map);
  map->allocator = a;
}

void kg_idmap_free(kg_idmap *map) {
  kg_free(map->allocator, map->slots, map->capacity * 2 * sizeof *map->slots);
  kg_idmap_init(map, map->allocator);
}

void kg_idmap_clear(kg_idmap *map) {
  if (map->count > 0) {
    memset(map->slots, 0, map->capacity * 2 * sizeof *map->slots);
    map->count = 0;
  }
}

/* Fibonacci hashing after mixing in the seed: ids are dense, and hostile ones cannot be chosen to collide. */
static size_t idmap_start(const kg_idmap *map, uint64_t key) {
  (void)pthread_once(&seed_once, make_seed);
  uint64_t x = key ^ process_seed;
  x = (x ^ (x >> 31)) * UINT64_C(0x9E3779B97F4A7C15);
  x ^= x >> 29;
  return (size_t)x & (map->capacity - 1);
}

static uint64_t *idmap_slot(const kg_idmap *map, uint64_t key) {
  for (size_t i = idmap_start(map, key);; i = (i + 1) & (map->capacity - 1)) {
    uint64_t *slot = &map->slots[2 * i];
    if (slot[0] == 0 || slot[0] == key) {
      return slot;
    }
  }
}

uint64_t *kg_idmap_find(const kg_idmap *map, uint64_t key) {
  if (map->count == 0) {
    return NULL;
  }
  uint64_t *slot = idmap_slot(map, key);
  return slot[0] ? &slot[1] : NULL;
}

static kgq_status idmap_grow(kg_idmap *map, kgq_error **err) {
  kg_idmap larger = *map;
  larger.capacity = map->capacity ? map->capacity * 2 : 64;
  larger.slots = kg_alloc_zero(map->allocator, larger.capacity, 2 * sizeof *larger.slots);
  if (!larger.slots) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < map->capacity; i++) {
    const uint64_t *old = &map->slots[2 * i];
    if (old[0]) {
      uint64_t *slot = idmap_slot(&larger, old[0]);
      slot[0] = old[0];
      slot[1] = old[1];
    }
  }
  kg_free(map->allocator, map->slots, map->capacity * 2 * sizeof *map->slots);
  *map = larger;
  return KGQ_OK;
}

kgq_status kg_idmap_put(kg_idmap *map, uint64_t key, uint64_t **value, bool *added, kgq_error **err) {
  assert(key != 0);
  if (map->count + 1 > map->capacity / 4 * 3) {
    KGQ_TRY(idmap_grow(map, err));
  }
  uint64_t *slot = idmap_slot(map, key);
  const bool is_new = slot[0] == 0;
  if (is_new) {
    slot[0] = key;
    slot[1] = 0;
    map->count++;
  }
  *value = &slot[1];
  if (added) {
    *added = is_new;
  }
  return KGQ_OK;
}
