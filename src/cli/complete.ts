import { VALUED } from './names';

type Done = (words: readonly string[]) => void;
type Others = (found: (error: Error | null, words: readonly string[] | undefined) => void) => void;

/**
 * What completes a command line in a shell, besides commands and options: the contexts of the kubeconfig. Where nothing is offered, the
 * shell offers files.
 * @param args the words of the line, with that which is completed as the last
 */
export const completing =
  (args: readonly string[]) =>
  (current: string, given: Readonly<Record<string, unknown>>, others: Others, done: Done): void => {
    const option = /^--?([^=]+)$/.exec(args.at(-2) ?? '')?.[1];
    if (option !== undefined && VALUED.includes(option)) {
      if (option !== 'context') done([]);
      else contexts(given.kubeconfig).then((names) => done(names.filter((n) => n.startsWith(current)).map(inShell)));
    } else
      others((_error, words = []) => {
        // an option of one letter has one dash
        done(words.filter((w) => !/^--.(:|$)/.test(w)));
      });
  };

/** zsh reads what is behind a colon as a description. */
const inShell = (word: string): string =>
  `${process.env.SHELL} ${process.env.ZSH_NAME}`.includes('zsh') ? word.replace(/:/g, '\\:') : word;

async function contexts(kubeconfig: unknown): Promise<readonly string[]> {
  const { contextNames } = require('../cluster/kubeconfig') as typeof import('../cluster/kubeconfig');
  // nobody sees why there are none
  return contextNames(typeof kubeconfig === 'string' ? kubeconfig : undefined).catch(() => []);
}
