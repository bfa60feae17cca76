/* graph/id.h: 64-bit term ids: what the tag says, which values live in the id itself.
 *
 * Top 4 bits: tag. A dictionary id's payload (60 bits) is its rank in the base range, or, with bit 59 set,
 * its number in the append range. Inlined values are those whose canonical lexical form prints back byte for
 * byte; every other term has a dictionary id. Id order is value order only inside one tag and, for dictionary
 * tags, the base range. Ids are never hashes. Does not read the dictionary: see dict.h.
 *
 *   63..60 | 59      | 58..0
 *   tag    | append  | rank or number          dictionary tags
 *   tag    | payload (60 bits)                 inline tags
 */
#ifndef KG_GRAPH_ID_H
#define KG_GRAPH_ID_H

#include "graph/term.h"

typedef uint64_t kg_id;

/* The numbers are stored: never change one. */
typedef enum {
  KG_TAG_NONE = 0, /* id 0: unbound; id 1: the default graph */
  KG_TAG_IRI = 1,
  KG_TAG_BNODE = 2,
  KG_TAG_STRING = 3,     /* xsd:string */
  KG_TAG_LANG = 4,       /* rdf:langString and rdf:dirLangString, ordered by tag, then text */
  KG_TAG_TYPED = 5,      /* other literals, ordered by datatype, then text */
  KG_TAG_TRIPLE = 6,     /* triple term: number in the table of triple terms */
  KG_TAG_LOCAL = 7,      /* a term known to one statement or one transaction only; never stored */
  KG_TAG_INTEGER = 8,    /* xsd:integer, canonical, |v| < 2^59; payload v + 2^59 */
  KG_TAG_DECIMAL = 9,    /* xsd:decimal "-"?d+.d+ canonical: payload scale(5) | mantissa + 2^54 (55) */
  KG_TAG_BOOLEAN = 10,   /* "true" 1, "false" 0 */
  KG_TAG_DATE = 11,      /* xsd:date, year 0..9999+, as printed: see id.c */
  KG_TAG_DATETIME = 12,  /* xsd:dateTime with whole seconds */
  KG_TAG_YEAR = 13,      /* xsd:gYear */
  KG_TAG_YEAR_MONTH = 14 /* xsd:gYearMonth */
} kg_tag;

#define KG_ID_NONE          ((kg_id)0)
#define KG_ID_DEFAULT_GRAPH ((kg_id)1)
#define KG_ID_APPEND        ((kg_id)1 << 59)
#define KG_ID_PAYLOAD_MASK  (((kg_id)1 << 60) - 1)

static inline kg_tag kg_id_tag(kg_id id) {
  return (kg_tag)(id >> 60);
}
static inline kg_id kg_id_make(kg_tag tag, uint64_t payload) {
  return (kg_id)tag << 60 | (payload & KG_ID_PAYLOAD_MASK);
}
static inline uint64_t kg_id_payload(kg_id id) {
  return id & KG_ID_PAYLOAD_MASK;
}
/* In the dictionary: IRI to TYPED. */
static inline bool kg_id_is_dict(kg_id id) {
  return kg_id_tag(id) >= KG_TAG_IRI && kg_id_tag(id) <= KG_TAG_TYPED;
}
static inline bool kg_id_is_inline(kg_id id) {
  return kg_id_tag(id) >= KG_TAG_INTEGER;
}
static inline bool kg_id_is_append(kg_id id) {
  return kg_id_is_dict(id) && (id & KG_ID_APPEND) != 0;
}
/* A dictionary id of the base range: comparable with others of the same tag by number. */
static inline bool kg_id_is_base(kg_id id) {
  return kg_id_is_dict(id) && (id & KG_ID_APPEND) == 0;
}

/* The inline id of a literal; false if it has none (then it needs a dictionary id). */
bool kg_id_inline(const kg_term *term, kg_id *out);
#define KG_INLINE_TEXT_MAX 48
/* The term of an inline id. text points into `buffer`, datatype to a constant. */
void kg_id_inline_term(kg_id id, char buffer[KG_INLINE_TEXT_MAX], kg_term *out);

/* Values of inline ids without going through text. The tag must fit. */
int64_t kg_id_integer(kg_id id);
kg_decimal kg_id_decimal(kg_id id);
static inline bool kg_id_boolean(kg_id id) {
  return (id & 1) != 0;
}
void kg_id_date(kg_id id, kg_date *out); /* DATE, DATETIME, YEAR, YEAR_MONTH */
/* The first or last id of a tag of dates (DATE, DATETIME, YEAR, YEAR_MONTH) for what lies on that day, in
 * whatever zone it is written. */
kg_id kg_id_date_bound(kg_tag tag, const kg_date *day, bool last);
/* The id of the decimal with that many digits behind the point, nearest to the mantissa among those there
 * are. */
#define KG_ID_DECIMAL_SCALE_MAX 31
kg_id kg_id_decimal_bound(unsigned scale, int64_t mantissa);
/* Inline id for a computed integer; false if out of the inline range. */
bool kg_id_from_int(int64_t v, kg_id *out);

#endif
