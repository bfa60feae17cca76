/* core/lock.c: OFD locks on three bytes of the file `lock`, and the writer's process id as its text.
 *
 * The locked bytes lie far beyond the text. Waiting is by asking again each millisecond: locks are held for
 * milliseconds, and a blocking wait could not be ended. Does not decide who waits how long: store.c does.
 */
#include "core/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOCK_NAME   "lock"
#define BYTE_WRITER ((off_t)1 << 30)
#define BYTE_FILES  (((off_t)1 << 30) + 1)
#define BYTE_TURN   (((off_t)1 << 30) + 2)

/* 0, or the errno. type: F_RDLCK, F_WRLCK, F_UNLCK. */
static int lock_byte(int fd, off_t byte, short type) {
  struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1, .l_pid = 0 };
  for (;;) {
    if (fcntl(fd, F_OFD_SETLK, &range) == 0) {
      return 0;
    }
    if (errno != EINTR) {
      return errno;
    }
  }
}

static long holder_pid(int fd) {
  char text[32];
  const ssize_t bytes = pread(fd, text, sizeof text - 1, 0);
  if (bytes <= 0) {
    return 0;
  }
  text[bytes] = '\0';
  return strtol(text, NULL, 10);
}

static kgq_status fail_locked(int fd, const char *path, kgq_error **err) {
  const long pid = holder_pid(fd);
  if (pid == (long)getpid()) {
    kg_fail(err, KGQ_LOCKED, "%s is already open for writing in this process (%ld)", path, pid);
    kg_hint(err, "share that handle, or open the database for reading only");
  } else if (pid > 0) {
    kg_fail(err, KGQ_LOCKED, "process %ld is writing to %s", pid, path);
    kg_hint(err, "opening it for reading only works meanwhile");
  } else {
    kg_fail(err, KGQ_LOCKED, "another process is writing to %s", path);
    kg_hint(err, "opening it for reading only works meanwhile");
  }
  return KGQ_LOCKED;
}

static kgq_status take_writer(int fd, const char *path, kgq_error **err) {
  const int code = lock_byte(fd, BYTE_WRITER, F_WRLCK);
  if (code == EAGAIN || code == EACCES) {
    return fail_locked(fd, path, err);
  }
  if (code != 0) {
    return kg_fail_system(err, code, "lock", path);
  }
  char text[32];
  const int bytes = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  /* The number only serves a message: the lock itself is what counts, so a full disk is no reason to refuse.
   */
  if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)bytes, 0) != bytes) {
    (void)!ftruncate(fd, 0);
  }
  return KGQ_OK;
}

kgq_status kg_lock_open(const kg_folder *folder, const char *path, bool writer, kg_lock *out,
                        kgq_error **err) {
  *out = (kg_lock){ -1, false };
  const int flags = writer ? O_RDWR | O_CREAT : O_RDONLY;
  const int fd = openat(folder->fd, LOCK_NAME, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (fd < 0) {
    return writer ? kg_fail_system(err, errno, "write in", path) : KGQ_OK;
  }
  if (writer) {
    const kgq_status st = take_writer(fd, path, err);
    if (st != KGQ_OK) {
      close(fd);
      return st;
    }
  }
  *out = (kg_lock){ fd, writer };
  return KGQ_OK;
}

void kg_lock_close(kg_lock *lock) {
  if (lock->fd < 0) {
    return;
  }
  if (lock->writer) {
    (void)!ftruncate(lock->fd, 0); /* the process id is nobody's from here on */
  }
  close(lock->fd);
  *lock = (kg_lock){ -1, false };
}

/* Asks each millisecond until *left_ms is used up. Media that cannot lock refuse a writer only. */
static bool wait_for(int fd, off_t byte, bool alone, uint32_t *left_ms) {
  for (;;) {
    const int code = lock_byte(fd, byte, alone ? F_WRLCK : F_RDLCK);
    const bool taken = code == EAGAIN || code == EACCES;
    if (code == 0 || !taken) {
      return code == 0 || !alone;
    }
    if (*left_ms == 0) {
      return false;
    }
    *left_ms -= 1;
    const struct timespec millisecond = { 0, 1000000 };
    nanosleep(&millisecond, NULL);
  }
}

bool kg_lock_files(const kg_lock *lock, bool alone, uint32_t wait_ms) {
  if (lock->fd < 0) {
    return true;
  }
  uint32_t left_ms = wait_ms;
  const bool turn = wait_for(lock->fd, BYTE_TURN, alone, &left_ms);
  const bool got = turn && wait_for(lock->fd, BYTE_FILES, alone, &left_ms);
  if (turn) {
    (void)lock_byte(lock->fd, BYTE_TURN, F_UNLCK);
  }
  return got;
}

void kg_lock_files_end(const kg_lock *lock) {
  if (lock->fd >= 0) {
    (void)lock_byte(lock->fd, BYTE_FILES, F_UNLCK);
  }
}
