/* tests/unit/test_id.c: inline ids: which literals have one, the way back, order, values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "graph/id.h"
#include "graph/vocab.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct row {
  const char *datatype, *text;
} row;

static const row inlined[] = {
  { KG_XSD_INTEGER, "0" },
  { KG_XSD_INTEGER, "7" },
  { KG_XSD_INTEGER, "-1" },
  { KG_XSD_INTEGER, "576460752303423487" }, /* 2^59 - 1 */
  { KG_XSD_INTEGER, "-576460752303423487" },
  { KG_XSD_DECIMAL, "0.0" },
  { KG_XSD_DECIMAL, "0.5" },
  { KG_XSD_DECIMAL, "-0.5" },
  { KG_XSD_DECIMAL, "1.50" },
  { KG_XSD_DECIMAL, "260000.00" },
  { KG_XSD_DECIMAL, "0.0000000000000000000000000000001" }, /* 31 digits */
  { KG_XSD_DECIMAL, "1801439850948198.3" },
  { KG_XSD_DECIMAL, "-1801439850948198.3" },
  { KG_XSD_BOOLEAN, "true" },
  { KG_XSD_BOOLEAN, "false" },
  { KG_XSD_DATE, "2025-10-31" },
  { KG_XSD_DATE, "2025-10-31Z" },
  { KG_XSD_DATE, "2025-10-31+09:00" },
  { KG_XSD_DATE, "2025-10-31-14:00" },
  { KG_XSD_DATE, "0000-01-01" },
  { KG_XSD_DATE, "-0044-03-15" },
  { KG_XSD_DATE, "12025-01-01" },
  { KG_XSD_DATE, "4194303-12-31" }, /* 2^22 - 1 */
  { KG_XSD_DATE, "-4194303-12-31" },
  { KG_XSD_DATE, "2024-02-29" },
  { KG_XSD_DATETIME, "2025-10-31T22:30:00" },
  { KG_XSD_DATETIME, "2025-10-31T00:00:59Z" },
  { KG_XSD_DATETIME, "2025-10-31T23:59:59-05:30" },
  { KG_XSD_GYEAR, "2030" },
  { KG_XSD_GYEAR, "2030Z" },
  { KG_XSD_GYEAR, "-0001" },
  { KG_XSD_GYEARMONTH, "2030-12" },
  { KG_XSD_GYEARMONTH, "2030-01+14:00" },
};

static const row stored[] = {
  { KG_XSD_INTEGER, "" },
  { KG_XSD_INTEGER, "-" },
  { KG_XSD_INTEGER, "-0" },
  { KG_XSD_INTEGER, "+5" },
  { KG_XSD_INTEGER, "01" },
  { KG_XSD_INTEGER, "-01" },
  { KG_XSD_INTEGER, " 1" },
  { KG_XSD_INTEGER, "1.0" },
  { KG_XSD_INTEGER, "abc" },
  { KG_XSD_INTEGER, "576460752303423488" },
  { KG_XSD_INTEGER, "-576460752303423488" },
  { KG_XSD_INTEGER, "99999999999999999999999999" },
  { KG_NS_XSD "int", "1" },
  { KG_NS_XSD "integer2", "1" },
  { KG_XSD_DOUBLE, "1.0" },
  { KG_XSD_STRING, "1" },
  { "", "1" },
  { KG_XSD_DECIMAL, "1" },
  { KG_XSD_DECIMAL, "1." },
  { KG_XSD_DECIMAL, ".5" },
  { KG_XSD_DECIMAL, "-.5" },
  { KG_XSD_DECIMAL, "-0.0" },
  { KG_XSD_DECIMAL, "00.5" },
  { KG_XSD_DECIMAL, "+0.5" },
  { KG_XSD_DECIMAL, "1.5e3" },
  { KG_XSD_DECIMAL, "1.5 " },
  { KG_XSD_DECIMAL, "1801439850948198.4" }, /* 2^54 */
  { KG_XSD_DECIMAL, "-1801439850948198.4" },
  { KG_XSD_DECIMAL, "99999999999999999999.5" },
  { KG_XSD_DECIMAL, "0.99999999999999999999" },
  { KG_XSD_DECIMAL, "0.00000000000000000000000000000001" }, /* 32 digits */
  { KG_XSD_BOOLEAN, "1" },
  { KG_XSD_BOOLEAN, "0" },
  { KG_XSD_BOOLEAN, "True" },
  { KG_XSD_BOOLEAN, "" },
  { KG_XSD_DATE, "2025-10-31+00:00" },
  { KG_XSD_DATE, "2025-10-31-00:00" },
  { KG_XSD_DATE, "-0000-01-01" },
  { KG_XSD_DATE, "2025-02-29" },
  { KG_XSD_DATE, "2025-10" },
  { KG_XSD_DATE, "4194304-01-01" },
  { KG_XSD_DATE, "-4194304-01-01" },
  { KG_XSD_DATE, " 2025-10-31" },
  { KG_XSD_DATETIME, "2025-10-31T24:00:00" },
  { KG_XSD_DATETIME, "2025-10-31T22:30:00.0" },
  { KG_XSD_DATETIME, "2025-10-31T22:30:00.5" },
  { KG_XSD_DATETIME, "2025-10-31T22:30:00+00:00" },
  { KG_XSD_DATETIME, "2025-10-31" },
  { KG_XSD_GYEAR, "02030" },
  { KG_XSD_GYEAR, "30" },
  { KG_XSD_GYEARMONTH, "2030-13" },
  { KG_XSD_TIME, "22:30:00" },
};

static bool inline_of(const row *r, kg_id *out) {
  const kg_term term = { .kind = KG_TERM_LITERAL, .text = kg_str(r->text), .datatype = kg_str(r->datatype) };
  return kg_id_inline(&term, out);
}

static kg_id must_inline(const char *datatype, const char *text) {
  const row r = { datatype, text };
  kg_id id = KG_ID_NONE;
  if (!inline_of(&r, &id)) {
    fail_msg("%s has no inline id", text);
  }
  return id;
}

static void inline_literals_come_back(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(inlined); i++) {
    kg_id id;
    if (!inline_of(&inlined[i], &id)) {
      fail_msg("%s has no inline id", inlined[i].text);
    }
    char buffer[KG_INLINE_TEXT_MAX];
    kg_term back;
    kg_id_inline_term(id, buffer, &back);
    assert_true(kg_id_is_inline(id));
    assert_int_equal(back.kind, KG_TERM_LITERAL);
    assert_string_equal(back.text.ptr, inlined[i].text); /* ends with a NUL */
    assert_int_equal(back.text.len, strlen(inlined[i].text));
    assert_true(kg_str_equal(back.datatype, kg_str(inlined[i].datatype)));
  }
}

static void others_are_stored(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(stored); i++) {
    kg_id id = 77;
    if (inline_of(&stored[i], &id)) {
      fail_msg("%s has an inline id", stored[i].text);
    }
    assert_int_equal(id, 77);
  }
  const kg_term iri = kg_term_iri(KG_STR("1"));
  const kg_term lang = kg_term_lang(KG_STR("1"), KG_STR("en"));
  kg_id id;
  assert_false(kg_id_inline(&iri, &id));
  assert_false(kg_id_inline(&lang, &id));
}

static void order_is_value_order(void **state) {
  (void)state;
  static const char *const integers[] = {
    "-576460752303423487", "-10", "-9", "0", "1", "576460752303423487"
  };
  for (size_t i = 0; i + 1 < COUNT(integers); i++) {
    assert_true(must_inline(KG_XSD_INTEGER, integers[i]) < must_inline(KG_XSD_INTEGER, integers[i + 1]));
  }
  static const char *const times[] = { "-4194303-01-01T00:00:00", "-0001-12-31T23:59:59",
                                       "0000-01-01T00:00:00",     "2025-10-31T22:30:00",
                                       "2025-10-31T22:30:01",     "2025-10-31T22:31:00",
                                       "2025-10-31T23:00:00",     "2025-11-01T00:00:00",
                                       "2026-01-01T00:00:00" };
  for (size_t i = 0; i + 1 < COUNT(times); i++) {
    assert_true(must_inline(KG_XSD_DATETIME, times[i]) < must_inline(KG_XSD_DATETIME, times[i + 1]));
  }
  assert_true(must_inline(KG_XSD_DATE, "2025-10-30+09:00") < must_inline(KG_XSD_DATE, "2025-10-31+09:00"));
  assert_true(must_inline(KG_XSD_GYEAR, "-0002") < must_inline(KG_XSD_GYEAR, "-0001"));
  assert_true(must_inline(KG_XSD_GYEARMONTH, "2025-02") < must_inline(KG_XSD_GYEARMONTH, "2025-10"));
}

static void values(void **state) {
  (void)state;
  assert_int_equal(kg_id_integer(must_inline(KG_XSD_INTEGER, "-42")), -42);
  const kg_decimal d = kg_id_decimal(must_inline(KG_XSD_DECIMAL, "-1.50"));
  assert_true(d.mantissa == -150 && d.scale == 2);
  assert_true(kg_id_boolean(must_inline(KG_XSD_BOOLEAN, "true")));
  assert_false(kg_id_boolean(must_inline(KG_XSD_BOOLEAN, "false")));
  kg_id id;
  assert_true(kg_id_from_int(-7, &id));
  assert_true(id == must_inline(KG_XSD_INTEGER, "-7"));
  assert_false(kg_id_from_int((int64_t)1 << 59, &id));
  assert_false(kg_id_from_int(-((int64_t)1 << 59), &id));
  assert_false(kg_id_from_int(INT64_MIN, &id));
}

static void dates_are_as_parsed(void **state) {
  (void)state;
  static const struct {
    const char *datatype, *text;
    kg_date_kind kind;
  } rows[] = {
    { KG_XSD_DATE, "2025-10-31", KG_DATE_DAY },
    { KG_XSD_DATE, "-0044-03-15-05:00", KG_DATE_DAY },
    { KG_XSD_DATETIME, "2025-10-31T22:30:07+09:00", KG_DATE_DATETIME },
    { KG_XSD_GYEAR, "2030Z", KG_DATE_YEAR },
    { KG_XSD_GYEARMONTH, "2030-12", KG_DATE_YEAR_MONTH },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_date got;
    kg_date want;
    kg_id_date(must_inline(rows[i].datatype, rows[i].text), &got);
    assert_true(kg_date_parse(kg_str(rows[i].text), rows[i].kind, &want));
    assert_int_equal(got.kind, want.kind);
    assert_int_equal(got.year, want.year);
    assert_int_equal(got.month, want.month);
    assert_int_equal(got.day, want.day);
    assert_int_equal(got.hour, want.hour);
    assert_int_equal(got.minute, want.minute);
    assert_int_equal(kg_decimal_compare(got.second, want.second), 0);
    assert_int_equal(got.zone_minutes, want.zone_minutes);
  }
}

/* An id of a damaged row may hold any payload: it must print within the buffer. */
static void any_payload_prints(void **state) {
  (void)state;
  uint64_t x = 88172645463325252u;
  for (int i = 0; i < 100000; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    const kg_tag tag = (kg_tag)(KG_TAG_INTEGER + (unsigned)(x % 7));
    char buffer[KG_INLINE_TEXT_MAX];
    kg_term term;
    kg_id_inline_term(kg_id_make(tag, i < 7 ? KG_ID_PAYLOAD_MASK : x >> 3), buffer, &term);
    assert_true(term.text.len > 0 && term.text.len < KG_INLINE_TEXT_MAX);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(inline_literals_come_back), cmocka_unit_test(others_are_stored),
    cmocka_unit_test(order_is_value_order),      cmocka_unit_test(values),
    cmocka_unit_test(dates_are_as_parsed),       cmocka_unit_test(any_payload_prints),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
