/* tests/unit/test_handles.c: handles closed in any order never crash, and misuse is answered.
 *
 * Through kgq.h alone. Runs under AddressSanitizer in `./dev test --all`, which sees any use after free.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "include/kgq.h"

typedef struct handles {
  kgq_db *db;
  kgq_conn *conn;
  kgq_stmt *stmt;
  kgq_load *load;
} handles;

static void open_all(handles *h) {
  memset(h, 0, sizeof *h);
  assert_int_equal(kgq_open(":memory:", NULL, &h->db, NULL), KGQ_OK);
  assert_int_equal(kgq_connect(h->db, &h->conn, NULL), KGQ_OK);
  assert_int_equal(kgq_load_begin(h->conn, NULL, &h->load, NULL), KGQ_OK);
  static const char data[] = "<http://e/s> <http://e/p> <http://e/o> .\n";
  assert_int_equal(kgq_load_bytes(h->load, "a.nt", data, sizeof data - 1, NULL), KGQ_OK);
  assert_int_equal(kgq_prepare(h->conn, "SELECT ?s WHERE { ?s ?p ?o }", KGQ_NUL_TERMINATED, &h->stmt, NULL),
                   KGQ_OK);
}

static void close_one(handles *h, int which) {
  switch (which) {
  case 0: assert_int_equal(kgq_close(h->db), KGQ_OK); break;
  case 1: kgq_disconnect(h->conn); break;
  case 2: kgq_finalize(h->stmt); break;
  default: kgq_load_free(h->load); break;
  }
}

/* All 24 orders of four handles. */
static void closing_in_any_order_is_fine(void **state) {
  (void)state;
  for (int order = 0; order < 256; order++) {
    const int steps[4] = { order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3 };
    unsigned seen = 0;
    for (int i = 0; i < 4; i++) {
      seen |= 1u << steps[i];
    }
    if (seen != 15) {
      continue;
    }
    handles h;
    open_all(&h);
    for (int i = 0; i < 4; i++) {
      close_one(&h, steps[i]);
    }
  }
}

static void a_statement_outlives_its_database(void **state) {
  (void)state;
  handles h;
  open_all(&h);
  assert_int_equal(kgq_load_commit(h.load, NULL, NULL), KGQ_OK);
  kgq_load_free(h.load);
  kgq_close(h.db);
  kgq_disconnect(h.conn);
  assert_int_equal(kgq_step(h.stmt, NULL), KGQ_ROW);
  assert_string_equal(kgq_column_text(h.stmt, 0).ptr, "http://e/s");
  assert_int_equal(kgq_step(h.stmt, NULL), KGQ_DONE);
  kgq_finalize(h.stmt);
}

static void destructors_take_null(void **state) {
  (void)state;
  assert_int_equal(kgq_close(NULL), KGQ_OK);
  kgq_disconnect(NULL);
  kgq_finalize(NULL);
  kgq_load_free(NULL);
  kgq_error_free(NULL);
  assert_string_equal(kgq_error_message(NULL), "");
}

static void a_second_load_is_refused(void **state) {
  (void)state;
  handles h;
  open_all(&h);
  kgq_load *second = NULL;
  kgq_error *err = NULL;
  assert_int_equal(kgq_load_begin(h.conn, NULL, &second, &err), KGQ_LOCKED);
  assert_non_null(err);
  kgq_error_free(err);
  assert_null(second);
  for (int i = 0; i < 4; i++) {
    close_one(&h, i);
  }
}

static void a_forked_child_gets_misuse(void **state) {
  (void)state;
  handles h;
  open_all(&h);
  const pid_t child = fork();
  if (child == 0) {
    kgq_stmt *stmt = NULL;
    _exit(kgq_prepare(h.conn, "ASK {}", KGQ_NUL_TERMINATED, &stmt, NULL) == KGQ_MISUSE ? 0 : 1);
  }
  int status = 1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  for (int i = 0; i < 4; i++) {
    close_one(&h, i);
  }
}

static void columns_out_of_range_are_empty(void **state) {
  (void)state;
  handles h;
  open_all(&h);
  assert_string_equal(kgq_column_name(h.stmt, 7), "");
  assert_int_equal(kgq_column_kind(h.stmt, 0), KGQ_UNBOUND); /* no row yet */
  assert_int_equal(kgq_column_text(h.stmt, -1).len, 0);
  for (int i = 0; i < 4; i++) {
    close_one(&h, i);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(closing_in_any_order_is_fine), cmocka_unit_test(a_statement_outlives_its_database),
    cmocka_unit_test(destructors_take_null),        cmocka_unit_test(a_second_load_is_refused),
    cmocka_unit_test(a_forked_child_gets_misuse),   cmocka_unit_test(columns_out_of_range_are_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
