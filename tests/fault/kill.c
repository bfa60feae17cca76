/* tests/fault/kill.c: a writing process is killed at random moments, again and again.
 *
 * The child opens the database where it stands and goes on: small commits, loads into the delta and into
 * blocks, folds, compactions, backups. After each commit that the library has acknowledged it writes the
 * step's number into a pipe. The parent kills it with SIGKILL, has the database opened in another child, and
 * demands: the acknowledged steps whole, the one under way whole or absent, nothing else, check clean, and
 * that work goes on (the next cycle does, with the step that was lost). A backup that was being made is no
 * database, or a whole one.
 *
 * --self-test: a child that acknowledges before it commits, and one without a write-ahead log, must be
 * caught.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/fault/common.h"

#define CYCLES_A_DATABASE 12
#define WAIT_STEPS_MAX    25
#define DELAY_MS_MAX      40

typedef struct cycle {
  const fault_model *model;
  const char *path;
  uint64_t seed, next; /* the first step to do */
  uint32_t flags;
  bool lies; /* acknowledges before it commits */
  int pipe;
  uint64_t low, high, found; /* for the check; found goes back by the pipe */
  uint64_t steps, whole;     /* acknowledged in all; under way when killed, and there */
} cycle;

/* ---- the writer -------------------------------------------------------------------------------------- */

static void acknowledge(int fd, uint64_t n) {
  if (write(fd, &n, sizeof n) != (ssize_t)sizeof n) {
    _exit(0);
  }
}

static kgq_status back_up(kgq_conn *conn, const char *path, unsigned number, kgq_error **err) {
  char dir[PATH_MAX], gone[PATH_MAX];
  snprintf(dir, sizeof dir, "%.1000s-backup-%u", path, number % 2);
  snprintf(gone, sizeof gone, "%.1000s-backup-gone", path);
  fault_remove(gone);
  (void)rename(dir, gone); /* a kill while it is removed must not leave half of it under its name */
  return kgq_backup(conn, dir, err);
}

/* Work that changes no quad, between steps. */
static kgq_status maintain(const cycle *c, kgq_conn *conn, uint64_t *random, kgq_error **err) {
  switch (fault_below(random, 24)) {
  case 0: return kgq_compact(conn, err);
  case 1: return back_up(conn, c->path, (unsigned)fault_below(random, 2), err);
  default: return KGQ_OK;
  }
}

static int write_on(void *arg) {
  const cycle *c = arg;
  kgq_db *db;
  kgq_conn *conn;
  kgq_error *err = NULL;
  uint64_t random = fault_mix(c->seed, 77);
  kgq_status st = fault_open(c->path, KGQ_OPEN_CREATE | c->flags, &db, &conn, &err);
  for (uint64_t n = c->next; st == KGQ_OK; n++) {
    st = maintain(c, conn, &random, &err);
    if (c->lies) {
      acknowledge(c->pipe, n);
      usleep(2000); /* a moment, as long as a commit takes */
    }
    if (st == KGQ_OK) {
      st = fault_do_step(conn, c->model, n, &err);
    }
    if (st == KGQ_OK && !c->lies) {
      acknowledge(c->pipe, n);
    }
  }
  fault_tell("writer", err);
  return 1;
}

/* ---- the parent --------------------------------------------------------------------------------------- */

static int verify(void *arg) {
  cycle *c = arg;
  const int result = fault_verify(c->path, c->model, c->low, c->high, c->flags, false, &c->found);
  acknowledge(c->pipe, c->found);
  return result;
}

/* Absent, recognised as no database, or whole. */
static int verify_backups(void *arg) {
  const cycle *c = arg;
  int result = FAULT_RIGHT;
  for (unsigned i = 0; i < 2; i++) {
    char dir[PATH_MAX];
    uint64_t found;
    snprintf(dir, sizeof dir, "%.1000s-backup-%u", c->path, i);
    if (kgq_format_version(dir) != 0 &&
        fault_verify(dir, c->model, 0, c->high, 0, false, &found) != FAULT_RIGHT) {
      result = FAULT_WRONG;
    }
  }
  return result;
}

/* The last number that came through the pipe; `last` if none came. */
static uint64_t drain(int fd, uint64_t last) {
  uint64_t n;
  while (read(fd, &n, sizeof n) == (ssize_t)sizeof n) {
    last = n;
  }
  return last;
}

/* Until the child has done some steps, the more often few; then a moment more, to be in the middle of one. */
static uint64_t wait_random(int fd, uint64_t *random, uint64_t last) {
  const uint64_t steps = fault_below(random, 1 + fault_below(random, WAIT_STEPS_MAX));
  uint64_t n;
  for (uint64_t i = 0; i < steps && read(fd, &n, sizeof n) == (ssize_t)sizeof n; i++) {
    last = n;
  }
  const struct timespec delay = { 0, (long)fault_below(random,
                                                       1000000 * (1 + fault_below(random, DELAY_MS_MAX))) };
  nanosleep(&delay, NULL);
  return last;
}

static bool has_ended(pid_t child) {
  siginfo_t info = { .si_pid = 0 };
  return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

/* Lets the child write for a random time and kills it; the last acknowledged step. false: it failed by
 * itself. */
static bool write_and_kill(cycle *c, const char *hook, uint64_t *random, uint64_t *acknowledged) {
  int ends[2];
  if (pipe(ends) != 0) {
    fault_die("pipe");
  }
  fflush(NULL);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    c->pipe = ends[1];
    if (hook != NULL) {
      setenv("KGQ_TEST_HOOK", hook, 1);
    }
    _exit(write_on(c));
  }
  close(ends[1]);
  const uint64_t last = wait_random(ends[0], random, c->next - 1);
  const bool by_itself = has_ended(child);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  *acknowledged = drain(ends[0], last);
  close(ends[0]);
  return !by_itself;
}

/* In a child, so that no RocksDB lives in this process; found comes back through a pipe. */
static int verify_in_child(cycle *c) {
  int ends[2];
  if (pipe(ends) != 0) {
    fault_die("pipe");
  }
  c->pipe = ends[1];
  const int result = fault_child(verify, c, 120);
  close(ends[1]);
  c->found = drain(ends[0], 0);
  close(ends[0]);
  return result;
}

/* Most databases are small, so that kills are many; one of 20 grows until commits fold by themselves. */
static fault_model model_of(uint64_t *random) {
  const bool grows = fault_below(random, 20) == 0;
  return (fault_model){ .seed = fault_random(random),
                        .first_rows = fault_below(random, 3) ? 1000 : 0,
                        .middle_rows = grows ? 3000 : 400,
                        .bulk_rows = 5000,
                        .middle_per_mille = grows ? 500 : (unsigned)fault_below(random, 200),
                        .bulk_per_mille = fault_below(random, 3) ? 0 : (unsigned)fault_below(random, 100) };
}

/* One kill and what it left; false: the database is to be given up. */
static bool one_cycle(fault_run *run, cycle *c, const char *hook, uint64_t *random) {
  uint64_t acknowledged;
  c->seed = fault_random(random);
  c->flags = fault_below(random, 4) == 0 ? KGQ_OPEN_NOSYNC : 0;
  if (!write_and_kill(c, hook, random, &acknowledged)) {
    fault_fail(run, "the writer ended by itself after step %" PRIu64, acknowledged);
    return false;
  }
  c->low = acknowledged;
  c->high = acknowledged + 1;
  if (kgq_format_version(c->path) == 0 && acknowledged == 0) { /* killed before there was a database */
    fault_pass(run);
    return true;
  }
  const int result = verify_in_child(c);
  if (result != FAULT_RIGHT || fault_child(verify_backups, c, 120) != FAULT_RIGHT) {
    fault_fail(run, "after a kill behind step %" PRIu64 " (status %d)", acknowledged, result);
    return false;
  }
  fault_pass(run);
  c->steps += acknowledged + 1 - c->next;
  c->whole += c->found - acknowledged;
  c->next = c->found + 1;
  return true;
}

static void remove_all(const char *path) {
  char dir[PATH_MAX];
  fault_remove(path);
  snprintf(dir, sizeof dir, "%.1000s-backup-gone", path);
  fault_remove(dir);
  for (unsigned i = 0; i < 2; i++) {
    snprintf(dir, sizeof dir, "%.1000s-backup-%u", path, i);
    fault_remove(dir);
  }
}

static void run_cycles(fault_run *run, bool lies, const char *hook) {
  uint64_t random = run->seed;
  char path[sizeof run->folder + 8];
  uint64_t steps = 0, whole = 0;
  snprintf(path, sizeof path, "%s/db", run->folder);
  for (unsigned i = 0; i < run->count;) {
    const fault_model model = model_of(&random);
    cycle c = { .model = &model, .path = path, .next = 1, .lies = lies };
    for (unsigned j = 0; j < CYCLES_A_DATABASE && i < run->count; j++, i++) {
      if (!one_cycle(run, &c, hook, &random)) {
        i++;
        break;
      }
    }
    steps += c.steps;
    whole += c.whole;
    remove_all(path);
  }
  printf("%" PRIu64 " steps acknowledged, %" PRIu64 " unacknowledged ones whole\n", steps, whole);
}

/* The same with a fault of ours: it has to be seen. */
static void expect_caught(fault_run *run, const char *what, bool lies, const char *hook) {
  fault_run inner = *run;
  inner.passed = inner.failed = 0;
  inner.count = run->count;
  run_cycles(&inner, lies, hook);
  fault_caught(run, what, &inner);
}

int main(int argc, char **argv) {
  fault_run run;
  fault_begin(&run, "kill", argc, argv, 20, false);
  signal(SIGPIPE, SIG_IGN);
  if (run.self_test) {
    expect_caught(&run, "acknowledging before the commit", true, NULL);
    expect_caught(&run, "no write-ahead log", false, "no-log");
  } else {
    run_cycles(&run, false, NULL);
  }
  return fault_end(&run);
}
