/* graph/term.c: RDF terms: equality, copies, dictionary keys, canonical N-Triples.
 *
 * Loaders and the query parser make terms, the dictionary keeps them under the keys made here, writers and
 * messages print them. Keys from disk are checked byte for byte before they are believed: a damaged one is no
 * term.
 */
#include "graph/term.h"

#include <assert.h>

#include "core/limits.h"
#include "core/text.h"
#include "graph/id.h"
#include "graph/vocab.h"

static bool is_xsd_string(kgq_str datatype) {
  return kg_str_equal(datatype, KG_STR(KG_XSD_STRING));
}

kg_term kg_term_typed(kgq_str text, kgq_str datatype) {
  kg_term term = kg_term_string(text);
  if (!is_xsd_string(datatype)) {
    term.datatype = datatype;
  }
  return term;
}

kgq_str kg_term_datatype(const kg_term *literal) {
  assert(literal->kind == KG_TERM_LITERAL);
  if (literal->datatype.len > 0) {
    return literal->datatype;
  }
  if (literal->lang.len == 0) {
    return KG_STR(KG_XSD_STRING);
  }
  return literal->direction == KG_DIR_NONE ? KG_STR(KG_RDF_LANG_STRING) : KG_STR(KG_RDF_DIR_LANG_STRING);
}

/* ---- equality and copies ----------------------------------------------------------------------------- */

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Language tags are compared without regard to case (RDF 1.2 Concepts, section 3.4). */
static bool equal_tags(kgq_str a, kgq_str b) {
  bool equal = a.len == b.len;
  for (size_t i = 0; equal && i < a.len; i++) {
    equal = lower(a.ptr[i]) == lower(b.ptr[i]);
  }
  return equal;
}

static bool equal_at_depth(const kg_term *a, const kg_term *b, unsigned depth) {
  if (a->kind != b->kind) {
    return false;
  }
  if (a->kind != KG_TERM_TRIPLE) {
    return a->direction == b->direction && kg_str_equal(a->text, b->text) &&
           kg_str_equal(a->datatype, b->datatype) && equal_tags(a->lang, b->lang);
  }
  if (depth > KG_LIMIT_NESTING) {
    return false; /* deeper than any reader lets in */
  }
  for (int i = 0; i < 3; i++) {
    if (!equal_at_depth(&a->triple[i], &b->triple[i], depth + 1)) {
      return false;
    }
  }
  return true;
}

bool kg_term_equal(const kg_term *a, const kg_term *b) {
  return equal_at_depth(a, b, 1);
}

static kgq_status fail_too_deep(kgq_error **err) {
  return kg_fail(err, KGQ_LIMIT, "a triple term is nested deeper than %d", KG_LIMIT_NESTING);
}

static kgq_status copy_text(kg_arena *arena, kgq_str from, kgq_str *to, kgq_error **err) {
  if (from.len == 0) {
    *to = KG_STR("");
    return KGQ_OK;
  }
  return kg_arena_copy(arena, from, to, err);
}

static kgq_status copy_at_depth(kg_arena *arena, const kg_term *from, kg_term *to, unsigned depth,
                                kgq_error **err) {
  kg_term copy = { .kind = from->kind, .direction = from->direction };
  if (from->kind == KG_TERM_TRIPLE) {
    if (depth > KG_LIMIT_NESTING) {
      return fail_too_deep(err);
    }
    kg_term *parts = kg_arena_zero(arena, 3 * sizeof *parts);
    if (parts == NULL) {
      return kg_fail_memory(err);
    }
    for (int i = 0; i < 3; i++) {
      KGQ_TRY(copy_at_depth(arena, &from->triple[i], &parts[i], depth + 1, err));
    }
    copy.triple = parts;
  }
  KGQ_TRY(copy_text(arena, from->text, &copy.text, err));
  KGQ_TRY(copy_text(arena, from->datatype, &copy.datatype, err));
  KGQ_TRY(copy_text(arena, from->lang, &copy.lang, err));
  *to = copy;
  return KGQ_OK;
}

kgq_status kg_term_copy(kg_arena *arena, const kg_term *from, kg_term *to, kgq_error **err) {
  return copy_at_depth(arena, from, to, 1, err);
}

/* ---- dictionary keys --------------------------------------------------------------------------------- */

static const kgq_str direction_suffix[] = {
  [KG_DIR_NONE] = { "", 0 },
  [KG_DIR_LTR] = { "--ltr", 5 },
  [KG_DIR_RTL] = { "--rtl", 5 },
};

static bool ends_with(kgq_str text, kgq_str end) {
  return text.len >= end.len && memcmp(text.ptr + text.len - end.len, end.ptr, end.len) == 0;
}

static bool has_bytes(kgq_str text, const char *bytes, size_t count) {
  return text.len > 0 && memmem(text.ptr, text.len, bytes, count) != NULL;
}

/* "--" begins a direction and a NUL ends the first part: neither may be within it, or two terms shared a key.
 */
static kgq_status check_first_part(const kg_term *term, kgq_error **err) {
  if (has_bytes(term->lang, "--", 2) || has_bytes(term->lang, "", 1)) {
    return kg_fail(err, KGQ_DATA, "'%.*s' is not a language tag", KG_ARG(term->lang));
  }
  if (has_bytes(term->datatype, "", 1)) {
    return kg_fail(err, KGQ_DATA, "the datatype '%.*s' is not an IRI: it holds a NUL",
                   KG_ARG(term->datatype));
  }
  return KGQ_OK;
}

/* RFC 5646, section 2.1.1: lower case, but subtags of two letters in capitals and of four with a capital,
 * unless they come first or behind a singleton. */
kgq_status kg_term_tag(kgq_str tag, kg_buf *out, kgq_error **err) {
  bool plain = true;
  for (size_t at = 0; at < tag.len;) {
    const char *dash = memchr(tag.ptr + at, '-', tag.len - at);
    const size_t end = dash == NULL ? tag.len : (size_t)(dash - tag.ptr), letters = end - at;
    for (size_t i = at; i < end; i++) {
      const bool capital = !plain && (letters == 2 || (letters == 4 && i == at));
      const char c = lower(tag.ptr[i]);
      KGQ_TRY(kg_buf_add_byte(out, capital && c >= 'a' && c <= 'z' ? (char)(c - 32) : c, err));
    }
    if (dash != NULL) {
      KGQ_TRY(kg_buf_add_byte(out, '-', err));
    }
    plain = letters == 1 || (at > 0 && plain);
    at = end + 1;
  }
  return KGQ_OK;
}

static kgq_status add_literal_key(const kg_term *term, kg_buf *out, kgq_error **err) {
  KGQ_TRY(check_first_part(term, err));
  if (term->lang.len > 0) {
    KGQ_TRY(kg_buf_add_byte(out, KG_TAG_LANG, err));
    KGQ_TRY(kg_term_tag(term->lang, out, err));
    KGQ_TRY(kg_buf_add_str(out, direction_suffix[term->direction], err));
    KGQ_TRY(kg_buf_add_byte(out, 0, err));
  } else if (term->datatype.len > 0 && !is_xsd_string(term->datatype)) {
    KGQ_TRY(kg_buf_add_byte(out, KG_TAG_TYPED, err));
    KGQ_TRY(kg_buf_add_str(out, term->datatype, err));
    KGQ_TRY(kg_buf_add_byte(out, 0, err));
  } else {
    KGQ_TRY(kg_buf_add_byte(out, KG_TAG_STRING, err));
  }
  return kg_buf_add_str(out, term->text, err);
}

kgq_status kg_term_key(const kg_term *term, kg_buf *out, kgq_error **err) {
  KGQ_TRY(kg_buf_reserve(out, term->text.len + term->datatype.len + term->lang.len + 8, err));
  switch (term->kind) {
  case KG_TERM_IRI:
  case KG_TERM_BNODE:
    KGQ_TRY(kg_buf_add_byte(out, term->kind == KG_TERM_IRI ? KG_TAG_IRI : KG_TAG_BNODE, err));
    return kg_buf_add_str(out, term->text, err);
  case KG_TERM_LITERAL: return add_literal_key(term, out, err);
  case KG_TERM_NONE:
  case KG_TERM_TRIPLE: break;
  }
  return kg_fail(err, KGQ_MISUSE, "only IRIs, blank nodes and literals have dictionary keys");
}

/* Splits "first 00 rest"; false without a NUL or with an empty first part. */
static bool split_at_nul(kgq_str text, kgq_str *first, kgq_str *rest) {
  const char *nul = text.len > 0 ? memchr(text.ptr, 0, text.len) : NULL;
  if (nul == NULL || nul == text.ptr) {
    return false;
  }
  *first = kg_str_n(text.ptr, (size_t)(nul - text.ptr));
  *rest = kg_str_n(nul + 1, text.len - first->len - 1);
  return true;
}

static bool read_lang_key(kgq_str body, kg_term *out) {
  if (!split_at_nul(body, &out->lang, &out->text)) {
    return false;
  }
  for (int d = KG_DIR_LTR; d <= KG_DIR_RTL; d++) {
    if (ends_with(out->lang, direction_suffix[d])) {
      out->direction = (kg_direction)d;
      out->lang.len -= direction_suffix[d].len;
      break;
    }
  }
  return out->lang.len > 0 && !has_bytes(out->lang, "--", 2);
}

bool kg_term_from_key(kgq_str key, kg_term *out) {
  if (key.len == 0) {
    return false;
  }
  const kgq_str body = kg_str_n(key.ptr + 1, key.len - 1);
  *out = (kg_term){ .kind = KG_TERM_LITERAL };
  switch ((int)(unsigned char)key.ptr[0]) {
  case KG_TAG_IRI: *out = kg_term_iri(body); return true;
  case KG_TAG_BNODE: *out = kg_term_bnode(body); return true;
  case KG_TAG_STRING: out->text = body; return true;
  case KG_TAG_LANG: return read_lang_key(body, out);
  case KG_TAG_TYPED: return split_at_nul(body, &out->datatype, &out->text) && !is_xsd_string(out->datatype);
  default: return false;
  }
}

/* ---- canonical N-Triples (RDF 1.2 N-Triples, section 4) ---------------------------------------------- */

static kgq_status add_uchar(kg_buf *out, unsigned codepoint, kgq_error **err) {
  return kg_buf_print(out, err, "\\u%04X", codepoint);
}

/* Length of the run of bytes of an IRI that stand for themselves (IRIREF leaves the others out). */
static size_t plain_iri_run(kgq_str text) {
  /* A bit for each byte that is left out: up to U+0020, and <>"{}|^`\ */
  static const uint64_t odd[4] = { UINT64_C(0x50000005FFFFFFFF), UINT64_C(0x3800000150000000), 0, 0 };
  size_t at = 0;
  while (at < text.len) {
    const unsigned char c = (unsigned char)text.ptr[at];
    if ((odd[c >> 6] >> (c & 63) & 1) != 0) {
      break;
    }
    at++;
  }
  return at;
}

static kgq_status print_iri(kgq_str iri, kg_buf *out, kgq_error **err) {
  KGQ_TRY(kg_buf_add_byte(out, '<', err));
  while (iri.len > 0) {
    const size_t run = plain_iri_run(iri);
    KGQ_TRY(kg_buf_add(out, iri.ptr, run, err));
    iri = kg_str_n(iri.ptr + run, iri.len - run);
    if (iri.len > 0) { /* no valid IRI: written so that it reads back as the same one */
      KGQ_TRY(add_uchar(out, (unsigned char)iri.ptr[0], err));
      iri = kg_str_n(iri.ptr + 1, iri.len - 1);
    }
  }
  return kg_buf_add_byte(out, '>', err);
}

/* U+FFFE and U+FFFF, the two characters above ASCII that are not written as they are (no Char of XML 1.1). */
static bool is_nonchar(const char *p, size_t len) {
  return len >= 3 && memcmp(p, "\xEF\xBF", 2) == 0 &&
         ((unsigned char)p[2] == 0xBE || (unsigned char)p[2] == 0xBF);
}

static size_t plain_string_run(kgq_str text) {
  size_t at = 0;
  for (; at < text.len; at++) {
    const unsigned char c = (unsigned char)text.ptr[at];
    if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F ||
        (c == 0xEF && is_nonchar(text.ptr + at, text.len - at))) {
      break;
    }
  }
  return at;
}

static kgq_status print_escape(unsigned char c, kg_buf *out, kgq_error **err) {
  static const char escaped[] = "\b\t\n\f\r\"\\";
  static const char letters[] = "btnfr\"\\";
  const char *found = c == 0 ? NULL : strchr(escaped, (char)c);
  if (found == NULL) {
    return add_uchar(out, c, err);
  }
  const char pair[2] = { '\\', letters[found - escaped] };
  return kg_buf_add(out, pair, 2, err);
}

static kgq_status print_quoted(kgq_str text, kg_buf *out, kgq_error **err) {
  KGQ_TRY(kg_buf_add_byte(out, '"', err));
  while (text.len > 0) {
    const size_t run = plain_string_run(text);
    KGQ_TRY(kg_buf_add(out, text.ptr, run, err));
    text = kg_str_n(text.ptr + run, text.len - run);
    if (text.len == 0) {
      break;
    }
    size_t bytes = 1;
    if (is_nonchar(text.ptr, text.len)) {
      bytes = 3;
      KGQ_TRY(add_uchar(out, 0xFF00u | ((unsigned char)text.ptr[2] | 0xC0u), err));
    } else {
      KGQ_TRY(print_escape((unsigned char)text.ptr[0], out, err));
    }
    text = kg_str_n(text.ptr + bytes, text.len - bytes);
  }
  return kg_buf_add_byte(out, '"', err);
}

static kgq_status print_literal(const kg_term *term, kg_buf *out, kgq_error **err) {
  KGQ_TRY(print_quoted(term->text, out, err));
  if (term->lang.len > 0) {
    KGQ_TRY(kg_buf_add_byte(out, '@', err));
    KGQ_TRY(kg_buf_add_str(out, term->lang, err));
    return kg_buf_add_str(out, direction_suffix[term->direction], err);
  }
  if (term->datatype.len > 0 && !is_xsd_string(term->datatype)) {
    KGQ_TRY(kg_buf_add_text(out, "^^", err));
    return print_iri(term->datatype, out, err);
  }
  return KGQ_OK;
}

static kgq_status print_at_depth(const kg_term *term, kg_buf *out, unsigned depth, kgq_error **err);

static kgq_status print_triple(const kg_term *term, kg_buf *out, unsigned depth, kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return fail_too_deep(err);
  }
  KGQ_TRY(kg_buf_add_text(out, "<<( ", err));
  for (int i = 0; i < 3; i++) {
    KGQ_TRY(print_at_depth(&term->triple[i], out, depth + 1, err));
    KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  }
  return kg_buf_add_text(out, ")>>", err);
}

static kgq_status print_at_depth(const kg_term *term, kg_buf *out, unsigned depth, kgq_error **err) {
  switch (term->kind) {
  case KG_TERM_IRI: return print_iri(term->text, out, err);
  case KG_TERM_BNODE: KGQ_TRY(kg_buf_add_text(out, "_:", err)); return kg_buf_add_str(out, term->text, err);
  case KG_TERM_LITERAL: return print_literal(term, out, err);
  case KG_TERM_TRIPLE: return print_triple(term, out, depth, err);
  case KG_TERM_NONE: break;
  }
  return kg_fail(err, KGQ_MISUSE, "an absent term cannot be written");
}

kgq_status kg_term_print(const kg_term *term, kg_buf *out, kgq_error **err) {
  return print_at_depth(term, out, 1, err);
}
