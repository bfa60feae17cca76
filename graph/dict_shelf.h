/* graph/dict_shelf.h: stored blocks of the dictionary's base range that answers come back to.
 *
 * One for a database, between dict_base.c and the store, as block_cache.h is for rows: out of the store a
 * block is a look-up and a checksum over some KiB, ten times the price of the term it is read for. Only what
 * is met a second time gets a place. Holds blocks of one state, the newest that was asked for; commits that
 * leave the base range as it is leave it here too.
 *
 * Ownership: the database's. A block found is held for the caller until kg_shelf_release. Threads: any.
 */
#ifndef KG_GRAPH_DICT_SHELF_H
#define KG_GRAPH_DICT_SHELF_H

#include "graph/db.h"
#include "graph/dict_block.h"

typedef struct kg_shelf kg_shelf;
typedef struct kg_shelved {
  atomic_uint refs;
  uint64_t number;
  kg_dict_block block;
  size_t bytes; /* of itself, with the text behind it */
} kg_shelved;

/* NULL: no memory, which is no error: everything works without. */
kg_shelf *kg_shelf_new(const kgq_allocator *a, size_t most_bytes);
void kg_shelf_free(kg_shelf *shelf); /* NULL is fine */

/* The commit after `before` changed nothing of the base range. */
void kg_shelf_unchanged(const kg_snap *before);
/* NULL: not here. */
kg_shelved *kg_shelf_find(const kg_snap *snap, uint64_t number);
/* Shows block `number`, which was read and verified; `block` is the view of `bytes`. Held for the caller if
 * it has a place now, else NULL. */
kg_shelved *kg_shelf_offer(const kg_snap *snap, uint64_t number, kgq_str bytes, const kg_dict_block *block);
void kg_shelf_release(const kg_snap *snap, kg_shelved *held); /* NULL is fine */

#endif
