/* tests/unit/test_spill.c: sorting through temporary files; loads with so little memory that everything goes
 * through many of them, into empty and filled databases; such loads given up, wrong at the end, and killed at
 * any moment.
 */
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/key_sort.h"
#include "core/row_sort.h"
#include "graph_model.h"

#define TINY 1 /* bytes: as little memory as a load can have */

/* ---- sorting ------------------------------------------------------------------------------------------- */

static void make_folder(void) {
  char ingest[80];
  make_test_path();
  (void)snprintf(ingest, sizeof ingest, "%s/ingest", test_folder);
  assert_int_equal(mkdir(ingest, 0700), 0);
}

static int compare_records(const void *a, const void *b) {
  const uint64_t *x = a, *y = b;
  for (int w = 0; w < 4; w++) {
    if (x[w] != y[w]) {
      return x[w] < y[w] ? -1 : 1;
    }
  }
  return 0;
}

/* Records have their place in word 3, which is not sorted by: equal ones must keep their order. */
static void sort_some_rows(uint32_t count, uint32_t different, bool in_memory) {
  const uint64_t all = ~(uint64_t)0, order[4] = { all, all, all, 0 };
  uint64_t *expected = calloc(count + 1, 32);
  kg_row_sort *sorter;
  assert_int_equal(
      kg_row_sort_new(&kg_libc_allocator, in_memory ? NULL : test_folder, TINY, order, &sorter, NULL),
      KGQ_OK);
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t record[4] = { below(different), random_bits() << 60, below(different), i };
    memcpy(expected + (size_t)i * 4, record, sizeof record);
    assert_int_equal(kg_row_sort_add(sorter, record, NULL), KGQ_OK);
  }
  assert_int_equal(kg_row_sort_count(sorter), count);
  qsort(expected, count, 32, compare_records);
  assert_int_equal(kg_row_sort_finish(sorter, NULL), KGQ_OK);
  size_t at = 0;
  for (size_t got = 1; got > 0; at += got) {
    const uint64_t *words;
    assert_int_equal(kg_row_sort_next(sorter, &words, &got, NULL), KGQ_OK);
    assert_true(at + got <= count);
    assert_true(got == 0 || memcmp(words, expected + at * 4, got * 32) == 0);
  }
  assert_int_equal(at, count);
  kg_row_sort_free(sorter);
  free(expected);
}

static void sorts_rows(void **unused) {
  (void)unused;
  make_folder();
  static const uint32_t counts[] = { 0, 1, 255, 256, 257, 512, 5000, 20000 };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    for (uint32_t different = 1; different < 100000; different *= 30) {
      sort_some_rows(counts[i], different, i % 2 == 1);
    }
  }
  remove_test_path();
}

typedef struct pair {
  char key[16];
  size_t bytes;
  uint32_t place;
} pair;

static int compare_pairs(const void *a, const void *b) {
  const pair *x = a, *y = b;
  const int c = kg_str_compare(kg_str_n(x->key, x->bytes), kg_str_n(y->key, y->bytes));
  return c ? c : (x->place > y->place) - (x->place < y->place);
}

static void sort_some_keys(uint32_t count, uint32_t letters, bool in_memory) {
  pair *expected = calloc(count + 1, sizeof *expected);
  kg_key_sort *sorter;
  assert_int_equal(kg_key_sort_new(&kg_libc_allocator, in_memory ? NULL : test_folder, TINY, &sorter, NULL),
                   KGQ_OK);
  for (uint32_t i = 0; i < count; i++) {
    pair *p = &expected[i];
    p->bytes = 1 + below(5);
    p->place = i;
    for (size_t k = 0; k < p->bytes; k++) {
      p->key[k] = (char)below(letters);
    }
    assert_int_equal(
        kg_key_sort_add(sorter, kg_str_n(p->key, p->bytes), kg_str_n((char *)&p->place, i % 5), NULL),
        KGQ_OK);
  }
  qsort(expected, count, sizeof *expected, compare_pairs);
  assert_int_equal(kg_key_sort_finish(sorter, NULL), KGQ_OK);
  for (uint32_t i = 0; i <= count; i++) {
    kgq_str key, value;
    bool more;
    assert_int_equal(kg_key_sort_next(sorter, &key, &value, NULL, &more, NULL), KGQ_OK);
    assert_int_equal(more, i < count);
    if (more) {
      const pair *p = &expected[i];
      assert_true(kg_str_equal(key, kg_str_n(p->key, p->bytes)));
      assert_true(kg_str_equal(value, kg_str_n((const char *)&p->place, p->place % 5)));
    }
  }
  kg_key_sort_free(sorter);
  free(expected);
}

static void sorts_keys(void **unused) {
  (void)unused;
  make_folder();
  static const uint32_t counts[] = { 0, 1, 256, 257, 3000, 9000 };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    sort_some_keys(counts[i], 2, i % 2 == 0);
    sort_some_keys(counts[i], 200, i % 2 == 1);
    sort_some_keys(counts[i], 200, i % 2 == 0);
  }
  remove_test_path();
}

/* ---- loads --------------------------------------------------------------------------------------------- */

static kg_txn *begin_tiny(kgq_db *db) {
  kg_txn *txn;
  kgq_error *err = NULL;
  must(kg_txn_begin(db, TINY, NULL, &txn, &err), err);
  kg_txn_allow_spill(txn);
  return txn;
}

static uint64_t insert_many(model *m, kg_txn *txn, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t quad[4];
    for (int c = 0; c < 4; c++) {
      quad[c] = below(m->sizes[c]);
    }
    model_change(m, txn, quad, true);
  }
  return kg_txn_epoch(txn);
}

static void change_some(model *m, kgq_db *db, uint32_t count, uint32_t insert_percent) {
  kg_txn *txn = begin(db);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t quad[4];
    for (int c = 0; c < 4; c++) {
      quad[c] = below(m->sizes[c]);
    }
    model_change(m, txn, quad, below(100) < insert_percent);
  }
  commit(txn);
}

static void expect_no_stray_files(void) {
  char ingest[100];
  (void)snprintf(ingest, sizeof ingest, "%s/ingest", test_path);
  DIR *dir = opendir(ingest);
  assert_non_null(dir);
  unsigned files = 0;
  for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
    files += e->d_name[0] != '.';
  }
  (void)closedir(dir);
  assert_int_equal(files, 0);
}

static void loads_with_little_memory(void **unused) {
  (void)unused;
  make_test_path();
  model m;
  model_init(&m, 700, 8, 130, 4);
  kgq_db *db = open_database(test_path);
  kg_txn *txn = begin_tiny(db); /* into an empty database */
  assert_true(insert_many(&m, txn, 12000) > 3);
  commit(txn);
  compare_database(&m, db, 6);
  expect_no_stray_files();
  change_some(&m, db, 400, 50); /* a delta, appended terms */
  txn = begin_tiny(db);         /* into a filled one */
  assert_true(insert_many(&m, txn, 9000) > 3);
  commit(txn);
  compare_database(&m, db, 6);
  change_some(&m, db, 9000, 20);
  txn = begin_tiny(db);
  insert_many(&m, txn, 6000);
  commit(txn);
  compare_database(&m, db, 6);
  assert_int_equal(kgq_close(db), KGQ_OK);
  db = open_database(test_path);
  compare_database(&m, db, 6);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
  remove_test_path();
}

/* Terms of a first small commit are appended ones: the load meets them there. */
static void meets_appended_terms(void **unused) {
  (void)unused;
  make_test_path();
  model m;
  model_init(&m, 400, 5, 70, 2);
  kgq_db *db = open_database(test_path);
  change_some(&m, db, 500, 100);
  kg_txn *txn = begin_tiny(db);
  assert_true(insert_many(&m, txn, 6000) > 2);
  commit(txn);
  compare_database(&m, db, 6);
  txn = begin_tiny(db); /* nothing new */
  for (size_t i = 0; i < model_size(&m); i++) {
    if (m.flags[i]) {
      uint32_t quad[4];
      model_quad(&m, i, quad);
      model_change(&m, txn, quad, true);
    }
  }
  assert_true(kg_txn_epoch(txn) > 0);
  const kg_txn_result result = commit(txn);
  assert_int_equal(result.inserted + result.deleted, 0);
  assert_int_equal(result.commit, 2);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
  remove_test_path();
}

static void gives_up(void **unused) {
  (void)unused;
  make_test_path();
  model m, other;
  model_init(&m, 400, 5, 70, 2);
  model_init(&other, 400, 5, 70, 2);
  kgq_db *db = open_database(test_path);
  change_some(&m, db, 3000, 100);
  kg_txn *txn = begin_tiny(db);
  assert_true(insert_many(&other, txn, 6000) > 2);
  kgq_error *err = NULL;
  kg_snap *view;
  const kg_id quad[4] = { KG_ID_NONE };
  assert_int_equal(kg_txn_view(txn, &view, &err), KGQ_LIMIT); /* what is not in memory cannot be looked at */
  kgq_error_free(err);
  assert_int_equal(kg_txn_delete(txn, quad, NULL), KGQ_LIMIT);
  kg_txn_end(txn);
  compare_database(&m, db, 6);
  expect_no_stray_files();
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&other);
  model_free(&m);
  remove_test_path();
}

static uint64_t count_quads(kgq_db *db) {
  kg_snap *snap;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  const uint64_t quads = snap->counts.quads;
  check_snapshot(snap);
  kg_snap_drop(snap);
  return quads;
}

/* ---- failing allocations ----------------------------------------------------------------------------- */

static uint64_t allocations_left = UINT64_MAX; /* how many succeed before one fails */

static void *failing_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  (void)arg;
  (void)old_bytes;
  if (new_bytes == 0) {
    free(ptr);
    return NULL;
  }
  if (allocations_left != UINT64_MAX && allocations_left-- == 0) {
    allocations_left = UINT64_MAX;
    return NULL;
  }
  return realloc(ptr, new_bytes);
}

static kgq_status tiny_load(model *m, kgq_db *db, uint32_t seed) {
  kg_txn *txn = NULL;
  kgq_error *err = NULL;
  kgq_status st = kg_txn_begin(db, TINY, NULL, &txn, &err);
  if (st == KGQ_OK) {
    kg_txn_allow_spill(txn);
  }
  for (uint32_t i = seed; st == KGQ_OK && i < seed + 1300; i++) {
    kg_id ids[4] = { 0, 0, 0, KG_ID_DEFAULT_GRAPH };
    for (int c = 0; st == KGQ_OK && c < (i % 3 ? 4 : 3); c++) {
      const kg_term term = model_term(m, c, (i * 7 + (uint32_t)c * 5) % m->sizes[c]);
      st = kg_txn_intern(txn, &term, &ids[c], &err);
    }
    st = st == KGQ_OK ? kg_txn_insert(txn, ids, &err) : st;
  }
  st = st == KGQ_OK ? kg_txn_commit(txn, NULL, &err) : st;
  kg_txn_end(txn);
  kgq_error_free(err);
  kg_arena_reset(&m->arena);
  return st;
}

static kgq_status compact(kgq_db *db) {
  kgq_conn *conn;
  kgq_status st = kgq_connect(db, &conn, NULL);
  if (st == KGQ_OK) {
    st = kgq_compact(conn, NULL);
    kgq_disconnect(conn);
  }
  return st;
}

static void fail_each_allocation(model *m, kgq_db *db, bool load, uint32_t seed) {
  kgq_status st = KGQ_NOMEM;
  for (uint64_t n = 0; st != KGQ_OK; n += 1 + n / 12) {
    const uint64_t before = count_quads(db);
    allocations_left = n;
    st = load ? tiny_load(m, db, seed) : compact(db);
    const bool failed = allocations_left == UINT64_MAX;
    allocations_left = UINT64_MAX;
    assert_int_equal(st, failed ? KGQ_NOMEM : KGQ_OK);
    assert_true(st == KGQ_OK || count_quads(db) == before);
  }
}

static void failing_allocations(void **unused) {
  (void)unused;
  make_test_path();
  const kgq_allocator failing = { failing_resize, NULL };
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = KGQ_OPEN_CREATE | KGQ_OPEN_NOSYNC;
  options.memory_bytes = TINY;
  options.allocator = &failing;
  kgq_error *err = NULL;
  kgq_db *db;
  model m;
  model_init(&m, 300, 4, 70, 3);
  must(kgq_open(test_path, &options, &db, &err), err);
  fail_each_allocation(&m, db, true, 0);
  fail_each_allocation(&m, db, true, 1000);
  fail_each_allocation(&m, db, false, 0);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
  remove_test_path();
}

/* ---- whole loads of text ----------------------------------------------------------------------------- */

enum { LINES = 20000 };

static char *make_text(uint32_t from, size_t *bytes) {
  char *text = malloc((size_t)LINES * 200);
  size_t at = 0;
  for (uint32_t i = from; i < from + LINES; i++) {
    const int n =
        i % 10 == 0 ? sprintf(text + at, "_:node%u <http://www.w3.org/2000/01/rdf-schema#label> \"n %u\" .\n",
                              i % 3000, i)
                    : sprintf(text + at, "<http://example.org/s/%u> <http://example.org/p/%u> _:node%u .\n",
                              i / 7, i % 13, i % 3000);
    at += (size_t)n;
  }
  *bytes = at;
  return text;
}

static kgq_status load_text(kgq_db *db, const char *text, size_t bytes, kgq_load_stats *stats) {
  kgq_conn *conn;
  kgq_load *load;
  kgq_load_options options = KGQ_LOAD_OPTIONS_INIT;
  options.memory_bytes = TINY;
  kgq_error *err = NULL;
  must(kgq_connect(db, &conn, &err), err);
  must(kgq_load_begin(conn, &options, &load, &err), err);
  kgq_status st = kgq_load_bytes(load, "x.nt", text, bytes, NULL);
  st = st == KGQ_OK ? kgq_load_commit(load, stats, NULL) : st;
  kgq_load_free(load);
  kgq_disconnect(conn);
  return st;
}

static void all_or_nothing(void **unused) {
  (void)unused;
  make_test_path();
  size_t bytes;
  char *text = make_text(0, &bytes);
  kgq_db *db = open_database(test_path);
  kgq_load_stats stats;
  memcpy(text + bytes - 3, "?", 1); /* the last line is wrong */
  assert_int_equal(load_text(db, text, bytes, &stats), KGQ_SYNTAX);
  assert_int_equal(count_quads(db), 0);
  expect_no_stray_files();
  memcpy(text + bytes - 3, " ", 1);
  assert_int_equal(load_text(db, text, bytes, &stats), KGQ_OK);
  assert_int_equal(stats.quads_added, LINES);
  assert_int_equal(count_quads(db), LINES);
  assert_int_equal(kgq_close(db), KGQ_OK);
  free(text);
  remove_test_path();
}

/* What the killed program does: loads of different lines, and compaction, until there is an end to it. */
static void load_for_ever(const char *path) {
  kgq_db *db = open_database(path);
  for (uint32_t round = (uint32_t)(count_quads(db) / LINES); round < 1000; round++) {
    size_t bytes;
    kgq_load_stats stats;
    char *text = make_text(round * LINES, &bytes);
    assert_int_equal(load_text(db, text, bytes, &stats), KGQ_OK);
    free(text);
    kgq_conn *conn;
    assert_int_equal(kgq_connect(db, &conn, NULL), KGQ_OK);
    assert_int_equal(kgq_compact(conn, NULL), KGQ_OK);
    kgq_disconnect(conn);
  }
}

static void survives_being_killed(void **unused) {
  (void)unused;
  make_test_path();
  uint64_t before = 0;
  for (int i = 0; i < 12; i++) {
    const pid_t child = fork();
    if (child == 0) {
      (void)execl("/proc/self/exe", "test_spill", "load", test_path, (char *)NULL);
      _exit(127);
    }
    (void)usleep(20000 + below(300000));
    int status = 0;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    kgq_db *db = open_database(test_path);
    const uint64_t quads = count_quads(db);
    assert_true(quads % LINES == 0 && quads >= before);
    before = quads;
    expect_no_stray_files();
    assert_int_equal(kgq_close(db), KGQ_OK);
  }
  remove_test_path();
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "load") == 0) {
    load_for_ever(argv[2]);
  }
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(sorts_rows),
    cmocka_unit_test(sorts_keys),
    cmocka_unit_test(loads_with_little_memory),
    cmocka_unit_test(meets_appended_terms),
    cmocka_unit_test(gives_up),
    cmocka_unit_test(all_or_nothing),
    cmocka_unit_test(survives_being_killed),
    cmocka_unit_test(failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
