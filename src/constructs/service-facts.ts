import type { IServiceAccount } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { dnsLabel, kebab, quoted } from '../values/names';
import type { Port } from '../values/port';
import { shown } from '../values/shown';
import { namespaceOfChart } from './chart-namespace';
import type { PodLabels } from './pod-labels';

/** What a service is known by. */
export interface ServiceFacts {
  /** The Service's name. */
  readonly name: string;
  /** Of the Service and its pods. */
  readonly namespace: string;
  /** One at least. */
  readonly ports: readonly Port[];
  /** Labels of the pods of each version. */
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Labels that all its pods share. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** All labels of its pods, where their templates are known: by these, other services over them are found. */
  readonly pods?: readonly PodLabels[];
  /** Name of the service account of each version's pods. */
  readonly serviceAccounts: Readonly<Record<string, string>>;
  /** Versions that run on virtual machines. @default - none */
  readonly machines?: readonly string[];
  /** Who gets what no rule decides, where that is said. */
  readonly defaultVersion?: string | undefined;
}

const isPort = (p: unknown) => typeof p === 'object' && p !== null && 'isHttp' in p && 'appProtocol' in p;

/** The text as the name of a version: `1.2.3` -> `v1-2-3`. */
export function versionLike(text: string): string {
  const fits = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return fits === text || !/^\d/.test(fits) ? fits : `v${fits}`;
}

/** A version is the name of a subset and part of a Deployment's. */
function versionName(version: string, what: string): void {
  try {
    dnsLabel(version, what);
  } catch (e) {
    const fits = versionLike(version);
    throw new Error(`${(e as Error).message}${fits && fits.length < 60 ? `; call it "${fits}"` : ''}`);
  }
}

/** Checks what a service is made of, and says what it is known by. */
export function factsOf(
  scope: Construct,
  id: string,
  props: { name?: string; port?: Port<any>; ports?: readonly Port<any>[]; versions: object; defaultVersion?: string },
  inNamespace?: string,
): ServiceFacts {
  const name = dnsLabel(props.name ?? kebab(id), `name of MeshService "${id}"`);
  const what = `service "${name}"`;
  for (const p of [...(props.port === undefined ? [] : [props.port]), ...(props.ports ?? [])])
    if (!isPort(p))
      throw new Error(`${what} has a port that is ${shown(p)}: it has to be one of Port's, such as Port.http(8080)`);
  if (props.port && props.ports) throw new Error(`${what} has both port and ports: use one of them`);
  const ports = props.ports ?? (props.port ? [props.port] : []);
  if (ports.length === 0) throw new Error(`${what} has no port: give it one, such as port: Port.http(8080)`);
  for (const key of ['number', 'name'] as const) {
    const twice = ports.find((p, i) => ports.findIndex((q) => q[key] === p[key]) < i);
    if (twice)
      throw new Error(
        `${what} has two ports with ${key} ${JSON.stringify(twice[key])}${key === 'name' ? ': name one of them, such as Port.http(9090, { name: "http-admin" })' : ''}`,
      );
  }
  const versions = Object.keys(props.versions);
  if (versions.length === 0) throw new Error(`${what} has no versions: give it one, such as versions: { v1: { image: '…' } }`);
  for (const v of versions) versionName(v, `version of ${what}`);
  if (props.defaultVersion !== undefined && !versions.includes(props.defaultVersion)) {
    throw new Error(`defaultVersion "${props.defaultVersion}" of ${what} is not defined (it has ${quoted(versions)})`);
  }
  const namespace = inNamespace === undefined ? namespaceOfChart(scope, what) : dnsLabel(inNamespace, `namespace of ${what}`);
  const account = (v: string) => {
    const own = (props.versions as Record<string, { serviceAccount?: unknown }>)[v]?.serviceAccount;
    return own === 'own' ? `${name}-${v}` : own && typeof own === 'object' ? (own as IServiceAccount).name : name;
  };
  return {
    name,
    namespace,
    ports,
    podLabels: { app: name },
    versions: Object.fromEntries(versions.map((v) => [v, { app: name, version: v }])),
    serviceAccounts: Object.fromEntries(versions.map((v) => [v, account(v)])),
    ...(props.defaultVersion === undefined ? {} : { defaultVersion: props.defaultVersion }),
  };
}
