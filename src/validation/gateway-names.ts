import type { Field } from './field';
import { isLabel, tell, wrongName } from './names';

/**
 * Names of Gateways. What comes after one without a namespace is not looked at, `mesh` included: that is Istio's own
 * fault, which is kept so that nothing is refused that Istio takes. Source: validation.go, validateGatewayNames.
 */
export function gatewayNames(list: Field, internal = false): void {
  for (const field of list.items()) {
    const { text } = field;
    const at = text.indexOf('/');
    if (at < 0) {
      const [name, namespace] = text.split('.');
      if (namespace !== undefined)
        field.warning(`"${text}" is the old way to name a Gateway of another namespace: write "${namespace}/${name}"`, 'KIA1108');
      tell(field, wrongName(text));
      return;
    }
    const [namespace, name] = [text.slice(0, at), text.slice(at + 1)];
    if (!isLabel(namespace) || (name === '' ? true : !isLabel(name) && !internal))
      field.error(`"${text}" is no Gateway: it has to be "<namespace>/<name>", or a name alone for one of the same namespace`);
  }
}
