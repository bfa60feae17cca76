/* graph/scan_base.h: a cursor over the stored blocks of one permutation.
 *
 * The lower half of scan.c: decodes mini-block after mini-block between two bounds, jumps by skip index or
 * store. Knows neither delta nor overlay. A cursor shows a run of rows: ids[c][from .. to - 1]; its user
 * takes rows by moving `from`.
 */
#ifndef KG_GRAPH_SCAN_BASE_H
#define KG_GRAPH_SCAN_BASE_H

#include "graph/block_cache.h"
#include "graph/scan.h"

#define KG_ROW_KEY_BYTES 34 /* table byte, permutation byte, four big-endian ids */

typedef struct kg_bounds {
  kg_row low, high; /* rows r with low <= r <= high */
  bool empty;
} kg_bounds;

typedef struct kg_base {
  kg_snap *snap;
  kg_perm perm;
  kg_store_iter *iter; /* opened when the cache lacks a block for the first time */
  bool placed;         /* it stands on the block at hand */
  bool fresh;          /* reads from the store alone: to check what is stored, or to read it once */
  kg_held_block *held; /* the block at hand is this one of the cache; NULL: it is the iterator's */
  unsigned steps;      /* blocks since the last jump */
  kg_bounds bounds;
  bool ended, has_block, last_run; /* last_run: nothing behind the run lies inside the bounds */
  kg_block block;
  kg_row block_last; /* from its key */
  uint32_t mini, from, to;
  unsigned steps_lost;        /* how often stepping to a near block was in vain, since it was not */
  unsigned wanted, have;      /* bits of columns: asked for by the user, decoded in the run */
  const kg_id *ids[4];        /* of the run: in `own`, or in the cache */
  kg_id own[4][KG_MINI_ROWS]; /* last: a new scan does not clear it */
} kg_base;

kg_bounds kg_bounds_of(const kg_scan_spec *spec);
void kg_row_key(unsigned char table, kg_perm perm, const kg_row *row, char key[KG_ROW_KEY_BYTES]);
/* KGQ_CORRUPT if it is not a key of such a row. */
kgq_status kg_row_of_key(kgq_str key, kg_row *out, kgq_error **err);

kgq_status kg_base_open(kg_base *b, kg_snap *snap, kg_perm perm, kgq_error **err);
void kg_base_close(kg_base *b); /* fine on a zeroed one */
/* Begins at the first row inside `bounds`, wherever the cursor was. */
kgq_status kg_base_bind(kg_base *b, const kg_bounds *bounds, kgq_error **err);
/* Forward to the first row >= row. */
kgq_status kg_base_seek(kg_base *b, const kg_row *row, kgq_error **err);
/* Makes the run non-empty with the wanted columns decoded, or sets `ended`. */
kgq_status kg_base_fill(kg_base *b, kgq_error **err);
/* Number of rows of the run, from `from` on, that are < row; all four columns must be wanted. */
uint32_t kg_base_below(const kg_base *b, const kg_row *row);

/* Blocks as wholes, for counting: the first one whose last row is >= row; the next one; `ended` when there is
 * none. */
kgq_status kg_base_seek_block(kg_base *b, const kg_row *row, kgq_error **err);
kgq_status kg_base_next_block(kg_base *b, kgq_error **err);
/* Rows of the block that are < row, or with `through` <= row. */
kgq_status kg_base_rank(kg_base *b, const kg_row *row, bool through, uint32_t *out, kgq_error **err);

#endif
