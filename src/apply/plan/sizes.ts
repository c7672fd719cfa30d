import { placeText } from '../../manifests/manifest';
import { nameText } from '../named';
import type { PlannedObject, Refusal } from './planned-object';

const MIB = 1024 * 1024;
/** Bytes of an object that etcd takes, unless it is told otherwise. Source: etcd, --max-request-bytes. */
const STORED = 1.5 * MIB;
/** Bytes of a request that the API server reads. Source: k8s.io/apiserver, MaxRequestBodyBytes. */
const SENT = 3 * MIB;
/** Bytes of all values of a ConfigMap or a Secret. Source: k8s.io/kubernetes, core.MaxSecretSize. */
const VALUES = MIB;

/**
 * Objects that are larger than the server takes: a dry run does not tell, since it never comes to etcd. Where as large an object is
 * live already, etcd was told to take it.
 */
export function tooLarge(planned: readonly PlannedObject[]): Refusal[] {
  return planned.flatMap(({ key, action, body, live, manifest }) => {
    if (action === 'keep' || !body) return [];
    const message = valuesFault(body) ?? requestFault(bytes(body), live ? bytes(live.manifest.object) : 0);
    return message === undefined ? [] : [{ key, what: nameText(manifest), place: placeText(manifest.place()), message }];
  });
}

function requestFault(size: number, before: number): string | undefined {
  if (size > SENT) return `has ${sizeText(size)}, and the API server takes no more than 3 MiB: make several of it`;
  if (size <= STORED || before > STORED) return undefined;
  return `has ${sizeText(size)}, and etcd takes no more than 1.5 MiB, unless its --max-request-bytes allows it: make several of it`;
}

/** What a ConfigMap or a Secret may hold, whatever etcd takes. */
function valuesFault({ apiVersion, kind, data, binaryData }: Readonly<Record<string, any>>): string | undefined {
  if (apiVersion !== 'v1' || (kind !== 'ConfigMap' && kind !== 'Secret')) return undefined;
  const [plain, encoded] = kind === 'ConfigMap' ? [data, binaryData] : [undefined, data];
  const size = sum(plain, (v) => Buffer.byteLength(v)) + sum(encoded, (v) => Buffer.byteLength(v.replace(/\s/g, ''), 'base64'));
  return size > VALUES
    ? `has values of ${sizeText(size)}, and a ${kind} holds no more than 1 MiB: make several of it, or keep them in a volume or an image`
    : undefined;
}

const sum = (values: any, of: (text: string) => number): number =>
  Object.values(values ?? {}).reduce<number>((n, v) => n + (typeof v === 'string' ? of(v) : 0), 0);

const bytes = (o: unknown): number => Buffer.byteLength(JSON.stringify(o));
/** `1.7 MiB`, never so rounded that it reads as the limit itself. */
const sizeText = (n: number): string => `${(Math.ceil((n / MIB) * 100) / 100).toFixed(2)} MiB (${n} bytes)`;
