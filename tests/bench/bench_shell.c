/*
 * What a command costs over the persistent shell, beside what its peers pay: posix_spawn of `sh -c`, one after the other and at the same
 * concurrency. Prints rows of a Markdown table: what, measured, ratio, target.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

#include "irs/loop.h"
#include "irs/world.h"

enum { COMMANDS = 1000, MOST_HOSTS = 4 };

struct run {
	struct loop *loop;
	struct world *world;
	struct effect effect;
	struct request request[MOST_HOSTS];
	int left, under_way, opened;
};

static void next(struct run *r, struct request *q)
{
	if (!r->left) return;
	r->left--;
	r->under_way++;
	r->world->ops->perform(r->world, q);
}

static void done(struct request *q, const struct outcome *o)
{
	struct run *r = q->owner;
	if (o->run.exit) exit(1);
	r->under_way--;
	next(r, q);
	if (!r->under_way) loop_stop(r->loop);
}

static void opened(void *owner, uint32_t host, const struct host_facts *f, const struct err *e)
{
	struct run *r = owner;
	(void)host, (void)f;
	if (e->what[0]) exit(1);
	if (--r->opened == 0) loop_stop(r->loop);
}

static double shell_all(const char *command, int at_once)
{
	struct vm_host names[MOST_HOSTS] = { 0 };
	struct vm_hosts hosts = { (size_t)at_once, names };
	struct world_real_options o = { .hosts = &hosts };
	struct run r = { .loop = loop_new(NULL), .left = COMMANDS, .opened = at_once };
	struct text *text = calloc(1, sizeof *text + strlen(command) + 1);
	text->n = strlen(command);
	memcpy(text->p, command, text->n);
	r.world = world_real_new(r.loop, &o, NULL);
	r.effect = (struct effect){ .kind = EFFECT_RUN, .run = { .command = { .tag = V_STRING, .text = text }, .timeout = 10000000000 } };
	for (int i = 0; i < at_once; i++) r.world->ops->open(r.world, (uint32_t)i, opened, &r);
	loop_run(r.loop);
	double began = now();
	for (int i = 0; i < at_once; i++) {
		r.request[i] = (struct request){ .effect = &r.effect, .host = (uint32_t)i, .done = done, .owner = &r };
		next(&r, &r.request[i]);
	}
	loop_run(r.loop);
	double took = now() - began;
	world_real_free(r.world);
	loop_free(r.loop);
	free(text);
	return took;
}

int main(void)
{
	static const char *const commands[] = { "true", "/bin/true" };
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		for (int at_once = 1; at_once <= MOST_HOSTS; at_once *= 2) {
			double shell[ROUNDS], spawned[ROUNDS];
			for (int k = 0; k < ROUNDS; k++) {
				shell[k] = shell_all(commands[i], at_once);
				spawned[k] = spawn_all(commands[i], COMMANDS, at_once);
			}
			double ours = median(shell), theirs = median(spawned);
			printf("| `%s` over %d persistent shell%s ÷ `posix_spawn` of `sh -c`, %d at once | %.3f ms ÷ %.3f ms each | %.2f | ≤ 1.5 |\n", commands[i],
			       at_once, at_once > 1 ? "s" : "", at_once, ours * 1e3 / COMMANDS, theirs * 1e3 / COMMANDS, ours / theirs);
		}
}
