/* tests/unit/test_bulk.c: large commits: into an empty database, into a filled one with a delta, with many
 * deletes, of everything; blocks keep a sensible size. And the sorts that they stand on.
 */
#include "core/sort.h"
#include "graph/keys.h"
#include "graph/scan_delta.h"
#include "graph_model.h"

static int compare_words(const void *a, const void *b) {
  return kg_row_compare(a, b);
}

static void sorts_records(void **unused) {
  (void)unused;
  const uint64_t all[4] = { ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0 };
  for (int round = 0; round < 60; round++) {
    const size_t count = below(3000);
    kg_row *rows = calloc(count + 1, sizeof *rows), *expected = calloc(count + 1, sizeof *rows);
    kg_row *scratch = calloc(count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
      for (int c = 0; c < 4; c++) {
        rows[i].c[c] = round % 3 == 0 ? random_bits() : (uint64_t)below(50) << (c * 13) | (uint64_t)c << 60;
      }
    }
    memcpy(expected, rows, count * sizeof *rows);
    qsort(expected, count, sizeof *rows, compare_words);
    const uint64_t *sorted = kg_sort_records(rows->c, scratch->c, count, all);
    assert_memory_equal(sorted, expected, count * sizeof *rows);
    free(rows);
    free(expected);
    free(scratch);
  }
}

static void sorts_by_some_columns(void **unused) {
  (void)unused;
  enum { COUNT = 2000 };
  kg_row rows[COUNT], scratch[COUNT];
  const uint64_t mask[4] = { 0, 0, 0xff00, 0 };
  for (size_t i = 0; i < COUNT; i++) {
    rows[i] = (kg_row){ { random_bits(), i, random_bits(), random_bits() } };
  }
  const kg_row *sorted = (const kg_row *)(void *)kg_sort_records(rows->c, scratch->c, COUNT, mask);
  for (size_t i = 1; i < COUNT; i++) {
    const uint64_t a = sorted[i - 1].c[2] & 0xff00, b = sorted[i].c[2] & 0xff00;
    assert_true(a < b || (a == b && sorted[i - 1].c[1] < sorted[i].c[1]));
  }
}

static void sorts_strings(void **unused) {
  (void)unused;
  for (int round = 0; round < 40; round++) {
    const uint32_t count = below(1500);
    kgq_str *texts = calloc(count + 1, sizeof *texts);
    uint32_t *order = calloc(count + 1, sizeof *order);
    for (uint32_t i = 0; i < count; i++) {
      const uint32_t same = round % 4 == 0 ? 0 : below(40), len = same + below(12);
      char *text = malloc(len + 1);
      memset(text, 'x', len + 1);
      for (uint32_t k = same; k < len; k++) {
        text[k] = (char)(round % 2 ? below(3) : below(256)); /* zeros, and bytes above 127 */
      }
      texts[i] = kg_str_n(text, len);
    }
    assert_int_equal(kg_sort_strings(&kg_libc_allocator, texts, count, order, NULL), KGQ_OK);
    unsigned char *seen = calloc(count + 1, 1);
    for (uint32_t i = 0; i < count; i++) {
      assert_true(i == 0 || kg_str_compare(texts[order[i - 1]], texts[order[i]]) <= 0);
      assert_int_equal(seen[order[i]]++, 0);
    }
    for (uint32_t i = 0; i < count; i++) {
      free((void *)(uintptr_t)texts[i].ptr);
    }
    free(seen);
    free(texts);
    free(order);
  }
}

/* ---- commits ------------------------------------------------------------------------------------------- */

static void change_many(model *m, kgq_db *db, uint32_t count, uint32_t insert_percent) {
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

static void delete_part(model *m, kgq_db *db, uint32_t percent) {
  kg_txn *txn = begin(db);
  for (size_t i = 0; i < model_size(m); i++) {
    if (m->flags[i] && below(100) < percent) {
      uint32_t quad[4];
      model_quad(m, i, quad);
      model_change(m, txn, quad, false);
    }
  }
  commit(txn);
}

/* No crumbs: blocks of SPOG hold at least `least` rows on average. */
static void expect_blocks(kgq_db *db, uint64_t least) {
  kg_snap *snap;
  kg_store_iter *it;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  const char prefix[2] = { KG_KEY_BLOCK, KG_SPOG };
  must(kg_store_iter_open(snap->store, kg_str_n(prefix, 2), &it, &err), err);
  uint64_t blocks = 0, rows = 0;
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it)) {
    kg_block block;
    must(kg_block_open(kg_store_iter_value(it), true, &block, &err), err);
    blocks++;
    rows += block.row_count;
  }
  assert_true(blocks == 0 || rows / blocks >= least);
  kg_store_iter_close(it);
  kg_snap_drop(snap);
}

static void large_commits(void **unused) {
  (void)unused;
  make_test_path();
  model m;
  model_init(&m, 250, 8, 66, 4);
  kgq_db *db = open_database(test_path);
  change_many(&m, db, 8000, 100); /* straight into blocks */
  compare_database(&m, db, 6);
  expect_blocks(db, 1000);
  change_many(&m, db, 300, 50); /* a delta */
  compare_database(&m, db, 6);
  change_many(&m, db, 9000, 80); /* merged with blocks and delta */
  compare_database(&m, db, 6);
  expect_blocks(db, 1000);
  delete_part(&m, db, 70);
  compare_database(&m, db, 6);
  expect_blocks(db, 250);
  assert_int_equal(kgq_close(db), KGQ_OK);
  db = open_database(test_path);
  compare_database(&m, db, 6);
  change_many(&m, db, 200, 50);
  delete_part(&m, db, 100); /* everything */
  compare_database(&m, db, 6);
  change_many(&m, db, 7000, 100);
  compare_database(&m, db, 6);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
  remove_test_path();
}

/* Many small commits, folded one after the other, come to the same blocks as one load would. */
static void folds_grow_blocks(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 200, 6, 30, 3);
  kgq_db *db = open_database(":memory:");
  for (int i = 0; i < 12; i++) {
    change_many(&m, db, 400, 95);
    kgq_error *err = NULL;
    must(kg_fold_delta(db, i % 3 == 0 ? 250 : 0, NULL, &err), err);
  }
  compare_database(&m, db, 6);
  kgq_error *err = NULL;
  must(kg_fold_delta(db, 0, NULL, &err), err);
  compare_database(&m, db, 6);
  expect_blocks(db, 500);
  kg_snap *snap;
  must(kg_snap_take(db, &snap, &err), err);
  assert_int_equal(snap->counts.delta_rows + snap->counts.delta_term_rows, 0);
  kg_snap_drop(snap);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* A reader's snapshot does not see what comes later. */
static void snapshots_stand(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 100, 6, 30, 3);
  kgq_db *db = open_database(":memory:");
  change_many(&m, db, 3000, 100);
  kg_snap *snap;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  model later = m;
  later.flags = malloc(model_size(&m));
  memcpy(later.flags, m.flags, model_size(&m));
  change_many(&later, db, 6000, 50);
  change_many(&later, db, 100, 50);
  must(kg_fold_delta(db, 0, NULL, &err), err);
  compare_snapshot(&m, snap, 4);
  kg_snap_drop(snap);
  m.arena = later.arena;
  free(m.flags);
  m.flags = later.flags;
  compare_database(&m, db, 4);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* The delta as it is held in memory says what the keys in the store say, after each commit and each slice of
 * a fold. */
static void delta_in_memory(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 60, 4, 40, 3);
  kgq_db *db = open_database(":memory:");
  kgq_error *err = NULL;
  for (int i = 0; i < 60; i++) {
    change_many(&m, db, 1 + below(i % 7 == 0 ? 300 : 20), 60);
    if (i % 5 == 4) {
      must(kg_fold_delta(db, 40 + below(200), NULL, &err), err);
    }
    kg_snap *snap;
    must(kg_snap_take(db, &snap, &err), err);
    for (int p = 0; p < KG_PERM_COUNT; p++) {
      kg_delta_view *view = kg_delta_any(snap, (kg_perm)p) ? kg_delta_take(snap, (kg_perm)p, 1000) : NULL;
      assert_true(view || !kg_delta_any(snap, (kg_perm)p));
      uint64_t rows = 0, stored = 0;
      const uint64_t sum = scan_sum(snap, (kg_perm)p, &rows);
      snap->stored_only = true;
      assert_int_equal(scan_sum(snap, (kg_perm)p, &stored), sum);
      assert_int_equal(stored, rows);
      snap->stored_only = false;
      kg_delta_drop(view);
    }
    kg_snap_drop(snap);
    if (i % 6 == 0) {
      compare_database(&m, db, 3);
    }
  }
  must(kg_fold_delta(db, 0, NULL, &err), err);
  compare_database(&m, db, 3);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(sorts_records),     cmocka_unit_test(sorts_by_some_columns),
    cmocka_unit_test(sorts_strings),     cmocka_unit_test(large_commits),
    cmocka_unit_test(folds_grow_blocks), cmocka_unit_test(snapshots_stand),
    cmocka_unit_test(delta_in_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
