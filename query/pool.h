/* query/pool.h: an allocator whose memory belongs to an arena.
 *
 * Blocks given back are kept by size and used again, so that buffers which grow, shrink and go (scratch
 * strings, compiled regular expressions) can live in a statement's arena and end with it, without anyone to
 * free them.
 */
#ifndef KG_QUERY_POOL_H
#define KG_QUERY_POOL_H

#include "core/memory.h"

#define KG_POOL_CLASSES 48

typedef struct kg_pool {
  kgq_allocator allocator; /* pass &pool->allocator */
  kg_arena *arena;
  void *free_blocks[KG_POOL_CLASSES]; /* of 2^class bytes, linked through their first word */
} kg_pool;

/* The pool must stay where it is. */
void kg_pool_init(kg_pool *pool, kg_arena *arena);

#endif
