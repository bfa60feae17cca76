/* query/ast.c: the few things that every user of a syntax tree needs: giving it back, and names of functions.
 *
 * The tree itself is described in ast.h and made by the parsers.
 */
#include "query/ast.h"

void kg_ast_free(kg_ast *ast) {
  if (!ast) {
    return;
  }
  kg_arena arena = ast->arena; /* the tree's own head lies outside its arena */
  kg_free(arena.allocator, ast, sizeof *ast);
  kg_arena_free(&arena);
}

const char *kg_function_name(kg_function f) {
  static const char *const names[] = {
#define KG_FN_TEXT(name, text, low, high) text,
    KG_BUILTIN_FUNCTIONS(KG_FN_TEXT)
#undef KG_FN_TEXT
  };
  return (size_t)f < sizeof names / sizeof names[0] ? names[f] : "a function named by its IRI";
}
