/* query/rewrite.h: changes of the algebra that keep its answers and make plans cheaper.
 *
 * The tree as translated is left alone: changed nodes are copies, so that the same statement can be planned
 * with other rewrites. Each rule has its condition beside it; rewrite_filter.c moves filters, rewrite.c the
 * rest.
 */
#ifndef KG_QUERY_REWRITE_H
#define KG_QUERY_REWRITE_H

#include "query/algebra.h"

/* Rewrites and join algorithms that can be switched off, for tests that compare plans. */
enum {
  KG_OFF_PUSH_FILTERS = 1u << 0,
  KG_OFF_EQUAL_CONSTANT = 1u << 1,
  KG_OFF_FLATTEN = 1u << 2,
  KG_OFF_REQUIRED_FIRST = 1u << 3,
  KG_OFF_TOP_K = 1u << 4,
  KG_OFF_HEADER_COUNTS = 1u << 5,
  KG_OFF_SEMI_JOIN = 1u << 6,
  KG_OFF_INDEX_JOIN = 1u << 8,
  KG_OFF_MERGE_JOIN = 1u << 9,
  KG_OFF_HASH_JOIN = 1u << 10, /* where another one is possible */
  KG_OFF_SEEDS = 1u << 11,
  KG_OFF_PRUNE = 1u << 12,
  KG_OFF_EQUAL_KEYS = 1u << 13,  /* ?a = ?b chooses no candidates */
  KG_OFF_REORDER = 1u << 14,     /* patterns are joined as written */
  KG_OFF_SORT_MEMORY = 1u << 20, /* sorts, groups and sets keep few rows in memory */
  KG_OFF_LEAPFROG = 1u << 21,
  KG_OFF_REACH = 1u << 24,       /* repeated paths keep no steps and begin at one end */
  KG_OFF_RANGES = 1u << 23,      /* conditions narrow no scan */
  KG_OFF_PAIRWISE = 1u << 22,    /* cycles are joined by leapfrog even where two at a time are cheaper */
  KG_OFF_COUNT_FIRST = 1u << 15, /* values are counted behind the join */
  KG_OFF_SIDEWAYS = 1u << 17,    /* hash joins narrow no scan */
  KG_OFF_GOAL = 1u << 18,        /* plans are made for all rows, even where few are wanted */
  KG_OFF_TRIAL = 1u << 7,        /* a plan for the first rows has no other one behind it */
  KG_OFF_ALL_ROWS = 1u << 19,    /* they are made for the first row, even where all are wanted */
  KG_OFF_COUNT_LATE = 1u << 16   /* they are counted before it even where that is dearer */
};

/* Sets a->planned and the `planned` of each EXISTS pattern; keeps them when `off` is that of the last time.
 */
kgq_status kg_rewrite(kg_algebra *a, uint32_t off, kgq_error **err);

/* ---- between rewrite*.c ------------------------------------------------------------------------- */

/* Conditions that hold of the result of `alg`, moved down as far as they keep their meaning; those that
 * cannot move, or are no cheaper below, stay in a filter on top. The children of `alg` are rewritten already.
 */
kgq_status kg_rewrite_filter(kg_algebra *a, uint32_t off, kg_alg *alg, const kg_expr *const *exprs,
                             uint32_t count, kg_alg **out, kgq_error **err);

/* rewrite_union.c. A join with one UNION as a UNION of joins, where that lets the branches begin with what is
 * asked for; else *out is `join`. */
kgq_status kg_rewrite_distribute(kg_algebra *a, uint32_t off, kg_alg *join, kg_alg **out, kgq_error **err);

/* The conditions of a LEFT_JOIN one by one (A && B holds where A holds and B holds), those that are about the
 * right side alone moved into it. */
kgq_status kg_rewrite_optional(kg_algebra *a, uint32_t off, kg_alg *alg, kgq_error **err);

#endif
