#include "known_hosts.h"

#include <errno.h>
#include <unistd.h>

#include "host_pattern.h"
#include "irs/file.h"
#include "irs/map.h"
#include "irs/vec.h"
#include "known_hosts_line.h"

/* All files of one route together. A line is at least as long as what is kept of it, but for a constant. */
enum { MOST_BYTES = 64 << 20, SSH_PORT = 22, MOST_NAMES = 16 };

struct entry {
	struct entry *next, *last; /* of the same name; the first of them knows the last */
	const char *file;
	unsigned line;
	int mark;
	unsigned kind;
	struct str key;
	bool for_several;
};

struct pattern {
	struct str names;
	struct entry *entry;
};

struct hashed {
	struct hmac_key salt;
	unsigned char hash[SHA1_BYTES];
	struct entry *entry;
};

typedef VEC(struct hashed) hashes;

struct known_hosts {
	struct arena *arena;
	struct map plain;   /* by name in lower case: struct entry, the first of its chain */
	struct map scanned; /* names whose hashed lines were found: they stand in `plain` now */
	struct map warned;  /* the same for what is revoked or an authority */
	VEC(struct pattern) patterns;
	hashes hashed, marked; /* marked: revoked or an authority; looked at always */
	size_t skipped, authorities, bytes;
};

struct known_hosts_files {
	struct arena *arena;
	struct map sets; /* by their paths */
};

size_t known_hosts_skipped(const struct known_hosts *k) { return k->skipped; }
size_t known_hosts_authorities(const struct known_hosts *k) { return k->authorities; }

/* ---- the index */

static struct str lowered(struct arena *a, struct str s)
{
	char *p = arena_strndup(a, s.p, s.n);
	for (size_t i = 0; i < s.n; i++) p[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]);
	return (struct str){ p, s.n };
}

static void index_name(struct known_hosts *k, struct str name, const struct entry *e)
{
	struct entry *own = arena_memdup(k->arena, e, sizeof *e), *first = map_get(&k->plain, name);
	own->next = NULL;
	own->last = own;
	if (first) first->last = first->last->next = own;
	else map_put(k->arena, &k->plain, name, own);
}

/* Patterns, and long lists: those would make an index much larger than the file. */
static bool is_for_matching(struct str names)
{
	size_t commas = 0;
	for (size_t i = 0; i < names.n; i++) {
		if (names.p[i] == '*' || names.p[i] == '?' || names.p[i] == '!') return true;
		if (names.p[i] == ',' && ++commas == MOST_NAMES) return true;
	}
	return false;
}

static void add_line(struct known_hosts *k, const struct known_line *l, const char *file, unsigned number)
{
	struct entry e = { .file = file, .line = number, .mark = l->mark, .kind = l->kind, .key = l->key };
	if (l->mark == LINE_AUTHORITY) k->authorities++;
	if (l->hashed) {
		hashes *h = l->mark == LINE_KEY ? &k->hashed : &k->marked;
		struct hashed hashed = { .salt = l->salt, .entry = arena_memdup(k->arena, &e, sizeof e) };
		memcpy(hashed.hash, l->hash, SHA1_BYTES);
		vec_push(k->arena, h, hashed);
	} else if (is_for_matching(l->names)) {
		e.for_several = true;
		struct pattern p = { { arena_memdup(k->arena, l->names.p, l->names.n), l->names.n }, arena_memdup(k->arena, &e, sizeof e) };
		vec_push(k->arena, &k->patterns, p);
	} else {
		struct str list = l->names;
		e.for_several = memchr(list.p, ',', list.n) != NULL;
		for (struct str name; host_pattern_next(&list, &name);)
			if (name.n) index_name(k, lowered(k->arena, name), &e);
	}
}

static void read_text(struct known_hosts *k, struct str text, const char *file, bool keys_only)
{
	for (unsigned number = 1; text.n; number++) {
		const char *end = memchr(text.p, '\n', text.n);
		struct str line = { text.p, end ? (size_t)(end - text.p) : text.n };
		struct known_line l;
		enum known_line_is is = keys_only ? known_line_read_key(&l, k->arena, line) : known_line_read(&l, k->arena, line);
		if (is == LINE_GOOD) add_line(k, &l, file, number);
		else if (is == LINE_BAD) k->skipped++;
		text.p += line.n + (end != NULL);
		text.n -= line.n + (end != NULL);
	}
}

/* ---- files */

static bool read_file(struct known_hosts *k, const char *path, bool keys_only, struct err *e)
{
	struct arena *a = arena_new(0);
	struct str text;
	bool ok = file_read(a, path, MOST_BYTES - k->bytes, &text, e);
	if (ok && keys_only && str_starts(text, STR("SSHKRL\n"))) ok = err_set(e, IRS_REFUSED, path, "it is a key revocation list in OpenSSH's binary form, which is not understood");
	if (ok) {
		k->bytes += text.n;
		read_text(k, text, arena_strdup(k->arena, path), keys_only);
	}
	arena_free(a);
	return ok;
}

static bool read_known(struct known_hosts *k, const struct ssh_list *paths, struct err *e)
{
	for (size_t i = 0; i < paths->n; i++) {
		if (access(paths->at[i], F_OK) && (errno == ENOENT || errno == ENOTDIR)) continue;
		if (read_file(k, paths->at[i], false, e)) continue;
		return err_remedy(e, "host keys are looked up in it: make it readable, or name another by UserKnownHostsFile in ssh's configuration");
	}
	return true;
}

static bool read_revoked(struct known_hosts *k, const char *path, struct err *e)
{
	if (!path || read_file(k, path, true, e)) return true;
	return err_remedy(e, "RevokedHostKeys in ssh's configuration names it: no host key is good without it. It may be a text file, one public key a line");
}

struct known_hosts_files *known_hosts_files_new(void)
{
	struct arena *a = arena_new(0);
	struct known_hosts_files *f = arena_new_of(a, struct known_hosts_files);
	f->arena = a;
	return f;
}

void known_hosts_files_free(struct known_hosts_files *f)
{
	if (!f) return;
	for (size_t i = 0; i < f->sets.n; i++) arena_free(((struct known_hosts *)f->sets.entry[i].value)->arena);
	arena_free(f->arena);
}

static struct str key_of(struct arena *a, const struct ssh_route *r)
{
	struct buf b = { 0 };
	for (size_t i = 0; i < r->user_known_hosts.n; i++) buf_printf(&b, "%s\n", r->user_known_hosts.at[i]);
	for (size_t i = 0; i < r->global_known_hosts.n; i++) buf_printf(&b, "%s\n", r->global_known_hosts.at[i]);
	buf_printf(&b, "\n%s", r->revoked_host_keys ? r->revoked_host_keys : "");
	struct str s = { arena_strndup(a, b.p, b.n), b.n };
	buf_free(&b);
	return s;
}

struct known_hosts *known_hosts_load(struct known_hosts_files *f, const struct ssh_route *r, struct err *e)
{
	struct arena_mark m = arena_mark(f->arena);
	struct str key = key_of(f->arena, r);
	struct known_hosts *k = map_get(&f->sets, key);
	if (k) {
		arena_release(f->arena, m);
		return k;
	}
	struct arena *a = arena_new(0);
	k = arena_new_of(a, struct known_hosts);
	k->arena = a;
	if (!read_known(k, &r->user_known_hosts, e) || !read_known(k, &r->global_known_hosts, e) || !read_revoked(k, r->revoked_host_keys, e)) {
		arena_free(a);
		return NULL;
	}
	map_put(f->arena, &f->sets, key, k);
	return k;
}

/* ---- looking up */

/* What the lines of one name say of one key (or, without a key, which kinds they have). */
struct finding {
	struct str key;
	unsigned kind, kinds;
	const struct entry *trusted, *changed, *revoked;
	bool authority;
};

static void consider(struct finding *f, const struct entry *e)
{
	bool same = str_eq(e->key, f->key);
	if (e->mark == LINE_AUTHORITY) {
		f->authority = true;
	} else if (e->mark == LINE_REVOKED) {
		if (same && !f->revoked) f->revoked = e;
	} else {
		f->kinds |= e->kind;
		if (same && !f->trusted) f->trusted = e;
		if (!same && e->kind == f->kind && !f->changed) f->changed = e;
	}
}

static void consider_name(struct known_hosts *k, struct str name, struct finding *f)
{
	for (const struct entry *e = map_get(&k->plain, name); e; e = e->next) consider(f, e);
}

/* Moves the lines that are hashed for `name` to the plain ones, so that they are tried for no other name. */
static void resolve(struct known_hosts *k, struct str name, hashes *list, struct map *done)
{
	size_t left = 0;
	unsigned char hash[SHA1_BYTES];
	if (map_get(done, name)) return;
	struct str own = { arena_memdup(k->arena, name.p, name.n), name.n };
	map_put(k->arena, done, own, k);
	for (size_t i = 0; i < list->n; i++) {
		struct hashed *h = &list->at[i];
		hmac_sha1(hash, &h->salt, name.p, name.n);
		if (memcmp(hash, h->hash, SHA1_BYTES) == 0) index_name(k, own, h->entry);
		else if (left++ != i) list->at[left - 1] = *h;
	}
	list->n = left;
}

static void find(struct known_hosts *k, struct str name, struct finding *f)
{
	resolve(k, name, &k->marked, &k->warned);
	consider_name(k, name, f);
	for (size_t i = 0; i < k->patterns.n; i++)
		if (host_pattern_list(name, k->patterns.at[i].names, true, NULL)) consider(f, k->patterns.at[i].entry);
	/* A key that a plain line trusts needs no hashed one, and kinds are asked for as a preference only. */
	if (f->trusted || (f->kinds && !f->key.n) || map_get(&k->scanned, name)) return;
	resolve(k, name, &k->hashed, &k->scanned);
	consider_name(k, name, f);
}

static struct known_host state_of(const struct finding *f)
{
	const struct entry *e = f->revoked ? f->revoked : f->trusted ? f->trusted : f->changed;
	struct known_host h = { .state = HOST_UNKNOWN, .kinds = f->kinds, .has_authority = f->authority };
	if (!e) return h;
	h.state = f->revoked ? HOST_REVOKED : f->trusted ? HOST_TRUSTED : HOST_CHANGED;
	h.file = e->file;
	h.line = e->line;
	h.for_several = e->for_several;
	return h;
}

static struct known_host look(struct known_hosts *k, struct str name, struct str key)
{
	struct finding f = { .key = key, .kind = key.n ? known_key_of_blob(key) : 0 };
	find(k, name, &f);
	return state_of(&f);
}

/* "host", or "[host]:port" for a port of its own. */
static struct str name_of(struct arena *a, const char *host, unsigned port)
{
	return lowered(a, str_of(port == SSH_PORT ? host : arena_printf(a, "[%s]:%u", host, port)));
}

/* As ssh does: by its name (with the port); else, where that knows nothing, a line without the port may say that the key is good. */
static struct known_host look_host(struct known_hosts *k, struct arena *a, const struct known_host_query *q, struct str key)
{
	if (q->alias) return look(k, lowered(a, str_of(q->alias)), key);
	struct known_host h = look(k, name_of(a, q->host, q->port), key);
	if (q->port == SSH_PORT || h.state != HOST_UNKNOWN || (!key.n && h.kinds)) return h;
	struct known_host without = look(k, name_of(a, q->host, SSH_PORT), key);
	if (without.state == HOST_TRUSTED || without.state == HOST_REVOKED || !key.n) return without;
	h.has_authority |= without.has_authority;
	return h;
}

struct known_host known_hosts_look(struct known_hosts *k, const struct known_host_query *q, struct str key)
{
	struct arena *a = arena_new(0);
	struct known_host h = look_host(k, a, q, key);
	/* An address makes no host known; it can only speak against a key. */
	if (q->address && !q->alias && h.state != HOST_REVOKED) {
		struct known_host by_address = look(k, name_of(a, q->address, q->port), key);
		if (by_address.state == HOST_REVOKED || (by_address.state == HOST_CHANGED && h.state == HOST_TRUSTED)) h = by_address;
	}
	arena_free(a);
	return h;
}

unsigned known_hosts_kinds(struct known_hosts *k, const struct known_host_query *q)
{
	struct arena *a = arena_new(0);
	unsigned kinds = look_host(k, a, q, (struct str){ "", 0 }).kinds;
	arena_free(a);
	return kinds;
}
