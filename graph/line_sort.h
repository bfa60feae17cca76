/* graph/line_sort.h: sorts any number of lines in bounded memory.
 *
 * Lines are collected up to a budget, sorted, and spilled to an unnamed temporary file; at the end the runs
 * are merged. Repeated lines are given once. For exports in an order that does not depend on ids. Knows bytes
 * only.
 */
#ifndef KG_GRAPH_LINE_SORT_H
#define KG_GRAPH_LINE_SORT_H

#include "core/memory.h"

typedef struct kg_line_sort kg_line_sort;

kgq_status kg_line_sort_new(const kgq_allocator *a, size_t budget_bytes, kg_line_sort **out, kgq_error **err);
kgq_status kg_line_sort_add(kg_line_sort *sort, kgq_str line, kgq_error **err);
typedef kgq_status (*kg_line_fn)(void *arg, kgq_str line, kgq_error **err);
/* Gives every line in rising byte order. Once. */
kgq_status kg_line_sort_finish(kg_line_sort *sort, kg_line_fn fn, void *arg, kgq_error **err);
void kg_line_sort_free(kg_line_sort *sort);

#endif
