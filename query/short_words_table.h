/* query/short_words_table.h: the words that the short language knows without the database
 * (SHORT-LANGUAGE 4.1, 4.3).
 *
 * Tables only, as lists of X(...): verbs with their IRIs, values of the vocabulary, functions. docs/FACTS.md
 * owns the terms; a new one is one line here.
 */
#ifndef KG_QUERY_SHORT_WORDS_TABLE_H
#define KG_QUERY_SHORT_WORDS_TABLE_H

#include "graph/vocab.h"

/* X("word", holds text, "IRI", ...): several IRIs are alternatives. */
/* clang-format off */
#define KG_SHORT_VERBS(X) \
  X("is", false, KG_RDF_TYPE) \
  X("name", true, KG_SKOS_PREF_LABEL) \
  X("also", true, KG_SKOS_ALT_LABEL) \
  X("written", true, KG_KGQ_WRITTEN_AS) \
  X("named", true, KG_SKOS_PREF_LABEL, KG_SKOS_ALT_LABEL, KG_KGQ_WRITTEN_AS) \
  X("same-as", false, KG_SKOS_EXACT_MATCH) \
  X("title", true, KG_NS_SCHEMA "headline") \
  X("publisher", false, KG_NS_SCHEMA "publisher") \
  X("author", false, KG_NS_SCHEMA "author") \
  X("published", false, KG_NS_SCHEMA "datePublished") \
  X("lang", true, KG_NS_SCHEMA "inLanguage") \
  X("status", false, KG_NS_KGQ "status") \
  X("when", false, KG_NS_KGQ "on", KG_NS_KGQ "from", KG_NS_KGQ "to", KG_NS_KGQ "by", KG_NS_KGQ "before", \
    KG_NS_KGQ "after", KG_NS_KGQ "about") \
  X("deadline", false, KG_NS_KGQ "by") \
  X("said-by", false, KG_NS_PROV "wasAttributedTo") \
  X("role", true, KG_NS_KGQ "saidAs") \
  X("quote", true, KG_NS_KGQ "quote") \
  X("text", true, KG_NS_KGQ "objectWritten") \
  X("place", false, KG_NS_KGQ "place") \
  X("at", false, KG_NS_KGQ "place") \
  X("inferred", true, KG_NS_KGQ "inferred") \
  X("converted", false, KG_NS_KGQ "converted") \
  X("how", true, KG_NS_KGQ "how")
/* clang-format on */

/* X("word", "verb"): values of the vocabulary. Behind their verb they come before nodes of the data,
 * elsewhere they stand in only where no node is called so. "" : of any verb. */
/* clang-format off */
#define KG_SHORT_VALUES(X) \
  X("planned", "status") \
  X("agreed", "status") \
  X("started", "status") \
  X("ongoing", "status") \
  X("done", "status") \
  X("cancelled", "status") \
  X("expected", "status") \
  X("possible", "status") \
  X("estimated", "status") \
  X("target", "status") \
  X("denied", "status") \
  X("headline", "place") \
  X("subhead", "place") \
  X("summary", "place") \
  X("lead", "place") \
  X("body", "place") \
  X("caption", "place") \
  X("infobox", "place") \
  X("none", "") \
  X("unknown", "") \
  X("undecided", "") \
  X("unnamed", "") \
  X("background", "")
/* clang-format on */

/* X("word", "IRI"): classes of the vocabulary. */
/* clang-format off */
#define KG_SHORT_CLASSES(X) \
  X("article", KG_NS_SCHEMA "NewsArticle") \
  X("background", KG_KGQ_BACKGROUND) \
  X("unit", KG_KGQ_UNIT) \
  X("declarations", KG_KGQ_DECLARATIONS) \
  X("predicate", KG_RDF_PROPERTY)
/* clang-format on */

/* X("word", fewest, most arguments): functions of the vocabulary, kgq:word. */
/* clang-format off */
#define KG_SHORT_KGQ_FUNCTIONS(X) \
  X("value", 1, 1) \
  X("unit", 1, 1) \
  X("bound", 1, 1) \
  X("lower", 1, 1) \
  X("upper", 1, 1) \
  X("compatible", 2, 2) \
  X("clashes", 2, 2) \
  X("both", 2, 2) \
  X("start", 1, 1) \
  X("end", 1, 1) \
  X("day", 1, 1) \
  X("label", 1, 2)
/* clang-format on */

/* X("word", built-in function of ast.h, fewest, most arguments) */
/* clang-format off */
#define KG_SHORT_SPARQL_FUNCTIONS(X) \
  X("year", KG_FN_YEAR, 1, 1) \
  X("month", KG_FN_MONTH, 1, 1) \
  X("text", KG_FN_STR, 1, 1) \
  X("lang", KG_FN_LANG, 1, 1) \
  X("length", KG_FN_STRLEN, 1, 1) \
  X("round", KG_FN_ROUND, 1, 1) \
  X("abs", KG_FN_ABS, 1, 1) \
  X("regex", KG_FN_REGEX, 2, 3) \
  X("coalesce", KG_FN_COALESCE, 1, 1000) \
  X("if", KG_FN_IF, 3, 3)
/* clang-format on */

#endif
