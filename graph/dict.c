/* graph/dict.c: one term to its id, one id to its term, and ranges of ids.
 *
 * Decides where a term lives: in the id itself (id.c), in the base range (dict_base.c), in the append range
 * (dict_append.c), or, for a triple term, among the triple terms that scan.h reads. Many at once:
 * dict_many.c.
 */
#include "graph/dict.h"

#include "graph/dict_append.h"
#include "graph/dict_base.h"
#include "graph/dict_cache.h"
#include "graph/dict_terms.h"
#include "graph/overlay.h"
#include "graph/scan.h"

uint64_t kg_dict_base_count(kg_snap *snap) {
  return snap->counts.base_terms;
}

uint64_t kg_dict_append_count(kg_snap *snap) {
  return snap->counts.append_terms;
}

/* ---- terms to ids ------------------------------------------------------------------------------------ */

static kgq_status find_base(kg_snap *snap, kgq_str key, kg_id *out, kgq_error **err) {
  kg_dict_finder finder;
  uint64_t rank = 0;
  bool found = false;
  KGQ_TRY(kg_dict_finder_open(snap, false, &finder, err));
  const kgq_status st = kg_dict_finder_rank(&finder, key, &rank, &found, err);
  kg_dict_finder_close(&finder);
  if (st == KGQ_OK && found) {
    *out = kg_id_make((kg_tag)(unsigned char)key.ptr[0], rank);
  }
  return st;
}

static kgq_status find_key(kg_snap *snap, kgq_str key, kg_id *out, kgq_error **err) {
  if (kg_dict_cache_id(snap, key, out)) {
    return KGQ_OK;
  }
  if (snap->counts.base_terms > 0) {
    KGQ_TRY(find_base(snap, key, out, err));
  }
  if (*out == KG_ID_NONE && snap->counts.append_terms > 0) {
    char index_key[KG_APPEND_INDEX_KEY_BYTES];
    KGQ_TRY(kg_append_find(snap, key, kg_append_index_key(key, index_key), out, err));
  }
  kg_dict_cache_keep_id(snap, key, *out);
  return KGQ_OK;
}

static kgq_status find_simple(kg_snap *snap, const kg_term *term, kg_id *out, kgq_error **err) {
  if (kg_id_inline(term, out)) {
    return KGQ_OK;
  }
  kg_buf key;
  kg_buf_init(&key, &snap->db->allocator);
  kgq_status st = kg_term_key(term, &key, err);
  if (st == KGQ_OK) {
    st = find_key(snap, kg_buf_str(&key), out, err);
  }
  kg_buf_free(&key);
  return st;
}

/* The triple term made of these three ids. */
static kgq_status find_triple_of(kg_snap *snap, const kg_id parts[3], kg_id *out, kgq_error **err) {
  const kg_scan_spec spec = { .perm = KG_SPOT,
                              .prefix_length = 3,
                              .prefix = { parts[0], parts[1], parts[2], 0 } };
  kg_scan *scan = NULL;
  KGQ_TRY(kg_scan_open(snap, &spec, NULL, &scan, err));
  kg_id id = KG_ID_NONE;
  kg_id *const columns[4] = { NULL, NULL, NULL, &id };
  uint32_t count = 0;
  const kgq_status st = kg_scan_next(scan, columns, 1, &count, err);
  kg_scan_close(scan);
  if (st == KGQ_OK && count > 0) {
    *out = id;
  }
  return st;
}

static kgq_status find_at_depth(kg_snap *snap, const kg_term *term, unsigned depth, kg_id *out,
                                kgq_error **err) {
  *out = KG_ID_NONE;
  if (term->kind == KG_TERM_NONE) {
    return KGQ_OK;
  }
  if (term->kind != KG_TERM_TRIPLE) {
    return find_simple(snap, term, out, err);
  }
  if (depth > KG_LIMIT_NESTING || snap->counts.triple_terms == 0) {
    return KGQ_OK; /* none that deep can have been stored */
  }
  kg_id parts[3];
  for (int i = 0; i < 3; i++) {
    KGQ_TRY(find_at_depth(snap, &term->triple[i], depth + 1, &parts[i], err));
    if (parts[i] == KG_ID_NONE) {
      return KGQ_OK;
    }
  }
  return find_triple_of(snap, parts, out, err);
}

kgq_status kg_dict_find(kg_snap *snap, const kg_term *term, kg_id *out, kgq_error **err) {
  if (snap->overlay != NULL) { /* the transaction asks the state before it, then itself */
    return snap->overlay->find(snap->overlay->arg, term, out, err);
  }
  return find_at_depth(snap, term, 1, out, err);
}

/* ---- ids to terms ------------------------------------------------------------------------------------ */

static kgq_status get_base(kg_snap *snap, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  const uint64_t rank = kg_id_payload(id);
  kg_dict_held held = { .holds = false };
  kgq_str key;
  kgq_status st;
  KGQ_TRY_DONE(kg_dict_hold(snap, rank / KG_DICT_BLOCK_TERMS, &held, err));
  KGQ_TRY_DONE(kg_dict_held_key(&held, rank, arena, &key, err));
  KGQ_TRY_DONE(kg_dict_term_of_key(key, id, arena, out, err));
done:
  kg_dict_held_free(&held);
  return st;
}

static kgq_status get_append(kg_snap *snap, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  kg_pin pin;
  kgq_str key;
  kgq_status st;
  KGQ_TRY(kg_append_get(snap, kg_append_number(id), &pin, err));
  KGQ_TRY_DONE(kg_arena_copy(arena, pin.value, &key, err));
  KGQ_TRY_DONE(kg_dict_term_of_key(key, id, arena, out, err));
done:
  kg_pin_free(&pin);
  return st;
}

kgq_status kg_dict_get(kg_snap *snap, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  if (kg_id_is_inline(id)) {
    return kg_dict_inline_term(id, arena, out, err);
  }
  if (kg_id_is_base(id)) {
    return get_base(snap, id, arena, out, err);
  }
  if (kg_id_is_append(id)) {
    return get_append(snap, id, arena, out, err);
  }
  if (kg_id_tag(id) == KG_TAG_TRIPLE) {
    return kg_dict_get_many(snap, &id, 1, arena, out, err);
  }
  if (kg_id_tag(id) == KG_TAG_LOCAL && snap->overlay != NULL) {
    return snap->overlay->term(snap->overlay->arg, id, arena, out, err);
  }
  return kg_fail(err, KGQ_MISUSE, "id %016llx is not in the dictionary", (unsigned long long)id);
}

/* ---- ranges ------------------------------------------------------------------------------------------ */

kgq_status kg_dict_range(kg_snap *snap, kgq_str key_from, kgq_str key_to, uint64_t *rank_low,
                         uint64_t *rank_high, kgq_error **err) {
  *rank_low = *rank_high = 0;
  if (snap->counts.base_terms == 0 || kg_str_compare(key_from, key_to) >= 0) {
    return KGQ_OK;
  }
  kg_dict_finder finder;
  kgq_status st;
  bool found;
  KGQ_TRY(kg_dict_finder_open(snap, false, &finder, err));
  KGQ_TRY_DONE(kg_dict_finder_rank(&finder, key_from, rank_low, &found, err));
  KGQ_TRY_DONE(kg_dict_finder_rank(&finder, key_to, rank_high, &found, err));
done:
  kg_dict_finder_close(&finder);
  return st;
}
