/* core/map.h: hash tables: bytes to number, and number to number.
 *
 * Open addressing over XXH3, seeded per process so that hostile keys cannot collide by plan.
 * Does not keep order. Ownership: keys of a kg_map are copied into its arena.
 */
#ifndef KG_CORE_MAP_H
#define KG_CORE_MAP_H

#include "core/memory.h"

uint64_t kg_hash(const void *bytes, size_t count); /* XXH3 with the process seed: never store it */

typedef struct kg_map_slot {
  const char *key;
  uint32_t key_len;
  uint32_t hash;
  uint64_t value;
} kg_map_slot;
typedef struct kg_map {
  const kgq_allocator *allocator;
  kg_arena keys;
  kg_map_slot *slots; /* power of two; key NULL: empty */
  size_t count, capacity;
} kg_map;

void kg_map_init(kg_map *map, const kgq_allocator *a);
void kg_map_free(kg_map *map);
/* NULL if absent. The pointer lives until the next put. */
uint64_t *kg_map_find(const kg_map *map, kgq_str key);
/* Finds or adds (value 0). *added may be NULL. The stored key's bytes, stable, in *stored if not NULL. */
kgq_status kg_map_put(kg_map *map, kgq_str key, uint64_t **value, bool *added, kgq_str *stored,
                      kgq_error **err);

/* uint64 -> uint64; key 0 is not allowed. */
typedef struct kg_idmap {
  const kgq_allocator *allocator;
  uint64_t *slots; /* pairs key, value; key 0: empty */
  size_t count, capacity;
} kg_idmap;
void kg_idmap_init(kg_idmap *map, const kgq_allocator *a);
void kg_idmap_free(kg_idmap *map);
void kg_idmap_clear(kg_idmap *map); /* keeps its memory */
uint64_t *kg_idmap_find(const kg_idmap *map, uint64_t key);
kgq_status kg_idmap_put(kg_idmap *map, uint64_t key, uint64_t **value, bool *added, kgq_error **err);

#endif
