/* tests/unit/test_update.c: SPARQL Update: each operation on small data; what one request sees; what is
 * refused. */
#include "engine_fixture.h"

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  fixture_open(f);
  run_update(f, "INSERT DATA { :a :p 1 . :b :p 2 . GRAPH :g { :a :p 3 } GRAPH :h { :c :p 4 } }");
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture_close((fixture *)*state);
  free(*state);
  return 0;
}

/* All quads as "s p o [g]". */
static void check_quads(fixture *f, const char *expected) {
  assert_int_equal(kgq_set(f->conn, KGQ_SET_DEFAULT_GRAPH, KGQ_DEFAULT_GRAPH_STRICT), KGQ_OK);
  kgq_stmt *stmt = prepare_query(f, "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }");
  char *rows = rows_of(stmt, 1, "all quads");
  assert_string_equal(rows, expected);
  free(rows);
  kgq_finalize(stmt);
  assert_int_equal(kgq_set(f->conn, KGQ_SET_DEFAULT_GRAPH, KGQ_DEFAULT_GRAPH_UNION), KGQ_OK);
}

static void test_data(void **state) {
  fixture *f = *state;
  run_update(
      f, "INSERT DATA { :a :p 1 ; :q \"x\" } ; DELETE DATA { :b :p 2 . GRAPH :h { :c :p 4 } . :none :p 1 }");
  check_quads(f, ":a :p 1 -\n:a :p 3 :g\n:a :q \"x\" -");
}

static void test_modify(void **state) {
  fixture *f = *state;
  run_update(f, "DELETE { ?s :p ?n } INSERT { ?s :p ?m } WHERE { ?s :p ?n BIND(?n + 10 AS ?m) }");
  check_quads(f, ":a :p 11 -\n:a :p 3 :g\n:b :p 12 -\n:c :p 4 :h");
}

static void test_with_using_graph(void **state) {
  fixture *f = *state;
  run_update(f, "WITH :g DELETE { ?s :p ?n } INSERT { ?s :q ?n } WHERE { ?s :p ?n }");
  check_quads(f, ":a :p 1 -\n:a :q 3 :g\n:b :p 2 -\n:c :p 4 :h");
  run_update(f, "INSERT { GRAPH :k { ?s :r ?n } } USING :h WHERE { ?s :p ?n }");
  check_quads(f, ":a :p 1 -\n:a :q 3 :g\n:b :p 2 -\n:c :p 4 :h\n:c :r 4 :k");
  run_update(f, "DELETE WHERE { GRAPH ?g { ?s ?p 4 } }");
  check_quads(f, ":a :p 1 -\n:a :q 3 :g\n:b :p 2 -");
}

/* The WHERE is evaluated before anything changes: a swap loses nothing; deletes go before inserts. */
static void test_all_solutions_first(void **state) {
  fixture *f = *state;
  run_update(f, "DELETE { ?x :p ?m . ?y :p ?n } INSERT { ?x :p ?n . ?y :p ?m } "
                "WHERE { ?x :p ?m . ?y :p ?n FILTER(?m < ?n) }");
  check_quads(f, ":a :p 2 -\n:a :p 3 :g\n:b :p 1 -\n:c :p 4 :h");
}

static void test_one_request_sees_itself(void **state) {
  fixture *f = *state;
  run_update(f, "INSERT DATA { :new :knows :newer } ; INSERT { ?y :knownBy ?x } WHERE { ?x :knows ?y } ; "
                "DELETE WHERE { :new :knows ?y } ; INSERT { ?y :label ?l } WHERE { ?y :knownBy ?x "
                "BIND(STR(?x) AS ?l) }");
  check_quads(f, ":a :p 1 -\n:a :p 3 :g\n:b :p 2 -\n:c :p 4 :h\n:newer :knownBy :new -\n:newer :label "
                 "\"http://e/new\" -");
}

static void test_blank_nodes(void **state) {
  fixture *f = *state;
  run_update(f, "CLEAR ALL ; INSERT DATA { _:x :p _:x . _:y :p 1 }");
  check_quads(f, "_ :p 1 -\n_ :p _ -");
  run_update(f, "INSERT { [] :of ?s } WHERE { ?s :p ?o }");
  kgq_stmt *stmt = prepare_query(f, "SELECT (COUNT(DISTINCT ?x) AS ?n) { ?x :of ?s }");
  char *rows = rows_of(stmt, 1, "count");
  assert_string_equal(rows, "2"); /* a new node for each solution */
  free(rows);
  kgq_finalize(stmt);
  run_update(f, "CLEAR ALL ; INSERT { ?b :is ?b } WHERE { BIND(BNODE() AS ?b) }");
  check_quads(f, "_ :is _ -");
}

static void test_graphs(void **state) {
  fixture *f = *state;
  run_update(f, "COPY :g TO :h");
  check_quads(f, ":a :p 1 -\n:a :p 3 :g\n:a :p 3 :h\n:b :p 2 -");
  run_update(f, "ADD :g TO DEFAULT");
  check_quads(f, ":a :p 1 -\n:a :p 3 -\n:a :p 3 :g\n:a :p 3 :h\n:b :p 2 -");
  run_update(f, "MOVE DEFAULT TO :g");
  check_quads(f, ":a :p 1 :g\n:a :p 3 :g\n:a :p 3 :h\n:b :p 2 :g");
  run_update(f, "CLEAR GRAPH :g ; CREATE GRAPH :g ; DROP NAMED");
  check_quads(f, "");
}

static kgq_status status_of(fixture *f, const char *text) {
  kgq_stmt *stmt = NULL;
  char all[2000];
  (void)snprintf(all, sizeof all, PREFIXES "%s", text);
  kgq_status st = kgq_prepare(f->conn, all, KGQ_NUL_TERMINATED, &stmt, NULL);
  if (st == KGQ_OK) {
    st = kgq_step(stmt, NULL);
  }
  kgq_finalize(stmt);
  return st;
}

static void test_refused(void **state) {
  fixture *f = *state;
  assert_int_equal(status_of(f, "LOAD <http://e/file>"), KGQ_REFUSED);
  assert_int_equal(status_of(f, "LOAD SILENT <http://e/file>"), KGQ_DONE);
  assert_int_equal(status_of(f, "SELECT * { SERVICE <http://e/s> { ?s ?p ?o } }"), KGQ_REFUSED);
  assert_int_equal(status_of(f, "SELECT * { SERVICE SILENT <http://e/s> { ?s ?p ?o } }"), KGQ_ROW);
  assert_int_equal(status_of(f, "COPY :nowhere TO :g"), KGQ_DATA);
  assert_int_equal(status_of(f, "COPY SILENT :nowhere TO :g"), KGQ_DONE);
  assert_int_equal(status_of(f, "CREATE GRAPH :g"), KGQ_DATA);
  /* a failing operation takes the whole request with it */
  assert_int_equal(status_of(f, "INSERT DATA { :lost :p 1 } ; LOAD <http://e/file>"), KGQ_REFUSED);
  check_quads(f, ":a :p 1 -\n:a :p 3 :g\n:b :p 2 -\n:c :p 4 :h");
}

static void test_counts_and_parameters(void **state) {
  fixture *f = *state;
  kgq_stmt *stmt = prepare_query(f, "DELETE { ?s :p ?n } INSERT { ?s :p ?new } WHERE { ?s :p ?n }");
  uint64_t inserted = 0, deleted = 0;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(kgq_bind_iri(stmt, "s", "http://e/a", KGQ_NUL_TERMINATED, NULL), KGQ_OK);
    assert_int_equal(kgq_bind_int(stmt, "new", 100 + i, NULL), KGQ_OK);
    assert_int_equal(kgq_step(stmt, NULL), KGQ_DONE);
    assert_int_equal(kgq_update_counts(stmt, &inserted, &deleted), KGQ_OK);
    assert_int_equal(inserted, 1);
    assert_int_equal(deleted, 1);
    assert_int_equal(kgq_reset(stmt), KGQ_OK);
  }
  kgq_finalize(stmt);
  check_quads(f, ":a :p 102 -\n:a :p 3 :g\n:b :p 2 -\n:c :p 4 :h");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(test_data),
    TEST(test_modify),
    TEST(test_with_using_graph),
    TEST(test_all_solutions_first),
    TEST(test_one_request_sees_itself),
    TEST(test_blank_nodes),
    TEST(test_graphs),
    TEST(test_refused),
    TEST(test_counts_and_parameters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
