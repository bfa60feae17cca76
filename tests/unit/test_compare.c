/* Tests of = < > by value (SPARQL 17.3) and of the total order of ORDER BY. */
#include "calc_fixture.h"

#include "query/compare.h"
#include "query/value_class.h"

static const struct {
  const char *a, *b, *equal; /* NULL: an error */
} equality_rows[] = {
  { "1", "1", "true" },
  { "1", "01", "true" },
  { "1", "1.0", "true" },
  { "1", "1e0", "true" },
  { "1", "'1'^^xsd:float", "true" },
  { "1", "'1'^^xsd:byte", "true" },
  { "1", "2", "false" },
  { "0.1", "1e-1", "true" },
  { "0.1", "'0.1'^^xsd:float", "true" },
  { "'0.1'^^xsd:float", "1e-1", "false" },
  { "'NaN'^^xsd:double", "'NaN'^^xsd:double", "false" },
  { "'INF'^^xsd:double", "'INF'^^xsd:float", "true" },
  { "0e0", "-0e0", "true" },
  { "'a'", "'a'^^xsd:string", "true" },
  { "'a'", "'b'", "false" },
  { "'a'", "'a'@en", "false" },
  { "'a'@en", "'a'@EN", "true" },
  { "'a'@en", "'b'@en", "false" },
  { "'a'@en", "'a'@de", "false" },
  { "'a'@en--ltr", "'a'@en", "false" },
  { "'a'@en--ltr", "'a'@EN--ltr", "true" },
  { "'a'@en--ltr", "'a'@en--rtl", "false" },
  { "'xyz'@en", "'xyz'^^:unknown", "false" },
  { "'xyz'@en", "'xyz'^^xsd:integer", "false" },
  { "'xyz'", "'xyz'^^:unknown", NULL },
  { "'xyz'", "'xyz'^^xsd:integer", NULL },
  { "'xyz'^^xsd:integer", "'xyz'^^xsd:integer", "true" },
  { "'xyz'^^xsd:integer", "'abc'^^xsd:integer", NULL },
  { "'xyz'^^:unknown", "'xyz'^^:unknown", "true" },
  { "'xyz'^^:unknown", "'abc'^^:unknown", NULL },
  { "'a'^^:t1", "'a'^^:t2", NULL },
  { "1", "'x'^^:unknown", NULL },
  { "1", "'x'^^xsd:integer", NULL },
  { "1", "'1'", "false" },
  { "true", "'1'^^xsd:boolean", "true" },
  { "true", "false", "false" },
  { "true", "1", "false" },
  { ":a", ":a", "true" },
  { ":a", ":b", "false" },
  { ":a", "'http://example/a'", "false" },
  { ":a", "'x'^^:unknown", "false" },
  { "BNODE()", ":a", "false" },
  { "BNODE()", "BNODE()", "false" },
  { "'2006-08-23'^^xsd:date", "'2006-08-23'^^xsd:date", "true" },
  { "'2006-08-23Z'^^xsd:date", "'2006-08-23+00:00'^^xsd:date", "true" },
  { "'2006-08-23Z'^^xsd:date", "'2006-08-23'^^xsd:date", NULL },
  { "'2001-01-01Z'^^xsd:date", "'2006-08-23'^^xsd:date", "false" },
  { "'2006-08-23T09:00:00+01:00'^^xsd:dateTime", "'2006-08-23'^^xsd:date", "false" },
  { "'2006-08-23T09:00:00+01:00'^^xsd:dateTime", "'2006-08-23T08:00:00Z'^^xsd:dateTime", "true" },
  { "'2006-08-23T24:00:00Z'^^xsd:dateTime", "'2006-08-24T00:00:00.000Z'^^xsd:dateTime", "true" },
  { "'2025'^^xsd:gYear", "'2025'^^xsd:gYear", "true" },
  { "'PT60M'^^xsd:dayTimeDuration", "'PT1H'^^xsd:duration", "true" },
  { "'P1Y'^^xsd:duration", "'P365D'^^xsd:duration", "false" },
  { "<<( :a :b 1 )>>", "<<( :a :b 1.0 )>>", "true" },
  { "<<( :a :b 1 )>>", "<<( :a :b 2 )>>", "false" },
  { "<<( :a :b 'x'^^:u )>>", "<<( :a :b 'y'^^:u )>>", NULL },
  { "<<( :c :b 'x'^^:u )>>", "<<( :a :b 'y'^^:u )>>", "false" },
  { "<<( :a :b <<( :a :b 1 )>> )>>", "<<( :a :b <<( :a :b 01 )>> )>>", "true" },
  { "<<( :a :b 'NaN'^^xsd:double )>>", "<<( :a :b 'NaN'^^xsd:float )>>", "false" },
  { "<<( :a :b :c )>>", ":a", "false" },
  { "1/0", "1", NULL },
  { "123456789012345678901234567890123456789012345", "123456789012345678901234567890123456789012345",
    "true" },
  { "123456789012345678901234567890123456789012345", "1", NULL },
};

static void equality(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(equality_rows); i++) {
    char text[300];
    snprintf(text, sizeof text, "(%s) = (%s)", equality_rows[i].a, equality_rows[i].b);
    wrong += value_is(text, equality_rows[i].equal) ? 0 : 1;
    snprintf(text, sizeof text, "(%s) != (%s)", equality_rows[i].b, equality_rows[i].a);
    const char *opposite = !equality_rows[i].equal                       ? NULL
                           : strcmp(equality_rows[i].equal, "true") == 0 ? "false"
                                                                         : "true";
    wrong += value_is(text, opposite) ? 0 : 1;
  }
  assert_int_equal(wrong, 0);
}

static void relations(void **state) {
  static const struct {
    const char *a, *b;
    int order; /* -1, 0, 1; 2: an error; 3: false whatever the operator (NaN) */
  } rows[] = {
    { "1", "2", -1 },
    { "1", "1.0", 0 },
    { "-0.5", "-1e0", 1 },
    { "576460752303423487", "576460752303423488", -1 },
    { "'NaN'^^xsd:double", "1", 3 },
    { "'NaN'^^xsd:double", "'NaN'^^xsd:double", 3 },
    { "'a'", "'b'", -1 },
    { "'Z'", "'a'", -1 },
    { "'a'", "'ab'", -1 },
    { "'\\uFFFD'", "'\\U0001F600'", -1 },
    { "'a'@en", "'b'@en", 2 },
    { "'a'", "'b'@en", 2 },
    { "false", "true", -1 },
    { ":a", ":b", 2 },
    { "1", "'1'", 2 },
    { "true", "1", 2 },
    { "'2006-08-22'^^xsd:date", "'2006-08-23Z'^^xsd:date", -1 },
    { "'2006-08-23'^^xsd:date", "'2006-08-23Z'^^xsd:date", 2 },
    { "'2006-08-23'^^xsd:date", "'2006-08-23T00:00:00'^^xsd:dateTime", 2 },
    { "'2025'^^xsd:gYear", "'2026'^^xsd:gYear", -1 },
    { "'2025-09'^^xsd:gYearMonth", "'2025-10'^^xsd:gYearMonth", -1 },
    { "'10:00:00'^^xsd:time", "'11:00:00'^^xsd:time", -1 },
    { "'PT1H'^^xsd:dayTimeDuration", "'PT61M'^^xsd:dayTimeDuration", -1 },
    { "'P1Y'^^xsd:yearMonthDuration", "'P13M'^^xsd:yearMonthDuration", -1 },
    { "'P1M'^^xsd:duration", "'P30D'^^xsd:duration", 2 },
    { "'x'^^:u", "'y'^^:u", 2 },
    { "'x'^^xsd:integer", "1", 2 },
    { "<<( :a :b 1 )>>", "<<( :a :b 2 )>>", 2 },
  };
  static const char *const operators[] = { "<", "<=", ">", ">=" };
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(rows); i++) {
    for (size_t k = 0; k < 4; k++) {
      const int order = rows[i].order;
      const bool holds = order < 2 && ((k == 0 && order < 0) || (k == 1 && order <= 0) ||
                                       (k == 2 && order > 0) || (k == 3 && order >= 0));
      char text[200];
      snprintf(text, sizeof text, "(%s) %s (%s)", rows[i].a, operators[k], rows[i].b);
      wrong += value_is(text, order == 2 ? NULL : holds ? "true" : "false") ? 0 : 1;
    }
  }
  assert_int_equal(wrong, 0);
}

static void total_order(void **state) {
  static const char *const texts[] = {
    "1/0",
    "BNODE('b')",
    ":a",
    ":b",
    "<http://host/entity>",
    "'NaN'^^xsd:double",
    "'-INF'^^xsd:double",
    "-456",
    "1.0",
    "1",
    "1e0",
    "1.5",
    "2",
    "9007199254740992",
    "9007199254740993",
    "9007199254740992e0",
    "'INF'^^xsd:double",
    "'<5 GPU'^^kgq:quantity",
    "'5 GPU'^^kgq:quantity",
    "'>5 GPU'^^kgq:quantity",
    "'5 KRW'^^kgq:quantity",
    "'2024-12-31'^^xsd:date",
    "'2025'^^xsd:gYear",
    "'2025-01'^^xsd:gYearMonth",
    "'2025-01-01'^^xsd:date",
    "'2025-10-31'^^xsd:date",
    "'2025-10-31T17:29:00+09:00'^^xsd:dateTime",
    "'2025-10-31T17:29:00'^^xsd:dateTime",
    "'10:00:00'^^xsd:time",
    "'PT1H'^^xsd:dayTimeDuration",
    "'P1M'^^xsd:yearMonthDuration",
    "false",
    "true",
    "''",
    "'a'",
    "'a'@de",
    "'a'@en",
    "'a'@en--ltr",
    "'b'",
    "'x'^^:t1",
    "'a'^^:t2",
    "'x'^^xsd:integer",
    "<<( :s :p -456 )>>",
    "<<( :s :p 123 )>>",
    "<<( :s :p <<( :x :y :z )>> )>>",
    "<<( :s1 :a 999 )>>",
  };
  kg_id ids[COUNT(texts)];
  (void)state;
  for (size_t i = 0; i < COUNT(texts); i++) {
    ids[i] = calc_id(texts[i]);
  }
  for (size_t i = 0; i < COUNT(texts); i++) {
    for (size_t k = 0; k < COUNT(texts); k++) {
      int order = 9;
      assert_int_equal(kg_expr_order(fx.terms, ids[i], ids[k], &order, NULL), KGQ_OK);
      const int expected = (i > k) - (i < k);
      if ((order > 0) - (order < 0) != expected) {
        fail_msg("%s against %s: %d", texts[i], texts[k], order);
      }
    }
  }
}

static const char *const class_numbers[] = {
  "0",
  "1",
  "-1",
  "3",
  "10",
  "16777216",
  "16777217",
  "16777218",
  "9007199254740992",
  "9007199254740993",
  "576460752303423488",
  "123456789012345678901234567890",
  "0.1",
  "0.10",
  "1.0",
  "1.5",
  "0.3",
  "-0.0",
  "100000000000.25",
  "0.000000000000001",
  "3.4e38",
  "1e39",
  "1e-46",
  "1e300",
};
static const char *const class_forms[] = {
  "%s",
  "'%s'^^xsd:integer",
  "'%s'^^xsd:decimal",
  "'%s'^^xsd:double",
  "'%s'^^xsd:float",
  "'%s'^^xsd:byte",
  "'%s'^^kgq:quantity",
  "'>= %s'^^kgq:quantity",
  "'%s km'^^kgq:quantity",
  "'%s'^^:unknown",
  "'%s'",
  "'%s'@en",
};
static const char *const class_others[] = {
  "'NaN'^^xsd:double",
  "'INF'^^xsd:double",
  "'INF'^^xsd:float",
  "'-INF'^^xsd:float",
  "true",
  "'1'^^xsd:boolean",
  "'2020-01-01'^^xsd:date",
  "'2020-01-01Z'^^xsd:date",
  "'2020-01-01T00:00:00Z'^^xsd:dateTime",
  "'2020-01-01T01:00:00+01:00'^^xsd:dateTime",
  "'P1D'^^xsd:dayTimeDuration",
  "'PT24H'^^xsd:dayTimeDuration",
  "<http://e/a>",
  "1/0",
};

/* Joins look for `?a = ?b` within classes: what is equal must have one class, of all pairs of all kinds. */
static void equal_values_have_one_class(void **state) {
  static kg_id ids[600], classes[600];
  uint32_t count = 0, equal = 0;
  (void)state;
  for (size_t f = 0; f < COUNT(class_forms); f++) {
    for (size_t n = 0; n < COUNT(class_numbers); n++) {
      char text[200];
      const char *hole = strstr(class_forms[f], "%s");
      snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - class_forms[f]), class_forms[f], class_numbers[n],
               hole + 2);
      ids[count++] = calc_id(text);
    }
  }
  for (size_t i = 0; i < COUNT(class_others); i++) {
    ids[count++] = calc_id(class_others[i]);
  }
  assert_int_equal(kg_value_classes(fx.terms, ids, count, classes, NULL), KGQ_OK);
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; k < count; k++) {
      kg_value a, b;
      int out = 0;
      assert_int_equal(kg_value_load(fx.terms, ids[i], &a, NULL), KGQ_OK);
      assert_int_equal(kg_value_load(fx.terms, ids[k], &b, NULL), KGQ_OK);
      assert_int_equal(kg_value_equal(fx.terms, &fx.arena, &a, &b, &out, NULL), KGQ_OK);
      equal += out == 1;
      if (out == 1 && classes[i] != classes[k]) {
        fail_msg("%u and %u are equal, of classes %llx and %llx", i, k, (unsigned long long)classes[i],
                 (unsigned long long)classes[k]);
      }
    }
  }
  assert_true(equal > 2 * count);
  assert_true(classes[1] != classes[2]); /* 1 and -1 */
  assert_int_equal(classes[count - 1], KG_ID_NONE);
}

static void language_tags(void **state) {
  (void)state;
  assert_true(kg_lang_equal(KG_STR("en-US"), KG_STR("EN-us")));
  assert_false(kg_lang_equal(KG_STR("en"), KG_STR("en-US")));
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(equality), cmocka_unit_test(relations),
                                      cmocka_unit_test(total_order),
                                      cmocka_unit_test(equal_values_have_one_class),
                                      cmocka_unit_test(language_tags) };
  return cmocka_run_group_tests(tests, calc_setup, calc_teardown);
}
