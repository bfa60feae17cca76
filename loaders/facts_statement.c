/* loaders/facts_statement.c: the section `facts`: from one entry to its statements (docs/FACTS.md 2.6).
 *
 * An entry is taken apart into its keys (list or map form), subjects and objects are read, then everything
 * that is said about the statement becomes properties; each pair of subject and object is one statement.
 * facts_statement_keys.c reads the single keys; facts_emit.c names and writes.
 */
#include "loaders/facts_statement.h"

#include "core/limits.h"

static const kgq_str nothing = { "", 0 };

/* ---- taking an entry apart ------------------------------------------------------------------------ */

static kgq_status add_qualifier(kg_doc *doc, kg_fact *fact, const kg_yaml_node *key, kgq_error **err) {
  const kg_decl *predicate;
  KGQ_TRY(kg_find_predicate(doc, key, &predicate, err));
  if (!predicate) {
    return kg_say_unknown_key(doc, key, "a fact", kg_fact_keys, kg_fact_key_count, true, err);
  }
  kg_qualifier *q = kg_arena_alloc(doc->arena, sizeof *q);
  if (!q) {
    return kg_fail_memory(err);
  }
  *q = (kg_qualifier){ predicate, kg_yaml_value(key), NULL };
  *(fact->last_qualifier ? &fact->last_qualifier->next : &fact->qualifiers) = q;
  fact->last_qualifier = q;
  return KGQ_OK;
}

static kgq_status sort_keys(kg_doc *doc, const kg_yaml_node *map, kg_fact *fact, kgq_error **err) {
  for (const kg_yaml_node *key = map->first; key; key = kg_yaml_value(key)->next) {
    const int which = kg_word_index(key->text, kg_fact_keys, kg_fact_key_count);
    if (which < 0 && !key->twin) {
      if (kg_yaml_empty(kg_yaml_value(key))) {
        KGQ_TRY(kg_say_unknown_key(doc, key, "a fact", kg_fact_keys, kg_fact_key_count, true, err));
      } else {
        KGQ_TRY(add_qualifier(doc, fact, key, err));
      }
    } else if (kg_has_value(doc, key)) {
      if (fact->values[which]) {
        kg_yaml_error(doc->errors, key->spot, "this fact has its %s already", kg_fact_keys[which]);
      }
      fact->values[which] = kg_yaml_value(key);
    }
  }
  return KGQ_OK;
}

static bool ends_in_digit(const kg_yaml_node *node) {
  const kgq_str text = node->text;
  return node->kind == KG_YAML_SCALAR && !node->quoted && text.len > 0 && text.ptr[text.len - 1] >= '0' &&
         text.ptr[text.len - 1] <= '9';
}

/* `[a, b, 50,000 GPU]`: YAML has made two items of the number. */
static bool say_comma(kg_doc *doc, const kg_yaml_node *object, const kg_yaml_node *rest) {
  enum { group = 3 };
  if (!rest || rest->kind != KG_YAML_SCALAR || !ends_in_digit(object) || rest->text.len < group) {
    return false;
  }
  for (size_t i = 0; i < group; i++) {
    if (rest->text.ptr[i] < '0' || rest->text.ptr[i] > '9') {
      return false;
    }
  }
  const char *space = NULL;
  for (size_t i = object->text.len; i > 0 && !space; i--) {
    space = object->text.ptr[i - 1] == ' ' ? object->text.ptr + i - 1 : NULL;
  }
  const char *first = space ? space + 1 : object->text.ptr;
  const kgq_str head = kg_str_n(first, object->text.len - (size_t)(first - object->text.ptr));
  const kgq_str tail = kg_str_n(rest->text.ptr, group);
  const kg_yaml_spot spot =
      kg_yaml_spot_inside(doc->errors, object->spot, object->text, (size_t)(first - object->text.ptr));
  kg_hint(kg_yaml_error(doc->errors, spot, "‘%.*s,%.*s’: the comma ends the value here", KG_CLIP(head),
                        KG_CLIP(tail)),
          "write %.*s%.*s or %.*s_%.*s", KG_CLIP(head), KG_CLIP(tail), KG_CLIP(head), KG_CLIP(tail));
  return true;
}

static bool say_key_comma(kg_doc *doc, const kg_yaml_node *map) {
  const kg_yaml_node *before = NULL;
  for (const kg_yaml_node *key = map->first; key; key = kg_yaml_value(key)->next) {
    if (before && kg_yaml_empty(kg_yaml_value(key)) && say_comma(doc, before, key)) {
      return true;
    }
    before = kg_yaml_value(key);
  }
  return false;
}

/* [subject, predicate, object] or with a mapping behind. */
static kgq_status take_list(kg_doc *doc, const kg_yaml_node *list, kg_fact *fact, bool *fine,
                            kgq_error **err) {
  const kg_yaml_node *items[4] = { NULL };
  uint32_t count = 0;
  for (const kg_yaml_node *item = list->first; item; item = item->next, count++) {
    if (count < KG_COUNT(items)) {
      items[count] = item;
    }
  }
  *fine = false;
  if (count > 3 && say_comma(doc, items[2], items[3])) {
    return KGQ_OK;
  }
  if (count < 3 || count > 4) {
    kg_yaml_error(doc->errors, list->spot, "a fact has three items, or four with a mapping last; this has %u",
                  (unsigned)count);
    return KGQ_OK;
  }
  if (count == 4 && items[3]->kind != KG_YAML_MAP) {
    kg_yaml_error(doc->errors, items[3]->spot,
                  "the fourth item of a fact must be a mapping such as {status: planned}");
    return KGQ_OK;
  }
  *fine = true;
  fact->values[KG_FACT_SUBJECT] = items[0];
  fact->values[KG_FACT_PREDICATE] = items[1];
  fact->values[KG_FACT_OBJECT] = items[2];
  return count == 4 ? sort_keys(doc, items[3], fact, err) : KGQ_OK;
}

static kgq_status take_entry(kg_doc *doc, const kg_yaml_node *entry, kg_fact *fact, bool *fine,
                             kgq_error **err) {
  *fine = true;
  if (entry->kind == KG_YAML_LIST) {
    return take_list(doc, entry, fact, fine, err);
  }
  if (entry->kind == KG_YAML_MAP) {
    *fine = !say_key_comma(doc, entry);
    return *fine ? sort_keys(doc, entry, fact, err) : KGQ_OK;
  }
  *fine = false;
  kg_hint(kg_yaml_error(doc->errors, entry->spot, "a fact is a list or a mapping"),
          "[subject, predicate, object] or {subject: …, predicate: …, object: …}");
  return KGQ_OK;
}

/* ---- subject, predicate, object -------------------------------------------------------------------- */

static kgq_status say_unknown_predicate(kg_doc *doc, const kg_yaml_node *node, kgq_error **err) {
  const bool full = kg_yaml_errors_full(doc->errors);
  kgq_error **item = kg_yaml_error(doc->errors, node->spot, "unknown predicate ‘%.*s’", KG_CLIP(node->text));
  kg_nearest nearest = kg_nearest_to(node->text);
  if (!full) {
    KGQ_TRY(kg_world_offer_keys(doc->world, doc->base, true, &nearest, err));
  }
  if (nearest.best.len > 0) {
    kg_hint(item, "did you mean ‘%.*s’?  declare it under predicates: if it is new", KG_CLIP(nearest.best));
  } else {
    kg_hint(item, "declare it under predicates:");
  }
  return KGQ_OK;
}

static kgq_status read_predicate(kg_doc *doc, kg_fact *fact, kgq_error **err) {
  const kg_yaml_node *node = fact->values[KG_FACT_PREDICATE];
  if (!node) {
    kg_yaml_error(doc->errors, fact->spot, "this fact has no predicate");
    return KGQ_OK;
  }
  if (node->kind != KG_YAML_SCALAR || kg_yaml_empty(node)) {
    kg_yaml_error(doc->errors, node->spot, "a fact has one predicate, a word");
    return KGQ_OK;
  }
  const uint64_t errors_before = doc->errors->errors.total;
  KGQ_TRY(kg_find_predicate(doc, node, &fact->predicate, err));
  if (!fact->predicate && doc->errors->errors.total == errors_before) {
    return say_unknown_predicate(doc, node, err);
  }
  return KGQ_OK;
}

static kgq_status read_subjects(kg_doc *doc, kg_fact *fact, kgq_error **err) {
  const kg_yaml_node *node = fact->values[KG_FACT_SUBJECT];
  if (!node) {
    kg_yaml_error(doc->errors, fact->spot, "this fact has no subject");
    return KGQ_OK;
  }
  return kg_read_entities(doc, node, &fact->subjects, err);
}

static kgq_status read_objects(kg_doc *doc, kg_fact *fact, kgq_error **err) {
  const kg_yaml_node *object = fact->values[KG_FACT_OBJECT], *amount = fact->values[KG_FACT_AMOUNT];
  if (!object == !amount) {
    kg_hint(kg_yaml_error(doc->errors, fact->spot,
                          object ? "this fact has an object and an amount" : "this fact has no object"),
            object ? "keep one of them" : "add object: or amount:");
    return KGQ_OK;
  }
  if (!fact->predicate) {
    return KGQ_OK; /* how to read the object is not known */
  }
  if (object) {
    return kg_read_values(doc, object, fact->predicate, &fact->objects, err);
  }
  const kg_range range = kg_decl_range(fact->predicate);
  if (range != KG_RANGE_QUANTITY && range != KG_RANGE_ANY) {
    kg_hint(kg_yaml_error(doc->errors, amount->spot, "‘%.*s’ has range %s: it takes no amount",
                          KG_CLIP(fact->predicate->key), kg_range_names[range]),
            "write object:");
    return KGQ_OK;
  }
  kg_decl as_quantity = *fact->predicate;
  as_quantity.said.has_range = true;
  as_quantity.said.range = KG_RANGE_QUANTITY;
  return kg_read_values(doc, amount, &as_quantity, &fact->objects, err);
}

/* ---- statements ------------------------------------------------------------------------------------ */

static size_t count_pairs(const kg_fact *fact) {
  size_t subjects = 0, objects = 0;
  for (const kg_text *s = fact->subjects; s; s = s->next) {
    subjects++;
  }
  for (const kg_value *o = fact->objects; o; o = o->next) {
    objects++;
  }
  return subjects * objects;
}

static kgq_status statement_name(kg_doc *doc, const kg_fact *fact, size_t pairs, size_t number, kgq_str *name,
                                 kgq_error **err) {
  const kg_yaml_node *id = fact->values[KG_FACT_ID];
  *name = nothing;
  if (!id) {
    return KGQ_OK;
  }
  if (pairs == 1) {
    return kg_arena_print(doc->arena, name, err, "%.*ss-%.*s", (int)doc->stem.len, doc->stem.ptr,
                          (int)id->text.len, id->text.ptr);
  }
  return kg_arena_print(doc->arena, name, err, "%.*ss-%.*s.%zu", (int)doc->stem.len, doc->stem.ptr,
                        (int)id->text.len, id->text.ptr, number);
}

/* What one object brings along: its own words, its place in an ordered list. */
static kgq_status own_props(kg_doc *doc, const kg_fact *fact, const kg_value *object, size_t position,
                            kg_props *own, kgq_error **err) {
  *own = (kg_props){ NULL, NULL, 0 };
  KGQ_TRY(kg_props_add_texts(doc, own, KG_NS_KGQ "objectWritten", object->written, err));
  KGQ_TRY(kg_props_add_parts(doc, own, KG_NS_KGQ "objectInferred", object->inferred, err));
  if (!fact->values[KG_FACT_ORDERED]) {
    return KGQ_OK;
  }
  kgq_str digits;
  KGQ_TRY(kg_arena_print(doc->arena, &digits, err, "%zu", position));
  const kg_term term = kg_term_typed(digits, KG_STR(KG_XSD_INTEGER));
  return kg_props_add(doc, own, KG_NS_KGQ "position", &term, err);
}

static kgq_status emit_pairs(kg_doc *doc, const kg_fact *fact, size_t pairs, kgq_error **err) {
  size_t number = 0;
  for (const kg_text *s = fact->subjects; s; s = s->next) {
    size_t position = 0;
    for (const kg_value *o = fact->objects; o; o = o->next) {
      kg_props own;
      kg_statement st = { .subject = kg_term_iri(s->text),
                          .predicate = kg_term_iri(fact->predicate->iri),
                          .object = o->term,
                          .common = &fact->props,
                          .own = &own,
                          .asserted = fact->asserted,
                          .spot = fact->spot };
      KGQ_TRY(own_props(doc, fact, o, ++position, &own, err));
      KGQ_TRY(statement_name(doc, fact, pairs, ++number, &st.name, err));
      KGQ_TRY(kg_emit_statement(doc, &st, err));
    }
  }
  return KGQ_OK;
}

/* Lists multiply: bounded, so that a small hostile file cannot become a large load. */
static bool check_size(kg_doc *doc, const kg_fact *fact, size_t pairs) {
  if (pairs * (2u + fact->props.count) <= KG_LIMIT_FACT_QUADS) {
    return true;
  }
  kg_hint(kg_yaml_error(doc->errors, fact->spot,
                        "this entry stands for %zu statements of %u properties each; the limit is %d quads",
                        pairs, (unsigned)fact->props.count, KG_LIMIT_FACT_QUADS),
          "write several entries");
  return false;
}

static kgq_status read_fact(kg_doc *doc, const kg_yaml_node *entry, kgq_error **err) {
  kg_fact fact = { .spot = entry->spot, .asserted = true };
  bool fine;
  KGQ_TRY(take_entry(doc, entry, &fact, &fine, err));
  if (!fine) {
    return KGQ_OK;
  }
  KGQ_TRY(read_predicate(doc, &fact, err));
  KGQ_TRY(read_subjects(doc, &fact, err));
  KGQ_TRY(read_objects(doc, &fact, err));
  KGQ_TRY(kg_fact_read_keys(doc, &fact, err));
  const size_t pairs = count_pairs(&fact);
  if (doc->errors->errors.total > 0 || pairs == 0 || !check_size(doc, &fact, pairs)) {
    return KGQ_OK;
  }
  return emit_pairs(doc, &fact, pairs, err);
}

/* ---- the section ------------------------------------------------------------------------------------ */

/* Number of statements that an entry names, as far as its form shows: needed before the first `derived` is
 * read. */
static size_t shape_count(const kg_yaml_node *node, const kg_decl *predicate) {
  const bool list = node && node->kind == KG_YAML_LIST;
  size_t count = 0;
  for (const kg_yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
    const kg_range range = predicate ? kg_decl_range(predicate) : KG_RANGE_ANY;
    const bool texts = item->kind == KG_YAML_MAP && (range == KG_RANGE_TEXT || range == KG_RANGE_ANY) &&
                       !kg_is_amount_map(item) && !kg_is_date_map(item);
    count += texts ? item->count : 1;
  }
  return count;
}

static kgq_status note_id(kg_doc *doc, const kg_yaml_node *entry, kgq_error **err) {
  const bool list = entry->kind == KG_YAML_LIST;
  const kg_yaml_node *second = list && entry->count == 4 ? entry->first->next : NULL;
  const kg_yaml_node *map = second ? second->next->next : entry;
  const kg_yaml_node *id = kg_yaml_get(map, "id");
  if (!id || !kg_is_scalar(doc, id, "a key")) {
    return KGQ_OK;
  }
  if (!kg_key_valid(id->text)) {
    kg_hint(kg_yaml_error(doc->errors, id->spot, "‘%.*s’ is not a key", KG_CLIP(id->text)),
            "a letter or _, then letters, digits, _ and -");
    return KGQ_OK;
  }
  const kg_yaml_node *object = second ? second->next : kg_yaml_get(map, "object");
  const kg_yaml_node *predicate_node = second ? second : kg_yaml_get(map, "predicate");
  const kg_decl *predicate = NULL;
  if (predicate_node && predicate_node->kind == KG_YAML_SCALAR &&
      !memchr(predicate_node->text.ptr, ':', predicate_node->text.len)) {
    KGQ_TRY(kg_find_predicate(doc, predicate_node, &predicate, err));
  }
  uint64_t *count;
  bool added;
  KGQ_TRY(kg_map_put(&doc->statement_ids, id->text, &count, &added, NULL, err));
  if (!added) {
    kg_yaml_error(doc->errors, id->spot, "the id ‘%.*s’ is given twice", KG_CLIP(id->text));
  }
  const size_t subjects = shape_count(second ? entry->first : kg_yaml_get(map, "subject"), NULL);
  const size_t objects = shape_count(object ? object : kg_yaml_get(map, "amount"), predicate);
  *count = subjects * objects;
  return KGQ_OK;
}

kgq_status kg_statements_read(kg_doc *doc, const kg_yaml_node *section, kgq_error **err) {
  if (section->kind != KG_YAML_LIST) {
    kg_yaml_error(doc->errors, section->spot,
                  "facts must be a list, each fact on a line that begins with - ");
    return KGQ_OK;
  }
  for (const kg_yaml_node *entry = section->first; entry; entry = entry->next) {
    KGQ_TRY(note_id(doc, entry, err));
  }
  for (const kg_yaml_node *entry = section->first; entry; entry = entry->next) {
    KGQ_TRY(read_fact(doc, entry, err));
  }
  return KGQ_OK;
}
