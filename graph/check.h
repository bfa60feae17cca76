/* graph/check.h: the full walk over every invariant (RELIABILITY section 4): kgq_check is made of it.
 *
 * All permutations hold the same rows; every id resolves and finds itself; block bounds, counts and checksums
 * are true; counts, graphs and names match the quads; the commit number is there. Reports every finding,
 * stops at none.
 */
#ifndef KG_GRAPH_CHECK_H
#define KG_GRAPH_CHECK_H

#include "graph/dict.h"
#include "graph/names.h"

kgq_status kg_check(kg_snap *snap, kg_report_fn report, void *arg, kg_cancel *cancel, uint64_t *findings,
                    kgq_error **err);

#endif
