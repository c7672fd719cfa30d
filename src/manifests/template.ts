import type { FieldPath } from './manifest';

/** What is said of a value of a template of Helm, or of the like, that is taken for a manifest. */
export const UNRENDERED = 'of a template that is not rendered: check what "helm template" prints';

/**
 * Whether a field is what the braces of a template are to YAML, `{{ .Values.name }}`: a map without values whose only key is one.
 * @param empty fields without a value
 */
export const isBraces = (path: FieldPath, empty: readonly FieldPath[]): boolean =>
  empty.some(
    (e) =>
      e.length === path.length + 1 &&
      path.every((part, i) => part === e[i]) &&
      /^(\{.*\}|\[object Object\])$/s.test(String(e.at(-1))),
  );
