/* tests/fault/model.c: the steps of a run: what each inserts and deletes, doing it, and reading it back.
 *
 * Steps touch everything that a commit changes together: new and known terms, named graphs, names, triple
 * terms, deletes of what an earlier step inserted. Lines are written as the export writes them.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "tests/fault/common.h"

#define LINE_BYTES       2048
#define STEP_PREFIX      "<urn:step> <urn:done> \""
#define INTEGER          "^^<http://www.w3.org/2001/XMLSchema#integer>"
#define REIFIES          "<http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies>"
#define LABEL            "<http://www.w3.org/2000/01/rdf-schema#label>"
#define DELETE_AFTER     3 /* steps: a small step deletes a line of the one so far back */
#define SMALL_SUBJECTS   50
#define GRAPHS           5
#define DENSE_SUBJECTS   40
#define DENSE_PREDICATES 5

/* graph "": the default graph. */
typedef void (*line_fn)(void *arg, bool insert, const char *triple, const char *graph);

typedef struct text {
  char *bytes;
  size_t count, capacity;
} text;

static void text_add(text *t, const char *bytes, size_t count) {
  if (t->count + count + 1 > t->capacity) {
    t->capacity = 2 * (t->count + count + 1);
    t->bytes = realloc(t->bytes, t->capacity);
    if (t->bytes == NULL) {
      fault_die("memory");
    }
  }
  memcpy(t->bytes + t->count, bytes, count);
  t->count += count;
  t->bytes[t->count] = '\0';
}

/* ---- steps ------------------------------------------------------------------------------------------ */

static unsigned rows_of(const fault_model *m, uint64_t n) {
  const uint64_t r = fault_mix(m->seed, n) % 1000;
  if (n == 1 && m->first_rows > 0) {
    return m->first_rows;
  }
  if (r < m->bulk_per_mille) {
    return m->bulk_rows;
  }
  return r < m->bulk_per_mille + m->middle_per_mille ? m->middle_rows : 0;
}

bool fault_is_load(const fault_model *m, uint64_t n) {
  return rows_of(m, n) > 0;
}

bool fault_is_bulk(const fault_model *m, uint64_t n) {
  const unsigned rows = rows_of(m, n);
  return rows > 0 && (rows == m->bulk_rows || (n == 1 && rows >= 1000));
}

static void graph_name(char out[32], uint64_t number) {
  out[0] = '\0';
  if (number % (GRAPHS + 1) != GRAPHS) {
    snprintf(out, 32, "<urn:g%" PRIu64 ">", number % (GRAPHS + 1));
  }
}

/* The line that a later step deletes. */
static void linked_line(uint64_t n, char triple[LINE_BYTES], char graph[32]) {
  snprintf(triple, LINE_BYTES, "<urn:s%" PRIu64 "> <urn:q> <urn:new%" PRIu64 ">", n % SMALL_SUBJECTS, n);
  graph_name(graph, n);
}

static void small_step(const fault_model *m, uint64_t n, line_fn fn, void *arg) {
  char triple[LINE_BYTES], graph[32];
  if (n > DELETE_AFTER && n % 2 == 0 && !fault_is_load(m, n - DELETE_AFTER)) {
    linked_line(n - DELETE_AFTER, triple, graph);
    fn(arg, false, triple, graph);
  }
  linked_line(n, triple, graph);
  fn(arg, true, triple, graph);
  snprintf(triple, sizeof triple, "<urn:s%" PRIu64 "> <urn:p%" PRIu64 "> \"value %" PRIu64 "\"@en",
           n % SMALL_SUBJECTS, n % 7, n);
  fn(arg, true, triple, "");
  snprintf(triple, sizeof triple, "<urn:new%" PRIu64 "> " LABEL " \"Name %" PRIu64 "\"@en", n, n);
  fn(arg, true, triple, graph);
  snprintf(triple, sizeof triple,
           "<urn:r%" PRIu64 "> " REIFIES " <<( <urn:s%" PRIu64 "> <urn:q> \"%" PRIu64 "\"" INTEGER " )>>", n,
           n % SMALL_SUBJECTS, n);
  fn(arg, true, triple, graph);
}

static void random_text(uint64_t seed, unsigned bytes, char *out) {
  unsigned i = 0;
  for (uint64_t word = 0; i < bytes; i++, word >>= 4) {
    word = i % 16 == 0 ? fault_random(&seed) : word;
    out[i] = "0123456789abcdef"[word & 15];
  }
  out[i] = '\0';
}

/* The same number of quads of few terms: half as dear to load, and a tenth to check. */
static void dense_step(uint64_t n, unsigned rows, line_fn fn, void *arg) {
  char triple[LINE_BYTES], graph[32];
  for (unsigned i = 0; i < rows; i++) {
    snprintf(triple, sizeof triple, "<urn:b%" PRIu64 "-%u> <urn:p%u> \"%" PRIu64 "-%u\"", n,
             i % DENSE_SUBJECTS, i / DENSE_SUBJECTS % DENSE_PREDICATES, n,
             i / DENSE_SUBJECTS / DENSE_PREDICATES);
    graph_name(graph, i % DENSE_SUBJECTS);
    fn(arg, true, triple, graph);
  }
}

static void load_step(const fault_model *m, uint64_t n, unsigned rows, line_fn fn, void *arg) {
  char triple[LINE_BYTES], graph[32], filler[1024];
  const unsigned bytes = m->text_bytes < sizeof filler ? m->text_bytes : (unsigned)sizeof filler - 1;
  for (unsigned i = 0; i < rows; i++) {
    random_text(fault_mix(n, i), bytes, filler);
    snprintf(triple, sizeof triple, "<urn:b%" PRIu64 "-%u> <urn:p%u> \"%s%" PRIu64 "-%u\"", n, i / 3, i % 7,
             filler, n, i);
    graph_name(graph, i / 7);
    fn(arg, true, triple, graph);
  }
}

static void each_line(const fault_model *m, uint64_t n, line_fn fn, void *arg) {
  const unsigned rows = rows_of(m, n);
  char triple[64 + sizeof STEP_PREFIX + sizeof INTEGER];
  if (rows > 0 && m->dense) {
    dense_step(n, rows, fn, arg);
  } else if (rows > 0) {
    load_step(m, n, rows, fn, arg);
  } else {
    small_step(m, n, fn, arg);
  }
  snprintf(triple, sizeof triple, STEP_PREFIX "%" PRIu64 "\"" INTEGER, n);
  fn(arg, true, triple, "");
}

/* ---- what is expected ------------------------------------------------------------------------------- */

static uint64_t hash_line(const char *line, size_t count) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < count; i++) {
    hash = (hash ^ (unsigned char)line[i]) * 0x100000001b3u;
  }
  return fault_mix(hash, count);
}

static int format_line(char out[LINE_BYTES + 64], const char *triple, const char *graph) {
  return snprintf(out, LINE_BYTES + 64, "%s%s%s .", triple, *graph ? " " : "", graph);
}

static void count_line(void *arg, bool insert, const char *triple, const char *graph) {
  fault_state *s = arg;
  char line[LINE_BYTES + 64];
  const uint64_t hash = hash_line(line, (size_t)format_line(line, triple, graph));
  s->lines += insert ? 1 : (uint64_t)-1;
  s->sum += insert ? hash : -hash;
}

fault_state fault_expected(const fault_model *m, uint64_t n) {
  static fault_state *states;
  static uint64_t known, capacity;
  static fault_model of;
  if (memcmp(&of, m, sizeof of) != 0) {
    of = *m;
    known = 0;
  }
  if (n + 1 > capacity) {
    capacity = 2 * (n + 1);
    states = realloc(states, capacity * sizeof *states);
    if (states == NULL) {
      fault_die("memory");
    }
  }
  states[0] = (fault_state){ 0, 0, 0 };
  for (; known < n; known++) {
    states[known + 1] = states[known];
    states[known + 1].step = known + 1;
    each_line(m, known + 1, count_line, &states[known + 1]);
  }
  return states[n];
}

/* ---- doing ------------------------------------------------------------------------------------------ */

static void add_quad(void *arg, bool insert, const char *triple, const char *graph) {
  char line[LINE_BYTES + 64];
  (void)insert; /* loads only insert */
  const int count = format_line(line, triple, graph);
  text_add(arg, line, (size_t)count);
  text_add(arg, "\n", 1);
}

static kgq_status do_load(kgq_conn *conn, const fault_model *m, uint64_t n, kgq_error **err) {
  text t = { NULL, 0, 0 };
  each_line(m, n, add_quad, &t);
  kgq_load *load = NULL;
  kgq_status st = kgq_load_begin(conn, NULL, &load, err);
  if (st == KGQ_OK) {
    st = kgq_load_bytes(load, "step.nq", t.bytes, t.count, err);
  }
  if (st == KGQ_OK) {
    st = kgq_load_commit(load, NULL, err);
  }
  kgq_load_free(load);
  free(t.bytes);
  return st;
}

typedef struct update {
  text removed, added;
} update;

static void add_to_update(void *arg, bool insert, const char *triple, const char *graph) {
  update *u = arg;
  char line[LINE_BYTES + 64];
  const int count = *graph ? snprintf(line, sizeof line, "GRAPH %s { %s }\n", graph, triple)
                           : snprintf(line, sizeof line, "%s .\n", triple);
  text_add(insert ? &u->added : &u->removed, line, (size_t)count);
}

static kgq_status run(kgq_conn *conn, const text *t, kgq_error **err) {
  kgq_stmt *stmt = NULL;
  kgq_status st = kgq_prepare(conn, t->bytes, t->count, &stmt, err);
  if (st == KGQ_OK) {
    st = kgq_step(stmt, err);
  }
  kgq_finalize(stmt);
  return st == KGQ_DONE ? KGQ_OK : st;
}

static kgq_status do_update(kgq_conn *conn, const fault_model *m, uint64_t n, kgq_error **err) {
  update u = { { NULL, 0, 0 }, { NULL, 0, 0 } };
  text all = { NULL, 0, 0 };
  each_line(m, n, add_to_update, &u);
  if (u.removed.count > 0) {
    text_add(&all, "DELETE DATA {\n", 14);
    text_add(&all, u.removed.bytes, u.removed.count);
    text_add(&all, "} ;\n", 4);
  }
  text_add(&all, "INSERT DATA {\n", 14);
  text_add(&all, u.added.bytes, u.added.count);
  text_add(&all, "}\n", 2);
  const kgq_status st = run(conn, &all, err);
  free(u.removed.bytes);
  free(u.added.bytes);
  free(all.bytes);
  return st;
}

kgq_status fault_do_step(kgq_conn *conn, const fault_model *m, uint64_t n, kgq_error **err) {
  return fault_is_load(m, n) ? do_load(conn, m, n, err) : do_update(conn, m, n, err);
}

/* ---- reading back ----------------------------------------------------------------------------------- */

typedef struct reader {
  fault_state state;
  text rest; /* a line that is not complete yet */
} reader;

static void read_line(fault_state *s, const char *line, size_t count) {
  s->lines++;
  s->sum += hash_line(line, count);
  if (strncmp(line, STEP_PREFIX, sizeof STEP_PREFIX - 1) == 0) {
    const uint64_t n = strtoull(line + sizeof STEP_PREFIX - 1, NULL, 10);
    s->step = n > s->step ? n : s->step;
  }
}

static int read_some(void *arg, const char *bytes, size_t count) {
  reader *r = arg;
  for (const char *end; (end = memchr(bytes, '\n', count)) != NULL;) {
    const size_t line = (size_t)(end - bytes);
    text_add(&r->rest, bytes, line);
    read_line(&r->state, r->rest.bytes, r->rest.count);
    r->rest.count = 0;
    bytes += line + 1;
    count -= line + 1;
  }
  text_add(&r->rest, bytes, count);
  return 0;
}

kgq_status fault_read(kgq_conn *conn, fault_state *out, kgq_error **err) {
  reader r = { { 0, 0, 0 }, { NULL, 0, 0 } };
  const kgq_status st = kgq_export(conn, NULL, read_some, &r, err);
  *out = r.state;
  free(r.rest.bytes);
  return st;
}
