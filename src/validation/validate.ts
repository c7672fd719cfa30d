import type { Manifest } from '../manifests/manifest';
import { fieldText } from '../manifests/manifest';
import { authorizationPolicy } from './authorization-policy';
import { destinationRule } from './destination-rule';
import { envoyFilter } from './envoy-filter';
import { AllProblems, Field, FirstError, type Problems } from './field';
import { gateway } from './gateway';
import { peerAuthentication } from './peer-authentication';
import { trafficExtension, wasmPlugin } from './plugins';
import type { Problem } from './problem';
import { proxyConfig } from './proxy-config';
import { requestAuthentication } from './request-authentication';
import { serviceEntry } from './service-entry';
import { sidecar } from './sidecar';
import { telemetry } from './telemetry';
import type { Validated } from './validated';
import { virtualService } from './virtual-service';
import { workloadEntry } from './workload-entry';
import { workloadGroup } from './workload-group';

export type { Problem } from './problem';

/** By group and kind. */
const VALIDATIONS: Readonly<Record<string, (v: Validated) => void>> = {
  'networking.istio.io/VirtualService': virtualService,
  'networking.istio.io/DestinationRule': destinationRule,
  'networking.istio.io/Gateway': gateway,
  'networking.istio.io/ServiceEntry': serviceEntry,
  'networking.istio.io/Sidecar': sidecar,
  'networking.istio.io/WorkloadEntry': workloadEntry,
  'networking.istio.io/WorkloadGroup': workloadGroup,
  'networking.istio.io/EnvoyFilter': envoyFilter,
  'networking.istio.io/ProxyConfig': proxyConfig,
  'security.istio.io/AuthorizationPolicy': authorizationPolicy,
  'security.istio.io/PeerAuthentication': peerAuthentication,
  'security.istio.io/RequestAuthentication': requestAuthentication,
  'telemetry.istio.io/Telemetry': telemetry,
  'extensions.istio.io/WasmPlugin': wasmPlugin,
  'extensions.istio.io/TrafficExtension': trafficExtension,
};

/**
 * Everything that Istio's validation says about an object: what its webhook refuses, and what it warns of. Nothing for kinds
 * that it does not know. Its decisions are Istio's, quirks included; the words and the fields are ours.
 * Types are taken for right, as `manifests/` leaves them. Source: pkg/config/validation of Istio 1.31.
 */
export function validate(m: Manifest): readonly Problem[] {
  const problems = new AllProblems();
  run(m, problems);
  return problems.list;
}

/** Why istiod's webhook would not let the object in: the first fault, with its field. Nothing where it would let it in. */
export function refused(m: Manifest): string | undefined {
  const first = new FirstError();
  try {
    run(m, first);
  } catch (e) {
    if (e !== first) throw e;
  }
  return first.error && `${fieldText(first.error.path)} ${first.error.message}`;
}

function run(m: Manifest, problems: Problems): void {
  const key = `${m.group}/${m.kind}`;
  if (!Object.hasOwn(VALIDATIONS, key)) return;
  const root = new Field(m.object, problems);
  const metadata = root.at('metadata');
  annotations(metadata.at('annotations'), m);
  if (problems.errors > 0) return;
  const { name, labels, annotations: own } = m;
  const spec = m.object.spec ?? {};
  VALIDATIONS[key]!({
    spec: new Field(spec, problems, root, 'spec'),
    metadata,
    name,
    namespace: m.namespace || 'default',
    labels,
    annotations: own,
  });
  if (problems.errors > 0) return;
  for (const field of root.entries())
    if (!TOP.includes(field.key)) field.error(`is no field of a ${m.kind}: what it says goes into "spec"`);
}

const TOP = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];
const BOOLEAN = /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/;
const FOR_ISTIO = ['internal.istio.io/webhook-always-reject', 'internal.istio.io/parent-namespace', 'internal.istio.io/parents'];

/** Source: validation.go, validateMetadata: the first fault ends it. */
function annotations(field: Field, m: Manifest): void {
  const dry = field.at('istio.io/dry-run');
  const wrong = dry.value === undefined ? undefined : wrongDryRun(dry.text, m);
  if (wrong !== undefined) {
    dry.error(wrong);
    return;
  }
  const own = FOR_ISTIO.find((key) => field.at(key).value !== undefined);
  if (own) field.at(own).error("is Istio's own, and may not be set: take it out");
}

function wrongDryRun(value: string, m: Manifest): string | undefined {
  if (m.kind !== 'AuthorizationPolicy') return 'is for AuthorizationPolicies alone: take it out';
  const action = m.object.spec?.action ?? 'ALLOW';
  if (action !== 'ALLOW' && action !== 'DENY') return `is for the actions ALLOW and DENY, and this is ${action}: take it out`;
  return BOOLEAN.test(value) ? undefined : `"${value}" is neither "true" nor "false"`;
}
