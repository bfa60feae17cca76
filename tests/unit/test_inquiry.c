/* tests/unit/test_inquiry.c: what is behind a row, and why there is none: kgq_row_sources, kgq_explain "why".
 */
#include "engine_fixture.h"

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  fixture_open(f);
  run_update(f,
             "PREFIX kgq: <https://w3id.org/kgq#> PREFIX prov: <http://www.w3.org/ns/prov#> INSERT DATA {"
             " GRAPH :a1 { :x :gets 5 ~ :r1 . :r1 kgq:status kgq:planned ; kgq:quote \"five\"@en ; "
             "kgq:place kgq:lead ;"
             "   prov:wasAttributedTo :ann ; kgq:on "
             "\"2025-10-31\"^^<http://www.w3.org/2001/XMLSchema#date> . :y :gets 6 }"
             " GRAPH :a2 { :x :gets 5 . :x :partOf :z }"
             " GRAPH :a3 { :l1 :next :l2 . :l2 :next :l3 . :l3 :next :l1 , :l4 . :x :part [ :size 9 ] } }");
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture_close((fixture *)*state);
  free(*state);
  return 0;
}

static void add(char *text, const char *part) {
  (void)strncat(text, part, 3999 - strlen(text));
}

static int take(void *arg, const kgq_source *s) {
  char *text = arg;
  assert_int_equal(s->struct_bytes, sizeof *s);
  const kgq_str parts[] = { s->subject, s->predicate, s->object, s->article, s->place,
                            s->quote,   s->speaker,   s->status, s->date };
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    const char *slash = strrchr(parts[i].ptr, '/');
    const bool blank = strncmp(parts[i].ptr, "_:", 2) == 0;
    add(text, blank ? "_:b" : slash ? slash + 1 : parts[i].ptr);
    add(text, i + 1 < sizeof parts / sizeof *parts ? "|" : "\n");
  }
  return 0;
}

static void check_sources(fixture *f, const char *query, const char *expected) {
  char text[4000] = "";
  kgq_stmt *stmt = prepare_query(f, query);
  assert_int_equal(kgq_row_sources(stmt, take, text, NULL), KGQ_MISUSE); /* no row yet */
  assert_int_equal(kgq_step(stmt, NULL), KGQ_ROW);
  assert_int_equal(kgq_row_sources(stmt, take, text, NULL), KGQ_OK);
  assert_string_equal(text, expected);
  kgq_finalize(stmt);
}

#define PLANNED "x|gets|5|a1|kgq:lead|five|ann|kgq:planned|2025-10-31\n"

static void test_sources(void **state) {
  fixture *f = *state;
  check_sources(f, "SELECT ?s ?n { ?s :gets ?n } ORDER BY ?n", PLANNED "x|gets|5|a2|||||\n");
  check_sources(f, "SELECT ?g { GRAPH ?g { :x :gets 5 } } ORDER BY DESC(?g)", "x|gets|5|a2|||||\n");
  check_sources(f, "SELECT (SUM(?n) AS ?sum) { GRAPH :a1 { ?s :gets ?n } }", PLANNED "y|gets|6|a1|||||\n");
  check_sources(f, "ASK { ?s :partOf :z OPTIONAL { ?s :none ?x } }", "x|partOf|z|a2|||||\n");
  check_sources(f, "SELECT ?s { ?s (:partOf|:none) :z }", "x|partOf|z|a2|||||\n");
  check_sources(f, "CONSTRUCT { ?s :gets ?n } WHERE { ?s :gets ?n FILTER(?n = 6) }", "y|gets|6|a1|||||\n");
  check_sources(f, "SELECT ?q { :x :gets 5 ~ ?r . ?r <https://w3id.org/kgq#quote> ?q }",
                PLANNED "x|gets|5|a2|||||\n");
}

/* Of a path: a shortest way, each step; of a blank node: what it is in. */
static void test_sources_of_paths(void **state) {
  fixture *f = *state;
  check_sources(f, "SELECT ?s { :l2 :next+ :l4 . ?s :partOf :z }",
                "l2|next|l3|a3|||||\nl3|next|l4|a3|||||\nx|partOf|z|a2|||||\n");
  check_sources(f, "SELECT ?e { GRAPH ?g { :l1 :next* ?e } FILTER(?e = :l3) }",
                "l1|next|l2|a3|||||\nl2|next|l3|a3|||||\n");
  check_sources(f, "SELECT ?e { :l3 :next+ :l3 . ?e :partOf :z }",
                "l3|next|l1|a3|||||\nl1|next|l2|a3|||||\nl2|next|l3|a3|||||\nx|partOf|z|a2|||||\n");
  check_sources(f, "SELECT ?e { ?e ^:next/(:next|:none)/:next? :l4 }",
                "l3|next|l1|a3|||||\nl3|next|l4|a3|||||\n");
  check_sources(f, "SELECT ?e { ?e !(:gets|^:next) :l4 }", "l3|next|l4|a3|||||\n");
  check_sources(f, "SELECT ?n { :x :part/:size ?n . ?b :size ?n }",
                "x|part|_:b|a3|||||\n_:b|size|9|a3|||||\n");
}

static int collect(void *arg, const char *bytes, size_t count) {
  char part[4000];
  (void)snprintf(part, sizeof part, "%.*s", (int)count, bytes);
  add(arg, part);
  return 0;
}

static void check_why(fixture *f, const char *query, const char *expected) {
  char text[4000] = "";
  kgq_stmt *stmt = prepare_query(f, query);
  assert_int_equal(kgq_explain(stmt, "why", collect, text, NULL), KGQ_OK);
  if (!strstr(text, expected)) {
    fail_msg("%s\n  wanted: %s\n  got: %s", query, expected, text);
  }
  kgq_finalize(stmt);
}

static void test_why(void **state) {
  fixture *f = *state;
  check_why(f, "SELECT ?s { ?s :gets ?n }", "it has rows");
  check_why(f, "SELECT ?s { ?s :get ?n }", "nothing has this predicate; nearest: gets");
  check_why(f, "SELECT ?s { ?s :gets ?n . ?s :get ?m }", "         2  ?s :gets ?n .\n      none  ");
  check_why(f, "SELECT ?n { :z :gets ?n }", "nothing is said of the subject");
  check_why(f, "SELECT ?n { :y :partOf ?n }", "the subject has only: ");
  check_why(f, "SELECT ?s { ?s :gets 7 }", "objects of this predicate are: 5, 6");
  check_why(f, "SELECT ?s { ?s :gets ?n FILTER(?n > 9) }",
            "together the clauses before it have 2; with this one none:\n            FILTER(?n > 9)");
  check_why(f, "SELECT ?s { ?s :gets ?n . ?s :partOf ?z . FILTER(?n = 6) }",
            "have 1; with this one none:\n            FILTER(?n = 6)");
  check_why(f, "SELECT ?s { GRAPH :a2 { ?s :gets 6 } }", "      none  GRAPH :a2 { ?s :gets 6 . }");
  check_why(f, "ASK { :z :gets 1 }", "none");
  check_why(f, "INSERT DATA { :q :gets 1 }", "an update has no rows");
}

static void check_reason(fixture *f, const char *query, const char *expected) {
  char text[4000] = "";
  kgq_status st = KGQ_ROW;
  kgq_stmt *stmt = prepare_query(f, query);
  assert_int_equal(kgq_explain(stmt, "reason", collect, text, NULL), KGQ_OK); /* it has not run yet */
  assert_string_equal(text, "");
  while (st == KGQ_ROW) {
    st = kgq_step(stmt, NULL);
  }
  assert_int_equal(st, KGQ_DONE);
  assert_int_equal(kgq_explain(stmt, "reason", collect, text, NULL), KGQ_OK);
  if (strcmp(text, expected) != 0) {
    fail_msg("%s\n  wanted: %s\n  got: %s", query, expected, text);
  }
  assert_true(kgq_row_count(stmt) == 0 || *expected == 0);
  kgq_finalize(stmt);
}

static void test_reason(void **state) {
  fixture *f = *state;
  check_reason(f, "SELECT ?s { ?s :gets ?n }", "");
  check_reason(f, "ASK { :z :gets 1 }", "");
  check_reason(f, "SELECT ?s { ?s :gets ?n . ?s :gets 7 }",
               "`?s :gets 7 .` alone finds nothing: objects of this predicate are: 5, 6\n");
  check_reason(f, "SELECT ?s { ?s :gets ?n FILTER(?n > 9) }",
               "`?s :gets ?n .` alone has 2 rows, with `FILTER(?n > 9)` none\n");
  check_reason(f, "SELECT ?s { ?s :gets ?n . ?s :partOf ?z FILTER(?n = 6) }",
               "the 2 clauses before it have 1 row, with `FILTER(?n = 6)` none\n");
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(test_sources), cmocka_unit_test(test_sources_of_paths),
                                      cmocka_unit_test(test_why), cmocka_unit_test(test_reason) };
  return cmocka_run_group_tests(tests, setup, teardown);
}
