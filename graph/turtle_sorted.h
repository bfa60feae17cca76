/* graph/turtle_sorted.h: Turtle and TriG of any size in bounded memory: sorted and grouped, nothing folded.
 *
 * What the Turtle writer does with a dataset that is too large to look at as a whole. Each quad becomes one
 * line of its terms in Turtle notation; the lines are sorted (line_sort.h), so that equal datasets give equal
 * bytes whatever the order in which they come.
 */
#ifndef KG_GRAPH_TURTLE_SORTED_H
#define KG_GRAPH_TURTLE_SORTED_H

#include "graph/turtle_print.h"
#include "graph/writer.h"

typedef struct kg_turtle_sorted kg_turtle_sorted;

/* `out` and `names` must outlive it. */
kgq_status kg_turtle_sorted_new(kg_out *out, kg_turtle_names *names, size_t sort_bytes,
                                const kgq_allocator *a, kg_turtle_sorted **sorted, kgq_error **err);
/* g of kind NONE: the default graph. */
kgq_status kg_turtle_sorted_add(kg_turtle_sorted *sorted, const kg_term *s, const kg_term *p,
                                const kg_term *o, const kg_term *g, kgq_error **err);
/* Writes everything. Once. */
kgq_status kg_turtle_sorted_end(kg_turtle_sorted *sorted, kgq_error **err);
void kg_turtle_sorted_free(kg_turtle_sorted *sorted); /* NULL is fine */

#endif
