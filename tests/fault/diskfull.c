/* tests/fault/diskfull.c: the disk becomes full under a working database, for disks of many sizes.
 *
 * Each trial mounts a tmpfs of its size (1 to 64 MiB; large ones are mostly taken by a file that is in the
 * way, so that little is left), and works on a database in it until something fails: steps, compactions,
 * backups. The failure must be KGQ_FULL or KGQ_IO, in the process that met it everything acknowledged can
 * still be read, and another process reads the full disk. Then the file goes and the disk grows: the database
 * opens with exactly what was acknowledged, check is clean and work goes on.
 *
 * Needs root for the mounts; skipped aloud without. --self-test: with RocksDB's information log as it is by
 * default, a full disk aborts the process, which must be caught.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/fault/common.h"

#define STEP_BYTES    65536
#define SIZE_MIN      (1u << 20)
#define SIZE_MAX_MIB  64
#define LEFT_MIN      (600u << 10)
#define LEFT_MAX      (3u << 20)
#define STEPS_MAX     600
#define GROWN_MIB     256
#define SELF_TEST_MIN 20 /* disks: the abort needs a disk that is full at the right moment */
#define TIMEOUT_S     300
#define WORKERS       5 /* RocksDB sleeps for seconds after an error */

typedef struct trial {
  const fault_model *model;
  char disk[300], path[320];
  uint64_t bytes, left; /* size of the disk, and how much of it the database may take */
  uint64_t seed;
  uint64_t acknowledged; /* shared with the children */
  int failed;            /* something did */
} trial;

/* ---- the disk ------------------------------------------------------------------------------------------ */

static bool mount_disk(const trial *t, unsigned long flags, uint64_t bytes) {
  char options[64];
  snprintf(options, sizeof options, "size=%" PRIu64, bytes);
  return mount("tmpfs", t->disk, "tmpfs", flags, options) == 0;
}

static void take_room(const trial *t) {
  char path[320];
  snprintf(path, sizeof path, "%.300s/in-the-way", t->disk);
  const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0 || (t->bytes > t->left && posix_fallocate(fd, 0, (off_t)(t->bytes - t->left)) != 0)) {
    fault_die(path);
  }
  close(fd);
}

static void give_room(const trial *t) {
  char path[320];
  snprintf(path, sizeof path, "%.300s/in-the-way", t->disk);
  (void)unlink(path);
  if (!mount_disk(t, MS_REMOUNT, (uint64_t)GROWN_MIB << 20)) {
    fault_die("remount");
  }
}

/* ---- the writer ---------------------------------------------------------------------------------------- */

static bool is_about_space(const kgq_error *err) {
  const kgq_status st = kgq_error_status(err);
  const char *message = kgq_error_message(err);
  /* After an acknowledged commit a fold may fail in silence: the next write says that it did, and why. */
  return ((st == KGQ_FULL || st == KGQ_IO) && message[0] != '\0') ||
         (st == KGQ_READONLY && strstr(message, "the disk was full") != NULL);
}

static kgq_status back_up(const trial *t, kgq_conn *conn, kgq_error **err) {
  char dir[340];
  snprintf(dir, sizeof dir, "%.320s-backup", t->path);
  fault_remove(dir);
  const kgq_status st = kgq_backup(conn, dir, err);
  if (st != KGQ_OK && access(dir, F_OK) == 0) {
    fprintf(stderr, "a backup that failed has left %s\n", dir);
    exit(FAULT_WRONG);
  }
  return st;
}

static kgq_status work_on(trial *t, kgq_conn *conn, uint64_t *random, kgq_error **err) {
  switch (fault_below(random, 16)) {
  case 0: return kgq_compact(conn, err);
  case 1: return back_up(t, conn, err);
  default: break;
  }
  const kgq_status st = fault_do_step(conn, t->model, t->acknowledged + 1, err);
  t->acknowledged += st == KGQ_OK;
  return st;
}

/* What was acknowledged, in the process that failed. */
static int read_on(const trial *t, kgq_conn *conn) {
  kgq_error *err = NULL;
  fault_state have;
  if (fault_read(conn, &have, &err) != KGQ_OK) {
    fault_tell("reading on the full disk", err);
    return FAULT_WRONG;
  }
  const fault_state want = fault_expected(t->model, t->acknowledged);
  if (have.step != want.step || have.sum != want.sum) {
    fprintf(stderr, "reading on the full disk gives step %" PRIu64 " of %" PRIu64 "\n", have.step, want.step);
    return FAULT_WRONG;
  }
  return FAULT_RIGHT;
}

static int fill(void *arg) {
  trial *t = arg;
  kgq_db *db;
  kgq_conn *conn;
  kgq_error *err = NULL;
  uint64_t random = t->seed;
  int result = FAULT_RIGHT;
  kgq_status st = fault_open(t->path, KGQ_OPEN_CREATE, &db, &conn, &err);
  const bool opened = st == KGQ_OK;
  while (st == KGQ_OK && t->acknowledged < STEPS_MAX) {
    st = work_on(t, conn, &random, &err);
  }
  t->failed = st != KGQ_OK;
  if (st != KGQ_OK && !is_about_space(err)) {
    fault_tell("a full disk", err);
    result = FAULT_WRONG;
  } else {
    kgq_error_free(err);
  }
  for (int i = 0; i < 3 && opened; i++) { /* and again: no abort, and nothing half done */
    (void)work_on(t, conn, &random, NULL);
  }
  result = opened && result == FAULT_RIGHT ? read_on(t, conn) : result;
  kgq_disconnect(conn);
  kgq_close(db);
  return result;
}

/* ---- the others ---------------------------------------------------------------------------------------- */

static int read_full(void *arg) {
  const trial *t = arg;
  uint64_t found;
  if (t->acknowledged == 0) {
    return FAULT_RIGHT; /* there may be no database yet */
  }
  return fault_verify(t->path, t->model, t->acknowledged, t->acknowledged, KGQ_OPEN_READONLY, false, &found);
}

/* Opening for writing on the full disk works or says why not. */
static int open_full(void *arg) {
  const trial *t = arg;
  kgq_db *db;
  kgq_conn *conn;
  kgq_error *err = NULL;
  const kgq_status st = fault_open(t->path, KGQ_OPEN_CREATE, &db, &conn, &err);
  const bool good = st == KGQ_OK || is_about_space(err);
  if (!good) {
    fault_tell("opening on the full disk", err);
  } else {
    kgq_error_free(err);
  }
  kgq_disconnect(conn);
  kgq_close(db);
  return good ? FAULT_RIGHT : FAULT_WRONG;
}

static int verify(void *arg) {
  const trial *t = arg;
  uint64_t found;
  return fault_verify(t->path, t->model, t->acknowledged, t->acknowledged, KGQ_OPEN_CREATE, true, &found);
}

/* ---- the run ------------------------------------------------------------------------------------------- */

static int one_trial(trial *t, const char *hook) {
  t->acknowledged = 0;
  t->failed = 0;
  take_room(t);
  int result = fault_child_hooked(hook, fill, t, TIMEOUT_S);
  result = result == FAULT_RIGHT ? fault_child(read_full, t, TIMEOUT_S) : result;
  result = result == FAULT_RIGHT ? fault_child(open_full, t, TIMEOUT_S) : result;
  give_room(t);
  return result == FAULT_RIGHT ? fault_child(verify, t, TIMEOUT_S) : result;
}

/* Evenly from the least size to the largest, in steps of 64 KiB; runs with successive seeds take sizes in
 * between. */
static uint64_t size_of(const fault_run *run, unsigned i) {
  const uint64_t steps = ((uint64_t)SIZE_MAX_MIB << 20) / STEP_BYTES - SIZE_MIN / STEP_BYTES;
  const uint64_t last = run->count > 1 ? run->count - 1 : 1;
  uint64_t step = steps * i / last;
  step += run->seed % (steps / last + 1);
  return SIZE_MIN + (step > steps ? steps : step) * STEP_BYTES;
}

/* Loads have few quads with long texts, which fill a disk at little cost; one in sixteen trials has loads
 * into filled blocks too, which are of many quads. */
static fault_model model_of(uint64_t *random) {
  const bool blocks = fault_below(random, 16) == 0;
  return (fault_model){ .seed = fault_random(random),
                        .first_rows = fault_below(random, 2) ? 1000 : 0,
                        .middle_rows = 100,
                        .middle_per_mille = blocks ? 100 : 500,
                        .bulk_rows = 5000,
                        .bulk_per_mille = blocks ? 200 : 0,
                        .text_bytes = blocks ? 150 : 500 + (unsigned)fault_below(random, 500) };
}

/* false: no disk could be mounted. */
static bool prepare(const fault_run *run, trial *t, unsigned i, uint64_t *random) {
  t->bytes = size_of(run, i);
  const uint64_t most = (t->bytes < LEFT_MAX ? t->bytes : LEFT_MAX) - LEFT_MIN;
  t->left = LEFT_MIN + fault_below(random, 1 + fault_below(random, most)); /* the more often little */
  t->seed = fault_random(random);
  return mount_disk(t, 0, t->bytes);
}

static void work(fault_run *run, unsigned which, unsigned workers, void *arg) {
  trial *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (t == MAP_FAILED) {
    fault_die("memory");
  }
  unsigned full = 0;
  snprintf(t->disk, sizeof t->disk, "%s/disk-%u", run->folder, which);
  snprintf(t->path, sizeof t->path, "%s/disk-%u/db", run->folder, which);
  (void)mkdir(t->disk, 0777);
  for (unsigned i = which; i < run->count; i += workers) {
    uint64_t random = fault_mix(run->seed, i);
    const fault_model model = model_of(&random);
    t->model = &model;
    if (!prepare(run, t, i, &random)) {
      printf("skipped: mounting a tmpfs failed (%s); this test needs root\n", strerror(errno));
      run->skipped++;
      break;
    }
    const int result = one_trial(t, arg);
    (void)umount2(t->disk, MNT_DETACH);
    full += (unsigned)t->failed;
    if (result == FAULT_RIGHT) {
      fault_pass(run);
    } else {
      fault_fail(run, "a disk of %" PRIu64 " KiB with %" PRIu64 " left: status %d after step %" PRIu64,
                 t->bytes / 1024, t->left / 1024, result, t->acknowledged);
    }
  }
  printf("%u disks became full\n", full);
}

static void run_trials(fault_run *run, const char *hook) {
  char name[32];
  snprintf(name, sizeof name, "%s", hook != NULL ? hook : "");
  fault_workers(run, WORKERS, work, hook != NULL ? name : NULL);
}

int main(int argc, char **argv) {
  fault_run run;
  fault_begin(&run, "diskfull", argc, argv, 5, false);
  if (run.self_test) {
    fault_run inner = run;
    inner.count = inner.count < SELF_TEST_MIN ? SELF_TEST_MIN : inner.count;
    run_trials(&inner, "quiet-log");
    if (inner.skipped > 0) {
      run.skipped++;
    } else {
      fault_caught(&run, "RocksDB's log on the full disk", &inner);
    }
  } else {
    run_trials(&run, NULL);
  }
  return fault_end(&run);
}
