/* loaders/facts_entities.c: the section `entities` (docs/FACTS.md 2.3, 4.3), and what entities and predicates
 * share.
 *
 * Two passes, as for predicates. Names, classes and links go to the declarations graph; `written` forms and
 * plain facts go to the article's graph, since the article states them.
 */
#include "loaders/facts_doc.h"

static const char *const keys[] = { "is", "name", "also", "written", "same_as", "id" };
enum { IS, NAME, ALSO, WRITTEN, SAME_AS, ID };

/* ---- shared with predicates ----------------------------------------------------------------------- */

static bool is_number(const kg_yaml_node *node) {
  size_t digits = 0, i = 0;
  for (; i < node->text.len && strchr("0123456789.,_-", node->text.ptr[i]); i++) {
    digits += node->text.ptr[i] >= '0' && node->text.ptr[i] <= '9';
  }
  return node->kind == KG_YAML_SCALAR && !node->quoted && digits > 0 && i == node->text.len;
}

static bool has_list(const kg_yaml_node *value) {
  for (const kg_yaml_node *k = value->kind == KG_YAML_MAP ? value->first : NULL; k;
       k = kg_yaml_value(k)->next) {
    if (kg_yaml_value(k)->kind == KG_YAML_LIST) {
      return true;
    }
  }
  return value->kind == KG_YAML_LIST;
}

static const kg_yaml_node *find_number(const kg_yaml_node *value) {
  for (const kg_yaml_node *k = value->kind == KG_YAML_MAP ? value->first : NULL; k;
       k = kg_yaml_value(k)->next) {
    if (is_number(kg_yaml_value(k))) {
      return kg_yaml_value(k);
    }
  }
  return is_number(value) ? value : NULL;
}

static kgq_status warn_of_other_label(kg_doc *doc, const kg_term *node, const kg_text *name,
                                      kgq_error **err) {
  kgq_str other;
  KGQ_TRY(kg_world_label(doc->world, node->text, name->lang, name->text, &other, err));
  if (other.len > 0) {
    kgq_error **item =
        kg_yaml_warning(doc->errors, name->spot, "warning: this is named ‘%.*s’ elsewhere, ‘%.*s’ here",
                        KG_CLIP(other), KG_CLIP(name->text));
    kg_hint(item, "one name a language; other names go to also");
  }
  return KGQ_OK;
}

kgq_status kg_emit_name(kg_doc *doc, const kg_yaml_node *value, const kg_term *node, kgq_error **err) {
  kg_text *names;
  const kg_yaml_node *number = find_number(value);
  if (has_list(value)) {
    kg_yaml_error(doc->errors, value->spot, "name takes one text a language; more names go to also");
    return KGQ_OK;
  }
  if (number) {
    kg_hint(kg_yaml_error(doc->errors, number->spot, "the name %.*s is a number", KG_CLIP(number->text)),
            "put it in quotes if it is a name");
    return KGQ_OK;
  }
  KGQ_TRY(kg_read_texts(doc, value, KG_TEXT_ONE, &names, err));
  for (const kg_text *name = names; name; name = name->next) {
    KGQ_TRY(warn_of_other_label(doc, node, name, err));
  }
  return kg_emit_texts(doc, doc->about, node, KG_SKOS_PREF_LABEL, names, err);
}

/* ---- declaring ------------------------------------------------------------------------------------ */

static bool check_key(kg_doc *doc, const kg_yaml_node *key) {
  if (kg_str_equal(key->text, KG_STR("unnamed"))) {
    kg_yaml_error(doc->errors, key->spot,
                  "‘unnamed’ is the speaker whom nobody names: an entity needs another key");
    return false;
  }
  return true;
}

static kgq_status declare(kg_doc *doc, const kg_yaml_node *key, kgq_error **err) {
  kg_decl *decl;
  return check_key(doc, key) ? kg_declare_key(doc, key, false, &decl, err) : KGQ_OK;
}

kgq_status kg_entities_declare(kg_doc *doc, const kg_yaml_node *section, kgq_error **err) {
  if (section->kind != KG_YAML_MAP) {
    kg_yaml_error(doc->errors, section->spot, "entities must be a mapping");
    return KGQ_OK;
  }
  for (const kg_yaml_node *key = section->first; key; key = kg_yaml_value(key)->next) {
    if (!key->twin) {
      KGQ_TRY(declare(doc, key, err));
    }
  }
  return KGQ_OK;
}

/* ---- quads ---------------------------------------------------------------------------------------- */

static kgq_status emit_classes(kg_doc *doc, const kg_yaml_node *value, const kg_term *entity,
                               kgq_error **err) {
  kg_text *classes;
  KGQ_TRY(kg_read_classes(doc, value, &classes, err));
  for (const kg_text *c = classes; c; c = c->next) {
    const kg_term class = kg_term_iri(c->text);
    KGQ_TRY(kg_emit(doc, doc->about, entity, KG_RDF_TYPE, &class, err));
  }
  return KGQ_OK;
}

static kgq_status emit_same_as(kg_doc *doc, const kg_yaml_node *value, const kg_term *entity,
                               kgq_error **err) {
  const bool list = value->kind == KG_YAML_LIST;
  for (const kg_yaml_node *item = list ? value->first : value; item; item = list ? item->next : NULL) {
    kgq_str iri;
    KGQ_TRY(kg_read_iri(doc, item, &iri, err));
    const kg_term other = kg_term_iri(iri);
    KGQ_TRY(kg_emit(doc, doc->about, entity, KG_SKOS_EXACT_MATCH, &other, err));
  }
  return KGQ_OK;
}

static kgq_status emit_also(kg_doc *doc, const kg_yaml_node *value, const kg_term *entity, kgq_error **err) {
  kg_text *names;
  KGQ_TRY(kg_read_texts(doc, value, KG_TEXT_LISTS, &names, err));
  return kg_emit_texts(doc, doc->about, entity, KG_SKOS_ALT_LABEL, names, err);
}

static kgq_status emit_written(kg_doc *doc, const kg_yaml_node *key, const kg_term *entity, kgq_error **err) {
  kg_text *names;
  if (!doc->is_article) {
    kg_hint(kg_yaml_error(doc->errors, key->spot, "‘written’ has no place in a background file"),
            "names that are good everywhere go to also");
    return KGQ_OK;
  }
  KGQ_TRY(kg_read_texts(doc, kg_yaml_value(key), KG_TEXT_LISTS, &names, err));
  return kg_emit_texts(doc, doc->graph, entity, KG_KGQ_WRITTEN_AS, names, err);
}

static kgq_status emit_fact(kg_doc *doc, const kg_yaml_node *key, const kg_term *entity, kgq_error **err) {
  const kg_decl *predicate;
  kg_value *values;
  KGQ_TRY(kg_find_predicate(doc, key, &predicate, err));
  if (!predicate) {
    return kg_say_unknown_key(doc, key, "an entity", keys, KG_COUNT(keys), true, err);
  }
  if (!kg_has_value(doc, key)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_read_plain_values(doc, kg_yaml_value(key), predicate, &values, err));
  for (const kg_value *v = values; v; v = v->next) {
    KGQ_TRY(kg_emit_iri(doc, doc->graph, entity, predicate->iri, &v->term, err));
  }
  return KGQ_OK;
}

static kgq_status emit_entry(kg_doc *doc, const kg_yaml_node *key, const kg_term *entity, kgq_error **err) {
  const kg_yaml_node *value = kg_yaml_value(key);
  const int which = kg_word_index(key->text, keys, KG_COUNT(keys));
  if (which < 0) {
    return key->twin ? KGQ_OK : emit_fact(doc, key, entity, err);
  }
  if (!kg_has_value(doc, key)) {
    return KGQ_OK;
  }
  switch (which) {
  case IS: return emit_classes(doc, value, entity, err);
  case NAME: return kg_emit_name(doc, value, entity, err);
  case ALSO: return emit_also(doc, value, entity, err);
  case WRITTEN: return emit_written(doc, key, entity, err);
  case SAME_AS: return emit_same_as(doc, value, entity, err);
  default: return KGQ_OK; /* id */
  }
}

/* An entry that only gives `written` forms or facts lists a known entity; any other one without `name` gets
 * its key as label, `_` read as space, in no language. */
static bool wants_default_name(const kg_yaml_node *map) {
  if (map->kind != KG_YAML_MAP) {
    return true;
  }
  return !kg_yaml_get(map, "name") && (kg_yaml_get(map, "is") || kg_yaml_get(map, "also") ||
                                       kg_yaml_get(map, "same_as") || kg_yaml_get(map, "id") || !map->first);
}

static kgq_status emit_default_name(kg_doc *doc, kgq_str key, const kg_term *entity, kgq_error **err) {
  char *text = kg_arena_alloc(doc->arena, key.len);
  if (!text) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < key.len; i++) {
    text[i] = key.ptr[i] == '_' ? ' ' : key.ptr[i];
  }
  const kg_term label = kg_term_string(kg_str_n(text, key.len));
  return kg_emit(doc, doc->about, entity, KG_SKOS_PREF_LABEL, &label, err);
}

static kgq_status emit_entity(kg_doc *doc, const kg_yaml_node *key, kgq_error **err) {
  const kg_yaml_node *map = kg_yaml_value(key);
  kg_decl *decl;
  KGQ_TRY(kg_world_find(doc->world, doc->base, key->text, &decl, err));
  if (!decl || decl->document != doc->number) {
    return KGQ_OK; /* its declaration failed */
  }
  const kg_term entity = kg_term_iri(decl->iri);
  KGQ_TRY(kg_emit_key(doc, key, decl->iri, err));
  if (wants_default_name(map)) {
    KGQ_TRY(emit_default_name(doc, key->text, &entity, err));
  }
  for (const kg_yaml_node *k = map->kind == KG_YAML_MAP ? map->first : NULL; k; k = kg_yaml_value(k)->next) {
    KGQ_TRY(emit_entry(doc, k, &entity, err));
  }
  return KGQ_OK;
}

kgq_status kg_entities_emit(kg_doc *doc, const kg_yaml_node *section, kgq_error **err) {
  for (const kg_yaml_node *key = section->kind == KG_YAML_MAP ? section->first : NULL; key;
       key = kg_yaml_value(key)->next) {
    if (!key->twin) {
      KGQ_TRY(emit_entity(doc, key, err));
    }
  }
  return KGQ_OK;
}
