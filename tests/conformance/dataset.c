/* tests/conformance/dataset.c: interning, and isomorphism by refining colours.
 *
 * Blank nodes get colours from the quads they stand in, again and again until the partition is stable (as in
 * RDF Dataset Canonicalization, by hashes); what stays ambiguous is tried: one node of a class is given a
 * colour of its own on both sides. Test data are small, so hashes of 64 bits stand for the texts.
 */
#include "tests/conformance/dataset.h"

#include <stdlib.h>

#include "graph/writer.h"

void dataset_init(dataset *d) {
  memset(d, 0, sizeof *d);
  kg_arena_init(&d->arena, NULL);
  kg_map_init(&d->index, NULL);
  const kg_term none = { .kind = KG_TERM_NONE };
  void *terms = NULL;
  if (kg_grow(NULL, &terms, &d->term_capacity, 1, sizeof *d->terms, NULL) == KGQ_OK) {
    d->terms = terms;
    d->terms[d->term_count++] = (dataset_term){ .term = none };
  }
}

void dataset_free(dataset *d) {
  kg_free(NULL, d->terms, d->term_capacity * sizeof *d->terms);
  kg_free(NULL, d->quads, d->quad_capacity * sizeof *d->quads);
  kg_map_free(&d->index);
  kg_arena_free(&d->arena);
  memset(d, 0, sizeof *d);
}

/* ---- filling ------------------------------------------------------------------------------------ */

static kgq_status intern(dataset *d, const kg_term *term, uint32_t *out, kgq_error **err);

static kgq_status add_term(dataset *d, const kg_term *term, kgq_str text, uint32_t number, kgq_error **err) {
  dataset_term added = { .has_bnode = term->kind == KG_TERM_BNODE };
  KGQ_TRY(kg_term_copy(&d->arena, term, &added.term, err));
  added.hash = kg_hash(text.ptr, text.len);
  for (size_t i = 0; term->kind == KG_TERM_TRIPLE && i < 3; i++) {
    KGQ_TRY(intern(d, &term->triple[i], &added.parts[i], err));
    added.has_bnode = added.has_bnode || d->terms[added.parts[i]].has_bnode;
  }
  d->terms[number] = added;
  return KGQ_OK;
}

static kgq_status intern(dataset *d, const kg_term *term, uint32_t *out, kgq_error **err) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  kg_arena arena;
  kg_arena_init(&arena, NULL);
  kg_term lowered;
  uint64_t *slot = NULL;
  bool added = false;
  kgq_status st = KGQ_OK;
  KGQ_TRY_DONE(kg_term_lower_tags(term, &arena, &lowered, err));
  KGQ_TRY_DONE(kg_term_print(&lowered, &text, err));
  KGQ_TRY_DONE(kg_map_put(&d->index, kg_buf_str(&text), &slot, &added, NULL, err));
  if (added) {
    void *terms = d->terms;
    KGQ_TRY_DONE(kg_grow(NULL, &terms, &d->term_capacity, d->term_count + 1, sizeof *d->terms, err));
    d->terms = terms;
    *slot = d->term_count++;
    *out = (uint32_t)*slot;
    KGQ_TRY_DONE(add_term(d, term, kg_buf_str(&text), *out, err));
  } else {
    *out = (uint32_t)*slot;
  }
done:
  kg_arena_free(&arena);
  kg_buf_free(&text);
  return st;
}

static kgq_status take_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                            kgq_error **err) {
  dataset *d = arg;
  uint32_t row[4] = { 0, 0, 0, 0 };
  KGQ_TRY(intern(d, s, &row[0], err));
  KGQ_TRY(intern(d, p, &row[1], err));
  KGQ_TRY(intern(d, o, &row[2], err));
  KGQ_TRY(g->kind == KG_TERM_NONE ? KGQ_OK : intern(d, g, &row[3], err));
  void *quads = d->quads;
  KGQ_TRY(kg_grow(NULL, &quads, &d->quad_capacity, d->quad_count + 1, sizeof *d->quads, err));
  d->quads = quads;
  memcpy(d->quads[d->quad_count++], row, sizeof row);
  return KGQ_OK;
}

kg_sink dataset_sink(dataset *d) {
  const kg_sink sink = { .arg = d, .quad = take_quad };
  return sink;
}

static int compare_quads(const void *a, const void *b) {
  const uint32_t *x = a, *y = b;
  for (size_t i = 0; i < 4; i++) {
    if (x[i] != y[i]) {
      return x[i] < y[i] ? -1 : 1;
    }
  }
  return 0;
}

void dataset_finish(dataset *d) {
  size_t kept = 0;
  if (d->quad_count) {
    qsort(d->quads, d->quad_count, sizeof *d->quads, compare_quads);
  }
  for (size_t i = 0; i < d->quad_count; i++) {
    if (i == 0 || compare_quads(d->quads[i], d->quads[kept - 1]) != 0) {
      memmove(d->quads[kept++], d->quads[i], sizeof *d->quads);
    }
  }
  d->quad_count = kept;
}

uint32_t dataset_iri(const dataset *d, const char *iri) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  const kg_term term = kg_term_iri(kg_str(iri));
  const uint64_t *found =
      kg_term_print(&term, &text, NULL) == KGQ_OK ? kg_map_find(&d->index, kg_buf_str(&text)) : NULL;
  kg_buf_free(&text);
  return found ? (uint32_t)*found : UINT32_MAX;
}

uint32_t dataset_object(const dataset *d, uint32_t s, uint32_t p) {
  for (size_t i = 0; i < d->quad_count; i++) {
    if (d->quads[i][0] == s && d->quads[i][1] == p) {
      return d->quads[i][2];
    }
  }
  return UINT32_MAX;
}

/* ---- isomorphism -------------------------------------------------------------------------------- */

#define SELF 0x5E1F5E1F5E1F5E1FULL

static uint64_t mix(uint64_t a, uint64_t b) {
  const uint64_t pair[2] = { a, b };
  return kg_hash(pair, sizeof pair);
}

/* Hash of a term as seen from blank node `self` (UINT32_MAX: from nowhere). */
static uint64_t term_hash(const dataset *d, const uint64_t *colours, uint32_t number, uint32_t self) {
  const dataset_term *t = &d->terms[number];
  if (number == self) {
    return SELF;
  }
  if (!t->has_bnode) {
    return t->hash;
  }
  if (t->term.kind == KG_TERM_BNODE) {
    return colours[number];
  }
  uint64_t hash = 3;
  for (size_t i = 0; i < 3; i++) {
    hash = mix(hash, term_hash(d, colours, t->parts[i], self));
  }
  return hash;
}

static uint64_t quad_hash(const dataset *d, const uint64_t *colours, const uint32_t row[4], uint32_t self) {
  uint64_t hash = 4;
  for (size_t i = 0; i < 4; i++) {
    hash = mix(hash, term_hash(d, colours, row[i], self));
  }
  return hash;
}

/* Adds what this quad says about every blank node inside the term. */
static void colour_from(const dataset *d, const uint64_t *colours, uint64_t *next, const uint32_t row[4],
                        uint32_t number) {
  const dataset_term *t = &d->terms[number];
  if (!t->has_bnode) {
    return;
  }
  if (t->term.kind == KG_TERM_BNODE) {
    next[number] += mix(quad_hash(d, colours, row, number), 7);
    return;
  }
  for (size_t i = 0; i < 3; i++) {
    colour_from(d, colours, next, row, t->parts[i]);
  }
}

static int compare_u64(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static bool is_bnode(const dataset *d, size_t number) {
  return d->terms[number].term.kind == KG_TERM_BNODE;
}

static size_t sorted_colours(const dataset *d, const uint64_t *colours, uint64_t *out) {
  size_t count = 0;
  for (size_t i = 0; i < d->term_count; i++) {
    if (is_bnode(d, i)) {
      out[count++] = colours[i];
    }
  }
  qsort(out, count, sizeof *out, compare_u64);
  return count;
}

static size_t distinct(const uint64_t *sorted, size_t count) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    n += i == 0 || sorted[i] != sorted[i - 1];
  }
  return n;
}

static void refine(const dataset *d, uint64_t *colours, uint64_t *spare, uint64_t *sorted) {
  size_t before = 0;
  for (;;) {
    const size_t now = distinct(sorted, sorted_colours(d, colours, sorted));
    if (now <= before) {
      return;
    }
    before = now;
    for (size_t i = 0; i < d->term_count; i++) {
      spare[i] = mix(colours[i], 9);
    }
    for (size_t q = 0; q < d->quad_count; q++) {
      for (size_t i = 0; i < 4; i++) {
        colour_from(d, colours, spare, d->quads[q], d->quads[q][i]);
      }
    }
    memcpy(colours, spare, d->term_count * sizeof *colours);
  }
}

static bool same_quads(const dataset *a, const uint64_t *ca, const dataset *b, const uint64_t *cb) {
  uint64_t *ha = calloc(a->quad_count + 1, sizeof *ha), *hb = calloc(b->quad_count + 1, sizeof *hb);
  bool same = ha && hb;
  for (size_t i = 0; same && i < a->quad_count; i++) {
    ha[i] = quad_hash(a, ca, a->quads[i], UINT32_MAX);
    hb[i] = quad_hash(b, cb, b->quads[i], UINT32_MAX);
  }
  if (same) {
    qsort(ha, a->quad_count, sizeof *ha, compare_u64);
    qsort(hb, a->quad_count, sizeof *hb, compare_u64);
    same = memcmp(ha, hb, a->quad_count * sizeof *ha) == 0;
  }
  free(ha);
  free(hb);
  return same;
}

typedef struct side {
  const dataset *d;
  uint64_t *colours, *spare, *sorted;
} side;

/* The first colour that two blank nodes share; 0: none. */
static uint64_t ambiguous(const uint64_t *sorted, size_t count) {
  for (size_t i = 1; i < count; i++) {
    if (sorted[i] == sorted[i - 1]) {
      return sorted[i];
    }
  }
  return 0;
}

static size_t next_with(const side *s, const uint64_t *colours, uint64_t colour, size_t from) {
  while (from < s->d->term_count && !(is_bnode(s->d, from) && colours[from] == colour)) {
    from++;
  }
  return from;
}

static bool match(side *a, side *b, unsigned depth);

/* Gives one node of the class in a, and each of b in turn, a colour of its own. */
static bool try_class(side *a, side *b, uint64_t colour, unsigned depth) {
  const size_t bytes_a = a->d->term_count * sizeof(uint64_t), bytes_b = b->d->term_count * sizeof(uint64_t);
  uint64_t *saved_a = malloc(bytes_a + 1), *saved_b = malloc(bytes_b + 1);
  bool found = false;
  if (saved_a && saved_b) {
    memcpy(saved_a, a->colours, bytes_a);
    memcpy(saved_b, b->colours, bytes_b);
    const size_t chosen = next_with(a, saved_a, colour, 0);
    for (size_t i = next_with(b, saved_b, colour, 0); !found && i < b->d->term_count;
         i = next_with(b, saved_b, colour, i + 1)) {
      memcpy(a->colours, saved_a, bytes_a);
      memcpy(b->colours, saved_b, bytes_b);
      a->colours[chosen] = b->colours[i] = mix(colour, depth + 100);
      found = match(a, b, depth + 1);
    }
  }
  free(saved_a);
  free(saved_b);
  return found;
}

static bool match(side *a, side *b, unsigned depth) {
  refine(a->d, a->colours, a->spare, a->sorted);
  refine(b->d, b->colours, b->spare, b->sorted);
  const size_t count = sorted_colours(a->d, a->colours, a->sorted);
  if (count != sorted_colours(b->d, b->colours, b->sorted) ||
      memcmp(a->sorted, b->sorted, count * sizeof *a->sorted) != 0) {
    return false;
  }
  const uint64_t colour = ambiguous(a->sorted, count);
  return colour ? try_class(a, b, colour, depth) : same_quads(a->d, a->colours, b->d, b->colours);
}

static bool open_side(side *s, const dataset *d) {
  *s = (side){ .d = d };
  s->colours = calloc(d->term_count + 1, sizeof *s->colours);
  s->spare = calloc(d->term_count + 1, sizeof *s->spare);
  s->sorted = calloc(d->term_count + 1, sizeof *s->sorted);
  return s->colours && s->spare && s->sorted;
}

static void close_side(side *s) {
  free(s->colours);
  free(s->spare);
  free(s->sorted);
}

bool dataset_isomorphic(const dataset *a, const dataset *b) {
  if (a->quad_count != b->quad_count) {
    return false;
  }
  side sa, sb;
  const bool opened_a = open_side(&sa, a), opened_b = open_side(&sb, b);
  const bool same = opened_a && opened_b && match(&sa, &sb, 0);
  close_side(&sa);
  close_side(&sb);
  return same;
}
