/* tests/unit/test_paths.c: property paths: ends, multiplicities, cycles, zero length; kgq:matches; triple
 * terms. */
#include "engine_fixture.h"

static const char *const links =
    "INSERT DATA { :a :p :b . :b :p :c . :c :p :a . :c :p :d . :a :q :b . :a :r :b . :d :q :e . "
    "GRAPH :g { :a :p :z . :z :p :a } }";

static const char *const facts = "INSERT DATA { GRAPH :art { :sam :deploys 5 . :r1 rdf:reifies <<( :sam "
                                 ":deploys 5 )>> ; :status \"planned\" . "
                                 ":r2 rdf:reifies <<( :sam :denies :x )>> . "
                                 ":r3 rdf:reifies <<( :b1 :says <<( :sam :deploys 5 )>> )>> } "
                                 "GRAPH :about { :sam <http://www.w3.org/2004/02/skos/core#prefLabel> "
                                 "\"Samsung Electronics\"@en , \"삼성전자\"@ko . "
                                 ":ik <http://www.w3.org/2004/02/skos/core#prefLabel> \"IKT\" . :kt "
                                 "<http://www.w3.org/2004/02/skos/core#prefLabel> "
                                 "\"KT\" } }";

static int setup(void **state) {
  static fixture f;
  fixture_open(&f);
  run_update(&f, links);
  *state = &f;
  return 0;
}

static int teardown(void **state) {
  fixture_close((fixture *)*state);
  return 0;
}

static void test_closures(void **state) {
  static const query_case cases[] = {
    { "SELECT ?x FROM :none { :a :p* ?x }", ":a" }, /* a constant reaches itself in an empty graph */
    { "SELECT ?x { GRAPH :g { :a :p+ ?x } }", ":a\n:z" },
    { "SELECT ?x { GRAPH :g { :a :p* ?x } }", ":a\n:z" },
    { "SELECT ?g ?x { GRAPH ?g { :a :p+ ?x } }", ":g :a\n:g :z" },
    { "SELECT ?x { :a :p+ ?x }", ":a\n:b\n:c\n:d\n:z" }, /* a cycle */
    { "SELECT ?x { ?x :p+ :d }", ":a\n:b\n:c\n:z" },
    { "SELECT ?x { ?x :p* :nowhere }", ":nowhere" },
    { "SELECT ?x { :a :p? ?x }", ":a\n:b\n:z" },
    { "ASK { :a :p+ :d }", "true" },
    { "ASK { :d :p+ :a }", "false" },
    { "ASK { :nowhere :p* :nowhere }", "true" },
    { "SELECT ?x ?y { ?x :q+ ?y }", ":a :b\n:d :e" },
    { "SELECT (COUNT(*) AS ?n) { ?x :nothing* ?y }", "6" }, /* every node with itself: a b c d e z */
    { "SELECT ?x { ?x :p+ ?x }", ":a\n:b\n:c\n:z" },
    { "SELECT ?x { VALUES ?x { :a :nowhere } ?x :nothing* ?y }",
      ":a" }, /* a variable ranges over nodes only */
    { "SELECT ?x ?y { VALUES ?x { :c } ?x :p+ ?y FILTER(?y = :d) }", ":c :d" },
    { "SELECT ?y { :a (:p/:p)* ?y }", ":a\n:b\n:c\n:d\n:z" },
    { "SELECT ?y { :a (^:p)+ ?y }", ":a\n:b\n:c\n:z" },
    { "SELECT ?y { :c (:p|:q)+ ?y FILTER(?y IN (:d, :e)) }", ":d\n:e" },
    { "SELECT ?y { :d (:q*)* ?y }", ":d\n:e" },
    { "SELECT ?x ?y { ?x :q ?m . ?m :p+ ?y . FILTER(?y = :d) }", ":a :d" },
    { "SELECT ?y { :a (!(:q|:r))+ ?y }", ":a\n:b\n:c\n:d\n:z" },
  };
  CHECK_CASES((fixture *)*state, cases);
}

static void test_multiplicities(void **state) {
  static const query_case cases[] = {
    { "SELECT ?y { :a :p|:q ?y }", ":b\n:b\n:z" },  /* alternatives add up */
    { "SELECT ?y { :a (:q|:r)/:p ?y }", ":c\n:c" }, /* sequences multiply */
    { "SELECT ?y { :a !:p ?y }", ":b" },            /* negated sets do not (18.4) */
    { "SELECT ?y { :b !^:p ?y }", ":a" },
    { "SELECT ?y { :b !(:q|^:p) ?y }", ":a\n:c" },
    { "SELECT ?y { :b ^:p ?y }", ":a" },
    { "SELECT ?y { :b ^(:q|:r) ?y }", ":a\n:a" },
    { "SELECT ?y { :a (:q|:r)? ?y }", ":a\n:b" }, /* and neither do repeated ones */
    { "SELECT ?y { :a (:q|:r)+ ?y }", ":b" },
    { "SELECT ?y { :a :q/:p/:p ?y }", ":a\n:d" },
  };
  CHECK_CASES((fixture *)*state, cases);
}

static void test_triple_terms(void **state) {
  fixture f;
  (void)state;
  fixture_open(&f);
  run_update(&f, facts);
  static const query_case cases[] = {
    { "SELECT ?r ?n { ?r rdf:reifies <<( :sam :deploys ?n )>> }", ":r1 5" },
    { "SELECT ?r ?p { ?r rdf:reifies <<( :sam ?p ?o )>> }", ":r1 :deploys\n:r2 :denies" },
    { "SELECT ?r ?n { ?r rdf:reifies <<( ?who :says <<( :sam :deploys ?n )>> )>> }", ":r3 5" },
    { "SELECT ?n ?s { :sam :deploys ?n ~ ?r . ?r :status ?s }", "5 \"planned\"" },
    { "SELECT ?n ?s { << :sam :deploys ?n >> :status ?s }", "5 \"planned\"" },
    { "SELECT ?r { ?r rdf:reifies <<( :sam :deploys 5 )>> }", ":r1" },
    { "SELECT ?r { ?r rdf:reifies <<( :sam :deploys 6 )>> }", "" },
    { "SELECT ?g ?r { GRAPH ?g { ?r rdf:reifies <<( ?s :denies ?o )>> } }", ":art :r2" },
    { "SELECT ?o { ?r rdf:reifies ?t . FILTER(isTRIPLE(?t)) BIND(OBJECT(?t) AS ?o) FILTER(isNUMERIC(?o)) }",
      "5" },
    { "SELECT ?r { BIND(<<( :sam :denies :x )>> AS ?t) ?r rdf:reifies ?t }", ":r2" },
    { "DESCRIBE :sam FROM :art",
      ":r1 :status \"planned\"\n:r1 <" KG_RDF_REIFIES
      "> <<( <http://e/sam> <http://e/deploys> \"5\"^^<" KG_XSD_INTEGER "> )>>\n:sam :deploys 5" },
    { "CONSTRUCT { ?r rdf:reifies <<( ?o :of ?s )>> } { ?r rdf:reifies <<( ?s :denies ?o )>> }",
      ":r2 <" KG_RDF_REIFIES "> <<( <http://e/x> <http://e/of> <http://e/sam> )>>" },
  };
  CHECK_CASES(&f, cases);
  fixture_close(&f);
}

#define MATCHES "<" KG_NS_KGQ "matches>"

static void test_matches(void **state) {
  fixture f;
  (void)state;
  fixture_open(&f);
  run_update(&f, facts);
  static const query_case cases[] = {
    { "SELECT ?x { ?x " MATCHES " \"samsung\" FILTER(isIRI(?x)) }", ":sam" },
    { "SELECT ?x { ?x " MATCHES " \"삼성\" FILTER(isIRI(?x)) }", ":sam" }, /* CJK: any part */
    { "SELECT ?x { ?x " MATCHES " \"KT\" FILTER(isIRI(?x)) }", ":kt" },    /* not in IKT */
    { "SELECT ?x { ?x " MATCHES " \"elec\" }", "" },
    { "SELECT ?x { ?x " MATCHES " \"elec*\" FILTER(isIRI(?x)) }", ":sam" },
    { "SELECT ?s { ?r :status ?s . ?s " MATCHES " \"PLANNED\" }", "\"planned\"" }, /* a literal, folded */
    { "SELECT ?x ?n { ?x :deploys ?n . ?x " MATCHES " \"samsung electronics\" }", ":sam 5" },
    { "SELECT ?x { ?x :deploys ?n FILTER NOT EXISTS { ?x " MATCHES " \"samsung\" } }", "" },
  };
  CHECK_CASES(&f, cases);
  fixture_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_closures),
    cmocka_unit_test(test_multiplicities),
    cmocka_unit_test(test_triple_terms),
    cmocka_unit_test(test_matches),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
