/* loaders/read.h: which reader a file gets, and the base IRI that follows from its name.
 *
 * Shared by loading (load.c) and checking (parse.c). Does not store anything; YAML facts go through facts.h.
 */
#ifndef KG_LOADERS_READ_H
#define KG_LOADERS_READ_H

#include "graph/writer.h"
#include "loaders/input.h"
#include "loaders/sink.h"

/* The format told, else that of the name's ending. KGQ_DATA when neither says. */
kgq_status kg_read_format(const char *told, const char *name, kg_format *out, kgq_error **err);
/* "file:///absolute/path" of a file; an absolute IRI as it is; nothing for "-" and other names. Appends to
 * out. */
kgq_status kg_read_base(const char *path, bool is_file, kg_buf *out, kgq_error **err);
/* Appends a path as an IRI has it, escaped where it must be. */
kgq_status kg_read_add_path(const char *path, kg_buf *out, kgq_error **err);
/* Reads NT, NQ, TTL or TRIG. Sets options->graphs by itself. */
kgq_status kg_read_rdf(kg_input *in, kg_format format, const kg_reader_options *options, const kg_sink *sink,
                       kgq_error **err);

#endif
