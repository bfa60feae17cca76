/* query/op.h: operators: what a plan is made of.
 *
 * An operator gives batches of rows over its variables. Its life: made by plan*.c with its children; opened
 * once; then, as often as wanted, reset and drained; closed. Reset takes the values that come from outside
 * (its frame) as they are then. What is common to all is in op.c: deadline and interrupt at each batch,
 * counting of rows, closing.
 *
 * Ownership: operators live in the arena of their run; what they allocate besides goes at close. One thread.
 */
#ifndef KG_QUERY_OP_H
#define KG_QUERY_OP_H

#include "query/algebra.h"
#include "query/expr.h"
#include "query/narrow.h"
#include "query/quads.h"
#include "query/rewrite.h"
#include "query/rows.h"

typedef struct kg_plan_options {
  uint32_t off;
  uint32_t batch_rows; /* 1 .. KG_BATCH_ROWS */
} kg_plan_options;

/* Variables whose value comes from outside the plan: parameters, the row an EXISTS is asked for, the graph of
 * a loop. */
typedef struct kg_frame {
  kg_id *values;         /* by variable */
  const uint64_t *given; /* which of them hold */
  bool context;          /* the row of an EXISTS has some value, which all solutions of its pattern share */
} kg_frame;

typedef struct kg_op kg_op;
typedef struct kg_run kg_run;

/* One execution of a statement. */
struct kg_run {
  kgq_conn *conn;
  kg_snap *snap;
  kg_terms *terms;
  kg_cancel *cancel;
  const kgq_allocator *allocator; /* counts the budget */
  kg_arena *arena;                /* of the plan */
  kg_algebra *algebra;
  kg_source default_source, named_source, term_source;
  kg_plan_options options;
  bool analyze; /* measure times */
  kg_date now;
  kgq_str base;
  kg_op *ops;                 /* all, newest first: for closing */
  uint64_t exists_count;      /* evaluations, for explain */
  const uint64_t *parameters; /* variables that have a value for the whole statement */
  const kg_node *unknown;     /* first constant of a pattern that the database does not have; for hints */
  double cross_rows;          /* of the largest cross product in the plan; for hints */
  bool trial, trial_over;     /* a plan may be stopped without an error; it was: see op_trial.c */
  uint64_t trial_work;        /* what it may still do: rows moved, look-ups */
  uint32_t first_rows;        /* of the first batch of operators made now; 0: as many as fit */
  /* Plans the pattern of an EXISTS: the one call from operators back to plan.c. */
  kgq_status (*plan)(kg_run *run, const kg_frame *frame, kg_alg *alg, kg_op **out, kgq_error **err);
};

/* A look-up, and the conditions of a filter for a row, in rows moved. */
#define KG_WORK_LOOK_UP 32
#define KG_WORK_FILTER  16

typedef struct kg_op_class {
  const char *name;
  kgq_status (*open)(kg_op *op, kgq_error **err); /* once, before anything else; NULL: nothing to do */
  kgq_status (*reset)(kg_op *op,
                      kgq_error **err); /* to before the first row; resets children that it reads at once */
  kgq_status (*next)(kg_op *op, kgq_error **err); /* sets op->out; row_count 0: the end */
  void (*close)(kg_op *op);                       /* frees; NULL: nothing to do */
  kgq_status (*explain)(const kg_op *op, kg_buf *out,
                        kgq_error **err); /* " what it does"; NULL: nothing to say */
  /* Rows below `id` in the sort column are not wanted; a hint. NULL: not possible. */
  kgq_status (*seek)(kg_op *op, kg_id id, kgq_error **err);
  /* Until the next reset only rows whose v, a certain column, `wanted` holds are wanted: a hint, given before
   * the first row. Its memory stays until then. False: nothing can be done with it. wanted NULL: only asks.
   * Whatever lies between gives rows that are not wanted as it likes, right or wrong. NULL: not possible. */
  bool (*narrow)(kg_op *op, kg_var v, const kg_narrow *wanted);
} kg_op_class;

struct kg_op {
  const kg_op_class *type;
  kg_run *run;
  const kg_frame *frame;
  const kg_var *vars; /* of the columns */
  uint32_t var_count;
  const uint64_t *certain; /* variables bound in each row */
  kg_var sorted_by;        /* ids of that column rise; KG_NO_VAR: nothing is said */
  kg_op **children;
  uint32_t child_count;
  kg_batch *out; /* the batch given last: the receiver may change it until the next call */
  kg_batch own;
  double estimate, cost; /* rows; work in units of a row read, with that of the children */
  double startup;        /* the part of the cost that comes before the first row */
  double wanted;         /* rows that the plan was made for, where not all; else 0 */
  /* Where only the first rows are wanted, batches begin with so many rows and grow; 0: they are always full.
   */
  uint32_t first_rows, rows_now;
  uint64_t rows, batches, resets, time_ns; /* measured; time with that of the children */
  kgq_allocator memory;                    /* for what it holds of rows: counts, and takes from the run's */
  size_t bytes, bytes_peak;                /* taken from it */
  uint64_t spilled_bytes;                  /* written to temporary files */
  kg_op *next_of_run;
};

/* A zeroed operator of `bytes` with its children noted; columns are set by the caller. NULL: no memory. */
kg_op *kg_op_new(kg_run *run, const kg_frame *frame, const kg_op_class *type, size_t bytes,
                 uint32_t child_count, kgq_error **err);
/* Arrays for `count` columns; certain is empty. */
kgq_status kg_op_columns(kg_op *op, const kg_var *vars, uint32_t count, kgq_error **err);
kgq_status kg_op_certain(kg_op *op, const uint64_t *certain, kgq_error **err); /* copies */
kgq_status kg_op_own_batch(kg_op *op, kgq_error **err);                        /* of var_count columns */
uint32_t kg_op_column(const kg_op *op, kg_var v);                              /* UINT32_MAX: none */
uint64_t *kg_run_set(const kg_run *run, kgq_error **err); /* an empty set; NULL: no memory */

kgq_status kg_op_open_all(kg_run *run, kg_op *from, kgq_error **err); /* those made since `from` */
kgq_status kg_op_reset(kg_op *op, kgq_error **err);
kgq_status kg_op_next(kg_op *op, kg_batch **out, kgq_error **err);
kgq_status kg_op_seek(kg_op *op, kg_id id, kgq_error **err);
bool kg_op_narrow(kg_op *op, kg_var v, const kg_narrow *wanted);
/* `narrow` of an operator each of whose rows has all columns of one row of its first child. */
bool kg_op_narrow_first(kg_op *op, kg_var v, const kg_narrow *wanted);
void kg_run_close(kg_run *run); /* all operators */
/* `value` into a whole column. */
void kg_fill(kg_id *column, kg_id value, uint32_t count);
static inline uint32_t kg_run_rows(const kg_run *run) {
  return run->options.batch_rows;
}
static inline bool kg_run_off(const kg_run *run, uint32_t bit) {
  return (run->options.off & bit) != 0;
}
/* Work that a trial may not do without end. */
static inline void kg_run_work(kg_run *run, uint64_t work) {
  if (run->trial) {
    run->trial_work -= work < run->trial_work ? work : run->trial_work;
  }
}
static inline bool kg_frame_gives(const kg_frame *frame, kg_var v) {
  return v != KG_NO_VAR && kg_set_has(frame->given, v);
}

#endif
