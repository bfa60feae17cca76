/* tests/unit/test_limits.c: the 200 costly queries under a deadline and under a memory limit.
 *
 * The deadline is over at a look that the test chooses, so that what happens after it can be counted: no
 * operator may ask for another batch, whatever it was in the middle of, and no expression may take the limit
 * for one of its errors. Memory is measured in a child process for each query.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "query/statement.h"
#include "tests/unit/costly_queries.h"

#define MIB            (1024u * 1024u)
#define BUDGET_MIB     64u
#define CACHE_MIB      64u /* of kgq_open without options */
#define MEMORY_QUERIES 2u  /* of each kind that fills */

/* Under valgrind and the sanitizers memory is not ours to measure, and all is slower. */
static int is_instrumented(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 1;
#else
  const char *preloaded = getenv("LD_PRELOAD");
  return preloaded && strstr(preloaded, "vgpreload") != NULL;
#endif
}

static kgq_status run(kgq_stmt *stmt, kgq_error **err) {
  kgq_status st = KGQ_ROW;
  while (st == KGQ_ROW) {
    st = kgq_step(stmt, err);
  }
  return st;
}

static void check_message(kgq_error *err, const char *wanted, const char *query) {
  if (!strstr(kgq_error_message(err), wanted)) {
    fail_msg("%s\nin %s", kgq_error_message(err), query);
  }
  assert_true(strlen(kgq_error_hint(err)) > 0);
  kgq_error_free(err);
}

/* The connection is as good as new. */
static void check_answers(kgq_conn *conn) {
  kgq_stmt *stmt = NULL;
  assert_int_equal(kgq_prepare(conn, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", KGQ_NUL_TERMINATED, &stmt, NULL),
                   KGQ_OK);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW);
  assert_int_equal(kgq_column_int(stmt, 0), COSTLY_THINGS * 6);
  kgq_finalize(stmt);
}

/* ---- deadline ----------------------------------------------------------------------------------- */

static void stop_at(kgq_stmt *stmt, uint64_t look, const char *query) {
  kgq_error *err = NULL;
  stmt->cancel.looks = 0;
  stmt->cancel.looks_max = look;
  const kgq_status st = run(stmt, &err);
  if (st != KGQ_LIMIT) {
    fail_msg("%s at look %llu: %s\nin %s", kgq_status_name(st), (unsigned long long)look,
             err ? kgq_error_message(err) : "", query);
  }
  check_message(err, "time limit", query);
  if (stmt->cancel.looks != look) {
    fail_msg("%llu batches after the deadline at look %llu\nin %s",
             (unsigned long long)(stmt->cancel.looks - look), (unsigned long long)look, query);
  }
  if (stmt->cancel.bytes_used != 0) {
    fail_msg("%zu bytes are still held after the limit\nin %s", stmt->cancel.bytes_used, query);
  }
  assert_int_equal(kgq_reset(stmt), KGQ_OK);
}

static void deadline_stops_at_the_next_batch(void **state) {
  static const uint64_t looks[] = { 1, 2, 3, 5, 8, 13, 40, 100, 250 };
  (void)state;
  char *data = costly_data(), query[COSTLY_BYTES];
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  assert_int_equal(costly_open(data, &db, &conn, NULL), KGQ_OK);
  for (unsigned i = 0; i < COSTLY_QUERIES; i += is_instrumented() ? 7 : 1) {
    kgq_stmt *stmt = NULL;
    costly_query(i, query);
    assert_int_equal(kgq_prepare(conn, query, KGQ_NUL_TERMINATED, &stmt, NULL), KGQ_OK);
    for (size_t k = 0; k < sizeof looks / sizeof looks[0]; k++) {
      stop_at(stmt, looks[k], query);
    }
    kgq_finalize(stmt);
    check_answers(conn);
  }
  kgq_disconnect(conn);
  assert_int_equal(kgq_close(db), KGQ_OK);
  free(data);
}

/* The same through the public functions alone, by the clock. */
static void deadline_by_the_clock(void **state) {
  (void)state;
  char *data = costly_data(), query[COSTLY_BYTES];
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  assert_int_equal(costly_open(data, &db, &conn, NULL), KGQ_OK);
  for (unsigned i = 0; i < COSTLY_QUERIES; i += is_instrumented() ? 7 : 1) {
    kgq_stmt *stmt = NULL;
    kgq_error *err = NULL;
    costly_query(i, query);
    assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_TIME_MS, 1), KGQ_OK);
    assert_int_equal(kgq_prepare(conn, query, KGQ_NUL_TERMINATED, &stmt, NULL), KGQ_OK);
    assert_int_equal(run(stmt, &err), KGQ_LIMIT);
    check_message(err, "time limit of 1 ms", query);
    kgq_finalize(stmt);
    assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_TIME_MS, 0), KGQ_OK);
    check_answers(conn);
  }
  kgq_disconnect(conn);
  assert_int_equal(kgq_close(db), KGQ_OK);
  free(data);
}

/* ---- memory ------------------------------------------------------------------------------------- */

/* In a child process: its exit status is 0 when the query ends in the memory limit of `mib`. */
static int run_in_child(const char *data, const char *query, unsigned mib) {
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  char wanted[64];
  snprintf(wanted, sizeof wanted, "memory limit of %u MiB", mib);
  if (costly_open(data, &db, &conn, &err) != KGQ_OK ||
      kgq_set_limit(conn, KGQ_LIMIT_MEMORY_BYTES, (uint64_t)mib * MIB) != KGQ_OK ||
      kgq_prepare(conn, query, KGQ_NUL_TERMINATED, &stmt, &err) != KGQ_OK) {
    fprintf(stderr, "%s\n", kgq_error_message(err));
    return 2;
  }
  const kgq_status st = run(stmt, &err);
  const int good = st == KGQ_LIMIT && strstr(kgq_error_message(err), wanted) != NULL;
  if (!good) {
    fprintf(stderr, "%s: %s\n", kgq_status_name(st), err ? kgq_error_message(err) : "no error");
  }
  kgq_error_free(err);
  kgq_finalize(stmt);
  kgq_disconnect(conn);
  return good && kgq_close(db) == KGQ_OK ? 0 : 1;
}

/* Peak of resident memory in KiB of a process that asks this query. */
static long measure(const char *data, const char *query, unsigned mib) {
  struct rusage usage;
  int status = 0;
  fflush(NULL);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    alarm(300);
    _exit(run_in_child(data, query, mib));
  }
  assert_int_equal(wait4(child, &status, 0, &usage), child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fail_msg("status %d in %s", status, query);
  }
  return usage.ru_maxrss;
}

static void memory_stays_within_its_limit(void **state) {
  const long most = (BUDGET_MIB + CACHE_MIB) * 1024 * 11 / 10;
  (void)state;
  if (is_instrumented()) {
    skip();
  }
  char *data = costly_data(), query[COSTLY_BYTES];
  long peak = 0;
  for (unsigned i = 0; i < COSTLY_KINDS * MEMORY_QUERIES; i++) {
    if (!costly_kind_of(i)->fills) {
      continue;
    }
    costly_query(i, query);
    const long used = measure(data, query, BUDGET_MIB);
    if (used > most) {
      fail_msg("%ld KiB of %ld in %s", used, most, query);
    }
    peak = used > peak ? used : peak;
  }
  print_message("peak of resident memory: %ld MiB of %u\n", peak / 1024, (BUDGET_MIB + CACHE_MIB) * 11 / 10);
  free(data);
}

/* What one path reaches, and the nodes it may start from, with more of them than the budget holds. */
static void paths_keep_within_memory(void **state) {
  static const char *const queries[] = {
    "SELECT * { <http://e/l0> <http://e/q>* ?x }",
    "SELECT * { <http://e/l0> (<http://e/q>|^<http://e/q>)+ ?x }",
    "SELECT (COUNT(*) AS ?n) { ?x <http://e/q>* ?y }",
    "SELECT * { <http://e/l0> (!<http://e/none>)* ?x }",
    "SELECT * { <http://e/l0> <http://e/q>+/<http://e/q>* ?x }",
  };
  (void)state;
  const size_t capacity = (size_t)COSTLY_LEAVES * 64;
  char *data = (char *)malloc(capacity);
  size_t length = 0;
  assert_non_null(data);
  for (unsigned i = 1; i < COSTLY_LEAVES; i++) { /* a tree, so that rounds are large */
    length += (size_t)snprintf(data + length, capacity - length,
                               "<http://e/l%u> <http://e/q> <http://e/l%u> .\n", (i - 1) / 500, i);
  }
  for (size_t i = 0; i < sizeof queries / sizeof queries[0] && !is_instrumented(); i++) {
    (void)measure(data, queries[i], 1);
  }
  free(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(memory_stays_within_its_limit), /* first: a child begins with what its parent holds */
    cmocka_unit_test(paths_keep_within_memory),
    cmocka_unit_test(deadline_stops_at_the_next_batch),
    cmocka_unit_test(deadline_by_the_clock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
