/* query/short_stage.c: what stands behind the pipes, as SELECT, GROUP BY, ORDER BY and sub-selects
 * (SHORT-LANGUAGE 4.4).
 *
 * Stages work on a select under construction. Where SPARQL has no place left for one, the select so far
 * becomes a sub-select of a new one. Variables are looked up by name here, since an aggregate can take over a
 * name: `sum ?n` is ?n from then on, and the one in the clauses becomes ?n_1.
 */
#include "query/short_internal.h"

typedef struct kg_pipeline {
  kg_short *s;
  kg_select *select;    /* the innermost that is not closed */
  kg_short_group group; /* its WHERE */
  kg_var *columns;
  uint32_t column_count, column_capacity;
  kg_projection *projection, **projection_end; /* once `shown` or grouped; else the columns */
  bool shown, calculated;                      /* by `show`; with an expression */
  bool skipped, topped;
  bool inherited; /* the order is that of the select inside */
} kg_pipeline;

/* ---- columns ------------------------------------------------------------------------------------ */

static bool is_column(const kg_pipeline *l, kg_var var) {
  for (uint32_t i = 0; i < l->column_count; i++) {
    if (l->columns[i] == var) {
      return true;
    }
  }
  return false;
}

static kgq_status add_column(kg_pipeline *l, kg_var var) {
  if (l->column_count == l->column_capacity) {
    const uint32_t larger = l->column_capacity ? l->column_capacity * 2 : 8;
    kg_var *columns = kg_arena_alloc(&l->s->p.ast->arena, larger * sizeof *columns);
    KG_NEED(&l->s->p, columns);
    if (l->column_count) {
      memcpy(columns, l->columns, l->column_count * sizeof *columns);
    }
    l->columns = columns;
    l->column_capacity = larger;
  }
  l->columns[l->column_count++] = var;
  return KGQ_OK;
}

static kgq_status fail_column(kg_pipeline *l, const kg_short_token *name) {
  kg_buf list;
  kg_buf_init(&list, l->s->p.ast->arena.allocator);
  const kgq_status st =
      kg_short_fail(l->s, name->offset, "there is no column ?%.*s here", KG_ARG(name->text));
  for (uint32_t i = 0; i < l->column_count && list.len < 300; i++) {
    const kgq_str column = l->s->p.ast->vars[l->columns[i]].name;
    if (kg_buf_print(&list, NULL, " ?%.*s", KG_ARG(column)) != KGQ_OK) {
      break;
    }
  }
  kg_hint(l->s->p.err, list.len ? "columns:%.*s" : "there are no columns", (int)list.len, list.bytes);
  kg_buf_free(&list);
  return st;
}

static bool column_named(const kg_pipeline *l, kgq_str name, kg_var *out) {
  const uint64_t *number = kg_map_find(&l->s->p.vars, name); /* number + 1; 0: the name is free again */
  *out = number && *number ? (kg_var)(*number - 1) : KG_NO_VAR;
  return is_column(l, *out);
}

static kgq_status find_column(kg_pipeline *l, const kg_short_token *name, kg_var *out) {
  return column_named(l, name->text, out) ? KGQ_OK : fail_column(l, name);
}

/* Frees a name for a new column: the variable that has it becomes name_1, name_2 ... */
static kgq_status rename_var(kg_short *s, kg_var var) {
  const kgq_str name = s->p.ast->vars[var].name;
  kgq_str other;
  uint64_t *number = NULL;
  unsigned i = 0;
  do {
    KGQ_TRY(kg_arena_print(&s->p.ast->arena, &other, s->p.err, "%.*s_%u", (int)name.len, name.ptr, ++i));
  } while (kg_map_find(&s->p.vars, other));
  KGQ_TRY(kg_map_put(&s->p.vars, other, &number, NULL, NULL, s->p.err));
  *number = (uint64_t)var + 1;
  s->p.ast->vars[var].name = other;
  KGQ_TRY(kg_map_put(&s->p.vars, name, &number, NULL, NULL, s->p.err));
  *number = 0;
  return KGQ_OK;
}

/* The variable for a new column; columns that are there keep their names. */
static kgq_status new_column(kg_pipeline *l, kgq_str name, size_t offset, kg_var *out) {
  if (column_named(l, name, out)) {
    const kgq_status st = kg_short_fail(l->s, offset, "?%.*s is already a column", KG_ARG(name));
    kg_short_hint(l->s, "choose another name");
    return st;
  }
  if (*out != KG_NO_VAR) {
    KGQ_TRY(rename_var(l->s, *out));
  }
  KGQ_TRY(kg_var_named(&l->s->p, name, false, offset, out));
  return add_column(l, *out);
}

static kgq_status project(kg_pipeline *l, kg_var var, kg_expr *expr) {
  kg_projection *item = KG_NEW(&l->s->p, kg_projection);
  KG_NEED(&l->s->p, item);
  item->var = var;
  item->expr = expr;
  *l->projection_end = item;
  l->projection_end = &item->next;
  return KGQ_OK;
}

/* Variables of a value are columns: sets their numbers. */
static kgq_status bind_value(kg_pipeline *l, kg_short_value *value) {
  if (value->kind == KG_SV_VARIABLE) {
    return find_column(l, &value->token, &value->var);
  }
  for (kg_short_value *arg = value->args; arg; arg = arg->next) {
    KGQ_TRY(bind_value(l, arg));
  }
  return KGQ_OK;
}

static kgq_status bind_clauses(kg_pipeline *l, kg_short_clause *clauses) {
  for (; clauses; clauses = clauses->next) {
    for (kg_short_unit *unit = clauses->units; unit; unit = unit->next) {
      KGQ_TRY(unit->fact ? bind_value(l, unit->fact->subject) : bind_clauses(l, unit->clauses));
      KGQ_TRY(unit->fact && unit->fact->right ? bind_value(l, unit->fact->right) : KGQ_OK);
    }
  }
  return KGQ_OK;
}

/* ---- selects ------------------------------------------------------------------------------------ */

static kgq_status open_select(kg_pipeline *l) {
  l->select = KG_NEW(&l->s->p, kg_select);
  KG_NEED(&l->s->p, l->select);
  kg_short_open(l->s, &l->group, 0);
  l->projection = NULL;
  l->projection_end = &l->projection;
  l->shown = l->calculated = l->skipped = l->topped = l->inherited = false;
  return KGQ_OK;
}

static bool order_is_columns(const kg_pipeline *l) {
  for (const kg_order *key = l->select->order; key; key = key->next) {
    if (!is_column(l, key->expr->var)) {
      return false;
    }
  }
  return true;
}

static bool aggregate_follows(const kg_short_stage *stage) {
  for (; stage; stage = stage->next) {
    if (stage->kind == KG_STAGE_AGGREGATE) {
      return true;
    }
  }
  return false;
}

/* DISTINCT exactly where something is hidden and no aggregate follows. */
static kgq_status close_select(kg_pipeline *l, const kg_short_stage *rest) {
  kg_select *select = l->select;
  if (!l->projection) {
    for (uint32_t i = 0; i < l->column_count; i++) {
      KGQ_TRY(project(l, l->columns[i], NULL));
    }
  }
  select->projection = l->projection;
  if (!select->grouped && l->s->hidden && !aggregate_follows(rest)) {
    select->distinct = true;
  }
  if (l->inherited && !order_is_columns(l)) {
    select->order = NULL;
  }
  return kg_short_close(l->s, &l->group, &select->where);
}

/* A sort goes on holding outside if its keys are still columns. */
static kgq_status inherit_order(kg_pipeline *l, const kg_order *order) {
  kg_order **end = &l->select->order;
  for (; order; order = order->next) {
    *end = KG_NEW(&l->s->p, kg_order);
    KG_NEED(&l->s->p, *end);
    (*end)->descending = order->descending;
    KGQ_TRY(kg_short_var_expr(l->s, order->expr->var, order->expr->offset, &(*end)->expr));
    end = &(*end)->next;
  }
  l->inherited = true;
  if (!order_is_columns(l)) {
    l->select->order = NULL;
  }
  return KGQ_OK;
}

/* The query so far becomes { SELECT ... } of a new one. */
static kgq_status wrap(kg_pipeline *l, const kg_short_stage *rest) {
  kg_pattern *inner = NULL;
  kg_pattern *group = NULL;
  KGQ_TRY(close_select(l, rest));
  kg_select *closed = l->select;
  KGQ_TRY(open_select(l));
  KGQ_TRY(kg_short_add(l->s, &l->group.patterns, KG_PATTERN_GROUP, 0, &group));
  kg_short_list members = { .first = NULL };
  members.end = &members.first;
  KGQ_TRY(kg_short_add(l->s, &members, KG_PATTERN_SUBSELECT, 0, &inner));
  KG_NEED(&l->s->p, group);
  KG_NEED(&l->s->p, inner);
  group->first = inner;
  inner->select = closed;
  l->s->hidden = false;
  return inherit_order(l, closed->order);
}

static bool needs_wrap(const kg_pipeline *l, const kg_short_stage *stage) {
  const kg_short_stage_kind kind = stage->kind;
  const bool slices = kind == KG_STAGE_TOP || kind == KG_STAGE_SKIP;
  if (l->topped || (l->skipped && kind != KG_STAGE_TOP)) {
    return true;
  }
  if (l->select->grouped) {
    return kind != KG_STAGE_SORT && !slices;
  }
  if (kind == KG_STAGE_AGGREGATE) {
    return l->shown || l->select->distinct;
  }
  return l->calculated && kind != KG_STAGE_SORT && kind != KG_STAGE_DISTINCT && !slices;
}

/* ---- stages ------------------------------------------------------------------------------------- */

/* "let" VARIABLE "=" sum: BIND, a last column */
static kgq_status build_let(kg_pipeline *l, const kg_short_stage *stage) {
  const kg_short_item *item = stage->items;
  kg_pattern *bind = NULL;
  kg_expr *expr = NULL;
  kg_var var;
  KGQ_TRY(bind_value(l, item->value));
  KGQ_TRY(kg_short_expr(l->s, item->value, &expr));
  KGQ_TRY(new_column(l, item->name.text, item->name.offset, &var));
  KGQ_TRY(kg_short_add(l->s, &l->group.patterns, KG_PATTERN_BIND, item->name.offset, &bind));
  KG_NEED(&l->s->p, bind);
  bind->expr = expr;
  bind->var = var;
  return l->shown ? project(l, var, NULL) : KGQ_OK;
}

static kgq_status build_where(kg_pipeline *l, const kg_short_stage *stage) {
  KGQ_TRY(bind_clauses(l, stage->clauses));
  for (const kg_short_clause *clause = stage->clauses; clause; clause = clause->next) {
    kg_expr *condition = NULL;
    kg_pattern *filter = NULL;
    KGQ_TRY(kg_short_clause_condition(l->s, clause, &condition));
    KGQ_TRY(kg_short_add(l->s, &l->group.patterns, KG_PATTERN_FILTER, clause->offset, &filter));
    KG_NEED(&l->s->p, filter);
    filter->expr = condition;
  }
  return KGQ_OK;
}

/* A column of show: as it is, or (E AS ?b). */
static kgq_status show_item(kg_pipeline *l, kg_short_item *item, kg_pipeline *shown) {
  kg_expr *expr = NULL;
  kg_var var;
  KGQ_TRY(bind_value(l, item->value));
  if (!item->named) {
    if (is_column(shown, item->value->var)) {
      return kg_short_fail(l->s, item->value->token.offset, "?%.*s is shown twice",
                           KG_ARG(item->value->token.text));
    }
    KGQ_TRY(add_column(shown, item->value->var));
    return project(shown, item->value->var, NULL);
  }
  KGQ_TRY(kg_short_expr(l->s, item->value, &expr));
  if (column_named(l, item->name.text, &var)) {
    return kg_short_fail(l->s, item->name.offset, "?%.*s is already a column", KG_ARG(item->name.text));
  }
  KGQ_TRY(new_column(shown, item->name.text, item->name.offset, &var));
  l->calculated = true;
  return project(shown, var, expr);
}

/* Are there columns that are shown no more? */
static bool drops_columns(const kg_pipeline *l, const kg_pipeline *shown) {
  for (uint32_t i = 0; i < l->column_count; i++) {
    if (!is_column(shown, l->columns[i])) {
      return true;
    }
  }
  return false;
}

static kgq_status build_show(kg_pipeline *l, const kg_short_stage *stage) {
  kg_pipeline shown = { .s = l->s };
  shown.projection_end = &shown.projection;
  for (kg_short_item *item = stage->items; item; item = item->next) {
    KGQ_TRY(show_item(l, item, &shown));
  }
  l->s->hidden = l->s->hidden || drops_columns(l, &shown);
  l->columns = shown.columns;
  l->column_count = shown.column_count;
  l->column_capacity = shown.column_capacity;
  l->projection = shown.projection;
  l->projection_end = shown.projection_end;
  l->shown = true;
  return KGQ_OK;
}

static kgq_status build_sort(kg_pipeline *l, const kg_short_stage *stage) {
  kg_order **end = &l->select->order;
  *end = NULL;
  l->inherited = false;
  for (const kg_short_item *key = stage->items; key; key = key->next) {
    kg_var var;
    KGQ_TRY(find_column(l, &key->variable, &var));
    *end = KG_NEW(&l->s->p, kg_order);
    KG_NEED(&l->s->p, *end);
    (*end)->descending = key->descending;
    KGQ_TRY(kg_short_var_expr(l->s, var, key->variable.offset, &(*end)->expr));
    end = &(*end)->next;
  }
  return KGQ_OK;
}

/* ---- aggregates --------------------------------------------------------------------------------- */

/* list ?x: GROUP_CONCAT(DISTINCT kgq:label(?x); SEPARATOR=", ") */
static kgq_status measure_list(kg_short *s, kg_expr *aggregate, kg_expr **argument) {
  aggregate->aggregate = KG_AGG_GROUP_CONCAT;
  aggregate->distinct = true;
  aggregate->separator = KG_STR(", ");
  kg_expr *var = *argument;
  return kg_short_call(s, KG_NS_KGQ "label", var, var->offset, argument);
}

static kg_agg_kind measure_kind(const kg_short_item *item) {
  static const struct {
    const char *word;
    kg_agg_kind kind;
  } words[] = { { "count", KG_AGG_COUNT }, { "sum", KG_AGG_SUM }, { "min", KG_AGG_MIN },
                { "max", KG_AGG_MAX },     { "avg", KG_AGG_AVG }, { "agree", KG_AGG_AGREE } };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (kg_str_equal(item->word.text, kg_str(words[i].word))) {
      return words[i].kind;
    }
  }
  return KG_AGG_GROUP_CONCAT;
}

static kgq_status build_measure(kg_pipeline *l, const kg_short_item *item, kg_expr **out) {
  kg_expr *argument = NULL;
  kg_var var;
  KGQ_TRY(kg_expr_new(&l->s->p, KG_EXPR_AGGREGATE, item->word.offset, out));
  (*out)->aggregate = measure_kind(item);
  (*out)->separator = KG_STR(" ");
  (*out)->distinct = item->has_variable && (*out)->aggregate == KG_AGG_COUNT;
  (*out)->star = !item->has_variable;
  if (!item->has_variable) {
    return KGQ_OK;
  }
  KGQ_TRY(find_column(l, &item->variable, &var));
  KGQ_TRY(kg_short_var_expr(l->s, var, item->variable.offset, &argument));
  if ((*out)->aggregate == KG_AGG_GROUP_CONCAT) {
    KGQ_TRY(measure_list(l->s, *out, &argument));
  }
  return kg_expr_set_args(&l->s->p, *out, argument);
}

/* The name of a measure's column: with `as`, else count, agree, or the variable's own. */
static const kg_short_token *measure_name(const kg_short_item *item) {
  const kg_agg_kind kind = measure_kind(item);
  if (item->named) {
    return &item->name;
  }
  return kind == KG_AGG_COUNT || kind == KG_AGG_AGREE ? &item->word : &item->variable;
}

static kgq_status build_key(kg_pipeline *l, const kg_short_item *item, kg_pipeline *grouped,
                            kg_group_key **out) {
  kg_var var;
  KGQ_TRY(find_column(l, &item->variable, &var));
  if (is_column(grouped, var)) {
    return kg_short_fail(l->s, item->variable.offset, "?%.*s stands twice behind by",
                         KG_ARG(item->variable.text));
  }
  *out = KG_NEW(&l->s->p, kg_group_key);
  KG_NEED(&l->s->p, *out);
  (*out)->var = KG_NO_VAR;
  KGQ_TRY(kg_short_var_expr(l->s, var, item->variable.offset, &(*out)->expr));
  KGQ_TRY(add_column(grouped, var));
  return project(grouped, var, NULL);
}

/* All measures are read before their columns are named: the names may be those of what is measured. */
static kgq_status build_measures(kg_pipeline *l, const kg_short_stage *stage, kg_pipeline *grouped) {
  kg_expr *exprs = NULL;
  kg_expr **end = &exprs;
  for (const kg_short_item *item = stage->items; item; item = item->next) {
    KGQ_TRY(build_measure(l, item, end));
    end = &(*end)->next;
  }
  for (const kg_short_item *item = stage->items; item; item = item->next) {
    const kg_short_token *name = measure_name(item);
    kg_expr *expr = exprs;
    kg_var var;
    exprs = exprs->next;
    expr->next = NULL;
    KGQ_TRY(new_column(grouped, name->text, name->offset, &var));
    KGQ_TRY(project(grouped, var, expr));
  }
  return KGQ_OK;
}

static kgq_status build_aggregate(kg_pipeline *l, const kg_short_stage *stage) {
  kg_pipeline grouped = { .s = l->s };
  kg_group_key **end = &l->select->group;
  grouped.projection_end = &grouped.projection;
  for (const kg_short_item *key = stage->keys; key; key = key->next) {
    KGQ_TRY(build_key(l, key, &grouped, end));
    end = &(*end)->next;
  }
  KGQ_TRY(build_measures(l, stage, &grouped));
  l->select->grouped = true;
  l->columns = grouped.columns;
  l->column_count = grouped.column_count;
  l->column_capacity = grouped.column_capacity;
  l->projection = grouped.projection;
  l->projection_end = grouped.projection_end;
  if (!order_is_columns(l)) {
    l->select->order = NULL;
  }
  return KGQ_OK;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static kgq_status build_stage(kg_pipeline *l, const kg_short_stage *stage) {
  KGQ_TRY(needs_wrap(l, stage) ? wrap(l, stage) : KGQ_OK);
  switch (stage->kind) {
  case KG_STAGE_SHOW: return build_show(l, stage);
  case KG_STAGE_LET: return build_let(l, stage);
  case KG_STAGE_WHERE: return build_where(l, stage);
  case KG_STAGE_AGGREGATE: return build_aggregate(l, stage);
  case KG_STAGE_SORT: return build_sort(l, stage);
  case KG_STAGE_TOP:
    l->select->has_limit = l->topped = true;
    l->select->limit = stage->count;
    return KGQ_OK;
  case KG_STAGE_SKIP:
    l->skipped = true;
    l->select->offset = stage->count;
    return KGQ_OK;
  case KG_STAGE_DISTINCT: l->select->distinct = true; return KGQ_OK;
  }
  return KGQ_OK;
}

/* From here on members of WHERE come in the order of the stages: BIND before the filter that uses it. */
static void settle(kg_short_group *group) {
  kg_short_list *const lists[] = { &group->optionals, &group->filters };
  for (size_t i = 0; i < 2; i++) {
    if (lists[i]->first) {
      *group->patterns.end = lists[i]->first;
      group->patterns.end = lists[i]->end;
    }
    lists[i]->first = NULL;
    lists[i]->end = &lists[i]->first;
  }
}

kgq_status kg_short_build(kg_short *s) {
  kg_pipeline l = { .s = s };
  kg_ast *ast = s->p.ast;
  KGQ_TRY(open_select(&l));
  if (s->everything) {
    KGQ_TRY(kg_short_add_everything(s, &l.group, s->clauses->units->fact->subject));
  } else {
    KGQ_TRY(kg_short_add_clauses(s, &l.group, s->clauses));
  }
  settle(&l.group);
  l.columns = s->columns;
  l.column_count = s->column_count;
  l.column_capacity = s->column_count;
  for (const kg_short_stage *stage = s->stages; stage; stage = stage->next) {
    KGQ_TRY(build_stage(&l, stage));
  }
  const bool ask = l.column_count == 0 && !l.select->grouped;
  KGQ_TRY(close_select(&l, NULL));
  l.select->distinct = l.select->distinct && !ask;
  ast->form = ask ? KG_FORM_ASK : KG_FORM_SELECT;
  ast->select = *l.select;
  return KGQ_OK;
}
