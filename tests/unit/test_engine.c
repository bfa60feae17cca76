/* tests/unit/test_engine.c: SELECT over small datasets: one group of queries an operator, each under many
 * plans. */
#include "engine_fixture.h"

static const char *const people =
    "INSERT DATA { :a :knows :b , :c ; :age 30 ; :name \"Ann\" . :b :knows :c ; :age 25 ; :name \"Bob\" . "
    ":c :age 25 ; :mail \"c@e\" . :d :knows :d . "
    "GRAPH :g1 { :a :knows :b . :a :likes :g1 . :x :likes :y } GRAPH :g2 { :a :knows :d . :x :likes :z } }";

static int setup(void **state) {
  static fixture f;
  fixture_open(&f);
  run_update(&f, people);
  *state = &f;
  return 0;
}

static int teardown(void **state) {
  fixture_close((fixture *)*state);
  return 0;
}

static void test_patterns(void **state) {
  static const query_case cases[] = {
    { "SELECT ?x { :a :knows ?x }", ":b\n:c\n:d" }, /* union: :a :knows :b only once */
    { "SELECT ?x ?y { ?x :knows ?y }", ":a :b\n:a :c\n:a :d\n:b :c\n:d :d" },
    { "SELECT ?x { ?x :knows ?x }", ":d" }, /* repeated variable */
    { "SELECT ?p { :a ?p :b }", ":knows" },
    { "SELECT ?x { ?x :nothing ?y }", "" },
    { "SELECT ?x ?z { ?x :knows ?y . ?y :knows ?z }", ":a :c\n:a :d\n:d :d" },
    { "SELECT ?x ?y { ?x :age ?n . ?y :age ?n FILTER(?x != ?y) }", ":b :c\n:c :b" },
    { "SELECT * { }", ""
                      "" },
    { "SELECT ?x { ?x :age 25 ; :name ?n }", ":b" },
    { "SELECT ?x ?y ?z { ?x :knows ?y . ?y :knows ?z . ?x :knows ?z }",
      ":a :b :c\n:a :d :d\n:d :d :d" }, /* cycle */
    /* joined by a condition: equal values of different terms, strings, IRIs */
    { "SELECT ?x ?y { ?x :age ?n . VALUES (?y ?m) { (1 25.0) (2 \"Bob\") (3 30) } FILTER(?n = ?m) }",
      ":a 3\n:b 1\n:c 1" },
    { "SELECT ?x ?y { ?x :knows ?k . ?y :likes ?l FILTER(?k = ?l) }", "" },
    { "SELECT ?x ?y { ?x :knows ?k . ?y :knows ?l FILTER(?k = ?l && ?x != ?y) }",
      ":a :b\n:a :d\n:b :a\n:d :a" },
    { "SELECT ?x ?y { ?x :age ?n OPTIONAL { ?y :age ?m FILTER(?n = ?m && ?x != ?y) } }",
      ":a -\n:b :c\n:c :b" },
    { "SELECT ?x ?y { ?x :name ?n OPTIONAL { ?y :name ?m FILTER(?n = ?m) } }", ":a :a\n:b :b" },
    { "SELECT ?x ?m { ?x :age 30 . ?y :mail ?m }", ":a \"c@e\"" }, /* cross product */
  };
  CHECK_CASES((fixture *)*state, cases);
}

static void test_optional(void **state) {
  static const query_case cases[] = {
    { "SELECT ?x ?n { ?x :age ?a OPTIONAL { ?x :name ?n } }", ":a \"Ann\"\n:b \"Bob\"\n:c -" },
    { "SELECT ?x ?n { ?x :age ?a OPTIONAL { ?x :name ?n FILTER(?a > 26) } }", ":a \"Ann\"\n:b -\n:c -" },
    /* the filter of a group inside the group is not the left join's: it does not see ?a */
    { "SELECT ?x ?n { ?x :age ?a OPTIONAL { { ?x :name ?n FILTER(?a > 26) } } }", ":a -\n:b -\n:c -" },
    { "SELECT ?x ?y ?n { ?x :age 30 OPTIONAL { ?x :knows ?y . ?y :name ?n } }", ":a :b \"Bob\"" },
    { "SELECT ?x ?n ?m { ?x :age ?a OPTIONAL { ?x :name ?n } OPTIONAL { ?x :mail ?m } }",
      ":a \"Ann\" -\n:b \"Bob\" -\n:c - \"c@e\"" },
    /* ?v is bound by one OPTIONAL or the other; then joined */
    { "SELECT ?x ?v { ?x :age ?a OPTIONAL { ?x :name ?v } OPTIONAL { ?x :mail ?v } }",
      ":a \"Ann\"\n:b \"Bob\"\n:c \"c@e\"" },
    { "SELECT ?x ?v ?y { ?x :age 25 OPTIONAL { ?x :name ?v } ?y :name ?v }",
      ":b \"Bob\" :b\n:c \"Ann\" :a\n:c \"Bob\" :b" },
    { "SELECT ?n { OPTIONAL { :nobody :name ?n } }", "-" },
    { "SELECT ?x ?y { ?x :age 25 OPTIONAL { ?y :age 30 } }", ":b :a\n:c :a" },
  };
  CHECK_CASES((fixture *)*state, cases);
}

static void test_union_values_bind(void **state) {
  static const query_case cases[] = {
    { "SELECT ?x ?y { { ?x :age 30 } UNION { ?x :mail ?y } }", ":a -\n:c \"c@e\"" },
    { "SELECT ?x { { ?x :age 25 } UNION { ?x :age 25 } }", ":b\n:b\n:c\n:c" },
    { "SELECT ?x ?n { VALUES ?x { :a :c :zz } ?x :age ?n }", ":a 30\n:c 25" },
    { "SELECT ?x ?n { ?x :age ?n } VALUES (?x ?n) { (:a UNDEF) (UNDEF 25) }", ":a 30\n:b 25\n:c 25" },
    { "SELECT ?x ?y { VALUES ?x { 1 2 } VALUES ?y { 3 } }", "1 3\n2 3" },
    { "SELECT ?x ?n2 { ?x :age ?n BIND(?n + 1 AS ?n2) }", ":a 31\n:b 26\n:c 26" },
    { "SELECT ?x ?y { ?x :age ?n BIND(?n / 0 AS ?y) }", ":a -\n:b -\n:c -" },
    { "SELECT ?y { BIND(1 AS ?x) { SELECT (2 AS ?x) ?y { VALUES ?y { 3 } } } }", "" },
    { "SELECT ?x ?y { { VALUES (?x ?y) { (1 UNDEF) (UNDEF 2) } } { VALUES (?x ?y) { (1 2) (3 UNDEF) } } }",
      "1 2\n1 2\n3 2" },
    { "SELECT ?x { VALUES ?x { UNDEF } ?x :age 30 }", ":a" },
  };
  CHECK_CASES((fixture *)*state, cases);
}

static void test_graphs(void **state) {
  static const query_case cases[] = {
    { "SELECT ?g ?y { GRAPH ?g { :a :knows ?y } }", ":g1 :b\n:g2 :d" },
    { "SELECT ?y { GRAPH :g1 { :a :knows ?y } }", ":b" },
    { "SELECT ?g { GRAPH ?g { } }", ":g1\n:g2" },
    { "SELECT * { GRAPH :g1 { } }", "" },
    { "SELECT ?g { GRAPH ?g { FILTER(BOUND(?g)) } }", "" }, /* ?g has no value inside */
    { "SELECT ?g { GRAPH ?g { ?s :likes ?g } }", ":g1" },   /* joined afterwards */
    { "SELECT ?g ?y { GRAPH ?g { :x :likes ?y OPTIONAL { :a :likes ?g } } }", ":g1 :y\n:g2 :z" },
    { "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", ":g1 3\n:g2 2" },
    { "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { :a :likes ?o } } }", ":g1 1\n:g2 0" },
    { "SELECT ?g ?o { GRAPH ?g { SELECT ?o { ?s :likes ?o } ORDER BY ?o LIMIT 1 } }", ":g1 :g1\n:g2 :z" },
    { "SELECT ?g ?t { GRAPH ?g { VALUES (?g ?t) { (UNDEF 1) (:g1 2) } } }", ":g1 1\n:g1 2\n:g2 1" },
    { "SELECT ?s { GRAPH ?g { ?s :likes ?o MINUS { ?b :likes :y } } }",
      ":a\n:x\n:x" }, /* the graph is no common variable */
    { "SELECT ?g ?h { GRAPH ?g { :a :knows ?x GRAPH ?h { :x :likes ?y } } }",
      ":g1 :g1\n:g1 :g2\n:g2 :g1\n:g2 :g2" },
    { "SELECT ?y FROM :g1 { :x :likes ?y }", ":y" },
    { "SELECT ?y FROM :g1 FROM :g2 { :x :likes ?y }", ":y\n:z" },
    { "SELECT ?y FROM :g1 FROM :g2 { :a :knows ?y }", ":b\n:d" },
    { "SELECT ?y FROM NAMED :g1 { :x :likes ?y }", "" }, /* no default graph then */
    { "SELECT ?g ?y FROM NAMED :g2 { GRAPH ?g { :x :likes ?y } }", ":g2 :z" },
    { "SELECT ?y FROM NAMED :g2 { GRAPH :g1 { :x :likes ?y } }", "" },
    { "SELECT ?g ?y { :a :likes ?g . GRAPH ?g { :x :likes ?y } }", ":g1 :y" },
    { "SELECT ?g ?y { GRAPH ?g { :a :knows/:knows* ?y } }", ":g1 :b\n:g2 :d" },
  };
  CHECK_CASES((fixture *)*state, cases);
}

static void test_minus_exists(void **state) {
  static const query_case cases[] = {
    { "SELECT ?x { ?x :age ?n MINUS { ?x :name ?m } }", ":c" },
    { "SELECT ?x { ?x :age ?n MINUS { ?y :name ?m } }",
      ":a\n:b\n:c" }, /* nothing in common removes nothing */
    { "SELECT ?x { ?x :age ?n MINUS { ?x :knows ?y FILTER(?n > 1) } }", ":a\n:b\n:c" },
    { "SELECT ?x { ?x :age ?n FILTER NOT EXISTS { ?x :knows ?y FILTER(?n > 1) } }", ":c" },
    { "SELECT ?x { ?x :age ?n FILTER EXISTS { ?x :name ?m } }", ":a\n:b" },
    { "SELECT ?x { ?x :age ?n FILTER NOT EXISTS { ?x :name ?m } }", ":c" },
    { "SELECT ?x { ?x :age ?n FILTER EXISTS { ?y :mail ?m } }", ":a\n:b\n:c" },
    { "SELECT ?x { ?x :age ?n FILTER(NOT EXISTS { ?x :mail ?m } && ?n < 30) }", ":b" },
    { "SELECT ?x ?y { ?x :age 30 OPTIONAL { ?x :mail ?y } FILTER NOT EXISTS { ?z :mail ?y FILTER(?z = :c) } "
      "}",
      "" },
    { "SELECT ?x { ?x :knows ?y FILTER EXISTS { GRAPH ?g { ?x :knows ?y } } }", ":a\n:a" },
    { "SELECT ?x { ?x :age ?n FILTER EXISTS { { SELECT ?x { ?x :knows ?n } } } }",
      "" }, /* ?n is the row's (18.2.2.6) */
    { "SELECT ?x { ?x :age ?n FILTER EXISTS { { SELECT ?x { ?x :knows ?m } } } }", ":a\n:b" },
    { "SELECT ?x { ?x :age ?n FILTER EXISTS { ?x :knows ?y FILTER EXISTS { ?y :name ?m } } }", ":a" },
    { "SELECT ?x { ?x :age ?n FILTER EXISTS { VALUES ?x { :a :c } } }", ":a\n:c" },
    { "SELECT ?x (EXISTS { ?x :mail ?m } AS ?e) { ?x :age ?n }", ":a false\n:b false\n:c true" },
    { "SELECT ?x { ?x :age ?n OPTIONAL { ?x :name ?m } MINUS { ?q :name ?m } }", ":c" },
    { "SELECT ?g ?s { GRAPH ?g { ?s :likes ?o FILTER NOT EXISTS { ?s :likes :y } } }", ":g1 :a\n:g2 :x" },
  };
  CHECK_CASES((fixture *)*state, cases);
}

static void test_group(void **state) {
  static const query_case cases[] = {
    { "SELECT (COUNT(*) AS ?n) { ?x :age ?a }", "3" },
    { "SELECT (COUNT(*) AS ?n) { ?x ?p ?o }", "14" },
    { "SELECT (COUNT(*) AS ?n) { ?x :none ?o }", "0" },
    { "SELECT (COUNT(*) AS ?n) { ?x :none ?o } GROUP BY ?x", "" },
    { "SELECT ?a (COUNT(?x) AS ?n) { ?x :age ?a } GROUP BY ?a", "25 2\n30 1" },
    { "SELECT ?a { ?x :age ?a } GROUP BY ?a HAVING(COUNT(*) > 1)", "25" },
    { "SELECT (SUM(?a) AS ?s) (MIN(?a) AS ?l) (MAX(?a) AS ?h) { ?x :age ?a }", "80 25 30" },
    { "SELECT (SUM(?a + 1) * 2 AS ?s) { ?x :age ?a }", "166" },
    { "SELECT (COUNT(DISTINCT ?a) AS ?n) { ?x :age ?a }", "2" },
    { "SELECT (COUNT(DISTINCT *) AS ?n) { { ?x :age ?a } UNION { ?x :age ?a } }", "3" },
    { "SELECT ?k (COUNT(*) AS ?n) { ?x :age ?a } GROUP BY (?a > 26 AS ?k)", "false 2\ntrue 1" },
    { "SELECT (COUNT(?n) AS ?c) { ?x :age ?a OPTIONAL { ?x :name ?n } }", "2" },
    { "SELECT ?n (COUNT(*) AS ?c) { ?x :age ?a OPTIONAL { ?x :name ?n } } GROUP BY ?n",
      "\"Ann\" 1\n\"Bob\" 1\n- 1" },
    { "SELECT (AVG(?a) AS ?v) { ?x :none ?a }", "0" },
    { "SELECT (MIN(?a) AS ?v) { ?x :none ?a }", "-" },
    { "SELECT ?x (MAX(?m) AS ?v) { ?x :age ?a { SELECT ?x (COUNT(*) AS ?m) { ?x :knows ?y } GROUP BY ?x } } "
      "GROUP BY ?x",
      ":a 3\n:b 1" },
  };
  CHECK_CASES((fixture *)*state, cases);
}

static void test_modifiers(void **state) {
  fixture *f = (fixture *)*state;
  static const query_case ordered[] = {
    { "SELECT ?x ?a { ?x :age ?a } ORDER BY ?a DESC(?x)", ":c 25\n:b 25\n:a 30" },
    { "SELECT ?x { ?x :age ?a } ORDER BY DESC(?a) ?x LIMIT 2", ":a\n:b" },
    { "SELECT ?x { ?x :age ?a } ORDER BY DESC(?a) ?x LIMIT 1 OFFSET 1", ":b" },
    { "SELECT ?x { ?x :age ?a } ORDER BY ?x OFFSET 2", ":c" },
    { "SELECT ?x { ?x :age ?a } ORDER BY ?x LIMIT 0", "" },
    { "SELECT ?n { ?x :age ?a OPTIONAL { ?x :name ?n } } ORDER BY ?n", "-\n\"Ann\"\n\"Bob\"" },
    { "SELECT DISTINCT ?a { ?x :age ?a } ORDER BY ?a", "25\n30" },
    { "SELECT DISTINCT ?a { ?x :age ?a } ORDER BY ?a LIMIT 1 OFFSET 1", "30" },
    { "SELECT ?a (COUNT(*) AS ?n) { ?x :age ?a } GROUP BY ?a ORDER BY DESC(COUNT(*))", "25 2\n30 1" },
    { "SELECT ?x { ?x :age ?a } ORDER BY (?a * -1) ?x", ":a\n:b\n:c" },
  };
  static const query_case cases[] = {
    { "SELECT DISTINCT ?x { ?x ?p ?o }", ":a\n:b\n:c\n:d\n:x" },
    { "SELECT ?x ?x { ?x :age 30 }", ":a :a" },
    { "SELECT (COUNT(*) AS ?n) { { SELECT DISTINCT ?a { ?x :age ?a } } }", "2" },
    { "SELECT ?x ?a { ?x :age ?a { SELECT (MAX(?b) AS ?a) { ?y :age ?b } } }", ":a 30" },
    { "SELECT ?x { ?x :knows ?y { SELECT ?y { ?y :age ?x } } }", ":a\n:a\n:b" }, /* ?x inside is another */
    { "SELECT (COUNT(*) AS ?n) { { SELECT ?x { ?x :knows ?y } LIMIT 3 } }", "3" },
    { "SELECT ?x (?a + 1 AS ?b) (?b + 1 AS ?c) { ?x :age ?a FILTER(?a > 26) }", ":a 31 32" },
  };
  for (size_t i = 0; i < sizeof ordered / sizeof ordered[0]; i++) {
    check_rows(f, ordered[i].query, 0, ordered[i].expected);
  }
  CHECK_CASES(f, cases);
}

static void test_strict_default_graph(void **state) {
  fixture *f = (fixture *)*state;
  assert_int_equal(kgq_set(f->conn, KGQ_SET_DEFAULT_GRAPH, KGQ_DEFAULT_GRAPH_STRICT), KGQ_OK);
  static const query_case cases[] = {
    { "SELECT ?y { :a :knows ?y }", ":b\n:c" },
    { "SELECT ?y { :x :likes ?y }", "" },
    { "SELECT ?g ?y { GRAPH ?g { :x :likes ?y } }", ":g1 :y\n:g2 :z" },
    { "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "10" },
    { "SELECT ?x { :a :knows+ ?x }", ":b\n:c" },
  };
  CHECK_CASES(f, cases);
  assert_int_equal(kgq_set(f->conn, KGQ_SET_DEFAULT_GRAPH, KGQ_DEFAULT_GRAPH_UNION), KGQ_OK);
}

static void test_ask_construct_describe(void **state) {
  static const query_case cases[] = {
    { "ASK { :a :knows :b }", "true" },
    { "ASK { :b :knows :a }", "false" },
    { "CONSTRUCT { ?y :knownBy ?x } { ?x :knows ?y FILTER(?y != :d) }",
      ":b :knownBy :a\n:c :knownBy :a\n:c :knownBy :b" },
    { "CONSTRUCT { ?x :is ?n . ?n :of ?x } { ?x :name ?n }", ":a :is \"Ann\"\n:b :is \"Bob\"" },
    { "CONSTRUCT { ?x :m ?m } { ?x :age ?a OPTIONAL { ?x :mail ?m } }", ":c :m \"c@e\"" },
    { "CONSTRUCT { [] :of ?x } { ?x :age 25 }", "_ :of :b\n_ :of :c" },
    { "CONSTRUCT { :k :n 1 } { ?x :age ?a }", ":k :n 1" },
    { "CONSTRUCT WHERE { ?x :mail ?m }", ":c :mail \"c@e\"" },
    { "DESCRIBE :c", ":c :age 25\n:c :mail \"c@e\"" },
    { "DESCRIBE ?x { ?x :mail ?m }", ":c :age 25\n:c :mail \"c@e\"" },
    { "DESCRIBE :nobody", "" },
  };
  CHECK_CASES((fixture *)*state, cases);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_patterns),
    cmocka_unit_test(test_optional),
    cmocka_unit_test(test_union_values_bind),
    cmocka_unit_test(test_graphs),
    cmocka_unit_test(test_minus_exists),
    cmocka_unit_test(test_group),
    cmocka_unit_test(test_modifiers),
    cmocka_unit_test(test_strict_default_graph),
    cmocka_unit_test(test_ask_construct_describe),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
