/* tests/fault/sync.c: the nth sync of a working database fails with EIO, for every n.
 *
 * After a failed sync nobody knows what reached the disk, and trying again would be told a lie. So a commit
 * whose sync failed is refused, and every later one; reading goes on; and who opens the database next finds
 * exactly what was acknowledged. Each n once with that sync alone failing, and once with all that follow;
 * with --count fewer, some of them. Half of the trials run with a manifest that is made anew at each change.
 *
 * --self-test: a library that goes on writing after a failure, and one that leaves a manifest behind that
 * names the files of a failed ingest, must be caught.
 */
#include <inttypes.h>
#include <sys/mman.h>

#include "tests/fault/common.h"
#include "tests/fault/shim.h"

#define STEPS           16
#define COMPACT_AT      6
#define SELF_TEST_COUNT 200 /* each sync, once or with those that follow */
#define TIMEOUT_S       300
#define WORKERS         6 /* after an error RocksDB sleeps for a second when it is closed */

typedef struct trial {
  const fault_model *model;
  const char *path;
  unsigned nth;
  int ever_after;
  uint64_t acknowledged; /* shared with the child, as what follows */
  unsigned syncs;        /* how many there were */
  int opened;
} trial;

/* ---- the writer ---------------------------------------------------------------------------------------- */

/* Nothing more may be written, and everything acknowledged can be read. */
static int expect_readonly(const trial *t, kgq_conn *conn, uint64_t n) {
  kgq_error *err = NULL;
  if (fault_do_step(conn, t->model, n, &err) == KGQ_OK) {
    fprintf(stderr, "sync %u: a commit was taken after a failed one\n", t->nth);
    return FAULT_WRONG;
  }
  kgq_error_free(err);
  err = NULL;
  fault_state have;
  if (fault_read(conn, &have, &err) != KGQ_OK) {
    fault_tell("reading after a failed sync", err);
    return FAULT_WRONG;
  }
  const fault_state want = fault_expected(t->model, t->acknowledged);
  if (have.step != want.step || have.sum != want.sum) {
    fprintf(stderr, "sync %u: reading gives step %" PRIu64 " after %" PRIu64 " were acknowledged\n", t->nth,
            have.step, t->acknowledged);
    return FAULT_WRONG;
  }
  return FAULT_RIGHT;
}

static bool has_status_of_io(const kgq_error *err) {
  const kgq_status st = kgq_error_status(err);
  return st == KGQ_IO && kgq_error_message(err)[0] != '\0';
}

static int write_steps(const trial *t, trial *shared, kgq_conn *conn) {
  for (uint64_t n = 1; n <= STEPS; n++) {
    kgq_error *err = NULL;
    if (n == COMPACT_AT && kgq_compact(conn, &err) != KGQ_OK) {
      kgq_error_free(err); /* what follows shows whether the handle still writes */
      err = NULL;
    }
    if (fault_do_step(conn, t->model, n, &err) != KGQ_OK) {
      const bool good = has_status_of_io(err) || kgq_error_status(err) == KGQ_READONLY;
      if (!good) {
        fault_tell("a failed sync", err);
        return FAULT_WRONG;
      }
      kgq_error_free(err);
      err = NULL;
      /* A load whose own file could not be synced has not touched the database, and may be repeated. */
      if (!fault_is_bulk(t->model, n) || fault_do_step(conn, t->model, n, NULL) != KGQ_OK) {
        return expect_readonly(shared, conn, n);
      }
    }
    shared->acknowledged = n;
  }
  return FAULT_RIGHT;
}

static int write_failing(void *arg) {
  trial *t = arg;
  kgq_db *db;
  kgq_conn *conn;
  kgq_error *err = NULL;
  int result = FAULT_RIGHT;
  shim_fail_sync(t->nth, t->ever_after);
  if (fault_open(t->path, KGQ_OPEN_CREATE, &db, &conn, &err) == KGQ_OK) {
    t->opened = 1;
    result = write_steps(t, t, conn);
  } else if (!has_status_of_io(err)) {
    fault_tell("a failed sync while opening", err);
    result = FAULT_WRONG;
  } else {
    kgq_error_free(err);
  }
  kgq_disconnect(conn);
  kgq_close(db);
  t->syncs = shim_syncs();
  return result;
}

/* ---- the parent -------------------------------------------------------------------------------------- */

static int verify(void *arg) {
  const trial *t = arg;
  uint64_t found;
  return fault_verify(t->path, t->model, t->acknowledged, t->acknowledged, KGQ_OPEN_CREATE, true, &found);
}

static int one_trial(trial *t, const char *hook) {
  t->acknowledged = 0;
  t->syncs = 0;
  t->opened = 0;
  const int wrote = fault_child_hooked(hook, write_failing, t, TIMEOUT_S);
  return wrote == 0 ? fault_child(verify, t, TIMEOUT_S) : wrote;
}

typedef struct plan {
  const fault_model *model;
  const char *hook;
  unsigned syncs, trials; /* syncs 0: look how many there are */
} plan;

static trial *new_trial(const plan *p, const char *path) {
  trial *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (t == MAP_FAILED) {
    fault_die("memory");
  }
  *t = (trial){ .model = p->model, .path = path };
  return t;
}

/* Trial i of all: sync i / 2 + 1, alone or with those that follow. Of fewer trials, spread by the seed. */
static void work(fault_run *run, unsigned which, unsigned workers, void *arg) {
  const plan *p = arg;
  char path[sizeof run->folder + 16];
  snprintf(path, sizeof path, "%s/db-%u", run->folder, which);
  trial *t = new_trial(p, path);
  const unsigned all = 2 * p->syncs, step = all / p->trials > 1 ? all / p->trials : 1;
  for (unsigned i = (unsigned)(run->seed % step) + which * step; i < all; i += workers * step) {
    t->nth = i / 2 + 1;
    t->ever_after = (int)(i % 2);
    const int result = one_trial(t, p->hook);
    if (result == FAULT_RIGHT) {
      fault_pass(run);
    } else {
      fault_fail(run, "sync %u%s: status %d, %" PRIu64 " steps acknowledged", t->nth,
                 t->ever_after ? " and later" : "", result, t->acknowledged);
      char name[32];
      snprintf(name, sizeof name, "%u%s", t->nth, t->ever_after ? "-and-later" : "");
      fault_keep(run, path, name);
    }
    fault_remove(path);
  }
  munmap(t, sizeof *t);
}

/* hook NULL: all guards are there. */
static void run_trials(fault_run *run, const char *hook, unsigned count) {
  const fault_model model = {
    .seed = run->seed, .first_rows = 1000, .middle_rows = 50, .middle_per_mille = 100
  };
  char path[sizeof run->folder + 16];
  snprintf(path, sizeof path, "%s/db", run->folder);
  (void)fault_expected(&model, STEPS + 1);
  plan p = { &model, hook, 0, count > 0 ? count : 1 };
  trial *t = new_trial(&p, path);
  if (one_trial(t, hook) != FAULT_RIGHT) {
    fault_fail(run, "without a failing sync");
  }
  p.syncs = t->syncs;
  fault_remove(path);
  printf("syncs in a run: %u\n", p.syncs);
  munmap(t, sizeof *t);
  fault_workers(run, WORKERS, work, &p);
}

static void expect_caught(fault_run *run, const char *what, const char *hook, unsigned count) {
  fault_run inner = *run;
  run_trials(&inner, hook, count);
  fault_caught(run, what, &inner);
}

int main(int argc, char **argv) {
  fault_run run;
  fault_begin(&run, "sync", argc, argv, 40, true);
  if (run.self_test) {
    expect_caught(&run, "writing on after a failure", "failed", run.count);
    expect_caught(&run, "a new manifest with a failed ingest in it", "manifests,current", SELF_TEST_COUNT);
  } else {
    run_trials(&run, NULL, run.count - run.count / 2);
    run_trials(&run, "manifests", run.count / 2); /* a new manifest for each change of the files */
  }
  return fault_end(&run);
}
