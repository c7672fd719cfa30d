import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { certificateIn } from './proxy';
import type { TestServer } from './server';

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';
const NAME = 'lab.example.com';

/** What a webhook may do. */
export type WebhookKind = 'Validating' | 'Mutating';

/** A webhook for ConfigMaps of one namespace, which the API server asks as it asks Istio's. */
export class Webhook {
  readonly #server: TestServer;
  readonly #https: Server;
  /** Why an object is refused; nothing where it is let in. */
  refuses: (object: any) => string | undefined = () => undefined;
  /** What is written otherwise, as a JSON patch. */
  patches: (object: any) => readonly object[] = () => [];
  readonly #configuration: string;

  private constructor(server: TestServer, folder: string, kind: WebhookKind) {
    this.#server = server;
    this.#configuration = `${CONFIGURATIONS}/${kind.toLowerCase()}webhookconfigurations`;
    const read = (file: string) => readFileSync(path.join(folder, file));
    this.#https = createServer({ cert: read('cert.pem'), key: read('key.pem') }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { uid, object } = JSON.parse(Buffer.concat(chunks).toString()).request;
        const message = this.refuses(object);
        const patch = object ? this.patches(object) : [];
        const answer = {
          uid,
          allowed: message === undefined,
          ...(message ? { status: { message } } : {}),
          ...(patch.length > 0 ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') } : {}),
        };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
      });
    });
  }

  static async start(server: TestServer, namespace: string, kind: WebhookKind = 'Validating'): Promise<Webhook> {
    const folder = await certificateIn('webhook');
    const made = new Webhook(server, folder, kind);
    await new Promise<void>((resolve) => made.#https.listen(0, '127.0.0.1', resolve));
    const { port } = made.#https.address() as AddressInfo;
    await server.must('POST', made.#configuration, {
      type: 'application/json',
      value: {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: `${kind}WebhookConfiguration`,
        metadata: { name: NAME },
        webhooks: [
          {
            name: `check.${NAME}`,
            clientConfig: {
              url: `https://127.0.0.1:${port}/`,
              caBundle: readFileSync(path.join(folder, 'cert.pem')).toString('base64'),
            },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }],
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            failurePolicy: 'Fail',
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
          },
        ],
      },
    });
    return made;
  }

  /** Answers no more; it is asked still. */
  async end(): Promise<void> {
    this.#https.closeAllConnections();
    await new Promise((resolve) => this.#https.close(resolve));
  }

  /** Nobody asks any more. */
  async remove(): Promise<void> {
    await this.#server.must('DELETE', `${this.#configuration}/${NAME}`);
  }
}
