/* graph/bulk.c: the large way of writing a commit whose rows and terms are in memory: sorted files and one
 * ingest.
 *
 * Each permutation is sorted from the one before (a stable radix sort on the column that moves to the front),
 * merged with the blocks it touches and with its whole delta, and written to a file of its own; terms,
 * records and the commit number get files of theirs (bulk_out.c). All files go in at once. What does not fit
 * into memory goes through spill_commit.c instead.
 */
#include <assert.h>
#include <pthread.h>

#include "core/sort.h"
#include "graph/bulk_out.h"
#include "graph/dict.h"
#include "graph/keys.h"

typedef struct bulk {
  kg_commit *commit;
  kg_bulk out;
  kg_bulk terms; /* files of the thread that writes terms */
  kgq_status terms_status;
  kgq_error *terms_error;
} bulk;

/* Terms from which a thread of their own is worth it: some 5 ms of work. */
#define THREAD_TERMS 20000

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
  const kg_row_source source = { .words = rows->words, .count = rows->count };
  const uint64_t named = b->out.snap->counts.named_quads + b->commit->counts.named_quads;
  return perm == KG_GSPO && named == 0 ? KGQ_OK : kg_bulk_merge(&b->out, perm, &source, err);
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
  KGQ_TRY(kg_dict_writer_new(b->terms.db->store, c->txn->allocator, &writer, err));
  kgq_status st = KGQ_OK;
  for (size_t i = 0; st == KGQ_OK && i < c->terms.local_count; i++) {
    uint64_t rank;
    st = kg_dict_writer_add(writer, kg_new_term_key(c->txn, &c->terms, i), &rank, err);
    assert(st != KGQ_OK || rank == i);
  }
  size_t count = 0;
  if (st == KGQ_OK) {
    st = kg_dict_writer_finish(writer, b->terms.files + b->terms.file_count, &count, err);
  }
  b->terms.file_count += count;
  kg_dict_writer_free(writer);
  return st;
}

static kgq_status write_append_range(bulk *b, kgq_error **err) {
  kg_commit *c = b->commit;
  kg_append_out out;
  kgq_status st = kg_append_out_open(&b->terms, SIZE_MAX, &out, err);
  for (size_t i = 0; st == KGQ_OK && i < c->terms.local_count; i++) {
    const uint64_t number = c->txn->base->counts.append_terms + i;
    st = kg_append_out_add(&out, kg_new_term_key(c->txn, &c->terms, i), number, err);
  }
  if (st == KGQ_OK) {
    st = kg_append_out_finish(&out, err);
  }
  kg_append_out_free(&out);
  return st;
}

static kgq_status write_terms(bulk *b, kgq_error **err) {
  if (b->commit->terms.local_count == 0) {
    return KGQ_OK;
  }
  return b->commit->terms.base_range ? write_base_range(b, err) : write_append_range(b, err);
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static kgq_status write_records(bulk *b, kgq_error **err) {
  kg_commit *c = b->commit;
  KGQ_TRY(kg_records_of_state(&c->records, &c->counts, c->number, err));
  KGQ_TRY(kg_records_sort(&c->records, err));
  return kg_bulk_records(&b->out, &c->records, NULL, err);
}

static void *write_terms_beside(void *arg) {
  bulk *b = arg;
  b->terms_status = write_terms(b, &b->terms_error);
  return NULL;
}

static kgq_status write_rows(bulk *b, kgq_error **err) {
  kg_commit *c = b->commit;
  const uint64_t named = b->out.snap->counts.named_quads + c->counts.named_quads;
  kg_written written = { kg_txn_tell_written, c->txn, 0, c->net.rows.count * (named ? 4 : 3) };
  KGQ_TRY(kg_txn_tell_written(c->txn, 0, written.total, err));
  KGQ_TRY(merge_triple_terms(b, err));
  b->out.written = &written;
  const kgq_status st = merge_perms(b, KG_SPOG, &c->net.rows, err);
  b->out.written = NULL;
  return st == KGQ_OK ? kg_txn_tell_written(c->txn, written.total, written.total, err) : st;
}

/* Terms and rows have nothing to do with each other by now: both cores, where there are two. Without a thread
 * to be had, one after the other. */
static kgq_status write_both(bulk *b, kgq_error **err) {
  pthread_t thread;
  const bool beside = b->commit->terms.local_count >= THREAD_TERMS &&
                      pthread_create(&thread, NULL, write_terms_beside, b) == 0;
  if (!beside) {
    KGQ_TRY(write_terms(b, err));
    return write_rows(b, err);
  }
  const kgq_status st = write_rows(b, err);
  (void)pthread_join(thread, NULL);
  if (st == KGQ_OK && b->terms_status != KGQ_OK) {
    kg_error_append(err, b->terms_error);
    return b->terms_status;
  }
  kgq_error_free(b->terms_error);
  return st;
}

kgq_status kg_commit_bulk(kg_commit *c, kgq_error **err) {
  const kg_bulk out = { .db = c->txn->db, .snap = c->txn->base, .cancel = c->txn->cancel };
  bulk b = { .commit = c, .out = out, .terms = out };
  kgq_status st;
  c->counts.delta_rows = 0;
  KGQ_TRY_DONE(write_both(&b, err));
  KGQ_TRY_DONE(write_records(&b, err));
  kg_bulk_take(&b.out, &b.terms);
  KGQ_TRY_DONE(kg_bulk_ingest(&b.out, c->number, err));
  c->txn->untidy = kg_bulk_untidy(&b.out);
done:
  kg_bulk_free(&b.terms);
  kg_bulk_free(&b.out);
  return st;
}
