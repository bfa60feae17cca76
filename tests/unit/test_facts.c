/* Tests of loaders/facts*: text in, sorted N-Quads out, without a database; amounts, dates, keys, quotes,
 * limits. The text cases in tests/cases/facts go through the program and a database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "loaders/facts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINES_MAX    4000

typedef struct table { /* the quads as lines, and the first error and warning */
  kg_arena arena;
  kgq_str lines[LINES_MAX];
  size_t count, errors, warnings;
  char error[400], warning[400];
} table;

static kgq_status take_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                            kgq_error **err) {
  table *t = arg;
  const kg_term *const terms[] = { s, p, o, g };
  kg_buf line;
  kg_buf_init(&line, NULL);
  for (size_t i = 0; i < COUNT(terms); i++) {
    assert_int_equal(kg_term_print(terms[i], &line, err), KGQ_OK);
    assert_int_equal(kg_buf_add_text(&line, i < 3 ? " " : " .", err), KGQ_OK);
  }
  assert_true(t->count < LINES_MAX);
  assert_int_equal(kg_arena_copy(&t->arena, kg_buf_str(&line), &t->lines[t->count++], err), KGQ_OK);
  kg_buf_free(&line);
  return KGQ_OK;
}

static void take_warning(void *arg, kgq_error *warning) {
  table *t = arg;
  if (t->warnings++ == 0) {
    (void)snprintf(t->warning, sizeof t->warning, "%llu:%llu: %s",
                   (unsigned long long)kgq_error_line(warning), (unsigned long long)kgq_error_column(warning),
                   kgq_error_message(warning));
  }
  kgq_error_free(warning);
}

static int compare_lines(const void *a, const void *b) {
  return kg_str_compare(*(const kgq_str *)a, *(const kgq_str *)b);
}

static void read_facts(table *t, const char *text) {
  const kg_facts_target target = { .sink = { t, take_quad, NULL }, .warn = take_warning, .arg = t };
  kg_facts *facts;
  kgq_error *err = NULL;
  memset(t, 0, sizeof *t);
  kg_arena_init(&t->arena, NULL);
  assert_int_equal(kg_facts_new_for(&kg_libc_allocator, NULL, &target, NULL, &facts, NULL), KGQ_OK);
  kgq_status st = kg_facts_add(facts, "a.yaml", kg_str(text), &err);
  st = st == KGQ_OK ? kg_facts_finish(facts, &err) : st;
  for (const kgq_error *e = err; e; e = kgq_error_next(e)) {
    t->errors++;
  }
  if (st != KGQ_OK) {
    (void)snprintf(t->error, sizeof t->error, "%llu:%llu: %s", (unsigned long long)kgq_error_line(err),
                   (unsigned long long)kgq_error_column(err), kgq_error_message(err));
  }
  kgq_error_free(err);
  kg_facts_free(facts);
  qsort(t->lines, t->count, sizeof t->lines[0], compare_lines);
}

static bool has_line(const table *t, const char *line) {
  for (size_t i = 0; i < t->count; i++) {
    if (kg_str_equal(t->lines[i], kg_str(line))) {
      return true;
    }
  }
  return false;
}

#define HEAD                                                                                                 \
  "kgq: 1\nprefixes: {ex: \"https://example.org/id/\"}\nbase: ex\narticle: {id: ex:a/1, lang: ja}\n"         \
  "units: {GPU: {also: [枚]}, vehicles: , times: }\n"                                                       \
  "predicates: {deploys: {range: quantity}, value: {range: quantity, unit: KRW}, opens: {range: date},\n"    \
  "  says: {range: text}, rank: {range: number}, builds: {range: entity}, linked: }\n"                       \
  "entities: {samsung: , nvidia: , deal: }\nfacts:\n"
#define IRI(local) "<https://example.org/id/" local ">"
#define GRAPH      " " IRI("a/1") " ."

/* Reads one fact [samsung, PREDICATE, OBJECT]; *object its object as N-Triples, or "" with an error. */
static void read_object(const char *predicate, const char *object, table *t, char *out, size_t out_bytes) {
  char text[2000], before[200];
  (void)snprintf(text, sizeof text, HEAD "  - [samsung, %s, %s]\n", predicate, object);
  (void)snprintf(before, sizeof before, IRI("samsung") " " IRI("%s") " ", predicate);
  read_facts(t, text);
  out[0] = '\0';
  for (size_t i = 0; i < t->count && t->errors == 0; i++) {
    if (kg_str_starts(t->lines[i], kg_str(before))) {
      const size_t skip = strlen(before), graph = strlen(GRAPH);
      (void)snprintf(out, out_bytes, "%.*s", (int)(t->lines[i].len - skip - graph), t->lines[i].ptr + skip);
    }
  }
  kg_arena_free(&t->arena);
}

static const struct {
  const char *written, *literal; /* NULL: refused, with ... */
  const char *error;
} amount_rows[] = {
  { "50000 GPU", "50000 GPU", NULL },
  { "exactly 50000 GPU", "50000 GPU", NULL },
  { "up to 50000 GPU", "<=50000 GPU", NULL },
  { "less than 50000 GPU", "<50000 GPU", NULL },
  { "almost 50000 GPU", "<~50000 GPU", NULL },
  { "at least 300000 GPU", ">=300000 GPU", NULL },
  { "more than 200000 GPU", ">200000 GPU", NULL },
  { "just over 200000 GPU", ">~200000 GPU", NULL },
  { "about 65000 GPU", "~65000 GPU", NULL },
  { "up to about 65000 GPU", "<=~65000 GPU", NULL },
  { "at least about 65000 GPU", ">=~65000 GPU", NULL },
  { "10 to 14 trillion KRW", "10000000000000..14000000000000 KRW", NULL },
  { "5 to 5 GPU", "5..5 GPU", NULL },
  { "-5 to -3 Cel", "-5..-3 Cel", NULL },
  { "50_000 GPUs", "50000 GPU", NULL },
  { "050000.50 枚", "50000.5 GPU", NULL },
  { "5 万 枚", "50000 GPU", NULL },
  { "1.5 億 JPY", "150000000 JPY", NULL },
  { "0.5 million KRW", "500000 KRW", NULL },
  { "3 조 KRW", "3000000000000 KRW", NULL },
  { "3 billion USD", "3000000000 USD", NULL },
  { "0.0000000000001 兆", "0.1", NULL },
  { "12.345 thousand", "12345", NULL },
  { "12.3456 thousand", "12345.6", NULL },
  { "-0 GPU", "0 GPU", NULL },
  { "-0.50 Cel", "-0.5 Cel", NULL },
  { "0", "0", NULL },
  { "4.5 times", "4.5 times", NULL },
  { "3 days", "3 d", NULL },
  { "1 week", "1 wk", NULL },
  { "6 months", "6 mo", NULL },
  { "26 %", "26 %", NULL },
  { "100 vehicles", "100 vehicles", NULL },
  { "7", "7", NULL },
  { "\"<=50000 GPU\"", "<=50000 GPU", NULL },
  { "\"~60000.0 GPUs\"", "~60000 GPU", NULL },
  { "\"14..10 KRW\"", "10..14 KRW", NULL },
  { "\">20..<30\"", ">20..<30", NULL },
  { "{up_to: 50000, unit: GPU}", "<=50000 GPU", NULL },
  { "{exactly: 5, scale: 万, unit: 枚}", "50000 GPU", NULL },
  { "{from: 20, below: 30, scale: trillion, unit: KRW}", "20000000000000..<30000000000000 KRW", NULL },
  { "{from: 20, to: 30}", "20..30", NULL },
  { "{at_least_about: 1.25, unit: \"%\"}", ">=~1.25 %", NULL },
  { "1234567890123456789012345678901234567890123456789012345678901234 GPU",
    "1234567890123456789012345678901234567890123456789012345678901234 GPU", NULL },
  { "1.25 to 1.5 GPU", "1.25..1.5 GPU", NULL },
  { "9.9 to 10 GPU", "9.9..10 GPU", NULL },
  { "12345678901234567890123456789012345678901234567890123456789012345 GPU", NULL,
    "10:24: a number of 65 digits; the limit is 64" },
  { "260.000 GPU", NULL, "10:24: ‘260.000’ could mean 260 or 260000" },
  { "0.0000 GPU", "0 GPU", NULL },
  { "14 to 10 GPU", NULL, "10:24: the range ends (10) before it begins (14)" },
  { "{from: 5, below: 5}", NULL, "10:31: the range ends (5) before it begins (5)" },
  { "-3 to -5 GPU", NULL, "10:24: the range ends (-5) before it begins (-3)" },
  { "1.5 to 1.25 GPU", NULL, "10:24: the range ends (1.25) before it begins (1.5)" },
  { "1_ GPU", NULL, "10:24: ‘1_’ is not a number" },
  { "1__0 GPU", NULL, "10:24: ‘1__0’ is not a number" },
  { "1. GPU", NULL, "10:24: ‘1.’ is not a number" },
  { ".5 GPU", NULL, "10:24: ‘.5’ is not a number" },
  { "+5 GPU", NULL, "10:24: ‘+5’ is not a number" },
  { "1e3 GPU", NULL, "10:24: ‘1e3’ is not a number" },
  { "５ GPU", NULL, "10:24: ‘５’ is not a number" },
  { "- GPU", NULL, "10:24: a value is missing here" },
  { "GPU", NULL, "10:24: ‘GPU’ does not begin with a number or a bound" },
  { "5 wafers", NULL, "10:26: unknown unit ‘wafers’" },
  { "up to", NULL, "10:29: a number is missing after the bound in ‘up to’" },
  { "5 to", NULL, "10:28: a number is missing after ‘to’" },
  { "about 5 to 6", NULL, "10:35: a range takes no bound" },
  { "{about: 5, up_to: 6}", NULL, "10:24: this amount has more than one bound" },
  { "{unit: GPU}", NULL, "10:24: this amount has no number" },
  { "{}", NULL, "10:24: this amount has no number" },
  { "[]", NULL, "10:24: the list is empty" },
  { "\"<=\"", NULL, "10:24: ‘<=’ is not a quantity" },
};

static void amounts(void **state) {
  static table t;
  (void)state;
  for (size_t i = 0; i < COUNT(amount_rows); i++) {
    char out[300], expected[300] = "";
    read_object("deploys", amount_rows[i].written, &t, out, sizeof out);
    if (amount_rows[i].literal) {
      (void)snprintf(expected, sizeof expected, "\"%s\"^^<https://w3id.org/kgq#quantity>",
                     amount_rows[i].literal);
    }
    if (strcmp(out, expected) != 0) {
      fail_msg("%s: %s, expected %s (%s)", amount_rows[i].written, out, expected, t.error);
    }
    assert_string_equal(t.error, amount_rows[i].error ? amount_rows[i].error : "");
  }
}

static void objects(void **state) {
#define XSD(text, type) "\"" text "\"^^<http://www.w3.org/2001/XMLSchema#" type ">"
#define KGQ(local)      "<https://w3id.org/kgq#" local ">"
  static const char *const rows[][4] = {
    /* predicate, written, object or NULL, error */
    { "opens", "2030", XSD("2030", "gYear"), "" },
    { "opens", "2025-10", XSD("2025-10", "gYearMonth"), "" },
    { "opens", "2025-10-31", XSD("2025-10-31", "date"), "" },
    { "opens", "2024-02-29", XSD("2024-02-29", "date"), "" },
    { "opens", "2025-10-31T17:29", XSD("2025-10-31T17:29:00", "dateTime"), "" },
    { "opens", "2025-10-31T17:29:05", XSD("2025-10-31T17:29:05", "dateTime"), "" },
    { "opens", "2025-10-31T17:29:00+09:00", XSD("2025-10-31T17:29:00+09:00", "dateTime"), "" },
    { "opens", "2025-10-31T17:29Z", XSD("2025-10-31T17:29:00Z", "dateTime"), "" },
    { "opens", "2025-10-31T17:29:05.5Z", XSD("2025-10-31T17:29:05.5Z", "dateTime"), "" },
    { "opens", "{on: 2030}", XSD("2030", "gYear"), "" },
    { "opens", "kgq:undecided", KGQ("undecided"), "" },
    { "opens", "2025-02-29", "", "10:22: 2025-02-29 is not a day" },
    { "opens", "2025-00", "", "10:22: 2025-00 is not a month" },
    { "opens", "2025-10-31T24:01", "", "10:22: 2025-10-31T24:01 is not a time of a day" },
    { "opens", "2025-10-31T17", "", "10:22: ‘2025-10-31T17’ is not a date" },
    { "opens", "2025-10-31+09:00", "", "10:22: ‘2025-10-31+09:00’ is not a date" },
    { "opens", "25", "", "10:22: ‘25’ is not a date" },
    { "opens", "{text: 31日}", "", "10:22: this date has no ‘on’" },
    { "opens", "{on: 2030, by: 2031}", "", "10:33: unknown key ‘by’ in a date" },
    { "says", "何か", "\"何か\"@ja", "" },
    { "says", "{en: hello}", "\"hello\"@en", "" },
    { "says", "50000 GPU", "\"50000 GPU\"@ja", "" },
    { "says", "\"\"", "", "10:21: the text is empty" },
    { "says", "kgq:none", KGQ("none"), "" },
    { "rank", "7", XSD("7", "integer"), "" },
    { "rank", "-0.50", XSD("-0.5", "decimal"), "" },
    { "rank", "7.0", XSD("7", "integer"), "" },
    { "rank", "7 GPU", "", "10:21: ‘7 GPU’ is not a number" },
    { "rank", "{en: a}", "", "10:21: here should be a number" },
    { "value", "5", "\"5 KRW\"^^<https://w3id.org/kgq#quantity>", "" },
    { "value", "5 USD", "\"5 USD\"^^<https://w3id.org/kgq#quantity>", "" },
    { "value", "{on: 2030}", "", "10:22: this amount has no number" },
    { "builds", "nvidia", IRI("nvidia"), "" },
    { "builds", "ex:free", IRI("free"), "" },
    { "builds", "wd:Q20718", "<http://www.wikidata.org/entity/Q20718>", "" },
    { "builds", "https://example.com/x#y", "<https://example.com/x#y>", "" },
    { "builds", "urn:isbn:123", "<urn:isbn:123>", "" },
    { "builds", "xy:free", "", "10:23: unknown prefix ‘xy’" },
    { "builds", "{en: nvidia}", "", "10:23: here should be a key" },
    { "builds", "Nvidia", "", "10:23: unknown entity ‘Nvidia’" },
    { "linked", "nvidia", IRI("nvidia"), "" },
    { "linked", "{about: 5, unit: GPU}", "\"~5 GPU\"^^<https://w3id.org/kgq#quantity>", "" },
    { "linked", "{on: 2030}", XSD("2030", "gYear"), "" },
    { "linked", "{en: hello}", "\"hello\"@en", "" },
    { "linked", "2030", "", "10:23: ‘2030’ is not a key" },
    { "linked", "kgq:unknown", KGQ("unknown"), "" },
    { "ex:anything", "nvidia", NULL, "" },
  };
  static table t;
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    char out[300];
    read_object(rows[i][0], rows[i][1], &t, out, sizeof out);
    if (rows[i][2] && strcmp(out, rows[i][2]) != 0) {
      fail_msg("%s %s: %s, expected %s (%s)", rows[i][0], rows[i][1], out, rows[i][2], t.error);
    }
    assert_string_equal(t.error, rows[i][3]);
  }
}

/* The whole of a small document, line by line. */
static void whole_document(void **state) {
  static const char *const lines[] = {
    IRI("a/1#about") " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> " KGQ("Declarations") " " IRI(
        "a/1#about") " .",
    IRI("a/1#s-d47199296216132f38baed8ff427282f") " <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> "
                                                  "<<( " IRI("samsung") " " IRI(
                                                      "deploys") " \"<=50000 GPU\"^^" KGQ("quantity") " )>"
                                                                                                      ">" GRAPH,
    IRI("a/1#s-d47199296216132f38baed8ff427282f") " " KGQ("quote") " \"それぞれ最大５万枚\"@ja" GRAPH,
    IRI("a/1#s-d47199296216132f38baed8ff427282f") " " KGQ("status") " " KGQ("planned") GRAPH,
    IRI("a/1") " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://schema.org/NewsArticle> " IRI(
        "a/1#about") " .",
    IRI("a/1") " <https://schema.org/inLanguage> \"ja\" " IRI("a/1#about") " .",
    IRI("deploys") " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
                   "<http://www.w3.org/1999/02/22-rdf-syntax-ns#Property> " IRI("a/1#about") " .",
    IRI("deploys") " <http://www.w3.org/2004/02/skos/core#prefLabel> \"deploys\"@en " IRI("a/1#about") " .",
    IRI("deploys") " " KGQ("defaultUnit") " \"GPU\" " IRI("a/1#about") " .",
    IRI("deploys") " " KGQ("range") " " KGQ("quantity") " " IRI("a/1#about") " .",
    IRI("samsung") " <http://www.w3.org/2004/02/skos/core#prefLabel> \"Samsung\"@en " IRI("a/1#about") " .",
    IRI("samsung") " " IRI("deploys") " \"<=50000 GPU\"^^" KGQ("quantity") GRAPH,
    IRI("samsung") " " KGQ("writtenAs") " \"サムスン\"@ja" GRAPH,
    IRI("unit/GPU") " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> " KGQ("Unit") " " IRI(
        "a/1#about") " .",
    IRI("unit/GPU") " <http://www.w3.org/2004/02/skos/core#altLabel> \"GPUs\" " IRI("a/1#about") " .",
    IRI("unit/GPU") " <http://www.w3.org/2004/02/skos/core#notation> \"GPU\" " IRI("a/1#about") " .",
  };
  static table t;
  (void)state;
  read_facts(
      &t, "kgq: 1\nprefixes: {ex: \"https://example.org/id/\"}\nbase: ex\narticle: {id: ex:a/1, lang: ja}\n"
          "predicates: {deploys: {range: quantity, unit: GPU}}\n"
          "entities: {samsung: {name: {en: Samsung}, written: サムスン}}\n"
          "facts:\n  - [samsung, deploys, up to 50000 GPU, {status: planned, quote: それぞれ最大５万枚}]\n");
  assert_string_equal(t.error, "");
  for (size_t i = 0; i < COUNT(lines); i++) {
    if (i >= t.count || !kg_str_equal(t.lines[i], kg_str(lines[i]))) {
      fail_msg("line %zu: %.*s\nexpected %s", i, i < t.count ? (int)t.lines[i].len : 0,
               i < t.count ? t.lines[i].ptr : "", lines[i]);
    }
  }
  assert_int_equal(t.count, COUNT(lines));
  kg_arena_free(&t.arena);
}

/* A name depends on what the statement says alone: not on its form, the order of keys or the place in the
 * file. */
static void stable_names(void **state) {
  static const char *const forms[] = {
    "  - [samsung, deploys, up to 50000 GPU, {status: planned, quote: それぞれ最大５万枚}]\n",
    "  - [samsung, deploys, {up_to: 5, scale: 万, unit: 枚}, {quote: それぞれ最大５万枚, status: planned}]\n",
    "  - [nvidia, builds, deal]\n  - {quote: それぞれ最大５万枚, status: planned, amount: up to 50000.0 "
    "GPUs, "
    "predicate: deploys, subject: [samsung]}\n",
  };
  static table t;
  (void)state;
  for (size_t i = 0; i < COUNT(forms); i++) {
    char text[2000];
    (void)snprintf(text, sizeof text, HEAD "%s", forms[i]);
    read_facts(&t, text);
    assert_string_equal(t.error, "");
    assert_true(has_line(
        &t, IRI("a/1#s-d47199296216132f38baed8ff427282f") " " KGQ("status") " " KGQ("planned") GRAPH));
    kg_arena_free(&t.arena);
  }
}

static void warnings(void **state) {
  static const char *const rows[][2] = {
    { "  - [samsung, builds, deal, {quote: a b c d e f g h i j k l}]\n", "" },
    { "  - [samsung, builds, deal, {quote: a b c d e f g h i j k l m}]\n",
      "10:37: warning: quote of 13 words; 12 are enough to find the place" },
    { "  - [samsung, builds, deal, {quote: "
      "日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日}]\n",
      "" },
    { "  - [samsung, builds, deal, {quote: "
      "日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日}]\n",
      "10:37: warning: quote of 41 characters; 40 are enough to find the place" },
    { "  - [samsung, builds, deal]\n  - [samsung, builds, deal]\n",
      "11:5: warning: the same fact stands at line 10" },
    { "  - [samsung, builds, deal]\n  - [samsung, builds, deal, {status: done}]\n", "" },
    { "  - [samsung, builds, deal, {id: x}]\n  - [samsung, builds, deal, {id: y}]\n", "" },
    { "  - [[samsung, samsung], builds, deal]\n", "10:5: warning: the same fact stands at line 10" },
  };
  static table t;
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    char text[2000];
    (void)snprintf(text, sizeof text, HEAD "%s", rows[i][0]);
    read_facts(&t, text);
    assert_string_equal(t.error, "");
    assert_string_equal(t.warning, rows[i][1]);
    kg_arena_free(&t.arena);
  }
}

static void error_limit(void **state) {
  static table t;
  char text[4000];
  (void)state;
  for (int errors = 19; errors <= 22; errors++) {
    int at = snprintf(text, sizeof text, HEAD);
    for (int i = 0; i < errors; i++) {
      at += snprintf(text + at, sizeof text - (size_t)at, "  - [samsung, builds, x%d]\n", i);
    }
    read_facts(&t, text);
    assert_int_equal(t.errors, errors <= 20 ? errors : 21);
    assert_string_equal(t.error, "10:23: unknown entity ‘x0’");
    kg_arena_free(&t.arena);
  }
}

static kgq_status drop_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                            kgq_error **err) {
  (void)arg, (void)s, (void)p, (void)o, (void)g, (void)err;
  return KGQ_OK;
}

/* Twenty thousand mistakes among as many entities: hints stop with the errors that are kept. */
static void many_errors(void **state) {
  enum { entries = 20000 };
  const kg_facts_target target = { .sink = { NULL, drop_quad, NULL }, .warn = take_warning };
  kg_facts *facts;
  kgq_error *err = NULL;
  kg_buf text;
  (void)state;
  kg_buf_init(&text, NULL);
  assert_int_equal(kg_buf_add_text(&text, "kgq: 1\npredicates: {builds: }\nentities:\n", NULL), KGQ_OK);
  for (int i = 0; i < entries; i++) {
    assert_int_equal(kg_buf_print(&text, NULL, "  entity_%d: {name: Name %d}\n", i, i), KGQ_OK);
  }
  assert_int_equal(kg_buf_add_text(&text, "facts:\n", NULL), KGQ_OK);
  for (int i = 0; i < entries; i++) {
    assert_int_equal(kg_buf_print(&text, NULL, "  - [entity_x%d, builds, entity_y%d]\n", i, i), KGQ_OK);
  }
  const clock_t start = clock();
  assert_int_equal(kg_facts_new_for(&kg_libc_allocator, NULL, &target, NULL, &facts, NULL), KGQ_OK);
  assert_int_equal(kg_facts_add(facts, "a.yaml", kg_buf_str(&text), &err), KGQ_DATA);
  const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  if (seconds > 5) { /* 0.3 s at full speed */
    fail_msg("took %.1f s", seconds);
  }
  kgq_error_free(err);
  kg_facts_free(facts);
  kg_buf_free(&text);
}

/* ---- allocation -------------------------------------------------------------------------------- */

typedef struct failing {
  uint64_t calls, fail_at; /* the first call that fails, and all after it */
  size_t bytes;            /* in use */
} failing;

static void *failing_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  failing *f = arg;
  if (new_bytes > 0 && ++f->calls >= f->fail_at) {
    return NULL;
  }
  void *result = kg_libc_allocator.resize(kg_libc_allocator.arg, ptr, old_bytes, new_bytes);
  f->bytes += result || new_bytes == 0 ? new_bytes - old_bytes : 0;
  return result;
}

/* Every allocation fails once: an error and nothing left behind, or success once none fails. */
static void allocation_failures(void **state) {
  static const char text[] = HEAD "  - [[samsung, nvidia], deploys, {up_to: 5, scale: 万, unit: GPU, text: "
                                  "最大５万枚}, {status: planned, when: "
                                  "{on: 2025-10-31, text: 31日, inferred: [year, month]}, said_by: {who: "
                                  "samsung, role: {en: CEO}}, id: x, "
                                  "converted: 3 KRW}]\n  - [samsung, builds, deal, {quote: 言葉}]\n";
  const kg_facts_target target = { .sink = { NULL, drop_quad, NULL }, .warn = take_warning };
  kgq_status st = KGQ_NOMEM;
  uint64_t n = 0;
  (void)state;
  while (st != KGQ_OK) {
    failing f = { 0, ++n, 0 };
    const kgq_allocator allocator = { failing_resize, &f };
    kg_facts *facts = NULL;
    kgq_error *err = NULL;
    st = kg_facts_new_for(&allocator, NULL, &target, NULL, &facts, &err);
    st = st == KGQ_OK ? kg_facts_add(facts, "a.yaml", kg_str(text), &err) : st;
    st = st == KGQ_OK ? kg_facts_finish(facts, &err) : st;
    assert_true(st == KGQ_OK || st == KGQ_NOMEM);
    assert_int_equal(kgq_error_status(err), st);
    kgq_error_free(err);
    kg_facts_free(facts);
    assert_int_equal(f.bytes, 0);
    assert_true(n < 10000);
  }
  assert_true(n > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(amounts),        cmocka_unit_test(objects),
    cmocka_unit_test(whole_document), cmocka_unit_test(stable_names),
    cmocka_unit_test(warnings),       cmocka_unit_test(error_limit),
    cmocka_unit_test(many_errors),    cmocka_unit_test(allocation_failures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
