import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isEqual } from '../../values/equal';
import { allCovered, effectOf, uncovered } from '../facts/authorization-rules';
import type { Stage } from './stages';

/**
 * Policies that change together with others that decide about the same requests.
 * @param pods of some pods, keys of what changes and decides there
 * @param hosts of some hosts, keys of what changes on the way there: rules, too
 */
export const besides = (pods: readonly (readonly string[])[], hosts: readonly (readonly string[])[]): ReadonlySet<string> =>
  new Set([...pods.map((keys) => keys.filter((k) => POLICY.test(k))), ...hosts].filter((keys) => keys.length > 1).flat());

const POLICY = /\/(AuthorizationPolicy|RequestAuthentication) /;

/**
 * The writes of a denial that changes beside others that decide about the same requests: it is what it was and what it is to be, for
 * as long as they change. Nothing for other objects.
 * @param isBeside whether others change that decide about the same requests
 */
export function denialStages(
  live: Manifest | undefined,
  desired: Manifest | undefined,
  isBeside: (key: string) => boolean,
): readonly Stage[] | undefined {
  if (!live || !desired || effectOf(live) !== 'deny' || effectOf(desired) !== 'deny' || !isBeside(keyOf(live))) return undefined;
  const { rules: old = [], ...was } = live.object.spec;
  const { rules: now = [], ...is } = desired.object.spec;
  if (!isEqual(was, is)) return undefined;
  if (allCovered(old, now)) return [{ object: desired, rank: 'deny' }];
  if (allCovered(now, old)) return [{ object: desired, rank: 'lift' }];
  const rules = [...now, ...uncovered(old, now)];
  const object = { ...desired.object, spec: { ...desired.object.spec, rules } };
  return [
    { object: { ...desired, object }, rank: 'deny', wide: true },
    { object: desired, rank: 'lift' },
  ];
}
