/* tests/model/generate.h: small data sets and queries from a seed, for the differential test.
 *
 * Data: few subjects, predicates and objects that meet often, in the default graph and three named ones;
 * numbers in many lexical forms, languages, directions, ill-typed and unknown literals, blank nodes, reifiers
 * of triple terms. Queries: text from a grammar of everything that the model covers, nested a few levels;
 * patterns are made of triples of the data, so that they match. Not all queries have a determined answer,
 * which the model says.
 */
#ifndef KG_MODEL_GENERATE_H
#define KG_MODEL_GENERATE_H

#include "tests/model/eval.h"

typedef struct model_random {
  uint64_t state;
} model_random;

model_random model_random_from(uint64_t seed);
uint32_t model_below(model_random *r, uint32_t limit); /* 0 .. limit - 1 */
bool model_chance(model_random *r, uint32_t percent);

/* The quads, which may repeat; in `arena`. */
size_t model_generate_data(kg_arena *arena, uint64_t seed, model_quad **out);
void model_write_nquads(const model_quad *quads, size_t count, kg_buf *out);
/* Text of a literal of the data's kind, as SPARQL writes it. */
const char *model_literal_text(model_random *r);
/* Query text that is likely to find something among the quads; `out` ends with a NUL. */
void model_generate_query(uint64_t seed, const model_quad *quads, size_t count, bool strict, kg_buf *out);

#endif
