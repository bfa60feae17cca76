/* tests/unit/test_spares.c: pieces that statements give back are found again by size, are bounded in number
 * and bytes, and all go with their owner.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/spares.h"

typedef struct heap { /* counts what is out */
  kgq_allocator allocator;
  size_t bytes, pieces;
} heap;

static void *counting_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  heap *h = (heap *)arg;
  h->bytes += new_bytes;
  h->bytes -= ptr ? old_bytes : 0;
  h->pieces += new_bytes > 0 ? 1 : 0;
  h->pieces -= ptr ? 1 : 0;
  return kg_resize(NULL, ptr, old_bytes, new_bytes);
}

static void begin(heap *h, kg_spares *s) {
  *h = (heap){ { counting_resize, h }, 0, 0 };
  kg_spares_init(s, &h->allocator);
}

static void reused_by_size(void **unused) {
  (void)unused;
  heap h;
  kg_spares s;
  begin(&h, &s);
  char *first = kg_alloc(&s.allocator, 8192), *second = kg_alloc(&s.allocator, 16384);
  assert_non_null(first);
  assert_non_null(second);
  second[16383] = 'x';
  kg_free(&s.allocator, first, 8192);
  kg_free(&s.allocator, second, 16384);
#ifndef __SANITIZE_ADDRESS__
  assert_int_equal(s.bytes, 8192 + 16384);
  assert_ptr_equal(kg_alloc(&s.allocator, 16384), second);
  assert_ptr_equal(kg_alloc(&s.allocator, 8192), first);
  char *grown = kg_resize(&s.allocator, first, 8192, 12288);
  grown[8191] = 'y';
  kg_free(&s.allocator, second, 16384);
  grown = kg_resize(&s.allocator, grown, 12288, 16384); /* into the spare one, with what it held */
  assert_ptr_equal(grown, second);
  assert_int_equal(grown[8191], 'y');
  assert_int_equal(s.bytes, 12288);
  kg_free(&s.allocator, grown, 16384);
#endif
  kg_spares_free(&s);
  kg_spares_free(&s);
  assert_int_equal(h.bytes, 0);
  assert_int_equal(h.pieces, 0);
}

static void bounded(void **unused) {
  (void)unused;
  enum { PIECES = 100 };
  heap h;
  kg_spares s;
  void *pieces[PIECES];
  begin(&h, &s);
  const size_t sizes[] = { 100, 4096, (size_t)1 << 20, ((size_t)1 << 20) + 1 };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (int k = 0; k < PIECES; k++) {
      pieces[k] = kg_alloc(&s.allocator, sizes[i]);
      assert_non_null(pieces[k]);
    }
    for (int k = 0; k < PIECES; k++) {
      kg_free(&s.allocator, pieces[k], sizes[i]);
    }
    assert_true(s.count <= KG_SPARE_PIECES);
    assert_true(s.bytes <= (size_t)4 << 20);
    assert_int_equal(h.bytes, s.bytes); /* all else went back */
    assert_int_equal(h.pieces, s.count);
  }
  kg_spares_free(&s);
  assert_int_equal(h.pieces, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(reused_by_size), cmocka_unit_test(bounded) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
