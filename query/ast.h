/* query/ast.h: the syntax tree of a query or update, as SPARQL 1.2 sees it.
 *
 * Made by the SPARQL parser (parse_*.c) and by the short language (short_*.c); read by algebra.c, print.c
 * (back to SPARQL text) and the static checks. Syntactic sugar is already gone: collections, property lists,
 * `a`, reifiers and annotations are plain triple patterns with rdf:reifies; IRIs are absolute; names are
 * resolved. Nothing is optimised.
 *
 * Ownership: everything lives in the arena of its kg_ast. Lists are linked by `next` in written order.
 */
#ifndef KG_QUERY_AST_H
#define KG_QUERY_AST_H

#include "graph/term.h"

/* ---- terms and variables ------------------------------------------------------------------------ */

typedef uint32_t kg_var; /* index into kg_ast.vars */
#define KG_NO_VAR UINT32_MAX

typedef struct kg_ast_var {
  kgq_str
      name; /* without ? or $; blank nodes and fresh variables: a name no user can write (begins with '.') */
  bool hidden;   /* blank node or fresh: never projected by * */
  size_t offset; /* of its first occurrence in the text */
} kg_ast_var;

typedef enum { KG_NODE_VAR, KG_NODE_TERM, KG_NODE_TRIPLE } kg_node_kind;
typedef struct kg_node {
  kg_node_kind kind;
  kg_var var;   /* VAR */
  kg_term term; /* TERM: IRI or literal (in templates and data also blank nodes) */
  const struct kg_node
      *triple;   /* TRIPLE: array of three, at least one variable inside; ground ones are TERM */
  size_t offset; /* in the query text, for messages */
} kg_node;

/* ---- property paths ----------------------------------------------------------------------------- */

typedef enum {
  KG_PATH_LINK,        /* iri */
  KG_PATH_INVERSE,     /* ^ first */
  KG_PATH_SEQUENCE,    /* first / first->next / ... */
  KG_PATH_ALTERNATIVE, /* first | ... */
  KG_PATH_ZERO_OR_MORE,
  KG_PATH_ONE_OR_MORE,
  KG_PATH_ZERO_OR_ONE,
  KG_PATH_NEGATED /* !( ... ): children are LINK or INVERSE of LINK */
} kg_path_kind;
typedef struct kg_path {
  kg_path_kind kind;
  kgq_str iri;
  struct kg_path *first; /* children */
  struct kg_path *next;  /* sibling */
} kg_path;

/* ---- expressions -------------------------------------------------------------------------------- */

typedef enum {
  KG_EXPR_VAR,
  KG_EXPR_TERM,
  KG_EXPR_OR,
  KG_EXPR_AND,
  KG_EXPR_NOT,
  KG_EXPR_EQUAL,
  KG_EXPR_NOT_EQUAL,
  KG_EXPR_LESS,
  KG_EXPR_LESS_EQUAL,
  KG_EXPR_GREATER,
  KG_EXPR_GREATER_EQUAL,
  KG_EXPR_IN,
  KG_EXPR_NOT_IN, /* args: left, then the list */
  KG_EXPR_ADD,
  KG_EXPR_SUBTRACT,
  KG_EXPR_MULTIPLY,
  KG_EXPR_DIVIDE,
  KG_EXPR_NEGATE,
  KG_EXPR_PLUS,
  KG_EXPR_CALL, /* function: built-in by `function`, or by IRI when that is KG_FN_IRI */
  KG_EXPR_EXISTS,
  KG_EXPR_NOT_EXISTS, /* pattern */
  KG_EXPR_AGGREGATE,
  KG_EXPR_TRIPLE /* <<( s p o )>> with variables: args are three */
  /* OR, AND and arithmetic have two args; long chains of OR and AND come as balanced trees */
} kg_expr_kind;

/* X(ENUM, "NAME", fewest args, most args): SPARQL 1.2 built-in calls, section 17.4. */
/* clang-format off */
#define KG_BUILTIN_FUNCTIONS(X) \
  X(STR, "STR", 1, 1) \
  X(LANG, "LANG", 1, 1) \
  X(LANGMATCHES, "LANGMATCHES", 2, 2) \
  X(LANGDIR, "LANGDIR", 1, 1) \
  X(DATATYPE, "DATATYPE", 1, 1) \
  X(BOUND, "BOUND", 1, 1) \
  X(IRI, "IRI", 1, 1) \
  X(URI, "URI", 1, 1) \
  X(BNODE, "BNODE", 0, 1) \
  X(RAND, "RAND", 0, 0) \
  X(ABS, "ABS", 1, 1) \
  X(CEIL, "CEIL", 1, 1) \
  X(FLOOR, "FLOOR", 1, 1) \
  X(ROUND, "ROUND", 1, 1) \
  X(CONCAT, "CONCAT", 0, -1) \
  X(STRLEN, "STRLEN", 1, 1) \
  X(UCASE, "UCASE", 1, 1) \
  X(LCASE, "LCASE", 1, 1) \
  X(ENCODE_FOR_URI, "ENCODE_FOR_URI", 1, 1) \
  X(CONTAINS, "CONTAINS", 2, 2) \
  X(STRSTARTS, "STRSTARTS", 2, 2) \
  X(STRENDS, "STRENDS", 2, 2) \
  X(STRBEFORE, "STRBEFORE", 2, 2) \
  X(STRAFTER, "STRAFTER", 2, 2) \
  X(YEAR, "YEAR", 1, 1) \
  X(MONTH, "MONTH", 1, 1) \
  X(DAY, "DAY", 1, 1) \
  X(HOURS, "HOURS", 1, 1) \
  X(MINUTES, "MINUTES", 1, 1) \
  X(SECONDS, "SECONDS", 1, 1) \
  X(TIMEZONE, "TIMEZONE", 1, 1) \
  X(TZ, "TZ", 1, 1) \
  X(NOW, "NOW", 0, 0) \
  X(UUID, "UUID", 0, 0) \
  X(STRUUID, "STRUUID", 0, 0) \
  X(MD5, "MD5", 1, 1) \
  X(SHA1, "SHA1", 1, 1) \
  X(SHA256, "SHA256", 1, 1) \
  X(SHA384, "SHA384", 1, 1) \
  X(SHA512, "SHA512", 1, 1) \
  X(COALESCE, "COALESCE", 0, -1) \
  X(IF, "IF", 3, 3) \
  X(STRLANG, "STRLANG", 2, 2) \
  X(STRLANGDIR, "STRLANGDIR", 3, 3) \
  X(STRDT, "STRDT", 2, 2) \
  X(SAMETERM, "sameTerm", 2, 2) \
  X(ISIRI, "isIRI", 1, 1) \
  X(ISURI, "isURI", 1, 1) \
  X(ISBLANK, "isBLANK", 1, 1) \
  X(ISLITERAL, "isLITERAL", 1, 1) \
  X(ISNUMERIC, "isNUMERIC", 1, 1) \
  X(REGEX, "REGEX", 2, 3) \
  X(SUBSTR, "SUBSTR", 2, 3) \
  X(REPLACE, "REPLACE", 3, 4) \
  X(HASLANG, "hasLANG", 1, 1) \
  X(HASLANGDIR, "hasLANGDIR", 1, 1) \
  X(ISTRIPLE, "isTRIPLE", 1, 1) \
  X(TRIPLE, "TRIPLE", 3, 3) \
  X(SUBJECT, "SUBJECT", 1, 1) \
  X(PREDICATE, "PREDICATE", 1, 1) \
  X(OBJECT, "OBJECT", 1, 1)
/* clang-format on */

typedef enum {
#define KG_FN_ENUM(name, text, low, high) KG_FN_##name,
  KG_BUILTIN_FUNCTIONS(KG_FN_ENUM)
#undef KG_FN_ENUM
      KG_FN_IRI_CALL, /* a function or cast named by `iri` */
  KG_FN_COUNT
} kg_function;

typedef enum {
  KG_AGG_COUNT,
  KG_AGG_SUM,
  KG_AGG_MIN,
  KG_AGG_MAX,
  KG_AGG_AVG,
  KG_AGG_SAMPLE,
  KG_AGG_GROUP_CONCAT,
  KG_AGG_AGREE /* kgq:agree: docs/QUERY.md */
} kg_agg_kind;

typedef struct kg_expr {
  kg_expr_kind kind;
  kg_var var;
  kg_term term;
  kg_function function;
  kgq_str iri;          /* KG_FN_IRI_CALL */
  struct kg_expr *args; /* first argument; the others by next */
  struct kg_expr *next;
  struct kg_pattern *pattern; /* EXISTS: a group */
  kg_agg_kind aggregate;
  bool distinct;     /* of an aggregate */
  bool star;         /* COUNT(*) */
  kgq_str separator; /* GROUP_CONCAT; " " unless said */
  size_t offset;
  uint32_t depth; /* of the tree below, itself included; at most KG_LIMIT_EXPRESSION_DEPTH */
} kg_expr;

/* ---- patterns ----------------------------------------------------------------------------------- */

typedef enum {
  KG_PATTERN_GROUP,  /* first: members */
  KG_PATTERN_TRIPLE, /* subject predicate object; neighbours form a basic graph pattern */
  KG_PATTERN_PATH,   /* subject path object */
  KG_PATTERN_OPTIONAL,
  KG_PATTERN_MINUS,     /* first: one group */
  KG_PATTERN_UNION,     /* first: two or more groups */
  KG_PATTERN_GRAPH,     /* graph; first: one group */
  KG_PATTERN_SERVICE,   /* graph is the endpoint; silent; first: one group */
  KG_PATTERN_FILTER,    /* expr */
  KG_PATTERN_BIND,      /* expr, var */
  KG_PATTERN_VALUES,    /* values */
  KG_PATTERN_SUBSELECT, /* select */
  KG_PATTERN_MATCHES    /* ?x kgq:matches "text": subject, object (a computed property) */
} kg_pattern_kind;

typedef struct kg_values {
  kg_var *vars;
  uint32_t var_count, row_count;
  const kg_node **cells; /* row_count x var_count; NULL: UNDEF */
} kg_values;

typedef struct kg_pattern {
  kg_pattern_kind kind;
  kg_node subject, predicate, object; /* TRIPLE (predicate VAR or TERM); PATH: subject, object */
  kg_path *path;
  kg_node graph;
  bool silent;
  kg_expr *expr;
  kg_var var;
  kg_values *values;
  struct kg_select *select;
  struct kg_pattern *first; /* children */
  struct kg_pattern *next;  /* sibling */
  uint32_t block;           /* TRIPLE and PATH: number of the basic graph pattern it is written in */
  size_t offset;
} kg_pattern;

/* ---- solution modifiers, query forms ------------------------------------------------------------ */

typedef struct kg_projection { /* (expr AS var), or var alone with expr NULL */
  kg_var var;
  kg_expr *expr;
  struct kg_projection *next;
  size_t offset;
} kg_projection;

typedef struct kg_order { /* one ORDER BY condition */
  kg_expr *expr;
  bool descending;
  struct kg_order *next;
} kg_order;

typedef struct kg_group_key { /* one GROUP BY condition; var KG_NO_VAR: no AS */
  kg_expr *expr;
  kg_var var;
  struct kg_group_key *next;
} kg_group_key;

typedef struct kg_select {      /* SELECT, and what the other forms have below their head */
  bool distinct, reduced, star; /* star: also expanded into `projection` by the parser */
  kg_projection *projection;
  kg_pattern *where; /* GROUP; never NULL */
  bool grouped;      /* GROUP BY, or an aggregate somewhere */
  kg_group_key *group;
  kg_expr *having; /* conditions linked by next: all must hold */
  kg_order *order;
  bool has_limit;
  uint64_t limit, offset;
  kg_values *values; /* trailing VALUES; NULL: none */
} kg_select;

typedef struct kg_iri_list {
  kgq_str iri;
  struct kg_iri_list *next;
} kg_iri_list;
typedef struct kg_dataset { /* FROM, FROM NAMED, USING, USING NAMED; given false: the store's own */
  bool given;
  kg_iri_list *graphs, *named;
} kg_dataset;

typedef struct kg_quad_template { /* CONSTRUCT: graph NONE (kind TERM, term NONE). Blank nodes are TERM of
                                     kind BNODE */
  kg_node subject, predicate, object, graph;
  bool has_graph;
  struct kg_quad_template *next;
} kg_quad_template;

typedef enum {
  KG_UPDATE_LOAD,
  KG_UPDATE_CLEAR,
  KG_UPDATE_DROP,
  KG_UPDATE_CREATE,
  KG_UPDATE_ADD,
  KG_UPDATE_MOVE,
  KG_UPDATE_COPY,
  KG_UPDATE_INSERT_DATA,
  KG_UPDATE_DELETE_DATA,
  KG_UPDATE_DELETE_WHERE,
  KG_UPDATE_MODIFY
} kg_update_kind;
typedef enum { KG_TARGET_GRAPH, KG_TARGET_DEFAULT, KG_TARGET_NAMED, KG_TARGET_ALL } kg_target_kind;
typedef struct kg_graph_target {
  kg_target_kind kind;
  kgq_str iri;
} kg_graph_target;
typedef struct kg_update_op {
  kg_update_kind kind;
  bool silent;
  kgq_str source;                    /* LOAD */
  kg_graph_target from, to;          /* CLEAR DROP CREATE LOAD: to. ADD MOVE COPY: both */
  kg_quad_template *remove, *insert; /* templates, or ground data */
  bool has_with;
  kgq_str with;
  kg_dataset using_;
  kg_pattern *where;
  struct kg_update_op *next;
} kg_update_op;

typedef struct kg_prefix_decl {
  kgq_str name, iri;
  struct kg_prefix_decl *next;
} kg_prefix_decl;

typedef enum { KG_FORM_SELECT, KG_FORM_ASK, KG_FORM_CONSTRUCT, KG_FORM_DESCRIBE, KG_FORM_UPDATE } kg_form;

/* A name of a short query and the ids that it was taken for, as text: `ex:naver`, `(ex:a, ex:b)`. */
typedef struct kg_name_use {
  size_t offset, end; /* in the query's text */
  kgq_str text;
  struct kg_name_use *next;
} kg_name_use;

typedef struct kg_ast {
  kg_arena arena;
  kgq_str text; /* the whole text, copied */
  kg_form form;
  bool short_form; /* came from the short language */
  kgq_str base;
  kg_prefix_decl *prefixes; /* declared in the text, and stored ones that it used */
  kg_ast_var *vars;
  uint32_t var_count;
  kg_dataset dataset;
  kg_select select; /* every form but UPDATE */
  kg_quad_template *construct;
  kg_node *describe; /* array; describe_star: all projected variables */
  uint32_t describe_count;
  bool describe_star;
  kg_update_op *updates;
  kg_name_use *names; /* of a short query, the last found first */
} kg_ast;

void kg_ast_free(kg_ast *ast); /* with its arena; NULL is fine */
const char *kg_function_name(kg_function f);

#endif
