/* tests/unit/test_db.c: databases and connections through the public interface, and snapshots below it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "graph/db.h"

static char root[64];
static unsigned folder_count;

static const char *new_path(void) {
  static char path[128];
  snprintf(path, sizeof path, "%s/%u", root, ++folder_count);
  return path;
}

/* ---- an allocator that counts and can refuse ------------------------------------------------------ */

static atomic_size_t live_bytes;
static size_t refuse_after = SIZE_MAX;

static void *counting(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  (void)arg;
  if (new_bytes > 0 && refuse_after == 0) {
    return NULL;
  }
  refuse_after -= new_bytes > 0 ? 1 : 0;
  atomic_fetch_add(&live_bytes, new_bytes);
  atomic_fetch_sub(&live_bytes, old_bytes);
  return kg_libc_allocator.resize(NULL, ptr, old_bytes, new_bytes);
}

static const kgq_allocator counted = { counting, NULL };

static kgq_db *open_counted(const char *path, uint32_t flags) {
  kgq_options o = KGQ_OPTIONS_INIT;
  o.flags = flags;
  o.allocator = &counted;
  kgq_db *db = NULL;
  assert_int_equal(kgq_open(path, &o, &db, NULL), KGQ_OK);
  return db;
}

static void commit_counts(kgq_db *db, uint64_t number, const kg_counts *counts) {
  char bytes[KG_COUNTS_BYTES];
  kg_counts_write(counts, bytes);
  kg_store_batch *b = NULL;
  assert_int_equal(kg_store_batch_new(db->store, &b, NULL), KGQ_OK);
  kg_store_batch_put(b, KG_STR(KG_COUNTS_KEY), kg_str_n(bytes, sizeof bytes));
  assert_int_equal(kg_store_commit(db->store, b, number, NULL), KGQ_OK);
  kg_store_batch_free(b);
}

/* ---- tests ------------------------------------------------------------------------------------------ */

static void test_any_order_of_closing(void **state) {
  (void)state;
  kgq_db *db = open_counted(":memory:", 0);
  kgq_conn *a = NULL, *b = NULL;
  assert_int_equal(kgq_connect(db, &a, NULL), KGQ_OK);
  assert_int_equal(kgq_connect(db, &b, NULL), KGQ_OK);
  kg_snap *snap = NULL;
  assert_int_equal(kg_snap_take(db, &snap, NULL), KGQ_OK);
  assert_int_equal(kgq_close(db), KGQ_OK);
  kgq_conn *held = kg_conn_hold(a); /* as a statement does */
  kgq_disconnect(a);
  assert_int_equal(kg_conn_usable(held, NULL), KGQ_OK);
  kgq_disconnect(b);
  kg_conn_release(held);
  assert_true(atomic_load(&live_bytes) > 0);
  kg_snap_drop(snap);
  assert_int_equal(atomic_load(&live_bytes), 0);
  kgq_disconnect(NULL);
  kg_snap_drop(NULL);
  assert_int_equal(kgq_close(NULL), KGQ_OK);
}

static void test_open_errors(void **state) {
  (void)state;
  kgq_db *db = NULL;
  kgq_error *err = NULL;
  kgq_options o = KGQ_OPTIONS_INIT;
  assert_int_equal(kgq_open(new_path(), &o, &db, &err), KGQ_NOTFOUND);
  assert_null(db);
  kgq_error_free(err);
  assert_int_equal(kgq_open(NULL, &o, &db, NULL), KGQ_MISUSE);
  assert_int_equal(kgq_open("", &o, &db, NULL), KGQ_MISUSE);
  o.flags = 1u << 30;
  assert_int_equal(kgq_open(new_path(), &o, &db, NULL), KGQ_MISUSE);
  o.flags = KGQ_OPEN_RECOVER | KGQ_OPEN_READONLY;
  assert_int_equal(kgq_open(new_path(), &o, &db, NULL), KGQ_MISUSE);
  o.struct_bytes = 0;
  assert_int_equal(kgq_open(new_path(), &o, &db, NULL), KGQ_MISUSE);
  assert_int_equal(kgq_connect(NULL, NULL, NULL), KGQ_MISUSE);
}

/* An older program's options end before fields that were added later. */
static void test_short_options(void **state) {
  (void)state;
  kgq_options o = KGQ_OPTIONS_INIT;
  o.struct_bytes = offsetof(kgq_options, cache_bytes);
  o.flags = KGQ_OPEN_CREATE;
  o.cache_bytes = UINT64_MAX; /* not read */
  kgq_db *db = NULL;
  assert_int_equal(kgq_open(new_path(), &o, &db, NULL), KGQ_OK);
  assert_true(db->memory_bytes > 0);
  assert_int_equal(kgq_close(db), KGQ_OK);
}

static void test_counts_survive(void **state) {
  (void)state;
  const char *path = new_path();
  const kg_counts counts = { .quads = 30,
                             .triples = 20,
                             .named_quads = 10,
                             .triple_terms = 4,
                             .base_terms = 5,
                             .append_terms = 6,
                             .delta_rows = 7,
                             .delta_term_rows = 8,
                             .base_loaded = 1 };
  kgq_db *db = open_counted(path, KGQ_OPEN_CREATE);
  assert_int_equal(kgq_is_readonly(db), 0);
  kg_snap *before = NULL, *after = NULL;
  assert_int_equal(kg_snap_take(db, &before, NULL), KGQ_OK);
  commit_counts(db, 1, &counts);
  assert_int_equal(kg_snap_take(db, &after, NULL), KGQ_OK);
  assert_int_equal(before->commit, 0);
  assert_int_equal(before->counts.quads, 0);
  assert_int_equal(after->commit, 1);
  assert_memory_equal(&after->counts, &counts, sizeof counts);
  kg_snap_drop(before);
  kg_snap_drop(after);
  kgq_close(db);

  db = open_counted(path, KGQ_OPEN_READONLY);
  assert_int_equal(kgq_is_readonly(db), 1);
  assert_int_equal(kg_snap_take(db, &after, NULL), KGQ_OK);
  assert_memory_equal(&after->counts, &counts, sizeof counts);
  kg_snap_drop(after);
  kgq_close(db);
  assert_int_equal(atomic_load(&live_bytes), 0);
}

static void test_damaged_counts(void **state) {
  (void)state;
  kg_counts counts = { .quads = 1, .triples = 2 };
  char bytes[KG_COUNTS_BYTES];
  kg_counts_write(&counts, bytes);
  assert_int_equal(kg_counts_read(kg_str_n(bytes, sizeof bytes), &counts, NULL), KGQ_CORRUPT);
  assert_int_equal(kg_counts_read(kg_str_n(bytes, sizeof bytes - 1), &counts, NULL), KGQ_CORRUPT);
}

static void test_settings(void **state) {
  (void)state;
  kgq_db *db = open_counted(":memory:", 0);
  kgq_conn *conn = NULL;
  assert_int_equal(kgq_connect(db, &conn, NULL), KGQ_OK);
  assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_TIME_MS, 10), KGQ_OK);
  assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_MEMORY_BYTES, 20), KGQ_OK);
  assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_ROWS, 30), KGQ_OK);
  assert_int_equal(kgq_set_limit(conn, 4, 30), KGQ_MISUSE);
  assert_int_equal(conn->limit_time_ms + conn->limit_memory_bytes + conn->limit_rows, 60);
  assert_int_equal(kgq_set(conn, KGQ_SET_DEFAULT_GRAPH, KGQ_DEFAULT_GRAPH_STRICT), KGQ_OK);
  assert_int_equal(kgq_set(conn, KGQ_SET_LANGUAGE, KGQ_LANG_SHORT), KGQ_OK);
  assert_int_equal(kgq_set(conn, KGQ_SET_LANGUAGE, 3), KGQ_MISUSE);
  assert_int_equal(kgq_set(conn, KGQ_SET_DEFAULT_GRAPH, -1), KGQ_MISUSE);
  assert_int_equal(kgq_set(NULL, KGQ_SET_LANGUAGE, 0), KGQ_MISUSE);
  assert_int_equal(kgq_set_base(conn, "https://example.org/", NULL), KGQ_OK);
  assert_string_equal(conn->base, "https://example.org/");
  assert_int_equal(kgq_set_base(conn, "not absolute", NULL), KGQ_DATA);
  assert_string_equal(conn->base, "https://example.org/");
  assert_int_equal(kgq_set_base(conn, NULL, NULL), KGQ_OK);
  assert_null(conn->base);
  assert_int_equal(atomic_load(&conn->interrupt), 0);
  kgq_interrupt(conn);
  kgq_interrupt(NULL);
  assert_int_equal(atomic_load(&conn->interrupt), 1);
  kgq_disconnect(conn);
  kgq_close(db);
}

static int messages;
static void note(void *arg, int32_t severity, const kgq_error *message) {
  assert_int_equal(severity, KGQ_NOTE);
  assert_string_equal(kgq_error_message(message), (const char *)arg);
  messages++;
}

static int stop_at_three(void *arg, const char *what, uint64_t done, uint64_t total) {
  (void)arg;
  (void)what;
  (void)total;
  return done >= 3;
}

static void test_messages_and_progress(void **state) {
  (void)state;
  kgq_db *db = open_counted(":memory:", 0);
  kgq_conn *conn = NULL;
  assert_int_equal(kgq_connect(db, &conn, NULL), KGQ_OK);
  kgq_error *message = NULL;
  kg_fail(&message, KGQ_NAME, "hello");
  kg_conn_message(conn, KGQ_NOTE, message); /* nobody listens: freed */
  char text[] = "hello";
  kgq_set_message(conn, note, text);
  message = NULL;
  kg_fail(&message, KGQ_NAME, "hello");
  kg_conn_message(conn, KGQ_NOTE, message);
  assert_int_equal(messages, 1);
  assert_int_equal(kg_conn_progress(conn, "loading", 3, 0, NULL), KGQ_OK);
  kgq_set_progress(conn, stop_at_three, NULL);
  assert_int_equal(kg_conn_progress(conn, "loading", 2, 0, NULL), KGQ_OK);
  assert_int_equal(kg_conn_progress(conn, "loading", 3, 0, NULL), KGQ_INTERRUPTED);
  kgq_disconnect(conn);
  kgq_close(db);
}

static void test_fork_is_misuse(void **state) {
  (void)state;
  kgq_db *db = open_counted(new_path(), KGQ_OPEN_CREATE);
  kgq_conn *conn = NULL;
  assert_int_equal(kgq_connect(db, &conn, NULL), KGQ_OK);
  const pid_t child = fork();
  if (child == 0) {
    kgq_conn *other = NULL;
    const bool good = kg_conn_usable(conn, NULL) == KGQ_MISUSE &&
                      kgq_connect(db, &other, NULL) == KGQ_MISUSE && kgq_close(db) == KGQ_MISUSE;
    kgq_disconnect(conn); /* must neither hang nor touch the parent's files */
    _exit(good ? 0 : 1);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  const kg_counts counts = { 0 };
  commit_counts(db, 1, &counts);
  kgq_disconnect(conn);
  kgq_close(db);
}

static int cache_freed;
static void free_cache(kgq_db *db) {
  assert_non_null(db->store);
  cache_freed++;
}

static void test_cache_hook(void **state) {
  (void)state;
  kgq_db *db = open_counted(":memory:", 0);
  db->cache_free = free_cache;
  kgq_close(db);
  assert_int_equal(cache_freed, 1);
}

/* Each allocation of opening, connecting and reading fails once. */
static void test_each_allocation_fails(void **state) {
  (void)state;
  const char *path = new_path();
  kgq_close(open_counted(path, KGQ_OPEN_CREATE));
  bool passed = false;
  for (size_t n = 0; n < 100 && !passed; n++) {
    kgq_options o = KGQ_OPTIONS_INIT;
    o.allocator = &counted;
    kgq_db *db = NULL;
    kgq_conn *conn = NULL;
    kg_snap *snap = NULL;
    refuse_after = n;
    kgq_status st = kgq_open(path, &o, &db, NULL);
    st = st == KGQ_OK ? kgq_connect(db, &conn, NULL) : st;
    st = st == KGQ_OK ? kg_snap_take(db, &snap, NULL) : st;
    refuse_after = SIZE_MAX;
    assert_true(st == KGQ_OK || st == KGQ_NOMEM);
    passed = st == KGQ_OK;
    kg_snap_drop(snap);
    kgq_disconnect(conn);
    kgq_close(db);
    assert_int_equal(atomic_load(&live_bytes), 0);
  }
  assert_true(passed);
}

static int make_root(void **state) {
  (void)state;
  snprintf(root, sizeof root, "/tmp/kgq-test-db-XXXXXX");
  return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", root);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_any_order_of_closing),
    cmocka_unit_test(test_open_errors),
    cmocka_unit_test(test_short_options),
    cmocka_unit_test(test_counts_survive),
    cmocka_unit_test(test_damaged_counts),
    cmocka_unit_test(test_settings),
    cmocka_unit_test(test_messages_and_progress),
    cmocka_unit_test(test_fork_is_misuse),
    cmocka_unit_test(test_cache_hook),
    cmocka_unit_test(test_each_allocation_fails),
  };
  return cmocka_run_group_tests(tests, make_root, remove_root);
}
