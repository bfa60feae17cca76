/* query/expr.h: expressions over batches of ids: compiled once, evaluated a batch at a time.
 *
 * The front of value.c, expr_*.c and functions_*.c. Errors of SPARQL expressions (17.2) are values here:
 * KG_ID_NONE, or "not true" for filters; a kgq_status says only that the work cannot go on. Does not know
 * operators: EXISTS goes through a function that the planner gives.
 *
 * Ownership: a compiled expression lives in the arena given, and is valid for the snapshot its terms are
 * from: after kg_terms_move compile again. One thread.
 */
#ifndef KG_QUERY_EXPR_H
#define KG_QUERY_EXPR_H

#include "core/cancel.h"
#include "query/ast.h"
#include "query/batch.h"
#include "query/terms.h"

typedef struct kg_cexpr kg_cexpr; /* a compiled expression */

/* Is there a solution of `pattern` compatible with row `row` of `batch`? */
typedef kgq_status (*kg_exists_fn)(void *arg, const kg_pattern *pattern, const kg_batch *batch, uint32_t row,
                                   bool *out, kgq_error **err);

typedef struct kg_expr_env {
  const kg_ast *ast;
  kg_terms *terms;
  kg_cancel *cancel;
  kg_arena *arena;            /* for compiled code; statement's lifetime */
  const uint32_t *var_column; /* var -> column of the input batch, UINT32_MAX: not there (unbound) */
  uint32_t var_count;
  kgq_str base;
  kg_exists_fn exists;
  void *exists_arg;
  kg_date now;   /* NOW(): one for the whole request */
  void **shared; /* one slot for all expressions of a statement, NULL at first: lets BNODE("x") give one
                    node within a solution. What it points to is in `arena`. May be NULL itself, then each
                    expression is on its own */
} kg_expr_env;

/* The expression may not hold aggregates (the planner replaced them by variables). */
kgq_status kg_expr_compile(const kg_expr *expr, const kg_expr_env *env, kg_cexpr **out, kgq_error **err);
/* out[row] = id of the value, KG_ID_NONE on error or unbound. */
kgq_status kg_expr_eval(kg_cexpr *e, const kg_batch *batch, kg_id *out, kgq_error **err);
/* Row numbers whose effective boolean value is true, in order, into keep; *count of them. */
kgq_status kg_expr_filter(kg_cexpr *e, const kg_batch *batch, uint16_t *keep, uint32_t *count,
                          kgq_error **err);

/* SPARQL 15.1: unbound, blank nodes, IRIs, literals (numbers, dates, quantities by value), triple terms.
 * Total and stable: ids that it finds equal are ordered by term. */
kgq_status kg_expr_order(kg_terms *terms, kg_id a, kg_id b, int *out, kgq_error **err);

/* ---- aggregates --------------------------------------------------------------------------------- */

typedef struct kg_agg kg_agg; /* one aggregate's definition: shared by all groups */
typedef struct kg_agg_state kg_agg_state;

/* `call` is of kind KG_EXPR_AGGREGATE; its argument is evaluated by the operator, which passes ids. */
kgq_status kg_agg_compile(const kg_expr *call, const kg_expr_env *env, kg_agg **out, kgq_error **err);
size_t kg_agg_state_bytes(const kg_agg *agg);
bool kg_agg_is_plain(
    const kg_agg *agg); /* its states own no memory and begin as zeroes: no kg_agg_start, no kg_agg_end */
void kg_agg_start(const kg_agg *agg, kg_agg_state *state);
/* What states take comes from there; before the first is started. */
void kg_agg_use_memory(kg_agg *agg, const kgq_allocator *a);
/* DISTINCT: the caller gives each value, or solution, once, and `times` 1. */
bool kg_agg_is_distinct(const kg_agg *agg);
/* value NONE: the argument was an error or unbound. COUNT(*): any value. */
kgq_status kg_agg_add(const kg_agg *agg, kg_agg_state *state, kg_id value, uint64_t times, kgq_error **err);
kgq_status kg_agg_result(const kg_agg *agg, kg_agg_state *state, kg_id *out,
                         kgq_error **err);               /* NONE: error */
void kg_agg_end(const kg_agg *agg, kg_agg_state *state); /* frees what the state took */

#endif
