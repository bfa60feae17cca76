/* tests/unit/test_term.c: terms: keys and back, order of keys, damaged keys, equality, copies, canonical
 * N-Triples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/limits.h"
#include "graph/id.h"
#include "graph/term.h"
#include "graph/vocab.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define S(literal)                                                                                           \
  { "" literal, sizeof(literal) - 1 }

/* In the order of their keys. */
static const kg_term terms[] = {
  { .kind = KG_TERM_IRI, .text = S("") },
  { .kind = KG_TERM_IRI, .text = S("http://a") },
  { .kind = KG_TERM_IRI, .text = S("http://a/b") },
  { .kind = KG_TERM_IRI, .text = S("http://\xEC\x82\xBC") },
  { .kind = KG_TERM_BNODE, .text = S("b0") },
  { .kind = KG_TERM_BNODE, .text = S("b1") },
  { .kind = KG_TERM_LITERAL, .text = S("") },
  { .kind = KG_TERM_LITERAL, .text = S("\0") },
  { .kind = KG_TERM_LITERAL, .text = S("a") },
  { .kind = KG_TERM_LITERAL, .text = S("a\0b") },
  { .kind = KG_TERM_LITERAL, .text = S(""), .lang = S("ar") },
  { .kind = KG_TERM_LITERAL, .text = S("a\0b"), .lang = S("ar") },
  { .kind = KG_TERM_LITERAL, .text = S("x"), .lang = S("ar") },
  { .kind = KG_TERM_LITERAL, .text = S("x"), .lang = S("ar"), .direction = KG_DIR_LTR },
  { .kind = KG_TERM_LITERAL, .text = S(""), .lang = S("ar"), .direction = KG_DIR_RTL },
  { .kind = KG_TERM_LITERAL, .text = S("x"), .lang = S("ar-EG") },
  { .kind = KG_TERM_LITERAL, .text = S("x"), .lang = S("en") },
  { .kind = KG_TERM_LITERAL, .text = S(""), .datatype = S("http://t") },
  { .kind = KG_TERM_LITERAL, .text = S("1\0"), .datatype = S("http://t") },
  { .kind = KG_TERM_LITERAL, .text = S("01"), .datatype = S(KG_XSD_INTEGER) },
};

static kg_buf key_of(const kg_term *term) {
  kg_buf key;
  kg_buf_init(&key, &kg_libc_allocator);
  assert_int_equal(kg_term_key(term, &key, NULL), KGQ_OK);
  return key;
}

static void keys_and_back(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(terms); i++) {
    kg_buf key = key_of(&terms[i]);
    kg_term back;
    if (!kg_term_from_key(kg_buf_str(&key), &back) || !kg_term_equal(&back, &terms[i])) {
      fail_msg("term %zu does not come back", i);
    }
    kg_buf_free(&key);
  }
}

static void keys_are_ordered_and_distinct(void **state) {
  (void)state;
  for (size_t i = 0; i + 1 < COUNT(terms); i++) {
    kg_buf a = key_of(&terms[i]);
    kg_buf b = key_of(&terms[i + 1]);
    if (kg_str_compare(kg_buf_str(&a), kg_buf_str(&b)) >= 0) {
      fail_msg("term %zu does not come before the next", i);
    }
    assert_false(kg_term_equal(&terms[i], &terms[i + 1]));
    kg_buf_free(&a);
    kg_buf_free(&b);
  }
}

static void damaged_keys_are_refused(void **state) {
  (void)state;
  static const kgq_str damaged[] = {
    S(""),
    S("\x00"
      "a"),
    S("\x06"
      "a"),
    S("\xFF"),
    S("\x04"
      "en"),      /* no NUL */
    S("\x04\0x"), /* no language */
    S("\x04--ltr\0x"),
    S("\x04"
      "en--up\0x"),
    S("\x04"
      "en--ltr--rtl\0x"),
    S("\x05http://t"),
    S("\x05\0x"),
    S("\x05" KG_XSD_STRING "\0x"), /* has a key of another tag */
  };
  kg_term term;
  for (size_t i = 0; i < COUNT(damaged); i++) {
    if (kg_term_from_key(damaged[i], &term)) {
      fail_msg("row %zu was believed", i);
    }
  }
}

static void impossible_terms_have_no_key(void **state) {
  (void)state;
  static const kg_term bad[] = {
    { .kind = KG_TERM_NONE },
    { .kind = KG_TERM_TRIPLE },
    { .kind = KG_TERM_LITERAL, .text = S("x"), .lang = S("en--ltr") },
    { .kind = KG_TERM_LITERAL, .text = S("x"), .lang = S("e\0n") },
    { .kind = KG_TERM_LITERAL, .text = S("x"), .datatype = S("http://\0t") },
  };
  kg_buf key;
  kg_buf_init(&key, &kg_libc_allocator);
  for (size_t i = 0; i < COUNT(bad); i++) {
    assert_int_not_equal(kg_term_key(&bad[i], &key, NULL), KGQ_OK);
  }
  kg_buf_free(&key);
}

/* Tags that differ in case are one language: RDF 1.2 Concepts, section 3.4; RFC 5646, section 2.1.1. */
static void tags_have_one_form(void **state) {
  static const char *const forms[][3] = {
    { "EN", "en", "en" },
    { "ZH-hant-tw", "zh-Hant-TW", "zh-Hant-TW" },
    { "en-GB-X-AB", "en-gb-x-ab", "en-GB-x-ab" },
    { "X-Ab", "x-ab", "x-ab" },
    { "sl-ROZAJ-1994", "sl-rozaj-1994", "sl-rozaj-1994" },
  };
  (void)state;
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    const kg_term a = kg_term_lang(KG_STR("x"), kg_str(forms[i][0]));
    const kg_term b = kg_term_lang(KG_STR("x"), kg_str(forms[i][1]));
    kg_buf x, y;
    kg_term back;
    kg_buf_init(&x, NULL);
    kg_buf_init(&y, NULL);
    assert_int_equal(kg_term_key(&a, &x, NULL), KGQ_OK);
    assert_int_equal(kg_term_key(&b, &y, NULL), KGQ_OK);
    assert_true(kg_str_equal(kg_buf_str(&x), kg_buf_str(&y)));
    assert_true(kg_term_from_key(kg_buf_str(&x), &back));
    assert_true(kg_str_equal(back.lang, kg_str(forms[i][2])));
    assert_true(kg_term_equal(&a, &b) && kg_term_equal(&a, &back));
    kg_buf_free(&x);
    kg_buf_free(&y);
  }
}

static void xsd_string_is_a_plain_string(void **state) {
  (void)state;
  const kg_term plain = kg_term_string(KG_STR("x"));
  const kg_term typed = kg_term_typed(KG_STR("x"), KG_STR(KG_XSD_STRING));
  assert_true(kg_term_equal(&plain, &typed));
  const kg_term lang = kg_term_lang(KG_STR("x"), KG_STR("en"));
  kg_term direction = lang;
  direction.direction = KG_DIR_LTR;
  assert_true(kg_str_equal(kg_term_datatype(&plain), KG_STR(KG_XSD_STRING)));
  assert_true(kg_str_equal(kg_term_datatype(&lang), KG_STR(KG_RDF_LANG_STRING)));
  assert_true(kg_str_equal(kg_term_datatype(&direction), KG_STR(KG_RDF_DIR_LANG_STRING)));
}

static void expect_print(const kg_term *term, const char *text) {
  kg_buf out;
  kg_buf_init(&out, &kg_libc_allocator);
  assert_int_equal(kg_term_print(term, &out, NULL), KGQ_OK);
  if (!kg_str_equal(kg_buf_str(&out), kg_str(text))) {
    fail_msg("%.*s instead of %s", KG_ARG(kg_buf_str(&out)), text);
  }
  kg_buf_free(&out);
}

static void canonical_n_triples(void **state) {
  (void)state;
  static const struct {
    kg_term term;
    const char *text;
  } rows[] = {
    { { .kind = KG_TERM_IRI, .text = S("http://a/\xEC\x82\xBC?x=1#f") }, "<http://a/\xEC\x82\xBC?x=1#f>" },
    { { .kind = KG_TERM_IRI, .text = S("a b<>") }, "<a\\u0020b\\u003C\\u003E>" },
    { { .kind = KG_TERM_BNODE, .text = S("b1") }, "_:b1" },
    { { .kind = KG_TERM_LITERAL, .text = S("") }, "\"\"" },
    { { .kind = KG_TERM_LITERAL, .text = S("\b\t\n\f\r\"\\'") }, "\"\\b\\t\\n\\f\\r\\\"\\\\'\"" },
    { { .kind = KG_TERM_LITERAL, .text = S("\0\x01\x0B\x1F\x7F") },
      "\"\\u0000\\u0001\\u000B\\u001F\\u007F\"" },
    { { .kind = KG_TERM_LITERAL, .text = S("\xEF\xBF\xBD\xEF\xBF\xBE\xEF\xBF\xBF") },
      "\"\xEF\xBF\xBD\\uFFFE\\uFFFF\"" },
    { { .kind = KG_TERM_LITERAL, .text = S("x"), .lang = S("en-GB") }, "\"x\"@en-GB" },
    { { .kind = KG_TERM_LITERAL, .text = S("x"), .lang = S("ar"), .direction = KG_DIR_RTL },
      "\"x\"@ar--rtl" },
    { { .kind = KG_TERM_LITERAL, .text = S("1"), .datatype = S(KG_XSD_INTEGER) },
      "\"1\"^^<http://www.w3.org/2001/XMLSchema#integer>" },
    { { .kind = KG_TERM_LITERAL, .text = S("1"), .datatype = S(KG_XSD_STRING) }, "\"1\"" },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    expect_print(&rows[i].term, rows[i].text);
  }
  const kg_term parts[3] = { kg_term_iri(KG_STR("s")), kg_term_iri(KG_STR("p")),
                             kg_term_string(KG_STR("o")) };
  const kg_term triple = { .kind = KG_TERM_TRIPLE, .triple = parts };
  const kg_term outer_parts[3] = { parts[0], parts[1], triple };
  const kg_term outer = { .kind = KG_TERM_TRIPLE, .triple = outer_parts };
  expect_print(&outer, "<<( <s> <p> <<( <s> <p> \"o\" )>> )>>");
}

static void copies_are_equal_and_apart(void **state) {
  (void)state;
  char text[] = "object";
  const kg_term parts[3] = { kg_term_iri(KG_STR("s")), kg_term_iri(KG_STR("p")),
                             kg_term_string(kg_str(text)) };
  const kg_term triple = { .kind = KG_TERM_TRIPLE, .triple = parts };
  kg_arena arena;
  kg_arena_init(&arena, &kg_libc_allocator);
  kg_term copy;
  assert_int_equal(kg_term_copy(&arena, &triple, &copy, NULL), KGQ_OK);
  assert_true(kg_term_equal(&copy, &triple));
  text[0] = 'O';
  assert_false(kg_term_equal(&copy, &triple));
  assert_int_equal(copy.triple[2].text.ptr[6], 0);
  kg_arena_free(&arena);
}

/* Triple terms at the limit of nesting and one beyond it. */
static void nesting_is_limited(void **state) {
  (void)state;
  static kg_term parts[KG_LIMIT_NESTING + 1][3];
  kg_term term = kg_term_iri(KG_STR("o"));
  kg_buf out;
  kg_buf_init(&out, &kg_libc_allocator);
  kg_arena arena;
  kg_arena_init(&arena, &kg_libc_allocator);
  kg_term copy;
  for (int depth = 1; depth <= KG_LIMIT_NESTING + 1; depth++) {
    kg_term *at = parts[depth - 1];
    at[0] = at[1] = kg_term_iri(KG_STR("x"));
    at[2] = term;
    term = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = at };
    const kgq_status want = depth <= KG_LIMIT_NESTING ? KGQ_OK : KGQ_LIMIT;
    assert_int_equal(kg_term_print(&term, &out, NULL), want);
    assert_int_equal(kg_term_copy(&arena, &term, &copy, NULL), want);
    assert_int_equal(kg_term_equal(&term, &term), want == KGQ_OK);
  }
  kg_arena_free(&arena);
  kg_buf_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(keys_and_back),
    cmocka_unit_test(keys_are_ordered_and_distinct),
    cmocka_unit_test(damaged_keys_are_refused),
    cmocka_unit_test(impossible_terms_have_no_key),
    cmocka_unit_test(tags_have_one_form),
    cmocka_unit_test(xsd_string_is_a_plain_string),
    cmocka_unit_test(canonical_n_triples),
    cmocka_unit_test(copies_are_equal_and_apart),
    cmocka_unit_test(nesting_is_limited),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
