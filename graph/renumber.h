/* graph/renumber.h: compaction: all terms in one base range, in order, without those that nothing uses any
 * more; all rows in blocks.
 *
 * A rebuild of every table that holds ids, as a stream, and one ingest: a kill before it leaves the database
 * as it was. Does not ask RocksDB for its space back.
 */
#ifndef KG_GRAPH_RENUMBER_H
#define KG_GRAPH_RENUMBER_H

#include "graph/txn.h"

/* With the writer's place held. Takes 8 bytes of memory a term beside what it sorts in. Does nothing when all
 * is in order already. */
kgq_status kg_renumber_held(kgq_db *db, kg_txn_progress_fn progress, void *arg, kg_cancel *cancel,
                            kgq_error **err);

#endif
