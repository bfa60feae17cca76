/* graph/bulk_out.h: the files of one ingest, and how rows, appended terms and records get into them.
 *
 * Shared by the ways of writing much at once: a large commit (bulk.c), one that went through temporary files
 * (spill_commit.c), compaction (renumber.c). Decides nothing: callers say what is written.
 *
 * Ownership: a kg_bulk owns its files until kg_bulk_free; what was ingested stays.
 */
#ifndef KG_GRAPH_BULK_OUT_H
#define KG_GRAPH_BULK_OUT_H

#include "core/key_sort.h"
#include "core/row_sort.h"
#include "core/spill.h"
#include "graph/bulk_merge.h"
#include "graph/replace.h"
#include "graph/txn_state.h"

#define KG_BULK_FILES 32

typedef struct kg_bulk {
  kgq_db *db;
  kg_snap *snap; /* the state that it adds to */
  kg_cancel *cancel;
  kg_store_file *files[KG_BULK_FILES];
  size_t file_count;
  bool replace; /* instead of merging with blocks and delta: new blocks only, old ones are deleted
                   (renumber.c) */
  uint64_t replaced[KG_PERM_COUNT]; /* rows of blocks written anew */
  kg_written *written;              /* who hears of rows; NULL: nobody */
} kg_bulk;

kgq_status kg_bulk_file(kg_bulk *b, bool compress, kg_store_file **out, kgq_error **err);
/* Changes of one permutation, merged with its blocks and its whole delta, or put in place of its blocks. */
kgq_status kg_bulk_merge(kg_bulk *b, kg_perm perm, const kg_row_source *rows, kgq_error **err);
/* Changes that lie in a file as quads of four words: into the four permutations from `first` (KG_SPOG or
 * KG_SPOT) on, sorted for each. `sorted`: they lie in the order of `first`. `named`: there are quads in named
 * graphs. */
kgq_status kg_bulk_merge_spill(kg_bulk *b, kg_perm first, kg_spill *rows, bool sorted, bool named,
                               size_t memory_bytes, kgq_error **err);
/* Records that are no rows and no terms, sorted; `names` (may be NULL) has more of the table of names: keys
 * to values, an empty value is a delete. */
kgq_status kg_bulk_records(kg_bulk *b, const kg_records *records, kg_key_sort *names, kgq_error **err);
/* Takes the files of another over. */
void kg_bulk_take(kg_bulk *b, kg_bulk *from);
kgq_status kg_bulk_ingest(kg_bulk *b, uint64_t commit, kgq_error **err);
/* One bit for each permutation of which a good part was written anew: its old blocks still take space. */
unsigned kg_bulk_untidy(const kg_bulk *b);
/* Has that space back; after the ingest and without snapshots from before it. What it meets is told by the
 * next write. */
void kg_bulk_tidy(kg_store *store, unsigned untidy);
void kg_bulk_free(kg_bulk *b);

/* Terms of the append range, in the order of their numbers; in place of all old ones if the bulk replaces. */
typedef struct kg_append_out {
  kg_bulk *bulk;
  kg_store_file *file;
  kg_row_sort *index; /* hash, hash, number */
  kg_replace old;     /* if the bulk replaces: of terms, then of the index */
} kg_append_out;
kgq_status kg_append_out_open(kg_bulk *b, size_t memory_bytes, kg_append_out *out, kgq_error **err);
kgq_status kg_append_out_add(kg_append_out *out, kgq_str key, uint64_t number, kgq_error **err);
kgq_status kg_append_out_finish(kg_append_out *out, kgq_error **err);
void kg_append_out_free(kg_append_out *out); /* fine on a zeroed one */

#endif
