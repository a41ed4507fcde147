/* machine: a fiber over an image made by hand, and a world that answers what a test says. Include it behind cmocka.h. */
#ifndef TESTS_UNIT_VM_MACHINE_H
#define TESTS_UNIT_VM_MACHINE_H

#include "../image/builder.h"
#include "irs/literal.h"
#include "irs/vm.h"

static const struct vm_host machine_host[] = {
	{ { "runner", 6 }, { "127.0.0.1", 9 } },
	{ { "db1", 3 }, { "10.0.0.1", 8 } },
	{ { "db2", 3 }, { "10.0.0.2", 8 } },
};
static const struct vm_hosts machine_hosts = { 3, machine_host };

struct machine {
	struct builder *b;
	struct vm vm;
	struct fiber *f;
};

/* The image that `b` holds, and a fiber at its function `fn`, on db1. */
__attribute__((unused)) static struct machine machine_of(struct builder *b, uint32_t fn, const struct value *args)
{
	struct machine m = { .b = b };
	m.vm = (struct vm){ .image = builder_image(b), .hosts = &machine_hosts };
	/* The fiber keeps a pointer to its vm. */
	struct vm *vm = arena_memdup(b->arena, &m.vm, sizeof m.vm);
	m.f = fiber_new(vm, fn, args, 1);
	return m;
}

__attribute__((unused)) static void machine_free(struct machine *m)
{
	fiber_free(m->f);
	builder_free(m->b);
}

__attribute__((unused)) static const char *shown(struct machine *m, struct value v)
{
	struct buf b = { 0 };
	value_put(&b, v, &machine_hosts);
	char *s = arena_strndup(m->b->arena, b.p ? b.p : "", b.n);
	buf_free(&b);
	return s;
}

__attribute__((unused)) static struct outcome ran(struct builder *b, int exit, const char *out, const char *err)
{
	return (struct outcome){ .run = { .exit = exit, .stdout_text = value_string(b->arena, str_of(out)).text,
		                          .stderr_text = value_string(b->arena, str_of(err)).text } };
}

#endif
