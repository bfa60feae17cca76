/* graph/dict_block.h: a block of the dictionary's base range: up to KG_DICT_BLOCK_TERMS sorted term keys,
 * front-coded.
 *
 * Pure functions over bytes: no store, no terms. Blocks are untrusted: kg_dict_block_open checks the checksum
 * and the frame, and each entry is checked again when it is walked, so that a damaged block is KGQ_CORRUPT
 * and never read past.
 *
 *   0   checksum (8)      XXH3-64 of all that follows, little-endian like every number here
 *   8   version (1) = 1
 *   9   restart (1)       entries from one restart point to the next: KG_DICT_RESTART_TERMS
 *   10  count (2)         entries, 1 .. KG_DICT_BLOCK_TERMS
 *   12  first rank (8)    of entry 0; entry i has rank first + i
 *   20  offsets (4 each)  of restart points 1, 2 ... from the start of the entries (point 0 is at 0)
 *   ..  entries           each: varint shared, varint rest, then `rest` bytes
 *
 * An entry's key is the first `shared` bytes of the key before it and its own bytes; at a restart point
 * shared is 0.
 */
#ifndef KG_GRAPH_DICT_BLOCK_H
#define KG_GRAPH_DICT_BLOCK_H

#include "core/limits.h"
#include "core/memory.h"

/* Appends the block of `count` strictly rising keys (1 .. KG_DICT_BLOCK_TERMS). */
kgq_status kg_dict_block_encode(const kgq_str *keys, uint32_t count, uint64_t first_rank, kg_buf *out,
                                kgq_error **err);

typedef struct kg_dict_block {
  uint64_t first_rank;
  uint32_t count, restart_count;
  const unsigned char *offsets; /* of restart points 1 ... */
  const unsigned char *entries;
  size_t entries_bytes;
} kg_dict_block;

/* A view of `bytes`, which belong to the caller and must outlive it. */
kgq_status kg_dict_block_open(kgq_str bytes, kg_dict_block *out, kgq_error **err);
/* The key of entry `index`, in arena memory with a NUL behind it. */
kgq_status kg_dict_block_key(const kg_dict_block *b, uint32_t index, kg_arena *arena, kgq_str *out,
                             kgq_error **err);
/* The same of keys one after the other, out of the same arena: one behind that at hand among the entries up
 * to the next restart point is reached from there. Zeroed for each block. */
typedef struct kg_dict_cursor {
  uint32_t next; /* index behind the key at hand; 0: none */
  size_t at;     /* of that entry */
  kgq_str key;
} kg_dict_cursor;
kgq_status kg_dict_block_key_after(const kg_dict_block *b, kg_dict_cursor *cursor, uint32_t index,
                                   kg_arena *arena, kgq_str *out, kgq_error **err);
/* The first entry whose key is >= `key` (b->count: none), and whether it is equal. */
kgq_status kg_dict_block_find(const kg_dict_block *b, kgq_str key, uint32_t *index, bool *found,
                              kgq_error **err);

/* A walk over all keys in order; `key` holds the one at hand. Zero it but for block and an initialised key.
 */
typedef struct kg_dict_walk {
  const kg_dict_block *block;
  uint32_t index; /* of the next entry */
  size_t at;
  kg_buf key;
} kg_dict_walk;
/* false in *more at the end. */
kgq_status kg_dict_block_next(kg_dict_walk *walk, bool *more, kgq_error **err);

#endif
