/* graph/names.c: reading the names index: names that equal, begin with, or come near a text.
 *
 * The short language and the shell ask here which nodes a word can mean; which one it does mean they decide
 * themselves. Names are compared folded (FACTS 5.4). What names_update.c keeps is one record a cause; readers
 * see one name for each (name, node, graph, kind). Predicates that nothing declares have no record: they are
 * sought among the predicates in use when the index knows no such name. Labels of a node: names_label.c.
 */
#include <assert.h>

#include "core/text.h"
#include "graph/dict.h"
#include "graph/iri.h"
#include "graph/keys.h"
#include "graph/names_key.h"
#include "graph/vocab.h"

/* ---- a walk over records ----------------------------------------------------------------------------- */

typedef struct walk { /* over the records whose key begins with `prefix` */
  kg_snap *snap;
  kg_store_iter *it;
  kg_name_key last; /* but for its folded name, which may be gone: that is copied */
  kg_buf folded_copy;
  kg_id type; /* rdf:type; KG_ID_NONE: not looked up yet or not in the database */
  bool type_known;
} walk;

static kgq_status walk_open(kg_snap *snap, kgq_str prefix, walk *out, kgq_error **err) {
  *out = (walk){ .snap = snap };
  kg_buf_init(&out->folded_copy, &snap->db->allocator);
  KGQ_TRY(kg_store_iter_open(snap->store, prefix, &out->it, err));
  kg_store_iter_first(out->it);
  return KGQ_OK;
}

static void walk_close(walk *w) {
  kg_store_iter_close(w->it);
  kg_buf_free(&w->folded_copy);
}

static bool same_name(const walk *w, const kg_name_key *name) {
  return w->last.node == name->node && w->last.graph == name->graph && w->last.kind == name->kind &&
         kg_str_equal(kg_buf_str(&w->folded_copy), name->folded);
}

/* A class record outlives its instances (names_key.h). */
static kgq_status class_has_instances(walk *w, kg_id node, bool *out, kgq_error **err) {
  if (!w->type_known) {
    const kg_term type = kg_term_iri(KG_STR(KG_RDF_TYPE));
    KGQ_TRY(kg_dict_find(w->snap, &type, &w->type, err));
    w->type_known = true;
  }
  *out = false;
  if (w->type == KG_ID_NONE) {
    return KGQ_OK;
  }
  const kg_scan_spec spec = { .perm = KG_POSG, .prefix_length = 2, .prefix = { w->type, node, 0, 0 } };
  return kg_scan_exists(w->snap, &spec, out, err);
}

/* The next name that is not the one before again. *more false: the end. */
static kgq_status walk_next(walk *w, kg_name_key *name, kgq_str *text, bool *more, kgq_error **err) {
  for (; kg_store_iter_valid(w->it); kg_store_iter_next(w->it)) {
    kgq_str lang;
    KGQ_TRY(
        kg_name_record_read(kg_store_iter_key(w->it), kg_store_iter_value(w->it), name, &lang, text, err));
    bool wanted = !same_name(w, name);
    if (wanted && name->cause == KG_NAME_CAUSE_CLASS) {
      KGQ_TRY(class_has_instances(w, name->node, &wanted, err));
    }
    if (wanted) {
      w->last = *name;
      w->folded_copy.len = 0;
      *more = true;
      return kg_buf_add_str(&w->folded_copy, name->folded, err);
    }
  }
  *more = false;
  return kg_store_iter_status(w->it, err);
}

static kgq_status make_name(const kg_name_key *name, kgq_str text, kg_arena *arena, kg_name *out,
                            kgq_error **err) {
  *out = (kg_name){ .node = name->node, .graph = name->graph, .kind = name->kind };
  return kg_arena_copy(arena, text, &out->text, err);
}

/* KG_KEY_NAME and the folded name; `whole` adds the byte that ends it. *empty: nothing is left of it. */
static kgq_status index_prefix(kgq_str name, bool whole, kg_buf *out, bool *empty, kgq_error **err) {
  KGQ_TRY(kg_buf_add_byte(out, KG_KEY_NAME, err));
  *empty = name.len > KG_LIMIT_NAME_WRITTEN_BYTES;
  if (*empty) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_fold(name, out, err));
  *empty = out->len == 1 || out->len > 1 + KG_LIMIT_NAME_BYTES || memchr(out->bytes, 0, out->len) != NULL;
  return whole ? kg_buf_add_byte(out, 0, err) : KGQ_OK;
}

/* ---- predicates in use ------------------------------------------------------------------------------- */

enum { PREDICATE_BATCH = 128 };

typedef struct predicates { /* a walk over the distinct predicates of all quads */
  kg_snap *snap;
  kg_scan *scan;
  kg_arena arena; /* terms of the batch at hand */
  kg_id ids[PREDICATE_BATCH];
  kg_term terms[PREDICATE_BATCH];
  size_t count, at, seen;
} predicates;

static kgq_status predicates_open(kg_snap *snap, predicates *out, kgq_error **err) {
  const kg_scan_spec spec = { .perm = KG_POSG };
  out->snap = snap;
  out->scan = NULL;
  out->count = out->at = out->seen = 0;
  kg_arena_init(&out->arena, &snap->db->allocator);
  return kg_scan_open(snap, &spec, NULL, &out->scan, err);
}

static void predicates_close(predicates *p) {
  kg_scan_close(p->scan);
  kg_arena_free(&p->arena);
}

/* One row of each predicate: from there the scan jumps to the next one. */
static kgq_status predicates_fill(predicates *p, kgq_error **err) {
  p->count = p->at = 0;
  kg_arena_reset(&p->arena);
  while (p->count < PREDICATE_BATCH && p->seen < KG_LIMIT_NAME_PREDICATES) {
    kg_id id = KG_ID_NONE;
    kg_id *const columns[4] = { &id, NULL, NULL, NULL };
    uint32_t rows = 0;
    KGQ_TRY(kg_scan_next(p->scan, columns, 1, &rows, err));
    if (rows == 0) {
      break;
    }
    if (kg_id_is_dict(id)) {
      p->ids[p->count++] = id;
    }
    p->seen++;
    const kg_row next = { { id + 1, 0, 0, 0 } };
    KGQ_TRY(kg_scan_seek(p->scan, &next, err));
  }
  return kg_dict_get_many(p->snap, p->ids, p->count, &p->arena, p->terms, err);
}

static kgq_status predicates_next(predicates *p, kg_name_key *name, kgq_str *text, bool *more,
                                  kgq_error **err) {
  if (p->at == p->count) {
    KGQ_TRY(predicates_fill(p, err));
  }
  *more = p->at < p->count;
  if (*more) {
    *name = (kg_name_key){ .node = p->ids[p->at], .graph = KG_ID_DEFAULT_GRAPH, .kind = KG_NAME_ID };
    *text = kg_iri_local(p->terms[p->at++].text);
  }
  return KGQ_OK;
}

/* ---- equal, and beginning with ----------------------------------------------------------------------- */

typedef struct found { /* what the caller gets */
  kg_arena *arena;
  kg_name *out;
  size_t capacity, count;
} found;

static kgq_status found_add(found *f, const kg_name_key *name, kgq_str text, kgq_error **err) {
  if (f->count < f->capacity) {
    KGQ_TRY(make_name(name, text, f->arena, &f->out[f->count], err));
  }
  f->count++;
  return KGQ_OK;
}

static kgq_status find_in_index(kg_snap *snap, kgq_str prefix, found *f, kgq_error **err) {
  walk w;
  kgq_status st;
  KGQ_TRY_DONE(walk_open(snap, prefix, &w, err));
  for (size_t i = 0; i < KG_LIMIT_NAME_SCAN; i++) {
    kg_name_key name;
    kgq_str text;
    bool more;
    KGQ_TRY_DONE(walk_next(&w, &name, &text, &more, err));
    if (!more) {
      break;
    }
    KGQ_TRY_DONE(found_add(f, &name, text, err));
  }
done:
  walk_close(&w);
  return st;
}

/* Does the local name, folded, begin with (whole: equal) the folded text? */
static kgq_status local_fits(kgq_str local, kgq_str folded, bool whole, kg_buf *scratch, bool *out,
                             kgq_error **err) {
  scratch->len = 0;
  *out = false;
  if (local.len <= KG_LIMIT_NAME_WRITTEN_BYTES) {
    KGQ_TRY(kg_fold(local, scratch, err));
    const kgq_str own = kg_buf_str(scratch);
    *out = own.len > 0 && kg_str_starts(own, folded) && (!whole || own.len == folded.len);
  }
  return KGQ_OK;
}

static kgq_status find_in_predicates(kg_snap *snap, kgq_str folded, bool whole, found *f, kgq_error **err) {
  predicates p;
  kg_buf scratch;
  kg_buf_init(&scratch, &snap->db->allocator);
  kgq_status st;
  KGQ_TRY_DONE(predicates_open(snap, &p, err));
  for (;;) {
    kg_name_key name;
    kgq_str local;
    bool more;
    bool fits;
    KGQ_TRY_DONE(predicates_next(&p, &name, &local, &more, err));
    if (!more) {
      break;
    }
    KGQ_TRY_DONE(local_fits(local, folded, whole, &scratch, &fits, err));
    if (fits) {
      KGQ_TRY_DONE(found_add(f, &name, local, err));
    }
  }
done:
  predicates_close(&p);
  kg_buf_free(&scratch);
  return st;
}

static kgq_status find_names(kg_snap *snap, kgq_str name, bool whole, found *f, kgq_error **err) {
  kg_buf prefix;
  kg_buf_init(&prefix, &snap->db->allocator);
  bool empty = true;
  kgq_status st;
  KGQ_TRY_DONE(index_prefix(name, whole, &prefix, &empty, err));
  if (empty && (whole || name.len > 0)) {
    goto done;
  }
  KGQ_TRY_DONE(find_in_index(snap, kg_buf_str(&prefix), f, err));
  if (f->count == 0) {
    const kgq_str folded = kg_str_n(prefix.bytes + 1, prefix.len - (whole ? 2u : 1u));
    KGQ_TRY_DONE(find_in_predicates(snap, folded, whole, f, err));
  }
done:
  kg_buf_free(&prefix);
  return st;
}

kgq_status kg_names_find(kg_snap *snap, kgq_str name, kg_arena *arena, kg_name *out, size_t capacity,
                         size_t *count, kgq_error **err) {
  found f = { .arena = arena, .out = out, .capacity = capacity };
  const kgq_status st = find_names(snap, name, true, &f, err);
  *count = f.count;
  return st;
}

kgq_status kg_names_prefix(kg_snap *snap, kgq_str prefix, kg_arena *arena, kg_name *out, size_t capacity,
                           size_t *count, kgq_error **err) {
  found f = { .arena = arena, .out = out, .capacity = capacity };
  const kgq_status st = find_names(snap, prefix, false, &f, err);
  *count = f.count;
  return st;
}

/* ---- near -------------------------------------------------------------------------------------------- */

typedef struct nearest { /* the best so far, nearest first, each node once */
  kg_buf folded;         /* of the name sought */
  size_t limit;
  kg_arena *arena;
  kg_name *out;
  size_t *distances;
  size_t capacity, count;
} nearest;

static void nearest_remove(nearest *n, size_t at) {
  n->count--;
  memmove(n->out + at, n->out + at + 1, (n->count - at) * sizeof *n->out);
  memmove(n->distances + at, n->distances + at + 1, (n->count - at) * sizeof *n->distances);
}

static kgq_status nearest_add(nearest *n, const kg_name_key *name, kgq_str text, size_t distance,
                              kgq_error **err) {
  for (size_t i = 0; i < n->count; i++) {
    if (n->out[i].node == name->node) {
      if (n->distances[i] <= distance) {
        return KGQ_OK;
      }
      nearest_remove(n, i);
      break;
    }
  }
  size_t at = n->count;
  while (at > 0 && n->distances[at - 1] > distance) {
    at--;
  }
  if (at == n->capacity) {
    return KGQ_OK;
  }
  kg_name made;
  KGQ_TRY(make_name(name, text, n->arena, &made, err));
  n->count -= n->count == n->capacity ? 1u : 0u;
  memmove(n->out + at + 1, n->out + at, (n->count - at) * sizeof *n->out);
  memmove(n->distances + at + 1, n->distances + at, (n->count - at) * sizeof *n->distances);
  n->out[at] = made;
  n->distances[at] = distance;
  n->count++;
  return KGQ_OK;
}

/* What a new name must come under: once the list is full, under its last. */
static size_t nearest_limit(const nearest *n) {
  return n->count == n->capacity && n->distances[n->count - 1] < n->limit ? n->distances[n->count - 1]
                                                                          : n->limit;
}

static kgq_status near_in_index(kg_snap *snap, nearest *n, kgq_error **err) {
  static const char prefix[1] = { KG_KEY_NAME };
  walk w;
  kgq_status st;
  KGQ_TRY_DONE(walk_open(snap, kg_str_n(prefix, 1), &w, err));
  for (size_t i = 0; i < KG_LIMIT_NAME_SCAN; i++) {
    kg_name_key name;
    kgq_str text;
    bool more;
    KGQ_TRY_DONE(walk_next(&w, &name, &text, &more, err));
    if (!more) {
      break;
    }
    const size_t limit = nearest_limit(n);
    const size_t distance = kg_edit_distance(kg_buf_str(&n->folded), name.folded, limit);
    if (distance <= limit) {
      KGQ_TRY_DONE(nearest_add(n, &name, text, distance, err));
    }
  }
done:
  walk_close(&w);
  return st;
}

static kgq_status near_in_predicates(kg_snap *snap, nearest *n, kgq_error **err) {
  predicates p;
  kg_buf scratch;
  kg_buf_init(&scratch, &snap->db->allocator);
  kgq_status st;
  KGQ_TRY_DONE(predicates_open(snap, &p, err));
  for (;;) {
    kg_name_key name;
    kgq_str local;
    bool more;
    KGQ_TRY_DONE(predicates_next(&p, &name, &local, &more, err));
    if (!more) {
      break;
    }
    if (local.len == 0 || local.len > KG_LIMIT_NAME_WRITTEN_BYTES) {
      continue;
    }
    scratch.len = 0;
    KGQ_TRY_DONE(kg_fold(local, &scratch, err));
    const size_t limit = nearest_limit(n);
    const size_t distance = kg_edit_distance(kg_buf_str(&n->folded), kg_buf_str(&scratch), limit);
    if (distance <= limit) {
      KGQ_TRY_DONE(nearest_add(n, &name, local, distance, err));
    }
  }
done:
  predicates_close(&p);
  kg_buf_free(&scratch);
  return st;
}

kgq_status kg_names_near(kg_snap *snap, kgq_str name, kg_arena *arena, kg_name *out, size_t capacity,
                         size_t *count, kgq_error **err) {
  *count = 0;
  if (capacity == 0 || name.len > KG_LIMIT_NAME_WRITTEN_BYTES) {
    return KGQ_OK;
  }
  nearest n = { .arena = arena, .out = out, .capacity = capacity };
  kg_buf_init(&n.folded, &snap->db->allocator);
  kgq_status st;
  n.distances = kg_alloc_zero(&snap->db->allocator, capacity, sizeof *n.distances);
  if (n.distances == NULL) {
    st = kg_fail_memory(err);
    goto done;
  }
  KGQ_TRY_DONE(kg_fold(name, &n.folded, err));
  const size_t third = kg_utf8_count(kg_buf_str(&n.folded)) / 3;
  n.limit = third > 0 ? third : 1;
  KGQ_TRY_DONE(near_in_index(snap, &n, err));
  KGQ_TRY_DONE(near_in_predicates(snap, &n, err));
  *count = n.count;
done:
  kg_free(&snap->db->allocator, n.distances, capacity * sizeof *n.distances);
  kg_buf_free(&n.folded);
  return st;
}
