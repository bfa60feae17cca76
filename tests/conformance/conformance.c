/* tests/conformance/conformance.c: the driver of the W3C suites.
 *
 *   conformance [FOLDER]        FOLDER: a checkout of the W3C tests, "../shared/w3c" if not given
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

typedef struct suite_counts {
  char name[NAME_BYTES];
  unsigned tests, passed, not_run, indexed;
} suite_counts;

typedef struct run {
  const test_root *root;
  suite_counts suites[SUITES_MAX];
  size_t suite_count;
} run;

static const suite_runner runners[] = { run_rdf_test };
static const char *const manifests[] = { "rdf/rdf11/manifest.ttl", "rdf/rdf12/manifest.ttl" };

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

static void run_entry(void *arg, const manifest_entry *entry) {
  run *r = arg;
  char why[1000] = "";
  suite_counts *suite = find_suite(r, short_name(entry->suite), true);
  if (!suite) {
    return;
  }
  test_result result = TEST_NOT_MINE;
  for (size_t i = 0; i < sizeof runners / sizeof runners[0] && result == TEST_NOT_MINE; i++) {
    result = runners[i](r->root, entry, why, sizeof why);
  }
  suite->tests += result != TEST_NOT_MINE;
  suite->not_run += result == TEST_NOT_MINE;
  suite->passed += result == TEST_PASSED;
  if (result == TEST_FAILED) {
    (void)printf("FAILED %s#%s: %s\n", suite->name, entry->id, why);
  }
}

/* First column of index.tsv: the suite. */
static bool read_index(run *r) {
  char path[1024], line[8192];
  (void)snprintf(path, sizeof path, "%s/index.tsv", r->root->folder);
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

static int report(const run *r, bool indexed) {
  unsigned tests = 0, passed = 0, not_run = 0, missing = 0;
  (void)printf("%-36s %6s %6s %6s\n", "suite", "tests", "passed", "failed");
  for (size_t i = 0; i < r->suite_count; i++) {
    const suite_counts *s = &r->suites[i];
    tests += s->tests;
    passed += s->passed;
    not_run += s->not_run;
    if (s->tests) {
      (void)printf("%-36s %6u %6u %6u\n", s->name, s->tests, s->passed, s->tests - s->passed);
    } else if (s->not_run) {
      (void)printf("%-36s %6s         (%u tests of a kind that is not read)\n", s->name, "-", s->not_run);
    }
    if (indexed && s->indexed != s->tests + s->not_run) {
      (void)printf("%s: index.tsv has %u tests, the manifests %u\n", s->name, s->indexed,
                   s->tests + s->not_run);
      missing++;
    }
  }
  (void)printf("%u tests, %u passed, %u failed, %u not run\n", tests, passed, tests - passed, not_run);
  return tests && tests == passed && missing == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  kg_map visited;
  kg_map_init(&visited, NULL);
  const test_root root = { argc > 1 ? argv[1] : "../shared/w3c", &visited };
  if (access(root.folder, R_OK) != 0) {
    (void)printf(
        "skipped: no W3C tests in %s; N-Triples, N-Quads, Turtle and TriG conformance was not measured\n",
        root.folder);
    return 0;
  }
  run *r = calloc(1, sizeof *r);
  if (!r) {
    return 1;
  }
  r->root = &root;
  int failed = 0;
  for (size_t i = 0; i < sizeof manifests / sizeof manifests[0]; i++) {
    kgq_error *err = NULL;
    if (manifest_each(&root, manifests[i], run_entry, r, &err) != KGQ_OK) {
      char text[2000];
      (void)kgq_error_format(err, text, sizeof text);
      (void)printf("%s", text);
      kgq_error_free(err);
      failed = 1;
    }
  }
  const bool indexed = read_index(r);
  failed = report(r, indexed) || failed;
  free(r);
  kg_map_free(&visited);
  return failed;
}
