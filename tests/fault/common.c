/* tests/fault/common.c: arguments, children and folders of the fault tests, and opening what they broke.
 *
 * What the database should hold is in model.c. Nothing here knows what kind of fault is tested.
 */
#include "tests/fault/common.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define CACHE_BYTES  (8u << 20)
#define MEMORY_BYTES (256u << 20)
#define SHOWN_MAX    12
#define BATCH_TRIALS 50

/* ---- a run ----------------------------------------------------------------------------------------- */

void fault_die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(2);
}

static uint64_t seed_of_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return fault_mix((uint64_t)now.tv_nsec, (uint64_t)now.tv_sec) % 1000000000;
}

void fault_begin(fault_run *run, const char *name, int argc, char **argv, unsigned count, bool in_memory) {
  *run = (fault_run){ .name = name, .seed = seed_of_now(), .count = count };
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--self-test") == 0) {
      run->self_test = true;
    } else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc) {
      run->count = (unsigned)strtoul(argv[++i], NULL, 10);
    } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
      run->seed = strtoull(argv[++i], NULL, 10);
    } else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
      run->seconds = (unsigned)strtoul(argv[++i], NULL, 10);
    } else if (strcmp(argv[i], "--workers") == 0 && i + 1 < argc) {
      run->workers = (unsigned)strtoul(argv[++i], NULL, 10);
    } else if (strcmp(argv[i], "--keep") == 0) {
      run->keep = true;
    } else {
      fprintf(stderr, "usage: %s [--count N] [--seed N] [--seconds N] [--workers N] [--self-test] [--keep]\n",
              argv[0]);
      exit(2);
    }
  }
  const char *place = in_memory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  snprintf(run->folder, sizeof run->folder, "%s/kgq-fault-%s-XXXXXX", place, name);
  if (mkdtemp(run->folder) == NULL) {
    fault_die(run->folder);
  }
  printf("%s: seed %" PRIu64 ", count %u\n", name, run->seed, run->count);
  fflush(stdout);
}

int fault_end(fault_run *run) {
  if (run->keep && run->failed > 0) {
    printf("%s: what failed is kept in %s\n", run->name, run->folder);
  } else {
    fault_remove(run->folder);
  }
  if (run->failed > 0) {
    printf("%s: again with --seed %" PRIu64 " --count %u\n", run->name, run->seed, run->count);
  }
  printf("%u passed, %u failed", run->passed, run->failed);
  if (run->skipped > 0) {
    printf(", %u skipped", run->skipped);
  }
  printf("\n");
  return run->failed == 0 ? 0 : 1;
}

void fault_pass(fault_run *run) {
  run->passed++;
}

void fault_keep(const fault_run *run, const char *path, const char *name) {
  char to[sizeof run->folder + 80];
  snprintf(to, sizeof to, "%s/failed-%s", run->folder, name);
  if (run->keep) {
    (void)rename(path, to);
  }
}

void fault_fail(fault_run *run, const char *format, ...) {
  run->failed++;
  if (run->failed <= SHOWN_MAX) {
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
  }
}

uint64_t fault_mix(uint64_t a, uint64_t b) {
  uint64_t state = a ^ (b * 0x9e3779b97f4a7c15u);
  return fault_random(&state);
}

uint64_t fault_random(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t fault_below(uint64_t *state, uint64_t limit) {
  return limit == 0 ? 0 : fault_random(state) % limit;
}

/* ---- folders --------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)info;
  (void)kind;
  (void)place;
  (void)remove(path);
  return 0;
}

void fault_remove(const char *path) {
  (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void copy_file(const char *from, const char *to) {
  static char buffer[1 << 16];
  const int in = open(from, O_RDONLY | O_CLOEXEC),
            out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (in < 0 || out < 0) {
    fault_die(from);
  }
  for (ssize_t bytes; (bytes = read(in, buffer, sizeof buffer)) > 0;) {
    if (write(out, buffer, (size_t)bytes) != bytes) {
      fault_die(to);
    }
  }
  close(in);
  close(out);
}

static struct {
  const char *to;
  size_t from_bytes;
} copying;

static int copy_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)kind;
  (void)place;
  char to[PATH_MAX];
  snprintf(to, sizeof to, "%s%s", copying.to, path + copying.from_bytes);
  if (S_ISDIR(info->st_mode)) {
    return mkdir(to, 0777) != 0 && errno != EEXIST;
  }
  if (S_ISREG(info->st_mode)) {
    copy_file(path, to);
  }
  return 0;
}

void fault_copy(const char *from, const char *to) {
  copying.to = to;
  copying.from_bytes = strlen(from);
  if (nftw(from, copy_one, 16, FTW_PHYS) != 0) {
    fault_die(to);
  }
}

/* ---- children -------------------------------------------------------------------------------------- */

/* A process that somebody has stopped is not late. */
static bool is_stopped(pid_t pid) {
  char path[64], text[256] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *f = fopen(path, "r");
  if (f != NULL) {
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
  }
  const char *name_end = strrchr(text, ')');
  return name_end != NULL && name_end[1] == ' ' && (name_end[2] == 'T' || name_end[2] == 't');
}

/* Ends a child that does not end by itself. Time is counted here, second by second, so that it stands still
 * when everything is stopped; it begins again whenever *progress has changed. */
static void watch(pid_t child, unsigned timeout_s, const volatile unsigned *progress) {
  struct pollfd end = { .fd = pidfd_open(child, 0), .events = POLLIN };
  unsigned late_s = 0, seen = progress != NULL ? *progress : 0;
  if (end.fd < 0) {
    fault_die("pidfd_open");
  }
  for (int ready; (ready = poll(&end, 1, 1000)) <= 0;) {
    if (progress != NULL && *progress != seen) {
      seen = *progress;
      late_s = 0;
    } else if (ready == 0 && !is_stopped(child) && ++late_s >= timeout_s) {
      fprintf(stderr, "a child did not end in time\n");
      kill(child, SIGALRM);
    }
  }
  close(end.fd);
}

static int wait_for(pid_t child, unsigned timeout_s, const volatile unsigned *progress) {
  int status = 0;
  watch(child, timeout_s, progress);
  while (waitpid(child, &status, 0) != child) {
    if (errno != EINTR) {
      fault_die("waitpid");
    }
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int child_watched(const char *hook, int (*fn)(void *arg), void *arg, unsigned timeout_s,
                         const volatile unsigned *progress) {
  fflush(NULL);
  const pid_t child = fork();
  if (child < 0) {
    fault_die("fork");
  }
  if (child == 0) {
    if (hook != NULL) {
      setenv("KGQ_TEST_HOOK", hook, 1);
    }
    exit(fn(arg)); /* not _exit: leaks are looked for at the end */
  }
  return wait_for(child, timeout_s, progress);
}

int fault_child_hooked(const char *hook, int (*fn)(void *arg), void *arg, unsigned timeout_s) {
  return child_watched(hook, fn, arg, timeout_s, NULL);
}

int fault_child(int (*fn)(void *arg), void *arg, unsigned timeout_s) {
  return child_watched(NULL, fn, arg, timeout_s, NULL);
}

typedef struct batch {
  const fault_trials *how;
  unsigned first, step, count; /* of trials: first, first + step ... */
  unsigned done;
  int results[BATCH_TRIALS];
} batch;

static int run_batch(void *arg) {
  batch *b = arg;
  for (; b->done < b->count; b->done++) {
    b->results[b->done] = b->how->run(b->how->arg, b->first + b->done * b->step);
  }
  return 0;
}

void fault_run_trials(const fault_trials *how, unsigned first, unsigned step, unsigned count) {
  batch *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (b == MAP_FAILED) {
    fault_die("memory");
  }
  while (first < count) {
    const unsigned left = (count - first + step - 1) / step;
    *b = (batch){
      .how = how, .first = first, .step = step, .count = left < BATCH_TRIALS ? left : BATCH_TRIALS
    };
    const int status = child_watched(how->hook, run_batch, b, how->timeout_s, &b->done);
    if (b->done < b->count) {
      b->results[b->done++] = status == 0 ? FAULT_WRONG : status;
    }
    for (unsigned i = 0; i < b->done; i++) {
      how->told(how->arg, first + i * step, b->results[i]);
    }
    first += b->done * step;
  }
  munmap(b, sizeof *b);
}

void fault_workers(fault_run *run, unsigned usual, fault_worker_fn fn, void *arg) {
  const unsigned workers = run->workers > 0 ? run->workers : usual;
  fault_run *runs =
      mmap(NULL, workers * sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (runs == MAP_FAILED) {
    fault_die("memory");
  }
  fflush(NULL);
  for (unsigned i = 0; i < workers; i++) {
    runs[i] = *run;
    runs[i].passed = runs[i].failed = runs[i].skipped = runs[i].hung = 0;
    if (fork() == 0) {
      fn(&runs[i], i, workers, arg);
      fflush(NULL);
      _exit(0);
    }
  }
  for (int status = 0; wait(&status) > 0;) {
    if (status != 0) {
      fault_fail(run, "a worker died (status %d)", status);
    }
  }
  for (unsigned i = 0; i < workers; i++) {
    run->passed += runs[i].passed;
    run->failed += runs[i].failed;
    run->skipped += runs[i].skipped;
    run->hung += runs[i].hung;
  }
  munmap(runs, workers * sizeof *runs);
}

void fault_caught(fault_run *run, const char *what, const fault_run *inner) {
  printf("%s: caught in %u of %u trials, %u hung\n", what, inner->failed,
         inner->failed + inner->passed + inner->hung, inner->hung);
  if (inner->failed > 0) {
    fault_pass(run);
  } else {
    fault_fail(run, "%s was not caught", what);
  }
}

/* ---- opening ---------------------------------------------------------------------------------------- */

kgq_status fault_open(const char *path, uint32_t flags, kgq_db **db, kgq_conn **conn, kgq_error **err) {
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = flags;
  options.cache_bytes = CACHE_BYTES;
  options.memory_bytes = MEMORY_BYTES;
  *db = NULL;
  *conn = NULL;
  kgq_status st = kgq_open(path, &options, db, err);
  if (st == KGQ_OK) {
    st = kgq_connect(*db, conn, err);
  }
  return st;
}

kgq_status fault_tell(const char *where, kgq_error *err) {
  const kgq_status st = kgq_error_status(err);
  fprintf(stderr, "%s: %s: %s\n", where, kgq_status_name(st), kgq_error_message(err));
  kgq_error_free(err);
  return st;
}

static void tell_finding(void *arg, int32_t severity, const kgq_error *message) {
  (void)arg;
  (void)severity;
  fprintf(stderr, "  check: %s\n", kgq_error_message(message));
}

static int compare(kgq_conn *conn, const char *path, const fault_model *m, uint64_t low, uint64_t high,
                   uint64_t *found) {
  kgq_error *err = NULL;
  fault_state have;
  if (fault_read(conn, &have, &err) != KGQ_OK) {
    fault_tell(path, err);
    return FAULT_WRONG;
  }
  *found = have.step;
  const fault_state want = fault_expected(m, have.step > high ? high : have.step);
  if (have.step < low || have.step > high) {
    fprintf(stderr, "%s: it holds step %" PRIu64 ", wanted %" PRIu64 " to %" PRIu64 "\n", path, have.step,
            low, high);
    return FAULT_WRONG;
  }
  if (have.lines != want.lines || have.sum != want.sum) {
    fprintf(stderr, "%s: step %" PRIu64 " should have %" PRIu64 " lines, and it has %" PRIu64 "%s\n", path,
            have.step, want.lines, have.lines, have.lines == want.lines ? " others" : "");
    return FAULT_WRONG;
  }
  return FAULT_RIGHT;
}

static int check(kgq_conn *conn, const char *path) {
  kgq_error *err = NULL;
  kgq_set_message(conn, tell_finding, NULL);
  const kgq_status st = kgq_check(conn, &err);
  kgq_set_message(conn, NULL, NULL);
  if (st != KGQ_OK) {
    fault_tell(path, err);
  }
  return st == KGQ_OK ? FAULT_RIGHT : FAULT_WRONG;
}

static int one_more(kgq_conn *conn, const char *path, const fault_model *m, uint64_t n) {
  kgq_error *err = NULL;
  if (fault_do_step(conn, m, n, &err) != KGQ_OK) {
    fault_tell(path, err);
    return FAULT_WRONG;
  }
  uint64_t found;
  return compare(conn, path, m, n, n, &found);
}

int fault_judge(kgq_conn *conn, const char *path, const fault_model *m, uint64_t low, uint64_t high,
                uint64_t *found) {
  const int result = compare(conn, path, m, low, high, found);
  return result == FAULT_RIGHT ? check(conn, path) : result;
}

int fault_verify(const char *path, const fault_model *m, uint64_t low, uint64_t high, uint32_t flags,
                 bool work_on, uint64_t *found) {
  kgq_db *db;
  kgq_conn *conn;
  kgq_error *err = NULL;
  *found = 0;
  int result = FAULT_UNOPENED;
  if (fault_open(path, flags, &db, &conn, &err) == KGQ_OK) {
    result = fault_judge(conn, path, m, low, high, found);
    if (work_on && result == FAULT_RIGHT) {
      result = one_more(conn, path, m, *found + 1);
    }
  } else {
    fault_tell(path, err);
  }
  kgq_disconnect(conn);
  kgq_close(db);
  return result;
}
