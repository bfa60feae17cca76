/* graph/db.c: databases and connections: opening, reference counts, settings, snapshots.
 *
 * The public functions of a database's and a connection's life, and what the rest of the library asks of
 * them. The store does the work on disk; who commits (txn.c) and who caches (whoever sets db->cache) is
 * decided elsewhere.
 */
#include "graph/db.h"

#include <assert.h>
#include <stdint.h>
#include <unistd.h>

#include "graph/block_cache.h"
#include "graph/dict_cache.h"
#include "graph/dict_shelf.h"
#include "graph/iri.h"
#include "graph/log.h"

/* A commit may come between taking a snapshot and asking what it begins with; then another is taken, which is
 * cheaper than reading the log. */
#define KEPT_TRIES 3

/* ---- databases ------------------------------------------------------------------------------------ */

/* A forked child has the handles but not the store's threads: nothing of RocksDB may be touched there. */
/* Asked for at each step of a statement: 0.2 us of a query of 10. fork() makes the child ask anew. */
static atomic_int known_pid;
static bool told_of_forks;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void forget_pid(void) {
  atomic_store(&known_pid, 0);
}

static void watch_forks(void) {
  told_of_forks = pthread_atfork(NULL, NULL, forget_pid) == 0;
}

static int this_pid(void) {
  int pid = atomic_load_explicit(&known_pid, memory_order_relaxed);
  if (pid == 0) {
    pid = (int)getpid();
    if (told_of_forks) {
      atomic_store(&known_pid, pid);
    }
  }
  return pid;
}

static bool is_forked(const kgq_db *db) {
  return db->pid != this_pid();
}

kgq_db *kg_db_hold(kgq_db *db) {
  atomic_fetch_add(&db->refs, 1);
  return db;
}

void kg_db_release(kgq_db *db) {
  if (db == NULL || atomic_fetch_sub(&db->refs, 1) != 1) {
    return;
  }
  if (is_forked(db)) {
    return; /* the parent's: freeing would need locks that its threads may have held */
  }
  if (db->cache_free != NULL) {
    db->cache_free(db);
  }
  kg_blocks_free(db->blocks);
  kg_dict_cache_free(db->terms);
  kg_shelf_free(db->dict_shelf);
  if (db->delta_free != NULL) {
    db->delta_free(db);
  }
  kg_log_drop(db->state.log);
  kg_store_close(db->store);
  pthread_mutex_destroy(&db->cache_mutex);
  pthread_mutex_destroy(&db->delta_mutex);
  pthread_mutex_destroy(&db->state_mutex);
  pthread_mutex_destroy(&db->writer);
  const kgq_allocator allocator = db->allocator;
  kg_free(&allocator, db, sizeof *db);
}

static uint64_t quarter_of_ram(void) {
  const long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
  const uint64_t fallback = (uint64_t)256 << 20;
  return pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes / 4 : fallback;
}

/* The caller's options in today's form: those of an older program have fewer fields. */
static kgq_status read_options(const kgq_options *given, kgq_options *out, kgq_error **err) {
  *out = (kgq_options)KGQ_OPTIONS_INIT;
  out->flags = KGQ_OPEN_CREATE;
  if (given != NULL) {
    if (given->struct_bytes < offsetof(kgq_options, cache_bytes)) {
      return kg_fail(err, KGQ_MISUSE, "kgq_options must begin with KGQ_OPTIONS_INIT");
    }
    memcpy(out, given, given->struct_bytes < sizeof *out ? given->struct_bytes : sizeof *out);
  }
  const uint32_t known = KGQ_OPEN_CREATE | KGQ_OPEN_READONLY | KGQ_OPEN_NOSYNC | KGQ_OPEN_RECOVER;
  if ((out->flags & ~known) != 0) {
    return kg_fail(err, KGQ_MISUSE, "kgq_options.flags has unknown bits %x", (unsigned)(out->flags & ~known));
  }
  if ((out->flags & KGQ_OPEN_READONLY) != 0 && (out->flags & KGQ_OPEN_RECOVER) != 0) {
    return kg_fail(err, KGQ_MISUSE, "recovering writes: it cannot be asked for together with reading only");
  }
  out->cache_bytes = out->cache_bytes == 0 ? KG_DEFAULT_CACHE_BYTES : out->cache_bytes;
  out->memory_bytes = out->memory_bytes == 0 ? quarter_of_ram() : out->memory_bytes;
  out->allocator = out->allocator == NULL ? &kg_libc_allocator : out->allocator;
  return KGQ_OK;
}

static kgq_db *db_new(const kgq_options *options) {
  kgq_db *db = kg_alloc_zero(options->allocator, 1, sizeof *db);
  if (db == NULL) {
    return NULL;
  }
  db->allocator = *options->allocator;
  atomic_init(&db->refs, 1);
  (void)pthread_once(&fork_once, watch_forks);
  db->pid = this_pid();
  db->memory_bytes = options->memory_bytes;
  db->readonly = (options->flags & KGQ_OPEN_READONLY) != 0;
  db->terms = kg_dict_cache_new(&db->allocator);
  db->blocks = kg_blocks_new(&db->allocator, (size_t)(options->cache_bytes / 2));
  db->dict_shelf = kg_shelf_new(&db->allocator, (size_t)(options->cache_bytes / 4));
  pthread_mutex_init(&db->writer, NULL);
  pthread_mutex_init(&db->cache_mutex, NULL);
  pthread_mutex_init(&db->delta_mutex, NULL);
  pthread_mutex_init(&db->state_mutex, NULL);
  return db;
}

static kgq_status open_store(kgq_db *db, const char *path, const kgq_options *options, kgq_error **err) {
  const kg_store_options how = { .allocator = &db->allocator,
                                 .cache_bytes = options->cache_bytes / 4,
                                 .create = (options->flags & KGQ_OPEN_CREATE) != 0,
                                 .readonly = db->readonly,
                                 .nosync = (options->flags & KGQ_OPEN_NOSYNC) != 0,
                                 .recover = (options->flags & KGQ_OPEN_RECOVER) != 0 };
  return kg_store_open(path, &how, &db->store, err);
}

kgq_status kgq_open(const char *path, const kgq_options *options, kgq_db **out, kgq_error **err) {
  if (path == NULL || path[0] == '\0' || out == NULL) {
    return kg_fail(err, KGQ_MISUSE, "kgq_open needs a path and a place for the handle");
  }
  *out = NULL;
  kgq_options all;
  KGQ_TRY(read_options(options, &all, err));
  kgq_db *db = db_new(&all);
  if (db == NULL) {
    return kg_fail_memory(err);
  }
  const kgq_status st = open_store(db, path, &all, err);
  if (st != KGQ_OK) {
    kg_db_release(db);
    return st;
  }
  *out = db;
  return KGQ_OK;
}

kgq_status kg_db_new_unmarked(const char *path, const kgq_db *like, kgq_db **out, kgq_error **err) {
  kgq_options options = KGQ_OPTIONS_INIT;
  options.allocator = &like->allocator;
  options.cache_bytes = KG_DEFAULT_CACHE_BYTES;
  options.memory_bytes = like->memory_bytes;
  *out = NULL;
  kgq_db *db = db_new(&options);
  if (db == NULL) {
    return kg_fail_memory(err);
  }
  const kg_store_options how = {
    .allocator = &db->allocator, .cache_bytes = KG_DEFAULT_CACHE_BYTES / 2, .create = true, .unmarked = true
  };
  const kgq_status st = kg_store_open(path, &how, &db->store, err);
  if (st != KGQ_OK) {
    kg_db_release(db);
    return st;
  }
  *out = db;
  return KGQ_OK;
}

kgq_status kgq_close(kgq_db *db) {
  if (db == NULL) {
    return KGQ_OK;
  }
  const bool forked = is_forked(db);
  kg_db_release(db);
  return forked ? KGQ_MISUSE : KGQ_OK;
}

int kgq_is_readonly(const kgq_db *db) {
  return db != NULL && db->readonly ? 1 : 0;
}

/* ---- connections ---------------------------------------------------------------------------------- */

kgq_conn *kg_conn_hold(kgq_conn *conn) {
  atomic_fetch_add(&conn->refs, 1);
  return conn;
}

void kg_conn_release(kgq_conn *conn) {
  if (conn == NULL || atomic_fetch_sub(&conn->refs, 1) != 1) {
    return;
  }
  kgq_db *db = conn->db;
  if (conn->published_free != NULL) {
    conn->published_free(conn);
  }
  kg_free(&db->allocator, conn->base, conn->base_bytes);
  kg_spares_free(&conn->spares);
  kg_free(&db->allocator, conn, sizeof *conn);
  kg_db_release(db);
}

kgq_status kgq_connect(kgq_db *db, kgq_conn **out, kgq_error **err) {
  if (db == NULL || out == NULL) {
    return kg_fail(err, KGQ_MISUSE, "kgq_connect needs a database and a place for the handle");
  }
  *out = NULL;
  if (is_forked(db)) {
    return kg_fail(err, KGQ_MISUSE, "the database was opened before fork()");
  }
  kgq_conn *conn = kg_alloc_zero(&db->allocator, 1, sizeof *conn);
  if (conn == NULL) {
    return kg_fail_memory(err);
  }
  atomic_init(&conn->refs, 1);
  atomic_init(&conn->interrupt, 0);
  conn->db = kg_db_hold(db);
  kg_spares_init(&conn->spares, &db->allocator);
  conn->default_graph = KGQ_DEFAULT_GRAPH_UNION;
  conn->language = KGQ_LANG_AUTO;
  *out = conn;
  return KGQ_OK;
}

void kgq_disconnect(kgq_conn *conn) {
  kg_conn_release(conn);
}

kgq_status kg_conn_usable(const kgq_conn *conn, kgq_error **err) {
  if (conn == NULL) {
    return kg_fail(err, KGQ_MISUSE, "there is no connection");
  }
  if (is_forked(conn->db)) {
    kg_fail(err, KGQ_MISUSE, "the database was opened before fork()");
    kg_hint(err, "open it in the child process");
    return KGQ_MISUSE;
  }
  return KGQ_OK;
}

void kgq_interrupt(kgq_conn *conn) {
  if (conn != NULL) {
    atomic_store(&conn->interrupt, 1);
  }
}

kgq_status kgq_set_limit(kgq_conn *conn, int32_t which, uint64_t value) {
  KGQ_TRY(kg_conn_usable(conn, NULL));
  switch (which) {
  case KGQ_LIMIT_TIME_MS: conn->limit_time_ms = value; return KGQ_OK;
  case KGQ_LIMIT_MEMORY_BYTES: conn->limit_memory_bytes = value; return KGQ_OK;
  case KGQ_LIMIT_ROWS: conn->limit_rows = value; return KGQ_OK;
  default: return KGQ_MISUSE;
  }
}

kgq_status kgq_set(kgq_conn *conn, int32_t which, int32_t value) {
  KGQ_TRY(kg_conn_usable(conn, NULL));
  if (which == KGQ_SET_DEFAULT_GRAPH && value >= KGQ_DEFAULT_GRAPH_UNION &&
      value <= KGQ_DEFAULT_GRAPH_STRICT) {
    conn->default_graph = value;
    return KGQ_OK;
  }
  if (which == KGQ_SET_LANGUAGE && value >= KGQ_LANG_AUTO && value <= KGQ_LANG_SHORT) {
    conn->language = value;
    return KGQ_OK;
  }
  return KGQ_MISUSE;
}

static kgq_status copy_base(kgq_conn *conn, const char *iri, char **out, size_t *bytes, kgq_error **err) {
  size_t offset = 0;
  const char *why = kg_iri_check_absolute(kg_str(iri), &offset);
  if (why != NULL) {
    return kg_fail(err, KGQ_DATA, "the base <%s> is no absolute IRI: %s", iri, why);
  }
  *bytes = strlen(iri) + 1;
  *out = kg_alloc(&conn->db->allocator, *bytes);
  if (*out == NULL) {
    return kg_fail_memory(err);
  }
  memcpy(*out, iri, *bytes);
  return KGQ_OK;
}

kgq_status kgq_set_base(kgq_conn *conn, const char *iri, kgq_error **err) {
  KGQ_TRY(kg_conn_usable(conn, err));
  char *copy = NULL;
  size_t bytes = 0;
  if (iri != NULL) {
    KGQ_TRY(copy_base(conn, iri, &copy, &bytes, err));
  }
  kg_free(&conn->db->allocator, conn->base, conn->base_bytes);
  conn->base = copy;
  conn->base_bytes = bytes;
  return KGQ_OK;
}

/* ---- messages and progress ------------------------------------------------------------------------ */

void kgq_set_message(kgq_conn *conn, kgq_message_fn fn, void *arg) {
  if (conn != NULL) {
    conn->message = fn;
    conn->message_arg = arg;
  }
}

void kgq_set_progress(kgq_conn *conn, kgq_progress_fn fn, void *arg) {
  if (conn != NULL) {
    conn->progress = fn;
    conn->progress_arg = arg;
  }
}

void kg_conn_message(kgq_conn *conn, int32_t severity, kgq_error *message) {
  if (conn->message != NULL && message != NULL) {
    conn->message(conn->message_arg, severity, message);
  }
  kgq_error_free(message);
}

kgq_status kg_conn_progress(kgq_conn *conn, const char *what, uint64_t done, uint64_t total,
                            kgq_error **err) {
  if (conn->progress != NULL && conn->progress(conn->progress_arg, what, done, total) != 0) {
    return kg_fail(err, KGQ_INTERRUPTED, "stopped by the host program while %s", what);
  }
  return KGQ_OK;
}

kgq_status kg_conn_refuse_document(kgq_str iri, kgq_error **err) {
  (void)kg_fail(err, KGQ_REFUSED, "LOAD <%.*s> is refused: no folder is published under that IRI",
                KG_ARG(iri));
  kg_hint(err, "publish one with --map IRI=DIR (kgq_map), or load the file with `kgq load`");
  return KGQ_REFUSED;
}

/* ---- snapshots ------------------------------------------------------------------------------------- */

/* Takes the log over. */
static void keep_state(kgq_db *db, const struct kg_state *now) {
  pthread_mutex_lock(&db->state_mutex);
  struct kg_state *kept = &db->state;
  struct kg_log *gone = now->log;
  if (now->view > kept->view || (now->view == kept->view && now->commit > kept->commit)) {
    gone = kept->log;
    *kept = *now;
  }
  pthread_mutex_unlock(&db->state_mutex);
  kg_log_drop(gone);
}

void kg_db_committed(const kg_snap *base, uint64_t commit, const kg_counts *counts, kg_log *log) {
  const struct kg_state now = { kg_store_snapshot_view(base->store), commit, log ? base->settled : commit,
                                *counts, log };
  keep_state(base->db, &now);
}

static bool kept_state(kg_snap *snap) {
  kgq_db *db = snap->db;
  pthread_mutex_lock(&db->state_mutex);
  const struct kg_state *kept = &db->state;
  const bool fits =
      snap->commit > 0 && kept->commit == snap->commit && kept->view == kg_store_snapshot_view(snap->store);
  if (fits) {
    snap->settled = kept->settled;
    snap->counts = kept->counts;
    snap->log = kg_log_hold(kept->log);
  }
  pthread_mutex_unlock(&db->state_mutex);
  return fits;
}

static kgq_status take_state(kg_snap *snap, kgq_error **err) {
  kgq_db *db = snap->db;
  KGQ_TRY(kg_store_snapshot_take(db->store, &snap->store, err));
  snap->commit = kg_store_snapshot_commit(snap->store);
  for (int i = 0; i < KEPT_TRIES; i++) {
    if (kept_state(snap)) {
      return KGQ_OK;
    }
    if (db->readonly) {
      break;
    }
    kg_store_snapshot_drop(snap->store);
    snap->store = NULL;
    KGQ_TRY(kg_store_snapshot_take(db->store, &snap->store, err));
    snap->commit = kg_store_snapshot_commit(snap->store);
  }
  KGQ_TRY(kg_log_read(snap, NULL, err));
  const struct kg_state now = { kg_store_snapshot_view(snap->store), snap->commit, snap->settled,
                                snap->counts, kg_log_hold(snap->log) };
  keep_state(db, &now);
  return KGQ_OK;
}

static kg_snap *snap_new(kgq_db *db) {
  assert(db != NULL && db->store != NULL);
  kg_snap *snap = kg_alloc_zero(&db->allocator, 1, sizeof *snap);
  if (snap != NULL) {
    snap->db = kg_db_hold(db);
  }
  return snap;
}

/* Of a snapshot that was begun: the caller's now, or gone. */
static kgq_status snap_done(kg_snap *snap, kgq_status st, kg_snap **out) {
  if (st != KGQ_OK) {
    kg_snap_drop(snap);
    snap = NULL;
  }
  *out = snap;
  return st;
}

kgq_status kg_snap_take(kgq_db *db, kg_snap **out, kgq_error **err) {
  kg_snap *snap = *out = snap_new(db);
  return snap ? snap_done(snap, take_state(snap, err), out) : kg_fail_memory(err);
}

static kgq_status take_readable(kg_snap *snap, kgq_error **damage, kgq_error **err) {
  KGQ_TRY(kg_store_snapshot_take(snap->db->store, &snap->store, err));
  snap->commit = kg_store_snapshot_commit(snap->store);
  return kg_log_read(snap, damage, err);
}

kgq_status kg_snap_take_readable(kgq_db *db, kg_snap **out, kgq_error **damage, kgq_error **err) {
  kg_snap *snap = *out = snap_new(db);
  *damage = NULL;
  if (!snap) {
    return kg_fail_memory(err);
  }
  snap->stored_only = true;
  return snap_done(snap, take_readable(snap, damage, err), out);
}

void kg_snap_drop(kg_snap *snap) {
  if (snap == NULL) {
    return;
  }
  kgq_db *db = snap->db;
  kg_log_drop(snap->log);
  kg_store_snapshot_drop(snap->store);
  kg_free(&db->allocator, snap, sizeof *snap);
  kg_db_release(db);
}
