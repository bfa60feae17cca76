/* query/algebra.h: the algebra of a query: SPARQL 1.2 section 18 as a tree.
 *
 * Made from the syntax tree by algebra*.c, changed by rewrite*.c, turned into operators by plan*.c. What the
 * syntax leaves to the reader is explicit here: which graph a pattern is matched against, which filter
 * belongs to an OPTIONAL, what is grouped and extended, in which order. Does not know ids or data.
 *
 * Ownership: everything lives in the arena of the kg_ast.
 */
#ifndef KG_QUERY_ALGEBRA_H
#define KG_QUERY_ALGEBRA_H

#include "query/varset.h"

typedef enum {
  KG_ALG_UNIT,      /* one empty solution */
  KG_ALG_TRIPLE,    /* subject predicate object in `scope` */
  KG_ALG_TERM,      /* the triple term `var` has the parts subject, predicate, object */
  KG_ALG_PATH,      /* subject path object in `scope`, path of a closure kind */
  KG_ALG_MATCHES,   /* subject kgq:matches object, in `scope` */
  KG_ALG_GRAPHS,    /* the named graphs, as values of scope.var; or: is there the graph scope.iri? */
  KG_ALG_JOIN,      /* all children */
  KG_ALG_LEFT_JOIN, /* two children; exprs hold of the joined solution */
  KG_ALG_MINUS,     /* two children; scope.var does not count as common variable */
  KG_ALG_UNION,
  KG_ALG_FILTER,
  KG_ALG_EXTEND,
  KG_ALG_VALUES,
  KG_ALG_GRAPH, /* child once for each named graph, which is the value of scope.var */
  KG_ALG_SAME,  /* var gets the value of `from`; where it has one already it must be that */
  KG_ALG_GROUP,
  KG_ALG_ORDER,
  KG_ALG_PROJECT,
  KG_ALG_DISTINCT,
  KG_ALG_REDUCED,
  KG_ALG_SLICE
} kg_alg_kind;

/* Which graph patterns are matched against. */
typedef enum { KG_SCOPE_DEFAULT, KG_SCOPE_IRI, KG_SCOPE_VAR } kg_scope_kind;
typedef struct kg_scope {
  kg_scope_kind kind;
  kgq_str iri;
  kg_var var; /* KG_NO_VAR unless VAR */
} kg_scope;

typedef struct kg_alg_aggregate {
  kg_var out, argument; /* argument KG_NO_VAR: COUNT(*) */
  const kg_expr *call;
} kg_alg_aggregate;

typedef struct kg_alg_order {
  kg_var var;
  bool descending;
} kg_alg_order;

typedef struct kg_alg {
  kg_alg_kind kind;
  kg_scope scope;
  kg_node subject, predicate, object; /* VAR or TERM */
  kg_var var, from;
  const kg_path *path;
  const kg_expr *expr;   /* EXTEND */
  const kg_expr **exprs; /* FILTER, LEFT_JOIN: all must hold */
  uint32_t expr_count;
  const kg_expr
      *alone; /* LEFT_JOIN: only rows of the left side without a partner; the !bound(?v) that says so */
  const kg_values *values;
  kg_var *vars; /* PROJECT: columns; GROUP: keys */
  uint32_t var_count;
  kg_alg_aggregate *aggregates;
  uint32_t aggregate_count;
  kg_alg_order *order;
  uint32_t order_count;
  bool has_limit;
  uint64_t limit, offset;
  bool subselect; /* PROJECT: variables left out are not those of the outside */
  bool sliced;    /* PROJECT: OFFSET or LIMIT follows */
  struct kg_alg **children;
  uint32_t child_count;
  uint32_t depth;                      /* of the tree below, bounded by KG_LIMIT_ALGEBRA_DEPTH */
  size_t text_offset;                  /* in the query, for messages */
  kg_varset bound, certain, mentioned; /* may be bound, is bound in each solution, occurs: kg_alg_analyse */
} kg_alg;

/* The pattern of an EXISTS, matched in the graph it stands in. */
typedef struct kg_alg_exists {
  const kg_pattern *pattern;
  kg_alg *alg;
  kg_alg *planned; /* rewritten: kg_rewrite */
  struct kg_alg_exists *next;
} kg_alg_exists;

typedef struct kg_algebra kg_algebra;
/* SELECT below a group: the one call from patterns up to algebra_select.c. */
typedef kgq_status (*kg_alg_select_fn)(kg_algebra *a, const kg_select *select, const kg_scope *scope,
                                       kg_alg **out, kgq_error **err);

struct kg_algebra {
  kg_ast *ast;
  kg_alg *root;
  kg_alg_exists *exists, **exists_end; /* inner ones before the outer ones */
  kg_alg_select_fn subselect;
  uint32_t var_capacity; /* of ast->vars, which grows by the variables made here */
  uint32_t set_words;
  unsigned depth;
  kg_alg *planned; /* root as rewritten with `planned_off`; NULL: not yet */
  uint32_t planned_off;
};

/* The query of a tree that is no update: dataset clauses are not in the algebra. */
kgq_status kg_algebra_query(kg_ast *ast, kg_algebra **out, kgq_error **err);
/* The WHERE of an update operation, projecting what its templates need; `scope` is WITH's graph or the
 * default one. */
kgq_status kg_algebra_where(kg_ast *ast, const kg_update_op *op, const kg_scope *scope, kg_algebra **out,
                            kgq_error **err);
/* Variables of templates, in order of first mention, added to vars (which has room for all variables). */
void kg_template_vars(const kg_quad_template *list, kg_var *vars, uint32_t *count);

/* algebra_node.c: nodes, and what can be said about them. */
kg_alg *kg_alg_new(kg_algebra *a, kg_alg_kind kind, uint32_t child_count,
                   kgq_error **err); /* NULL: no memory */
/* A copy of one node, with the same children. */
kgq_status kg_alg_copy(kg_algebra *a, const kg_alg *alg, kg_alg **out, kgq_error **err);
kgq_status kg_alg_over(kg_algebra *a, kg_alg_kind kind, kg_alg *child, kg_alg **out, kgq_error **err);
kgq_status kg_alg_pair(kg_algebra *a, kg_alg_kind kind, kg_alg *left, kg_alg *right, kg_alg **out,
                       kgq_error **err);
/* Join that keeps joins flat: appends to `left` if that is one made by this function. */
kgq_status kg_alg_join(kg_algebra *a, kg_alg *left, kg_alg *right, kg_alg **out, kgq_error **err);
kgq_status kg_alg_fresh(kg_algebra *a, kg_var *out, kgq_error **err);
kgq_status kg_alg_extend(kg_algebra *a, kg_alg *child, kg_var var, const kg_expr *expr, kg_alg **out,
                         kgq_error **err);
/* Fills bound, certain, mentioned of the whole algebra; after every change of it. */
kgq_status kg_alg_analyse(kg_algebra *a, kgq_error **err);
/* The same for one tree, when the number of variables has not changed since. */
kgq_status kg_alg_analyse_tree(kg_algebra *a, kg_alg *alg, kgq_error **err);
/* The same for one node whose children have their sets. */
kgq_status kg_alg_analyse_node(kg_algebra *a, kg_alg *alg, kgq_error **err);
/* The pattern's algebra; never NULL for a pattern of this query. */
kg_alg_exists *kg_algebra_exists(const kg_algebra *a, const kg_pattern *pattern);
/* Variables that an expression reads; with those that its EXISTS patterns mention. */
void kg_expr_vars(const kg_algebra *a, const kg_expr *expr, uint64_t *set);
bool kg_expr_has_exists(const kg_expr *expr);
/* Is it !bound(?var)? */
bool kg_expr_is_unbound(const kg_expr *expr, kg_var *var);
/* RAND, UUID, BNODE: not to be evaluated more or less often than written. */
bool kg_expr_volatile(const kg_expr *expr);
bool kg_alg_mentions(const kg_algebra *a, const kg_alg *alg, kg_var v);

/* algebra_path.c: SPARQL 18.2.2.4; nodes are VAR or TERM. */
kgq_status kg_alg_path(kg_algebra *a, const kg_node *subject, const kg_path *path, const kg_node *object,
                       const kg_scope *scope, kg_alg **out, kgq_error **err);
/* algebra_graph.c: GRAPH around `inside`, which was translated in `scope`. */
kgq_status kg_alg_graph(kg_algebra *a, const kg_node *graph, kg_alg *inside, const kg_scope *scope,
                        kg_alg **out, kgq_error **err);
/* algebra_pattern.c */
kgq_status kg_alg_group(kg_algebra *a, const kg_pattern *group, const kg_scope *scope, kg_alg **out,
                        kgq_error **err);
/* Translates the EXISTS patterns in an expression (and its siblings if `list`). */
kgq_status kg_alg_register_exists(kg_algebra *a, const kg_expr *expr, const kg_scope *scope, kgq_error **err);
/* algebra_select.c: `columns` with `column_count` is what the form needs if it is no SELECT; NULL: the
 * projection. */
kgq_status kg_alg_select(kg_algebra *a, const kg_select *select, const kg_scope *scope, const kg_var *columns,
                         uint32_t column_count, kg_alg **out, kgq_error **err);
/* algebra_dump.c: as nested lists, for tests: (project (?x) (join (triple ?x <p> ?y) ...)). */
kgq_status kg_algebra_dump(const kg_algebra *a, const kg_alg *alg, kg_buf *out, kgq_error **err);

#endif
