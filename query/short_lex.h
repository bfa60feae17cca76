/* query/short_lex.h: the tokens of the short language (docs/QUERY.md; SHORT-LANGUAGE 2.2), one at a time.
 *
 * Full-width signs count as their ASCII twins outside [...] and texts, and pasted quotation marks as quotes,
 * so that what an input method or a web page gives can be read. A number with a word behind it is one token,
 * a quantity. Does not know names, units or grammar.
 */
#ifndef KG_QUERY_SHORT_LEX_H
#define KG_QUERY_SHORT_LEX_H

#include "core/memory.h"

/* X(ENUM, "as messages call it") */
/* clang-format off */
#define KG_SHORT_TOKENS(X) \
  X(END, "the end") \
  X(WORD, "a word") \
  X(BRACKETED, "a [name]") \
  X(PREFIXED, "a prefixed name") \
  X(IRI, "an IRI") \
  X(VARIABLE, "a variable") \
  X(ANY, "_") \
  X(STRING, "a text") \
  X(NUMBER, "a number") \
  X(QUANTITY, "a quantity") \
  X(DATE, "a date") \
  X(NOT, "not") \
  X(MAYBE, "maybe") \
  X(OR, "or") \
  X(AND, "and") \
  X(AS, "as") \
  X(BY, "by") \
  X(TRUE, "true") \
  X(FALSE, "false") \
  X(COMMA, ",") \
  X(PIPE, "|") \
  X(SEMICOLON, ";") \
  X(LBRACE, "{") \
  X(RBRACE, "}") \
  X(LPAREN, "(") \
  X(RPAREN, ")") \
  X(AT, "@") \
  X(EQUAL, "=") \
  X(NOT_EQUAL, "!=") \
  X(LESS, "<") \
  X(LESS_EQUAL, "<=") \
  X(GREATER, ">") \
  X(GREATER_EQUAL, ">=") \
  X(LIKE, "~") \
  X(NOT_LIKE, "!~") \
  X(SLASH, "/") \
  X(CARET, "^") \
  X(DATATYPE, "^^") \
  X(STAR, "*") \
  X(PLUS, "+") \
  X(MINUS, "-") \
  X(QUESTION, "?")
/* clang-format on */

typedef enum {
#define KG_SHORT_TOKEN_ENUM(name, text) KG_ST_##name,
  KG_SHORT_TOKENS(KG_SHORT_TOKEN_ENUM)
#undef KG_SHORT_TOKEN_ENUM
      KG_ST_COUNT
} kg_short_token_kind;

typedef struct kg_short_token {
  kg_short_token_kind kind;
  size_t offset, end; /* bytes of the text */
  kgq_str text;       /* word, name, IRI, variable's name, text, digits without "_", date */
  kgq_str unit, lang; /* QUANTITY; STRING */
  size_t unit_offset;
  bool unit_bracketed;
  bool call;     /* WORD, PREFIXED: "(" stands directly behind */
  bool touching; /* nothing stands between it and the token before */
} kg_short_token;

typedef struct kg_short_lexer {
  const char *name; /* for messages */
  kgq_str text;     /* valid UTF-8 */
  size_t at;
  kg_arena *arena;
} kg_short_lexer;

const char *kg_short_token_name(kg_short_token_kind kind);
kgq_status kg_short_lex(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err);

#endif
