// What `durable-object.ts` uses of workerd. Users have these types from `wrangler types` or from
// `@cloudflare/workers-types`.

declare module "cloudflare:workers" {
  /** The bindings of the Worker, also at module scope. */
  export const env: Cloudflare.Env;

  export abstract class DurableObject<Env = Cloudflare.Env> {
    /** The object's storage. */
    protected ctx: DurableObjectState;
    /** The bindings of the Worker. */
    protected env: Env;
    constructor(ctx: DurableObjectState, env: Env);
  }
}

declare namespace Cloudflare {
  // biome-ignore lint/suspicious/noEmptyInterface: a project adds its bindings
  interface Env {}
}

interface DurableObjectState {
  readonly storage: DurableObjectStorage;
}

interface DurableObjectStorage {
  /** Only objects whose storage is SQLite have it. */
  readonly kv: {
    get<Value>(key: string): Value | undefined;
    put<Value>(key: string, value: Value): void;
  };
  deleteAll(): Promise<void>;
  setAlarm(time: number): Promise<void>;
  deleteAlarm(): Promise<void>;
}
