/* query/plan_equal.c: variables that have one value only, and ?a = ?b as one variable.
 *
 * What VALUES of one row binds is a constant in the patterns of its join, `?p = <iri>` among them, so that
 * they are known as well and read as little as if it had been written there.
 *
 * IRIs, blank nodes and strings are equal only to themselves (17.4.1.7). Where a pattern binds one of the two
 * and has nothing else there, the condition holds of a solution exactly when both have the same id: the other
 * patterns can bind the one variable instead of the other, and the condition becomes a join like any other,
 * with look-ups and merges. What the data have is asked of the snapshot that the query is answered from.
 */
#include "query/plan_equal.h"

static bool gives_one_row(const kg_alg *alg) {
  return alg->kind == KG_ALG_VALUES && alg->values->row_count == 1;
}

static kgq_status fix_slots(const kg_planner *p, kg_var v, const kg_term *term, kg_leaf *leaf,
                            uint64_t *fixed, kgq_error **err) {
  for (unsigned i = KG_S; i <= KG_O; i++) {
    kg_slot *slot = &leaf->slot[i];
    if (slot->var == v) {
      KGQ_TRY(kg_terms_find(p->run->terms, term, &slot->id, err));
      leaf->missing = leaf->missing || slot->id == KG_ID_NONE;
      slot->var = KG_NO_VAR;
      kg_set_add(fixed, v);
    }
  }
  return KGQ_OK;
}

kgq_status kg_plan_fix_values(const kg_planner *p, kg_alg *const *parts, uint32_t count, kg_leaf *leaf,
                              uint64_t *fixed, kgq_error **err) {
  if (kg_run_off(p->run, KG_OFF_EQUAL_CONSTANT)) {
    return KGQ_OK;
  }
  for (uint32_t i = 0; i < count; i++) {
    const kg_values *values = gives_one_row(parts[i]) ? parts[i]->values : NULL;
    for (uint32_t k = 0; values && k < values->var_count; k++) {
      const kg_var v = values->vars[k];
      if (values->cells[k] && v != leaf->slot[KG_G].var && !kg_frame_gives(p->frame, v)) {
        KGQ_TRY(fix_slots(p, v, &values->cells[k]->term, leaf, fixed, err));
      }
    }
  }
  return KGQ_OK;
}

/* ---- ?a = ?b ------------------------------------------------------------------------------------ */

/* Ids below are those of IRIs, blank nodes and strings, with or without a language. */
#define FIRST_OTHER kg_id_make(KG_TAG_TYPED, 0)

/* Has the pattern a row with another kind of id as its object? One seek, where rows come by it. */
static kgq_status has_other_objects(const kg_planner *p, const kg_leaf *leaf, bool *out, kgq_error **err) {
  kg_run *run = p->run;
  kg_id *const columns[4] = { NULL, NULL, NULL, NULL };
  kg_quads_spec spec;
  kg_quads *q = NULL;
  uint32_t count = 1;
  kgq_status st = KGQ_OK;
  *out = true;
  kg_leaf_spec(leaf, p->frame, &spec);
  if (!kg_quads_can_sort(&spec, KG_O)) {
    return KGQ_OK;
  }
  spec.sorted_by = KG_O;
  KGQ_TRY(kg_quads_open(run->snap, &spec, run->cancel, run->allocator, &q, err));
  if (kg_quads_sorted(q)) {
    KGQ_TRY_DONE(kg_quads_seek(q, FIRST_OTHER, err));
    KGQ_TRY_DONE(kg_quads_next(q, columns, 1, &count, err));
  }
  *out = count > 0;
done:
  kg_quads_close(q);
  return st;
}

/* Is `v` in each row of the input something that is equal only to itself? */
static kgq_status is_itself(const kg_planner *p, const kg_input *in, kg_var v, bool *out, kgq_error **err) {
  *out = false;
  if (in->kind != KG_INPUT_LEAF || in->leaf.source->kind == KG_SOURCE_TERMS) {
    return KGQ_OK;
  }
  const int slot = kg_leaf_slot(&in->leaf, v);
  if (slot != KG_O) {
    *out = slot >= 0; /* subjects, predicates and graphs */
    return KGQ_OK;
  }
  KGQ_TRY(has_other_objects(p, &in->leaf, out, err));
  *out = !*out;
  return KGQ_OK;
}

/* Can `keep` take the place of `drop` in all inputs? */
static bool can_replace(const kg_planner *p, const kg_input *inputs, uint32_t count, kg_var keep,
                        kg_var drop) {
  bool kept = false, dropped = false;
  if (keep == drop || kg_frame_gives(p->frame, keep) || kg_frame_gives(p->frame, drop)) {
    return false;
  }
  for (uint32_t i = 0; i < count; i++) {
    const bool here = kg_set_has(inputs[i].bound, drop);
    if (here && (inputs[i].kind != KG_INPUT_LEAF || kg_set_has(inputs[i].bound, keep))) {
      return false;
    }
    kept = kept || kg_set_has(inputs[i].certain, keep);
    dropped = dropped || here;
  }
  return kept && dropped;
}

static void replace_in(kg_input *in, kg_var keep, kg_var drop) {
  for (unsigned i = 0; i < 4; i++) {
    in->leaf.slot[i].var = in->leaf.slot[i].var == drop ? keep : in->leaf.slot[i].var;
  }
  for (uint32_t i = 0; i < in->var_count; i++) {
    in->vars[i] = in->vars[i] == drop ? keep : in->vars[i];
  }
  for (uint32_t i = 0; i < in->order_count; i++) {
    in->orders[i] = in->orders[i] == drop ? keep : in->orders[i];
  }
  kg_set_remove(in->bound, drop);
  kg_set_remove(in->certain, drop);
  kg_set_add(in->bound, keep);
  kg_set_add(in->certain, keep);
}

kgq_status kg_plan_replace_equal(const kg_planner *p, kg_input *inputs, uint32_t count, kg_var keep,
                                 kg_var drop, bool *done, kgq_error **err) {
  bool itself = false;
  *done = false;
  if (!can_replace(p, inputs, count, keep, drop)) {
    return KGQ_OK;
  }
  for (uint32_t i = 0; i < count && !itself; i++) {
    KGQ_TRY(is_itself(p, &inputs[i], keep, &itself, err));
    if (!itself) {
      KGQ_TRY(is_itself(p, &inputs[i], drop, &itself, err));
    }
  }
  for (uint32_t i = 0; i < count && itself; i++) {
    if (kg_set_has(inputs[i].bound, drop)) {
      replace_in(&inputs[i], keep, drop);
    }
  }
  *done = itself;
  return KGQ_OK;
}
