/** The largest whole number that Kubernetes and Istio take where they count (int32). */
export const MOST = 2 ** 31 - 1;

/** Whether the number is whole, not below the least, and one that Kubernetes and Istio can hold. */
export const isCount = (n: unknown, least = 0): n is number => Number.isInteger(n) && Number(n) >= least && Number(n) <= MOST;
