/* query/algebra.c: the doors of the algebra: which tree a query or an update operation becomes.
 *
 * Decides what each form needs as columns; algebra_select.c and algebra_pattern.c do the rest.
 */
#include "query/algebra.h"

static kgq_status subselect(kg_algebra *a, const kg_select *select, const kg_scope *scope, kg_alg **out,
                            kgq_error **err) {
  KGQ_TRY(kg_alg_select(a, select, scope, NULL, 0, out, err));
  kg_alg *alg = *out;
  while (alg->kind != KG_ALG_PROJECT) {
    alg = alg->children[0];
  }
  alg->subselect = true;
  return KGQ_OK;
}

static kgq_status algebra_new(kg_ast *ast, kg_algebra **out, kgq_error **err) {
  kg_algebra *a = (kg_algebra *)kg_arena_zero(&ast->arena, sizeof(kg_algebra));
  if (!a) {
    return kg_fail_memory(err);
  }
  a->ast = ast;
  a->var_capacity = 0; /* unknown: the first fresh variable makes room */
  a->exists_end = &a->exists;
  a->subselect = subselect;
  *out = a;
  return KGQ_OK;
}

static void add_var(kg_var v, kg_var *vars, uint32_t *count) {
  for (uint32_t i = 0; i < *count; i++) {
    if (vars[i] == v) {
      return;
    }
  }
  vars[(*count)++] = v;
}

static void node_vars(const kg_node *node, kg_var *vars, uint32_t *count) {
  if (node->kind == KG_NODE_VAR) {
    add_var(node->var, vars, count);
  }
  for (size_t i = 0; node->kind == KG_NODE_TRIPLE && i < 3; i++) {
    node_vars(&node->triple[i], vars, count);
  }
}

void kg_template_vars(const kg_quad_template *list, kg_var *vars, uint32_t *count) {
  for (const kg_quad_template *t = list; t; t = t->next) {
    node_vars(&t->subject, vars, count);
    node_vars(&t->predicate, vars, count);
    node_vars(&t->object, vars, count);
    if (t->has_graph) {
      node_vars(&t->graph, vars, count);
    }
  }
}

static kgq_status var_array(kg_ast *ast, kg_var **out, kgq_error **err) {
  *out = (kg_var *)kg_arena_zero(&ast->arena, (ast->var_count + 1) * sizeof(kg_var));
  return *out ? KGQ_OK : kg_fail_memory(err);
}

static void all_visible(const kg_ast *ast, kg_var *vars, uint32_t *count) {
  for (kg_var v = 0; v < ast->var_count; v++) {
    if (!ast->vars[v].hidden) {
      vars[(*count)++] = v;
    }
  }
}

/* Columns that the form needs; *columns NULL: those of its projection. */
static kgq_status form_columns(kg_ast *ast, kg_var **columns, uint32_t *count, kgq_error **err) {
  *columns = NULL;
  *count = 0;
  if (ast->form == KG_FORM_SELECT || (ast->form == KG_FORM_DESCRIBE && ast->select.projection)) {
    return KGQ_OK;
  }
  KGQ_TRY(var_array(ast, columns, err));
  if (ast->form == KG_FORM_CONSTRUCT) {
    kg_template_vars(ast->construct, *columns, count);
  } else if (ast->form == KG_FORM_DESCRIBE && ast->describe_star) {
    all_visible(ast, *columns, count);
  } else if (ast->form == KG_FORM_DESCRIBE) {
    for (uint32_t i = 0; i < ast->describe_count; i++) {
      node_vars(&ast->describe[i], *columns, count);
    }
  }
  return KGQ_OK;
}

kgq_status kg_algebra_query(kg_ast *ast, kg_algebra **out, kgq_error **err) {
  kg_algebra *a = NULL;
  kg_var *columns = NULL;
  uint32_t column_count = 0;
  const kg_scope scope = { .kind = KG_SCOPE_DEFAULT, .var = KG_NO_VAR };
  KGQ_TRY(algebra_new(ast, &a, err));
  KGQ_TRY(form_columns(ast, &columns, &column_count, err));
  KGQ_TRY(kg_alg_select(a, &ast->select, &scope, columns, column_count, &a->root, err));
  KGQ_TRY(kg_alg_analyse(a, err));
  *out = a;
  return KGQ_OK;
}

kgq_status kg_algebra_where(kg_ast *ast, const kg_update_op *op, const kg_scope *scope, kg_algebra **out,
                            kgq_error **err) {
  kg_algebra *a = NULL;
  kg_var *columns = NULL;
  uint32_t column_count = 0;
  KGQ_TRY(algebra_new(ast, &a, err));
  KGQ_TRY(var_array(ast, &columns, err));
  kg_template_vars(op->remove, columns, &column_count);
  kg_template_vars(op->insert, columns, &column_count);
  KGQ_TRY(kg_alg_group(a, op->where, scope, &a->root, err));
  KGQ_TRY(kg_alg_over(a, KG_ALG_PROJECT, a->root, &a->root, err));
  a->root->vars = columns;
  a->root->var_count = column_count;
  KGQ_TRY(kg_alg_analyse(a, err));
  *out = a;
  return KGQ_OK;
}
