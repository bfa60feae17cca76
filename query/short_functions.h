/* query/short_functions.h: the functions of the short language by their words (SHORT-LANGUAGE 4.3). */
#ifndef KG_QUERY_SHORT_FUNCTIONS_H
#define KG_QUERY_SHORT_FUNCTIONS_H

#include "query/ast.h"

typedef struct kg_short_function {
  const char *word;
  const char *iri; /* of a kgq: function; NULL: built in */
  kg_function function;
  size_t least, most; /* values it takes */
} kg_short_function;

const kg_short_function *kg_short_function_find(kgq_str word); /* NULL: there is none */
const kg_short_function *kg_short_function_near(kgq_str word);

#endif
