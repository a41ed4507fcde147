/* irsc_dis_tables: the image's tables as Markdown, for docs/image.md: sections, roles, opcodes, builtins, arithmetic, and the verifier's rules. */
#ifndef IRS_CMD_IRSC_DIS_TABLES_H
#define IRS_CMD_IRSC_DIS_TABLES_H

#include "irs/buf.h"

void image_tables(struct buf *out);

#endif
