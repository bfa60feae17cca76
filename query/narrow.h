/* query/narrow.h: what one side of a join says of the other: which ids of a column can find a partner at all.
 *
 * The least and the greatest id, and one bit an id between them where these lie close, else one bit a hash. A
 * hint: rows that it does not hold are not wanted, and rows that it holds may be dropped later. Made by hash
 * joins, followed by scans; what lies between passes it on (kg_op_narrow).
 *
 * Ownership: bits come from the allocator of the rows, and go with kg_narrow_free.
 */
#ifndef KG_QUERY_NARROW_H
#define KG_QUERY_NARROW_H

#include "query/rows.h"

typedef struct kg_narrow {
  kg_id low, high;
  uint64_t *bits; /* NULL: only the range is known */
  size_t words;
  const kgq_allocator *allocator;
  unsigned shift; /* of the hash; 0: the bit is that of id - low */
} kg_narrow;

/* Of the ids in a column of rows, which are not none. Without memory there are no bits. */
void kg_narrow_make(kg_narrow *n, const kg_rows *rows, uint32_t column);
void kg_narrow_free(kg_narrow *n); /* also fine on a zeroed one */

/* Of an id in the range. */
static inline uint64_t kg_narrow_bit(const kg_narrow *n, kg_id id) {
  return n->shift ? (id * UINT64_C(0x9E3779B97F4A7C15)) >> n->shift : id - n->low;
}

static inline bool kg_narrow_holds(const kg_narrow *n, kg_id id) {
  if (id < n->low || id > n->high) {
    return false;
  }
  const uint64_t at = kg_narrow_bit(n, id);
  return !n->bits || (n->bits[at / 64] >> (at % 64) & 1) != 0;
}

#endif
