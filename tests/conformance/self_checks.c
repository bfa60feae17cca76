/* tests/conformance/self_checks.c: that the judges of the SPARQL suites can say no.
 *
 * Pairs of answers with the verdict that belongs to them, and texts the readers of results must refuse. Runs
 * before the suites and counts among the tests.
 */
#include <stdio.h>

#include "tests/conformance/results.h"
#include "tests/conformance/suites.h"

typedef struct pair {
  const char *name, *format, *got, *expected;
  compare_mode mode;
  bool same;
  bool settled; /* numbers by value */
} pair;

#define SRX(head, rows)                                                                                      \
  "<sparql xmlns='http://www.w3.org/2005/sparql-results#'><head>" head "</head><results>" rows               \
  "</results></sparql>"
#define X1              "<variable name='x'/>"
#define XB(inner)       "<result><binding name='x'>" inner "</binding></result>"
#define SRJ(vars, rows) "{\"head\":{\"vars\":[" vars "]},\"results\":{\"bindings\":[" rows "]}}"

static const pair pairs[] = {
  { "order does not matter", "tsv", "?x\n1\n2\n", "?x\n2\n1\n", COMPARE_BAG, true, false },
  { "order matters", "tsv", "?x\n1\n2\n", "?x\n2\n1\n", COMPARE_ORDER, false, false },
  { "ordered and equal", "tsv", "?x\n1\n1\n2\n", "?x\n1\n1\n2\n", COMPARE_ORDER, true, false },
  { "columns in another order", "tsv", "?x\t?y\n1\t2\n", "?y\t?x\n2\t1\n", COMPARE_BAG, true, false },
  { "another variable", "tsv", "?x\n1\n", "?y\n1\n", COMPARE_BAG, false, false },
  { "a variable more", "tsv", "?x\t?y\n1\t\n", "?x\n1\n", COMPARE_BAG, false, false },
  { "a row too often", "tsv", "?x\n1\n1\n2\n", "?x\n1\n2\n2\n", COMPARE_BAG, false, false },
  { "a row missing", "tsv", "?x\n1\n", "?x\n1\n1\n", COMPARE_BAG, false, false },
  { "terms, not values", "tsv", "?x\n01\n", "?x\n1\n", COMPARE_BAG, false, false },
  { "another datatype", "tsv", "?x\n\"1\"\n", "?x\n1\n", COMPARE_BAG, false, false },
  { "IRI and text", "tsv", "?x\n<a:b>\n", "?x\n\"a:b\"\n", COMPARE_BAG, false, false },
  { "numbers by value", "tsv", "?x\n6.0\n1E1\n", "?x\n6.00\n10e0\n", COMPARE_BAG, true, true },
  { "another value", "tsv", "?x\n6.0\n", "?x\n6.1\n", COMPARE_BAG, false, true },
  { "the same value of another type", "tsv", "?x\n6.0\n", "?x\n6e0\n", COMPARE_BAG, false, true },
  { "integers stay as written", "tsv", "?x\n06\n", "?x\n6\n", COMPARE_BAG, false, true },
  { "unbound and empty text", "tsv", "?x\t?y\n1\t\n", "?x\t?y\n1\t\"\"\n", COMPARE_BAG, false, false },
  { "tags without case", "tsv", "?x\n\"a\"@EN-gb\n", "?x\n\"a\"@en-GB\n", COMPARE_BAG, true, false },
  { "another tag", "tsv", "?x\n\"a\"@en\n", "?x\n\"a\"@fr\n", COMPARE_BAG, false, false },
  { "another direction", "tsv", "?x\n\"a\"@en--ltr\n", "?x\n\"a\"@en--rtl\n", COMPARE_BAG, false, false },
  { "renamed blank nodes", "tsv", "?x\t?y\n_:a\t_:b\n_:b\t_:a\n", "?x\t?y\n_:c\t_:d\n_:d\t_:c\n", COMPARE_BAG,
    true, false },
  { "one renaming for all rows", "tsv", "?x\t?y\n_:a\t1\n_:a\t2\n", "?x\t?y\n_:a\t1\n_:b\t2\n", COMPARE_BAG,
    false, false },
  { "blank nodes stay apart", "tsv", "?x\t?y\n_:a\t_:a\n", "?x\t?y\n_:a\t_:b\n", COMPARE_BAG, false, false },
  { "renamed, in order", "tsv", "?x\n_:a\n_:b\n_:a\n", "?x\n_:q\n_:p\n_:q\n", COMPARE_ORDER, true, false },
  { "not renamed alike, in order", "tsv", "?x\n_:a\n_:b\n_:a\n", "?x\n_:q\n_:p\n_:p\n", COMPARE_ORDER, false,
    false },
  { "inside triple terms", "tsv", "?x\n<<( _:a <p:> _:b )>>\n", "?x\n<<( _:b <p:> _:b )>>\n", COMPARE_BAG,
    false, false },
  { "reduced", "tsv", "?x\n1\n2\n", "?x\n1\n1\n2\n", COMPARE_LAX, true, false },
  { "reduced to nothing", "tsv", "?x\n1\n", "?x\n1\n1\n2\n", COMPARE_LAX, false, false },
  { "more than without REDUCED", "tsv", "?x\n1\n2\n2\n", "?x\n1\n1\n2\n", COMPARE_LAX, false, false },
  { "quotation marks of CSV", "csv", "x\n\"4,4\"\n", "x\n4.4\n", COMPARE_BAG, false, false },
  { "labels in CSV", "csv", "x,y\n_:a,1\n", "x,y\r\n_:b,1\r\n", COMPARE_BAG, true, false },
  { "XML", "xml", SRX(X1, XB("<literal>a&lt;&#x62;</literal>")),
    SRX(X1, XB("<literal><![CDATA[a<b]]></literal>")), COMPARE_BAG, true, false },
  { "XML of another text", "xml", SRX(X1, XB("<literal>a</literal>")), SRX(X1, XB("<literal>a </literal>")),
    COMPARE_BAG, false, false },
  { "JSON", "json", SRJ("\"x\"", "{\"x\":{\"type\":\"literal\",\"value\":\"\\u00e9\\ud83d\\ude00\"}}"),
    SRJ("\"x\"", "{\"x\":{\"value\":\"\xC3\xA9\xF0\x9F\x98\x80\",\"type\":\"literal\"}}"), COMPARE_BAG, true,
    false },
  { "JSON of another kind", "json", SRJ("\"x\"", "{\"x\":{\"type\":\"uri\",\"value\":\"a:b\"}}"),
    SRJ("\"x\"", "{\"x\":{\"type\":\"literal\",\"value\":\"a:b\"}}"), COMPARE_BAG, false, false },
  { "true is not false", "json", "{\"head\":{},\"boolean\":true}", "{\"head\":{},\"boolean\":false}",
    COMPARE_BAG, false, false },
  { "true is not an empty answer", "json", "{\"head\":{},\"boolean\":true}", SRJ("", ""), COMPARE_BAG, false,
    false },
};

typedef struct refusal {
  const char *format, *text;
} refusal;

static const refusal refusals[] = {
  { "json", "" },
  { "json", "{\"head\":{\"vars\":[]}}" },
  { "json", SRJ("\"x\",", "") },
  { "json", SRJ("\"x\",\"x\"", "") },
  { "json", SRJ("\"x\"", "{\"y\":{\"type\":\"uri\",\"value\":\"a:b\"}}") },
  { "json", SRJ("\"x\"", "{\"x\":{\"type\":\"uri\",\"value\":\"a:b\",\"datatype\":\"c:d\"}}") },
  { "json", SRJ("\"x\"", "{\"x\":{\"type\":\"literal\",\"value\":\"a\nb\"}}") },
  { "json", SRJ("\"x\"", "{\"x\":{\"type\":\"literal\",\"value\":\"\\ud83d\"}}") },
  { "json", SRJ("\"x\"", "{\"x\":{\"type\":\"typed\",\"value\":\"a\"}}") },
  { "json", SRJ("\"x\"", "") "x" },
  { "xml", "" },
  { "xml", "<sparql><head/><results/></sparql>" },
  { "xml", SRX(X1, XB("<uri>a:b</uri><uri>a:b</uri>")) },
  { "xml", SRX(X1, XB("<literal>a & b</literal>")) },
  { "xml", SRX(X1, XB("<literal>a\x01</literal>")) },
  { "xml", SRX(X1, XB("<literal xml:lang='en' its:dir='ltr'>a</literal>")) },
  { "xml", SRX(X1, "<result><binding name='y'><uri>a:b</uri></binding></result>") },
  { "xml", SRX(X1, XB("<uri>a:b</iri>")) },
  { "xml", "<!DOCTYPE sparql>" SRX(X1, "") },
  { "tsv", "x\n1\n" },
  { "tsv", "?x\n1\t2\n" },
  { "tsv", "?x\t?y\n1\n" },
  { "tsv", "?x\n1 2\n" },
};

static bool check_pair(const pair *p) {
  results got, expected;
  results_init(&got);
  results_init(&expected);
  const bool read = results_read(&got, kg_str(p->got), p->format, NULL) == KGQ_OK &&
                    results_read(&expected, kg_str(p->expected), p->format, NULL) == KGQ_OK;
  if (p->settled) {
    (void)results_settle_numbers(&got, NULL);
    (void)results_settle_numbers(&expected, NULL);
  }
  const bool right = read && results_same(&got, &expected, p->mode) == p->same;
  if (!right) {
    (void)printf("FAILED self check: %s%s\n", p->name, read ? "" : " (not read)");
  }
  results_free(&got);
  results_free(&expected);
  return right;
}

static bool check_refusal(const refusal *f) {
  results r;
  results_init(&r);
  const bool refused = results_read(&r, kg_str(f->text), f->format, NULL) != KGQ_OK;
  if (!refused) {
    (void)printf("FAILED self check: accepted as %s: %s\n", f->format, f->text);
  }
  results_free(&r);
  return refused;
}

void run_self_checks(unsigned *tests, unsigned *passed) {
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    *tests += 1;
    *passed += check_pair(&pairs[i]);
  }
  for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
    *tests += 1;
    *passed += check_refusal(&refusals[i]);
  }
}
