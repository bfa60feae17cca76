/* query/regex.h: regular expressions as XPath functions have them (fn:matches, fn:replace), on PCRE2.
 *
 * Patterns are translated where the two differ (flags x and q, `\i` and `\c`, subtraction in classes),
 * compiled once and kept. Matching is bounded in steps, depth and heap; beyond that the work ends with
 * KGQ_LIMIT. The only place that names PCRE2.
 *
 * Ownership: a kg_regex belongs to its cache and lives until the next kg_regex_get.
 */
#ifndef KG_QUERY_REGEX_H
#define KG_QUERY_REGEX_H

#include "core/memory.h"

typedef struct kg_regex kg_regex;
typedef struct kg_regex_cache kg_regex_cache;

kgq_status kg_regex_cache_new(const kgq_allocator *a, kg_regex_cache **out, kgq_error **err);
void kg_regex_cache_free(kg_regex_cache *cache);
/* flags: any of i s m x q. *out NULL: not a regular expression, or other flags. */
kgq_status kg_regex_get(kg_regex_cache *cache, kgq_str pattern, kgq_str flags, kg_regex **out,
                        kgq_error **err);
/* 1 if it matches somewhere in the text, else 0; -1: the text is not UTF-8. */
kgq_status kg_regex_find(kg_regex *regex, kgq_str text, int *found, kgq_error **err);
/* Every match replaced, appended to out. In the replacement $N is a group, \$ and \\ are $ and \. *ok false:
 * the replacement is malformed, or the pattern matches an empty text (FORX0003, FORX0004). */
kgq_status kg_regex_replace(kg_regex *regex, kgq_str text, kgq_str replacement, kg_buf *out, bool *ok,
                            kgq_error **err);

#endif
