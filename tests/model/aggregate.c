/* tests/model/aggregate.c: GROUP BY and the set functions by their definitions. The contract: aggregate.h.
 *
 * Where a definition leaves the value open (MIN and MAX among terms without order, SAMPLE of different terms,
 * SUM of doubles that rounds otherwise in another order), the run is marked undetermined, and its answer is
 * not compared. The order in GROUP_CONCAT is not marked: who generates queries looks at its length only.
 */
#include "tests/model/aggregate.h"
#include "tests/model/expr.h"
#include "tests/model/pattern.h"

#define SUM_ORDERS 8 /* of these, each way round */

/* ---- groups ------------------------------------------------------------------------------------- */

/* ListEval of the keys; errors are NULL, which is the same as itself. */
static void list_eval(model *m, const kg_select *select, const model_graph *graph, model_row row,
                      model_value *out) {
  const model_place place = { row, graph, NULL };
  for (const kg_group_key *key = select->group; key; key = key->next) {
    *out++ = key->var == KG_NO_VAR ? model_expr(m, key->expr, &place) : row[key->var];
  }
}

static bool same_lists(const model_value *a, const model_value *b, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!model_same(a[i], b[i])) {
      return false;
    }
  }
  return true;
}

model_groups model_group_by(model *m, const kg_select *select, const model_graph *graph,
                            const model_bag *in) {
  size_t width = 0;
  for (const kg_group_key *key = select->group; key; key = key->next) {
    width++;
  }
  model_groups groups = { model_alloc(m->arena, (in->count + 1) * sizeof(model_bag)), width == 0 };
  model_value *keys = model_alloc(m->arena, (in->count + 1) * (width + 1) * sizeof *keys);
  for (size_t i = 0; i < in->count; i++) {
    model_value *key = model_alloc(m->arena, (width + 1) * sizeof *key);
    list_eval(m, select, graph, in->rows[i], key);
    size_t g = 0;
    while (g < groups.count && width && model_step(m) && !same_lists(keys + g * width, key, width)) {
      g++;
    }
    if (g == groups.count) {
      memcpy(keys + g * width, key, width * sizeof *key);
      groups.count++;
    }
    model_add_row(m, &groups.list[g], in->rows[i]);
  }
  return groups;
}

model_row model_key_row(model *m, const kg_select *select, const model_bag *group) {
  model_row row = model_new_row(m, NULL);
  for (const kg_group_key *key = select->group; key && group->count; key = key->next) {
    const bool variable = key->var == KG_NO_VAR && key->expr->kind == KG_EXPR_VAR;
    const kg_var v = variable ? key->expr->var : key->var;
    if (v != KG_NO_VAR) {
      row[v] = group->rows[0][v];
    }
  }
  return row;
}

/* ---- set functions ------------------------------------------------------------------------------ */

typedef struct list {
  model_value *values; /* NULL: an error */
  size_t count, errors;
} list;

static bool contains(const list *l, model_value v) {
  for (size_t i = 0; i < l->count; i++) {
    if (model_same(l->values[i], v)) {
      return true;
    }
  }
  return false;
}

/* M(group), with DISTINCT without duplicates. */
static list flatten(model *m, const kg_expr *call, const model_graph *graph, const model_bag *group) {
  list l = { model_alloc(m->arena, (group->count + 1) * sizeof(model_value)), 0, 0 };
  for (size_t i = 0; i < group->count; i++) {
    const model_place place = { group->rows[i], graph, NULL };
    const model_value v = model_expr(m, call->args, &place);
    if (model_step(m) && !(call->distinct && contains(&l, v))) {
      l.values[l.count++] = v;
      l.errors += v == NULL;
    }
  }
  return l;
}

static model_value count_rows(model *m, const model_bag *group, bool distinct) {
  size_t n = 0;
  for (size_t i = 0; i < group->count; i++) {
    bool seen = false;
    for (size_t k = 0; k < i && distinct && !seen && model_step(m); k++) {
      seen = model_same_rows(m, group->rows[k], group->rows[i]);
    }
    n += !seen;
  }
  return model_whole(m->arena, (int64_t)n);
}

/* The sum of the values from `from` on, round to the one before, or the other way. */
static model_value sum_round(model *m, const list *l, size_t from, bool backward) {
  model_value total = model_whole(m->arena, 0);
  for (size_t i = 0; i < l->count; i++) {
    const size_t at = (from + (backward ? l->count - i : i)) % l->count;
    total = model_arithmetic(m->arena, '+', l->values[at], total);
  }
  return total;
}

/* 18.5.1.3: numeric-add over a multiset, which has no order; where that of doubles changes how they are
 * rounded, the sum is undetermined. All orders of three values are tried, some of more. */
static model_value sum(model *m, const list *l) {
  const model_value total = sum_round(m, l, 0, false);
  for (size_t from = 0; from < l->count && from < SUM_ORDERS && model_step(m); from++) {
    for (int backward = 0; backward < 2; backward++) {
      const model_value other = sum_round(m, l, from, backward);
      m->undetermined = m->undetermined || (!total != !other) || (total && !model_same(total, other));
    }
  }
  return total;
}

static model_value average(model *m, const list *l) {
  const size_t count = l->count - l->errors;
  if (count == 0) {
    return model_whole(m->arena, 0);
  }
  return model_arithmetic(m->arena, '/', sum(m, l), model_whole(m->arena, (int64_t)count));
}

/* The first by ORDER BY; errors, as no value, come before all that is. `direction` 1: MIN, -1: MAX. */
static model_value first_by_order(model *m, const list *l, int direction) {
  model_value best = NULL;
  for (size_t i = 0; i < l->count; i++) {
    const int c = model_order(l->values[i], best);
    if (i == 0 || c == -direction) {
      best = l->values[i];
    }
  }
  for (size_t i = 0; i < l->count; i++) { /* is it really before each other? */
    const int c = model_order(best, l->values[i]);
    m->undetermined = m->undetermined || (c != 0 && c != -direction);
  }
  return best;
}

static model_value joined(model *m, const list *l, kgq_str separator) {
  size_t bytes = 1;
  for (size_t i = 0; i < l->count; i++) {
    if (!model_is_text(l->values[i])) {
      return NULL;
    }
    bytes += l->values[i]->text.len + separator.len;
  }
  char *text = model_alloc(m->arena, bytes);
  size_t n = 0;
  for (size_t i = 0; i < l->count; i++) {
    const kgq_str part = l->values[i]->text;
    if (i > 0 && separator.len) {
      memcpy(text + n, separator.ptr, separator.len);
      n += separator.len;
    }
    if (part.len) {
      memcpy(text + n, part.ptr, part.len);
      n += part.len;
    }
  }
  return model_text(m->arena, kg_str_n(text, n));
}

static model_value sample(model *m, const list *l) {
  for (size_t i = 1; i < l->count; i++) {
    m->undetermined = m->undetermined || !model_same(l->values[i], l->values[0]);
  }
  return l->count ? l->values[0] : NULL;
}

static model_value set_function(model *m, const kg_expr *call, const model_graph *graph,
                                const model_bag *group) {
  if (call->star) {
    return count_rows(m, group, call->distinct);
  }
  const list l = flatten(m, call, graph, group);
  switch (call->aggregate) {
  case KG_AGG_COUNT: return model_whole(m->arena, (int64_t)(l.count - l.errors));
  case KG_AGG_SUM: return sum(m, &l);
  case KG_AGG_AVG: return average(m, &l);
  case KG_AGG_MIN: return first_by_order(m, &l, 1);
  case KG_AGG_MAX: return first_by_order(m, &l, -1);
  case KG_AGG_GROUP_CONCAT: return joined(m, &l, call->separator);
  case KG_AGG_SAMPLE: return sample(m, &l);
  case KG_AGG_AGREE: break;
  }
  m->undetermined = true;
  return NULL;
}

/* ---- where they stand --------------------------------------------------------------------------- */

typedef struct walk {
  model *m;
  const model_graph *graph;
  const model_bag *group;
  const model_answer *answers;
} walk;

static void visit(walk *w, const kg_expr *e) {
  if (e->kind == KG_EXPR_AGGREGATE) {
    model_answer *a = model_alloc(w->m->arena, sizeof *a);
    a->call = e;
    a->value = set_function(w->m, e, w->graph, w->group);
    a->next = w->answers;
    w->answers = a;
    return;
  }
  for (const kg_expr *arg = e->args; arg; arg = arg->next) {
    visit(w, arg);
  }
}

const model_answer *model_aggregates(model *m, const kg_select *select, const model_graph *graph,
                                     const model_bag *group) {
  walk w = { m, graph, group, NULL };
  for (const kg_projection *p = select->projection; p; p = p->next) {
    if (p->expr) {
      visit(&w, p->expr);
    }
  }
  for (const kg_expr *e = select->having; e; e = e->next) {
    visit(&w, e);
  }
  for (const kg_order *o = select->order; o; o = o->next) {
    visit(&w, o->expr);
  }
  return w.answers;
}
