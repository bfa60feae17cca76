/* graph/dict_check.c: walks the whole dictionary and reports what does not hold.
 *
 * Part of kgq_check (check.h). Base range: blocks numbered without a gap, keys strictly rising over block
 * borders, every key a term that has no inline id, the index leading to each block. Append range: numbers
 * without a gap, each term found under its hash and not in the base range too. Triple terms are rows and are
 * checked with the permutations.
 */
#include "graph/dict.h"
#include "graph/dict_append.h"
#include "graph/dict_base.h"
#include "graph/keys.h"

typedef struct check {
  kg_snap *snap;
  kg_report_fn report;
  void *arg;
  kg_cancel *cancel;
  kg_buf last;    /* the last key of the block before */
  uint64_t ranks; /* keys seen */
  kg_dict_finder finder;
} check;

static void report(const check *c, const char *finding) {
  c->report(c->arg, finding);
}

/* A damaged part is a finding and the walk goes on; any other failure ends it. */
static kgq_status finding_of(const check *c, kgq_status st, kgq_error *found, kgq_error **err) {
  if (st == KGQ_CORRUPT) {
    report(c, kgq_error_message(found));
    kgq_error_free(found);
    return KGQ_OK;
  }
  if (found != NULL) {
    kg_error_append(err, found);
  }
  return st;
}

static kgq_str one_byte(const char *byte) {
  return kg_str_n(byte, 1);
}

static void check_term(const check *c, kgq_str key) {
  kg_term term;
  kg_id id;
  if (!kg_term_from_key(key, &term)) {
    report(c, "the dictionary holds a key that is no term");
  } else if (kg_id_inline(&term, &id)) {
    report(c, "the dictionary holds a term whose value fits its id");
  }
}

/* ---- base range -------------------------------------------------------------------------------------- */

static kgq_status check_keys(check *c, const kg_dict_block *block, kgq_error **err) {
  kg_dict_walk walk = { .block = block };
  kg_buf_init(&walk.key, c->last.allocator);
  kgq_status st;
  bool more;
  for (;;) {
    KGQ_TRY_DONE(kg_dict_block_next(&walk, &more, err));
    if (!more) {
      break;
    }
    const kgq_str key = kg_buf_str(&walk.key);
    if (c->ranks > 0 && kg_str_compare(kg_buf_str(&c->last), key) >= 0) {
      report(c, "terms of the dictionary are out of order");
    }
    check_term(c, key);
    c->last.len = 0;
    KGQ_TRY_DONE(kg_buf_add_str(&c->last, key, err));
    c->ranks++;
  }
done:
  kg_buf_free(&walk.key);
  return st;
}

/* The index must lead from the first key of a block to that block. */
static kgq_status check_index(check *c, const kg_dict_block *block, kgq_error **err) {
  kg_arena arena;
  kg_arena_init(&arena, c->last.allocator);
  kgq_str key;
  uint64_t rank = 0;
  bool found = false;
  kgq_status st;
  KGQ_TRY_DONE(kg_dict_block_key(block, 0, &arena, &key, err));
  KGQ_TRY_DONE(kg_dict_finder_rank(&c->finder, key, &rank, &found, err));
  if (!found || rank != block->first_rank) {
    report(c, "the index of the dictionary leads to the wrong block");
  }
done:
  kg_arena_free(&arena);
  return st;
}

static kgq_status check_block(check *c, uint64_t number, kgq_str bytes, kgq_error **err) {
  kg_dict_block block;
  KGQ_TRY(kg_dict_open_numbered(c->snap, number, bytes, &block, err));
  KGQ_TRY(check_keys(c, &block, err));
  return check_index(c, &block, err);
}

/* A gap in the numbers is one finding; the walk goes on behind it. */
static kgq_status check_block_record(check *c, kgq_str key, kgq_str value, uint64_t *number,
                                     kgq_error **err) {
  const uint64_t got = key.len == 9 ? kg_get_be64(key.ptr + 1) : UINT64_MAX;
  if (got >= kg_dict_block_count(c->snap)) {
    return kg_fail(err, KGQ_CORRUPT, "the dictionary holds a block beyond its last one");
  }
  if (got != *number) {
    report(c, "the numbers of the dictionary's blocks have a gap");
  }
  *number = got + 1;
  return check_block(c, got, value, err);
}

static kgq_status check_blocks(check *c, kg_store_iter *it, kgq_error **err) {
  uint64_t number = 0;
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it)) {
    kgq_error *found = NULL;
    const kgq_status st =
        check_block_record(c, kg_store_iter_key(it), kg_store_iter_value(it), &number, &found);
    KGQ_TRY(finding_of(c, st, found, err));
    KGQ_TRY(kg_cancel_check(c->cancel, err));
  }
  if (number != kg_dict_block_count(c->snap)) {
    report(c, "the dictionary has another number of blocks than its counts say");
  }
  return kg_store_iter_status(it, err);
}

static kgq_status check_base(check *c, kgq_error **err) {
  static const char prefix[1] = { KG_KEY_DICT_BLOCK };
  kg_store_iter *it = NULL;
  kgq_status st;
  KGQ_TRY(kg_dict_finder_open(c->snap, false, &c->finder, err));
  KGQ_TRY_DONE(kg_store_iter_open(c->snap->store, one_byte(prefix), &it, err));
  KGQ_TRY_DONE(check_blocks(c, it, err));
done:
  kg_store_iter_close(it);
  kg_dict_finder_close(&c->finder);
  return st;
}

/* ---- append range ------------------------------------------------------------------------------------ */

static kgq_status check_appended(check *c, kgq_str term_key, uint64_t number, kgq_error **err) {
  char bytes[KG_APPEND_INDEX_KEY_BYTES];
  kg_id id = KG_ID_NONE;
  if (term_key.len == 0) {
    report(c, "the dictionary holds a key that is no term");
    return KGQ_OK;
  }
  check_term(c, term_key);
  KGQ_TRY(kg_append_find(c->snap, term_key, kg_append_index_key(term_key, bytes), &id, err));
  if (id != kg_append_id(term_key, number)) {
    report(c, "an appended term is not found under its own hash");
  }
  if (c->snap->counts.base_terms > 0) {
    uint64_t rank;
    bool found = false;
    KGQ_TRY(kg_dict_finder_rank(&c->finder, term_key, &rank, &found, err));
    if (found) {
      report(c, "a term has two ids: one of the base range and an appended one");
    }
  }
  return KGQ_OK;
}

static kgq_status check_append_terms(check *c, kg_store_iter *it, kgq_error **err) {
  uint64_t number = 0;
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it), number++) {
    char bytes[KG_APPEND_TERM_KEY_BYTES];
    if (!kg_str_equal(kg_store_iter_key(it), kg_append_term_key(number, bytes))) {
      report(c, "the numbers of appended terms have a gap");
      break;
    }
    kgq_error *found = NULL;
    const kgq_status st = check_appended(c, kg_store_iter_value(it), number, &found);
    KGQ_TRY(finding_of(c, st, found, err));
    KGQ_TRY(kg_cancel_check(c->cancel, err));
  }
  if (number != c->snap->counts.append_terms) {
    report(c, "the dictionary has another number of appended terms than its counts say");
  }
  return kg_store_iter_status(it, err);
}

/* Every number of the hash index is one of a term, so as many as there are terms. */
static kgq_status count_index(check *c, kgq_error **err) {
  static const char prefix[1] = { KG_KEY_APPEND_INDEX };
  kg_store_iter *it = NULL;
  uint64_t numbers = 0;
  KGQ_TRY(kg_store_iter_open(c->snap->store, one_byte(prefix), &it, err));
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it)) {
    numbers += kg_store_iter_value(it).len / 8;
  }
  const kgq_status st = kg_store_iter_status(it, err);
  kg_store_iter_close(it);
  if (st == KGQ_OK && numbers != c->snap->counts.append_terms) {
    report(c, "the hash index of appended terms has another number of entries than there are terms");
  }
  return st;
}

static kgq_status check_append(check *c, kgq_error **err) {
  static const char prefix[1] = { KG_KEY_APPEND_TERM };
  kg_store_iter *it = NULL;
  kgq_status st;
  KGQ_TRY(kg_dict_finder_open(c->snap, false, &c->finder, err));
  KGQ_TRY_DONE(kg_store_iter_open(c->snap->store, one_byte(prefix), &it, err));
  KGQ_TRY_DONE(check_append_terms(c, it, err));
  KGQ_TRY_DONE(count_index(c, err));
done:
  kg_store_iter_close(it);
  kg_dict_finder_close(&c->finder);
  return st;
}

kgq_status kg_dict_check(kg_snap *snap, kg_report_fn report_to, void *arg, kg_cancel *cancel,
                         kgq_error **err) {
  check c = { .snap = snap, .report = report_to, .arg = arg, .cancel = cancel };
  kg_buf_init(&c.last, &snap->db->allocator);
  kgq_status st;
  KGQ_TRY_DONE(check_base(&c, err));
  KGQ_TRY_DONE(check_append(&c, err));
done:
  kg_buf_free(&c.last);
  return st;
}
