/* query/expr_exact.h: arithmetic and comparisons of short exact numbers without values. For expr_eval.c. */
#ifndef KG_QUERY_EXPR_EXACT_H
#define KG_QUERY_EXPR_EXACT_H

#include "query/calc.h"

/* Is it + - * / over variables and numbers? */
bool kg_exact_computes(const kg_cexpr *e);
/* Is it a comparison of two such, or of a variable or number with one? */
bool kg_exact_compares(const kg_cexpr *e);
/* The truth of the comparison in a row; 2: the numbers are not that short, or no exact numbers. */
int kg_exact_truth(const kg_cexpr *e, uint32_t row);
/* What it computes in a row; false: the same. */
bool kg_exact_value(const kg_cexpr *e, uint32_t row, kg_value *out);

#endif
