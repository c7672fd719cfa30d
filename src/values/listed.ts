/**
 * Texts in one line, the first of them where they are many: `a, b and 4 more`.
 * @param most so many are told
 * @param count how many there are, where some are not among the texts
 */
export function listed(all: readonly string[], most: number, count = all.length): string {
  const told = all.slice(0, most);
  return `${told.join(', ')}${count > told.length ? ` and ${count - told.length} more` : ''}`;
}
