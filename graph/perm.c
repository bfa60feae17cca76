/* graph/perm.c: the tables of permutations, and choosing one for a pattern.
 *
 * Pure functions over small tables; the store and the planner both ask here. Does not know how many rows a
 * permutation has: the planner compares counts.
 */
#include "graph/perm.h"

#include <assert.h>

const uint8_t kg_perm_column[KG_PERM_COUNT][4] = {
  [KG_SPOG] = { KG_S, KG_P, KG_O, KG_G }, [KG_POSG] = { KG_P, KG_O, KG_S, KG_G },
  [KG_OSPG] = { KG_O, KG_S, KG_P, KG_G }, [KG_GSPO] = { KG_G, KG_S, KG_P, KG_O },
  [KG_SPOT] = { KG_S, KG_P, KG_O, KG_G }, [KG_POST] = { KG_P, KG_O, KG_S, KG_G },
  [KG_OSPT] = { KG_O, KG_S, KG_P, KG_G }, [KG_TSPO] = { KG_G, KG_S, KG_P, KG_O },
};

const char *const kg_perm_name[KG_PERM_COUNT] = { "SPOG", "POSG", "OSPG", "GSPO",
                                                  "SPOT", "POST", "OSPT", "TSPO" };

kg_row kg_perm_row(kg_perm perm, const kg_id quad[4]) {
  assert(perm < KG_PERM_COUNT);
  kg_row row;
  for (int i = 0; i < 4; i++) {
    row.c[i] = quad[kg_perm_column[perm][i]];
  }
  return row;
}

void kg_perm_quad(kg_perm perm, const kg_row *row, kg_id quad[4]) {
  assert(perm < KG_PERM_COUNT);
  for (int i = 0; i < 4; i++) {
    quad[kg_perm_column[perm][i]] = row->c[i];
  }
}

static unsigned bound_prefix(kg_perm perm, unsigned bound_mask) {
  unsigned n = 0;
  while (n < 4 && (bound_mask >> kg_perm_column[perm][n] & 1)) {
    n++;
  }
  return n;
}

/* Longest prefix first; then the wanted order; then the graph, since an article is far smaller than a
 * predicate. */
static unsigned perm_score(kg_perm perm, unsigned bound_mask, int sorted_by, unsigned prefix) {
  unsigned score = prefix * 8;
  if (sorted_by >= 0 && prefix < 4 && kg_perm_column[perm][prefix] == sorted_by) {
    score += 4;
  }
  if (kg_perm_column[perm][0] == KG_G && (bound_mask >> KG_G & 1)) {
    score += 2;
  }
  return score;
}

kg_perm kg_perm_choose(unsigned bound_mask, bool terms, int sorted_by, unsigned *prefix_length) {
  const int first = terms ? KG_SPOT : KG_SPOG;
  int best = -1;
  unsigned best_score = 0;
  for (int i = 0; i < KG_QUAD_PERMS; i++) {
    const kg_perm perm = (kg_perm)(first + i);
    if (perm == KG_GSPO && !(bound_mask >> KG_G & 1)) {
      continue; /* it lacks the default graph's quads */
    }
    const unsigned score = perm_score(perm, bound_mask, sorted_by, bound_prefix(perm, bound_mask));
    if (best < 0 || score > best_score) {
      best = (int)perm;
      best_score = score;
    }
  }
  assert(best >= 0);
  *prefix_length = bound_prefix((kg_perm)best, bound_mask);
  return (kg_perm)best;
}
