/* tests/unit/test_reach.c: repeated paths over a larger graph: the same rows with steps kept and from both
 * ends as by plain walks from one end.
 *
 * A random graph with cycles, chains, a node with many links and some that stand alone, in two graphs; paths
 * with both ends free, one or both bound, by constants, by columns, and twice the same variable.
 */
#include "tests/unit/engine_fixture.h"

#define NODES 80u

static void add_links(fixture *f, uint32_t *state, unsigned count, const char *graph) {
  char text[4096];
  size_t n = (size_t)snprintf(text, sizeof text, "INSERT DATA { GRAPH :%s { :n0 :p :n%u", graph, count);
  for (unsigned i = 0; i < count && n + 100 < sizeof text; i++) {
    *state = *state * 1664525u + 1013904223u;
    const unsigned from = *state >> 9 & 7 ? (*state >> 12) % NODES : 1;
    n += (size_t)snprintf(text + n, sizeof text - n, " . :n%u :%s :n%u", from, *state >> 29 & 1 ? "p" : "q",
                          (*state >> 20) % NODES);
  }
  (void)snprintf(text + n, sizeof text - n, " } }");
  run_update(f, text);
}

static int open_graph(void **state) {
  static fixture f;
  uint32_t seed = 11;
  fixture_open(&f);
  add_links(&f, &seed, 60, "g");
  add_links(&f, &seed, 60, "h");
  run_update(&f, "INSERT DATA { :n1 :at :n5 . :n2 :at :n9 . :n1 :at :n7 . :n3 :at :n3 . :n70 :at :out }");
  *state = &f;
  return 0;
}

static int close_graph(void **state) {
  fixture_close((fixture *)*state);
  return 0;
}

static const char *const queries[] = {
  "SELECT * { ?x :p+ ?y }",
  "SELECT * { ?x :p* ?y }",
  "SELECT * { ?x ^:p+ ?y }",
  "SELECT * { ?x ^(:p+) ?y }",
  "SELECT * { ?x (:p|^:q)+ ?y }",
  "SELECT * { ?x (:p/:q)+ ?y }",
  "SELECT * { ?x (:p/:q?)+ ?y }",
  "SELECT * { ?x (:p*/:q)+ ?y }",
  "SELECT * { ?x (:p/:q/^:p)* ?y }",
  "SELECT * { ?x ^((:p/^:q)+) ?y }",
  "SELECT * { ?x (^:p/:q)+ ?x }",
  "SELECT * { :n1 (:p/:q/:p)+ ?y }",
  "SELECT * { ?x (:p/:q?/!:p)+ :n9 }",
  "SELECT * { ?x (:p/:p/:p/:q/:p/:p/:p/:p)* ?y }",
  "SELECT * { ?x (:p/:p/:p/:q/:p/:p/:p/:p/:p)* ?y }",
  "SELECT * { ?x :at ?y . ?x (:p/^:q)+ ?y }",
  "SELECT * { ?x :at ?y . ?y (:p/:p/^:q)* ?x }",
  "SELECT * { VALUES (?x ?y) { (:n1 :n9) (:n1 :n1) (:n9 :n1) (:n3 :n3) (:gone :gone) } ?x (:p/:q)+ ?y }",
  "SELECT * { VALUES (?x ?y) { (:n1 :n9) (:n1 :n1) (:n9 :n1) (:n3 :n3) (:gone :gone) } ?x (:p/:p/^:q)* ?y }",
  "SELECT * { ?x (!:p)+ ?y }",
  "SELECT * { ?x (:none)+ ?y }",
  "SELECT * { ?x (:p|:q)+ ?x }",
  "SELECT * { ?x (:p|:q)* ?x }",
  "SELECT * { :n1 (:p|:q)+ ?y }",
  "SELECT * { ?x (:p|:q)+ :n9 }",
  "SELECT * { ?x :at ?y . ?x (:p|:q)+ ?y }",
  "SELECT * { ?x :at ?y . ?x (:p|:q)* ?y }",
  "SELECT * { ?x :at ?y . ?y (:p|:q)+ ?x }",
  "SELECT * { ?x :at ?y . ?x :q+ ?z . ?z :p* ?y }",
  "SELECT * { VALUES (?x ?y) { (:n1 :n9) (:n1 :n1) (:n9 :n1) (:n3 :n3) (:gone :gone) } ?x (:p|:q)+ ?y }",
  "SELECT * { VALUES (?x ?y) { (:n1 :n9) (:n1 :n1) (:n9 :n1) (:n3 :n3) (:gone :gone) } ?x (:p|:q)* ?y }",
  "SELECT * { GRAPH ?g { ?x :p+ ?y } }",
  "SELECT * { GRAPH ?g { ?x :p+ ?x } }",
  "SELECT * { GRAPH ?g { :n1 (:p|:q)* :n9 } }",
  "SELECT ?x { ?x :at ?y FILTER EXISTS { ?x (:p|:q)+ ?y } }",
  "SELECT ?x { ?x :at ?y FILTER NOT EXISTS { ?x (:p|:q)* ?y } }",
  "ASK { :n1 (:p|:q)+ :n1 }",
  "ASK { :n1 (:p|:q)+ :n44 }",
  "ASK { :gone :p* :gone }",
  "ASK { :gone :p+ :gone }",
};

static void rows_do_not_depend_on_the_walk(void **state) {
  fixture *f = (fixture *)*state;
  const kg_plan_options plain = { KG_OFF_REACH, 0 };
  size_t found = 0;
  for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
    kgq_stmt *stmt = prepare_query(f, queries[i]);
    kg_stmt_set_plan(stmt, &plain);
    char *rows = rows_of(stmt, 1, queries[i]);
    kgq_finalize(stmt);
    found += strlen(rows) > 0 ? 1 : 0;
    check_rows(f, queries[i], 1, rows);
    free(rows);
  }
  assert_true(found > 24);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(rows_do_not_depend_on_the_walk) };
  return cmocka_run_group_tests(tests, open_graph, close_graph);
}
