#include "irs/source.h"

#include "irs/file.h"

static uint32_t take(struct sources *ss, const char *path, struct str text)
{
	struct source *s = arena_new_of(ss->arena, struct source);
	s->marked = str_starts(text, STR("\xef\xbb\xbf"));
	if (s->marked) text = (struct str){ text.p + 3, text.n - 3 };
	s->path = arena_strdup(ss->arena, path);
	s->text = text;
	vec_push(ss->arena, &ss->file, s);
	return (uint32_t)(ss->file.n - 1);
}

bool source_read(struct sources *ss, const char *path, uint32_t *file, struct err *e)
{
	struct str text;
	if (!file_read(ss->arena, path, SOURCE_MAX_BYTES, &text, e)) return false;
	*file = take(ss, strcmp(path, "-") == 0 ? "<stdin>" : path, text);
	return true;
}

uint32_t source_add(struct sources *ss, const char *path, struct str text)
{
	return take(ss, path, (struct str){ arena_strndup(ss->arena, text.p, text.n), text.n });
}

static void find_lines(struct sources *ss, struct source *s)
{
	if (s->line) return;
	size_t n = 1;
	for (const char *p = s->text.p, *end = p + s->text.n; (p = memchr(p, '\n', (size_t)(end - p))); p++) n++;
	s->line = arena_array_of(ss->arena, uint32_t, n);
	s->nlines = 1;
	for (const char *p = s->text.p, *end = p + s->text.n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		s->line[s->nlines++] = (uint32_t)(p + 1 - s->text.p);
}

/* Index of the line that holds `offset`. */
static size_t line_of(const struct source *s, uint32_t offset)
{
	size_t lo = 0, hi = s->nlines;
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;
		if (s->line[mid] <= offset) lo = mid;
		else hi = mid;
	}
	return lo;
}

struct place source_place(struct sources *ss, uint32_t file, uint32_t offset)
{
	struct source *s = ss->file.at[file];
	find_lines(ss, s);
	if (offset > s->text.n) offset = (uint32_t)s->text.n;
	size_t line = line_of(s, offset);
	struct str before = { s->text.p + s->line[line], offset - s->line[line] };
	return (struct place){ (uint32_t)line + 1, (uint32_t)str_chars(before) + 1 };
}

struct str source_line(struct sources *ss, uint32_t file, uint32_t line)
{
	struct source *s = ss->file.at[file];
	find_lines(ss, s);
	if (!line || line > s->nlines) return (struct str){ "", 0 };
	uint32_t start = s->line[line - 1];
	size_t end = line < s->nlines ? s->line[line] - 1 : s->text.n;
	if (end > start && s->text.p[end - 1] == '\r') end--;
	return (struct str){ s->text.p + start, end - start };
}
