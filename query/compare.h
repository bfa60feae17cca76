/* query/compare.h: the operators = < <= > >= by value, and the total order of ORDER BY, MIN and MAX.
 *
 * SPARQL 1.2 17.3 (operator mapping) and 15.1; quantities by docs/FACTS.md 5.2. kg_expr_order of expr.h is
 * here.
 */
#ifndef KG_QUERY_COMPARE_H
#define KG_QUERY_COMPARE_H

#include "query/value.h"

/* a = b: 1, 0, or -1 for an error. Terms are read as far as needed; `arena` holds what must be written for
 * it. */
kgq_status kg_value_equal(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, int *out,
                          kgq_error **err);
/* a < b and its like. */
kgq_status kg_value_test(kg_terms *terms, kg_arena *arena, kg_value *a, kg_relation relation, kg_value *b,
                         int *out, kgq_error **err);
/* The same RDF term. */
kgq_status kg_value_same_term(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, bool *out,
                              kgq_error **err);
/* Language tags are equal without regard to case (BCP 47, 2.1.1). */
bool kg_lang_equal(kgq_str a, kgq_str b);
/* Values of a lower family come before those of a higher one in ORDER BY: 0 .. 10. */
int kg_order_family(kg_value_kind kind);
/* The order of the two ids is the order of their values: integers; texts of the base range (graph/id.h). */
bool kg_ids_in_order(kg_id a, kg_id b);
/* A number as a quantity without unit; false: not finite or too long. */
bool kg_value_as_quantity(const kg_value *v, kg_quantity *out);

#endif
