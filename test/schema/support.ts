import { fieldText } from '../../src/manifests/manifest';
import { parseManifests } from '../../src/manifests/parse';
import { schemaProblems } from '../../src/schema/schema-problems';

/** The problems of the objects of some YAML, as `line: field message [hint]`. */
export function problemsOf(yaml: string): string[] {
  const { manifests, unreadable } = parseManifests(yaml, 'a.yaml');
  return [...manifests, ...unreadable.flatMap((u) => u.manifest ?? [])].flatMap((m) =>
    schemaProblems(m).map(
      ({ path, message, hint }) =>
        `${m.place(path).line}: ${[fieldText(path), message].filter(Boolean).join(' ')}${hint === undefined ? '' : ` [${hint}]`}`,
    ),
  );
}

/** An object of a kind with a `spec` in YAML's flow style, which is line 4. */
export const object = (apiVersion: string, kind: string, spec: string, metadata = '{name: a, namespace: shop}') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`;

export const virtualService = (spec: string) => object('networking.istio.io/v1', 'VirtualService', spec);
