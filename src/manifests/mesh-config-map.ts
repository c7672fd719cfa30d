import { isEqual } from '../values/equal';
import { type Manifest, placeText } from './manifest';

/** Where Istio is installed, unless somebody says otherwise. */
const ROOT = 'istio-system';

/** The label of what an installation of Istio is made of, with its revision. */
export const REVISION = 'istio.io/rev';

/** Whether an object holds MeshConfig of a revision: `istio-1-31`. */
export const isOfRevision = (m: Manifest): boolean =>
  isSettings(m) && m.labels[REVISION] !== undefined && m.name === `istio-${m.labels[REVISION]}`;

const isSettings = (m: Manifest): boolean => m.kind === 'ConfigMap' && m.group === '' && m.object.data?.mesh !== undefined;

/**
 * MeshConfig as the ConfigMap `istio` holds it, where one is among the manifests (`data.mesh`, as istioctl and Helm write it); or, where
 * Istio is installed with revisions alone, the ConfigMap of the revision.
 * Source: istio, manifests/charts/istio-control/istio-discovery/templates/configmap.yaml.
 * @throws when it cannot be read, or there are several in namespaces other than istio-system, or of several revisions
 */
export function meshConfigIn(manifests: readonly Manifest[]): Readonly<Record<string, unknown>> | undefined {
  const settings = manifests.filter(isSettings);
  const all = settings.filter((m) => m.name === 'istio');
  const one = all.length > 1 ? all.find((m) => m.namespace === ROOT) : all[0];
  if (all.length > 1 && !one) {
    const places = all.map((m) => `${m.namespace || 'default'} (${placeText(m.place())})`);
    throw new Error(`ConfigMap "istio" is in the namespaces ${places.join(' and ')}: leave out all but the one of the mesh`);
  }
  if (one) return fieldsOf(one);
  const revisions = settings.filter(isOfRevision);
  if (!saySame(revisions)) {
    const names = revisions.map((m) => `ConfigMap "${m.name}" (${placeText(m.place())})`);
    throw new Error(`MeshConfig differs between revisions: ${names.join(' and ')}: leave out all but the one of the mesh`);
  }
  return revisions[0] && fieldsOf(revisions[0]);
}

/** Whether ConfigMaps hold the same MeshConfig, but for how proxies are run: there each revision names its own istiod. */
export function saySame(all: readonly Manifest[]): boolean {
  const [first, ...others] = all.map((m) => {
    const { defaultConfig: _, ...rest } = fieldsOf(m);
    return rest;
  });
  return others.every((o) => isEqual(o, first));
}

/** What a ConfigMap has of MeshConfig. */
const fieldsOf = (m: Manifest): Readonly<Record<string, unknown>> =>
  meshConfigFields(m.object.data.mesh, `${placeText(m.place(['data', 'mesh']))} ConfigMap "${m.name}"`);

/**
 * The fields of MeshConfig, written as YAML.
 * @param where what holds it, for errors
 */
export function meshConfigFields(text: unknown, where: string): Readonly<Record<string, unknown>> {
  const { parse } = require('yaml') as typeof import('yaml'); // only where there is one: it takes long to load
  let given: unknown;
  try {
    given = parse(String(text)) ?? {};
  } catch (e) {
    throw new Error(`${where} cannot be read: ${(e as Error).message.split('\n')[0]!.replace(/:$/, '')}`);
  }
  if (typeof given !== 'object' || Array.isArray(given)) throw new Error(`${where} holds no MeshConfig: it has no fields`);
  checkFields(given as Record<string, unknown>, where);
  return given as Record<string, unknown>;
}

const isText = (v: unknown) => typeof v === 'string';
const isTexts = (v: unknown) => Array.isArray(v) && v.every(isText);
/** The fields that decide about requests, and what they hold: istiod refuses a MeshConfig in which they hold something else. */
const FIELDS: Readonly<Record<string, readonly [is: (v: unknown) => boolean, words: string]>> = {
  rootNamespace: [isText, 'text'],
  trustDomain: [isText, 'text'],
  trustDomainAliases: [isTexts, 'a list of texts'],
  enableAutoMtls: [(v) => typeof v === 'boolean', 'true or false'],
  defaultVirtualServiceExportTo: [isTexts, 'a list of texts'],
  defaultServiceExportTo: [isTexts, 'a list of texts'],
  defaultDestinationRuleExportTo: [isTexts, 'a list of texts'],
  connectTimeout: [isText, 'a duration, such as 10s'],
};
const MODES = ['ALLOW_ANY', 'REGISTRY_ONLY', 'ALLOW_ANY_DYNAMIC_DNS'];

function checkFields(given: Readonly<Record<string, any>>, where: string): void {
  const wrong = (field: string, value: unknown, words: string) =>
    new Error(`${where} has ${field} ${JSON.stringify(value)}: it has to be ${words}`);
  for (const [field, [is, words]] of Object.entries(FIELDS)) {
    const value = given[field];
    if (value !== undefined && value !== null && !is(value)) throw wrong(field, value, words);
  }
  const mode = given.outboundTrafficPolicy?.mode;
  if (mode !== undefined && mode !== null && !MODES.includes(mode) && !Number.isInteger(mode))
    throw wrong('outboundTrafficPolicy.mode', mode, MODES.join(', '));
}
