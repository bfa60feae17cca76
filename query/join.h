/* query/join.h: what joins have in common: which columns go together, and how two rows become one.
 *
 * A left row comes from a batch, a right row from kg_rows. Two solutions are compatible when no variable that
 * both bind has two values (SPARQL 18.3); a variable that only one binds gets that value.
 */
#ifndef KG_QUERY_JOIN_H
#define KG_QUERY_JOIN_H

#include "query/ops.h"

typedef struct kg_join_layout {
  kg_var *vars; /* of the result */
  uint32_t count;
  uint32_t *left, *right; /* for each result column, the column of either side; UINT32_MAX: none */
  /* Columns that both sides have: those bound for certain on both sides are keys, compared as numbers. */
  uint32_t *key_left, *key_right;
  uint32_t key_count;
  uint32_t *loose_left, *loose_right;
  uint32_t loose_count;
  kg_var *key_vars, *loose_vars;
} kg_join_layout;

/* right_columns false: the result has the left side's columns only (semi and anti joins). needed NULL: all.
 */
kgq_status kg_join_layout_make(kg_run *run, const kg_op *left, const kg_var *right_vars, uint32_t right_count,
                               const uint64_t *right_certain, const uint64_t *needed, bool right_columns,
                               kg_join_layout *out, kgq_error **err);
/* Keys, if any, are known to be equal. */
bool kg_join_compatible(const kg_join_layout *l, const kg_batch *left, uint32_t row, const kg_id *right);
bool kg_join_keys_equal(const kg_join_layout *l, const kg_batch *left, uint32_t row, const kg_id *right);
/* Appends the joined row; right NULL: its columns are unbound. */
void kg_join_emit(const kg_join_layout *l, kg_batch *out, const kg_batch *left, uint32_t row,
                  const kg_id *right);
/* Variables certain in the result. */
kgq_status kg_join_certain(kg_op *op, const uint64_t *left, const uint64_t *right, kgq_error **err);

#endif
