/* tests/unit/test_threads.c: one writer and several readers: each reader sees whole commits only.
 *
 * Every commit replaces the same hundred quads, all with the number of that commit, so a snapshot with two
 * numbers, or with more or fewer quads, is a torn one. Runs under ThreadSanitizer in `./dev test --all`.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "include/kgq.h"

#define READERS      8
#define COMPACT_EACH 20 /* commits */
#define COMMITS      60
#define QUADS        100

typedef struct shared_state {
  kgq_db *db;
  atomic_int done, faults, reads;
} shared_state;

static kgq_status run(kgq_conn *conn, const char *text, int64_t *values, int count) {
  kgq_stmt *stmt = NULL;
  kgq_status st = kgq_prepare(conn, text, KGQ_NUL_TERMINATED, &stmt, NULL);
  if (!st) {
    st = kgq_step(stmt, NULL);
  }
  for (int i = 0; st == KGQ_ROW && i < count; i++) {
    values[i] = kgq_column_int(stmt, i);
  }
  kgq_finalize(stmt);
  return st;
}

static int count_bytes(void *arg, const char *bytes, size_t count) {
  (void)bytes;
  *(size_t *)arg += count;
  return 0;
}

static int ignore_info(void *arg, const char *key, const char *value) {
  (void)arg, (void)key, (void)value;
  return 0;
}

/* What else readers do: all of it goes through the caches that they share. */
static kgq_status other_work(kgq_conn *conn, int which) {
  size_t bytes = 0;
  kgq_stmt *stmt = NULL;
  switch (which % 4) {
  case 0: return kgq_export(conn, NULL, count_bytes, &bytes, NULL);
  case 1: return kgq_info(conn, ignore_info, NULL, NULL);
  case 2: return kgq_check(conn, NULL);
  default: break;
  }
  kgq_status st = kgq_prepare(conn, "SELECT ?s ?t { ?s <http://e/p> ?o . ?t <http://e/p> ?o } LIMIT 50",
                              KGQ_NUL_TERMINATED, &stmt, NULL);
  while (st == KGQ_OK || st == KGQ_ROW) {
    st = kgq_step(stmt, NULL);
    (void)kgq_column_label(stmt, 0, "en");
  }
  kgq_finalize(stmt);
  return st == KGQ_DONE ? KGQ_OK : st;
}

static void *read_until_done(void *arg) {
  shared_state *s = arg;
  kgq_conn *conn = NULL;
  if (kgq_connect(s->db, &conn, NULL)) {
    atomic_fetch_add(&s->faults, 1);
    return NULL;
  }
  int64_t last = -1;
  while (!atomic_load(&s->done)) {
    int64_t v[3] = { -1, -1, -1 };
    const kgq_status st =
        run(conn, "SELECT (COUNT(*) AS ?c) (MIN(?o) AS ?low) (MAX(?o) AS ?high) WHERE { ?s <http://e/p> ?o }",
            v, 3);
    if (st != KGQ_ROW || v[0] != QUADS || v[1] != v[2] || v[1] < last) {
      atomic_fetch_add(&s->faults, 1);
    }
    last = v[1];
    const int reads = atomic_fetch_add(&s->reads, 1);
    if (reads % 3 == 0 && other_work(conn, reads / 3)) {
      atomic_fetch_add(&s->faults, 1);
    }
  }
  kgq_disconnect(conn);
  return NULL;
}

static kgq_status commit(kgq_conn *conn, int number) {
  char text[512];
  if (number) {
    snprintf(text, sizeof text,
             "DELETE { ?s <http://e/p> ?o } INSERT { ?s <http://e/p> %d } WHERE { ?s <http://e/p> ?o }",
             number);
    const kgq_status st = run(conn, text, NULL, 0);
    return st == KGQ_DONE ? KGQ_OK : st ? st : KGQ_MISUSE;
  }
  kgq_load *load = NULL;
  kgq_status st = kgq_load_begin(conn, NULL, &load, NULL);
  for (int i = 0; !st && i < QUADS; i++) {
    const int n =
        snprintf(text, sizeof text,
                 "<http://e/s%d> <http://e/p> \"0\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n", i);
    st = kgq_load_bytes(load, "a.nt", text, (size_t)n, NULL);
  }
  st = st ? st : kgq_load_commit(load, NULL, NULL);
  kgq_load_free(load);
  return st;
}

static void readers_see_whole_commits(void **state) {
  (void)state;
  shared_state s = { NULL, 0, 0, 0 };
  char folder[] = "/tmp/kgq-threads-XXXXXX";
  assert_non_null(mkdtemp(folder));
  char path[64];
  snprintf(path, sizeof path, "%s/db", folder);
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = KGQ_OPEN_CREATE | KGQ_OPEN_NOSYNC;
  assert_int_equal(kgq_open(path, &options, &s.db, NULL), KGQ_OK);
  kgq_conn *conn = NULL;
  assert_int_equal(kgq_connect(s.db, &conn, NULL), KGQ_OK);
  assert_int_equal(commit(conn, 0), KGQ_OK);
  pthread_t readers[READERS];
  for (int i = 0; i < READERS; i++) {
    assert_int_equal(pthread_create(&readers[i], NULL, read_until_done, &s), 0);
  }
  for (int i = 1; i <= COMMITS; i++) {
    assert_int_equal(commit(conn, i), KGQ_OK);
    if (i % COMPACT_EACH == 0) {
      assert_int_equal(kgq_compact(conn, NULL), KGQ_OK);
    }
  }
  while (atomic_load(&s.reads) < READERS) {
  }
  atomic_store(&s.done, 1);
  for (int i = 0; i < READERS; i++) {
    pthread_join(readers[i], NULL);
  }
  kgq_disconnect(conn);
  kgq_close(s.db);
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
  assert_int_equal(atomic_load(&s.faults), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(readers_see_whole_commits) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
