/* loaders/turtle.c: statements of Turtle 1.2 and TriG 1.2: recursive descent over the window, one function a
 * production.
 *
 * Statements go to the sink as soon as their object is read, so that memory depends on nesting and not on
 * length. Recursion is bounded by KG_LIMIT_NESTING open brackets. Terms are in turtle_term.c, tokens in
 * turtle_lex.c.
 */
#include "loaders/turtle.h"

#include "graph/vocab.h"
#include "loaders/turtle_term.h"

static kgq_status predicate_object_list(kg_turtle *t, const kg_term *subject, kgq_error **err);
static kgq_status object(kg_turtle *t, kg_term *out, kgq_error **err);

/* ---- brackets ----------------------------------------------------------------------------------- */

/* blankNodePropertyList ::= '[' predicateObjectList ']'    ANON ::= '[' WS* ']'
 * *properties tells which it was. */
static kgq_status bracket(kg_turtle *t, kg_term *out, bool *properties, kgq_error **err) {
  KGQ_TRY(kg_turtle_deeper(t, err));
  t->in->at++;
  KGQ_TRY(kg_turtle_anonymous(t, out, err));
  KGQ_TRY(kg_turtle_space(t, err));
  *properties = kg_turtle_byte(t) != ']';
  if (*properties) {
    KGQ_TRY(predicate_object_list(t, out, err));
  }
  KGQ_TRY(kg_turtle_expect(t, ']', "the '[' of a blank node has no ']' here", err));
  t->depth--;
  return KGQ_OK;
}

/* One member of a list that has a cell already: its rdf:first, then its rdf:rest to a next cell or to
 * rdf:nil. */
static kgq_status list_member(kg_turtle *t, kg_stack_mark cell_mark, kg_term *cell, bool *more,
                              kgq_error **err) {
  const kg_term first = kg_term_iri(KG_STR(KG_RDF_FIRST)), rest = kg_term_iri(KG_STR(KG_RDF_REST));
  kg_term next = kg_term_iri(KG_STR(KG_RDF_NIL));
  const kg_stack_mark mark = kg_text_stack_mark(&t->stack);
  kg_term member;
  KGQ_TRY(object(t, &member, err));
  KGQ_TRY(kg_turtle_emit(t, cell, &first, &member, err));
  kg_text_stack_rewind(&t->stack, mark);
  KGQ_TRY(kg_turtle_space(t, err));
  *more = kg_turtle_byte(t) != ')';
  if (*more) {
    KGQ_TRY(kg_turtle_anonymous(t, &next, err));
  }
  KGQ_TRY(kg_turtle_emit(t, cell, &rest, &next, err));
  if (*more) { /* the new label moves into the place of the old one: a list of any length needs one cell */
    kgq_str label = next.text;
    memcpy(t->scratch.bytes, label.ptr, label.len);
    kg_text_stack_rewind(&t->stack, cell_mark);
    char *place = kg_text_stack_take(&t->stack, label.len);
    if (!place) {
      return kg_fail_memory(err);
    }
    memcpy(place, t->scratch.bytes, label.len);
    *cell = kg_term_bnode(kg_str_n(place, label.len));
  }
  return KGQ_OK;
}

/* collection ::= '(' object* ')' */
static kgq_status collection(kg_turtle *t, kg_term *out, kgq_error **err) {
  KGQ_TRY(kg_turtle_deeper(t, err));
  t->in->at++;
  KGQ_TRY(kg_turtle_space(t, err));
  *out = kg_term_iri(KG_STR(KG_RDF_NIL));
  bool more = kg_turtle_byte(t) != ')';
  if (more) {
    KGQ_TRY(kg_turtle_anonymous(t, out, err));
  }
  const kg_stack_mark mark = kg_text_stack_mark(&t->stack);
  for (kg_term cell = *out; more;) {
    KGQ_TRY(list_member(t, mark, &cell, &more, err));
  }
  kg_text_stack_rewind(&t->stack, mark);
  KGQ_TRY(kg_turtle_expect(t, ')', "the '(' of a list has no ')' here", err));
  t->depth--;
  return KGQ_OK;
}

/* ---- objects ------------------------------------------------------------------------------------ */

static kgq_status angle(kg_turtle *t, kg_term *out, kgq_error **err) {
  KGQ_TRY(kg_turtle_need(t, 3, err));
  if (!kg_turtle_at(t, KG_STR("<<"))) {
    return kg_turtle_iri(t, out, err);
  }
  return kg_turtle_at(t, KG_STR("<<(")) ? kg_turtle_triple_term(t, out, err)
                                        : kg_turtle_reified_triple(t, out, err);
}

/* object ::= iri | BlankNode | collection | blankNodePropertyList | literal | tripleTerm | reifiedTriple */
static kgq_status object(kg_turtle *t, kg_term *out, kgq_error **err) {
  KGQ_TRY(kg_turtle_space(t, err));
  const char first = kg_turtle_byte(t);
  bool properties = false;
  switch (first) {
  case '<': return angle(t, out, err);
  case '_': return kg_turtle_label(t, out, err);
  case '[': return bracket(t, out, &properties, err);
  case '(': return collection(t, out, err);
  case '"':
  case '\'':
  case '+':
  case '-': return kg_turtle_literal(t, out, err);
  default: break;
  }
  KGQ_TRY(first == '.' ? kg_turtle_need(t, 2, err) : KGQ_OK);
  if (first == '.' && t->in->end - t->in->at > 1 && t->in->at[1] >= '0' && t->in->at[1] <= '9') {
    return kg_turtle_literal(t, out, err);
  }
  if (first >= '0' && first <= '9') {
    return kg_turtle_literal(t, out, err);
  }
  if (first == ':' || kg_byte_is(first, KG_BYTE_LETTER) || (unsigned char)first >= 0x80) {
    return kg_turtle_name(t, true, out, err);
  }
  return kg_turtle_fail(t, t->in->at, err, NULL, "an object is missing here");
}

/* annotation      ::= (reifier | annotationBlock)*
 * annotationBlock ::= '{|' predicateObjectList '|}'
 * A block speaks about the reifier right before it, else about a new blank node. */
static kgq_status annotation(kg_turtle *t, const kg_term triple[3], kgq_error **err) {
  kg_term reifier = { .kind = KG_TERM_NONE };
  for (;;) {
    KGQ_TRY(kg_turtle_space(t, err));
    const char first = kg_turtle_byte(t);
    if (first == '~') {
      KGQ_TRY(kg_turtle_reifier(t, &reifier, err));
      KGQ_TRY(kg_turtle_emit_reifies(t, &reifier, triple, err));
      continue;
    }
    KGQ_TRY(first == '{' ? kg_turtle_need(t, 2, err) : KGQ_OK);
    if (first != '{' || !kg_turtle_at(t, KG_STR("{|"))) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_turtle_deeper(t, err));
    t->in->at += 2;
    if (reifier.kind == KG_TERM_NONE) {
      KGQ_TRY(kg_turtle_anonymous(t, &reifier, err));
      KGQ_TRY(kg_turtle_emit_reifies(t, &reifier, triple, err));
    }
    KGQ_TRY(predicate_object_list(t, &reifier, err));
    KGQ_TRY(kg_turtle_need(t, 2, err));
    if (!kg_turtle_at(t, KG_STR("|}"))) {
      return kg_turtle_fail(t, t->in->at, err, NULL, "an annotation ends with |}");
    }
    t->in->at += 2;
    t->depth--;
    reifier.kind = KG_TERM_NONE;
  }
}

/* objectList ::= object annotation (',' object annotation)* */
static kgq_status object_list(kg_turtle *t, kg_term triple[3], kgq_error **err) {
  const kg_stack_mark mark = kg_text_stack_mark(&t->stack);
  for (;;) {
    KGQ_TRY(object(t, &triple[2], err));
    KGQ_TRY(kg_turtle_emit(t, &triple[0], &triple[1], &triple[2], err));
    KGQ_TRY(annotation(t, triple, err));
    kg_text_stack_rewind(&t->stack, mark);
    if (kg_turtle_byte(t) != ',') {
      return KGQ_OK;
    }
    t->in->at++;
  }
}

/* Does a verb begin here, and not the end of the list? */
static bool list_goes_on(const kg_turtle *t) {
  const char first = kg_turtle_byte(t);
  return first && !strchr(".;]}|", first);
}

/* predicateObjectList ::= verb objectList (';' (verb objectList)?)*
 * Leaves the space behind it consumed. */
static kgq_status predicate_object_list(kg_turtle *t, const kg_term *subject, kgq_error **err) {
  const kg_stack_mark mark = kg_text_stack_mark(&t->stack);
  kg_term triple[3] = { *subject };
  KGQ_TRY(kg_turtle_space(t, err));
  for (;;) {
    KGQ_TRY(kg_turtle_verb(t, &triple[1], err));
    KGQ_TRY(object_list(t, triple, err));
    kg_text_stack_rewind(&t->stack, mark);
    if (kg_turtle_byte(t) != ';') {
      return KGQ_OK;
    }
    while (kg_turtle_byte(t) == ';') {
      t->in->at++;
      KGQ_TRY(kg_turtle_space(t, err));
    }
    if (!list_goes_on(t)) {
      return KGQ_OK;
    }
  }
}

/* ---- subjects ----------------------------------------------------------------------------------- */

typedef enum {
  SUBJECT_NAME,      /* iri or BlankNode: in TriG it may name a graph */
  SUBJECT_LIST,      /* must have a predicateObjectList */
  SUBJECT_STATEMENTS /* blankNodePropertyList or reifiedTriple: may stand alone */
} subject_kind;

/* subject ::= iri | BlankNode | collection, and the two that may begin triples */
static kgq_status subject(kg_turtle *t, kg_term *out, subject_kind *kind, kgq_error **err) {
  const char first = kg_turtle_byte(t);
  *kind = SUBJECT_NAME;
  if (first == '<') {
    KGQ_TRY(kg_turtle_need(t, 3, err));
    if (kg_turtle_at(t, KG_STR("<<("))) {
      return kg_turtle_fail(t, t->in->at, err, NULL, "a triple term cannot be a subject");
    }
    const bool reified = kg_turtle_at(t, KG_STR("<<"));
    *kind = reified ? SUBJECT_STATEMENTS : SUBJECT_NAME;
    return reified ? kg_turtle_reified_triple(t, out, err) : kg_turtle_iri(t, out, err);
  }
  if (first == '_') {
    return kg_turtle_label(t, out, err);
  }
  if (first == '[') {
    bool properties = false;
    KGQ_TRY(bracket(t, out, &properties, err));
    *kind = properties ? SUBJECT_STATEMENTS : SUBJECT_NAME;
    return KGQ_OK;
  }
  if (first == '(') {
    *kind = SUBJECT_LIST;
    return collection(t, out, err);
  }
  if (first == ':' || kg_byte_is(first, KG_BYTE_LETTER) || (unsigned char)first >= 0x80) {
    return kg_turtle_name(t, false, out, err);
  }
  return kg_turtle_fail(t, t->in->at, err, first == '{' ? "a file with graphs is TriG: --format trig" : NULL,
                        "a subject is missing here");
}

/* What follows a subject up to, not including, the '.'. */
static kgq_status subject_rest(kg_turtle *t, const kg_term *s, subject_kind kind, kgq_error **err) {
  KGQ_TRY(kg_turtle_space(t, err));
  const char first = kg_turtle_byte(t);
  if (kind == SUBJECT_STATEMENTS && (first == '.' || first == '}')) {
    return KGQ_OK;
  }
  return predicate_object_list(t, s, err);
}

/* triples ::= subject predicateObjectList | blankNodePropertyList predicateObjectList? |
 *             reifiedTriple predicateObjectList? */
static kgq_status triples(kg_turtle *t, kgq_error **err) {
  kg_term s;
  subject_kind kind = SUBJECT_NAME;
  const kg_stack_mark mark = kg_text_stack_mark(&t->stack);
  KGQ_TRY(subject(t, &s, &kind, err));
  KGQ_TRY(kg_turtle_space(t, err));
  if (kg_turtle_byte(t) == '{' && !t->options->graphs) {
    return kg_turtle_fail(t, t->in->at, err, "a file with graphs is TriG: --format trig",
                          "Turtle has no graphs");
  }
  KGQ_TRY(subject_rest(t, &s, kind, err));
  kg_text_stack_rewind(&t->stack, mark);
  return KGQ_OK;
}

static const char no_dot[] = "a '.' is missing at the end of the statement";

/* ---- TriG --------------------------------------------------------------------------------------- */

/* wrappedGraph ::= '{' triplesBlock? '}'    triplesBlock ::= triples ('.' triplesBlock?)? */
static kgq_status wrapped_graph(kg_turtle *t, const kg_term *name, kgq_error **err) {
  if (name->kind != KG_TERM_NONE && t->options->graph_refusal) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "%s", t->options->graph_refusal);
  }
  t->in->at++;
  t->graph = *name;
  KGQ_TRY(kg_turtle_space(t, err));
  while (!kg_turtle_ended(t) && kg_turtle_byte(t) != '}') {
    KGQ_TRY(triples(t, err));
    KGQ_TRY(kg_turtle_space(t, err));
    if (kg_turtle_byte(t) != '.') {
      break;
    }
    t->in->at++;
    KGQ_TRY(kg_turtle_space(t, err));
  }
  t->graph = (kg_term){ .kind = KG_TERM_NONE };
  return kg_turtle_expect(t, '}', "a '.' or the '}' of the graph is missing here", err);
}

/* "GRAPH" labelOrSubject wrappedGraph */
static kgq_status named_graph(kg_turtle *t, kgq_error **err) {
  kg_term name;
  subject_kind kind = SUBJECT_NAME;
  t->in->at += 5;
  KGQ_TRY(kg_turtle_space(t, err));
  const uint64_t before = kg_input_offset(t->in);
  KGQ_TRY(subject(t, &name, &kind, err));
  if (kind != SUBJECT_NAME) {
    return kg_turtle_fail(t, kg_turtle_back(t, before), err, NULL,
                          "a graph is named by an IRI or a blank node");
  }
  KGQ_TRY(kg_turtle_space(t, err));
  if (kg_turtle_byte(t) != '{') {
    return kg_turtle_fail(t, t->in->at, err, NULL, "the '{' of the graph is missing here");
  }
  return wrapped_graph(t, &name, err);
}

/* block ::= triplesOrGraph | wrappedGraph | triples2 | "GRAPH" labelOrSubject wrappedGraph
 * triplesOrGraph ::= labelOrSubject (wrappedGraph | predicateObjectList '.') | reifiedTriple
 * predicateObjectList? '.' */
static kgq_status block(kg_turtle *t, kgq_error **err) {
  const kg_term none = { .kind = KG_TERM_NONE };
  bool found = false;
  if (kg_turtle_byte(t) == '{') {
    return wrapped_graph(t, &none, err);
  }
  KGQ_TRY(kg_turtle_keyword(t, KG_STR("GRAPH"), &found, err));
  if (found) {
    return named_graph(t, err);
  }
  kg_term s;
  subject_kind kind = SUBJECT_NAME;
  KGQ_TRY(subject(t, &s, &kind, err));
  KGQ_TRY(kg_turtle_space(t, err));
  if (kind == SUBJECT_NAME && kg_turtle_byte(t) == '{') {
    return wrapped_graph(t, &s, err);
  }
  KGQ_TRY(subject_rest(t, &s, kind, err));
  return kg_turtle_expect(t, '.', no_dot, err);
}

/* ---- directives --------------------------------------------------------------------------------- */

static kgq_status expect_iriref(kg_turtle *t, kgq_str *out, kgq_error **err) {
  KGQ_TRY(kg_turtle_space(t, err));
  if (kg_turtle_byte(t) != '<') {
    return kg_turtle_fail(t, t->in->at, err, NULL, "an IRI in '<' and '>' must stand here");
  }
  return kg_turtle_iriref(t, out, err);
}

/* prefixID ::= '@prefix' PNAME_NS IRIREF '.'    sparqlPrefix ::= "PREFIX" PNAME_NS IRIREF */
static kgq_status prefix(kg_turtle *t, kgq_error **err) {
  kg_lex_result token = { 0 };
  kgq_str name, iri;
  bool again = false;
  KGQ_TRY(kg_turtle_space(t, err));
  do {
    token = kg_lex_pname(kg_turtle_rest(t), &name, &t->scratch);
    KGQ_TRY(kg_turtle_again(t, &token, &again, err));
  } while (again);
  if (!token.bytes) {
    return kg_turtle_refuse(t, &token, err);
  }
  if (token.bytes != name.len + 1) {
    return kg_turtle_fail(t, t->in->at + name.len + 1, err, NULL,
                          "a prefix ends with ':' and has nothing behind it");
  }
  char *kept = kg_text_stack_take(&t->stack, name.len + 1);
  if (!kept) {
    return kg_fail_memory(err);
  }
  memcpy(kept, name.ptr, name.len);
  name.ptr = kept;
  t->in->at += token.bytes;
  KGQ_TRY(expect_iriref(t, &iri, err));
  KGQ_TRY(kg_turtle_set_prefix(t, name, iri, err));
  return t->sink->prefix ? t->sink->prefix(t->sink->arg, name, iri, err) : KGQ_OK;
}

/* base ::= '@base' IRIREF '.'    sparqlBase ::= "BASE" IRIREF */
static kgq_status base(kg_turtle *t, kgq_error **err) {
  kgq_str iri;
  KGQ_TRY(expect_iriref(t, &iri, err));
  t->base.len = 0;
  return kg_buf_add_str(&t->base, iri, err);
}

/* version ::= '@version' versionSpecifier '.'    sparqlVersion ::= "VERSION" versionSpecifier
 * versionSpecifier ::= STRING_LITERAL_QUOTE | STRING_LITERAL_SINGLE_QUOTE
 * Any version is read as 1.2, which holds all older ones. */
static kgq_status version(kg_turtle *t, kgq_error **err) {
  kgq_str label;
  KGQ_TRY(kg_turtle_space(t, err));
  KGQ_TRY(kg_turtle_need(t, 3, err));
  const char quote = kg_turtle_byte(t);
  const bool is_long = kg_turtle_at(t, KG_STR("\"\"\"")) || kg_turtle_at(t, KG_STR("'''"));
  if ((quote != '"' && quote != '\'') || is_long) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "a version is a text such as \"1.2\"");
  }
  return kg_turtle_string(t, false, &label, err);
}

typedef struct directive_name {
  kgq_str at, sparql;
  kgq_status (*read)(kg_turtle *t, kgq_error **err);
} directive_name;

static const directive_name directives[] = {
  { { "@prefix", 7 }, { "PREFIX", 6 }, prefix },
  { { "@base", 5 }, { "BASE", 4 }, base },
  { { "@version", 8 }, { "VERSION", 7 }, version },
};

/* directive ::= prefixID | base | version | sparqlPrefix | sparqlBase | sparqlVersion */
static kgq_status directive(kg_turtle *t, bool *found, kgq_error **err) {
  const bool marked = kg_turtle_byte(t) == '@';
  *found = false;
  KGQ_TRY(marked ? kg_turtle_need(t, 9, err) : KGQ_OK);
  for (size_t i = 0; i < 3 && !*found; i++) {
    const kgq_str word = marked ? directives[i].at : directives[i].sparql;
    if (marked) {
      const kgq_str rest = kg_turtle_rest(t);
      *found = kg_str_starts(rest, word) &&
               (rest.len == word.len || !kg_byte_is(rest.ptr[word.len], KG_BYTE_NAME));
    } else {
      KGQ_TRY(kg_turtle_keyword(t, word, found, err));
    }
    if (*found) {
      t->in->at += word.len;
      KGQ_TRY(directives[i].read(t, err));
    }
  }
  if (marked && !*found) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "only @prefix, @base and @version begin with '@'");
  }
  return marked ? kg_turtle_expect(t, '.', "a '.' is missing at the end of the directive", err) : KGQ_OK;
}

/* ---- documents ---------------------------------------------------------------------------------- */

/* statement ::= directive | triples '.'    (TriG: directive | block) */
static kgq_status statement(kg_turtle *t, kgq_error **err) {
  bool found = false;
  KGQ_TRY(directive(t, &found, err));
  if (found) {
    return KGQ_OK;
  }
  if (t->options->graphs) {
    return block(t, err);
  }
  KGQ_TRY(triples(t, err));
  return kg_turtle_expect(t, '.', no_dot, err);
}

/* turtleDoc ::= statement*    trigDoc ::= (directive | block)* */
kgq_status kg_turtle_read(kg_input *in, const kg_reader_options *options, const kg_sink *sink,
                          kgq_error **err) {
  kg_turtle t;
  kgq_status st = kg_turtle_open(&t, in, options, sink, err);
  const kg_stack_mark mark = kg_text_stack_mark(&t.stack);
  KGQ_TRY_DONE(st);
  KGQ_TRY_DONE(kg_input_skip_mark(in, err));
  KGQ_TRY_DONE(kg_buf_reserve(&t.scratch, 64, err));
  KGQ_TRY_DONE(kg_turtle_space(&t, err));
  while (!kg_turtle_ended(&t)) {
    KGQ_TRY_DONE(statement(&t, err));
    kg_text_stack_rewind(&t.stack, mark);
    KGQ_TRY_DONE(kg_turtle_space(&t, err));
  }
done:
  kg_turtle_close(&t);
  return st;
}
