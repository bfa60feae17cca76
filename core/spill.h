/* core/spill.h: temporary files for what does not fit into memory: written once from front to back, read in
 * pieces.
 *
 * The files have no name: they are gone when they are closed or the process ends, however it ends. They lie
 * in the ingest folder of a database. Sorting through them: row_sort.h and key_sort.h.
 *
 * Ownership: a reader must be closed before its file. Threads: one at a time.
 */
#ifndef KG_CORE_SPILL_H
#define KG_CORE_SPILL_H

#include "core/memory.h"

typedef struct kg_spill kg_spill;

/* `folder`: of the database (its ingest folder is used); NULL: the file lies in memory. */
kgq_status kg_spill_new(const kgq_allocator *a, const char *folder, kg_spill **out, kgq_error **err);
void kg_spill_free(kg_spill *s); /* NULL is fine */
/* At the end; buffered. */
kgq_status kg_spill_write(kg_spill *s, const void *bytes, size_t count, kgq_error **err);
/* Over bytes written before, in place. */
kgq_status kg_spill_rewrite(kg_spill *s, uint64_t at, const void *bytes, size_t count, kgq_error **err);
kgq_status kg_spill_read(kg_spill *s, uint64_t at, void *bytes, size_t count, kgq_error **err);
uint64_t kg_spill_bytes(const kg_spill *s);

typedef struct kg_spill_reader {
  kg_spill *spill;
  uint64_t at, end; /* of the file: what is not in the buffer yet */
  char *buffer;
  size_t capacity, from, to;
} kg_spill_reader;

/* From byte `from` to byte `to` of the file. */
kgq_status kg_spill_reader_open(kg_spill *s, uint64_t from, uint64_t to, size_t buffer_bytes,
                                kg_spill_reader *out, kgq_error **err);
void kg_spill_reader_close(kg_spill_reader *r); /* fine on a zeroed one */
/* The next `count` bytes, valid until the next call; KGQ_IO if the file has fewer. */
kgq_status kg_spill_take(kg_spill_reader *r, size_t count, const char **out, kgq_error **err);
static inline bool kg_spill_ended(const kg_spill_reader *r) {
  return r->from == r->to && r->at == r->end;
}
/* Up to `count` records of `record_bytes` that lie in the buffer; *got 0 at the end. */
kgq_status kg_spill_take_some(kg_spill_reader *r, size_t record_bytes, const char **out, size_t *got,
                              kgq_error **err);
/* Numbers of 7 bits a byte. */
kgq_status kg_spill_write_number(kg_spill *s, uint64_t v, kgq_error **err);
kgq_status kg_spill_take_number(kg_spill_reader *r, uint64_t *out, kgq_error **err);

#endif
