/* loaders/facts_units.c: the section `units`, and units named by predicates (docs/FACTS.md 2.5, 4.3).
 *
 * A count unit is a node BASE + "unit/" + name with its name and other spellings; a name that ends in a
 * letter other than s is also accepted, and stored, with an s behind it. Built-in units (graph/unit.c) need
 * no node.
 */
#include "graph/quantity.h"
#include "graph/unit.h"
#include "loaders/facts_doc.h"

static const kgq_str nothing = { "", 0 };

/* BASE + unit/name; what an IRI cannot hold is percent-encoded. */
static kgq_status unit_iri(kg_doc *doc, kgq_str name, kgq_str *iri, kgq_error **err) {
  static const char hex[] = "0123456789ABCDEF";
  doc->scratch.len = 0;
  KGQ_TRY(kg_buf_add_str(&doc->scratch, doc->base, err));
  KGQ_TRY(kg_buf_add_text(&doc->scratch, "unit/", err));
  for (size_t i = 0; i < name.len; i++) {
    const unsigned char c = (unsigned char)name.ptr[i];
    if (c < 0x80 && strchr("\"<>\\^`{|}%#?[]", c)) {
      const char encoded[3] = { '%', hex[c >> 4], hex[c & 15] };
      KGQ_TRY(kg_buf_add(&doc->scratch, encoded, sizeof encoded, err));
    } else {
      KGQ_TRY(kg_buf_add_byte(&doc->scratch, (char)c, err));
    }
  }
  return kg_arena_copy(doc->arena, kg_buf_str(&doc->scratch), iri, err);
}

static bool takes_plural(kgq_str name) {
  const char last = name.ptr[name.len - 1];
  return ((last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z')) && last != 's';
}

static kgq_status emit_spelling(kg_doc *doc, const kg_term *unit, kgq_str spelling, kgq_str name,
                                kgq_error **err) {
  const kg_term text = kg_term_string(spelling);
  KGQ_TRY(kg_world_set_unit(doc->world, spelling, name, err));
  return kg_emit(doc, doc->about, unit, KG_SKOS_ALT_LABEL, &text, err);
}

/* Once a document. */
static kgq_status declare(kg_doc *doc, kgq_str name, kgq_error **err) {
  bool added;
  uint64_t *value;
  kgq_str iri, plural;
  KGQ_TRY(kg_map_put(&doc->units, name, &value, &added, NULL, err));
  if (!added) {
    return KGQ_OK;
  }
  KGQ_TRY(unit_iri(doc, name, &iri, err));
  const kg_term unit = kg_term_iri(iri), text = kg_term_string(name),
                class = kg_term_iri(KG_STR(KG_KGQ_UNIT));
  KGQ_TRY(kg_emit(doc, doc->about, &unit, KG_RDF_TYPE, &class, err));
  KGQ_TRY(kg_emit(doc, doc->about, &unit, KG_SKOS_NOTATION, &text, err));
  KGQ_TRY(kg_world_set_unit(doc->world, name, name, err));
  if (!takes_plural(name)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_concat(doc, name, KG_STR("s"), &plural, err));
  return emit_spelling(doc, &unit, plural, name, err);
}

static bool check_name(kg_doc *doc, const kg_yaml_node *node) {
  if (kg_unit_valid(node->text)) {
    return true;
  }
  kg_hint(kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not the name of a unit", KG_CLIP(node->text)),
          "no space, no digit or < > = ~ . - in front, no word of an amount such as million or about");
  return false;
}

static kgq_status declare_also(kg_doc *doc, const kg_yaml_node *key, const kg_yaml_node *also,
                               kgq_error **err) {
  kg_text *spellings;
  kgq_str iri;
  KGQ_TRY(kg_read_texts(doc, also, KG_TEXT_LISTS, &spellings, err));
  KGQ_TRY(unit_iri(doc, key->text, &iri, err));
  const kg_term unit = kg_term_iri(iri);
  for (const kg_text *s = spellings; s; s = s->next) {
    const kg_yaml_node node = { .text = s->text, .spot = s->spot };
    if (check_name(doc, &node)) {
      KGQ_TRY(emit_spelling(doc, &unit, s->text, key->text, err));
    }
  }
  return KGQ_OK;
}

static kgq_status read_unit(kg_doc *doc, const kg_yaml_node *key, kgq_error **err) {
  static const char *const keys[] = { "also" };
  const kg_yaml_node *map = kg_yaml_value(key);
  if (!check_name(doc, key)) {
    return KGQ_OK;
  }
  if (kg_unit_builtin(key->text).len > 0) {
    kg_yaml_error(doc->errors, key->spot, "‘%.*s’ is known without being declared", KG_CLIP(key->text));
    return KGQ_OK;
  }
  KGQ_TRY(declare(doc, key->text, err));
  if (kg_yaml_empty(map)) {
    return KGQ_OK;
  }
  if (map->kind != KG_YAML_MAP) {
    kg_hint(kg_yaml_error(doc->errors, map->spot, "a unit is a mapping, or has nothing behind it"),
            "GPU: {also: [장]}");
    return KGQ_OK;
  }
  for (const kg_yaml_node *k = map->first; k; k = kg_yaml_value(k)->next) {
    if (!kg_str_equal(k->text, KG_STR("also"))) {
      KGQ_TRY(kg_say_unknown_key(doc, k, "a unit", keys, KG_COUNT(keys), false, err));
    } else if (kg_has_value(doc, k)) {
      KGQ_TRY(declare_also(doc, key, kg_yaml_value(k), err));
    }
  }
  return KGQ_OK;
}

kgq_status kg_units_read(kg_doc *doc, const kg_yaml_node *section, kgq_error **err) {
  if (section->kind != KG_YAML_MAP) {
    kg_yaml_error(doc->errors, section->spot, "units must be a mapping");
    return KGQ_OK;
  }
  for (const kg_yaml_node *key = section->first; key; key = kg_yaml_value(key)->next) {
    if (!key->twin) {
      KGQ_TRY(read_unit(doc, key, err));
    }
  }
  return KGQ_OK;
}

/* The unit's node goes into this document's declarations whether or not another one has it: what a document
 * becomes may not depend on the others (docs/FACTS.md 6.3). */
kgq_status kg_unit_take(kg_doc *doc, const kg_yaml_node *node, kgq_str *name, kgq_error **err) {
  *name = nothing;
  if (!kg_is_scalar(doc, node, "a unit")) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_world_unit(doc->world, node->text, name, err));
  const bool other_spelling = name->len > 0 && !kg_str_equal(*name, node->text);
  if (other_spelling || kg_unit_builtin(node->text).len > 0 || !check_name(doc, node)) {
    return KGQ_OK;
  }
  *name = node->text;
  return declare(doc, node->text, err);
}
