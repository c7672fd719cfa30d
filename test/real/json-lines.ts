import { createInterface } from 'node:readline';
import { start, stop } from './processes';

/** A program that answers each line of JSON with one, in any order, told apart by their `id`. */
export async function askJsonLines<Answer extends { id: string }>(
  program: string,
  args: readonly string[],
  questions: readonly { readonly id: string }[],
): Promise<Map<string, Answer>> {
  const child = start(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error(`"${program}" has no pipes`);
  let said = '';
  stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  const answers = new Map<string, Answer>();
  createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    if (!line.startsWith('{')) return; // Istio's packages log to the standard output before main can tell them not to
    const answer = JSON.parse(line) as Answer;
    answers.set(answer.id, answer);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  stdin.on('error', () => {}); // the program ended early: said below, with what it wrote
  try {
    for (const question of questions) {
      if (!stdin.write(`${JSON.stringify(question)}\n`)) {
        await Promise.race([new Promise((resolve) => stdin.once('drain', resolve)), ended]);
      }
    }
    stdin.end();
    const code = await ended;
    if (code !== 0 || answers.size !== questions.length) {
      throw new Error(`"${program}" ended with ${code} after ${answers.size} of ${questions.length} answers\n${said}`);
    }
    return answers;
  } finally {
    await stop(child, 0);
  }
}
