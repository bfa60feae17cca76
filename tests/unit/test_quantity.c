/* Tests of graph/quantity*: texts, tests by stated number, equality, order, intervals, sums
 * (docs/FACTS.md 5.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "graph/quantity.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static kg_quantity read_quantity(const char *text) {
  kg_quantity q;
  if (!kg_quantity_parse(kg_str(text), &q)) {
    fail_msg("not a quantity: %s", text);
  }
  return q;
}

static void check_text(const char *what, const char *input, const kg_quantity *q, const char *expected) {
  kg_buf buf;
  kg_buf_init(&buf, NULL);
  assert_int_equal(kg_quantity_print(q, &buf, NULL), KGQ_OK);
  if (!kg_str_equal(kg_buf_str(&buf), kg_str(expected))) {
    fail_msg("%s %s: %.*s, expected %s", what, input, KG_ARG(kg_buf_str(&buf)), expected);
  }
  kg_buf_free(&buf);
}

/* ---- texts ------------------------------------------------------------------------------------ */

static const char *const texts_rows[][2] = {
  /* canonical form; NULL: refused */
  { "50000 GPU", "50000 GPU" },
  { "<=50000 GPU", "<=50000 GPU" },
  { "<50000 GPU", "<50000 GPU" },
  { "<~50000 GPU", "<~50000 GPU" },
  { "<=~50000 GPU", "<=~50000 GPU" },
  { ">=50000 GPU", ">=50000 GPU" },
  { ">50000 GPU", ">50000 GPU" },
  { ">~50000 GPU", ">~50000 GPU" },
  { ">=~50000 GPU", ">=~50000 GPU" },
  { "~50000 GPU", "~50000 GPU" },
  { "50000", "50000" },
  { "0", "0" },
  { "-0", "0" },
  { "-0.00 K", "0 K" },
  { "007", "7" },
  { "-007.50 Cel", "-7.5 Cel" },
  { "4.50", "4.5" },
  { "0.5 %", "0.5 %" },
  { "26 %", "26 %" },
  { "10000000000000..14000000000000 KRW", "10000000000000..14000000000000 KRW" },
  { "14..10 KRW", "10..14 KRW" },
  { "20..<30 KRW", "20..<30 KRW" },
  { ">20..30 KRW", ">20..30 KRW" },
  { ">20..<30", ">20..<30" },
  { "~20..30", "~20..30" },
  { "~>20..<30", "~>20..<30" },
  { ">30..20", "20..<30" },
  { "1.50..2.0 m", "1.5..2 m" },
  { "-2..-1", "-2..-1" },
  { "-1..-2", "-2..-1" },
  { "5..5 d", "5..5 d" },
  { "3 kg", "3 kg" },
  { "3 km/h", "3 km/h" },
  { "3 장", "3 장" },
  { "3 m2", "3 m2" },
  { "99999999999999999999999999999999999999", "99999999999999999999999999999999999999" },
  { "999999999999999999999999999999999999999", NULL },
  { "", NULL },
  { " ", NULL },
  { "GPU", NULL },
  { " 5", NULL },
  { "5 ", NULL },
  { "5  GPU", NULL },
  { "5\tGPU", NULL },
  { "5 G PU", NULL },
  { "5GPU", NULL },
  { "+5", NULL },
  { "--5", NULL },
  { "5.", NULL },
  { ".5", NULL },
  { "5. GPU", NULL },
  { "1e3", NULL },
  { "50,000", NULL },
  { "50_000", NULL },
  { "５", NULL },
  { "= 5", NULL },
  { "=5", NULL },
  { "<>5", NULL },
  { "~~5", NULL },
  { "~<5", NULL },
  { "~>5", NULL },
  { "<= 5", NULL },
  { "<=", NULL },
  { "5..", NULL },
  { "..5", NULL },
  { "5...6", NULL },
  { "5..>6", NULL },
  { "<5..6", NULL },
  { "<=5..6", NULL },
  { ">=5..6", NULL },
  { "5 ..6", NULL },
  { "5.. 6", NULL },
  { "5 2GPU", NULL },
  { "5 -GPU", NULL },
  { "5 ~GPU", NULL },
  { "5 .GPU", NULL },
  { "5 million", NULL },
  { "5 to", NULL },
  { "5 億", NULL },
  { "5 G\xC2\xA0U", NULL },
  { "5 G\xFFU", NULL },
  { "5 G\xE3\x80\x80U", NULL },
};

static void texts(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(texts_rows); i++) {
    kg_quantity q;
    const bool parsed = kg_quantity_parse(kg_str(texts_rows[i][0]), &q);
    if (parsed != (texts_rows[i][1] != NULL)) {
      fail_msg("‘%s’ should be %s", texts_rows[i][0], texts_rows[i][1] ? "a quantity" : "refused");
    }
    if (parsed) {
      check_text("print", texts_rows[i][0], &q, texts_rows[i][1]);
    }
  }
}

static void shown(void **state) {
  static const char *const rows[][2] = {
    { "<=50000 GPU", "≤50,000 GPU" },
    { "~60000 GPU", "~60,000 GPU" },
    { "10000..14000 KRW", "10,000–14,000 KRW" },
    { ">=1234567.125 m", "≥1,234,567.125 m" },
    { "-1000", "-1,000" },
    { "-100", "-100" },
    { "999", "999" },
    { "<~5000 t", "<~5,000 t" },
    { "20..<30 B", "20–<30 B" },
    { "0.1234", "0.1234" },
    { "<=~7000", "≤~7,000" },
    { ">2000", ">2,000" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_buf buf;
    kg_buf_init(&buf, NULL);
    const kg_quantity q = read_quantity(rows[i][0]);
    assert_int_equal(kg_quantity_show(&q, &buf, NULL), KGQ_OK);
    if (!kg_str_equal(kg_buf_str(&buf), kg_str(rows[i][1]))) {
      fail_msg("show %s: %.*s", rows[i][0], KG_ARG(kg_buf_str(&buf)));
    }
    kg_buf_free(&buf);
  }
}

/* ---- comparing -------------------------------------------------------------------------------- */

static void tests_by_number(void **state) {
  static const struct {
    const char *a;
    const char *relation;
    const char *b;
    int expected;
  } rows[] = {
    { "<=50000 GPU", ">=", "50000 GPU", 1 },
    { "<=50000 GPU", ">", "50000 GPU", 0 },
    { "<=50000 GPU", "<=", "50000 GPU", 1 },
    { "<=50000 GPU", "<", "50000 GPU", 0 },
    { ">200000 GPU", "<", "200001 GPU", 1 },
    { "~60000 GPU", ">", "59999 GPU", 1 },
    { "50000 GPU", "<", "50000 KRW", -1 },
    { "50000", "<", "50000 GPU", -1 },
    { "50000 GPU", "<", "60000", -1 },
    { "50000", "<", "60000", 1 },
    { "10..14 KRW", "<", "15 KRW", 1 },
    { "10..14 KRW", "<", "10 KRW", 0 },
    { "10..14 KRW", "<", "12 KRW", -1 },
    { "10..14 KRW", "<=", "14 KRW", 1 },
    { "10..14 KRW", "<", "14 KRW", -1 },
    { "10..14 KRW", ">=", "10 KRW", 1 },
    { "12 KRW", ">", "10..14 KRW", -1 },
    { "15 KRW", ">", "10..14 KRW", 1 },
    { "10..14 KRW", "<", "15..20 KRW", 1 },
    { "10..14 KRW", "<", "12..20 KRW", -1 },
    { "10..14 KRW", ">", "1..2 KRW", 1 },
    { "4.50", ">=", "4.5", 1 },
    { "-1", "<", "0", 1 },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    const kg_quantity a = read_quantity(rows[i].a), b = read_quantity(rows[i].b);
    const char *r = rows[i].relation;
    const bool or_equal = r[1] == '=';
    const kg_relation relation =
        r[0] == '<' ? (or_equal ? KG_LESS_EQUAL : KG_LESS) : (or_equal ? KG_GREATER_EQUAL : KG_GREATER);
    if (kg_quantity_test(&a, relation, &b) != rows[i].expected) {
      fail_msg("%s %s %s should be %d", rows[i].a, r, rows[i].b, rows[i].expected);
    }
  }
}

static void equality(void **state) {
  static const struct {
    const char *a, *b;
    int expected;
  } rows[] = {
    { "50000 GPU", "50000 GPU", 1 },
    { "<=50000 GPU", "50000 GPU", 0 },
    { "<=50000 GPU", "<=050000.0 GPU", 1 },
    { "~5", "<=~5", 0 },
    { "5 GPU", "5 KRW", -1 },
    { "5", "5 GPU", -1 },
    { "10..14 KRW", "14..10 KRW", 1 },
    { "10..14 KRW", "10..<14 KRW", 0 },
    { "~10..14", "10..14", 0 },
    { ">10..14", "14..<10", 1 },
    { "10..10", "10", 0 },
    { "-0", "0", 1 },
    { ">5", ">~5", 0 },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    const kg_quantity a = read_quantity(rows[i].a), b = read_quantity(rows[i].b);
    if (kg_quantity_equal(&a, &b) != rows[i].expected || kg_quantity_equal(&b, &a) != rows[i].expected) {
      fail_msg("%s = %s should be %d", rows[i].a, rows[i].b, rows[i].expected);
    }
  }
}

static void order(void **state) {
  static const char *const rising[] = { "-5",        "0",     "0..1",  "0..<2",  "1..2",  "5",
                                        "<7",        "<~7",   "<=7",   "<=~7",   "~7",    "7",
                                        ">=~7",      ">=7",   ">~7",   ">7",     "7..8",  "100",
                                        "<1 GPU",    "1 GPU", "2 GPU", "10 GPU", "1 KRW", "2..3 KRW",
                                        "~2..3 KRW", "3 KRW", "1 장" };
  (void)state;
  for (size_t i = 0; i < COUNT(rising); i++) {
    for (size_t j = 0; j < COUNT(rising); j++) {
      const kg_quantity a = read_quantity(rising[i]), b = read_quantity(rising[j]);
      const int expected = (i > j) - (i < j);
      if (kg_quantity_order(&a, &b) != expected) {
        fail_msg("order of %s and %s should be %d", rising[i], rising[j], expected);
      }
    }
  }
}

/* ---- intervals -------------------------------------------------------------------------------- */

static const struct {
  const char *a, *b, *both; /* NULL: they do not meet; "": other units */
} intervals_rows[] = {
  { ">=260000", "<=260000", "260000" },
  { "50000 GPU", "50000 GPU", "50000 GPU" },
  { "50000 GPU", "50001 GPU", NULL },
  { "50000 GPU", "50000 KRW", "" },
  { "5", "5 KRW", "" },
  { "<=50000 GPU", "~60000 GPU", NULL },
  { "<=50000 GPU", "~55000 GPU", "49500..50000 GPU" },
  { "<=60000 GPU", "~60000 GPU", "54000..60000 GPU" },
  { "<=100000 GPU", "~60000 GPU", "~60000 GPU" },
  { ">200000 GPU", "260000 GPU", "260000 GPU" },
  { ">200000 GPU", "200000 GPU", NULL },
  { ">=200000 GPU", "200000 GPU", "200000 GPU" },
  { ">200000 GPU", "<=260000 GPU", ">200000..260000 GPU" },
  { ">200000 GPU", "<200000 GPU", NULL },
  { ">200000 GPU", "<=200000 GPU", NULL },
  { "<50 t", "<=50 t", "<50 t" },
  { "<=50 t", "<60 t", "<=50 t" },
  { ">50 t", ">=50 t", ">50 t" },
  { "<~50 t", "50 t", NULL },
  { "<~50 t", "45 t", "45 t" },
  { "<~50 t", "44 t", NULL },
  { "<~50 t", "48 t", "48 t" },
  { ">~50 t", "55 t", "55 t" },
  { ">~50 t", "50 t", NULL },
  { ">~50 t", "56 t", NULL },
  { "~50 t", "45 t", "45 t" },
  { "~50 t", "55 t", "55 t" },
  { "~50 t", "55.1 t", NULL },
  { "<=~50 t", "55 t", "55 t" },
  { "<=~50 t", "56 t", NULL },
  { ">=~50 t", "45 t", "45 t" },
  { ">=~50 t", "44 t", NULL },
  { "<=~50 t", ">=~50 t", "~50 t" },
  { "<=~50 t", ">=~52 t", "46.8..55 t" },
  { ">=~50 t", "<50 t", "<~50 t" },
  { "<=~50 t", ">50 t", ">~50 t" },
  { ">=~50 t", "<=~60 t", "~50..60 t" },
  { "10..14 KRW", "12..20 KRW", "12..14 KRW" },
  { "10..14 KRW", "14..20 KRW", "14 KRW" },
  { "10..<14 KRW", "14..20 KRW", NULL },
  { "10..14 KRW", ">14..20 KRW", NULL },
  { "10..14 KRW", "11..12 KRW", "11..12 KRW" },
  { "10..14 KRW", "<=12 KRW", "10..12 KRW" },
  { "10..14 KRW", "<12 KRW", "10..<12 KRW" },
  { "20..<30 KRW", "29.9 KRW", "29.9 KRW" },
  { "~10..20 KRW", "22 KRW", "22 KRW" },
  { "~10..20 KRW", "9 KRW", "9 KRW" },
  { "~10..20 KRW", "23 KRW", NULL },
  { "~-50", "-55", "-55" },
  { "~-50", "-45", "-45" },
  { "~-50", "-56", NULL },
  { "5..5", "5", "5" },
  { "5..<5", "5", NULL },
};

static void intervals(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(intervals_rows); i++) {
    const kg_quantity a = read_quantity(intervals_rows[i].a), b = read_quantity(intervals_rows[i].b);
    const bool other_units = intervals_rows[i].both != NULL && intervals_rows[i].both[0] == '\0';
    const int expected = other_units ? -1 : intervals_rows[i].both != NULL;
    kg_quantity both, mirrored;
    if (kg_quantity_compatible(&a, &b) != expected || kg_quantity_compatible(&b, &a) != expected) {
      fail_msg("compatible(%s, %s) should be %d", intervals_rows[i].a, intervals_rows[i].b, expected);
    }
    assert_int_equal(kg_quantity_both(&a, &b, &both), expected == 1);
    assert_int_equal(kg_quantity_both(&b, &a, &mirrored), expected == 1);
    if (expected == 1) {
      check_text("both", intervals_rows[i].a, &both, intervals_rows[i].both);
      check_text("both", intervals_rows[i].b, &mirrored, intervals_rows[i].both);
    }
  }
}

static void check_end(const char *text, bool exists, kg_decimal number, const char *expected) {
  char printed[KG_DECIMAL_TEXT_MAX + 1];
  if (exists != (expected != NULL)) {
    fail_msg("end of %s", text);
  }
  if (exists) {
    printed[kg_decimal_print(number, printed)] = '\0';
    assert_string_equal(printed, expected);
  }
}

static void ends(void **state) {
  static const struct {
    const char *text, *name, *lower, *upper;
  } rows[] = {
    { "5 GPU", "exactly", "5", "5" },     { "<=5", "up_to", NULL, "5" },
    { "<5", "less_than", NULL, "5" },     { "<~5", "almost", "5", "5" },
    { ">=5", "at_least", "5", NULL },     { ">5", "more_than", "5", NULL },
    { ">~5", "just_over", "5", "5" },     { "~5", "about", "5", "5" },
    { "<=~5", "up_to_about", NULL, "5" }, { ">=~5", "at_least_about", "5", NULL },
    { "5..6", "from_to", "5", "6" },      { "5..<6", "from_to", "5", "6" },
    { "~>5..<6", "from_to", "5", "6" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    const kg_quantity q = read_quantity(rows[i].text);
    kg_decimal lower, upper;
    const bool has_lower = kg_quantity_lower(&q, &lower), has_upper = kg_quantity_upper(&q, &upper);
    assert_string_equal(kg_quantity_bound_name(&q), rows[i].name);
    check_end(rows[i].text, has_lower, lower, rows[i].lower);
    check_end(rows[i].text, has_upper, upper, rows[i].upper);
  }
}

/* ---- sums ------------------------------------------------------------------------------------- */

#define TERMS_MAX 6

static const struct {
  const char *terms[TERMS_MAX];
  const char *result; /* NULL: error */
} sums_rows[] = {
  { { NULL }, "0" },
  { { "5 GPU" }, "5 GPU" },
  { { "5 GPU", "6 GPU" }, "11 GPU" },
  { { "5", "6" }, "11" },
  { { "5 GPU", "6 KRW" }, NULL },
  { { "5 GPU", "6" }, NULL },
  { { "5", "6 GPU" }, NULL },
  { { "0.1", "0.2", "0.3" }, "0.6" },
  { { "<=50000 GPU", "<=50000 GPU", "<=50000 GPU", "~60000 GPU" }, "<=~210000 GPU" },
  { { "<=50000 GPU", "<=50000 GPU", "<=50000 GPU", "<=50000 GPU", "60000 GPU" }, "<=260000 GPU" },
  { { "<~50000 GPU", ">200000 GPU" }, NULL },
  { { "<=5", ">=5" }, NULL },
  { { "<5", ">~5" }, NULL },
  { { "<=~5", ">=~5" }, NULL },
  { { "<5", "5" }, "<10" },
  { { "<5", "<=5" }, "<10" },
  { { "<~5", "5" }, "<~10" },
  { { "<~5", "<~5" }, "<~10" },
  { { "<~5", "<=5" }, "<10" },
  { { "<~5", "<5" }, "<10" },
  { { "<~5", "1..2" }, "<7" },
  { { "<~5", "~5" }, "<=~10" },
  { { "<5", "~5" }, "<=~10" },
  { { "<5", "<=~5" }, "<=~10" },
  { { "<=5", "~1..2" }, "<=~7" },
  { { "<=5", "1..2" }, "<=7" },
  { { "<=5", "1..<2" }, "<7" },
  { { "<=5", ">1..2" }, "<=7" },
  { { "<=5", "5" }, "<=10" },
  { { ">5", "5" }, ">10" },
  { { ">5", ">=5" }, ">10" },
  { { ">~5", "5" }, ">~10" },
  { { ">~5", ">=5" }, ">10" },
  { { ">~5", "~5" }, ">=~10" },
  { { ">=5", "~5" }, ">=~10" },
  { { ">=~5", "5" }, ">=~10" },
  { { ">=5", "1..2" }, ">=6" },
  { { ">=5", ">1..2" }, ">6" },
  { { ">=5", "1..<2" }, ">=6" },
  { { ">=5", "~1..2" }, ">=~6" },
  { { ">=5", "5", "-3" }, ">=7" },
  { { "1..2", "3" }, "4..5" },
  { { "1..2", "3..4" }, "4..6" },
  { { "1..<2", "3..4" }, "4..<6" },
  { { ">1..2", "3..<4" }, ">4..<6" },
  { { "1..2", "~3" }, "~4..5" },
  { { "~1..2", "3" }, "~4..5" },
  { { "~5", "5" }, "~10" },
  { { "~5", "~6 GPU" }, NULL },
  { { "99999999999999999999999999999999999999", "1" }, NULL },
};

static void sums(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(sums_rows); i++) {
    for (int backward = 0; backward < 2; backward++) {
      kg_quantity_sum sum;
      kg_quantity result;
      kg_quantity_sum_init(&sum);
      for (size_t j = 0; j < TERMS_MAX; j++) {
        const char *term = sums_rows[i].terms[backward ? TERMS_MAX - 1 - j : j];
        if (term != NULL) {
          const kg_quantity q = read_quantity(term);
          kg_quantity_sum_add(&sum, &q);
        }
      }
      const bool fine = kg_quantity_sum_result(&sum, &result);
      if (fine != (sums_rows[i].result != NULL)) {
        fail_msg("sum %zu (%s …) should be %s", i, sums_rows[i].terms[0],
                 sums_rows[i].result ? sums_rows[i].result : "an error");
      }
      if (fine) {
        check_text("sum", sums_rows[i].terms[0] ? sums_rows[i].terms[0] : "of nothing", &result,
                   sums_rows[i].result);
      }
    }
  }
}

static void averages(void **state) {
  static const struct {
    const char *sum;
    uint64_t by;
    const char *result;
  } rows[] = {
    { "<=~210000 GPU", 4, "<=~52500 GPU" },
    { "10", 3, "3.333333333333333333" },
    { "20", 3, "6.666666666666666667" },
    { "10..20 KRW", 4, "2.5..5 KRW" },
    { "1", 8, "0.125" },
    { "5", 0, NULL },
    { "0.000000000000000001", 2, "0" },
    { "0.000000000000000003", 2, "0.000000000000000002" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    const kg_quantity q = read_quantity(rows[i].sum);
    kg_quantity result;
    assert_int_equal(kg_quantity_divide(&q, rows[i].by, &result), rows[i].result != NULL);
    if (rows[i].result != NULL) {
      check_text("average", rows[i].sum, &result, rows[i].result);
    }
  }
}

static void huge_numbers(void **state) {
  const kg_quantity a = read_quantity("~99999999999999999999999999999999999999");
  const kg_quantity b = read_quantity("~0.00000000000000000000000000000000000001");
  (void)state;
  assert_int_equal(kg_quantity_compatible(&a, &a), 1);
  assert_int_equal(kg_quantity_compatible(&b, &b), 1);
  assert_int_equal(kg_quantity_compatible(&a, &b), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(texts),        cmocka_unit_test(shown), cmocka_unit_test(tests_by_number),
    cmocka_unit_test(equality),     cmocka_unit_test(order), cmocka_unit_test(intervals),
    cmocka_unit_test(ends),         cmocka_unit_test(sums),  cmocka_unit_test(averages),
    cmocka_unit_test(huge_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
