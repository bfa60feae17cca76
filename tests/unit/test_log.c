/* tests/unit/test_log.c: small commits as records of the log: what they say, settled or not, to whom and
 * after what.
 *
 * A random life of a database goes through records, delta keys, files, folds, renumbering, closing and kills;
 * snapshots of earlier states, other processes and the model must agree all along.
 */
#include <signal.h>
#include <sys/wait.h>

#include "graph/keys.h"
#include "graph/log.h"
#include "graph/renumber.h"
#include "graph_model.h"

enum { HELD = 4 };

/* A snapshot and what it must go on to say. */
typedef struct held {
  kg_snap *snap;
  unsigned char *flags;
} held;

static kg_snap *take(kgq_db *db) {
  kg_snap *snap;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  return snap;
}

static void change_some(model *m, kgq_db *db, uint32_t count) {
  kg_txn *txn = begin(db);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t quad[4];
    for (int c = 0; c < 4; c++) {
      quad[c] = below(m->sizes[c]);
    }
    model_change(m, txn, quad, below(5) < 3);
  }
  commit(txn);
}

static void change_one(model *m, kgq_db *db, uint32_t s, uint32_t o, uint32_t g, bool insert) {
  kg_txn *txn = begin(db);
  model_change(m, txn, (uint32_t[]){ s, 1, o, g }, insert);
  commit(txn);
}

static size_t stored_records(kg_snap *snap) {
  const char prefix = KG_KEY_LOG;
  kg_store_iter *it;
  kgq_error *err = NULL;
  size_t n = 0;
  must(kg_store_iter_open(snap->store, kg_str_n(&prefix, 1), &it, &err), err);
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it)) {
    n++;
  }
  kg_store_iter_close(it);
  return n;
}

static size_t records_of(kgq_db *db) {
  kg_snap *snap = take(db);
  const size_t n = stored_records(snap);
  assert_int_equal(n, snap->commit - snap->settled);
  assert_true((n > 0) == (snap->log != NULL));
  kg_snap_drop(snap);
  return n;
}

/* ---- snapshots ------------------------------------------------------------------------------------- */

static void hold(held *h, const model *m, kgq_db *db) {
  h->snap = take(db);
  h->flags = malloc(model_size(m));
  memcpy(h->flags, m->flags, model_size(m));
}

static void release(held *h, const model *m) {
  if (h->snap) {
    model then = *m;
    then.flags = h->flags;
    compare_snapshot(&then, h->snap, 3);
    kg_snap_drop(h->snap);
    free(h->flags);
    *h = (held){ NULL, NULL };
  }
}

/* ---- other processes ------------------------------------------------------------------------------- */

/* Another process reads the same. */
static void compare_beside(model *m) {
  const pid_t child = fork();
  if (child == 0) {
    kgq_options options = KGQ_OPTIONS_INIT;
    options.flags = KGQ_OPEN_READONLY;
    kgq_db *db;
    kgq_error *err = NULL;
    must(kgq_open(test_path, &options, &db, &err), err);
    compare_database(m, db, 3);
    kgq_close(db);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Another process writes, and is killed. The model learns what it did from the same random numbers. */
static void change_and_die(model *m, uint32_t commits) {
  const uint64_t seed = random_state;
  const pid_t child = fork();
  if (child == 0) {
    kgq_db *db = open_database(test_path);
    for (uint32_t i = 0; i < commits; i++) {
      change_some(m, db, 1 + below(20));
    }
    (void)kill(getpid(), SIGKILL);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  random_state = seed;
  kgq_db *same = open_database(":memory:");
  for (uint32_t i = 0; i < commits; i++) {
    kg_txn *txn = begin(same);
    for (uint32_t n = 1 + below(20); n > 0; n--) {
      uint32_t quad[4];
      for (int c = 0; c < 4; c++) {
        quad[c] = below(m->sizes[c]);
      }
      model_change(m, txn, quad, below(5) < 3);
    }
    kg_txn_end(txn);
  }
  assert_int_equal(kgq_close(same), KGQ_OK);
}

/* ---- tests ----------------------------------------------------------------------------------------- */

static void do_something(model *m, kgq_db **db, held snaps[HELD]) {
  kgq_error *err = NULL;
  const uint32_t what = below(60);
  if (what == 0) {
    must(kg_fold_delta(*db, 200, NULL, &err), err);
  } else if (what == 1) {
    kg_txn *txn = begin(*db); /* nothing of it stays, but its place among writers */
    kg_txn_end(txn);
    must(kg_renumber_held(*db, NULL, NULL, NULL, &err), err);
  } else if (what == 2) {
    change_some(m, *db, 6000); /* as files */
  } else if (what < 6) {
    change_some(m, *db, KG_LOG_COMMIT_ROWS + 1 + below(200)); /* as delta keys */
  } else if (what < 8) {
    for (int i = 0; i < HELD; i++) { /* they would keep the database open */
      release(&snaps[i], m);
    }
    assert_int_equal(kgq_close(*db), KGQ_OK);
    *db = open_database(test_path);
  } else {
    change_some(m, *db, 1 + below(what < 30 ? 60 : 5));
  }
}

static void a_life(void **unused) {
  (void)unused;
  model m;
  held snaps[HELD] = { { NULL, NULL } };
  model_init(&m, 40, 4, 24, 3);
  make_test_path();
  kgq_db *db = open_database(test_path);
  for (int i = 0; i < 450; i++) {
    do_something(&m, &db, snaps);
    if (i % 9 == 0) {
      held *h = &snaps[below(HELD)];
      release(h, &m);
      hold(h, &m, db);
    }
    if (i % 15 == 0) {
      compare_database(&m, db, 5);
    }
    if (i % 60 == 0) {
      compare_beside(&m);
    }
  }
  for (int i = 0; i < HELD; i++) {
    release(&snaps[i], &m);
  }
  assert_int_equal(kgq_close(db), KGQ_OK);
  remove_test_path();
  model_free(&m);
}

/* The log is settled by the commit that finds it full, and not before. */
static void full_log(void **unused) {
  (void)unused;
  model m;
  held before;
  model_init(&m, 120, 2, 60, 2);
  kgq_db *db = open_database(":memory:");
  uint32_t made = 0;
  for (uint32_t s = 0; s < 120 && made < KG_LOG_ROWS; s++) {
    for (uint32_t o = 0; o < 60 && made < KG_LOG_ROWS; o += o % 8 == 6 ? 2 : 1) { /* no triple terms */
      change_one(&m, db, s, o, o % 2, true);
      made++;
    }
  }
  assert_int_equal(records_of(db), KG_LOG_ROWS);
  hold(&before, &m, db);
  change_one(&m, db, 119, 1, 0, true);
  assert_int_equal(records_of(db), 0);
  compare_database(&m, db, 20);
  change_one(&m, db, 118, 1, 0, true);
  change_one(&m, db, 0, 0, 0, false); /* what is among the delta keys */
  assert_int_equal(records_of(db), 2);
  compare_database(&m, db, 20);
  release(&before, &m);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* The same quad in blocks, delta keys and log, there and not there. */
static void again_and_again(void **unused) {
  (void)unused;
  model m;
  kgq_error *err = NULL;
  model_init(&m, 30, 2, 24, 2);
  kgq_db *db = open_database(":memory:");
  change_some(&m, db, 3000);
  change_some(&m, db, 100);
  bool there = *model_flag(&m, (uint32_t[]){ 3, 1, 5, 1 });
  for (int i = 0; i < 40; i++) {
    there = !there;
    change_one(&m, db, 3, 5, 1, there);
    change_one(&m, db, 3, 7, 1, !there); /* a triple term */
    compare_database(&m, db, 2);
    if (i % 7 == 6) {
      change_some(&m, db, 100); /* settles */
    }
    if (i % 13 == 12) {
      must(kg_fold_delta(db, i % 2 ? 0 : 50, NULL, &err), err);
    }
  }
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static void killed(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 40, 3, 24, 3);
  make_test_path();
  for (int i = 0; i < 3; i++) {
    change_and_die(&m, 1 + below(30));
    compare_beside(&m); /* who only reads sees it too, from the log of the store */
    kgq_db *db = open_database(test_path);
    assert_true(records_of(db) > 0);
    compare_database(&m, db, 10);
    change_some(&m, db, i % 2 ? 5 : 300);
    assert_int_equal(kgq_close(db), KGQ_OK);
    compare_beside(&m);
  }
  remove_test_path();
  model_free(&m);
}

static void read_mark(char *out, size_t room) {
  char path[100];
  (void)snprintf(path, sizeof path, "%s/KGQ", test_path);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  out[fread(out, 1, room - 1, file)] = '\0';
  fclose(file);
}

/* A database from before there was a log says so, until it has one. */
static void earlier_database(void **unused) {
  (void)unused;
  model m;
  char path[100], mark[200];
  model_init(&m, 40, 3, 24, 3);
  make_test_path();
  kgq_db *db = open_database(test_path);
  change_some(&m, db, 3000);
  assert_int_equal(kgq_close(db), KGQ_OK);
  (void)snprintf(path, sizeof path, "%s/KGQ", test_path);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs("KGQ database\nformat 1\nfeatures 0\n", file);
  fclose(file);
  db = open_database(test_path);
  change_some(&m, db, 300);
  read_mark(mark, sizeof mark);
  assert_non_null(strstr(mark, "features 0\n"));
  change_one(&m, db, 3, 5, 1, !*model_flag(&m, (uint32_t[]){ 3, 1, 5, 1 }));
  read_mark(mark, sizeof mark);
  assert_non_null(strstr(mark, "features 1\n"));
  compare_database(&m, db, 10);
  assert_int_equal(kgq_close(db), KGQ_OK);
  compare_beside(&m);
  remove_test_path();
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_life), cmocka_unit_test(full_log),         cmocka_unit_test(again_and_again),
    cmocka_unit_test(killed), cmocka_unit_test(earlier_database),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
