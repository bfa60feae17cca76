/* graph/renumber.c: the rebuild of a database with its terms in order; see renumber.h.
 *
 *   mark      which terms and triple terms rows use
 *   terms     base range and appended terms, merged by key, written as a new base range; new numbers by old
 * ones rows      read with new ids, sorted, into new blocks; triple terms first records   names and graphs
 * with new ids, counts
 *
 * Everything old is deleted in the same ingest. Numbers are kept in arrays: UNUSED, then the new number.
 */
#include "graph/renumber.h"

#include <assert.h>

#include "graph/bulk_out.h"
#include "graph/dict.h"
#include "graph/dict_base.h"
#include "graph/keys.h"
#include "graph/names_key.h"
#include "graph/replace.h"

#define UNUSED UINT64_MAX

typedef struct renumber {
  kgq_db *db;
  kg_snap *snap;
  kg_cancel *cancel;
  kg_txn_progress_fn progress;
  void *progress_arg;
  size_t memory_bytes;
  kg_bulk out;
  kg_append_out append_out;         /* of terms too long for the base range */
  kg_counts counts;                 /* of the new state */
  uint64_t *base, *append, *triple; /* new numbers; before they are given: 0 for what is used */
  kg_row_sort *sorter;
  kg_key_sort *records;
  kg_buf key;
} renumber;

static kgq_status tell(const renumber *r, const char *what, uint64_t done, kgq_error **err) {
  KGQ_TRY(kg_cancel_check(r->cancel, err));
  return r->progress ? r->progress(r->progress_arg, what, done, r->snap->counts.quads, err) : KGQ_OK;
}

/* ---- ids --------------------------------------------------------------------------------------------- */

/* Where the new number of an id stands; NULL: it keeps its value. KGQ_CORRUPT when it lies outside. */
static kgq_status number_of(const renumber *r, kg_id id, uint64_t **out, kgq_error **err) {
  const kg_counts *counts = &r->snap->counts;
  *out = NULL;
  if (!kg_id_is_dict(id) && kg_id_tag(id) != KG_TAG_TRIPLE) {
    return KGQ_OK;
  }
  const bool triple = !kg_id_is_dict(id), append = kg_id_is_append(id);
  const uint64_t at = append ? kg_id_payload(id) & ~KG_ID_APPEND : kg_id_payload(id);
  const uint64_t count = triple ? counts->triple_terms : append ? counts->append_terms : counts->base_terms;
  if (at >= count) {
    return kg_fail(err, KGQ_CORRUPT, "a stored row names term %016llx, which the dictionary does not have",
                   (unsigned long long)id);
  }
  *out = (triple ? r->triple : append ? r->append : r->base) + at;
  return KGQ_OK;
}

static kgq_status map_id(const renumber *r, kg_id id, kg_id *out, kgq_error **err) {
  uint64_t *number;
  KGQ_TRY(number_of(r, id, &number, err));
  *out = id;
  if (number) {
    *out = *number == UNUSED ? KG_ID_NONE : kg_id_make(kg_id_tag(id), *number);
  }
  return KGQ_OK;
}

/* ---- reading rows ------------------------------------------------------------------------------------ */

typedef kgq_status (*quad_fn)(renumber *r, const kg_id quad[4], kgq_error **err);

static kgq_status each_batch(renumber *r, kg_scan *scan, kg_id (*ids)[KG_BATCH_ROWS], const char *what,
                             quad_fn fn, kgq_error **err) {
  kg_id *const columns[4] = { ids[0], ids[1], ids[2], ids[3] };
  uint64_t done = 0;
  for (uint32_t count = 1; count > 0;) {
    KGQ_TRY(kg_scan_next(scan, columns, KG_BATCH_ROWS, &count, err));
    for (uint32_t i = 0; i < count; i++) {
      const kg_id quad[4] = { ids[0][i], ids[1][i], ids[2][i], ids[3][i] };
      KGQ_TRY(fn(r, quad, err));
    }
    done += count;
    if (done % (64 * KG_BATCH_ROWS) < count) {
      KGQ_TRY(tell(r, what, done, err));
    }
  }
  return KGQ_OK;
}

/* All rows of SPOG or SPOT. */
static kgq_status each_row(renumber *r, kg_perm perm, const char *what, quad_fn fn, kgq_error **err) {
  const size_t bytes = sizeof(kg_id[4][KG_BATCH_ROWS]);
  const kg_scan_spec spec = { .perm = perm };
  kg_scan *scan = NULL;
  kg_id(*ids)[KG_BATCH_ROWS] = kg_alloc(&r->db->allocator, bytes);
  kgq_status st = ids ? KGQ_OK : kg_fail_memory(err);
  if (st == KGQ_OK) {
    st = kg_scan_open(r->snap, &spec, r->cancel, &scan, err);
  }
  if (st == KGQ_OK) {
    st = each_batch(r, scan, ids, what, fn, err);
  }
  kg_scan_close(scan);
  kg_free(&r->db->allocator, ids, bytes);
  return st;
}

/* ---- mark -------------------------------------------------------------------------------------------- */

static kgq_status mark(renumber *r, const kg_id *ids, int count, kgq_error **err) {
  for (int c = 0; c < count; c++) {
    uint64_t *number;
    KGQ_TRY(number_of(r, ids[c], &number, err));
    if (number) {
      *number = 0;
    }
  }
  return KGQ_OK;
}

static kgq_status mark_quad(renumber *r, const kg_id quad[4], kgq_error **err) {
  return mark(r, quad, 4, err);
}

static kgq_status mark_parts(renumber *r, const kg_id quad[4], kgq_error **err) {
  uint64_t *number;
  KGQ_TRY(number_of(r, quad[3], &number, err));
  return number && *number == 0 ? mark(r, quad, 3, err) : KGQ_OK;
}

static uint64_t count_used(const uint64_t *numbers, uint64_t count) {
  uint64_t used = 0;
  for (uint64_t i = 0; i < count; i++) {
    used += numbers[i] != UNUSED;
  }
  return used;
}

/* Parts of a used triple term are used: as often as that marks new triple terms, one look a level of nesting.
 */
static kgq_status mark_all(renumber *r, kgq_error **err) {
  const uint64_t triples = r->snap->counts.triple_terms;
  KGQ_TRY(each_row(r, KG_SPOG, "looking for used terms", mark_quad, err));
  uint64_t before = 0, used = count_used(r->triple, triples);
  for (bool first = true; triples > 0 && (first || used > before); first = false) {
    before = used;
    KGQ_TRY(each_row(r, KG_SPOT, "looking for used terms", mark_parts, err));
    used = count_used(r->triple, triples);
  }
  return KGQ_OK;
}

/* ---- terms ------------------------------------------------------------------------------------------- */

/* Triple terms keep their order: inner ones stay before outer ones. */
static void number_triples(renumber *r) {
  for (uint64_t i = 0; i < r->snap->counts.triple_terms; i++) {
    if (r->triple[i] != UNUSED) {
      r->triple[i] = r->counts.triple_terms++;
    }
  }
}

/* The used appended terms, for sorting: key -> number. */
static kgq_status list_appended(renumber *r, kg_key_sort *sorter, kgq_error **err) {
  const char prefix = KG_KEY_APPEND_TERM;
  kg_store_iter *it;
  KGQ_TRY(kg_store_iter_open(r->snap->store, kg_str_n(&prefix, 1), &it, err));
  kgq_status st = KGQ_OK;
  for (kg_store_iter_first(it); st == KGQ_OK && kg_store_iter_valid(it); kg_store_iter_next(it)) {
    const kgq_str key = kg_store_iter_key(it), value = kg_store_iter_value(it);
    const uint64_t number = key.len == 9 ? kg_get_be64(key.ptr + 1) : UINT64_MAX;
    if (number >= r->snap->counts.append_terms || value.len == 0) {
      st = kg_fail(err, KGQ_CORRUPT, "a record of the dictionary's append range is damaged");
    } else if (r->append[number] != UNUSED) {
      st = kg_key_sort_add(sorter, value, kg_str_n(key.ptr + 1, 8), err);
    }
  }
  if (st == KGQ_OK) {
    st = kg_store_iter_status(it, err);
  }
  kg_store_iter_close(it);
  return st == KGQ_OK ? kg_key_sort_finish(sorter, err) : st;
}

typedef struct appended { /* the next one in key order */
  kg_key_sort *sorter;
  kgq_str key, value;
  bool more;
} appended;

/* One more term of the new dictionary, in key order. */
static kgq_status take_term(renumber *r, kg_dict_writer *writer, kgq_str key, uint64_t *number,
                            kgq_error **err) {
  if (key.len <= KG_DICT_LONG_BYTES) {
    r->counts.base_terms++;
    return kg_dict_writer_add(writer, key, number, err);
  }
  *number = KG_ID_APPEND | r->counts.append_terms;
  return kg_append_out_add(&r->append_out, key, r->counts.append_terms++, err);
}

static kgq_status take_appended(renumber *r, appended *a, kg_dict_writer *writer, kgq_error **err) {
  KGQ_TRY(take_term(r, writer, a->key, &r->append[kg_get_be64(a->value.ptr)], err));
  return kg_key_sort_next(a->sorter, &a->key, &a->value, NULL, &a->more, err);
}

static kgq_status take_block(renumber *r, kgq_str bytes, uint64_t number, appended *a, kg_dict_writer *writer,
                             kgq_error **err) {
  kg_dict_block block;
  KGQ_TRY(kg_dict_open_numbered(r->snap, number, bytes, &block, err));
  kg_dict_walk walk = { .block = &block };
  kg_buf_init(&walk.key, &r->db->allocator);
  kgq_status st = KGQ_OK;
  for (uint64_t rank = block.first_rank; st == KGQ_OK; rank++) {
    bool more;
    KGQ_TRY_DONE(kg_dict_block_next(&walk, &more, err));
    if (!more) {
      break;
    }
    while (a->more && kg_str_compare(a->key, kg_buf_str(&walk.key)) < 0) {
      KGQ_TRY_DONE(take_appended(r, a, writer, err));
    }
    if (r->base[rank] != UNUSED) {
      KGQ_TRY_DONE(take_term(r, writer, kg_buf_str(&walk.key), &r->base[rank], err));
    }
  }
done:
  kg_buf_free(&walk.key);
  return st;
}

static kgq_status merge_terms(renumber *r, appended *a, kg_dict_writer *writer, kgq_error **err) {
  const char prefix = KG_KEY_DICT_BLOCK;
  kg_store_iter *it;
  uint64_t number = 0;
  KGQ_TRY(kg_key_sort_next(a->sorter, &a->key, &a->value, NULL, &a->more, err));
  KGQ_TRY(kg_store_iter_open(r->snap->store, kg_str_n(&prefix, 1), &it, err));
  kgq_status st = KGQ_OK;
  for (kg_store_iter_first(it); st == KGQ_OK && kg_store_iter_valid(it); kg_store_iter_next(it)) {
    st = number < kg_dict_block_count(r->snap)
             ? take_block(r, kg_store_iter_value(it), number++, a, writer, err)
             : kg_fail(err, KGQ_CORRUPT, "the dictionary has more blocks than it should have");
  }
  if (st == KGQ_OK) {
    st = kg_store_iter_status(it, err);
  }
  kg_store_iter_close(it);
  if (st == KGQ_OK && number != kg_dict_block_count(r->snap)) {
    st = kg_fail(err, KGQ_CORRUPT, "the dictionary has fewer blocks than it should have");
  }
  while (st == KGQ_OK && a->more) {
    st = take_appended(r, a, writer, err);
  }
  return st;
}

static kgq_status write_terms(renumber *r, kgq_error **err) {
  const kgq_allocator *a = &r->db->allocator;
  kg_dict_writer *writer = NULL;
  appended next = { .sorter = NULL };
  size_t files = 0;
  kgq_status st;
  KGQ_TRY_DONE(kg_key_sort_new(a, kg_store_folder(r->db->store), r->memory_bytes, &next.sorter, err));
  KGQ_TRY_DONE(list_appended(r, next.sorter, err));
  KGQ_TRY_DONE(kg_dict_writer_new(r->db->store, a, &writer, err));
  KGQ_TRY_DONE(kg_dict_writer_replace(writer, r->snap, err));
  KGQ_TRY_DONE(kg_append_out_open(&r->out, r->memory_bytes / 4, &r->append_out, err));
  KGQ_TRY_DONE(merge_terms(r, &next, writer, err));
  KGQ_TRY_DONE(kg_append_out_finish(&r->append_out, err));
  st = kg_dict_writer_finish(writer, r->out.files + r->out.file_count, &files, err);
  r->out.file_count += files;
done:
  kg_append_out_free(&r->append_out);
  kg_dict_writer_free(writer);
  kg_key_sort_free(next.sorter);
  return st;
}

/* ---- rows -------------------------------------------------------------------------------------------- */

static kgq_status map_quad(renumber *r, const kg_id quad[4], kgq_error **err) {
  kg_id mapped[4];
  for (int c = 0; c < 4; c++) {
    KGQ_TRY(map_id(r, quad[c], &mapped[c], err));
    if (mapped[c] == KG_ID_NONE) {
      return KGQ_OK; /* the row of a triple term that nothing uses */
    }
  }
  return kg_row_sort_add(r->sorter, mapped, err);
}

static kgq_status spill_sorted(renumber *r, kg_spill *rows, kgq_error **err) {
  KGQ_TRY(kg_row_sort_finish(r->sorter, err));
  for (size_t count = 1; count > 0;) {
    const uint64_t *words;
    KGQ_TRY(kg_row_sort_next(r->sorter, &words, &count, err));
    KGQ_TRY(kg_spill_write(rows, words, count * KG_OP_WORDS * sizeof *words, err));
  }
  kg_row_sort_free(r->sorter);
  r->sorter = NULL;
  return KGQ_OK;
}

/* The four permutations from `first` on. */
static kgq_status write_rows(renumber *r, kg_perm first, kgq_error **err) {
  const uint64_t all = ~(uint64_t)0, order[KG_SORT_WORDS] = { all, all, all, all };
  const kgq_allocator *a = &r->db->allocator;
  const char *folder = kg_store_folder(r->db->store);
  kg_spill *rows = NULL;
  kgq_status st;
  KGQ_TRY_DONE(kg_row_sort_new(a, folder, r->memory_bytes, order, &r->sorter, err));
  KGQ_TRY_DONE(each_row(r, first, "renumbering", map_quad, err));
  KGQ_TRY_DONE(kg_spill_new(a, folder, &rows, err));
  KGQ_TRY_DONE(spill_sorted(r, rows, err));
  st = kg_bulk_merge_spill(&r->out, first, rows, true, true, r->memory_bytes, err);
done:
  kg_row_sort_free(r->sorter);
  r->sorter = NULL;
  kg_spill_free(rows);
  return st;
}

/* ---- records ----------------------------------------------------------------------------------------- */

/* The record's key with new ids, in r->key; false in *kept: it is about a term that nothing uses. */
static kgq_status map_key(renumber *r, kgq_str key, bool *kept, kgq_error **err) {
  const bool name = key.ptr[0] == KG_KEY_NAME;
  if (name ? key.len <= KG_NAME_TAIL_BYTES : key.len != 9) {
    return kg_fail(err, KGQ_CORRUPT, "a record of the %s is damaged",
                   name ? "names index" : "table of graphs");
  }
  r->key.len = 0;
  KGQ_TRY(kg_buf_add_str(&r->key, key, err));
  *kept = true;
  for (int i = 0; i < (name ? 2 : 1); i++) {
    char *at = r->key.bytes + (name ? key.len - KG_NAME_TAIL_BYTES + 1 + 8 * (size_t)i : 1);
    kg_id id;
    KGQ_TRY(map_id(r, kg_get_be64(at), &id, err));
    kg_put_be64(at, id);
    *kept = *kept && id != KG_ID_NONE;
  }
  return KGQ_OK;
}

/* Deletes first, then puts: of equal keys the last stands. */
static kgq_status each_record(renumber *r, char table, bool put, kgq_error **err) {
  kg_store_iter *it;
  KGQ_TRY(kg_store_iter_open(r->snap->store, kg_str_n(&table, 1), &it, err));
  kgq_status st = KGQ_OK;
  for (kg_store_iter_first(it); st == KGQ_OK && kg_store_iter_valid(it); kg_store_iter_next(it)) {
    const kgq_str key = kg_store_iter_key(it), value = kg_store_iter_value(it);
    bool kept = false;
    st = put ? map_key(r, key, &kept, err) : kg_key_sort_add(r->records, key, KG_STR(""), err);
    if (st == KGQ_OK && kept) {
      st = kg_key_sort_add(r->records, kg_buf_str(&r->key), value, err);
    }
  }
  if (st == KGQ_OK) {
    st = kg_store_iter_status(it, err);
  }
  kg_store_iter_close(it);
  return st;
}

/* All of a table goes. */
static kgq_status delete_table(renumber *r, char table, kg_store_file *file, kgq_error **err) {
  kg_replace replace;
  kgq_status st = kg_replace_open(r->snap, kg_str_n(&table, 1), file, &replace, err);
  if (st == KGQ_OK) {
    st = kg_replace_rest(&replace, err);
  }
  kg_replace_close(&replace);
  return st;
}

static kgq_status delete_old(renumber *r, kgq_error **err) {
  kg_store_file *file;
  KGQ_TRY(kg_bulk_file(&r->out, false, &file, err));
  KGQ_TRY(delete_table(r, KG_KEY_DELTA, file, err));
  return kg_store_file_finish(file, err);
}

static kgq_status write_records(renumber *r, kgq_error **err) {
  const kgq_allocator *a = &r->db->allocator;
  kg_records state;
  kg_records_init(&state, a);
  kgq_status st;
  KGQ_TRY_DONE(kg_key_sort_new(a, kg_store_folder(r->db->store), r->memory_bytes, &r->records, err));
  for (int put = 0; put < 2; put++) {
    KGQ_TRY_DONE(each_record(r, KG_KEY_GRAPH, put, err));
    KGQ_TRY_DONE(each_record(r, KG_KEY_NAME, put, err));
  }
  KGQ_TRY_DONE(kg_records_of_state(&state, &r->counts, r->snap->commit + 1, err));
  KGQ_TRY_DONE(kg_records_sort(&state, err));
  st = kg_bulk_records(&r->out, &state, r->records, err);
done:
  kg_key_sort_free(r->records);
  kg_records_free(&state);
  return st;
}

/* ---- all of it --------------------------------------------------------------------------------------- */

static kgq_status make_numbers(renumber *r, uint64_t count, uint64_t **out, kgq_error **err) {
  *out = kg_alloc(&r->db->allocator, (count + 1) * sizeof **out);
  if (!*out) {
    return kg_fail_memory(err);
  }
  memset(*out, 0xff, (count + 1) * sizeof **out); /* UNUSED */
  return KGQ_OK;
}

/* Those that stay appended are no reason to write all anew; the first short one is. */
static kgq_status only_long_appended(const renumber *r, bool *out, kgq_error **err) {
  static const char prefix = KG_KEY_APPEND_TERM;
  kg_store_iter *it;
  *out = count_used(r->append, r->snap->counts.append_terms) == r->snap->counts.append_terms;
  KGQ_TRY(kg_store_iter_open(r->snap->store, kg_str_n(&prefix, 1), &it, err));
  for (kg_store_iter_first(it); *out && kg_store_iter_valid(it); kg_store_iter_next(it)) {
    *out = kg_store_iter_value(it).len > KG_DICT_LONG_BYTES;
  }
  const kgq_status st = kg_store_iter_status(it, err);
  kg_store_iter_close(it);
  return st;
}

static bool in_order(const renumber *r) {
  const kg_counts *c = &r->snap->counts;
  return c->delta_rows + c->delta_term_rows == 0 && count_used(r->base, c->base_terms) == c->base_terms &&
         count_used(r->triple, c->triple_terms) == c->triple_terms;
}

static kgq_status run(renumber *r, kgq_error **err) {
  const kg_counts *before = &r->snap->counts;
  KGQ_TRY(make_numbers(r, before->base_terms, &r->base, err));
  KGQ_TRY(make_numbers(r, before->append_terms, &r->append, err));
  KGQ_TRY(make_numbers(r, before->triple_terms, &r->triple, err));
  KGQ_TRY(mark_all(r, err));
  bool long_only;
  KGQ_TRY(only_long_appended(r, &long_only, err));
  if (long_only && in_order(r)) {
    return KGQ_OK;
  }
  r->counts = *before;
  r->counts.base_terms = r->counts.append_terms = r->counts.triple_terms = 0;
  r->counts.delta_rows = r->counts.delta_term_rows = 0;
  number_triples(r);
  KGQ_TRY(write_terms(r, err));
  r->counts.base_loaded = r->counts.base_terms > 0;
  KGQ_TRY(write_rows(r, KG_SPOT, err));
  KGQ_TRY(write_rows(r, KG_SPOG, err));
  KGQ_TRY(delete_old(r, err));
  KGQ_TRY(write_records(r, err));
  return kg_bulk_ingest(&r->out, r->snap->commit + 1, err);
}

kgq_status kg_renumber_held(kgq_db *db, kg_txn_progress_fn progress, void *arg, kg_cancel *cancel,
                            kgq_error **err) {
  const kgq_allocator *a = &db->allocator;
  renumber r = { .db = db,
                 .cancel = cancel,
                 .progress = progress,
                 .progress_arg = arg,
                 .memory_bytes = (size_t)(db->memory_bytes / 4) };
  KGQ_TRY(kg_settle_held(db, err));
  KGQ_TRY(kg_snap_take(db, &r.snap, err));
  r.out = (kg_bulk){ .db = db, .snap = r.snap, .cancel = cancel, .replace = true };
  kg_buf_init(&r.key, a);
  const kgq_status st = run(&r, err);
  kg_bulk_free(&r.out);
  kg_free(a, r.base, (r.snap->counts.base_terms + 1) * sizeof *r.base);
  kg_free(a, r.append, (r.snap->counts.append_terms + 1) * sizeof *r.append);
  kg_free(a, r.triple, (r.snap->counts.triple_terms + 1) * sizeof *r.triple);
  kg_buf_free(&r.key);
  kg_snap_drop(r.snap);
  return st;
}
