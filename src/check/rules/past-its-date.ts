import { isDate } from '../../values/date';
import type { Rule } from '../rule';

const KEY = 'expires.mesh.cdk8s.io/';

/** Something that was meant for a time, and is there still. */
export const pastItsDate: Rule = {
  id: 'MESH156',
  name: 'past-its-date',
  severity: 'warning',
  codes: [],
  summary: 'an experiment, environment, fault or mirror is past its date',
  why: 'The annotation `expires.mesh.cdk8s.io/<name>` says until when a rule is meant. Nothing takes it away then: requests go on to be delayed, copied or sent elsewhere, for a reason that nobody has any more.',
  remedy: 'Take the rule out where it is written, or give it a new date.',
  *check(mesh) {
    for (const manifest of mesh.manifests)
      for (const [key, value] of Object.entries(manifest.annotations)) {
        if (!key.startsWith(KEY)) continue;
        const name = key.slice(KEY.length);
        const at = { manifest, path: ['metadata', 'annotations', key] };
        if (!isDate(value))
          yield {
            at,
            message: `the end of "${name}" is ${JSON.stringify(value)}, which is no date`,
            hint: 'write it like 2026-12-01',
          };
        else if (Date.parse(value.length === 10 ? `${value}T23:59:59.999Z` : value) < mesh.now.getTime())
          yield { at, message: `"${name}" ended on ${value}, and is there still` };
      }
  },
};
