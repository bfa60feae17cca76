/* loaders/sink.h: how readers hand over statements.
 *
 * A reader pushes terms into a kg_sink, one statement a call; the strings live during the call only. Readers
 * know nothing of what becomes of them: a transaction (load.c), lines of N-Quads (parse.c), a counter or a
 * table in tests.
 */
#ifndef KG_LOADERS_SINK_H
#define KG_LOADERS_SINK_H

#include "graph/term.h"

typedef struct kg_sink {
  void *arg;
  /* g of kind KG_TERM_NONE: the default graph. Never NULL. */
  kgq_status (*quad)(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                     kgq_error **err);
  kgq_status (*prefix)(void *arg, kgq_str name, kgq_str iri, kgq_error **err); /* NULL: not wanted */
} kg_sink;

typedef struct kg_reader_options {
  const kgq_allocator *allocator;
  bool graphs;  /* N-Quads, TriG: statements may name a graph */
  kgq_str base; /* Turtle, TriG: base IRI, or empty */
  /* N-Quads, TriG: what to say of a statement in a named graph, where a document is meant for one graph.
   * NULL: they are taken. */
  const char *graph_refusal;
  /* Line formats: a bad line goes here (which takes the error over) and is skipped. NULL: it ends the
   * reading. */
  kgq_status (*bad_line)(void *arg, kgq_error *bad, kgq_error **err);
  void *bad_line_arg;
} kg_reader_options;

#endif
