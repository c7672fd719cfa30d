import { at } from '../fields';
import { items, textOf } from '../items';
import type { Rule } from '../rule';

/** A webhook of Istio has an address that cannot be used, or is an IP address. */
export const webhookAddress: Rule = {
  id: 'MESH069',
  name: 'webhook-address',
  severity: 'warning',
  codes: ['IST0163', 'IST0164'],
  summary: 'the address of a control plane outside the cluster is missing, wrong, or an IP address',
  why: 'Without an address the webhook fails, and no pod starts or no object is taken. An IP address has no certificate of a public authority, and changes. Source: analyzers/externalcontrolplane/externalcontrolplane.go.',
  remedy: 'Write `url: https://<host>:15017/inject`, or a `service`.',
  *check(mesh) {
    for (const [kind, is] of [
      ['ValidatingWebhookConfiguration', (n: string) => n === 'istiod-default-validator' || n.startsWith('istio-validator')],
      ['MutatingWebhookConfiguration', (n: string) => n.startsWith('istio-sidecar-injector')],
    ] as const)
      for (const c of mesh.of(`admissionregistration.k8s.io/${kind}`)) {
        if (!is(c.name)) continue;
        for (const [i, { name: given, clientConfig }] of items(c.manifest.object.webhooks)) {
          const name = textOf(given) ?? '';
          const url = clientConfig?.url;
          const say = (code: string, message: string, field: readonly string[] = ['url']) => ({
            at: at(c, 'webhooks', i, 'clientConfig', ...field),
            codes: [code],
            ...(code === 'IST0164' ? { severity: 'info' as const } : {}),
            message,
          });
          if (typeof url === 'string') {
            const host = hostOf(url);
            if (host === undefined) yield say('IST0163', `"${url}" of "${name}" is no URL`);
            else if (/^(\d+\.){3}\d+$/.test(host) || host.includes(':'))
              yield say('IST0164', `the control plane of "${name}" is at the IP address "${host}"`);
          } else if (!clientConfig?.service) yield say('IST0163', `"${name}" has neither a URL nor a Service`, []);
        }
      }
  },
};

/** As Go reads a URL: more than a browser would. */
function hostOf(url: string): string | undefined {
  if ([...url].some((c) => c < ' ' || c === '\x7f') || /%(?![0-9a-f]{2})/i.test(url)) return undefined;
  const [, rest] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url) ?? [];
  if (rest === undefined) return url.startsWith(':') || /^[^/]*:/.test(url.replace(/^[a-z][a-z0-9+.-]*:/i, '')) ? undefined : '';
  const host = rest.slice(rest.lastIndexOf('@') + 1);
  const bracket = /^\[([^\]]*)\](?::\d*)?$/.exec(host);
  if (bracket) return bracket[1];
  if (host.includes('[') || /[\s<>"]/.test(host)) return undefined;
  const port = /^([^:]*)(?::(\d*))?$/.exec(host);
  return port ? port[1] : undefined;
}
