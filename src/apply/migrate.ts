import { pathOf } from './discovery';
import type { LiveObject } from './live';
import { appliedBy, managersOf, union } from './managed-fields';
import { kubectlEntries } from './owners';
import type { Cluster } from './transport';

/**
 * Makes what kubectl owns of an object ours, so that fields which are desired no more go with the next write; without it
 * they would stay, owned by a tool that nobody uses any more.
 * Source: client-go, util/csaupgrade.
 * @returns the object's new resourceVersion
 */
export async function takeFromKubectl(cluster: Cluster, live: LiveObject, manager: string, now: Date): Promise<string> {
  const { object } = live.manifest;
  const theirs = kubectlEntries(object);
  const own = appliedBy(object, manager);
  const others = managersOf(object).filter((m) => m !== own && !theirs.includes(m));
  const { body } = await cluster.send({
    method: 'PATCH',
    path: pathOf(live.resource, live.manifest.namespace, live.manifest.name),
    contentType: 'application/json-patch+json',
    what: `the owners of ${live.manifest.kind} ${live.manifest.namespace}/${live.manifest.name}`,
    body: [
      {
        op: 'replace',
        path: '/metadata/managedFields',
        value: [
          ...others,
          {
            manager,
            operation: 'Apply',
            apiVersion: theirs.at(-1)!.apiVersion,
            time: now.toISOString().replace(/\.\d+Z$/, 'Z'),
            fieldsType: 'FieldsV1',
            fieldsV1: union([own?.fieldsV1, ...theirs.map((m) => m.fieldsV1)]),
          },
        ],
      },
      // refused when somebody has written since
      { op: 'replace', path: '/metadata/resourceVersion', value: live.resourceVersion },
    ],
  });
  return body.metadata.resourceVersion;
}
