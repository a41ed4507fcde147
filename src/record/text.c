#include "irs/journal.h"

#include "irs/buf.h"

json_t *journal_text(struct str s, size_t limit)
{
	struct buf b = { 0 };
	uint32_t cp;
	size_t i = 0;
	while (i < s.n && b.n < limit) {
		size_t n = utf8_decode(s.p + i, s.n - i, &cp);
		if (n && s.p[i]) buf_add(&b, s.p + i, n);
		else buf_puts(&b, "\xef\xbf\xbd");
		i += n ? n : 1;
	}
	if (i < s.n) buf_puts(&b, "…");
	json_t *j = json_stringn(b.p ? b.p : "", b.n);
	buf_free(&b);
	return j;
}
