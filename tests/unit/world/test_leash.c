/*
 * The leash in every shell at once. `test_leash print [CONSENT]` prints the leash's text, `test_leash only PATTERN` runs some of the tests, and
 * `test_leash living PGID…` is what the restores here ask: how many processes of each group live.
 */
#include "rig.h"

#include <fcntl.h>
#include <time.h>

#include "../../../src/world/leash.h"
#include "../../../src/world/leash_text.h"
#include "../../../src/world/local_wire.h"

struct one { /* a leash in one of the shells */
	struct all *all;
	struct transport *transport;
	struct leash *leash;
	struct process_ref process;
	char path[64]; /* what its restores write to */
	char fired[64];
	unsigned taken;
	bool ended;
	enum leash_end how;
};

struct all {
	struct loop *loop;
	struct one one[LEASH_SHELLS];
};

#define each(a, o) (struct one *o = (a)->one; o < (a)->one + LEASH_SHELLS; o++)

static void on_armed(void *owner, const struct process_ref *p) { ((struct one *)owner)->process = *p; }
static void on_taken(void *owner, unsigned fragments) { ((struct one *)owner)->taken = fragments; }

static void on_fired(void *owner, const char *why)
{
	struct one *o = owner;
	snprintf(o->fired, sizeof o->fired, "%s", why);
}

static void on_ended(void *owner, enum leash_end how, const char *why)
{
	struct one *o = owner;
	(void)why;
	o->ended = true;
	o->how = how;
}

static const struct leash_events events = { on_armed, on_taken, on_fired, on_ended };

static void turn(struct all *a, int64_t ns)
{
	loop_after(a->loop, ns, rig_stop, a->loop);
	loop_run(a->loop);
}

/* Waits until `so` holds of all of them, or of `just` one. */
static void until(struct all *a, bool (*so)(const struct one *o), const struct one *just)
{
	int64_t deadline = loop_now(a->loop) + 30000000000;
	for each(a, o) {
		if (just && o != just) continue;
		while (!so(o)) {
			if (loop_now(a->loop) > deadline) fail_msg("%s: waited in vain", shells[o - a->one]);
			turn(a, 2000000);
		}
	}
}

static bool is_armed(const struct one *o) { return o->process.pid; }
static bool has_one(const struct one *o) { return o->taken >= 1; }
static bool has_two(const struct one *o) { return o->taken >= 2; }
static bool has_ended(const struct one *o) { return o->ended; }
static bool is_gone(const struct one *o) { return group_size(o->process.pgid) == 0; }

static void read_written(const struct one *o, char *to, size_t size)
{
	FILE *f = fopen(o->path, "r");
	size_t n = f ? fread(to, 1, size - 1, f) : 0;
	if (f) fclose(f);
	to[n] = 0;
}

static bool has_written(const struct one *o)
{
	char b[64];
	read_written(o, b, sizeof b);
	return b[0];
}

static void expect_written(const struct all *a, const struct one *o, const char *wanted)
{
	char b[4096];
	read_written(o, b, sizeof b);
	if (strcmp(b, wanted)) fail_msg("%s (fired: %s) wrote «%s», not «%s»", shells[o - a->one], o->fired, b, wanted);
}

static struct all *arm(const char *consent)
{
	struct all *a = calloc(1, sizeof *a);
	a->loop = loop_new(NULL);
	for each(a, o) {
		o->all = a;
		snprintf(o->path, sizeof o->path, "/tmp/irs-test-leash-XXXXXX");
		close(mkstemp(o->path));
		o->transport = local_transport_new(a->loop, shells[o - a->one], NULL);
		o->leash = leash_new(a->loop, o->transport, 0, consent, "boot", &events, o, NULL);
		assert_non_null(o->leash);
	}
	until(a, is_armed, NULL);
	return a;
}

/* Adds a restore that appends a word to the file. */
static void add(struct one *o, const char *word, int64_t silent_s, int64_t latest_s)
{
	char script[256];
	struct leash_terms t = { silent_s < 0 ? -1 : silent_s * 1000000000, latest_s < 0 ? -1 : latest_s * 1000000000 };
	snprintf(script, sizeof script, "echo %s >>%s", word, o->path);
	leash_add(o->leash, str_of(script), &t);
}

static void add_all(struct all *a, int64_t silent_s, int64_t latest_s)
{
	for each(a, o) add(o, "undone", silent_s, latest_s);
	until(a, has_one, NULL);
}

/* What the runner's death looks like. */
static void die(struct one *o)
{
	leash_free(o->leash, false);
	o->leash = NULL;
}

static void finish(struct all *a)
{
	for each(a, o) {
		leash_free(o->leash, false);
		local_transport_free(o->transport);
		unlink(o->path);
	}
	loop_free(a->loop);
	free(a);
}

/* ---- disarming */

static void a_disarmed_leash_undoes_nothing_and_leaves_nothing(void **state)
{
	(void)state;
	struct all *a = arm(NULL);
	add_all(a, 0, 100);
	for each(a, o) leash_disarm(o->leash);
	until(a, has_ended, NULL);
	for each(a, o) {
		assert_int_equal(o->how, LEASH_DISARMED);
		assert_int_equal(group_size(o->process.pgid), 0);
		die(o);
		expect_written(a, o, "");
	}
	finish(a);
}

/* A shell that was forked a moment ago may miss a signal. */
static void it_can_be_disarmed_as_soon_as_it_listens(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++) {
		struct all *a = arm(NULL);
		for each(a, o) {
			if (i % 3 == 0) leash_disarm(o->leash);
			else if (i % 3 == 1) kill((pid_t)o->process.pid, SIGUSR2);
			else die(o);
		}
		until(a, is_gone, NULL);
		finish(a);
	}
}

static void a_leash_with_nothing_to_undo_goes_with_its_runner(void **state)
{
	(void)state;
	struct all *a = arm(NULL);
	for each(a, o) die(o);
	until(a, is_gone, NULL);
	finish(a);
}

static void it_can_be_disarmed_and_renewed_by_pid(void **state)
{
	(void)state;
	struct all *a = arm(NULL);
	add_all(a, 2, -1);
	for each(a, o) die(o);
	for (int i = 0; i < 8; i++) {
		turn(a, 400000000);
		for each(a, o) kill((pid_t)o->process.pid, SIGUSR1);
	}
	for each(a, o) {
		expect_written(a, o, "");
		kill((pid_t)o->process.pid, SIGUSR2);
	}
	until(a, is_gone, NULL);
	for each(a, o) expect_written(a, o, "");
	finish(a);
}

/* ---- firing */

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void it_undoes_at_once_when_the_runner_dies(void **state)
{
	(void)state;
	enum { TIMES = 9 };
	int64_t took[LEASH_SHELLS][TIMES];
	for (int i = 0; i < TIMES; i++) {
		struct all *a = arm(NULL);
		for each(a, o) add(o, "first", -1, -1);
		until(a, has_one, NULL);
		for each(a, o) add(o, "second", 0, -1);
		until(a, has_two, NULL);
		for each(a, o) {
			int64_t began = loop_now(a->loop);
			die(o);
			while (!has_written(o)) turn(a, 200000);
			took[o - a->one][i] = loop_now(a->loop) - began;
		}
		until(a, is_gone, NULL);
		for each(a, o) expect_written(a, o, "second\nfirst\n");
		finish(a);
	}
	for (int s = 0; s < LEASH_SHELLS; s++) {
		qsort(took[s], TIMES, sizeof took[s][0], by_size);
		printf("# %s: from end-of-file to the restore %.1f ms (median of %d)\n", s == 2 ? "busybox sh" : shells[s], (double)took[s][TIMES / 2] / 1e6, TIMES);
	}
}

static void it_waits_for_the_silence_it_was_told(void **state)
{
	(void)state;
	struct all *a = arm(NULL);
	add_all(a, 2, -1);
	for each(a, o) die(o);
	int64_t began = loop_now(a->loop);
	until(a, has_written, NULL);
	assert_true(loop_now(a->loop) - began > 1000000000); /* at least one whole tick lies between */
	until(a, is_gone, NULL);
	for each(a, o) expect_written(a, o, "undone\n");
	finish(a);
}

static void without_a_silence_it_waits_to_be_told(void **state)
{
	(void)state;
	struct all *a = arm(NULL);
	add_all(a, -1, -1);
	for each(a, o) die(o);
	turn(a, 2500000000);
	for each(a, o) {
		assert_false(is_gone(o));
		expect_written(a, o, "");
		kill((pid_t)o->process.pid, SIGTERM);
	}
	until(a, has_written, NULL);
	until(a, is_gone, NULL);
	finish(a);
}

static void it_undoes_at_the_latest_though_the_runner_lives(void **state)
{
	(void)state;
	struct all *a = arm(NULL);
	for each(a, o) add(o, "long", 3600, 3600);
	until(a, has_one, NULL);
	for each(a, o) add(o, "short", -1, 1); /* the least of all counts */
	until(a, has_ended, NULL);
	for each(a, o) {
		assert_int_equal(o->how, LEASH_UNDONE);
		assert_string_equal(o->fired, "latest");
		expect_written(a, o, "short\nlong\n");
		assert_int_equal(group_size(o->process.pgid), 0);
	}
	finish(a);
}

static void it_undoes_when_consent_is_withdrawn(void **state)
{
	(void)state;
	char consent[] = "/tmp/irs-test-consent it's-XXXXXX";
	close(mkstemp(consent));
	struct all *a = arm(consent);
	add_all(a, -1, -1);
	turn(a, 1500000000);
	for each(a, o) expect_written(a, o, "");
	unlink(consent);
	until(a, has_ended, NULL);
	for each(a, o) {
		assert_string_equal(o->fired, "consent");
		expect_written(a, o, "undone\n");
	}
	finish(a);
}

static void a_hangup_and_a_lost_terminal_are_nothing_to_it(void **state)
{
	(void)state;
	struct all *a = arm(NULL);
	add_all(a, 0, -1);
	for each(a, o) {
		kill((pid_t)-o->process.pgid, SIGHUP);
		kill((pid_t)o->process.pid, SIGPIPE);
	}
	turn(a, 1300000000);
	for each(a, o) {
		assert_false(o->ended);
		leash_disarm(o->leash);
	}
	until(a, has_ended, NULL);
	for each(a, o) assert_int_equal(o->how, LEASH_DISARMED);
	finish(a);
}

/* ---- what it undoes */

static void any_text_arrives_as_it_is(void **state)
{
	(void)state;
	static const char hard[] = "cat >>PATH <<'E'\n'single' \"double\" \\back\\\\slash $x `y` ü€𝄞 %s -n\n\ttab  spaces  \n'\n\\\nE\nprintf '%s\\n' 'it'\\''s' -e >>PATH\n";
	struct all *a = arm(NULL);
	for each(a, o) {
		struct buf b = { 0 };
		for (const char *p = hard; *p;) {
			if (!strncmp(p, "PATH", 4)) buf_puts(&b, o->path), p += 4;
			else buf_putc(&b, *p++);
		}
		/* And a comment longer than any pipe takes at once. */
		buf_puts(&b, "# ");
		for (int i = 0; i < 20000; i++) buf_puts(&b, i % 3 ? "é'" : "\\x");
		buf_puts(&b, "\necho end >>");
		buf_puts(&b, o->path);
		leash_add(o->leash, buf_view(&b), &(struct leash_terms){ 0, -1 });
		buf_free(&b);
	}
	until(a, has_one, NULL);
	for each(a, o) die(o);
	until(a, is_gone, NULL);
	for each(a, o)
		expect_written(a, o, "'single' \"double\" \\back\\\\slash $x `y` ü€𝄞 %s -n\n\ttab  spaces  \n'\n\\\nit's\n-e\nend\n");
	finish(a);
}

static void a_restore_that_fails_does_not_keep_the_others(void **state)
{
	(void)state;
	static const char *const bad[] = { "set -e; false; echo no", "exit 3", "kill -9 $(sh -c 'echo $PPID')", "if then fi 'open", "exec false", "unset -f echo; readonly u=1; set --",
		                           "x=$; cd /nonexistent", "echo noise; echo noise >&2", "read x; : ${x?}", "trap 'exit 9' EXIT" };
	struct all *a = arm(NULL);
	for each(a, o) {
		add(o, "last", 0, -1);
		for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) leash_add(o->leash, str_of(bad[i]), &(struct leash_terms){ 0, -1 });
		add(o, "first", 0, -1);
	}
	until(a, has_two, NULL);
	turn(a, 300000000);
	for each(a, o) {
		assert_int_equal(o->taken, 12);
		die(o);
	}
	until(a, is_gone, NULL);
	for each(a, o) expect_written(a, o, "first\nlast\n");
	finish(a);
}

static void a_restore_runs_with_a_clean_slate(void **state)
{
	(void)state;
	struct all *a = arm(NULL);
	for each(a, o) {
		char script[512];
		snprintf(script, sizeof script,
		         "{ echo $# ${n-unset} ${s-unset} ${l-unset} ${a-unset}; pwd; grep -cE 'Sig(Ign|Blk):.*[08]0000000$' /proc/self/status; "
		         "readlink /proc/self/fd/0; } >>%s", o->path);
		leash_add(o->leash, str_of(script), &(struct leash_terms){ 0, -1 });
	}
	until(a, has_one, NULL);
	for each(a, o) die(o);
	until(a, is_gone, NULL);
	for each(a, o) expect_written(a, o, "0 unset unset unset unset\n/\n2\n/dev/null\n");
	finish(a);
}

/* ---- being killed */

enum { MEMBERS = 16 };

/* The living processes of a leash. */
static int members(const struct one *o, long pids[MEMBERS])
{
	long group;
	int n = 0;
	DIR *d = opendir("/proc");
	for (struct dirent *e; (e = readdir(d)) && n < MEMBERS;) {
		char path[64], line[512], *at;
		long pid = strtol(e->d_name, NULL, 10);
		if (pid <= 0 || !lives(pid)) continue;
		snprintf(path, sizeof path, "/proc/%ld/stat", pid);
		FILE *f = fopen(path, "r");
		if (!f) continue;
		at = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
		fclose(f);
		if (at && sscanf(at + 2, "%*c %*d %ld", &group) == 1 && group == o->process.pgid) pids[n++] = pid;
	}
	closedir(d);
	return n;
}

/* Whichever of its processes is killed: with the runner gone, what it had is undone or its main loop is what was killed. */
static void a_wounded_leash_still_undoes(void **state)
{
	(void)state;
	for (int which = 0; which < 5; which++) {
		struct all *a = arm(NULL);
		add_all(a, 0, -1);
		bool main_killed[LEASH_SHELLS];
		for each(a, o) {
			long pids[MEMBERS], pid = which < members(o, pids) ? pids[which] : 0;
			main_killed[o - a->one] = pid == o->process.pid;
			if (pid) kill((pid_t)pid, SIGKILL);
		}
		turn(a, 50000000);
		for each(a, o) die(o);
		until(a, is_gone, NULL);
		for each(a, o) expect_written(a, o, main_killed[o - a->one] ? "" : "undone\n");
		finish(a);
	}
}

/* Only shells whose restore is under way go on; none is left behind. */
static void a_leash_killed_at_any_moment_leaves_no_process(void **state)
{
	(void)state;
	unsigned seed = 99;
	for (int round = 0; round < 6; round++) {
		struct all *a = arm(NULL);
		for each(a, o) add(o, "undone", round % 2 ? 0 : -1, -1);
		turn(a, rand_r(&seed) % 20000000);
		for each(a, o) {
			if (round % 2) die(o);
			kill((pid_t)-o->process.pgid, SIGKILL);
		}
		until(a, is_gone, NULL);
		finish(a);
	}
}

/* ---- ending what was under way, before it undoes */

/* What may be under way in a work shell; $0 is a file for who is asked to end. */
static const char *const under_way[] = {
	"sleep 600",
	"(trap '' TERM; while :; do sleep 600; done)",
	"kill -STOP $$",
	"(kill -STOP $(sh -c 'echo $PPID'); sleep 600)",
	"(sleep 600 & (trap '' TERM; sleep 600) & sh -c 'sleep 600; :') & wait; wait; wait",
	"(trap '' TERM; exec sleep 600) & exit",
	"exit",
};
enum { COMMANDS = sizeof under_way / sizeof *under_way, WORKS = COMMANDS + 1 };

/* The work shells of one leash. The last is no work shell, but has got the number of one that ended. */
struct works {
	pid_t pid[WORKS];
	struct process_ref ref[WORKS];
	char asked[80];
};

static uint64_t start_of(pid_t pid)
{
	char path[64], line[1024];
	unsigned long long start;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	line[fread(line, 1, sizeof line - 1, f)] = 0;
	fclose(f);
	assert_int_equal(sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &start), 1);
	return start;
}

static pid_t work_shell(const char *shell, const char *command, const char *note)
{
	int fd[2];
	char c;
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (!pid) {
		setsid();
		for (int i = 0; i < 3; i++) dup2(open("/dev/null", O_RDWR), i);
		execl(shell, "sh", "-c", command, note, (char *)NULL);
		_exit(99);
	}
	close(fd[1]);
	assert_int_equal(read(fd[0], &c, 1), 0); /* it is the leader of its session by now */
	close(fd[0]);
	return pid;
}

static void start_works(struct one *o, struct works *w)
{
	const struct process_ref *refs[WORKS];
	const char *shell = shells[o - o->all->one];
	char command[256];
	snprintf(w->asked, sizeof w->asked, "%s.asked", o->path);
	for (int i = 0; i < WORKS; i++) {
		bool stranger = i == COMMANDS;
		snprintf(command, sizeof command, stranger ? "trap 'echo asked >>$0' TERM; i=0; while [ $i -lt 6000 ]; do sleep 0.1; i=$((i + 1)); done" : "trap : HUP INT TERM; %s; sleep 600",
		         stranger ? "" : under_way[i]);
		w->pid[i] = work_shell(shell, command, w->asked);
		w->ref[i] = (struct process_ref){ .kind = PROCESS_SHELL, .pid = w->pid[i], .pgid = w->pid[i], .start = start_of(w->pid[i]) - stranger };
		refs[i] = &w->ref[i];
	}
	leash_works(o->leash, refs, WORKS);
}

/* Half of the shells are reaped, as by a runner that lives or by init; of the others a zombie stays in its group. */
static void reap(struct works *w)
{
	for (int i = 0; i < WORKS; i += 2)
		if (w->pid[i] && waitpid(w->pid[i], NULL, WNOHANG) == w->pid[i]) w->pid[i] = 0;
}

static void end_works(struct works *w)
{
	for (int i = 0; i < WORKS; i++) {
		if (!w->pid[i]) continue;
		kill(-w->pid[i], SIGKILL);
		waitpid(w->pid[i], NULL, 0);
	}
	unlink(w->asked);
}

static void add_asking(struct one *o, const struct works *w, int64_t silent_s, int64_t latest_s)
{
	struct buf b = { 0 };
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	assert_true(n > 0);
	self[n] = 0;
	struct leash_terms t = { silent_s < 0 ? -1 : silent_s * 1000000000, latest_s < 0 ? -1 : latest_s * 1000000000 };
	buf_printf(&b, "'%s' living", self);
	for (int i = 0; i < COMMANDS; i++) buf_printf(&b, " %d", (int)w->pid[i]);
	buf_printf(&b, " >>%s; echo undone >>%s", o->path, o->path);
	leash_add(o->leash, buf_view(&b), &t);
	buf_free(&b);
}

enum reason { RUNNER_DIES, TOLD, LATEST, CONSENT_GONE, WOUNDED, REASONS };

/* Who tells it of time and of us is killed: it must count by itself. */
static void wound(const struct one *o)
{
	long pids[MEMBERS];
	int n = members(o, pids);
	for (int i = 0; i < n; i++)
		if (pids[i] != o->process.pid) kill((pid_t)pids[i], SIGKILL);
}

static void give_reason(struct one *o, enum reason r)
{
	if (r == RUNNER_DIES) die(o);
	if (r == TOLD) kill((pid_t)o->process.pid, SIGTERM);
	if (r == WOUNDED) wound(o);
}

static void await_end(struct all *a, struct works *w)
{
	int64_t deadline = loop_now(a->loop) + 60000000000;
	for each(a, o) {
		while (!is_gone(o)) {
			if (loop_now(a->loop) > deadline) fail_msg("%s: it does not end (fired: %s)", shells[o - a->one], o->fired);
			for (int i = 0; i < LEASH_SHELLS; i++) reap(&w[i]);
			turn(a, 20000000);
		}
	}
}

static void what_was_under_way_is_gone_before_it_undoes(void **state)
{
	(void)state;
	for (enum reason r = 0; r < REASONS; r++) {
		struct works w[LEASH_SHELLS];
		char consent[] = "/tmp/irs-test-consent-XXXXXX";
		close(mkstemp(consent));
		struct all *a = arm(consent);
		for each(a, o) {
			start_works(o, &w[o - a->one]);
			add_asking(o, &w[o - a->one], r == RUNNER_DIES ? 0 : -1, r == LATEST ? 1 : -1);
		}
		until(a, has_one, NULL);
		if (r == CONSENT_GONE) unlink(consent);
		for each(a, o) give_reason(o, r);
		await_end(a, w);
		for each(a, o) {
			const struct works *own = &w[o - a->one];
			expect_written(a, o, "0 0 0 0 0 0 0\nundone\n");
			assert_true(lives(own->pid[COMMANDS]));
			assert_int_not_equal(access(own->asked, F_OK), 0);
			end_works(&w[o - a->one]);
		}
		unlink(consent);
		finish(a);
	}
}

/* The runner's death ends what was under way at once, also where the restore has time. */
static void what_was_under_way_ends_with_the_runner(void **state)
{
	(void)state;
	struct works w[LEASH_SHELLS];
	struct all *a = arm(NULL);
	for each(a, o) {
		start_works(o, &w[o - a->one]);
		add_asking(o, &w[o - a->one], 3600, -1);
	}
	until(a, has_one, NULL);
	for each(a, o) die(o);
	for each(a, o) {
		for (int i = 0; i < COMMANDS; i++)
			for (int tries = 0; group_size(w[o - a->one].ref[i].pgid); tries++) {
				if (tries == 1000) fail_msg("%s: «%s» lives on", shells[o - a->one], under_way[i]);
				turn(a, 20000000);
			}
		assert_true(lives(w[o - a->one].pid[COMMANDS]));
		expect_written(a, o, "");
		assert_false(is_gone(o));
		kill((pid_t)o->process.pid, SIGTERM);
	}
	await_end(a, w);
	for each(a, o) {
		expect_written(a, o, "0 0 0 0 0 0 0\nundone\n");
		end_works(&w[o - a->one]);
	}
	finish(a);
}

static int print_living(char **groups)
{
	for (; *groups; groups++) printf("%d%c", group_size(strtol(*groups, NULL, 10)), groups[1] ? ' ' : '\n');
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disarmed_leash_undoes_nothing_and_leaves_nothing),
		cmocka_unit_test(it_can_be_disarmed_as_soon_as_it_listens),
		cmocka_unit_test(a_leash_with_nothing_to_undo_goes_with_its_runner),
		cmocka_unit_test(it_can_be_disarmed_and_renewed_by_pid),
		cmocka_unit_test(it_undoes_at_once_when_the_runner_dies),
		cmocka_unit_test(it_waits_for_the_silence_it_was_told),
		cmocka_unit_test(without_a_silence_it_waits_to_be_told),
		cmocka_unit_test(it_undoes_at_the_latest_though_the_runner_lives),
		cmocka_unit_test(it_undoes_when_consent_is_withdrawn),
		cmocka_unit_test(a_hangup_and_a_lost_terminal_are_nothing_to_it),
		cmocka_unit_test(any_text_arrives_as_it_is),
		cmocka_unit_test(a_restore_that_fails_does_not_keep_the_others),
		cmocka_unit_test(a_restore_runs_with_a_clean_slate),
		cmocka_unit_test(a_wounded_leash_still_undoes),
		cmocka_unit_test(a_leash_killed_at_any_moment_leaves_no_process),
		cmocka_unit_test(what_was_under_way_is_gone_before_it_undoes),
		cmocka_unit_test(what_was_under_way_ends_with_the_runner),
	};
	if (argc > 1 && !strcmp(argv[1], "living")) return print_living(argv + 2);
	if (argc > 2 && !strcmp(argv[1], "only")) cmocka_set_test_filter(argv[2]);
	if (argc > 1 && !strcmp(argv[1], "print")) {
		struct buf b = { 0 };
		leash_text_start(&b, argc > 2 ? argv[2] : NULL);
		fputs(b.p, stdout);
		buf_free(&b);
		return 0;
	}
	return cmocka_run_group_tests_name("leash", tests, make_shells, remove_shells);
}
