/* core/store_state.h: what an open store is made of, for the files of the store alone (store*.c).
 *
 * Only they know RocksDB. store.c opens, reads and commits; store_ingest.c makes sorted files and takes them
 * in.
 */
#ifndef KG_CORE_STORE_STATE_H
#define KG_CORE_STORE_STATE_H

#include "core/store.h"

#include <pthread.h>

#include <rocksdb/c.h>

#include "core/guard.h"

#define MEMORY_PATH "/kgq"

/* One open RocksDB. */
typedef struct kg_store_handle {
  const kgq_allocator *allocator;
  atomic_int refs;
  rocksdb_t *db;
  uint64_t visible; /* what the watermark said before it was opened (readers) */
  uint64_t commit;  /* readers: what it shows, which does not change */
  uint64_t number;  /* readers: of the view; 0: the writer's, whose commits come and go */
} kg_store_handle;

struct kg_store {
  const kgq_allocator *allocator;
  atomic_int refs; /* the caller's one, and one of each snapshot, batch and file */
  char *path;      /* as the caller named it */
  size_t path_bytes;
  bool in_memory, readonly, nosync;
  pthread_mutex_t handle_mutex;      /* the current handle, and opening a new one */
  pthread_mutex_t write_mutex;       /* everything below `failed` */
  kg_store_handle *current, *opened; /* opened: on its way to become the current one */
  kg_guard guard;
  rocksdb_env_t *env; /* of ":memory:" */
  rocksdb_cache_t *cache;
  rocksdb_options_t *options, *plain_options; /* with and without compression */
  rocksdb_envoptions_t *file_options;
  rocksdb_writeoptions_t *write_options;
  char rocks_path[PATH_MAX];
  kgq_status failed; /* how a write failed: reads only from here on; KGQ_OK: none did */
  bool cut;          /* the manifest was cut back behind RocksDB: what it takes for obsolete may be needed */
  bool dirty;        /* something was committed since the last flush */
  kg_marks marks;    /* what the watermark says, or will when it is written next */
  uint64_t views;    /* that readers have opened; under handle_mutex */
  _Atomic uint64_t settled; /* the last commit; 0: a write is under way or failed, or there is none */
  uint64_t unpurged_bytes;
  uint64_t recovered_commit; /* what the files and the log gave when it was opened for writing */
  atomic_uint file_number;   /* of the next file to ingest */
};

/* Makes an error of RocksDB's text, which is freed. NULL: none. */
kgq_status kg_store_translate(kgq_error **err, const char *path, char *text);
kg_store *kg_store_hold(kg_store *store);
void kg_store_release(kg_store *store);

/* Under the write mutex. */
kgq_status kg_store_begin_change(kg_store *store, uint64_t commit_number, kgq_error **err);
void kg_store_end_change(kg_store *store, uint64_t commit_number, bool durable); /* it was written */
/* Everything committed goes to synced files: the log is empty, and the watermark may name the last commit. A
 * sync that failed is not tried again: the next one would be told that all is well. */
kgq_status kg_store_flush(kg_store *store, kgq_error **err);
/* Under kg_guard_alone: RocksDB deletes what it no longer needs. */
void kg_store_purge(kg_store *store);

#endif
