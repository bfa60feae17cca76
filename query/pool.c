/* query/pool.c: an allocator whose memory belongs to an arena. See pool.h. */
#include "query/pool.h"

#include <assert.h>
#include <stdint.h>

#define CLASS_MIN 5 /* 32 bytes */

static unsigned class_of(size_t bytes) {
  unsigned class = CLASS_MIN;
  while (class < KG_POOL_CLASSES && ((size_t)1 << class) < bytes) {
    class ++;
  }
  return class;
}

static void *take(kg_pool *pool, size_t bytes) {
  const unsigned class = class_of(bytes);
  if (class >= KG_POOL_CLASSES) {
    return NULL;
  }
  void *block = pool->free_blocks[class];
  if (block) {
    memcpy(&pool->free_blocks[class], block, sizeof(void *));
    return block;
  }
  return kg_arena_alloc(pool->arena, (size_t)1 << class);
}

static void give_back(kg_pool *pool, void *block, size_t bytes) {
  const unsigned class = class_of(bytes);
  assert(class < KG_POOL_CLASSES);
  memcpy(block, &pool->free_blocks[class], sizeof(void *));
  pool->free_blocks[class] = block;
}

static void *pool_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  kg_pool *pool = (kg_pool *)arg;
  if (new_bytes == 0) {
    if (ptr) {
      give_back(pool, ptr, old_bytes);
    }
    return NULL;
  }
  if (ptr && class_of(old_bytes) == class_of(new_bytes)) {
    return ptr;
  }
  void *block = take(pool, new_bytes);
  if (block && ptr) {
    memcpy(block, ptr, old_bytes < new_bytes ? old_bytes : new_bytes);
    give_back(pool, ptr, old_bytes);
  }
  return block;
}

void kg_pool_init(kg_pool *pool, kg_arena *arena) {
  memset(pool, 0, sizeof *pool);
  pool->arena = arena;
  pool->allocator = (kgq_allocator){ pool_resize, pool };
}
