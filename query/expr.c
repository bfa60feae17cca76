/* query/expr.c: expressions to compiled trees: columns instead of variables, constants as values, functions
 * looked up.
 *
 * Sub-expressions of constants alone are computed here, once. Also notes what each node depends on, so that
 * expr_eval.c can keep results by ids. Running them: expr_eval.c.
 */
#include <assert.h>

#include "graph/vocab.h"
#include "query/functions.h"

#define NO_COLUMN    UINT32_MAX
#define MANY_COLUMNS UINT32_MAX

/* What constants are computed against: no variable has a value. */
static const kg_batch no_rows = { 0 };

typedef struct compiler {
  kg_calc *ev;
  const kg_expr_env *env;
} compiler;

static kgq_status compile_deep(compiler *c, const kg_expr *expr, unsigned depth, kg_cexpr **out,
                               kgq_error **err);

/* The message is before, what, after. */
static kgq_status fail_here(const compiler *c, const kg_expr *expr, const char *before, kgq_str what,
                            const char *after, kgq_error **err) {
  kg_place place = { 0 };
  if (c->env->ast && c->env->ast->text.len > 0) {
    place = kg_place_in_text("query", c->env->ast->text, expr->offset);
  }
  return kg_fail_at(err, KGQ_NAME, &place, "%s%.*s%s", before, KG_ARG(what), after);
}

/* ---- dependencies ------------------------------------------------------------------------------- */

static void depend_on(kg_cexpr *e, uint32_t column) {
  if (e->column_count == MANY_COLUMNS || (e->column_count > 0 && e->columns[0] == column) ||
      (e->column_count > 1 && e->columns[1] == column)) {
    return;
  }
  if (e->column_count == 2) {
    e->column_count = MANY_COLUMNS;
    return;
  }
  e->columns[e->column_count++] = column;
}

static void depend_on_args(kg_cexpr *e) {
  for (uint32_t i = 0; i < e->arg_count; i++) {
    const kg_cexpr *arg = e->args[i];
    e->pure = e->pure && arg->pure;
    e->costly = e->costly || arg->costly;
    e->names_bnodes = e->names_bnodes || arg->names_bnodes;
    e->runs_patterns = e->runs_patterns || arg->runs_patterns;
    if (arg->column_count == MANY_COLUMNS) {
      e->column_count = MANY_COLUMNS;
    }
    for (uint32_t k = 0; arg->column_count != MANY_COLUMNS && k < arg->column_count; k++) {
      depend_on(e, arg->columns[k]);
    }
  }
}

/* ---- nodes -------------------------------------------------------------------------------------- */

static kgq_status compile_args(compiler *c, const kg_expr *expr, unsigned depth, kg_cexpr *e,
                               kgq_error **err) {
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    e->arg_count++;
  }
  e->args = (kg_cexpr **)kg_arena_zero(c->env->arena, (e->arg_count + 1) * sizeof(kg_cexpr *));
  if (!e->args) {
    return kg_fail_memory(err);
  }
  uint32_t i = 0;
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    KGQ_TRY(compile_deep(c, arg, depth + 1, &e->args[i++], err));
  }
  depend_on_args(e);
  return KGQ_OK;
}

static kgq_status set_constant(compiler *c, const kg_term *term, kg_cexpr *e, kgq_error **err) {
  kg_term *copy = (kg_term *)kg_arena_zero(c->env->arena, sizeof(kg_term));
  kg_id id = KG_ID_NONE;
  if (!copy) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(kg_term_copy(c->env->arena, term, copy, err));
  KGQ_TRY(kg_terms_intern(c->env->terms, copy, &id, err));
  kg_value_from_term(copy, &e->value);
  e->value.id = id;
  e->kind = KG_EXPR_TERM;
  return KGQ_OK;
}

static void set_column(const compiler *c, const kg_expr *expr, kg_cexpr *e) {
  e->column = expr->var < c->env->var_count ? c->env->var_column[expr->var] : NO_COLUMN;
  if (e->column != NO_COLUMN) {
    depend_on(e, e->column);
  }
}

static kgq_status check_arguments(const compiler *c, const kg_expr *expr, const kg_function_entry *entry,
                                  uint32_t count, kgq_error **err) {
  if ((int64_t)count >= entry->fewest && (entry->most < 0 || (int64_t)count <= entry->most)) {
    return KGQ_OK;
  }
  return fail_here(c, expr, "", kg_str(entry->name), " is called with a wrong number of arguments", err);
}

static kgq_status set_function(compiler *c, const kg_expr *expr, kg_cexpr *e, kgq_error **err) {
  const kg_function_entry *entry = NULL;
  e->function = expr->function;
  e->costly = true;
  if (expr->function == KG_FN_IRI_CALL) {
    entry = kg_function_named(expr->iri);
    if (!entry) {
      const kgq_status st = fail_here(c, expr, "no function is called <", expr->iri, ">", err);
      const char *near = kg_function_near(expr->iri);
      if (near) {
        kg_hint(err, "did you mean <%s>?", near);
      }
      return st;
    }
  } else {
    entry = kg_function_builtin(expr->function);
    e->pure = e->pure && kg_function_is_pure(expr->function);
    e->names_bnodes = e->names_bnodes || (expr->function == KG_FN_BNODE && e->arg_count > 0);
  }
  e->call = entry->call;
  return check_arguments(c, expr, entry, e->arg_count, err);
}

static kg_function_fn operator_of(kg_expr_kind kind) {
  switch ((int)kind) {
  case KG_EXPR_ADD: return kg_fn_add;
  case KG_EXPR_SUBTRACT: return kg_fn_subtract;
  case KG_EXPR_MULTIPLY: return kg_fn_multiply;
  case KG_EXPR_DIVIDE: return kg_fn_divide;
  case KG_EXPR_NEGATE: return kg_fn_negate;
  case KG_EXPR_PLUS: return kg_fn_plus;
  case KG_EXPR_TRIPLE: return kg_fn_TRIPLE;
  default: return NULL;
  }
}

/* The operators behind EXISTS let go of terms that are in memory. Below a connective that does no harm, since
 * it holds truths alone; below all else, values of the same row may point at such terms, so the answers are
 * had first. */
static kgq_status hoist(compiler *c, kg_cexpr *e, kgq_error **err) {
  kg_calc *ev = c->ev;
  if (!e->runs_patterns || e->is_hoisted) {
    return KGQ_OK;
  }
  for (uint32_t i = 0; i < e->arg_count; i++) {
    KGQ_TRY(hoist(c, e->args[i], err));
  }
  if (!e->pattern) {
    return KGQ_OK;
  }
  void *list = ev->hoisted;
  KGQ_TRY(kg_grow(&ev->pool.allocator, &list, &ev->hoisted_capacity, ev->hoisted_count + 1,
                  sizeof(kg_cexpr *), err));
  ev->hoisted = (kg_cexpr **)list;
  ev->hoisted[ev->hoisted_count++] = e;
  e->is_hoisted = true;
  return KGQ_OK;
}

static bool is_connective(kg_expr_kind kind) {
  return kind == KG_EXPR_OR || kind == KG_EXPR_AND || kind == KG_EXPR_NOT;
}

/* Everything but constants and variables. */
static kgq_status compile_node(compiler *c, const kg_expr *expr, unsigned depth, kg_cexpr *e,
                               kgq_error **err) {
  KGQ_TRY(compile_args(c, expr, depth, e, err));
  if (!is_connective(expr->kind)) {
    KGQ_TRY(hoist(c, e, err));
  }
  e->call = operator_of(expr->kind);
  switch ((int)expr->kind) {
  case KG_EXPR_CALL: return set_function(c, expr, e, err);
  case KG_EXPR_EXISTS:
  case KG_EXPR_NOT_EXISTS:
    e->pattern = expr->pattern;
    e->runs_patterns = true;
    e->pure = false; /* depends on the data, and on every variable of the row */
    e->column_count = MANY_COLUMNS;
    return KGQ_OK;
  case KG_EXPR_AGGREGATE: return fail_here(c, expr, "an aggregate cannot stand here", KG_STR(""), "", err);
  default: e->costly = e->costly || expr->kind == KG_EXPR_TRIPLE; return KGQ_OK;
  }
}

/* A node without columns that always gives the same: computed now. An error becomes a constant too. */
static kgq_status fold(compiler *c, kg_cexpr *e, kgq_error **err) {
  kg_value value;
  if (e->kind == KG_EXPR_TERM || e->kind == KG_EXPR_VAR || !e->pure || e->column_count != 0) {
    return KGQ_OK;
  }
  kg_arena_reset(&c->ev->scratch);
  KGQ_TRY(kg_calc_value(c->ev, e, &value, err));
  if (value.kind == KG_VALUE_NONE) {
    e->kind = KG_EXPR_TERM;
    kg_value_set_none(&e->value);
    return KGQ_OK;
  }
  KGQ_TRY(kg_value_read(c->env->terms, &c->ev->scratch, &value, err));
  return set_constant(c, value.term, e, err);
}

static kgq_status compile_deep(compiler *c, const kg_expr *expr, unsigned depth, kg_cexpr **out,
                               kgq_error **err) {
  if (depth > KG_LIMIT_EXPRESSION_DEPTH) {
    return kg_fail(err, KGQ_LIMIT, "an expression is nested more than %d deep", KG_LIMIT_EXPRESSION_DEPTH);
  }
  kg_cexpr *e = (kg_cexpr *)kg_arena_zero(c->env->arena, sizeof *e);
  if (!e) {
    return kg_fail_memory(err);
  }
  e->kind = expr->kind;
  e->column = NO_COLUMN;
  e->ev = c->ev;
  e->pure = true;
  *out = e;
  if (expr->kind == KG_EXPR_TERM) {
    return set_constant(c, &expr->term, e, err);
  }
  if (expr->kind == KG_EXPR_VAR) {
    set_column(c, expr, e);
    return KGQ_OK;
  }
  KGQ_TRY(compile_node(c, expr, depth, e, err));
  return fold(c, e, err);
}

kgq_status kg_expr_compile(const kg_expr *expr, const kg_expr_env *env, kg_cexpr **out, kgq_error **err) {
  kg_calc *ev = (kg_calc *)kg_arena_zero(env->arena, sizeof *ev);
  if (!ev) {
    return kg_fail_memory(err);
  }
  ev->env = *env;
  ev->batch = &no_rows;
  kg_pool_init(&ev->pool, env->arena);
  kg_arena_init(&ev->scratch, &ev->pool.allocator);
  kg_buf_init(&ev->buf, &ev->pool.allocator);
  compiler c = { ev, env };
  return compile_deep(&c, expr, 0, out, err);
}
