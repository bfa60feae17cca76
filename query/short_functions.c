/* query/short_functions.c: the table of the short language's functions, from short_words_table.h. */
#include "query/short_functions.h"

#include "core/text.h"
#include "query/short_words_table.h"

static const kg_short_function functions[] = {
#define KG_KGQ(word, low, high) { word, KG_NS_KGQ word, KG_FN_IRI_CALL, low, high },
  KG_SHORT_KGQ_FUNCTIONS(KG_KGQ)
#undef KG_KGQ
#define KG_SPARQL(word, function, low, high) { word, NULL, function, low, high },
      KG_SHORT_SPARQL_FUNCTIONS(KG_SPARQL)
#undef KG_SPARQL
};
#define KG_SHORT_FUNCTION_COUNT (sizeof functions / sizeof functions[0])

const kg_short_function *kg_short_function_find(kgq_str word) {
  for (size_t i = 0; i < KG_SHORT_FUNCTION_COUNT; i++) {
    if (kg_str_equal(word, kg_str(functions[i].word))) {
      return &functions[i];
    }
  }
  return NULL;
}

const kg_short_function *kg_short_function_near(kgq_str word) {
  for (size_t distance = 1; distance <= word.len / 3; distance++) {
    for (size_t i = 0; i < KG_SHORT_FUNCTION_COUNT; i++) {
      if (kg_edit_distance(word, kg_str(functions[i].word), distance) == distance) {
        return &functions[i];
      }
    }
  }
  return NULL;
}
