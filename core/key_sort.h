/* core/key_sort.h: sorts keys with values, both bytes, more than fit into memory.
 *
 * Keys are added and sorted in runs by sort.h; runs go front-coded to a temporary file when memory is full
 * and are merged when they are read. A caller with sorted keys of its own writes a run of them. Stable: equal
 * keys come out in the order they came in.
 */
#ifndef KG_CORE_KEY_SORT_H
#define KG_CORE_KEY_SORT_H

#include "core/memory.h"

typedef struct kg_key_sort kg_key_sort;

/* `folder`: where runs go; NULL: all stays in memory. */
kgq_status kg_key_sort_new(const kgq_allocator *a, const char *folder, size_t memory_bytes, kg_key_sort **out,
                           kgq_error **err);
void kg_key_sort_free(kg_key_sort *s); /* NULL is fine */
kgq_status kg_key_sort_add(kg_key_sort *s, kgq_str key, kgq_str value, kgq_error **err);
/* A run of the caller's: begin, then keys in rising order. Runs are numbered from 0 if nothing else is added.
 * Needs a folder. */
kgq_status kg_key_sort_run(kg_key_sort *s, kgq_error **err);
kgq_status kg_key_sort_put(kg_key_sort *s, kgq_str key, kgq_str value, kgq_error **err);
/* No more are added. */
kgq_status kg_key_sort_finish(kg_key_sort *s, kgq_error **err);
/* The next record, valid until the next call; false in *more at the end. `run` may be NULL: which run it is
 * of. */
kgq_status kg_key_sort_next(kg_key_sort *s, kgq_str *key, kgq_str *value, uint32_t *run, bool *more,
                            kgq_error **err);

#endif
