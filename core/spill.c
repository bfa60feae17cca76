/* core/spill.c: nameless temporary files with a write buffer and buffered readers; see spill.h.
 *
 * One write buffer a file; what is read was flushed before. A full disk is KGQ_FULL, like everywhere.
 */
#include "core/spill.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/folder.h"

#define WRITE_BYTES ((size_t)256 << 10)

struct kg_spill {
  const kgq_allocator *allocator;
  int fd;
  uint64_t written; /* bytes in the file; the buffer follows */
  char *buffer;
  size_t used;
};

/* ---- files -------------------------------------------------------------------------------------- */

static kgq_status fail_spill(kgq_error **err, const char *action) {
  return kg_fail_system(err, errno, action, "a temporary file");
}

/* Where the file system knows no nameless files, the name goes at once. */
static int open_unnamed(const char *folder) {
  char path[PATH_MAX];
  const int n = snprintf(path, sizeof path, "%s/" KG_FOLDER_INGEST, folder);
  if (n < 0 || (size_t)n + 16 >= sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  const int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
    return fd;
  }
  memcpy(path + n, "/spill-XXXXXX", sizeof "/spill-XXXXXX");
  const int named = mkostemp(path, O_CLOEXEC);
  if (named >= 0) {
    (void)unlink(path);
  }
  return named;
}

kgq_status kg_spill_new(const kgq_allocator *a, const char *folder, kg_spill **out, kgq_error **err) {
  *out = NULL;
  kg_spill *s = kg_alloc_zero(a, 1, sizeof *s);
  char *buffer = kg_alloc(a, WRITE_BYTES);
  if (s == NULL || buffer == NULL) {
    kg_free(a, buffer, WRITE_BYTES);
    kg_free(a, s, sizeof *s);
    return kg_fail_memory(err);
  }
  s->allocator = a;
  s->buffer = buffer;
  s->fd = folder != NULL ? open_unnamed(folder) : memfd_create("kgq", MFD_CLOEXEC);
  if (s->fd < 0) {
    const kgq_status st = fail_spill(err, "make");
    kg_spill_free(s);
    return st;
  }
  *out = s;
  return KGQ_OK;
}

void kg_spill_free(kg_spill *s) {
  if (s == NULL) {
    return;
  }
  if (s->fd >= 0) {
    (void)close(s->fd);
  }
  kg_free(s->allocator, s->buffer, WRITE_BYTES);
  kg_free(s->allocator, s, sizeof *s);
}

static kgq_status write_at(kg_spill *s, uint64_t at, const char *bytes, size_t count, kgq_error **err) {
  while (count > 0) {
    const ssize_t n = pwrite(s->fd, bytes, count, (off_t)at);
    if (n < 0 && errno != EINTR) {
      return fail_spill(err, "write");
    }
    const size_t done = n > 0 ? (size_t)n : 0;
    bytes += done;
    count -= done;
    at += done;
  }
  return KGQ_OK;
}

static kgq_status flush(kg_spill *s, kgq_error **err) {
  KGQ_TRY(write_at(s, s->written, s->buffer, s->used, err));
  s->written += s->used;
  s->used = 0;
  return KGQ_OK;
}

kgq_status kg_spill_write(kg_spill *s, const void *bytes, size_t count, kgq_error **err) {
  const char *from = bytes;
  while (count > 0) {
    const size_t room = WRITE_BYTES - s->used, n = count < room ? count : room;
    memcpy(s->buffer + s->used, from, n);
    s->used += n;
    from += n;
    count -= n;
    if (s->used == WRITE_BYTES) {
      KGQ_TRY(flush(s, err));
    }
  }
  return KGQ_OK;
}

kgq_status kg_spill_rewrite(kg_spill *s, uint64_t at, const void *bytes, size_t count, kgq_error **err) {
  assert(at + count <= kg_spill_bytes(s));
  KGQ_TRY(flush(s, err));
  return write_at(s, at, bytes, count, err);
}

kgq_status kg_spill_read(kg_spill *s, uint64_t at, void *bytes, size_t count, kgq_error **err) {
  KGQ_TRY(flush(s, err));
  char *to = bytes;
  while (count > 0) {
    const ssize_t n = pread(s->fd, to, count, (off_t)at);
    if (n == 0) {
      return kg_fail(err, KGQ_IO, "a temporary file is shorter than what was written to it");
    }
    if (n < 0 && errno != EINTR) {
      return fail_spill(err, "read");
    }
    const size_t done = n > 0 ? (size_t)n : 0;
    to += done;
    count -= done;
    at += done;
  }
  return KGQ_OK;
}

uint64_t kg_spill_bytes(const kg_spill *s) {
  return s->written + s->used;
}

kgq_status kg_spill_write_number(kg_spill *s, uint64_t v, kgq_error **err) {
  char bytes[10];
  size_t count = 0;
  for (; v >= 0x80; v >>= 7) {
    bytes[count++] = (char)(v | 0x80);
  }
  bytes[count++] = (char)v;
  return kg_spill_write(s, bytes, count, err);
}

/* ---- readers ------------------------------------------------------------------------------------ */

kgq_status kg_spill_reader_open(kg_spill *s, uint64_t from, uint64_t to, size_t buffer_bytes,
                                kg_spill_reader *out, kgq_error **err) {
  assert(from <= to && to <= kg_spill_bytes(s) && buffer_bytes > 0);
  *out = (kg_spill_reader){ .spill = s, .at = from, .end = to, .capacity = buffer_bytes };
  out->buffer = kg_alloc(s->allocator, buffer_bytes);
  return out->buffer != NULL ? KGQ_OK : kg_fail_memory(err);
}

void kg_spill_reader_close(kg_spill_reader *r) {
  if (r->buffer != NULL) {
    kg_free(r->spill->allocator, r->buffer, r->capacity);
  }
  *r = (kg_spill_reader){ .spill = NULL };
}

/* Makes at least `count` bytes lie in the buffer. */
static kgq_status fill(kg_spill_reader *r, size_t count, kgq_error **err) {
  const size_t held = r->to - r->from;
  if (held + (r->end - r->at) < count) {
    return kg_fail(err, KGQ_IO, "a temporary file ends inside a record");
  }
  memmove(r->buffer, r->buffer + r->from, held);
  r->from = 0;
  r->to = held;
  if (count > r->capacity) {
    void *buffer = r->buffer;
    KGQ_TRY(kg_grow(r->spill->allocator, &buffer, &r->capacity, count, 1, err));
    r->buffer = buffer;
  }
  const size_t room = r->capacity - held;
  const size_t n = r->end - r->at < room ? (size_t)(r->end - r->at) : room;
  KGQ_TRY(kg_spill_read(r->spill, r->at, r->buffer + held, n, err));
  r->at += n;
  r->to += n;
  return KGQ_OK;
}

kgq_status kg_spill_take(kg_spill_reader *r, size_t count, const char **out, kgq_error **err) {
  if (r->to - r->from < count) {
    KGQ_TRY(fill(r, count, err));
  }
  *out = r->buffer + r->from;
  r->from += count;
  return KGQ_OK;
}

kgq_status kg_spill_take_some(kg_spill_reader *r, size_t record_bytes, const char **out, size_t *got,
                              kgq_error **err) {
  *got = 0;
  if (kg_spill_ended(r)) {
    return KGQ_OK;
  }
  if (r->to - r->from < record_bytes) {
    KGQ_TRY(fill(r, record_bytes, err));
  }
  *got = (r->to - r->from) / record_bytes;
  *out = r->buffer + r->from;
  r->from += *got * record_bytes;
  return KGQ_OK;
}

kgq_status kg_spill_take_number(kg_spill_reader *r, uint64_t *out, kgq_error **err) {
  uint64_t v = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const char *byte;
    KGQ_TRY(kg_spill_take(r, 1, &byte, err));
    v |= (uint64_t)((unsigned char)*byte & 0x7f) << shift;
    if (!((unsigned char)*byte & 0x80)) {
      *out = v;
      return KGQ_OK;
    }
  }
  return kg_fail(err, KGQ_IO, "a temporary file holds a number that does not end");
}
