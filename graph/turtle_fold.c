/* graph/turtle_fold.c: sorts a dataset and finds a host for what can be folded. See turtle_fold.h.
 *
 * Chains of hosts are cut at FOLD_DEPTH, which also breaks their circles, so that printing is bounded and
 * what is printed is within the nesting that our own and other readers accept.
 */
#include "graph/turtle_fold.h"

#include "core/sort.h"
#include "graph/vocab.h"

#define FOLD_DEPTH 30

/* ---- collecting --------------------------------------------------------------------------------- */

static kgq_status intern(kg_fold_set *set, const kg_term *term, uint32_t *out, kgq_error **err);

static kgq_status add_term(kg_fold_set *set, const kg_term *term, kgq_str text, uint32_t *out,
                           kgq_error **err) {
  kg_fold_term fresh = { .text = text, .graph = KG_FOLD_NONE, .object_quad = KG_FOLD_NONE };
  KGQ_TRY(kg_term_copy(&set->arena, term, &fresh.term, err));
  for (size_t i = 0; term->kind == KG_TERM_TRIPLE && i < 3; i++) {
    KGQ_TRY(intern(set, &term->triple[i], &fresh.parts[i], err));
    set->terms[fresh.parts[i]].pinned = true;
  }
  void *terms = set->terms;
  KGQ_TRY(kg_grow(set->allocator, &terms, &set->term_capacity, set->term_count + 1, sizeof *set->terms, err));
  set->terms = terms;
  *out = (uint32_t)set->term_count;
  set->terms[set->term_count++] = fresh;
  set->text_bytes += text.len;
  return KGQ_OK;
}

/* A number + 1 is kept in the map: 0 says that the term is being added. */
static kgq_status intern(kg_fold_set *set, const kg_term *term, uint32_t *out, kgq_error **err) {
  uint64_t *slot = NULL;
  kgq_str stored;
  set->text.len = 0;
  KGQ_TRY(kg_term_print(term, &set->text, err));
  KGQ_TRY(kg_map_put(&set->index, kg_buf_str(&set->text), &slot, NULL, &stored, err));
  if (*slot) {
    *out = (uint32_t)(*slot - 1);
    return KGQ_OK;
  }
  KGQ_TRY(add_term(set, term, stored, out, err));
  slot = kg_map_find(&set->index, stored); /* parts of a triple term may have moved it */
  if (!slot) {
    return kg_fail(err, KGQ_CORRUPT, "a term of the output was lost");
  }
  *slot = (uint64_t)*out + 1;
  return KGQ_OK;
}

static kgq_status intern_iri(kg_fold_set *set, const char *iri, uint32_t *out, kgq_error **err) {
  const kg_term term = kg_term_iri(kg_str(iri));
  return intern(set, &term, out, err);
}

kgq_status kg_fold_init(kg_fold_set *set, const kgq_allocator *a, kgq_error **err) {
  *set = (kg_fold_set){ .allocator = a };
  kg_arena_init(&set->arena, a);
  kg_map_init(&set->index, a);
  kg_buf_init(&set->text, a);
  void *terms = NULL;
  KGQ_TRY(kg_grow(a, &terms, &set->term_capacity, 1, sizeof *set->terms, err));
  set->terms = terms;
  set->terms[set->term_count++] =
      (kg_fold_term){ .text = { "", 0 }, .graph = KG_FOLD_NONE }; /* default graph */
  KGQ_TRY(intern_iri(set, KG_RDF_TYPE, &set->type, err));
  KGQ_TRY(intern_iri(set, KG_RDF_FIRST, &set->first, err));
  KGQ_TRY(intern_iri(set, KG_RDF_REST, &set->rest, err));
  KGQ_TRY(intern_iri(set, KG_RDF_NIL, &set->nil, err));
  return intern_iri(set, KG_RDF_REIFIES, &set->reifies, err);
}

void kg_fold_free(kg_fold_set *set) {
  kg_free(set->allocator, set->subject_group, set->subject_group ? set->term_count * sizeof(uint32_t) : 0);
  kg_free(set->allocator, set->groups, set->group_capacity * sizeof *set->groups);
  kg_free(set->allocator, set->quads, set->quad_capacity * sizeof *set->quads);
  kg_free(set->allocator, set->terms, set->term_capacity * sizeof *set->terms);
  kg_buf_free(&set->text);
  kg_map_free(&set->index);
  kg_arena_free(&set->arena);
  *set = (kg_fold_set){ .allocator = set->allocator };
}

kgq_status kg_fold_add(kg_fold_set *set, const kg_term *s, const kg_term *p, const kg_term *o,
                       const kg_term *g, kgq_error **err) {
  kg_fold_quad quad = { .g = 0, .group = KG_FOLD_NONE, .annotation = KG_FOLD_NONE };
  KGQ_TRY(intern(set, s, &quad.s, err));
  KGQ_TRY(intern(set, p, &quad.p, err));
  KGQ_TRY(intern(set, o, &quad.o, err));
  if (g && g->kind != KG_TERM_NONE) {
    KGQ_TRY(intern(set, g, &quad.g, err));
  }
  void *quads = set->quads;
  KGQ_TRY(kg_grow(set->allocator, &quads, &set->quad_capacity, set->quad_count + 1, sizeof *set->quads, err));
  set->quads = quads;
  set->quads[set->quad_count++] = quad;
  return KGQ_OK;
}

size_t kg_fold_bytes(const kg_fold_set *set) {
  return 2 * set->text_bytes + set->term_count * sizeof *set->terms + set->quad_count * sizeof *set->quads;
}

/* ---- sorting ------------------------------------------------------------------------------------ */

static kgq_status rank_terms(kg_fold_set *set, kgq_error **err) {
  const size_t n = set->term_count;
  kgq_str *texts = kg_alloc_zero(set->allocator, n, sizeof *texts);
  uint32_t *order = kg_alloc_zero(set->allocator, n, sizeof *order);
  kgq_status st = texts && order ? KGQ_OK : kg_fail_memory(err);
  for (size_t i = 0; st == KGQ_OK && i < n; i++) {
    texts[i] = set->terms[i].text;
  }
  st = st == KGQ_OK ? kg_sort_strings(set->allocator, texts, (uint32_t)n, order, err) : st;
  for (size_t i = 0; st == KGQ_OK && i < n; i++) {
    set->terms[order[i]].rank = (uint32_t)i;
  }
  kg_free(set->allocator, texts, n * sizeof *texts);
  kg_free(set->allocator, order, n * sizeof *order);
  return st;
}

/* Order of predicates: rdf:type first. */
static uint64_t verb_rank(const kg_fold_set *set, uint32_t p) {
  return p == set->type ? 0 : (uint64_t)set->terms[p].rank + 1;
}

static kgq_status sort_quads(kg_fold_set *set, kgq_error **err) {
  static const uint64_t mask[KG_SORT_WORDS] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
  const size_t n = set->quad_count, bytes = (n + 1) * KG_SORT_WORDS * sizeof(uint64_t);
  uint64_t *records = kg_alloc(set->allocator, bytes), *scratch = kg_alloc(set->allocator, bytes);
  kg_fold_quad *sorted = kg_alloc_zero(set->allocator, set->quad_capacity + 1, sizeof *sorted);
  if (!records || !scratch || !sorted) {
    kg_free(set->allocator, records, records ? bytes : 0);
    kg_free(set->allocator, scratch, scratch ? bytes : 0);
    kg_free(set->allocator, sorted, sorted ? (set->quad_capacity + 1) * sizeof *sorted : 0);
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < n; i++) {
    const kg_fold_quad *q = &set->quads[i];
    uint64_t *r = &records[i * KG_SORT_WORDS];
    r[0] = (uint64_t)set->terms[q->g].rank << 32 | set->terms[q->s].rank;
    r[1] = verb_rank(set, q->p) << 32 | set->terms[q->o].rank;
    r[2] = i;
    r[3] = 0;
  }
  const uint64_t *result = kg_sort_records(records, scratch, n, mask);
  size_t kept = 0;
  for (size_t i = 0; i < n; i++) {
    const uint64_t *r = &result[i * KG_SORT_WORDS];
    if (i == 0 || r[0] != r[-KG_SORT_WORDS] || r[1] != r[1 - KG_SORT_WORDS]) {
      sorted[kept++] = set->quads[r[2]];
    }
  }
  kg_free(set->allocator, records, bytes);
  kg_free(set->allocator, scratch, bytes);
  kg_free(set->allocator, set->quads, set->quad_capacity * sizeof *set->quads);
  set->quads = sorted;
  set->quad_capacity++;
  set->quad_count = kept;
  return KGQ_OK;
}

/* ---- uses of terms ------------------------------------------------------------------------------ */

/* A blank node that occurs in two graphs is named in both. */
static void note_graph(kg_fold_set *set, uint32_t term, uint32_t graph) {
  kg_fold_term *t = &set->terms[term];
  t->pinned = t->pinned || (t->graph != KG_FOLD_NONE && t->graph != graph);
  t->graph = graph;
}

static void note_uses(kg_fold_set *set) {
  for (uint32_t i = 0; i < set->quad_count; i++) {
    const kg_fold_quad *q = &set->quads[i];
    note_graph(set, q->s, q->g);
    note_graph(set, q->o, q->g);
    set->terms[q->g].pinned = true;
    set->terms[q->p].pinned = true;
    set->terms[q->o].object_quad = i;
    set->terms[q->o].object_count++;
  }
}

static kgq_status make_groups(kg_fold_set *set, kgq_error **err) {
  set->subject_group = kg_alloc(set->allocator, set->term_count * sizeof(uint32_t));
  if (!set->subject_group) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < set->term_count; i++) {
    set->subject_group[i] = KG_FOLD_NONE;
  }
  for (uint32_t i = 0; i < set->quad_count; i++) {
    kg_fold_quad *q = &set->quads[i];
    if (i == 0 || q->g != q[-1].g || q->s != q[-1].s) {
      void *groups = set->groups;
      KGQ_TRY(kg_grow(set->allocator, &groups, &set->group_capacity, set->group_count + 1,
                      sizeof *set->groups, err));
      set->groups = groups;
      set->groups[set->group_count++] =
          (kg_fold_group){ i, 0, KG_FOLD_NONE, KG_FOLD_NONE, KG_FOLD_NONE, KG_FOLD_NONE };
      set->subject_group[q->s] = (uint32_t)set->group_count - 1;
    }
    q->group = (uint32_t)set->group_count - 1;
    set->groups[q->group].count++;
  }
  return KGQ_OK;
}

/* ---- reifiers ----------------------------------------------------------------------------------- */

static int compare_to(const kg_fold_set *set, const kg_fold_quad *q, uint32_t g, const uint32_t spo[3]) {
  const uint64_t left[4] = { set->terms[q->g].rank, set->terms[q->s].rank, verb_rank(set, q->p),
                             set->terms[q->o].rank };
  const uint64_t right[4] = { set->terms[g].rank, set->terms[spo[0]].rank, verb_rank(set, spo[1]),
                              set->terms[spo[2]].rank };
  for (size_t i = 0; i < 4; i++) {
    if (left[i] != right[i]) {
      return left[i] < right[i] ? -1 : 1;
    }
  }
  return 0;
}

static uint32_t find_quad(const kg_fold_set *set, uint32_t g, const uint32_t spo[3]) {
  size_t low = 0, high = set->quad_count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const int order = compare_to(set, &set->quads[middle], g, spo);
    if (order == 0) {
      return (uint32_t)middle;
    }
    low = order < 0 ? middle + 1 : low;
    high = order < 0 ? high : middle;
  }
  return KG_FOLD_NONE;
}

/* The only rdf:reifies quad of a group whose triple is asserted beside it; NONE: no annotation. */
static uint32_t reified(const kg_fold_set *set, const kg_fold_group *group, uint32_t *asserted) {
  uint32_t found = KG_FOLD_NONE;
  for (uint32_t i = group->first; i < group->first + group->count; i++) {
    if (set->quads[i].p == set->reifies) {
      if (found != KG_FOLD_NONE) {
        return KG_FOLD_NONE;
      }
      found = i;
    }
  }
  if (found == KG_FOLD_NONE) {
    return KG_FOLD_NONE;
  }
  const kg_fold_term *object = &set->terms[set->quads[found].o];
  *asserted =
      object->term.kind == KG_TERM_TRIPLE ? find_quad(set, set->quads[found].g, object->parts) : KG_FOLD_NONE;
  return *asserted == KG_FOLD_NONE ? KG_FOLD_NONE : found;
}

/* From the last group to the first, so that each host's chain is in order. */
static void host_annotations(kg_fold_set *set) {
  for (size_t i = set->group_count; i > 0; i--) {
    kg_fold_group *group = &set->groups[i - 1];
    uint32_t asserted = KG_FOLD_NONE;
    const uint32_t quad = reified(set, group, &asserted);
    if (quad == KG_FOLD_NONE || set->quads[asserted].group == i - 1) {
      continue;
    }
    group->host = asserted;
    group->reifies = quad;
    group->next_annotation = set->quads[asserted].annotation;
    set->quads[asserted].annotation = (uint32_t)i - 1;
    kg_fold_term *reifier = &set->terms[set->quads[quad].s];
    reifier->pinned = reifier->pinned || reifier->object_count > 0;
  }
}

/* ---- blank nodes and lists ---------------------------------------------------------------------- */

bool kg_fold_unlabelled(const kg_fold_set *set, uint32_t term) {
  const kg_fold_term *t = &set->terms[term];
  return t->term.kind == KG_TERM_BNODE && !t->pinned && t->object_count <= 1;
}

static void host_bnodes(kg_fold_set *set) {
  for (uint32_t i = 0; i < set->group_count; i++) {
    kg_fold_group *group = &set->groups[i];
    const uint32_t s = set->quads[group->first].s;
    if (group->host == KG_FOLD_NONE && kg_fold_unlabelled(set, s) && set->terms[s].object_count == 1) {
      group->host = set->terms[s].object_quad;
    }
  }
}

/* A cell: hosted, and nothing but one rdf:first and one rdf:rest, neither annotated. */
static bool is_cell(const kg_fold_set *set, uint32_t number) {
  const kg_fold_group *group = &set->groups[number];
  const kg_fold_quad *q = &set->quads[group->first];
  return group->count == 2 && group->host != KG_FOLD_NONE && group->reifies == KG_FOLD_NONE &&
         q[0].p == set->first && q[1].p == set->rest && q[0].annotation == KG_FOLD_NONE &&
         q[1].annotation == KG_FOLD_NONE;
}

/* The cell behind this one; NONE at rdf:nil. *broken: neither. */
static uint32_t next_cell(const kg_fold_set *set, uint32_t cell, bool *broken) {
  const uint32_t rest_quad = set->groups[cell].first + 1, o = set->quads[rest_quad].o;
  if (o == set->nil) {
    return KG_FOLD_NONE;
  }
  const uint32_t next = set->subject_group[o];
  *broken = next == KG_FOLD_NONE || !is_cell(set, next) || set->groups[next].host != rest_quad;
  return *broken ? KG_FOLD_NONE : next;
}

/* From a head: a cell whose host is not the rdf:rest of a cell. A circle of cells has no head. */
static void mark_list(kg_fold_set *set, uint32_t head) {
  const kg_fold_quad *host = &set->quads[set->groups[head].host];
  if (host->p == set->rest && is_cell(set, host->group)) {
    return;
  }
  bool broken = false;
  for (uint32_t cell = head; cell != KG_FOLD_NONE;) {
    cell = next_cell(set, cell, &broken);
  }
  for (uint32_t cell = broken ? KG_FOLD_NONE : head; cell != KG_FOLD_NONE;) {
    set->groups[cell].list_head = head;
    cell = next_cell(set, cell, &broken);
  }
}

/* The group inside which a group is written, a list as one. */
static uint32_t above(const kg_fold_set *set, uint32_t number) {
  const uint32_t host = set->groups[number].host;
  if (host == KG_FOLD_NONE) {
    return KG_FOLD_NONE;
  }
  const uint32_t group = set->quads[host].group, head = set->groups[group].list_head;
  return head == KG_FOLD_NONE ? group : head;
}

/* Gives a group back to the top level. */
static void unhost(kg_fold_set *set, uint32_t number) {
  kg_fold_group *group = &set->groups[number];
  set->terms[set->quads[group->first].s].pinned = true;
  if (group->reifies != KG_FOLD_NONE) {
    uint32_t *link = &set->quads[group->host].annotation;
    while (*link != number) {
      link = &set->groups[*link].next_annotation;
    }
    *link = group->next_annotation;
    group->reifies = KG_FOLD_NONE;
  }
  group->host = KG_FOLD_NONE;
  group->list_head = KG_FOLD_NONE;
}

static void cut_chains(kg_fold_set *set) {
  for (uint32_t i = 0; i < set->group_count; i++) {
    const uint32_t head = set->groups[i].list_head;
    if (head != KG_FOLD_NONE && head != i) {
      continue;
    }
    unsigned depth = 0;
    for (uint32_t at = i; at != KG_FOLD_NONE && depth <= FOLD_DEPTH; at = above(set, at)) {
      depth++;
    }
    if (depth > FOLD_DEPTH) {
      unhost(set, i);
    }
  }
}

uint32_t kg_fold_inside(const kg_fold_set *set, uint32_t quad) {
  const uint32_t o = set->quads[quad].o, group = set->subject_group[o];
  const bool inside = group != KG_FOLD_NONE && set->groups[group].host == quad &&
                      set->groups[group].reifies == KG_FOLD_NONE && kg_fold_unlabelled(set, o);
  return inside ? group : KG_FOLD_NONE;
}

kgq_status kg_fold_plan(kg_fold_set *set, kgq_error **err) {
  KGQ_TRY(rank_terms(set, err));
  KGQ_TRY(sort_quads(set, err));
  note_uses(set);
  KGQ_TRY(make_groups(set, err));
  host_annotations(set);
  host_bnodes(set);
  for (uint32_t i = 0; i < set->group_count; i++) {
    if (is_cell(set, i)) {
      mark_list(set, i);
    }
  }
  cut_chains(set);
  return KGQ_OK;
}
