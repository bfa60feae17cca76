/* bench/store_probe.c: speeds of the storage layer of one database, one thread, warm: store_probe DB rates |
 * open.
 *
 * Prints lines of name, tab, value. Rates count seconds of CPU time of the thread, so that a busy machine
 * does not distort them, and are medians of several rounds; `open` is wall time and goes with a fresh
 * process. What is looked up is drawn from the data; each answer is checked against what is known of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define PROBE "store_probe"
#include "bench/probe.h"
#include "graph/dict.h"
#include "graph/keys.h"
#include "graph/scan.h"
#include "graph/vocab.h"

enum { ROUNDS = 5, SAMPLES = 20000, BATCH = 1000 };

static double cpu(void) {
  return seconds(CLOCK_THREAD_CPUTIME_ID);
}

static double median(double values[ROUNDS]) {
  qsort(values, ROUNDS, sizeof *values, compare_doubles);
  return values[ROUNDS / 2];
}

/* ---- scans and ranges ------------------------------------------------------------------------------- */

static uint64_t scan_all(kg_snap *snap, kg_perm perm) {
  static kg_id ids[4][KG_BATCH_ROWS];
  kg_id *const columns[4] = { ids[0], ids[1], ids[2], NULL };
  const kg_scan_spec spec = { .perm = perm };
  kg_scan *scan;
  uint64_t rows = 0;
  must(kg_scan_open(snap, &spec, NULL, &scan, &err));
  for (uint32_t n = 1; n > 0; rows += n) {
    must(kg_scan_next(scan, columns, KG_BATCH_ROWS, &n, &err));
  }
  kg_scan_close(scan);
  return rows;
}

static void probe_scan(kg_snap *snap, kg_perm perm) {
  double rates[ROUNDS];
  char name[40];
  must_hold(scan_all(snap, perm) == snap->counts.quads, "rows of a scan");
  for (int i = 0; i < ROUNDS; i++) {
    const double start = cpu();
    rates[i] = (double)scan_all(snap, perm) / (cpu() - start);
  }
  snprintf(name, sizeof name, "scan %s", kg_perm_name[perm]);
  print(name, median(rates));
}

/* First ids of rows all over a permutation. */
static void sample_ids(kg_snap *snap, kg_perm perm, int column, kg_id *out) {
  static kg_id ids[4][KG_BATCH_ROWS];
  kg_id *const columns[4] = { ids[0], ids[1], ids[2], ids[3] };
  const kg_scan_spec spec = { .perm = perm };
  kg_scan *scan;
  uint64_t rows = 0;
  must(kg_scan_open(snap, &spec, NULL, &scan, &err));
  for (uint32_t n = 1; n > 0; rows += n) { /* reservoir sampling */
    must(kg_scan_next(scan, columns, KG_BATCH_ROWS, &n, &err));
    for (uint32_t i = 0; i < n; i++) {
      const uint64_t at = rows + i < SAMPLES ? rows + i : next_random() % (rows + i + 1);
      if (at < SAMPLES) {
        out[at] = ids[column][i];
      }
    }
  }
  kg_scan_close(scan);
  must_hold(rows >= SAMPLES, "the database is too small to be measured");
}

static void probe_ranges(kg_snap *snap, kg_perm perm, const char *name) {
  static kg_id keys[SAMPLES], ids[4][KG_BATCH_ROWS];
  kg_id *const columns[4] = { NULL, ids[1], ids[2], NULL };
  double rates[ROUNDS];
  sample_ids(snap, perm, 0, keys);
  kg_scan_spec spec = { .perm = perm, .prefix_length = 1, .prefix = { keys[0] } };
  kg_scan *scan;
  must(kg_scan_open(snap, &spec, NULL, &scan, &err));
  uint64_t rows = 0;
  for (int round = 0; round < ROUNDS; round++) {
    const double start = cpu();
    rows = 0;
    for (int i = 0; i < SAMPLES; i++) {
      spec.prefix[0] = keys[i];
      must(kg_scan_restart(scan, &spec, &err));
      for (uint32_t n = KG_BATCH_ROWS, got = 0; n == KG_BATCH_ROWS; rows += n, got += n) {
        must(kg_scan_next(scan, columns, KG_BATCH_ROWS, &n, &err));
        must_hold(n > 0 || got > 0, "a range without rows");
      }
    }
    rates[round] = SAMPLES / (cpu() - start);
  }
  kg_scan_close(scan);
  print(name, median(rates));
  char average[60];
  snprintf(average, sizeof average, "%s, rows each", name);
  print(average, (double)rows / SAMPLES);
}

/* ---- terms ------------------------------------------------------------------------------------------- */

static void probe_terms(kg_snap *snap) {
  static kg_id ids[SAMPLES], found[1];
  static kg_term terms[SAMPLES], out[BATCH];
  double to_id[ROUNDS], to_term[ROUNDS], many[ROUNDS];
  kg_arena arena, scratch;
  kg_arena_init(&arena, NULL);
  kg_arena_init(&scratch, NULL);
  for (int i = 0; i < SAMPLES; i++) { /* every term as likely as any other */
    const uint64_t rank = next_random() % snap->counts.base_terms;
    kg_id id = KG_ID_NONE;
    for (kg_tag tag = KG_TAG_IRI; tag <= KG_TAG_TYPED && id == KG_ID_NONE; tag++) {
      id = kg_dict_get(snap, kg_id_make(tag, rank), &arena, &terms[i], NULL) == KGQ_OK ? kg_id_make(tag, rank)
                                                                                       : id;
    }
    must_hold(id != KG_ID_NONE, "a rank without a term");
    ids[i] = id;
  }
  for (int round = 0; round < ROUNDS; round++) {
    double start = cpu();
    for (int i = 0; i < SAMPLES; i++) {
      must(kg_dict_find(snap, &terms[i], found, &err));
      must_hold(found[0] == ids[i], "the id of a term");
    }
    to_id[round] = SAMPLES / (cpu() - start);
    start = cpu();
    for (int i = 0; i < SAMPLES; i++) {
      must(kg_dict_get(snap, ids[i], &scratch, &out[0], &err));
      must_hold(out[0].text.len == terms[i].text.len, "the term of an id");
      kg_arena_reset(&scratch);
    }
    to_term[round] = SAMPLES / (cpu() - start);
    start = cpu();
    for (int i = 0; i < SAMPLES; i += BATCH) {
      must(kg_dict_get_many(snap, ids + i, BATCH, &scratch, out, &err));
      kg_arena_reset(&scratch);
    }
    many[round] = SAMPLES / (cpu() - start);
  }
  print("term to id", median(to_id));
  print("id to term", median(to_term));
  print("id to term, 1000 together", median(many));
  kg_arena_free(&arena);
  kg_arena_free(&scratch);
}

/* ---- counts ------------------------------------------------------------------------------------------- */

static double count_time(kg_snap *snap, const kg_scan_spec *spec, uint64_t *out) {
  double times[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    const double start = cpu();
    must(kg_scan_count(snap, spec, out, &err));
    times[i] = cpu() - start;
  }
  return median(times);
}

/* The predicate with the most rows, and the longest time of any. */
static void probe_predicates(kg_snap *snap) {
  const kg_scan_spec all = { .perm = KG_POSG };
  kg_scan *scan;
  kg_row next = { { 0, 0, 0, 0 } };
  kg_id id;
  kg_id *const columns[4] = { &id, NULL, NULL, NULL };
  uint64_t most = 0, total = 0;
  double longest = 0;
  must(kg_scan_open(snap, &all, NULL, &scan, &err));
  for (uint32_t n = 1;;) {
    must(kg_scan_seek(scan, &next, &err));
    must(kg_scan_next(scan, columns, 1, &n, &err));
    if (n == 0) {
      break;
    }
    uint64_t rows;
    const kg_scan_spec one = { .perm = KG_POSG, .prefix_length = 1, .prefix = { id }, .distinct = true };
    const double time = count_time(snap, &one, &rows);
    longest = time > longest ? time : longest;
    most = rows > most ? rows : most;
    total += rows;
    next.c[0] = id + 1;
  }
  kg_scan_close(scan);
  must_hold(total == snap->counts.triples, "the sum of all predicates' counts");
  print("count of one predicate, longest, s", longest);
  print("count of one predicate, rows at most", (double)most);
}

typedef struct graphs {
  kg_snap *snap;
  double longest;
  uint64_t quads;
} graphs;

static kgq_status probe_graph(void *arg, kg_id graph, uint64_t quads, kgq_error **e) {
  graphs *g = arg;
  (void)e;
  uint64_t rows;
  const kg_scan_spec spec = { .perm = KG_GSPO, .prefix_length = 1, .prefix = { graph } };
  const double start = cpu();
  must(kg_scan_count(g->snap, &spec, &rows, &err));
  const double time = cpu() - start;
  must_hold(rows == quads, "the count of a graph");
  g->longest = time > g->longest ? time : g->longest;
  g->quads += quads;
  return KGQ_OK;
}

static void probe_counts(kg_snap *snap) {
  const kg_scan_spec all = { .perm = KG_SPOG };
  uint64_t rows;
  print("count of all, s", count_time(snap, &all, &rows));
  must_hold(rows == snap->counts.quads, "the count of all");
  probe_predicates(snap);
  graphs g = { .snap = snap };
  must(kg_graphs(snap, probe_graph, &g, &err));
  if (g.quads > 0) {
    print("count of one article, longest, s", g.longest);
  }
}

/* ---- sources ------------------------------------------------------------------------------------------- */

/* Like ?r rdf:reifies <<( s p ?o )>>: triple terms by s and p, then who reifies each. */
static void probe_sources(kg_snap *snap) {
  static kg_id ids[4][KG_BATCH_ROWS];
  kg_id reifies;
  const kg_term term = kg_term_iri(KG_STR(KG_RDF_REIFIES));
  must(kg_dict_find(snap, &term, &reifies, &err));
  if (snap->counts.triple_terms < SAMPLES || reifies == KG_ID_NONE) {
    return;
  }
  kg_id(*keys)[2] = calloc(SAMPLES, sizeof *keys);
  kg_scan *terms, *reifiers;
  kg_scan_spec by_term = { .perm = KG_SPOT }, by_object = { .perm = KG_OSPG, .prefix_length = 1 };
  kg_id *const parts[4] = { ids[0], ids[1], ids[2], ids[3] };
  must(kg_scan_open(snap, &by_term, NULL, &terms, &err));
  uint64_t rows = 0;
  for (uint32_t n = 1; n > 0; rows += n) {
    must(kg_scan_next(terms, parts, KG_BATCH_ROWS, &n, &err));
    for (uint32_t i = 0; i < n; i++) {
      const uint64_t at = rows + i < SAMPLES ? rows + i : next_random() % (rows + i + 1);
      if (at < SAMPLES) {
        keys[at][0] = ids[0][i];
        keys[at][1] = ids[1][i];
      }
    }
  }
  by_object.prefix[0] = ids[3][0];
  must(kg_scan_open(snap, &by_object, NULL, &reifiers, &err));
  double times[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    const double start = cpu();
    for (int i = 0; i < SAMPLES; i++) {
      kg_id t[16], p[64], r[64];
      kg_id *const t_columns[4] = { NULL, NULL, NULL, t }, *const r_columns[4] = { NULL, r, p, NULL };
      uint32_t n, found, sources = 0;
      by_term.prefix_length = 2;
      by_term.prefix[0] = keys[i][0];
      by_term.prefix[1] = keys[i][1];
      must(kg_scan_restart(terms, &by_term, &err));
      must(kg_scan_next(terms, t_columns, 16, &n, &err));
      for (uint32_t k = 0; k < n; k++) {
        by_object.prefix[0] = t[k];
        must(kg_scan_restart(reifiers, &by_object, &err));
        must(kg_scan_next(reifiers, r_columns, 64, &found, &err));
        for (uint32_t j = 0; j < found; j++) {
          sources += p[j] == reifies;
        }
      }
      must_hold(sources > 0, "a triple term that nothing reifies");
    }
    times[round] = (cpu() - start) / SAMPLES;
  }
  kg_scan_close(reifiers);
  kg_scan_close(terms);
  free(keys);
  print("sources of a triple, s", median(times));
}

/* ---- opening ----------------------------------------------------------------------------------------- */

static double resident_mib(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss / 1024;
}

static void probe_open(const char *path, bool reading) {
  const double start = seconds(CLOCK_MONOTONIC), start_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  kgq_db *db;
  kg_snap *snap;
  kg_scan *scan;
  kg_arena arena;
  kg_term term;
  kg_id ids[4];
  kg_id *const columns[4] = { &ids[0], &ids[1], &ids[2], &ids[3] };
  uint32_t n;
  const kg_scan_spec spec = { .perm = KG_SPOG };
  kg_arena_init(&arena, NULL);
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = reading ? KGQ_OPEN_READONLY : 0;
  must(kgq_open(path, &options, &db, &err));
  must(kg_snap_take(db, &snap, &err));
  must(kg_scan_open(snap, &spec, NULL, &scan, &err));
  must(kg_scan_next(scan, columns, 1, &n, &err));
  for (int c = 0; c < 3; c++) {
    must(kg_dict_get(snap, ids[c], &arena, &term, &err));
  }
  print("open and first answer, s", seconds(CLOCK_MONOTONIC) - start);
  print("open and first answer, CPU s", seconds(CLOCK_PROCESS_CPUTIME_ID) - start_cpu);
  print("resident after it, MiB", resident_mib());
  kg_arena_free(&arena);
  kg_scan_close(scan);
  kg_snap_drop(snap);
  kgq_close(db);
}

static void probe_rates(const char *path) {
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = KGQ_OPEN_READONLY;
  options.cache_bytes = (uint64_t)1 << 30; /* warm */
  kgq_db *db;
  kg_snap *snap;
  must(kgq_open(path, &options, &db, &err));
  must(kg_snap_take(db, &snap, &err));
  print("quads", (double)snap->counts.quads);
  print("terms", (double)(snap->counts.base_terms + snap->counts.append_terms));
  for (int p = KG_SPOG; p <= KG_OSPG; p++) {
    probe_scan(snap, (kg_perm)p);
  }
  probe_ranges(snap, KG_SPOG, "ranges (s ? ?)");
  probe_ranges(snap, KG_OSPG, "ranges (? ? o)");
  probe_terms(snap);
  probe_counts(snap);
  probe_sources(snap);
  kg_snap_drop(snap);
  kgq_close(db);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "use: store_probe DB rates|open|open-writing\n");
    return 2;
  }
  if (strcmp(argv[2], "open") == 0 || strcmp(argv[2], "open-writing") == 0) {
    probe_open(argv[1], argv[2][4] == '\0');
  } else {
    probe_rates(argv[1]);
  }
  return 0;
}
