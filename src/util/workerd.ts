/**
 * Whether this program runs on workerd, the runtime of Cloudflare Workers. Asked at run time,
 * because not every bundler resolves packages for workerd.
 *
 * A request there may not wait for a promise that another request resolves: workerd takes it for
 * one that hangs and cancels it.
 */
export const isWorkerd: boolean = globalThis.navigator?.userAgent === "Cloudflare-Workers";
