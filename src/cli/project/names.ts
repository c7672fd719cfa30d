import { basename } from 'node:path';
import { kebab } from '../../values/names';
import { shellWord } from '../../values/shell-word';

/** Names of namespaces that are the cluster's own. */
const TAKEN = /^(default|kube-.*|istio-system)$/;
const MAX = 40; // a namespace has 63 characters at most, and so has a label of the example's host

/** The project's name by its folder: a DNS label, neither a namespace of the cluster nor a package that it depends on. */
export function projectName(dir: string, packages: readonly string[]): string {
  const name =
    kebab(basename(dir).replace(/\P{ASCII}+/gu, '-'))
      .slice(0, MAX)
      .replace(/-+$/, '') || 'shop';
  return TAKEN.test(name) || packages.includes(name) ? `${name}-app` : name;
}

/** A path as a shell takes it for one word, and a command for no option. */
export const pathWord = (path: string): string => shellWord(path.startsWith('-') ? `./${path}` : path);
