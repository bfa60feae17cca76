/* query/path_reach.h: what is reached by a repeated step (`+`, `*`) from one node after the other.
 *
 * A step is asked for once a node: where it leads is kept as numbers, so that the walk from the next start
 * over the same nodes touches neither the store nor a hash table. What is kept is bounded, and thrown away as
 * a whole when it is too much. Between two given nodes the search begins at both and meets.
 *
 * Used by path_walk.c, which knows what a step is. One thread.
 */
#ifndef KG_QUERY_PATH_REACH_H
#define KG_QUERY_PATH_REACH_H

#include "query/op.h"

typedef struct kg_reach kg_reach;

#define KG_REACH_PARTS 8u /* most of a step */

/* The nodes that one part of a step leads to from `node`, along the path or against it, into the (empty) set.
 * Against the path, parts count from the end. */
typedef kgq_status (*kg_reach_step_fn)(void *arg, bool backward, uint32_t part, kg_id node, kg_row_set *out,
                                       kgq_error **err);

kgq_status kg_reach_new(kg_op *op, uint32_t parts, kg_reach_step_fn step, void *arg, kg_reach **out,
                        kgq_error **err);
void kg_reach_forget(kg_reach *r); /* steps lead elsewhere now: another graph */
void kg_reach_close(kg_reach *r);  /* what it took; NULL is fine */

/* All nodes reached from `start` in one step or more, with `itself` also in none. */
kgq_status kg_reach_from(kg_reach *r, kg_id start, bool backward, bool itself, kgq_error **err);
/* What the last walk reached, each once, until the next. */
uint32_t kg_reach_count(const kg_reach *r);
kg_id kg_reach_at(const kg_reach *r, uint32_t i);
bool kg_reach_has(const kg_reach *r, kg_id id);
/* Is `to` among what is reached from `from`? */
kgq_status kg_reach_meets(kg_reach *r, kg_id from, kg_id to, bool backward, bool itself, bool *out,
                          kgq_error **err);

#endif
