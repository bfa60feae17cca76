/* query/resolver.c: the resolver that asks a snapshot: prefixes through graph/names.h.
 *
 * Without a snapshot it knows the built-in prefixes only.
 */
#include "query/resolver.h"

#include "graph/vocab.h"

static kgq_status find_prefix(void *arg, kgq_str name, kg_arena *arena, kgq_str *iri, bool *found,
                              kgq_error **err) {
  static const char *const pairs[][2] = {
#define KG_PAIR(name, space) { name, space },
    KG_BUILTIN_PREFIXES(KG_PAIR)
#undef KG_PAIR
  };
  if (arg) {
    return kg_prefix_find((kg_snap *)arg, name, arena, iri, found, err);
  }
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0] && !*found; i++) {
    if (kg_str_equal(name, kg_str(pairs[i][0]))) {
      *iri = kg_str(pairs[i][1]);
      *found = true;
    }
  }
  return KGQ_OK;
}

kg_resolver kg_resolver_of(kg_snap *snap) {
  return (kg_resolver){ .arg = snap, .prefix = find_prefix };
}
