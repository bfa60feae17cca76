/* loaders/facts_statement.h: one entry of `facts` being read, between facts_statement.c and
 * facts_statement_keys.c. */
#ifndef KG_LOADERS_FACTS_STATEMENT_H
#define KG_LOADERS_FACTS_STATEMENT_H

#include "loaders/facts_doc.h"

typedef enum { /* in the order of kg_fact_keys */
               KG_FACT_SUBJECT,
               KG_FACT_PREDICATE,
               KG_FACT_OBJECT,
               KG_FACT_AMOUNT,
               KG_FACT_STATUS,
               KG_FACT_WHEN,
               KG_FACT_SAID_BY,
               KG_FACT_QUOTE,
               KG_FACT_PLACE,
               KG_FACT_WRITTEN,
               KG_FACT_CONVERTED,
               KG_FACT_ETC,
               KG_FACT_ORDERED,
               KG_FACT_INFERRED,
               KG_FACT_DERIVED,
               KG_FACT_ID,
               KG_FACT_KEYS
} kg_fact_key;

typedef struct kg_qualifier {
  const kg_decl *predicate;
  const kg_yaml_node *value;
  struct kg_qualifier *next;
} kg_qualifier;

typedef struct kg_fact {
  const kg_yaml_node *values[KG_FACT_KEYS]; /* NULL: not given */
  kg_qualifier *qualifiers, *last_qualifier;
  const kg_decl *predicate; /* NULL: a mistake has been reported */
  kg_text *subjects;        /* IRIs */
  kg_value *objects;
  kg_props props; /* what is said about every statement of the entry */
  bool asserted;
  kg_yaml_spot spot;
} kg_fact;

/* Reads everything but subject, predicate, object and id into fact->props and fact->asserted. */
kgq_status kg_fact_read_keys(kg_doc *doc, kg_fact *fact, kgq_error **err);

#endif
