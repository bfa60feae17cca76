/* tests/fault/shim.c: the calls that change files, each under one lock: the real one, then its record.
 *
 * Only what Linux programs on the usual file systems call is covered; a write through mmap or stdio is not
 * seen (RocksDB's information log is written so, and nothing depends on it). Does not interpret anything.
 */
#undef _FORTIFY_SOURCE /* its headers declare the checked calls that this file defines itself */
#define _LARGEFILE64_SOURCE
#include "tests/fault/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define FDS_MAX 4096
#define SEEN    __attribute__((visibility("default")))

static struct {
  pthread_mutex_t mutex;
  char folder[PATH_MAX];
  size_t folder_bytes; /* 0: nothing is recorded */
  int to;
  bool ours[FDS_MAX];
  unsigned fail_at, syncs;
  bool ever_after;
} shim = { .mutex = PTHREAD_MUTEX_INITIALIZER, .to = -1 };

/* The C library's function of that name. */
static void *real(const char *name) {
  return dlsym(RTLD_NEXT, name);
}

/* dlsym gives a data pointer: the union says that it is a function. */
#define REAL(type, name)                                                                                     \
  static type real_##name;                                                                                   \
  if (real_##name == NULL) {                                                                                 \
    void *found = real(#name);                                                                               \
    memcpy(&real_##name, &found, sizeof found);                                                              \
  }

typedef int (*open_fn)(const char *, int, ...);
typedef int (*openat_fn)(int, const char *, int, ...);
typedef int (*fd_fn)(int);
typedef ssize_t (*write_fn)(int, const void *, size_t);
typedef ssize_t (*pwrite_fn)(int, const void *, size_t, off_t);
typedef int (*cut_fn)(int, off_t);
typedef int (*path_fn)(const char *);
typedef int (*paths_fn)(const char *, const char *);
typedef int (*mkdir_fn)(const char *, mode_t);
typedef int (*renameat_fn)(int, const char *, int, const char *);
typedef int (*unlinkat_fn)(int, const char *, int);
typedef int (*mkdirat_fn)(int, const char *, mode_t);
typedef int (*falloc_fn)(int, int, off_t, off_t);

/* ---- recording --------------------------------------------------------------------------------------- */

static void put(const void *bytes, size_t count) {
  const char *from = bytes;
  while (count > 0) {
    const ssize_t done = syscall(SYS_write, shim.to, from, count);
    if (done <= 0) {
      return;
    }
    from += done;
    count -= (size_t)done;
  }
}

static void record(uint32_t kind, uint64_t a, uint64_t b, const char *path, const void *more,
                   size_t more_bytes) {
  const size_t path_bytes = path != NULL ? strlen(path) : 0;
  const shim_record head = { kind, (uint32_t)path_bytes, (uint32_t)more_bytes, 0, a, b };
  put(&head, sizeof head);
  put(path, path_bytes);
  put(more, more_bytes);
}

/* The path relative to the folder, "" for itself, or NULL: not below it. */
static const char *below(const char *path) {
  if (shim.folder_bytes == 0 || strncmp(path, shim.folder, shim.folder_bytes) != 0 ||
      (path[shim.folder_bytes] != '/' && path[shim.folder_bytes] != '\0')) {
    return NULL;
  }
  path += shim.folder_bytes;
  while (*path == '/') {
    path++;
  }
  return path;
}

static const char *below_at(int dir, const char *name, char out[2 * PATH_MAX]) {
  if (shim.folder_bytes == 0) {
    return NULL;
  }
  if (name[0] == '/' || dir == AT_FDCWD) {
    return below(name);
  }
  char link[64], base[PATH_MAX];
  (void)snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
  const ssize_t bytes = readlink(link, base, sizeof base - 1);
  if (bytes <= 0) {
    return NULL;
  }
  base[bytes] = '\0';
  (void)snprintf(out, 2 * PATH_MAX, "%s/%s", base, name);
  return below(out);
}

static bool is_ours(int fd) {
  return shim.folder_bytes > 0 && fd >= 0 && fd < FDS_MAX && shim.ours[fd];
}

static void opened(int fd, const char *path, bool existed, int flags) {
  if (fd < 0 || fd >= FDS_MAX) {
    return;
  }
  shim.ours[fd] = path != NULL;
  if (path != NULL) {
    const bool cut = existed && (flags & O_TRUNC) != 0;
    record(SHIM_OPEN, (uint64_t)fd, existed ? (cut ? 2 : 0) : 1, path, NULL, 0);
  }
}

static bool exists(int dir, const char *path) {
  struct stat info;
  return fstatat(dir, path, &info, 0) == 0;
}

static int open_recorded(int dir, const char *name, int flags, mode_t mode) {
  REAL(openat_fn, openat)
  char full[2 * PATH_MAX];
  pthread_mutex_lock(&shim.mutex);
  const char *path = below_at(dir, name, full);
  const bool existed = path == NULL || exists(dir, name);
  const int fd = real_openat(dir, name, flags, mode);
  const int code = errno;
  opened(fd, path, existed, flags);
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return fd;
}

/* ---- opening ------------------------------------------------------------------------------------------- */

static mode_t mode_of(int flags, va_list args) {
  return (flags & O_CREAT) != 0 ? (mode_t)va_arg(args, int) : 0;
}

#define OPEN(name)                                                                                           \
  SEEN int name(const char *path, int flags, ...) {                                                          \
    va_list args;                                                                                            \
    va_start(args, flags);                                                                                   \
    const mode_t mode = mode_of(flags, args);                                                                \
    va_end(args);                                                                                            \
    return open_recorded(AT_FDCWD, path, flags, mode);                                                       \
  }
#define OPENAT(name)                                                                                         \
  SEEN int name(int dir, const char *path, int flags, ...) {                                                 \
    va_list args;                                                                                            \
    va_start(args, flags);                                                                                   \
    const mode_t mode = mode_of(flags, args);                                                                \
    va_end(args);                                                                                            \
    return open_recorded(dir, path, flags, mode);                                                            \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* What open() becomes under _FORTIFY_SOURCE. */
SEEN int __open_2(const char *path, int flags);
SEEN int __openat_2(int dir, const char *path, int flags);
SEEN int __open_2(const char *path, int flags) {
  return open_recorded(AT_FDCWD, path, flags, 0);
}
SEEN int __openat_2(int dir, const char *path, int flags) {
  return open_recorded(dir, path, flags, 0);
}

SEEN int close(int fd) {
  REAL(fd_fn, close)
  pthread_mutex_lock(&shim.mutex);
  if (is_ours(fd)) {
    record(SHIM_CLOSE, (uint64_t)fd, 0, NULL, NULL, 0);
    shim.ours[fd] = false;
  }
  const int result = real_close(fd);
  pthread_mutex_unlock(&shim.mutex);
  return result;
}

/* ---- content ------------------------------------------------------------------------------------------- */

static off_t place_of(int fd) {
  struct stat info;
  if ((fcntl(fd, F_GETFL) & O_APPEND) != 0 && fstat(fd, &info) == 0) {
    return info.st_size;
  }
  return lseek(fd, 0, SEEK_CUR);
}

static void written(int fd, off_t at, const void *bytes, ssize_t count) {
  if (count > 0) {
    record(SHIM_WRITE, (uint64_t)fd, (uint64_t)at, NULL, bytes, (size_t)count);
  }
}

SEEN ssize_t write(int fd, const void *bytes, size_t count) {
  REAL(write_fn, write)
  if (!is_ours(fd)) {
    return real_write(fd, bytes, count);
  }
  pthread_mutex_lock(&shim.mutex);
  const off_t at = place_of(fd);
  const ssize_t done = real_write(fd, bytes, count);
  const int code = errno;
  written(fd, at, bytes, done);
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return done;
}

static ssize_t write_at(int fd, const void *bytes, size_t count, off_t at) {
  REAL(pwrite_fn, pwrite)
  if (!is_ours(fd)) {
    return real_pwrite(fd, bytes, count, at);
  }
  pthread_mutex_lock(&shim.mutex);
  const ssize_t done = real_pwrite(fd, bytes, count, at);
  const int code = errno;
  written(fd, at, bytes, done);
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return done;
}

SEEN ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  return write_at(fd, bytes, count, at);
}
SEEN ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return write_at(fd, bytes, count, at);
}

static int cut(int fd, off_t bytes) {
  REAL(cut_fn, ftruncate)
  pthread_mutex_lock(&shim.mutex);
  const int result = real_ftruncate(fd, bytes);
  const int code = errno;
  if (result == 0 && is_ours(fd)) {
    record(SHIM_CUT, (uint64_t)fd, (uint64_t)bytes, NULL, NULL, 0);
  }
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

SEEN int ftruncate(int fd, off_t bytes) {
  return cut(fd, bytes);
}
SEEN int ftruncate64(int fd, off64_t bytes) {
  return cut(fd, bytes);
}

/* Room that is kept without changing the size needs no record. */
SEEN int fallocate(int fd, int mode, off_t at, off_t bytes) {
  REAL(falloc_fn, fallocate)
  pthread_mutex_lock(&shim.mutex);
  const int result = real_fallocate(fd, mode, at, bytes);
  const int code = errno;
  struct stat info;
  if (result == 0 && is_ours(fd) && (mode & FALLOC_FL_KEEP_SIZE) == 0 && fstat(fd, &info) == 0) {
    record(SHIM_CUT, (uint64_t)fd, (uint64_t)info.st_size, NULL, NULL, 0);
  }
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

/* ---- syncing ------------------------------------------------------------------------------------------- */

static int synced(int fd, fd_fn sync) {
  pthread_mutex_lock(&shim.mutex);
  shim.syncs++;
  int result = 0, code = 0;
  if (shim.fail_at > 0 && (shim.syncs == shim.fail_at || (shim.ever_after && shim.syncs > shim.fail_at))) {
    result = -1;
    code = EIO;
  } else {
    result = sync(fd);
    code = errno;
    if (result == 0 && is_ours(fd)) {
      record(SHIM_SYNC, (uint64_t)fd, 0, NULL, NULL, 0);
    }
  }
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

SEEN int fsync(int fd) {
  REAL(fd_fn, fsync)
  return synced(fd, real_fsync);
}
SEEN int fdatasync(int fd) {
  REAL(fd_fn, fdatasync)
  return synced(fd, real_fdatasync);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static void moved(uint32_t kind, int result, const char *from, const char *to) {
  if (result == 0 && from != NULL && to != NULL) {
    record(kind, 0, 0, from, to, strlen(to));
  }
}

SEEN int rename(const char *from, const char *to) {
  REAL(paths_fn, rename)
  pthread_mutex_lock(&shim.mutex);
  const int result = real_rename(from, to), code = errno;
  moved(SHIM_RENAME, result, below(from), below(to));
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

SEEN int renameat(int from_dir, const char *from, int to_dir, const char *to) {
  REAL(renameat_fn, renameat)
  char full_from[2 * PATH_MAX], full_to[2 * PATH_MAX];
  pthread_mutex_lock(&shim.mutex);
  const int result = real_renameat(from_dir, from, to_dir, to), code = errno;
  moved(SHIM_RENAME, result, below_at(from_dir, from, full_from), below_at(to_dir, to, full_to));
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

SEEN int link(const char *from, const char *to) {
  REAL(paths_fn, link)
  pthread_mutex_lock(&shim.mutex);
  const int result = real_link(from, to), code = errno;
  moved(SHIM_LINK, result, below(from), below(to));
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

static void gone(int result, const char *path) {
  if (result == 0 && path != NULL) {
    record(SHIM_UNLINK, 0, 0, path, NULL, 0);
  }
}

SEEN int unlink(const char *path) {
  REAL(path_fn, unlink)
  pthread_mutex_lock(&shim.mutex);
  const int result = real_unlink(path), code = errno;
  gone(result, below(path));
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

SEEN int unlinkat(int dir, const char *path, int flags) {
  REAL(unlinkat_fn, unlinkat)
  char full[2 * PATH_MAX];
  pthread_mutex_lock(&shim.mutex);
  const int result = real_unlinkat(dir, path, flags), code = errno;
  gone(result, below_at(dir, path, full));
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

SEEN int mkdir(const char *path, mode_t mode) {
  REAL(mkdir_fn, mkdir)
  pthread_mutex_lock(&shim.mutex);
  const int result = real_mkdir(path, mode), code = errno;
  if (result == 0 && below(path) != NULL) {
    record(SHIM_MKDIR, 0, 0, below(path), NULL, 0);
  }
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

SEEN int mkdirat(int dir, const char *path, mode_t mode) {
  REAL(mkdirat_fn, mkdirat)
  char full[2 * PATH_MAX];
  pthread_mutex_lock(&shim.mutex);
  const int result = real_mkdirat(dir, path, mode), code = errno;
  const char *made = below_at(dir, path, full);
  if (result == 0 && made != NULL) {
    record(SHIM_MKDIR, 0, 0, made, NULL, 0);
  }
  pthread_mutex_unlock(&shim.mutex);
  errno = code;
  return result;
}

/* ---- the program's side -------------------------------------------------------------------------------- */

void shim_start(const char *folder, int to) {
  pthread_mutex_lock(&shim.mutex);
  shim.folder_bytes = (size_t)snprintf(shim.folder, sizeof shim.folder, "%s", folder);
  shim.to = to;
  memset(shim.ours, 0, sizeof shim.ours);
  pthread_mutex_unlock(&shim.mutex);
}

void shim_stop(void) {
  pthread_mutex_lock(&shim.mutex);
  shim.folder_bytes = 0;
  pthread_mutex_unlock(&shim.mutex);
}

void shim_note(uint64_t number) {
  pthread_mutex_lock(&shim.mutex);
  if (shim.folder_bytes > 0) {
    record(SHIM_NOTE, number, 0, NULL, NULL, 0);
  }
  pthread_mutex_unlock(&shim.mutex);
}

void shim_fail_sync(unsigned nth, int ever_after) {
  pthread_mutex_lock(&shim.mutex);
  shim.fail_at = nth;
  shim.ever_after = ever_after != 0;
  shim.syncs = 0;
  pthread_mutex_unlock(&shim.mutex);
}

unsigned shim_syncs(void) {
  return shim.syncs;
}
