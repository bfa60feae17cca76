/* graph/txn_intern.c: the terms of a transaction, and which of them the database has.
 *
 * Each term gets a number at its first sight, without a look into the database: a load sees a term many
 * times, and the dictionary is asked once, in key order, for all terms together (kg_txn_resolve). Triple
 * terms are known by the ids of their parts; the same triple can be interned under several such ids and
 * becomes one when parts are resolved.
 */
#include <assert.h>
#include <stdio.h>

#include "core/sort.h"
#include "graph/dict.h"
#include "graph/txn_state.h"

#define TRIPLE_KEY_BYTES (3 * sizeof(kg_id))

static kgq_str triple_key(const kg_id parts[3]) {
  return kg_str_n((const char *)parts, TRIPLE_KEY_BYTES);
}

/* ---- interning ---------------------------------------------------------------------------------- */

static kgq_status intern_key(kg_txn *txn, kg_map *map, kgq_str key, bool triple, kg_id *out,
                             kgq_error **err) {
  uint64_t *number;
  bool added;
  kgq_str stored;
  void *locals = txn->locals;
  KGQ_TRY(
      kg_grow(txn->allocator, &locals, &txn->local_capacity, txn->local_count + 1, sizeof *txn->locals, err));
  txn->locals = locals;
  KGQ_TRY(kg_map_put(map, key, &number, &added, &stored, err));
  if (added) {
    if (txn->local_count >= UINT32_MAX) {
      return kg_fail(err, KGQ_LIMIT, "one transaction can hold at most %u terms", UINT32_MAX);
    }
    txn->locals[txn->local_count] = (kg_local){ stored, triple };
    txn->has_long = txn->has_long || (!triple && stored.len > KG_DICT_LONG_BYTES);
    *number = ++txn->local_count;
  }
  *out = kg_id_make(KG_TAG_LOCAL, *number - 1);
  return KGQ_OK;
}

static kgq_status intern_at(kg_txn *txn, const kg_term *term, int depth, kg_id *out, kgq_error **err) {
  if (term->kind == KG_TERM_TRIPLE) {
    if (depth >= KG_LIMIT_NESTING) {
      return kg_fail(err, KGQ_LIMIT, "triple terms may be nested at most %d deep", KG_LIMIT_NESTING);
    }
    kg_id parts[3];
    for (int i = 0; i < 3; i++) {
      KGQ_TRY(intern_at(txn, &term->triple[i], depth + 1, &parts[i], err));
    }
    return intern_key(txn, &txn->triples, triple_key(parts), true, out, err);
  }
  if (term->kind == KG_TERM_LITERAL && kg_id_inline(term, out)) {
    return KGQ_OK;
  }
  txn->scratch.len = 0;
  KGQ_TRY(kg_term_key(term, &txn->scratch, err));
  return intern_key(txn, &txn->terms, kg_buf_str(&txn->scratch), false, out, err);
}

kgq_status kg_txn_intern(kg_txn *txn, const kg_term *term, kg_id *out, kgq_error **err) {
  assert(term->kind != KG_TERM_NONE);
  return intern_at(txn, term, 0, out, err);
}

static kgq_status read_bnode_number(kg_txn *txn, kgq_error **err) {
  kg_pin pin = { 0 };
  KGQ_TRY(kg_store_get(txn->base->store, KG_STR(KG_META_BNODES), &pin, err));
  const bool damaged = pin.value.ptr && pin.value.len != 8;
  txn->bnode_next = pin.value.ptr && !damaged ? kg_get_be64(pin.value.ptr) : 1;
  kg_pin_free(&pin);
  return damaged ? kg_fail(err, KGQ_CORRUPT, "the record of blank node numbers is damaged") : KGQ_OK;
}

static kgq_status use_bnodes(kg_txn *txn, kgq_error **err) {
  if (!txn->bnode_used) {
    KGQ_TRY(read_bnode_number(txn, err));
    txn->bnode_used = true;
  }
  return KGQ_OK;
}

kgq_status kg_txn_has_bnodes(kg_txn *txn, bool *out, kgq_error **err) {
  KGQ_TRY(use_bnodes(txn, err));
  *out = txn->bnode_next > 1;
  return KGQ_OK;
}

/* The number of a label that kg_txn_bnode could have made, else 0. Longer ones are out of its reach. */
static uint64_t bnode_number(kgq_str label) {
  if (label.len < 2 || label.len > 19 || label.ptr[0] != 'b' || label.ptr[1] == '0') {
    return 0;
  }
  uint64_t number = 0;
  for (size_t i = 1; i < label.len; i++) {
    if (label.ptr[i] < '0' || label.ptr[i] > '9') {
      return 0;
    }
    number = number * 10 + (uint64_t)(label.ptr[i] - '0');
  }
  return number;
}

kgq_status kg_txn_keep_bnode(kg_txn *txn, kgq_str label, kg_id *out, kgq_error **err) {
  KGQ_TRY(use_bnodes(txn, err));
  const uint64_t after = bnode_number(label) + 1;
  txn->bnode_next = after > txn->bnode_next ? after : txn->bnode_next;
  txn->bnode_next = txn->bnode_next > 1 ? txn->bnode_next : 2; /* from now on there are blank nodes */
  const kg_term term = kg_term_bnode(label);
  return kg_txn_intern(txn, &term, out, err);
}

kgq_status kg_txn_new_bnode_number(kg_txn *txn, uint64_t *out, kgq_error **err) {
  KGQ_TRY(use_bnodes(txn, err));
  *out = txn->bnode_next++;
  return KGQ_OK;
}

kgq_status kg_txn_bnode(kg_txn *txn, uint64_t number, kg_id *out, kgq_error **err) {
  char label[24];
  const int n = snprintf(label, sizeof label, "b%llu", (unsigned long long)number);
  const kg_term term = kg_term_bnode(kg_str_n(label, (size_t)n));
  return kg_txn_intern(txn, &term, out, err);
}

kgq_status kg_txn_new_bnode(kg_txn *txn, kg_id *out, kgq_error **err) {
  uint64_t number;
  KGQ_TRY(kg_txn_new_bnode_number(txn, &number, err));
  return kg_txn_bnode(txn, number, out, err);
}

/* ---- back to terms ------------------------------------------------------------------------------- */

static kgq_status term_at(kg_txn *txn, kg_id id, int depth, kg_arena *arena, kg_term *out, kgq_error **err) {
  if (!kg_id_is_local(id)) {
    return kg_dict_get(txn->base, id, arena, out, err);
  }
  assert(kg_id_payload(id) < txn->local_count && depth <= KG_LIMIT_NESTING);
  const kg_local *local = &txn->locals[kg_id_payload(id)];
  if (!local->triple) {
    kg_term term;
    if (!kg_term_from_key(local->key, &term)) {
      return kg_fail(err, KGQ_CORRUPT, "a term of the transaction cannot be read back");
    }
    return kg_term_copy(arena, &term, out, err);
  }
  kg_term *parts = kg_arena_alloc(arena, 3 * sizeof *parts);
  if (!parts) {
    return kg_fail_memory(err);
  }
  kg_id ids[3];
  memcpy(ids, local->key.ptr, sizeof ids);
  for (int i = 0; i < 3; i++) {
    KGQ_TRY(term_at(txn, ids[i], depth + 1, arena, &parts[i], err));
  }
  *out = (kg_term){
    .kind = KG_TERM_TRIPLE, .text = KG_STR(""), .datatype = KG_STR(""), .lang = KG_STR(""), .triple = parts
  };
  return KGQ_OK;
}

kgq_status kg_txn_term(kg_txn *txn, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  return term_at(txn, id, 0, arena, out, err);
}

/* ---- which are stored ------------------------------------------------------------------------------ */

/* Plain terms from local number `from` on: sorted by key, looked up together. */
typedef struct lookup {
  kgq_str *keys, *sorted;
  uint32_t *numbers, *order;
  kg_id *ids;
  uint32_t count;
  size_t capacity;
} lookup;

static void lookup_free(lookup *l, const kgq_allocator *a) {
  kg_free(a, l->keys, l->capacity * sizeof *l->keys);
  kg_free(a, l->sorted, l->capacity * sizeof *l->sorted);
  kg_free(a, l->numbers, l->capacity * sizeof *l->numbers);
  kg_free(a, l->order, l->capacity * sizeof *l->order);
  kg_free(a, l->ids, l->capacity * sizeof *l->ids);
}

static kgq_status lookup_new(lookup *l, const kg_txn *txn, size_t from, kgq_error **err) {
  const kgq_allocator *a = txn->allocator;
  *l = (lookup){ .capacity = txn->local_count - from };
  l->keys = kg_alloc(a, l->capacity * sizeof *l->keys);
  l->sorted = kg_alloc(a, l->capacity * sizeof *l->sorted);
  l->numbers = kg_alloc(a, l->capacity * sizeof *l->numbers);
  l->order = kg_alloc(a, l->capacity * sizeof *l->order);
  l->ids = kg_alloc(a, l->capacity * sizeof *l->ids);
  if (!l->keys || !l->sorted || !l->numbers || !l->order || !l->ids) {
    return kg_fail_memory(err);
  }
  for (size_t i = from; i < txn->local_count; i++) {
    if (!txn->locals[i].triple) {
      l->keys[l->count] = txn->locals[i].key;
      l->numbers[l->count++] = (uint32_t)i;
    }
  }
  return KGQ_OK;
}

static kgq_status look_up_plain(kg_txn *txn, size_t from, kgq_error **err) {
  for (size_t i = from; i < txn->local_count; i++) {
    txn->actual[i] = kg_id_make(KG_TAG_LOCAL, i);
  }
  if (txn->base->counts.base_terms + txn->base->counts.append_terms == 0) {
    return KGQ_OK;
  }
  lookup l;
  kgq_status st = lookup_new(&l, txn, from, err);
  if (st == KGQ_OK) {
    st = kg_sort_strings(txn->allocator, l.keys, l.count, l.order, err);
  }
  for (uint32_t i = 0; st == KGQ_OK && i < l.count; i++) {
    l.sorted[i] = l.keys[l.order[i]];
  }
  if (st == KGQ_OK) {
    st = kg_dict_find_sorted(txn->base, l.sorted, l.count, l.ids, err);
  }
  for (uint32_t i = 0; st == KGQ_OK && i < l.count; i++) {
    if (l.ids[i] != KG_ID_NONE) {
      txn->actual[l.numbers[l.order[i]]] = l.ids[i];
    }
  }
  lookup_free(&l, txn->allocator);
  return st;
}

/* The stored id of a triple term with stored parts. */
static kgq_status look_up_triple(kg_txn *txn, kg_scan **scan, const kg_id parts[3], kg_id *out,
                                 kgq_error **err) {
  const kg_scan_spec spec = { .perm = KG_SPOT,
                              .prefix_length = 3,
                              .prefix = { parts[0], parts[1], parts[2] } };
  if (!*scan) {
    KGQ_TRY(kg_scan_open(txn->base, &spec, txn->cancel, scan, err));
  } else {
    KGQ_TRY(kg_scan_restart(*scan, &spec, err));
  }
  kg_id *const columns[4] = { NULL, NULL, NULL, out };
  uint32_t count;
  return kg_scan_next(*scan, columns, 1, &count, err);
}

static kgq_status resolve_triple(kg_txn *txn, size_t number, kg_scan **scan, kgq_error **err) {
  kg_id parts[3];
  memcpy(parts, txn->locals[number].key.ptr, sizeof parts);
  bool stored = txn->base->counts.triple_terms > 0;
  for (int i = 0; i < 3; i++) {
    parts[i] = kg_id_mapped(txn->actual, parts[i]);
    stored = stored && !kg_id_is_local(parts[i]);
  }
  uint64_t *same;
  bool added;
  KGQ_TRY(kg_map_put(&txn->stored_triples, triple_key(parts), &same, &added, NULL, err));
  if (!added) {
    txn->actual[number] = txn->actual[*same - 1];
    return KGQ_OK;
  }
  *same = number + 1;
  return stored ? look_up_triple(txn, scan, parts, &txn->actual[number], err) : KGQ_OK;
}

kgq_status kg_txn_resolve(kg_txn *txn, kgq_error **err) {
  const size_t from = txn->actual_count;
  if (from == txn->local_count) {
    return KGQ_OK;
  }
  void *actual = txn->actual;
  KGQ_TRY(
      kg_grow(txn->allocator, &actual, &txn->actual_capacity, txn->local_count, sizeof *txn->actual, err));
  txn->actual = actual;
  KGQ_TRY(look_up_plain(txn, from, err));
  kg_scan *scan = NULL;
  kgq_status st = KGQ_OK;
  for (size_t i = from; st == KGQ_OK && i < txn->local_count; i++) {
    if (txn->locals[i].triple) {
      st = resolve_triple(txn, i, &scan, err);
    }
  }
  kg_scan_close(scan);
  if (st == KGQ_OK) {
    txn->actual_count = txn->local_count;
  }
  return st;
}

bool kg_txn_local(kg_txn *txn, const kg_term *term, kg_id *out) {
  const uint64_t *number = NULL;
  txn->scratch.len = 0;
  if (term->kind == KG_TERM_TRIPLE) {
    return false;
  }
  if (kg_term_key(term, &txn->scratch, NULL) == KGQ_OK) {
    number = kg_map_find(&txn->terms, kg_buf_str(&txn->scratch));
  }
  *out = number ? kg_id_make(KG_TAG_LOCAL, *number - 1) : KG_ID_NONE;
  return number != NULL;
}
