#include "host_pattern.h"

static char folded(char c, bool fold)
{
	return fold && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Goes back to the last star only: an earlier one could take no more than this one can. */
bool host_pattern_match(struct str name, struct str pattern, bool fold)
{
	size_t n = 0, p = 0, star = SIZE_MAX, from = 0;
	while (n < name.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			from = n;
		} else if (p < pattern.n && (pattern.p[p] == '?' || folded(pattern.p[p], fold) == folded(name.p[n], fold))) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*') p++;
	return p == pattern.n;
}

bool host_pattern_next(struct str *list, struct str *element)
{
	if (!list->n) return false;
	const char *comma = memchr(list->p, ',', list->n);
	element->p = list->p;
	element->n = comma ? (size_t)(comma - list->p) : list->n;
	size_t past = element->n + (comma != NULL);
	*list = (struct str){ list->p + past, list->n - past };
	return true;
}

bool host_pattern_list(struct str name, struct str list, bool fold, bool *excluded)
{
	bool matched = false;
	if (excluded) *excluded = false;
	for (struct str e; host_pattern_next(&list, &e);) {
		bool negated = e.n && *e.p == '!';
		if (negated) e = (struct str){ e.p + 1, e.n - 1 };
		if (!host_pattern_match(name, e, fold)) continue;
		if (negated) {
			if (excluded) *excluded = true;
			return false;
		}
		matched = true;
	}
	return matched;
}
