/* shell/progress.c: the line on a terminal that says how far a load, an export or a compaction is.
 *
 * The library tells what it does, how much is done and, where it knows, of how much (kgq_set_progress). A
 * file that is read counts in bytes as it lies there; phases behind it count rows. Rate and time left are
 * those of the file or phase at hand, as the phases to come are not known. Progress of statements is in
 * output.c.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shell/shell.h"

#define TOLD_SECONDS 0.1 /* between two lines */
/* A rate over less than this is chance. */
#define RATE_SECONDS 0.2
/* Of a name: the line must fit 80 columns, or the terminal breaks it and only its end is cleared. */
#define NAME_BYTES 28

static struct {
  const char *path; /* that a load reads */
  size_t number, count;
  uint64_t done;
  char what[64];               /* that is counted at the moment ... */
  struct timespec since, told; /* ... from here on */
} now;

static double seconds_between(const struct timespec *from, const struct timespec *to) {
  return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

/* ---- the line ------------------------------------------------------------------------------------- */

/* "12 s", "3:05", "2:10:00" */
static void print_time(char *out, size_t capacity, double seconds) {
  const unsigned long s = seconds < 1e9 ? (unsigned long)(seconds + 0.5) : 1000000000ul;
  if (s < 60) {
    (void)snprintf(out, capacity, "%lu s", s);
  } else if (s < 3600) {
    (void)snprintf(out, capacity, "%lu:%02lu", s / 60, s % 60);
  } else {
    (void)snprintf(out, capacity, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
  }
}

static const char *amount(uint64_t number, bool bytes, char buffer[32]) {
  if (!bytes) {
    return with_commas(number, buffer);
  }
  (void)snprintf(buffer, 32, "%.1f MB", (double)number / 1e6);
  return buffer;
}

/* At most `capacity` - 1 bytes. */
static void print_line(char *out, size_t capacity, const char *what, uint64_t done, uint64_t total,
                       double seconds, bool bytes) {
  char a[32], b[32], rate[64] = "", left[64] = "", time_left[40];
  const bool known = total > 0 && done <= total;
  const double per_second = seconds >= RATE_SECONDS ? (double)done / seconds : 0;
  if (per_second >= 1) {
    (void)snprintf(rate, sizeof rate, ", %s/s", amount((uint64_t)per_second, bytes, a));
  }
  if (known && per_second > 0 && done < total) {
    print_time(time_left, sizeof time_left, (double)(total - done) / per_second);
    (void)snprintf(left, sizeof left, ", %s left", time_left);
  }
  if (known) {
    (void)snprintf(out, capacity, "%s: %u %% of %s%s%s", what, (unsigned)((double)done * 100 / (double)total),
                   amount(total, bytes, b), rate, left);
  } else {
    (void)snprintf(out, capacity, "%s: %s%s", what, amount(done, bytes, b), rate);
  }
}

/* The end of a path without what a terminal would obey, and which file of how many. */
static void print_name(char *out, size_t capacity, const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash && slash[1] ? slash + 1 : path;
  const size_t length = strlen(name);
  const char *from = length > NAME_BYTES ? name + length - NAME_BYTES : name;
  while (from > name && ((unsigned char)*from & 0xC0) == 0x80) {
    from--; /* not into a character */
  }
  if (now.count > 1) {
    (void)snprintf(out, capacity, "%s%s (%zu of %zu)", from > name ? "..." : "", from, now.number, now.count);
  } else {
    (void)snprintf(out, capacity, "%s%s", from > name ? "..." : "", from);
  }
  for (char *p = out; *p; p++) {
    *p = (unsigned char)*p < ' ' || *p == 0x7F ? '?' : *p;
  }
}

/* ---- showing it ----------------------------------------------------------------------------------- */

/* Is it time for a line? A new phase is told at once and counts from now on. */
static bool due(const char *what, uint64_t done, double *seconds) {
  struct timespec at;
  (void)clock_gettime(CLOCK_MONOTONIC, &at);
  const bool fresh = strncmp(now.what, what, sizeof now.what - 1) != 0 || done < now.done;
  now.done = done;
  if (fresh) {
    (void)snprintf(now.what, sizeof now.what, "%s", what);
    now.since = at;
  }
  *seconds = seconds_between(&now.since, &at);
  if (!fresh && seconds_between(&now.told, &at) < TOLD_SECONDS) {
    return false;
  }
  now.told = at;
  return true;
}

/* Does `what` name the file that is read? */
static bool is_file(const char *what) {
  return now.path && strcmp(strcmp(now.path, "-") == 0 ? "stdin" : now.path, what) == 0;
}

int progress_tell(void *arg, const char *what, uint64_t done, uint64_t total) {
  (void)arg;
  char name[160], line[320];
  double seconds;
  if (strcmp(what, "rows") == 0) { /* of a statement; only where somebody waits for it */
    watch_tell(done);
    return 0;
  }
  if (!isatty(STDERR_FILENO)) {
    return 0;
  }
  if (!now.path && total > 0 && done >= total) {
    line_clear();
    return 0;
  }
  if (due(what, done, &seconds)) {
    const bool bytes = is_file(what), files = now.path && strcmp(what, "files") == 0;
    print_name(name, sizeof name, bytes ? what : "");
    print_line(line, sizeof line, bytes ? name : what, done, files ? now.count : total, seconds, bytes);
    line_show(line);
  }
  return 0;
}

void progress_file(const char *path, size_t number, size_t count) {
  now.path = path;
  now.number = number;
  now.count = count;
  if (count < 2 || number == 1) {
    now.what[0] = '\0'; /* "files" are counted from the first one on */
  }
}
