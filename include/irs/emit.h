/*
 * emit: from a checked program to an image.  What becomes of what is written
 * in docs/HACKING.md, "What the author's text becomes"; the machine's side of
 * it in docs/image.md.  It decides nothing that the checker has not decided,
 * and takes nothing hidden along: the resolution is not even looked at.
 */
#ifndef IRS_EMIT_H
#define IRS_EMIT_H

#include "irs/check.h"
#include "irs/image.h"

/* The image of a program that has a scenario and no errors; it lives in `a` and was verified. False with `e` where the scenario is larger
 * than an image can be ("the scenario has more targets than the machine allows"). */
bool emit_image(const struct program *p, struct image *out, struct arena *a, struct err *e);

/* How an image names a source file: relative to the folder of the scenario, "stdlib/net.irs" for the standard library. In `a`. */
struct str emit_file_name(const struct program *p, uint32_t file, struct arena *a);

#endif
