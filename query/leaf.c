/* query/leaf.c: patterns ready to be matched. See leaf.h. */
#include "query/leaf.h"

#include <assert.h>

static kgq_status node_slot(kg_run *run, const kg_node *node, kg_slot *out, bool *missing, kgq_error **err) {
  *out = (kg_slot){ .var = KG_NO_VAR };
  if (node->kind == KG_NODE_VAR) {
    out->var = node->var;
    return KGQ_OK;
  }
  assert(node->kind == KG_NODE_TERM);
  KGQ_TRY(kg_terms_find(run->terms, &node->term, &out->id, err));
  if (out->id == KG_ID_NONE) {
    *missing = true;
    run->unknown = run->unknown ? run->unknown : node;
  }
  return KGQ_OK;
}

static kgq_status fixed_source(kg_run *run, kg_id graph, const kg_source **out, kgq_error **err) {
  kg_source *source = (kg_source *)kg_arena_zero(run->arena, sizeof(kg_source));
  if (!source) {
    return kg_fail_memory(err);
  }
  *source = (kg_source){ .kind = KG_SOURCE_ONE, .one = graph };
  *out = source;
  return KGQ_OK;
}

kgq_status kg_scope_source(kg_run *run, const kg_scope *scope, const kg_source **source, kg_slot *graph,
                           bool *there, kgq_error **err) {
  *graph = (kg_slot){ .var = KG_NO_VAR };
  *there = true;
  if (scope->kind == KG_SCOPE_DEFAULT) {
    *source = &run->default_source;
    *there = run->default_source.kind != KG_SOURCE_NONE;
    return KGQ_OK;
  }
  if (scope->kind == KG_SCOPE_VAR) {
    *source = &run->named_source;
    graph->var = scope->var;
    return KGQ_OK;
  }
  const kg_term name = kg_term_iri(scope->iri);
  kg_id id = KG_ID_NONE;
  KGQ_TRY(kg_terms_find(run->terms, &name, &id, err));
  *there = id != KG_ID_NONE && (!run->named_source.limited || kg_source_holds(&run->named_source, id));
  return fixed_source(run, id, source, err);
}

kgq_status kg_leaf_make(kg_run *run, const kg_alg *alg, kg_leaf *out, kgq_error **err) {
  assert(alg->kind == KG_ALG_TRIPLE || alg->kind == KG_ALG_TERM);
  bool there = true;
  *out = (kg_leaf){ .missing = false };
  KGQ_TRY(node_slot(run, &alg->subject, &out->slot[KG_S], &out->missing, err));
  KGQ_TRY(node_slot(run, &alg->predicate, &out->slot[KG_P], &out->missing, err));
  KGQ_TRY(node_slot(run, &alg->object, &out->slot[KG_O], &out->missing, err));
  if (alg->kind == KG_ALG_TERM) {
    out->source = &run->term_source;
    out->slot[KG_G] = (kg_slot){ .var = alg->var };
    return KGQ_OK;
  }
  KGQ_TRY(kg_scope_source(run, &alg->scope, &out->source, &out->slot[KG_G], &there, err));
  out->missing = out->missing || !there;
  return KGQ_OK;
}

void kg_leaf_spec(const kg_leaf *leaf, const kg_frame *frame, kg_quads_spec *out) {
  kg_quads_spec_init(out, leaf->source);
  for (uint8_t i = 0; i < 4; i++) {
    const kg_slot *slot = &leaf->slot[i];
    out->id[i] = slot->id;
    if (slot->var == KG_NO_VAR) {
      continue;
    }
    if (kg_frame_gives(frame, slot->var)) {
      out->id[i] = frame->values[slot->var];
      continue;
    }
    const int first = kg_leaf_slot(leaf, slot->var);
    out->same[i] = (uint8_t)first;
  }
}

uint32_t kg_leaf_vars(const kg_leaf *leaf, kg_var vars[4]) {
  uint32_t count = 0;
  for (int i = 0; i < 4; i++) {
    const kg_var v = leaf->slot[i].var;
    if (v != KG_NO_VAR && kg_leaf_slot(leaf, v) == i) {
      vars[count++] = v;
    }
  }
  return count;
}

int kg_leaf_slot(const kg_leaf *leaf, kg_var v) {
  for (int i = 0; i < 4; i++) {
    if (leaf->slot[i].var == v) {
      return i;
    }
  }
  return -1;
}

/* ---- for plans ---------------------------------------------------------------------------------- */

kgq_status kg_var_print(const kg_run *run, kg_var v, kg_buf *out, kgq_error **err) {
  return kg_buf_print(out, err, "?%.*s", KG_ARG(run->algebra->ast->vars[v].name));
}

kgq_status kg_id_print(kg_run *run, kg_id id, kg_buf *out, kgq_error **err) {
  if (id == KG_ID_NONE || id == KG_ID_DEFAULT_GRAPH) {
    return kg_buf_add_text(out, id == KG_ID_NONE ? "(unknown)" : "(default graph)", err);
  }
  const kg_term *term = NULL;
  KGQ_TRY(kg_terms_get(run->terms, id, &term, err));
  return kg_term_print(term, out, err);
}

static kgq_status print_slot(kg_run *run, const kg_slot *slot, kg_buf *out, kgq_error **err) {
  KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  return slot->var != KG_NO_VAR ? kg_var_print(run, slot->var, out, err)
                                : kg_id_print(run, slot->id, out, err);
}

static kgq_status print_source(kg_run *run, const kg_leaf *leaf, kg_buf *out, kgq_error **err) {
  switch (leaf->source->kind) {
  case KG_SOURCE_NONE: return kg_buf_add_text(out, " in no graph", err);
  case KG_SOURCE_UNION: return kg_buf_add_text(out, " in all graphs", err);
  case KG_SOURCE_ONE:
    KGQ_TRY(kg_buf_add_text(out, " in ", err));
    return kg_id_print(run, leaf->source->one, out, err);
  case KG_SOURCE_SET: return kg_buf_print(out, err, " in %u graphs", leaf->source->set_count);
  case KG_SOURCE_NAMED:
    KGQ_TRY(kg_buf_add_text(out, " in each", err));
    return print_slot(run, &leaf->slot[KG_G], out, err);
  case KG_SOURCE_TERMS:
    KGQ_TRY(kg_buf_add_text(out, " as triple term", err));
    return print_slot(run, &leaf->slot[KG_G], out, err);
  }
  return KGQ_OK;
}

kgq_status kg_leaf_print(kg_run *run, const kg_leaf *leaf, kg_buf *out, kgq_error **err) {
  for (int i = 0; i < 3; i++) {
    KGQ_TRY(print_slot(run, &leaf->slot[i], out, err));
  }
  return print_source(run, leaf, out, err);
}
