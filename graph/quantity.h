/* graph/quantity.h: kgq:quantity literals: parse, print, compare, order, add (docs/FACTS.md 5.2).
 *
 * Pure functions over values. Does not read YAML amounts (loaders/yaml) and knows no store.
 */
#ifndef KG_GRAPH_QUANTITY_H
#define KG_GRAPH_QUANTITY_H

#include "core/decimal.h"

typedef enum {                          /* in the order in which equal numbers sort */
               KG_BOUND_LESS = 0,       /* <   */
               KG_BOUND_ALMOST,         /* <~  */
               KG_BOUND_UP_TO,          /* <=  */
               KG_BOUND_UP_TO_ABOUT,    /* <=~ */
               KG_BOUND_ABOUT,          /* ~   */
               KG_BOUND_EXACT,          /*     */
               KG_BOUND_AT_LEAST_ABOUT, /* >=~ */
               KG_BOUND_AT_LEAST,       /* >=  */
               KG_BOUND_JUST_OVER,      /* >~  */
               KG_BOUND_MORE            /* >   */
} kg_bound;

typedef struct kg_quantity {
  kg_bound bound; /* of a single number; ranges: EXACT */
  bool range;
  bool range_about; /* "~" before a range */
  bool low_open, high_open;
  kg_decimal number; /* the stated number; of a range its lower end */
  kg_decimal upper;  /* of a range */
  kgq_str unit;      /* into the text parsed; empty: a pure number */
} kg_quantity;

/* What FACTS 2.5 lets a unit be called: no space, no digit or `< > = ~ . -` in front, no word of an amount.
 */
bool kg_unit_valid(kgq_str unit);
/* A word of FACTS 5.1: a word of a bound (`up`, `about` ...), `from`, `to`, `below` or a scale (`million`,
 * `億`). */
bool kg_amount_word(kgq_str word);
const char *kg_bound_symbol(kg_bound bound); /* "<=" ..., "" for EXACT */
const char *kg_bound_key(kg_bound bound);    /* "up_to" ... */

/* Grammar of FACTS 5.2. false: ill-typed. */
bool kg_quantity_parse(kgq_str text, kg_quantity *out);
/* Canonical form, appended. */
kgq_status kg_quantity_print(const kg_quantity *q, kg_buf *out, kgq_error **err);
/* For people: "≤50,000 GPU", "~60,000 GPU", "10,000–14,000 KRW". */
kgq_status kg_quantity_show(const kg_quantity *q, kg_buf *out, kgq_error **err);
/* "exactly" "up_to" "less_than" "almost" "at_least" "more_than" "just_over" "about" "up_to_about"
 * "at_least_about" "from_to". */
const char *kg_quantity_bound_name(const kg_quantity *q);

/* < <= > >= by stated number: 1 true, 0 false, -1 error (units differ, or a range that lies on both sides).
 */
typedef enum { KG_LESS, KG_LESS_EQUAL, KG_GREATER, KG_GREATER_EQUAL } kg_relation;
int kg_quantity_test(const kg_quantity *a, kg_relation relation, const kg_quantity *b);
/* =: 1, 0, or -1 (units differ, or a plain number against a unit). */
int kg_quantity_equal(const kg_quantity *a, const kg_quantity *b);
int kg_quantity_order(const kg_quantity *a, const kg_quantity *b); /* total: ORDER BY, MIN, MAX */
/* 1 compatible, 0 not, -1 error (units differ). */
int kg_quantity_compatible(const kg_quantity *a, const kg_quantity *b);
bool kg_quantity_both(const kg_quantity *a, const kg_quantity *b,
                      kg_quantity *out);                       /* false: they do not meet */
bool kg_quantity_lower(const kg_quantity *q, kg_decimal *out); /* false: no lower end */
bool kg_quantity_upper(const kg_quantity *q, kg_decimal *out);

/* SUM: add all terms, then ask. */
typedef struct kg_quantity_sum {
  uint64_t count;
  bool failed;
  unsigned seen; /* bit a bound, see quantity.c */
  kg_decimal low, high;
  kgq_str unit; /* of the first term: its text must live on */
} kg_quantity_sum;
void kg_quantity_sum_init(kg_quantity_sum *sum);
void kg_quantity_sum_add(kg_quantity_sum *sum, const kg_quantity *q);
bool kg_quantity_sum_result(const kg_quantity_sum *sum, kg_quantity *out);    /* false: error */
bool kg_quantity_divide(const kg_quantity *q, uint64_t by, kg_quantity *out); /* AVG */

#endif
