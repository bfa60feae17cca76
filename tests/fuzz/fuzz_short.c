/* tests/fuzz/fuzz_short.c: any bytes as a text of the short language, with a small table of names: it is
 * refused with a message that can be shown, or becomes SPARQL that the SPARQL parser reads.
 */
#include <stdint.h>
#include <stdlib.h>

#include "query/parse.h"
#include "tests/unit/fake_resolver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(const kg_ast *ast, const kg_parse_options *options) {
  kg_ast *again = NULL;
  kg_buf text;
  kg_buf_init(&text, NULL);
  if (kg_ast_print(ast, true, &text, NULL) != KGQ_OK) {
    abort();
  }
  const kgq_status st = kg_parse_sparql(kg_buf_str(&text), options, &again, NULL);
  if (st != KGQ_OK && st != KGQ_LIMIT) {
    abort();
  }
  kg_ast_free(again);
  kg_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const kg_parse_options options = { .base = KG_STR(""), .query_allowed = true, .resolver = &fake_resolver };
  kg_ast *ast = NULL;
  kgq_error *err = NULL;
  char message[1000];
  if (kg_parse_short(kg_str_n((const char *)data, size), &options, &ast, &err) == KGQ_OK) {
    read_again(ast, &options);
  } else if (kgq_error_format(err, message, sizeof message) == 0) {
    abort();
  }
  kg_ast_free(ast);
  kgq_error_free(err);
  return 0;
}
