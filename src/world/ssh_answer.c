#include "ssh_answer.h"

#include <netdb.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "host_pattern.h"
#include "sha1.h"

/* What stands in a template where the name stood. No answer has these bytes. */
enum { MARK_NAME = 1, MARK_LOWER, MARK_HASH, MARK_JUMP_HASH, MARKS };

enum kind { NAME, TEXT, NUMBER, FLAG, LIST, PATHS };

enum keyword {
#define KEYWORD(word, kind, field) K_##field,
#include "irs/tbl/ssh_keyword.def"
#undef KEYWORD
	KEYWORDS
};

static const struct {
	const char *word;
	enum kind kind;
	size_t field;
} keywords[] = {
#define KEYWORD(word, kind, field) { #word, kind, offsetof(struct ssh_route, field) },
#include "irs/tbl/ssh_keyword.def"
#undef KEYWORD
};

static const struct {
	const char *word, *harmless, *told;
} ignored[] = {
#define IGNORED(word, harmless, told) { #word, harmless, told },
#include "irs/tbl/ssh_ignored.def"
#undef IGNORED
};
enum { IGNORED_ROWS = sizeof ignored / sizeof *ignored };

/* ---- reading */

static void add_setting(struct arena *a, struct ssh_answer *t, struct str word, const char *value)
{
	for (int i = 0; i < KEYWORDS; i++)
		if (str_eq(word, str_of(keywords[i].word))) vec_push(a, &t->settings, ((struct ssh_setting){ i, value }));
	for (int i = 0; i < IGNORED_ROWS; i++)
		if (str_eq(word, str_of(ignored[i].word))) vec_push(a, &t->settings, ((struct ssh_setting){ KEYWORDS + i, value }));
}

static const char *value_of(const struct ssh_answer *t, int keyword)
{
	for (size_t i = 0; i < t->settings.n; i++)
		if (t->settings.at[i].keyword == keyword) return t->settings.at[i].value;
	return NULL;
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\n' && s.p[i] != '\t') return false;
	return true;
}

struct ssh_answer *ssh_answer_read(struct arena *a, struct str text, struct err *e)
{
	struct ssh_answer *t = arena_new_of(a, struct ssh_answer);
	if (!is_plain(text)) {
		err_set(e, IRS_USAGE, NULL, "ssh's configuration has control characters in it");
		return NULL;
	}
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		struct str line = { text.p, end ? (size_t)(end - text.p) : text.n };
		const char *space = memchr(line.p, ' ', line.n);
		size_t word = space ? (size_t)(space - line.p) : line.n, value = word + (space != NULL);
		add_setting(a, t, (struct str){ line.p, word }, arena_strndup(a, line.p + value, line.n - value));
		text.p += line.n + (end != NULL);
		text.n -= line.n + (end != NULL);
	}
	if (value_of(t, K_host) && value_of(t, K_port) && value_of(t, K_user)) return t;
	err_set(e, IRS_USAGE, NULL, "ssh -G did not say the host's name, port and user");
	err_remedy(e, "OpenSSH 6.8 or later is needed");
	return NULL;
}

/* ---- what stands for the name */

/* The texts that the marks stand for, for one name. */
struct filling {
	const char *text[MARKS];
};

static const char *lower(struct arena *a, const char *s)
{
	char *l = arena_strdup(a, s);
	for (char *p = l; *p; p++) *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	return l;
}

static const char *fill(struct arena *a, const char *template, const struct filling *f)
{
	struct buf out = { 0 };
	if (!template || !template[strcspn(template, "\1\2\3\4")]) return template;
	for (const char *p = template; *p; p++) {
		if (*p < MARKS && *p > 0) buf_puts(&out, f->text[(int)*p]);
		else buf_putc(&out, *p);
	}
	const char *s = arena_strndup(a, out.p, out.n);
	buf_free(&out);
	return s;
}

/* ssh's %C: a hash of this machine's name, and of where it leads; later releases add the jump host. */
static const char *connection_hash(struct arena *a, const char *here, const char *host, const char *port, const char *user, const char *jump)
{
	char hex[2 * SHA1_BYTES + 1];
	unsigned char hash[SHA1_BYTES];
	const char *text = arena_printf(a, "%s%s%s%s%s", here, host, port, user, jump);
	sha1(hash, text, strlen(text));
	return arena_strdup(a, sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

static void name_filling(struct arena *a, struct filling *f, const char *name)
{
	f->text[MARK_NAME] = name;
	f->text[MARK_LOWER] = lower(a, name);
}

/* Host, port, user and jump have no hash within themselves. */
static void hash_filling(struct arena *a, struct filling *f, const char *here, const struct ssh_answer *t)
{
	const char *host = fill(a, value_of(t, K_host), f), *port = value_of(t, K_port), *user = fill(a, value_of(t, K_user), f);
	const char *jump = fill(a, value_of(t, K_proxy_jump), f);
	f->text[MARK_HASH] = connection_hash(a, here, host, port, user, "");
	f->text[MARK_JUMP_HASH] = connection_hash(a, here, host, port, user, jump ? jump : "");
}

static void filling_of(struct arena *a, struct filling *f, const struct ssh_me *me, const struct ssh_answer *t, const char *name)
{
	name_filling(a, f, name);
	hash_filling(a, f, me->here, t);
}

/* Where both go on with what is each one's own, it is a mark; it can't be text that both have, as neither text begins with the other. */
static int mark_at(const char *p, const struct filling *f, const char *q, const struct filling *g)
{
	for (int m = 1; m < MARKS; m++) {
		const char *mine = f->text[m], *others = g->text[m];
		if (strncmp(p, mine, strlen(mine)) == 0 && strncmp(q, others, strlen(others)) == 0) return m;
	}
	return 0;
}

static const char *merge_values(struct arena *a, const char *p, const struct filling *f, const char *q, const struct filling *g)
{
	struct buf out = { 0 };
	const char *s = NULL;
	while (*p || *q) {
		int m = mark_at(p, f, q, g);
		if (m) {
			buf_putc(&out, (char)m);
			p += strlen(f->text[m]);
			q += strlen(g->text[m]);
		} else if (*p == *q) {
			buf_putc(&out, *p);
			p++;
			q++;
		} else {
			goto out;
		}
	}
	s = arena_strndup(a, out.p ? out.p : "", out.n);
out:
	buf_free(&out);
	return s;
}

struct ssh_answer *ssh_answer_merge(struct arena *a, const struct ssh_me *me, const struct ssh_answer *one, const char *name, const struct ssh_answer *other,
                                    const char *other_name)
{
	struct ssh_answer *t = arena_new_of(a, struct ssh_answer);
	struct filling f, g;
	filling_of(a, &f, me, one, name);
	filling_of(a, &g, me, other, other_name);
	if (one->settings.n != other->settings.n) return NULL;
	for (size_t i = 0; i < one->settings.n; i++) {
		const struct ssh_setting *p = &one->settings.at[i], *q = &other->settings.at[i];
		const char *value = p->keyword == q->keyword ? merge_values(a, p->value, &f, q->value, &g) : NULL;
		if (!value) return NULL;
		vec_push(a, &t->settings, ((struct ssh_setting){ p->keyword, value }));
	}
	return t;
}

bool ssh_is_address(const char *host, bool *canonical)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM }, *found;
	char text[NI_MAXHOST];
	*canonical = false;
	if (getaddrinfo(host, "22", &hints, &found)) return false;
	if (!getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST)) *canonical = strcmp(text, host) == 0;
	freeaddrinfo(found);
	return true;
}

bool ssh_answer_fits(struct arena *a, const struct ssh_answer *t, const char *name)
{
	struct filling f = { 0 };
	bool canonical;
	name_filling(a, &f, name);
	const char *host = value_of(t, K_host), *filled = fill(a, host, &f);
	return host == filled || !ssh_is_address(filled, &canonical) || canonical;
}

/* ---- tokens that ssh fills in only when it connects */

struct tokens {
	const struct ssh_route *r;
	const struct ssh_me *me;
};

/* NULL: not known, or not for this keyword. */
static const char *token(struct arena *a, const struct tokens *k, char c, bool path)
{
	const struct ssh_route *r = k->r;
	switch (c) {
	case '%': return "%";
	case 'h': return r->host;
	case 'n': return r->name;
	case 'p': return arena_printf(a, "%u", r->port);
	case 'r': return r->user;
	}
	if (!path) return NULL;
	switch (c) {
	case 'd': return k->me->home;
	case 'i': return arena_printf(a, "%u", k->me->uid);
	case 'j': return r->proxy_jump ? r->proxy_jump : "";
	case 'k': return r->host_key_alias ? r->host_key_alias : r->name;
	case 'L': return arena_strndup(a, k->me->here, strcspn(k->me->here, "."));
	case 'l': return k->me->here;
	case 'u': return k->me->user;
	}
	return NULL;
}

/* NULL: it has something that can't be filled in. */
static const char *expand(struct arena *a, const struct tokens *k, const char *value, bool path)
{
	struct buf out = { 0 };
	const char *s = NULL, *end;
	if (path && value[0] == '~' && value[1] == '/' && k->me->home) {
		buf_puts(&out, k->me->home);
		value++;
	}
	for (const char *p = value; *p; p++) {
		const char *text;
		char one[2] = { *p, 0 };
		if (*p == '%') text = *++p ? token(a, k, *p, path) : NULL;
		else if (path && p[0] == '$' && p[1] == '{' && (end = strchr(p, '}'))) text = getenv(arena_strndup(a, p + 2, (size_t)(end - p) - 2)), p = end;
		else text = one;
		if (!text) goto out;
		buf_puts(&out, text);
	}
	s = arena_strndup(a, out.p ? out.p : "", out.n);
out:
	buf_free(&out);
	return s;
}

/* ---- the route */

typedef VEC(const char *) texts;

static struct ssh_list list_of(const texts *v) { return (struct ssh_list){ v->at, v->n }; }

static const char *unless_none(const char *value) { return strcmp(value, "none") ? value : NULL; }

/* Several paths on one line, unquoted: a word that is no path of its own goes on with the one before, whose name had a blank in it. */
static struct ssh_list paths_of(struct arena *a, const struct tokens *k, const char *value)
{
	texts v = { 0 };
	for (const char *p = value; *p;) {
		size_t n = strcspn(p, " ");
		const char *word = arena_strndup(a, p, n);
		if (v.n && vec_last(&v)[0] == '/' && word[0] != '/' && word[0] != '~') vec_last(&v) = arena_printf(a, "%s %s", vec_last(&v), word);
		else if (n) vec_push(a, &v, word[0] == '~' && word[1] == '/' && k->me->home ? (const char *)arena_printf(a, "%s%s", k->me->home, word + 1) : word);
		p += n + (p[n] != 0);
	}
	if (v.n == 1 && !unless_none(v.at[0])) v.n = 0;
	return list_of(&v);
}

static void set_field(struct arena *a, struct ssh_route *r, const struct tokens *k, int keyword, const char *value)
{
	void *field = (char *)r + keywords[keyword].field;
	switch (keywords[keyword].kind) {
	case NAME: *(const char **)field = value; break;
	case TEXT: *(const char **)field = unless_none(value); break;
	case NUMBER: *(unsigned *)field = (unsigned)strtoul(value, NULL, 10); break;
	case FLAG: *(bool *)field = !strcmp(value, "yes") || !strcmp(value, "true"); break;
	case PATHS: *(struct ssh_list *)field = paths_of(a, k, value); break;
	case LIST: break;
	}
}

/* Key files that are there. */
static struct ssh_list identities_of(struct arena *a, const struct ssh_answer *t, const struct filling *f, const struct tokens *k, bool *tokens)
{
	texts v = { 0 };
	for (size_t i = 0; i < t->settings.n; i++) {
		const char *value = t->settings.at[i].value;
		if (t->settings.at[i].keyword != K_identities || !unless_none(value)) continue;
		if (value[strcspn(value, "%\1\2\3\4")]) *tokens = true;
		const char *path = expand(a, k, fill(a, value, f), true);
		if (path && !access(path, F_OK)) vec_push(a, &v, path);
	}
	return list_of(&v);
}

static struct ssh_list ignored_of(struct arena *a, const struct ssh_answer *t)
{
	texts v = { 0 };
	for (size_t i = 0; i < t->settings.n; i++) {
		int row = t->settings.at[i].keyword - KEYWORDS;
		const char *value = t->settings.at[i].value;
		if (row < 0 || host_pattern_list(str_of(value), str_of(ignored[row].harmless), false, NULL)) continue;
		if (!v.n || vec_last(&v) != ignored[row].told) vec_push(a, &v, ignored[row].told);
	}
	return list_of(&v);
}

/* `SSH_AUTH_SOCK` and `$NAME` are variables, nothing said is the first of them. */
static const char *agent_of(struct arena *a, const char *said, bool none)
{
	const char *value = said;
	if (none) return NULL;
	if (!said || !strcmp(said, "SSH_AUTH_SOCK")) value = getenv("SSH_AUTH_SOCK");
	else if (*said == '$') value = getenv(said + 1);
	return value && *value ? arena_strdup(a, value) : NULL;
}

static const char *expand_or_keep(struct arena *a, const struct tokens *k, const char *value)
{
	const char *s = value ? expand(a, k, value, false) : NULL;
	return s ? s : value;
}

const struct ssh_route *ssh_answer_route(struct arena *a, const struct ssh_me *me, struct ssh_answer *t, const char *name)
{
	struct ssh_route *r = arena_new_of(a, struct ssh_route);
	struct tokens k = { r, me };
	struct filling f;
	bool tokens = false;
	filling_of(a, &f, me, t, name);
	r->name = name;
	for (size_t i = 0; i < t->settings.n; i++)
		if (t->settings.at[i].keyword < KEYWORDS) set_field(a, r, &k, t->settings.at[i].keyword, fill(a, t->settings.at[i].value, &f));
	r->proxy_jump = expand_or_keep(a, &k, r->proxy_jump);
	r->proxy_command = expand_or_keep(a, &k, r->proxy_command);
	const char *agent = value_of(t, K_agent);
	r->agent = agent_of(a, r->agent, agent && !unless_none(agent));
	if (!t->shared) t->ignored = ignored_of(a, t);
	r->ignored = t->ignored;
	if (!t->identities_shared) t->identities = identities_of(a, t, &f, &k, &tokens);
	r->identities = t->identities;
	t->shared = true;
	t->identities_shared = !tokens;
	return r;
}
