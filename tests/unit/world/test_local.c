#include "rig.h"

#include <fcntl.h>

#include "../../../src/world/shell_text.h"

/* ---- commands and what they print */

static void commands_answer(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		rig_new(&b, shells[i]);
		expect_run(&b, "echo hello", 0, "hello\n", "");
		expect_run(&b, "echo hello >&2; false", 1, "", "hello\n");
		expect_run(&b, "printf 'no newline'", 0, "no newline", "");
		expect_run(&b, "printf '\\n\\nx\\n\\n'; printf '\\n' >&2", 0, "\n\nx\n\n", "\n");
		expect_run(&b, "", 0, "", "");
		expect_run(&b, "# only a comment", 0, "", "");
		expect_run(&b, "exit 3", 3, "", "");
		expect_run(&b, "exit 128", 128, "", "");
		expect_run(&b, "exit 255", 255, "", "");
		expect_run(&b, "nonexistent-program", 127, "", NULL);
		expect_run(&b, "/etc/passwd", 126, "", NULL);
		expect_run(&b, "cat", 0, "", "");
		expect_run(&b, "pwd; echo $#", 0, "/\n0\n", "");
		rig_free(&b);
	}
}

static void a_command_cannot_harm_its_shell(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		size_t started = b.nstarted;
		expect_run(&b, "set -e; false; echo not reached", 1, "", "");
		expect_run(&b, "exec echo replaced", 0, "replaced\n", "");
		run_for(&b, &n, "exec >&- 2>&-; echo lost", 20000);
		assert_true(n.result.exit > 0 && n.out_n == 0);
		ran_free(&n);
		expect_run(&b, "exec </dev/null >/dev/null 2>&1; echo lost", 0, "", "");
		expect_run(&b, "cd /tmp; x=1; set -- a b; umask 0; trap 'echo t' EXIT", 0, "t\n", "");
		expect_run(&b, "pwd; echo ${x-unset} $#; umask", 0, "/\nunset 0\n0022\n", "");
		expect_run(&b, "cat <<'E'\n$x 'quoted' \\n\nE\n", 0, "$x 'quoted' \\n\n", "");
		expect_run(&b, "printf '%s|' \"it's\" 'a \"test\"' \\\\ '%s\\n'", 0, "it's|a \"test\"|\\|%s\\n|", "");
		run_for(&b, &n, "echo 'open quote", 20000);
		assert_int_not_equal(n.result.exit, 0);
		assert_false(n.result.lost);
		ran_free(&n);
		run_for(&b, &n, "if true; then", 20000);
		assert_int_not_equal(n.result.exit, 0);
		ran_free(&n);
		run_for(&b, &n, "echo a; done; echo b", 20000);
		assert_int_not_equal(n.result.exit, 0);
		ran_free(&n);
		expect_run(&b, "echo still here", 0, "still here\n", "");
		assert_int_equal(b.nstarted, started);
		rig_free(&b);
	}
}

static void signals_are_told_from_exits(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		run_for(&b, &n, "sh -c 'kill -SEGV $$'", 20000);
		assert_int_equal(n.result.exit, -1);
		assert_int_equal(n.result.signal, SIGSEGV);
		assert_false(n.result.lost || n.result.timed_out || n.result.gone);
		ran_free(&n);
		run_for(&b, &n, "kill -TERM 0; sleep 5", 20000);
		assert_int_equal(n.result.signal, SIGTERM);
		ran_free(&n);
		expect_run(&b, "echo the shell survived", 0, "the shell survived\n", "");
		rig_free(&b);
	}
}

static void signals_are_at_their_defaults_in_commands(void **state)
{
	(void)state;
	struct rig b;
	rig_new(&b, NULL);
	/* Of the 31 that have names; what is above belongs to the C library of whoever started us. */
	expect_run(&b, "grep -cE 'Sig(Ign|Blk):.*[08]0000000$' /proc/self/status", 0, "2\n", "");
	expect_run(&b, "ls -l /proc/self/fd | grep -c .", 0, "5\n", ""); /* total, 0, 1, 2, and the directory itself */
	rig_free(&b);
}

/* Fails where a line of `text` is none of these. */
static void expect_only(const char *text, const char *const *allowed, size_t n)
{
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		size_t k = 0;
		while (k < n && strncmp(line, allowed[k], strlen(allowed[k]))) k++;
		if (k == n) fail_msg("a command sees «%.*s»", (int)strcspn(line, "\n"), line);
	}
}

/* What sudo would say in the environment names the very scenario. */
static void nothing_of_our_environment_is_given_away(void **state)
{
	(void)state;
	static const char *const allowed[] = { "PATH=", "HOME=", "USER=", "LOGNAME=", "SHELL=", "PWD=/", "OLDPWD=/", "SHLVL=", "_=" };
	char wanted[4096];
	setenv("SUDO_COMMAND", "/usr/bin/irs run secret.irs", 1);
	setenv("CDPATH", "/tmp", 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	mode_t mask = umask(077);
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		run_for(&b, &n, "env", 20000);
		expect_only(n.out, allowed, sizeof allowed / sizeof *allowed);
		ran_free(&n);
		snprintf(wanted, sizeof wanted, "0022\n%s\nno terminal\n", getenv("PATH"));
		expect_run(&b, "umask; echo $PATH; (: </dev/tty) 2>/dev/null || echo no terminal", 0, wanted, "");
		for (size_t k = 0; k < b.nstarted; k++) {
			char command[128];
			snprintf(command, sizeof command, "grep -c SUDO_COMMAND /proc/%d/environ", (int)b.started[k].pid);
			expect_run(&b, command, 1, "0\n", "");
		}
		rig_free(&b);
	}
	umask(mask);
	unsetenv("SUDO_COMMAND");
	unsetenv("CDPATH");
	unsetenv("LC_ALL");
}

static void bytes_come_through(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		run_for(&b, &n, "printf 'a\\000b\\n\\000\\377'", 20000);
		assert_int_equal(n.out_n, 6);
		assert_memory_equal(n.out, "a\0b\n\0\377", 6);
		ran_free(&n);
		rig_free(&b);
	}
}

static void input_is_given(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		n.effect.run.input = string_value("a\0'\\%s\n\377", 8);
		run_for(&b, &n, "cat", 20000);
		assert_int_equal(n.out_n, 8);
		assert_memory_equal(n.out, "a\0'\\%s\n\377", 8);
		ran_free(&n);

		char *big = malloc((64 << 10) + 1);
		for (int k = 0; k <= 64 << 10; k++) big[k] = (char)(k * 7);
		n.effect.run.input = string_value(big, 64 << 10);
		run_for(&b, &n, "cat", 20000);
		assert_int_equal(n.out_n, 64 << 10);
		assert_memory_equal(n.out, big, 64 << 10);
		ran_free(&n);
		run_for(&b, &n, "exit 7", 20000);
		assert_int_equal(n.result.exit, 7);
		ran_free(&n);
		n.effect.run.input = string_value(big, 64 << 10);
		run_for(&b, &n, "true", 20000);
		assert_int_equal(n.result.exit, 0);
		assert_string_equal(n.err, "");
		ran_free(&n);
		n.effect.run.input = string_value(big, (64 << 10) + 1);
		run_for(&b, &n, "cat", 20000);
		assert_int_equal(n.result.exit, 126);
		assert_non_null(strstr(n.err, "64 KiB"));
		ran_free(&n);
		free(big);
		rig_free(&b);
	}
}

static void argument_vectors_are_taken_as_they_are(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		const char *words[] = { "printf", "<%s>", "$HOME `id`", "it's", "a\nb", "", "*" };
		struct value_list *list = calloc(1, sizeof *list + 7 * sizeof list->at[0]);
		list->n = 7;
		for (size_t k = 0; k < 7; k++) list->at[k] = string_value(words[k], strlen(words[k]));
		ran_start(&b, &n, (struct value){ .tag = V_LIST, .list = list }, 10000000000);
		rig_await(&b);
		assert_string_equal(n.out, "<$HOME `id`><it's><a\nb><><*>");
		assert_int_equal(n.result.exit, 0);
		ran_free(&n);
		for (size_t k = 0; k < 7; k++) free(list->at[k].text);
		list->n = 0;
		ran_start(&b, &n, (struct value){ .tag = V_LIST, .list = list }, 10000000000);
		rig_await(&b);
		assert_int_equal(n.result.exit, 126);
		ran_free(&n);
		free(list);
		rig_free(&b);
	}
}

static void large_commands_run(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct buf c = { 0 };
		rig_new(&b, shells[i]);
		buf_puts(&c, "x='");
		for (int k = 0; k < 64 << 10; k++) buf_putc(&c, k % 100 ? 'x' : '\n');
		buf_puts(&c, "'; echo ${#x}");
		expect_run(&b, c.p, 0, "65536\n", "");
		buf_free(&c);
		rig_free(&b);
	}
}

/* A megabyte to a shell that reads, and to one that does not. */
static void what_a_shell_does_not_read_waits(void **state)
{
	(void)state;
	struct buf c = { 0 };
	buf_puts(&c, "x='");
	buf_pad(&c, 'x', 1 << 20);
	buf_puts(&c, "'; echo ${#x}");
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		expect_run(&b, c.p, 0, "1048576\n", "");
		run_for(&b, &n, "echo $$", 20000);
		kill(-(pid_t)strtol(n.out, NULL, 10), SIGSTOP);
		ran_free(&n);
		run_for(&b, &n, c.p, 100);
		assert_true(n.result.timed_out);
		ran_free(&n);
		expect_run(&b, "echo next", 0, "next\n", "");
		rig_free(&b);
	}
	buf_free(&c);
}

static void a_nul_in_a_command_is_refused(void **state)
{
	(void)state;
	struct rig b;
	struct ran n = { 0 };
	rig_new(&b, NULL);
	ran_start(&b, &n, string_value("echo a\0b", 8), 10000000000);
	rig_await(&b);
	assert_int_equal(n.result.exit, 126);
	assert_non_null(strstr(n.err, "NUL"));
	ran_free(&n);
	rig_free(&b);
}

/* ---- bounds */

static void output_is_bounded_and_says_so(void **state)
{
	(void)state;
	struct rig b;
	struct ran n = { 0 };
	rig_world_new(&b, NULL, 1000, NULL, 1);
	assert_true(rig_open_host(&b, 0));
	run_for(&b, &n, "printf '%01000d' 7", 20000);
	assert_int_equal(n.out_n, 1000);
	assert_false(n.result.truncated);
	ran_free(&n);
	run_for(&b, &n, "printf 'BEGIN%01000dEND' 0; printf '%02000d' 0 >&2", 20000);
	assert_true(n.result.truncated);
	assert_memory_equal(n.out, "BEGIN0", 6);
	assert_string_equal(n.out + n.out_n - 4, "0END");
	assert_non_null(strstr(n.out, "\n[… 8 bytes are left out …]\n"));
	assert_non_null(strstr(n.err, "1000 bytes are left out"));
	ran_free(&n);
	rig_free(&b);
}

static void ten_megabytes_are_drained(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		run_for(&b, &n, "head -c 10485760 /dev/zero | tr '\\0' a; echo end; exit 4", 30000);
		assert_int_equal(n.result.exit, 4);
		assert_true(n.result.truncated);
		assert_string_equal(n.out + n.out_n - 5, "aend\n");
		assert_true(n.out_n < (1 << 20) + 100);
		ran_free(&n);
		expect_run(&b, "echo next", 0, "next\n", "");
		rig_free(&b);
	}
}

/* ---- time-outs, cancelling, lost shells */

/* Who stops the shell between two commands doesn't cost the next one its time: it runs in another. */
static void a_stopped_shell_is_replaced(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		run_for(&b, &n, "echo $$", 20000);
		pid_t stopped = (pid_t)strtol(n.out, NULL, 10);
		ran_free(&n);
		assert_true(stopped > 1);
		assert_int_equal(kill(stopped, SIGSTOP), 0);
		run_for(&b, &n, "echo here", 30000);
		assert_false(n.result.timed_out || n.result.lost);
		assert_int_equal(n.result.exit, 0);
		assert_string_equal(n.out, "here\n");
		assert_false(lives(stopped));
		ran_free(&n);
		expect_run(&b, "echo again", 0, "again\n", "");
		rig_free(&b);
	}
}

static void a_timeout_ends_the_whole_group(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shells[i]);
		long group = started_last(&b, PROCESS_SHELL)->pgid;
		for (size_t k = 0; k < b.nstarted; k++) group = b.started[k].kind == PROCESS_SHELL ? b.started[k].pgid : group;
		run_for(&b, &n, "echo before; sleep 60 | sleep 61; echo after", 1000);
		assert_true(n.result.timed_out);
		assert_false(n.result.lost);
		assert_int_equal(n.result.exit, -1);
		assert_string_equal(n.out, "before\n");
		assert_true(n.result.elapsed >= 1000000000);
		for (size_t k = 0; k < b.nstarted; k++)
			if (b.started[k].kind == PROCESS_SHELL) group = b.started[k].pgid, assert_true(group_size(group) <= 1);
		ran_free(&n);
		expect_run(&b, "echo next", 0, "next\n", "");
		rig_free(&b);
	}
}

/* A busy machine may not have begun the command when its time is over, so the shell is asked before for its group. */
static void expect_ended(const char *shell, const char *command, int64_t ms, bool lost)
{
	struct rig b;
	struct ran n = { 0 };
	rig_new(&b, shell);
	run_for(&b, &n, "echo $$", 20000);
	long group = strtol(n.out, NULL, 10);
	assert_true(group > 1);
	ran_free(&n);
	run_for(&b, &n, command, ms);
	assert_int_equal(n.result.timed_out, !lost);
	assert_int_equal(n.result.lost, lost);
	assert_int_equal(n.result.exit, -1);
	assert_int_equal(group_size(group), 0);
	ran_free(&n);
	expect_run(&b, "echo next", 0, "next\n", "");
	rig_free(&b);
}

static void stubborn_commands_are_killed(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		expect_ended(shells[i], "trap '' TERM; sleep 60; sleep 60", 50, false);
		expect_ended(shells[i], "(trap '' TERM; sleep 60) >/dev/null 2>&1 & sleep 60", 50, false);
		expect_ended(shells[i], "kill -STOP $(sh -c 'echo $PPID')", 50, false);
		expect_ended(shells[i], "sleep 60 & kill -STOP $!; wait", 50, false);
		expect_ended(shells[i], "while :; do :; done", 50, false);
		expect_ended(shells[i], "yes", 200, false);
		expect_ended(shells[i], "exec 1>&- 2>&-; sleep 60", 50, false);
	}
}

static void a_shell_that_is_killed_is_lost_and_replaced(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		expect_ended(shells[i], "kill -9 $$", 10000, true);
		expect_ended(shells[i], "sleep 60 & sleep 60 & kill -9 $$; sleep 60", 10000, true);
		expect_ended(shells[i], "kill -9 0", 10000, true);
		expect_ended(shells[i], "sleep 60 </dev/null & kill -9 $$; trap '' TERM; sleep 60", 10000, true);
	}
}

static int open_files(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/fd");
	while (readdir(d)) n++;
	closedir(d);
	return n;
}

/* Children of ours that have ended, and that nobody has asked about. */
static int zombies(void)
{
	int n = 0;
	DIR *d = opendir("/proc");
	for (struct dirent *e; (e = readdir(d));) {
		char path[300], line[512] = "", state = 0;
		long parent = 0;
		snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
		FILE *f = *e->d_name >= '1' && *e->d_name <= '9' ? fopen(path, "r") : NULL;
		if (!f) continue;
		const char *behind = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
		fclose(f);
		if (behind && sscanf(behind + 2, "%c %ld", &state, &parent) == 2) n += state == 'Z' && parent == getpid();
	}
	closedir(d);
	return n;
}

static void shells_that_went_leave_no_descriptor_and_no_zombie(void **state)
{
	(void)state;
	struct rig b;
	for (int i = 0; i < 1000 && waitpid(-1, NULL, WNOHANG) >= 0; i++) usleep(10000); /* the shells of earlier tests */
	rig_new(&b, NULL);
	int before = open_files();
	for (int i = 0; i < 20; i++) {
		struct ran n = { 0 };
		run_for(&b, &n, i % 2 ? "kill -9 $$" : "trap '' TERM; sleep 60; sleep 60", i % 2 ? 20000 : 1);
		ran_free(&n);
		b.left++;
		b.world->ops->reach(b.world, 0, rig_done, &b);
		rig_await(&b);
	}
	expect_run(&b, "true", 0, "", "");
	for (int i = 0; i < 500 && (zombies() || open_files() != before); i++) rig_sleep(&b, 20000000);
	assert_int_equal(zombies(), 0);
	assert_int_equal(open_files(), before);
	rig_free(&b);
}

/* Whatever part of it has arrived when the way to the shell breaks: a command runs as a whole, or not at all. */
static void a_torn_frame_runs_whole_or_not_at_all(void **state)
{
	(void)state;
	char dir[] = "/tmp/irs-test-torn-XXXXXX", text[512], path[96];
	static const char a[] = "0123456789abcdef0123456789abcdef", z[] = "fedcba9876543210fedcba9876543210";
	assert_non_null(mkdtemp(dir));
	snprintf(text, sizeof text, "cd %s && touch one\ntouch two; touch 'three'", dir);
	for (int i = 0; i < WORK_SHELLS * 2; i++) {
		struct buf frame = { 0 };
		struct shell_command c = { .text = str_of(text), .input = i % 2 ? STR("in") : (struct str){ 0 } };
		shell_text_frame(&frame, &c, a, z);
		for (size_t n = 0; n <= frame.n; n++) {
			int fd[2], found = 0;
			assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
			pid_t pid = fork();
			if (!pid) {
				dup2(fd[0], 0);
				for (int k = 1; k < 3; k++) dup2(open("/dev/null", O_RDWR), k);
				execl(shells[i / 2], "sh", (char *)NULL);
				_exit(99);
			}
			close(fd[0]);
			assert_int_equal(write(fd[1], frame.p, n), n);
			close(fd[1]);
			waitpid(pid, NULL, 0);
			for (int k = 0; k < 3; k++) {
				snprintf(path, sizeof path, "%s/%s", dir, ((const char *[]){ "one", "two", "three" })[k]);
				found += unlink(path) == 0;
			}
			if (found % 3) fail_msg("%s: of «%.*s» %d of 3 were run", shells[i / 2], (int)n, frame.p, found);
			if (n == frame.n) assert_int_equal(found, 3);
		}
		buf_free(&frame);
	}
	rmdir(dir);
}

static void cancelling_ends_a_command(void **state)
{
	(void)state;
	struct rig b;
	struct ran n[3] = { 0 };
	rig_new(&b, NULL);
	for (int i = 0; i < 3; i++) ran_start(&b, &n[i], string_value("exec sleep 60", 13), 50000000000);
	b.world->ops->cancel(b.world, &n[1].request); /* it waits for the first */
	assert_true(n[1].done && n[1].result.lost);
	rig_sleep(&b, 100000000);
	b.world->ops->cancel(b.world, &n[0].request);
	b.world->ops->cancel(b.world, &n[0].request);
	while (!n[0].done) rig_sleep(&b, 1000000);
	assert_int_equal(n[0].result.signal, SIGTERM);
	assert_false(n[0].result.timed_out);
	b.world->ops->cancel(b.world, &n[2].request);
	rig_await(&b);
	assert_int_equal(n[2].result.exit, -1);
	for (int i = 0; i < 3; i++) ran_free(&n[i]);
	rig_free(&b);
}

static void lanes_do_not_wait_for_each_other(void **state)
{
	(void)state;
	struct rig b;
	struct ran slow = { 0 }, quick = { 0 };
	rig_new(&b, NULL);
	quick.request.lane = LANE_PROBE;
	ran_start(&b, &slow, string_value("sleep 60", 8), 50000000000);
	ran_start(&b, &quick, string_value("echo quick", 10), 50000000000);
	while (!quick.done) rig_sleep(&b, 1000000);
	assert_false(slow.done);
	b.world->ops->cancel(b.world, &slow.request);
	rig_await(&b);
	ran_free(&slow);
	ran_free(&quick);
	rig_free(&b);
}

static void a_background_child_that_writes_retires_the_shell(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		rig_new(&b, shells[i]);
		size_t started = b.nstarted;
		expect_run(&b, "(sleep 0.05; echo stray) & echo first", 0, "first\n", "");
		rig_sleep(&b, 150000000);
		expect_run(&b, "echo second", 0, "second\n", "");
		assert_int_equal(b.nstarted, started + 1);
		rig_free(&b);
	}
}

/* ---- a leash that undoes while we live */

static void leash_taken(struct rig *b, const char *script, int64_t latest)
{
	b->left++;
	b->world->ops->leash_add(b->world, 0, str_of(script), &(struct leash_terms){ -1, latest }, rig_done, b);
	rig_await(b);
	assert_string_equal(b->error.what, "");
}

/* What is under way is ended, what waits begins when the leash is through, and all goes on. */
static void no_command_runs_beside_an_undo(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		static const char *const commands[] = { "sleep 60", "trap '' TERM; sleep 60; sleep 60", "exit" };
		struct rig b;
		char note[] = "/tmp/irs-test-undo-XXXXXX", text[512];
		struct ran n[3] = { 0 }, probe = { 0 };
		close(mkstemp(note));
		rig_new(&b, shells[i]);
		snprintf(text, sizeof text, "echo begins >>%s; sleep 1; echo ends >>%s", note, note);
		leash_taken(&b, text, 1000000000);
		ran_start(&b, &n[0], string_value(commands[i], strlen(commands[i])), 50000000000);
		while (!b.fired[0]) rig_sleep(&b, 5000000);
		assert_string_equal(b.fired, "latest");
		snprintf(text, sizeof text, "cat %s; echo command >>%s", note, note);
		for (int k = 1; k < 3; k++) ran_start(&b, &n[k], string_value(text, strlen(text)), 50000000000);
		probe.request.lane = LANE_PROBE; /* who only looks doesn't wait */
		ran_start(&b, &probe, string_value("true", 4), 50000000000);
		rig_await(&b);
		assert_int_equal(n[0].result.exit, i == 2 ? 0 : -1);
		assert_string_equal(n[1].out, "begins\nends\n");
		assert_string_equal(n[2].out, "begins\nends\ncommand\n");
		for (int k = 0; k < 3; k++) ran_free(&n[k]);
		ran_free(&probe);
		rig_free(&b);
		unlink(note);
	}
}

static size_t leashes_started(const struct rig *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->nstarted; i++) n += b->started[i].kind == PROCESS_LEASH;
	return n;
}

/* Who disarms hears of it when nothing of the lost one lives; from then on commands run. */
static void a_leash_that_is_lost_while_it_undoes_is_ended_and_not_replaced(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		rig_new(&b, shells[i]);
		leash_taken(&b, "trap '' TERM; sleep 60; sleep 60", 1000000000);
		while (!b.fired[0]) rig_sleep(&b, 5000000);
		struct process_ref leash = *started_last(&b, PROCESS_LEASH);
		struct ran n = { 0 };
		ran_start(&b, &n, string_value("true", 4), 20000000000);
		kill((pid_t)leash.pgid, SIGKILL);
		while (strcmp(b.fired, "lost")) rig_sleep(&b, 100000);
		b.left++;
		b.world->ops->leash_disarm(b.world, 0, rig_done, &b);
		while (b.left == 2) rig_sleep(&b, 100000);
		assert_int_equal(group_size(leash.pgid), 0);
		rig_await(&b);
		assert_string_equal(b.error.what, "");
		assert_int_equal(n.result.exit, 0);
		assert_int_equal(leashes_started(&b), 1);
		ran_free(&n);
		rig_free(&b);
	}
}

static void a_leash_that_is_lost_is_replaced_until_that_is_hopeless(void **state)
{
	(void)state;
	enum { LEASHES = 4 }; /* the first, and three in a row that had nothing to take */
	struct rig b;
	rig_new(&b, NULL);
	for (size_t k = 1; k <= LEASHES; k++) {
		while (leashes_started(&b) < k) rig_sleep(&b, 1000000);
		assert_string_equal(b.fired, "");
		kill((pid_t)-started_last(&b, PROCESS_LEASH)->pgid, SIGKILL);
	}
	while (!b.fired[0]) rig_sleep(&b, 1000000);
	assert_string_equal(b.fired, "lost");
	assert_int_equal(leashes_started(&b), LEASHES);
	leash_taken(&b, ":", -1);
	assert_int_equal(leashes_started(&b), LEASHES + 1);
	rig_free(&b);
}

static void what_a_start_file_prints_harms_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		char path[] = "/tmp/irs-test-noisy-XXXXXX";
		struct rig b;
		int fd = mkstemp(path);
		dprintf(fd, "#!/bin/sh\nprintf 'Welcome!\n> '; printf 'armed 1 1 1' >&2\nexec %s\n", shells[i]);
		fchmod(fd, 0700);
		close(fd);
		rig_new(&b, path);
		expect_run(&b, "echo x", 0, "x\n", "");
		rig_free(&b);
		unlink(path);
	}
}

/* ---- processes: guards, spawn */

static struct guard guard_of(const struct process_id *p) { return (struct guard){ .process = p }; }

static void read_identity(const struct rig *b, long pid, struct process_id *id)
{
	char path[64], line[1024];
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(line, 1, sizeof line - 1, f);
	fclose(f);
	line[n] = 0;
	unsigned long long start;
	assert_int_equal(sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &start), 1);
	*id = (struct process_id){ .pid = pid, .start = start };
	memcpy(id->boot, b->facts.boot, sizeof id->boot);
}

/* A child of ours whose name makes its stat hard to read: parentheses, a newline, numbers. */
static pid_t child_with_a_name(const char *name)
{
	pid_t pid = fork();
	if (pid) return pid;
	FILE *f = fopen("/proc/self/comm", "w");
	if (f) fputs(name, f), fclose(f);
	for (;;) pause();
}

static void guarded(struct rig *b, struct process_id id, const char *command, bool gone, const char *out)
{
	struct ran n = { 0 };
	struct guard g = guard_of(&id);
	n.effect.run.guards = &g;
	run_for(b, &n, command, 20000);
	assert_int_equal(n.result.gone, gone);
	assert_string_equal(n.out, out);
	assert_int_equal(n.result.exit, gone ? -1 : 0);
	ran_free(&n);
}

static void a_command_on_a_process_that_is_gone_is_skipped(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct process_id id, other;
		rig_new(&b, shells[i]);
		pid_t pid = child_with_a_name(") S 1 2\n3) Z");
		usleep(20000);
		read_identity(&b, pid, &id);
		guarded(&b, id, "echo it lives", false, "it lives\n");
		other = id;
		other.start++;
		guarded(&b, other, "echo wrong", true, "");
		other = id;
		other.boot[0] = other.boot[0] == '0' ? '1' : '0';
		guarded(&b, other, "echo wrong", true, "");
		kill(pid, SIGKILL);
		usleep(20000);
		guarded(&b, id, "echo a zombie", true, "");
		waitpid(pid, NULL, 0);
		guarded(&b, id, "echo gone", true, "");
		expect_run(&b, "echo next", 0, "next\n", "");
		rig_free(&b);
	}
}

static void all_guards_must_hold(void **state)
{
	(void)state;
	struct rig b;
	struct process_id here, nobody;
	struct ran n = { 0 };
	rig_new(&b, NULL);
	read_identity(&b, getpid(), &here);
	nobody = here;
	nobody.pid = 1 << 30;
	struct guard second = guard_of(&nobody), first = { .process = &here, .next = &second };
	n.effect.run.guards = &first;
	run_for(&b, &n, "echo ran", 20000);
	assert_true(n.result.gone);
	ran_free(&n);
	second.process = &here;
	n.effect.run.guards = &first;
	run_for(&b, &n, "echo ran; exit 9", 20000);
	assert_int_equal(n.result.exit, 9);
	ran_free(&n);
	rig_free(&b);
}

static void read_file(const char *path, char *to, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(to, 1, size - 1, f) : 0;
	if (f) fclose(f);
	to[n] = 0;
}

static void spawned_processes_are_their_own(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS; i++) {
		struct rig b;
		struct ran n = { 0 };
		char path[64], text[4096], note[] = "/tmp/irs-test-spawn-XXXXXX", command[256];
		close(mkstemp(note));
		rig_new(&b, shells[i]);
		n.effect.run.spawn = true;
		n.effect.run.mark = string_value("m-17 'x'", 8);
		snprintf(command, sizeof command, "echo $$ > %s; (ls -l /proc/$$/fd/[012] >> %s); cat; while :; do sleep 30; done", note, note);
		run_for(&b, &n, command, 20000);
		if (n.result.exit) fail_msg("exit %d: %s", n.result.exit, n.err);
		assert_string_equal(n.out, "");
		do usleep(20000), read_file(note, text, sizeof text);
		while (!strstr(text, "/2 "));
		long pid = strtol(text, NULL, 10);
		assert_true(lives(pid));
		assert_int_equal(getsid((pid_t)pid), pid);
		const char *at = text;
		for (int k = 0; k < 3; k++) assert_non_null(at = strstr(at + 1, "/dev/null"));
		snprintf(path, sizeof path, "/proc/%ld/cmdline", pid);
		read_file(path, text, sizeof text);
		assert_string_equal(text, "sh");
		assert_int_equal(text[3], 0);
		snprintf(path, sizeof path, "/proc/%ld/environ", pid);
		FILE *f = fopen(path, "r");
		size_t got = fread(text, 1, sizeof text, f);
		fclose(f);
		assert_non_null(memmem(text, got, "_m=m-17 'x'", 12));
		free(n.effect.run.mark.text);
		ran_free(&n);
		rig_free(&b);
		assert_true(lives(pid));
		kill((pid_t)-pid, SIGKILL);
		unlink(note);
	}
}

/* ---- hosts */

static void a_host_tells_who_it_is(void **state)
{
	(void)state;
	struct rig b;
	char boot[64], name[256];
	rig_new(&b, NULL);
	read_file("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
	read_file("/proc/sys/kernel/hostname", name, sizeof name);
	assert_memory_equal(b.facts.boot, boot, 36);
	assert_int_equal(strncmp(b.facts.hostname, name, strlen(b.facts.hostname)), 0);
	assert_int_equal(b.facts.root, geteuid() == 0);
	assert_int_equal(b.nstarted, 3);
	int work_shells = 0; /* which of the three is there first is chance */
	for (size_t i = 0; i < b.nstarted; i++) {
		work_shells += b.started[i].kind == PROCESS_SHELL;
		assert_true(lives(b.started[i].pid) && lives(b.started[i].pgid));
	}
	assert_int_equal(work_shells, 2);
	b.left++;
	b.world->ops->reach(b.world, 0, rig_done, &b);
	rig_await(&b);
	assert_string_equal(b.error.what, "");
	rig_free(&b);
}

static void what_is_no_shell_is_refused(void **state)
{
	(void)state;
	struct rig b;
	static const char *const wrong[][2] = { { "/bin/mksh", "printf is no builtin" }, { "/bin/true", "ended" }, { "/nonexistent", "cannot start" } };
	for (size_t i = 0; i < 3; i++) {
		rig_world_new(&b, wrong[i][0], 0, NULL, 1);
		assert_false(rig_open_host(&b, 0));
		if (!strstr(b.error.what, wrong[i][1])) fail_msg("%s: %s", wrong[i][0], b.error.what);
		b.left++;
		b.world->ops->reach(b.world, 0, rig_done, &b);
		rig_await(&b);
		assert_string_not_equal(b.error.what, "");
		rig_drop(&b);
	}
}

static void closing_answers_what_is_under_way(void **state)
{
	(void)state;
	struct rig b;
	struct ran n[2] = { 0 };
	rig_new(&b, NULL);
	long group = b.started[0].pgid;
	ran_start(&b, &n[0], string_value("exec sleep 2", 12), 50000000000);
	ran_start(&b, &n[1], string_value("echo x", 6), 50000000000);
	b.world->ops->close(b.world);
	rig_await(&b);
	assert_true(n[0].result.lost && n[1].result.lost);
	rig_drop(&b);
	for (int i = 0; i < 2; i++) ran_free(&n[i]);
	assert_true(group_size(group) <= 2);
}

struct insisting {
	struct ran ran;
	int times;
};

static void insist(struct request *r, const struct outcome *o)
{
	struct insisting *n = r->owner;
	struct rig *b = n->ran.rig;
	static const struct leash_terms never = { -1, -1 };
	assert_true(o->run.lost);
	if (!n->times--) return;
	b->left += 3;
	b->world->ops->reach(b->world, 0, rig_done, b);
	b->world->ops->leash_add(b->world, 0, STR("true"), &never, rig_done, b);
	b->world->ops->bury(b->world, 0, b->started, b->nstarted, rig_done, b);
	b->world->ops->perform(b->world, r);
}

/* Who is told that a host was closed, and asks for more: each is answered. */
static void a_closing_host_answers_also_who_insists(void **state)
{
	(void)state;
	struct rig b;
	struct insisting n[2] = { { .times = 5 }, { .times = 5 } };
	rig_new(&b, NULL);
	for (int i = 0; i < 2; i++) {
		ran_start(&b, &n[i].ran, string_value("exec sleep 2", 12), 50000000000);
		n[i].ran.request.done = insist;
	}
	b.left = 0;
	rig_drop(&b);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(n[i].times, -1);
		ran_free(&n[i].ran);
	}
	assert_int_equal(b.left, 0);
}

/* ---- burying what a dead runner left */

/* A runner that starts a command and is killed in the midst of it. Tells what it started. */
static void dead_runner(const char *shell, const char *command, bool kill_leash, struct process_ref *refs, size_t *nrefs)
{
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	pid_t pid = fork();
	if (!pid) {
		struct rig b;
		struct ran n = { 0 };
		rig_new(&b, shell);
		ran_start(&b, &n, string_value(command, strlen(command)), 50000000000);
		rig_sleep(&b, 100000000);
		if (kill_leash) {
			kill(started_last(&b, PROCESS_LEASH)->pid, SIGSTOP);
			kill((pid_t)-started_last(&b, PROCESS_LEASH)->pgid, SIGSTOP);
		}
		if (write(fd[1], &b.nstarted, sizeof b.nstarted) < 0 || write(fd[1], b.started, sizeof b.started) < 0) _exit(1);
		kill(getpid(), SIGKILL);
	}
	close(fd[1]);
	assert_int_equal(read(fd[0], nrefs, sizeof *nrefs), sizeof *nrefs);
	assert_true(read(fd[0], refs, sizeof *refs * MAX_STARTED) > 0);
	close(fd[0]);
	waitpid(pid, NULL, 0);
}

static void bury(struct rig *b, const struct process_ref *refs, size_t n)
{
	b->left++;
	b->world->ops->bury(b->world, 0, refs, n, rig_done, b);
	rig_await(b);
	if (b->error.what[0]) fail_msg("%s", b->error.what);
	for (size_t i = 0; i < n; i++) assert_int_equal(group_size(refs[i].pgid), 0);
}

static void a_dead_runners_commands_are_ended(void **state)
{
	(void)state;
	for (int i = 0; i < WORK_SHELLS * 2; i++) {
		struct rig b;
		struct process_ref refs[MAX_STARTED];
		size_t n;
		/* Once with a leash that would do it, once with one that can't. */
		dead_runner(shells[i / 2], "(trap '' TERM; sleep 60; sleep 61) & sleep 60", i % 2, refs, &n);
		rig_new(&b, shells[i / 2]);
		bury(&b, refs, n);
		bury(&b, refs, n); /* again: nothing is there */
		rig_free(&b);
	}
}

static void numbers_that_came_back_are_left_alone(void **state)
{
	(void)state;
	struct rig b;
	pid_t pid = fork();
	if (!pid) {
		setsid();
		for (;;) pause();
	}
	usleep(20000);
	rig_new(&b, NULL);
	struct process_id id;
	read_identity(&b, pid, &id);
	struct process_ref refs[3] = { { .kind = PROCESS_SHELL, .pid = pid, .pgid = pid, .start = id.start - 1 },
		                       { .kind = PROCESS_LEASH, .pid = pid, .pgid = pid + (1 << 20), .start = id.start },
		                       { .kind = PROCESS_SHELL, .pid = pid, .pgid = pid, .start = id.start } };
	for (int i = 0; i < 3; i++) memcpy(refs[i].boot, b.facts.boot, sizeof id.boot);
	refs[2].boot[0] = 'x';
	b.left++;
	b.world->ops->bury(b.world, 0, refs, 3, rig_done, &b);
	rig_await(&b);
	assert_string_equal(b.error.what, "");
	assert_true(lives(pid));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	rig_free(&b);
}

/* ---- torture */

static void random_kills_leave_nothing_behind(void **state)
{
	(void)state;
	unsigned seed = 4711;
	for (int round = 0; round < 12; round++) {
		struct rig b;
		struct ran n[6] = { 0 };
		rig_new(&b, shells[round % WORK_SHELLS]);
		for (int i = 0; i < 6; i++) {
			n[i].request.lane = i % 2 ? LANE_PROBE : LANE_STEP;
			ran_start(&b, &n[i], string_value("for i in 1 2 3; do sleep 0.01; echo $i; done", 44), 2000000000);
		}
		for (int i = 0; i < 6; i++) {
			rig_sleep(&b, rand_r(&seed) % 20000 * 1000);
			const struct process_ref *p = &b.started[(size_t)rand_r(&seed) % b.nstarted];
			if (rand_r(&seed) % 2) kill((pid_t)-p->pgid, SIGKILL);
			else kill((pid_t)p->pgid, SIGKILL);
		}
		rig_await(&b);
		for (int i = 0; i < 6; i++) {
			assert_true(n[i].result.lost || (n[i].result.exit == 0 && !strcmp(n[i].out, "1\n2\n3\n")));
			ran_free(&n[i]);
		}
		expect_run(&b, "echo fine", 0, "fine\n", "");
		rig_free(&b);
		for (int tries = 0;; tries++) {
			int left = 0;
			for (size_t i = 0; i < b.nstarted; i++) left += group_size(b.started[i].pgid);
			if (!left) break;
			if (tries > 300) fail_msg("%d processes are left", left);
			usleep(10000);
		}
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_answer),
		cmocka_unit_test(a_command_cannot_harm_its_shell),
		cmocka_unit_test(signals_are_told_from_exits),
		cmocka_unit_test(signals_are_at_their_defaults_in_commands),
		cmocka_unit_test(nothing_of_our_environment_is_given_away),
		cmocka_unit_test(bytes_come_through),
		cmocka_unit_test(input_is_given),
		cmocka_unit_test(argument_vectors_are_taken_as_they_are),
		cmocka_unit_test(large_commands_run),
		cmocka_unit_test(what_a_shell_does_not_read_waits),
		cmocka_unit_test(a_nul_in_a_command_is_refused),
		cmocka_unit_test(output_is_bounded_and_says_so),
		cmocka_unit_test(ten_megabytes_are_drained),
		cmocka_unit_test(a_stopped_shell_is_replaced),
		cmocka_unit_test(a_timeout_ends_the_whole_group),
		cmocka_unit_test(stubborn_commands_are_killed),
		cmocka_unit_test(a_shell_that_is_killed_is_lost_and_replaced),
		cmocka_unit_test(shells_that_went_leave_no_descriptor_and_no_zombie),
		cmocka_unit_test(a_torn_frame_runs_whole_or_not_at_all),
		cmocka_unit_test(cancelling_ends_a_command),
		cmocka_unit_test(lanes_do_not_wait_for_each_other),
		cmocka_unit_test(a_background_child_that_writes_retires_the_shell),
		cmocka_unit_test(no_command_runs_beside_an_undo),
		cmocka_unit_test(a_leash_that_is_lost_while_it_undoes_is_ended_and_not_replaced),
		cmocka_unit_test(a_leash_that_is_lost_is_replaced_until_that_is_hopeless),
		cmocka_unit_test(what_a_start_file_prints_harms_nothing),
		cmocka_unit_test(a_command_on_a_process_that_is_gone_is_skipped),
		cmocka_unit_test(all_guards_must_hold),
		cmocka_unit_test(spawned_processes_are_their_own),
		cmocka_unit_test(a_host_tells_who_it_is),
		cmocka_unit_test(what_is_no_shell_is_refused),
		cmocka_unit_test(closing_answers_what_is_under_way),
		cmocka_unit_test(a_closing_host_answers_also_who_insists),
		cmocka_unit_test(a_dead_runners_commands_are_ended),
		cmocka_unit_test(numbers_that_came_back_are_left_alone),
		cmocka_unit_test(random_kills_leave_nothing_behind),
	};
	if (argc > 2 && !strcmp(argv[1], "only")) cmocka_set_test_filter(argv[2]);
	return cmocka_run_group_tests_name("local", tests, make_shells, remove_shells);
}
