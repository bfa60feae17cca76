/* loaders/turtle.h: the reader of Turtle and TriG, RDF 1.1 and 1.2.
 *
 * Reads through a window of bounded size, also when one statement is the whole file. Relative IRIs are
 * resolved by RFC 3986 5.2 and are an error without a base. Blank nodes without a label get labels "anon1",
 * "anon2" ..., and labels of the file that look like those are changed, so that no two nodes become one.
 */
#ifndef KG_LOADERS_TURTLE_H
#define KG_LOADERS_TURTLE_H

#include "loaders/input.h"
#include "loaders/sink.h"

/* options->graphs: TriG. */
kgq_status kg_turtle_read(kg_input *in, const kg_reader_options *options, const kg_sink *sink,
                          kgq_error **err);

#endif
