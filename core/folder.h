/* core/folder.h: the folder of a database: its mark, its layout, its size.
 *
 *   KGQ         the mark: magic line, format number, feature bits; written first, by rename
 *   lock        byte ranges that processes lock, and the writer's process id (core/lock.h)
 *   watermark   last synced commit, last visible commit (core/watermark.h)
 *   rocks/      RocksDB's own files (core/store.c)
 *   ingest/     sorted files being built; what is left there is removed by the next writer
 *
 * A kill while a folder is being made leaves one that counts as empty (and is made again) or one that opens.
 * Does not know RocksDB. Ownership: a kg_folder holds one descriptor, given back by kg_folder_close.
 */
#ifndef KG_CORE_FOLDER_H
#define KG_CORE_FOLDER_H

#include <limits.h>

#include "core/memory.h"

/* Newest on-disk format that this program reads and the one that it writes. */
#define KG_FORMAT_VERSION 1

/* Feature bits of the mark: what a program must know to read the database. */
#define KG_FEATURE_LOG 1u /* small commits may be records of the log (docs/FORMAT.md, section 6) */

#define KG_FOLDER_ROCKS  "rocks"
#define KG_FOLDER_INGEST "ingest"

typedef struct kg_folder {
  int fd; /* -1: closed */
  const kgq_allocator *allocator;
  char *path; /* absolute, so that a host may change its working folder */
  size_t path_bytes;
  uint64_t features; /* what the mark says */
} kg_folder;

typedef enum {
  KG_FOLDER_READ,    /* must be a database */
  KG_FOLDER_WRITE,   /* the same */
  KG_FOLDER_CREATE,  /* may be missing or empty: becomes one */
  KG_FOLDER_UNMARKED /* must be missing or empty, and gets no mark yet: kg_folder_mark ends a backup */
} kg_folder_use;

/* Opens and, if told so, makes the folder. `path` itself is used in messages. */
kgq_status kg_folder_open(const kgq_allocator *a, const char *path, kg_folder_use use, kg_folder *out,
                          kgq_error **err);
void kg_folder_close(kg_folder *folder); /* fine on a closed one */
/* Writes the mark, durably. */
kgq_status kg_folder_mark(kg_folder *folder, kgq_error **err);
/* Before the first record of the log: the mark says from here on that there may be some. */
kgq_status kg_folder_need_log(kg_folder *folder, kgq_error **err);
/* Format number of the database in `path`; 0: none. */
int32_t kg_folder_format(const char *path);
/* Makes the ingest folder if it is not there, and empties it. */
kgq_status kg_folder_clear_ingest(const kg_folder *folder, kgq_error **err);
/* "folder/name" for RocksDB, which takes paths; KGQ_LIMIT when too long for files below it. */
kgq_status kg_folder_join(const kg_folder *folder, const char *name, char out[PATH_MAX], kgq_error **err);
/* Removes what a copy that failed has left in `path`: files of ours, by name, and the folder itself if
 * `whole`. */
void kg_folder_discard(const char *path, bool whole);
kgq_status kg_folder_sync(const kg_folder *folder, kgq_error **err);
bool kg_folder_has_data(const kg_folder *folder);  /* a data file of RocksDB is there */
uint64_t kg_folder_bytes(const kg_folder *folder); /* of all files */

/* The number of a data file without an end, such as 28 of rocks/000028.sst; 0: all have one. RocksDB does not
 * name a file that was cut short there. */
uint64_t kg_folder_cut_data(const kg_folder *folder);
/* The same of one that RocksDB must not be shown (data_file.h). */
uint64_t kg_folder_bad_data(const kg_folder *folder);

/* The end of the newest write-ahead log or manifest, and cutting it back there: a commit whose write or sync
 * failed must not come back when the database is opened again. A failed ingest has deleted its files, and its
 * record in the manifest would name them. */
typedef enum kg_file_kind { KG_FILE_LOG, KG_FILE_MANIFEST } kg_file_kind;
typedef struct kg_file_end {
  kg_file_kind kind;
  uint64_t number; /* of the file; 0: there was none */
  uint64_t bytes;
} kg_file_end;
kg_file_end kg_folder_file_end(const kg_folder *folder, kg_file_kind kind);
void kg_folder_clear_empty_logs(const kg_folder *folder); /* of a database that never came into being */
kgq_status kg_folder_file_cut(const kg_folder *folder, kg_file_end end, kgq_error **err);

/* An error of the system in words: KGQ_FULL without space, else KGQ_IO. `action` as in "cannot <action>
 * <path>". */
kgq_status kg_fail_system(kgq_error **err, int code, const char *action, const char *path);

#endif
