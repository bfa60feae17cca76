/* tests/unit/test_check.c: the check finds each kind of damage done to a sound database behind its back.
 *
 * Each case changes one stored record through the store and expects findings; the untouched database has
 * none.
 */
#include "graph/keys.h"
#include "graph_model.h"

typedef struct damage {
  unsigned char table;
  int perm; /* second byte of the key, or -1 */
  int what; /* 0 delete, 1 change a byte, 2 add a record beside it, 3 the same over the next, 4 cut, -1
               nothing */
  const char *name;
} damage;

/* Of blocks, delta keys and, if so told, three records of the log. */
static kgq_db *sound_database(model *m, bool log) {
  static const uint32_t changes[] = { 5000, 200, 3, 3, 3 };
  kgq_db *db = open_database(":memory:");
  for (int round = 0; round < (log ? 5 : 2); round++) {
    kg_txn *txn = begin(db);
    for (uint32_t i = 0; i < changes[round]; i++) {
      uint32_t quad[4];
      for (int c = 0; c < 4; c++) {
        quad[c] = below(m->sizes[c]);
      }
      quad[0] = quad[0] / 2 + (round ? m->sizes[0] / 2 : 0); /* new subjects in the second one */
      model_change(m, txn, quad, true);
    }
    commit(txn);
  }
  return db;
}

static void count_one(void *arg, const char *finding) {
  assert_true(strlen(finding) > 0);
  ++*(uint64_t *)arg;
}

static void do_damage(kgq_db *db, const damage *d) {
  kg_snap *snap;
  kg_store_iter *it;
  kg_store_batch *batch;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  const char prefix[2] = { (char)d->table, (char)d->perm };
  must(kg_store_iter_open(snap->store, kg_str_n(prefix, d->perm < 0 ? 1 : 2), &it, &err), err);
  kg_store_iter_first(it);
  if (d->table == KG_KEY_META) { /* not the commit number: the store writes it itself */
    kg_store_iter_seek(it, KG_STR(KG_COUNTS_KEY));
  }
  assert_true(kg_store_iter_valid(it));
  char key[4096], value[20000];
  size_t key_bytes = kg_store_iter_key(it).len, value_bytes = kg_store_iter_value(it).len;
  memcpy(key, kg_store_iter_key(it).ptr, key_bytes);
  memcpy(value, kg_store_iter_value(it).ptr, value_bytes);
  must(kg_store_batch_new(db->store, &batch, &err), err);
  if (d->what == 4) {
    kg_store_batch_put(batch, kg_str_n(key, key_bytes), kg_str_n(value, value_bytes - 1));
  } else if (d->what == 3) {
    kg_put_be64(key + 1, kg_get_be64(key + 1) + 1);
    kg_store_batch_put(batch, kg_str_n(key, key_bytes), kg_str_n(value, value_bytes));
  } else if (d->what == 0) {
    kg_store_batch_delete(batch, kg_str_n(key, key_bytes));
  } else if (d->what > 0) {
    char *changed = d->what == 1 ? &value[value_bytes / 2] : &key[key_bytes - 1];
    *changed = (char)(*changed ^ 1);
    kg_store_batch_put(batch, kg_str_n(key, key_bytes), kg_str_n(value, value_bytes));
  }
  must(d->table == KG_KEY_LOG ? commit_nothing(snap, batch, &err)
                              : kg_store_commit(db->store, batch, snap->commit + 1, &err),
       err);
  kg_store_batch_free(batch);
  kg_store_iter_close(it);
  kg_snap_drop(snap);
}

static void finds_damage(void **unused) {
  (void)unused;
  const damage damages[] = {
    { KG_KEY_BLOCK, KG_SPOG, 0, "SPOG block gone" },
    { KG_KEY_BLOCK, KG_POSG, 0, "POSG block gone" },
    { KG_KEY_BLOCK, KG_OSPG, 1, "OSPG block changed" },
    { KG_KEY_BLOCK, KG_GSPO, 2, "GSPO block twice" },
    { KG_KEY_BLOCK, KG_SPOT, 0, "triple terms gone" },
    { KG_KEY_BLOCK, KG_TSPO, 1, "TSPO changed" },
    { KG_KEY_DELTA, KG_POSG, 0, "delta key gone" },
    { KG_KEY_DELTA, KG_SPOG, 1, "delta key turned" },
    { KG_KEY_DELTA, KG_GSPO, 2, "delta key more" },
    { KG_KEY_GRAPH, -1, 0, "graph gone" },
    { KG_KEY_GRAPH, -1, 2, "graph more" },
    { KG_KEY_DICT_BLOCK, -1, 0, "terms gone" },
    { KG_KEY_DICT_BLOCK, -1, 1, "terms changed" },
    { KG_KEY_APPEND_TERM, -1, 0, "appended term gone" },
    { KG_KEY_APPEND_INDEX, -1, 0, "hash gone" },
    { KG_KEY_NAME, -1, 0, "name gone" },
    { KG_KEY_NAME, -1, 1, "name changed" },
    { KG_KEY_META, -1, 0, "counts gone" },
    { KG_KEY_LOG, -1, 0, "record of the log gone" },
    { KG_KEY_LOG, -1, 1, "record of the log changed" },
    { KG_KEY_LOG, -1, 3, "record of the log copied over another" },
    { KG_KEY_LOG, -1, 4, "record of the log cut short" },
    { KG_KEY_LOG, -1, -1, "" },
  };
  for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
    model m;
    model_init(&m, 80, 5, 30, 3);
    kgq_db *db = sound_database(&m, damages[i].table == KG_KEY_LOG);
    do_damage(db, &damages[i]);
    kg_snap *snap;
    kgq_error *err = NULL;
    uint64_t findings = 0, told = 0;
    const kgq_status st = kg_snap_take(db, &snap, &err);
    if (st == KGQ_OK) {
      must(kg_check(snap, count_one, &told, NULL, &findings, &err), err);
      kg_snap_drop(snap);
      if ((findings == 0) == (damages[i].what >= 0)) {
        print_error("not found: %s\n", damages[i].name);
      }
      assert_true((findings > 0) == (damages[i].what >= 0));
      assert_int_equal(findings, told);
    } else {
      assert_true(damages[i].what >= 0);
    }
    kgq_error_free(err);
    assert_int_equal(kgq_close(db), KGQ_OK);
    model_free(&m);
  }
}

static void count_message(void *arg, int32_t severity, const kgq_error *message) {
  assert_int_equal(severity, KGQ_WARNING);
  assert_int_equal(kgq_error_status(message), KGQ_CORRUPT);
  ++*(uint64_t *)arg;
}

static void public_check(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 80, 5, 30, 3);
  kgq_db *db = sound_database(&m, false);
  kgq_conn *conn;
  kgq_error *err = NULL;
  uint64_t messages = 0;
  must(kgq_connect(db, &conn, &err), err);
  kgq_set_message(conn, count_message, &messages);
  must(kgq_check(conn, &err), err);
  assert_int_equal(messages, 0);
  do_damage(db, &(damage){ KG_KEY_BLOCK, KG_POSG, 1, "" });
  assert_int_equal(kgq_check(conn, &err), KGQ_CORRUPT);
  assert_true(messages > 0 && strlen(kgq_error_message(err)) > 0);
  kgq_error_free(err);
  kgq_disconnect(conn);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(finds_damage), cmocka_unit_test(public_check) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
