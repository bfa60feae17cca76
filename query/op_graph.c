/* query/op_graph.c: the named graphs: as values of a variable, as a test whether one is there, and the loop
 * that evaluates a plan once for each (see algebra_graph.c for when it is needed).
 *
 * With FROM NAMED the graphs are those given, also where they hold nothing; else all that hold quads.
 */
#include <assert.h>

#include "query/ops.h"

static kgq_status add_graph(void *arg, kg_id graph, uint64_t quads, kgq_error **err) {
  kg_id *row = NULL;
  if (quads == 0 || graph == KG_ID_DEFAULT_GRAPH) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_rows_add((kg_rows *)arg, &row, err));
  row[0] = graph;
  return KGQ_OK;
}

kgq_status kg_each_named_graph(kg_run *run, kg_rows *out, kgq_error **err) {
  const kg_source *named = &run->named_source;
  assert(out->width == 1);
  kg_rows_clear(out);
  if (!named->limited) {
    return kg_graphs(run->snap, add_graph, out, err);
  }
  for (uint32_t i = 0; i < named->set_count; i++) {
    KGQ_TRY(add_graph(out, named->set[i], 1, err));
  }
  return KGQ_OK;
}

static kgq_status graph_exists(kg_run *run, kg_id graph, bool *out, kgq_error **err) {
  const kg_source *named = &run->named_source;
  uint64_t quads = 0;
  if (named->limited || graph == KG_ID_DEFAULT_GRAPH || kg_terms_is_own(graph)) {
    *out = named->limited && kg_source_holds(named, graph);
    return KGQ_OK;
  }
  KGQ_TRY(kg_graph_count(run->snap, graph, &quads, err));
  *out = quads > 0;
  return KGQ_OK;
}

/* ---- names -------------------------------------------------------------------------------------- */

typedef struct graphs_op {
  kg_op op;
  kg_var var; /* KG_NO_VAR: is `id` there? */
  kg_id id;
  bool given; /* var comes from the frame */
  kg_rows graphs;
  uint32_t at;
  bool read;
} graphs_op;

static kgq_status graphs_reset(kg_op *op, kgq_error **err) {
  (void)err;
  graphs_op *g = (graphs_op *)op;
  g->at = 0;
  g->read = false;
  return KGQ_OK;
}

static kgq_status read_graphs(graphs_op *g, kgq_error **err) {
  g->read = true;
  if (g->var != KG_NO_VAR && !g->given) {
    return kg_each_named_graph(g->op.run, &g->graphs, err);
  }
  const kg_id id = g->given ? g->op.frame->values[g->var] : g->id;
  bool there = false;
  kg_rows_clear(&g->graphs);
  KGQ_TRY(graph_exists(g->op.run, id, &there, err));
  return there ? add_graph(&g->graphs, id, 1, err) : KGQ_OK;
}

static kgq_status graphs_next(kg_op *op, kgq_error **err) {
  graphs_op *g = (graphs_op *)op;
  kg_batch *b = &op->own;
  if (!g->read) {
    KGQ_TRY(read_graphs(g, err));
  }
  b->row_count = 0;
  for (; g->at < g->graphs.count && b->row_count < b->capacity; g->at++, b->row_count++) {
    if (op->var_count > 0) {
      b->columns[0][b->row_count] = kg_rows_at(&g->graphs, g->at)[0];
    }
  }
  return KGQ_OK;
}

static void graphs_close(kg_op *op) {
  kg_rows_free(&((graphs_op *)op)->graphs);
}

static kgq_status graphs_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const graphs_op *g = (const graphs_op *)op;
  KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  return g->var != KG_NO_VAR ? kg_var_print(op->run, g->var, out, err)
                             : kg_id_print(op->run, g->id, out, err);
}

static const kg_op_class graphs_class = { .name = "graphs",
                                          .reset = graphs_reset,
                                          .next = graphs_next,
                                          .close = graphs_close,
                                          .explain = graphs_explain };

kgq_status kg_make_graphs(kg_run *run, const kg_frame *frame, const kg_scope *scope, kg_op **out,
                          kgq_error **err) {
  graphs_op *g = (graphs_op *)kg_op_new(run, frame, &graphs_class, sizeof(graphs_op), 0, err);
  uint64_t *certain = kg_run_set(run, err);
  if (!g || !certain) {
    return kg_fail_memory(err);
  }
  assert(scope->kind != KG_SCOPE_DEFAULT);
  g->var = scope->kind == KG_SCOPE_VAR ? scope->var : KG_NO_VAR;
  kg_rows_init(&g->graphs, &g->op.memory, 1);
  if (g->var != KG_NO_VAR) {
    g->given = kg_frame_gives(frame, g->var);
    kg_set_add(certain, g->var);
    g->op.estimate = 100;
  } else {
    const kg_term name = kg_term_iri(scope->iri);
    KGQ_TRY(kg_terms_intern(run->terms, &name, &g->id, err));
    g->op.estimate = 1;
  }
  g->op.certain = certain;
  KGQ_TRY(kg_op_columns(&g->op, &g->var, g->var == KG_NO_VAR ? 0 : 1, err));
  *out = &g->op;
  return kg_op_own_batch(&g->op, err);
}

/* ---- loop --------------------------------------------------------------------------------------- */

typedef struct loop_op {
  kg_op op;
  const kg_frame *inner;
  kg_var graph;
  bool given;            /* by the outer frame: then it is one graph only */
  uint32_t child_column; /* the child's column for it, replaced; UINT32_MAX: none */
  kg_id *column;
  kg_rows graphs;
  uint32_t at;
  bool read, started;
} loop_op;

static kgq_status loop_reset(kg_op *op, kgq_error **err) {
  (void)err;
  loop_op *l = (loop_op *)op;
  l->at = 0;
  l->read = l->started = false;
  return KGQ_OK;
}

static kgq_status list_graphs(loop_op *l, kgq_error **err) {
  bool there = false;
  l->read = true;
  if (!l->given) {
    return kg_each_named_graph(l->op.run, &l->graphs, err);
  }
  kg_rows_clear(&l->graphs);
  KGQ_TRY(graph_exists(l->op.run, l->op.frame->values[l->graph], &there, err));
  return there ? add_graph(&l->graphs, l->op.frame->values[l->graph], 1, err) : KGQ_OK;
}

static void give(loop_op *l, const kg_batch *in, kg_id graph) {
  kg_batch *out = &l->op.own;
  for (uint32_t c = 0; c < in->column_count; c++) {
    out->columns[c] = in->columns[c];
  }
  out->columns[l->child_column == UINT32_MAX ? in->column_count : l->child_column] = l->column;
  out->row_count = in->row_count;
  kg_fill(l->column, graph, in->row_count);
}

static kgq_status loop_next(kg_op *op, kgq_error **err) {
  loop_op *l = (loop_op *)op;
  if (!l->read) {
    KGQ_TRY(list_graphs(l, err));
  }
  op->own.row_count = 0;
  while (l->at < l->graphs.count) {
    const kg_id graph = kg_rows_at(&l->graphs, l->at)[0];
    if (!l->started) {
      l->inner->values[l->graph] = graph;
      KGQ_TRY(kg_op_reset(op->children[0], err));
      l->started = true;
    }
    kg_batch *in = NULL;
    KGQ_TRY(kg_op_next(op->children[0], &in, err));
    if (in->row_count > 0) {
      give(l, in, graph);
      return KGQ_OK;
    }
    l->at++;
    l->started = false;
  }
  return KGQ_OK;
}

static void loop_close(kg_op *op) {
  kg_rows_free(&((loop_op *)op)->graphs);
}

static kgq_status loop_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  return kg_var_print(op->run, ((const loop_op *)op)->graph, out, err);
}

static const kg_op_class loop_class = { .name = "for each graph",
                                        .reset = loop_reset,
                                        .next = loop_next,
                                        .close = loop_close,
                                        .explain = loop_explain };

kgq_status kg_make_graph(kg_run *run, const kg_frame *frame, const kg_frame *inner, kg_op *child,
                         kg_var graph, kg_op **out, kgq_error **err) {
  loop_op *l = (loop_op *)kg_op_new(run, frame, &loop_class, sizeof(loop_op), 1, err);
  kg_var *vars = (kg_var *)kg_arena_zero(run->arena, ((size_t)child->var_count + 1) * sizeof(kg_var));
  uint64_t *certain = kg_run_set(run, err);
  if (!l || !vars || !certain) {
    return kg_fail_memory(err);
  }
  l->op.children[0] = child;
  l->op.estimate = child->estimate * 10;
  l->inner = inner;
  l->graph = graph;
  l->given = kg_frame_gives(frame, graph);
  l->child_column = kg_op_column(child, graph);
  kg_rows_init(&l->graphs, &l->op.memory, 1);
  l->column = (kg_id *)kg_arena_alloc(run->arena, KG_BATCH_ROWS * sizeof(kg_id));
  if (!l->column) {
    return kg_fail_memory(err);
  }
  uint32_t count = child->var_count;
  memcpy(vars, child->vars, count * sizeof(kg_var));
  if (l->child_column == UINT32_MAX) {
    vars[count++] = graph;
  }
  kg_set_or(certain, child->certain, run->algebra->set_words);
  kg_set_add(certain, graph);
  l->op.certain = certain;
  KGQ_TRY(kg_op_columns(&l->op, vars, count, err));
  l->op.own.columns = (kg_id **)kg_arena_zero(run->arena, ((size_t)count + 1) * sizeof(kg_id *));
  if (!l->op.own.columns) {
    return kg_fail_memory(err);
  }
  l->op.own.column_count = count;
  l->op.own.capacity = kg_run_rows(run);
  *out = &l->op;
  return KGQ_OK;
}
