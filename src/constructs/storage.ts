import type { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { dnsLabel, dnsSubdomain } from '../values/names';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import type { WorkloadProps } from './workload-props';

/** A volume that each pod of a {@link StatefulService} has for itself, and keeps. Compiles to a volumeClaimTemplate. */
export interface Storage {
  /** Where the container sees it, from the root. */
  readonly path: string;
  /** Of each pod's volume, such as `Size.gibibytes(10)`. It cannot be changed in the template later. */
  readonly size: Size;
  /** Name of the StorageClass. @default - the cluster's default one */
  readonly storageClass?: string;
  /** @default kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE */
  readonly accessMode?: kplus.PersistentVolumeAccessMode;
}

const STORAGE: Properties<Storage> = { path: 'text', size: 'any', storageClass: 'text?', accessMode: 'text?' };
const ACCESS_MODES = Object.values(kplus.PersistentVolumeAccessMode);

/** Throws unless these are volumes, each with a path and a name of its own beside those that the pods have anyway. */
export function checkStorage(
  storage: Readonly<Record<string, Storage>>,
  { volumes = [], volumeMounts = [] }: Pick<WorkloadProps, 'volumes' | 'volumeMounts'>,
  what: string,
): void {
  const paths = new Map(volumeMounts.map((m) => [plain(m.path), `volumeMounts`]));
  const names = new Set([...volumes, ...volumeMounts.map((m) => m.volume)].map((v) => v.name));
  for (const [name, volume] of Object.entries(storage)) {
    const where = `storage "${name}" of ${what}`;
    dnsLabel(name, `name of ${where}`);
    checkProperties(volume, STORAGE, where);
    if (!/^\/[^:]*$/.test(volume.path)) throw new Error(`path of ${where} is "${volume.path}": it has to begin with "/"`);
    if (typeof (volume.size as { toMebibytes?: unknown } | null)?.toMebibytes !== 'function')
      throw new Error(`size of ${where} is ${shown(volume.size)}: write it as Size.gibibytes(10)`);
    if (/^0\D/.test(volume.size.asString())) throw new Error(`size of ${where} is 0: a volume has to have some`);
    if (volume.storageClass !== undefined)
      dnsSubdomain(volume.storageClass, `storageClass of ${where}`, 'the name of a StorageClass');
    if (volume.accessMode !== undefined) oneOf(volume.accessMode, ACCESS_MODES, `accessMode of ${where}`);
    const other = paths.get(plain(volume.path));
    if (other !== undefined) throw new Error(`path "${volume.path}" of ${where} is that of ${other} already`);
    paths.set(plain(volume.path), `storage "${name}"`);
    if (names.has(name))
      throw new Error(
        `${where} has the name of another volume of its pods, whose place it would take: give one of them another name`,
      );
  }
}

/** Kubernetes tells `/data` from `/data/`, and mounts them over each other. */
const plain = (path: string) => path.replace(/\/+$/, '');

/** The claim that each pod makes. */
export const claimOf = (name: string, { size, storageClass, accessMode }: Storage) => ({
  metadata: { name },
  spec: {
    accessModes: [accessMode ?? kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE],
    resources: { requests: { storage: size.asString() } },
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
  },
});
