/* graph/bulk_out.c: files of an ingest: rows of permutations, appended terms, records; see bulk_out.h.
 *
 * Files must not overlap: each permutation has one for its blocks and one for deletes in its delta, the
 * append range one, records two (before and behind the rows).
 */
#include "graph/bulk_out.h"

#include <assert.h>

#include "graph/dict.h"
#include "graph/keys.h"
#include "graph/replace.h"

#define READ_BYTES ((size_t)256 << 10)
/* Space of replaced blocks is had back when they were more than this part of a permutation: each time that
 * costs as much as copying the permutation. Less is left to RocksDB. */
#define TIDY_PART 32

/* ---- files ------------------------------------------------------------------------------------------- */

kgq_status kg_bulk_file(kg_bulk *b, bool compress, kg_store_file **out, kgq_error **err) {
  assert(b->file_count < KG_BULK_FILES);
  KGQ_TRY(kg_store_file_new(b->db->store, compress, out, err));
  b->files[b->file_count++] = *out;
  return KGQ_OK;
}

void kg_bulk_take(kg_bulk *b, kg_bulk *from) {
  assert(b->file_count + from->file_count <= KG_BULK_FILES);
  for (size_t i = 0; i < from->file_count; i++) {
    b->files[b->file_count++] = from->files[i];
  }
  from->file_count = 0;
}

kgq_status kg_bulk_ingest(kg_bulk *b, uint64_t commit, kgq_error **err) {
  return kg_store_ingest(b->db->store, b->files, b->file_count, commit, err);
}

unsigned kg_bulk_untidy(const kg_bulk *b) {
  unsigned untidy = 0;
  for (unsigned p = 0; p < KG_PERM_COUNT; p++) {
    const uint64_t rows = p < KG_QUAD_PERMS ? b->snap->counts.quads : b->snap->counts.triple_terms;
    const bool much = b->replaced[p] > KG_BLOCK_ROWS && b->replaced[p] > rows / TIDY_PART;
    untidy |= much ? 1u << p : 0;
  }
  return untidy;
}

void kg_bulk_tidy(kg_store *store, unsigned untidy) {
  for (unsigned p = 0; p < KG_PERM_COUNT; p++) {
    const char prefix[2] = { KG_KEY_BLOCK, (char)p };
    if (untidy >> p & 1) {
      (void)kg_store_compact_prefix(store, kg_str_n(prefix, sizeof prefix), NULL);
    }
  }
}

void kg_bulk_free(kg_bulk *b) {
  for (size_t i = 0; i < b->file_count; i++) {
    kg_store_file_free(b->files[i]);
  }
  b->file_count = 0;
}

/* ---- rows -------------------------------------------------------------------------------------------- */

static kgq_status merge_blocks(kg_bulk *b, kg_perm perm, const kg_row_source *rows, kgq_error **err) {
  kg_merge_spec spec = { .perm = perm, .rows = *rows, .named_only = perm == KG_GSPO, .written = b->written };
  kg_merge_result result;
  KGQ_TRY(kg_bulk_file(b, true, &spec.blocks.file, err));
  if (kg_delta_any(b->snap, perm)) {
    KGQ_TRY(kg_bulk_file(b, false, &spec.delta.file, err));
  }
  KGQ_TRY(kg_merge_run(b->snap, &spec, b->cancel, &result, err));
  assert(result.delta_exhausted);
  b->replaced[perm] = result.replaced;
  if (spec.delta.file) {
    KGQ_TRY(kg_store_file_finish(spec.delta.file, err));
  }
  return kg_store_file_finish(spec.blocks.file, err);
}

static kgq_status replace_blocks(kg_bulk *b, kg_perm perm, const kg_row_source *rows, kgq_error **err) {
  const char prefix[2] = { KG_KEY_BLOCK, (char)perm };
  kg_store_file *file;
  kg_replace old;
  KGQ_TRY(kg_bulk_file(b, true, &file, err));
  kg_merge_spec spec = {
    .perm = perm, .rows = *rows, .named_only = perm == KG_GSPO, .blocks.replace = &old, .written = b->written
  };
  kg_merge_result result;
  kgq_status st = kg_replace_open(b->snap, kg_str_n(prefix, sizeof prefix), file, &old, err);
  if (st == KGQ_OK) {
    st = kg_merge_run(b->snap, &spec, b->cancel, &result, err);
  }
  if (st == KGQ_OK) {
    st = kg_replace_rest(&old, err);
  }
  kg_replace_close(&old);
  return st == KGQ_OK ? kg_store_file_finish(file, err) : st;
}

kgq_status kg_bulk_merge(kg_bulk *b, kg_perm perm, const kg_row_source *rows, kgq_error **err) {
  return b->replace ? replace_blocks(b, perm, rows, err) : merge_blocks(b, perm, rows, err);
}

/* Rows straight from a file. */
static kgq_status refill_from_file(void *arg, const uint64_t **words, size_t *count, kgq_error **err) {
  kg_spill_reader *reader = arg;
  const char *bytes = NULL;
  KGQ_TRY(kg_spill_take_some(reader, KG_OP_WORDS * sizeof **words, &bytes, count, err));
  *words = (const void *)bytes; /* whole records only: aligned like the buffer */
  return KGQ_OK;
}

static kgq_status refill_sorted(void *arg, const uint64_t **words, size_t *count, kgq_error **err) {
  return kg_row_sort_next(arg, words, count, err);
}

/* All rows of the reader into the sorter, in the order of the permutation. */
static kgq_status sort_rows(kg_bulk *b, kg_perm perm, kg_spill_reader *reader, kg_row_sort *sorter,
                            kgq_error **err) {
  for (size_t count = 1; count > 0;) {
    const uint64_t *word = NULL;
    KGQ_TRY(refill_from_file(reader, &word, &count, err));
    KGQ_TRY(kg_cancel_check(b->cancel, err));
    for (size_t i = 0; i < count; i++, word += KG_OP_WORDS) {
      if (perm != KG_GSPO || (word[KG_G] & ~KG_OP_DELETE) != KG_ID_DEFAULT_GRAPH) {
        const kg_row row = kg_perm_row(perm, word);
        KGQ_TRY(kg_row_sort_add(sorter, row.c, err));
      }
    }
  }
  return kg_row_sort_finish(sorter, err);
}

/* Which columns move to the front: the rest of the order is that of s, p, o, g already. */
static void order_of(kg_perm perm, uint64_t order[KG_SORT_WORDS], uint64_t changed[KG_SORT_WORDS]) {
  const bool graph_first = perm == KG_GSPO || perm == KG_TSPO;
  for (int c = 0; c < KG_SORT_WORDS; c++) {
    order[c] = c == (graph_first ? 0 : 3) ? ~KG_OP_DELETE : ~(uint64_t)0;
    changed[c] = c == 0 || ((perm == KG_POSG || perm == KG_POST) && c == 1) ? order[c] : 0;
  }
}

static kgq_status merge_sorted(kg_bulk *b, kg_perm perm, bool presorted, kg_spill_reader *reader,
                               size_t memory_bytes, kgq_error **err) {
  uint64_t order[KG_SORT_WORDS], changed[KG_SORT_WORDS];
  kg_row_sort *sorter;
  order_of(perm, order, changed);
  kgq_status st =
      kg_row_sort_new(&b->db->allocator, kg_store_folder(b->db->store), memory_bytes, order, &sorter, err);
  KGQ_TRY_DONE(st);
  kg_row_sort_presorted(sorter, presorted ? changed : order);
  KGQ_TRY_DONE(sort_rows(b, perm, reader, sorter, err));
  const kg_row_source source = { .refill = refill_sorted, .arg = sorter, .permuted = true };
  st = kg_bulk_merge(b, perm, &source, err);
done:
  kg_row_sort_free(sorter);
  return st;
}

kgq_status kg_bulk_merge_spill(kg_bulk *b, kg_perm first, kg_spill *rows, bool sorted, bool named,
                               size_t memory_bytes, kgq_error **err) {
  kgq_status st = KGQ_OK;
  for (unsigned i = 0; st == KGQ_OK && i < KG_QUAD_PERMS; i++) {
    const kg_perm perm = (kg_perm)((unsigned)first + i);
    kg_spill_reader reader;
    st = kg_spill_reader_open(rows, 0, kg_spill_bytes(rows), READ_BYTES, &reader, err);
    if (st == KGQ_OK && sorted && i == 0) {
      const kg_row_source source = { .refill = refill_from_file, .arg = &reader };
      st = kg_bulk_merge(b, perm, &source, err);
    } else if (st == KGQ_OK && (perm != KG_GSPO || named)) {
      st = merge_sorted(b, perm, sorted, &reader, memory_bytes, err);
    }
    kg_spill_reader_close(&reader);
  }
  return st;
}

/* ---- appended terms ----------------------------------------------------------------------------------- */

static kgq_status open_old(kg_append_out *out, char table, kgq_error **err) {
  return kg_replace_open(out->bulk->snap, kg_str_n(&table, 1), out->file, &out->old, err);
}

static kgq_status put_appended(kg_append_out *out, kgq_str key, kgq_str value, kgq_error **err) {
  return out->bulk->replace ? kg_replace_put(&out->old, key, value, err)
                            : kg_store_file_put(out->file, key, value, err);
}

kgq_status kg_append_out_open(kg_bulk *b, size_t memory_bytes, kg_append_out *out, kgq_error **err) {
  const uint64_t all = ~(uint64_t)0, order[KG_SORT_WORDS] = { all, all, all, 0 };
  *out = (kg_append_out){ .bulk = b };
  KGQ_TRY(kg_bulk_file(b, true, &out->file, err));
  if (b->replace) {
    KGQ_TRY(open_old(out, KG_KEY_APPEND_TERM, err));
  }
  return kg_row_sort_new(&b->db->allocator, kg_store_folder(b->db->store), memory_bytes, order, &out->index,
                         err);
}

kgq_status kg_append_out_add(kg_append_out *out, kgq_str key, uint64_t number, kgq_error **err) {
  char term_record[9], index_record[17];
  kg_dict_append_records(key, number, term_record, index_record);
  const uint64_t entry[KG_SORT_WORDS] = { kg_get_be64(index_record + 1), kg_get_be64(index_record + 9),
                                          number };
  KGQ_TRY(kg_row_sort_add(out->index, entry, err));
  return put_appended(out, kg_str_n(term_record, sizeof term_record), key, err);
}

/* The record of one hash: numbers that were there, then those in `numbers`. */
static kgq_status put_index(kg_append_out *out, const uint64_t hash[2], kgq_str numbers, kg_buf *buf,
                            kgq_error **err) {
  char bytes[17] = { KG_KEY_APPEND_INDEX };
  kg_put_be64(bytes + 1, hash[0]);
  kg_put_be64(bytes + 9, hash[1]);
  const kgq_str key = kg_str_n(bytes, sizeof bytes);
  const kg_snap *snap = out->bulk->snap;
  buf->len = 0;
  if (snap->counts.append_terms > 0 && !out->bulk->replace) {
    kg_pin pin = { 0 };
    KGQ_TRY(kg_store_get(snap->store, key, &pin, err));
    const kgq_status st = pin.value.ptr ? kg_buf_add_str(buf, pin.value, err) : KGQ_OK;
    kg_pin_free(&pin);
    KGQ_TRY(st);
  }
  KGQ_TRY(kg_buf_add_str(buf, numbers, err));
  return put_appended(out, key, kg_buf_str(buf), err);
}

static kgq_status write_index(kg_append_out *out, kg_buf *numbers, kg_buf *buf, kgq_error **err) {
  uint64_t hash[2] = { 0, 0 };
  KGQ_TRY(kg_row_sort_finish(out->index, err));
  for (size_t count = 1; count > 0;) {
    const uint64_t *entry;
    KGQ_TRY(kg_row_sort_next(out->index, &entry, &count, err));
    for (size_t i = 0; i < count; i++, entry += KG_SORT_WORDS) {
      if (numbers->len > 0 && memcmp(hash, entry, sizeof hash) != 0) {
        KGQ_TRY(put_index(out, hash, kg_buf_str(numbers), buf, err));
        numbers->len = 0;
      }
      char number[8];
      memcpy(hash, entry, sizeof hash);
      kg_put_be64(number, entry[2]);
      KGQ_TRY(kg_buf_add(numbers, number, sizeof number, err));
    }
  }
  return numbers->len > 0 ? put_index(out, hash, kg_buf_str(numbers), buf, err) : KGQ_OK;
}

kgq_status kg_append_out_finish(kg_append_out *out, kgq_error **err) {
  kg_buf numbers, buf;
  if (out->bulk->replace) {
    KGQ_TRY(kg_replace_rest(&out->old, err));
    kg_replace_close(&out->old);
    KGQ_TRY(open_old(out, KG_KEY_APPEND_INDEX, err));
  }
  kg_buf_init(&numbers, &out->bulk->db->allocator);
  kg_buf_init(&buf, &out->bulk->db->allocator);
  kgq_status st = write_index(out, &numbers, &buf, err);
  if (st == KGQ_OK && out->bulk->replace) {
    st = kg_replace_rest(&out->old, err);
  }
  kg_buf_free(&buf);
  kg_buf_free(&numbers);
  return st == KGQ_OK ? kg_store_file_finish(out->file, err) : st;
}

void kg_append_out_free(kg_append_out *out) {
  kg_replace_close(&out->old);
  kg_row_sort_free(out->index);
  *out = (kg_append_out){ 0 };
}

/* ---- records ------------------------------------------------------------------------------------------- */

/* Records whose table lies in [low, high). */
static kgq_status put_tables(const kg_records *r, unsigned char low, unsigned char high, kg_store_file *file,
                             kgq_error **err) {
  for (size_t i = 0; i < r->count; i++) {
    const kg_record *record = &r->items[i];
    const unsigned char table = (unsigned char)record->key.ptr[0];
    if (table >= low && table < high) {
      KGQ_TRY(record->put ? kg_store_file_put(file, record->key, record->value, err)
                          : kg_store_file_delete(file, record->key, err));
    }
  }
  return KGQ_OK;
}

static kgq_status put_name(kg_store_file *file, kgq_str key, kgq_str value, kgq_error **err) {
  return value.len > 0 ? kg_store_file_put(file, key, value, err) : kg_store_file_delete(file, key, err);
}

/* Of equal keys the last stands. */
static kgq_status put_names(kg_key_sort *names, kg_store_file *file, kg_buf *key, kg_buf *value,
                            kgq_error **err) {
  kgq_str next_key, next_value;
  bool more = true;
  for (bool first = true; more; first = false) {
    KGQ_TRY(kg_key_sort_next(names, &next_key, &next_value, NULL, &more, err));
    if (!first && (!more || !kg_str_equal(next_key, kg_buf_str(key)))) {
      KGQ_TRY(put_name(file, kg_buf_str(key), kg_buf_str(value), err));
    }
    if (more) {
      key->len = value->len = 0;
      KGQ_TRY(kg_buf_add_str(key, next_key, err));
      KGQ_TRY(kg_buf_add_str(value, next_value, err));
    }
  }
  return KGQ_OK;
}

static kgq_status write_names(kg_bulk *b, kg_key_sort *names, kg_store_file *file, kgq_error **err) {
  kg_buf key, value;
  kg_buf_init(&key, &b->db->allocator);
  kg_buf_init(&value, &b->db->allocator);
  kgq_status st = kg_key_sort_finish(names, err);
  if (st == KGQ_OK) {
    st = put_names(names, file, &key, &value, err);
  }
  kg_buf_free(&value);
  kg_buf_free(&key);
  return st;
}

kgq_status kg_bulk_records(kg_bulk *b, const kg_records *records, kg_key_sort *names, kgq_error **err) {
  kg_store_file *before, *behind;
  KGQ_TRY(kg_bulk_file(b, true, &before, err));
  KGQ_TRY(put_tables(records, KG_KEY_META, KG_KEY_BLOCK, before, err));
  KGQ_TRY(kg_store_file_finish(before, err));
  KGQ_TRY(kg_bulk_file(b, true, &behind, err));
  KGQ_TRY(put_tables(records, KG_KEY_GRAPH, names != NULL ? KG_KEY_NAME : 0xff, behind, err));
  if (names != NULL) {
    KGQ_TRY(write_names(b, names, behind, err));
  }
  return kg_store_file_finish(behind, err);
}
