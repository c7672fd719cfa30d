import type { Rule } from '../rule';

/** An annotation that should suppress findings, and cannot be followed. */
export const suppressionMalformed: Rule = {
  id: 'MESH002',
  name: 'suppression-malformed',
  severity: 'error',
  codes: [],
  summary: 'a suppression gives no reason, or a date that is none',
  why: 'It suppresses nothing. A reason is wanted since the next reader has to know whether it still holds.',
  remedy:
    'Write a line for each rule into the annotation `mesh.cdk8s.io/ignore`: `<rule>: <reason>`, or `<rule> until 2026-12-01: <reason>`.',
  *check(mesh) {
    for (const bad of mesh.suppressions.bad) yield { ...bad, hint: false };
  },
};
