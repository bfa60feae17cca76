/* graph/dict_shelf.c: blocks of the dictionary at places told by their number; see dict_shelf.h.
 *
 * A place has one block, and the number of the one that was read there last. When all are too much, they go
 * in turn, place by place. A block that somebody holds lives on until it is released.
 */
#include "graph/dict_shelf.h"

#include <assert.h>

#define PLACES 16384 /* a million terms: neighbours never meet */

typedef struct place {
  kg_shelved *held;
  uint64_t read; /* number + 1 of the block read last; 0: none */
} place;

struct kg_shelf {
  const kgq_allocator *allocator;
  pthread_mutex_t mutex;
  uint64_t commit, base_terms;
  size_t bytes, most_bytes;
  size_t hand;   /* the next place to be emptied */
  place *places; /* made for the first block */
};

kg_shelf *kg_shelf_new(const kgq_allocator *a, size_t most_bytes) {
  kg_shelf *shelf = (kg_shelf *)kg_alloc_zero(a, 1, sizeof(kg_shelf));
  if (shelf) {
    shelf->allocator = a;
    shelf->most_bytes = most_bytes;
    pthread_mutex_init(&shelf->mutex, NULL);
  }
  return shelf;
}

/* ---- one block ---------------------------------------------------------------------------------- */

static kg_shelved *hold(kg_shelved *held) {
  atomic_fetch_add(&held->refs, 1);
  return held;
}

static void release(const kg_shelf *shelf, kg_shelved *held) {
  if (atomic_fetch_sub(&held->refs, 1) == 1) {
    kg_free(shelf->allocator, held, held->bytes);
  }
}

/* The view of a copy: the same places in it. */
static const unsigned char *in_copy(const unsigned char *at, kgq_str bytes, const char *copy) {
  return (const unsigned char *)copy + (at - (const unsigned char *)bytes.ptr);
}

static kg_shelved *copy_block(const kg_shelf *shelf, uint64_t number, kgq_str bytes,
                              const kg_dict_block *block) {
  kg_shelved *held = (kg_shelved *)kg_alloc(shelf->allocator, sizeof(kg_shelved) + bytes.len);
  if (held) {
    char *copy = (char *)held + sizeof *held;
    memcpy(copy, bytes.ptr, bytes.len);
    atomic_init(&held->refs, 1);
    held->number = number;
    held->bytes = sizeof(kg_shelved) + bytes.len;
    held->block = *block;
    held->block.offsets = in_copy(block->offsets, bytes, copy);
    held->block.entries = in_copy(block->entries, bytes, copy);
  }
  return held;
}

/* ---- all of them -------------------------------------------------------------------------------- */

static void empty_place(kg_shelf *shelf, place *p) {
  if (p->held) {
    shelf->bytes -= p->held->bytes;
    release(shelf, p->held);
    p->held = NULL;
  }
}

static void clear(kg_shelf *shelf) {
  for (size_t i = 0; shelf->places && i < PLACES; i++) {
    empty_place(shelf, &shelf->places[i]);
    shelf->places[i].read = 0;
  }
}

void kg_shelf_free(kg_shelf *shelf) {
  if (shelf) {
    clear(shelf);
    kg_free(shelf->allocator, shelf->places, PLACES * sizeof(place));
    pthread_mutex_destroy(&shelf->mutex);
    kg_free(shelf->allocator, shelf, sizeof *shelf);
  }
}

static void make_room(kg_shelf *shelf) {
  while (shelf->bytes > shelf->most_bytes) {
    empty_place(shelf, &shelf->places[shelf->hand]);
    shelf->hand = (shelf->hand + 1) % PLACES;
  }
}

/* Locks the shelf if it is of the snapshot's state; a newer snapshot takes it over. */
static kg_shelf *lock(const kg_snap *snap) {
  kg_shelf *shelf = snap->db->dict_shelf;
  if (!shelf || snap->stored_only) {
    return NULL;
  }
  pthread_mutex_lock(&shelf->mutex);
  if (snap->commit == shelf->commit && snap->counts.base_terms == shelf->base_terms) {
    return shelf;
  }
  if (snap->commit < shelf->commit) {
    pthread_mutex_unlock(&shelf->mutex);
    return NULL;
  }
  clear(shelf);
  shelf->commit = snap->commit;
  shelf->base_terms = snap->counts.base_terms;
  return shelf;
}

void kg_shelf_unchanged(const kg_snap *before) {
  kg_shelf *shelf = before->db->dict_shelf;
  if (shelf) {
    pthread_mutex_lock(&shelf->mutex);
    shelf->commit += shelf->commit == before->commit ? 1 : 0;
    pthread_mutex_unlock(&shelf->mutex);
  }
}

kg_shelved *kg_shelf_find(const kg_snap *snap, uint64_t number) {
  kg_shelf *shelf = lock(snap);
  kg_shelved *found = NULL;
  if (!shelf) {
    return NULL;
  }
  if (shelf->places) {
    kg_shelved *held = shelf->places[number % PLACES].held;
    found = held && held->number == number ? hold(held) : NULL;
  }
  pthread_mutex_unlock(&shelf->mutex);
  return found;
}

static kg_shelved *offer(kg_shelf *shelf, uint64_t number, kgq_str bytes, const kg_dict_block *block) {
  if (!shelf->places) {
    shelf->places = (place *)kg_alloc_zero(shelf->allocator, PLACES, sizeof(place));
  }
  if (!shelf->places || bytes.len > shelf->most_bytes / 16) {
    return NULL;
  }
  place *p = &shelf->places[number % PLACES];
  const bool again = p->read == number + 1;
  p->read = number + 1;
  kg_shelved *held = again ? copy_block(shelf, number, bytes, block) : NULL;
  if (held) {
    empty_place(shelf, p);
    p->held = hold(held);
    shelf->bytes += held->bytes;
    make_room(shelf);
  }
  return held;
}

kg_shelved *kg_shelf_offer(const kg_snap *snap, uint64_t number, kgq_str bytes, const kg_dict_block *block) {
  assert((const char *)block->entries > bytes.ptr && (const char *)block->entries < bytes.ptr + bytes.len);
  kg_shelf *shelf = lock(snap);
  if (!shelf) {
    return NULL;
  }
  kg_shelved *held = offer(shelf, number, bytes, block);
  pthread_mutex_unlock(&shelf->mutex);
  return held;
}

void kg_shelf_release(const kg_snap *snap, kg_shelved *held) {
  if (held) {
    release(snap->db->dict_shelf, held);
  }
}
