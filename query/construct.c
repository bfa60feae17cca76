/* query/construct.c: CONSTRUCT (SPARQL 16.2): the triples of a template for each solution, each triple once.
 * More of them than memory holds are told apart on disk, and come last (unique.h).
 */
#include "query/statement.h"
#include "query/template.h"
#include "query/unique.h"

typedef struct construct_op {
  kg_op op;
  const kg_quad_template *templates;
  kg_template maker;
  kg_unique seen; /* triples */
  kg_rows fresh;  /* new ones of the batch at hand */
  uint32_t given; /* of them */
  bool ended;
} construct_op;

/* ---- ids: the statement's own ------------------------------------------------------------------- */

static kgq_status keep_id(void *arg, kg_id id, kg_id *out, kgq_error **err) {
  (void)arg;
  (void)err;
  *out = id;
  return KGQ_OK;
}

static kgq_status intern_term(void *arg, const kg_term *term, kg_id *out, kgq_error **err) {
  return kg_terms_intern(((const kg_op *)arg)->run->terms, term, out, err);
}

static kgq_status new_bnode(void *arg, kg_id *out, kgq_error **err) {
  return kg_terms_new_bnode(((const kg_op *)arg)->run->terms, out, err);
}

static kgq_status term_of(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  const kg_term *term = NULL;
  KGQ_TRY(kg_terms_get(((const kg_op *)arg)->run->terms, id, &term, err));
  return kg_term_copy(arena, term, out, err);
}

static const kg_template_target own_terms = { keep_id, intern_term, new_bnode, term_of };

/* ---- the operator ------------------------------------------------------------------------------- */

static kgq_status construct_reset(kg_op *op, kgq_error **err) {
  construct_op *c = (construct_op *)op;
  kg_unique_clear(&c->seen);
  kg_rows_clear(&c->fresh);
  c->given = 0;
  c->ended = false;
  return kg_op_reset(op->children[0], err);
}

static kgq_status keep_triple(construct_op *c, const kg_id *triple, kgq_error **err) {
  bool fresh = false;
  kg_id *row = NULL;
  KGQ_TRY(kg_unique_add(&c->seen, triple, (uint32_t)kg_ids_hash(triple, 3), &fresh, err));
  if (fresh) {
    KGQ_TRY(kg_rows_add(&c->fresh, &row, err));
    memcpy(row, triple, 3 * sizeof(kg_id));
  }
  return KGQ_OK;
}

static kgq_status make_triples(construct_op *c, const kg_batch *in, kgq_error **err) {
  kg_unique_look(&c->seen);
  kg_rows_clear(&c->fresh);
  c->given = 0;
  for (uint32_t r = 0; r < in->row_count; r++) {
    kg_template_next(&c->maker);
    for (const kg_quad_template *t = c->templates; t; t = t->next) {
      kg_id quad[4];
      bool valid = false;
      KGQ_TRY(kg_template_quad(&c->maker, t, in, r, quad, &valid, err));
      if (valid) {
        KGQ_TRY(keep_triple(c, quad, err));
      }
    }
  }
  return KGQ_OK;
}

static void give_triple(kg_batch *b, const kg_id *triple) {
  for (uint32_t i = 0; i < 3; i++) {
    b->columns[i][b->row_count] = triple[i];
  }
  b->row_count++;
}

static kgq_status construct_next(kg_op *op, kgq_error **err) {
  construct_op *c = (construct_op *)op;
  kg_batch *b = &op->own;
  while (c->given == c->fresh.count && !c->ended) {
    kg_batch *in = NULL;
    kg_terms_breathe(op->run->terms);
    KGQ_TRY(kg_op_next(op->children[0], &in, err));
    c->ended = in->row_count == 0;
    KGQ_TRY(c->ended ? kg_unique_finish(&c->seen, err) : make_triples(c, in, err));
  }
  b->row_count = 0;
  for (; c->given < c->fresh.count && b->row_count < b->capacity; c->given++) {
    give_triple(b, kg_rows_at(&c->fresh, c->given));
  }
  while (c->ended && b->row_count < b->capacity) {
    const kg_id *late = NULL;
    KGQ_TRY(kg_unique_next_late(&c->seen, &late, err));
    if (!late) {
      break;
    }
    give_triple(b, late);
  }
  return KGQ_OK;
}

static void construct_close(kg_op *op) {
  construct_op *c = (construct_op *)op;
  kg_unique_free(&c->seen);
  kg_rows_free(&c->fresh);
  kg_template_free(&c->maker);
}

static const kg_op_class construct_class = {
  .name = "construct", .reset = construct_reset, .next = construct_next, .close = construct_close
};

kgq_status kg_make_construct(kg_run *run, const kg_frame *frame, kg_op *child,
                             const kg_quad_template *templates, kg_op **out, kgq_error **err) {
  construct_op *c = (construct_op *)kg_op_new(run, frame, &construct_class, sizeof(construct_op), 1, err);
  uint32_t *columns = NULL;
  const kg_var none[3] = { KG_NO_VAR, KG_NO_VAR, KG_NO_VAR };
  if (!c) {
    return KGQ_NOMEM;
  }
  c->op.children[0] = child;
  c->templates = templates;
  kg_rows_init(&c->fresh, &c->op.memory, 3);
  KGQ_TRY(kg_unique_init(&c->seen, &c->op, 3, "CONSTRUCT", err));
  KGQ_TRY(kg_template_columns(run->arena, child->vars, child->var_count, run->algebra->ast->var_count,
                              &columns, err));
  kg_template_init(&c->maker, &own_terms, c, run->terms, columns, run->allocator);
  KGQ_TRY(kg_op_columns(&c->op, none, 3, err));
  *out = &c->op;
  return kg_op_own_batch(&c->op, err);
}
