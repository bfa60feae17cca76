/* query/terms.h: one statement's view of terms: those of its snapshot and those it makes itself.
 *
 * Every term has exactly one id within a statement, so joins, DISTINCT and GROUP BY compare numbers: a
 * computed term gets its inline id, else its stored id, else that of the unfinished transaction whose view
 * the snapshot is, else a KG_TAG_LOCAL id of its own (kg_terms_is_own). Terms read are kept in a bounded
 * cache.
 *
 * Ownership: terms handed out live until the statement is reset or, once the cache is over its limit, until
 * kg_terms_breathe, which operators call between batches. Use kg_term_copy to keep one longer.
 */
#ifndef KG_QUERY_TERMS_H
#define KG_QUERY_TERMS_H

#include "graph/dict.h"

typedef struct kg_terms kg_terms;
/* In the payload of a LOCAL id: made by kg_terms; without it, made by a transaction. */
#define KG_TERMS_OWN ((kg_id)1 << 58)
kgq_status kg_terms_new(kg_snap *snap, const kgq_allocator *a, kg_terms **out, kgq_error **err);
void kg_terms_free(kg_terms *t);
/* What the statement may use in all: the cache takes no more than an eighth of it. 0: no limit. */
void kg_terms_budget(kg_terms *t, size_t bytes);
kgq_status kg_terms_intern(kg_terms *t, const kg_term *term, kg_id *out, kgq_error **err);
/* The stored or inline id only; KG_ID_NONE if the database does not know the term (constants of patterns). */
kgq_status kg_terms_find(kg_terms *t, const kg_term *term, kg_id *out, kgq_error **err);
/* id must not be NONE. The default graph has no term: kind KG_TERM_NONE. */
kgq_status kg_terms_get(kg_terms *t, kg_id id, const kg_term **out, kgq_error **err);
/* Reads the terms of many ids into the cache at once, in sorted order; call before a loop of kg_terms_get. */
kgq_status kg_terms_prepare(kg_terms *t, const kg_id *ids, size_t count, kgq_error **err);
void kg_terms_breathe(kg_terms *t);
kg_snap *kg_terms_snap(kg_terms *t);
/* Ids that only this statement knows: to be interned again by whoever stores them. */
static inline bool kg_terms_is_own(kg_id id) {
  return kg_id_tag(id) == KG_TAG_LOCAL && (id & KG_TERMS_OWN) != 0;
}
kgq_status kg_terms_new_bnode(kg_terms *t, kg_id *out, kgq_error **err); /* fresh in this statement */

#endif
