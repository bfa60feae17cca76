/* tests/unit/test_scan.c: scans over many blocks, with one triple in more graphs than a block has rows, with
 * and without a delta, and over damaged stores; permutations are chosen by what is bound.
 */
#include "graph/keys.h"
#include "graph_model.h"

static void load(model *m, kgq_db *db, uint32_t count) {
  kg_txn *txn = begin(db);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t quad[4];
    for (int c = 0; c < 4; c++) {
      quad[c] = below(m->sizes[c]);
    }
    model_change(m, txn, quad, true);
  }
  commit(txn);
}

/* Few triples in very many graphs: runs of one triple go over block borders. */
static void many_graphs(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 2, 1, 3, 2600);
  kgq_db *db = open_database(":memory:");
  load(&m, db, 24000);
  compare_database(&m, db, 25);
  load(&m, db, 300); /* with a delta */
  compare_database(&m, db, 25);
  kg_txn *txn = begin(db);
  for (uint32_t g = 0; g < m.sizes[3]; g++) {
    model_change(&m, txn, (uint32_t[]){ 1, 0, 2, g }, g == 2000);
  }
  commit(txn);
  compare_database(&m, db, 25);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static void many_rows(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 900, 5, 12, 2);
  kgq_db *db = open_database(":memory:");
  load(&m, db, 30000);
  compare_database(&m, db, 40);
  load(&m, db, 900);
  compare_database(&m, db, 40);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static void empty_database(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 2, 2, 2, 2);
  kgq_db *db = open_database(":memory:");
  compare_database(&m, db, 10);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* A scan of one store key's neighbourhood must end in KGQ_CORRUPT, not in fewer rows. */
static void damaged_block(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 300, 5, 12, 2);
  kgq_db *db = open_database(":memory:");
  load(&m, db, 12000);
  kg_snap *snap;
  kg_store_iter *it;
  kg_store_batch *batch;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  const char prefix[2] = { KG_KEY_BLOCK, KG_POSG };
  must(kg_store_iter_open(snap->store, kg_str_n(prefix, 2), &it, &err), err);
  kg_store_iter_first(it);
  kg_store_iter_next(it);
  assert_true(kg_store_iter_valid(it));
  char value[20000];
  const kgq_str block = kg_store_iter_value(it), key = kg_store_iter_key(it);
  assert_true(block.len < sizeof value);
  memcpy(value, block.ptr, block.len);
  value[block.len / 2] = (char)(value[block.len / 2] ^ 4);
  must(kg_store_batch_new(db->store, &batch, &err), err);
  kg_store_batch_put(batch, key, kg_str_n(value, block.len));
  must(kg_store_commit(db->store, batch, snap->commit + 1, &err), err);
  kg_store_batch_free(batch);
  kg_store_iter_close(it);
  kg_snap_drop(snap);

  must(kg_snap_take(db, &snap, &err), err);
  const kg_scan_spec spec = { .perm = KG_POSG };
  kg_scan *scan;
  must(kg_scan_open(snap, &spec, NULL, &scan, &err), err);
  kgq_status st = KGQ_OK;
  for (uint32_t count = 1; st == KGQ_OK && count > 0;) {
    kg_id ids[500];
    kg_id *const columns[4] = { ids, NULL, NULL, NULL };
    st = kg_scan_next(scan, columns, 500, &count, &err);
  }
  assert_int_equal(st, KGQ_CORRUPT);
  kgq_error_free(err);
  kg_scan_close(scan);
  kg_snap_drop(snap);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static void choice(unsigned bound, bool terms, int sorted_by, kg_perm perm, unsigned prefix) {
  unsigned got;
  assert_int_equal(kg_perm_choose(bound, terms, sorted_by, &got), perm);
  assert_int_equal(got, prefix);
}

static void permutations(void **unused) {
  (void)unused;
  const unsigned s = 1u << KG_S, p = 1u << KG_P, o = 1u << KG_O, g = 1u << KG_G;
  choice(0, false, -1, KG_SPOG, 0);
  choice(0, false, KG_O, KG_OSPG, 0);
  choice(s | p, false, -1, KG_SPOG, 2);
  choice(p, false, -1, KG_POSG, 1);
  choice(p | o, false, -1, KG_POSG, 2);
  choice(o | s, false, -1, KG_OSPG, 2);
  choice(g, false, -1, KG_GSPO, 1);
  choice(g | p, false, -1, KG_GSPO, 1);
  choice(g | p | o, false, -1, KG_POSG, 2);
  choice(s | p | o | g, false, -1, KG_GSPO, 4);
  choice(g, true, -1, KG_TSPO, 1);
  choice(s | p | o, true, -1, KG_SPOT, 3);
  const kg_id quad[4] = { 1, 2, 3, 4 };
  for (int i = 0; i < KG_PERM_COUNT; i++) {
    kg_id back[4];
    const kg_row row = kg_perm_row((kg_perm)i, quad);
    kg_perm_quad((kg_perm)i, &row, back);
    assert_memory_equal(back, quad, sizeof quad);
    assert_int_equal(strlen(kg_perm_name[i]), 4);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(permutations), cmocka_unit_test(empty_database), cmocka_unit_test(many_rows),
    cmocka_unit_test(many_graphs),  cmocka_unit_test(damaged_block),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
