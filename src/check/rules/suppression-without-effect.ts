import { findRule, type Rule } from '../rule';
import { isIstioctls } from '../suppression';

/** A suppression of something that is not found. */
export const suppressionWithoutEffect: Rule = {
  id: 'MESH005',
  name: 'suppression-without-effect',
  severity: 'warning',
  codes: [],
  summary: 'a suppression suppresses nothing',
  why: 'What it was about is mended, or is found at another object. When the fault comes back one day, the suppression hides it.',
  remedy: 'Take the line out of the annotation, or put it at the object that the finding is about.',
  *check(mesh, rules) {
    const told = new Set<string>();
    for (const s of mesh.suppressions.all)
      if (!isIstioctls(s) && findRule(rules, s.rule) && !mesh.suppressions.isUsed(s) && !told.has(s.line)) {
        told.add(s.line);
        yield { at: s.at, message: `"${s.rule}" is not found at this object, so there is nothing to suppress` };
      }
  },
};
