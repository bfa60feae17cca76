/* tests/unit/test_turtle.c: Turtle and TriG: what statements mean, faults with places, windows of any size,
 * limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/limits.h"
#include "graph/writer.h"
#include "loaders/turtle.h"

typedef struct run {
  kg_out out;
  kg_buf text;
  size_t quads, prefixes;
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
static kgq_status take_prefix(void *arg, kgq_str name, kgq_str iri, kgq_error **err) {
  (void)name;
  (void)iri;
  (void)err;
  ((run *)arg)->prefixes++;
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

static kgq_status read_input(run *r, kg_input *in, bool graphs, const char *base, kgq_error **err) {
  const kg_sink sink = { .arg = r, .quad = take, .prefix = take_prefix };
  const kg_reader_options options = { .graphs = graphs, .base = kg_str(base) };
  const kgq_status st = kg_turtle_read(in, &options, &sink, err);
  assert_int_equal(kg_out_flush(&r->out, NULL), KGQ_OK);
  return st;
}

static kgq_status read_text(run *r, kgq_str text, bool graphs, const char *base, kgq_error **err) {
  kg_input in;
  KGQ_TRY(kg_input_memory(&in, NULL, "t.ttl", text, err));
  const kgq_status st = read_input(r, &in, graphs, base, err);
  kg_input_close(&in);
  return st;
}

static void check(const char *in, const char *expected) {
  run r;
  open_run(&r);
  kgq_error *err = NULL;
  if (read_text(&r, kg_str(in), true, "", &err) != KGQ_OK) {
    fail_msg("%s: %d: %s", in, (int)kgq_error_column(err), kgq_error_message(err));
  }
  assert_int_equal(kg_buf_add_byte(&r.text, '\0', NULL), KGQ_OK);
  assert_string_equal(r.text.bytes, expected);
  close_run(&r);
}

#define P   "PREFIX : <a:> "
#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define XSD "http://www.w3.org/2001/XMLSchema#"

static void statements(void **state) {
  (void)state;
  check("", "");
  check("# c", "");
  check(P ":s :p :o, :o2 ; :q 'x' ;; .", "<a:s> <a:p> <a:o> .\n<a:s> <a:p> <a:o2> .\n<a:s> <a:q> \"x\" .\n");
  check(P ":s a :C .", "<a:s> <" RDF "type> <a:C> .\n");
  check(P ":s :p -01, 1.50 .",
        "<a:s> <a:p> \"-01\"^^<" XSD "integer> .\n<a:s> <a:p> \"1.50\"^^<" XSD "decimal> .\n");
}

/* "1." ends the statement: what follows is one of its own. */
static void numbers_and_dots(void **state) {
  (void)state;
  check(P ":s :p 1.:t :p 1.5.:u :p 1e3 .", "<a:s> <a:p> \"1\"^^<" XSD "integer> .\n<a:t> <a:p> \"1.5\"^^<" XSD
                                           "decimal> .\n<a:u> <a:p> \"1e3\"^^<" XSD "double> .\n");
  check(P ":s :p true.:t :p false .",
        "<a:s> <a:p> \"true\"^^<" XSD "boolean> .\n<a:t> <a:p> \"false\"^^<" XSD "boolean> .\n");
}

static void blank_nodes_and_lists(void **state) {
  (void)state;
  check(P "[] :p [ :q :o ] .", "_:anon2 <a:q> <a:o> .\n_:anon1 <a:p> _:anon2 .\n");
  check(P ":s :p ( 'x' () ) .",
        "_:anon1 <" RDF "first> \"x\" .\n_:anon1 <" RDF "rest> _:anon2 .\n_:anon2 <" RDF "first> <" RDF
        "nil> .\n_:anon2 <" RDF "rest> <" RDF "nil> .\n<a:s> <a:p> _:anon1 .\n");
  check(P "_:anon1 :p [], _:anon1u, _:anonx .",
        "_:anon1u <a:p> _:anon1 .\n_:anon1u <a:p> _:anon1uu .\n_:anon1u <a:p> _:anonx .\n");
  check(P "[ :p :o ] .", "_:anon1 <a:p> <a:o> .\n");
}

static void reifiers(void **state) {
  (void)state;
  check(P ":s :p :o ~ :r {| :q 'x' |} .",
        "<a:s> <a:p> <a:o> .\n<a:r> <" RDF "reifies> <<( <a:s> <a:p> <a:o> )>> .\n"
        "<a:r> <a:q> \"x\" .\n");
  check(P "<< :s :p :o >> .", "_:anon1 <" RDF "reifies> <<( <a:s> <a:p> <a:o> )>> .\n");
  check(P ":s :p <<( :a :b <<( :c :d 'x'@ar--rtl )>> )>> .",
        "<a:s> <a:p> <<( <a:a> <a:b> <<( <a:c> <a:d> \"x\"@ar--rtl )>> )>> .\n");
}

static void graphs(void **state) {
  (void)state;
  check(P ":g { :s :p :o . :s :p :o2 } { :s :p :o } GRAPH _:g { } :s :p :o .",
        "<a:s> <a:p> <a:o> <a:g> .\n<a:s> <a:p> <a:o2> <a:g> .\n<a:s> <a:p> <a:o> .\n<a:s> <a:p> <a:o> .\n");
}

static void directives(void **state) {
  (void)state;
  check(
      "@base <http://a/b/> . @prefix x: <c#> . <> x:p <../d> . BASE <e> <f> x:\\,%41 <g> .",
      "<http://a/b/> <http://a/b/c#p> <http://a/d> .\n<http://a/b/f> <http://a/b/c#,%41> <http://a/b/g> .\n");
  check("prefix prefix: <a:> prefix:s prefix:p prefix:prefix .", "<a:s> <a:p> <a:prefix> .\n");
  check("VERSION \"1.2\" @version '1.2' . " P ":s :p :o .", "<a:s> <a:p> <a:o> .\n");
}

typedef struct bad_case {
  const char *text;
  uint64_t line, column;
  const char *message, *hint;
} bad_case;

static void faults_have_places(void **state) {
  (void)state;
  static const bad_case cases[] = {
    { "x:s x:p x:o .", 1, 1, "unknown prefix 'x:'", "declare it with PREFIX x: <...>" },
    { "<s> <a:p> <a:o> .", 1, 1, "the relative IRI <s> has no base",
      "declare a base with BASE <...>, or give one with --base" },
    { P ":s :p :o", 1, 23, "a '.' is missing at the end of the statement", "" },
    { P "\n:s :p .", 2, 7, "an object is missing here", "" },
    { P ":s :p , .", 1, 21, "an object is missing here", "" },
    { P ":s 'p' :o .", 1, 18, "a predicate must be an IRI, a name with a prefix, or 'a'", "" },
    { P "'s' :p :o .", 1, 15, "a subject is missing here", "" },
    { P ":s :p ( 1 .", 1, 25, "an object is missing here", "" },
    { P ":s :p [ :q 1 .", 1, 28, "the '[' of a blank node has no ']' here", "" },
    { P ":s :p :o {| :q 1 } .", 1, 32, "an annotation ends with |}", "" },
    { P "<<( :s :p :o )>> :p :o .", 1, 15, "a triple term cannot be a subject", "" },
    { P ":s :p <<( << :s :p :o >> :p :o )>> .", 1, 25,
      "the subject of a triple term is an IRI or a blank node", "" },
    { P ":s :p <<( :s :p << :s :p :o >> )>> .", 1, 31, "a reified triple may not stand inside a triple term",
      "" },
    { P ":s :p 'x'^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> .", 1, 26,
      "this datatype needs a language tag", "write the text as \"...\"@ko" },
    { P ":g { :s :p :o . ", 1, 31, "a '.' or the '}' of the graph is missing here", "" },
    { "@foo <a:b> .", 1, 1, "only @prefix, @base and @version begin with '@'", "" },
    { "@prefix x:y <a:b> .", 1, 11, "a prefix ends with ':' and has nothing behind it", "" },
    { "VERSION 1.2", 1, 9, "a version is a text such as \"1.2\"", "" },
    { P ":s :p '''삼성\n\xFF''' .", 2, 1, "this is not UTF-8", "" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    run r;
    open_run(&r);
    kgq_error *err = NULL;
    assert_int_equal(read_text(&r, kg_str(cases[i].text), true, "", &err), KGQ_SYNTAX);
    if (kgq_error_line(err) != cases[i].line || kgq_error_column(err) != cases[i].column ||
        strcmp(kgq_error_message(err), cases[i].message) != 0 ||
        strcmp(kgq_error_hint(err), cases[i].hint) != 0) {
      fail_msg("%s: %d:%d: %s; %s", cases[i].text, (int)kgq_error_line(err), (int)kgq_error_column(err),
               kgq_error_message(err), kgq_error_hint(err));
    }
    kgq_error_free(err);
    close_run(&r);
  }
}

static void turtle_has_no_graphs(void **state) {
  (void)state;
  run r;
  open_run(&r);
  assert_int_equal(read_text(&r, KG_STR("<a:g> { <a:s> <a:p> <a:o> }"), false, "", NULL), KGQ_SYNTAX);
  close_run(&r);
}

/* ---- windows ------------------------------------------------------------------------------------ */

/* A document through a pipe whose reads end anywhere: tokens are cut at every place. */
static kgq_status read_in_pieces(run *r, kgq_str text, size_t piece, kgq_error **err) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  const int saved = dup(STDIN_FILENO);
  assert_true(saved >= 0 && dup2(ends[0], STDIN_FILENO) >= 0);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    for (size_t at = 0; at < text.len; at += piece) {
      const size_t count = text.len - at < piece ? text.len - at : piece;
      if (write(ends[1], text.ptr + at, count) < 0) {
        _exit(1);
      }
      (void)usleep(50);
    }
    _exit(0);
  }
  assert_int_equal(close(ends[1]), 0);
  kg_input in;
  kgq_status st = kg_input_file(&in, NULL, "-", err);
  if (st == KGQ_OK) {
    st = read_input(r, &in, true, "", err);
    kg_input_close(&in);
  }
  assert_true(dup2(saved, STDIN_FILENO) >= 0);
  (void)close(saved);
  (void)close(ends[0]);
  return st;
}

static void tokens_are_cut_anywhere(void **state) {
  (void)state;
  const kgq_str text = KG_STR(
      P "# comment\n"
        ":s.t :p-q 12.5e+10, \"\"\"a\"\"b\\u0041\"\"\"@zh-Hans--ltr, 'x'^^:\\,%41, true, false ; a :C .\n"
        "GRAPH :g { [ :p ( <<( :a :b _:c.d )>> << :a :b 1.0 ~ :r >> ) ] :q :o ~ {| :q '''삼'성''' |} }\n"
        "VERSION '1.2' @prefix 삼: <a:b#> . 삼:성 <a:\\u0041> .5 .");
  run whole;
  open_run(&whole);
  assert_int_equal(read_text(&whole, text, true, "", NULL), KGQ_OK);
  assert_true(whole.quads > 10);
  static const size_t pieces[] = { 1, 2, 3, 5, 7, 16 };
  for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
    run r;
    open_run(&r);
    kgq_error *err = NULL;
    if (read_in_pieces(&r, text, pieces[i], &err) != KGQ_OK) {
      fail_msg("pieces of %zu: %s", pieces[i], kgq_error_message(err));
    }
    assert_true(kg_str_equal(kg_buf_str(&r.text), kg_buf_str(&whole.text)));
    close_run(&r);
  }
  close_run(&whole);
}

/* ---- limits ------------------------------------------------------------------------------------- */

static kgq_status read_repeated(const char *before, const char *again, size_t count, const char *middle,
                                const char *behind, size_t behind_count) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  assert_int_equal(kg_buf_add_text(&text, before, NULL), KGQ_OK);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(kg_buf_add_text(&text, again, NULL), KGQ_OK);
  }
  assert_int_equal(kg_buf_add_text(&text, middle, NULL), KGQ_OK);
  for (size_t i = 0; i < behind_count; i++) {
    assert_int_equal(kg_buf_add_text(&text, behind, NULL), KGQ_OK);
  }
  assert_int_equal(kg_buf_add_text(&text, " .", NULL), KGQ_OK);
  run r;
  open_run(&r);
  r.count_only = true;
  const kgq_status st = read_text(&r, kg_buf_str(&text), true, "", NULL);
  close_run(&r);
  kg_buf_free(&text);
  return st;
}

static void nesting_limit(void **state) {
  (void)state;
  static const char *const brackets[][3] = {
    { "(", "", ")" },
    { "[ :p ", ":o", " ]" },
    { "<<( :s :p ", ":o", " )>>" },
    { "<< :s :p ", ":o", " >>" },
  };
  for (size_t i = 0; i < sizeof brackets / sizeof brackets[0]; i++) {
    const char *const *b = brackets[i];
    assert_int_equal(read_repeated(P ":s :p ", b[0], KG_LIMIT_NESTING, b[1], b[2], KG_LIMIT_NESTING), KGQ_OK);
    assert_int_equal(read_repeated(P ":s :p ", b[0], KG_LIMIT_NESTING + 1, b[1], b[2], KG_LIMIT_NESTING + 1),
                     KGQ_SYNTAX);
    assert_int_equal(read_repeated(P ":s :p ", b[0], 300000, b[1], b[2], 0), KGQ_SYNTAX);
  }
  assert_int_equal(read_repeated(P ":s :p :o ", "{| :q :o ", KG_LIMIT_NESTING, "", "|} ", KG_LIMIT_NESTING),
                   KGQ_OK);
  assert_int_equal(
      read_repeated(P ":s :p :o ", "{| :q :o ", KG_LIMIT_NESTING + 1, "", "|} ", KG_LIMIT_NESTING + 1),
      KGQ_SYNTAX);
}

static kgq_status read_prefixes(unsigned count, size_t *seen) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  for (unsigned i = 0; i < count; i++) {
    assert_int_equal(kg_buf_print(&text, NULL, "PREFIX p%u: <a:> ", i), KGQ_OK);
  }
  run r;
  open_run(&r);
  const kgq_status st = read_text(&r, kg_buf_str(&text), true, "", NULL);
  *seen = r.prefixes;
  close_run(&r);
  kg_buf_free(&text);
  return st;
}

static void prefix_limit(void **state) {
  (void)state;
  size_t seen = 0;
  assert_int_equal(read_prefixes(KG_LIMIT_PREFIXES, &seen), KGQ_OK);
  assert_int_equal(seen, KG_LIMIT_PREFIXES);
  assert_int_equal(read_prefixes(KG_LIMIT_PREFIXES + 1, &seen), KGQ_SYNTAX);
}

/* An allocator that counts, to see that one long statement needs no more memory than a short one. */
typedef struct counter {
  size_t now, most;
} counter;

static void *counting_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  counter *c = arg;
  c->now += new_bytes - old_bytes;
  c->most = c->now > c->most ? c->now : c->most;
  if (new_bytes == 0) {
    free(ptr);
    return NULL;
  }
  return realloc(ptr, new_bytes);
}

static size_t memory_of_statement(unsigned members) {
  char path[] = "/tmp/kgq_test_XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  FILE *file = fdopen(fd, "w");
  assert_non_null(file);
  assert_true(fprintf(file, P ":s :p ( ") > 0);
  for (unsigned i = 0; i < members; i++) {
    assert_true(fprintf(file, "[ :p <<( :a :b %u )>> ; :q 'x' ] ", i) > 0);
  }
  assert_true(fprintf(file, ") .") > 0);
  assert_int_equal(fclose(file), 0);
  counter c = { 0, 0 };
  const kgq_allocator a = { counting_resize, &c };
  run r;
  open_run(&r);
  r.count_only = true;
  const kg_sink sink = { .arg = &r, .quad = take };
  const kg_reader_options options = { .allocator = &a };
  kg_input in;
  assert_int_equal(kg_input_file(&in, &a, path, NULL), KGQ_OK);
  assert_int_equal(kg_turtle_read(&in, &options, &sink, NULL), KGQ_OK);
  kg_input_close(&in);
  assert_int_equal(r.quads, 4 * members + 1);
  assert_int_equal(c.now, 0);
  close_run(&r);
  assert_int_equal(unlink(path), 0);
  return c.most;
}

static void memory_does_not_grow(void **state) {
  (void)state;
  const size_t small = memory_of_statement(20000), large = memory_of_statement(200000);
  assert_true(large <= small + 4096);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(statements),
    cmocka_unit_test(numbers_and_dots),
    cmocka_unit_test(blank_nodes_and_lists),
    cmocka_unit_test(reifiers),
    cmocka_unit_test(graphs),
    cmocka_unit_test(directives),
    cmocka_unit_test(faults_have_places),
    cmocka_unit_test(turtle_has_no_graphs),
    cmocka_unit_test(tokens_are_cut_anywhere),
    cmocka_unit_test(nesting_limit),
    cmocka_unit_test(prefix_limit),
    cmocka_unit_test(memory_does_not_grow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
