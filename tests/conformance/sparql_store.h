/* tests/conformance/sparql_store.h: a database in memory as the SPARQL tests use it, through kgq.h alone.
 *
 * Strict default graph, SPARQL only. Loads files of the W3C checkout under their published base, asks,
 * exports. Does not judge answers.
 */
#ifndef KG_TESTS_CONFORMANCE_SPARQL_STORE_H
#define KG_TESTS_CONFORMANCE_SPARQL_STORE_H

#include "tests/conformance/manifest.h"
#include "tests/conformance/results.h"

typedef struct store {
  kgq_db *db;
  kgq_conn *conn;
} store;

typedef struct answer {
  int32_t form;
  results table; /* SELECT, ASK */
  dataset graph; /* CONSTRUCT, DESCRIBE */
} answer;

kgq_status store_open(store *s, kgq_error **err);
void store_close(store *s);
/* graph NULL: the default graph. RDF/XML is taken from its converted copy. */
kgq_status store_load(store *s, const test_root *root, const char *path, const char *graph, kgq_error **err);
/* Prepares the text of the file `path`, with its published IRI as base. */
kgq_status store_prepare(store *s, const char *path, kgq_str text, kgq_stmt **out, kgq_error **err);
kgq_status store_export(store *s, dataset *out, kgq_error **err);

void answer_init(answer *a);
void answer_free(answer *a);
/* All rows of a query, by kgq_step. */
kgq_status answer_step(kgq_stmt *stmt, answer *out, kgq_error **err);
/* The same again from the start, through our writer of a format and a reader. */
kgq_status answer_written(kgq_stmt *stmt, const char *format, answer *out, kgq_error **err);

#endif
