/* loaders/turtle_term.h: the terms of Turtle and TriG: IRIs, blank nodes, literals, triple terms, reified
 * triples.
 *
 * Each reads from the byte at hand and leaves its strings on the reader's text stack. Does not read lists or
 * property lists: turtle.c does.
 */
#ifndef KG_LOADERS_TURTLE_TERM_H
#define KG_LOADERS_TURTLE_TERM_H

#include "loaders/turtle_lex.h"

kgq_status kg_turtle_iriref(kg_turtle *t, kgq_str *out, kgq_error **err); /* resolved */
kgq_status kg_turtle_iri(kg_turtle *t, kg_term *out, kgq_error **err);    /* IRIREF or PrefixedName */
kgq_status kg_turtle_label(kg_turtle *t, kg_term *out, kgq_error **err);  /* BLANK_NODE_LABEL */
kgq_status kg_turtle_anonymous(kg_turtle *t, kg_term *out,
                               kgq_error **err); /* a new blank node; reads nothing */
kgq_status kg_turtle_literal(kg_turtle *t, kg_term *out, kgq_error **err);
/* A name: true, false or a prefixed name. */
kgq_status kg_turtle_name(kg_turtle *t, bool boolean_allowed, kg_term *out, kgq_error **err);
kgq_status kg_turtle_string(kg_turtle *t, bool long_allowed, kgq_str *out, kgq_error **err);
kgq_status kg_turtle_verb(kg_turtle *t, kg_term *out, kgq_error **err);
kgq_status kg_turtle_triple_term(kg_turtle *t, kg_term *out, kgq_error **err);    /* at "<<(" */
kgq_status kg_turtle_reified_triple(kg_turtle *t, kg_term *out, kgq_error **err); /* at "<<" */
/* reifier: behind '~'; an omitted one is a new blank node. */
kgq_status kg_turtle_reifier(kg_turtle *t, kg_term *out, kgq_error **err);
/* One statement to the sink. */
kgq_status kg_turtle_emit(kg_turtle *t, const kg_term *s, const kg_term *p, const kg_term *o,
                          kgq_error **err);
kgq_status kg_turtle_emit_reifies(kg_turtle *t, const kg_term *reifier, const kg_term triple[3],
                                  kgq_error **err);

#endif
