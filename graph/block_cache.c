/* graph/block_cache.c: blocks in order of their last row, found by binary search; see block_cache.h.
 *
 * One array a permutation. When there is too much, blocks go by chance: that needs no record of each use, and
 * what is used often soon comes back. A block that somebody holds lives on until it is released.
 */
#include "graph/block_cache.h"

#include <assert.h>
#include <xxhash.h>

#define SEEN 4096 /* hashes of blocks read once, not long ago */

typedef struct slot {
  kg_row last;
  kg_held_block *held;
} slot;

typedef struct shelf { /* of one permutation */
  slot *slots;
  size_t count, capacity;
} shelf;

/* What a snapshot must agree in with what is kept. */
typedef struct state {
  uint64_t commit, quads, base_terms, append_terms;
} state;

struct kg_blocks {
  const kgq_allocator *allocator;
  pthread_mutex_t mutex;
  state state;
  shelf shelves[KG_PERM_COUNT];
  size_t bytes, most_bytes;
  uint64_t chance;
  uint64_t seen[SEEN];
};

kg_blocks *kg_blocks_new(const kgq_allocator *a, size_t most_bytes) {
  kg_blocks *cache = (kg_blocks *)kg_alloc_zero(a, 1, sizeof(kg_blocks));
  if (cache) {
    cache->allocator = a;
    cache->most_bytes = most_bytes;
    cache->chance = 0x9e3779b97f4a7c15u;
    pthread_mutex_init(&cache->mutex, NULL);
  }
  return cache;
}

/* ---- one block ---------------------------------------------------------------------------------- */

#define RUN_BYTES (4 * (size_t)KG_MINI_ROWS * sizeof(kg_id))

static size_t bytes_of(const kg_held_block *held) {
  size_t bytes = held->bytes;
  for (uint32_t m = 0; m < KG_BLOCK_MINIS_MAX; m++) {
    bytes += atomic_load(&held->runs[m]) ? RUN_BYTES : 0;
  }
  return bytes;
}

static void release(const kg_blocks *cache, kg_held_block *held) {
  if (atomic_fetch_sub(&held->refs, 1) != 1) {
    return;
  }
  for (uint32_t m = 0; m < KG_BLOCK_MINIS_MAX; m++) {
    kg_free(cache->allocator, atomic_load(&held->runs[m]), RUN_BYTES);
  }
  kg_free(cache->allocator, held, held->bytes);
}

static kg_held_block *hold(kg_held_block *held) {
  atomic_fetch_add(&held->refs, 1);
  return held;
}

static kg_held_block *copy_block(const kg_blocks *cache, kg_perm perm, const kg_block *block,
                                 const kg_row *last) {
  const size_t bytes = sizeof(kg_held_block) + block->bytes.len;
  kg_held_block *held = (kg_held_block *)kg_alloc_zero(cache->allocator, 1, bytes);
  if (!held) {
    return NULL;
  }
  char *packed = (char *)held + sizeof *held;
  memcpy(packed, block->bytes.ptr, block->bytes.len);
  atomic_init(&held->refs, 1);
  held->perm = perm;
  held->last = *last;
  held->bytes = bytes;
  kgq_error *err = NULL;
  if (kg_block_open(kg_str_n(packed, block->bytes.len), false, &held->block, &err) != KGQ_OK) {
    kgq_error_free(err);
    kg_free(cache->allocator, held, bytes);
    return NULL;
  }
  kg_block_first_row(&held->block, 0, &held->first);
  return held;
}

/* ---- all of them -------------------------------------------------------------------------------- */

static void remove_slot(kg_blocks *cache, shelf *s, size_t at) {
  kg_held_block *held = s->slots[at].held;
  cache->bytes -= bytes_of(held);
  held->kept = false;
  s->count--;
  memmove(s->slots + at, s->slots + at + 1, (s->count - at) * sizeof(slot));
  release(cache, held);
}

static void clear_shelf(kg_blocks *cache, shelf *s) {
  while (s->count > 0) {
    remove_slot(cache, s, s->count - 1);
  }
}

static void clear(kg_blocks *cache) {
  for (int p = 0; p < KG_PERM_COUNT; p++) {
    clear_shelf(cache, &cache->shelves[p]);
  }
  memset(cache->seen, 0, sizeof cache->seen);
}

void kg_blocks_free(kg_blocks *cache) {
  if (!cache) {
    return;
  }
  clear(cache);
  for (int p = 0; p < KG_PERM_COUNT; p++) {
    kg_free(cache->allocator, cache->shelves[p].slots, cache->shelves[p].capacity * sizeof(slot));
  }
  pthread_mutex_destroy(&cache->mutex);
  kg_free(cache->allocator, cache, sizeof *cache);
}

static size_t random_below(kg_blocks *cache, size_t count) {
  cache->chance ^= cache->chance << 13;
  cache->chance ^= cache->chance >> 7;
  cache->chance ^= cache->chance << 17;
  return (size_t)(cache->chance % count);
}

static void make_room(kg_blocks *cache) {
  while (cache->bytes > cache->most_bytes) {
    size_t count = 0;
    for (int p = 0; p < KG_PERM_COUNT; p++) {
      count += cache->shelves[p].count;
    }
    assert(count > 0);
    size_t victim = random_below(cache, count);
    int p = 0;
    for (; victim >= cache->shelves[p].count; p++) {
      victim -= cache->shelves[p].count;
    }
    remove_slot(cache, &cache->shelves[p], victim);
  }
}

/* Is the cache of the snapshot's state? A newer snapshot takes it over. */
static bool fits(kg_blocks *cache, const kg_snap *snap) {
  const kg_counts *c = &snap->counts;
  const state now = { snap->commit, c->quads, c->base_terms, c->append_terms };
  if (memcmp(&now, &cache->state, sizeof now) == 0) {
    return true;
  }
  if (now.commit < cache->state.commit) {
    return false;
  }
  clear(cache);
  cache->state = now;
  return true;
}

void kg_blocks_unchanged(const kg_snap *before, const kg_counts *after) {
  kg_blocks *cache = before->db->blocks;
  if (!cache) {
    return;
  }
  pthread_mutex_lock(&cache->mutex);
  if (cache->state.commit == before->commit) {
    cache->state = (state){ before->commit + 1, after->quads, after->base_terms, after->append_terms };
  }
  pthread_mutex_unlock(&cache->mutex);
}

void kg_blocks_folded(const kg_snap *before, kg_perm perm) {
  kg_blocks *cache = before->db->blocks;
  if (!cache) {
    return;
  }
  pthread_mutex_lock(&cache->mutex);
  if (cache->state.commit == before->commit) {
    clear_shelf(cache, &cache->shelves[perm]);
    cache->state.commit++;
  }
  pthread_mutex_unlock(&cache->mutex);
}

/* The first slot whose last row is >= row. */
static size_t place_of(const shelf *s, const kg_row *row) {
  size_t low = 0, high = s->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (kg_row_compare(&s->slots[middle].last, row) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

kg_held_block *kg_blocks_find(const kg_snap *snap, kg_perm perm, const kg_row *row) {
  kg_blocks *cache = snap->db->blocks;
  kg_held_block *found = NULL;
  pthread_mutex_lock(&cache->mutex);
  if (fits(cache, snap)) {
    const shelf *s = &cache->shelves[perm];
    const size_t at = place_of(s, row);
    kg_held_block *held = at < s->count ? s->slots[at].held : NULL;
    if (held && (kg_row_compare(&held->first, row) <= 0 ||
                 (held->has_before && kg_row_compare(&held->before, row) < 0))) {
      found = hold(held);
    }
  }
  pthread_mutex_unlock(&cache->mutex);
  return found;
}

kg_held_block *kg_blocks_next(const kg_snap *snap, kg_perm perm, const kg_row *last) {
  kg_blocks *cache = snap->db->blocks;
  kg_held_block *found = NULL;
  pthread_mutex_lock(&cache->mutex);
  if (fits(cache, snap)) {
    const shelf *s = &cache->shelves[perm];
    size_t at = place_of(s, last);
    at += at < s->count && kg_row_compare(&s->slots[at].last, last) == 0 ? 1 : 0;
    kg_held_block *held = at < s->count ? s->slots[at].held : NULL;
    if (held && held->has_before && kg_row_compare(&held->before, last) == 0) {
      found = hold(held);
    }
  }
  pthread_mutex_unlock(&cache->mutex);
  return found;
}

/* Was the block read before? It is noted. */
static bool seen_before(kg_blocks *cache, kg_perm perm, const kg_row *last) {
  const uint64_t hash = XXH3_64bits_withSeed(last, sizeof *last, (uint64_t)perm + 1) | 1;
  uint64_t *place = &cache->seen[hash / 2 % SEEN];
  const bool seen = *place == hash;
  *place = hash;
  return seen;
}

static kg_held_block *insert(kg_blocks *cache, shelf *s, size_t at, kg_held_block *held) {
  void *slots = s->slots;
  kgq_error *err = NULL;
  if (kg_grow(cache->allocator, &slots, &s->capacity, s->count + 1, sizeof(slot), &err) != KGQ_OK) {
    kgq_error_free(err);
    release(cache, held);
    return NULL;
  }
  s->slots = (slot *)slots;
  memmove(s->slots + at + 1, s->slots + at, (s->count - at) * sizeof(slot));
  s->slots[at] = (slot){ held->last, held };
  s->count++;
  cache->bytes += held->bytes;
  held->kept = true;
  hold(held);
  make_room(cache);
  return held;
}

static kg_held_block *offer(kg_blocks *cache, kg_perm perm, const kg_block *block, const kg_row *last,
                            const kg_row *before) {
  shelf *s = &cache->shelves[perm];
  const size_t at = place_of(s, last);
  kg_held_block *held = NULL;
  if (at < s->count && kg_row_compare(&s->slots[at].last, last) == 0) {
    held = hold(s->slots[at].held);
  } else if (seen_before(cache, perm, last)) {
    held = copy_block(cache, perm, block, last);
    held = held ? insert(cache, s, at, held) : NULL;
  }
  if (held && before && !held->has_before) {
    held->before = *before;
    held->has_before = true;
  }
  return held;
}

kg_held_block *kg_blocks_offer(const kg_snap *snap, kg_perm perm, const kg_block *block, const kg_row *last,
                               const kg_row *before) {
  kg_blocks *cache = snap->db->blocks;
  kg_held_block *held = NULL;
  pthread_mutex_lock(&cache->mutex);
  if (fits(cache, snap)) {
    held = offer(cache, perm, block, last, before);
  }
  pthread_mutex_unlock(&cache->mutex);
  return held;
}

void kg_blocks_release(const kg_snap *snap, kg_held_block *held) {
  if (held) {
    release(snap->db->blocks, held);
  }
}

/* ---- runs --------------------------------------------------------------------------------------- */

/* Gives the run to the block, unless another thread was first. */
static kg_id *keep_run(kg_blocks *cache, kg_held_block *held, uint32_t mini, kg_id *run) {
  pthread_mutex_lock(&cache->mutex);
  kg_id *have = atomic_load(&held->runs[mini]);
  if (!have) {
    atomic_store(&held->runs[mini], run);
    if (held->kept) {
      cache->bytes += RUN_BYTES;
      make_room(cache);
    }
  }
  pthread_mutex_unlock(&cache->mutex);
  if (have) {
    kg_free(cache->allocator, run, RUN_BYTES);
  }
  return have ? have : run;
}

static kgq_status decode(kg_blocks *cache, kg_held_block *held, uint32_t mini, kg_id **out, kgq_error **err) {
  kg_id *run = (kg_id *)kg_alloc(cache->allocator, RUN_BYTES);
  if (!run) {
    return kg_fail_memory(err);
  }
  kg_id *const columns[4] = { run, run + KG_MINI_ROWS, run + 2 * KG_MINI_ROWS, run + 3 * KG_MINI_ROWS };
  const kgq_status st = kg_block_decode(&held->block, mini, columns, err);
  if (st != KGQ_OK) {
    kg_free(cache->allocator, run, RUN_BYTES);
    return st;
  }
  *out = keep_run(cache, held, mini, run);
  return KGQ_OK;
}

kgq_status kg_blocks_run(const kg_snap *snap, kg_held_block *held, uint32_t mini, const kg_id *columns[4],
                         kgq_error **err) {
  assert(mini < held->block.mini_count);
  kg_id *run = atomic_load_explicit(&held->runs[mini], memory_order_acquire);
  if (!run) {
    KGQ_TRY(decode(snap->db->blocks, held, mini, &run, err));
  }
  for (size_t c = 0; c < 4; c++) {
    columns[c] = run + c * KG_MINI_ROWS;
  }
  return KGQ_OK;
}
