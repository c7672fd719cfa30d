import { type Manifest, placeText } from './manifest';

/** Where Istio is installed, unless somebody says otherwise. */
const ROOT = 'istio-system';

/**
 * MeshConfig as the ConfigMap `istio` holds it, where one is among the manifests (`data.mesh`, as istioctl and Helm write it).
 * @throws when it cannot be read, or there are several in namespaces other than istio-system
 */
export function meshConfigIn(manifests: readonly Manifest[]): Readonly<Record<string, unknown>> | undefined {
  const all = manifests.filter(
    (m) => m.kind === 'ConfigMap' && m.group === '' && m.name === 'istio' && m.object.data?.mesh !== undefined,
  );
  const one = all.length > 1 ? all.find((m) => m.namespace === ROOT) : all[0];
  if (all.length > 1 && !one) {
    const where = all.map((m) => `${m.namespace || 'default'} (${placeText(m.place())})`).join(' and ');
    throw new Error(`ConfigMap "istio" is in the namespaces ${where}: leave out all but the one of the mesh`);
  }
  return one && meshConfigFields(one.object.data.mesh, `${placeText(one.place(['data', 'mesh']))} ConfigMap "istio"`);
}

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
