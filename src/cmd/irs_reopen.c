/* A dead session, made again from its directory: for those who undo it, or answer for it. */
#include "irs_runner.h"

#include <sodium.h>
#include <stdio.h>
#include <time.h>

#include "cli.h"
#include "irs/file.h"
#include "irs/inventory.h"

const struct image *runner_image(struct arena *a, const struct store_session *s, const struct session_origin *origin, struct err *e)
{
	struct str bytes;
	char digest[65];
	const char *path = store_path(a, s, "image.irb");
	if (!file_read(a, path, IMAGE_MAX_BYTES, &bytes, e)) return NULL;
	const struct image *img = image_load(a, bytes.p, bytes.n, e);
	if (!img) {
		err_within(e, path);
	} else if (strcmp(sodium_bin2hex(digest, sizeof digest, img->digest, sizeof img->digest), origin->image_sha256) != 0) {
		err_set(e, IRS_USAGE, path, "this is not the image that the session ran");
		img = NULL;
	}
	return img;
}

/* Without an image, said aloud, the rendered scripts have to do. */
static const struct image *image_or_scripts(struct arena *a, const struct store_session *s, const struct session_origin *origin)
{
	struct err e = { 0 };
	const struct image *img = runner_image(a, s, origin, &e);
	if (img) return img;
	cli_fail("irs", &e);
	fputs("  the scripts that the journal has must do\n", stderr);
	return NULL;
}

/* Damaged, on a disk that is full or can't be written: what it says is undone all the same. */
static struct journal *open_or_lose(const char *path)
{
	struct err e = { 0 };
	struct journal *j = journal_open(path, &e);
	if (!j) cli_fail("irs", &e);
	return j ? j : journal_lost(path, &e);
}

/* We have the lock, so the session's own runner is dead, or about to be. If it goes on living, this is a copy of its directory. */
static bool read_origin(struct runner *r, const char *path, struct session_origin *origin, struct err *e)
{
	for (int i = 0; i < 20; i++) {
		if (!session_origin_read(r->a, path, store_path(r->a, &r->store, "inventory.json"), origin, e)) return false;
		if (!origin->alive) return true;
		nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000 * 1000 }, NULL);
	}
	err_set(e, IRS_REFUSED, r->store.id, "this is a copy, and the runner of session %s is alive", origin->id);
	return err_remedy(e, "end that with `irs end %s`", origin->id);
}

/* How its hosts are reached, by the inventory that it kept; without it, this machine still can be. */
static bool find_hosts(struct arena *a, const struct store_session *s, const struct session_origin *origin, struct session_options *o, struct err *e)
{
	const struct vm_hosts *hosts = &origin->hosts;
	const struct inventory_host **reached = arena_array_of(a, const struct inventory_host *, hosts->n + 1);
	const char *path = store_path(a, s, "inventory.json");
	struct err unread = { 0 };
	const struct inventory *inv = inventory_read(a, path, &unread);
	o->reached = reached;
	for (size_t i = 0; i < hosts->n; i++) {
		reached[i] = inv && !origin->here[i] ? inventory_host(inv, hosts->at[i].name) : NULL;
		if (reached[i] || origin->here[i]) continue;
		*e = unread;
		return inv ? err_set(e, IRS_USAGE, path, "nothing is said of the host %.*s", STR_ARG(hosts->at[i].name)) : false;
	}
	return true;
}

struct session *runner_reopen(struct runner *r, struct journal **j, struct err *e)
{
	struct arena *a = r->a;
	struct session_origin *origin = arena_new_of(a, struct session_origin); /* lives as long as the session */
	struct session_options o = { .hold = -1 };
	const char *root = store_root(a, e), *path = store_path(a, &r->store, "journal.jsonl");
	if (!root || !read_origin(r, path, origin, e)) return NULL;
	if (!find_hosts(r->a, &r->store, origin, &o, e)) return NULL;
	o.image = image_or_scripts(a, &r->store, origin);
	o.hosts = &origin->hosts;
	o.seed = origin->seed;
	r->claims.dir = arena_printf(a, "%s/claims", root);
	runner_options(r, &o);
	o.id = r->claims.id = origin->id;
	o.journal = *j = open_or_lose(path);
	runner_recall(r, path);
	struct session *s = session_new(a, &o);
	if (!session_recover_read(s, path, e) || !runner_attach(r, s, &o, e)) return NULL;
	runner_listen(r, NULL); /* on a disk that can't be written nobody is heard, and all is undone */
	return s;
}
