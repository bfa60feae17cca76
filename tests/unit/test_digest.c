/* Tests of core/digest: known answers of every digest, and the statement name that docs/FACTS.md 6.2 prints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/digest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void known_answers(void **state) {
  static const struct {
    kg_digest_kind kind;
    const char *text, *hex;
  } rows[] = {
    { KG_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" },
    { KG_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72" },
    { KG_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
    { KG_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { KG_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { KG_SHA384, "abc",
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
    { KG_SHA512, "abc",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    char out[KG_DIGEST_HEX_MAX + 1];
    const size_t len = kg_digest_hex(rows[i].kind, kg_str(rows[i].text), out);
    out[len] = '\0';
    assert_string_equal(out, rows[i].hex);
  }
}

static void statement_name(void **state) {
  static const char lines[] =
      "_:s <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> <<( <https://example.org/id/samsung> "
      "<https://example.org/id/deploys> \"<=50000 GPU\"^^<https://w3id.org/kgq#quantity> )>> .\n"
      "_:s <https://w3id.org/kgq#quote> \"それぞれ最大５万枚\"@ja .\n"
      "_:s <https://w3id.org/kgq#status> <https://w3id.org/kgq#planned> .\n";
  char out[KG_DIGEST_HEX_MAX];
  (void)state;
  assert_int_equal(sizeof lines - 1, 315);
  assert_int_equal(kg_digest_hex(KG_SHA256, kg_str(lines), out), 64);
  assert_memory_equal(out, "d47199296216132f38baed8ff427282f", 32);
}

static void bytes_with_nul(void **state) {
  char with[KG_DIGEST_HEX_MAX], without[KG_DIGEST_HEX_MAX];
  (void)state;
  assert_int_equal(kg_digest_hex(KG_SHA1, kg_str_n("a\0b", 3), with), 40);
  assert_int_equal(kg_digest_hex(KG_SHA1, kg_str_n("a", 1), without), 40);
  assert_memory_not_equal(with, without, 40);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(known_answers), cmocka_unit_test(statement_name),
                                      cmocka_unit_test(bytes_with_nul) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
