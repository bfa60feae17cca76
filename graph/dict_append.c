/* graph/dict_append.c: the append range of the dictionary: look-up by hash and by number, and its two
 * records.
 *
 * Commits write here (kg_dict_append), loads of many terms make the same records for files
 * (kg_dict_append_records). Hashes are stored: XXH3-128 with seed 0 in canonical byte order. Does not touch
 * the base range.
 */
#include "graph/dict_append.h"

#include <assert.h>
#include <xxhash.h>

#include "graph/dict.h"
#include "graph/keys.h"

kgq_str kg_append_term_key(uint64_t number, char key[KG_APPEND_TERM_KEY_BYTES]) {
  key[0] = KG_KEY_APPEND_TERM;
  kg_put_be64(key + 1, number);
  return kg_str_n(key, KG_APPEND_TERM_KEY_BYTES);
}

kgq_str kg_append_index_key(kgq_str term_key, char key[KG_APPEND_INDEX_KEY_BYTES]) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(term_key.ptr, term_key.len));
  static_assert(sizeof canonical.digest == KG_APPEND_INDEX_KEY_BYTES - 1, "a hash of 16 bytes");
  key[0] = KG_KEY_APPEND_INDEX;
  memcpy(key + 1, canonical.digest, sizeof canonical.digest);
  return kg_str_n(key, KG_APPEND_INDEX_KEY_BYTES);
}

kgq_status kg_append_get(kg_snap *snap, uint64_t number, kg_pin *out, kgq_error **err) {
  char key[KG_APPEND_TERM_KEY_BYTES];
  *out = (kg_pin){ .handle = NULL };
  if (number < snap->counts.append_terms) {
    KGQ_TRY(kg_store_get(snap->store, kg_append_term_key(number, key), out, err));
  }
  if (out->value.ptr == NULL || out->value.len == 0) {
    kg_pin_free(out);
    return kg_fail(err, KGQ_CORRUPT, "the dictionary has no appended term %llu", (unsigned long long)number);
  }
  return KGQ_OK;
}

/* Compares the term of each number of an index record. */
static kgq_status find_in_record(kg_snap *snap, kgq_str record, kgq_str term_key, kg_id *out,
                                 kgq_error **err) {
  if (record.len % 8 != 0) {
    return kg_fail(err, KGQ_CORRUPT, "a record of the dictionary's hash index has a wrong length");
  }
  for (size_t at = 0; at < record.len && *out == KG_ID_NONE; at += 8) {
    const uint64_t number = kg_get_be64(record.ptr + at);
    kg_pin term;
    KGQ_TRY(kg_append_get(snap, number, &term, err));
    if (kg_str_equal(term.value, term_key)) {
      *out = kg_append_id(term_key, number);
    }
    kg_pin_free(&term);
  }
  return KGQ_OK;
}

kgq_status kg_append_find(kg_snap *snap, kgq_str term_key, kgq_str index_key, kg_id *out, kgq_error **err) {
  *out = KG_ID_NONE;
  kg_pin record = { .handle = NULL };
  KGQ_TRY(kg_store_get(snap->store, index_key, &record, err));
  if (record.value.ptr == NULL) {
    return KGQ_OK;
  }
  const kgq_status st = find_in_record(snap, record.value, term_key, out, err);
  kg_pin_free(&record);
  return st;
}

void kg_dict_append_records(kgq_str key, uint64_t number, char term_record_key[KG_APPEND_TERM_KEY_BYTES],
                            char index_record_key[KG_APPEND_INDEX_KEY_BYTES]) {
  kg_append_term_key(number, term_record_key);
  kg_append_index_key(key, index_record_key);
}

kgq_status kg_dict_append(kg_snap *snap, kg_store_batch *batch, kgq_str key, uint64_t number, kg_id *out,
                          kgq_error **err) {
  assert(key.len > 0 && number < KG_ID_APPEND);
  char term_record_key[KG_APPEND_TERM_KEY_BYTES];
  char index_record_key[KG_APPEND_INDEX_KEY_BYTES];
  const kgq_str index_key = kg_append_index_key(key, index_record_key);
  kgq_status st;
  kg_pin earlier = { .handle = NULL };
  kg_buf record;
  kg_buf_init(&record, &snap->db->allocator);
  KGQ_TRY_DONE(kg_store_get(snap->store, index_key, &earlier, err));
  if (earlier.value.ptr != NULL) {
    KGQ_TRY_DONE(kg_buf_add_str(&record, earlier.value, err));
  }
  char number_bytes[8];
  kg_put_be64(number_bytes, number);
  KGQ_TRY_DONE(kg_buf_add(&record, number_bytes, sizeof number_bytes, err));
  kg_store_batch_put(batch, kg_append_term_key(number, term_record_key), key);
  kg_store_batch_put(batch, index_key, kg_buf_str(&record));
  *out = kg_append_id(key, number);
done:
  kg_buf_free(&record);
  kg_pin_free(&earlier);
  return st;
}
