/* core/watermark.h: how far the database had come, kept outside of RocksDB.
 *
 * `synced` is the newest commit known to be durable: a log that gives back less has been damaged, and is not
 * taken for the truth (RELIABILITY finding 2). It is written only after the commit was synced, so it never
 * runs ahead. `visible` is the newest commit of all: readers in other processes look at it to see whether to
 * reopen. `clean` says that the writer closed in order, and nothing is in the log.
 *
 * Two records of 56 bytes in sectors of their own are written in turn: a torn one leaves the other. A reader
 * may look while the writer writes: the checksum tells. Threads: one writer of a kg_watermark at a time.
 */
#ifndef KG_CORE_WATERMARK_H
#define KG_CORE_WATERMARK_H

#include "core/manifest.h"

typedef struct kg_marks {
  uint64_t synced, visible;
  bool clean;
  kg_manifest manifest; /* as it was when files were last deleted or ingested */
} kg_marks;

typedef struct kg_watermark {
  int fd;        /* -1: there is no such file */
  unsigned turn; /* which record is written next */
} kg_watermark;

/* *exists false: no such file, all zero. KGQ_CORRUPT when neither record is whole. */
kgq_status kg_watermark_open(const kg_folder *folder, bool writer, kg_watermark *out, kg_marks *marks,
                             bool *exists, kgq_error **err);
/* Makes the file, or puts both records right; durable when it returns. */
kgq_status kg_watermark_create(const kg_folder *folder, kg_watermark *mark, const kg_marks *marks,
                               kgq_error **err);
/* Writes one record. Not synced: kg_watermark_sync. */
kgq_status kg_watermark_write(kg_watermark *mark, const kg_marks *marks, kgq_error **err);
/* Writes both records and syncs them. */
kgq_status kg_watermark_sync(kg_watermark *mark, const kg_marks *marks, kgq_error **err);
/* false: neither record is whole. */
bool kg_watermark_read(const kg_watermark *mark, kg_marks *out);
void kg_watermark_close(kg_watermark *mark);

#endif
