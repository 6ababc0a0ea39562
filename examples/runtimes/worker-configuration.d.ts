// What `wrangler types` makes of wrangler.jsonc.
declare namespace Cloudflare {
  interface Env {
    readonly SESSIONS: import("zession/drivers/durable-object").SessionObjectNamespace;
  }
}
