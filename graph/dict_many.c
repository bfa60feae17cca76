/* graph/dict_many.c: many ids to terms, and many sorted keys to ids, reading each stored block once.
 *
 * Output, ORDER BY and expressions ask for thousands of terms a batch; commits and loads for the ids of all
 * their terms. Both sort first, so that neighbours share a block. Triple terms are expanded level by level:
 * the parts of all of them are one more batch.
 */
#include <stdlib.h>

#include "graph/dict.h"
#include "graph/dict_append.h"
#include "graph/dict_cache.h"
#include "graph/dict_terms.h"
#include "graph/keys.h"
#include "graph/overlay.h"
#include "graph/scan.h"

/* ---- ids to terms ------------------------------------------------------------------------------------ */

typedef struct wanted {
  kg_id id;
  size_t position; /* in the caller's arrays */
} wanted;

static int compare_wanted(const void *a, const void *b) {
  const wanted *x = a;
  const wanted *y = b;
  if (x->id != y->id) {
    return x->id < y->id ? -1 : 1;
  }
  return (x->position > y->position) - (x->position < y->position);
}

static bool is_sorted(const wanted *list, size_t count) {
  for (size_t i = 1; i < count; i++) {
    if (list[i - 1].id > list[i].id) {
      return false;
    }
  }
  return true;
}

typedef struct batch { /* one level of a kg_dict_get_many */
  kg_snap *snap;
  kg_arena *arena;
  kg_term *out;
  const wanted *list; /* sorted by id */
  size_t count;
  kg_dict_held held;     /* the block at hand, when they are few */
  kg_dict_finder walk;   /* the same when they are many: block after block */
  kg_dict_cursor cursor; /* in the block of that number */
  uint64_t cursor_block;
  kg_store_iter *appended; /* opened when the first one is met */
} batch;

/* From so many ids on, blocks are walked through: the next one costs a tenth of one that is looked up. */
#define WALK_COUNT 64

static kgq_status key_in(batch *b, const kg_dict_held *held, uint64_t rank, kgq_str *key, kgq_error **err) {
  if (b->cursor_block != held->number) {
    b->cursor = (kg_dict_cursor){ .next = 0 };
    b->cursor_block = held->number;
  }
  return kg_dict_held_key_after(held, &b->cursor, rank, b->arena, key, err);
}

static kgq_status walk_base(batch *b, uint64_t rank, kgq_str *key, kgq_error **err) {
  if (!b->walk.snap) {
    kg_dict_walk_open(b->snap, &b->walk);
  }
  KGQ_TRY(kg_dict_walk_hold(&b->walk, rank / KG_DICT_BLOCK_TERMS, err));
  return key_in(b, &b->walk.held, rank, key, err);
}

/* Of few ids, a small answer, keys are kept. */
static kgq_status get_base(batch *b, kg_id id, kg_term *out, kgq_error **err) {
  const uint64_t rank = kg_id_payload(id);
  kgq_str key;
  if (b->count >= WALK_COUNT) {
    KGQ_TRY(walk_base(b, rank, &key, err));
  } else if (!kg_dict_cache_key(b->snap, id, b->arena, &key)) {
    KGQ_TRY(kg_dict_hold(b->snap, rank / KG_DICT_BLOCK_TERMS, &b->held, err));
    KGQ_TRY(key_in(b, &b->held, rank, &key, err));
    kg_dict_cache_keep_key(b->snap, key, id);
  }
  return kg_dict_term_of_key(key, id, b->arena, out, err);
}

/* Appended terms lie side by side in order of number: the next one is often one step away. */
static kgq_status move_appended(batch *b, kgq_str wanted_key, kgq_error **err) {
  static const char prefix[1] = { KG_KEY_APPEND_TERM };
  if (b->appended == NULL) {
    KGQ_TRY(kg_store_iter_open(b->snap->store, kg_str_n(prefix, 1), &b->appended, err));
  } else if (kg_store_iter_valid(b->appended)) {
    kg_store_iter_next(b->appended);
  }
  if (!kg_store_iter_valid(b->appended) || !kg_str_equal(kg_store_iter_key(b->appended), wanted_key)) {
    kg_store_iter_seek(b->appended, wanted_key);
  }
  return kg_store_iter_status(b->appended, err);
}

static kgq_status get_append(batch *b, kg_id id, kg_term *out, kgq_error **err) {
  char bytes[KG_APPEND_TERM_KEY_BYTES];
  const kgq_str record_key = kg_append_term_key(kg_append_number(id), bytes);
  KGQ_TRY(move_appended(b, record_key, err));
  if (!kg_store_iter_valid(b->appended) || !kg_str_equal(kg_store_iter_key(b->appended), record_key)) {
    return kg_fail(err, KGQ_CORRUPT, "the dictionary has no appended term %llu",
                   (unsigned long long)kg_append_number(id));
  }
  kgq_str key;
  KGQ_TRY(kg_arena_copy(b->arena, kg_store_iter_value(b->appended), &key, err));
  return kg_dict_term_of_key(key, id, b->arena, out, err);
}

/* Triple terms are left to expand_triples; parts of them are set to NULL here. */
static kgq_status get_one(batch *b, kg_id id, kg_term *out, kgq_error **err) {
  if (id == KG_ID_NONE || id == KG_ID_DEFAULT_GRAPH) {
    *out = (kg_term){ .kind = KG_TERM_NONE };
    return KGQ_OK;
  }
  if (kg_id_is_inline(id)) {
    return kg_dict_inline_term(id, b->arena, out, err);
  }
  if (kg_id_tag(id) == KG_TAG_TRIPLE) {
    *out = (kg_term){ .kind = KG_TERM_TRIPLE };
    return KGQ_OK;
  }
  if (kg_id_tag(id) == KG_TAG_LOCAL && b->snap->overlay != NULL) {
    return b->snap->overlay->term(b->snap->overlay->arg, id, b->arena, out, err);
  }
  if (!kg_id_is_dict(id)) {
    return kg_fail(err, KGQ_MISUSE, "id %016llx is not in the dictionary", (unsigned long long)id);
  }
  return kg_id_is_append(id) ? get_append(b, id, out, err) : get_base(b, id, out, err);
}

static bool repeats(const batch *b, size_t i) {
  return i > 0 && b->list[i].id == b->list[i - 1].id;
}

static kgq_status get_simple(batch *b, kgq_error **err) {
  for (size_t i = 0; i < b->count; i++) {
    kg_term *out = &b->out[b->list[i].position];
    if (repeats(b, i)) {
      *out = b->out[b->list[i - 1].position];
    } else {
      KGQ_TRY(get_one(b, b->list[i].id, out, err));
    }
  }
  return KGQ_OK;
}

static kgq_status get_many_at_depth(kg_snap *snap, const kg_id *ids, size_t count, kg_arena *arena,
                                    kg_term *out, unsigned depth, kgq_error **err);

/* The parts of one triple term, by a scan that is reused from term to term. */
static kgq_status read_parts(batch *b, kg_scan **scan, kg_id triple, kg_id parts[3], kgq_error **err) {
  const kg_scan_spec spec = { .perm = KG_TSPO, .prefix_length = 1, .prefix = { triple, 0, 0, 0 } };
  if (*scan == NULL) {
    KGQ_TRY(kg_scan_open(b->snap, &spec, NULL, scan, err));
  } else {
    KGQ_TRY(kg_scan_restart(*scan, &spec, err));
  }
  kg_id *const columns[4] = { NULL, &parts[0], &parts[1], &parts[2] };
  uint32_t count = 0;
  KGQ_TRY(kg_scan_next(*scan, columns, 1, &count, err));
  if (count == 0) {
    return kg_fail(err, KGQ_CORRUPT, "there is no triple term with id %016llx", (unsigned long long)triple);
  }
  return KGQ_OK;
}

static kgq_status read_all_parts(batch *b, kg_id *parts, kgq_error **err) {
  kg_scan *scan = NULL;
  size_t distinct = 0;
  kgq_status st = KGQ_OK;
  for (size_t i = 0; i < b->count && st == KGQ_OK; i++) {
    if (kg_id_tag(b->list[i].id) == KG_TAG_TRIPLE && !repeats(b, i)) {
      st = read_parts(b, &scan, b->list[i].id, parts + 3 * distinct++, err);
    }
  }
  kg_scan_close(scan);
  return st;
}

static void set_triples(batch *b, const kg_term *part_terms) {
  size_t distinct = 0;
  for (size_t i = 0; i < b->count; i++) {
    if (kg_id_tag(b->list[i].id) == KG_TAG_TRIPLE) {
      distinct += repeats(b, i) ? 0 : 1;
      b->out[b->list[i].position].triple = part_terms + 3 * (distinct - 1);
    }
  }
}

static kgq_status expand_triples(batch *b, size_t distinct, unsigned depth, kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_CORRUPT, "a stored triple term is nested deeper than %d", KG_LIMIT_NESTING);
  }
  const kgq_allocator *a = b->arena->allocator;
  kg_term *part_terms = kg_arena_zero(b->arena, 3 * distinct * sizeof *part_terms);
  kg_id *parts = kg_alloc_zero(a, 3 * distinct, sizeof *parts);
  kgq_status st;
  if (part_terms == NULL || parts == NULL) {
    st = kg_fail_memory(err);
    goto done;
  }
  KGQ_TRY_DONE(read_all_parts(b, parts, err));
  KGQ_TRY_DONE(get_many_at_depth(b->snap, parts, 3 * distinct, b->arena, part_terms, depth + 1, err));
  set_triples(b, part_terms);
done:
  kg_free(a, parts, 3 * distinct * sizeof *parts);
  return st;
}

static size_t count_triples(const batch *b) {
  size_t distinct = 0;
  for (size_t i = 0; i < b->count; i++) {
    distinct += kg_id_tag(b->list[i].id) == KG_TAG_TRIPLE && !repeats(b, i) ? 1 : 0;
  }
  return distinct;
}

static kgq_status run_batch(batch *b, unsigned depth, kgq_error **err) {
  const kgq_status st = get_simple(b, err);
  kg_dict_held_free(&b->held);
  kg_dict_finder_close(&b->walk);
  kg_store_iter_close(b->appended);
  KGQ_TRY(st);
  const size_t triples = count_triples(b);
  return triples > 0 ? expand_triples(b, triples, depth, err) : KGQ_OK;
}

static kgq_status get_many_at_depth(kg_snap *snap, const kg_id *ids, size_t count, kg_arena *arena,
                                    kg_term *out, unsigned depth, kgq_error **err) {
  const kgq_allocator *a = arena->allocator;
  wanted *list = kg_alloc_zero(a, count, sizeof *list);
  if (list == NULL) {
    return count == 0 ? KGQ_OK : kg_fail_memory(err);
  }
  for (size_t i = 0; i < count; i++) {
    list[i] = (wanted){ ids[i], i };
  }
  if (!is_sorted(list, count)) {
    qsort(list, count, sizeof *list, compare_wanted);
  }
  batch b = { .snap = snap, .arena = arena, .out = out, .list = list, .count = count };
  const kgq_status st = run_batch(&b, depth, err);
  kg_free(a, list, count * sizeof *list);
  return st;
}

kgq_status kg_dict_get_many(kg_snap *snap, const kg_id *ids, size_t count, kg_arena *arena, kg_term *out,
                            kgq_error **err) {
  return get_many_at_depth(snap, ids, count, arena, out, 1, err);
}

static kgq_status get_rows(kg_snap *snap, const kg_term_rows *rows, size_t first, size_t count,
                           kg_arena *arena, kgq_error **err) {
  for (unsigned c = 0; c < rows->columns; c++) {
    KGQ_TRY(kg_dict_get_many(snap, rows->ids[c] + first, count, arena, rows->out[c] + first, err));
  }
  return KGQ_OK;
}

kgq_status kg_dict_get_rows(kg_snap *snap, const kg_term_rows *rows, size_t first, size_t *count,
                            kg_arena *arena, kgq_error **err) {
  for (;; *count /= 2) {
    kgq_error *found = NULL;
    kg_arena_reset(arena);
    arena->limit_bytes = *count > 1 ? KG_TERMS_BYTES : 0;
    arena->passed = false;
    const kgq_status st = get_rows(snap, rows, first, *count, arena, &found);
    if (st != KGQ_NOMEM || !arena->passed) {
      arena->limit_bytes = 0;
      kg_error_append(err, found);
      return st;
    }
    kgq_error_free(found);
  }
}

/* ---- sorted keys to ids ------------------------------------------------------------------------------ */

static kgq_status find_base(kg_snap *snap, const kgq_str *keys, size_t count, kg_id *out, kgq_error **err) {
  kg_dict_finder finder;
  kgq_status st = KGQ_OK;
  KGQ_TRY(kg_dict_finder_open(snap, true, &finder, err));
  for (size_t i = 0; i < count; i++) {
    uint64_t rank;
    bool found = false;
    KGQ_TRY_DONE(kg_dict_finder_rank(&finder, keys[i], &rank, &found, err));
    if (found) {
      out[i] = kg_id_make((kg_tag)(unsigned char)keys[i].ptr[0], rank);
    }
  }
done:
  kg_dict_finder_close(&finder);
  return st;
}

typedef struct missing {
  char index_key[KG_APPEND_INDEX_KEY_BYTES];
  size_t position;
} missing;

static int compare_missing(const void *a, const void *b) {
  const missing *x = a;
  const missing *y = b;
  return memcmp(x->index_key, y->index_key, sizeof x->index_key);
}

/* Those not in the base range, looked up in the order of their hashes: neighbours share the store's blocks.
 */
static kgq_status find_append(kg_snap *snap, const kgq_str *keys, size_t count, kg_id *out, kgq_error **err) {
  const kgq_allocator *a = &snap->db->allocator;
  missing *list = kg_alloc_zero(a, count, sizeof *list);
  if (list == NULL) {
    return count == 0 ? KGQ_OK : kg_fail_memory(err);
  }
  size_t missing_count = 0;
  for (size_t i = 0; i < count; i++) {
    if (out[i] == KG_ID_NONE) {
      list[missing_count].position = i;
      kg_append_index_key(keys[i], list[missing_count++].index_key);
    }
  }
  qsort(list, missing_count, sizeof *list, compare_missing);
  kgq_status st = KGQ_OK;
  for (size_t i = 0; i < missing_count && st == KGQ_OK; i++) {
    const size_t at = list[i].position;
    st = kg_append_find(snap, keys[at], kg_str_n(list[i].index_key, sizeof list[i].index_key), &out[at], err);
  }
  kg_free(a, list, count * sizeof *list);
  return st;
}

kgq_status kg_dict_find_sorted(kg_snap *snap, const kgq_str *keys, size_t count, kg_id *out,
                               kgq_error **err) {
  for (size_t i = 0; i < count; i++) {
    out[i] = KG_ID_NONE;
  }
  if (snap->counts.base_terms > 0) {
    KGQ_TRY(find_base(snap, keys, count, out, err));
  }
  return snap->counts.append_terms > 0 ? find_append(snap, keys, count, out, err) : KGQ_OK;
}
