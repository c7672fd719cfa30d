import type { AnalysisTemplate, Steps } from '../../imports/argoproj.io';
import { lowerMatch } from '../routing/header-names';
import { renderMatch } from '../routing/render-http';
import type { Condition } from '../values/condition';
import { type Time, toMillis } from '../values/duration';
import { quoted } from '../values/names';
import { checkPercent, type Percent } from '../values/percent';
import { checkProperties, type Properties } from '../values/properties';
import { analysisStep } from './rollouts-analysis';
import { ruleName } from './rule-name';

/** Requests with a header get the canary, whatever its share. Without `when` the route of that name is taken out again. */
export interface SetHeaderRoute {
  /** The route's name; the same one in later steps changes it. */
  readonly name: string;
  /** One condition on one header (`is`, `startsWith`, `matches`), or several joined by `or`. */
  readonly when?: Condition;
}

/** Requests are copied to the canary, whose answers are thrown away. Without `when` the route of that name is taken out again. */
export interface SetMirrorRoute {
  /** The route's name; the same one in later steps changes it. */
  readonly name: string;
  /** Conditions on the path, the method and headers. */
  readonly when?: Condition;
  /** How many of them, in whole percent. @default 100 */
  readonly percent?: Percent;
}

/**
 * One step of a Rollout, with one of its properties. After the last all requests go to the canary, which is the stable version then.
 */
export interface RolloutStep {
  /** The canary's share of the requests, in whole percent. */
  readonly setWeight?: Percent;
  /** How long to wait, in whole seconds; `'until promoted'`: until somebody says so (`kubectl argo rollouts promote`). */
  readonly pause?: Time | 'until promoted';
  /** How many pods the canary has, until `'as traffic'`: as many as its share asks for. */
  readonly setCanaryScale?: { readonly replicas: number } | { readonly weight: Percent } | 'as traffic';
  /** A route to the canary, before all others of the host. */
  readonly setHeaderRoute?: SetHeaderRoute;
  /** Copies to the canary, by a route before all others of the host. */
  readonly setMirrorRoute?: SetMirrorRoute;
  /**
   * AnalysisTemplates, or names of such of the namespace, which have to succeed before the next step. Of arguments without a value
   * `canary-hash` and `stable-hash` are told, the hashes of the two versions' pods.
   */
  readonly analysis?: readonly (AnalysisTemplate | string)[];
}

const STEP: Properties<RolloutStep> = {
  setWeight: 'number?',
  pause: 'any?',
  setCanaryScale: 'any?',
  setHeaderRoute: 'map?',
  setMirrorRoute: 'map?',
  analysis: 'list?',
};

/** What the steps say, as Argo Rollouts takes it. Throws where a step is none, or routes to pods that are not there. */
export function rolloutSteps(
  steps: readonly RolloutStep[],
  { namespace, where }: { readonly namespace: string; readonly where: string },
): { steps: Steps[]; managedRoutes: string[] } {
  if (steps.length === 0) throw new Error(`${where} has no steps: all requests would go to the canary at once`);
  let weight = 0;
  let fixed: number | undefined;
  const kinds = new Map<string, string>();
  const rendered = steps.map((step, i) => {
    const what = `steps[${i}] of ${where}`;
    checkProperties<RolloutStep>(step, STEP, what);
    const said = Object.entries(step).filter(([, v]) => v !== undefined);
    if (said.length !== 1)
      throw new Error(`${what} says ${said.length === 0 ? 'nothing' : quoted(said.map(([k]) => k))}: a step is one of them`);
    const { setWeight, setCanaryScale: scale, setHeaderRoute: header, setMirrorRoute: mirror } = step;
    if (setWeight !== undefined) weight = setWeight;
    if (scale !== undefined) fixed = typeof scale === 'object' && scale !== null ? Math.max(...Object.values(scale)) : undefined;
    const pods = (fixed ?? weight) > 0;
    for (const [kind, route] of [
      ['setHeaderRoute', header],
      ['setMirrorRoute', mirror],
    ] as const) {
      if (!route) continue;
      const other = kinds.get(route.name);
      if (other !== undefined && other !== kind)
        throw new Error(`${what} names its route "${route.name}", as a ${other} does: give one of them another name`);
      if (!route.when && other === undefined)
        throw new Error(`${what} takes the route "${route.name}" out, which no step before has made: give it \`when\``);
      if (route.when && !pods)
        throw new Error(
          `${what} sends requests to the canary, which has no pods at that step: say { setCanaryScale: { replicas: 1 } } before it`,
        );
      kinds.set(route.name, kind);
    }
    return render(step, namespace, what);
  });
  return { steps: rendered, managedRoutes: [...kinds.keys()] };
}

function render(step: RolloutStep, namespace: string, what: string): Steps {
  const { setWeight, pause, setCanaryScale, setHeaderRoute, setMirrorRoute, analysis } = step;
  if (setWeight !== undefined) return { setWeight: whole(setWeight, `setWeight of ${what}`) };
  if (pause !== undefined) return { pause: pause === 'until promoted' ? {} : { duration: seconds(pause, `pause of ${what}`) } };
  if (setCanaryScale !== undefined) return { setCanaryScale: scaleOf(setCanaryScale, `setCanaryScale of ${what}`) };
  if (setHeaderRoute) return { setHeaderRoute: headerRoute(setHeaderRoute, `setHeaderRoute of ${what}`) };
  if (setMirrorRoute) return { setMirrorRoute: mirrorRoute(setMirrorRoute, `setMirrorRoute of ${what}`) };
  return { analysis: analysisStep(analysis!, namespace, `analysis of ${what}`) };
}

/** A whole percentage: controllers take no fractions. */
export function whole(percent: Percent, what: string): number {
  checkPercent(percent, what);
  if (!Number.isInteger(percent)) throw new Error(`${what} is ${percent}: the controller takes whole percents`);
  return percent;
}

/** `90s`: a time in whole seconds, at least one. */
export function seconds(time: Time, what: string): string {
  const ms = toMillis(time, what);
  if (ms % 1000 !== 0) throw new Error(`${what} is ${ms}ms: the controller takes whole seconds`);
  return `${ms / 1000}s`;
}

function scaleOf(scale: NonNullable<RolloutStep['setCanaryScale']>, what: string): NonNullable<Steps['setCanaryScale']> {
  if (scale === 'as traffic') return { matchTrafficWeight: true };
  if (typeof scale !== 'object' || scale === null)
    throw new Error(`${what} is ${JSON.stringify(scale)}: it has to be { replicas: 1 }, { weight: 10 } or 'as traffic'`);
  checkProperties(scale, { replicas: 'number?', weight: 'number?' } as Properties<object>, what);
  if ('replicas' in scale === 'weight' in scale)
    throw new Error(`${what} says ${'weight' in scale ? 'both replicas and weight' : 'nothing'}: it has to be one of the two`);
  if ('weight' in scale) return { weight: whole(scale.weight, `weight of ${what}`) };
  if (!Number.isInteger(scale.replicas) || scale.replicas < 0 || scale.replicas >= 2 ** 31)
    throw new Error(`replicas of ${what} is ${scale.replicas}: it has to be a whole number, at least 0`);
  return { replicas: scale.replicas };
}

function headerRoute(route: SetHeaderRoute, what: string): NonNullable<Steps['setHeaderRoute']> {
  checkProperties<SetHeaderRoute>(route, { name: 'text', when: 'condition?' }, what);
  const name = ruleName(route.name, `name of ${what}`);
  if (!route.when) return { name };
  const match = route.when.matches.map((m) => {
    const { headers = {}, ...rest } = renderMatch(lowerMatch(m)) as { headers?: Record<string, object> };
    const [only, ...others] = Object.entries(headers);
    if (!only || others.length > 0 || Object.keys(rest).length > 0 || Object.keys(only[1]).length === 0)
      throw new Error(
        `when of ${what} is "${route.when}": a Rollout's header route asks for the value of one header, so use header(…).is, startsWith or matches, several joined by or`,
      );
    return { headerName: only[0], headerValue: only[1] };
  });
  return { name, match };
}

function mirrorRoute(route: SetMirrorRoute, what: string): NonNullable<Steps['setMirrorRoute']> {
  checkProperties<SetMirrorRoute>(route, { name: 'text', when: 'condition?', percent: 'number?' }, what);
  const name = ruleName(route.name, `name of ${what}`);
  const share = route.percent === undefined ? undefined : whole(route.percent, `percent of ${what}`);
  if (!route.when) {
    if (share !== undefined)
      throw new Error(`${what} has a percent and no \`when\`, which takes the route out: give it \`when\``);
    return { name };
  }
  if (share === 0) throw new Error(`percent of ${what} is 0: leave the step out instead`);
  const match = route.when.matches.map((m) => {
    const { uri, method, headers, ...rest } = renderMatch(lowerMatch(m)) as Record<string, any>;
    if (Object.keys(rest).length > 0 || Object.values(headers ?? {}).some((v) => Object.keys(v as object).length === 0))
      throw new Error(
        `when of ${what} is "${route.when}": a Rollout's mirror route asks for the path, the method and the values of headers alone`,
      );
    if (!uri && !method && !headers)
      throw new Error(
        `when of ${what} is every request: a Rollout takes a route without conditions out, so say path.prefix('/')`,
      );
    return { ...(method ? { method } : {}), ...(uri ? { path: uri } : {}), ...(headers ? { headers } : {}) };
  });
  return { name, match, ...(share === undefined ? {} : { percentage: share }) };
}
