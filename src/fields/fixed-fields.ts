import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { canonical } from '../values/equal';
import { claim, podTemplate, quantity } from './server-defaults';

type Fields = Readonly<Record<string, any>>;
/** What is fixed about an object: by field, what the server compares; `undefined` where nothing can be told of it. */
type Fixed = (before: Fields, after: Fields) => Iterable<readonly [field: string, before: unknown, after: unknown]>;

/** An object that changes a field that the API server fixes for good when it makes it. */
export interface FixedField {
  /** As it is to be. */
  readonly manifest: Manifest;
  readonly fields: readonly string[];
}

/**
 * The well-known changes that the API server refuses, told from files alone: of fields that the server fills in itself nothing is
 * told, nor of rules that a CustomResourceDefinition has. Objects that are made anew whenever they change may change.
 */
export function fixedFields(before: readonly Manifest[], after: readonly Manifest[]): readonly FixedField[] {
  const old = new Map(before.map((m) => [keyOf(m), m]));
  return after.flatMap((manifest) => {
    const from = old.get(keyOf(manifest));
    const fields = from && !isMadeAnew(manifest) ? [...changed(from, manifest)] : [];
    return fields.length > 0 ? [{ manifest, fields }] : [];
  });
}

/** Whether annotations tell Argo CD or Flux to delete it and make it anew. */
function isMadeAnew({ annotations }: Manifest): boolean {
  const options = (annotations['argocd.argoproj.io/sync-options'] ?? '').split(',').map((o) => o.trim());
  return (
    (options.includes('Replace=true') && options.includes('Force=true')) ||
    annotations['argocd.argoproj.io/hook'] !== undefined ||
    annotations['kustomize.toolkit.fluxcd.io/force']?.toLowerCase() === 'enabled'
  );
}

function* changed(before: Manifest, after: Manifest): Iterable<string> {
  const of = FIXED[`${after.group}/${after.kind}`];
  for (const [field, from, to] of of?.(before.object, after.object) ?? [])
    if (canonical(bare(from)) !== canonical(bare(to))) yield field;
}

/** Without what is empty: to the server it is as if it were not there. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(bare);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const kept = Object.entries(value).flatMap(([k, v]) => (bare(v) === undefined ? [] : [[k, bare(v)]]));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** Fields by their path, each with the value that the server gives where it is not said. */
const paths =
  (defaults: Readonly<Record<string, unknown>>): Fixed =>
  (before, after) =>
    Object.entries(defaults).map(([path, value]) => {
      const at = (o: Fields) => path.split('.').reduce<any>((v, key) => v?.[key], o) ?? value;
      return [path, at(before), at(after)];
    });

const selector = paths({ 'spec.selector': undefined });
const isExternal = ({ spec = {} }: Fields): boolean => spec.type === 'ExternalName';
const isBalanced = ({ spec = {} }: Fields): boolean => spec.type === 'LoadBalancer';

/** Source: k8s.io/kubernetes, pkg/apis/core/validation/validation.go, ValidateServiceUpdate. */
const service: Fixed = function* (before, after) {
  if (isExternal(before) || isExternal(after)) return;
  const [old, now] = [before, after].map(({ spec = {} }) => spec.clusterIP ?? spec.clusterIPs?.[0]);
  // an address that nobody asked for is the server's affair, and one that is not asked for any more stays
  if (now !== undefined && (old !== undefined || now === 'None')) yield ['spec.clusterIP', old ?? '', now];
  const families = [before, after].map(({ spec = {} }) => spec.ipFamilies?.[0]);
  if (old !== 'None' && now !== 'None' && families.every((f) => f !== undefined))
    yield ['spec.ipFamilies[0]', ...(families as [any, any])];
  if (isBalanced(before) && isBalanced(after)) yield* paths({ 'spec.loadBalancerClass': undefined })(before, after);
};

/** Source: k8s.io/kubernetes, pkg/apis/batch/validation/validation.go, ValidateJobSpecUpdate. */
const job: Fixed = function* (before, after) {
  const completions = ({ spec = {} }: Fields) => spec.completions ?? (spec.parallelism === undefined ? 1 : undefined);
  yield* paths({
    'spec.completionMode': 'NonIndexed',
    'spec.podFailurePolicy': undefined,
    'spec.backoffLimitPerIndex': undefined,
    'spec.managedBy': undefined,
    'spec.successPolicy': undefined,
  })(before, after);
  if (before.spec?.manualSelector && after.spec?.manualSelector) yield* selector(before, after);
  if (after.spec?.completionMode !== 'Indexed') yield ['spec.completions', completions(before), completions(after)];
  // of one that is suspended some of it may change
  if (!before.spec?.suspend)
    yield ['spec.template', podTemplate(before.spec?.template ?? {}), podTemplate(after.spec?.template ?? {})];
};

/** Source: k8s.io/kubernetes, pkg/apis/core/validation/validation.go, ValidatePersistentVolumeClaimUpdate. */
const volumeClaim: Fixed = function* (before, after) {
  const [old, now] = [before, after].map((o) => claim(o).spec as Fields);
  const others = (spec: Fields) => ({
    ...spec,
    resources: { ...spec.resources, requests: undefined },
    volumeAttributesClassName: undefined,
  });
  // what the server fills in, or may have filled in
  const given = (spec: Fields) => ({
    ...others(spec),
    volumeName: old!.volumeName ? spec.volumeName : undefined,
    storageClassName: old!.storageClassName === undefined ? undefined : spec.storageClassName,
  });
  yield ['spec', given(old!), given(now!)];
  const size = ({ spec = {} }: Fields) => quantity(spec.resources?.requests?.storage);
  const [from, to] = [size(before), size(after)];
  if (typeof from === 'number' && typeof to === 'number' && to < from) yield ['spec.resources.requests.storage', from, to];
};

/** Source: k8s.io/kubernetes, pkg/apis/core/validation/validation.go, ValidateConfigMapUpdate and ValidateSecretUpdate. */
const contents: Fixed = (before, after) =>
  before.immutable === true
    ? paths({ immutable: undefined, data: undefined, binaryData: undefined, stringData: undefined })(before, after)
    : [];
const secret: Fixed = function* (before, after) {
  yield* paths({ type: 'Opaque' })(before, after);
  yield* contents(before, after);
};

const role: Fixed = (before, after) => {
  const of = ({ roleRef = {} }: Fields) => ({ apiGroup: 'rbac.authorization.k8s.io', ...roleRef });
  return [['roleRef', of(before), of(after)]];
};

/** Source: k8s.io/kubernetes, pkg/apis/apps/validation/validation.go, ValidateStatefulSetUpdate. */
const statefulSet: Fixed = function* (before, after) {
  yield* paths({ 'spec.selector': undefined, 'spec.serviceName': '', 'spec.podManagementPolicy': 'OrderedReady' })(before, after);
  const claims = ({ spec = {} }: Fields) => (spec.volumeClaimTemplates ?? []).map(claim);
  yield ['spec.volumeClaimTemplates', claims(before), claims(after)];
};

const FIXED: Readonly<Record<string, Fixed>> = {
  'apps/Deployment': selector,
  'apps/DaemonSet': selector,
  'apps/ReplicaSet': selector,
  'apps/StatefulSet': statefulSet,
  'batch/Job': job,
  '/Service': service,
  '/PersistentVolumeClaim': volumeClaim,
  '/ConfigMap': contents,
  '/Secret': secret,
  'rbac.authorization.k8s.io/RoleBinding': role,
  'rbac.authorization.k8s.io/ClusterRoleBinding': role,
  'storage.k8s.io/StorageClass': paths({
    provisioner: undefined,
    parameters: undefined,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  }),
  'scheduling.k8s.io/PriorityClass': paths({ value: 0, preemptionPolicy: 'PreemptLowerPriority' }),
  'networking.k8s.io/IngressClass': paths({ 'spec.controller': undefined }),
  'apiextensions.k8s.io/CustomResourceDefinition': paths({ 'spec.scope': undefined, 'spec.names.kind': undefined }),
};
