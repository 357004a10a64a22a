// Stacks that one thread runs in turn: Swift cannot call functions that take variable arguments or return twice.
#ifndef MILLRACE_CCONTEXT_H
#define MILLRACE_CCONTEXT_H

#include <ucontext.h>

/// Lets a context begin with a function, which must not return, on a stack of its own.
static inline void context_begin(ucontext_t *context, void *stack, unsigned long bytes, void (*body)(void)) {
    getcontext(context);
    context->uc_stack.ss_sp = stack;
    context->uc_stack.ss_size = bytes;
    context->uc_link = 0;
    makecontext(context, body, 0);
}

/// Goes on with another context; returns when somebody goes on with this one.
static inline void context_switch(ucontext_t *from, ucontext_t *to) { swapcontext(from, to); }

/// Goes on with another context for good.
static inline void context_leave(ucontext_t *to) { setcontext(to); }

#endif
