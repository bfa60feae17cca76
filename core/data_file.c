/* core/data_file.c: the one thing in a data file that RocksDB trusts before it compares a checksum.
 *
 * A table ends with: block of properties, trailer (5 bytes), block of the index of such blocks, trailer,
 * footer (53 bytes, which says where that index begins). RocksDB reads the properties unverified, since an
 * ingest may have written into them, and takes the top bit of their last word (the number of restarts) for a
 * sign that a hash table lies before it; where there is none, it asserts. No table has that bit set there.
 */
#include "core/data_file.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"

#define FOOTER_BYTES  53
#define MAGIC         0x88e241b785f4cff7u /* of tables in blocks, little-endian at the end */
#define TRAILER_BYTES 5
#define VARINT_MAX    10

/* The little-endian base-128 number at `in`, of at most VARINT_MAX bytes. */
static uint64_t read_varint(const unsigned char *in) {
  uint64_t out = 0;
  for (unsigned i = 0; i < VARINT_MAX; i++) {
    out |= (uint64_t)(in[i] & 0x7f) << 7 * i % 64;
    if (in[i] < 0x80) {
      break;
    }
  }
  return out;
}

/* Files that are no whole tables are left to RocksDB, which finds that out safely. */
static bool looks_right(int file) {
  unsigned char footer[FOOTER_BYTES], byte = 0;
  struct stat info;
  if (fstat(file, &info) != 0 || info.st_size <= FOOTER_BYTES ||
      pread(file, footer, sizeof footer, info.st_size - FOOTER_BYTES) != FOOTER_BYTES ||
      kg_get_le64(footer + FOOTER_BYTES - 8) != MAGIC) {
    return true;
  }
  const uint64_t index_at = read_varint(footer + 1); /* behind the kind of checksum */
  if (index_at <= TRAILER_BYTES || index_at >= (uint64_t)info.st_size ||
      pread(file, &byte, 1, (off_t)(index_at - TRAILER_BYTES - 1)) != 1) {
    return true;
  }
  return byte < 0x80;
}

bool kg_data_file_opens(int fd, const char *name) {
  const int file = openat(fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) {
    return true;
  }
  const bool right = looks_right(file);
  close(file);
  return right;
}
