/* tests/model/eval.c: queries: datasets, SELECT with its modifiers, ASK, CONSTRUCT. The contract: eval.h.
 *
 * Follows 18.2.4 and 18.2.5 step by step: grouping, aggregates, HAVING, VALUES, SELECT expressions, ORDER BY,
 * projection, DISTINCT, OFFSET and LIMIT. Where LIMIT or OFFSET cuts between solutions whose order is not
 * defined and which differ, the run is marked undetermined.
 */
#include <stdio.h>

#include "tests/model/aggregate.h"
#include "tests/model/eval.h"
#include "tests/model/expr.h"
#include "tests/model/pattern.h"

/* ---- datasets ----------------------------------------------------------------------------------- */

static void add_triple(model_graph *graph, model_triple *room, const model_quad *quad) {
  for (size_t i = 0; i < graph->count; i++) {
    const model_triple *t = &graph->triples[i];
    if (model_same(t->part[0], quad->part[0]) && model_same(t->part[1], quad->part[1]) &&
        model_same(t->part[2], quad->part[2])) {
      return;
    }
  }
  for (int i = 0; i < 3; i++) {
    room[graph->count].part[i] = quad->part[i];
  }
  graph->count++;
}

typedef bool (*quad_test)(const void *arg, const model_quad *quad);

static model_graph graph_of(kg_arena *arena, const model_quad *quads, size_t count, quad_test test,
                            const void *arg) {
  model_triple *room = model_alloc(arena, (count + 1) * sizeof *room);
  model_graph graph = { room, 0 };
  for (size_t i = 0; i < count; i++) {
    if (test(arg, &quads[i])) {
      add_triple(&graph, room, &quads[i]);
    }
  }
  return graph;
}

static bool any_quad(const void *arg, const model_quad *quad) {
  (void)arg;
  (void)quad;
  return true;
}

static bool in_graph(const void *arg, const model_quad *quad) { /* arg: a name, or NULL */
  return model_same(quad->graph, arg);
}

static bool in_list(const void *arg, const model_quad *quad) {
  for (const kg_iri_list *l = arg; l; l = l->next) {
    if (quad->graph && quad->graph->kind == KG_TERM_IRI && kg_str_equal(quad->graph->text, l->iri)) {
      return true;
    }
  }
  return false;
}

static bool has_name(const model_dataset *d, model_value name) {
  for (size_t k = 0; k < d->named_count; k++) {
    if (model_same(d->named[k].name, name)) {
      return true;
    }
  }
  return false;
}

/* 13.2: FROM NAMED makes a named graph, whether the store has triples in it or not. */
static size_t names_given(kg_arena *arena, const kg_dataset *clauses, model_value *out) {
  size_t n = 0;
  for (const kg_iri_list *l = clauses->named; l; l = l->next) {
    if (out) {
      out[n] = model_term(arena, kg_term_iri(l->iri));
    }
    n++;
  }
  return n;
}

static model_dataset make_dataset(kg_arena *arena, const kg_dataset *clauses, const model_quad *quads,
                                  size_t count, bool union_default) {
  size_t n = clauses->given ? names_given(arena, clauses, NULL) : count;
  model_named *named = model_alloc(arena, (n + 1) * sizeof *named);
  model_value *names = model_alloc(arena, (n + 1) * sizeof *names);
  model_dataset d = { .named = named };
  if (clauses->given) {
    names_given(arena, clauses, names);
  }
  for (size_t i = 0; i < n; i++) {
    const model_value name = clauses->given ? names[i] : quads[i].graph;
    if (name && !has_name(&d, name)) {
      named[d.named_count].name = name;
      named[d.named_count++].graph = graph_of(arena, quads, count, in_graph, name);
    }
  }
  if (clauses->given) {
    d.default_graph = graph_of(arena, quads, count, in_list, clauses->graphs);
  } else {
    d.default_graph = graph_of(arena, quads, count, union_default ? any_quad : in_graph, NULL);
  }
  return d;
}

/* ---- solutions on their way through the modifiers ------------------------------------------------ */

typedef struct solved {
  model_row row;
  const model_answer *answers; /* of its group */
  model_value *keys;           /* of ORDER BY */
} solved;

typedef struct solved_list {
  solved *items;
  size_t count;
} solved_list;

static solved_list list_of(model *m, size_t capacity) {
  return (solved_list){ model_alloc(m->arena, (capacity + 1) * sizeof(solved)), 0 };
}

static solved_list ungrouped(model *m, const model_bag *bag) {
  solved_list out = list_of(m, bag->count);
  for (size_t i = 0; i < bag->count; i++) {
    out.items[out.count++].row = model_new_row(m, bag->rows[i]);
  }
  return out;
}

/* GROUP BY (expr AS ?v) gives each solution ?v before it is grouped. */
static void extend_keys(model *m, const kg_select *select, const model_graph *graph, model_bag *bag) {
  for (size_t i = 0; i < bag->count; i++) {
    bag->rows[i] = model_new_row(m, bag->rows[i]);
    const model_place place = { bag->rows[i], graph, NULL };
    for (const kg_group_key *key = select->group; key; key = key->next) {
      if (key->var != KG_NO_VAR) {
        m->undetermined = m->undetermined || bag->rows[i][key->var]; /* 18.5: Extend is undefined then */
        bag->rows[i][key->var] = model_expr(m, key->expr, &place);
      }
    }
  }
}

static solved_list grouped(model *m, const kg_select *select, const model_graph *graph, model_bag *bag) {
  extend_keys(m, select, graph, bag);
  const model_groups groups = model_group_by(m, select, graph, bag);
  solved_list out = list_of(m, groups.count);
  for (size_t i = 0; i < groups.count && !m->too_big; i++) {
    out.items[i].row = model_key_row(m, select, &groups.list[i]);
    out.items[i].answers = model_aggregates(m, select, graph, &groups.list[i]);
    out.count++;
  }
  return out;
}

static void keep_having(model *m, const kg_select *select, const model_graph *graph, solved_list *list) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++) {
    const model_place place = { list->items[i].row, graph, list->items[i].answers };
    bool all = true;
    for (const kg_expr *e = select->having; e; e = e->next) {
      all = all && model_holds(m, e, &place);
    }
    if (all) {
      list->items[kept++] = list->items[i];
    }
  }
  list->count = kept;
}

static void extend_select(model *m, const kg_select *select, const model_graph *graph, solved_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    const model_place place = { list->items[i].row, graph, list->items[i].answers };
    for (const kg_projection *p = select->projection; p; p = p->next) {
      if (p->expr) {
        m->undetermined = m->undetermined || list->items[i].row[p->var]; /* 18.5: Extend is undefined then */
        list->items[i].row[p->var] = model_expr(m, p->expr, &place);
      }
    }
  }
}

/* ---- ORDER BY ----------------------------------------------------------------------------------- */

/* -1, 0, 1, or MODEL_UNORDERED: the first condition by which the terms differ decides, or leaves it open. */
static int compare_keys(const kg_order *order, const model_value *a, const model_value *b) {
  for (; order; order = order->next, a++, b++) {
    const int c = model_order(*a, *b);
    if (c == MODEL_UNORDERED) {
      return c;
    }
    if (c != 0) {
      return order->descending ? -c : c;
    }
  }
  return 0;
}

static model_value *order_keys(model *m, const kg_order *order, const model_place *place) {
  size_t n = 0;
  for (const kg_order *o = order; o; o = o->next) {
    n++;
  }
  model_value *keys = model_alloc(m->arena, (n + 1) * sizeof *keys);
  n = 0;
  for (const kg_order *o = order; o; o = o->next) {
    keys[n++] = model_expr(m, o->expr, place);
  }
  return keys;
}

static void sort(model *m, const kg_select *select, const model_graph *graph, solved_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    const model_place place = { list->items[i].row, graph, list->items[i].answers };
    list->items[i].keys = order_keys(m, select->order, &place);
    const solved item = list->items[i];
    size_t at = i;
    while (at > 0 && model_step(m) && compare_keys(select->order, list->items[at - 1].keys, item.keys) == 1) {
      list->items[at] = list->items[at - 1];
      at--;
    }
    list->items[at] = item;
  }
}

/* ---- projection, DISTINCT, OFFSET, LIMIT --------------------------------------------------------- */

static void project(model *m, const kg_select *select, solved_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    model_row row = model_new_row(m, NULL);
    for (const kg_projection *p = select->projection; p; p = p->next) {
      row[p->var] = list->items[i].row[p->var];
    }
    list->items[i].row = row;
  }
}

/* `*order_open`: solutions that are one had different places in the order. */
static void keep_distinct(model *m, const kg_select *select, solved_list *list, bool *order_open) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++) {
    bool seen = false;
    for (size_t k = 0; k < kept && !seen && model_step(m); k++) {
      seen = model_same_rows(m, list->items[k].row, list->items[i].row);
      if (seen && compare_keys(select->order, list->items[k].keys, list->items[i].keys) != 0) {
        *order_open = true;
      }
    }
    if (!seen) {
      list->items[kept++] = list->items[i];
    }
  }
  list->count = kept;
}

/* Is a solution inside the slice exchangeable for a different one outside? */
static bool slice_is_open(model *m, const kg_select *select, const solved_list *list, size_t from,
                          size_t to) {
  for (size_t i = from; i < to; i++) {
    for (size_t k = 0; k < list->count && model_step(m); k++) {
      const int c =
          k < from || k >= to ? compare_keys(select->order, list->items[i].keys, list->items[k].keys) : 1;
      if ((c == 0 || c == MODEL_UNORDERED) && !model_same_rows(m, list->items[i].row, list->items[k].row)) {
        return true;
      }
    }
  }
  return false;
}

static void slice(model *m, const kg_select *select, solved_list *list, bool order_open) {
  const size_t from = select->offset < list->count ? (size_t)select->offset : list->count;
  const size_t rest = list->count - from;
  const size_t to = from + (select->has_limit && select->limit < rest ? (size_t)select->limit : rest);
  const bool cut = from > 0 || to < list->count;
  if (cut && from < to && (order_open || slice_is_open(m, select, list, from, to))) {
    m->undetermined = true;
  }
  list->items += from;
  list->count = to - from;
}

static solved_list with_values(model *m, const kg_select *select, const solved_list *in) {
  if (!select->values) {
    return *in;
  }
  const model_bag values = model_values(m, select->values);
  solved_list out = list_of(m, in->count * values.count);
  for (size_t i = 0; i < in->count; i++) {
    model_bag one = { NULL, 0, 0 };
    model_add_row(m, &one, in->items[i].row);
    const model_bag joined = model_join(m, &one, &values);
    for (size_t k = 0; k < joined.count; k++) {
      out.items[out.count].row = joined.rows[k];
      out.items[out.count++].answers = in->items[i].answers;
    }
  }
  return out;
}

/* All of a SELECT; rows are projected if `projected`, else whole, as the other forms need them. */
static solved_list run_select(model *m, const kg_select *select, const model_graph *graph, model_row context,
                              bool projected) {
  model_bag where = model_group(m, select->where, graph, context);
  bool order_open = false;
  solved_list list = select->grouped ? grouped(m, select, graph, &where) : ungrouped(m, &where);
  keep_having(m, select, graph, &list);
  m->undetermined =
      m->undetermined || (select->grouped && select->values); /* 18.2.4.3 leaves their meeting open */
  list = with_values(m, select, &list);
  extend_select(m, select, graph, &list);
  sort(m, select, graph, &list);
  if (projected) {
    project(m, select, &list);
  }
  if (select->distinct) {
    keep_distinct(m, select, &list, &order_open);
  }
  if (select->offset || select->has_limit) {
    m->undetermined = m->undetermined || select->reduced;
    slice(m, select, &list, order_open);
  }
  return list;
}

/* ---- the calls that go back up ------------------------------------------------------------------- */

static bool exists(model *m, const kg_pattern *group, const model_graph *graph, model_row row) {
  model_row context = model_new_row(m, row);
  model_hide(m, context);
  return model_group(m, group, graph, context).count > 0;
}

static model_bag subselect(model *m, const kg_select *select, const model_graph *graph, model_row context) {
  const solved_list list = run_select(m, select, graph, context, true);
  model_bag out = { NULL, 0, 0 };
  m->undetermined = m->undetermined || select->reduced;
  for (size_t i = 0; i < list.count; i++) {
    model_add_row(m, &out, list.items[i].row);
  }
  return out;
}

/* ---- CONSTRUCT ---------------------------------------------------------------------------------- */

/* 16.2: blank nodes of a template are new ones for each solution. */
static bool fill_term(kg_arena *arena, const kg_term *term, size_t solution, kg_term *out) {
  *out = *term;
  if (term->kind == KG_TERM_BNODE) {
    char *label = model_alloc(arena, term->text.len + 32);
    const int n =
        snprintf(label, term->text.len + 32, "new%zu_%.*s", solution, (int)term->text.len, term->text.ptr);
    out->text = kg_str_n(label, (size_t)n);
  } else if (term->kind == KG_TERM_TRIPLE) {
    kg_term *parts = model_alloc(arena, 3 * sizeof *parts);
    for (int i = 0; i < 3; i++) {
      fill_term(arena, &term->triple[i], solution, &parts[i]);
    }
    out->triple = parts;
  }
  return true;
}

static bool legal(const kg_term *parts) {
  return (parts[0].kind == KG_TERM_IRI || parts[0].kind == KG_TERM_BNODE) && parts[1].kind == KG_TERM_IRI;
}

/* false: a variable without value, or no triple of RDF. */
static bool fill(kg_arena *arena, const kg_node *node, model_row row, size_t solution, kg_term *out) {
  if (node->kind == KG_NODE_TERM) {
    return fill_term(arena, &node->term, solution, out);
  }
  if (node->kind == KG_NODE_VAR) {
    *out = row[node->var] ? *row[node->var] : (kg_term){ .kind = KG_TERM_NONE };
    return row[node->var] != NULL;
  }
  kg_term *parts = model_alloc(arena, 3 * sizeof *parts);
  *out = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = parts };
  for (int i = 0; i < 3; i++) {
    if (!fill(arena, &node->triple[i], row, solution, &parts[i])) {
      return false;
    }
  }
  return legal(parts);
}

static void add_constructed(model *m, model_result *r, const kg_term *parts) {
  for (size_t i = 0; i < r->count; i++) {
    const model_value *t = r->rows[i];
    if (kg_term_equal(t[0], &parts[0]) && kg_term_equal(t[1], &parts[1]) && kg_term_equal(t[2], &parts[2])) {
      return;
    }
  }
  r->rows[r->count] = model_alloc(m->arena, 3 * sizeof(model_value));
  for (int i = 0; i < 3; i++) {
    r->rows[r->count][i] = model_term(m->arena, parts[i]);
  }
  r->count++;
}

static void construct(model *m, const solved_list *list, model_result *r) {
  size_t templates = 0;
  for (const kg_quad_template *t = m->ast->construct; t; t = t->next) {
    templates++;
  }
  r->width = 3;
  r->rows = model_alloc(m->arena, (list->count * templates + 1) * sizeof *r->rows);
  for (size_t i = 0; i < list->count; i++) {
    for (const kg_quad_template *t = m->ast->construct; t && model_step(m); t = t->next) {
      kg_term parts[3];
      const model_row row = list->items[i].row;
      if (fill(m->arena, &t->subject, row, i, &parts[0]) &&
          fill(m->arena, &t->predicate, row, i, &parts[1]) && fill(m->arena, &t->object, row, i, &parts[2]) &&
          legal(parts)) {
        add_constructed(m, r, parts);
      }
    }
  }
}

/* ---- whole queries ------------------------------------------------------------------------------ */

static void select_result(model *m, const solved_list *list, model_result *r) {
  for (const kg_projection *p = m->ast->select.projection; p; p = p->next) {
    r->width++;
  }
  r->names = model_alloc(m->arena, (r->width + 1u) * sizeof *r->names);
  r->rows = model_alloc(m->arena, (list->count + 1) * sizeof *r->rows);
  for (size_t i = 0; i <= list->count; i++) {
    r->rows[i] = model_alloc(m->arena, (r->width + 1u) * sizeof(model_value));
    uint32_t c = 0;
    for (const kg_projection *p = m->ast->select.projection; p; p = p->next, c++) {
      r->names[c] = m->ast->vars[p->var].name;
      r->rows[i][c] = i < list->count ? list->items[i].row[p->var] : NULL;
    }
  }
  r->count = list->count;
}

model_result model_query(kg_arena *arena, const kg_ast *ast, const model_quad *quads, size_t count,
                         bool union_default) {
  const model_dataset dataset = make_dataset(arena, &ast->dataset, quads, count, union_default);
  model m = { .arena = arena, .ast = ast, .dataset = &dataset, .exists = exists, .select = subselect };
  model_result r = { .form = ast->form };
  m.undetermined = ast->form == KG_FORM_DESCRIBE || ast->form == KG_FORM_UPDATE;
  if (!m.undetermined) {
    const bool projected = ast->form == KG_FORM_SELECT;
    const solved_list list = run_select(&m, &ast->select, &dataset.default_graph, NULL, projected);
    r.yes = list.count > 0;
    if (projected) {
      select_result(&m, &list, &r);
    } else if (ast->form == KG_FORM_CONSTRUCT) {
      construct(&m, &list, &r);
    }
  }
  r.too_big = m.too_big;
  r.undetermined = m.undetermined;
  return r;
}

/* ---- is a sequence in order? --------------------------------------------------------------------- */

/* Only columns, and no aggregates or patterns below. */
static bool needs_columns_only(const kg_select *select, const kg_expr *e) {
  if (e->kind == KG_EXPR_AGGREGATE || e->pattern) {
    return false;
  }
  bool column = e->kind != KG_EXPR_VAR;
  for (const kg_projection *p = select->projection; p && !column; p = p->next) {
    column = p->var == e->var;
  }
  for (const kg_expr *arg = e->args; arg && column; arg = arg->next) {
    column = needs_columns_only(select, arg);
  }
  return column;
}

bool model_breaks_order(kg_arena *arena, const kg_ast *ast, model_value **rows, size_t count) {
  model m = { .arena = arena, .ast = ast, .exists = exists, .select = subselect };
  const kg_select *select = &ast->select;
  model_value **keys = model_alloc(arena, (count + 1) * sizeof *keys);
  for (const kg_order *o = select->order; o; o = o->next) {
    if (!needs_columns_only(select, o->expr)) {
      return false;
    }
  }
  for (size_t i = 0; i < count; i++) {
    model_row row = model_new_row(&m, NULL);
    uint32_t c = 0;
    for (const kg_projection *p = select->projection; p; p = p->next) {
      row[p->var] = rows[i][c++];
    }
    const model_place place = { row, NULL, NULL };
    keys[i] = order_keys(&m, select->order, &place);
    for (size_t k = 0; k < i; k++) {
      if (compare_keys(select->order, keys[k], keys[i]) == 1) {
        return true;
      }
    }
  }
  return false;
}
