/* graph/vocab.h: the IRIs that KGQ itself knows. Holds names only. */
#ifndef KG_GRAPH_VOCAB_H
#define KG_GRAPH_VOCAB_H

#define KG_NS_KGQ     "https://w3id.org/kgq#"
#define KG_NS_RDF     "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define KG_NS_RDFS    "http://www.w3.org/2000/01/rdf-schema#"
#define KG_NS_XSD     "http://www.w3.org/2001/XMLSchema#"
#define KG_NS_SKOS    "http://www.w3.org/2004/02/skos/core#"
#define KG_NS_PROV    "http://www.w3.org/ns/prov#"
#define KG_NS_DCTERMS "http://purl.org/dc/terms/"
#define KG_NS_SCHEMA  "https://schema.org/"
#define KG_NS_WD      "http://www.wikidata.org/entity/"
#define KG_NS_FN      "http://www.w3.org/2005/xpath-functions#"

/* X(name, namespace): the prefixes every database has (FACTS 2.1). */
/* clang-format off */
#define KG_BUILTIN_PREFIXES(X) \
  X("kgq", KG_NS_KGQ) \
  X("rdf", KG_NS_RDF) \
  X("rdfs", KG_NS_RDFS) \
  X("xsd", KG_NS_XSD) \
  X("skos", KG_NS_SKOS) \
  X("prov", KG_NS_PROV) \
  X("dcterms", KG_NS_DCTERMS) \
  X("schema", KG_NS_SCHEMA) \
  X("wd", KG_NS_WD)
/* clang-format on */

#define KG_RDF_TYPE            KG_NS_RDF "type"
#define KG_RDF_REIFIES         KG_NS_RDF "reifies"
#define KG_RDF_FIRST           KG_NS_RDF "first"
#define KG_RDF_REST            KG_NS_RDF "rest"
#define KG_RDF_NIL             KG_NS_RDF "nil"
#define KG_RDF_LANG_STRING     KG_NS_RDF "langString"
#define KG_RDF_DIR_LANG_STRING KG_NS_RDF "dirLangString"
#define KG_RDF_PROPERTY        KG_NS_RDF "Property"
#define KG_RDF_STATEMENT       KG_NS_RDF "Statement"
#define KG_XSD_STRING          KG_NS_XSD "string"
#define KG_XSD_INTEGER         KG_NS_XSD "integer"
#define KG_XSD_DECIMAL         KG_NS_XSD "decimal"
#define KG_XSD_DOUBLE          KG_NS_XSD "double"
#define KG_XSD_FLOAT           KG_NS_XSD "float"
#define KG_XSD_BOOLEAN         KG_NS_XSD "boolean"
#define KG_XSD_DATE            KG_NS_XSD "date"
#define KG_XSD_TIME            KG_NS_XSD "time"
#define KG_XSD_DATETIME        KG_NS_XSD "dateTime"
#define KG_XSD_GYEAR           KG_NS_XSD "gYear"
#define KG_XSD_GYEARMONTH      KG_NS_XSD "gYearMonth"
#define KG_KGQ_QUANTITY        KG_NS_KGQ "quantity"
#define KG_KGQ_WRITTEN_AS      KG_NS_KGQ "writtenAs"
#define KG_KGQ_KEY             KG_NS_KGQ "key"
#define KG_KGQ_UNIT            KG_NS_KGQ "Unit"
#define KG_KGQ_BACKGROUND      KG_NS_KGQ "Background"
#define KG_KGQ_DECLARATIONS    KG_NS_KGQ "Declarations"
#define KG_KGQ_RANGE           KG_NS_KGQ "range"
#define KG_KGQ_DEFAULT_UNIT    KG_NS_KGQ "defaultUnit"
#define KG_SKOS_PREF_LABEL     KG_NS_SKOS "prefLabel"
#define KG_SKOS_ALT_LABEL      KG_NS_SKOS "altLabel"
#define KG_SKOS_EXACT_MATCH    KG_NS_SKOS "exactMatch"
#define KG_SKOS_NOTATION       KG_NS_SKOS "notation"
#define KG_RDFS_LABEL          KG_NS_RDFS "label"

#endif
