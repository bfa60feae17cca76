/* query/calc.h: what compiled expressions and functions share: the tree, and the state of one evaluation.
 *
 * Made by expr.c, run by expr_eval.c, which calls functions through functions.h. Operators see expr.h only.
 *
 * Ownership: everything is in the arena of the statement. Texts made while one row is computed are in
 * `scratch`, which is emptied before the next row.
 */
#ifndef KG_QUERY_CALC_H
#define KG_QUERY_CALC_H

#include "query/expr.h"
#include "query/pool.h"
#include "query/value.h"

struct kg_regex_cache;
struct kg_mentions;

typedef struct kg_calc {
  kg_expr_env env;
  kg_pool pool; /* all memory below comes from it */
  kg_arena scratch;
  kg_buf buf;                     /* a text being built; emptied by whoever begins one */
  struct kg_regex_cache *regexes; /* NULL until the first regular expression */
  struct kg_mentions *mentions;   /* of the text asked about last; NULL until then (functions_names.c) */
  const kg_batch *batch;
  uint32_t row;
  uint64_t bnode_generation; /* see functions_term.c */
  void *own_shared;          /* where env.shared is NULL */
  kg_cexpr **hoisted; /* EXISTS below operators that hold values: answered before the row is computed */
  size_t hoisted_count, hoisted_capacity;
} kg_calc;

/* One call. Arguments have values; out is NONE at first and stays so for an error of the expression. The
 * status is for what ends the whole work. */
typedef kgq_status (*kg_function_fn)(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out,
                                     kgq_error **err);

/* Most arguments of a function that is called with an array of them; CONCAT and the lazy ones take any
 * number. */
#define KG_ARGS_MAX 4

typedef struct kg_memo_entry {
  kg_id keys[2];
  kg_id result; /* an id, or a truth + 2 */
  bool used;
} kg_memo_entry;
#define KG_MEMO_ENTRIES 512u

struct kg_cexpr {
  kg_expr_kind kind;
  kg_function function; /* CALL */
  kg_function_fn call;  /* CALL, arithmetic, TRIPLE; NULL: lazy */
  kg_cexpr **args;
  uint32_t arg_count;
  uint32_t column;           /* VAR; UINT32_MAX: never bound */
  kg_value value;            /* TERM: with id and term, which outlive batches */
  const kg_pattern *pattern; /* EXISTS, NOT EXISTS */
  kg_calc *ev;
  /* what it depends on */
  uint32_t columns[2];   /* the first two columns it reads */
  uint32_t column_count; /* UINT32_MAX: more than two, or it looks at the whole row */
  bool pure;             /* the same ids always give the same result */
  bool costly;           /* worth a memo */
  bool names_bnodes;     /* holds BNODE("x") */
  bool runs_patterns;    /* holds EXISTS */
  bool is_hoisted;       /* EXISTS: its answer is in `answer` */
  int answer;
  kg_memo_entry *memo; /* KG_MEMO_ENTRIES, by the ids of `columns`; NULL until used */
};

/* The value of e in row ev->row. Errors of the expression are NONE. */
kgq_status kg_calc_value(kg_calc *ev, const kg_cexpr *e, kg_value *out, kgq_error **err);
/* Its effective boolean value: 1, 0, -1 for an error. */
kgq_status kg_calc_truth(kg_calc *ev, const kg_cexpr *e, int *out, kgq_error **err);

#endif
