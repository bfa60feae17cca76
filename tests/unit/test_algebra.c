/* tests/unit/test_algebra.c: syntax trees to algebra, shown as nested lists (SPARQL 1.2, section 18.2). */
#include "engine_fixture.h"

static const char *const pairs[][2] = {
  { "SELECT ?x { ?x :p ?y . ?y :q 1 }", "(project ( ?x ) (join (triple ?x <:p> ?y) (triple ?y <:q> 1)))" },
  /* a filter holds for its group; that of an OPTIONAL group is the left join's condition */
  { "SELECT ?x { FILTER(?y > 1) ?x :p ?y }", "(project ( ?x ) (filter (expr9 ?y 1) (triple ?x <:p> ?y)))" },
  { "SELECT ?x { ?x :p ?y OPTIONAL { ?x :q ?z FILTER(?y > 1) } }",
    "(project ( ?x ) (leftjoin (expr9 ?y 1) (triple ?x <:p> ?y) (triple ?x <:q> ?z)))" },
  { "SELECT ?x { ?x :p ?y OPTIONAL { { ?x :q ?z FILTER(?y > 1) } } }",
    "(project ( ?x ) (leftjoin (triple ?x <:p> ?y) (filter (expr9 ?y 1) (triple ?x <:q> ?z))))" },
  { "SELECT ?x { ?x :p ?y MINUS { ?x :q ?z } }",
    "(project ( ?x ) (minus (triple ?x <:p> ?y) (triple ?x <:q> ?z)))" },
  { "SELECT ?x { { ?x :p 1 } UNION { ?x :q 1 } UNION { } }",
    "(project ( ?x ) (union (triple ?x <:p> 1) (triple ?x <:q> 1) (unit)))" },
  { "SELECT ?x { ?x :p ?y BIND(?y AS ?z) ?z :q 1 }",
    "(project ( ?x ) (join (extend ?z ?y (triple ?x <:p> ?y)) (triple ?z <:q> 1)))" },
  /* GRAPH ?g: the graph as a column where that is enough, a loop where it is not */
  { "SELECT ?x { GRAPH ?g { ?x :p ?y } }", "(project ( ?x ) (triple ?x <:p> ?y @?g))" },
  { "SELECT ?x { GRAPH ?g { ?x :p ?g } }", "(project ( ?x ) (same ?g ?.1 (triple ?x <:p> ?g @?.1)))" },
  { "SELECT ?g { GRAPH ?g { } }", "(project ( ?g ) (graphs @?g))" },
  { "SELECT ?x { GRAPH :g { } }", "(project ( ?x ) (graphs @<:g>))" },
  { "SELECT ?x { GRAPH ?g { ?x :p* 1 } }", "(project ( ?x ) (graph @?g (path ?x (* <:p>) 1 @?g)))" },
  { "SELECT ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?x :p 1 } } }",
    "(project ( ?n ) (graph @?g (project ( ?n ?g ) (extend ?n ?.1 (group ( ) (aggregate0 ?.1) "
    "(triple ?x <:p> 1 @?g))))))" },
  /* paths */
  { "SELECT ?x { ?x :p/:q 1 }", "(project ( ?x ) (join (triple ?x <:p> ?.1) (triple ?.1 <:q> 1)))" },
  { "SELECT ?x { ?x ^:p|:q 1 }", "(project ( ?x ) (union (triple 1 <:p> ?x) (triple ?x <:q> 1)))" },
  { "SELECT ?x { ?x :p+ 1 }", "(project ( ?x ) (path ?x (+ <:p>) 1))" },
  /* grouping: keys and arguments below, results above */
  { "SELECT ?k (SUM(?y + 1) AS ?s) { ?x :p ?y } GROUP BY (STR(?x) AS ?k) HAVING(COUNT(*) > 1)",
    "(project ( ?k ?s ) (extend ?s ?.1 (filter (expr9 ?.2 1) (group ( ?k ) (aggregate1 ?.1 ?.3) "
    "(aggregate0 ?.2) (extend ?.3 (expr13 ?y 1) (extend ?k (STR ?x) (triple ?x <:p> ?y)))))))" },
  /* modifiers in the order of 18.2.5 */
  { "SELECT DISTINCT ?x { ?x :p ?y } ORDER BY DESC(?y) LIMIT 5 OFFSET 2",
    "(slice 2 5 (distinct (project ( ?x ) (order desc ?y (triple ?x <:p> ?y)))))" },
  { "SELECT ?x { ?x :p ?y } VALUES ?y { 1 UNDEF }",
    "(project ( ?x ) (join (triple ?x <:p> ?y) (values ( ?y 1 ) ( ))))" },
  { "SELECT ?x { ?x :p ?y FILTER EXISTS { ?x :q 1 } }",
    "(project ( ?x ) (filter (expr20 (triple ?x <:q> 1)) (triple ?x <:p> ?y)))" },
  /* a triple term with variables is a relation of its own */
  { "SELECT ?x { ?r rdf:reifies <<( ?x :p ?y )>> }",
    "(project ( ?x ) (join (term ?x <:p> ?y ?.1) (triple ?r <rdf:reifies> ?.1)))" },
};

/* Shortens what the dump spells out. */
static void replace_all(char *text, const char *from, const char *to) {
  for (char *at = strstr(text, from); at; at = strstr(at, from)) {
    memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
    memcpy(at, to, strlen(to));
  }
}

/* Variables that the algebra made, numbered by first mention. */
static void number_fresh(char *text) {
  char name[16], number[16];
  int count = 0;
  for (char *at = strstr(text, "?.a"); at; at = strstr(text, "?.a")) {
    size_t length = 3 + strspn(at + 3, "0123456789");
    (void)snprintf(name, sizeof name, "%.*s", (int)length, at);
    (void)snprintf(number, sizeof number, "?.%d", ++count);
    replace_all(text, name, number);
  }
}

static void shorten(char *text) {
  number_fresh(text);
  replace_all(text, "\"^^<" KG_XSD_INTEGER ">", "");
  replace_all(text, "\"", "");
  replace_all(text, "http://e/", ":");
  replace_all(text, KG_NS_RDF, "rdf:");
}

static void test_dump(void **state) {
  fixture f;
  (void)state;
  fixture_open(&f);
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    kgq_stmt *stmt = prepare_query(&f, pairs[i][0]);
    kg_buf out;
    kg_buf_init(&out, &kg_libc_allocator);
    assert_int_equal(kg_algebra_dump(stmt->algebra, stmt->algebra->root, &out, NULL), KGQ_OK);
    assert_int_equal(kg_buf_add_byte(&out, 0, NULL), KGQ_OK);
    shorten(out.bytes);
    if (strcmp(out.bytes, pairs[i][1]) != 0) {
      fail_msg("%s\ngives %s\nnot   %s", pairs[i][0], out.bytes, pairs[i][1]);
    }
    kg_buf_free(&out);
    kgq_finalize(stmt);
  }
  fixture_close(&f);
}

/* The limit on nested operations is met in time, at N and N + 1. */
static void nested_optionals(char *text, int count) {
  strcpy(text, "SELECT * { ?s ?p ?o ");
  for (int i = 0; i < count; i++) {
    strcat(text, "OPTIONAL{} ");
  }
  strcat(text, "}");
}

static void test_depth_limit(void **state) {
  static char text[16384];
  fixture f;
  kgq_stmt *stmt = NULL;
  (void)state;
  fixture_open(&f);
  nested_optionals(text, KG_LIMIT_ALGEBRA_DEPTH - 2); /* with the pattern and the projection: the limit */
  assert_int_equal(kgq_prepare(f.conn, text, KGQ_NUL_TERMINATED, &stmt, NULL), KGQ_OK);
  assert_int_equal(kgq_step(stmt, NULL), KGQ_DONE);
  kgq_finalize(stmt);
  nested_optionals(text, KG_LIMIT_ALGEBRA_DEPTH - 1);
  assert_int_equal(kgq_prepare(f.conn, text, KGQ_NUL_TERMINATED, &stmt, NULL), KGQ_LIMIT);
  fixture_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(test_dump), cmocka_unit_test(test_depth_limit) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
