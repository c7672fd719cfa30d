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
  return isCollection(value) && !isEmpty(value) && collection(value, '', lines, false) ? `${lines.join('\n')}\n` : undefined;
}

/** Writes a map or list. The first line of one that is a list's item goes on the item's own. */
function collection(value: object, indent: string, lines: string[], isItem: boolean): boolean {
  const list = Array.isArray(value);
  let goesOn = isItem;
  for (const [key, v] of Object.entries(value)) {
    const name = list ? '-' : plainKey(key);
    if (name === undefined) return false;
    if (goesOn) lines[lines.length - 1] += ` ${name}`;
    else lines.push(indent + name);
    goesOn = false;
    if (isCollection(v) && !isEmpty(v)) {
      // a list's item begins on the dash's line
      if (!collection(v, `${indent}  `, lines, list)) return false;
      continue;
    }
    const text = scalar(v);
    if (text === undefined) return false;
    lines[lines.length - 1] += ` ${text}`;
  }
  return true;
}

const isCollection = (v: unknown): v is object => typeof v === 'object' && v !== null;
const isEmpty = (v: object) => Object.keys(v).length === 0;

const plainKey = (key: string): string | undefined => (PLAIN.test(key) && !WORDS.test(key) ? `${key}:` : undefined);

function scalar(v: unknown): string | undefined {
  if (typeof v === 'string' && PLAIN.test(v) && !WORDS.test(v)) return v;
  if (typeof v === 'boolean' || (Number.isSafeInteger(v) && !Object.is(v, -0))) return String(v);
  const text = stringify({ k: v }).slice('k: '.length, -1);
  return text.includes('\n') ? undefined : text;
}
