/* tests/fault/flips.c: one flipped bit, or a file cut short, anywhere in a database.
 *
 * Two small databases are damaged, file by file: one that was closed in order, and one as a killed process
 * leaves it, with commits in the log. Each damaged copy is opened, exported and checked. Right is: the same
 * export as before and a clean check (the damage met nothing that counts), or an error that says KGQ_CORRUPT,
 * KGQ_FORMAT or KGQ_IO and names the file or what is missing. Anything else is damage answered as data, or a
 * crash.
 *
 * --self-test: a library that trusts what the log gives back must be caught.
 */
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/fault/common.h"

#define FILES_MAX 64
#define STEPS     24
#define WORKERS   2
#define TIMEOUT_S 300

typedef struct database {
  const fault_model *model;
  char path[300];
  bool closed;
  char files[FILES_MAX][64]; /* relative to path */
  uint64_t bytes[FILES_MAX];
  size_t count;
} database;

/* ---- making -------------------------------------------------------------------------------------------- */

static int make(void *arg) {
  const database *of = arg;
  kgq_db *db;
  kgq_conn *conn;
  kgq_error *err = NULL;
  kgq_status st = fault_open(of->path, KGQ_OPEN_CREATE, &db, &conn, &err);
  for (uint64_t n = 1; st == KGQ_OK && n <= STEPS; n++) {
    st = fault_do_step(conn, of->model, n, &err);
    if (st == KGQ_OK && n == STEPS / 2) {
      st = kgq_compact(conn, &err);
    }
  }
  if (st != KGQ_OK) {
    fault_tell("making", err);
    return 1;
  }
  if (!of->closed) {
    _exit(0);
  }
  kgq_disconnect(conn);
  kgq_close(db);
  return 0;
}

static database *listing;

static int list_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)kind;
  (void)place;
  database *d = listing;
  if (S_ISREG(info->st_mode) && info->st_size > 0 && d->count < FILES_MAX) {
    snprintf(d->files[d->count], sizeof d->files[0], "%s", path + strlen(d->path) + 1);
    d->bytes[d->count++] = (uint64_t)info->st_size;
  }
  return 0;
}

static void make_database(fault_run *run, database *d, bool closed, const fault_model *model) {
  *d = (database){ .model = model, .closed = closed };
  snprintf(d->path, sizeof d->path, "%s/%s", run->folder, closed ? "closed" : "killed");
  if (fault_child(make, d, TIMEOUT_S) != 0) {
    fault_fail(run, "making the database failed");
    return;
  }
  listing = d;
  (void)nftw(d->path, list_one, 8, FTW_PHYS);
}

/* ---- damaging ------------------------------------------------------------------------------------------ */

typedef struct damage {
  const database *of;
  char path[300];
  size_t file;
  uint64_t at; /* byte, or the new length */
  int bit;     /* -1: cut to `at` bytes */
  uint32_t flags;
  int harmless;
} damage;

static void do_damage(const damage *d) {
  char path[400];
  snprintf(path, sizeof path, "%s/%s", d->path, d->of->files[d->file]);
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  unsigned char byte = 0;
  bool good = fd >= 0;
  if (d->bit < 0) {
    good = good && ftruncate(fd, (off_t)d->at) == 0;
  } else {
    good = good && pread(fd, &byte, 1, (off_t)d->at) == 1;
    byte = (unsigned char)(byte ^ (1u << d->bit));
    good = good && pwrite(fd, &byte, 1, (off_t)d->at) == 1;
  }
  if (!good) {
    fault_die(path);
  }
  close(fd);
}

/* Every file at the same odds, since small ones have few bytes; one of eight trials cuts. */
static void choose(damage *d, uint64_t *random) {
  d->file = fault_below(random, d->of->count);
  d->bit = (int)fault_below(random, 9) - 1;
  d->at = fault_below(random, d->of->bytes[d->file]);
  d->flags = fault_below(random, 2) == 0 ? KGQ_OPEN_READONLY : 0;
}

/* ---- looking ------------------------------------------------------------------------------------------- */

/* The last part of the file's name, or what stands for it. */
static bool names_it(const kgq_error *err, const damage *d) {
  const char *file = d->of->files[d->file], *message = kgq_error_message(err);
  const char *slash = strrchr(file, '/');
  if (strstr(message, "one of its data files") != NULL) { /* RocksDB does not say which */
    return strstr(file, ".sst") != NULL;
  }
  return strstr(message, slash != NULL ? slash + 1 : file) != NULL ||
         (kgq_error_status(err) == KGQ_FORMAT &&
          strcmp(file, "KGQ") == 0); /* a format is what that file says */
}

static int judge_error(const damage *d, kgq_error *err) {
  const kgq_status st = kgq_error_status(err);
  int result = FAULT_RIGHT;
  if (st != KGQ_CORRUPT && st != KGQ_FORMAT && st != KGQ_IO) {
    fprintf(stderr, "an error of another kind: %s: %s\n", kgq_status_name(st), kgq_error_message(err));
    result = FAULT_WRONG;
  } else if (!names_it(err, d)) {
    fprintf(stderr, "the file is not named: %s: %s\n", kgq_status_name(st), kgq_error_message(err));
    result = FAULT_WRONG;
  }
  kgq_error_free(err);
  return result;
}

static int look(damage *d) {
  kgq_db *db;
  kgq_conn *conn;
  kgq_error *err = NULL;
  fault_state have = { 0, 0, 0 };
  kgq_status st = fault_open(d->path, d->flags, &db, &conn, &err);
  if (st == KGQ_OK) {
    st = fault_read(conn, &have, &err);
  }
  const bool read = st == KGQ_OK;
  if (st == KGQ_OK) {
    st = kgq_check(conn, &err);
  }
  kgq_disconnect(conn);
  kgq_close(db);
  const fault_state want = fault_expected(d->of->model, STEPS);
  if (read && (have.lines != want.lines || have.sum != want.sum)) {
    fprintf(stderr, "damage answered as data: %" PRIu64 " lines instead of %" PRIu64 ", step %" PRIu64 "\n",
            have.lines, want.lines, have.step);
    kgq_error_free(err);
    return FAULT_WRONG;
  }
  d->harmless += st == KGQ_OK;
  return st == KGQ_OK ? FAULT_RIGHT : judge_error(d, err);
}

/* ---- the run ------------------------------------------------------------------------------------------- */

typedef struct plan {
  const database *databases;
  const char *hook;
} plan;

typedef struct worker {
  fault_run *run;
  const plan *plan;
  char path[300];
  int *harmless; /* shared with the children */
  unsigned trials;
} worker;

static void plan_trial(const worker *w, unsigned i, damage *d) {
  uint64_t random = fault_mix(w->run->seed, i);
  *d = (damage){ .of = &w->plan->databases[i % 2] };
  snprintf(d->path, sizeof d->path, "%s", w->path);
  choose(d, &random);
}

static int run_trial(void *arg, unsigned i) {
  const worker *w = arg;
  damage d;
  plan_trial(w, i, &d);
  fault_remove(d.path); /* what a child that died has left */
  fault_copy(d.of->path, d.path);
  do_damage(&d);
  const int result = look(&d);
  *w->harmless += d.harmless;
  return result;
}

static void hear_of(void *arg, unsigned i, int result) {
  worker *w = arg;
  damage d;
  w->trials++;
  if (result == FAULT_RIGHT) {
    fault_pass(w->run);
    return;
  }
  char what[32];
  plan_trial(w, i, &d);
  snprintf(what, sizeof what, d.bit < 0 ? "cut" : "bit %d flipped", d.bit);
  fault_fail(w->run, "%s %s at byte %" PRIu64 " of %" PRIu64 " (%s, %s): status %d", d.of->files[d.file],
             what, d.at, d.of->bytes[d.file], d.of->closed ? "closed" : "killed",
             d.flags == KGQ_OPEN_READONLY ? "reading" : "writing", result);
}

static void work(fault_run *run, unsigned which, unsigned workers, void *arg) {
  worker w = { .run = run, .plan = arg };
  w.harmless = mmap(NULL, sizeof *w.harmless, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (w.harmless == MAP_FAILED) {
    fault_die("memory");
  }
  snprintf(w.path, sizeof w.path, "%s/damaged-%u", run->folder, which);
  const fault_trials how = { run_trial, hear_of, &w, w.plan->hook, TIMEOUT_S };
  fault_run_trials(&how, which, workers, run->count);
  printf("harmless: %d of %u\n", *w.harmless, w.trials);
}

static void run_trials(fault_run *run, const char *hook) {
  const fault_model model = {
    .seed = run->seed, .first_rows = 1000, .middle_rows = 60, .middle_per_mille = 100
  };
  static database databases[2];
  (void)fault_expected(&model, STEPS);
  make_database(run, &databases[0], true, &model);
  make_database(run, &databases[1], false, &model);
  plan p = { databases, hook };
  fault_workers(run, WORKERS, work, &p);
}

int main(int argc, char **argv) {
  fault_run run;
  fault_begin(&run, "flips", argc, argv, 200, true);
  if (run.self_test) {
    fault_run inner = run;
    run_trials(&inner, "watermark");
    fault_caught(&run, "a log that is believed", &inner);
  } else {
    run_trials(&run, NULL);
  }
  return fault_end(&run);
}
