/* query/statistics.h: what estimates found out about patterns, kept for the statements that follow.
 *
 * A pattern without a constant subject is estimated again and again by other queries; reading a few blocks
 * for it costs more than a small query. Figures are kept by database, for all its connections, in a table of
 * fixed size, and hold for the state of the database in which they were found. They decide how a query is
 * done, never what it answers. Views of unfinished transactions are not kept.
 */
#ifndef KG_QUERY_STATISTICS_H
#define KG_QUERY_STATISTICS_H

#include "query/quads.h"

/* What a figure is of: the slot whose different values were counted, or the rows. */
#define KG_STATISTIC_ROWS 4

bool kg_statistic_find(const kg_snap *snap, const kg_quads_spec *spec, int of, double *out);
/* Best effort: without memory nothing is kept. */
void kg_statistic_keep(const kg_snap *snap, const kg_quads_spec *spec, int of, double value);

#endif
