#include "transports.h"

#include <stddef.h>
#include <stdlib.h>

#include "irs/inventory.h"
#include "local_wire.h"
#include "ssh_transport.h"

struct transports {
	struct transport base, fresh;
	struct transport *local, *ssh; /* ssh: NULL if no host needs it */
	const struct inventory_host *const *reached;
	const char *const **commands;  /* of each host that a command reaches */
};

static struct transport *of(const struct transports *t, uint32_t host)
{
	const struct inventory_host *h = t->reached ? t->reached[host] : NULL;
	return h && h->transport == TRANSPORT_SSH ? t->ssh : t->local;
}

static struct wire *open_shared(struct transport *base, uint32_t host, const struct wire_events *events, void *owner, struct err *e)
{
	struct transport *t = of((struct transports *)base, host);
	return t->open(t, host, events, owner, e);
}

static struct wire *open_afresh(struct transport *base, uint32_t host, const struct wire_events *events, void *owner, struct err *e)
{
	struct transport *t = of((struct transports *)((char *)base - offsetof(struct transports, fresh)), host)->afresh;
	return t->open(t, host, events, owner, e);
}

/* What reaches each host by a command of its own; NULL: a shell on this machine. */
static const char *const **commands_of(const struct inventory_host *const *reached, size_t n)
{
	const char *const **commands = calloc(n ? n : 1, sizeof *commands);
	if (!commands) abort();
	for (size_t i = 0; reached && i < n; i++)
		if (reached[i] && reached[i]->transport == TRANSPORT_EXEC) commands[i] = reached[i]->exec;
	return commands;
}

static struct transport *ssh_of(struct loop *l, const struct world_real_options *o)
{
	size_t n = o->hosts->n, found = 0;
	struct ssh_host *hosts = calloc(n ? n : 1, sizeof *hosts);
	if (!hosts) abort();
	for (size_t i = 0; o->reached && i < n; i++) {
		const struct inventory_host *h = o->reached[i];
		if (!h || h->transport != TRANSPORT_SSH) continue;
		hosts[i] = (struct ssh_host){ { h->ssh_name, h->user, h->port }, h->become ? h->become_user : NULL };
		found++;
	}
	struct ssh_transport_options so = { .hosts = hosts, .n = n, .forks = o->forks, .private_dir = o->private_dir, .may_ask = o->may_ask };
	struct transport *t = found ? ssh_transport_new(l, &so) : NULL;
	free(hosts);
	return t;
}

struct transport *transports_new(struct loop *l, const struct world_real_options *o)
{
	struct transports *t = calloc(1, sizeof *t);
	if (!t) abort();
	*t = (struct transports){ .base = { open_shared, &t->fresh }, .fresh = { open_afresh, &t->fresh }, .reached = o->reached };
	t->commands = commands_of(o->reached, o->hosts->n);
	t->local = local_transport_new(l, o->shell ? o->shell : "/bin/sh", t->commands);
	t->ssh = ssh_of(l, o);
	return &t->base;
}

void transports_free(struct transport *base)
{
	struct transports *t = (struct transports *)base;
	if (!t) return;
	ssh_transport_free(t->ssh);
	local_transport_free(t->local);
	free(t->commands);
	free(t);
}
