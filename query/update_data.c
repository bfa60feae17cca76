/* query/update_data.c: operations that insert and delete quads given outright or by templates (Update 3.1.1
 * to 3.1.3).
 *
 * The default graph is the unnamed one unless WITH, USING or GRAPH say otherwise. Ids in solutions that only
 * the statement knows (computed values, BNODE()) become terms of the transaction when a template uses them.
 */
#include <assert.h>

#include "query/update.h"

/* ---- ids of the transaction --------------------------------------------------------------------- */

static kgq_status import_id(kg_update *u, const kg_term *term, unsigned depth, kg_id *out, kgq_error **err);

/* BNODE() in a WHERE: a node that no one else has, the same one for the same label of this operation. */
static kgq_status import_bnode(kg_update *u, const kg_term *term, kg_id *out, kgq_error **err) {
  uint64_t *id = NULL;
  bool added = false;
  kg_id own = KG_ID_NONE;
  KGQ_TRY(kg_terms_intern(u->terms, term, &own, err));
  if (!kg_terms_is_own(own)) {
    *out = own;
    return KGQ_OK;
  }
  KGQ_TRY(kg_map_put(&u->own_bnodes, term->text, &id, &added, NULL, err));
  if (added) {
    kg_id fresh = KG_ID_NONE;
    KGQ_TRY(kg_txn_new_bnode(u->txn, &fresh, err));
    *id = fresh;
  }
  *out = *id;
  return KGQ_OK;
}

static kgq_status import_triple(kg_update *u, const kg_term *term, unsigned depth, kg_id *out,
                                kgq_error **err) {
  kg_arena arena;
  kg_term parts[3];
  kgq_status st = KGQ_OK;
  kg_arena_init(&arena, u->allocator);
  for (size_t i = 0; i < 3; i++) {
    kg_id part = KG_ID_NONE;
    KGQ_TRY_DONE(import_id(u, &term->triple[i], depth + 1, &part, err));
    KGQ_TRY_DONE(kg_txn_term(u->txn, part, &arena, &parts[i], err));
  }
  const kg_term triple = { .kind = KG_TERM_TRIPLE, .triple = parts };
  st = kg_txn_intern(u->txn, &triple, out, err);
done:
  kg_arena_free(&arena);
  return st;
}

static kgq_status import_id(kg_update *u, const kg_term *term, unsigned depth, kg_id *out, kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms are nested more than %d deep", KG_LIMIT_NESTING);
  }
  if (term->kind == KG_TERM_BNODE) {
    return import_bnode(u, term, out, err);
  }
  return term->kind == KG_TERM_TRIPLE ? import_triple(u, term, depth, out, err)
                                      : kg_txn_intern(u->txn, term, out, err);
}

static kgq_status keep_id(void *arg, kg_id id, kg_id *out, kgq_error **err) {
  kg_update *u = (kg_update *)arg;
  const kg_term *term = NULL;
  *out = id;
  if (!kg_terms_is_own(id)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_terms_get(u->terms, id, &term, err));
  return import_id(u, term, 0, out, err);
}

static kgq_status intern_term(void *arg, const kg_term *term, kg_id *out, kgq_error **err) {
  return kg_txn_intern(((kg_update *)arg)->txn, term, out, err);
}

static kgq_status new_bnode(void *arg, kg_id *out, kgq_error **err) {
  return kg_txn_new_bnode(((kg_update *)arg)->txn, out, err);
}

static kgq_status term_of(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  return kg_txn_term(((kg_update *)arg)->txn, id, arena, out, err);
}

static const kg_template_target txn_terms = { keep_id, intern_term, new_bnode, term_of };

/* ---- quads from templates ----------------------------------------------------------------------- */

static kgq_status add_quads(kg_template *maker, const kg_quad_template *templates, kg_id graph,
                            const kg_batch *batch, uint32_t row, kg_rows *out, kgq_error **err) {
  for (const kg_quad_template *t = templates; t; t = t->next) {
    kg_id quad[4], *place = NULL;
    bool valid = false;
    KGQ_TRY(kg_template_quad(maker, t, batch, row, quad, &valid, err));
    if (!valid) {
      continue;
    }
    quad[KG_G] = t->has_graph ? quad[KG_G] : graph;
    KGQ_TRY(kg_rows_add(out, &place, err));
    memcpy(place, quad, sizeof quad);
  }
  return KGQ_OK;
}

kgq_status kg_update_data(kg_update *u, const kg_update_op *op, kgq_error **err) {
  kg_template maker;
  const kg_batch nothing = { 0 };
  kg_template_init(&maker, &txn_terms, u, NULL, NULL, u->allocator);
  kgq_status st = add_quads(&maker, op->insert, KG_ID_DEFAULT_GRAPH, &nothing, 0, &u->insert, err);
  if (st == KGQ_OK) {
    st = add_quads(&maker, op->remove, KG_ID_DEFAULT_GRAPH, &nothing, 0, &u->remove, err);
  }
  kg_template_free(&maker);
  return st == KGQ_OK ? kg_update_apply(u, err) : st;
}

/* ---- WHERE -------------------------------------------------------------------------------------- */

/* Translated at the first run and kept with the statement. */
static kgq_status find_algebra(kg_update *u, const kg_update_op *op, kg_algebra **out, kgq_error **err) {
  for (const kg_where *w = u->stmt->wheres; w; w = w->next) {
    if (w->op == op) {
      *out = w->algebra;
      return KGQ_OK;
    }
  }
  kg_scope scope = { .kind = KG_SCOPE_DEFAULT, .var = KG_NO_VAR };
  if (op->has_with && !op->using_.given) {
    scope = (kg_scope){ .kind = KG_SCOPE_IRI, .iri = op->with, .var = KG_NO_VAR };
  }
  kg_where *where = (kg_where *)kg_arena_zero(&u->stmt->ast->arena, sizeof(kg_where));
  if (!where) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(kg_algebra_where(u->stmt->ast, op, &scope, out, err));
  *where = (kg_where){ op, *out, u->stmt->wheres };
  u->stmt->wheres = where;
  return KGQ_OK;
}

static kg_execution_options execution_options(kg_update *u, const kg_update_op *op, kg_algebra *algebra,
                                              kg_snap *snap) {
  return (kg_execution_options){
    .conn = u->stmt->conn,
    .snap = snap,
    .cancel = &u->stmt->cancel,
    .algebra = algebra,
    .dataset = &op->using_,
    .strict = true,
    .parameters = u->stmt->parameters,
    .parameter_count = u->stmt->user_var_count,
    .plan = u->stmt->plan,
  };
}

static kgq_status quads_of_batch(kg_update *u, const kg_update_op *op, kg_template *maker,
                                 const kg_batch *batch, kgq_error **err) {
  kg_id graph = KG_ID_DEFAULT_GRAPH;
  KGQ_TRY(kg_update_graph_id(u, op->has_with ? &op->with : NULL, &graph, err));
  for (uint32_t r = 0; r < batch->row_count; r++) {
    kg_template_next(maker);
    KGQ_TRY(add_quads(maker, op->remove, graph, batch, r, &u->remove, err));
    KGQ_TRY(add_quads(maker, op->insert, graph, batch, r, &u->insert, err));
  }
  return KGQ_OK;
}

static kgq_status read_solutions(kg_update *u, const kg_update_op *op, kg_execution *e, uint64_t *solutions,
                                 kgq_error **err) {
  kg_template maker = { 0 };
  uint32_t *columns = NULL;
  kg_batch *batch = NULL;
  kgq_status st = KGQ_OK;
  KGQ_TRY(kg_template_columns(&e->arena, e->root->vars, e->root->var_count, e->run.algebra->ast->var_count,
                              &columns, err));
  u->terms = e->run.terms;
  kg_template_init(&maker, &txn_terms, u, u->terms, columns, u->allocator);
  do {
    kg_terms_breathe(u->terms);
    KGQ_TRY_DONE(kg_op_next(e->root, &batch, err));
    KGQ_TRY_DONE(quads_of_batch(u, op, &maker, batch, err));
    *solutions += batch->row_count;
  } while (batch->row_count > 0);
done:
  kg_template_free(&maker);
  u->terms = NULL;
  return st;
}

/* Would the pattern match if the default graph were the union, as it is for queries? */
static kgq_status note_named_matches(kg_update *u, kg_execution_options o, kgq_error **err) {
  kg_execution e;
  kg_batch *batch = NULL;
  o.strict = false;
  KGQ_TRY(kg_execution_begin(&e, &o, err));
  const kgq_status st = kg_op_next(e.root, &batch, err);
  u->only_named_match = u->only_named_match || (st == KGQ_OK && batch->row_count > 0);
  kg_execution_end(&e);
  return st;
}

static kgq_status evaluate(kg_update *u, const kg_update_op *op, kg_snap *view, kgq_error **err) {
  kg_algebra *algebra = NULL;
  kg_execution e;
  uint64_t solutions = 0;
  KGQ_TRY(find_algebra(u, op, &algebra, err));
  const kg_execution_options o = execution_options(u, op, algebra, view);
  KGQ_TRY(kg_execution_begin(&e, &o, err));
  const kgq_status st = read_solutions(u, op, &e, &solutions, err);
  kg_execution_end(&e);
  KGQ_TRY(st);
  return solutions == 0 && !op->using_.given && !op->has_with ? note_named_matches(u, o, err) : KGQ_OK;
}

kgq_status kg_update_modify(kg_update *u, const kg_update_op *op, kgq_error **err) {
  kg_snap *view = NULL;
  KGQ_TRY(kg_txn_view(u->txn, &view, err));
  const kgq_status st = evaluate(u, op, view, err);
  kg_snap_drop(view);
  if (u->own_bnodes.count > 0) {
    kg_map_free(&u->own_bnodes); /* labels mean something else in the next operation */
  }
  return st == KGQ_OK ? kg_update_apply(u, err) : st;
}

kgq_status kg_update_plan(kgq_stmt *stmt, const kg_update_op *op, kg_snap *snap, kg_execution *out,
                          kgq_error **err) {
  kg_update u = { .stmt = stmt, .allocator = &stmt->cancel.budget };
  kg_algebra *algebra = NULL;
  KGQ_TRY(find_algebra(&u, op, &algebra, err));
  const kg_execution_options o = execution_options(&u, op, algebra, snap);
  return kg_execution_begin(out, &o, err);
}
