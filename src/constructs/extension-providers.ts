import { didYouMean, dnsLabel, quoted } from '../values/names';
import type { Mesh } from './mesh';

/** One of MeshConfig's `extensionProviders`: what proxies ask, or tell things to. */
export interface ExtensionProvider {
  readonly name: string;
  /** Which kind it is, such as `envoyExtAuthzGrpc`. */
  readonly kind: string;
  /** The host that proxies have to reach, and its namespace, where they are said. */
  readonly host: string | undefined;
  readonly namespace: string | undefined;
}

/** The providers of a MeshConfig. Source: ExtensionProvider of istio.io/api, mesh/v1alpha1/config.proto. */
export function extensionProviders(meshConfig: Readonly<Record<string, unknown>>, where: string): readonly ExtensionProvider[] {
  const { extensionProviders: given = [] } = meshConfig;
  if (!Array.isArray(given)) throw new Error(`extensionProviders in meshConfig of ${where} is no list`);
  return given.map((p, i): ExtensionProvider => {
    const { name, ...kinds } = (p ?? {}) as Record<string, { readonly service?: unknown } | string>;
    const [[kind, settings] = ['', {}], ...more] = Object.entries(kinds);
    if (typeof name !== 'string' || kind === '' || more.length > 0)
      throw new Error(
        `extensionProviders[${i}] in meshConfig of ${where} has to have a name and one kind, such as { name: 'opa', envoyExtAuthzGrpc: { service: 'opa.opa.svc.cluster.local', port: 9191 } }`,
      );
    const service = typeof settings === 'object' && typeof settings?.service === 'string' ? settings.service : undefined;
    const [host, namespace] = service?.split('/').reverse() ?? [];
    return { name, kind, host, namespace };
  });
}

/** Kinds that answer who may. */
const DECIDES = ['envoyExtAuthzHttp', 'envoyExtAuthzGrpc'];

/** The provider of the name that decides who may. Throws where there is none: istiod would have everything denied. */
export function authorizer(mesh: Mesh, name: string, where: string): ExtensionProvider {
  dnsLabel(name, `provider of ${where}`); // istiod takes no other, and denies everything
  const all = mesh.extensionProviders.filter((p) => DECIDES.includes(p.kind));
  const names = all.map((p) => p.name);
  const provider = all.find((p) => p.name === name);
  if (!provider)
    throw new Error(
      `provider of ${where} is "${name}", and the Mesh's meshConfig has ${names.length > 0 ? `for authorization ${quoted(names)}${didYouMean(name, names)}` : 'no extensionProviders for authorization'}: a provider that istiod does not know has everything denied; say in meshConfig what istiod is told, such as { extensionProviders: [{ name: '${name}', envoyExtAuthzGrpc: { service: '…', port: 9191 } }] }`,
    );
  if (provider.host === undefined)
    throw new Error(
      `provider "${name}" of ${where} has no service in the Mesh's meshConfig: istiod would have everything denied; say its host`,
    );
  return provider;
}
