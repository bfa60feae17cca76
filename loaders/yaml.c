/* loaders/yaml.c: libyaml's events to a tree, with the guards that libyaml 0.2.5 lacks. The only file that
 * names it.
 *
 * libyaml takes quadratic time for deep nesting and many directives, accepts keys given twice, and gives no
 * place for broken bytes: so bytes and directives are checked before it sees them, depth while it runs, keys
 * at the end of each map. Its messages become sentences for people who do not know YAML's grammar. Does not
 * know facts.
 */
#include "loaders/yaml.h"

#include <assert.h>
#include <yaml.h>

#include "core/map.h"
#include "core/text.h"

struct kg_yaml {
  const kgq_allocator *allocator;
  kg_yaml_errors *errors;
  yaml_parser_t parser;
  bool ended;
};

const kg_yaml_node *kg_yaml_get(const kg_yaml_node *map, const char *key) {
  if (map->kind != KG_YAML_MAP) {
    return NULL;
  }
  for (const kg_yaml_node *k = map->first; k; k = kg_yaml_value(k)->next) {
    if (kg_str_equal(k->text, kg_str(key))) {
      return kg_yaml_value(k);
    }
  }
  return NULL;
}

/* ---- the bytes --------------------------------------------------------------------------------- */

/* A character that YAML forbids, or that ends a line in YAML 1.1 only and would break a text in two. */
static bool is_forbidden(uint32_t c) {
  const bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0);
  const bool line_separator = c == 0x2028 || c == 0x2029;
  return control || line_separator || c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
}

static size_t find_forbidden(kgq_str text, uint32_t *codepoint) {
  for (size_t at = 0; at < text.len;) {
    const unsigned char byte = (unsigned char)text.ptr[at];
    *codepoint = byte;
    const size_t n = byte < 0x80 ? 1 : kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), codepoint);
    if (is_forbidden(*codepoint)) {
      return at;
    }
    at += n ? n : 1;
  }
  return text.len;
}

static kgq_status check_characters(kg_yaml_errors *errors, kgq_str text) {
  uint32_t c = 0;
  const size_t valid = kg_utf8_valid(text);
  const size_t forbidden = find_forbidden(kg_str_n(text.ptr, valid), &c);
  if (forbidden < valid) {
    kgq_error **item = kg_yaml_syntax(errors, kg_yaml_spot_of_offset(errors, forbidden),
                                      "the control character U+%04X is not allowed in a text", (unsigned)c);
    kg_hint(item, c == 0x85 || c == 0x2028 || c == 0x2029
                      ? "it ends a line in YAML: use an ordinary line end or a space"
                      : "delete it");
    return KGQ_SYNTAX;
  }
  if (valid < text.len) {
    kgq_error **item = kg_yaml_syntax(errors, kg_yaml_spot_of_offset(errors, valid),
                                      "not UTF-8 (byte 0x%02X)", (unsigned)(unsigned char)text.ptr[valid]);
    kg_hint(item, "save the file as UTF-8");
    return KGQ_SYNTAX;
  }
  return KGQ_OK;
}

/* libyaml compares each %TAG with all before it. */
static kgq_status check_directives(kg_yaml_errors *errors, kgq_str text) {
  uint32_t count = 0;
  for (size_t at = 0; at < text.len;) {
    if (text.ptr[at] == '%' && ++count > KG_LIMIT_YAML_DIRECTIVES) {
      kg_yaml_syntax(errors, kg_yaml_spot_of_offset(errors, at), "more than %d lines begin with ‘%%’",
                     KG_LIMIT_YAML_DIRECTIVES);
      return KGQ_SYNTAX;
    }
    const char *end = memchr(text.ptr + at, '\n', text.len - at);
    at = end ? (size_t)(end - text.ptr) + 1 : text.len;
  }
  return KGQ_OK;
}

static kgq_status check_bytes(kg_yaml_errors *errors, kgq_str text) {
  if (text.len > KG_LIMIT_YAML_BYTES) {
    kgq_error **item =
        kg_yaml_syntax(errors, (kg_yaml_spot){ 0, 0 }, "a facts file of %llu MiB; the limit is %u MiB",
                       (unsigned long long)(text.len >> 20), KG_LIMIT_YAML_BYTES >> 20);
    kg_hint(item, "write one file an article");
    return KGQ_SYNTAX;
  }
  KGQ_TRY(check_characters(errors, text));
  return check_directives(errors, text);
}

kgq_status kg_yaml_open(const kgq_allocator *a, kg_yaml_errors *errors, kg_yaml **out, kgq_error **err) {
  const kgq_str text = errors->text;
  KGQ_TRY(check_bytes(errors, text));
  kg_yaml *yaml = kg_alloc_zero(a, 1, sizeof *yaml);
  if (!yaml) {
    return kg_fail_memory(err);
  }
  *yaml = (kg_yaml){ .allocator = a, .errors = errors };
  if (!yaml_parser_initialize(&yaml->parser)) {
    kg_free(a, yaml, sizeof *yaml);
    return kg_fail_memory(err);
  }
  yaml_parser_set_encoding(&yaml->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&yaml->parser, (const unsigned char *)text.ptr, text.len);
  *out = yaml;
  return KGQ_OK;
}

void kg_yaml_close(kg_yaml *yaml) {
  if (yaml) {
    yaml_parser_delete(&yaml->parser);
    kg_free(yaml->allocator, yaml, sizeof *yaml);
  }
}

static kg_yaml_spot spot_of(yaml_mark_t mark) {
  return (kg_yaml_spot){ (uint32_t)mark.line + 1, (uint32_t)mark.column + 1 };
}

/* ---- libyaml's messages in our words ------------------------------------------------------------ */

/* `base: ex:` is the mistake that everybody makes once (FACTS 2.1). */
static bool say_base_with_colon(kg_yaml *yaml, kg_yaml_spot spot) {
  const kg_yaml_spot start = { spot.line, 1 };
  const kg_place line = kg_yaml_place(yaml->errors, start);
  const kgq_str key = KG_STR("base:");
  if (!kg_str_starts(line.source, key)) {
    return false;
  }
  size_t from = key.len, to = line.source.len;
  while (from < to && line.source.ptr[from] == ' ') {
    from++;
  }
  while (to > from && (line.source.ptr[to - 1] == ' ' || line.source.ptr[to - 1] == '\t')) {
    to--;
  }
  if (to <= from || line.source.ptr[to - 1] != ':' || memchr(line.source.ptr + from, ' ', to - from)) {
    return false;
  }
  const kgq_str value = kg_str_n(line.source.ptr + from, to - from);
  kgq_error **item = kg_yaml_syntax(yaml->errors, (kg_yaml_spot){ spot.line, (uint32_t)from + 1 },
                                    "‘base: %.*s’ is a mapping in YAML", KG_CLIP(value));
  kg_hint(item, "base: %.*s", KG_CLIP(kg_str_n(value.ptr, value.len - 1)));
  return true;
}

static void say_colon(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)context;
  const kg_place place = kg_yaml_place(yaml->errors, problem);
  const size_t longest_key = 1024; /* libyaml's own limit for `key:` on one line */
  if (say_base_with_colon(yaml, problem)) {
    return;
  }
  if (problem.column > longest_key && place.source.len > longest_key) {
    kg_hint(kg_yaml_syntax(yaml->errors, problem, "a key takes at most %zu characters", longest_key),
            "a text with ‘: ’ needs quotes");
    return;
  }
  kg_hint(kg_yaml_syntax(yaml->errors, problem, "mapping values are not allowed here"),
          "a text with ‘: ’ needs quotes");
}

static void say_key_without_colon(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)problem;
  kg_hint(kg_yaml_syntax(yaml->errors, context, "here should be ‘key: value’, but the ‘: ’ is missing"),
          "a key takes at most 1024 characters and stands on one line");
}

static void say_bad_start(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)context;
  const kgq_str rest = kg_yaml_text_at(yaml->errors, problem);
  uint32_t c = 0;
  (void)kg_utf8_decode(rest, &c);
  if (c == '\t') {
    kg_hint(kg_yaml_syntax(yaml->errors, problem, "tab used to indent"), "use spaces");
    return;
  }
  char text[4];
  const size_t n = kg_utf8_encode(c, text);
  kg_hint(kg_yaml_syntax(yaml->errors, problem, "a text cannot begin with ‘%.*s’", (int)n, text),
          "put the text in quotes");
}

static void say_no_value(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)context;
  kg_hint(kg_yaml_syntax(yaml->errors, problem, "a value is missing here"),
          "a text that begins with , [ ] { } or ? needs quotes");
}

static void say_block_text(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  kg_hint(kg_yaml_syntax(yaml->errors, context, "this begins a block of lines, but more stands on the line"),
          "a text that begins with > or | needs quotes");
  (void)problem;
}

static void say_open_quote(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)problem;
  kg_yaml_syntax(yaml->errors, context, "the quote that begins here never ends");
}

static void say_open_bracket(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  const kgq_str rest = kg_yaml_text_at(yaml->errors, context);
  const char open = rest.len > 0 ? rest.ptr[0] : '[';
  const char close = open == '{' ? '}' : ']';
  kg_hint(kg_yaml_syntax(yaml->errors, problem,
                         "‘,’ or ‘%c’ is missing: the ‘%c’ at line %u, column %u is still open", close, open,
                         (unsigned)context.line, (unsigned)context.column),
          "inside [ ] and { } a text with , [ ] { } or ‘: ’ needs quotes");
}

static void say_indent(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  kg_hint(kg_yaml_syntax(yaml->errors, problem, "this does not fit into what began at line %u",
                         (unsigned)context.line),
          "items of one list and keys of one mapping begin in the same column");
}

static void say_no_tags(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)context;
  kg_hint(kg_yaml_syntax(yaml->errors, problem,
                         "anchors, aliases, tags and merge keys are not used in facts files"),
          "a text that begins with & * or ! needs quotes");
}

static void say_tab(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)context;
  kg_hint(kg_yaml_syntax(yaml->errors, problem, "tab used to indent"), "use spaces");
}

static void say_escape(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)context;
  kg_hint(kg_yaml_syntax(yaml->errors, problem, "unknown escape in a text in double quotes"),
          "write \\\\ for a backslash, or use single quotes");
}

static void say_version(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)problem;
  kg_hint(kg_yaml_syntax(yaml->errors, context, "this line asks for another version of YAML than 1.1 or 1.2"),
          "leave the line out");
}

static void say_directive(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)problem;
  kg_hint(kg_yaml_syntax(yaml->errors, context,
                         "a line that begins with ‘%%’ speaks to the YAML reader, which does "
                         "not know it"),
          "leave the line out, or indent it");
}

static void say_document_start(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context) {
  (void)context;
  kg_hint(kg_yaml_syntax(yaml->errors, problem, "the document has ended; a further one begins with ---"),
          "keys of one mapping begin in the same column");
}

typedef struct translation {
  const char *problem; /* how libyaml's message begins */
  void (*say)(kg_yaml *yaml, kg_yaml_spot problem, kg_yaml_spot context);
} translation;

static const translation translations[] = {
  { "mapping values are not allowed", say_colon },
  { "could not find expected ':'", say_key_without_colon },
  { "found character that cannot start", say_bad_start },
  { "did not find expected node content", say_no_value },
  { "mapping keys are not allowed", say_no_value },
  { "did not find expected comment or line break", say_block_text },
  { "found unexpected end of stream", say_open_quote },
  { "found unexpected document indicator", say_open_quote },
  { "did not find expected ',' or", say_open_bracket },
  { "did not find expected key", say_indent },
  { "did not find expected '-' indicator", say_indent },
  { "block sequence entries are not allowed", say_indent },
  { "did not find expected alphabetic", say_no_tags },
  { "did not find URI escaped octet", say_no_tags },
  { "did not find expected '!'", say_no_tags },
  { "did not find expected tag URI", say_no_tags },
  { "did not find expected whitespace or line break", say_no_tags },
  { "found undefined tag handle", say_no_tags },
  { "found a tab character", say_tab },
  { "found unknown escape", say_escape },
  { "did not find expected hexdecimal", say_escape },
  { "found invalid Unicode character escape", say_escape },
  { "found incompatible YAML document", say_version },
  { "found unknown directive name", say_directive },
  { "found duplicate %", say_directive },
  { "did not find expected <document start>", say_document_start },
};

static kgq_status say_problem(kg_yaml *yaml, kgq_error **err) {
  const yaml_parser_t *p = &yaml->parser;
  if (p->error == YAML_MEMORY_ERROR || p->problem == NULL) {
    return kg_fail_memory(err);
  }
  const kg_yaml_spot problem = spot_of(p->problem_mark);
  const kg_yaml_spot context = p->context ? spot_of(p->context_mark) : problem;
  const kgq_str message = kg_str(p->problem);
  for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++) {
    if (kg_str_starts(message, kg_str(translations[i].problem))) {
      translations[i].say(yaml, problem, context);
      return KGQ_SYNTAX;
    }
  }
  kg_yaml_syntax(yaml->errors, problem, "not YAML: %s", p->problem);
  return KGQ_SYNTAX;
}

/* ---- the tree ----------------------------------------------------------------------------------- */

typedef struct frame {
  kg_yaml_node *node, *last; /* an open list or map, and its newest child */
  uint32_t children;
} frame;

typedef struct builder {
  kg_yaml *yaml;
  kg_arena *arena;
  frame stack[KG_LIMIT_NESTING];
  uint32_t depth;
  kg_yaml_node *root;
} builder;

static kgq_status refuse(builder *b, kg_yaml_spot spot) {
  say_no_tags(b->yaml, spot, spot);
  return KGQ_SYNTAX;
}

static bool is_key_place(const builder *b) {
  const frame *top = b->depth > 0 ? &b->stack[b->depth - 1] : NULL;
  return top && top->node->kind == KG_YAML_MAP && top->children % 2 == 0;
}

static void hang(builder *b, kg_yaml_node *node) {
  if (b->depth == 0) {
    b->root = node;
    return;
  }
  frame *top = &b->stack[b->depth - 1];
  if (top->last) {
    top->last->next = node;
  } else {
    top->node->first = node;
  }
  top->last = node;
  top->children++;
}

static kgq_status add_node(builder *b, kg_yaml_kind kind, yaml_mark_t mark, kg_yaml_node **out,
                           kgq_error **err) {
  kg_yaml_node *node = kg_arena_zero(b->arena, sizeof *node);
  if (!node) {
    return kg_fail_memory(err);
  }
  node->kind = kind;
  node->text = (kgq_str){ "", 0 };
  node->spot = spot_of(mark);
  hang(b, node);
  *out = node;
  return KGQ_OK;
}

static kgq_status add_scalar(builder *b, const yaml_event_t *event, kgq_error **err) {
  const kgq_str text = kg_str_n((const char *)event->data.scalar.value, event->data.scalar.length);
  const kg_yaml_spot spot = spot_of(event->start_mark);
  const bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  const bool merge_key = plain && is_key_place(b) && kg_str_equal(text, KG_STR("<<"));
  if (event->data.scalar.anchor || event->data.scalar.tag || merge_key) {
    return refuse(b, spot);
  }
  if (text.len > KG_LIMIT_LITERAL_BYTES) {
    kg_yaml_syntax(b->yaml->errors, spot, "a text of %llu MiB; the limit is %u MiB",
                   (unsigned long long)(text.len >> 20), KG_LIMIT_LITERAL_BYTES >> 20);
    return KGQ_SYNTAX;
  }
  kg_yaml_node *node;
  KGQ_TRY(add_node(b, KG_YAML_SCALAR, event->start_mark, &node, err));
  node->quoted = !plain;
  return kg_arena_copy(b->arena, text, &node->text, err);
}

static kgq_status open_node(builder *b, const yaml_event_t *event, kgq_error **err) {
  const bool list = event->type == YAML_SEQUENCE_START_EVENT;
  const kg_yaml_spot spot = spot_of(event->start_mark);
  const bool marked = list ? event->data.sequence_start.anchor || event->data.sequence_start.tag
                           : event->data.mapping_start.anchor || event->data.mapping_start.tag;
  if (marked) {
    return refuse(b, spot);
  }
  if (is_key_place(b)) {
    kg_hint(kg_yaml_syntax(b->yaml->errors, spot, "a key must be a word, not a list or a mapping"),
            "put a text with brackets in quotes");
    return KGQ_SYNTAX;
  }
  if (b->depth == KG_LIMIT_NESTING) {
    kg_yaml_syntax(b->yaml->errors, spot, "nested deeper than %d", KG_LIMIT_NESTING);
    return KGQ_SYNTAX;
  }
  kg_yaml_node *node;
  KGQ_TRY(add_node(b, list ? KG_YAML_LIST : KG_YAML_MAP, event->start_mark, &node, err));
  node->flow = list ? event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                    : event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
  b->stack[b->depth++] = (frame){ .node = node };
  return KGQ_OK;
}

static void find_twins_pairwise(kg_yaml_node *map) {
  for (kg_yaml_node *key = map->first; key; key = key->next->next) {
    for (const kg_yaml_node *before = map->first; before != key; before = before->next->next) {
      if (kg_str_equal(before->text, key->text)) {
        key->twin = before;
        break;
      }
    }
  }
}

static kgq_status find_twins_hashed(builder *b, kg_yaml_node *map, kgq_error **err) {
  kgq_status st = KGQ_OK;
  kg_map seen;
  kg_map_init(&seen, b->yaml->allocator);
  for (kg_yaml_node *key = map->first; key; key = key->next->next) {
    uint64_t *value;
    bool added;
    KGQ_TRY_DONE(kg_map_put(&seen, key->text, &value, &added, NULL, err));
    if (added) {
      *value = (uint64_t)(uintptr_t)key;
    } else {
      key->twin = (const kg_yaml_node *)(uintptr_t)*value;
    }
  }
done:
  kg_map_free(&seen);
  return st;
}

static kgq_status close_node(builder *b, kgq_error **err) {
  enum { pairwise_max = 16 };
  assert(b->depth > 0);
  const frame *top = &b->stack[--b->depth];
  if (top->node->kind == KG_YAML_LIST) {
    top->node->count = top->children;
    return KGQ_OK;
  }
  assert(top->children % 2 == 0);
  top->node->count = top->children / 2;
  if (top->node->count > pairwise_max) {
    return find_twins_hashed(b, top->node, err);
  }
  find_twins_pairwise(top->node);
  return KGQ_OK;
}

/* *done: the document, or the file, has ended. */
static kgq_status take_event(builder *b, const yaml_event_t *event, bool *done, kgq_error **err) {
  switch ((int)event->type) {
  case YAML_SCALAR_EVENT: return add_scalar(b, event, err);
  case YAML_SEQUENCE_START_EVENT:
  case YAML_MAPPING_START_EVENT: return open_node(b, event, err);
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT: return close_node(b, err);
  case YAML_ALIAS_EVENT: return refuse(b, spot_of(event->start_mark));
  case YAML_DOCUMENT_END_EVENT: *done = true; return KGQ_OK;
  case YAML_STREAM_END_EVENT: *done = b->yaml->ended = true; return KGQ_OK;
  default: return KGQ_OK;
  }
}

kgq_status kg_yaml_next(kg_yaml *yaml, kg_arena *arena, const kg_yaml_node **root, kgq_error **err) {
  builder b = { .yaml = yaml, .arena = arena };
  bool done = yaml->ended;
  kgq_status st = KGQ_OK;
  while (!done && st == KGQ_OK) {
    yaml_event_t event;
    if (!yaml_parser_parse(&yaml->parser, &event)) {
      st = say_problem(yaml, err);
      break;
    }
    st = take_event(&b, &event, &done, err);
    yaml_event_delete(&event);
  }
  yaml->ended = yaml->ended || st != KGQ_OK;
  *root = st == KGQ_OK ? b.root : NULL;
  return st;
}
