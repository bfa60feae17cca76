/* graph/rdflex.h: token syntax that N-Triples, N-Quads, Turtle, TriG and SPARQL share.
 *
 * Scanners over a text in memory: each looks at the bytes from `at`, and says how long the token is and what
 * it means. No input buffering, no grammar: loaders/ and query/ have those. Escapes are decoded only when
 * there are any.
 *
 * Ownership: token text points into the input, or, when it had escapes, into the caller's buffer.
 */
#ifndef KG_GRAPH_RDFLEX_H
#define KG_GRAPH_RDFLEX_H

#include "graph/term.h"

typedef struct kg_lex_result {
  size_t bytes;        /* length of the token in the input; 0: refused, see message */
  kgq_str value;       /* decoded content */
  const char *message; /* why it was refused: a constant sentence */
  size_t error_offset; /* where in the token */
  bool
      truncated; /* the text ended inside or right behind the token: with more text it may read differently */
} kg_lex_result;

/* The message of a scanner that had no memory for `scratch`; compare by address. */
extern const char kg_lex_no_memory[];

/* IRIREF: text.ptr[0] is '<'. Decodes \u and \U; refuses characters the grammar does not allow and broken
 * UTF-8. `scratch` is cleared first and used only with escapes. Does not check that the IRI is absolute:
 * iri.h does. */
kg_lex_result kg_lex_iriref(kgq_str text, kg_buf *scratch);
/* Short or long strings, single or double quotes: text.ptr[0] is a quote. `long_allowed`: also """ and '''.
 */
kg_lex_result kg_lex_string(kgq_str text, bool long_allowed, bool single_allowed, kg_buf *scratch);
/* BLANK_NODE_LABEL, at "_:"; the value is the label. */
kg_lex_result kg_lex_bnode(kgq_str text);
/* LANG_DIR, at "@": value is the tag; *direction from "--ltr", "--rtl". The tag is checked against BCP 47's
 * shape. */
kg_lex_result kg_lex_lang(kgq_str text, kg_direction *direction);
/* PNAME_NS or PNAME_LN: *prefix and value = local part with escapes decoded; %hh checked. */
kg_lex_result kg_lex_pname(kgq_str text, kgq_str *prefix, kg_buf *scratch);
/* INTEGER, DECIMAL or DOUBLE, optionally signed; *datatype one of KG_XSD_INTEGER ... */
kg_lex_result kg_lex_number(kgq_str text, bool sign_allowed, kgq_str *datatype);
/* White space and comments. */
size_t kg_lex_space(kgq_str text);

bool kg_is_pn_chars_base(uint32_t c);
bool kg_is_pn_chars_u(uint32_t c);
bool kg_is_pn_chars(uint32_t c);
/* BCP 47 langtag shape: letters and digits in groups of 1 to 8, first letters only. */
bool kg_lang_valid(kgq_str tag);

/* ---- for readers that scan by themselves where it is hot --------------------------------------- */

enum { /* kg_byte_class: what an ASCII byte may be; bytes from 0x80 have only the STOP bits */
       KG_BYTE_SPACE = 1,      /* space, tab, CR, LF */
       KG_BYTE_NAME = 2,       /* ASCII part of PN_CHARS: letters, digits, '_', '-' */
       KG_BYTE_NAME_START = 4, /* ASCII part of PN_CHARS_U and digits */
       KG_BYTE_HEX = 8,
       KG_BYTE_SCHEME = 16,      /* RFC 3986 scheme: letters, digits, '+', '-', '.' */
       KG_BYTE_IRI_STOP = 32,    /* not plainly part of an IRIREF */
       KG_BYTE_STRING_STOP = 64, /* not plainly part of a short string with either quote */
       KG_BYTE_LETTER = 128
};
extern const uint8_t kg_byte_class[256];
static inline bool kg_byte_is(char byte, int classes) {
  return (kg_byte_class[(unsigned char)byte] & classes) != 0;
}

/* The first byte in [p, end) that an IRIREF, or a short string with `quote`, cannot take as it is: the
 * closing mark, a backslash, a refused or broken character, or end. Whole UTF-8 characters are passed over
 * and checked. */
const char *kg_lex_skip_iri(const char *p, const char *end);
const char *kg_lex_skip_string(const char *p, const char *end, char quote);
/* For writers: true only if the text stands in canonical N-Triples as it is (false may be said of one that
 * does, too: then it is printed byte by byte). */
bool kg_lex_needs_no_escape(kgq_str text);

#endif
