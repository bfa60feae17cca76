/* tests/conformance/dataset.h: an RDF dataset in memory, and isomorphism of two.
 *
 * A naive store for tests: every term is interned, quads are rows of term numbers. Filled through a kg_sink.
 * Knows no files: the drivers read them.
 */
#ifndef KG_TESTS_CONFORMANCE_DATASET_H
#define KG_TESTS_CONFORMANCE_DATASET_H

#include "core/map.h"
#include "loaders/sink.h"

typedef struct dataset_term {
  kg_term term;      /* strings in the dataset's arena */
  uint32_t parts[3]; /* of a triple term: term numbers */
  bool has_bnode;
  uint64_t hash; /* of a ground term; language tags without case */
} dataset_term;

typedef struct dataset {
  kg_arena arena;
  kg_map index; /* canonical text -> term number */
  dataset_term *terms;
  size_t term_count, term_capacity;
  uint32_t (*quads)[4]; /* s p o g; g 0: default graph */
  size_t quad_count, quad_capacity;
} dataset;

void dataset_init(dataset *d);
void dataset_free(dataset *d);
kg_sink dataset_sink(dataset *d);
/* Sorts and drops repeated quads. Before comparing. */
void dataset_finish(dataset *d);
/* Is there a one-to-one renaming of blank nodes that makes the two equal? */
bool dataset_isomorphic(const dataset *a, const dataset *b);
/* The number of an IRI, UINT32_MAX if it does not occur. */
uint32_t dataset_iri(const dataset *d, const char *iri);
/* The first object of (s, p), UINT32_MAX if there is none. */
uint32_t dataset_object(const dataset *d, uint32_t s, uint32_t p);

#endif
