/* query/describe.c: DESCRIBE (SPARQL 16.4): what the default graph of the query says of each resource.
 *
 * A description holds the triples with the resource as subject; the same for blank nodes met as objects,
 * since they have no name to be asked for; and for each of those triples the reifiers of it with what is said
 * about them.
 */
#include "graph/vocab.h"
#include "query/leaf.h"
#include "query/statement.h"

typedef struct describe_op {
  kg_op op;
  const kg_ast *ast;
  kg_row_set wanted; /* resources, in order of mention */
  kg_row_set triples;
  uint32_t described; /* of wanted */
  uint32_t reified;   /* of triples: reifiers looked up */
  uint32_t given;     /* of triples */
  kg_id reifies;      /* NONE: not in the database */
  bool gathered;
  kg_id *read[4];
} describe_op;

static kgq_status want(describe_op *d, kg_id id, kgq_error **err) {
  uint32_t at = 0;
  bool added = false;
  return id == KG_ID_NONE || id == KG_ID_DEFAULT_GRAPH ? KGQ_OK
                                                       : kg_row_set_put(&d->wanted, &id, &at, &added, err);
}

/* Resources: terms named, and values of variables in all solutions. */
static kgq_status gather(describe_op *d, kgq_error **err) {
  kg_run *run = d->op.run;
  d->gathered = true;
  for (uint32_t i = 0; i < d->ast->describe_count; i++) {
    const kg_node *node = &d->ast->describe[i];
    kg_id id = KG_ID_NONE;
    if (node->kind == KG_NODE_TERM) {
      KGQ_TRY(kg_terms_find(run->terms, &node->term, &id, err));
      KGQ_TRY(want(d, id, err));
    }
  }
  for (;;) {
    kg_batch *in = NULL;
    KGQ_TRY(kg_op_next(d->op.children[0], &in, err));
    if (in->row_count == 0) {
      return KGQ_OK;
    }
    for (uint32_t c = 0; c < in->column_count; c++) {
      for (uint32_t r = 0; r < in->row_count; r++) {
        KGQ_TRY(want(d, in->columns[c][r], err));
      }
    }
  }
}

static kgq_status keep_triple(describe_op *d, const kg_id triple[3], kgq_error **err) {
  uint32_t at = 0;
  bool added = false;
  KGQ_TRY(kg_row_set_put(&d->triples, triple, &at, &added, err));
  return added && kg_id_tag(triple[2]) == KG_TAG_BNODE ? want(d, triple[2], err) : KGQ_OK;
}

typedef kgq_status (*row_fn)(describe_op *d, const kg_id row[4], kgq_error **err);

static kgq_status each_row(describe_op *d, const kg_source *source, const kg_id id[4], row_fn fn,
                           kgq_error **err) {
  kg_run *run = d->op.run;
  kg_quads *q = NULL;
  kg_quads_spec spec;
  kgq_status st = KGQ_OK;
  uint32_t count = 0;
  kg_id *rows = NULL;
  kg_quads_spec_init(&spec, source);
  memcpy(spec.id, id, sizeof spec.id);
  KGQ_TRY(kg_quads_open(run->snap, &spec, run->cancel, run->allocator, &q, err));
  /* Rows are copied out first: `fn` may come back here and use the same buffers. */
  do {
    KGQ_TRY_DONE(kg_quads_next(q, d->read, KG_BATCH_ROWS, &count, err));
    kg_free(run->allocator, rows, 4 * KG_BATCH_ROWS * sizeof(kg_id));
    rows = (kg_id *)kg_alloc(run->allocator, 4 * KG_BATCH_ROWS * sizeof(kg_id));
    if (!rows) {
      st = kg_fail_memory(err);
      goto done;
    }
    for (uint32_t r = 0; r < count; r++) {
      for (uint32_t c = 0; c < 4; c++) {
        rows[(size_t)r * 4 + c] = d->read[c][r];
      }
    }
    for (uint32_t r = 0; r < count; r++) {
      KGQ_TRY_DONE(fn(d, rows + (size_t)r * 4, err));
    }
  } while (count > 0);
done:
  kg_free(run->allocator, rows, 4 * KG_BATCH_ROWS * sizeof(kg_id));
  kg_quads_close(q);
  return st;
}

static kgq_status describe_next_resource(describe_op *d, kgq_error **err) {
  const kg_id subject = kg_rows_at(&d->wanted.rows, d->described++)[0];
  const kg_id id[4] = { subject, KG_ID_NONE, KG_ID_NONE, KG_ID_NONE };
  return each_row(d, &d->op.run->default_source, id, keep_triple, err);
}

/* A quad ?reifier rdf:reifies term: the reifier is described too. */
static kgq_status want_reifier(describe_op *d, const kg_id row[4], kgq_error **err) {
  return want(d, row[0], err);
}

static kgq_status reifiers_of_term(describe_op *d, const kg_id row[4], kgq_error **err) {
  const kg_id id[4] = { KG_ID_NONE, d->reifies, row[3], KG_ID_NONE };
  return each_row(d, &d->op.run->default_source, id, want_reifier, err);
}

static kgq_status find_reifiers(describe_op *d, kgq_error **err) {
  const kg_id *triple = kg_rows_at(&d->triples.rows, d->reified++);
  if (d->reifies == KG_ID_NONE || triple[1] == d->reifies) {
    return KGQ_OK;
  }
  const kg_id id[4] = { triple[0], triple[1], triple[2], KG_ID_NONE };
  return each_row(d, &d->op.run->term_source, id, reifiers_of_term, err);
}

static kgq_status describe_next(kg_op *op, kgq_error **err) {
  describe_op *d = (describe_op *)op;
  kg_batch *b = &op->own;
  if (!d->gathered) {
    KGQ_TRY(gather(d, err));
  }
  while (d->given == d->triples.rows.count &&
         (d->described < d->wanted.rows.count || d->reified < d->triples.rows.count)) {
    KGQ_TRY(kg_cancel_check(op->run->cancel, err));
    KGQ_TRY(d->reified < d->triples.rows.count ? find_reifiers(d, err) : describe_next_resource(d, err));
  }
  b->row_count = 0;
  for (; d->given < d->triples.rows.count && b->row_count < b->capacity; d->given++, b->row_count++) {
    for (uint32_t i = 0; i < 3; i++) {
      b->columns[i][b->row_count] = kg_rows_at(&d->triples.rows, d->given)[i];
    }
  }
  return KGQ_OK;
}

static kgq_status describe_reset(kg_op *op, kgq_error **err) {
  describe_op *d = (describe_op *)op;
  kg_row_set_clear(&d->wanted);
  kg_row_set_clear(&d->triples);
  d->described = d->reified = d->given = 0;
  d->gathered = false;
  return kg_op_reset(op->children[0], err);
}

static void describe_close(kg_op *op) {
  describe_op *d = (describe_op *)op;
  kg_row_set_free(&d->wanted);
  kg_row_set_free(&d->triples);
}

static const kg_op_class describe_class = {
  .name = "describe", .reset = describe_reset, .next = describe_next, .close = describe_close
};

kgq_status kg_make_describe(kg_run *run, const kg_frame *frame, kg_op *child, const kg_ast *ast, kg_op **out,
                            kgq_error **err) {
  const kg_var none[3] = { KG_NO_VAR, KG_NO_VAR, KG_NO_VAR };
  const kg_term reifies = kg_term_iri(KG_STR(KG_RDF_REIFIES));
  describe_op *d = (describe_op *)kg_op_new(run, frame, &describe_class, sizeof(describe_op), 1, err);
  kg_id *memory = (kg_id *)kg_arena_alloc(run->arena, 4 * KG_BATCH_ROWS * sizeof(kg_id));
  if (!d || !memory) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < 4; i++) {
    d->read[i] = memory + i * KG_BATCH_ROWS;
  }
  d->op.children[0] = child;
  d->ast = ast;
  kg_row_set_init(&d->wanted, &d->op.memory, 1, 1);
  kg_row_set_init(&d->triples, &d->op.memory, 3, 3);
  KGQ_TRY(kg_terms_find(run->terms, &reifies, &d->reifies, err));
  KGQ_TRY(kg_op_columns(&d->op, none, 3, err));
  *out = &d->op;
  return kg_op_own_batch(&d->op, err);
}
