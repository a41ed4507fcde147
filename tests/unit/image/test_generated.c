/* Images that are valid by construction: the verifier accepts them all, and the machine runs them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "exercise.h"
#include "generate.h"

enum { PROGRAMS = 1500 };

static void are_accepted_and_run(void **state)
{
	(void)state;
	bool seen[OPCODES] = { false };
	for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
		struct builder *b = generate(seed);
		const struct image *img = builder_image(b);
		struct instruction i;
		for (size_t f = 0; f < img->nfunction; f++)
			for (uint32_t pc = 0; image_instruction(img->code + img->function[f].code, img->function[f].code_len, pc, &i); pc += i.size) seen[i.op] = true;
		exercise_image(img, seed, true);
		exercise_image(img, seed, false);
		builder_free(b);
	}
	unsigned kinds = 0;
	for (unsigned i = 0; i < OPCODES; i++) kinds += seen[i];
	assert_in_range(kinds, 45, OPCODES);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(are_accepted_and_run) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
