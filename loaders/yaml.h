/* loaders/yaml.h: YAML text to a small tree with positions.
 *
 * What facts files may use of YAML: mappings, lists and scalars, nested at most KG_LIMIT_NESTING deep; no
 * anchors, aliases, tags, merge keys or keys that are not scalars. Scalars stay text: no typing. Mistakes go
 * to a kg_yaml_errors in words for people. Does not know what a fact is.
 *
 * Ownership: nodes live in the arena given to kg_yaml_next.
 */
#ifndef KG_LOADERS_YAML_H
#define KG_LOADERS_YAML_H

#include "loaders/yaml_errors.h"

typedef enum { KG_YAML_SCALAR, KG_YAML_LIST, KG_YAML_MAP } kg_yaml_kind;

typedef struct kg_yaml_node kg_yaml_node;
struct kg_yaml_node {
  kgq_str text;             /* of a scalar */
  kg_yaml_node *first;      /* of a list its items; of a map key, value, key, value ... */
  kg_yaml_node *next;       /* the next in the list or map */
  const kg_yaml_node *twin; /* of a map's key: an earlier key of the same text; NULL: none */
  kg_yaml_spot spot;
  uint32_t count; /* items, or pairs */
  kg_yaml_kind kind;
  bool quoted; /* in quotes, or a block text */
  bool flow;   /* a list or map in brackets */
};

/* A pair of a map: for (kg_yaml_node *key = map->first; key; key = kg_yaml_value(key)->next) */
static inline kg_yaml_node *kg_yaml_value(const kg_yaml_node *key) {
  return key->next;
}
/* Nothing was written: `key:` with no value. */
static inline bool kg_yaml_empty(const kg_yaml_node *node) {
  return node->kind == KG_YAML_SCALAR && !node->quoted && node->text.len == 0;
}
/* The value of `key`, or NULL. */
const kg_yaml_node *kg_yaml_get(const kg_yaml_node *map, const char *key);

typedef struct kg_yaml kg_yaml;
/* Checks the bytes first (size, UTF-8, control characters, directives); then documents come one by one. Both
 * the text (errors->text) and `errors` must live as long as it. KGQ_SYNTAX: an error has been recorded in
 * `errors`. */
kgq_status kg_yaml_open(const kgq_allocator *a, kg_yaml_errors *errors, kg_yaml **out, kgq_error **err);
/* The root of the next document, *root NULL at the end of the file. KGQ_SYNTAX: an error has been recorded.
 */
kgq_status kg_yaml_next(kg_yaml *yaml, kg_arena *arena, const kg_yaml_node **root, kgq_error **err);
void kg_yaml_close(kg_yaml *yaml);

#endif
