/* loaders/facts_head.c: one YAML document from its root: format number, prefixes, base, then the sections in
 * the order in which they need each other (docs/FACTS.md 2.1).
 *
 * Decides what is read when; the sections themselves are read by the files named after them.
 */
#include "graph/iri.h"
#include "loaders/facts_doc.h"

enum { KGQ, PREFIXES, BASE, ARTICLE, BACKGROUND, UNITS, PREDICATES, ENTITIES, FACTS, SECTIONS };
static const char *const sections[SECTIONS] = { "kgq",   "prefixes",   "base",     "article", "background",
                                                "units", "predicates", "entities", "facts" };

void kg_doc_init(kg_doc *doc) {
  const kgq_str nothing = { "", 0 };
  doc->base = KG_STR("https://w3id.org/kgq/id/");
  doc->graph = doc->about = doc->stem = doc->lang = nothing;
  kg_map_init(&doc->statement_ids, doc->allocator);
  kg_map_init(&doc->statements, doc->allocator);
  kg_map_init(&doc->units, doc->allocator);
  kg_buf_init(&doc->scratch, doc->allocator);
}

void kg_doc_free(kg_doc *doc) {
  kg_map_free(&doc->statement_ids);
  kg_map_free(&doc->statements);
  kg_map_free(&doc->units);
  kg_buf_free(&doc->scratch);
}

/* ---- keys given twice ----------------------------------------------------------------------------- */

static bool declares(const kg_yaml_node *root, const kg_yaml_node *map) {
  return map == kg_yaml_get(root, sections[ENTITIES]) || map == kg_yaml_get(root, sections[PREDICATES]) ||
         map == kg_yaml_get(root, sections[UNITS]);
}

/* Depth is bounded by KG_LIMIT_NESTING. */
static void report_twins(kg_doc *doc, const kg_yaml_node *node) {
  for (const kg_yaml_node *child = node->first; child; child = child->next) {
    if (child->twin) {
      kg_yaml_error(doc->errors, child->spot, "‘%.*s’ is %s twice, first at line %u", KG_CLIP(child->text),
                    declares(doc->root, node) ? "declared" : "given", (unsigned)child->twin->spot.line);
    }
    report_twins(doc, child);
  }
}

/* ---- format --------------------------------------------------------------------------------------- */

static bool is_number(kgq_str text) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9') {
      return false;
    }
  }
  return text.len > 0 && text.ptr[0] != '0';
}

static bool check_format(kg_doc *doc, const kg_yaml_node *root) {
  const kg_yaml_node *format = kg_yaml_get(root, "kgq");
  if (!format) {
    kg_hint(kg_yaml_error(doc->errors, root->spot, "no ‘kgq: 1’: is this a facts file?"),
            "each document begins with kgq: 1");
    return false;
  }
  if (format->kind == KG_YAML_SCALAR && is_number(format->text) && !kg_str_equal(format->text, KG_STR("1"))) {
    kg_yaml_error(doc->errors, format->spot, "format %.*s is newer than this program knows (1)",
                  KG_CLIP(format->text));
    return false;
  }
  if (format->kind != KG_YAML_SCALAR || !kg_str_equal(format->text, KG_STR("1"))) {
    kg_hint(kg_yaml_error(doc->errors, format->spot, "this is not a format number"), "kgq: 1");
    return false;
  }
  if (!kg_str_equal(root->first->text, KG_STR("kgq"))) {
    kg_yaml_error(doc->errors, root->first->spot, "‘kgq: 1’ comes first in a facts file");
  }
  return true;
}

/* ---- prefixes and base ---------------------------------------------------------------------------- */

/* A prefix name as Turtle has it: letters, digits, `_`, `-` and inner points; may be empty there, not here.
 */
static bool is_prefix_name(kgq_str name) {
  return kg_key_valid(name) && name.ptr[0] != '_';
}

static kgq_status read_prefix(kg_doc *doc, const kg_yaml_node *key, kgq_error **err) {
  const kg_yaml_node *value = kg_yaml_value(key);
  kgq_str before;
  size_t offset;
  if (!is_prefix_name(key->text)) {
    kg_hint(kg_yaml_error(doc->errors, key->spot, "‘%.*s’ is not the name of a prefix", KG_CLIP(key->text)),
            "a letter, then letters, digits, _ and -");
    return KGQ_OK;
  }
  if (!kg_is_scalar(doc, value, "an IRI")) {
    return KGQ_OK;
  }
  if (kg_iri_check_absolute(value->text, &offset)) {
    kg_hint(kg_yaml_error(doc->errors, value->spot, "the prefix ‘%.*s’ needs a full IRI, not ‘%.*s’",
                          KG_CLIP(key->text), KG_CLIP(value->text)),
            "%.*s: \"https://example.org/id/\"", KG_CLIP(key->text));
    return KGQ_OK;
  }
  KGQ_TRY(kg_world_prefix(doc->world, key->text, &before, err));
  if (before.len > 0 && !kg_str_equal(before, value->text)) {
    kg_hint(kg_yaml_error(doc->errors, value->spot, "the prefix ‘%.*s’ stands for <%.*s> already",
                          KG_CLIP(key->text), KG_ARG(before)),
            "one database, one meaning: use another prefix");
    return KGQ_OK;
  }
  KGQ_TRY(kg_world_set_prefix(doc->world, key->text, value->text, err));
  const bool store = doc->sink->prefix && doc->errors->errors.total == 0;
  return store ? doc->sink->prefix(doc->sink->arg, key->text, value->text, err) : KGQ_OK;
}

static kgq_status read_prefixes(kg_doc *doc, const kg_yaml_node *section, kgq_error **err) {
  if (section->kind != KG_YAML_MAP) {
    kg_hint(kg_yaml_error(doc->errors, section->spot, "prefixes must be a mapping"),
            "prefixes: {ex: \"https://example.org/id/\"}");
    return KGQ_OK;
  }
  if (section->count > KG_LIMIT_PREFIXES) {
    kg_yaml_error(doc->errors, section->spot, "%u prefixes; the limit is %d", (unsigned)section->count,
                  KG_LIMIT_PREFIXES);
    return KGQ_OK;
  }
  for (const kg_yaml_node *key = section->first; key; key = kg_yaml_value(key)->next) {
    if (kg_has_value(doc, key)) {
      KGQ_TRY(read_prefix(doc, key, err));
    }
  }
  return KGQ_OK;
}

static kgq_status read_base(kg_doc *doc, const kg_yaml_node *node, kgq_error **err) {
  kgq_str iri;
  size_t offset;
  if (node->kind == KG_YAML_MAP) {
    const kgq_str name = node->first ? node->first->text : KG_STR("ex");
    kg_hint(kg_yaml_error(doc->errors, node->spot, "‘base: %.*s:’ is a mapping in YAML", KG_CLIP(name)),
            "base: %.*s", KG_CLIP(name));
    return KGQ_OK;
  }
  if (!kg_is_scalar(doc, node, "a prefix or an IRI")) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_world_prefix(doc->world, node->text, &iri, err));
  if (iri.len > 0) {
    doc->base = iri;
  } else if (!memchr(node->text.ptr, ':', node->text.len)) {
    kg_nearest nearest = kg_nearest_to(node->text);
    kg_world_offer_prefixes(doc->world, &nearest);
    kgq_error **item = kg_yaml_error(doc->errors, node->spot, "unknown prefix ‘%.*s’", KG_CLIP(node->text));
    kg_hint(item, nearest.best.len > 0 ? "did you mean ‘%.*s’?" : "declare it under prefixes:%.*s",
            KG_CLIP(nearest.best));
  } else if (kg_iri_check_absolute(node->text, &offset)) {
    KGQ_TRY(kg_read_iri(doc, node, &iri, err));
  } else {
    doc->base = node->text;
  }
  return KGQ_OK;
}

/* ---- the document --------------------------------------------------------------------------------- */

static kgq_status sort_sections(kg_doc *doc, const kg_yaml_node *root, const kg_yaml_node *values[SECTIONS],
                                kgq_error **err) {
  for (const kg_yaml_node *key = root->first; key; key = kg_yaml_value(key)->next) {
    const int which = kg_word_index(key->text, sections, SECTIONS);
    if (which < 0 && !key->twin) {
      KGQ_TRY(kg_say_unknown_key(doc, key, "a facts file", sections, SECTIONS, false, err));
    } else if (kg_has_value(doc, key)) {
      values[which] = kg_yaml_value(key);
    }
  }
  return KGQ_OK;
}

typedef struct section_step {
  int section;
  kgq_status (*read)(kg_doc *doc, const kg_yaml_node *section, kgq_error **err);
} section_step;

static kgq_status read_steps(kg_doc *doc, const kg_yaml_node *const values[SECTIONS],
                             const section_step *steps, size_t count, kgq_error **err) {
  for (size_t i = 0; i < count; i++) {
    if (values[steps[i].section]) {
      KGQ_TRY(steps[i].read(doc, values[steps[i].section], err));
    }
  }
  return KGQ_OK;
}

/* Keys first, so that every section may use them in any order; then what they say. */
static kgq_status read_sections(kg_doc *doc, const kg_yaml_node *const values[SECTIONS], kgq_error **err) {
  static const section_step declaring[] = { { UNITS, kg_units_read },
                                            { PREDICATES, kg_predicates_declare },
                                            { ENTITIES, kg_entities_declare } };
  static const section_step saying[] = { { PREDICATES, kg_predicates_emit },
                                         { ENTITIES, kg_entities_emit },
                                         { FACTS, kg_statements_read } };
  KGQ_TRY(read_steps(doc, values, declaring, KG_COUNT(declaring), err));
  KGQ_TRY(kg_source_emit(doc, err));
  return read_steps(doc, values, saying, KG_COUNT(saying), err);
}

kgq_status kg_doc_read(kg_doc *doc, const kg_yaml_node *root, kg_doc_begin_fn begin, void *arg,
                       kgq_error **err) {
  const kg_yaml_node *values[SECTIONS] = { NULL };
  doc->root = root;
  if (root->kind != KG_YAML_MAP || !root->first) {
    kg_hint(kg_yaml_error(doc->errors, root->spot, "no ‘kgq: 1’: is this a facts file?"),
            "each document begins with kgq: 1");
    return KGQ_OK;
  }
  if (!check_format(doc, root)) {
    return KGQ_OK;
  }
  report_twins(doc, root);
  KGQ_TRY(sort_sections(doc, root, values, err));
  if (values[PREFIXES]) {
    KGQ_TRY(read_prefixes(doc, values[PREFIXES], err));
  }
  if (values[BASE]) {
    KGQ_TRY(read_base(doc, values[BASE], err));
  }
  KGQ_TRY(kg_source_begin(doc, values[ARTICLE], values[BACKGROUND], err));
  if (doc->errors->errors.total == 0) {
    KGQ_TRY(begin(arg, doc, err));
  }
  return read_sections(doc, values, err);
}
