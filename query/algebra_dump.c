/* query/algebra_dump.c: the algebra as nested lists, for tests and for those who read plans. One line, no
 * layout. */
#include "query/algebra.h"

/* X(kind, name) */
/* clang-format off */
#define KINDS(X) \
  X(UNIT, "unit") \
  X(TRIPLE, "triple") \
  X(TERM, "term") \
  X(PATH, "path") \
  X(MATCHES, "matches") \
  X(GRAPHS, "graphs") \
  X(JOIN, "join") \
  X(LEFT_JOIN, "leftjoin") \
  X(MINUS, "minus") \
  X(UNION, "union") \
  X(FILTER, "filter") \
  X(EXTEND, "extend") \
  X(VALUES, "values") \
  X(GRAPH, "graph") \
  X(SAME, "same") \
  X(GROUP, "group") \
  X(ORDER, "order") \
  X(PROJECT, "project") \
  X(DISTINCT, "distinct") \
  X(REDUCED, "reduced") \
  X(SLICE, "slice")
/* clang-format on */

static const char *kind_name(kg_alg_kind kind) {
  switch (kind) {
#define KIND_NAME(kind, name)                                                                                \
  case KG_ALG_##kind: return name;
    KINDS(KIND_NAME)
#undef KIND_NAME
  }
  return "?";
}

typedef struct dumper {
  const kg_algebra *a;
  kg_buf *out;
  kgq_error **err;
} dumper;

static kgq_status dump_var(dumper *d, kg_var v) {
  return kg_buf_print(d->out, d->err, " ?%.*s", KG_ARG(d->a->ast->vars[v].name));
}

static kgq_status dump_node(dumper *d, const kg_node *node) {
  if (node->kind == KG_NODE_VAR) {
    return dump_var(d, node->var);
  }
  KGQ_TRY(kg_buf_add_byte(d->out, ' ', d->err));
  return kg_term_print(&node->term, d->out, d->err);
}

static kgq_status dump_path(dumper *d, const kg_path *path) {
  static const char *const names[] = { "link", "^", "/", "|", "*", "+", "?", "!" };
  if (path->kind == KG_PATH_LINK) {
    return kg_buf_print(d->out, d->err, " <%.*s>", KG_ARG(path->iri));
  }
  KGQ_TRY(kg_buf_print(d->out, d->err, " (%s", names[path->kind]));
  for (const kg_path *child = path->first; child; child = child->next) {
    KGQ_TRY(dump_path(d, child));
  }
  return kg_buf_add_byte(d->out, ')', d->err);
}

static kgq_status dump_expr(dumper *d, const kg_expr *expr) {
  if (expr->kind == KG_EXPR_VAR) {
    return dump_var(d, expr->var);
  }
  if (expr->kind == KG_EXPR_TERM) {
    KGQ_TRY(kg_buf_add_byte(d->out, ' ', d->err));
    return kg_term_print(&expr->term, d->out, d->err);
  }
  if (expr->kind == KG_EXPR_CALL && expr->function != KG_FN_IRI_CALL) {
    KGQ_TRY(kg_buf_print(d->out, d->err, " (%s", kg_function_name(expr->function)));
  } else {
    KGQ_TRY(kg_buf_print(d->out, d->err, " (expr%d", (int)expr->kind));
  }
  for (const kg_expr *arg = expr->args; arg; arg = arg->next) {
    KGQ_TRY(dump_expr(d, arg));
  }
  const kg_alg_exists *e = expr->pattern ? kg_algebra_exists(d->a, expr->pattern) : NULL;
  if (e) {
    KGQ_TRY(kg_buf_add_byte(d->out, ' ', d->err));
    KGQ_TRY(kg_algebra_dump(d->a, e->alg, d->out, d->err));
  }
  return kg_buf_add_byte(d->out, ')', d->err);
}

static kgq_status dump_leaf(dumper *d, const kg_alg *alg) {
  KGQ_TRY(dump_node(d, &alg->subject));
  if (alg->kind == KG_ALG_PATH) {
    KGQ_TRY(dump_path(d, alg->path));
  } else if (alg->kind != KG_ALG_MATCHES) {
    KGQ_TRY(dump_node(d, &alg->predicate));
  }
  return dump_node(d, &alg->object);
}

static kgq_status dump_scope(dumper *d, const kg_alg *alg) {
  if (alg->scope.kind == KG_SCOPE_IRI) {
    return kg_buf_print(d->out, d->err, " @<%.*s>", KG_ARG(alg->scope.iri));
  }
  if (alg->scope.kind == KG_SCOPE_VAR) {
    return kg_buf_print(d->out, d->err, " @?%.*s", KG_ARG(d->a->ast->vars[alg->scope.var].name));
  }
  return KGQ_OK;
}

static kgq_status dump_columns(dumper *d, const kg_alg *alg) {
  KGQ_TRY(kg_buf_add_text(d->out, " (", d->err));
  for (uint32_t i = 0; i < alg->var_count; i++) {
    KGQ_TRY(dump_var(d, alg->vars[i]));
  }
  KGQ_TRY(kg_buf_add_text(d->out, " )", d->err));
  for (uint32_t i = 0; i < alg->aggregate_count; i++) {
    KGQ_TRY(kg_buf_print(d->out, d->err, " (aggregate%d", (int)alg->aggregates[i].call->aggregate));
    KGQ_TRY(dump_var(d, alg->aggregates[i].out));
    if (alg->aggregates[i].argument != KG_NO_VAR) {
      KGQ_TRY(dump_var(d, alg->aggregates[i].argument));
    }
    KGQ_TRY(kg_buf_add_byte(d->out, ')', d->err));
  }
  return KGQ_OK;
}

static kgq_status dump_values(dumper *d, const kg_values *v) {
  for (uint32_t r = 0; r < v->row_count; r++) {
    KGQ_TRY(kg_buf_add_text(d->out, " (", d->err));
    for (uint32_t c = 0; c < v->var_count; c++) {
      const kg_node *cell = v->cells[(size_t)r * v->var_count + c];
      if (cell) {
        KGQ_TRY(dump_var(d, v->vars[c]));
        KGQ_TRY(dump_node(d, cell));
      }
    }
    KGQ_TRY(kg_buf_add_text(d->out, " )", d->err));
  }
  return KGQ_OK;
}

static kgq_status dump_order(dumper *d, const kg_alg *alg) {
  for (uint32_t i = 0; i < alg->order_count; i++) {
    KGQ_TRY(kg_buf_add_text(d->out, alg->order[i].descending ? " desc" : " asc", d->err));
    KGQ_TRY(dump_var(d, alg->order[i].var));
  }
  return KGQ_OK;
}

static bool is_leaf(kg_alg_kind kind) {
  return kind == KG_ALG_TRIPLE || kind == KG_ALG_TERM || kind == KG_ALG_PATH || kind == KG_ALG_MATCHES;
}

static kgq_status dump_own(dumper *d, const kg_alg *alg) {
  if (is_leaf(alg->kind)) {
    KGQ_TRY(dump_leaf(d, alg));
  }
  KGQ_TRY(dump_scope(d, alg));
  if (alg->var != KG_NO_VAR) {
    KGQ_TRY(dump_var(d, alg->var));
  }
  if (alg->from != KG_NO_VAR) {
    KGQ_TRY(dump_var(d, alg->from));
  }
  if (alg->values) {
    KGQ_TRY(dump_values(d, alg->values));
  }
  if (alg->kind == KG_ALG_PROJECT || alg->kind == KG_ALG_GROUP) {
    KGQ_TRY(dump_columns(d, alg));
  }
  KGQ_TRY(dump_order(d, alg));
  if (alg->kind == KG_ALG_SLICE) {
    KGQ_TRY(kg_buf_print(d->out, d->err, " %llu", (unsigned long long)alg->offset));
    if (alg->has_limit) {
      KGQ_TRY(kg_buf_print(d->out, d->err, " %llu", (unsigned long long)alg->limit));
    }
  }
  return KGQ_OK;
}

kgq_status kg_algebra_dump(const kg_algebra *a, const kg_alg *alg, kg_buf *out, kgq_error **err) {
  dumper d = { .a = a, .out = out, .err = err };
  KGQ_TRY(kg_buf_print(out, err, "(%s", kind_name(alg->kind)));
  KGQ_TRY(dump_own(&d, alg));
  if (alg->expr) {
    KGQ_TRY(dump_expr(&d, alg->expr));
  }
  if (alg->alone) {
    KGQ_TRY(dump_expr(&d, alg->alone));
  }
  for (uint32_t i = 0; i < alg->expr_count; i++) {
    KGQ_TRY(dump_expr(&d, alg->exprs[i]));
  }
  for (uint32_t i = 0; i < alg->child_count; i++) {
    KGQ_TRY(kg_buf_add_byte(out, ' ', err));
    KGQ_TRY(kg_algebra_dump(a, alg->children[i], out, err));
  }
  return kg_buf_add_byte(out, ')', err);
}
