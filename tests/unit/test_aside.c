/* tests/unit/test_aside.c: rows put aside and told apart against plain arrays; DISTINCT, groups and
 * aggregates with DISTINCT of more rows than memory holds, with a budget, one row beyond it, given up at
 * every look, and with a disk that is full.
 */
#include "engine_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "query/unique.h"

static char folder[] = "/tmp/kgq-aside-XXXXXX";
static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t n) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 11) % n;
}

static void open_on_disk(fixture *f) {
  char path[64];
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = KGQ_OPEN_CREATE | KGQ_OPEN_NOSYNC;
  memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
  assert_non_null(mkdtemp(folder));
  (void)snprintf(path, sizeof path, "%s/db", folder);
  assert_int_equal(kgq_open(path, &options, &f->db, NULL), KGQ_OK);
  assert_int_equal(kgq_connect(f->db, &f->conn, NULL), KGQ_OK);
  assert_int_equal(kgq_set(f->conn, KGQ_SET_LANGUAGE, KGQ_LANG_SPARQL), KGQ_OK);
}

static void close_on_disk(fixture *f) {
  char command[64];
  fixture_close(f);
  (void)snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
}

/* ---- against arrays ----------------------------------------------------------------------------- */

#define WIDTH    3u
#define ROWS_MAX 3000u

/* An operator that does nothing, of a statement under way. */
static kg_op *make_op(kgq_stmt *stmt, uint32_t off) {
  static const kg_op_class nothing = { .name = "nothing" };
  const kg_plan_options plan = { off, 0 };
  kg_stmt_set_plan(stmt, &plan);
  assert_int_equal(kg_stmt_start(stmt, NULL), KGQ_OK);
  kg_op *op = kg_op_new(&stmt->execution.run, &stmt->execution.frame, &nothing, sizeof(kg_op), 0, NULL);
  assert_non_null(op);
  return op;
}

static int compare_rows(const void *a, const void *b) { /* by columns 1 and 2; 0 counts */
  const kg_id *x = a, *y = b;
  for (unsigned c = 1; c < WIDTH; c++) {
    if (x[c] != y[c]) {
      return x[c] < y[c] ? -1 : 1;
    }
  }
  return x[0] < y[0] ? -1 : x[0] > y[0];
}

static void fill_rows(kg_id *rows, uint32_t count, uint32_t different) {
  for (uint32_t i = 0; i < count; i++) {
    rows[i * WIDTH] = i;
    rows[i * WIDTH + 1] = (kg_id)below(different) << 40;
    rows[i * WIDTH + 2] = below(3);
  }
}

static void sort_aside(kg_op *op, uint32_t count, uint32_t different, bool once) {
  const kg_aside_spec spec = {
    .width = WIDTH, .first = 1, .key_count = 2, .once = once, .bytes_max = 1u << 20, .what = "a test"
  };
  kg_id *rows = calloc((size_t)count + 1, WIDTH * sizeof(kg_id));
  kg_aside *a = NULL;
  fill_rows(rows, count, different);
  assert_int_equal(kg_aside_new(op, &spec, &a, NULL), KGQ_OK);
  for (uint32_t i = 0; i < count; i++) {
    assert_int_equal(kg_aside_add(a, rows + i * WIDTH, NULL), KGQ_OK);
  }
  qsort(rows, count, WIDTH * sizeof(kg_id), compare_rows);
  assert_int_equal(kg_aside_sort(a, NULL), KGQ_OK);
  const kg_id *got = NULL;
  for (uint32_t i = 0; i < count; i++) {
    const kg_id *row = rows + i * WIDTH;
    if (!once || i == 0 || row[1] != (row - WIDTH)[1] || row[2] != (row - WIDTH)[2]) {
      assert_int_equal(kg_aside_next(a, &got, NULL), KGQ_OK);
      assert_non_null(got);
      assert_memory_equal(got, row, WIDTH * sizeof(kg_id));
    }
  }
  assert_int_equal(kg_aside_next(a, &got, NULL), KGQ_OK);
  assert_null(got);
  kg_aside_free(a);
  assert_int_equal(op->bytes, 0);
  free(rows);
}

/* All new rows together come in the order of first occurrence. */
static void tell_apart(kg_op *op, uint32_t count, uint32_t different) {
  kg_id *rows = calloc((size_t)count + 1, WIDTH * sizeof(kg_id));
  kg_unique u;
  uint32_t expected = 0;
  fill_rows(rows, count, different);
  assert_int_equal(kg_unique_init(&u, op, 2, "a test", NULL), KGQ_OK);
  bool *is_first = calloc((size_t)count + 1, sizeof(bool));
  for (uint32_t i = 0; i < count; i++) {
    bool known = false;
    for (uint32_t k = 0; k < i && !known; k++) {
      known = memcmp(rows + k * WIDTH + 1, rows + i * WIDTH + 1, 2 * sizeof(kg_id)) == 0;
    }
    is_first[i] = !known;
  }
  for (uint32_t i = 0; i < count; i++) {
    const kg_id *row = rows + i * WIDTH + 1;
    bool fresh = false;
    kg_unique_look(&u);
    assert_int_equal(kg_unique_add(&u, row, (uint32_t)kg_ids_hash(row, 2), &fresh, NULL), KGQ_OK);
    assert_true(!fresh || (is_first[i] && !kg_unique_is_late(&u)));
    is_first[i] = is_first[i] && !fresh;
    expected += is_first[i];
  }
  assert_int_equal(kg_unique_finish(&u, NULL), KGQ_OK);
  const kg_id *got = NULL;
  for (uint32_t i = 0; i < count; i++) {
    if (is_first[i]) {
      assert_int_equal(kg_unique_next_late(&u, &got, NULL), KGQ_OK);
      assert_non_null(got);
      assert_memory_equal(got, rows + i * WIDTH + 1, 2 * sizeof(kg_id));
      expected--;
    }
  }
  assert_int_equal(expected, 0);
  assert_int_equal(kg_unique_next_late(&u, &got, NULL), KGQ_OK);
  assert_null(got);
  kg_unique_free(&u);
  assert_int_equal(op->bytes, 0);
  free(is_first);
  free(rows);
}

static void rows_as_in_arrays(void **state) {
  static const uint32_t counts[] = { 0, 1, 4, 5, 6, 10, 11, 100, 1023, 1024, 1025, ROWS_MAX };
  fixture f;
  (void)state;
  open_on_disk(&f);
  kgq_stmt *stmt = prepare_query(&f, "SELECT * { ?s ?p ?o }");
  for (unsigned off = 0; off < 2; off++) {
    kg_op *op = make_op(stmt, off ? KG_OFF_SORT_MEMORY : 0);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
      for (uint32_t different = 1; different < 5000; different *= 17) {
        sort_aside(op, counts[i], different, false);
        sort_aside(op, counts[i], different, true);
        tell_apart(op, counts[i], different);
      }
    }
    assert_int_equal(op->spilled_bytes > 0, off);
    assert_int_equal(kgq_reset(stmt), KGQ_OK);
  }
  kgq_finalize(stmt);
  close_on_disk(&f);
}

/* As many as have room, and one more. */
static void one_beyond(void **state) {
  fixture f;
  (void)state;
  open_on_disk(&f);
  kgq_stmt *stmt = prepare_query(&f, "SELECT * { ?s ?p ?o }");
  kg_op *op = make_op(stmt, KG_OFF_SORT_MEMORY);
  kg_unique u;
  assert_int_equal(kg_unique_init(&u, op, 1, "a test", NULL), KGQ_OK);
  for (kg_id id = 1; id <= KG_FEW_ROWS + 1; id++) {
    bool fresh = false;
    assert_int_equal(kg_unique_add(&u, &id, (uint32_t)kg_ids_hash(&id, 1), &fresh, NULL), KGQ_OK);
    assert_int_equal(fresh, id <= KG_FEW_ROWS);
    assert_int_equal(kg_unique_is_late(&u), id > KG_FEW_ROWS);
  }
  kg_unique_free(&u);
  kgq_finalize(stmt);
  close_on_disk(&f);
}

/* ---- statements --------------------------------------------------------------------------------- */

#define STAR          "?s :p ?o ; :q ?q "
#define UNION_OF_BOTH "{ ?s :p ?o } UNION { ?o :q ?q } "

static const char *const queries[] = {
  "SELECT DISTINCT ?s ?o { { ?s :p ?o } UNION { ?s :q ?o } }",
  "SELECT DISTINCT ?o { ?s :p ?o }",
  "SELECT ?o (COUNT(*) AS ?n) (SUM(?q) AS ?t) (MIN(?q) AS ?m) (SAMPLE(?q) AS ?a) { " UNION_OF_BOTH
  "} GROUP BY ?o",
  "SELECT ?q (COUNT(DISTINCT ?o) AS ?n) (COUNT(DISTINCT ?s) AS ?m) (AVG(?q) AS ?t) { " STAR "} GROUP BY ?q",
  "SELECT (COUNT(DISTINCT ?o) AS ?n) (COUNT(DISTINCT *) AS ?m) (SUM(DISTINCT ?q) AS ?t) { ?s :p ?o ; :q ?q }",
  "SELECT ?s ?o (COUNT(*) AS ?n) { ?s :p ?o . ?s :q ?q } GROUP BY ?s ?o",
  "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?q ?s { ?s :p ?o ; :q ?q } }",
};
#define QUERY_COUNT (sizeof queries / sizeof queries[0])
#define THINGS      40000u

static void add_things(fixture *f) {
  kgq_load *load = NULL;
  char line[200];
  assert_int_equal(kgq_load_begin(f->conn, NULL, &load, NULL), KGQ_OK);
  char *all = malloc((size_t)THINGS * 2 * sizeof line);
  size_t bytes = 0;
  for (uint32_t i = 0; i < THINGS; i++) {
    bytes += (size_t)sprintf(all + bytes, "<http://e/s%u> <http://e/p> <http://e/o%u> .\n", i, below(THINGS));
    bytes += (size_t)sprintf(all + bytes, "<http://e/s%u> <http://e/q> %u .\n", i, below(300));
  }
  assert_int_equal(kgq_load_bytes(load, "a.ttl", all, bytes, NULL), KGQ_OK);
  assert_int_equal(kgq_load_commit(load, NULL, NULL), KGQ_OK);
  kgq_load_free(load);
  free(all);
}

static uint64_t spilled(const kgq_stmt *stmt) {
  uint64_t bytes = 0;
  for (const kg_op *op = stmt->execution.run.ops; op; op = op->next_of_run) {
    bytes += op->spilled_bytes;
  }
  return bytes;
}

/* Sum over rows of a hash of their ids, which are the same in each run. */
static kgq_status ask(kgq_stmt *stmt, uint64_t *rows, uint64_t *sum, uint64_t *on_disk, kgq_error **err) {
  kgq_status st = KGQ_OK;
  *rows = *sum = *on_disk = 0;
  for (;;) {
    uint32_t count = 0;
    st = kg_stmt_rows(stmt, &count, err);
    if (st != KGQ_ROW) {
      return st;
    }
    for (uint32_t r = 0; r < count; r++) {
      kg_id row[8];
      const uint32_t at = stmt->row + 1 - count + r;
      for (int c = 0; c < stmt->column_count; c++) {
        row[c] = stmt->batch->columns[c][at];
      }
      *sum += kg_ids_hash(row, (uint32_t)stmt->column_count);
    }
    *rows += count;
    *on_disk = spilled(stmt);
  }
}

static void same_under_a_budget(void **state) {
  static const uint64_t budgets[] = { 0, 64u << 20, 4u << 20, 3u << 20 };
  fixture f;
  (void)state;
  open_on_disk(&f);
  add_things(&f);
  for (size_t q = 0; q < QUERY_COUNT; q++) {
    kgq_stmt *stmt = prepare_query(&f, queries[q]);
    uint64_t wanted_rows = 0, wanted_sum = 0, rows = 0, sum = 0, on_disk = 0;
    for (size_t b = 0; b < sizeof budgets / sizeof budgets[0]; b++) {
      kgq_error *err = NULL;
      assert_int_equal(kgq_set_limit(f.conn, KGQ_LIMIT_MEMORY_BYTES, budgets[b]), KGQ_OK);
      if (ask(stmt, &rows, &sum, &on_disk, &err) != KGQ_DONE) {
        fail_with("step", queries[q], err);
      }
      wanted_rows = b ? wanted_rows : rows;
      wanted_sum = b ? wanted_sum : sum;
      assert_int_equal(rows, wanted_rows);
      assert_int_equal(sum, wanted_sum);
      assert_true(b > 1 || on_disk == 0);
      assert_int_equal(kgq_reset(stmt), KGQ_OK);
    }
    print_message("%llu rows, %llu bytes on disk: %s\n", (unsigned long long)rows,
                  (unsigned long long)on_disk, queries[q]);
    kgq_finalize(stmt);
  }
  close_on_disk(&f);
}

/* Given up at a look, wherever that is: the limit, and nothing else; then the statement runs as before. */
static void given_up_anywhere(void **state) {
  fixture f;
  const kg_plan_options few = { KG_OFF_SORT_MEMORY, 0 };
  (void)state;
  open_on_disk(&f);
  run_update(&f,
             "INSERT DATA { :a :p 1, 2, 3, 4, 5, 6, 7, 8, 9 ; :q 1, 2, 3 . :b :p 4, 5, 6, 7, 8, 9, 10, 11 ; "
             ":q 3, 4, 5, 6, 7, 8 . :c :p 3 ; :q 9 }");
  for (size_t q = 0; q < QUERY_COUNT; q++) {
    kgq_stmt *stmt = prepare_query(&f, queries[q]);
    uint64_t rows = 0, sum = 0, on_disk = 0, more = 0, again = 0;
    kg_stmt_set_plan(stmt, &few);
    assert_int_equal(ask(stmt, &rows, &sum, &on_disk, NULL), KGQ_DONE);
    kgq_status st = KGQ_LIMIT;
    for (uint64_t look = 1; st == KGQ_LIMIT; look++) {
      assert_int_equal(kgq_reset(stmt), KGQ_OK);
      stmt->cancel.looks = 0;
      stmt->cancel.looks_max = look;
      st = ask(stmt, &more, &again, &on_disk, NULL);
      assert_true(st == KGQ_LIMIT || st == KGQ_DONE);
    }
    stmt->cancel.looks_max = 0;
    assert_int_equal(more, rows);
    assert_int_equal(again, sum);
    kgq_finalize(stmt);
  }
  close_on_disk(&f);
}

static void full_disk(void **state) {
  const struct rlimit little = { 4096, RLIM_INFINITY };
  struct rlimit usual;
  fixture f;
  (void)state;
  open_on_disk(&f);
  add_things(&f);
  assert_int_equal(kgq_set_limit(f.conn, KGQ_LIMIT_MEMORY_BYTES, 2u << 20), KGQ_OK);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
  (void)signal(SIGXFSZ, SIG_IGN);
  for (size_t q = 0; q < 2; q++) {
    kgq_stmt *stmt = prepare_query(&f, queries[q * 2]);
    uint64_t rows = 0, sum = 0, on_disk = 0;
    kgq_error *err = NULL;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    const kgq_status st = ask(stmt, &rows, &sum, &on_disk, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    assert_true(st != KGQ_DONE);
    assert_non_null(strstr(kgq_error_message(err), "cannot write a temporary file"));
    kgq_error_free(err);
    assert_int_equal(kgq_reset(stmt), KGQ_OK);
    assert_int_equal(ask(stmt, &rows, &sum, &on_disk, NULL), KGQ_DONE);
    kgq_finalize(stmt);
  }
  close_on_disk(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(rows_as_in_arrays), cmocka_unit_test(one_beyond), cmocka_unit_test(same_under_a_budget),
    cmocka_unit_test(given_up_anywhere), cmocka_unit_test(full_disk),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
