/* tests/fuzz/fuzz_sparql.c: any bytes as a SPARQL text: the parser must refuse them or make a tree, and a
 * tree must print as a text that is read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "query/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const kg_parse_options options = { .base = KG_STR("http://example/"),
                                     .query_allowed = true,
                                     .update_allowed = true };
  kg_ast *ast = NULL;
  kg_ast *again = NULL;
  kg_buf text;
  kg_buf_init(&text, NULL);
  if (kg_parse_sparql(kg_str_n((const char *)data, size), &options, &ast, NULL) == KGQ_OK) {
    if (kg_ast_print(ast, size % 2 == 0, &text, NULL) != KGQ_OK) {
      abort();
    }
    const kgq_status st = kg_parse_sparql(kg_buf_str(&text), &options, &again, NULL);
    if (st != KGQ_OK && st != KGQ_LIMIT) { /* prefixes written out can pass the limit of a text */
      abort();
    }
  }
  kg_ast_free(ast);
  kg_ast_free(again);
  kg_buf_free(&text);
  return 0;
}
