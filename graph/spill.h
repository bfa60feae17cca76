/* graph/spill.h: a load whose terms and quads do not fit into memory: what it keeps in temporary files.
 *
 *   spill_collect.c   while it reads: chunk after chunk of terms, quads, triple terms and names to files
 *   spill_terms.c     at commit: merges the terms of all chunks, gives them ids, notes them by chunk
 *   spill_triples.c   the same for triple terms, level by level
 *   spill_commit.c    quads with their ids: sorted, compared with the base, into files of one ingest
 *
 * A chunk is what was collected between two clearings of the transaction's tables of terms; all local ids of
 * its records are of this chunk. Nobody else includes it but txn.c's files.
 */
#ifndef KG_GRAPH_SPILL_H
#define KG_GRAPH_SPILL_H

#include "graph/bulk_out.h"

typedef struct kg_spill_chunk { /* ends of its records in the files, in bytes */
  uint64_t ops_end, names_end;
  uint64_t first_local; /* of all chunks before, together */
  uint32_t locals;
} kg_spill_chunk;

typedef struct kg_spilled {
  kg_txn *txn;
  kg_key_sort *terms; /* one run a chunk: term key -> local number, 4 bytes */
  kg_spill *ops;      /* four words each, ids as interned */
  kg_spill *triples;  /* three ids as interned, and where: chunk << 32 | local number */
  kg_spill *names;    /* key length, key, value length, value; ids as interned */
  kg_spill *ids;      /* final ids by first_local + local number; 0: not known yet */
  kg_spill_chunk *chunks;
  size_t chunk_count, chunk_capacity;
  uint64_t new_terms, new_triples; /* terms: those of the base range, if one is made, or else appended */
  uint64_t new_long;               /* appended beside a base range: too long for its blocks */
  kg_spill *triple_rows;           /* of new triple terms; NULL: there are none */
} kg_spilled;

/* After each insert: writes out what is held if memory is full. */
kgq_status kg_spill_if_full(kg_txn *txn, kgq_error **err);
/* What is still held; before the commit. */
kgq_status kg_spill_rest(kg_txn *txn, kgq_error **err);
void kg_spilled_free(kg_spilled *s); /* NULL is fine */
/* Memory for one of the sorts of a commit: several are never at work at once. */
size_t kg_spill_sort_bytes(const kg_txn *txn);

/* The final ids of a chunk, one by local number. */
kgq_status kg_spill_load_ids(kg_spilled *s, size_t chunk, kg_id *out, kgq_error **err);
/* Room for the ids of any chunk. */
size_t kg_spill_most_locals(const kg_spilled *s);
/* The sorter holds where (chunk << 32 | local number) and ids: puts them into s->ids. */
kgq_status kg_spill_store_ids(kg_spilled *s, kg_row_sort *by_place, kgq_error **err);

/* Gives ids to all terms, and writes the new ones: a base range, or appended ones. */
kgq_status kg_spill_terms(kg_spilled *s, kg_bulk *out, bool base_range, kgq_error **err);
kgq_status kg_spill_triples(kg_spilled *s, kgq_error **err);

#endif
