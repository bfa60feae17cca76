/* core/beneath.h: files below a folder, for names that come from outside: nothing beside or above is reached.
 *
 * A path is names joined by '/'. Each is opened on its own, relative to the folder before it, and no symbolic
 * link is followed, so that what the file system looks like, or is made to look like meanwhile, changes
 * nothing. Only regular files are opened. A hard link is a file like any other: it cannot be told from one.
 */
#ifndef KG_CORE_BENEATH_H
#define KG_CORE_BENEATH_H

#include "core/memory.h"

/* NULL if the path only names something below a folder, else why not (a constant): an empty name, ".", "..",
 * a NUL byte, nothing at all. */
const char *kg_beneath_refusal(kgq_str path);
/* Opens the file for reading; *out is the caller's to close. `shown` is how messages call the file.
 * KGQ_REFUSED: not below the folder, a link, or no regular file; KGQ_NOTFOUND, KGQ_IO. */
kgq_status kg_beneath_open(int folder, kgq_str path, const char *shown, int *out, kgq_error **err);

#endif
