/* core/store_ingest.c: sorted files that become part of the store at once, and undoing what failed.
 *
 * A file is written below the database's folder `ingest` and moved into RocksDB's own by name. An ingest that
 * fails must leave nothing that a later opening would take for a commit, nor for a missing file.
 */
#include "core/store_state.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#include "core/hook.h"

struct kg_store_file {
  kg_store *store;
  rocksdb_sstfilewriter_t *writer; /* NULL once finished */
  uint64_t entries;
  char path[PATH_MAX];
};

kgq_status kg_store_file_new(kg_store *store, bool compress, kg_store_file **out, kgq_error **err) {
  *out = NULL;
  kg_store_file *f = kg_alloc_zero(store->allocator, 1, sizeof *f);
  if (f == NULL) {
    return kg_fail_memory(err);
  }
  f->store = kg_store_hold(store);
  const char *folder = store->in_memory ? MEMORY_PATH : store->guard.folder.path;
  const unsigned number = atomic_fetch_add(&store->file_number, 1);
  (void)snprintf(f->path, sizeof f->path, "%s/" KG_FOLDER_INGEST "/%u.sst", folder, number);
  f->writer =
      rocksdb_sstfilewriter_create(store->file_options, compress ? store->options : store->plain_options);
  char *text = NULL;
  rocksdb_sstfilewriter_open(f->writer, f->path, &text);
  const kgq_status st = kg_store_translate(err, store->path, text);
  if (st != KGQ_OK) {
    kg_store_file_free(f);
    return st;
  }
  *out = f;
  return KGQ_OK;
}

kgq_status kg_store_file_put(kg_store_file *f, kgq_str key, kgq_str value, kgq_error **err) {
  char *text = NULL;
  rocksdb_sstfilewriter_put(f->writer, key.ptr, key.len, value.ptr, value.len, &text);
  f->entries++;
  return kg_store_translate(err, f->store->path, text);
}

kgq_status kg_store_file_delete(kg_store_file *f, kgq_str key, kgq_error **err) {
  char *text = NULL;
  rocksdb_sstfilewriter_delete(f->writer, key.ptr, key.len, &text);
  f->entries++;
  return kg_store_translate(err, f->store->path, text);
}

kgq_status kg_store_file_finish(kg_store_file *f, kgq_error **err) {
  char *text = NULL;
  if (f->entries > 0) {
    rocksdb_sstfilewriter_finish(f->writer, &text);
  }
  rocksdb_sstfilewriter_destroy(f->writer);
  f->writer = NULL;
  return kg_store_translate(err, f->store->path, text);
}

void kg_store_file_free(kg_store_file *f) {
  if (f == NULL) {
    return;
  }
  kg_store *store = f->store;
  if (f->writer != NULL) {
    rocksdb_sstfilewriter_destroy(f->writer);
  }
  if (!store->in_memory) {
    (void)unlink(f->path); /* ingesting has moved it away */
  }
  kg_free(store->allocator, f, sizeof *f);
  kg_store_release(store);
}

/* An ingest that failed at a file of its own has not come to the manifest. */
static bool is_of_file(const kg_store *store, const char *text) {
  const char *place = strstr(text, store->rocks_path);
  const char *ingest = strstr(text, "/" KG_FOLDER_INGEST "/");
  const size_t bytes = strlen(store->rocks_path);
  return ingest != NULL || (place != NULL && strstr(place, ".sst") != NULL && place[bytes] == '/' &&
                            place[bytes + 1] >= '0' && place[bytes + 1] <= '9');
}

/* RocksDB has deleted the files of the failed ingest, and the manifest may name them: it is cut back. That
 * takes along what a compaction has written since, so RocksDB may delete nothing from here on: what that
 * compaction has replaced is needed again. It may append nothing either. */
static void undo_ingest(kg_store *store, kg_file_end end, const char *text) {
  store->failed = kg_fail_engine(NULL, store->path, text);
  if (!is_of_file(store, text) && !store->in_memory) {
    store->cut = true;
    rocksdb_cancel_all_background_work(store->current->db, 1);
    (void)kg_folder_file_cut(&store->guard.folder, end, NULL);
    const bool is_full = strstr(text, "No space") != NULL; /* RocksDB may have made a right manifest since */
    if (!is_full && !kg_hook("current")) {
      (void)kg_manifest_restore(&store->guard.folder, end.number);
    }
  }
}

static kgq_status ingest_paths(kg_store *store, const char *const *paths, size_t count, kgq_error **err) {
  const kg_file_end end = kg_folder_file_end(&store->guard.folder, KG_FILE_MANIFEST);
  rocksdb_ingestexternalfileoptions_t *how = rocksdb_ingestexternalfileoptions_create();
  rocksdb_ingestexternalfileoptions_set_move_files(how, 1);
  char *text = NULL;
  rocksdb_ingest_external_file(store->current->db, paths, count, how, &text);
  rocksdb_ingestexternalfileoptions_destroy(how);
  if (text != NULL) {
    undo_ingest(store, end, text);
  }
  return kg_store_translate(err, store->path, text);
}

static kgq_status ingest_alone(kg_store *store, const char *const *paths, size_t count,
                               uint64_t commit_number, kgq_error **err) {
  KGQ_TRY(kg_store_flush(store, err)); /* 7.8.3 orders files wrongly that overlap what is in memory */
  KGQ_TRY(ingest_paths(store, paths, count, err));
  kg_store_end_change(store, commit_number, true);
  kg_store_purge(store);
  return KGQ_OK;
}

static kgq_status ingest_locked(kg_store *store, const char *const *paths, size_t count,
                                uint64_t commit_number, kgq_error **err) {
  KGQ_TRY(kg_store_begin_change(store, commit_number, err));
  KGQ_TRY(kg_guard_alone(&store->guard, err));
  const kgq_status st = ingest_alone(store, paths, count, commit_number, err);
  kg_guard_alone_end(&store->guard);
  return st;
}

kgq_status kg_store_ingest(kg_store *store, kg_store_file *const *files, size_t count, uint64_t commit_number,
                           kgq_error **err) {
  const char **paths = kg_alloc_zero(store->allocator, count + 1, sizeof *paths);
  if (paths == NULL) {
    return kg_fail_memory(err);
  }
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    assert(files[i]->writer == NULL);
    if (files[i]->entries > 0) {
      paths[used++] = files[i]->path;
    }
  }
  pthread_mutex_lock(&store->write_mutex);
  const kgq_status st = used == 0 ? KGQ_OK : ingest_locked(store, paths, used, commit_number, err);
  pthread_mutex_unlock(&store->write_mutex);
  kg_free(store->allocator, paths, (count + 1) * sizeof *paths);
  return st;
}
