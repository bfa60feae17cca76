/* core/guard.h: folder, lock and watermark of one open database, together.
 *
 * Decides what the three mean for the store: whether what the log gave back may be taken for the truth, when
 * the watermark moves, how long anyone waits for whom. The store does the RocksDB part in between. Also turns
 * the store's error texts into errors of ours. Does not know RocksDB's calls.
 *
 * Threads: kg_guard_visible and the reader's lock by one thread at a time, the writer's functions under its
 * mutex.
 */
#ifndef KG_CORE_GUARD_H
#define KG_CORE_GUARD_H

#include "core/lock.h"
#include "core/watermark.h"

typedef struct kg_guard {
  const char *path; /* as the caller named it; the store's */
  kg_folder folder;
  kg_lock lock;
  kg_watermark watermark;
  bool marked;     /* the watermark was there when the database was opened */
  kg_marks marks;  /* what the watermark says, or will when it is written next */
  bool recovered;  /* the log was taken for the truth, whatever the watermark said ... */
  kg_marks before; /* ... which was this */
} kg_guard;

/* Nothing open: what a database in memory has. All functions are fine on it. */
void kg_guard_init(kg_guard *guard, const char *path);
kgq_status kg_guard_open(kg_guard *guard, const kgq_allocator *a, kg_folder_use use, bool recover,
                         kgq_error **err);
void kg_guard_close(kg_guard *guard);

/* Opens a view of the files with `open`, which says what commit it found in them. A reader does so while no
 * file can be deleted, and a few times where it fails. KGQ_CORRUPT when the commit is older than what was
 * durable; `open`'s view is then given back through `drop`. *visible: the newest commit there was before. */
typedef struct kg_view {
  void *arg;
  kgq_status (*open)(void *arg, uint64_t *commit, kgq_error **err);
  void (*drop)(void *arg);
} kg_view;
kgq_status kg_guard_read(kg_guard *guard, const kg_view *view, uint64_t *visible, kgq_error **err);
/* The writer, before RocksDB rewrites anything: a damaged database stays as it is. Opens a view only after a
 * crash, and then mends what a power cut may leave of the manifest. */
kgq_status kg_guard_look_first(kg_guard *guard, const kgq_allocator *a, const kg_view *view, kgq_error **err);
/* The newest commit the writer has made visible. false: cannot be told. */
bool kg_guard_visible(const kg_guard *guard, uint64_t *out);

/* Writer: no reader is opening from here to kg_guard_alone_end: RocksDB may open, ingest and delete files. */
kgq_status kg_guard_alone(kg_guard *guard, kgq_error **err);
bool kg_guard_alone_now(kg_guard *guard, bool closing); /* false: readers are opening; later, then */
void kg_guard_alone_end(kg_guard *guard);
/* true: a database that nothing was ever stored in; RocksDB may make its files. Never where there are data
 * files: making a database over them would delete them. */
bool kg_guard_is_new(const kg_guard *guard);
/* KGQ_READONLY when the store may not write, or `failed` to once. */
kgq_status kg_guard_writable(const kg_guard *guard, bool readonly, kgq_status failed, kgq_error **err);
/* Recovered and durable: `commit`. Writes the watermark anew where that is not what it says. */
kgq_status kg_guard_settle(kg_guard *guard, uint64_t commit, bool recover, kgq_error **err);
/* Before files are deleted: what the manifest holds is right, and an older one would no longer do. */
void kg_guard_manifest(kg_guard *guard);
/* Before the first change since opening, durably: whoever opens after a crash then looks before RocksDB
 * writes. */
kgq_status kg_guard_unclean(kg_guard *guard, kgq_error **err);
/* The commit is done, and durable or not. Fails when readers cannot be told. */
kgq_status kg_guard_acknowledge(kg_guard *guard, uint64_t commit, bool durable);
/* Everything committed is durable. */
void kg_guard_synced(kg_guard *guard);
/* The writer ends in order, all being durable. */
void kg_guard_clean(kg_guard *guard);

/* Before RocksDB opens the files: KGQ_CORRUPT for one that would end the process instead of giving an error.
 */
kgq_status kg_guard_before_open(const kg_guard *guard, kgq_error **err);

/* An error from the text of RocksDB, such as "IO error: No space left on device". */
kgq_status kg_fail_engine(kgq_error **err, const char *path, const char *text);
/* The same for a failure to open, with the file that it is about. */
kgq_status kg_guard_fail_open(const kg_guard *guard, const char *text, kgq_error **err);
/* true when a test has switched the protocol between processes off, to show what it is for. */
bool kg_guard_bypassed(void);

#endif
