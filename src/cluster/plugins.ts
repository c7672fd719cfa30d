import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import type { Cluster, User } from '@kubernetes/client-node';
import { oidcToken } from './oidc';

interface Authenticator {
  isAuthProvider(user: User): unknown;
  applyAuthentication(user: User, options: RequestOptions): Promise<void>;
}

/**
 * Puts in what somebody else has to be asked for: an exec plugin, an OIDC provider, a file whose token is renewed. Asked each time:
 * what was given before may be out of date.
 */
export async function plugged(cluster: Cluster, user: User, options: RequestOptions): Promise<void> {
  if (!user.exec && !user.authProvider) return;
  if (user.authProvider?.name === 'oidc') {
    options.headers = { ...options.headers, Authorization: `Bearer ${await oidcToken(user)}` };
    return;
  }
  const asked = withInfo(cluster, user);
  for (const load of KNOWN) {
    const authenticator: Authenticator = await load();
    if (!authenticator.isAuthProvider(asked)) continue;
    await authenticator.applyAuthentication(asked, options).catch((e: NodeJS.ErrnoException) => {
      const { command, installHint } = user.exec ?? {};
      throw e.code === 'ENOENT' && command
        ? new Error(
            `its plugin "${command}" is not there${installHint ? `: ${String(installHint).trim()}` : ': install it, or put it into PATH'}`,
          )
        : e;
    });
    return;
  }
}

/** Those that the client knows, in its order. */
const KNOWN: readonly (() => Promise<Authenticator>)[] = [
  async () => new (await import('@kubernetes/client-node/dist/azure_auth.js')).AzureAuth(),
  async () => new (await import('@kubernetes/client-node/dist/gcp_auth.js')).GoogleCloudPlatformAuth(),
  async () => new (await import('@kubernetes/client-node/dist/exec_auth.js')).ExecAuth(),
  async () => new (await import('@kubernetes/client-node/dist/file_auth.js')).FileAuth(),
];

/**
 * With what kubectl tells a plugin, and the client does not.
 * Source: kubernetes.io, client.authentication.k8s.io/v1, ExecCredential.
 */
function withInfo(cluster: Cluster, user: User): User {
  const { exec } = user;
  if (!exec) return user;
  const about = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTLSVerify || undefined,
    'certificate-authority-data': given(cluster.caFile, cluster.caData)?.toString('base64'),
    'proxy-url': cluster.proxyUrl,
  };
  const value = JSON.stringify({
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(exec.provideClusterInfo ? { cluster: about } : {}) },
  });
  return { ...user, exec: { ...exec, env: [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value }] } };
}

/** A certificate or a key: of a file, or in the kubeconfig itself. */
export const given = (file: string | undefined, data: string | undefined): Buffer | undefined =>
  file ? readFileSync(file) : data ? Buffer.from(data, 'base64') : undefined;
