/* graph/perm.h: permutations of quads and of triple terms.
 *
 * Two sets of rows are kept sorted in several orders: the quads (s, p, o, g) and the triple terms (s, p, o,
 * t) where t is the term's id. Everything that scans, counts, merges and folds works on "a permutation" and
 * does not care which. The numbers are in keys: never change one.
 */
#ifndef KG_GRAPH_PERM_H
#define KG_GRAPH_PERM_H

#include "graph/block.h"

typedef enum {
  KG_SPOG = 0,
  KG_POSG = 1,
  KG_OSPG = 2, /* all quads, graph last: the union default graph reads them */
  KG_GSPO = 3, /* quads in named graphs only */
  KG_SPOT = 4,
  KG_POST = 5,
  KG_OSPT = 6,
  KG_TSPO = 7, /* triple terms */
  KG_PERM_COUNT = 8
} kg_perm;

#define KG_QUAD_PERMS 4 /* KG_SPOG .. KG_GSPO */

/* Logical columns. */
enum { KG_S = 0, KG_P = 1, KG_O = 2, KG_G = 3 /* of triple terms: the term's id */ };

/* kg_perm_column[perm][i]: which logical column is i-th in that order. */
extern const uint8_t kg_perm_column[KG_PERM_COUNT][4];
extern const char *const kg_perm_name[KG_PERM_COUNT]; /* "SPOG" ... */

kg_row kg_perm_row(kg_perm perm, const kg_id quad[4]); /* logical s, p, o, g -> order of the permutation */
void kg_perm_quad(kg_perm perm, const kg_row *row, kg_id quad[4]);
/* Set KG_G in bound_mask only for named graphs: GSPO lacks the default graph's quads, which a caller picks
 * out of another permutation by g == KG_ID_DEFAULT_GRAPH. The permutation whose prefix covers the bound
 * columns (bit 1 << KG_S ...) best, and how long that prefix is. `terms`: among triple terms. `sorted_by`:
 * logical column wanted first behind the prefix, or -1. */
kg_perm kg_perm_choose(unsigned bound_mask, bool terms, int sorted_by, unsigned *prefix_length);

#endif
