/* core/heap.h: the one path to memory: an allocator's resize function, and the C library's behind NULL.
 *
 * The lowest file of all: errors and arenas stand on it. heap.c alone names libc allocation, so that a host's
 * allocator, a memory budget and the tests that make each allocation fail see everything.
 */
#ifndef KG_CORE_HEAP_H
#define KG_CORE_HEAP_H

#include "include/kgq.h"

/* The C library's allocator; what NULL stands for in options. */
extern const kgq_allocator kg_libc_allocator;

void *kg_alloc(const kgq_allocator *a, size_t bytes);                         /* NULL: no memory */
void *kg_alloc_zero(const kgq_allocator *a, size_t count, size_t item_bytes); /* zeroed, overflow-safe */
void *kg_resize(const kgq_allocator *a, void *ptr, size_t old_bytes, size_t new_bytes);
void kg_free(const kgq_allocator *a, void *ptr, size_t bytes); /* NULL is fine */

#endif
