/* tests/model/generate.c: random numbers and random data. The contract: generate.h. */
#include <stdio.h>
#include <stdlib.h>

#include "graph/vocab.h"
#include "tests/model/generate.h"

#define EX "http://example.org/"

/* ---- random numbers: splitmix64, by its published constants -------------------------------------- */

static uint64_t next_random(model_random *r) {
  uint64_t z = r->state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

model_random model_random_from(uint64_t seed) {
  model_random r = { seed * 0x2545F4914F6CDD1Du + 0x9E3779B9u };
  next_random(&r);
  return r;
}

uint32_t model_below(model_random *r, uint32_t limit) {
  return (uint32_t)(next_random(r) >> 32) % limit;
}

bool model_chance(model_random *r, uint32_t percent) {
  return model_below(r, 100) < percent;
}

/* ---- literals ----------------------------------------------------------------------------------- */

/* Doubles and floats are sums of few powers of two, so that adding them up gives the same in any order. */
static const struct {
  const char *text, *datatype, *lang;
  kg_direction direction;
} literals[] = {
  { "1", KG_XSD_INTEGER, "", KG_DIR_NONE },
  { "01", KG_XSD_INTEGER, "", KG_DIR_NONE },
  { "2", KG_XSD_INTEGER, "", KG_DIR_NONE },
  { "3", KG_XSD_INTEGER, "", KG_DIR_NONE },
  { "-3", KG_XSD_INTEGER, "", KG_DIR_NONE },
  { "0", KG_XSD_INTEGER, "", KG_DIR_NONE },
  { "10", KG_XSD_INTEGER, "", KG_DIR_NONE },
  { "2", KG_NS_XSD "int", "", KG_DIR_NONE },
  { "+1", KG_NS_XSD "nonNegativeInteger", "", KG_DIR_NONE },
  { "1200", KG_NS_XSD "byte", "", KG_DIR_NONE },
  { "1.0", KG_XSD_DECIMAL, "", KG_DIR_NONE },
  { "2.50", KG_XSD_DECIMAL, "", KG_DIR_NONE },
  { "-0.5", KG_XSD_DECIMAL, "", KG_DIR_NONE },
  { "1.0E0", KG_XSD_DOUBLE, "", KG_DIR_NONE },
  { "2e0", KG_XSD_DOUBLE, "", KG_DIR_NONE },
  { "-1.5E0", KG_XSD_DOUBLE, "", KG_DIR_NONE },
  { "NaN", KG_XSD_DOUBLE, "", KG_DIR_NONE },
  { "INF", KG_XSD_DOUBLE, "", KG_DIR_NONE },
  { "2.5", KG_XSD_FLOAT, "", KG_DIR_NONE },
  { "1", KG_XSD_FLOAT, "", KG_DIR_NONE },
  { "a", "", "", KG_DIR_NONE },
  { "b", "", "", KG_DIR_NONE },
  { "abc", "", "", KG_DIR_NONE },
  { "ABC", "", "", KG_DIR_NONE },
  { "", "", "", KG_DIR_NONE },
  { "2", "", "", KG_DIR_NONE },
  { "\xE6\x97\xA5\xE6\x9C\xAC", "", "", KG_DIR_NONE },
  { "a", "", "en", KG_DIR_NONE },
  { "abc", "", "en", KG_DIR_NONE },
  { "a", "", "fr", KG_DIR_NONE },
  { "bc", "", "en-GB", KG_DIR_NONE },
  { "abc", "", "en", KG_DIR_LTR },
  { "true", KG_XSD_BOOLEAN, "", KG_DIR_NONE },
  { "1", KG_XSD_BOOLEAN, "", KG_DIR_NONE },
  { "false", KG_XSD_BOOLEAN, "", KG_DIR_NONE },
  { "yes", KG_XSD_BOOLEAN, "", KG_DIR_NONE },
  { "2020-01-01T00:00:00Z", KG_XSD_DATETIME, "", KG_DIR_NONE },
  { "2020-01-01T01:00:00+01:00", KG_XSD_DATETIME, "", KG_DIR_NONE },
  { "2021-06-30T12:30:15.5Z", KG_XSD_DATETIME, "", KG_DIR_NONE },
  { "abc", KG_XSD_INTEGER, "", KG_DIR_NONE },
  { "a", EX "type", "", KG_DIR_NONE },
  { "b", EX "type", "", KG_DIR_NONE },
};
#define LITERAL_COUNT (sizeof literals / sizeof literals[0])

static kg_term random_literal(model_random *r) {
  const uint32_t i = model_below(r, LITERAL_COUNT);
  kg_term t = kg_term_typed(kg_str(literals[i].text), kg_str(literals[i].datatype));
  t.lang = kg_str(literals[i].lang);
  t.direction = literals[i].direction;
  return t;
}

const char *model_literal_text(model_random *r) {
  static char text[160];
  static const char *const directions[] = { "", "--ltr", "--rtl" };
  const uint32_t i = model_below(r, LITERAL_COUNT);
  if (literals[i].lang[0]) {
    snprintf(text, sizeof text, "\"%s\"@%s%s", literals[i].text, literals[i].lang,
             directions[literals[i].direction]);
  } else if (literals[i].datatype[0]) {
    snprintf(text, sizeof text, "\"%s\"^^<%s>", literals[i].text, literals[i].datatype);
  } else {
    snprintf(text, sizeof text, "\"%s\"", literals[i].text);
  }
  return text;
}

static void must(kgq_status status) {
  if (status != KGQ_OK) {
    fputs("no memory for a generated text\n", stderr);
    exit(2);
  }
}

/* ---- quads -------------------------------------------------------------------------------------- */

static kg_term numbered(kg_arena *arena, kg_term_kind kind, const char *start, uint32_t number) {
  kgq_str text = KG_STR("");
  must(kg_arena_print(arena, &text, NULL, "%s%u", start, number));
  return (kg_term){ .kind = kind, .text = text };
}

static kg_term random_node(kg_arena *arena, model_random *r) {
  return model_chance(r, 22) ? numbered(arena, KG_TERM_BNODE, "b", model_below(r, 3))
                             : numbered(arena, KG_TERM_IRI, EX "s", model_below(r, 4));
}

static kg_term random_predicate(kg_arena *arena, model_random *r) {
  return model_chance(r, 4) ? kg_term_iri(KG_STR(KG_RDF_TYPE))
                            : numbered(arena, KG_TERM_IRI, EX "p", model_below(r, 4));
}

static kg_term random_object(kg_arena *arena, model_random *r) {
  return model_chance(r, 45) ? random_literal(r) : random_node(arena, r);
}

static kg_term random_triple_term(kg_arena *arena, model_random *r, const model_quad *known, unsigned depth) {
  kg_term *parts = model_alloc(arena, 3 * sizeof *parts);
  if (known && model_chance(r, 60)) {
    for (int i = 0; i < 3; i++) {
      parts[i] = *known->part[i];
    }
  } else {
    parts[0] = random_node(arena, r);
    parts[1] = random_predicate(arena, r);
    parts[2] = depth < 1 && model_chance(r, 15) ? random_triple_term(arena, r, NULL, depth + 1)
                                                : random_object(arena, r);
  }
  return (kg_term){ .kind = KG_TERM_TRIPLE, .triple = parts };
}

static model_value random_graph(kg_arena *arena, model_random *r) {
  if (model_chance(r, 40)) {
    return NULL;
  }
  return model_term(arena, model_chance(r, 10) ? numbered(arena, KG_TERM_BNODE, "g", 0)
                                               : numbered(arena, KG_TERM_IRI, EX "g", model_below(r, 3)));
}

static void random_quad(kg_arena *arena, model_random *r, model_quad *q, const model_quad *known) {
  q->graph = random_graph(arena, r);
  if (known && model_chance(r, 15)) { /* the same triple in another graph, or once more */
    memcpy(q->part, known->part, sizeof q->part);
    return;
  }
  if (model_chance(r, 10)) {
    q->part[0] =
        model_term(arena, model_chance(r, 50) ? numbered(arena, KG_TERM_IRI, EX "r", model_below(r, 3))
                                              : numbered(arena, KG_TERM_BNODE, "r", model_below(r, 2)));
    q->part[1] = model_term(arena, kg_term_iri(KG_STR(KG_RDF_REIFIES)));
    q->part[2] = model_term(arena, random_triple_term(arena, r, known, 0));
    return;
  }
  const bool reifier = model_chance(r, 6);
  q->part[0] = model_term(arena, reifier ? numbered(arena, KG_TERM_IRI, EX "r", model_below(r, 3))
                                         : random_node(arena, r));
  q->part[1] = model_term(arena, random_predicate(arena, r));
  q->part[2] = model_term(arena, random_object(arena, r));
}

size_t model_generate_data(kg_arena *arena, uint64_t seed, model_quad **out) {
  model_random r = model_random_from(seed ^ 0xDA7Au);
  const size_t count = model_chance(&r, 4) ? model_below(&r, 3) : 16 + model_below(&r, 34);
  *out = model_alloc(arena, (count + 1) * sizeof **out);
  for (size_t i = 0; i < count; i++) {
    random_quad(arena, &r, &(*out)[i], i ? &(*out)[model_below(&r, (uint32_t)i)] : NULL);
  }
  return count;
}

void model_write_nquads(const model_quad *quads, size_t count, kg_buf *out) {
  for (size_t i = 0; i < count; i++) {
    for (int k = 0; k < 3; k++) {
      must(kg_term_print(quads[i].part[k], out, NULL));
      must(kg_buf_add_byte(out, ' ', NULL));
    }
    if (quads[i].graph) {
      must(kg_term_print(quads[i].graph, out, NULL));
      must(kg_buf_add_byte(out, ' ', NULL));
    }
    must(kg_buf_add_text(out, ".\n", NULL));
  }
}
