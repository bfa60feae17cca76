/* query/parse.h: texts to syntax trees and back: the doors of the parsers.
 *
 * kg_parse decides between SPARQL and the short language (ARCHITECTURE section 5). Does not touch ids; the
 * short language looks names up in the snapshot. Errors carry file "query" (or the name given), line, column,
 * source line, hint.
 */
#ifndef KG_QUERY_PARSE_H
#define KG_QUERY_PARSE_H

#include "graph/names.h"
#include "query/ast.h"

typedef struct kg_parse_options {
  const kgq_allocator *allocator;
  const char *name; /* shown as file in messages; "query" */
  kgq_str base;     /* may be empty */
  kg_snap *snap;    /* names and stored prefixes; NULL: only built-in prefixes, no short language */
  kgq_conn *conn;   /* for notes; may be NULL */
  bool update_allowed, query_allowed;
  bool strict_base;                   /* relative IRIs without base are an error (else kept) */
  const struct kg_resolver *resolver; /* NULL: that of `snap`; tests give their own (resolver.h) */
} kg_parse_options;

kgq_status kg_parse(kgq_str text, int32_t language, const kg_parse_options *options, kg_ast **out,
                    kgq_error **err);
kgq_status kg_parse_sparql(kgq_str text, const kg_parse_options *options, kg_ast **out, kgq_error **err);
kgq_status kg_parse_short(kgq_str text, const kg_parse_options *options, kg_ast **out, kgq_error **err);
/* One term, as kgq_bind_term takes it. */
kgq_status kg_parse_term(kgq_str text, const kg_parse_options *options, kg_arena *arena, kg_term *out,
                         kgq_error **err);
/* true if the first token is a SPARQL keyword that the short language reserves. */
bool kg_is_sparql(kgq_str text);

/* SPARQL text of a tree, with PREFIX lines for what it uses; parsing it again gives the same algebra.
 * `pretty`: several lines, indented. */
kgq_status kg_ast_print(const kg_ast *ast, bool pretty, kg_buf *out, kgq_error **err);

#endif
