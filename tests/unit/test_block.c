/* tests/unit/test_block.c: blocks of rows: round trips over many shapes, searching, and damaged bytes.
 *
 * Shapes are generated from a printed seed. Damage: every single-byte change of some blocks must be refused
 * with KGQ_CORRUPT when the checksum is looked at, and must never crash or read outside when it is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/limits.h"
#include "graph/block.h"
#include "graph/block_pack.h"

static uint64_t state = 88172645463325252u;

static uint64_t random_bits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static uint64_t below(uint64_t n) {
  return random_bits() % n;
}

static int compare_rows(const void *a, const void *b) {
  return kg_row_compare(a, b);
}

static uint32_t unique_rows(kg_row *rows, uint32_t count) {
  qsort(rows, count, sizeof *rows, compare_rows);
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (n == 0 || kg_row_compare(&rows[n - 1], &rows[i]) != 0) {
      rows[n++] = rows[i];
    }
  }
  return n;
}

static kg_id random_id(int shape) {
  switch (shape) {
  case 0: return below(4);
  case 1: return random_bits();
  case 2: return kg_id_make(KG_TAG_IRI, below(100000));
  case 3: return kg_id_make((kg_tag)(1 + below(13)), below(1000)) | (below(5) == 0 ? KG_ID_APPEND : 0);
  case 4:
    return below(50) == 0 ? ~(kg_id)0 - below(3)
                          : kg_id_make(KG_TAG_INTEGER, ((uint64_t)1 << 59) + below(300));
  case 5: return below(60) == 0 ? KG_ID_DEFAULT_GRAPH : kg_id_make(KG_TAG_IRI, 77777);
  case 6: return kg_id_make(KG_TAG_IRI, below(3) * 1000000);
  default: return 5;
  }
}

static uint32_t make_rows(kg_row *rows, uint32_t wanted) {
  int shapes[4];
  for (int c = 0; c < 4; c++) {
    shapes[c] = (int)below(8);
  }
  for (uint32_t i = 0; i < wanted; i++) {
    for (int c = 0; c < 4; c++) {
      rows[i].c[c] = random_id(shapes[c]);
    }
  }
  return unique_rows(rows, wanted);
}

static void check_mini(const kg_block *block, uint32_t m, const kg_row *rows, unsigned wanted) {
  kg_id ids[4][KG_MINI_ROWS];
  kg_id *columns[4];
  for (int c = 0; c < 4; c++) {
    columns[c] = wanted >> c & 1 ? ids[c] : NULL;
  }
  assert_int_equal(kg_block_decode(block, m, columns, NULL), KGQ_OK);
  for (uint32_t i = 0; i < kg_block_mini_rows(block, m); i++) {
    for (int c = 0; c < 4; c++) {
      if (columns[c]) {
        assert_true(ids[c][i] == rows[m * KG_MINI_ROWS + i].c[c]);
      }
    }
  }
}

static uint32_t triples_of(const kg_row *rows, uint32_t count) {
  uint32_t n = 1;
  for (uint32_t i = 1; i < count; i++) {
    n += memcmp(&rows[i - 1], &rows[i], 3 * sizeof(kg_id)) != 0;
  }
  return n;
}

static void check_block(const kg_row *rows, uint32_t count, kg_buf *buf) {
  buf->len = 0;
  kg_block block;
  assert_int_equal(kg_block_encode(rows, count, buf, NULL), KGQ_OK);
  char *exact = malloc(buf->len); /* so that a read beyond the end is seen */
  memcpy(exact, buf->bytes, buf->len);
  assert_int_equal(kg_block_open(kg_str_n(exact, buf->len), true, &block, NULL), KGQ_OK);
  assert_int_equal(block.row_count, count);
  assert_int_equal(block.triple_count, triples_of(rows, count));
  for (uint32_t m = 0; m < block.mini_count; m++) {
    kg_row first;
    kg_block_first_row(&block, m, &first);
    assert_memory_equal(&first, &rows[m * KG_MINI_ROWS], sizeof first);
    check_mini(&block, m, rows, 15);
    check_mini(&block, m, rows, (unsigned)below(16));
  }
  for (int i = 0; i < 20; i++) {
    const uint32_t at = (uint32_t)below(count);
    assert_int_equal(kg_block_find(&block, &rows[at]), at / KG_MINI_ROWS);
    kg_row before = rows[0];
    before.c[0] = 0;
    assert_int_equal(kg_block_find(&block, &before), 0);
  }
  free(exact);
}

static void round_trips(void **unused) {
  (void)unused;
  kg_row *rows = malloc(KG_BLOCK_ROWS_MAX * sizeof *rows);
  kg_buf buf;
  kg_buf_init(&buf, &kg_libc_allocator);
  const uint32_t sizes[] = { 1, 2, 3, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025, 2047, 2048 };
  for (int round = 0; round < 400; round++) {
    const uint32_t wanted = round < 42 ? sizes[round % 14] : 1 + (uint32_t)below(KG_BLOCK_ROWS_MAX);
    check_block(rows, make_rows(rows, wanted), &buf);
  }
  kg_buf_free(&buf);
  free(rows);
}

static void extremes(void **unused) {
  (void)unused;
  kg_buf buf;
  kg_buf_init(&buf, &kg_libc_allocator);
  const kg_row low_high[2] = { { { 0, 0, 0, 0 } }, { { ~(kg_id)0, ~(kg_id)0, ~(kg_id)0, ~(kg_id)0 } } };
  check_block(low_high, 2, &buf);
  check_block(low_high + 1, 1, &buf);
  kg_row rows[KG_MINI_ROWS * 3];
  for (uint32_t i = 0; i < KG_MINI_ROWS * 3; i++) { /* one triple in many graphs */
    rows[i] = (kg_row){ { 1, 2, 3, (kg_id)i << 40 } };
  }
  check_block(rows, KG_MINI_ROWS * 3, &buf);
  kg_buf_free(&buf);
}

static void packs_streams(void **unused) {
  (void)unused;
  unsigned char bytes[KG_PACK_BYTES_MAX(KG_MINI_ROWS) + KG_PACK_PADDING];
  uint64_t in[KG_MINI_ROWS], out[KG_MINI_ROWS];
  for (int round = 0; round < 20000; round++) {
    const uint32_t count = 1 + (uint32_t)below(KG_MINI_ROWS);
    const unsigned width = (unsigned)below(65), rare = (unsigned)below(65);
    for (uint32_t i = 0; i < count; i++) {
      const unsigned w = below(30) == 0 ? rare : width;
      in[i] = w ? random_bits() >> (64 - w) : 0;
    }
    const bool ids = below(2);
    const uint64_t reference = ids ? in[0] ^ below(100) : 0;
    const size_t n = kg_pack(in, count, ids, reference, bytes);
    assert_true(n <= KG_PACK_BYTES_MAX(count));
    bool zero;
    assert_ptr_equal(kg_unpack(bytes, bytes + n, count, reference, out, &zero), bytes + n);
    assert_memory_equal(in, out, count * sizeof *in);
    if (n > 1) {
      assert_null(kg_unpack(bytes, bytes + n - 1, count, reference, out, &zero));
    }
  }
}

static void outlier_is_patched(void **unused) {
  (void)unused;
  unsigned char bytes[KG_PACK_BYTES_MAX(KG_MINI_ROWS)];
  uint64_t in[KG_MINI_ROWS] = { 0 };
  in[64] = ~(uint64_t)0 >> 1;
  assert_in_range(kg_pack(in, KG_MINI_ROWS, false, 0, bytes), 1, 16);
}

/* Decodes everything that the block claims to hold; the sanitizers watch. */
static void use_damaged(kgq_str bytes, bool verify) {
  kg_block block;
  kgq_error *err = NULL;
  kgq_status st = kg_block_open(bytes, verify, &block, &err);
  kg_id ids[4][KG_MINI_ROWS];
  kg_id *const columns[4] = { ids[0], ids[1], ids[2], ids[3] };
  for (uint32_t m = 0; st == KGQ_OK && m < block.mini_count; m++) {
    st = kg_block_decode(&block, m, columns, &err);
  }
  assert_true(st == KGQ_OK || st == KGQ_CORRUPT);
  assert_true((st == KGQ_OK) == (err == NULL));
  if (verify) {
    assert_int_equal(st, KGQ_CORRUPT);
  }
  kgq_error_free(err);
}

static void damaged_bytes(void **unused) {
  (void)unused;
  kg_row *rows = malloc(KG_BLOCK_ROWS_MAX * sizeof *rows);
  kg_buf buf;
  kg_buf_init(&buf, &kg_libc_allocator);
  for (int round = 0; round < 12; round++) {
    const uint32_t count = make_rows(rows, round < 4 ? 3 : 400);
    buf.len = 0;
    assert_int_equal(kg_block_encode(rows, count, &buf, NULL), KGQ_OK);
    char *bytes = malloc(buf.len);
    memcpy(bytes, buf.bytes, buf.len);
    for (size_t i = 0; i < buf.len; i++) {
      const char old = bytes[i];
      bytes[i] = (char)((unsigned char)old ^ (1u << below(8)));
      use_damaged(kg_str_n(bytes, buf.len), true);
      use_damaged(kg_str_n(bytes, buf.len), false);
      bytes[i] = (char)random_bits();
      use_damaged(kg_str_n(bytes, buf.len), false);
      bytes[i] = old;
    }
    free(bytes);
  }
  kg_buf_free(&buf);
  free(rows);
}

static void cut_short(void **unused) {
  (void)unused;
  kg_row rows[300];
  const uint32_t count = make_rows(rows, 300);
  kg_buf buf;
  kg_buf_init(&buf, &kg_libc_allocator);
  assert_int_equal(kg_block_encode(rows, count, &buf, NULL), KGQ_OK);
  for (size_t n = 0; n < buf.len; n++) {
    char *bytes = malloc(n + 1);
    memcpy(bytes, buf.bytes, n);
    use_damaged(kg_str_n(bytes, n), true);
    char *exact = realloc(bytes, n ? n : 1);
    use_damaged(kg_str_n(exact, n), false);
    free(exact);
  }
  kg_buf_free(&buf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(packs_streams), cmocka_unit_test(outlier_is_patched), cmocka_unit_test(round_trips),
    cmocka_unit_test(extremes),      cmocka_unit_test(damaged_bytes),      cmocka_unit_test(cut_short),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
