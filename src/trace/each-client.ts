import type { Client } from './client';

/** What stands for a client's name where answers are compared. */
const ANYBODY = 'a client';

/**
 * Asks for several clients, and gives an answer for all that come to the same: the steps as well, and their places. The client
 * of such an answer has the names of all of them.
 * @param told all that an answer says, as text
 */
export function askEach<Answer>(
  clients: readonly [Client, ...Client[]],
  ask: (client: Client) => Answer,
  told: (answer: Answer) => string,
): readonly [Answer, ...Answer[]] {
  const [first, ...others] = clients;
  if (others.length === 0) return [ask(first)];
  const alike = new Map<string, Client[]>();
  for (const c of clients) {
    const key = told(ask({ ...c, name: ANYBODY }));
    alike.set(key, [...(alike.get(key) ?? []), c]);
  }
  const answers = [...alike.values()].map((same) => ask({ ...same[0]!, name: same.map((c) => c.name).join(', ') }));
  return answers as [Answer, ...Answer[]];
}
