/* query/narrow.c: the ids of a column as a range and bits. See narrow.h. */
#include "query/narrow.h"

#include <assert.h>

/* Bits an id: within that the exact ones are small enough; a hash has this many, so one of 8 to 16 that are
 * not there seems to be. */
#define EXACT_BITS 32u
#define HASH_BITS  8u

static uint32_t rows_in_chunk(const kg_rows *rows, uint32_t first) {
  return rows->count - first < KG_ROWS_CHUNK ? rows->count - first : KG_ROWS_CHUNK;
}

static void find_range(kg_narrow *n, const kg_rows *rows, uint32_t column) {
  n->low = UINT64_MAX;
  n->high = 0;
  for (uint32_t first = 0; first < rows->count; first += KG_ROWS_CHUNK) {
    const kg_id *at = kg_rows_at(rows, first) + column;
    for (uint32_t i = rows_in_chunk(rows, first); i > 0; i--, at += rows->width) {
      n->low = *at < n->low ? *at : n->low;
      n->high = *at > n->high ? *at : n->high;
    }
  }
}

static void set_bits(const kg_narrow *n, uint64_t *bits, const kg_rows *rows, uint32_t column) {
  for (uint32_t first = 0; first < rows->count; first += KG_ROWS_CHUNK) {
    const kg_id *id = kg_rows_at(rows, first) + column;
    for (uint32_t i = rows_in_chunk(rows, first); i > 0; i--, id += rows->width) {
      const uint64_t at = kg_narrow_bit(n, *id);
      bits[at / 64] |= UINT64_C(1) << (at % 64);
    }
  }
}

static size_t words_for(kg_narrow *n, uint32_t count) {
  const uint64_t span = n->high - n->low;
  if (span < (uint64_t)count * EXACT_BITS) {
    n->shift = 0;
    return (size_t)(span / 64 + 1);
  }
  uint64_t bits = 64;
  n->shift = 64 - 6;
  while (bits < (uint64_t)count * HASH_BITS) {
    bits *= 2;
    n->shift--;
  }
  return (size_t)(bits / 64);
}

void kg_narrow_make(kg_narrow *n, const kg_rows *rows, uint32_t column) {
  assert(rows->count > 0 && column < rows->width);
  kg_narrow_free(n);
  find_range(n, rows, column);
  const size_t words = words_for(n, rows->count);
  uint64_t *bits = (uint64_t *)kg_alloc_zero(rows->allocator, words, sizeof(uint64_t));
  if (!bits) {
    n->shift = 0;
    return;
  }
  set_bits(n, bits, rows, column);
  n->bits = bits;
  n->words = words;
  n->allocator = rows->allocator;
}

void kg_narrow_free(kg_narrow *n) {
  if (n->bits) {
    kg_free(n->allocator, n->bits, n->words * sizeof(uint64_t));
  }
  *n = (kg_narrow){ 0 };
}
