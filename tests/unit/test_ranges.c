/* tests/unit/test_ranges.c: conditions that become ranges of ids leave every row that they should.
 *
 * Numbers, dates, texts and languages in all the forms that ids have: inline, in the dictionary's base range,
 * appended later, other datatypes of the same value. Each query runs with ranges and without (check_rows).
 */
#include "tests/unit/engine_fixture.h"

static const char *const objects =
    "1, 2, 3, 5, 5.0, 5.00, 4.99, 5.01, 5e0, 4.999e0, -7, -7.5, 0, \"05\"^^xsd:integer, \"5\"^^xsd:int, "
    "\"5.5\"^^xsd:float, 123456789012345678901234567890, 0.000000000000000000001, \"NaN\"^^xsd:double, "
    "\"five\"^^xsd:integer, true, \"2020-02-29\"^^xsd:date, \"2020-03-01Z\"^^xsd:date, "
    "\"2020-03-01+14:00\"^^xsd:date, \"2019-12-31\"^^xsd:date, \"2020-03-01T00:00:00\"^^xsd:dateTime, "
    "\"2020-03-01T00:00:00.5\"^^xsd:dateTime, \"2020\"^^xsd:gYear, \"2020-03\"^^xsd:gYearMonth, "
    "\"-0001\"^^xsd:gYear, "
    "\"a\", \"ab\", \"abc\", \"b\", \"\", \"Abc\", \"abd\"@en, \"abc\"@en, \"abc\"@en-GB, \"abc\"@de, "
    "\"abc\"@en--ltr, "
    "\"zu\"@zu, :abc, :abd, :b, <http://f/abc>, _:x, \"\\u00e9t\\u00e9\", \"\\U0010ffff\", \"5\"";

static int open_values(void **state) {
  static fixture f;
  char text[6000];
  fixture_open(&f);
  kgq_load_options options = KGQ_LOAD_OPTIONS_INIT;
  kgq_load *load = NULL;
  options.format = "ttl";
  const int n =
      snprintf(text, sizeof text,
               "@prefix : <http://e/> . @prefix xsd: <" KG_NS_XSD "> . :s :p %s . :n :q :s .", objects);
  assert_int_equal(kgq_load_begin(f.conn, &options, &load, NULL), KGQ_OK);
  assert_int_equal(kgq_load_bytes(load, "values.ttl", text, (size_t)n, NULL), KGQ_OK);
  assert_int_equal(kgq_load_commit(load, NULL, NULL), KGQ_OK);
  kgq_load_free(load);
  run_update(&f,
             "INSERT DATA { :t :p 4, 6, 5.25, \"abca\", \"aa\", \"c\", \"abce\"@en, \"late\"@en-US, :abcx, "
             "\"2020-02-28\"^^xsd:date, \"7\"^^xsd:short, \"7.0\"^^xsd:double }");
  *state = &f;
  return 0;
}

static int close_values(void **state) {
  fixture_close((fixture *)*state);
  return 0;
}

static const char *const conditions[] = {
  "?o > 5",
  "?o >= 5",
  "?o < 5",
  "5 >= ?o",
  "?o = 5",
  "?o = 5.0",
  "?o > 4.995",
  "?o < -7.2",
  "?o > 4.9e0 && ?o < 5.3",
  "?o > 100000000000000000000",
  "?o < 1e300",
  "?o > \"NaN\"^^xsd:double",
  "?o >= \"INF\"^^xsd:double",
  "?o = 123456789012345678901234567890",
  "?o > 2 && ?o < 6 && ?o != 5",
  "?o > \"2020-02-29\"^^xsd:date",
  "?o <= \"2020-03-01\"^^xsd:date",
  "?o = \"2020-03-01Z\"^^xsd:date",
  "?o < \"2020-03-01T00:00:01\"^^xsd:dateTime",
  "?o > \"2019\"^^xsd:gYear",
  "?o < \"0001\"^^xsd:gYear",
  "?o >= \"2020-03\"^^xsd:gYearMonth",
  "?o > \"ab\"",
  "?o <= \"abc\"",
  "?o = \"abc\"",
  "\"b\" > ?o",
  "?o >= \"\\u00e9\"",
  "STRSTARTS(?o, \"abc\")",
  "STRSTARTS(?o, \"\")",
  "STRSTARTS(STR(?o), \"abc\")",
  "STRSTARTS(STR(?o), \"http://e/ab\")",
  "STRSTARTS(STR(?o), \"5\")",
  "STRSTARTS(?o, \"\\U0010ffff\")",
  "REGEX(?o, \"^abc\")",
  "REGEX(?o, \"^abc?$\")",
  "REGEX(?o, \"^abc*\")",
  "REGEX(?o, \"^(abc|b)\")",
  "REGEX(?o, \"^abc|^b\")",
  "REGEX(?o, \"^ABC\", \"i\")",
  "REGEX(STR(?o), \"^http://e/a\")",
  "REGEX(?o, \"^\\u00e9?t\")",
  "REGEX(STR(?o), \"^5\\\\.0\")",
  "REGEX(STR(?o), \"^-7\\\\.?\")",
  "REGEX(STR(?o), \"^\\\\-7\\\\.5\")",
  "REGEX(STR(?o), \"^5\\\\d\")",
  "REGEX(STR(?o), \"^5.0\")",
  "REGEX(STR(?o), \"^\\\\-*ab\")",
  "?o * 2 > 9.98",
  "?o + 0.01 = 5",
  "?o / 3 < 1 && ?o - 1 >= 0",
  "?o / 2 = 2.5",
  "?o / 0 = 1 || ?o * ?o = 25",
  "?o * 1000000000000 * 1000000000000 > 1.5e24",
  "?o - 4.99 != 0.01",
  "LANG(?o) = \"en\"",
  "\"en-GB\" = LANG(?o)",
  "LANG(?o) = \"EN\"",
  "LANG(?o) = \"\"",
  "LANGMATCHES(LANG(?o), \"en\")",
  "LANGMATCHES(LANG(?o), \"EN-gb\")",
  "LANGMATCHES(LANG(?o), \"*\")",
  "?o > 3 && STRSTARTS(STR(?o), \"5\")",
};

static void rows_do_not_depend_on_ranges(void **state) {
  fixture *f = (fixture *)*state;
  static const char *const patterns[] = { "{ ?s :p ?o", "{ ?n :q ?s . ?s :p ?o", "{ ?s ?p ?o", "{ :s :p ?o" };
  const kg_plan_options without = { KG_OFF_RANGES, 0 };
  size_t found = 0;
  for (size_t i = 0; i < 4 * (sizeof conditions / sizeof conditions[0]); i++) {
    char query[700];
    (void)snprintf(query, sizeof query, "SELECT * %s FILTER(%s) }", patterns[i % 4], conditions[i / 4]);
    kgq_stmt *stmt = prepare_query(f, query);
    kg_stmt_set_plan(stmt, &without);
    char *rows = rows_of(stmt, 1, query);
    kgq_finalize(stmt);
    found += strlen(rows) > 0 ? 1 : 0;
    check_rows(f, query, 1, rows);
    free(rows);
  }
  assert_true(found > 150);
}

static void subjects_have_ranges_too(void **state) {
  fixture *f = (fixture *)*state;
  check_rows(f, "SELECT ?s { ?s :q ?o FILTER(STRSTARTS(STR(?s), \"http://e/n\")) }", 1, ":n");
  check_rows(f, "SELECT (COUNT(*) AS ?c) { ?s ?p ?o FILTER(STRSTARTS(STR(?s), \"http://e/t\")) }", 1, "12");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(rows_do_not_depend_on_ranges),
    cmocka_unit_test(subjects_have_ranges_too),
  };
  return cmocka_run_group_tests(tests, open_values, close_values);
}
