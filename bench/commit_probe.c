/* bench/commit_probe.c: speeds of small commits and of what they leave behind, on one database:
 * commit_probe DB inserts BATCH COUNT | text COUNT | ranges PERCENT | scan.
 *
 * Prints lines of name, tab, value. `inserts` puts quads of ids that the database knows, in named graphs (all
 * permutations); `text` loads N-Quads of which a third of the terms are new; both as the library commits when
 * not asked to sync, folding included. Rates are given by CPU time of the calling thread, by CPU time of the
 * whole process (RocksDB's threads too) and by wall clock. `ranges` puts so many percent of the quads into
 * the delta and looks up subjects. Counts are checked afterwards.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PROBE "commit_probe"
#include "bench/probe.h"
#include "graph/dict.h"
#include "graph/scan.h"
#include "graph/txn.h"

enum { SAMPLES = 20000, ROUNDS = 5, STRETCHES = 10, TEXT_BATCH = 1000, GRAPH_QUADS = 50 };

static double median(const double *values, size_t count) {
  double sorted[64];
  memcpy(sorted, values, count * sizeof *values);
  qsort(sorted, count, sizeof *sorted, compare_doubles);
  return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* ---- three clocks ------------------------------------------------------------------------------------ */

enum { THREAD, PROCESS, WALL, CLOCKS };
static const clockid_t clocks[CLOCKS] = { CLOCK_THREAD_CPUTIME_ID, CLOCK_PROCESS_CPUTIME_ID,
                                          CLOCK_MONOTONIC };
static const char *const clock_names[CLOCKS] = { "", ", CPU of all threads", ", wall" };

typedef struct times {
  double at[CLOCKS];
} times;

static times now(void) {
  times t;
  for (int i = 0; i < CLOCKS; i++) {
    t.at[i] = seconds(clocks[i]);
  }
  return t;
}

static times since(const times *start) {
  times t = now();
  for (int i = 0; i < CLOCKS; i++) {
    t.at[i] -= start->at[i];
  }
  return t;
}

/* Rates over all stretches, and how the last one compares with the first. */
static void print_rates(const char *name, const times *spent, size_t stretches, double units) {
  for (int c = 0; c < CLOCKS; c++) {
    double rates[STRETCHES], total = 0;
    char text[100];
    for (size_t i = 0; i < stretches; i++) {
      rates[i] = units / spent[i].at[c];
      total += spent[i].at[c];
    }
    snprintf(text, sizeof text, "%s%s", name, clock_names[c]);
    print(text, units * (double)stretches / total);
    snprintf(text, sizeof text, "%s, last against first tenth%s", name, clock_names[c]);
    print(text, rates[stretches - 1] / rates[0]);
    fprintf(stderr, "%s%s: median of tenths %.0f, first %.0f, last %.0f /s\n", name, clock_names[c],
            median(rates, stretches), rates[0], rates[stretches - 1]);
  }
}

/* ---- known ids --------------------------------------------------------------------------------------- */

static kg_id sampled[3][SAMPLES];

/* Ids of each column of rows all over the database: as they are used, not as they are numbered. */
static void sample(kgq_db *db) {
  static kg_id ids[4][KG_BATCH_ROWS];
  kg_id *const columns[4] = { ids[0], ids[1], ids[2], NULL };
  const kg_scan_spec spec = { .perm = KG_SPOG };
  kg_snap *snap;
  kg_scan *scan;
  uint64_t rows = 0;
  must(kg_snap_take(db, &snap, &err));
  must(kg_scan_open(snap, &spec, NULL, &scan, &err));
  for (uint32_t n = 1; n > 0; rows += n) {
    must(kg_scan_next(scan, columns, KG_BATCH_ROWS, &n, &err));
    for (uint32_t i = 0; i < n; i++) {
      const uint64_t at = rows + i < SAMPLES ? rows + i : next_random() % (rows + i + 1);
      for (int c = 0; at < SAMPLES && c < 3; c++) {
        sampled[c][at] = ids[c][i];
      }
    }
  }
  must_hold(rows >= SAMPLES, "the database is too small to be measured");
  kg_scan_close(scan);
  kg_snap_drop(snap);
}

/* A quad of known ids. Its graph is one of a thousand, named by nodes of the database; it stays the same for
 * a while, as an article's does. */
static void random_quad(kg_id quad[4]) {
  static uint64_t made;
  static kg_id graph;
  while (made % GRAPH_QUADS == 0 || kg_id_tag(graph) != KG_TAG_IRI) {
    graph = sampled[0][next_random() % 1000];
    made += made % GRAPH_QUADS == 0;
  }
  made++;
  quad[KG_S] = sampled[0][next_random() % SAMPLES];
  quad[KG_P] = sampled[1][next_random() % SAMPLES];
  quad[KG_O] = sampled[2][next_random() % SAMPLES];
  quad[KG_G] = graph;
}

static uint64_t insert_some(kgq_db *db, uint64_t count) {
  kg_txn *txn;
  kg_txn_result result;
  must(kg_txn_begin(db, 0, NULL, &txn, &err));
  for (uint64_t i = 0; i < count; i++) {
    kg_id quad[4];
    random_quad(quad);
    must(kg_txn_insert(txn, quad, &err));
  }
  must(kg_txn_commit(txn, &result, &err));
  kg_txn_end(txn);
  return result.inserted;
}

static kg_counts counts_of(kgq_db *db) {
  kg_snap *snap;
  must(kg_snap_take(db, &snap, &err));
  const kg_counts counts = snap->counts;
  kg_snap_drop(snap);
  return counts;
}

static void probe_inserts(kgq_db *db, uint64_t batch, uint64_t count) {
  times spent[STRETCHES];
  char name[60];
  uint64_t inserted = 0;
  sample(db);
  const uint64_t before = counts_of(db).quads;
  for (int i = 0; i < STRETCHES; i++) {
    const times start = now();
    for (uint64_t done = 0; done < count / STRETCHES; done += batch) {
      inserted += insert_some(db, batch);
    }
    spent[i] = since(&start);
  }
  must_hold(counts_of(db).quads == before + inserted, "quads after the inserts");
  snprintf(name, sizeof name, "inserts in batches of %" PRIu64, batch);
  print_rates(name, spent, STRETCHES, (double)count / STRETCHES);
  print("delta rows at the end", (double)counts_of(db).delta_rows);
}

/* ---- text -------------------------------------------------------------------------------------------- */

/* Quads like those of a running import: a new subject every four quads, half of the objects new strings. */
static size_t write_text(char *text, size_t capacity, uint64_t first) {
  size_t length = 0;
  for (uint64_t i = first; i < first + TEXT_BATCH; i++) {
    const unsigned known = (unsigned)(next_random() % 50000);
    int n =
        snprintf(text + length, capacity - length,
                 "<http://example.org/new/%" PRIu64 "> <http://example.org/p/%u> ", i / 4, (unsigned)(i % 4));
    length += (size_t)n;
    n = i % 2 ? snprintf(text + length, capacity - length, "\"value %" PRIu64 " of the import\"", i)
              : snprintf(text + length, capacity - length, "<http://example.org/data/thing/%u>", known);
    length += (size_t)n;
    n = snprintf(text + length, capacity - length, " <http://example.org/graph/%u> .\n", known % 1000);
    length += (size_t)n;
  }
  return length;
}

static void probe_text(kgq_db *db, uint64_t count) {
  static char text[TEXT_BATCH * 300];
  times spent[STRETCHES];
  kgq_conn *conn;
  uint64_t added = 0, first = 0;
  must(kgq_connect(db, &conn, &err));
  for (int i = 0; i < STRETCHES; i++) {
    memset(&spent[i], 0, sizeof spent[i]);
    for (uint64_t done = 0; done < count / STRETCHES; done += TEXT_BATCH, first += TEXT_BATCH) {
      const size_t length = write_text(text, sizeof text, first);
      kgq_load *load;
      kgq_load_stats stats;
      const times start = now();
      must(kgq_load_begin(conn, NULL, &load, &err));
      must(kgq_load_bytes(load, "import.nq", text, length, &err));
      must(kgq_load_commit(load, &stats, &err));
      kgq_load_free(load);
      const times one = since(&start);
      for (int c = 0; c < CLOCKS; c++) {
        spent[i].at[c] += one.at[c];
      }
      added += stats.quads_added;
    }
  }
  kgq_disconnect(conn);
  must_hold(added == first, "quads that the text added");
  print_rates("N-Quads text in batches of 1000", spent, STRETCHES, (double)count / STRETCHES);
}

/* ---- reading ----------------------------------------------------------------------------------------- */

static void probe_scan(kgq_db *db) {
  static kg_id ids[4][KG_BATCH_ROWS];
  kg_id *const columns[4] = { ids[0], ids[1], ids[2], NULL };
  const kg_scan_spec spec = { .perm = KG_SPOG };
  double rates[ROUNDS];
  kg_snap *snap;
  must(kg_snap_take(db, &snap, &err));
  for (int round = -1; round < ROUNDS; round++) { /* the first one warms up */
    kg_scan *scan;
    uint64_t rows = 0;
    const double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    must(kg_scan_open(snap, &spec, NULL, &scan, &err));
    for (uint32_t n = 1; n > 0; rows += n) {
      must(kg_scan_next(scan, columns, KG_BATCH_ROWS, &n, &err));
    }
    kg_scan_close(scan);
    rates[round < 0 ? 0 : round] = (double)rows / (seconds(CLOCK_THREAD_CPUTIME_ID) - start);
    must_hold(rows == snap->counts.quads, "rows of a scan");
  }
  print("scan SPOG", median(rates, ROUNDS));
  print("quads", (double)snap->counts.quads);
  print("delta rows", (double)snap->counts.delta_rows);
  kg_snap_drop(snap);
}

static void probe_lookups(kgq_db *db, const char *name) {
  static kg_id ids[4][KG_BATCH_ROWS];
  kg_id *const columns[4] = { NULL, ids[1], ids[2], NULL };
  double rates[ROUNDS];
  kg_snap *snap;
  kg_scan *scan;
  must(kg_snap_take(db, &snap, &err));
  kg_scan_spec spec = { .perm = KG_SPOG, .prefix_length = 1, .prefix = { sampled[0][0] } };
  must(kg_scan_open(snap, &spec, NULL, &scan, &err));
  for (int round = 0; round < ROUNDS; round++) {
    const double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < SAMPLES; i++) {
      spec.prefix[0] = sampled[0][i];
      must(kg_scan_restart(scan, &spec, &err));
      for (uint32_t n = KG_BATCH_ROWS, got = 0; n == KG_BATCH_ROWS; got += n) {
        must(kg_scan_next(scan, columns, KG_BATCH_ROWS, &n, &err));
        must_hold(n > 0 || got > 0, "a range without rows");
      }
    }
    rates[round] = SAMPLES / (seconds(CLOCK_THREAD_CPUTIME_ID) - start);
  }
  kg_scan_close(scan);
  kg_snap_drop(snap);
  print(name, median(rates, ROUNDS));
}

/* Commits leave the delta alone while so much goes in. */
static void probe_ranges(kgq_db *db, uint64_t percent) {
  char name[60];
  sample(db);
  probe_lookups(db, "ranges (s ? ?), no delta");
  const uint64_t quads = counts_of(db).quads;
  db->folds_late = true;
  for (uint64_t done = 0; done < quads * percent / 100; done += 1000) {
    (void)insert_some(db, 1000);
  }
  snprintf(name, sizeof name, "ranges (s ? ?), %" PRIu64 " %% in the delta", percent);
  must_hold(counts_of(db).delta_rows >= quads * percent / 100 * 3, "rows in the delta");
  probe_lookups(db, name);
  probe_scan(db);
}

int main(int argc, char **argv) {
  const char *what = argc > 2 ? argv[2] : "";
  const uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
  kgq_options options = KGQ_OPTIONS_INIT;
  options.flags = strcmp(what, "scan") == 0 ? KGQ_OPEN_READONLY : KGQ_OPEN_NOSYNC;
  options.cache_bytes = (uint64_t)1 << 30; /* warm */
  kgq_db *db;
  if (argc < 3 || (first == 0 && strcmp(what, "scan") != 0)) {
    fprintf(stderr, "use: commit_probe DB inserts BATCH COUNT | text COUNT | ranges PERCENT | scan\n");
    return 2;
  }
  must(kgq_open(argv[1], &options, &db, &err));
  if (strcmp(what, "inserts") == 0) {
    probe_inserts(db, first, argc > 4 ? strtoull(argv[4], NULL, 10) : first * 1000);
  } else if (strcmp(what, "text") == 0) {
    probe_text(db, first);
  } else if (strcmp(what, "ranges") == 0) {
    probe_ranges(db, first);
  } else {
    probe_scan(db);
  }
  kgq_close(db);
  return 0;
}
