#include "copy.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_FUEL = 10000000, DEFAULT_DEPTH = 64, DEFAULT_HEAP = 16 << 20, DRY_HEAP = 64 << 20 };

static void *grown(void *p, size_t n, size_t size)
{
	void *q = realloc(p, n * size);
	if (!q) abort();
	return q;
}

static bool too_deep(const struct fiber *f)
{
	return f->depth >= (f->vm->limits.depth ? f->vm->limits.depth : DEFAULT_DEPTH);
}

bool enter(struct fiber *f, uint32_t function, uint32_t base)
{
	const struct image_function *fn = &f->vm->image->function[function];
	if (too_deep(f)) return raise_unknown(f, "calls are nested too deeply (%u)", f->depth);
	if (f->depth == f->call_cap) {
		f->call_cap = f->call_cap ? f->call_cap * 2 : 2;
		f->calls = grown(f->calls, f->call_cap, sizeof *f->calls);
	}
	uint32_t need = base + fn->ntypes + fn->max_stack + 1;
	if (need > f->stack_cap) {
		f->stack_cap = need > f->stack_cap * 2 ? need : f->stack_cap * 2;
		f->stack = grown(f->stack, f->stack_cap, sizeof *f->stack);
	}
	if (f->depth) f->calls[f->depth - 1].pc = f->pc;
	f->calls[f->depth++] = (struct call){ .function = function, .base = base };
	while (f->height < base + fn->ntypes) push(f, (struct value){ .tag = V_NONE });
	f->code = f->vm->image->code + fn->code;
	f->pc = 0;
	return true;
}

size_t fiber_heap_limit(const struct vm *vm)
{
	return vm->limits.heap ? vm->limits.heap : vm->dry ? DRY_HEAP : DEFAULT_HEAP;
}

/* The arguments become the first locals. */
static void take_arguments(struct fiber *f, const struct value *args, unsigned n, struct value here)
{
	struct copier c = { .to = f->heap };
	for (unsigned i = 0; i < n; i++) f->stack[i] = copy_value(&c, args[i]);
	f->here = copy_value(&c, here);
	if (c.failed) raise_heap(f);
}

struct fiber *fiber_new_somewhere(const struct vm *vm, uint32_t fn, const struct value *args, struct value here)
{
	struct fiber *f = calloc(1, sizeof *f);
	if (!f) abort();
	f->vm = vm;
	f->heap = arena_new(fiber_heap_limit(vm));
	f->failure = (struct failure){ .function = IMAGE_NONE, .host = IMAGE_NONE };
	enter(f, fn, 0);
	take_arguments(f, args, vm->image->function[fn].nparams, here);
	return f;
}

struct fiber *fiber_new(const struct vm *vm, uint32_t fn, const struct value *args, uint32_t here)
{
	return fiber_new_somewhere(vm, fn, args, value_host(here));
}

void fiber_free(struct fiber *f)
{
	if (!f) return;
	arena_free(f->heap);
	free(f->stack);
	free(f->calls);
	free(f->catches);
	free(f);
}

enum fiber_state fiber_state(const struct fiber *f) { return f->state; }
const struct effect *fiber_effect(const struct fiber *f) { return &f->effect; }
const struct failure *fiber_failure(const struct fiber *f) { return &f->failure; }
struct value fiber_value(const struct fiber *f) { return f->result; }
uint32_t fiber_here(const struct fiber *f) { return f->here.tag == V_HOST ? (uint32_t)f->here.i : IMAGE_NONE; }
unsigned fiber_depth(const struct fiber *f) { return f->depth; }

const struct value *fiber_captures(const struct fiber *f, size_t *n)
{
	*n = f->captures ? f->captures->n : 0;
	return f->captures ? f->captures->at : NULL;
}

size_t fiber_memory(const struct fiber *f)
{
	return sizeof *f + arena_held(f->heap) + f->stack_cap * sizeof *f->stack + f->call_cap * sizeof *f->calls + f->catch_cap * sizeof *f->catches;
}

enum fiber_state fiber_resume(struct fiber *f, const struct outcome *o)
{
	return fiber_resume_to(f, o, (struct join){ .depth = 0, .pc = IMAGE_NONE });
}

enum fiber_state fiber_resume_to(struct fiber *f, const struct outcome *o, struct join j)
{
	if (f->state == FIBER_EFFECT) {
		f->state = FIBER_READY;
		f->fuel = f->vm->limits.fuel ? f->vm->limits.fuel : DEFAULT_FUEL;
		answer_effect(f, o);
	} else if (f->state == FIBER_READY) {
		f->fuel = f->vm->limits.fuel ? f->vm->limits.fuel : DEFAULT_FUEL;
	}
	f->stopping = j.depth > 0;
	f->stop = j;
	if (f->state == FIBER_READY) fiber_run(f);
	return f->state;
}

/* ---- failing ---- */

static void leave_to(struct fiber *f, const struct catcher *c)
{
	f->depth = c->depth;
	f->height = c->height;
	f->code = f->vm->image->code + function_of(f)->code;
	f->pc = c->target;
}

static bool caught(struct fiber *f, const struct catcher *c, const struct failure *failure, bool is_unknown)
{
	struct value v = { .tag = V_UNKNOWN, .of = TYPE(T_BOOL), .certainty = f->vm->dry ? HOSTLY : CERTAIN };
	if (c->kind == CATCH_UNKNOWN) {
		v.text = failure->what ? text_of(f, str_of(failure->what)) : NULL; /* without room for it: unknown without a reason */
	} else {
		v = (struct value){ .tag = V_INTERNAL, .internal = internal_new(f, INTERNAL_FAILURE) };
		if (!v.internal) return false;
		struct internal *i = v.internal;
		i->failed.failure = *failure;
		i->failed.unknown = is_unknown;
	}
	leave_to(f, c);
	push(f, v);
	return true;
}

bool raise_failure(struct fiber *f, const struct failure *failure, bool is_unknown)
{
	while (f->ncatches) {
		struct catcher c = f->catches[--f->ncatches];
		if (c.kind == CATCH_UNKNOWN && !is_unknown) continue;
		if (caught(f, &c, failure, is_unknown)) return false;
	}
	f->failure = *failure;
	f->state = is_unknown ? FIBER_UNKNOWN : FIBER_FALSE;
	return false;
}

static bool raise_text(struct fiber *f, bool is_unknown, const char *what)
{
	struct failure failure = { .what = what, .function = f->calls[f->depth - 1].function, .pc = f->pc, .host = IMAGE_NONE };
	return raise_failure(f, &failure, is_unknown);
}

bool raise_heap(struct fiber *f)
{
	return raise_text(f, true, "out of memory: what the scenario computes with is larger than a block may hold");
}

static const char *heap_vprintf(struct fiber *f, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	char *s = n < 0 ? NULL : heap_alloc(f, (size_t)n + 1);
	if (s) vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *heap_printf(struct fiber *f, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = (char *)heap_vprintf(f, fmt, ap);
	va_end(ap);
	return s;
}

bool raise_false(struct fiber *f, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *what = heap_vprintf(f, fmt, ap);
	va_end(ap);
	return what ? raise_text(f, false, what) : raise_heap(f);
}

bool raise_unknown(struct fiber *f, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *what = heap_vprintf(f, fmt, ap);
	va_end(ap);
	return what ? raise_text(f, true, what) : raise_heap(f);
}

static bool in_heap(struct value v)
{
	return v.tag != V_NONE && v.tag != V_BOOL && v.tag != V_HOST && (v.tag < V_INT || v.tag > V_FLOAT);
}

/* Locals cost fuel as instructions do: a hostile function may have thousands of them. */
void next_round(struct fiber *f, struct internal *i)
{
	uint32_t n = function_of(f)->ntypes;
	struct value *local = &f->stack[f->calls[f->depth - 1].base];
	f->fuel -= f->fuel > n ? n : f->fuel;
	for (uint32_t k = 0; k < n; k++)
		if (in_heap(local[k]) && arena_is_since(f->heap, i->mark, local[k].internal)) local[k] = (struct value){ .tag = V_NONE };
	arena_release(f->heap, i->mark);
}

struct internal *internal_new(struct fiber *f, enum internal_kind kind)
{
	struct internal *i = heap_alloc(f, sizeof *i);
	if (!i) return NULL;
	i->kind = kind;
	i->mark = arena_mark(f->heap);
	return i;
}
