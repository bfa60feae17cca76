/* loaders/turtle_term.c: terms of Turtle 1.2 and TriG 1.2, one function a production, its text quoted.
 *
 * Terms leave their strings on the text stack; the caller rewinds it. Reified triples emit their rdf:reifies
 * here, since they are terms with a statement of their own. Lists and property lists are in turtle.c.
 */
#include "loaders/turtle_term.h"

#include "core/limits.h"
#include "graph/iri.h"
#include "graph/vocab.h"

/* ---- texts -------------------------------------------------------------------------------------- */

static kgq_status keep(kg_turtle *t, kgq_str text, kgq_str *out, kgq_error **err) {
  char *copy = kg_text_stack_take(&t->stack, text.len + 1);
  if (!copy) {
    return kg_fail_memory(err);
  }
  memcpy(copy, text.ptr, text.len);
  *out = kg_str_n(copy, text.len);
  return KGQ_OK;
}

static kgq_status keep_joined(kg_turtle *t, kgq_str a, kgq_str b, kgq_str *out, kgq_error **err) {
  char *copy = kg_text_stack_take(&t->stack, a.len + b.len + 1);
  if (!copy) {
    return kg_fail_memory(err);
  }
  memcpy(copy, a.ptr, a.len);
  memcpy(copy + a.len, b.ptr, b.len);
  *out = kg_str_n(copy, a.len + b.len);
  return KGQ_OK;
}

/* ---- IRIs --------------------------------------------------------------------------------------- */

static bool has_scheme(kgq_str iri) {
  size_t n = 0;
  if (iri.len == 0 || !kg_byte_is(iri.ptr[0], KG_BYTE_LETTER)) {
    return false;
  }
  while (n < iri.len && kg_byte_is(iri.ptr[n], KG_BYTE_SCHEME)) {
    n++;
  }
  return n < iri.len && iri.ptr[n] == ':';
}

/* RFC 3986 5.2 against the base in scope. */
static kgq_status resolve(kg_turtle *t, kgq_str reference, kgq_str *out, kgq_error **err) {
  if (t->base.len == 0) {
    return kg_turtle_fail(t, t->in->at, err, "declare a base with BASE <...>, or give one with --base",
                          "the relative IRI <%.*s> has no base", KG_ARG(reference));
  }
  kg_buf whole;
  kg_buf_init(&whole, t->options->allocator);
  kgq_status st = kg_iri_resolve(kg_buf_str(&t->base), reference, &whole, err);
  st = st == KGQ_OK ? keep(t, kg_buf_str(&whole), out, err) : st;
  kg_buf_free(&whole);
  return st;
}

/* IRIREF ::= '<' ([^#x00-#x20<>"{}|^`\] | UCHAR)* '>' */
kgq_status kg_turtle_iriref(kg_turtle *t, kgq_str *out, kgq_error **err) {
  kg_lex_result token;
  bool again = false;
  do {
    token = kg_lex_iriref(kg_turtle_rest(t), &t->scratch);
    KGQ_TRY(kg_turtle_again(t, &token, &again, err));
  } while (again);
  if (!token.bytes) {
    return kg_turtle_refuse(t, &token, err);
  }
  KGQ_TRY(has_scheme(token.value) ? keep(t, token.value, out, err) : resolve(t, token.value, out, err));
  t->in->at += token.bytes;
  return KGQ_OK;
}

static kgq_status unknown_prefix(const kg_turtle *t, kgq_str prefix, kgq_error **err) {
  const kgq_status st = kg_turtle_fail(t, t->in->at, err, NULL, "unknown prefix '%.*s:'", KG_ARG(prefix));
  kg_hint(err, "declare it with PREFIX %.*s: <...>", KG_ARG(prefix));
  return st;
}

static bool is_boolean(kgq_str rest, size_t *bytes) {
  *bytes = kg_str_starts(rest, KG_STR("true")) ? 4 : kg_str_starts(rest, KG_STR("false")) ? 5 : 0;
  return *bytes && (rest.len == *bytes ||
                    !(kg_byte_is(rest.ptr[*bytes], KG_BYTE_NAME) || (unsigned char)rest.ptr[*bytes] >= 0x80));
}

/* PrefixedName ::= PNAME_LN | PNAME_NS    BooleanLiteral ::= 'true' | 'false' */
kgq_status kg_turtle_name(kg_turtle *t, bool boolean_allowed, kg_term *out, kgq_error **err) {
  kg_lex_result token;
  kgq_str prefix, namespace_iri;
  bool again = false;
  do {
    token = kg_lex_pname(kg_turtle_rest(t), &prefix, &t->scratch);
    KGQ_TRY(kg_turtle_again(t, &token, &again, err));
  } while (again);
  size_t boolean_bytes = 0;
  if (!token.bytes && boolean_allowed && is_boolean(kg_turtle_rest(t), &boolean_bytes)) {
    *out = (kg_term){ .kind = KG_TERM_LITERAL, .datatype = KG_STR(KG_XSD_BOOLEAN) };
    out->text = boolean_bytes == 4 ? KG_STR("true") : KG_STR("false");
    t->in->at += boolean_bytes;
    return KGQ_OK;
  }
  if (!token.bytes) {
    return kg_turtle_refuse(t, &token, err);
  }
  if (!kg_turtle_find_prefix(t, prefix, &namespace_iri)) {
    return unknown_prefix(t, prefix, err);
  }
  if (namespace_iri.len + token.value.len > KG_LIMIT_IRI_BYTES) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "an IRI may have at most 65536 bytes");
  }
  *out = (kg_term){ .kind = KG_TERM_IRI };
  KGQ_TRY(keep_joined(t, namespace_iri, token.value, &out->text, err));
  t->in->at += token.bytes;
  return KGQ_OK;
}

/* iri ::= IRIREF | PrefixedName */
kgq_status kg_turtle_iri(kg_turtle *t, kg_term *out, kgq_error **err) {
  if (kg_turtle_byte(t) != '<') {
    return kg_turtle_name(t, false, out, err);
  }
  *out = (kg_term){ .kind = KG_TERM_IRI };
  return kg_turtle_iriref(t, &out->text, err);
}

/* verb ::= predicate | 'a'    predicate ::= iri */
kgq_status kg_turtle_verb(kg_turtle *t, kg_term *out, kgq_error **err) {
  if (kg_turtle_byte(t) == 'a') {
    KGQ_TRY(kg_turtle_need(t, 2, err));
    const kgq_str rest = kg_turtle_rest(t);
    const char next = rest.len > 1 ? rest.ptr[1] : ' ';
    if (!kg_byte_is(next, KG_BYTE_NAME) && (unsigned char)next < 0x80 && next != ':' && next != '.') {
      *out = kg_term_iri(KG_STR(KG_RDF_TYPE));
      t->in->at++;
      return KGQ_OK;
    }
  }
  const char first = kg_turtle_byte(t);
  if (first == '<' || first == ':' || kg_byte_is(first, KG_BYTE_LETTER) || (unsigned char)first >= 0x80) {
    return kg_turtle_iri(t, out, err);
  }
  return kg_turtle_fail(t, t->in->at, err, NULL, "a predicate must be an IRI, a name with a prefix, or 'a'");
}

/* ---- blank nodes -------------------------------------------------------------------------------- */

/* Labels of the file that look like ours, "anon" digits "u"*, get one more "u": two labels never become one.
 */
static bool looks_like_ours(kgq_str label) {
  size_t i = 4;
  if (!kg_str_starts(label, KG_STR("anon"))) {
    return false;
  }
  while (i < label.len && label.ptr[i] >= '0' && label.ptr[i] <= '9') {
    i++;
  }
  const bool digits = i > 4;
  while (i < label.len && label.ptr[i] == 'u') {
    i++;
  }
  return digits && i == label.len;
}

/* BLANK_NODE_LABEL ::= '_:' (PN_CHARS_U | [0-9]) ((PN_CHARS | '.')* PN_CHARS)? */
kgq_status kg_turtle_label(kg_turtle *t, kg_term *out, kgq_error **err) {
  kg_lex_result token;
  bool again = false;
  do {
    token = kg_lex_bnode(kg_turtle_rest(t));
    KGQ_TRY(kg_turtle_again(t, &token, &again, err));
  } while (again);
  if (!token.bytes) {
    return kg_turtle_refuse(t, &token, err);
  }
  *out = (kg_term){ .kind = KG_TERM_BNODE };
  KGQ_TRY(
      keep_joined(t, token.value, looks_like_ours(token.value) ? KG_STR("u") : KG_STR(""), &out->text, err));
  t->in->at += token.bytes;
  return KGQ_OK;
}

kgq_status kg_turtle_anonymous(kg_turtle *t, kg_term *out, kgq_error **err) {
  char digits[24];
  size_t at = sizeof digits;
  for (uint64_t n = ++t->anonymous; n; n /= 10) {
    digits[--at] = (char)('0' + n % 10);
  }
  *out = (kg_term){ .kind = KG_TERM_BNODE };
  return keep_joined(t, KG_STR("anon"), kg_str_n(digits + at, sizeof digits - at), &out->text, err);
}

/* BlankNode ::= BLANK_NODE_LABEL | ANON    ANON ::= '[' WS* ']' */
static kgq_status blank_node(kg_turtle *t, kg_term *out, kgq_error **err) {
  if (kg_turtle_byte(t) != '[') {
    return kg_turtle_label(t, out, err);
  }
  t->in->at++;
  KGQ_TRY(kg_turtle_expect(t, ']', "a blank node here is [] and has no properties", err));
  return kg_turtle_anonymous(t, out, err);
}

/* ---- literals ----------------------------------------------------------------------------------- */

/* String ::= STRING_LITERAL_QUOTE | STRING_LITERAL_SINGLE_QUOTE | STRING_LITERAL_LONG_SINGLE_QUOTE |
 *            STRING_LITERAL_LONG_QUOTE */
kgq_status kg_turtle_string(kg_turtle *t, bool long_allowed, kgq_str *out, kgq_error **err) {
  kg_lex_result token;
  bool again = false;
  do {
    token = kg_lex_string(kg_turtle_rest(t), long_allowed, true, &t->scratch);
    KGQ_TRY(kg_turtle_again(t, &token, &again, err));
  } while (again);
  if (!token.bytes) {
    return kg_turtle_refuse(t, &token, err);
  }
  KGQ_TRY(keep(t, token.value, out, err));
  t->in->at += token.bytes;
  return KGQ_OK;
}

/* LANG_DIR ::= '@' [a-zA-Z]+ ('-' [a-zA-Z0-9]+)* ('--' [a-zA-Z]+)? */
static kgq_status language(kg_turtle *t, kg_term *out, kgq_error **err) {
  kg_lex_result token;
  bool again = false;
  do {
    token = kg_lex_lang(kg_turtle_rest(t), &out->direction);
    KGQ_TRY(kg_turtle_again(t, &token, &again, err));
  } while (again);
  if (!token.bytes) {
    return kg_turtle_refuse(t, &token, err);
  }
  KGQ_TRY(keep(t, token.value, &out->lang, err));
  t->in->at += token.bytes;
  return KGQ_OK;
}

/* '^^' iri. xsd:string is the plain literal; the two language datatypes need a tag (Concepts 1.2,
 * section 3.4). */
static kgq_status datatype(kg_turtle *t, kg_term *out, kgq_error **err) {
  if (!kg_turtle_at(t, KG_STR("^^"))) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "a datatype is written ^^xsd:date or ^^<IRI>");
  }
  t->in->at += 2;
  KGQ_TRY(kg_turtle_space(t, err));
  kg_term iri;
  const uint64_t before = kg_input_offset(t->in);
  KGQ_TRY(kg_turtle_iri(t, &iri, err));
  out->datatype = iri.text;
  if (kg_str_equal(iri.text, KG_STR(KG_XSD_STRING))) {
    out->datatype = (kgq_str){ "", 0 };
  } else if (kg_str_equal(iri.text, KG_STR(KG_RDF_LANG_STRING)) ||
             kg_str_equal(iri.text, KG_STR(KG_RDF_DIR_LANG_STRING))) {
    return kg_turtle_fail(t, kg_turtle_back(t, before), err, "write the text as \"...\"@ko",
                          "this datatype needs a language tag");
  }
  return KGQ_OK;
}

/* RDFLiteral ::= String (LANG_DIR | ('^^' iri))? */
static kgq_status rdf_literal(kg_turtle *t, kg_term *out, kgq_error **err) {
  *out = (kg_term){ .kind = KG_TERM_LITERAL };
  KGQ_TRY(kg_turtle_string(t, true, &out->text, err));
  KGQ_TRY(kg_turtle_space(t, err));
  if (kg_turtle_byte(t) == '@') {
    return language(t, out, err);
  }
  if (kg_turtle_byte(t) != '^') {
    return KGQ_OK;
  }
  KGQ_TRY(kg_turtle_need(t, 2, err));
  return datatype(t, out, err);
}

/* NumericLiteral ::= INTEGER | DECIMAL | DOUBLE */
static kgq_status numeric_literal(kg_turtle *t, kg_term *out, kgq_error **err) {
  kg_lex_result token;
  bool again = false;
  *out = (kg_term){ .kind = KG_TERM_LITERAL };
  do {
    token = kg_lex_number(kg_turtle_rest(t), true, &out->datatype);
    KGQ_TRY(kg_turtle_again(t, &token, &again, err));
  } while (again);
  if (!token.bytes) {
    return kg_turtle_refuse(t, &token, err);
  }
  KGQ_TRY(keep(t, token.value, &out->text, err));
  t->in->at += token.bytes;
  return KGQ_OK;
}

/* literal ::= RDFLiteral | NumericLiteral | BooleanLiteral; booleans come through kg_turtle_name. */
kgq_status kg_turtle_literal(kg_turtle *t, kg_term *out, kgq_error **err) {
  const char first = kg_turtle_byte(t);
  return first == '"' || first == '\'' ? rdf_literal(t, out, err) : numeric_literal(t, out, err);
}

/* ---- statements from terms ---------------------------------------------------------------------- */

kgq_status kg_turtle_emit(kg_turtle *t, const kg_term *s, const kg_term *p, const kg_term *o,
                          kgq_error **err) {
  return t->sink->quad(t->sink->arg, s, p, o, &t->graph, err);
}

kgq_status kg_turtle_emit_reifies(kg_turtle *t, const kg_term *reifier, const kg_term triple[3],
                                  kgq_error **err) {
  const kg_term reifies = kg_term_iri(KG_STR(KG_RDF_REIFIES));
  const kg_term object = { .kind = KG_TERM_TRIPLE, .triple = triple };
  return kg_turtle_emit(t, reifier, &reifies, &object, err);
}

/* ---- triple terms and reified triples ----------------------------------------------------------- */

/* What a triple may hold inside <<( )>> and << >>: which brackets are allowed differs, the rest is one.
 *   ttSubject ::= iri | BlankNode             rtSubject ::= iri | BlankNode | reifiedTriple
 *   ttObject  ::= iri | BlankNode | literal | tripleTerm
 *   rtObject  ::= iri | BlankNode | literal | tripleTerm | reifiedTriple */
static kgq_status part(kg_turtle *t, bool is_object, bool reified, kg_term *out, kgq_error **err) {
  KGQ_TRY(kg_turtle_space(t, err));
  KGQ_TRY(kg_turtle_need(t, 3, err));
  const char first = kg_turtle_byte(t);
  if (is_object && kg_turtle_at(t, KG_STR("<<("))) {
    return kg_turtle_triple_term(t, out, err);
  }
  if (kg_turtle_at(t, KG_STR("<<"))) {
    return reified ? kg_turtle_reified_triple(t, out, err)
                   : kg_turtle_fail(t, t->in->at, err, NULL,
                                    is_object ? "a reified triple may not stand inside a triple term"
                                              : "the subject of a triple term is an IRI or a blank node");
  }
  if (first == '_' || first == '[') {
    return blank_node(t, out, err);
  }
  if (first == '<') {
    return kg_turtle_iri(t, out, err);
  }
  if (first == ':' || kg_byte_is(first, KG_BYTE_LETTER) || (unsigned char)first >= 0x80) {
    return kg_turtle_name(t, is_object, out, err);
  }
  const bool literal = first && strchr("\"'+-.0123456789", first);
  if (is_object && literal) {
    return kg_turtle_literal(t, out, err);
  }
  return kg_turtle_fail(t, t->in->at, err, NULL, "a %s is missing here", is_object ? "term" : "subject");
}

/* subject verb object on the stack, as an array of three. */
static kgq_status parts(kg_turtle *t, bool reified, kg_term **out, kgq_error **err) {
  kg_term *three = kg_text_stack_take(&t->stack, 3 * sizeof *three);
  if (!three) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(part(t, false, reified, &three[0], err));
  KGQ_TRY(kg_turtle_space(t, err));
  KGQ_TRY(kg_turtle_verb(t, &three[1], err));
  KGQ_TRY(part(t, true, reified, &three[2], err));
  KGQ_TRY(kg_turtle_space(t, err));
  *out = three;
  return KGQ_OK;
}

/* tripleTerm ::= '<<(' ttSubject verb ttObject ')>>' */
kgq_status kg_turtle_triple_term(kg_turtle *t, kg_term *out, kgq_error **err) {
  KGQ_TRY(kg_turtle_deeper(t, err));
  t->in->at += 3;
  kg_term *three = NULL;
  KGQ_TRY(parts(t, false, &three, err));
  KGQ_TRY(kg_turtle_need(t, 3, err));
  if (!kg_turtle_at(t, KG_STR(")>>"))) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "a triple term ends with )>>");
  }
  t->in->at += 3;
  t->depth--;
  *out = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = three };
  return KGQ_OK;
}

/* reifier ::= '~' (iri | BlankNode)? */
kgq_status kg_turtle_reifier(kg_turtle *t, kg_term *out, kgq_error **err) {
  t->in->at++;
  KGQ_TRY(kg_turtle_space(t, err));
  const char first = kg_turtle_byte(t);
  if (first == '_' || first == '[') {
    return blank_node(t, out, err);
  }
  const bool name = first == ':' || kg_byte_is(first, KG_BYTE_LETTER) || (unsigned char)first >= 0x80;
  return first == '<' || name ? kg_turtle_iri(t, out, err) : kg_turtle_anonymous(t, out, err);
}

/* reifiedTriple ::= '<<' rtSubject verb rtObject reifier? '>>' */
kgq_status kg_turtle_reified_triple(kg_turtle *t, kg_term *out, kgq_error **err) {
  KGQ_TRY(kg_turtle_deeper(t, err));
  t->in->at += 2;
  kg_term *three = NULL;
  KGQ_TRY(parts(t, true, &three, err));
  KGQ_TRY(kg_turtle_byte(t) == '~' ? kg_turtle_reifier(t, out, err) : kg_turtle_anonymous(t, out, err));
  KGQ_TRY(kg_turtle_space(t, err));
  KGQ_TRY(kg_turtle_need(t, 2, err));
  if (!kg_turtle_at(t, KG_STR(">>"))) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "a reified triple ends with >>");
  }
  t->in->at += 2;
  t->depth--;
  return kg_turtle_emit_reifies(t, out, three, err);
}
