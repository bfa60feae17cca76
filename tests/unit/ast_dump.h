/* tests/unit/ast_dump.h: a syntax tree as text, for comparing two trees.
 *
 * Leaves out what printing and reading again may change: offsets, numbers of basic graph patterns, prefixes,
 * and the names of blank nodes and fresh variables, which are numbered in the order in which they are met.
 * SELECT * counts as the columns it stands for.
 */
#ifndef KG_TEST_AST_DUMP_H
#define KG_TEST_AST_DUMP_H

#include <stdio.h>
#include <stdlib.h>

#include "query/ast.h"

typedef struct dump {
  const kg_ast *ast;
  FILE *out;
  char *labels[512];
  int label_count;
  uint32_t blocks[4096];
  uint32_t block_count;
} dump;

static void dump_group(dump *d, const kg_pattern *group);
static void dump_select(dump *d, const kg_select *select);

static void dump_str(dump *d, kgq_str s) {
  fprintf(d->out, "'%.*s'", (int)s.len, s.ptr ? s.ptr : "");
}

static void dump_label(dump *d, kgq_str label) {
  char text[600];
  const int skip =
      label.len > 2 && label.ptr[0] == '.' && label.ptr[1] == ':' ? 2 : 0; /* in WHERE: ".:label" */
  snprintf(text, sizeof text, "%.*s", (int)label.len - skip, label.ptr + skip);
  int i = 0;
  while (i < d->label_count && strcmp(d->labels[i], text) != 0) {
    i++;
  }
  if (i == d->label_count && i < 512) {
    d->labels[d->label_count++] = strdup(text);
  }
  fprintf(d->out, "_:%d", i);
}

static void dump_var(dump *d, kg_var var) {
  if (var == KG_NO_VAR) {
    fputs("?none", d->out);
    return;
  }
  const kgq_str name = d->ast->vars[var].name;
  if (name.len > 1 && name.ptr[0] == '.' && name.ptr[1] != '_') {
    dump_label(d, name);
  } else {
    const int skip = name.len > 0 && name.ptr[0] == '.';
    fprintf(d->out, "?%.*s", (int)name.len - skip, name.ptr + skip);
  }
}

static void dump_term(dump *d, const kg_term *t) {
  fprintf(d->out, "%d", (int)t->kind);
  if (t->kind == KG_TERM_BNODE) {
    dump_label(d, t->text);
  } else if (t->kind == KG_TERM_TRIPLE) {
    for (int i = 0; i < 3; i++) {
      dump_term(d, &t->triple[i]);
    }
  } else if (t->kind != KG_TERM_NONE) {
    dump_str(d, t->text);
    dump_str(d, t->datatype);
    dump_str(d, t->lang);
    fprintf(d->out, "%d", (int)t->direction);
  }
}

static void dump_node(dump *d, const kg_node *n) {
  fputc(' ', d->out);
  if (n->kind == KG_NODE_VAR) {
    dump_var(d, n->var);
  } else if (n->kind == KG_NODE_TERM) {
    dump_term(d, &n->term);
  } else {
    for (int i = 0; i < 3; i++) {
      dump_node(d, &n->triple[i]);
    }
  }
}

static void dump_path(dump *d, const kg_path *path) {
  fprintf(d->out, " path%d(", (int)path->kind);
  dump_str(d, path->iri);
  for (const kg_path *child = path->first; child; child = child->next) {
    dump_path(d, child);
  }
  fputc(')', d->out);
}

static void dump_expr(dump *d, const kg_expr *e) {
  fprintf(d->out, " (e%d f%d a%d d%d s%d ", (int)e->kind, (int)e->function, (int)e->aggregate, e->distinct,
          e->star);
  dump_var(d, e->kind == KG_EXPR_VAR ? e->var : KG_NO_VAR);
  dump_term(d, &e->term);
  dump_str(d, e->iri);
  dump_str(d, e->separator);
  for (const kg_expr *arg = e->args; arg; arg = arg->next) {
    dump_expr(d, arg);
  }
  if (e->pattern) {
    dump_group(d, e->pattern);
  }
  fputc(')', d->out);
}

static void dump_values(dump *d, const kg_values *v) {
  fputs(" values", d->out);
  for (uint32_t i = 0; i < v->var_count; i++) {
    dump_var(d, v->vars[i]);
  }
  for (uint32_t i = 0; i < v->row_count * v->var_count; i++) {
    if (v->cells[i]) {
      dump_node(d, v->cells[i]);
    } else {
      fputs(" UNDEF", d->out);
    }
  }
  fprintf(d->out, " rows%u", v->row_count);
}

static uint32_t dump_block(dump *d, uint32_t block) {
  for (uint32_t i = 0; i < d->block_count; i++) {
    if (d->blocks[i] == block) {
      return i;
    }
  }
  if (d->block_count < 4096) {
    d->blocks[d->block_count++] = block;
  }
  return d->block_count - 1;
}

static void dump_pattern(dump *d, const kg_pattern *p) {
  fprintf(d->out, "\n p%d silent%d", (int)p->kind, p->silent);
  const int triple =
      p->kind == KG_PATTERN_TRIPLE || p->kind == KG_PATTERN_PATH || p->kind == KG_PATTERN_MATCHES;
  if (triple) {
    fprintf(d->out, " b%u", dump_block(d, p->block));
    dump_node(d, &p->subject);
    if (p->path) {
      dump_path(d, p->path);
    } else if (p->kind == KG_PATTERN_TRIPLE) {
      dump_node(d, &p->predicate);
    }
    dump_node(d, &p->object);
  }
  if (p->kind == KG_PATTERN_GRAPH || p->kind == KG_PATTERN_SERVICE) {
    dump_node(d, &p->graph);
  }
  if (p->kind == KG_PATTERN_BIND) {
    dump_var(d, p->var);
  }
  if (p->expr) {
    dump_expr(d, p->expr);
  }
  if (p->values) {
    dump_values(d, p->values);
  }
  if (p->select) {
    dump_select(d, p->select);
  }
  if (p->first) {
    dump_group(d, p);
  }
}

static void dump_group(dump *d, const kg_pattern *group) {
  fputs(" {", d->out);
  for (const kg_pattern *p = group->first; p; p = p->next) {
    dump_pattern(d, p);
  }
  fputs(" }", d->out);
}

static void dump_select(dump *d, const kg_select *s) {
  fprintf(d->out, "\nselect d%d r%d g%d l%d %llu %llu", s->distinct, s->reduced, s->grouped, s->has_limit,
          (unsigned long long)s->limit, (unsigned long long)s->offset);
  const bool listed =
      s != &d->ast->select || d->ast->form == KG_FORM_SELECT; /* else in the order of reading */
  for (const kg_projection *item = listed ? s->projection : NULL; item; item = item->next) {
    fputs(" as", d->out);
    dump_var(d, item->var);
    if (item->expr) {
      dump_expr(d, item->expr);
    }
  }
  if (s->where) {
    dump_group(d, s->where);
  }
  for (const kg_group_key *key = s->group; key; key = key->next) {
    fputs("\n key", d->out);
    dump_expr(d, key->expr);
    dump_var(d, key->var);
  }
  for (const kg_expr *e = s->having; e; e = e->next) {
    fputs("\n having", d->out);
    dump_expr(d, e);
  }
  for (const kg_order *o = s->order; o; o = o->next) {
    fprintf(d->out, "\n order%d", o->descending);
    dump_expr(d, o->expr);
  }
  if (s->values) {
    dump_values(d, s->values);
  }
}

static void dump_template(dump *d, const kg_quad_template *q) {
  for (; q; q = q->next) {
    fputs("\n quad", d->out);
    dump_node(d, &q->subject);
    dump_node(d, &q->predicate);
    dump_node(d, &q->object);
    if (q->has_graph) {
      dump_node(d, &q->graph);
    }
  }
}

static void dump_dataset(dump *d, const kg_dataset *s) {
  fprintf(d->out, "\n dataset%d", s->given);
  for (const kg_iri_list *g = s->graphs; g; g = g->next) {
    dump_str(d, g->iri);
  }
  fputs(" named", d->out);
  for (const kg_iri_list *g = s->named; g; g = g->next) {
    dump_str(d, g->iri);
  }
}

static void dump_update(dump *d, const kg_update_op *op) {
  fprintf(d->out, "\nop%d silent%d with%d", (int)op->kind, op->silent, op->has_with);
  dump_str(d, op->source);
  dump_str(d, op->with);
  fprintf(d->out, " from%d", (int)op->from.kind);
  dump_str(d, op->from.iri);
  fprintf(d->out, " to%d", (int)op->to.kind);
  dump_str(d, op->to.iri);
  fputs("\nremove", d->out);
  dump_template(d, op->remove);
  fputs("\ninsert", d->out);
  dump_template(d, op->insert);
  dump_dataset(d, &op->using_);
  if (op->where) {
    dump_group(d, op->where);
  }
}

/* The caller frees the text with free(). */
static char *dump_ast(const kg_ast *ast) {
  static dump d;
  char *text = NULL;
  size_t size = 0;
  memset(&d, 0, sizeof d);
  d.ast = ast;
  d.out = open_memstream(&text, &size);
  fprintf(d.out, "form%d star%d", (int)ast->form, ast->describe_star);
  dump_dataset(&d, &ast->dataset);
  dump_template(&d, ast->construct);
  for (uint32_t i = 0; i < ast->describe_count; i++) {
    dump_node(&d, &ast->describe[i]);
  }
  if (ast->form != KG_FORM_UPDATE) {
    dump_select(&d, &ast->select);
  }
  for (const kg_update_op *op = ast->updates; op; op = op->next) {
    dump_update(&d, op);
  }
  fclose(d.out);
  for (int i = 0; i < d.label_count; i++) {
    free(d.labels[i]);
  }
  return text;
}

#endif
