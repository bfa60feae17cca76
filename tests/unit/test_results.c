/* tests/unit/test_results.c: the result writers, byte for byte, over answers of a small database.
 *
 * Every kind of term, empty answers, booleans, graphs, and what must fail, through kgq.h; and how rows go
 * out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "query/results.h"
#include "query/statement.h"

#define XSD "http://www.w3.org/2001/XMLSchema#"

static kgq_db *db;
static kgq_conn *conn;

/* One subject a row; a row's missing predicate is an unbound cell. */
static const char data[] =
    "<urn:1> <urn:s> <http://example/a&b> .\n<urn:1> <urn:p> _:b0 .\n"
    "<urn:1> <urn:o> \"x, \\\"y\\\"\\n<z>\\t\\\\\" .\n"
    "<urn:2> <urn:p> \"\xD9\x82\"@ar--rtl .\n<urn:2> <urn:o> \"-1.5\"^^<" XSD "decimal> .\n"
    "<urn:3> <urn:s> <<( <http://example/s> <http://example/p> \"a\\tb\"@en--ltr )>> .\n"
    "<urn:3> <urn:p> \"1.0E6\"^^<" XSD "double> .\n"
    "<urn:3> <urn:o> <<( _:b0 <http://example/p> <<( <http://example/s> <http://example/p> \"1\"^^<" XSD
    "integer> )>> )>> .\n";
static const char rows[] =
    "SELECT ?s ?p ?o WHERE { VALUES (?i ?r) { (1 <urn:1>) (2 <urn:2>) (3 <urn:3>) }"
    " OPTIONAL { ?r <urn:s> ?s } OPTIONAL { ?r <urn:p> ?p } OPTIONAL { ?r <urn:o> ?o } }"
    " ORDER BY ?i";

static int open_database(void **state) {
  (void)state;
  static const char prefix[] = "PREFIX ex: <http://example/>\n";
  kgq_load *load = NULL;
  kgq_status st = kgq_open(":memory:", NULL, &db, NULL);
  st = st ? st : kgq_connect(db, &conn, NULL);
  st = st ? st : kgq_load_begin(conn, NULL, &load, NULL);
  st = st ? st : kgq_load_bytes(load, "a.ttl", prefix, sizeof prefix - 1, NULL);
  st = st ? st : kgq_load_bytes(load, "a.nt", data, sizeof data - 1, NULL); /* keeps its blank node label */
  st = st ? st : kgq_load_commit(load, NULL, NULL);
  kgq_load_free(load);
  return st;
}

static int close_database(void **state) {
  (void)state;
  kgq_disconnect(conn);
  return kgq_close(db);
}

static char output[8192];
static size_t output_bytes;

static int collect(void *arg, const char *bytes, size_t count) {
  (void)arg;
  assert_true(output_bytes + count < sizeof output);
  memcpy(output + output_bytes, bytes, count);
  output_bytes += count;
  output[output_bytes] = 0;
  return 0;
}

static kgq_status write_to(const char *query, const char *format, kgq_write_fn write, kgq_error **err) {
  kgq_stmt *stmt = NULL;
  output_bytes = 0;
  output[0] = 0;
  kgq_status st = kgq_prepare(conn, query, KGQ_NUL_TERMINATED, &stmt, err);
  st = st ? st : kgq_write_results(stmt, format, write, NULL, err);
  kgq_finalize(stmt);
  return st;
}

static kgq_status write_as(const char *query, const char *format, kgq_error **err) {
  return write_to(query, format, collect, err);
}

static void expect(const char *query, const char *format, const char *text) {
  kgq_error *err = NULL;
  if (write_as(query, format, &err) != KGQ_OK) {
    fail_msg("%s: %s", format, kgq_error_message(err));
  }
  assert_string_equal(output, text);
}

static void json(void **state) {
  (void)state;
  expect(
      rows, "json",
      "{\"head\":{\"vars\":[\"s\",\"p\",\"o\"]},\"results\":{\"bindings\":[\n"
      "{\"s\":{\"type\":\"uri\",\"value\":\"http://example/"
      "a&b\"},\"p\":{\"type\":\"bnode\",\"value\":\"b0\"},"
      "\"o\":{\"type\":\"literal\",\"value\":\"x, \\\"y\\\"\\n<z>\\t\\\\\"}},\n"
      "{\"p\":{\"type\":\"literal\",\"xml:lang\":\"ar\",\"its:dir\":\"rtl\",\"value\":\"\xD9\x82\"},"
      "\"o\":{\"type\":\"literal\",\"datatype\":\"" XSD "decimal\",\"value\":\"-1.5\"}},\n"
      "{\"s\":{\"type\":\"triple\",\"value\":{\"subject\":{\"type\":\"uri\",\"value\":\"http://example/s\"},"
      "\"predicate\":{\"type\":\"uri\",\"value\":\"http://example/p\"},\"object\":{\"type\":\"literal\","
      "\"xml:lang\":\"en\",\"its:dir\":\"ltr\",\"value\":\"a\\tb\"}}},"
      "\"p\":{\"type\":\"literal\",\"datatype\":\"" XSD "double\",\"value\":\"1.0E6\"},"
      "\"o\":{\"type\":\"triple\",\"value\":{\"subject\":{\"type\":\"bnode\",\"value\":\"b0\"},"
      "\"predicate\":{\"type\":\"uri\",\"value\":\"http://example/"
      "p\"},\"object\":{\"type\":\"triple\",\"value\":{"
      "\"subject\":{\"type\":\"uri\",\"value\":\"http://example/"
      "s\"},\"predicate\":{\"type\":\"uri\",\"value\":"
      "\"http://example/p\"},\"object\":{\"type\":\"literal\",\"datatype\":\"" XSD
      "integer\",\"value\":\"1\"}}}}}}\n"
      "]}}\n");
}

#define XML_HEAD                                                                                             \
  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\" "    \
  "xmlns:its=\"http://www.w3.org/2005/11/its\" its:version=\"2.0\">\n<head>"

static void xml(void **state) {
  (void)state;
  expect(
      rows, "xml",
      XML_HEAD
      "<variable name=\"s\"/><variable name=\"p\"/><variable name=\"o\"/></head>\n<results>\n"
      "<result><binding name=\"s\"><uri>http://example/a&amp;b</uri></binding><binding "
      "name=\"p\"><bnode>b0</bnode>"
      "</binding><binding name=\"o\"><literal>x, \"y\"\n&lt;z&gt;\t\\</literal></binding>"
      "</result>\n"
      "<result><binding name=\"p\"><literal xml:lang=\"ar\" its:dir=\"rtl\">\xD9\x82</literal></binding>"
      "<binding name=\"o\"><literal datatype=\"" XSD "decimal\">-1.5</literal></binding></result>\n"
      "<result><binding name=\"s\"><triple><subject><uri>http://example/s</uri></subject><predicate>"
      "<uri>http://example/p</uri></predicate><object><literal xml:lang=\"en\" "
      "its:dir=\"ltr\">a\tb</literal></object>"
      "</triple></binding><binding name=\"p\"><literal datatype=\"" XSD "double\">1.0E6</literal></binding>"
      "<binding name=\"o\"><triple><subject><bnode>b0</bnode></subject><predicate><uri>http://example/p</uri>"
      "</predicate><object><triple><subject><uri>http://example/s</uri></subject><predicate><uri>http://"
      "example/p"
      "</uri></predicate><object><literal datatype=\"" XSD
      "integer\">1</literal></object></triple></object></triple>"
      "</binding></result>\n</results>\n</sparql>\n");
}

static void csv(void **state) {
  (void)state;
  expect(rows, "csv",
         "s,p,o\r\nhttp://example/a&b,_:b0,\"x, \"\"y\"\"\n<z>\t\\\"\r\n,\xD9\x82,-1.5\r\n"
         "\"<<( <http://example/s> <http://example/p> \"\"a\\tb\"\"@en--ltr )>>\",1.0E6,"
         "\"<<( _:b0 <http://example/p> <<( <http://example/s> <http://example/p> \"\"1\"\"^^<" XSD
         "integer> )>> )>>\"\r\n");
}

static void tsv(void **state) {
  (void)state;
  expect(
      rows, "tsv",
      "?s\t?p\t?o\n<http://example/a&b>\t_:b0\t\"x, \\\"y\\\"\\n<z>\\t\\\\\"\n\t\"\xD9\x82\"@ar--rtl\t-1.5\n"
      "<<( <http://example/s> <http://example/p> \"a\\tb\"@en--ltr )>>\t1.0E6\t"
      "<<( _:b0 <http://example/p> <<( <http://example/s> <http://example/p> \"1\"^^<" XSD
      "integer> )>> )>>\n");
}

static void turtle_numbers(void **state) {
  static const struct {
    const char *text, *datatype;
    bool bare;
  } numbers[] = {
    { "1", XSD "integer", true },    { "-01", XSD "integer", true }, { "+1", XSD "integer", true },
    { "", XSD "integer", false },    { "1.", XSD "decimal", false }, { ".5", XSD "decimal", true },
    { "5", XSD "decimal", false },   { "1e0", XSD "double", true },  { "1.e0", XSD "double", true },
    { ".e0", XSD "double", false },  { "1", XSD "double", false },   { "1e", XSD "double", false },
    { "INF", XSD "double", false },  { "1", XSD "byte", false },     { "x", XSD "integer", false },
    { "1.5", XSD "integer", false }, { "1e0", XSD "decimal", false }
  };
  (void)state;
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    char query[256], line[256];
    (void)snprintf(query, sizeof query, "SELECT ?x { VALUES ?x { \"%s\"^^<%s> } }", numbers[i].text,
                   numbers[i].datatype);
    (void)snprintf(line, sizeof line, numbers[i].bare ? "?x\n%s\n" : "?x\n\"%s\"^^<%s>\n", numbers[i].text,
                   numbers[i].datatype);
    expect(query, "tsv", line);
  }
}

static void empty_and_boolean(void **state) {
  static const char none[] = "SELECT ?s ?p ?o { ?s ?p ?o FILTER(false) }";
  (void)state;
  expect(none, "json", "{\"head\":{\"vars\":[\"s\",\"p\",\"o\"]},\"results\":{\"bindings\":[\n]}}\n");
  expect(none, "csv", "s,p,o\r\n");
  expect("ASK {}", "json", "{\"head\":{},\"boolean\":true}\n");
  expect("ASK {}", "xml", XML_HEAD "</head>\n<boolean>true</boolean>\n</sparql>\n");
  expect("ASK { FILTER(false) }", "csv", "false\r\n");
  expect("ASK { FILTER(false) }", "tsv", "false\n");
}

static void graphs(void **state) {
  static const char triple[] = "CONSTRUCT { <http://example/s> <http://example/p> \"x\"@en--ltr } WHERE {}";
  (void)state;
  expect(triple, "nt", "<http://example/s> <http://example/p> \"x\"@en--ltr .\n");
  expect(triple, "json", "<http://example/s> <http://example/p> \"x\"@en--ltr .\n");
  assert_int_equal(write_as(triple, "ttl", NULL), KGQ_OK);
  assert_non_null(strstr(output, "ex:s ex:p \"x\"@en--ltr"));
}

static int refuse_output(void *arg, const char *bytes, size_t count) {
  (void)arg, (void)bytes, (void)count;
  return 1;
}

static void failures(void **state) {
  static const char bell[] = "SELECT (\"a\\u0007b\" AS ?x) {}";
  kgq_error *err = NULL;
  (void)state;
  assert_int_equal(write_as(bell, "xml", &err), KGQ_DATA);
  assert_string_equal(kgq_error_message(err), "a result holds the character U+0007, which XML cannot");
  kgq_error_free(err);
  assert_int_equal(write_as(bell, "json", NULL), KGQ_OK);
  assert_non_null(strstr(output, "a\\u0007b"));
  assert_int_equal(write_as(bell, "yaml", NULL), KGQ_MISUSE);
  assert_int_equal(write_as(bell, "nt", NULL), KGQ_MISUSE);
  assert_int_equal(write_as("INSERT DATA { <urn:a> <urn:b> 1 }", "csv", NULL), KGQ_MISUSE);
  assert_int_equal(kgq_write_results(NULL, "csv", collect, NULL, NULL), KGQ_MISUSE);
  assert_int_equal(write_to(rows, "tsv", refuse_output, NULL), KGQ_IO);
  assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_ROWS, 1), KGQ_OK);
  assert_int_equal(write_as(rows, "csv", NULL), KGQ_LIMIT);
  assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_ROWS, 0), KGQ_OK);
}

/* The first rows go out as one batch, the next ones in windows that grow; in little memory they do not. */
static void windows_grow(void **state) {
  static const char text[] =
      "SELECT * { VALUES ?a { 0 1 2 3 4 5 6 7 8 9 } VALUES ?b { 0 1 2 3 4 5 6 7 8 9 } VALUES ?c { 0 1 2 3 4 "
      "5 } "
      "VALUES ?d { 0 1 2 3 4 5 6 7 8 9 } BIND(?a * 1000 + ?b * 100 + ?c * 10 + ?d AS ?e) }";
  (void)state;
  for (int little = 0; little < 2; little++) {
    kgq_stmt *stmt = NULL;
    size_t sizes[4] = { 0, 0, 0, 0 }, n = 0;
    assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_MEMORY_BYTES, little ? 64u << 20 : 0), KGQ_OK);
    assert_int_equal(kgq_prepare(conn, text, KGQ_NUL_TERMINATED, &stmt, NULL), KGQ_OK);
    kg_results r = { .stmt = stmt, .column_count = kgq_column_count(stmt) };
    kg_out_init(&r.out, &kg_libc_allocator, collect, NULL);
    while (n < 4 && kg_results_window(&r, kg_results_tsv.cell, NULL) == KGQ_ROW) {
      sizes[n++] = r.cells.row_count;
    }
    assert_int_equal(sizes[0], KG_BATCH_ROWS);
    assert_int_equal(sizes[1], little ? KG_BATCH_ROWS : 6000 - KG_BATCH_ROWS);
    kg_cells_free(&r.cells);
    kg_out_free(&r.out);
    kgq_finalize(stmt);
  }
  assert_int_equal(kgq_set_limit(conn, KGQ_LIMIT_MEMORY_BYTES, 0), KGQ_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(json),
                                      cmocka_unit_test(xml),
                                      cmocka_unit_test(csv),
                                      cmocka_unit_test(tsv),
                                      cmocka_unit_test(turtle_numbers),
                                      cmocka_unit_test(empty_and_boolean),
                                      cmocka_unit_test(graphs),
                                      cmocka_unit_test(windows_grow),
                                      cmocka_unit_test(failures) };
  return cmocka_run_group_tests(tests, open_database, close_database);
}
