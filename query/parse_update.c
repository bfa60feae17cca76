/* query/parse_update.c: updates, productions [30] to [52] of SPARQL 1.2.
 *
 * One function a production. Templates and data become quads; DELETE WHERE also gets its template as a
 * pattern. An update stores what it says, so its IRIs must be absolute.
 */
#include "query/parse_internal.h"

/* ---- graphs ------------------------------------------------------------------------------------- */

/* [47] GraphRef ::= 'GRAPH' iri */
static kgq_status parse_GraphRef(kg_parser *p, kg_graph_target *out) {
  KGQ_TRY(kg_expect_word(p, "GRAPH"));
  out->kind = KG_TARGET_GRAPH;
  return kg_parse_iri(p, &out->iri);
}

/* [48] GraphRefAll ::= GraphRef | 'DEFAULT' | 'NAMED' | 'ALL' */
static kgq_status parse_GraphRefAll(kg_parser *p, kg_graph_target *out) {
  static const struct {
    const char *word;
    kg_target_kind kind;
  } words[] = { { "DEFAULT", KG_TARGET_DEFAULT }, { "NAMED", KG_TARGET_NAMED }, { "ALL", KG_TARGET_ALL } };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (kg_at_word(p, words[i].word)) {
      out->kind = words[i].kind;
      return kg_advance(p);
    }
  }
  return kg_at_word(p, "GRAPH") ? parse_GraphRef(p, out)
                                : kg_unexpected(p, "GRAPH <...>, DEFAULT, NAMED or ALL");
}

/* [46] GraphOrDefault ::= 'DEFAULT' | 'GRAPH'? iri */
static kgq_status parse_GraphOrDefault(kg_parser *p, kg_graph_target *out) {
  bool there = false;
  KGQ_TRY(kg_accept_word(p, "DEFAULT", &there));
  out->kind = there ? KG_TARGET_DEFAULT : KG_TARGET_GRAPH;
  if (there) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_accept_word(p, "GRAPH", NULL));
  return kg_at_iri(p) ? kg_parse_iri(p, &out->iri) : kg_unexpected(p, "DEFAULT or the IRI of a graph");
}

/* ---- graph management --------------------------------------------------------------------------- */

/* [31] Load ::= 'LOAD' 'SILENT'? iri ( 'INTO' GraphRef )? */
static kgq_status parse_Load(kg_parser *p, kg_update_op *op) {
  bool into = false;
  op->to.kind = KG_TARGET_DEFAULT;
  KGQ_TRY(kg_parse_iri(p, &op->source));
  KGQ_TRY(kg_accept_word(p, "INTO", &into));
  return into ? parse_GraphRef(p, &op->to) : KGQ_OK;
}

/* [35] Add ::= 'ADD' 'SILENT'? GraphOrDefault 'TO' GraphOrDefault   [36] Move, [37] Copy likewise */
static kgq_status parse_transfer(kg_parser *p, kg_update_op *op) {
  KGQ_TRY(parse_GraphOrDefault(p, &op->from));
  KGQ_TRY(kg_expect_word(p, "TO"));
  return parse_GraphOrDefault(p, &op->to);
}

/* [32] Clear ::= 'CLEAR' 'SILENT'? GraphRefAll   [33] Drop ::= 'DROP' 'SILENT'? GraphRefAll
 * [34] Create ::= 'CREATE' 'SILENT'? GraphRef */
static kgq_status parse_management(kg_parser *p, kg_update_op *op, kg_update_kind kind) {
  op->kind = kind;
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(kg_accept_word(p, "SILENT", &op->silent));
  if (kind == KG_UPDATE_LOAD) {
    return parse_Load(p, op);
  }
  if (kind == KG_UPDATE_CREATE) {
    return parse_GraphRef(p, &op->to);
  }
  if (kind == KG_UPDATE_CLEAR || kind == KG_UPDATE_DROP) {
    return parse_GraphRefAll(p, &op->to);
  }
  return parse_transfer(p, op);
}

/* ---- quads -------------------------------------------------------------------------------------- */

/* [51] QuadsNotTriples ::= 'GRAPH' VarOrIri '{' TriplesTemplate? '}' */
static kgq_status parse_QuadsNotTriples(kg_parser *p, kg_triples *to) {
  KGQ_TRY(kg_expect_word(p, "GRAPH"));
  if (kg_at(p, KG_TOK_VAR) && !to->variables) {
    return kg_syntax_at(p, p->token.offset, "a variable cannot stand in %s", to->what);
  }
  KGQ_TRY(kg_parse_VarOrIri(p, &to->graph));
  to->has_graph = true;
  KGQ_TRY(kg_expect(p, KG_TOK_LBRACE));
  if (kg_at_triples(p)) {
    KGQ_TRY(kg_parse_triples(p, to));
  }
  to->has_graph = false;
  to->graph = (kg_node){ .kind = KG_NODE_TERM, .var = KG_NO_VAR };
  return kg_expect(p, KG_TOK_RBRACE);
}

/* [48] QuadPattern, [49] QuadData ::= '{' Quads '}'
 * [50] Quads ::= TriplesTemplate? ( QuadsNotTriples '.'? TriplesTemplate? )* */
static kgq_status parse_quads(kg_parser *p, kg_triples *to) {
  to->graph = (kg_node){ .kind = KG_NODE_TERM, .var = KG_NO_VAR };
  KGQ_TRY(kg_expect(p, KG_TOK_LBRACE));
  if (kg_at_triples(p)) {
    KGQ_TRY(kg_parse_triples(p, to));
  }
  while (kg_at_word(p, "GRAPH")) {
    KGQ_TRY(parse_QuadsNotTriples(p, to));
    if (kg_at(p, KG_TOK_DOT)) {
      KGQ_TRY(kg_advance(p));
    }
    if (kg_at_triples(p)) {
      KGQ_TRY(kg_parse_triples(p, to));
    }
  }
  if (!kg_at(p, KG_TOK_RBRACE)) {
    return kg_unexpected(p, "\"}\", \".\" or more triples");
  }
  return kg_advance(p);
}

/* ---- DELETE WHERE ------------------------------------------------------------------------------- */

static kgq_status add_pattern(kg_parser *p, kg_pattern_kind kind, kg_pattern ***end, kg_pattern **out) {
  *out = KG_NEW(p, kg_pattern);
  KG_NEED(p, *out);
  (*out)->kind = kind;
  (*out)->var = KG_NO_VAR;
  (*out)->block = p->block;
  **end = *out;
  *end = &(*out)->next;
  return KGQ_OK;
}

static bool same_graph(const kg_quad_template *a, const kg_quad_template *b) {
  return a && a->has_graph == b->has_graph &&
         (!a->has_graph || (a->graph.kind == b->graph.kind && a->graph.var == b->graph.var &&
                            kg_term_equal(&a->graph.term, &b->graph.term)));
}

static kgq_status add_triple(kg_parser *p, const kg_quad_template *quad, kg_pattern ***end) {
  kg_pattern *triple = NULL;
  KGQ_TRY(add_pattern(p, KG_PATTERN_TRIPLE, end, &triple));
  triple->subject = quad->subject;
  triple->predicate = quad->predicate;
  triple->object = quad->object;
  triple->offset = quad->subject.offset;
  return KGQ_OK;
}

/* GRAPH g { ... } for the first quads of a list that share a graph; *quad moves behind them. */
static kgq_status add_graph(kg_parser *p, const kg_quad_template **quad, kg_pattern ***end) {
  const kg_quad_template *first = *quad;
  kg_pattern *graph = NULL;
  kg_pattern *group = NULL;
  KGQ_TRY(add_pattern(p, KG_PATTERN_GRAPH, end, &graph));
  graph->graph = first->graph;
  p->block = ++p->last_block;
  kg_pattern **inner = &graph->first;
  KGQ_TRY(add_pattern(p, KG_PATTERN_GROUP, &inner, &group));
  inner = &group->first;
  for (; same_graph(*quad, first); *quad = (*quad)->next) {
    KGQ_TRY(add_triple(p, *quad, &inner));
  }
  p->block = ++p->last_block;
  return KGQ_OK;
}

/* The pattern that a template without blank nodes is. */
static kgq_status pattern_of(kg_parser *p, const kg_quad_template *quad, kg_pattern **out) {
  kg_pattern *group = NULL;
  KGQ_TRY(add_pattern(p, KG_PATTERN_GROUP, &out, &group));
  kg_pattern **end = &group->first;
  while (quad) {
    if (quad->has_graph) {
      KGQ_TRY(add_graph(p, &quad, &end));
    } else {
      KGQ_TRY(add_triple(p, quad, &end));
      quad = quad->next;
    }
  }
  return KGQ_OK;
}

/* ---- data and modification ---------------------------------------------------------------------- */

static kgq_status parse_data(kg_parser *p, kg_update_op *op, bool insert) {
  kg_triples to = { .quad_end = insert ? &op->insert : &op->remove,
                    .bnodes = insert,
                    .data = true,
                    .what = insert ? "INSERT DATA" : "DELETE DATA" };
  op->kind = insert ? KG_UPDATE_INSERT_DATA : KG_UPDATE_DELETE_DATA;
  KGQ_TRY(kg_expect_word(p, "DATA"));
  return parse_quads(p, &to);
}

/* [40] DeleteWhere ::= 'DELETE' 'WHERE' QuadPattern */
static kgq_status parse_DeleteWhere(kg_parser *p, kg_update_op *op) {
  kg_triples to = { .quad_end = &op->remove, .variables = true, .what = "DELETE WHERE" };
  op->kind = KG_UPDATE_DELETE_WHERE;
  KGQ_TRY(kg_expect_word(p, "WHERE"));
  KGQ_TRY(parse_quads(p, &to));
  return pattern_of(p, op->remove, &op->where);
}

/* [42] DeleteClause ::= 'DELETE' QuadPattern   [43] InsertClause ::= 'INSERT' QuadPattern */
static kgq_status parse_template(kg_parser *p, kg_update_op *op, bool insert) {
  kg_triples to = { .quad_end = insert ? &op->insert : &op->remove,
                    .variables = true,
                    .bnodes = insert,
                    .what = insert ? "an INSERT template" : "a DELETE template" };
  return parse_quads(p, &to);
}

/* [41] Modify ::= ( 'WITH' iri )? ( DeleteClause InsertClause? | InsertClause ) UsingClause* 'WHERE'
 * GroupGraphPattern, behind WITH and the first INSERT or DELETE */
static kgq_status parse_Modify(kg_parser *p, kg_update_op *op, bool insert) {
  op->kind = KG_UPDATE_MODIFY;
  KGQ_TRY(parse_template(p, op, insert));
  if (!insert && kg_at_word(p, "INSERT")) {
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(parse_template(p, op, true));
  }
  KGQ_TRY(kg_parse_DatasetClause(p, "USING", &op->using_));
  KGQ_TRY(kg_expect_word(p, "WHERE"));
  return kg_parse_GroupGraphPattern(p, &op->where);
}

/* What INSERT and DELETE may open: InsertData, DeleteData, DeleteWhere, Modify. */
static kgq_status parse_change(kg_parser *p, kg_update_op *op) {
  KGQ_TRY(kg_accept_word(p, "WITH", &op->has_with));
  if (op->has_with) {
    KGQ_TRY(kg_parse_iri(p, &op->with));
  }
  const bool insert = kg_at_word(p, "INSERT");
  if (!insert && !kg_at_word(p, "DELETE")) {
    return kg_unexpected(p, "INSERT or DELETE");
  }
  KGQ_TRY(kg_advance(p));
  if (!op->has_with && kg_at_word(p, "DATA")) {
    return parse_data(p, op, insert);
  }
  if (!op->has_with && !insert && kg_at_word(p, "WHERE")) {
    return parse_DeleteWhere(p, op);
  }
  return parse_Modify(p, op, insert);
}

/* [30] Update1 ::= Load | Clear | Drop | Add | Move | Copy | Create | DeleteWhere | Modify | InsertData |
 * DeleteData */
static kgq_status parse_Update1(kg_parser *p, kg_update_op *op) {
  static const struct {
    const char *word;
    kg_update_kind kind;
  } words[] = { { "LOAD", KG_UPDATE_LOAD },     { "CLEAR", KG_UPDATE_CLEAR }, { "DROP", KG_UPDATE_DROP },
                { "CREATE", KG_UPDATE_CREATE }, { "ADD", KG_UPDATE_ADD },     { "MOVE", KG_UPDATE_MOVE },
                { "COPY", KG_UPDATE_COPY } };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (kg_at_word(p, words[i].word)) {
      return parse_management(p, op, words[i].kind);
    }
  }
  if (kg_at_word(p, "WITH") || kg_at_word(p, "INSERT") || kg_at_word(p, "DELETE")) {
    return parse_change(p, op);
  }
  return kg_unexpected(p, "an update such as INSERT, DELETE, LOAD or CLEAR");
}

/* [29] Update ::= Prologue ( Update1 ( ';' Update )? )?. The first prologue has been read. */
kgq_status kg_parse_Update(kg_parser *p) {
  kg_update_op **end = &p->ast->updates;
  p->ast->form = KG_FORM_UPDATE;
  p->absolute = true;
  while (!kg_at(p, KG_TOK_END)) {
    kg_update_op *op = KG_NEW(p, kg_update_op);
    KG_NEED(p, op);
    op->source = op->with = op->from.iri = op->to.iri = KG_STR("");
    *end = op;
    end = &op->next;
    p->operation++;
    p->block = ++p->last_block;
    KGQ_TRY(parse_Update1(p, op));
    if (!kg_at(p, KG_TOK_SEMICOLON)) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(kg_parse_Prologue(p));
  }
  return KGQ_OK;
}
