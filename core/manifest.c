/* core/manifest.c: reading rocks/CURRENT and the beginning of the manifest that it names.
 *
 * Only the name and the bytes: what is in a manifest is RocksDB's.
 */
#include "core/manifest.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define NAME_BYTES   64
#define CURRENT_NAME KG_FOLDER_ROCKS "/CURRENT"
#define CURRENT_NEW  CURRENT_NAME ".new"
#define CHUNK_BYTES  (16u << 10)

static int open_below(const kg_folder *folder, const char *name) {
  return openat(folder->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* The number in rocks/CURRENT, which reads "MANIFEST-000005\n"; 0: there is none. */
uint64_t kg_manifest_current(const kg_folder *folder) {
  const int fd = open_below(folder, CURRENT_NAME);
  if (fd < 0) {
    return 0;
  }
  char text[NAME_BYTES];
  const ssize_t bytes = read(fd, text, sizeof text - 1);
  close(fd);
  text[bytes > 0 ? bytes : 0] = '\0';
  uint64_t number = 0;
  return sscanf(text, "MANIFEST-%18" SCNu64, &number) == 1 ? number : 0;
}

static void name_of(uint64_t number, char out[NAME_BYTES]) {
  (void)snprintf(out, NAME_BYTES, KG_FOLDER_ROCKS "/MANIFEST-%06" PRIu64, number);
}

/* The hash of the first `bytes` bytes; false: there are not so many. */
static bool hash_file(int fd, uint64_t bytes, uint64_t *out) {
  char chunk[CHUNK_BYTES];
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (uint64_t at = 0; at < bytes;) {
    const uint64_t left = bytes - at;
    const ssize_t got = pread(fd, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk, (off_t)at);
    if (got <= 0) {
      return false;
    }
    XXH3_64bits_update(&state, chunk, (size_t)got);
    at += (uint64_t)got;
  }
  *out = XXH3_64bits_digest(&state);
  return true;
}

kg_manifest kg_manifest_take(const kg_folder *folder) {
  kg_manifest m = { .number = kg_manifest_current(folder) };
  char name[NAME_BYTES];
  name_of(m.number, name);
  const int fd = m.number == 0 ? -1 : open_below(folder, name);
  struct stat info;
  bool good = fd >= 0 && fstat(fd, &info) == 0 && fdatasync(fd) == 0;
  if (good) {
    m.bytes = (uint64_t)info.st_size;
    good = hash_file(fd, m.bytes, &m.hash);
  }
  if (fd >= 0) {
    close(fd);
  }
  return good ? m : (kg_manifest){ 0, 0, 0 };
}

kgq_status kg_manifest_check(const kg_folder *folder, const char *path, const kg_manifest *known,
                             kgq_error **err) {
  if (known->number == 0) {
    return KGQ_OK;
  }
  const uint64_t current = kg_manifest_current(folder);
  char name[NAME_BYTES];
  name_of(current, name);
  const int fd = current == 0 ? -1 : open_below(folder, name);
  if (fd < 0 || current < known->number) {
    if (fd >= 0) {
      close(fd);
    }
    return kg_fail(err, KGQ_CORRUPT, "%s is damaged: its file rocks/CURRENT does not name its manifest",
                   path);
  }
  if (current > known->number) {
    close(fd);
    return KGQ_OK;
  }
  uint64_t hash = 0;
  const bool whole = hash_file(fd, known->bytes, &hash);
  close(fd);
  if (whole && hash == known->hash) {
    return KGQ_OK;
  }
  return kg_fail(err, KGQ_CORRUPT, "%s is damaged: the first %" PRIu64 " bytes of its file %s are %s", path,
                 known->bytes, name, whole ? "not what was written" : "not all there");
}

static bool write_current(const kg_folder *folder, uint64_t number) {
  char text[NAME_BYTES];
  const int bytes = snprintf(text, sizeof text, "MANIFEST-%06" PRIu64 "\n", number);
  const int fd = openat(folder->fd, CURRENT_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) {
    return false;
  }
  const bool good = write(fd, text, (size_t)bytes) == bytes;
  (void)fsync(fd); /* after a failed sync this may fail too; the name is put right all the same */
  close(fd);
  return good && renameat(folder->fd, CURRENT_NEW, folder->fd, CURRENT_NAME) == 0;
}

kgq_status kg_manifest_restore(const kg_folder *folder, uint64_t number) {
  if (number == 0 || kg_manifest_current(folder) <= number) {
    return KGQ_OK;
  }
  const bool good = write_current(folder, number);
  const int fd = openat(folder->fd, KG_FOLDER_ROCKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) {
    close(fd);
  }
  return good && synced ? KGQ_OK : KGQ_IO;
}

static bool is_there(const kg_folder *folder, uint64_t number) {
  char name[NAME_BYTES];
  name_of(number, name);
  const int fd = open_below(folder, name);
  if (fd >= 0) {
    close(fd);
  }
  return fd >= 0;
}

void kg_manifest_settle(const kg_folder *folder, const kg_manifest *known, bool is_new) {
  const uint64_t current = kg_manifest_current(folder);
  if (current == 0 || is_there(folder, current)) {
    return;
  }
  if (known->number == 0 && is_new) {
    (void)unlinkat(folder->fd, CURRENT_NAME, 0);
    kg_folder_clear_empty_logs(folder);
  } else if (known->number > 0 && current > known->number && is_there(folder, known->number)) {
    (void)kg_manifest_restore(folder, known->number);
  }
}
