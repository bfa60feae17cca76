/* loaders/facts_source.c: `article` and `background`: where the facts of a document come from
 * (docs/FACTS.md 2.2, 4.3).
 *
 * First the graphs and the language, which everything else needs; later, when all keys are known, the
 * metadata, which go to the declarations graph.
 */
#include "graph/iri.h"
#include "graph/rdflex.h"
#include "loaders/facts_doc.h"

enum {
  ID,
  LANG,
  FILE_NAME,
  URL,
  TITLE,
  PUBLISHER,
  AUTHOR,
  PUBLISHED,
  DATELINE,
  PHOTO_CREDIT,
  IS,
  SOURCE_KEYS
};
static const char *const keys[SOURCE_KEYS] = { "id",       "lang",         "file",   "url",
                                               "title",    "publisher",    "author", "published",
                                               "dateline", "photo_credit", "is" };
static const kgq_str nothing = { "", 0 };

/* ---- graphs and language -------------------------------------------------------------------------- */

static kgq_status set_graph(kg_doc *doc, kgq_str graph, kgq_error **err) {
  const bool has_fragment = memchr(graph.ptr, '#', graph.len) != NULL;
  doc->graph = graph;
  KGQ_TRY(kg_concat(doc, graph, has_fragment ? KG_STR("/") : KG_STR("#"), &doc->stem, err));
  return kg_concat(doc, doc->stem, KG_STR("about"), &doc->about, err);
}

static kgq_status claim(kg_doc *doc, const kg_yaml_node *id, kgq_error **err) {
  kgq_str taken_by;
  KGQ_TRY(kg_world_claim(doc->world, doc->graph, doc->about, doc->errors->file, id != NULL, &taken_by, err));
  if (taken_by.len > 0) {
    const kg_yaml_spot spot = id ? id->spot : doc->root->spot;
    kg_hint(kg_yaml_error(doc->errors, spot, "two documents of this command have the id <%.*s>",
                          KG_ARG(doc->graph)),
            "the other one is in %.*s", KG_CLIP(taken_by));
  }
  return KGQ_OK;
}

/* Where something is missing from the map: its first key. */
static kg_yaml_spot inside(const kg_yaml_node *map) {
  return map->first ? map->first->spot : map->spot;
}

static void read_language(kg_doc *doc, const char *section) {
  const kg_yaml_node *lang = kg_yaml_get(doc->source, "lang");
  if (!lang) {
    if (doc->is_article) {
      kg_hint(kg_yaml_error(doc->errors, inside(doc->source), "%s needs a lang", section), "lang: ko");
    }
    return;
  }
  if (!kg_is_scalar(doc, lang, "a language tag")) {
    return;
  }
  if (!kg_lang_valid(lang->text)) {
    kg_hint(kg_yaml_error(doc->errors, lang->spot, "‘%.*s’ is not a language tag", KG_CLIP(lang->text)),
            "ko, ja, zh-Hans …");
    return;
  }
  doc->lang = lang->text;
}

static kgq_status begin_source(kg_doc *doc, const char *section, kgq_error **err) {
  if (doc->source->kind != KG_YAML_MAP) {
    kg_hint(kg_yaml_error(doc->errors, doc->source->spot, "%s must be a mapping", section),
            "%s: {id: ex:a/1, lang: ko}", section);
    return KGQ_OK;
  }
  const kg_yaml_node *id = kg_yaml_get(doc->source, "id");
  kgq_str graph = nothing;
  read_language(doc, section);
  if (!id || kg_yaml_empty(id)) {
    kg_yaml_error(doc->errors, inside(doc->source), "%s needs an id", section);
    return KGQ_OK;
  }
  KGQ_TRY(kg_read_iri(doc, id, &graph, err));
  if (graph.len == 0) {
    return KGQ_OK;
  }
  KGQ_TRY(set_graph(doc, graph, err));
  return claim(doc, id, err);
}

static kgq_status begin_without_source(kg_doc *doc, kgq_error **err) {
  size_t offset;
  const kgq_str graph = doc->graph_option ? kg_str(doc->graph_option) : KG_STR(KG_NS_KGQ "background");
  if (kg_iri_check_absolute(graph, &offset)) {
    return kg_fail(err, KGQ_DATA, "--graph takes an IRI, not ‘%.*s’", KG_CLIP(graph));
  }
  KGQ_TRY(set_graph(doc, graph, err));
  return claim(doc, NULL, err);
}

kgq_status kg_source_begin(kg_doc *doc, const kg_yaml_node *article, const kg_yaml_node *background,
                           kgq_error **err) {
  KGQ_TRY(set_graph(doc, KG_STR(KG_NS_KGQ "background"), err));
  doc->source = article ? article : background;
  doc->is_article = article != NULL;
  if (article && background) {
    kg_yaml_error(doc->errors, background->spot, "a document has article or background, not both");
  }
  if (!doc->source) {
    return begin_without_source(doc, err);
  }
  if (doc->graph_option) {
    kg_yaml_error(doc->errors, doc->source->spot,
                  "--graph is for documents with neither article nor background");
  }
  return begin_source(doc, article ? "article" : "background", err);
}

/* ---- metadata ------------------------------------------------------------------------------------- */

static kgq_status emit_about(kg_doc *doc, const char *predicate, const kg_term *object, kgq_error **err) {
  const kg_term source = kg_term_iri(doc->graph);
  return kg_emit(doc, doc->about, &source, predicate, object, err);
}

static kgq_status emit_string(kg_doc *doc, const kg_yaml_node *value, const char *predicate,
                              kgq_error **err) {
  const kg_term text = kg_term_string(value->text);
  return kg_is_scalar(doc, value, "one text") ? emit_about(doc, predicate, &text, err) : KGQ_OK;
}

static kgq_status emit_url(kg_doc *doc, const kg_yaml_node *value, kgq_error **err) {
  kgq_str iri;
  KGQ_TRY(kg_read_iri(doc, value, &iri, err));
  const kg_term url = kg_term_iri(iri);
  return emit_about(doc, KG_NS_SCHEMA "url", &url, err);
}

static kgq_status emit_title(kg_doc *doc, const kg_yaml_node *value, kgq_error **err) {
  kg_text *titles;
  const kg_term source = kg_term_iri(doc->graph);
  KGQ_TRY(kg_read_texts(doc, value, KG_TEXT_ONE, &titles, err));
  return kg_emit_texts(doc, doc->about, &source, KG_NS_SCHEMA "headline", titles, err);
}

static kgq_status say_no_key(kg_doc *doc, const kg_yaml_node *value, const char *key) {
  kg_hint(kg_yaml_error(doc->errors, value->spot, "‘%.*s’ is no key of an entity", KG_CLIP(value->text)),
          "write %s: {%.*s: %.*s} for a name, or declare the entity", key,
          doc->lang.len > 0 ? (int)doc->lang.len : 2, doc->lang.len > 0 ? doc->lang.ptr : "ko",
          KG_CLIP(value->text));
  return KGQ_OK;
}

/* A key, or a name as a map of languages. */
static kgq_status emit_party(kg_doc *doc, const kg_yaml_node *value, const char *key, const char *predicate,
                             kgq_error **err) {
  kgq_str iri;
  kg_decl *decl = NULL;
  if (value->kind == KG_YAML_MAP) {
    kg_text *names;
    const kg_term source = kg_term_iri(doc->graph);
    KGQ_TRY(kg_read_texts(doc, value, KG_TEXT_ONE, &names, err));
    return kg_emit_texts(doc, doc->about, &source, predicate, names, err);
  }
  if (!kg_is_scalar(doc, value, "a key, or a name such as {ko: …}")) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_world_find(doc->world, doc->base, value->text, &decl, err));
  if (!decl &&
      (!memchr(value->text.ptr, ':', value->text.len) || memchr(value->text.ptr, ' ', value->text.len))) {
    return say_no_key(doc, value, key);
  }
  KGQ_TRY(kg_read_entity(doc, value, &iri, err));
  const kg_term party = kg_term_iri(iri);
  return emit_about(doc, predicate, &party, err);
}

static kgq_status emit_parties(kg_doc *doc, const kg_yaml_node *value, const char *key, const char *predicate,
                               kgq_error **err) {
  const bool list = value->kind == KG_YAML_LIST;
  for (const kg_yaml_node *item = list ? value->first : value; item; item = list ? item->next : NULL) {
    KGQ_TRY(emit_party(doc, item, key, predicate, err));
  }
  return KGQ_OK;
}

static bool is_special(const kg_yaml_node *node) {
  static const char *const words[] = { "kgq:none", "kgq:unknown", "kgq:undecided" };
  return node->kind == KG_YAML_SCALAR && kg_word_index(node->text, words, KG_COUNT(words)) >= 0;
}

static kgq_status emit_published(kg_doc *doc, const kg_yaml_node *value, kgq_error **err) {
  kg_value date;
  kg_props props = { NULL, NULL, 0 };
  if (is_special(value)) {
    kgq_str iri;
    KGQ_TRY(kg_read_iri(doc, value, &iri, err));
    const kg_term special = kg_term_iri(iri);
    return emit_about(doc, KG_NS_SCHEMA "datePublished", &special, err);
  }
  KGQ_TRY(kg_read_date(doc, value, &date, err));
  KGQ_TRY(kg_props_add(doc, &props, KG_NS_SCHEMA "datePublished", &date.term, err));
  KGQ_TRY(kg_props_add_texts(doc, &props, KG_NS_KGQ "publishedWritten", date.written, err));
  KGQ_TRY(kg_props_add_parts(doc, &props, KG_NS_KGQ "publishedInferred", date.inferred, err));
  for (const kg_prop *p = props.first; p; p = p->next) {
    const kg_term source = kg_term_iri(doc->graph);
    KGQ_TRY(kg_emit_iri(doc, doc->about, &source, p->predicate, &p->object, err));
  }
  return KGQ_OK;
}

static kgq_status emit_classes(kg_doc *doc, const kg_yaml_node *value, kgq_error **err) {
  kg_text *classes;
  KGQ_TRY(kg_read_classes(doc, value, &classes, err));
  for (const kg_text *c = classes; c; c = c->next) {
    const kg_term class = kg_term_iri(c->text);
    KGQ_TRY(emit_about(doc, KG_RDF_TYPE, &class, err));
  }
  return KGQ_OK;
}

static kgq_status emit_other(kg_doc *doc, const kg_yaml_node *key, kgq_error **err) {
  const kg_decl *predicate;
  kg_value *values;
  const kg_term source = kg_term_iri(doc->graph);
  KGQ_TRY(kg_find_predicate(doc, key, &predicate, err));
  if (!predicate) {
    return kg_say_unknown_key(doc, key, doc->is_article ? "article" : "background", keys, SOURCE_KEYS, true,
                              err);
  }
  if (!kg_has_value(doc, key)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_read_plain_values(doc, kg_yaml_value(key), predicate, &values, err));
  for (const kg_value *v = values; v; v = v->next) {
    KGQ_TRY(kg_emit_iri(doc, doc->about, &source, predicate->iri, &v->term, err));
  }
  return KGQ_OK;
}

static kgq_status emit_key(kg_doc *doc, const kg_yaml_node *key, kgq_error **err) {
  const kg_yaml_node *value = kg_yaml_value(key);
  const int which = kg_word_index(key->text, keys, SOURCE_KEYS);
  if (which < 0) {
    return key->twin ? KGQ_OK : emit_other(doc, key, err);
  }
  if (which == ID || !kg_has_value(doc, key)) {
    return KGQ_OK;
  }
  switch (which) {
  case LANG: return emit_string(doc, value, KG_NS_SCHEMA "inLanguage", err);
  case FILE_NAME: return emit_string(doc, value, KG_NS_DCTERMS "identifier", err);
  case URL: return emit_url(doc, value, err);
  case TITLE: return emit_title(doc, value, err);
  case PUBLISHER: return emit_parties(doc, value, "publisher", KG_NS_SCHEMA "publisher", err);
  case AUTHOR: return emit_parties(doc, value, "author", KG_NS_SCHEMA "author", err);
  case PUBLISHED: return emit_published(doc, value, err);
  case DATELINE: return emit_parties(doc, value, "dateline", KG_NS_SCHEMA "dateline", err);
  case PHOTO_CREDIT: return emit_parties(doc, value, "photo_credit", KG_NS_KGQ "photoCredit", err);
  default: return emit_classes(doc, value, err);
  }
}

kgq_status kg_source_emit(kg_doc *doc, kgq_error **err) {
  const kg_yaml_node *map = doc->source && doc->source->kind == KG_YAML_MAP ? doc->source : NULL;
  const kg_term about = kg_term_iri(doc->about), declarations = kg_term_iri(KG_STR(KG_KGQ_DECLARATIONS));
  const kg_term class =
      kg_term_iri(doc->is_article ? KG_STR(KG_NS_SCHEMA "NewsArticle") : KG_STR(KG_KGQ_BACKGROUND));
  KGQ_TRY(kg_emit(doc, doc->about, &about, KG_RDF_TYPE, &declarations, err));
  if (!doc->is_article || !map || !kg_yaml_get(map, "is")) {
    KGQ_TRY(emit_about(doc, KG_RDF_TYPE, &class, err));
  }
  for (const kg_yaml_node *key = map ? map->first : NULL; key; key = kg_yaml_value(key)->next) {
    KGQ_TRY(emit_key(doc, key, err));
  }
  return KGQ_OK;
}
