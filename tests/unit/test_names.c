/* tests/unit/test_names.c: the names index: what quads put in and take out, look-ups, labels; and prefixes.
 *
 * Quads are written as plain records of a store, without transactions, so that nothing but names is tried
 * here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "graph/dict.h"
#include "graph/keys.h"
#include "graph/names_key.h"
#include "graph/names_text.h"
#include "graph/perm.h"
#include "graph/vocab.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EX           "https://example.org/id/"

typedef struct fixture {
  kgq_db db;
  kg_store *store;
  kg_snap snap;
  kg_arena arena;
  struct kg_names_update *update;
  kg_name names[32];
  size_t count;
} fixture;

static int set_up(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  const kg_store_options options = { .allocator = &kg_libc_allocator,
                                     .cache_bytes = 8 << 20,
                                     .create = true };
  assert_int_equal(kg_store_open(":memory:", &options, &f->store, NULL), KGQ_OK);
  f->db.allocator = kg_libc_allocator;
  f->db.store = f->store;
  f->snap.db = &f->db;
  f->snap.stored_only = true; /* commits pass the database by */
  assert_int_equal(kg_store_snapshot_take(f->store, &f->snap.store, NULL), KGQ_OK);
  kg_arena_init(&f->arena, &kg_libc_allocator);
  assert_int_equal(kg_names_update_new(&kg_libc_allocator, &f->update, NULL), KGQ_OK);
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *f = *state;
  kg_names_update_free(f->update);
  kg_store_snapshot_drop(f->snap.store);
  kg_store_close(f->store);
  kg_arena_free(&f->arena);
  free(f);
  return 0;
}

static void commit(fixture *f, kg_store_batch *batch) {
  const uint64_t number = kg_store_snapshot_commit(f->snap.store) + 1;
  char value[8];
  kg_put_be64(value, number);
  kg_store_batch_put(batch, kg_str(KG_STORE_COMMIT_KEY), kg_str_n(value, 8));
  assert_int_equal(kg_store_commit(f->store, batch, number, NULL), KGQ_OK);
  kg_store_batch_free(batch);
  kg_store_snapshot_drop(f->snap.store);
  assert_int_equal(kg_store_snapshot_take(f->store, &f->snap.store, NULL), KGQ_OK);
}

static kg_store_batch *new_batch(fixture *f) {
  kg_store_batch *batch;
  assert_int_equal(kg_store_batch_new(f->store, &batch, NULL), KGQ_OK);
  return batch;
}

static kg_id intern(fixture *f, const kg_term *term) {
  kg_id id;
  assert_int_equal(kg_dict_find(&f->snap, term, &id, NULL), KGQ_OK);
  if (id == KG_ID_NONE) {
    kg_buf key;
    kg_buf_init(&key, &kg_libc_allocator);
    kg_store_batch *batch = new_batch(f);
    assert_int_equal(kg_term_key(term, &key, NULL), KGQ_OK);
    assert_int_equal(
        kg_dict_append(&f->snap, batch, kg_buf_str(&key), f->snap.counts.append_terms++, &id, NULL), KGQ_OK);
    kg_buf_free(&key);
    commit(f, batch);
  }
  return id;
}

static kg_id node(fixture *f, const char *iri) {
  const kg_term term = kg_term_iri(kg_str(iri));
  return intern(f, &term);
}

static kgq_status resolve(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  fixture *f = arg;
  return kg_dict_get(&f->snap, id, arena, out, err);
}

static kgq_status emit(void *arg, const kg_name_record *record, kgq_error **err) {
  (void)err;
  if (record->put) {
    kg_store_batch_put(arg, record->key, record->value);
  } else {
    kg_store_batch_delete(arg, record->key);
  }
  return KGQ_OK;
}

static void change(fixture *f, const char *s, const char *p, const kg_term *o, const char *g, bool inserted) {
  static const kg_perm perms[] = { KG_SPOG, KG_POSG, KG_OSPG, KG_GSPO };
  const kg_id quad[4] = { node(f, s), node(f, p), intern(f, o),
                          g[0] == 0 ? KG_ID_DEFAULT_GRAPH : node(f, g) };
  kg_store_batch *batch = new_batch(f);
  for (size_t i = 0; i < COUNT(perms); i++) {
    const kg_row row = kg_perm_row(perms[i], quad);
    char key[34] = { KG_KEY_DELTA, (char)perms[i] };
    for (int c = 0; c < 4; c++) {
      kg_put_be64(key + 2 + 8 * c, row.c[c]);
    }
    if (inserted) {
      kg_store_batch_put(batch, kg_str_n(key, sizeof key), KG_STR("\x01"));
    } else {
      kg_store_batch_delete(batch, kg_str_n(key, sizeof key));
    }
  }
  if (kg_names_wants(kg_str(p))) {
    assert_int_equal(kg_names_update_quad(f->update, quad, inserted, resolve, f, emit, batch, NULL), KGQ_OK);
  }
  commit(f, batch);
  f->snap.counts.quads += inserted ? 1 : UINT64_MAX;
  f->snap.counts.delta_rows = 1000;
}

static void put_text(fixture *f, const char *s, const char *p, const char *text, const char *lang,
                     const char *g) {
  const kg_term o = kg_term_lang(kg_str(text), kg_str(lang));
  change(f, s, p, &o, g, true);
}

static void delete_text(fixture *f, const char *s, const char *p, const char *text, const char *lang,
                        const char *g) {
  const kg_term o = kg_term_lang(kg_str(text), kg_str(lang));
  change(f, s, p, &o, g, false);
}

static void put_node(fixture *f, const char *s, const char *p, const char *o, const char *g) {
  const kg_term term = kg_term_iri(kg_str(o));
  change(f, s, p, &term, g, true);
}

static void delete_node(fixture *f, const char *s, const char *p, const char *o, const char *g) {
  const kg_term term = kg_term_iri(kg_str(o));
  change(f, s, p, &term, g, false);
}

static size_t look_up(fixture *f, const char *name) {
  kgq_error *err = NULL;
  if (kg_names_find(&f->snap, kg_str(name), &f->arena, f->names, COUNT(f->names), &f->count, &err) !=
      KGQ_OK) {
    fail_msg("%s: %s", name, kgq_error_message(err));
  }
  return f->count;
}

static bool has(const fixture *f, kg_id id, kg_name_kind kind, kg_id graph) {
  for (size_t i = 0; i < f->count && i < COUNT(f->names); i++) {
    if (f->names[i].node == id && f->names[i].kind == kind && f->names[i].graph == graph) {
      return true;
    }
  }
  return false;
}

static size_t count_records(fixture *f) {
  static const char table[1] = { KG_KEY_NAME };
  kg_store_iter *it;
  size_t count = 0;
  assert_int_equal(kg_store_iter_open(f->snap.store, kg_str_n(table, 1), &it, NULL), KGQ_OK);
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it)) {
    kg_name_key name;
    kgq_str lang;
    kgq_str text;
    assert_int_equal(
        kg_name_record_read(kg_store_iter_key(it), kg_store_iter_value(it), &name, &lang, &text, NULL),
        KGQ_OK);
    count++;
  }
  kg_store_iter_close(it);
  return count;
}

/* ---- what goes in and out ---------------------------------------------------------------------------- */

static void every_kind_of_name(void **state) {
  fixture *f = *state;
  put_text(f, EX "samsung", KG_SKOS_PREF_LABEL, "Samsung Electronics", "en", EX "a#about");
  put_text(f, EX "samsung", KG_SKOS_ALT_LABEL, "三星電子", "ja", EX "a#about");
  put_text(f, EX "samsung", KG_KGQ_WRITTEN_AS, "サムスン", "ja", EX "a");
  put_text(f, EX "q42", KG_KGQ_KEY, "sk-group", "", EX "a#about");
  put_text(f, EX "kt", KG_RDFS_LABEL, "ＫＴ", "ko", "");
  const kg_id samsung = node(f, EX "samsung");
  const kg_id about = node(f, EX "a#about");
  assert_int_equal(look_up(f, " SAMSUNG  electronics "), 1);
  assert_true(has(f, samsung, KG_NAME_LABEL, about));
  assert_true(kg_str_equal(f->names[0].text, KG_STR("Samsung Electronics")));
  assert_int_equal(look_up(f, "三星電子"), 1);
  assert_true(has(f, samsung, KG_NAME_ALSO, about));
  assert_int_equal(look_up(f, "ｻﾑｽﾝ"), 1);
  assert_true(has(f, samsung, KG_NAME_WRITTEN, node(f, EX "a")));
  assert_int_equal(look_up(f, "SK-Group"), 1);
  assert_true(has(f, node(f, EX "q42"), KG_NAME_ID, about));
  assert_int_equal(look_up(f, "q42"), 0); /* a key stands in the place of the local part */
  assert_int_equal(look_up(f, "kt"), 2);
  assert_true(has(f, node(f, EX "kt"), KG_NAME_LABEL, KG_ID_DEFAULT_GRAPH));
  assert_true(has(f, node(f, EX "kt"), KG_NAME_ID, KG_ID_DEFAULT_GRAPH));
  assert_int_equal(look_up(f, "samsung"), 2); /* the short id in both graphs */
  assert_true(has(f, samsung, KG_NAME_ID, about) && has(f, samsung, KG_NAME_ID, node(f, EX "a")));
  assert_int_equal(look_up(f, "samsun"), 0);
  assert_int_equal(look_up(f, "samsung electronics x"), 0);
  assert_int_equal(look_up(f, ""), 0);
  assert_int_equal(look_up(f, " \xE2\x80\x8B "), 0);
}

static void one_name_two_nodes(void **state) {
  fixture *f = *state;
  put_text(f, EX "samsung", KG_SKOS_ALT_LABEL, "Samsung", "en", EX "b");
  put_text(f, EX "samsung_electronics", KG_SKOS_ALT_LABEL, "SAMSUNG", "en", EX "b");
  assert_int_equal(look_up(f, "Samsung"), 3);
  assert_true(has(f, node(f, EX "samsung"), KG_NAME_ALSO, node(f, EX "b")));
  assert_true(has(f, node(f, EX "samsung_electronics"), KG_NAME_ALSO, node(f, EX "b")));
  kg_name one[1];
  size_t count;
  assert_int_equal(kg_names_find(&f->snap, KG_STR("samsung"), &f->arena, one, 1, &count, NULL), KGQ_OK);
  assert_int_equal(count, 3); /* more than fit are counted */
}

/* Two quads ask for the same name: it goes with the second one. */
static void names_go_with_their_last_quad(void **state) {
  fixture *f = *state;
  put_text(f, EX "kt", KG_SKOS_PREF_LABEL, "KT", "en", EX "g");
  put_text(f, EX "kt", KG_SKOS_PREF_LABEL, "KT", "ko", EX "g");
  put_text(f, EX "kt", KG_RDFS_LABEL, "kt", "en", EX "g");
  assert_int_equal(look_up(f, "KT"), 2); /* one label, one id */
  delete_text(f, EX "kt", KG_SKOS_PREF_LABEL, "KT", "en", EX "g");
  assert_int_equal(look_up(f, "KT"), 2);
  delete_text(f, EX "kt", KG_RDFS_LABEL, "kt", "en", EX "g");
  assert_int_equal(look_up(f, "KT"), 2);
  put_text(f, EX "kt", KG_SKOS_ALT_LABEL, "Korea Telecom", "en", EX "g");
  delete_text(f, EX "kt", KG_SKOS_PREF_LABEL, "KT", "ko", EX "g");
  assert_int_equal(look_up(f, "KT"), 1); /* the id, by the other label */
  delete_text(f, EX "kt", KG_SKOS_ALT_LABEL, "Korea Telecom", "en", EX "g");
  assert_int_equal(look_up(f, "KT"), 0);
  assert_int_equal(count_records(f), 0);
}

static void types_make_ids_known(void **state) {
  fixture *f = *state;
  put_node(f, EX "deploys", KG_RDF_TYPE, KG_RDF_PROPERTY, EX "g");
  put_node(f, EX "x1", KG_RDF_TYPE, EX "Company", EX "g");
  put_node(f, EX "x2", KG_RDF_TYPE, EX "Company", EX "g");
  put_node(f, EX "x2", KG_RDF_TYPE, EX "Company", EX "h");
  const kg_id graph = node(f, EX "g");
  assert_int_equal(look_up(f, "deploys"), 1);
  assert_true(has(f, node(f, EX "deploys"), KG_NAME_ID, graph));
  assert_int_equal(look_up(f, "x1"), 1);
  assert_int_equal(look_up(f, "company"), 2);
  assert_true(has(f, node(f, EX "Company"), KG_NAME_ID, graph));
  delete_node(f, EX "x1", KG_RDF_TYPE, EX "Company", EX "g");
  assert_int_equal(look_up(f, "x1"), 0);
  assert_int_equal(look_up(f, "company"), 2);
  delete_node(f, EX "x2", KG_RDF_TYPE, EX "Company", EX "g");
  delete_node(f, EX "x2", KG_RDF_TYPE, EX "Company", EX "h");
  assert_int_equal(look_up(f, "company"), 0); /* no instance is left */
}

static void what_is_no_name(void **state) {
  fixture *f = *state;
  put_node(f, EX "x", KG_RDFS_LABEL, EX "y", EX "g");
  put_text(f, EX "x", KG_NS_DCTERMS "title", "Title", "en", EX "g");
  put_text(f, EX "x", KG_RDF_TYPE, "Text", "en", EX "g");
  assert_int_equal(count_records(f), 0);
  const kg_term bnode = kg_term_bnode(KG_STR("b1"));
  put_text(f, EX "x", KG_RDFS_LABEL, " ", "", EX "g"); /* folds to nothing: only the id */
  assert_int_equal(count_records(f), 1);
  change(f, EX "x", KG_RDF_TYPE, &bnode, EX "g", true);
  assert_int_equal(count_records(f), 1);
  const kg_term with_nul = kg_term_string(kg_str_n("a\0b", 3));
  change(f, EX "x", KG_RDFS_LABEL, &with_nul, EX "g", true);
  assert_int_equal(count_records(f), 2);
}

static void long_names(void **state) {
  fixture *f = *state;
  char text[KG_LIMIT_NAME_BYTES + 2];
  memset(text, 'n', sizeof text);
  text[KG_LIMIT_NAME_BYTES + 1] = 0;
  put_text(f, EX "long", KG_RDFS_LABEL, text, "", EX "g");
  assert_int_equal(look_up(f, text), 0);
  text[KG_LIMIT_NAME_BYTES] = 0;
  put_text(f, EX "fits", KG_RDFS_LABEL, text, "", EX "g");
  assert_int_equal(look_up(f, text), 1);
}

/* ---- beginnings, neighbours, predicates -------------------------------------------------------------- */

static void beginnings(void **state) {
  fixture *f = *state;
  put_text(f, EX "n1", KG_RDFS_LABEL, "Samsung", "en", EX "g");
  put_text(f, EX "n2", KG_RDFS_LABEL, "Samsung Electronics", "en", EX "g");
  put_text(f, EX "n3", KG_RDFS_LABEL, "SK hynix", "en", EX "g");
  kg_name names[8];
  size_t count;
  assert_int_equal(kg_names_prefix(&f->snap, KG_STR("Sams"), &f->arena, names, 8, &count, NULL), KGQ_OK);
  assert_int_equal(count, 2);
  assert_true(kg_str_equal(names[1].text, KG_STR("Samsung Electronics")));
  assert_int_equal(kg_names_prefix(&f->snap, KG_STR("s"), &f->arena, names, 2, &count, NULL), KGQ_OK);
  assert_int_equal(count, 3);
  assert_int_equal(kg_names_prefix(&f->snap, KG_STR(""), &f->arena, names, 8, &count, NULL), KGQ_OK);
  assert_int_equal(count, 6);
  assert_int_equal(kg_names_prefix(&f->snap, KG_STR("zz"), &f->arena, names, 8, &count, NULL), KGQ_OK);
  assert_int_equal(count, 0);
}

static void neighbours(void **state) {
  fixture *f = *state;
  put_text(f, EX "n1", KG_RDFS_LABEL, "NVIDIA", "en", EX "g");
  put_text(f, EX "n1", KG_SKOS_ALT_LABEL, "Nvidia Corp", "en", EX "g");
  put_text(f, EX "n2", KG_RDFS_LABEL, "Nvidea", "en", EX "g");
  put_text(f, EX "n3", KG_RDFS_LABEL, "Naver", "en", EX "g");
  kg_name names[8];
  size_t count;
  assert_int_equal(kg_names_near(&f->snap, KG_STR("Nvidai"), &f->arena, names, 8, &count, NULL), KGQ_OK);
  assert_int_equal(count, 2);
  assert_true(kg_str_equal(names[0].text, KG_STR("NVIDIA")));
  assert_true(kg_str_equal(names[1].text, KG_STR("Nvidea")));
  assert_int_equal(kg_names_near(&f->snap, KG_STR("Nvidai"), &f->arena, names, 1, &count, NULL), KGQ_OK);
  assert_int_equal(count, 1);
  assert_true(names[0].node == node(f, EX "n1"));
  assert_int_equal(kg_names_near(&f->snap, KG_STR("qqqqqq"), &f->arena, names, 8, &count, NULL), KGQ_OK);
  assert_int_equal(count, 0);
  assert_int_equal(kg_names_near(&f->snap, KG_STR("Nvidai"), &f->arena, names, 0, &count, NULL), KGQ_OK);
  assert_int_equal(count, 0);
}

static void undeclared_predicates(void **state) {
  fixture *f = *state;
  static char iris[300][64];
  for (int i = 0; i < 300; i++) {
    snprintf(iris[i], sizeof iris[i], "http://xmlns.com/p%d", i);
    put_node(f, EX "a", iris[i], EX "b", EX "g");
  }
  put_node(f, EX "a", "http://xmlns.com/foaf/knows", EX "b", EX "g");
  put_node(f, EX "b", "http://xmlns.com/foaf/knows", EX "a", EX "g");
  assert_int_equal(look_up(f, "Knows"), 1);
  assert_true(has(f, node(f, "http://xmlns.com/foaf/knows"), KG_NAME_ID, KG_ID_DEFAULT_GRAPH));
  assert_int_equal(look_up(f, "p299"), 1);
  assert_int_equal(look_up(f, "p300"), 0);
  kg_name names[8];
  size_t count;
  assert_int_equal(kg_names_near(&f->snap, KG_STR("konws"), &f->arena, names, 8, &count, NULL), KGQ_OK);
  assert_int_equal(count, 1);
}

/* ---- labels ------------------------------------------------------------------------------------------ */

static void expect_label(fixture *f, const char *iri, const char *lang, const char *want) {
  kgq_str text = { "", 0 };
  bool found;
  assert_int_equal(kg_names_label(&f->snap, node(f, iri), kg_str(lang), &f->arena, &text, &found, NULL),
                   KGQ_OK);
  assert_int_equal(found, want != NULL);
  if (want != NULL && !kg_str_equal(text, kg_str(want))) {
    fail_msg("'%.*s' instead of '%s'", KG_ARG(text), want);
  }
}

static void labels_by_language(void **state) {
  fixture *f = *state;
  put_text(f, EX "x", KG_RDFS_LABEL, "rdfs ko", "ko", EX "g");
  expect_label(f, EX "x", "en", "rdfs ko");
  put_text(f, EX "x", KG_RDFS_LABEL, "plain", "", EX "g");
  expect_label(f, EX "x", "ja", "plain");
  put_text(f, EX "x", KG_RDFS_LABEL, "rdfs gb", "en-GB", EX "g");
  expect_label(f, EX "x", "ja", "rdfs gb");
  put_text(f, EX "x", KG_RDFS_LABEL, "rdfs en", "en", EX "g");
  expect_label(f, EX "x", "ja", "rdfs en");
  put_text(f, EX "x", KG_SKOS_PREF_LABEL, "pref en", "en", EX "g");
  expect_label(f, EX "x", "ja", "pref en");
  expect_label(f, EX "x", "", "pref en");
  expect_label(f, EX "x", "ko", "rdfs ko");
  expect_label(f, EX "x", "KO", "rdfs ko");
  expect_label(f, EX "nothing", "en", NULL);
}

static void labels_by_graph(void **state) {
  fixture *f = *state;
  put_text(f, EX "x", KG_SKOS_PREF_LABEL, "from b", "en", EX "b#about");
  put_text(f, EX "x", KG_SKOS_PREF_LABEL, "from c", "en", EX "c#about");
  expect_label(f, EX "x", "en", "from b");
  put_text(f, EX "x", KG_SKOS_PREF_LABEL, "from a", "en", EX "a#about");
  expect_label(f, EX "x", "en", "from a");
  put_node(f, EX "c", KG_RDF_TYPE, KG_KGQ_BACKGROUND, EX "c#about");
  expect_label(f, EX "x", "en", "from c");
  put_text(f, EX "x", KG_SKOS_PREF_LABEL, "also from c", "en", EX "c#about");
  expect_label(f, EX "x", "en", "also from c");
}

/* ---- damage ------------------------------------------------------------------------------------------ */

static void damaged_records(void **state) {
  fixture *f = *state;
  put_text(f, EX "x", KG_RDFS_LABEL, "good", "en", EX "g");
  kg_store_batch *batch = new_batch(f);
  kg_store_batch_put(batch,
                     KG_STR("\x32"
                            "bad\0short"),
                     KG_STR("\0text"));
  commit(f, batch);
  kg_name names[4];
  size_t count;
  assert_int_equal(kg_names_prefix(&f->snap, KG_STR("bad"), &f->arena, names, 4, &count, NULL), KGQ_CORRUPT);
  assert_int_equal(kg_names_near(&f->snap, KG_STR("good"), &f->arena, names, 4, &count, NULL), KGQ_CORRUPT);
  assert_int_equal(look_up(f, "good"), 1);
  kg_name_key name;
  kgq_str lang;
  kgq_str text;
  char key[1 + KG_NAME_TAIL_BYTES] = { KG_KEY_NAME };
  key[18] = KG_NAME_LABEL;
  const kgq_str whole = kg_str_n(key, sizeof key);
  assert_int_equal(kg_name_record_read(whole, KG_STR("en\0x"), &name, &lang, &text, NULL), KGQ_OK);
  assert_int_equal(kg_name_record_read(whole, KG_STR("en"), &name, &lang, &text, NULL), KGQ_CORRUPT);
  key[18] = 9;
  assert_int_equal(kg_name_record_read(whole, KG_STR("en\0x"), &name, &lang, &text, NULL), KGQ_CORRUPT);
  key[18] = KG_NAME_LABEL;
  key[1] = 1;
  assert_int_equal(kg_name_record_read(whole, KG_STR("en\0x"), &name, &lang, &text, NULL), KGQ_CORRUPT);
}

/* ---- prefixes ---------------------------------------------------------------------------------------- */

static void put_prefix(fixture *f, const char *name, const char *iri) {
  kg_store_batch *batch = new_batch(f);
  char key[64];
  const int bytes = snprintf(key, sizeof key, "%c%s", KG_KEY_PREFIX, name);
  kg_store_batch_put(batch, kg_str_n(key, (size_t)bytes), kg_str(iri));
  commit(f, batch);
}

static kgq_status list_name(void *arg, kgq_str name, kgq_str iri, kgq_error **err) {
  assert_true(iri.len > 0);
  KGQ_TRY(kg_buf_add_str(arg, name, err));
  return kg_buf_add_byte(arg, ' ', err);
}

static void prefixes(void **state) {
  fixture *f = *state;
  put_prefix(f, "ex", EX);
  put_prefix(f, "a", "http://a/");
  put_prefix(f, "zz", "http://z/");
  put_prefix(f, "", "http://empty/");
  put_prefix(f, "rdf", "http://not-this/");
  kgq_str iri;
  bool found;
  assert_int_equal(kg_prefix_find(&f->snap, KG_STR("ex"), &f->arena, &iri, &found, NULL), KGQ_OK);
  assert_true(found && kg_str_equal(iri, KG_STR(EX)));
  assert_int_equal(kg_prefix_find(&f->snap, KG_STR("rdf"), &f->arena, &iri, &found, NULL), KGQ_OK);
  assert_true(found && kg_str_equal(iri, KG_STR(KG_NS_RDF)));
  assert_int_equal(kg_prefix_find(&f->snap, KG_STR(""), &f->arena, &iri, &found, NULL), KGQ_OK);
  assert_true(found);
  assert_int_equal(kg_prefix_find(&f->snap, KG_STR("wkd"), &f->arena, &iri, &found, NULL), KGQ_OK);
  assert_false(found);
  kg_buf list;
  kg_buf_init(&list, &kg_libc_allocator);
  assert_int_equal(kg_prefix_each(&f->snap, list_name, &list, NULL), KGQ_OK);
  assert_true(
      kg_str_equal(kg_buf_str(&list), KG_STR(" a dcterms ex kgq prov rdf rdfs schema skos wd xsd zz ")));
  kg_buf_free(&list);
}

static void shortening(void **state) {
  fixture *f = *state;
  put_prefix(f, "ex", EX);
  put_prefix(f, "unit", EX "unit/");
  put_prefix(f, "", "http://empty/");
  static const char *const rows[][2] = {
    { EX "samsung", "ex:samsung" },
    { EX "unit/GPU", "unit:GPU" }, /* the longest */
    { EX "unit/", NULL },          /* nothing behind it; "unit/" is no local name */
    { EX "a/b", NULL },            /* would need an escape */
    { EX "a.b", "ex:a.b" },
    { EX "a.", NULL },
    { EX ".a", NULL },
    { EX "-a", NULL },
    { EX "6G", "ex:6G" },
    { EX "a:b", "ex:a:b" },
    { EX "a%20b", "ex:a%20b" },
    { EX "a%2", NULL },
    { EX "삼성", "ex:삼성" },
    { EX "a(b)", NULL },
    { EX "\xFF", NULL },
    { "http://empty/x", ":x" },
    { "http://other/x", NULL },
    { KG_RDF_TYPE, "rdf:type" },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    kgq_str text = { "", 0 };
    bool found;
    assert_int_equal(kg_prefix_shorten(&f->snap, kg_str(rows[i][0]), &f->arena, &text, &found, NULL), KGQ_OK);
    if (found != (rows[i][1] != NULL) || (found && !kg_str_equal(text, kg_str(rows[i][1])))) {
      fail_msg("%s became '%.*s'", rows[i][0], KG_ARG(text));
    }
  }
}

/* ---- in running text --------------------------------------------------------------------------------- */

typedef struct places {
  fixture *f;
  kgq_str text;
  char line[2048]; /* "KT=kt/1 SK=sk_group,sk_hynix/2": words of the text, nodes, how many */
  size_t calls, stop_after;
} places;

static kgq_status note_place(void *arg, const kg_name_place *place, kgq_error **err) {
  places *p = arg;
  size_t len = strlen(p->line);
  len += (size_t)snprintf(p->line + len, sizeof p->line - len, "%s%.*s=", len ? " " : "",
                          (int)(place->end - place->start), p->text.ptr + place->start);
  for (size_t i = 0; i < place->count; i++) {
    kg_term term;
    KGQ_TRY(kg_dict_get(&p->f->snap, place->names[i].node, &p->f->arena, &term, err));
    len += (size_t)snprintf(p->line + len, sizeof p->line - len, "%s%s", i ? "," : "",
                            strrchr(term.text.ptr, '/') + 1);
  }
  return ++p->calls == p->stop_after ? KGQ_DONE : KGQ_OK;
}

static kgq_status find_in(fixture *f, kgq_str text, const char *article, places *p, kgq_error **err) {
  atomic_int interrupt = 0;
  kg_cancel cancel;
  kg_cancel_init(&cancel, &kg_libc_allocator, &interrupt);
  kg_cancel_start(&cancel, 0, 0);
  p->f = f;
  p->text = text;
  p->line[0] = 0;
  p->calls = 0;
  const kg_id graph = article ? node(f, article) : KG_ID_NONE;
  return kg_names_in_text(&f->snap, text, graph, &cancel, note_place, p, err);
}

static void put_text_names(fixture *f) {
  put_node(f, EX "to", KG_RDF_TYPE, KG_RDF_PROPERTY, EX "b#about");
  put_text(f, EX "to", KG_SKOS_PREF_LABEL, "to", "en", EX "b#about");
  put_text(f, EX "kt", KG_SKOS_PREF_LABEL, "KT", "en", EX "b#about");
  put_text(f, EX "hyundai", KG_SKOS_PREF_LABEL, "現代自動車グループ", "ja", EX "b#about");
  put_text(f, EX "hyundai", KG_SKOS_ALT_LABEL, "現代自動車", "ja", EX "b#about");
  put_text(f, EX "samsung", KG_SKOS_PREF_LABEL, "Samsung", "en", EX "b#about");
  put_text(f, EX "samsung_electronics", KG_SKOS_ALT_LABEL, "Samsung", "en", EX "b#about");
  put_text(f, EX "samsung_electronics", KG_KGQ_WRITTEN_AS, "Samsung", "fr", EX "a4");
  put_text(f, EX "sk_group", KG_SKOS_ALT_LABEL, "SK", "en", EX "b#about");
  put_text(f, EX "sk_hynix", KG_KGQ_WRITTEN_AS, "SK", "fr", EX "a4");
  put_text(f, EX "sk_hynix", KG_KGQ_WRITTEN_AS, "SK hynix Inc.", "fr", EX "a4");
  put_text(f, EX "cafe", KG_SKOS_PREF_LABEL, "Café de la Gare", "fr", EX "b#about");
  put_text(f, EX "gag", KG_SKOS_PREF_LABEL, "각", "ko", EX "b#about");
  put_text(f, EX "guide", KG_SKOS_PREF_LABEL, "ガイド", "ja", EX "b#about");
  put_text(f, EX "weiss", KG_SKOS_PREF_LABEL, "Weiß", "de", EX "b#about");
  put_text(f, EX "apec", KG_SKOS_PREF_LABEL, "Sommet de l'APEC", "fr", EX "b#about");
}

static void running_text(void **state) {
  fixture *f = *state;
  static const struct {
    const char *text, *article, *found;
  } rows[] = {
    { "IKT, KTs, KT2, 2KT: none", NULL, "" },
    { "KT는, (KT), KT", NULL, "KT=kt KT=kt KT=kt" },
    { "ＫＴは kt", NULL, "ＫＴ=kt kt=kt" },
    { "K\xE2\x80\x8BT", NULL, "K\xE2\x80\x8BT=kt" }, /* an invisible space is no space */
    { "現代自動車グループと現代自動車を", NULL, "現代自動車グループ=hyundai 現代自動車=hyundai" },
    { "現代自動", NULL, "" },
    { "Samsung and SK go to KT", NULL, "Samsung=samsung,samsung_electronics SK=sk_group KT=kt" },
    { "Samsung and SK go to KT", EX "a4", "Samsung=samsung_electronics SK=sk_hynix KT=kt" },
    { "SK hynix Inc. or SK hynix", NULL, "SK hynix Inc.=sk_hynix SK=sk_group" },
    { "SK hynix Inc", NULL, "SK=sk_group" },
    { "CAFE\xCC\x81  de la\n gare!", NULL,
      "CAFE\xCC\x81  de la\n gare=cafe" }, /* decomposed, over a line end */
    { "Cafe de la Gare", NULL, "" },       /* accents count */
    { "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8", NULL, "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8=gag" }, /* jamo */
    { "ｶﾞｲﾄﾞ", NULL, "ｶﾞｲﾄﾞ=guide" },
    { "WEISS, weiss, weis s", NULL, "WEISS=weiss weiss=weiss" },
    { "au Sommet de l’APEC", NULL, "Sommet de l’APEC=apec" },
    { "", NULL, "" },
    { " \n\t ", NULL, "" },
    { "guide gag", NULL, "" }, /* short ids are no words of a text */
  };
  put_text_names(f);
  for (size_t i = 0; i < COUNT(rows); i++) {
    places p = { .stop_after = 0 };
    assert_int_equal(find_in(f, kg_str(rows[i].text), rows[i].article, &p, NULL), KGQ_OK);
    if (strcmp(p.line, rows[i].found) != 0) {
      fail_msg("'%s': '%s', not '%s'", rows[i].text, p.line, rows[i].found);
    }
  }
}

static void running_text_that_is_odd(void **state) {
  fixture *f = *state;
  places p = { .stop_after = 2 };
  kgq_error *err = NULL;
  put_text_names(f);
  assert_int_equal(find_in(f, KG_STR("KT KT KT"), NULL, &p, NULL), KGQ_DONE); /* what fn says goes up */
  assert_int_equal(p.calls, 2);
  p.stop_after = 0;
  assert_int_equal(find_in(f, kg_str_n("KT\0KT", 5), NULL, &p, NULL), KGQ_OK);
  assert_string_equal(p.line, "KT=kt KT=kt");
  assert_int_equal(find_in(f, KG_STR("KT \xFF"), NULL, &p, &err), KGQ_DATA);
  kgq_error_free(err);
  static char marks[40000]; /* one character with 20,000 marks; then a name */
  for (size_t i = 0; i + 4 < sizeof marks; i += 2) {
    memcpy(marks + i, "\xCC\x81", 2);
  }
  memcpy(marks + sizeof marks - 4, " KT", 4);
  assert_int_equal(find_in(f, kg_str(marks), NULL, &p, NULL), KGQ_OK);
  assert_string_equal(p.line, "KT=kt");
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
    WITH_STORE(every_kind_of_name),
    WITH_STORE(one_name_two_nodes),
    WITH_STORE(names_go_with_their_last_quad),
    WITH_STORE(types_make_ids_known),
    WITH_STORE(what_is_no_name),
    WITH_STORE(long_names),
    WITH_STORE(beginnings),
    WITH_STORE(neighbours),
    WITH_STORE(undeclared_predicates),
    WITH_STORE(labels_by_language),
    WITH_STORE(labels_by_graph),
    WITH_STORE(damaged_records),
    WITH_STORE(prefixes),
    WITH_STORE(shortening),
    WITH_STORE(running_text),
    WITH_STORE(running_text_that_is_odd),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
