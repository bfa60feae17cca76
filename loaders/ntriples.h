/* loaders/ntriples.h: the reader of N-Triples and N-Quads, RDF 1.1 and 1.2.
 *
 * Works on whole lines in place: terms handed to the sink are slices of the window, decoded copies only where
 * a text has escapes. Memory is bounded by KG_LIMIT_LINE_BYTES whatever the file. Blank node labels are
 * passed on as they are.
 */
#ifndef KG_LOADERS_NTRIPLES_H
#define KG_LOADERS_NTRIPLES_H

#include "loaders/input.h"
#include "loaders/sink.h"

/* options->graphs: N-Quads. With options->bad_line, bad lines go there and are skipped. */
kgq_status kg_ntriples_read(kg_input *in, const kg_reader_options *options, const kg_sink *sink,
                            kgq_error **err);

#endif
