/* core/beneath.c: opening a file below a folder by a name from outside. See beneath.h.
 *
 * Works with openat and O_NOFOLLOW alone, which every system has, and not with openat2, which a sandbox may
 * forbid.
 */
#include "core/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/folder.h"

/* The name that a path begins with. */
static kgq_str first_name(kgq_str path) {
  const char *slash = path.len ? memchr(path.ptr, '/', path.len) : NULL;
  return kg_str_n(path.ptr, slash ? (size_t)(slash - path.ptr) : path.len);
}

const char *kg_beneath_refusal(kgq_str path) {
  for (kgq_str rest = path;;) {
    const kgq_str name = first_name(rest);
    if (name.len == 0) {
      return "a name in its path is empty";
    }
    if (kg_str_equal(name, KG_STR(".")) || kg_str_equal(name, KG_STR(".."))) {
      return "its path has a '.' or '..' in it";
    }
    if (memchr(name.ptr, '\0', name.len)) {
      return "its path has a NUL byte in it";
    }
    if (name.len > NAME_MAX) {
      return "a name in its path is longer than a file's can be";
    }
    if (name.len == rest.len) {
      return NULL;
    }
    rest = kg_str_n(rest.ptr + name.len + 1, rest.len - name.len - 1);
  }
}

static kgq_status tell_failure(int code, const char *shown, kgq_error **err) {
  if (code == ENOENT || code == ENOTDIR) {
    return kg_fail(err, KGQ_NOTFOUND, "there is no file %s", shown);
  }
  if (code == ELOOP) {
    return kg_fail(err, KGQ_REFUSED, "%s is refused: a symbolic link is on its way", shown);
  }
  return kg_fail_system(err, code, "open", shown);
}

/* One step. A folder opened so is no link: with O_DIRECTORY some systems say ENOTDIR of one, so it is looked
 * at before. Devices and FIFOs are not even opened: that alone may do something. */
static kgq_status open_name(int folder, const char *name, bool last, const char *shown, int *out,
                            kgq_error **err) {
  struct stat before, after;
  if (fstatat(folder, name, &before, AT_SYMLINK_NOFOLLOW) != 0) {
    return tell_failure(errno, shown, err);
  }
  if (S_ISLNK(before.st_mode)) {
    return tell_failure(ELOOP, shown, err);
  }
  if (last && !S_ISREG(before.st_mode)) {
    return kg_fail(err, KGQ_REFUSED, "%s is refused: it is no regular file", shown);
  }
  *out =
      openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | (last ? O_NONBLOCK : O_DIRECTORY));
  if (*out < 0) {
    return tell_failure(errno, shown, err);
  }
  if (last && (fstat(*out, &after) != 0 || !S_ISREG(after.st_mode))) {
    (void)close(*out);
    *out = -1;
    return kg_fail(err, KGQ_REFUSED, "%s is refused: it is no regular file", shown);
  }
  return KGQ_OK;
}

kgq_status kg_beneath_open(int folder, kgq_str path, const char *shown, int *out, kgq_error **err) {
  const char *const refusal = kg_beneath_refusal(path);
  *out = -1;
  if (refusal) {
    return kg_fail(err, KGQ_REFUSED, "%s is refused: %s", shown, refusal);
  }
  int at = folder;
  kgq_status st = KGQ_OK;
  for (bool last = false; st == KGQ_OK && !last;) {
    const kgq_str first = first_name(path);
    char name[NAME_MAX + 1];
    int next = -1;
    memcpy(name, first.ptr, first.len);
    name[first.len] = '\0';
    last = first.len == path.len;
    st = open_name(at, name, last, shown, &next, err);
    if (at != folder) {
      (void)close(at);
    }
    at = next;
    path = last ? path : kg_str_n(path.ptr + first.len + 1, path.len - first.len - 1);
  }
  *out = at;
  return st;
}
