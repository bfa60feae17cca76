/* tests/fault/memory.c: every allocation of ours fails in turn, in loads, commits, queries and the rest.
 *
 * Each flow is run once to count its allocations and to keep its answer; then again with the nth of them
 * failing, once alone and once with all that follow. Right is KGQ_NOMEM, or the same answer as before (where
 * what failed could be done without); then the flow works again, and what it changed is there whole or not at
 * all. When all handles are closed nothing may be left. The allocator also compares the size that is given
 * back with the size that was asked for.
 *
 * --count N: that many allocations of each flow, spread over it; 0: all. --self-test: a library that takes a
 * failed allocation for a success must be caught.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "tests/fault/common.h"

#define HEAD_BYTES 16
#define WORKERS    2
#define SHOWN_MAX  5

/* ---- the allocator ------------------------------------------------------------------------------------- */

typedef struct counter {
  atomic_uint_fast64_t calls, live_blocks, live_bytes, wrong_sizes;
  uint64_t fail_at; /* 0: never */
  bool ever_after;
} counter;

static bool must_fail(counter *c) {
  const uint64_t n = atomic_fetch_add(&c->calls, 1) + 1;
  return c->fail_at > 0 && (n == c->fail_at || (c->ever_after && n > c->fail_at));
}

static void give_back(counter *c, char *block, size_t bytes) {
  size_t asked;
  memcpy(&asked, block, sizeof asked);
  if (asked != bytes) {
    atomic_fetch_add(&c->wrong_sizes, 1);
  }
  atomic_fetch_sub(&c->live_blocks, 1);
  atomic_fetch_sub(&c->live_bytes, asked);
}

static void *take(counter *c, char *block, size_t bytes) {
  block = realloc(block, bytes + HEAD_BYTES);
  if (block == NULL) {
    fault_die("memory");
  }
  memcpy(block, &bytes, sizeof bytes);
  atomic_fetch_add(&c->live_blocks, 1);
  atomic_fetch_add(&c->live_bytes, bytes);
  return block + HEAD_BYTES;
}

static void *resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  counter *c = arg;
  char *block = ptr == NULL ? NULL : (char *)ptr - HEAD_BYTES;
  if (new_bytes > 0 && must_fail(c)) {
    return NULL;
  }
  if (block != NULL) {
    give_back(c, block, old_bytes);
  }
  if (new_bytes == 0) {
    free(block);
    return NULL;
  }
  return take(c, block, new_bytes);
}

/* ---- flows --------------------------------------------------------------------------------------------- */

static const char *const data =
    "@prefix d: <http://example.org/> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "d:a rdfs:label \"Alpha\"@en ; d:knows d:b, d:c ; d:age 30 ; d:near [ d:age 4 ] .\n"
    "d:b rdfs:label \"Beta\"@en ; d:knows d:c ; d:age 20.5 ; d:list (1 2 3) .\n"
    "d:c rdfs:label \"Gamma\"@de ; d:knows d:d ; d:age \"x\" .\n"
    "d:d d:knows d:a ; d:size \"<=50000 GPU\"^^<https://kgq.dev/ns#quantity> .\n"
    "d:a d:knows d:b {| d:since 2020 |} .\n"
    "d:g { d:a d:age 31 . d:e d:knows d:a } \n";

typedef struct answer {
  uint64_t bytes, sum;
} answer;

static int add_answer(void *arg, const char *bytes, size_t count) {
  answer *a = arg;
  for (size_t i = 0; i < count; i++) {
    a->sum = fault_mix(a->sum, (unsigned char)bytes[i]);
  }
  a->bytes += count;
  return 0;
}

typedef struct flow {
  const char *name;
  bool writes;
  kgq_status (*run)(kgq_conn *conn, const char *text, answer *out, kgq_error **err);
  const char *text;
} flow;

static kgq_status run_load(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  (void)out;
  kgq_load *load = NULL;
  kgq_status st = kgq_load_begin(conn, NULL, &load, err);
  if (st == KGQ_OK) {
    st = kgq_load_bytes(load, "a.trig", text, strlen(text), err);
  }
  if (st == KGQ_OK) {
    st = kgq_load_commit(load, NULL, err);
  }
  kgq_load_free(load);
  return st;
}

static kgq_status run_load_file(kgq_conn *conn, const char *path, answer *out, kgq_error **err) {
  (void)out;
  kgq_load *load = NULL;
  kgq_status st = kgq_load_begin(conn, NULL, &load, err);
  if (st == KGQ_OK) {
    st = kgq_load_file(load, path, err);
  }
  if (st == KGQ_OK) {
    st = kgq_load_commit(load, NULL, err);
  }
  kgq_load_free(load);
  return st;
}

/* Enough lines for the large way of writing a commit. */
static kgq_status run_large_load(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  char *lines = malloc(1200 * 80);
  size_t count = 0;
  (void)text;
  (void)out;
  for (unsigned i = 0; lines != NULL && i < 1200; i++) {
    count += (size_t)sprintf(lines + count, "<urn:s%u> <urn:p%u> \"value %u\" <urn:g%u> .\n", i / 4, i % 5, i,
                             i % 3);
  }
  kgq_load *load = NULL;
  kgq_status st = kgq_load_begin(conn, NULL, &load, err);
  if (st == KGQ_OK) {
    st = kgq_load_bytes(load, "a.nq", lines, count, err);
  }
  if (st == KGQ_OK) {
    st = kgq_load_commit(load, NULL, err);
  }
  kgq_load_free(load);
  free(lines);
  return st;
}

static kgq_status run_update(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  (void)out;
  kgq_stmt *stmt = NULL;
  kgq_status st = kgq_prepare(conn, text, KGQ_NUL_TERMINATED, &stmt, err);
  st = st == KGQ_OK ? kgq_step(stmt, err) : st;
  kgq_finalize(stmt);
  return st == KGQ_DONE ? KGQ_OK : st;
}

/* LOAD of a document below a mapped folder. */
static kgq_status run_document(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  char folder[] = "/tmp/kgq-fault-XXXXXX", path[64];
  if (mkdtemp(folder) == NULL) {
    fault_die("a temporary folder");
  }
  snprintf(path, sizeof path, "%s/a.trig", folder);
  FILE *file = fopen(path, "wb");
  if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
    fault_die("a temporary file");
  }
  kgq_status st = kgq_map(conn, "http://example.org/", folder, err);
  if (st == KGQ_OK) {
    st = run_update(conn, "INSERT DATA { <urn:a> <urn:b> 1 } ; LOAD <http://example.org/a.trig>", out, err);
  }
  (void)unlink(path);
  (void)rmdir(folder);
  return st;
}

static kgq_status run_format(kgq_conn *conn, const char *text, const char *format, answer *out,
                             kgq_error **err) {
  kgq_stmt *stmt = NULL;
  kgq_status st = kgq_prepare(conn, text, KGQ_NUL_TERMINATED, &stmt, err);
  st = st == KGQ_OK ? kgq_write_results(stmt, format, add_answer, out, err) : st;
  kgq_finalize(stmt);
  return st;
}

static kgq_status run_json(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  return run_format(conn, text, "json", out, err);
}
static kgq_status run_xml(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  return run_format(conn, text, "xml", out, err);
}
static kgq_status run_tsv(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  return run_format(conn, text, "tsv", out, err);
}
static kgq_status run_ttl(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  return run_format(conn, text, "ttl", out, err);
}

static kgq_status run_labels(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  kgq_stmt *stmt = NULL;
  kgq_status st = kgq_prepare(conn, text, KGQ_NUL_TERMINATED, &stmt, err);
  while (st == KGQ_OK || st == KGQ_ROW) {
    st = kgq_step(stmt, err);
    for (int i = 0; st == KGQ_ROW && i < kgq_column_count(stmt); i++) {
      (void)kgq_column_label(stmt, i, "en"); /* a label that cannot be made is the plain text */
      const kgq_str s = kgq_column_text(stmt, i);
      add_answer(out, s.ptr, s.len);
    }
  }
  kgq_finalize(stmt);
  return st == KGQ_DONE ? KGQ_OK : st;
}

static kgq_status run_explain(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  answer ignored = { 0, 0 }; /* it has times in it */
  (void)out;
  kgq_stmt *stmt = NULL;
  kgq_status st = kgq_prepare(conn, text, KGQ_NUL_TERMINATED, &stmt, err);
  st = st == KGQ_OK ? kgq_explain(stmt, "sparql", add_answer, &ignored, err) : st;
  st = st == KGQ_OK ? kgq_explain(stmt, "analyze", add_answer, &ignored, err) : st;
  kgq_finalize(stmt);
  return st;
}

static kgq_status run_export(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  kgq_export_options how = KGQ_EXPORT_OPTIONS_INIT;
  how.format = text;
  return kgq_export(conn, &how, add_answer, out, err);
}

static kgq_status run_projection(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  kgq_export_options how = KGQ_EXPORT_OPTIONS_INIT;
  how.format = text;
  how.rdf_version = 11;
  return kgq_export(conn, &how, add_answer, out, err);
}

static kgq_status run_check(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  (void)text;
  (void)out;
  return kgq_check(conn, err);
}

static int add_fact(void *arg, const char *key, const char *value) {
  add_answer(arg, key, strlen(key));
  return add_answer(arg, value, strlen(value));
}

static kgq_status run_rescue(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  char dir[64];
  (void)text;
  snprintf(dir, sizeof dir, "%s/kgq-fault-rescue-%d", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
           (int)getpid());
  kgq_status st = kgq_rescue(conn, dir, add_fact, out, err);
  if (st != KGQ_OK && access(dir, F_OK) == 0) {
    st = KGQ_MISUSE; /* it has left something */
  }
  fault_remove(dir);
  return st;
}

static kgq_status run_compact(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  (void)text;
  (void)out;
  return kgq_compact(conn, err);
}

static int ignore_info(void *arg, const char *key, const char *value) {
  (void)arg;
  (void)key;
  (void)value;
  return 0;
}

static int add_name(void *arg, kgq_str name, kgq_str iri) {
  add_answer(arg, name.ptr, name.len);
  return add_answer(arg, iri.ptr, iri.len);
}

static kgq_status run_names(kgq_conn *conn, const char *text, answer *out, kgq_error **err) {
  kgq_status st = kgq_info(conn, ignore_info, NULL, err);
  st = st == KGQ_OK ? kgq_complete(conn, text, strlen(text), 10, add_name, out, err) : st;
  return st == KGQ_OK ? kgq_prefixes(conn, add_name, out, err) : st;
}

#define PREFIX "PREFIX ex: <http://example.org/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "

static const flow flows[] = {
  { "load of trig", true, run_load,
    "@prefix ex: <http://example.org/> . ex:x ex:y ( ex:z [ ex:w \"v\"@en ] ) . "
    "ex:g2 { <<ex:x ex:y ex:z>> ex:w 1.5 }" },
  { "load of facts", true, run_load_file, "fixtures/background.yaml" },
  { "load in files", true, run_large_load, "" },
  { "insert", true, run_update,
    PREFIX "INSERT DATA { ex:n ex:knows ex:a . GRAPH ex:g { ex:n rdfs:label \"New\"@en } }" },
  { "load of a document", true, run_document,
    "@prefix ex: <http://example.org/> . @prefix doc: <urn:doc:> . ex:x doc:y ( _:z [ ex:w \"v\"@en ] ) . "
    "ex:g2 { <<ex:x doc:y ex:z>> ex:w 1.5 }" },
  { "delete", true, run_update, PREFIX "DELETE WHERE { ?s ex:knows ?o }" },
  { "modify", true, run_update,
    PREFIX "DELETE { ?s ex:age ?o } INSERT { ?s ex:years ?p } WHERE { ?s ex:age ?o BIND(STR(?o) AS ?p) } ; "
           "INSERT { GRAPH ex:h { ?s ?p ?o } } WHERE { GRAPH ex:g { ?s ?p ?o } }" },
  { "clear", true, run_update, PREFIX "CLEAR GRAPH ex:g" },
  { "compact", true, run_compact, NULL },
  { "join", false, run_json, PREFIX "SELECT * { ?a ex:knows ?b . ?b ex:knows ?c . ?c ex:age ?d }" },
  { "optional", false, run_xml,
    PREFIX "SELECT * { ?a ex:knows ?b OPTIONAL { ?b ex:age ?c FILTER(?c > 10) } } ORDER BY ?a ?b" },
  { "union", false, run_tsv,
    PREFIX "SELECT DISTINCT ?x { { ?x ex:age ?y } UNION { ?y ex:knows ?x } } ORDER BY DESC(?x) LIMIT 3" },
  { "group", false, run_json,
    PREFIX "SELECT ?a (COUNT(?b) AS ?n) (GROUP_CONCAT(STR(?b); separator=\",\") AS ?t) { ?a ex:knows ?b } "
           "GROUP BY ?a HAVING (COUNT(?b) > 0) ORDER BY ?n ?a" },
  { "path", false, run_tsv,
    PREFIX "SELECT ?x ?y { ?x ex:knows+ ?y . ?y (ex:age|^ex:knows)/ex:knows* ?z } ORDER BY ?x ?y" },
  { "expressions", false, run_json,
    PREFIX
    "SELECT (UCASE(STR(?l)) AS ?u) (REPLACE(STR(?l), \"a\", \"b\") AS ?r) (SHA256(STR(?l)) AS ?h) "
    "{ ?x rdfs:label ?l FILTER REGEX(?l, \"^[AB]\") FILTER NOT EXISTS { ?x ex:none ?z } } ORDER BY ?l" },
  { "minus", false, run_tsv,
    PREFIX "SELECT * { ?a ex:knows ?b MINUS { ?a ex:age 30 } VALUES ?b { ex:c ex:d ex:a } } ORDER BY ?a" },
  { "subselect", false, run_tsv,
    PREFIX
    "SELECT * { { SELECT ?a (MAX(?n) AS ?m) { ?a ex:age ?n } GROUP BY ?a } ?a ex:knows ?b } ORDER BY ?a ?b" },
  { "graphs", false, run_tsv, PREFIX "SELECT * { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g ?s ?p ?o" },
  { "triple terms", false, run_json,
    PREFIX "SELECT * { ?r <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> <<( ?s ?p ?o )>> ; ?q ?v }" },
  { "ask", false, run_json, PREFIX "ASK { ex:a ex:knows ex:b }" },
  { "construct", false, run_ttl,
    PREFIX "CONSTRUCT { ?a ex:met ?b ; ex:via [ ex:x ?a ] } WHERE { ?a ex:knows ?b }" },
  { "describe", false, run_ttl, PREFIX "DESCRIBE ex:a" },
  { "short", false, run_labels, "Alpha <http://example.org/knows> ?x" },
  { "labels", false, run_labels, PREFIX "SELECT ?a ?b { ?a ex:knows ?b } ORDER BY ?a ?b" },
  { "explain", false, run_explain,
    PREFIX "SELECT ?a (COUNT(*) AS ?n) { ?a ex:knows/ex:age ?b } GROUP BY ?a" },
  { "export as nq", false, run_export, "nq" },
  { "export as trig", false, run_export, "trig" },
  { "projection to RDF 1.1", false, run_projection, "nq" },
  { "check", false, run_check, NULL },
  { "rescue", false, run_rescue, NULL },
  { "names", false, run_names, "al" },
};
#define FLOW_COUNT (sizeof flows / sizeof flows[0])

/* ---- one flow ------------------------------------------------------------------------------------------ */

typedef struct trial {
  const flow *flow;
  uint64_t seed;
  uint64_t wanted;         /* indexes to try; 0: all */
  uint64_t calls, at;      /* shared with the child: allocations of the flow, and the next one to fail */
  unsigned passed, failed; /* shared */
} trial;

static kgq_status open_with(counter *c, const char *path, kgq_db **db, kgq_conn **conn) {
  const kgq_allocator allocator = { resize, c };
  static kgq_allocator kept;
  kept = allocator;
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = KGQ_OPEN_CREATE | KGQ_OPEN_NOSYNC;
  options.cache_bytes = 1 << 20;
  options.memory_bytes = 64 << 20;
  options.allocator = &kept;
  kgq_status st = kgq_open(path, &options, db, NULL);
  st = st == KGQ_OK ? kgq_connect(*db, conn, NULL) : st;
  return st == KGQ_OK ? run_load(*conn, data, NULL, NULL) : st;
}

static void wrong(trial *t, const char *what, const kgq_error *err) {
  t->failed++;
  if (t->failed <= SHOWN_MAX) {
    printf("%s, allocation %" PRIu64 " of %" PRIu64 ": %s%s%s\n", t->flow->name, t->at, t->calls, what,
           err != NULL ? ": " : "", kgq_error_message(err));
    fflush(stdout);
  }
}

static bool same(answer a, answer b) {
  return a.bytes == b.bytes && a.sum == b.sum;
}

static answer content(kgq_conn *conn) {
  answer a = { 0, 0 };
  (void)run_export(conn, "nq", &a, NULL);
  return a;
}

typedef struct expected {
  answer out, before, after; /* what the flow gives, and the database's content */
} expected;

/* One failing run. The database is as before, or as after it; and the flow works again. */
static void fail_once(trial *t, counter *c, kgq_conn *conn, const expected *want, bool ever_after) {
  answer out = { 0, 0 }, again = { 0, 0 };
  kgq_error *err = NULL;
  const unsigned failed = t->failed;
  atomic_store(&c->calls, 0);
  c->ever_after = ever_after;
  c->fail_at = t->at;
  const kgq_status st = t->flow->run(conn, t->flow->text, &out, &err);
  c->fail_at = 0;
  const answer now = t->flow->writes ? content(conn) : want->after;
  if (st != KGQ_OK && st != KGQ_NOMEM) {
    wrong(t, kgq_status_name(st), err);
  } else if (st == KGQ_OK && (!same(out, want->out) || !same(now, want->after))) {
    wrong(t, "a wrong answer", NULL);
  } else if (st == KGQ_NOMEM && !same(now, t->flow->writes ? want->before : want->after)) {
    wrong(t, "it failed and changed something", NULL);
  }
  kgq_error_free(err);
  err = NULL;
  if (st != KGQ_OK && t->flow->run(conn, t->flow->text, &again, &err) != KGQ_OK) {
    wrong(t, "it does not work afterwards", err);
  } else if (st != KGQ_OK && !same(again, want->out)) {
    wrong(t, "a wrong answer afterwards", NULL);
  }
  kgq_error_free(err);
  t->passed += t->failed == failed;
}

static void close_all(trial *t, counter *c, kgq_db *db, kgq_conn *conn) {
  kgq_disconnect(conn);
  kgq_close(db);
  if (atomic_load(&c->live_blocks) != 0 || atomic_load(&c->wrong_sizes) != 0) {
    char what[80];
    snprintf(what, sizeof what, "%" PRIu64 " blocks left, %" PRIu64 " given back with another size",
             (uint64_t)atomic_load(&c->live_blocks), (uint64_t)atomic_load(&c->wrong_sizes));
    wrong(t, what, NULL);
  }
}

/* Runs the flow undisturbed: its allocations and its answer. */
static bool measure(trial *t, expected *out) {
  static counter c;
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  kgq_error *err = NULL;
  memset(&c, 0, sizeof c);
  *out = (expected){ { 0, 0 }, { 0, 0 }, { 0, 0 } };
  bool good = open_with(&c, ":memory:", &db, &conn) == KGQ_OK;
  if (good) {
    out->before = content(conn);
    atomic_store(&c.calls, 0);
    good = t->flow->run(conn, t->flow->text, &out->out, &err) == KGQ_OK;
    t->calls = atomic_load(&c.calls);
    out->after = content(conn);
  }
  if (!good) {
    wrong(t, "it fails by itself", err);
    kgq_error_free(err);
  }
  close_all(t, &c, db, conn);
  return good;
}

static uint64_t step_of(const trial *t) {
  return t->wanted == 0 || t->calls <= t->wanted ? 1 : t->calls / t->wanted;
}

/* Flows that write get a database each time, the others share one. */
static int run_flow(void *arg) {
  static counter c;
  trial *t = arg;
  expected want;
  kgq_db *db = NULL;
  kgq_conn *conn = NULL;
  const uint64_t first = t->at;
  if (!measure(t, &want)) {
    return 0;
  }
  const uint64_t step = step_of(t);
  t->at = first > 0 ? first : 1 + t->seed % step;
  for (; t->at <= t->calls; t->at += step) {
    const bool ever_after = fault_mix(t->seed, t->at) % 2 == 0;
    if (db == NULL && open_with(&c, ":memory:", &db, &conn) != KGQ_OK) {
      wrong(t, "the database cannot be made", NULL);
      return 0;
    }
    fail_once(t, &c, conn, &want, ever_after);
    if (t->flow->writes) {
      close_all(t, &c, db, conn);
      db = NULL;
      conn = NULL;
    }
  }
  if (db != NULL) {
    close_all(t, &c, db, conn);
  }
  return 0;
}

/* ---- the run ------------------------------------------------------------------------------------------- */

/* A child that dies is one failure, and so is one that hangs; another one goes on behind it. With a guard
 * taken away a hang shows nothing: it is counted apart. */
static void try_flow(fault_run *run, trial *t, const char *hook) {
  t->passed = t->failed = 0;
  t->at = 0;
  t->calls = 0;
  for (int status; (status = fault_child_hooked(hook, run_flow, t, hook != NULL ? 10 : 600)) != 0;) {
    const bool hangs = status == FAULT_HANGS;
    fault_fail(run, "%s, allocation %" PRIu64 " of %" PRIu64 ": the process %s (status %d)", t->flow->name,
               t->at, t->calls, hangs ? "hangs" : "died", status);
    if (hangs && hook != NULL) {
      run->failed--;
      run->hung++;
    }
    if (t->calls == 0 || hook != NULL) {
      break;
    }
    t->at += step_of(t);
  }
  run->passed += t->passed;
  run->failed += t->failed;
}

static void work(fault_run *run, unsigned which, unsigned workers, void *arg) {
  trial *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (t == MAP_FAILED) {
    fault_die("memory");
  }
  for (size_t i = which; i < FLOW_COUNT; i += workers) {
    t->flow = &flows[i];
    t->wanted = run->count;
    t->seed = run->seed;
    if (flows[i].run == run_load_file && access(flows[i].text, R_OK) != 0) {
      printf("skipped: %s: there is no %s here\n", flows[i].name, flows[i].text);
      run->skipped++;
      continue;
    }
    try_flow(run, t, arg);
  }
}

int main(int argc, char **argv) {
  fault_run run;
  fault_begin(&run, "memory", argc, argv, 40, true);
  if (run.self_test) {
    char hook[] = "memory";
    fault_run inner = run;
    fault_workers(&inner, WORKERS, work, hook);
    fault_caught(&run, "failed allocations taken for successes", &inner);
  } else {
    fault_workers(&run, WORKERS, work, NULL);
  }
  return fault_end(&run);
}
