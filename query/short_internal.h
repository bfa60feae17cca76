/* query/short_internal.h: what the files of the short language share: what was read, and the state.
 *
 * short_parse.c reads a text into the structs below (one function a production of SHORT-LANGUAGE 2.1),
 * short_check.c looks at them for rule 2.3 (7), short_value.c, short_fact.c, short_translate.c and
 * short_stage.c build the kg_ast, and short_names.c finds what names mean. The tree under construction and
 * the message tools are those of the SPARQL parser. Calls run down: short -> stage -> translate -> fact ->
 * value -> names.
 */
#ifndef KG_QUERY_SHORT_INTERNAL_H
#define KG_QUERY_SHORT_INTERNAL_H

#include "query/parse_expr.h"
#include "query/short_lex.h"

/* ---- what was read ------------------------------------------------------------------------------ */

typedef enum {
  KG_SV_VARIABLE,
  KG_SV_ANY,
  KG_SV_NAME,
  KG_SV_EACH, /* ~name */
  KG_SV_TEXT,
  KG_SV_NUMBER,
  KG_SV_QUANTITY,
  KG_SV_DATE,
  KG_SV_BOOLEAN,
  KG_SV_CALL,
  KG_SV_LIST,
  KG_SV_ADD,
  KG_SV_SUBTRACT,
  KG_SV_MULTIPLY,
  KG_SV_DIVIDE
} kg_short_value_kind;

typedef struct kg_short_value {
  kg_short_value_kind kind;
  kg_short_token token;    /* the term, the function, or where it begins */
  kg_short_token datatype; /* of a text, if has_datatype */
  bool has_datatype;
  kg_var var;                         /* VARIABLE */
  struct kg_short_value *args, *next; /* of calls, lists and operators */
} kg_short_value;

typedef struct kg_short_path {
  kg_path_kind kind;    /* LINK: a name; SEQUENCE, ALTERNATIVE */
  kg_short_token token; /* LINK */
  bool inverse;
  char modifier; /* '*' '+' '?' or 0 */
  struct kg_short_path *first, *next;
} kg_short_path;

typedef struct kg_short_verb {
  kg_short_token token; /* VARIABLE or ANY; else where the path begins */
  kg_var var;
  kg_short_path *path;
} kg_short_verb;

typedef struct kg_short_detail {
  bool maybe;
  kg_short_verb verb;
  kg_short_value *object;
  struct kg_short_detail *next;
} kg_short_detail;

typedef struct kg_short_source { /* behind "@" */
  bool there, has_article;
  size_t offset;
  kg_short_token article;
  kg_var var;
  kg_short_detail *details;
} kg_short_source;

typedef struct kg_short_fact {
  kg_short_value *subject;     /* or the left side, the call, the lone name */
  kg_short_token_kind compare; /* KG_ST_END: none */
  kg_short_value *right;
  bool has_verb;
  kg_short_verb verb;
  kg_short_value *object;
  kg_short_source source;
  size_t offset;
} kg_short_fact;

typedef struct kg_short_unit { /* a fact, or a group */
  kg_short_fact *fact;
  struct kg_short_clause *clauses;
  kg_short_source source; /* of a group: an article only */
  size_t offset;
  struct kg_short_unit *next; /* behind "or" */
} kg_short_unit;

typedef struct kg_short_clause {
  kg_short_token_kind kind; /* KG_ST_NOT, KG_ST_MAYBE, or KG_ST_END: as it is */
  kg_short_unit *units;
  size_t offset;
  struct kg_short_clause *next;
} kg_short_clause;

typedef enum {
  KG_STAGE_SHOW,
  KG_STAGE_LET,
  KG_STAGE_WHERE,
  KG_STAGE_AGGREGATE,
  KG_STAGE_SORT,
  KG_STAGE_TOP,
  KG_STAGE_SKIP,
  KG_STAGE_DISTINCT
} kg_short_stage_kind;

typedef struct kg_short_item { /* a column of show, a measure, a key of sort or by */
  kg_short_value *value;       /* show, let: what it is; NULL for count without a variable */
  kg_short_token word;         /* the reducer's name */
  kg_short_token variable;     /* measured, or the key */
  kg_short_token name;         /* behind `as`, or of let */
  bool has_variable, named, descending;
  struct kg_short_item *next;
} kg_short_item;

typedef struct kg_short_stage {
  kg_short_stage_kind kind;
  kg_short_item *items, *keys; /* keys: behind `by` */
  kg_short_clause *clauses;    /* where */
  uint64_t count;              /* top, skip */
  size_t offset;
  struct kg_short_stage *next;
} kg_short_stage;

/* ---- the state ---------------------------------------------------------------------------------- */

typedef struct kg_short {
  kg_parser p; /* tree, messages, variables */
  kg_short_lexer lexer;
  kg_short_token token, before;
  kg_short_clause *clauses;
  kg_short_stage *stages;
  size_t clause_start; /* of the clause being read */
  unsigned lists;      /* open lists and calls around the token */
  unsigned negated;    /* `not` around the token: its variables are no columns */
  kg_var *columns;     /* in order of first mention */
  uint32_t column_count, column_capacity;
  uint32_t fresh;  /* fresh variables so far */
  bool hidden;     /* something is hidden: rows could repeat (SHORT-LANGUAGE 4.4) */
  bool in_stages;  /* variables are columns: they are looked up when their stage is built */
  bool everything; /* the query is a name alone */
  kgq_str article; /* IRI of the fixed article around a clause; empty: none */
  kg_term term;    /* what kg_parse_short_term reads */
  const kg_short_token *note_thousands; /* a number like 260.000 was read with a unit; NULL: none */
} kg_short;

/* ---- short_parse.c ------------------------------------------------------------------------------ */

/* Reads the whole text into s->clauses and s->stages. */
kgq_status kg_short_parse_query(kg_short *s);
/* One term and nothing behind it. */
kgq_status kg_short_parse_term(kg_short *s, kg_short_value **out);

/* ---- short_words.c: messages about words -------------------------------------------------------- */

kgq_status kg_short_fail(kg_short *s, size_t offset, const char *format, ...) KG_PRINTF(3, 4);
static inline void kg_short_hint(kg_short *s, const char *text) {
  kg_hint(s->p.err, "%s", text);
}
/* 26만, 260.000.000: a word that was meant as a number. *found false: it was not. */
kgq_status kg_short_number_word(kg_short *s, const kg_short_token *word, bool *found);
/* What stands at s->token does not belong to the clause before it. */
kgq_status kg_short_misplaced(kg_short *s);
/* A statement ends before its object. */
kgq_status kg_short_no_object(kg_short *s);

/* ---- short_check.c ------------------------------------------------------------------------------ */

bool kg_short_is_condition(const kg_short_unit *unit);
/* The rules of SHORT-LANGUAGE 2.3 that need the whole of the clauses. */
kgq_status kg_short_check(kg_short *s);

/* ---- short_names.c ------------------------------------------------------------------------------ */

typedef enum { KG_PLACE_NODE, KG_PLACE_VERB, KG_PLACE_CLASS, KG_PLACE_DATATYPE } kg_short_place;
typedef struct kg_short_names {
  kgq_str *iris;
  size_t count;
} kg_short_names;

/* The one node a name stands for. `verb` is the verb whose object it is, for hints; may be NULL. */
kgq_status kg_short_name(kg_short *s, const kg_short_token *name, kg_short_place place,
                         const kg_short_verb *verb, kgq_str *out);
/* All nodes called so: ~name. */
kgq_status kg_short_each(kg_short *s, const kg_short_token *name, kg_short_names *out);
/* A verb's IRI or IRIs: words of SHORT-LANGUAGE 4.1 can stand for several. */
kgq_status kg_short_verb_names(kg_short *s, const kg_short_token *name, kg_short_names *out);
kgq_status kg_short_unit_name(kg_short *s, const kg_short_token *quantity, kgq_str *out);
/* Makes the IRI's prefix known to the tree, for printing. */
kgq_status kg_short_use_iri(kg_short *s, kgq_str iri);
bool kg_short_verb_is(const kg_short_verb *verb, const char *word);

/* ---- short_value.c ------------------------------------------------------------------------------ */

/* How conditions on statements are put into the tree: short_translate.c has the groups. */
kgq_status kg_short_fresh(kg_short *s, kg_var *out);
kgq_status kg_short_expr(kg_short *s, const kg_short_value *value, kg_expr **out);
/* The term of a name or literal that stands as itself (names, "x"@ko, true). */
kgq_status kg_short_term(kg_short *s, const kg_short_value *value, const kg_short_verb *verb, kg_term *out);
/* Does a literal as object mean "equal to it", not "written like it"? */
bool kg_short_is_test(const kg_short_value *value);
/* left OP right by the table of 4.3; not for ~ and !~. */
kgq_status kg_short_compare(kg_short *s, kg_expr *left, kg_short_token_kind op, const kg_short_value *right,
                            kg_expr **out);
kgq_status kg_short_comparison(kg_short *s, const kg_short_fact *fact, kg_expr **out);
kgq_status kg_short_var_expr(kg_short *s, kg_var var, size_t offset, kg_expr **out);
kgq_status kg_short_call(kg_short *s, const char *iri, kg_expr *args, size_t offset, kg_expr **out);

/* ---- short_build.c: groups under construction --------------------------------------------------- */

typedef struct kg_short_list {
  kg_pattern *first, **end;
} kg_short_list;
typedef struct kg_short_group { /* patterns, then OPTIONALs, then FILTERs */
  kg_short_list patterns, optionals, filters;
  size_t offset;
} kg_short_group;

void kg_short_open(kg_short *s, kg_short_group *group, size_t offset);
kgq_status kg_short_close(kg_short *s, kg_short_group *group, kg_pattern **out);
kgq_status kg_short_add(kg_short *s, kg_short_list *list, kg_pattern_kind kind, size_t offset,
                        kg_pattern **out);
kgq_status kg_short_add_triple(kg_short *s, kg_short_group *group, const kg_node *subject,
                               const kg_node *predicate, const kg_node *object);
kgq_status kg_short_add_filter(kg_short *s, kg_short_group *group, kg_expr *condition);
kgq_status kg_short_add_values(kg_short *s, kg_short_group *group, kg_var var, const kg_short_names *names,
                               size_t offset);
/* GRAPH g { group } into `to`. */
kgq_status kg_short_add_graph(kg_short *s, kg_short_group *to, const kg_node *graph, kg_short_group *group);

/* ---- short_fact.c ------------------------------------------------------------------------------- */

/* A statement with all that is said about it. */
kgq_status kg_short_add_statement(kg_short *s, kg_short_group *to, const kg_short_fact *fact);
kgq_status kg_short_article(kg_short *s, const kg_short_source *source, kg_node *out);
/* ?x kgq:matches "text" */
kgq_status kg_short_add_search(kg_short *s, kg_short_group *to, const kg_short_fact *fact);
/* A name as whole query: everything about it. */
kgq_status kg_short_add_everything(kg_short *s, kg_short_group *to, const kg_short_value *name);

/* ---- short_translate.c -------------------------------------------------------------------------- */

kgq_status kg_short_add_clauses(kg_short *s, kg_short_group *to, const kg_short_clause *clauses);
/* The expression of a clause that is a condition. */
kgq_status kg_short_clause_condition(kg_short *s, const kg_short_clause *clause, kg_expr **out);

/* ---- short_stage.c ------------------------------------------------------------------------------ */

/* The select of the whole query, from the clauses' group through all stages. */
kgq_status kg_short_build(kg_short *s);

/* ---- short_notes.c ------------------------------------------------------------------------------ */

/* Remarks about a query that runs, to the connection's message function. */
kgq_status kg_short_notes(kg_short *s);

#endif
