import { Lazy } from 'cdk8s';
import fc from 'fast-check';
import { accountName, didYouMean, dnsLabel, hostName, kebab, quoted, text } from '../../src/values/names';

const RUNS = Number(process.env.FC_RUNS ?? 1000);
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const dotted = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
const host = dotted.filter((h) => !/(^|\.)\d+$/.test(h));
const RFC1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

describe('text', () => {
  test.each([
    [undefined, /it is missing: it has to be text/],
    [null, /it is null: it has to be text/],
    [7, /it is 7: it has to be text/],
    [['a'], /it is a list of 1: it has to be text/],
    ['', /it is empty/],
    [
      Lazy.any({ produce: () => 'later' }),
      /it is a Lazy value, which is known too late \(pass the value itself\): it has to be text/,
    ],
  ])('%j is refused', (value, says) => expect(() => text(value, 'it')).toThrow(says));

  test('empty text is text where that is said', () => {
    expect(text('', 'it', 'or empty')).toBe('');
    expect(() => text(undefined, 'it', 'or empty')).toThrow('it is missing');
  });
});

describe('dnsLabel', () => {
  test('takes exactly the labels of RFC 1123', () => {
    fc.assert(
      fc.property(fc.oneof(label, fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...'ab0-._A é') })), (name) => {
        if (RFC1123.test(name)) expect(dnsLabel(name, 'name')).toBe(name);
        else expect(() => dnsLabel(name, 'name')).toThrow(`name is "${name}": only lower-case letters, digits and "-"`);
      }),
      { numRuns: RUNS },
    );
  });

  test('up to 63 characters', () => {
    expect(dnsLabel('a'.repeat(63), 'name')).toHaveLength(63);
    expect(() => dnsLabel('a'.repeat(64), 'name')).toThrow('which has 64 characters: 63 are allowed');
  });
});

describe('accountName', () => {
  test('takes labels with dots between them', () => {
    fc.assert(
      fc.property(dotted, (name) => expect(accountName(name, 'account')).toBe(name)),
      { numRuns: RUNS },
    );
    expect(accountName('a'.repeat(253), 'account')).toHaveLength(253);
    expect(() => accountName('a'.repeat(254), 'account')).toThrow('253 are allowed');
  });

  test.each(['*', 'a*', 'a/b', 'a b', 'A', 'a..b', '-a', 'a.', 'ns/x/sa/y'])('%s is refused', (name) =>
    expect(() => accountName(name, 'account')).toThrow('is not the name of a service account'),
  );
});

describe('hostName', () => {
  test.each(['1.2.3.4', '1.2.3.400', 'a.1', '7'])('%s is refused, since its last part is a number', (h) =>
    expect(() => hostName(h, 'host')).toThrow('its last part is a number, as of an IP'),
  );

  test('takes labels with dots between them; a wildcard for the first one where that is said', () => {
    fc.assert(
      fc.property(host, (h) => {
        expect(hostName(h, 'host')).toBe(h);
        expect(hostName(`*.${h}`, 'host', true)).toBe(`*.${h}`);
        expect(() => hostName(`*.${h}`, 'host')).toThrow('a wildcard is not possible here');
        expect(() => hostName(`${h}:80`, 'host')).toThrow('give the host without a port');
        expect(() => hostName(`https://${h}`, 'host')).toThrow('give the host name alone, without "https://"');
      }),
      { numRuns: RUNS },
    );
  });

  test.each(['a..b', '.a', 'a.', 'A.b', 'a.*.b', '*a.b', 'a_b.c', '-a.b', `${'a'.repeat(64)}.b`, '*.', 'a b'])(
    '%s is refused',
    (h) => expect(() => hostName(h, 'host', true)).toThrow(/which is not a host name/),
  );

  test('up to 253 characters; "*" alone is every host', () => {
    const long = (n: number) => `${'a.'.repeat((n - 1) / 2)}a`;
    expect(hostName(long(253), 'host')).toHaveLength(253);
    expect(() => hostName(long(255), 'host')).toThrow('which has 255 characters: 253 are allowed');
    expect(hostName('*', 'host', true)).toBe('*');
  });
});

describe('kebab', () => {
  test.each([
    ['ProductPage', 'product-page'],
    ['AliceSees500', 'alice-sees-500'],
    ['ReviewsV2', 'reviews-v2'],
    ['Svc0', 'svc-0'],
    ['Svc10', 'svc-10'],
    ['svc10', 'svc10'],
    ['HTTPServer', 'http-server'],
    ['already-kebab', 'already-kebab'],
    ['with spaces_and.dots', 'with-spaces-and-dots'],
    ['--x--', 'x'],
  ])('%s -> %s', (id, name) => expect(kebab(id)).toBe(name));

  test('gives a label, or nothing where there is neither letter nor digit', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (id) => {
        if (/[A-Za-z0-9]/.test(id)) expect(kebab(id)).toMatch(RFC1123);
        else expect(kebab(id)).toBe('');
      }),
      { numRuns: RUNS },
    );
  });

  test('loses no letter and no digit, and leaves names alone', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.stringMatching(/^[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,3}$/), (id, name) => {
        expect(kebab(id).replaceAll('-', '')).toBe(id.replace(/[^A-Za-z0-9]/g, '').toLowerCase());
        expect(kebab(name)).toBe(name);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('didYouMean', () => {
  test('one wrong letter is seen', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{3,10}$/), fc.nat(), (name, at) => {
        const i = at % name.length;
        const typo = `${name.slice(0, i)}0${name.slice(i + 1)}`;
        expect(didYouMean(typo, ['--------------------', name])).toBe(` (did you mean "${name}"?)`);
      }),
      { numRuns: RUNS },
    );
  });

  test('nothing close, nothing said', () => {
    expect(didYouMean('reviews', ['ratings-of-books', 'x'])).toBe('');
    expect(didYouMean('reviews', [])).toBe('');
  });
});

test('names in quotes', () => {
  expect(quoted(['v1', 'v2'])).toBe('"v1", "v2"');
  expect(quoted([])).toBe('none');
});
