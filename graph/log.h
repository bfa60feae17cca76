/* graph/log.h: small commits as records of a log, until many of them are settled together.
 *
 * A commit of few rows would write a delta key for each permutation, a count for each graph, the counts and
 * its number; instead it puts all that follows from its rows into one record (docs/FORMAT.md, section 6).
 * What the records say is held in memory, as changes to the delta keys: of a row that both name, neither
 * stands. txn_small.c writes records and settles them, before they have become more than opening a database
 * can read unnoticed.
 *
 * Ownership: a log is counted, stands still, and belongs to one state; its snapshots hold it. Threads: any.
 */
#ifndef KG_GRAPH_LOG_H
#define KG_GRAPH_LOG_H

#include "graph/delta.h"

/* Net rows (quads and triple terms) up to which a commit becomes a record. */
#define KG_LOG_COMMIT_ROWS 64
/* Rows, and records, that are not settled: what each opening of the database reads, in about a millisecond.
 */
#define KG_LOG_ROWS 4096

typedef struct kg_log {
  atomic_int refs;
  const kgq_allocator *allocator;
  uint64_t rows;                       /* in all records */
  kg_delta_view *views[KG_PERM_COUNT]; /* under delta_mutex, but for those of SPOG and SPOT: NULL: nobody has
                                        * asked for it yet */
} kg_log;

kg_log *kg_log_hold(kg_log *log); /* NULL is fine, here and below */
void kg_log_drop(kg_log *log);

/* The snapshot's counts, the commit up to which it is settled, and its log, from the store. `damage`: if not
 * NULL, a log that cannot be read to its end is taken as far as it can be, the snapshot's commit becomes the
 * last one of that, and the cause is put there. */
kgq_status kg_log_read(kg_snap *snap, kgq_error **damage, kgq_error **err);
/* Does the log change rows of that permutation's kind? */
bool kg_log_any(const kg_snap *snap, kg_perm perm);
/* Its changes in the order of a permutation, which live as long as the snapshot; NULL: there is no log. */
kgq_status kg_log_view(const kg_snap *snap, kg_perm perm, const kg_delta_view **out, kgq_error **err);
/* Graphs in which the number of quads is another than the table of graphs says, in id order; the array is
 * freed with kg_free. */
kgq_status kg_log_graphs(const kg_snap *snap, kg_graph_change **out, size_t *count, kgq_error **err);
/* By how much it is, in one graph. */
kgq_status kg_log_graph(const kg_snap *snap, kg_id graph, int64_t *out, kgq_error **err);

/* ---- writing ---------------------------------------------------------------------------------------- */

/* Net rows of a commit: words as in a transaction's log (s, p, o, g), in the order of SPOG. */
typedef struct kg_log_rows {
  const uint64_t *quads, *terms;
  size_t quad_count, term_count;
} kg_log_rows;
/* May a commit with these rows become one more record? */
bool kg_log_has_room(const kg_snap *base, size_t rows);
/* The record of commit `number`. */
kgq_status kg_log_record(kg_buf *out, uint64_t number, const kg_counts *counts, const kg_log_rows *rows,
                         kgq_error **err);
/* The log after it. */
kgq_status kg_log_add(const kg_snap *base, const kg_log_rows *rows, kg_log **out, kgq_error **err);
/* A run of these rows in the order of a permutation. */
kgq_status kg_log_run(kgq_db *db, kg_perm perm, const uint64_t *words, size_t count, kg_delta_run **out,
                      kgq_error **err);

#endif
