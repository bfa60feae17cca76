/* core/manifest_tail.c: walks the records of a manifest behind what is known; see manifest_tail.h.
 *
 * A manifest is a log of RocksDB: blocks of 32 KiB, in them pieces of 4 bytes of masked CRC-32C (of kind and
 * content), 2 bytes of length, 1 byte of kind (whole, first, middle, last), content; less than 7 bytes at the
 * end of a block are filled up.
 */
#include "core/manifest_tail.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES    32768u
#define HEAD_BYTES     7u
#define NAME_BYTES     64
#define MANIFEST_BYTES ((uint64_t)64 << 20) /* a larger one is left as it is */
#define TAIL_BYTES                                                                                           \
  (256u << 10) /* nor is more cut off: far beyond any record, and bounds the looking behind it */

enum { WHOLE = 1, FIRST = 2, MIDDLE = 3, LAST = 4 };

static uint32_t crc32c(const unsigned char *bytes, size_t count) {
  uint32_t crc = ~(uint32_t)0;
  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) {
      crc = crc >> 1 ^ (0x82f63b78u & -(crc & 1));
    }
  }
  return ~crc;
}

static uint32_t masked(uint32_t crc) {
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

typedef struct walk {
  const unsigned char *bytes;
  size_t count, at, record; /* at: of the piece; record: where the record that it belongs to begins */
} walk;

typedef enum piece { PIECE_END, PIECE_RIGHT, PIECE_WRONG } piece;

/* Looks at the piece at w->at and goes behind it. What the end of the file cuts is the end. */
static piece next_piece(walk *w) {
  size_t left = BLOCK_BYTES - w->at % BLOCK_BYTES;
  if (left < HEAD_BYTES) {
    w->at += left;
    left = BLOCK_BYTES;
  }
  if (w->at + HEAD_BYTES > w->count) {
    return PIECE_END;
  }
  const unsigned char *p = w->bytes + w->at;
  const size_t length = (size_t)p[4] | (size_t)p[5] << 8;
  const uint32_t stored = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
  const unsigned kind = p[6];
  if (w->at + HEAD_BYTES + length > w->count) {
    return PIECE_END;
  }
  if (HEAD_BYTES + length > left || kind < WHOLE || kind > LAST ||
      masked(crc32c(p + 6, length + 1)) != stored) {
    return PIECE_WRONG;
  }
  w->record = kind == WHOLE || kind == FIRST ? w->at : w->record;
  w->at += HEAD_BYTES + length;
  if (kind == WHOLE || kind == LAST) {
    w->record = w->at;
  }
  return PIECE_RIGHT;
}

/* Is there a right piece at any place behind `from`? Then the wrong one before it is damage. */
static bool right_behind(const walk *w, size_t from) {
  for (size_t at = from + 1; at + HEAD_BYTES < w->count; at++) {
    walk there = { w->bytes, w->count, at, at };
    const size_t length = (size_t)w->bytes[at + 4] | (size_t)w->bytes[at + 5] << 8;
    if (length > 0 && BLOCK_BYTES - at % BLOCK_BYTES >= HEAD_BYTES && next_piece(&there) == PIECE_RIGHT) {
      return true;
    }
  }
  return false;
}

/* Where the wrong record at the end begins; count: there is none. */
static size_t wrong_end(const unsigned char *bytes, size_t count, size_t from) {
  walk w = { bytes, count, from, from };
  piece seen;
  while ((seen = next_piece(&w)) == PIECE_RIGHT) {
  }
  const bool is_torn = seen == PIECE_WRONG && count - w.record <= TAIL_BYTES && !right_behind(&w, w.at);
  return is_torn ? w.record : count;
}

static kgq_status keep_and_cut(int fd, const unsigned char *bytes, size_t count, size_t at,
                               kg_manifest_tail *out, kgq_error **err) {
  out->bytes = kg_alloc(out->allocator, count - at);
  if (out->bytes == NULL) {
    return kg_fail_memory(err);
  }
  out->count = count - at;
  memcpy(out->bytes, bytes + at, out->count);
  out->at = at;
  if (ftruncate(fd, (off_t)at) != 0 || fdatasync(fd) != 0) {
    return kg_fail(err, KGQ_IO, "cutting the torn end of a manifest off failed");
  }
  return KGQ_OK;
}

static kgq_status cut_in(int fd, uint64_t from, kg_manifest_tail *out, kgq_error **err) {
  struct stat info;
  if (fstat(fd, &info) != 0 || (uint64_t)info.st_size <= from || (uint64_t)info.st_size > MANIFEST_BYTES) {
    return KGQ_OK;
  }
  const size_t count = (size_t)info.st_size;
  unsigned char *bytes = kg_alloc(out->allocator, count);
  if (bytes == NULL) {
    return kg_fail_memory(err);
  }
  kgq_status st = KGQ_OK;
  if (pread(fd, bytes, count, 0) == (ssize_t)count) {
    const size_t at = wrong_end(bytes, count, (size_t)from);
    st = at < count ? keep_and_cut(fd, bytes, count, at, out, err) : KGQ_OK;
  }
  kg_free(out->allocator, bytes, count);
  return st;
}

static int open_numbered(const kg_folder *folder, uint64_t number) {
  char name[NAME_BYTES];
  (void)snprintf(name, sizeof name, KG_FOLDER_ROCKS "/MANIFEST-%06" PRIu64, number);
  return openat(folder->fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

kgq_status kg_manifest_tail_cut(const kg_folder *folder, const kg_manifest *known, const kgq_allocator *a,
                                kg_manifest_tail *out, kgq_error **err) {
  *out = (kg_manifest_tail){ .allocator = a, .number = kg_manifest_current(folder) };
  const int fd = out->number == 0 || out->number < known->number ? -1 : open_numbered(folder, out->number);
  if (fd < 0) {
    return KGQ_OK;
  }
  const kgq_status st = cut_in(fd, out->number == known->number ? known->bytes : 0, out, err);
  close(fd);
  return st;
}

kgq_status kg_manifest_tail_restore(const kg_folder *folder, const kg_manifest_tail *tail) {
  const int fd = tail->count > 0 ? open_numbered(folder, tail->number) : -1;
  if (fd < 0) {
    return KGQ_OK;
  }
  const bool good = pwrite(fd, tail->bytes, tail->count, (off_t)tail->at) == (ssize_t)tail->count;
  close(fd);
  return good ? KGQ_OK : KGQ_IO;
}

void kg_manifest_tail_free(kg_manifest_tail *tail) {
  kg_free(tail->allocator, tail->bytes, tail->count);
  *tail = (kg_manifest_tail){ .allocator = tail->allocator };
}
