/* graph/rdflex.c: scanners for the tokens that N-Triples, N-Quads, Turtle, TriG and SPARQL share.
 *
 * Each scanner walks plain bytes by table (kg_byte_class), stops where a byte needs a look, and decodes only
 * tokens that held a backslash. It reports why and where a token is refused; places in files are made by its
 * caller. Holds no grammar and no buffering: loaders/ and query/ have those.
 */
#include "graph/rdflex.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "core/limits.h"
#include "core/text.h"
#include "graph/vocab.h"

const char kg_lex_no_memory[] = "out of memory";

static const char bad_utf8[] = "this is not UTF-8";

/* ---- results ------------------------------------------------------------------------------------ */

static kg_lex_result refuse(const char *message, size_t offset) {
  return (kg_lex_result){ .message = message, .error_offset = offset, .value = { "", 0 } };
}

/* The text ended: more of it may change the answer. */
static kg_lex_result cut_off(const char *message, size_t offset) {
  kg_lex_result result = refuse(message, offset);
  result.truncated = true;
  return result;
}

static kg_lex_result token(size_t bytes, kgq_str value, bool at_end) {
  return (kg_lex_result){ .bytes = bytes, .value = value, .truncated = at_end };
}

/* ---- UTF-8 and plain runs ----------------------------------------------------------------------- */

/* Length of the well-formed UTF-8 character of two or more bytes at p (RFC 3629 table of section 4); 0:
 * broken or cut off. Inline twin of kg_utf8_decode: names in CJK scripts come here once a character. */
static inline size_t utf8_step(const unsigned char *p, const unsigned char *end) {
  const size_t left = (size_t)(end - p);
  const unsigned lead = p[0];
  if (lead < 0xC2 || left < 2 || (p[1] & 0xC0) != 0x80) {
    return 0;
  }
  if (lead < 0xE0) {
    return 2;
  }
  if (left < 3 || (p[2] & 0xC0) != 0x80) {
    return 0;
  }
  if (lead < 0xF0) {
    const bool overlong = lead == 0xE0 && p[1] < 0xA0;
    const bool surrogate = lead == 0xED && p[1] >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (left < 4 || (p[3] & 0xC0) != 0x80 || lead > 0xF4) {
    return 0;
  }
  const bool out_of_range = (lead == 0xF0 && p[1] < 0x90) || (lead == 0xF4 && p[1] >= 0x90);
  return out_of_range ? 0 : 4;
}

/* Is the broken character at p only cut off by the end of the text? */
static bool utf8_cut_off(const unsigned char *p, const unsigned char *end) {
  const size_t wanted = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
  return p[0] >= 0xC2 && p[0] <= 0xF4 && (size_t)(end - p) < wanted;
}

/* First byte of a stop class. Four table loads a turn cost one branch. */
static inline const unsigned char *skip_class(const unsigned char *p, const unsigned char *end, int stop) {
  while (end - p >= 4) {
    const int any = kg_byte_class[p[0]] | kg_byte_class[p[1]] | kg_byte_class[p[2]] | kg_byte_class[p[3]];
    if (any & stop) {
      break;
    }
    p += 4;
  }
  while (p < end && !(kg_byte_class[*p] & stop)) {
    p++;
  }
  return p;
}

#if defined(__SSE2__)

/* Sixteen bytes a turn where the processor has SSE2. Every x86-64 has it, so that nothing is chosen at run
 * time; wider registers would gain little, since most names and texts end within 32 bytes. The table loops
 * stay the rule that these follow: they do the last bytes and are all there is on other machines
 * (test_rdflex_plain.c). */
static inline __m128i load_16(const unsigned char *p) {
  return _mm_loadu_si128((const __m128i *)(const void *)p);
}
static inline __m128i equal_16(__m128i v, char byte) {
  return _mm_cmpeq_epi8(v, _mm_set1_epi8(byte));
}
static inline __m128i any_of(__m128i a, __m128i b) {
  return _mm_or_si128(a, b);
}

/* KG_BYTE_IRI_STOP: as signed bytes, all from 0x80 and all up to 0x20 are below 0x21; '<' '>' and '\\' '^'
 * differ in one bit each. */
static inline unsigned iri_stops(const unsigned char *p) {
  const __m128i v = load_16(p), without_bit_1 = _mm_and_si128(v, _mm_set1_epi8((char)0xFD));
  const __m128i low_or_high = _mm_cmplt_epi8(v, _mm_set1_epi8(0x21));
  const __m128i pairs = any_of(equal_16(without_bit_1, '<'), equal_16(without_bit_1, '\\'));
  const __m128i braces = any_of(equal_16(v, '{'), any_of(equal_16(v, '|'), equal_16(v, '}')));
  const __m128i ticks = any_of(equal_16(v, '"'), equal_16(v, '`'));
  return (unsigned)_mm_movemask_epi8(any_of(any_of(low_or_high, pairs), any_of(braces, ticks)));
}

/* KG_BYTE_STRING_STOP. */
static inline unsigned string_stops(const unsigned char *p) {
  const __m128i v = load_16(p);
  const __m128i quotes = any_of(equal_16(v, '"'), equal_16(v, '\''));
  const __m128i ends = any_of(equal_16(v, '\n'), equal_16(v, '\r'));
  return (unsigned)_mm_movemask_epi8(any_of(any_of(v, equal_16(v, '\\')), any_of(quotes, ends)));
}

static inline unsigned escape_stops(const unsigned char *p) {
  const __m128i v = load_16(p);
  const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1F)), v);
  const __m128i marks = any_of(equal_16(v, '"'), equal_16(v, '\\'));
  const __m128i odd = any_of(equal_16(v, 0x7F), equal_16(v, (char)0xEF));
  return (unsigned)_mm_movemask_epi8(any_of(any_of(controls, marks), odd));
}

#define SKIP_16(p, end, stops)                                                                               \
  while ((end) - (p) >= 16) {                                                                                \
    const unsigned found = stops(p);                                                                         \
    if (found) {                                                                                             \
      return (p) + __builtin_ctz(found);                                                                     \
    }                                                                                                        \
    (p) += 16;                                                                                               \
  }
#else
#define SKIP_16(p, end, stops)
#endif

static inline const unsigned char *skip_iri_run(const unsigned char *p, const unsigned char *end) {
  SKIP_16(p, end, iri_stops)
  return skip_class(p, end, KG_BYTE_IRI_STOP);
}

static inline const unsigned char *skip_string_run(const unsigned char *p, const unsigned char *end) {
  SKIP_16(p, end, string_stops)
  return skip_class(p, end, KG_BYTE_STRING_STOP);
}

static inline const unsigned char *skip_unescaped_run(const unsigned char *p, const unsigned char *end) {
  SKIP_16(p, end, escape_stops)
  while (p < end && *p >= 0x20 && *p != '"' && *p != '\\' && *p != 0x7F && *p != 0xEF) {
    p++;
  }
  return p;
}

bool kg_lex_needs_no_escape(kgq_str text) {
  const unsigned char *p = (const unsigned char *)text.ptr;
  return skip_unescaped_run(p, p + text.len) == p + text.len;
}

const char *kg_lex_skip_iri(const char *start, const char *limit) {
  const unsigned char *p = (const unsigned char *)start, *end = (const unsigned char *)limit;
  for (;;) {
    p = skip_iri_run(p, end);
    if (p == end || *p < 0x80) {
      return (const char *)p;
    }
    const size_t step = utf8_step(p, end);
    if (!step) {
      return (const char *)p;
    }
    p += step;
  }
}

const char *kg_lex_skip_string(const char *start, const char *limit, char quote) {
  const unsigned char *p = (const unsigned char *)start, *end = (const unsigned char *)limit;
  const unsigned char other = quote == '"' ? '\'' : '"';
  for (;;) {
    p = skip_string_run(p, end);
    if (p == end) {
      return limit;
    }
    if (*p == other) {
      p++;
      continue;
    }
    const size_t step = *p < 0x80 ? 0 : utf8_step(p, end);
    if (!step) {
      return (const char *)p;
    }
    p += step;
  }
}

/* ---- escapes ------------------------------------------------------------------------------------ */

static unsigned hex_value(char c) {
  return c <= '9' ? (unsigned)(c - '0') : ((unsigned)c & ~0x20u) - 'A' + 10;
}

/* UCHAR ::= '\u' HEX HEX HEX HEX | '\U' HEX HEX HEX HEX HEX HEX HEX HEX
 * At the backslash of "\u" or "\U"; 0 and *message when it is none or no character. */
static size_t uchar(const char *p, const char *end, uint32_t *out, const char **message) {
  const size_t digits = p[1] == 'u' ? 4 : 8;
  uint32_t value = 0;
  for (size_t i = 0; i < digits; i++) {
    if (p + 2 + i >= end || !kg_byte_is(p[2 + i], KG_BYTE_HEX)) {
      *message = digits == 4 ? "\\u needs four hexadecimal digits" : "\\U needs eight hexadecimal digits";
      return 0;
    }
    value = value << 4 | hex_value(p[2 + i]);
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    *message = value > 0x10FFFF ? "this escape is beyond the last Unicode character, 10FFFF"
                                : "a surrogate is not a character; write the character itself or use \\U";
    return 0;
  }
  *out = value;
  return 2 + digits;
}

/* ECHAR ::= '\' [tbnrf"'\], or UCHAR. Length, 0: refused. */
static size_t string_escape(const char *p, const char *end, uint32_t *out, const char **message) {
  static const char names[] = "tbnrf\"'\\", values[] = "\t\b\n\r\f\"'\\";
  if (end - p < 2) {
    *message = "an escape is cut off";
    return 0;
  }
  if (p[1] == 'u' || p[1] == 'U') {
    return uchar(p, end, out, message);
  }
  const char *name = p[1] ? strchr(names, p[1]) : NULL;
  if (!name) {
    *message = "unknown escape; only \\t \\b \\n \\r \\f \\\" \\' \\\\ \\u and \\U have a meaning";
    return 0;
  }
  *out = (uint32_t)(unsigned char)values[name - names];
  return 2;
}

static size_t iri_escape(const char *p, const char *end, uint32_t *out, const char **message) {
  if (end - p < 2 || (p[1] != 'u' && p[1] != 'U')) {
    *message = "in an IRI only \\u and \\U escapes are allowed";
    return 0;
  }
  const size_t bytes = uchar(p, end, out, message);
  if (bytes && *out < 0x80 && (kg_byte_class[*out] & KG_BYTE_IRI_STOP)) {
    *message = "this character is not allowed in an IRI, also not as an escape";
    return 0;
  }
  return bytes;
}

typedef size_t (*escape_fn)(const char *p, const char *end, uint32_t *out, const char **message);

/* Decodes a checked token. Every escape is at least as long as what it stands for. */
static bool decode(kgq_str raw, escape_fn escape, kg_buf *scratch, kgq_str *out) {
  scratch->len = 0;
  if (kg_buf_reserve(scratch, raw.len + 4, NULL) != KGQ_OK) {
    return false;
  }
  const char *p = raw.ptr, *end = raw.ptr + raw.len;
  while (p < end) {
    const char *mark = memchr(p, '\\', (size_t)(end - p));
    const size_t plain = (size_t)((mark ? mark : end) - p);
    memcpy(scratch->bytes + scratch->len, p, plain);
    scratch->len += plain;
    p += plain;
    if (mark) {
      uint32_t c = 0;
      const char *message = NULL;
      p += escape(p, end, &c, &message);
      scratch->len += kg_utf8_encode(c, scratch->bytes + scratch->len);
    }
  }
  *out = kg_buf_str(scratch);
  return true;
}

/* ---- IRIREF ------------------------------------------------------------------------------------- */

static const char *iri_refusal(unsigned char byte) {
  switch (byte) {
  case ' ': return "a space is not allowed in an IRI; write %20";
  case '\n':
  case '\r': return "the IRI that begins before this line end has no closing '>'";
  case '<': return "'<' is not allowed in an IRI; is a '>' missing before it?";
  default: return byte >= 0x80 ? bad_utf8 : "this character is not allowed in an IRI";
  }
}

/* IRIREF ::= '<' ([^#x00-#x20<>"{}|^`\] | UCHAR)* '>' */
kg_lex_result kg_lex_iriref(kgq_str text, kg_buf *scratch) {
  const char *const start = text.ptr, *const end = text.ptr + text.len;
  const char *p = start + 1;
  bool escaped = false;
  for (;;) {
    p = kg_lex_skip_iri(p, end);
    /* An escape takes at most ten bytes for one. */
    if ((size_t)(p - start) > KG_LIMIT_IRI_BYTES * (escaped ? 10u : 1u) + 2) {
      return refuse("an IRI may have at most 65536 bytes", 0);
    }
    if (p == end) {
      return cut_off("the IRI that begins here has no closing '>'", 0);
    }
    if (*p == '>') {
      break;
    }
    if (*p != '\\') {
      kg_lex_result result = refuse(iri_refusal((unsigned char)*p), (size_t)(p - start));
      result.truncated = utf8_cut_off((const unsigned char *)p, (const unsigned char *)end);
      return result;
    }
    uint32_t c = 0;
    const char *message = NULL;
    const size_t bytes = iri_escape(p, end, &c, &message);
    if (!bytes) {
      return end - p < 10 ? cut_off(message, (size_t)(p - start)) : refuse(message, (size_t)(p - start));
    }
    escaped = true;
    p += bytes;
  }
  kgq_str value = kg_str_n(start + 1, (size_t)(p - start - 1));
  if (escaped && !decode(value, iri_escape, scratch, &value)) {
    return refuse(kg_lex_no_memory, 0);
  }
  if (value.len > KG_LIMIT_IRI_BYTES) {
    return refuse("an IRI may have at most 65536 bytes", 0);
  }
  return token((size_t)(p + 1 - start), value, false);
}

/* ---- strings ------------------------------------------------------------------------------------ */

static const char string_too_long[] = "a literal may have at most 16777216 bytes";

/* Does the quote at p close the string? In a long string three must stand together. */
static bool closes(const char *p, const char *end, char quote, bool is_long) {
  return !is_long || (end - p >= 3 && p[1] == quote && p[2] == quote);
}

/* One stop inside a string that does not close it: how many bytes it takes; 0 and *result: refused. */
static size_t string_stop(const char *start, const char *p, const char *end, bool is_long, bool *escaped,
                          kg_lex_result *result) {
  if (*p == '\\') {
    uint32_t c = 0;
    const char *message = NULL;
    const size_t bytes = string_escape(p, end, &c, &message);
    if (!bytes) {
      *result = end - p < 10 ? cut_off(message, (size_t)(p - start)) : refuse(message, (size_t)(p - start));
    }
    *escaped = true;
    return bytes;
  }
  if ((unsigned char)*p >= 0x80) {
    *result = refuse(bad_utf8, (size_t)(p - start));
    result->truncated = utf8_cut_off((const unsigned char *)p, (const unsigned char *)end);
    return 0;
  }
  if (!is_long) { /* CR or LF */
    *result = refuse("the text that begins here has no closing quote on its line", 0);
    return 0;
  }
  return 1;
}

static kg_lex_result finish_string(const char *start, kgq_str value, const char *behind, bool escaped,
                                   kg_buf *scratch) {
  if (escaped && !decode(value, string_escape, scratch, &value)) {
    return refuse(kg_lex_no_memory, 0);
  }
  if (value.len > KG_LIMIT_LITERAL_BYTES) {
    return refuse(string_too_long, 0);
  }
  return token((size_t)(behind - start), value, false);
}

/* STRING_LITERAL_QUOTE ::= '"' ([^#x22#x5C#xA#xD] | ECHAR | UCHAR)* '"', the same with ', and
 * STRING_LITERAL_LONG_QUOTE ::= '"""' (('"' | '""')? ([^"\] | ECHAR | UCHAR))* '"""', the same with ' */
kg_lex_result kg_lex_string(kgq_str text, bool long_allowed, bool single_allowed, kg_buf *scratch) {
  const char *const start = text.ptr, *const end = text.ptr + text.len;
  const char quote = *start;
  if (quote == '\'' && !single_allowed) {
    return refuse("a text stands in double quotes here", 0);
  }
  if (long_allowed && text.len < 3 && (text.len < 2 || start[1] == quote)) {
    return text.len == 2 ? token(2, KG_STR(""), true)
                         : cut_off("the text that begins here has no closing quote", 0);
  }
  const bool is_long = long_allowed && start[1] == quote && start[2] == quote;
  const char *const content = start + (is_long ? 3 : 1);
  const char *p = content;
  bool escaped = false;
  for (;;) {
    p = kg_lex_skip_string(p, end, quote);
    if ((size_t)(p - content) > KG_LIMIT_LITERAL_BYTES && !escaped) {
      return refuse(string_too_long, 0);
    }
    if (p == end) {
      return cut_off("the text that begins here has no closing quote", 0);
    }
    if (*p == quote && closes(p, end, quote, is_long)) {
      break;
    }
    kg_lex_result result;
    const size_t bytes = *p == quote ? 1 : string_stop(start, p, end, is_long, &escaped, &result);
    if (!bytes) {
      return result;
    }
    p += bytes;
  }
  return finish_string(start, kg_str_n(content, (size_t)(p - content)), p + (is_long ? 3 : 1), escaped,
                       scratch);
}

/* ---- names -------------------------------------------------------------------------------------- */

/* Length of the PN_CHARS character at p, 0: it is none. *cut: only because the text ends. */
static inline size_t name_character(const char *p, const char *end, bool first, bool *cut) {
  const unsigned char *u = (const unsigned char *)p;
  if (*u < 0x80) {
    return (kg_byte_class[*u] & (first ? KG_BYTE_NAME_START : KG_BYTE_NAME)) != 0;
  }
  uint32_t c = 0;
  const size_t bytes = utf8_step(u, (const unsigned char *)end);
  if (!bytes) {
    *cut = utf8_cut_off(u, (const unsigned char *)end);
    return 0;
  }
  (void)kg_utf8_decode(kg_str_n(p, bytes), &c);
  return (first ? kg_is_pn_chars_u(c) : kg_is_pn_chars(c)) ? bytes : 0;
}

/* BLANK_NODE_LABEL ::= '_:' (PN_CHARS_U | [0-9]) ((PN_CHARS | '.')* PN_CHARS)? */
kg_lex_result kg_lex_bnode(kgq_str text) {
  const char *const start = text.ptr, *const end = text.ptr + text.len;
  if (text.len < 3 || start[1] != ':') {
    return text.len < 3 ? cut_off("a blank node needs a label such as _:b1", 0)
                        : refuse("a blank node is written _:label", 1);
  }
  bool cut = false;
  const char *p = start + 2;
  const size_t first = name_character(p, end, true, &cut);
  if (!first) {
    return cut ? cut_off(bad_utf8, 2) : refuse("a blank node label begins with a letter, a digit or '_'", 2);
  }
  p += first;
  const char *behind = p; /* a dot at the end is no part of the label */
  while (p < end) {
    const size_t bytes = *p == '.' ? 1 : name_character(p, end, false, &cut);
    if (!bytes) {
      break;
    }
    p += bytes;
    behind = p[-1] == '.' ? behind : p;
  }
  if ((size_t)(behind - start) > KG_LIMIT_IRI_BYTES) {
    return refuse("a blank node label may have at most 65536 bytes", 0);
  }
  return token((size_t)(behind - start), kg_str_n(start + 2, (size_t)(behind - start - 2)), p == end || cut);
}

bool kg_lang_valid(kgq_str tag) {
  size_t group = 0; /* characters of the group so far */
  bool first = true;
  for (size_t i = 0; i < tag.len; i++) {
    const char c = tag.ptr[i];
    if (c == '-') {
      if (group == 0) {
        return false;
      }
      group = 0;
      first = false;
      continue;
    }
    const bool fits = kg_byte_is(c, KG_BYTE_LETTER) || (!first && c >= '0' && c <= '9');
    if (!fits || ++group > 8) {
      return false;
    }
  }
  return group > 0;
}

static bool has_direction_mark(kgq_str tag) {
  for (size_t i = 0; i + 1 < tag.len; i++) {
    if (tag.ptr[i] == '-' && tag.ptr[i + 1] == '-') {
      return true;
    }
  }
  return false;
}

/* LANG_DIR ::= '@' [a-zA-Z]+ ('-' [a-zA-Z0-9]+)* ('--' [a-zA-Z]+)? */
kg_lex_result kg_lex_lang(kgq_str text, kg_direction *direction) {
  const char *const end = text.ptr + text.len;
  const char *p = text.ptr + 1;
  while (p < end && kg_byte_is(*p, KG_BYTE_NAME) && *p != '_') {
    p++;
  }
  const size_t bytes = (size_t)(p - text.ptr);
  kgq_str tag = kg_str_n(text.ptr + 1, bytes - 1);
  *direction = KG_DIR_NONE;
  if (tag.len > 5 && memcmp(tag.ptr + tag.len - 5, "--", 2) == 0) {
    const char *name = tag.ptr + tag.len - 3;
    *direction = memcmp(name, "ltr", 3) == 0   ? KG_DIR_LTR
                 : memcmp(name, "rtl", 3) == 0 ? KG_DIR_RTL
                                               : KG_DIR_NONE;
    tag.len -= *direction == KG_DIR_NONE ? 0 : 5;
  }
  if (!kg_lang_valid(tag)) {
    kg_lex_result result =
        refuse(has_direction_mark(tag) ? "the direction of a text is --ltr or --rtl"
                                       : "this is not a language tag such as ko, ja or zh-Hans",
               1);
    result.truncated = p == end;
    return result;
  }
  return token(bytes, tag, p == end);
}

/* PN_PREFIX ::= PN_CHARS_BASE ((PN_CHARS | '.')* PN_CHARS)?. Bytes before the ':'. */
static size_t prefix_length(const char *start, const char *end, bool *cut) {
  const char *p = start;
  while (p < end) {
    const size_t bytes = *p == '.' ? 1 : name_character(p, end, false, cut);
    if (!bytes) {
      break;
    }
    p += bytes;
  }
  *cut = *cut || p == end;
  return (size_t)(p - start);
}

static bool prefix_valid(kgq_str prefix) {
  uint32_t c = 0;
  if (prefix.len == 0) {
    return true;
  }
  (void)kg_utf8_decode(prefix, &c);
  return kg_is_pn_chars_base(c) && prefix.ptr[prefix.len - 1] != '.';
}

/* PLX ::= '%' HEX HEX | '\' [_~.-!$&'()*+,;=/?#@%]. Length, 0: none; *cut when the text ends. */
static size_t local_escape(const char *p, const char *end, bool *cut) {
  if (*p == '%') {
    *cut = end - p < 3;
    return end - p >= 3 && kg_byte_is(p[1], KG_BYTE_HEX) && kg_byte_is(p[2], KG_BYTE_HEX) ? 3 : 0;
  }
  *cut = end - p < 2;
  return end - p >= 2 && p[1] && strchr("_~.-!$&'()*+,;=/?#@%", p[1]) ? 2 : 0;
}

static bool decode_local(kgq_str raw, kg_buf *scratch, kgq_str *out) {
  scratch->len = 0;
  if (kg_buf_reserve(scratch, raw.len + 1, NULL) != KGQ_OK) {
    return false;
  }
  for (size_t i = 0; i < raw.len; i++) {
    i += raw.ptr[i] == '\\';
    scratch->bytes[scratch->len++] = raw.ptr[i];
  }
  *out = kg_buf_str(scratch);
  return true;
}

/* PN_LOCAL ::= (PN_CHARS_U | ':' | [0-9] | PLX) ((PN_CHARS | '.' | ':' | PLX)* (PN_CHARS | ':' | PLX))?
 * From p; *behind the end of the token. NULL, or why it is refused. */
static const char *local_name(const char *p, const char *end, const char **behind, bool *escaped, bool *cut) {
  bool first = true;
  *behind = p;
  while (p < end) {
    size_t bytes = *p == ':' || (*p == '.' && !first);
    if (*p == '%' || *p == '\\') {
      bytes = local_escape(p, end, cut);
      if (!bytes) {
        *behind = p;
        return *p == '%' ? "'%' in a name needs two hexadecimal digits"
                         : "this character needs no '\\' in a name";
      }
      *escaped = *escaped || *p == '\\';
      p += bytes;
      *behind = p;
      first = false;
      continue;
    }
    bytes = bytes ? bytes : name_character(p, end, first, cut);
    if (!bytes) {
      return NULL;
    }
    p += bytes;
    *behind = p[-1] == '.' ? *behind : p;
    first = false;
  }
  *cut = true;
  return NULL;
}

/* PNAME_NS ::= PN_PREFIX? ':'   PNAME_LN ::= PNAME_NS PN_LOCAL */
kg_lex_result kg_lex_pname(kgq_str text, kgq_str *prefix, kg_buf *scratch) {
  const char *const start = text.ptr, *const end = text.ptr + text.len;
  bool cut = false, escaped = false;
  const size_t before = prefix_length(start, end, &cut);
  *prefix = kg_str_n(start, before);
  if (before == text.len || start[before] != ':') {
    kg_lex_result result = refuse("a name here is written prefix:name or <IRI>", 0);
    result.truncated = cut;
    return result;
  }
  if (!prefix_valid(*prefix)) {
    return refuse("a prefix begins with a letter and does not end with '.'", 0);
  }
  const char *const local = start + before + 1, *behind = local;
  cut = false;
  const char *message = local_name(local, end, &behind, &escaped, &cut);
  if (message) {
    kg_lex_result result = refuse(message, (size_t)(behind - start));
    result.truncated = cut;
    return result;
  }
  if ((size_t)(behind - start) > KG_LIMIT_IRI_BYTES) {
    return refuse("a name may have at most 65536 bytes", 0);
  }
  kgq_str value = kg_str_n(local, (size_t)(behind - local));
  if (escaped && !decode_local(value, scratch, &value)) {
    return refuse(kg_lex_no_memory, 0);
  }
  return token((size_t)(behind - start), value, cut);
}

/* ---- numbers and space -------------------------------------------------------------------------- */

static const char *digits(const char *p, const char *end) {
  while (p < end && *p >= '0' && *p <= '9') {
    p++;
  }
  return p;
}

/* EXPONENT ::= [eE] [+-]? [0-9]+. Behind it, or p when there is none. */
static const char *exponent(const char *p, const char *end) {
  if (p >= end || (*p != 'e' && *p != 'E')) {
    return p;
  }
  const char *q = p + 1;
  q += q < end && (*q == '+' || *q == '-');
  const char *behind = digits(q, end);
  return behind == q ? p : behind;
}

/* INTEGER ::= [+-]? [0-9]+   DECIMAL ::= [+-]? [0-9]* '.' [0-9]+
 * DOUBLE ::= [+-]? ([0-9]+ '.' [0-9]* EXPONENT | '.' [0-9]+ EXPONENT | [0-9]+ EXPONENT) */
kg_lex_result kg_lex_number(kgq_str text, bool sign_allowed, kgq_str *datatype) {
  const char *const start = text.ptr, *const end = text.ptr + text.len;
  const char *p = start + (sign_allowed && text.len && (*start == '+' || *start == '-'));
  const char *const whole_end = digits(p, end);
  const bool whole = whole_end > p;
  const char *behind = whole_end;
  *datatype = KG_STR(KG_XSD_INTEGER);
  if (whole_end < end && *whole_end == '.') {
    const char *const fraction = digits(whole_end + 1, end);
    const char *const power = exponent(fraction, end);
    if (power > fraction && (whole || fraction > whole_end + 1)) {
      *datatype = KG_STR(KG_XSD_DOUBLE);
      behind = power;
    } else if (fraction > whole_end + 1) {
      *datatype = KG_STR(KG_XSD_DECIMAL);
      behind = fraction;
    }
  } else if (whole && exponent(whole_end, end) > whole_end) {
    *datatype = KG_STR(KG_XSD_DOUBLE);
    behind = exponent(whole_end, end);
  }
  if (behind == start || (!whole && behind == whole_end)) {
    kg_lex_result result = refuse("a number needs digits", 0);
    result.truncated = end - start < 4;
    return result;
  }
  /* "1", "1.", "1e" and "1e+" at the end of the text may go on. */
  const size_t bytes = (size_t)(behind - start);
  if (bytes > KG_LIMIT_IRI_BYTES) {
    return refuse("a number may have at most 65536 bytes", 0);
  }
  return token(bytes, kg_str_n(start, bytes), end - behind < 4);
}

/* White space and comments. */
size_t kg_lex_space(kgq_str text) {
  const char *p = text.ptr, *const end = text.ptr + text.len;
  while (p < end) {
    if (kg_byte_is(*p, KG_BYTE_SPACE)) {
      p++;
    } else if (*p == '#') {
      while (p < end && *p != '\n' && *p != '\r') {
        p++;
      }
    } else {
      break;
    }
  }
  return (size_t)(p - text.ptr);
}
