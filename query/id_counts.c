/* query/id_counts.c: how often each id came. See id_counts.h. */
#include "query/id_counts.h"

#include <string.h>

#include "core/heap.h"

void kg_id_counts_free(kg_id_counts *c) {
  kg_free(c->allocator, c->counts, c->size * sizeof(uint32_t));
  c->counts = NULL;
  c->size = 0;
}

/* From low to high, and half as much again on the side that grew, within `most`. */
static bool grow(kg_id_counts *c, kg_id low, kg_id high, size_t most) {
  const uint64_t need = high - low;
  if (need >= most) {
    return false;
  }
  const uint64_t slack = need / 2 < most - need - 1 ? need / 2 : most - need - 1;
  const bool down = c->size > 0 && low < c->low;
  const kg_id from = !down ? low : low > slack ? low - slack : 0;
  const size_t size = (size_t)(high - from) + 1 + (down ? 0 : (size_t)slack);
  uint32_t *counts = (uint32_t *)kg_alloc_zero(c->allocator, size, sizeof(uint32_t));
  if (!counts) {
    return false;
  }
  if (c->size > 0) {
    memcpy(counts + (c->low - from), c->counts, c->size * sizeof(uint32_t));
  }
  kg_free(c->allocator, c->counts, c->size * sizeof(uint32_t));
  c->counts = counts;
  c->low = from;
  c->size = size;
  return true;
}

bool kg_id_counts_room(kg_id_counts *c, const kg_id *ids, uint32_t count, size_t most) {
  if (count == 0) {
    return true;
  }
  kg_id low = c->size ? c->low : ids[0], high = c->size ? c->low + c->size - 1 : ids[0];
  const kg_id first = low, last = high;
  for (uint32_t i = 0; i < count; i++) {
    low = ids[i] < low ? ids[i] : low;
    high = ids[i] > high ? ids[i] : high;
  }
  return (c->size > 0 && low == first && high == last) || grow(c, low, high, most);
}

void kg_id_counts_add(kg_id_counts *c, const kg_id *ids, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    c->counts[ids[i] - c->low]++;
  }
}
