/** The annotation that has `mesh check` pass over findings. */
export const IGNORE = 'mesh.cdk8s.io/ignore';
