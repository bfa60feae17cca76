/* tests/model/value.h: terms as values, for the naive reference evaluator of SPARQL.
 *
 * Written from the specification alone (SPARQL 1.2 section 17; XPath functions; XSD 1.1), sharing nothing
 * with query/ but the syntax tree. A value is a pointer to a term; NULL is "unbound" and "error" at once, as
 * in section 17.2. Slow and obvious on purpose. Does not know expressions or solutions.
 *
 * Ownership: everything lives in the arena of the struct model; when memory ends the test program ends.
 */
#ifndef KG_MODEL_VALUE_H
#define KG_MODEL_VALUE_H

#include "graph/term.h"

typedef const kg_term *model_value;

/* Ordered as numeric types are promoted (XPath 3.1, B.1). */
typedef enum { MODEL_NO_NUMBER, MODEL_INTEGER, MODEL_DECIMAL, MODEL_FLOAT, MODEL_DOUBLE } model_rank;
typedef struct model_number {
  model_rank rank;
  kg_decimal exact; /* INTEGER, DECIMAL */
  double real;      /* FLOAT, DOUBLE */
} model_number;

/* Result of a comparison. */
typedef enum { MODEL_ERROR = -1, MODEL_FALSE = 0, MODEL_TRUE = 1 } model_truth;
#define MODEL_UNORDERED 2

void *model_alloc(kg_arena *arena, size_t bytes); /* zeroed; ends the program without memory */

/* Making terms. */
model_value model_term(kg_arena *arena, kg_term term);
model_value model_text(kg_arena *arena, kgq_str text); /* xsd:string */
model_value model_boolean(kg_arena *arena, bool value);
model_value model_whole(kg_arena *arena, int64_t value);
model_value model_number_term(kg_arena *arena, const model_number *number); /* canonical form */

/* Reading terms. */
bool model_is_string(model_value v); /* xsd:string */
bool model_is_text(model_value v);   /* xsd:string or a language string */
bool model_datatype_is(model_value v, const char *iri);
model_number model_number_of(model_value v); /* rank NO_NUMBER: not numeric, or ill-typed */
int model_boolean_of(model_value v);         /* -1: no valid xsd:boolean */
bool model_datetime_of(model_value v, kg_date *out);
bool model_same(model_value a, model_value b); /* the same term, or both none */

model_truth model_ebv(model_value v);                  /* 17.2.2 */
model_truth model_equal(model_value a, model_value b); /* = of 17.3 */
model_truth model_not_equal(model_value a, model_value b);
model_truth model_less(model_value a, model_value b);       /* < of 17.3 */
model_truth model_less_equal(model_value a, model_value b); /* <= of 17.3 */
/* 15.1: -1 or 1 where the order is defined, 0 for the same term, MODEL_UNORDERED where nothing is said. */
int model_order(model_value a, model_value b);

/* + - * / of 17.3; NULL for an error. */
model_value model_arithmetic(kg_arena *arena, char operation, model_value a, model_value b);

#endif
