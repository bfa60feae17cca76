/* tests/unit/test_compress.c: Zstandard values and streams: round trips, limits, hostile and cut-off frames.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/compress.h"

static size_t live_bytes;
static size_t refuse_after = SIZE_MAX;

static void *counting(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  (void)arg;
  if (new_bytes > 0 && refuse_after == 0) {
    return NULL;
  }
  refuse_after -= new_bytes > 0 ? 1 : 0;
  live_bytes += new_bytes;
  live_bytes -= old_bytes;
  return kg_libc_allocator.resize(NULL, ptr, old_bytes, new_bytes);
}

static const kgq_allocator counted = { counting, NULL };

static void make_text(kg_buf *text, size_t bytes) {
  uint32_t x = 1;
  while (text->len < bytes) {
    x = x * 1664525u + 1013904223u;
    assert_int_equal(kg_buf_print(text, NULL, "fact %u says so; ", x >> 20), KGQ_OK);
  }
}

static void test_round_trip(void **state) {
  (void)state;
  kg_buf text, packed, back;
  kg_buf_init(&text, &counted);
  kg_buf_init(&packed, &counted);
  kg_buf_init(&back, &counted);
  make_text(&text, 300000);
  assert_int_equal(kg_zstd_compress(kg_buf_str(&text), 3, &packed, NULL), KGQ_OK);
  assert_true(packed.len < text.len / 2);
  assert_int_equal(kg_zstd_expand(kg_buf_str(&packed), text.len, &back, NULL), KGQ_OK);
  assert_true(kg_str_equal(kg_buf_str(&text), kg_buf_str(&back)));
  assert_int_equal(kg_zstd_expand(kg_buf_str(&packed), text.len - 1, &back, NULL), KGQ_LIMIT);
  assert_int_equal(back.len, text.len); /* as it was before */
  kg_buf_free(&text);
  kg_buf_free(&packed);
  kg_buf_free(&back);
  assert_int_equal(live_bytes, 0);
}

static void test_empty(void **state) {
  (void)state;
  kg_buf packed, back;
  kg_buf_init(&packed, NULL);
  kg_buf_init(&back, NULL);
  assert_int_equal(kg_zstd_compress(KG_STR(""), 1, &packed, NULL), KGQ_OK);
  assert_int_equal(kg_zstd_expand(kg_buf_str(&packed), 0, &back, NULL), KGQ_OK);
  assert_int_equal(back.len, 0);
  kg_buf_free(&packed);
  kg_buf_free(&back);
}

static void test_damage(void **state) {
  (void)state;
  kg_buf text, packed, back;
  kg_buf_init(&text, NULL);
  kg_buf_init(&packed, NULL);
  kg_buf_init(&back, NULL);
  make_text(&text, 5000);
  assert_int_equal(kg_zstd_compress(kg_buf_str(&text), 3, &packed, NULL), KGQ_OK);
  for (size_t cut = 0; cut < packed.len; cut++) {
    assert_int_not_equal(kg_zstd_expand(kg_str_n(packed.bytes, cut), 100000, &back, NULL), KGQ_OK);
  }
  for (size_t i = 0; i < packed.len; i++) { /* the frame's checksum finds each flipped bit */
    packed.bytes[i] = (char)(packed.bytes[i] ^ 1);
    const kgq_status st = kg_zstd_expand(kg_buf_str(&packed), 100000, &back, NULL);
    assert_true(st != KGQ_OK || kg_str_equal(kg_buf_str(&text), kg_buf_str(&back)));
    back.len = 0;
    packed.bytes[i] = (char)(packed.bytes[i] ^ 1);
  }
  kg_buf_free(&text);
  kg_buf_free(&packed);
  kg_buf_free(&back);
}

/* Feeds a stream in pieces of `in_step` bytes and takes `out_step` at a time. */
static void stream_all(kgq_str packed, size_t in_step, size_t out_step, kg_buf *out, bool *done) {
  kg_zstd_stream *s = NULL;
  assert_int_equal(kg_zstd_stream_open(NULL, &s, NULL), KGQ_OK);
  size_t at = 0;
  char piece[4096];
  *done = false;
  for (;;) {
    const size_t give = packed.len - at < in_step ? packed.len - at : in_step;
    kgq_str in = kg_str_n(packed.ptr + at, give);
    size_t written = 0;
    assert_int_equal(kg_zstd_stream_read(s, &in, piece, out_step, &written, done, NULL), KGQ_OK);
    at += give - in.len;
    assert_int_equal(kg_buf_add(out, piece, written, NULL), KGQ_OK);
    if (written == 0 && at == packed.len) {
      break;
    }
  }
  kg_zstd_stream_close(s);
}

static void test_streams(void **state) {
  (void)state;
  kg_buf text, packed, back;
  kg_buf_init(&text, NULL);
  kg_buf_init(&packed, NULL);
  kg_buf_init(&back, NULL);
  make_text(&text, 20000);
  const kgq_str all = kg_buf_str(&text);
  assert_int_equal(kg_zstd_compress(kg_str_n(all.ptr, 9000), 3, &packed, NULL), KGQ_OK);
  assert_int_equal(kg_zstd_compress(kg_str_n(all.ptr + 9000, all.len - 9000), 3, &packed, NULL), KGQ_OK);
  const size_t steps[][2] = { { 1, 4096 }, { 7, 1 }, { 100000, 4096 }, { 333, 1000 } };
  for (size_t i = 0; i < 4; i++) {
    bool done = false;
    back.len = 0;
    stream_all(kg_buf_str(&packed), steps[i][0], steps[i][1], &back, &done);
    assert_true(done);
    assert_true(kg_str_equal(all, kg_buf_str(&back)));
  }
  bool done = true;
  back.len = 0;
  stream_all(kg_str_n(packed.bytes, packed.len - 1), 333, 1000, &back, &done);
  assert_false(done); /* the caller sees that the input ends too early */
  kg_buf_free(&text);
  kg_buf_free(&packed);
  kg_buf_free(&back);
}

static void test_stream_of_something_else(void **state) {
  (void)state;
  kg_zstd_stream *s = NULL;
  kgq_error *err = NULL;
  char out[16];
  size_t written = 0;
  bool done = false;
  kgq_str in = KG_STR("<s> <p> <o> .");
  assert_int_equal(kg_zstd_stream_open(NULL, &s, NULL), KGQ_OK);
  assert_int_equal(kg_zstd_stream_read(s, &in, out, sizeof out, &written, &done, &err), KGQ_DATA);
  assert_non_null(strstr(kgq_error_message(err), "Zstandard"));
  kgq_error_free(err);
  kg_zstd_stream_close(s);
  kg_zstd_stream_close(NULL);
}

static void test_each_allocation_fails(void **state) {
  (void)state;
  for (size_t n = 0; n < 20; n++) {
    kg_buf packed;
    kg_buf_init(&packed, &counted);
    refuse_after = n;
    const kgq_status st = kg_zstd_compress(KG_STR("some text to pack"), 3, &packed, NULL);
    kg_zstd_stream *s = NULL;
    const kgq_status opened = kg_zstd_stream_open(&counted, &s, NULL);
    refuse_after = SIZE_MAX;
    assert_true(st == KGQ_OK || st == KGQ_NOMEM);
    assert_true(opened == KGQ_OK || opened == KGQ_NOMEM);
    assert_true(n > 0 || st == KGQ_NOMEM);
    kg_zstd_stream_close(s);
    kg_buf_free(&packed);
    assert_int_equal(live_bytes, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_round_trip),
    cmocka_unit_test(test_empty),
    cmocka_unit_test(test_damage),
    cmocka_unit_test(test_streams),
    cmocka_unit_test(test_stream_of_something_else),
    cmocka_unit_test(test_each_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
