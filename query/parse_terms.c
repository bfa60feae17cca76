/* query/parse_terms.c: variables, IRIs and literals of SPARQL, and the nodes made of them.
 *
 * Prefixed names are put together with the prefixes of the text, else with those of the database; relative
 * IRIs are resolved against the base. Collections, blank nodes and triple terms belong to parse_triples.c.
 */
#include "graph/iri.h"
#include "query/parse_internal.h"

/* ---- nodes -------------------------------------------------------------------------------------- */

kg_node kg_node_of_var(kg_var var, size_t offset) {
  return (kg_node){ .kind = KG_NODE_VAR, .var = var, .offset = offset };
}

kg_node kg_node_of_term(kg_term term, size_t offset) {
  return (kg_node){ .kind = KG_NODE_TERM, .var = KG_NO_VAR, .term = term, .offset = offset };
}

static kgq_status ground_triple(kg_parser *p, const kg_node parts[3], kg_term *out) {
  kg_term *terms = kg_arena_alloc(&p->ast->arena, 3 * sizeof *terms);
  KG_NEED(p, terms);
  for (int i = 0; i < 3; i++) {
    terms[i] = parts[i].term;
  }
  *out = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = terms };
  return KGQ_OK;
}

kgq_status kg_node_of_triple(kg_parser *p, const kg_node parts[3], size_t offset, kg_node *out) {
  bool ground = true;
  for (int i = 0; i < 3; i++) {
    ground = ground && parts[i].kind == KG_NODE_TERM;
  }
  if (ground) {
    *out = kg_node_of_term((kg_term){ .kind = KG_TERM_NONE }, offset);
    return ground_triple(p, parts, &out->term);
  }
  kg_node *copy = kg_arena_alloc(&p->ast->arena, 3 * sizeof *copy);
  KG_NEED(p, copy);
  memcpy(copy, parts, 3 * sizeof *copy);
  *out = (kg_node){ .kind = KG_NODE_TRIPLE, .var = KG_NO_VAR, .triple = copy, .offset = offset };
  return KGQ_OK;
}

kgq_status kg_node_as_template(kg_parser *p, const kg_node *in, kg_node *out) {
  *out = *in;
  if (in->kind == KG_NODE_VAR && p->ast->vars[in->var].hidden) {
    *out = kg_node_of_term(kg_term_bnode(p->ast->vars[in->var].name), in->offset);
  }
  if (in->kind != KG_NODE_TRIPLE) {
    return KGQ_OK;
  }
  kg_node parts[3];
  KGQ_TRY(kg_enter(p));
  for (int i = 0; i < 3; i++) {
    KGQ_TRY(kg_node_as_template(p, &in->triple[i], &parts[i]));
  }
  kg_leave(p);
  return kg_node_of_triple(p, parts, in->offset, out);
}

/* ---- variables ---------------------------------------------------------------------------------- */

kgq_status kg_parse_Var(kg_parser *p, kg_var *out) {
  if (!kg_at(p, KG_TOK_VAR)) {
    return kg_unexpected(p, "a variable");
  }
  KGQ_TRY(kg_var_named(p, p->token.text, false, p->token.offset, out));
  return kg_advance(p);
}

/* ---- IRIs --------------------------------------------------------------------------------------- */

bool kg_at_iri(const kg_parser *p) {
  return kg_at(p, KG_TOK_IRI) || kg_at(p, KG_TOK_PNAME);
}

kgq_status kg_resolve_reference(kg_parser *p, kgq_str reference, size_t offset, kgq_str *out) {
  size_t where = 0;
  *out = reference;
  if (reference.len > KG_LIMIT_IRI_BYTES) {
    return kg_syntax_at(p, offset, "an IRI has at most %u bytes", KG_LIMIT_IRI_BYTES);
  }
  if (kg_iri_check_absolute(reference, &where) == NULL) {
    return KGQ_OK;
  }
  if (p->ast->base.len > 0) {
    kg_buf *scratch = &p->lexer.scratch;
    scratch->len = 0;
    KGQ_TRY(kg_iri_resolve(p->ast->base, reference, scratch, p->err));
    return kg_arena_copy(&p->ast->arena, kg_buf_str(scratch), out, p->err);
  }
  if (!p->options->strict_base && !p->absolute) {
    return KGQ_OK;
  }
  const kgq_status st =
      kg_syntax_at(p, offset, "<%.*s> is a relative IRI and there is no base", KG_ARG(reference));
  kg_hint(p->err, "write the whole IRI, or BASE <...> first");
  return st;
}

/* Prefixes that people leave undeclared because everybody knows them. */
static const char *well_known(kgq_str name) {
  static const char *const pairs[][2] = {
    { "foaf", "http://xmlns.com/foaf/0.1/" },
    { "dc", "http://purl.org/dc/elements/1.1/" },
    { "owl", "http://www.w3.org/2002/07/owl#" },
    { "wdt", "http://www.wikidata.org/prop/direct/" },
    { "dbo", "http://dbpedia.org/ontology/" },
    { "dbr", "http://dbpedia.org/resource/" },
    { "geo", "http://www.opengis.net/ont/geosparql#" },
    { "vcard", "http://www.w3.org/2006/vcard/ns#" },
    { "fn", KG_NS_FN },
    { "sh", "http://www.w3.org/ns/shacl#" },
  };
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    if (kg_str_equal(name, kg_str(pairs[i][0]))) {
      return pairs[i][1];
    }
  }
  return NULL;
}

static kgq_status unknown_prefix(kg_parser *p, kgq_str name) {
  const kgq_status st = kg_syntax_at(p, p->token.offset, "no prefix is called %.*s:", KG_ARG(name));
  const char *iri = well_known(name);
  if (iri) {
    kg_hint(p->err, "write PREFIX %.*s: <%s> first", KG_ARG(name), iri);
  } else {
    kg_hint(p->err, "declare it first: PREFIX %.*s: <...>", KG_ARG(name));
  }
  return st;
}

/* The namespace of a prefix: that of the text, else that of the database. */
static kgq_status find_prefix(kg_parser *p, kgq_str name, kgq_str *out) {
  const uint64_t *known = kg_map_find(&p->prefixes, name);
  if (known) {
    *out = ((const kg_prefix_decl *)(uintptr_t)*known)->iri;
    return KGQ_OK;
  }
  bool found = false;
  KGQ_TRY(p->resolver->prefix(p->resolver->arg, name, &p->ast->arena, out, &found, p->err));
  return found ? kg_declare_prefix(p, name, *out, false) : unknown_prefix(p, name);
}

/* [145] PrefixedName ::= PNAME_LN | PNAME_NS */
static kgq_status parse_PrefixedName(kg_parser *p, kgq_str *out) {
  kgq_str space;
  KGQ_TRY(find_prefix(p, p->token.prefix, &space));
  char *joined = kg_arena_alloc(&p->ast->arena, space.len + p->token.text.len + 1);
  KG_NEED(p, joined);
  memcpy(joined, space.ptr, space.len);
  if (p->token.text.len) {
    memcpy(joined + space.len, p->token.text.ptr, p->token.text.len);
  }
  joined[space.len + p->token.text.len] = '\0';
  *out = kg_str_n(joined, space.len + p->token.text.len);
  return kg_advance(p);
}

/* [144] iri ::= IRIREF | PrefixedName */
kgq_status kg_parse_iri(kg_parser *p, kgq_str *out) {
  if (kg_at(p, KG_TOK_PNAME)) {
    return parse_PrefixedName(p, out);
  }
  if (!kg_at(p, KG_TOK_IRI)) {
    return kg_unexpected(p, "an IRI");
  }
  KGQ_TRY(kg_resolve_reference(p, p->token.text, p->token.offset, out));
  return kg_advance(p);
}

/* [118] VarOrIri ::= Var | iri */
kgq_status kg_parse_VarOrIri(kg_parser *p, kg_node *out) {
  const size_t offset = p->token.offset;
  if (kg_at(p, KG_TOK_VAR)) {
    *out = kg_node_of_var(0, offset);
    return kg_parse_Var(p, &out->var);
  }
  if (!kg_at_iri(p)) {
    return kg_unexpected(p, "a variable or an IRI");
  }
  kgq_str iri;
  KGQ_TRY(kg_parse_iri(p, &iri));
  *out = kg_node_of_iri(iri, offset);
  return KGQ_OK;
}

/* ---- literals ----------------------------------------------------------------------------------- */

bool kg_at_literal(const kg_parser *p) {
  return kg_at(p, KG_TOK_STRING) || kg_at(p, KG_TOK_NUMBER) || kg_at_word(p, "true") ||
         kg_at_word(p, "false");
}

/* [137] RDFLiteral ::= String ( LANG_DIR | ( '^^' iri ) )? */
static kgq_status parse_RDFLiteral(kg_parser *p, kg_term *out) {
  *out = kg_term_string(p->token.text);
  KGQ_TRY(kg_advance(p));
  if (kg_at(p, KG_TOK_LANG)) {
    out->lang = p->token.text;
    out->direction = p->token.direction;
    return kg_advance(p);
  }
  if (kg_at(p, KG_TOK_DATATYPE)) {
    kgq_str datatype;
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(kg_parse_iri(p, &datatype));
    *out = kg_term_typed(out->text, datatype);
  }
  return KGQ_OK;
}

/* [142] BooleanLiteral ::= 'true' | 'false' */
static kgq_status parse_BooleanLiteral(kg_parser *p, kg_term *out) {
  const kgq_str text = kg_at_word(p, "true") ? KG_STR("true") : KG_STR("false");
  *out = kg_term_typed(text, KG_STR(KG_XSD_BOOLEAN));
  return kg_advance(p);
}

kgq_status kg_parse_literal(kg_parser *p, kg_term *out) {
  if (kg_at(p, KG_TOK_STRING)) {
    return parse_RDFLiteral(p, out);
  }
  if (kg_at(p, KG_TOK_NUMBER)) {
    *out = kg_term_typed(p->token.text, p->token.datatype);
    return kg_advance(p);
  }
  if (kg_at_literal(p)) {
    return parse_BooleanLiteral(p, out);
  }
  return kg_unexpected(p, "a literal");
}
