/* query/resolver.c: the resolver that asks a snapshot: names and prefixes through graph/names.h, roles and
 * units through the dictionary and short scans.
 *
 * Without a snapshot it knows the built-in prefixes, and no names. Everything it hands out is in the caller's
 * arena.
 */
#include "query/resolver.h"

#include "core/cancel.h"
#include "graph/dict.h"
#include "graph/quantity.h"
#include "graph/vocab.h"

#define KG_RESOLVER_NAMES 256 /* names read at once; a wider look-up says how many there are */

/* ---- ids and roles ------------------------------------------------------------------------------ */

static kgq_status iri_id(kg_snap *snap, const char *iri, kg_id *out, kgq_error **err) {
  const kg_term term = kg_term_iri(kg_str(iri));
  return kg_dict_find(snap, &term, out, err);
}

/* Is there a quad with these leading columns of POSG? An id that is NONE: no. */
static kgq_status has_rows(kg_snap *snap, kg_id predicate, kg_id object, unsigned length, bool *out,
                           kgq_error **err) {
  *out = false;
  if (predicate == KG_ID_NONE || (length > 1 && object == KG_ID_NONE)) {
    return KGQ_OK;
  }
  const kg_scan_spec spec = { .perm = KG_POSG,
                              .prefix_length = length,
                              .prefix = { predicate, object, 0, 0 } };
  return kg_scan_exists(snap, &spec, out, err);
}

static kgq_status is_a(kg_snap *snap, kg_id node, kg_id type, const char *class_iri, bool *out,
                       kgq_error **err) {
  kg_id class_id;
  *out = false;
  KGQ_TRY(iri_id(snap, class_iri, &class_id, err));
  if (type == KG_ID_NONE || class_id == KG_ID_NONE) {
    return KGQ_OK;
  }
  const kg_scan_spec spec = { .perm = KG_SPOG, .prefix_length = 3, .prefix = { node, type, class_id, 0 } };
  return kg_scan_exists(snap, &spec, out, err);
}

static kgq_status roles_of(kg_snap *snap, kg_id node, unsigned *out, kgq_error **err) {
  kg_id type;
  bool used = false;
  bool declared = false;
  bool instances = false;
  bool unit = false;
  KGQ_TRY(iri_id(snap, KG_RDF_TYPE, &type, err));
  KGQ_TRY(has_rows(snap, node, KG_ID_NONE, 1, &used, err));
  KGQ_TRY(used ? KGQ_OK : is_a(snap, node, type, KG_RDF_PROPERTY, &declared, err));
  KGQ_TRY(has_rows(snap, type, node, 2, &instances, err));
  KGQ_TRY(is_a(snap, node, type, KG_KGQ_UNIT, &unit, err));
  *out = (used || declared ? (unsigned)KG_ROLE_PREDICATE : 0) | (instances ? (unsigned)KG_ROLE_CLASS : 0) |
         (unit ? (unsigned)KG_ROLE_UNIT : 0);
  return KGQ_OK;
}

/* ---- names -------------------------------------------------------------------------------------- */

static kgq_status make_candidate(kg_snap *snap, const kg_name *name, kg_arena *arena, kg_candidate *out,
                                 bool *usable, kgq_error **err) {
  kg_term node;
  kg_term graph = { .kind = KG_TERM_NONE };
  KGQ_TRY(kg_dict_get(snap, name->node, arena, &node, err));
  *usable = node.kind == KG_TERM_IRI; /* a blank node cannot be written in a query */
  if (name->graph != KG_ID_NONE && name->graph != KG_ID_DEFAULT_GRAPH) {
    KGQ_TRY(kg_dict_get(snap, name->graph, arena, &graph, err));
  }
  *out = (kg_candidate){ .iri = node.text, .text = name->text, .kind = name->kind };
  out->graph = graph.kind == KG_TERM_IRI ? graph.text : KG_STR("");
  return roles_of(snap, name->node, &out->roles, err);
}

typedef kgq_status (*look_up_fn)(kg_snap *, kgq_str, kg_arena *, kg_name *, size_t, size_t *, kgq_error **);

static kgq_status look_up(kg_snap *snap, look_up_fn look, kgq_str text, kg_arena *arena, kg_candidate *out,
                          size_t capacity, size_t *count, kgq_error **err) {
  size_t made = 0;
  *count = 0;
  if (!snap) {
    return KGQ_OK;
  }
  const size_t room = capacity > KG_RESOLVER_NAMES ? capacity : KG_RESOLVER_NAMES;
  kg_name *names = kg_arena_alloc(arena, room * sizeof *names);
  if (!names) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(look(snap, text, arena, names, room, count, err));
  const size_t given = *count < room ? *count : room;
  for (size_t i = 0; i < given && made < capacity; i++) {
    bool usable = false;
    KGQ_TRY(make_candidate(snap, &names[i], arena, &out[made], &usable, err));
    made += usable;
  }
  *count = *count > capacity && made == capacity ? *count : made;
  return KGQ_OK;
}

static kgq_status find_names(void *arg, kgq_str name, kg_arena *arena, kg_candidate *out, size_t capacity,
                             size_t *count, kgq_error **err) {
  return look_up((kg_snap *)arg, kg_names_find, name, arena, out, capacity, count, err);
}

static kgq_status find_near(void *arg, kgq_str name, kg_arena *arena, kg_candidate *out, size_t capacity,
                            size_t *count, kgq_error **err) {
  return look_up((kg_snap *)arg, kg_names_near, name, arena, out, capacity, count, err);
}

/* ---- prefixes ----------------------------------------------------------------------------------- */

static kgq_status find_prefix(void *arg, kgq_str name, kg_arena *arena, kgq_str *iri, bool *found,
                              kgq_error **err) {
  static const char *const pairs[][2] = {
#define KG_PAIR(prefix, space) { prefix, space },
    KG_BUILTIN_PREFIXES(KG_PAIR)
#undef KG_PAIR
  };
  *found = false;
  if (arg) {
    return kg_prefix_find((kg_snap *)arg, name, arena, iri, found, err);
  }
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0] && !*found; i++) {
    if (kg_str_equal(name, kg_str(pairs[i][0]))) {
      *iri = kg_str(pairs[i][1]);
      *found = true;
    }
  }
  return KGQ_OK;
}

static kgq_status shorten(void *arg, kgq_str iri, kg_arena *arena, kgq_str *out, bool *found,
                          kgq_error **err) {
  *found = false;
  return arg ? kg_prefix_shorten((kg_snap *)arg, iri, arena, out, found, err) : KGQ_OK;
}

/* ---- units -------------------------------------------------------------------------------------- */

/* The first row under a prefix of a permutation, in its order. *found false: there is none. */
static kgq_status first_row(kg_snap *snap, kg_perm perm, kg_id a, kg_id b, kg_row *out, bool *found,
                            kgq_error **err) {
  const kg_scan_spec spec = { .perm = perm, .prefix_length = 2, .prefix = { a, b, 0, 0 } };
  kg_scan *scan = NULL;
  kg_id cells[4];
  kg_id *const columns[4] = { &cells[0], &cells[1], &cells[2], &cells[3] };
  uint32_t count = 0;
  *found = false;
  if (a == KG_ID_NONE || b == KG_ID_NONE) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_scan_open(snap, &spec, NULL, &scan, err));
  const kgq_status st = kg_scan_next(scan, columns, 1, &count, err);
  kg_scan_close(scan);
  *found = st == KGQ_OK && count > 0;
  for (int i = 0; i < 4 && *found; i++) {
    out->c[i] = cells[i];
  }
  return st;
}

/* Is `name` a unit's notation, as it is declared? */
static kgq_status is_notation(kg_snap *snap, kgq_str name, bool *found, kgq_error **err) {
  const kg_term text = kg_term_string(name);
  kg_id notation;
  kg_id value;
  kg_row row;
  KGQ_TRY(iri_id(snap, KG_SKOS_NOTATION, &notation, err));
  KGQ_TRY(kg_dict_find(snap, &text, &value, err));
  return first_row(snap, KG_POSG, notation, value, &row, found, err);
}

/* The notation of a unit. */
static kgq_status notation_of(kg_snap *snap, kgq_str iri, kg_arena *arena, kgq_str *out, bool *found,
                              kgq_error **err) {
  const kg_term term = kg_term_iri(iri);
  kg_term text;
  kg_id unit;
  kg_id notation;
  kg_row row;
  KGQ_TRY(kg_dict_find(snap, &term, &unit, err));
  KGQ_TRY(iri_id(snap, KG_SKOS_NOTATION, &notation, err));
  KGQ_TRY(first_row(snap, KG_SPOG, unit, notation, &row, found, err));
  if (!*found) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_dict_get(snap, row.c[2], arena, &text, err));
  *out = text.text;
  *found = text.kind == KG_TERM_LITERAL;
  return KGQ_OK;
}

/* By notation first; else by a name (`GPUs`, the local part). A count unit also takes its name with an s. */
static kgq_status find_unit(void *arg, kgq_str name, kg_arena *arena, kgq_str *out, bool *found,
                            kgq_error **err) {
  kg_candidate near[8];
  size_t count = 0;
  *found = false;
  *out = name;
  if (!arg) {
    return KGQ_OK;
  }
  KGQ_TRY(is_notation((kg_snap *)arg, name, found, err));
  KGQ_TRY(*found ? KGQ_OK : find_names(arg, name, arena, near, 8, &count, err));
  for (size_t i = 0; i < count && i < 8 && !*found; i++) {
    if (near[i].roles & KG_ROLE_UNIT) {
      KGQ_TRY(notation_of((kg_snap *)arg, near[i].iri, arena, out, found, err));
    }
  }
  if (!*found && name.len > 1 && name.ptr[name.len - 1] == 's') {
    *out = kg_str_n(name.ptr, name.len - 1);
    return is_notation((kg_snap *)arg, *out, found, err);
  }
  return KGQ_OK;
}

/* ---- for messages ------------------------------------------------------------------------------- */

static kgq_status label_of(kg_snap *snap, kg_id node, kg_arena *arena, kgq_str *out, kgq_error **err) {
  bool found = false;
  KGQ_TRY(kg_names_label(snap, node, KG_STR("en"), arena, out, &found, err));
  *out = found ? *out : KG_STR("");
  return KGQ_OK;
}

static kgq_status class_label(kg_snap *snap, kg_id class_id, kg_arena *arena, kgq_str *out, kgq_error **err) {
  kg_term term;
  KGQ_TRY(label_of(snap, class_id, arena, out, err));
  if (out->len > 0) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_dict_get(snap, class_id, arena, &term, err));
  size_t local = term.text.len;
  while (local > 0 && term.text.ptr[local - 1] != '#' && term.text.ptr[local - 1] != '/') {
    local--;
  }
  *out = kg_str_n(term.text.ptr + local, term.text.len - local);
  return KGQ_OK;
}

/* "Samsung, Group": a node's label and its first class. */
static kgq_status describe(void *arg, kgq_str iri, kg_arena *arena, kgq_str *out, kgq_error **err) {
  kg_snap *snap = (kg_snap *)arg;
  const kg_term term = kg_term_iri(iri);
  kgq_str kind = KG_STR("");
  kg_id node = KG_ID_NONE;
  kg_id type = KG_ID_NONE;
  kg_row row;
  bool found = false;
  *out = KG_STR("");
  if (!snap) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_dict_find(snap, &term, &node, err));
  if (node == KG_ID_NONE) {
    return KGQ_OK;
  }
  KGQ_TRY(label_of(snap, node, arena, out, err));
  KGQ_TRY(iri_id(snap, KG_RDF_TYPE, &type, err));
  KGQ_TRY(first_row(snap, KG_SPOG, node, type, &row, &found, err));
  KGQ_TRY(found ? class_label(snap, row.c[2], arena, &kind, err) : KGQ_OK);
  return kind.len == 0 ? KGQ_OK
                       : kg_arena_print(arena, out, err, "%.*s%s%.*s", (int)out->len, out->ptr,
                                        out->len ? ", " : "", (int)kind.len, kind.ptr);
}

/* The quads of a predicate whose objects are of the kinds `first` to `last`. *found: it is in the data. */
static kgq_status objects_between(kg_snap *snap, kgq_str predicate, kg_tag first, kg_tag last,
                                  kg_scan_spec *spec, bool *found, kgq_error **err) {
  const kg_term term = kg_term_iri(predicate);
  kg_id id = KG_ID_NONE;
  if (snap) {
    KGQ_TRY(kg_dict_find(snap, &term, &id, err));
  }
  *found = id != KG_ID_NONE;
  *spec = (kg_scan_spec){ .perm = KG_POSG,
                          .prefix_length = 1,
                          .prefix = { id, 0, 0, 0 },
                          .low = kg_id_make(first, 0),
                          .high = kg_id_make(last, KG_ID_PAYLOAD_MASK) };
  return KGQ_OK;
}

/* Is an object of the predicate a string, with or without a language? */
static kgq_status holds_text(void *arg, kgq_str predicate, bool *out, kgq_error **err) {
  kg_snap *snap = (kg_snap *)arg;
  kg_scan_spec spec;
  KGQ_TRY(objects_between(snap, predicate, KG_TAG_STRING, KG_TAG_LANG, &spec, out, err));
  return *out ? kg_scan_exists(snap, &spec, out, err) : KGQ_OK;
}

/* ---- units of a predicate's amounts ------------------------------------------------------------- */

#define AMOUNTS_MAX 2000 /* looked at for a note; with more different ones nothing is said */

typedef struct amounts {
  kgq_str unit;
  kg_arena *arena;
  uint32_t seen;
  kg_id last;
  bool found;
  kgq_str other;
} amounts;

static kgq_status see_amount(kg_snap *snap, amounts *a, kg_id id, kgq_error **err) {
  kg_term term;
  kg_quantity q;
  if (id == a->last) {
    return KGQ_OK;
  }
  a->last = id;
  a->seen++;
  KGQ_TRY(kg_dict_get(snap, id, a->arena, &term, err));
  if (!kg_str_equal(term.datatype, KG_STR(KG_KGQ_QUANTITY)) || !kg_quantity_parse(term.text, &q)) {
    return KGQ_OK;
  }
  a->found = a->found || kg_str_equal(q.unit, a->unit);
  a->other = a->other.len ? a->other : q.unit;
  return KGQ_OK;
}

static kgq_status see_amounts(kg_snap *snap, kg_scan *scan, amounts *a, kgq_error **err) {
  kg_id objects[64];
  kg_id *const columns[4] = { NULL, objects, NULL, NULL }; /* p o s g */
  for (uint32_t count = 1; count > 0 && !a->found && a->seen < AMOUNTS_MAX;) {
    KGQ_TRY(kg_scan_next(scan, columns, 64, &count, err));
    for (uint32_t i = 0; i < count && !a->found && a->seen < AMOUNTS_MAX; i++) {
      KGQ_TRY(see_amount(snap, a, objects[i], err));
    }
  }
  return KGQ_OK;
}

static kgq_status has_unit(void *arg, kgq_str predicate, kgq_str unit, kg_arena *arena, bool *known,
                           bool *out, kgq_str *other, kgq_error **err) {
  kg_snap *snap = (kg_snap *)arg;
  amounts a = { .unit = unit, .arena = arena, .other = KG_STR("") };
  kg_scan_spec spec;
  kg_scan *scan = NULL;
  bool found = false;
  *known = *out = false;
  *other = a.other;
  KGQ_TRY(objects_between(snap, predicate, KG_TAG_TYPED, KG_TAG_TYPED, &spec, &found, err));
  if (!found) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_scan_open(snap, &spec, NULL, &scan, err));
  const kgq_status st = see_amounts(snap, scan, &a, err);
  kg_scan_close(scan);
  *known = a.seen < AMOUNTS_MAX;
  *out = a.found;
  *other = a.other;
  return st;
}

kg_resolver kg_resolver_of(kg_snap *snap) {
  return (kg_resolver){ .arg = snap,
                        .find = find_names,
                        .near = find_near,
                        .prefix = find_prefix,
                        .shorten = shorten,
                        .unit = find_unit,
                        .describe = describe,
                        .holds_text = holds_text,
                        .has_unit = has_unit };
}
