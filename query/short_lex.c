/* query/short_lex.c: the scanner of the short language (SHORT-LANGUAGE 2.2).
 *
 * Reads characters through peek(), which maps full-width forms to ASCII, so the rules below are written once.
 * Numbers and dates are matched in a small ASCII copy of what begins at the place.
 */
#include "query/short_lex.h"

#include "core/limits.h"
#include "core/text.h"
#include "graph/rdflex.h"

const char *kg_short_token_name(kg_short_token_kind kind) {
  static const char *const names[] = {
#define KG_SHORT_TOKEN_TEXT(name, text) text,
    KG_SHORT_TOKENS(KG_SHORT_TOKEN_TEXT)
#undef KG_SHORT_TOKEN_TEXT
  };
  return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "a token";
}

/* ---- characters --------------------------------------------------------------------------------- */

/* U+FF01..FF5E are ASCII 0x21..0x7E; the ideographic comma, brackets and space have twins too. */
static uint32_t twin(uint32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) {
    return c - 0xFF01 + 0x21;
  }
  return c == 0x3001 ? ',' : c == 0x3010 ? '[' : c == 0x3011 ? ']' : c == 0x3000 ? ' ' : c;
}

/* The character at `at`, as its twin; *bytes its length. 0 at the end. */
static uint32_t peek(const kg_short_lexer *lexer, size_t at, size_t *bytes) {
  uint32_t c = 0;
  *bytes =
      at < lexer->text.len ? kg_utf8_decode(kg_str_n(lexer->text.ptr + at, lexer->text.len - at), &c) : 0;
  return *bytes ? twin(c) : 0;
}

static uint32_t char_at(const kg_short_lexer *lexer, size_t at) {
  size_t bytes;
  return peek(lexer, at, &bytes);
}

static bool is_ascii_digit(uint32_t c) {
  return c >= '0' && c <= '9';
}

/* What a word is made of: letters, digits, marks, some signs, symbols beyond ASCII (emoji and what joins
 * them). */
static bool is_word_char(uint32_t c) {
  if (c < 0x80) {
    return is_ascii_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '%' ||
           c == '&';
  }
  return c == 0x2019 || c == 0xB7 || c == 0x30FB || c == 0x200C || c == 0x200D || kg_is_letter(c) ||
         kg_is_digit(c) || kg_is_mark(c) || kg_is_symbol(c);
}

static bool is_variable_char(uint32_t c) {
  return c == '_' || (c != 0 && (kg_is_letter(c) || kg_is_digit(c) || kg_is_mark(c)));
}

/* Does a word that has reached `at` go on there? Some signs only join what has a word character on both
 * sides. */
static bool goes_on(const kg_short_lexer *lexer, size_t at) {
  size_t bytes;
  const uint32_t c = peek(lexer, at, &bytes);
  if (is_word_char(c) || c == '#') {
    return true;
  }
  return (c == '-' || c == '.' || c == ':' || c == '\'') && is_word_char(char_at(lexer, at + bytes));
}

static kgq_status refuse(const kg_short_lexer *lexer, size_t at, const char *message, const char *hint,
                         kgq_error **err) {
  const kg_place place = kg_place_in_text(lexer->name, lexer->text, at);
  const kgq_status st = kg_fail_at(err, KGQ_SYNTAX, &place, "%s", message);
  if (hint) {
    kg_hint(err, "%s", hint);
  }
  return st;
}

/* The characters from `from` to `to` as their twins; the text itself if none has one. */
static kgq_status twins(const kg_short_lexer *lexer, size_t from, size_t to, kgq_str *out, kgq_error **err) {
  char *copy = kg_arena_alloc(lexer->arena, to - from + 1);
  if (!copy) {
    return kg_fail_memory(err);
  }
  size_t length = 0;
  for (size_t at = from; at < to;) {
    size_t bytes;
    const uint32_t c = peek(lexer, at, &bytes);
    length += kg_utf8_encode(c, copy + length);
    at += bytes;
  }
  copy[length] = '\0';
  *out = kg_str_n(copy, length);
  return KGQ_OK;
}

static void skip_space(kg_short_lexer *lexer) {
  size_t bytes;
  for (;;) {
    const uint32_t c = peek(lexer, lexer->at, &bytes);
    if (c == '#') {
      while (lexer->at < lexer->text.len && lexer->text.ptr[lexer->at] != '\n') {
        lexer->at++;
      }
    } else if (bytes > 0 && (c <= ' ' || kg_is_space(c) || c == 0xFEFF)) {
      lexer->at += bytes;
    } else {
      return;
    }
  }
}

/* ---- words and variables ------------------------------------------------------------------------ */

static kg_short_token_kind reserved(kgq_str word) {
  static const struct {
    const char *word;
    kg_short_token_kind kind;
  } words[] = { { "not", KG_ST_NOT },   { "maybe", KG_ST_MAYBE }, { "or", KG_ST_OR },
                { "and", KG_ST_AND },   { "as", KG_ST_AS },       { "by", KG_ST_BY },
                { "true", KG_ST_TRUE }, { "false", KG_ST_FALSE }, { "_", KG_ST_ANY } };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (kg_str_equal(word, kg_str(words[i].word))) {
      return words[i].kind;
    }
  }
  return KG_ST_WORD;
}

/* WORD or PREFIXED, or a reserved word. */
static kgq_status lex_word(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err) {
  bool colon = false;
  size_t bytes;
  size_t at = lexer->at;
  do {
    colon = colon || peek(lexer, at, &bytes) == ':';
    (void)peek(lexer, at, &bytes);
    at += bytes;
  } while (goes_on(lexer, at));
  KGQ_TRY(twins(lexer, lexer->at, at, &out->text, err));
  out->kind = colon ? KG_ST_PREFIXED : reserved(out->text);
  out->call = (out->kind == KG_ST_WORD || colon) && char_at(lexer, at) == '(';
  lexer->at = at;
  return KGQ_OK;
}

static kgq_status lex_variable(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err) {
  size_t bytes;
  (void)peek(lexer, lexer->at, &bytes);
  const size_t start = lexer->at + bytes;
  size_t at = start;
  while (is_variable_char(peek(lexer, at, &bytes))) {
    at += bytes;
  }
  out->kind = at > start ? KG_ST_VARIABLE : KG_ST_QUESTION;
  lexer->at = at;
  return twins(lexer, start, at, &out->text, err);
}

/* ---- brackets, texts, IRIs ---------------------------------------------------------------------- */

/* BRACKETED: white space runs count as one; \] and \\ escape. The closing sign is "]" or the twin of the
 * opening one. */
static kgq_status lex_bracketed(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err) {
  uint32_t open = 0;
  size_t bytes = kg_utf8_decode(kg_str_n(lexer->text.ptr + lexer->at, lexer->text.len - lexer->at), &open);
  const uint32_t close = open == 0x3010 ? 0x3011 : open == 0xFF3B ? 0xFF3D : ']';
  kg_buf name;
  kg_buf_init(&name, lexer->arena->allocator);
  kgq_status st = KGQ_OK;
  for (size_t at = lexer->at + bytes;; at += bytes) {
    uint32_t c = 0;
    bytes =
        at < lexer->text.len ? kg_utf8_decode(kg_str_n(lexer->text.ptr + at, lexer->text.len - at), &c) : 0;
    if (bytes == 0 || c == '\n') {
      st = refuse(lexer, lexer->at, "this [name is never closed", "add ]", err);
      break;
    }
    if (c == ']' || c == close) {
      lexer->at = at + bytes;
      break;
    }
    if (c == '\\' && at + 1 < lexer->text.len &&
        (lexer->text.ptr[at + 1] == ']' || lexer->text.ptr[at + 1] == '\\')) {
      at++;
    }
    const bool space = kg_is_space(c) || c == '\t';
    if (space && (name.len == 0 || name.bytes[name.len - 1] == ' ')) {
      continue;
    }
    st = space ? kg_buf_add_byte(&name, ' ', err) : kg_buf_add(&name, lexer->text.ptr + at, bytes, err);
    if (st != KGQ_OK) {
      break;
    }
  }
  name.len -= name.len > 0 && name.bytes[name.len - 1] == ' ';
  out->kind = KG_ST_BRACKETED;
  st = st == KGQ_OK ? kg_arena_copy(lexer->arena, kg_buf_str(&name), &out->text, err) : st;
  kg_buf_free(&name);
  return st;
}

/* What closes a text that opens with c; 0: c opens none. */
static uint32_t closing_quote(uint32_t c) {
  switch (c) {
  case '"': return '"';
  case 0x201C: return 0x201D;
  case 0x201E: return 0x201C;
  case 0xAB: return 0xBB;
  case 0x300C: return 0x300D;
  default: return 0;
  }
}

/* An escape of a text: \" \\ \n \t, and the closing sign of pasted quotes. */
static kgq_status add_escaped(const kg_short_lexer *lexer, size_t at, size_t *bytes, kg_buf *text,
                              kgq_error **err) {
  uint32_t c = 0;
  *bytes =
      at < lexer->text.len ? kg_utf8_decode(kg_str_n(lexer->text.ptr + at, lexer->text.len - at), &c) : 0;
  if (c == 'n' || c == 't') {
    return kg_buf_add_byte(text, c == 'n' ? '\n' : '\t', err);
  }
  if (*bytes == 0 || c == '\n' || (c != '\\' && c < 0x80 && c != '"')) {
    return refuse(lexer, at, "this escape is not known", "texts have \\\" \\\\ \\n \\t", err);
  }
  return kg_buf_add(text, lexer->text.ptr + at, *bytes, err);
}

static kgq_status read_text(kg_short_lexer *lexer, kg_buf *text, kgq_error **err) {
  uint32_t open = 0;
  size_t bytes = kg_utf8_decode(kg_str_n(lexer->text.ptr + lexer->at, lexer->text.len - lexer->at), &open);
  const uint32_t close = closing_quote(open == 0xFF02 ? '"' : open);
  for (size_t at = lexer->at + bytes;; at += bytes) {
    uint32_t c = 0;
    bytes =
        at < lexer->text.len ? kg_utf8_decode(kg_str_n(lexer->text.ptr + at, lexer->text.len - at), &c) : 0;
    if (bytes == 0 || c == '\n') {
      return refuse(lexer, lexer->at, "this text is never closed", "add \"", err);
    }
    const bool closed = c == close || (open == 0xFF02 && c == 0xFF02) || (open == 0x201E && c == 0x201D);
    if (closed) {
      lexer->at = at + bytes;
      return KGQ_OK;
    }
    if (c == '\\') {
      at++;
      KGQ_TRY(add_escaped(lexer, at, &bytes, text, err));
    } else {
      KGQ_TRY(kg_buf_add(text, lexer->text.ptr + at, bytes, err));
    }
  }
}

/* "@" and letters directly behind the closing quote. */
static kgq_status lex_langtag(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err) {
  size_t bytes;
  if (peek(lexer, lexer->at, &bytes) != '@') {
    return KGQ_OK;
  }
  const size_t start = lexer->at + bytes;
  size_t at = start;
  for (;;) {
    const uint32_t c = peek(lexer, at, &bytes);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(at > start && (is_ascii_digit(c) || c == '-'))) {
      break;
    }
    at += bytes;
  }
  if (at == start) {
    return KGQ_OK;
  }
  KGQ_TRY(twins(lexer, start, at, &out->lang, err));
  if (!kg_lang_valid(out->lang)) {
    return refuse(lexer, start, "this is no language tag", "tags are such as ko, en-GB, zh-Hant", err);
  }
  lexer->at = at;
  return KGQ_OK;
}

static kgq_status lex_string(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err) {
  kg_buf text;
  kg_buf_init(&text, lexer->arena->allocator);
  kgq_status st = read_text(lexer, &text, err);
  out->kind = KG_ST_STRING;
  if (st == KGQ_OK) {
    st = kg_arena_copy(lexer->arena, kg_buf_str(&text), &out->text, err);
  }
  kg_buf_free(&text);
  return st == KGQ_OK ? lex_langtag(lexer, out, err) : st;
}

/* "<" scheme ":" ... ">" without white space; false: it is less-than. */
static bool lex_iri(kg_short_lexer *lexer, kg_short_token *out) {
  const kgq_str text = lexer->text;
  size_t at = lexer->at + 1;
  bool scheme = false;
  for (; at < text.len && text.ptr[at] != '>'; at++) {
    const unsigned char c = (unsigned char)text.ptr[at];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool first = at == lexer->at + 1;
    if (c <= ' ' || c == '<' || c == '"' || c == '{' || c == '}' || c == '|' || c == '^' || c == '`' ||
        c == '\\') {
      return false;
    }
    if (!scheme && c == ':' && !first) {
      scheme = true;
    } else if (!scheme && !letter && (first || !(is_ascii_digit(c) || c == '+' || c == '-' || c == '.'))) {
      return false;
    }
  }
  if (!scheme || at >= text.len || at - lexer->at > KG_LIMIT_IRI_BYTES) {
    return false;
  }
  out->kind = KG_ST_IRI;
  out->text = kg_str_n(text.ptr + lexer->at + 1, at - lexer->at - 1);
  lexer->at = at + 1;
  return true;
}

/* ---- numbers and dates -------------------------------------------------------------------------- */

typedef struct ascii_run { /* characters from a place on, as ASCII, with the offset behind each */
  char text[160];
  size_t end[160];
  size_t length;
} ascii_run;

static void read_run(const kg_short_lexer *lexer, ascii_run *run) {
  size_t at = lexer->at;
  for (run->length = 0; run->length + 1 < sizeof run->text; run->length++) {
    size_t bytes;
    const uint32_t c = peek(lexer, at, &bytes);
    if (!(is_ascii_digit(c) || (c != 0 && c < 0x80 && strchr("+-._:eETZ", (int)c)))) {
      break;
    }
    at += bytes;
    run->text[run->length] = (char)c;
    run->end[run->length] = at;
  }
  run->text[run->length] = '\0';
}

static size_t digits_at(const char *text, size_t at, bool underscores) {
  size_t n = at;
  while (is_ascii_digit((unsigned char)text[n]) ||
         (underscores && n > at && text[n] == '_' && is_ascii_digit((unsigned char)text[n + 1]))) {
    n++;
  }
  return n - at;
}

/* Length of a number at the start: sign? digits ("_" between) fraction? exponent? */
static size_t match_number(const char *text) {
  size_t at = text[0] == '+' || text[0] == '-';
  const size_t whole = digits_at(text, at, true);
  if (whole == 0) {
    return 0;
  }
  at += whole;
  const size_t fraction = text[at] == '.' ? digits_at(text, at + 1, true) : 0;
  at += fraction ? fraction + 1 : 0;
  if (text[at] == 'e' || text[at] == 'E') {
    const size_t sign = text[at + 1] == '+' || text[at + 1] == '-';
    const size_t exponent = digits_at(text, at + 1 + sign, false);
    at += exponent ? exponent + 1 + sign : 0;
  }
  return at;
}

/* Does `text` begin with `shape`, in which d is a digit? */
static bool has_shape(const char *text, const char *shape) {
  for (; *shape; text++, shape++) {
    if (*shape == 'd' ? !is_ascii_digit((unsigned char)*text) : *text != *shape) {
      return false;
    }
  }
  return true;
}

/* Length of a date: YYYY-MM, YYYY-MM-DD, YYYY-MM-DDThh:mm[:ss[.s]][zone]. */
static size_t match_date(const char *text) {
  if (!has_shape(text, "dddd-dd")) {
    return 0;
  }
  if (!has_shape(text, "dddd-dd-dd")) {
    return 7;
  }
  if (!has_shape(text, "dddd-dd-ddTdd:dd")) {
    return 10;
  }
  size_t at = has_shape(text + 16, ":dd") ? 19 : 16;
  if (at == 19 && text[at] == '.' && digits_at(text, at + 1, false) > 0) {
    at += 1 + digits_at(text, at + 1, false);
  }
  const bool zone = has_shape(text + at, "+dd:dd") || has_shape(text + at, "-dd:dd");
  return at + (zone ? 6u : text[at] == 'Z' ? 1u : 0u);
}

static kgq_status copy_number(const kg_short_lexer *lexer, const char *text, size_t length, kgq_str *out,
                              kgq_error **err) {
  char digits[160];
  size_t count = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] != '_' && !(i == 0 && text[i] == '+')) {
      digits[count++] = text[i];
    }
  }
  return kg_arena_copy(lexer->arena, kg_str_n(digits, count), out, err);
}

/* A DATE or NUMBER, if no word goes on behind it; *found false: it is something else. */
static kgq_status lex_number(kg_short_lexer *lexer, kg_short_token *out, bool *found, kgq_error **err) {
  ascii_run run;
  read_run(lexer, &run);
  size_t length = match_date(run.text);
  *found = true;
  if (length > 0 && !goes_on(lexer, run.end[length - 1])) {
    out->kind = KG_ST_DATE;
    lexer->at = run.end[length - 1];
    return kg_arena_copy(lexer->arena, kg_str_n(run.text, length), &out->text, err);
  }
  length = match_number(run.text);
  if (length == 0 || goes_on(lexer, run.end[length - 1])) {
    *found = false;
    return KGQ_OK;
  }
  out->kind = KG_ST_NUMBER;
  lexer->at = run.end[length - 1];
  return copy_number(lexer, run.text, length, &out->text, err);
}

/* ---- signs -------------------------------------------------------------------------------------- */

static const struct {
  const char *text;
  kg_short_token_kind kind;
} signs[] = {
  { "!=", KG_ST_NOT_EQUAL },  { "!~", KG_ST_NOT_LIKE },
  { "<=", KG_ST_LESS_EQUAL }, { ">=", KG_ST_GREATER_EQUAL },
  { "^^", KG_ST_DATATYPE },   { ",", KG_ST_COMMA },
  { "|", KG_ST_PIPE },        { ";", KG_ST_SEMICOLON },
  { "{", KG_ST_LBRACE },      { "}", KG_ST_RBRACE },
  { "(", KG_ST_LPAREN },      { ")", KG_ST_RPAREN },
  { "@", KG_ST_AT },          { "=", KG_ST_EQUAL },
  { "<", KG_ST_LESS },        { ">", KG_ST_GREATER },
  { "~", KG_ST_LIKE },        { "/", KG_ST_SLASH },
  { "^", KG_ST_CARET },       { "*", KG_ST_STAR },
  { "+", KG_ST_PLUS },        { "-", KG_ST_MINUS },
};

static kgq_status refuse_sign(const kg_short_lexer *lexer, uint32_t c, kgq_error **err) {
  if (c == '\'' || c == '`' || c == 0x2018) {
    return refuse(lexer, lexer->at, "this quote mark is not used", "text goes in \"…\", names in […]", err);
  }
  if (c == '$') {
    kg_short_token variable = { .kind = KG_ST_END };
    kg_short_lexer copy = *lexer;
    KGQ_TRY(lex_variable(&copy, &variable, err));
    const kgq_status st = refuse(lexer, lexer->at, "variables begin with ?", NULL, err);
    kg_hint(err, "write ?%.*s", KG_ARG(variable.text));
    return st;
  }
  if (c == ']') {
    return refuse(lexer, lexer->at, "this ] closes no [name", NULL, err);
  }
  return refuse(lexer, lexer->at, "this sign has no meaning here",
                "a name with signs goes in brackets: [AT+T]", err);
}

static kgq_status lex_sign(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err) {
  size_t first_bytes;
  size_t second_bytes;
  const uint32_t first = peek(lexer, lexer->at, &first_bytes);
  const uint32_t second = peek(lexer, lexer->at + first_bytes, &second_bytes);
  for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
    const char *text = signs[i].text;
    if ((uint32_t)text[0] == first && (text[1] == '\0' || (uint32_t)text[1] == second)) {
      out->kind = signs[i].kind;
      lexer->at += first_bytes + (text[1] ? second_bytes : 0);
      return KGQ_OK;
    }
  }
  return refuse_sign(lexer, first, err);
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static kgq_status lex_plain(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err) {
  const size_t before = lexer->at;
  skip_space(lexer);
  *out = (kg_short_token){ .kind = KG_ST_END, .offset = lexer->at, .text = KG_STR(""), .unit = KG_STR("") };
  out->lang = KG_STR("");
  out->touching = before == lexer->at;
  size_t bytes;
  const uint32_t c = peek(lexer, lexer->at, &bytes);
  const uint32_t next = char_at(lexer, lexer->at + bytes);
  if (bytes == 0) {
    return KGQ_OK;
  }
  if (is_ascii_digit(c) || ((c == '+' || c == '-') && is_ascii_digit(next))) {
    bool found = false;
    KGQ_TRY(lex_number(lexer, out, &found, err));
    if (found) {
      return KGQ_OK;
    }
  }
  if (is_word_char(c) || (c == ':' && is_word_char(next))) {
    return lex_word(lexer, out, err);
  }
  if (c == '[') {
    return lex_bracketed(lexer, out, err);
  }
  if (c == '?') {
    return lex_variable(lexer, out, err);
  }
  if (closing_quote(c)) {
    return lex_string(lexer, out, err);
  }
  return c == '<' && bytes == 1 && lex_iri(lexer, out) ? KGQ_OK : lex_sign(lexer, out, err);
}

/* QUANTITY: a NUMBER and, behind it, a WORD that is not reserved or a BRACKETED. */
static kgq_status join_unit(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err) {
  kg_short_lexer ahead = *lexer;
  kg_short_token unit;
  skip_space(&ahead);
  const uint32_t c = char_at(&ahead, ahead.at);
  if (!is_word_char(c) && c != '[') {
    return KGQ_OK;
  }
  KGQ_TRY(lex_plain(&ahead, &unit, err));
  if ((unit.kind != KG_ST_WORD || unit.call) && unit.kind != KG_ST_BRACKETED) {
    return KGQ_OK;
  }
  out->kind = KG_ST_QUANTITY;
  out->unit = unit.text;
  out->unit_offset = unit.offset;
  out->unit_bracketed = unit.kind == KG_ST_BRACKETED;
  *lexer = ahead;
  return KGQ_OK;
}

kgq_status kg_short_lex(kg_short_lexer *lexer, kg_short_token *out, kgq_error **err) {
  KGQ_TRY(lex_plain(lexer, out, err));
  if (out->kind == KG_ST_NUMBER) {
    KGQ_TRY(join_unit(lexer, out, err));
  }
  out->end = lexer->at;
  return KGQ_OK;
}
