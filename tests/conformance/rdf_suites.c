/* tests/conformance/rdf_suites.c: runs one W3C test of N-Triples, N-Quads, Turtle or TriG.
 *
 * Positive and negative syntax, evaluation by isomorphism, canonical form byte for byte up to the order of
 * lines. The readers and writers are those of the library, in process.
 */
#include <stdio.h>
#include <stdlib.h>

#include "loaders/read.h"
#include "tests/conformance/suites.h"

typedef enum { KIND_OTHER, KIND_POSITIVE, KIND_NEGATIVE, KIND_EVAL, KIND_CANONICAL } test_kind;

static bool ends_with(const char *text, const char *ending) {
  const size_t n = strlen(text), e = strlen(ending);
  return n >= e && strcmp(text + n - e, ending) == 0;
}

static test_kind kind_of(const char *type) {
  static const char *const languages[] = { "TestNTriples", "TestNQuads", "TestTurtle", "TestTrig" };
  if (strncmp(type, NS_RDFT, strlen(NS_RDFT)) != 0) {
    return KIND_OTHER;
  }
  const char *name = type + strlen(NS_RDFT);
  bool known = false;
  for (size_t i = 0; i < 4; i++) {
    known = known || strncmp(name, languages[i], strlen(languages[i])) == 0;
  }
  if (!known) {
    return KIND_OTHER;
  }
  if (ends_with(name, "PositiveSyntax")) {
    return KIND_POSITIVE;
  }
  if (ends_with(name, "NegativeSyntax") || ends_with(name, "NegativeEval")) {
    return KIND_NEGATIVE;
  }
  return ends_with(name, "Eval") ? KIND_EVAL : ends_with(name, "C14N") ? KIND_CANONICAL : KIND_OTHER;
}

static void explain(kgq_error *err, char *why, size_t why_bytes) {
  (void)snprintf(why, why_bytes, "%llu:%llu: %s", (unsigned long long)kgq_error_line(err),
                 (unsigned long long)kgq_error_column(err), kgq_error_message(err));
}

/* ---- canonical form ----------------------------------------------------------------------------- */

static kgq_status canonical_quad(void *arg, const kg_term *s, const kg_term *p, const kg_term *o,
                                 const kg_term *g, kgq_error **err) {
  kg_arena arena;
  kg_arena_init(&arena, NULL);
  kg_term lowered;
  kgq_status st = kg_term_lower_tags(o, &arena, &lowered, err);
  st = st == KGQ_OK ? kg_write_quad(arg, s, p, &lowered, g, err) : st;
  kg_arena_free(&arena);
  return st;
}

static int collect(void *arg, const char *bytes, size_t count) {
  return kg_buf_add(arg, bytes, count, NULL) == KGQ_OK ? 0 : 1;
}

static kgq_status canonical_text(const test_root *root, const char *path, kg_buf *text, kgq_error **err) {
  char file[1024];
  (void)snprintf(file, sizeof file, "%s/%s", root->folder, path);
  kg_out out;
  kg_out_init(&out, NULL, collect, text);
  const kg_sink sink = { .arg = &out, .quad = canonical_quad };
  const kg_reader_options options = { .allocator = NULL };
  kg_input in;
  kgq_status st = kg_input_file(&in, NULL, file, err);
  if (st == KGQ_OK) {
    st = kg_read_rdf(&in, kg_format_of_path(path), &options, &sink, err);
    kg_input_close(&in);
  }
  st = st == KGQ_OK ? kg_out_flush(&out, err) : st;
  kg_out_free(&out);
  return st;
}

static int compare_lines(const void *a, const void *b) {
  return kg_str_compare(*(const kgq_str *)a, *(const kgq_str *)b);
}

/* The lines of a text, sorted. The caller frees. */
static kgq_str *sorted_lines(kgq_str text, size_t *count) {
  size_t n = 0;
  kgq_str *lines = calloc(text.len + 1, sizeof *lines);
  for (size_t at = 0; lines && at < text.len;) {
    const char *end = memchr(text.ptr + at, '\n', text.len - at);
    const size_t bytes = end ? (size_t)(end - text.ptr) - at + 1 : text.len - at;
    lines[n++] = kg_str_n(text.ptr + at, bytes);
    at += bytes;
  }
  if (lines) {
    qsort(lines, n, sizeof *lines, compare_lines);
  }
  *count = n;
  return lines;
}

static bool same_lines(kgq_str a, kgq_str b) {
  size_t na = 0, nb = 0;
  kgq_str *la = sorted_lines(a, &na), *lb = sorted_lines(b, &nb);
  bool same = la && lb && na == nb;
  for (size_t i = 0; same && i < na; i++) {
    same = kg_str_equal(la[i], lb[i]);
  }
  free(la);
  free(lb);
  return same;
}

static test_result run_canonical(const test_root *root, const manifest_entry *e, char *why,
                                 size_t why_bytes) {
  kg_buf got, expected;
  kg_buf_init(&got, NULL);
  kg_buf_init(&expected, NULL);
  kgq_error *err = NULL;
  kgq_status st = canonical_text(root, e->action, &got, &err);
  st = st == KGQ_OK ? read_text(root, e->result, &expected, &err) : st;
  const bool same = st == KGQ_OK && same_lines(kg_buf_str(&got), kg_buf_str(&expected));
  if (st != KGQ_OK) {
    explain(err, why, why_bytes);
  } else if (!same) {
    (void)snprintf(why, why_bytes, "canonical form differs: %.*s", KG_ARG(kg_buf_str(&got)));
  }
  kgq_error_free(err);
  kg_buf_free(&got);
  kg_buf_free(&expected);
  return same ? TEST_PASSED : TEST_FAILED;
}

/* ---- syntax and evaluation ---------------------------------------------------------------------- */

/* The language of a test is that of its type; endings of files agree with it in all suites. */
static test_result run_syntax(const test_root *root, const manifest_entry *e, bool positive, char *why,
                              size_t why_bytes) {
  dataset d;
  dataset_init(&d);
  kgq_error *err = NULL;
  const kgq_status st = read_dataset(root, e->action, &d, &err);
  const bool refused = st == KGQ_SYNTAX || st == KGQ_DATA;
  const bool passed = positive ? st == KGQ_OK : refused;
  if (!passed && st != KGQ_OK) {
    explain(err, why, why_bytes);
  } else if (!passed) {
    (void)snprintf(why, why_bytes, "accepted");
  }
  kgq_error_free(err);
  dataset_free(&d);
  return passed ? TEST_PASSED : TEST_FAILED;
}

static test_result run_eval(const test_root *root, const manifest_entry *e, char *why, size_t why_bytes) {
  dataset got, expected;
  dataset_init(&got);
  dataset_init(&expected);
  kgq_error *err = NULL;
  kgq_status st = read_dataset(root, e->action, &got, &err);
  st = st == KGQ_OK ? read_dataset(root, e->result, &expected, &err) : st;
  const bool same = st == KGQ_OK && dataset_isomorphic(&got, &expected);
  if (st != KGQ_OK) {
    explain(err, why, why_bytes);
  } else if (!same) {
    (void)snprintf(why, why_bytes, "%zu quads read, %zu expected, not isomorphic", got.quad_count,
                   expected.quad_count);
  }
  kgq_error_free(err);
  dataset_free(&got);
  dataset_free(&expected);
  return same ? TEST_PASSED : TEST_FAILED;
}

test_result run_rdf_test(const test_root *root, const manifest_entry *e, char *why, size_t why_bytes) {
  switch (kind_of(e->type)) {
  case KIND_POSITIVE: return run_syntax(root, e, true, why, why_bytes);
  case KIND_NEGATIVE: return run_syntax(root, e, false, why, why_bytes);
  case KIND_EVAL: return run_eval(root, e, why, why_bytes);
  case KIND_CANONICAL: return run_canonical(root, e, why, why_bytes);
  case KIND_OTHER: break;
  }
  return TEST_NOT_MINE;
}
