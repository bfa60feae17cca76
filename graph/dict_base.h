/* graph/dict_base.h: reading the base range of the dictionary: stored blocks by number, ranks by key.
 *
 * dict.c, dict_many.c and dict_check.c stand on it; no one else includes it. A rank is the place of a key
 * among all keys of the base range, a block holds KG_DICT_BLOCK_TERMS of them, so that block = rank /
 * KG_DICT_BLOCK_TERMS.
 *
 * The index has one record a block: the shortest separator, greater than the last key of the block before and
 * not greater than the first key of this one (block 0: empty). Where it would be longer than
 * KG_DICT_SEPARATOR_BYTES there is none, and a search goes on through the blocks behind the record before by
 * their first keys.
 */
#ifndef KG_GRAPH_DICT_BASE_H
#define KG_GRAPH_DICT_BASE_H

#include "graph/db.h"
#include "graph/dict_shelf.h"

static inline uint64_t kg_dict_block_count(const kg_snap *snap) {
  return (snap->counts.base_terms + KG_DICT_BLOCK_TERMS - 1) / KG_DICT_BLOCK_TERMS;
}

/* A stored block, held until it is freed. Zeroed: holds nothing. */
typedef struct kg_dict_held {
  kg_pin pin; /* where its bytes are, if not on the shelf */
  kg_shelved *shelved;
  const kg_snap *snap;
  kg_dict_block block;
  uint64_t number;
  bool holds;
} kg_dict_held;
/* Does nothing when that block is held already. */
kgq_status kg_dict_hold(kg_snap *snap, uint64_t number, kg_dict_held *held, kgq_error **err);
void kg_dict_held_free(kg_dict_held *held);
/* Opens bytes that are said to be block `number` and compares its frame with the counts. */
kgq_status kg_dict_open_numbered(const kg_snap *snap, uint64_t number, kgq_str bytes, kg_dict_block *out,
                                 kgq_error **err);

/* Finds keys. For many keys in rising order set `sequential`: then neighbours in index and blocks are tried
 * before anything is sought, and no key may be less than the one before. */
typedef struct kg_dict_finder {
  kg_snap *snap;
  bool sequential;
  kg_store_iter *index;  /* sequential: on the record behind the one at hand */
  kg_store_iter *blocks; /* sequential only; NULL: every block was on the shelf so far */
  uint64_t blocks_at;    /* what it is on; UINT64_MAX: nothing yet */
  kg_dict_held held;     /* its block may lie in the memory of `blocks` */
  uint64_t first, end;   /* blocks of the index record at hand; end 0: not known yet */
  bool placed;
} kg_dict_finder;
kgq_status kg_dict_finder_open(kg_snap *snap, bool sequential, kg_dict_finder *out, kgq_error **err);
void kg_dict_finder_close(kg_dict_finder *f); /* also fine on a zeroed one */
/* A finder for blocks only; numbers may not fall. What is held lives until the next call. */
void kg_dict_walk_open(kg_snap *snap, kg_dict_finder *out);
kgq_status kg_dict_walk_hold(kg_dict_finder *f, uint64_t number, kgq_error **err);
/* The rank of the first key >= `key` (the number of keys: none), and whether it is equal. */
kgq_status kg_dict_finder_rank(kg_dict_finder *f, kgq_str key, uint64_t *rank, bool *found, kgq_error **err);

#endif
