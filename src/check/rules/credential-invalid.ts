import { fromBase64 } from '../../model/base64';
import { keyOf } from '../../model/config';
import { certificateValidity } from '../certificate';
import { credentialsOf } from '../credentials';
import { at } from '../fields';
import type { Rule } from '../rule';
import { secretsOf } from '../secrets';

/** Keys of a Secret that a gateway looks for, in this order. Source: pilot/pkg/credentials/kube/secrets.go. */
const PAIRS = [
  ['cert', 'key'],
  ['tls.crt', 'tls.key'],
] as const;

/** The Secret of a Gateway's server holds no certificate that is good. */
export const credentialInvalid: Rule = {
  id: 'MESH046',
  name: 'credential-invalid',
  severity: 'error',
  codes: ['IST0161'],
  summary: 'the Secret of a Gateway holds no certificate that is good today',
  why: 'istiod gives the gateway no certificate, and connections to the port are reset; or clients refuse it, since it is past its end. Only the dates of the first certificate are looked at. Source: pilot/pkg/xds/sds.go.',
  remedy: 'Put a certificate and its key into the Secret, as `tls.crt` and `tls.key`.',
  *check(mesh) {
    for (const credential of credentialsOf(mesh)) {
      const secret = secretsOf(mesh).get(credential.key);
      const wrong = secret && faultOf(secret.manifest.object, mesh.now);
      if (secret && wrong)
        yield {
          at: credential.at,
          message: `the Secret "${keyOf(secret)}" ${wrong}`,
          related: [{ at: at(secret, ...(secret.manifest.object.data ? ['data'] : [])), message: 'the Secret is here' }],
        };
    }
  },
};

function faultOf({ data, stringData }: any, now: Date): string | undefined {
  const value = (key: string): string => {
    if (typeof stringData?.[key] === 'string') return stringData[key];
    try {
      return fromBase64(String(data?.[key] ?? ''));
    } catch {
      return 'no base64';
    }
  };
  const pair = PAIRS.find((keys) => keys.every((k) => value(k) !== ''));
  if (!pair) return 'has neither "tls.crt" and "tls.key" nor "cert" and "key"';
  const validity = certificateValidity(value(pair[0]));
  if (!validity) return `holds no certificate in "${pair[0]}"`;
  if (now > validity.to) return `holds a certificate that ended on ${day(validity.to)}`;
  return now < validity.from ? `holds a certificate that begins on ${day(validity.from)}` : undefined;
}

const day = (date: Date): string => date.toISOString().slice(0, 10);
