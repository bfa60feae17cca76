/* loaders/input.h: the bytes a reader reads, with the places they came from.
 *
 * A kg_input is a window on a file, standard input or a text in memory; gzip and Zstandard are undone on the
 * way (known by their first bytes, whatever the name says). A text in memory that is not compressed is read
 * where it lies. Lines are counted only in bytes that leave the window, columns only when an error asks.
 *
 * Ownership: the caller owns the kg_input; bytes in memory and the name must outlive it. One thread.
 */
#ifndef KG_LOADERS_INPUT_H
#define KG_LOADERS_INPUT_H

#include "core/memory.h"

typedef struct kg_source kg_source;

typedef struct kg_input {
  const char *at, *end; /* the unread bytes of the window; the reader moves `at` */
  bool eof;             /* nothing follows `end` */
  const char *name;     /* for messages */
  const kgq_allocator *allocator;
  kg_source *source; /* NULL: the window is all there is */
  char *buffer;
  size_t capacity;
  const char *start;                 /* first byte of the window that is still there */
  uint64_t start_offset, start_line; /* of *start: bytes from 0, lines from 1 */
  uint64_t start_column;             /* characters of its line before it */
  /* At each refill; may be NULL. Bytes of the file as it lies there, compressed or not; total 0: unknown. */
  kgq_status (*pulse)(void *arg, uint64_t bytes_read, uint64_t bytes_total, kgq_error **err);
  void *pulse_arg;
} kg_input;

/* path "-": standard input. KGQ_NOTFOUND, KGQ_IO. */
kgq_status kg_input_file(kg_input *in, const kgq_allocator *a, const char *path, kgq_error **err);
/* The rest of an open file, which stays the caller's: it is not closed. */
kgq_status kg_input_fd(kg_input *in, const kgq_allocator *a, int fd, const char *name, kgq_error **err);
kgq_status kg_input_memory(kg_input *in, const kgq_allocator *a, const char *name, kgq_str bytes,
                           kgq_error **err);
void kg_input_close(kg_input *in); /* also fine on a zeroed one */

/* More bytes behind the unread ones, which move to the front of the window: every pointer into it is void
 * then. Afterwards there are more, or eof is set. KGQ_LIMIT when one token or line would need more than
 * KG_LIMIT_LINE_BYTES. */
kgq_status kg_input_more(kg_input *in, kgq_error **err);
/* The whole rest into `out`; KGQ_LIMIT beyond bytes_max. */
kgq_status kg_input_all(kg_input *in, size_t bytes_max, kg_buf *out, kgq_error **err);
/* Passes over a byte order mark. */
kgq_status kg_input_skip_mark(kg_input *in, kgq_error **err);

kg_place kg_input_place(const kg_input *in, const char *at); /* `at` lies in the window or at its end */
uint64_t kg_input_offset(const kg_input *in);                /* bytes before `at`, after decompression */

/* ---- input_source.c: bytes of files, decompressed ----------------------------------------------- */

kgq_status kg_source_file(const kgq_allocator *a, const char *path, kg_source **out, kgq_error **err);
kgq_status kg_source_fd(const kgq_allocator *a, int fd, const char *name, kg_source **out, kgq_error **err);
kgq_status kg_source_memory(const kgq_allocator *a, const char *name, kgq_str bytes, kg_source **out,
                            kgq_error **err);
/* *count 0: the end. */
kgq_status kg_source_read(kg_source *source, char *out, size_t capacity, size_t *count, kgq_error **err);
void kg_source_close(kg_source *source);
/* Bytes taken from the file or memory so far, before they are decompressed, and all there are (0: unknown).
 */
void kg_source_position(const kg_source *source, uint64_t *bytes_read, uint64_t *bytes_total);
bool kg_source_compressed(kgq_str first_bytes);

#endif
