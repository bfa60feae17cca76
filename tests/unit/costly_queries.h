/* tests/unit/costly_queries.h: 200 queries and updates that would run for hours, and the small graph they run
 * on.
 *
 * Twenty kinds of ten: cross products, filters, sorts, groups, sets, paths, regular expressions, unions,
 * optionals, EXISTS, subselects, templates. The test counts that they stop at the next batch (test_limits.c),
 * the benchmark times it (bench/limits_probe.c). Kinds marked `fills` keep what they find: they meet a memory
 * limit too.
 */
#ifndef TESTS_COSTLY_QUERIES_H
#define TESTS_COSTLY_QUERIES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/kgq.h"

#define COSTLY_THINGS  300u
#define COSTLY_LEAVES  200000u
#define COSTLY_BYTES   4096u
#define COSTLY_KINDS   20u
#define COSTLY_QUERIES 200u

#define COSTLY_CROSS "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . "

typedef struct costly_kind {
  const char *name, *text; /* # is the number of a predicate, ## a number from 0 to 9 */
  int fills;
} costly_kind;

static const costly_kind costly_kinds[COSTLY_KINDS] = {
  { "cross product", "SELECT * { ?a :p# ?b . ?c ?d ?e . ?f ?g ?h . ?i ?j ?k }", 0 },
  { "cross product kept", "SELECT * { VALUES ?z { ## } { SELECT DISTINCT * { " COSTLY_CROSS "} } }", 1 },
  { "count", "SELECT (COUNT(*) AS ?n) { " COSTLY_CROSS "FILTER(?c != ?i || ?a = :t##) }", 0 },
  { "filter",
    "SELECT * { ?a :v ?x . ?b :v ?y . ?c :v ?z . ?d :v ?w FILTER(?x + ?y * ?z - ?w > 1000000000##) }", 0 },
  { "sort", "SELECT * { " COSTLY_CROSS "?a :p# ?j } ORDER BY ?c DESC(?f) ?i", 1 },
  { "sort by expressions",
    "SELECT ?a ?d ?g { " COSTLY_CROSS "} ORDER BY (STRLEN(STR(?c)) + ##) DESC(CONCAT(STR(?f), STR(?i)))", 1 },
  { "first of a sort", "SELECT * { " COSTLY_CROSS "} ORDER BY ?f ?c LIMIT 1##", 0 },
  { "group", "SELECT ?a ?c ?d ?f ?g (COUNT(*) AS ?n) { " COSTLY_CROSS "?a :p# ?j } GROUP BY ?a ?c ?d ?f ?g",
    1 },
  { "aggregates",
    "SELECT ?f ?i (GROUP_CONCAT(STR(?a)) AS ?t) (AVG(?x) AS ?y) (MAX(?c) AS ?m) { " COSTLY_CROSS
    "?a :v ?x FILTER(?x != ##) } GROUP BY ?f ?i ?d",
    1 },
  { "count of different", "SELECT (COUNT(DISTINCT *) AS ?n) { " COSTLY_CROSS "?a :p# ?j }", 1 },
  { "path", "SELECT DISTINCT * { ?a (:p#|:p0)* ?b . ?c (:p2|:p3|^:p#)+ ?d }", 1 },
  { "path after path",
    "SELECT (COUNT(*) AS ?n) { ?a (:p0/:p#)* ?b . ?b (:p2/^:p3|:p#)* ?c . ?c (!:p#)* ?d . ?d (:p#|^:p#)+ ?e "
    "}",
    0 },
  { "path in a path", "SELECT * { ?a ((:p#|^:p1)/(:p2+|:p3?))* ?b . ?c (!(:p0|^:p#)/:p2*)* ?d . ?d :p0* ?e }",
    0 },
  { "regular expression",
    "SELECT * { ?a :n ?x . ?b :n ?y . ?c :n ?z . ?d :n ?w "
    "FILTER(REGEX(CONCAT(?x, ?y, ?z, ?w), \"(o+|n*t)+##$\", \"i\") || CONTAINS(REPLACE(?x, \"[a-z]\", ?y), "
    "\"##q\")) }",
    0 },
  { "union",
    "SELECT DISTINCT * { { ?a :p# ?b } UNION { ?b :p1 ?a } UNION { ?a ?x ?b } "
    "{ ?c :p2 ?d } UNION { ?d :p# ?c } { ?e ?f ?g } UNION { ?e :v ?g } }",
    1 },
  { "optional and minus",
    "SELECT * { ?a :v ?x . ?b :v ?y OPTIONAL { ?d :v ?w . ?e ?f ?g FILTER(?w + ?x > ?y + ##) } "
    "MINUS { ?a :p# ?b . ?b :p1 ?k . ?k :none ?l } ?h ?i ?j FILTER(STR(?j) = \"none ##\") }",
    0 },
  { "EXISTS",
    "SELECT * { ?a ?b ?c . ?d ?e ?f FILTER NOT EXISTS { ?g ?h ?i . ?j :v ?k . ?l :v ?m "
    "FILTER(?k + ?m + STRLEN(STR(?a)) = -##) } }",
    0 },
  { "subselects",
    "SELECT * { { SELECT ?a ?f (COUNT(*) AS ?n) { " COSTLY_CROSS "} GROUP BY ?a ?c ?f ?g } "
    "{ SELECT ?a ?f (SAMPLE(?h) AS ?m) { " COSTLY_CROSS "FILTER(?i != ##) } GROUP BY ?a ?f ?d ?i } }",
    1 },
  { "template", "CONSTRUCT { ?a :p# ?f . ?d :p## ?i } WHERE { " COSTLY_CROSS "BIND(UUID() AS ?j) }", 0 },
  { "update", "INSERT { ?a :p# ?f . ?d ?h ?i } WHERE { " COSTLY_CROSS "FILTER(?a != :t##) }", 1 },
};

static inline const costly_kind *costly_kind_of(unsigned number) {
  return &costly_kinds[number % COSTLY_KINDS];
}

/* Query `number` (0 .. 199) into out[COSTLY_BYTES]. */
static inline void costly_query(unsigned number, char *out) {
  const unsigned turn = number / COSTLY_KINDS;
  size_t length = (size_t)snprintf(out, COSTLY_BYTES, "PREFIX : <http://e/> ");
  for (const char *t = costly_kind_of(number)->text; *t && length + 2 < COSTLY_BYTES; t++) {
    if (t[0] == '#') {
      out[length++] = (char)('0' + (t[1] == '#' ? turn : (turn + 1) % 4));
      t += t[1] == '#' ? 1 : 0;
    } else {
      out[length++] = *t;
    }
  }
  out[length] = '\0';
}

/* N-Triples, to be freed: 300 things with four links, a number and a name. */
static inline char *costly_data(void) {
  static const char *const words[] = { "one", "two", "three", "noon", "tooth" };
  const size_t capacity = (size_t)COSTLY_THINGS * 6 * 80;
  char *out = (char *)malloc(capacity);
  size_t length = 0;
  uint32_t state = 12345;
  for (unsigned i = 0; out && i < COSTLY_THINGS; i++) {
    for (unsigned p = 0; p < 4; p++) {
      state = state * 1664525u + 1013904223u;
      length += (size_t)snprintf(out + length, capacity - length,
                                 "<http://e/t%u> <http://e/p%u> <http://e/t%u> .\n", i, p,
                                 (state >> 8) % COSTLY_THINGS);
    }
    length +=
        (size_t)snprintf(out + length, capacity - length,
                         "<http://e/t%u> <http://e/v> \"%u\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n"
                         "<http://e/t%u> <http://e/n> \"%s %s\" .\n",
                         i, state % 1000, i, words[i % 5], words[(state >> 4) % 5]);
  }
  return out;
}

/* A database in memory with `text` as its data; both NULL when that fails. */
static inline kgq_status costly_open(const char *text, kgq_db **db, kgq_conn **conn, kgq_error **err) {
  kgq_load_options options = KGQ_LOAD_OPTIONS_INIT;
  kgq_load *load = NULL;
  options.format = "nt";
  kgq_status st = kgq_open(":memory:", NULL, db, err);
  if (st == KGQ_OK) {
    st = kgq_connect(*db, conn, err);
  }
  if (st == KGQ_OK) {
    st = kgq_load_begin(*conn, &options, &load, err);
  }
  if (st == KGQ_OK) {
    st = kgq_load_bytes(load, "costly.nt", text, strlen(text), err);
  }
  if (st == KGQ_OK) {
    st = kgq_load_commit(load, NULL, err);
  }
  kgq_load_free(load);
  return st == KGQ_OK ? kgq_set(*conn, KGQ_SET_LANGUAGE, KGQ_LANG_SPARQL) : st;
}

#endif
