/* tests/model/answers.h: answers of queries as text, and whether two of them are the same up to blank nodes.
 */
#ifndef KG_MODEL_ANSWERS_H
#define KG_MODEL_ANSWERS_H

#include "tests/model/eval.h"

typedef struct model_answers {
  bool yes; /* ASK */
  uint32_t width;
  kgq_str *names; /* of columns; NULL: by position */
  kgq_str **rows; /* cells in N-Triples; empty: unbound */
  size_t count;
} model_answers;

typedef enum { MODEL_MULTISET, MODEL_SET, MODEL_REDUCED } model_comparison;

model_answers model_answers_of(kg_arena *arena, const model_result *result);
kgq_str model_cell(kg_arena *arena, const kg_term *term); /* NULL: unbound */
/* REDUCED: `tested` may have fewer copies of a row. Blank nodes are told apart by where they occur; two
 * answers that differ only in how blank nodes of the same surroundings are connected count as the same. */
bool model_answers_same(kg_arena *arena, const model_answers *expected, const model_answers *tested,
                        model_comparison comparison);
void model_answers_print(const model_answers *answers, kg_form form);

#endif
