/* query/parse_pattern.c: graph patterns, productions [53] to [74] of SPARQL 1.2: groups, OPTIONAL, UNION,
 * GRAPH, FILTER, BIND, VALUES and the rest.
 *
 * One function a production. Also numbers basic graph patterns: triples that only filters part from each
 * other share a number (SPARQL 5.1.1 and 18.2.2.5). Rules that need the tree are in scope.c.
 */
#include "query/parse_internal.h"

static kgq_status new_pattern(kg_parser *p, kg_pattern_kind kind, kg_pattern **out) {
  *out = KG_NEW(p, kg_pattern);
  KG_NEED(p, *out);
  (*out)->kind = kind;
  (*out)->var = KG_NO_VAR;
  (*out)->offset = p->token.offset;
  return KGQ_OK;
}

static void next_block(kg_parser *p) {
  p->block = ++p->last_block;
}

/* [62] OptionalGraphPattern ::= 'OPTIONAL' GroupGraphPattern   [67] MinusGraphPattern ::= 'MINUS'
 * GroupGraphPattern */
static kgq_status parse_with_group(kg_parser *p, kg_pattern_kind kind, kg_pattern **out) {
  KGQ_TRY(new_pattern(p, kind, out));
  KGQ_TRY(kg_advance(p));
  return kg_parse_GroupGraphPattern(p, &(*out)->first);
}

/* [63] GraphGraphPattern ::= 'GRAPH' VarOrIri GroupGraphPattern
 * [64] ServiceGraphPattern ::= 'SERVICE' 'SILENT'? VarOrIri GroupGraphPattern */
static kgq_status parse_with_graph(kg_parser *p, kg_pattern_kind kind, kg_pattern **out) {
  KGQ_TRY(new_pattern(p, kind, out));
  KGQ_TRY(kg_advance(p));
  if (kind == KG_PATTERN_SERVICE) {
    KGQ_TRY(kg_accept_word(p, "SILENT", &(*out)->silent));
  }
  KGQ_TRY(kg_parse_VarOrIri(p, &(*out)->graph));
  return kg_parse_GroupGraphPattern(p, &(*out)->first);
}

/* [65] Bind ::= 'BIND' '(' Expression 'AS' Var ')' */
static kgq_status parse_Bind(kg_parser *p, kg_pattern **out) {
  KGQ_TRY(new_pattern(p, KG_PATTERN_BIND, out));
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(kg_expect(p, KG_TOK_LPAREN));
  KGQ_TRY(kg_parse_Expression(p, &(*out)->expr));
  KGQ_TRY(kg_expect_word(p, "AS"));
  KGQ_TRY(kg_parse_Var(p, &(*out)->var));
  return kg_expect(p, KG_TOK_RPAREN);
}

/* [69] Filter ::= 'FILTER' Constraint */
static kgq_status parse_Filter(kg_parser *p, kg_pattern **out) {
  KGQ_TRY(new_pattern(p, KG_PATTERN_FILTER, out));
  KGQ_TRY(kg_advance(p));
  return kg_parse_Constraint(p, &(*out)->expr);
}

/* ---- VALUES ------------------------------------------------------------------------------------- */

typedef struct kg_cell { /* cells as they are read, before their number is known */
  const kg_node *node;
  struct kg_cell *next;
} kg_cell;

typedef struct kg_cells {
  kg_cell *first, **end;
  uint32_t count;
} kg_cells;

/* [72] DataBlockValue ::= iri | RDFLiteral | NumericLiteral | BooleanLiteral | 'UNDEF' | TripleTermData */
static kgq_status parse_DataBlockValue(kg_parser *p, kg_cells *cells) {
  kg_cell *cell = KG_NEW(p, kg_cell);
  kg_node *node = KG_NEW(p, kg_node);
  KG_NEED(p, cell);
  KG_NEED(p, node);
  cell->node = node;
  if (kg_at_iri(p)) {
    *node = kg_node_of_term(kg_term_iri(KG_STR("")), p->token.offset);
    KGQ_TRY(kg_parse_iri(p, &node->term.text));
  } else if (kg_at(p, KG_TOK_TRIPLE_OPEN)) {
    KGQ_TRY(kg_parse_TripleTermData(p, node));
  } else if (kg_at_word(p, "UNDEF")) {
    cell->node = NULL;
    KGQ_TRY(kg_advance(p));
  } else if (kg_at_literal(p)) {
    *node = kg_node_of_term((kg_term){ .kind = KG_TERM_NONE }, p->token.offset);
    KGQ_TRY(kg_parse_literal(p, &node->term));
  } else {
    return kg_unexpected(p, "a value: an IRI, a literal, a triple term or UNDEF");
  }
  *cells->end = cell;
  cells->end = &cell->next;
  cells->count++;
  return KGQ_OK;
}

/* A row: '(' DataBlockValue* ')' | NIL */
static kgq_status parse_row(kg_parser *p, uint32_t width, kg_cells *cells) {
  const size_t offset = p->token.offset;
  const uint32_t before = cells->count;
  if (kg_at(p, KG_TOK_NIL)) {
    KGQ_TRY(kg_advance(p));
  } else {
    KGQ_TRY(kg_expect(p, KG_TOK_LPAREN));
    while (!kg_at(p, KG_TOK_RPAREN)) {
      KGQ_TRY(parse_DataBlockValue(p, cells));
    }
    KGQ_TRY(kg_advance(p));
  }
  const uint32_t values = cells->count - before;
  return values == width ? KGQ_OK
                         : kg_syntax_at(p, offset, "this row has %u values, but VALUES names %u variables",
                                        values, width);
}

static kgq_status add_values_var(kg_parser *p, kg_values *values) {
  const size_t offset = p->token.offset;
  kg_var var;
  KGQ_TRY(kg_parse_Var(p, &var));
  for (uint32_t i = 0; i < values->var_count; i++) {
    if (values->vars[i] == var) {
      return kg_syntax_at(p, offset, "VALUES names ?%.*s twice", KG_ARG(p->ast->vars[var].name));
    }
  }
  if ((values->var_count & (values->var_count - 1)) == 0) { /* full at 0, 1, 2, 4 ... */
    const size_t capacity = values->var_count ? (size_t)values->var_count * 2 : 1;
    kg_var *larger = kg_arena_alloc(&p->ast->arena, capacity * sizeof *larger);
    KG_NEED(p, larger);
    if (values->var_count) {
      memcpy(larger, values->vars, values->var_count * sizeof *larger);
    }
    values->vars = larger;
  }
  values->vars[values->var_count++] = var;
  return KGQ_OK;
}

static kgq_status set_cells(kg_parser *p, kg_values *values, const kg_cells *cells) {
  values->cells = kg_arena_alloc(&p->ast->arena, ((size_t)cells->count + 1) * sizeof *values->cells);
  KG_NEED(p, values->cells);
  size_t i = 0;
  for (const kg_cell *cell = cells->first; cell; cell = cell->next) {
    values->cells[i++] = cell->node;
  }
  return KGQ_OK;
}

/* [73] InlineDataOneVar ::= Var '{' DataBlockValue* '}' */
static kgq_status parse_InlineDataOneVar(kg_parser *p, kg_values *values, kg_cells *cells) {
  KGQ_TRY(add_values_var(p, values));
  KGQ_TRY(kg_expect(p, KG_TOK_LBRACE));
  while (!kg_at(p, KG_TOK_RBRACE)) {
    KGQ_TRY(parse_DataBlockValue(p, cells));
  }
  values->row_count = cells->count;
  return kg_advance(p);
}

/* [74] InlineDataFull ::= ( NIL | '(' Var* ')' ) '{' ( '(' DataBlockValue* ')' | NIL )* '}' */
static kgq_status parse_InlineDataFull(kg_parser *p, kg_values *values, kg_cells *cells) {
  if (kg_at(p, KG_TOK_NIL)) {
    KGQ_TRY(kg_advance(p));
  } else {
    KGQ_TRY(kg_expect(p, KG_TOK_LPAREN));
    while (!kg_at(p, KG_TOK_RPAREN)) {
      KGQ_TRY(add_values_var(p, values));
    }
    KGQ_TRY(kg_advance(p));
  }
  KGQ_TRY(kg_expect(p, KG_TOK_LBRACE));
  for (; !kg_at(p, KG_TOK_RBRACE); values->row_count++) {
    KGQ_TRY(parse_row(p, values->var_count, cells));
  }
  return kg_advance(p);
}

/* [71] DataBlock ::= InlineDataOneVar | InlineDataFull */
kgq_status kg_parse_DataBlock(kg_parser *p, kg_values **out) {
  kg_cells cells = { .first = NULL };
  cells.end = &cells.first;
  *out = KG_NEW(p, kg_values);
  KG_NEED(p, *out);
  if (kg_at(p, KG_TOK_VAR)) {
    KGQ_TRY(parse_InlineDataOneVar(p, *out, &cells));
  } else {
    KGQ_TRY(parse_InlineDataFull(p, *out, &cells));
  }
  return set_cells(p, *out, &cells);
}

/* [66] InlineData ::= 'VALUES' DataBlock */
static kgq_status parse_InlineData(kg_parser *p, kg_pattern **out) {
  KGQ_TRY(new_pattern(p, KG_PATTERN_VALUES, out));
  KGQ_TRY(kg_advance(p));
  return kg_parse_DataBlock(p, &(*out)->values);
}

/* ---- groups ------------------------------------------------------------------------------------- */

/* [69] GroupOrUnionGraphPattern ::= GroupGraphPattern ( 'UNION' GroupGraphPattern )* */
static kgq_status parse_GroupOrUnionGraphPattern(kg_parser *p, kg_pattern **out) {
  kg_pattern *first = NULL;
  const size_t offset = p->token.offset;
  KGQ_TRY(kg_parse_GroupGraphPattern(p, &first));
  *out = first;
  if (!kg_at_word(p, "UNION")) {
    return KGQ_OK;
  }
  KGQ_TRY(new_pattern(p, KG_PATTERN_UNION, out));
  (*out)->first = first;
  (*out)->offset = offset;
  for (kg_pattern **end = &first->next; kg_at_word(p, "UNION"); end = &(*end)->next) {
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(kg_parse_GroupGraphPattern(p, end));
  }
  return KGQ_OK;
}

/* [57] GraphPatternNotTriples ::= GroupOrUnionGraphPattern | OptionalGraphPattern | MinusGraphPattern
 *      | GraphGraphPattern | ServiceGraphPattern | Filter | Bind | InlineData. *out NULL: none begins here.
 */
static kgq_status parse_GraphPatternNotTriples(kg_parser *p, kg_pattern **out) {
  *out = NULL;
  if (kg_at(p, KG_TOK_LBRACE)) {
    return parse_GroupOrUnionGraphPattern(p, out);
  }
  if (kg_at_word(p, "OPTIONAL")) {
    return parse_with_group(p, KG_PATTERN_OPTIONAL, out);
  }
  if (kg_at_word(p, "MINUS")) {
    return parse_with_group(p, KG_PATTERN_MINUS, out);
  }
  if (kg_at_word(p, "GRAPH")) {
    return parse_with_graph(p, KG_PATTERN_GRAPH, out);
  }
  if (kg_at_word(p, "SERVICE")) {
    return parse_with_graph(p, KG_PATTERN_SERVICE, out);
  }
  if (kg_at_word(p, "FILTER")) {
    return parse_Filter(p, out);
  }
  if (kg_at_word(p, "BIND")) {
    return parse_Bind(p, out);
  }
  return kg_at_word(p, "VALUES") ? parse_InlineData(p, out) : KGQ_OK;
}

static kgq_status parse_triples_block(kg_parser *p, kg_pattern ***end) {
  kg_triples to = {
    .pattern_end = *end, .paths = true, .variables = true, .bnodes = true, .what = "a pattern"
  };
  KGQ_TRY(kg_parse_triples(p, &to));
  *end = to.pattern_end;
  return KGQ_OK;
}

/* [54] GroupGraphPatternSub ::= TriplesBlock? ( GraphPatternNotTriples '.'? TriplesBlock? )* */
static kgq_status parse_GroupGraphPatternSub(kg_parser *p, kg_pattern **end) {
  if (kg_at_triples(p)) {
    KGQ_TRY(parse_triples_block(p, &end));
  }
  for (;;) {
    kg_pattern *member = NULL;
    KGQ_TRY(parse_GraphPatternNotTriples(p, &member));
    if (!member) {
      return KGQ_OK;
    }
    *end = member;
    end = &member->next;
    if (member->kind != KG_PATTERN_FILTER) {
      next_block(p);
    }
    if (kg_at(p, KG_TOK_DOT)) {
      KGQ_TRY(kg_advance(p));
    }
    if (kg_at_triples(p)) {
      KGQ_TRY(parse_triples_block(p, &end));
    }
  }
}

/* [53] GroupGraphPattern ::= '{' ( SubSelect | GroupGraphPatternSub ) '}' */
kgq_status kg_parse_GroupGraphPattern(kg_parser *p, kg_pattern **out) {
  KGQ_TRY(kg_enter(p));
  KGQ_TRY(new_pattern(p, KG_PATTERN_GROUP, out));
  KGQ_TRY(kg_expect(p, KG_TOK_LBRACE));
  next_block(p);
  if (kg_at_word(p, "SELECT")) {
    KGQ_TRY(new_pattern(p, KG_PATTERN_SUBSELECT, &(*out)->first));
    KGQ_TRY(p->sub_select(p, &(*out)->first->select));
  } else {
    KGQ_TRY(parse_GroupGraphPatternSub(p, &(*out)->first));
  }
  if (!kg_at(p, KG_TOK_RBRACE)) {
    return kg_unexpected(p, "\"}\", \".\" or another pattern");
  }
  kg_leave(p);
  return kg_advance(p);
}
