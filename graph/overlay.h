/* graph/overlay.h: the changes of an unfinished transaction, as its own statements see them.
 *
 * kg_txn_view hangs one on a snapshot; scans merge it over base and delta, the graph table is corrected by
 * it, and the dictionary asks its functions for terms that the database does not have. Rows hold stored ids
 * where the database has the term and KG_TAG_LOCAL ids where it does not.
 *
 * Ownership: the transaction's; it lives until the next view or the end.
 */
#ifndef KG_GRAPH_OVERLAY_H
#define KG_GRAPH_OVERLAY_H

#include "graph/db.h"
#include "graph/perm.h"

typedef struct kg_change {
  kg_row row;
  uint64_t present; /* 1: the row is there now, 0: it is not; always a difference to base and delta */
} kg_change;

typedef struct kg_graph_change {
  kg_id graph;
  int64_t quads;
} kg_graph_change;

typedef struct kg_overlay {
  const kg_change *changes[KG_PERM_COUNT]; /* each sorted by row, no row twice */
  size_t counts[KG_PERM_COUNT];
  const kg_graph_change *graphs; /* named graphs whose number of quads differs, in id order */
  size_t graph_count;
  /* The transaction's terms: an id for a term that it has interned (KG_ID_NONE if not), and back. */
  kgq_status (*find)(void *arg, const kg_term *term, kg_id *out, kgq_error **err);
  kgq_status (*term)(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err);
  void *arg;
} kg_overlay;

#endif
