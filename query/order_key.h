/* query/order_key.h: the beginning of a value's place in the order of ORDER BY, as a number.
 *
 * Sorting compares these numbers and asks kg_expr_order only where they are equal. One thread.
 */
#ifndef KG_QUERY_ORDER_KEY_H
#define KG_QUERY_ORDER_KEY_H

#include "query/expr.h"

/* If key(a) < key(b) then a comes before b by kg_expr_order. Equal keys say nothing. */
kgq_status kg_order_key(kg_terms *terms, kg_id id, uint64_t *out, kgq_error **err);

/* Is the order of all of them, of one with another, the order of their numbers (kg_ids_in_order)? */
bool kg_ids_all_in_order(const kg_id *ids, uint32_t count);

#endif
