/* tests/unit/test_dict.c: the dictionary: blocks by themselves, hostile ones too, and both ranges in a real
 * store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <xxhash.h>

#include "graph/dict.h"
#include "graph/dict_append.h"
#include "graph/dict_block.h"
#include "graph/keys.h"
#include "graph/perm.h"
#include "graph/vocab.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t random_state = 1;
static uint32_t random_below(uint32_t bound) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 8) % bound;
}

static int compare_strings(const void *a, const void *b) {
  return kg_str_compare(*(const kgq_str *)a, *(const kgq_str *)b);
}

/* ---- blocks ------------------------------------------------------------------------------------------ */

typedef struct key_set {
  char bytes[KG_DICT_BLOCK_TERMS][24];
  kgq_str keys[KG_DICT_BLOCK_TERMS];
  uint32_t count;
} key_set;

/* Different keys over two letters, so that many share a beginning or are the beginning of another. */
static void random_keys(key_set *set, uint32_t count) {
  set->count = 0;
  while (set->count < count) {
    char *p = set->bytes[set->count];
    const size_t len = 1 + random_below(20);
    for (size_t i = 0; i < len; i++) {
      p[i] = (char)(random_below(4) == 0 ? 0xFF : 'a');
    }
    const kgq_str key = kg_str_n(p, len);
    bool fresh = true;
    for (uint32_t i = 0; i < set->count && fresh; i++) {
      fresh = !kg_str_equal(set->keys[i], key);
    }
    if (fresh) {
      set->keys[set->count++] = key;
    }
  }
  qsort(set->keys, set->count, sizeof set->keys[0], compare_strings);
}

static kg_buf encode(const key_set *set, uint64_t first_rank) {
  kg_buf out;
  kg_buf_init(&out, &kg_libc_allocator);
  assert_int_equal(kg_dict_block_encode(set->keys, set->count, first_rank, &out, NULL), KGQ_OK);
  return out;
}

static void expect_find(const kg_dict_block *b, const key_set *set, kgq_str key) {
  uint32_t want = 0;
  while (want < set->count && kg_str_compare(set->keys[want], key) < 0) {
    want++;
  }
  const bool there = want < set->count && kg_str_equal(set->keys[want], key);
  uint32_t index = 999;
  bool found = !there;
  assert_int_equal(kg_dict_block_find(b, key, &index, &found, NULL), KGQ_OK);
  assert_int_equal(index, want);
  assert_int_equal(found, there);
}

static void expect_block(const key_set *set) {
  kg_buf bytes = encode(set, 4711);
  kg_dict_block b;
  assert_int_equal(kg_dict_block_open(kg_buf_str(&bytes), &b, NULL), KGQ_OK);
  assert_int_equal(b.count, set->count);
  assert_int_equal(b.first_rank, 4711);
  kg_arena arena;
  kg_arena_init(&arena, &kg_libc_allocator);
  kg_dict_walk walk = { .block = &b };
  kg_buf_init(&walk.key, &kg_libc_allocator);
  bool more;
  for (uint32_t i = 0; i < set->count; i++) {
    kgq_str key;
    assert_int_equal(kg_dict_block_key(&b, i, &arena, &key, NULL), KGQ_OK);
    assert_true(kg_str_equal(key, set->keys[i]) && key.ptr[key.len] == 0);
    assert_int_equal(kg_dict_block_next(&walk, &more, NULL), KGQ_OK);
    assert_true(more && kg_str_equal(kg_buf_str(&walk.key), set->keys[i]));
    expect_find(&b, set, set->keys[i]);
    expect_find(&b, set, kg_str_n(set->keys[i].ptr, set->keys[i].len - 1));
  }
  assert_int_equal(kg_dict_block_next(&walk, &more, NULL), KGQ_OK);
  assert_false(more);
  expect_find(&b, set, KG_STR(""));
  expect_find(&b, set, KG_STR("aab"));
  expect_find(&b, set,
              KG_STR("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));
  kg_buf_free(&walk.key);
  kg_arena_free(&arena);
  kg_buf_free(&bytes);
}

static void blocks_of_every_size(void **state) {
  (void)state;
  key_set set;
  for (uint32_t count = 1; count <= KG_DICT_BLOCK_TERMS; count++) {
    for (int round = 0; round < 5; round++) {
      random_keys(&set, count);
      expect_block(&set);
    }
  }
}

/* Whatever the bytes are: an answer or KGQ_CORRUPT, and no step outside them (the sanitiser watches). */
static void use_hostile(kgq_str bytes, bool checksum_right) {
  char *copy = malloc(bytes.len + 1);
  assert_non_null(copy);
  memcpy(copy, bytes.ptr, bytes.len);
  if (checksum_right && bytes.len > 8) {
    kg_put_le64(copy, XXH3_64bits(copy + 8, bytes.len - 8));
  }
  char *exact = realloc(copy, bytes.len > 0 ? bytes.len : 1);
  assert_non_null(exact);
  kg_dict_block b;
  if (kg_dict_block_open(kg_str_n(exact, bytes.len), &b, NULL) == KGQ_OK) {
    assert_true(checksum_right);
    kg_arena arena;
    kg_arena_init(&arena, &kg_libc_allocator);
    kg_dict_walk walk = { .block = &b };
    kg_buf_init(&walk.key, &kg_libc_allocator);
    bool more = true;
    while (more && kg_dict_block_next(&walk, &more, NULL) == KGQ_OK) {
    }
    for (uint32_t i = 0; i < b.count; i++) {
      kgq_str key;
      (void)kg_dict_block_key(&b, i, &arena, &key, NULL);
    }
    uint32_t index = 0;
    bool found;
    if (kg_dict_block_find(&b, KG_STR("aa\xFF"), &index, &found, NULL) == KGQ_OK) {
      assert_true(index <= b.count);
    }
    kg_buf_free(&walk.key);
    kg_arena_free(&arena);
  }
  free(exact);
}

static void damaged_blocks(void **state) {
  (void)state;
  key_set set;
  random_keys(&set, 40);
  kg_buf bytes = encode(&set, 0);
  for (size_t i = 0; i < bytes.len; i++) {
    use_hostile(kg_str_n(bytes.bytes, i), false);
    use_hostile(kg_str_n(bytes.bytes, i), true);
    const char kept = bytes.bytes[i];
    static const int values[] = { 0, 1, 16, 0x7F, 0x80, 0xFF };
    for (size_t v = 0; v < COUNT(values); v++) {
      bytes.bytes[i] = (char)values[v];
      if (bytes.bytes[i] != kept) {
        use_hostile(kg_buf_str(&bytes), false);
        use_hostile(kg_buf_str(&bytes), true);
      }
    }
    bytes.bytes[i] = kept;
  }
  kg_buf_free(&bytes);
}

/* ---- a dictionary in a store ------------------------------------------------------------------------- */

enum { BASE_TERMS = 3000, LONG_BYTES = 700 };

typedef struct fixture {
  kgq_db db;
  kg_store *store;
  kg_snap snap;
  kg_arena arena;
  kg_term terms[BASE_TERMS]; /* in the order of their keys */
  kgq_str keys[BASE_TERMS];
} fixture;

static kgq_str numbered(kg_arena *arena, const char *start, int number) {
  kgq_str out;
  assert_int_equal(kg_arena_print(arena, &out, NULL, "%s%d", start, number), KGQ_OK);
  return out;
}

static void make_term(fixture *f, int i) {
  char fill[LONG_BYTES];
  memset(fill, 'l', sizeof fill);
  fill[LONG_BYTES - 1] = 0;
  kg_arena *a = &f->arena;
  switch (i % 6) {
  case 0: f->terms[i] = kg_term_iri(numbered(a, "http://example.org/item/", i)); break;
  case 1: f->terms[i] = kg_term_iri(numbered(a, fill, i)); break; /* beyond separators */
  case 2: f->terms[i] = kg_term_bnode(numbered(a, "b", i)); break;
  case 3: f->terms[i] = kg_term_string(numbered(a, "text ", i)); break;
  case 4:
    f->terms[i] = kg_term_lang(numbered(a, "삼성", i), i % 4 == 0 ? KG_STR("ko") : KG_STR("ar"));
    f->terms[i].direction = i % 4 == 0 ? KG_DIR_NONE : KG_DIR_RTL;
    break;
  default: f->terms[i] = kg_term_typed(numbered(a, "+", i), KG_STR(KG_XSD_INTEGER)); break;
  }
}

static int compare_terms(const void *a, const void *b) {
  kg_buf keys[2];
  const kg_term *terms[2] = { a, b };
  for (int i = 0; i < 2; i++) {
    kg_buf_init(&keys[i], &kg_libc_allocator);
    assert_int_equal(kg_term_key(terms[i], &keys[i], NULL), KGQ_OK);
  }
  const int order = kg_str_compare(kg_buf_str(&keys[0]), kg_buf_str(&keys[1]));
  kg_buf_free(&keys[0]);
  kg_buf_free(&keys[1]);
  return order;
}

static void put_commit(kg_store_batch *batch, uint64_t number) {
  char value[8];
  kg_put_be64(value, number);
  kg_store_batch_put(batch, kg_str(KG_STORE_COMMIT_KEY), kg_str_n(value, 8));
}

static void retake(fixture *f) {
  kg_store_snapshot_drop(f->snap.store);
  assert_int_equal(kg_store_snapshot_take(f->store, &f->snap.store, NULL), KGQ_OK);
}

static void commit(fixture *f, kg_store_batch *batch) {
  const uint64_t number = kg_store_snapshot_commit(f->snap.store) + 1;
  put_commit(batch, number);
  assert_int_equal(kg_store_commit(f->store, batch, number, NULL), KGQ_OK);
  kg_store_batch_free(batch);
  retake(f);
}

static void ingest_base(fixture *f) {
  kg_dict_writer *writer;
  assert_int_equal(kg_dict_writer_new(f->store, &kg_libc_allocator, &writer, NULL), KGQ_OK);
  for (uint64_t i = 0; i < BASE_TERMS; i++) {
    uint64_t rank;
    assert_int_equal(kg_dict_writer_add(writer, f->keys[i], &rank, NULL), KGQ_OK);
    assert_int_equal(rank, i);
    assert_int_equal(kg_dict_writer_add(writer, f->keys[i], &rank, NULL), KGQ_MISUSE);
  }
  kg_store_file *files[3];
  size_t count;
  assert_int_equal(kg_dict_writer_finish(writer, files, &count, NULL), KGQ_OK);
  kg_dict_writer_free(writer);
  char value[8];
  const uint64_t number = kg_store_snapshot_commit(f->snap.store) + 1;
  kg_put_be64(value, number);
  assert_int_equal(kg_store_file_new(f->store, false, &files[count], NULL), KGQ_OK);
  assert_int_equal(kg_store_file_put(files[count], kg_str(KG_STORE_COMMIT_KEY), kg_str_n(value, 8), NULL),
                   KGQ_OK);
  assert_int_equal(kg_store_file_finish(files[count], NULL), KGQ_OK);
  count++;
  assert_int_equal(kg_store_ingest(f->store, files, count, number, NULL), KGQ_OK);
  while (count > 0) {
    kg_store_file_free(files[--count]);
  }
  f->snap.counts.base_terms = BASE_TERMS;
  f->snap.counts.base_loaded = 1;
  retake(f);
}

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
  assert_int_equal(kg_store_snapshot_take(f->store, &f->snap.store, NULL), KGQ_OK);
  f->snap.stored_only = true; /* commits pass the database by */
  kg_arena_init(&f->arena, &kg_libc_allocator);
  for (int i = 0; i < BASE_TERMS; i++) {
    make_term(f, i);
  }
  qsort(f->terms, BASE_TERMS, sizeof f->terms[0], compare_terms);
  for (int i = 0; i < BASE_TERMS; i++) {
    kg_buf key;
    kg_buf_init(&key, &kg_libc_allocator);
    assert_int_equal(kg_term_key(&f->terms[i], &key, NULL), KGQ_OK);
    assert_int_equal(kg_arena_copy(&f->arena, kg_buf_str(&key), &f->keys[i], NULL), KGQ_OK);
    kg_buf_free(&key);
  }
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *f = *state;
  kg_store_snapshot_drop(f->snap.store);
  kg_store_close(f->store);
  kg_arena_free(&f->arena);
  free(f);
  return 0;
}

static void append(fixture *f, const kg_term *terms, size_t count, kg_id *ids) {
  kg_store_batch *batch;
  assert_int_equal(kg_store_batch_new(f->store, &batch, NULL), KGQ_OK);
  for (size_t i = 0; i < count; i++) {
    kg_buf key;
    kg_buf_init(&key, &kg_libc_allocator);
    assert_int_equal(kg_term_key(&terms[i], &key, NULL), KGQ_OK);
    assert_int_equal(
        kg_dict_append(&f->snap, batch, kg_buf_str(&key), f->snap.counts.append_terms + i, &ids[i], NULL),
        KGQ_OK);
    kg_buf_free(&key);
  }
  f->snap.counts.append_terms += count;
  commit(f, batch);
}

static kg_id find(fixture *f, const kg_term *term) {
  kg_id id = 99;
  kgq_error *err = NULL;
  if (kg_dict_find(&f->snap, term, &id, &err) != KGQ_OK) {
    fail_msg("%s", kgq_error_message(err));
  }
  return id;
}

static void expect_get(fixture *f, kg_id id, const kg_term *want) {
  kg_term got;
  assert_int_equal(kg_dict_get(&f->snap, id, &f->arena, &got, NULL), KGQ_OK);
  assert_true(kg_term_equal(&got, want));
  if (want->kind != KG_TERM_TRIPLE) {
    assert_int_equal(got.text.ptr[got.text.len], 0);
    assert_true(got.lang.len == 0 || got.lang.ptr[got.lang.len] == 0);
  }
}

static void count_finding(void *arg, const char *finding) {
  print_message("finding: %s\n", finding);
  ++*(int *)arg;
}

static int findings(fixture *f) {
  int count = 0;
  assert_int_equal(kg_dict_check(&f->snap, count_finding, &count, NULL, NULL), KGQ_OK);
  return count;
}

static void an_empty_dictionary(void **state) {
  fixture *f = *state;
  assert_int_equal(find(f, &f->terms[0]), KG_ID_NONE);
  kg_id ids[2] = { 1, 1 };
  assert_int_equal(kg_dict_find_sorted(&f->snap, f->keys, 2, ids, NULL), KGQ_OK);
  assert_true(ids[0] == KG_ID_NONE && ids[1] == KG_ID_NONE);
  uint64_t low;
  uint64_t high;
  assert_int_equal(kg_dict_range(&f->snap, KG_STR("\x01"), KG_STR("\x02"), &low, &high, NULL), KGQ_OK);
  assert_true(low == 0 && high == 0);
  kg_term term;
  assert_int_equal(kg_dict_get(&f->snap, kg_id_make(KG_TAG_IRI, 0), &f->arena, &term, NULL), KGQ_CORRUPT);
  assert_int_equal(kg_dict_get(&f->snap, kg_id_make(KG_TAG_IRI, KG_ID_APPEND), &f->arena, &term, NULL),
                   KGQ_CORRUPT);
  assert_int_equal(findings(f), 0);
}

static void base_terms(void **state) {
  fixture *f = *state;
  ingest_base(f);
  for (uint64_t i = 0; i < BASE_TERMS; i++) {
    const kg_id id = kg_id_make((kg_tag)f->keys[i].ptr[0], i);
    assert_true(find(f, &f->terms[i]) == id);
    expect_get(f, id, &f->terms[i]);
  }
  static const char *const absent[] = { "", "http://example.org/item/", "http://example.org/llll", "zzz" };
  for (size_t i = 0; i < COUNT(absent); i++) {
    const kg_term iri = kg_term_iri(kg_str(absent[i]));
    const kg_term text = kg_term_string(kg_str(absent[i]));
    assert_int_equal(find(f, &iri), KG_ID_NONE);
    assert_int_equal(find(f, &text), KG_ID_NONE);
  }
  kg_term term;
  assert_int_equal(kg_dict_get(&f->snap, kg_id_make(KG_TAG_IRI, BASE_TERMS), &f->arena, &term, NULL),
                   KGQ_CORRUPT);
  assert_int_equal(kg_dict_get(&f->snap, kg_id_make(KG_TAG_TYPED, 0), &f->arena, &term, NULL), KGQ_CORRUPT);
  assert_int_equal(kg_dict_base_count(&f->snap), BASE_TERMS);
  assert_int_equal(findings(f), 0);
}

/* Keys between, before and behind stored ones, against a search in the array. */
static void ranges(void **state) {
  fixture *f = *state;
  ingest_base(f);
  for (int round = 0; round < 2000; round++) {
    kgq_str ends[2];
    uint64_t want[2] = { 0, 0 };
    for (int k = 0; k < 2; k++) {
      ends[k] = f->keys[random_below(BASE_TERMS)];
      ends[k].len = random_below(2) ? ends[k].len : 1 + random_below((uint32_t)ends[k].len);
      while (want[k] < BASE_TERMS && kg_str_compare(f->keys[want[k]], ends[k]) < 0) {
        want[k]++;
      }
    }
    uint64_t low;
    uint64_t high;
    assert_int_equal(kg_dict_range(&f->snap, ends[0], ends[1], &low, &high, NULL), KGQ_OK);
    if (kg_str_compare(ends[0], ends[1]) < 0) {
      assert_int_equal(low, want[0]);
      assert_int_equal(high, want[1]);
    } else {
      assert_int_equal(low, high);
    }
  }
}

static void appended_terms(void **state) {
  fixture *f = *state;
  kg_id ids[BASE_TERMS];
  append(f, f->terms, 1000, ids);
  append(f, f->terms + 1000, 500, ids + 1000);
  for (size_t i = 0; i < 1500; i++) {
    assert_true(kg_id_is_append(ids[i]));
    assert_int_equal(kg_id_tag(ids[i]), f->keys[i].ptr[0]);
    assert_true(find(f, &f->terms[i]) == ids[i]);
    expect_get(f, ids[i], &f->terms[i]);
  }
  assert_int_equal(find(f, &f->terms[1500]), KG_ID_NONE);
  assert_int_equal(kg_dict_append_count(&f->snap), 1500);
  assert_int_equal(findings(f), 0);
}

/* Another term's number in the hash record: as if both had the same hash. */
static void equal_hashes_are_told_apart(void **state) {
  fixture *f = *state;
  kg_id ids[2];
  append(f, f->terms, 2, ids);
  char key[KG_APPEND_INDEX_KEY_BYTES];
  char numbers[16];
  kg_put_be64(numbers, 0);
  kg_put_be64(numbers + 8, 1);
  kg_store_batch *batch;
  assert_int_equal(kg_store_batch_new(f->store, &batch, NULL), KGQ_OK);
  kg_store_batch_put(batch, kg_append_index_key(f->keys[1], key), kg_str_n(numbers, 16));
  kg_store_batch_put(batch, kg_append_index_key(f->keys[2], key), kg_str_n(numbers, 8));
  commit(f, batch);
  assert_true(find(f, &f->terms[1]) == ids[1]);
  assert_int_equal(find(f, &f->terms[2]), KG_ID_NONE);
  kg_id third;
  append(f, &f->terms[2], 1, &third);
  assert_true(find(f, &f->terms[2]) == third);
}

/* Both ranges, inline values and repetitions, in a shuffled order. */
static void many_at_once(void **state) {
  fixture *f = *state;
  ingest_base(f);
  enum { EXTRA = 100, ASKED = 5000 };
  static kg_term extra[EXTRA];
  static kg_id extra_ids[EXTRA];
  static kg_id ids[ASKED];
  static const kg_term *want[ASKED];
  static kg_term got[ASKED];
  static char texts[EXTRA][24];
  for (int i = 0; i < EXTRA; i++) {
    snprintf(texts[i], sizeof texts[i], "extra %d", i);
    extra[i] = kg_term_string(kg_str(texts[i]));
  }
  append(f, extra, EXTRA, extra_ids);
  const kg_term seven = kg_term_typed(KG_STR("7"), KG_STR(KG_XSD_INTEGER));
  const kg_term none = { .kind = KG_TERM_NONE };
  for (int i = 0; i < ASKED; i++) {
    const uint32_t pick = random_below(BASE_TERMS);
    const uint32_t pick_extra = random_below(EXTRA);
    switch (i % 4) {
    case 0: ids[i] = extra_ids[pick_extra], want[i] = &extra[pick_extra]; break;
    case 1: ids[i] = find(f, &seven), want[i] = &seven; break;
    case 2: ids[i] = KG_ID_NONE, want[i] = &none; break;
    default: ids[i] = kg_id_make((kg_tag)f->keys[pick].ptr[0], pick), want[i] = &f->terms[pick]; break;
    }
  }
  assert_int_equal(kg_dict_get_many(&f->snap, ids, ASKED, &f->arena, got, NULL), KGQ_OK);
  for (int i = 0; i < ASKED; i++) {
    if (!kg_term_equal(&got[i], want[i])) {
      fail_msg("term %d of the batch is another", i);
    }
  }
  assert_int_equal(kg_dict_get_many(&f->snap, ids, 0, &f->arena, got, NULL), KGQ_OK);
  ids[3] = kg_id_make(KG_TAG_LOCAL, 1);
  assert_int_equal(kg_dict_get_many(&f->snap, ids, 10, &f->arena, got, NULL), KGQ_MISUSE);
  ids[3] = kg_id_make((kg_tag)15, 1);
  assert_int_equal(kg_dict_get_many(&f->snap, ids, 10, &f->arena, got, NULL), KGQ_CORRUPT);
}

static void expect_sorted(fixture *f, size_t step) {
  static kgq_str asked[2 * BASE_TERMS];
  static kg_id ids[2 * BASE_TERMS];
  size_t count = 0;
  for (size_t i = 0; i < BASE_TERMS; i += step) {
    asked[count++] = f->keys[i];
    kg_buf longer;
    kg_buf_init(&longer, &kg_libc_allocator);
    assert_int_equal(kg_buf_add_str(&longer, f->keys[i], NULL), KGQ_OK);
    assert_int_equal(kg_buf_add_byte(&longer, '\x01', NULL), KGQ_OK); /* absent, right behind */
    assert_int_equal(kg_arena_copy(&f->arena, kg_buf_str(&longer), &asked[count++], NULL), KGQ_OK);
    kg_buf_free(&longer);
  }
  assert_int_equal(kg_dict_find_sorted(&f->snap, asked, count, ids, NULL), KGQ_OK);
  for (size_t i = 0; i < count; i += 2) {
    assert_true(ids[i] == find(f, &f->terms[i / 2 * step]));
    assert_true(ids[i] != KG_ID_NONE);
    assert_true(ids[i + 1] == KG_ID_NONE);
  }
}

static void sorted_keys(void **state) {
  fixture *f = *state;
  ingest_base(f);
  expect_sorted(f, 1);
  expect_sorted(f, 7);
  expect_sorted(f, 900);
  kg_id extra_id;
  const kg_term extra = kg_term_iri(KG_STR("http://example.org/ite"));
  append(f, &extra, 1, &extra_id);
  const kgq_str keys[3] = { KG_STR("\x01"
                                   "a"),
                            KG_STR("\x01http://example.org/ite"), f->keys[BASE_TERMS - 1] };
  kg_id ids[3];
  assert_int_equal(kg_dict_find_sorted(&f->snap, keys, 3, ids, NULL), KGQ_OK);
  assert_true(ids[0] == KG_ID_NONE && ids[1] == extra_id && ids[2] == find(f, &f->terms[BASE_TERMS - 1]));
}

/* ---- triple terms ------------------------------------------------------------------------------------ */

static void put_triple(kg_store_batch *batch, kg_id s, kg_id p, kg_id o, kg_id t) {
  static const kg_perm perms[] = { KG_SPOT, KG_POST, KG_OSPT, KG_TSPO };
  const kg_id quad[4] = { s, p, o, t };
  for (size_t i = 0; i < COUNT(perms); i++) {
    const kg_row row = kg_perm_row(perms[i], quad);
    char key[34];
    key[0] = KG_KEY_DELTA;
    key[1] = (char)perms[i];
    for (int c = 0; c < 4; c++) {
      kg_put_be64(key + 2 + 8 * c, row.c[c]);
    }
    kg_store_batch_put(batch, kg_str_n(key, sizeof key), KG_STR("\x01"));
  }
}

static void triple_terms(void **state) {
  fixture *f = *state;
  const kg_term names[3] = { kg_term_iri(KG_STR("s")), kg_term_iri(KG_STR("p")),
                             kg_term_string(KG_STR("o")) };
  kg_id ids[3];
  append(f, names, 3, ids);
  kg_store_batch *batch;
  assert_int_equal(kg_store_batch_new(f->store, &batch, NULL), KGQ_OK);
  const kg_id inner = kg_id_make(KG_TAG_TRIPLE, 0);
  const kg_id outer = kg_id_make(KG_TAG_TRIPLE, 1);
  const kg_id circle = kg_id_make(KG_TAG_TRIPLE, 2); /* damage: a term within itself */
  put_triple(batch, ids[0], ids[1], ids[2], inner);
  put_triple(batch, ids[0], ids[1], inner, outer);
  put_triple(batch, ids[0], ids[1], circle, circle);
  commit(f, batch);
  f->snap.counts.triple_terms = f->snap.counts.delta_term_rows = 3;
  const kg_term inner_term = { .kind = KG_TERM_TRIPLE, .triple = names };
  const kg_term outer_parts[3] = { names[0], names[1], inner_term };
  const kg_term outer_term = { .kind = KG_TERM_TRIPLE, .triple = outer_parts };
  const kg_term absent_parts[3] = { names[0], names[0], names[2] };
  const kg_term absent = { .kind = KG_TERM_TRIPLE, .triple = absent_parts };
  assert_true(find(f, &inner_term) == inner);
  assert_true(find(f, &outer_term) == outer);
  assert_int_equal(find(f, &absent), KG_ID_NONE);
  expect_get(f, inner, &inner_term);
  expect_get(f, outer, &outer_term);
  const kg_id asked[5] = { outer, ids[1], inner, outer, inner };
  kg_term got[5];
  assert_int_equal(kg_dict_get_many(&f->snap, asked, 5, &f->arena, got, NULL), KGQ_OK);
  assert_true(kg_term_equal(&got[0], &outer_term) && kg_term_equal(&got[3], &outer_term));
  assert_true(kg_term_equal(&got[2], &inner_term) && kg_term_equal(&got[4], &inner_term));
  assert_true(kg_term_equal(&got[1], &names[1]));
  assert_int_equal(kg_dict_get(&f->snap, circle, &f->arena, got, NULL), KGQ_CORRUPT);
  assert_int_equal(kg_dict_get(&f->snap, kg_id_make(KG_TAG_TRIPLE, 9), &f->arena, got, NULL), KGQ_CORRUPT);
}

/* ---- damage in the store ----------------------------------------------------------------------------- */

static void a_missing_block(void **state) {
  fixture *f = *state;
  ingest_base(f);
  char key[9] = { KG_KEY_DICT_BLOCK };
  kg_put_be64(key + 1, 3);
  kg_store_batch *batch;
  assert_int_equal(kg_store_batch_new(f->store, &batch, NULL), KGQ_OK);
  kg_store_batch_delete(batch, kg_str_n(key, sizeof key));
  commit(f, batch);
  kg_id id;
  kg_term term;
  assert_int_equal(kg_dict_find(&f->snap, &f->terms[3 * KG_DICT_BLOCK_TERMS + 5], &id, NULL), KGQ_CORRUPT);
  assert_int_equal(
      kg_dict_get(&f->snap, kg_id_make(KG_TAG_IRI, 3 * KG_DICT_BLOCK_TERMS), &f->arena, &term, NULL),
      KGQ_CORRUPT);
  static kg_id ids[BASE_TERMS];
  assert_int_equal(kg_dict_find_sorted(&f->snap, f->keys, BASE_TERMS, ids, NULL), KGQ_CORRUPT);
  assert_true(findings(f) > 0);
}

/* Block 2 in the place of block 3, and index records that lead astray. */
static void records_in_the_wrong_place(void **state) {
  fixture *f = *state;
  ingest_base(f);
  char key[9] = { KG_KEY_DICT_BLOCK };
  kg_put_be64(key + 1, 2);
  kg_pin pin;
  assert_int_equal(kg_store_get(f->snap.store, kg_str_n(key, 9), &pin, NULL), KGQ_OK);
  kg_store_batch *batch;
  assert_int_equal(kg_store_batch_new(f->store, &batch, NULL), KGQ_OK);
  kg_put_be64(key + 1, 3);
  kg_store_batch_put(batch, kg_str_n(key, 9), pin.value);
  kg_pin_free(&pin);
  commit(f, batch);
  kg_term term;
  assert_int_equal(
      kg_dict_get(&f->snap, kg_id_make(KG_TAG_IRI, 3 * KG_DICT_BLOCK_TERMS), &f->arena, &term, NULL),
      KGQ_CORRUPT);
  assert_true(findings(f) > 0);
  static const kgq_str wrong[] = { { "\0\0\0\0\0\0\xFF\xFF", 8 }, { "\0", 1 }, { "", 0 } };
  for (size_t i = 0; i < COUNT(wrong); i++) {
    assert_int_equal(kg_store_batch_new(f->store, &batch, NULL), KGQ_OK);
    kg_store_batch_put(batch, KG_STR("\x21"), wrong[i]);
    commit(f, batch);
    kg_id id;
    assert_int_equal(kg_dict_find(&f->snap, &f->terms[0], &id, NULL), KGQ_CORRUPT);
    assert_int_equal(kg_dict_find_sorted(&f->snap, f->keys, 1, &id, NULL), KGQ_CORRUPT);
  }
}

static void damaged_append_records(void **state) {
  fixture *f = *state;
  kg_id ids[3];
  append(f, f->terms, 3, ids);
  char index_key[KG_APPEND_INDEX_KEY_BYTES];
  char term_key[KG_APPEND_TERM_KEY_BYTES];
  kg_store_batch *batch;
  assert_int_equal(kg_store_batch_new(f->store, &batch, NULL), KGQ_OK);
  kg_store_batch_put(batch, kg_append_index_key(f->keys[0], index_key), KG_STR("\0\0\0"));
  kg_store_batch_put(batch, kg_append_index_key(f->keys[1], index_key), KG_STR("\0\0\0\0\0\0\0\x77"));
  kg_store_batch_put(batch, kg_append_term_key(2, term_key), KG_STR("\x09junk"));
  commit(f, batch);
  kg_id id;
  kg_term term;
  assert_int_equal(kg_dict_find(&f->snap, &f->terms[0], &id, NULL), KGQ_CORRUPT);
  assert_int_equal(kg_dict_find(&f->snap, &f->terms[1], &id, NULL), KGQ_CORRUPT);
  assert_int_equal(kg_dict_get(&f->snap, ids[2], &f->arena, &term, NULL), KGQ_CORRUPT);
  assert_true(findings(f) >= 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(blocks_of_every_size),
    cmocka_unit_test(damaged_blocks),
    cmocka_unit_test_setup_teardown(an_empty_dictionary, set_up, tear_down),
    cmocka_unit_test_setup_teardown(base_terms, set_up, tear_down),
    cmocka_unit_test_setup_teardown(ranges, set_up, tear_down),
    cmocka_unit_test_setup_teardown(appended_terms, set_up, tear_down),
    cmocka_unit_test_setup_teardown(equal_hashes_are_told_apart, set_up, tear_down),
    cmocka_unit_test_setup_teardown(many_at_once, set_up, tear_down),
    cmocka_unit_test_setup_teardown(sorted_keys, set_up, tear_down),
    cmocka_unit_test_setup_teardown(triple_terms, set_up, tear_down),
    cmocka_unit_test_setup_teardown(a_missing_block, set_up, tear_down),
    cmocka_unit_test_setup_teardown(records_in_the_wrong_place, set_up, tear_down),
    cmocka_unit_test_setup_teardown(damaged_append_records, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
