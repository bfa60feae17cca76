/* tests/unit/test_cache.c: the caches in front of the store give what the store has, of the state that is
 * asked: hits, newer and older snapshots, too little room, several threads.
 */
#include <pthread.h>

#include "graph/block_cache.h"
#include "graph/delta.h"
#include "graph/dict.h"
#include "graph/dict_cache.h"
#include "graph/dict_shelf.h"
#include "graph/log.h"
#include "graph_model.h"

static kgq_db *open_with_cache(uint64_t cache_bytes) {
  kgq_options options = KGQ_OPTIONS_INIT;
  kgq_db *db = NULL;
  kgq_error *err = NULL;
  options.flags = KGQ_OPEN_CREATE;
  options.cache_bytes = cache_bytes;
  must(kgq_open(":memory:", &options, &db, &err), err);
  return db;
}

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

/* The first row of a permutation behind an id, found as look-ups do. */
static kg_row look_up_in(kg_snap *snap, kg_perm perm, kg_id id) {
  const kg_scan_spec spec = { .perm = perm, .prefix_length = 1, .prefix = { id } };
  kg_scan *scan = NULL;
  kgq_error *err = NULL;
  kg_row row = { { 0 } };
  uint32_t count = 0;
  kg_id *const columns[4] = { &row.c[0], &row.c[1], &row.c[2], &row.c[3] };
  must(kg_scan_open(snap, &spec, NULL, &scan, &err), err);
  must(kg_scan_next(scan, columns, 1, &count, &err), err);
  kg_scan_close(scan);
  assert_int_equal(count, 1);
  return row;
}

static kg_row look_up(kg_snap *snap, kg_id subject) {
  return look_up_in(snap, KG_SPOG, subject);
}

static bool is_cached_in(kg_snap *snap, kg_perm perm, const kg_row *row) {
  kg_held_block *held = kg_blocks_find(snap, perm, row);
  kg_blocks_release(snap, held);
  return held != NULL;
}

static bool is_cached(kg_snap *snap, const kg_row *row) {
  return is_cached_in(snap, KG_SPOG, row);
}

static kg_snap *take(kgq_db *db) {
  kg_snap *snap = NULL;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  return snap;
}

static void second_look_up_hits(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 900, 5, 12, 1);
  kgq_db *db = open_with_cache(0);
  load(&m, db, 20000);
  kg_snap *old = take(db);
  model_find_ids(&m, old);
  const kg_id subject = m.ids[KG_S][450];
  const kg_row row = look_up(old, subject);
  assert_false(is_cached(old, &row)); /* met once */
  for (int i = 0; i < 3; i++) {
    const kg_row again = look_up(old, subject);
    assert_memory_equal(&again, &row, sizeof row);
  }
  assert_true(is_cached(old, &row));
  kg_txn *txn = begin(db);
  model_change(&m, txn, (uint32_t[]){ 1, 1, 1, 0 }, true);
  model_change(&m, txn, (uint32_t[]){ 1, 1, 2, 0 }, true);
  model_change(&m, txn, (uint32_t[]){ 1, 1, 3, 0 }, false);
  commit(txn);
  kg_snap *now = take(db);
  assert_true(is_cached(now, &row)); /* no block has changed: the delta has */
  kg_snap_drop(now);
  kgq_error *err = NULL;
  must(kg_fold_delta(db, 0, NULL, &err), err);
  now = take(db);
  assert_false(is_cached(now, &row)); /* another state takes the cache over ... */
  assert_false(is_cached(old, &row)); /* ... and the one before no longer uses it */
  for (int i = 0; i < 3; i++) {
    const kg_row same = look_up(now, subject), before = look_up(old, subject);
    assert_memory_equal(&same, &row, sizeof row);
    assert_memory_equal(&before, &row, sizeof row);
  }
  assert_true(is_cached(now, &row));
  assert_false(is_cached(old, &row));
  kg_snap_drop(now);
  kg_snap_drop(old);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* A fold of one order leaves the blocks of the others where they are. */
static void other_orders_stay(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 900, 5, 12, 1);
  kgq_db *db = open_with_cache(0);
  load(&m, db, 20000);
  kg_txn *txn = begin(db);
  for (uint32_t s = 1; s < 200; s++) { /* too many for the log */
    model_change(&m, txn, (uint32_t[]){ s, 1, 2, 0 }, s % 2 == 0);
  }
  commit(txn);
  kg_snap *snap = take(db);
  model_find_ids(&m, snap);
  kg_row rows[2];
  for (int i = 0; i < 4; i++) {
    rows[0] = look_up(snap, m.ids[KG_S][2]);
    rows[1] = look_up_in(snap, KG_OSPG, m.ids[KG_O][2]);
  }
  assert_true(is_cached(snap, &rows[0]));
  assert_true(is_cached_in(snap, KG_OSPG, &rows[1]));
  const uint64_t keys = snap->counts.delta_rows;
  kg_snap_drop(snap);
  kgq_error *err = NULL;
  must(kg_fold_delta(db, keys / 3, NULL, &err), err); /* those of SPOG, one third of them */
  snap = take(db);
  assert_int_equal(snap->counts.delta_rows, keys - keys / 3);
  assert_false(is_cached(snap, &rows[0]));
  assert_true(is_cached_in(snap, KG_OSPG, &rows[1]));
  kg_snap_drop(snap);
  compare_database(&m, db, 40);
  must(kg_fold_delta(db, 0, NULL, &err), err);
  compare_database(&m, db, 40);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* Up to the limit the delta may be held in memory, beyond it the store is read. */
static void most_delta_keys(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 900, 5, 12, 1);
  kgq_db *db = open_with_cache(0);
  load(&m, db, 20000);
  load(&m, db, 300);
  kg_snap *snap = take(db);
  assert_true(snap->counts.delta_rows > 0);
  snap->counts.delta_rows = KG_DELTA_KEYS_MAX + 1;
  assert_null(kg_delta_take(snap, KG_SPOG, KG_DELTA_KEYS_MAX));
  snap->counts.delta_rows = KG_DELTA_KEYS_MAX;
  kg_delta_view *view = kg_delta_take(snap, KG_SPOG, KG_DELTA_KEYS_MAX);
  assert_non_null(view);
  kg_delta_drop(view);
  kg_snap_drop(snap);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* Each snapshot has the number and the counts of its own commit, whether kept by this process or stored. */
static void counts_kept_are_stored(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 900, 5, 12, 3);
  kgq_db *db = open_with_cache(0);
  load(&m, db, 20000);
  for (int i = 0; i < 40; i++) {
    kgq_error *err = NULL;
    load(&m, db, 1 + below(20));
    if (i % 7 == 0) {
      must(kg_fold_delta(db, 30, NULL, &err), err);
    }
    kg_snap *snap = take(db);
    const kg_counts kept = snap->counts;
    kg_pin pin = { 0 };
    must(kg_log_read(snap, NULL, &err), err);
    assert_memory_equal(&kept, &snap->counts, sizeof kept);
    must(kg_store_get(snap->store, KG_STR(KG_STORE_COMMIT_KEY), &pin, &err), err);
    assert_int_equal(kg_get_be64(pin.value.ptr), snap->settled);
    kg_pin_free(&pin);
    kg_snap_drop(snap);
  }
  compare_database(&m, db, 40); /* the graphs' counts too */
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static void little_room(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 900, 5, 12, 2);
  kgq_db *db = open_with_cache(64 << 10); /* two blocks with a few of their runs */
  load(&m, db, 30000);
  compare_database(&m, db, 40);
  compare_database(&m, db, 40);
  load(&m, db, 900);
  compare_database(&m, db, 40);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

typedef struct reader {
  model *m;
  kg_snap *snap;
  kg_row *rows; /* by subject */
  bool wrong;
} reader;

static void *read_along(void *arg) {
  reader *r = (reader *)arg;
  for (uint32_t i = 0; i < 4000; i++) {
    const uint32_t s = (i * 7919u) % r->m->sizes[KG_S];
    const kg_row row = look_up(r->snap, r->m->ids[KG_S][s]);
    r->wrong = r->wrong || memcmp(&row, &r->rows[s], sizeof row) != 0;
  }
  return NULL;
}

static void several_threads(void **unused) {
  (void)unused;
  model m;
  model_init(&m, 600, 5, 12, 1);
  kgq_db *db = open_with_cache(256 << 10);
  load(&m, db, 20000);
  kg_snap *snap = take(db);
  model_find_ids(&m, snap);
  kg_row *rows = (kg_row *)calloc(m.sizes[KG_S], sizeof(kg_row));
  for (uint32_t s = 0; s < m.sizes[KG_S]; s++) {
    rows[s] = look_up(snap, m.ids[KG_S][s]);
  }
  pthread_t threads[3];
  reader readers[3];
  for (int i = 0; i < 3; i++) {
    readers[i] = (reader){ &m, take(db), rows, false };
    assert_int_equal(pthread_create(&threads[i], NULL, read_along, &readers[i]), 0);
  }
  for (int i = 0; i < 3; i++) {
    assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(readers[i].wrong);
    kg_snap_drop(readers[i].snap);
  }
  free(rows);
  kg_snap_drop(snap);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* What was found once is found again; what was not there is, once a commit has brought it. */
static void terms(void **unused) {
  (void)unused;
  kgq_db *db = open_with_cache(0);
  kgq_error *err = NULL;
  kg_arena arena;
  kg_arena_init(&arena, &kg_libc_allocator);
  model m;
  model_init(&m, 20, 3, 5, 1);
  load(&m, db, 100);
  const kg_term there = model_term(&m, KG_S, 3), later = kg_term_iri(KG_STR("http://x/later"));
  for (int i = 0; i < 2; i++) {
    kg_snap *snap = take(db);
    kg_id id = KG_ID_NONE, again = KG_ID_NONE, none = KG_ID_NONE;
    must(kg_dict_find(snap, &there, &id, &err), err);
    must(kg_dict_find(snap, &there, &again, &err), err);
    must(kg_dict_find(snap, &later, &none, &err), err);
    assert_true(id != KG_ID_NONE && id == again);
    assert_true((none != KG_ID_NONE) == (i == 1));
    for (int k = 0; k < 2; k++) {
      kg_term back;
      must(kg_dict_get_many(snap, &id, 1, &arena, &back, &err), err);
      assert_true(kg_str_equal(back.text, there.text));
    }
    kg_snap_drop(snap);
    kg_txn *txn = begin(db);
    kg_id quad[4] = { model_intern(&m, txn, KG_S, 3), model_intern(&m, txn, KG_P, 0), KG_ID_NONE,
                      KG_ID_DEFAULT_GRAPH };
    must(kg_txn_intern(txn, &later, &quad[KG_O], &err), err);
    must(kg_txn_insert(txn, quad, &err), err);
    commit(txn);
  }
  kg_arena_free(&arena);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* An old snapshot neither sees nor spoils what is kept of a newer one. */
static void terms_of_states(void **unused) {
  (void)unused;
  kgq_db *db = open_with_cache(0);
  model m;
  kg_id id = 0;
  model_init(&m, 20, 3, 5, 1);
  load(&m, db, 100);
  kg_snap *old = take(db);
  load(&m, db, 30);
  kg_snap *now = take(db);
  kg_dict_cache_keep_id(now, KG_STR("key"), 7);
  assert_false(kg_dict_cache_id(old, KG_STR("key"), &id));
  kg_dict_cache_keep_id(old, KG_STR("key"), 8);
  assert_true(kg_dict_cache_id(now, KG_STR("key"), &id));
  assert_int_equal(id, 7);
  kg_dict_cache_keep_id(now, KG_STR("nowhere"), KG_ID_NONE);
  assert_true(kg_dict_cache_id(now, KG_STR("nowhere"), &id));
  assert_int_equal(id, KG_ID_NONE);
  kg_dict_cache_keep_id(now, KG_STR("key"), KG_ID_NONE); /* drives out nothing */
  assert_true(kg_dict_cache_id(now, KG_STR("key"), &id));
  assert_int_equal(id, 7);
  kg_snap_drop(now);
  kg_snap_drop(old);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static bool is_shelved(const kg_snap *snap, uint64_t number) {
  kg_shelved *held = kg_shelf_find(snap, number);
  kg_shelf_release(snap, held);
  return held != NULL;
}

static kg_term read_term(kg_snap *snap, kg_id id, kg_arena *arena) {
  kg_term term;
  kgq_error *err = NULL;
  must(kg_dict_get(snap, id, arena, &term, &err), err);
  return term;
}

/* Blocks of the dictionary that come again are kept, as many as there is room for; commits that leave them as
 * they are leave them there, and what checks the files does not look at them. */
static void dictionary_blocks(void **unused) {
  (void)unused;
  for (int little = 0; little < 2; little++) {
    kgq_db *db = open_with_cache(little ? 1u << 18 : 0);
    model m;
    model_init(&m, 30000, 3, 5, 1);
    load(&m, db, 60000);
    kg_snap *snap = take(db);
    assert_true(snap->counts.base_terms > 64 * 100);
    kg_arena arena;
    kg_arena_init(&arena, &kg_libc_allocator);
    const kg_id id = kg_id_make(KG_TAG_IRI, 64);
    assert_false(is_shelved(snap, 1));
    const kg_term once = read_term(snap, id, &arena);
    assert_false(is_shelved(snap, 1)); /* met once */
    for (int i = 0; i < 3; i++) {
      const kg_term again = read_term(snap, id, &arena);
      assert_true(kg_str_equal(again.text, once.text));
    }
    assert_true(is_shelved(snap, 1));
    uint32_t kept = 0;
    const uint64_t blocks = snap->counts.base_terms / 64;
    for (uint64_t i = 0; i < 2 * blocks; i++) {
      (void)read_term(snap, kg_id_make(KG_TAG_IRI, i % blocks * 64), &arena);
    }
    for (uint64_t i = 0; i < blocks; i++) {
      kept += is_shelved(snap, i) ? 1 : 0;
    }
    assert_true(little ? kept > 0 && kept < blocks : kept == blocks);
    snap->stored_only = true;
    assert_false(is_shelved(snap, blocks - 1));
    snap->stored_only = false;
    load(&m, db, 1);
    kg_snap *now = take(db);
    assert_true(little || is_shelved(now, blocks - 1));
    assert_false(is_shelved(snap, blocks - 1));
    const kg_term before = read_term(snap, id, &arena), after = read_term(now, id, &arena);
    assert_true(kg_str_equal(before.text, once.text) && kg_str_equal(after.text, once.text));
    kg_snap_drop(now);
    kg_snap_drop(snap);
    kg_arena_free(&arena);
    assert_int_equal(kgq_close(db), KGQ_OK);
    model_free(&m);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(second_look_up_hits), cmocka_unit_test(little_room),
    cmocka_unit_test(several_threads),     cmocka_unit_test(terms),
    cmocka_unit_test(terms_of_states),     cmocka_unit_test(other_orders_stay),
    cmocka_unit_test(most_delta_keys),     cmocka_unit_test(counts_kept_are_stored),
    cmocka_unit_test(dictionary_blocks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
