/* graph/names_label.c: the label by which a node is shown: one of its skos:prefLabel and rdfs:label values.
 *
 * Chosen by, in this order: language (those asked for, in their order; else English, else text without
 * language, else any),
 * prefLabel before rdfs:label, a background source's graph before others (FACTS 6.3, 7), graph IRI, text.
 * What a graph is costs look-ups and is asked only when everything before it is equal.
 */
#include <strings.h>

#include "graph/dict.h"
#include "graph/names.h"
#include "graph/vocab.h"

enum { LABEL_BATCH = 64 };

typedef struct label {
  kgq_str text;
  unsigned language; /* 0 best */
  unsigned predicate;
  kg_id graph;
  bool exists;
} label;

typedef struct search {
  kg_snap *snap;
  kgq_str lang;
  kg_arena arena; /* everything but the answer */
  label best;
} search;

/* BCP 47 basic filtering: "en" is met by "en" and "en-GB". 2: exactly, 1: longer, 0: not. */
static unsigned lang_match(kgq_str tag, kgq_str range) {
  if (range.len == 0 || tag.len < range.len || strncasecmp(tag.ptr, range.ptr, range.len) != 0) {
    return 0;
  }
  return tag.len == range.len ? 2 : tag.ptr[range.len] == '-' ? 1 : 0;
}

static bool is_separator(char c) {
  return c == ',' || c == ':' || c == ';' || c == ' ';
}

/* `wanted`: "ja,en", the most wanted first. */
static unsigned rank_language(kgq_str tag, kgq_str wanted) {
  unsigned rank = 0;
  for (size_t at = 0; at < wanted.len; rank += 2) {
    size_t end = at;
    while (end < wanted.len && !is_separator(wanted.ptr[end])) {
      end++;
    }
    const unsigned own = lang_match(tag, kg_str_n(wanted.ptr + at, end - at));
    if (own > 0) {
      return rank + 2 - own;
    }
    at = end + 1;
  }
  const unsigned english = lang_match(tag, KG_STR("en"));
  if (english > 0) {
    return rank + 2 - english;
  }
  return rank + (tag.len == 0 ? 2 : 3);
}

/* ---- graphs ------------------------------------------------------------------------------------------ */

/* Is the node a background source? */
static kgq_status is_background_node(search *s, kgq_str iri, bool *out, kgq_error **err) {
  const kg_term terms[3] = { kg_term_iri(iri), kg_term_iri(KG_STR(KG_RDF_TYPE)),
                             kg_term_iri(KG_STR(KG_KGQ_BACKGROUND)) };
  kg_id ids[3];
  *out = false;
  for (int i = 0; i < 3; i++) {
    KGQ_TRY(kg_dict_find(s->snap, &terms[i], &ids[i], err));
    if (ids[i] == KG_ID_NONE) {
      return KGQ_OK;
    }
  }
  const kg_scan_spec spec = { .perm = KG_SPOG, .prefix_length = 3, .prefix = { ids[0], ids[1], ids[2], 0 } };
  return kg_scan_exists(s->snap, &spec, out, err);
}

/* Labels stand in the graph of a source's declarations: its IRI and "#about", or "/about" (FACTS 4.1). */
static kgq_status is_background(search *s, kgq_str graph, bool *out, kgq_error **err) {
  const size_t suffix = sizeof "#about" - 1;
  kgq_str source = graph;
  if (graph.len > suffix) {
    const kgq_str end = kg_str_n(graph.ptr + graph.len - suffix, suffix);
    source.len -= kg_str_equal(end, KG_STR("#about")) || kg_str_equal(end, KG_STR("/about")) ? suffix : 0;
  }
  return is_background_node(s, source, out, err);
}

/* IRI of a graph; "" for the default graph, which comes before all others. */
static kgq_status graph_iri(search *s, kg_id graph, kgq_str *out, kgq_error **err) {
  kg_term term = { .text = { "", 0 } };
  if (graph != KG_ID_DEFAULT_GRAPH) {
    KGQ_TRY(kg_dict_get(s->snap, graph, &s->arena, &term, err));
  }
  *out = term.text;
  return KGQ_OK;
}

static kgq_status graph_is_before(search *s, kg_id a, kg_id b, bool *out, kgq_error **err) {
  kgq_str iris[2];
  bool background[2];
  KGQ_TRY(graph_iri(s, a, &iris[0], err));
  KGQ_TRY(graph_iri(s, b, &iris[1], err));
  for (int i = 0; i < 2; i++) {
    KGQ_TRY(is_background(s, iris[i], &background[i], err));
  }
  *out = background[0] != background[1] ? background[0] : kg_str_compare(iris[0], iris[1]) < 0;
  return KGQ_OK;
}

/* ---- candidates -------------------------------------------------------------------------------------- */

static kgq_status is_better(search *s, const label *l, bool *out, kgq_error **err) {
  const label *best = &s->best;
  if (!best->exists || l->language != best->language) {
    *out = !best->exists || l->language < best->language;
    return KGQ_OK;
  }
  if (l->predicate != best->predicate) {
    *out = l->predicate < best->predicate;
    return KGQ_OK;
  }
  if (l->graph != best->graph) {
    return graph_is_before(s, l->graph, best->graph, out, err);
  }
  *out = kg_str_compare(l->text, best->text) < 0;
  return KGQ_OK;
}

static kgq_status consider(search *s, const kg_term *object, kg_id graph, unsigned predicate,
                           kgq_error **err) {
  if (object->kind != KG_TERM_LITERAL) {
    return KGQ_OK;
  }
  const label l = {
    .text = object->text,
    .language = rank_language(object->lang, s->lang),
    .predicate = predicate,
    .graph = graph,
    .exists = true,
  };
  bool better;
  KGQ_TRY(is_better(s, &l, &better, err));
  if (better) {
    s->best = l;
  }
  return KGQ_OK;
}

static kgq_status read_labels(search *s, kg_scan *scan, unsigned predicate, kgq_error **err) {
  kg_id objects[LABEL_BATCH];
  kg_id graphs[LABEL_BATCH];
  kg_term terms[LABEL_BATCH];
  kg_id *const columns[4] = { NULL, NULL, objects, graphs };
  for (;;) {
    uint32_t count = 0;
    KGQ_TRY(kg_scan_next(scan, columns, LABEL_BATCH, &count, err));
    if (count == 0) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_dict_get_many(s->snap, objects, count, &s->arena, terms, err));
    for (uint32_t i = 0; i < count; i++) {
      KGQ_TRY(consider(s, &terms[i], graphs[i], predicate, err));
    }
  }
}

static kgq_status search_predicate(search *s, kg_id node, kgq_str iri, unsigned predicate, kgq_error **err) {
  const kg_term term = kg_term_iri(iri);
  kg_id id;
  KGQ_TRY(kg_dict_find(s->snap, &term, &id, err));
  if (id == KG_ID_NONE) {
    return KGQ_OK;
  }
  const kg_scan_spec spec = { .perm = KG_SPOG, .prefix_length = 2, .prefix = { node, id, 0, 0 } };
  kg_scan *scan = NULL;
  KGQ_TRY(kg_scan_open(s->snap, &spec, NULL, &scan, err));
  const kgq_status st = read_labels(s, scan, predicate, err);
  kg_scan_close(scan);
  return st;
}

kgq_status kg_names_label(kg_snap *snap, kg_id node, kgq_str lang, kg_arena *arena, kgq_str *out, bool *found,
                          kgq_error **err) {
  search s = { .snap = snap, .lang = lang };
  kg_arena_init(&s.arena, arena->allocator);
  *found = false;
  kgq_status st;
  KGQ_TRY_DONE(search_predicate(&s, node, KG_STR(KG_SKOS_PREF_LABEL), 0, err));
  KGQ_TRY_DONE(search_predicate(&s, node, KG_STR(KG_RDFS_LABEL), 1, err));
  if (s.best.exists) {
    KGQ_TRY_DONE(kg_arena_copy(arena, s.best.text, out, err));
    *found = true;
  }
done:
  kg_arena_free(&s.arena);
  return st;
}
