/* query/terms.c: one statement's view of terms: those of its snapshot and those it makes itself.
 *
 * A term met by text is looked for among inline values, then among those met before (`known`: its key bytes
 * to its id), then in the dictionary; if it is nowhere it becomes a KG_TAG_LOCAL id, whose payload is its
 * place in `locals`. Terms read by id are kept in an arena that is thrown away as a whole when it is too big.
 * In the view of an unfinished transaction, its overlay is asked behind the dictionary.
 */
#include "query/terms.h"

#include <assert.h>
#include <stdio.h>

#include "core/map.h"
#include "graph/overlay.h"

/* Terms kept for repeated reading: a batch of 2,048 rows of long literals fits, and so does the table of them
 * into the processor's cache (16 MiB took a quarter more time for 100,000 titles). */
#define CACHE_BYTES_MAX (4u << 20)

struct kg_terms {
  kg_snap *snap;
  const kgq_allocator *allocator;
  kg_arena own; /* local terms; lives as long as this */
  kg_term *locals;
  size_t local_count, local_capacity;
  kg_map known; /* key -> id, for terms that are not inline */
  kg_buf key;
  kg_arena cache_arena;
  kg_idmap cache; /* id -> kg_term * */
  size_t cache_bytes_max;
  uint64_t bnode_number;
};

static const kg_term no_term = { .kind = KG_TERM_NONE };

kgq_status kg_terms_new(kg_snap *snap, const kgq_allocator *a, kg_terms **out, kgq_error **err) {
  kg_terms *t = (kg_terms *)kg_alloc_zero(a, 1, sizeof(kg_terms));
  if (!t) {
    return kg_fail_memory(err);
  }
  t->snap = snap;
  t->allocator = a;
  kg_arena_init(&t->own, a);
  kg_arena_init(&t->cache_arena, a);
  kg_map_init(&t->known, a);
  kg_idmap_init(&t->cache, a);
  kg_buf_init(&t->key, a);
  t->cache_bytes_max = CACHE_BYTES_MAX;
  *out = t;
  return KGQ_OK;
}

void kg_terms_free(kg_terms *t) {
  if (!t) {
    return;
  }
  kg_arena_free(&t->own);
  kg_arena_free(&t->cache_arena);
  kg_free(t->allocator, t->locals, t->local_capacity * sizeof(kg_term));
  kg_map_free(&t->known);
  kg_idmap_free(&t->cache);
  kg_buf_free(&t->key);
  kg_free(t->allocator, t, sizeof(kg_terms));
}

void kg_terms_budget(kg_terms *t, size_t bytes) {
  if (bytes > 0 && bytes / 8 < t->cache_bytes_max) {
    t->cache_bytes_max = bytes / 8;
  }
}

kg_snap *kg_terms_snap(kg_terms *t) {
  return t->snap;
}

/* ---- text to id --------------------------------------------------------------------------------- */

static kgq_status intern_deep(kg_terms *t, const kg_term *term, unsigned depth, kg_id *out, kgq_error **err);

static kgq_status key_of_triple(kg_terms *t, const kg_term *term, unsigned depth, kgq_error **err) {
  char bytes[1 + 3 * 8];
  bytes[0] = (char)KG_TAG_TRIPLE;
  for (size_t i = 0; i < 3; i++) {
    kg_id part = KG_ID_NONE;
    KGQ_TRY(intern_deep(t, &term->triple[i], depth + 1, &part, err));
    kg_put_be64(bytes + 1 + i * 8, part);
  }
  t->key.len = 0;
  return kg_buf_add(&t->key, bytes, sizeof bytes, err);
}

static kgq_status key_of(kg_terms *t, const kg_term *term, unsigned depth, kgq_error **err) {
  if (term->kind == KG_TERM_TRIPLE) {
    return key_of_triple(t, term, depth, err);
  }
  t->key.len = 0;
  return kg_term_key(term, &t->key, err);
}

static kgq_status add_local(kg_terms *t, const kg_term *term, kg_id *out, kgq_error **err) {
  void *locals = t->locals;
  KGQ_TRY(kg_grow(t->allocator, &locals, &t->local_capacity, t->local_count + 1, sizeof(kg_term), err));
  t->locals = (kg_term *)locals;
  KGQ_TRY(kg_term_copy(&t->own, term, &t->locals[t->local_count], err));
  *out = kg_id_make(KG_TAG_LOCAL, KG_TERMS_OWN | t->local_count++);
  return KGQ_OK;
}

static kgq_status find_stored(kg_terms *t, const kg_term *term, kg_id *out, kgq_error **err) {
  KGQ_TRY(kg_dict_find(t->snap, term, out, err));
  const kg_overlay *overlay = t->snap->overlay;
  return *out == KG_ID_NONE && overlay ? overlay->find(overlay->arg, term, out, err) : KGQ_OK;
}

static kgq_status intern_deep(kg_terms *t, const kg_term *term, unsigned depth, kg_id *out, kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms are nested more than %d deep", KG_LIMIT_NESTING);
  }
  if (kg_id_inline(term, out)) {
    return KGQ_OK;
  }
  KGQ_TRY(key_of(t, term, depth, err));
  const kgq_str key = kg_buf_str(&t->key);
  const uint64_t *have = kg_map_find(&t->known, key);
  if (have) {
    *out = *have;
    return KGQ_OK;
  }
  KGQ_TRY(find_stored(t, term, out, err));
  if (*out == KG_ID_NONE) {
    KGQ_TRY(add_local(t, term, out, err));
  }
  uint64_t *value = NULL;
  KGQ_TRY(kg_map_put(&t->known, key, &value, NULL, NULL, err));
  *value = *out;
  return KGQ_OK;
}

kgq_status kg_terms_intern(kg_terms *t, const kg_term *term, kg_id *out, kgq_error **err) {
  assert(term->kind != KG_TERM_NONE);
  return intern_deep(t, term, 0, out, err);
}

kgq_status kg_terms_find(kg_terms *t, const kg_term *term, kg_id *out, kgq_error **err) {
  if (kg_id_inline(term, out)) {
    return KGQ_OK;
  }
  return find_stored(t, term, out, err);
}

kgq_status kg_terms_new_bnode(kg_terms *t, kg_id *out, kgq_error **err) {
  for (;;) { /* a label that no stored node has, so that results do not mix them up */
    char label[24];
    snprintf(label, sizeof label, "q%llu", (unsigned long long)++t->bnode_number);
    const kg_term term = kg_term_bnode(kg_str(label));
    KGQ_TRY(find_stored(t, &term, out, err));
    if (*out == KG_ID_NONE) {
      return kg_terms_intern(t, &term, out, err);
    }
  }
}

/* ---- id to text --------------------------------------------------------------------------------- */

static kgq_status remember(kg_terms *t, kg_id id, const kg_term *term, kgq_error **err) {
  uint64_t *value = NULL;
  KGQ_TRY(kg_idmap_put(&t->cache, id, &value, NULL, err));
  *value = (uint64_t)(uintptr_t)term;
  return KGQ_OK;
}

static const kg_term *recall(const kg_terms *t, kg_id id) {
  const uint64_t *value = kg_idmap_find(&t->cache, id);
  return value ? (const kg_term *)(uintptr_t)*value : NULL;
}

static kgq_status read_term(kg_terms *t, kg_id id, kg_term *term, kgq_error **err) {
  if (kg_id_is_inline(id)) {
    char *text = (char *)kg_arena_alloc(&t->cache_arena, KG_INLINE_TEXT_MAX);
    if (!text) {
      return kg_fail_memory(err);
    }
    kg_id_inline_term(id, text, term);
    return KGQ_OK;
  }
  const kg_overlay *overlay = t->snap->overlay;
  if (overlay && kg_id_tag(id) == KG_TAG_LOCAL) {
    return overlay->term(overlay->arg, id, &t->cache_arena, term, err);
  }
  return kg_dict_get(t->snap, id, &t->cache_arena, term, err);
}

kgq_status kg_terms_get(kg_terms *t, kg_id id, const kg_term **out, kgq_error **err) {
  assert(id != KG_ID_NONE);
  if (id == KG_ID_DEFAULT_GRAPH) {
    *out = &no_term;
    return KGQ_OK;
  }
  if (kg_terms_is_own(id)) {
    const uint64_t number = kg_id_payload(id) & ~KG_TERMS_OWN;
    assert(number < t->local_count);
    *out = &t->locals[number];
    return KGQ_OK;
  }
  *out = recall(t, id);
  if (*out) {
    return KGQ_OK;
  }
  kg_term *term = (kg_term *)kg_arena_zero(&t->cache_arena, sizeof(kg_term));
  if (!term) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(read_term(t, id, term, err));
  *out = term;
  return remember(t, id, term, err);
}

/* Is it worth a place in a common read? */
static bool to_read(const kg_terms *t, kg_id id) {
  return (kg_id_is_dict(id) || kg_id_tag(id) == KG_TAG_TRIPLE) && !recall(t, id);
}

kgq_status kg_terms_prepare(kg_terms *t, const kg_id *ids, size_t count, kgq_error **err) {
  kg_id wanted[256];
  for (size_t i = 0; i < count;) {
    size_t n = 0;
    for (; i < count && n < 256; i++) {
      if (to_read(t, ids[i])) {
        wanted[n++] = ids[i];
      }
    }
    if (n == 0) {
      continue;
    }
    kg_term *terms = (kg_term *)kg_arena_zero(&t->cache_arena, n * sizeof(kg_term));
    if (!terms) {
      return kg_fail_memory(err);
    }
    KGQ_TRY(kg_dict_get_many(t->snap, wanted, n, &t->cache_arena, terms, err));
    for (size_t k = 0; k < n; k++) {
      KGQ_TRY(remember(t, wanted[k], &terms[k], err));
    }
  }
  return KGQ_OK;
}

void kg_terms_breathe(kg_terms *t) {
  if (t->cache_arena.bytes > t->cache_bytes_max) {
    kg_arena_reset(&t->cache_arena);
    kg_idmap_clear(&t->cache);
  }
}
