/* query/functions.c: the table of functions: by number and by name. The contract: functions.h. */
#include "query/functions.h"

#include <assert.h>

#include "core/text.h"
#include "graph/vocab.h"

/* These run before all of their arguments have values, or take any number of them. */
#define kg_fn_BOUND    NULL
#define kg_fn_COALESCE NULL
#define kg_fn_IF       NULL
#define kg_fn_CONCAT   NULL

static const kg_function_entry builtins[KG_FN_COUNT] = {
#define KG_FN_ROW(name, text, low, high) [KG_FN_##name] = { text, kg_fn_##name, low, high },
  KG_BUILTIN_FUNCTIONS(KG_FN_ROW)
#undef KG_FN_ROW
};

static const kg_function_entry named[] = {
#define KG_KGQ_ROW(name, function, low, high) { KG_NS_KGQ name, function, low, high },
  KG_KGQ_FUNCTIONS(KG_KGQ_ROW)
#undef KG_KGQ_ROW
#define KG_CAST_ROW(name, text, kind) { KG_NS_XSD text, kg_fn_cast_##name, 1, 1 },
      KG_DATATYPES(KG_CAST_ROW)
#undef KG_CAST_ROW
};

#define NAMED_COUNT (sizeof(named) / sizeof(named[0]))

const kg_function_entry *kg_function_builtin(kg_function function) {
  assert(function < KG_FN_IRI_CALL);
  return &builtins[function];
}

const kg_function_entry *kg_function_named(kgq_str iri) {
  for (size_t i = 0; i < NAMED_COUNT; i++) {
    if (kg_str_equal(iri, kg_str(named[i].name))) {
      return &named[i];
    }
  }
  return NULL;
}

const char *kg_function_near(kgq_str iri) {
  const char *best = NULL;
  size_t distance = 4;
  for (size_t i = 0; i < NAMED_COUNT; i++) {
    const size_t d = kg_edit_distance(iri, kg_str(named[i].name), 3);
    if (d < distance) {
      distance = d;
      best = named[i].name;
    }
  }
  return best;
}

bool kg_function_is_pure(kg_function function) {
  return function != KG_FN_RAND && function != KG_FN_UUID && function != KG_FN_STRUUID &&
         function != KG_FN_BNODE;
}
