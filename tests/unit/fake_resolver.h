/* tests/unit/fake_resolver.h: a table of names in place of a database, for tests of the short language. */
#ifndef KG_TEST_FAKE_RESOLVER_H
#define KG_TEST_FAKE_RESOLVER_H

#include "core/text.h"
#include "graph/vocab.h"
#include "query/resolver.h"

#define FAKE_EX "https://example.org/id/"

typedef struct fake_name {
  const char *name, *iri;
  unsigned roles;
  kg_name_kind kind;
  const char *graph;
} fake_name;

#define FAKE_NODE(name, id)                                                                                  \
  { name, FAKE_EX id, 0, KG_NAME_LABEL, "" }
#define FAKE_VERB(name, id)                                                                                  \
  { name, FAKE_EX id, KG_ROLE_PREDICATE, KG_NAME_LABEL, "" }
#define FAKE_CLASS(name, id)                                                                                 \
  { name, FAKE_EX id, KG_ROLE_CLASS, KG_NAME_LABEL, "" }

static const fake_name fake_names[] = {
  FAKE_VERB("gets", "gets"),
  FAKE_VERB("part of", "partOf"),
  FAKE_VERB("builds", "builds"),
  FAKE_VERB("located in", "locatedIn"),
  FAKE_VERB("brings in through", "bringsInThrough"),
  FAKE_VERB("happens on", "happensOn"),
  FAKE_VERB("ceo-of", "ceoOf"),
  FAKE_VERB("based-on", "basedOn"),
  FAKE_VERB("takes part in", "takesPartIn"),
  FAKE_VERB("owns", "owns"),
  FAKE_VERB("shows", "shows"),
  FAKE_VERB("taken-at", "takenAt"),
  FAKE_VERB("total", "total"),
  FAKE_VERB("chairs", "chairs"),
  FAKE_VERB("grows", "grows"),
  FAKE_VERB("worth", "worth"),
  FAKE_VERB("delivery-time", "deliveryTime"),
  FAKE_VERB("amount", "amount"),
  FAKE_VERB("converted-to", "convertedTo"),
  FAKE_VERB("deploys", "deploys"),
  FAKE_VERB("a", "a"),
  FAKE_VERB("b", "b"),
  FAKE_CLASS("Company", "Company"),
  FAKE_CLASS("AI factory", "AIFactory"),
  FAKE_CLASS("Event", "Event"),
  FAKE_NODE("Naver", "naver"),
  FAKE_NODE("Samsung Electronics", "samsung_electronics"),
  FAKE_NODE("삼성전자", "samsung_electronics"),
  FAKE_NODE("Samsung", "samsung"),
  FAKE_NODE("Samsung", "samsung_electronics"),
  FAKE_NODE("SK Group", "sk_group"),
  FAKE_NODE("SK", "sk_group"),
  FAKE_NODE("Korean government", "kr_government"),
  FAKE_NODE("government", "kr_government"),
  FAKE_NODE("government", "msit"),
  FAKE_NODE("MSIT", "msit"),
  FAKE_NODE("Kakao", "kakao"),
  FAKE_NODE("KT", "kt"),
  FAKE_NODE("KISTI", "kisti"),
  FAKE_NODE("Nvidia", "nvidia"),
  FAKE_NODE("Jensen Huang", "jensen_huang"),
  FAKE_NODE("SK AI cloud", "sk_ai_cloud"),
  FAKE_NODE("현대차", "hyundai"),
  FAKE_NODE("sovereign LLM", "sovereign_llm"),
  FAKE_NODE("AI-RAN", "ai_ran"),
  FAKE_NODE("quantum computing centre", "quantum_centre"),
  FAKE_NODE("Lee Jae Myung", "lee_jae_myung"),
  FAKE_NODE("GPU supply", "gpu_supply"),
  FAKE_NODE("LG Group", "lg"),
  FAKE_NODE("AI computing capability", "ai_computing"),
  FAKE_NODE("SK AI factory", "sk_ai_factory"),
  FAKE_NODE("Nvidia investment", "nvidia_investment"),
  FAKE_NODE("N-UP", "n_up"),
  { "GPU", FAKE_EX "unit/GPU", KG_ROLE_UNIT, KG_NAME_LABEL, "" },
  { "삼성", FAKE_EX "samsung", 0, KG_NAME_WRITTEN, FAKE_EX "article/1" },
  { "삼성", FAKE_EX "samsung_electronics", 0, KG_NAME_WRITTEN, FAKE_EX "article/2" },
  { "first article", FAKE_EX "article/1", 0, KG_NAME_LABEL, "" },
};
#define FAKE_COUNT (sizeof fake_names / sizeof fake_names[0])

static kg_candidate fake_candidate(const fake_name *n) {
  return (kg_candidate){ kg_str(n->iri), kg_str(n->name), kg_str(n->graph), n->kind, n->roles };
}

static bool fake_same(kgq_str a, const char *b) {
  kg_buf x, y;
  kg_buf_init(&x, NULL);
  kg_buf_init(&y, NULL);
  const bool same = kg_fold(a, &x, NULL) == KGQ_OK && kg_fold(kg_str(b), &y, NULL) == KGQ_OK &&
                    kg_str_equal(kg_buf_str(&x), kg_buf_str(&y));
  kg_buf_free(&x);
  kg_buf_free(&y);
  return same;
}

static kgq_status fake_find(void *arg, kgq_str name, kg_arena *arena, kg_candidate *out, size_t capacity,
                            size_t *count, kgq_error **err) {
  (void)arg;
  (void)arena;
  (void)err;
  *count = 0;
  for (size_t i = 0; i < FAKE_COUNT; i++) {
    if (fake_same(name, fake_names[i].name)) {
      if (*count < capacity) {
        out[*count] = fake_candidate(&fake_names[i]);
      }
      ++*count;
    }
  }
  return KGQ_OK;
}

static kgq_status fake_near(void *arg, kgq_str name, kg_arena *arena, kg_candidate *out, size_t capacity,
                            size_t *count, kgq_error **err) {
  (void)arg;
  (void)arena;
  (void)err;
  *count = 0;
  for (size_t distance = 0; distance <= name.len / 3; distance++) {
    for (size_t i = 0; i < FAKE_COUNT && *count < capacity; i++) {
      if (kg_edit_distance(name, kg_str(fake_names[i].name), distance) == distance) {
        out[(*count)++] = fake_candidate(&fake_names[i]);
      }
    }
  }
  return KGQ_OK;
}

static kgq_status fake_prefix(void *arg, kgq_str name, kg_arena *arena, kgq_str *iri, bool *found,
                              kgq_error **err) {
  static const char *const pairs[][2] = {
#define KG_PAIR(prefix, space) { prefix, space },
    KG_BUILTIN_PREFIXES(KG_PAIR)
#undef KG_PAIR
        { "ex", FAKE_EX },
  };
  (void)arg;
  (void)arena;
  (void)err;
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    if (kg_str_equal(name, kg_str(pairs[i][0]))) {
      *iri = kg_str(pairs[i][1]);
      *found = true;
    }
  }
  return KGQ_OK;
}

static kgq_status fake_shorten(void *arg, kgq_str iri, kg_arena *arena, kgq_str *out, bool *found,
                               kgq_error **err) {
  (void)arg;
  *found = kg_str_starts(iri, KG_STR(FAKE_EX));
  const size_t skip = sizeof FAKE_EX - 1;
  return *found ? kg_arena_print(arena, out, err, "ex:%.*s", (int)(iri.len - skip), iri.ptr + skip) : KGQ_OK;
}

static kgq_status fake_unit(void *arg, kgq_str name, kg_arena *arena, kgq_str *out, bool *found,
                            kgq_error **err) {
  (void)arg;
  (void)arena;
  (void)err;
  *found = kg_str_equal(name, KG_STR("GPU")) || kg_str_equal(name, KG_STR("GPUs"));
  *out = KG_STR("GPU");
  return KGQ_OK;
}

static kgq_status fake_describe(void *arg, kgq_str iri, kg_arena *arena, kgq_str *out, kgq_error **err) {
  (void)arg;
  (void)arena;
  (void)err;
  *out =
      kg_str_equal(iri, KG_STR(FAKE_EX "samsung")) ? KG_STR("Samsung, Group") : KG_STR("삼성전자, Company");
  return KGQ_OK;
}

static kgq_status fake_holds_text(void *arg, kgq_str predicate, bool *out, kgq_error **err) {
  (void)arg;
  (void)err;
  *out = kg_str_equal(predicate, KG_STR(FAKE_EX "grows"));
  return KGQ_OK;
}

static const kg_resolver fake_resolver = { NULL,          fake_find,       fake_near,
                                           fake_prefix,   fake_shorten,    fake_unit,
                                           fake_describe, fake_holds_text, NULL };

#endif
