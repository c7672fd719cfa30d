import { meshConfigFields } from '../manifests/mesh-config-map';
import { parseManifests } from '../manifests/parse';
import { check } from './check';
import type { TextFile } from './checked-mesh';
import type { Diagnostic } from './diagnostic';

/** One question of a batch: manifests. */
export interface CheckCase {
  readonly id: string;
  /** YAML documents. */
  readonly yaml: string;
  /** YAML of MeshConfig. */
  readonly meshConfig?: string;
}

/** What is found in them; `error` where the case is none. */
export interface CheckAnswer {
  readonly id: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly error?: string;
}

/** Answers one case, whatever it holds. */
export function checkCase(c: CheckCase): CheckAnswer {
  try {
    if (typeof c?.yaml !== 'string') throw new Error('the case has no "yaml": it is YAML documents, as text');
    const meshConfig = c.meshConfig ? meshConfigFields(c.meshConfig, '"meshConfig" of the case') : undefined;
    const { diagnostics } = check(
      parseManifests(c.yaml, c.id ?? ''),
      meshConfig ? { meshConfig, meshConfigFile: ofCase(c) } : {},
    );
    return { id: c.id ?? '', diagnostics };
  } catch (e) {
    return { id: c?.id ?? '', diagnostics: [], error: (e as Error).message };
  }
}

const ofCase = ({ meshConfig = '' }: CheckCase): TextFile => ({
  text: meshConfig,
  place: (line, column) => ({ file: 'meshConfig', line, column }),
});
