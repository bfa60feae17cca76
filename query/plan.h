/* query/plan.h: algebra to operators.
 *
 * plan.c turns each kind of node into its operator, plan_join.c puts joins together in the order that order.c
 * found, plan_pair.c decides how OPTIONAL, MINUS and EXISTS meet their left side. Every node is told which
 * variables are wanted above it, so that columns nobody reads are not carried along.
 *
 * Ownership: operators and all that planning needs live in the arena of the run.
 */
#ifndef KG_QUERY_PLAN_H
#define KG_QUERY_PLAN_H

#include "query/ops.h"

typedef struct kg_planner kg_planner;
typedef kgq_status (*kg_plan_node_fn)(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                                      kgq_error **err);

#define KG_ALL_ROWS 1e300
/* How many times the rows that a goal asks for a plan should expect to make: estimates are rough. */
#define KG_GOAL_MARGIN 8.0

struct kg_planner {
  kg_run *run;
  const kg_frame *frame;
  uint32_t words;
  kg_seed *seed; /* keys to be joined into the node planned next, which takes it; NULL: none */
  uint64_t most; /* rows wanted of the node planned next, if it is ordered; UINT64_MAX: all */
  /* Rows that are probably read of the node planned next; KG_ALL_ROWS: all. What plans it leaves it as it is.
   */
  double goal;
  double values;        /* so many different rows; KG_ALL_ROWS: not asked for */
  unsigned pair_depth;  /* right sides that we are inside of */
  kg_plan_node_fn node; /* plan.c: the one call back up */
};

/* The plan of a whole query, of which `goal` rows are wanted (KG_ALL_ROWS: all); its operators are open. */
kgq_status kg_plan(kg_run *run, const kg_frame *frame, kg_alg *root, double goal, kg_op **out,
                   kgq_error **err);
/* The plan of a pattern of which only matters whether it has a solution. */
kgq_status kg_plan_exists(kg_run *run, const kg_frame *frame, kg_alg *alg, kg_op **out, kgq_error **err);

/* ---- for plan*.c -------------------------------------------------------------------------------- */

/* plan_set.c. Plans the node as one of which all rows are read. */
kgq_status kg_plan_all(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out, kgq_error **err);
/* So many of `rows` have to be read for the goal, with its margin. */
double kg_plan_rows_read(const kg_planner *p, double rows);
/* A set with what is in `a` and, if not NULL, `b`; NULL: no memory. */
uint64_t *kg_plan_union(const kg_planner *p, const uint64_t *a, const uint64_t *b, kgq_error **err);
void kg_plan_expr_vars(const kg_planner *p, const kg_expr *const *exprs, uint32_t count, uint64_t *set);
/* Each group of an EXISTS begins with the values of its row (18.2.2.6): a branch of UNION or an OPTIONAL that
 * leaves such a variable unbound leaves it that value. Without, a join above would take it for free. */
kgq_status kg_plan_fill_given(const kg_planner *p, kg_op **op, kgq_error **err);
/* Is it ?a = ?b? */
bool kg_plan_is_equality(const kg_expr *expr, kg_var *a, kg_var *b);
/* The pairs of `exprs` (those not in `skip`, if given) of which one side binds one each for certain, into
 * spec.
 */
kgq_status kg_plan_equal_pairs(const kg_planner *p, const kg_op *left, const kg_op *right,
                               const kg_expr *const *exprs, const bool *skip, uint32_t count,
                               kg_join_spec *spec, kgq_error **err);
/* JOIN or anything else as a join of one, with filters that hold of the result. */
kgq_status kg_plan_join(kg_planner *p, kg_alg *alg, const kg_expr *const *exprs, uint32_t expr_count,
                        const uint64_t *needed, kg_op **out, kgq_error **err);
/* plan_count.c. DISTINCT of one variable of a pattern in its order; *out NULL: not that. */
kgq_status kg_plan_distinct_values(kg_planner *p, const kg_alg *distinct, kg_op **out, kgq_error **err);
/* *group becomes a copy whose aggregates read less; its whole plan in *out where it is that of one pattern.
 */
kgq_status kg_plan_group_start(kg_planner *p, kg_alg **group, uint64_t *wanted, kg_op **out, kgq_error **err);
/* *child, the plan of what is below `group`, becomes another with fewer rows where that is cheaper. */
kgq_status kg_plan_count_first(kg_planner *p, const kg_alg *group, const uint64_t *wanted, kg_op **child,
                               kg_weights *weights, kgq_error **err);
/* Can keys be joined into `alg` instead of with it? */
bool kg_plan_seedable(const kg_alg *alg, const kg_seed *seed);
kgq_status kg_plan_left_join(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out,
                             kgq_error **err);
kgq_status kg_plan_minus(kg_planner *p, kg_alg *alg, const uint64_t *needed, kg_op **out, kgq_error **err);
/* FILTER EXISTS as semi join, FILTER NOT EXISTS as anti join; *out NULL: not provably the same, plan it as a
 * filter. */
kgq_status kg_plan_semi_join(kg_planner *p, kg_op *left, const uint64_t *outer_bound, const kg_expr *expr,
                             kg_op **out, kgq_error **err);
bool kg_plan_can_semi_join(const kg_planner *p, const uint64_t *bound, const uint64_t *certain,
                           const kg_expr *expr);

#endif
