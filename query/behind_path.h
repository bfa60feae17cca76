/* query/behind_path.h: which triples a property path went over between two ends that it connects.
 *
 * For behind.c. Alternatives are emitted whether or not the database has them: the caller looks each up.
 */
#ifndef KG_QUERY_BEHIND_PATH_H
#define KG_QUERY_BEHIND_PATH_H

#include "query/statement.h"

typedef kgq_status (*kg_path_triple_fn)(void *arg, const kg_term *s, const kg_term *p, const kg_term *o,
                                        kgq_error **err);
/* graph NULL: over all graphs. Terms emitted live as long as the arena or the call. */
kgq_status kg_path_triples(kgq_conn *conn, kg_arena *arena, const kg_path *path, const kg_term *const ends[2],
                           const kg_term *graph, kg_path_triple_fn emit, void *arg, kgq_error **err);

#endif
