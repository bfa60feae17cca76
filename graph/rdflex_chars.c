/* graph/rdflex_chars.c: which characters RDF names may hold.
 *
 * Holds the byte table that the scanners of rdflex.c and the readers walk by, and the character classes of
 * the grammars of Turtle 1.2 and SPARQL 1.2 (PN_CHARS_BASE, PN_CHARS_U, PN_CHARS) for characters beyond
 * ASCII. Holds no scanning.
 */
#include "graph/rdflex.h"

#define IS_DIGIT(c)  ((c) >= '0' && (c) <= '9')
#define IS_LETTER(c) (((c) >= 'A' && (c) <= 'Z') || ((c) >= 'a' && (c) <= 'z'))
#define IS_HEX(c)    (IS_DIGIT(c) || ((c) >= 'A' && (c) <= 'F') || ((c) >= 'a' && (c) <= 'f'))
#define IS_SPACE(c)  ((c) == ' ' || (c) == '\t' || (c) == '\r' || (c) == '\n')
#define IS_REFUSED_IN_IRI(c)                                                                                 \
  ((c) <= 0x20 || (c) == '<' || (c) == '>' || (c) == '"' || (c) == '{' || (c) == '}' || (c) == '|' ||        \
   (c) == '^' || (c) == '`' || (c) == '\\')
#define IS_REFUSED_IN_STRING(c) ((c) == '"' || (c) == '\'' || (c) == '\\' || (c) == '\n' || (c) == '\r')

#define BYTE(c)                                                                                              \
  (uint8_t)((IS_SPACE(c) ? KG_BYTE_SPACE : 0) |                                                              \
            (IS_LETTER(c) || IS_DIGIT(c) || (c) == '_' || (c) == '-' ? KG_BYTE_NAME : 0) |                   \
            (IS_LETTER(c) || IS_DIGIT(c) || (c) == '_' ? KG_BYTE_NAME_START : 0) |                           \
            (IS_HEX(c) ? KG_BYTE_HEX : 0) |                                                                  \
            (IS_LETTER(c) || IS_DIGIT(c) || (c) == '+' || (c) == '-' || (c) == '.' ? KG_BYTE_SCHEME : 0) |   \
            (IS_REFUSED_IN_IRI(c) || (c) >= 0x80 ? KG_BYTE_IRI_STOP : 0) |                                   \
            (IS_REFUSED_IN_STRING(c) || (c) >= 0x80 ? KG_BYTE_STRING_STOP : 0) |                             \
            (IS_LETTER(c) ? KG_BYTE_LETTER : 0))
#define BYTES_4(c)  BYTE(c), BYTE((c) + 1), BYTE((c) + 2), BYTE((c) + 3)
#define BYTES_16(c) BYTES_4(c), BYTES_4((c) + 4), BYTES_4((c) + 8), BYTES_4((c) + 12)
#define BYTES_64(c) BYTES_16(c), BYTES_16((c) + 16), BYTES_16((c) + 32), BYTES_16((c) + 48)

const uint8_t kg_byte_class[256] = { BYTES_64(0), BYTES_64(64), BYTES_64(128), BYTES_64(192) };

typedef struct char_range {
  uint32_t first, last;
} char_range;

/* PN_CHARS_BASE beyond ASCII:
 *   [#x00C0-#x00D6] | [#x00D8-#x00F6] | [#x00F8-#x02FF] | [#x0370-#x037D] | [#x037F-#x1FFF] | [#x200C-#x200D]
 * |
 *   [#x2070-#x218F] | [#x2C00-#x2FEF] | [#x3001-#xD7FF] | [#xF900-#xFDCF] | [#xFDF0-#xFFFD] |
 * [#x10000-#xEFFFF] */
static const char_range base_ranges[] = {
  { 0xC0, 0xD6 },     { 0xD8, 0xF6 },     { 0xF8, 0x2FF },    { 0x370, 0x37D },
  { 0x37F, 0x1FFF },  { 0x200C, 0x200D }, { 0x2070, 0x218F }, { 0x2C00, 0x2FEF },
  { 0x3001, 0xD7FF }, { 0xF900, 0xFDCF }, { 0xFDF0, 0xFFFD }, { 0x10000, 0xEFFFF },
};

bool kg_is_pn_chars_base(uint32_t c) {
  if (c < 0x80) {
    return (kg_byte_class[c] & KG_BYTE_LETTER) != 0;
  }
  for (size_t i = 0; i < sizeof base_ranges / sizeof base_ranges[0]; i++) {
    if (c <= base_ranges[i].last) {
      return c >= base_ranges[i].first;
    }
  }
  return false;
}

/* PN_CHARS_U ::= PN_CHARS_BASE | '_' */
bool kg_is_pn_chars_u(uint32_t c) {
  return c == '_' || kg_is_pn_chars_base(c);
}

/* PN_CHARS ::= PN_CHARS_U | '-' | [0-9] | #x00B7 | [#x0300-#x036F] | [#x203F-#x2040] */
bool kg_is_pn_chars(uint32_t c) {
  if (c < 0x80) {
    return (kg_byte_class[c] & KG_BYTE_NAME) != 0;
  }
  return c == 0xB7 || (c >= 0x300 && c <= 0x36F) || c == 0x203F || c == 0x2040 || kg_is_pn_chars_base(c);
}
