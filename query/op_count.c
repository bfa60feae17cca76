/* query/op_count.c: COUNT(*) of one pattern from the headers of its blocks, without reading rows. One row,
 * one column. */
#include <stdio.h>

#include "graph/vocab.h"
#include "query/ops.h"

typedef struct count_op {
  kg_op op;
  kg_leaf leaf;
  bool given;
} count_op;

static kgq_status count_reset(kg_op *op, kgq_error **err) {
  (void)err;
  ((count_op *)op)->given = false;
  return KGQ_OK;
}

static kgq_status intern_count(kg_terms *terms, uint64_t rows, kg_id *out, kgq_error **err) {
  char text[24];
  const int length = snprintf(text, sizeof text, "%llu", (unsigned long long)rows);
  const kg_term term = kg_term_typed(kg_str_n(text, (size_t)length), KG_STR(KG_XSD_INTEGER));
  return kg_terms_intern(terms, &term, out, err);
}

static kgq_status count_next(kg_op *op, kgq_error **err) {
  count_op *c = (count_op *)op;
  kg_quads_spec spec;
  uint64_t rows = 0;
  bool exact = false;
  op->own.row_count = 0;
  if (c->given) {
    return KGQ_OK;
  }
  c->given = true;
  kg_leaf_spec(&c->leaf, op->frame, &spec);
  KGQ_TRY(kg_quads_count(op->run->snap, &spec, &rows, &exact, err));
  op->own.row_count = 1;
  return intern_count(op->run->terms, rows, &op->own.columns[0][0], err);
}

static kgq_status count_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  return kg_leaf_print(op->run, &((const count_op *)op)->leaf, out, err);
}

static const kg_op_class count_class = {
  .name = "count from headers", .reset = count_reset, .next = count_next, .explain = count_explain
};

kgq_status kg_make_count(kg_run *run, const kg_frame *frame, const kg_leaf *leaf, kg_var var, kg_op **out,
                         kgq_error **err) {
  kg_quads_spec spec;
  bool exact = false;
  *out = NULL;
  kg_leaf_spec(leaf, frame, &spec);
  KGQ_TRY(kg_quads_count(run->snap, &spec, NULL, &exact, err));
  if (!exact) {
    return KGQ_OK;
  }
  count_op *c = (count_op *)kg_op_new(run, frame, &count_class, sizeof(count_op), 0, err);
  uint64_t *certain = kg_run_set(run, err);
  if (!c || !certain) {
    return kg_fail_memory(err);
  }
  c->leaf = *leaf;
  c->op.estimate = 1;
  c->op.cost = 10;
  kg_set_add(certain, var);
  c->op.certain = certain;
  KGQ_TRY(kg_op_columns(&c->op, &var, 1, err));
  *out = &c->op;
  return kg_op_own_batch(&c->op, err);
}
