/* query/ops.h: making each operator. One function an operator; what it does is at the top of its file.
 *
 * `frame` is what comes from outside; children are finished operators. All return KGQ_NOMEM or pass on what
 * compiling an expression says.
 */
#ifndef KG_QUERY_OPS_H
#define KG_QUERY_OPS_H

#include "query/estimate.h"

/* Rows handed from one operator to a plan below it: the keys for which it wants matches. */
typedef struct kg_seed {
  kg_var *vars;
  uint32_t var_count;
  kg_rows rows;
  double expected; /* rows, for estimates */
} kg_seed;

typedef enum { KG_JOIN_INNER, KG_JOIN_LEFT, KG_JOIN_SEMI, KG_JOIN_ANTI, KG_JOIN_MINUS } kg_join_kind;

/* What every join is told. */
typedef struct kg_join_spec {
  kg_join_kind kind;
  const kg_expr **exprs; /* LEFT: conditions on the joined row */
  uint32_t expr_count;
  kg_var except;          /* MINUS: does not count as common variable; KG_NO_VAR: none */
  const uint64_t *needed; /* variables wanted in the result */
  kg_seed *seed;          /* fed with the keys of the left rows before the right side is reset; NULL: no */
  /* Pairs ?l = ?r among the conditions on the result, left and right: they choose candidates, the condition
   * decides. */
  const kg_var *equal_left, *equal_right;
  uint32_t equal_count;
  bool alone; /* LEFT: only rows without a partner are wanted */
} kg_join_spec;

/* What an expression reads its values from, compiled for a list of columns (eval.c). */
typedef struct kg_eval kg_eval;
kgq_status kg_eval_make(kg_run *run, const kg_frame *frame, const kg_var *vars, uint32_t var_count,
                        const kg_expr *expr, kg_eval **out, kgq_error **err);
/* The same over the rows that `below` was evaluated for, row by row: BNODE("x") gives one node in both
 * (17.4.2.9). below NULL: none. */
kgq_status kg_eval_make_above(kg_run *run, const kg_frame *frame, const kg_var *vars, uint32_t var_count,
                              const kg_expr *expr, const kg_eval *below, kg_eval **out, kgq_error **err);
kgq_status kg_eval_values(kg_eval *e, const kg_batch *batch, kg_id *out, kgq_error **err);
kgq_status kg_eval_keep(kg_eval *e, const kg_batch *batch, uint16_t *keep, uint32_t *count, kgq_error **err);
/* Several conditions: all must hold; batch is compacted, and `along` with it if not NULL. */
kgq_status kg_eval_filter(kg_eval **evals, uint32_t eval_count, kg_batch *batch, uint16_t *along,
                          kgq_error **err);
/* Rows keep[0] < keep[1] ... to the front. */
void kg_batch_keep(kg_batch *batch, const uint16_t *keep, uint32_t count);

kgq_status kg_make_scan(kg_run *run, const kg_frame *frame, const kg_leaf *leaf, const uint64_t *needed,
                        kg_var sorted_by, kg_op **out, kgq_error **err);
/* No rows, but these columns. */
kgq_status kg_make_empty(kg_run *run, const kg_frame *frame, const kg_var *vars, uint32_t var_count,
                         kg_op **out, kgq_error **err);
kgq_status kg_make_unit(kg_run *run, const kg_frame *frame, kg_op **out, kgq_error **err);
kgq_status kg_make_values(kg_run *run, const kg_frame *frame, const kg_values *values, kg_op **out,
                          kgq_error **err);
kgq_status kg_make_seed(kg_run *run, const kg_frame *frame, kg_seed *seed, kg_op **out, kgq_error **err);
kgq_status kg_make_filter(kg_run *run, const kg_frame *frame, kg_op *child, const kg_expr *const *exprs,
                          uint32_t count, kg_op **out, kgq_error **err);
kgq_status kg_make_extend(kg_run *run, const kg_frame *frame, kg_op *child, kg_var var, const kg_expr *expr,
                          kg_op **out, kgq_error **err);
/* var gets the value of `from`; from == var and given by the frame: the frame's value. */
kgq_status kg_make_same(kg_run *run, const kg_frame *frame, kg_op *child, kg_var var, kg_var from,
                        kg_op **out, kgq_error **err);
kgq_status kg_make_project(kg_run *run, const kg_frame *frame, kg_op *child, const kg_var *vars,
                           uint32_t count, kg_op **out, kgq_error **err);
kgq_status kg_make_distinct(kg_run *run, const kg_frame *frame, kg_op *child, bool reduced, kg_op **out,
                            kgq_error **err);
kgq_status kg_make_union(kg_run *run, const kg_frame *frame, kg_op **children, uint32_t count, kg_op **out,
                         kgq_error **err);
kgq_status kg_make_slice(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, kg_op **out,
                         kgq_error **err);
/* most: rows wanted from the front; UINT64_MAX: all. */
kgq_status kg_make_sort(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, uint64_t most,
                        kg_op **out, kgq_error **err);
kgq_status kg_make_group(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, kg_op **out,
                         kgq_error **err);
/* Variables of the child of a group whose product says how many solutions a row stands for. */
typedef struct kg_weights {
  kg_var *vars;
  uint32_t count;
} kg_weights;
kgq_status kg_group_weigh(kg_op *group, const kg_weights *weights, kgq_error **err);
/* COUNT(*) of one pattern from block headers; NULL in *out: it has to be counted. */
kgq_status kg_make_count(kg_run *run, const kg_frame *frame, const kg_leaf *leaf, kg_var var, kg_op **out,
                         kgq_error **err);
/* Each value of `var` in the pattern once and, unless it is KG_NO_VAR, in `count` its number of rows. */
kgq_status kg_make_runs(kg_run *run, const kg_frame *frame, const kg_leaf *leaf, kg_var var, kg_var count,
                        const kg_estimate *e, kg_op **out, kgq_error **err);
kgq_status kg_make_hash_join(kg_run *run, const kg_frame *frame, kg_op *left, kg_op *right,
                             const kg_join_spec *spec, kg_op **out, kgq_error **err);
/* `quick` until `rows` rows, or its end; if that takes more than `work` (op.h), `whole` instead.
 * Both have the same variables and no operator in common that has children. */
kgq_status kg_make_trial(kg_run *run, const kg_frame *frame, kg_op *quick, kg_op *whole, uint64_t rows,
                         uint64_t work, kg_op **out, kgq_error **err);
kgq_status kg_make_cross(kg_run *run, const kg_frame *frame, kg_op *left, kg_op *right,
                         const uint64_t *needed, kg_op **out, kgq_error **err);
/* Both sides sorted by `key`, which is certain in both. */
kgq_status kg_make_merge_join(kg_run *run, const kg_frame *frame, kg_op *left, kg_op *right, kg_var key,
                              const uint64_t *needed, kg_op **out, kgq_error **err);
/* INNER, LEFT, SEMI or ANTI with a pattern looked up for each row; common variables are certain on the left.
 */
kgq_status kg_make_index_join(kg_run *run, const kg_frame *frame, kg_op *left, const kg_leaf *leaf,
                              const kg_join_spec *spec, kg_op **out, kgq_error **err);
/* Patterns joined variable by variable, in the order of `vars` (op_leapfrog.c). */
typedef struct kg_leapfrog_spec {
  const kg_leaf *const *leaves;
  uint32_t leaf_count;
  const kg_var *vars;
  uint32_t var_count;
} kg_leapfrog_spec;
kgq_status kg_make_leapfrog(kg_run *run, const kg_frame *frame, const kg_leapfrog_spec *spec,
                            const uint64_t *needed, kg_op **out, kgq_error **err);
/* What a pattern does at the level of the last of `count` variables, those before being bound: nothing; give
 * its values in order, with another variable still open; or with none. A pattern that cannot do the last
 * forbids that order. */
typedef enum {
  KG_LEAPFROG_ABSENT,
  KG_LEAPFROG_OPENS,
  KG_LEAPFROG_CLOSES,
  KG_LEAPFROG_IMPOSSIBLE
} kg_leapfrog_part;
kg_leapfrog_part kg_leapfrog_part_of(const kg_frame *frame, const kg_leaf *leaf, const kg_var *vars,
                                     uint32_t count, kg_quads_spec *spec, uint32_t level_of[4]);
/* Does a pattern keep its lists at that level, since their keys come again? */
bool kg_leapfrog_keeps(const uint32_t level_of[4], uint32_t depth);
/* child NULL: alone; else for the rows of child, which binds at least one end for certain. */
kgq_status kg_make_path(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, kg_op **out,
                        kgq_error **err);
kgq_status kg_make_matches(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, kg_op **out,
                           kgq_error **err);
kgq_status kg_make_graphs(kg_run *run, const kg_frame *frame, const kg_scope *scope, kg_op **out,
                          kgq_error **err);
/* `inner` is the frame that child was planned with: it gives `graph`. */
kgq_status kg_make_graph(kg_run *run, const kg_frame *frame, const kg_frame *inner, kg_op *child,
                         kg_var graph, kg_op **out, kgq_error **err);

/* Are there named graphs to loop over? Calls `fn` for those of the dataset, in id order (op_graph.c). */
kgq_status kg_each_named_graph(kg_run *run, kg_rows *out, kgq_error **err);

#endif
