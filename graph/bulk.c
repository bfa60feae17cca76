/* graph/bulk.c: the large way of writing a commit: sorted files and one ingest.
 *
 * Each permutation is sorted from the one before (a stable radix sort on the column that moves to the front),
 * merged with the blocks it touches and with its whole delta, and written to a file of its own; terms,
 * records and the commit number get files of theirs. All files go in at once. Rows and keys of one commit are
 * in memory: sort_into is where runs would be cut and merged from disk.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/sort.h"
#include "graph/bulk_merge.h"
#include "graph/dict.h"
#include "graph/keys.h"
#include "graph/txn_state.h"

#define FILES_MAX 32

typedef struct bulk {
  kg_commit *commit;
  kg_store *store;
  kg_store_file *files[FILES_MAX];
  size_t file_count;
} bulk;

/* A new file among those to ingest. */
static kgq_status add_file(bulk *b, bool compress, kg_store_file **out, kgq_error **err) {
  assert(b->file_count < FILES_MAX);
  KGQ_TRY(kg_store_file_new(b->store, compress, out, err));
  b->files[b->file_count++] = *out;
  return KGQ_OK;
}

/* ---- rows -------------------------------------------------------------------------------------------- */

/* Sorts by the columns whose mask is set, keeping the order of what is equal in them. */
static void sort_into(kg_ops *rows, uint64_t **scratch, const uint64_t mask[KG_SORT_WORDS]) {
  uint64_t *sorted = kg_sort_records(rows->words, *scratch, rows->count, mask);
  if (sorted != rows->words) {
    *scratch = rows->words;
    rows->words = sorted;
  }
}

static kgq_status merge_perm(bulk *b, kg_perm perm, const kg_ops *rows, kgq_error **err) {
  kg_txn *txn = b->commit->txn;
  const bool named_only = perm == KG_GSPO;
  if (named_only && txn->base->counts.named_quads + b->commit->counts.named_quads == 0) {
    return KGQ_OK;
  }
  kg_merge_spec spec = { .perm = perm, .words = rows->words, .count = rows->count, .named_only = named_only };
  kg_merge_result result;
  KGQ_TRY(add_file(b, true, &spec.blocks.file, err));
  if (kg_delta_any(txn->base, perm)) {
    KGQ_TRY(add_file(b, false, &spec.delta.file, err));
  }
  KGQ_TRY(kg_merge_run(txn->base, &spec, txn->cancel, &result, err));
  assert(result.delta_exhausted);
  if (spec.delta.file) {
    KGQ_TRY(kg_store_file_finish(spec.delta.file, err));
  }
  return kg_store_file_finish(spec.blocks.file, err);
}

/* The four permutations of a set of rows that are sorted by s, p, o, g. Each order follows from the one
 * before: SPOG by O gives OSPG, by P POSG, by S SPOG again, by G GSPO. */
static kgq_status merge_perms(bulk *b, kg_perm first, kg_ops *rows, kgq_error **err) {
  const kgq_allocator *a = b->commit->txn->allocator;
  const size_t bytes = rows->capacity * KG_OP_WORDS * sizeof *rows->words;
  uint64_t *scratch = kg_alloc(a, bytes);
  if (!scratch) {
    return kg_fail_memory(err);
  }
  const uint64_t all = ~(uint64_t)0;
  const uint64_t by_s[] = { all, 0, 0, 0 }, by_p[] = { 0, all, 0, 0 }, by_o[] = { 0, 0, all, 0 };
  const uint64_t by_g[] = { 0, 0, 0, ~KG_OP_DELETE };
  kgq_status st;
  KGQ_TRY_DONE(merge_perm(b, first, rows, err));
  sort_into(rows, &scratch, by_o);
  KGQ_TRY_DONE(merge_perm(b, (kg_perm)(first + 2), rows, err));
  sort_into(rows, &scratch, by_p);
  KGQ_TRY_DONE(merge_perm(b, (kg_perm)(first + 1), rows, err));
  sort_into(rows, &scratch, by_s);
  sort_into(rows, &scratch, by_g);
  st = merge_perm(b, (kg_perm)(first + 3), rows, err);
done:
  kg_free(a, scratch, bytes);
  return st;
}

/* The rows of new triple terms, sorted by s, p, o. */
static kgq_status merge_triple_terms(bulk *b, kgq_error **err) {
  kg_commit *c = b->commit;
  const kgq_allocator *a = c->txn->allocator;
  if (c->terms.triple_count == 0) {
    return KGQ_OK;
  }
  kg_ops rows = { 0 };
  kgq_status st = KGQ_OK;
  for (size_t i = 0; st == KGQ_OK && i < c->terms.triple_count; i++) {
    kg_id quad[4];
    kg_new_triple_row(c->txn, &c->terms, i, quad);
    st = kg_ops_add(&rows, a, quad, 0, err);
  }
  uint64_t *scratch = kg_alloc(a, rows.capacity * KG_OP_WORDS * sizeof *rows.words);
  if (st == KGQ_OK && !scratch) {
    st = kg_fail_memory(err);
  }
  if (st == KGQ_OK) {
    const uint64_t all = ~(uint64_t)0, mask[] = { all, all, all, all };
    sort_into(&rows, &scratch, mask);
  }
  kg_free(a, scratch, rows.capacity * KG_OP_WORDS * sizeof *rows.words);
  if (st == KGQ_OK) {
    c->counts.delta_term_rows = 0;
    st = merge_perms(b, KG_SPOT, &rows, err);
  }
  kg_ops_free(&rows, a);
  return st;
}

/* ---- terms ------------------------------------------------------------------------------------------- */

static kgq_status write_base_range(bulk *b, kgq_error **err) {
  kg_commit *c = b->commit;
  kg_dict_writer *writer;
  KGQ_TRY(kg_dict_writer_new(b->store, c->txn->allocator, &writer, err));
  kgq_status st = KGQ_OK;
  for (size_t i = 0; st == KGQ_OK && i < c->terms.local_count; i++) {
    uint64_t rank;
    st = kg_dict_writer_add(writer, kg_new_term_key(c->txn, &c->terms, i), &rank, err);
    assert(st != KGQ_OK || rank == i);
  }
  size_t count = 0;
  if (st == KGQ_OK) {
    st = kg_dict_writer_finish(writer, b->files + b->file_count, &count, err);
  }
  b->file_count += count;
  kg_dict_writer_free(writer);
  return st;
}

typedef struct index_entry {
  char key[17];
  uint64_t number;
} index_entry;

static int compare_entries(const void *a, const void *b) {
  const index_entry *x = a, *y = b;
  const int c = memcmp(x->key, y->key, sizeof x->key);
  return c ? c : (x->number > y->number) - (x->number < y->number);
}

/* One record of the hash index: numbers that were there, then all of entries[from..to - 1], which share the
 * hash. */
static kgq_status put_index(bulk *b, kg_store_file *file, const index_entry *entries, size_t from, size_t to,
                            kg_buf *buf, kgq_error **err) {
  const kgq_str key = kg_str_n(entries[from].key, sizeof entries[from].key);
  const kg_txn *txn = b->commit->txn;
  buf->len = 0;
  if (txn->base->counts.append_terms > 0) {
    kg_pin pin = { 0 };
    KGQ_TRY(kg_store_get(txn->base->store, key, &pin, err));
    const kgq_status st = pin.value.ptr ? kg_buf_add_str(buf, pin.value, err) : KGQ_OK;
    kg_pin_free(&pin);
    KGQ_TRY(st);
  }
  for (size_t i = from; i < to; i++) {
    char number[8];
    kg_put_be64(number, entries[i].number);
    KGQ_TRY(kg_buf_add(buf, number, sizeof number, err));
  }
  return kg_store_file_put(file, key, kg_buf_str(buf), err);
}

static kgq_status write_index(bulk *b, kg_store_file *file, index_entry *entries, size_t count,
                              kgq_error **err) {
  if (count > 1) {
    qsort(entries, count, sizeof *entries, compare_entries);
  }
  kg_buf buf;
  kg_buf_init(&buf, b->commit->txn->allocator);
  kgq_status st = KGQ_OK;
  for (size_t from = 0, to; st == KGQ_OK && from < count; from = to) {
    for (to = from + 1; to < count && memcmp(entries[from].key, entries[to].key, sizeof entries[to].key) == 0;
         to++) {
    }
    st = put_index(b, file, entries, from, to, &buf, err);
  }
  kg_buf_free(&buf);
  return st;
}

static kgq_status write_append_range(bulk *b, kgq_error **err) {
  kg_commit *c = b->commit;
  const kgq_allocator *a = c->txn->allocator;
  const size_t count = c->terms.local_count;
  kg_store_file *file;
  KGQ_TRY(add_file(b, true, &file, err));
  index_entry *entries = kg_alloc_zero(a, count, sizeof *entries);
  if (!entries) {
    return kg_fail_memory(err);
  }
  kgq_status st = KGQ_OK;
  for (size_t i = 0; st == KGQ_OK && i < count; i++) {
    const kgq_str key = kg_new_term_key(c->txn, &c->terms, i);
    char term_record[9];
    entries[i].number = c->txn->base->counts.append_terms + i;
    kg_dict_append_records(key, entries[i].number, term_record, entries[i].key);
    st = kg_store_file_put(file, kg_str_n(term_record, sizeof term_record), key, err);
  }
  if (st == KGQ_OK) {
    st = write_index(b, file, entries, count, err);
  }
  kg_free(a, entries, count * sizeof *entries);
  return st == KGQ_OK ? kg_store_file_finish(file, err) : st;
}

static kgq_status write_terms(bulk *b, kgq_error **err) {
  if (b->commit->terms.local_count == 0) {
    return KGQ_OK;
  }
  return b->commit->terms.base_range ? write_base_range(b, err) : write_append_range(b, err);
}

/* ---- records ------------------------------------------------------------------------------------------- */

/* Records whose table lies in [low, high), in a file of their own. */
static kgq_status write_tables(bulk *b, unsigned char low, unsigned char high, kgq_error **err) {
  const kg_records *r = &b->commit->records;
  kg_store_file *file;
  KGQ_TRY(add_file(b, true, &file, err));
  for (size_t i = 0; i < r->count; i++) {
    const kg_record *record = &r->items[i];
    const unsigned char table = (unsigned char)record->key.ptr[0];
    if (table >= low && table < high) {
      KGQ_TRY(record->put ? kg_store_file_put(file, record->key, record->value, err)
                          : kg_store_file_delete(file, record->key, err));
    }
  }
  return kg_store_file_finish(file, err);
}

static kgq_status write_records(bulk *b, kgq_error **err) {
  kg_commit *c = b->commit;
  KGQ_TRY(kg_records_of_state(&c->records, &c->counts, c->number, err));
  KGQ_TRY(kg_records_sort(&c->records, err));
  KGQ_TRY(write_tables(b, KG_KEY_META, KG_KEY_BLOCK, err));
  return write_tables(b, KG_KEY_GRAPH, 0xff, err);
}

kgq_status kg_commit_bulk(kg_commit *c, kgq_error **err) {
  bulk b = { .commit = c, .store = c->txn->db->store };
  kgq_status st;
  KGQ_TRY_DONE(write_terms(&b, err));
  c->counts.delta_rows = 0;
  KGQ_TRY_DONE(merge_triple_terms(&b, err));
  KGQ_TRY_DONE(merge_perms(&b, KG_SPOG, &c->net.rows, err));
  KGQ_TRY_DONE(write_records(&b, err));
  st = kg_store_ingest(b.store, b.files, b.file_count, c->number, err);
done:
  for (size_t i = 0; i < b.file_count; i++) {
    kg_store_file_free(b.files[i]);
  }
  return st;
}
