/* core/store.c: the store on RocksDB: opening, handles, snapshots, reading and writing.
 *
 * A writer has one RocksDB handle for life and takes RocksDB snapshots. A reader has immutable read-only
 * handles: when the watermark says that the writer has committed since, it opens a new one, and the old one
 * lives until its last snapshot is dropped. Who may open and delete when is core/guard.c's. What
 * RocksDB 7.8.3 aborts on is kept from it:
 *   - its information log asserts on a full disk: only fatal messages are logged;
 *   - it asserts when closed below an iterator: iterators hold snapshots, which hold handles;
 *   - its iterators assert when moved while invalid: each move asks first.
 * Files are ingested in store_ingest.c, copies of a store made in backup.c. Nothing but store*.c names
 * RocksDB.
 */
#include "core/store_state.h"

#include <assert.h>

#include "core/hook.h"

#define WRITE_BUFFER_BYTES    (16u << 20) /* two of them: bounds memory, and the log that opening replays */
#define OPENING_THREADS       2 /* 16, as RocksDB has it, cost more to start than a thousand files to open */
#define BLOCK_BYTES           (16u << 10) /* STORAGE 2.2: four times fewer index entries than 4 KiB, look-ups gain */
#define FILTER_BITS           10
#define LEVEL_BASE_BYTES      (64u << 20) /* bounds what one automatic compaction of the top level rewrites */
#define MANIFEST_BYTES_MAX    (4u << 20)
#define MANIFEST_STEP_BYTES   (64u << 10)
#define PURGE_AFTER_BYTES     WRITE_BUFFER_BYTES /* nothing becomes obsolete before a buffer was flushed */
#define INFO_LOG_FATAL        4
#define NO_COUNTERS           1
#define RECOVER_POINT_IN_TIME 2
#define CHECKSUM_XXH3         4
#define COMMIT_KEY_BYTES      (sizeof KG_STORE_COMMIT_KEY - 1)

struct kg_store_snapshot {
  atomic_int refs; /* the caller's one, and one of each iterator */
  kg_store *store;
  kg_store_handle *handle;
  const rocksdb_snapshot_t *point; /* NULL in readers: the handle itself stands still */
  rocksdb_readoptions_t *read;
  uint64_t commit;
};

struct kg_store_iter {
  kg_store_snapshot *snap;
  rocksdb_readoptions_t *read;
  rocksdb_iterator_t *it;
  size_t prefix_bytes; /* the bounds follow: RocksDB keeps pointers to them */
  char bounds[];       /* prefix, then the first key after all that begin with it */
};

struct kg_store_batch {
  kg_store *store;
  rocksdb_writebatch_t *batch;
};

/* ---- errors ------------------------------------------------------------------------------------- */

kgq_status kg_store_translate(kgq_error **err, const char *path, char *text) {
  const kgq_status st = text == NULL ? KGQ_OK : kg_fail_engine(err, path, text);
  rocksdb_free(text);
  return st;
}

static kgq_status translate_open(const kg_store *store, kgq_error **err, char *text) {
  const kgq_status st = text == NULL ? KGQ_OK : kg_guard_fail_open(&store->guard, text, err);
  rocksdb_free(text);
  return st;
}

/* ---- options ------------------------------------------------------------------------------------ */

static void set_table(kg_store *store, rocksdb_options_t *o) {
  rocksdb_block_based_table_options_t *t = rocksdb_block_based_options_create();
  rocksdb_block_based_options_set_block_cache(t, store->cache);
  rocksdb_block_based_options_set_block_size(t, BLOCK_BYTES);
  rocksdb_block_based_options_set_format_version(t, 5);
  rocksdb_block_based_options_set_checksum(t, CHECKSUM_XXH3);
  rocksdb_block_based_options_set_filter_policy(t, rocksdb_filterpolicy_create_bloom_full(FILTER_BITS));
  /* Indexes stay with their open files: a quarter of a percent of the data, and no cache look-up a seek. */
  rocksdb_block_based_options_set_cache_index_and_filter_blocks(t, 0);
  rocksdb_options_set_block_based_table_factory(o, t);
  rocksdb_block_based_options_destroy(t);
}

/* What has no function in C. After an error RocksDB would try again by itself, from a thread of its own:
 * write a new manifest, flush, delete files, while the store is being put right. And it would start 16
 * threads to open each handful of files. Tried: memtable_insert_with_hint_prefix_extractor makes small
 * commits 14 % quicker, but one deleted range in a log (7.8.3 keeps it with the hints of the other keys) then
 * destroys memory. */
static rocksdb_options_t *new_options(void) {
  rocksdb_options_t *plain = rocksdb_options_create(), *out = rocksdb_options_create();
  char *text = NULL;
  rocksdb_get_options_from_string(plain, "max_bgerror_resume_count=0;max_file_opening_threads=2", out, &text);
  assert(text == NULL);
  rocksdb_free(text);
  rocksdb_options_destroy(plain);
  return out;
}

static rocksdb_options_t *make_options(kg_store *store, bool compress) {
  rocksdb_options_t *o = new_options();
  rocksdb_options_set_info_log_level(o, kg_hook("quiet-log") ? 0 : INFO_LOG_FATAL);
  rocksdb_options_set_keep_log_file_num(o, 1);
  rocksdb_options_set_paranoid_checks(o, 1);
  rocksdb_options_set_max_open_files(o, -1); /* all files are open from the start: none can vanish later */
  rocksdb_options_set_max_file_opening_threads(o, OPENING_THREADS);
  rocksdb_options_set_wal_recovery_mode(o, RECOVER_POINT_IN_TIME);
  rocksdb_options_set_write_buffer_size(o, WRITE_BUFFER_BYTES);
  rocksdb_options_set_max_write_buffer_number(o, 2);
  rocksdb_options_set_max_bytes_for_level_base(o, LEVEL_BASE_BYTES);
  rocksdb_options_set_max_manifest_file_size(o, MANIFEST_BYTES_MAX);
  rocksdb_options_set_manifest_preallocation_size(o, MANIFEST_STEP_BYTES);
  rocksdb_options_set_stats_dump_period_sec(o, 0); /* no threads for statistics that nobody reads */
  rocksdb_options_set_stats_persist_period_sec(o, 0);
  rocksdb_options_set_skip_stats_update_on_db_open(o, 1);
  if (kg_hook("manifests")) {
    rocksdb_options_set_max_manifest_file_size(o, 1); /* a new manifest for each change of the files */
  }
  rocksdb_options_set_compression(o, compress ? rocksdb_zstd_compression : rocksdb_no_compression);
  if (store->env != NULL) {
    rocksdb_options_set_env(o, store->env);
  }
  set_table(store, o);
  return o;
}

static void make_all_options(kg_store *store, uint64_t cache_bytes) {
  if (store->in_memory) {
    store->env = rocksdb_create_mem_env();
  }
  store->cache = rocksdb_cache_create_lru((size_t)cache_bytes);
  store->options = make_options(store, true);
  store->plain_options = make_options(store, false);
  store->file_options = rocksdb_envoptions_create();
  store->write_options = rocksdb_writeoptions_create();
  const bool unsynced = store->nosync || store->in_memory || kg_hook("sync") || kg_hook("no-log");
  rocksdb_writeoptions_set_sync(store->write_options, unsynced ? 0 : 1);
  rocksdb_writeoptions_disable_WAL(store->write_options, kg_hook("no-log") ? 1 : 0);
}

static void free_all_options(kg_store *store) {
  if (store->options == NULL) {
    return;
  }
  rocksdb_writeoptions_destroy(store->write_options);
  rocksdb_envoptions_destroy(store->file_options);
  rocksdb_options_destroy(store->plain_options);
  rocksdb_options_destroy(store->options);
  rocksdb_cache_destroy(store->cache);
  if (store->env != NULL) {
    rocksdb_env_destroy(store->env);
  }
}

static rocksdb_readoptions_t *make_read_options(const rocksdb_snapshot_t *point) {
  rocksdb_readoptions_t *read = rocksdb_readoptions_create();
  rocksdb_readoptions_set_verify_checksums(read, kg_hook("checksums") ? 0 : 1);
  rocksdb_readoptions_set_total_order_seek(read, 1);
  if (point != NULL) {
    rocksdb_readoptions_set_snapshot(read, point);
  }
  return read;
}

/* ---- handles ------------------------------------------------------------------------------------ */

static void handle_release(kg_store_handle *h) {
  if (h != NULL && atomic_fetch_sub(&h->refs, 1) == 1) {
    rocksdb_close(h->db);
    kg_free(h->allocator, h, sizeof *h);
  }
}

/* Takes db over, also when it fails. */
static kgq_status handle_new(kg_store *store, rocksdb_t *db, kg_store_handle **out, kgq_error **err) {
  kg_store_handle *h = kg_alloc_zero(store->allocator, 1, sizeof *h);
  if (h == NULL) {
    rocksdb_close(db);
    return kg_fail_memory(err);
  }
  h->allocator = store->allocator;
  atomic_init(&h->refs, 1);
  h->db = db;
  *out = h;
  return KGQ_OK;
}

static kgq_status read_settled(const kg_store *store, rocksdb_t *db, const rocksdb_readoptions_t *read,
                               uint64_t *out, kgq_error **err) {
  char *text = NULL;
  rocksdb_pinnableslice_t *value = rocksdb_get_pinned(db, read, KG_STORE_COMMIT_KEY, COMMIT_KEY_BYTES, &text);
  KGQ_TRY(kg_store_translate(err, store->path, text));
  *out = 0;
  if (value == NULL) {
    return KGQ_OK;
  }
  size_t bytes = 0;
  const char *number = rocksdb_pinnableslice_value(value, &bytes);
  if (bytes == 8) {
    *out = kg_get_be64(number);
  }
  rocksdb_pinnableslice_destroy(value);
  return bytes == 8 ? KGQ_OK
                    : kg_fail(err, KGQ_CORRUPT, "%s is damaged: its commit number is no number", store->path);
}

/* The last record of the log is behind all that were settled. */
static kgq_status read_logged(const kg_store *store, rocksdb_t *db, const rocksdb_snapshot_t *point,
                              uint64_t settled, uint64_t *out, kgq_error **err) {
  static const char end = KG_STORE_LOG_TABLE + 1;
  char first[KG_STORE_LOG_KEY_BYTES] = { KG_STORE_LOG_TABLE };
  char *text = NULL;
  kg_put_be64(first + 1, settled + 1);
  rocksdb_readoptions_t *read = make_read_options(point);
  rocksdb_readoptions_set_iterate_lower_bound(read, first, sizeof first);
  rocksdb_readoptions_set_iterate_upper_bound(read, &end, 1);
  rocksdb_iterator_t *it = rocksdb_create_iterator(db, read);
  rocksdb_iter_seek_to_last(it);
  *out = settled;
  bool whole = true;
  if (rocksdb_iter_valid(it)) {
    size_t bytes;
    const char *key = rocksdb_iter_key(it, &bytes);
    whole = bytes == KG_STORE_LOG_KEY_BYTES;
    *out = whole ? kg_get_be64(key + 1) : settled;
  }
  rocksdb_iter_get_error(it, &text);
  rocksdb_iter_destroy(it);
  rocksdb_readoptions_destroy(read);
  KGQ_TRY(kg_store_translate(err, store->path, text));
  return whole ? KGQ_OK
               : kg_fail(err, KGQ_CORRUPT, "%s is damaged: a record of its log has no number", store->path);
}

static kgq_status read_commit(const kg_store *store, rocksdb_t *db, const rocksdb_snapshot_t *point,
                              uint64_t *out, kgq_error **err) {
  rocksdb_readoptions_t *read = make_read_options(point);
  uint64_t settled = 0;
  const kgq_status st = read_settled(store, db, read, &settled, err);
  rocksdb_readoptions_destroy(read);
  return st == KGQ_OK ? read_logged(store, db, point, settled, out, err) : st;
}

/* ---- opening as a reader ------------------------------------------------------------------------- */

/* What core/guard.c calls: opens a view of the files as they are, into store->opened. */
static kgq_status view_open(void *arg, uint64_t *commit, kgq_error **err) {
  kg_store *store = arg;
  char *text = NULL;
  KGQ_TRY(kg_guard_before_open(&store->guard, err));
  rocksdb_t *db = rocksdb_open_for_read_only(store->options, store->rocks_path, 0, &text);
  KGQ_TRY(translate_open(store, err, text));
  const kgq_status st = read_commit(store, db, NULL, commit, err);
  if (st != KGQ_OK) {
    rocksdb_close(db);
    return st;
  }
  KGQ_TRY(handle_new(store, db, &store->opened, err));
  store->opened->commit = *commit;
  return KGQ_OK;
}

static void view_drop(void *arg) {
  kg_store *store = arg;
  handle_release(store->opened);
}

/* A reader's current handle is replaced if the writer has committed since it was opened. */
static kgq_status reader_refresh(kg_store *store, kgq_error **err) {
  uint64_t visible = 0;
  const bool known = kg_guard_visible(&store->guard, &visible);
  if (store->current != NULL && (!known || visible == store->current->visible)) {
    return KGQ_OK;
  }
  const kg_view view = { store, view_open, view_drop };
  KGQ_TRY(kg_guard_read(&store->guard, &view, &visible, err));
  handle_release(store->current);
  store->current = store->opened;
  store->current->visible = visible;
  store->current->number = ++store->views;
  return KGQ_OK;
}

/* ---- opening as the writer ----------------------------------------------------------------------- */

static kgq_status open_writable(kg_store *store, bool fresh, kgq_error **err) {
  char *text = NULL;
  KGQ_TRY(store->in_memory ? KGQ_OK : kg_guard_before_open(&store->guard, err));
  rocksdb_options_set_create_if_missing(store->options, fresh ? 1 : 0);
  rocksdb_t *db = rocksdb_open(store->options, store->rocks_path, &text);
  KGQ_TRY(translate_open(store, err, text));
  KGQ_TRY(handle_new(store, db, &store->current, err));
  if (!store->in_memory && !kg_guard_bypassed()) {
    rocksdb_disable_file_deletions(db, &text);
  }
  return kg_store_translate(err, store->path, text);
}

/* Opening recovers the log into files, synced, so that the recovered commit is durable and the log empty. */
static kgq_status writer_open_locked(kg_store *store, bool recover, kgq_error **err) {
  if (!recover) {
    const kg_view view = { store, view_open, view_drop };
    KGQ_TRY(kg_guard_look_first(&store->guard, store->allocator, &view, err));
  }
  KGQ_TRY(open_writable(store, kg_guard_is_new(&store->guard), err));
  uint64_t commit = 0;
  KGQ_TRY(read_commit(store, store->current->db, NULL, &commit, err));
  store->recovered_commit = commit;
  KGQ_TRY(kg_guard_settle(&store->guard, commit, recover, err));
  atomic_store(&store->settled, commit);
  return kg_folder_clear_ingest(&store->guard.folder, err);
}

static kgq_status writer_open(kg_store *store, bool recover, kgq_error **err) {
  KGQ_TRY(kg_guard_alone(&store->guard, err));
  const kgq_status st = writer_open_locked(store, recover, err);
  kg_guard_alone_end(&store->guard);
  return st;
}

/* ---- opening and closing ------------------------------------------------------------------------- */

static kg_folder_use use_of(const kg_store_options *options) {
  if (options->unmarked) {
    return KG_FOLDER_UNMARKED;
  }
  if (options->readonly) {
    return KG_FOLDER_READ;
  }
  return options->create ? KG_FOLDER_CREATE : KG_FOLDER_WRITE;
}

static kgq_status open_by_kind(kg_store *store, const kg_store_options *options, kgq_error **err) {
  if (store->in_memory) {
    memcpy(store->rocks_path, MEMORY_PATH, sizeof MEMORY_PATH);
    return open_writable(store, true, err);
  }
  KGQ_TRY(kg_guard_open(&store->guard, store->allocator, use_of(options), options->recover, err));
  KGQ_TRY(kg_folder_join(&store->guard.folder, KG_FOLDER_ROCKS, store->rocks_path, err));
  const kgq_status st =
      options->readonly ? reader_refresh(store, err) : writer_open(store, options->recover, err);
  if (st == KGQ_FULL) { /* the log has to become files: nothing is lost meanwhile */
    kg_hint(
        err,
        "nothing is lost: free some space and open it again; opening it for reading only works meanwhile");
  }
  return st;
}

static kg_store *store_new(const char *path, const kg_store_options *options) {
  const kgq_allocator *a = options->allocator;
  kg_store *store = kg_alloc_zero(a, 1, sizeof *store);
  if (store == NULL) {
    return NULL;
  }
  store->allocator = a;
  store->path_bytes = strlen(path) + 1;
  store->path = kg_alloc(a, store->path_bytes);
  if (store->path == NULL) {
    kg_free(a, store, sizeof *store);
    return NULL;
  }
  memcpy(store->path, path, store->path_bytes);
  atomic_init(&store->refs, 1);
  atomic_init(&store->file_number, 1);
  store->in_memory = strcmp(path, ":memory:") == 0;
  store->readonly = options->readonly;
  store->nosync = options->nosync;
  kg_guard_init(&store->guard, store->path);
  pthread_mutex_init(&store->handle_mutex, NULL);
  pthread_mutex_init(&store->write_mutex, NULL);
  return store;
}

static void allow_deletions(kg_store *store, bool allow) {
  char *text = NULL;
  if (allow) {
    rocksdb_enable_file_deletions(store->current->db, 0, &text); /* and deletes what has become obsolete */
  } else {
    rocksdb_disable_file_deletions(store->current->db, &text);
  }
  (void)kg_store_translate(NULL, store->path, text);
}

void kg_store_purge(kg_store *store) {
  if (!store->in_memory && !kg_guard_bypassed() && !store->cut) {
    kg_guard_manifest(&store->guard);
    allow_deletions(store, true);
    allow_deletions(store, false);
    store->unpurged_bytes = 0;
  }
}

static void purge_if_alone(kg_store *store) {
  if (kg_guard_alone_now(&store->guard, false)) {
    kg_store_purge(store);
    kg_guard_alone_end(&store->guard);
  }
}

static void store_free(kg_store *store) {
  const kgq_allocator *a = store->allocator;
  if (store->current != NULL && !store->readonly) {
    if (!store->in_memory && !store->cut && kg_guard_alone_now(&store->guard, true)) {
      allow_deletions(store, true); /* closing deletes once more, with the lock held */
    }
  }
  handle_release(store->current);
  kg_guard_close(&store->guard);
  free_all_options(store);
  pthread_mutex_destroy(&store->write_mutex);
  pthread_mutex_destroy(&store->handle_mutex);
  kg_free(a, store->path, store->path_bytes);
  kg_free(a, store, sizeof *store);
}

kg_store *kg_store_hold(kg_store *store) {
  atomic_fetch_add(&store->refs, 1);
  return store;
}

void kg_store_release(kg_store *store) {
  if (atomic_fetch_sub(&store->refs, 1) == 1) {
    store_free(store);
  }
}

kgq_status kg_store_open(const char *path, const kg_store_options *options, kg_store **out, kgq_error **err) {
  *out = NULL;
  kg_store *store = store_new(path, options);
  if (store == NULL) {
    return kg_fail_memory(err);
  }
  make_all_options(store, options->cache_bytes);
  const kgq_status st = open_by_kind(store, options, err);
  if (st != KGQ_OK) {
    kg_store_release(store);
    return st;
  }
  *out = store;
  return KGQ_OK;
}

static kgq_status flush_all(kg_store *store, kgq_error **err) {
  char *text = NULL;
  rocksdb_t *db = store->current->db;
  if (!store->in_memory) {
    rocksdb_flush_wal(db, 1, &text);
    KGQ_TRY(kg_store_translate(err, store->path, text));
  }
  rocksdb_flushoptions_t *wait = rocksdb_flushoptions_create();
  rocksdb_flushoptions_set_wait(wait, 1);
  rocksdb_flush(db, wait, &text);
  rocksdb_flushoptions_destroy(wait);
  return kg_store_translate(err, store->path, text);
}

kgq_status kg_store_flush(kg_store *store, kgq_error **err) {
  if (!store->dirty || kg_hook("flush")) {
    return KGQ_OK;
  }
  const kgq_status st = flush_all(store, err);
  if (st != KGQ_OK) {
    store->failed = st;
    return st;
  }
  store->dirty = false;
  kg_guard_synced(&store->guard);
  return KGQ_OK;
}

static void finish_writing(kg_store *store) {
  pthread_mutex_lock(&store->write_mutex);
  if (store->failed == KGQ_OK && kg_store_flush(store, NULL) == KGQ_OK) {
    kg_guard_clean(&store->guard);
  }
  store->failed = KGQ_READONLY; /* a batch that outlives the store changes nothing */
  pthread_mutex_unlock(&store->write_mutex);
}

void kg_store_close(kg_store *store) {
  if (store == NULL) {
    return;
  }
  if (!store->readonly) {
    finish_writing(store);
  }
  kg_store_release(store);
}

bool kg_store_readonly(const kg_store *store) {
  return store->readonly;
}
bool kg_store_in_memory(const kg_store *store) {
  return store->in_memory;
}
const char *kg_store_path(const kg_store *store) {
  return store->path;
}
const char *kg_store_folder(const kg_store *store) {
  return store->in_memory ? NULL : store->guard.folder.path;
}
uint64_t kg_store_folder_bytes(const kg_store *store) {
  return store->in_memory ? 0 : kg_folder_bytes(&store->guard.folder);
}
kgq_status kg_store_mark(kg_store *store, kgq_error **err) {
  return kg_folder_mark(&store->guard.folder, err);
}

bool kg_store_recovered(const kg_store *store) {
  return store->guard.recovered;
}

bool kg_store_lost(const kg_store *store, uint64_t *first, uint64_t *last) {
  const kg_marks *before = &store->guard.before;
  *first = before->visible > store->recovered_commit ? store->recovered_commit + 1 : 0;
  *last = before->visible;
  return store->guard.marked && before->visible > 0;
}

/* ---- snapshots ----------------------------------------------------------------------------------- */

static void snapshot_free(kg_store_snapshot *snap) {
  kg_store *store = snap->store;
  rocksdb_readoptions_destroy(snap->read);
  if (snap->point != NULL) {
    rocksdb_release_snapshot(snap->handle->db, snap->point);
  }
  handle_release(snap->handle);
  kg_free(store->allocator, snap, sizeof *snap);
  kg_store_release(store);
}

static kgq_status take_handle(kg_store *store, kg_store_handle **out, kgq_error **err) {
  pthread_mutex_lock(&store->handle_mutex);
  const kgq_status st = store->readonly ? reader_refresh(store, err) : KGQ_OK;
  if (st == KGQ_OK) {
    *out = store->current;
    atomic_fetch_add(&store->current->refs, 1);
  }
  pthread_mutex_unlock(&store->handle_mutex);
  return st;
}

/* RocksDB counts for the calling thread what it compares and steps over: nobody here asks, and without that a
 * small commit takes 13 % less. */
static void count_nothing(void) {
  rocksdb_set_perf_level(NO_COUNTERS);
}

/* A snapshot before and after which the same commit was the last one, with no write under way, is of that
 * commit: numbers only rise. Else the number is read from the snapshot itself, so that it always fits. */
static kgq_status take_point(kg_store_snapshot *snap, kgq_error **err) {
  kg_store *store = snap->store;
  if (store->readonly) {
    snap->read = make_read_options(NULL);
    snap->commit = snap->handle->commit;
    return KGQ_OK;
  }
  const uint64_t before = atomic_load(&store->settled);
  snap->point = rocksdb_create_snapshot(snap->handle->db);
  snap->read = make_read_options(snap->point);
  if (before > 0 && atomic_load(&store->settled) == before) {
    snap->commit = before;
    return KGQ_OK;
  }
  return read_commit(store, snap->handle->db, snap->point, &snap->commit, err);
}

kgq_status kg_store_snapshot_take(kg_store *store, kg_store_snapshot **out, kgq_error **err) {
  *out = NULL;
  count_nothing();
  kg_store_snapshot *snap = kg_alloc_zero(store->allocator, 1, sizeof *snap);
  if (snap == NULL) {
    return kg_fail_memory(err);
  }
  const kgq_status st = take_handle(store, &snap->handle, err);
  if (st != KGQ_OK) {
    kg_free(store->allocator, snap, sizeof *snap);
    return st;
  }
  atomic_init(&snap->refs, 1);
  snap->store = kg_store_hold(store);
  const kgq_status read = take_point(snap, err);
  if (read != KGQ_OK) {
    snapshot_free(snap);
    return read;
  }
  *out = snap;
  return KGQ_OK;
}

void kg_store_snapshot_drop(kg_store_snapshot *snap) {
  if (snap != NULL && atomic_fetch_sub(&snap->refs, 1) == 1) {
    snapshot_free(snap);
  }
}

uint64_t kg_store_snapshot_commit(const kg_store_snapshot *snap) {
  return snap->commit;
}

uint64_t kg_store_snapshot_view(const kg_store_snapshot *snap) {
  return snap->handle->number;
}

kgq_status kg_store_get(kg_store_snapshot *snap, kgq_str key, kg_pin *out, kgq_error **err) {
  *out = (kg_pin){ { NULL, 0 }, NULL };
  char *text = NULL;
  rocksdb_pinnableslice_t *value = rocksdb_get_pinned(snap->handle->db, snap->read, key.ptr, key.len, &text);
  KGQ_TRY(kg_store_translate(err, snap->store->path, text));
  if (value != NULL) {
    out->handle = value;
    out->value.ptr = rocksdb_pinnableslice_value(value, &out->value.len);
  }
  return KGQ_OK;
}

void kg_pin_free(kg_pin *pin) {
  if (pin->handle != NULL) {
    rocksdb_pinnableslice_destroy(pin->handle);
  }
  *pin = (kg_pin){ { NULL, 0 }, NULL };
}

/* ---- iterators ------------------------------------------------------------------------------------ */

kgq_status kg_store_iter_open(kg_store_snapshot *snap, kgq_str prefix, kg_store_iter **out, kgq_error **err) {
  *out = NULL;
  kg_store_iter *it = kg_alloc_zero(snap->store->allocator, 1, sizeof *it + 2 * prefix.len);
  if (it == NULL) {
    return kg_fail_memory(err);
  }
  it->prefix_bytes = prefix.len;
  atomic_fetch_add(&snap->refs, 1);
  it->snap = snap;
  it->read = make_read_options(snap->point);
  rocksdb_readoptions_set_fill_cache(it->read, prefix.len > 0 ? 1 : 0);
  char *end = it->bounds + prefix.len;
  size_t end_bytes = 0;
  if (prefix.len > 0) {
    memcpy(it->bounds, prefix.ptr, prefix.len);
    rocksdb_readoptions_set_iterate_lower_bound(it->read, it->bounds, prefix.len);
  }
  if (kg_prefix_end(prefix, end, &end_bytes)) {
    rocksdb_readoptions_set_iterate_upper_bound(it->read, end, end_bytes);
  }
  it->it = rocksdb_create_iterator(snap->handle->db, it->read);
  *out = it;
  return KGQ_OK;
}

void kg_store_iter_close(kg_store_iter *it) {
  if (it == NULL) {
    return;
  }
  kg_store_snapshot *snap = it->snap;
  rocksdb_iter_destroy(it->it);
  rocksdb_readoptions_destroy(it->read);
  kg_free(snap->store->allocator, it, sizeof *it + 2 * it->prefix_bytes);
  kg_store_snapshot_drop(snap);
}

void kg_store_iter_seek(kg_store_iter *it, kgq_str key) {
  rocksdb_iter_seek(it->it, key.ptr, key.len);
}
void kg_store_iter_seek_prev(kg_store_iter *it, kgq_str key) {
  rocksdb_iter_seek_for_prev(it->it, key.ptr, key.len);
}
void kg_store_iter_first(kg_store_iter *it) {
  rocksdb_iter_seek_to_first(it->it);
}
void kg_store_iter_last(kg_store_iter *it) {
  rocksdb_iter_seek_to_last(it->it);
}
bool kg_store_iter_valid(const kg_store_iter *it) {
  return rocksdb_iter_valid(it->it) != 0;
}

void kg_store_iter_next(kg_store_iter *it) {
  if (kg_store_iter_valid(it)) {
    rocksdb_iter_next(it->it);
  }
}

void kg_store_iter_prev(kg_store_iter *it) {
  if (kg_store_iter_valid(it)) {
    rocksdb_iter_prev(it->it);
  }
}

kgq_str kg_store_iter_key(const kg_store_iter *it) {
  kgq_str key = { "", 0 };
  if (kg_store_iter_valid(it)) {
    key.ptr = rocksdb_iter_key(it->it, &key.len);
  }
  return key;
}

kgq_str kg_store_iter_value(const kg_store_iter *it) {
  kgq_str value = { "", 0 };
  if (kg_store_iter_valid(it)) {
    value.ptr = rocksdb_iter_value(it->it, &value.len);
  }
  return value;
}

kgq_status kg_store_iter_status(const kg_store_iter *it, kgq_error **err) {
  char *text = NULL;
  rocksdb_iter_get_error(it->it, &text);
  return kg_store_translate(err, it->snap->store->path, text);
}

/* ---- batches -------------------------------------------------------------------------------------- */

kgq_status kg_store_batch_new(kg_store *store, kg_store_batch **out, kgq_error **err) {
  *out = kg_alloc_zero(store->allocator, 1, sizeof **out);
  if (*out == NULL) {
    return kg_fail_memory(err);
  }
  (*out)->store = kg_store_hold(store);
  (*out)->batch = rocksdb_writebatch_create();
  return KGQ_OK;
}

void kg_store_batch_put(kg_store_batch *b, kgq_str key, kgq_str value) {
  rocksdb_writebatch_put(b->batch, key.ptr, key.len, value.ptr, value.len);
}

void kg_store_batch_delete(kg_store_batch *b, kgq_str key) {
  rocksdb_writebatch_delete(b->batch, key.ptr, key.len);
}

void kg_store_batch_delete_range(kg_store_batch *b, kgq_str from, kgq_str to) {
  rocksdb_writebatch_delete_range(b->batch, from.ptr, from.len, to.ptr, to.len);
}

size_t kg_store_batch_bytes(const kg_store_batch *b) {
  size_t bytes = 0;
  (void)rocksdb_writebatch_data(b->batch, &bytes);
  return bytes;
}

void kg_store_batch_free(kg_store_batch *b) {
  if (b != NULL) {
    kg_store *store = b->store;
    rocksdb_writebatch_destroy(b->batch);
    kg_free(store->allocator, b, sizeof *b);
    kg_store_release(store);
  }
}

kgq_status kg_store_begin_change(kg_store *store, uint64_t commit_number, kgq_error **err) {
  KGQ_TRY(kg_guard_writable(&store->guard, store->readonly, store->failed, err));
  assert(commit_number > store->guard.marks.visible);
  (void)commit_number;
  atomic_store(&store->settled, 0);
  return kg_guard_unclean(&store->guard, err);
}

void kg_store_end_change(kg_store *store, uint64_t commit_number, bool durable) {
  /* When readers cannot be told of it, they would not see it: no more writes then. */
  store->failed = kg_guard_acknowledge(&store->guard, commit_number, durable);
  atomic_store(&store->settled, commit_number);
}

static kgq_status write_batch(kg_store *store, kg_store_batch *batch, kgq_error **err) {
  const bool durable = !store->nosync && !store->in_memory;
  kg_file_end end = { KG_FILE_LOG, 0, 0 };
  end = durable ? kg_folder_file_end(&store->guard.folder, KG_FILE_LOG) : end;
  char *text = NULL;
  store->dirty = true;
  rocksdb_write(store->current->db, store->write_options, batch->batch, &text);
  const kgq_status st = kg_store_translate(err, store->path, text);
  if (st != KGQ_OK && !kg_hook("failed")) {
    store->failed = st; /* what was not acknowledged must not come back: */
    (void)kg_folder_file_cut(&store->guard.folder, end, NULL);
  }
  return st;
}

static kgq_status commit(kg_store *store, kg_store_batch *batch, uint64_t commit_number, kgq_error **err) {
  count_nothing();
  pthread_mutex_lock(&store->write_mutex);
  kgq_status st = KGQ_OK;
  KGQ_TRY_DONE(kg_store_begin_change(store, commit_number, err));
  KGQ_TRY_DONE(write_batch(store, batch, err));
  kg_store_end_change(store, commit_number, !store->nosync);
  store->unpurged_bytes += kg_store_batch_bytes(batch);
  if (store->unpurged_bytes > PURGE_AFTER_BYTES) {
    purge_if_alone(store);
  }
done:
  pthread_mutex_unlock(&store->write_mutex);
  return st;
}

kgq_status kg_store_commit(kg_store *store, kg_store_batch *batch, uint64_t commit_number, kgq_error **err) {
  char number[8];
  kg_put_be64(number, commit_number);
  rocksdb_writebatch_put(batch->batch, KG_STORE_COMMIT_KEY, COMMIT_KEY_BYTES, number, sizeof number);
  return commit(store, batch, commit_number, err);
}

void kg_store_log_key(uint64_t commit_number, char out[KG_STORE_LOG_KEY_BYTES]) {
  out[0] = KG_STORE_LOG_TABLE;
  kg_put_be64(out + 1, commit_number);
}

kgq_status kg_store_commit_logged(kg_store *store, kg_store_batch *batch, uint64_t commit_number,
                                  kgq_str record, kgq_error **err) {
  char key[KG_STORE_LOG_KEY_BYTES];
  if (!store->in_memory) {
    KGQ_TRY(kg_folder_need_log(&store->guard.folder, err));
  }
  kg_store_log_key(commit_number, key);
  kg_store_batch_put(batch, kg_str_n(key, sizeof key), record);
  return commit(store, batch, commit_number, err);
}

/* ---- maintenance ----------------------------------------------------------------------------------- */

static uint64_t background_failures(const kg_store *store) {
  uint64_t failures = 0;
  (void)rocksdb_property_int(store->current->db, "rocksdb.background-errors", &failures);
  return failures;
}

static kgq_status compact_locked(kg_store *store, kgq_str prefix, kgq_error **err) {
  char end[64];
  size_t end_bytes = 0;
  assert(prefix.len <= sizeof end);
  const bool bounded = kg_prefix_end(prefix, end, &end_bytes);
  KGQ_TRY(kg_guard_writable(&store->guard, store->readonly, store->failed, err));
  KGQ_TRY(kg_store_flush(store, err));
  const uint64_t failures = background_failures(store);
  rocksdb_compactoptions_t *how = rocksdb_compactoptions_create();
  rocksdb_compactoptions_set_bottommost_level_compaction(how, 3); /* also the last level, but nothing twice */
  rocksdb_compact_range_opt(store->current->db, how, prefix.len > 0 ? prefix.ptr : NULL, prefix.len,
                            bounded ? end : NULL, end_bytes);
  rocksdb_compactoptions_destroy(how);
  if (background_failures(store) > failures) {
    return kg_fail(err, KGQ_IO, "compacting %s failed", store->path);
  }
  purge_if_alone(store);
  return KGQ_OK;
}

kgq_status kg_store_compact_prefix(kg_store *store, kgq_str prefix, kgq_error **err) {
  pthread_mutex_lock(&store->write_mutex);
  const kgq_status st = compact_locked(store, prefix, err);
  pthread_mutex_unlock(&store->write_mutex);
  return st;
}

kgq_status kg_store_compact(kg_store *store, kgq_error **err) {
  return kg_store_compact_prefix(store, KG_STR(""), err);
}

uint64_t kg_store_bytes(kg_store_snapshot *snap, kgq_str prefix) {
  char bound[64];
  size_t bound_bytes = 0;
  if (prefix.len > sizeof bound || !kg_prefix_end(prefix, bound, &bound_bytes)) {
    return 0;
  }
  const char *from = prefix.ptr, *to = bound;
  uint64_t bytes = 0;
  char *text = NULL;
  rocksdb_approximate_sizes(snap->handle->db, 1, &from, &prefix.len, &to, &bound_bytes, &bytes, &text);
  return kg_store_translate(NULL, snap->store->path, text) == KGQ_OK ? bytes : 0;
}

#ifndef KG_ROCKSDB_VERSION /* the build asks pkg-config: RocksDB's C interface does not tell */
#define KG_ROCKSDB_VERSION "(unknown)"
#endif
const char *kg_store_rocksdb_version(void) {
  return KG_ROCKSDB_VERSION;
}
