/* graph/dict_terms.c: from a stored key or an inline id to a term.
 *
 * The last step of every look-up by id: dict.c and dict_many.c fetch bytes, this turns them into terms or
 * says that they are damaged. Reads nothing from the store.
 */
#include "graph/dict_terms.h"

kgq_status kg_dict_term_of_key(kgq_str key, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  if (!kg_term_from_key(key, out) || (kg_tag)(unsigned char)key.ptr[0] != kg_id_tag(id)) {
    return kg_fail(err, KGQ_CORRUPT, "the dictionary's term of id %016llx is damaged",
                   (unsigned long long)id);
  }
  if (out->direction != KG_DIR_NONE) { /* in the key, "--ltr" stands where the text needs its NUL */
    return kg_arena_copy(arena, out->lang, &out->lang, err);
  }
  return KGQ_OK;
}

kgq_status kg_dict_inline_term(kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  if (kg_id_tag(id) > KG_TAG_YEAR_MONTH) {
    return kg_fail(err, KGQ_CORRUPT, "id %016llx has a tag that does not exist", (unsigned long long)id);
  }
  char buffer[KG_INLINE_TEXT_MAX];
  kg_id_inline_term(id, buffer, out);
  return kg_arena_copy(arena, out->text, &out->text, err);
}

kgq_status kg_dict_held_key_after(const kg_dict_held *held, kg_dict_cursor *cursor, uint64_t rank,
                                  kg_arena *arena, kgq_str *out, kgq_error **err) {
  const uint64_t index = rank - held->block.first_rank;
  if (index >= held->block.count) {
    return kg_fail(err, KGQ_CORRUPT, "the dictionary has no term of rank %llu", (unsigned long long)rank);
  }
  return kg_dict_block_key_after(&held->block, cursor, (uint32_t)index, arena, out, err);
}

kgq_status kg_dict_held_key(const kg_dict_held *held, uint64_t rank, kg_arena *arena, kgq_str *out,
                            kgq_error **err) {
  kg_dict_cursor cursor = { .next = 0 };
  return kg_dict_held_key_after(held, &cursor, rank, arena, out, err);
}
