import type { Environment } from '@marcbachmann/cel-js';
import { goMillis } from '../values/go-duration';
import { schemeOf } from './request-uri';

/** True when the rule holds for the value; a rule that cannot be worked out does not hold, as for the API server. */
export type CelRule = (self: unknown) => boolean;

/** Nine of ten rules of the CRDs are this one: it is answered without the library, which takes longer to load than a mesh to check. */
const AT_LEAST_1MS = "duration(self) >= duration('1ms')";

const known = new Map<string, CelRule>([[AT_LEAST_1MS, (self) => typeof self === 'string' && (goMillis(self) ?? 0) >= 1]]);
let environment: Environment | undefined;

/** A CEL rule as Kubernetes has them. The library is loaded with the first rule, and each rule is compiled once. */
export function celRule(rule: string): CelRule {
  let compiled = known.get(rule);
  if (compiled === undefined) {
    environment ??= withUrls();
    compiled = remembering(environment.parse(rule));
    known.set(rule, compiled);
  }
  return compiled;
}

/** Answers that are kept of a rule. */
const KEPT = 10_000;

/** Text is asked over and over: the timeouts of a mesh are few. */
function remembering(run: (context: { self: unknown }) => unknown): CelRule {
  const answers = new Map<string, boolean>();
  const ask = (self: unknown) => {
    try {
      return run({ self }) === true;
    } catch {
      return false;
    }
  };
  return (self) => {
    if (typeof self !== 'string') return ask(self);
    let answer = answers.get(self);
    if (answer === undefined) {
      answer = ask(self);
      if (answers.size < KEPT) answers.set(self, answer);
    }
    return answer;
  };
}

/** Kubernetes' own functions that the CRDs use: `isURL`, `url`, `getScheme`. */
function withUrls(): Environment {
  const cel: typeof import('@marcbachmann/cel-js') = require('@marcbachmann/cel-js');
  return new cel.Environment({ unlistedVariablesAreDyn: true })
    .registerType('URL', { ctor: CelUrl, fields: { scheme: 'string' } })
    .registerFunction('isURL(string): bool', (text: string) => schemeOf(text) !== undefined)
    .registerFunction('url(string): URL', (text: string) => {
      const scheme = schemeOf(text);
      if (scheme === undefined) throw new Error(`"${text}" is no URL`);
      return new CelUrl(scheme);
    })
    .registerFunction('URL.getScheme(): string', (url: CelUrl) => url.scheme);
}

class CelUrl {
  constructor(readonly scheme: string) {}
}
