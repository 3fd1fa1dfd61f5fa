/** Somebody wants less motion. */
export const calm = (): boolean => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
