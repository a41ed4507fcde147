#include "ssh_scan.h"

#include <errno.h>
#include <glob.h>
#include <pwd.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host_pattern.h"
#include "irs/file.h"

/* OpenSSH's own depth; the other bounds are ours, and behind them nothing is sure. */
enum { MOST_DEPTH = 16, MOST_FILES = 1000, MOST_BYTES = 32 << 20 };

static const char SYSTEM_FILE[] = "/etc/ssh/ssh_config", SYSTEM_DIR[] = "/etc/ssh";
static const char BLANK[] = " \t\r\n";

static void unsure(struct ssh_scan *s, const char *why)
{
	if (!s->unsure) s->unsure = why;
}

void ssh_me_read(struct ssh_me *me, struct arena *a)
{
	char here[256] = "";
	const struct passwd *p = getpwuid(getuid());
	gethostname(here, sizeof here - 1);
	*me = (struct ssh_me){ .here = arena_strdup(a, here), .uid = (unsigned)getuid() };
	if (!p) return;
	me->home = arena_strdup(a, p->pw_dir);
	me->user = arena_strdup(a, p->pw_name);
}

/* ---- lines and their words */

static struct str skip(struct str s, size_t n) { return (struct str){ s.p + n, s.n - n }; }

static bool is_blank(char c) { return c && strchr(BLANK, c); }

static struct str skip_blank(struct str s)
{
	while (s.n && is_blank(*s.p)) s = skip(s, 1);
	return s;
}

/* The keyword ends at white space, or at one `=` that may have white space around it. */
static struct str take_keyword(struct str *line)
{
	struct str s = *line, word = { s.p, 0 };
	while (word.n < s.n && !is_blank(s.p[word.n]) && s.p[word.n] != '=') word.n++;
	s = skip(s, word.n);
	bool equals = s.n && *s.p == '=';
	s = skip_blank(equals ? skip(s, 1) : s);
	if (!equals && s.n && *s.p == '=') s = skip_blank(skip(s, 1));
	*line = s;
	return word;
}

/* The next argument, which may be within "…". False at the line's end. `odd`: releases of OpenSSH differ in how they read it. */
static bool take_word(struct str *line, struct str *word, bool *odd)
{
	struct str s = skip_blank(*line);
	if (!s.n) return false;
	bool quoted = *s.p == '"';
	if (quoted) s = skip(s, 1);
	size_t n = 0;
	while (n < s.n && (quoted ? s.p[n] != '"' : !is_blank(s.p[n]))) {
		if (s.p[n] == '\\' || s.p[n] == '\'' || s.p[n] == '"') *odd = true;
		n++;
	}
	if (quoted && n == s.n) *odd = true;
	*word = (struct str){ s.p, n };
	s = skip(s, n + (quoted && n < s.n));
	if (s.n && !is_blank(*s.p)) *odd = true;
	*line = s;
	return true;
}

static bool is(struct str word, const char *keyword)
{
	return word.n == strlen(keyword) && strncasecmp(word.p, keyword, word.n) == 0;
}

static struct str kept(struct ssh_scan *s, struct str t) { return (struct str){ arena_strndup(s->arena, t.p, t.n), t.n }; }

/* ---- conditions */

static void add_condition(struct ssh_scan *s, const struct ssh_condition *c) { vec_push(s->arena, &s->conditions, *c); }

/* A word with `#` begins a comment since OpenSSH 8.7, and was a pattern before: the line is then two conditions, one for each reading. */
static void read_host(struct ssh_scan *s, struct str line)
{
	struct ssh_condition c = { 0 };
	bool odd = false;
	for (struct str w; take_word(&line, &w, &odd);) {
		if (w.n && *w.p == '#') {
			struct ssh_condition before = { 0 };
			for (size_t i = 0; i < c.patterns.n; i++) vec_push(s->arena, &before.patterns, c.patterns.at[i]);
			add_condition(s, &before);
		}
		vec_push(s->arena, &c.patterns, kept(s, w));
	}
	add_condition(s, &c);
	if (odd) unsure(s, "a Host line is quoted in an odd way");
}

/* Users are the same for all names of a class; what else can be asked for may differ. */
static void read_match(struct ssh_scan *s, struct str line)
{
	bool odd = false;
	for (struct str w, value; take_word(&line, &w, &odd);) {
		if (w.n && *w.p == '!') w = skip(w, 1);
		if (is(w, "all")) continue;
		bool names = is(w, "originalhost");
		if ((!names && !is(w, "user") && !is(w, "localuser")) || !take_word(&line, &value, &odd)) {
			unsure(s, "a Match line asks for more than names and users");
			return;
		}
		if (!names) continue;
		struct ssh_condition c = { .match_list = true };
		vec_push(s->arena, &c.patterns, kept(s, value));
		add_condition(s, &c);
	}
	if (odd) unsure(s, "a Match line is quoted in an odd way");
}

static void read_file(struct ssh_scan *s, const char *path, bool users, unsigned depth);

static void include(struct ssh_scan *s, const char *pattern, bool users, unsigned depth)
{
	const char *home = s->home;
	glob_t found = { 0 };
	if (depth >= MOST_DEPTH) {
		unsure(s, "files include each other too deeply");
		return;
	}
	if (*pattern == '~' && (pattern[1] != '/' || !home || !users)) {
		unsure(s, "an Include line names another user's home");
		return;
	}
	if (*pattern == '~') pattern = arena_printf(s->arena, "%s%s", home, pattern + 1);
	else if (*pattern != '/' && users) pattern = arena_printf(s->arena, "%s/.ssh/%s", home ? home : "", pattern);
	else if (*pattern != '/') pattern = arena_printf(s->arena, "%s/%s", SYSTEM_DIR, pattern);
	int r = glob(pattern, 0, NULL, &found);
	if (r && r != GLOB_NOMATCH) unsure(s, "an Include line can't be followed");
	for (size_t i = 0; i < found.gl_pathc; i++) read_file(s, found.gl_pathv[i], users, depth + 1);
	globfree(&found);
}

static void read_include(struct ssh_scan *s, struct str line, bool users, unsigned depth)
{
	bool odd = false;
	for (struct str w; take_word(&line, &w, &odd);) {
		if (memchr(w.p, '%', w.n) || memchr(w.p, '$', w.n)) unsure(s, "an Include line has tokens");
		else include(s, arena_strndup(s->arena, w.p, w.n), users, depth);
	}
	if (odd) unsure(s, "an Include line is quoted in an odd way");
}

/* ---- lines and files */

static void expect_value(struct ssh_scan *s, struct str line, const char *value, const char *why)
{
	bool odd = false;
	struct str w;
	if (!take_word(&line, &w, &odd) || odd || !is(w, value)) unsure(s, why);
}

static void read_line(struct ssh_scan *s, struct str line, bool users, unsigned depth)
{
	const char *nul = memchr(line.p, 0, line.n);
	if (nul) line.n = (size_t)(nul - line.p);
	while (line.n > 1 && (is_blank(line.p[line.n - 1]) || line.p[line.n - 1] == '\f')) line.n--;
	struct str at = skip_blank(line);
	struct str word = take_keyword(&at);
	if (!word.n && at.n) word = take_keyword(&at); /* a line may begin with white space and `=` */
	if (!word.n || *word.p == '#') return;
	if (memchr(word.p, '"', word.n)) unsure(s, "a keyword is quoted");
	else if (is(word, "host")) read_host(s, at);
	else if (is(word, "match")) read_match(s, at);
	else if (is(word, "include")) read_include(s, at, users, depth);
	else if (is(word, "canonicalizehostname")) expect_value(s, at, "no", "CanonicalizeHostname looks names up");
	else if (is(word, "canonicalizepermittedcnames")) expect_value(s, at, "none", "CanonicalizePermittedCNAMEs looks names up");
	else if (is(word, "user") && (memchr(at.p, '%', at.n) || memchr(at.p, '$', at.n))) unsure(s, "a User line has tokens");
}

void ssh_scan_text(struct ssh_scan *s, struct str text, bool users, unsigned depth)
{
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		read_line(s, (struct str){ text.p, n }, users, depth);
		text = skip(text, n + (end != NULL));
	}
}

/* A file that isn't there, or isn't ours to read, is none to ssh either. */
static void read_file(struct ssh_scan *s, const char *path, bool users, unsigned depth)
{
	struct str text;
	if (access(path, R_OK)) {
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) unsure(s, "a file can't be read");
		return;
	}
	if (s->files.n >= MOST_FILES) {
		unsure(s, "there are too many files");
		return;
	}
	if (!file_read(s->arena, path, MOST_BYTES - s->bytes, &text, NULL)) {
		unsure(s, "a file can't be read, or is too large");
		return;
	}
	s->bytes += text.n;
	vec_push(s->arena, &s->files, (const char *)arena_strdup(s->arena, path));
	ssh_scan_text(s, text, users, depth);
}

void ssh_scan_read(struct ssh_scan *s, struct arena *a, const struct ssh_me *me, const char *file)
{
	*s = (struct ssh_scan){ .arena = a, .home = me->home };
	if (file) {
		if (strcasecmp(file, "none")) read_file(s, file, true, 0);
		return;
	}
	if (s->home) read_file(s, arena_printf(a, "%s/.ssh/config", s->home), true, 0);
	read_file(s, SYSTEM_FILE, false, 0);
}

/* ---- classes */

static bool meets(const struct ssh_condition *c, struct str name)
{
	bool matched = false;
	if (c->match_list) return host_pattern_list(name, c->patterns.at[0], true, NULL);
	for (size_t i = 0; i < c->patterns.n; i++) {
		struct str p = c->patterns.at[i];
		bool negated = p.n && *p.p == '!';
		if (!host_pattern_match(name, negated ? skip(p, 1) : p, false)) continue;
		if (negated) return false;
		matched = true;
	}
	return matched;
}

void ssh_scan_class(const struct ssh_scan *s, struct str name, struct buf *key)
{
	for (size_t i = 0; i < s->conditions.n; i += 8) {
		unsigned byte = 0;
		for (size_t k = i; k < i + 8 && k < s->conditions.n; k++) byte |= (unsigned)meets(&s->conditions.at[k], name) << (k - i);
		buf_putc(key, (char)byte);
	}
}
