/* graph/block.h: a stored block: up to 2 x KG_BLOCK_ROWS sorted rows of four ids, packed.
 *
 * Pure functions over bytes and arrays: no store, no permutation. Layout, drawn in docs/FORMAT.md: a header
 * (row count, distinct first-three-column count, first row, checksum), a skip index with one entry for each
 * mini-block of KG_MINI_ROWS rows, then the mini-blocks, each of which can be decoded alone: per column,
 * differences from the row before (absolute, rotated ids where an earlier column changed), bit-packed over a
 * base with patched exceptions.
 *
 * Blocks are untrusted: kg_block_open verifies the checksum and every length before anything is decoded.
 */
#ifndef KG_GRAPH_BLOCK_H
#define KG_GRAPH_BLOCK_H

#include "core/memory.h"
#include "graph/id.h"

typedef struct kg_row {
  kg_id c[4];
} kg_row; /* in the order of its permutation; compares column by column */

static inline int kg_row_compare(const kg_row *a, const kg_row *b) {
  for (int i = 0; i < 4; i++) {
    if (a->c[i] != b->c[i]) {
      return a->c[i] < b->c[i] ? -1 : 1;
    }
  }
  return 0;
}

/* Appends the block of `count` strictly rising rows (1 .. 2 * KG_BLOCK_ROWS) to out. */
kgq_status kg_block_encode(const kg_row *rows, uint32_t count, kg_buf *out, kgq_error **err);

typedef struct kg_block {
  kgq_str bytes; /* belongs to the caller of kg_block_open */
  uint32_t row_count, mini_count;
  uint32_t triple_count;                  /* distinct values of the first three columns */
  const unsigned char *index;             /* skip index */
  const unsigned char *minis;             /* first mini-block */
  size_t minis_bytes;                     /* without the padding */
  uint64_t index_base[4], index_mask[4];  /* of the four columns of a skip index entry ... */
  uint8_t index_at[5], index_rotation[4]; /* ... where each begins in it; [4]: the mini-block's offset */
  uint8_t entry_bytes;
  uint64_t offset_mask;
} kg_block;

/* KGQ_CORRUPT if the bytes are not a whole, undamaged block. `verify` false skips the checksum (verified
 * before). */
kgq_status kg_block_open(kgq_str bytes, bool verify, kg_block *out, kgq_error **err);
/* Rows in mini-block m: KG_MINI_ROWS but for the last. */
uint32_t kg_block_mini_rows(const kg_block *b, uint32_t m);
#define KG_BLOCK_ROWS_MAX (2 * KG_BLOCK_ROWS)

/* Decodes mini-block m; columns whose pointer is NULL are not stored (they may still be decoded). Each array
 * has room for KG_MINI_ROWS ids. */
kgq_status kg_block_decode(const kg_block *b, uint32_t m, kg_id *const columns[4], kgq_error **err);
/* First row of mini-block m. */
void kg_block_first_row(const kg_block *b, uint32_t m, kg_row *out);
/* The last mini-block whose first row is <= row (0 if none): where a search goes on. */
uint32_t kg_block_find(const kg_block *b, const kg_row *row);

#endif
