/* core/folder.c: making, recognising and measuring the folder of a database.
 *
 * The mark file says what the folder is before anything else is in it. All access goes relative to one
 * descriptor. Files of the same name that are no regular files are not followed: a database folder may come
 * from elsewhere. Does not lock (lock.c) and does not know what RocksDB keeps, but for the names of its logs.
 */
#include "core/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/data_file.h"

#define MANIFEST_PREFIX "MANIFEST-"
#define FILE_NAME_ROOM  32 /* for names such as 000012.sst */
#define MARK_NAME       "KGQ"
#define MARK_NEW_NAME   "KGQ.new"
#define MARK_MAGIC      "KGQ database\n"
#define MARK_BYTES_MAX  128 /* magic line, "format " and "features " with a 64-bit number each */

kgq_status kg_fail_system(kgq_error **err, int code, const char *action, const char *path) {
  char text[128];
  const bool full = code == ENOSPC || code == EDQUOT;
  const char *reason = strerror_r(code, text, sizeof text);
  return kg_fail(err, full ? KGQ_FULL : KGQ_IO, "cannot %s %s: %s", action, path, reason);
}

/* ---- the mark --------------------------------------------------------------------------------- */

typedef struct mark {
  bool present; /* there is a file of that name */
  bool ours;    /* and it begins as ours do */
  bool whole;   /* and its numbers can be read */
  int32_t format;
  uint64_t features;
} mark;

static void mark_parse(char text[], mark *out) {
  out->ours = strncmp(text, MARK_MAGIC, sizeof MARK_MAGIC - 1) == 0;
  if (!out->ours) {
    return;
  }
  int end = 0;
  const char *rest = text + sizeof MARK_MAGIC - 1;
  const int found =
      sscanf(rest, "format %9" SCNd32 "\nfeatures %16" SCNx64 "\n%n", &out->format, &out->features, &end);
  out->whole = found == 2 && end > 0 && rest[end] == '\0' && out->format > 0;
}

static kgq_status mark_read(int fd, const char *path, mark *out, kgq_error **err) {
  *out = (mark){ 0 };
  const int file = openat(fd, MARK_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) {
    return errno == ENOENT ? KGQ_OK : kg_fail_system(err, errno, "read the file KGQ in", path);
  }
  char text[MARK_BYTES_MAX + 1];
  const ssize_t bytes = read(file, text, MARK_BYTES_MAX);
  const int code = errno;
  close(file);
  if (bytes < 0) {
    return kg_fail_system(err, code, "read the file KGQ in", path);
  }
  text[bytes] = '\0';
  out->present = true;
  mark_parse(text, out);
  return KGQ_OK;
}

/* A database of ours in a format and with features that this program knows, or the error that says why not.
 */
static kgq_status mark_check(const mark *found, const char *path, kgq_error **err) {
  if (!found->ours) {
    return kg_fail(err, KGQ_FORMAT, "%s is not a KGQ database: its file KGQ is something else", path);
  }
  if (!found->whole) {
    return kg_fail(err, KGQ_CORRUPT, "the file KGQ in %s is damaged: it gives no format number", path);
  }
  if (found->format > KG_FORMAT_VERSION) {
    kg_fail(err, KGQ_FORMAT, "%s has format %d, and this program reads formats up to %d", path,
            (int)found->format, KG_FORMAT_VERSION);
    kg_hint(err, "use a newer version of KGQ");
    return KGQ_FORMAT;
  }
  const uint64_t unknown = found->features & ~(uint64_t)KG_FEATURE_LOG;
  if (unknown != 0) {
    kg_fail(err, KGQ_FORMAT, "%s uses features %" PRIx64 " of its format, which this program does not know",
            path, unknown);
    kg_hint(err, "use a newer version of KGQ");
    return KGQ_FORMAT;
  }
  return KGQ_OK;
}

static kgq_status mark_write_new(int fd, const char *path, kgq_error **err) {
  char text[MARK_BYTES_MAX];
  const int bytes =
      snprintf(text, sizeof text, MARK_MAGIC "format %d\nfeatures %x\n", KG_FORMAT_VERSION, KG_FEATURE_LOG);
  const int file = openat(fd, MARK_NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (file < 0) {
    return kg_fail_system(err, errno, "write in", path);
  }
  errno = EIO; /* what a short write stands for */
  const bool good = write(file, text, (size_t)bytes) == bytes && fsync(file) == 0;
  const int code = errno;
  close(file);
  return good ? KGQ_OK : kg_fail_system(err, code, "write in", path);
}

kgq_status kg_folder_mark(kg_folder *folder, kgq_error **err) {
  KGQ_TRY(mark_write_new(folder->fd, folder->path, err));
  if (renameat(folder->fd, MARK_NEW_NAME, folder->fd, MARK_NAME) != 0) {
    const int code = errno;
    /* Another process that makes the same database has renamed the same text before us. */
    if (code != ENOENT || faccessat(folder->fd, MARK_NAME, F_OK, 0) != 0) {
      return kg_fail_system(err, code, "write in", folder->path);
    }
  }
  KGQ_TRY(kg_folder_sync(folder, err));
  folder->features = KG_FEATURE_LOG;
  return KGQ_OK;
}

kgq_status kg_folder_need_log(kg_folder *folder, kgq_error **err) {
  return folder->features & KG_FEATURE_LOG ? KGQ_OK : kg_folder_mark(folder, err);
}

int32_t kg_folder_format(const char *path) {
  const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return 0;
  }
  mark found;
  const kgq_status st = mark_read(fd, path, &found, NULL);
  close(fd);
  return st == KGQ_OK && found.whole ? found.format : 0;
}

/* ---- opening ---------------------------------------------------------------------------------- */

/* A stream over the entries of `name` below fd; NULL: cannot be read. */
static DIR *list_open(int fd, const char *name) {
  const int copy = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (copy < 0) {
    return NULL;
  }
  DIR *list = fdopendir(copy);
  if (list == NULL) {
    close(copy);
  }
  return list;
}

static const char *list_next(DIR *list) {
  for (;;) {
    const struct dirent *entry = readdir(list);
    if (entry == NULL) {
      return NULL;
    }
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      return entry->d_name;
    }
  }
}

/* Nothing in it but what a kill while the mark was written leaves. */
static kgq_status is_empty(int fd, const char *path, bool *out, kgq_error **err) {
  DIR *list = list_open(fd, ".");
  if (list == NULL) {
    return kg_fail_system(err, errno, "list", path);
  }
  *out = true;
  for (const char *name = list_next(list); name != NULL; name = list_next(list)) {
    *out = *out && strcmp(name, MARK_NEW_NAME) == 0;
  }
  closedir(list);
  return KGQ_OK;
}

static kgq_status fail_missing(const char *path, kgq_error **err) {
  return kg_fail(err, KGQ_NOTFOUND, "there is no database at %s", path);
}

/* The folder's mark decides what it is; without one it may only be empty and about to become ours. */
static kgq_status recognise(kg_folder *folder, const char *path, kg_folder_use use, kgq_error **err) {
  mark found;
  KGQ_TRY(mark_read(folder->fd, path, &found, err));
  if (found.present && use != KG_FOLDER_UNMARKED) {
    folder->features = found.features;
    return mark_check(&found, path, err);
  }
  bool empty = false;
  KGQ_TRY(is_empty(folder->fd, path, &empty, err));
  if (use == KG_FOLDER_UNMARKED) {
    folder->features = KG_FEATURE_LOG; /* so the mark will say */
    return empty ? KGQ_OK : kg_fail(err, KGQ_REFUSED, "the folder %s is not empty", path);
  }
  if (!empty) {
    kg_fail(err, KGQ_FORMAT, "%s is not a KGQ database: the folder holds other files", path);
    kg_hint(err, "name a folder that does not exist yet");
    return KGQ_FORMAT;
  }
  return use == KG_FOLDER_CREATE ? kg_folder_mark(folder, err) : fail_missing(path, err);
}

static kgq_status sync_parent(const char *path, kgq_error **err) {
  char parent[PATH_MAX];
  const char *slash = strrchr(path, '/');
  const int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
  snprintf(parent, sizeof parent, "%.*s", length, slash == NULL ? "." : path);
  const int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return KGQ_OK; /* a parent that may not be listed: nothing to be done, and no reason to refuse */
  }
  const bool good = fsync(fd) == 0 || errno == EINVAL;
  const int code = errno;
  close(fd);
  return good ? KGQ_OK : kg_fail_system(err, code, "sync", parent);
}

static kgq_status make(const char *path, kgq_error **err) {
  if (mkdir(path, 0777) == 0) {
    return KGQ_OK;
  }
  return errno == EEXIST ? KGQ_OK : kg_fail_system(err, errno, "make the folder", path);
}

static kgq_status open_descriptor(const char *path, kg_folder *out, kgq_error **err) {
  out->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (out->fd >= 0) {
    return KGQ_OK;
  }
  if (errno == ENOENT) {
    return fail_missing(path, err);
  }
  if (errno == ENOTDIR) {
    return kg_fail(err, KGQ_FORMAT, "%s is not a KGQ database: it is no folder", path);
  }
  return kg_fail_system(err, errno, "open", path);
}

static kgq_status keep_path(const char *path, kg_folder *out, kgq_error **err) {
  char absolute[PATH_MAX];
  if (realpath(path, absolute) == NULL) {
    return kg_fail_system(err, errno, "open", path);
  }
  out->path_bytes = strlen(absolute) + 1;
  out->path = kg_alloc(out->allocator, out->path_bytes);
  if (out->path == NULL) {
    return kg_fail_memory(err);
  }
  memcpy(out->path, absolute, out->path_bytes);
  return KGQ_OK;
}

kgq_status kg_folder_open(const kgq_allocator *a, const char *path, kg_folder_use use, kg_folder *out,
                          kgq_error **err) {
  *out = (kg_folder){ .fd = -1, .allocator = a };
  const bool creates = use == KG_FOLDER_CREATE || use == KG_FOLDER_UNMARKED;
  if (creates) {
    KGQ_TRY(make(path, err));
  }
  kgq_status st = KGQ_OK;
  KGQ_TRY_DONE(open_descriptor(path, out, err));
  KGQ_TRY_DONE(keep_path(path, out, err));
  KGQ_TRY_DONE(recognise(out, path, use, err));
  if (creates) {
    KGQ_TRY_DONE(sync_parent(out->path, err));
  }
done:
  if (st != KGQ_OK) {
    kg_folder_close(out);
  }
  return st;
}

void kg_folder_close(kg_folder *folder) {
  if (folder->fd >= 0) {
    close(folder->fd);
  }
  kg_free(folder->allocator, folder->path, folder->path_bytes);
  folder->fd = -1;
  folder->path = NULL;
}

kgq_status kg_folder_join(const kg_folder *folder, const char *name, char out[PATH_MAX], kgq_error **err) {
  const int length = snprintf(out, PATH_MAX, "%s/%s", folder->path, name);
  if (length < 0 || length > PATH_MAX - FILE_NAME_ROOM) {
    return kg_fail(err, KGQ_LIMIT, "the path %s is too long", folder->path);
  }
  return KGQ_OK;
}

kgq_status kg_folder_sync(const kg_folder *folder, kgq_error **err) {
  return fsync(folder->fd) == 0 || errno == EINVAL ? KGQ_OK
                                                   : kg_fail_system(err, errno, "sync", folder->path);
}

/* ---- contents ---------------------------------------------------------------------------------- */

kgq_status kg_folder_clear_ingest(const kg_folder *folder, kgq_error **err) {
  if (mkdirat(folder->fd, KG_FOLDER_INGEST, 0777) != 0 && errno != EEXIST) {
    return kg_fail_system(err, errno, "make the folder ingest in", folder->path);
  }
  DIR *list = list_open(folder->fd, KG_FOLDER_INGEST);
  if (list == NULL) {
    return kg_fail_system(err, errno, "list the folder ingest in", folder->path);
  }
  kgq_status st = KGQ_OK;
  for (const char *name = list_next(list); name != NULL && st == KGQ_OK; name = list_next(list)) {
    if (unlinkat(dirfd(list), name, 0) != 0) {
      st = kg_fail_system(err, errno, "clear the folder ingest in", folder->path);
    }
  }
  closedir(list);
  return st;
}

static void discard_below(int fd, const char *name) {
  DIR *list = list_open(fd, name);
  if (list != NULL) {
    for (const char *entry = list_next(list); entry != NULL; entry = list_next(list)) {
      (void)unlinkat(dirfd(list), entry, 0);
    }
    closedir(list);
    (void)unlinkat(fd, name, AT_REMOVEDIR);
  }
}

void kg_folder_discard(const char *path, bool whole) {
  static const char *const names[] = { MARK_NAME, MARK_NEW_NAME, "lock", "watermark", "watermark.new" };
  const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return;
  }
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    (void)unlinkat(fd, names[i], 0);
  }
  discard_below(fd, KG_FOLDER_INGEST);
  discard_below(fd, KG_FOLDER_ROCKS);
  close(fd);
  if (whole) {
    (void)rmdir(path);
  }
}

static uint64_t bytes_below(int fd, const char *name) {
  DIR *list = list_open(fd, name);
  if (list == NULL) {
    return 0;
  }
  uint64_t bytes = 0;
  for (const char *entry = list_next(list); entry != NULL; entry = list_next(list)) {
    struct stat info;
    /* stat only: opening and closing RocksDB's LOCK would drop its lock. */
    if (fstatat(dirfd(list), entry, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode)) {
      bytes += (uint64_t)info.st_size; /* not what logs have reserved ahead */
    }
  }
  closedir(list);
  return bytes;
}

uint64_t kg_folder_bytes(const kg_folder *folder) {
  return bytes_below(folder->fd, ".") + bytes_below(folder->fd, KG_FOLDER_ROCKS) +
         bytes_below(folder->fd, KG_FOLDER_INGEST);
}

/* The number of a file's name, such as 12 of "000012.log" with the ending ".log"; 0: another file. */
static uint64_t file_number(const char *name, const char *ending) {
  uint64_t number = 0;
  const char *p = name;
  for (; *p >= '0' && *p <= '9' && number < UINT64_MAX / 16; p++) {
    number = number * 10 + (uint64_t)(*p - '0');
  }
  return p > name && strcmp(p, ending) == 0 ? number : 0;
}

bool kg_folder_has_data(const kg_folder *folder) {
  DIR *list = list_open(folder->fd, KG_FOLDER_ROCKS);
  bool found = false;
  if (list != NULL) {
    for (const char *name = list_next(list); name != NULL && !found; name = list_next(list)) {
      found = file_number(name, ".sst") > 0;
    }
    closedir(list);
  }
  return found;
}

/* RocksDB's files of data end so (block-based tables). */
static bool has_end(int fd, const char *name) {
  static const unsigned char magic[8] = { 0xf7, 0xcf, 0xf4, 0x85, 0xb7, 0x41, 0xe2, 0x88 };
  unsigned char last[sizeof magic];
  const int file = openat(fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) {
    return false;
  }
  const off_t bytes = lseek(file, 0, SEEK_END);
  const bool read = bytes >= (off_t)sizeof last &&
                    pread(file, last, sizeof last, bytes - (off_t)sizeof last) == (ssize_t)sizeof last;
  close(file);
  return read && memcmp(last, magic, sizeof magic) == 0;
}

/* The number of the first data file that is not as it should be; 0: there is none. */
static uint64_t first_not(const kg_folder *folder, bool (*is_right)(int fd, const char *name)) {
  DIR *list = list_open(folder->fd, KG_FOLDER_ROCKS);
  uint64_t found = 0;
  if (list == NULL) {
    return 0;
  }
  for (const char *name = list_next(list); name != NULL && found == 0; name = list_next(list)) {
    const uint64_t number = file_number(name, ".sst");
    found = number > 0 && !is_right(dirfd(list), name) ? number : 0;
  }
  closedir(list);
  return found;
}

uint64_t kg_folder_cut_data(const kg_folder *folder) {
  return first_not(folder, has_end);
}

uint64_t kg_folder_bad_data(const kg_folder *folder) {
  return first_not(folder, kg_data_file_opens);
}

/* The number of a log's or a manifest's name; 0: another file. */
static uint64_t number_of(kg_file_kind kind, const char *name) {
  const size_t prefix = sizeof MANIFEST_PREFIX - 1;
  if (kind == KG_FILE_LOG) {
    return file_number(name, ".log");
  }
  return strncmp(name, MANIFEST_PREFIX, prefix) == 0 ? file_number(name + prefix, "") : 0;
}

void kg_folder_clear_empty_logs(const kg_folder *folder) {
  DIR *list = list_open(folder->fd, KG_FOLDER_ROCKS);
  if (list == NULL) {
    return;
  }
  for (const char *name = list_next(list); name != NULL; name = list_next(list)) {
    struct stat info;
    if (file_number(name, ".log") > 0 && fstatat(dirfd(list), name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        info.st_size == 0) {
      (void)unlinkat(dirfd(list), name, 0);
    }
  }
  closedir(list);
}

kg_file_end kg_folder_file_end(const kg_folder *folder, kg_file_kind kind) {
  kg_file_end end = { kind, 0, 0 };
  DIR *list = list_open(folder->fd, KG_FOLDER_ROCKS);
  if (list == NULL) {
    return end;
  }
  for (const char *name = list_next(list); name != NULL; name = list_next(list)) {
    const uint64_t number = number_of(kind, name);
    struct stat info;
    if (number > end.number && fstatat(dirfd(list), name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
      end = (kg_file_end){ kind, number, (uint64_t)info.st_size };
    }
  }
  closedir(list);
  return end;
}

static bool cut_file(int fd, const char *name, uint64_t bytes) {
  const int file = openat(fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) {
    return false;
  }
  struct stat info;
  bool good = fstat(file, &info) == 0;
  if (good && (uint64_t)info.st_size > bytes) {
    good = ftruncate(file, (off_t)bytes) == 0 && fsync(file) == 0;
  }
  close(file);
  return good;
}

/* Later logs go whole: they continue the one that is cut. A later manifest stands for itself. */
static bool is_to_cut(kg_file_end end, uint64_t number) {
  return number > 0 && (number == end.number || (end.kind == KG_FILE_LOG && number > end.number));
}

kgq_status kg_folder_file_cut(const kg_folder *folder, kg_file_end end, kgq_error **err) {
  if (end.number == 0) {
    return KGQ_OK;
  }
  DIR *list = list_open(folder->fd, KG_FOLDER_ROCKS);
  if (list == NULL) {
    return kg_fail_system(err, errno, "list the folder rocks in", folder->path);
  }
  kgq_status st = KGQ_OK;
  for (const char *name = list_next(list); name != NULL; name = list_next(list)) {
    const uint64_t number = number_of(end.kind, name);
    if (is_to_cut(end, number) && !cut_file(dirfd(list), name, number == end.number ? end.bytes : 0)) {
      st = kg_fail_system(err, errno, "cut back the log in", folder->path);
    }
  }
  closedir(list);
  return st;
}
