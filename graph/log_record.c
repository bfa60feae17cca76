/* graph/log_record.c: records of the log as bytes; see log_record.h.
 *
 *    0  XXH3-64 of all that follows, with the commit number as seed
 *    8  the nine counts after the commit; how many rows it inserted, those rows; the same of deleted ones,
 * and of new triple terms: all as varints (7 bits a byte, lowest first, high bit: more follow)
 *
 * Of an id the tag and the append bit come last, so that a rank or number takes as few bytes as it needs.
 */
#include "graph/log_record.h"

#include <inttypes.h>

#include <xxhash.h>

#include "graph/txn_state.h"

#define SUM_BYTES    8
#define VARINT_BYTES 10
#define TAG_BITS     5
#define COUNT_FIELDS 9

/* ---- out ------------------------------------------------------------------------------------------- */

static kgq_status add_number(kg_buf *out, uint64_t number, kgq_error **err) {
  char bytes[VARINT_BYTES];
  size_t n = 0;
  for (; number >= 0x80; number >>= 7) {
    bytes[n++] = (char)(number | 0x80);
  }
  bytes[n++] = (char)number;
  return kg_buf_add(out, bytes, n, err);
}

static kgq_status add_id(kg_buf *out, kg_id id, kgq_error **err) {
  return add_number(out, id << TAG_BITS | id >> (64 - TAG_BITS), err);
}

static bool is_delete(const uint64_t *word) {
  return (word[KG_G] & KG_OP_DELETE) != 0;
}

/* Those that are inserted, or those that are deleted. */
static kgq_status add_rows(kg_buf *out, const uint64_t *words, size_t count, bool deleted, kgq_error **err) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    n += is_delete(words + i * KG_OP_WORDS) == deleted;
  }
  KGQ_TRY(add_number(out, n, err));
  for (size_t i = 0; i < count; i++) {
    const uint64_t *word = words + i * KG_OP_WORDS;
    for (int c = 0; c < 4 && is_delete(word) == deleted; c++) {
      KGQ_TRY(add_id(out, c == KG_G ? word[c] & ~KG_OP_DELETE : word[c], err));
    }
  }
  return KGQ_OK;
}

kgq_status kg_log_record(kg_buf *out, uint64_t number, const kg_counts *counts, const kg_log_rows *rows,
                         kgq_error **err) {
  char sum[SUM_BYTES] = { 0 }, numbers[KG_COUNTS_BYTES];
  out->len = 0;
  KGQ_TRY(kg_buf_add(out, sum, sizeof sum, err));
  kg_counts_write(counts, numbers);
  for (int i = 0; i < COUNT_FIELDS; i++) {
    KGQ_TRY(add_number(out, kg_get_le64(numbers + 8 * i), err));
  }
  KGQ_TRY(add_rows(out, rows->quads, rows->quad_count, false, err));
  KGQ_TRY(add_rows(out, rows->quads, rows->quad_count, true, err));
  KGQ_TRY(add_rows(out, rows->terms, rows->term_count, false, err));
  kg_put_le64(out->bytes, XXH3_64bits_withSeed(out->bytes + SUM_BYTES, out->len - SUM_BYTES, number));
  return KGQ_OK;
}

/* ---- in -------------------------------------------------------------------------------------------- */

typedef struct reader {
  kgq_str bytes;
  size_t at;
} reader;

static bool read_number(reader *r, uint64_t *out) {
  *out = 0;
  for (unsigned shift = 0; shift < 64 && r->at < r->bytes.len; shift += 7) {
    const unsigned char byte = (unsigned char)r->bytes.ptr[r->at++];
    if (shift == 63 && byte > 1) {
      return false;
    }
    *out |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return true;
    }
  }
  return false;
}

static bool read_id(reader *r, kg_id *out) {
  uint64_t number;
  const bool good = read_number(r, &number);
  *out = number >> TAG_BITS | number << (64 - TAG_BITS);
  return good;
}

static bool read_rows(reader *r, bool present, kg_delta_run *to, uint64_t *count) {
  if (!read_number(r, count) || *count > to->capacity - to->count) {
    return false;
  }
  for (uint64_t i = 0; i < *count; i++) {
    kg_change *change = &to->items[to->count++];
    change->present = present;
    for (int c = 0; c < 4; c++) {
      if (!read_id(r, &change->row.c[c])) {
        return false;
      }
    }
  }
  return true;
}

static bool read_counts(reader *r, kg_counts *out) {
  char numbers[KG_COUNTS_BYTES];
  for (int i = 0; i < COUNT_FIELDS; i++) {
    uint64_t number;
    if (!read_number(r, &number)) {
      return false;
    }
    kg_put_le64(numbers + 8 * i, number);
  }
  return kg_counts_read(kg_str_n(numbers, sizeof numbers), out, NULL) == KGQ_OK;
}

/* Quads and triple terms are as many as before and those of the record; a record changes no delta keys. */
static bool goes_on(const kg_counts *before, const kg_counts *after, uint64_t inserted, uint64_t deleted,
                    uint64_t terms) {
  return after->quads == before->quads + inserted - deleted &&
         after->triple_terms == before->triple_terms + terms && after->delta_rows == before->delta_rows &&
         after->delta_term_rows == before->delta_term_rows && after->base_terms == before->base_terms &&
         after->append_terms >= before->append_terms;
}

kgq_status kg_log_record_read(kgq_str bytes, uint64_t number, kg_log_content *to, kgq_error **err) {
  reader r = { bytes, SUM_BYTES };
  uint64_t inserted, deleted, terms;
  kg_counts counts;
  if (bytes.len < SUM_BYTES ||
      kg_get_le64(bytes.ptr) != XXH3_64bits_withSeed(bytes.ptr + SUM_BYTES, bytes.len - SUM_BYTES, number)) {
    return kg_fail(err, KGQ_CORRUPT,
                   "the record of commit %" PRIu64 " in the log is damaged: its checksum is wrong", number);
  }
  if (!read_counts(&r, &counts) || !read_rows(&r, true, to->quads, &inserted) ||
      !read_rows(&r, false, to->quads, &deleted) || !read_rows(&r, true, to->terms, &terms) ||
      r.at != bytes.len) {
    return kg_fail(err, KGQ_CORRUPT, "the record of commit %" PRIu64 " in the log is damaged", number);
  }
  if (!goes_on(&to->counts, &counts, inserted, deleted, terms)) {
    return kg_fail(err, KGQ_CORRUPT,
                   "the record of commit %" PRIu64 " in the log does not follow the one before", number);
  }
  to->counts = counts;
  return KGQ_OK;
}
