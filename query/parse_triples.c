/* query/parse_triples.c: triples of SPARQL 1.2, productions [52] to [93]: subjects, property lists,
 * collections, blank nodes, reified triples, annotations, triple terms.
 *
 * The same productions serve WHERE (patterns, with paths, blank nodes as hidden variables), templates and
 * data (quads); kg_triples says which, and what is allowed there. Sugar is gone when this file is done: a
 * reifier is a triple with rdf:reifies and a triple term, a collection its cells.
 */
#include "query/parse_internal.h"

static kgq_status parse_GraphNode(kg_parser *p, kg_triples *to, kg_node *out);
static kgq_status parse_PropertyListNotEmpty(kg_parser *p, kg_triples *to, const kg_node *subject);
static kgq_status parse_ReifiedTriple(kg_parser *p, kg_triples *to, kg_node *out);
static kgq_status parse_TripleTerm(kg_parser *p, kg_triples *to, kg_node *out);

/* ---- what comes out ----------------------------------------------------------------------------- */

static kgq_status new_pattern(kg_parser *p, kg_triples *to, kg_pattern_kind kind, kg_pattern **out) {
  if (++p->pattern_count > KG_LIMIT_TRIPLE_PATTERNS) {
    return kg_fail(p->err, KGQ_LIMIT, "a query has at most %d triple patterns", KG_LIMIT_TRIPLE_PATTERNS);
  }
  kg_pattern *pattern = KG_NEW(p, kg_pattern);
  KG_NEED(p, pattern);
  pattern->kind = kind;
  pattern->var = KG_NO_VAR;
  pattern->block = p->block;
  *to->pattern_end = pattern;
  to->pattern_end = &pattern->next;
  *out = pattern;
  return KGQ_OK;
}

static bool is_plain_text(const kg_node *n) {
  return n->kind == KG_NODE_TERM && n->term.kind == KG_TERM_LITERAL && n->term.datatype.len == 0;
}

static kgq_status emit_pattern(kg_parser *p, kg_triples *to, const kg_node *s, const kg_node *v,
                               const kg_node *o) {
  const bool matches = v->kind == KG_NODE_TERM && kg_str_equal(v->term.text, KG_STR(KG_NS_KGQ "matches"));
  kg_pattern *pattern = NULL;
  if (matches && !is_plain_text(o)) {
    return kg_syntax_at(p, o->offset, "kgq:matches takes a text in quotes as its object");
  }
  KGQ_TRY(new_pattern(p, to, matches ? KG_PATTERN_MATCHES : KG_PATTERN_TRIPLE, &pattern));
  pattern->subject = *s;
  pattern->predicate = *v;
  pattern->object = *o;
  pattern->offset = s->offset;
  return KGQ_OK;
}

static bool is_literal_or_triple(const kg_node *n) {
  return n->kind == KG_NODE_TRIPLE ||
         (n->kind == KG_NODE_TERM && (n->term.kind == KG_TERM_LITERAL || n->term.kind == KG_TERM_TRIPLE));
}

static kgq_status emit(kg_parser *p, kg_triples *to, const kg_node *s, const kg_node *v, const kg_node *o) {
  if (to->pattern_end) {
    return emit_pattern(p, to, s, v, o);
  }
  if (to->data && is_literal_or_triple(s)) {
    return kg_syntax_at(p, s->offset, "a literal or triple term cannot be a subject of stored triples");
  }
  kg_quad_template *quad = KG_NEW(p, kg_quad_template);
  KG_NEED(p, quad);
  quad->subject = *s;
  quad->predicate = *v;
  quad->object = *o;
  quad->graph = to->graph;
  quad->has_graph = to->has_graph;
  *to->quad_end = quad;
  to->quad_end = &quad->next;
  return KGQ_OK;
}

static kgq_status emit_path(kg_parser *p, kg_triples *to, const kg_node *s, kg_path *path, const kg_node *o) {
  kg_pattern *pattern = NULL;
  KGQ_TRY(new_pattern(p, to, KG_PATTERN_PATH, &pattern));
  pattern->subject = *s;
  pattern->path = path;
  pattern->object = *o;
  pattern->offset = s->offset;
  return KGQ_OK;
}

/* reifier rdf:reifies <<( s v o )>> */
static kgq_status emit_reifies(kg_parser *p, kg_triples *to, const kg_node *reifier,
                               const kg_node triple[3]) {
  kg_node term;
  const kg_node reifies = kg_node_of_iri(KG_STR(KG_RDF_REIFIES), reifier->offset);
  if (to->data && is_literal_or_triple(&triple[0])) {
    return kg_syntax_at(p, triple[0].offset,
                        "a literal or triple term cannot be a subject of stored triples");
  }
  KGQ_TRY(kg_node_of_triple(p, triple, triple[0].offset, &term));
  return emit(p, to, reifier, &reifies, &term);
}

/* ---- blank nodes -------------------------------------------------------------------------------- */

static kgq_status refuse_bnode(kg_parser *p, const kg_triples *to) {
  return kg_syntax_at(p, p->token.offset, "a blank node cannot stand in %s", to->what);
}

static kgq_status fresh_node(kg_parser *p, const kg_triples *to, size_t offset, kg_node *out) {
  if (!to->bnodes) {
    return refuse_bnode(p, to);
  }
  if (to->pattern_end) {
    *out = kg_node_of_var(0, offset);
    return kg_var_fresh(p, &out->var);
  }
  kgq_str label;
  KGQ_TRY(kg_fresh_label(p, &label));
  *out = kg_node_of_term(kg_term_bnode(label), offset);
  return KGQ_OK;
}

/* SPARQL 5.1.1: one label belongs to one basic graph pattern; Update 3.1.1: and to one INSERT DATA. */
static kgq_status check_label(kg_parser *p, kg_map *labels, uint64_t here, const char *where) {
  uint64_t *seen = NULL;
  bool added = false;
  KGQ_TRY(kg_map_put(labels, p->token.text, &seen, &added, NULL, p->err));
  if (!added && *seen != here) {
    return kg_syntax_at(p, p->token.offset, "blank node _:%.*s was used in another %s; use a variable",
                        KG_ARG(p->token.text), where);
  }
  *seen = here;
  return KGQ_OK;
}

static kgq_status labelled_node(kg_parser *p, const kg_triples *to, kg_node *out) {
  if (to->pattern_end) {
    kgq_str name;
    KGQ_TRY(check_label(p, &p->labels, p->block, "basic graph pattern"));
    KGQ_TRY(
        kg_arena_print(&p->ast->arena, &name, p->err, ".:%.*s", (int)p->token.text.len, p->token.text.ptr));
    *out = kg_node_of_var(0, p->token.offset);
    return kg_var_named(p, name, true, p->token.offset, &out->var);
  }
  if (to->data) {
    KGQ_TRY(check_label(p, &p->data_labels, p->operation, to->what));
  }
  *out = kg_node_of_term(kg_term_bnode(p->token.text), p->token.offset);
  return KGQ_OK;
}

static bool at_bnode(const kg_parser *p) {
  return kg_at(p, KG_TOK_BNODE) || kg_at(p, KG_TOK_ANON);
}

/* [146] BlankNode ::= BLANK_NODE_LABEL | ANON */
static kgq_status parse_BlankNode(kg_parser *p, const kg_triples *to, kg_node *out) {
  if (!to->bnodes) {
    return refuse_bnode(p, to);
  }
  if (kg_at(p, KG_TOK_ANON)) {
    KGQ_TRY(fresh_node(p, to, p->token.offset, out));
  } else {
    KGQ_TRY(labelled_node(p, to, out));
  }
  return kg_advance(p);
}

/* ---- terms -------------------------------------------------------------------------------------- */

static bool at_a(const kg_parser *p) {
  return kg_at(p, KG_TOK_WORD) && kg_str_equal(p->token.text, KG_STR("a")); /* the one keyword with a case */
}

static kgq_status parse_variable(kg_parser *p, const kg_triples *to, kg_node *out) {
  if (!to->variables) {
    return kg_syntax_at(p, p->token.offset, "a variable cannot stand in %s", to->what);
  }
  *out = kg_node_of_var(0, p->token.offset);
  return kg_parse_Var(p, &out->var);
}

static kgq_status parse_literal_node(kg_parser *p, kg_node *out) {
  *out = kg_node_of_term((kg_term){ .kind = KG_TERM_NONE }, p->token.offset);
  return kg_parse_literal(p, &out->term);
}

static kgq_status parse_iri_node(kg_parser *p, kg_node *out) {
  const size_t offset = p->token.offset;
  kgq_str iri;
  KGQ_TRY(kg_parse_iri(p, &iri));
  *out = kg_node_of_iri(iri, offset);
  return KGQ_OK;
}

/* [114] VarOrTerm ::= Var | iri | RDFLiteral | NumericLiteral | BooleanLiteral | BlankNode | NIL |
 * TripleTerm; without NIL it is also what may stand inside triple terms. */
static kgq_status parse_VarOrTerm(kg_parser *p, kg_triples *to, bool nil_allowed, kg_node *out) {
  if (kg_at(p, KG_TOK_VAR)) {
    return parse_variable(p, to, out);
  }
  if (kg_at_iri(p)) {
    return parse_iri_node(p, out);
  }
  if (kg_at_literal(p)) {
    return parse_literal_node(p, out);
  }
  if (at_bnode(p)) {
    return parse_BlankNode(p, to, out);
  }
  if (kg_at(p, KG_TOK_TRIPLE_OPEN)) {
    return parse_TripleTerm(p, to, out);
  }
  if (nil_allowed && kg_at(p, KG_TOK_NIL)) {
    *out = kg_node_of_iri(KG_STR(KG_RDF_NIL), p->token.offset);
    return kg_advance(p);
  }
  return kg_unexpected(p, "a variable or a term");
}

/* [78] Verb ::= VarOrIri | 'a' */
static kgq_status parse_Verb(kg_parser *p, const kg_triples *to, kg_node *out) {
  if (at_a(p)) {
    *out = kg_node_of_iri(KG_STR(KG_RDF_TYPE), p->token.offset);
    return kg_advance(p);
  }
  if (kg_at(p, KG_TOK_VAR)) {
    return parse_variable(p, to, out);
  }
  if (kg_at_iri(p)) {
    return parse_iri_node(p, out);
  }
  return kg_unexpected(p, "a predicate");
}

/* TripleTerm ::= '<<(' TripleTermSubject Verb TripleTermObject ')>>' */
static kgq_status parse_TripleTerm(kg_parser *p, kg_triples *to, kg_node *out) {
  const size_t offset = p->token.offset;
  kg_node parts[3];
  KGQ_TRY(kg_enter(p));
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(parse_VarOrTerm(p, to, false, &parts[0]));
  KGQ_TRY(parse_Verb(p, to, &parts[1]));
  KGQ_TRY(parse_VarOrTerm(p, to, false, &parts[2]));
  KGQ_TRY(kg_expect(p, KG_TOK_TRIPLE_CLOSE));
  if (to->data && is_literal_or_triple(&parts[0])) {
    return kg_syntax_at(p, parts[0].offset, "a literal or triple term cannot be a subject of stored triples");
  }
  kg_leave(p);
  return kg_node_of_triple(p, parts, offset, out);
}

/* TripleTermDataObject ::= iri | RDFLiteral | NumericLiteral | BooleanLiteral | TripleTermData */
static kgq_status parse_data_object(kg_parser *p, kg_node *out) {
  if (kg_at(p, KG_TOK_TRIPLE_OPEN)) {
    return kg_parse_TripleTermData(p, out);
  }
  return kg_at_iri(p) ? parse_iri_node(p, out) : parse_literal_node(p, out);
}

/* TripleTermData ::= '<<(' TripleTermDataSubject ( iri | 'a' ) TripleTermDataObject ')>>', the subject an IRI
 */
kgq_status kg_parse_TripleTermData(kg_parser *p, kg_node *out) {
  const kg_triples ground = { .what = "a triple term of VALUES" };
  const size_t offset = p->token.offset;
  kg_node parts[3];
  KGQ_TRY(kg_enter(p));
  KGQ_TRY(kg_expect(p, KG_TOK_TRIPLE_OPEN));
  KGQ_TRY(parse_iri_node(p, &parts[0]));
  KGQ_TRY(parse_Verb(p, &ground, &parts[1]));
  KGQ_TRY(parse_data_object(p, &parts[2]));
  KGQ_TRY(kg_expect(p, KG_TOK_TRIPLE_CLOSE));
  kg_leave(p);
  return kg_node_of_triple(p, parts, offset, out);
}

/* ---- reifiers and annotations ------------------------------------------------------------------- */

/* [71] Reifier ::= '~' VarOrReifierId?   [70] VarOrReifierId ::= Var | iri | BlankNode */
static kgq_status parse_Reifier(kg_parser *p, kg_triples *to, kg_node *out) {
  const size_t offset = p->token.offset;
  KGQ_TRY(kg_expect(p, KG_TOK_TILDE));
  if (kg_at(p, KG_TOK_VAR) || kg_at_iri(p) || at_bnode(p)) {
    return parse_VarOrTerm(p, to, false, out);
  }
  return fresh_node(p, to, offset, out);
}

/* ReifiedTripleSubject, ReifiedTripleObject ::= Var | iri | literals | BlankNode | ReifiedTriple | TripleTerm
 */
static kgq_status parse_reified_part(kg_parser *p, kg_triples *to, kg_node *out) {
  return kg_at(p, KG_TOK_REIFIED_OPEN) ? parse_ReifiedTriple(p, to, out) : parse_VarOrTerm(p, to, false, out);
}

/* ReifiedTriple ::= '<<' ReifiedTripleSubject Verb ReifiedTripleObject Reifier? '>>'. Its value is the
 * reifier. */
static kgq_status parse_ReifiedTriple(kg_parser *p, kg_triples *to, kg_node *out) {
  const size_t offset = p->token.offset;
  kg_node parts[3];
  KGQ_TRY(kg_enter(p));
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(parse_reified_part(p, to, &parts[0]));
  KGQ_TRY(parse_Verb(p, to, &parts[1]));
  KGQ_TRY(parse_reified_part(p, to, &parts[2]));
  if (kg_at(p, KG_TOK_TILDE)) {
    KGQ_TRY(parse_Reifier(p, to, out));
  } else {
    KGQ_TRY(fresh_node(p, to, offset, out));
  }
  KGQ_TRY(kg_expect(p, KG_TOK_REIFIED_CLOSE));
  kg_leave(p);
  return emit_reifies(p, to, out, parts);
}

/* AnnotationBlock ::= '{|' PropertyListNotEmpty '|}' */
static kgq_status parse_AnnotationBlock(kg_parser *p, kg_triples *to, const kg_node *reifier) {
  KGQ_TRY(kg_enter(p));
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(parse_PropertyListNotEmpty(p, to, reifier));
  kg_leave(p);
  return kg_expect(p, KG_TOK_ANNOTATION_CLOSE);
}

/* [109] Annotation ::= ( Reifier | AnnotationBlock )*. A block is about the reifier just before it, else a
 * new one. */
static kgq_status parse_Annotation(kg_parser *p, kg_triples *to, const kg_node triple[3]) {
  bool named = false;
  kg_node reifier = triple[0];
  for (;;) {
    if (kg_at(p, KG_TOK_TILDE)) {
      KGQ_TRY(parse_Reifier(p, to, &reifier));
      KGQ_TRY(emit_reifies(p, to, &reifier, triple));
      named = true;
    } else if (kg_at(p, KG_TOK_ANNOTATION_OPEN)) {
      if (!named) {
        KGQ_TRY(fresh_node(p, to, p->token.offset, &reifier));
        KGQ_TRY(emit_reifies(p, to, &reifier, triple));
      }
      KGQ_TRY(parse_AnnotationBlock(p, to, &reifier));
      named = false;
    } else {
      return KGQ_OK;
    }
  }
}

/* ---- property lists ----------------------------------------------------------------------------- */

typedef struct kg_verb { /* a path, or a node */
  kg_path *path;
  kg_node node;
} kg_verb;

/* [84] VerbPath ::= Path   [85] VerbSimple ::= Var;  without paths [78] Verb */
static kgq_status parse_verb(kg_parser *p, const kg_triples *to, kg_verb *out) {
  const size_t offset = p->token.offset;
  *out = (kg_verb){ .path = NULL };
  if (!to->paths || kg_at(p, KG_TOK_VAR)) {
    return parse_Verb(p, to, &out->node);
  }
  if (!kg_at_path(p)) {
    return kg_unexpected(p, "a predicate");
  }
  KGQ_TRY(kg_parse_Path(p, &out->path));
  if (out->path->kind == KG_PATH_LINK) {
    out->node = kg_node_of_iri(out->path->iri, offset);
    out->path = NULL;
  }
  return KGQ_OK;
}

/* [80] Object ::= GraphNode Annotation */
static kgq_status parse_Object(kg_parser *p, kg_triples *to, const kg_node *subject, const kg_verb *verb) {
  kg_node object;
  KGQ_TRY(parse_GraphNode(p, to, &object));
  if (!verb->path) {
    const kg_node triple[3] = { *subject, verb->node, object };
    KGQ_TRY(emit(p, to, subject, &verb->node, &object));
    return parse_Annotation(p, to, triple);
  }
  if (kg_at(p, KG_TOK_TILDE) || kg_at(p, KG_TOK_ANNOTATION_OPEN)) {
    return kg_syntax_at(p, p->token.offset,
                        "a path has no single statement that something could be said about");
  }
  return emit_path(p, to, subject, verb->path, &object);
}

/* [79] ObjectList ::= Object ( ',' Object )* */
static kgq_status parse_ObjectList(kg_parser *p, kg_triples *to, const kg_node *subject,
                                   const kg_verb *verb) {
  KGQ_TRY(parse_Object(p, to, subject, verb));
  while (kg_at(p, KG_TOK_COMMA)) {
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(parse_Object(p, to, subject, verb));
  }
  return KGQ_OK;
}

static bool at_verb(const kg_parser *p, const kg_triples *to) {
  return kg_at(p, KG_TOK_VAR) || (to->paths ? kg_at_path(p) : kg_at_iri(p) || at_a(p));
}

/* [77] PropertyListNotEmpty ::= Verb ObjectList ( ';' ( Verb ObjectList )? )*   (and [83] with paths) */
static kgq_status parse_PropertyListNotEmpty(kg_parser *p, kg_triples *to, const kg_node *subject) {
  kg_verb verb;
  KGQ_TRY(parse_verb(p, to, &verb));
  KGQ_TRY(parse_ObjectList(p, to, subject, &verb));
  while (kg_at(p, KG_TOK_SEMICOLON)) {
    KGQ_TRY(kg_advance(p));
    if (at_verb(p, to)) {
      KGQ_TRY(parse_verb(p, to, &verb));
      KGQ_TRY(parse_ObjectList(p, to, subject, &verb));
    }
  }
  return KGQ_OK;
}

/* [103] BlankNodePropertyList ::= '[' PropertyListNotEmpty ']' */
static kgq_status parse_BlankNodePropertyList(kg_parser *p, kg_triples *to, kg_node *out) {
  KGQ_TRY(fresh_node(p, to, p->token.offset, out));
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(parse_PropertyListNotEmpty(p, to, out));
  return kg_expect(p, KG_TOK_RBRACKET);
}

/* [106] Collection ::= '(' GraphNode+ ')'. Its value is the first cell. */
static kgq_status parse_Collection(kg_parser *p, kg_triples *to, kg_node *out) {
  const size_t offset = p->token.offset;
  const kg_node first = kg_node_of_iri(KG_STR(KG_RDF_FIRST), offset);
  const kg_node rest = kg_node_of_iri(KG_STR(KG_RDF_REST), offset);
  const kg_node nil = kg_node_of_iri(KG_STR(KG_RDF_NIL), offset);
  kg_node cell;
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(fresh_node(p, to, offset, &cell));
  *out = cell;
  for (;;) {
    kg_node member;
    kg_node following;
    KGQ_TRY(parse_GraphNode(p, to, &member));
    KGQ_TRY(emit(p, to, &cell, &first, &member));
    if (kg_at(p, KG_TOK_RPAREN)) {
      KGQ_TRY(emit(p, to, &cell, &rest, &nil));
      return kg_advance(p);
    }
    KGQ_TRY(fresh_node(p, to, p->token.offset, &following));
    KGQ_TRY(emit(p, to, &cell, &rest, &following));
    cell = following;
  }
}

/* [102] TriplesNode ::= Collection | BlankNodePropertyList;  and ReifiedTriple, which likewise brings its own
 * triples */
static kgq_status parse_TriplesNode(kg_parser *p, kg_triples *to, kg_node *out) {
  KGQ_TRY(kg_enter(p));
  if (kg_at(p, KG_TOK_LPAREN)) {
    KGQ_TRY(parse_Collection(p, to, out));
  } else if (kg_at(p, KG_TOK_LBRACKET)) {
    KGQ_TRY(parse_BlankNodePropertyList(p, to, out));
  } else {
    KGQ_TRY(parse_ReifiedTriple(p, to, out));
  }
  kg_leave(p);
  return KGQ_OK;
}

static bool at_triples_node(const kg_parser *p) {
  return kg_at(p, KG_TOK_LPAREN) || kg_at(p, KG_TOK_LBRACKET) || kg_at(p, KG_TOK_REIFIED_OPEN);
}

/* [111] GraphNode ::= VarOrTerm | TriplesNode | ReifiedTriple */
static kgq_status parse_GraphNode(kg_parser *p, kg_triples *to, kg_node *out) {
  return at_triples_node(p) ? parse_TriplesNode(p, to, out) : parse_VarOrTerm(p, to, true, out);
}

bool kg_at_triples(const kg_parser *p) {
  return at_triples_node(p) || kg_at(p, KG_TOK_VAR) || kg_at_iri(p) || kg_at_literal(p) || at_bnode(p) ||
         kg_at(p, KG_TOK_NIL) || kg_at(p, KG_TOK_TRIPLE_OPEN);
}

/* [75] TriplesSameSubject ::= VarOrTerm PropertyListNotEmpty | TriplesNode PropertyList | ReifiedTripleBlock
 */
static kgq_status parse_TriplesSameSubject(kg_parser *p, kg_triples *to) {
  kg_node subject;
  if (!at_triples_node(p)) {
    KGQ_TRY(parse_VarOrTerm(p, to, true, &subject));
    return parse_PropertyListNotEmpty(p, to, &subject);
  }
  KGQ_TRY(parse_TriplesNode(p, to, &subject));
  return at_verb(p, to) ? parse_PropertyListNotEmpty(p, to, &subject) : KGQ_OK;
}

/* [55] TriplesBlock ::= TriplesSameSubjectPath ( '.' TriplesBlock? )?   [52] TriplesTemplate: the same
 * without paths */
kgq_status kg_parse_triples(kg_parser *p, kg_triples *to) {
  KGQ_TRY(parse_TriplesSameSubject(p, to));
  while (kg_at(p, KG_TOK_DOT)) {
    KGQ_TRY(kg_advance(p));
    if (!kg_at_triples(p)) {
      break;
    }
    KGQ_TRY(parse_TriplesSameSubject(p, to));
  }
  return KGQ_OK;
}
