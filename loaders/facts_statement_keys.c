/* loaders/facts_statement_keys.c: what is said about a statement: one reader a key (docs/FACTS.md 2.6, 4.2).
 *
 * Each turns its value into properties of the statement's reifier. Subject, predicate, object and `id` are
 * read by facts_statement.c; `when` by facts_when.c; `said_by` and `quote` by facts_said.c.
 */
#include "loaders/facts_statement.h"

#include <assert.h>

const char *const kg_fact_keys[] = { "subject", "predicate", "object",  "amount",  "status",    "when",
                                     "said_by", "quote",     "place",   "written", "converted", "etc",
                                     "ordered", "inferred",  "derived", "id" };
const size_t kg_fact_key_count = KG_COUNT(kg_fact_keys);
static_assert(KG_COUNT(kg_fact_keys) == KG_FACT_KEYS, "kg_fact_keys and kg_fact_key go together");

static const char *const statuses[] = { "planned",  "agreed",   "started",   "ongoing", "done",  "cancelled",
                                        "expected", "possible", "estimated", "target",  "denied" };
static const char *const places[] = {
  "headline", "subhead", "summary", "lead", "body", "caption", "infobox"
};

/* ---- words ---------------------------------------------------------------------------------------- */

static kgq_status read_status(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  if (!kg_is_scalar(doc, node, "a status")) {
    return KGQ_OK;
  }
  const int which = kg_word_index(node->text, statuses, KG_COUNT(statuses));
  if (which < 0) {
    kg_say_unknown_word(doc, node, "status", statuses, KG_COUNT(statuses), true);
    return KGQ_OK;
  }
  if (kg_str_equal(node->text, KG_STR("denied"))) {
    fact->asserted = false;
  }
  return kg_props_add_word(doc, &fact->props, KG_NS_KGQ "status", statuses[which], err);
}

static kgq_status read_place(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  const bool list = node->kind == KG_YAML_LIST;
  for (const kg_yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
    if (!kg_is_scalar(doc, item, "a place")) {
      continue;
    }
    const int which = kg_word_index(item->text, places, KG_COUNT(places));
    const bool alone = !list || node->count == 1;
    if (which < 0) {
      kg_say_unknown_word(doc, item, "place", places, KG_COUNT(places), false);
    } else if (!alone || !kg_str_equal(item->text, KG_STR("body"))) { /* `body` alone says nothing */
      KGQ_TRY(kg_props_add_word(doc, &fact->props, KG_NS_KGQ "place", places[which], err));
    }
  }
  return KGQ_OK;
}

static bool is_true(kg_doc *doc, const kg_yaml_node *node, const char *key) {
  if (node->kind == KG_YAML_SCALAR && kg_str_equal(node->text, KG_STR("true"))) {
    return true;
  }
  kg_hint(kg_yaml_error(doc->errors, node->spot, "‘%s’ takes only true", key), "leave it out otherwise");
  return false;
}

static kgq_status read_etc(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  const kg_term yes = kg_term_typed(KG_STR("true"), KG_STR(KG_XSD_BOOLEAN));
  return is_true(doc, node, "etc") ? kg_props_add(doc, &fact->props, KG_NS_KGQ "openList", &yes, err)
                                   : KGQ_OK;
}

static kgq_status read_ordered(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  const kg_yaml_node *object =
      fact->values[KG_FACT_OBJECT] ? fact->values[KG_FACT_OBJECT] : fact->values[KG_FACT_AMOUNT];
  (void)err;
  if (is_true(doc, node, "ordered") && object && object->kind != KG_YAML_LIST) {
    kg_yaml_error(doc->errors, node->spot, "‘ordered’ needs a list of objects");
  }
  return KGQ_OK;
}

static kgq_status read_inferred(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  if (!kg_is_scalar(doc, node, "why it is inferred, in one text")) {
    return KGQ_OK;
  }
  const kg_term why = kg_term_string(node->text);
  return kg_props_add(doc, &fact->props, KG_NS_KGQ "inferred", &why, err);
}

/* ---- written -------------------------------------------------------------------------------------- */

static kgq_status add_written_as(kg_doc *doc, kgq_str node, const kg_text *texts, kgq_error **err) {
  const kg_term entity = kg_term_iri(node);
  return kg_emit_texts(doc, doc->graph, &entity, KG_KGQ_WRITTEN_AS, texts, err);
}

static kgq_status read_subject_written(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact,
                                       kgq_error **err) {
  kg_text *texts;
  KGQ_TRY(kg_read_texts(doc, node, KG_TEXT_LISTS, &texts, err));
  for (const kg_text *s = fact->subjects; s; s = s->next) {
    KGQ_TRY(add_written_as(doc, s->text, texts, err));
  }
  return kg_props_add_texts(doc, &fact->props, KG_NS_KGQ "subjectWritten", texts, err);
}

static bool is_special_iri(kgq_str iri) {
  return kg_str_starts(iri, KG_STR(KG_NS_KGQ)); /* kgq:none and the like have no names */
}

static kgq_status read_object_written(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  kg_text *texts;
  KGQ_TRY(kg_read_texts(doc, node, KG_TEXT_LISTS, &texts, err));
  for (const kg_value *o = fact->objects; o; o = o->next) {
    if (o->term.kind == KG_TERM_IRI && !is_special_iri(o->term.text)) {
      KGQ_TRY(add_written_as(doc, o->term.text, texts, err));
    }
  }
  return kg_props_add_texts(doc, &fact->props, KG_NS_KGQ "objectWritten", texts, err);
}

static kgq_status read_written(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  static const char *const sides[] = { "subject", "object" };
  if (node->kind != KG_YAML_MAP) {
    return read_subject_written(doc, node, fact, err);
  }
  for (const kg_yaml_node *key = node->first; key; key = kg_yaml_value(key)->next) {
    const int side = kg_word_index(key->text, sides, KG_COUNT(sides));
    if (side < 0 && !key->twin) {
      KGQ_TRY(kg_say_unknown_key(doc, key, "written", sides, KG_COUNT(sides), false, err));
    } else if (kg_has_value(doc, key)) {
      KGQ_TRY(side == 0 ? read_subject_written(doc, kg_yaml_value(key), fact, err)
                        : read_object_written(doc, kg_yaml_value(key), fact, err));
    }
  }
  return KGQ_OK;
}

/* ---- converted ------------------------------------------------------------------------------------ */

static bool objects_are_quantities(const kg_fact *fact) {
  for (const kg_value *o = fact->objects; o; o = o->next) {
    if (!kg_str_equal(o->term.datatype, KG_STR(KG_KGQ_QUANTITY))) {
      return false;
    }
  }
  return true;
}

static kgq_status add_conversion(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  kg_value value;
  KGQ_TRY(kg_read_amount(doc, node, (kgq_str){ "", 0 }, &value, err));
  for (const kg_value *o = fact->objects; o && value.term.kind; o = o->next) {
    if (kg_str_equal(o->unit, value.unit)) {
      kg_yaml_error(doc->errors, node->spot, "the conversion has the unit of the object%s%.*s",
                    value.unit.len > 0 ? ", " : "", KG_CLIP(value.unit));
      return KGQ_OK;
    }
  }
  KGQ_TRY(kg_props_add(doc, &fact->props, KG_NS_KGQ "converted", &value.term, err));
  return kg_props_add_texts(doc, &fact->props, KG_NS_KGQ "convertedWritten", value.written, err);
}

static kgq_status read_converted(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  if (!objects_are_quantities(fact)) {
    kg_yaml_error(doc->errors, node->spot, "‘converted’ goes with an amount; this object is none");
    return KGQ_OK;
  }
  const bool list = node->kind == KG_YAML_LIST;
  for (const kg_yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
    KGQ_TRY(add_conversion(doc, item, fact, err));
  }
  return KGQ_OK;
}

/* ---- derived -------------------------------------------------------------------------------------- */

static kgq_status add_source(kg_doc *doc, kg_fact *fact, kgq_str id, size_t number, kgq_error **err) {
  kgq_str iri;
  if (number == 0) {
    KGQ_TRY(kg_arena_print(doc->arena, &iri, err, "%.*ss-%.*s", (int)doc->stem.len, doc->stem.ptr,
                           (int)id.len, id.ptr));
  } else {
    KGQ_TRY(kg_arena_print(doc->arena, &iri, err, "%.*ss-%.*s.%zu", (int)doc->stem.len, doc->stem.ptr,
                           (int)id.len, id.ptr, number));
  }
  const kg_term term = kg_term_iri(iri);
  return kg_props_add(doc, &fact->props, KG_NS_PROV "wasDerivedFrom", &term, err);
}

/* `share.2`: the second statement of the list with that id; 0: no such form. */
static size_t member_number(kgq_str text, kgq_str *id) {
  size_t at = text.len, number = 0, factor = 1;
  while (at > 0 && text.ptr[at - 1] >= '0' && text.ptr[at - 1] <= '9' && factor < 1000000) {
    number += (size_t)(text.ptr[--at] - '0') * factor;
    factor *= 10;
  }
  if (at == text.len || at < 2 || text.ptr[at - 1] != '.') {
    return 0;
  }
  *id = kg_str_n(text.ptr, at - 1);
  return number;
}

static void say_unknown_id(kg_doc *doc, const kg_yaml_node *node) {
  const bool full = kg_yaml_errors_full(doc->errors);
  kgq_error **item = kg_yaml_error(doc->errors, node->spot, "no fact of this document has the id ‘%.*s’",
                                   KG_CLIP(node->text));
  kg_nearest nearest = kg_nearest_to(node->text);
  for (size_t i = 0; !full && i < doc->statement_ids.capacity; i++) {
    const kg_map_slot *slot = &doc->statement_ids.slots[i];
    if (slot->key) {
      kg_nearest_try(&nearest, kg_str_n(slot->key, slot->key_len));
    }
  }
  if (nearest.best.len > 0) {
    kg_hint(item, "did you mean ‘%.*s’?", KG_CLIP(nearest.best));
  }
}

/* An id of a list stands for all of its statements. */
static kgq_status read_source(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  if (!kg_is_scalar(doc, node, "the id of a fact")) {
    return KGQ_OK;
  }
  kgq_str id = node->text;
  const uint64_t *count = kg_map_find(&doc->statement_ids, id);
  if (count) {
    for (size_t i = 1; *count > 1 && i <= *count && i <= KG_LIMIT_FACT_QUADS; i++) {
      KGQ_TRY(add_source(doc, fact, id, i, err));
    }
    return *count == 1 ? add_source(doc, fact, id, 0, err) : KGQ_OK;
  }
  const size_t number = member_number(node->text, &id);
  count = number > 0 ? kg_map_find(&doc->statement_ids, id) : NULL;
  if (count && *count > 1 && number <= *count) {
    return add_source(doc, fact, id, number, err);
  }
  say_unknown_id(doc, node);
  return KGQ_OK;
}

static kgq_status read_sources(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  const bool list = node->kind == KG_YAML_LIST;
  for (const kg_yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
    KGQ_TRY(read_source(doc, item, fact, err));
  }
  return KGQ_OK;
}

static kgq_status read_how(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  if (!kg_is_scalar(doc, node, "how it is computed, in one text")) {
    return KGQ_OK;
  }
  const kg_term how = kg_term_string(node->text);
  return kg_props_add(doc, &fact->props, KG_NS_KGQ "how", &how, err);
}

static kgq_status read_derived(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  static const char *const keys[] = { "how", "from" };
  const kg_yaml_node *values[KG_COUNT(keys)] = { NULL };
  fact->asserted = false;
  if (fact->values[KG_FACT_QUOTE] || fact->values[KG_FACT_SAID_BY]) {
    kg_yaml_error(doc->errors, node->spot, "what is derived stands nowhere: it has no quote and no speaker");
  }
  for (const kg_yaml_node *key = node->kind == KG_YAML_MAP ? node->first : NULL; key;
       key = kg_yaml_value(key)->next) {
    const int which = kg_word_index(key->text, keys, KG_COUNT(keys));
    if (which < 0 && !key->twin) {
      KGQ_TRY(kg_say_unknown_key(doc, key, "derived", keys, KG_COUNT(keys), false, err));
    } else if (kg_has_value(doc, key)) {
      values[which] = kg_yaml_value(key);
    }
  }
  if (!values[0] || !values[1]) {
    kg_hint(kg_yaml_error(doc->errors, node->spot, "derived needs ‘how’ and ‘from’"),
            "derived: {how: sum, from: [share1, share2]}");
    return KGQ_OK;
  }
  KGQ_TRY(read_how(doc, values[0], fact, err));
  return read_sources(doc, values[1], fact, err);
}

/* ---- qualifiers and the whole --------------------------------------------------------------------- */

static kgq_status read_qualifiers(kg_doc *doc, kg_fact *fact, kgq_error **err) {
  for (const kg_qualifier *q = fact->qualifiers; q; q = q->next) {
    kg_value *values;
    KGQ_TRY(kg_read_plain_values(doc, q->value, q->predicate, &values, err));
    for (const kg_value *v = values; v; v = v->next) {
      KGQ_TRY(kg_props_add_iri(doc, &fact->props, q->predicate->iri, &v->term, err));
    }
  }
  return KGQ_OK;
}

/* Words, quotes and speakers belong to an article. */
static void check_background(kg_doc *doc, const kg_fact *fact) {
  static const kg_fact_key of_articles[] = { KG_FACT_WRITTEN, KG_FACT_QUOTE, KG_FACT_PLACE, KG_FACT_SAID_BY };
  for (size_t i = 0; i < KG_COUNT(of_articles) && !doc->is_article; i++) {
    const kg_yaml_node *value = fact->values[of_articles[i]];
    if (value) {
      kg_hint(kg_yaml_error(doc->errors, value->spot, "‘%s’ has no place in a background file",
                            kg_fact_keys[of_articles[i]]),
              "it says something about an article: the document needs article:");
    }
  }
}

static kgq_status read_when(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  return kg_read_when(doc, node, &fact->props, err);
}

static kgq_status read_said_by(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  return kg_read_said_by(doc, node, &fact->props, err);
}

static kgq_status read_quote(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err) {
  return kg_read_quote(doc, node, &fact->props, err);
}

kgq_status kg_fact_read_keys(kg_doc *doc, kg_fact *fact, kgq_error **err) {
  static const struct {
    kg_fact_key key;
    kgq_status (*read)(kg_doc *doc, const kg_yaml_node *node, kg_fact *fact, kgq_error **err);
  } readers[] = { { KG_FACT_STATUS, read_status },       { KG_FACT_WHEN, read_when },
                  { KG_FACT_SAID_BY, read_said_by },     { KG_FACT_QUOTE, read_quote },
                  { KG_FACT_PLACE, read_place },         { KG_FACT_WRITTEN, read_written },
                  { KG_FACT_CONVERTED, read_converted }, { KG_FACT_ETC, read_etc },
                  { KG_FACT_ORDERED, read_ordered },     { KG_FACT_INFERRED, read_inferred },
                  { KG_FACT_DERIVED, read_derived } };
  check_background(doc, fact);
  for (size_t i = 0; i < KG_COUNT(readers); i++) {
    const kg_yaml_node *value = fact->values[readers[i].key];
    if (value) {
      KGQ_TRY(readers[i].read(doc, value, fact, err));
    }
  }
  return read_qualifiers(doc, fact, err);
}
