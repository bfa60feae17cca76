/* tests/unit/test_rescue.c: a database whose blocks are damaged gives all its facts as long as each lies in
 * one order that can be read, and says how many it does not give.
 *
 * Blocks are changed through the store, behind the database's back; what the new database exports is compared
 * with what the old one exported before.
 */
#include <ftw.h>

#include "graph/keys.h"
#include "graph_model.h"

static char root[] = "/tmp/kgq-rescue-XXXXXX";
static unsigned folders;

typedef struct text {
  char *bytes;
  size_t count;
} text;

static int append(void *arg, const char *bytes, size_t count) {
  text *t = arg;
  t->bytes = realloc(t->bytes, t->count + count + 1);
  memcpy(t->bytes + t->count, bytes, count);
  t->count += count;
  t->bytes[t->count] = '\0';
  return 0;
}

static text content(kgq_db *db) {
  text t = { calloc(1, 1), 0 };
  kgq_conn *conn;
  kgq_error *err = NULL;
  must(kgq_connect(db, &conn, &err), err);
  must(kgq_export(conn, NULL, append, &t, &err), err);
  kgq_disconnect(conn);
  return t;
}

/* 5,000 quads in blocks, 200 in the delta, triple terms and named graphs among them. */
static kgq_db *sound_database(model *m) {
  kgq_db *db = open_database(":memory:");
  model_init(m, 80, 5, 30, 3);
  for (int round = 0; round < 2; round++) {
    kg_txn *txn = begin(db);
    for (uint32_t i = 0; i < (round ? 200u : 5000u); i++) {
      uint32_t quad[4];
      for (int c = 0; c < 4; c++) {
        quad[c] = below(m->sizes[c]);
      }
      model_change(m, txn, quad, true);
    }
    commit(txn);
  }
  return db;
}

/* Turns a bit in the middle of the `number`th block of a table; an order's if perm is one. */
static void damage(kgq_db *db, unsigned char table, int perm, unsigned number) {
  kg_snap *snap;
  kg_store_iter *it;
  kg_store_batch *batch;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  const char prefix[2] = { (char)table, (char)perm };
  must(kg_store_iter_open(snap->store, kg_str_n(prefix, perm < 0 ? 1 : 2), &it, &err), err);
  kg_store_iter_first(it);
  for (unsigned i = 0; i < number; i++) {
    kg_store_iter_next(it);
  }
  assert_true(kg_store_iter_valid(it));
  char key[100], *value;
  const kgq_str k = kg_store_iter_key(it), v = kg_store_iter_value(it);
  assert_true(k.len <= sizeof key);
  value = malloc(v.len);
  memcpy(key, k.ptr, k.len);
  memcpy(value, v.ptr, v.len);
  value[v.len / 2] = (char)(value[v.len / 2] ^ 4);
  must(kg_store_batch_new(db->store, &batch, &err), err);
  kg_store_batch_put(batch, kg_str_n(key, k.len), kg_str_n(value, v.len));
  must(table == KG_KEY_LOG ? commit_nothing(snap, batch, &err)
                           : kg_store_commit(db->store, batch, snap->commit + 1, &err),
       err);
  kg_store_batch_free(batch);
  kg_store_iter_close(it);
  kg_snap_drop(snap);
  free(value);
}

typedef struct told {
  uint64_t facts, lost, without_terms, places, commits, messages;
} told;

static int hear(void *arg, const char *key, const char *value) {
  told *t = arg;
  uint64_t *to = strcmp(key, "facts") == 0                        ? &t->facts
                 : strcmp(key, "facts lost") == 0                 ? &t->lost
                 : strcmp(key, "commits lost") == 0               ? &t->commits
                 : strcmp(key, "of them for want of a term") == 0 ? &t->without_terms
                                                                  : &t->places;
  *to = strtoull(value, NULL, 10);
  return 0;
}

static void count_message(void *arg, int32_t severity, const kgq_error *message) {
  assert_int_equal(severity, KGQ_WARNING);
  assert_true(strlen(kgq_error_message(message)) > 0);
  ++*(uint64_t *)arg;
}

/* Rescues into a new folder; the content there. */
static text rescue(kgq_db *db, told *out) {
  char dir[100];
  kgq_conn *conn;
  kgq_error *err = NULL;
  snprintf(dir, sizeof dir, "%s/%u", root, folders++);
  *out = (told){ 0, 0, 0, 0, 0, 0 };
  must(kgq_connect(db, &conn, &err), err);
  kgq_set_message(conn, count_message, &out->messages);
  must(kgq_rescue(conn, dir, hear, out, &err), err);
  kgq_disconnect(conn);
  kgq_db *new = open_database(dir);
  must(kgq_connect(new, &conn, &err), err);
  must(kgq_check(conn, &err), err);
  kgq_disconnect(conn);
  const text t = content(new);
  assert_int_equal(kgq_close(new), KGQ_OK);
  return t;
}

static uint64_t lines(const text *t) {
  uint64_t n = 0;
  for (size_t i = 0; i < t->count; i++) {
    n += t->bytes[i] == '\n';
  }
  return n;
}

/* Both are sorted: every line of the one is in the other. */
static void assert_part(const text *part, const text *whole) {
  const char *at = whole->bytes;
  for (const char *line = part->bytes, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    const size_t bytes = (size_t)(end - line) + 1;
    while (*at != '\0' && strncmp(at, line, bytes) != 0) {
      at = strchr(at, '\n') + 1;
    }
    assert_true(*at != '\0');
  }
}

static void each_order_stands_for_another(void **unused) {
  (void)unused;
  for (unsigned damaged = 0; damaged < 8;
       damaged++) { /* bits: SPOG, POSG, OSPG; all three in different places */
    model m;
    kgq_db *db = sound_database(&m);
    const text before = content(db);
    told t;
    for (int p = 0; p < 3; p++) {
      if (damaged >> p & 1) {
        damage(db, KG_KEY_BLOCK, p, damaged == 7 ? (unsigned)p : 1);
      }
    }
    const text after = rescue(db, &t);
    assert_int_equal(t.facts, lines(&after));
    assert_int_equal(t.facts + t.lost, lines(&before));
    if (damaged == 7) {
      assert_part(&after, &before);
    } else {
      assert_string_equal(after.bytes, before.bytes);
      assert_int_equal(t.lost, 0);
    }
    assert_int_equal(t.places > 0, damaged & 1); /* the others are not needed then */
    assert_int_equal(t.messages, t.places);
    free(before.bytes);
    free(after.bytes);
    assert_int_equal(kgq_close(db), KGQ_OK);
    model_free(&m);
  }
}

/* Around a block that can be read, and to the end. */
static void several_places(void **unused) {
  (void)unused;
  model m;
  kgq_db *db = sound_database(&m);
  const text before = content(db);
  told t;
  damage(db, KG_KEY_BLOCK, KG_SPOG, 0);
  damage(db, KG_KEY_BLOCK, KG_SPOG, 2);
  damage(db, KG_KEY_BLOCK, KG_SPOG, 3);
  const text after = rescue(db, &t);
  assert_string_equal(after.bytes, before.bytes);
  assert_true(t.places >= 1 && t.places <= 3);
  free(before.bytes);
  free(after.bytes);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

/* A fact is lost where no order has it, or a term of it is gone; both are counted. */
static void what_is_lost_is_counted(void **unused) {
  (void)unused;
  for (int terms = 0; terms < 2; terms++) {
    model m;
    kgq_db *db = sound_database(&m);
    const text before = content(db);
    told t;
    if (terms) {
      damage(db, KG_KEY_DICT_BLOCK, -1, 1);
    }
    for (int p = KG_SPOG; p <= KG_GSPO && !terms; p++) {
      for (unsigned i = 0; i < 2; i++) {
        damage(db, KG_KEY_BLOCK, p, i);
      }
    }
    const text after = rescue(db, &t);
    assert_part(&after, &before);
    assert_int_equal(t.facts, lines(&after));
    assert_true(t.lost > 0);
    assert_int_equal(t.facts + t.lost, lines(&before));
    assert_int_equal(t.without_terms, terms ? t.lost : 0);
    assert_true(t.messages > 0);
    free(before.bytes);
    free(after.bytes);
    assert_int_equal(kgq_close(db), KGQ_OK);
    model_free(&m);
  }
}

/* One quad that is not there yet. */
static void small_commit(kgq_db *db, model *m) {
  uint32_t quad[4];
  do {
    for (int c = 0; c < 4; c++) {
      quad[c] = below(m->sizes[c]);
    }
  } while (*model_flag(m, quad));
  kg_txn *txn = begin(db);
  model_change(m, txn, quad, true);
  commit(txn);
}

/* The third of five records: the new database is as it was after the second. */
static void what_a_damaged_log_says_before(void **unused) {
  (void)unused;
  model m;
  kgq_db *db = sound_database(&m);
  text before = { NULL, 0 };
  told t;
  for (uint32_t i = 0; i < 5; i++) {
    small_commit(db, &m);
    if (i == 1) {
      before = content(db);
    }
  }
  damage(db, KG_KEY_LOG, -1, 2);
  const text after = rescue(db, &t);
  assert_string_equal(after.bytes, before.bytes);
  assert_int_equal(t.facts, lines(&before));
  assert_int_equal(t.lost, 0);
  assert_int_equal(t.commits, 4); /* with the one that did the damage */
  assert_int_equal(t.messages, 1);
  free(before.bytes);
  free(after.bytes);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static void folder_in_use(void **unused) {
  (void)unused;
  model m;
  kgq_db *db = sound_database(&m);
  kgq_conn *conn;
  kgq_error *err = NULL;
  char dir[100];
  snprintf(dir, sizeof dir, "%s/used", root);
  assert_int_equal(kgq_close(open_database(dir)), KGQ_OK);
  must(kgq_connect(db, &conn, &err), err);
  assert_int_not_equal(kgq_rescue(conn, dir, NULL, NULL, &err), KGQ_OK);
  assert_non_null(strstr(kgq_error_message(err), "not empty"));
  kgq_error_free(err);
  assert_int_equal(kgq_format_version(dir), 1);
  kgq_disconnect(conn);
  assert_int_equal(kgq_close(db), KGQ_OK);
  model_free(&m);
}

static int make_root(void **unused) {
  (void)unused;
  return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)info;
  (void)kind;
  (void)place;
  return remove(path);
}

static int remove_root(void **unused) {
  (void)unused;
  return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(each_order_stands_for_another),
                                      cmocka_unit_test(several_places),
                                      cmocka_unit_test(what_is_lost_is_counted),
                                      cmocka_unit_test(what_a_damaged_log_says_before),
                                      cmocka_unit_test(folder_in_use) };
  return cmocka_run_group_tests(tests, make_root, remove_root);
}
