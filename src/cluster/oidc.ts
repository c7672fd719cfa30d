import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { User } from '@kubernetes/client-node';
import { textOf } from './request';

/** So long a provider may take to answer, in milliseconds. */
const PATIENCE = 30_000;

/**
 * The token of a user of the kubeconfig's `auth-provider: oidc`: the one that it has, or where that is out of date, another one, for
 * its refresh token. Nothing is written to the kubeconfig. Kubernetes' client has this, too, and its library refuses what it is given.
 * Source: client-go, plugin/pkg/client/auth/oidc; OpenID Connect Core 1.0, 12.
 */
export async function oidcToken({ authProvider }: User, now = Date.now()): Promise<string> {
  const config: Readonly<Record<string, string | undefined>> = authProvider?.config ?? {};
  const { 'id-token': token, 'refresh-token': refresh, 'idp-issuer-url': issuer, 'client-id': client } = config;
  if (token && expiryOf(token) > now) return token;
  if (!refresh || !issuer || !client) throw new Error('its token is out of date, and it has no refresh-token: log in again');
  const ca = caOf(config);
  const found = await ask(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`), ca);
  if (typeof found.token_endpoint !== 'string') throw new Error(`the provider ${issuer} names no token_endpoint`);
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh });
  const secret = config['client-secret'];
  if (!secret) form.set('client_id', client);
  const given = await ask(new URL(found.token_endpoint), ca, {
    body: form.toString(),
    ...(secret ? { auth: `${encodeURIComponent(client)}:${encodeURIComponent(secret)}` } : {}),
  });
  if (typeof given.id_token !== 'string')
    throw new Error(`the provider ${issuer} gives no id_token for its refresh-token: log in again`);
  return given.id_token;
}

/** In milliseconds; one that is no JWT is out of date. */
function expiryOf(token: string): number {
  try {
    return Number(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).exp) * 1000;
  } catch {
    return 0;
  }
}

function caOf(config: Readonly<Record<string, string | undefined>>): Buffer | undefined {
  const { 'idp-certificate-authority': file, 'idp-certificate-authority-data': data } = config;
  return data ? Buffer.from(data, 'base64') : file ? readFileSync(file) : undefined;
}

async function ask(url: URL, ca: Buffer | undefined, post?: { readonly body: string; readonly auth?: string }): Promise<any> {
  const said = await new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const sent = request(
      url,
      {
        method: post ? 'POST' : 'GET',
        headers: { Accept: 'application/json', ...(post ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}) },
        signal: AbortSignal.timeout(PATIENCE),
        agent: false,
        ...(ca ? { ca } : {}),
        ...(post?.auth ? { auth: post.auth } : {}),
      },
      (response) => void textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject),
    );
    sent.on('error', reject);
    sent.end(post?.body);
  });
  if (said.status !== 200)
    throw new Error(`the provider at ${url.host} answers ${said.status}: ${reasonOf(said.text)}: log in again`);
  return JSON.parse(said.text);
}

/** Source: RFC 6749, 5.2. */
function reasonOf(text: string): string {
  try {
    const { error, error_description } = JSON.parse(text);
    return [error, error_description].filter(Boolean).join(', ');
  } catch {
    return text.slice(0, 200);
  }
}
