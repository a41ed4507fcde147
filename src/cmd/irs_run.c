/* irs run, irs rehearse: from a scenario to a session on this machine's disk, then through it. */
#include "irs.h"

#include <dirent.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "irs/file.h"
#include "irs/interrupt.h"
#include "irs/literal.h"
#include "irs/setup.h"
#include "irs_runner.h"

enum { JOURNAL_RESERVE = 1 << 20 };

extern char **environ;

struct run_options {
	bool local, json, rehearse;
	const char *inventory, *hold, *seed;
	struct cli_list set, set_file, target;
	const char *file;
	int64_t hold_ns;
	uint64_t seed_number;
};

/* ---- the image ------------------------------------------------------------------------------------------ */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n > m && !strcmp(s + n - m, end);
}

/* The compiler beside us writes the image, as cc runs ld; what it has to say it says itself. False: *status is its own. */
static bool compile(struct arena *a, const char *file, const char *image, int *status, struct err *e)
{
	const char *dir = file_program_dir(a);
	if (!dir) return err_set(e, IRS_USAGE, NULL, "nobody knows where irsc is: /proc is not mounted");
	const char *irsc = arena_printf(a, "%s/irsc", dir);
	const char *argv[] = { irsc, "build", "-o", image, "--", file, NULL };
	posix_spawnattr_t attr;
	pid_t pid;
	int st = 0;
	posix_spawnattr_init(&attr);
	interrupt_spare(&attr, 0);
	int failed = posix_spawn(&pid, irsc, NULL, &attr, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attr);
	if (failed) return err_set(e, IRS_USAGE, irsc, "the compiler can't be run: %s", strerror(failed));
	if (interrupt_wait(pid, &st)) return err_set(e, IRS_INTERRUPTED, file, "interrupted before anything began");
	if (WIFSIGNALED(st)) return err_set(e, IRS_FAILED, file, "the compiler was ended by signal %d", WTERMSIG(st));
	*status = WEXITSTATUS(st);
	return *status == 0;
}

static bool copy_image(struct arena *a, const char *from, const char *to, struct err *e)
{
	struct str bytes;
	return file_read(a, from, IMAGE_MAX_BYTES, &bytes, e) && file_write(to, bytes, 0600, e);
}

/* ---- where -------------------------------------------------------------------------------------------------- */

static bool refuse(struct err *e, const char *where, const char *what)
{
	err_set(e, IRS_REFUSED, where, "%s", what);
	return err_remedy(e, "only hosts whose variables say `irs_practice: true` are touched; `--local` says so of this machine");
}

static bool hosts_allowed(const struct setup *s, struct err *e)
{
	for (size_t i = 1; i < s->hosts.n; i++) {
		const struct inventory_host *h = s->host[i];
		if (!h->practice) return refuse(e, h->name, "nobody has said that this host may be wrecked");
	}
	return true;
}

static struct setup *set_up(struct arena *a, const struct run_options *o, const struct image *img, struct err *e)
{
	struct inventory *inv = o->local ? inventory_local(a) : inventory_read(a, o->inventory, e);
	if (!inv) return NULL;
	for (size_t i = 0; i < inv->warnings.n; i++) fprintf(stderr, "irs: %s\n", inv->warnings.at[i]);
	struct setup *s = setup_new(a, img);
	for (size_t i = 0; i < o->set.n; i++) setup_param(s, o->set.at[i]);
	for (size_t i = 0; i < o->set_file.n; i++) setup_param_file(s, o->set_file.at[i]);
	setup_targets(s, inv, o->target.at, o->target.n);
	return setup_ok(s, e) && hosts_allowed(s, e) ? s : NULL;
}

/* ---- running -------------------------------------------------------------------------------------------------- */

static enum irs_exit run_session(struct runner *r, const struct run_options *o, const struct image *img, struct err *e)
{
	struct arena *a = r->a;
	enum irs_exit status = IRS_REFUSED;
	struct session_options so = { .image = img, .seed = o->seed_number, .hold = o->hold_ns, .rehearse = o->rehearse };
	struct setup *setup = set_up(a, o, img, e);
	if (!setup) return e->exit;
	const char *root = store_root(a, e);
	if (!root || !inventory_write(store_path(a, &r->store, "inventory.json"), setup->host, setup->hosts.n, e)) return IRS_REFUSED;
	r->claims.dir = arena_printf(a, "%s/claims", root);
	so.hosts = &setup->hosts;
	so.reached = setup->host;
	so.globals = setup->globals;
	runner_options(r, &so);
	so.journal = journal_create(store_path(a, &r->store, "journal.jsonl"), JOURNAL_RESERVE, e);
	if (!so.journal) return e->exit;
	struct session *s = session_new(a, &so);
	bool attached = runner_attach(r, s, &so, e);
	interrupt_release();
	if (attached && runner_listen(r, e)) {
		session_start(s);
		status = runner_turn(r, so.journal);
	}
	journal_close(so.journal);
	return status;
}

/* A directory in which nothing began is no session. All that stands in it is ours, also what a compiler had begun to write. */
static void forget(struct arena *a, const struct store_session *s)
{
	if (access(store_path(a, s, "journal.jsonl"), F_OK) == 0) return;
	DIR *d = opendir(s->dir);
	for (struct dirent *f; d && (f = readdir(d));)
		if (f->d_type != DT_DIR) unlink(store_path(a, s, f->d_name));
	if (d) closedir(d);
	rmdir(s->dir);
}

static const struct image *load(struct arena *a, const struct store_session *s, const struct run_options *o, int *status, struct err *e)
{
	struct str bytes;
	const char *path = store_path(a, s, "image.irb");
	bool ok = ends_with(o->file, ".irs") ? compile(a, o->file, path, status, e) : copy_image(a, o->file, path, e);
	if (!ok || !file_read(a, path, IMAGE_MAX_BYTES, &bytes, e)) return NULL;
	const struct image *img = image_load(a, bytes.p, bytes.n, e);
	if (!img) err_within(e, o->file);
	return img;
}

static int run_file(struct arena *a, const char *command, const struct run_options *o)
{
	struct err e = { 0 };
	struct store_session store;
	struct runner r = { .lock = -1 };
	int status = IRS_OK;
	interrupt_hold(); /* until there is a session that they can abort */
	if (!store_create(a, &store, &e)) return cli_fail(command, &e);
	const struct image *img = load(a, &store, o, &status, &e);
	if (img && runner_init(&r, a, &store, o->json, &e)) status = run_session(&r, o, img, &e);
	if (r.loop) runner_free(&r);
	forget(a, &store);
	return e.what[0] ? cli_fail(command, &e) : status;
}

/* ---- the command line -------------------------------------------------------------------------------------------- */

static bool numbers_ok(struct run_options *o, const struct cli_command *c, int *status)
{
	char *end = NULL;
	o->hold_ns = -1;
	o->seed_number = o->seed ? strtoull(o->seed, &end, 10) : session_seed();
	bool seed_ok = !o->seed || (end && !*end && *o->seed >= '0' && *o->seed <= '9' && o->seed_number <= INT64_MAX);
	bool hold_ok = !o->hold || literal_duration(str_of(o->hold), &o->hold_ns) == LIT_OK;
	if (!hold_ok) *status = cli_usage(c, "--hold takes a duration like 10s or 1h30m, not `%s`", o->hold);
	else if (!seed_ok) *status = cli_usage(c, "--seed takes a number, not `%s`", o->seed);
	return hold_ok && seed_ok;
}

static int run_command(const char *name, const char *about, bool rehearse, int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct run_options o = { .rehearse = rehearse };
	const struct cli_option options[] = {
	    {"local", 0, .flag = &o.local, .doc = "this machine may be wrecked: every target is it"},
	    {"inventory", 'i', .value = &o.inventory, .metavar = "FILE",
	     .doc = "what `ansible-inventory --list` prints, or exec:PROGRAM"},
	    {"set", 0, .list = &o.set, .metavar = "PARAM=VALUE", .doc = "sets a param of the scenario"},
	    {"set-file", 0, .list = &o.set_file, .metavar = "PARAM=FILE", .doc = "the same, from a file"},
	    {"target", 0, .list = &o.target, .metavar = "TARGET=GROUP",
	     .doc = "the group whose hosts a target means, if it has another name"},
	    {"seed", 0, .value = &o.seed, .metavar = "N", .doc = "draws as the session with this seed drew"},
	    {"json", 0, .flag = &o.json, .doc = "prints the journal's lines instead of the timeline"},
	    {rehearse ? NULL : "hold", 0, .value = &o.hold, .metavar = "DURATION", .doc = "ends by itself after this time"},
	    {0},
	};
	const struct cli_command c = { name, "(--local | -i INVENTORY) [OPTION]… FILE.irs|FILE.irb", about, options };
	struct cli_operands files;
	int status;
	if (!cli_parse(a, &c, argc, argv, &files, &status)) goto out;
	if (files.n != 1) status = cli_usage(&c, "one scenario is wanted");
	else if (!ends_with(files.at[0], ".irs") && !ends_with(files.at[0], ".irb"))
		status = cli_usage(&c, "`%s` is neither .irs nor .irb", files.at[0]);
	else if (o.local && o.inventory) status = cli_usage(&c, "--local or -i, not both");
	else if (o.local && o.target.n) status = cli_usage(&c, "--target names a group of an inventory, and with --local there is none; give one with -i");
	else if (!numbers_ok(&o, &c, &status)) goto out;
	else if (!o.local && !o.inventory) {
		struct err e = { 0 };
		refuse(&e, NULL, "nobody has said which machine may be wrecked");
		status = cli_fail(name, &e);
	} else {
		o.file = files.at[0];
		status = run_file(a, name, &o);
	}
out:
	arena_free(a);
	return status;
}

int irs_run(int argc, char **argv)
{
	return run_command("irs run",
	                   "Checks everything, induces the scenario's steps, holds the outage until it is ended, and undoes it.", false,
	                   argc, argv);
}

int irs_rehearse(int argc, char **argv)
{
	return run_command(
	    "irs rehearse",
	    "Induces and undoes a scenario twice: once by the runner, once by the failsafe's script. Real monitoring may fire.", true,
	    argc, argv);
}
