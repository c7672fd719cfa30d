import { join } from 'node:path';
import { check } from '../../src/check/check';
import { readManifests } from '../../src/manifests/files';

test('nothing is found in what the examples compile to', () => {
  const { diagnostics, summary } = check(readManifests(['dist'], join(__dirname, '..', '..')), { now: new Date('2026-12-01') });
  expect(diagnostics).toEqual([]);
  expect(summary.objects).toBeGreaterThan(100);
});
