/* query/statistics.c: a table of figures of estimates, one for a database. See statistics.h.
 *
 * A figure has WAYS places, and takes that of the oldest one there: with a single place two figures of one
 * query could drive each other out each time. It is the database's `cache`, made when the first figure comes
 * and guarded by its mutex.
 */
#include "query/statistics.h"

#define ENTRIES 1024 /* a hundred predicates with three figures each fit; 96 KiB */
#define WAYS    4

typedef struct entry {
  kg_id id[4];
  kg_id graph;
  uint64_t commit, quads, base_terms; /* the state: a compaction renumbers terms without a commit */
  uint64_t age;                       /* number of figures kept before it */
  double value;
  int kind, of;
} entry;

struct kg_cache {
  uint64_t kept;
  entry entries[ENTRIES];
};

/* False: a pattern on a chosen set of graphs, or repeated variables, or what nobody else sees. */
static bool make_key(const kg_snap *snap, const kg_quads_spec *spec, int of, entry *out) {
  const kg_source *g = spec->source;
  if (snap->overlay || g->kind == KG_SOURCE_SET || g->kind == KG_SOURCE_NONE || g->limited) {
    return false;
  }
  for (unsigned i = 0; i < 4; i++) {
    if (spec->same[i] != i) {
      return false;
    }
  }
  *out = (entry){ .graph = g->one,
                  .commit = snap->commit,
                  .quads = snap->counts.quads,
                  .base_terms = snap->counts.base_terms,
                  .kind = (int)g->kind,
                  .of = of + 1 }; /* 0: an empty place */
  memcpy(out->id, spec->id, sizeof out->id);
  return true;
}

/* The first of its places. */
static entry *places_of(struct kg_cache *cache, const entry *key) {
  uint64_t hash = (uint64_t)key->of * 31 + (uint64_t)key->kind + key->graph;
  for (unsigned i = 0; i < 4; i++) {
    hash = (hash ^ key->id[i]) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return &cache->entries[hash % (ENTRIES / WAYS) * WAYS];
}

static bool same_key(const entry *a, const entry *b) {
  return a->of == b->of && a->kind == b->kind && a->graph == b->graph && a->commit == b->commit &&
         a->quads == b->quads && a->base_terms == b->base_terms && memcmp(a->id, b->id, sizeof a->id) == 0;
}

/* Where it is, or where it goes. */
static entry *place_of(struct kg_cache *cache, const entry *key) {
  entry *places = places_of(cache, key), *oldest = places;
  for (unsigned i = 0; i < WAYS; i++) {
    if (same_key(&places[i], key)) {
      return &places[i];
    }
    oldest = places[i].age < oldest->age ? &places[i] : oldest;
  }
  return oldest;
}

static void free_cache(kgq_db *db) {
  kg_free(&db->allocator, db->cache, sizeof(struct kg_cache));
  db->cache = NULL;
}

bool kg_statistic_find(const kg_snap *snap, const kg_quads_spec *spec, int of, double *out) {
  kgq_db *db = snap->db;
  entry key;
  bool found = false;
  if (!make_key(snap, spec, of, &key)) {
    return false;
  }
  pthread_mutex_lock(&db->cache_mutex);
  if (db->cache) {
    const entry *have = place_of(db->cache, &key);
    found = same_key(have, &key);
    *out = found ? have->value : *out;
  }
  pthread_mutex_unlock(&db->cache_mutex);
  return found;
}

void kg_statistic_keep(const kg_snap *snap, const kg_quads_spec *spec, int of, double value) {
  kgq_db *db = snap->db;
  entry key;
  if (!make_key(snap, spec, of, &key)) {
    return;
  }
  key.value = value;
  pthread_mutex_lock(&db->cache_mutex);
  if (!db->cache) {
    db->cache = (struct kg_cache *)kg_alloc_zero(&db->allocator, 1, sizeof(struct kg_cache));
    db->cache_free = free_cache;
  }
  if (db->cache) {
    key.age = ++db->cache->kept;
    *place_of(db->cache, &key) = key;
  }
  pthread_mutex_unlock(&db->cache_mutex);
}
