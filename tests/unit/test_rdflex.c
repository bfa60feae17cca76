/* tests/unit/test_rdflex.c: the tokens of RDF: what is taken, what is refused and where, what a cut leaves
 * open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/limits.h"
#include "graph/rdflex.h"
#include "graph/vocab.h"

static kg_buf scratch;

static int set_up(void **state) {
  (void)state;
  kg_buf_init(&scratch, NULL);
  return 0;
}
static int tear_down(void **state) {
  (void)state;
  kg_buf_free(&scratch);
  return 0;
}

typedef struct lex_case {
  const char *text;
  size_t bytes; /* 0: refused */
  const char *value;
  size_t error_offset;
} lex_case;

static void check(const lex_case *c, const kg_lex_result *r) {
  if (r->bytes != c->bytes) {
    fail_msg("%s: %zu bytes, expected %zu (%s)", c->text, r->bytes, c->bytes, r->message ? r->message : "");
  }
  if (c->bytes) {
    assert_true(kg_str_equal(r->value, kg_str(c->value)));
    assert_null(r->message);
  } else {
    assert_non_null(r->message);
    if (r->error_offset != c->error_offset) {
      fail_msg("%s: refused at %zu, expected %zu", c->text, r->error_offset, c->error_offset);
    }
  }
}

static void irirefs(void **state) {
  (void)state;
  static const lex_case cases[] = {
    { "<http://a/b> .", 12, "http://a/b", 0 },
    { "<>", 2, "", 0 },
    { "<\\u0041\\U0001F600>", 18, "A\xF0\x9F\x98\x80", 0 },
    { "<http://예/삼성>x", 19, "http://예/삼성", 0 },
    { "<a b>", 0, NULL, 2 },
    { "<a\n", 0, NULL, 2 },
    { "<a<b>", 0, NULL, 2 },
    { "<a{b>", 0, NULL, 2 },
    { "<a\\n>", 0, NULL, 2 },
    { "<a\\u0020>", 0, NULL, 2 },
    { "<a\\u00zz>", 0, NULL, 2 },
    { "<\\uD800>", 0, NULL, 1 },
    { "<\\U00110000>", 0, NULL, 1 },
    { "<a\xFF>", 0, NULL, 2 },
    { "<a\xC0\x80>", 0, NULL, 2 },
    { "<abc", 0, NULL, 0 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const kg_lex_result r = kg_lex_iriref(kg_str(cases[i].text), &scratch);
    check(&cases[i], &r);
  }
}

static void strings(void **state) {
  (void)state;
  static const lex_case cases[] = {
    { "\"abc\" .", 5, "abc", 0 },
    { "\"\" .", 2, "", 0 },
    { "\"a\\t\\\"\\u00e9\"", 13, "a\t\"\xC3\xA9", 0 },
    { "'it\"s'", 6, "it\"s", 0 },
    { "\"\"\"a\n\"b\"\" c\"\"\"x", 14, "a\n\"b\"\" c", 0 },
    { "'''a''b'''", 10, "a''b", 0 },
    { "\"\"\"\"\"\"", 6, "", 0 },
    { "\"a\nb\"", 0, NULL, 0 },
    { "\"a\\xb\"", 0, NULL, 2 },
    { "\"a\\uDC00\"", 0, NULL, 2 },
    { "\"a\x80\"", 0, NULL, 2 },
    { "\"a\xED\xBF\xBF\"", 0, NULL, 2 },
    { "\"a\xF4\x90\x80\x80\"", 0, NULL, 2 },
    { "\"abc", 0, NULL, 0 },
    { "\"\"\"abc\"\"", 0, NULL, 0 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const kg_lex_result r = kg_lex_string(kg_str(cases[i].text), true, true, &scratch);
    check(&cases[i], &r);
  }
  const kg_lex_result single = kg_lex_string(KG_STR("'a'"), false, false, &scratch);
  assert_int_equal(single.bytes, 0);
  const kg_lex_result nul = kg_lex_string(KG_STR("\"a\\u0000b\""), true, true, &scratch);
  assert_int_equal(nul.value.len, 3);
  assert_memory_equal(nul.value.ptr, "a\0b", 3);
}

static void bnodes(void **state) {
  (void)state;
  static const lex_case cases[] = {
    { "_:a .", 3, "a", 0 },      { "_:a.b.", 5, "a.b", 0 },    { "_:0", 3, "0", 0 },
    { "_:삼성 ", 8, "삼성", 0 }, { "_:a..b .", 6, "a..b", 0 }, { "_:a:b", 3, "a", 0 },
    { "_:-a", 0, NULL, 2 },      { "_:.a", 0, NULL, 2 },       { "_a:b", 0, NULL, 1 },
    { "_::a", 0, NULL, 2 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const kg_lex_result r = kg_lex_bnode(kg_str(cases[i].text));
    check(&cases[i], &r);
  }
}

static void languages(void **state) {
  (void)state;
  static const struct {
    lex_case c;
    kg_direction direction;
  } cases[] = {
    { { "@ko .", 3, "ko", 0 }, KG_DIR_NONE },      { { "@zh-Hans-CN", 11, "zh-Hans-CN", 0 }, KG_DIR_NONE },
    { { "@ar--rtl", 8, "ar", 0 }, KG_DIR_RTL },    { { "@en-US--ltr.", 11, "en-US", 0 }, KG_DIR_LTR },
    { { "@en--LTR", 0, NULL, 1 }, KG_DIR_NONE },   { { "@en--up", 0, NULL, 1 }, KG_DIR_NONE },
    { { "@1", 0, NULL, 1 }, KG_DIR_NONE },         { { "@en-", 0, NULL, 1 }, KG_DIR_NONE },
    { { "@abcdefghi", 0, NULL, 1 }, KG_DIR_NONE }, { { "@en-abcdefghi", 0, NULL, 1 }, KG_DIR_NONE },
    { { "@--ltr", 0, NULL, 1 }, KG_DIR_NONE },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    kg_direction direction = KG_DIR_NONE;
    const kg_lex_result r = kg_lex_lang(kg_str(cases[i].c.text), &direction);
    check(&cases[i].c, &r);
    assert_true(!r.bytes || direction == cases[i].direction);
  }
  assert_true(kg_lang_valid(KG_STR("de-1996")));
  assert_false(kg_lang_valid(KG_STR("1996-de")));
  assert_false(kg_lang_valid(KG_STR("")));
  assert_false(kg_lang_valid(KG_STR("ko_KR")));
}

static void prefixed_names(void **state) {
  (void)state;
  static const struct {
    lex_case c;
    const char *prefix;
  } cases[] = {
    { { "ex:a .", 4, "a", 0 }, "ex" },
    { { ":a", 2, "a", 0 }, "" },
    { { ":", 1, "", 0 }, "" },
    { { "ex:a.b.", 6, "a.b", 0 }, "ex" },
    { { "e.x:a", 5, "a", 0 }, "e.x" },
    { { "ex:a:b", 6, "a:b", 0 }, "ex" },
    { { "ex:1a", 5, "1a", 0 }, "ex" },
    { { "ex:%41b", 7, "%41b", 0 }, "ex" },
    { { "ex:a\\,b", 7, "a,b", 0 }, "ex" },
    { { "삼:성", 7, "성", 0 }, "삼" },
    { { "ex:-a", 3, "", 0 }, "ex" },
    { { "ex:a-b", 6, "a-b", 0 }, "ex" },
    { { "ex:a%4", 0, NULL, 4 }, "" },
    { { "ex:a\\b", 0, NULL, 4 }, "" },
    { { "ex", 0, NULL, 0 }, "" },
    { { "1x:a", 0, NULL, 0 }, "" },
    { { "e.:a", 0, NULL, 0 }, "" },
    { { "ex:\\_a", 6, "_a", 0 }, "ex" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    kgq_str prefix = { "", 0 };
    const kg_lex_result r = kg_lex_pname(kg_str(cases[i].c.text), &prefix, &scratch);
    check(&cases[i].c, &r);
    assert_true(!r.bytes || kg_str_equal(prefix, kg_str(cases[i].prefix)));
  }
}

static void numbers(void **state) {
  (void)state;
  static const struct {
    lex_case c;
    const char *datatype;
  } cases[] = {
    { { "1 .", 1, "1", 0 }, KG_XSD_INTEGER },
    { { "-01.", 3, "-01", 0 }, KG_XSD_INTEGER },
    { { "1.5", 3, "1.5", 0 }, KG_XSD_DECIMAL },
    { { ".5", 2, ".5", 0 }, KG_XSD_DECIMAL },
    { { "1.e5", 4, "1.e5", 0 }, KG_XSD_DOUBLE },
    { { "1e5", 3, "1e5", 0 }, KG_XSD_DOUBLE },
    { { "+.5E-3,", 6, "+.5E-3", 0 }, KG_XSD_DOUBLE },
    { { "1e", 1, "1", 0 }, KG_XSD_INTEGER },
    { { "1.5e+", 3, "1.5", 0 }, KG_XSD_DECIMAL },
    { { "+", 0, NULL, 0 }, "" },
    { { ".", 0, NULL, 0 }, "" },
    { { ".e5", 0, NULL, 0 }, "" },
    { { "-a", 0, NULL, 0 }, "" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    kgq_str datatype = { "", 0 };
    const kg_lex_result r = kg_lex_number(kg_str(cases[i].c.text), true, &datatype);
    check(&cases[i].c, &r);
    assert_true(!r.bytes || kg_str_equal(datatype, kg_str(cases[i].datatype)));
  }
  kgq_str datatype;
  assert_int_equal(kg_lex_number(KG_STR("-1"), false, &datatype).bytes, 0);
}

/* Every proper beginning of a token must say that more could follow, or readers would take half tokens. */
static void cuts_are_told(void **state) {
  (void)state;
  static const char *const texts[] = { "<http://a/\\u0041\xEC\x82\xBC>",
                                       "\"a\\U0001F600\xEC\x82\xBC\\n\"",
                                       "'''a''b\n'''",
                                       "_:a.b\xEC\x82\xBC-c",
                                       "ex.y:a\\,%41.b\xEC\x82\xBC",
                                       "12.5e+10",
                                       "@zh-Hans--ltr" };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const kgq_str whole = kg_str(texts[i]);
    for (size_t n = 2; n < whole.len; n++) {
      const kgq_str part = kg_str_n(whole.ptr, n);
      kg_direction direction;
      kgq_str other;
      const char first = whole.ptr[0];
      const kg_lex_result r = first == '<'   ? kg_lex_iriref(part, &scratch)
                              : first == '_' ? kg_lex_bnode(part)
                              : first == '@' ? kg_lex_lang(part, &direction)
                              : first == '1' ? kg_lex_number(part, true, &other)
                              : first == 'e' ? kg_lex_pname(part, &other, &scratch)
                                             : kg_lex_string(part, true, true, &scratch);
      if (!r.truncated) {
        fail_msg("%.*s: taken as whole", (int)n, whole.ptr);
      }
    }
  }
}

static void limits(void **state) {
  (void)state;
  static char iri[KG_LIMIT_IRI_BYTES + 8];
  memset(iri, 'a', sizeof iri);
  iri[0] = '<';
  iri[KG_LIMIT_IRI_BYTES + 1] = '>';
  assert_int_equal(kg_lex_iriref(kg_str_n(iri, sizeof iri), &scratch).bytes, KG_LIMIT_IRI_BYTES + 2);
  iri[KG_LIMIT_IRI_BYTES + 1] = 'a';
  iri[KG_LIMIT_IRI_BYTES + 2] = '>';
  assert_int_equal(kg_lex_iriref(kg_str_n(iri, sizeof iri), &scratch).bytes, 0);
  char *text = kg_alloc(NULL, KG_LIMIT_LITERAL_BYTES + 8);
  assert_non_null(text);
  memset(text, 'a', KG_LIMIT_LITERAL_BYTES + 8);
  text[0] = text[KG_LIMIT_LITERAL_BYTES + 1] = '"';
  assert_int_equal(kg_lex_string(kg_str_n(text, KG_LIMIT_LITERAL_BYTES + 8), true, true, &scratch).bytes,
                   KG_LIMIT_LITERAL_BYTES + 2);
  text[KG_LIMIT_LITERAL_BYTES + 1] = 'a';
  text[KG_LIMIT_LITERAL_BYTES + 2] = '"';
  assert_int_equal(kg_lex_string(kg_str_n(text, KG_LIMIT_LITERAL_BYTES + 8), true, true, &scratch).bytes, 0);
  kg_free(NULL, text, KG_LIMIT_LITERAL_BYTES + 8);
}

static void space_and_characters(void **state) {
  (void)state;
  assert_int_equal(kg_lex_space(KG_STR(" \t\r\n# c\n x")), 9);
  assert_int_equal(kg_lex_space(KG_STR("x")), 0);
  assert_int_equal(kg_lex_space(KG_STR("# c")), 3);
  assert_true(kg_is_pn_chars_base(0x10000) && kg_is_pn_chars_base('a') && kg_is_pn_chars_base(0xEFFFF));
  assert_false(kg_is_pn_chars_base('_') || kg_is_pn_chars_base(0xD7) || kg_is_pn_chars_base(0xF0000));
  assert_true(kg_is_pn_chars_u('_') && kg_is_pn_chars(0xB7) && kg_is_pn_chars('-') && kg_is_pn_chars('7'));
  assert_false(kg_is_pn_chars(':') || kg_is_pn_chars(0x2041) || kg_is_pn_chars_base(0x37E));
}

/* The table-driven walks against a plain byte-by-byte twin, at every alignment and length. */
static void skips_agree_with_a_plain_loop(void **state) {
  (void)state;
  char text[80];
  for (unsigned byte = 0; byte < 0x80; byte++) {
    for (size_t at = 0; at < 70; at += 3) {
      memset(text, 'a', sizeof text);
      text[at] = (char)byte;
      const bool iri_stop = byte <= 0x20 || strchr("<>\"{}|^`\\", (int)byte);
      const bool string_stop = byte == '"' || byte == '\\' || byte == '\n' || byte == '\r';
      const char *const end = text + 71;
      assert_ptr_equal(kg_lex_skip_iri(text, end), iri_stop ? text + at : end);
      assert_ptr_equal(kg_lex_skip_string(text, end, '"'), string_stop ? text + at : end);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(irirefs),
    cmocka_unit_test(strings),
    cmocka_unit_test(bnodes),
    cmocka_unit_test(languages),
    cmocka_unit_test(prefixed_names),
    cmocka_unit_test(numbers),
    cmocka_unit_test(cuts_are_told),
    cmocka_unit_test(limits),
    cmocka_unit_test(space_and_characters),
    cmocka_unit_test(skips_agree_with_a_plain_loop),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
