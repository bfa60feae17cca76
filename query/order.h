/* query/order.h: in which order, and how, the parts of a join are put together.
 *
 * Takes what is known of the inputs and gives a tree of steps; builds no operators. Up to KG_PLAN_DP_INPUTS
 * inputs the search is complete (dynamic programming, with the order of rows as a property); beyond, greedy.
 */
#ifndef KG_QUERY_ORDER_H
#define KG_QUERY_ORDER_H

#include "query/estimate.h"

typedef enum {
  KG_INPUT_LEAF, /* a pattern: can be scanned in some orders, or looked up */
  KG_INPUT_PATH, /* can run alone, or for rows that bind an end */
  KG_INPUT_TEST, /* kgq:matches: alone, or as a test of rows that bind the subject */
  KG_INPUT_OP    /* a finished operator */
} kg_input_kind;

typedef struct kg_input {
  kg_input_kind kind;
  kg_alg *alg; /* PATH, TEST; OP: what it is a plan of, or NULL */
  kg_leaf leaf;
  kg_op *op;
  double rows, cost, startup; /* startup: of the cost, before the first row */
  uint32_t var_count;
  kg_var *vars; /* that may be bound here; those of the frame left out */
  double *distinct;
  uint64_t *bound, *certain; /* the same as sets */
  kg_var orders[4];          /* LEAF: variables that it can be scanned in the order of */
  uint32_t order_count;
} kg_input;

typedef enum {
  KG_STEP_INPUT,
  KG_STEP_INDEX,
  KG_STEP_ALONG,
  KG_STEP_HASH,
  KG_STEP_MERGE,
  KG_STEP_CROSS
} kg_step_kind;

typedef struct kg_step {
  kg_step_kind kind;
  const struct kg_step *left, *right; /* INDEX and ALONG: right is a step INPUT, not run by itself */
  uint32_t input;
  kg_var sorted_by;
  double rows, cost, startup;
  double score;      /* the cost of as many rows as are wanted, as the search saw it */
  uint64_t *members; /* inputs below, as a bit string */
} kg_step;

typedef struct kg_edge { /* a condition ?a = ?b on the join */
  kg_var a, b;
} kg_edge;

/* What will be read of a result: at most so many rows, and at most that part of them. */
typedef struct kg_goal {
  double rows, part;
} kg_goal;

/* *whole is the plan that makes all rows soonest. *out is the same, or, where not all will be read, one whose
 * first rows come sooner. */
kgq_status kg_order_join(kg_run *run, const kg_input *inputs, uint32_t count, const kg_edge *edges,
                         uint32_t edge_count, const kg_goal *goal, const kg_step **whole, const kg_step **out,
                         kgq_error **err);
/* The part of `rows` that will be read. */
double kg_order_part(const kg_goal *goal, double rows);
/* What it costs to read that part of the rows. */
double kg_order_score(double startup, double cost, double part);

#endif
