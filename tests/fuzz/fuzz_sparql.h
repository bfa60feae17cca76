/* tests/fuzz/fuzz_sparql.h: one body for the fuzz targets of SPARQL: any bytes as a text. The parser must
 * refuse them or make a tree, and a tree must print as a text that is read as the same tree.
 */
#ifndef KG_TESTS_FUZZ_SPARQL_H
#define KG_TESTS_FUZZ_SPARQL_H

#include <stdint.h>
#include <stdlib.h>

#include "query/parse.h"
#include "tests/unit/ast_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_compare(const kg_ast *a, const kg_ast *b) {
  char *before = dump_ast(a), *after = dump_ast(b);
  if (strcmp(before, after) != 0) {
    abort();
  }
  free(before);
  free(after);
}

static void fuzz_sparql(const uint8_t *data, size_t size, bool updates) {
  const kg_parse_options options = { .base = KG_STR("http://example/"),
                                     .query_allowed = !updates,
                                     .update_allowed = updates };
  kg_ast *ast = NULL, *again = NULL;
  kgq_error *err = NULL;
  kg_buf text;
  kg_buf_init(&text, NULL);
  kgq_status st = kg_parse_sparql(kg_str_n((const char *)data, size), &options, &ast, &err);
  if ((st == KGQ_OK) != (err == NULL)) {
    abort(); /* a failure without an error, or the other way round */
  }
  kgq_error_free(err);
  if (st == KGQ_OK) {
    if (kg_ast_print(ast, size % 2 == 0, &text, NULL) != KGQ_OK) {
      abort();
    }
    st = kg_parse_sparql(kg_buf_str(&text), &options, &again, NULL);
    if (st != KGQ_OK && st != KGQ_LIMIT) { /* prefixes written out can pass the limit of a text */
      abort();
    }
    if (st == KGQ_OK) {
      fuzz_compare(ast, again);
    }
  }
  kg_ast_free(ast);
  kg_ast_free(again);
  kg_buf_free(&text);
}

#endif
