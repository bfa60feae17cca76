/* query/rewrite_union.c: a join with a UNION as a UNION of joins.
 *
 * Join(P, Union(A, B)) = Union(Join(P, A), Join(P, B)), solution by solution (SPARQL 18.5). Where P says
 * which few things are asked for, each branch can begin with it instead of being worked out for everything:
 * SP2Bench q8 gave 630,000 rows of co-authors to find the 2,355 of one author. P is a few plain patterns
 * only, so that working them out once a branch costs little at worst.
 */
#include "query/rewrite.h"

#define PATTERNS_MAX 4
#define BRANCHES_MAX 6

static bool has_constant(const kg_alg *alg) {
  return alg->kind == KG_ALG_VALUES || alg->subject.kind == KG_NODE_TERM || alg->object.kind == KG_NODE_TERM;
}

static bool is_plain(const kg_alg *alg) {
  const int kind = (int)alg->kind;
  return kind == KG_ALG_TRIPLE || kind == KG_ALG_TERM || kind == KG_ALG_VALUES;
}

/* The place of the one UNION among plain patterns that select; UINT32_MAX: the join is not like that. */
static uint32_t union_in(const kg_algebra *a, const kg_alg *join) {
  uint32_t place = UINT32_MAX;
  bool selects = false;
  for (uint32_t i = 0; i < join->child_count; i++) {
    const kg_alg *child = join->children[i];
    if (child->kind == KG_ALG_UNION && place == UINT32_MAX) {
      place = i;
    } else if (!is_plain(child)) {
      return UINT32_MAX;
    }
  }
  if (place == UINT32_MAX || join->child_count - 1 > PATTERNS_MAX ||
      join->children[place]->child_count > BRANCHES_MAX) {
    return UINT32_MAX;
  }
  for (uint32_t i = 0; i < join->child_count; i++) {
    selects = selects || (i != place && has_constant(join->children[i]) &&
                          kg_set_meets(join->children[i]->bound, join->children[place]->bound, a->set_words));
  }
  return selects ? place : UINT32_MAX;
}

/* Does the condition see the same in Filter(F, Join(P, X)) as in Join(P, Filter(F, X))? What P and F have in
 * common must be bound by X. */
static bool may_rise(const kg_algebra *a, const kg_expr *expr, const kg_alg *join, uint32_t place,
                     const kg_alg *inner, uint64_t *read) {
  if (kg_expr_has_exists(expr) || kg_expr_volatile(expr)) {
    return false;
  }
  memset(read, 0, a->set_words * sizeof(uint64_t));
  kg_expr_vars(a, expr, read);
  for (uint32_t i = 0; i < join->child_count; i++) {
    if (i != place && !kg_set_common_in(read, join->children[i]->bound, inner->certain, a->set_words)) {
      return false;
    }
  }
  return true;
}

static bool all_rise(const kg_algebra *a, const kg_alg *filter, const kg_alg *join, uint32_t place,
                     uint64_t *read) {
  for (uint32_t i = 0; i < filter->expr_count; i++) {
    if (!may_rise(a, filter->exprs[i], join, place, filter->children[0], read)) {
      return false;
    }
  }
  return true;
}

static kgq_status put_in(kg_algebra *a, kg_alg *over, uint32_t place, kg_alg *child, kgq_error **err) {
  over->children[place] = child;
  over->depth = child->depth >= over->depth ? child->depth + 1 : over->depth;
  return kg_alg_analyse_node(a, over, err);
}

/* The join with `branch` in the place of the UNION; conditions of the branch come on top where they may. */
static kgq_status join_branch(kg_algebra *a, const kg_alg *join, uint32_t place, kg_alg *branch,
                              uint64_t *read, kg_alg **out, kgq_error **err) {
  kg_alg *inner = NULL;
  const bool rises = branch->kind == KG_ALG_FILTER && all_rise(a, branch, join, place, read);
  KGQ_TRY(kg_alg_copy(a, join, &inner, err));
  KGQ_TRY(put_in(a, inner, place, rises ? branch->children[0] : branch, err));
  *out = inner;
  if (!rises) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_alg_copy(a, branch, out, err));
  return put_in(a, *out, 0, inner, err);
}

kgq_status kg_rewrite_distribute(kg_algebra *a, uint32_t off, kg_alg *join, kg_alg **out, kgq_error **err) {
  const uint32_t place = (off & KG_OFF_FLATTEN) != 0 ? UINT32_MAX : union_in(a, join);
  *out = join;
  if (place == UINT32_MAX) {
    return KGQ_OK;
  }
  const kg_alg *branches = join->children[place];
  uint64_t *read = (uint64_t *)kg_arena_zero(&a->ast->arena, a->set_words * sizeof(uint64_t));
  if (!read) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(kg_alg_copy(a, branches, out, err));
  for (uint32_t i = 0; i < branches->child_count; i++) {
    kg_alg *joined = NULL;
    KGQ_TRY(join_branch(a, join, place, branches->children[i], read, &joined, err));
    KGQ_TRY(put_in(a, *out, i, joined, err));
  }
  return KGQ_OK;
}
