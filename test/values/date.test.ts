import { checkDate, isDate } from '../../src/values/date';

test.each(['2026-12-01', '2028-02-29', '2026-12-01T08:00Z', '2026-12-01T08:00:30.5+02:00'])('%s is a date', (d) =>
  expect(isDate(d)).toBe(true),
);

test.each([
  '2026-02-30',
  '2026-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-1-1',
  'soon',
  '',
  '2026-12-01T25:00Z',
  '2026-12-01T08:00',
  7,
])('%s is none', (d) => expect(isDate(d)).toBe(false));

test('the error says how it is written', () =>
  expect(() => checkDate('2026-02-30', 'until of "dev1"')).toThrow(
    'until of "dev1" is "2026-02-30", which is not a date: write it like "2026-12-01"',
  ));
