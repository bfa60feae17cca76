/* query/path_walk.c: the nodes that a property path reaches from one node. See path_walk.h.
 *
 * A step takes a set of nodes to the set reached from them. Sets keep the order in which nodes were found, so
 * that a repeated path only has to look at those that are new since its last round.
 */
#include "query/path_walk.h"

#include <assert.h>

#include "query/adjacency.h"
#include "query/path_reach.h"

/* Look-ups before a link may be read into memory, and rows read in order in the time of one look-up. */
enum { LOOK_UPS_FIRST = 64, ROWS_PER_LOOK_UP = 64 };

/* A reader for one link of the path in one direction. */
typedef struct link_reader {
  const kg_path *link;
  bool backward;
  kg_id predicate; /* NONE: not in the database; negated sets have none */
  kg_quads *quads;
  uint64_t look_ups;
  double rows; /* of the link, about; known after the first look-ups */
  kg_adjacency all;
  bool in_memory;
  struct link_reader *next;
} link_reader;

struct kg_walk {
  kg_op *op;
  kg_run *run;
  const kg_path *path;
  const kg_source *source;
  kg_id graph; /* of a NAMED source */
  link_reader *readers;
  kg_row_set reached;
  const kg_path *repeated; /* the path is `+` or `*` of this; NULL: something else, or told to do without */
  bool against, itself;    /* ... inverted; `*` */
  uint32_t parts;          /* of what is repeated, one after the other */
  kg_reach *reach;
  kg_row_set one;
  bool met;              /* the last start asked for one node */
  kg_id *column, *other; /* read buffers */
  kg_id wanted;
  bool found;
};

typedef struct node_list { /* nodes [from, to) of a set, in order of finding */
  const kg_row_set *set;
  uint32_t from, to;
} node_list;

static kg_id node_at(const kg_row_set *set, uint32_t i) {
  return kg_rows_at(&set->rows, i)[0];
}

static kgq_status add_node(kg_row_set *set, kg_id id, kgq_error **err) {
  uint32_t at = 0;
  bool added = false;
  return kg_row_set_put(set, &id, &at, &added, err);
}

static kgq_status reach_step(void *arg, bool backward, uint32_t part, kg_id node, kg_row_set *out,
                             kgq_error **err);

static uint32_t child_count(const kg_path *path) {
  uint32_t count = 0;
  for (const kg_path *p = path->first; p; p = p->next) {
    count++;
  }
  return count;
}

/* Is it a repeated path as a whole? */
static kgq_status prepare_reach(kg_walk *w, kgq_error **err) {
  const kg_path *path = w->path;
  while (path->kind == KG_PATH_INVERSE) {
    w->against = !w->against;
    path = path->first;
  }
  if (kg_run_off(w->run, KG_OFF_REACH) ||
      (path->kind != KG_PATH_ZERO_OR_MORE && path->kind != KG_PATH_ONE_OR_MORE)) {
    return KGQ_OK;
  }
  w->repeated = path->first;
  w->itself = path->kind == KG_PATH_ZERO_OR_MORE;
  w->parts = path->first->kind == KG_PATH_SEQUENCE ? child_count(path->first) : 1;
  w->parts = w->parts > KG_REACH_PARTS ? 1 : w->parts;
  return kg_reach_new(w->op, w->parts, reach_step, w, &w->reach, err);
}

kgq_status kg_walk_new(kg_op *op, const kg_path *path, kg_walk **out, kgq_error **err) {
  kg_run *run = op->run;
  kg_walk *w = (kg_walk *)kg_arena_zero(run->arena, sizeof(kg_walk));
  if (w) {
    w->column = (kg_id *)kg_arena_alloc(run->arena, KG_BATCH_ROWS * sizeof(kg_id));
    w->other = (kg_id *)kg_arena_alloc(run->arena, KG_BATCH_ROWS * sizeof(kg_id));
  }
  if (!w || !w->column || !w->other) {
    return kg_fail_memory(err);
  }
  w->op = op;
  w->run = run;
  w->path = path;
  kg_row_set_init(&w->reached, &w->op->memory, 1, 1);
  kg_row_set_init(&w->one, &w->op->memory, 1, 1);
  *out = w;
  return prepare_reach(w, err);
}

static void forget_links(link_reader *r) {
  kg_adjacency_free(&r->all);
  r->in_memory = false;
  r->look_ups = 0;
}

void kg_walk_close(kg_walk *w) {
  if (!w) {
    return;
  }
  kg_reach_close(w->reach);
  kg_row_set_free(&w->one);
  for (link_reader *r = w->readers; r; r = r->next) {
    kg_quads_close(r->quads);
    r->quads = NULL;
    forget_links(r);
  }
  kg_row_set_free(&w->reached);
}

void kg_walk_in(kg_walk *w, const kg_source *source, kg_id graph) {
  for (link_reader *r = w->readers; r && (w->source != source || w->graph != graph); r = r->next) {
    forget_links(r);
  }
  if (w->reach && (w->source != source || w->graph != graph)) {
    kg_reach_forget(w->reach);
  }
  w->source = source;
  w->graph = graph;
}

bool kg_path_can_be_empty(const kg_path *path) {
  switch (path->kind) {
  case KG_PATH_LINK:
  case KG_PATH_NEGATED: return false;
  case KG_PATH_ZERO_OR_MORE:
  case KG_PATH_ZERO_OR_ONE: return true;
  case KG_PATH_INVERSE:
  case KG_PATH_ONE_OR_MORE: return kg_path_can_be_empty(path->first);
  case KG_PATH_SEQUENCE:
    for (const kg_path *p = path->first; p; p = p->next) {
      if (!kg_path_can_be_empty(p)) {
        return false;
      }
    }
    return true;
  case KG_PATH_ALTERNATIVE:
    for (const kg_path *p = path->first; p; p = p->next) {
      if (kg_path_can_be_empty(p)) {
        return true;
      }
    }
    return false;
  }
  return false;
}

bool kg_path_matches_itself(const kg_path *path) {
  switch (path->kind) {
  case KG_PATH_LINK:
  case KG_PATH_NEGATED:
  case KG_PATH_SEQUENCE: return false;
  case KG_PATH_ZERO_OR_MORE:
  case KG_PATH_ZERO_OR_ONE: return true;
  case KG_PATH_INVERSE:
  case KG_PATH_ONE_OR_MORE: return kg_path_matches_itself(path->first);
  case KG_PATH_ALTERNATIVE:
    for (const kg_path *p = path->first; p; p = p->next) {
      if (kg_path_matches_itself(p)) {
        return true;
      }
    }
    return false;
  }
  return false;
}

/* ---- links -------------------------------------------------------------------------------------- */

static kgq_status find_reader(kg_walk *w, const kg_path *link, bool backward, link_reader **out,
                              kgq_error **err) {
  for (link_reader *r = w->readers; r; r = r->next) {
    if (r->link == link && r->backward == backward) {
      *out = r;
      return KGQ_OK;
    }
  }
  link_reader *r = (link_reader *)kg_arena_zero(w->run->arena, sizeof(link_reader));
  if (!r) {
    return kg_fail_memory(err);
  }
  r->link = link;
  r->backward = backward;
  if (link->kind == KG_PATH_LINK) {
    const kg_term term = kg_term_iri(link->iri);
    KGQ_TRY(kg_terms_find(w->run->terms, &term, &r->predicate, err));
  }
  r->next = w->readers;
  w->readers = r;
  *out = r;
  return KGQ_OK;
}

static void constants(const kg_walk *w, const link_reader *r, kg_id node, kg_quads_spec *spec) {
  kg_quads_spec_init(spec, w->source);
  spec->id[r->backward ? KG_O : KG_S] = node;
  spec->id[KG_P] = r->predicate;
  spec->id[KG_G] = w->source->kind == KG_SOURCE_NAMED ? w->graph : KG_ID_NONE;
}

static kgq_status seek_node(kg_walk *w, link_reader *r, kg_id node, kgq_error **err) {
  kg_quads_spec spec;
  constants(w, r, node, &spec);
  return r->quads ? kg_quads_restart(r->quads, spec.id, err)
                  : kg_quads_open(w->run->snap, &spec, w->run->cancel, w->run->allocator, &r->quads, err);
}

/* Is the predicate one that the negated set excludes in this direction? */
static kgq_status is_excluded(kg_walk *w, const kg_path *set, bool inverse, kg_id predicate, bool *out,
                              kgq_error **err) {
  const kg_term *term = NULL;
  KGQ_TRY(kg_terms_get(w->run->terms, predicate, &term, err));
  *out = false;
  for (const kg_path *p = set->first; p && !*out; p = p->next) {
    const bool p_inverse = p->kind == KG_PATH_INVERSE;
    *out = p_inverse == inverse && kg_str_equal(p_inverse ? p->first->iri : p->iri, term->text);
  }
  return KGQ_OK;
}

/* A link that was looked up so often that reading all of it would have taken no longer is read, if it fits.
 */
static kgq_status maybe_read_all(kg_walk *w, link_reader *r, kgq_error **err) {
  if (r->in_memory || ++r->look_ups < LOOK_UPS_FIRST) {
    return KGQ_OK;
  }
  kg_quads_spec spec;
  constants(w, r, KG_ID_NONE, &spec);
  if (r->look_ups == LOOK_UPS_FIRST) {
    KGQ_TRY(kg_quads_estimate(w->run->snap, &spec, &r->rows, err));
  }
  if (r->rows > KG_ADJACENCY_ROWS_MAX || (double)r->look_ups * ROWS_PER_LOOK_UP < r->rows) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_adjacency_read(&r->all, w->run->snap, &spec, r->backward ? KG_O : KG_S,
                            r->backward ? KG_S : KG_O, w->run->cancel, &w->op->memory, &r->in_memory, err));
  r->rows = r->in_memory ? r->rows : (double)KG_ADJACENCY_ROWS_MAX + 1;
  return KGQ_OK;
}

static kgq_status follow_in_memory(const link_reader *r, kg_id node, kg_row_set *out, kgq_error **err) {
  uint32_t count = 0;
  const kg_id *neighbours = kg_adjacency_of(&r->all, node, &count);
  for (uint32_t i = 0; i < count; i++) {
    KGQ_TRY(add_node(out, neighbours[i], err));
  }
  return KGQ_OK;
}

/* `inverse`: which half of a negated set; unused for a plain link. */
static kgq_status follow(kg_walk *w, const kg_path *link, bool backward, bool inverse, kg_id node,
                         kg_row_set *out, kgq_error **err) {
  link_reader *r = NULL;
  KGQ_TRY(find_reader(w, link, backward, &r, err));
  if (link->kind == KG_PATH_LINK) {
    if (r->predicate == KG_ID_NONE) {
      return KGQ_OK;
    }
    KGQ_TRY(maybe_read_all(w, r, err));
    if (r->in_memory) {
      return follow_in_memory(r, node, out, err);
    }
  }
  kg_id *columns[4] = { NULL, NULL, NULL, NULL };
  columns[backward ? KG_S : KG_O] = w->column;
  columns[KG_P] = link->kind == KG_PATH_NEGATED ? w->other : NULL;
  KGQ_TRY(seek_node(w, r, node, err));
  for (;;) {
    uint32_t count = 0;
    KGQ_TRY(kg_quads_next(r->quads, columns, KG_BATCH_ROWS, &count, err));
    if (count == 0) {
      return KGQ_OK;
    }
    for (uint32_t i = 0; i < count; i++) {
      bool excluded = false;
      if (link->kind == KG_PATH_NEGATED) {
        KGQ_TRY(is_excluded(w, link, inverse, w->other[i], &excluded, err));
      }
      if (!excluded) {
        KGQ_TRY(add_node(out, w->column[i], err));
      }
    }
  }
}

static bool set_has_half(const kg_path *set, bool inverse) {
  for (const kg_path *p = set->first; p; p = p->next) {
    if ((p->kind == KG_PATH_INVERSE) == inverse) {
      return true;
    }
  }
  return set->first == NULL && !inverse;
}

static kgq_status negated_step(kg_walk *w, const kg_path *set, bool backward, kg_id node, kg_row_set *out,
                               kgq_error **err) {
  if (set_has_half(set, false)) {
    KGQ_TRY(follow(w, set, backward, false, node, out, err));
  }
  return set_has_half(set, true) ? follow(w, set, !backward, true, node, out, err) : KGQ_OK;
}

/* ---- steps -------------------------------------------------------------------------------------- */

static kgq_status step(kg_walk *w, const kg_path *path, bool backward, node_list in, unsigned depth,
                       kg_row_set *out, kgq_error **err);

static kgq_status link_step(kg_walk *w, const kg_path *path, bool backward, node_list in, kg_row_set *out,
                            kgq_error **err) {
  for (uint32_t i = in.from; i < in.to; i++) {
    const kg_id node = node_at(in.set, i);
    KGQ_TRY(path->kind == KG_PATH_NEGATED ? negated_step(w, path, backward, node, out, err)
                                          : follow(w, path, backward, false, node, out, err));
  }
  return KGQ_OK;
}

/* The i-th child in the direction of walking. */
static const kg_path *child_at(const kg_path *path, uint32_t i, uint32_t count, bool backward) {
  const kg_path *p = path->first;
  for (uint32_t skip = backward ? count - 1 - i : i; skip > 0; skip--) {
    p = p->next;
  }
  return p;
}

static kgq_status sequence_step(kg_walk *w, const kg_path *path, bool backward, node_list in, unsigned depth,
                                kg_row_set *out, kgq_error **err) {
  kg_row_set halls[2];
  kgq_status st = KGQ_OK;
  const uint32_t count = child_count(path);
  kg_row_set_init(&halls[0], &w->op->memory, 1, 1);
  kg_row_set_init(&halls[1], &w->op->memory, 1, 1);
  for (uint32_t i = 0; i < count; i++) {
    kg_row_set *to = i + 1 == count ? out : &halls[i % 2];
    if (to != out) {
      kg_row_set_clear(to);
    }
    KGQ_TRY_DONE(step(w, child_at(path, i, count, backward), backward, in, depth, to, err));
    in = (node_list){ to, 0, to->rows.count };
  }
done:
  kg_row_set_free(&halls[0]);
  kg_row_set_free(&halls[1]);
  return st;
}

static kgq_status copy_nodes(node_list in, kg_row_set *out, kgq_error **err) {
  for (uint32_t i = in.from; i < in.to; i++) {
    KGQ_TRY(add_node(out, node_at(in.set, i), err));
  }
  return KGQ_OK;
}

static bool is_found(kg_walk *w, const kg_row_set *out, unsigned depth) {
  uint32_t at = 0;
  w->found = depth == 0 && w->wanted != KG_ID_NONE && kg_row_set_find(out, &w->wanted, &at);
  return w->found;
}

/* Rounds over what the last one added, until nothing is. `seen` may already hold nodes of the outside, so it
 * is its own set: nodes that are in `out` for another reason must still be walked from. */
static kgq_status closure_step(kg_walk *w, const kg_path *path, bool backward, node_list in, unsigned depth,
                               kg_row_set *out, kgq_error **err) {
  kg_row_set seen;
  kgq_status st = KGQ_OK;
  kg_row_set_init(&seen, &w->op->memory, 1, 1);
  if (path->kind == KG_PATH_ONE_OR_MORE) {
    KGQ_TRY_DONE(step(w, path->first, backward, in, depth + 1, &seen, err));
  } else {
    KGQ_TRY_DONE(copy_nodes(in, &seen, err));
  }
  for (uint32_t from = 0; from < seen.rows.count && !is_found(w, &seen, depth);) {
    const uint32_t to = seen.rows.count;
    KGQ_TRY_DONE(kg_cancel_check(w->run->cancel, err));
    KGQ_TRY_DONE(step(w, path->first, backward, (node_list){ &seen, from, to }, depth + 1, &seen, err));
    from = to;
  }
  KGQ_TRY_DONE(copy_nodes((node_list){ &seen, 0, seen.rows.count }, out, err));
done:
  kg_row_set_free(&seen);
  return st;
}

static kgq_status step(kg_walk *w, const kg_path *path, bool backward, node_list in, unsigned depth,
                       kg_row_set *out, kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "a property path is nested more than %d deep", KG_LIMIT_NESTING);
  }
  switch (path->kind) {
  case KG_PATH_LINK:
  case KG_PATH_NEGATED: return link_step(w, path, backward, in, out, err);
  case KG_PATH_INVERSE: return step(w, path->first, !backward, in, depth + 1, out, err);
  case KG_PATH_SEQUENCE: return sequence_step(w, path, backward, in, depth + 1, out, err);
  case KG_PATH_ALTERNATIVE:
    for (const kg_path *p = path->first; p; p = p->next) {
      KGQ_TRY(step(w, p, backward, in, depth + 1, out, err));
    }
    return KGQ_OK;
  case KG_PATH_ZERO_OR_MORE:
  case KG_PATH_ONE_OR_MORE: return closure_step(w, path, backward, in, depth, out, err);
  case KG_PATH_ZERO_OR_ONE:
    KGQ_TRY(copy_nodes(in, out, err));
    return step(w, path->first, backward, in, depth + 1, out, err);
  }
  return KGQ_OK;
}

/* ---- where a path can begin --------------------------------------------------------------------- */

/* Adds the nodes that one column of a scan has. */
static kgq_status add_column(kg_walk *w, const kg_quads_spec *spec, int column, kg_row_set *out,
                             kgq_error **err) {
  kg_quads *q = NULL;
  kgq_status st = KGQ_OK;
  uint32_t count = 0;
  kg_id *columns[4] = { NULL, NULL, NULL, NULL };
  columns[column] = w->column;
  KGQ_TRY(kg_quads_open(w->run->snap, spec, w->run->cancel, w->run->allocator, &q, err));
  do {
    KGQ_TRY_DONE(kg_quads_next(q, columns, KG_BATCH_ROWS, &count, err));
    for (uint32_t i = 0; i < count; i++) {
      if (i == 0 || w->column[i] != w->column[i - 1]) {
        KGQ_TRY_DONE(add_node(out, w->column[i], err));
      }
    }
  } while (count > 0);
done:
  kg_quads_close(q);
  return st;
}

static kgq_status link_begins(kg_walk *w, const kg_path *link, bool backward, kg_row_set *out,
                              kgq_error **err) {
  link_reader *r = NULL;
  kg_quads_spec spec;
  KGQ_TRY(find_reader(w, link, backward, &r, err));
  if (r->predicate == KG_ID_NONE) {
    return KGQ_OK;
  }
  constants(w, r, KG_ID_NONE, &spec);
  return add_column(w, &spec, backward ? KG_O : KG_S, out, err);
}

static kgq_status begins(kg_walk *w, const kg_path *path, bool backward, unsigned depth, kg_row_set *out,
                         kgq_error **err);

/* The first child, and those behind it as long as all before them may be skipped. */
static kgq_status sequence_begins(kg_walk *w, const kg_path *path, bool backward, unsigned depth,
                                  kg_row_set *out, kgq_error **err) {
  const uint32_t count = child_count(path);
  for (uint32_t i = 0; i < count; i++) {
    const kg_path *child = child_at(path, i, count, backward);
    KGQ_TRY(begins(w, child, backward, depth, out, err));
    if (!kg_path_can_be_empty(child)) {
      return KGQ_OK;
    }
  }
  return KGQ_OK;
}

static kgq_status begins(kg_walk *w, const kg_path *path, bool backward, unsigned depth, kg_row_set *out,
                         kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "a property path is nested more than %d deep", KG_LIMIT_NESTING);
  }
  switch (path->kind) {
  case KG_PATH_LINK: return link_begins(w, path, backward, out, err);
  case KG_PATH_NEGATED: return kg_walk_nodes(w, out, err);
  case KG_PATH_INVERSE: return begins(w, path->first, !backward, depth + 1, out, err);
  case KG_PATH_SEQUENCE: return sequence_begins(w, path, backward, depth + 1, out, err);
  case KG_PATH_ALTERNATIVE:
    for (const kg_path *p = path->first; p; p = p->next) {
      KGQ_TRY(begins(w, p, backward, depth + 1, out, err));
    }
    return KGQ_OK;
  case KG_PATH_ZERO_OR_MORE:
  case KG_PATH_ONE_OR_MORE:
  case KG_PATH_ZERO_OR_ONE: return begins(w, path->first, backward, depth + 1, out, err);
  }
  return KGQ_OK;
}

/* ---- doors -------------------------------------------------------------------------------------- */

static kgq_status reach_step(void *arg, bool backward, uint32_t part, kg_id node, kg_row_set *out,
                             kgq_error **err) {
  kg_walk *w = (kg_walk *)arg;
  const kg_path *path = w->parts > 1 ? child_at(w->repeated, part, w->parts, backward) : w->repeated;
  kg_row_set_clear(&w->one);
  KGQ_TRY(add_node(&w->one, node, err));
  return step(w, path, backward, (node_list){ &w->one, 0, 1 }, 1, out, err);
}

static kgq_status reach_from(kg_walk *w, kg_id start, bool backward, kg_id wanted, kgq_error **err) {
  const bool against = backward != w->against;
  return wanted != KG_ID_NONE ? kg_reach_meets(w->reach, start, wanted, against, w->itself, &w->met, err)
                              : kg_reach_from(w->reach, start, against, w->itself, err);
}

kgq_status kg_walk_from(kg_walk *w, kg_id start, bool backward, kg_id wanted, kgq_error **err) {
  kg_row_set begin;
  kgq_status st = KGQ_OK;
  assert(w->source != NULL);
  w->wanted = wanted;
  if (w->reach) {
    return reach_from(w, start, backward, wanted, err);
  }
  w->found = false;
  kg_row_set_init(&begin, &w->op->memory, 1, 1);
  kg_row_set_clear(&w->reached);
  KGQ_TRY_DONE(add_node(&begin, start, err));
  KGQ_TRY_DONE(step(w, w->path, backward, (node_list){ &begin, 0, 1 }, 0, &w->reached, err));
done:
  kg_row_set_free(&begin);
  return st;
}

uint32_t kg_walk_count(const kg_walk *w) {
  return w->reach ? kg_reach_count(w->reach) : w->reached.rows.count;
}

kg_id kg_walk_at(const kg_walk *w, uint32_t i) {
  return w->reach ? kg_reach_at(w->reach, i) : node_at(&w->reached, i);
}

bool kg_walk_has(const kg_walk *w, kg_id id) {
  uint32_t at = 0;
  if (w->reach) {
    return w->wanted != KG_ID_NONE ? w->met && id == w->wanted : kg_reach_has(w->reach, id);
  }
  return kg_row_set_find(&w->reached, &id, &at);
}

kgq_status kg_walk_nodes(kg_walk *w, kg_row_set *out, kgq_error **err) {
  kg_quads *q = NULL;
  kg_quads_spec spec;
  kgq_status st = KGQ_OK;
  uint32_t count = 0;
  kg_id *const columns[4] = { w->column, NULL, w->other, NULL };
  kg_quads_spec_init(&spec, w->source);
  spec.id[KG_G] = w->source->kind == KG_SOURCE_NAMED ? w->graph : KG_ID_NONE;
  KGQ_TRY(kg_quads_open(w->run->snap, &spec, w->run->cancel, w->run->allocator, &q, err));
  do {
    KGQ_TRY_DONE(kg_quads_next(q, columns, KG_BATCH_ROWS, &count, err));
    for (uint32_t i = 0; i < count; i++) {
      KGQ_TRY_DONE(add_node(out, w->column[i], err));
      KGQ_TRY_DONE(add_node(out, w->other[i], err));
    }
  } while (count > 0);
done:
  kg_quads_close(q);
  return st;
}

kgq_status kg_walk_begins(kg_walk *w, bool backward, kg_row_set *out, kgq_error **err) {
  return begins(w, w->path, backward, 0, out, err);
}

kgq_status kg_walk_is_node(kg_walk *w, kg_id id, bool *out, kgq_error **err) {
  static const int ends[] = { KG_S, KG_O };
  *out = false;
  for (size_t i = 0; i < 2 && !*out; i++) {
    kg_quads_spec spec;
    kg_quads_spec_init(&spec, w->source);
    spec.id[ends[i]] = id;
    spec.id[KG_G] = w->source->kind == KG_SOURCE_NAMED ? w->graph : KG_ID_NONE;
    KGQ_TRY(kg_quads_exists(w->run->snap, &spec, w->run->cancel, w->run->allocator, out, err));
  }
  return KGQ_OK;
}
