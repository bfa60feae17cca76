/* query/parse_internal.h: what the files of the SPARQL parser share: the parser's state and its small tools.
 *
 * parse.c makes a kg_parser; parse_tools.c and parse_terms.c hold the tools; the other parse_*.c hold one
 * function a production, named as in the grammar of SPARQL 1.2 (section 19.8). The error goes to p->err,
 * which the door sets once. Calls run down only: parse -> update -> query -> pattern -> triples, expr ->
 * path, call -> terms -> tools; the ways up (arguments, EXISTS, sub-selects) are function pointers in
 * kg_parser.
 */
#ifndef KG_QUERY_PARSE_INTERNAL_H
#define KG_QUERY_PARSE_INTERNAL_H

#include "core/limits.h"
#include "core/map.h"
#include "graph/vocab.h"
#include "query/lex.h"
#include "query/parse.h"
#include "query/resolver.h"

typedef struct kg_parser kg_parser;

struct kg_parser {
  kg_ast *ast;
  const kg_parse_options *options;
  const kg_resolver *resolver;
  kg_lexer lexer;
  kg_token token; /* the one to be read next */
  kgq_error **err;
  kg_map vars;        /* name -> number + 1 */
  kg_map labels;      /* blank node label in WHERE -> block it is used in */
  kg_map data_labels; /* blank node label in data -> number of the operation */
  kg_map prefixes;    /* name -> kg_prefix_decl */
  /* The ways back up the grammar, as pointers, so that no file calls one above it: kg_parse_Expression ... */
  kgq_status (*expression)(kg_parser *p, kg_expr **out);
  kgq_status (*group_graph_pattern)(kg_parser *p, kg_pattern **out);
  kgq_status (*sub_select)(kg_parser *p, kg_select **out);
  unsigned depth;
  uint32_t fresh, block, last_block, pattern_count, prefix_count, operation;
  uint32_t deepest; /* depth of the deepest expression made since the enclosing group began */
  bool absolute;    /* IRIs must be absolute: they are to be stored */
  bool aggregates;  /* allowed where we are */
  bool in_aggregate;
  bool saw_aggregate; /* since the select clause began */
};

/* ---- tools (parse_tools.c) ---------------------------------------------------------------------------- */

#define KG_NEW(p, type) ((type *)kg_arena_zero(&(p)->ast->arena, sizeof(type)))
/* For `type *x = KG_NEW(...)` and then KG_NEED(p, x). */
#define KG_NEED(p, pointer)                                                                                  \
  do {                                                                                                       \
    if (!(pointer)) {                                                                                        \
      return kg_fail_memory((p)->err);                                                                       \
    }                                                                                                        \
  } while (0)

static inline bool kg_at(const kg_parser *p, kg_token_kind kind) {
  return p->token.kind == kind;
}
bool kg_at_word(const kg_parser *p, const char *word); /* any case */
kgq_status kg_advance(kg_parser *p);
/* Reads the token if it is there, else fails naming it. */
kgq_status kg_expect(kg_parser *p, kg_token_kind kind);
kgq_status kg_expect_word(kg_parser *p, const char *word);
kgq_status kg_accept_word(kg_parser *p, const char *word, bool *there);
/* "expected <what>, found <token>", with a hint where one fits. */
kgq_status kg_unexpected(kg_parser *p, const char *what);
kgq_status kg_syntax_at(kg_parser *p, size_t offset, const char *format, ...) KG_PRINTF(3, 4);
/* Every function that can call itself opens with kg_enter and closes with kg_leave on success. */
kgq_status kg_enter(kg_parser *p);
static inline void kg_leave(kg_parser *p) {
  p->depth--;
}

kgq_status kg_var_named(kg_parser *p, kgq_str name, bool hidden, size_t offset, kg_var *out);
kgq_status kg_var_fresh(kg_parser *p, kg_var *out); /* hidden, ".1", ".2" ... */
kgq_status kg_fresh_label(kg_parser *p, kgq_str *out);
kgq_status kg_declare_prefix(kg_parser *p, kgq_str name, kgq_str iri, bool written);

/* ---- terms (parse_terms.c) ---------------------------------------------------------------------- */

/* [165] VarName after ? or $: reads it. */
kgq_status kg_parse_Var(kg_parser *p, kg_var *out);
bool kg_at_iri(const kg_parser *p);
kgq_status kg_parse_iri(kg_parser *p, kgq_str *out);
bool kg_at_literal(const kg_parser *p);
/* RDFLiteral, NumericLiteral, BooleanLiteral. */
kgq_status kg_parse_literal(kg_parser *p, kg_term *out);
kgq_status kg_parse_VarOrIri(kg_parser *p, kg_node *out);
/* An absolute form of an IRI reference. */
kgq_status kg_resolve_reference(kg_parser *p, kgq_str reference, size_t offset, kgq_str *out);
kg_node kg_node_of_var(kg_var var, size_t offset);
kg_node kg_node_of_term(kg_term term, size_t offset);
static inline kg_node kg_node_of_iri(kgq_str iri, size_t offset) {
  return kg_node_of_term(kg_term_iri(iri), offset);
}
/* A node for the triple of three: a TERM if it is ground. */
kgq_status kg_node_of_triple(kg_parser *p, const kg_node parts[3], size_t offset, kg_node *out);

/* ---- triples (parse_triples.c) ------------------------------------------------------------------ */

/* Where triples go and what they may hold. */
typedef struct kg_triples {
  kg_pattern **pattern_end;    /* WHERE: end of a list of patterns; else NULL */
  kg_quad_template **quad_end; /* templates and data: end of their list */
  kg_node graph;
  bool has_graph;
  bool paths; /* property paths may stand as verbs */
  bool variables, bnodes;
  bool data;        /* ground data: a literal is no subject */
  const char *what; /* "DELETE DATA": for messages */
} kg_triples;

/* TriplesBlock / TriplesTemplate: statements parted by dots, up to what can begin none. */
kgq_status kg_parse_triples(kg_parser *p, kg_triples *to);
bool kg_at_triples(const kg_parser *p);
/* TripleTermData, in VALUES. */
kgq_status kg_parse_TripleTermData(kg_parser *p, kg_node *out);

/* ---- paths, expressions, patterns, forms -------------------------------------------------------- */

bool kg_at_path(const kg_parser *p);
kgq_status kg_parse_Path(kg_parser *p, kg_path **out);
kgq_status kg_parse_Expression(kg_parser *p, kg_expr **out);
kgq_status kg_parse_Constraint(kg_parser *p, kg_expr **out);
bool kg_at_constraint(const kg_parser *p);
/* The expressions that may stand in GROUP BY without parentheses. */
kgq_status kg_parse_call(kg_parser *p, kg_expr **out);
/* DataBlock: behind the word VALUES. */
kgq_status kg_parse_DataBlock(kg_parser *p, kg_values **out);
kgq_status kg_parse_GroupGraphPattern(kg_parser *p, kg_pattern **out);
kgq_status kg_parse_SubSelect(kg_parser *p, kg_select **out);
kgq_status kg_parse_Query(kg_parser *p);
kgq_status kg_parse_DatasetClause(kg_parser *p, const char *word, kg_dataset *dataset);
kgq_status kg_parse_Update(kg_parser *p);
kgq_status kg_parse_Prologue(kg_parser *p);
/* A node of a pattern as a template has it: hidden variables become blank nodes again. */
kgq_status kg_node_as_template(kg_parser *p, const kg_node *in, kg_node *out);

/* ---- the short language (short.c) --------------------------------------------------------------- */

/* A term in its notation: `50000 GPU`, `2025-10-31`, a name. */
kgq_status kg_parse_short_term(kgq_str text, const kg_parse_options *options, kg_arena *arena, kg_term *out,
                               kgq_error **err);

/* ---- static checks (scope.c) -------------------------------------------------------------------- */

/* All rules that need the whole tree; also expands SELECT *. `name` is the file shown in messages. */
kgq_status kg_check_scopes(kg_ast *ast, const char *name, kgq_error **err);

#endif
