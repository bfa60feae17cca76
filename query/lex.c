/* query/lex.c: the scanner of SPARQL 1.2: looks at the first byte and hands over to the scanners of
 * graph/rdflex.h.
 *
 * One function a kind of token; punctuation comes from a table in which longer spellings stand before shorter
 * ones. NIL and ANON are tokens of their own (grammar 19.8), so white space and comments inside them are
 * passed over here.
 */
#include "query/lex.h"

#include "core/limits.h"
#include "core/text.h"

typedef struct kg_punctuation {
  const char *text;
  kg_token_kind kind;
} kg_punctuation;

static const kg_punctuation punctuation[] = {
  { "<<(", KG_TOK_TRIPLE_OPEN },
  { ")>>", KG_TOK_TRIPLE_CLOSE },
  { "<<", KG_TOK_REIFIED_OPEN },
  { ">>", KG_TOK_REIFIED_CLOSE },
  { "{|", KG_TOK_ANNOTATION_OPEN },
  { "|}", KG_TOK_ANNOTATION_CLOSE },
  { "^^", KG_TOK_DATATYPE },
  { "!=", KG_TOK_NOT_EQUAL },
  { "<=", KG_TOK_LESS_EQUAL },
  { ">=", KG_TOK_GREATER_EQUAL },
  { "||", KG_TOK_OR },
  { "&&", KG_TOK_AND },
  { "{", KG_TOK_LBRACE },
  { "}", KG_TOK_RBRACE },
  { "(", KG_TOK_LPAREN },
  { ")", KG_TOK_RPAREN },
  { "[", KG_TOK_LBRACKET },
  { "]", KG_TOK_RBRACKET },
  { ".", KG_TOK_DOT },
  { ";", KG_TOK_SEMICOLON },
  { ",", KG_TOK_COMMA },
  { "|", KG_TOK_PIPE },
  { "/", KG_TOK_SLASH },
  { "^", KG_TOK_CARET },
  { "*", KG_TOK_STAR },
  { "+", KG_TOK_PLUS },
  { "-", KG_TOK_MINUS },
  { "?", KG_TOK_QUESTION },
  { "!", KG_TOK_BANG },
  { "=", KG_TOK_EQUAL },
  { "<", KG_TOK_LESS },
  { ">", KG_TOK_GREATER },
  { "~", KG_TOK_TILDE },
};
#define KG_PUNCTUATION_COUNT (sizeof punctuation / sizeof punctuation[0])

const char *kg_token_name(kg_token_kind kind) {
  static const char *const names[] = {
#define KG_TOKEN_TEXT(name, text) text,
    KG_TOKENS(KG_TOKEN_TEXT)
#undef KG_TOKEN_TEXT
  };
  return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "a token";
}

static kgq_str rest_of(const kg_lexer *lexer) {
  return kg_str_n(lexer->text.ptr + lexer->at, lexer->text.len - lexer->at);
}

static unsigned char byte_at(const kg_lexer *lexer, size_t ahead) {
  const size_t i = lexer->at + ahead;
  return i < lexer->text.len ? (unsigned char)lexer->text.ptr[i] : 0;
}

static bool is_digit(unsigned char c) {
  return c >= '0' && c <= '9';
}
static bool is_ascii_letter(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static kgq_status refuse(const kg_lexer *lexer, size_t ahead, const char *message, kgq_error **err) {
  const kg_place place = kg_place_in_text(lexer->name, lexer->text, lexer->at + ahead);
  return kg_fail_at(err, KGQ_SYNTAX, &place, "%s", message);
}

/* Takes over a scanner's result; a value decoded into the scratch buffer moves to the arena. */
static kgq_status take(kg_lexer *lexer, kg_token *out, const kg_lex_result *r, kg_token_kind kind,
                       kgq_error **err) {
  if (r->bytes == 0 && r->message == kg_lex_no_memory) {
    return kg_fail_memory(err);
  }
  if (r->bytes == 0) {
    return refuse(lexer, r->error_offset, r->message ? r->message : "this cannot be read", err);
  }
  if (r->value.len > KG_LIMIT_LITERAL_BYTES) {
    return refuse(lexer, 0, "this token is too long", err);
  }
  out->kind = kind;
  out->bytes = r->bytes;
  out->text = r->value;
  const char *start = lexer->text.ptr;
  const bool inside = r->value.ptr >= start && r->value.ptr <= start + lexer->text.len;
  lexer->at += r->bytes;
  return inside ? KGQ_OK : kg_arena_copy(lexer->arena, r->value, &out->text, err);
}

/* VARNAME (19.8 [166]): PN_CHARS_U or a digit, then also U+00B7 and combining marks. */
static size_t varname_bytes(kgq_str text) {
  size_t at = 0;
  while (at < text.len) {
    uint32_t c = 0;
    const size_t n = kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &c);
    const bool first = kg_is_pn_chars_u(c) || (c >= '0' && c <= '9');
    const bool later = c == 0xB7 || (c >= 0x300 && c <= 0x36F) || c == 0x203F || c == 0x2040;
    if (n == 0 || !(first || (at > 0 && later))) {
      break;
    }
    at += n;
  }
  return at;
}

static bool lex_variable(kg_lexer *lexer, kg_token *out) {
  const kgq_str rest = rest_of(lexer);
  const size_t bytes = varname_bytes(kg_str_n(rest.ptr + 1, rest.len - 1));
  if (bytes == 0) {
    return false;
  }
  out->kind = KG_TOK_VAR;
  out->text = kg_str_n(rest.ptr + 1, bytes);
  out->bytes = bytes + 1;
  lexer->at += bytes + 1;
  return true;
}

/* Length of PN_PREFIX (19.8 [168]) at the start of the text; 0 if none begins here. */
static size_t prefix_bytes(kgq_str text) {
  size_t at = 0;
  size_t good = 0; /* a prefix does not end in a dot */
  while (at < text.len) {
    uint32_t c = 0;
    const size_t n = kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &c);
    if (n == 0 || !(at == 0 ? kg_is_pn_chars_base(c) : kg_is_pn_chars(c) || c == '.')) {
      break;
    }
    at += n;
    good = c == '.' ? good : at;
  }
  return good;
}

static kgq_status lex_pname(kg_lexer *lexer, kg_token *out, kgq_error **err) {
  const kg_lex_result r = kg_lex_pname(rest_of(lexer), &out->prefix, &lexer->scratch);
  return take(lexer, out, &r, KG_TOK_PNAME, err);
}

static kgq_status lex_word(kg_lexer *lexer, kg_token *out, kgq_error **err) {
  const kgq_str rest = rest_of(lexer);
  const size_t prefix = prefix_bytes(rest);
  if (prefix < rest.len && rest.ptr[prefix] == ':') {
    return lex_pname(lexer, out, err);
  }
  size_t n = 0;
  while (is_ascii_letter(byte_at(lexer, n)) || is_digit(byte_at(lexer, n)) || byte_at(lexer, n) == '_') {
    n++;
  }
  if (n == 0) {
    return refuse(lexer, 0, "this word is neither a keyword nor a name with a prefix", err);
  }
  out->kind = KG_TOK_WORD;
  out->text = kg_str_n(rest.ptr, n);
  out->bytes = n;
  lexer->at += n;
  return KGQ_OK;
}

static kgq_status lex_string(kg_lexer *lexer, kg_token *out, kgq_error **err) {
  const kgq_str rest = rest_of(lexer);
  const kg_lex_result r = kg_lex_string(rest, true, true, &lexer->scratch);
  out->is_long = r.bytes >= 6 && rest.ptr[1] == rest.ptr[0] && rest.ptr[2] == rest.ptr[0];
  return take(lexer, out, &r, KG_TOK_STRING, err);
}

static kgq_status lex_number(kg_lexer *lexer, kg_token *out, kgq_error **err) {
  const kg_lex_result r = kg_lex_number(rest_of(lexer), true, &out->datatype);
  out->is_signed = byte_at(lexer, 0) == '+' || byte_at(lexer, 0) == '-';
  const char *text = lexer->text.ptr + lexer->at;
  KGQ_TRY(take(lexer, out, &r, KG_TOK_NUMBER, err));
  out->text = kg_str_n(text, out->bytes);
  return KGQ_OK;
}

/* "(" or "[": NIL and ANON when only white space and comments follow before the closing one. */
static bool lex_empty_pair(kg_lexer *lexer, kg_token *out) {
  const bool round = byte_at(lexer, 0) == '(';
  const kgq_str rest = rest_of(lexer);
  const size_t space = kg_lex_space(kg_str_n(rest.ptr + 1, rest.len - 1));
  if (byte_at(lexer, space + 1) != (round ? ')' : ']')) {
    return false;
  }
  out->kind = round ? KG_TOK_NIL : KG_TOK_ANON;
  out->bytes = space + 2;
  lexer->at += out->bytes;
  return true;
}

static kgq_status lex_punctuation(kg_lexer *lexer, kg_token *out, kgq_error **err) {
  const kgq_str rest = rest_of(lexer);
  for (size_t i = 0; i < KG_PUNCTUATION_COUNT; i++) {
    if (punctuation[i].text[0] != rest.ptr[0]) {
      continue;
    }
    const kgq_str text = kg_str(punctuation[i].text);
    if (kg_str_starts(rest, text)) {
      out->kind = punctuation[i].kind;
      out->bytes = text.len;
      lexer->at += text.len;
      return KGQ_OK;
    }
  }
  return refuse(lexer, 0, "this character has no meaning here", err);
}

static bool number_begins(const kg_lexer *lexer) {
  const unsigned char c = byte_at(lexer, 0);
  const size_t sign = c == '+' || c == '-';
  const unsigned char d = byte_at(lexer, sign);
  return is_digit(d) || (d == '.' && is_digit(byte_at(lexer, sign + 1)));
}

/* "<": an IRI if one can be read, else an operator that remembers why not. */
static kgq_status lex_less(kg_lexer *lexer, kg_token *out, kgq_error **err) {
  const kg_lex_result r = kg_lex_iriref(rest_of(lexer), &lexer->scratch);
  if (r.bytes > 0) {
    return take(lexer, out, &r, KG_TOK_IRI, err);
  }
  out->note = r.message;
  if (r.message == kg_lex_no_memory) {
    return kg_fail_memory(err);
  }
  return lex_punctuation(lexer, out, err);
}

kgq_status kg_lex_next(kg_lexer *lexer, kg_token *out, kgq_error **err) {
  lexer->at += kg_lex_space(rest_of(lexer));
  *out = (kg_token){ .kind = KG_TOK_END, .offset = lexer->at, .text = KG_STR("") };
  if (lexer->at >= lexer->text.len) {
    return KGQ_OK;
  }
  const unsigned char c = byte_at(lexer, 0);
  if (c == '<') {
    return lex_less(lexer, out, err);
  }
  if ((c == '?' || c == '$') && lex_variable(lexer, out)) {
    return KGQ_OK;
  }
  if (c == '"' || c == '\'') {
    return lex_string(lexer, out, err);
  }
  if (number_begins(lexer)) {
    return lex_number(lexer, out, err);
  }
  if (c == '_' && byte_at(lexer, 1) == ':') {
    const kg_lex_result r = kg_lex_bnode(rest_of(lexer));
    return take(lexer, out, &r, KG_TOK_BNODE, err);
  }
  if (c == '@') {
    const kg_lex_result r = kg_lex_lang(rest_of(lexer), &out->direction);
    return take(lexer, out, &r, KG_TOK_LANG, err);
  }
  if (c == ':') {
    return lex_pname(lexer, out, err);
  }
  if (is_ascii_letter(c) || c == '_' || c >= 0x80) {
    return lex_word(lexer, out, err);
  }
  if ((c == '(' || c == '[') && lex_empty_pair(lexer, out)) {
    return KGQ_OK;
  }
  return lex_punctuation(lexer, out, err);
}
