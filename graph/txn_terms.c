/* graph/txn_terms.c: the ids of a commit's new terms.
 *
 * First every new term gets an id as if all were used, so that the net effect can be worked out once and in
 * its final order; then terms that only fell-away operations name are dropped and the others move up. Moving
 * keeps the order of ids, hence nothing is sorted again. Into an empty dictionary ids follow key order (the
 * base range), else they follow the order of first sight (the append range).
 */
#include <assert.h>

#include "core/sort.h"
#include "graph/dict.h"
#include "graph/txn_state.h"

/* ---- plan ---------------------------------------------------------------------------------------- */

static kgq_status sort_by_key(const kg_txn *txn, kg_new_terms *terms, kgq_error **err) {
  const kgq_allocator *a = txn->allocator;
  const size_t n = terms->local_count;
  kgq_str *keys = kg_alloc(a, n * sizeof *keys);
  uint32_t *order = kg_alloc(a, n * sizeof *order), *numbers = kg_alloc(a, n * sizeof *numbers);
  kgq_status st = keys && order && numbers ? KGQ_OK : kg_fail_memory(err);
  if (st == KGQ_OK) {
    for (size_t i = 0; i < n; i++) {
      keys[i] = kg_new_term_key(txn, terms, i);
    }
    st = kg_sort_strings(a, keys, (uint32_t)n, order, err);
  }
  if (st == KGQ_OK) {
    memcpy(numbers, terms->locals, n * sizeof *numbers);
    for (size_t i = 0; i < n; i++) {
      terms->locals[i] = numbers[order[i]];
    }
  }
  kg_free(a, numbers, n * sizeof *numbers);
  kg_free(a, order, n * sizeof *order);
  kg_free(a, keys, n * sizeof *keys);
  return st;
}

/* The id of new plain term number i. */
static kg_id plain_id(const kg_txn *txn, const kg_new_terms *terms, size_t i) {
  const kg_tag tag = (kg_tag)(unsigned char)kg_new_term_key(txn, terms, i).ptr[0];
  const kg_counts *counts = &txn->base->counts;
  return kg_id_make(tag,
                    terms->base_range ? counts->base_terms + i : KG_ID_APPEND | (counts->append_terms + i));
}

static kg_id triple_id(const kg_txn *txn, size_t i) {
  return kg_id_make(KG_TAG_TRIPLE, txn->base->counts.triple_terms + i);
}

/* map[] of all terms, from the lists of new ones; other LOCAL ids in actual[] are triple terms equal to
 * earlier ones. */
static void fill_map(const kg_txn *txn, kg_new_terms *terms) {
  memcpy(terms->map, txn->actual, terms->map_count * sizeof *terms->map);
  for (size_t i = 0; i < terms->local_count; i++) {
    terms->map[terms->locals[i]] = plain_id(txn, terms, i);
  }
  for (size_t i = 0; i < terms->triple_count; i++) {
    terms->map[terms->triples[i]] = triple_id(txn, i);
  }
  for (size_t i = 0; i < terms->map_count; i++) {
    if (txn->locals[i].triple && kg_id_is_local(terms->map[i])) {
      terms->map[i] = terms->map[kg_id_payload(terms->map[i])];
    }
  }
}

kgq_status kg_new_terms_plan(kg_txn *txn, bool base_range, kg_new_terms *terms, kgq_error **err) {
  const kgq_allocator *a = txn->allocator;
  *terms =
      (kg_new_terms){ .base_range = base_range, .map_count = txn->local_count, .capacity = txn->local_count };
  terms->locals = kg_alloc(a, terms->capacity * sizeof *terms->locals);
  terms->triples = kg_alloc(a, terms->capacity * sizeof *terms->triples);
  terms->map = kg_alloc(a, terms->capacity * sizeof *terms->map);
  if (!terms->locals || !terms->triples || !terms->map) {
    return kg_fail_memory(err);
  }
  if (terms->capacity == 0) {
    return KGQ_OK;
  }
  for (uint32_t i = 0; i < terms->map_count; i++) {
    if (txn->actual[i] != kg_id_make(KG_TAG_LOCAL, i)) {
      continue;
    }
    if (txn->locals[i].triple) {
      terms->triples[terms->triple_count++] = i;
    } else {
      terms->locals[terms->local_count++] = i;
    }
  }
  if (base_range) {
    KGQ_TRY(sort_by_key(txn, terms, err));
  }
  fill_map(txn, terms);
  return KGQ_OK;
}

void kg_new_terms_free(kg_new_terms *terms, const kgq_allocator *a) {
  kg_free(a, terms->locals, terms->capacity * sizeof *terms->locals);
  kg_free(a, terms->triples, terms->capacity * sizeof *terms->triples);
  kg_free(a, terms->map, terms->capacity * sizeof *terms->map);
  *terms = (kg_new_terms){ 0 };
}

/* ---- settle ---------------------------------------------------------------------------------------- */

/* Where new ids stand in the lists. */
static uint64_t list_place(const kg_txn *txn, kg_id id) {
  const kg_counts *counts = &txn->base->counts;
  if (kg_id_tag(id) == KG_TAG_TRIPLE) {
    return kg_id_payload(id) - counts->triple_terms;
  }
  return kg_id_is_append(id) ? (kg_id_payload(id) & ~KG_ID_APPEND) - counts->append_terms
                             : kg_id_payload(id) - counts->base_terms;
}

typedef struct used_terms {
  const kg_txn *txn;
  uint32_t *locals, *triples; /* 1: used; then: how many used ones come before */
} used_terms;

static void mark(used_terms *used, kg_id id) {
  if (kg_id_is_new(&used->txn->base->counts, id)) {
    uint32_t *list = kg_id_tag(id) == KG_TAG_TRIPLE ? used->triples : used->locals;
    list[list_place(used->txn, id)] = 1;
  }
}

static void mark_all(used_terms *used, const kg_new_terms *terms, const kg_net *net) {
  for (size_t i = 0; i < net->rows.count * KG_OP_WORDS; i++) {
    mark(used, i % KG_OP_WORDS == KG_G ? net->rows.words[i] & ~KG_OP_DELETE : net->rows.words[i]);
  }
  for (size_t i = terms->triple_count; i-- > 0;) { /* outer ones before the ones inside them */
    if (used->triples[i]) {
      kg_id quad[4];
      kg_new_triple_row(used->txn, terms, i, quad);
      for (int c = 0; c < 3; c++) {
        mark(used, quad[c]);
      }
    }
  }
}

/* Keeps the used entries of a list, and turns the marks into places. */
static size_t keep_used(uint32_t *list, uint32_t *used, size_t count) {
  uint32_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    const bool is_used = used[i];
    used[i] = kept;
    if (is_used) {
      list[kept++] = list[i];
    }
  }
  return kept;
}

static kg_id moved(const used_terms *used, kg_id id) {
  if (!kg_id_is_new(&used->txn->base->counts, id)) {
    return id;
  }
  const uint64_t place = list_place(used->txn, id);
  const uint32_t *list = kg_id_tag(id) == KG_TAG_TRIPLE ? used->triples : used->locals;
  return id - place + list[place];
}

static void settle(used_terms *used, kg_new_terms *terms, kg_net *net) {
  mark_all(used, terms, net);
  const size_t before = terms->local_count + terms->triple_count;
  terms->local_count = keep_used(terms->locals, used->locals, terms->local_count);
  terms->triple_count = keep_used(terms->triples, used->triples, terms->triple_count);
  if (terms->local_count + terms->triple_count == before) {
    return;
  }
  for (size_t i = 0; i < net->rows.count * KG_OP_WORDS; i++) {
    const uint64_t flag = i % KG_OP_WORDS == KG_G ? net->rows.words[i] & KG_OP_DELETE : 0;
    net->rows.words[i] = moved(used, net->rows.words[i] & ~flag) | flag;
  }
  for (size_t i = 0; i < net->graph_count; i++) {
    net->graphs[i].graph = moved(used, net->graphs[i].graph);
  }
  for (size_t i = 0; i < terms->map_count; i++) {
    terms->map[i] = moved(used, terms->map[i]);
  }
}

kgq_status kg_new_terms_settle(kg_txn *txn, kg_new_terms *terms, kg_net *net, kgq_error **err) {
  const kgq_allocator *a = txn->allocator;
  const size_t locals = terms->local_count, triples = terms->triple_count;
  used_terms used = { .txn = txn,
                      .locals = kg_alloc_zero(a, locals + 1, sizeof *used.locals),
                      .triples = kg_alloc_zero(a, triples + 1, sizeof *used.triples) };
  kgq_status st = KGQ_OK;
  if (used.locals && used.triples) {
    settle(&used, terms, net);
  } else {
    st = kg_fail_memory(err);
  }
  kg_free(a, used.triples, (triples + 1) * sizeof *used.triples);
  kg_free(a, used.locals, (locals + 1) * sizeof *used.locals);
  return st;
}

/* ---- reading them ------------------------------------------------------------------------------------- */

void kg_new_triple_row(const kg_txn *txn, const kg_new_terms *terms, size_t i, kg_id quad[4]) {
  const uint32_t number = terms->triples[i];
  memcpy(quad, txn->locals[number].key.ptr, 3 * sizeof *quad);
  for (int c = 0; c < 3; c++) {
    quad[c] = kg_id_mapped(terms->map, quad[c]);
  }
  quad[3] = terms->map[number];
}

kgq_status kg_new_term_get(kg_txn *txn, const kg_new_terms *terms, kg_id id, kg_arena *arena, kg_term *out,
                           kgq_error **err) {
  if (!kg_id_is_new(&txn->base->counts, id)) {
    return kg_dict_get(txn->base, id, arena, out, err);
  }
  const uint32_t *list = kg_id_tag(id) == KG_TAG_TRIPLE ? terms->triples : terms->locals;
  return kg_txn_term(txn, kg_id_make(KG_TAG_LOCAL, list[list_place(txn, id)]), arena, out, err);
}
