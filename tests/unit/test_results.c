/* Tests of the result writers, over a statement made up here: kgq_step and its kin are renamed to ours, so
 * that every kind of term and every failure can come.
 */
#define kgq_step            fake_step
#define kgq_stmt_form       fake_stmt_form
#define kgq_column_count    fake_column_count
#define kgq_column_name     fake_column_name
#define kgq_column_kind     fake_column_kind
#define kgq_column_text     fake_column_text
#define kgq_column_term     fake_column_term
#define kgq_write_results   fake_write_results
#define kg_results_prefixes fake_results_prefixes

#include "query/results.c"
#include "query/results_json.c"
#include "query/results_term.c"
#undef head
#define head        xml_head
#define add_literal xml_add_literal
#define add_term    xml_add_term
#define add_triple  xml_add_triple
#define add_text    xml_add_text
#define refuse      xml_refuse
#include "query/results_xml.c"
#undef head
#include "query/results_text.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define XSD "http://www.w3.org/2001/XMLSchema#"
#define S(text)                                                                                              \
  { text, sizeof(text) - 1 }

struct kgq_stmt {
  int32_t form;
  int columns, rows, at;
  const char *const *names;
  const kgq_term *cells;
  kgq_status last; /* after the rows */
};

kgq_status kgq_step(kgq_stmt *stmt, kgq_error **err) {
  if (stmt->at < stmt->rows) {
    stmt->at++;
    return KGQ_ROW;
  }
  return stmt->last == KGQ_DONE ? KGQ_DONE : kg_fail(err, stmt->last, "stopped");
}
int32_t kgq_stmt_form(const kgq_stmt *stmt) {
  return stmt->form;
}
int kgq_column_count(const kgq_stmt *stmt) {
  return stmt->columns;
}
const char *kgq_column_name(const kgq_stmt *stmt, int column) {
  return stmt->names[column];
}
static const kgq_term *cell(const kgq_stmt *stmt, int column) {
  return &stmt->cells[(stmt->at - 1) * stmt->columns + column];
}
int32_t kgq_column_kind(kgq_stmt *stmt, int column) {
  return cell(stmt, column)->kind;
}
kgq_str kgq_column_text(kgq_stmt *stmt, int column) {
  return cell(stmt, column)->text;
}
kgq_status kgq_column_term(kgq_stmt *stmt, int column, kgq_term *out) {
  *out = *cell(stmt, column);
  return KGQ_OK;
}

kgq_status kg_results_prefixes(const kgq_stmt *stmt, kg_turtle_writer *writer, kgq_error **err) {
  assert_non_null(stmt);
  return kg_turtle_writer_prefix(writer, KG_STR("ex"), KG_STR("http://example/"), err);
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

static kgq_status write_as(kgq_stmt *stmt, const char *format, kgq_error **err) {
  stmt->at = 0;
  output_bytes = 0;
  output[0] = 0;
  return kgq_write_results(stmt, format, collect, NULL, err);
}

static void expect(kgq_stmt *stmt, const char *format, const char *text) {
  kgq_error *err = NULL;
  if (write_as(stmt, format, &err) != KGQ_OK) {
    fail_msg("%s: %s", format, kgq_error_message(err));
  }
  assert_string_equal(output, text);
}

static const char *const names[] = { "s", "p", "o" };
static const kgq_term cells[] = {
  { KGQ_IRI, 0, S("http://example/a&b"), S(""), S("") },
  { KGQ_BNODE, 0, S("b0"), S(""), S("") },
  { KGQ_LITERAL, 0, S("x, \"y\"\n<z>\t\\"), S(XSD "string"), S("") },
  { KGQ_UNBOUND, 0, S(""), S(""), S("") },
  { KGQ_LITERAL, 2, S("\xD9\x82"), S("http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString"), S("ar") },
  { KGQ_LITERAL, 0, S("-1.5"), S(XSD "decimal"), S("") },
  { KGQ_TRIPLE, 0, S("<<( <http://example/s> <http://example/p> \"a\\tb\"@en--ltr )>>"), S(""), S("") },
  { KGQ_LITERAL, 0, S("1.0E6"), S(XSD "double"), S("") },
  { KGQ_TRIPLE, 0,
    S("<<( _:b0 <http://example/p> <<( <http://example/s> <http://example/p> \"1\"^^<" XSD
      "integer> )>> )>>"),
    S(""), S("") },
};

static kgq_stmt rows_of(const kgq_term *terms, int rows) {
  return (kgq_stmt){
    .form = KGQ_FORM_SELECT, .columns = 3, .rows = rows, .names = names, .cells = terms, .last = KGQ_DONE
  };
}

static void json(void **state) {
  kgq_stmt stmt = rows_of(cells, 3);
  (void)state;
  expect(
      &stmt, "json",
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
  kgq_stmt stmt = rows_of(cells, 3);
  (void)state;
  expect(
      &stmt, "xml",
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
  kgq_stmt stmt = rows_of(cells, 3);
  (void)state;
  expect(&stmt, "csv",
         "s,p,o\r\nhttp://example/a&b,_:b0,\"x, \"\"y\"\"\n<z>\t\\\"\r\n,\xD9\x82,-1.5\r\n"
         "\"<<( <http://example/s> <http://example/p> \"\"a\\tb\"\"@en--ltr )>>\",1.0E6,"
         "\"<<( _:b0 <http://example/p> <<( <http://example/s> <http://example/p> \"\"1\"\"^^<" XSD
         "integer> )>> )>>\"\r\n");
}

static void tsv(void **state) {
  kgq_stmt stmt = rows_of(cells, 3);
  (void)state;
  expect(
      &stmt, "tsv",
      "?s\t?p\t?o\n<http://example/a&b>\t_:b0\t\"x, \\\"y\\\"\\n<z>\\t\\\\\"\n\t\"\xD9\x82\"@ar--rtl\t-1.5\n"
      "<<( <http://example/s> <http://example/p> \"a\\tb\"@en--ltr )>>\t1.0E6\t"
      "<<( _:b0 <http://example/p> <<( <http://example/s> <http://example/p> \"1\"^^<" XSD
      "integer> )>> )>>\n");
}

static void turtle_numbers(void **state) {
  static const struct {
    const char *text, *datatype;
    bool bare;
  } rows[] = {
    { "1", XSD "integer", true },    { "-01", XSD "integer", true }, { "+1", XSD "integer", true },
    { "", XSD "integer", false },    { "1.", XSD "decimal", false }, { ".5", XSD "decimal", true },
    { "5", XSD "decimal", false },   { "1e0", XSD "double", true },  { "1.e0", XSD "double", true },
    { ".e0", XSD "double", false },  { "1", XSD "double", false },   { "1e", XSD "double", false },
    { "INF", XSD "double", false },  { "1", XSD "byte", false },     { "x", XSD "integer", false },
    { "1.5", XSD "integer", false }, { "1e0", XSD "decimal", false }
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (is_turtle_number(kg_str(rows[i].text), kg_str(rows[i].datatype)) != rows[i].bare) {
      fail_msg("%s of %s", rows[i].text, rows[i].datatype);
    }
  }
}

static void empty_and_boolean(void **state) {
  static const kgq_term yes = { KGQ_LITERAL, 0, S("true"), S(XSD "boolean"), S("") };
  static const kgq_term no = { KGQ_LITERAL, 0, S("false"), S(XSD "boolean"), S("") };
  kgq_stmt none = rows_of(cells, 0);
  kgq_stmt ask = {
    .form = KGQ_FORM_ASK, .columns = 1, .rows = 1, .names = names, .cells = &yes, .last = KGQ_DONE
  };
  (void)state;
  expect(&none, "json", "{\"head\":{\"vars\":[\"s\",\"p\",\"o\"]},\"results\":{\"bindings\":[\n]}}\n");
  expect(&none, "csv", "s,p,o\r\n");
  expect(&ask, "json", "{\"head\":{},\"boolean\":true}\n");
  expect(&ask, "xml", XML_HEAD "</head>\n<boolean>true</boolean>\n</sparql>\n");
  ask.cells = &no;
  expect(&ask, "csv", "false\r\n");
  expect(&ask, "tsv", "false\n");
}

static void graphs(void **state) {
  static const kgq_term triple[] = {
    { KGQ_IRI, 0, S("http://example/s"), S(""), S("") },
    { KGQ_IRI, 0, S("http://example/p"), S(""), S("") },
    { KGQ_LITERAL, 1, S("x"), S("http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString"), S("en") },
  };
  kgq_stmt stmt = rows_of(triple, 1);
  (void)state;
  stmt.form = KGQ_FORM_CONSTRUCT;
  expect(&stmt, "nt", "<http://example/s> <http://example/p> \"x\"@en--ltr .\n");
  expect(&stmt, "json", "<http://example/s> <http://example/p> \"x\"@en--ltr .\n");
  assert_int_equal(write_as(&stmt, "ttl", NULL), KGQ_OK);
  assert_non_null(strstr(output, "ex:s ex:p \"x\"@en--ltr"));
}

static int refuse_output(void *arg, const char *bytes, size_t count) {
  (void)arg, (void)bytes, (void)count;
  return 1;
}

static void failures(void **state) {
  static const kgq_term bell[] = { { KGQ_LITERAL, 0, S("a\ab"), S(XSD "string"), S("") },
                                   { KGQ_UNBOUND, 0, S(""), S(""), S("") },
                                   { KGQ_UNBOUND, 0, S(""), S(""), S("") } };
  static const char *const damaged[] = { "",
                                         "<<(",
                                         "<<( <http://x/s> )>>",
                                         "<<( <a <b <c> )>>",
                                         "<<( \"x\" <http://x/p>",
                                         "<<( <http://x/s> <http://x/p> \"x )>>",
                                         "<<( <<( <<( <<( ",
                                         "nonsense" };
  kgq_stmt stmt = rows_of(bell, 1);
  kgq_error *err = NULL;
  (void)state;
  assert_int_equal(write_as(&stmt, "xml", &err), KGQ_DATA);
  assert_string_equal(kgq_error_message(err), "a result holds the character U+0007, which XML cannot");
  kgq_error_free(err);
  assert_int_equal(write_as(&stmt, "json", NULL), KGQ_OK);
  assert_non_null(strstr(output, "a\\u0007b"));
  assert_int_equal(write_as(&stmt, "yaml", NULL), KGQ_MISUSE);
  assert_int_equal(write_as(&stmt, "nt", NULL), KGQ_MISUSE);
  stmt.last = KGQ_LIMIT;
  assert_int_equal(write_as(&stmt, "csv", NULL), KGQ_LIMIT);
  stmt.form = KGQ_FORM_UPDATE;
  assert_int_equal(write_as(&stmt, "csv", NULL), KGQ_MISUSE);
  assert_int_equal(kgq_write_results(NULL, "csv", collect, NULL, NULL), KGQ_MISUSE);
  for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
    kgq_term broken[3] = { bell[1], bell[1], bell[1] };
    broken[0].kind = KGQ_TRIPLE;
    broken[0].text = kg_str(damaged[i]);
    kgq_stmt bad = rows_of(broken, 1);
    assert_int_equal(write_as(&bad, "json", NULL), KGQ_CORRUPT);
  }
  stmt = rows_of(cells, 3);
  assert_int_equal(kgq_write_results(&stmt, "tsv", refuse_output, NULL, NULL), KGQ_IO);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(json),
                                      cmocka_unit_test(xml),
                                      cmocka_unit_test(csv),
                                      cmocka_unit_test(tsv),
                                      cmocka_unit_test(turtle_numbers),
                                      cmocka_unit_test(empty_and_boolean),
                                      cmocka_unit_test(graphs),
                                      cmocka_unit_test(failures) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
