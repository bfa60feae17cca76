/* core/row_sort.h: sorts records of four words, more than fit into memory.
 *
 * Records are added, sorted in runs by sort.h, written to a temporary file when memory is full, and merged
 * when they are read. What fits is never written. Stable: equal records come out in the order they came in.
 */
#ifndef KG_CORE_ROW_SORT_H
#define KG_CORE_ROW_SORT_H

#include "core/sort.h"

typedef struct kg_row_sort kg_row_sort;

/* `folder`: where runs go; NULL: all stays in memory. `order`: the bits of the words that records are sorted
 * by. */
kgq_status kg_row_sort_new(const kgq_allocator *a, const char *folder, size_t memory_bytes,
                           const uint64_t order[KG_SORT_WORDS], kg_row_sort **out, kgq_error **err);
/* Records come sorted but for the columns of `changed`: runs are sorted by those only. */
void kg_row_sort_presorted(kg_row_sort *s, const uint64_t changed[KG_SORT_WORDS]);
void kg_row_sort_free(kg_row_sort *s); /* NULL is fine */
kgq_status kg_row_sort_add(kg_row_sort *s, const uint64_t record[KG_SORT_WORDS], kgq_error **err);
uint64_t kg_row_sort_count(const kg_row_sort *s);
/* No more are added. */
kgq_status kg_row_sort_finish(kg_row_sort *s, kgq_error **err);
/* The next records in order, as many as are at hand; valid until the next call. *count 0: the end. */
kgq_status kg_row_sort_next(kg_row_sort *s, const uint64_t **words, size_t *count, kgq_error **err);

#endif
