/* tests/unit/test_cycles.c: patterns that form a cycle give the same rows by leapfrog as by joins of two.
 *
 * On a random graph with a few nodes of many links, in two commits and in named graphs, so that lists come
 * from blocks and delta and triples stand in more than one graph. Forced, since small data never needs it.
 */
#include "tests/unit/engine_fixture.h"

#define NODES 40u
#define LINKS 280u

static void add_links(fixture *f, uint32_t *state, unsigned count, const char *graph) {
  char text[4096];
  for (unsigned done = 0; done < count;) {
    size_t n = (size_t)snprintf(text, sizeof text, "INSERT DATA { %s%s%s", graph ? "GRAPH " : "",
                                graph ? graph : "", graph ? " { " : "");
    for (; done < count && n + 200 < sizeof text; done++) {
      *state = *state * 1664525u + 1013904223u;
      const unsigned from = *state >> 9 & 1 ? (*state >> 10) % 4 : (*state >> 10) % NODES;
      const unsigned to = (*state >> 18) % NODES;
      n += (size_t)snprintf(text + n, sizeof text - n, ":n%u :p%u :n%u . ", from, *state >> 29 & 1, to);
    }
    (void)snprintf(text + n, sizeof text - n, "}%s", graph ? " }" : "");
    run_update(f, text);
  }
  run_update(f, "INSERT DATA { :n1 a :T . :n2 a :T . :n5 a :T . :n7 a :T . :n20 a :T . :n31 a :T }");
}

static int open_graph(void **state) {
  static fixture f;
  uint32_t seed = 7;
  fixture_open(&f);
  add_links(&f, &seed, LINKS / 2, NULL);
  add_links(&f, &seed, LINKS / 4, ":g");
  add_links(&f, &seed, LINKS / 4, ":h");
  *state = &f;
  return 0;
}

static int close_graph(void **state) {
  fixture_close((fixture *)*state);
  return 0;
}

static int32_t collect(void *arg, const char *bytes, size_t count) {
  char *text = (char *)arg;
  strncat(text, bytes, count < 4000 - strlen(text) ? count : 0);
  return 0;
}

static const char *const cycles[] = {
  "SELECT * { ?x :p0 ?y . ?y :p0 ?z . ?x :p0 ?z }",
  "SELECT * { ?x :p0 ?y . ?y :p1 ?z . ?x :p1 ?z . ?x a :T }",
  "SELECT ?x ?z { ?x :p0 ?y . ?y :p1 ?z . ?x :p1 ?z }",
  "SELECT (COUNT(*) AS ?n) { ?a :p0 ?b . ?b :p0 ?c . ?c :p0 ?d . ?a :p1 ?d }",
  "SELECT * { ?a :p0 ?b . ?a :p1 ?c . ?d :p0 ?b . ?d :p1 ?c . ?a a :T . ?d a :T }",
  "SELECT * { ?a :p0 ?b . ?b :p0 ?c . ?a :p0 ?c . ?c :p1 ?d . ?d a :T OPTIONAL { ?d :p0 ?e . ?e a :T } }",
  "SELECT * { ?x :p0 ?y . ?y :p0 ?z . ?x :p0 ?z FILTER(?x != ?z && ?y != :n3) }",
  "SELECT * { ?x :p0 ?y . ?y :p1 ?z . ?x :p0 ?z FILTER EXISTS { ?x :p1 ?w . ?w :p0 ?v . ?x :p0 ?v } }",
  "SELECT * { GRAPH :g { ?x :p0 ?y . ?y :p0 ?z . ?x :p0 ?z } }",
  "SELECT * { GRAPH ?g { ?x :p0 ?y . ?y :p0 ?z . ?x :p0 ?z } }",
  "SELECT * { ?x ?p ?y . ?y :p0 ?z . ?x :p1 ?z . ?p a :T }",
  "SELECT * { ?x :p0 ?x . ?x :p0 ?y . ?y :p1 ?z . ?x :p0 ?z }",
  "SELECT * { ?x :p0 ?y . ?y :none ?z . ?x :p0 ?z }",
  "SELECT * { VALUES ?x { :n1 :n2 UNDEF } ?x :p0 ?y . ?y :p1 ?z . ?z :p0 ?w . ?x :p1 ?w . ?w a :T }",
};

static void rows_do_not_depend_on_the_join(void **state) {
  fixture *f = (fixture *)*state;
  const kg_plan_options pairwise = { KG_OFF_LEAPFROG, 0 };
  for (size_t i = 0; i < sizeof cycles / sizeof cycles[0]; i++) {
    kgq_stmt *stmt = prepare_query(f, cycles[i]);
    kg_stmt_set_plan(stmt, &pairwise);
    char *rows = rows_of(stmt, 1, cycles[i]);
    kgq_finalize(stmt);
    check_rows(f, cycles[i], 1, rows);
    free(rows);
  }
}

/* ... and the test above tests something: the first five are joined by leapfrog when told so. */
static void leapfrog_is_in_the_plan(void **state) {
  fixture *f = (fixture *)*state;
  const kg_plan_options forced = { KG_OFF_PAIRWISE, 0 };
  for (size_t i = 0; i < 5; i++) {
    char text[4096] = "";
    kgq_stmt *stmt = prepare_query(f, cycles[i]);
    kg_stmt_set_plan(stmt, &forced);
    assert_int_equal(kgq_explain(stmt, "plan", collect, text, NULL), KGQ_OK);
    assert_non_null(strstr(text, "leapfrog ?"));
    kgq_finalize(stmt);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(rows_do_not_depend_on_the_join),
    cmocka_unit_test(leapfrog_is_in_the_plan),
  };
  return cmocka_run_group_tests(tests, open_graph, close_graph);
}
