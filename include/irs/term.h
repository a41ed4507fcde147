/* term: what the other end of a file descriptor can show. Asked once, at the start; a program that is resized in the middle asks again. */
#ifndef IRS_TERM_H
#define IRS_TERM_H

#include <stdbool.h>

struct term {
	bool tty;         /* a terminal: progress in place, else plain lines */
	bool color;       /* a terminal, and neither NO_COLOR nor TERM=dumb */
	unsigned columns; /* 80 where nobody knows */
};

struct term term_of(int fd);

#endif
