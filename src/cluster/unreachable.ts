import type { Access } from './kubeconfig';
import type { Call, NoAnswer } from './request';

/** The API server does not answer, or cannot be trusted. Where it was asked to write, nobody may know whether it did: the message says so. */
export class Unreachable extends Error {
  /** Tells it from other errors, as `instanceof` does. */
  override readonly name = 'Unreachable';
}

const AUTHORITY = "the certificate-authority of its cluster in the kubeconfig has not signed the server's certificate";
/** What is wrong with the server's certificate, by the error's code. Source: Node.js, X509 certificate error codes. */
const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: AUTHORITY,
  CERT_SIGNATURE_FAILURE: AUTHORITY,
  CERT_HAS_EXPIRED: "the server's certificate has to be renewed, or the clock of this machine is wrong",
  CERT_NOT_YET_VALID: 'the clock of this machine, or that of the server, is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'where it is reached by another name, say tls-server-name in its cluster in the kubeconfig',
};

/** Why the API server cannot be asked, and the way out. */
export function unreachable({ context, server, proxy }: Access, call: Call, { error, neverArrived }: NoAnswer): Unreachable {
  const wrote = call.method !== 'GET' && !neverArrived;
  const who = `${call.what}: the API server of context "${context}" at ${server.host}`;
  const certificate = UNTRUSTED[(error as NodeJS.ErrnoException).code ?? ''];
  if (certificate !== undefined) return new Unreachable(`${who} cannot be trusted (${error.message}): ${certificate}`);
  if (proxy !== undefined && neverArrived)
    return new Unreachable(
      `${who} is not reached through the proxy ${proxy} (${error.message}): is that the proxy that you mean, and is it running?`,
    );
  return new Unreachable(
    `${who} does not answer (${error.message}): ${
      wrote
        ? 'nobody knows whether it took the request; run the command again when it is back'
        : 'is it running, and is this the context that you mean?'
    }`,
  );
}
