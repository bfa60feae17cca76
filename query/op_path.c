/* query/op_path.c: repeated property paths (SPARQL 18.5: ZeroOrMorePath, OneOrMorePath, ZeroOrOnePath).
 *
 * Starts from an end that is bound: a constant, a variable of the frame, or a column of the child; with
 * neither bound, from every node of the graph. What one start reaches is found once (path_walk.c) and used
 * for all rows that have it. A constant matches itself over a path of length zero though it is not in the
 * data; a variable ranges over nodes of the graph only.
 */
#include <assert.h>
#include <stdlib.h>

#include "query/path_walk.h"

typedef enum { END_FIXED, END_COLUMN, END_FREE } end_kind;

typedef struct path_end {
  end_kind kind;
  kg_var var;      /* KG_NO_VAR: a constant */
  kg_id id;        /* FIXED */
  uint32_t column; /* of the result */
} path_end;

typedef struct start {
  kg_id id;
  uint32_t row;
} start;

typedef struct path_op {
  kg_op op;
  const kg_path *path;
  path_end ends[2]; /* subject, object */
  unsigned from;    /* the end to start from */
  bool both_same;   /* ?x path ?x */
  const kg_source *source;
  kg_slot graph;
  bool nowhere; /* the graph is unknown */
  bool can_be_empty;
  kg_walk *walk;
  kg_row_set nodes;  /* all starts, when no end is bound */
  kg_row_set movers; /* those of them from which a step is possible, if paths of length zero count too */
  bool nodes_read;
  uint32_t child_columns;
  kg_batch *in; /* child's; NULL: one row without columns, or one for each node */
  start *starts;
  uint32_t start_count, at, node_at;
  bool have_reached, is_node;
  bool alone;                     /* the start is no mover and reaches itself */
  kg_id reached_from, reached_to; /* to: the only node that was asked for; NONE: all */
  uint32_t reach_at;
  bool done;
} path_op;

/* ---- starts ------------------------------------------------------------------------------------- */

static int compare_starts(const void *a, const void *b) {
  const start *x = (const start *)a, *y = (const start *)b;
  if (x->id != y->id) {
    return x->id < y->id ? -1 : 1;
  }
  return x->row < y->row ? -1 : x->row > y->row;
}

static kgq_status read_nodes(path_op *p, kgq_error **err) {
  const bool backward = p->from == 1;
  kg_row_set_clear(&p->nodes);
  p->nodes_read = true;
  if (!p->can_be_empty) {
    return kg_walk_begins(p->walk, backward, &p->nodes, err);
  }
  kg_row_set_clear(&p->movers);
  KGQ_TRY(kg_walk_begins(p->walk, backward, &p->movers, err));
  return kg_walk_nodes(p->walk, &p->nodes, err);
}

/* The next lot of starts: nodes of the graph, the one constant, or the rows of a batch sorted by start. */
static kgq_status next_starts(path_op *p, kgq_error **err) {
  const path_end *from = &p->ends[p->from];
  p->start_count = p->at = 0;
  if (p->op.child_count > 0) {
    KGQ_TRY(kg_op_next(p->op.children[0], &p->in, err));
    for (uint32_t r = 0; r < p->in->row_count; r++) {
      p->starts[r] = (start){ from->kind == END_FIXED ? from->id : p->in->columns[from->column][r], r };
    }
    p->start_count = p->in->row_count;
    qsort(p->starts, p->start_count, sizeof(start), compare_starts);
    p->done = p->start_count == 0;
    return KGQ_OK;
  }
  if (from->kind == END_FIXED) {
    p->starts[0] = (start){ from->id, 0 };
    p->start_count = p->node_at == 0 ? 1 : 0;
    p->node_at = 1;
  } else {
    if (!p->nodes_read) {
      KGQ_TRY(read_nodes(p, err));
    }
    for (; p->node_at < p->nodes.rows.count && p->start_count < KG_BATCH_ROWS; p->node_at++) {
      p->starts[p->start_count++] = (start){ kg_rows_at(&p->nodes.rows, p->node_at)[0], 0 };
    }
  }
  p->done = p->start_count == 0;
  return KGQ_OK;
}

/* ---- one start ---------------------------------------------------------------------------------- */

/* Where the path has to end for that row; NONE: anywhere. */
static kg_id wanted_end(const path_op *p, const start *s) {
  const path_end *to = &p->ends[1 - p->from];
  if (p->both_same) {
    return s->id;
  }
  if (to->kind == END_FIXED) {
    return to->id;
  }
  return to->kind == END_COLUMN ? p->in->columns[to->column][s->row] : KG_ID_NONE;
}

/* A term of the query, or a parameter. The value that an EXISTS has for a variable does not make it one
 * (18.6). */
static bool is_constant(const path_op *p, const path_end *end) {
  return end->kind == END_FIXED && (end->var == KG_NO_VAR || kg_set_has(p->op.run->parameters, end->var));
}

/* Is it one of all nodes, and one that only a path of length zero leads from? Then it reaches itself. */
static bool stays(const path_op *p, const start *s) {
  uint32_t at = 0;
  return p->nodes_read && p->can_be_empty && !kg_row_set_find(&p->movers, &s->id, &at);
}

/* The one node that the path must end at from this start; NONE: any, or rows of that start differ. */
static kg_id only_end(const path_op *p, const start *s) {
  const bool again =
      (s > p->starts && s[-1].id == s->id) || (s + 1 < p->starts + p->start_count && s[1].id == s->id);
  return p->ends[1 - p->from].kind == END_COLUMN && again ? KG_ID_NONE : wanted_end(p, s);
}

static kgq_status walk_from(path_op *p, const start *s, kgq_error **err) {
  const kg_id stop_at = only_end(p, s);
  if (p->have_reached && p->reached_from == s->id &&
      (p->reached_to == KG_ID_NONE || p->reached_to == stop_at)) {
    return KGQ_OK;
  }
  const path_end *from = &p->ends[p->from], *to = &p->ends[1 - p->from];
  p->alone = stays(p, s);
  if (!p->alone) {
    KGQ_TRY(kg_walk_from(p->walk, s->id, p->from == 1, stop_at, err));
  }
  p->reached_to = p->alone ? KG_ID_NONE : stop_at;
  p->have_reached = true;
  p->reached_from = s->id;
  p->is_node = true;
  const bool by_itself = kg_path_matches_itself(p->path) && (is_constant(p, from) || is_constant(p, to));
  if (p->can_be_empty && from->kind != END_FREE && !by_itself) {
    KGQ_TRY(kg_walk_is_node(p->walk, s->id, &p->is_node, err));
  }
  return KGQ_OK;
}

static void emit(path_op *p, const start *s, kg_id end) {
  kg_batch *out = &p->op.own;
  const uint32_t r = out->row_count++;
  for (uint32_t c = 0; c < p->child_columns; c++) {
    out->columns[c][r] = p->in->columns[c][s->row];
  }
  const kg_id ids[2] = { p->from == 0 ? s->id : end, p->from == 0 ? end : s->id };
  for (unsigned i = 0; i < 2; i++) {
    if (p->ends[i].var != KG_NO_VAR && p->ends[i].column != UINT32_MAX) {
      out->columns[p->ends[i].column][r] = ids[i];
    }
  }
  if (p->graph.var != KG_NO_VAR) {
    out->columns[p->op.var_count - 1][r] = p->graph.id;
  }
}

/* Rows of one start; false: the batch is full and there is more. */
static bool emit_reached(path_op *p, const start *s) {
  const kg_id wanted = wanted_end(p, s);
  if (!p->is_node) {
    return true; /* a term outside the graph: only a path of length zero, which is none of the graph's */
  }
  if (wanted != KG_ID_NONE) {
    if (p->alone ? wanted == s->id : kg_walk_has(p->walk, wanted)) {
      emit(p, s, wanted);
    }
    return true;
  }
  for (; p->reach_at < (p->alone ? 1 : kg_walk_count(p->walk)); p->reach_at++) {
    if (p->op.own.row_count == p->op.own.capacity) {
      return false;
    }
    emit(p, s, p->alone ? s->id : kg_walk_at(p->walk, p->reach_at));
  }
  return true;
}

static kgq_status path_next(kg_op *op, kgq_error **err) {
  path_op *p = (path_op *)op;
  op->own.row_count = 0;
  while (!p->done && op->own.row_count < op->own.capacity) {
    if (p->at == p->start_count) {
      if (op->own.row_count > 0) {
        return KGQ_OK;
      }
      KGQ_TRY(next_starts(p, err));
      continue;
    }
    const start *s = &p->starts[p->at];
    KGQ_TRY(walk_from(p, s, err));
    if (emit_reached(p, s)) {
      p->at++;
      p->reach_at = 0;
    }
  }
  return KGQ_OK;
}

/* ---- the operator ------------------------------------------------------------------------------- */

static kgq_status path_reset(kg_op *op, kgq_error **err) {
  path_op *p = (path_op *)op;
  for (unsigned i = 0; i < 2; i++) {
    if (p->ends[i].kind == END_FIXED && p->ends[i].var != KG_NO_VAR) {
      p->ends[i].id = op->frame->values[p->ends[i].var];
    }
  }
  if (p->graph.var != KG_NO_VAR) {
    p->graph.id = op->frame->values[p->graph.var];
  }
  kg_walk_in(p->walk, p->source, p->graph.id);
  p->at = p->start_count = p->node_at = p->reach_at = 0;
  p->nodes_read = p->have_reached = false;
  p->done = p->nowhere;
  return op->child_count > 0 ? kg_op_reset(op->children[0], err) : KGQ_OK;
}

static void path_close(kg_op *op) {
  path_op *p = (path_op *)op;
  kg_walk_close(p->walk);
  kg_row_set_free(&p->nodes);
  kg_row_set_free(&p->movers);
}

static kgq_status print_end(const kg_op *op, const path_end *end, kg_buf *out, kgq_error **err) {
  return end->var != KG_NO_VAR ? kg_var_print(op->run, end->var, out, err)
                               : kg_id_print(op->run, end->id, out, err);
}

static kgq_status path_explain(const kg_op *op, kg_buf *out, kgq_error **err) {
  const path_op *p = (const path_op *)op;
  KGQ_TRY(kg_buf_add_text(out, p->from == 0 ? " forward from " : " backward from ", err));
  KGQ_TRY(print_end(op, &p->ends[p->from], out, err));
  KGQ_TRY(kg_buf_add_text(out, p->ends[p->from].kind == END_FREE ? " (every node) to " : " to ", err));
  return print_end(op, &p->ends[1 - p->from], out, err);
}

static const kg_op_class path_class = {
  .name = "path", .reset = path_reset, .next = path_next, .close = path_close, .explain = path_explain
};

static kgq_status make_end(path_op *p, const kg_node *node, path_end *out, kgq_error **err) {
  *out = (path_end){ .kind = END_FIXED, .var = KG_NO_VAR, .column = UINT32_MAX };
  if (node->kind == KG_NODE_TERM) {
    return kg_terms_intern(p->op.run->terms, &node->term, &out->id, err);
  }
  out->var = node->var;
  if (p->op.child_count > 0) {
    out->column = kg_op_column(p->op.children[0], node->var);
  }
  if (out->column != UINT32_MAX) {
    assert(kg_set_has(p->op.children[0]->certain, node->var));
    out->kind = END_COLUMN;
  } else if (!kg_frame_gives(p->op.frame, node->var)) {
    out->kind = END_FREE;
  }
  return KGQ_OK;
}

/* A constant before a column before a variable that is free. */
static unsigned choose_start(const path_op *p) {
  return p->ends[1].kind < p->ends[0].kind ? 1 : 0;
}

static kgq_status make_columns(path_op *p, kgq_error **err) {
  kg_var *vars = (kg_var *)kg_arena_zero(p->op.run->arena, ((size_t)p->child_columns + 4) * sizeof(kg_var));
  uint64_t *certain = kg_run_set(p->op.run, err);
  if (!vars || !certain) {
    return kg_fail_memory(err);
  }
  uint32_t count = p->child_columns;
  if (count > 0) {
    memcpy(vars, p->op.children[0]->vars, count * sizeof(kg_var));
  }
  if (p->op.child_count > 0) {
    kg_set_or(certain, p->op.children[0]->certain, p->op.run->algebra->set_words);
  }
  for (unsigned i = 0; i < 2; i++) {
    path_end *end = &p->ends[i];
    if (end->var != KG_NO_VAR && end->column == UINT32_MAX && !(i == 1 && p->both_same)) {
      end->column = count;
      vars[count++] = end->var;
      kg_set_add(certain, end->var);
    }
  }
  if (p->graph.var != KG_NO_VAR) {
    vars[count++] = p->graph.var;
    kg_set_add(certain, p->graph.var);
  }
  p->op.certain = certain;
  return kg_op_columns(&p->op, vars, count, err);
}

kgq_status kg_make_path(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, kg_op **out,
                        kgq_error **err) {
  path_op *p = (path_op *)kg_op_new(run, frame, &path_class, sizeof(path_op), child ? 1 : 0, err);
  bool there = true;
  if (!p) {
    return KGQ_NOMEM;
  }
  p->path = alg->path;
  p->can_be_empty = kg_path_can_be_empty(alg->path);
  kg_row_set_init(&p->nodes, &p->op.memory, 1, 1);
  kg_row_set_init(&p->movers, &p->op.memory, 1, 1);
  if (child) {
    p->op.children[0] = child;
    p->child_columns = child->var_count;
  }
  KGQ_TRY(kg_scope_source(run, &alg->scope, &p->source, &p->graph, &there, err));
  assert(p->graph.var == KG_NO_VAR || kg_frame_gives(frame, p->graph.var));
  KGQ_TRY(make_end(p, &alg->subject, &p->ends[0], err));
  KGQ_TRY(make_end(p, &alg->object, &p->ends[1], err));
  p->both_same = p->ends[0].var != KG_NO_VAR && p->ends[0].var == p->ends[1].var;
  p->from = choose_start(p);
  KGQ_TRY(make_columns(p, err));
  KGQ_TRY(kg_walk_new(&p->op, alg->path, &p->walk, err));
  p->nowhere = !there && alg->scope.kind == KG_SCOPE_IRI;
  p->starts = (start *)kg_arena_alloc(run->arena, KG_BATCH_ROWS * sizeof(start));
  if (!p->starts) {
    return kg_fail_memory(err);
  }
  *out = &p->op;
  return kg_op_own_batch(&p->op, err);
}
