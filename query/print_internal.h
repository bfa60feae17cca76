/* query/print_internal.h: what the printers of SPARQL text share.
 *
 * A kg_printer collects text and remembers the first failure, so that the printing functions read like the
 * text they make. print.c (forms) -> print_pattern.c -> print_expr.c -> print_terms.c; EXISTS goes up through
 * `group`.
 */
#ifndef KG_QUERY_PRINT_INTERNAL_H
#define KG_QUERY_PRINT_INTERNAL_H

#include "graph/vocab.h"
#include "query/parse.h"

typedef struct kg_printer kg_printer;
struct kg_printer {
  const kg_ast *ast;
  kg_buf body;
  kgq_status st; /* of the first failure; nothing is added after it */
  kgq_error **err;
  bool pretty;
  unsigned indent;
  bool needs_base;      /* IRI() resolves against the base */
  uint8_t *prefix_used; /* one a prefix: the built-in ones, then those of the tree in order of the list */
  size_t prefix_count;
  void (*group)(kg_printer *p, const kg_pattern *group);
};

/* ---- print_terms.c ------------------------------------------------------------------------------ */

void kg_put(kg_printer *p, const char *text);
void kg_put_str(kg_printer *p, kgq_str text);
void kg_put_number(kg_printer *p, uint64_t number);
/* A line break with indentation when pretty, else a space. */
void kg_put_break(kg_printer *p);
void kg_put_iri(kg_printer *p, kgq_str iri);
void kg_put_quoted(kg_printer *p, kgq_str text);
void kg_put_var(kg_printer *p, kg_var var);
void kg_put_term(kg_printer *p, const kg_term *term);
void kg_put_node(kg_printer *p, const kg_node *node);
void kg_put_predicate(kg_printer *p, const kg_node *node); /* `a` for rdf:type */
void kg_put_path(kg_printer *p, const kg_path *path);
void kg_put_values(kg_printer *p, const kg_values *values);
/* The built-in prefixes, name and IRI; those that the tree declares otherwise are not used. */
#define KG_PRINT_ONE(name, space) +1
#define KG_PRINT_BUILTIN_PREFIXES ((size_t)(0 KG_BUILTIN_PREFIXES(KG_PRINT_ONE)))
extern const char *const kg_print_builtin[][2];

/* ---- print_expr.c, print_pattern.c -------------------------------------------------------------- */

void kg_put_expr(kg_printer *p, const kg_expr *e);
/* A condition of FILTER or HAVING: with its parentheses. */
void kg_put_condition(kg_printer *p, const kg_expr *e);
void kg_put_select(kg_printer *p, const kg_select *select);
void kg_put_head(kg_printer *p, const kg_select *select); /* SELECT and its columns */
void kg_put_modifiers(kg_printer *p, const kg_select *select);
void kg_put_group(kg_printer *p, const kg_pattern *group);
/* Are all three nodes of the triple those of s, v, o? Then a reifier can be written as `s v o ~ r`. */
bool kg_reifies(const kg_node *s, const kg_node *v, const kg_node *o, const kg_node *verb,
                const kg_node *triple);

#endif
