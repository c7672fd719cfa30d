import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as m from '../../../src';
import { errorOf, refuses, solo } from './support';

refuses([
  [
    'an environment that forks nothing',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', forks: [] }),
    /environment "dev1" forks nothing/,
  ],
  [
    'an environment that forks twice',
    (c) => {
      const s = solo(c);
      new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', forks: [s.fork(), s.fork()] });
    },
    /forks service "solo" twice/,
  ],
  [
    'two environments of one name',
    (c) => {
      const s = solo(c);
      for (const i of ['A', 'B']) new m.HeaderRoutedDevEnv(c, i, { name: 'dev1', header: 'x', forks: [s.fork()] });
    },
    /^environment "dev1" is declared twice: at "chart\/A" \(.*environments\.test\.ts:\d+\) and at "chart\/B" \(.*environments\.test\.ts:\d+\), and both make "solo-dev1"; give one of them another name/,
  ],
  [
    'an environment of a file, declared in code too',
    (c) => {
      const folder = mkdtempSync(join(tmpdir(), 'envs-'));
      writeFileSync(join(folder, 'dev.yaml'), 'name: dev1\nforks: { solo: { image: x } }\n');
      const services = { solo: solo(c) };
      new m.HeaderRoutedDevEnv(c, 'Mine', { name: 'dev1', header: 'x', forks: [services.solo.fork()] });
      m.HeaderRoutedDevEnv.fromFiles(c, folder, services, { header: 'x' });
    },
    /dev\.yaml:1:7: environment "dev1" is declared twice: at "chart\/Mine" .* and at "chart\/env-dev1"/,
  ],
  [
    'a policy for a fork alone',
    (c) => {
      const { forks } = new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', forks: [solo(c).fork()] });
      (forks[0] as any).callPolicyFrom(solo, {});
    },
    /service "solo-dev1" is a fork: say its policies for the service that it is a copy of/,
  ],
  [
    'the name of a version',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'v1', header: 'x', forks: [solo(c).fork()] }),
    /environment "v1" has the name of a version of service "solo", whose Deployment is "solo-v1" already/,
  ],
  [
    'no carrier',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', forks: [solo(c).fork()] } as any),
    /"chart\/E" has no carrier: give it one of header, baggage and tracestate/,
  ],
  [
    'two carriers',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', baggage: 'y', forks: [solo(c).fork()] } as any),
    /"chart\/E" has header and baggage: give it one/,
  ],
  [
    'a service instead of a fork',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', forks: [solo(c)] } as any),
    /forks of environment "dev1" has something else than a fork: say service\.fork/,
  ],
  [
    'a misspelt property',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', fork: [solo(c).fork()] } as any),
    /"chart\/E" has no property "fork" \(did you mean "forks"\?\)/,
  ],
  [
    'a day that does not exist',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', until: '2026-02-30', forks: [solo(c).fork()] }),
    /until of "dev1" is "2026-02-30", which is not a date/,
  ],
  [
    'an account for a fork',
    (c) => solo(c).fork({ serviceAccount: 'own' } as any),
    /fork of service "solo" has a serviceAccount: it runs as the version that it stands for/,
  ],
  ['a policy for a fork', (c) => solo(c).fork({ callPolicy: {} }), /fork of service "solo" has no property "callPolicy"/],
  ['a misspelt change', (c) => solo(c).fork({ img: 'x' }), /fork of service "solo" has no property "img"/],
  ['a fork of nothing', (c) => solo(c).fork('x'), /fork of service "solo" has "x" for its properties/],
  [
    'an image with a space',
    (c) => solo(c).fork({ image: 'a b' }),
    /image of fork of service "solo" is "a b": an image has no spaces/,
  ],
  [
    'a variable that begins with a digit',
    (c) => solo(c).fork({ env: { '1A': 'x' } }),
    /env of fork of service "solo": "1A" is no name of an environment variable/,
  ],
]);

test('teams may share a name for an environment of different services', () => {
  const message = errorOf((c) => {
    const other = new m.MeshService(c, 'Other', { port: m.Port.http(80), versions: { v1: { image: 'x:1' } } });
    for (const s of [solo(c), other]) new m.HeaderRoutedDevEnv(c, s.name, { name: 'dev1', header: 'x', forks: [s.fork()] });
  });
  expect(message).toBe('(no error)');
});

describe('environment files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'envs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const files: [what: string, text: string, says: RegExp][] = [
    ['broken YAML', 'name: [dev1\n', /dev\.yaml:2:1: the file cannot be read as YAML: .*[^:]$/],
    [
      'YAML that is broken in two ways',
      'name: [a\nforks: : {\n',
      /^[^\n]*dev\.yaml:2:1: the file cannot be read as YAML: Flow sequence [^\n]*[^:\n]$/,
    ],
    [
      'two environments in one file',
      'name: dev1\nforks: { solo: { image: x } }\n---\nname: dev2\n',
      /^[^\n]*dev\.yaml:3:1: the file has several YAML documents \("---"\): a file is one environment, so put each into a file of its own$/,
    ],
    ['a list', '- a\n', /dev\.yaml:1:1: an environment file is a map/],
    [
      'an unknown key',
      'name: dev1\nfork: {}\nforks: { solo: { image: x } }\n',
      /dev\.yaml:2:1: an environment has no "fork".*did you mean "forks"/,
    ],
    [
      'an unknown service',
      'name: dev1\nforks:\n  sol: { image: x }\n',
      /dev\.yaml:3:3: service "sol" cannot be forked here.*did you mean "solo"/,
    ],
    ['no image', 'name: dev1\nforks:\n  solo: { replicas: 2 }\n', /dev\.yaml:3:9: fork of "solo" has no image/],
    ['no name', 'forks:\n  solo: { image: x }\n', /dev\.yaml:1:1: the environment has no name/],
    [
      'a number as environment variable',
      'name: dev1\r\nforks:\r\n  solo:\r\n    image: x\r\n    env: { A: 1 }\r\n',
      /dev\.yaml:5:15: env A of "solo" has to be text: put it in quotes/,
    ],
    [
      'replicas that are none',
      'name: dev1\nforks:\n  solo: { image: x, replicas: -1 }\n',
      /dev\.yaml:3:31: replicas of "solo" has to be a whole number/,
    ],
    [
      'a day that does not exist',
      'name: dev1\nuntil: 2026-02-30\nforks: { solo: { image: x } }\n',
      /dev\.yaml:2:8: until is "2026-02-30", which is not a date/,
    ],
    [
      'a name with capitals',
      'forks: { solo: { image: x } }\nname: Dev1\n',
      /dev\.yaml:2:7: name of the environment is "Dev1": only lower-case/,
    ],
    [
      'an environment variable with a space',
      'name: dev1\nforks:\n  solo:\n    image: x\n    env: { "MY VAR": "1" }\n',
      /dev\.yaml:5:12: env of "solo": "MY VAR" is no name of an environment variable/,
    ],
    [
      'an image with a space',
      'name: dev1\nforks:\n  solo:\n    image: "x: 1"\n',
      /dev\.yaml:4:12: image of "solo" is "x: 1": an image has no spaces/,
    ],
    [
      'a name that is too long with the service',
      `name: ${'a'.repeat(60)}\nforks: { solo: { image: x } }\n`,
      /dev\.yaml:1:7: name of the fork of service "solo" for environment "a+" is .* 63 are allowed/,
    ],
  ];
  test.each(files)('%s', (_what, text, says) => {
    writeFileSync(join(folder, 'dev.yaml'), text);
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, folder, { solo: solo(c) }, { header: 'x-env' }))).toMatch(says);
  });
  test('one environment in two files', () => {
    for (const f of ['dev.yaml', 'more.yaml']) writeFileSync(join(folder, f), 'name: dev1\nforks: { solo: { image: x } }\n');
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, folder, { solo: solo(c) }, { header: 'x-env' }))).toMatch(
      /more\.yaml:1:7: environment "dev1" is declared already, at .*dev\.yaml:1:7/,
    );
    rmSync(join(folder, 'more.yaml'));
  });
  test('JSON is read too, and has lines', () => {
    writeFileSync(join(folder, 'dev.yaml'), 'name: dev1\nforks: { solo: { image: x } }\n');
    writeFileSync(
      join(folder, 'dev2.json'),
      '{\n  "name": "dev2",\n  "until": "soon",\n  "forks": { "solo": { "image": "x" } }\n}\n',
    );
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, folder, { solo: solo(c) }, { header: 'x-env' }))).toMatch(
      /^\[chart\] \S*dev2\.json:3:12: until is "soon"/,
    );
    rmSync(join(folder, 'dev2.json'));
  });
  test('what only the app can know is told at the line too, for all files at once', () => {
    for (const n of [1, 2])
      writeFileSync(join(folder, `dev${n === 1 ? '' : n}.yaml`), `name: dev${n}\nforks: { solo: { image: x } }\n`);
    const message = errorOf((c) => {
      const s = solo(c, { port: m.Port.tcp(1) });
      m.HeaderRoutedDevEnv.fromFiles(c, folder, { solo: s }, { header: 'x-env' });
    });
    expect(message).toMatch(
      /^\[chart\/env-dev1\] \S*dev\.yaml:1:7: a header-routed environment needs an HTTP port[^\n]*\n\[chart\/env-dev2\] \S*dev2\.yaml:1:7: a header-routed/,
    );
    rmSync(join(folder, 'dev2.yaml'));
  });
  test('no carrier, and no services, also where there are no files', () => {
    const empty = mkdtempSync(join(tmpdir(), 'envs-'));
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, empty, { solo: solo(c) }, {} as any))).toMatch(
      /has no carrier: give it one/,
    );
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, empty, undefined as any, { header: 'x' }))).toMatch(
      /may fork are missing/,
    );
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, empty, { solo: 'solo' } as any, { header: 'x' }))).toMatch(
      /"solo" of the services that the files of .* may fork is none/,
    );
  });
  test('a folder whose name is that of a file is passed over', () => {
    mkdirSync(join(folder, 'old.yaml'));
    writeFileSync(join(folder, 'dev.yaml'), 'name: dev1\nforks: { solo: { image: x } }\n');
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, folder, { solo: solo(c) }, { header: 'x' }))).toBe('(no error)');
    rmSync(join(folder, 'old.yaml'), { recursive: true });
  });
  test("hidden files, such as an editor's, are passed over", () => {
    const own = mkdtempSync(join(tmpdir(), 'envs-'));
    for (const f of ['.hidden.yaml', '._dev1.yaml', '.#dev1.yaml']) writeFileSync(join(own, f), '\u0000\u0005');
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, own, { solo: solo(c) }, { header: 'x' }))).toBe('(no error)');
    rmSync(own, { recursive: true });
  });
  test('an ending in capitals is one too', () => {
    const own = mkdtempSync(join(tmpdir(), 'envs-'));
    writeFileSync(join(own, 'x.YAML'), 'name: dev1\n');
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, own, { solo: solo(c) }, { header: 'x' }))).toMatch(
      /x\.YAML:1:1: forks/,
    );
    rmSync(own, { recursive: true });
  });
  test('no folder', () =>
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, join(folder, 'none'), { solo: solo(c) }, { header: 'x' }))).toMatch(
      /cannot read the environments folder/,
    ));
});
