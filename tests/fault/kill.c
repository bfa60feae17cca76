/* tests/fault/kill.c: a writing process is killed with SIGKILL, in every kind of work, again and again.
 *
 * A child opens the database as the last kill has left it and looks: the acknowledged steps whole, the one
 * that was under way whole or absent, nothing else, check clean; a backup that was being made is no database
 * or a whole one. Then it goes on in the same handle, which repeats what was lost: some steps, then the kind
 * of work that this kill is to meet (opening, a commit, a load into the delta or into blocks, one that folds,
 * a compaction, a backup, closing). When that begins it wakes the parent, which kills it after a part of the
 * time that this kind of work usually takes. What it acknowledged is in memory that both share.
 *
 * --self-test: a child that acknowledges before it commits, and one without a write-ahead log, must be
 * caught.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/fault/common.h"

#define CYCLES_A_DATABASE 10
#define STEPS_BEFORE_MAX  5
#define STEPS_AFTER_MAX   400
#define STEPS_SEARCHED    80
#define FOLDING_ROWS      2600 /* a load into the delta of so many makes a fold due (fold.c) */
#define TIMEOUT_S         300
#define USUAL_NS          3000000u /* of a kind of work that was never seen to its end */

typedef enum work_kind { OPENING, COMMIT, LOAD, BULK, FOLD, COMPACTION, BACKUP, CLOSING, KINDS } work_kind;

static const char *const kind_names[KINDS + 1] = { "opening",   "commit",        "load",
                                                   "bulk load", "load and fold", "compaction",
                                                   "backup",    "closing",       "in between" };

/* What a kill is to meet, how often. */
static const work_kind wanted[] = { OPENING, COMMIT, COMMIT,     LOAD,       BULK,   BULK,
                                    BULK,    FOLD,   COMPACTION, COMPACTION, BACKUP, CLOSING };

typedef struct backup {
  enum { NO_BACKUP, BEGUN, DONE } state;
  uint64_t step;
} backup;

typedef struct shared {              /* by parent and child */
  atomic_uint_fast64_t acknowledged; /* step */
  atomic_int verified, now;          /* now: the kind of work under way, KINDS: none */
  uint64_t found;
  backup backups[2];
  unsigned next_backup;
  uint64_t total_ns[KINDS], times[KINDS];
} shared;

typedef struct cycle {
  const fault_model *model;
  const char *path;
  shared *to;
  uint64_t seed, low, high; /* the steps that the database may hold */
  uint64_t steps_before;
  work_kind target;
  bool at_the_end, only_looks; /* the kill comes when the work is done; there is none */
  uint32_t flags;
  bool lies; /* acknowledges before it commits */
  int pipe;
  unsigned waiting; /* kills since the database was last looked at */
} cycle;

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- the writer: kinds of work ----------------------------------------------------------------------- */

static void wake(const cycle *c) {
  if (write(c->pipe, "", 1) != 1) {
    _exit(0);
  }
}

static uint64_t begin(const cycle *c, work_kind kind, bool is_target) {
  atomic_store(&c->to->now, (int)kind);
  if (is_target && !c->at_the_end) {
    wake(c);
  }
  return now_ns();
}

static void end(const cycle *c, work_kind kind, bool is_target, uint64_t began) {
  c->to->total_ns[kind] += now_ns() - began;
  c->to->times[kind]++;
  atomic_store(&c->to->now, KINDS);
  if (is_target && c->at_the_end) {
    wake(c);
  }
}

static work_kind kind_of(const fault_model *m, uint64_t n) {
  if (fault_is_bulk(m, n)) {
    return BULK;
  }
  if (!fault_is_load(m, n)) {
    return COMMIT;
  }
  return m->middle_rows >= FOLDING_ROWS ? FOLD : LOAD;
}

static kgq_status do_step(const cycle *c, kgq_conn *conn, bool is_target, kgq_error **err) {
  const uint64_t n = atomic_load(&c->to->acknowledged) + 1;
  const work_kind kind = kind_of(c->model, n);
  const uint64_t began = begin(c, kind, is_target);
  if (c->lies) {
    atomic_store(&c->to->acknowledged, n);
    usleep(2000); /* a moment, as long as a commit takes */
  }
  const kgq_status st = fault_do_step(conn, c->model, n, err);
  if (st == KGQ_OK) {
    atomic_store(&c->to->acknowledged, n);
    end(c, kind, is_target, began);
  }
  return st;
}

static void backup_path(const cycle *c, unsigned i, char out[PATH_MAX]) {
  snprintf(out, PATH_MAX, "%.1000s-backup-%u", c->path, i);
}

static kgq_status back_up(const cycle *c, kgq_conn *conn, kgq_error **err) {
  char dir[PATH_MAX], gone[PATH_MAX];
  const unsigned i = c->to->next_backup++ % 2;
  backup_path(c, i, dir);
  snprintf(gone, sizeof gone, "%.1000s-backup-gone", c->path);
  fault_remove(gone);
  (void)rename(dir, gone); /* a kill while it is removed must not leave half of it under its name */
  c->to->backups[i] = (backup){ BEGUN, atomic_load(&c->to->acknowledged) };
  const uint64_t began = begin(c, BACKUP, true);
  const kgq_status st = kgq_backup(conn, dir, err);
  c->to->backups[i].state = st == KGQ_OK ? DONE : BEGUN;
  end(c, BACKUP, true, began);
  return st;
}

static kgq_status compact(const cycle *c, kgq_conn *conn, kgq_error **err) {
  const uint64_t began = begin(c, COMPACTION, true);
  const kgq_status st = kgq_compact(conn, err);
  end(c, COMPACTION, true, began);
  return st;
}

/* With steps before it until one of the kind is next. */
static kgq_status step_of_kind(const cycle *c, kgq_conn *conn, kgq_error **err) {
  for (int i = 0; i < STEPS_SEARCHED; i++) {
    if (kind_of(c->model, atomic_load(&c->to->acknowledged) + 1) == c->target) {
      break;
    }
    const kgq_status st = do_step(c, conn, false, err);
    if (st != KGQ_OK) {
      return st;
    }
  }
  return do_step(c, conn, true, err);
}

static kgq_status close_and_open(const cycle *c, kgq_db **db, kgq_conn **conn, kgq_error **err) {
  const uint64_t began = begin(c, CLOSING, true);
  kgq_disconnect(*conn);
  kgq_close(*db);
  *conn = NULL;
  *db = NULL;
  end(c, CLOSING, true, began);
  return fault_open(c->path, KGQ_OPEN_CREATE | c->flags, db, conn, err);
}

static kgq_status do_target(const cycle *c, kgq_db **db, kgq_conn **conn, kgq_error **err) {
  switch ((int)c->target) {
  case COMPACTION: return compact(c, *conn, err);
  case BACKUP: return back_up(c, *conn, err);
  case CLOSING: return close_and_open(c, db, conn, err);
  default: return step_of_kind(c, *conn, err);
  }
}

/* ---- the writer ---------------------------------------------------------------------------------------- */

/* Those that the last kill has met, or that were made before it: absent, recognised as no database, or whole.
 */
static int verify_backups(const cycle *c) {
  int result = FAULT_RIGHT;
  for (unsigned i = 0; i < 2; i++) {
    char dir[PATH_MAX];
    uint64_t found;
    const backup *b = &c->to->backups[i];
    backup_path(c, i, dir);
    if (b->state != NO_BACKUP && (b->state == DONE || kgq_format_version(dir) != 0) &&
        fault_verify(dir, c->model, b->step, b->step, 0, false, &found) != FAULT_RIGHT) {
      result = FAULT_WRONG;
    }
    c->to->backups[i].state = NO_BACKUP;
  }
  return result;
}

static int look(const cycle *c, kgq_conn *conn) {
  int result = fault_judge(conn, c->path, c->model, c->low, c->high, &c->to->found);
  result = result == FAULT_RIGHT ? verify_backups(c) : result;
  if (result == FAULT_RIGHT) {
    atomic_store(&c->to->acknowledged, c->to->found);
    atomic_store(&c->to->verified, 1);
  }
  return result;
}

static kgq_status write_on(const cycle *c, kgq_db **db, kgq_conn **conn, kgq_error **err) {
  for (uint64_t i = 0; i < c->steps_before; i++) {
    const kgq_status st = do_step(c, *conn, false, err);
    if (st != KGQ_OK) {
      return st;
    }
  }
  kgq_status st = do_target(c, db, conn, err);
  for (int i = 0; i < STEPS_AFTER_MAX && st == KGQ_OK; i++) {
    st = do_step(c, *conn, false, err);
  }
  return st;
}

/* Until it is killed; who comes to the end here has failed, unless it only looks. */
static int write_until_killed(const cycle *c) {
  kgq_db *db;
  kgq_conn *conn;
  kgq_error *err = NULL;
  const bool is_target = c->target == OPENING;
  const uint64_t began = begin(c, OPENING, is_target);
  kgq_status st = fault_open(c->path, KGQ_OPEN_CREATE | c->flags, &db, &conn, &err);
  end(c, OPENING, is_target, began);
  if (st == KGQ_OK) {
    const int result = look(c, conn);
    if (result != FAULT_RIGHT || c->only_looks) {
      _exit(result);
    }
    st = write_on(c, &db, &conn, &err);
  }
  if (st != KGQ_OK) {
    fault_tell("writer", err);
    return FAULT_WRONG;
  }
  for (;;) {
    pause(); /* the parent is late */
  }
}

static int read_only(void *arg) {
  const cycle *c = arg;
  uint64_t found;
  return fault_verify(c->path, c->model, c->low, c->high, KGQ_OPEN_READONLY, false, &found);
}

/* ---- the parent ---------------------------------------------------------------------------------------- */

static void sleep_ns(uint64_t ns) {
  const struct timespec delay = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
  nanosleep(&delay, NULL);
}

/* A part of what such work usually takes, now and then a little more than the whole. */
static uint64_t delay_of(const cycle *c, uint64_t *random) {
  const uint64_t times = c->to->times[c->target], total = c->to->total_ns[c->target];
  const uint64_t usual = times > 0 ? total / times : USUAL_NS;
  return fault_below(random, c->at_the_end ? usual / 8 + 1000 : usual + usual / 8 + 1000);
}

/* true: it was killed; false: it ended by itself, with *status. */
static bool wait_and_kill(const cycle *c, pid_t child, int from, uint64_t *random, int *status) {
  char byte;
  if (read(from, &byte, 1) == 1) {
    sleep_ns(delay_of(c, random));
  }
  kill(child, SIGKILL);
  while (waitpid(child, status, 0) != child) {
    if (errno != EINTR) {
      fault_die("waitpid");
    }
  }
  return WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL;
}

static bool write_and_kill(cycle *c, const char *hook, uint64_t *random, int *status) {
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
    _exit(write_until_killed(c));
  }
  close(ends[1]);
  const bool killed = wait_and_kill(c, child, ends[0], random, status);
  close(ends[0]);
  return killed;
}

typedef struct tally {
  uint64_t steps, whole; /* acknowledged in all; under way when killed, and there */
  uint64_t killed[KINDS + 1];
} tally;

/* Of each 20 databases 12 stay small, 3 of these with many new terms, which commits put in order; 5 are
 * loaded into blocks; 3 are loaded so that commits fold. */
static fault_model model_of(uint64_t *random) {
  const uint64_t kind = fault_below(random, 20);
  fault_model m = { .seed = fault_random(random),
                    .first_rows = fault_below(random, 3) ? 1000 : 0,
                    .middle_rows = 100,
                    .middle_per_mille = 20 + (unsigned)fault_below(random, 100),
                    .bulk_rows = 5000,
                    .dense = kind < 12 || fault_below(random, 8) > 0 };
  if (kind < 3) {
    m.middle_rows = 400;
    m.dense = 0;
  }
  if (kind >= 17) {
    m.middle_rows = FOLDING_ROWS + (unsigned)fault_below(random, 200);
    m.middle_per_mille = 80;
  } else if (kind >= 12) {
    m.bulk_per_mille = 50;
  }
  return m;
}

static bool has_kind(const fault_model *m, work_kind kind, uint64_t next) {
  switch ((int)kind) {
  case LOAD: return m->middle_per_mille > 0 && m->middle_rows < FOLDING_ROWS;
  case FOLD: return m->middle_rows >= FOLDING_ROWS;
  case BULK: return m->bulk_per_mille > 0 || kind_of(m, next) == BULK;
  default: return true;
  }
}

static void plan_cycle(cycle *c, uint64_t *random) {
  c->seed = fault_random(random);
  c->flags = fault_below(random, 4) == 0 ? KGQ_OPEN_NOSYNC : 0;
  c->target = wanted[fault_below(random, sizeof wanted / sizeof wanted[0])];
  if (!has_kind(c->model, c->target, c->low + 1)) {
    c->target = has_kind(c->model, FOLD, c->low + 1) ? FOLD : COMMIT;
  }
  c->steps_before = c->low == 0 && c->target == BULK ? 0 : fault_below(random, STEPS_BEFORE_MAX + 1);
  c->at_the_end = fault_below(random, 8) == 0;
}

/* The database was found right: so all kills since then were. */
static void settle(fault_run *run, cycle *c, tally *t) {
  t->whole += c->low > 0 || c->to->found > 0 ? c->to->found - c->low : 0;
  for (; c->waiting > 0; c->waiting--) {
    fault_pass(run);
  }
}

/* One child and its end; false: the database is to be given up. */
static bool one_cycle(fault_run *run, cycle *c, const char *hook, uint64_t *random, tally *t) {
  int status = 0;
  atomic_store(&c->to->verified, 0);
  (void)fault_expected(c->model, c->high); /* here, so that children find it */
  const bool reads_first = c->low > 0 && fault_below(random, 8) == 0;
  bool right = !reads_first || fault_child(read_only, c, TIMEOUT_S) == FAULT_RIGHT;
  const bool killed = right && write_and_kill(c, hook, random, &status);
  right = right && (killed || (c->only_looks && status == 0));
  if (right && atomic_load(&c->to->verified)) {
    settle(run, c, t);
    t->steps += atomic_load(&c->to->acknowledged) - c->to->found;
    c->low = atomic_load(&c->to->acknowledged);
    c->high = c->low + 1;
  }
  if (!right) {
    fault_fail(run, "after %u kills, the last behind step %" PRIu64 " (status %d)", c->waiting, c->low,
               status);
    return false;
  }
  t->killed[atomic_load(&c->to->now)] += killed;
  c->waiting += killed;
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

/* Up to `kills` kills and a last look; how many there were. */
static unsigned one_database(fault_run *run, cycle *c, unsigned kills, const char *hook, uint64_t *random,
                             tally *t) {
  for (unsigned i = 0; i < kills; i++) {
    plan_cycle(c, random);
    if (!one_cycle(run, c, hook, random, t)) {
      return i + 1;
    }
  }
  c->only_looks = true;
  c->target = KINDS;
  (void)one_cycle(run, c, hook, random, t);
  return kills;
}

/* Fewer where checking is dear. */
static unsigned cycles_of(const fault_model *m) {
  if (m->middle_rows >= FOLDING_ROWS) {
    return CYCLES_A_DATABASE / 2;
  }
  return m->dense || m->bulk_per_mille == 0 ? CYCLES_A_DATABASE : CYCLES_A_DATABASE / 5;
}

static void run_cycles(fault_run *run, bool lies, const char *hook) {
  shared *to = mmap(NULL, sizeof *to, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  char path[sizeof run->folder + 8];
  tally t = { 0, 0, { 0 } };
  if (to == MAP_FAILED) {
    fault_die("memory");
  }
  snprintf(path, sizeof path, "%s/db", run->folder);
  for (unsigned done = 0, number = 0; done < run->count; number++) {
    uint64_t random = fault_mix(run->seed, number);
    const fault_model model = model_of(&random);
    cycle c = { .model = &model, .path = path, .to = to, .high = 1, .lies = lies };
    const unsigned left = run->count - done, cycles = cycles_of(&model);
    memset(to->backups, 0, sizeof to->backups);
    done += one_database(run, &c, left < cycles ? left : cycles, hook, &random, &t);
    remove_all(path);
  }
  munmap(to, sizeof *to);
  printf("%" PRIu64 " steps acknowledged, %" PRIu64 " unacknowledged ones whole; killed in:", t.steps,
         t.whole);
  for (int i = 0; i <= KINDS; i++) {
    printf("%s %s %" PRIu64, i > 0 ? "," : "", kind_names[i], t.killed[i]);
  }
  printf("\n");
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
  fault_begin(&run, "kill", argc, argv, 20, true);
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1000ul);
  if (run.self_test) {
    expect_caught(&run, "acknowledging before the commit", true, NULL);
    expect_caught(&run, "no write-ahead log", false, "no-log");
  } else {
    run_cycles(&run, false, NULL);
  }
  return fault_end(&run);
}
