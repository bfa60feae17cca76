/* core/text.h: UTF-8, folding of names, display width, nearest spelling.
 *
 * The only place that names utf8proc. Does not know names, languages or queries: it sees strings.
 */
#ifndef KG_CORE_TEXT_H
#define KG_CORE_TEXT_H

#include "core/memory.h"

/* Length of the longest valid UTF-8 prefix (no surrogates, no overlong forms, up to U+10FFFF). Equal to
 * text.len when all of it is valid. A fast path for ASCII runs. */
size_t kg_utf8_valid(kgq_str text);
/* Decodes the character at text.ptr[0]; returns its length in bytes, 0 if broken or empty. */
size_t kg_utf8_decode(kgq_str text, uint32_t *codepoint);
/* Writes 1 to 4 bytes, returns how many; codepoint must be a scalar value. */
size_t kg_utf8_encode(uint32_t codepoint, char out[4]);
size_t kg_utf8_count(kgq_str text); /* characters (code points); broken bytes count one each */
size_t kg_display_width(kgq_str text);

/* FACTS 5.4: NFKC_Casefold, dashes, quotation marks, dots, white space. Appends to out. */
kgq_status kg_fold(kgq_str text, kg_buf *out, kgq_error **err);
kgq_status kg_nfc(kgq_str text, kg_buf *out, kgq_error **err);
/* SPARQL UCASE/LCASE: full Unicode simple case mapping per character. */
kgq_status kg_upper(kgq_str text, kg_buf *out, kgq_error **err);
kgq_status kg_lower(kgq_str text, kg_buf *out, kgq_error **err);

/* Character classes over code points, from the Unicode tables. */
bool kg_is_letter(uint32_t c); /* L* */
bool kg_is_digit(uint32_t c);  /* Nd */
bool kg_is_mark(uint32_t c);   /* M* */
bool kg_is_symbol(uint32_t c); /* S* (emoji among them) */
bool kg_is_space(uint32_t c);
bool kg_is_cjk(uint32_t c); /* Han, Kana, Hangul, Bopomofo: scripts in which names match as parts */

/* Damerau-Levenshtein distance in characters, given up (returns limit + 1) beyond `limit`. */
size_t kg_edit_distance(kgq_str a, kgq_str b, size_t limit);

#endif
