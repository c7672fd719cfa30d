import { anyKind } from './any-kind';
import * as envoyFilter from './envoy-filter';
import type { Row } from './objects';
import * as policies from './policies';
import * as traffic from './traffic';
import * as virtualService from './virtual-service';

/** All rows, for the lane that asks Istio itself. */
export const allRows: readonly Row[] = [
  anyKind,
  ...Object.values(envoyFilter),
  ...Object.values(policies),
  ...Object.values(traffic),
  ...Object.values(virtualService),
].flat();
