/* core/store.h: ordered keys and values on disk: the only place that names RocksDB.
 *
 * One column family, atomic batches, ingested files, snapshots, iterators, checkpoints, behind the lock
 * protocol of core/lock.h and the watermark of core/watermark.h. Knows nothing of triples: keys and values
 * are bytes.
 *
 * Ownership: a snapshot and an iterator keep their store's current handle alive; the store is reference
 * counted by its snapshots, so it may be closed first. Threads: kg_store and kg_store_snapshot any;
 * kg_store_iter one at a time.
 */
#ifndef KG_CORE_STORE_H
#define KG_CORE_STORE_H

#include "core/cancel.h"
#include "core/folder.h" /* KG_FORMAT_VERSION */

typedef struct kg_store kg_store;
typedef struct kg_store_snapshot kg_store_snapshot;
typedef struct kg_store_iter kg_store_iter;
typedef struct kg_store_batch kg_store_batch;
typedef struct kg_store_file kg_store_file;

typedef struct kg_store_options {
  const kgq_allocator *allocator;
  uint64_t cache_bytes;
  bool create, readonly, nosync;
  bool recover; /* take what the log gives back for the truth: commits that the watermark knows may be gone */
  bool unmarked; /* a new database that nobody can open until kg_store_mark */
} kg_store_options;

/* path ":memory:" lives in RocksDB's memory environment. Refuses a folder that is not ours (KGQ_FORMAT), a
 * newer format (KGQ_FORMAT, both numbers named), a second writer (KGQ_LOCKED with the holder's pid), and a
 * database whose watermark is ahead of what the log gave back (KGQ_CORRUPT, both commit numbers named, "kgq
 * recover" as hint). */
kgq_status kg_store_open(const char *path, const kg_store_options *options, kg_store **out, kgq_error **err);
void kg_store_close(kg_store *store); /* flushes when it writes; waits for nobody: snapshots keep it alive */
bool kg_store_readonly(const kg_store *store);
bool kg_store_in_memory(const kg_store *store);
const char *kg_store_path(const kg_store *store);
const char *
kg_store_folder(const kg_store *store); /* absolute; NULL in memory: for temporary files (core/spill.h) */

/* What opening with `recover` could not bring back: commits *first to *last. *first 0: none. false: cannot be
 * told, since the watermark was missing or damaged. */
bool kg_store_lost(const kg_store *store, uint64_t *first, uint64_t *last);
bool kg_store_recovered(const kg_store *store); /* it was opened with `recover` */

/* ---- reading ---------------------------------------------------------------------------------- */

/* The newest committed state. In a reading process this looks whether the writer has committed since and
 * reopens. */
kgq_status kg_store_snapshot_take(kg_store *store, kg_store_snapshot **out, kgq_error **err);
void kg_store_snapshot_drop(kg_store_snapshot *snap);             /* NULL is fine */
uint64_t kg_store_snapshot_commit(const kg_store_snapshot *snap); /* commit number of that state */
/* A reader's view, from 1, in which nothing changes; 0: the writer's, in which commit numbers only rise. */
uint64_t kg_store_snapshot_view(const kg_store_snapshot *snap);

/* A value that stays in the store's memory until kg_pin_free. value.ptr is NULL when the key is absent. */
typedef struct kg_pin {
  kgq_str value;
  void *handle;
} kg_pin;
kgq_status kg_store_get(kg_store_snapshot *snap, kgq_str key, kg_pin *out, kgq_error **err);
void kg_pin_free(kg_pin *pin); /* before the snapshot is dropped; fine on a zeroed one, and twice */

/* The first key after all that begin with `prefix`, into `out` with room for as many bytes; false: there is
 * none. */
static inline bool kg_prefix_end(kgq_str prefix, char *out, size_t *bytes) {
  for (size_t i = prefix.len; i > 0; i--) {
    if ((unsigned char)prefix.ptr[i - 1] < 0xff) {
      memcpy(out, prefix.ptr, i);
      out[i - 1] = (char)((unsigned char)prefix.ptr[i - 1] + 1);
      *bytes = i;
      return true;
    }
  }
  return false;
}

/* Over keys that begin with `prefix` (the prefix of one byte that names a table, or a longer one). With an
 * empty prefix over all, leaving the cache to others. */
kgq_status kg_store_iter_open(kg_store_snapshot *snap, kgq_str prefix, kg_store_iter **out, kgq_error **err);
void kg_store_iter_close(kg_store_iter *it);
void kg_store_iter_seek(kg_store_iter *it, kgq_str key);      /* first key >= key */
void kg_store_iter_seek_prev(kg_store_iter *it, kgq_str key); /* last key <= key */
void kg_store_iter_first(kg_store_iter *it);
void kg_store_iter_last(kg_store_iter *it);
void kg_store_iter_next(kg_store_iter *it);
void kg_store_iter_prev(kg_store_iter *it);
/* true: on a key of the prefix. false: at the end, or after an error: ask kg_store_iter_status. */
bool kg_store_iter_valid(const kg_store_iter *it);
kgq_str kg_store_iter_key(const kg_store_iter *it);   /* whole key; until the next move */
kgq_str kg_store_iter_value(const kg_store_iter *it); /* until the next move */
kgq_status kg_store_iter_status(const kg_store_iter *it, kgq_error **err);

/* ---- writing: one writer; each function takes the store's write mutex where needed --------------- */

kgq_status kg_store_batch_new(kg_store *store, kg_store_batch **out, kgq_error **err);
void kg_store_batch_put(kg_store_batch *b, kgq_str key, kgq_str value);
void kg_store_batch_delete(kg_store_batch *b, kgq_str key);
/* Deletes all keys k with from <= k < to. */
void kg_store_batch_delete_range(kg_store_batch *b, kgq_str from, kgq_str to);
size_t kg_store_batch_bytes(const kg_store_batch *b);
void kg_store_batch_free(kg_store_batch *b);
/* Writes the batch as commit `commit_number` (the caller's next; its record is put in here, if the caller did
 * not), synced unless nosync, and moves the watermark. After a failed write or sync the store only reads;
 * reopening shows exactly the acknowledged commits. */
kgq_status kg_store_commit(kg_store *store, kg_store_batch *batch, uint64_t commit_number, kgq_error **err);

/* The same for a commit whose changes are in a record of the log, which stands for the key of the commit
 * number too: one key to write. */
kgq_status kg_store_commit_logged(kg_store *store, kg_store_batch *batch, uint64_t commit_number,
                                  kgq_str record, kgq_error **err);

/* A sorted file for ingestion, in the database's own folder for such files; keys must be added in strictly
 * rising order. Several files of one ingest must not overlap. `compress`: Zstandard for this file's blocks.
 */
kgq_status kg_store_file_new(kg_store *store, bool compress, kg_store_file **out, kgq_error **err);
kgq_status kg_store_file_put(kg_store_file *f, kgq_str key, kgq_str value, kgq_error **err);
kgq_status kg_store_file_delete(kg_store_file *f, kgq_str key, kgq_error **err);
kgq_status kg_store_file_finish(kg_store_file *f,
                                kgq_error **err); /* an empty file is left out of the ingest */
void kg_store_file_free(kg_store_file *f);        /* removes the file if it was not ingested */
/* All files at once, atomically, as commit `commit_number`. Flushes and syncs the log first (RELIABILITY 8).
 * The files must hold the key of the commit number themselves (the caller puts its meta record in). */
kgq_status kg_store_ingest(kg_store *store, kg_store_file *const *files, size_t count, uint64_t commit_number,
                           kgq_error **err);

/* The commit number is the 8-byte big-endian value of this key, which each commit and ingest must put; but
 * where there are records of the log behind it, it is that of the last of them. */
#define KG_STORE_COMMIT_KEY                                                                                  \
  "\x01"                                                                                                     \
  "commit"

/* Records of the log: this byte, then the commit number (8 bytes, big-endian). */
#define KG_STORE_LOG_TABLE     0x12
#define KG_STORE_LOG_KEY_BYTES 9
void kg_store_log_key(uint64_t commit_number, char out[KG_STORE_LOG_KEY_BYTES]);

/* ---- maintenance -------------------------------------------------------------------------------- */

kgq_status kg_store_compact(kg_store *store, kgq_error **err);
/* Only the keys that begin with `prefix`: what was overwritten or deleted there gives its space back. */
kgq_status kg_store_compact_prefix(kg_store *store, kgq_str prefix, kgq_error **err);
/* The newest state as a database of its own in the new or empty folder `dir`: every record is read with its
 * checksum, written anew, read back and compared. Shares no file with the original (a hard-linked copy would
 * share its damage too), works from a reader beside a writer and from ":memory:". A kill leaves a folder that
 * is no database; a failure leaves none. */
kgq_status kg_store_checkpoint(kg_store *store, const char *dir, kgq_error **err);
/* Approximate stored bytes of the keys that begin with a prefix; whole folder size. */
uint64_t kg_store_bytes(kg_store_snapshot *snap, kgq_str prefix);
uint64_t kg_store_folder_bytes(const kg_store *store);
kgq_status kg_store_verify(kg_store *store, kgq_error **err); /* reads all records with their checksums */
kgq_status kg_store_mark(kg_store *store,
                         kgq_error **err); /* after `unmarked`: from here on it is a database */
/* The format of the database in `path`, 0 for none; does not open it. */
#define kg_store_format_version(path) kg_folder_format(path)
const char *kg_store_rocksdb_version(void);

#endif
