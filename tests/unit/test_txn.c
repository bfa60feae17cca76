/* tests/unit/test_txn.c: random transactions against a plain model: inserts, deletes, duplicates, cleared
 * graphs, views, abandoned transactions, folds and reopening; after each, everything that can be read is
 * compared.
 */
#include "graph_model.h"

static void random_operation(model *m, kg_txn *txn) {
  uint32_t quad[4];
  if (below(60) == 0) {
    const uint32_t graph = below(m->sizes[3]);
    kgq_error *err = NULL;
    must(kg_txn_clear_graph(txn, model_intern(m, txn, KG_G, graph), &err), err);
    for (size_t i = graph; i < model_size(m); i += m->sizes[3]) {
      m->flags[i] = 0;
    }
    return;
  }
  for (int c = 0; c < 4; c++) {
    quad[c] = below(m->sizes[c]);
  }
  model_change(m, txn, quad, below(5) < 3);
}

static void compare_view(model *m, kg_txn *txn) {
  kg_snap *view;
  kgq_error *err = NULL;
  must(kg_txn_view(txn, &view, &err), err);
  compare_snapshot(m, view, 4);
  kg_snap_drop(view);
}

static void one_transaction(model *m, kgq_db *db) {
  const size_t size = model_size(m);
  unsigned char *before = malloc(size);
  memcpy(before, m->flags, size);
  kg_txn *txn = begin(db);
  kg_snap *base = kg_txn_base(txn);
  const uint64_t commit_before = base->commit;
  const uint32_t operations = below(3) == 0 ? 1 : 1 + below(150);
  for (uint32_t i = 0; i < operations; i++) {
    random_operation(m, txn);
    if (below(70) == 0) {
      compare_view(m, txn);
    }
  }
  uint64_t inserted = 0, deleted = 0;
  for (size_t i = 0; i < size; i++) {
    inserted += m->flags[i] && !before[i];
    deleted += !m->flags[i] && before[i];
  }
  if (below(6) == 0) {
    kg_txn_end(txn); /* abandoned */
    memcpy(m->flags, before, size);
  } else {
    const kg_txn_result result = commit(txn);
    assert_int_equal(result.inserted, inserted);
    assert_int_equal(result.deleted, deleted);
    assert_int_equal(result.commit, commit_before + (inserted + deleted > 0));
  }
  free(before);
}

static void random_transactions(void **unused) {
  (void)unused;
  make_test_path();
  for (int round = 0; round < 3; round++) {
    char path[80];
    (void)snprintf(path, sizeof path, "%s%d", test_path, round);
    model m;
    model_init(&m, 9, 4, 17 + 50 * (round == 2), 4);
    kgq_db *db = open_database(path);
    for (int i = 0; i < 40; i++) {
      one_transaction(&m, db);
      if (below(4) == 0) {
        kgq_error *err = NULL;
        must(kg_fold_delta(db, below(2) ? 0 : 1 + below(200), NULL, &err), err);
      }
      if (below(6) == 0) {
        assert_int_equal(kgq_close(db), KGQ_OK);
        db = open_database(path);
      }
      if (i % 2 == 0) {
        compare_database(&m, db, 6);
      }
    }
    assert_int_equal(kgq_close(db), KGQ_OK);
    model_free(&m);
  }
  remove_test_path();
}

/* Terms that occur only in quads that come to nothing are not stored. */
static void unused_terms(void **unused) {
  (void)unused;
  kgq_db *db = open_database(":memory:");
  model m;
  model_init(&m, 20, 5, 20, 3);
  kg_txn *txn = begin(db);
  model_change(&m, txn, (uint32_t[]){ 1, 1, 0, 1 }, true);
  model_change(&m, txn, (uint32_t[]){ 2, 2, 7, 2 }, true);
  model_change(&m, txn, (uint32_t[]){ 2, 2, 7, 2 }, false);
  model_change(&m, txn, (uint32_t[]){ 3, 3, 15, 0 }, false);
  commit(txn);
  compare_database(&m, db, 5);
  kg_snap *snap;
  assert_int_equal(kg_snap_take(db, &snap, NULL), KGQ_OK);
  assert_int_equal(kg_dict_append_count(snap), 4);
  assert_int_equal(snap->counts.triple_terms, 0);
  kg_snap_drop(snap);
  txn = begin(db);
  model_change(&m, txn, (uint32_t[]){ 1, 1, 0, 1 }, true);
  model_change(&m, txn, (uint32_t[]){ 9, 1, 0, 1 }, false);
  assert_int_equal(commit(txn).commit, 1); /* nothing to do: no commit */
  model_free(&m);
  assert_int_equal(kgq_close(db), KGQ_OK);
}

static void one_writer(void **unused) {
  (void)unused;
  kgq_db *db = open_database(":memory:");
  kg_txn *first = begin(db), *second = NULL;
  kgq_error *err = NULL;
  assert_int_equal(kg_txn_begin(db, 0, NULL, &second, &err), KGQ_LOCKED);
  assert_true(strlen(kgq_error_hint(err)) > 0);
  kgq_error_free(err);
  assert_int_equal(kg_fold_delta(db, 0, NULL, NULL), KGQ_LOCKED);
  kg_txn_end(first);
  second = begin(db);
  kg_txn_end(second);
  assert_int_equal(kgq_close(db), KGQ_OK);
}

static void blank_nodes(void **unused) {
  (void)unused;
  kgq_db *db = open_database(":memory:");
  const kg_term p = kg_term_iri(KG_STR("http://example.org/p"));
  for (int i = 0; i < 3; i++) {
    kg_txn *txn = begin(db);
    kg_id quad[4] = { 0, 0, 0, KG_ID_DEFAULT_GRAPH };
    assert_int_equal(kg_txn_new_bnode(txn, &quad[0], NULL), KGQ_OK);
    assert_int_equal(kg_txn_intern(txn, &p, &quad[1], NULL), KGQ_OK);
    assert_int_equal(kg_txn_new_bnode(txn, &quad[2], NULL), KGQ_OK);
    assert_true(quad[0] != quad[2]);
    assert_int_equal(kg_txn_insert(txn, quad, NULL), KGQ_OK);
    assert_int_equal(commit(txn).inserted, 1);
  }
  kg_snap *snap;
  assert_int_equal(kg_snap_take(db, &snap, NULL), KGQ_OK);
  assert_int_equal(kg_dict_append_count(snap), 7);
  check_snapshot(snap);
  kg_snap_drop(snap);
  assert_int_equal(kgq_close(db), KGQ_OK);
}

static void prefixes(void **unused) {
  (void)unused;
  kgq_db *db = open_database(":memory:");
  kg_txn *txn = begin(db);
  assert_int_equal(kg_txn_prefix(txn, KG_STR("ex"), KG_STR("http://example.org/"), NULL), KGQ_OK);
  assert_int_equal(kg_txn_prefix(txn, KG_STR("ex"), KG_STR("http://example.org/"), NULL), KGQ_OK);
  assert_int_equal(kg_txn_prefix(txn, KG_STR("ex"), KG_STR("http://example.com/"), NULL), KGQ_DATA);
  assert_int_equal(kg_txn_prefix(txn, KG_STR("rdf"), KG_STR("http://example.com/"), NULL), KGQ_DATA);
  assert_int_equal(commit(txn).commit, 1);
  txn = begin(db);
  assert_int_equal(kg_txn_prefix(txn, KG_STR("ex"), KG_STR("http://example.com/"), NULL), KGQ_DATA);
  assert_int_equal(kg_txn_prefix(txn, KG_STR("ex"), KG_STR("http://example.org/"), NULL), KGQ_OK);
  assert_int_equal(commit(txn).commit, 1);
  assert_int_equal(kgq_close(db), KGQ_OK);
}

static void nesting_limit(void **unused) {
  (void)unused;
  kgq_db *db = open_database(":memory:");
  kg_txn *txn = begin(db);
  kg_term terms[KG_LIMIT_NESTING + 2][3];
  const kg_term iri = kg_term_iri(KG_STR("http://example.org/x"));
  kg_term outer = iri;
  kg_id id;
  for (int i = 0; i < KG_LIMIT_NESTING + 1; i++) {
    terms[i][0] = terms[i][1] = iri;
    terms[i][2] = outer;
    outer = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = terms[i] };
    assert_int_equal(kg_txn_intern(txn, &outer, &id, NULL), i < KG_LIMIT_NESTING ? KGQ_OK : KGQ_LIMIT);
  }
  kg_txn_end(txn);
  assert_int_equal(kgq_close(db), KGQ_OK);
}

/* ---- failing allocations ------------------------------------------------------------------------------- */

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

#define TRY_WITH(call)                                                                                       \
  do {                                                                                                       \
    st = (call);                                                                                             \
    if (st != KGQ_OK) {                                                                                      \
      goto done;                                                                                             \
    }                                                                                                        \
  } while (0)

/* A transaction that touches every part: terms, triple terms, a cleared graph, a view with a scan, the
 * commit. */
static kgq_status whole_transaction(model *m, kgq_db *db, uint32_t rows) {
  kg_txn *txn = NULL;
  kg_snap *view = NULL;
  kgq_error *err = NULL;
  kgq_status st;
  TRY_WITH(kg_txn_begin(db, 0, NULL, &txn, &err));
  for (uint32_t i = 0; i < rows; i++) {
    kg_id ids[4] = { 0, 0, 0, KG_ID_DEFAULT_GRAPH };
    for (int c = 0; c < (i % 3 ? 4 : 3); c++) {
      const kg_term term = model_term(m, c, (i * 7 + (uint32_t)c * 5) % m->sizes[c]);
      TRY_WITH(kg_txn_intern(txn, &term, &ids[c], &err));
    }
    TRY_WITH(i % 5 ? kg_txn_insert(txn, ids, &err) : kg_txn_delete(txn, ids, &err));
    if (i == 20) {
      TRY_WITH(kg_txn_clear_graph(txn, ids[3], &err));
    }
  }
  TRY_WITH(kg_txn_view(txn, &view, &err));
  const kg_scan_spec spec = { .perm = KG_POSG, .low = 1, .high = ~(kg_id)0, .distinct = true };
  uint64_t count;
  TRY_WITH(kg_scan_count(view, &spec, &count, &err));
  kg_snap_drop(view);
  view = NULL;
  TRY_WITH(kg_txn_commit(txn, NULL, &err));
done:
  assert_true((st == KGQ_OK) == (err == NULL));
  kgq_error_free(err);
  kg_snap_drop(view);
  kg_txn_end(txn);
  return st;
}

/* One allocation of such a transaction fails: the error comes back, nothing leaks, nothing changes; or it is
 * done without (the delta in memory), and all is as it should be. *failed: there was an allocation number n.
 */
static void fail_one(uint32_t first_rows, uint32_t rows, uint64_t n, bool *failed) {
  const kgq_allocator failing = { failing_resize, NULL };
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = KGQ_OPEN_CREATE;
  options.allocator = &failing;
  kgq_error *err = NULL;
  kgq_db *db;
  kg_snap *snap;
  model m;
  model_init(&m, 40, 4, 70, 3);
  must(kgq_open(":memory:", &options, &db, &err), err);
  assert_int_equal(first_rows ? whole_transaction(&m, db, first_rows) : KGQ_OK, KGQ_OK);
  allocations_left = n;
  const kgq_status st = whole_transaction(&m, db, rows);
  *failed = allocations_left == UINT64_MAX;
  allocations_left = UINT64_MAX;
  assert_true(st == KGQ_OK || (st == KGQ_NOMEM && *failed));
  must(kg_snap_take(db, &snap, &err), err);
  assert_int_equal(snap->commit, (first_rows > 0) + (st == KGQ_OK));
  check_snapshot(snap);
  kg_snap_drop(snap);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static void fail_all(uint32_t first_rows, uint32_t rows) {
  bool failed = true;
  for (uint64_t n = 0; failed; n += 1 + n / 60) {
    fail_one(first_rows, rows, n, &failed);
  }
}

static void failing_allocations(void **unused) {
  (void)unused;
  fail_all(0, 60);   /* into an empty database, by a batch */
  fail_all(50, 120); /* onto a delta */
  fail_all(0, 1500); /* a first load, by files */
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(unused_terms),        cmocka_unit_test(one_writer),
    cmocka_unit_test(blank_nodes),         cmocka_unit_test(prefixes),
    cmocka_unit_test(nesting_limit),       cmocka_unit_test(random_transactions),
    cmocka_unit_test(failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
