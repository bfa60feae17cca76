/* query/value_class.h: terms by what they may be equal to, for joins on `?a = ?b`.
 *
 * Where `a = b` is true (SPARQL 17.3, compare.h), a and b have one class; the converse does not hold, and the
 * condition still has to be tested. One thread.
 */
#ifndef KG_QUERY_VALUE_CLASS_H
#define KG_QUERY_VALUE_CLASS_H

#include "query/terms.h"

/* The class of each of up to KG_BATCH_ROWS ids; that of NONE is NONE. */
kgq_status kg_value_classes(kg_terms *terms, const kg_id *ids, uint32_t count, kg_id *out, kgq_error **err);

#endif
