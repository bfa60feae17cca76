/* tests/unit/test_iri.c: absolute IRIs, and every example of RFC 3986 section 5.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/limits.h"
#include "graph/iri.h"

static void check_resolve(const char *base, const char *reference, const char *expected) {
  kg_buf out;
  kg_buf_init(&out, NULL);
  kgq_error *err = NULL;
  if (kg_iri_resolve(kg_str(base), kg_str(reference), &out, &err) != KGQ_OK) {
    fail_msg("<%s> against <%s>: %s", reference, base, kgq_error_message(err));
  }
  assert_int_equal(kg_buf_add_byte(&out, '\0', NULL), KGQ_OK);
  if (strcmp(out.bytes, expected) != 0) {
    fail_msg("<%s> against <%s> is <%s>, expected <%s>", reference, base, out.bytes, expected);
  }
  kg_buf_free(&out);
}

static const char *const rfc_examples[][2] = {
  /* 5.4.1 normal */
  { "g:h", "g:h" },
  { "g", "http://a/b/c/g" },
  { "./g", "http://a/b/c/g" },
  { "g/", "http://a/b/c/g/" },
  { "/g", "http://a/g" },
  { "//g", "http://g" },
  { "?y", "http://a/b/c/d;p?y" },
  { "g?y", "http://a/b/c/g?y" },
  { "#s", "http://a/b/c/d;p?q#s" },
  { "g#s", "http://a/b/c/g#s" },
  { "g?y#s", "http://a/b/c/g?y#s" },
  { ";x", "http://a/b/c/;x" },
  { "g;x", "http://a/b/c/g;x" },
  { "g;x?y#s", "http://a/b/c/g;x?y#s" },
  { "", "http://a/b/c/d;p?q" },
  { ".", "http://a/b/c/" },
  { "./", "http://a/b/c/" },
  { "..", "http://a/b/" },
  { "../", "http://a/b/" },
  { "../g", "http://a/b/g" },
  { "../..", "http://a/" },
  { "../../", "http://a/" },
  { "../../g", "http://a/g" },
  /* 5.4.2 abnormal */
  { "../../../g", "http://a/g" },
  { "../../../../g", "http://a/g" },
  { "/./g", "http://a/g" },
  { "/../g", "http://a/g" },
  { "g.", "http://a/b/c/g." },
  { ".g", "http://a/b/c/.g" },
  { "g..", "http://a/b/c/g.." },
  { "..g", "http://a/b/c/..g" },
  { "./../g", "http://a/b/g" },
  { "./g/.", "http://a/b/c/g/" },
  { "g/./h", "http://a/b/c/g/h" },
  { "g/../h", "http://a/b/c/h" },
  { "g;x=1/./y", "http://a/b/c/g;x=1/y" },
  { "g;x=1/../y", "http://a/b/c/y" },
  { "g?y/./x", "http://a/b/c/g?y/./x" },
  { "g?y/../x", "http://a/b/c/g?y/../x" },
  { "g#s/./x", "http://a/b/c/g#s/./x" },
  { "g#s/../x", "http://a/b/c/g#s/../x" },
  { "http:g", "http:g" }, /* strict */
};

static void rfc_3986_examples(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rfc_examples / sizeof rfc_examples[0]; i++) {
    check_resolve("http://a/b/c/d;p?q", rfc_examples[i][0], rfc_examples[i][1]);
  }
}

static void other_bases(void **state) {
  (void)state;
  check_resolve("http://a", "g", "http://a/g");
  check_resolve("http://a?q", "g", "http://a/g");
  check_resolve("http://a#f", "", "http://a");
  check_resolve("http://a/b#f", "#g", "http://a/b#g");
  check_resolve("urn:x:y", "z", "urn:z");
  check_resolve("urn:x:y", "#z", "urn:x:y#z");
  check_resolve("file:///a/b", "c", "file:///a/c");
  check_resolve("file:///a/b", "../../c", "file:///c");
  check_resolve("http://예/가/나", "다", "http://예/가/다");
  check_resolve("http://a/b/c", "HTTP://X/../%7e", "HTTP://X/../%7e"); /* no normalisation */
  check_resolve("http://a/b/c", "%7E/X", "http://a/b/%7E/X");
}

static void relative_bases_are_refused(void **state) {
  (void)state;
  kg_buf out;
  kg_buf_init(&out, NULL);
  kgq_error *err = NULL;
  assert_int_equal(kg_iri_resolve(KG_STR("a/b"), KG_STR("c"), &out, &err), KGQ_DATA);
  assert_string_equal(kgq_error_message(err), "the base <a/b> is not an absolute IRI");
  kgq_error_free(err);
  kg_buf_free(&out);
}

static void absolute_iris(void **state) {
  (void)state;
  size_t at = 99;
  static const char *const good[] = {
    "http://a", "urn:x", "a:", "x+y-z.1:b", "http://예.한국/삼성", "a:%41"
  };
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    assert_null(kg_iri_check_absolute(kg_str(good[i]), &at));
  }
  static const struct {
    const char *iri;
    size_t at;
  } bad[] = { { "", 0 },           { "a", 0 },       { "//a", 0 },           { "1a:b", 0 }, { ":a", 0 },
              { "http://a b", 8 }, { "a:<", 2 },     { "a:{", 2 },           { "a:\"", 2 }, { "a:\\", 2 },
              { "a:\x01", 2 },     { "a:b\xFF", 3 }, { "a:\xED\xA0\x80", 2 } };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_non_null(kg_iri_check_absolute(kg_str(bad[i].iri), &at));
    assert_int_equal(at, bad[i].at);
  }
}

static void the_limit(void **state) {
  (void)state;
  static char iri[KG_LIMIT_IRI_BYTES + 2];
  size_t at = 0;
  memset(iri, 'a', sizeof iri);
  iri[1] = ':';
  assert_null(kg_iri_check_absolute(kg_str_n(iri, KG_LIMIT_IRI_BYTES), &at));
  assert_non_null(kg_iri_check_absolute(kg_str_n(iri, KG_LIMIT_IRI_BYTES + 1), &at));
  kg_buf out;
  kg_buf_init(&out, NULL);
  iri[1] = 'a';
  assert_int_equal(kg_iri_resolve(KG_STR("a:/"), kg_str_n(iri, KG_LIMIT_IRI_BYTES - 3), &out, NULL), KGQ_OK);
  assert_int_equal(out.len, KG_LIMIT_IRI_BYTES);
  assert_int_equal(kg_iri_resolve(KG_STR("a:/"), kg_str_n(iri, KG_LIMIT_IRI_BYTES - 2), &out, NULL),
                   KGQ_LIMIT);
  kg_buf_free(&out);
}

static void local_parts(void **state) {
  (void)state;
  static const char *const cases[][2] = { { "http://a/b#c", "c" }, { "http://a/b", "b" },
                                          { "urn:x:y", "y" },      { "http://a/b#c/d", "d" },
                                          { "http://a/", "" },     { "x", "x" } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_true(kg_str_equal(kg_iri_local(kg_str(cases[i][0])), kg_str(cases[i][1])));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(rfc_3986_examples),
    cmocka_unit_test(other_bases),
    cmocka_unit_test(relative_bases_are_refused),
    cmocka_unit_test(absolute_iris),
    cmocka_unit_test(the_limit),
    cmocka_unit_test(local_parts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
