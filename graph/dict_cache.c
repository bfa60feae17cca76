/* graph/dict_cache.c: two tables of terms, by key and by id; see dict_cache.h.
 *
 * A commit with new terms empties them, as one that is no record of the log does (a record changes no ids),
 * by a number that entries must have.
 */
#include "graph/dict_cache.h"

#include <xxhash.h>

#define KEY_BYTES 104  /* longer keys are literals that queries seldom name */
#define ENTRIES   1024 /* 128 KiB: what is asked for in turn */
/* 512 KiB: predicates and classes; and texts that a query computes, of which most are in no dictionary. */
#define KEY_ENTRIES 4096

typedef struct entry {
  kg_id id;
  uint64_t state; /* 0: empty */
  uint32_t key_bytes;
  char key[KEY_BYTES];
} entry;

struct kg_dict_cache {
  const kgq_allocator *allocator;
  pthread_mutex_t mutex;
  uint64_t settled, base_terms, append_terms;
  uint64_t state; /* counts those above */
  entry by_key[KEY_ENTRIES], by_id[ENTRIES];
};

kg_dict_cache *kg_dict_cache_new(const kgq_allocator *a) {
  kg_dict_cache *cache = (kg_dict_cache *)kg_alloc_zero(a, 1, sizeof(kg_dict_cache));
  if (cache) {
    cache->allocator = a;
    cache->state = 1;
    pthread_mutex_init(&cache->mutex, NULL);
  }
  return cache;
}

void kg_dict_cache_free(kg_dict_cache *cache) {
  if (cache) {
    pthread_mutex_destroy(&cache->mutex);
    kg_free(cache->allocator, cache, sizeof *cache);
  }
}

/* Locks the cache if it is of the snapshot's state; a newer snapshot takes it over. */
static kg_dict_cache *lock(const kg_snap *snap) {
  kg_dict_cache *cache = snap->db->terms;
  const kg_counts *c = &snap->counts;
  if (!cache) {
    return NULL;
  }
  pthread_mutex_lock(&cache->mutex);
  if (snap->settled == cache->settled && c->base_terms == cache->base_terms &&
      c->append_terms == cache->append_terms) {
    return cache;
  }
  if (snap->settled < cache->settled ||
      (snap->settled == cache->settled && c->append_terms < cache->append_terms)) {
    pthread_mutex_unlock(&cache->mutex);
    return NULL;
  }
  cache->settled = snap->settled;
  cache->base_terms = c->base_terms;
  cache->append_terms = c->append_terms;
  cache->state++;
  return cache;
}

static bool has_key(const kg_dict_cache *cache, const entry *e, kgq_str key) {
  return e->state == cache->state && kg_str_equal(kg_str_n(e->key, e->key_bytes), key);
}

/* A key has two places, side by side: with one, two constants of a query that meet there drove each other out
 * at each run. The one that has it, else one that is free, else the one of an absent term, else by chance. */
static entry *place_of_key(kg_dict_cache *cache, kgq_str key) {
  const uint64_t hash = XXH3_64bits(key.ptr, key.len);
  entry *pair = &cache->by_key[hash % KEY_ENTRIES & ~(uint64_t)1];
  const unsigned first = (unsigned)(hash >> 40 & 1);
  entry *a = &pair[first], *b = &pair[1 - first];
  if (has_key(cache, a, key) || has_key(cache, b, key)) {
    return has_key(cache, a, key) ? a : b;
  }
  if (a->state != cache->state || b->state != cache->state) {
    return a->state != cache->state ? a : b;
  }
  return a->id != KG_ID_NONE && b->id == KG_ID_NONE ? b : a;
}

static entry *place_of_id(kg_dict_cache *cache, kg_id id) {
  return &cache->by_id[id * 0x9e3779b97f4a7c15u >> 32 & (ENTRIES - 1)];
}

static void put(const kg_dict_cache *cache, entry *e, kgq_str key, kg_id id) {
  e->id = id;
  e->state = cache->state;
  e->key_bytes = (uint32_t)key.len;
  memcpy(e->key, key.ptr, key.len);
}

bool kg_dict_cache_id(const kg_snap *snap, kgq_str key, kg_id *out) {
  kg_dict_cache *cache = key.len > KEY_BYTES ? NULL : lock(snap);
  if (!cache) {
    return false;
  }
  const entry *e = place_of_key(cache, key);
  const bool found = has_key(cache, e, key);
  *out = found ? e->id : *out;
  pthread_mutex_unlock(&cache->mutex);
  return found;
}

bool kg_dict_cache_key(const kg_snap *snap, kg_id id, kg_arena *arena, kgq_str *out) {
  kg_dict_cache *cache = lock(snap);
  if (!cache) {
    return false;
  }
  const entry *e = place_of_id(cache, id);
  kgq_error *err = NULL;
  bool found = e->state == cache->state && e->id == id;
  if (found && kg_arena_copy(arena, kg_str_n(e->key, e->key_bytes), out, &err) != KGQ_OK) {
    kgq_error_free(err);
    found = false;
  }
  pthread_mutex_unlock(&cache->mutex);
  return found;
}

void kg_dict_cache_keep_id(const kg_snap *snap, kgq_str key, kg_id id) {
  kg_dict_cache *cache = key.len > KEY_BYTES ? NULL : lock(snap);
  if (cache) {
    entry *e = place_of_key(cache, key);
    if (id != KG_ID_NONE || e->state != cache->state || e->id == KG_ID_NONE) {
      put(cache, e, key, id); /* what is not there drives out nothing that is */
    }
    pthread_mutex_unlock(&cache->mutex);
  }
}

void kg_dict_cache_keep_key(const kg_snap *snap, kgq_str key, kg_id id) {
  kg_dict_cache *cache = key.len > KEY_BYTES ? NULL : lock(snap);
  if (cache) {
    put(cache, place_of_id(cache, id), key, id);
    pthread_mutex_unlock(&cache->mutex);
  }
}
