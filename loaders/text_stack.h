/* loaders/text_stack.h: memory that is given back in the order of a stack.
 *
 * The Turtle reader keeps the terms of the statements it is inside of: they are nested, and end last in,
 * first out. Pieces never move. Not for anything else: an arena is simpler.
 */
#ifndef KG_LOADERS_TEXT_STACK_H
#define KG_LOADERS_TEXT_STACK_H

#include "core/memory.h"

typedef struct kg_stack_chunk kg_stack_chunk;
typedef struct kg_text_stack {
  const kgq_allocator *allocator;
  kg_stack_chunk *first, *current;
  char *at, *end; /* free part of the current chunk */
} kg_text_stack;
typedef struct kg_stack_mark {
  kg_stack_chunk *chunk;
  char *at;
} kg_stack_mark;

void kg_text_stack_init(kg_text_stack *stack, const kgq_allocator *a);
void kg_text_stack_free(kg_text_stack *stack);
/* NULL: no memory. Aligned to 8 bytes. */
void *kg_text_stack_more(kg_text_stack *stack, size_t bytes);
static inline void *kg_text_stack_take(kg_text_stack *stack, size_t bytes) {
  const size_t rounded = (bytes + 7) & ~(size_t)7;
  if ((size_t)(stack->end - stack->at) < rounded) {
    return kg_text_stack_more(stack, rounded);
  }
  char *piece = stack->at;
  stack->at += rounded;
  return piece;
}
static inline kg_stack_mark kg_text_stack_mark(const kg_text_stack *stack) {
  return (kg_stack_mark){ stack->current, stack->at };
}
void kg_text_stack_rewind_far(kg_text_stack *stack, kg_stack_mark mark);
/* Everything taken since the mark is gone. */
static inline void kg_text_stack_rewind(kg_text_stack *stack, kg_stack_mark mark) {
  if (mark.chunk == stack->current) {
    stack->at = mark.at;
  } else {
    kg_text_stack_rewind_far(stack, mark);
  }
}

#endif
