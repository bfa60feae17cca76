/* bench/query_probe.c: times of queries in one process that has the database open:
 * query_probe DB RUNS SECONDS, with paths of queries on standard input, one a line.
 *
 * A time is from the text to the last byte written: prepare, run, all rows as TSV to a sink that counts
 * lines. One line a query: path, answer (rows, true, false or error), then the microseconds of each run,
 * first one cold for that query. A query is not run again once its runs took SECONDS together. Peak memory
 * of the process comes last.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "include/kgq.h"

typedef struct sink {
  unsigned long long lines;
  char first[8]; /* an answer of ASK is told by it */
  size_t first_bytes;
} sink;

static int32_t take(void *arg, const char *bytes, size_t count) {
  sink *s = (sink *)arg;
  for (size_t i = 0; i < count && s->first_bytes < sizeof s->first - 1; i++) {
    s->first[s->first_bytes++] = bytes[i];
  }
  const char *end = bytes + count;
  for (const char *at = bytes; (at = (const char *)memchr(at, '\n', (size_t)(end - at))) != NULL; at++) {
    s->lines++;
  }
  return 0;
}

static double microseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void die(kgq_error *err) {
  char text[1000] = "";
  (void)kgq_error_format(err, text, sizeof text);
  fprintf(stderr, "query_probe: %s\n", text);
  exit(1);
}

static char *read_file(const char *path) {
  FILE *f = fopen(path, "rb");
  char *text = NULL;
  size_t bytes = 0, capacity = 0, n = 1;
  while (f && n > 0) {
    capacity += 4096;
    char *more = (char *)realloc(text, capacity + 1);
    if (!more) {
      break;
    }
    text = more;
    n = fread(text + bytes, 1, capacity - bytes, f);
    bytes += n;
  }
  if (!f || !text || fclose(f) != 0) {
    fprintf(stderr, "query_probe: %s cannot be read\n", path);
    exit(1);
  }
  text[bytes] = '\0';
  return text;
}

static kgq_status run_once(kgq_conn *conn, const char *text, sink *s, kgq_error **err) {
  kgq_stmt *stmt = NULL;
  *s = (sink){ 0 };
  kgq_status st = kgq_prepare(conn, text, KGQ_NUL_TERMINATED, &stmt, err);
  const int32_t form = st == KGQ_OK ? kgq_stmt_form(stmt) : 0;
  const int graph = form == KGQ_FORM_CONSTRUCT || form == KGQ_FORM_DESCRIBE;
  if (st == KGQ_OK) {
    st = kgq_write_results(stmt, graph ? "nt" : "tsv", take, s, err);
  }
  kgq_finalize(stmt);
  s->lines -= form == KGQ_FORM_SELECT && s->lines > 0 ? 1 : 0; /* the header */
  return st;
}

static void print_answer(const char *path, const sink *s, kgq_status st) {
  if (st != KGQ_OK) {
    printf("%s\terror", path);
  } else if (strncmp(s->first, "true", 4) == 0 || strncmp(s->first, "false", 5) == 0) {
    printf("%s\t%s", path, s->first[0] == 't' ? "true" : "false");
  } else {
    printf("%s\t%llu", path, s->lines);
  }
}

static void run_query(kgq_conn *conn, const char *path, int runs, double most_seconds) {
  char *text = read_file(path);
  double total = 0;
  for (int i = 0; i < runs && total < most_seconds * 1e6; i++) {
    kgq_error *err = NULL;
    sink s;
    const double started = microseconds();
    const kgq_status st = run_once(conn, text, &s, &err);
    const double took = microseconds() - started;
    if (i == 0) {
      print_answer(path, &s, st);
    }
    printf("\t%.1f", took);
    total += took;
    kgq_error_free(err);
  }
  printf("\n");
  fflush(stdout);
  free(text);
}

int main(int argc, char **argv) {
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  kgq_error *err = NULL;
  char path[4096];
  if (argc != 4) {
    fprintf(stderr, "query_probe DB RUNS SECONDS < PATHS\n");
    return 2;
  }
  if (kgq_open(argv[1], NULL, &db, &err) != KGQ_OK || kgq_connect(db, &conn, &err) != KGQ_OK) {
    die(err);
  }
  (void)kgq_set_limit(conn, KGQ_LIMIT_TIME_MS,
                      60000); /* the benchmark counts what takes longer as unfinished */
  while (fgets(path, sizeof path, stdin)) {
    path[strcspn(path, "\n")] = '\0';
    if (path[0]) {
      run_query(conn, path, atoi(argv[2]), atof(argv[3]));
    }
  }
  struct rusage usage;
  (void)getrusage(RUSAGE_SELF, &usage);
  printf("peak KiB\t%ld\n", usage.ru_maxrss);
  kgq_disconnect(conn);
  (void)kgq_close(db);
  return 0;
}
