/* query/xpath_regex.c: XPath's regular expressions into those of PCRE2.
 *
 * What differs: white space goes under flag x but inside classes; `.` leaves out both line ends; `\s` is four
 * characters, `\w` all but punctuation, separators and others; `\i` and `\c` are XML names; a class may
 * subtract another, `[a-z-[aeiou]]`. PCRE2's own escapes, verbs and recursion are refused, look-around and
 * `\b` are let through.
 */
#include "query/xpath_regex.h"

#include "core/limits.h"

#define LETTERS             "\\p{L}\\p{Nl}_:"
#define NAME_CHARACTERS     "\\p{L}\\p{N}\\p{M}_:.\\-\\x{B7}"
#define WORD_CHARACTERS     "\\p{L}\\p{M}\\p{N}\\p{S}"
#define NOT_WORD_CHARACTERS "\\p{P}\\p{Z}\\p{C}"
#define SPACES              "\\x{9}\\x{A}\\x{D}\\x{20}"
#define NOT_SPACES          "\\x{0}-\\x{8}\\x{B}\\x{C}\\x{E}-\\x{1F}\\x{21}-\\x{10FFFF}"

typedef struct translator {
  kgq_str pattern;
  size_t at;
  const kg_xpath_flags *flags;
  kg_buf *out;
  bool valid;
} translator;

bool kg_xpath_flags_parse(kgq_str letters, kg_xpath_flags *out) {
  *out = (kg_xpath_flags){ 0 };
  for (size_t i = 0; i < letters.len; i++) {
    switch (letters.ptr[i]) {
    case 'i': out->ignore_case = true; break;
    case 's': out->dot_all = true; break;
    case 'm': out->multiline = true; break;
    case 'x': out->extended = true; break;
    case 'q': out->quoted = true; break;
    default: return false;
    }
  }
  return true;
}

static bool is_one_of(char c, const char *set) {
  return c != '\0' && strchr(set, c) != NULL;
}

static kgq_status refuse(translator *t) {
  t->valid = false;
  return KGQ_OK;
}

static char peek(const translator *t, size_t ahead) {
  return t->at + ahead < t->pattern.len ? t->pattern.ptr[t->at + ahead] : '\0';
}

static kgq_status copy(translator *t, size_t count, kgq_error **err) {
  const kgq_status st = kg_buf_add(t->out, t->pattern.ptr + t->at, count, err);
  t->at += count;
  return st;
}

/* \p{...}, \P{...} */
static kgq_status category(translator *t, kgq_error **err) {
  size_t n = 3;
  while (t->at + n < t->pattern.len && t->pattern.ptr[t->at + n] != '}') {
    n++;
  }
  if (peek(t, 2) != '{' || t->at + n >= t->pattern.len) {
    return refuse(t);
  }
  return copy(t, n + 1, err);
}

/* The content of the class that a multi-character escape stands for, and whether it is negated outside
 * classes. */
static const char *class_of_escape(char c, bool in_class, bool *negated) {
  *negated = false;
  switch (c) {
  case 's': return SPACES;
  case 'S': return NOT_SPACES;
  case 'w': return WORD_CHARACTERS;
  case 'W': return NOT_WORD_CHARACTERS;
  case 'i': return LETTERS;
  case 'c': return NAME_CHARACTERS;
  case 'I': *negated = true; return in_class ? NULL : LETTERS;
  case 'C': *negated = true; return in_class ? NULL : NAME_CHARACTERS;
  default: return NULL;
  }
}

/* A backslash and what follows it. */
static kgq_status escape(translator *t, bool in_class, kgq_error **err) {
  bool negated = false;
  const char c = peek(t, 1);
  if (c == 'p' || c == 'P') {
    return category(t, err);
  }
  const char *content = class_of_escape(c, in_class, &negated);
  if (content) {
    t->at += 2;
    return in_class ? kg_buf_add_text(t->out, content, err)
                    : kg_buf_print(t->out, err, "[%s%s]", negated ? "^" : "", content);
  }
  const bool known = is_one_of(c, "nrt\\|.?*+(){}-[]^$dD") || (!in_class && is_one_of(c, "bB/")) ||
                     (!in_class && c >= '1' && c <= '9') || (in_class && c == '/');
  return known ? copy(t, 2, err) : refuse(t);
}

static kgq_status class_deep(translator *t, unsigned depth, kgq_error **err);

/* [base-[minus]]: what is not in the second and is in the first. out holds "[base" from `start` on. */
static kgq_status subtract(translator *t, size_t start, unsigned depth, kgq_error **err) {
  kg_buf base;
  kg_buf_init(&base, t->out->allocator);
  kgq_status st = kg_buf_add(&base, t->out->bytes + start, t->out->len - start, err);
  t->out->len = start;
  if (st == KGQ_OK) {
    st = kg_buf_add_text(t->out, "(?!", err);
  }
  if (st == KGQ_OK) {
    t->at++; /* the hyphen */
    st = class_deep(t, depth + 1, err);
  }
  if (st == KGQ_OK && t->valid && peek(t, 0) != ']') {
    t->valid = false;
  }
  if (st == KGQ_OK && t->valid) {
    t->at++;
    st = kg_buf_add_byte(t->out, ')', err);
  }
  if (st == KGQ_OK && t->valid) {
    st = kg_buf_add_str(t->out, kg_buf_str(&base), err);
  }
  if (st == KGQ_OK && t->valid) {
    st = kg_buf_add_byte(t->out, ']', err);
  }
  kg_buf_free(&base);
  return st;
}

/* charClassExpr ::= '[' '^'? charClassItem+ ( '-' charClassExpr )? ']' */
static kgq_status class_deep(translator *t, unsigned depth, kgq_error **err) {
  const size_t start = t->out->len;
  if (depth > KG_LIMIT_NESTING) {
    return refuse(t);
  }
  KGQ_TRY(copy(t, peek(t, 1) == '^' ? 2 : 1, err));
  const size_t first = t->at;
  while (t->valid && t->at < t->pattern.len) {
    const char c = peek(t, 0);
    if (c == ']' && t->at > first) {
      return copy(t, 1, err);
    }
    if (c == '-' && peek(t, 1) == '[' && t->at > first) {
      return subtract(t, start, depth, err);
    }
    if (c == '[' || c == ']') {
      return refuse(t);
    }
    KGQ_TRY(c == '\\' ? escape(t, true, err) : copy(t, 1, err));
  }
  return refuse(t);
}

/* Of PCRE2's groups only those that XPath has, and look-around and flags, which cannot run away. */
static kgq_status group(translator *t, kgq_error **err) {
  if (peek(t, 1) == '*' || (peek(t, 1) == '?' && !is_one_of(peek(t, 2), ":=!<ims-")) ||
      (peek(t, 1) == '?' && peek(t, 2) == '<' && !is_one_of(peek(t, 3), "=!"))) {
    return refuse(t);
  }
  return copy(t, peek(t, 1) == '?' ? 2 : 1, err);
}

static kgq_status piece(translator *t, kgq_error **err) {
  const char c = peek(t, 0);
  if (t->flags->extended && is_one_of(c, " \t\n\r")) {
    t->at++;
    return KGQ_OK;
  }
  switch (c) {
  case '\\': return escape(t, false, err);
  case '[': return class_deep(t, 0, err);
  case '(': return group(t, err);
  case '.': t->at++; return kg_buf_add_text(t->out, t->flags->dot_all ? "." : "[^\\n\\r]", err);
  default: return copy(t, 1, err);
  }
}

kgq_status kg_xpath_regex_translate(kgq_str pattern, const kg_xpath_flags *flags, kg_buf *out, bool *valid,
                                    kgq_error **err) {
  translator t = { .pattern = pattern, .flags = flags, .out = out, .valid = true };
  while (t.valid && t.at < pattern.len) {
    KGQ_TRY(piece(&t, err));
  }
  *valid = t.valid;
  return KGQ_OK;
}
