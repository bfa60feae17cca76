/* tests/unit/test_short.c: the short language: the examples become the SPARQL they stand for, names are found
 * as the rules say, and mistakes are told with their place and a remedy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ast_dump.h"
#include "fake_resolver.h"
#include "query/parse.h"
#include "short_examples.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static kg_parse_options options(void) {
  return (kg_parse_options){ .resolver = &fake_resolver, .query_allowed = true, .update_allowed = true };
}

static kg_ast *parse(const char *text, bool sparql) {
  const kg_parse_options o = options();
  kg_ast *ast = NULL;
  kgq_error *err = NULL;
  const kgq_status st =
      sparql ? kg_parse_sparql(kg_str(text), &o, &ast, &err) : kg_parse_short(kg_str(text), &o, &ast, &err);
  if (st != KGQ_OK) {
    char message[2000];
    kgq_error_format(err, message, sizeof message);
    print_message("%s\n%s", text, message);
    kgq_error_free(err);
    return NULL;
  }
  return ast;
}

static void print(const kg_ast *ast, const char *what) {
  kg_buf out;
  kg_buf_init(&out, NULL);
  assert_int_equal(kg_ast_print(ast, true, &out, NULL), KGQ_OK);
  print_message("%s:\n%.*s\n", what, (int)out.len, out.bytes);
  kg_buf_free(&out);
}

/* The short text means the SPARQL text. */
static bool means(const char *name, const char *text, const char *sparql) {
  kg_ast *got = parse(text, false);
  kg_ast *want = parse(sparql, true);
  bool same = false;
  if (got && want) {
    char *a = dump_ast(got);
    char *b = dump_ast(want);
    same = strcmp(a, b) == 0;
    if (!same) {
      print_message("%s: %s\n", name, text);
      print(got, "got");
      print(want, "wanted");
    }
    free(a);
    free(b);
  }
  kg_ast_free(got);
  kg_ast_free(want);
  return same;
}

static void examples_mean_their_sparql(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(short_examples); i++) {
    const short_example *e = &short_examples[i];
    wrong += !means(e->name, e->text, e->sparql);
  }
  assert_int_equal(wrong, 0);
}

static void examples_print_as_they_are_read(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(short_examples); i++) {
    kg_ast *got = parse(short_examples[i].text, false);
    kg_buf out;
    assert_non_null(got);
    kg_buf_init(&out, NULL);
    assert_int_equal(kg_ast_print(got, i % 2 == 0, &out, NULL), KGQ_OK);
    assert_int_equal(kg_buf_add_byte(&out, '\0', NULL), KGQ_OK);
    assert_true(means(short_examples[i].name, short_examples[i].text, out.bytes));
    kg_buf_free(&out);
    kg_ast_free(got);
  }
}

static const short_example more[] = {
  { "full width", "Naver　gets　？ｎ，？ｎ　＞＝　５００　GPU",
    "SELECT ?n { ex:naver ex:gets ?n FILTER(?n >= \"500 GPU\"^^kgq:quantity) }" },
  { "brackets", "【SK Group】 gets ?n", "SELECT ?n { ex:sk_group ex:gets ?n }" },
  { "spaces in brackets", "[ SK \t Group ] gets ?n", "SELECT ?n { ex:sk_group ex:gets ?n }" },
  { "pasted quotes", "?x name “N” , ?y name „M“, ?x part-of ?y",
    "SELECT DISTINCT ?x ?y { ?x skos:prefLabel ?_1 . ?y skos:prefLabel ?_2 . ?x ex:partOf ?y "
    "FILTER(STR(?_1) = \"N\") FILTER(STR(?_2) = \"M\") }" },
  { "less than", "?x gets ?a, ?x owns ?b, ?a<?b",
    "SELECT ?x ?a ?b { ?x ex:gets ?a . ?x ex:owns ?b FILTER(?a < ?b) }" },
  { "IRI", "<https://example.org/id/naver> gets ?n", "SELECT ?n { ex:naver ex:gets ?n }" },
  { "prefix", "ex:naver ex:gets ?n", "SELECT ?n { ex:naver ex:gets ?n }" },
  { "exponent", "?x gets 1.5e3 GPU",
    "SELECT DISTINCT ?x { ?x ex:gets ?_1 FILTER(?_1 = \"1500 GPU\"^^kgq:quantity) }" },
  { "small", "?x gets 25e-4 GPU",
    "SELECT DISTINCT ?x { ?x ex:gets ?_1 FILTER(?_1 = \"0.0025 GPU\"^^kgq:quantity) }" },
  { "zeros", "?x gets 007.50 GPU",
    "SELECT DISTINCT ?x { ?x ex:gets ?_1 FILTER(?_1 = \"7.5 GPU\"^^kgq:quantity) }" },
  { "nought", "?x gets 0.00 GPU",
    "SELECT DISTINCT ?x { ?x ex:gets ?_1 FILTER(?_1 = \"0 GPU\"^^kgq:quantity) }" },
  { "plural", "?x gets 5 GPUs",
    "SELECT DISTINCT ?x { ?x ex:gets ?_1 FILTER(?_1 = \"5 GPU\"^^kgq:quantity) }" },
  { "per cent", "?x gets 4.5 %",
    "SELECT DISTINCT ?x { ?x ex:gets ?_1 FILTER(?_1 = \"4.5 %\"^^kgq:quantity) }" },
  { "double", "?x gets ?n, ?n > 1e3", "SELECT ?x ?n { ?x ex:gets ?n FILTER(?n > 1e3) }" },
  { "underscores", "?x gets ?n, ?n > 2_000_000", "SELECT ?x ?n { ?x ex:gets ?n FILTER(?n > 2000000) }" },
  { "negative", "?x gets ?n, ?n > -5", "SELECT ?x ?n { ?x ex:gets ?n FILTER(?n > -5) }" },
  { "very term", "?x name \"N\"@ko", "SELECT ?x { ?x skos:prefLabel \"N\"@ko }" },
  { "datatype", "?x name \"5\"^^xsd:int", "SELECT ?x { ?x skos:prefLabel \"5\"^^xsd:int }" },
  { "true", "?x owns true", "SELECT ?x { ?x ex:owns true }" },
  { "date", "?e happens-on 2025-10-31",
    "SELECT DISTINCT ?e { ?e ex:happensOn ?_1 FILTER(kgq:day(?_1) = \"2025-10-31\"^^xsd:date) }" },
  { "december", "?e happens-on ?d, ?d <= 2025-12",
    "SELECT ?e ?d { ?e ex:happensOn ?d FILTER(kgq:day(?d) < \"2026-01-01\"^^xsd:date) }" },
  { "not in a month", "?e happens-on ?d, ?d != 2025-10",
    "SELECT ?e ?d { ?e ex:happensOn ?d FILTER(kgq:day(?d) < \"2025-10-01\"^^xsd:date || "
    "kgq:day(?d) >= \"2025-11-01\"^^xsd:date) }" },
  { "moment", "?e happens-on ?d, ?d > 2025-10-31T17:29",
    "SELECT ?e ?d { ?e ex:happensOn ?d FILTER(?d > \"2025-10-31T17:29:00\"^^xsd:dateTime) }" },
  { "date first", "?e happens-on ?d, 2025-10-31 < ?d",
    "SELECT ?e ?d { ?e ex:happensOn ?d FILTER(kgq:day(?d) > \"2025-10-31\"^^xsd:date) }" },
  { "text list", "?x name ?n, ?n = (\"a\", \"b\")",
    "SELECT ?x ?n { ?x skos:prefLabel ?n FILTER(STR(?n) = \"a\" || STR(?n) = \"b\") }" },
  { "object list", "?x gets (5, Naver)",
    "SELECT DISTINCT ?x { ?x ex:gets ?_1 FILTER(?_1 IN (5, ex:naver)) }" },
  { "each in a condition", "?x gets ?y, ?y != ~Samsung",
    "SELECT ?x ?y { ?x ex:gets ?y FILTER(?y NOT IN (ex:samsung, ex:samsung_electronics)) }" },
  { "each alone", "~Samsung",
    "SELECT DISTINCT ?subject ?verb ?object ?article { VALUES ?_1 { ex:samsung ex:samsung_electronics } "
    "GRAPH ?article "
    "{ { ?_1 ?verb ?object BIND(?_1 AS ?subject) } UNION { ?subject ?verb ?_1 BIND(?_1 AS ?object) } } }" },
  { "status", "?x gets ?n @ _ (status planned)",
    "SELECT DISTINCT ?x ?n { GRAPH ?_1 { ?x ex:gets ?n ~ ?_2 . ?_2 kgq:status kgq:planned } }" },
  { "qualifiers only", "?x gets ?n @ (status ?s)",
    "SELECT DISTINCT ?x ?n ?s { GRAPH ?_1 { ?x ex:gets ?n ~ ?_2 . ?_2 kgq:status ?s } }" },
  { "inverse of many", "?x ^part-of+ ?y", "SELECT ?x ?y { ?x ^(ex:partOf+) ?y }" },
  { "not a condition", "?x gets ?n, not ?n > 5", "SELECT ?x ?n { ?x ex:gets ?n FILTER(!(?n > 5)) }" },
  { "conditions in braces", "?x gets ?n, {?n > 5, ?n < 9} or not_a(?n)", NULL },
  { "both", "?x gets ?n, {?n > 5, ?n < 9} or ?n = 1",
    "SELECT ?x ?n { ?x ex:gets ?n FILTER((?n > 5 && ?n < 9) || ?n = 1) }" },
  { "search in or", "?x gets ?n, ?x ~ \"a\" or ?n > 5",
    "SELECT ?x ?n { ?x ex:gets ?n FILTER(EXISTS { ?x kgq:matches \"a\" } || ?n > 5) }" },
  { "grouped braces", "{?x gets ?n, ?x owns ?y}", "SELECT ?x ?n ?y { ?x ex:gets ?n . ?x ex:owns ?y }" },
  { "fresh names", "?_1 gets _", "SELECT DISTINCT ?_1 { ?_1 ex:gets ?_2 }" },
  { "arithmetic", "?x gets ?n | let ?m = (?n + 1) * 2 - ?n / 3",
    "SELECT ?x ?n ?m { ?x ex:gets ?n BIND((?n + 1) * 2 - ?n / 3 AS ?m) }" },
  { "functions", "?x name ?n | let ?m = if(length(?n) > 3, text(?n), label(?x, \"ko\"))", NULL },
  { "function by id", "?x gets ?n | let ?m = kgq:value(?n)",
    "SELECT ?x ?n ?m { ?x ex:gets ?n BIND(kgq:value(?n) AS ?m) }" },
  { "yes or no function", "?x gets ?n, ?x owns ?m, compatible(?n, ?m)",
    "SELECT ?x ?n ?m { ?x ex:gets ?n . ?x ex:owns ?m FILTER(kgq:compatible(?n, ?m)) }" },
  { "count rows", "?x gets _ | count", "SELECT (COUNT(*) AS ?count) { ?x ex:gets ?_1 }" },
  { "count, yes or no", "Naver gets _ | count", "SELECT (COUNT(*) AS ?count) { ex:naver ex:gets ?_1 }" },
  { "twice aggregated", "?x gets ?n @ ?a | sum ?n by ?a | avg ?n",
    "SELECT (AVG(?n_2) AS ?n) { { SELECT ?a (SUM(?n_1) AS ?n_2) { GRAPH ?a { ?x ex:gets ?n_1 } } GROUP BY ?a "
    "} }" },
  { "top inside", "?x gets ?n | sort ?n desc | top 5 | where ?n > 3",
    "SELECT ?x ?n { { SELECT ?x ?n { ?x ex:gets ?n } ORDER BY DESC(?n) LIMIT 5 } FILTER(?n > 3) } ORDER BY "
    "DESC(?n)" },
  { "order lost", "?x gets ?n | sort ?n | top 5 | show ?x",
    "SELECT DISTINCT ?x { { SELECT ?x ?n { ?x ex:gets ?n } ORDER BY ?n LIMIT 5 } }" },
  { "shown, then counted", "?x gets ?n | show ?x | count ?x",
    "SELECT (COUNT(DISTINCT ?x) AS ?count) { { SELECT ?x { ?x ex:gets ?n } } }" },
  { "distinct, then counted", "?x gets _ | distinct | count",
    "SELECT (COUNT(*) AS ?count) { { SELECT DISTINCT ?x { ?x ex:gets ?_1 } } }" },
  { "shown with a name", "?x gets ?n | show ?x, value(?n) as ?v",
    "SELECT DISTINCT ?x (kgq:value(?n) AS ?v) { ?x ex:gets ?n }" },
  { "let then where", "?x gets ?n | let ?v = value(?n) | where ?v > 2",
    "SELECT ?x ?n ?v { ?x ex:gets ?n BIND(kgq:value(?n) AS ?v) FILTER(?v > 2) }" },
  { "skip and top", "?x gets ?n | skip 5 | top 2 | top 1",
    "SELECT ?x ?n { { SELECT ?x ?n { ?x ex:gets ?n } LIMIT 2 OFFSET 5 } } LIMIT 1" },
  { "semicolon", "?x gets ?n ;", "SELECT ?x ?n { ?x ex:gets ?n }" },
  { "comment", "?x gets ?n # all of them, or > 5", "SELECT ?x ?n { ?x ex:gets ?n }" },
  { "written in that article", "삼성 gets ?n @ [first article]",
    "SELECT ?n { GRAPH <https://example.org/id/article/1> { ex:samsung ex:gets ?n } }" },
  { "keyword as a name", "[or] gets ?n", NULL },
  { "predicate as a value", "?x ?v Naver, ?v != part-of",
    "SELECT ?x ?v { ?x ?v ex:naver FILTER(?v != ex:partOf) }" },
};

static void more_texts_mean_their_sparql(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(more); i++) {
    if (more[i].sparql) {
      wrong += !means(more[i].name, more[i].text, more[i].sparql);
    }
  }
  assert_int_equal(wrong, 0);
}

typedef struct bad_text {
  const char *text;
  unsigned column;
  const char *message, *hint;
} bad_text;

/* SHORT-LANGUAGE 3.2, row by row, and some more. */
static const bad_text bad[] = {
  { "Samsung gets ?n", 1, "Samsung is 2 nodes",
    "1 ex:samsung              Samsung, Group\n        2 ex:samsung_electronics  삼성전자, Company\n"
    "        write ex:samsung, or ~Samsung for any of them" },
  { "?x depolys ?n", 4, "no verb is called depolys", "did you mean deploys?" },
  { "?who gets ?num, ?nun > 5 GPU", 17, "nothing gives ?nun a value",
    "it occurs only here; did you mean ?num?" },
  { "SK Group deploys ?n", 1, "SK Group are 2 words",
    "a name of several words goes in brackets: [SK Group]" },
  { "?x takes part in ?y", 4, "takes part in are 3 words",
    "a name of several words goes in brackets: [takes part in] (or takes-part-in)" },
  { "Nvidai gets ?n", 1, "no node is called Nvidai", "did you mean Nvidia?" },
  { "?x name Samsumg", 9, "no node is called Samsumg", "`name` holds text: write \"Samsumg\"" },
  { "?who gets ?n ?n > 5", 14, "this does not belong to the clause before it", "missing comma?" },
  { "?who gets ?n and ?n > 5", 14, "\"and\" is written as a comma", "or [and] if it is a name" },
  { "Samsung deploys", 16, "this statement has no object", "write what follows the verb, or _ for anything" },
  { "?who gets 50,000 GPU", 11, "commas do not group digits here", "write 50_000 or 50000" },
  { "?n >= 260.000.000 GPU", 7, "dots do not group digits here", "write 260_000_000" },
  { "?n > 26만 GPU", 6, "26만 is not a number", "numbers have digits and an exponent: 26e4" },
  { "?x gets 5 GPUz", 11, "no unit is called GPUz", "did you mean GPU?" },
  { "?x gets ?n -5", 12, "two values in a row", "put spaces around + and -" },
  { "?x name 'Samsung'", 9, "this quote mark is not used", "text goes in \"…\", names in […]" },
  { "?x gets $n", 9, "variables begin with ?", "write ?n" },
  { "[SK Group gets ?n", 1, "this [name is never closed", "add ]" },
  { "{?who gets ?n", 1, "this { is never closed", "add }" },
  { "50000 GPU gets ?x", 1, "a number, date or text cannot do anything", "turn it round" },
  { "?x part-of|owns ?y", 11, "either-or of verbs needs parentheses", "write (part-of|owns)" },
  { "not ?x a ?n or ?x b ?y", 13, "\"or\" cannot follow not or maybe",
    "braces: not {a or b}, or {not a} or b" },
  { "?x gets ?n or ?n > 5 GPU", 15, "one side of \"or\" is a statement, the other only a condition",
    "{?x a ?y, ?y > 1} or ..." },
  { "?x part-of+ ?y @ ?a (status ?s)", 16, "qualifiers belong to one statement, a path has several",
    "write the steps as clauses" },
  { "?x gets ?n | sort ?m", 19, "there is no column ?m here", "columns: ?x ?n" },
  { "?x gets ?n | limit 5", 14,
    "after | comes one of: show let where count sum min max avg list agree sort top skip distinct",
    "did you mean top?" },
  { "?x gets ?n | count(?n)", 14, "stages take no parentheses", "write | count ?x" },
  { "?a < ?b < ?c", 9, "two comparisons in a row", "?a < ?b, ?b < ?c" },
  { "(?n > 5 GPU)", 5, "a comparison cannot stand in parentheses", "use braces" },
  { "wiki:Q5 gets ?n", 1, "no prefix is called wiki:", "as a name write [wiki:Q5]" },
  { "Naver(part-of|owns) ?y", 1, "no function is called Naver", "put a space before (" },
  /* beyond the table */
  { "?x gets ?n | cuont ?n", 14,
    "after | comes one of: show let where count sum min max avg list agree sort top skip distinct",
    "did you mean count?" },
  { "?x gets ?n | let ?n = 5", 18, "?n is already a column", "choose another name" },
  { "?x gets ?n, Naver", 13, "Naver alone says nothing here",
    "write a verb behind it; a name alone is a whole query" },
  { "?x gets ?n, ?x", 13, "this is no statement",
    "write who does what, such as ?x gets ?n, or compare it, such as ?n > 5" },
  { "?x gets ?n @ ?a | where ?x owns ?n", 25, "behind where stand only conditions",
    "statements come before the first |" },
  { "?x gets ?n, maybe ?n > 5", 13, "maybe takes a statement, not only a condition",
    "maybe {?x gets ?n, ?n > 5}" },
  { "{?x gets ?n} or {?y owns ?m, ?n > 5}", 30, "nothing gives ?n a value", NULL },
  { "?x happens-on 2025-02-30", 15, "there is no such date", "" },
  { "?x gets ?n, vlaue(?n) > 5", 13, "no function is called vlaue", "did you mean value?" },
  { "?x gets ?n, value(?n, 1) > 5", 13, "value takes 1 value, not 2", "" },
  { "?x owns \"open", 9, "this text is never closed", "add \"" },
  { "?x gets ?n | top 2.5", 18, "expected a whole number, not 2.5", "" },
  { "?who part-of SK Group", 14, "SK Group are 2 words",
    "a name of several words goes in brackets: [SK Group]" },
  { "SK Group", 1, "SK Group are 2 words", "a name of several words goes in brackets: [SK Group]" },
  { "?n ~ 5, ?x gets ?n", 6, "on the right of ~ stands a text in quotes", "" },
  { "?x named ?n @ ?a (status ?s)", 13, "qualifiers belong to one statement, a path has several",
    "write the steps as clauses" },
  { "", 1, "there is no query here", "" },
  { "?x gets ?n }", 12, "this } closes nothing", "" },
  { "현대차 gets ?n ?m", 13, "this does not belong to the clause before it", "missing comma?" },
};

static bool fails_so(const bad_text *b) {
  const kg_parse_options o = options();
  kg_ast *ast = NULL;
  kgq_error *err = NULL;
  const kgq_status st = kg_parse_short(kg_str(b->text), &o, &ast, &err);
  const bool same = st != KGQ_OK && strcmp(kgq_error_message(err), b->message) == 0 &&
                    kgq_error_column(err) == b->column &&
                    (!b->hint || strcmp(kgq_error_hint(err), b->hint) == 0);
  if (!same) {
    char message[2000] = "";
    kgq_error_format(err, message, sizeof message);
    print_message("%s\nwanted %u: %s (%s)\n%s\n", b->text, b->column, b->message, b->hint ? b->hint : "",
                  message);
  }
  kgq_error_free(err);
  kg_ast_free(ast);
  return same;
}

static void mistakes_are_told(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT(bad); i++) {
    wrong += !fails_so(&bad[i]);
  }
  assert_int_equal(wrong, 0);
}

static void languages_are_told_apart(void **state) {
  (void)state;
  static const char *const sparql[] = { "SELECT * {}", "ask{}", " # c\nPREFIX x: <y>", "Clear ALL",
                                        "with <g> ..." };
  static const char *const other[] = { "Naver",          "[Ask] gets ?n",
                                       "ask-me gets ?n", "Selected gets ?n",
                                       "?x gets ?n",     "" };
  for (size_t i = 0; i < COUNT(sparql); i++) {
    assert_true(kg_is_sparql(kg_str(sparql[i])));
  }
  for (size_t i = 0; i < COUNT(other); i++) {
    assert_false(kg_is_sparql(kg_str(other[i])));
  }
  kg_parse_options o = options();
  kg_ast *ast = NULL;
  kgq_error *err = NULL;
  assert_int_equal(kg_parse(KG_STR("Ask gets ?n"), KGQ_LANG_AUTO, &o, &ast, &err), KGQ_SYNTAX);
  assert_string_equal(kgq_error_hint(err),
                      "this is read as SPARQL; a name in the short language is written [Ask]");
  kgq_error_free(err);
}

static void check_term(const char *text, const char *expected) {
  kg_parse_options o = options();
  kg_arena arena;
  kg_buf printed;
  kg_term term;
  kgq_error *err = NULL;
  kg_arena_init(&arena, NULL);
  kg_buf_init(&printed, NULL);
  const kgq_status st = kg_parse_term(kg_str(text), &o, &arena, &term, &err);
  if (expected) {
    assert_int_equal(st, KGQ_OK);
    assert_int_equal(kg_term_print(&term, &printed, NULL), KGQ_OK);
    assert_int_equal(kg_buf_add_byte(&printed, '\0', NULL), KGQ_OK);
    assert_string_equal(printed.bytes, expected);
  } else {
    assert_int_not_equal(st, KGQ_OK);
  }
  kgq_error_free(err);
  kg_buf_free(&printed);
  kg_arena_free(&arena);
}

static void single_terms_are_read(void **state) {
  (void)state;
  check_term("\"x\"@ko", "\"x\"@ko");
  check_term("ex:samsung", "<https://example.org/id/samsung>");
  check_term("<https://a/b>", "<https://a/b>");
  check_term("50000 GPU", "\"50000 GPU\"^^<https://w3id.org/kgq#quantity>");
  check_term("14e12 KRW", "\"14000000000000 KRW\"^^<https://w3id.org/kgq#quantity>");
  check_term("2025-10-31", "\"2025-10-31\"^^<http://www.w3.org/2001/XMLSchema#date>");
  check_term("5", "\"5\"^^<http://www.w3.org/2001/XMLSchema#integer>");
  check_term("true", "\"true\"^^<http://www.w3.org/2001/XMLSchema#boolean>");
  check_term("Naver", "<https://example.org/id/naver>");
  check_term("[SK Group]", "<https://example.org/id/sk_group>");
  check_term("?x", NULL);
  check_term("Samsung", NULL);
  check_term("5 6", NULL);
  check_term("", NULL);
}

/* An allocator that gives `left` more pieces. */
static void *scarce_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  long *left = arg;
  (void)old_bytes;
  if (new_bytes == 0) {
    free(ptr);
    return NULL;
  }
  return (*left)-- > 0 ? realloc(ptr, new_bytes) : NULL;
}

static void lost_memory_is_no_harm(void **state) {
  (void)state;
  const kgq_str text =
      KG_STR("(Naver, [SK Group]) gets ?n @ ?a (status planned, maybe quote ?q), ~Samsung owns \"x\", "
             "?n > 5 GPU or ?n = 3, not ?a named _ | sum ?n by ?a | where ?n > 2e3 | sort ?n | top 5");
  bool done = false;
  for (long pieces = 0; pieces < 400 && !done; pieces++) {
    long left = pieces;
    const kgq_allocator allocator = { scarce_resize, &left };
    kg_parse_options o = options();
    kg_ast *ast = NULL;
    kgq_error *err = NULL;
    o.allocator = &allocator;
    const kgq_status st = kg_parse_short(text, &o, &ast, &err);
    assert_true(st == KGQ_OK || st == KGQ_NOMEM);
    done = st == KGQ_OK;
    kg_ast_free(ast);
    kgq_error_free(err);
  }
  assert_true(done);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(examples_mean_their_sparql),   cmocka_unit_test(examples_print_as_they_are_read),
    cmocka_unit_test(more_texts_mean_their_sparql), cmocka_unit_test(mistakes_are_told),
    cmocka_unit_test(languages_are_told_apart),     cmocka_unit_test(single_terms_are_read),
    cmocka_unit_test(lost_memory_is_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
