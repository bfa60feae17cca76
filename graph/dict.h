/* graph/dict.h: the dictionary: terms to ids and back.
 *
 * Base range: sorted, front-coded blocks of KG_DICT_BLOCK_TERMS, id payload = rank; append range: one key a
 * term and a hash index. Triple terms have ids of their own, kept as quads (s, p, o, id) in perm.h's tables,
 * and are resolved here too. Inline ids never touch the store.
 *
 * Ownership: terms handed out live in the caller's arena. Threads: any, on any snapshot.
 */
#ifndef KG_GRAPH_DICT_H
#define KG_GRAPH_DICT_H

#include "graph/db.h"

/* The id of a term in that snapshot; KG_ID_NONE if the database does not have it. Triple terms are looked up
 * by the ids of their parts. Inline literals always have one. In a transaction's view (overlay.h) its own
 * terms are found too, under their local ids. */
kgq_status kg_dict_find(kg_snap *snap, const kg_term *term, kg_id *out, kgq_error **err);
/* The term of an id (not NONE or DEFAULT_GRAPH; LOCAL only in a transaction's view), copied into `arena`.
 * KGQ_CORRUPT if there is none. */
kgq_status kg_dict_get(kg_snap *snap, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err);
/* Many at once: sorts an index of ids internally, so that each stored block is read and expanded once. Ids
 * that are NONE or DEFAULT_GRAPH give kind KG_TERM_NONE. out[i] belongs to ids[i]. */
kgq_status kg_dict_get_many(kg_snap *snap, const kg_id *ids, size_t count, kg_arena *arena, kg_term *out,
                            kgq_error **err);
/* The same for the columns of rows `first` to first + *count - 1, each into its column of `out` at the same
 * places. Resets the arena first, and takes fewer rows where their terms pass KG_TERMS_BYTES, but one at
 * least: *count says how many. */
typedef struct kg_term_rows {
  unsigned columns;
  const kg_id *ids[4];
  kg_term *out[4];
} kg_term_rows;
kgq_status kg_dict_get_rows(kg_snap *snap, const kg_term_rows *rows, size_t first, size_t *count,
                            kg_arena *arena, kgq_error **err);
/* Many term keys (term.h), sorted by bytes, to ids; KG_ID_NONE where absent. For commits and loads. */
kgq_status kg_dict_find_sorted(kg_snap *snap, const kgq_str *keys, size_t count, kg_id *out, kgq_error **err);
/* The base ids of one tag whose text begins with / lies between: for prefix and range filters. Gives the
 * half-open range [*low, *high) of base ids with key >= from and < to. Append ids must be tested one by one.
 */
kgq_status kg_dict_range(kg_snap *snap, kgq_str key_from, kgq_str key_to, uint64_t *rank_low,
                         uint64_t *rank_high, kgq_error **err);
/* 0 for a database that never had a bulk load into an empty dictionary. */
uint64_t kg_dict_base_count(kg_snap *snap);
uint64_t kg_dict_append_count(kg_snap *snap);

/* ---- writing, for txn.c and bulk.c -------------------------------------------------------------- */

/* Base range from term keys in strictly rising order; add returns ranks 0, 1, 2 ... Files must be added in
 * key order: the writer owns the two table prefixes KG_KEY_DICT_BLOCK and KG_KEY_DICT_INDEX. */
typedef struct kg_dict_writer kg_dict_writer;
kgq_status kg_dict_writer_new(kg_store *store, const kgq_allocator *a, kg_dict_writer **out, kgq_error **err);
/* Before the first key: the base range that `snap` has is deleted in the same files. */
kgq_status kg_dict_writer_replace(kg_dict_writer *w, kg_snap *snap, kgq_error **err);
kgq_status kg_dict_writer_add(kg_dict_writer *w, kgq_str key, uint64_t *rank, kgq_error **err);
/* The finished files (at most 2) belong to the caller then. */
kgq_status kg_dict_writer_finish(kg_dict_writer *w, kg_store_file **files, size_t *file_count,
                                 kgq_error **err);
void kg_dict_writer_free(kg_dict_writer *w);
/* One appended term (number from 0): puts its two records into the batch. The index record holds all ids
 * whose keys share the 128-bit hash; `snap` is where earlier ones are found. */
kgq_status kg_dict_append(kg_snap *snap, kg_store_batch *batch, kgq_str key, uint64_t number, kg_id *out,
                          kgq_error **err);
/* The same for a file: the caller collects and sorts records by key first. */
void kg_dict_append_records(kgq_str key, uint64_t number, char term_record_key[9], char index_record_key[17]);
/* Invariants of the dictionary: order, ranks, both directions. Findings through `report`. */
typedef void (*kg_report_fn)(void *arg, const char *finding);
kgq_status kg_dict_check(kg_snap *snap, kg_report_fn report, void *arg, kg_cancel *cancel, kgq_error **err);

#endif
