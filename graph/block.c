/* graph/block.c: encoding and decoding of stored blocks; docs/FORMAT.md draws the bytes.
 *
 *   header | skip index: one entry per mini-block | mini-blocks | 8 zero bytes
 *
 * A mini-block holds the rows behind its first one (that is in the skip index) as up to seven streams of
 * block_pack.c: differences of the first column; then for each further column the differences of the rows in
 * which no earlier column changed, and the ids of the rows in which one did. Keeping the two apart lets each
 * have its own base and width. Decoding works column by column over flags "an earlier column changed",
 * without branches on data.
 */
#include "graph/block.h"

#include <assert.h>
#include <xxhash.h>

#include "core/limits.h"
#include "graph/block_pack.h"

#define BLOCK_FORMAT 1

/* Header: checksum 8, format 1, bytes of an offset 1, rows 2, triples 2, per index column: bytes 4 bits and
 * rotation 4 bits (4), bytes of the bases, 4 bits each (2); then the bases. */
enum {
  AT_SUM = 0,
  AT_FORMAT = 8,
  AT_OFFSET_BYTES = 9,
  AT_ROWS = 10,
  AT_TRIPLES = 12,
  AT_COLUMNS = 14,
  AT_BASE_BYTES = 18,
  HEADER_BYTES = 20
};
#define ENTRY_BYTES_MAX (4 * 8 + 4)
#define MINIS_MAX       (KG_BLOCK_ROWS_MAX / KG_MINI_ROWS)
#define MINI_BYTES_MAX  (7 * KG_PACK_BYTES_MAX(KG_MINI_ROWS))

static uint64_t block_sum(const unsigned char *bytes, size_t count) {
  return XXH3_64bits(bytes + AT_FORMAT, count - AT_FORMAT);
}

/* ---- encoding ----------------------------------------------------------------------------------- */

/* One column of a mini-block: splits it into differences and ids, marks rows where it changed, packs both
 * streams. */
static size_t encode_column(const kg_row *rows, uint32_t count, int column, bool changed[KG_MINI_ROWS],
                            unsigned char *out) {
  uint64_t differences[KG_MINI_ROWS], ids[KG_MINI_ROWS];
  uint32_t difference_count = 0, id_count = 0;
  for (uint32_t i = 1; i < count; i++) {
    const kg_id now = rows[i].c[column], before = rows[i - 1].c[column];
    if (changed[i]) {
      ids[id_count++] = now;
    } else {
      differences[difference_count++] = now - before;
      changed[i] = now != before;
    }
  }
  size_t bytes = 0;
  if (difference_count) {
    bytes += kg_pack(differences, difference_count, false, 0, out);
  }
  if (id_count) {
    bytes += kg_pack(ids, id_count, true, rows[0].c[column], out + bytes);
  }
  return bytes;
}

static size_t encode_mini(const kg_row *rows, uint32_t count, unsigned char *out) {
  bool changed[KG_MINI_ROWS] = { false };
  size_t bytes = 0;
  for (int column = 0; column < 4; column++) {
    bytes += encode_column(rows, count, column, changed, out + bytes);
  }
  return bytes;
}

typedef struct index_column {
  uint64_t values[MINIS_MAX]; /* rotated first rows' ids */
  uint64_t base;
  unsigned bytes, rotation, base_bytes;
} index_column;

static unsigned bytes_needed(uint64_t v) {
  return (kg_bit_length(v) + 7) / 8;
}

static void plan_index_column(const kg_row *rows, uint32_t minis, int column, index_column *out) {
  for (uint32_t m = 0; m < minis; m++) {
    out->values[m] = rows[(size_t)m * KG_MINI_ROWS].c[column];
  }
  out->rotation = kg_rotation_choose(out->values, minis);
  uint64_t low = ~(uint64_t)0, high = 0;
  for (uint32_t m = 0; m < minis; m++) {
    const uint64_t v = kg_rotate_left(out->values[m], kg_rotation_bits[out->rotation]);
    out->values[m] = v;
    low = v < low ? v : low;
    high = v > high ? v : high;
  }
  out->base = low;
  out->bytes = bytes_needed(high - low);
  out->base_bytes = bytes_needed(low);
}

static unsigned char *put_bytes(unsigned char *p, uint64_t v, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++, v >>= 8) {
    *p++ = (unsigned char)v;
  }
  return p;
}

static uint32_t count_triples(const kg_row *rows, uint32_t count) {
  uint32_t n = 1;
  for (uint32_t i = 1; i < count; i++) {
    const kg_id *a = rows[i - 1].c, *b = rows[i].c;
    n += a[0] != b[0] || a[1] != b[1] || a[2] != b[2];
  }
  return n;
}

/* Header and skip index; returns its bytes. offsets[m] is where mini-block m begins behind it. */
static size_t encode_head(const kg_row *rows, uint32_t count, const uint32_t *offsets, unsigned char *out) {
  const uint32_t minis = (count + KG_MINI_ROWS - 1) / KG_MINI_ROWS;
  const unsigned offset_bytes = bytes_needed(offsets[minis - 1]);
  index_column columns[4];
  unsigned char *p = out + HEADER_BYTES;
  memset(out, 0, HEADER_BYTES);
  for (int c = 0; c < 4; c++) {
    plan_index_column(rows, minis, c, &columns[c]);
    out[AT_COLUMNS + c] = (unsigned char)(columns[c].bytes | columns[c].rotation << 4);
    out[AT_BASE_BYTES + c / 2] |= (unsigned char)(columns[c].base_bytes << (c % 2 ? 4 : 0));
    p = put_bytes(p, columns[c].base, columns[c].base_bytes);
  }
  out[AT_FORMAT] = BLOCK_FORMAT;
  out[AT_OFFSET_BYTES] = (unsigned char)offset_bytes;
  put_bytes(out + AT_ROWS, count, 2);
  put_bytes(out + AT_TRIPLES, count_triples(rows, count), 2);
  for (uint32_t m = 0; m < minis; m++) {
    for (int c = 0; c < 4; c++) {
      p = put_bytes(p, columns[c].values[m] - columns[c].base, columns[c].bytes);
    }
    p = put_bytes(p, offsets[m], offset_bytes);
  }
  return (size_t)(p - out);
}

kgq_status kg_block_encode(const kg_row *rows, uint32_t count, kg_buf *out, kgq_error **err) {
  assert(count > 0 && count <= KG_BLOCK_ROWS_MAX);
  const uint32_t minis = (count + KG_MINI_ROWS - 1) / KG_MINI_ROWS;
  const size_t head_max = HEADER_BYTES + 4 * 8 + (size_t)minis * ENTRY_BYTES_MAX;
  KGQ_TRY(kg_buf_reserve(out, head_max + minis * MINI_BYTES_MAX + KG_PACK_PADDING, err));
  unsigned char *start = (unsigned char *)out->bytes + out->len;
  unsigned char *first_mini = start + head_max; /* moved down when the size of the head is known */
  unsigned char *p = first_mini;
  uint32_t offsets[MINIS_MAX];
  for (uint32_t m = 0; m < minis; m++) {
    const uint32_t from = m * KG_MINI_ROWS;
    offsets[m] = (uint32_t)(p - first_mini);
    p += encode_mini(rows + from, count - from < KG_MINI_ROWS ? count - from : KG_MINI_ROWS, p);
  }
  const size_t head = encode_head(rows, count, offsets, start);
  const size_t body = (size_t)(p - first_mini);
  memmove(start + head, first_mini, body);
  memset(start + head + body, 0, KG_PACK_PADDING);
  const size_t bytes = head + body + KG_PACK_PADDING;
  kg_put_le64(start + AT_SUM, block_sum(start, bytes));
  out->len += bytes;
  return KGQ_OK;
}

/* ---- opening ------------------------------------------------------------------------------------ */

static kgq_status damaged(kgq_error **err, const char *what) {
  return kg_fail(err, KGQ_CORRUPT, "a stored block of facts is damaged: %s", what);
}

static uint64_t bytes_mask(unsigned bytes) {
  return bytes >= 8 ? ~(uint64_t)0 : ((uint64_t)1 << (8 * bytes)) - 1;
}

/* Fills the index part of *out from the header; returns the bytes of header and bases, 0 if they make no
 * sense. */
static size_t read_index_plan(const unsigned char *head, size_t bytes, kg_block *out) {
  size_t at = HEADER_BYTES, entry = 0;
  for (int c = 0; c < 4; c++) {
    const unsigned width = head[AT_COLUMNS + c] & 0x0f, rotation = head[AT_COLUMNS + c] >> 4;
    const unsigned base_bytes = head[AT_BASE_BYTES + c / 2] >> (c % 2 ? 4 : 0) & 0x0f;
    if (width > 8 || rotation >= KG_ROTATIONS || base_bytes > 8 ||
        at + base_bytes + KG_PACK_PADDING > bytes) {
      return 0;
    }
    out->index_base[c] = kg_load_le64(head + at) & bytes_mask(base_bytes);
    out->index_mask[c] = bytes_mask(width);
    out->index_rotation[c] = kg_rotation_bits[rotation];
    out->index_at[c] = (uint8_t)entry;
    at += base_bytes;
    entry += width;
  }
  const unsigned offset_bytes = head[AT_OFFSET_BYTES];
  if (offset_bytes > 4) {
    return 0;
  }
  out->index_at[4] = (uint8_t)entry;
  out->offset_mask = bytes_mask(offset_bytes);
  out->entry_bytes = (uint8_t)(entry + offset_bytes);
  return at;
}

kgq_status kg_block_open(kgq_str bytes, bool verify, kg_block *out, kgq_error **err) {
  const unsigned char *head = (const unsigned char *)bytes.ptr;
  *out = (kg_block){ .bytes = bytes };
  if (bytes.len < HEADER_BYTES + KG_PACK_PADDING) {
    return damaged(err, "it is too short");
  }
  if (verify && kg_get_le64(head + AT_SUM) != block_sum(head, bytes.len)) {
    return damaged(err, "its checksum differs");
  }
  if (head[AT_FORMAT] != BLOCK_FORMAT) {
    return damaged(err, "its format is unknown");
  }
  out->row_count = (uint32_t)head[AT_ROWS] | (uint32_t)head[AT_ROWS + 1] << 8;
  out->triple_count = (uint32_t)head[AT_TRIPLES] | (uint32_t)head[AT_TRIPLES + 1] << 8;
  out->mini_count = (out->row_count + KG_MINI_ROWS - 1) / KG_MINI_ROWS;
  if (out->row_count == 0 || out->row_count > KG_BLOCK_ROWS_MAX || out->triple_count == 0 ||
      out->triple_count > out->row_count) {
    return damaged(err, "its counts are impossible");
  }
  const size_t index_at = read_index_plan(head, bytes.len, out);
  const size_t minis_at = index_at + (size_t)out->mini_count * out->entry_bytes;
  if (index_at == 0 || minis_at + KG_PACK_PADDING > bytes.len) {
    return damaged(err, "its index does not fit");
  }
  out->index = head + index_at;
  out->minis = head + minis_at;
  out->minis_bytes = bytes.len - minis_at - KG_PACK_PADDING;
  return KGQ_OK;
}

uint32_t kg_block_mini_rows(const kg_block *b, uint32_t m) {
  assert(m < b->mini_count);
  const uint32_t rest = b->row_count - m * KG_MINI_ROWS;
  return rest < KG_MINI_ROWS ? rest : KG_MINI_ROWS;
}

/* ---- skip index --------------------------------------------------------------------------------- */

static kg_id first_id(const kg_block *b, uint32_t m, int column) {
  const unsigned char *entry = b->index + (size_t)m * b->entry_bytes;
  const uint64_t v =
      b->index_base[column] + (kg_load_le64(entry + b->index_at[column]) & b->index_mask[column]);
  return kg_rotate_right(v, b->index_rotation[column]);
}

static size_t mini_offset(const kg_block *b, uint32_t m) {
  const unsigned char *entry = b->index + (size_t)m * b->entry_bytes;
  return (size_t)(kg_load_le64(entry + b->index_at[4]) & b->offset_mask);
}

void kg_block_first_row(const kg_block *b, uint32_t m, kg_row *out) {
  assert(m < b->mini_count);
  for (int c = 0; c < 4; c++) {
    out->c[c] = first_id(b, m, c);
  }
}

static bool first_row_after(const kg_block *b, uint32_t m, const kg_row *row) {
  for (int c = 0; c < 4; c++) {
    const kg_id id = first_id(b, m, c);
    if (id != row->c[c]) {
      return id > row->c[c];
    }
  }
  return false;
}

uint32_t kg_block_find(const kg_block *b, const kg_row *row) {
  uint32_t low = 0, high = b->mini_count; /* first rows below low are <= row, from high on > row */
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (first_row_after(b, middle, row)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low > 0 ? low - 1 : 0;
}

/* ---- decoding ----------------------------------------------------------------------------------- */

typedef struct decoder {
  const unsigned char *at, *end;
  uint32_t count;              /* rows behind the first */
  uint32_t fresh_count;        /* how many of them have an earlier column changed */
  uint8_t fresh[KG_MINI_ROWS]; /* 1: an earlier column changed, the id is stored whole */
} decoder;

/* out[1 + i] = running sum; remembers where it moved. */
static void add_up(decoder *d, const uint64_t *differences, bool zero, uint64_t first, uint64_t *out) {
  if (zero) {
    for (uint32_t i = 0; i < d->count; i++) {
      out[i] = first;
    }
    return;
  }
  uint64_t v = first;
  uint32_t moved = 0;
  for (uint32_t i = 0; i < d->count; i++) {
    const uint8_t changed = differences[i] != 0;
    v += differences[i];
    out[i] = v;
    d->fresh[i] = changed;
    moved += changed;
  }
  d->fresh_count = moved;
}

/* Some rows are whole, some differ from the row before: picks by mask, so that no branch depends on data. */
static void weave(decoder *d, const uint64_t *differences, const uint64_t *ids, uint64_t first,
                  uint64_t *out) {
  uint64_t v = first;
  uint32_t id_at = 0, fresh_count = 0;
  for (uint32_t i = 0; i < d->count; i++) {
    const uint32_t fresh = d->fresh[i];
    const uint64_t mask = 0 - (uint64_t)fresh;
    const uint64_t difference = differences[i - id_at];
    v = (ids[id_at] & mask) | ((v + difference) & ~mask);
    out[i] = v;
    id_at += fresh;
    const uint32_t changed = fresh | (difference != 0);
    d->fresh[i] = (uint8_t)changed;
    fresh_count += changed;
  }
  d->fresh_count = fresh_count;
}

/* Decodes one column into out[0 .. count - 1], the rows behind the first; false: damaged. */
static bool decode_column(decoder *d, uint64_t first, uint64_t *out) {
  uint64_t differences[KG_MINI_ROWS + 1], ids[KG_MINI_ROWS + 1];
  const uint32_t id_count = d->fresh_count, difference_count = d->count - id_count;
  bool zero = true;
  if (difference_count) {
    d->at = kg_unpack(d->at, d->end, difference_count, 0, differences, &zero);
    if (!d->at) {
      return false;
    }
  }
  if (id_count == 0) {
    add_up(d, differences, zero, first, out);
    return true;
  }
  bool ids_zero;
  d->at = kg_unpack(d->at, d->end, id_count, first, difference_count ? ids : out, &ids_zero);
  if (!d->at) {
    return false;
  }
  if (difference_count) {
    differences[difference_count] = 0; /* weave looks one ahead in the stream it does not take from */
    ids[id_count] = 0;
    weave(d, differences, ids, first, out);
  }
  return true;
}

kgq_status kg_block_decode(const kg_block *b, uint32_t m, kg_id *const columns[4], kgq_error **err) {
  assert(m < b->mini_count);
  const size_t from = mini_offset(b, m), to = m + 1 < b->mini_count ? mini_offset(b, m + 1) : b->minis_bytes;
  if (from > to || to > b->minis_bytes) {
    return damaged(err, "its index points outside");
  }
  int last = 3;
  while (last >= 0 && !columns[last]) {
    last--;
  }
  decoder d;
  d.at = b->minis + from;
  d.end = b->minis + to;
  d.count = kg_block_mini_rows(b, m) - 1;
  d.fresh_count = 0;
  memset(d.fresh, 0, sizeof d.fresh);
  uint64_t unwanted[KG_MINI_ROWS];
  for (int c = 0; c <= last; c++) {
    uint64_t *out = columns[c] ? columns[c] : unwanted; /* cppcheck-suppress legacyUninitvar */
    out[0] = first_id(b, m, c);
    if (d.count && !decode_column(&d, out[0], out + 1)) {
      return damaged(err, "its columns do not fit");
    }
  }
  return KGQ_OK;
}
