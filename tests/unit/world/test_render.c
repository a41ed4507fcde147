#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../vm/machine.h"
#include "irs/shell_quote.h"
#include "irs/world.h"

enum field_index {
#define FIELD(id, name, base, result, lists, doc) F_##id,
#include "irs/tbl/field.def"
#undef FIELD
};

static const char *const shells[][3] = { { "dash" }, { "bash", "--posix" }, { "busybox", "sh" }, { "mksh" } };
enum { SHELLS = sizeof shells / sizeof *shells };

/* Where the time-out is not what is tried, no machine is so slow that it comes. */
static const int64_t ample = 300 * NS_PER_S;

struct lab {
	char dir[64];
	struct builder *b;
};

static struct lab lab_new(void)
{
	struct lab l = { .dir = "/tmp/render.XXXXXX", .b = builder_new() };
	assert_non_null(mkdtemp(l.dir));
	return l;
}

static void lab_free(struct lab *l)
{
	char command[100];
	snprintf(command, sizeof command, "rm -rf '%s'", l->dir);
	assert_int_equal(system(command), 0);
	builder_free(l->b);
}

static const char *rendered(struct lab *l, uint32_t fn, const struct value *captures)
{
	struct vm vm = { .image = builder_image(l->b), .hosts = &machine_hosts };
	struct buf out = { 0 };
	struct err e = { 0 };
	if (!render_restore(&out, &vm, fn, captures, 1, &e)) fail_msg("%s (%s)", e.what, e.where);
	const char *script = arena_strndup(l->b->arena, out.p, out.n);
	buf_free(&out);
	return script;
}

static const char *refused(struct lab *l, uint32_t fn, const struct value *captures)
{
	struct vm vm = { .image = builder_image(l->b), .hosts = &machine_hosts };
	struct buf out = { 0 };
	struct err e = { 0 };
	assert_false(render_restore(&out, &vm, fn, captures, 1, &e));
	assert_int_equal(out.n, 0);
	return arena_strdup(l->b->arena, e.what);
}

/* Runs the script from standard input in a shell, in the lab's directory; its exit status. */
static int run_in(struct lab *l, const char *const shell[3], const char *script)
{
	int in[2];
	assert_int_equal(pipe(in), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		close(in[0]);
		close(in[1]);
		if (chdir(l->dir)) _exit(99);
		execlp(shell[0], shell[0], shell[1], shell[1] ? shell[2] : NULL, (char *)NULL);
		_exit(99);
	}
	close(in[0]);
	size_t n = strlen(script);
	assert_int_equal(write(in[1], script, n), n);
	close(in[1]);
	int status;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Whether a process lives; zombies don't. */
static bool lives(long pid)
{
	char path[64], line[512], *at;
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	FILE *f = fopen(path, "r");
	if (!f) return false;
	at = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	fclose(f);
	return at && at[2] != 'Z' && at[2] != 'X';
}

static const char *file_text(struct lab *l, const char *name)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", l->dir, name);
	FILE *f = fopen(path, "r");
	if (!f) return NULL;
	char *text = arena_alloc(l->b->arena, 4096);
	text[fread(text, 1, 4095, f)] = 0;
	fclose(f);
	unlink(path);
	return text;
}

static void put_run(struct builder *b, struct routine *r, const char *command, int64_t timeout, uint8_t flags)
{
	PUT(r, CONST, build_text(b, command));
	PUT(r, CONST, build_duration(b, timeout));
	PUT(r, RUN, flags);
	PUT(r, POP);
}

static struct routine *restore_new(struct builder *b) { return build_fn(b, "restore", ROLE_RESTORE, TYPE(T_NONE)); }

static void a_script_does_what_the_restore_does(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct routine *r = restore_new(l.b);
	uint32_t text = routine_param(r, TYPE(T_STRING)), words = routine_param(r, TYPE_LIST(T_STRING)), s = routine_local(r, TYPE(T_STRING));
	PUT(r, CONST, build_text(l.b, "printf '%s\\n' "));
	PUT(r, LOCAL, text);
	PUT(r, QUOTE, HOLE_BARE);
	PUT(r, CONST, build_text(l.b, " > said"));
	PUT(r, CONCAT, 3);
	PUT(r, CONST, build_duration(l.b, ample));
	PUT(r, RUN, 0);
	PUT(r, POP);
	uint32_t next = routine_label(r), end = routine_label(r);
	PUT(r, LOCAL, words);
	PUT(r, EACH);
	routine_bind(r, next);
	PUT(r, NEXT, end);
	PUT(r, SET, s);
	PUT(r, CONST, build_text(l.b, "tee"));
	PUT(r, CONST, build_text(l.b, "-a"));
	PUT(r, CONST, build_text(l.b, "said"));
	PUT(r, LIST, 3);
	PUT(r, CONST, build_duration(l.b, ample));
	PUT(r, LOCAL, s);
	PUT(r, RUN, RUN_ARGV | RUN_INPUT);
	PUT(r, POP);
	PUT(r, JUMP, next);
	routine_bind(r, end);
	PUT(r, CONST, build_duration(l.b, 1));
	PUT(r, SLEEP);
	PUT(r, RETURN);
	struct value two[] = { value_string(l.b->arena, STR("one\n")), value_string(l.b->arena, STR("t\0wo\n")) };
	struct value captures[] = { value_string(l.b->arena, STR("it's $(hostile) `x` \"y\" \\")), value_list(l.b->arena, TYPE(T_STRING), two, 2) };
	const char *script = rendered(&l, l.b->fn, captures);
	for (int i = 0; i < SHELLS; i++) {
		assert_int_equal(run_in(&l, shells[i], script), 0);
		const char *said = file_text(&l, "said");
		assert_non_null(said);
		static const char wanted[] = "it's $(hostile) `x` \"y\" \\\none\nt\0wo\n";
		assert_memory_equal(said, wanted, sizeof wanted);
	}
	lab_free(&l);
}

static void it_stops_at_a_command_that_fails(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct routine *r = restore_new(l.b);
	put_run(l.b, r, "exit 7", ample, RUN_TRY);
	put_run(l.b, r, "echo first > one", ample, 0);
	put_run(l.b, r, "set -e; false; echo never > two", ample, 0);
	put_run(l.b, r, "echo never > three", ample, 0);
	PUT(r, RETURN);
	const char *script = rendered(&l, l.b->fn, NULL);
	for (int i = 0; i < SHELLS; i++) {
		assert_int_equal(run_in(&l, shells[i], script), 1);
		assert_non_null(file_text(&l, "one"));
		assert_null(file_text(&l, "two"));
		assert_null(file_text(&l, "three"));
	}
	lab_free(&l);
}

static long number_in(struct lab *l, const char *name)
{
	const char *text = file_text(l, name);
	assert_non_null(text);
	return strtol(text, NULL, 10);
}

/* The script, whose watchdog counts its seconds only from when the command has written `child`: how slow the machine is plays no part. */
static const char *patient(struct lab *l, const char *script)
{
	return arena_printf(l->b->arena, "sleep() { until [ -s child ]; do /bin/sleep 0.1; done; exec /bin/sleep \"$1\"; }\n%s", script);
}

static void a_slow_command_is_ended_with_its_children(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct routine *r = restore_new(l.b);
	put_run(l.b, r, "sh -c 'echo $$ > child; while :; do sleep 1; done' & wait", NS_PER_S, 0);
	put_run(l.b, r, "echo never > never", ample, 0);
	PUT(r, RETURN);
	const char *script = patient(&l, rendered(&l, l.b->fn, NULL));
	for (int i = 0; i < SHELLS; i++) {
		assert_true(run_in(&l, shells[i], script) > 128);
		assert_false(lives(number_in(&l, "child")));
		assert_null(file_text(&l, "never"));
	}
	lab_free(&l);
}

/* Whatever a command has started in its time is gone when the next one runs; its own end may come first, and well. */
static void no_child_outlives_the_time_out(void **state)
{
	(void)state;
	static const char *const commands[] = {
		"(trap '' TERM; sh -c 'echo $PPID' > child; while :; do sleep 1; done) & wait",
		"sh -c 'echo $$ > child; kill -STOP $$; :' & wait",
		"(trap '' TERM; sh -c 'echo $PPID' > child; while :; do sleep 1; done) & trap 'exit 0' TERM; while :; do sleep 1; done",
	};
	for (size_t k = 0; k < sizeof commands / sizeof *commands; k++) {
		struct lab l = lab_new();
		struct routine *r = restore_new(l.b);
		put_run(l.b, r, commands[k], NS_PER_S, RUN_TRY);
		put_run(l.b, r, "echo never > never", ample, 0);
		PUT(r, RETURN);
		const char *script = patient(&l, rendered(&l, l.b->fn, NULL));
		for (int i = 0; i < SHELLS; i++) {
			assert_int_not_equal(run_in(&l, shells[i], script), 0);
			if (lives(number_in(&l, "child"))) fail_msg("%s: the child of «%s» lives", shells[i][0], commands[k]);
			assert_null(file_text(&l, "never"));
		}
		lab_free(&l);
	}
}

/* The same where there is no timeout(1): the shell that runs the command is ended. */
static void time_outs_without_a_tool(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct routine *r = restore_new(l.b);
	put_run(l.b, r, "echo begun > child; while :; do :; done", NS_PER_S, 0);
	PUT(r, RETURN);
	const char *script = arena_printf(l.b->arena, "command() { return 1; }\n%s", patient(&l, rendered(&l, l.b->fn, NULL)));
	for (int i = 0; i < SHELLS; i++) {
		assert_true(run_in(&l, shells[i], script) > 128);
		assert_non_null(file_text(&l, "child"));
	}
	lab_free(&l);
}

static struct process_id identity_of(pid_t pid)
{
	struct process_id id = { .pid = pid };
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	char *p = strrchr(text, ')') + 2;
	for (int field = 3; field < 22; field++) p = strchr(p, ' ') + 1;
	id.start = strtoull(p, NULL, 10);
	f = fopen("/proc/sys/kernel/random/boot_id", "r");
	assert_int_equal(fread(id.boot, 1, 36, f), 36);
	fclose(f);
	return id;
}

static const char *guarded_script(struct lab *l, struct process_id *id)
{
	struct routine *r = restore_new(l->b);
	uint32_t p = routine_param(r, TYPE(T_PROCESS));
	PUT(r, CONST, build_text(l->b, "echo "));
	PUT(r, LOCAL, p);
	PUT(r, QUOTE, HOLE_BARE_START);
	PUT(r, CONST, build_text(l->b, " > touched"));
	PUT(r, CONCAT, 3);
	PUT(r, CONST, build_duration(l->b, ample));
	PUT(r, RUN, 0);
	PUT(r, POP);
	put_run(l->b, r, "echo end > end", ample, 0);
	PUT(r, RETURN);
	return rendered(l, l->b->fn, &(struct value){ .tag = V_PROCESS, .process = id });
}

static void only_the_captured_process_is_touched(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	struct process_id alive = identity_of(pid), another = alive, old = alive;
	another.start++;
	memcpy(old.boot, "00000000", 8);
	struct { struct process_id id; bool touched; } cases[] = { { alive, true }, { another, false }, { old, false } };
	for (int k = 0; k < 3; k++) {
		struct lab l = lab_new();
		const char *script = guarded_script(&l, &cases[k].id);
		for (int i = 0; i < SHELLS; i++) {
			assert_int_equal(run_in(&l, shells[i], script), 0);
			assert_int_equal(file_text(&l, "touched") != NULL, cases[k].touched);
			assert_non_null(file_text(&l, "end"));
		}
		lab_free(&l);
	}
	kill(pid, SIGKILL);
	siginfo_t info;
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT); /* a zombie now */
	struct lab l = lab_new();
	const char *script = guarded_script(&l, &alive);
	for (int i = 0; i < SHELLS; i++) {
		assert_int_equal(run_in(&l, shells[i], script), 0);
		assert_null(file_text(&l, "touched"));
	}
	lab_free(&l);
	waitpid(pid, NULL, 0);
}

static void what_must_be_asked_is_refused(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct routine *r = restore_new(l.b);
	uint32_t otherwise = routine_label(r);
	PUT(r, CONST, build_text(l.b, "hostname"));
	PUT(r, CONST, build_duration(l.b, ample));
	PUT(r, RUN, 0);
	PUT(r, FIELD, F_result_stdout);
	PUT(r, CONST, build_text(l.b, "x"));
	PUT(r, EQ);
	PUT(r, BRANCH_FALSE, otherwise, otherwise);
	routine_bind(r, otherwise);
	PUT(r, RETURN);
	assert_string_equal(refused(&l, l.b->fn, NULL), "this restore can't be written down as a script: it branches on what a command says");
	lab_free(&l);

	l = lab_new();
	r = restore_new(l.b);
	PUT(r, CONST, build_text(l.b, "true"));
	PUT(r, RUNNER);
	PUT(r, CONST, build_duration(l.b, ample));
	PUT(r, RUN, RUN_ON);
	PUT(r, POP);
	PUT(r, RETURN);
	assert_string_equal(refused(&l, l.b->fn, NULL), "this restore can't be written down as a script: it runs a command on another host");
	lab_free(&l);

	l = lab_new();
	r = restore_new(l.b);
	PUT(r, CONST, build_text(l.b, "127.0.0.1:80"));
	PUT(r, CONST, build_duration(l.b, ample));
	PUT(r, TCP);
	PUT(r, POP);
	PUT(r, RETURN);
	assert_string_equal(refused(&l, l.b->fn, NULL), "this restore can't be written down as a script: it asks the network");
	lab_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_does_what_the_restore_does),
		cmocka_unit_test(it_stops_at_a_command_that_fails),
		cmocka_unit_test(a_slow_command_is_ended_with_its_children),
		cmocka_unit_test(no_child_outlives_the_time_out),
		cmocka_unit_test(time_outs_without_a_tool),
		cmocka_unit_test(only_the_captured_process_is_touched),
		cmocka_unit_test(what_must_be_asked_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
