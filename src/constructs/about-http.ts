/**
 * For a denial about requests alone: istioctl warns that it would close connections (IST0133). The ports of the pods that take
 * connections are left out of it, so it closes none. Source: pkg/config/validation/validation.go, ValidateAuthorizationPolicy.
 */
export const ABOUT_HTTP = { annotations: { 'galley.istio.io/analyze-suppress': 'IST0133' } };
