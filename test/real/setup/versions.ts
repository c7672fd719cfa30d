import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What `versions.json` pins; the Go modules' own versions are in their `go.mod` and `go.sum`. */
export interface Versions {
  /** `version` is fetched where the machine's own Go is older than `minimum`. */
  readonly go: { readonly minimum: string; readonly version: string; readonly sum: Readonly<Record<string, string>> };
  readonly istio: { readonly version: string; readonly module: string; readonly revision: string };
  readonly istioApi: { readonly version: string; readonly module: string; readonly crds: string };
  /** Controllers of releases: module and version, its sum, and the file of their CRDs. */
  readonly controllers: readonly { readonly module: string; readonly sum: string; readonly crds: string }[];
  readonly kubernetes: { readonly version: string; readonly major: string; readonly minor: string };
  readonly etcd: { readonly version: string };
  /** Envoy's ratelimit service has commits, and no versions. */
  readonly ratelimit: { readonly revision: string };
  readonly envoy: {
    readonly version: string;
    readonly distribution: string;
    readonly binary: string;
    readonly sha256: Readonly<Record<string, string>>;
  };
}

/** The folder `test/real`. */
export const LANE = path.dirname(__dirname);

/** The folder of our Go modules. */
export const COMPONENTS = path.join(LANE, 'components');

export const versions: Versions = JSON.parse(readFileSync(path.join(LANE, 'versions.json'), 'utf8'));
