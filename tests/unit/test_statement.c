/* tests/unit/test_statement.c: the public life of a statement: parameters, columns, limits, interrupt, plans,
 * messages. */
#include "engine_fixture.h"

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  fixture_open(f);
  run_update(
      f, "INSERT DATA { :a :p 1 ; :name \"Ann\"@en ; :size 1.5 . :b :p 2 . :c :p 3 . GRAPH :g { :d :p 4 } }");
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture_close((fixture *)*state);
  free(*state);
  return 0;
}

static void check_once(kgq_stmt *stmt, const char *expected) {
  char *rows = rows_of(stmt, 1, "parameter");
  assert_string_equal(rows, expected);
  free(rows);
  assert_int_equal(kgq_reset(stmt), KGQ_OK);
}

static void test_parameters(void **state) {
  fixture *f = *state;
  kgq_stmt *stmt =
      prepare_query(f, "SELECT ?s ?n { { ?s :p ?n } UNION { ?s :p ?m FILTER(?n = 99) BIND(?m AS ?k) } }");
  check_once(stmt, ":a 1\n:b 2\n:c 3\n:d 4");
  assert_int_equal(kgq_bind_int(stmt, "n", 2, NULL), KGQ_OK);
  check_once(stmt, ":b 2");
  assert_int_equal(kgq_bind_int(stmt, "?n", 99, NULL), KGQ_OK); /* seen in filters of every group */
  check_once(stmt, ":a 99\n:b 99\n:c 99\n:d 99");
  assert_int_equal(kgq_clear_bindings(stmt), KGQ_OK);
  assert_int_equal(kgq_bind_iri(stmt, "s", "http://e/c", KGQ_NUL_TERMINATED, NULL), KGQ_OK);
  check_once(stmt, ":c 3");
  assert_int_equal(kgq_bind_iri(stmt, "s", "http://e/unknown", KGQ_NUL_TERMINATED, NULL), KGQ_OK);
  check_once(stmt, "");
  assert_int_equal(kgq_bind_int(stmt, "nobody", 1, NULL), KGQ_MISUSE);
  assert_int_equal(kgq_bind_iri(stmt, "s", "not an iri", KGQ_NUL_TERMINATED, NULL), KGQ_DATA);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_DONE);
  assert_int_equal(kgq_bind_int(stmt, "n", 1, NULL), KGQ_MISUSE); /* only before the first step */
  kgq_finalize(stmt);
}

static void test_parameter_kinds(void **state) {
  fixture *f = *state;
  kgq_stmt *stmt = prepare_query(f, "SELECT ?v { BIND(1 AS ?x) }");
  assert_int_equal(kgq_bind_text(stmt, "v", "Ann", 3, "en", NULL), KGQ_OK);
  check_once(stmt, "\"Ann\"@en");
  assert_int_equal(kgq_bind_text(stmt, "v", "x", 1, NULL, NULL), KGQ_OK);
  check_once(stmt, "\"x\"");
  assert_int_equal(kgq_bind_double(stmt, "v", 0.25, NULL), KGQ_OK);
  check_once(stmt, "\"2.5E-1\"");
  assert_int_equal(kgq_bind_double(stmt, "v", 100, NULL), KGQ_OK);
  check_once(stmt, "\"1.0E2\"");
  assert_int_equal(kgq_bind_typed(stmt, "v", "1.50", 4, KG_XSD_DECIMAL, NULL), KGQ_OK);
  check_once(stmt, "1.50");
  assert_int_equal(kgq_bind_term(stmt, "v", "\"a\"@ko", KGQ_NUL_TERMINATED, NULL), KGQ_OK);
  check_once(stmt, "\"a\"@ko");
  assert_int_equal(kgq_bind_text(stmt, "v", "\xff", 1, NULL, NULL), KGQ_DATA);
  kgq_finalize(stmt);
}

static void test_parameters_everywhere(void **state) {
  fixture *f = *state;
  static const char *const queries[] = {
    "SELECT ?n { ?s :p ?n FILTER EXISTS { ?s :name ?m } }",
    "SELECT ?n { ?s :p ?n { SELECT ?n { ?s :p ?n } } }",
    "SELECT ?n { VALUES ?s { :a :b } ?s :p ?n }",
    "SELECT ?n { ?t :p ?n BIND(?t AS ?s) }",
    "SELECT ?n { OPTIONAL { ?s :p ?n } }",
    "SELECT (MAX(?m) AS ?n) { ?s :p ?m } GROUP BY ?s",
    "SELECT ?n { GRAPH ?g { ?d :p ?d4 } ?s :p ?n }",
    "SELECT DISTINCT ?n { ?s :p|:p ?n }",
    "SELECT ?n { ?s :p ?n MINUS { ?s :size 2.5 } } ORDER BY ?s LIMIT 1",
  };
  for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
    kgq_stmt *stmt = prepare_query(f, queries[i]);
    assert_int_equal(kgq_bind_iri(stmt, "s", "http://e/a", KGQ_NUL_TERMINATED, NULL), KGQ_OK);
    char *rows = rows_of(stmt, 1, queries[i]);
    if (strcmp(rows, "1") != 0) {
      fail_msg("%s gives\n%s", queries[i], rows);
    }
    free(rows);
    kgq_finalize(stmt);
  }
}

static void test_columns(void **state) {
  fixture *f = *state;
  kgq_stmt *stmt = prepare_query(f, "SELECT ?name ?size ?none { :a :name ?name ; :size ?size }");
  assert_int_equal(kgq_stmt_form(stmt), KGQ_FORM_SELECT);
  assert_int_equal(kgq_column_count(stmt), 3);
  assert_string_equal(kgq_column_name(stmt, 1), "size");
  assert_string_equal(kgq_column_name(stmt, 9), "");
  assert_int_equal(kgq_column_kind(stmt, 0), KGQ_UNBOUND); /* no row yet */
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW);
  assert_string_equal(kgq_column_text(stmt, 0).ptr, "Ann");
  assert_int_equal(kgq_column_kind(stmt, 0), KGQ_LITERAL);
  assert_true(kgq_column_double(stmt, 1) > 1.49 && kgq_column_double(stmt, 1) < 1.51);
  assert_int_equal(kgq_column_int(stmt, 1), 1);
  assert_int_equal(kgq_column_int(stmt, 0), 0);
  assert_int_equal(kgq_column_kind(stmt, 2), KGQ_UNBOUND);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_DONE);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_DONE);
  kgq_finalize(stmt);
}

#define MANY_ROWS                                                                                            \
  "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?q ?r ?s . ?t ?u ?v . ?w ?x ?y . ?z "   \
  "?p ?l2 }"

static kgq_status run_all(kgq_stmt *stmt, kgq_error **err) {
  kgq_status st;
  do {
    st = kgq_step(stmt, err);
  } while (st == KGQ_ROW);
  return st;
}

static void test_limits(void **state) {
  fixture *f = *state;
  static const char *const greedy[] = {
    "SELECT * { { " MANY_ROWS " } } ORDER BY ?a ?z",
    "SELECT DISTINCT * { { " MANY_ROWS " } }",
    "SELECT ?a ?z ?y ?v ?s ?o (COUNT(*) AS ?cc) { { " MANY_ROWS " } } GROUP BY ?a ?z ?y ?v ?s ?o ?l ?i ?f",
  };
  (void)kgq_set_limit(f->conn, KGQ_LIMIT_MEMORY_BYTES, 8u << 20);
  for (size_t i = 0; i < sizeof greedy / sizeof greedy[0]; i++) {
    kgq_stmt *stmt = prepare_query(f, greedy[i]);
    assert_int_equal(run_all(stmt, NULL), KGQ_LIMIT);
    kgq_finalize(stmt);
  }
  (void)kgq_set_limit(f->conn, KGQ_LIMIT_MEMORY_BYTES, 0);
  (void)kgq_set_limit(f->conn, KGQ_LIMIT_TIME_MS, 30);
  kgq_stmt *stmt = prepare_query(f, MANY_ROWS);
  assert_int_equal(run_all(stmt, NULL), KGQ_LIMIT);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_MISUSE); /* until it is reset */
  kgq_finalize(stmt);
  (void)kgq_set_limit(f->conn, KGQ_LIMIT_TIME_MS, 0);
}

static void test_row_limit(void **state) {
  fixture *f = *state;
  for (uint64_t most = 3; most <= 4; most++) { /* four rows: over the limit and exactly at it */
    (void)kgq_set_limit(f->conn, KGQ_LIMIT_ROWS, most);
    kgq_stmt *stmt = prepare_query(f, "SELECT ?s { ?s :p ?o }");
    assert_int_equal(run_all(stmt, NULL), most == 3 ? KGQ_LIMIT : KGQ_DONE);
    kgq_finalize(stmt);
  }
}

static void test_interrupt(void **state) {
  fixture *f = *state;
  kgq_stmt *stmt = prepare_query(f, MANY_ROWS);
  kgq_interrupt(f->conn); /* nothing under way: no effect */
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW);
  kgq_interrupt(f->conn);
  assert_int_equal(run_all(stmt, NULL), KGQ_INTERRUPTED);
  assert_int_equal(kgq_reset(stmt), KGQ_OK);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW); /* the connection is usable on */
  kgq_finalize(stmt);
}

static int collect(void *arg, const char *bytes, size_t count) {
  strncat((char *)arg, bytes, count);
  return 0;
}

static void test_explain(void **state) {
  fixture *f = *state;
  static char text[8192];
  kgq_stmt *stmt =
      prepare_query(f, "SELECT ?s { ?s :p ?n OPTIONAL { ?s :name ?m } FILTER(?n > 1) } ORDER BY ?s LIMIT 2");
  text[0] = 0;
  assert_int_equal(kgq_explain(stmt, "plan", collect, text, NULL), KGQ_OK);
  assert_non_null(strstr(text, "slice limit 2"));
  assert_non_null(strstr(text, "sort ?s first 2"));
  assert_non_null(strstr(text, "scan ?s <http://e/p> ?n in all graphs"));
  assert_non_null(strstr(text, "about"));
  text[0] = 0;
  assert_int_equal(kgq_explain(stmt, "analyze", collect, text, NULL), KGQ_OK);
  assert_non_null(strstr(text, "; 2 rows, "));
  text[0] = 0;
  assert_int_equal(kgq_explain(stmt, "sparql", collect, text, NULL), KGQ_OK);
  assert_non_null(strstr(text, "OPTIONAL"));
  assert_int_equal(kgq_explain(stmt, "nonsense", collect, text, NULL), KGQ_MISUSE);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW); /* explaining leaves it as it was */
  kgq_finalize(stmt);
}

static void test_explain_update(void **state) {
  fixture *f = *state;
  static char text[8192];
  kgq_stmt *stmt =
      prepare_query(f, "DELETE { ?s :p ?n } WHERE { ?s :p ?n FILTER(?n > 1) } ; CLEAR GRAPH :none ; "
                       "DELETE WHERE { ?s :none ?n }");
  text[0] = 0;
  assert_int_equal(kgq_explain(stmt, "plan", collect, text, NULL), KGQ_OK);
  assert_non_null(strstr(text, "update: delete and insert for each match of\n  "));
  assert_non_null(strstr(text, "scan ?s <http://e/p> ?n in "));
  assert_non_null(strstr(text, "\nupdate: clear\nupdate: delete what matches\n  "));
  kgq_finalize(stmt);
  stmt = prepare_query(f, "SELECT ?s { ?s :p ?n } LIMIT 1"); /* nothing was deleted */
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW);
  kgq_finalize(stmt);
}

static void take_message(void *arg, int32_t severity, const kgq_error *message) {
  (void)severity;
  (void)snprintf((char *)arg, 400, "%s", kgq_error_message(message));
}

static void check_message(fixture *f, const char *query, const char *expected) {
  char text[400] = "";
  kgq_set_message(f->conn, take_message, text);
  kgq_stmt *stmt = prepare_query(f, query);
  (void)kgq_step(stmt, NULL);
  kgq_finalize(stmt);
  kgq_set_message(f->conn, NULL, NULL);
  if (!strstr(text, expected) || (expected[0] == 0 && text[0] != 0)) {
    fail_msg("%s\nsays \"%s\"", query, text);
  }
}

static void test_messages(void **state) {
  fixture *f = *state;
  check_message(f, "SELECT * { ?s :misspelt ?o }", "does not have <http://e/misspelt>");
  check_message(f, "SELECT * FROM :g { :a :p ?o }", "other graphs");
  check_message(f, "SELECT * { :a :p ?o }", "");
  check_message(f, "SELECT * { :a :p 2 }", "");
  check_message(f, "DELETE WHERE { :d :p ?o }", "named graphs");
  check_message(f,
                "SELECT * { "
                "VALUES ?x { 1 2 3 4 5 6 7 8 9 0 } VALUES ?y { 1 2 3 4 5 6 7 8 9 0 } "
                "VALUES ?z { 1 2 3 4 5 6 7 8 9 0 } VALUES ?v { 1 2 3 4 5 6 7 8 9 0 } "
                "VALUES ?w { 1 2 3 4 5 6 7 8 9 0 } VALUES ?u { 1 2 3 4 5 6 7 8 9 0 } "
                "VALUES ?t { 1 2 3 4 5 6 7 8 9 0 } } LIMIT 1",
                "no variable in common");
}

/* Handles may be given back in any order. */
static void test_handles(void **state) {
  fixture f;
  (void)state;
  fixture_open(&f);
  run_update(&f, "INSERT DATA { :a :p 1 }");
  kgq_stmt *stmt = prepare_query(&f, "SELECT ?s { ?s :p ?o }");
  fixture_close(&f);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW);
  assert_string_equal(kgq_column_text(stmt, 0).ptr, "http://e/a");
  kgq_finalize(stmt);
  kgq_finalize(NULL);
}

/* Rows come from the snapshot of the first step; after a reset from a new one. */
static void test_snapshot(void **state) {
  fixture *f = *state;
  kgq_stmt *stmt = prepare_query(f, "SELECT ?s { ?s :p ?o }");
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW);
  run_update(f, "DELETE WHERE { ?s :p ?o }");
  int rows = 1;
  while (kgq_step(stmt, NULL) == KGQ_ROW) {
    rows++;
  }
  assert_int_equal(rows, 4);
  assert_int_equal(kgq_reset(stmt), KGQ_OK);
  check_once(stmt, ":d");
  kgq_finalize(stmt);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(test_parameters), TEST(test_parameter_kinds), TEST(test_parameters_everywhere),
    TEST(test_columns),    TEST(test_limits),          TEST(test_row_limit),
    TEST(test_interrupt),  TEST(test_explain),         TEST(test_explain_update),
    TEST(test_messages),   TEST(test_handles),         TEST(test_snapshot),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
