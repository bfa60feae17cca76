/* loaders/facts_doc.h: what the parts of the facts loader share: one document being read.
 *
 * The flow: facts.c takes a file apart into documents; facts_head.c reads a document's head and calls one
 * part a section (article, units, predicates, entities, statements), which read values (facts_read.c,
 * facts_amount.c, facts_when.c, facts_value.c) and make quads (facts_emit.c). Mistakes of the writer go to
 * doc->errors and leave the result empty; a kgq_status other than KGQ_OK is for what is not the writer's
 * fault.
 *
 * Ownership: everything read lives in doc->arena, which goes with the document.
 */
#ifndef KG_LOADERS_FACTS_DOC_H
#define KG_LOADERS_FACTS_DOC_H

#include "core/map.h"
#include "graph/vocab.h"
#include "loaders/facts_world.h"
#include "loaders/sink.h"
#include "loaders/yaml.h"

typedef struct kg_doc {
  const kgq_allocator *allocator;
  kg_arena *arena;
  kg_yaml_errors *errors;
  kg_world *world;
  const kg_sink *sink;
  uint32_t number;          /* of the document in the command, from 1 */
  const char *graph_option; /* --graph, or NULL */
  const kg_yaml_node *root;
  kgq_str base;               /* IRI under which keys live */
  kgq_str graph, about;       /* X and its declarations */
  kgq_str stem;               /* X with "#", or "/" if X has a "#": names of statements */
  kgq_str lang;               /* of plain text; empty: none */
  const kg_yaml_node *source; /* the map of `article` or `background`; NULL: neither */
  bool is_article;
  kg_map statement_ids; /* id of a fact -> how many statements it names */
  kg_map statements;    /* what has been stated -> line */
  kg_map units;         /* declared in this document */
  kg_buf scratch;
} kg_doc;

/* ---- facts_read.c: words, texts, IRIs, keys ------------------------------------------------------ */

typedef struct kg_text {
  kgq_str text, lang;
  kg_yaml_spot spot;
  struct kg_text *next;
} kg_text;

#define KG_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Index of the word in the list, or -1. */
int kg_word_index(kgq_str text, const char *const *words, size_t count);
/* `name` of a map: has it a value? Says so if not. Keys given twice are passed over: they have been reported.
 */
bool kg_has_value(kg_doc *doc, const kg_yaml_node *key);
/* "unknown key ‘statsu’ in a fact", with the nearest of `words`, and of the predicates if they may stand
 * there. */
kgq_status kg_say_unknown_key(kg_doc *doc, const kg_yaml_node *key, const char *where,
                              const char *const *words, size_t count, bool predicates, kgq_error **err);
/* "unknown status ‘planed’", all words as hint. */
void kg_say_unknown_word(kg_doc *doc, const kg_yaml_node *node, const char *what, const char *const *words,
                         size_t count, bool list_all);
bool kg_key_valid(kgq_str text);
bool kg_is_scalar(kg_doc *doc, const kg_yaml_node *node, const char *what); /* says so if not */

kgq_status kg_concat(kg_doc *doc, kgq_str left, kgq_str right, kgq_str *out, kgq_error **err);

typedef enum { KG_TEXT_ONE, KG_TEXT_LISTS } kg_text_lists;
/* A string, or a map of languages; with KG_TEXT_LISTS also lists of strings in either. */
kgq_status kg_read_texts(kg_doc *doc, const kg_yaml_node *node, kg_text_lists lists, kg_text **out,
                         kgq_error **err);
/* prefix:local or a full IRI; out->len 0 after an error. */
kgq_status kg_read_iri(kg_doc *doc, const kg_yaml_node *node, kgq_str *out, kgq_error **err);
/* One key or a list of keys to IRIs. */
kgq_status kg_read_entities(kg_doc *doc, const kg_yaml_node *node, kg_text **out, kgq_error **err);
kgq_status kg_read_entity(kg_doc *doc, const kg_yaml_node *node, kgq_str *iri, kgq_error **err);
/* NULL: not a known predicate (nothing said). */
kgq_status kg_find_predicate(kg_doc *doc, const kg_yaml_node *node, const kg_decl **out, kgq_error **err);
/* A word or list to class IRIs, with the warning for a new one that is near a known one. */
kgq_status kg_read_classes(kg_doc *doc, const kg_yaml_node *node, kg_text **out, kgq_error **err);
kgq_status kg_add_text(kg_doc *doc, kg_text ***end, kgq_str text, kgq_str lang, kg_yaml_spot spot,
                       kgq_error **err);

/* ---- values ------------------------------------------------------------------------------------- */

typedef struct kg_value {
  kg_term term;      /* kind NONE: a mistake has been reported */
  kg_text *written;  /* `text` of an amount or date */
  unsigned inferred; /* bits of date parts, in the order of kg_date_parts */
  kgq_str unit;      /* of an amount */
  kg_yaml_spot spot;
  struct kg_value *next;
} kg_value;

enum { KG_DATE_PARTS = 4 };
extern const char *const kg_date_parts[KG_DATE_PARTS]; /* year month day time (facts_emit.c) */

/* facts_amount.c */
bool kg_is_amount_map(const kg_yaml_node *node);
kgq_status kg_read_amount(kg_doc *doc, const kg_yaml_node *node, kgq_str default_unit, kg_value *out,
                          kgq_error **err);
/* A plain decimal number in canonical form; out->len 0 after an error. */
kgq_status kg_read_number(kg_doc *doc, const kg_yaml_node *node, kgq_str *out, kgq_error **err);
/* facts_when.c */
bool kg_is_date_map(const kg_yaml_node *node);
/* A date or {on, text, inferred}. */
kgq_status kg_read_date(kg_doc *doc, const kg_yaml_node *node, kg_value *out, kgq_error **err);
/* facts_value.c: one object or a list, by the range of `predicate`. */
kgq_status kg_read_values(kg_doc *doc, const kg_yaml_node *node, const kg_decl *predicate, kg_value **out,
                          kgq_error **err);
/* The same for a qualifier or a plain fact of an entity: `text` and `inferred` have no place there. */
kgq_status kg_read_plain_values(kg_doc *doc, const kg_yaml_node *node, const kg_decl *predicate,
                                kg_value **out, kgq_error **err);

/* ---- facts_emit.c: properties and quads ---------------------------------------------------------- */

typedef struct kg_prop {
  kgq_str predicate;
  kg_term object;
  struct kg_prop *next;
} kg_prop;
typedef struct kg_props {
  kg_prop *first, *last;
  uint32_t count;
} kg_props;

kgq_status kg_props_add(kg_doc *doc, kg_props *props, const char *predicate, const kg_term *object,
                        kgq_error **err);
kgq_status kg_props_add_iri(kg_doc *doc, kg_props *props, kgq_str predicate, const kg_term *object,
                            kgq_error **err);
kgq_status kg_props_add_texts(kg_doc *doc, kg_props *props, const char *predicate, const kg_text *texts,
                              kgq_error **err);
kgq_status kg_props_add_word(kg_doc *doc, kg_props *props, const char *predicate, const char *local,
                             kgq_error **err);
kgq_status kg_props_add_parts(kg_doc *doc, kg_props *props, const char *predicate, unsigned parts,
                              kgq_error **err);

typedef struct kg_statement {
  kg_term subject, predicate, object;
  const kg_props *common, *own; /* what all members of a list share, and what this one has alone */
  kgq_str name;                 /* IRI given by `id`; empty: from the content */
  bool asserted;
  kg_yaml_spot spot;
} kg_statement;
kgq_status kg_emit_statement(kg_doc *doc, const kg_statement *statement, kgq_error **err);

/* Nothing goes out once the document has an error. */
kgq_status kg_emit(kg_doc *doc, kgq_str graph, const kg_term *s, const char *predicate, const kg_term *o,
                   kgq_error **err);
kgq_status kg_emit_iri(kg_doc *doc, kgq_str graph, const kg_term *s, kgq_str predicate, const kg_term *o,
                       kgq_error **err);
kgq_status kg_emit_texts(kg_doc *doc, kgq_str graph, const kg_term *s, const char *predicate,
                         const kg_text *texts, kgq_error **err);

/* ---- facts_when.c, facts_said.c: properties of statements ----------------------------------------- */

kgq_status kg_read_when(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err);
kgq_status kg_read_said_by(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err);
kgq_status kg_read_quote(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err);

/* ---- sections ----------------------------------------------------------------------------------- */

/* facts_head.c: a whole document. `begin` is called once its graphs are known and before its first quad. */
typedef kgq_status (*kg_doc_begin_fn)(void *arg, const kg_doc *doc, kgq_error **err);
kgq_status kg_doc_read(kg_doc *doc, const kg_yaml_node *root, kg_doc_begin_fn begin, void *arg,
                       kgq_error **err);
void kg_doc_init(kg_doc *doc); /* allocator, arena, errors, world and sink are set */
void kg_doc_free(kg_doc *doc);

/* facts_source.c: `article` and `background` */
kgq_status kg_source_begin(kg_doc *doc, const kg_yaml_node *article, const kg_yaml_node *background,
                           kgq_error **err);
kgq_status kg_source_emit(kg_doc *doc, kgq_error **err);
/* facts_units.c */
kgq_status kg_units_read(kg_doc *doc, const kg_yaml_node *section, kgq_error **err);
/* Name of the unit in quantities; a name that is not known becomes a count unit of this document. */
kgq_status kg_unit_take(kg_doc *doc, const kg_yaml_node *node, kgq_str *name, kgq_error **err);
/* facts_predicates.c, facts_entities.c: first all keys, then what is said of them */
extern const char *const kg_fact_keys[];
extern const size_t kg_fact_key_count;
kgq_status kg_predicates_declare(kg_doc *doc, const kg_yaml_node *section, kgq_error **err);
kgq_status kg_predicates_emit(kg_doc *doc, const kg_yaml_node *section, kgq_error **err);
kgq_status kg_entities_declare(kg_doc *doc, const kg_yaml_node *section, kgq_error **err);
kgq_status kg_entities_emit(kg_doc *doc, const kg_yaml_node *section, kgq_error **err);
kgq_status kg_emit_name(kg_doc *doc, const kg_yaml_node *value, const kg_term *node, kgq_error **err);
/* facts_declare.c */
/* Declares a key of either section. *out, the world's own, is NULL after an error of the file, which is
 * noted. */
kgq_status kg_declare_key(kg_doc *doc, const kg_yaml_node *key, bool predicate, kg_decl **out,
                          kgq_error **err);
/* IRI of a declared key: `id`, or BASE + key; also kgq:key where `id` is given. Empty after an error. */
kgq_status kg_declared_iri(kg_doc *doc, const kg_yaml_node *key, kgq_str *iri, kgq_error **err);
kgq_status kg_emit_key(kg_doc *doc, const kg_yaml_node *key, kgq_str iri, kgq_error **err);
/* facts_statement.c */
kgq_status kg_statements_read(kg_doc *doc, const kg_yaml_node *section, kgq_error **err);

#endif
