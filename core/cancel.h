/* core/cancel.h: deadline, memory budget and interrupt of one piece of work.
 *
 * Holds kg_cancel, which every operator, sort, path search and loader asks at each batch, and the allocator
 * that counts a statement's memory. Does not stop anything by itself: the work returns the status it is
 * given.
 *
 * Ownership: a kg_cancel is part of its connection or statement; the budget allocator points into it.
 */
#ifndef KG_CORE_CANCEL_H
#define KG_CORE_CANCEL_H

#include <stdatomic.h>

#include "core/memory.h"

typedef struct kg_cancel {
  atomic_int *interrupt; /* the connection's flag; NULL: none */
  uint64_t deadline_ns;  /* on the monotonic clock; 0: none */
  uint64_t deadline_ms;  /* the limit as set, for the message */
  kgq_allocator budget;  /* pass &cancel.budget as allocator: counts and refuses */
  const kgq_allocator *parent;
  size_t bytes_used, bytes_max; /* max 0: no limit */
  bool exceeded;                /* an allocation was refused because of the budget */
  uint64_t looks, looks_max;    /* tests: the deadline is over at that look; max 0: by the clock, uncounted */
  /* Called now and then, at most ten times a second: who shows progress. NULL: nobody. A failure ends it. */
  kgq_status (*tell)(void *arg, kgq_error **err);
  void *tell_arg;
  uint64_t tell_ns; /* when next */
} kg_cancel;

void kg_cancel_init(kg_cancel *c, const kgq_allocator *parent, atomic_int *interrupt);
/* Begins counting: time from now (0: none), bytes (0: none). */
void kg_cancel_start(kg_cancel *c, uint64_t time_ms, uint64_t memory_bytes);
/* KGQ_OK, KGQ_INTERRUPTED or KGQ_LIMIT. Cheap enough for once a batch. NULL is never cancelled. */
kgq_status kg_cancel_check(kg_cancel *c, kgq_error **err);
/* KGQ_LIMIT if the budget refused, else KGQ_NOMEM: what to return when an allocation of `c` failed. */
kgq_status kg_cancel_memory(kg_cancel *c, kgq_error **err);
uint64_t kg_clock_ns(void); /* monotonic */

#endif
