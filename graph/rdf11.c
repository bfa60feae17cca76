/* graph/rdf11.c: quad by quad from RDF 1.2 to RDF 1.1. See rdf11.h. */
#include "graph/rdf11.h"

#include "graph/quantity_node.h"
#include "graph/vocab.h"
#include "graph/writer.h"

void kg_rdf11_init(kg_rdf11 *projection, const kgq_allocator *a) {
  *projection = (kg_rdf11){ .write = NULL };
  kg_arena_init(&projection->arena, a);
}

void kg_rdf11_free(kg_rdf11 *projection) {
  kg_arena_free(&projection->arena);
}

/* ---- terms -------------------------------------------------------------------------------------- */

/* RDF 1.1 has no base direction: such a text becomes a literal of the i18n namespace (JSON-LD 1.1, 8.2), from
 * which both language and direction can be read. */
static kgq_status without_direction(kg_rdf11 *r, const kg_term *term, kg_term *out, kgq_error **err) {
  kg_term lowered;
  kgq_str datatype;
  KGQ_TRY(kg_term_lower_tags(term, &r->arena, &lowered, err));
  KGQ_TRY(kg_arena_print(&r->arena, &datatype, err, "https://www.w3.org/ns/i18n#%.*s_%s",
                         KG_ARG(lowered.lang), term->direction == KG_DIR_LTR ? "ltr" : "rtl"));
  *out = kg_term_typed(term->text, datatype);
  return KGQ_OK;
}

/* Labels are unique in their database only, hence the salt. Their letters beyond ASCII are percent-encoded.
 */
static kgq_status skolem(kg_rdf11 *r, kgq_str label, kg_term *out, kgq_error **err) {
  static const char hex[] = "0123456789ABCDEF";
  char *iri = kg_arena_alloc(&r->arena, sizeof KG_GENID + r->salt.len + 3 * label.len);
  if (!iri) {
    return kg_fail_memory(err);
  }
  size_t at = sizeof KG_GENID - 1;
  memcpy(iri, KG_GENID, at);
  memcpy(iri + at, r->salt.ptr, r->salt.len);
  at += r->salt.len;
  iri[at++] = '-';
  for (size_t i = 0; i < label.len; i++) {
    const unsigned char c = (unsigned char)label.ptr[i];
    if (c < 0x80) {
      iri[at++] = (char)c;
    } else {
      iri[at++] = '%';
      iri[at++] = hex[c >> 4];
      iri[at++] = hex[c & 15];
    }
  }
  *out = kg_term_iri(kg_str_n(iri, at));
  return KGQ_OK;
}

static kgq_status plain_term(kg_rdf11 *r, const kg_term *term, kg_term *out, kgq_error **err) {
  if (term->kind == KG_TERM_BNODE) {
    return skolem(r, term->text, out, err);
  }
  if (term->kind == KG_TERM_LITERAL && term->direction != KG_DIR_NONE) {
    return without_direction(r, term, out, err);
  }
  *out = *term;
  return KGQ_OK;
}

static kgq_status fail_triple_term(const kg_term *term, kgq_error **err) {
  kg_buf shown;
  kg_buf_init(&shown, NULL);
  kgq_status st = kg_term_print(term, &shown, err);
  if (st == KGQ_OK) {
    st = kg_fail(err, KGQ_DATA, "RDF 1.1 cannot say the triple term %.*s", KG_ARG(kg_buf_str(&shown)));
    kg_hint(err, "only the object of rdf:reifies is turned into a statement node; export as RDF 1.2");
  }
  kg_buf_free(&shown);
  return st;
}

/* ---- quads -------------------------------------------------------------------------------------- */

static kgq_status write_with(kg_rdf11 *r, const kg_term *s, const char *predicate, const kg_term *o,
                             const kg_term *g, kgq_error **err) {
  const kg_term p = kg_term_iri(kg_str(predicate));
  return r->write(r->arg, s, &p, o, g, err);
}

/* The node of a quantity, and `s link node`; nothing for other objects. link NULL: the two meet in the
 * literal, which is the node's rdf:value. */
static kgq_status write_quantity(kg_rdf11 *r, const kg_term *s, const char *link, const kg_term *o,
                                 const kg_term *g, kgq_error **err) {
  kg_quantity_node node;
  bool found = false;
  KGQ_TRY(kg_quantity_node_of(o, &r->arena, &node, &found, err));
  if (!found) {
    return KGQ_OK;
  }
  for (size_t i = 0; i < node.count; i++) {
    KGQ_TRY(r->write(r->arg, &node.iri, &node.properties[i].predicate, &node.properties[i].object, g, err));
  }
  return link ? write_with(r, s, link, &node.iri, g, err) : KGQ_OK;
}

/* r rdf:reifies <<( s p o )>>  ->  r a rdf:Statement ; rdf:subject s ; rdf:predicate p ; rdf:object o. */
static kgq_status write_statement_node(kg_rdf11 *r, const kg_term *reifier, const kg_term triple[3],
                                       const kg_term *g, kgq_error **err) {
  static const char *const verbs[3] = { KG_NS_RDF "subject", KG_NS_RDF "predicate", KG_NS_RDF "object" };
  const kg_term statement = kg_term_iri(KG_STR(KG_RDF_STATEMENT));
  if (triple[2].kind == KG_TERM_TRIPLE) {
    return fail_triple_term(&triple[2], err);
  }
  KGQ_TRY(write_with(r, reifier, KG_RDF_TYPE, &statement, g, err));
  for (size_t i = 0; i < 3; i++) {
    kg_term value;
    KGQ_TRY(plain_term(r, &triple[i], &value, err));
    KGQ_TRY(write_with(r, reifier, verbs[i], &value, g, err));
  }
  return write_quantity(r, reifier, KG_NS_KGQ "objectQuantity", &triple[2], g, err);
}

kgq_status kg_rdf11_quad(kg_rdf11 *r, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                         kgq_error **err) {
  kg_term subject, object, graph;
  kg_arena_reset(&r->arena);
  KGQ_TRY(plain_term(r, s, &subject, err));
  KGQ_TRY(plain_term(r, g, &graph, err));
  if (o->kind == KG_TERM_TRIPLE) {
    return kg_str_equal(p->text, KG_STR(KG_RDF_REIFIES))
               ? write_statement_node(r, &subject, o->triple, &graph, err)
               : fail_triple_term(o, err);
  }
  KGQ_TRY(plain_term(r, o, &object, err));
  KGQ_TRY(r->write(r->arg, &subject, p, &object, &graph, err));
  const bool converted = kg_str_equal(p->text, KG_STR(KG_NS_KGQ "converted"));
  return write_quantity(r, &subject, converted ? KG_NS_KGQ "statedEquivalent" : NULL, &object, &graph, err);
}
