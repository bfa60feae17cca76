/* query/template.c: triples and quads made from a template and a solution. See template.h. */
#include "query/template.h"

#include <assert.h>

#include "core/limits.h"

typedef struct value {
  kg_id id; /* of the target; NONE: unbound */
  kg_term_kind kind;
} value;

void kg_template_init(kg_template *t, const kg_template_target *target, void *arg, kg_terms *terms,
                      const uint32_t *var_column, const kgq_allocator *a) {
  *t = (kg_template){ .target = target, .arg = arg, .terms = terms, .var_column = var_column };
  kg_map_init(&t->bnodes, a);
  kg_arena_init(&t->arena, a);
}

void kg_template_free(kg_template *t) {
  if (t->target) {
    kg_map_free(&t->bnodes);
    kg_arena_free(&t->arena);
  }
}

void kg_template_next(kg_template *t) {
  if (t->bnodes.count > 0) {
    kg_map_free(&t->bnodes);
  }
  kg_arena_reset(&t->arena);
}

kgq_status kg_template_columns(kg_arena *arena, const kg_var *vars, uint32_t count, uint32_t var_count,
                               uint32_t **out, kgq_error **err) {
  uint32_t *columns = (uint32_t *)kg_arena_alloc(arena, ((size_t)var_count + 1) * sizeof(uint32_t));
  if (!columns) {
    return kg_fail_memory(err);
  }
  for (uint32_t v = 0; v < var_count; v++) {
    columns[v] = UINT32_MAX;
  }
  for (uint32_t c = 0; c < count; c++) {
    columns[vars[c]] = c;
  }
  *out = columns;
  return KGQ_OK;
}

/* ---- values ------------------------------------------------------------------------------------- */

static kgq_status kind_of(kg_template *t, kg_id id, kg_term_kind *out, kgq_error **err) {
  const kg_term *term = NULL;
  switch (kg_id_tag(id)) {
  case KG_TAG_IRI: *out = KG_TERM_IRI; return KGQ_OK;
  case KG_TAG_BNODE: *out = KG_TERM_BNODE; return KGQ_OK;
  case KG_TAG_TRIPLE: *out = KG_TERM_TRIPLE; return KGQ_OK;
  case KG_TAG_NONE: *out = KG_TERM_NONE; return KGQ_OK;
  case KG_TAG_LOCAL:
    KGQ_TRY(kg_terms_get(t->terms, id, &term, err));
    *out = term->kind;
    return KGQ_OK;
  case KG_TAG_STRING:
  case KG_TAG_LANG:
  case KG_TAG_TYPED:
  case KG_TAG_INTEGER:
  case KG_TAG_DECIMAL:
  case KG_TAG_BOOLEAN:
  case KG_TAG_DATE:
  case KG_TAG_DATETIME:
  case KG_TAG_YEAR:
  case KG_TAG_YEAR_MONTH: break;
  }
  *out = KG_TERM_LITERAL;
  return KGQ_OK;
}

static kgq_status var_value(kg_template *t, kg_var var, const kg_batch *batch, uint32_t row, value *out,
                            kgq_error **err) {
  const uint32_t column = t->var_column[var];
  const kg_id id = column == UINT32_MAX ? KG_ID_NONE : batch->columns[column][row];
  *out = (value){ KG_ID_NONE, KG_TERM_NONE };
  if (id == KG_ID_NONE || id == KG_ID_DEFAULT_GRAPH) {
    return KGQ_OK;
  }
  KGQ_TRY(kind_of(t, id, &out->kind, err));
  return t->target->keep(t->arg, id, &out->id, err);
}

static kgq_status bnode_value(kg_template *t, kgq_str label, value *out, kgq_error **err) {
  uint64_t *id = NULL;
  bool added = false;
  KGQ_TRY(kg_map_put(&t->bnodes, label, &id, &added, NULL, err));
  if (added) {
    kg_id fresh = KG_ID_NONE;
    KGQ_TRY(t->target->new_bnode(t->arg, &fresh, err));
    *id = fresh;
  }
  *out = (value){ *id, KG_TERM_BNODE };
  return KGQ_OK;
}

/* RDF 1.2: subjects are IRIs or blank nodes, predicates IRIs. */
static bool may_be_triple(const value parts[3]) {
  return (parts[0].kind == KG_TERM_IRI || parts[0].kind == KG_TERM_BNODE) && parts[1].kind == KG_TERM_IRI &&
         parts[2].kind != KG_TERM_NONE;
}

static kgq_status triple_value(kg_template *t, const value parts[3], value *out, kgq_error **err) {
  kg_term *terms = (kg_term *)kg_arena_zero(&t->arena, 3 * sizeof(kg_term));
  *out = (value){ KG_ID_NONE, KG_TERM_NONE };
  if (!terms) {
    return kg_fail_memory(err);
  }
  if (!may_be_triple(parts)) {
    return KGQ_OK;
  }
  for (size_t i = 0; i < 3; i++) {
    KGQ_TRY(t->target->term(t->arg, parts[i].id, &t->arena, &terms[i], err));
  }
  const kg_term triple = { .kind = KG_TERM_TRIPLE, .triple = terms };
  out->kind = KG_TERM_TRIPLE;
  return t->target->intern(t->arg, &triple, &out->id, err);
}

static bool has_bnode(const kg_term *term, unsigned depth) {
  if (term->kind != KG_TERM_TRIPLE || depth > KG_LIMIT_NESTING) {
    return term->kind == KG_TERM_BNODE;
  }
  return has_bnode(&term->triple[0], depth + 1) || has_bnode(&term->triple[1], depth + 1) ||
         has_bnode(&term->triple[2], depth + 1);
}

static kgq_status term_value(kg_template *t, const kg_term *term, unsigned depth, value *out,
                             kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms are nested more than %d deep", KG_LIMIT_NESTING);
  }
  if (term->kind == KG_TERM_BNODE) {
    return bnode_value(t, term->text, out, err);
  }
  if (has_bnode(term, depth)) {
    value parts[3];
    for (size_t i = 0; i < 3; i++) {
      KGQ_TRY(term_value(t, &term->triple[i], depth + 1, &parts[i], err));
    }
    return triple_value(t, parts, out, err);
  }
  out->kind = term->kind;
  return t->target->intern(t->arg, term, &out->id, err);
}

static kgq_status node_value(kg_template *t, const kg_node *node, const kg_batch *batch, uint32_t row,
                             unsigned depth, value *out, kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms are nested more than %d deep", KG_LIMIT_NESTING);
  }
  if (node->kind == KG_NODE_VAR) {
    return var_value(t, node->var, batch, row, out, err);
  }
  if (node->kind == KG_NODE_TERM) {
    return term_value(t, &node->term, depth, out, err);
  }
  value parts[3];
  for (size_t i = 0; i < 3; i++) {
    KGQ_TRY(node_value(t, &node->triple[i], batch, row, depth + 1, &parts[i], err));
  }
  return triple_value(t, parts, out, err);
}

kgq_status kg_template_quad(kg_template *t, const kg_quad_template *quad, const kg_batch *batch, uint32_t row,
                            kg_id out[4], bool *valid, kgq_error **err) {
  value parts[4] = { { 0 } };
  KGQ_TRY(node_value(t, &quad->subject, batch, row, 0, &parts[0], err));
  KGQ_TRY(node_value(t, &quad->predicate, batch, row, 0, &parts[1], err));
  KGQ_TRY(node_value(t, &quad->object, batch, row, 0, &parts[2], err));
  *valid = may_be_triple(parts);
  if (quad->has_graph) {
    KGQ_TRY(node_value(t, &quad->graph, batch, row, 0, &parts[3], err));
    *valid = *valid && (parts[3].kind == KG_TERM_IRI || parts[3].kind == KG_TERM_BNODE);
  }
  for (size_t i = 0; i < 4; i++) {
    out[i] = parts[i].id;
  }
  return KGQ_OK;
}
