import { App } from 'cdk8s';
import { AppModel } from '../constructs/app-model';
import { objectsOf } from '../constructs/object-conflicts';
import { SYNC_WAVE, WAVES, waveOf } from '../manifests/wave';

/**
 * Has every object of the app say in which wave it is written, for Argo CD and, by the same annotation, for Flux: what it
 * refers to is there before it. Objects that say a wave of their own keep it.
 *
 * Compiles to `argocd.argoproj.io/sync-wave`, `"0"` (namespaces) to `"5"` (routes), on each object.
 * @throws where it is no app that is given
 */
export function syncWaves(app: App): void {
  if (!(app instanceof App)) throw new Error('syncWaves takes the App whose objects are written in waves');
  AppModel.of(app); // whose validation makes the objects, and is asked before the one that is added here
  app.node.addValidation({
    validate: () => {
      for (const o of objectsOf(app)) {
        const object = o.toJson() as Record<string, any>;
        if (object.metadata?.annotations?.[SYNC_WAVE] !== undefined) continue;
        const group = o.apiVersion.includes('/') ? o.apiVersion.split('/')[0]! : '';
        o.metadata.addAnnotation(SYNC_WAVE, String(WAVES.indexOf(waveOf({ group, kind: o.kind, object }))));
      }
      return [];
    },
  });
}
