/* Tests of the set functions: values, errors, DISTINCT, multiplicities, exactness. */
#include "calc_fixture.h"

typedef struct group {
  const char *call;      /* of SPARQL, over ?a */
  const char *values[6]; /* up to the first NULL */
  const char *expected;  /* NULL: an error */
} group;

static const kg_expr *parse_call(const char *text, kg_ast **ast) {
  kgq_error *err = NULL;
  char query[200];
  const kg_parse_options options = { .name = "test", .query_allowed = true };
  snprintf(query, sizeof query, "SELECT (%s AS ?r) { ?a ?b ?c }", text);
  check(kg_parse_sparql(kg_str(query), &options, ast, &err), err, query);
  return (*ast)->select.projection->expr;
}

static bool was_before(const kg_id *values, size_t at) {
  for (size_t i = 0; i < at; i++) {
    if (values[i] == values[at]) {
      return true;
    }
  }
  return false;
}

static kg_id aggregate(const kg_expr *call, const kg_ast *ast, const kg_id *values, size_t count,
                       uint64_t times) {
  kg_agg *agg = NULL;
  kg_id out = KG_ID_NONE;
  kgq_error *err = NULL;
  const kg_expr_env env = calc_env(ast, &fx.arena);
  check(kg_agg_compile(call, &env, &agg, &err), err, "compile");
  kg_agg_state *state = (kg_agg_state *)malloc(kg_agg_state_bytes(agg));
  assert_non_null(state);
  kg_agg_start(agg, state);
  err = NULL;
  for (size_t i = 0; i < count; i++) {
    const bool again = kg_agg_is_distinct(agg) && values[i] != KG_ID_NONE && was_before(values, i);
    if (!again) {
      check(kg_agg_add(agg, state, values[i], kg_agg_is_distinct(agg) ? 1 : times, &err), err, "add");
    }
  }
  check(kg_agg_result(agg, state, &out, &err), err, "result");
  kg_agg_end(agg, state);
  free(state);
  return out;
}

static bool group_is(const char *text, const char *const *values, uint64_t times, const char *expected) {
  kg_ast *ast = NULL;
  kg_id ids[6];
  size_t count = 0;
  for (; count < 6 && values[count]; count++) {
    ids[count] = calc_id(values[count]);
  }
  const kg_expr *call = parse_call(text, &ast);
  const kg_id got = aggregate(call, ast, ids, count, times);
  const kg_id want = expected ? calc_id(expected) : KG_ID_NONE;
  kg_ast_free(ast);
  if (got != want) {
    print_error("%s of %zu values: %s", text, count, calc_text(got));
    print_error(" instead of %s\n", calc_text(want));
  }
  return got == want;
}

#define Q(text) "'" text "'^^kgq:quantity"

static const group groups_rows[] = {
  { "COUNT(?a)", { NULL }, "0" },
  { "COUNT(?a)", { "1", "1", "1/0", "'x'" }, "3" },
  { "COUNT(DISTINCT ?a)", { "1", "1", "1/0", "'x'", "01" }, "3" },
  { "COUNT(*)", { "1", "1/0", "1" }, "3" },
  { "SUM(?a)", { NULL }, "0" },
  { "SUM(?a)", { "1", "2", "3" }, "6" },
  { "SUM(?a)", { "1.0", "2.2", "3.5", "2.2", "2.2" }, "11.1" },
  { "SUM(?a)", { "1", "2.2" }, "3.2" },
  { "SUM(?a)", { "0.2e0", "0.2" }, "4.0E-1" },
  { "SUM(?a)", { "'1'^^xsd:float", "1" }, "'2.0E0'^^xsd:float" },
  { "SUM(?a)", { "0.1", "0.2", "-0.3" }, "0.0" },
  { "SUM(DISTINCT ?a)", { "1", "1", "2", "2.0" }, "5.0" },
  { "SUM(?a)", { "1", "'x'" }, NULL },
  { "SUM(?a)", { "1", "1/0" }, NULL },
  { "SUM(?a)", { ":a" }, NULL },
  { "SUM(?a)", { "99999999999999999999999999999999999999", "1" }, NULL },
  { "SUM(?a)", { "9223372036854775807", "1" }, "9223372036854775808" },
  { "AVG(?a)", { NULL }, "0" },
  { "AVG(?a)", { "1", "2", "3", "4" }, "2.5" },
  { "AVG(?a)", { "1", "2" }, "1.5" },
  { "AVG(?a)", { "2", "2" }, "2.0" },
  { "AVG(?a)", { "1.0", "2.2", "3.5", "2.2", "2.2" }, "2.22" },
  { "AVG(?a)", { "1", "1", "2" }, "1.333333333333333333" },
  { "AVG(DISTINCT ?a)", { "1", "1", "2" }, "1.5" },
  { "AVG(?a)", { "1e0", "2" }, "1.5E0" },
  { "AVG(?a)", { "1", "BNODE()", "3" }, NULL },
  { "MIN(?a)", { NULL }, NULL },
  { "MIN(?a)", { "3", "1.5", "2e0" }, "1.5" },
  { "MAX(?a)", { "3", "1.5", "2e0" }, "3" },
  { "MAX(?a)", { "'b'", "'a'", "'ab'" }, "'b'" },
  { "MIN(?a)", { "'2025-10-31'^^xsd:date", "'2024-10-31'^^xsd:date" }, "'2024-10-31'^^xsd:date" },
  { "MIN(?a)", { "1", "1/0" }, NULL },
  { "MIN(?a)", { "1", ":a" }, ":a" },
  { "MAX(?a)", { Q("<=5 GPU"), Q("5 GPU"), Q("4 GPU") }, Q("5 GPU") },
  { "SAMPLE(?a)", { NULL }, NULL },
  { "SAMPLE(?a)", { "1/0", "7", "8" }, "7" },
  { "GROUP_CONCAT(?a)", { NULL }, "''" },
  { "GROUP_CONCAT(?a)", { "'1'", "'22'" }, "'1 22'" },
  { "GROUP_CONCAT(?a; SEPARATOR=':')", { "'1'", "''", "'3'" }, "'1::3'" },
  { "GROUP_CONCAT(?a; SEPARATOR='')", { "'a'", "'b'" }, "'ab'" },
  { "GROUP_CONCAT(?a)", { "'1'@en", "'2'@fr" }, "'1 2'" },
  { "GROUP_CONCAT(?a)", { "1", "1.50", ":a" }, "'1 1.50 http://example/a'" },
  { "GROUP_CONCAT(DISTINCT ?a)", { "'a'", "'b'", "'a'" }, "'a b'" },
  { "GROUP_CONCAT(?a)", { "'a'", "BNODE()" }, NULL },
  { "GROUP_CONCAT(?a)", { "'a'", "1/0" }, NULL },
  { "SUM(?a)",
    { Q("<=50000 GPU"), Q("<=50000 GPU"), Q("<=50000 GPU"), Q("<=50000 GPU"), Q("60000 GPU") },
    Q("<=260000 GPU") },
  { "SUM(?a)",
    { Q("<=50000 GPU"), Q("<=50000 GPU"), Q("<=50000 GPU"), Q("~60000 GPU") },
    Q("<=~210000 GPU") },
  { "SUM(?a)", { Q("<~50000 GPU"), Q(">200000 GPU") }, NULL },
  { "SUM(?a)", { Q("5 GPU"), Q("5 KRW") }, NULL },
  { "SUM(?a)", { Q("5 GPU"), "1" }, NULL },
  { "SUM(?a)", { "1", Q("5 GPU") }, NULL },
  { "SUM(?a)", { "1", Q("~5"), "2" }, Q("~8") },
  { "SUM(?a)", { Q("10..14 KRW"), Q("1 KRW") }, Q("11..15 KRW") },
  { "AVG(?a)", { Q("10 GPU"), Q("20 GPU") }, Q("15 GPU") },
  { "SUM(?a)", { Q("many GPU") }, NULL },
  { "kgq:agree(?a)", { NULL }, "true" },
  { "kgq:agree(?a)", { Q("<=5 GPU"), Q("4 GPU"), Q("<=5 GPU") }, "true" },
  { "kgq:agree(?a)", { Q("<=5 GPU"), Q("4 GPU"), Q("6 GPU") }, "false" },
  { "kgq:agree(?a)", { Q("5 GPU"), Q("5 KRW") }, NULL },
  { "kgq:agree(?a)", { Q("5 GPU"), Q("5 KRW"), Q("6 GPU") }, "false" },
  { "kgq:agree(?a)", { ":a", ":a" }, "true" },
  { "kgq:agree(?a)", { ":a", ":b" }, "false" },
  { "kgq:agree(?a)", { "'x'", "1/0" }, NULL },
};

static void groups(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(groups_rows); i++) {
    wrong += group_is(groups_rows[i].call, groups_rows[i].values, 1, groups_rows[i].expected) ? 0 : 1;
  }
  assert_int_equal(wrong, 0);
}

/* Each value three times. */
static void multiplicities(void **state) {
  static const group rows[] = {
    { "COUNT(?a)", { "1", "2" }, "6" },
    { "COUNT(*)", { "1", "2" }, "6" },
    { "COUNT(DISTINCT ?a)", { "1", "1", "2" }, "2" },
    { "SUM(?a)", { "1", "2" }, "9" },
    { "SUM(?a)", { "0.1" }, "0.3" },
    { "SUM(DISTINCT ?a)", { "1", "2" }, "3" },
    { "AVG(?a)", { "1", "2" }, "1.5" },
    { "GROUP_CONCAT(?a)", { "'a'", "'b'" }, "'a a a b b b'" },
    { "GROUP_CONCAT(DISTINCT ?a)", { "'a'", "'b'" }, "'a b'" },
    { "SUM(?a)", { Q("<=5 GPU") }, Q("<=15 GPU") },
    { "AVG(?a)", { Q("<=5 GPU") }, Q("<=5 GPU") },
    { "SUM(?a)", { Q("1..2 GPU") }, Q("3..6 GPU") },
    { "MAX(?a)", { "1", "2" }, "2" },
  };
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(rows); i++) {
    wrong += group_is(rows[i].call, rows[i].values, 3, rows[i].expected) ? 0 : 1;
  }
  assert_int_equal(wrong, 0);
}

static void long_texts(void **state) {
  kg_ast *ast = NULL;
  kg_agg *agg = NULL;
  kgq_error *err = NULL;
  (void)state;
  char *text = malloc(1 << 20);
  assert_non_null(text);
  memset(text, 'a', 1 << 20);
  const kg_term term = kg_term_string(kg_str_n(text, 1 << 20));
  kg_id id = KG_ID_NONE;
  assert_int_equal(kg_terms_intern(fx.terms, &term, &id, NULL), KGQ_OK);
  free(text);
  const kg_expr *call = parse_call("GROUP_CONCAT(?a)", &ast);
  const kg_expr_env env = calc_env(ast, &fx.arena);
  assert_int_equal(kg_agg_compile(call, &env, &agg, &err), KGQ_OK);
  kg_agg_state *s = (kg_agg_state *)malloc(kg_agg_state_bytes(agg));
  assert_non_null(s);
  kg_agg_start(agg, s);
  assert_int_equal(kg_agg_add(agg, s, id, 15, &err), KGQ_OK);
  assert_int_equal(kg_agg_add(agg, s, id, 1, &err), KGQ_LIMIT);
  kgq_error_free(err);
  kg_agg_end(agg, s);
  free(s);
  kg_ast_free(ast);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(groups), cmocka_unit_test(multiplicities),
                                      cmocka_unit_test(long_texts) };
  return cmocka_run_group_tests(tests, calc_setup, calc_teardown);
}
