/* tests/unit/test_cells.c: the parts that many rows go through: sorting ids, join tables, windows of results.
 *
 * Each against the plain way to do the same; results through kgq.h, whole against row by row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/id_sort.h"
#include "query/join_table.h"

static uint64_t state = 7;

static uint64_t random_below(uint64_t n) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (state >> 33) % n;
}

/* ---- ids ------------------------------------------------------------------------------------------ */

static void sorts_ids(void **unused) {
  static kg_id_pair pairs[5000], scratch[5000];
  (void)unused;
  for (size_t count = 0; count < 5000; count = count * 3 + 1) {
    for (size_t i = 0; i < count; i++) {
      pairs[i] = (kg_id_pair){ kg_id_make((kg_tag)(1 + random_below(3)), random_below(1000)), i };
    }
    const kg_id_pair *sorted = kg_sort_ids(pairs, scratch, count);
    for (size_t i = 1; i < count; i++) {
      assert_true(sorted[i - 1].id < sorted[i].id ||
                  (sorted[i - 1].id == sorted[i].id && sorted[i - 1].number < sorted[i].number));
    }
  }
}

/* ---- join tables ---------------------------------------------------------------------------------- */

enum { RIGHT = 3000, LEFT = 500 };

static void fill_rows(kg_rows *rows, uint32_t count, uint64_t keys) {
  for (uint32_t i = 0; i < count; i++) {
    kg_id *row = NULL;
    assert_int_equal(kg_rows_add(rows, &row, NULL), KGQ_OK);
    row[0] = i;
    row[1] = 1 + random_below(keys);
    row[2] = 1 + random_below(3);
  }
}

static void check_partners(const kg_join_table *t, const kg_rows *rows, uint32_t key_count, uint32_t room) {
  kg_id first[LEFT], second[LEFT];
  const kg_id *keys[2] = { first, second };
  uint32_t at[LEFT], end[LEFT], place[RIGHT];
  for (uint32_t r = 0; r < LEFT; r++) {
    first[r] = random_below(300);
    second[r] = random_below(4);
  }
  kg_join_table_probe(t, keys, LEFT, at, end);
  for (uint32_t r = 0; r < LEFT; r++) {
    uint32_t expected = 0, found = 0;
    do {
      found = kg_join_table_partners(t, keys, r, &at[r], end[r], place, room);
      for (uint32_t i = 0; i < found; i++, expected++) {
        for (; expected < rows->count; expected++) { /* the next row with the key, in their order */
          const kg_id *row = kg_rows_at(rows, expected);
          if (row[1] == first[r] && (key_count == 1 || row[2] == second[r])) {
            break;
          }
        }
        assert_true(expected < rows->count);
        assert_int_equal(t->columns[0][place[i]], expected);
      }
    } while (found > 0);
    for (; expected < rows->count; expected++) {
      const kg_id *row = kg_rows_at(rows, expected);
      assert_false(row[1] == first[r] && (key_count == 1 || row[2] == second[r]));
    }
  }
}

static void finds_partners(void **unused) {
  static const uint32_t columns[2] = { 1, 2 };
  static const uint32_t counts[] = { 0, 1, 70, RIGHT };
  (void)unused;
  for (size_t i = 0; i < 4 * 2; i++) {
    kg_rows rows;
    kg_join_table t = { 0 };
    const uint32_t key_count = i < 4 ? 1 : 2;
    kg_rows_init(&rows, &kg_libc_allocator, 3);
    fill_rows(&rows, counts[i % 4], 250);
    assert_int_equal(kg_join_table_build(&t, &rows, columns, key_count, NULL, NULL), KGQ_OK);
    check_partners(&t, &rows, key_count, RIGHT);
    check_partners(&t, &rows, key_count, 1);
    check_partners(&t, &rows, key_count, 3);
    kg_join_table_free(&t);
    kg_rows_free(&rows);
  }
}

static void sets_of_rows(void **unused) {
  kg_row_set set;
  kg_id column[2][LEFT];
  kg_id *columns[2] = { column[0], column[1] };
  uint32_t hashes[LEFT], row = 0, different = 0;
  bool seen[20][20] = { { false } };
  (void)unused;
  kg_row_set_init(&set, &kg_libc_allocator, 2, 2);
  for (uint32_t r = 0; r < LEFT; r++) {
    column[0][r] = random_below(20);
    column[1][r] = random_below(20);
  }
  kg_row_hashes(columns, 2, LEFT, hashes);
  for (uint32_t r = 0; r < LEFT; r++) {
    const kg_id key[2] = { column[0][r], column[1][r] };
    bool added = false;
    assert_int_equal(hashes[r], (uint32_t)kg_ids_hash(key, 2));
    assert_int_equal(kg_row_set_put_hashed(&set, key, hashes[r], &row, &added, NULL), KGQ_OK);
    assert_int_equal(added, !seen[key[0]][key[1]]);
    different += added ? 1 : 0;
    seen[key[0]][key[1]] = true;
    assert_true(kg_row_set_find(&set, key, &row));
    assert_memory_equal(kg_rows_at(&set.rows, row), key, sizeof key);
  }
  assert_int_equal(set.rows.count, different);
  kg_row_set_free(&set);
}

/* ---- windows of results ---------------------------------------------------------------------------- */

enum { SUBJECTS = 30000, LONG = 40000 };

static kgq_db *db;
static kgq_conn *conn;

static void load(void) {
  char line[200];
  kgq_load *l = NULL;
  static char text[LONG + 100];
  assert_int_equal(kgq_open(":memory:", NULL, &db, NULL), KGQ_OK);
  assert_int_equal(kgq_connect(db, &conn, NULL), KGQ_OK);
  assert_int_equal(kgq_load_begin(conn, NULL, &l, NULL), KGQ_OK);
  for (int i = 0; i < SUBJECTS; i++) {
    const int bytes = snprintf(line, sizeof line, "<urn:s%d> <urn:p%d> \"v\\t%d\" .\n", i, i % 7, i % 1000);
    assert_int_equal(kgq_load_bytes(l, "a.nt", line, (size_t)bytes, NULL), KGQ_OK);
  }
  for (int i = 0; i < 20; i++) { /* texts that no window may hold by the thousand */
    char *at = text + snprintf(text, sizeof text, "<urn:long%d> <urn:p0> \"", i);
    memset(at, 'a' + i, LONG);
    memcpy(at + LONG, "\" .\n", 4);
    assert_int_equal(kgq_load_bytes(l, "a.nt", text, (size_t)(at + LONG + 4 - text), NULL), KGQ_OK);
  }
  assert_int_equal(kgq_load_commit(l, NULL, NULL), KGQ_OK);
  kgq_load_free(l);
}

typedef struct output {
  uint64_t sum; /* of the bytes, by place */
  size_t bytes, lines;
} output;

static int collect(void *arg, const char *bytes, size_t count) {
  output *o = (output *)arg;
  for (size_t i = 0; i < count; i++) {
    o->sum = o->sum * 31 + (unsigned char)bytes[i];
    o->lines += bytes[i] == '\n' ? 1 : 0;
  }
  o->bytes += count;
  return 0;
}

static const char question[] = "SELECT ?s ?x ?o WHERE { ?s ?p ?o OPTIONAL { ?s <urn:p3> ?x } } ORDER BY ?s";

static void write_all(output *whole) {
  kgq_stmt *s = NULL;
  *whole = (output){ 0 };
  assert_int_equal(kgq_prepare(conn, question, KGQ_NUL_TERMINATED, &s, NULL), KGQ_OK);
  assert_int_equal(kgq_write_results(s, "csv", collect, whole, NULL), KGQ_OK);
  kgq_finalize(s);
}

static void windows_give_the_rows(void **unused) {
  output whole, single = { 0 };
  kgq_stmt *s = NULL;
  (void)unused;
  load();
  write_all(&whole);
  assert_int_equal(whole.lines, SUBJECTS + 20 + 1);
  assert_int_equal(kgq_prepare(conn, question, KGQ_NUL_TERMINATED, &s, NULL), KGQ_OK);
  (void)collect(&single, "s,x,o\r\n", 7);
  kgq_status st = kgq_step(s, NULL);
  for (; st == KGQ_ROW; st = kgq_step(s, NULL)) {
    for (int c = 0; c < 3; c++) {
      const kgq_str text = kgq_column_text(s, c);
      (void)collect(&single, ",", c ? 1 : 0);
      (void)collect(&single, text.ptr, text.len);
    }
    (void)collect(&single, "\r\n", 2);
  }
  assert_int_equal(st, KGQ_DONE);
  kgq_finalize(s);
  assert_int_equal(single.bytes, whole.bytes);
  assert_int_equal(single.sum, whole.sum);
}

/* Rows before a limit that is met go out, and the rest of a statement that was stepped into too. */
static void limits_and_beginnings(void **unused) {
  output part = { 0 };
  kgq_stmt *s = NULL;
  kgq_error *err = NULL;
  (void)unused;
  assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_ROWS, 5), KGQ_OK);
  assert_int_equal(kgq_prepare(conn, question, KGQ_NUL_TERMINATED, &s, NULL), KGQ_OK);
  assert_int_equal(kgq_write_results(s, "tsv", collect, &part, &err), KGQ_LIMIT);
  kgq_error_free(err);
  kgq_finalize(s);
  assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_ROWS, 0), KGQ_OK);
  assert_int_equal(kgq_prepare(conn, question, KGQ_NUL_TERMINATED, &s, NULL), KGQ_OK);
  for (int i = 0; i < 10; i++) {
    assert_int_equal(kgq_step(s, NULL), KGQ_ROW);
  }
  part = (output){ 0 };
  assert_int_equal(kgq_write_results(s, "tsv", collect, &part, NULL), KGQ_OK);
  assert_int_equal(part.lines, 1 + SUBJECTS + 20 - 10);
  kgq_finalize(s);
  kgq_disconnect(conn);
  assert_int_equal(kgq_close(db), KGQ_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(sorts_ids),
    cmocka_unit_test(finds_partners),
    cmocka_unit_test(sets_of_rows),
    cmocka_unit_test(windows_give_the_rows),
    cmocka_unit_test(limits_and_beginnings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
