/* graph/rescue_rows.h: the rows of a damaged database, each one as long as some order of it can be read.
 *
 * Every quad lies in three or four orders (perm.h), so what one order has lost another one mostly has. Does
 * not read terms: rescue.c does, and writes.
 */
#ifndef KG_GRAPH_RESCUE_ROWS_H
#define KG_GRAPH_RESCUE_ROWS_H

#include "graph/scan.h"

typedef struct kg_rescue_told {
  kgq_status (*row)(void *arg, const kg_id quad[4], kgq_error **err); /* each one once */
  /* The rows low to high of an order (in that order's columns) cannot be read, because of `cause`. */
  kgq_status (*lost)(void *arg, kg_perm perm, const kg_row *low, const kg_row *high, const kgq_error *cause,
                     kgq_error **err);
  void *arg;
} kg_rescue_told;

/* All quads of the snapshot that can be read, in no order worth mentioning. */
kgq_status kg_rescue_rows(kg_snap *snap, const kg_rescue_told *told, kg_cancel *cancel, kgq_error **err);
/* Is this what damaged files give, and not something that ends the work? */
static inline bool kg_is_damage(kgq_status st) {
  return st == KGQ_CORRUPT || st == KGQ_IO;
}

#endif
