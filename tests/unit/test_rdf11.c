/* tests/unit/test_rdf11.c: what each term becomes in RDF 1.1: quantities of every bound, units, reifiers,
 * texts with a direction, blank nodes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "graph/quantity_node.h"
#include "graph/rdf11.h"
#include "graph/vocab.h"

/* ---- quantities --------------------------------------------------------------------------------- */

static const char *shortened(kgq_str iri) {
  static const char *const namespaces[] = { KG_NS_SCHEMA,
                                            KG_NS_KGQ,
                                            KG_NS_XSD,
                                            KG_NS_RDF,
                                            "http://qudt.org/schema/qudt/",
                                            "http://qudt.org/vocab/unit/" };
  for (size_t i = 0; i < sizeof namespaces / sizeof namespaces[0]; i++) {
    if (kg_str_starts(iri, kg_str(namespaces[i]))) {
      return iri.ptr + strlen(namespaces[i]);
    }
  }
  return iri.ptr;
}

/* The node without its name, as "predicate=object ...", in order. */
static void describe(const char *literal, char *out, size_t bytes) {
  const kg_term term = kg_term_typed(kg_str(literal), KG_STR(KG_KGQ_QUANTITY));
  kg_quantity_node node;
  kg_arena arena;
  bool found = false;
  size_t at = 0;
  kg_arena_init(&arena, NULL);
  assert_int_equal(kg_quantity_node_of(&term, &arena, &node, &found, NULL), KGQ_OK);
  out[0] = '\0';
  for (size_t i = 0; found && i < node.count; i++) {
    const kg_term *p = &node.properties[i].predicate, *o = &node.properties[i].object;
    if (kg_str_equal(p->text, KG_STR(KG_NS_RDF "value"))) {
      assert_true(kg_term_equal(o, &term));
      continue;
    }
    const char *const text = o->kind == KG_TERM_IRI ? shortened(o->text) : o->text.ptr;
    const int n = snprintf(out + at, bytes - at, "%s%s=%.*s", at ? " " : "", shortened(p->text),
                           (int)(o->kind == KG_TERM_IRI ? strlen(text) : o->text.len), text);
    assert_true(n > 0 && (size_t)n < bytes - at);
    at += (size_t)n;
  }
  kg_arena_free(&arena);
}

typedef struct example {
  const char *literal, *node;
} example;

static const example examples[] = {
  { "50000 GPU", "type=QuantitativeValue bound=exactly value=50000 unitText=GPU" },
  { "<=50000 GPU", "type=QuantitativeValue bound=up_to maxValue=50000 unitText=GPU" },
  { "<5", "type=QuantitativeValue bound=less_than maxValue=5 exclusive=true" },
  { "<~5", "type=QuantitativeValue bound=almost maxValue=5 exclusive=true approximate=true" },
  { "<=~5", "type=QuantitativeValue bound=up_to_about maxValue=5 approximate=true" },
  { "~5", "type=QuantitativeValue bound=about value=5 approximate=true" },
  { ">=~5", "type=QuantitativeValue bound=at_least_about minValue=5 approximate=true" },
  { ">=5", "type=QuantitativeValue bound=at_least minValue=5" },
  { ">~5", "type=QuantitativeValue bound=just_over minValue=5 exclusive=true approximate=true" },
  { ">5", "type=QuantitativeValue bound=more_than minValue=5 exclusive=true" },
  { "10..14 KRW", "type=MonetaryAmount bound=from_to minValue=10 maxValue=14 currency=KRW" },
  { "10..<14",
    "type=QuantitativeValue bound=from_to minValue=10 maxValue=14 exclusive=true exclusiveMax=true" },
  { ">10..14",
    "type=QuantitativeValue bound=from_to minValue=10 maxValue=14 exclusive=true exclusiveMin=true" },
  { "~1.5..2", "type=QuantitativeValue bound=from_to minValue=1.5 maxValue=2 approximate=true" },
  { "-1.50 %", "type=QuantitativeValue bound=exactly value=-1.5 unitText=% unitCode=P1 unit=PERCENT" },
  { "~1512000000000 JPY",
    "type=MonetaryAmount bound=about value=1512000000000 approximate=true currency=JPY" },
  { "3 a", "type=QuantitativeValue bound=exactly value=3 unitText=a unitCode=ANN unit=YR" },
  { "3 jpy", "type=QuantitativeValue bound=exactly value=3 unitText=jpy" },
  { "5 und so", "" },
  { "many", "" },
  { "", "" },
};

static void quantities_become_nodes(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
    char got[512];
    describe(examples[i].literal, got, sizeof got);
    assert_string_equal(got, examples[i].node);
  }
}

static void numbers_keep_their_type(void **state) {
  (void)state;
  kg_arena arena;
  kg_quantity_node node;
  bool found = false;
  kg_arena_init(&arena, NULL);
  const kg_term range = kg_term_typed(KG_STR("1.5..2 t"), KG_STR(KG_KGQ_QUANTITY));
  assert_int_equal(kg_quantity_node_of(&range, &arena, &node, &found, NULL), KGQ_OK);
  assert_true(found);
  assert_true(kg_str_equal(node.properties[3].object.datatype, KG_STR(KG_XSD_DECIMAL)));
  assert_true(kg_str_equal(node.properties[4].object.datatype, KG_STR(KG_XSD_INTEGER)));
  const kg_term text = kg_term_string(KG_STR("5 GPU"));
  assert_int_equal(kg_quantity_node_of(&text, &arena, &node, &found, NULL), KGQ_OK);
  assert_false(found);
  kg_arena_free(&arena);
}

/* ---- quads -------------------------------------------------------------------------------------- */

static kgq_status print_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o,
                             const kg_term *g, kgq_error **err) {
  const kg_term *const terms[] = { s, p, o, g };
  for (size_t i = 0; i < 4; i++) {
    if (terms[i]->kind != KG_TERM_NONE) {
      KGQ_TRY(kg_term_print(terms[i], arg, err));
      KGQ_TRY(kg_buf_add_text(arg, " ", err));
    }
  }
  return kg_buf_add_text(arg, ".\n", err);
}

static kgq_status project(const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                          kg_buf *out) {
  kg_rdf11 projection;
  kg_rdf11_init(&projection, NULL);
  projection.write = print_quad;
  projection.arg = out;
  projection.salt = KG_STR("00ff");
  out->len = 0;
  const kgq_status st = kg_rdf11_quad(&projection, s, p, o, g, NULL);
  assert_int_equal(kg_buf_add_byte(out, '\0', NULL), KGQ_OK);
  kg_rdf11_free(&projection);
  return st;
}

#define GENID "https://w3id.org/.well-known/genid/kgq-"

static void terms_that_1_1_does_not_have(void **state) {
  (void)state;
  kg_buf out;
  kg_buf_init(&out, NULL);
  const kg_term p = kg_term_iri(KG_STR("a:p")), none = { .kind = KG_TERM_NONE };
  const kg_term b = kg_term_bnode(KG_STR("b1")), odd = kg_term_bnode(KG_STR("\xE1\x84\x80"));
  assert_int_equal(project(&b, &p, &odd, &b, &out), KGQ_OK);
  assert_string_equal(out.bytes, "<" GENID "00ff-b1> <a:p> <" GENID "00ff-%E1%84%80> <" GENID "00ff-b1> .\n");
  kg_term text = kg_term_lang(KG_STR("x"), KG_STR("ar-EG"));
  text.direction = KG_DIR_RTL;
  assert_int_equal(project(&p, &p, &text, &none, &out), KGQ_OK);
  assert_string_equal(out.bytes, "<a:p> <a:p> \"x\"^^<https://www.w3.org/ns/i18n#ar-eg_rtl> .\n");
  kg_buf_free(&out);
}

static void reifiers_become_statement_nodes(void **state) {
  (void)state;
  kg_buf out;
  kg_buf_init(&out, NULL);
  const kg_term r = kg_term_iri(KG_STR("a:r")), none = { .kind = KG_TERM_NONE };
  const kg_term reifies = kg_term_iri(KG_STR(KG_RDF_REIFIES));
  const kg_term parts[3] = { kg_term_bnode(KG_STR("b1")), r, kg_term_string(KG_STR("x")) };
  const kg_term triple = { .kind = KG_TERM_TRIPLE, .triple = parts };
  assert_int_equal(project(&r, &reifies, &triple, &none, &out), KGQ_OK);
  assert_string_equal(out.bytes, "<a:r> <" KG_RDF_TYPE "> <" KG_RDF_STATEMENT "> .\n"
                                 "<a:r> <" KG_NS_RDF "subject> <" GENID "00ff-b1> .\n"
                                 "<a:r> <" KG_NS_RDF "predicate> <a:r> .\n"
                                 "<a:r> <" KG_NS_RDF "object> \"x\" .\n");
  const kg_term nested[3] = { r, r, triple };
  const kg_term deep = { .kind = KG_TERM_TRIPLE, .triple = nested };
  assert_int_equal(project(&r, &reifies, &deep, &none, &out), KGQ_DATA);
  assert_int_equal(project(&r, &r, &triple, &none, &out), KGQ_DATA);
  kg_buf_free(&out);
}

/* The last line of what a quad with a quantity becomes. */
static void check_link(const kg_term *p, const kg_term *o, const char *link) {
  kg_buf out;
  kg_buf_init(&out, NULL);
  const kg_term r = kg_term_iri(KG_STR("a:r")), none = { .kind = KG_TERM_NONE };
  assert_int_equal(project(&r, p, o, &none, &out), KGQ_OK);
  const bool linked = strstr(out.bytes, link) != NULL;
  assert_true(linked);
  assert_non_null(strstr(out.bytes, "> <" KG_NS_RDF "value> \"5 GPU\"^^<" KG_KGQ_QUANTITY "> .\n"));
  assert_non_null(strstr(out.bytes, "\"5 GPU\"^^<" KG_KGQ_QUANTITY "> .\n"));
  kg_buf_free(&out);
}

static void quantities_are_linked(void **state) {
  (void)state;
  const kg_term r = kg_term_iri(KG_STR("a:r")), reifies = kg_term_iri(KG_STR(KG_RDF_REIFIES));
  const kg_term converted = kg_term_iri(KG_STR(KG_NS_KGQ "converted"));
  const kg_term quantity = kg_term_typed(KG_STR("5 GPU"), KG_STR(KG_KGQ_QUANTITY));
  const kg_term parts[3] = { r, r, quantity };
  const kg_term triple = { .kind = KG_TERM_TRIPLE, .triple = parts };
  check_link(&r, &quantity, "<a:r> <a:r> \"5 GPU\"");
  check_link(&converted, &quantity, "<a:r> <" KG_NS_KGQ "statedEquivalent> <" GENID "quantity-");
  check_link(&reifies, &triple, "<a:r> <" KG_NS_KGQ "objectQuantity> <" GENID "quantity-");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(quantities_become_nodes),      cmocka_unit_test(numbers_keep_their_type),
    cmocka_unit_test(terms_that_1_1_does_not_have), cmocka_unit_test(reifiers_become_statement_nodes),
    cmocka_unit_test(quantities_are_linked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
