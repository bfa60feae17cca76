/* tests/unit/test_rdflex_plain.c: the tests of the lexer once more over its table loops alone, which are all
 * there is on machines without SSE2.
 */
#undef __SSE2__
#include "graph/rdflex.c"
#include "tests/unit/test_rdflex.c"
