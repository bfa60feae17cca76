/* query/rewrite.c: changes of the algebra that keep its answers: the walk, and joins. See rewrite.h. */
#include "query/rewrite.h"

#include <assert.h>

typedef struct rewriter {
  kg_algebra *a;
  uint32_t off;
  uint64_t *read; /* a set for may_join_first */
} rewriter;

/* ---- required patterns before optional ones ----------------------------------------------------- */

/* Join(LeftJoin(A, B, F), C) = LeftJoin(Join(A, C), B, F), if whatever C has in common with B or F is bound
 * by A for certain: then a row of C that fits A fits the optional part too, and F sees nothing new. */
static bool may_join_first(const rewriter *r, const kg_alg *left_join, const kg_alg *join, uint32_t place) {
  const kg_alg *a = left_join->children[0], *b = left_join->children[1];
  memset(r->read, 0, r->a->set_words * sizeof(uint64_t));
  kg_set_or(r->read, b->bound, r->a->set_words);
  for (uint32_t i = 0; i < left_join->expr_count; i++) {
    kg_expr_vars(r->a, left_join->exprs[i], r->read);
  }
  for (uint32_t i = 0; i < join->child_count; i++) {
    if (i != place && !kg_set_common_in(r->read, join->children[i]->bound, a->certain, r->a->set_words)) {
      return false;
    }
  }
  return true;
}

static kgq_status join_first(rewriter *r, const kg_alg *join, uint32_t place, kg_alg **out, kgq_error **err) {
  kg_alg *left_join = NULL, *inner = NULL;
  KGQ_TRY(kg_alg_copy(r->a, join->children[place], &left_join, err));
  KGQ_TRY(kg_alg_copy(r->a, join, &inner, err));
  inner->children[place] = left_join->children[0];
  KGQ_TRY(kg_alg_analyse_node(r->a, inner, err));
  left_join->children[0] = inner;
  left_join->depth = inner->depth >= left_join->depth ? inner->depth + 1 : left_join->depth;
  KGQ_TRY(kg_alg_analyse_node(r->a, left_join, err));
  *out = left_join;
  return KGQ_OK;
}

/* Each optional part that can wait is taken out of the join; the join that is left comes lowest. */
static kgq_status rewrite_join(rewriter *r, kg_alg *join, kg_alg **out, kgq_error **err) {
  kg_alg *top = join, **hole = &top;
  bool changed = (r->off & KG_OFF_REQUIRED_FIRST) == 0;
  while (changed) {
    changed = false;
    kg_alg *inner = *hole;
    for (uint32_t i = 0; i < inner->child_count && !changed; i++) {
      if (inner->children[i]->kind == KG_ALG_LEFT_JOIN && may_join_first(r, inner->children[i], inner, i)) {
        KGQ_TRY(join_first(r, inner, i, hole, err));
        hole = &(*hole)->children[0];
        changed = true;
      }
    }
  }
  *out = top;
  return KGQ_OK;
}

/* ---- the walk ----------------------------------------------------------------------------------- */

static kgq_status rewrite(rewriter *r, const kg_alg *alg, kg_alg **out, kgq_error **err) {
  kg_alg *copy = NULL;
  KGQ_TRY(kg_alg_copy(r->a, alg, &copy, err));
  for (uint32_t i = 0; i < alg->child_count; i++) {
    KGQ_TRY(rewrite(r, alg->children[i], &copy->children[i], err));
    copy->depth = copy->children[i]->depth >= copy->depth ? copy->children[i]->depth + 1 : copy->depth;
  }
  KGQ_TRY(kg_alg_analyse_node(r->a, copy, err));
  *out = copy;
  if (copy->kind == KG_ALG_JOIN) {
    KGQ_TRY(kg_rewrite_distribute(r->a, r->off, copy, out, err));
    return *out == copy ? rewrite_join(r, copy, out, err) : KGQ_OK;
  }
  if (copy->kind == KG_ALG_LEFT_JOIN) {
    return kg_rewrite_optional(r->a, r->off, copy, err);
  }
  if (copy->kind == KG_ALG_FILTER) {
    return kg_rewrite_filter(r->a, r->off, copy->children[0], copy->exprs, copy->expr_count, out, err);
  }
  return KGQ_OK;
}

kgq_status kg_rewrite(kg_algebra *a, uint32_t off, kgq_error **err) {
  rewriter r = { .a = a, .off = off };
  if (a->planned && a->planned_off == off) {
    return KGQ_OK;
  }
  a->planned = NULL;
  r.read = (uint64_t *)kg_arena_zero(&a->ast->arena, a->set_words * sizeof(uint64_t));
  if (!r.read) {
    return kg_fail_memory(err);
  }
  for (kg_alg_exists *e = a->exists; e; e = e->next) {
    KGQ_TRY(rewrite(&r, e->alg, &e->planned, err));
  }
  KGQ_TRY(rewrite(&r, a->root, &a->planned, err));
  a->planned_off = off;
  return KGQ_OK;
}
