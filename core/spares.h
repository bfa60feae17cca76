/* core/spares.h: larger pieces of memory that statements gave back, kept for the next ones.
 *
 * An allocator between a connection's statements and the host's. Plans and batches take a few hundred KiB for
 * a query of 70 us; given back to the C library at its end they go on to the system, and the next query pays
 * for page faults as long as it runs itself (WatDiv F4: 190 us instead of 80). Knows nothing of budgets:
 * cancel.h counts in front of it.
 *
 * Ownership: a connection's; pieces kept are freed with it. One thread at a time, like the connection.
 */
#ifndef KG_CORE_SPARES_H
#define KG_CORE_SPARES_H

#include "core/heap.h"

#define KG_SPARE_PIECES 32

typedef struct kg_spare {
  void *ptr;
  size_t bytes;
} kg_spare;

typedef struct kg_spares {
  kgq_allocator allocator; /* pass it on: keeps and reuses */
  const kgq_allocator *parent;
  kg_spare kept[KG_SPARE_PIECES]; /* oldest first */
  unsigned count;
  size_t bytes; /* of all kept */
} kg_spares;

void kg_spares_init(kg_spares *s, const kgq_allocator *parent); /* `s` must not move afterwards */
void kg_spares_free(kg_spares *s);                              /* what is kept; also fine twice */

#endif
