/* query/short_words.c: messages of the short language about words: where brackets, commas or an object are
 * missing.
 *
 * Called when the grammar has already failed, so nothing here needs to be fast: the clause is read once more
 * to see which words stand together. Wording and places are those of SHORT-LANGUAGE 3.2.
 */
#include <stdio.h>

#include "core/text.h"
#include "query/short_internal.h"

kgq_status kg_short_fail(kg_short *s, size_t offset, const char *format, ...) {
  char message[512];
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(message, sizeof message, format, args);
  va_end(args);
  const kg_place place = kg_place_in_text(s->lexer.name, s->lexer.text, offset);
  return kg_fail_at(s->p.err, KGQ_SYNTAX, &place, "%s", n < 0 ? "the query cannot be read here" : message);
}

static kgq_status fail_hint(kg_short *s, size_t offset, const char *message, const char *hint) {
  const kgq_status st = kg_short_fail(s, offset, "%s", message);
  kg_short_hint(s, hint);
  return st;
}

/* ---- words that were meant as numbers ----------------------------------------------------------- */

static size_t leading_digits(kgq_str text) {
  size_t n = 0;
  while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9') {
    n++;
  }
  return n;
}

/* The power of ten that a Chinese, Japanese or Korean numeral stands for; 0: it is none. */
static int numeral_power(uint32_t c) {
  static const struct {
    uint32_t c;
    int power;
  } numerals[] = { { 0x5343, 3 }, { 0xCC9C, 3 }, { 0x4E07, 4 }, { 0x842C, 4 },  { 0xB9CC, 4 }, { 0x5104, 8 },
                   { 0x4EBF, 8 }, { 0x5125, 8 }, { 0xC5B5, 8 }, { 0x5146, 12 }, { 0xC870, 12 } };
  for (size_t i = 0; i < sizeof numerals / sizeof numerals[0]; i++) {
    if (numerals[i].c == c) {
      return numerals[i].power;
    }
  }
  return 0;
}

/* Groups of three parted by dots: 260.000.000. */
static bool dotted_groups(kgq_str text) {
  size_t groups = 0;
  size_t at = leading_digits(text);
  if (at == 0 || at > 3) {
    return false;
  }
  while (at < text.len && text.ptr[at] == '.' &&
         leading_digits(kg_str_n(text.ptr + at + 1, text.len - at - 1)) == 3) {
    at += 4;
    groups++;
  }
  return at == text.len && groups >= 2;
}

static kgq_status fail_dots(kg_short *s, const kg_short_token *word) {
  char plain[64];
  const size_t length = word->text.len < sizeof plain - 1 ? word->text.len : sizeof plain - 1;
  for (size_t i = 0; i < length; i++) {
    plain[i] = word->text.ptr[i] == '.' ? '_' : word->text.ptr[i];
  }
  plain[length] = '\0';
  const kgq_status st = kg_short_fail(s, word->offset, "dots do not group digits here");
  kg_hint(s->p.err, "write %s", plain);
  return st;
}

kgq_status kg_short_number_word(kg_short *s, const kg_short_token *word, bool *found) {
  const size_t digits = leading_digits(word->text);
  uint32_t c = 0;
  *found = false;
  if (word->kind != KG_ST_WORD || digits == 0) {
    return KGQ_OK;
  }
  if (dotted_groups(word->text)) {
    *found = true;
    return fail_dots(s, word);
  }
  const size_t bytes = kg_utf8_decode(kg_str_n(word->text.ptr + digits, word->text.len - digits), &c);
  if (digits + bytes != word->text.len || numeral_power(c) == 0) {
    return KGQ_OK;
  }
  *found = true;
  const kgq_status st = kg_short_fail(s, word->offset, "%.*s is not a number", KG_ARG(word->text));
  kg_hint(s->p.err, "numbers have digits and an exponent: %.*se%d", (int)digits, word->text.ptr,
          numeral_power(c));
  return st;
}

/* ---- the clause once more ----------------------------------------------------------------------- */

#define KG_CLAUSE_TOKENS 24

typedef struct kg_clause_tokens {
  kg_short_token tokens[KG_CLAUSE_TOKENS];
  size_t count;
} kg_clause_tokens;

static bool ends_clause(kg_short_token_kind kind) {
  return kind == KG_ST_END || kind == KG_ST_COMMA || kind == KG_ST_PIPE || kind == KG_ST_SEMICOLON ||
         kind == KG_ST_RBRACE || kind == KG_ST_AT || kind == KG_ST_OR;
}

static void read_clause(kg_short *s, kg_clause_tokens *out) {
  kg_short_lexer again = s->lexer;
  again.at = s->clause_start;
  for (out->count = 0; out->count < KG_CLAUSE_TOKENS; out->count++) {
    if (kg_short_lex(&again, &out->tokens[out->count], NULL) != KGQ_OK ||
        ends_clause(out->tokens[out->count].kind)) {
      return;
    }
  }
}

static kgq_status join_words(kg_short *s, const kg_short_token *words, size_t count, kgq_str *out) {
  *out = words[0].text;
  for (size_t i = 1; i < count; i++) {
    KGQ_TRY(kg_arena_print(&s->p.ast->arena, out, s->p.err, "%.*s %.*s", (int)out->len, out->ptr,
                           (int)words[i].text.len, words[i].text.ptr));
  }
  return KGQ_OK;
}

static bool is_known(kg_short *s, const kg_short_token *words, size_t count) {
  kgq_str name;
  kg_candidate candidate;
  size_t found = 0;
  const kg_resolver *r = s->p.resolver;
  return count >= 2 && join_words(s, words, count, &name) == KGQ_OK &&
         r->find(r->arg, name, &s->p.ast->arena, &candidate, 1, &found, NULL) == KGQ_OK && found > 0;
}

static kgq_status fail_words(kg_short *s, const kg_short_token *words, size_t count, bool verb) {
  kgq_str name;
  KGQ_TRY(join_words(s, words, count, &name));
  const kgq_status st = kg_short_fail(s, words[0].offset, "%.*s are %zu words", KG_ARG(name), count);
  if (!verb) {
    kg_hint(s->p.err, "a name of several words goes in brackets: [%.*s]", KG_ARG(name));
    return st;
  }
  char hyphens[208];
  const size_t length = name.len < sizeof hyphens - 1 ? name.len : sizeof hyphens - 1;
  for (size_t i = 0; i < length; i++) {
    hyphens[i] = name.ptr[i] == ' ' ? '-' : name.ptr[i];
  }
  hyphens[length] = '\0';
  kg_hint(s->p.err, "a name of several words goes in brackets: [%.*s] (or %s)", KG_ARG(name), hyphens);
  return st;
}

/* A clause of words only: the longest beginning or end that is a name, else all words but a verb and an
 * object. */
static kgq_status fail_all_words(kg_short *s, const kg_short_token *words, size_t count) {
  for (size_t length = count - 1; length >= 2; length--) {
    if (is_known(s, words, length)) {
      return fail_words(s, words, length, false);
    }
    if (is_known(s, words + count - length, length)) {
      return fail_words(s, words + count - length, length, false);
    }
  }
  return fail_words(s, words, count - 2, false);
}

/* Which words of the clause belong together? *found false: none. */
static kgq_status fail_run(kg_short *s, const kg_clause_tokens *clause, bool *found) {
  const kg_short_token *t = clause->tokens;
  const size_t first =
      clause->count > 0 && t[0].kind != KG_ST_WORD; /* words begin the clause, or follow a value */
  size_t run = 0;
  while (first + run < clause->count && t[first + run].kind == KG_ST_WORD) {
    run++;
  }
  const bool to_end = first + run == clause->count;
  *found = true;
  if (first == 0 && to_end && run >= 4) {
    return fail_all_words(s, t, run);
  }
  if (first == 0 && !to_end && run >= 3) {
    return fail_words(s, t, run - 1, false);
  }
  if (first == 1 && !to_end && run >= 2) {
    return fail_words(s, t + 1, run, true);
  }
  if (first == 1 && to_end && run >= 3) {
    const bool verb = is_known(s, t + 1, run - 1) && !is_known(s, t + 2, run - 1);
    return verb ? fail_words(s, t + 1, run - 1, true) : fail_words(s, t + 2, run - 1, false);
  }
  *found = false;
  return KGQ_OK;
}

/* ---- what does not belong ----------------------------------------------------------------------- */

static bool touches_sign(const kg_short *s) {
  const char c = s->token.offset < s->lexer.text.len ? s->lexer.text.ptr[s->token.offset] : ' ';
  return (s->token.kind == KG_ST_NUMBER || s->token.kind == KG_ST_QUANTITY) && (c == '+' || c == '-');
}

static kgq_status by_clause(kg_short *s, bool *found) {
  kg_clause_tokens clause;
  read_clause(s, &clause);
  *found = false;
  for (size_t i = 0; i < clause.count && !*found; i++) {
    KGQ_TRY(kg_short_number_word(s, &clause.tokens[i], found));
  }
  return fail_run(s, &clause, found);
}

kgq_status kg_short_misplaced(kg_short *s) {
  const kg_short_token_kind kind = s->token.kind;
  const size_t here = s->token.offset;
  if (kind == KG_ST_AND) {
    return fail_hint(s, here, "\"and\" is written as a comma", "or [and] if it is a name");
  }
  if (kind == KG_ST_OR) {
    return fail_hint(s, here, "\"or\" cannot follow not or maybe", "braces: not {a or b}, or {not a} or b");
  }
  if (kind >= KG_ST_EQUAL && kind <= KG_ST_NOT_LIKE) {
    return fail_hint(s, here, "a comparison is a clause of its own", "?x gets ?n, ?n > 5");
  }
  if (touches_sign(s)) {
    return fail_hint(s, here, "two values in a row", "put spaces around + and -");
  }
  if (kind == KG_ST_RBRACE || kind == KG_ST_RPAREN) {
    return kg_short_fail(s, here, "this %s closes nothing", kind == KG_ST_RBRACE ? "}" : ")");
  }
  if (kind == KG_ST_LPAREN && s->before.kind != KG_ST_END && s->clauses == NULL) {
    return fail_hint(s, here, "qualifiers belong to one statement, a group has several",
                     "write them at the statements");
  }
  bool found = false;
  KGQ_TRY(by_clause(s, &found));
  return fail_hint(s, here, "this does not belong to the clause before it", "missing comma?");
}

/* part-of|owns without parentheses. */
static kgq_status fail_either_or(kg_short *s) {
  kg_short_lexer ahead = s->lexer;
  kg_short_token other;
  const kgq_status st = kg_short_fail(s, s->token.offset, "either-or of verbs needs parentheses");
  if (kg_short_lex(&ahead, &other, NULL) == KGQ_OK) {
    kg_hint(s->p.err, "write (%.*s|%.*s)", KG_ARG(s->before.text), KG_ARG(other.text));
  }
  return st;
}

kgq_status kg_short_no_object(kg_short *s) {
  kg_clause_tokens clause;
  if (s->token.kind == KG_ST_PIPE && s->token.touching && s->before.kind == KG_ST_WORD) {
    return fail_either_or(s);
  }
  read_clause(s, &clause);
  if (clause.count == 2 && clause.tokens[0].kind == KG_ST_WORD && is_known(s, clause.tokens, 2)) {
    return fail_words(s, clause.tokens, 2, false);
  }
  return fail_hint(s, s->before.end, "this statement has no object",
                   "write what follows the verb, or _ for anything");
}
