/* query/behind_path.c: the triples that a property path went over from one end to the other, for
 * kgq_row_sources.
 *
 * The path is taken apart: what lies between two steps is asked from the database, and of a repeated path a
 * shortest way is searched breadth first. Ends are given as values of variables, so that blank nodes can be
 * ends too. All of it is bounded: a way that is too long or too wide to find has no triples.
 */
#include "query/behind_path.h"

#include "core/map.h"
#include "query/inquiry.h"

#define MIDDLES_MAX   20   /* nodes between two steps of a sequence: each is another reason for the row */
#define NEIGHBOURS    1000 /* of one node */
#define NODES_MAX     2000 /* of the search for a shortest way */
#define QUESTIONS_MAX 4000 /* of one path */

typedef struct walk {
  kgq_conn *conn;
  const kg_term *graph; /* NULL: any */
  kg_arena *arena;
  kg_path_triple_fn emit;
  void *arg;
  unsigned questions, depth;
} walk;

typedef struct nodes {
  const kg_term **items;
  size_t count;
} nodes;

/* ---- questions ---------------------------------------------------------------------------------- */

/* The path in SPARQL; as deep as the parser allowed: KG_LIMIT_NESTING. */
static kgq_status put_path(const kg_path *path, kg_buf *out, kgq_error **err) {
  static const char *const between[] = { "", "", "/", "|", "", "", "", "|" };
  static const char *const behind[] = { "", "", "", "", "*", "+", "?", "" };
  if (path->kind == KG_PATH_LINK) {
    return kg_buf_print(out, err, "<%.*s>", KG_ARG(path->iri));
  }
  KGQ_TRY(kg_buf_add_text(out,
                          path->kind == KG_PATH_INVERSE   ? "^("
                          : path->kind == KG_PATH_NEGATED ? "!("
                                                          : "(",
                          err));
  for (const kg_path *p = path->first; p; p = p->next) {
    const bool inverse = path->kind == KG_PATH_NEGATED && p->kind == KG_PATH_INVERSE;
    KGQ_TRY(kg_buf_add_text(out, p == path->first ? "" : between[path->kind], err));
    KGQ_TRY(kg_buf_add_text(out, inverse ? "^" : "", err));
    KGQ_TRY(put_path(inverse ? p->first : p, out, err));
  }
  KGQ_TRY(kg_buf_add_byte(out, ')', err));
  return kg_buf_add_text(out, behind[path->kind], err);
}

/* SELECT DISTINCT ?m WHERE { ?a FIRST ?m . ?m REST ?b } LIMIT n; without REST: what FIRST leads to; without
 * FIRST: the predicates between the ends. */
static kgq_status question(walk *w, const kg_path *first, const kg_path *rest, unsigned most, kg_buf *out,
                           kgq_error **err) {
  KGQ_TRY(kg_buf_add_text(
      out, w->graph ? "SELECT DISTINCT ?m WHERE { GRAPH ?g { ?a " : "SELECT DISTINCT ?m WHERE { { ?a ", err));
  KGQ_TRY(first ? put_path(first, out, err) : kg_buf_add_text(out, "?m", err));
  KGQ_TRY(kg_buf_add_text(out, first ? " ?m" : " ?b", err));
  if (rest) {
    KGQ_TRY(kg_buf_add_text(out, " . ?m ", err));
    KGQ_TRY(put_path(rest, out, err));
    KGQ_TRY(kg_buf_add_text(out, " ?b", err));
  }
  return kg_buf_print(out, err, " } } LIMIT %u", most);
}

static kgq_status take_answers(walk *w, kgq_stmt *stmt, nodes *out, kgq_error **err) {
  kgq_status st = KGQ_OK;
  out->items = (const kg_term **)kg_arena_alloc(w->arena, NEIGHBOURS * sizeof *out->items);
  out->count = 0;
  if (!out->items) {
    return kg_fail_memory(err);
  }
  while (out->count < NEIGHBOURS && (st = kgq_step(stmt, err)) == KGQ_ROW) {
    const kg_term *term = NULL;
    kg_id id;
    KGQ_TRY(kg_stmt_term(stmt, 0, &term, &id, err));
    kg_term *copy = term ? (kg_term *)kg_arena_alloc(w->arena, sizeof *copy) : NULL;
    if (term && !copy) {
      return kg_fail_memory(err);
    }
    if (term) {
      KGQ_TRY(kg_term_copy(w->arena, term, copy, err));
      out->items[out->count++] = copy;
    }
  }
  return st == KGQ_ROW || st == KGQ_DONE ? KGQ_OK : st;
}

static kgq_status ask(walk *w, kgq_stmt *stmt, const kg_term *a, const kg_term *b, nodes *out,
                      kgq_error **err) {
  out->count = 0;
  if (++w->questions > QUESTIONS_MAX) {
    return KGQ_OK;
  }
  (void)kgq_reset(stmt);
  KGQ_TRY(kg_stmt_bind(stmt, "a", a, err));
  KGQ_TRY(b ? kg_stmt_bind(stmt, "b", b, err) : KGQ_OK);
  KGQ_TRY(w->graph ? kg_stmt_bind(stmt, "g", w->graph, err) : KGQ_OK);
  return take_answers(w, stmt, out, err);
}

static kgq_status prepare(walk *w, const kg_path *first, const kg_path *rest, unsigned most, kgq_stmt **out,
                          kgq_error **err) {
  kg_buf text;
  kg_buf_init(&text, &w->conn->db->allocator);
  kgq_status st = question(w, first, rest, most, &text, err);
  if (st == KGQ_OK) {
    st = kgq_prepare(w->conn, text.bytes, text.len, out, err);
  }
  kg_buf_free(&text);
  return st;
}

static kgq_status find(walk *w, const kg_path *first, const kg_path *rest, unsigned most, const kg_term *a,
                       const kg_term *b, nodes *out, kgq_error **err) {
  kgq_stmt *stmt = NULL;
  KGQ_TRY(prepare(w, first, rest, most, &stmt, err));
  const kgq_status st = ask(w, stmt, a, b, out, err);
  kgq_finalize(stmt);
  return st;
}

/* ---- the parts of a path ------------------------------------------------------------------------ */

static kgq_status go(walk *w, const kg_path *path, const kg_term *from, const kg_term *to, kgq_error **err);

/* a/b/c: what stands between a and b/c. */
static kgq_status go_sequence(walk *w, const kg_path *first, const kg_term *from, const kg_term *to,
                              kgq_error **err) {
  if (!first->next || ++w->depth > KG_LIMIT_NESTING) {
    return first->next ? KGQ_OK : go(w, first, from, to, err);
  }
  const kg_path rest = { .kind = KG_PATH_SEQUENCE, .first = first->next };
  kg_path one = *first;
  nodes middles;
  one.next = NULL;
  KGQ_TRY(find(w, &one, &rest, MIDDLES_MAX, from, to, &middles, err));
  for (size_t i = 0; i < middles.count; i++) {
    KGQ_TRY(go(w, &one, from, middles.items[i], err));
    KGQ_TRY(go_sequence(w, first->next, middles.items[i], to, err));
  }
  w->depth--;
  return KGQ_OK;
}

/* Whether the predicate is one that `!(...)` leaves out in this direction; *any: it has members of it. */
static bool is_left_out(const kg_path *set, kgq_str iri, bool inverse, bool *any) {
  bool found = false;
  for (const kg_path *p = set->first; p; p = p->next) {
    const bool back = p->kind == KG_PATH_INVERSE;
    *any = *any || back == inverse;
    found = found || (back == inverse && kg_str_equal(back ? p->first->iri : p->iri, iri));
  }
  return found;
}

static kgq_status go_negated(walk *w, const kg_path *set, const kg_term *from, const kg_term *to,
                             kgq_error **err) {
  for (int inverse = 0; inverse < 2; inverse++) {
    const kg_term *a = inverse ? to : from, *b = inverse ? from : to;
    nodes verbs;
    KGQ_TRY(find(w, NULL, NULL, MIDDLES_MAX, a, b, &verbs, err));
    for (size_t i = 0; i < verbs.count; i++) {
      bool any = false;
      const bool out = is_left_out(set, verbs.items[i]->text, inverse != 0, &any);
      KGQ_TRY(any && !out ? w->emit(w->arg, a, verbs.items[i], b, err) : KGQ_OK);
    }
  }
  return KGQ_OK;
}

/* ---- a shortest way ----------------------------------------------------------------------------- */

typedef struct search {
  kg_map seen; /* by printed term */
  const kg_term *node[NODES_MAX];
  size_t parent[NODES_MAX];
  size_t count;
} search;

static kgq_status meet(walk *w, search *s, const kg_term *node, size_t parent, kgq_error **err) {
  kg_buf text;
  bool added = false;
  kg_buf_init(&text, w->arena->allocator);
  kgq_status st = s->count < NODES_MAX ? kg_term_print(node, &text, err) : KGQ_OK;
  if (st == KGQ_OK && s->count < NODES_MAX) {
    uint64_t *value = NULL;
    st = kg_map_put(&s->seen, kg_buf_str(&text), &value, &added, NULL, err);
  }
  if (st == KGQ_OK && added) {
    s->node[s->count] = node;
    s->parent[s->count++] = parent;
  }
  kg_buf_free(&text);
  return st;
}

/* The steps from the start to the node at `last`. */
static kgq_status go_back(walk *w, const search *s, const kg_path *inner, const kg_term *to, size_t last,
                          kgq_error **err) {
  const kg_term **way = (const kg_term **)kg_arena_alloc(w->arena, (s->count + 1) * sizeof *way);
  size_t length = 0;
  if (!way) {
    return kg_fail_memory(err);
  }
  for (way[length++] = to; last != 0; last = s->parent[last]) {
    way[length++] = s->node[last];
  }
  for (const kg_term *from = s->node[0]; length > 0; from = way[length]) {
    length--;
    KGQ_TRY(go(w, inner, from, way[length], err));
  }
  return KGQ_OK;
}

static kgq_status search_way(walk *w, search *s, kgq_stmt *stmt, const kg_path *inner, const kg_term *to,
                             kgq_error **err) {
  for (size_t i = 0; i < s->count; i++) {
    nodes next;
    KGQ_TRY(ask(w, stmt, s->node[i], NULL, &next, err));
    for (size_t k = 0; k < next.count; k++) {
      if (kg_term_equal(next.items[k], to)) {
        return go_back(w, s, inner, to, i, err);
      }
      KGQ_TRY(meet(w, s, next.items[k], i, err));
    }
  }
  return KGQ_OK;
}

static kgq_status go_repeated(walk *w, const kg_path *inner, const kg_term *from, const kg_term *to,
                              kgq_error **err) {
  kgq_stmt *stmt = NULL;
  search *s = (search *)kg_arena_zero(w->arena, sizeof *s);
  if (!s) {
    return kg_fail_memory(err);
  }
  kg_map_init(&s->seen, w->arena->allocator);
  kgq_status st = meet(w, s, from, 0, err);
  if (st == KGQ_OK) {
    st = prepare(w, inner, NULL, NEIGHBOURS, &stmt, err);
  }
  if (st == KGQ_OK) {
    st = search_way(w, s, stmt, inner, to, err);
  }
  kgq_finalize(stmt);
  kg_map_free(&s->seen);
  return st;
}

/* ---- a path ------------------------------------------------------------------------------------- */

static kgq_status go_alternatives(walk *w, const kg_path *path, const kg_term *from, const kg_term *to,
                                  kgq_error **err) {
  for (const kg_path *p = path->first; p; p = p->next) {
    KGQ_TRY(go(w, p, from, to, err));
  }
  return KGQ_OK;
}

static kgq_status go(walk *w, const kg_path *path, const kg_term *from, const kg_term *to, kgq_error **err) {
  const kg_path *inner = path->first;
  const bool same = kg_term_equal(from, to);
  switch (path->kind) {
  case KG_PATH_LINK: {
    const kg_term link = { .kind = KG_TERM_IRI, .text = path->iri };
    return w->emit(w->arg, from, &link, to, err);
  }
  case KG_PATH_INVERSE: return go(w, inner, to, from, err);
  case KG_PATH_SEQUENCE: return go_sequence(w, inner, from, to, err);
  case KG_PATH_ALTERNATIVE: return go_alternatives(w, path, from, to, err);
  case KG_PATH_ZERO_OR_ONE: return same ? KGQ_OK : go(w, inner, from, to, err);
  case KG_PATH_ZERO_OR_MORE: return same ? KGQ_OK : go_repeated(w, inner, from, to, err);
  case KG_PATH_ONE_OR_MORE: return go_repeated(w, inner, from, to, err);
  case KG_PATH_NEGATED: return go_negated(w, path, from, to, err);
  }
  return KGQ_OK;
}

kgq_status kg_path_triples(kgq_conn *conn, kg_arena *arena, const kg_path *path, const kg_term *const ends[2],
                           const kg_term *graph, kg_path_triple_fn emit, void *arg, kgq_error **err) {
  walk w = { .conn = conn, .graph = graph, .arena = arena, .emit = emit, .arg = arg };
  return go(&w, path, ends[0], ends[1], err);
}
