/* ssh_keys: files of every kind, and an agent that is gone when we are. */
#include "ssh.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>

#include "../../../src/world/ssh_keys.h"

static const int64_t SECOND = 1000000000;

struct started {
	struct ssh_rig *rig;
	struct err error;
	bool told;
};

static void on_started(void *owner, const struct err *e)
{
	struct started *s = owner;
	assert_false(s->told);
	s->told = true;
	if (e) s->error = *e;
	rig_answered(s->rig);
}

static const char *private_dir(struct ssh_rig *g)
{
	const char *dir = rig_path(g, "private");
	mkdir(dir, 0700);
	return dir;
}

static struct ssh_keys *start(struct ssh_rig *g, const char *const *files, size_t n, bool may_ask, int64_t timeout, struct started *s)
{
	struct err e;
	struct ssh_keys_options o = { .dir = private_dir(g), .files = files, .n = n, .may_ask = may_ask, .timeout = timeout };
	*s = (struct started){ .rig = g };
	g->left++;
	struct ssh_keys *k = ssh_keys_start(g->loop, &o, on_started, s, &e);
	if (!k) fail_msg("%s: %s", e.where, e.what);
	rig_await(g);
	return k;
}

static const char *make_key(struct ssh_rig *g, const char *name, const char *options, const char *passphrase)
{
	rig_output(g, NULL, "ssh-keygen -q %s -N '%s' -C '%s' -f %s/%s", options, passphrase, name, g->dir, name);
	return rig_path(g, name);
}

static const struct ssh_key_file *file_of(struct ssh_keys *k, size_t i)
{
	size_t n;
	const struct ssh_key_file *f = ssh_keys_files(k, &n);
	assert_true(i < n);
	return &f[i];
}

static void expect_loaded(struct ssh_keys *k, size_t i)
{
	const struct ssh_key_file *f = file_of(k, i);
	if (f->error.what[0]) fail_msg("%s: %s", f->path, f->error.what);
	assert_true(f->blob.n > 20);
}

static void expect_not(struct ssh_keys *k, size_t i, const char *what, const char *remedy)
{
	const struct ssh_key_file *f = file_of(k, i);
	if (!strstr(f->error.what, what) || !strstr(f->error.remedy, remedy)) fail_msg("%s: «%s» «%s»", f->path, f->error.what, f->error.remedy);
	assert_string_equal(f->error.where, f->path);
	assert_int_equal(f->blob.n, 0);
}

/* ---- who is left */

/* Living processes that have `text` in their argument vector. */
static int processes_with(const char *text)
{
	DIR *d = opendir("/proc");
	int n = 0;
	for (struct dirent *e; (e = readdir(d));) {
		char path[300], line[8192];
		snprintf(path, sizeof path, "/proc/%s/cmdline", e->d_name);
		int fd = *e->d_name >= '0' && *e->d_name <= '9' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		ssize_t got = fd >= 0 ? read(fd, line, sizeof line - 1) : 0;
		if (fd >= 0) close(fd);
		if (got > 0 && memmem(line, (size_t)got, text, strlen(text))) n++;
	}
	closedir(d);
	return n;
}

static int files_in(const char *dir)
{
	DIR *d = opendir(dir);
	int n = -2;
	while (readdir(d)) n++;
	closedir(d);
	return n;
}

/* However long it takes: a test that never ends has failed. */
static void await_nothing_left(const char *dir)
{
	while (processes_with(dir) || files_in(dir)) usleep(5000);
}

/* ---- */

static void on_listed(void *owner, const struct ssh_agent_keys *keys, const struct err *e)
{
	struct started *s = owner;
	(void)e;
	assert_non_null(keys);
	assert_int_equal(keys->n, 6);
	rig_answered(s->rig);
}

static void files_are_loaded_or_it_is_said_why(void **state)
{
	struct ssh_rig g;
	struct started s;
	(void)state;
	ssh_rig_new(&g);
	const char *askpass = rig_file(&g, "askpass", arena_printf(g.arena, "#!/bin/sh\necho x >> %s/asked\necho secret\n", g.dir));
	chmod(askpass, 0700);
	setenv("SSH_ASKPASS", askpass, 1);
	setenv("SSH_ASKPASS_REQUIRE", "force", 1);
	const char *open_file = make_key(&g, "open", "-t ed25519", "");
	chmod(open_file, 0644);
	const char *files[] = { make_key(&g, "ed", "-t ed25519", ""), make_key(&g, "ec", "-t ecdsa -b 256", ""), make_key(&g, "rsa", "-t rsa -b 2048", ""),
		                make_key(&g, "enc", "-t ed25519 -a 1", "secret"), make_key(&g, "gcm", "-t ed25519 -a 1 -Z aes256-gcm@openssh.com", "secret"),
		                make_key(&g, "chacha", "-t rsa -b 2048 -a 1 -Z chacha20-poly1305@openssh.com", "secret"), rig_file(&g, "garbage", "-----BEGIN this is none\n"), open_file,
		                rig_path(&g, "missing"), g.dir, rig_path(&g, "ed") };
	struct ssh_keys *k = start(&g, files, 11, true, 0, &s);
	assert_string_equal(s.error.what, "");
	for (size_t i = 0; i < 6; i++) expect_loaded(k, i);
	expect_not(k, 6, "ssh-add can't load it: Error loading key", "ssh-keygen -y -f");
	expect_not(k, 7, "others may read the key file (its mode is 0644)", "chmod 600");
	expect_not(k, 8, "No such file", "IdentityFile");
	expect_not(k, 9, "no regular file", "");
	/* The same key once more is no error, and none of its own. */
	assert_string_equal(file_of(k, 10)->error.what, "");
	assert_int_equal(file_of(k, 10)->blob.n, 0);
	rig_output(&g, NULL, "test $(wc -l < %s/asked) = 3", g.dir);
	g.left++;
	ssh_agent_list(ssh_keys_agent(k), 10 * SECOND, on_listed, &s);
	rig_await(&g);
	/* Nobody else gets at it. */
	rig_output(&g, NULL, "test \"$(stat -c %%a %s/agent.*)\" = 600", private_dir(&g));
	ssh_keys_free(k);
	await_nothing_left(private_dir(&g));
	ssh_rig_free(&g);
}

static void encrypted_files_without_anybody_to_ask(void **state)
{
	struct ssh_rig g;
	struct started s;
	(void)state;
	ssh_rig_new(&g);
	const char *files[] = { make_key(&g, "enc", "-t ed25519 -a 1", "secret"), make_key(&g, "ed", "-t ed25519", "") };
	/* Even where the environment has somebody. */
	setenv("SSH_ASKPASS", "/bin/false", 1);
	setenv("SSH_ASKPASS_REQUIRE", "force", 1);
	struct ssh_keys *k = start(&g, files, 2, false, 0, &s);
	assert_string_equal(s.error.what, "");
	expect_not(k, 0, "it needs a passphrase, and nobody may be asked", "ssh-add");
	expect_loaded(k, 1);
	ssh_keys_free(k);
	await_nothing_left(private_dir(&g));
	/* Asked, and no answer. */
	k = start(&g, files, 1, true, 0, &s);
	expect_not(k, 0, "its right passphrase was not given", "ssh-add");
	ssh_keys_free(k);
	/* Asked again and again, always with the wrong answer. */
	const char *askpass = rig_file(&g, "askpass", "#!/bin/sh\necho wrong\n");
	chmod(askpass, 0700);
	setenv("SSH_ASKPASS", askpass, 1);
	k = start(&g, files, 1, true, SECOND / 2, &s);
	expect_not(k, 0, "its right passphrase was not given in time", "ssh-add");
	ssh_keys_free(k);
	await_nothing_left(private_dir(&g));
	ssh_rig_free(&g);
}

/* A process that holds keys, and is killed without a chance to do anything. */
static void the_agent_ends_when_we_are_killed(void **state)
{
	struct ssh_rig g;
	int ready[2];
	char byte;
	(void)state;
	ssh_rig_new(&g);
	const char *files[] = { make_key(&g, "ed", "-t ed25519", "") }, *dir = private_dir(&g);
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (!pid) {
		struct started s;
		struct ssh_rig own = g;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		own.loop = loop_new(NULL);
		start(&own, files, 1, false, 0, &s);
		if (s.error.what[0] || write(ready[1], "r", 1) != 1) _exit(1);
		for (;;) pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_true(processes_with(dir) >= 2);
	assert_int_equal(files_in(dir), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	await_nothing_left(dir);
	ssh_rig_free(&g);
}

static void it_can_be_dropped_in_the_middle(void **state)
{
	struct ssh_rig g;
	struct started s = { .rig = &g };
	struct err e;
	(void)state;
	ssh_rig_new(&g);
	const char *files[] = { make_key(&g, "enc", "-t ed25519", "secret") };
	struct ssh_keys_options o = { .dir = private_dir(&g), .files = files, .n = 1 };
	ssh_keys_free(ssh_keys_start(g.loop, &o, on_started, &s, &e));
	await_nothing_left(o.dir);
	assert_false(s.told);
	ssh_rig_free(&g);
}

static void an_agent_that_cannot_be_is_an_error(void **state)
{
	struct ssh_rig g;
	struct started s;
	struct err e = { 0 };
	(void)state;
	ssh_rig_new(&g);
	const char *open_dir = rig_path(&g, "open");
	mkdir(open_dir, 0755);
	struct ssh_keys_options o = { .dir = open_dir };
	assert_null(ssh_keys_start(g.loop, &o, on_started, &s, &e));
	assert_non_null(strstr(e.what, "must be ours alone"));
	o.dir = rig_path(&g, "absent");
	assert_null(ssh_keys_start(g.loop, &o, on_started, &s, &e));
	assert_non_null(strstr(e.what, "No such file"));
	char *lng = arena_printf(g.arena, "%s/%0100d", g.dir, 1);
	mkdir(lng, 0700);
	o.dir = lng;
	assert_null(ssh_keys_start(g.loop, &o, on_started, &s, &e));
	assert_non_null(strstr(e.what, "name too long"));

	/* No such program; and one that does not come up. */
	char *path = arena_strdup(g.arena, getenv("PATH"));
	mkdir(rig_path(&g, "bin"), 0700);
	setenv("PATH", rig_path(&g, "bin"), 1);
	struct ssh_keys *k = start(&g, NULL, 0, false, 0, &s);
	assert_string_equal(s.error.what, "the agent for key files did not start: ssh-agent: not found");
	assert_non_null(strstr(s.error.remedy, "openssh-client"));
	ssh_keys_free(k);
	chmod(rig_file(&g, "bin/ssh-agent", "#!/bin/sh\necho 'bad day' >&2\nexit 1\n"), 0700);
	k = start(&g, NULL, 0, false, 0, &s);
	assert_string_equal(s.error.what, "the agent for key files did not start: bad day");
	ssh_keys_free(k);
	setenv("PATH", path, 1);
	await_nothing_left(private_dir(&g));
	ssh_rig_free(&g);
}

static void no_files_are_fine(void **state)
{
	struct ssh_rig g;
	struct started s;
	(void)state;
	ssh_rig_new(&g);
	struct ssh_keys *k = start(&g, NULL, 0, false, 0, &s);
	assert_string_equal(s.error.what, "");
	assert_non_null(ssh_keys_agent(k));
	ssh_keys_free(k);
	await_nothing_left(private_dir(&g));
	ssh_rig_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_loaded_or_it_is_said_why),
		cmocka_unit_test(encrypted_files_without_anybody_to_ask),
		cmocka_unit_test(the_agent_ends_when_we_are_killed),
		cmocka_unit_test(it_can_be_dropped_in_the_middle),
		cmocka_unit_test(an_agent_that_cannot_be_is_an_error),
		cmocka_unit_test(no_files_are_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
