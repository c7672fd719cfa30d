import { App, Chart } from 'cdk8s';
import { ExternalService, IngressGateway, MeshService, Port } from '../../../src';
import { problemsOf } from '../../../src/synth/problem';
import { validate } from '../../../src/synth/validate';

export type Build = (chart: Chart, app: App) => unknown;
/** What is wrong, how it comes about, and what the error says. */
export type Case = [what: string, build: Build, says: RegExp];

export const image = { image: 'x:1' };

/** A service of two versions. What is given may be wrong, so it has no type. */
export const web = (c: Chart, o: object = {}) =>
  new MeshService(c, 'Web', {
    port: Port.http(80),
    versions: { v1: image, v2: image },
    defaultVersion: 'v1',
    ...o,
  } as any) as any;
/** A service of one version. */
export const solo = (c: Chart, o: object = {}) =>
  new MeshService(c, 'Solo', { port: Port.http(80), versions: { v1: image }, ...o } as any) as any;
/** A service that speaks no HTTP. */
export const db = (c: Chart) =>
  new MeshService(c, 'Db', { port: Port.redis(6379), versions: { v1: image, v2: image }, defaultVersion: 'v1' }) as any;
export const outside = (o: object) => (c: Chart) => new ExternalService(c, 'Out', o as any);
export const gateway = (c: Chart, o: object = {}) => new IngressGateway(c, 'Edge', { hosts: ['a.example.com'], ...o } as any);

/** Builds and validates; what is thrown, if anything is. */
function thrownBy(build: Build): Error | undefined {
  const app = new App();
  const chart = new Chart(app, 'chart', { namespace: 'shop' });
  try {
    build(chart, app);
    validate(app);
    app.synthYaml();
  } catch (e) {
    return e as Error;
  }
  return undefined;
}

/** Builds, synthesizes, and gives the error. */
export const errorOf = (build: Build): string => thrownBy(build)?.message ?? '(no error)';

/** A line of the user's code or of a file of theirs, from where they stand. */
const PLACE = /^(test\/constructs\/bad-input\/[\w-]+(\.test)?\.ts:\d+|[^/]\S*\.(yaml|json):\d+:\d+)$/;

/**
 * A test for each case: the error says what it should and, unless it is about a value that no construct has been given
 * yet, which construct it is about; and `mesh synth` knows the line.
 */
export const refuses = (cases: readonly Case[], about: 'construct' | 'value' = 'construct') =>
  test.each([...cases])('%s', (_what, build, says) => {
    const thrown = thrownBy(build);
    expect(thrown?.message ?? '(no error)').toMatch(says);
    for (const problem of problemsOf(thrown)) {
      expect(problem.place).toMatch(PLACE);
      expect(problem.construct).toEqual(about === 'construct' ? expect.stringMatching(/^\w/) : undefined);
      if (about === 'construct') expect(thrown!.message).toMatch(new RegExp(`[["]${problem.construct}["\\]]`));
    }
    expect(thrown!.message).not.toContain(process.cwd());
  });
