/* What a journal tells a second process: who the hosts are, what is open, and what the dead runner started. */
#include "state.h"

#include <stdlib.h>

#include "effect_note.h"
#include "irs/file.h"
#include "irs/inventory.h"
#include "irs/map.h"
#include "observe.h"
#include "self.h"

/* ---- before there is a session ------------------------------------------------------------------------------- */

struct origin_reading {
	struct arena *a;
	struct session_origin *o;
	bool session, hosts, wrong, damaged;
	VEC(struct vm_host) found; /* hosts, as other lines and the inventory name them */
	VEC(bool) here;            /* of each of them */
	struct map known;          /* their names */
};

static void find_host(struct origin_reading *r, const char *name, const char *address, bool here)
{
	if (map_get(&r->known, str_of(name))) return;
	struct vm_host h = { str_of(arena_strdup(r->a, name)), str_of(arena_strdup(r->a, address)) };
	vec_push(r->a, &r->found, h);
	vec_push(r->a, &r->here, here);
	map_put(r->a, &r->known, h.name, r);
}

/* Whoever has this machine's boot is this machine. */
static bool find_host_of_line(void *ctx, enum event ev, const json_t *line)
{
	struct origin_reading *r = ctx;
	const char *name = json_string_value(json_object_get(line, "host")), *boot = json_string_value(json_object_get(line, "boot"));
	struct str ours;
	(void)ev;
	if (name && boot) find_host(r, name, name, file_read(r->a, "/proc/sys/kernel/random/boot_id", 64, &ours, NULL) && str_eq(str_trim(ours), str_of(boot)));
	return true;
}

/* The line that names them is lost: those of the inventory as it was used, and whom other lines name. */
static bool find_hosts(struct origin_reading *r, const char *journal, const char *inventory, struct err *e)
{
	struct inventory *inv = inventory_read(r->a, inventory, NULL);
	find_host(r, "runner", "127.0.0.1", true);
	for (size_t i = 0; inv && i < inv->hosts.n; i++) {
		const struct inventory_host *h = inv->hosts.entry[i].value;
		find_host(r, h->name, h->address, h->transport == TRANSPORT_LOCAL);
	}
	if (!journal_read(journal, find_host_of_line, r, e)) return false;
	r->o->hosts = (struct vm_hosts){ r->found.n, r->found.at };
	r->o->here = r->here.at;
	return true;
}

static bool read_hosts(struct origin_reading *r, const json_t *line)
{
	json_t *list = json_object_get(line, "hosts"), *h;
	size_t i, n = json_array_size(list);
	if (!n || n > 1000000) return false;
	struct vm_host *at = arena_array_of(r->a, struct vm_host, n);
	bool *here = arena_array_of(r->a, bool, n);
	json_array_foreach(list, i, h) {
		const char *name = json_string_value(json_object_get(h, "name")), *address = json_string_value(json_object_get(h, "address"));
		const char *transport = json_string_value(json_object_get(h, "transport"));
		if (!name || !address || !transport) return false;
		at[i] = (struct vm_host){ str_of(arena_strdup(r->a, name)), str_of(arena_strdup(r->a, address)) };
		here[i] = !strcmp(transport, "local");
	}
	r->o->hosts = (struct vm_hosts){ n, at };
	r->o->here = here;
	return true;
}

static bool read_session(struct origin_reading *r, const json_t *line)
{
	const char *id = json_string_value(json_object_get(line, "id")), *scenario = json_string_value(json_object_get(line, "scenario"));
	const char *sha = json_string_value(json_object_get(line, "image_sha256"));
	if (!id || !scenario || !sha || json_integer_value(json_object_get(line, "format")) != JOURNAL_FORMAT) return false;
	r->o->id = arena_strdup(r->a, id);
	r->o->scenario = arena_strdup(r->a, scenario);
	r->o->image_sha256 = arena_strdup(r->a, sha);
	const char *boot = json_string_value(json_object_get(line, "boot"));
	r->o->alive = self_lives(json_object_get(line, "runner"), boot ? boot : "");
	r->o->seed = (uint64_t)json_integer_value(json_object_get(line, "seed"));
	return true;
}

static bool read_origin(void *ctx, enum event ev, const json_t *line)
{
	struct origin_reading *r = ctx;
	if (ev == EV_damaged) r->damaged = true;
	if (ev == EV_session && !(r->session = read_session(r, line))) r->wrong = true;
	if (ev == EV_hosts && !(r->hosts = read_hosts(r, line))) r->wrong = true;
	return !r->wrong && !(r->session && r->hosts);
}

bool session_origin_read(struct arena *a, const char *path, const char *inventory, struct session_origin *out, struct err *e)
{
	struct origin_reading r = { .a = a, .o = out };
	*out = (struct session_origin){ .id = "?", .scenario = "?", .image_sha256 = "?" };
	if (!journal_read(path, read_origin, &r, e)) return false;
	if (r.wrong) return err_set(e, IRS_USAGE, path, "the journal is of another version, or makes no sense");
	if (!r.damaged && !(r.session && r.hosts)) return err_set(e, IRS_USAGE, path, "the journal ends before anything began");
	return r.hosts || find_hosts(&r, path, inventory, e);
}

/* ---- what is open -------------------------------------------------------------------------------------------------- */

struct reading {
	struct session *s;
	struct err *e;
	bool failed, globals;
};

static uint32_t host_of(const struct session *s, const json_t *name)
{
	for (uint32_t i = 0; json_is_string(name) && i < s->o.hosts->n; i++)
		if (str_eq(s->o.hosts->at[i].name, str_of(json_string_value(name)))) return i;
	return IMAGE_NONE;
}

static void read_record(struct reading *r, const json_t *line)
{
	struct session *s = r->s;
	struct undo_record *u = record_from_json(s, line, r->e);
	if (!u) {
		r->failed = true;
		return;
	}
	vec_push(s->a, &s->records, u);
	if (u->number > s->nrecord) s->nrecord = u->number;
}

static void close_record(struct session *s, const json_t *line)
{
	json_int_t number = json_integer_value(json_object_get(line, "record"));
	for (size_t i = s->records.n; i-- > 0;)
		if ((json_int_t)s->records.at[i]->number == number) s->records.at[i]->how = "before";
}

static void read_process(struct session *s, const json_t *line)
{
	uint32_t host = host_of(s, json_object_get(line, "host"));
	const char *kind = json_string_value(json_object_get(line, "kind")), *boot = json_string_value(json_object_get(line, "boot"));
	struct process_ref p = { .kind = kind && !strcmp(kind, "leash") ? PROCESS_LEASH : PROCESS_SHELL,
		                 .pid = json_integer_value(json_object_get(line, "pid")),
		                 .pgid = json_integer_value(json_object_get(line, "pgid")),
		                 .start = (uint64_t)json_integer_value(json_object_get(line, "start")) };
	if (host == IMAGE_NONE || !boot || strlen(boot) >= sizeof p.boot || p.pid <= 1 || p.pgid <= 1 || p.pid > INT32_MAX ||
	    p.pgid > INT32_MAX)
		return;
	memcpy(p.boot, boot, strlen(boot) + 1);
	vec_push(s->a, &s->host[host].started, p);
}

static void read_hosts_of(struct session *s, const json_t *line, uint32_t **hosts, size_t *n)
{
	json_t *list = json_object_get(line, "hosts"), *name;
	size_t i;
	*hosts = arena_array_of(s->a, uint32_t, json_array_size(list) + 1);
	*n = 0;
	json_array_foreach(list, i, name) {
		uint32_t host = host_of(s, name);
		if (host != IMAGE_NONE) (*hosts)[(*n)++] = host;
	}
}

static void read_precondition(struct session *s, const json_t *line)
{
	json_int_t i = json_integer_value(json_object_get(line, "precondition"));
	if (s->o.image && i >= 0 && (size_t)i < s->o.image->nprecondition)
		read_hosts_of(s, line, &s->precondition_hosts[i], &s->nprecondition_hosts[i]);
}

static void read_phase(struct session *s, const json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "phase"));
	enum phase p = name ? phase_named(name) : PHASES;
	if (p != PHASES && p != PHASE_closed) s->phase = p;
	if (p == PHASE_settled) s->damaged = NULL;
}

static void read_damaged(struct session *s, const json_t *line)
{
	s->damaged = arena_printf(s->a, "the journal is damaged at line %lld: nobody knows what stood there",
	                          (long long)json_integer_value(json_object_get(line, "line")));
	if (s->o.watch) s->o.watch(s->o.watch_ctx, EV_damaged, line);
}

/* A leash that answered, or was buried, and all shells that were buried with it. */
static void read_disarmed(struct session *s, const json_t *line)
{
	uint32_t host = host_of(s, json_object_get(line, "host"));
	const char *how = json_string_value(json_object_get(line, "how"));
	if (host != IMAGE_NONE && how && !strcmp(how, "buried")) s->host[host].started.n = 0;
}

static bool read_line(void *ctx, enum event ev, const json_t *line)
{
	struct reading *r = ctx;
	switch (ev) {
	case EV_globals: r->failed |= !(r->globals = globals_from_json(r->s, line, r->e)); break;
	case EV_undo: read_record(r, line); break;
	case EV_undone: close_record(r->s, line); break;
	case EV_shell: read_process(r->s, line); break;
	case EV_disarmed: read_disarmed(r->s, line); break;
	case EV_precondition: read_precondition(r->s, line); break;
	case EV_phase: read_phase(r->s, line); break;
	case EV_damaged: read_damaged(r->s, line); break;
	default: break;
	}
	return !r->failed;
}

/* A line that is lost may be the one with the params: no block of the image can run without them. */
static void do_without_image(struct session *s)
{
	s->o.image = s->d.vm.image = NULL;
}

bool session_recover_read(struct session *s, const char *path, struct err *e)
{
	struct reading r = { .s = s, .e = e };
	struct err damage = { 0 };
	if (!journal_read(path, read_line, &r, &damage)) s->damaged = arena_strdup(s->a, damage.what);
	if (!r.globals && s->o.image && s->o.image->nglobal) do_without_image(s);
	return !r.failed;
}

/* ---- burying ---------------------------------------------------------------------------------------------------------- */

struct burying {
	struct session *s;
	size_t running;
	void (*done)(struct session *s);
};

static void one_less(struct burying *b)
{
	if (--b->running) return;
	b->done(b->s);
	free(b);
}

static void buried(void *owner, uint32_t host, const struct err *e)
{
	struct burying *b = owner;
	struct session *s = b->s;
	if (e->what[0]) {
		s->host[host].unburied = true;
		session_unable(s, host, "bury", e);
		finding(s, "host", session_host_name(s, host), e->remedy, "what the dead runner left there can't be ended: %s", e->what);
	} else {
		journal_add(s->o.journal, EV_disarmed, json_pack("{s:o,s:s}", "host", session_host_json(s, host), "how", "buried"));
	}
	one_less(b);
}

void recover_bury(struct session *s, void (*done)(struct session *s))
{
	struct burying *b = calloc(1, sizeof *b);
	if (!b) abort();
	*b = (struct burying){ s, 1, done };
	for (uint32_t i = 0; i < s->o.hosts->n; i++) {
		if (!s->host[i].started.n) continue;
		b->running++;
		s->d.world->ops->bury(s->d.world, i, s->host[i].started.at, s->host[i].started.n, buried, b);
	}
	one_less(b);
}

/* ---- only looking ---------------------------------------------------------------------------------------------------- */

struct looking {
	struct session *s;
	size_t next;
	uint32_t step;
	const char *host;
	void (*done)(struct session *s);
};

static void look_next(struct looking *l);

static void looked(void *owner, const struct observed *o)
{
	(void)o; /* the journal has it, and so the person who asked */
	look_next(owner);
}

static bool is_meant(const struct looking *l, const struct undo_record *r)
{
	return !r->how && r->step == l->step && str_eq(l->s->o.hosts->at[r->host].name, str_of(l->host)) && l->s->host[r->host].open;
}

static void look_next(struct looking *l)
{
	struct session *s = l->s;
	while (s->o.image && l->next < s->records.n) {
		const struct undo_record *r = s->records.at[l->next++];
		if (!is_meant(l, r)) continue;
		const struct image_frame *f = &s->o.image->frame[r->frame];
		const char *item = arena_printf(s->a, "%s: verify", s->step[r->step].label);
		observe(&(struct observation){ .d = &s->d, .fns = s->o.image->function_ref + f->verify, .n = f->nverify, .args = r->captures,
		                               .host = r->host, .want = WANT_FALSE_NOW, .undoing = true, .item = item, .done = looked, .owner = l });
		return;
	}
	l->done(s);
	free(l);
}

void recover_look(struct session *s, uint32_t step, const char *host, void (*done)(struct session *s))
{
	struct looking *l = calloc(1, sizeof *l);
	if (!l) abort();
	*l = (struct looking){ s, 0, step, host, done };
	look_next(l);
}
