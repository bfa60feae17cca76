/* loaders/facts_number.c: decimal numbers as people write them, to canonical text (docs/FACTS.md 5.1).
 *
 * Works on digits, not on values: a number may have KG_LIMIT_DIGITS significant digits, and scales move its
 * point exactly. The mistakes that people make (thousands separators, O for 0, full-width digits) get hints
 * of their own.
 */
#include "loaders/facts_number.h"

#include <assert.h>

#include "core/text.h"

static const kgq_str nothing = { "", 0 };

typedef struct scale {
  const char *word;
  uint32_t power;
} scale;

static const scale scales[] = { { "thousand", 3 }, { "million", 6 }, { "billion", 9 }, { "trillion", 12 },
                                { "万", 4 },       { "億", 8 },      { "兆", 12 },     { "만", 4 },
                                { "억", 8 },       { "조", 12 } };

bool kg_scale_power(kgq_str word, uint32_t *power) {
  for (size_t i = 0; i < KG_COUNT(scales); i++) {
    if (kg_str_equal(word, kg_str(scales[i].word))) {
      *power = scales[i].power;
      return true;
    }
  }
  return false;
}

void kg_say_unknown_scale(kg_doc *doc, const kg_yaml_node *node) {
  const char *words[KG_COUNT(scales)];
  for (size_t i = 0; i < KG_COUNT(scales); i++) {
    words[i] = scales[i].word;
  }
  kg_say_unknown_word(doc, node, "scale", words, KG_COUNT(words), true);
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* ---- mistakes ----------------------------------------------------------------------------------- */

/* Length of what is a number at the beginning: "-"? digit ("_"? digit)* ("." digit ("_"? digit)*)? ; 0:
 * nothing. */
static size_t number_length(kgq_str text, size_t *point) {
  size_t at = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
  *point = text.len;
  if (at >= text.len || !is_digit(text.ptr[at])) {
    return 0;
  }
  while (at < text.len) {
    const char next = at + 1 < text.len ? text.ptr[at + 1] : '\0';
    if (text.ptr[at] == '.' && *point == text.len && is_digit(next)) {
      *point = at;
    } else if (!is_digit(text.ptr[at]) && !(text.ptr[at] == '_' && is_digit(next))) {
      break;
    }
    at++;
  }
  return at;
}

static kgq_error **say_not_number(kg_doc *doc, kg_yaml_spot spot, kgq_str text) {
  return kg_yaml_error(doc->errors, spot, "‘%.*s’ is not a number", KG_CLIP(text));
}

/* Digits with separators of thousands: how the writer should put them. */
static void hint_separators(kgq_error **item, kgq_str text) {
  enum { shown_max = 30, group = 3 };
  char plain[shown_max + 1], grouped[2 * shown_max + 1];
  size_t digits = 0, at = 0;
  for (size_t i = 0; i < text.len && digits < shown_max; i++) {
    if (is_digit(text.ptr[i])) {
      plain[digits++] = text.ptr[i];
    }
  }
  plain[digits] = '\0';
  for (size_t i = 0; i < digits; i++) {
    if (i > 0 && (digits - i) % group == 0) {
      grouped[at++] = '_';
    }
    grouped[at++] = plain[i];
  }
  grouped[at] = '\0';
  kg_hint(item, "write %s%s or %s%s", text.ptr[0] == '-' ? "-" : "", plain, text.ptr[0] == '-' ? "-" : "",
          grouped);
}

static void hint_character(kgq_error **item, kgq_str text, size_t at) {
  uint32_t c = 0;
  const kgq_str rest = kg_str_n(text.ptr + at, text.len - at);
  const size_t n = kg_utf8_decode(rest, &c);
  const size_t place = 1 + kg_utf8_count(kg_str_n(text.ptr, at));
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (c >= 0xFF10 && c <= 0xFF19) {
    kg_hint(item, "the full-width digit %.*s at character %zu: write 0 to 9", (int)n, rest.ptr, place);
  } else if (n > 0) {
    kg_hint(item, letter ? "the letter %.*s at character %zu" : "%.*s at character %zu", (int)n, rest.ptr,
            place);
  }
}

/* Digits of any script: a word without any is no misspelt number. */
static bool has_digit(kgq_str text) {
  for (size_t at = 0; at < text.len;) {
    uint32_t c = 0;
    const size_t n = kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &c);
    if (kg_is_digit(c)) {
      return true;
    }
    at += n ? n : 1;
  }
  return false;
}

static kgq_status say_bad_number(kg_doc *doc, kg_yaml_spot spot, kgq_str text, size_t good, kgq_error **err) {
  const kgq_str rest = kg_str_n(text.ptr + good, text.len - good);
  kgq_str unit = nothing;
  uint32_t power;
  if (good > 0 && rest.ptr[0] == ',') {
    hint_separators(kg_yaml_error(doc->errors, spot, "‘%.*s’: a number has no commas", KG_CLIP(text)), text);
    return KGQ_OK;
  }
  if (good > 0 && rest.ptr[0] == '.' && rest.len > 1) {
    hint_separators(say_not_number(doc, spot, text), text);
    return KGQ_OK;
  }
  if (good > 0) {
    KGQ_TRY(kg_world_unit(doc->world, rest, &unit, err));
  }
  kgq_error **item = say_not_number(doc, spot, text);
  if (unit.len > 0 || (good > 0 && kg_scale_power(rest, &power))) {
    kg_hint(item, "put a space before %.*s", KG_CLIP(rest));
  } else if (good > 0 || has_digit(text)) {
    hint_character(item, text, good);
  }
  return KGQ_OK;
}

/* `260.000` is 260000 in German and Spanish texts: refused rather than guessed. */
static bool is_ambiguous(kgq_str text, size_t point) {
  return text.len - point == 4 && memcmp(text.ptr + point, ".000", 4) == 0;
}

static void say_ambiguous(kg_doc *doc, kg_yaml_spot spot, kgq_str text, size_t point) {
  kgq_error **item = kg_yaml_error(doc->errors, spot, "‘%.*s’ could mean %.*s or %.*s000", KG_CLIP(text),
                                   (int)point, text.ptr, (int)point, text.ptr);
  kg_hint(item, "write one of them");
}

/* ---- canonical form ----------------------------------------------------------------------------- */

/* Digits without point, sign and leading zeros; *after: how many of them stand behind the point. */
static kgq_str plain_digits(kgq_str text, size_t point, char *out, size_t *after) {
  size_t len = 0;
  *after = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (is_digit(text.ptr[i])) {
      *after += i > point;
      if (len > 0 || text.ptr[i] != '0' || i > point) {
        out[len++] = text.ptr[i];
      }
    }
  }
  return kg_str_n(out, len);
}

/* The digits with the point `after` digits from the end (after < 0: zeros follow), without needless zeros. */
static kgq_str place_point(kgq_str digits, ptrdiff_t after, bool negative, char *out) {
  size_t len = 0;
  while (after > 0 && digits.len > 0 && digits.ptr[digits.len - 1] == '0') {
    digits.len--;
    after--;
  }
  while (digits.len > 0 && digits.ptr[0] == '0') {
    digits = kg_str_n(digits.ptr + 1, digits.len - 1);
  }
  if (negative && digits.len > 0) {
    out[len++] = '-';
  }
  const ptrdiff_t whole = (ptrdiff_t)digits.len - after;
  if (whole <= 0 || digits.len == 0) {
    out[len++] = '0';
  }
  for (ptrdiff_t i = 0; digits.len > 0 && i < whole; i++) {
    out[len++] = i < (ptrdiff_t)digits.len ? digits.ptr[i] : '0';
  }
  if (after > 0 && digits.len > 0) {
    out[len++] = '.';
    for (ptrdiff_t i = whole; i < 0; i++) {
      out[len++] = '0';
    }
    const size_t from = whole > 0 ? (size_t)whole : 0;
    memcpy(out + len, digits.ptr + from, digits.len - from);
    len += digits.len - from;
  }
  return kg_str_n(out, len);
}

static size_t significant(kgq_str digits) {
  size_t from = 0;
  while (from < digits.len && digits.ptr[from] == '0') {
    from++;
  }
  return digits.len - from;
}

kgq_status kg_number_canonical(kg_doc *doc, kg_yaml_spot spot, kgq_str text, uint32_t power, kgq_str *out,
                               kgq_error **err) {
  enum { spare_bytes = 40 }; /* sign, point, "0" and the zeros of a scale */
  size_t point, after;
  *out = nothing;
  const size_t good = number_length(text, &point);
  if (good < text.len || good == 0) {
    return say_bad_number(doc, spot, text, good, err);
  }
  if (is_ambiguous(text, point)) {
    say_ambiguous(doc, spot, text, point);
    return KGQ_OK;
  }
  char *digits = kg_arena_alloc(doc->arena, text.len + 1);
  char *printed = kg_arena_alloc(doc->arena, text.len + spare_bytes);
  if (!digits || !printed) {
    return kg_fail_memory(err);
  }
  const kgq_str plain = plain_digits(text, point, digits, &after);
  if (significant(plain) > KG_LIMIT_DIGITS) {
    kg_yaml_error(doc->errors, spot, "a number of %zu digits; the limit is %d", significant(plain),
                  KG_LIMIT_DIGITS);
    return KGQ_OK;
  }
  assert(power < 20);
  *out = place_point(plain, (ptrdiff_t)after - (ptrdiff_t)power, text.ptr[0] == '-', printed);
  return KGQ_OK;
}

/* ---- order -------------------------------------------------------------------------------------- */

static kgq_str whole_part(kgq_str number) {
  const char *point = memchr(number.ptr, '.', number.len);
  return point ? kg_str_n(number.ptr, (size_t)(point - number.ptr)) : number;
}

int kg_number_compare(kgq_str a, kgq_str b) {
  const bool a_negative = a.len > 0 && a.ptr[0] == '-', b_negative = b.len > 0 && b.ptr[0] == '-';
  if (a_negative != b_negative) {
    return a_negative ? -1 : 1;
  }
  if (a_negative) {
    return kg_number_compare(kg_str_n(b.ptr + 1, b.len - 1), kg_str_n(a.ptr + 1, a.len - 1));
  }
  const kgq_str a_whole = whole_part(a), b_whole = whole_part(b);
  if (a_whole.len != b_whole.len) {
    return a_whole.len > b_whole.len ? 1 : -1;
  }
  return kg_str_compare(a, b); /* canonical: a fraction is longer, and its digits decide in order */
}

kgq_status kg_read_number(kg_doc *doc, const kg_yaml_node *node, kgq_str *out, kgq_error **err) {
  *out = nothing;
  return kg_is_scalar(doc, node, "a number") ? kg_number_canonical(doc, node->spot, node->text, 0, out, err)
                                             : KGQ_OK;
}
