/* tests/unit/test_writer.c: what is written is read back as the same dataset.
 *
 * Generated datasets with hard strings, blank nodes, lists, nested triple terms, reifiers and odd IRIs go
 * through each writer and reader; examples fix the notation. A seed is in the message of a failure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "graph/vocab.h"
#include "graph/writer.h"
#include "loaders/read.h"
#include "tests/conformance/dataset.c" /* linked alone, like every unit program */

/* ---- helpers ------------------------------------------------------------------------------------ */

static int collect(void *arg, const char *bytes, size_t count) {
  return kg_buf_add(arg, bytes, count, NULL) == KGQ_OK ? 0 : 1;
}

static kgq_status read_text(kgq_str text, kg_format format, dataset *out, kgq_error **err) {
  const kg_sink sink = dataset_sink(out);
  const kg_reader_options options = { .allocator = NULL };
  kg_input in;
  KGQ_TRY(kg_input_memory(&in, NULL, "generated", text, err));
  const kgq_status st = kg_read_rdf(&in, format, &options, &sink, err);
  kg_input_close(&in);
  dataset_finish(out);
  return st;
}

static void write_lines(const dataset *d, kg_out *out) {
  for (size_t i = 0; i < d->quad_count; i++) {
    const uint32_t *q = d->quads[i];
    assert_int_equal(kg_write_quad(out, &d->terms[q[0]].term, &d->terms[q[1]].term, &d->terms[q[2]].term,
                                   &d->terms[q[3]].term, NULL),
                     KGQ_OK);
  }
}

typedef enum { FOLDED, SORTED, SORTED_BACKWARDS } turtle_way;

static void write_turtle(const dataset *d, bool graphs, turtle_way way, kg_out *out) {
  kg_turtle_writer *w = NULL;
  assert_int_equal(kg_turtle_writer_new(out, NULL, graphs, &w, NULL), KGQ_OK);
  assert_int_equal(kg_turtle_writer_prefix(w, KG_STR("ex"), KG_STR("http://example.org/"), NULL), KGQ_OK);
  assert_int_equal(kg_turtle_writer_prefix(w, KG_STR("xsd"), KG_STR(KG_NS_XSD), NULL), KGQ_OK);
  assert_int_equal(kg_turtle_writer_prefix(w, KG_STR(""), KG_STR("http://example.org/ns#"), NULL), KGQ_OK);
  if (way != FOLDED) { /* a dataset that is too large to fold after a few quads, and sorted in many runs */
    kg_turtle_writer_limit(w, 2000, 300);
  }
  for (size_t i = d->quad_count; i > 0; i--) { /* the order of arrival must not matter */
    const uint32_t *q = d->quads[way == SORTED_BACKWARDS ? d->quad_count - i : i - 1];
    assert_int_equal(kg_turtle_writer_quad(w, &d->terms[q[0]].term, &d->terms[q[1]].term,
                                           &d->terms[q[2]].term, &d->terms[q[3]].term, NULL),
                     KGQ_OK);
  }
  assert_int_equal(kg_turtle_writer_end(w, NULL), KGQ_OK);
  kg_turtle_writer_free(w);
}

static void write_as(const dataset *d, kg_format format, kg_buf *text) {
  kg_out out;
  kg_out_init(&out, NULL, collect, text);
  if (format == KG_FORMAT_NT || format == KG_FORMAT_NQ) {
    write_lines(d, &out);
  } else {
    write_turtle(d, format == KG_FORMAT_TRIG, FOLDED, &out);
  }
  assert_int_equal(kg_out_flush(&out, NULL), KGQ_OK);
  kg_out_free(&out);
}

static void check_reads_back(const dataset *d, kgq_str text, kg_format format, unsigned seed) {
  dataset back;
  dataset_init(&back);
  kgq_error *err = NULL;
  const kgq_status st = read_text(text, format, &back, &err);
  if (st != KGQ_OK || !dataset_isomorphic(d, &back)) {
    char shown[2000] = "";
    (void)kgq_error_format(err, shown, sizeof shown);
    fail_msg("seed %u, format %d: %zu quads out, %zu back: %s\n%.*s", seed, (int)format, d->quad_count,
             back.quad_count, shown, (int)text.len, text.ptr);
  }
  dataset_free(&back);
}

static void check_round_trip(const dataset *d, kg_format format, unsigned seed) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  write_as(d, format, &text);
  check_reads_back(d, kg_buf_str(&text), format, seed);
  kg_buf_free(&text);
}

/* As if it were too large to fold: reads back, and the same bytes whatever the order. */
static void check_sorted(const dataset *d, kg_format format, unsigned seed) {
  kg_buf texts[2];
  for (size_t i = 0; i < 2; i++) {
    kg_out out;
    kg_buf_init(&texts[i], NULL);
    kg_out_init(&out, NULL, collect, &texts[i]);
    write_turtle(d, format == KG_FORMAT_TRIG, i ? SORTED_BACKWARDS : SORTED, &out);
    assert_int_equal(kg_out_flush(&out, NULL), KGQ_OK);
    kg_out_free(&out);
  }
  check_reads_back(d, kg_buf_str(&texts[0]), format, seed);
  assert_int_equal(texts[0].len, texts[1].len);
  assert_memory_equal(texts[0].bytes ? texts[0].bytes : "", texts[1].bytes ? texts[1].bytes : "",
                      texts[0].len);
  kg_buf_free(&texts[0]);
  kg_buf_free(&texts[1]);
}

/* ---- generated datasets ------------------------------------------------------------------------- */

typedef struct generator {
  uint64_t state;
  kg_arena arena;
  bool graphs;
} generator;

static unsigned pick(generator *g, unsigned count) {
  g->state = g->state * 6364136223846793005ull + 1442695040888963407ull;
  return (unsigned)(g->state >> 33) % count;
}

static kgq_str one_of(generator *g, const char *const *texts, unsigned count) {
  return kg_str(texts[pick(g, count)]);
}

static kg_term some_iri(generator *g) {
  static const char *const iris[] = {
    "http://example.org/a",
    "http://example.org/b",
    "http://example.org/ns#c",
    "http://example.org/ns#",
    "urn:x",
    "http://example.org/a.",
    "http://example.org/-x",
    "http://example.org/1",
    "http://example.org/a/b?c=d&e=%20#f",
    "http://예.한국/삼성",
    "http://example.org/a'b(c)",
    "http://example.org/~x",
    "tag:a@b,2020:c:d",
    "x:",
    "http://example.org/ns#a.b",
    "http://example.org/e\xCC\x81",
    KG_RDF_TYPE,
    KG_RDF_NIL,
  };
  return kg_term_iri(one_of(g, iris, sizeof iris / sizeof iris[0]));
}

static kg_term some_bnode(generator *g) {
  static const char *const labels[] = { "a", "b", "c1", "x.y", "anon1", "anon2u", "0", "_", "삼성" };
  return kg_term_bnode(one_of(g, labels, sizeof labels / sizeof labels[0]));
}

static kg_term some_literal(generator *g) {
  static const char *const texts[] = {
    "",   "x",   "\"",  "\\", "\n\r\t", "'''\"\"\"", "a\\u0041", "삼성전자",     "\x01\x7F", "1", "1.",
    "-1", "1.5", "1e5", ".5", "+1",     "true",      "TRUE",     "\xEF\xBF\xBF", "]",        "|}"
  };
  static const char *const types[] = { KG_XSD_INTEGER,  KG_XSD_DECIMAL,         KG_XSD_DOUBLE, KG_XSD_BOOLEAN,
                                       KG_KGQ_QUANTITY, "http://example.org/t", "x:y" };
  static const char *const langs[] = { "ko", "en-GB", "zh-Hans" };
  const kgq_str text = one_of(g, texts, sizeof texts / sizeof texts[0]);
  switch (pick(g, 3)) {
  case 0: return kg_term_string(text);
  case 1: return kg_term_typed(text, one_of(g, types, sizeof types / sizeof types[0]));
  default: break;
  }
  kg_term term = kg_term_lang(text, one_of(g, langs, 3));
  term.direction = (kg_direction)pick(g, 3);
  return term;
}

static kg_term some_object(generator *g, unsigned depth);

static kg_term some_subject(generator *g) {
  return pick(g, 3) ? some_iri(g) : some_bnode(g);
}

static kg_term some_triple(generator *g, unsigned depth) {
  kg_term *parts = kg_arena_zero(&g->arena, 3 * sizeof *parts);
  assert_non_null(parts);
  parts[0] = some_subject(g);
  parts[1] = some_iri(g);
  parts[2] = some_object(g, depth + 1);
  return (kg_term){ .kind = KG_TERM_TRIPLE, .triple = parts };
}

static kg_term some_object(generator *g, unsigned depth) {
  switch (pick(g, depth < 4 ? 4 : 3)) {
  case 0: return some_iri(g);
  case 1: return some_bnode(g);
  case 2: return some_literal(g);
  default: return some_triple(g, depth);
  }
}

static void put(const kg_sink *sink, kg_term s, kg_term p, kg_term o, kg_term g) {
  assert_int_equal(sink->quad(sink->arg, &s, &p, &o, &g, NULL), KGQ_OK);
}

/* s p ( ... ), sometimes with a fault in the chain that must keep it from being folded. */
static void put_list(generator *g, const kg_sink *sink, kg_term s, kg_term graph) {
  const kg_term first = kg_term_iri(KG_STR(KG_RDF_FIRST)), rest = kg_term_iri(KG_STR(KG_RDF_REST));
  static const char *const cells[] = { "l1", "l2", "l3", "l4" };
  const unsigned length = 1 + pick(g, 4);
  put(sink, s, some_iri(g), kg_term_bnode(kg_str(cells[0])), graph);
  for (unsigned i = 0; i < length; i++) {
    const kg_term cell = kg_term_bnode(kg_str(cells[i]));
    put(sink, cell, first, some_object(g, 2), graph);
    const kg_term nil = kg_term_iri(KG_STR(KG_RDF_NIL));
    const kg_term end = pick(g, 6) ? nil : kg_term_bnode(kg_str(cells[pick(g, 4)]));
    put(sink, cell, rest, i + 1 < length ? kg_term_bnode(kg_str(cells[i + 1])) : end, graph);
    if (pick(g, 12) == 0) {
      put(sink, cell, some_iri(g), some_object(g, 3), graph);
    }
  }
}

static void put_reified(generator *g, const kg_sink *sink, kg_term graph) {
  const kg_term triple = some_triple(g, 3), reifies = kg_term_iri(KG_STR(KG_RDF_REIFIES));
  const kg_term reifier = some_subject(g);
  put(sink, reifier, reifies, triple, graph);
  if (pick(g, 4)) {
    put(sink, triple.triple[0], triple.triple[1], triple.triple[2], graph);
  }
  for (unsigned n = pick(g, 3); n > 0; n--) {
    put(sink, reifier, some_iri(g), some_object(g, 2), graph);
  }
}

static void generate(generator *g, dataset *d) {
  const kg_sink sink = dataset_sink(d);
  for (unsigned n = 1 + pick(g, 12); n > 0; n--) {
    kg_term graph = { .kind = KG_TERM_NONE };
    if (g->graphs && pick(g, 2)) {
      graph = some_subject(g);
    }
    switch (pick(g, 5)) {
    case 0: put_list(g, &sink, some_subject(g), graph); break;
    case 1: put_reified(g, &sink, graph); break;
    default: put(&sink, some_subject(g), some_iri(g), some_object(g, 0), graph); break;
    }
  }
  dataset_finish(d);
}

static void round_trips(kg_format format, unsigned count,
                        void (*check)(const dataset *, kg_format, unsigned)) {
  for (unsigned seed = 1; seed <= count; seed++) {
    generator g = { .state = seed * 2654435761u,
                    .graphs = format == KG_FORMAT_NQ || format == KG_FORMAT_TRIG };
    kg_arena_init(&g.arena, NULL);
    dataset d;
    dataset_init(&d);
    generate(&g, &d);
    check(&d, format, seed);
    dataset_free(&d);
    kg_arena_free(&g.arena);
  }
}

/* The long run asks for more. */
static unsigned datasets(void) {
  const char *told = getenv("KGQ_ROUND_TRIPS");
  return told ? (unsigned)strtoul(told, NULL, 10) : 500;
}

static void ntriples_round_trips(void **state) {
  (void)state;
  round_trips(KG_FORMAT_NT, datasets(), check_round_trip);
}
static void nquads_round_trips(void **state) {
  (void)state;
  round_trips(KG_FORMAT_NQ, datasets(), check_round_trip);
}
static void turtle_round_trips(void **state) {
  (void)state;
  round_trips(KG_FORMAT_TTL, datasets(), check_round_trip);
}
static void trig_round_trips(void **state) {
  (void)state;
  round_trips(KG_FORMAT_TRIG, datasets(), check_round_trip);
}

static void large_turtle_round_trips(void **state) {
  (void)state;
  round_trips(KG_FORMAT_TTL, datasets(), check_sorted);
}
static void large_trig_round_trips(void **state) {
  (void)state;
  round_trips(KG_FORMAT_TRIG, datasets(), check_sorted);
}

/* ---- notation ----------------------------------------------------------------------------------- */

static void check_trig(const char *in, const char *expected) {
  dataset d;
  dataset_init(&d);
  kgq_error *err = NULL;
  assert_int_equal(read_text(kg_str(in), KG_FORMAT_TRIG, &d, &err), KGQ_OK);
  kg_buf text;
  kg_buf_init(&text, NULL);
  write_as(&d, KG_FORMAT_TRIG, &text);
  assert_int_equal(kg_buf_add_byte(&text, '\0', NULL), KGQ_OK);
  assert_string_equal(text.bytes, expected);
  kg_buf_free(&text);
  dataset_free(&d);
}

#define P "PREFIX ex: <http://example.org/> "
#define H "@prefix ex: <http://example.org/> .\n"

static void notation(void **state) {
  (void)state;
  check_trig("", "");
  check_trig(P "ex:s ex:p 1, 2.5, true, \"x\"@ko ; a ex:C .",
             H "\nex:s a ex:C ;\n    ex:p 1 , 2.5 , true , \"x\"@ko .\n");
  check_trig(P "ex:s ex:p [ ex:q ex:o ], ( 1 ( ) [] ) .", H "\nex:s ex:p [ ex:q ex:o ] , ( 1 () [] ) .\n");
  check_trig(P "ex:s ex:p ex:o ~ ex:r {| ex:q 1 |} {| ex:q 2 |} .",
             H "\nex:s ex:p ex:o ~ ex:r {| ex:q 1 |} ~ {| ex:q 2 |} .\n");
  check_trig(P "<< ex:s ex:p ex:o ~ ex:r >> ex:q 1 .",
             H "\nex:r ex:q 1 ;\n    <" KG_RDF_REIFIES "> <<( ex:s ex:p ex:o )>> .\n");
  check_trig(P "ex:s ex:p ex:o . ex:g { ex:s ex:p ex:o2, ex:o . }",
             H "\nex:s ex:p ex:o .\n\nex:g {\nex:s ex:p ex:o2 , ex:o .\n}\n");
  check_trig(P "_:a ex:p _:b . _:b ex:p _:a .", H "\n_:a ex:p [ ex:p _:a ] .\n");
  check_trig(P "[] ex:p ex:o .", H "\n[] ex:p ex:o .\n");
}

static void notation_of_large_datasets(void **state) {
  (void)state;
  dataset d;
  dataset_init(&d);
  kgq_error *err = NULL;
  assert_int_equal(
      read_text(kg_str(P "ex:s a ex:C ; ex:p 1, ex:o . ex:t ex:p ex:o . ex:g { ex:s ex:p ( 1 ) . } "
                         "ex:h { ex:s ex:p ex:o }"),
                KG_FORMAT_TRIG, &d, &err),
      KGQ_OK);
  kg_buf text;
  kg_out out;
  kg_buf_init(&text, NULL);
  kg_out_init(&out, NULL, collect, &text);
  write_turtle(&d, true, SORTED, &out);
  assert_int_equal(kg_out_flush(&out, NULL), KGQ_OK);
  assert_int_equal(kg_buf_add_byte(&text, '\0', NULL), KGQ_OK);
  assert_string_equal(text.bytes,
                      H "\nex:s a ex:C ;\n    ex:p 1 , ex:o .\nex:t ex:p ex:o .\n"
                        "\nex:g {\n_:anon1 <" KG_RDF_FIRST "> 1 ;\n    <" KG_RDF_REST "> <" KG_RDF_NIL
                        "> .\nex:s ex:p _:anon1 .\n}\n\nex:h {\nex:s ex:p ex:o .\n}\n");
  kg_out_free(&out);
  kg_buf_free(&text);
  dataset_free(&d);
}

static void formats_by_name(void **state) {
  (void)state;
  assert_int_equal(kg_format_of_path("a.nt"), KG_FORMAT_NT);
  assert_int_equal(kg_format_of_path("x/y.NQ.gz"), KG_FORMAT_NQ);
  assert_int_equal(kg_format_of_path("a.b.ttl.zst"), KG_FORMAT_TTL);
  assert_int_equal(kg_format_of_path("a.trig"), KG_FORMAT_TRIG);
  assert_int_equal(kg_format_of_path("a.yml"), KG_FORMAT_YAML);
  assert_int_equal(kg_format_of_path("nt"), KG_FORMAT_UNKNOWN);
  assert_int_equal(kg_format_of_path("a.nt/b"), KG_FORMAT_UNKNOWN);
  assert_int_equal(kg_format_of_path(""), KG_FORMAT_UNKNOWN);
  assert_int_equal(kg_format_named("ttl"), KG_FORMAT_TTL);
  assert_int_equal(kg_format_named("csv"), KG_FORMAT_UNKNOWN);
}

static int refuse_bytes(void *arg, const char *bytes, size_t count) {
  (void)arg;
  (void)bytes;
  (void)count;
  return 1;
}

static void a_failing_output_is_told(void **state) {
  (void)state;
  kg_out out;
  kg_out_init(&out, NULL, refuse_bytes, NULL);
  const kg_term x = kg_term_iri(KG_STR("x:y"));
  assert_int_equal(kg_write_quad(&out, &x, &x, &x, NULL, NULL), KGQ_OK);
  assert_int_equal(kg_out_flush(&out, NULL), KGQ_IO);
  kg_out_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(ntriples_round_trips),
    cmocka_unit_test(nquads_round_trips),
    cmocka_unit_test(turtle_round_trips),
    cmocka_unit_test(trig_round_trips),
    cmocka_unit_test(large_turtle_round_trips),
    cmocka_unit_test(large_trig_round_trips),
    cmocka_unit_test(notation),
    cmocka_unit_test(notation_of_large_datasets),
    cmocka_unit_test(formats_by_name),
    cmocka_unit_test(a_failing_output_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
