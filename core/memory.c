/* core/memory.c: the allocator, arenas and growing byte buffers.
 *
 * The only file that names the C library's allocator. Everything that KGQ allocates comes through kg_resize,
 * so that a host's allocator, a memory budget and the tests that make each allocation fail see all of it.
 */
#include "core/memory.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>

kgq_status kg_grow(const kgq_allocator *a, void **array, size_t *capacity, size_t needed, size_t item_bytes,
                   kgq_error **err) {
  if (needed <= *capacity) {
    return KGQ_OK;
  }
  size_t larger = *capacity ? *capacity : 8;
  while (larger < needed) {
    if (larger > SIZE_MAX / 2) {
      return kg_fail_memory(err);
    }
    larger *= 2;
  }
  if (larger > SIZE_MAX / item_bytes) {
    return kg_fail_memory(err);
  }
  void *moved = kg_resize(a, *array, *capacity * item_bytes, larger * item_bytes);
  if (!moved) {
    return kg_fail_memory(err);
  }
  *array = moved;
  *capacity = larger;
  return KGQ_OK;
}

/* ---- arena ------------------------------------------------------------------------------------ */

struct kg_arena_chunk {
  kg_arena_chunk *next;
  size_t bytes; /* with this header */
};

#define ARENA_CHUNK_FIRST ((size_t)4096)
#define ARENA_CHUNK_MAX   ((size_t)1 << 20)

void kg_arena_init(kg_arena *arena, const kgq_allocator *a) {
  memset(arena, 0, sizeof *arena);
  arena->allocator = a;
}

/* Chunks double up to 1 MiB: few allocations for large arenas, little waste in small ones. A piece larger
 * than a chunk gets one of its own. */
static bool arena_add_chunk(kg_arena *arena, size_t bytes) {
  size_t size = arena->chunks ? arena->chunks->bytes * 2 : ARENA_CHUNK_FIRST;
  size = size > ARENA_CHUNK_MAX ? ARENA_CHUNK_MAX : size;
  if (bytes > SIZE_MAX - sizeof(kg_arena_chunk)) {
    return false;
  }
  if (size < bytes + sizeof(kg_arena_chunk)) {
    size = bytes + sizeof(kg_arena_chunk);
  }
  if (arena->limit_bytes > 0 && (size > arena->limit_bytes || arena->bytes > arena->limit_bytes - size)) {
    arena->passed = true;
    return false;
  }
  kg_arena_chunk *chunk = kg_alloc(arena->allocator, size);
  if (!chunk) {
    return false;
  }
  chunk->bytes = size;
  chunk->next = arena->chunks;
  arena->chunks = chunk;
  arena->bytes += size;
  arena->free_start = (char *)chunk + sizeof *chunk;
  arena->free_end = (char *)chunk + size;
  return true;
}

void *kg_arena_alloc(kg_arena *arena, size_t bytes) {
  if (bytes > SIZE_MAX - 8) {
    return NULL;
  }
  const size_t rounded = (bytes + 7) & ~(size_t)7;
  if ((size_t)(arena->free_end - arena->free_start) < rounded && !arena_add_chunk(arena, rounded)) {
    return NULL;
  }
  void *ptr = arena->free_start;
  arena->free_start += rounded;
  assert(arena->free_start <= arena->free_end);
  return ptr;
}

void *kg_arena_zero(kg_arena *arena, size_t bytes) {
  void *ptr = kg_arena_alloc(arena, bytes);
  if (ptr) {
    memset(ptr, 0, bytes);
  }
  return ptr;
}

kgq_status kg_arena_copy(kg_arena *arena, kgq_str text, kgq_str *out, kgq_error **err) {
  char *copy = kg_arena_alloc(arena, text.len + 1);
  if (!copy) {
    return kg_fail_memory(err);
  }
  if (text.len) {
    memcpy(copy, text.ptr, text.len);
  }
  copy[text.len] = '\0';
  *out = kg_str_n(copy, text.len);
  return KGQ_OK;
}

kgq_status kg_arena_print(kg_arena *arena, kgq_str *out, kgq_error **err, const char *format, ...) {
  va_list args;
  va_start(args, format);
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  char *text = length < 0 ? NULL : kg_arena_alloc(arena, (size_t)length + 1);
  if (text) {
    (void)vsnprintf(text, (size_t)length + 1, format, again);
    *out = kg_str_n(text, (size_t)length);
  }
  va_end(again);
  return text ? KGQ_OK : kg_fail_memory(err);
}

void kg_arena_reset(kg_arena *arena) {
  kg_arena_chunk *keep = arena->chunks;
  if (!keep) {
    return;
  }
  for (kg_arena_chunk *chunk = keep->next; chunk;) {
    kg_arena_chunk *next = chunk->next;
    kg_free(arena->allocator, chunk, chunk->bytes);
    chunk = next;
  }
  keep->next = NULL;
  arena->bytes = keep->bytes;
  arena->free_start = (char *)keep + sizeof *keep;
  arena->free_end = (char *)keep + keep->bytes;
}

void kg_arena_free(kg_arena *arena) {
  kg_arena_reset(arena);
  if (arena->chunks) {
    kg_free(arena->allocator, arena->chunks, arena->chunks->bytes);
  }
  kg_arena_init(arena, arena->allocator);
}

/* ---- buffer ----------------------------------------------------------------------------------- */

void kg_buf_init(kg_buf *buf, const kgq_allocator *a) {
  memset(buf, 0, sizeof *buf);
  buf->allocator = a;
}

void kg_buf_free(kg_buf *buf) {
  kg_free(buf->allocator, buf->bytes, buf->capacity);
  kg_buf_init(buf, buf->allocator);
}

kgq_status kg_buf_reserve(kg_buf *buf, size_t more, kgq_error **err) {
  if (more > SIZE_MAX - buf->len) {
    return kg_fail_memory(err);
  }
  void *bytes = buf->bytes;
  const kgq_status st = kg_grow(buf->allocator, &bytes, &buf->capacity, buf->len + more, 1, err);
  buf->bytes = bytes;
  return st;
}

kgq_status kg_buf_add(kg_buf *buf, const void *bytes, size_t count, kgq_error **err) {
  if (count == 0) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_buf_reserve(buf, count, err));
  memcpy(buf->bytes + buf->len, bytes, count);
  buf->len += count;
  return KGQ_OK;
}

kgq_status kg_buf_add_str(kg_buf *buf, kgq_str text, kgq_error **err) {
  return kg_buf_add(buf, text.ptr, text.len, err);
}

kgq_status kg_buf_add_text(kg_buf *buf, const char *text, kgq_error **err) {
  return kg_buf_add(buf, text, strlen(text), err);
}

kgq_status kg_buf_add_byte(kg_buf *buf, char byte, kgq_error **err) {
  return kg_buf_add(buf, &byte, 1, err);
}

kgq_status kg_buf_print(kg_buf *buf, kgq_error **err, const char *format, ...) {
  va_list args;
  va_start(args, format);
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  kgq_status st = length < 0 ? kg_fail_memory(err) : kg_buf_reserve(buf, (size_t)length + 1, err);
  if (st == KGQ_OK) {
    (void)vsnprintf(buf->bytes + buf->len, (size_t)length + 1, format, again);
    buf->len += (size_t)length;
  }
  va_end(again);
  return st;
}
