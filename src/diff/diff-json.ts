import type { Ending } from '../trace/ending';
import { shareText } from '../trace/fraction';
import { refJson } from '../trace/trace-json';
import type { Difference } from './diff';
import { subjectText } from './text';

/** Differences as data. */
export function diffJson(differences: readonly Difference[]): Record<string, unknown> {
  return {
    differences: differences.map((d) => ({
      line: `${subjectText(d)}${d.clients.length > 0 ? ': ' : ''}${d.text}`,
      aspect: d.aspect,
      clients: d.clients,
      hosts: d.hosts,
      when: d.when,
      alsoWhen: d.alsoWhen,
      text: d.text,
      ...(d.witness
        ? {
            witness: {
              client: d.witness.client,
              request: d.witness.request,
              old: d.witness.old.map(endingJson),
              new: d.witness.now.map(endingJson),
            },
          }
        : {}),
      old: d.places.old.map(refJson),
      new: d.places.now.map(refJson),
      ...(d.ages.length > 0
        ? {
            dependsOnAge: d.ages.map(({ older, younger, isNew }) => ({
              older: refJson({ manifest: older, path: ['metadata'] }),
              younger: { ...refJson({ manifest: younger, path: ['metadata'] }), isNew },
            })),
          }
        : {}),
    })),
  };
}

const endingJson = ({ share, ...e }: Ending) => ({ share: shareText(share), ...e });
