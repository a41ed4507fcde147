#include "ssh_keyring.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "irs/arena.h"
#include "irs/file.h"
#include "irs/map.h"
#include "irs/vec.h"
#include "ssh_keys.h"

enum { MAX_PUBLIC = 64 << 10 };
static const int64_t LIST_NS = INT64_C(10) * 1000000000;

struct waiter {
	struct waiter *next;
	size_t seen;
	void (*done)(void *owner, const struct ssh_offers *offers);
	void *owner;
};

/* All that routes with the same agent and the same files may offer: the agent's keys, and, once these have not done, the files'. */
struct ring {
	struct ssh_keyring *keyring;
	const struct ssh_route *route; /* one of them */
	enum { RING_NEW, RING_LISTING, RING_LISTED, RING_LOADING, RING_LOADED } stage;
	struct ssh_agent *agent;
	struct ssh_keys *keys;
	VEC(struct ssh_offer) offers;
	struct buf missing;
	struct waiter *waiters;
	struct loop_timer *telling;
};

struct ssh_keyring {
	struct loop *loop;
	struct arena *arena;
	const char *private_dir;
	bool may_ask;
	struct known_hosts_files *known;
	struct map agents, rings;
	struct str worked;
};

static bool same(struct str a, struct str b) { return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n)); }

/* ---- telling those who wait */

static void load_files(struct ring *r);

static void on_tell(void *ctx)
{
	struct ring *r = ctx;
	struct waiter *all = r->waiters, *w;
	struct ssh_offers found = { r->offers.at, r->offers.n, r->stage == RING_LOADED, buf_view(&r->missing).p };
	bool more = false;
	r->telling = NULL;
	r->waiters = NULL;
	while ((w = all)) {
		all = w->next;
		if (w->seen < found.n || found.all) {
			if (w->done) w->done(w->owner, &found);
			free(w);
		} else {
			w->next = r->waiters;
			r->waiters = w;
			more = true;
		}
	}
	if (more && r->stage == RING_LISTED) load_files(r);
}

static void tell(struct ring *r)
{
	bool known = r->stage == RING_LISTED || r->stage == RING_LOADED;
	if (known && !r->telling && r->waiters) r->telling = loop_after(r->keyring->loop, 0, on_tell, r);
}

static void miss(struct ring *r, const struct err *e) { buf_printf(&r->missing, "%s%s%s%s", r->missing.n ? "; " : "", e->where, e->where[0] ? ": " : "", e->what); }

/* ---- offers */

static void offer(struct ring *r, struct ssh_agent *agent, struct str blob, const char *from)
{
	struct arena *a = r->keyring->arena;
	for (size_t i = 0; i < r->offers.n; i++)
		if (same(r->offers.at[i].blob, blob)) return;
	struct str copy = { arena_memdup(a, blob.p, blob.n), blob.n };
	vec_push(a, &r->offers, ((struct ssh_offer){ agent, copy, arena_strdup(a, from) }));
	if (!same(copy, r->keyring->worked)) return;
	struct ssh_offer first = vec_last(&r->offers);
	memmove(r->offers.at + 1, r->offers.at, (r->offers.n - 1) * sizeof first);
	r->offers.at[0] = first;
}

/* Keys of a hardware token, and certificates that this libssh2 can't present, would only cost one of the few tries that a server grants. */
static bool usable(struct str kind)
{
	static const char *const kinds[] = { "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa" };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_eq(kind, str_of(kinds[i]))) return true;
	return false;
}

/* The public key in FILE.pub: "KIND BASE64 COMMENT". */
static bool public_of(struct arena *a, const char *file, struct str *blob)
{
	struct str text;
	if (!file_read(a, arena_printf(a, "%s.pub", file), MAX_PUBLIC, &text, NULL)) return false;
	const char *at = memchr(text.p, ' ', text.n);
	size_t left = at ? text.n - (size_t)(++at - text.p) : 0, n = 0;
	while (n < left && !strchr(" \r\n", at[n])) n++;
	unsigned char *bytes = arena_alloc(a, n + 1);
	size_t got = 0;
	bool ok = n && sodium_base642bin(bytes, n, at, n, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
	*blob = (struct str){ (const char *)bytes, got };
	return ok;
}

static bool is_named(const struct ring *r, struct str blob)
{
	struct str named;
	for (size_t i = 0; i < r->route->identities.n; i++)
		if (public_of(r->keyring->arena, r->route->identities.at[i], &named) && same(named, blob)) return true;
	return false;
}

/* ---- key files: those whose key the agent has not */

static void on_loaded(void *owner, const struct err *e)
{
	struct ring *r = owner;
	size_t n = 0;
	const struct ssh_key_file *files = e && e->what[0] ? NULL : ssh_keys_files(r->keys, &n);
	if (!files && e) miss(r, e);
	for (size_t i = 0; i < n; i++) {
		if (files[i].blob.n) offer(r, ssh_keys_agent(r->keys), files[i].blob, files[i].path);
		else if (files[i].error.what[0]) miss(r, &files[i].error);
	}
	r->stage = RING_LOADED;
	tell(r);
}

static void load_files(struct ring *r)
{
	struct ssh_keyring *k = r->keyring;
	const struct ssh_list *named = &r->route->identities;
	const char **files = arena_array_of(k->arena, const char *, named->n + 1);
	struct ssh_keys_options o = { .dir = k->private_dir, .files = files, .may_ask = k->may_ask };
	struct err e = { 0 };
	struct str blob;
	for (size_t i = 0; i < named->n; i++) {
		bool there = false;
		if (public_of(k->arena, named->at[i], &blob))
			for (size_t j = 0; j < r->offers.n; j++) there |= same(r->offers.at[j].blob, blob);
		if (!there) files[o.n++] = named->at[i];
	}
	r->stage = RING_LOADING;
	r->keys = o.n ? ssh_keys_start(k->loop, &o, on_loaded, r, &e) : NULL;
	if (r->keys) return;
	if (o.n) miss(r, &e);
	r->stage = RING_LOADED;
	tell(r);
}

/* ---- the agent's keys */

static void on_listed(void *owner, const struct ssh_agent_keys *keys, const struct err *e)
{
	struct ring *r = owner;
	if (!keys && r->route->agent) miss(r, e);
	for (size_t i = 0; keys && i < keys->n; i++)
		if (usable(keys->at[i].kind) && (!r->route->identities_only || is_named(r, keys->at[i].blob)))
			offer(r, r->agent, keys->at[i].blob, "the agent");
	r->stage = RING_LISTED;
	tell(r);
}

static struct ssh_agent *agent_of(struct ssh_keyring *k, const char *socket)
{
	struct str key = str_of(socket ? socket : "");
	struct ssh_agent *agent = map_get(&k->agents, key);
	if (agent) return agent;
	agent = ssh_agent_new(k->loop, socket);
	map_put(k->arena, &k->agents, key, agent);
	return agent;
}

static struct ring *ring_of(struct ssh_keyring *k, const struct ssh_route *route)
{
	struct buf key = { 0 };
	buf_printf(&key, "%s\n%d\n", route->agent ? route->agent : "", route->identities_only);
	for (size_t i = 0; i < route->identities.n; i++) buf_printf(&key, "%s\n", route->identities.at[i]);
	struct ring *r = map_get(&k->rings, buf_view(&key));
	if (!r) {
		r = arena_new_of(k->arena, struct ring);
		*r = (struct ring){ .keyring = k, .route = route, .agent = agent_of(k, route->agent) };
		map_put(k->arena, &k->rings, (struct str){ arena_strndup(k->arena, key.p, key.n), key.n }, r);
	}
	buf_free(&key);
	return r;
}

/* ---- from outside */

void ssh_keyring_find(struct ssh_keyring *k, const struct ssh_route *route, size_t seen, void (*done)(void *owner, const struct ssh_offers *offers), void *owner)
{
	struct ring *r = ring_of(k, route);
	struct waiter *w = malloc(sizeof *w);
	if (!w) abort();
	*w = (struct waiter){ r->waiters, seen, done, owner };
	r->waiters = w;
	if (r->stage == RING_NEW) {
		r->stage = RING_LISTING;
		ssh_agent_list(r->agent, LIST_NS, on_listed, r);
	} else {
		tell(r);
	}
}

void ssh_keyring_forget(struct ssh_keyring *k, void *owner)
{
	for (size_t i = 0; i < k->rings.n; i++)
		for (struct waiter *w = ((struct ring *)k->rings.entry[i].value)->waiters; w; w = w->next)
			if (w->owner == owner) w->done = NULL;
}

void ssh_keyring_worked(struct ssh_keyring *k, struct str blob) { k->worked = blob; }

struct known_hosts *ssh_keyring_known(struct ssh_keyring *k, const struct ssh_route *r, struct err *e) { return known_hosts_load(k->known, r, e); }

struct ssh_keyring *ssh_keyring_new(struct loop *l, const char *private_dir, bool may_ask)
{
	struct ssh_keyring *k = calloc(1, sizeof *k);
	if (!k) abort();
	*k = (struct ssh_keyring){ .loop = l, .arena = arena_new(0), .private_dir = private_dir, .may_ask = may_ask, .known = known_hosts_files_new() };
	return k;
}

static void ring_free(struct ring *r)
{
	struct waiter *w;
	loop_timer_stop(r->telling);
	while ((w = r->waiters)) {
		r->waiters = w->next;
		free(w);
	}
	ssh_keys_free(r->keys);
	buf_free(&r->missing);
}

void ssh_keyring_free(struct ssh_keyring *k)
{
	if (!k) return;
	for (size_t i = 0; i < k->rings.n; i++) ring_free(k->rings.entry[i].value);
	for (size_t i = 0; i < k->agents.n; i++) ssh_agent_free(k->agents.entry[i].value);
	known_hosts_files_free(k->known);
	arena_free(k->arena);
	free(k);
}
