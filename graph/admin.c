/* graph/admin.c: the database as a whole: facts about it, compacting, backup, version numbers.
 *
 * Public functions only, each made of what the store and the fold offer. Verifying is in check.c, export in
 * writer.c.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/compress.h"
#include "graph/keys.h"
#include "graph/log.h"
#include "graph/perm.h"
#include "graph/renumber.h"
#include "graph/scan.h"

/* ---- facts about the database --------------------------------------------------------------------- */

typedef struct info {
  kgq_info_fn fn;
  void *arg;
  bool stopped; /* the host has had enough */
} info;

static void tell(info *to, const char *key, const char *value) {
  if (!to->stopped) {
    to->stopped = to->fn(to->arg, key, value) != 0;
  }
}

static void tell_number(info *to, const char *key, uint64_t value) {
  char text[32];
  snprintf(text, sizeof text, "%" PRIu64, value);
  tell(to, key, text);
}

static kgq_status count_graph(void *arg, kg_id graph, uint64_t quads, kgq_error **err) {
  uint64_t *count = arg;
  (void)graph;
  (void)quads;
  (void)err;
  ++*count;
  return KGQ_OK;
}

static void tell_delta(info *to, const kg_snap *snap) {
  const kg_counts *counts = &snap->counts;
  const uint64_t rows = counts->delta_rows + counts->delta_term_rows;
  const uint64_t all = counts->quads + counts->triple_terms;
  char text[64];
  const double percent = all == 0 ? 0 : 100.0 * (double)rows / (double)all;
  snprintf(text, sizeof text, "%" PRIu64 " (%.1f %%)", rows, percent);
  tell(to, "delta rows", text);
}

static void tell_counts(info *to, const kg_snap *snap, uint64_t graphs) {
  const kg_counts *counts = &snap->counts;
  tell_number(to, "quads", counts->quads);
  tell_number(to, "triples", counts->triples);
  tell_number(to, "quads in named graphs", counts->named_quads);
  tell_number(to, "graphs", graphs);
  tell_number(to, "terms in order", counts->base_terms);
  tell_number(to, "terms appended", counts->append_terms);
  tell_number(to, "triple terms", counts->triple_terms);
  tell_delta(to, snap);
  tell_number(to, "rows in the log", snap->log ? snap->log->rows : 0);
}

/* The parts of a database by their key prefix. `perm` -1: the prefix is one byte. */
static const struct part {
  const char *name;
  char prefix;
  int perm;
} parts[] = {
  { "bytes of blocks SPOG", KG_KEY_BLOCK, KG_SPOG },
  { "bytes of blocks POSG", KG_KEY_BLOCK, KG_POSG },
  { "bytes of blocks OSPG", KG_KEY_BLOCK, KG_OSPG },
  { "bytes of blocks GSPO", KG_KEY_BLOCK, KG_GSPO },
  { "bytes of blocks SPOT", KG_KEY_BLOCK, KG_SPOT },
  { "bytes of blocks POST", KG_KEY_BLOCK, KG_POST },
  { "bytes of blocks OSPT", KG_KEY_BLOCK, KG_OSPT },
  { "bytes of blocks TSPO", KG_KEY_BLOCK, KG_TSPO },
  { "bytes of delta", KG_KEY_DELTA, -1 },
  { "bytes of log", KG_KEY_LOG, -1 },
  { "bytes of dictionary blocks", KG_KEY_DICT_BLOCK, -1 },
  { "bytes of dictionary index", KG_KEY_DICT_INDEX, -1 },
  { "bytes of appended terms", KG_KEY_APPEND_TERM, -1 },
  { "bytes of appended index", KG_KEY_APPEND_INDEX, -1 },
  { "bytes of graphs", KG_KEY_GRAPH, -1 },
  { "bytes of prefixes", KG_KEY_PREFIX, -1 },
  { "bytes of names", KG_KEY_NAME, -1 },
};

/* Raw: four ids of 8 bytes in each permutation that a row belongs to. */
static void tell_parts(info *to, kg_snap *snap) {
  const kg_counts *counts = &snap->counts;
  uint64_t stored = 0;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    const char prefix[2] = { parts[i].prefix, (char)parts[i].perm };
    const uint64_t bytes = kg_store_bytes(snap->store, kg_str_n(prefix, parts[i].perm < 0 ? 1 : 2));
    stored += parts[i].prefix == KG_KEY_BLOCK || parts[i].prefix == KG_KEY_DELTA ? bytes : 0;
    tell_number(to, parts[i].name, bytes);
  }
  tell_number(to, "bytes of rows, raw",
              32 * (3 * counts->quads + counts->named_quads + 4 * counts->triple_terms));
  tell_number(to, "bytes of rows, stored", stored);
}

/* After opening with KGQ_OPEN_RECOVER. */
static void tell_lost(info *to, const kg_store *store) {
  uint64_t first = 0, last = 0;
  char text[64];
  if (!kg_store_recovered(store)) {
    return;
  }
  if (!kg_store_lost(store, &first, &last)) {
    tell(to, "commits lost", "unknown: the file watermark was missing or damaged");
  } else if (first == 0) {
    tell(to, "commits lost", "none");
  } else {
    snprintf(text, sizeof text, "%" PRIu64 " to %" PRIu64, first, last);
    tell(to, "commits lost", text);
  }
}

static void tell_disk(info *to, uint64_t bytes, uint64_t quads) {
  char text[32];
  tell_number(to, "bytes on disk", bytes);
  snprintf(text, sizeof text, "%.1f", quads == 0 ? 0 : (double)bytes / (double)quads);
  tell(to, "bytes on disk per quad", text);
}

kgq_status kgq_info(kgq_conn *conn, kgq_info_fn fn, void *arg, kgq_error **err) {
  KGQ_TRY(kg_conn_usable(conn, err));
  if (fn == NULL) {
    return kg_fail(err, KGQ_MISUSE, "kgq_info needs a function");
  }
  kg_store *store = conn->db->store;
  kg_snap *snap = NULL;
  KGQ_TRY(kg_snap_take(conn->db, &snap, err));
  uint64_t graphs = 0;
  const kgq_status st = kg_graphs(snap, count_graph, &graphs, err);
  if (st == KGQ_OK) {
    info to = { fn, arg, false };
    tell(&to, "path", kg_store_path(store));
    tell_number(&to, "format", KG_FORMAT_VERSION);
    tell(&to, "open for", kg_store_readonly(store) ? "reading" : "reading and writing");
    tell_number(&to, "commit", snap->commit);
    tell_lost(&to, store);
    tell_counts(&to, snap, graphs);
    tell(&to, "default graph", conn->default_graph == KGQ_DEFAULT_GRAPH_STRICT ? "strict" : "union");
    tell_parts(&to, snap);
    tell_disk(&to, kg_store_folder_bytes(store), snap->counts.quads);
    tell_number(&to, "memory for loads", conn->db->memory_bytes);
    tell(&to, "compression", "RocksDB's Zstandard, blocks of 16 KiB");
    tell(&to, "kgq", KGQ_VERSION);
    tell(&to, "rocksdb", kg_store_rocksdb_version());
    tell(&to, "zstd", kg_zstd_version());
  }
  kg_snap_drop(snap);
  return st;
}

/* ---- work on the whole ----------------------------------------------------------------------------- */

static kgq_status tell_progress(void *arg, const char *what, uint64_t done, uint64_t total, kgq_error **err) {
  return kg_conn_progress(arg, what, done, total, err);
}

static kgq_status compact_held(kgq_conn *conn, kg_cancel *cancel, kgq_error **err) {
  KGQ_TRY(kg_renumber_held(conn->db, tell_progress, conn, cancel, err));
  KGQ_TRY(kg_conn_progress(conn, "compacting", 0, 1, err));
  KGQ_TRY(kg_store_compact(conn->db->store, err));
  return kg_conn_progress(conn, "compacting", 1, 1, err);
}

kgq_status kgq_compact(kgq_conn *conn, kgq_error **err) {
  KGQ_TRY(kg_conn_usable(conn, err));
  kgq_db *db = conn->db;
  if (db->readonly) {
    return kg_fail(err, KGQ_READONLY, "%s is open for reading only", kg_store_path(db->store));
  }
  if (pthread_mutex_trylock(&db->writer) != 0) {
    return kg_fail(err, KGQ_LOCKED, "another transaction of this process is under way");
  }
  kg_cancel cancel;
  kg_cancel_init(&cancel, &db->allocator, &conn->interrupt);
  kg_cancel_start(&cancel, conn->limit_time_ms, 0);
  const kgq_status st = compact_held(conn, &cancel, err);
  pthread_mutex_unlock(&db->writer);
  return st;
}

kgq_status kgq_backup(kgq_conn *conn, const char *dir, kgq_error **err) {
  KGQ_TRY(kg_conn_usable(conn, err));
  if (dir == NULL || dir[0] == '\0' || strcmp(dir, ":memory:") == 0) {
    return kg_fail(err, KGQ_MISUSE, "kgq_backup needs the name of a folder");
  }
  return kg_store_checkpoint(conn->db->store, dir, err);
}

/* ---- versions -------------------------------------------------------------------------------------- */

int32_t kgq_format_version(const char *path) {
  return path == NULL ? 0 : kg_store_format_version(path);
}

const char *kgq_version(void) {
  return KGQ_VERSION;
}

int32_t kgq_version_number(void) {
  return KGQ_VERSION_NUMBER;
}

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static char build_text[256];

static void make_build_text(void) {
  snprintf(build_text, sizeof build_text, "KGQ %s, format %d, %s, RocksDB %s, Zstandard %s", KGQ_VERSION,
           KG_FORMAT_VERSION, COMPILER, kg_store_rocksdb_version(), kg_zstd_version());
}

const char *kgq_build_info(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_build_text);
  return build_text;
}
