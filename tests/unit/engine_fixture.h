/* tests/unit/engine_fixture.h: a database in memory, queries through the public functions, results as sorted
 * lines.
 *
 * IRIs of http://e/ are shown as :name, plain strings in quotes, integers bare, unbound as -, blank nodes as
 * _. Every query is run again with each rewrite and join algorithm off and with small batches: rows must be
 * the same.
 */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/vocab.h"
#include "query/statement.h"

#define PREFIXES "PREFIX : <http://e/> PREFIX rdf: <" KG_NS_RDF "> PREFIX xsd: <" KG_NS_XSD "> "

typedef struct fixture {
  kgq_db *db;
  kgq_conn *conn;
} fixture;

static inline void fail_with(const char *what, const char *query, kgq_error *err) {
  char text[2000];
  (void)kgq_error_format(err, text, sizeof text);
  kgq_error_free(err);
  fail_msg("%s: %s\nin %s", what, text, query);
}

static inline void fixture_open(fixture *f) {
  assert_int_equal(kgq_open(":memory:", NULL, &f->db, NULL), KGQ_OK);
  assert_int_equal(kgq_connect(f->db, &f->conn, NULL), KGQ_OK);
  assert_int_equal(kgq_set(f->conn, KGQ_SET_LANGUAGE, KGQ_LANG_SPARQL), KGQ_OK);
}

static inline void fixture_close(fixture *f) {
  kgq_disconnect(f->conn);
  (void)kgq_close(f->db);
}

static inline void run_update(fixture *f, const char *text) {
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  char all[8192];
  (void)snprintf(all, sizeof all, PREFIXES "%s", text);
  if (kgq_prepare(f->conn, all, KGQ_NUL_TERMINATED, &stmt, &err) != KGQ_OK) {
    fail_with("prepare", text, err);
  }
  if (kgq_step(stmt, &err) != KGQ_DONE) {
    fail_with("step", text, err);
  }
  kgq_finalize(stmt);
}

static inline void show_term(const kgq_term *t, char *out, size_t size) {
  const kgq_str e = { "http://e/", 9 };
  switch (t->kind) {
  case KGQ_IRI:
    if (t->text.len >= e.len && memcmp(t->text.ptr, e.ptr, e.len) == 0) {
      (void)snprintf(out, size, ":%s", t->text.ptr + e.len);
    } else {
      (void)snprintf(out, size, "<%s>", t->text.ptr);
    }
    break;
  case KGQ_BNODE: (void)snprintf(out, size, "_"); break;
  case KGQ_LITERAL:
    if (strcmp(t->datatype.ptr, KG_XSD_INTEGER) == 0 || strcmp(t->datatype.ptr, KG_XSD_DECIMAL) == 0 ||
        strcmp(t->datatype.ptr, KG_XSD_BOOLEAN) == 0) {
      (void)snprintf(out, size, "%s", t->text.ptr);
    } else {
      (void)snprintf(out, size, "\"%s\"%s%s", t->text.ptr, t->lang.len ? "@" : "", t->lang.ptr);
    }
    break;
  case KGQ_TRIPLE: (void)snprintf(out, size, "%s", t->text.ptr); break;
  default: (void)snprintf(out, size, "-"); break;
  }
}

static inline int compare_lines(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Rows as lines, columns parted by a space; `sorted` or as they came. To be freed. */
static inline char *rows_of(kgq_stmt *stmt, int sorted, const char *query) {
  char **lines = calloc(20000, sizeof(char *));
  size_t count = 0, bytes = 1;
  kgq_error *err = NULL;
  kgq_status st;
  while ((st = kgq_step(stmt, &err)) == KGQ_ROW) {
    char line[2000] = "";
    for (int c = 0; c < kgq_column_count(stmt); c++) {
      kgq_term term;
      char text[600];
      assert_int_equal(kgq_column_term(stmt, c, &term), KGQ_OK);
      show_term(&term, text, sizeof text);
      (void)snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", c ? " " : "", text);
    }
    assert_true(count < 20000);
    bytes += strlen(line) + 1;
    lines[count++] = strdup(line);
  }
  if (st != KGQ_DONE) {
    fail_with("step", query, err);
  }
  if (sorted) {
    qsort(lines, count, sizeof(char *), compare_lines);
  }
  char *all = calloc(1, bytes);
  for (size_t i = 0; i < count; i++) {
    strcat(all, lines[i]);
    strcat(all, i + 1 < count ? "\n" : "");
    free(lines[i]);
  }
  free(lines);
  return all;
}

static inline kgq_stmt *prepare_query(fixture *f, const char *query) {
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  char all[8192];
  (void)snprintf(all, sizeof all, PREFIXES "%s", query);
  if (kgq_prepare(f->conn, all, KGQ_NUL_TERMINATED, &stmt, &err) != KGQ_OK) {
    fail_with("prepare", query, err);
  }
  return stmt;
}

static const kg_plan_options plan_variants[] = {
  { 0, 0 },
  { 0, 1 },
  { 0, 2 },
  { 0, 7 },
  { KG_OFF_PUSH_FILTERS, 0 },
  { KG_OFF_EQUAL_CONSTANT, 0 },
  { KG_OFF_FLATTEN, 0 },
  { KG_OFF_REQUIRED_FIRST, 0 },
  { KG_OFF_TOP_K, 0 },
  { KG_OFF_HEADER_COUNTS, 0 },
  { KG_OFF_SEMI_JOIN, 0 },
  { KG_OFF_INDEX_JOIN, 0 },
  { KG_OFF_MERGE_JOIN | KG_OFF_HASH_JOIN, 0 },
  { KG_OFF_INDEX_JOIN | KG_OFF_MERGE_JOIN, 3 },
  { KG_OFF_INDEX_JOIN | KG_OFF_HASH_JOIN, 3 },
  { KG_OFF_SEEDS, 0 },
  { KG_OFF_PRUNE, 0 },
  { KG_OFF_REORDER, 0 },
  { KG_OFF_EQUAL_KEYS, 0 },
  { KG_OFF_SORT_MEMORY, 0 },
  { KG_OFF_REACH, 0 },
  { KG_OFF_RANGES, 0 },
  { KG_OFF_SIDEWAYS, 0 },
  { KG_OFF_GOAL, 0 },
  { KG_OFF_TRIAL, 0 },
  { KG_OFF_ALL_ROWS, 0 },
  { KG_OFF_ALL_ROWS, 3 },
  { KG_OFF_LEAPFROG, 0 },
  { KG_OFF_PAIRWISE, 0 },
  { KG_OFF_PAIRWISE, 3 },
  { KG_OFF_SORT_MEMORY | KG_OFF_TOP_K, 2 },
  { UINT32_MAX & ~(uint32_t)(KG_OFF_HASH_JOIN | KG_OFF_INDEX_JOIN), 5 },
};

/* The same rows under every plan. */
static inline void check_rows(fixture *f, const char *query, int sorted, const char *expected) {
  kgq_stmt *stmt = prepare_query(f, query);
  for (size_t i = 0; i < sizeof plan_variants / sizeof plan_variants[0]; i++) {
    kg_stmt_set_plan(stmt, &plan_variants[i]);
    char *rows = rows_of(stmt, sorted, query);
    if (strcmp(rows, expected) != 0) {
      fail_msg("%s\nplan %zu (off %x, batch %u) gives\n%s\nnot\n%s", query, i, plan_variants[i].off,
               plan_variants[i].batch_rows, rows, expected);
    }
    free(rows);
    assert_int_equal(kgq_reset(stmt), KGQ_OK);
  }
  kgq_finalize(stmt);
}

typedef struct query_case {
  const char *query, *expected;
} query_case;

static inline void check_cases(fixture *f, const query_case *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    check_rows(f, cases[i].query, 1, cases[i].expected);
  }
}
#define CHECK_CASES(f, cases) check_cases(f, cases, sizeof(cases) / sizeof((cases)[0]))

#endif
