#include "irs/str.h"


bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.n && is_space(s.p[0])) s.p++, s.n--;
	while (s.n && is_space(s.p[s.n - 1])) s.n--;
	return s;
}

/* How many bytes the first byte promises, and the smallest code point of that length (a smaller one is overlong). */
static size_t utf8_length(unsigned char first, uint32_t *bits, uint32_t *least)
{
	if (first < 0x80) return *bits = first, *least = 0, 1;
	if (first >= 0xc2 && first < 0xe0) return *bits = first & 0x1f, *least = 0x80, 2;
	if (first >= 0xe0 && first < 0xf0) return *bits = first & 0x0f, *least = 0x800, 3;
	if (first >= 0xf0 && first < 0xf5) return *bits = first & 0x07, *least = 0x10000, 4;
	return 0;
}

size_t utf8_decode(const char *p, size_t n, uint32_t *cp)
{
	uint32_t v, least;
	size_t len = n ? utf8_length((unsigned char)p[0], &v, &least) : 0;
	if (!len || len > n) return 0;
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)p[i] & 0xc0) != 0x80) return 0;
		v = v << 6 | ((unsigned char)p[i] & 0x3f);
	}
	if (v < least || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) return 0;
	*cp = v;
	return len;
}

/* Whether the eight bytes at `p` are ASCII. */
static bool is_ascii(const char *p)
{
	uint64_t bytes;
	memcpy(&bytes, p, sizeof bytes);
	return !(bytes & UINT64_C(0x8080808080808080));
}

size_t utf8_valid(const char *p, size_t n)
{
	size_t i = 0;
	while (i < n) {
		while (n - i >= sizeof(uint64_t) && is_ascii(p + i)) i += sizeof(uint64_t);
		if (i == n) break;
		uint32_t cp;
		size_t len = (unsigned char)p[i] < 0x80 ? 1 : utf8_decode(p + i, n - i, &cp);
		if (!len) break;
		i += len;
	}
	return i;
}

struct interval {
	uint32_t first, last;
};

static bool within(uint32_t cp, const struct interval *t, size_t n)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (cp > t[mid].last) lo = mid + 1;
		else hi = mid;
	}
	return lo < n && cp >= t[lo].first;
}

/* Marks that combine, and format characters without a width (Unicode 15 general categories Mn, Me, Cf), in coarse runs. */
static const struct interval no_width[] = {
	{ 0x0300, 0x036f },   { 0x0483, 0x0489 },   { 0x0591, 0x05bd },	  { 0x05bf, 0x05bf },	{ 0x05c1, 0x05c2 },
	{ 0x0610, 0x061a },   { 0x064b, 0x065f },   { 0x0670, 0x0670 },	  { 0x06d6, 0x06dc },	{ 0x0900, 0x0902 },
	{ 0x093c, 0x093c },   { 0x0941, 0x0948 },   { 0x0e31, 0x0e31 },	  { 0x0e34, 0x0e3a },	{ 0x0e47, 0x0e4e },
	{ 0x1ab0, 0x1aff },   { 0x1dc0, 0x1dff },   { 0x200b, 0x200f },	  { 0x202a, 0x202e },	{ 0x2060, 0x2064 },
	{ 0x20d0, 0x20ff },   { 0x302a, 0x302d },   { 0x3099, 0x309a },	  { 0xfe00, 0xfe0f },	{ 0xfe20, 0xfe2f },
	{ 0xfeff, 0xfeff },   { 0x1f3fb, 0x1f3ff }, { 0xe0001, 0xe007f }, { 0xe0100, 0xe01ef },
};

/* East Asian Wide and Fullwidth (UAX #11), and emoji that terminals show two columns wide. */
static const struct interval wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },	  { 0x23e9, 0x23ec },	{ 0x25fd, 0x25fe },
	{ 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x26a1, 0x26a1 },	  { 0x26d4, 0x26d4 },	{ 0x2705, 0x2705 },
	{ 0x274c, 0x274c },   { 0x2753, 0x2755 },   { 0x2795, 0x2797 },	  { 0x2b1b, 0x2b1c },	{ 0x2e80, 0x303e },
	{ 0x3041, 0x33ff },   { 0x3400, 0x4dbf },   { 0x4e00, 0xa4cf },	  { 0xa960, 0xa97c },	{ 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },	  { 0xffe0, 0xffe6 },	{ 0x16fe0, 0x18aff },
	{ 0x1b000, 0x1b2ff }, { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a },
	{ 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c }, { 0x1f37e, 0x1f393 }, { 0x1f3a0, 0x1f3ca },
	{ 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 }, { 0x1f3f4, 0x1f3f4 }, { 0x1f3f8, 0x1f3fa }, { 0x1f400, 0x1f43e },
	{ 0x1f440, 0x1f440 }, { 0x1f442, 0x1f4fc }, { 0x1f4ff, 0x1f53d }, { 0x1f54b, 0x1f54e }, { 0x1f550, 0x1f567 },
	{ 0x1f57a, 0x1f57a }, { 0x1f595, 0x1f596 }, { 0x1f5a4, 0x1f5a4 }, { 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 },
	{ 0x1f6cc, 0x1f6cc }, { 0x1f6d0, 0x1f6d2 }, { 0x1f6d5, 0x1f6d7 }, { 0x1f6dc, 0x1f6df }, { 0x1f6eb, 0x1f6ec },
	{ 0x1f6f4, 0x1f6fc }, { 0x1f7e0, 0x1f7eb }, { 0x1f90c, 0x1f9ff }, { 0x1fa70, 0x1faff }, { 0x20000, 0x3fffd },
};

#define COUNT(t) (sizeof(t) / sizeof *(t))

int utf8_width(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0)) return 0;
	if (cp < 0x300) return 1;
	if (within(cp, no_width, COUNT(no_width))) return 0;
	return within(cp, wide, COUNT(wide)) ? 2 : 1;
}

size_t str_columns(struct str s)
{
	size_t columns = 0;
	for (size_t i = 0; i < s.n;) {
		uint32_t cp;
		size_t len = utf8_decode(s.p + i, s.n - i, &cp);
		columns += len ? (size_t)utf8_width(cp) : 1;
		i += len ? len : 1;
	}
	return columns;
}

static size_t row_length(struct str s, size_t columns)
{
	size_t used = 0, blank = 0;
	bool word = false;
	uint32_t cp;
	for (size_t i = 0; i < s.n;) {
		size_t n = utf8_decode(s.p + i, s.n - i, &cp);
		used += n ? (size_t)utf8_width(cp) : 1;
		if (s.p[i] != ' ') word = true;
		else if (word) blank = i;
		if (used > columns && i) return blank ? blank : i;
		i += n ? n : 1;
	}
	return s.n;
}

struct str str_row(struct str *rest, size_t columns)
{
	struct str row = { rest->p, row_length(*rest, columns) };
	*rest = (struct str){ rest->p + row.n, rest->n - row.n };
	while (rest->n && *rest->p == ' ') *rest = (struct str){ rest->p + 1, rest->n - 1 };
	return row;
}

size_t str_chars(struct str s)
{
	size_t chars = 0;
	for (size_t i = 0; i < s.n; chars++) {
		uint32_t cp;
		size_t len = utf8_decode(s.p + i, s.n - i, &cp);
		i += len ? len : 1;
	}
	return chars;
}

enum { LONGEST_WORD = 63 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: inserting, deleting, replacing and swapping neighbours cost one each. */
static unsigned edit_distance(struct str a, struct str b)
{
	unsigned row[3][LONGEST_WORD + 1];
	if (a.n > LONGEST_WORD || b.n > LONGEST_WORD) return LONGEST_WORD;
	unsigned *before = row[0], *last = row[1], *now = row[2];
	for (size_t j = 0; j <= b.n; j++) last[j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			now[j] = least(least(now[j - 1], last[j]) + 1, last[j - 1] + (a.p[i - 1] != b.p[j - 1]));
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		unsigned *free_row = before;
		before = last, last = now, now = free_row;
	}
	return last[b.n];
}

const char *str_nearest(struct str word, const char *const *candidates, size_t n)
{
	unsigned limit = least((unsigned)(word.n < LONGEST_WORD ? word.n + 2 : 0) / 3, 3);
	const char *nearest = NULL;
	for (size_t i = 0; i < n && limit; i++) {
		unsigned d = edit_distance(word, str_of(candidates[i]));
		if (d > limit || (nearest && d == limit)) continue;
		nearest = candidates[i];
		limit = d;
	}
	return nearest;
}
