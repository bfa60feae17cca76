/* tests/unit/test_parse.c: SPARQL texts to trees: what sugar becomes, tokens, limits, static checks,
 * messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ast_dump.h"
#include "core/limits.h"
#include "query/parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static kgq_status parse_text(kgq_str text, kg_ast **out, kgq_error **err) {
  const kg_parse_options o = { .base = KG_STR("http://example/base"),
                               .query_allowed = true,
                               .update_allowed = true };
  return kg_parse_sparql(text, &o, out, err);
}

static kg_ast *parse(const char *text) {
  kg_ast *ast = NULL;
  kgq_error *err = NULL;
  if (parse_text(kg_str(text), &ast, &err) != KGQ_OK) {
    char message[2000];
    kgq_error_format(err, message, sizeof message);
    print_message("%s\n%s", text, message);
    kgq_error_free(err);
  }
  return ast;
}

static void same_tree(const char *text, const char *other) {
  kg_ast *a = parse(text);
  kg_ast *b = parse(other);
  assert_non_null(a);
  assert_non_null(b);
  char *x = dump_ast(a);
  char *y = dump_ast(b);
  if (strcmp(x, y) != 0) {
    print_message("%s\n%s\n", x, y);
  }
  assert_string_equal(x, y);
  free(x);
  free(y);
  kg_ast_free(a);
  kg_ast_free(b);
}

#define P "PREFIX : <http://example/> "

static void sugar_is_gone(void **state) {
  (void)state;
  same_tree(P "SELECT * { :s :p 1, 2 ; a :C . }", P "SELECT * { :s :p 1 . :s :p 2 . :s rdf:type :C }");
  same_tree(P "SELECT ?x { ?x :p ( 1 :b ) }", P "SELECT ?x { _:a rdf:first 1 . _:a rdf:rest _:b . _:b "
                                                "rdf:first :b . _:b rdf:rest rdf:nil . ?x :p _:a }");
  same_tree(P "SELECT ?x { [ :p ?x ] :q [] }", P "SELECT ?x { _:a :p ?x . _:a :q _:b }");
  same_tree(P "SELECT * { ?s :p ?o ~ :r {| :q ?z |} }",
            P "SELECT * { ?s :p ?o . :r rdf:reifies <<( ?s :p ?o )>> . :r :q ?z }");
  same_tree(P "SELECT ?s { << ?s :p 1 >> :q 2 }",
            P "SELECT ?s { _:r rdf:reifies <<( ?s :p 1 )>> . _:r :q 2 }");
  same_tree(P "SELECT * { ?s (:p) ?o }", P "SELECT * { ?s :p ?o }");
  same_tree(P "DELETE WHERE { ?s :p 1 . GRAPH ?g { ?s :q 2 . ?s :r 3 } }",
            P "DELETE WHERE { ?s :p 1 GRAPH ?g { ?s :q 2 . ?s :r 3 } }");
  same_tree(P "CONSTRUCT WHERE { ?s :p [] }", P "CONSTRUCT { ?s :p _:x } WHERE { ?s :p _:x }");
  same_tree("SELECT * { <a> <b#c> <//d/e> }",
            "SELECT * { <http://example/a> <http://example/b#c> <http://d/e> }");
  same_tree("BASE <http://x/y/> SELECT * { <z> a <> }", "SELECT * { <http://x/y/z> a <http://x/y/> }");
}

static void tokens_are_the_longest(void **state) {
  (void)state;
  same_tree("SELECT * { ?x ?p 1.?x ?q .5 }", "SELECT * { ?x ?p 1 . ?x ?q .5 }");
  same_tree("SELECT * { ?x ?p ?a FILTER(?a-1 = ?a +2) }", "SELECT * { ?x ?p ?a FILTER(?a + -1 = ?a + +2) }");
  same_tree("SELECT*{?x a<b>}", "SELECT * { ?x rdf:type <b> }");
  same_tree("select * where { ?x ?p TRUE } limit 5", "SELECT * { ?x ?p true } LIMIT 5");
  same_tree("SELECT * { ?x ?p \"\\u00e9\\n\" }", "SELECT * { ?x ?p '''\xC3\xA9\n''' }");
}

static void kgq_has_its_own_kinds(void **state) {
  (void)state;
  kg_ast *ast =
      parse("SELECT (kgq:agree(DISTINCT ?n) AS ?ok) { ?x kgq:matches \"t\" . ?x kgq:value ?n } GROUP BY ?x");
  assert_non_null(ast);
  assert_int_equal(ast->select.projection->expr->kind, KG_EXPR_AGGREGATE);
  assert_int_equal(ast->select.projection->expr->aggregate, KG_AGG_AGREE);
  assert_true(ast->select.projection->expr->distinct);
  assert_int_equal(ast->select.where->first->kind, KG_PATTERN_MATCHES);
  assert_int_equal(ast->select.where->first->next->kind, KG_PATTERN_TRIPLE);
  kg_ast_free(ast);
}

static void basic_graph_patterns_are_numbered(void **state) {
  (void)state;
  kg_ast *ast = parse("SELECT * { ?a ?b ?c FILTER(?a) ?d ?e ?f OPTIONAL { ?g ?h ?i } ?j ?k ?l }");
  assert_non_null(ast);
  const kg_pattern *first = ast->select.where->first;
  const kg_pattern *second = first->next->next;
  assert_int_equal(first->block, second->block);
  assert_int_not_equal(first->block, second->next->first->first->block);
  assert_int_not_equal(first->block, second->next->next->block);
  kg_ast_free(ast);
}

static void star_names_what_is_in_scope(void **state) {
  (void)state;
  same_tree(
      "SELECT * { ?a ?b [] MINUS { ?c ?d ?e } FILTER EXISTS { ?f ?g ?h } BIND(1 AS ?i) VALUES ?j { 2 } }",
      "SELECT ?a ?b ?i ?j { ?a ?b [] MINUS { ?c ?d ?e } FILTER EXISTS { ?f ?g ?h } BIND(1 AS ?i) VALUES ?j { "
      "2 } }");
  same_tree("SELECT * { { SELECT ?a { ?a ?b ?c } } }", "SELECT ?a { { SELECT ?a { ?a ?b ?c } } }");
}

typedef struct bad_text {
  const char *text;
  kgq_status status;
  unsigned line, column;
  const char *message, *hint;
} bad_text;

static const bad_text bad[] = {
  { "SELECT * { ?s ?p }", KGQ_SYNTAX, 1, 18, "expected a variable or a term, not }", "" },
  { "SELECT *\n{ ?s ?p ?o", KGQ_SYNTAX, 2, 11,
    "the text ends where \"}\", \".\" or another pattern is expected", "" },
  { "SELCT * { ?s ?p ?o }", KGQ_SYNTAX, 1, 1,
    "expected SELECT, ASK, CONSTRUCT or DESCRIBE, or an update, not SELCT", "did you mean SELECT?" },
  { "SELECT * { ?s foaf:name ?o }", KGQ_SYNTAX, 1, 15,
    "no prefix is called foaf:", "write PREFIX foaf: <http://xmlns.com/foaf/0.1/> first" },
  { "SELECT * { ?s x:y ?o }", KGQ_SYNTAX, 1, 15,
    "no prefix is called x:", "declare it first: PREFIX x: <...>" },
  { "SELECT * { ?s <a b> ?o }", KGQ_SYNTAX, 1, 15, "expected a predicate, not <", NULL },
  { "SELECT ?x (1 AS ?x) { }", KGQ_SYNTAX, 1, 17, "?x stands twice in SELECT", "" },
  { "SELECT (1 AS ?x) { ?x ?p ?o }", KGQ_SYNTAX, 1, 14, "?x already has a value; AS makes new variables only",
    "" },
  { "SELECT * { ?x ?p ?o } GROUP BY ?x", KGQ_SYNTAX, 1, 10, "SELECT * cannot be grouped; name the columns",
    "" },
  { "SELECT ?o { ?x ?p ?o } GROUP BY ?x", KGQ_SYNTAX, 1, 8,
    "?o is neither a key of GROUP BY nor inside an aggregate", "" },
  { "SELECT (SUM(COUNT(?x)) AS ?y) { ?x ?p ?o }", KGQ_SYNTAX, 1, 13,
    "an aggregate cannot stand inside another one", "" },
  { "SELECT * { ?x ?p ?o FILTER(COUNT(?x) > 1) }", KGQ_SYNTAX, 1, 28,
    "an aggregate can only stand in SELECT, HAVING or ORDER BY", "" },
  { "SELECT * { ?x ?p ?o BIND(1 AS ?o) }", KGQ_SYNTAX, 1, 21,
    "?o already has a value in this group; BIND makes new variables only", "" },
  { "SELECT * { _:a ?p ?o { _:a ?q ?r } }", KGQ_SYNTAX, 1, 24,
    "blank node _:a was used in another basic graph pattern; use a variable", "" },
  { "SELECT * { VALUES (?a ?a) { (1 1) } }", KGQ_SYNTAX, 1, 23, "VALUES names ?a twice", "" },
  { "SELECT * { VALUES (?a ?b) { (1) } }", KGQ_SYNTAX, 1, 29,
    "this row has 1 values, but VALUES names 2 variables", "" },
  { "SELECT * { ?s ?p ?o FILTER(STRLEN(?s, ?o)) }", KGQ_SYNTAX, 1, 28, "STRLEN takes 1 argument, not 2", "" },
  { "SELECT * { ?s kgq:matches ?t }", KGQ_SYNTAX, 1, 27, "kgq:matches takes a text in quotes as its object",
    "" },
  { "DELETE DATA { ?s <p> <o> }", KGQ_SYNTAX, 1, 15, "a variable cannot stand in DELETE DATA", "" },
  { "DELETE { ?s <p> [] } WHERE { ?s <p> ?o }", KGQ_SYNTAX, 1, 17,
    "a blank node cannot stand in a DELETE template", "" },
  { "INSERT DATA { <s> <p> <<( 1 <q> 2 )>> }", KGQ_SYNTAX, 1, 27,
    "a literal or triple term cannot be a subject of stored triples", "" },
  { "INSERT DATA { _:b <p> 1 } ; INSERT DATA { _:b <p> 2 }", KGQ_SYNTAX, 1, 43,
    "blank node _:b was used in another INSERT DATA; use a variable", "" },
  { "SELECT * { ?s <p>+ ?o {| <q> 1 |} }", KGQ_SYNTAX, 1, 23,
    "a path has no single statement that something could be said about", "" },
  { "SELECT * { ?s ?p \"\xFF\" }", KGQ_SYNTAX, 1, 19, "the text is not valid UTF-8 here", "" },
};

static void mistakes_are_told(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(bad); i++) {
    kg_ast *ast = NULL;
    kgq_error *err = NULL;
    const kgq_status st = parse_text(kg_str(bad[i].text), &ast, &err);
    if (st != bad[i].status || kgq_error_line(err) != bad[i].line || kgq_error_column(err) != bad[i].column ||
        strcmp(kgq_error_message(err), bad[i].message) != 0 ||
        (bad[i].hint && strcmp(kgq_error_hint(err), bad[i].hint) != 0)) {
      char message[2000] = "";
      kgq_error_format(err, message, sizeof message);
      print_message("%s\nwanted %u:%u: %s\n%s", bad[i].text, bad[i].line, bad[i].column, bad[i].message,
                    message);
      wrong++;
    }
    kg_ast_free(ast);
    kgq_error_free(err);
  }
  assert_int_equal(wrong, 0);
}

/* before, then `count` times `piece`, then `middle`, then `count` times `closing`, then after */
static kgq_status parse_repeated(const char *const parts[5], size_t count) {
  kg_buf text;
  kg_ast *ast = NULL;
  kg_buf_init(&text, NULL);
  kg_buf_add_text(&text, parts[0], NULL);
  for (size_t i = 0; i < count; i++) {
    kg_buf_add_text(&text, parts[1], NULL);
  }
  kg_buf_add_text(&text, parts[2], NULL);
  for (size_t i = 0; i < count; i++) {
    kg_buf_add_text(&text, parts[3], NULL);
  }
  kg_buf_add_text(&text, parts[4], NULL);
  const kgq_status st = parse_text(kg_buf_str(&text), &ast, NULL);
  kg_ast_free(ast);
  kg_buf_free(&text);
  return st;
}

static void limits_hold(void **state) {
  (void)state;
  const char *const groups[5] = { "SELECT * ", "{", "", "}", "" };
  const char *const parens[5] = { "SELECT * { FILTER", "(", "1", ")", "}" };
  const char *const nots[5] = { "SELECT * { FILTER(", "!", "1", "", ")}" };
  const char *const sums[5] = { "SELECT * { FILTER(1", "+1", "", "", ")}" };
  const char *const alternatives[5] = { "SELECT * { ?a ?b ?c FILTER(?a = 1", "||?a=2", "", "", ")}" };
  const char *const lists[5] = { "SELECT * { ?a ?b ", "(", "1", ")", "}" };
  const char *const nested[5] = { "SELECT * { ?a ?b ", "<<( <a> <b> ", "1", " )>>", "}" };
  const char *const exists[5] = { "SELECT * ", "{FILTER EXISTS", "{}", "}", "" };
  const char *const having[5] = { "SELECT (1 AS ?x) {} ", "HAVING EXISTS{{SELECT (1 AS ?x){}", "", "}}", "" };
  const char *const triples[5] = { "SELECT * { ", "?a ?b ?c.", "", "", "}" };
  assert_int_equal(parse_repeated(groups, KG_LIMIT_NESTING), KGQ_OK);
  assert_int_equal(parse_repeated(groups, KG_LIMIT_NESTING + 1), KGQ_LIMIT);
  assert_int_equal(parse_repeated(parens, KG_LIMIT_NESTING - 1), KGQ_OK);
  assert_int_equal(parse_repeated(parens, KG_LIMIT_NESTING), KGQ_LIMIT);
  assert_int_equal(parse_repeated(nots, 100000), KGQ_LIMIT);
  assert_int_equal(parse_repeated(sums, KG_LIMIT_EXPRESSION_DEPTH - 1), KGQ_OK);
  assert_int_equal(parse_repeated(sums, KG_LIMIT_EXPRESSION_DEPTH), KGQ_LIMIT);
  assert_int_equal(parse_repeated(alternatives, 20000), KGQ_OK);
  assert_int_equal(parse_repeated(lists, 100000), KGQ_LIMIT);
  assert_int_equal(parse_repeated(nested, 50000), KGQ_LIMIT);
  assert_int_equal(parse_repeated(exists, KG_LIMIT_NESTING - 2), KGQ_OK);
  assert_int_equal(parse_repeated(exists, 1000), KGQ_LIMIT);
  assert_int_equal(parse_repeated(having, 45), KGQ_OK);
  assert_int_equal(parse_repeated(having, 1000), KGQ_LIMIT);
  assert_int_equal(parse_repeated(triples, KG_LIMIT_TRIPLE_PATTERNS), KGQ_OK);
  assert_int_equal(parse_repeated(triples, KG_LIMIT_TRIPLE_PATTERNS + 1), KGQ_LIMIT);
}

static void long_texts_are_refused(void **state) {
  (void)state;
  char *text = malloc(KG_LIMIT_QUERY_BYTES + 1);
  kg_ast *ast = NULL;
  assert_non_null(text);
  memset(text, ' ', KG_LIMIT_QUERY_BYTES + 1);
  memcpy(text, "ASK {}", 6);
  assert_int_equal(parse_text(kg_str_n(text, KG_LIMIT_QUERY_BYTES), &ast, NULL), KGQ_OK);
  kg_ast_free(ast);
  assert_int_equal(parse_text(kg_str_n(text, KG_LIMIT_QUERY_BYTES + 1), &ast, NULL), KGQ_LIMIT);
  free(text);
}

/* An allocator that gives `left` more pieces. */
typedef struct scarce {
  long left;
} scarce;

static void *scarce_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  scarce *s = arg;
  (void)old_bytes;
  if (new_bytes == 0) {
    free(ptr);
    return NULL;
  }
  return s->left-- > 0 ? realloc(ptr, new_bytes) : NULL;
}

static void lost_memory_is_no_harm(void **state) {
  (void)state;
  const kgq_str text = KG_STR(
      "PREFIX e: <http://e/> SELECT ?a (COUNT(DISTINCT ?b) AS ?c) { ?a e:p/e:q* ?b ; e:r \"\\u0041\" "
      "~ ?r {| e:s (1 2) |} VALUES (?a ?d) { (1 UNDEF) } FILTER(?a = 1 || ?b IN (2, 3)) } GROUP BY ?a");
  bool done = false;
  for (long pieces = 0; pieces < 200 && !done; pieces++) {
    scarce s = { pieces };
    const kgq_allocator allocator = { scarce_resize, &s };
    const kg_parse_options o = { .allocator = &allocator, .base = KG_STR("") };
    kg_ast *ast = NULL;
    kgq_error *err = NULL;
    const kgq_status st = kg_parse_sparql(text, &o, &ast, &err);
    assert_true(st == KGQ_OK || st == KGQ_NOMEM);
    done = st == KGQ_OK;
    s.left = 1000000;
    kg_ast_free(ast);
    kgq_error_free(err);
  }
  assert_true(done);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(sugar_is_gone),
    cmocka_unit_test(tokens_are_the_longest),
    cmocka_unit_test(kgq_has_its_own_kinds),
    cmocka_unit_test(basic_graph_patterns_are_numbered),
    cmocka_unit_test(star_names_what_is_in_scope),
    cmocka_unit_test(mistakes_are_told),
    cmocka_unit_test(limits_hold),
    cmocka_unit_test(long_texts_are_refused),
    cmocka_unit_test(lost_memory_is_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
