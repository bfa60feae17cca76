/* query/short_build.c: groups of the tree under construction: patterns, then OPTIONALs, then FILTERs.
 *
 * SHORT-LANGUAGE 4.2: the order of clauses means nothing, so a group keeps three lists and joins them when it
 * is closed. Knows the tree, not the short language.
 */
#include "query/short_internal.h"

static void open_list(kg_short_list *list) {
  list->first = NULL;
  list->end = &list->first;
}

void kg_short_open(kg_short *s, kg_short_group *group, size_t offset) {
  open_list(&group->patterns);
  open_list(&group->optionals);
  open_list(&group->filters);
  group->offset = offset;
  s->p.block = ++s->p.last_block;
}

static void append(kg_short_list *to, const kg_short_list *from) {
  if (from->first) {
    *to->end = from->first;
    to->end = from->end;
  }
}

kgq_status kg_short_close(kg_short *s, kg_short_group *group, kg_pattern **out) {
  kg_pattern *pattern = KG_NEW(&s->p, kg_pattern);
  KG_NEED(&s->p, pattern);
  pattern->kind = KG_PATTERN_GROUP;
  pattern->var = KG_NO_VAR;
  pattern->offset = group->offset;
  append(&group->patterns, &group->optionals);
  append(&group->patterns, &group->filters);
  pattern->first = group->patterns.first;
  s->p.block = ++s->p.last_block;
  *out = pattern;
  return KGQ_OK;
}

kgq_status kg_short_add(kg_short *s, kg_short_list *list, kg_pattern_kind kind, size_t offset,
                        kg_pattern **out) {
  const bool triple = kind == KG_PATTERN_TRIPLE || kind == KG_PATTERN_PATH || kind == KG_PATTERN_MATCHES;
  if (triple && ++s->p.pattern_count > KG_LIMIT_TRIPLE_PATTERNS) {
    return kg_fail(s->p.err, KGQ_LIMIT, "a query has at most %d triple patterns", KG_LIMIT_TRIPLE_PATTERNS);
  }
  kg_pattern *pattern = KG_NEW(&s->p, kg_pattern);
  KG_NEED(&s->p, pattern);
  pattern->kind = kind;
  pattern->var = KG_NO_VAR;
  pattern->offset = offset;
  if (triple) {
    pattern->block = s->p.block;
  } else if (kind != KG_PATTERN_FILTER) {
    s->p.block = ++s->p.last_block;
  }
  *list->end = pattern;
  list->end = &pattern->next;
  *out = pattern;
  return KGQ_OK;
}

kgq_status kg_short_add_triple(kg_short *s, kg_short_group *group, const kg_node *subject,
                               const kg_node *predicate, const kg_node *object) {
  kg_pattern *triple = NULL;
  KGQ_TRY(kg_short_add(s, &group->patterns, KG_PATTERN_TRIPLE, subject->offset, &triple));
  KG_NEED(&s->p, triple);
  triple->subject = *subject;
  triple->predicate = *predicate;
  triple->object = *object;
  return KGQ_OK;
}

kgq_status kg_short_add_filter(kg_short *s, kg_short_group *group, kg_expr *condition) {
  kg_pattern *filter = NULL;
  KGQ_TRY(kg_short_add(s, &group->filters, KG_PATTERN_FILTER, condition->offset, &filter));
  KG_NEED(&s->p, filter);
  filter->expr = condition;
  return KGQ_OK;
}

kgq_status kg_short_add_values(kg_short *s, kg_short_group *group, kg_var var, const kg_short_names *names,
                               size_t offset) {
  kg_pattern *pattern = NULL;
  KGQ_TRY(kg_short_add(s, &group->patterns, KG_PATTERN_VALUES, offset, &pattern));
  kg_values *values = KG_NEW(&s->p, kg_values);
  kg_var *vars = KG_NEW(&s->p, kg_var);
  kg_node *nodes = kg_arena_alloc(&s->p.ast->arena, (names->count + 1) * sizeof *nodes);
  const kg_node **cells = kg_arena_alloc(&s->p.ast->arena, (names->count + 1) * sizeof *cells);
  if (!values || !vars || !nodes || !cells) {
    return kg_fail_memory(s->p.err);
  }
  for (size_t i = 0; i < names->count; i++) {
    nodes[i] = kg_node_of_iri(names->iris[i], offset);
    cells[i] = &nodes[i];
  }
  *vars = var;
  *values = (kg_values){ .vars = vars, .var_count = 1, .row_count = (uint32_t)names->count, .cells = cells };
  pattern->values = values;
  return KGQ_OK;
}

kgq_status kg_short_add_graph(kg_short *s, kg_short_group *to, const kg_node *graph, kg_short_group *group) {
  kg_pattern *pattern = NULL;
  kg_pattern *inner = NULL;
  KGQ_TRY(kg_short_close(s, group, &inner));
  KGQ_TRY(kg_short_add(s, &to->patterns, KG_PATTERN_GRAPH, graph->offset, &pattern));
  pattern->graph = *graph;
  pattern->first = inner;
  return KGQ_OK;
}
