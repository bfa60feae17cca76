/* tests/fault/readers.c: readers of another process beside a writer that flushes, ingests and compacts.
 *
 * The parent commits small batches: commit n puts key n. The child opens the database for reading, again and
 * again, and looks whether all keys committed before its open are there, whether the snapshot is whole (keys
 * 1 to n, no other), and whether a second snapshot of the same handle has followed the writer. Each commit
 * also overwrites a value and deletes a key: neither the old one nor the deleted one may be seen. It also
 * tries to write, which must be refused with the parent's process id. --count N: that many opens. --seconds
 * N: eight such readers for so long.
 *
 * --self-test: with the lock protocol left out (KGQ_TEST_UNSAFE_READERS) there must be holes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/store.h"
#include "tests/fault/common.h"

#define CACHE_BYTES     (8u << 20)
#define INGEST_EACH     7   /* commits: each ingest flushes, and lets RocksDB delete logs */
#define COMPACT_EACH    101 /* commits: each compaction replaces all files */
#define SHOWN_MAX       5
#define START_COMMITS   50
#define KEY_BYTES       9
#define SELF_TEST_TRIES 10     /* holes come by chance: one in any of them */
#define READERS_LONG    8      /* processes, with --seconds */
#define KEY_NEW         "\x10" /* commit n puts the key n, */
#define KEY_SAME        "\x11" /* n as the value of one key, */
#define KEY_GONE        "\x12" /* and the key n where it deletes n - 1 */

/* What parent and child share. */
typedef struct shared {
  atomic_uint_fast64_t committed; /* acknowledged to the writer */
  atomic_int reading;             /* readers that have not ended */
} shared;

typedef struct tally {
  unsigned opens, holes, failures;
} tally;

static kgq_str key_of(char buffer[KEY_BYTES], const char *table, uint64_t n) {
  buffer[0] = *table;
  kg_put_be64(buffer + 1, n);
  return kg_str_n(buffer, KEY_BYTES);
}

static void tell(const char *what, const kgq_error *err) {
  fprintf(stderr, "%s: %s: %s\n", what, kgq_status_name(kgq_error_status(err)), kgq_error_message(err));
}

/* ---- the reader ------------------------------------------------------------------------------------ */

/* How many of the keys 1, 2, 3 ... are there before one is missing; *all counts those behind it too. */
static uint64_t unbroken_keys(kg_store_snapshot *snap, uint64_t *all) {
  kg_store_iter *it = NULL;
  uint64_t unbroken = 0;
  *all = 0;
  if (kg_store_iter_open(snap, KG_STR(KEY_NEW), &it, NULL) != KGQ_OK) {
    return 0;
  }
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it)) {
    *all += 1;
    unbroken += kg_get_be64(kg_store_iter_key(it).ptr + 1) == unbroken + 1 ? 1 : 0;
  }
  const kgq_status st = kg_store_iter_status(it, NULL);
  kg_store_iter_close(it);
  return st == KGQ_OK ? unbroken : 0;
}

/* The value that each commit overwrites is that of this commit, and of the keys that each commit deletes only
 * the last is there. */
static bool is_current(kg_store_snapshot *snap, uint64_t commit) {
  kg_pin pin;
  kg_store_iter *it = NULL;
  if (kg_store_get(snap, KG_STR(KEY_SAME), &pin, NULL) != KGQ_OK) {
    return false;
  }
  const bool same = pin.value.len == 8 && kg_get_be64(pin.value.ptr) == commit;
  kg_pin_free(&pin);
  if (!same || kg_store_iter_open(snap, KG_STR(KEY_GONE), &it, NULL) != KGQ_OK) {
    return false;
  }
  unsigned count = 0;
  uint64_t last = 0;
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it), count++) {
    last = kg_get_be64(kg_store_iter_key(it).ptr + 1);
  }
  kg_store_iter_close(it);
  return count == 1 && last == commit;
}

static void check_snapshot(kg_store *store, uint64_t acknowledged, tally *t) {
  kg_store_snapshot *snap = NULL;
  kgq_error *err = NULL;
  if (kg_store_snapshot_take(store, &snap, &err) != KGQ_OK) {
    tell("snapshot", err);
    kgq_error_free(err);
    t->failures++;
    return;
  }
  uint64_t all = 0;
  const uint64_t commit = kg_store_snapshot_commit(snap), unbroken = unbroken_keys(snap, &all);
  const bool current = is_current(snap, commit);
  if (commit < acknowledged || unbroken != commit || all != commit || !current) {
    if (t->holes < SHOWN_MAX) {
      fprintf(stderr,
              "hole: %" PRIu64 " acknowledged; commit %" PRIu64 ", keys 1 to %" PRIu64 " of %" PRIu64 "%s\n",
              acknowledged, commit, unbroken, all, current ? "" : ", an old or deleted value");
    }
    t->holes++;
  }
  kg_store_snapshot_drop(snap);
}

static void read_once(const char *path, shared *s, tally *t) {
  const kg_store_options how = { .allocator = &kg_libc_allocator,
                                 .cache_bytes = CACHE_BYTES,
                                 .readonly = true };
  const uint64_t before = atomic_load(&s->committed);
  kg_store *store = NULL;
  kgq_error *err = NULL;
  t->opens++;
  if (kg_store_open(path, &how, &store, &err) != KGQ_OK) {
    tell("open", err);
    kgq_error_free(err);
    t->failures++;
    return;
  }
  check_snapshot(store, before, t);
  check_snapshot(store, atomic_load(&s->committed), t);
  kg_store_close(store);
}

static void expect_refusal(const char *path, tally *t) {
  const kg_store_options how = { .allocator = &kg_libc_allocator,
                                 .cache_bytes = CACHE_BYTES,
                                 .create = true };
  char words[32];
  snprintf(words, sizeof words, "process %ld is writing", (long)getppid());
  kg_store *store = NULL;
  kgq_error *err = NULL;
  const kgq_status st = kg_store_open(path, &how, &store, &err);
  if (st != KGQ_LOCKED || strstr(kgq_error_message(err), words) == NULL) {
    fprintf(stderr, "a second writer got %s: %s\n", kgq_status_name(st), kgq_error_message(err));
    t->failures++;
  }
  kgq_error_free(err);
  kg_store_close(store);
}

static int reader(const char *path, shared *s, unsigned opens, unsigned seconds) {
  const time_t end = time(NULL) + (time_t)seconds;
  while (atomic_load(&s->committed) < START_COMMITS) {
    usleep(1000);
  }
  tally t = { 0, 0, 0 };
  for (unsigned i = 0; seconds > 0 ? time(NULL) < end : i < opens; i++) {
    read_once(path, s, &t);
    if (i % 50 == 0) {
      expect_refusal(path, &t);
    }
  }
  printf("%u opens, %u holes, %u failures beside %" PRIu64 " commits\n", t.opens, t.holes, t.failures,
         (uint64_t)atomic_load(&s->committed));
  fflush(stdout);
  atomic_fetch_sub(&s->reading, 1);
  return t.holes + t.failures == 0 ? 0 : 1;
}

/* ---- the writer ------------------------------------------------------------------------------------ */

static kgq_status commit_batch(kg_store *store, uint64_t n, kgq_error **err) {
  char key[KEY_BYTES], number[8];
  kg_store_batch *b = NULL;
  KGQ_TRY(kg_store_batch_new(store, &b, err));
  kg_put_be64(number, n);
  kg_store_batch_put(b, key_of(key, KEY_NEW, n), KG_STR("value"));
  kg_store_batch_put(b, KG_STR(KEY_SAME), kg_str_n(number, sizeof number));
  kg_store_batch_delete(b, key_of(key, KEY_GONE, n - 1));
  kg_store_batch_put(b, key_of(key, KEY_GONE, n), KG_STR("value"));
  const kgq_status st = kg_store_commit(store, b, n, err);
  kg_store_batch_free(b);
  return st;
}

static kgq_status commit_file(kg_store *store, uint64_t n, kgq_error **err) {
  char key[KEY_BYTES], number[8];
  kg_put_be64(number, n);
  kg_store_file *f = NULL;
  kgq_status st = KGQ_OK;
  KGQ_TRY(kg_store_file_new(store, true, &f, err));
  KGQ_TRY_DONE(kg_store_file_put(f, KG_STR(KG_STORE_COMMIT_KEY), kg_str_n(number, 8), err));
  KGQ_TRY_DONE(kg_store_file_put(f, key_of(key, KEY_NEW, n), KG_STR("value"), err));
  KGQ_TRY_DONE(kg_store_file_put(f, KG_STR(KEY_SAME), kg_str_n(number, 8), err));
  KGQ_TRY_DONE(kg_store_file_delete(f, key_of(key, KEY_GONE, n - 1), err));
  KGQ_TRY_DONE(kg_store_file_put(f, key_of(key, KEY_GONE, n), KG_STR("value"), err));
  KGQ_TRY_DONE(kg_store_file_finish(f, err));
  KGQ_TRY_DONE(kg_store_ingest(store, &f, 1, n, err));
done:
  kg_store_file_free(f);
  return st;
}

static kgq_status write_on(kg_store *store, shared *s, kgq_error **err) {
  for (uint64_t n = 1; atomic_load(&s->reading) > 0; n++) {
    KGQ_TRY(n % INGEST_EACH == 0 ? commit_file(store, n, err) : commit_batch(store, n, err));
    atomic_store(&s->committed, n);
    if (n % COMPACT_EACH == 0) {
      KGQ_TRY(kg_store_compact(store, err));
    }
  }
  return KGQ_OK;
}

static int writer(const char *path, shared *s) {
  const kg_store_options how = { .allocator = &kg_libc_allocator,
                                 .cache_bytes = CACHE_BYTES,
                                 .create = true };
  kg_store *store = NULL;
  kgq_error *err = NULL;
  kgq_status st = kg_store_open(path, &how, &store, &err);
  if (st == KGQ_OK) {
    st = write_on(store, s, &err);
  }
  if (st != KGQ_OK) {
    tell("writer", err);
    kgq_error_free(err);
  }
  kg_store_close(store);
  return st == KGQ_OK ? 0 : 1;
}

/* true: no hole and no failure. */
static bool run_both(const char *path, const fault_run *run) {
  shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (s == MAP_FAILED) {
    fault_die("memory");
  }
  const int readers = run->seconds > 0 ? READERS_LONG : 1;
  atomic_store(&s->reading, readers);
  fflush(NULL);
  for (int i = 0; i < readers; i++) {
    if (fork() == 0) {
      _exit(reader(path, s, run->count, run->seconds));
    }
  }
  bool right = writer(path, s) == 0;
  if (!right) {
    atomic_store(&s->committed, START_COMMITS); /* the readers must not wait for ever */
  }
  for (int status = 0; wait(&status) > 0;) {
    right = right && status == 0;
  }
  munmap(s, sizeof *s);
  return right;
}

int main(int argc, char **argv) {
  fault_run run;
  char path[sizeof run.folder + 8];
  fault_begin(&run, "readers", argc, argv, 200, false);
  snprintf(path, sizeof path, "%s/db", run.folder);
  if (run.self_test) {
    setenv("KGQ_TEST_UNSAFE_READERS", "1", 1);
  }
  bool right = run_both(path, &run);
  for (int again = 1; run.self_test && right && again < SELF_TEST_TRIES; again++) {
    fault_remove(path);
    right = run_both(path, &run);
  }
  if (right != run.self_test) {
    fault_pass(&run);
  } else {
    fault_fail(&run, run.self_test ? "reading without the lock protocol was not caught"
                                   : "readers beside a writer");
  }
  return fault_end(&run);
}
