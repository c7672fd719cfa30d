import type { Rule } from '../rule';

/** A document that is no YAML, or no object. */
export const unreadable: Rule = {
  id: 'MESH001',
  name: 'unreadable',
  severity: 'error',
  codes: [],
  summary: 'a document cannot be read',
  why: 'The API server refuses the whole document, and `kubectl apply` ends with it. What it was meant to say is not in the mesh, and is not looked at by the other rules. YAML is read as Kubernetes reads it: version 1.1, in which `yes`, `on` and `y` are booleans.',
  remedy: 'Mend the syntax at the place that is named; put text that looks like something else in quotes.',
  *check(mesh) {
    // an object of which only a value has a wrong type is told by its schema
    for (const u of mesh.unreadable)
      if (!u.manifest)
        yield { at: { place: u.place }, message: u.message, hint: false, ...(u.foreign ? { severity: 'info' as const } : {}) };
  },
};
