/* core/heap.c: allocation through an allocator. See heap.h. */
#include "core/heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *libc_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  (void)arg;
  (void)old_bytes;
  if (new_bytes == 0) {
    free(ptr);
    return NULL;
  }
  return realloc(ptr, new_bytes);
}

const kgq_allocator kg_libc_allocator = { libc_resize, NULL };

void *kg_resize(const kgq_allocator *a, void *ptr, size_t old_bytes, size_t new_bytes) {
  const kgq_allocator *allocator = a ? a : &kg_libc_allocator;
  return allocator->resize(allocator->arg, ptr, old_bytes, new_bytes);
}

void *kg_alloc(const kgq_allocator *a, size_t bytes) {
  return kg_resize(a, NULL, 0, bytes ? bytes : 1);
}

void *kg_alloc_zero(const kgq_allocator *a, size_t count, size_t item_bytes) {
  if (item_bytes && count > SIZE_MAX / item_bytes) {
    return NULL;
  }
  const size_t bytes = count * item_bytes;
  void *ptr = kg_alloc(a, bytes);
  if (ptr) {
    memset(ptr, 0, bytes ? bytes : 1);
  }
  return ptr;
}

void kg_free(const kgq_allocator *a, void *ptr, size_t bytes) {
  if (ptr) {
    kg_resize(a, ptr, bytes ? bytes : 1, 0);
  }
}
