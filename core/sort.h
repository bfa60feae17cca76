/* core/sort.h: sorting in memory: records of four words, and strings.
 *
 * Used by commits and loads: records by radix (stable, so that a second order is reached from a first one by
 * sorting on the changed words only), strings by a multikey quicksort over cached 8-byte windows, because
 * terms share long beginnings. Does not know rows or terms, and does not spill: graph/bulk.c decides how much
 * is sorted at once.
 */
#ifndef KG_CORE_SORT_H
#define KG_CORE_SORT_H

#include "core/memory.h"

#define KG_SORT_WORDS 4

/* Stable sort by word 0, then 1, 2, 3, of which only the bits in mask[] count. `records` and `scratch` hold
 * count * KG_SORT_WORDS words each; the one that holds the result is returned. Bytes that are the same in all
 * records cost one look. */
uint64_t *kg_sort_records(uint64_t *records, uint64_t *scratch, size_t count,
                          const uint64_t mask[KG_SORT_WORDS]);

/* Fills order[] with the indexes of texts[] in rising byte order (equal texts in any order). */
kgq_status kg_sort_strings(const kgq_allocator *a, const kgq_str *texts, uint32_t count, uint32_t *order,
                           kgq_error **err);

#endif
