import { App, Chart } from 'cdk8s';
import { ExternalService, IngressGateway, MeshService, Port } from '../../../src';

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

/** Builds, synthesizes, and gives the error. */
export function errorOf(build: Build): string {
  const app = new App();
  const chart = new Chart(app, 'chart', { namespace: 'shop' });
  try {
    build(chart, app);
    app.synthYaml();
  } catch (e) {
    return (e as Error).message;
  }
  return '(no error)';
}

/** A test for each case. */
export const refuses = (cases: readonly Case[]) =>
  test.each([...cases])('%s', (_what, build, says) => expect(errorOf(build)).toMatch(says));
