/* tests/conformance/suites.h: results of the tests, by suite, and what runs them.
 *
 * The driver (conformance.c) gives each manifest entry to the runner that knows its type; a runner says what
 * came of it. Suites that nobody runs are told plainly.
 */
#ifndef KG_TESTS_CONFORMANCE_SUITES_H
#define KG_TESTS_CONFORMANCE_SUITES_H

#include "tests/conformance/manifest.h"

typedef enum { TEST_NOT_MINE, TEST_PASSED, TEST_FAILED, TEST_OUT_OF_SCOPE } test_result;

/* `why` receives what went wrong, its first line a summary; or why a test is out of scope. */
typedef test_result (*suite_runner)(const test_root *root, const manifest_entry *entry, char *why,
                                    size_t why_bytes);

/* N-Triples, N-Quads, Turtle, TriG: rdf_suites.c. */
test_result run_rdf_test(const test_root *root, const manifest_entry *entry, char *why, size_t why_bytes);
/* SPARQL queries, updates, syntax and result formats: sparql_suites.c. */
test_result run_sparql_test(const test_root *root, const manifest_entry *entry, char *why, size_t why_bytes);
/* Can the judges say no? Adds to both counts: self_checks.c. */
void run_self_checks(unsigned *tests, unsigned *passed);

#endif
