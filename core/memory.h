/* core/memory.h: growing arrays, arenas, byte buffers and small text helpers, built on heap.h.
 *
 * Does not hold limits on how much a statement may take: cancel.h wraps an allocator for that.
 *
 * Ownership: what kg_alloc returns belongs to the caller, who gives it back with its size; what an arena
 * returns belongs to the arena and goes when that is freed or reset.
 */
#ifndef KG_CORE_MEMORY_H
#define KG_CORE_MEMORY_H

#include <string.h>

#include "core/error.h"
#include "core/heap.h"

/* Makes room for `needed` items in a growing array: doubles *capacity, keeps items. The array is
 * untouched on failure (KGQ_NOMEM). */
kgq_status kg_grow(const kgq_allocator *a, void **array, size_t *capacity, size_t needed, size_t item_bytes,
                   kgq_error **err);

/* ---- arena: many small pieces with one end ---------------------------------------------------- */

typedef struct kg_arena_chunk kg_arena_chunk;
typedef struct kg_arena {
  const kgq_allocator *allocator;
  kg_arena_chunk *chunks; /* newest first */
  char *free_start, *free_end;
  size_t bytes;       /* taken from the allocator */
  size_t limit_bytes; /* 0: none. Beyond, there is no memory, and `passed` tells so; a reset leaves both */
  bool passed;
} kg_arena;

void kg_arena_init(kg_arena *arena, const kgq_allocator *a);
void *kg_arena_alloc(kg_arena *arena, size_t bytes); /* 8-byte aligned, not zeroed; NULL: no memory */
void *kg_arena_zero(kg_arena *arena, size_t bytes);  /* zeroed */
kgq_status kg_arena_copy(kg_arena *arena, kgq_str text, kgq_str *out, kgq_error **err); /* adds a NUL */
kgq_status kg_arena_print(kg_arena *arena, kgq_str *out, kgq_error **err, const char *format, ...)
    KG_PRINTF(4, 5);
void kg_arena_reset(kg_arena *arena); /* everything in it is gone; keeps one chunk */
void kg_arena_free(kg_arena *arena);  /* also fine on a zeroed one */

/* ---- buffer: bytes that grow ------------------------------------------------------------------ */

typedef struct kg_buf {
  const kgq_allocator *allocator;
  char *bytes;
  size_t len, capacity;
} kg_buf;

void kg_buf_init(kg_buf *buf, const kgq_allocator *a);
void kg_buf_free(kg_buf *buf);
kgq_status kg_buf_reserve(kg_buf *buf, size_t more, kgq_error **err);
kgq_status kg_buf_add(kg_buf *buf, const void *bytes, size_t count, kgq_error **err);
kgq_status kg_buf_add_str(kg_buf *buf, kgq_str text, kgq_error **err);
kgq_status kg_buf_add_text(kg_buf *buf, const char *text, kgq_error **err);
kgq_status kg_buf_add_byte(kg_buf *buf, char byte, kgq_error **err);
kgq_status kg_buf_print(kg_buf *buf, kgq_error **err, const char *format, ...) KG_PRINTF(3, 4);
static inline kgq_str kg_buf_str(const kg_buf *buf) {
  const kgq_str s = { buf->bytes ? buf->bytes : "", buf->len };
  return s;
}

/* ---- text helpers ----------------------------------------------------------------------------- */

#define KG_STR(literal) ((kgq_str){ "" literal, sizeof(literal) - 1 })
static inline kgq_str kg_str(const char *text) {
  const kgq_str s = { text ? text : "", text ? strlen(text) : 0 };
  return s;
}
static inline kgq_str kg_str_n(const char *text, size_t len) {
  const kgq_str s = { text, len };
  return s;
}
static inline bool kg_str_equal(kgq_str a, kgq_str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline int kg_str_compare(kgq_str a, kgq_str b) { /* by bytes; shorter first */
  const size_t n = a.len < b.len ? a.len : b.len;
  const int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return c ? c : (a.len > b.len) - (a.len < b.len);
}
static inline bool kg_str_starts(kgq_str text, kgq_str prefix) {
  return text.len >= prefix.len && memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

/* For printf's "%.*s": two arguments. */
#define KG_ARG(s) (int)((s).len > 200 ? 200 : (s).len), (s).ptr

/* ---- fixed-width numbers in byte strings ------------------------------------------------------- */

static inline void kg_put_be64(void *p, uint64_t v) {
  unsigned char *b = (unsigned char *)p;
  for (int i = 7; i >= 0; i--, v >>= 8) {
    b[i] = (unsigned char)v;
  }
}
static inline uint64_t kg_get_be64(const void *p) {
  const unsigned char *b = (const unsigned char *)p;
  uint64_t v = 0;
  for (int i = 0; i < 8; i++) {
    v = v << 8 | b[i];
  }
  return v;
}
static inline void kg_put_le32(void *p, uint32_t v) {
  unsigned char *b = (unsigned char *)p;
  for (int i = 0; i < 4; i++, v >>= 8) {
    b[i] = (unsigned char)v;
  }
}
static inline uint32_t kg_get_le32(const void *p) {
  const unsigned char *b = (const unsigned char *)p;
  return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}
static inline void kg_put_le64(void *p, uint64_t v) {
  kg_put_le32(p, (uint32_t)v);
  kg_put_le32((unsigned char *)p + 4, (uint32_t)(v >> 32));
}
static inline uint64_t kg_get_le64(const void *p) {
  return kg_get_le32(p) | (uint64_t)kg_get_le32((const unsigned char *)p + 4) << 32;
}

#endif
