import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

const BUILDER = 'pilot/pkg/security/authz/builder';

/** AuthorizationPolicies that Istio's own test builds filters from. */
export interface Golden {
  /** `http/allow-path`. */
  readonly name: string;
  readonly protocol: 'http' | 'tcp';
  readonly policies: readonly any[];
  /** Where the test says so. */
  readonly trustDomain: { readonly trustDomain: string; readonly trustDomainAliases: readonly string[] } | undefined;
}

/** All of them, from the files of Istio's tests. */
export function goldens(istioTests: string): Golden[] {
  const test = readFileSync(path.join(istioTests, BUILDER, 'builder_test.go'), 'utf8');
  return (['http', 'tcp'] as const).flatMap((protocol) => {
    const folder = path.join(istioTests, BUILDER, 'testdata', protocol);
    return readdirSync(folder)
      .sort()
      .map((file) => ({
        name: `${protocol}/${file.replace('-in.yaml', '')}`,
        protocol,
        policies: documents(readFileSync(path.join(folder, file), 'utf8')),
        trustDomain: protocol === 'http' ? trustDomain(test, file) : undefined,
      }));
  });
}

const documents = (text: string): any[] => parseAllDocuments(text).flatMap((d) => d.toJS() ?? []);

/** The bundle that stands before a file's name in the test. */
function trustDomain(test: string, file: string): Golden['trustDomain'] {
  const found = new RegExp(
    `NewBundle\\("([^"]*)", \\[\\]string\\{([^}]*)\\}\\),\\s*input:\\s*"${file.replace(/[.]/g, '\\.')}"`,
  ).exec(test);
  if (!found) return undefined;
  return { trustDomain: found[1]!, trustDomainAliases: [...found[2]!.matchAll(/"([^"]*)"/g)].map((m) => m[1]!) };
}

/** One field of a rule: `from[0].source.principals`. */
export interface Slice {
  readonly field: string;
  readonly policy: any;
}

/**
 * Each field of each rule as the only one of a policy: beside each other most of them decide nothing. Nor do values beside `*`:
 * it is left to the whole.
 */
export function slices(policies: readonly any[]): Slice[] {
  return policies.flatMap((policy) =>
    ((policy.spec.rules ?? []) as any[]).flatMap((rule, r) =>
      [...parts(rule.from, 'from', 'source'), ...parts(rule.to, 'to', 'operation'), ...conditions(rule.when)].map(
        ({ field, rule: only }) => ({
          field: `${policy.metadata.name}.rules[${r}].${field}`,
          policy: { ...policy, spec: { ...policy.spec, rules: [only] } },
        }),
      ),
    ),
  );
}

function parts(list: readonly any[] | undefined, name: 'from' | 'to', inner: 'source' | 'operation') {
  return (list ?? []).flatMap((each, i) =>
    Object.entries(each?.[inner] ?? {}).map(([field, values]) => ({
      field: `${name}[${i}].${inner}.${field}`,
      rule: { [name]: [{ [inner]: { [field]: telling(values) } }] },
    })),
  );
}

function conditions(list: readonly any[] | undefined) {
  return (list ?? []).flatMap(({ key, ...sides }) =>
    Object.entries(sides).map(([side, values]) => ({
      field: `when[${key}].${side}`,
      rule: { when: [{ key, [side]: telling(values) }] },
    })),
  );
}

const telling = (values: any): any => (values.length > 1 ? values.filter((v: string) => v !== '*') : values);
