/* loaders/text_stack.c: chunks in a chain; a rewind goes back to an earlier one and keeps one more for the
 * next turn. See text_stack.h. */
#include "loaders/text_stack.h"

#define CHUNK_BYTES ((size_t)16 << 10)

struct kg_stack_chunk {
  kg_stack_chunk *next;
  size_t bytes; /* with this head */
};

static char *chunk_start(kg_stack_chunk *chunk) {
  return (char *)(chunk + 1);
}

static void free_from(kg_text_stack *stack, kg_stack_chunk *chunk) {
  while (chunk) {
    kg_stack_chunk *next = chunk->next;
    kg_free(stack->allocator, chunk, chunk->bytes);
    chunk = next;
  }
}

static void enter(kg_text_stack *stack, kg_stack_chunk *chunk, char *at) {
  stack->current = chunk;
  stack->at = at;
  stack->end = chunk ? (char *)chunk + chunk->bytes : NULL;
}

void kg_text_stack_init(kg_text_stack *stack, const kgq_allocator *a) {
  *stack = (kg_text_stack){ .allocator = a };
}

void kg_text_stack_free(kg_text_stack *stack) {
  free_from(stack, stack->first);
  *stack = (kg_text_stack){ .allocator = stack->allocator };
}

void *kg_text_stack_more(kg_text_stack *stack, size_t bytes) {
  kg_stack_chunk **link = stack->current ? &stack->current->next : &stack->first;
  if (*link && (*link)->bytes - sizeof **link < bytes) {
    free_from(stack, *link);
    *link = NULL;
  }
  if (!*link) {
    const size_t total = sizeof **link + (bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES);
    kg_stack_chunk *fresh = kg_alloc(stack->allocator, total);
    if (!fresh) {
      return NULL;
    }
    *fresh = (kg_stack_chunk){ NULL, total };
    *link = fresh;
  }
  enter(stack, *link, chunk_start(*link));
  return kg_text_stack_take(stack, bytes);
}

/* Back to the start of the first chunk when nothing had been taken at the mark. */
void kg_text_stack_rewind_far(kg_text_stack *stack, kg_stack_mark mark) {
  kg_stack_chunk *const target = mark.chunk ? mark.chunk : stack->first;
  if (!target) {
    return;
  }
  kg_stack_chunk *const kept = target->next;
  if (kept) {
    free_from(stack, kept->next);
    kept->next = NULL;
  }
  enter(stack, target, mark.chunk ? mark.at : chunk_start(target));
}
