import { pathOf } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import { afterYielding } from '../../fields/compare';
import { appliedBy, type ManagedFields, managersOf, union } from '../../fields/managed-fields';
import type { LiveObject } from '../live';

/**
 * Makes what others own of an object ours, so that fields which are desired no more go with the next write; without it they would
 * stay, owned by a tool that writes it no more.
 * Source: client-go, util/csaupgrade.
 * @param yielding what is theirs, and becomes ours
 * @returns the object's new resourceVersion
 */
export async function takeFields(
  cluster: Cluster,
  live: LiveObject,
  manager: string,
  yielding: readonly ManagedFields[],
  now: Date,
): Promise<string> {
  const { object } = live.manifest;
  const own = appliedBy(object, manager);
  const others = afterYielding(
    managersOf(object).filter((m) => m !== own),
    yielding,
  );
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
            apiVersion: yielding.at(-1)!.apiVersion,
            time: now.toISOString().replace(/\.\d+Z$/, 'Z'),
            fieldsType: 'FieldsV1',
            fieldsV1: union([own?.fieldsV1, ...yielding.map((m) => m.fieldsV1)]),
          },
        ],
      },
      // refused when somebody has written since
      { op: 'replace', path: '/metadata/resourceVersion', value: live.resourceVersion },
    ],
  });
  return body.metadata.resourceVersion;
}
