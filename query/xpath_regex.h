/* query/xpath_regex.h: XPath's regular expressions into those of PCRE2 (XPath functions 3.1, 5.6.1). Text to
 * text. */
#ifndef KG_QUERY_XPATH_REGEX_H
#define KG_QUERY_XPATH_REGEX_H

#include "core/memory.h"

typedef struct kg_xpath_flags {
  bool ignore_case, dot_all, multiline, extended, quoted; /* i s m x q */
} kg_xpath_flags;

/* false: a letter that is none of the five. */
bool kg_xpath_flags_parse(kgq_str letters, kg_xpath_flags *out);
/* Appends the translation; *valid false: no regular expression of XPath. */
kgq_status kg_xpath_regex_translate(kgq_str pattern, const kg_xpath_flags *flags, kg_buf *out, bool *valid,
                                    kgq_error **err);

#endif
