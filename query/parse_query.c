/* query/parse_query.c: prologue, query forms and solution modifiers, productions [2] to [29] of SPARQL 1.2.
 *
 * One function a production. CONSTRUCT and DESCRIBE get a `select` too: what stands below their head.
 */
#include "query/parse_internal.h"

/* ---- prologue ----------------------------------------------------------------------------------- */

/* [5] BaseDecl ::= 'BASE' IRIREF */
static kgq_status parse_BaseDecl(kg_parser *p) {
  KGQ_TRY(kg_advance(p));
  if (!kg_at(p, KG_TOK_IRI)) {
    return kg_unexpected(p, "an IRI in <...>");
  }
  KGQ_TRY(kg_resolve_reference(p, p->token.text, p->token.offset, &p->ast->base));
  return kg_advance(p);
}

/* [6] PrefixDecl ::= 'PREFIX' PNAME_NS IRIREF */
static kgq_status parse_PrefixDecl(kg_parser *p) {
  kgq_str iri;
  KGQ_TRY(kg_advance(p));
  if (!kg_at(p, KG_TOK_PNAME) || p->token.text.len > 0) {
    return kg_unexpected(p, "a prefix such as ex:");
  }
  const kgq_str name = p->token.prefix;
  KGQ_TRY(kg_advance(p));
  if (!kg_at(p, KG_TOK_IRI)) {
    return kg_unexpected(p, "an IRI in <...>");
  }
  KGQ_TRY(kg_resolve_reference(p, p->token.text, p->token.offset, &iri));
  KGQ_TRY(kg_declare_prefix(p, name, iri, true));
  return kg_advance(p);
}

/* [7] VersionDecl ::= 'VERSION' VersionSpecifier   [8] VersionSpecifier ::= STRING_LITERAL1 | STRING_LITERAL2
 */
static kgq_status parse_VersionDecl(kg_parser *p) {
  KGQ_TRY(kg_advance(p));
  if (!kg_at(p, KG_TOK_STRING) || p->token.is_long) {
    return kg_unexpected(p, "a version in quotes, such as \"1.2\"");
  }
  return kg_advance(p);
}

/* [4] Prologue ::= ( BaseDecl | PrefixDecl | VersionDecl )* */
kgq_status kg_parse_Prologue(kg_parser *p) {
  for (;;) {
    if (kg_at_word(p, "BASE")) {
      KGQ_TRY(parse_BaseDecl(p));
    } else if (kg_at_word(p, "PREFIX")) {
      KGQ_TRY(parse_PrefixDecl(p));
    } else if (kg_at_word(p, "VERSION")) {
      KGQ_TRY(parse_VersionDecl(p));
    } else {
      return KGQ_OK;
    }
  }
}

/* ---- dataset ------------------------------------------------------------------------------------ */

static kgq_status add_iri(kg_parser *p, kg_iri_list **list, kgq_str iri) {
  while (*list) {
    list = &(*list)->next;
  }
  *list = KG_NEW(p, kg_iri_list);
  KG_NEED(p, *list);
  (*list)->iri = iri;
  return KGQ_OK;
}

/* [13] DatasetClause ::= 'FROM' ( DefaultGraphClause | NamedGraphClause );  UsingClause likewise with USING
 */
kgq_status kg_parse_DatasetClause(kg_parser *p, const char *word, kg_dataset *dataset) {
  while (kg_at_word(p, word)) {
    bool named = false;
    kgq_str iri;
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(kg_accept_word(p, "NAMED", &named));
    KGQ_TRY(kg_parse_iri(p, &iri));
    KGQ_TRY(add_iri(p, named ? &dataset->named : &dataset->graphs, iri));
    dataset->given = true;
  }
  return KGQ_OK;
}

/* ---- solution modifiers ------------------------------------------------------------------------- */

/* [20] GroupCondition ::= BuiltInCall | FunctionCall | '(' Expression ( 'AS' Var )? ')' | Var */
static kgq_status parse_GroupCondition(kg_parser *p, kg_group_key **out) {
  kg_group_key *key = KG_NEW(p, kg_group_key);
  KG_NEED(p, key);
  *out = key;
  key->var = KG_NO_VAR;
  if (kg_at(p, KG_TOK_VAR)) {
    return kg_parse_Expression(p, &key->expr);
  }
  if (!kg_at(p, KG_TOK_LPAREN)) {
    return kg_parse_call(p, &key->expr);
  }
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(kg_parse_Expression(p, &key->expr));
  if (kg_at_word(p, "AS")) {
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(kg_parse_Var(p, &key->var));
  }
  return kg_expect(p, KG_TOK_RPAREN);
}

/* [19] GroupClause ::= 'GROUP' 'BY' GroupCondition+ */
static kgq_status parse_GroupClause(kg_parser *p, kg_select *select) {
  kg_group_key **end = &select->group;
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(kg_expect_word(p, "BY"));
  if (!kg_at(p, KG_TOK_VAR) && !kg_at_constraint(p)) {
    return kg_unexpected(p, "a variable, a call or \"(\"");
  }
  while (kg_at(p, KG_TOK_VAR) || kg_at_constraint(p)) {
    KGQ_TRY(parse_GroupCondition(p, end));
    end = &(*end)->next;
  }
  select->grouped = true;
  return KGQ_OK;
}

/* [21] HavingClause ::= 'HAVING' HavingCondition+ */
static kgq_status parse_HavingClause(kg_parser *p, kg_select *select) {
  kg_expr **end = &select->having;
  KGQ_TRY(kg_advance(p));
  do {
    KGQ_TRY(kg_parse_Constraint(p, end));
    end = &(*end)->next;
  } while (kg_at_constraint(p));
  select->grouped = true;
  return KGQ_OK;
}

/* [24] OrderCondition ::= ( ( 'ASC' | 'DESC' ) BrackettedExpression ) | ( Constraint | Var ) */
static kgq_status parse_OrderCondition(kg_parser *p, kg_order **out) {
  *out = KG_NEW(p, kg_order);
  KG_NEED(p, *out);
  if (kg_at_word(p, "ASC") || kg_at_word(p, "DESC")) {
    (*out)->descending = kg_at_word(p, "DESC");
    KGQ_TRY(kg_advance(p));
    if (!kg_at(p, KG_TOK_LPAREN)) {
      return kg_unexpected(p, "\"(\"");
    }
  }
  return kg_at(p, KG_TOK_VAR) ? kg_parse_Expression(p, &(*out)->expr) : kg_parse_Constraint(p, &(*out)->expr);
}

static bool at_order_condition(const kg_parser *p) {
  return kg_at(p, KG_TOK_VAR) || kg_at_constraint(p) || kg_at_word(p, "ASC") || kg_at_word(p, "DESC");
}

/* [23] OrderClause ::= 'ORDER' 'BY' OrderCondition+ */
static kgq_status parse_OrderClause(kg_parser *p, kg_select *select) {
  kg_order **end = &select->order;
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(kg_expect_word(p, "BY"));
  do {
    KGQ_TRY(parse_OrderCondition(p, end));
    end = &(*end)->next;
  } while (at_order_condition(p));
  return KGQ_OK;
}

/* A whole number behind LIMIT or OFFSET; beyond 2^64 it means the same as the largest. */
static kgq_status parse_count(kg_parser *p, uint64_t *out) {
  KGQ_TRY(kg_advance(p));
  if (!kg_at(p, KG_TOK_NUMBER) || p->token.is_signed ||
      !kg_str_equal(p->token.datatype, KG_STR(KG_XSD_INTEGER))) {
    return kg_unexpected(p, "a whole number");
  }
  uint64_t value = 0;
  for (size_t i = 0; i < p->token.text.len; i++) {
    const uint64_t digit = (uint64_t)(p->token.text.ptr[i] - '0');
    value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
  }
  *out = value;
  return kg_advance(p);
}

/* [25] LimitOffsetClauses ::= LimitClause OffsetClause? | OffsetClause LimitClause? */
static kgq_status parse_LimitOffsetClauses(kg_parser *p, kg_select *select) {
  bool offset = false;
  for (;;) {
    if (kg_at_word(p, "LIMIT") && !select->has_limit) {
      KGQ_TRY(parse_count(p, &select->limit));
      select->has_limit = true;
    } else if (kg_at_word(p, "OFFSET") && !offset) {
      KGQ_TRY(parse_count(p, &select->offset));
      offset = true;
    } else {
      return KGQ_OK;
    }
  }
}

/* [18] SolutionModifier ::= GroupClause? HavingClause? OrderClause? LimitOffsetClauses? */
static kgq_status parse_SolutionModifier(kg_parser *p, kg_select *select) {
  if (kg_at_word(p, "GROUP")) {
    p->aggregates = false;
    KGQ_TRY(parse_GroupClause(p, select));
  }
  p->aggregates = true;
  if (kg_at_word(p, "HAVING")) {
    KGQ_TRY(parse_HavingClause(p, select));
  }
  if (kg_at_word(p, "ORDER")) {
    KGQ_TRY(parse_OrderClause(p, select));
  }
  p->aggregates = false;
  select->grouped = select->grouped || p->saw_aggregate;
  return parse_LimitOffsetClauses(p, select);
}

/* [29] ValuesClause ::= ( 'VALUES' DataBlock )? */
static kgq_status parse_ValuesClause(kg_parser *p, kg_select *select) {
  if (!kg_at_word(p, "VALUES")) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_advance(p));
  return kg_parse_DataBlock(p, &select->values);
}

/* [17] WhereClause ::= 'WHERE'? GroupGraphPattern */
static kgq_status parse_WhereClause(kg_parser *p, kg_select *select) {
  p->aggregates = false;
  KGQ_TRY(kg_accept_word(p, "WHERE", NULL));
  return kg_parse_GroupGraphPattern(p, &select->where);
}

/* ---- SELECT ------------------------------------------------------------------------------------- */

static kgq_status parse_projection(kg_parser *p, kg_projection **out) {
  *out = KG_NEW(p, kg_projection);
  KG_NEED(p, *out);
  (*out)->offset = p->token.offset;
  if (kg_at(p, KG_TOK_VAR)) {
    return kg_parse_Var(p, &(*out)->var);
  }
  KGQ_TRY(kg_expect(p, KG_TOK_LPAREN));
  KGQ_TRY(kg_parse_Expression(p, &(*out)->expr));
  KGQ_TRY(kg_expect_word(p, "AS"));
  (*out)->offset = p->token.offset;
  KGQ_TRY(kg_parse_Var(p, &(*out)->var));
  return kg_expect(p, KG_TOK_RPAREN);
}

/* [9] SelectClause ::= 'SELECT' ( 'DISTINCT' | 'REDUCED' )? ( ( Var | ( '(' Expression 'AS' Var ')' ) )+ |
 * '*' ) */
static kgq_status parse_SelectClause(kg_parser *p, kg_select *select) {
  kg_projection **end = &select->projection;
  KGQ_TRY(kg_expect_word(p, "SELECT"));
  KGQ_TRY(kg_accept_word(p, "DISTINCT", &select->distinct));
  if (!select->distinct) {
    KGQ_TRY(kg_accept_word(p, "REDUCED", &select->reduced));
  }
  if (kg_at(p, KG_TOK_STAR)) {
    select->star = true;
    return kg_advance(p);
  }
  p->aggregates = true;
  uint32_t columns = 0;
  do {
    if (!kg_at(p, KG_TOK_VAR) && !kg_at(p, KG_TOK_LPAREN)) {
      return kg_unexpected(p, "a variable, (expression AS ?variable) or *");
    }
    if (++columns > KG_LIMIT_VARIABLES) {
      return kg_fail(p->err, KGQ_LIMIT, "SELECT names at most %d columns", KG_LIMIT_VARIABLES);
    }
    KGQ_TRY(parse_projection(p, end));
    end = &(*end)->next;
  } while (kg_at(p, KG_TOK_VAR) || kg_at(p, KG_TOK_LPAREN));
  p->aggregates = false;
  return KGQ_OK;
}

/* [10] SubSelect ::= SelectClause WhereClause SolutionModifier ValuesClause */
kgq_status kg_parse_SubSelect(kg_parser *p, kg_select **out) {
  const bool saw = p->saw_aggregate;
  kg_select *select = KG_NEW(p, kg_select);
  KG_NEED(p, select);
  *out = select;
  p->saw_aggregate = false;
  KGQ_TRY(parse_SelectClause(p, select));
  select->grouped = p->saw_aggregate;
  KGQ_TRY(parse_WhereClause(p, select));
  p->saw_aggregate = select->grouped;
  KGQ_TRY(parse_SolutionModifier(p, select));
  p->saw_aggregate = saw;
  return parse_ValuesClause(p, select);
}

/* [8] SelectQuery ::= SelectClause DatasetClause* WhereClause SolutionModifier */
static kgq_status parse_SelectQuery(kg_parser *p) {
  kg_select *select = &p->ast->select;
  p->ast->form = KG_FORM_SELECT;
  KGQ_TRY(parse_SelectClause(p, select));
  select->grouped = p->saw_aggregate;
  KGQ_TRY(kg_parse_DatasetClause(p, "FROM", &p->ast->dataset));
  KGQ_TRY(parse_WhereClause(p, select));
  p->saw_aggregate = select->grouped;
  return parse_SolutionModifier(p, select);
}

/* ---- CONSTRUCT, DESCRIBE, ASK ------------------------------------------------------------------- */

/* [73] ConstructTemplate ::= '{' ConstructTriples? '}' */
static kgq_status parse_ConstructTemplate(kg_parser *p) {
  kg_triples to = { .quad_end = &p->ast->construct, .variables = true, .bnodes = true, .what = "a template" };
  KGQ_TRY(kg_expect(p, KG_TOK_LBRACE));
  if (kg_at_triples(p)) {
    KGQ_TRY(kg_parse_triples(p, &to));
  }
  return kg_expect(p, KG_TOK_RBRACE);
}

/* The template that a list of triple patterns is. */
static kgq_status template_of(kg_parser *p, const kg_pattern *pattern) {
  kg_quad_template **end = &p->ast->construct;
  for (; pattern; pattern = pattern->next) {
    *end = KG_NEW(p, kg_quad_template);
    KG_NEED(p, *end);
    KGQ_TRY(kg_node_as_template(p, &pattern->subject, &(*end)->subject));
    KGQ_TRY(kg_node_as_template(p, &pattern->predicate, &(*end)->predicate));
    KGQ_TRY(kg_node_as_template(p, &pattern->object, &(*end)->object));
    end = &(*end)->next;
  }
  return KGQ_OK;
}

/* The short form: 'WHERE' '{' TriplesTemplate? '}', pattern and template in one */
static kgq_status parse_construct_where(kg_parser *p, kg_select *select) {
  kg_triples to = { .variables = true, .bnodes = true, .what = "a template" };
  KGQ_TRY(kg_expect_word(p, "WHERE"));
  KGQ_TRY(kg_expect(p, KG_TOK_LBRACE));
  select->where = KG_NEW(p, kg_pattern);
  KG_NEED(p, select->where);
  select->where->kind = KG_PATTERN_GROUP;
  select->where->var = KG_NO_VAR;
  to.pattern_end = &select->where->first;
  if (kg_at_triples(p)) {
    KGQ_TRY(kg_parse_triples(p, &to));
  }
  if (!kg_at(p, KG_TOK_RBRACE)) {
    return kg_unexpected(p, "\"}\", since CONSTRUCT WHERE takes plain triples only");
  }
  KGQ_TRY(template_of(p, select->where->first));
  return kg_advance(p);
}

/* [10] ConstructQuery ::= 'CONSTRUCT' ( ConstructTemplate DatasetClause* WhereClause SolutionModifier
 *      | DatasetClause* 'WHERE' '{' TriplesTemplate? '}' SolutionModifier ) */
static kgq_status parse_ConstructQuery(kg_parser *p) {
  kg_select *select = &p->ast->select;
  p->ast->form = KG_FORM_CONSTRUCT;
  select->star = true;
  KGQ_TRY(kg_advance(p));
  const bool whole = kg_at(p, KG_TOK_LBRACE);
  if (whole) {
    KGQ_TRY(parse_ConstructTemplate(p));
  }
  KGQ_TRY(kg_parse_DatasetClause(p, "FROM", &p->ast->dataset));
  KGQ_TRY(whole ? parse_WhereClause(p, select) : parse_construct_where(p, select));
  return parse_SolutionModifier(p, select);
}

/* VarOrIri+ into an array; *projection gets the variables. */
static kgq_status parse_described(kg_parser *p) {
  kg_projection **end = &p->ast->select.projection;
  size_t capacity = 0;
  do {
    if (p->ast->describe_count == capacity) {
      const size_t larger = capacity ? capacity * 2 : 4;
      kg_node *nodes = kg_arena_alloc(&p->ast->arena, larger * sizeof *nodes);
      KG_NEED(p, nodes);
      if (capacity) {
        memcpy(nodes, p->ast->describe, capacity * sizeof *nodes);
      }
      p->ast->describe = nodes;
      capacity = larger;
    }
    kg_node *node = &p->ast->describe[p->ast->describe_count++];
    KGQ_TRY(kg_parse_VarOrIri(p, node));
    if (node->kind == KG_NODE_VAR) {
      *end = KG_NEW(p, kg_projection);
      KG_NEED(p, *end);
      (*end)->var = node->var;
      (*end)->offset = node->offset;
      end = &(*end)->next;
    }
  } while (kg_at(p, KG_TOK_VAR) || kg_at_iri(p));
  return KGQ_OK;
}

/* [11] DescribeQuery ::= 'DESCRIBE' ( VarOrIri+ | '*' ) DatasetClause* WhereClause? SolutionModifier */
static kgq_status parse_DescribeQuery(kg_parser *p) {
  kg_select *select = &p->ast->select;
  p->ast->form = KG_FORM_DESCRIBE;
  KGQ_TRY(kg_advance(p));
  if (kg_at(p, KG_TOK_STAR)) {
    p->ast->describe_star = select->star = true;
    KGQ_TRY(kg_advance(p));
  } else {
    KGQ_TRY(parse_described(p));
  }
  KGQ_TRY(kg_parse_DatasetClause(p, "FROM", &p->ast->dataset));
  if (kg_at_word(p, "WHERE") || kg_at(p, KG_TOK_LBRACE)) {
    KGQ_TRY(parse_WhereClause(p, select));
  } else {
    select->where = KG_NEW(p, kg_pattern);
    KG_NEED(p, select->where);
    select->where->kind = KG_PATTERN_GROUP;
    select->where->var = KG_NO_VAR;
  }
  return parse_SolutionModifier(p, select);
}

/* [12] AskQuery ::= 'ASK' DatasetClause* WhereClause SolutionModifier */
static kgq_status parse_AskQuery(kg_parser *p) {
  p->ast->form = KG_FORM_ASK;
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(kg_parse_DatasetClause(p, "FROM", &p->ast->dataset));
  KGQ_TRY(parse_WhereClause(p, &p->ast->select));
  return parse_SolutionModifier(p, &p->ast->select);
}

/* [2] Query ::= Prologue ( SelectQuery | ConstructQuery | DescribeQuery | AskQuery ) ValuesClause */
kgq_status kg_parse_Query(kg_parser *p) {
  if (kg_at_word(p, "SELECT")) {
    KGQ_TRY(parse_SelectQuery(p));
  } else if (kg_at_word(p, "CONSTRUCT")) {
    KGQ_TRY(parse_ConstructQuery(p));
  } else if (kg_at_word(p, "DESCRIBE")) {
    KGQ_TRY(parse_DescribeQuery(p));
  } else if (kg_at_word(p, "ASK")) {
    KGQ_TRY(parse_AskQuery(p));
  } else {
    return kg_unexpected(p, "SELECT, ASK, CONSTRUCT or DESCRIBE, or an update");
  }
  return parse_ValuesClause(p, &p->ast->select);
}
