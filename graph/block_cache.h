/* graph/block_cache.h: stored blocks that look-ups come back to, with their runs as they were decoded.
 *
 * One for a database, between scan_base.c and the store. A look-up that finds its block here costs a binary
 * search; out of the store it is a seek, a checksum and the decoding of a run, ten times as much. Only what
 * is met a second time gets a place, so that one pass over everything drives nothing out. Holds blocks of
 * one state, the newest that was asked for; older snapshots read from the store.
 *
 * Ownership: the database's. A block found is held for the caller until kg_blocks_release. Threads: any.
 */
#ifndef KG_GRAPH_BLOCK_CACHE_H
#define KG_GRAPH_BLOCK_CACHE_H

#include "graph/db.h"
#include "graph/perm.h"

#define KG_BLOCK_MINIS_MAX (KG_BLOCK_ROWS_MAX / KG_MINI_ROWS)

typedef struct kg_blocks kg_blocks;

typedef struct kg_held_block {
  atomic_uint refs;
  kg_perm perm;
  kg_row first, last;
  kg_row before;         /* last row of the block in front of it, if has_before */
  bool has_before, kept; /* kept: it has a place, which counts its bytes */
  kg_block block;
  _Atomic(kg_id *) runs[KG_BLOCK_MINIS_MAX]; /* decoded: four columns of KG_MINI_ROWS ids */
  size_t bytes;                              /* of itself with the block, runs left out */
} kg_held_block;

/* NULL: no memory, which is no error: everything works without. */
kg_blocks *kg_blocks_new(const kgq_allocator *a, size_t most_bytes);
void kg_blocks_free(kg_blocks *cache); /* NULL is fine */

/* The commit after `before`, which led to these counts, changed no block: what is kept stays. */
void kg_blocks_unchanged(const kg_snap *before, const kg_counts *after);
/* The commit after `before` folded this permutation and changed nothing else: the others stay. */
void kg_blocks_folded(const kg_snap *before, kg_perm perm);
/* The block that has the first row >= row; NULL: not here. */
kg_held_block *kg_blocks_find(const kg_snap *snap, kg_perm perm, const kg_row *row);
/* The block behind the one whose last row is `last`; NULL: not here. */
kg_held_block *kg_blocks_next(const kg_snap *snap, kg_perm perm, const kg_row *last);
/* Shows a block that was read and verified. Held for the caller if it has a place now, else NULL. before
 * NULL: not known. */
kg_held_block *kg_blocks_offer(const kg_snap *snap, kg_perm perm, const kg_block *block, const kg_row *last,
                               const kg_row *before);
void kg_blocks_release(const kg_snap *snap, kg_held_block *held); /* NULL is fine */
/* The columns of run `mini`, decoded now or before; valid while the block is held. */
kgq_status kg_blocks_run(const kg_snap *snap, kg_held_block *held, uint32_t mini, const kg_id *columns[4],
                         kgq_error **err);

#endif
