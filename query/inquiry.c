/* query/inquiry.c: pieces of a statement's tree as texts of their own, run quietly on its connection.
 *
 * A copy of the tree's head with another group below it is printed; nothing in the tree is changed.
 */
#include "query/inquiry.h"

#include <assert.h>
#include <string.h>

kg_quiet kg_quiet_begin(kgq_conn *conn) {
  const kg_quiet before = { conn->message, conn->limit_rows, conn->language };
  conn->message = NULL;
  conn->limit_rows = 0;
  conn->language = KGQ_LANG_SPARQL;
  return before;
}

void kg_quiet_end(kgq_conn *conn, const kg_quiet *before) {
  conn->message = before->message;
  conn->limit_rows = before->limit_rows;
  conn->language = before->language;
}

/* Where the PREFIX and BASE lines of a printed text end. */
static size_t prologue_bytes(kgq_str text) {
  size_t at = 0;
  while (at < text.len && (text.ptr[at] == 'P' || text.ptr[at] == 'B')) {
    const char *end = memchr(text.ptr + at, '\n', text.len - at);
    at = end ? (size_t)(end - text.ptr) + 1 : text.len;
  }
  return at;
}

/* `ASK ...` over the group; *body: where ASK stands. */
static kgq_status print_ask(const kg_ast *ast, const kg_pattern *group, kg_buf *out, size_t *body,
                            kgq_error **err) {
  kg_ast shadow = *ast;
  memset(&shadow.select, 0, sizeof shadow.select);
  shadow.form = KG_FORM_ASK;
  kg_pattern copy = *group;
  copy.next = NULL;
  shadow.select.where = &copy;
  KGQ_TRY(kg_ast_print(&shadow, true, out, err));
  *body = prologue_bytes(kg_buf_str(out));
  assert(out->len - *body > 3 && memcmp(out->bytes + *body, "ASK", 3) == 0);
  return KGQ_OK;
}

kgq_status kg_inquiry_text(const kg_ast *ast, const kg_pattern *group, const char *head, kg_buf *out,
                           kgq_error **err) {
  kg_buf text;
  size_t body = 0;
  kg_buf_init(&text, out->allocator);
  kgq_status st = print_ask(ast, group, &text, &body, err);
  if (st == KGQ_OK) {
    st = kg_buf_add(out, text.bytes, body, err);
  }
  if (st == KGQ_OK) {
    st = kg_buf_add_text(out, head, err);
  }
  if (st == KGQ_OK) {
    st = kg_buf_add(out, text.bytes + body + 3, text.len - body - 3, err);
  }
  kg_buf_free(&text);
  return st;
}

/* Adds text with every run of white space as one space. */
static kgq_status add_on_one_line(kg_buf *out, kgq_str text, kgq_error **err) {
  bool space = false;
  for (size_t i = 0; i < text.len; i++) {
    const bool is_space = text.ptr[i] == ' ' || text.ptr[i] == '\n';
    if (!is_space || !space) {
      KGQ_TRY(kg_buf_add_byte(out, is_space ? ' ' : text.ptr[i], err));
    }
    space = is_space;
  }
  return KGQ_OK;
}

kgq_status kg_inquiry_show(const kg_ast *ast, kg_pattern *member, kg_buf *out, kgq_error **err) {
  kg_pattern group;
  memset(&group, 0, sizeof group);
  group.kind = KG_PATTERN_GROUP;
  group.first = member;
  kg_buf text;
  size_t body = 0;
  kg_buf_init(&text, out->allocator);
  kgq_status st = print_ask(ast, &group, &text, &body, err);
  if (st == KGQ_OK) {
    const kgq_str all = kg_buf_str(&text);
    const char *open = memchr(all.ptr + body, '{', all.len - body);
    const char *close = memrchr(all.ptr + body, '}', all.len - body);
    assert(open && close && open < close); /* a printed group has its braces */
    size_t start = (size_t)(open - all.ptr) + 1, end = (size_t)(close - all.ptr);
    while (start < end && strchr(" \n", all.ptr[start])) {
      start++;
    }
    while (end > start && strchr(" \n", all.ptr[end - 1])) {
      end--;
    }
    st = add_on_one_line(out, kg_str_n(all.ptr + start, end - start), err);
  }
  kg_buf_free(&text);
  return st;
}

kgq_status kg_inquiry_count(kgq_conn *conn, kgq_str text, uint64_t most, uint64_t *count, kgq_error **err) {
  kgq_stmt *stmt = NULL;
  *count = 0;
  KGQ_TRY(kgq_prepare(conn, text.ptr, text.len, &stmt, err));
  kgq_status st = KGQ_ROW;
  while (*count < most && (st = kgq_step(stmt, err)) == KGQ_ROW) {
    ++*count;
  }
  kgq_finalize(stmt);
  return st == KGQ_ROW || st == KGQ_DONE ? KGQ_OK : st;
}

static const kg_pattern *sub_select(const kg_pattern *group) {
  const kg_pattern *p = group ? group->first : NULL;
  while (p && p->kind != KG_PATTERN_SUBSELECT) {
    p = p->next;
  }
  return p;
}

const kg_pattern *kg_inquiry_where(const kg_ast *ast) {
  const kg_pattern *where = ast->select.where;
  for (const kg_pattern *below = sub_select(where); below; below = sub_select(where)) {
    where = below->select->where;
  }
  return where;
}
