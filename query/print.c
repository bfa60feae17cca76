/* query/print.c: a syntax tree back to SPARQL text: forms, datasets, templates, updates, PREFIX lines.
 *
 * What `.sparql` and --explain=sparql show. Reading the text again gives an equal tree but for names of blank
 * nodes (tests/unit/test_print.c). Does not change anything in the tree.
 */
#include "query/print_internal.h"

/* ---- datasets and templates --------------------------------------------------------------------- */

static void put_dataset(kg_printer *p, const char *word, const kg_dataset *dataset) {
  for (const kg_iri_list *g = dataset->graphs; g; g = g->next) {
    kg_put(p, word);
    kg_put_iri(p, g->iri);
  }
  for (const kg_iri_list *g = dataset->named; g; g = g->next) {
    kg_put(p, word);
    kg_put(p, "NAMED ");
    kg_put_iri(p, g->iri);
  }
}

static bool same_graph(const kg_quad_template *a, const kg_quad_template *b) {
  return a->has_graph == b->has_graph &&
         (!a->has_graph || (a->graph.kind == b->graph.kind && a->graph.var == b->graph.var &&
                            kg_term_equal(&a->graph.term, &b->graph.term)));
}

static void put_quad(kg_printer *p, const kg_quad_template *quad) {
  kg_put_node(p, &quad->subject);
  kg_put(p, " ");
  kg_put_predicate(p, &quad->predicate);
  kg_put(p, " ");
  kg_put_node(p, &quad->object);
  kg_put(p, " .");
}

static void open_graph(kg_printer *p, const kg_quad_template *quad) {
  kg_put_break(p);
  kg_put(p, "GRAPH ");
  kg_put_node(p, &quad->graph);
  kg_put(p, " {");
  p->indent++;
}

static void close_graph(kg_printer *p) {
  p->indent--;
  kg_put_break(p);
  kg_put(p, "}");
}

static void put_template(kg_printer *p, const kg_quad_template *quad) {
  const kg_quad_template *before = NULL;
  kg_put(p, "{");
  p->indent++;
  for (; quad; before = quad, quad = quad->next) {
    const bool changes = before ? !same_graph(before, quad) : quad->has_graph;
    if (changes && before && before->has_graph) {
      close_graph(p);
    }
    if (changes && quad->has_graph) {
      open_graph(p, quad);
    }
    kg_put_break(p);
    put_quad(p, quad);
  }
  if (before && before->has_graph) {
    close_graph(p);
  }
  p->indent--;
  kg_put_break(p);
  kg_put(p, "}");
}

/* ---- queries ------------------------------------------------------------------------------------ */

static void put_describe(kg_printer *p) {
  kg_put(p, "DESCRIBE");
  kg_put(p, p->ast->describe_star ? " *" : "");
  for (uint32_t i = 0; i < p->ast->describe_count; i++) {
    kg_put(p, " ");
    kg_put_node(p, &p->ast->describe[i]);
  }
}

static void put_form(kg_printer *p) {
  const kg_ast *ast = p->ast;
  if (ast->form == KG_FORM_SELECT) {
    kg_put_head(p, &ast->select);
  } else if (ast->form == KG_FORM_ASK) {
    kg_put(p, "ASK");
  } else if (ast->form == KG_FORM_DESCRIBE) {
    put_describe(p);
  } else {
    kg_put(p, "CONSTRUCT ");
    put_template(p, ast->construct);
  }
}

static void put_query(kg_printer *p) {
  const kg_ast *ast = p->ast;
  if (ast->form == KG_FORM_SELECT && !ast->dataset.given) {
    kg_put_select(p, &ast->select);
    return;
  }
  put_form(p);
  put_dataset(p, " FROM ", &ast->dataset);
  kg_put(p, " WHERE ");
  kg_put_group(p, ast->select.where);
  kg_put_modifiers(p, &ast->select);
  if (ast->select.values) {
    kg_put(p, " ");
    kg_put_values(p, ast->select.values);
  }
}

/* ---- updates ------------------------------------------------------------------------------------ */

static void put_target(kg_printer *p, const kg_graph_target *target) {
  static const char *const words[] = { "GRAPH ", "DEFAULT", "NAMED", "ALL" };
  kg_put(p, words[target->kind]);
  if (target->kind == KG_TARGET_GRAPH) {
    kg_put_iri(p, target->iri);
  }
}

static void put_management(kg_printer *p, const kg_update_op *op) {
  static const char *const words[] = { "LOAD ", "CLEAR ", "DROP ", "CREATE ", "ADD ", "MOVE ", "COPY " };
  kg_put(p, words[op->kind]);
  kg_put(p, op->silent ? "SILENT " : "");
  if (op->kind == KG_UPDATE_LOAD) {
    kg_put_iri(p, op->source);
    if (op->to.kind != KG_TARGET_GRAPH) {
      return;
    }
    kg_put(p, " INTO ");
  } else if (op->kind == KG_UPDATE_ADD || op->kind == KG_UPDATE_MOVE || op->kind == KG_UPDATE_COPY) {
    put_target(p, &op->from);
    kg_put(p, " TO ");
  }
  put_target(p, &op->to);
}

static void put_modify(kg_printer *p, const kg_update_op *op) {
  if (op->has_with) {
    kg_put(p, "WITH ");
    kg_put_iri(p, op->with);
    kg_put_break(p);
  }
  if (op->remove || !op->insert) {
    kg_put(p, "DELETE ");
    put_template(p, op->remove);
    kg_put(p, op->insert ? " " : "");
  }
  if (op->insert) {
    kg_put(p, "INSERT ");
    put_template(p, op->insert);
  }
  put_dataset(p, " USING ", &op->using_);
  kg_put(p, " WHERE ");
  kg_put_group(p, op->where);
}

static void put_operation(kg_printer *p, const kg_update_op *op) {
  if (op->kind == KG_UPDATE_INSERT_DATA) {
    kg_put(p, "INSERT DATA ");
    put_template(p, op->insert);
  } else if (op->kind == KG_UPDATE_DELETE_DATA) {
    kg_put(p, "DELETE DATA ");
    put_template(p, op->remove);
  } else if (op->kind == KG_UPDATE_DELETE_WHERE) {
    kg_put(p, "DELETE WHERE ");
    put_template(p, op->remove);
  } else if (op->kind == KG_UPDATE_MODIFY) {
    put_modify(p, op);
  } else {
    put_management(p, op);
  }
}

static void put_update(kg_printer *p) {
  for (const kg_update_op *op = p->ast->updates; op; op = op->next) {
    put_operation(p, op);
    kg_put(p, op->next ? " ;" : "");
    if (op->next) {
      kg_put_break(p);
    }
  }
}

/* ---- the whole text ----------------------------------------------------------------------------- */

static size_t count_prefixes(const kg_ast *ast) {
  size_t count = KG_PRINT_BUILTIN_PREFIXES;
  for (const kg_prefix_decl *d = ast->prefixes; d; d = d->next) {
    count++;
  }
  return count;
}

static kgq_status put_prefix(kg_printer *p, kg_buf *out, kgq_str name, kgq_str iri) {
  const char *end = p->pretty ? "\n" : " ";
  return kg_buf_print(out, p->err, "PREFIX %.*s: <%.*s>%s", (int)name.len, name.ptr, (int)iri.len, iri.ptr,
                      end);
}

static kgq_status put_prologue(kg_printer *p, kg_buf *out) {
  const uint8_t *used = p->prefix_used;
  if (p->needs_base && p->ast->base.len > 0) {
    KGQ_TRY(kg_buf_print(out, p->err, "BASE <%.*s>%s", (int)p->ast->base.len, p->ast->base.ptr,
                         p->pretty ? "\n" : " "));
  }
  for (size_t i = 0; i < KG_PRINT_BUILTIN_PREFIXES; i++) {
    const kgq_str iri = kg_str(kg_print_builtin[i][1]);
    KGQ_TRY(*used++ ? put_prefix(p, out, kg_str(kg_print_builtin[i][0]), iri) : KGQ_OK);
  }
  for (const kg_prefix_decl *d = p->ast->prefixes; d; d = d->next) {
    KGQ_TRY(*used++ ? put_prefix(p, out, d->name, d->iri) : KGQ_OK);
  }
  return kg_buf_add_str(out, kg_buf_str(&p->body), p->err);
}

kgq_status kg_ast_print(const kg_ast *ast, bool pretty, kg_buf *out, kgq_error **err) {
  kg_printer p = { .ast = ast, .err = err, .pretty = pretty, .group = kg_put_group };
  p.prefix_count = count_prefixes(ast);
  p.prefix_used = kg_alloc_zero(out->allocator, p.prefix_count, 1);
  if (!p.prefix_used) {
    return kg_fail_memory(err);
  }
  kg_buf_init(&p.body, out->allocator);
  if (ast->form == KG_FORM_UPDATE) {
    put_update(&p);
  } else {
    put_query(&p);
  }
  if (p.st == KGQ_OK) {
    p.st = put_prologue(&p, out);
  }
  kg_buf_free(&p.body);
  kg_free(out->allocator, p.prefix_used, p.prefix_count);
  return p.st;
}
