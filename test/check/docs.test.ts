import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../src/check/rules';
import { checksPage } from '../../tools/checks-doc';

test('docs/checks.md is what the rules say (npm run docs:checks)', () => {
  expect(readFileSync(join(__dirname, '..', '..', 'docs', 'checks.md'), 'utf8')).toBe(checksPage(RULES));
});

test.each(RULES.map((r) => [r.name, r] as const))('%s says why, and what to do', (_, r) => {
  expect(r.summary).toMatch(/^[a-z"`A-Z].*[^.]$/);
  expect(r.why.length).toBeGreaterThan(40);
  expect(r.remedy.length).toBeGreaterThan(20);
  for (const text of [r.why, r.remedy]) expect(text).toMatch(/[.)`]$/);
});
