/* tests/model/pattern.c: groups, element by element as 18.2.2.6 translates and 18.6 evaluates them. The
 * contract: pattern.h.
 *
 * The translation and its evaluation are one walk: G is kept as the multiset it evaluates to. Joins are
 * nested loops. Blank nodes of patterns are variables whose cells are emptied at the end of the group, which
 * no label leaves.
 */
#include "tests/model/pattern.h"
#include "tests/model/expr.h"
#include "tests/model/path.h"

/* ---- multisets ---------------------------------------------------------------------------------- */

model_row model_new_row(model *m, model_row from) {
  const size_t bytes = m->ast->var_count * sizeof(model_value);
  model_row row = model_alloc(m->arena, bytes);
  if (from && bytes) {
    memcpy(row, from, bytes);
  }
  return row;
}

void model_add_row(model *m, model_bag *bag, model_row row) {
  if (!model_step(m)) {
    return;
  }
  if (bag->count == bag->capacity) {
    const size_t capacity = bag->capacity ? bag->capacity * 2 : 16;
    model_row *larger = model_alloc(m->arena, capacity * sizeof *larger);
    if (bag->count) {
      memcpy(larger, bag->rows, bag->count * sizeof *larger);
    }
    bag->rows = larger;
    bag->capacity = capacity;
  }
  bag->rows[bag->count++] = row;
}

void model_hide(const model *m, model_row row) {
  for (kg_var v = 0; v < m->ast->var_count; v++) {
    if (m->ast->vars[v].hidden) {
      row[v] = NULL;
    }
  }
}

bool model_same_rows(const model *m, model_row a, model_row b) {
  for (kg_var v = 0; v < m->ast->var_count; v++) {
    if (!model_same(a[v], b[v])) {
      return false;
    }
  }
  return true;
}

static bool compatible(const model *m, model_row a, model_row b) {
  for (kg_var v = 0; v < m->ast->var_count; v++) {
    if (a[v] && b[v] && !model_same(a[v], b[v])) {
      return false;
    }
  }
  return true;
}

static bool disjoint(const model *m, model_row a, model_row b) {
  for (kg_var v = 0; v < m->ast->var_count; v++) {
    if (a[v] && b[v] && !m->ast->vars[v].hidden) {
      return false;
    }
  }
  return true;
}

static model_row merge(model *m, model_row a, model_row b) {
  model_row row = model_new_row(m, a);
  for (kg_var v = 0; v < m->ast->var_count; v++) {
    row[v] = row[v] ? row[v] : b[v];
  }
  return row;
}

model_bag model_join(model *m, const model_bag *left, const model_bag *right) {
  model_bag out = { NULL, 0, 0 };
  for (size_t i = 0; i < left->count; i++) {
    for (size_t k = 0; k < right->count && model_step(m); k++) {
      if (compatible(m, left->rows[i], right->rows[k])) {
        model_add_row(m, &out, merge(m, left->rows[i], right->rows[k]));
      }
    }
  }
  return out;
}

static void append(model *m, model_bag *to, const model_bag *from) {
  for (size_t i = 0; i < from->count; i++) {
    model_add_row(m, to, from->rows[i]);
  }
}

static bool all_hold(model *m, const kg_pattern *group, const model_graph *graph, model_row row) {
  const model_place place = { row, graph, NULL };
  for (const kg_pattern *p = group->first; p; p = p->next) {
    if (p->kind == KG_PATTERN_FILTER && !model_holds(m, p->expr, &place)) {
      return false;
    }
  }
  return true;
}

/* ---- triples and paths -------------------------------------------------------------------------- */

/* Makes `node` under `row` the term, binding variables. */
static bool unify(const kg_node *node, model_value term, model_row row) {
  switch (node->kind) {
  case KG_NODE_TERM: return kg_term_equal(&node->term, term);
  case KG_NODE_VAR:
    if (!row[node->var]) {
      row[node->var] = term;
    }
    return model_same(row[node->var], term);
  case KG_NODE_TRIPLE: break;
  }
  if (term->kind != KG_TERM_TRIPLE) {
    return false;
  }
  return unify(&node->triple[0], &term->triple[0], row) && unify(&node->triple[1], &term->triple[1], row) &&
         unify(&node->triple[2], &term->triple[2], row);
}

/* Join(G, triple pattern): each triple of the graph is tried with each solution. */
static model_bag match_triple(model *m, const kg_pattern *p, const model_graph *graph, const model_bag *in) {
  model_bag out = { NULL, 0, 0 };
  for (size_t i = 0; i < in->count; i++) {
    for (size_t k = 0; k < graph->count && model_step(m); k++) {
      const model_triple *t = &graph->triples[k];
      model_row row = model_new_row(m, in->rows[i]);
      if (unify(&p->subject, t->part[0], row) && unify(&p->predicate, t->part[1], row) &&
          unify(&p->object, t->part[2], row)) {
        model_add_row(m, &out, row);
      }
    }
  }
  return out;
}

static model_value ground(const kg_node *node) {
  return node->kind == KG_NODE_TERM ? &node->term : NULL;
}

/* Path(X, ppe, Y) by itself: other patterns are joined to it, not put into it. */
static model_bag match_path(model *m, const kg_pattern *p, const model_graph *graph) {
  const model_pairs pairs = model_path(m, graph, p->path, ground(&p->subject), ground(&p->object));
  model_bag out = { NULL, 0, 0 };
  for (size_t i = 0; i < pairs.count; i++) {
    model_row row = model_new_row(m, NULL);
    if (unify(&p->subject, pairs.list[i].from, row) && unify(&p->object, pairs.list[i].to, row)) {
      model_add_row(m, &out, row);
    }
  }
  return out;
}

model_bag model_values(model *m, const kg_values *values) {
  model_bag out = { NULL, 0, 0 };
  for (uint32_t r = 0; r < values->row_count; r++) {
    model_row row = model_new_row(m, NULL);
    for (uint32_t c = 0; c < values->var_count; c++) {
      const kg_node *cell = values->cells[(size_t)r * values->var_count + c];
      row[values->vars[c]] = cell ? &cell->term : NULL;
    }
    model_add_row(m, &out, row);
  }
  return out;
}

/* ---- OPTIONAL, MINUS, BIND, GRAPH, UNION --------------------------------------------------------- */

static model_bag group_body(model *m, const kg_pattern *group, const model_graph *graph, model_row context);

/* LeftJoin(G, A, F): the filters that stand directly in the optional group are F, and see both sides. */
static model_bag left_join(model *m, const model_bag *left, const kg_pattern *group, const model_graph *graph,
                           model_row context) {
  const model_bag right = group_body(m, group, graph, context);
  model_bag out = { NULL, 0, 0 };
  for (size_t i = 0; i < left->count; i++) {
    bool found = false;
    for (size_t k = 0; k < right.count && model_step(m); k++) {
      if (compatible(m, left->rows[i], right.rows[k])) {
        model_row row = merge(m, left->rows[i], right.rows[k]);
        model_row seen = model_new_row(m, row);
        model_hide(m, seen);
        if (all_hold(m, group, graph, seen)) {
          model_add_row(m, &out, row);
          found = true;
        }
      }
    }
    if (!found) {
      model_add_row(m, &out, left->rows[i]);
    }
  }
  return out;
}

static model_bag minus(model *m, const model_bag *left, const model_bag *right) {
  model_bag out = { NULL, 0, 0 };
  for (size_t i = 0; i < left->count; i++) {
    bool removed = false;
    for (size_t k = 0; k < right->count && !removed && model_step(m); k++) {
      removed = compatible(m, left->rows[i], right->rows[k]) && !disjoint(m, left->rows[i], right->rows[k]);
    }
    if (!removed) {
      model_add_row(m, &out, left->rows[i]);
    }
  }
  return out;
}

static model_bag extend(model *m, const model_bag *in, const kg_pattern *bind, const model_graph *graph) {
  model_bag out = { NULL, 0, 0 };
  for (size_t i = 0; i < in->count; i++) {
    model_row row = model_new_row(m, in->rows[i]), seen = model_new_row(m, in->rows[i]);
    model_hide(m, seen);
    const model_place place = { seen, graph, NULL };
    m->undetermined = m->undetermined || row[bind->var]; /* 18.5: Extend is undefined then */
    row[bind->var] = model_expr(m, bind->expr, &place);
    model_add_row(m, &out, row);
  }
  return out;
}

/* 18.6, Graph(var, A): once for each named graph, joined with the graph's name. */
static model_bag graph_by_name(model *m, const kg_pattern *p, model_row context) {
  model_bag out = { NULL, 0, 0 };
  for (size_t i = 0; i < m->dataset->named_count; i++) {
    const model_named *named = &m->dataset->named[i];
    if (p->graph.kind == KG_NODE_TERM && !model_same(&p->graph.term, named->name)) {
      continue;
    }
    const model_bag inside = model_group(m, p->first, &named->graph, context);
    model_bag name = { NULL, 0, 0 };
    model_add_row(m, &name, model_new_row(m, NULL));
    if (p->graph.kind == KG_NODE_VAR && name.count) {
      name.rows[0][p->graph.var] = named->name;
    }
    const model_bag joined = model_join(m, &inside, &name);
    append(m, &out, &joined);
  }
  return out;
}

static model_bag any_of(model *m, const kg_pattern *p, const model_graph *graph, model_row context) {
  model_bag out = { NULL, 0, 0 };
  for (const kg_pattern *branch = p->first; branch; branch = branch->next) {
    const model_bag one = model_group(m, branch, graph, context);
    append(m, &out, &one);
  }
  return out;
}

/* Elements that are joined to what stands before them. */
static model_bag joined_element(model *m, const kg_pattern *p, const model_graph *graph, model_row context) {
  switch ((int)p->kind) {
  case KG_PATTERN_PATH: return match_path(m, p, graph);
  case KG_PATTERN_GROUP: return model_group(m, p, graph, context);
  case KG_PATTERN_UNION: return any_of(m, p, graph, context);
  case KG_PATTERN_GRAPH: return graph_by_name(m, p, context);
  case KG_PATTERN_VALUES: return model_values(m, p->values);
  case KG_PATTERN_SUBSELECT: return m->select(m, p->select, graph, context);
  default: break;
  }
  m->undetermined = true; /* SERVICE and computed properties are not the standard's to decide */
  return (model_bag){ NULL, 0, 0 };
}

/* ---- groups ------------------------------------------------------------------------------------- */

static model_bag element(model *m, const kg_pattern *p, const model_graph *graph, const model_bag *so_far,
                         model_row context) {
  if (p->kind == KG_PATTERN_TRIPLE) {
    return match_triple(m, p, graph, so_far);
  }
  if (p->kind == KG_PATTERN_OPTIONAL) {
    return left_join(m, so_far, p->first, graph, context);
  }
  if (p->kind == KG_PATTERN_BIND) {
    return extend(m, so_far, p, graph);
  }
  if (p->kind == KG_PATTERN_MINUS) {
    const model_bag right = model_group(m, p->first, graph, context);
    return minus(m, so_far, &right);
  }
  const model_bag right = joined_element(m, p, graph, context);
  return model_join(m, so_far, &right);
}

/* A group without the filters that stand directly in it. */
static model_bag group_body(model *m, const kg_pattern *group, const model_graph *graph, model_row context) {
  model_bag so_far = { NULL, 0, 0 };
  model_add_row(m, &so_far, model_new_row(m, context));
  for (const kg_pattern *p = group->first; p && !m->too_big; p = p->next) {
    if (p->kind != KG_PATTERN_FILTER) {
      so_far = element(m, p, graph, &so_far, context);
    }
  }
  for (size_t i = 0; i < so_far.count; i++) {
    so_far.rows[i] = model_new_row(m, so_far.rows[i]); /* rows may be shared with other multisets */
    model_hide(m, so_far.rows[i]);
  }
  return so_far;
}

model_bag model_group(model *m, const kg_pattern *group, const model_graph *graph, model_row context) {
  const model_bag body = group_body(m, group, graph, context);
  model_bag out = { NULL, 0, 0 };
  for (size_t i = 0; i < body.count && !m->too_big; i++) {
    if (all_hold(m, group, graph, body.rows[i])) {
      model_add_row(m, &out, body.rows[i]);
    }
  }
  return out;
}
