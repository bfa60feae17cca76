/* loaders/facts_read.c: the small things of a facts file: words, texts, IRIs, keys, classes (docs/FACTS.md
 * 2).
 *
 * Each reader takes a node and gives what it means, or records a mistake with its nearest known word and
 * gives nothing. Does not read amounts, dates or whole sections.
 */
#include "core/text.h"
#include "graph/iri.h"
#include "graph/rdflex.h"
#include "loaders/facts_doc.h"

static const kgq_str nothing = { "", 0 };

int kg_word_index(kgq_str text, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (kg_str_equal(text, kg_str(words[i]))) {
      return (int)i;
    }
  }
  return -1;
}

kgq_status kg_concat(kg_doc *doc, kgq_str left, kgq_str right, kgq_str *out, kgq_error **err) {
  char *joined = kg_arena_alloc(doc->arena, left.len + right.len + 1);
  if (!joined) {
    return kg_fail_memory(err);
  }
  memcpy(joined, left.ptr, left.len);
  memcpy(joined + left.len, right.ptr, right.len);
  joined[left.len + right.len] = '\0';
  *out = kg_str_n(joined, left.len + right.len);
  return KGQ_OK;
}

bool kg_has_value(kg_doc *doc, const kg_yaml_node *key) {
  if (key->twin) {
    return false;
  }
  if (kg_yaml_empty(kg_yaml_value(key))) {
    kg_yaml_error(doc->errors, key->spot, "‘%.*s’ has no value", KG_CLIP(key->text));
    return false;
  }
  return true;
}

bool kg_is_scalar(kg_doc *doc, const kg_yaml_node *node, const char *what) {
  if (node->kind == KG_YAML_SCALAR && !kg_yaml_empty(node)) {
    return true;
  }
  kg_yaml_error(doc->errors, node->spot,
                node->kind == KG_YAML_SCALAR ? "%s is missing here" : "here should be %s", what);
  return false;
}

/* ---- unknown words ------------------------------------------------------------------------------ */

static void try_words(kg_nearest *nearest, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++) {
    kg_nearest_try(nearest, kg_str(words[i]));
  }
}

kgq_status kg_say_unknown_key(kg_doc *doc, const kg_yaml_node *key, const char *where,
                              const char *const *words, size_t count, bool predicates, kgq_error **err) {
  const bool full = kg_yaml_errors_full(doc->errors);
  kgq_error **item =
      kg_yaml_error(doc->errors, key->spot, "unknown key ‘%.*s’ in %s", KG_CLIP(key->text), where);
  kg_nearest nearest = kg_nearest_to(key->text);
  if (full) {
    return KGQ_OK;
  }
  if (kg_yaml_empty(kg_yaml_value(key))) {
    kg_hint(item, "inside { } a comma ends a text; put the text in quotes");
    return KGQ_OK;
  }
  try_words(&nearest, words, count);
  if (predicates) {
    KGQ_TRY(kg_world_offer_keys(doc->world, doc->base, true, &nearest, err));
  }
  const char *also = !predicates                    ? NULL
                     : strcmp(where, "a fact") == 0 ? "a qualifier must be a declared predicate"
                                                    : "any other key must be a declared predicate";
  if (nearest.best.len > 0) {
    kg_hint(item, also ? "did you mean ‘%.*s’?  %s" : "did you mean ‘%.*s’?", KG_CLIP(nearest.best), also);
  } else if (also) {
    kg_hint(item, "%s", also);
  }
  return KGQ_OK;
}

/* Joins words with spaces; cut at the buffer's end. */
static void list_words(const char *const *words, size_t count, char *out, size_t out_bytes) {
  size_t at = 0;
  out[0] = '\0';
  for (size_t i = 0; i < count; i++) {
    const size_t len = strlen(words[i]);
    if (at + len + 2 > out_bytes) {
      break;
    }
    if (at > 0) {
      out[at++] = ' ';
    }
    memcpy(out + at, words[i], len + 1);
    at += len;
  }
}

void kg_say_unknown_word(kg_doc *doc, const kg_yaml_node *node, const char *what, const char *const *words,
                         size_t count, bool list_all) {
  char all[256];
  kgq_error **item = kg_yaml_error(doc->errors, node->spot, "unknown %s ‘%.*s’", what, KG_CLIP(node->text));
  kg_nearest nearest = kg_nearest_to(node->text);
  try_words(&nearest, words, count);
  list_words(words, count, all, sizeof all);
  if (nearest.best.len == 0) {
    kg_hint(item, "%s", all);
  } else if (list_all) {
    kg_hint(item, "did you mean ‘%.*s’?  %s", KG_CLIP(nearest.best), all);
  } else {
    kg_hint(item, "did you mean ‘%.*s’?", KG_CLIP(nearest.best));
  }
}

/* ---- texts -------------------------------------------------------------------------------------- */

kgq_status kg_add_text(kg_doc *doc, kg_text ***end, kgq_str text, kgq_str lang, kg_yaml_spot spot,
                       kgq_error **err) {
  kg_text *item = kg_arena_alloc(doc->arena, sizeof *item);
  if (!item) {
    return kg_fail_memory(err);
  }
  *item = (kg_text){ text, lang, spot, NULL };
  **end = item;
  *end = &item->next;
  return KGQ_OK;
}

/* A string, or, if lists may stand, a list of them. */
static kgq_status read_strings(kg_doc *doc, const kg_yaml_node *node, kgq_str lang, kg_text_lists lists,
                               kg_text ***end, kgq_error **err) {
  if (node->kind == KG_YAML_LIST && lists == KG_TEXT_LISTS) {
    for (const kg_yaml_node *item = node->first; item; item = item->next) {
      KGQ_TRY(read_strings(doc, item, lang, KG_TEXT_ONE, end, err));
    }
    return KGQ_OK;
  }
  if (!kg_is_scalar(doc, node, "one text")) {
    return KGQ_OK;
  }
  if (node->text.len == 0) {
    kg_yaml_error(doc->errors, node->spot, "the text is empty");
    return KGQ_OK;
  }
  return kg_add_text(doc, end, node->text, lang, node->spot, err);
}

static bool check_language(kg_doc *doc, const kg_yaml_node *node) {
  if (kg_lang_valid(node->text)) {
    return true;
  }
  kgq_error **item =
      kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not a language tag", KG_CLIP(node->text));
  kg_hint(item, "ko, ja, zh-Hans …");
  return false;
}

kgq_status kg_read_texts(kg_doc *doc, const kg_yaml_node *node, kg_text_lists lists, kg_text **out,
                         kgq_error **err) {
  kg_text **end = out;
  *out = NULL;
  if (node->kind != KG_YAML_MAP) {
    return read_strings(doc, node, doc->lang, lists, &end, err);
  }
  for (const kg_yaml_node *key = node->first; key; key = kg_yaml_value(key)->next) {
    if (kg_has_value(doc, key) && check_language(doc, key)) {
      KGQ_TRY(read_strings(doc, kg_yaml_value(key), key->text, lists, &end, err));
    }
  }
  return KGQ_OK;
}

/* ---- IRIs --------------------------------------------------------------------------------------- */

static void say_not_iri(kg_doc *doc, const kg_yaml_node *node, kgq_str iri, const char *why, size_t offset) {
  const kgq_str rest = kg_str_n(iri.ptr + offset, iri.len - offset);
  uint32_t c = 0;
  const size_t n = kg_utf8_decode(rest, &c);
  const size_t place = 1 + kg_utf8_count(kg_str_n(iri.ptr, offset));
  if (offset == 0 || n == 0) {
    kg_hint(kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not an IRI", KG_CLIP(iri)), "%s", why);
  } else if (c == ' ') {
    kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not an IRI: space at character %zu", KG_CLIP(iri),
                  place);
  } else {
    kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not an IRI: %.*s at character %zu", KG_CLIP(iri),
                  (int)n, rest.ptr, place);
  }
}

/* After the colon of a full IRI: `//`, or a scheme that has none. */
static bool looks_absolute(kgq_str scheme, kgq_str rest) {
  static const char *const schemes[] = { "urn", "tag", "info", "mailto", "tel", "geo", "ark", "did", "doi" };
  return kg_str_starts(rest, KG_STR("//")) || kg_word_index(scheme, schemes, KG_COUNT(schemes)) >= 0;
}

static void say_unknown_prefix(kg_doc *doc, const kg_yaml_node *node, kgq_str name) {
  const bool full = kg_yaml_errors_full(doc->errors);
  kgq_error **item = kg_yaml_error(doc->errors, node->spot, "unknown prefix ‘%.*s’", KG_CLIP(name));
  kg_nearest nearest = kg_nearest_to(name);
  if (!full) {
    kg_world_offer_prefixes(doc->world, &nearest);
  }
  if (nearest.best.len > 0) {
    kg_hint(item, "did you mean ‘%.*s’?  declare it under prefixes: if it is new", KG_CLIP(nearest.best));
  } else {
    kg_hint(item, "declare it under prefixes:");
  }
}

static kgq_status check_iri(kg_doc *doc, const kg_yaml_node *node, kgq_str iri, kgq_str *out) {
  size_t offset = 0;
  const char *why = kg_iri_check_absolute(iri, &offset);
  *out = why ? nothing : iri;
  if (why) {
    say_not_iri(doc, node, iri, why, offset);
  }
  return KGQ_OK;
}

kgq_status kg_read_iri(kg_doc *doc, const kg_yaml_node *node, kgq_str *out, kgq_error **err) {
  *out = nothing;
  if (!kg_is_scalar(doc, node, "an IRI or prefix:local")) {
    return KGQ_OK;
  }
  const char *colon = memchr(node->text.ptr, ':', node->text.len);
  if (!colon) {
    kg_hint(kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not an IRI", KG_CLIP(node->text)),
            "write prefix:local, or a full IRI such as https://…");
    return KGQ_OK;
  }
  const kgq_str name = kg_str_n(node->text.ptr, (size_t)(colon - node->text.ptr));
  const kgq_str rest = kg_str_n(colon + 1, node->text.len - name.len - 1);
  kgq_str iri;
  KGQ_TRY(kg_world_prefix(doc->world, name, &iri, err));
  if (iri.len > 0 && !kg_str_starts(rest, KG_STR("//"))) {
    KGQ_TRY(kg_concat(doc, iri, rest, &iri, err));
    return check_iri(doc, node, iri, out);
  }
  if (looks_absolute(name, rest)) {
    return check_iri(doc, node, node->text, out);
  }
  say_unknown_prefix(doc, node, name);
  return KGQ_OK;
}

/* ---- keys --------------------------------------------------------------------------------------- */

/* A letter or `_`, then letters, digits, `_`, `-`, in any script (marks belong to their letters). */
bool kg_key_valid(kgq_str text) {
  for (size_t at = 0; at < text.len;) {
    uint32_t c;
    const size_t n = kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &c);
    const bool first = at == 0;
    const bool fine =
        c == '_' || kg_is_letter(c) || (!first && (c == '-' || kg_is_digit(c) || kg_is_mark(c)));
    if (n == 0 || !fine) {
      return false;
    }
    at += n;
  }
  return text.len > 0;
}

static bool has_text(const kg_yaml_node *node, kgq_str text) {
  if (node->kind == KG_YAML_SCALAR) {
    return kg_str_equal(node->text, text);
  }
  for (const kg_yaml_node *child = node->first; child; child = child->next) {
    if (has_text(child, text)) { /* depth is bounded by KG_LIMIT_NESTING */
      return true;
    }
  }
  return false;
}

/* The key of the entity of this document that has the name. */
static kgq_str key_of_name_here(const kg_doc *doc, kgq_str name) {
  static const char *const where[] = { "name", "also", "written" };
  const kg_yaml_node *entities = kg_yaml_get(doc->root, "entities");
  if (!entities || entities->kind != KG_YAML_MAP) {
    return nothing;
  }
  for (const kg_yaml_node *key = entities->first; key; key = kg_yaml_value(key)->next) {
    for (size_t i = 0; i < KG_COUNT(where); i++) {
      const kg_yaml_node *names = kg_yaml_get(kg_yaml_value(key), where[i]);
      if (names && has_text(names, name)) {
        return key->text;
      }
    }
  }
  return nothing;
}

static kgq_status say_unknown_entity(kg_doc *doc, const kg_yaml_node *node, kgq_error **err) {
  kgq_str key = nothing;
  if (kg_yaml_errors_full(doc->errors)) {
    kg_yaml_error(doc->errors, node->spot, "unknown entity");
    return KGQ_OK;
  }
  key = key_of_name_here(doc, node->text);
  if (key.len == 0) {
    KGQ_TRY(kg_world_key_of_name(doc->world, doc->base, node->text, &key, err));
  }
  if (key.len > 0) {
    kg_hint(kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is a name, facts take keys", KG_CLIP(node->text)),
            "write %.*s", KG_CLIP(key));
    return KGQ_OK;
  }
  kgq_error **item = kg_yaml_error(doc->errors, node->spot, "unknown entity ‘%.*s’", KG_CLIP(node->text));
  kg_nearest nearest = kg_nearest_to(node->text);
  KGQ_TRY(kg_world_offer_keys(doc->world, doc->base, false, &nearest, err));
  if (nearest.best.len > 0) {
    kg_hint(item, "did you mean ‘%.*s’?  declare it under entities: if it is new", KG_CLIP(nearest.best));
  } else if (!kg_key_valid(node->text)) {
    kg_hint(item, "a key is one word; for a text, its predicate needs range: text");
  } else {
    kg_hint(item, "declare it under entities:");
  }
  return KGQ_OK;
}

kgq_status kg_read_entity(kg_doc *doc, const kg_yaml_node *node, kgq_str *iri, kgq_error **err) {
  kg_decl *decl = NULL;
  *iri = nothing;
  if (!kg_is_scalar(doc, node, "a key")) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_world_find(doc->world, doc->base, node->text, &decl, err));
  if (decl && !decl->is_predicate) {
    *iri = decl->iri;
  } else if (decl) {
    kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is a predicate, here should be an entity",
                  KG_CLIP(node->text));
  } else if (memchr(node->text.ptr, ':', node->text.len) && !memchr(node->text.ptr, ' ', node->text.len)) {
    return kg_read_iri(doc, node, iri, err);
  } else {
    return say_unknown_entity(doc, node, err);
  }
  return KGQ_OK;
}

kgq_status kg_read_entities(kg_doc *doc, const kg_yaml_node *node, kg_text **out, kgq_error **err) {
  kg_text **end = out;
  const bool list = node->kind == KG_YAML_LIST;
  *out = NULL;
  if (list && !node->first) {
    kg_yaml_error(doc->errors, node->spot, "the list is empty");
  }
  for (const kg_yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
    kgq_str iri;
    KGQ_TRY(kg_read_entity(doc, item, &iri, err));
    if (iri.len > 0) {
      KGQ_TRY(kg_add_text(doc, &end, iri, nothing, item->spot, err));
    }
  }
  return KGQ_OK;
}

kgq_status kg_find_predicate(kg_doc *doc, const kg_yaml_node *node, const kg_decl **out, kgq_error **err) {
  kg_decl *decl = NULL;
  *out = NULL;
  if (node->kind != KG_YAML_SCALAR || node->text.len == 0) {
    return KGQ_OK;
  }
  if (!memchr(node->text.ptr, ':', node->text.len)) {
    KGQ_TRY(kg_world_find(doc->world, doc->base, node->text, &decl, err));
    *out = decl && decl->is_predicate ? decl : NULL;
    return KGQ_OK;
  }
  kgq_str iri;
  KGQ_TRY(kg_read_iri(doc, node, &iri, err));
  KGQ_TRY(kg_world_find_iri(doc->world, iri, &decl, err));
  if (!decl) { /* an IRI needs no declaration: range any */
    decl = kg_arena_zero(doc->arena, sizeof *decl);
    if (!decl) {
      return kg_fail_memory(err);
    }
    *decl =
        (kg_decl){ .key = nothing, .iri = iri, .said = { .unit = nothing }, .stored = { .unit = nothing } };
  }
  *out = decl;
  return KGQ_OK;
}

/* ---- classes ------------------------------------------------------------------------------------ */

static kgq_status read_class(kg_doc *doc, const kg_yaml_node *node, kgq_str *iri, kgq_error **err) {
  bool known;
  *iri = nothing;
  if (!kg_is_scalar(doc, node, "a word")) {
    return KGQ_OK;
  }
  if (memchr(node->text.ptr, ':', node->text.len)) {
    return kg_read_iri(doc, node, iri, err);
  }
  if (!kg_key_valid(node->text)) {
    kg_hint(kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not a class", KG_CLIP(node->text)),
            "a class is one word, such as Company or AIFactory");
    return KGQ_OK;
  }
  kg_nearest nearest = kg_nearest_to(node->text);
  if (nearest.distance > 2) {
    nearest.distance =
        2; /* one change: `Product` is no misspelt `Project`, and a warning that is wrong is noise */
  }
  KGQ_TRY(kg_concat(doc, doc->base, node->text, iri, err));
  KGQ_TRY(kg_world_class(doc->world, *iri, node->text, &known, &nearest, err));
  if (!known && nearest.best.len > 0) {
    kg_yaml_warning(doc->errors, node->spot, "warning: class ‘%.*s’ is new; did you mean ‘%.*s’?",
                    KG_CLIP(node->text), KG_CLIP(nearest.best));
  }
  return KGQ_OK;
}

kgq_status kg_read_classes(kg_doc *doc, const kg_yaml_node *node, kg_text **out, kgq_error **err) {
  kg_text **end = out;
  const bool list = node->kind == KG_YAML_LIST;
  *out = NULL;
  for (const kg_yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
    kgq_str iri;
    KGQ_TRY(read_class(doc, item, &iri, err));
    if (iri.len > 0) {
      KGQ_TRY(kg_add_text(doc, &end, iri, nothing, item->spot, err));
    }
  }
  return KGQ_OK;
}
