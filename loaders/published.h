/* loaders/published.h: folders whose files are published under an IRI: what LOAD of an update may read.
 *
 * A connection has a list of them, empty at first (kgq_map). Under the mapping of http://e/data/ the file of
 * <http://e/data/a/b.ttl> is a/b.ttl below that folder, escapes undone, and nothing else on the disk can be
 * named (core/beneath.h). Does not read what is in the files: document.c.
 *
 * Ownership: the connection owns the list, with one open descriptor a folder. Thread rule of the connection.
 */
#ifndef KG_LOADERS_PUBLISHED_H
#define KG_LOADERS_PUBLISHED_H

#include "graph/db.h"

/* Publishes the files below the folder `dir` under `iri`, in place of what was there; dir NULL: no longer. */
kgq_status kg_published_set(kgq_conn *conn, kgq_str iri, const char *dir, kgq_error **err);
/* The file of an IRI, opened for reading: *out is the caller's to close. Its path below the folder is
 * appended to `path`, for the format. KGQ_REFUSED, KGQ_NOTFOUND, KGQ_IO. */
kgq_status kg_published_open(const kgq_conn *conn, kgq_str iri, kg_buf *path, int *out, kgq_error **err);
/* The longest mapped folder that the file of an absolute path without links lies in: its IRI, and the rest of
 * the path. False: there is none. */
bool kg_published_find(const kgq_conn *conn, kgq_str file, kgq_str *iri, kgq_str *rest);

#endif
