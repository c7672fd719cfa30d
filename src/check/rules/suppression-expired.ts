import type { Rule } from '../rule';

/** A suppression whose day is past. */
export const suppressionExpired: Rule = {
  id: 'MESH004',
  name: 'suppression-expired',
  severity: 'warning',
  codes: [],
  summary: 'a suppression is past its date',
  why: 'It suppresses no more: what it was about is found again from that day on.',
  remedy: 'Mend what it was about, or give it a new date with a reason that still holds.',
  *check(mesh) {
    for (const s of mesh.suppressions.all)
      if (mesh.suppressions.isOver(s))
        yield { at: s.at, message: `the suppression of "${s.rule}" ended on ${s.until}: ${s.reason}` };
  },
};
