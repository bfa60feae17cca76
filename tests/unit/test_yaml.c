/* Tests of loaders/yaml and loaders/yaml_errors: trees, places, guards against hostile text, the nearest
 * word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "loaders/yaml.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct result {
  kg_arena arena;
  kg_yaml_errors errors;
  kg_buf trees; /* all documents, in a short notation */
  kgq_status status;
  char first_error[300];
} result;

/* word, "quoted", [list], {key:value}, ~ for an empty value, ! behind a key given twice, @line:column before
 * all. */
static void print_node(const kg_yaml_node *node, kg_buf *out) {
  assert_int_equal(kg_buf_print(out, NULL, "@%u:%u", node->spot.line, node->spot.column), KGQ_OK);
  if (node->kind == KG_YAML_SCALAR) {
    const char *quote = node->quoted ? "\"" : "";
    assert_int_equal(kg_buf_print(out, NULL, "%s%.*s%s%s", quote, KG_ARG(node->text), quote,
                                  node->twin            ? "!"
                                  : kg_yaml_empty(node) ? "~"
                                                        : ""),
                     KGQ_OK);
    return;
  }
  uint32_t count = 0;
  assert_int_equal(kg_buf_add_text(out, node->kind == KG_YAML_LIST ? "[" : "{", NULL), KGQ_OK);
  for (const kg_yaml_node *child = node->first; child; child = child->next) {
    print_node(child, out);
    count++;
  }
  assert_int_equal(node->kind == KG_YAML_LIST ? node->count : 2 * node->count, count);
  assert_int_equal(kg_buf_add_text(out, node->kind == KG_YAML_LIST ? "]" : "}", NULL), KGQ_OK);
}

static void keep_first_error(result *r) {
  kgq_error *err = NULL;
  r->first_error[0] = '\0';
  if (kg_yaml_errors_finish(&r->errors, &err) != KGQ_OK) {
    (void)snprintf(r->first_error, sizeof r->first_error, "%llu:%llu: %s",
                   (unsigned long long)kgq_error_line(err), (unsigned long long)kgq_error_column(err),
                   kgq_error_message(err));
  }
  kgq_error_free(err);
}

static void read_text(result *r, kgq_str text) {
  kg_yaml *yaml = NULL;
  const kg_yaml_node *root;
  kg_arena_init(&r->arena, NULL);
  kg_buf_init(&r->trees, NULL);
  kg_yaml_errors_init(&r->errors, "a.yaml", text);
  r->status = kg_yaml_open(NULL, &r->errors, &yaml, NULL);
  while (r->status == KGQ_OK) {
    r->status = kg_yaml_next(yaml, &r->arena, &root, NULL);
    if (r->status != KGQ_OK || !root) {
      break;
    }
    print_node(root, &r->trees);
  }
  kg_yaml_close(yaml);
  keep_first_error(r);
}

static void free_result(result *r) {
  kg_yaml_errors_free(&r->errors);
  kg_buf_free(&r->trees);
  kg_arena_free(&r->arena);
}

static void trees(void **state) {
  static const char *const rows[][2] = {
    { "", "" },
    { "# nothing\n", "" },
    { "a\n", "@1:1a" },
    { "\xEF\xBB\xBF"
      "a: b\n",
      "@1:1{@1:1a@1:4b}" },
    { "a: b\r\nc: d\r\n", "@1:1{@1:1a@1:4b@2:1c@2:4d}" },
    { "a:\n- x\n- {y: 1, z: }\n", "@1:1{@1:1a@2:1[@2:3x@3:3{@3:4y@3:7\x31@3:10z@3:13~}]}" },
    { "한: ['x', \"y\"]\n", "@1:1{@1:1한@1:4[@1:5\"x\"@1:10\"y\"]}" },
    { "a: b\na: c\n", "@1:1{@1:1a@1:4b@2:1a!@2:4c}" },
    { "a\n---\nb\n", "@1:1a@3:1b" },
    { "%YAML 1.2\n---\na\n", "@3:1a" },
    { "no: [yes, 1e3, 22:30, null]\n", "@1:1{@1:1no@1:5[@1:6yes@1:11\x31"
                                       "e3@1:16\x32"
                                       "2:30@1:23null]}" },
    { "a: |\n  x\n  y\n", "@1:1{@1:1a@1:4\"x\ny\n\"}" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    result r;
    read_text(&r, kg_str(rows[i][0]));
    assert_int_equal(r.status, KGQ_OK);
    if (!kg_str_equal(kg_buf_str(&r.trees), kg_str(rows[i][1]))) {
      fail_msg("‘%s’: %.*s, expected %s", rows[i][0], KG_ARG(kg_buf_str(&r.trees)), rows[i][1]);
    }
    free_result(&r);
  }
}

static void mistakes(void **state) {
  static const struct {
    const char *text;
    size_t len; /* 0: to its NUL */
    const char *error;
  } rows[] = {
    { "a: &x b\n", 0, "1:4: anchors, aliases, tags and merge keys are not used in facts files" },
    { "a: *x\n", 0, "1:4: anchors, aliases, tags and merge keys are not used in facts files" },
    { "a: !t b\n", 0, "1:4: anchors, aliases, tags and merge keys are not used in facts files" },
    { "a: ! b\n", 0, "1:4: anchors, aliases, tags and merge keys are not used in facts files" },
    { "a: &x [b]\n", 0, "1:4: anchors, aliases, tags and merge keys are not used in facts files" },
    { "a: !t {b: c}\n", 0, "1:4: anchors, aliases, tags and merge keys are not used in facts files" },
    { "<<: b\n", 0, "1:1: anchors, aliases, tags and merge keys are not used in facts files" },
    { "{[a]: b}\n", 0, "1:2: a key must be a word, not a list or a mapping" },
    { "{{a: b}: c}\n", 0, "1:2: a key must be a word, not a list or a mapping" },
    { "a: b: c\n", 0, "1:5: mapping values are not allowed here" },
    { "kgq: 1\nbase: ex:\n", 0, "2:7: ‘base: ex:’ is a mapping in YAML" },
    { "a:\n\t- b\n", 0, "2:1: tab used to indent" },
    { "a: \"x\n\n", 0, "1:4: the quote that begins here never ends" },
    { "한: 'x\n", 0, "1:4: the quote that begins here never ends" },
    { "a: [b\nc: d\n", 0, "2:2: ‘,’ or ‘]’ is missing: the ‘[’ at line 1, column 4 is still open" },
    { "a: ]\n", 0, "1:4: a value is missing here" },
    { "a: >x\n", 0, "1:4: this begins a block of lines, but more stands on the line" },
    { "a: `x\n", 0, "1:4: a text cannot begin with ‘`’" },
    { "a: \"\\q\"\n", 0, "1:5: unknown escape in a text in double quotes" },
    { "%YAML 2.0\n---\na\n", 0, "1:1: this line asks for another version of YAML than 1.1 or 1.2" },
    { "%X a\n---\na\n", 0,
      "1:1: a line that begins with ‘%’ speaks to the YAML reader, which does not know it" },
    { "a: b\n...\nc: d\n", 0, "3:1: the document has ended; a further one begins with ---" },
    { "ab\nc\0d", 6, "2:2: the control character U+0000 is not allowed in a text" },
    { "a\x7f", 0, "1:2: the control character U+007F is not allowed in a text" },
    { "가나\xC2\x85", 0, "1:3: the control character U+0085 is not allowed in a text" },
    { "가\n나\xE2\x80\xA8", 0, "2:2: the control character U+2028 is not allowed in a text" },
    { "a\xEF\xBB\xBF", 0, "1:2: the control character U+FEFF is not allowed in a text" },
    { "가\n나\xFF", 0, "2:2: not UTF-8 (byte 0xFF)" },
    { "\xED\xA0\x80", 0, "1:1: not UTF-8 (byte 0xED)" },
    { "a\r\nb\r\xC0\x80", 0, "3:1: not UTF-8 (byte 0xC0)" },
    { "\xFF\xFE\x61\x00", 4, "1:1: not UTF-8 (byte 0xFF)" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    result r;
    const kgq_str text = rows[i].len > 0 ? kg_str_n(rows[i].text, rows[i].len) : kg_str(rows[i].text);
    read_text(&r, text);
    assert_int_equal(r.status, KGQ_SYNTAX);
    assert_string_equal(r.first_error, rows[i].error);
    free_result(&r);
  }
}

/* ---- limits ------------------------------------------------------------------------------------ */

static kgq_str repeat(kg_buf *buf, const char *piece, size_t times, const char *end) {
  kg_buf_init(buf, NULL);
  for (size_t i = 0; i < times; i++) {
    assert_int_equal(kg_buf_add_text(buf, piece, NULL), KGQ_OK);
  }
  assert_int_equal(kg_buf_add_text(buf, end, NULL), KGQ_OK);
  return kg_buf_str(buf);
}

static void check_fast(const char *piece, size_t times, const char *end, const char *error) {
  kg_buf text;
  result r;
  const clock_t start = clock();
  read_text(&r, repeat(&text, piece, times, end));
  const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  assert_string_equal(r.first_error, error);
  if (seconds > 0.5) {
    fail_msg("%zu times ‘%s’ took %.2f s", times, piece, seconds);
  }
  free_result(&r);
  kg_buf_free(&text);
}

static void nesting(void **state) {
  char at_limit[2 * KG_LIMIT_NESTING + 1] = "";
  (void)state;
  memset(at_limit, '[', KG_LIMIT_NESTING);
  memset(at_limit + KG_LIMIT_NESTING, ']', KG_LIMIT_NESTING);
  check_fast(at_limit, 1, "", "");
  check_fast("[", KG_LIMIT_NESTING + 1, "", "1:101: nested deeper than 100");
  check_fast("[", 100000, "", "1:101: nested deeper than 100");
  check_fast("{a: ", 50000, "", "1:401: nested deeper than 100");
  check_fast("- ", 100000, "", "1:201: nested deeper than 100");
  check_fast("[\n", 100000, "", "101:1: nested deeper than 100");
}

static void check_tags(int count, const char *error) {
  kg_buf text;
  result r;
  kg_buf_init(&text, NULL);
  for (int i = 0; i < count; i++) {
    assert_int_equal(kg_buf_print(&text, NULL, "%%TAG !a%d! tag:x\n", i), KGQ_OK);
  }
  assert_int_equal(kg_buf_add_text(&text, "---\na\n", NULL), KGQ_OK);
  read_text(&r, kg_buf_str(&text));
  assert_string_equal(r.first_error, error);
  free_result(&r);
  kg_buf_free(&text);
}

static void directives(void **state) {
  (void)state;
  check_tags(KG_LIMIT_YAML_DIRECTIVES, "");
  check_tags(KG_LIMIT_YAML_DIRECTIVES + 1, "17:1: more than 16 lines begin with ‘%’");
  check_fast("%TAG !a! tag:x\n", 40000, "---\na\n", "17:1: more than 16 lines begin with ‘%’");
}

static void large(void **state) {
  kg_buf text;
  result r;
  (void)state;
  read_text(&r, repeat(&text, "xxxxxxxxxxxxxxxx", KG_LIMIT_LITERAL_BYTES / 16, ""));
  assert_string_equal(r.first_error, "");
  free_result(&r);
  kg_buf_free(&text);
  read_text(&r, repeat(&text, "xxxxxxxxxxxxxxxx", KG_LIMIT_LITERAL_BYTES / 16, "x"));
  assert_string_equal(r.first_error, "1:1: a text of 16 MiB; the limit is 16 MiB");
  free_result(&r);
  kg_buf_free(&text);
}

/* Keys given twice are found in large maps in linear time. */
static void large_map(void **state) {
  enum { keys = 20000 };
  kg_buf text;
  result r;
  (void)state;
  kg_buf_init(&text, NULL);
  for (int i = 0; i < keys; i++) {
    assert_int_equal(kg_buf_print(&text, NULL, "k%d: v\n", i), KGQ_OK);
  }
  assert_int_equal(kg_buf_add_text(&text, "k7: w\n", NULL), KGQ_OK);
  read_text(&r, kg_buf_str(&text));
  assert_int_equal(r.status, KGQ_OK);
  const char *twins = memchr(r.trees.bytes, '!', r.trees.len);
  assert_non_null(twins);
  assert_memory_equal(twins - 2, "k7!", 3);
  free_result(&r);
  kg_buf_free(&text);
}

/* ---- errors ------------------------------------------------------------------------------------ */

static void error_limit(void **state) {
  kg_yaml_errors errors;
  kgq_error *err = NULL;
  size_t count = 0;
  (void)state;
  kg_yaml_errors_init(&errors, "a.yaml", KG_STR("x\ny\n"));
  for (uint32_t i = KG_LIMIT_FILE_ERRORS + 3; i > 0; i--) { /* backwards: they come out sorted */
    kg_hint(kg_yaml_error(&errors, (kg_yaml_spot){ i, 1 }, "no. %u", i), "hint");
  }
  assert_true(kg_yaml_errors_full(&errors));
  assert_int_equal(kg_yaml_errors_finish(&errors, &err), KGQ_DATA);
  assert_string_equal(kgq_error_message(err), "no. 4");
  const kgq_error *last = err;
  for (const kgq_error *e = err; e; e = kgq_error_next(e)) {
    last = e;
    count++;
  }
  assert_int_equal(count, KG_LIMIT_FILE_ERRORS + 1);
  assert_string_equal(kgq_error_message(last), "… and 3 more");
  kgq_error_free(err);
  kg_yaml_errors_free(&errors);
}

static void spots(void **state) {
  kg_yaml_errors errors;
  (void)state;
  kg_yaml_errors_init(&errors, "a.yaml", KG_STR("가: \"x y\"\nb: x  y\n"));
  const kg_yaml_spot quoted = kg_yaml_spot_inside(&errors, (kg_yaml_spot){ 1, 4 }, KG_STR("x y"), 2);
  assert_int_equal(quoted.column, 7);
  const kg_yaml_spot folded = kg_yaml_spot_inside(&errors, (kg_yaml_spot){ 2, 4 }, KG_STR("x y"), 2);
  assert_int_equal(folded.column, 4); /* the file has two spaces: the word cannot be found */
  const kg_place place = kg_yaml_place(&errors, quoted);
  assert_int_equal(place.offset, 8);
  assert_true(kg_str_equal(place.source, KG_STR("가: \"x y\"")));
  assert_int_equal(kg_yaml_place(&errors, (kg_yaml_spot){ 2, 1 }).offset, 11);
  assert_int_equal(kg_yaml_place(&errors, (kg_yaml_spot){ 1, 1 }).offset, 0);
  kg_yaml_errors_free(&errors);
}

static void nearest(void **state) {
  static const char *const rows[][3] = {
    { "suplies", "supplies", "supplies" },
    { "statsu", "status", "status" },
    { "planed", "planned", "planned" },
    { "captoin", "caption", "caption" },
    { "xy", "ab", "" },
    { "a", "b", "" },
    { "Compnay", "Company", "Company" },
    { "wafers", "GPU", "" },
    { "cat", "dog", "" },
    { "삼성전지", "삼성전자", "삼성전자" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kg_nearest n = kg_nearest_to(kg_str(rows[i][0]));
    kg_nearest_try(&n, KG_STR("unrelatedword"));
    kg_nearest_try(&n, kg_str(rows[i][1]));
    if (!kg_str_equal(n.best, kg_str(rows[i][2]))) {
      fail_msg("near %s: %.*s", rows[i][0], KG_ARG(n.best));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(trees),       cmocka_unit_test(mistakes), cmocka_unit_test(nesting),
    cmocka_unit_test(directives),  cmocka_unit_test(large),    cmocka_unit_test(large_map),
    cmocka_unit_test(error_limit), cmocka_unit_test(spots),    cmocka_unit_test(nearest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
