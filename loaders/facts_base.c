/* loaders/facts_base.c: look-ups of the facts loader in the database (docs/FACTS.md, "Loading").
 *
 * Every answer is a scan of a short prefix: the rows of one node and one property, or of one property and one
 * value, of which the first in a graph that stays decides. Answers are cached by facts_world.c, not here.
 */
#include "loaders/facts_base.h"

#include <assert.h>

#include "core/map.h"
#include "graph/dict.h"
#include "graph/names.h"
#include "graph/scan.h"
#include "graph/vocab.h"

/* Properties and classes that are looked for: KG_ID_NONE when the database has never heard of one. */
enum {
  TYPE,
  PROPERTY,
  DECLARATIONS,
  UNIT,
  KEY,
  RANGE,
  DEFAULT_UNIT,
  NOTATION,
  LABEL,
  ALSO,
  MATCH,
  WRITTEN,
  WORDS
};

static const char *const word_iris[WORDS] = {
  [TYPE] = KG_RDF_TYPE,
  [PROPERTY] = KG_RDF_PROPERTY,
  [DECLARATIONS] = KG_KGQ_DECLARATIONS,
  [UNIT] = KG_KGQ_UNIT,
  [KEY] = KG_KGQ_KEY,
  [RANGE] = KG_KGQ_RANGE,
  [DEFAULT_UNIT] = KG_KGQ_DEFAULT_UNIT,
  [NOTATION] = KG_SKOS_NOTATION,
  [LABEL] = KG_SKOS_PREF_LABEL,
  [ALSO] = KG_SKOS_ALT_LABEL,
  [MATCH] = KG_SKOS_EXACT_MATCH,
  [WRITTEN] = KG_KGQ_WRITTEN_AS,
};

typedef enum { GRAPH_DECLARES = 1, GRAPH_STATES = 2, GRAPH_REPLACED = 3 } graph_role;

struct kg_base {
  const kgq_allocator *allocator;
  kg_snap *snap;
  kg_id words[WORDS];
  kg_idmap roles; /* graph -> graph_role, as far as it was asked */
  kg_arena scratch;
};

kgq_status kg_base_new(const kgq_allocator *a, kg_txn *txn, kg_base **out, kgq_error **err) {
  kg_base *base = kg_alloc_zero(a, 1, sizeof *base);
  if (!base) {
    return kg_fail_memory(err);
  }
  base->allocator = a;
  base->snap = kg_txn_base(txn);
  kg_idmap_init(&base->roles, a);
  kg_arena_init(&base->scratch, a);
  kgq_status st = KGQ_OK;
  for (int i = 0; i < WORDS && st == KGQ_OK; i++) {
    const kg_term term = kg_term_iri(kg_str(word_iris[i]));
    st = kg_dict_find(base->snap, &term, &base->words[i], err);
  }
  if (st != KGQ_OK) {
    kg_base_free(base);
    return st;
  }
  *out = base;
  return KGQ_OK;
}

void kg_base_free(kg_base *base) {
  if (base) {
    kg_idmap_free(&base->roles);
    kg_arena_free(&base->scratch);
    kg_free(base->allocator, base, sizeof *base);
  }
}

/* ---- rows --------------------------------------------------------------------------------------- */

typedef kgq_status (*row_fn)(void *arg, const kg_id quad[4], bool *stop, kgq_error **err);

static kgq_status read_rows(kg_scan *scan, kg_perm perm, row_fn fn, void *arg, kgq_error **err) {
  enum { rows_max = 64 };
  kg_id columns[4][rows_max];
  kg_id *const pointers[4] = { columns[0], columns[1], columns[2], columns[3] };
  uint32_t count = 0;
  bool stop = false;
  do {
    KGQ_TRY(kg_scan_next(scan, pointers, rows_max, &count, err));
    for (uint32_t i = 0; i < count && !stop; i++) {
      kg_id quad[4];
      for (int c = 0; c < 4; c++) {
        quad[kg_perm_column[perm][c]] = columns[c][i];
      }
      KGQ_TRY(fn(arg, quad, &stop, err));
    }
  } while (count > 0 && !stop);
  return KGQ_OK;
}

/* The rows whose first `length` columns are the given ones; none if one of them is KG_ID_NONE. */
static kgq_status each_row(kg_base *base, kg_perm perm, const kg_id *prefix, unsigned length, row_fn fn,
                           void *arg, kgq_error **err) {
  kg_scan_spec spec = { .perm = perm, .prefix_length = length };
  for (unsigned i = 0; i < length; i++) {
    if (prefix[i] == KG_ID_NONE) {
      return KGQ_OK;
    }
    spec.prefix[i] = prefix[i];
  }
  kg_scan *scan = NULL;
  KGQ_TRY(kg_scan_open(base->snap, &spec, NULL, &scan, err));
  const kgq_status st = read_rows(scan, perm, fn, arg, err);
  kg_scan_close(scan);
  return st;
}

static kgq_status exists(kg_base *base, kg_id s, kg_id p, kg_id o, bool *out, kgq_error **err) {
  *out = false;
  if (s == KG_ID_NONE || p == KG_ID_NONE || o == KG_ID_NONE) {
    return KGQ_OK;
  }
  const kg_scan_spec spec = { .perm = KG_SPOG, .prefix_length = 3, .prefix = { s, p, o } };
  return kg_scan_exists(base->snap, &spec, out, err);
}

/* ---- graphs ------------------------------------------------------------------------------------- */

kgq_status kg_base_replace(kg_base *base, kgq_str graph, kgq_error **err) {
  const kg_term term = kg_term_iri(graph);
  kg_id id = KG_ID_NONE;
  KGQ_TRY(kg_dict_find(base->snap, &term, &id, err));
  if (id == KG_ID_NONE) {
    return KGQ_OK;
  }
  uint64_t *role;
  KGQ_TRY(kg_idmap_put(&base->roles, id, &role, NULL, err));
  *role = GRAPH_REPLACED;
  return KGQ_OK;
}

bool kg_base_is_replaced(const kg_base *base, kg_id graph) {
  if (graph == KG_ID_NONE) {
    return false;
  }
  const uint64_t *role = kg_idmap_find(&base->roles, graph);
  return role && *role == GRAPH_REPLACED;
}

/* Typed kgq:Declarations, or called so: other programs' RDF may lack the type. */
static kgq_status find_role(kg_base *base, kg_id graph, uint64_t *role, kgq_error **err) {
  const kgq_str suffix = KG_STR("#about");
  bool typed = false;
  KGQ_TRY(exists(base, graph, base->words[TYPE], base->words[DECLARATIONS], &typed, err));
  *role = typed ? GRAPH_DECLARES : GRAPH_STATES;
  if (typed || kg_id_tag(graph) != KG_TAG_IRI) {
    return KGQ_OK;
  }
  kg_term term;
  kg_arena_reset(&base->scratch);
  KGQ_TRY(kg_dict_get(base->snap, graph, &base->scratch, &term, err));
  const kgq_str name = term.text;
  if (name.len > suffix.len && kg_str_equal(kg_str_n(name.ptr + name.len - suffix.len, suffix.len), suffix)) {
    *role = GRAPH_DECLARES;
  }
  return KGQ_OK;
}

static kgq_status role_of(kg_base *base, kg_id graph, graph_role *out, kgq_error **err) {
  uint64_t *known = kg_idmap_find(&base->roles, graph);
  uint64_t role = known ? *known : 0;
  if (!known) {
    KGQ_TRY(find_role(base, graph, &role, err));
    KGQ_TRY(kg_idmap_put(&base->roles, graph, &known, NULL, err));
    *known = role;
  }
  *out = (graph_role)role;
  return KGQ_OK;
}

/* ---- the first row that counts ------------------------------------------------------------------ */

typedef struct first_row {
  kg_base *base;
  bool any_graph; /* statements count too, not only declarations */
  bool found;
  kg_id quad[4];
} first_row;

static kgq_status take_if_live(void *arg, const kg_id quad[4], bool *stop, kgq_error **err) {
  first_row *first = arg;
  graph_role role;
  KGQ_TRY(role_of(first->base, quad[KG_G], &role, err));
  if (role == GRAPH_DECLARES || (role == GRAPH_STATES && first->any_graph)) {
    memcpy(first->quad, quad, sizeof first->quad);
    first->found = *stop = true;
  }
  return KGQ_OK;
}

static kgq_status first_of(kg_base *base, kg_id s, int property, bool any_graph, first_row *out,
                           kgq_error **err) {
  const kg_id prefix[2] = { s, base->words[property] };
  *out = (first_row){ .base = base, .any_graph = any_graph };
  return each_row(base, KG_SPOG, prefix, 2, take_if_live, out, err);
}

static kgq_status first_with(kg_base *base, int property, kg_id o, first_row *out, kgq_error **err) {
  const kg_id prefix[2] = { base->words[property], o };
  *out = (first_row){ .base = base };
  return each_row(base, KG_POSG, prefix, 2, take_if_live, out, err);
}

static kgq_status id_of_iri(kg_base *base, kgq_str iri, kg_id *out, kgq_error **err) {
  const kg_term term = kg_term_iri(iri);
  return kg_dict_find(base->snap, &term, out, err);
}

static kgq_status text_of(kg_base *base, kg_id id, kg_arena *arena, kgq_str *out, kgq_error **err) {
  kg_term term;
  KGQ_TRY(kg_dict_get(base->snap, id, arena, &term, err));
  *out = term.text;
  return KGQ_OK;
}

/* ---- nodes -------------------------------------------------------------------------------------- */

static kgq_status find_known(kg_base *base, kg_id node, kg_base_node *out, kgq_error **err) {
  static const int properties[] = { TYPE, LABEL, ALSO, MATCH, KEY, WRITTEN };
  for (size_t i = 0; i < sizeof properties / sizeof properties[0] && !out->known; i++) {
    first_row first;
    KGQ_TRY(first_of(base, node, properties[i], properties[i] == WRITTEN, &first, err));
    out->known = first.found;
    out->witness = first.found ? first.quad[KG_G] : KG_ID_NONE;
  }
  return KGQ_OK;
}

static kgq_status find_is_predicate(kg_base *base, kg_id node, bool *out, kgq_error **err) {
  const kg_id prefix[3] = { node, base->words[TYPE], base->words[PROPERTY] };
  first_row first = { .base = base };
  KGQ_TRY(each_row(base, KG_SPOG, prefix, 3, take_if_live, &first, err));
  *out = first.found;
  return KGQ_OK;
}

/* The source whose declarations these are: the graph's name without its suffix. */
static kgq_status source_of(kg_base *base, kg_id graph, kg_arena *arena, kgq_str *out, kgq_error **err) {
  const size_t suffix_bytes = sizeof "#about" - 1;
  KGQ_TRY(text_of(base, graph, arena, out, err));
  if (out->len > suffix_bytes &&
      memcmp(out->ptr + out->len - suffix_bytes + 1, "about", suffix_bytes - 1) == 0) {
    out->len -= suffix_bytes;
  }
  return KGQ_OK;
}

static kgq_status find_range(kg_base *base, kg_id node, kg_arena *arena, kg_base_node *out, kgq_error **err) {
  const size_t namespace_bytes = sizeof KG_NS_KGQ - 1;
  first_row range, unit;
  KGQ_TRY(first_of(base, node, RANGE, false, &range, err));
  KGQ_TRY(first_of(base, node, DEFAULT_UNIT, false, &unit, err));
  if (range.found) {
    KGQ_TRY(text_of(base, range.quad[KG_O], arena, &out->range, err));
    const size_t skip = out->range.len > namespace_bytes ? namespace_bytes : 0;
    out->range = kg_str_n(out->range.ptr + skip, out->range.len - skip);
  }
  if (unit.found) {
    KGQ_TRY(text_of(base, unit.quad[KG_O], arena, &out->unit, err));
  }
  if (range.found || unit.found) {
    out->range_witness = range.found ? range.quad[KG_G] : unit.quad[KG_G];
    return source_of(base, out->range_witness, arena, &out->graph, err);
  }
  return KGQ_OK;
}

kgq_status kg_base_find(kg_base *base, kgq_str iri, kg_arena *arena, kg_base_node *out, kgq_error **err) {
  const kgq_str nothing = { "", 0 };
  kg_id node = KG_ID_NONE;
  *out = (kg_base_node){ .range = nothing, .unit = nothing, .graph = nothing };
  KGQ_TRY(id_of_iri(base, iri, &node, err));
  if (node == KG_ID_NONE) {
    return KGQ_OK;
  }
  KGQ_TRY(find_known(base, node, out, err));
  KGQ_TRY(find_is_predicate(base, node, &out->is_predicate, err));
  return out->is_predicate ? find_range(base, node, arena, out, err) : KGQ_OK;
}

kgq_status kg_base_key(kg_base *base, kgq_str key, kg_arena *arena, kgq_str *iri, kgq_error **err) {
  const kg_term term = kg_term_string(key);
  kg_id id = KG_ID_NONE;
  first_row first;
  *iri = (kgq_str){ "", 0 };
  KGQ_TRY(kg_dict_find(base->snap, &term, &id, err));
  KGQ_TRY(first_with(base, KEY, id, &first, err));
  return first.found ? text_of(base, first.quad[KG_S], arena, iri, err) : KGQ_OK;
}

/* The node that has the spelling as skos:notation or skos:altLabel and is a kgq:Unit. */
static kgq_status unit_with(kg_base *base, int property, kgq_str spelling, kg_id *unit, kgq_error **err) {
  const kg_term term = kg_term_string(spelling);
  kg_id id = KG_ID_NONE;
  first_row first;
  bool is_unit = false;
  *unit = KG_ID_NONE;
  KGQ_TRY(kg_dict_find(base->snap, &term, &id, err));
  KGQ_TRY(first_with(base, property, id, &first, err));
  if (first.found) {
    KGQ_TRY(exists(base, first.quad[KG_S], base->words[TYPE], base->words[UNIT], &is_unit, err));
  }
  *unit = is_unit ? first.quad[KG_S] : KG_ID_NONE;
  return KGQ_OK;
}

kgq_status kg_base_unit(kg_base *base, kgq_str spelling, kg_arena *arena, kgq_str *name, kgq_error **err) {
  kg_id unit;
  *name = (kgq_str){ "", 0 };
  KGQ_TRY(unit_with(base, NOTATION, spelling, &unit, err));
  if (unit != KG_ID_NONE) {
    return kg_arena_copy(arena, spelling, name, err);
  }
  KGQ_TRY(unit_with(base, ALSO, spelling, &unit, err));
  if (unit == KG_ID_NONE) {
    return KGQ_OK;
  }
  first_row first;
  KGQ_TRY(first_of(base, unit, NOTATION, false, &first, err));
  return first.found ? text_of(base, first.quad[KG_O], arena, name, err) : KGQ_OK;
}

typedef struct label_search {
  kg_base *base;
  kg_arena *arena;
  kgq_str lang, text, other;
} label_search;

static kgq_status take_other_label(void *arg, const kg_id quad[4], bool *stop, kgq_error **err) {
  label_search *search = arg;
  graph_role role;
  kg_term label;
  KGQ_TRY(role_of(search->base, quad[KG_G], &role, err));
  if (role == GRAPH_REPLACED) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_dict_get(search->base->snap, quad[KG_O], search->arena, &label, err));
  if (kg_str_equal(label.lang, search->lang) && !kg_str_equal(label.text, search->text)) {
    search->other = label.text;
    *stop = true;
  }
  return KGQ_OK;
}

kgq_status kg_base_other_label(kg_base *base, kgq_str iri, kgq_str lang, kgq_str text, kg_arena *arena,
                               kgq_str *other, kgq_error **err) {
  label_search search = { base, arena, lang, text, { "", 0 } };
  kg_id node = KG_ID_NONE;
  KGQ_TRY(id_of_iri(base, iri, &node, err));
  const kg_id prefix[2] = { node, base->words[LABEL] };
  KGQ_TRY(each_row(base, KG_SPOG, prefix, 2, take_other_label, &search, err));
  *other = search.other;
  return KGQ_OK;
}

kgq_status kg_base_is_class(kg_base *base, kgq_str iri, bool *out, kgq_error **err) {
  kg_id id = KG_ID_NONE;
  first_row first;
  KGQ_TRY(id_of_iri(base, iri, &id, err));
  KGQ_TRY(first_with(base, TYPE, id, &first, err));
  *out = first.found;
  return KGQ_OK;
}

kgq_status kg_base_prefix(kg_base *base, kgq_str name, kg_arena *arena, kgq_str *iri, kgq_error **err) {
  bool found = false;
  *iri = (kgq_str){ "", 0 };
  KGQ_TRY(kg_prefix_find(base->snap, name, arena, iri, &found, err));
  if (!found) {
    *iri = (kgq_str){ "", 0 };
  }
  return KGQ_OK;
}

/* ---- hints -------------------------------------------------------------------------------------- */

enum { candidates_max = 8 };

static kgq_status tell_nodes(kg_base *base, const kg_name *names, size_t count, kg_arena *arena,
                             kg_base_node_fn fn, void *arg, kgq_error **err) {
  for (size_t i = 0; i < count && i < candidates_max; i++) {
    kg_term term;
    KGQ_TRY(kg_dict_get(base->snap, names[i].node, arena, &term, err));
    if (term.kind == KG_TERM_IRI) {
      fn(arg, term.text);
    }
  }
  return KGQ_OK;
}

kgq_status kg_base_named(kg_base *base, kgq_str name, kg_arena *arena, kg_base_node_fn fn, void *arg,
                         kgq_error **err) {
  kg_name names[candidates_max];
  size_t count = 0;
  KGQ_TRY(kg_names_find(base->snap, name, arena, names, candidates_max, &count, err));
  return tell_nodes(base, names, count, arena, fn, arg, err);
}

kgq_status kg_base_near_classes(kg_base *base, kgq_str word, kg_arena *arena, kg_base_node_fn fn, void *arg,
                                kgq_error **err) {
  kg_name names[candidates_max];
  size_t count = 0, classes = 0;
  KGQ_TRY(kg_names_near(base->snap, word, arena, names, candidates_max, &count, err));
  for (size_t i = 0; i < count && i < candidates_max; i++) {
    first_row instance;
    KGQ_TRY(first_with(base, TYPE, names[i].node, &instance, err));
    if (instance.found) {
      names[classes++] = names[i];
    }
  }
  return tell_nodes(base, names, classes, arena, fn, arg, err);
}

kgq_status kg_base_near(kg_base *base, kgq_str word, kg_arena *arena, kg_base_node_fn fn, void *arg,
                        kgq_error **err) {
  kg_name names[candidates_max];
  size_t count = 0;
  KGQ_TRY(kg_names_near(base->snap, word, arena, names, candidates_max, &count, err));
  return tell_nodes(base, names, count, arena, fn, arg, err);
}
