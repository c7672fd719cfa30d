import { NUMBER } from './scalars';

/** Types of YAML 1.1 that Kubernetes' reader does not know: it leaves times, base 60 and binary as text. */
const FOREIGN = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:set',
]);
const NUMBERS = new Set(['tag:yaml.org,2002:int', 'tag:yaml.org,2002:float']);

/** YAML as Kubernetes reads it: version 1.1, and keys once. */
export const OPTIONS = {
  version: '1.1',
  customTags: (tags: readonly any[]) => [
    ...tags.filter((t) => typeof t !== 'object' || !(FOREIGN.has(t.tag) || (NUMBERS.has(t.tag) && !t.test?.test('.inf')))),
    { tag: NUMBER.tag, default: true, test: NUMBER.test, resolve: NUMBER.value },
  ],
  prettyErrors: false,
  uniqueKeys: true,
  logLevel: 'silent',
} as const;
