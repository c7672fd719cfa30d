import type { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { dnsLabel, dnsSubdomain } from '../values/names';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { shown } from '../values/shown';

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

/** Throws unless these are volumes, each with a path of its own. */
export function checkStorage(storage: Readonly<Record<string, Storage>>, what: string): void {
  const paths = new Map<string, string>();
  for (const [name, volume] of Object.entries(storage)) {
    const where = `storage "${name}" of ${what}`;
    dnsLabel(name, `name of ${where}`);
    checkProperties(volume, STORAGE, where);
    if (!/^\/[^:]*$/.test(volume.path)) throw new Error(`path of ${where} is "${volume.path}": it has to begin with "/"`);
    if (typeof (volume.size as { toMebibytes?: unknown } | null)?.toMebibytes !== 'function')
      throw new Error(`size of ${where} is ${shown(volume.size)}: write it as Size.gibibytes(10)`);
    if (volume.storageClass !== undefined)
      dnsSubdomain(volume.storageClass, `storageClass of ${where}`, 'the name of a StorageClass');
    if (volume.accessMode !== undefined) oneOf(volume.accessMode, ACCESS_MODES, `accessMode of ${where}`);
    const other = paths.get(volume.path);
    if (other !== undefined) throw new Error(`path "${volume.path}" of ${where} is that of storage "${other}" already`);
    paths.set(volume.path, name);
  }
}

/** The claim that each pod makes. */
export const claimOf = (name: string, { size, storageClass, accessMode }: Storage) => ({
  metadata: { name },
  spec: {
    accessModes: [accessMode ?? kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE],
    resources: { requests: { storage: size.asString() } },
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
  },
});
