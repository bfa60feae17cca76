/* core/lock.h: who may do what with a database folder, between processes and within one.
 *
 * One file `lock` with three locked bytes. W: held by the writer for its whole life. F ("files"): a reader
 * holds it shared while it opens its immutable view; the writer holds it alone while it opens, while it
 * ingests files, and while RocksDB may delete some. So no reader loses a file between reading the list of
 * files and opening them, and none replays a log whose later commits follow on an ingest that its list of
 * files does not have yet: without the lock, tests/fault/readers.c finds either within a hundred opens. T
 * ("turn"): whoever wants F passes through it, and the writer keeps it while it waits: a stream of readers
 * cannot keep it waiting for ever.
 *
 * OFD locks: they belong to the open file, so that two handles of one process exclude each other too, and
 * closing some other descriptor of the file drops nothing. They end with the process, so that a stale lock
 * cannot be.
 */
#ifndef KG_CORE_LOCK_H
#define KG_CORE_LOCK_H

#include "core/folder.h"

typedef struct kg_lock {
  int fd;      /* -1: none: closed, or a reader on media without a lock file */
  bool writer; /* W is held */
} kg_lock;

/* For a writer: takes W or fails with KGQ_LOCKED, naming the holder's process id. For a reader: opens the
 * file for reading if it can; on media where there is none, it goes on without (nobody can write there
 * either). */
kgq_status kg_lock_open(const kg_folder *folder, const char *path, bool writer, kg_lock *out,
                        kgq_error **err);
void kg_lock_close(kg_lock *lock); /* gives everything back; fine on a closed one */

/* Takes F: alone (the writer) or shared (a reader), waiting up to wait_ms. false: not to be had. */
bool kg_lock_files(const kg_lock *lock, bool alone, uint32_t wait_ms);
void kg_lock_files_end(const kg_lock *lock);

#endif
