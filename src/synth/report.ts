/** Environment variable: the file that `mesh synth` asks each App of the user's program to report to. */
export const REPORT = 'CDK8S_MESH_REPORT';
