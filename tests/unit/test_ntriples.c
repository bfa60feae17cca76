/* tests/unit/test_ntriples.c: N-Triples and N-Quads: terms, faults with places, skipping, compressed input,
 * limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "core/compress.h"
#include "core/limits.h"
#include "graph/writer.h"
#include "loaders/ntriples.h"

typedef struct run {
  kg_out out;
  kg_buf text;
  size_t quads, bad;
  uint64_t last_bad_line;
  bool count_only;
} run;

static int collect(void *arg, const char *bytes, size_t count) {
  return kg_buf_add(arg, bytes, count, NULL) == KGQ_OK ? 0 : 1;
}
static kgq_status take(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                       kgq_error **err) {
  run *r = arg;
  r->quads++;
  return r->count_only ? KGQ_OK : kg_write_quad(&r->out, s, p, o, g, err);
}
static kgq_status bad_line(void *arg, kgq_error *bad, kgq_error **err) {
  (void)err;
  run *r = arg;
  r->bad++;
  r->last_bad_line = kgq_error_line(bad);
  kgq_error_free(bad);
  return KGQ_OK;
}

static void open_run(run *r) {
  *r = (run){ .quads = 0 };
  kg_buf_init(&r->text, NULL);
  kg_out_init(&r->out, NULL, collect, &r->text);
}
static void close_run(run *r) {
  kg_out_free(&r->out);
  kg_buf_free(&r->text);
}

static kgq_status read_input(run *r, kg_input *in, bool graphs, bool keep_going, kgq_error **err) {
  const kg_sink sink = { .arg = r, .quad = take };
  const kg_reader_options options = { .graphs = graphs,
                                      .bad_line = keep_going ? bad_line : NULL,
                                      .bad_line_arg = r };
  const kgq_status st = kg_ntriples_read(in, &options, &sink, err);
  assert_int_equal(kg_out_flush(&r->out, NULL), KGQ_OK);
  return st;
}

static kgq_status read_text(run *r, kgq_str text, bool graphs, bool keep_going, kgq_error **err) {
  kg_input in;
  KGQ_TRY(kg_input_memory(&in, NULL, "t.nq", text, err));
  const kgq_status st = read_input(r, &in, graphs, keep_going, err);
  kg_input_close(&in);
  return st;
}

static void check(const char *in, const char *expected) {
  run r;
  open_run(&r);
  kgq_error *err = NULL;
  if (read_text(&r, kg_str(in), true, false, &err) != KGQ_OK) {
    fail_msg("%s: %s", in, kgq_error_message(err));
  }
  assert_true(kg_str_equal(kg_buf_str(&r.text), kg_str(expected)));
  close_run(&r);
}

static void statements(void **state) {
  (void)state;
  check("", "");
  check("\n\r\n# only a comment", "");
  check("<a:s> <a:p> <a:o> .", "<a:s> <a:p> <a:o> .\n");
  check("\xEF\xBB\xBF<a:s> <a:p> <a:o> .", "<a:s> <a:p> <a:o> .\n");
  check("<a:s><a:p>\"x\"@ko<a:g>.#c\n", "<a:s> <a:p> \"x\"@ko <a:g> .\n");
  check("<a:s> <a:p> \"x\" .\r<a:s> <a:p> \"y\" .\r", "<a:s> <a:p> \"x\" .\n<a:s> <a:p> \"y\" .\n");
  check(" \t_:a\t<a:p> _:b.c  _:g .", "_:a <a:p> _:b.c _:g .\n");
  check("<a:s> <a:p> \"1\"^^<http://www.w3.org/2001/XMLSchema#string> .", "<a:s> <a:p> \"1\" .\n");
  check("<a:s> <a:p> \"x\"@ar--rtl .", "<a:s> <a:p> \"x\"@ar--rtl .\n");
  check("<a:\\u0073> <a:p> \"\\u0041\\n\" <a:\\u0067> .\n<a:s> <a:p> \"b\" <a:g> .",
        "<a:s> <a:p> \"A\\n\" <a:g> .\n<a:s> <a:p> \"b\" <a:g> .\n");
  check("VERSION \"1.2\"\n<a:s> <a:p> <<( _:x <a:q> <<(<a:s><a:p>\"x\")>> )>> .",
        "<a:s> <a:p> <<( _:x <a:q> <<( <a:s> <a:p> \"x\" )>> )>> .\n");
}

typedef struct bad_case {
  const char *text;
  uint64_t line, column;
  const char *message;
} bad_case;

static void faults_have_places(void **state) {
  (void)state;
  static const bad_case cases[] = {
    { "<a:s> <a:p> <a:o>", 1, 18, "a '.' is missing at the end of the statement" },
    { "\n<a:s> <a:p> <b> .", 2, 13, "this IRI is not absolute: it has no scheme such as https:" },
    { "<a:s> \"p\" <a:o> .", 1, 7, "a predicate must be an IRI such as <https://example.org/p>" },
    { "\"s\" <a:p> <a:o> .", 1, 1, "a subject must be an IRI or a blank node" },
    { "<a:s> <a:p> .", 1, 13,
      "an object must be an IRI, a blank node, a text in double quotes or <<( ... )>>" },
    { "<a:s> <a:p> \"삼성\xFF\" .", 1, 16, "this is not UTF-8" },
    { "<a:s> <a:p> <a:o> . <a:s> <a:p> <a:o> .", 1, 21, "only one statement may stand on a line" },
    { "<a:s> <a:p> \"x\n\" .", 1, 13, "the text that begins here has no closing quote on its line" },
    { "<a:s> <a:p> \"x\"@1 .", 1, 17, "this is not a language tag such as ko, ja or zh-Hans" },
    { "<a:s> <a:p> \"x\"^<a:t> .", 1, 16, "a datatype is written ^^<IRI>" },
    { "<a:s> <a:p> \"x\"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> .", 1, 18,
      "this datatype needs a language tag" },
    { "<a:s> <a:p> <<( <a:s> <a:p> <a:o> >> .", 1, 35, "a triple term ends with )>>" },
    { "<a:s> <a:p> <<( <<( <a:s> <a:p> <a:o> )>> <a:p> <a:o> )>> .", 1, 18,
      "'<' is not allowed in an IRI; is a '>' missing before it?" },
    { "VERSION 1.2", 1, 9, "VERSION needs a text such as \"1.2\"" },
    { "<a:s> <a:p> '1' .", 1, 13,
      "an object must be an IRI, a blank node, a text in double quotes or <<( ... )>>" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    run r;
    open_run(&r);
    kgq_error *err = NULL;
    assert_int_equal(read_text(&r, kg_str(cases[i].text), true, false, &err), KGQ_SYNTAX);
    assert_string_equal(kgq_error_message(err), cases[i].message);
    if (kgq_error_line(err) != cases[i].line || kgq_error_column(err) != cases[i].column) {
      fail_msg("%s: at %d:%d", cases[i].text, (int)kgq_error_line(err), (int)kgq_error_column(err));
    }
    kgq_error_free(err);
    close_run(&r);
  }
}

static void graphs_need_nquads(void **state) {
  (void)state;
  run r;
  open_run(&r);
  kgq_error *err = NULL;
  assert_int_equal(read_text(&r, KG_STR("<a:s> <a:p> <a:o> <a:g> ."), false, false, &err), KGQ_SYNTAX);
  assert_string_equal(kgq_error_hint(err), "a fourth term makes it N-Quads: --format nq");
  kgq_error_free(err);
  close_run(&r);
}

static void bad_lines_are_skipped(void **state) {
  (void)state;
  run r;
  open_run(&r);
  const kgq_str text = KG_STR(
      "<a:s> <a:p> <a:1> .\nbad\n<a:s> <a:p> <a:2> .\n<a:s> <a:p> \"\\q\" .\n<a:s> <a:p> <a:3> .\n\xFF");
  assert_int_equal(read_text(&r, text, true, true, NULL), KGQ_OK);
  assert_int_equal(r.quads, 3);
  assert_int_equal(r.bad, 3);
  assert_int_equal(r.last_bad_line, 6);
  close_run(&r);
}

/* ---- files -------------------------------------------------------------------------------------- */

static const char line_format[] = "<http://example.org/s%d> <http://example.org/p> \"값 %d\\n\" .\n";
#define LINES 30000

static void make_lines(kg_buf *text) {
  kg_buf_init(text, NULL);
  for (int i = 0; i < LINES; i++) {
    assert_int_equal(kg_buf_print(text, NULL, line_format, i, i), KGQ_OK);
  }
}

static void write_file(const char *path, kgq_str bytes) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
  assert_int_equal(fclose(file), 0);
}

static kgq_status read_file(run *r, const char *path, kgq_error **err) {
  kg_input in;
  KGQ_TRY(kg_input_file(&in, NULL, path, err));
  const kgq_status st = read_input(r, &in, true, false, err);
  kg_input_close(&in);
  return st;
}

static void check_file(const char *path, kgq_str expected) {
  run r;
  open_run(&r);
  kgq_error *err = NULL;
  if (read_file(&r, path, &err) != KGQ_OK) {
    fail_msg("%s: %s", path, kgq_error_message(err));
  }
  assert_int_equal(r.quads, LINES);
  assert_true(kg_str_equal(kg_buf_str(&r.text), expected));
  close_run(&r);
}

static void files_plain_and_compressed(void **state) {
  (void)state;
  char path[] = "/tmp/kgq_test_XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(close(fd), 0);
  kg_buf text, packed;
  make_lines(&text);
  kg_buf_init(&packed, NULL);
  write_file(path, kg_buf_str(&text));
  check_file(path, kg_buf_str(&text));

  gzFile gz = gzopen(path, "wb");
  assert_non_null(gz);
  assert_int_equal(gzwrite(gz, text.bytes, (unsigned)text.len), (int)text.len);
  assert_int_equal(gzclose(gz), Z_OK);
  check_file(path, kg_buf_str(&text));
  assert_int_equal(truncate(path, 1000), 0);
  run r;
  open_run(&r);
  kgq_error *err = NULL;
  assert_int_equal(read_file(&r, path, &err), KGQ_DATA);
  assert_non_null(strstr(kgq_error_message(err), "ends in the middle of its compressed data"));
  kgq_error_free(err);
  close_run(&r);

  assert_int_equal(kg_zstd_compress(kg_buf_str(&text), 1, &packed, NULL), KGQ_OK);
  write_file(path, kg_buf_str(&packed));
  check_file(path, kg_buf_str(&text));
  assert_int_equal(truncate(path, (off_t)packed.len - 10), 0);
  open_run(&r);
  assert_int_equal(read_file(&r, path, NULL), KGQ_DATA);
  close_run(&r);
  assert_int_equal(unlink(path), 0);
  kg_buf_free(&packed);
  kg_buf_free(&text);
}

static void a_missing_file_is_told(void **state) {
  (void)state;
  run r;
  open_run(&r);
  assert_int_equal(read_file(&r, "/nowhere/at/all.nt", NULL), KGQ_NOTFOUND);
  close_run(&r);
}

/* Far behind the first window the line is still right. */
static void places_in_long_files(void **state) {
  (void)state;
  char path[] = "/tmp/kgq_test_XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(close(fd), 0);
  kg_buf text;
  make_lines(&text);
  assert_int_equal(kg_buf_add_text(&text, "<a:s> <a:p> 값 .\n", NULL), KGQ_OK);
  write_file(path, kg_buf_str(&text));
  run r;
  open_run(&r);
  kgq_error *err = NULL;
  assert_int_equal(read_file(&r, path, &err), KGQ_SYNTAX);
  assert_int_equal(kgq_error_line(err), LINES + 1);
  assert_int_equal(kgq_error_column(err), 13);
  assert_string_equal(kgq_error_source(err), "<a:s> <a:p> 값 .");
  assert_int_equal(kgq_error_offset(err), text.len - strlen("값 .\n"));
  kgq_error_free(err);
  close_run(&r);
  assert_int_equal(unlink(path), 0);
  kg_buf_free(&text);
}

static kgq_status read_nested(unsigned depth) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  assert_int_equal(kg_buf_add_text(&text, "<a:s> <a:p> ", NULL), KGQ_OK);
  for (unsigned i = 0; i < depth; i++) {
    assert_int_equal(kg_buf_add_text(&text, "<<(<a:s><a:p>", NULL), KGQ_OK);
  }
  assert_int_equal(kg_buf_add_text(&text, "\"x\"", NULL), KGQ_OK);
  for (unsigned i = 0; i < depth; i++) {
    assert_int_equal(kg_buf_add_text(&text, ")>>", NULL), KGQ_OK);
  }
  assert_int_equal(kg_buf_add_text(&text, " .", NULL), KGQ_OK);
  run r;
  open_run(&r);
  const kgq_status st = read_text(&r, kg_buf_str(&text), false, false, NULL);
  close_run(&r);
  kg_buf_free(&text);
  return st;
}

static void nesting_limit(void **state) {
  (void)state;
  assert_int_equal(read_nested(KG_LIMIT_NESTING), KGQ_OK);
  assert_int_equal(read_nested(KG_LIMIT_NESTING + 1), KGQ_SYNTAX);
  assert_int_equal(read_nested(100000), KGQ_SYNTAX);
}

/* A line without end, from a file: refused at the limit, not read into memory whole. */
static void line_limit(void **state) {
  (void)state;
  char path[] = "/tmp/kgq_test_XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(ftruncate(fd, (off_t)KG_LIMIT_LINE_BYTES * 4), 0);
  assert_int_equal(close(fd), 0);
  run r;
  open_run(&r);
  kgq_error *err = NULL;
  assert_int_equal(read_file(&r, path, &err), KGQ_LIMIT);
  assert_string_equal(kgq_error_message(err), "a line or text here is longer than 67108864 bytes");
  kgq_error_free(err);
  close_run(&r);
  assert_int_equal(unlink(path), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(statements),
    cmocka_unit_test(faults_have_places),
    cmocka_unit_test(graphs_need_nquads),
    cmocka_unit_test(bad_lines_are_skipped),
    cmocka_unit_test(files_plain_and_compressed),
    cmocka_unit_test(a_missing_file_is_told),
    cmocka_unit_test(places_in_long_files),
    cmocka_unit_test(nesting_limit),
    cmocka_unit_test(line_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
