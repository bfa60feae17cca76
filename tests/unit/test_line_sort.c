/* tests/unit/test_line_sort.c: the same lines come out sorted and once, in memory and through runs in a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "graph/line_sort.h"

typedef struct check_run {
  kg_buf last;
  size_t count;
} check_run;

static kgq_status check_line(void *arg, kgq_str line, kgq_error **err) {
  check_run *run = arg;
  assert_true(run->count == 0 || kg_str_compare(kg_buf_str(&run->last), line) < 0);
  run->last.len = 0;
  run->count++;
  return kg_buf_add_str(&run->last, line, err);
}

/* `lines` different ones, each added twice, in a scattered order. */
static void check_sorting(size_t budget_bytes, uint32_t lines) {
  kg_line_sort *sort = NULL;
  check_run run = { .count = 0 };
  kg_buf line;
  kg_buf_init(&run.last, NULL);
  kg_buf_init(&line, NULL);
  assert_int_equal(kg_line_sort_new(NULL, budget_bytes, &sort, NULL), KGQ_OK);
  for (uint32_t i = 0; i < 2 * lines; i++) {
    const uint32_t scattered = (uint32_t)((uint64_t)i * 7919 % (lines ? lines : 1));
    line.len = 0;
    assert_int_equal(
        kg_buf_print(&line, NULL, "<http://example.org/%u> %*s.\n", scattered, (int)(scattered % 200), ""),
        KGQ_OK);
    assert_int_equal(kg_line_sort_add(sort, kg_buf_str(&line), NULL), KGQ_OK);
  }
  assert_int_equal(kg_line_sort_finish(sort, check_line, &run, NULL), KGQ_OK);
  assert_int_equal(run.count, lines);
  kg_line_sort_free(sort);
  kg_buf_free(&line);
  kg_buf_free(&run.last);
}

static void nothing_at_all(void **state) {
  (void)state;
  check_sorting(1 << 20, 0);
}

static void in_memory(void **state) {
  (void)state;
  check_sorting((size_t)64 << 20, 10007);
}

static void through_runs(void **state) {
  (void)state;
  check_sorting(1 << 20, 10007);
  check_sorting(5000, 2003); /* hundreds of runs of a few lines */
}

/* Lines longer than the read buffer of a run, and the empty one. */
static void long_lines(void **state) {
  (void)state;
  kg_line_sort *sort = NULL;
  check_run run = { .count = 0 };
  static char text[300000];
  kg_buf_init(&run.last, NULL);
  assert_int_equal(kg_line_sort_new(NULL, 1000, &sort, NULL), KGQ_OK);
  for (int i = 20; i > 0; i--) {
    memset(text, 'a' + i, sizeof text);
    assert_int_equal(kg_line_sort_add(sort, kg_str_n(text, (size_t)i * 15000), NULL), KGQ_OK);
  }
  assert_int_equal(kg_line_sort_add(sort, KG_STR(""), NULL), KGQ_OK);
  assert_int_equal(kg_line_sort_finish(sort, check_line, &run, NULL), KGQ_OK);
  assert_int_equal(run.count, 21);
  assert_int_equal(run.last.len, 300000);
  kg_line_sort_free(sort);
  kg_buf_free(&run.last);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_at_all),
    cmocka_unit_test(in_memory),
    cmocka_unit_test(through_runs),
    cmocka_unit_test(long_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
