/* query/parse_path.c: property paths, productions [94] to [101] of SPARQL 1.2.
 *
 * One function a production. A path of a single IRI comes out as KG_PATH_LINK; parse_triples.c makes a plain
 * triple pattern of it. Nothing is rewritten here.
 */
#include "query/parse_internal.h"

static kgq_status new_path(kg_parser *p, kg_path_kind kind, kg_path *first, kg_path **out) {
  *out = KG_NEW(p, kg_path);
  KG_NEED(p, *out);
  (*out)->kind = kind;
  (*out)->first = first;
  (*out)->iri = KG_STR("");
  return KGQ_OK;
}

bool kg_at_path(const kg_parser *p) {
  return kg_at_iri(p) || kg_at(p, KG_TOK_CARET) || kg_at(p, KG_TOK_BANG) || kg_at(p, KG_TOK_LPAREN) ||
         (kg_at(p, KG_TOK_WORD) && kg_str_equal(p->token.text, KG_STR("a")));
}

/* iri | 'a' */
static kgq_status parse_link(kg_parser *p, kg_path **out) {
  KGQ_TRY(new_path(p, KG_PATH_LINK, NULL, out));
  if (kg_at(p, KG_TOK_WORD) && kg_str_equal(p->token.text, KG_STR("a"))) {
    (*out)->iri = KG_STR(KG_RDF_TYPE);
    return kg_advance(p);
  }
  if (!kg_at_iri(p)) {
    return kg_unexpected(p, "a predicate");
  }
  return kg_parse_iri(p, &(*out)->iri);
}

/* [101] PathOneInPropertySet ::= iri | 'a' | '^' ( iri | 'a' ) */
static kgq_status parse_PathOneInPropertySet(kg_parser *p, kg_path **out) {
  if (!kg_at(p, KG_TOK_CARET)) {
    return parse_link(p, out);
  }
  kg_path *link = NULL;
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(parse_link(p, &link));
  return new_path(p, KG_PATH_INVERSE, link, out);
}

/* [100] PathNegatedPropertySet ::= PathOneInPropertySet
 *                                | '(' ( PathOneInPropertySet ( '|' PathOneInPropertySet )* )? ')' */
static kgq_status parse_PathNegatedPropertySet(kg_parser *p, kg_path **out) {
  KGQ_TRY(new_path(p, KG_PATH_NEGATED, NULL, out));
  if (kg_at(p, KG_TOK_NIL)) {
    return kg_advance(p);
  }
  if (!kg_at(p, KG_TOK_LPAREN)) {
    return parse_PathOneInPropertySet(p, &(*out)->first);
  }
  kg_path **end = &(*out)->first;
  do {
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(parse_PathOneInPropertySet(p, end));
    end = &(*end)->next;
  } while (kg_at(p, KG_TOK_PIPE));
  return kg_expect(p, KG_TOK_RPAREN);
}

/* [99] PathPrimary ::= iri | 'a' | '!' PathNegatedPropertySet | '(' Path ')' */
static kgq_status parse_PathPrimary(kg_parser *p, kg_path **out) {
  if (kg_at(p, KG_TOK_BANG)) {
    KGQ_TRY(kg_advance(p));
    return parse_PathNegatedPropertySet(p, out);
  }
  if (!kg_at(p, KG_TOK_LPAREN)) {
    return parse_link(p, out);
  }
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(kg_parse_Path(p, out));
  return kg_expect(p, KG_TOK_RPAREN);
}

/* [96] PathElt ::= PathPrimary PathMod?   [98] PathMod ::= '?' | '*' | '+' */
static kgq_status parse_PathElt(kg_parser *p, kg_path **out) {
  kg_path *primary = NULL;
  KGQ_TRY(parse_PathPrimary(p, &primary));
  *out = primary;
  kg_path_kind kind;
  if (kg_at(p, KG_TOK_QUESTION)) {
    kind = KG_PATH_ZERO_OR_ONE;
  } else if (kg_at(p, KG_TOK_STAR)) {
    kind = KG_PATH_ZERO_OR_MORE;
  } else if (kg_at(p, KG_TOK_PLUS)) {
    kind = KG_PATH_ONE_OR_MORE;
  } else {
    return KGQ_OK;
  }
  KGQ_TRY(new_path(p, kind, primary, out));
  return kg_advance(p);
}

/* [97] PathEltOrInverse ::= PathElt | '^' PathElt */
static kgq_status parse_PathEltOrInverse(kg_parser *p, kg_path **out) {
  if (!kg_at(p, KG_TOK_CARET)) {
    return parse_PathElt(p, out);
  }
  kg_path *inner = NULL;
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(parse_PathElt(p, &inner));
  return new_path(p, KG_PATH_INVERSE, inner, out);
}

/* [95] PathSequence ::= PathEltOrInverse ( '/' PathEltOrInverse )* */
static kgq_status parse_PathSequence(kg_parser *p, kg_path **out) {
  KGQ_TRY(parse_PathEltOrInverse(p, out));
  if (!kg_at(p, KG_TOK_SLASH)) {
    return KGQ_OK;
  }
  kg_path **end = &(*out)->next;
  KGQ_TRY(new_path(p, KG_PATH_SEQUENCE, *out, out));
  while (kg_at(p, KG_TOK_SLASH)) {
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(parse_PathEltOrInverse(p, end));
    end = &(*end)->next;
  }
  return KGQ_OK;
}

/* [93] Path ::= PathAlternative   [94] PathAlternative ::= PathSequence ( '|' PathSequence )* */
kgq_status kg_parse_Path(kg_parser *p, kg_path **out) {
  KGQ_TRY(kg_enter(p));
  KGQ_TRY(parse_PathSequence(p, out));
  if (kg_at(p, KG_TOK_PIPE)) {
    kg_path **end = &(*out)->next;
    KGQ_TRY(new_path(p, KG_PATH_ALTERNATIVE, *out, out));
    while (kg_at(p, KG_TOK_PIPE)) {
      KGQ_TRY(kg_advance(p));
      KGQ_TRY(parse_PathSequence(p, end));
      end = &(*end)->next;
    }
  }
  kg_leave(p);
  return KGQ_OK;
}
