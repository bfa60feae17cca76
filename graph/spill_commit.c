/* graph/spill_commit.c: the commit of a load that went through temporary files.
 *
 * Terms get ids (spill_terms.c, spill_triples.c); then the quads are read back with them, sorted by s, p, o,
 * g and compared with the base as a stream; what is new lies in one file, from which each permutation is
 * sorted and merged with its blocks. All goes in with one ingest, like any large commit. Memory: one sort at
 * a time.
 */
#include <assert.h>

#include "graph/keys.h"
#include "graph/names_key.h"
#include "graph/spill.h"

#define READ_BYTES ((size_t)256 << 10)

typedef struct work {
  kg_txn *txn;
  kg_spilled *spilled;
  kg_bulk out;
  kg_counts counts;
  kg_net net;
  kg_spill *rows; /* net effect, sorted by s, p, o, g */
  kg_row_sort *sorter;
  kg_key_sort *names;
  kg_net_walk *walk;
  kg_records records;
  kg_id *ids; /* of one chunk */
  kg_buf key;
} work;

/* ---- quads with their ids ---------------------------------------------------------------------------- */

static kgq_status read_ops(work *w, kg_spill_reader *ops, uint64_t count, kgq_error **err) {
  for (uint64_t i = 0; i < count; i++) {
    uint64_t word[KG_OP_WORDS];
    const char *bytes;
    KGQ_TRY(kg_spill_take(ops, sizeof word, &bytes, err));
    memcpy(word, bytes, sizeof word);
    for (int c = 0; c < KG_OP_WORDS; c++) {
      word[c] = kg_id_mapped(w->ids, word[c]);
      assert(word[c] != KG_ID_NONE);
    }
    KGQ_TRY(kg_row_sort_add(w->sorter, word, err));
  }
  return kg_cancel_check(w->txn->cancel, err);
}

/* Node and graph of a name's key stand at fixed places from its end (names_key.h). */
static void map_name(const work *w, char *key, size_t bytes) {
  assert(bytes > KG_NAME_TAIL_BYTES);
  char *tail = key + bytes - KG_NAME_TAIL_BYTES;
  kg_put_be64(tail + 1, kg_id_mapped(w->ids, kg_get_be64(tail + 1)));
  kg_put_be64(tail + 9, kg_id_mapped(w->ids, kg_get_be64(tail + 9)));
}

static kgq_status read_name(work *w, kg_spill_reader *names, kgq_error **err) {
  uint64_t key_bytes, value_bytes;
  const char *bytes;
  KGQ_TRY(kg_spill_take_number(names, &key_bytes, err));
  KGQ_TRY(kg_spill_take(names, (size_t)key_bytes, &bytes, err));
  w->key.len = 0;
  KGQ_TRY(kg_buf_add(&w->key, bytes, (size_t)key_bytes, err));
  map_name(w, w->key.bytes, w->key.len);
  KGQ_TRY(kg_spill_take_number(names, &value_bytes, err));
  KGQ_TRY(kg_spill_take(names, (size_t)value_bytes, &bytes, err));
  return kg_key_sort_add(w->names, kg_buf_str(&w->key), kg_str_n(bytes, (size_t)value_bytes), err);
}

static uint64_t position(const kg_spill_reader *r) {
  return r->at - (r->to - r->from);
}

static kgq_status read_chunks(work *w, kg_spill_reader *ops, kg_spill_reader *names, kgq_error **err) {
  const kg_spilled *s = w->spilled;
  for (size_t i = 0; i < s->chunk_count; i++) {
    KGQ_TRY(kg_spill_load_ids(w->spilled, i, w->ids, err));
    const uint64_t bytes = s->chunks[i].ops_end - position(ops);
    KGQ_TRY(read_ops(w, ops, bytes / (KG_OP_WORDS * sizeof(uint64_t)), err));
    while (position(names) < s->chunks[i].names_end) {
      KGQ_TRY(read_name(w, names, err));
    }
    KGQ_TRY(kg_txn_tell(w->txn, "sorting facts", s->chunks[i].ops_end, kg_spill_bytes(s->ops), err));
  }
  return KGQ_OK;
}

static kgq_status read_back(work *w, kgq_error **err) {
  kg_spilled *s = w->spilled;
  const size_t bytes = kg_spill_most_locals(s) * sizeof *w->ids;
  kg_spill_reader ops = { .spill = NULL }, names = { .spill = NULL };
  w->ids = kg_alloc(w->txn->allocator, bytes);
  kgq_status st = w->ids ? KGQ_OK : kg_fail_memory(err);
  KGQ_TRY_DONE(st);
  KGQ_TRY_DONE(kg_spill_reader_open(s->ops, 0, kg_spill_bytes(s->ops), READ_BYTES, &ops, err));
  KGQ_TRY_DONE(kg_spill_reader_open(s->names, 0, kg_spill_bytes(s->names), READ_BYTES, &names, err));
  st = read_chunks(w, &ops, &names, err);
done:
  kg_spill_reader_close(&names);
  kg_spill_reader_close(&ops);
  kg_free(w->txn->allocator, w->ids, bytes);
  w->ids = NULL;
  return st;
}

/* ---- net effect -------------------------------------------------------------------------------------- */

static kgq_status keep_row(void *arg, const uint64_t word[KG_OP_WORDS], kgq_error **err) {
  return kg_spill_write(arg, word, KG_OP_WORDS * sizeof *word, err);
}

/* Sorted operations beside the base; of several on one quad the last stands. */
static kgq_status walk_sorted(work *w, kgq_error **err) {
  uint64_t held[KG_OP_WORDS] = { 0 };
  bool has_held = false;
  KGQ_TRY(kg_row_sort_finish(w->sorter, err));
  for (size_t count = 1; count > 0;) {
    const uint64_t *word;
    KGQ_TRY(kg_row_sort_next(w->sorter, &word, &count, err));
    for (size_t i = 0; i < count; i++, word += KG_OP_WORDS) {
      if (has_held && !kg_op_same_quad(held, word)) {
        KGQ_TRY(kg_net_walk_op(w->walk, held, err));
      }
      memcpy(held, word, sizeof held);
      has_held = true;
    }
  }
  if (has_held) {
    KGQ_TRY(kg_net_walk_op(w->walk, held, err));
  }
  return kg_net_walk_end(w->walk, err);
}

static kgq_status find_net(work *w, kgq_error **err) {
  const uint64_t all = ~(uint64_t)0, order[KG_SORT_WORDS] = { all, all, all, ~KG_OP_DELETE };
  const kgq_allocator *a = w->txn->allocator;
  const char *folder = kg_store_folder(w->txn->db->store);
  const size_t memory = kg_spill_sort_bytes(w->txn);
  KGQ_TRY(kg_row_sort_new(a, folder, memory, order, &w->sorter, err));
  KGQ_TRY(kg_key_sort_new(a, folder, memory / 4, &w->names, err));
  KGQ_TRY(read_back(w, err));
  kg_spill_free(w->spilled->ops);
  w->spilled->ops = NULL;
  KGQ_TRY(kg_spill_new(a, folder, &w->rows, err));
  KGQ_TRY(kg_net_walk_new(w->txn, &w->net, keep_row, w->rows, &w->walk, err));
  KGQ_TRY(walk_sorted(w, err));
  kg_row_sort_free(w->sorter);
  w->sorter = NULL;
  return KGQ_OK;
}

/* ---- writing ----------------------------------------------------------------------------------------- */

static void new_counts(work *w, bool base_range) {
  const kg_net *net = &w->net;
  kg_counts *counts = &w->counts;
  *counts = w->txn->base->counts;
  counts->quads += net->inserted - net->deleted;
  counts->triples += (uint64_t)net->triples;
  counts->named_quads += (uint64_t)net->named_quads;
  counts->triple_terms += w->spilled->new_triples;
  if (base_range) {
    counts->base_terms += w->spilled->new_terms;
    counts->append_terms += w->spilled->new_long;
    counts->base_loaded = w->spilled->new_terms > 0;
  } else {
    counts->append_terms += w->spilled->new_terms;
  }
  counts->delta_rows = 0;
}

static kgq_status write_rows(work *w, kgq_error **err) {
  const size_t memory = kg_spill_sort_bytes(w->txn);
  const bool named = w->txn->base->counts.named_quads + w->counts.named_quads > 0;
  if (w->spilled->new_triples > 0) {
    w->counts.delta_term_rows = 0;
    KGQ_TRY(kg_bulk_merge_spill(&w->out, KG_SPOT, w->spilled->triple_rows, false, true, memory, err));
  }
  const uint64_t total = (w->net.inserted + w->net.deleted) * (named ? 4 : 3);
  kg_written written = { kg_txn_tell_written, w->txn, 0, total };
  KGQ_TRY(kg_txn_tell_written(w->txn, 0, total, err));
  w->out.written = &written;
  const kgq_status st = kg_bulk_merge_spill(&w->out, KG_SPOG, w->rows, true, named, memory, err);
  w->out.written = NULL;
  return st == KGQ_OK ? kg_txn_tell_written(w->txn, total, total, err) : st;
}

static kgq_status write_records(work *w, uint64_t number, kgq_error **err) {
  KGQ_TRY(kg_records_of_net(&w->records, w->txn, &w->net, false, err));
  KGQ_TRY(kg_records_of_state(&w->records, &w->counts, number, err));
  KGQ_TRY(kg_records_sort(&w->records, err));
  return kg_bulk_records(&w->out, &w->records, w->names, err);
}

static kgq_status run(work *w, uint64_t number, bool *nothing, kgq_error **err) {
  kg_txn *txn = w->txn;
  const kg_counts *before = &txn->base->counts;
  const bool base_range =
      before->base_terms == 0 && before->append_terms == 0 && before->base_loaded == 0 && before->quads == 0;
  KGQ_TRY(kg_spill_rest(txn, err));
  KGQ_TRY(kg_spill_terms(w->spilled, &w->out, base_range, err));
  KGQ_TRY(kg_spill_triples(w->spilled, err));
  KGQ_TRY(find_net(w, err));
  *nothing = kg_spill_bytes(w->rows) == 0 && txn->prefix_count == 0;
  if (*nothing) {
    return KGQ_OK;
  }
  new_counts(w, base_range);
  KGQ_TRY(write_rows(w, err));
  KGQ_TRY(write_records(w, number, err));
  KGQ_TRY(kg_bulk_ingest(&w->out, number, err));
  txn->untidy = kg_bulk_untidy(&w->out);
  return KGQ_OK;
}

kgq_status kg_commit_spilled(kg_txn *txn, kg_txn_result *result, kgq_error **err) {
  const uint64_t number = txn->base->commit + 1;
  work w = { .txn = txn,
             .spilled = txn->spilled,
             .out = { .db = txn->db, .snap = txn->base, .cancel = txn->cancel } };
  kg_records_init(&w.records, txn->allocator);
  kg_buf_init(&w.key, txn->allocator);
  bool nothing = false;
  const kgq_status st = run(&w, number, &nothing, err);
  if (st == KGQ_OK && result) {
    *result = (kg_txn_result){ w.net.inserted, w.net.deleted, nothing ? txn->base->commit : number };
  }
  kg_bulk_free(&w.out);
  kg_net_walk_free(w.walk);
  kg_row_sort_free(w.sorter);
  kg_key_sort_free(w.names);
  kg_spill_free(w.rows);
  kg_buf_free(&w.key);
  kg_records_free(&w.records);
  kg_net_free(&w.net, txn->allocator);
  return st;
}
