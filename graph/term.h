/* graph/term.h: RDF 1.2 terms in memory, and the byte string under which the dictionary sorts a term.
 *
 * A kg_term is a view: its strings belong to whoever made it (input buffer, arena, dictionary cache). Copy
 * with kg_term_copy to keep one. Does not validate: readers and the query parser do, through rdflex.h and
 * iri.h.
 */
#ifndef KG_GRAPH_TERM_H
#define KG_GRAPH_TERM_H

#include "core/date.h"
#include "core/decimal.h"
#include "core/memory.h"

typedef enum {
  KG_TERM_NONE = 0,
  KG_TERM_IRI = 1,
  KG_TERM_BNODE = 2,
  KG_TERM_LITERAL = 3,
  KG_TERM_TRIPLE = 4
} kg_term_kind;
typedef enum { KG_DIR_NONE = 0, KG_DIR_LTR = 1, KG_DIR_RTL = 2 } kg_direction;

typedef struct kg_term {
  kg_term_kind kind;
  kg_direction direction;       /* only with lang */
  kgq_str text;                 /* IRI; blank node label without "_:"; lexical form */
  kgq_str datatype;             /* literal: IRI; empty stands for xsd:string, or for a language string */
  kgq_str lang;                 /* literal: as written; empty: none */
  const struct kg_term *triple; /* KG_TERM_TRIPLE: array of three terms s, p, o */
} kg_term;

static inline kg_term kg_term_iri(kgq_str iri) {
  return (kg_term){ .kind = KG_TERM_IRI, .text = iri };
}
static inline kg_term kg_term_bnode(kgq_str label) {
  return (kg_term){ .kind = KG_TERM_BNODE, .text = label };
}
static inline kg_term kg_term_string(kgq_str text) {
  return (kg_term){ .kind = KG_TERM_LITERAL, .text = text };
}
static inline kg_term kg_term_lang(kgq_str text, kgq_str lang) {
  return (kg_term){ .kind = KG_TERM_LITERAL, .text = text, .lang = lang };
}
/* xsd:string as datatype is normalised to the empty one: they are one term. */
kg_term kg_term_typed(kgq_str text, kgq_str datatype);

bool kg_term_equal(const kg_term *a, const kg_term *b); /* RDF term equality; language tags without case */
kgq_status kg_term_copy(kg_arena *arena, const kg_term *from, kg_term *to, kgq_error **err);
/* A language tag as BCP 47 writes it (en-GB, zh-Hant), whatever its case. Appends to out. */
kgq_status kg_term_tag(kgq_str tag, kg_buf *out, kgq_error **err);
/* The full datatype IRI of a literal, also xsd:string, rdf:langString, rdf:dirLangString. */
kgq_str kg_term_datatype(const kg_term *literal);

/* Sort key of an IRI, blank node or literal: first byte its kg_tag, then
 *   IRI, BNODE, STRING: text      LANG: lang ["--ltr" | "--rtl"] 00 text      TYPED: datatype 00 text
 * The language is in the form of kg_term_tag: the case of a tag says nothing.
 * memcmp order of keys is the order of base ids. Not for triple terms. */
kgq_status kg_term_key(const kg_term *term, kg_buf *out, kgq_error **err);
/* The term back; its strings point into `key`. false: no well-formed key (damage). */
bool kg_term_from_key(kgq_str key, kg_term *out);

/* Canonical N-Triples 1.2 (RDF 1.2 N-Triples, section 4), the form for export, digests and messages.
 * Depth of triple terms is bounded by KG_LIMIT_NESTING. */
kgq_status kg_term_print(const kg_term *term, kg_buf *out, kgq_error **err);

#endif
