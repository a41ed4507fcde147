/*
 * What the machine itself costs: an effect (stop, nothing is done, resume), and a fiber that is alive. Prints rows of a Markdown table: what,
 * measured, ratio, target.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define fail_msg(...) (fprintf(stderr, __VA_ARGS__), exit(1)) /* the builder's, which is cmocka's in tests */

#include "peer.h"

#include "../unit/vm/machine.h"

enum { EFFECTS = 500000, FIBERS = 10000 };

/* expect run("true").exit == 0 within 5s: never true, so it goes on for as long as it is driven. */
static uint32_t build_poll(struct builder *b)
{
	struct routine *r = build_fn(b, "poll", ROLE_VERIFY, TYPE(T_NONE));
	uint32_t head = routine_label(r), handler = routine_label(r);
	PUT(r, CONST, build_duration(b, 5 * NS_PER_S));
	PUT(r, POLL_BEGIN);
	routine_bind(r, head);
	PUT(r, CATCH, handler, CATCH_UNKNOWN);
	PUT(r, CONST, build_text(b, "pg_isready -q -t 3"));
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, RUN_TRY | RUN_OBSERVE);
	PUT(r, POP);
	PUT(r, FALSE);
	PUT(r, UNCATCH);
	routine_bind(r, handler);
	PUT(r, POLL_WITHIN, head);
	PUT(r, POLL_END, build_text(b, "it is ready"));
	PUT(r, RETURN);
	return b->fn;
}

static void measure_effects(const struct vm *vm, uint32_t fn)
{
	struct outcome o = { .again = true };
	double took[ROUNDS];
	for (int round = 0; round < ROUNDS; round++) {
		struct fiber *f = fiber_new(vm, fn, NULL, 1);
		double began = now();
		fiber_resume(f, NULL);
		for (int i = 1; i < EFFECTS; i++) fiber_resume(f, &o);
		took[round] = now() - began;
		fiber_free(f);
	}
	double each = median(took) / EFFECTS * 1e9;
	printf("| the machine's own cost of an effect (stop, nothing, resume) | %.0f ns | %.2f of 1 µs | ≤ 1 |\n", each, each / 1000);
}

static void measure_fibers(const struct vm *vm, uint32_t fn)
{
	static struct fiber *all[FIBERS];
	size_t before = mallinfo2().uordblks;
	struct outcome clock = { .clock = 1 };
	for (int i = 0; i < FIBERS; i++) {
		all[i] = fiber_new(vm, fn, NULL, 1);
		fiber_resume(all[i], NULL);
		fiber_resume(all[i], &clock);
	}
	double each = (double)(mallinfo2().uordblks - before) / FIBERS;
	printf("| %d fibers alive, each stopped in a poll: memory of one | %.0f bytes | %.2f of 4 KiB | ≤ 1 |\n", FIBERS, each, each / 4096);
	for (int i = 0; i < FIBERS; i++) fiber_free(all[i]);
}

int main(void)
{
	struct builder *b = builder_new();
	uint32_t fn = build_poll(b);
	struct vm vm = { .image = builder_image(b), .hosts = &machine_hosts };
	measure_effects(&vm, fn);
	measure_fibers(&vm, fn);
	builder_free(b);
	return 0;
}
