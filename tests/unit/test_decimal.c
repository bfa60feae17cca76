/* Tests of core/decimal: tables of texts, arithmetic, rounding, doubles. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/decimal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NINES        "99999999999999999999999999999999999999"

static kg_decimal read_decimal(const char *text) {
  kg_decimal d = { 0, 0 };
  if (!kg_decimal_parse(kg_str(text), &d)) {
    fail_msg("not read: %s", text);
  }
  return d;
}

static void expect_decimal(kg_decimal d, const char *text, const char *what) {
  char out[KG_DECIMAL_TEXT_MAX + 1];
  out[kg_decimal_print(d, out)] = 0;
  if (strcmp(out, text) != 0) {
    fail_msg("%s: %s instead of %s", what, out, text);
  }
}

static void parse_and_print(void **state) {
  static const char *good[][2] = {
    { "0", "0" },
    { "-0", "0" },
    { "+7", "7" },
    { "007", "7" },
    { "1.50", "1.5" },
    { ".5", "0.5" },
    { "5.", "5" },
    { "-0.05", "-0.05" },
    { "-.5", "-0.5" },
    { "1.000", "1" },
    { "123456789012345678901234567890", "123456789012345678901234567890" },
    { NINES, NINES },
    { "-" NINES, "-" NINES },
    { "0." NINES, "0." NINES },
    { "000000000000000000000000000000000000000000000000001", "1" },
    { "1.00000000000000000000000000000000000000000000000000", "1" },
    { "0.00000000000000000000000000000000000001", "0.00000000000000000000000000000000000001" },
    { NINES ".0", NINES },
  };
  static const char *bad[] = { "",
                               "-",
                               "+",
                               ".",
                               "1e3",
                               "1.2.3",
                               " 1",
                               "1 ",
                               "--1",
                               "0x1",
                               NINES "1",
                               NINES ".1",
                               "0.000000000000000000000000000000000000001",
                               "INF" };
  (void)state;
  for (size_t i = 0; i < COUNT(good); i++) {
    expect_decimal(read_decimal(good[i][0]), good[i][1], good[i][0]);
  }
  for (size_t i = 0; i < COUNT(bad); i++) {
    kg_decimal d;
    if (kg_decimal_parse(kg_str(bad[i]), &d)) {
      fail_msg("read: %s", bad[i]);
    }
  }
}

static void scale_is_kept_as_written(void **state) {
  (void)state;
  assert_int_equal(read_decimal("2.50").scale, 2);
  assert_int_equal(kg_decimal_normal(read_decimal("2.50")).scale, 1);
  assert_int_equal(kg_decimal_normal(read_decimal("0.000")).scale, 0);
}

static void arithmetic(void **state) {
  static const struct {
    const char *a;
    char op;
    const char *b, *result; /* NULL: does not fit */
  } rows[] = {
    { "1", '+', "2", "3" },
    { "0.1", '+', "0.2", "0.3" },
    { "1.5", '-', "1.5", "0" },
    { "-1", '-', "1", "-2" },
    { NINES, '+', "1", NULL },
    { NINES, '+', "0.0", NINES },
    { NINES, '-', "1", "99999999999999999999999999999999999998" },
    { NINES, '+', "0.1", NULL },
    { "-" NINES, '-', "1", NULL },
    { "2", '*', "3.5", "7" },
    { "-2.5", '*', "0.4", "-1" },
    { "10000000000000000000", '*', "10000000000000000000", NULL },
    { "10000000000000000000", '*', "1000000000000000000", "10000000000000000000000000000000000000" },
    { "0.00000000000000000001", '*', "0.0000000000000000001", NULL },
    { NINES, '*', "0", "0" },
    { "1", '/', "3", "0.333333333333333333" },
    { "2", '/', "3", "0.666666666666666667" },
    { "1", '/', "8", "0.125" },
    { "-1", '/', "3", "-0.333333333333333333" },
    { "10", '/', "5", "2" },
    { "0", '/', "7", "0" },
    { "0.0000000000000000005", '/', "1", "0" },
    { "0.0000000000000000015", '/', "1", "0.000000000000000002" },
    { "0.00000000000000000050000001", '/', "1", "0.000000000000000001" },
    { NINES, '/', "0.1", NULL },
    { NINES, '/', "2", "50000000000000000000000000000000000000" },
    { "1", '/', NINES, "0" },
    { NINES, '/', NINES, "1" },
    { "99999999999999999999999999999999999998", '/', NINES, "1" },
    { "10000000000000000000000000000000", '/', "3", "3333333333333333333333333333333.3333333" },
    { "1", '/', "0.00000000000000000000000000000000000001", NULL },
    { "0.1", '/', "0.00000000000000000000000000000000000001", "10000000000000000000000000000000000000" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    const kg_decimal a = read_decimal(rows[i].a), b = read_decimal(rows[i].b);
    kg_decimal out = { 0, 0 };
    const bool ok = rows[i].op == '+'   ? kg_decimal_add(a, b, &out)
                    : rows[i].op == '-' ? kg_decimal_subtract(a, b, &out)
                    : rows[i].op == '*' ? kg_decimal_multiply(a, b, &out)
                                        : kg_decimal_divide(a, b, 18, &out);
    char label[128];
    snprintf(label, sizeof label, "%s %c %s", rows[i].a, rows[i].op, rows[i].b);
    if (ok != (rows[i].result != NULL)) {
      fail_msg("%s: %s", label, ok ? "fits" : "does not fit");
    }
    if (ok) {
      expect_decimal(out, rows[i].result, label);
    }
  }
}

static void compare(void **state) {
  static const struct {
    const char *a, *b;
    int order;
  } rows[] = { { "1", "1.0", 0 },        { "0", "-0.0", 0 },        { "1", "2", -1 },
               { "-1", "-2", 1 },        { "0.1", "0.11", -1 },     { NINES, "0." NINES, 1 },
               { "-" NINES, "0.1", -1 }, { "-" NINES, "-0.1", -1 }, { "0.1", NINES, -1 },
               { "-0.1", "-" NINES, 1 }, { NINES, NINES, 0 },       { "10.00", "9.999", 1 } };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    assert_int_equal(kg_decimal_compare(read_decimal(rows[i].a), read_decimal(rows[i].b)), rows[i].order);
    assert_int_equal(kg_decimal_compare(read_decimal(rows[i].b), read_decimal(rows[i].a)), -rows[i].order);
  }
}

static void rounding(void **state) {
  static const struct {
    const char *text;
    int32_t places;
    const char *up, *floor, *ceiling, *even;
  } rows[] = {
    { "2.5", 0, "3", "2", "3", "2" },
    { "-2.5", 0, "-2", "-3", "-2", "-2" },
    { "3.5", 0, "4", "3", "4", "4" },
    { "-3.5", 0, "-3", "-4", "-3", "-4" },
    { "2.4999", 0, "2", "2", "3", "2" },
    { "-2.6", 0, "-3", "-3", "-2", "-3" },
    { "0.4", 0, "0", "0", "1", "0" },
    { "-0.5", 0, "0", "-1", "0", "0" },
    { "1.25", 1, "1.3", "1.2", "1.3", "1.2" },
    { "155", -1, "155", "155", "155", "155" },
    { "7", 0, "7", "7", "7", "7" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    if (rows[i].places < 0) {
      expect_decimal(kg_decimal_round(read_decimal(rows[i].text), -1, KG_ROUND_HALF_UP), "160", "tens");
      continue;
    }
    const kg_decimal d = read_decimal(rows[i].text);
    expect_decimal(kg_decimal_round(d, rows[i].places, KG_ROUND_HALF_UP), rows[i].up, rows[i].text);
    expect_decimal(kg_decimal_round(d, rows[i].places, KG_ROUND_FLOOR), rows[i].floor, rows[i].text);
    expect_decimal(kg_decimal_round(d, rows[i].places, KG_ROUND_CEILING), rows[i].ceiling, rows[i].text);
    expect_decimal(kg_decimal_round(d, rows[i].places, KG_ROUND_HALF_EVEN), rows[i].even, rows[i].text);
  }
}

static void integers(void **state) {
  int64_t v = 0;
  (void)state;
  assert_true(kg_decimal_to_int(read_decimal("42.00"), &v));
  assert_int_equal(v, 42);
  assert_false(kg_decimal_to_int(read_decimal("0.5"), &v));
  assert_true(kg_decimal_to_int(read_decimal("-9223372036854775808"), &v));
  assert_true(v == INT64_MIN);
  assert_false(kg_decimal_to_int(read_decimal("9223372036854775808"), &v));
  expect_decimal(kg_decimal_from_int(INT64_MIN), "-9223372036854775808", "from int");
}

static void doubles(void **state) {
  static const struct {
    const char *text, *canonical, *single;
  } rows[] = {
    { "1", "1.0E0", "1.0E0" },
    { "0", "0.0E0", "0.0E0" },
    { "-0", "-0.0E0", "-0.0E0" },
    { "INF", "INF", "INF" },
    { "+INF", "INF", "INF" },
    { "-INF", "-INF", "-INF" },
    { "NaN", "NaN", "NaN" },
    { "1e6", "1.0E6", "1.0E6" },
    { "123.456", "1.23456E2", "1.23456E2" },
    { "0.1", "1.0E-1", "1.0E-1" },
    { "1E400", "INF", "INF" },
    { "1e-400", "0.0E0", "0.0E0" },
    { ".5e1", "5.0E0", "5.0E0" },
    { "5.e-1", "5.0E-1", "5.0E-1" },
    { "5e-324", "5.0E-324", "0.0E0" },
    { "1.7976931348623157e308", "1.7976931348623157E308", "INF" },
    { "33.3333333333333333", "3.3333333333333336E1", "3.3333332E1" },
    { "9007199254740993", "9.007199254740992E15", "9.007199E15" },
    { "1e9999999999999999999", "INF", "INF" },
    { "0.000000000000000000000000000000000000000000000001e48", "1.0E0", "1.0E0" },
    { "16777217", "1.6777217E7", "1.6777216E7" },
  };
  static const char *bad[] = { "",     "-",     "e1", "1e",       "1e+", "inf",   "nan",
                               "-NaN", "0x1p3", "1 ", "Infinity", ".",   "1.2.3", "1e1.5" };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    char out[KG_DOUBLE_TEXT_MAX + 1];
    double v = 0;
    assert_true(kg_double_parse(kg_str(rows[i].text), false, &v));
    out[kg_double_print(v, false, out)] = 0;
    assert_string_equal(out, rows[i].canonical);
    assert_true(kg_double_parse(kg_str(rows[i].text), true, &v));
    out[kg_double_print(v, true, out)] = 0;
    assert_string_equal(out, rows[i].single);
  }
  for (size_t i = 0; i < COUNT(bad); i++) {
    double v = 0;
    if (kg_double_parse(kg_str(bad[i]), false, &v)) {
      fail_msg("read: %s", bad[i]);
    }
  }
}

static void long_double_texts(void **state) {
  /* the half-way point between 1 and the next double, and a non-zero digit far behind it */
  static const char half[] = "1.00000000000000011102230246251565404236316680908203125";
  char text[1200];
  double v = 0;
  (void)state;
  assert_true(kg_double_parse(kg_str(half), false, &v));
  assert_true(v == 1.0);
  memset(text, '0', sizeof text);
  memcpy(text, half, sizeof half - 1);
  text[1100] = '1';
  assert_true(kg_double_parse(kg_str_n(text, 1101), false, &v));
  assert_true(v > 1.0);
}

static void doubles_to_decimals(void **state) {
  kg_decimal d;
  (void)state;
  assert_true(kg_decimal_from_double(0.1, &d));
  expect_decimal(d, "0.1", "0.1");
  assert_true(kg_decimal_from_double(-1.5e20, &d));
  expect_decimal(d, "-150000000000000000000", "-1.5e20");
  assert_true(kg_decimal_from_double(-0.0, &d));
  expect_decimal(d, "0", "-0");
  assert_false(kg_decimal_from_double((double)NAN, &d));
  assert_false(kg_decimal_from_double(1e38, &d));
  assert_false(
      kg_decimal_from_double(3.4e38, &d)); /* 3.4e37 fits, and ten times that is more than 128 bits */
  assert_false(kg_decimal_from_double(-2e38, &d));
  assert_true(kg_decimal_from_double(-9e37, &d));
  assert_false(kg_decimal_from_double(1e-39, &d));
  assert_true(kg_decimal_to_double(read_decimal("0.1")) == 0.1);
  assert_true(kg_decimal_to_double(read_decimal(NINES)) == 1e38);
}

/* Random doubles come back from their text, and decimals obey the laws of arithmetic. */
static void laws(void **state) {
  uint64_t seed = 20260101;
  (void)state;
  for (int i = 0; i < 20000; i++) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    double v = 0, back = 0;
    const uint64_t bits = seed ^ seed >> 29;
    memcpy(&v, &bits, sizeof v);
    if (isfinite(v)) {
      char out[KG_DOUBLE_TEXT_MAX];
      assert_true(kg_double_parse(kg_str_n(out, kg_double_print(v, false, out)), false, &back));
      assert_true(memcmp(&v, &back, sizeof v) == 0);
    }
    const kg_decimal a = { (int64_t)seed >> 10, (int32_t)(seed % 12) },
                     b = { (int64_t)(seed << 20) >> 12, (int32_t)(seed % 7) };
    kg_decimal sum = a, difference = a, product = a, quotient = a;
    assert_true(kg_decimal_add(a, b, &sum) && kg_decimal_subtract(sum, b, &difference));
    assert_int_equal(kg_decimal_compare(difference, a), 0);
    if (b.mantissa != 0 && kg_decimal_multiply(a, b, &product)) {
      assert_true(kg_decimal_divide(product, b, 18, &quotient));
      assert_int_equal(kg_decimal_compare(quotient, a), 0);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(parse_and_print),
    cmocka_unit_test(scale_is_kept_as_written),
    cmocka_unit_test(arithmetic),
    cmocka_unit_test(compare),
    cmocka_unit_test(rounding),
    cmocka_unit_test(integers),
    cmocka_unit_test(doubles),
    cmocka_unit_test(long_double_texts),
    cmocka_unit_test(doubles_to_decimals),
    cmocka_unit_test(laws),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
