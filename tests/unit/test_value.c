/* Tests of typed values: from terms and ids, datatypes and their ranges, truth, and back. */
#include "calc_fixture.h"

#include "query/value.h"

static void kinds(void **state) {
  static const struct {
    const char *text, *type;
    kg_value_kind kind;
  } rows[] = {
    { "1", "integer", KG_VALUE_INTEGER },
    { "+01", "integer", KG_VALUE_INTEGER },
    { "1.0", "integer", KG_VALUE_ILL },
    { "", "integer", KG_VALUE_ILL },
    { " 1", "integer", KG_VALUE_ILL },
    { "1e3", "decimal", KG_VALUE_ILL },
    { ".5", "decimal", KG_VALUE_DECIMAL },
    { "INF", "decimal", KG_VALUE_ILL },
    { "INF", "double", KG_VALUE_DOUBLE },
    { "1", "double", KG_VALUE_DOUBLE },
    { "1e", "double", KG_VALUE_ILL },
    { "1e40", "float", KG_VALUE_FLOAT },
    { "true", "boolean", KG_VALUE_BOOLEAN },
    { "1", "boolean", KG_VALUE_BOOLEAN },
    { "TRUE", "boolean", KG_VALUE_ILL },
    { "127", "byte", KG_VALUE_INTEGER },
    { "128", "byte", KG_VALUE_ILL },
    { "-128", "byte", KG_VALUE_INTEGER },
    { "-129", "byte", KG_VALUE_ILL },
    { "32768", "short", KG_VALUE_ILL },
    { "2147483647", "int", KG_VALUE_INTEGER },
    { "2147483648", "int", KG_VALUE_ILL },
    { "9223372036854775807", "long", KG_VALUE_INTEGER },
    { "9223372036854775808", "long", KG_VALUE_ILL },
    { "-1", "nonNegativeInteger", KG_VALUE_ILL },
    { "0", "positiveInteger", KG_VALUE_ILL },
    { "0", "nonPositiveInteger", KG_VALUE_INTEGER },
    { "1", "nonPositiveInteger", KG_VALUE_ILL },
    { "-3", "negativeInteger", KG_VALUE_INTEGER },
    { "0", "negativeInteger", KG_VALUE_ILL },
    { "18446744073709551615", "unsignedLong", KG_VALUE_INTEGER },
    { "4294967296", "unsignedInt", KG_VALUE_ILL },
    { "65535", "unsignedShort", KG_VALUE_INTEGER },
    { "256", "unsignedByte", KG_VALUE_ILL },
    { "2025-10-31", "date", KG_VALUE_DATE },
    { "2025-02-29", "date", KG_VALUE_ILL },
    { "2025", "gYear", KG_VALUE_DATE },
    { "2025-10-31T17:29:00", "dateTimeStamp", KG_VALUE_ILL },
    { "2025-10-31T17:29:00Z", "dateTimeStamp", KG_VALUE_DATE },
    { "P1Y", "dayTimeDuration", KG_VALUE_ILL },
    { "P1M", "dayTimeDuration", KG_VALUE_ILL },
    { "PT1M", "dayTimeDuration", KG_VALUE_DURATION },
    { "P1D", "yearMonthDuration", KG_VALUE_ILL },
    { "P1M", "yearMonthDuration", KG_VALUE_DURATION },
    { "x", "anyURI", KG_VALUE_OTHER },
    { "x", "string", KG_VALUE_STRING },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    char iri[120];
    kg_value v;
    snprintf(iri, sizeof iri, "http://www.w3.org/2001/XMLSchema#%s", rows[i].type);
    const kg_term term = kg_term_typed(kg_str(rows[i].text), kg_str(iri));
    kg_value_from_term(&term, &v);
    if (v.kind != rows[i].kind) {
      fail_msg("\"%s\"^^xsd:%s is of kind %d", rows[i].text, rows[i].type, (int)v.kind);
    }
  }
}

/* An id, its value, and the term and id of that value computed anew. */
static void there_and_back(void **state) {
  static const char *const canonical[] = {
    "1",
    "-576460752303423488",
    "99999999999999999999",
    "1.5",
    "-0.25",
    "2.0",
    "true",
    "false",
    "1.0E0",
    "-1.5E-3",
    "'INF'^^xsd:double",
    "'1.0E0'^^xsd:float",
    "'2025-10-31'^^xsd:date",
    "'2025-10-31+09:00'^^xsd:date",
    "'2025-10-31T17:29:00Z'^^xsd:dateTime",
    "'2025-10-31T17:29:00.25Z'^^xsd:dateTime",
    "'2025'^^xsd:gYear",
    "'2025-10'^^xsd:gYearMonth",
    "'10:00:00'^^xsd:time",
    "'PT1H'^^xsd:dayTimeDuration",
    "'<=50000 GPU'^^kgq:quantity",
    "'10..14 KRW'^^kgq:quantity",
  };
  (void)state;
  for (size_t i = 0; i < COUNT(canonical); i++) {
    const kg_id id = calc_id(canonical[i]);
    kg_value v;
    kg_id back = KG_ID_NONE;
    assert_int_equal(kg_value_load(fx.terms, id, &v, NULL), KGQ_OK);
    assert_true(v.id == id);
    v.id = KG_ID_NONE;
    v.term = NULL;
    assert_int_equal(kg_value_id(fx.terms, &fx.arena, &v, &back, NULL), KGQ_OK);
    if (back != id) {
      fail_msg("%s comes back as %s", canonical[i], calc_text(back));
    }
  }
}

static void lazy_reading(void **state) {
  static const char *const texts[] = { ":a", "'x'", "'x'@en", "<<( :a :b :c )>>", "'x'^^:t", "01", "7" };
  (void)state;
  for (size_t i = 0; i < COUNT(texts); i++) {
    const kg_id id = calc_id(texts[i]);
    kg_value v;
    const kg_term *term = NULL;
    assert_int_equal(kg_value_load(fx.terms, id, &v, NULL), KGQ_OK);
    assert_int_equal(kg_value_read(fx.terms, &fx.arena, &v, NULL), KGQ_OK);
    assert_int_equal(kg_terms_get(fx.terms, id, &term, NULL), KGQ_OK);
    assert_true(kg_term_equal(v.term, term));
  }
}

static void damaged_ids(void **state) {
  kg_value v;
  kgq_error *err = NULL;
  (void)state;
  assert_int_equal(kg_value_load(fx.terms, (kg_id)15 << 60, &v, &err), KGQ_CORRUPT);
  kgq_error_free(err);
  assert_int_equal(kg_value_load(fx.terms, KG_ID_NONE, &v, NULL), KGQ_OK);
  assert_int_equal(v.kind, KG_VALUE_NONE);
  assert_int_equal(kg_value_load(fx.terms, KG_ID_DEFAULT_GRAPH, &v, NULL), KGQ_OK);
  assert_int_equal(v.kind, KG_VALUE_NONE);
}

static void truths(void **state) {
  static const struct {
    const char *text;
    int truth;
  } rows[] = { { "true", 1 },
               { "false", 0 },
               { "'1'^^xsd:boolean", 1 },
               { "'z'^^xsd:boolean", -1 },
               { "1", 1 },
               { "0", 0 },
               { "00", 0 },
               { "0.0", 0 },
               { "0e0", 0 },
               { "1e-300", 1 },
               { "''", 0 },
               { "'a'", 1 },
               { "'a'@en", -1 },
               { ":a", -1 },
               { "'x'^^:t", -1 },
               { "'NaN'^^xsd:double", 0 },
               { "'NaN'^^xsd:float", 0 },
               { "'x'^^xsd:integer", -1 },
               { "'5 GPU'^^kgq:quantity", -1 },
               { "'2025-10-31'^^xsd:date", -1 } };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_value v;
    int truth = 5;
    assert_int_equal(kg_value_load(fx.terms, calc_id(rows[i].text), &v, NULL), KGQ_OK);
    assert_int_equal(kg_value_truth(fx.terms, &v, &truth, NULL), KGQ_OK);
    if (truth != rows[i].truth) {
      fail_msg("the truth of %s is %d", rows[i].text, truth);
    }
  }
}

static void datatypes(void **state) {
  (void)state;
  for (int t = 0; t < KG_TYPE_OTHER; t++) {
    assert_int_equal(kg_datatype_of(kg_datatype_iri((kg_datatype)t)), t);
  }
  assert_int_equal(kg_datatype_of(KG_STR("http://www.w3.org/2001/XMLSchema#Integer")), KG_TYPE_OTHER);
  assert_int_equal(kg_datatype_of(KG_STR("")), KG_TYPE_OTHER);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(kinds),        cmocka_unit_test(there_and_back),
                                      cmocka_unit_test(lazy_reading), cmocka_unit_test(damaged_ids),
                                      cmocka_unit_test(truths),       cmocka_unit_test(datatypes) };
  return cmocka_run_group_tests(tests, calc_setup, calc_teardown);
}
