import { Document, Scalar, visit } from 'yaml';

// As cdk8s' Yaml.stringify calls it: the same bytes come out, whoever writes them.
const OPTIONS = { keepUndefined: true, lineWidth: 0, version: '1.1' } as const;

// Texts that are themselves to readers of YAML 1.1 and 1.2, in any place: most of what is in a manifest.
const PLAIN = /^[A-Za-z](?:[\w.:/-]*[A-Za-z0-9])?$/;
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null|e[-+0-9_].*)$/i;

// A number to readers of YAML 1.2 alone, and the merge key: cdk8s leaves them unquoted.
const MISREAD = /^(?:[-+]?0o[0-7]+|<<)$/;

/** Objects as a YAML stream, as cdk8s writes it. */
export const toYaml = (objects: readonly unknown[]): string => objects.map((o) => document(o) ?? stringify(o)).join('---\n');

function stringify(value: unknown): string {
  const tree = new Document(value, { ...OPTIONS, merge: false });
  visit(tree, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && MISREAD.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return tree.toString(OPTIONS);
}

/**
 * The library's text without its document tree, which takes three quarters of the time that cdk8s needs to synthesize.
 * `undefined` for what is rare (text of several lines, keys that are no words): the library writes such a document.
 */
function document(value: unknown): string | undefined {
  const lines: string[] = [];
  return isCollection(value) && !isEmpty(value) && collection(value, '', '', lines) ? `${lines.join('\n')}\n` : undefined;
}

/** Writes a map or list. `lead` begins its first line: the dash of the list that it is an item of, else the indent. */
function collection(value: object, indent: string, lead: string, lines: string[]): boolean {
  const list = Array.isArray(value);
  let begin = lead;
  for (const key of Object.keys(value)) {
    const name = list ? '-' : plainKey(key);
    if (name === undefined) return false;
    const v = (value as Record<string, unknown>)[key];
    if (isCollection(v) && !isEmpty(v)) {
      const deeper = `${indent}  `;
      if (!list) lines.push(begin + name);
      if (!collection(v, deeper, list ? `${begin}- ` : deeper, lines)) return false;
    } else {
      const text = scalar(v);
      if (text === undefined) return false;
      lines.push(`${begin}${name} ${text}`);
    }
    begin = indent;
  }
  return true;
}

const isCollection = (v: unknown): v is object => typeof v === 'object' && v !== null;

function isEmpty(v: object): boolean {
  for (const _ in v) return false;
  return true;
}

const plainKey = remembered((key) => (PLAIN.test(key) && !WORDS.test(key) ? `${key}:` : undefined));

const plainText = remembered((v) => {
  if (PLAIN.test(v) && !WORDS.test(v)) return v;
  const text = stringify({ k: v }).slice('k: '.length, -1);
  return text.includes('\n') ? undefined : text;
});

const scalar = (v: unknown): string | undefined =>
  typeof v === 'string'
    ? plainText(v)
    : typeof v === 'boolean' || (Number.isSafeInteger(v) && !Object.is(v, -0))
      ? String(v)
      : stringify({ k: v }).slice('k: '.length, -1);

/** Manifests say the same few texts over and over. */
function remembered(f: (text: string) => string | undefined): (text: string) => string | undefined {
  let known = new Map<string, string | undefined>();
  return (text) => {
    if (known.has(text)) return known.get(text);
    const result = f(text);
    if (known.size >= 10_000) known = new Map();
    known.set(text, result);
    return result;
  };
}
