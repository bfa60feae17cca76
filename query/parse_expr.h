/* query/parse_expr.h: what parse_call.c gives to parse_expr.c: making expressions, and calls.
 *
 * parse_call.c lies below: it reads arguments through p->expression.
 */
#ifndef KG_QUERY_PARSE_EXPR_H
#define KG_QUERY_PARSE_EXPR_H

#include "query/parse_internal.h"

kgq_status kg_expr_new(kg_parser *p, kg_expr_kind kind, size_t offset, kg_expr **out);
/* Hangs a list of arguments below e; KGQ_LIMIT when the tree gets too deep. */
kgq_status kg_expr_set_args(kg_parser *p, kg_expr *e, kg_expr *args);
kgq_status kg_expr_binary(kg_parser *p, kg_expr_kind kind, kg_expr *left, kg_expr *right, kg_expr **out);
/* OR or AND of a list of one or more operands, as a balanced tree; operands of the same kind dissolve in it.
 */
kgq_status kg_expr_join(kg_parser *p, kg_expr_kind kind, kg_expr *list, kg_expr **out);

bool kg_at_call(const kg_parser *p); /* a built-in, an aggregate, EXISTS or NOT EXISTS */
kgq_status kg_parse_BuiltInCall(kg_parser *p, kg_expr **out);
kgq_status kg_parse_iriOrFunction(kg_parser *p, kg_expr **out);
kgq_status kg_parse_ExpressionList(kg_parser *p, kg_expr **out);

#endif
