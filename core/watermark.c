/* core/watermark.c: the two records of the file `watermark`.
 *
 *   0   4 bytes "KGQW", 1 byte 1 if clean, 3 bytes 0      24  manifest: its number, 32 bytes, 40 hash
 *   8   synced                                            48  XXH3-64 of the first 48 bytes
 *  16   visible                                               all numbers are little-endian, of 8 bytes
 *
 * The second record begins at byte 512. When the file is read, the greatest of each number in whole records
 * counts: all only rise while a database is written, and where they are set back, both records are written.
 */
#include "core/watermark.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define WATERMARK_NAME "watermark"
#define RECORD_BYTES   56
#define HASHED_BYTES   48
#define RECORD_STEP    512
#define RECORD_MAGIC   "KGQW"

static void record_make(const kg_marks *marks, unsigned char out[RECORD_BYTES]) {
  memset(out, 0, RECORD_BYTES);
  memcpy(out, RECORD_MAGIC, 4);
  out[4] = marks->clean ? 1 : 0;
  kg_put_le64(out + 8, marks->synced);
  kg_put_le64(out + 16, marks->visible);
  kg_put_le64(out + 24, marks->manifest.number);
  kg_put_le64(out + 32, marks->manifest.bytes);
  kg_put_le64(out + 40, marks->manifest.hash);
  kg_put_le64(out + 48, XXH3_64bits(out, HASHED_BYTES));
}

static bool record_parse(const unsigned char in[RECORD_BYTES], kg_marks *out) {
  if (memcmp(in, RECORD_MAGIC, 4) != 0 || kg_get_le64(in + 48) != XXH3_64bits(in, HASHED_BYTES)) {
    return false;
  }
  const kg_manifest manifest = { kg_get_le64(in + 24), kg_get_le64(in + 32), kg_get_le64(in + 40) };
  *out = (kg_marks){ kg_get_le64(in + 8), kg_get_le64(in + 16), in[4] == 1, manifest };
  return true;
}

static bool is_later(const kg_manifest *a, const kg_manifest *b) {
  return a->number > b->number || (a->number == b->number && a->bytes > b->bytes);
}

bool kg_watermark_read(const kg_watermark *mark, kg_marks *out) {
  *out = (kg_marks){ .clean = true };
  bool any = false;
  for (unsigned i = 0; mark->fd >= 0 && i < 2; i++) {
    unsigned char bytes[RECORD_BYTES];
    kg_marks one;
    if (pread(mark->fd, bytes, RECORD_BYTES, (off_t)i * RECORD_STEP) != RECORD_BYTES ||
        !record_parse(bytes, &one)) {
      continue;
    }
    any = true;
    out->synced = one.synced > out->synced ? one.synced : out->synced;
    out->visible = one.visible > out->visible ? one.visible : out->visible;
    out->clean = out->clean && one.clean;
    out->manifest = is_later(&one.manifest, &out->manifest) ? one.manifest : out->manifest;
  }
  return any;
}

static kgq_status record_write(kg_watermark *mark, unsigned index, const kg_marks *marks, kgq_error **err) {
  unsigned char bytes[RECORD_BYTES];
  assert(marks->synced <= marks->visible);
  record_make(marks, bytes);
  ssize_t written;
  do {
    written = pwrite(mark->fd, bytes, RECORD_BYTES, (off_t)index * RECORD_STEP);
  } while (written < 0 && errno == EINTR);
  if (written != RECORD_BYTES) {
    return kg_fail_system(err, written < 0 ? errno : ENOSPC, "write", "the watermark");
  }
  return KGQ_OK;
}

kgq_status kg_watermark_write(kg_watermark *mark, const kg_marks *marks, kgq_error **err) {
  if (mark->fd < 0) {
    return KGQ_OK;
  }
  mark->turn ^= 1;
  return record_write(mark, mark->turn, marks, err);
}

kgq_status kg_watermark_sync(kg_watermark *mark, const kg_marks *marks, kgq_error **err) {
  if (mark->fd < 0) {
    return KGQ_OK;
  }
  KGQ_TRY(record_write(mark, 0, marks, err));
  KGQ_TRY(record_write(mark, 1, marks, err));
  return fdatasync(mark->fd) == 0 ? KGQ_OK : kg_fail_system(err, errno, "sync", "the watermark");
}

kgq_status kg_watermark_open(const kg_folder *folder, bool writer, kg_watermark *out, kg_marks *marks,
                             bool *exists, kgq_error **err) {
  *out = (kg_watermark){ -1, 0 };
  *marks = (kg_marks){ .clean = true };
  const int flags = (writer ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  out->fd = openat(folder->fd, WATERMARK_NAME, flags);
  *exists = out->fd >= 0;
  if (!*exists) {
    return errno == ENOENT ? KGQ_OK : kg_fail_system(err, errno, "open the watermark in", folder->path);
  }
  if (kg_watermark_read(out, marks)) {
    return KGQ_OK;
  }
  kg_fail(err, KGQ_CORRUPT, "the file watermark in %s is damaged", folder->path);
  kg_hint(err, "`kgq recover` goes on with what the other files hold");
  return KGQ_CORRUPT;
}

/* Both records are in a file of another name first, so that the name never stands for half a file. The folder
 * is synced before it gets its name as well: of a new database the watermark must not be on the disk before
 * the folder with its files is. */
kgq_status kg_watermark_create(const kg_folder *folder, kg_watermark *mark, const kg_marks *marks,
                               kgq_error **err) {
  kg_watermark_close(mark);
  const int flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  mark->fd = openat(folder->fd, WATERMARK_NAME ".new", flags, 0666);
  if (mark->fd < 0) {
    return kg_fail_system(err, errno, "write in", folder->path);
  }
  KGQ_TRY(kg_watermark_sync(mark, marks, err));
  KGQ_TRY(kg_folder_sync(folder, err));
  if (renameat(folder->fd, WATERMARK_NAME ".new", folder->fd, WATERMARK_NAME) != 0) {
    return kg_fail_system(err, errno, "write in", folder->path);
  }
  return kg_folder_sync(folder, err);
}

void kg_watermark_close(kg_watermark *mark) {
  if (mark->fd >= 0) {
    close(mark->fd);
  }
  *mark = (kg_watermark){ -1, 0 };
}
