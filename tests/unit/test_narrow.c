/* tests/unit/test_narrow.c: what hash joins tell scans: every id that is there is held, and rows stay the
 * same.
 *
 * First the ranges and bits alone, exact and hashed, and without memory; then queries whose joins have sides
 * of different size, with parts that must not be narrowed. Each runs with the hints and without, and with
 * hash joins only (check_rows).
 */
#include "core/heap.h"
#include "tests/unit/engine_fixture.h"

#define COUNT 1000u

static void *no_memory(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  (void)arg;
  (void)ptr;
  (void)old_bytes;
  (void)new_bytes;
  return NULL;
}

static void fill(kg_rows *rows, kg_id first, kg_id distance) {
  kg_rows_init(rows, &kg_libc_allocator, 2);
  for (uint32_t i = 0; i < COUNT; i++) {
    kg_id *row = NULL;
    assert_int_equal(kg_rows_add(rows, &row, NULL), KGQ_OK);
    row[0] = 1;
    row[1] = first + i * distance;
  }
}

/* Holds all of them; of others in between at most `most`. */
static void check_narrow(kg_id first, kg_id distance, bool exact, uint32_t most) {
  kg_rows rows;
  kg_narrow n = { 0 };
  uint32_t others = 0;
  fill(&rows, first, distance);
  kg_narrow_make(&n, &rows, 1);
  assert_non_null(n.bits);
  assert_int_equal(n.shift == 0, exact);
  for (uint32_t i = 0; i < COUNT; i++) {
    assert_true(kg_narrow_holds(&n, first + i * distance));
    others += distance > 1 && kg_narrow_holds(&n, first + i * distance + 1) ? 1 : 0;
  }
  assert_true(others <= most);
  assert_false(kg_narrow_holds(&n, first - 1));
  assert_false(kg_narrow_holds(&n, first + (COUNT - 1) * distance + 1));
  kg_narrow_free(&n);
  kg_rows_free(&rows);
}

static void ids_that_are_there_are_held(void **state) {
  (void)state;
  check_narrow(77, 1, true, 0);
  check_narrow(UINT64_C(1) << 60, 3, true, 0);
  check_narrow(5, 32, true, 0);
  check_narrow(5, 33, false, COUNT / 4);
  check_narrow(UINT64_C(1) << 61, UINT64_C(1) << 40, false, COUNT / 4);
}

static void one_id_is_a_range(void **state) {
  (void)state;
  kg_rows rows;
  kg_narrow n = { 0 };
  fill(&rows, 9, 0);
  kg_narrow_make(&n, &rows, 1);
  assert_true(kg_narrow_holds(&n, 9));
  assert_false(kg_narrow_holds(&n, 8));
  assert_false(kg_narrow_holds(&n, 10));
  kg_narrow_free(&n);
  kg_rows_free(&rows);
}

static void without_memory_the_range_is_left(void **state) {
  (void)state;
  const kgq_allocator none = { .resize = no_memory };
  kg_rows rows;
  kg_narrow n = { 0 };
  fill(&rows, 5, 1000);
  const kgq_allocator *own = rows.allocator;
  rows.allocator = &none;
  kg_narrow_make(&n, &rows, 1);
  rows.allocator = own;
  assert_null(n.bits);
  assert_true(kg_narrow_holds(&n, 6));
  assert_false(kg_narrow_holds(&n, 4));
  kg_narrow_free(&n);
  kg_rows_free(&rows);
}

/* :s0 .. :s179 have :all; every third :third, every fifth :fifth with numbers that repeat; some in graphs. */
static int open_rows(void **state) {
  static fixture f;
  char text[200];
  fixture_open(&f);
  for (int i = 0; i < 180; i++) {
    (void)snprintf(text, sizeof text,
                   "INSERT DATA { :s%d :all %d ; :next :s%d . GRAPH :g%d { :s%d :in %d } }", i, i % 50, i / 2,
                   i % 7, i, i % 20);
    run_update(&f, text);
    if (i % 3 == 0) {
      (void)snprintf(text, sizeof text, "INSERT DATA { :s%d :third %d }", i, i % 11);
      run_update(&f, text);
    }
    if (i % 5 == 0) {
      (void)snprintf(text, sizeof text, "INSERT DATA { :s%d :fifth %d , \"%d\" }", i, i % 13, i);
      run_update(&f, text);
    }
  }
  *state = &f;
  return 0;
}

static int close_rows(void **state) {
  fixture_close((fixture *)*state);
  return 0;
}

static const char *const patterns[] = {
  "{ ?s :all ?a . ?s :third ?t . ?s :fifth ?f }",
  "{ ?s :all ?a . ?x :third ?a }",
  "{ ?s :all ?a . ?x :third ?a . ?x :fifth ?f . ?s :next ?x }",
  "{ ?s :next ?x . ?x :next ?y . ?y :fifth ?f }",
  "{ ?s :all ?a OPTIONAL { ?s :third ?t } }",
  "{ ?s :all ?a OPTIONAL { ?s :third ?t } ?s :fifth ?f }",
  "{ ?s :all ?a OPTIONAL { ?s :third ?t } ?x :fifth ?t }",
  "{ ?x :fifth ?t . ?x :third ?w { ?s :all ?a OPTIONAL { ?s :third ?t OPTIONAL { ?s :fifth ?f } } } }",
  "{ ?s :all ?a OPTIONAL { ?s :third ?t . ?x :fifth ?t FILTER(?a < 20) } }",
  "{ ?s :all ?a FILTER EXISTS { ?s :third ?t . ?s :fifth ?f } }",
  "{ ?s :all ?a FILTER NOT EXISTS { ?s :third ?t . ?s :fifth ?f } }",
  "{ ?s :all ?a MINUS { ?s :third ?t . ?x :fifth ?t } ?s :fifth ?f }",
  "{ { ?s :all ?a MINUS { ?s :third ?t } } { SELECT ?s { ?s :fifth ?f . ?s :next ?x } } }",
  "{ { ?s :all ?a } UNION { ?s :third ?b } ?s :fifth ?f }",
  "{ { SELECT DISTINCT ?s { ?s :all ?a . ?s :third ?t } } ?s :fifth ?f }",
  "{ { SELECT ?s (COUNT(*) AS ?n) { ?s :all ?a . ?y :third ?a } GROUP BY ?s } ?s :fifth ?f }",
  "{ { SELECT ?a (MAX(?t) AS ?m) { ?s :all ?a . ?s :third ?t } GROUP BY ?a } ?x :fifth ?a }",
  "{ ?s :all ?a . ?x :fifth ?b FILTER(?a = ?b) ?s :third ?t }",
  "{ GRAPH ?g { ?s :in ?i } ?s :third ?t . ?s :fifth ?f }",
  "{ GRAPH ?g { ?s :in ?i . ?x :in ?i } ?s :fifth ?f . ?x :third ?i }",
  "{ GRAPH ?g { ?s :in 3 } GRAPH ?g { ?x :in ?i } ?x :fifth ?f }",
  "{ ?s ?p ?o . ?s :third ?t . ?x :fifth ?o }",
  "{ ?s ?p ?o . ?o ?q ?v . ?o :fifth ?v }",
  "{ ?s :all ?a FILTER(?a > 5) ?s :third ?t . ?x :fifth ?a }",
  "{ ?s :all ?a BIND(?a + 1 AS ?b) ?s :third ?t . ?x :fifth ?b }",
  "{ ?s :all ?a . ?s :nothing ?n . ?s :third ?t }",
  "{ VALUES (?s ?t) { (:s0 UNDEF) (:s3 3) (:s30 UNDEF) } ?s :all ?a . ?s :third ?t . ?s :fifth ?f }",
};

static void rows_do_not_depend_on_hints(void **state) {
  fixture *f = (fixture *)*state;
  const kg_plan_options without = { KG_OFF_SIDEWAYS, 0 };
  size_t found = 0;
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
    char query[400];
    (void)snprintf(query, sizeof query, "SELECT * %s", patterns[i]);
    kgq_stmt *stmt = prepare_query(f, query);
    kg_stmt_set_plan(stmt, &without);
    char *rows = rows_of(stmt, 1, query);
    kgq_finalize(stmt);
    found += strlen(rows) > 0 ? 1 : 0;
    check_rows(f, query, 1, rows);
    free(rows);
  }
  assert_int_equal(found, sizeof patterns / sizeof patterns[0] - 1);
}

static void limits_still_stop_early(void **state) {
  fixture *f = (fixture *)*state;
  check_rows(f, "SELECT (COUNT(*) AS ?n) { SELECT ?s { ?s :all ?a . ?s :third ?t . ?s :fifth ?f } LIMIT 7 }",
             1, "7");
  check_rows(f, "SELECT (COUNT(*) AS ?n) { { SELECT ?s { ?s :all ?a } ORDER BY ?s LIMIT 9 } ?s :third ?t }",
             1, "3");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(ids_that_are_there_are_held),
    cmocka_unit_test(one_id_is_a_range),
    cmocka_unit_test(without_memory_the_range_is_left),
    cmocka_unit_test_setup_teardown(rows_do_not_depend_on_hints, open_rows, close_rows),
    cmocka_unit_test_setup_teardown(limits_still_stop_early, open_rows, close_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
