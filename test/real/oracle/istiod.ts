import { askJsonLines } from '../json-lines';
import type { OracleCase } from './types';
import type { Xds } from './xds';

/** What istiod sends to the proxy of each case, in the order of the cases. */
export async function askIstiod(program: string, cases: readonly OracleCase[]): Promise<Xds[]> {
  const questions = cases.map(({ id, mesh, meshConfig, client }) => ({ id, mesh, meshConfig: meshConfig ?? '', client }));
  const answers = await askJsonLines<Xds>(program, ['-j', '2'], questions);
  return cases.map(({ id }) => answers.get(id) as Xds);
}
