/* core/cancel.c: deadline, memory budget and interrupt of one piece of work. See cancel.h. */
#include "core/cancel.h"

#include <time.h>

uint64_t kg_clock_ns(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
    return 0;
  }
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The allocator that counts: refuses what would pass the budget, so that a statement ends in an error and not
 * the process in the out-of-memory killer. */
static void *budget_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  kg_cancel *c = arg;
  if (new_bytes > old_bytes && c->bytes_max) {
    const size_t more = new_bytes - old_bytes;
    if (more > c->bytes_max || c->bytes_used > c->bytes_max - more) {
      c->exceeded = true;
      return NULL;
    }
  }
  void *moved = kg_resize(c->parent, ptr, old_bytes, new_bytes);
  if (moved || new_bytes == 0) {
    c->bytes_used += new_bytes;
    c->bytes_used -= old_bytes < c->bytes_used ? old_bytes : c->bytes_used;
  }
  return moved;
}

void kg_cancel_init(kg_cancel *c, const kgq_allocator *parent, atomic_int *interrupt) {
  memset(c, 0, sizeof *c);
  c->parent = parent;
  c->interrupt = interrupt;
  c->budget.resize = budget_resize;
  c->budget.arg = c;
}

void kg_cancel_start(kg_cancel *c, uint64_t time_ms, uint64_t memory_bytes) {
  c->deadline_ms = time_ms;
  c->deadline_ns = time_ms ? kg_clock_ns() + time_ms * 1000000u : 0;
  c->bytes_max = (size_t)memory_bytes;
  c->exceeded = false;
}

#define TELL_EVERY_NS 100000000u

/* A few milliseconds behind, and a fifth of the price: look-ups ask for it, each of them. */
static uint64_t coarse_clock_ns(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0) {
    return 0;
  }
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* By the clock, or where a test wants it: at a certain look, so that nothing depends on the machine. */
static bool is_over(kg_cancel *c) {
  if (c->looks_max) {
    return ++c->looks >= c->looks_max;
  }
  return c->deadline_ns && coarse_clock_ns() > c->deadline_ns;
}

kgq_status kg_cancel_check(kg_cancel *c, kgq_error **err) {
  if (!c) {
    return KGQ_OK;
  }
  if (c->interrupt && atomic_load_explicit(c->interrupt, memory_order_relaxed)) {
    return kg_fail(err, KGQ_INTERRUPTED, "interrupted");
  }
  if (c->tell && kg_clock_ns() >= c->tell_ns) {
    c->tell_ns = kg_clock_ns() + TELL_EVERY_NS;
    KGQ_TRY(c->tell(c->tell_arg, err));
  }
  if (is_over(c)) {
    kg_fail(err, KGQ_LIMIT, "stopped after the time limit of %llu ms", (unsigned long long)c->deadline_ms);
    kg_hint(err, "raise it with --timeout, or make the query more selective");
    return KGQ_LIMIT;
  }
  return KGQ_OK;
}

kgq_status kg_cancel_memory(kg_cancel *c, kgq_error **err) {
  if (c && c->exceeded) {
    kg_fail(err, KGQ_LIMIT, "stopped at the memory limit of %llu MiB",
            (unsigned long long)(c->bytes_max >> 20));
    kg_hint(err, "raise it with --memory, or make the query more selective");
    return KGQ_LIMIT;
  }
  return kg_fail_memory(err);
}
