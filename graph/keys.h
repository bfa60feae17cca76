/* graph/keys.h: the table of key prefixes in the one column family (docs/FORMAT.md has the bytes).
 *
 * Everything a commit changes lies behind one of these bytes, so that one batch or ingest changes it
 * atomically. The numbers are on disk: never change one. Integers in keys are big-endian.
 */
#ifndef KG_GRAPH_KEYS_H
#define KG_GRAPH_KEYS_H

#include <stdint.h>

enum {
  KG_KEY_META = 0x01,         /* "commit" (core/store.h), "counts" (db.h), "bnodes" (txn_state.h) */
  KG_KEY_BLOCK = 0x10,        /* + perm byte + last quad of the block (4 x 8 bytes) -> block */
  KG_KEY_DELTA = 0x11,        /* + perm byte + quad (4 x 8 bytes) -> 1 inserted, 0 deleted */
  KG_KEY_LOG = 0x12,          /* + commit number (8) -> changes that are no delta keys yet (core/store.h) */
  KG_KEY_DICT_BLOCK = 0x20,   /* + block number (8) -> front-coded terms */
  KG_KEY_DICT_INDEX = 0x21,   /* + first term key of the block (shortened) -> block number (8) */
  KG_KEY_APPEND_TERM = 0x22,  /* + number (8) -> term key */
  KG_KEY_APPEND_INDEX = 0x23, /* + XXH3-128 of the term key (16) -> numbers (8 each) */
  KG_KEY_GRAPH = 0x30,        /* + graph id (8) -> number of its quads (8) */
  KG_KEY_PREFIX = 0x31,       /* + prefix name -> IRI */
  KG_KEY_NAME = 0x32 /* + folded name + 00 + node id (8) + graph id (8) + kind byte + cause (8) -> name as
                      * written, see names_key.h */
};

#endif
