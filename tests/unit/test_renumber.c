/* tests/unit/test_renumber.c: compaction: afterwards all terms are one base range without unused ones, no
 * delta is left, and every row, count, graph and name is as before; on disk and in memory, with much memory
 * and little.
 */
#include "graph_model.h"

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

/* Deletes all quads of one subject: its term is used no more, unless a triple term has it. */
static void delete_subject(model *m, kgq_db *db, uint32_t subject) {
  kg_txn *txn = begin(db);
  for (size_t i = 0; i < model_size(m); i++) {
    uint32_t quad[4];
    model_quad(m, i, quad);
    if (quad[0] == subject && m->flags[i]) {
      model_change(m, txn, quad, false);
    }
  }
  commit(txn);
}

static void compact(kgq_db *db) {
  kgq_conn *conn;
  kgq_error *err = NULL;
  must(kgq_connect(db, &conn, &err), err);
  must(kgq_compact(conn, &err), err);
  kgq_disconnect(conn);
}

static kg_counts counts_of(kgq_db *db) {
  kg_snap *snap;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  const kg_counts counts = snap->counts;
  kg_snap_drop(snap);
  return counts;
}

static void expect_in_order(kgq_db *db) {
  const kg_counts counts = counts_of(db);
  assert_int_equal(counts.append_terms, 0);
  assert_int_equal(counts.delta_rows + counts.delta_term_rows, 0);
  assert_true(counts.base_terms == 0 || counts.base_loaded == 1);
}

static void compact_and_compare(model *m, kgq_db *db) {
  compact(db);
  expect_in_order(db);
  compare_database(m, db, 4);
}

/* Every term of the model is used again, so that its ids can be compared. */
static void use_all(model *m, kgq_db *db) {
  kg_txn *txn = begin(db);
  for (int c = 0; c < 4; c++) {
    for (uint32_t i = 0; i < m->sizes[c]; i++) {
      uint32_t quad[4] = { 0, 0, 0, 0 };
      quad[c] = i;
      model_change(m, txn, quad, true);
    }
  }
  commit(txn);
}

static void compacts(const char *path, uint64_t memory_bytes) {
  model m;
  model_init(&m, 150, 6, 70, 4);
  kgq_db *db = open_database(path);
  db->memory_bytes = memory_bytes;
  compact(db);                   /* an empty one */
  change_some(&m, db, 300, 100); /* appended terms only */
  compact_and_compare(&m, db);
  change_some(&m, db, 3000, 90);
  use_all(&m, db);
  change_some(&m, db, 200, 40); /* and a delta */
  compact_and_compare(&m, db);
  const uint64_t terms = counts_of(db).base_terms;
  delete_subject(&m, db, 149);
  compact_and_compare(&m, db);
  assert_true(counts_of(db).base_terms <= terms);
  use_all(&m, db);
  compact_and_compare(&m, db);
  assert_int_equal(counts_of(db).base_terms, terms);
  kg_snap *before, *after;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &before, &err), err);
  compact(db); /* nothing to do: no commit */
  must(kg_snap_take(db, &after, &err), err);
  assert_int_equal(before->commit, after->commit);
  kg_snap_drop(after);
  kg_snap_drop(before);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static void on_disk(void **unused) {
  (void)unused;
  make_test_path();
  compacts(test_path, (uint64_t)1 << 30);
  remove_test_path();
}

static void with_little_memory(void **unused) {
  (void)unused;
  make_test_path();
  compacts(test_path, 1);
  remove_test_path();
}

static void in_memory(void **unused) {
  (void)unused;
  compacts(":memory:", (uint64_t)1 << 30);
}

/* A reader's snapshot from before stands as it was. */
static void snapshots_stand(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 60, 5, 40, 3);
  kgq_db *db = open_database(":memory:");
  change_some(&m, db, 400, 100);
  kg_snap *snap;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  compact(db);
  compare_snapshot(&m, snap, 4);
  kg_snap_drop(snap);
  compare_database(&m, db, 4);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static void dropping_everything(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 40, 5, 40, 3);
  kgq_db *db = open_database(":memory:");
  change_some(&m, db, 2000, 100);
  kg_txn *txn = begin(db);
  for (size_t i = 0; i < model_size(&m); i++) {
    if (m.flags[i]) {
      uint32_t quad[4];
      model_quad(&m, i, quad);
      model_change(&m, txn, quad, false);
    }
  }
  commit(txn);
  compact(db);
  const kg_counts counts = counts_of(db);
  assert_int_equal(counts.base_terms + counts.append_terms + counts.triple_terms + counts.quads, 0);
  change_some(&m, db, 2000, 100);
  compare_database(&m, db, 4);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(on_disk),         cmocka_unit_test(with_little_memory),  cmocka_unit_test(in_memory),
    cmocka_unit_test(snapshots_stand), cmocka_unit_test(dropping_everything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
