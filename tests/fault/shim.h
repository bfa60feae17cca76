/* tests/fault/shim.h: calls of the system put in between: recorded, or made to fail.
 *
 * The shim stands before the C library in the order of symbols, so that RocksDB's calls pass through it too.
 * It is linked to the tests that use it; `LD_PRELOAD=build/release/tests/libshim.so` puts it below any
 * program. What it records is what happened to the files of one folder, in order; powercut.c plays it again.
 */
#ifndef KG_TESTS_FAULT_SHIM_H
#define KG_TESTS_FAULT_SHIM_H

#include <stdint.h>

enum {
  SHIM_OPEN = 1, /* fd a opened on path; b: 1 made, 2 cut to nothing */
  SHIM_CLOSE,    /* fd a */
  SHIM_WRITE,    /* fd a, at b, bytes */
  SHIM_CUT,      /* fd a to b bytes */
  SHIM_SYNC,     /* fd a */
  SHIM_RENAME,   /* path to other */
  SHIM_LINK,     /* path to other */
  SHIM_UNLINK,   /* path */
  SHIM_MKDIR,    /* path */
  SHIM_NOTE      /* number a of the program's own */
};

/* One record: this, then path_bytes, then more_bytes (bytes written, or the other path). */
typedef struct shim_record {
  uint32_t kind, path_bytes, more_bytes, unused;
  uint64_t a, b;
} shim_record;

/* From here on everything below `folder` (absolute) is recorded into fd `to`. */
__attribute__((visibility("default"))) void shim_start(const char *folder, int to);
__attribute__((visibility("default"))) void shim_stop(void);
__attribute__((visibility("default"))) void shim_note(uint64_t number);
/* The nth sync from here on (from 1) fails with EIO, once or, if `ever_after`, it and all that follow. 0:
 * none. */
__attribute__((visibility("default"))) void shim_fail_sync(unsigned nth, int ever_after);
__attribute__((visibility("default"))) unsigned
shim_syncs(void); /* how many there were since shim_fail_sync */

#endif
