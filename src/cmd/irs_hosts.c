/* irs hosts: how the hosts of an inventory are reached, and, if asked, whether they are, and what they offer. */
#include "irs.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "irs/loop.h"
#include "irs/reach.h"
#include "irs/world.h"

static const int64_t ASK_NS = INT64_C(20) * 1000000000;

/* What faults are made of. */
#define TOOLS "nft tc ip setsid mount systemctl fallocate curl"

struct host {
	struct hosts *all;
	uint32_t index;
	struct request request;
	struct effect effect;
	struct host_facts facts;
	bool asked, answered;
	struct err error;
	const char *os, *tools, *consent;
};

struct hosts {
	struct arena *a;
	struct loop *loop;
	struct world *world;
	const struct inventory_host **host;
	struct vm_hosts vm;
	struct host *state;
	const struct reach *reach;
	size_t n, left;
	bool check;
};

static void host_done(struct host *h)
{
	if (--h->all->left == 0) loop_stop(h->all->loop);
}

/* ---- what a host says of itself: a line each of its system, its tools, its consent */

static const char *line_of(struct arena *a, struct str *rest)
{
	const char *end = memchr(rest->p, '\n', rest->n);
	size_t n = end ? (size_t)(end - rest->p) : rest->n;
	struct buf safe = { 0 };
	buf_safe(&safe, (struct str){ rest->p, n });
	const char *line = arena_strndup(a, safe.p ? safe.p : "", safe.n);
	buf_free(&safe);
	*rest = (struct str){ rest->p + n + (end != NULL), rest->n - n - (end != NULL) };
	return line;
}

static void on_told(struct request *r, const struct outcome *o)
{
	struct host *h = r->owner;
	struct arena *a = h->all->a;
	struct str rest = o->run.stdout_text ? (struct str){ o->run.stdout_text->p, o->run.stdout_text->n } : STR("");
	if (o->run.exit == 0) {
		h->os = line_of(a, &rest);
		h->tools = line_of(a, &rest);
		h->consent = line_of(a, &rest);
		h->answered = true;
	} else {
		err_set(&h->error, IRS_FAILED, NULL, "it could be reached, and did not say what it offers");
	}
	host_done(h);
}

static struct text *text_of(struct arena *a, const char *s)
{
	return value_string(a, str_of(s)).text;
}

static void ask(struct host *h)
{
	struct buf path = { 0 };
	const char *consent = h->all->host[h->index]->consent;
	buf_shell_quoted(&path, str_of(consent ? consent : "/"));
	const char *command = arena_printf(h->all->a,
	                                   "( PRETTY_NAME=; . /etc/os-release; echo \"${PRETTY_NAME:-$(uname -sr)}\" ) 2>/dev/null || uname -sr\n"
	                                   "t=; for i in " TOOLS "; do command -v \"$i\" >/dev/null && t=\"$t $i\"; done; echo \"${t# }\"\n"
	                                   "if [ -e %s ]; then echo yes; else echo no; fi",
	                                   path.p);
	buf_free(&path);
	h->effect = (struct effect){ .kind = EFFECT_RUN };
	h->effect.run.host = h->index;
	h->effect.run.command = (struct value){ .tag = V_STRING, .text = text_of(h->all->a, command) };
	h->effect.run.timeout = ASK_NS;
	h->request = (struct request){ .effect = &h->effect, .host = h->index, .lane = LANE_STEP, .done = on_told, .owner = h };
	h->all->world->ops->perform(h->all->world, &h->request);
}

static void on_opened(void *owner, uint32_t host, const struct host_facts *f, const struct err *e)
{
	struct hosts *all = owner;
	struct host *h = &all->state[host];
	if (e->what[0]) {
		h->error = *e;
		host_done(h);
	} else {
		h->facts = *f;
		ask(h);
	}
}

static void on_reach(void *owner, const struct reach *r)
{
	struct hosts *all = owner;
	all->reach = r;
	if (!all->check || !all->n) {
		loop_stop(all->loop);
		return;
	}
	all->left = all->n;
	for (uint32_t i = 0; i < all->n; i++) all->world->ops->open(all->world, i, on_opened, all);
}

/* ---- printing */

static const struct err *error_of(const struct hosts *all, size_t i)
{
	if (all->reach[i].error) return all->reach[i].error;
	return all->state[i].error.what[0] ? &all->state[i].error : NULL;
}

static void put_safe(struct buf *out, const char *s) { buf_safe(out, str_of(s)); }

static void put_row(struct buf *out, const struct hosts *all, size_t i, int width)
{
	const struct inventory_host *h = all->host[i];
	const struct host *state = &all->state[i];
	const struct err *e = error_of(all, i);
	buf_printf(out, "%-*s  ", width, h->name);
	put_safe(out, all->reach[i].how ? all->reach[i].how : "?");
	if (!h->practice) buf_puts(out, "; irs_practice is not true: refused");
	buf_putc(out, '\n');
	if (e) {
		buf_printf(out, "%-*s  ", width, "");
		put_safe(out, e->what);
		if (e->remedy[0]) buf_printf(out, "\n%-*s  ", width, "");
		put_safe(out, e->remedy);
		buf_putc(out, '\n');
	} else if (state->answered) {
		buf_printf(out, "%-*s  %s, %s%s\n", width, "", state->os, state->facts.root ? "as root" : "not as root",
		           !h->consent                      ? ""
		           : !strcmp(state->consent, "yes") ? ", has a consent file"
		                                            : ", has not consented");
		buf_printf(out, "%-*s  tools: %s\n", width, "", state->tools);
	}
	for (const char *const *note = all->reach[i].notes; *note; note++) buf_printf(out, "%-*s  note: %s\n", width, "", *note);
}

static void put_table(struct buf *out, const struct hosts *all)
{
	int width = 4;
	for (size_t i = 0; i < all->n; i++)
		if ((int)strlen(all->host[i]->name) > width) width = (int)strlen(all->host[i]->name);
	for (size_t i = 0; i < all->n; i++) put_row(out, all, i, width > 30 ? 30 : width);
}

static json_t *host_json(const struct hosts *all, size_t i)
{
	const struct inventory_host *h = all->host[i];
	const struct host *state = &all->state[i];
	const struct err *e = error_of(all, i);
	json_t *notes = json_array();
	for (const char *const *note = all->reach[i].notes; *note; note++) json_array_append_new(notes, json_string(*note));
	json_t *j = json_pack("{s:s,s:s,s:s,s:s?,s:b,s:o}", "name", h->name, "address", h->address, "transport",
	                      inventory_transport_name(h->transport), "how", all->reach[i].how, "practice", (int)h->practice, "notes", notes);
	if (e) json_object_set_new(j, "error", json_string(e->what));
	if (e && e->remedy[0]) json_object_set_new(j, "remedy", json_string(e->remedy));
	if (!state->answered) return j;
	json_object_set_new(j, "os", json_string(state->os));
	json_object_set_new(j, "root", json_boolean(state->facts.root));
	json_object_set_new(j, "tools", json_string(state->tools));
	json_object_set_new(j, "hostname", json_string(state->facts.hostname));
	json_object_set_new(j, "machine_id", json_string(state->facts.machine_id));
	json_object_set_new(j, "boot", json_string(state->facts.boot));
	if (h->consent) json_object_set_new(j, "consent", json_boolean(!strcmp(state->consent, "yes")));
	return j;
}

static void put_json(struct buf *out, const struct hosts *all)
{
	json_t *list = json_array();
	for (size_t i = 0; i < all->n; i++) json_array_append_new(list, host_json(all, i));
	char *text = json_dumps(list, JSON_INDENT(1));
	buf_printf(out, "%s\n", text ? text : "[]");
	free(text);
	json_decref(list);
}

/* ---- */

static bool gather(struct hosts *all, struct inventory *inv, const struct cli_operands *groups, struct err *e)
{
	static const char *const everybody[] = { "all" };
	struct map seen = { 0 };
	size_t n = groups->n ? groups->n : 1;
	all->host = arena_array_of(all->a, const struct inventory_host *, inv->hosts.n + 1);
	for (size_t g = 0; g < n; g++) {
		const char *name = groups->n ? groups->at[g] : everybody[0];
		const struct inventory_group *group = inventory_group(inv, str_of(name));
		if (!group) {
			const char *near = inventory_nearest(inv, str_of(name));
			err_set(e, IRS_USAGE, inv->path, "there is no group or host `%s`", name);
			return near ? err_remedy(e, "did you mean `%s`?", near) : false;
		}
		for (size_t i = 0; i < group->hosts.n; i++)
			if (!map_put(all->a, &seen, str_of(group->hosts.at[i]->name), all)) all->host[all->n++] = group->hosts.at[i];
	}
	return true;
}

static bool look(struct hosts *all, struct err *e)
{
	struct vm_host *vm = arena_array_of(all->a, struct vm_host, all->n + 1);
	for (size_t i = 0; i < all->n; i++) vm[i] = (struct vm_host){ str_of(all->host[i]->name), str_of(all->host[i]->address) };
	all->vm = (struct vm_hosts){ all->n, vm };
	all->state = arena_array_of(all->a, struct host, all->n + 1);
	for (uint32_t i = 0; i < all->n; i++) all->state[i] = (struct host){ .all = all, .index = i };
	char private[] = "/tmp/irs-hosts-XXXXXX";
	if (!mkdtemp(private)) return err_set(e, IRS_REFUSED, "/tmp", "no folder for a key agent's socket can be made there: %s", strerror(errno));
	struct world_real_options o = { .hosts = &all->vm, .reached = all->host, .private_dir = private, .may_ask = isatty(STDIN_FILENO) };
	all->loop = loop_new(e);
	all->world = all->loop ? world_real_new(all->loop, &o, e) : NULL;
	if (all->world) {
		reach_find(all->a, all->loop, all->host, all->n, on_reach, all);
		loop_run(all->loop);
		world_real_free(all->world);
	}
	if (all->loop) loop_free(all->loop);
	rmdir(private);
	return all->world;
}

int irs_hosts(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct hosts all = { .a = a };
	const char *inventory = NULL;
	bool json = false;
	const struct cli_option options[] = {
	    {"inventory", 'i', .value = &inventory, .metavar = "FILE", .doc = "what `ansible-inventory --list` prints, or exec:PROGRAM"},
	    {"check", 0, .flag = &all.check, .doc = "connects to each host, and asks what it offers; changes nothing"},
	    {"json", 0, .flag = &json, .doc = "an array of objects"},
	    {0},
	};
	const struct cli_command c = { "irs hosts", "-i INVENTORY [--check] [--json] [GROUP|HOST]…", "Shows how hosts are reached.", options };
	struct cli_operands groups;
	struct err e = { 0 };
	struct buf out = { 0 };
	int status;
	if (!cli_parse(a, &c, argc, argv, &groups, &status)) goto out;
	struct inventory *inv = inventory ? inventory_read(a, inventory, &e) : NULL;
	if (!inventory) {
		status = cli_usage(&c, "-i INVENTORY is wanted");
	} else if (!inv || !gather(&all, inv, &groups, &e) || !look(&all, &e)) {
		status = cli_fail("irs hosts", &e);
	} else {
		for (size_t i = 0; i < inv->warnings.n; i++) fprintf(stderr, "irs: %s\n", inv->warnings.at[i]);
		if (json) put_json(&out, &all);
		else put_table(&out, &all);
		cli_write(STDOUT_FILENO, &out);
		status = IRS_OK;
		for (size_t i = 0; i < all.n; i++)
			if (error_of(&all, i)) status = IRS_FAILED;
	}
out:
	buf_free(&out);
	arena_free(a);
	return status;
}
