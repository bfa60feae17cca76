/* tests/conformance/conformance.c: the driver of the W3C suites.
 *
 *   conformance [--only TEXT] [--verbose] [--off BITS] [--batch ROWS] [FOLDER]
 *     FOLDER: a checkout of the W3C tests, "../shared/w3c" if not given
 *     --only TEXT: the tests whose suite#name has TEXT in it     --verbose: what was expected and what came
 *     --off BITS: plan queries without some rewrites and joins (query/op.h)     --batch ROWS: in small
 * batches
 *
 * Walks the manifests, gives each test to the runners, prints every failure, a table by suite and the counts.
 * The counts are checked against index.tsv where the folder has one. There is no list of expected failures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/conformance/suites.h"

#define SUITES_MAX 256
#define NAME_BYTES 200
#define WHY_BYTES  ((size_t)1 << 18)

typedef struct suite_counts {
  char name[NAME_BYTES], outside[NAME_BYTES];
  unsigned tests, passed, not_run, indexed;
} suite_counts;

typedef struct run {
  test_root root;
  const char *only;
  bool verbose;
  suite_counts suites[SUITES_MAX];
  size_t suite_count;
  char why[WHY_BYTES];
} run;

static const suite_runner runners[] = { run_rdf_test, run_sparql_test };
static const char *const manifests[] = { "rdf/rdf11/manifest.ttl", "rdf/rdf12/manifest.ttl",
                                         "sparql/sparql10/manifest.ttl", "sparql/sparql11/manifest-all.ttl",
                                         "sparql/sparql12/manifest.ttl" };

/* "rdf/rdf12/x" -> "rdf12/x", as index.tsv has it. */
static const char *short_name(const char *suite) {
  const char *slash = strchr(suite, '/');
  return slash ? slash + 1 : suite;
}

static suite_counts *find_suite(run *r, const char *name, bool add) {
  for (size_t i = 0; i < r->suite_count; i++) {
    if (strcmp(r->suites[i].name, name) == 0) {
      return &r->suites[i];
    }
  }
  if (!add || r->suite_count == SUITES_MAX) {
    return NULL;
  }
  suite_counts *s = &r->suites[r->suite_count++];
  memset(s, 0, sizeof *s);
  (void)snprintf(s->name, sizeof s->name, "%s", name);
  return s;
}

/* The summary, or with --verbose the whole difference. */
static void print_failure(const run *r, const suite_counts *suite, const char *id) {
  const size_t first_line = strcspn(r->why, "\n");
  (void)printf("FAILED %s#%s: %.*s\n", suite->name, id, r->verbose ? (int)strlen(r->why) : (int)first_line,
               r->why);
  (void)fflush(stdout);
}

static bool wanted(const run *r, const suite_counts *suite, const char *id) {
  char name[2 * NAME_BYTES];
  (void)snprintf(name, sizeof name, "%s#%s", suite->name, id);
  return !r->only || strstr(name, r->only);
}

static void run_entry(void *arg, const manifest_entry *entry) {
  run *r = arg;
  suite_counts *suite = find_suite(r, short_name(entry->suite), true);
  if (!suite || !wanted(r, suite, entry->id)) {
    return;
  }
  r->why[0] = '\0';
  test_result result = TEST_NOT_MINE;
  for (size_t i = 0; i < sizeof runners / sizeof runners[0] && result == TEST_NOT_MINE; i++) {
    result = runners[i](&r->root, entry, r->why, sizeof r->why);
  }
  const bool ran = result == TEST_PASSED || result == TEST_FAILED;
  suite->tests += ran;
  suite->not_run += !ran;
  suite->passed += result == TEST_PASSED;
  if (result == TEST_FAILED) {
    print_failure(r, suite, entry->id);
  } else if (!ran) {
    (void)snprintf(suite->outside, sizeof suite->outside, "%.150s",
                   result == TEST_OUT_OF_SCOPE ? r->why : "of a kind that is not read");
  }
}

/* First column of index.tsv: the suite. */
static bool read_index(run *r) {
  char path[1024], line[8192];
  (void)snprintf(path, sizeof path, "%s/index.tsv", r->root.folder);
  FILE *file = fopen(path, "r");
  if (!file) {
    (void)printf("no index.tsv in this copy: counts are not cross-checked\n");
    return false;
  }
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\t\n")] = '\0';
    suite_counts *suite = find_suite(r, line, false);
    if (suite) {
      suite->indexed++;
    }
  }
  (void)fclose(file);
  return true;
}

static void print_suite(const suite_counts *s) {
  if (s->tests) {
    (void)printf("%-40s | %5u | %5u | %5u\n", s->name, s->tests, s->passed, s->tests - s->passed);
  }
  if (s->not_run) {
    (void)printf("%-40s | %5s | %u tests out of scope: %s\n", s->name, "-", s->not_run, s->outside);
  }
}

static int report(const run *r, bool indexed) {
  unsigned tests = 0, passed = 0, not_run = 0, missing = 0;
  (void)printf("%-40s | tests | passed | failed\n", "suite");
  for (size_t i = 0; i < r->suite_count; i++) {
    const suite_counts *s = &r->suites[i];
    tests += s->tests;
    passed += s->passed;
    not_run += s->not_run;
    print_suite(s);
    if (indexed && s->indexed && s->indexed != s->tests + s->not_run) {
      (void)printf("%s: index.tsv has %u tests, the manifests %u\n", s->name, s->indexed,
                   s->tests + s->not_run);
      missing++;
    }
  }
  (void)printf("%u tests, %u out of scope or of a kind that is not read\n", tests, not_run);
  (void)printf("%u passed, %u failed\n", passed, tests - passed + missing);
  return tests && tests == passed && missing == 0 ? 0 : 1;
}

static bool walk(run *r) {
  bool good = true;
  for (size_t i = 0; i < sizeof manifests / sizeof manifests[0]; i++) {
    kgq_error *err = NULL;
    if (manifest_each(&r->root, manifests[i], run_entry, r, &err) != KGQ_OK) {
      char text[2000];
      (void)kgq_error_format(err, text, sizeof text);
      (void)printf("%s", text);
      kgq_error_free(err);
      good = false;
    }
  }
  return good;
}

static void read_arguments(run *r, int argc, char **argv) {
  r->root.folder = "../shared/w3c";
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;
    if (strcmp(argv[i], "--verbose") == 0) {
      r->verbose = true;
    } else if (strcmp(argv[i], "--only") == 0 && value) {
      r->only = argv[++i];
    } else if (strcmp(argv[i], "--off") == 0 && value) {
      r->root.plan_off = (uint32_t)strtoul(argv[++i], NULL, 0);
    } else if (strcmp(argv[i], "--batch") == 0 && value) {
      r->root.batch_rows = (uint32_t)strtoul(argv[++i], NULL, 0);
    } else {
      r->root.folder = argv[i];
    }
  }
}

int main(int argc, char **argv) {
  run *r = calloc(1, sizeof *r);
  if (!r) {
    return 1;
  }
  kg_map visited;
  kg_map_init(&visited, NULL);
  r->root.visited = &visited;
  read_arguments(r, argc, argv);
  bool good = true;
  if (access(r->root.folder, R_OK) != 0) {
    (void)printf("skipped: no W3C tests in %s; conformance was not measured\n0 passed, 0 failed, 1 skipped\n",
                 r->root.folder);
  } else {
    suite_counts *self = find_suite(r, "self checks of the comparison", true);
    run_self_checks(&self->tests, &self->passed);
    good = walk(r);
    const bool indexed = !r->only && read_index(r);
    good = report(r, indexed) == 0 && good;
  }
  free(r);
  kg_map_free(&visited);
  return good ? 0 : 1;
}
