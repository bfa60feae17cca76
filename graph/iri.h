/* graph/iri.h: IRIs by RFC 3987: check and resolve. Pure functions. */
#ifndef KG_GRAPH_IRI_H
#define KG_GRAPH_IRI_H

#include "core/memory.h"

/* NULL if `iri` is an absolute IRI (scheme ":" ...) of allowed characters, else why not (a constant);
 * *offset the byte where. */
const char *kg_iri_check_absolute(kgq_str iri, size_t *offset);
/* Resolves `reference` against the absolute `base` (RFC 3986 5.2, without normalising). Appends to out. */
kgq_status kg_iri_resolve(kgq_str base, kgq_str reference, kg_buf *out, kgq_error **err);
/* The part after the last '#' or '/' (or ':' if neither). */
kgq_str kg_iri_local(kgq_str iri);

#endif
