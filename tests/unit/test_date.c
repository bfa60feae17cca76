/* Tests of core/date: lexical forms, order, interval ends, durations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/date.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void texts(void **state) {
  static const struct {
    kg_date_kind kind;
    const char *text, *printed; /* NULL: refused */
  } rows[] = {
    { KG_DATE_YEAR, "2030", "2030" },
    { KG_DATE_YEAR, "-0044", "-0044" },
    { KG_DATE_YEAR, "0000", "0000" },
    { KG_DATE_YEAR, "12025Z", "12025Z" },
    { KG_DATE_YEAR, "02025", NULL },
    { KG_DATE_YEAR, "25", NULL },
    { KG_DATE_YEAR, "+2025", NULL },
    { KG_DATE_YEAR, "2025+09:00", "2025+09:00" },
    { KG_DATE_YEAR, "1234567890123", NULL },
    { KG_DATE_YEAR, "", NULL },
    { KG_DATE_YEAR, "-", NULL },
    { KG_DATE_YEAR, "2025-", NULL },
    { KG_DATE_YEAR_MONTH, "2025-10", "2025-10" },
    { KG_DATE_YEAR_MONTH, "2025-13", NULL },
    { KG_DATE_YEAR_MONTH, "2025-00", NULL },
    { KG_DATE_YEAR_MONTH, "2025-1", NULL },
    { KG_DATE_YEAR_MONTH, "2025-10-05:00", "2025-10-05:00" },
    { KG_DATE_DAY, "2025-10-31", "2025-10-31" },
    { KG_DATE_DAY, "2025-02-29", NULL },
    { KG_DATE_DAY, "2024-02-29", "2024-02-29" },
    { KG_DATE_DAY, "1900-02-29", NULL },
    { KG_DATE_DAY, "2000-02-29Z", "2000-02-29Z" },
    { KG_DATE_DAY, "0000-02-29", "0000-02-29" },
    { KG_DATE_DAY, "2025-10-31+14:00", "2025-10-31+14:00" },
    { KG_DATE_DAY, "2025-10-31+14:01", NULL },
    { KG_DATE_DAY, "2025-10-31+15:00", NULL },
    { KG_DATE_DAY, "2025-10-31-00:00", "2025-10-31Z" },
    { KG_DATE_DAY, "2025-10-31T00:00:00", NULL },
    { KG_DATE_DAY, " 2025-10-31", NULL },
    { KG_DATE_TIME, "12:00:00", "12:00:00" },
    { KG_DATE_TIME, "24:00:00", "00:00:00" },
    { KG_DATE_TIME, "24:00:01", NULL },
    { KG_DATE_TIME, "23:59:60", NULL },
    { KG_DATE_TIME, "1:00:00", NULL },
    { KG_DATE_TIME, "01:02:03.450-08:00", "01:02:03.45-08:00" },
    { KG_DATE_TIME, "25:00:00", NULL },
    { KG_DATE_TIME, "01:02", NULL },
    { KG_DATE_DATETIME, "2025-10-31T17:29:00", "2025-10-31T17:29:00" },
    { KG_DATE_DATETIME, "2025-10-31T17:29:00.", NULL },
    { KG_DATE_DATETIME, "2025-12-31T24:00:00Z", "2026-01-01T00:00:00Z" },
    { KG_DATE_DATETIME, "2025-12-31T24:00:00.000", "2026-01-01T00:00:00" },
    { KG_DATE_DATETIME, "2024-02-28T24:00:00", "2024-02-29T00:00:00" },
    { KG_DATE_DATETIME, "2025-10-31", NULL },
    { KG_DATE_DATETIME, "2025-10-31t17:29:00", NULL },
    { KG_DATE_DATETIME, "2025-10-31T17:29:00.000000000000000001", "2025-10-31T17:29:00.000000000000000001" },
    { KG_DATE_DATETIME, "2025-10-31T17:29:00.0000000000000000001", NULL },
    { KG_DATE_DATETIME, "-0001-01-01T00:00:09.5+00:30", "-0001-01-01T00:00:09.5+00:30" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_date d;
    char out[KG_DATE_TEXT_MAX + 1];
    const bool ok = kg_date_parse(kg_str(rows[i].text), rows[i].kind, &d);
    if (ok != (rows[i].printed != NULL)) {
      fail_msg("%s: %s", rows[i].text, ok ? "read" : "refused");
    }
    if (ok) {
      out[kg_date_print(&d, out)] = 0;
      assert_string_equal(out, rows[i].printed);
    }
  }
}

static void order(void **state) {
  static const struct {
    kg_date_kind kind;
    const char *a, *b;
    int order;
  } rows[] = {
    { KG_DATE_DATETIME, "2025-10-31T12:00:00Z", "2025-10-31T21:00:00+09:00", 0 },
    { KG_DATE_DATETIME, "2025-10-31T12:00:00Z", "2025-10-31T12:00:00", 2 },
    { KG_DATE_DATETIME, "2025-10-31T12:00:00Z", "2025-11-02T12:00:00", -1 },
    { KG_DATE_DATETIME, "2025-10-31T12:00:00", "2025-11-02T12:00:00Z", -1 },
    { KG_DATE_DATETIME, "2025-11-02T12:00:00", "2025-10-31T12:00:00Z", 1 },
    { KG_DATE_DATETIME, "2000-01-15T00:00:00", "2000-01-15T14:00:00Z", 2 },
    { KG_DATE_DATETIME, "2000-01-15T00:00:00", "2000-01-15T14:00:00.001Z", -1 },
    { KG_DATE_DATETIME, "2025-10-31T12:00:00.1", "2025-10-31T12:00:00.10", 0 },
    { KG_DATE_DAY, "2006-08-23", "2006-08-24", -1 },
    { KG_DATE_DAY, "2006-08-23Z", "2006-08-23", 2 },
    { KG_DATE_DAY, "2006-08-23Z", "2006-08-23+00:00", 0 },
    { KG_DATE_DAY, "2006-08-23+05:00", "2006-08-23Z", -1 },
    { KG_DATE_DAY, "-0001-12-31", "0000-01-01", -1 },
    { KG_DATE_TIME, "08:00:00+09:00", "17:00:00-06:00", -1 },
    { KG_DATE_TIME, "23:00:00Z", "23:30:00Z", -1 },
    { KG_DATE_YEAR, "2025", "2026", -1 },
    { KG_DATE_YEAR_MONTH, "2025-10", "2025-10", 0 },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_date a, b;
    assert_true(kg_date_parse(kg_str(rows[i].a), rows[i].kind, &a));
    assert_true(kg_date_parse(kg_str(rows[i].b), rows[i].kind, &b));
    if (kg_date_compare(&a, &b) != rows[i].order) {
      fail_msg("%s against %s: %d", rows[i].a, rows[i].b, kg_date_compare(&a, &b));
    }
    assert_int_equal(kg_date_compare(&b, &a), rows[i].order == 2 ? 2 : -rows[i].order);
  }
}

static void time_line(void **state) {
  static const struct {
    const char *text;
    long long seconds;
  } rows[] = { { "1970-01-01T00:00:00Z", 0 },
               { "1970-01-01T01:00:00+01:00", 0 },
               { "2000-03-01T00:00:00", 951868800 },
               { "1969-12-31T23:59:59Z", -1 },
               { "2038-01-19T03:14:07Z", 2147483647 },
               { "0001-01-01T00:00:00Z", -62135596800 },
               { "0000-01-01T00:00:00Z", -62167219200 },
               { "-0400-01-01T00:00:00Z", -74790000000 } };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_date d;
    int64_t v = 0;
    assert_true(kg_date_parse(kg_str(rows[i].text), KG_DATE_DATETIME, &d));
    assert_true(kg_decimal_to_int(kg_date_seconds(&d), &v));
    if (v != rows[i].seconds) {
      fail_msg("%s: %lld", rows[i].text, (long long)v);
    }
  }
}

static void interval_ends(void **state) {
  static const struct {
    kg_date_kind kind;
    const char *text, *start, *end;
  } rows[] = { { KG_DATE_YEAR, "2024", "2024-01-01", "2024-12-31" },
               { KG_DATE_YEAR_MONTH, "2024-02Z", "2024-02-01Z", "2024-02-29Z" },
               { KG_DATE_DAY, "2025-10-31", "2025-10-31", "2025-10-31" },
               { KG_DATE_DATETIME, "2025-10-31T23:00:00+09:00", "2025-10-31+09:00", "2025-10-31+09:00" } };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_date d;
    char out[KG_DATE_TEXT_MAX + 1];
    assert_true(kg_date_parse(kg_str(rows[i].text), rows[i].kind, &d));
    const kg_date start = kg_date_start(&d), end = kg_date_end(&d);
    out[kg_date_print(&start, out)] = 0;
    assert_string_equal(out, rows[i].start);
    out[kg_date_print(&end, out)] = 0;
    assert_string_equal(out, rows[i].end);
  }
}

static void durations(void **state) {
  static const char *rows[][2] = {
    { "P1Y", "P1Y" },
    { "P13M", "P1Y1M" },
    { "-PT8H", "-PT8H" },
    { "PT0S", "PT0S" },
    { "P0Y", "PT0S" },
    { "PT3600S", "PT1H" },
    { "P1DT2H3M4.50S", "P1DT2H3M4.5S" },
    { "P1Y2M3D", "P1Y2M3D" },
    { "PT0.5S", "PT0.5S" },
    { "P400D", "P400D" },
    { "PT90M", "PT1H30M" },
    { "-P1Y2M3DT4H5M6.7S", "-P1Y2M3DT4H5M6.7S" },
    { "P", NULL },
    { "PT", NULL },
    { "P1S", NULL },
    { "PT1D", NULL },
    { "P1M1Y", NULL },
    { "P1.5Y", NULL },
    { "PT1.S", NULL },
    { "PT.5S", NULL },
    { "P-1Y", NULL },
    { "1Y", NULL },
    { "P1D2D", NULL },
    { "P1YT", NULL },
    { "", NULL },
    { "P1Y ", NULL },
    { "P99999999999999999999999999999999999999Y", NULL },
    { "P1DT", NULL },
    { "PT1H1H", NULL },
    { "PT99999999999999999999S", NULL },
    { "P1", NULL },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_duration d;
    char out[KG_DATE_TEXT_MAX + 1];
    const bool ok = kg_duration_parse(kg_str(rows[i][0]), &d);
    if (ok != (rows[i][1] != NULL)) {
      fail_msg("%s: %s", rows[i][0], ok ? "read" : "refused");
    }
    if (ok) {
      out[kg_duration_print(&d, out)] = 0;
      assert_string_equal(out, rows[i][1]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(texts),         cmocka_unit_test(order),     cmocka_unit_test(time_line),
    cmocka_unit_test(interval_ends), cmocka_unit_test(durations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
