/* Questions that whoever has an image asks it. */
#include "irs/image.h"

uint32_t image_find_function(const struct image *img, struct str name)
{
	for (size_t i = 0; i < img->nfunction; i++)
		if (str_eq(img->string[img->function[i].name], name)) return (uint32_t)i;
	return IMAGE_NONE;
}

static bool line_after(const struct image_line *l, uint32_t function, uint32_t pc)
{
	return l->function > function || (l->function == function && l->pc > pc);
}

bool image_place(const struct image *img, uint32_t function, uint32_t pc, uint32_t *line, uint32_t *column)
{
	size_t low = 0, high = img->nline; /* the first record after the place lies within */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (line_after(&img->line[middle], function, pc)) high = middle;
		else low = middle + 1;
	}
	if (low == 0 || img->line[low - 1].function != function) return false;
	*line = img->line[low - 1].line;
	*column = img->line[low - 1].column;
	return true;
}
