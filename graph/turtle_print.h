/* graph/turtle_print.h: terms in Turtle notation: names with prefixes, bare numbers and booleans.
 *
 * Used by the Turtle and TriG writer. Holds the prefixes of one output; nothing about statements.
 */
#ifndef KG_GRAPH_TURTLE_PRINT_H
#define KG_GRAPH_TURTLE_PRINT_H

#include "core/map.h"
#include "graph/term.h"

typedef struct kg_turtle_name {
  kgq_str name, iri;
  bool used;
} kg_turtle_name;

typedef struct kg_turtle_names {
  const kgq_allocator *allocator;
  kg_arena texts;
  kg_map by_iri; /* namespace IRI -> index */
  kg_turtle_name *items;
  size_t count, capacity;
} kg_turtle_names;

void kg_turtle_names_init(kg_turtle_names *names, const kgq_allocator *a);
void kg_turtle_names_free(kg_turtle_names *names);
kgq_status kg_turtle_names_add(kg_turtle_names *names, kgq_str name, kgq_str iri, kgq_error **err);
/* Marks the prefixes that printing the term will use. */
void kg_turtle_names_note(kg_turtle_names *names, const kg_term *term);
/* "@prefix ..." lines in order of name; only_used: of the marked ones. */
kgq_status kg_turtle_names_print(const kg_turtle_names *names, bool only_used, kg_buf *out, kgq_error **err);

/* Appends the term and marks the prefixes used. Depth of triple terms is bounded by KG_LIMIT_NESTING. */
kgq_status kg_turtle_print(kg_turtle_names *names, const kg_term *term, kg_buf *out, kgq_error **err);
kgq_status kg_turtle_print_verb(kg_turtle_names *names, const kg_term *term, kg_buf *out, kgq_error **err);

#endif
