#include "rig.h"

static const char *shells[] = { "/bin/dash", "/bin/bash", "/tmp/irs-test-busybox/sh" };
enum { NSHELLS = 3 };

/* busybox decides by its name what it is. */
static int make_busybox(void **state)
{
	(void)state;
	mkdir("/tmp/irs-test-busybox", 0700);
	return symlink("/bin/busybox", shells[2]) && errno != EEXIST;
}

static int remove_busybox(void **state)
{
	(void)state;
	return unlink(shells[2]) || rmdir("/tmp/irs-test-busybox");
}

static void commands_answer(void **state)
{
	(void)state;
	for (int i = 0; i < NSHELLS; i++) {
		struct rig b;
		rig_new(&b, shells[i]);
		expect_run(&b, "echo hello", 0, "hello\n", "");
		expect_run(&b, "echo hello >&2; false", 1, "", "hello\n");
		expect_run(&b, "printf 'no newline'", 0, "no newline", "");
		expect_run(&b, "printf '\\n\\nx\\n\\n'; printf '\\n' >&2", 0, "\n\nx\n\n", "\n");
		expect_run(&b, "", 0, "", "");
		expect_run(&b, "exit 3", 3, "", "");
		expect_run(&b, "nonexistent-program", 127, "", NULL);
		expect_run(&b, "/etc/passwd", 126, "", NULL);
		expect_run(&b, "cat", 0, "", "");
		expect_run(&b, "pwd; echo $#", 0, "/\n0\n", "");
		rig_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_answer),
	};
	return cmocka_run_group_tests_name("local", tests, make_busybox, remove_busybox);
}
