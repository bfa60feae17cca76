/* query/scope.c: the static checks of SPARQL 1.2 that need the whole tree (18.2.1 in-scope variables, 19.8
 * notes).
 *
 * Walks every group once and keeps, for each level of nesting, the set of variables in scope so far. Checks
 * BIND, AS and GROUP BY against it and writes out SELECT *. What one production can see by itself is checked
 * where it is parsed.
 */
#include <assert.h>

#include "query/parse_internal.h"

/* HAVING EXISTS { { SELECT ... } } costs the parser one level and this walk three: keys, group, select. */
#define KG_SCOPE_LEVELS (3 * KG_LIMIT_NESTING + 8)

typedef struct kg_scope {
  kg_ast *ast;
  const char *name;
  kgq_error **err;
  uint64_t *sets[KG_SCOPE_LEVELS]; /* bit a variable; one set a level, used again and again */
  size_t words;
} kg_scope;

static kgq_status check_group(kg_scope *s, const kg_pattern *group, unsigned level);
static kgq_status check_select(kg_scope *s, kg_select *select, unsigned level, bool is_select);

/* ---- sets --------------------------------------------------------------------------------------- */

static bool has(const uint64_t *set, kg_var var) {
  return (set[var / 64] >> (var % 64) & 1) != 0;
}
static void add(uint64_t *set, kg_var var) {
  set[var / 64] |= (uint64_t)1 << (var % 64);
}

static kgq_status clear_level(kg_scope *s, unsigned level) {
  assert(level < KG_SCOPE_LEVELS);
  if (!s->sets[level]) {
    s->sets[level] = kg_arena_alloc(&s->ast->arena, s->words * sizeof(uint64_t));
    if (!s->sets[level]) {
      return kg_fail_memory(s->err);
    }
  }
  memset(s->sets[level], 0, s->words * sizeof(uint64_t));
  return KGQ_OK;
}

static void merge(kg_scope *s, unsigned to, unsigned from) {
  for (size_t i = 0; i < s->words; i++) {
    s->sets[to][i] |= s->sets[from][i];
  }
}

static void add_node(uint64_t *set, const kg_node *node) {
  if (node->kind == KG_NODE_VAR) {
    add(set, node->var);
  } else if (node->kind == KG_NODE_TRIPLE) { /* no deeper than KG_LIMIT_NESTING: the parser counted */
    for (int i = 0; i < 3; i++) {
      add_node(set, &node->triple[i]);
    }
  }
}

static kgq_status refuse(const kg_scope *s, size_t offset, kg_var var, const char *format) {
  const kg_place place = kg_place_in_text(s->name, s->ast->text, offset);
  const kgq_str name = s->ast->vars[var].name;
  kgq_str message = KG_STR("");
  KGQ_TRY(kg_arena_print(&s->ast->arena, &message, s->err, "?%.*s %s", KG_ARG(name), format));
  return kg_fail_at(s->err, KGQ_SYNTAX, &place, "%s", message.ptr);
}

/* ---- expressions -------------------------------------------------------------------------------- */

/* Groups of EXISTS in an expression. */
static kgq_status check_exists(kg_scope *s, const kg_expr *e, unsigned level) {
  for (const kg_expr *arg = e->args; arg; arg = arg->next) {
    KGQ_TRY(check_exists(s, arg, level));
  }
  return e->pattern ? check_group(s, e->pattern, level + 1) : KGQ_OK;
}

/* SPARQL 18.2.4.1: outside aggregates an expression of a grouped query sees group keys and earlier AS
 * variables only. */
static kgq_status check_grouped(kg_scope *s, const kg_expr *e, const uint64_t *keys) {
  if (e->kind == KG_EXPR_AGGREGATE) {
    return KGQ_OK;
  }
  if (e->kind == KG_EXPR_VAR && !has(keys, e->var)) {
    return refuse(s, e->offset, e->var, "is neither a key of GROUP BY nor inside an aggregate");
  }
  for (const kg_expr *arg = e->args; arg; arg = arg->next) {
    KGQ_TRY(check_grouped(s, arg, keys));
  }
  return KGQ_OK;
}

/* ---- patterns ----------------------------------------------------------------------------------- */

static kgq_status check_bind(kg_scope *s, const kg_pattern *bind, unsigned level) {
  KGQ_TRY(check_exists(s, bind->expr, level));
  if (has(s->sets[level], bind->var)) {
    return refuse(s, bind->offset, bind->var,
                  "already has a value in this group; BIND makes new variables only");
  }
  add(s->sets[level], bind->var);
  return KGQ_OK;
}

static void add_values(uint64_t *set, const kg_values *values) {
  for (uint32_t i = 0; values && i < values->var_count; i++) {
    add(set, values->vars[i]);
  }
}

/* Patterns with groups below: their variables are in scope outside, but for MINUS. */
static kgq_status check_children(kg_scope *s, const kg_pattern *pattern, unsigned level) {
  if (pattern->kind == KG_PATTERN_GROUP) {
    KGQ_TRY(check_group(s, pattern, level + 1));
    merge(s, level, level + 1);
    return KGQ_OK;
  }
  for (const kg_pattern *child = pattern->first; child; child = child->next) {
    KGQ_TRY(check_group(s, child, level + 1));
    if (pattern->kind != KG_PATTERN_MINUS) {
      merge(s, level, level + 1);
    }
  }
  return KGQ_OK;
}

static kgq_status check_pattern(kg_scope *s, const kg_pattern *pattern, unsigned level) {
  uint64_t *set = s->sets[level];
  switch (pattern->kind) {
  case KG_PATTERN_TRIPLE:
  case KG_PATTERN_PATH:
  case KG_PATTERN_MATCHES:
    add_node(set, &pattern->subject);
    if (pattern->kind == KG_PATTERN_TRIPLE) {
      add_node(set, &pattern->predicate);
    }
    add_node(set, &pattern->object);
    return KGQ_OK;
  case KG_PATTERN_GRAPH:
  case KG_PATTERN_SERVICE: add_node(set, &pattern->graph); return check_children(s, pattern, level);
  case KG_PATTERN_GROUP:
  case KG_PATTERN_OPTIONAL:
  case KG_PATTERN_MINUS:
  case KG_PATTERN_UNION: return check_children(s, pattern, level);
  case KG_PATTERN_FILTER: return check_exists(s, pattern->expr, level);
  case KG_PATTERN_BIND: return check_bind(s, pattern, level);
  case KG_PATTERN_VALUES: add_values(set, pattern->values); return KGQ_OK;
  case KG_PATTERN_SUBSELECT:
    KGQ_TRY(check_select(s, pattern->select, level + 1, true));
    merge(s, level, level + 1);
    return KGQ_OK;
  }
  return KGQ_OK;
}

/* Leaves the variables in scope of the group in sets[level]. */
static kgq_status check_group(kg_scope *s, const kg_pattern *group, unsigned level) {
  KGQ_TRY(clear_level(s, level));
  for (const kg_pattern *member = group->first; member; member = member->next) {
    KGQ_TRY(check_pattern(s, member, level));
  }
  return KGQ_OK;
}

/* ---- select ------------------------------------------------------------------------------------- */

/* From the variables of WHERE to those that grouping leaves: its keys. */
static kgq_status check_group_keys(kg_scope *s, const kg_select *select, unsigned level) {
  uint64_t *where = s->sets[level];
  KGQ_TRY(clear_level(s, level + 1));
  uint64_t *keys = s->sets[level + 1];
  for (const kg_group_key *key = select->group; key; key = key->next) {
    KGQ_TRY(check_exists(s, key->expr, level + 1));
    if (key->var != KG_NO_VAR && (has(where, key->var) || has(keys, key->var))) {
      return refuse(s, key->expr->offset, key->var,
                    "already has a value; GROUP BY (... AS) makes new variables only");
    }
    if (key->var != KG_NO_VAR) {
      add(keys, key->var);
    } else if (key->expr->kind == KG_EXPR_VAR) {
      add(keys, key->expr->var);
    }
  }
  s->sets[level] = keys;
  s->sets[level + 1] = where;
  return KGQ_OK;
}

/* SELECT *: the variables in scope, in the order of their first occurrence. */
static kgq_status expand_star(kg_scope *s, kg_select *select, unsigned level) {
  kg_projection **end = &select->projection;
  for (kg_var var = 0; var < s->ast->var_count; var++) {
    if (!has(s->sets[level], var) || s->ast->vars[var].hidden) {
      continue;
    }
    *end = kg_arena_zero(&s->ast->arena, sizeof **end);
    if (!*end) {
      return kg_fail_memory(s->err);
    }
    (*end)->var = var;
    end = &(*end)->next;
  }
  return KGQ_OK;
}

static kgq_status check_item(kg_scope *s, const kg_select *select, const kg_projection *item,
                             unsigned level) {
  uint64_t *set = s->sets[level];
  if (!item->expr) {
    return select->grouped && !has(set, item->var)
               ? refuse(s, item->offset, item->var, "is neither a key of GROUP BY nor inside an aggregate")
               : KGQ_OK;
  }
  KGQ_TRY(check_exists(s, item->expr, level + 1));
  if (select->grouped) {
    KGQ_TRY(check_grouped(s, item->expr, set));
  }
  for (const kg_projection *other = select->projection; other != item; other = other->next) {
    if (other->var == item->var) {
      return refuse(s, item->offset, item->var, "stands twice in SELECT");
    }
  }
  if (has(set, item->var)) {
    return refuse(s, item->offset, item->var, "already has a value; AS makes new variables only");
  }
  add(set, item->var);
  return KGQ_OK;
}

static kgq_status check_modifiers(kg_scope *s, const kg_select *select, unsigned level) {
  for (const kg_expr *condition = select->having; condition; condition = condition->next) {
    KGQ_TRY(check_exists(s, condition, level + 1));
  }
  for (const kg_order *order = select->order; order; order = order->next) {
    KGQ_TRY(check_exists(s, order->expr, level + 1));
  }
  return KGQ_OK;
}

/* Leaves the projected variables in sets[level]. `is_select`: SELECT, not what stands below another head. */
static kgq_status check_select(kg_scope *s, kg_select *select, unsigned level, bool is_select) {
  KGQ_TRY(check_group(s, select->where, level));
  add_values(s->sets[level], select->values);
  if (select->grouped) {
    if (select->star && is_select) {
      const kg_place place = kg_place_in_text(s->name, s->ast->text, select->where->offset);
      return kg_fail_at(s->err, KGQ_SYNTAX, &place, "SELECT * cannot be grouped; name the columns");
    }
    KGQ_TRY(check_group_keys(s, select, level));
  }
  KGQ_TRY(check_modifiers(s, select, level));
  if (select->star) {
    return expand_star(s, select, level);
  }
  for (const kg_projection *item = select->projection; item; item = item->next) {
    KGQ_TRY(check_item(s, select, item, level));
  }
  KGQ_TRY(clear_level(s, level));
  for (const kg_projection *item = select->projection; item; item = item->next) {
    add(s->sets[level], item->var);
  }
  return KGQ_OK;
}

kgq_status kg_check_scopes(kg_ast *ast, const char *name, kgq_error **err) {
  kg_scope s = { .ast = ast, .name = name, .err = err, .words = (size_t)ast->var_count / 64 + 1 };
  if (ast->form != KG_FORM_UPDATE) {
    return check_select(&s, &ast->select, 0, ast->form == KG_FORM_SELECT);
  }
  for (const kg_update_op *op = ast->updates; op; op = op->next) {
    if (op->where) {
      KGQ_TRY(check_group(&s, op->where, 0));
    }
  }
  return KGQ_OK;
}
