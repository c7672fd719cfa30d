/** Labels of all objects of a service. */
export const commonLabels = (name: string) => ({ app: name, 'app.kubernetes.io/name': name });
