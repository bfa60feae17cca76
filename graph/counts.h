/* graph/counts.h: how much of everything a state of the database has, and that as bytes.
 *
 * Exact numbers, which each commit changes: in the "counts" record, or in the commit's record of the log.
 */
#ifndef KG_GRAPH_COUNTS_H
#define KG_GRAPH_COUNTS_H

#include "core/memory.h"

typedef struct kg_counts { /* the "counts" record: exact, changed by each commit */
  uint64_t quads;          /* rows of SPOG */
  uint64_t triples;        /* distinct (s, p, o) over all graphs */
  uint64_t named_quads;    /* rows of GSPO */
  uint64_t triple_terms;
  uint64_t base_terms, append_terms; /* next ranks and numbers */
  uint64_t delta_rows;               /* delta keys of SPOG .. GSPO together: 0 lets scans skip the delta */
  uint64_t delta_term_rows;          /* the same among triple terms (SPOT .. TSPO) */
  uint64_t base_loaded;              /* 1: the dictionary has a base range */
} kg_counts;
#define KG_COUNTS_BYTES (9 * 8) /* little-endian, in this order */
#define KG_COUNTS_KEY                                                                                        \
  "\x01"                                                                                                     \
  "counts" /* behind KG_KEY_META; no such record: nothing was ever committed */

void kg_counts_write(const kg_counts *c, char out[KG_COUNTS_BYTES]);
kgq_status kg_counts_read(kgq_str bytes, kg_counts *out, kgq_error **err);

#endif
