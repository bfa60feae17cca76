/* query/unique.h: telling different rows apart, also more of them than memory holds.
 *
 * Rows come one by one, and each is told at once to be new or not, as long as the set of those met has room.
 * From then on, rows that it does not hold are put aside (aside.h), and those of them that are different come
 * back at the end, in the order in which they were met first. So all new rows together come in that order.
 *
 * For DISTINCT and for the aggregates with DISTINCT. Memory is the operator's. One thread.
 */
#ifndef KG_QUERY_UNIQUE_H
#define KG_QUERY_UNIQUE_H

#include "query/aside.h"

typedef struct kg_unique {
  kg_op *op;
  const char *what; /* in messages: "a DISTINCT" */
  kg_row_set seen;
  uint32_t parts; /* the operator has so many things like this, which share its memory; 1 */
  uint32_t most;  /* rows that `seen` may have */
  bool frozen;    /* it takes no more */
  uint64_t arrivals;
  kg_id *row;      /* of width + 1: the number of its arrival, and the row */
  kg_aside *aside; /* such rows, sorted by row */
  kg_aside *late;  /* the different ones of them, sorted by arrival */
} kg_unique;

kgq_status kg_unique_init(kg_unique *u, kg_op *op, uint32_t width, const char *what, kgq_error **err);
void kg_unique_free(kg_unique *u); /* also fine on a zeroed one */
void kg_unique_clear(kg_unique *u);
/* Has the set room for another batch of rows? To be asked before each. */
void kg_unique_look(kg_unique *u);
kgq_status kg_unique_add_frozen(kg_unique *u, const kg_id *row, uint32_t hash, kgq_error **err);
/* `hash` is that of kg_row_hashes. *fresh: the row is new for certain. */
static inline kgq_status kg_unique_add(kg_unique *u, const kg_id *row, uint32_t hash, bool *fresh,
                                       kgq_error **err) {
  uint32_t at = 0;
  if (u->frozen) {
    *fresh = false;
    return kg_unique_add_frozen(u, row, hash, err);
  }
  KGQ_TRY(kg_row_set_put_hashed(&u->seen, row, hash, &at, fresh, err));
  if (*fresh && at + 1 >= u->most) {
    u->frozen = true;
  }
  return KGQ_OK;
}
/* Have rows been put aside? */
static inline bool kg_unique_is_late(const kg_unique *u) {
  return u->aside != NULL || u->late != NULL;
}
/* No more come: those put aside are told apart. */
kgq_status kg_unique_finish(kg_unique *u, kgq_error **err);
/* The next new row among them; NULL: the end. */
kgq_status kg_unique_next_late(kg_unique *u, const kg_id **row, kgq_error **err);

#endif
