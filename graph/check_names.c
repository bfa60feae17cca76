/* graph/check_names.c: the index of names against the quads it comes from.
 *
 * Makes the records that each name quad asks for again (names_update.c) and compares number and sums of
 * hashes, of keys and of keys with values, with those of the records that are there. Only when they differ is
 * each one looked up, to say which. Short ids of classes may outlive their last instance (names_key.h): they
 * are looked up, once each.
 */
#include <inttypes.h>
#include <xxhash.h>

#include "core/map.h"
#include "graph/check_state.h"
#include "graph/dict_base.h"
#include "graph/dict_terms.h"
#include "graph/keys.h"
#include "graph/names_key.h"

typedef struct name_walk {
  kg_check_state *check;
  struct kg_names_update *update;
  kg_idmap wanted;  /* predicate -> 1: gives names, 2: does not */
  kg_idmap classes; /* hashes of keys of records of classes that were looked up */
  kg_arena arena;
  kg_dict_held held[2]; /* blocks of the dictionary: objects come in order, subjects do not */
  int used;             /* the one that was used last */
  bool look_up;
  uint64_t asked, asked_keys, asked_sum; /* records but those of classes; sums of hashes */
  uint64_t stored, stored_keys, stored_sum;
} name_walk;

static kgq_status resolve(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  name_walk *w = arg;
  if (!kg_id_is_base(id)) {
    return kg_dict_get(w->check->snap, id, arena, out, err);
  }
  const uint64_t rank = kg_id_payload(id), number = rank / KG_DICT_BLOCK_TERMS;
  kgq_str key;
  w->used = w->held[w->used].holds && w->held[w->used].number == number ? w->used : 1 - w->used;
  KGQ_TRY(kg_dict_hold(w->check->snap, number, &w->held[w->used], err));
  KGQ_TRY(kg_dict_held_key(&w->held[w->used], rank, arena, &key, err));
  return kg_dict_term_of_key(key, id, arena, out, err);
}

/* A number that stands for key and value. */
static uint64_t record_hash(kgq_str key, kgq_str value) {
  return XXH3_64bits_withSeed(key.ptr, key.len, XXH3_64bits(value.ptr, value.len));
}

static kgq_status look_up(name_walk *w, const kg_name_record *record, bool of_class, kgq_str text,
                          kgq_error **err) {
  kg_pin pin = { 0 };
  KGQ_TRY(kg_store_get(w->check->snap->store, record->key, &pin, err));
  if (!pin.value.ptr) {
    kg_check_report(w->check, "the name \"%.*s\" is missing from the index of names", KG_ARG(text));
  } else if (!of_class && !kg_str_equal(pin.value, record->value)) {
    kg_check_report(w->check, "the name \"%.*s\" is written otherwise in the index of names", KG_ARG(text));
  }
  kg_pin_free(&pin);
  return KGQ_OK;
}

static kgq_status ask_record(void *arg, const kg_name_record *record, kgq_error **err) {
  name_walk *w = arg;
  kg_name_key name;
  kgq_str lang, text;
  KGQ_TRY(kg_name_record_read(record->key, record->value, &name, &lang, &text, err));
  const uint64_t hash = XXH3_64bits(record->key.ptr, record->key.len);
  if (name.cause == KG_NAME_CAUSE_CLASS) {
    uint64_t *seen;
    bool added;
    KGQ_TRY(kg_idmap_put(&w->classes, hash ? hash : 1, &seen, &added, err));
    return added ? look_up(w, record, true, text, err) : KGQ_OK;
  }
  w->asked++;
  w->asked_keys += hash;
  w->asked_sum += record_hash(record->key, record->value);
  return w->look_up ? look_up(w, record, false, text, err) : KGQ_OK;
}

static kgq_status gives_names(name_walk *w, kg_id predicate, bool *out, kgq_error **err) {
  uint64_t *known;
  bool added;
  KGQ_TRY(kg_idmap_put(&w->wanted, predicate, &known, &added, err));
  if (added) {
    kg_term term;
    kg_arena_reset(&w->arena);
    KGQ_TRY(kg_dict_get(w->check->snap, predicate, &w->arena, &term, err));
    *known = term.kind == KG_TERM_IRI && kg_names_wants(term.text) ? 1 : 2;
  }
  *out = *known == 1;
  return KGQ_OK;
}

static kgq_status walk_quads(name_walk *w, kgq_error **err) {
  const kg_scan_spec everything = { .perm = KG_POSG };
  kg_scan *scan;
  KGQ_TRY(kg_scan_open(w->check->snap, &everything, w->check->cancel, &scan, err));
  kgq_status st;
  for (;;) {
    kg_row row;
    kg_id *const columns[4] = { &row.c[0], &row.c[1], &row.c[2], &row.c[3] };
    uint32_t count;
    bool wanted;
    KGQ_TRY_DONE(kg_scan_next(scan, columns, 1, &count, err));
    if (count == 0) {
      break;
    }
    KGQ_TRY_DONE(gives_names(w, row.c[0], &wanted, err));
    if (wanted) {
      kg_id quad[4];
      kg_perm_quad(KG_POSG, &row, quad);
      KGQ_TRY_DONE(kg_names_update_quad(w->update, quad, true, resolve, w, ask_record, w, err));
    } else if (row.c[0] != ~(kg_id)0) { /* on to the next predicate */
      const kg_row next = { { row.c[0] + 1, 0, 0, 0 } };
      KGQ_TRY_DONE(kg_scan_seek(scan, &next, err));
    }
  }
done:
  kg_scan_close(scan);
  return st;
}

static kgq_status walk_records(name_walk *w, kgq_error **err) {
  const char prefix[1] = { KG_KEY_NAME };
  kg_store_iter *it;
  KGQ_TRY(kg_store_iter_open(w->check->snap->store, kg_str_n(prefix, 1), &it, err));
  kgq_status st = KGQ_OK;
  for (kg_store_iter_first(it); st == KGQ_OK && kg_store_iter_valid(it); kg_store_iter_next(it)) {
    const kgq_str key = kg_store_iter_key(it);
    kg_name_key name;
    kgq_str lang, text;
    st = kg_name_record_read(key, kg_store_iter_value(it), &name, &lang, &text, err);
    if (st == KGQ_OK && name.cause != KG_NAME_CAUSE_CLASS) {
      w->stored++;
      w->stored_keys += XXH3_64bits(key.ptr, key.len);
      w->stored_sum += record_hash(key, kg_store_iter_value(it));
    }
  }
  if (st == KGQ_OK) {
    st = kg_store_iter_status(it, err);
  }
  kg_store_iter_close(it);
  return st;
}

static kgq_status walk_both(name_walk *w, kgq_error **err) {
  KGQ_TRY(walk_quads(w, err));
  KGQ_TRY(walk_records(w, err));
  if (w->asked == w->stored && w->asked_keys == w->stored_keys && w->asked_sum == w->stored_sum) {
    return KGQ_OK;
  }
  w->look_up = true; /* once more, to say which */
  w->asked = w->asked_keys = w->asked_sum = 0;
  KGQ_TRY(walk_quads(w, err));
  if (w->asked != w->stored || w->asked_keys != w->stored_keys) {
    kg_check_report(w->check,
                    "the index of names has %" PRIu64 " records where the facts ask for %" PRIu64 "%s",
                    w->stored, w->asked, w->stored == w->asked ? " others" : "");
  }
  return KGQ_OK;
}

kgq_status kg_check_names(kg_check_state *c, kgq_error **err) {
  const kgq_allocator *a = &c->snap->db->allocator;
  name_walk w = { .check = c };
  kgq_error *found = NULL;
  kg_idmap_init(&w.wanted, a);
  kg_idmap_init(&w.classes, a);
  kg_arena_init(&w.arena, a);
  kgq_status st = kg_names_update_new(a, &w.update, &found);
  if (st == KGQ_OK) {
    st = walk_both(&w, &found);
  }
  kg_names_update_free(w.update);
  kg_arena_free(&w.arena);
  kg_dict_held_free(&w.held[0]);
  kg_dict_held_free(&w.held[1]);
  kg_idmap_free(&w.classes);
  kg_idmap_free(&w.wanted);
  return kg_check_found(c, st, found, err);
}
