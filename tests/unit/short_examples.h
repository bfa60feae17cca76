/* tests/unit/short_examples.h: the examples of the short language (docs/QUERY.md), each with the SPARQL "
    "it stands for.
 *
 * Where a word of docs/QUERY.md stands for several predicates (`when`), the SPARQL has them all.
 */
#ifndef KG_TEST_SHORT_EXAMPLES_H
#define KG_TEST_SHORT_EXAMPLES_H

typedef struct short_example {
  const char *name, *text, *sparql;
} short_example;

/* clang-format off */
static const short_example short_examples[] = {
  { "E1",
    "Naver",
    "SELECT DISTINCT ?subject ?verb ?object ?article WHERE {\n"
    "  VALUES ?_1 { ex:naver }\n"
    "  GRAPH ?article {\n"
    "    { ?_1 ?verb ?object . BIND(?_1 AS ?subject) } UNION { ?subject ?verb ?_1 . BIND(?_1 AS ?object) }\n"
    "  }\n"
    "}" },
  { "E2",
    "[Samsung Electronics] gets 50000 GPU",
    "ASK {\n"
    "  ex:samsung_electronics ex:gets ?_1 .\n"
    "  FILTER(?_1 = \"50000 GPU\"^^kgq:quantity)\n"
    "}" },
  { "E3",
    "?who gets ?n",
    "SELECT ?who ?n WHERE {\n"
    "  ?who ex:gets ?n .\n"
    "}" },
  { "E4",
    "?who gets ?n, ?n >= 50000 GPU, ?who is Company",
    "SELECT ?who ?n WHERE {\n"
    "  ?who ex:gets ?n .\n"
    "  ?who a ex:Company .\n"
    "  FILTER(?n >= \"50000 GPU\"^^kgq:quantity)\n"
    "}" },
  { "E5",
    "삼성전자 gets ?n,\n"
    "?n > 10000 GPU      # 現代自 or 현대차 would do as well",
    "SELECT ?n WHERE {\n"
    "  ex:samsung_electronics ex:gets ?n .\n"
    "  FILTER(?n > \"10000 GPU\"^^kgq:quantity)\n"
    "}" },
  { "E6",
    "?who gets ?n @ ?article",
    "SELECT ?who ?n ?article WHERE {\n"
    "  GRAPH ?article { ?who ex:gets ?n . }\n"
    "}" },
  { "E7",
    "?who gets ?n @ ?article (text ?words, maybe said-by ?speaker)",
    "SELECT DISTINCT ?who ?n ?article ?words ?speaker WHERE {\n"
    "  GRAPH ?article { ?who ex:gets ?n ~ ?_1 . ?_1 kgq:objectWritten ?words . OPTIONAL { ?_1 "
    "prov:wasAttributedTo ?speaker . } }\n"
    "}" },
  { "E8",
    "?x ?does ?y @ ?article (said-by [Jensen Huang], quote ?words)",
    "SELECT DISTINCT ?x ?does ?y ?article ?words WHERE {\n"
    "  GRAPH ?article { ?x ?does ?y ~ ?_1 . ?_1 prov:wasAttributedTo ex:jensen_huang . ?_1 kgq:quote "
    "?words . }\n"
    "}" },
  { "E9",
    "[SK Group] ^part-of/gets ?n",
    "SELECT DISTINCT ?n WHERE {\n"
    "  ex:sk_group ^ex:partOf/ex:gets ?n .\n"
    "}" },
  { "E10",
    "?x (part-of|located-in)+ [Korean government]",
    "SELECT DISTINCT ?x WHERE {\n"
    "  ?x (ex:partOf|ex:locatedIn)+ ex:kr_government .\n"
    "}" },
  { "E11",
    "?x ~ \"現代\"",
    "SELECT ?x WHERE {\n"
    "  ?x kgq:matches \"現代\" .\n"
    "}" },
  { "E12",
    "?x quote ?q, ?q ~ \"만 장\", ?q !~ \"최대\"",
    "SELECT ?x ?q WHERE {\n"
    "  ?x kgq:quote ?q .\n"
    "  ?q kgq:matches \"만 장\" .\n"
    "  FILTER NOT EXISTS { ?q kgq:matches \"최대\" }\n"
    "}" },
  { "E13",
    "{?who gets ?n} or {?who brings-in-through ?via, ?via gets ?n}",
    "SELECT DISTINCT ?who ?n ?via WHERE {\n"
    "  { ?who ex:gets ?n . } UNION { ?who ex:bringsInThrough ?via . ?via ex:gets ?n . }\n"
    "}" },
  { "E14",
    "?who gets ?n, ?n < 10000 GPU or ?n >= 100000 GPU or ?who = Kakao",
    "SELECT ?who ?n WHERE {\n"
    "  ?who ex:gets ?n .\n"
    "  FILTER(?n < \"10000 GPU\"^^kgq:quantity || ?n >= \"100000 GPU\"^^kgq:quantity || ?who = ex:kakao)\n"
    "}" },
  { "E15",
    "(Naver, [SK Group], KT) gets ?n",
    "SELECT DISTINCT ?n WHERE {\n"
    "  VALUES ?_1 { ex:naver ex:sk_group ex:kt }\n"
    "  ?_1 ex:gets ?n .\n"
    "}" },
  { "E16",
    "?who gets ?n @ ?article\n"
    "| count ?article as ?sources by ?who, ?n\n"
    "| sort ?sources desc",
    "SELECT ?who ?n (COUNT(DISTINCT ?article) AS ?sources) WHERE {\n"
    "  GRAPH ?article { ?who ex:gets ?n . }\n"
    "} GROUP BY ?who ?n ORDER BY DESC(?sources)" },
  { "E17",
    "?who gets ?n @ ?article\n"
    "| agree ?n as ?ok, list ?article as ?articles by ?who\n"
    "| where ?ok = false",
    "SELECT ?who ?ok ?articles WHERE {\n"
    "  { SELECT ?who (kgq:agree(?n) AS ?ok) (GROUP_CONCAT(DISTINCT kgq:label(?article); SEPARATOR=\", \") "
    "AS ?articles) WHERE {\n"
    "    GRAPH ?article { ?who ex:gets ?n . }\n"
    "  } GROUP BY ?who }\n"
    "  FILTER(?ok = false)\n"
    "}" },
  { "E18",
    "?who gets ?n | sum ?n by ?who | sort ?n desc | top 5",
    "SELECT ?who (SUM(?n_1) AS ?n) WHERE {\n"
    "  ?who ex:gets ?n_1 .\n"
    "} GROUP BY ?who ORDER BY DESC(?n) LIMIT 5" },
  { "E19",
    "?who gets ?n @ ?a\n"
    "| sum ?n as ?total, count ?who as ?receivers by ?a\n"
    "| where ?receivers >= 4",
    "SELECT ?a ?total ?receivers WHERE {\n"
    "  { SELECT ?a (SUM(?n) AS ?total) (COUNT(DISTINCT ?who) AS ?receivers) WHERE {\n"
    "    GRAPH ?a { ?who ex:gets ?n . }\n"
    "  } GROUP BY ?a }\n"
    "  FILTER(?receivers >= 4)\n"
    "}" },
  { "E20",
    "{?x part-of ?y, ?y builds ?f} @ ?article",
    "SELECT ?x ?y ?f ?article WHERE {\n"
    "  GRAPH ?article { ?x ex:partOf ?y . ?y ex:builds ?f . }\n"
    "}" },
  { "E21",
    "?e is Event, ?e happens-on ?d, ?d = 2025-10 | sort ?d",
    "SELECT ?e ?d WHERE {\n"
    "  ?e a ex:Event .\n"
    "  ?e ex:happensOn ?d .\n"
    "  FILTER(kgq:day(?d) >= \"2025-10-01\"^^xsd:date && kgq:day(?d) < \"2025-11-01\"^^xsd:date)\n"
    "} ORDER BY ?d" },
  { "E22",
    "?who gets ?n @ ?article | show ?who, ?article",
    "SELECT DISTINCT ?who ?article WHERE {\n"
    "  GRAPH ?article { ?who ex:gets ?n . }\n"
    "}" },
  { "E23",
    "?x part-of ?y @ ?g, ?g = Background",
    "SELECT ?x ?y ?g WHERE {\n"
    "  GRAPH ?g { ?x ex:partOf ?y . }\n"
    "  FILTER(?g = kgq:background)\n"
    "}" },
  { "E24",
    "?x named ?name | sort ?name, ?x | skip 20 | top 20",
    "SELECT DISTINCT ?x ?name WHERE {\n"
    "  ?x (skos:prefLabel|skos:altLabel|kgq:writtenAs) ?name .\n"
    "} ORDER BY ?name ?x LIMIT 20 OFFSET 20" },
  { "E25",
    "?ceo ceo-of Nvidia @ ?article, maybe ?ceo named ?name @ ?article",
    "SELECT DISTINCT ?ceo ?article ?name WHERE {\n"
    "  GRAPH ?article { ?ceo ex:ceoOf ex:nvidia . }\n"
    "  OPTIONAL { GRAPH ?article { ?ceo (skos:prefLabel|skos:altLabel|kgq:writtenAs) ?name . } }\n"
    "}" },
  { "E26",
    "?article is Article, maybe ~Samsung gets ?n @ ?article (maybe text ?written)\n"
    "| let ?bound = bound(?n)",
    "SELECT DISTINCT ?article ?n ?written ?bound WHERE {\n"
    "  ?article a schema:NewsArticle .\n"
    "  OPTIONAL { VALUES ?_1 { ex:samsung ex:samsung_electronics } GRAPH ?article { ?_1 ex:gets ?n . "
    "OPTIONAL { ?_1 ex:gets ?n ~ ?_2 . OPTIONAL { ?_2 kgq:objectWritten ?written . } } } }\n"
    "  BIND(kgq:bound(?n) AS ?bound)\n"
    "}" },
  { "E27",
    "?builder builds ?f, ?f is [AI factory], ?f located-in ?place @ ?article",
    "SELECT ?builder ?f ?place ?article WHERE {\n"
    "  ?builder ex:builds ?f .\n"
    "  ?f a ex:AIFactory .\n"
    "  GRAPH ?article { ?f ex:locatedIn ?place . }\n"
    "}" },
  { "E28",
    "?builder builds ?f, ?f is [AI factory], not ?f located-in _",
    "SELECT ?builder ?f WHERE {\n"
    "  ?builder ex:builds ?f .\n"
    "  ?f a ex:AIFactory .\n"
    "  FILTER NOT EXISTS { ?f ex:locatedIn ?_1 . }\n"
    "}" },
  { "E29",
    "[SK AI cloud] based-on ?product @ ?article",
    "SELECT ?product ?article WHERE {\n"
    "  GRAPH ?article { ex:sk_ai_cloud ex:basedOn ?product . }\n"
    "}" },
  { "E30",
    "현대차 named ?name @ ?article | sort ?article",
    "SELECT DISTINCT ?name ?article WHERE {\n"
    "  GRAPH ?article { ex:hyundai (skos:prefLabel|skos:altLabel|kgq:writtenAs) ?name . }\n"
    "} ORDER BY ?article" },
  { "E31",
    "?who named ?name @ ?article, ?who = (KISTI, KT)",
    "SELECT DISTINCT ?who ?name ?article WHERE {\n"
    "  GRAPH ?article { ?who (skos:prefLabel|skos:altLabel|kgq:writtenAs) ?name . }\n"
    "  FILTER(?who IN (ex:kisti, ex:kt))\n"
    "}" },
  { "E32",
    "{?org takes-part-in [sovereign LLM], ?org takes-part-in AI-RAN} @ ?article, ?org != Nvidia",
    "SELECT ?org ?article WHERE {\n"
    "  GRAPH ?article { ?org ex:takesPartIn ex:sovereign_llm . ?org ex:takesPartIn ex:ai_ran . }\n"
    "  FILTER(?org != ex:nvidia)\n"
    "}" },
  { "E33",
    "?x part-of* ?org, ?x takes-part-in [sovereign LLM],\n"
    "?y part-of* ?org, ?y takes-part-in AI-RAN, ?org != Nvidia\n"
    "| show ?org",
    "SELECT DISTINCT ?org WHERE {\n"
    "  ?x ex:partOf* ?org .\n"
    "  ?x ex:takesPartIn ex:sovereign_llm .\n"
    "  ?y ex:partOf* ?org .\n"
    "  ?y ex:takesPartIn ex:ai_ran .\n"
    "  FILTER(?org != ex:nvidia)\n"
    "}" },
  { "E34",
    "MSIT brings-in-through ?firm @ ?a, maybe {?firm part-of? ?owner, ?owner gets ?own @ ?b}",
    "SELECT ?firm ?a ?owner ?own ?b WHERE {\n"
    "  GRAPH ?a { ex:msit ex:bringsInThrough ?firm . }\n"
    "  OPTIONAL { ?firm ex:partOf? ?owner . GRAPH ?b { ?owner ex:gets ?own . } }\n"
    "}" },
  { "E35",
    "?photo shows [Lee Jae Myung], ?photo taken-at ?building @ ?a,\n"
    "?building located-in ?city @ ?b, ?city located-in ?country @ ?c",
    "SELECT ?photo ?building ?a ?city ?b ?country ?c WHERE {\n"
    "  ?photo ex:shows ex:lee_jae_myung .\n"
    "  GRAPH ?a { ?photo ex:takenAt ?building . }\n"
    "  GRAPH ?b { ?building ex:locatedIn ?city . }\n"
    "  GRAPH ?c { ?city ex:locatedIn ?country . }\n"
    "}" },
  { "E36",
    "?firm part-of [SK Group] @ ?says, \n"
    "maybe {?firm ?does ?what @ ?article, ?does != (part-of, name, also)}",
    "SELECT ?firm ?says ?does ?what ?article WHERE {\n"
    "  GRAPH ?says { ?firm ex:partOf ex:sk_group . }\n"
    "  OPTIONAL { GRAPH ?article { ?firm ?does ?what . } FILTER(?does NOT IN (ex:partOf, skos:prefLabel, "
    "skos:altLabel)) }\n"
    "}" },
  { "E37",
    "?who gets ?n @ ?a, [GPU supply] total ?total @ ?a\n"
    "| sum ?n as ?sum by ?a, ?total\n"
    "| let ?fits = compatible(?sum, ?total)",
    "SELECT ?a ?total ?sum ?fits WHERE {\n"
    "  { SELECT ?a ?total (SUM(?n) AS ?sum) WHERE {\n"
    "    GRAPH ?a { ?who ex:gets ?n . }\n"
    "    GRAPH ?a { ex:gpu_supply ex:total ?total . }\n"
    "  } GROUP BY ?a ?total }\n"
    "  BIND(kgq:compatible(?sum, ?total) AS ?fits)\n"
    "}" },
  { "E38",
    "?org takes-part-in AI-RAN, ?org != Nvidia | count ?org",
    "SELECT (COUNT(DISTINCT ?org) AS ?count) WHERE {\n"
    "  ?org ex:takesPartIn ex:ai_ran .\n"
    "  FILTER(?org != ex:nvidia)\n"
    "}" },
  { "E39",
    "?org takes-part-in AI-RAN @ ?article, ?org != Nvidia | count ?org by ?article",
    "SELECT ?article (COUNT(DISTINCT ?org) AS ?count) WHERE {\n"
    "  GRAPH ?article { ?org ex:takesPartIn ex:ai_ran . }\n"
    "  FILTER(?org != ex:nvidia)\n"
    "} GROUP BY ?article" },
  { "E40",
    "?who chairs SK @ ?article (at ?place, maybe text ?written)",
    "SELECT DISTINCT ?who ?article ?place ?written WHERE {\n"
    "  GRAPH ?article { ?who ex:chairs ex:sk_group ~ ?_1 . ?_1 kgq:place ?place . OPTIONAL { ?_1 "
    "kgq:objectWritten ?written . } }\n"
    "}" },
  { "E41",
    "[AI computing capability] grows ?x @ ?article (said-by ?who, when ?day, status ?status)",
    "SELECT DISTINCT ?x ?article ?who ?day ?status WHERE {\n"
    "  GRAPH ?article { ex:ai_computing ex:grows ?x ~ ?_1 . ?_1 prov:wasAttributedTo ?who . ?_1 "
    "(kgq:on|kgq:from|kgq:to|kgq:by|kgq:before|kgq:after|kgq:about) ?day . ?_1 kgq:status ?status . }\n"
    "}" },
  { "E42",
    "[GPU supply] worth ?v @ ?a, [GPU supply] worth ?w @ ?b, clashes(?v, ?w), ?v < ?w",
    "SELECT ?v ?a ?w ?b WHERE {\n"
    "  GRAPH ?a { ex:gpu_supply ex:worth ?v . }\n"
    "  GRAPH ?b { ex:gpu_supply ex:worth ?w . }\n"
    "  FILTER(kgq:clashes(?v, ?w))\n"
    "  FILTER(?v < ?w)\n"
    "}" },
  { "E43",
    "[GPU supply] worth ?v @ ?article, ?v >= 14e12 KRW",
    "SELECT ?v ?article WHERE {\n"
    "  GRAPH ?article { ex:gpu_supply ex:worth ?v . }\n"
    "  FILTER(?v >= \"14000000000000 KRW\"^^kgq:quantity)\n"
    "}" },
  { "E44",
    "?who gets ?n @ ?a, [GPU supply] total ?t @ ?a\n"
    "| sum ?n as ?sum by ?a, ?t | where clashes(?sum, ?t)",
    "SELECT ?a ?t ?sum WHERE {\n"
    "  { SELECT ?a ?t (SUM(?n) AS ?sum) WHERE {\n"
    "    GRAPH ?a { ?who ex:gets ?n . }\n"
    "    GRAPH ?a { ex:gpu_supply ex:total ?t . }\n"
    "  } GROUP BY ?a ?t }\n"
    "  FILTER(kgq:clashes(?sum, ?t))\n"
    "}" },
  { "E45",
    "?a is Article, ?a lang ?lang, maybe ~government gets ?n @ ?a | let ?bound = bound(?n)",
    "SELECT DISTINCT ?a ?lang ?n ?bound WHERE {\n"
    "  ?a a schema:NewsArticle .\n"
    "  ?a schema:inLanguage ?lang .\n"
    "  OPTIONAL { VALUES ?_1 { ex:kr_government ex:msit } GRAPH ?a { ?_1 ex:gets ?n . } }\n"
    "  BIND(kgq:bound(?n) AS ?bound)\n"
    "}" },
  { "E46",
    "[SK Group] builds [SK AI factory] @ ?article (status ?state)",
    "SELECT DISTINCT ?article ?state WHERE {\n"
    "  GRAPH ?article { ex:sk_group ex:builds ex:sk_ai_factory ~ ?_1 . ?_1 kgq:status ?state . }\n"
    "}" },
  { "E47",
    "?org takes-part-in ([sovereign LLM], AI-RAN, [quantum computing centre]),\n"
    "?de lang \"de\", not ?org named _ @ ?de\n"
    "| show ?org",
    "SELECT DISTINCT ?org WHERE {\n"
    "  VALUES ?_1 { ex:sovereign_llm ex:ai_ran ex:quantum_centre }\n"
    "  ?org ex:takesPartIn ?_1 .\n"
    "  ?de schema:inLanguage ?_2 .\n"
    "  FILTER(STR(?_2) = \"de\")\n"
    "  FILTER NOT EXISTS { GRAPH ?de { ?org (skos:prefLabel|skos:altLabel|kgq:writtenAs) ?_3 . } }\n"
    "}" },
  { "E48",
    "?a is Article, not {?x part-of* [LG Group], ?x named _ @ ?a}",
    "SELECT ?a WHERE {\n"
    "  ?a a schema:NewsArticle .\n"
    "  FILTER NOT EXISTS { ?x ex:partOf* ex:lg . GRAPH ?a { ?x "
    "(skos:prefLabel|skos:altLabel|kgq:writtenAs) ?_1 . } }\n"
    "}" },
  { "E49",
    "?e is Event @ ?article, ?e happens-on ?d, ?d >= 2025-10-30, ?d <= 2025-11-02\n"
    "| sort ?d",
    "SELECT ?e ?article ?d WHERE {\n"
    "  GRAPH ?article { ?e a ex:Event . }\n"
    "  ?e ex:happensOn ?d .\n"
    "  FILTER(kgq:day(?d) >= \"2025-10-30\"^^xsd:date)\n"
    "  FILTER(kgq:day(?d) <= \"2025-11-02\"^^xsd:date)\n"
    "} ORDER BY ?d" },
  { "E50",
    "[GPU supply] delivery-time ?x @ ?article (maybe said-by ?who, maybe quote ?q)",
    "SELECT DISTINCT ?x ?article ?who ?q WHERE {\n"
    "  GRAPH ?article { ex:gpu_supply ex:deliveryTime ?x . OPTIONAL { ex:gpu_supply ex:deliveryTime ?x ~ "
    "?_1 . OPTIONAL { ?_1 prov:wasAttributedTo ?who . } OPTIONAL { ?_1 kgq:quote ?q . } } }\n"
    "}" },
  { "E51",
    "[Nvidia investment] amount ?usd @ ?a, [Nvidia investment] converted-to ?v @ ?a\n"
    "| let ?rate = value(?v) / value(?usd) | let ?unit = unit(?v)",
    "SELECT ?usd ?a ?v ?rate ?unit WHERE {\n"
    "  GRAPH ?a { ex:nvidia_investment ex:amount ?usd . }\n"
    "  GRAPH ?a { ex:nvidia_investment ex:convertedTo ?v . }\n"
    "  BIND(kgq:value(?v) / kgq:value(?usd) AS ?rate)\n"
    "  BIND(kgq:unit(?v) AS ?unit)\n"
    "}" },
  { "E52",
    "?x ?meaning ?n @ ?article, ?n >= 100000 GPU | let ?bound = bound(?n)",
    "SELECT ?x ?meaning ?n ?article ?bound WHERE {\n"
    "  GRAPH ?article { ?x ?meaning ?n . }\n"
    "  FILTER(?n >= \"100000 GPU\"^^kgq:quantity)\n"
    "  BIND(kgq:bound(?n) AS ?bound)\n"
    "}" },
  { "E53",
    "?a is Article, maybe ?a publisher ?p, maybe ?a author ?w, maybe ?a published ?d",
    "SELECT ?a ?p ?w ?d WHERE {\n"
    "  ?a a schema:NewsArticle .\n"
    "  OPTIONAL { ?a schema:publisher ?p . }\n"
    "  OPTIONAL { ?a schema:author ?w . }\n"
    "  OPTIONAL { ?a schema:datePublished ?d . }\n"
    "}" },
};
/* clang-format on */

#endif
