/* tests/unit/test_print.c: a tree printed as SPARQL and read again is the same tree; and what the text looks
 * like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ast_dump.h"
#include "query/parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define P            "PREFIX : <http://example/> PREFIX x: <http://example/x/> "

static kg_ast *parse(kgq_str text) {
  const kg_parse_options o = { .base = KG_STR("http://example/"),
                               .query_allowed = true,
                               .update_allowed = true };
  kg_ast *ast = NULL;
  kgq_error *err = NULL;
  if (kg_parse_sparql(text, &o, &ast, &err) != KGQ_OK) {
    char message[2000];
    kgq_error_format(err, message, sizeof message);
    print_message("%.*s\n%s", (int)text.len, text.ptr, message);
    kgq_error_free(err);
  }
  return ast;
}

/* Something of every kind that a tree can hold. */
static const char *const texts[] = {
  "SELECT * {}",
  P
  "SELECT DISTINCT ?s (?o + 1 AS ?p) { ?s :a ?o ; x:b 'x'@en--ltr, \"y\\\"\\n\"^^x:t , 1.0, 1e5, -3, true }",
  P "SELECT REDUCED ?s { ?s :a/x:b|^(:c/:d)* ?o . ?s !(:a|^:b) ?o . ?s !:a+ ?p . ?s (:a|:b)/:c? ?q . ?s ^:a* "
    "?r . ?s (^:a)* ?t }",
  P
  "SELECT ?s { { ?s a :C } UNION { ?s :p [] . } UNION {} OPTIONAL { ?s :q ( 1 ?x ) } MINUS { _:b :p _:b } }",
  P "SELECT ?s FROM :g FROM NAMED x:h { GRAPH ?g { ?s ?p ?o } SERVICE SILENT <http://e/> { ?s ?p ?q } }",
  P "SELECT ?s { VALUES (?s ?t) { (:a UNDEF) (UNDEF 2) } VALUES ?u { <<( :a :b <<( :c a 1 )>> )>> } VALUES "
    "() { () } }",
  P "SELECT ?s { ?s ?p ?o FILTER(?o = 1 || ?o < 2 && !(?o > 3) || ?o IN (1, :a) || ?o NOT IN ()) }",
  P "SELECT ?s { ?s ?p ?o FILTER((?o - 1) - 2 - (3 - 4) * 5 / (6 / ?o) = -(?o) + - 5 - -5) }",
  P "SELECT ?s { ?s ?p ?o FILTER(!!BOUND(?o) && -(-(?o)) = +?o) FILTER EXISTS { ?s :q ?o FILTER NOT EXISTS "
    "{} } }",
  P "SELECT ?s { ?s ?p ?o BIND(IF(REGEX(STR(?o), 'a', 'i'), COALESCE(), CONCAT()) AS ?x) BIND(x:f(?o, "
    "RAND()) AS ?y) }",
  P "SELECT ?s { ?s ?p ?o BIND(<<( ?s :p <<( :a :b ?o )>> )>> AS ?t) FILTER(isTRIPLE(?t)) BIND(IRI('rel') AS "
    "?i) }",
  P "SELECT ?s (COUNT(*) AS ?n) (GROUP_CONCAT(DISTINCT ?o; SEPARATOR='|') AS ?g) (kgq:agree(?o) AS ?a) { ?s "
    "?p ?o } "
    "GROUP BY ?s (STR(?p) AS ?k) DATATYPE(?o) HAVING (COUNT(?o) > 1) (MIN(?o) < 2) ORDER BY DESC(?n) ?s (?n "
    "+ 1) LIMIT 5 "
    "OFFSET 2 VALUES ?s { :a }",
  P "SELECT ?s { { SELECT ?s (SUM(?o) AS ?t) { ?s ?p ?o } GROUP BY ?s ORDER BY ?t LIMIT 1 } ?s :q ?t }",
  P "SELECT ?s { ?s :p ?o ~ ?r {| :q ?z |} {| :q2 1 |} . << ?s :p ?o ~ :r >> :q << :a :b :c >> . _:u.1 :p "
    "_:anon.1 }",
  P "SELECT ?s { ?s kgq:matches \"t\" . ?s :p <rel> . ?s :q <http://other/%20> . ?s :r x:a-b . ?s :t "
    "<http://example/x/-c> }",
  P "ASK { ?s ?p ?o } HAVING (1)",
  P "CONSTRUCT { ?s :p _:b . _:b :q [] } WHERE { ?s ?p ?o } LIMIT 3",
  P "CONSTRUCT WHERE { ?s :p _:b . _:b :q <<( ?s :p [] )>> }",
  P "DESCRIBE :a ?s { ?s ?p ?o }",
  P "DESCRIBE *  { ?s ?p ?o }",
  P "DESCRIBE :a",
  P "INSERT DATA { :a :b 1 . GRAPH x:g { :a :b _:c . _:c :d <<( :a :b 2 )>> } GRAPH :h { :a :b 3 } :a :b 4 }",
  P "DELETE DATA { :a :b 1 } ; DELETE WHERE { ?s :p ?o GRAPH ?g { ?s :q ?o } ?s :r ?o }",
  P "WITH :g DELETE { ?s :p ?o } INSERT { GRAPH ?g { ?s :q [] } } USING :h USING NAMED :i WHERE { ?s ?p ?o "
    "GRAPH ?g {} }",
  P "DELETE {} WHERE {} ; INSERT { ?s :p 1 } WHERE { ?s ?p ?o }",
  P "LOAD SILENT <http://e/x> INTO GRAPH :g ; LOAD <y> ; CLEAR ALL ; DROP SILENT NAMED ; CREATE GRAPH :g ; "
    "ADD :a TO "
    "DEFAULT ; MOVE SILENT DEFAULT TO :b ; COPY GRAPH :a TO :b",
};

static void printing_and_reading_change_nothing(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(texts) * 2; i++) {
    kg_ast *ast = parse(kg_str(texts[i / 2]));
    kg_buf out;
    kg_buf_init(&out, NULL);
    assert_non_null(ast);
    assert_int_equal(kg_ast_print(ast, i % 2 == 0, &out, NULL), KGQ_OK);
    kg_ast *again = parse(kg_buf_str(&out));
    assert_non_null(again);
    char *a = dump_ast(ast);
    char *b = dump_ast(again);
    if (strcmp(a, b) != 0) {
      print_message("%.*s\n%s\n%s\n", (int)out.len, out.bytes, a, b);
    }
    assert_string_equal(a, b);
    free(a);
    free(b);
    kg_buf_free(&out);
    kg_ast_free(ast);
    kg_ast_free(again);
  }
}

static void prints(const char *text, bool pretty, const char *expected) {
  kg_ast *ast = parse(kg_str(text));
  kg_buf out;
  kg_buf_init(&out, NULL);
  assert_non_null(ast);
  assert_int_equal(kg_ast_print(ast, pretty, &out, NULL), KGQ_OK);
  assert_int_equal(kg_buf_add_byte(&out, '\0', NULL), KGQ_OK);
  assert_string_equal(out.bytes, expected);
  kg_buf_free(&out);
  kg_ast_free(ast);
}

static void texts_are_short_and_plain(void **state) {
  (void)state;
  prints(P "SELECT ?s { ?s a x:c ; <http://example/p> ((1)) FILTER((?s)) }", false,
         "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX x: <http://example/x/> "
         "PREFIX : <http://example/> SELECT ?s WHERE { ?s a x:c . _:anon.2 rdf:first 1 . _:anon.2 rdf:rest "
         "rdf:nil . "
         "_:anon.1 rdf:first _:anon.2 . _:anon.1 rdf:rest rdf:nil . ?s :p _:anon.1 . FILTER(?s) }");
  prints(P "SELECT ?s WHERE { ?s :p ?o ~ ?r . ?r :q 1 OPTIONAL { ?s :t ?v } FILTER(?o > 1 && (?o < 2)) } "
           "ORDER BY ?s",
         true,
         "PREFIX : <http://example/>\n"
         "SELECT ?s WHERE {\n"
         "  ?s :p ?o ~ ?r .\n"
         "  ?r :q 1 .\n"
         "  OPTIONAL { ?s :t ?v . }\n"
         "  FILTER(?o > 1 && ?o < 2)\n"
         "} ORDER BY ?s");
  prints("ASK { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> "
         "\"x\"^^<http://www.w3.org/2001/XMLSchema#string> }",
         false,
         "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> ASK WHERE { ?s skos:prefLabel \"x\" . }");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(printing_and_reading_change_nothing),
    cmocka_unit_test(texts_are_short_and_plain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
