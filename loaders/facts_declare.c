/* loaders/facts_declare.c: a key of the sections entities and predicates becomes a name of the world: which
 * keys may be, which IRI a key stands for, and what is said when one key would be both an entity and a
 * predicate. What each section writes about its keys is in facts_entities.c and facts_predicates.c. */
#include "loaders/facts_doc.h"

kgq_status kg_declared_iri(kg_doc *doc, const kg_yaml_node *key, kgq_str *iri, kgq_error **err) {
  const kg_yaml_node *id = kg_yaml_get(kg_yaml_value(key), "id");
  return id ? kg_read_iri(doc, id, iri, err) : kg_concat(doc, doc->base, key->text, iri, err);
}

kgq_status kg_emit_key(kg_doc *doc, const kg_yaml_node *key, kgq_str iri, kgq_error **err) {
  const kg_term node = kg_term_iri(iri), text = kg_term_string(key->text);
  return kg_yaml_get(kg_yaml_value(key), "id") ? kg_emit(doc, doc->about, &node, KG_KGQ_KEY, &text, err)
                                               : KGQ_OK;
}

static bool check_key(kg_doc *doc, const kg_yaml_node *key, bool predicate) {
  const kg_yaml_node *map = kg_yaml_value(key);
  if (!kg_key_valid(key->text)) {
    kg_hint(kg_yaml_error(doc->errors, key->spot, "‘%.*s’ is not a key", KG_CLIP(key->text)),
            "a letter or _, then letters, digits, _ and -");
    return false;
  }
  if (map->kind != KG_YAML_MAP && !kg_yaml_empty(map)) {
    kg_hint(kg_yaml_error(doc->errors, map->spot, "%s is a mapping, or has nothing behind it",
                          predicate ? "a predicate" : "an entity"),
            predicate ? "%.*s: {range: entity}" : "%.*s: {is: Company, name: {en: …}}", KG_CLIP(key->text));
    return false;
  }
  return true;
}

kgq_status kg_declare_key(kg_doc *doc, const kg_yaml_node *key, bool predicate, kg_decl **out,
                          kgq_error **err) {
  kgq_str iri;
  bool clash;
  *out = NULL;
  if (!check_key(doc, key, predicate)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_declared_iri(doc, key, &iri, err));
  if (iri.len == 0) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_world_declare(doc->world, doc->base, key->text, iri, predicate, doc->number, out, &clash, err));
  if (clash) {
    *out = NULL;
    kg_yaml_error(doc->errors, key->spot, "‘%.*s’ is %s; %s needs another key", KG_CLIP(key->text),
                  predicate ? "an entity" : "a predicate", predicate ? "a predicate" : "an entity");
  }
  return KGQ_OK;
}
