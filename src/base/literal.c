#include "irs/literal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct unit {
	const char *name;
	int64_t factor;
};

/* Descending, as durations are written. */
static const struct unit duration_unit[] = {
	{ "d", 86400 * NS_PER_S }, { "h", 3600 * NS_PER_S }, { "m", 60 * NS_PER_S }, { "s", NS_PER_S },
	{ "ms", 1000000 },	   { "us", 1000 },	     { "ns", 1 },
};

/* Binary units first: what is whole in one of them is written so. */
static const struct unit size_unit[] = {
	{ "TiB", INT64_C(1) << 40 }, { "GiB", 1 << 30 },     { "MiB", 1 << 20 }, { "KiB", 1 << 10 },
	{ "TB", INT64_C(1000000000000) }, { "GB", 1000000000 }, { "MB", 1000000 },  { "kB", 1000 },
	{ "B", 1 },
};

#define COUNT(t) (sizeof(t) / sizeof *(t))

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int digit_value(char c)
{
	if (is_digit(c)) return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	if (c >= 'A' && c <= 'F') return c - 'A' + 10;
	return 99;
}

/* Digits of a base with `_` between two of them; takes as many as there are off `s`. */
static enum literal_fault take_digits(struct str *s, int base, int64_t *out)
{
	int64_t v = 0;
	size_t i = 0;
	bool overflow = false;
	for (; i < s->n; i++) {
		if (s->p[i] == '_' && i && i + 1 < s->n && s->p[i - 1] != '_') continue;
		int d = digit_value(s->p[i]);
		if (d >= base) break;
		overflow |= __builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v);
	}
	if (!i || s->p[i - 1] == '_') return LIT_SYNTAX;
	s->p += i;
	s->n -= i;
	if (overflow) return LIT_OVERFLOW;
	*out = v;
	return LIT_OK;
}

enum literal_fault literal_int(struct str s, int64_t *out)
{
	int64_t v = 0;
	bool hex = str_starts(s, STR("0x"));
	if (hex) s = (struct str){ s.p + 2, s.n - 2 };
	enum literal_fault f = take_digits(&s, hex ? 16 : 10, &v);
	if (s.n) return LIT_SYNTAX;
	if (f == LIT_OK) *out = v;
	return f;
}

enum literal_fault literal_float(struct str s, double *out)
{
	char z[400];
	size_t dot = 0;
	while (dot < s.n && is_digit(s.p[dot])) dot++;
	if (!dot || dot + 1 >= s.n || s.p[dot] != '.' || !is_digit(s.p[dot + 1])) return LIT_SYNTAX;
	if (s.n >= sizeof z) return LIT_OVERFLOW;
	memcpy(z, s.p, s.n);
	z[s.n] = 0;
	char *end;
	errno = 0;
	double v = strtod(z, &end);
	if (*end) return LIT_SYNTAX;
	if (errno == ERANGE && v > 1) return LIT_OVERFLOW;
	*out = v;
	return LIT_OK;
}

/* The unit whose name begins `s`; the longest one that fits ("ms" before "m"). */
static const struct unit *take_unit(struct str *s, const struct unit *t, size_t n)
{
	size_t len = 0;
	while (len < s->n && !is_digit(s->p[len])) len++;
	for (size_t i = 0; i < n; i++) {
		if (!str_eq((struct str){ s->p, len }, str_of(t[i].name))) continue;
		s->p += len;
		s->n -= len;
		return &t[i];
	}
	return NULL;
}

enum literal_fault literal_duration(struct str s, int64_t *ns)
{
	int64_t total = 0;
	const struct unit *before = NULL;
	bool overflow = false;
	do {
		int64_t v = 0;
		enum literal_fault f = take_digits(&s, 10, &v);
		if (f == LIT_SYNTAX) return f;
		const struct unit *u = take_unit(&s, duration_unit, COUNT(duration_unit));
		if (!u || (before && u <= before)) return LIT_UNIT;
		before = u;
		overflow |= f == LIT_OVERFLOW || __builtin_mul_overflow(v, u->factor, &v) || __builtin_add_overflow(total, v, &total);
	} while (s.n);
	if (overflow) return LIT_OVERFLOW;
	*ns = total;
	return LIT_OK;
}

enum literal_fault literal_size(struct str s, int64_t *bytes)
{
	int64_t v = 0;
	enum literal_fault f = take_digits(&s, 10, &v);
	if (f == LIT_SYNTAX) return f;
	const struct unit *u = take_unit(&s, size_unit, COUNT(size_unit));
	if (!u || s.n) return LIT_UNIT;
	if (f == LIT_OVERFLOW || __builtin_mul_overflow(v, u->factor, &v)) return LIT_OVERFLOW;
	*bytes = v;
	return LIT_OK;
}

enum literal_fault literal_percent(struct str s, int64_t *millionths)
{
	int64_t whole = 0, fraction = 0, scale = PERCENT_ONE;
	enum literal_fault f = take_digits(&s, 10, &whole);
	if (f == LIT_SYNTAX) return f;
	if (s.n && s.p[0] == '.') {
		size_t i = 1;
		for (; i < s.n && is_digit(s.p[i]); i++) {
			if (scale == 1 && s.p[i] != '0') return LIT_OVERFLOW;
			if (scale > 1) fraction += (s.p[i] - '0') * (scale /= 10);
		}
		if (i == 1) return LIT_SYNTAX;
		s = (struct str){ s.p + i, s.n - i };
	}
	if (!str_eq(s, STR("%"))) return LIT_UNIT;
	if (f == LIT_OVERFLOW || __builtin_mul_overflow(whole, PERCENT_ONE, &whole) ||
	    __builtin_add_overflow(whole, fraction, &whole))
		return LIT_OVERFLOW;
	*millionths = whole;
	return LIT_OK;
}

/* |v|, also of the smallest integer; puts the sign. */
static uint64_t put_sign(struct buf *b, int64_t v)
{
	if (v < 0) buf_putc(b, '-');
	return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

void literal_put_duration(struct buf *b, int64_t ns)
{
	uint64_t rest = put_sign(b, ns);
	if (!rest) buf_puts(b, "0s");
	for (size_t i = 0; rest; i++) {
		uint64_t factor = (uint64_t)duration_unit[i].factor;
		if (rest < factor) continue;
		buf_printf(b, "%llu%s", (unsigned long long)(rest / factor), duration_unit[i].name);
		rest %= factor;
	}
}

void literal_put_size(struct buf *b, int64_t bytes)
{
	uint64_t v = put_sign(b, bytes);
	size_t i = COUNT(size_unit) - 1;
	for (size_t k = 0; v && k < COUNT(size_unit); k++) {
		if (v % (uint64_t)size_unit[k].factor) continue;
		i = k;
		break;
	}
	buf_printf(b, "%llu%s", (unsigned long long)(v / (uint64_t)size_unit[i].factor), size_unit[i].name);
}

void literal_put_percent(struct buf *b, int64_t millionths)
{
	uint64_t v = put_sign(b, millionths);
	buf_printf(b, "%llu", (unsigned long long)(v / PERCENT_ONE));
	unsigned fraction = (unsigned)(v % PERCENT_ONE);
	if (fraction) {
		char digits[8];
		snprintf(digits, sizeof digits, "%06u", fraction);
		for (size_t n = 6; digits[n - 1] == '0'; n--) digits[n - 1] = 0;
		buf_printf(b, ".%s", digits);
	}
	buf_putc(b, '%');
}

/* Digits that tell `v` from its neighbours; *exponent as if one of them stood before the dot. 17 tell any double. */
static int float_digits(double v, int *exponent)
{
	char z[40];
	int digits = 0;
	do snprintf(z, sizeof z, "%.*e", digits++, v);
	while (strtod(z, NULL) != v && digits < 17);
	*exponent = atoi(strchr(z, 'e') + 1);
	return digits;
}

void literal_put_float(struct buf *b, double v)
{
	int exponent, digits;
	if (!isfinite(v)) {
		buf_puts(b, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
		return;
	}
	digits = float_digits(v, &exponent);
	bool plain = exponent >= -6 && exponent < 17;
	int behind = digits - 1 - (plain ? exponent : 0);
	buf_printf(b, plain ? "%.*f" : "%.*e", behind > 1 ? behind : 1, v);
}

void literal_put_duration_rounded(struct buf *b, int64_t ns)
{
	uint64_t v = put_sign(b, ns);
	if (!v) {
		buf_puts(b, "0 s");
	} else if (v < 1000) {
		buf_printf(b, "%llu ns", (unsigned long long)v);
	} else if (v < 1000000) {
		buf_printf(b, "%.3g us", (double)v / 1e3);
	} else if (v < (uint64_t)NS_PER_S) {
		buf_printf(b, "%llu ms", (unsigned long long)(v / 1000000));
	} else if (v < 10 * (uint64_t)NS_PER_S) {
		buf_printf(b, "%.2g s", (double)(v / 100000000) / 10);
	} else {
		uint64_t s = v / (uint64_t)NS_PER_S;
		static const struct unit u[] = { { "d", 86400 }, { "h", 3600 }, { "m", 60 }, { "s", 1 } };
		size_t i = 0;
		while ((uint64_t)u[i].factor > s) i++;
		buf_printf(b, "%llu%s%s", (unsigned long long)(s / (uint64_t)u[i].factor), i == 3 ? " " : "", u[i].name);
		s %= (uint64_t)u[i].factor;
		if (i < 3 && s / (uint64_t)u[i + 1].factor)
			buf_printf(b, " %llu%s", (unsigned long long)(s / (uint64_t)u[i + 1].factor), u[i + 1].name);
	}
}
