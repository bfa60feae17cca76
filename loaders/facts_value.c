/* loaders/facts_value.c: objects and qualifiers by the range of their predicate (docs/FACTS.md 2.7).
 *
 * One value or a list; every range also takes kgq:none, kgq:unknown and kgq:undecided. Under `any` a map
 * shows what it is by its keys, and a plain word is a key, so that a misspelt name is caught.
 */
#include "loaders/facts_doc.h"

static const kgq_str nothing = { "", 0 };

static kgq_status add_value(kg_doc *doc, kg_value ***end, const kg_value *value, kgq_error **err) {
  if (value->term.kind == KG_TERM_NONE) {
    return KGQ_OK; /* a mistake that has been reported */
  }
  kg_value *copy = kg_arena_alloc(doc->arena, sizeof *copy);
  if (!copy) {
    return kg_fail_memory(err);
  }
  *copy = *value;
  copy->next = NULL;
  **end = copy;
  *end = &copy->next;
  return KGQ_OK;
}

static bool is_special(const kg_yaml_node *node) {
  static const char *const words[] = { "kgq:none", "kgq:unknown", "kgq:undecided" };
  return node->kind == KG_YAML_SCALAR && kg_word_index(node->text, words, KG_COUNT(words)) >= 0;
}

static kgq_status read_key(kg_doc *doc, const kg_yaml_node *node, kg_value *out, kgq_error **err) {
  kgq_str iri;
  KGQ_TRY(kg_read_entity(doc, node, &iri, err));
  if (iri.len > 0) {
    out->term = kg_term_iri(iri);
  }
  return KGQ_OK;
}

static kgq_status read_decimal(kg_doc *doc, const kg_yaml_node *node, kg_value *out, kgq_error **err) {
  kgq_str text;
  KGQ_TRY(kg_read_number(doc, node, &text, err));
  if (text.len > 0) {
    const bool whole = memchr(text.ptr, '.', text.len) == NULL;
    out->term = kg_term_typed(text, whole ? KG_STR(KG_XSD_INTEGER) : KG_STR(KG_XSD_DECIMAL));
  }
  return KGQ_OK;
}

static kgq_status read_text_values(kg_doc *doc, const kg_yaml_node *node, kg_value ***end, kgq_error **err) {
  kg_text *texts;
  KGQ_TRY(kg_read_texts(doc, node, KG_TEXT_ONE, &texts, err));
  for (const kg_text *t = texts; t; t = t->next) {
    const kg_value value = { .term = kg_term_lang(t->text, t->lang), .unit = nothing, .spot = t->spot };
    KGQ_TRY(add_value(doc, end, &value, err));
  }
  return KGQ_OK;
}

/* Under `any` a text with spaces or digits in front is no key: say what the predicate lacks. */
static bool say_needs_range(kg_doc *doc, const kg_yaml_node *node, const kg_decl *predicate) {
  const kgq_str text = node->text;
  const bool digit = text.len > 0 && text.ptr[0] >= '0' && text.ptr[0] <= '9';
  if (node->kind != KG_YAML_SCALAR || kg_yaml_empty(node) || predicate->key.len == 0 || !digit) {
    return false;
  }
  kg_hint(kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not a key", KG_CLIP(text)),
          "an amount, number or date needs range: quantity, number or date at ‘%.*s’ under predicates:",
          KG_CLIP(predicate->key));
  return true;
}

static kgq_status read_any(kg_doc *doc, const kg_yaml_node *node, const kg_decl *predicate, kg_value ***end,
                           kgq_error **err) {
  kg_value value = { .unit = nothing, .spot = node->spot };
  if (kg_is_date_map(node)) {
    KGQ_TRY(kg_read_date(doc, node, &value, err));
  } else if (kg_is_amount_map(node)) {
    KGQ_TRY(kg_read_amount(doc, node, kg_decl_unit(predicate), &value, err));
  } else if (node->kind == KG_YAML_MAP) {
    return read_text_values(doc, node, end, err);
  } else if (!say_needs_range(doc, node, predicate)) {
    KGQ_TRY(read_key(doc, node, &value, err));
  }
  return add_value(doc, end, &value, err);
}

static kgq_status read_value(kg_doc *doc, const kg_yaml_node *node, const kg_decl *predicate, kg_value ***end,
                             kgq_error **err) {
  kg_value value = { .unit = nothing, .spot = node->spot };
  const kg_range range = is_special(node) ? KG_RANGE_ENTITY : kg_decl_range(predicate);
  switch (range) {
  case KG_RANGE_ANY: return read_any(doc, node, predicate, end, err);
  case KG_RANGE_TEXT: return read_text_values(doc, node, end, err);
  case KG_RANGE_ENTITY: KGQ_TRY(read_key(doc, node, &value, err)); break;
  case KG_RANGE_QUANTITY: KGQ_TRY(kg_read_amount(doc, node, kg_decl_unit(predicate), &value, err)); break;
  case KG_RANGE_DATE: KGQ_TRY(kg_read_date(doc, node, &value, err)); break;
  case KG_RANGE_NUMBER: KGQ_TRY(read_decimal(doc, node, &value, err)); break;
  case KG_RANGE_COUNT: break;
  }
  return add_value(doc, end, &value, err);
}

kgq_status kg_read_values(kg_doc *doc, const kg_yaml_node *node, const kg_decl *predicate, kg_value **out,
                          kgq_error **err) {
  kg_value **end = out;
  const bool list = node->kind == KG_YAML_LIST;
  *out = NULL;
  if (list && !node->first) {
    kg_yaml_error(doc->errors, node->spot, "the list is empty");
  }
  for (const kg_yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
    KGQ_TRY(read_value(doc, item, predicate, &end, err));
  }
  return KGQ_OK;
}

kgq_status kg_read_plain_values(kg_doc *doc, const kg_yaml_node *node, const kg_decl *predicate,
                                kg_value **out, kgq_error **err) {
  KGQ_TRY(kg_read_values(doc, node, predicate, out, err));
  for (const kg_value *v = *out; v; v = v->next) {
    if (v->written || v->inferred) {
      kg_hint(kg_yaml_error(doc->errors, v->spot, "a value with ‘text’ or ‘inferred’ cannot stand here"),
              "make it a fact of its own");
    }
  }
  return KGQ_OK;
}
