/* tests/conformance/manifest.h: W3C test manifests, read with our own Turtle reader.
 *
 * Follows mf:include, lists mf:entries. Gives each entry with its action, result and the dataset it stands
 * in, so that other suites can look up their own properties. Does not run anything.
 */
#ifndef KG_TESTS_CONFORMANCE_MANIFEST_H
#define KG_TESTS_CONFORMANCE_MANIFEST_H

#include "tests/conformance/dataset.h"

#define W3C_BASE "https://w3c.github.io/rdf-tests/"
#define NS_MF    "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
#define NS_RDFT  "http://www.w3.org/ns/rdftest#"
#define NS_QT    "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
#define NS_UT    "http://www.w3.org/2009/sparql/tests/test-update#"

#define MANIFEST_PATH_BYTES 1024

typedef struct manifest_entry {
  const char *suite;  /* folder of the manifest below the root, such as "rdf/rdf12/rdf-turtle/eval" */
  const char *id;     /* fragment of the test's IRI */
  const char *type;   /* full IRI of rdf:type */
  const char *action; /* path below the root, or "" */
  const char *result; /* likewise */
  const dataset *data;
  uint32_t node; /* the test in data */
} manifest_entry;

typedef struct test_root {
  const char *folder; /* of the W3C checkout */
  kg_map *visited;    /* manifests read so far: the 1.2 suites include those of 1.1 */
  uint32_t plan_off,
      batch_rows; /* for queries: rewrites and joins that are off, size of batches; 0: as usual */
} test_root;

/* Reads `path` below the root; base IRI: its published one. */
kgq_status read_dataset(const test_root *root, const char *path, dataset *out, kgq_error **err);
/* The same, into graph `iri` of a dataset that holds more; dataset_finish is left to the caller. */
kgq_status read_graph(const test_root *root, const char *path, const char *iri, dataset *out,
                      kgq_error **err);
/* The bytes of a file below the root. */
kgq_status read_text(const test_root *root, const char *path, kg_buf *out, kgq_error **err);
/* The path below the root that an IRI of the published tests names; "" for others. */
void manifest_path(const dataset *d, uint32_t number, char out[MANIFEST_PATH_BYTES]);

typedef void (*entry_fn)(void *arg, const manifest_entry *entry);
/* Calls fn for each entry of the manifest and of those it includes. Included manifests that are not there are
 * told on stderr. */
kgq_status manifest_each(const test_root *root, const char *path, entry_fn fn, void *arg, kgq_error **err);

#endif
