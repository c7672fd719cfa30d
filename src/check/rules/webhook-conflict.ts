import { keyOf } from '../../model/config';
import { servicesOf } from '../analyzed-pods';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { at } from '../fields';
import { type InjectionWebhook, labelSelectorTakes, mutatingWebhooks } from '../injection-webhooks';
import { items, textOf } from '../items';
import type { Rule } from '../rule';

const REVISION = 'istio.io/rev';

/** Webhooks of the injector that take the same pods, or whose Service is not there. */
export const webhookConflict: Rule = {
  id: 'MESH068',
  name: 'webhook-conflict',
  severity: 'error',
  codes: ['IST0139'],
  summary: 'two webhooks of the injector take the same pods, or one has no Service',
  why: 'Pods that two webhooks take are injected twice, by different revisions. A webhook whose Service is not there fails, and no pod starts. Source: analyzers/webhook/webhook.go.',
  remedy: 'Let the selectors have nothing in common; install the control plane that the webhook is of, or take it out.',
  *check(mesh) {
    const hooks = injectors(mesh);
    const revisions = [...new Set(hooks.flatMap(revisionsOf))];
    const sets = (key: string, values: readonly string[]) => {
      const base: Record<string, string>[] = [{}, ...values.map((v) => ({ [key]: v }))];
      return [...base, ...revisions.flatMap((r) => base.map((b) => ({ ...b, [REVISION]: r })))];
    };
    const namespaces = sets('istio-injection', ['enabled', 'disabled']);
    const pods = sets('sidecar.istio.io/inject', ['true', 'false']);
    const told = new Set<InjectionWebhook>();
    for (const n of namespaces) {
      const here = hooks.filter((h) => labelSelectorTakes(h.webhook.namespaceSelector, n));
      if (here.length < 2) continue;
      for (const p of pods) {
        const taking = here.filter((h) => labelSelectorTakes(h.webhook.objectSelector, p));
        const name = (h: InjectionWebhook) => `${h.config.name}/${h.webhook.name}`;
        for (const h of taking) {
          const other = taking.find((o) => name(o) !== name(h));
          if (!other || told.has(h)) continue;
          told.add(h);
          yield {
            at: at(h.config, 'webhooks', h.index),
            message: `"${textOf(h.webhook.name) ?? ''}" takes pods that "${textOf(other.webhook.name) ?? ''}" of "${other.config.name}" takes, too`,
            related: [{ at: at(other.config, 'webhooks', other.index), message: 'the other one' }],
          };
        }
      }
    }
    const services = new Set(servicesOf(mesh).map(keyOf));
    for (const h of hooks) {
      const service = h.webhook.clientConfig?.service;
      if (service && !services.has(`${service.namespace ?? ''}/${service.name ?? ''}`))
        yield {
          at: at(h.config, 'webhooks', h.index, 'clientConfig', 'service'),
          message: `there is no Service "${textOf(service.namespace) ?? ''}/${textOf(service.name) ?? ''}" for "${textOf(h.webhook.name) ?? ''}"`,
        };
    }
  },
};

/** Webhooks of configurations that are Istio's: by a name, or since they speak of a revision. */
const injectors: (mesh: CheckedMesh) => readonly InjectionWebhook[] = ofMesh((mesh) => {
  const all = mutatingWebhooks(mesh);
  const istios = new Set(
    all.filter((w) => String(w.webhook.name ?? '').endsWith('istio.io') || revisionsOf(w).length > 0).map((w) => w.config),
  );
  return all.filter((w) => istios.has(w.config));
});

function revisionsOf({ config, webhook }: InjectionWebhook): string[] {
  const own = config.manifest.labels[REVISION];
  return [
    ...(own === undefined ? [] : [own]),
    ...[webhook.namespaceSelector, webhook.objectSelector].flatMap((s) => [
      ...(s?.matchLabels?.[REVISION] === undefined ? [] : [String(s.matchLabels[REVISION])]),
      ...[...items(s?.matchExpressions)].flatMap(([, e]) => (e.key === REVISION && Array.isArray(e.values) ? e.values : [])),
    ]),
  ];
}
