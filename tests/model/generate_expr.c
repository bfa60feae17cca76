/* tests/model/generate_expr.c: expressions of generated queries. The contract: generate_internal.h.
 *
 * Arguments are mostly of the type a function wants; since variables may hold anything, errors come by
 * themselves.
 */
#include "graph/vocab.h"
#include "tests/model/generate_internal.h"

#define OPERATIONS_MAX 3u

static void any(model_writer *w, unsigned depth, unsigned level);
static void boolean(model_writer *w, unsigned depth, unsigned level);
static void numeric(model_writer *w, unsigned depth, unsigned level);
static void string(model_writer *w, unsigned depth, unsigned level);

static uint32_t below(model_writer *w, uint32_t limit) {
  return model_below(&w->random, limit);
}

static bool chance(model_writer *w, uint32_t percent) {
  return model_chance(&w->random, percent);
}

static void variable(model_writer *w) {
  model_say_var(w, model_some_var(w));
}

typedef void (*expression_fn)(model_writer *w, unsigned depth, unsigned level);

static void call(model_writer *w, const char *name, expression_fn a, expression_fn b, unsigned depth,
                 unsigned level) {
  model_say(w, "%s(", name);
  a(w, depth, level + 1);
  if (b) {
    model_say(w, ", ");
    b(w, depth, level + 1);
  }
  model_say(w, ")");
}

static void binary(model_writer *w, const char *operation, expression_fn part, unsigned depth,
                   unsigned level) {
  model_say(w, "(");
  part(w, depth, level + 1);
  model_say(w, " %s ", operation);
  part(w, depth, level + 1);
  model_say(w, ")");
}

/* IF and COALESCE around values of a kind. */
static void choice(model_writer *w, expression_fn part, unsigned depth, unsigned level) {
  if (chance(w, 50)) {
    model_say(w, "IF(");
    boolean(w, depth, level + 1);
    model_say(w, ", ");
    part(w, depth, level + 1);
    model_say(w, ", ");
    part(w, depth, level + 1);
    model_say(w, ")");
  } else {
    call(w, "COALESCE", part, part, depth, level);
  }
}

/* ---- booleans ----------------------------------------------------------------------------------- */

static void type_test(model_writer *w, unsigned depth, unsigned level) {
  static const char *const tests[] = { "isIRI",    "isBLANK", "isLITERAL", "isNUMERIC",
                                       "isTRIPLE", "hasLANG", "hasLANGDIR" };
  call(w, tests[below(w, 7)], any, NULL, depth, level);
}

static void comparison(model_writer *w, unsigned depth, unsigned level) {
  static const char *const operations[] = { "=", "!=", "<", ">", "<=", ">=" };
  const char *operation = operations[below(w, 6)];
  switch (below(w, 4)) {
  case 0: binary(w, operation, string, depth, level); break;
  case 1: binary(w, operation, numeric, depth, level); break;
  case 2:
    model_say(w, "(");
    variable(w);
    model_say(w, " %s ", operation);
    variable(w);
    model_say(w, ")");
    break;
  default: binary(w, operation, any, depth, level); break;
  }
}

static void membership(model_writer *w, unsigned depth, unsigned level) {
  const uint32_t count = 1 + below(w, 3);
  model_say(w, "(");
  any(w, depth, level + 1);
  model_say(w, chance(w, 65) ? " IN (" : " NOT IN (");
  for (uint32_t i = 0; i < count; i++) {
    model_say(w, i ? ", " : "");
    any(w, depth, level + 1);
  }
  model_say(w, "))");
}

static void exists(model_writer *w, unsigned depth, unsigned level) {
  if (depth >= 3 || w->budget <= 0) {
    type_test(w, depth, level);
    return;
  }
  model_say(w, chance(w, 55) ? "EXISTS " : "NOT EXISTS ");
  model_exists_text(w, depth);
}

static void text_test(model_writer *w, unsigned depth, unsigned level) {
  static const char *const tests[] = { "CONTAINS", "STRSTARTS", "STRENDS" };
  if (chance(w, 20)) {
    model_say(w, "LANGMATCHES(LANG(");
    variable(w);
    model_say(w, "), \"%s\")", chance(w, 50) ? "en" : "*");
  } else {
    call(w, tests[below(w, 3)], string, string, depth, level);
  }
}

static void boolean(model_writer *w, unsigned depth, unsigned level) {
  const uint32_t kind = below(w, 100);
  if (level >= OPERATIONS_MAX || kind < 12) {
    model_say(w, "BOUND(");
    variable(w);
    model_say(w, ")");
  } else if (kind < 45) {
    comparison(w, depth, level);
  } else if (kind < 55) {
    type_test(w, depth, level);
  } else if (kind < 62) {
    membership(w, depth, level);
  } else if (kind < 70) {
    text_test(w, depth, level);
  } else if (kind < 78) {
    exists(w, depth, level);
  } else if (kind < 86) {
    model_say(w, "(!");
    boolean(w, depth, level + 1);
    model_say(w, ")");
  } else if (kind < 95) {
    binary(w, chance(w, 50) ? "&&" : "||", boolean, depth, level);
  } else if (kind < 97) {
    call(w, "sameTerm", any, any, depth, level);
  } else if (kind < 98) {
    call(w, "xsd:boolean", any, NULL, depth, level);
  } else {
    any(w, depth, level + 1);
  }
}

/* ---- numbers ------------------------------------------------------------------------------------ */

static void numeric(model_writer *w, unsigned depth, unsigned level) {
  static const char *const numbers[] = { "0", "1", "2", "1.5", "2.0", "1.0e0", "0.5e0", "10" };
  static const char *const functions[] = { "ABS",         "CEIL",       "FLOOR",     "ROUND", "xsd:integer",
                                           "xsd:decimal", "xsd:double", "xsd:float", "-",     "+" };
  static const char *const parts[] = { "YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS" };
  static const char *const operations[] = { "+", "-", "*", "/" };
  const uint32_t kind = below(w, 100);
  if (level >= OPERATIONS_MAX || kind < 38) {
    if (chance(w, 65)) {
      variable(w);
    } else {
      model_say(w, "%s", numbers[below(w, 8)]);
    }
  } else if (kind < 62) {
    binary(w, operations[below(w, 4)], numeric, depth, level);
  } else if (kind < 76) {
    call(w, functions[below(w, 10)], numeric, NULL, depth, level);
  } else if (kind < 86) {
    call(w, "STRLEN", string, NULL, depth, level);
  } else if (kind < 90) {
    call(w, parts[below(w, 6)], any, NULL, depth, level);
  } else {
    choice(w, numeric, depth, level);
  }
}

/* ---- strings ------------------------------------------------------------------------------------ */

static void substring(model_writer *w, unsigned depth, unsigned level) {
  model_say(w, "SUBSTR(");
  string(w, depth, level + 1);
  model_say(w, ", %u", below(w, 4));
  if (chance(w, 50)) {
    model_say(w, ", %u", below(w, 4));
  }
  model_say(w, ")");
}

static void tagged(model_writer *w, unsigned depth, unsigned level) {
  static const char *const ends[] = { ", \"en\")", ", \"fr\")", ", \"en\", \"rtl\")" };
  const uint32_t which = below(w, 3);
  model_say(w, which == 2 ? "STRLANGDIR(" : "STRLANG(");
  string(w, depth, level + 1);
  model_say(w, "%s", ends[which]);
}

static void string(model_writer *w, unsigned depth, unsigned level) {
  static const char *const texts[] = { "\"a\"", "\"abc\"", "\"b\"", "\"\"", "\"a\"@en", "\"bc\"@en" };
  static const char *const unary[] = { "UCASE", "LCASE", "ENCODE_FOR_URI", "xsd:string", "LANG", "LANGDIR" };
  const uint32_t kind = below(w, 100);
  if (level >= OPERATIONS_MAX || kind < 34) {
    if (chance(w, 60)) {
      variable(w);
    } else {
      model_say(w, "%s", texts[below(w, 6)]);
    }
  } else if (kind < 54) {
    call(w, "STR", any, NULL, depth, level);
  } else if (kind < 66) {
    call(w, "CONCAT", string, string, depth, level);
  } else if (kind < 74) {
    substring(w, depth, level);
  } else if (kind < 84) {
    call(w, unary[below(w, 6)], string, NULL, depth, level);
  } else if (kind < 90) {
    call(w, chance(w, 50) ? "STRBEFORE" : "STRAFTER", string, string, depth, level);
  } else if (kind < 94) {
    tagged(w, depth, level);
  } else {
    choice(w, string, depth, level);
  }
}

/* ---- anything ----------------------------------------------------------------------------------- */

static void constructed_term(model_writer *w, unsigned depth, unsigned level) {
  static const char *const parts[] = { "SUBJECT", "PREDICATE", "OBJECT", "DATATYPE" };
  switch (below(w, 4)) {
  case 0:
    model_say(w, "TRIPLE(");
    any(w, depth, level + 1);
    model_say(w, ", :p%u, ", below(w, 4));
    any(w, depth, level + 1);
    model_say(w, ")");
    break;
  case 1:
    model_say(w, "IRI(CONCAT(\"http://example.org/s\", ENCODE_FOR_URI(");
    string(w, depth, level + 1);
    model_say(w, ")))");
    break;
  case 2:
    model_say(w, "STRDT(");
    string(w, depth, level + 1);
    model_say(w, ", %s)", chance(w, 60) ? "xsd:integer" : ":type");
    break;
  default: call(w, parts[below(w, 4)], any, NULL, depth, level); break;
  }
}

static void any(model_writer *w, unsigned depth, unsigned level) {
  const uint32_t kind = below(w, 100);
  if (level >= OPERATIONS_MAX || kind < 45) {
    variable(w);
  } else if (kind < 53) {
    model_say(w, "%s", model_literal_text(&w->random));
  } else if (kind < 58) {
    model_say(w, ":s%u", below(w, 4));
  } else if (kind < 70) {
    numeric(w, depth, level);
  } else if (kind < 82) {
    string(w, depth, level);
  } else if (kind < 91) {
    boolean(w, depth, level);
  } else if (kind < 95) {
    constructed_term(w, depth, level);
  } else {
    choice(w, any, depth, level);
  }
}

/* ---- aggregates --------------------------------------------------------------------------------- */

static void aggregate(model_writer *w, unsigned depth) {
  const char *distinct = chance(w, 30) ? "DISTINCT " : "";
  const uint32_t kind = below(w, 100);
  if (kind < 14) {
    model_say(w, "COUNT(%s*)", distinct);
    return;
  }
  if (kind < 38) {
    model_say(w, "COUNT(%s", distinct);
    any(w, depth, 1);
  } else if (kind < 62) {
    model_say(w, "%s(%s", chance(w, 60) ? "SUM" : "AVG", distinct);
    numeric(w, depth, 1);
  } else if (kind < 84) {
    model_say(w, "%s(%s", chance(w, 50) ? "MIN" : "MAX", distinct);
    if (chance(w, 30)) {
      variable(w);
    } else if (chance(w, 50)) {
      call(w, "STR", any, NULL, depth, 1);
    } else {
      call(w, chance(w, 50) ? "xsd:decimal" : "STRLEN", numeric, NULL, depth, 1);
    }
  } else if (kind < 94) { /* the order of the texts is free, their length together is not */
    model_say(w, "STRLEN(GROUP_CONCAT(%s", distinct);
    call(w, "STR", any, NULL, depth, 1);
    model_say(w, "%s)", chance(w, 50) ? "; SEPARATOR = \", \"" : "");
  } else {
    model_say(w, "SAMPLE(%s", distinct);
    variable(w);
  }
  model_say(w, ")");
}

static void grouped_expression(model_writer *w, unsigned depth) {
  const uint32_t kind = below(w, 100);
  if (kind < 75) {
    aggregate(w, depth);
  } else if (kind < 85) {
    model_say(w, "(");
    aggregate(w, depth);
    model_say(w, chance(w, 50) ? " + 1)" : " * 2)");
  } else if (kind < 92) {
    model_say(w, "COALESCE(");
    aggregate(w, depth);
    model_say(w, ", \"none\")");
  } else if (w->keys) {
    model_say(w, "STR(");
    model_say_var(w, model_one_of(w, w->keys));
    model_say(w, ")");
  } else {
    aggregate(w, depth);
  }
}

void model_expression(model_writer *w, model_sort sort, unsigned depth) {
  switch (sort) {
  case MODEL_ANY: any(w, depth, 0); break;
  case MODEL_BOOLEAN: boolean(w, depth, 0); break;
  case MODEL_NUMERIC: numeric(w, depth, 0); break;
  case MODEL_STRING: string(w, depth, 0); break;
  case MODEL_ORDERED:
    if (chance(w, 50)) {
      numeric(w, depth, 1);
    } else {
      string(w, depth, 1);
    }
    break;
  case MODEL_AGGREGATE: grouped_expression(w, depth); break;
  case MODEL_HAVING:
    model_say(w, "(");
    aggregate(w, depth);
    model_say(w, " %s %u)", chance(w, 50) ? ">" : "<=", below(w, 4));
    break;
  }
}
