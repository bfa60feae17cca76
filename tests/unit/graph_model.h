/* tests/unit/graph_model.h: a plain model of a dataset, and comparing a database with it. For test_txn,
 * test_bulk, test_scan.
 *
 * Terms come from small numbered sets of subjects, predicates, objects (IRIs, strings, numbers, triple terms)
 * and graphs; the model is one flag a quad. Everything that a snapshot says is compared with it: rows of all
 * permutations, counts, graph counts, ranges, distinct triples, seeks.
 */
#ifndef KG_TESTS_GRAPH_MODEL_H
#define KG_TESTS_GRAPH_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "graph/check.h"
#include "graph/log.h"
#include "graph/overlay.h"
#include "graph/txn.h"

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static inline uint64_t random_bits(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static inline uint32_t below(uint32_t n) {
  return (uint32_t)(random_bits() % n);
}

typedef struct model {
  uint32_t sizes[4]; /* subjects, predicates, objects, graphs (graph 0: the default graph) */
  unsigned char *flags;
  kg_id *ids[4]; /* of the snapshot compared last */
  kg_arena arena;
} model;

static inline size_t model_size(const model *m) {
  return (size_t)m->sizes[0] * m->sizes[1] * m->sizes[2] * m->sizes[3];
}

static inline void model_init(model *m, uint32_t s, uint32_t p, uint32_t o, uint32_t g) {
  *m = (model){ .sizes = { s, p, o, g } };
  m->flags = calloc(model_size(m), 1);
  for (int c = 0; c < 4; c++) {
    m->ids[c] = calloc(m->sizes[c], sizeof(kg_id));
  }
  kg_arena_init(&m->arena, &kg_libc_allocator);
}

static inline void model_free(model *m) {
  free(m->flags);
  for (int c = 0; c < 4; c++) {
    free(m->ids[c]);
  }
  kg_arena_free(&m->arena);
}

static inline unsigned char *model_flag(const model *m, const uint32_t quad[4]) {
  return &m->flags[(((size_t)quad[0] * m->sizes[1] + quad[1]) * m->sizes[2] + quad[2]) * m->sizes[3] +
                   quad[3]];
}

static inline void model_quad(const model *m, size_t i, uint32_t quad[4]) {
  for (int c = 3; c >= 0; c--) {
    quad[c] = (uint32_t)(i % m->sizes[c]);
    i /= m->sizes[c];
  }
}

/* Term `i` of a column. Objects: every eighth is a triple term, one in 64 a nested one. */
static inline kg_term model_term(model *m, int column, uint32_t i) {
  kgq_str text;
  kg_term out;
  if (column == KG_O && i % 8 == 7) {
    kg_term *parts = kg_arena_alloc(&m->arena, 3 * sizeof *parts);
    parts[0] = model_term(m, KG_S, i % m->sizes[KG_S]);
    parts[1] = model_term(m, KG_P, i % m->sizes[KG_P]);
    parts[2] = model_term(m, KG_O, i % 64 == 63 ? i - 8 : i - 1);
    return (kg_term){ .kind = KG_TERM_TRIPLE, .triple = parts };
  }
  static const char *const forms[4] = { "http://example.org/subject/", "http://example.org/p",
                                        "http://example.org/subject/", "http://example.org/graph/" };
  char buffer[100];
  const char *start = column == KG_O && i % 4 != 0 ? (i % 4 == 1 ? "text " : "") : forms[column];
  int n = snprintf(buffer, sizeof buffer, "%s%u", start, i);
  if (column == KG_P && i == 0) {
    n = snprintf(buffer, sizeof buffer, "http://www.w3.org/2004/02/skos/core#prefLabel");
  }
  assert_int_equal(kg_arena_copy(&m->arena, kg_str_n(buffer, (size_t)n), &text, NULL), KGQ_OK);
  if (column == KG_O && i % 4 == 1) {
    out = kg_term_lang(text, KG_STR("en"));
  } else if (column == KG_O && i % 4 == 2) {
    out = kg_term_typed(text, KG_STR("http://www.w3.org/2001/XMLSchema#integer"));
  } else if (column == KG_O && i % 4 == 3) {
    out = kg_term_string(text);
  } else {
    out = kg_term_iri(text);
  }
  return out;
}

static inline void must(kgq_status st, kgq_error *err) {
  if (st != KGQ_OK) {
    print_error("status %d: %s\n", st, kgq_error_message(err));
  }
  assert_int_equal(st, KGQ_OK);
}

static inline kg_id model_intern(model *m, kg_txn *txn, int column, uint32_t i) {
  if (column == KG_G && i == 0) {
    return KG_ID_DEFAULT_GRAPH;
  }
  kg_id id;
  const kg_term term = model_term(m, column, i);
  kgq_error *err = NULL;
  must(kg_txn_intern(txn, &term, &id, &err), err);
  return id;
}

static inline void model_change(model *m, kg_txn *txn, const uint32_t quad[4], bool insert) {
  kg_id ids[4];
  for (int c = 0; c < 4; c++) {
    ids[c] = model_intern(m, txn, c, quad[c]);
  }
  kgq_error *err = NULL;
  must(insert ? kg_txn_insert(txn, ids, &err) : kg_txn_delete(txn, ids, &err), err);
  *model_flag(m, quad) = insert;
}

/* A commit with one more record of the log, which is sound: what is beside it in the batch is not. */
static inline kgq_status commit_nothing(const kg_snap *snap, kg_store_batch *batch, kgq_error **err) {
  const kg_log_rows none = { 0 };
  kg_buf record;
  kg_buf_init(&record, &snap->db->allocator);
  must(kg_log_record(&record, snap->commit + 1, &snap->counts, &none, err), *err);
  const kgq_status st =
      kg_store_commit_logged(snap->db->store, batch, snap->commit + 1, kg_buf_str(&record), err);
  kg_buf_free(&record);
  return st;
}

/* ---- comparing ------------------------------------------------------------------------------------- */

static inline void model_find_ids(model *m, kg_snap *snap) {
  kgq_error *err = NULL;
  for (int c = 0; c < 4; c++) {
    for (uint32_t i = 0; i < m->sizes[c]; i++) {
      const kg_term term = model_term(m, c, i);
      kg_id *id = &m->ids[c][i];
      must(kg_dict_find(snap, &term, id, &err), err);
      if (*id == KG_ID_NONE && snap->overlay) {
        must(snap->overlay->find(snap->overlay->arg, &term, id, &err), err);
      }
    }
  }
  m->ids[KG_G][0] = KG_ID_DEFAULT_GRAPH;
}

static inline int compare_rows(const void *a, const void *b) {
  return kg_row_compare(a, b);
}

static inline kg_row *model_rows(const model *m, kg_perm perm, size_t *count) {
  kg_row *rows = malloc((model_size(m) + 1) * sizeof *rows);
  *count = 0;
  for (size_t i = 0; i < model_size(m); i++) {
    uint32_t quad[4];
    kg_id ids[4];
    model_quad(m, i, quad);
    if (!m->flags[i] || (perm == KG_GSPO && quad[3] == 0)) {
      continue;
    }
    for (int c = 0; c < 4; c++) {
      ids[c] = m->ids[c][quad[c]];
      assert_true(ids[c] != KG_ID_NONE);
    }
    rows[(*count)++] = kg_perm_row(perm, ids);
  }
  qsort(rows, *count, sizeof *rows, compare_rows);
  return rows;
}

static inline bool row_fits(const kg_row *row, const kg_scan_spec *spec) {
  for (unsigned c = 0; c < spec->prefix_length; c++) {
    if (row->c[c] != spec->prefix[c]) {
      return false;
    }
  }
  return spec->prefix_length == 4 || spec->high == 0 ||
         (row->c[spec->prefix_length] >= spec->low && row->c[spec->prefix_length] <= spec->high);
}

/* The rows that a scan should give, in place of `rows`. */
static inline size_t expected_rows(const kg_row *rows, size_t count, const kg_scan_spec *spec, kg_row *out) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    if (row_fits(&rows[i], spec) &&
        !(spec->distinct && n > 0 && memcmp(&out[n - 1], &rows[i], 3 * sizeof(kg_id)) == 0)) {
      out[n++] = rows[i];
    }
  }
  return n;
}

static inline void compare_scan(kg_snap *snap, kg_scan *scan, const kg_scan_spec *spec, const kg_row *rows,
                                size_t count) {
  kg_row *expected = malloc((count + 1) * sizeof *expected);
  const size_t n = expected_rows(rows, count, spec, expected);
  kgq_error *err = NULL;
  kg_id ids[4][600];
  size_t at = 0;
  for (uint32_t got = 1; got > 0;) {
    const uint32_t capacity = 1 + below(600);
    const unsigned wanted = below(16);
    kg_id *columns[4];
    for (unsigned c = 0; c < 4; c++) {
      columns[c] = wanted >> c & 1 ? ids[c] : NULL;
    }
    must(kg_scan_next(scan, columns, capacity, &got, &err), err);
    assert_true(got <= capacity && at + got <= n);
    for (uint32_t i = 0; i < got; i++, at++) {
      for (unsigned c = 0; c < 4; c++) {
        assert_true(!columns[c] || ids[c][i] == expected[at].c[c]);
      }
    }
    if (at > 0 && below(4) == 0) { /* a jump back does nothing */
      must(kg_scan_seek(scan, &expected[below((uint32_t)at)], &err), err);
    }
    if (got > 0 && n > at && !spec->distinct && below(3) == 0) { /* jump forward */
      const size_t to = at + below((uint32_t)(n - at));
      kg_row target = expected[to];
      target.c[3] -= target.c[3] > 0 && below(2);
      must(kg_scan_seek(scan, &target, &err), err);
      while (at < n && kg_row_compare(&expected[at], &target) < 0) {
        at++;
      }
    }
  }
  assert_int_equal(at, n);
  uint64_t counted, estimate;
  bool any;
  must(kg_scan_count(snap, spec, &counted, &err), err);
  assert_int_equal(counted, n);
  must(kg_scan_estimate(snap, spec, &estimate, &err), err);
  assert_true(n == 0 || estimate > 0);
  must(kg_scan_exists(snap, spec, &any, &err), err);
  assert_int_equal(any, n > 0);
  free(expected);
}

static inline void random_spec(const kg_row *rows, size_t count, kg_scan_spec *spec) {
  spec->prefix_length = below(5);
  spec->distinct = below(2) && spec->perm < KG_GSPO;
  spec->low = spec->high = 0;
  if (count == 0) {
    spec->prefix_length = 0;
    return;
  }
  const kg_row *row = &rows[below((uint32_t)count)];
  memcpy(spec->prefix, row->c, sizeof spec->prefix);
  if (below(8) == 0 && spec->prefix_length > 0) {
    spec->prefix[spec->prefix_length - 1] += 1; /* perhaps absent */
  }
  if (spec->prefix_length < 4 && below(2)) {
    const kg_row *other = &rows[below((uint32_t)count)];
    spec->low = row->c[spec->prefix_length] - below(2);
    spec->high = other->c[spec->prefix_length];
  }
}

static inline void compare_perm(const model *m, kg_snap *snap, kg_perm perm, unsigned rounds) {
  size_t count;
  kgq_error *err = NULL;
  kg_row *rows = model_rows(m, perm, &count);
  kg_scan_spec spec = { .perm = perm };
  kg_scan *scan;
  must(kg_scan_open(snap, &spec, NULL, &scan, &err), err);
  compare_scan(snap, scan, &spec, rows, count);
  for (unsigned i = 0; i < rounds; i++) {
    random_spec(rows, count, &spec);
    must(kg_scan_restart(scan, &spec, &err), err);
    compare_scan(snap, scan, &spec, rows, count);
  }
  kg_scan_close(scan);
  free(rows);
}

static inline void compare_counts(const model *m, kg_snap *snap) {
  uint64_t quads = 0, named = 0, triples = 0;
  uint64_t *graphs = calloc(m->sizes[3], sizeof *graphs);
  kgq_error *err = NULL;
  for (size_t i = 0; i < model_size(m); i += m->sizes[3]) {
    bool any = false;
    for (uint32_t g = 0; g < m->sizes[3]; g++) {
      const bool here = m->flags[i + g];
      any = any || here;
      quads += here;
      named += here && g > 0;
      graphs[g] += here;
    }
    triples += any;
  }
  assert_int_equal(snap->counts.quads, quads);
  assert_int_equal(snap->counts.triples, triples);
  assert_int_equal(snap->counts.named_quads, named);
  for (uint32_t g = 0; g < m->sizes[3]; g++) {
    uint64_t n = 0;
    if (m->ids[3][g] != KG_ID_NONE) {
      must(kg_graph_count(snap, m->ids[3][g], &n, &err), err);
    }
    assert_int_equal(n, graphs[g]);
  }
  free(graphs);
}

typedef struct graph_walk {
  const model *m;
  kg_id last;
  uint64_t quads;
} graph_walk;

static inline kgq_status see_graph(void *arg, kg_id graph, uint64_t quads, kgq_error **err) {
  (void)err;
  graph_walk *w = arg;
  assert_true(graph > w->last && quads > 0);
  w->last = graph;
  w->quads += quads;
  return KGQ_OK;
}

static inline uint64_t scan_sum(kg_snap *snap, kg_perm perm, uint64_t *rows) {
  const kg_scan_spec spec = { .perm = perm };
  kg_scan *scan;
  kgq_error *err = NULL;
  uint64_t sum = 0;
  *rows = 0;
  must(kg_scan_open(snap, &spec, NULL, &scan, &err), err);
  for (uint32_t n = 1; n > 0;) {
    kg_id ids[4][64];
    kg_id *const columns[4] = { ids[0], ids[1], ids[2], ids[3] };
    must(kg_scan_next(scan, columns, 64, &n, &err), err);
    for (uint32_t i = 0; i < n; i++) {
      const kg_row row = { { ids[0][i], ids[1][i], ids[2][i], ids[3][i] } };
      kg_id quad[4];
      kg_perm_quad(perm, &row, quad);
      sum += (quad[0] * 3 + quad[1] * 5 + quad[2] * 7 + quad[3] * 11) * 0x9e3779b97f4a7c15u;
    }
    *rows += n;
  }
  kg_scan_close(scan);
  return sum;
}

static inline void compare_triple_terms(kg_snap *snap) {
  uint64_t rows;
  const uint64_t sum = scan_sum(snap, KG_SPOT, &rows);
  assert_int_equal(rows, snap->counts.triple_terms);
  for (int p = KG_POST; p <= KG_TSPO; p++) {
    uint64_t other;
    assert_true(scan_sum(snap, (kg_perm)p, &other) == sum);
    assert_int_equal(other, rows);
  }
}

static inline void print_finding(void *arg, const char *finding) {
  (void)arg;
  print_error("check: %s\n", finding);
}

static inline void check_snapshot(kg_snap *snap) {
  uint64_t findings = 0;
  kgq_error *err = NULL;
  must(kg_check(snap, print_finding, NULL, NULL, &findings, &err), err);
  assert_int_equal(findings, 0);
}

static inline void compare_snapshot(model *m, kg_snap *snap, unsigned rounds) {
  kgq_error *err = NULL;
  model_find_ids(m, snap);
  for (int p = KG_SPOG; p <= KG_GSPO; p++) {
    compare_perm(m, snap, (kg_perm)p, rounds);
  }
  compare_counts(m, snap);
  compare_triple_terms(snap);
  graph_walk w = { m, 0, 0 };
  must(kg_graphs(snap, see_graph, &w, &err), err);
  assert_int_equal(w.quads, snap->counts.named_quads);
  if (!snap->overlay) {
    check_snapshot(snap);
  }
  kg_arena_reset(&m->arena);
}

static inline void compare_database(model *m, kgq_db *db, unsigned rounds) {
  kg_snap *snap;
  kgq_error *err = NULL;
  must(kg_snap_take(db, &snap, &err), err);
  compare_snapshot(m, snap, rounds);
  kg_snap_drop(snap);
}

/* ---- a database in a temporary folder ----------------------------------------------------------------- */

static char test_folder[] = "/tmp/kgq-unit-XXXXXX";
static char test_path[64];

static inline void make_test_path(void) { /* also once more after remove_test_path */
  memcpy(test_folder + sizeof test_folder - 7, "XXXXXX", 6);
  assert_non_null(mkdtemp(test_folder));
  (void)snprintf(test_path, sizeof test_path, "%s/db", test_folder);
}

static inline void remove_test_path(void) {
  char command[100];
  (void)snprintf(command, sizeof command, "rm -rf %s", test_folder);
  assert_int_equal(system(command), 0);
}

static inline kgq_db *open_database(const char *path) {
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = KGQ_OPEN_CREATE | KGQ_OPEN_NOSYNC;
  kgq_db *db = NULL;
  kgq_error *err = NULL;
  must(kgq_open(path, &options, &db, &err), err);
  return db;
}

static inline kg_txn *begin(kgq_db *db) {
  kg_txn *txn;
  kgq_error *err = NULL;
  must(kg_txn_begin(db, 0, NULL, &txn, &err), err);
  return txn;
}

static inline kg_txn_result commit(kg_txn *txn) {
  kg_txn_result result;
  kgq_error *err = NULL;
  must(kg_txn_commit(txn, &result, &err), err);
  kg_txn_end(txn);
  return result;
}

#endif
