/* core/spares.c: reuse of larger pieces of memory. See spares.h.
 *
 * Pieces come back in the sizes they were given out in: chunks of arenas and tables double from the same
 * beginnings, so only equal sizes are looked for. The oldest ones make room.
 */
#include "core/spares.h"

#include <stdbool.h>
#include <string.h>

/* Smaller ones the C library keeps itself; larger ones cost more to fill than to get. */
#define PIECE_BYTES_MIN ((size_t)4096)
#define PIECE_BYTES_MAX ((size_t)1 << 20)
#define KEPT_BYTES_MAX  ((size_t)4 << 20)

#if defined(__SANITIZE_ADDRESS__) /* it shall see what is used after it was freed */
#define KEEPS false
#else
#define KEEPS true
#endif

static bool is_kept_size(size_t bytes) {
  return KEEPS && bytes >= PIECE_BYTES_MIN && bytes <= PIECE_BYTES_MAX;
}

static void remove_at(kg_spares *s, unsigned i) {
  s->bytes -= s->kept[i].bytes;
  s->count--;
  memmove(&s->kept[i], &s->kept[i + 1], (s->count - i) * sizeof(kg_spare));
}

/* The newest of that size: it is the likeliest to be in the processor's cache. NULL: there is none. */
static void *take(kg_spares *s, size_t bytes) {
  for (unsigned i = s->count; i-- > 0;) {
    if (s->kept[i].bytes == bytes) {
      void *ptr = s->kept[i].ptr;
      remove_at(s, i);
      return ptr;
    }
  }
  return NULL;
}

static void keep(kg_spares *s, void *ptr, size_t bytes) {
  while (s->count == KG_SPARE_PIECES || s->bytes + bytes > KEPT_BYTES_MAX) {
    kg_free(s->parent, s->kept[0].ptr, s->kept[0].bytes);
    remove_at(s, 0);
  }
  s->kept[s->count++] = (kg_spare){ ptr, bytes };
  s->bytes += bytes;
}

/* Another size: by a spare piece if there is one, else as the host does it. */
static void *change(kg_spares *s, void *ptr, size_t old_bytes, size_t new_bytes) {
  void *spare = is_kept_size(new_bytes) ? take(s, new_bytes) : NULL;
  if (!spare) {
    return kg_resize(s->parent, ptr, old_bytes, new_bytes);
  }
  memcpy(spare, ptr, old_bytes < new_bytes ? old_bytes : new_bytes);
  kg_resize(&s->allocator, ptr, old_bytes, 0);
  return spare;
}

static void *spares_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  kg_spares *s = (kg_spares *)arg;
  if (new_bytes == 0) {
    if (ptr && is_kept_size(old_bytes)) {
      keep(s, ptr, old_bytes);
      return NULL;
    }
    return kg_resize(s->parent, ptr, old_bytes, 0);
  }
  if (ptr) {
    return change(s, ptr, old_bytes, new_bytes);
  }
  void *spare = is_kept_size(new_bytes) ? take(s, new_bytes) : NULL;
  return spare ? spare : kg_resize(s->parent, NULL, 0, new_bytes);
}

void kg_spares_init(kg_spares *s, const kgq_allocator *parent) {
  memset(s, 0, sizeof *s);
  s->allocator.resize = spares_resize;
  s->allocator.arg = s;
  s->parent = parent;
}

void kg_spares_free(kg_spares *s) {
  for (unsigned i = 0; i < s->count; i++) {
    kg_free(s->parent, s->kept[i].ptr, s->kept[i].bytes);
  }
  s->count = 0;
  s->bytes = 0;
}
