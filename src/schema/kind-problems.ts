import { SCHEMAS } from '../../imports/schemas';
import { KINDS } from '../../imports/shapes';
import { didYouMean, quoted } from '../values/names';
import type { SchemaProblem } from './problem';

const ISTIO = Object.keys(SCHEMAS).map((key) => key.split('/') as [group: string, kind: string]);
const GROUPS = [...new Set(ISTIO.map(([group]) => group))];
/** Groups of files that are Istio's, but not for the API server. */
const NOT_SERVED = new Set(['install.istio.io']);

/** The hint of `didYouMean`, without its brackets. */
const meant = (given: string, candidates: readonly string[]) => didYouMean(given, candidates).slice(2, -1) || undefined;

/** An API version or kind that nobody serves, of Istio's groups and of the kinds of Kubernetes that are known. */
export function kindProblem(group: string, version: string, kind: string): SchemaProblem | undefined {
  const known = SCHEMAS[`${group}/${kind}`];
  const versions = known?.versions ?? (KINDS[`${group}/${kind}`] === undefined ? undefined : ['v1']);
  if (versions !== undefined) {
    if (versions.includes(version)) return undefined;
    const served = versions.map((v) => apiVersion(group, v));
    return problem(
      'apiVersion',
      `is ${quoted([apiVersion(group, version)])}, in which no ${kind} is served: it is in ${quoted(served)}`,
      meant(version, versions),
    );
  }
  if (NOT_SERVED.has(group)) return undefined;
  if (GROUPS.includes(group)) {
    const kinds = ISTIO.filter(([g]) => g === group).map(([, k]) => k);
    const elsewhere = ISTIO.find(([, k]) => k === kind)?.[0];
    const hint = elsewhere === undefined ? meant(kind, kinds) : `${kind} is in the group "${elsewhere}"`;
    return problem('kind', `is "${kind}", which is no kind of ${group}: it has ${quoted(kinds)}`, hint);
  }
  const homes = ISTIO.filter(([, k]) => k === kind).map(([g]) => g);
  const near = homes.length > 0 ? meant(group, homes) : undefined;
  if (!group.endsWith('.istio.io') && near === undefined) return undefined;
  const hint = homes.length > 0 ? `${kind} is in the group ${quoted(homes)}` : meant(group, GROUPS);
  return problem('apiVersion', `is "${apiVersion(group, version)}": Istio has no group "${group}"`, hint);
}

const apiVersion = (group: string, version: string) => (group === '' ? version : `${group}/${version}`);

const problem = (field: string, message: string, hint: string | undefined): SchemaProblem => ({
  path: [field],
  message,
  ...(hint !== undefined && { hint }),
});
