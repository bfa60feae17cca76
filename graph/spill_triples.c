/* graph/spill_triples.c: at the commit of a large load: one id for each triple term, inner ones first.
 *
 * A level is all triple terms whose parts have ids by now: sorted by s, p, o, equal ones of all chunks meet
 * and are looked up or get the next number. Their ids go to their places, and the next level can begin. New
 * rows gather in one file in the order of their ids, for the four permutations of triple terms.
 */
#include <assert.h>

#include "graph/spill.h"

#define READ_BYTES ((size_t)256 << 10)

typedef struct level {
  kg_spilled *spilled;
  kg_row_sort *by_triple; /* s, p, o, where */
  kg_row_sort *by_place;  /* where, id */
  kg_spill *later;        /* those with a part that has no id yet */
  kg_scan *scan;          /* over stored ones */
  uint64_t resolved;
  kg_id *ids; /* of one chunk */
  size_t chunk;
} level;

/* ---- parts ------------------------------------------------------------------------------------------- */

/* Final ids of the parts; false in *known if one has none yet. */
static kgq_status map_parts(level *l, const uint64_t record[KG_OP_WORDS], uint64_t out[KG_OP_WORDS],
                            bool *known, kgq_error **err) {
  const size_t chunk = (size_t)(record[3] >> 32);
  if (chunk != l->chunk) {
    KGQ_TRY(kg_spill_load_ids(l->spilled, chunk, l->ids, err));
    l->chunk = chunk;
  }
  *known = true;
  for (int c = 0; c < 3; c++) {
    out[c] = kg_id_mapped(l->ids, record[c]);
    *known = *known && out[c] != KG_ID_NONE;
  }
  out[3] = record[3];
  return KGQ_OK;
}

static kgq_status read_level(level *l, kg_spill *from, kgq_error **err) {
  kg_spill_reader reader;
  kgq_status st = kg_spill_reader_open(from, 0, kg_spill_bytes(from), READ_BYTES, &reader, err);
  while (st == KGQ_OK && !kg_spill_ended(&reader)) {
    uint64_t record[KG_OP_WORDS], mapped[KG_OP_WORDS];
    const char *bytes;
    bool known;
    KGQ_TRY_DONE(kg_spill_take(&reader, sizeof record, &bytes, err));
    memcpy(record, bytes, sizeof record);
    KGQ_TRY_DONE(map_parts(l, record, mapped, &known, err));
    KGQ_TRY_DONE(known ? kg_row_sort_add(l->by_triple, mapped, err)
                       : kg_spill_write(l->later, record, sizeof record, err));
    l->resolved += known;
  }
done:
  kg_spill_reader_close(&reader);
  return st;
}

/* ---- ids --------------------------------------------------------------------------------------------- */

static kgq_status find_stored(level *l, const uint64_t *parts, kg_id *out, kgq_error **err) {
  kg_txn *txn = l->spilled->txn;
  const kg_counts *counts = &txn->base->counts;
  *out = KG_ID_NONE;
  if (counts->triple_terms == 0 || kg_id_is_new(counts, parts[0]) || kg_id_is_new(counts, parts[1]) ||
      kg_id_is_new(counts, parts[2])) {
    return KGQ_OK;
  }
  const kg_scan_spec spec = { .perm = KG_SPOT,
                              .prefix_length = 3,
                              .prefix = { parts[0], parts[1], parts[2] } };
  if (l->scan == NULL) {
    KGQ_TRY(kg_scan_open(txn->base, &spec, txn->cancel, &l->scan, err));
  } else {
    KGQ_TRY(kg_scan_restart(l->scan, &spec, err));
  }
  kg_id *const columns[4] = { NULL, NULL, NULL, out };
  uint32_t count;
  return kg_scan_next(l->scan, columns, 1, &count, err);
}

static kgq_status identify(level *l, const uint64_t *parts, kg_id *out, kgq_error **err) {
  kg_spilled *s = l->spilled;
  KGQ_TRY(find_stored(l, parts, out, err));
  if (*out != KG_ID_NONE) {
    return KGQ_OK;
  }
  *out = kg_id_make(KG_TAG_TRIPLE, s->txn->base->counts.triple_terms + s->new_triples++);
  const uint64_t row[KG_OP_WORDS] = { parts[0], parts[1], parts[2], *out };
  return kg_spill_write(s->triple_rows, row, sizeof row, err);
}

static kgq_status identify_all(level *l, kgq_error **err) {
  uint64_t last[3] = { 0, 0, 0 };
  kg_id id = KG_ID_NONE;
  KGQ_TRY(kg_row_sort_finish(l->by_triple, err));
  for (size_t count = 1; count > 0;) {
    const uint64_t *record;
    KGQ_TRY(kg_row_sort_next(l->by_triple, &record, &count, err));
    for (size_t i = 0; i < count; i++, record += KG_OP_WORDS) {
      if (id == KG_ID_NONE || memcmp(last, record, sizeof last) != 0) {
        KGQ_TRY(identify(l, record, &id, err));
        memcpy(last, record, sizeof last);
      }
      const uint64_t place[KG_SORT_WORDS] = { record[3], id };
      KGQ_TRY(kg_row_sort_add(l->by_place, place, err));
    }
    KGQ_TRY(kg_cancel_check(l->spilled->txn->cancel, err));
  }
  return KGQ_OK;
}

/* ---- levels ------------------------------------------------------------------------------------------ */

static kgq_status one_level(level *l, kg_spill *from, kgq_error **err) {
  kg_txn *txn = l->spilled->txn;
  const char *folder = kg_store_folder(txn->db->store);
  const size_t memory = kg_spill_sort_bytes(txn) / 2;
  const uint64_t all = ~(uint64_t)0;
  const uint64_t by_triple[KG_SORT_WORDS] = { all, all, all, 0 }, by_place[KG_SORT_WORDS] = { all, 0, 0, 0 };
  l->chunk = SIZE_MAX;
  l->resolved = 0;
  KGQ_TRY(kg_row_sort_new(txn->allocator, folder, memory, by_triple, &l->by_triple, err));
  KGQ_TRY(kg_row_sort_new(txn->allocator, folder, memory, by_place, &l->by_place, err));
  KGQ_TRY(kg_spill_new(txn->allocator, folder, &l->later, err));
  KGQ_TRY(read_level(l, from, err));
  KGQ_TRY(identify_all(l, err));
  return kg_spill_store_ids(l->spilled, l->by_place, err);
}

static void end_level(level *l) {
  kg_scan_close(l->scan);
  kg_row_sort_free(l->by_triple);
  kg_row_sort_free(l->by_place);
  l->scan = NULL;
  l->by_triple = l->by_place = NULL;
}

kgq_status kg_spill_triples(kg_spilled *s, kgq_error **err) {
  kg_txn *txn = s->txn;
  const size_t bytes = kg_spill_most_locals(s) * sizeof(kg_id);
  if (kg_spill_bytes(s->triples) == 0) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_spill_new(txn->allocator, kg_store_folder(txn->db->store), &s->triple_rows, err));
  level l = { .spilled = s, .ids = kg_alloc(txn->allocator, bytes) };
  kgq_status st = l.ids ? KGQ_OK : kg_fail_memory(err);
  while (st == KGQ_OK && kg_spill_bytes(s->triples) > 0) {
    l.later = NULL;
    st = one_level(&l, s->triples, err);
    end_level(&l);
    assert(st != KGQ_OK || l.resolved > 0); /* parts were interned before what they are parts of */
    kg_spill_free(s->triples);
    s->triples = l.later;
  }
  kg_free(txn->allocator, l.ids, bytes);
  return st;
}
