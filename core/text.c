/* core/text.c: UTF-8, folding of names, case, character classes, display width, edit distance.
 *
 * Leaves over strings: readers check their input with kg_utf8_valid, the names index and the short language
 * compare names by kg_fold (FACTS 5.4), messages place carets by kg_display_width and suggest by
 * kg_edit_distance. Unicode's tables come from utf8proc, which is named here only. Its own string functions
 * are not used: they take memory from libc, and their ordering of combining marks takes quadratic time on
 * hostile text.
 */
#include "core/text.h"

#include <assert.h>
#include <utf8proc.h>

#include "core/limits.h"

#define REPLACEMENT 0xFFFDu

/* ---- UTF-8 ---------------------------------------------------------------------------------------- */

static bool is_tail(unsigned char b) {
  return (b & 0xC0) == 0x80;
}

/* Second bytes after E0, ED, F0 and F4 have narrower ranges: no overlong forms, no surrogates, no more than
 * U+10FFFF (Unicode 15, table 3-7). */
static bool second_fits(unsigned char first, unsigned char second) {
  switch (first) {
  case 0xE0: return second >= 0xA0 && second <= 0xBF;
  case 0xED: return second >= 0x80 && second <= 0x9F;
  case 0xF0: return second >= 0x90 && second <= 0xBF;
  case 0xF4: return second >= 0x80 && second <= 0x8F;
  default: return is_tail(second);
  }
}

size_t kg_utf8_decode(kgq_str text, uint32_t *codepoint) {
  const unsigned char *p = (const unsigned char *)text.ptr;
  if (text.len == 0) {
    return 0;
  }
  if (p[0] < 0x80) {
    *codepoint = p[0];
    return 1;
  }
  const size_t bytes = p[0] < 0xC2 ? 0u : p[0] < 0xE0 ? 2u : p[0] < 0xF0 ? 3u : p[0] < 0xF5 ? 4u : 0u;
  if (bytes == 0 || text.len < bytes || !second_fits(p[0], p[1])) {
    return 0;
  }
  uint32_t c = p[0] & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; i++) {
    if (!is_tail(p[i])) {
      return 0;
    }
    c = c << 6 | (p[i] & 0x3Fu);
  }
  *codepoint = c;
  return bytes;
}

/* As decode, but a broken byte is one replacement character: never stands still before the end. */
static size_t decode_lenient(kgq_str text, uint32_t *codepoint) {
  const size_t bytes = kg_utf8_decode(text, codepoint);
  if (bytes == 0 && text.len > 0) {
    *codepoint = REPLACEMENT;
    return 1;
  }
  return bytes;
}

static kgq_str skip(kgq_str text, size_t bytes) {
  assert(bytes <= text.len);
  return kg_str_n(text.ptr + bytes, text.len - bytes);
}

/* Length of the run of ASCII at the start, sixteen bytes at a time. */
static size_t ascii_run(const char *p, size_t len) {
  size_t at = 0;
  while (len - at >= 16) {
    uint64_t a;
    uint64_t b;
    memcpy(&a, p + at, 8);
    memcpy(&b, p + at + 8, 8);
    if (((a | b) & UINT64_C(0x8080808080808080)) != 0) {
      break;
    }
    at += 16;
  }
  while (at < len && (unsigned char)p[at] < 0x80) {
    at++;
  }
  return at;
}

size_t kg_utf8_valid(kgq_str text) {
  size_t at = 0;
  while (at < text.len) {
    at += ascii_run(text.ptr + at, text.len - at);
    while (at < text.len && (unsigned char)text.ptr[at] >= 0x80) {
      uint32_t c;
      const size_t bytes = kg_utf8_decode(skip(text, at), &c);
      if (bytes == 0) {
        return at;
      }
      at += bytes;
    }
  }
  return at;
}

size_t kg_utf8_encode(uint32_t codepoint, char out[4]) {
  assert(codepoint <= 0x10FFFF && (codepoint < 0xD800 || codepoint > 0xDFFF));
  if (codepoint < 0x80) {
    out[0] = (char)codepoint;
    return 1;
  }
  const size_t bytes = codepoint < 0x800 ? 2u : codepoint < 0x10000 ? 3u : 4u;
  for (size_t i = bytes; i-- > 1; codepoint >>= 6) {
    out[i] = (char)(0x80u | (codepoint & 0x3Fu));
  }
  const uint32_t lead = bytes == 2 ? 0xC0u : bytes == 3 ? 0xE0u : 0xF0u;
  out[0] = (char)(lead | codepoint);
  return bytes;
}

size_t kg_utf8_count(kgq_str text) {
  size_t count = 0;
  uint32_t c;
  for (size_t bytes; (bytes = decode_lenient(text, &c)) > 0; text = skip(text, bytes)) {
    count++;
  }
  return count;
}

static kgq_status add_codepoint(kg_buf *out, uint32_t codepoint, kgq_error **err) {
  char bytes[4];
  return kg_buf_add(out, bytes, kg_utf8_encode(codepoint, bytes), err);
}

/* ---- character classes -------------------------------------------------------------------------------- */

static bool in_categories(uint32_t c, utf8proc_category_t first, utf8proc_category_t last) {
  const int category =
      c <= 0x10FFFF ? (int)utf8proc_category((utf8proc_int32_t)c) : (int)UTF8PROC_CATEGORY_CN;
  return category >= (int)first && category <= (int)last;
}

bool kg_is_letter(uint32_t c) {
  return in_categories(c, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO);
}

bool kg_is_digit(uint32_t c) {
  return in_categories(c, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_ND);
}

bool kg_is_mark(uint32_t c) {
  return in_categories(c, UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME);
}

bool kg_is_symbol(uint32_t c) {
  return in_categories(c, UTF8PROC_CATEGORY_SM, UTF8PROC_CATEGORY_SO);
}

/* The property White_Space (PropList.txt), which utf8proc does not have. */
bool kg_is_space(uint32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

/* Blocks of Han, Kana, Hangul and Bopomofo (Blocks.txt), rising; their few unassigned places do no harm. */
static const struct {
  uint32_t first, last;
} cjk_ranges[] = {
  { 0x1100, 0x11FF },   /* Hangul Jamo */
  { 0x2E80, 0x2FDF },   /* CJK radicals */
  { 0x3005, 0x3007 },   /* iteration mark, closing mark, zero */
  { 0x3021, 0x3029 },   /* Hangzhou numerals */
  { 0x3031, 0x3035 },   /* Kana repeat marks */
  { 0x3038, 0x303C },   /* Hangzhou tens, vertical iteration mark, masu */
  { 0x3041, 0x318F },   /* Hiragana, Katakana, Bopomofo, Hangul compatibility Jamo */
  { 0x31A0, 0x31BF },   /* Bopomofo extended */
  { 0x31F0, 0x31FF },   /* Katakana phonetic extensions */
  { 0x3400, 0x4DBF },   /* CJK extension A */
  { 0x4E00, 0x9FFF },   /* CJK */
  { 0xA960, 0xA97F },   /* Hangul Jamo extended A */
  { 0xAC00, 0xD7FF },   /* Hangul syllables, Jamo extended B */
  { 0xF900, 0xFAFF },   /* CJK compatibility */
  { 0xFF66, 0xFFDC },   /* half-width Kana and Hangul */
  { 0x1AFF0, 0x1B16F }, /* Kana extended and supplement */
  { 0x20000, 0x323AF }, /* CJK extensions B to H */
};

bool kg_is_cjk(uint32_t c) {
  for (size_t i = 0; i < sizeof cjk_ranges / sizeof cjk_ranges[0] && c >= cjk_ranges[i].first; i++) {
    if (c <= cjk_ranges[i].last) {
      return true;
    }
  }
  return false;
}

/* ---- normal forms ------------------------------------------------------------------------------------- */

typedef struct chars { /* code points of one text on their way through normalisation */
  const kgq_allocator *allocator;
  utf8proc_int32_t *items;
  size_t count, capacity;
} chars;

#define ONE_CHARACTER_MAX 64 /* the longest decomposition (U+FDFA) has 18 */

static void chars_free(chars *c) {
  kg_free(c->allocator, c->items, c->capacity * sizeof *c->items);
}

static kgq_status chars_reserve(chars *c, size_t more, kgq_error **err) {
  void *items = c->items;
  const kgq_status st = kg_grow(c->allocator, &items, &c->capacity, c->count + more, sizeof *c->items, err);
  c->items = items;
  return st;
}

static kgq_status decompose(kgq_str text, utf8proc_option_t options, chars *out, kgq_error **err) {
  uint32_t c;
  for (size_t bytes; (bytes = decode_lenient(text, &c)) > 0; text = skip(text, bytes)) {
    KGQ_TRY(chars_reserve(out, ONE_CHARACTER_MAX, err));
    int last_boundclass = 0;
    const utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)c, out->items + out->count,
                                                           ONE_CHARACTER_MAX, options, &last_boundclass);
    assert(count >= 0 && count <= ONE_CHARACTER_MAX);
    out->count += (size_t)count;
  }
  return KGQ_OK;
}

static unsigned combining_class(utf8proc_int32_t c) {
  return (unsigned)utf8proc_get_property(c)->combining_class & 0xFFu;
}

static void sort_short_run(utf8proc_int32_t *run, size_t count) {
  for (size_t i = 1; i < count; i++) {
    const utf8proc_int32_t c = run[i];
    size_t j = i;
    for (; j > 0 && combining_class(run[j - 1]) > combining_class(c); j--) {
      run[j] = run[j - 1];
    }
    run[j] = c;
  }
}

/* Counting sort by class, stable: linear however many marks are piled up. */
static kgq_status sort_long_run(const kgq_allocator *a, utf8proc_int32_t *run, size_t count,
                                kgq_error **err) {
  size_t starts[257] = { 0 };
  utf8proc_int32_t *copy = kg_alloc(a, count * sizeof *copy);
  if (copy == NULL) {
    return kg_fail_memory(err);
  }
  memcpy(copy, run, count * sizeof *copy);
  for (size_t i = 0; i < count; i++) {
    starts[combining_class(copy[i]) + 1]++;
  }
  for (size_t i = 1; i < 257; i++) {
    starts[i] += starts[i - 1];
  }
  for (size_t i = 0; i < count; i++) {
    run[starts[combining_class(copy[i])]++] = copy[i];
  }
  kg_free(a, copy, count * sizeof *copy);
  return KGQ_OK;
}

/* Canonical ordering (Unicode 3.11, D108, D109): marks between two starters by rising class. */
static kgq_status order_marks(chars *c, kgq_error **err) {
  for (size_t i = 0; i < c->count;) {
    size_t end = i;
    while (end < c->count && combining_class(c->items[end]) != 0) {
      end++;
    }
    if (end - i > 32) {
      KGQ_TRY(sort_long_run(c->allocator, c->items + i, end - i, err));
    } else {
      sort_short_run(c->items + i, end - i);
    }
    i = end + 1;
  }
  return KGQ_OK;
}

static kgq_status normalize(kgq_str text, int options, chars *out, kgq_error **err) {
  KGQ_TRY(decompose(text, (utf8proc_option_t)(options | UTF8PROC_DECOMPOSE), out, err));
  KGQ_TRY(order_marks(out, err));
  if (out->count > 0) {
    const utf8proc_ssize_t count = utf8proc_normalize_utf32(out->items, (utf8proc_ssize_t)out->count,
                                                            UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    assert(count >= 0 && (size_t)count <= out->count);
    out->count = (size_t)count;
  }
  return KGQ_OK;
}

kgq_status kg_nfc(kgq_str text, kg_buf *out, kgq_error **err) {
  if (ascii_run(text.ptr, text.len) == text.len) {
    return kg_buf_add_str(out, text, err);
  }
  chars c = { .allocator = out->allocator };
  kgq_status st;
  KGQ_TRY_DONE(normalize(text, UTF8PROC_STABLE, &c, err));
  for (size_t i = 0; i < c.count; i++) {
    KGQ_TRY_DONE(add_codepoint(out, (uint32_t)c.items[i], err));
  }
done:
  chars_free(&c);
  return st;
}

/* ---- folding (FACTS 5.4) ----------------------------------------------------------------------------- */

/* Behind NFKC_Casefold: dashes, quotation marks and dots that people type for one another. */
static uint32_t fold_mark(uint32_t c) {
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) {
    return '-';
  }
  if (c == 0x2018 || c == 0x2019) {
    return '\'';
  }
  if (c == 0x2219 || c == 0x30FB || c == 0x22C5) {
    return 0xB7;
  }
  return c;
}

/* Adds characters with runs of white space as one space, none at either end. */
typedef struct folded {
  kg_buf *out;
  size_t start;
  bool space_pending;
} folded;

static kgq_status folded_add(folded *f, uint32_t c, kgq_error **err) {
  if (kg_is_space(c)) {
    f->space_pending = f->out->len > f->start;
    return KGQ_OK;
  }
  if (f->space_pending) {
    f->space_pending = false;
    KGQ_TRY(kg_buf_add_byte(f->out, ' ', err));
  }
  if (c < 0x80) {
    return kg_buf_add_byte(f->out, (char)c, err);
  }
  return add_codepoint(f->out, c, err);
}

static kgq_status fold_ascii(kgq_str text, folded *f, kgq_error **err) {
  KGQ_TRY(kg_buf_reserve(f->out, text.len, err));
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    KGQ_TRY(folded_add(f, c >= 'A' && c <= 'Z' ? c + 32u : c, err));
  }
  return KGQ_OK;
}

kgq_status kg_fold(kgq_str text, kg_buf *out, kgq_error **err) {
  folded f = { .out = out, .start = out->len };
  if (ascii_run(text.ptr, text.len) == text.len) {
    return fold_ascii(text, &f, err);
  }
  chars c = { .allocator = out->allocator };
  kgq_status st;
  /* NFKC_Casefold (Unicode 3.13, R5): with UTF8PROC_IGNORE default ignorable characters go. */
  KGQ_TRY_DONE(
      normalize(text, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &c, err));
  for (size_t i = 0; i < c.count; i++) {
    KGQ_TRY_DONE(folded_add(&f, fold_mark((uint32_t)c.items[i]), err));
  }
done:
  chars_free(&c);
  return st;
}

/* ---- case -------------------------------------------------------------------------------------------- */

/* Upper-case forms of more than one character without conditions (SpecialCasing.txt), rising: fn:upper-case
 * wants "SS" for "ß". Greek letters with iota below keep to their capital of one character where there is
 * one. */
static const struct {
  uint16_t from, to[3];
} special_upper[] = {
  { 0x00DF, { 'S', 'S', 0 } },
  { 0x0149, { 0x02BC, 'N', 0 } },
  { 0x01F0, { 'J', 0x030C, 0 } },
  { 0x0390, { 0x0399, 0x0308, 0x0301 } },
  { 0x03B0, { 0x03A5, 0x0308, 0x0301 } },
  { 0x0587, { 0x0535, 0x0552, 0 } },
  { 0x1E96, { 'H', 0x0331, 0 } },
  { 0x1E97, { 'T', 0x0308, 0 } },
  { 0x1E98, { 'W', 0x030A, 0 } },
  { 0x1E99, { 'Y', 0x030A, 0 } },
  { 0x1E9A, { 'A', 0x02BE, 0 } },
  { 0x1F50, { 0x03A5, 0x0313, 0 } },
  { 0x1FB3, { 0x0391, 0x0399, 0 } },
  { 0x1FB6, { 0x0391, 0x0342, 0 } },
  { 0x1FC3, { 0x0397, 0x0399, 0 } },
  { 0x1FC6, { 0x0397, 0x0342, 0 } },
  { 0x1FD6, { 0x0399, 0x0342, 0 } },
  { 0x1FE6, { 0x03A5, 0x0342, 0 } },
  { 0x1FF3, { 0x03A9, 0x0399, 0 } },
  { 0x1FF6, { 0x03A9, 0x0342, 0 } },
  { 0xFB00, { 'F', 'F', 0 } },
  { 0xFB01, { 'F', 'I', 0 } },
  { 0xFB02, { 'F', 'L', 0 } },
  { 0xFB03, { 'F', 'F', 'I' } },
  { 0xFB04, { 'F', 'F', 'L' } },
  { 0xFB05, { 'S', 'T', 0 } },
  { 0xFB06, { 'S', 'T', 0 } },
};

static const uint16_t *find_special_upper(uint32_t c) {
  for (size_t i = 0; i < sizeof special_upper / sizeof special_upper[0] && special_upper[i].from <= c; i++) {
    if (special_upper[i].from == c) {
      return special_upper[i].to;
    }
  }
  return NULL;
}

static kgq_status add_upper(kg_buf *out, uint32_t c, kgq_error **err) {
  const uint16_t *special = c >= 0xDF ? find_special_upper(c) : NULL;
  if (special == NULL) {
    return add_codepoint(out, (uint32_t)utf8proc_toupper((utf8proc_int32_t)c), err);
  }
  for (int i = 0; i < 3 && special[i] != 0; i++) {
    KGQ_TRY(add_codepoint(out, special[i], err));
  }
  return KGQ_OK;
}

static kgq_status add_lower(kg_buf *out, uint32_t c, kgq_error **err) {
  if (c == 0x0130) { /* capital I with dot above keeps its dot: the one special lower case */
    return kg_buf_add(out, "i\xCC\x87", 3, err);
  }
  return add_codepoint(out, (uint32_t)utf8proc_tolower((utf8proc_int32_t)c), err);
}

kgq_status kg_upper(kgq_str text, kg_buf *out, kgq_error **err) {
  uint32_t c;
  for (size_t bytes; (bytes = decode_lenient(text, &c)) > 0; text = skip(text, bytes)) {
    KGQ_TRY(add_upper(out, c, err));
  }
  return KGQ_OK;
}

kgq_status kg_lower(kgq_str text, kg_buf *out, kgq_error **err) {
  uint32_t c;
  for (size_t bytes; (bytes = decode_lenient(text, &c)) > 0; text = skip(text, bytes)) {
    KGQ_TRY(add_lower(out, c, err));
  }
  return KGQ_OK;
}

/* ---- display width ----------------------------------------------------------------------------------- */

size_t kg_display_width(kgq_str text) {
  size_t width = 0;
  uint32_t c;
  for (size_t bytes; (bytes = decode_lenient(text, &c)) > 0; text = skip(text, bytes)) {
    const int columns = utf8proc_charwidth((utf8proc_int32_t)c);
    width += columns > 0 ? (size_t)columns : 0;
  }
  return width;
}

size_t kgq_display_width(const char *text, size_t bytes) {
  if (text == NULL) {
    return 0;
  }
  return kg_display_width(bytes == KGQ_NUL_TERMINATED ? kg_str(text) : kg_str_n(text, bytes));
}

/* ---- edit distance ----------------------------------------------------------------------------------- */

#define EDIT_MAX KG_LIMIT_EDIT_CHARACTERS

typedef struct edit_rows { /* three rows of the table: i - 2, i - 1, i */
  uint16_t *before, *last, *now;
} edit_rows;

/* Characters of text; EDIT_MAX + 1 if there are more than fit. */
static size_t edit_decode(kgq_str text, uint32_t out[EDIT_MAX]) {
  size_t count = 0;
  uint32_t c;
  for (size_t bytes; (bytes = decode_lenient(text, &c)) > 0; text = skip(text, bytes)) {
    if (count == EDIT_MAX) {
      return EDIT_MAX + 1;
    }
    out[count++] = c;
  }
  return count;
}

static uint16_t smaller(uint16_t a, uint16_t b) {
  return a < b ? a : b;
}

/* One row of the band |i - j| <= limit; cells beside it hold limit + 1. Returns the least cell. */
static uint16_t edit_row(const edit_rows *r, const uint32_t *a, size_t i, const uint32_t *b, size_t b_count,
                         size_t limit) {
  const size_t low = i > limit ? i - limit : 1;
  const size_t high = i + limit < b_count ? i + limit : b_count;
  const uint16_t far = (uint16_t)(limit + 1);
  r->now[low - 1] = low == 1 && i <= limit ? (uint16_t)i : far;
  uint16_t least = r->now[low - 1];
  for (size_t j = low; j <= high; j++) {
    const bool same = a[i - 1] == b[j - 1];
    uint16_t cell = (uint16_t)(r->last[j - 1] + (same ? 0 : 1));
    cell = smaller(cell, (uint16_t)(r->now[j - 1] + 1));
    cell = smaller(cell, (uint16_t)(r->last[j] + 1));
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
      cell = smaller(cell, (uint16_t)(r->before[j - 2] + 1));
    }
    r->now[j] = smaller(cell, far);
    least = smaller(least, r->now[j]);
  }
  if (high < b_count) {
    r->now[high + 1] = far;
  }
  return least;
}

/* Optimal string alignment (Damerau-Levenshtein without edits inside a swapped pair). Texts of more
 * characters than EDIT_MAX are far from everything: nobody wants them suggested. */
size_t kg_edit_distance(kgq_str a, kgq_str b, size_t limit) {
  uint32_t a_chars[EDIT_MAX];
  uint32_t b_chars[EDIT_MAX];
  const size_t a_count = edit_decode(a, a_chars);
  const size_t b_count = edit_decode(b, b_chars);
  const size_t gap = a_count > b_count ? a_count - b_count : b_count - a_count;
  if (a_count > EDIT_MAX || b_count > EDIT_MAX || gap > limit) {
    return limit + 1;
  }
  const size_t band = limit < EDIT_MAX ? limit : EDIT_MAX; /* no distance is greater than the longer text */
  uint16_t cells[3][EDIT_MAX + 1];
  edit_rows r = { cells[0], cells[1], cells[2] };
  for (size_t j = 0; j <= b_count; j++) {
    r.before[j] = r.last[j] = r.now[j] = (uint16_t)(j <= band ? j : band + 1);
  }
  uint16_t least_last = 0;
  for (size_t i = 1; i <= a_count; i++) {
    const uint16_t least = edit_row(&r, a_chars, i, b_chars, b_count, band);
    if (least > band && least_last > band) {
      return limit + 1;
    }
    least_last = least;
    r = (edit_rows){ r.last, r.now, r.before };
  }
  return r.last[b_count] > band ? limit + 1 : r.last[b_count];
}
