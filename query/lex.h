/* query/lex.h: the tokens of SPARQL 1.2 (grammar section 19.8), read one at a time from a text in memory.
 *
 * Stands between the bytes and parse_*.c. The longest token wins: `<?a&&?b>` is an IRI. Words are keywords or
 * function names; which one is the parser's business. \u escapes are decoded inside IRIs and strings only,
 * as 1.2 has it. Does not resolve IRIs or prefixes.
 *
 * Ownership: token texts point into the text, or into the arena where they had escapes.
 */
#ifndef KG_QUERY_LEX_H
#define KG_QUERY_LEX_H

#include "graph/rdflex.h"

/* X(ENUM, "as messages call it"). */
/* clang-format off */
#define KG_TOKENS(X) \
  X(END, "the end of the text") \
  X(IRI, "an IRI") \
  X(PNAME, "a prefixed name") \
  X(BNODE, "a blank node label") \
  X(VAR, "a variable") \
  X(WORD, "a keyword") \
  X(STRING, "a string") \
  X(LANG, "a language tag") \
  X(NUMBER, "a number") \
  X(NIL, "\"()\"") \
  X(ANON, "\"[]\"") \
  X(LBRACE, "\"{\"") \
  X(RBRACE, "\"}\"") \
  X(LPAREN, "\"(\"") \
  X(RPAREN, "\")\"") \
  X(LBRACKET, "\"[\"") \
  X(RBRACKET, "\"]\"") \
  X(DOT, "\".\"") \
  X(SEMICOLON, "\";\"") \
  X(COMMA, "\",\"") \
  X(PIPE, "\"|\"") \
  X(SLASH, "\"/\"") \
  X(CARET, "\"^\"") \
  X(DATATYPE, "\"^^\"") \
  X(STAR, "\"*\"") \
  X(PLUS, "\"+\"") \
  X(MINUS, "\"-\"") \
  X(QUESTION, "\"?\"") \
  X(BANG, "\"!\"") \
  X(EQUAL, "\"=\"") \
  X(NOT_EQUAL, "\"!=\"") \
  X(LESS, "\"<\"") \
  X(LESS_EQUAL, "\"<=\"") \
  X(GREATER, "\">\"") \
  X(GREATER_EQUAL, "\">=\"") \
  X(OR, "\"||\"") \
  X(AND, "\"&&\"") \
  X(TILDE, "\"~\"") \
  X(REIFIED_OPEN, "\"<<\"") \
  X(REIFIED_CLOSE, "\">>\"") \
  X(TRIPLE_OPEN, "\"<<(\"") \
  X(TRIPLE_CLOSE, "\")>>\"") \
  X(ANNOTATION_OPEN, "\"{|\"") \
  X(ANNOTATION_CLOSE, "\"|}\"")
/* clang-format on */

typedef enum {
#define KG_TOKEN_ENUM(name, text) KG_TOK_##name,
  KG_TOKENS(KG_TOKEN_ENUM)
#undef KG_TOKEN_ENUM
      KG_TOK_COUNT
} kg_token_kind;

typedef struct kg_token {
  kg_token_kind kind;
  size_t offset, bytes;   /* where in the text */
  kgq_str text;           /* IRI reference, local name, label, variable name, word, content, tag, digits */
  kgq_str prefix;         /* PNAME */
  kgq_str datatype;       /* NUMBER */
  kg_direction direction; /* LANG */
  bool is_signed;         /* NUMBER with its own + or - */
  bool is_long;           /* STRING with three quotes */
  const char *note;       /* LESS: why what follows is no IRI; may be NULL */
} kg_token;

typedef struct kg_lexer {
  const char *name; /* for messages */
  kgq_str text;     /* valid UTF-8 */
  size_t at;
  kg_arena *arena;
  kg_buf scratch;
} kg_lexer;

const char *kg_token_name(kg_token_kind kind);
/* Reads the next token after white space and comments. KGQ_SYNTAX where no token can begin. */
kgq_status kg_lex_next(kg_lexer *lexer, kg_token *out, kgq_error **err);

#endif
