/* tests/fault/powercut.c: databases as a power cut may leave them.
 *
 * A child works on a database under the shim: it makes it, commits, loads, compacts, backs up, closes, opens
 * again; every change of the files is recorded, and when each commit began and was acknowledged. Then images
 * of the disk are built for moments all along the record (disk.h), and each is opened: the commits that were
 * acknowledged as synced must be there, whole, with nothing that was never done; check clean; and now and
 * then work goes on. A second record is made of commits that are not synced: from it any step may come back,
 * but whole, and not one older than the last load, which syncs.
 *
 * --self-test: a library that does not sync, and one that trusts whatever the log gives back, must be caught.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/fault/disk.h"
#include "tests/fault/shim.h"

#define WORKERS         2
#define TIMEOUT_S       300
#define LONG_COUNT      2000 /* from here on with loads into filled blocks too: their images take longer */
#define WORK_ON_EACH    8    /* images */
#define SELF_TEST_COUNT 280

typedef struct recording {
  const fault_model *model;
  const char *folder, *path; /* of the record */
  uint64_t steps;
  bool synced;
  uint64_t random;
} recording;

/* ---- the writer --------------------------------------------------------------------------------------- */

static kgq_status record_step(const recording *r, kgq_conn *conn, uint64_t n, kgq_error **err) {
  shim_note(2 * n);
  const kgq_status st = fault_do_step(conn, r->model, n, err);
  if (st == KGQ_OK && (r->synced || fault_is_bulk(r->model, n))) {
    shim_note(2 * n + 1);
  }
  return st;
}

static kgq_status record_steps(recording *r, kgq_conn *conn, uint64_t first, uint64_t last, kgq_error **err) {
  for (uint64_t n = first; n <= last; n++) {
    const kgq_status st = record_step(r, conn, n, err);
    if (st != KGQ_OK) {
      return st;
    }
    if (fault_below(&r->random, 20) == 0) {
      const kgq_status compacted = kgq_compact(conn, err);
      if (compacted != KGQ_OK) {
        return compacted;
      }
    }
  }
  return KGQ_OK;
}

/* Several openings, so that images fall into opening and closing too; the last ends without closing. */
static int write_recorded(void *arg) {
  recording *r = arg;
  char path[PATH_MAX];
  kgq_error *err = NULL;
  const int to = open(r->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  snprintf(path, sizeof path, "%s/db", r->folder);
  shim_start(r->folder, to);
  const uint64_t part = r->steps / 3;
  for (uint64_t first = 1; first <= r->steps; first += part) {
    kgq_db *db;
    kgq_conn *conn;
    kgq_status st = fault_open(path, KGQ_OPEN_CREATE | (r->synced ? 0 : KGQ_OPEN_NOSYNC), &db, &conn, &err);
    if (st == KGQ_OK) {
      st = record_steps(r, conn, first, first + part - 1, &err);
    }
    if (st != KGQ_OK) {
      fault_tell("writer", err);
      return 1;
    }
    if (first + part > r->steps) {
      shim_stop();
    }
    kgq_disconnect(conn);
    kgq_close(db);
  }
  return 0;
}

/* ---- images ------------------------------------------------------------------------------------------- */

typedef struct counts { /* shared by the workers */
  unsigned passed[DISK_IMAGE_KINDS], failed[DISK_IMAGE_KINDS];
} counts;

typedef struct worker {
  const recording *of;
  disk *disk;
  unsigned count;
  char folder[PATH_MAX]; /* of one image at a time */
  counts *to;
} worker;

/* The images lie along the whole record. */
static void play_to(const worker *w, unsigned number) {
  disk_play(w->disk, disk_count(w->disk) * ((size_t)number + 1) / w->count);
}

static int one_image(void *arg, unsigned number) {
  const worker *w = arg;
  uint64_t random = fault_mix(w->of->random, number), found;
  char path[PATH_MAX];
  fault_remove(w->folder);
  if (mkdir(w->folder, 0777) != 0) {
    fault_die(w->folder);
  }
  play_to(w, number);
  disk_image(w->disk, (disk_image_kind)(number % DISK_IMAGE_KINDS), &random, w->folder);
  snprintf(path, sizeof path, "%.1000s/db", w->folder);
  return fault_verify(path, w->of->model, disk_note(w->disk, 1) / 2, disk_note(w->disk, 0) / 2,
                      KGQ_OPEN_CREATE, number % WORK_ON_EACH == 0, &found);
}

static void hear_of(void *arg, unsigned number, int result) {
  const worker *w = arg;
  const unsigned kind = number % DISK_IMAGE_KINDS;
  play_to(w, number); /* the child has played its own copy: the next one begins here */
  if (result == FAULT_RIGHT) {
    w->to->passed[kind]++;
    return;
  }
  w->to->failed[kind]++;
  fprintf(stderr, "image %u (%s), steps %" PRIu64 " to %" PRIu64 ": status %d\n", number,
          disk_image_names[kind], disk_note(w->disk, 1) / 2, disk_note(w->disk, 0) / 2, result);
}

/* Each worker plays the record once and builds its share of the images along the way. */
static void work(const recording *r, const fault_run *run, const char *hook, unsigned count, unsigned which,
                 unsigned workers, counts *to) {
  worker w = { .of = r, .disk = disk_read(r->path), .count = count, .to = to };
  snprintf(w.folder, sizeof w.folder, "%.1000s/image-%u", run->folder, which);
  const fault_trials how = { one_image, hear_of, &w, hook, TIMEOUT_S };
  fault_run_trials(&how, which, workers, count);
  disk_free(w.disk);
}

static void run_workers(fault_run *run, const recording *r, const char *hook, unsigned count) {
  const unsigned workers = run->workers > 0 ? run->workers : WORKERS;
  counts *to = mmap(NULL, workers * sizeof *to, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (to == MAP_FAILED) {
    fault_die("memory");
  }
  fflush(NULL);
  for (unsigned i = 0; i < workers; i++) {
    if (fork() == 0) {
      work(r, run, hook, count, i, workers, to);
      _exit(0);
    }
  }
  int status = 0;
  while (wait(&status) > 0) {
    run->failed += status == 0 ? 0 : 1;
  }
  for (unsigned kind = 0; kind < DISK_IMAGE_KINDS; kind++) {
    unsigned passed = 0, failed = 0;
    for (unsigned i = 0; i < workers; i++) {
      passed += to[i].passed[kind];
      failed += to[i].failed[kind];
    }
    printf("%s images: %u right, %u not\n", disk_image_names[kind], passed, failed);
    run->passed += passed;
    run->failed += failed;
  }
  munmap(to, workers * sizeof *to);
}

/* blocks: with loads into filled blocks too. hook: the guards taken from the writer and from who opens the
 * images. */
static void record_and_cut(fault_run *run, unsigned count, bool synced, bool blocks, const char *hook) {
  const fault_model model = { .seed = fault_mix(run->seed, (synced ? 1u : 2u) + (blocks ? 2u : 0u)),
                              .first_rows = 1000,
                              .middle_rows = 150,
                              .bulk_rows = 5000,
                              .middle_per_mille = 80,
                              .bulk_per_mille = blocks ? 25 : 0 };
  char folder[sizeof run->folder + 8], path[sizeof run->folder + 8];
  snprintf(folder, sizeof folder, "%s/disk", run->folder);
  snprintf(path, sizeof path, "%s/record", run->folder);
  (void)mkdir(folder, 0777);
  recording r = { &model, folder, path, 90, synced, fault_mix(run->seed, 3) };
  (void)fault_expected(&model, r.steps + 1); /* here, so that children find it */
  if (fault_child_hooked(hook, write_recorded, &r, TIMEOUT_S) != 0) {
    fault_fail(run, "the writer failed");
    return;
  }
  fault_remove(folder);
  run_workers(run, &r, hook, count);
}

static void expect_caught(fault_run *run, const char *what, bool synced, const char *hook) {
  fault_run inner = *run;
  inner.passed = inner.failed = 0;
  record_and_cut(&inner, run->count, synced, !synced, hook);
  fault_caught(run, what, &inner);
}

int main(int argc, char **argv) {
  fault_run run;
  fault_begin(&run, "powercut", argc, argv, 2000, true);
  if (run.self_test) {
    run.count = run.count < SELF_TEST_COUNT ? run.count : SELF_TEST_COUNT;
    expect_caught(&run, "commits without a sync", true, "sync");
    expect_caught(&run, "an unsynced log before a load", false, "flush");
  } else {
    const unsigned unsynced = run.count / 8, blocks = run.count > LONG_COUNT ? run.count / 32 : 0;
    record_and_cut(&run, run.count - unsynced - blocks, true, false, NULL);
    if (blocks > 0) {
      record_and_cut(&run, blocks, true, true, NULL);
    }
    record_and_cut(&run, unsynced, false, run.count <= LONG_COUNT, NULL);
  }
  return fault_end(&run);
}
