/* core/manifest.h: knowing RocksDB's list of files again.
 *
 * The manifest says which files make up the database. RocksDB takes one that was cut short, or whose last
 * record does not parse, for one that ends earlier: an older list of files, and with the log behind it a
 * database with a hole in the middle. So what the manifest held when it was last known to be right is kept in
 * the watermark, and compared before RocksDB opens anything.
 */
#ifndef KG_CORE_MANIFEST_H
#define KG_CORE_MANIFEST_H

#include "core/folder.h"

typedef struct kg_manifest {
  uint64_t number; /* of the file MANIFEST-<number>; 0: nothing is known */
  uint64_t bytes;  /* the first so many of it ... */
  uint64_t hash;   /* ... have this XXH3-64 */
} kg_manifest;

/* The manifest that rocks/CURRENT names, made durable; all zero when it cannot be read. */
kg_manifest kg_manifest_take(const kg_folder *folder);
/* KGQ_CORRUPT when the database's manifest is an older one, or no longer begins with what is known. A newer
 * one stands for itself. */
kgq_status kg_manifest_check(const kg_folder *folder, const char *path, const kg_manifest *known,
                             kgq_error **err);
/* The number of the manifest that rocks/CURRENT names; 0: none. */
uint64_t kg_manifest_current(const kg_folder *folder);
/* After a crash, where rocks/CURRENT reached the disk and the manifest that it names did not: names the one
 * that is known again, if that is there. Of a database that never came into being (known->number 0, `is_new`)
 * CURRENT goes. */
void kg_manifest_settle(const kg_folder *folder, const kg_manifest *known, bool is_new);
/* After a failed change: rocks/CURRENT names MANIFEST-<number> again, durably, where it names a later one. */
kgq_status kg_manifest_restore(const kg_folder *folder, uint64_t number);

#endif
