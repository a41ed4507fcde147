#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../src/session/phase.h"

static void names_are_read_back(void **state)
{
	(void)state;
	for (enum phase p = 0; p < PHASES; p++) assert_int_equal(phase_named(phase_name(p)), p);
	assert_int_equal(phase_named("nonsense"), PHASES);
}

/* Marks all that can be reached from `p`. */
static void walk(enum phase p, bool *seen)
{
	if (seen[p]) return;
	seen[p] = true;
	for (enum phase to = 0; to < PHASES; to++)
		if (phase_may_move(p, to)) walk(to, seen);
}

static void every_phase_is_reached_and_left(void **state)
{
	bool from_start[PHASES] = { false };
	(void)state;
	walk(PHASE_planned, from_start);
	for (enum phase p = 0; p < PHASES; p++) {
		bool onwards[PHASES] = { false };
		if (!from_start[p]) fail_msg("no way leads to %s", phase_name(p));
		walk(p, onwards);
		if (!onwards[PHASE_closed]) fail_msg("no way leads from %s to the end", phase_name(p));
	}
}

static void what_was_induced_is_never_just_cancelled(void **state)
{
	static const enum phase touched[] = { PHASE_inducing, PHASE_live, PHASE_mitigated, PHASE_resolved, PHASE_restoring, PHASE_aborting, PHASE_dirty };
	(void)state;
	for (size_t i = 0; i < sizeof touched / sizeof *touched; i++) {
		assert_false(phase_may_move(touched[i], PHASE_cancelled));
		if (touched[i] != PHASE_dirty) assert_false(phase_may_move(touched[i], PHASE_closed));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_back),
		cmocka_unit_test(every_phase_is_reached_and_left),
		cmocka_unit_test(what_was_induced_is_never_just_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
