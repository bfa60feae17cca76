/* core/manifest_tail.h: the end of RocksDB's manifest after a crash.
 *
 * RocksDB takes a record that ends with the file for one that never was, and opens; but of a record over
 * several sectors a power cut may leave the last ones without the first, and that it takes for damage of the
 * whole.
 */
#ifndef KG_CORE_MANIFEST_TAIL_H
#define KG_CORE_MANIFEST_TAIL_H

#include "core/manifest.h"

typedef struct kg_manifest_tail { /* what was cut off */
  const kgq_allocator *allocator;
  char *bytes;
  size_t count;
  uint64_t number, at; /* of the manifest; where it began */
} kg_manifest_tail;

/* Cuts off a last record whose checksum is wrong, if it lies behind what is known and nothing right follows
 * it. out->count 0: there was none. To be freed. */
kgq_status kg_manifest_tail_cut(const kg_folder *folder, const kg_manifest *known, const kgq_allocator *a,
                                kg_manifest_tail *out, kgq_error **err);
/* It was damage and no torn write: as it was before. */
kgq_status kg_manifest_tail_restore(const kg_folder *folder, const kg_manifest_tail *tail);
void kg_manifest_tail_free(kg_manifest_tail *tail);

#endif
