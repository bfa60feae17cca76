/* tests/model/function.h: functions on terms of SPARQL 1.2 section 17.4.2 to 17.4.5 and the casts of 17.5.
 *
 * A subset, chosen so that each result is determined: no regular expressions, no random or fresh terms, no
 * digests.
 */
#ifndef KG_MODEL_FUNCTION_H
#define KG_MODEL_FUNCTION_H

#include "tests/model/model.h"

/* Most arguments that the model passes; only CONCAT takes more than three. */
#define MODEL_ARGUMENTS_MAX 8

/* Is the function one of the model's? Functional forms (BOUND, IF, COALESCE) are not: expr.c has them. */
bool model_function_known(const kg_expr *call);
/* The arguments are values, none of them an error; NULL: an error. */
model_value model_function(kg_arena *arena, const kg_expr *call, const model_value *args, size_t count);
/* TRIPLE(s, p, o), also of <<( s p o )>>. */
model_value model_triple_term(kg_arena *arena, const model_value *args);

#endif
