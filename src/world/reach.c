#include "irs/reach.h"

#include <stdlib.h>
#include <string.h>

#include "ssh_config.h"

struct finding {
	struct arena *a;
	struct loop *loop;
	const struct inventory_host *const *hosts;
	size_t n;
	struct reach *reach;
	struct ssh_config *config;
	void (*done)(void *owner, const struct reach *r);
	void *owner;
};

static const char *as_whom(struct arena *a, const struct inventory_host *h, const char *how)
{
	return h->become ? arena_printf(a, "%s, then %s by sudo", how, h->become_user) : how;
}

static const char *by_ssh(struct arena *a, const struct ssh_route *r)
{
	const char *port = r->port == 22 ? "" : arena_printf(a, " port %u", r->port);
	const char *through = r->proxy_jump      ? arena_printf(a, ", through %s", r->proxy_jump)
			      : r->proxy_command ? ", by a ProxyCommand"
						 : "";
	return arena_printf(a, "ssh %s@%s%s%s", r->user, r->host, port, through);
}

static const char *by_command(struct arena *a, const struct inventory_host *h)
{
	const char *how = "exec";
	for (const char **word = h->exec; *word; word++) how = arena_printf(a, "%s %s", how, *word);
	return how;
}

static const char *const *copy_notes(struct arena *a, const struct ssh_list *l)
{
	const char **notes = arena_array_of(a, const char *, l->n + 1);
	for (size_t i = 0; i < l->n; i++) notes[i] = arena_strdup(a, l->at[i]);
	return notes;
}

static void on_found(void *owner, const struct ssh_found *found, size_t n)
{
	struct finding *f = owner;
	size_t at = 0;
	for (size_t i = 0; i < f->n && at < n; i++) {
		if (f->hosts[i]->transport != TRANSPORT_SSH) continue;
		const struct ssh_found *one = &found[at++];
		if (one->route) {
			f->reach[i].how = as_whom(f->a, f->hosts[i], by_ssh(f->a, one->route));
			f->reach[i].notes = copy_notes(f->a, &one->route->ignored);
		} else {
			f->reach[i].error = arena_memdup(f->a, one->error, sizeof *one->error);
		}
	}
	ssh_config_free(f->config);
	f->done(f->owner, f->reach);
}

void reach_find(struct arena *a, struct loop *l, const struct inventory_host *const *hosts, size_t n, void (*done)(void *owner, const struct reach *r), void *owner)
{
	struct finding *f = arena_new_of(a, struct finding);
	struct ssh_ask *asks = arena_array_of(a, struct ssh_ask, n + 1);
	struct ssh_config_options o = { 0 };
	static const char *const none[] = { NULL };
	size_t nasks = 0;
	*f = (struct finding){ .a = a, .loop = l, .hosts = hosts, .n = n, .reach = arena_array_of(a, struct reach, n + 1), .done = done, .owner = owner };
	for (size_t i = 0; i < n; i++) {
		const struct inventory_host *h = hosts[i];
		f->reach[i].notes = none;
		if (h->transport == TRANSPORT_SSH) asks[nasks++] = (struct ssh_ask){ h->ssh_name, h->user, h->port };
		else f->reach[i].how = h->transport == TRANSPORT_EXEC ? by_command(a, h) : "this machine";
	}
	f->config = ssh_config_new(l, &o);
	ssh_config_find(f->config, asks, nasks, on_found, f);
}
