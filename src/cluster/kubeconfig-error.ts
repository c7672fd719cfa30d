/** A kubeconfig that is not there or cannot be read, has no such context, or gives no credentials: nothing was sent. */
export class KubeconfigError extends Error {
  /** Tells it from other errors, as `instanceof` does. */
  override readonly name = 'KubeconfigError';
}
