/* query/parse_expr.c: expressions, productions [119] to [131] of SPARQL 1.2: operators by precedence, IN,
 * primaries.
 *
 * One function a production. Chains of || and && become balanced trees, so that a generated query with a
 * thousand alternatives stays shallow; the depth of every other tree is limited. Calls and aggregates are in
 * parse_call.c.
 */
#include "query/parse_expr.h"

static kgq_status unary(kg_parser *p, kg_expr_kind kind, kg_expr *operand, size_t offset, kg_expr **out) {
  KGQ_TRY(kg_expr_new(p, kind, offset, out));
  return kg_expr_set_args(p, *out, operand);
}

/* ---- triple terms ------------------------------------------------------------------------------- */

static kgq_status of_iri(kg_parser *p, kg_expr **out) {
  KGQ_TRY(kg_expr_new(p, KG_EXPR_TERM, p->token.offset, out));
  kgq_str iri = KG_STR(KG_RDF_TYPE);
  if (kg_at_iri(p)) {
    KGQ_TRY(kg_parse_iri(p, &iri));
  } else {
    KGQ_TRY(kg_advance(p)); /* `a` */
  }
  (*out)->term = kg_term_iri(iri);
  return KGQ_OK;
}

static kgq_status of_literal(kg_parser *p, kg_expr **out) {
  KGQ_TRY(kg_expr_new(p, KG_EXPR_TERM, p->token.offset, out));
  return kg_parse_literal(p, &(*out)->term);
}

static kgq_status of_var(kg_parser *p, kg_expr **out) {
  KGQ_TRY(kg_expr_new(p, KG_EXPR_VAR, p->token.offset, out));
  return kg_parse_Var(p, &(*out)->var);
}

static kgq_status parse_ExprTripleTerm(kg_parser *p, kg_expr **out);

/* ExprTripleTermSubject ::= iri | Var;  Verb: also 'a';  ExprTripleTermObject: also literals and
 * ExprTripleTerm */
static kgq_status parse_triple_part(kg_parser *p, int part, kg_expr **out) {
  if (kg_at(p, KG_TOK_VAR)) {
    return of_var(p, out);
  }
  if (kg_at_iri(p) || (part == 1 && kg_at(p, KG_TOK_WORD) && kg_str_equal(p->token.text, KG_STR("a")))) {
    return of_iri(p, out);
  }
  if (part == 2 && kg_at_literal(p)) {
    return of_literal(p, out);
  }
  if (part == 2 && kg_at(p, KG_TOK_TRIPLE_OPEN)) {
    return parse_ExprTripleTerm(p, out);
  }
  return kg_unexpected(p, part == 2 ? "an object of a triple term" : "a variable or an IRI");
}

/* The term of three ground parts. */
static kgq_status fold_triple(kg_parser *p, kg_expr *triple) {
  kg_term *terms = kg_arena_alloc(&p->ast->arena, 3 * sizeof *terms);
  KG_NEED(p, terms);
  size_t i = 0;
  for (const kg_expr *part = triple->args; part; part = part->next) {
    terms[i++] = part->term;
  }
  triple->kind = KG_EXPR_TERM;
  triple->term = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = terms };
  triple->args = NULL;
  return KGQ_OK;
}

/* ExprTripleTerm ::= '<<(' ExprTripleTermSubject Verb ExprTripleTermObject ')>>' */
static kgq_status parse_ExprTripleTerm(kg_parser *p, kg_expr **out) {
  KGQ_TRY(kg_enter(p));
  KGQ_TRY(kg_expr_new(p, KG_EXPR_TRIPLE, p->token.offset, out));
  KGQ_TRY(kg_advance(p));
  kg_expr *first = NULL;
  kg_expr **end = &first;
  bool ground = true;
  for (int part = 0; part < 3; part++) {
    KGQ_TRY(parse_triple_part(p, part, end));
    ground = ground && (*end)->kind == KG_EXPR_TERM;
    end = &(*end)->next;
  }
  KGQ_TRY(kg_expr_set_args(p, *out, first));
  KGQ_TRY(kg_expect(p, KG_TOK_TRIPLE_CLOSE));
  kg_leave(p);
  return ground ? fold_triple(p, *out) : KGQ_OK;
}

/* ---- primaries and operators -------------------------------------------------------------------- */

/* [126] BrackettedExpression ::= '(' Expression ')' */
static kgq_status parse_BrackettedExpression(kg_parser *p, kg_expr **out) {
  KGQ_TRY(kg_expect(p, KG_TOK_LPAREN));
  KGQ_TRY(kg_parse_Expression(p, out));
  return kg_expect(p, KG_TOK_RPAREN);
}

/* [125] PrimaryExpression ::= BrackettedExpression | BuiltInCall | iriOrFunction | RDFLiteral |
 * NumericLiteral | BooleanLiteral | Var | ExprTripleTerm */
static kgq_status parse_PrimaryExpression(kg_parser *p, kg_expr **out) {
  if (kg_at(p, KG_TOK_LPAREN)) {
    return parse_BrackettedExpression(p, out);
  }
  if (kg_at(p, KG_TOK_VAR)) {
    return of_var(p, out);
  }
  if (kg_at_literal(p)) {
    return of_literal(p, out);
  }
  if (kg_at_iri(p)) {
    return kg_parse_iriOrFunction(p, out);
  }
  if (kg_at(p, KG_TOK_TRIPLE_OPEN)) {
    return parse_ExprTripleTerm(p, out);
  }
  if (kg_at_call(p)) {
    return kg_parse_BuiltInCall(p, out);
  }
  return kg_unexpected(p, "an expression");
}

/* [124] UnaryExpression ::= '!' UnaryExpression | '+' PrimaryExpression | '-' PrimaryExpression |
 * PrimaryExpression */
static kgq_status parse_UnaryExpression(kg_parser *p, kg_expr **out) {
  const size_t offset = p->token.offset;
  kg_expr_kind kind;
  kg_expr *operand = NULL;
  if (kg_at(p, KG_TOK_BANG)) {
    KGQ_TRY(kg_enter(p));
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(parse_UnaryExpression(p, &operand));
    kg_leave(p);
    return unary(p, KG_EXPR_NOT, operand, offset, out);
  }
  if (kg_at(p, KG_TOK_PLUS)) {
    kind = KG_EXPR_PLUS;
  } else if (kg_at(p, KG_TOK_MINUS)) {
    kind = KG_EXPR_NEGATE;
  } else {
    return parse_PrimaryExpression(p, out);
  }
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(parse_PrimaryExpression(p, &operand));
  return unary(p, kind, operand, offset, out);
}

/* ( '*' UnaryExpression | '/' UnaryExpression )* behind *out */
static kgq_status parse_factors(kg_parser *p, kg_expr **out) {
  while (kg_at(p, KG_TOK_STAR) || kg_at(p, KG_TOK_SLASH)) {
    const kg_expr_kind kind = kg_at(p, KG_TOK_STAR) ? KG_EXPR_MULTIPLY : KG_EXPR_DIVIDE;
    kg_expr *right = NULL;
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(parse_UnaryExpression(p, &right));
    KGQ_TRY(kg_expr_binary(p, kind, *out, right, out));
  }
  return KGQ_OK;
}

/* [123] MultiplicativeExpression ::= UnaryExpression ( '*' UnaryExpression | '/' UnaryExpression )* */
static kgq_status parse_MultiplicativeExpression(kg_parser *p, kg_expr **out) {
  KGQ_TRY(parse_UnaryExpression(p, out));
  return parse_factors(p, out);
}

/* [122] AdditiveExpression ::= MultiplicativeExpression ( '+' MultiplicativeExpression | '-'
 * MultiplicativeExpression | ( NumericLiteralPositive | NumericLiteralNegative ) ( ( '*' UnaryExpression ) |
 * ( '/' UnaryExpression ) )* )* */
static kgq_status parse_AdditiveExpression(kg_parser *p, kg_expr **out) {
  KGQ_TRY(parse_MultiplicativeExpression(p, out));
  for (;;) {
    kg_expr *right = NULL;
    kg_expr_kind kind = KG_EXPR_ADD;
    if (kg_at(p, KG_TOK_PLUS) || kg_at(p, KG_TOK_MINUS)) {
      kind = kg_at(p, KG_TOK_PLUS) ? KG_EXPR_ADD : KG_EXPR_SUBTRACT;
      KGQ_TRY(kg_advance(p));
      KGQ_TRY(parse_MultiplicativeExpression(p, &right));
    } else if (kg_at(p, KG_TOK_NUMBER) && p->token.is_signed) { /* `?a -5` is `?a + -5` */
      KGQ_TRY(of_literal(p, &right));
      KGQ_TRY(parse_factors(p, &right));
    } else {
      return KGQ_OK;
    }
    KGQ_TRY(kg_expr_binary(p, kind, *out, right, out));
  }
}

static bool comparison(const kg_parser *p, kg_expr_kind *kind) {
  static const kg_expr_kind kinds[] = { KG_EXPR_EQUAL,      KG_EXPR_NOT_EQUAL, KG_EXPR_LESS,
                                        KG_EXPR_LESS_EQUAL, KG_EXPR_GREATER,   KG_EXPR_GREATER_EQUAL };
  if (p->token.kind < KG_TOK_EQUAL || p->token.kind > KG_TOK_GREATER_EQUAL) {
    return false;
  }
  *kind = kinds[p->token.kind - KG_TOK_EQUAL];
  return true;
}

/* 'IN' ExpressionList | 'NOT' 'IN' ExpressionList, behind *out */
static kgq_status parse_in(kg_parser *p, kg_expr **out) {
  const bool negated = kg_at_word(p, "NOT");
  kg_expr *left = *out;
  if (negated) {
    KGQ_TRY(kg_advance(p));
  }
  KGQ_TRY(kg_expect_word(p, "IN"));
  KGQ_TRY(kg_expr_new(p, negated ? KG_EXPR_NOT_IN : KG_EXPR_IN, left->offset, out));
  KGQ_TRY(kg_parse_ExpressionList(p, &left->next));
  return kg_expr_set_args(p, *out, left);
}

/* [120] ValueLogical ::= RelationalExpression   [121] RelationalExpression ::= NumericExpression ( '='
 * NumericExpression | '!=' | '<' | '>' | '<=' | '>=' ... | 'IN' ExpressionList | 'NOT' 'IN' ExpressionList )?
 */
static kgq_status parse_RelationalExpression(kg_parser *p, kg_expr **out) {
  kg_expr_kind kind;
  KGQ_TRY(parse_AdditiveExpression(p, out));
  if (comparison(p, &kind)) {
    kg_expr *right = NULL;
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(parse_AdditiveExpression(p, &right));
    return kg_expr_binary(p, kind, *out, right, out);
  }
  if (kg_at_word(p, "IN") || kg_at_word(p, "NOT")) {
    return parse_in(p, out);
  }
  return KGQ_OK;
}

/* [119] ConditionalAndExpression ::= ValueLogical ( '&&' ValueLogical )* */
static kgq_status parse_ConditionalAndExpression(kg_parser *p, kg_expr **out) {
  kg_expr *list = NULL;
  kg_expr **end = &list;
  KGQ_TRY(parse_RelationalExpression(p, end));
  while (kg_at(p, KG_TOK_AND)) {
    end = &(*end)->next;
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(parse_RelationalExpression(p, end));
  }
  return kg_expr_join(p, KG_EXPR_AND, list, out);
}

/* [117] Expression ::= ConditionalOrExpression
 * [118] ConditionalOrExpression ::= ConditionalAndExpression ( '||' ConditionalAndExpression )* */
kgq_status kg_parse_Expression(kg_parser *p, kg_expr **out) {
  kg_expr *list = NULL;
  kg_expr **end = &list;
  KGQ_TRY(kg_enter(p));
  KGQ_TRY(parse_ConditionalAndExpression(p, end));
  while (kg_at(p, KG_TOK_OR)) {
    end = &(*end)->next;
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(parse_ConditionalAndExpression(p, end));
  }
  kg_leave(p);
  return kg_expr_join(p, KG_EXPR_OR, list, out);
}

bool kg_at_constraint(const kg_parser *p) {
  return kg_at(p, KG_TOK_LPAREN) || kg_at_iri(p) || kg_at_call(p);
}

kgq_status kg_parse_call(kg_parser *p, kg_expr **out) {
  if (!kg_at_iri(p)) {
    return kg_parse_BuiltInCall(p, out);
  }
  const size_t offset = p->token.offset;
  KGQ_TRY(kg_parse_iriOrFunction(p, out));
  return (*out)->kind == KG_EXPR_TERM
             ? kg_syntax_at(p, offset, "an IRI alone is no condition; a call needs (...)")
             : KGQ_OK;
}

/* [68] Constraint ::= BrackettedExpression | BuiltInCall | FunctionCall */
kgq_status kg_parse_Constraint(kg_parser *p, kg_expr **out) {
  if (kg_at(p, KG_TOK_LPAREN)) {
    return parse_BrackettedExpression(p, out);
  }
  if (!kg_at_constraint(p)) {
    return kg_unexpected(p, "\"(\" or a function call");
  }
  return kg_parse_call(p, out);
}
