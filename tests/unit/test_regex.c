/* Tests of regular expressions: what XPath has and PCRE2 has not, limits, replacement, the cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/limits.h"
#include "query/regex.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static kg_regex_cache *cache;

static int setup(void **state) {
  (void)state;
  return kg_regex_cache_new(&kg_libc_allocator, &cache, NULL) == KGQ_OK ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  kg_regex_cache_free(cache);
  return 0;
}

/* 1, 0; 2: no regular expression. */
static int find(const char *pattern, const char *flags, const char *text) {
  kg_regex *regex = NULL;
  int found = -1;
  assert_int_equal(kg_regex_get(cache, kg_str(pattern), kg_str(flags), &regex, NULL), KGQ_OK);
  if (!regex) {
    return 2;
  }
  assert_int_equal(kg_regex_find(regex, kg_str(text), &found, NULL), KGQ_OK);
  return found;
}

static const struct {
  const char *pattern, *flags, *text;
  int found;
} matches_rows[] = {
  { "", "", "", 1 },
  { "b", "", "abc", 1 },
  { "^b$", "", "a\nb\nc", 0 },
  { "^b$", "m", "a\nb\nc", 1 },
  { "c$", "", "abc\n", 0 },
  { ".", "", "\n", 0 },
  { ".", "", "\r", 0 },
  { ".", "s", "\n", 1 },
  { " a b ", "x", "ab", 1 },
  { "a # b", "x", "a#b", 1 },
  { "[ ]", "x", " ", 1 },
  { "[ab", "", "a", 2 },
  { "[]", "", "a", 2 },
  { "[a-z-[aeiou]]", "", "e", 0 },
  { "^[a-z-[aeiou]]+$", "", "xyz", 1 },
  { "^[a-z-[aeiou-[e]]]$", "", "e", 1 },
  { "[^a-[b]]", "", "b", 0 },
  { "[a-[b]", "", "a", 2 },
  { "[a[b]]", "", "a", 2 },
  { "[a-]", "", "-", 1 },
  { "[\\]]", "", "]", 1 },
  { "^\\i\\c*$", "", "näme-1", 1 },
  { "^\\i", "", "1", 0 },
  { "\\I", "", "1", 1 },
  { "^\\C$", "", " ", 1 },
  { "^[\\i]$", "", "_", 1 },
  { "\\s", "", "\u00A0", 0 },
  { "\\s", "", "\t", 1 },
  { "^\\S$", "", "\u00A0", 1 },
  { "^[\\S]$", "", "x", 1 },
  { "\\w", "", "_", 0 },
  { "\\w", "", "+", 1 },
  { "^\\W$", "", "_", 1 },
  { "\\d", "", "\u0663", 1 },
  { "\\D", "", "1", 0 },
  { "^\\p{Lu}$", "", "\u00C9", 1 },
  { "\\p{IsGreek}", "", "a", 2 },
  { "\\p{L", "", "a", 2 },
  { "\\p", "", "a", 2 },
  { "\\", "", "a", 2 },
  { "\\Q", "", "a", 2 },
  { "\\C*\\x41", "", "a", 2 },
  { "(a)\\1", "", "aa", 1 },
  { "(*LIMIT_MATCH=1)a", "", "a", 2 },
  { "(?C1)a", "", "a", 2 },
  { "(?R)", "", "a", 2 },
  { "(?:ab)+", "", "abab", 1 },
  { "a(?=b)", "", "ab", 1 },
  { "(?<name>a)", "", "a", 2 },
  { "a{2}", "", "aa", 1 },
  { "\u00E9", "i", "\u00C9", 1 },
  { "a.c", "q", "abc", 0 },
  { "A.C", "qi", "a.c", 1 },
  { "a", "z", "a", 2 },
  { "a|", "", "b", 1 },
  { "(", "", "(", 2 },
  { "*a", "", "a", 2 },
  { "\U0001F46A", "", "x\U0001F46Ay", 1 },
};

static void matches(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(matches_rows); i++) {
    const int found = find(matches_rows[i].pattern, matches_rows[i].flags, matches_rows[i].text);
    if (found != matches_rows[i].found) {
      print_error("/%s/%s on \"%s\": %d\n", matches_rows[i].pattern, matches_rows[i].flags,
                  matches_rows[i].text, found);
      wrong++;
    }
  }
  assert_int_equal(wrong, 0);
}

static void replacements(void **state) {
  static const struct {
    const char *pattern, *text, *replacement, *result; /* NULL: an error */
  } rows[] = {
    { "b", "abcb", "[$0]", "a[b]c[b]" },
    { "(a)(b)?", "aab", "<$1$2>", "<a><ab>" },
    { "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "abcdefghijk", "$11$1", "ka" },
    { "(a)", "a", "$12", "a2" },
    { "a", "banana", "\\$", "b$n$n$" },
    { "a", "a", "\\", NULL },
    { "a", "a", "$x", NULL },
    { "a*", "b", "x", NULL },
    { "^", "b", "x", NULL },
    { "\\b", "ab cd", "|", "|ab| |cd|" },
    { "\u00E9", "\u00E9t\u00E9", "e", "ete" },
    { "(?=\u00E9)", "a\u00E9\u00E9", "-", "a-\u00E9-\u00E9" },
    { "x", "", "y", "" },
  };
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_regex *regex = NULL;
    kg_buf out;
    bool ok = false;
    kg_buf_init(&out, &kg_libc_allocator);
    assert_int_equal(kg_regex_get(cache, kg_str(rows[i].pattern), KG_STR(""), &regex, NULL), KGQ_OK);
    assert_non_null(regex);
    assert_int_equal(
        kg_regex_replace(regex, kg_str(rows[i].text), kg_str(rows[i].replacement), &out, &ok, NULL), KGQ_OK);
    if (ok != (rows[i].result != NULL) || (ok && !kg_str_equal(kg_buf_str(&out), kg_str(rows[i].result)))) {
      print_error("%s on %s: %d %.*s\n", rows[i].pattern, rows[i].text, (int)ok, (int)out.len,
                  out.bytes ? out.bytes : "");
      wrong++;
    }
    kg_buf_free(&out);
  }
  assert_int_equal(wrong, 0);
}

static void limits(void **state) {
  kg_regex *regex = NULL;
  int found = 0;
  kgq_error *err = NULL;
  (void)state;
  assert_int_equal(kg_regex_get(cache, KG_STR("^(a+)+$"), KG_STR(""), &regex, NULL), KGQ_OK);
  assert_int_equal(kg_regex_find(regex, KG_STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), &found, &err),
                   KGQ_LIMIT);
  assert_true(kgq_error_hint(err)[0] != 0);
  kgq_error_free(err);
  err = NULL;
  /* a long text is no fault */
  char *text = malloc(1 << 20);
  assert_non_null(text);
  memset(text, 'a', 1 << 20);
  assert_int_equal(kg_regex_get(cache, KG_STR("b$"), KG_STR(""), &regex, NULL), KGQ_OK);
  assert_int_equal(kg_regex_find(regex, kg_str_n(text, 1 << 20), &found, NULL), KGQ_OK);
  assert_int_equal(found, 0);
  /* the length of a pattern at the limit and above it */
  assert_int_equal(kg_regex_get(cache, kg_str_n(text, KG_LIMIT_REGEX_BYTES + 1), KG_STR(""), &regex, &err),
                   KGQ_LIMIT);
  kgq_error_free(err);
  assert_int_equal(kg_regex_get(cache, kg_str_n(text, KG_LIMIT_REGEX_BYTES), KG_STR("q"), &regex, NULL),
                   KGQ_OK);
  assert_int_equal(kg_regex_get(cache, KG_STR("((a{1000}){1000}){1000}"), KG_STR(""), &regex, NULL), KGQ_OK);
  assert_null(regex);
  free(text);
}

static void broken_text(void **state) {
  kg_regex *regex = NULL;
  int found = 0;
  (void)state;
  assert_int_equal(kg_regex_get(cache, KG_STR("a"), KG_STR(""), &regex, NULL), KGQ_OK);
  assert_int_equal(kg_regex_find(regex,
                                 KG_STR("\xFF\xFE"
                                        "a"),
                                 &found, NULL),
                   KGQ_OK);
  assert_int_equal(found, -1);
  assert_int_equal(kg_regex_get(cache, KG_STR("\xFF"), KG_STR(""), &regex, NULL), KGQ_OK);
  assert_null(regex);
}

/* More patterns than the cache keeps, again and again. */
static void many_patterns(void **state) {
  (void)state;
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 40; i++) {
      char pattern[16], text[16];
      snprintf(pattern, sizeof pattern, "^x%dy$", i);
      snprintf(text, sizeof text, "x%dy", i);
      assert_int_equal(find(pattern, "", text), 1);
      assert_int_equal(find(pattern, "", "x"), 0);
      assert_int_equal(find(pattern, "i", "X"), 0);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(matches), cmocka_unit_test(replacements),
                                      cmocka_unit_test(limits), cmocka_unit_test(broken_text),
                                      cmocka_unit_test(many_patterns) };
  return cmocka_run_group_tests(tests, setup, teardown);
}
