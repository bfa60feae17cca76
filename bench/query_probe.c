/* bench/query_probe.c: asks queries in one process that has the database open, and says how long each took.
 *
 * query_probe DB; then one request a line on standard input: RUNS, SECONDS, OUT and PATH, separated by tabs.
 * The query in PATH is run RUNS times, fewer once its runs took SECONDS together. A time is from the text to
 * the last byte written: prepare, run, all rows as TSV to a sink that counts lines. With `p` before RUNS the
 * statement is prepared once and reset between runs. With OUT other than `-` the rows go to that file, for
 * comparison. The answer is one line: rows, true, false or error, then the microseconds of each run. The
 * first line of all says how long it took to open the database.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "include/kgq.h"

enum { QUERY_LIMIT_MS = 60000 /* what takes longer counts as unfinished */ };

typedef struct sink {
  FILE *copy; /* NULL: rows are only counted */
  unsigned long long lines;
  char first[8]; /* an answer of ASK is told by it */
  size_t first_bytes;
} sink;

typedef struct request {
  int runs, prepared;
  double most_seconds;
  char out[4096], path[4096];
} request;

static int32_t take(void *arg, const char *bytes, size_t count) {
  sink *s = (sink *)arg;
  for (size_t i = 0; i < count && s->first_bytes < sizeof s->first - 1; i++) {
    s->first[s->first_bytes++] = bytes[i];
  }
  const char *end = bytes + count;
  for (const char *at = bytes; (at = (const char *)memchr(at, '\n', (size_t)(end - at))) != NULL; at++) {
    s->lines++;
  }
  return s->copy && fwrite(bytes, 1, count, s->copy) != count;
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

static void complain(kgq_error *err, const char *path) {
  char text[1000] = "";
  (void)kgq_error_format(err, text, sizeof text);
  fprintf(stderr, "query_probe: %s: %s\n", path, text);
  kgq_error_free(err);
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

static kgq_status write_rows(kgq_stmt *stmt, sink *s, kgq_error **err) {
  const int32_t form = kgq_stmt_form(stmt);
  const int graph = form == KGQ_FORM_CONSTRUCT || form == KGQ_FORM_DESCRIBE;
  const kgq_status st = kgq_write_results(stmt, graph ? "nt" : "tsv", take, s, err);
  s->lines -= form == KGQ_FORM_SELECT && s->lines > 0 ? 1 : 0; /* the header */
  return st;
}

/* One run. `kept` is the statement of the earlier runs if it is to be prepared only once, else NULL. */
static kgq_status run_once(kgq_conn *conn, const char *text, kgq_stmt **kept, sink *s, kgq_error **err) {
  kgq_stmt *stmt = kept ? *kept : NULL;
  kgq_status st = stmt ? kgq_reset(stmt) : kgq_prepare(conn, text, KGQ_NUL_TERMINATED, &stmt, err);
  if (st == KGQ_OK) {
    st = write_rows(stmt, s, err);
  }
  if (kept) {
    *kept = stmt;
  } else {
    kgq_finalize(stmt);
  }
  return st;
}

static void print_answer(const sink *s, kgq_status st) {
  if (st == KGQ_LIMIT) {
    printf("timeout");
  } else if (st != KGQ_OK) {
    printf("error");
  } else if (strncmp(s->first, "true", 4) == 0 || strncmp(s->first, "false", 5) == 0) {
    printf("%s", s->first[0] == 't' ? "true" : "false");
  } else {
    printf("%llu", s->lines);
  }
}

static void serve(kgq_conn *conn, const request *r) {
  char *text = read_file(r->path);
  FILE *copy = strcmp(r->out, "-") == 0 ? NULL : fopen(r->out, "wb");
  kgq_stmt *kept = NULL;
  double total = 0;
  for (int i = 0; i < r->runs && total < r->most_seconds * 1e6; i++) {
    kgq_error *err = NULL;
    sink s = { copy, 0, "", 0 };
    const double started = microseconds();
    const kgq_status st = run_once(conn, text, r->prepared ? &kept : NULL, &s, &err);
    const double took = microseconds() - started;
    if (i == 0) {
      print_answer(&s, st);
    }
    printf("\t%.1f", took);
    total += took;
    if (st != KGQ_OK) {
      complain(err, r->path);
      break;
    }
  }
  kgq_finalize(kept);
  if (copy) {
    fclose(copy);
  }
  printf("\n");
  fflush(stdout);
  free(text);
}

static int read_request(char *line, request *r) {
  line[strcspn(line, "\n")] = '\0';
  char *at = line, *cells[4];
  for (int i = 0; i < 4; i++) {
    cells[i] = strsep(&at, "\t");
    if (!cells[i]) {
      return 0;
    }
  }
  r->prepared = cells[0][0] == 'p';
  r->runs = atoi(cells[0] + r->prepared);
  r->most_seconds = atof(cells[1]);
  snprintf(r->out, sizeof r->out, "%s", cells[2]);
  snprintf(r->path, sizeof r->path, "%s", cells[3]);
  return 1;
}

int main(int argc, char **argv) {
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  kgq_error *err = NULL;
  static char line[8400];
  static request r;
  if (argc != 2) {
    fprintf(stderr, "query_probe DB < REQUESTS\n");
    return 2;
  }
  const double started = microseconds();
  if (kgq_open(argv[1], NULL, &db, &err) != KGQ_OK || kgq_connect(db, &conn, &err) != KGQ_OK) {
    die(err);
  }
  printf("ready\t%.1f\n", microseconds() - started);
  fflush(stdout);
  (void)kgq_set_limit(conn, KGQ_LIMIT_TIME_MS, QUERY_LIMIT_MS);
  while (fgets(line, sizeof line, stdin)) {
    if (read_request(line, &r)) {
      serve(conn, &r);
    }
  }
  kgq_disconnect(conn);
  (void)kgq_close(db);
  return 0;
}
