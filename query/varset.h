/* query/varset.h: sets of variables as bit strings.
 *
 * Every set of one algebra has the same number of words, fixed once its variables are known. Holds inline
 * functions only; does not own memory: the words live in the arena of the algebra or plan.
 */
#ifndef KG_QUERY_VARSET_H
#define KG_QUERY_VARSET_H

#include "query/ast.h"

typedef uint64_t *kg_varset;

static inline bool kg_set_has(const uint64_t *set, kg_var v) {
  return (set[v / 64] >> (v % 64) & 1) != 0;
}
static inline void kg_set_add(uint64_t *set, kg_var v) {
  set[v / 64] |= (uint64_t)1 << (v % 64);
}
static inline void kg_set_remove(uint64_t *set, kg_var v) {
  set[v / 64] &= ~((uint64_t)1 << (v % 64));
}
static inline void kg_set_or(uint64_t *set, const uint64_t *other, uint32_t words) {
  for (uint32_t i = 0; i < words; i++) {
    set[i] |= other[i];
  }
}
static inline void kg_set_and(uint64_t *set, const uint64_t *other, uint32_t words) {
  for (uint32_t i = 0; i < words; i++) {
    set[i] &= other[i];
  }
}
static inline bool kg_set_meets(const uint64_t *a, const uint64_t *b, uint32_t words) {
  for (uint32_t i = 0; i < words; i++) {
    if ((a[i] & b[i]) != 0) {
      return true;
    }
  }
  return false;
}
/* Is a & b part of c? The test behind moving a filter over `a` past something that binds `b`. */
static inline bool kg_set_common_in(const uint64_t *a, const uint64_t *b, const uint64_t *c, uint32_t words) {
  for (uint32_t i = 0; i < words; i++) {
    if ((a[i] & b[i] & ~c[i]) != 0) {
      return false;
    }
  }
  return true;
}
static inline bool kg_set_inside(const uint64_t *a, const uint64_t *b, uint32_t words) {
  return kg_set_common_in(a, a, b, words);
}
static inline bool kg_set_empty(const uint64_t *a, uint32_t words) {
  for (uint32_t i = 0; i < words; i++) {
    if (a[i] != 0) {
      return false;
    }
  }
  return true;
}

#endif
