/* loaders/facts_predicates.c: the section `predicates` (docs/FACTS.md 2.4, 4.3).
 *
 * Two passes: first every key with its range and unit, since facts and entities of the document may use any
 * of them; then the quads. Range and unit go out as the document says them: what another document says is
 * that one's.
 */
#include "loaders/facts_doc.h"

static const char *const keys[] = { "name", "also", "range", "unit", "id" };
static const kgq_str nothing = { "", 0 };

/* ---- declaring ------------------------------------------------------------------------------------ */

static void read_range(kg_doc *doc, const kg_yaml_node *node, kg_use *use) {
  if (!kg_is_scalar(doc, node, "a range")) {
    return;
  }
  const int range = kg_word_index(node->text, kg_range_names, KG_RANGE_COUNT);
  if (range < 0) {
    kg_say_unknown_word(doc, node, "range", kg_range_names, KG_RANGE_COUNT, true);
    return;
  }
  use->has_range = true;
  use->range = (kg_range)range;
}

static void say_differs(kg_doc *doc, const kg_yaml_node *key, const kg_yaml_node *node, const kg_use *there,
                        const kg_use *here) {
  const bool range = there->has_range && here->has_range && there->range != here->range;
  const kgq_str was = range ? kg_str(kg_range_names[there->range]) : there->unit;
  const kgq_str is = range ? kg_str(kg_range_names[here->range]) : here->unit;
  kg_yaml_error(doc->errors, node->spot, "%.*s has %s %.*s in <%.*s>, %.*s here", KG_CLIP(key->text),
                range ? "range" : "unit", KG_CLIP(was), KG_ARG(there->graph), KG_CLIP(is));
}

static kgq_status declare_use(kg_doc *doc, const kg_yaml_node *key, kg_decl *decl, kgq_error **err) {
  const kg_yaml_node *map = kg_yaml_value(key);
  const kg_yaml_node *range = kg_yaml_get(map, "range"), *unit = kg_yaml_get(map, "unit");
  kg_use use = { .unit = nothing, .graph = doc->graph };
  const kg_use *other;
  if (range) {
    read_range(doc, range, &use);
  }
  if (unit) {
    KGQ_TRY(kg_unit_take(doc, unit, &use.unit, err));
  }
  if (use.unit.len > 0 && use.has_range && use.range != KG_RANGE_QUANTITY && use.range != KG_RANGE_ANY) {
    kg_yaml_error(doc->errors, unit->spot, "only range: quantity goes with a unit");
    return KGQ_OK;
  }
  const kg_yaml_node *spoken = range ? range : unit ? unit : key;
  const kg_place place = kg_yaml_place(doc->errors, spoken->spot);
  KGQ_TRY(kg_world_use(doc->world, decl, &use, &place, &other, err));
  if (other) {
    say_differs(doc, key, spoken, other, &use);
  }
  return KGQ_OK;
}

static bool check_key(kg_doc *doc, const kg_yaml_node *key) {
  if (kg_word_index(key->text, kg_fact_keys, kg_fact_key_count) >= 0) {
    kg_yaml_error(doc->errors, key->spot, "‘%.*s’ is a word of facts: a predicate needs another key",
                  KG_CLIP(key->text));
    return false;
  }
  return true;
}

static kgq_status declare(kg_doc *doc, const kg_yaml_node *key, kgq_error **err) {
  kg_decl *decl = NULL;
  if (check_key(doc, key)) {
    KGQ_TRY(kg_declare_key(doc, key, true, &decl, err));
  }
  return decl ? declare_use(doc, key, decl, err) : KGQ_OK;
}

static bool is_section(kg_doc *doc, const kg_yaml_node *section) {
  if (section->kind != KG_YAML_MAP) {
    kg_yaml_error(doc->errors, section->spot, "predicates must be a mapping");
  }
  return section->kind == KG_YAML_MAP;
}

kgq_status kg_predicates_declare(kg_doc *doc, const kg_yaml_node *section, kgq_error **err) {
  if (!is_section(doc, section)) {
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

/* The key, `_` read as space, in English. */
static kgq_status emit_default_name(kg_doc *doc, kgq_str key, const kg_term *node, kgq_error **err) {
  char *text = kg_arena_alloc(doc->arena, key.len);
  if (!text) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < key.len; i++) {
    text[i] = key.ptr[i] == '_' ? ' ' : key.ptr[i];
  }
  const kg_term label = kg_term_lang(kg_str_n(text, key.len), KG_STR("en"));
  return kg_emit(doc, doc->about, node, KG_SKOS_PREF_LABEL, &label, err);
}

static kgq_status emit_range(kg_doc *doc, const kg_yaml_node *node, const kg_term *predicate,
                             kgq_error **err) {
  kgq_str iri;
  KGQ_TRY(kg_concat(doc, KG_STR(KG_NS_KGQ), node->text, &iri, err));
  const kg_term range = kg_term_iri(iri);
  return kg_emit(doc, doc->about, predicate, KG_KGQ_RANGE, &range, err);
}

static kgq_status emit_unit(kg_doc *doc, const kg_yaml_node *node, const kg_term *predicate,
                            kgq_error **err) {
  kgq_str name;
  KGQ_TRY(kg_unit_take(doc, node, &name, err));
  const kg_term unit = kg_term_string(name);
  return kg_emit(doc, doc->about, predicate, KG_KGQ_DEFAULT_UNIT, &unit, err);
}

static kgq_status emit_also(kg_doc *doc, const kg_yaml_node *node, const kg_term *predicate,
                            kgq_error **err) {
  kg_text *names;
  KGQ_TRY(kg_read_texts(doc, node, KG_TEXT_LISTS, &names, err));
  return kg_emit_texts(doc, doc->about, predicate, KG_SKOS_ALT_LABEL, names, err);
}

static kgq_status emit_key(kg_doc *doc, const kg_yaml_node *key, const kg_term *predicate, kgq_error **err) {
  enum { NAME, ALSO, RANGE, UNIT };
  const kg_yaml_node *value = kg_yaml_value(key);
  const int which = kg_word_index(key->text, keys, KG_COUNT(keys));
  if (which < 0 && !key->twin) {
    return kg_say_unknown_key(doc, key, "a predicate", keys, KG_COUNT(keys), false, err);
  }
  if (!kg_has_value(doc, key)) {
    return KGQ_OK;
  }
  switch (which) {
  case NAME: return kg_emit_name(doc, value, predicate, err);
  case ALSO: return emit_also(doc, value, predicate, err);
  case RANGE: return emit_range(doc, value, predicate, err);
  case UNIT: return emit_unit(doc, value, predicate, err);
  default: return KGQ_OK; /* id */
  }
}

static kgq_status emit_predicate(kg_doc *doc, const kg_yaml_node *key, kgq_error **err) {
  const kg_yaml_node *map = kg_yaml_value(key);
  const kg_decl *decl;
  KGQ_TRY(kg_find_predicate(doc, key, &decl, err));
  if (!decl) {
    return KGQ_OK; /* its declaration failed */
  }
  const kg_term predicate = kg_term_iri(decl->iri), class = kg_term_iri(KG_STR(KG_RDF_PROPERTY));
  KGQ_TRY(kg_emit(doc, doc->about, &predicate, KG_RDF_TYPE, &class, err));
  KGQ_TRY(kg_emit_key(doc, key, decl->iri, err));
  if (!kg_yaml_get(map, "name")) {
    KGQ_TRY(emit_default_name(doc, key->text, &predicate, err));
  }
  for (const kg_yaml_node *k = map->kind == KG_YAML_MAP ? map->first : NULL; k; k = kg_yaml_value(k)->next) {
    KGQ_TRY(emit_key(doc, k, &predicate, err));
  }
  return KGQ_OK;
}

kgq_status kg_predicates_emit(kg_doc *doc, const kg_yaml_node *section, kgq_error **err) {
  for (const kg_yaml_node *key = section->kind == KG_YAML_MAP ? section->first : NULL; key;
       key = kg_yaml_value(key)->next) {
    if (!key->twin) {
      KGQ_TRY(emit_predicate(doc, key, err));
    }
  }
  return KGQ_OK;
}
